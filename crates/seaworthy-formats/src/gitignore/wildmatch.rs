//! Globs as git's `wildmatch` understands them.
//!
//! The ready-made matchers differ from git in corners that decide whether a
//! secret is committed (`.env.{a,b}`, `[[:space:]]`, `a**/x`), and git's own
//! way takes exponential time on patterns like `**/a/**/a/**/a`. So this one
//! follows git's meaning and spends from a [`Budget`].

/// How much work may still be done for one path.
#[derive(Debug)]
pub(super) struct Budget(u32);

impl Budget {
    pub(super) const fn new(steps: u32) -> Self {
        Self(steps)
    }

    /// Takes `steps` off; false when they are not there.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        let left = u32::try_from(steps).ok().and_then(|steps| self.0.checked_sub(steps));
        self.0 = left.unwrap_or(0);
        left.is_some()
    }

    pub(super) fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

/// Globs nest a call for each run of `*`; beyond this many a match is given up
/// as if the budget were spent. Git itself would go on.
const MAX_DEPTH: usize = 256;

/// How a glob meets a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    /// `*`, `?` and classes do not match `/`, and `**` is special.
    pub(super) path: bool,
    /// ASCII letters match in both cases.
    pub(super) ignore_case: bool,
}

/// Whether `pattern` matches the whole `text`. False when the budget ran out,
/// which [`Budget::is_spent`] tells apart.
pub(super) fn wildmatch(pattern: &[u8], text: &[u8], mode: Mode, budget: &mut Budget) -> bool {
    Matcher { mode, budget, depth: 0 }.run(pattern, text) == Outcome::Match
}

/// Whether the byte ends the literal prefix of a pattern.
pub(super) fn is_special(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[' | b'\\')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Match,
    /// Not here; an enclosing star may try further on.
    Mismatch,
    /// No star may try further on.
    Abort,
    /// Only an enclosing `**` may try further on: a single `*` cannot cross `/`.
    AbortToDoubleStar,
}

struct Matcher<'b> {
    mode: Mode,
    budget: &'b mut Budget,
    depth: usize,
}

/// The byte at `at`, or 0 past the end: neither patterns nor paths hold a NUL.
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

