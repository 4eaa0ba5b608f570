//! The book in `docs/`: its table of contents and the pages that are derived, and the
//! checks that hold the others to what the product does.

mod check;
mod settings;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use seaworthy_model::{Group, Rule};

pub(crate) use check::problems;

/// The parts of the book, each with its pages in the order of reading. A page is
/// called what its first heading says; a page that is missing here fails `tidy`.
const OUTLINE: &[(&str, &[&str])] = &[
    ("", &["README.md", "tutorial.md"]),
    (
        "How to",
        &[
            "how-to/pre-commit.md",
            "how-to/git-hooks.md",
            "how-to/new-code.md",
            "how-to/baseline.md",
            "how-to/ignoring.md",
            "how-to/fixing.md",
            "how-to/github.md",
            "how-to/gitlab.md",
            "how-to/ci.md",
            "how-to/editors.md",
            "how-to/history.md",
            "how-to/monorepos.md",
            "how-to/own-detectors.md",
            "gitleaks.md",
        ],
    ),
    (
        "Plugins",
        &["plugins/README.md", "plugins/rust.md", "plugins/javascript.md", "plugins/python.md"],
    ),
    (
        "Reference",
        &[
            "settings.md",
            "commands.md",
            "formats.md",
            "baseline.md",
            "detectors.md",
            "rules/README.md",
        ],
    ),
    ("Background", &["compare.md", "limits.md", "architecture.md", "faq.md"]),
];

/// The page below which the pages of the rules stand in the table of contents.
const RULES: &str = "rules/README.md";

/// Adds the derived pages of the book to the files to write, which hold the others
/// that are derived.
pub(crate) fn generate(
    root: &Path,
    files: &mut BTreeMap<PathBuf, String>,
    rules: &[&'static Rule],
) -> anyhow::Result<()> {
    files.insert(
        PathBuf::from("docs/settings.md"),
        settings::page(&seaworthy_engine::settings::schema())?,
    );
    let summary = summary(root, files, rules)?;
    files.insert(PathBuf::from("docs/SUMMARY.md"), summary);
    Ok(())
}

fn summary(
    root: &Path,
    files: &BTreeMap<PathBuf, String>,
    rules: &[&'static Rule],
) -> anyhow::Result<String> {
    let mut summary = String::from("# Summary\n");
    for (part, pages) in OUTLINE {
        if part.is_empty() {
            summary.push('\n');
        } else {
            let _ = write!(summary, "\n# {part}\n\n");
        }
        for page in *pages {
            let path = Path::new("docs").join(page);
            let text = match files.get(&path) {
                Some(text) => text.clone(),
                None => std::fs::read_to_string(root.join(&path))
                    .with_context(|| format!("cannot read {}", path.display()))?,
            };
            let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(page);
            let bullet = if part.is_empty() { "" } else { "- " };
            let _ = writeln!(summary, "{bullet}[{title}]({page})");
            if *page == RULES {
                for group in Group::ALL {
                    for rule in rules.iter().filter(|rule| rule.group == group) {
                        let _ = writeln!(summary, "  - [{id}](rules/{id}.md)", id = rule.id);
                    }
                }
            }
        }
    }
    Ok(summary)
}

/// Has the binary write the reference of its commands, with plugins among them.
pub(crate) fn commands(root: &Path) -> anyhow::Result<bool> {
    let status = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--package", "seaworthy", "--bin", "seaworthy", "documentation"])
        .env("UPDATE_SNAPSHOTS", "1")
        .current_dir(root)
        .status()
        .context("cannot run cargo")?;
    Ok(status.success())
}

/// The pieces of a Markdown text that the checks look at.
pub(crate) struct Fence<'t> {
    /// What stands behind the opening backticks.
    pub(crate) info: &'t str,
    /// The number of its first line, counted from 1.
    pub(crate) line: usize,
    /// Its lines.
    pub(crate) text: Vec<&'t str>,
}

/// The fenced blocks of a text, and its other lines with their numbers.
pub(crate) fn fences(text: &str) -> (Vec<Fence<'_>>, Vec<(usize, &str)>) {
    let mut fences: Vec<Fence<'_>> = Vec::new();
    let mut prose = Vec::new();
    let mut open: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        let ticks = &bare[..bare.len() - bare.trim_start_matches('`').len()];
        match open {
            Some(fence) if ticks.len() >= fence.len() && bare.trim_end() == ticks => open = None,
            Some(_) => {
                if let Some(fence) = fences.last_mut() {
                    fence.text.push(line);
                }
            }
            None if ticks.len() >= 3 => {
                open = Some(ticks);
                let info = bare[ticks.len()..].trim();
                fences.push(Fence { info, line: index + 2, text: Vec::new() });
            }
            None => prose.push((index + 1, line)),
        }
    }
    (fences, prose)
}
