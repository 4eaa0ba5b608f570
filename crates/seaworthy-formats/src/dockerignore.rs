//! What a `.dockerignore` keeps out of a build context.
//!
//! Read as Docker's own matcher reads it, which differs from git: every pattern
//! starts at the context's root, whether it has a slash or not, so that `.env`
//! does not match `api/.env`; `**` spans directories; a pattern that matches a
//! directory matches all below it; the last matching line wins, also inside an
//! ignored directory.

use seaworthy_model::Region;

/// The most signs of patterns that are read, and the longest line. Real files
/// are a hundred times smaller.
const MOST: usize = 64 << 10;
const LONGEST: usize = 1_000;

/// The patterns of a `.dockerignore`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DockerIgnore {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    negated: bool,
    parts: Vec<Part>,
    region: Region,
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// This sign.
    Sign(char),
    /// `?`: any sign but a slash.
    Any,
    /// `*`: any signs but slashes.
    Star,
    /// `**` or `**/` before more: nothing, or whole directories.
    Directories,
    /// `**` at the end: anything.
    Rest,
    /// `[a-z]`: one sign of these ranges, or none of them.
    Class { not: bool, ranges: Vec<(char, char)> },
}

/// What happens to a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DockerVerdict {
    /// Whether the path stays out of the context.
    pub ignored: bool,
    /// The line that decides, without its ending; `None` when none matches.
    pub decided_by: Option<Region>,
}

impl DockerIgnore {
    /// Whether a line takes something back that another keeps out.
    #[must_use]
    pub fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.negated)
    }

    /// Reads a text; lines that Docker would refuse match nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut patterns = Vec::new();
        let mut start = 0;
        let mut read = 0;
        for line in text.split_inclusive('\n') {
            let mut raw = line.trim_end_matches(['\r', '\n']);
            let mut at = start;
            start += line.len();
            if at == 0
                && let Some(rest) = raw.strip_prefix('\u{FEFF}')
            {
                at += raw.len() - rest.len();
                raw = rest;
            }
            // A comment begins at the very start of the line.
            if raw.starts_with('#') || raw.len() > LONGEST {
                continue;
            }
            let region = Region::new(at, at + raw.len());
            let body = raw.trim();
            let (negated, body) = match body.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, body),
            };
            let Some(clean) = clean(body) else { continue };
            if let Some(parts) = parts(&clean) {
                patterns.push(Pattern { negated, parts, region });
            }
            read += clean.len();
            if read >= MOST {
                break;
            }
        }
        Self { patterns }
    }

    /// Whether it has no pattern at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// What happens to a path relative to the context.
    #[must_use]
    pub fn verdict(&self, path: &str) -> DockerVerdict {
        match self.patterns.iter().rev().find(|pattern| matches(&pattern.parts, path)) {
            Some(pattern) => {
                DockerVerdict { ignored: !pattern.negated, decided_by: Some(pattern.region) }
            }
            None => DockerVerdict::default(),
        }
    }
}

/// The pattern as a clean relative path; `None` when it is empty or leaves the
/// context.
fn clean(pattern: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Takes a pattern apart; `None` when a class is not closed.
fn parts(pattern: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut signs = pattern.chars().peekable();
    while let Some(sign) = signs.next() {
        parts.push(match sign {
            '*' if signs.peek() == Some(&'*') => {
                signs.next();
                if signs.peek() == Some(&'/') {
                    signs.next();
                }
                if signs.peek().is_none() { Part::Rest } else { Part::Directories }
            }
            '*' => Part::Star,
            '?' => Part::Any,
            '\\' => Part::Sign(signs.next()?),
            '[' => {
                let not = signs.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    let mut low = signs.next()?;
                    if low == ']' && !ranges.is_empty() {
                        break;
                    }
                    if low == '\\' {
                        low = signs.next()?;
                    }
                    let mut high = low;
                    if signs.next_if_eq(&'-').is_some() {
                        high = signs.next()?;
                    }
                    ranges.push((low, high));
                }
                Part::Class { not, ranges }
            }
            sign => Part::Sign(sign),
        });
    }
    Some(parts)
}