impl Matcher<'_> {
    fn fold(&self, byte: u8) -> u8 {
        if self.mode.ignore_case { byte.to_ascii_lowercase() } else { byte }
    }

    fn nested(&mut self, pattern: &[u8], text: &[u8]) -> Outcome {
        if self.depth == MAX_DEPTH {
            self.budget.spend(usize::MAX);
            return Outcome::Abort;
        }
        self.depth += 1;
        let outcome = self.run(pattern, text);
        self.depth -= 1;
        outcome
    }

    fn run(&mut self, pattern: &[u8], text: &[u8]) -> Outcome {
        let (mut p, mut t) = (0, 0);
        while p < pattern.len() {
            if !self.budget.spend(1) {
                return Outcome::Abort;
            }
            if t >= text.len() && pattern[p] != b'*' {
                return Outcome::Abort;
            }
            let seen = self.fold(byte(text, t));
            match pattern[p] {
                b'?' => {
                    if self.mode.path && seen == b'/' {
                        return Outcome::Mismatch;
                    }
                }
                b'*' => match self.star(pattern, p, text, t) {
                    Star::Done(outcome) => return outcome,
                    Star::AtSlash { pattern_at, text_at } => (p, t) = (pattern_at, text_at),
                },
                b'[' => match self.class(pattern, p + 1, seen) {
                    None => return Outcome::Abort,
                    Some((matched, end)) => {
                        if !matched || (self.mode.path && seen == b'/') {
                            return Outcome::Mismatch;
                        }
                        p = end;
                    }
                },
                b'\\' => {
                    // An escaped letter is not folded, just as in git: with
                    // `ignore_case`, `\A` matches nothing.
                    p += 1;
                    if byte(pattern, p) != seen {
                        return Outcome::Mismatch;
                    }
                }
                literal => {
                    if self.fold(literal) != seen {
                        return Outcome::Mismatch;
                    }
                }
            }
            p += 1;
            t += 1;
        }
        if t < text.len() { Outcome::Mismatch } else { Outcome::Match }
    }

    /// Matches from the `*` at `start` on.
    fn star(&mut self, pattern: &[u8], start: usize, text: &[u8], mut t: usize) -> Star {
        let mut p = start + 1;
        let mut crosses = !self.mode.path;
        if byte(pattern, p) == b'*' {
            while byte(pattern, p) == b'*' {
                p += 1;
            }
            let rest = pattern.get(p..).unwrap_or_default();
            let opens = start == 0 || pattern[start - 1] == b'/';
            let closes = rest.is_empty() || rest.starts_with(b"/") || rest.starts_with(b"\\/");
            if self.mode.path && opens && closes {
                // `**/` may stand for no directory at all.
                if rest.starts_with(b"/")
                    && self.nested(&rest[1..], text.get(t..).unwrap_or_default()) == Outcome::Match
                {
                    return Star::Done(Outcome::Match);
                }
                crosses = true;
            }
        }
        let rest = pattern.get(p..).unwrap_or_default();
        let tail = text.get(t..).unwrap_or_default();
        if rest.is_empty() {
            let stuck = !crosses && tail.contains(&b'/');
            return Star::Done(if stuck { Outcome::AbortToDoubleStar } else { Outcome::Match });
        }
        if !crosses && rest[0] == b'/' {
            return match memchr::memchr(b'/', tail) {
                None => Star::Done(Outcome::Abort),
                Some(slash) => Star::AtSlash { pattern_at: p, text_at: t + slash },
            };
        }
        let literal = (!is_special(rest[0])).then(|| self.fold(rest[0]));
        while t < text.len() {
            if let Some(literal) = literal {
                let from = t;
                while t < text.len()
                    && self.fold(text[t]) != literal
                    && (crosses || text[t] != b'/')
                {
                    t += 1;
                }
                self.budget.spend(t - from);
                if t >= text.len() || self.fold(text[t]) != literal {
                    return Star::Done(if crosses {
                        Outcome::Abort
                    } else {
                        Outcome::AbortToDoubleStar
                    });
                }
            }
            match self.nested(rest, &text[t..]) {
                Outcome::Mismatch => {
                    if !crosses && text[t] == b'/' {
                        return Star::Done(Outcome::AbortToDoubleStar);
                    }
                }
                Outcome::AbortToDoubleStar if crosses => {}
                outcome => return Star::Done(outcome),
            }
            t += 1;
        }
        Star::Done(Outcome::Abort)
    }

    /// Reads the class whose first byte after `[` is at `p`. Returns whether
    /// `seen` is in it and where its `]` is; `None` for a class that never ends
    /// or names an unknown set.
    fn class(&mut self, pattern: &[u8], mut p: usize, seen: u8) -> Option<(bool, usize)> {
        let negated = matches!(byte(pattern, p), b'!' | b'^');
        p += usize::from(negated);
        let mut matched = false;
        // The byte that a following `-` would start a range from, 0 for none.
        let mut before = 0;
        loop {
            if !self.budget.spend(1) {
                return None;
            }
            let mut now = *pattern.get(p)?;
            if now == b'\\' {
                p += 1;
                now = *pattern.get(p)?;
                matched |= seen == now;
            } else if now == b'-' && before != 0 && !matches!(byte(pattern, p + 1), 0 | b']') {
                p += 1;
                let mut last = pattern[p];
                if last == b'\\' {
                    p += 1;
                    last = *pattern.get(p)?;
                }
                matched |= (before..=last).contains(&seen);
                if self.mode.ignore_case && seen.is_ascii_lowercase() {
                    matched |= (before..=last).contains(&seen.to_ascii_uppercase());
                }
                now = 0;
            } else if now == b'[' && byte(pattern, p + 1) == b':' {
                let name = p + 2;
                let end = name + memchr::memchr(b']', pattern.get(name..)?)?;
                self.budget.spend(end - name);
                if end > name && pattern[end - 1] == b':' {
                    matched |= self.set(&pattern[name..end - 1], seen)?;
                    p = end;
                    now = 0;
                } else {
                    matched |= seen == b'[';
                }
            } else {
                matched |= seen == now;
            }
            before = now;
            p += 1;
            if byte(pattern, p) == b']' {
                return Some((matched != negated, p));
            }
        }
    }

    /// Whether `seen` is in a POSIX set such as `alpha`; `None` if unknown.
    fn set(&self, name: &[u8], seen: u8) -> Option<bool> {
        Some(match name {
            b"alnum" => seen.is_ascii_alphanumeric(),
            b"alpha" => seen.is_ascii_alphabetic(),
            b"blank" => matches!(seen, b' ' | b'\t'),
            b"cntrl" => seen.is_ascii_control(),
            b"digit" => seen.is_ascii_digit(),
            b"graph" => seen.is_ascii_graphic(),
            b"lower" => seen.is_ascii_lowercase(),
            b"print" => seen == b' ' || seen.is_ascii_graphic(),
            b"punct" => seen.is_ascii_punctuation(),
            // Git counts neither vertical tab nor form feed.
            b"space" => matches!(seen, b' ' | b'\t' | b'\n' | b'\r'),
            b"upper" => {
                seen.is_ascii_uppercase() || (self.mode.ignore_case && seen.is_ascii_lowercase())
            }
            b"xdigit" => seen.is_ascii_hexdigit(),
            _ => return None,
        })
    }
}

