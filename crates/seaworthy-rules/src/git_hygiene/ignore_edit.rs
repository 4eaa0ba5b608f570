//! Edits of ignore files, tried on git's rules before they are offered.

use seaworthy_analysis::{Context, Edit, GitState, Snapshot};
use seaworthy_formats::gitignore::IgnoreSource;
use seaworthy_model::{ArtifactPath, Region};

/// The longest ignore file that is tried with edits.
const LONGEST: usize = 128 << 10;

/// How many edits of one file are tried.
pub(super) const TRIES: usize = 16;

/// What an edit has to come to: the paths that must be ignored after it, and
/// those that must not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted<'a> {
    pub(super) ignored: &'a [String],
    pub(super) kept: &'a [String],
}

/// The nearest `.gitignore` of the snapshot that applies to a path.
pub(super) fn nearest<'s>(snapshot: &'s Snapshot, path: &str) -> Option<&'s ArtifactPath> {
    let mut directory = path;
    loop {
        directory = match directory.rsplit_once('/') {
            Some((parent, _)) => parent,
            None if directory.is_empty() => return None,
            None => "",
        };
        let candidate = match directory {
            "" => ".gitignore".to_owned(),
            directory => format!("{directory}/.gitignore"),
        };
        if let Some(artifact) = snapshot.artifact(&candidate) {
            return Some(artifact.path());
        }
    }
}

/// Whether a `.gitignore` applies to the whole audited tree: one at its root or
/// one of the repository above it.
pub(super) fn has_root_rules(snapshot: &Snapshot, git: &GitState) -> bool {
    snapshot.contains(".gitignore")
        || git
            .ignore_rules()
            .files()
            .any(|(source, ..)| matches!(source, IgnoreSource::Above { .. }))
}

/// The text with one region replaced; `None` when the region does not fit.
pub(super) fn replaced(text: &str, region: Region, by: &str) -> Option<String> {
    let before = text.get(..region.start)?;
    let after = text.get(region.end..)?;
    Some(format!("{before}{by}{after}"))
}

/// Whether git's rules come to what is wanted when the file has this text.
pub(super) fn comes_to(
    git: &GitState,
    artifact: &ArtifactPath,
    text: &str,
    wanted: Wanted<'_>,
) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let source = IgnoreSource::File { artifact: artifact.clone() };
    let rules = git.ignore_rules().edited(source, text);
    let is = |path: &String, ignored: bool| {
        let verdict = rules.verdict(path, false);
        !verdict.undecided && verdict.ignored == ignored
    };
    wanted.ignored.iter().all(|path| is(path, true))
        && wanted.kept.iter().all(|path| is(path, false))
}

/// Those of some paths that git ignores when the file has this text.
pub(super) fn ignored_after(
    git: &GitState,
    artifact: &ArtifactPath,
    text: &str,
    mut paths: Vec<String>,
) -> Vec<String> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let source = IgnoreSource::File { artifact: artifact.clone() };
    let rules = git.ignore_rules().edited(source, text);
    paths.retain(|path| {
        let verdict = rules.verdict(path, false);
        !verdict.undecided && verdict.ignored
    });
    paths
}

/// An edit that adds lines at the end of an ignore file, in its line ending,
/// if that comes to what is wanted.
pub(super) fn append(
    cx: &Context<'_>,
    artifact: &ArtifactPath,
    lines: &[String],
    wanted: Wanted<'_>,
) -> Option<Edit> {
    let text = cx.snapshot().text(cx.snapshot().artifact(artifact.as_str())?)?;
    let ending = line_ending(text);
    let mut added = String::new();
    if !text.is_empty() && !text.ends_with('\n') {
        added.push_str(ending);
    }
    for line in lines {
        added.push_str(line);
        added.push_str(ending);
    }
    if !comes_to(cx.snapshot().git()?, artifact, &format!("{text}{added}"), wanted) {
        return None;
    }
    let title = format!("Add {} to {artifact}", quoted(lines));
    Some(Edit::safe(title).insert(artifact, text.len(), added))
}

fn quoted(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("`{line}`")).collect();
    super::content::list(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The line ending of a text: that of its first line.
fn line_ending(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// The line at a region together with its ending.
pub(super) fn whole_line(text: &str, region: Region) -> Region {
    let rest = text.get(region.end..).unwrap_or("");
    let ending = rest.find('\n').map_or(rest.len(), |at| at + 1);
    Region::new(region.start, region.end + ending)
}

/// A name as an ignore pattern that means nothing but itself.
pub(super) fn literal(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        let first = at == 0 && matches!(c, '#' | '!');
        let last = c == ' ' && at + 1 == name.len();
        if first || last || matches!(c, '*' | '?' | '[' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The path relative to the directory of an ignore file.
pub(super) fn relative<'p>(ignore: &ArtifactPath, path: &'p str) -> &'p str {
    match ignore.parent() {
        "" => path,
        parent => path.strip_prefix(parent).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_pattern_escapes_what_is_special() {
        let cases = [
            (".env", ".env"),
            ("#x", "\\#x"),
            ("!x", "\\!x"),
            ("a#b", "a#b"),
            ("a[1]*?", "a\\[1]\\*\\?"),
            ("a ", "a\\ "),
            ("", ""),
        ];
        for (name, want) in cases {
            assert_eq!(literal(name), want);
        }
    }

    #[test]
    fn paths_are_relative_to_the_ignore_file() {
        let nested = ArtifactPath::new("apps/api/.gitignore");
        assert_eq!(relative(&nested, "apps/api/x/.env"), "x/.env");
        assert_eq!(relative(&ArtifactPath::new(".gitignore"), "a/.env"), "a/.env");
    }
}