/// Whether a pattern matches a path or a directory above it, in steps of pattern
/// times path.
fn matches(parts: &[Part], path: &str) -> bool {
    // `at[i]`: the parts before `i` match what was read so far. `inside[i]`:
    // `Directories` at `i` has begun and waits for its slash.
    let mut at = vec![false; parts.len() + 1];
    let mut inside = vec![false; parts.len() + 1];
    at[0] = true;
    skip_empty(parts, &mut at);
    for sign in path.chars() {
        if sign == '/' && at[parts.len()] {
            return true;
        }
        let mut next = vec![false; parts.len() + 1];
        let mut next_inside = vec![false; parts.len() + 1];
        for (index, part) in parts.iter().enumerate() {
            if !at[index] && !inside[index] {
                continue;
            }
            match part {
                Part::Sign(own) => next[index + 1] |= *own == sign,
                Part::Any => next[index + 1] |= sign != '/',
                Part::Star => next[index] |= sign != '/',
                Part::Rest => next[index] = true,
                Part::Directories => {
                    next_inside[index] = true;
                    next[index + 1] |= sign == '/';
                }
                Part::Class { not, ranges } => {
                    let one = ranges.iter().any(|&(low, high)| (low..=high).contains(&sign));
                    next[index + 1] |= one != *not && sign != '/';
                }
            }
        }
        at = next;
        inside = next_inside;
        skip_empty(parts, &mut at);
    }
    at[parts.len()]
}

/// Parts that may match nothing are stepped over.
fn skip_empty(parts: &[Part], at: &mut [bool]) {
    for (index, part) in parts.iter().enumerate() {
        if at[index] && matches!(part, Part::Star | Part::Rest | Part::Directories) {
            at[index + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_as_docker_does() {
        let cases: &[(&str, &str, bool)] = &[
            (".env", ".env", true),
            (".env", ".env.production", false),
            (".env", "api/.env", false),
            ("/.env", ".env", true),
            ("./.env", ".env", true),
            (".env/", ".env", true),
            (".env*", ".env.production", true),
            (".env*", "api/.env", false),
            ("**/.env*", "api/.env", true),
            ("**/.env*", ".env.local", true),
            ("**/.env", "a/b/c/.env", true),
            ("**/.env", "a/x.env", false),
            ("**.env", "a/x.env", false),
            ("*/.env", "api/.env", true),
            ("*/.env", "a/b/.env", false),
            ("*.env", "prod.env", true),
            ("*", "any/where", true),
            ("**", "any/where", true),
            ("api", "api/src/.env", true),
            ("api/**", "api/src/.env", true),
            ("api/**/.env", "api/.env", true),
            ("node_modules", "web/node_modules/a", false),
            ("**/node_modules", "web/node_modules/a", true),
            (".env*\n!.env.example", ".env.example", false),
            (".env*\n!.env.example", ".env.local", true),
            ("!.env.example\n.env*", ".env.example", true),
            ("*\n!src", "src/a.ts", false),
            ("*\n!src\nsrc/.env", "src/.env", true),
            ("! .env\n", ".env", false),
            ("# .env", ".env", false),
            (" # .env", ".env", false),
            ("  .env  ", ".env", true),
            (".env\r\nx\r\n", ".env", true),
            ("\u{FEFF}.env", ".env", true),
            (".en?", ".env", true),
            (".en[u-w]", ".env", true),
            (".en[^v]", ".env", false),
            (".en[", ".en[", false),
            ("\\.env", ".env", true),
            ("..", "a", false),
            ("a/../.env", ".env", true),
            ("ü*", "übung", true),
            ("", ".env", false),
            (".env # x", ".env", false),
        ];
        for (text, path, want) in cases {
            assert_eq!(DockerIgnore::parse(text).verdict(path).ignored, *want, "{text:?} {path}");
        }
    }

    #[test]
    fn the_deciding_line_is_told() {
        let text = "a\n\n!.env\r\n.env*\n";
        let decided = DockerIgnore::parse(text).verdict(".env").decided_by;
        assert_eq!(decided.map(|region| region.of(text)), Some(".env*"));
        assert!(DockerIgnore::parse("# only words\n\n").is_empty());
    }

    #[test]
    fn hostile_patterns_cost_pattern_times_path() {
        let pattern = "**/*a".repeat(190);
        let text = format!("{pattern}\n").repeat(1000);
        assert!(!DockerIgnore::parse(&text).verdict(&"b/".repeat(100)).ignored);
    }
}
