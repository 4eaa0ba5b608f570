//! What the pages claim, checked: every page is in the book, every link leads
//! somewhere, every example of settings is one.

use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use seaworthy_engine::settings::Settings;
use seaworthy_model::ArtifactPath;

use super::{OUTLINE, fences};

/// The texts outside of the book whose links and examples are checked as well.
const BESIDE: &[&str] =
    &["README.md", "CONTRIBUTING.md", "crates/README.md", "fixtures/README.md", "rules/README.md"];

/// What is wrong with the book and the pages beside it.
pub(crate) fn problems(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut pages: Vec<PathBuf> = crate::tidy::files(&root.join("docs"), "md")?;
    let named: BTreeSet<&str> =
        OUTLINE.iter().flat_map(|(_, pages)| pages.iter().copied()).collect();
    for page in &pages {
        let name = page.strip_prefix(root.join("docs")).unwrap_or(page).to_string_lossy();
        let name = name.replace('\\', "/");
        if name != "SUMMARY.md" && !name.starts_with("rules/") && !named.contains(name.as_str()) {
            problems.push(format!("docs/{name}: not in OUTLINE of crates/xtask/src/book.rs"));
        }
    }
    pages.extend(BESIDE.iter().map(|page| root.join(page)));
    let mut texts = HashMap::new();
    for page in &pages {
        texts.insert(page.clone(), std::fs::read_to_string(page)?);
    }
    for page in &pages {
        let text = &texts[page];
        let shown = page.strip_prefix(root).unwrap_or(page).display().to_string();
        let (blocks, prose) = fences(text);
        for (line, target) in prose
            .iter()
            .flat_map(|(line, text)| links(text).into_iter().map(|target| (*line, target)))
        {
            if let Some(wrong) = wrong_link(root, page, target, &texts) {
                problems.push(format!("{shown}:{line}: {target}: {wrong}"));
            }
        }
        for block in blocks.iter().filter(|block| block.info == "toml") {
            let text = block.text.join("\n");
            if is_settings(&text) {
                for wrong in complaints(&text) {
                    problems.push(format!("{shown}:{}: {wrong}", block.line));
                }
            }
        }
    }
    Ok(problems)
}

/// The targets of the inline links of a line.
fn links(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    // What stands in backticks is no link.
    for (index, prose) in line.split('`').enumerate() {
        let mut rest = if index % 2 == 0 { prose } else { "" };
        while let Some((_, after)) = rest.split_once("](") {
            let end = after.find(')').unwrap_or(after.len());
            found.push(&after[..end]);
            rest = &after[end..];
        }
    }
    found
}

fn wrong_link(
    root: &Path,
    page: &Path,
    target: &str,
    texts: &HashMap<PathBuf, String>,
) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let there = if path.is_empty() {
        page.to_owned()
    } else {
        flat(&page.parent().unwrap_or(root).join(path))
    };
    if !there.exists() {
        return Some("leads nowhere".to_owned());
    }
    let book = root.join("docs");
    if page.starts_with(&book) && !there.starts_with(&book) {
        return Some("leads out of the book".to_owned());
    }
    if anchor.is_empty() || there.extension().is_none_or(|extension| extension != "md") {
        return None;
    }
    let text = match texts.get(&there) {
        Some(text) => text.clone(),
        None => std::fs::read_to_string(&there).ok()?,
    };
    let (_, prose) = fences(&text);
    let known = prose
        .iter()
        .filter(|(_, line)| line.starts_with('#'))
        .any(|(_, line)| slug(line.trim_start_matches('#').trim()) == anchor);
    (!known).then(|| "no such heading".to_owned())
}

/// A path without `.` and `..`.
fn flat(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                flat.pop();
            }
            part => flat.push(part),
        }
    }
    flat
}

/// The anchor that a heading gets.
fn slug(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

/// Whether a block of TOML is a settings file: the others say whose they are, in a
/// comment, or by tables that settings do not have.
fn is_settings(text: &str) -> bool {
    let foreign = ["# Cargo.toml", "[package]", "[[detector]]", "provider =", "[[rules]]", "[lib]"];
    let keys = |line: &str| foreign.iter().any(|mark| line.trim_start().starts_with(mark));
    !text.lines().any(keys)
}

fn complaints(text: &str) -> Vec<String> {
    let file = (ArtifactPath::new("seaworthy.toml"), format!("{text}\n"));
    let (_, notifications) = Settings::read(vec![file], &seaworthy_engine::rules());
    notifications
        .iter()
        // Which rules a plugin has is known where it is installed.
        .filter(|told| !(told.message.starts_with("unknown rule") && told.message.contains('/')))
        .map(|told| format!("as settings: {}", told.message))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{complaints, flat, is_settings, links, slug};
    use std::path::Path;

    #[test]
    fn links_are_found_and_code_is_none() {
        assert_eq!(links("see [a](x.md) and [b](y.md#z), not `[c](w.md)`"), ["x.md", "y.md#z"]);
        assert_eq!(links("[`code`](rule.md)"), ["rule.md"]);
    }

    #[test]
    fn anchors_are_as_the_book_makes_them() {
        assert_eq!(slug("What it costs, and why"), "what-it-costs-and-why");
        assert_eq!(slug("`[plugins.NAME]`"), "pluginsname");
    }

    #[test]
    fn paths_are_followed() {
        assert_eq!(flat(Path::new("/a/b/../c/./d")), Path::new("/a/c/d"));
    }

    #[test]
    fn an_example_of_settings_that_is_none_is_told() {
        assert!(complaints("fail-on = \"high\"").is_empty());
        assert!(!complaints("fail-on = \"hihg\"").is_empty());
        assert!(!complaints("[rulez]").is_empty());
        assert!(!is_settings("[package]\nname = \"x\""));
    }
}
