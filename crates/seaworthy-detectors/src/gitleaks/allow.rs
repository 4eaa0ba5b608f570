//! Allowlists: what a team decided to live with.

use regex_automata::meta::Regex;
use seaworthy_detector_pack::gitleaks::{AllowTarget, Allowlist, Placed};
use seaworthy_detector_pack::pack::Problem;
use seaworthy_model::Region;

/// An allowlist, ready to be asked.
#[derive(Debug)]
pub(super) struct Allow {
    all: bool,
    paths: Vec<Regex>,
    regexes: Vec<Regex>,
    target: AllowTarget,
    stopwords: Vec<String>,
    commits: bool,
    rules: Vec<String>,
}

/// Something that was found.
#[derive(Clone, Copy)]
pub(super) struct Found<'t> {
    text: &'t str,
    path: &'t str,
    secret: &'t str,
    matched: Region,
}

impl<'t> Found<'t> {
    /// A secret, and all that the rule's expression matched.
    pub(super) fn new(text: &'t str, path: &'t str, matched: Region, secret: &'t str) -> Self {
        Self { text, path, secret, matched }
    }

    fn target(&self, target: AllowTarget) -> &'t [u8] {
        let bytes = self.text.as_bytes();
        let Region { start, end } = self.matched;
        let region = match target {
            AllowTarget::Secret => return self.secret.as_bytes(),
            AllowTarget::Match => start..end,
            AllowTarget::Line => {
                let before = bytes.get(..start).unwrap_or(bytes);
                let after = bytes.get(end..).unwrap_or(&[]);
                let from = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
                let to = memchr::memchr(b'\n', after).map_or(bytes.len(), |at| end + at);
                from..to
            }
        };
        bytes.get(region).unwrap_or(&[])
    }
}

/// Makes allowlists ready; an expression that is wrong is told and left out.
pub(super) fn compile(lists: Vec<Allowlist>, problems: &mut Vec<Problem>) -> Vec<Allow> {
    let mut expressions = |list: Vec<Placed>| -> Vec<Regex> {
        list.iter().filter_map(|source| super::compile(source, problems)).collect()
    };
    lists
        .into_iter()
        .map(|list| Allow {
            all: list.all,
            paths: expressions(list.paths),
            regexes: expressions(list.regexes),
            target: list.target,
            stopwords: list.stopwords,
            commits: list.commits,
            rules: list.rules,
        })
        .collect()
}

/// Whether one of the lists allows what the rule of this id found.
pub(super) fn any<'a>(lists: impl Iterator<Item = &'a Allow>, id: &str, found: &Found<'_>) -> bool {
    let mut lists =
        lists.filter(|list| list.rules.is_empty() || list.rules.iter().any(|r| r == id));
    lists.any(|list| list.allows(found))
}

impl Allow {
    fn allows(&self, found: &Found<'_>) -> bool {
        let target = found.target(self.target);
        let lower = match self.stopwords.is_empty() {
            true => String::new(),
            false => found.secret.to_lowercase(),
        };
        // Each kind of entries, whether there are any and whether one applies. What
        // is no commit is in none that is named.
        let kinds = [
            (self.commits, false),
            (!self.paths.is_empty(), self.paths.iter().any(|path| path.is_match(found.path))),
            (!self.regexes.is_empty(), self.regexes.iter().any(|regex| regex.is_match(target))),
            (!self.stopwords.is_empty(), self.stopwords.iter().any(|word| lower.contains(word))),
        ];
        let mut wanted = kinds.iter().filter(|(has, _)| *has).peekable();
        match self.all {
            true => wanted.peek().is_some() && wanted.all(|(_, applies)| *applies),
            false => wanted.any(|(_, applies)| *applies),
        }
    }
}
