// @ts-check
// Patterns of paths and names. They are matched without regular expressions, in time
// that no pattern can blow up.

/**
 * Whether a text matches a pattern in which `*` stands for any characters and `?` for
 * one.
 *
 * @param {string} pattern
 * @param {string} text
 * @returns {boolean}
 */
export function wildcard(pattern, text) {
  return align(
    [...pattern],
    [...text],
    (part) => part === "*",
    (part, char) => part === "?" || part === char,
  );
}

/**
 * Whether a path matches a pattern: `*` and `?` within a segment, `**` for any number
 * of segments. A pattern without `/` is held against the file's name.
 *
 * @param {string} pattern
 * @param {string} path
 * @returns {boolean}
 */
export function glob(pattern, path) {
  const segments = path.split("/");
  if (!pattern.includes("/")) return wildcard(pattern, segments[segments.length - 1]);
  return align(pattern.split("/"), segments, (part) => part === "**", wildcard);
}

/**
 * Lays parts of a pattern along parts of a text. Where it fails it goes back to the last
 * gap alone: a gap before that could not do better.
 *
 * @param {string[]} pattern
 * @param {string[]} text
 * @param {(part: string) => boolean} isGap whether a part stands for any number of parts
 * @param {(part: string, own: string) => boolean} fits
 * @returns {boolean}
 */
function align(pattern, text, isGap, fits) {
  let at = 0;
  let own = 0;
  let gap = -1;
  let resume = 0;
  while (own < text.length) {
    if (at < pattern.length && isGap(pattern[at])) {
      gap = at++;
      resume = own;
    } else if (at < pattern.length && fits(pattern[at], text[own])) {
      at++;
      own++;
    } else if (gap >= 0) {
      at = gap + 1;
      own = ++resume;
    } else {
      return false;
    }
  }
  while (at < pattern.length && isGap(pattern[at])) at++;
  return at === pattern.length;
}