/// What follows from a run of stars.
enum Star {
    Done(Outcome),
    /// `*/` has taken the rest of a name; both sides stand at the slash.
    AtSlash {
        pattern_at: usize,
        text_at: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str, path: bool, ignore_case: bool) -> bool {
        let mut budget = Budget::new(1_000_000);
        wildmatch(pattern.as_bytes(), text.as_bytes(), Mode { path, ignore_case }, &mut budget)
    }

    #[test]
    fn paths_match_as_git_has_it() {
        let cases = [
            ("*.env", "a.env", true),
            ("*.env", "a/b.env", false),
            ("**/x", "x", true),
            ("**/x", "a/b/x", true),
            ("a/**/x", "a/x", true),
            ("a/**/x", "a/b/c/x", true),
            ("a/**", "a/b/c", true),
            ("a/**", "a", false),
            ("a**/x", "ab/c/x", false),
            ("*/x", "a/b/x", false),
            ("a?b", "a/b", false),
            ("a[/]b", "a/b", false),
            ("[!a]x", "bx", true),
            ("[^a]x", "ax", false),
            ("[a-c]x", "bx", true),
            ("[a-]x", "-x", true),
            ("[]-a]x", "]x", true),
            ("[\\]]x", "]x", true),
            ("[[:digit:]]", "7", true),
            ("[[:digit:]]", "x", false),
            ("[[:nothing:]]", "x", false),
            ("[[:x]", ":", true),
            ("[a", "a", false),
            ("a\\", "a\\", false),
            ("a\\*", "a*", true),
            ("{a,b}", "a", false),
            ("**\\/x", "a/b/x", true),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(matches(pattern, text, true, false), want, "{pattern} {text}");
        }
    }

    #[test]
    fn case_is_folded_on_request_alone() {
        assert!(!matches("*.ENV", "a.env", true, false));
        assert!(matches("*.ENV", "a.env", true, true));
        assert!(matches("*.[[:upper:]]", "a.x", true, true));
        assert!(matches("*.[A-Z]", "a.x", true, true));
    }

    #[test]
    fn a_pattern_made_to_explode_ends_with_its_budget() {
        for pattern in ["**/a/".repeat(60) + "b", "**/".repeat(100_000) + "b", "*a".repeat(100_000)]
        {
            let mut budget = Budget::new(100_000);
            let text = "a/".repeat(500) + "c";
            let mode = Mode { path: true, ignore_case: false };
            assert!(!wildmatch(pattern.as_bytes(), text.as_bytes(), mode, &mut budget));
        }
    }
}
