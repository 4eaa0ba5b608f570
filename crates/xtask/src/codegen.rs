//! `cargo xtask codegen`: everything that is derived and committed.
//!
//! The pages under `docs/rules/`, their index, the list of detectors, the schema of the
//! settings file, its reference and the book's table of contents come from the rules, the
//! packs and the settings themselves; `cargo xtask tidy` fails when one is stale. The
//! reference of the commands is the binary's to write: it alone knows its arguments, and
//! a test of it fails when the page is stale.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use seaworthy_engine::packs::{self, About};
use seaworthy_model::{Group, Rule};

/// Writes every generated file and removes pages of rules that are gone.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let files = generated(root)?;
    for (path, text) in &files {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for path in surplus(root, &files)? {
        std::fs::remove_file(root.join(path))?;
    }
    crate::say(&format!("codegen: {} files", files.len()));
    Ok(())
}

/// What differs from the committed files.
pub(crate) fn stale(root: &Path) -> anyhow::Result<Vec<String>> {
    let files = generated(root)?;
    let mut problems = Vec::new();
    for (path, text) in &files {
        if std::fs::read_to_string(root.join(path)).ok().as_deref() != Some(text) {
            problems.push(format!("{}: stale; run `cargo xtask codegen`", path.display()));
        }
    }
    for path in surplus(root, &files)? {
        problems.push(format!("{}: its rule is gone; run `cargo xtask codegen`", path.display()));
    }
    Ok(problems)
}

fn surplus(root: &Path, files: &BTreeMap<PathBuf, String>) -> anyhow::Result<Vec<PathBuf>> {
    let directory = root.join("docs/rules");
    let mut surplus = Vec::new();
    if directory.is_dir() {
        for entry in std::fs::read_dir(directory)? {
            let path = Path::new("docs/rules").join(entry?.file_name());
            if !files.contains_key(&path) {
                surplus.push(path);
            }
        }
    }
    Ok(surplus)
}

fn generated(root: &Path) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let rules = seaworthy_engine::rules();
    let mut files = BTreeMap::new();
    for rule in &rules {
        files.insert(PathBuf::from(format!("docs/rules/{}.md", rule.id)), page(rule));
    }
    files.insert(PathBuf::from("docs/rules/README.md"), index(&rules));
    files.insert(PathBuf::from("docs/detectors.md"), detectors(&packs::detectors()));
    files.insert(PathBuf::from("docs/seaworthy.schema.json"), seaworthy_engine::settings::schema());
    crate::book::generate(root, &mut files, &rules)?;
    Ok(files)
}

fn page(rule: &Rule) -> String {
    let mut page = format!("# {}\n\n", rule.id);
    let _ = writeln!(
        page,
        "Group {} · severity {} · precision {}{}\n",
        rule.group,
        rule.severity,
        rule.precision.as_str(),
        if rule.enabled { "" } else { " · off unless asked for" },
    );
    if !rule.cwe.is_empty() {
        let list: Vec<String> = rule.cwe.iter().map(|cwe| format!("CWE-{cwe}")).collect();
        let _ = writeln!(page, "{}\n", list.join(", "));
    }
    page.push_str(rule.help.trim_end());
    page.push('\n');
    page
}

fn index(rules: &[&'static Rule]) -> String {
    let mut index =
        String::from("# Rules\n\nGenerated from the rules themselves by `cargo xtask codegen`.\n");
    for group in Group::ALL {
        let _ = write!(index, "\n## {group}\n\n| rule | severity | fires on |\n|---|---|---|\n");
        for rule in rules.iter().filter(|rule| rule.group == group) {
            let _ = writeln!(
                index,
                "| [{id}]({id}.md) | {} | {} |",
                rule.severity,
                rule.summary.replace('|', "\\|"),
                id = rule.id,
            );
        }
    }
    index
}

/// The list of detectors, those of a provider together.
fn detectors(all: &[About]) -> String {
    let mut providers: BTreeMap<(String, &str), Vec<&About>> = BTreeMap::new();
    for about in all {
        let order = about.provider.to_lowercase();
        providers.entry((order, about.provider)).or_default().push(about);
    }
    let general = providers.remove(&(String::new(), "")).unwrap_or_default();
    let mut page = format!(
        "# Detectors\n\nGenerated from the packs in `rules/` and the finders by `cargo xtask \
         codegen`.\n\nSecret detection knows {} kinds of secrets of {} providers, and {} kinds \
         that nobody in particular issues. Settings and `seaworthy: ignore[...]` name a kind by its \
         id, or all of them by the [rule](rules/README.md) that reports them. The severity is that \
         of a file that git tracks; it is milder in documentation, templates and tests.\n",
        all.len() - general.len(),
        providers.len(),
        general.len(),
    );
    let mut section = |title: &str, kinds: &[&About]| {
        let _ = write!(
            page,
            "\n## {title}\n\n| id | what it is | severity | what it opens | where to revoke it \
             |\n|---|---|---|---|---|\n"
        );
        for about in kinds {
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {} | {} |",
                about.id,
                cell(about.name),
                about.severity,
                cell(about.description),
                cell(about.revoke),
            );
        }
    };
    section("Of no provider", &general);
    for ((_, provider), kinds) in &providers {
        section(&cell(provider), kinds);
    }
    page
}

/// Text that stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
