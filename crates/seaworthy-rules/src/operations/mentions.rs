//! Whether any text of the repository speaks of something: what must be known before a
//! rule says that it is nowhere.

use memchr::memmem::Finder;
use seaworthy_analysis::{PieceSizes, Snapshot};

/// How many files are looked at; beyond, nothing is known.
const MOST: usize = 4_000;

/// Texts in which people or machines are told how production is kept: documents,
/// scripts, infrastructure and pipelines.
pub(super) fn is_instruction(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
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

fn search(snapshot: &Snapshot, words: &[&str], aside: &[&str]) -> bool {
    let finders =
        |words: &[&str]| words.iter().map(|word| Finder::new(word).into_owned()).collect();
    let (words, aside): (Vec<Finder<'_>>, Vec<Finder<'_>>) = (finders(words), finders(aside));
    let mut lower = Vec::new();
    let mut names = |text: &str| {
        lower.clear();
        lower.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
        words.iter().any(|word| word.find(&lower).is_some())
            && !aside.iter().any(|word| word.find(&lower).is_some())
    };
    let artifacts = snapshot.artifacts();
    if artifacts.iter().any(|artifact| names(artifact.path().as_str())) {
        return true;
    }
    let chosen = artifacts.iter().filter(|artifact| {
        let path = artifact.path().as_str();
        is_instruction(path) && !path.contains("node_modules/")
    });
    let mut buffer = Vec::new();
    for (count, artifact) in chosen.enumerate() {
        let mut found = count >= MOST;
        snapshot.with_pieces(artifact, PieceSizes::DEFAULT, &mut buffer, |piece| {
            found = found || piece.text.lines().any(|line| names(line) && !is_undone(line));
        });
        if found {
            return true;
        }
    }
    false
}

/// A line of a list of what is still to be done.
fn is_undone(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    ["[ ]", "todo", "fixme", "not yet", "❌"].iter().any(|sign| lower.contains(sign))
}
