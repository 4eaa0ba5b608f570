//! Whether any text of the repository speaks of something: what must be known before a
//! rule says that it is nowhere.

use memchr::memmem::Finder;
use seaworthy_analysis::{PieceSizes, Snapshot};
use seaworthy_model::split_last;

/// How many files are looked at; beyond, nothing is known.
const MOST: usize = 4_000;

/// Texts in which people or machines are told how production is kept: documents,
/// scripts, infrastructure and pipelines.
pub(super) fn is_instruction(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = split_last(name, b'.').map_or("", |(_, extension)| extension);
    if matches!(name, "pnpm-lock.yaml" | "poetry.lock" | "uv.lock") {
        return false;
    }
    matches!(
        extension,
        "md" | "mdx"
            | "txt"
            | "rst"
            | "adoc"
            | "tf"
            | "yml"
            | "yaml"
            | "sh"
            | "bash"
            | "zsh"
            | "ps1"
            | "py"
            | "cron"
            | "crontab"
            | "service"
            | "timer"
            | "toml"
            | "hcl"
            | "nix"
            | "j2"
            | "mk"
            | "bicep"
            | "pkl"
    ) || matches!(
        name,
        "Makefile"
            | "makefile"
            | "GNUmakefile"
            | "justfile"
            | "Justfile"
            | "crontab"
            | "package.json"
            | "Jenkinsfile"
            | "Rakefile"
            | "fabfile.py"
            | "Procfile"
    ) || !name.contains('.')
        && path.split('/').any(|part| matches!(part, "bin" | "scripts" | "ops"))
}

/// Whether a path names one of the words, or a line of an instruction does.
/// Lines that only say that it is still to be done, and those `aside` knows, do not
/// count. `true` as well where there is too much to look at.
pub(super) fn mentioned(
    snapshot: &Snapshot,
    words: &'static [&'static str],
    aside: &'static [&'static str],
) -> bool {
    snapshot.answer(("mentioned", words, aside), || search(snapshot, words, aside))
}

/// Whether a file [is seen](seaworthy_analysis::Sees) to mention one of the words, by its
/// path or text.
pub(super) fn mentions(path: &str, text: Option<&str>, words: &[&str], aside: &[&str]) -> u64 {
    let Some(text) = text else { return 0 };
    let mut search = Search::new(words, aside);
    (search.names(path) || is_chosen(path) && search.is_in(text)).into()
}

fn search(snapshot: &Snapshot, words: &[&str], aside: &[&str]) -> bool {
    let mut search = Search::new(words, aside);
    let artifacts = snapshot.artifacts();
    if artifacts.iter().any(|artifact| search.names(artifact.path().as_str())) {
        return true;
    }
    let chosen = artifacts.iter().filter(|artifact| is_chosen(artifact.path().as_str()));
    let mut buffer = Vec::new();
    for (count, artifact) in chosen.enumerate() {
        let mut found = count >= MOST;
        snapshot.with_pieces(artifact, PieceSizes::DEFAULT, &mut buffer, |piece| {
            found = found || search.is_in(piece.text);
        });
        if found {
            return true;
        }
    }
    false
}

fn is_chosen(path: &str) -> bool {
    is_instruction(path) && !path.contains("node_modules/")
}

struct Search<'w> {
    words: Vec<Finder<'w>>,
    aside: Vec<Finder<'w>>,
    lower: Vec<u8>,
}

impl<'w> Search<'w> {
    fn new(words: &[&'w str], aside: &[&'w str]) -> Self {
        let finders = |words: &[&'w str]| words.iter().map(|word| Finder::new(*word)).collect();
        Self { words: finders(words), aside: finders(aside), lower: Vec::new() }
    }

    fn names(&mut self, text: &str) -> bool {
        self.lower.clear();
        self.lower.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
        self.words.iter().any(|word| word.find(&self.lower).is_some())
            && !self.aside.iter().any(|word| word.find(&self.lower).is_some())
    }

    fn is_in(&mut self, text: &str) -> bool {
        text.lines().any(|line| self.names(line) && !is_undone(line))
    }
}

/// A line of a list of what is still to be done.
fn is_undone(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    ["[ ]", "todo", "fixme", "not yet", "❌"].iter().any(|sign| lower.contains(sign))
}
