//! Patterns of paths as the hosting providers write them, reduced to one small
//! matcher that never backtracks.

use crate::vercel::Match;

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// This character.
    Char(char),
    /// A character that is no slash.
    NoSlash,
    /// A slash or nothing.
    MaybeSlash,
    /// Any characters but slashes, perhaps none.
    Inside,
    /// Any characters, perhaps none.
    Any,
}

/// For which paths a rule of a hosting provider holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    alternatives: Vec<Vec<Step>>,
    ignore_case: bool,
}

/// Bounds that only a hostile file reaches; what is beyond them is undecided.
const LONGEST: usize = 1_000;
const MOST_ALTERNATIVES: usize = 64;

impl PathPattern {
    /// A path of Netlify's `_headers` and `netlify.toml`: `:name` stands for one
    /// segment, a `*` of its own for everything below, a `*` inside a segment
    /// for anything; letter case and a slash at the end make no difference.
    #[must_use]
    pub fn netlify(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let parts = text.trim().split('/').map(str::trim_end).filter(|part| !part.is_empty());
        for (index, part) in parts.enumerate() {
            if index > 0 || part != "*" {
                steps.push(Step::Char('/'));
            }
            if part.starts_with(':') {
                steps.extend([Step::NoSlash, Step::Inside]);
            } else if part == "*" {
                // The slash before it is optional then.
                if index > 0 {
                    steps.pop();
                }
                steps.extend([Step::MaybeSlash, Step::Any]);
            } else {
                steps
                    .extend(part.chars().map(|c| if c == '*' { Step::Any } else { Step::Char(c) }));
            }
        }
        steps.push(Step::MaybeSlash);
        Self::bounded(vec![steps], true)
    }

    /// A path of Cloudflare's `_headers`: `*` stands for any characters, `:name`
    /// for those up to the next slash. `None` for what Cloudflare refuses: more
    /// than one `*`, or one beside `:splat`.
    #[must_use]
    pub fn cloudflare(text: &str) -> Option<Self> {
        let splats = text.matches('*').count();
        if splats > 1 || (splats == 1 && text.to_ascii_lowercase().contains(":splat")) {
            return None;
        }
        let mut steps = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '*' => steps.push(Step::Any),
                ':' if chars.peek().is_some_and(char::is_ascii_alphabetic) => {
                    while chars.next_if(|&c| c.is_ascii_alphanumeric() || c == '_').is_some() {}
                    steps.extend([Step::NoSlash, Step::Inside]);
                }
                _ => steps.push(Step::Char(c)),
            }
        }
        Self::bounded(vec![steps], false)
    }

    /// A glob of Firebase Hosting. `None` for what is not decided here: negation,
    /// repetition and classes.
    #[must_use]
    pub fn firebase(text: &str) -> Option<Self> {
        let mut alternatives = Vec::new();
        for text in expanded(text, "@(", ')', '|')? {
            for text in expanded(&text, "{", '}', ',')? {
                alternatives.push(glob(&text)?);
            }
            if alternatives.len() > MOST_ALTERNATIVES {
                return None;
            }
        }
        Self::bounded(alternatives, false)
    }

    /// A route of Azure Static Web Apps: a `*` at the end stands for anything,
    /// and may be narrowed to extensions (`*.{png,jpg}`).
    #[must_use]
    pub fn azure(text: &str) -> Option<Self> {
        let mut alternatives = Vec::new();
        for text in expanded(text, "{", '}', ',')? {
            alternatives.push(
                text.chars().map(|c| if c == '*' { Step::Any } else { Step::Char(c) }).collect(),
            );
        }
        Self::bounded(alternatives, true)
    }

    /// A path matcher of Caddy: exact, but for `*` at its ends, and in its middle
    /// for anything but slashes; letter case makes no difference.
    #[must_use]
    pub fn caddy(text: &str) -> Option<Self> {
        if text.contains(['[', '?', '\\']) {
            return None;
        }
        let inner = text.trim_matches('*');
        let mut steps = Vec::new();
        if text.starts_with('*') {
            steps.push(Step::Any);
        }
        steps.extend(inner.chars().map(|c| if c == '*' { Step::Inside } else { Step::Char(c) }));
        if text.ends_with('*') {
            steps.push(Step::Any);
        }
        Self::bounded(vec![steps], true)
    }

    /// Everything below a path, and the path itself.
    #[must_use]
    pub fn below(path: &str) -> Self {
        let mut steps: Vec<Step> = path.chars().map(Step::Char).collect();
        steps.push(Step::Any);
        Self { alternatives: vec![steps], ignore_case: false }
    }

    fn bounded(alternatives: Vec<Vec<Step>>, ignore_case: bool) -> Option<Self> {
        let fits = alternatives.len() <= MOST_ALTERNATIVES
            && alternatives.iter().all(|steps| steps.len() <= LONGEST);
        fits.then_some(Self { alternatives, ignore_case })
    }

    /// Whether the pattern holds for a path.
    #[must_use]
    pub fn matches(&self, path: &str) -> Match {
        if path.len() > LONGEST {
            return Match::Unknown;
        }
        match self.alternatives.iter().any(|steps| self.runs(steps, path)) {
            true => Match::Yes,
            false => Match::No,
        }
    }

    /// Follows all ways through the steps at once.
    fn runs(&self, steps: &[Step], path: &str) -> bool {
        let mut here = vec![false; steps.len() + 1];
        here[0] = true;
        pass(steps, &mut here);
        for c in path.chars() {
            let mut next = vec![false; steps.len() + 1];
            for (index, step) in steps.iter().enumerate().filter(|(index, _)| here[*index]) {
                match step {
                    Step::Char(expected) => {
                        let same = *expected == c
                            || self.ignore_case && expected.to_lowercase().eq(c.to_lowercase());
                        next[index + 1] |= same;
                    }
                    Step::NoSlash => next[index + 1] |= c != '/',
                    Step::MaybeSlash => next[index + 1] |= c == '/',
                    Step::Inside => next[index] |= c != '/',
                    Step::Any => next[index] = true,
                }
            }
            here = next;
            pass(steps, &mut here);
        }
        here[steps.len()]
    }

    /// The path's beginning that is written out, up to its last slash.
    #[must_use]
    pub fn literal_prefix(&self) -> String {
        let Some(steps) = self.alternatives.first() else { return String::new() };
        let mut literal: String = steps
            .iter()
            .map_while(|step| match step {
                Step::Char(c) => Some(*c),
                _ => None,
            })
            .collect();
        let whole = steps.len() == literal.chars().count()
            || steps.get(literal.chars().count()..) == Some(&[Step::MaybeSlash]);
        if !whole && let Some(at) = literal.rfind('/') {
            // `/shop/*` and Netlify's `/shop`, whose last slash is optional.
            let folder = steps.get(literal.chars().count()) == Some(&Step::MaybeSlash);
            if !folder {
                literal.truncate(at);
            }
        }
        literal
    }
}

