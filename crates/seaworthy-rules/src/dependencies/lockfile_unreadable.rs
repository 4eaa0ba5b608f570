//! `lockfile-unreadable`

use seaworthy_analysis::{Artifact, Check, Context, Document, DocumentKind, NativeRule};
use seaworthy_formats::lockfile::{Lockfile, LockfileKind};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::entries::{is_installed, relate, unnamed};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "lockfile-unreadable",
        group: Group::Dependencies,
        summary: "lockfile that is broken, empty or of an unknown version",
        help: include_str!("lockfile_unreadable.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[1104],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    for artifact in snapshot.chosen(|it| matches!(it.kind(), DocumentKind::Lockfile(_))) {
        let DocumentKind::Lockfile(kind) = artifact.kind() else { continue };
        if !is_installed(artifact.path()) {
            continue;
        }
        match (snapshot.document(artifact), snapshot.text(artifact)) {
            (Some(Document::Lockfile(lock)), Some(text)) => judge(lock, text, artifact, cx),
            _ => {
                let message = format!(
                    "The lockfile cannot be read, so nothing that {} installs from it was checked. \
                     Commit it as a text file of a usual size.",
                    kind.manager(),
                );
                cx.report_in(artifact.path(), Region::empty(0), message).evidence("no text");
            }
        }
    }
}

fn judge(lock: &Lockfile, text: &str, artifact: &Artifact, cx: &mut Context<'_>) {
    let path = artifact.path();
    let manager = lock.kind.manager();
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let message = format!(
            "The lockfile is empty: it locks nothing, and {manager} resolves every version anew. \
             Run {manager}'s install and commit what it writes."
        );
        cx.report_in(path, Region::empty(0), message).severity(Severity::Medium).evidence("empty");
        return;
    }
    if let Some((at, count)) = conflicts(text) {
        let message = format!(
            "The lockfile holds an unresolved merge conflict{}: {manager} refuses it or drops \
             entries. Take one side and run {manager}'s install.",
            if count > 1 { format!(" and {} more", count - 1) } else { String::new() },
        );
        cx.report_in(path, at, message).evidence("conflict");
        return;
    }
    if let Some(first) = lock.errors.first() {
        let others = lock.errors.len() - 1;
        let message = format!(
            "The lockfile is broken here: {}. What {manager} installs from it is not certain, and \
             what stands in the broken part was not checked.{}",
            first.message,
            unnamed(others),
        );
        let draft = cx.report_in(path, first.region, message).evidence("broken");
        let places = lock.errors.iter().skip(1).map(|e| (e.region, e.message.clone()));
        relate(draft, path, places);
        return;
    }
    let hollow = lock.version.is_none() && lock.packages.is_empty() && is_versioned(lock.kind);
    if !lock.readable || hollow {
        let message = format!(
            "The file is no lockfile of {manager}: it has neither a version nor packages, so it \
             locks nothing. Run {manager}'s install and commit what it writes."
        );
        cx.report_in(path, first_line(text), message).evidence("no lockfile");
        return;
    }
    if let Some(newest) =
        newest(lock.kind).filter(|newest| lock.major().is_some_and(|m| m > *newest))
    {
        let region = lock.version_region.unwrap_or(first_line(text));
        let message = format!(
            "The lockfile is of version {}, later than the {newest} that is known: what is new in \
             it was not checked. Update seaworthy.",
            lock.major().unwrap_or(0),
        );
        cx.report_in(path, region, message).severity(Severity::Low).evidence("version");
    }
}

/// Whether the form always carries its version.
const fn is_versioned(kind: LockfileKind) -> bool {
    !matches!(kind, LockfileKind::Cargo | LockfileKind::YarnClassic)
}

/// The latest version of the form that is known.
const fn newest(kind: LockfileKind) -> Option<u32> {
    Some(match kind {
        LockfileKind::Npm | LockfileKind::NpmShrinkwrap => 3,
        LockfileKind::YarnClassic | LockfileKind::Bun => 1,
        LockfileKind::YarnBerry => 8,
        LockfileKind::Pnpm => 9,
        LockfileKind::Cargo => 4,
    })
}

/// The first line that begins a conflict, and how many there are.
fn conflicts(text: &str) -> Option<(Region, usize)> {
    let mut first = None;
    let mut count = 0;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") || line.trim_end() == "<<<<<<<" {
            count += 1;
            first.get_or_insert(Region::new(start, start + line.trim_end().len()));
        }
        start += line.len();
    }
    first.map(|region| (region, count))
}

/// The beginning of the first line.
fn first_line(text: &str) -> Region {
    let line = text.lines().next().unwrap_or("").trim_end();
    Region::new(0, line.floor_char_boundary(line.len().min(80)))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_merge_conflicts() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{
  "lockfileVersion": 3,
<<<<<<< HEAD
^^^^^^^^^^^^ [high] unresolved merge conflict and 1 more
  "packages": {}
=======
  "packages": {"": {}}
>>>>>>> feature
<<<<<<< HEAD
>>>>>>> feature
}
"#,
        );
        check(
            &RULE,
            "yarn.lock",
            "
# yarn lockfile v1

<<<<<<< HEAD
^^^^^^^^^^^^ [high] unresolved merge conflict
a@1:
  version \"1.0.0\"
=======
a@1:
  version \"1.0.1\"
>>>>>>> other
",
        );
    }

    #[test]
    fn flags_broken_empty_and_foreign_files() {
        check(
            &RULE,
            "package-lock.json",
            "
{\"lockfileVersion\": 3, \"packages\": [}
                                    ^ [high] The lockfile is broken here
",
        );
        check(
            &RULE,
            "yarn.lock",
            " 
^ [medium] is empty
",
        );
        check(
            &RULE,
            "package-lock.json",
            "
{\"a\": 1}
^^^^^^^^ [high] is no lockfile of npm
",
        );
    }

    #[test]
    fn flags_versions_that_are_not_known() {
        check(
            &RULE,
            "package-lock.json",
            "
{\"lockfileVersion\": 7, \"packages\": {}}
                    ^ [low] version 7, later than the 3
",
        );
    }

    #[test]
    fn passes_every_known_version() {
        check(&RULE, "package-lock.json", "{\"lockfileVersion\": 1, \"dependencies\": {}}\n");
        check(&RULE, "package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {}}\n");
        check(&RULE, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n");
        check(&RULE, "yarn.lock", "# yarn lockfile v1\n\n\n");
        check(&RULE, "yarn.lock", "__metadata:\n  version: 8\n  cacheKey: 10c0\n");
        check(
            &RULE,
            "bun.lock",
            "{\"lockfileVersion\": 1, \"workspaces\": {}, \"packages\": {},}\n",
        );
        check(&RULE, "Cargo.lock", "version = 4\n");
        check(&RULE, "Cargo.lock", "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n");
    }

    #[test]
    fn leaves_fixtures_alone() {
        check(&RULE, "tests/fixtures/broken/yarn.lock", "<<<<<<< HEAD\n");
        check(&RULE, "node_modules/a/yarn.lock", "<<<<<<< HEAD\n");
    }
}
