//! `cargo xtask catalogue [GROUP]`: which checks of a review have a rule, how well
//! each is tested and on which files, and which are still to be built.
//!
//! The catalogue is data beside this file; what is said of a rule comes from the
//! rule, its page and its source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use seaworthy_model::Rule;

const CATALOGUE: &str = include_str!("catalogue.txt");

/// A line of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    id: &'static str,
    group: &'static str,
    standing: Standing,
    /// What it takes that is not read yet.
    takes: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Worth a finding.
    Core,
    /// Never more than info.
    Observation,
    /// A rule that nobody asked for.
    Own,
}

/// Reads the data; a line that is none is an error.
fn entries(text: &'static str) -> anyhow::Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut group = "";
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = name;
            continue;
        }
        let mut words = line.split(' ');
        let id = words.next().unwrap_or(line);
        let (mut standing, mut takes) = (Standing::Core, None);
        for word in words {
            match word {
                "observation" => standing = Standing::Observation,
                "own" => standing = Standing::Own,
                "source" => takes = Some("the application's source"),
                "advisories" => takes = Some("advisories about packages"),
                _ => anyhow::bail!("catalogue.txt:{}: `{word}` means nothing", index + 1),
            }
        }
        anyhow::ensure!(!group.is_empty(), "catalogue.txt:{}: no group", index + 1);
        anyhow::ensure!(
            entries.iter().all(|entry| entry.id != id),
            "catalogue.txt:{}: {id} is there twice",
            index + 1
        );
        entries.push(Entry { id, group, standing, takes });
    }
    Ok(entries)
}

/// Prints the catalogue, or one group of it.
pub(crate) fn run(root: &Path, wanted: Option<&str>) -> anyhow::Result<bool> {
    let entries = entries(CATALOGUE)?;
    if let Some(wanted) = wanted {
        anyhow::ensure!(
            entries.iter().any(|entry| entry.group == wanted),
            "no group `{wanted}` in the catalogue"
        );
    }
    let rules = seaworthy_engine::rules();
    let tests = tests(root)?;
    let mut groups: Vec<&str> = entries.iter().map(|entry| entry.group).collect();
    groups.dedup();
    let mut missing: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for group in groups.into_iter().filter(|group| wanted.is_none_or(|wanted| wanted == *group)) {
        let members: Vec<&Entry> = entries.iter().filter(|entry| entry.group == group).collect();
        let built = |entry: &&&Entry| rules.iter().any(|rule| rule.answers_to(entry.id));
        let core: Vec<&&Entry> =
            members.iter().filter(|entry| entry.standing == Standing::Core).collect();
        let waiting = core.iter().copied().filter(|it| it.takes.is_some() && !built(it)).count();
        let waiting = match waiting {
            0 => String::new(),
            _ => format!(", {waiting} take what is not read yet"),
        };
        crate::say(&format!(
            "{group}: {} of {} core checks{waiting}",
            core.iter().copied().filter(built).count(),
            core.len()
        ));
        for entry in members {
            match rules.iter().find(|rule| rule.answers_to(entry.id)) {
                Some(rule) => crate::say(&line(entry, rule, tests.get(rule.id))),
                None => missing.entry(group).or_default().push(entry),
            }
        }
    }
    for (group, entries) in &missing {
        crate::say(&format!("not built in {group}:"));
        for entry in entries {
            let takes = entry.takes.map(|what| format!(": takes {what}")).unwrap_or_default();
            crate::say(&format!("  {}{}{takes}", entry.id, mark(entry.standing)));
        }
    }
    Ok(true)
}

fn line(entry: &Entry, rule: &Rule, tests: Option<&usize>) -> String {
    let called = if rule.id == entry.id { String::new() } else { format!(" as {}", rule.id) };
    let tests = match tests {
        Some(1) => "1 test".to_owned(),
        Some(tests) => format!("{tests} tests"),
        None => "tests with its engine".to_owned(),
    };
    let files: Vec<String> = files(rule.help).into_iter().collect();
    let files = if files.is_empty() { "any text".to_owned() } else { files.join(", ") };
    format!(
        "  {}{called}{} | {} | {tests} | {files}",
        entry.id,
        mark(entry.standing),
        rule.severity
    )
}

const fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Core => "",
        Standing::Observation => " (observation)",
        Standing::Own => " (own)",
    }
}

/// The names of the files that the examples of a page are about.
fn files(page: &str) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for line in page.lines() {
        let path = line.strip_prefix("//- ").map_or_else(
            || {
                let mut words = line.strip_prefix("```")?.split_whitespace().skip(1);
                words.next().filter(|word| matches!(*word, "fails" | "passes"))?;
                words.next()
            },
            |rest| rest.split_whitespace().next(),
        );
        let name = path.and_then(|path| path.rsplit('/').next());
        files.extend(name.map(str::to_owned));
    }
    files
}

/// How many tests the source of each rule holds.
fn tests(root: &Path) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut tests = BTreeMap::new();
    for path in crate::tidy::files(&root.join("crates/seaworthy-rules/src"), "rs")? {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let Some((_, rest)) = text.split_once("    rule: Rule {\n        id: \"") else { continue };
        let Some((id, _)) = rest.split_once('"') else { continue };
        // The tests of a large rule have a file of their own.
        let beside = std::fs::read_to_string(path.with_extension("").join("tests.rs"));
        let count = |text: &str| text.matches("#[test]").count();
        tests.insert(id.to_owned(), count(&text) + beside.map_or(0, |text| count(&text)));
    }
    Ok(tests)
}

/// Rules that the catalogue does not know, and whatever is wrong with it.
pub(crate) fn problems() -> Vec<String> {
    let entries = match entries(CATALOGUE) {
        Ok(entries) => entries,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems = Vec::new();
    for rule in seaworthy_engine::rules() {
        if !entries.iter().any(|entry| rule.answers_to(entry.id)) {
            problems.push(format!("{}: not in the catalogue", rule.id));
        }
    }
    for entry in entries.iter().filter(|entry| entry.standing == Standing::Own) {
        if !seaworthy_engine::rules().iter().any(|rule| rule.answers_to(entry.id)) {
            problems
                .push(format!("{}: in the catalogue as our own, and there is no rule", entry.id));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_mistakes_told() {
        let read =
            entries("# x\n[a]\none source\ntwo observation\n\n[b]\nthree own\n").expect("is right");
        let shown: Vec<(&str, &str, Standing)> =
            read.iter().map(|entry| (entry.id, entry.group, entry.standing)).collect();
        assert_eq!(
            shown,
            [
                ("one", "a", Standing::Core),
                ("two", "a", Standing::Observation),
                ("three", "b", Standing::Own),
            ]
        );
        let takes: Vec<bool> = read.iter().map(|entry| entry.takes.is_some()).collect();
        assert_eq!(takes, [true, false, false]);
        for wrong in ["one\n", "[a]\none two\n", "[a]\none\none\n"] {
            assert!(entries(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_rule_is_in_the_catalogue() {
        assert_eq!(problems(), Vec::<String>::new());
    }

    #[test]
    fn files_come_from_the_examples() {
        let page = "```yaml fails a/compose.yaml git\n//- api/Dockerfile\nx\n```\n```sh\ny\n```\n";
        let files: Vec<String> = files(page).into_iter().collect();
        assert_eq!(files, ["Dockerfile", "compose.yaml"]);
    }
}