/// What can be reached without a character.
fn pass(steps: &[Step], here: &mut [bool]) {
    for (index, step) in steps.iter().enumerate() {
        if here[index] && matches!(step, Step::MaybeSlash | Step::Inside | Step::Any) {
            here[index + 1] = true;
        }
    }
}

/// A glob without alternatives.
fn glob(text: &str) -> Option<Vec<Step>> {
    if text.contains(['[', '\\', '(', ')', '!', '+']) {
        return None;
    }
    let text = if text.starts_with('/') || text.starts_with("**") {
        text.to_owned()
    } else {
        format!("/{text}")
    };
    let mut steps = Vec::new();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**") {
            steps.push(Step::Any);
            // `**/x` also means `x` at the root.
            rest = match after.strip_prefix('/') {
                Some(after) if !after.is_empty() => {
                    steps.push(Step::MaybeSlash);
                    after
                }
                _ => after,
            };
            continue;
        }
        steps.push(match c {
            '*' => Step::Inside,
            '?' => Step::NoSlash,
            c => Step::Char(c),
        });
        rest = &rest[c.len_utf8()..];
    }
    Some(steps)
}

/// A text for each choice of the alternatives in it. `None` where they are
/// nested, not closed, or too many.
fn expanded(text: &str, open: &str, close: char, separator: char) -> Option<Vec<String>> {
    let mut texts = vec![text.to_owned()];
    loop {
        let mut more = Vec::new();
        let mut found = false;
        for text in &texts {
            let Some(start) = text.find(open) else {
                more.push(text.clone());
                continue;
            };
            let inner = &text[start + open.len()..];
            let end = inner.find(close)?;
            if inner[..end].contains(open) {
                return None;
            }
            found = true;
            let after = &inner[end + close.len_utf8()..];
            more.extend(
                inner[..end]
                    .split(separator)
                    .map(|word| format!("{}{word}{after}", &text[..start])),
            );
            if more.len() > MOST_ALTERNATIVES {
                return None;
            }
        }
        texts = more;
        if !found {
            return Some(texts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(pattern: Option<PathPattern>, path: &str) -> Option<bool> {
        Some(pattern?.matches(path) == Match::Yes)
    }

    #[test]
    fn netlify_reads_segments() {
        for (pattern, path, expected) in [
            ("/*", "/", true),
            ("/*", "/a/b.js", true),
            ("/", "/", true),
            ("/", "/a", false),
            ("/assets/*", "/assets", true),
            ("/assets/*", "/assets/a/b.js", true),
            ("/assets/*", "/asset", false),
            ("/*.js", "/a/b.js", true),
            ("/a/:id/c", "/a/1/c", true),
            ("/a/:id/c", "/a/1/2/c", false),
            ("/a/:id", "/a", false),
            ("/About", "/about/", true),
        ] {
            assert_eq!(
                holds(PathPattern::netlify(pattern), path),
                Some(expected),
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn cloudflare_reads_splats_and_placeholders() {
        for (pattern, path, expected) in [
            ("/*", "/", Some(true)),
            ("/*", "/a/b", Some(true)),
            ("/a/*", "/a", Some(false)),
            ("/a/*", "/a/", Some(true)),
            ("/*.html", "/a/b.html", Some(true)),
            ("/:a/x", "/b/x", Some(true)),
            ("/:a/x", "/b/c/x", Some(false)),
            ("/A", "/a", Some(false)),
            ("/*/*", "/a/b", None),
            ("/*/:splat", "/a/b", None),
        ] {
            assert_eq!(holds(PathPattern::cloudflare(pattern), path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn firebase_reads_globs() {
        for (pattern, path, expected) in [
            ("**", "/a/b", Some(true)),
            ("/**", "/", Some(true)),
            ("**/*.@(jpg|png)", "/x/a.png", Some(true)),
            ("**/*.@(jpg|png)", "/a.gif", Some(false)),
            ("**/*.{js,css}", "/a.css", Some(true)),
            ("/a/*", "/a/b", Some(true)),
            ("/a/*", "/a/b/c", Some(false)),
            ("404.html", "/404.html", Some(true)),
            ("**/!(service-worker.js)", "/a", None),
            ("/[ab]", "/a", None),
        ] {
            assert_eq!(holds(PathPattern::firebase(pattern), path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn azure_and_caddy_read_stars() {
        for (pattern, path, expected) in [
            ("/*", "/a", true),
            ("/images/*.{png,jpg}", "/images/x/a.jpg", true),
            ("/images/*.{png,jpg}", "/images/a.gif", false),
            ("/admin", "/Admin", true),
        ] {
            assert_eq!(
                holds(PathPattern::azure(pattern), path),
                Some(expected),
                "{pattern} {path}"
            );
        }
        for (pattern, path, expected) in [
            ("/api/*", "/api/x/y", true),
            ("/api/*", "/api", false),
            ("*.php", "/a/b.php", true),
            ("/a*c/d", "/abc/d", true),
            ("/", "/a", false),
        ] {
            assert_eq!(
                holds(PathPattern::caddy(pattern), path),
                Some(expected),
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn prefixes_end_at_a_slash() {
        for (pattern, expected) in [("/shop/*", "/shop"), ("/a/b*", "/a"), ("/a/b", "/a/b")] {
            let cloudflare = PathPattern::cloudflare(pattern).expect(pattern);
            assert_eq!(cloudflare.literal_prefix(), expected, "{pattern}");
            let netlify = PathPattern::netlify(pattern).expect(pattern);
            assert_eq!(netlify.literal_prefix(), expected, "{pattern}");
        }
        assert_eq!(PathPattern::netlify("/*").expect("a pattern").literal_prefix(), "");
    }

    #[test]
    fn hostile_patterns_end() {
        assert_eq!(PathPattern::firebase(&"{a,b}".repeat(40)), None);
        assert_eq!(PathPattern::netlify(&"/a".repeat(2_000)), None);
        let stars = PathPattern::netlify(&"/a*".repeat(300)).expect("within bounds");
        assert_eq!(stars.matches(&"/a".repeat(400)), Match::Yes);
        assert_eq!(stars.matches(&"/a".repeat(600)), Match::Unknown);
    }
}
