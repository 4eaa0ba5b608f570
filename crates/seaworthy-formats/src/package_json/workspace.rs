//! Which folders are members of a workspace.

use seaworthy_syntax::Tree;

use super::Field;

/// `pnpm-workspace.yaml`.
#[derive(Clone, Debug, Default)]
pub struct PnpmWorkspace {
    /// The patterns of `packages`; `None` when there are none, which makes the
    /// root the only member.
    pub packages: Option<Vec<Field>>,
}

impl PnpmWorkspace {
    /// Reads the file.
    #[must_use]
    pub fn read(tree: &Tree) -> Self {
        let packages = tree.root().get("packages").filter(|node| node.is_sequence());
        Self { packages: packages.map(|node| node.items().filter_map(Field::of).collect()) }
    }
}

/// Whether the folder `dir` (relative to the workspace's root, without slashes
/// at its ends) is a member by `patterns`: `*` stands for anything within one
/// segment, `**` for any number of segments, `?` for one character, `{a,b}` for
/// either, and a pattern after `!` takes members out. The later pattern wins.
#[must_use]
pub fn workspace_matches<'a>(patterns: impl IntoIterator<Item = &'a str>, dir: &str) -> bool {
    let segments: Vec<&str> = dir.split('/').filter(|s| !s.is_empty() && *s != ".").collect();
    let mut member = false;
    let usable = patterns.into_iter().take(PATTERNS).filter(|p| p.len() <= PATTERN_LENGTH);
    for pattern in usable {
        let (wanted, pattern) = match pattern.strip_prefix('!') {
            Some(rest) => (false, rest),
            None => (true, pattern),
        };
        if member != wanted && alternatives(pattern).iter().any(|p| matches_path(p, &segments)) {
            member = wanted;
        }
    }
    member
}

/// The most patterns that are heeded, and the longest: no workspace comes near.
const PATTERNS: usize = 1_000;
const PATTERN_LENGTH: usize = 1_024;

/// The most patterns that braces in one may stand for.
const ALTERNATIVES: usize = 64;

/// The pattern with its braces written out.
fn alternatives(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        // The first closing brace and the opening one before it: the innermost.
        let braces = pattern.find('}').and_then(|end| Some((pattern[..end].rfind('{')?, end)));
        match braces {
            Some((start, end)) if done.len() + open.len() < ALTERNATIVES => {
                for choice in pattern[start + 1..end].split(',').take(ALTERNATIVES) {
                    open.push(format!("{}{choice}{}", &pattern[..start], &pattern[end + 1..]));
                }
            }
            _ => done.push(pattern),
        }
    }
    done
}

fn matches_path(pattern: &str, segments: &[&str]) -> bool {
    let parts: Vec<&str> = pattern.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    glob(
        &parts,
        segments,
        |part| *part == "**",
        |part, segment| {
            let part: Vec<char> = part.chars().collect();
            let segment: Vec<char> = segment.chars().collect();
            // A pattern has to name a hidden folder as such.
            (segment.first() != Some(&'.') || part.first() == Some(&'.'))
                && glob(&part, &segment, |c| *c == '*', |c, d| *c == '?' || c == d)
        },
    )
}

/// Matches with any number of wildcards by going back to the last one alone,
/// which takes at most the product of the lengths.
fn glob<P, T>(
    pattern: &[P],
    text: &[T],
    is_any: impl Fn(&P) -> bool,
    matches: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && is_any(&pattern[p]) {
            retry = Some((p, t));
            p += 1;
        } else if p < pattern.len() && matches(&pattern[p], &text[t]) {
            p += 1;
            t += 1;
        } else if let Some((any, from)) = retry {
            retry = Some((any, from + 1));
            p = any + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(is_any)
}
