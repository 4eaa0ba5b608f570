//! `vendored-dependencies-tracked`

use std::collections::{BTreeMap, HashMap};

use seaworthy_analysis::{Check, Context, GitState, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::tracked::{is_docs_directory, is_test_directory, join, untrack_directory, parent};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "vendored-dependencies-tracked",
        group: Group::GitHygiene,
        summary: "installed dependencies or build output are tracked by git",
        help: include_str!("vendored_dependencies_tracked.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1104],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// Directories that a tool fills, and with what.
const FILLED: &[(&str, Kind)] = &[
    ("node_modules", Kind::Dependencies),
    ("bower_components", Kind::Dependencies),
    ("jspm_packages", Kind::Dependencies),
    (".venv", Kind::Dependencies),
    ("site-packages", Kind::Dependencies),
    (".terraform", Kind::Dependencies),
    (".next", Kind::Output),
    (".nuxt", Kind::Output),
    (".svelte-kit", Kind::Output),
    (".turbo", Kind::Output),
    (".parcel-cache", Kind::Output),
    (".aws-sam", Kind::Output),
    (".serverless", Kind::Output),
    (".angular", Kind::Output),
    (".gradle", Kind::Output),
    ("__pycache__", Kind::Output),
    (".pytest_cache", Kind::Output),
    (".mypy_cache", Kind::Output),
    (".ruff_cache", Kind::Output),
    (".nyc_output", Kind::Output),
];

/// Directories that are output when what they are made from stands beside them.
const MADE: &[&str] = &["dist", "build", "out"];

/// How many directories of one name are pointed at.
const POINTED_AT: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dependencies,
    Output,
}

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    u64::from(text.is_some() && parent(path).split('/').any(is_of_interest))
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    // Directory to its kind, first file and number of files.
    let mut found: BTreeMap<&str, (Kind, &str, usize)> = BTreeMap::new();
    // The last directory on whose way no tool fills any.
    let mut plain = "";
    let mut made_in = HashMap::new();
    for path in git.tracked() {
        let parent = path.rfind('/').map_or("", |end| &path[..end]);
        if parent == plain {
            continue;
        }
        if !parent.split('/').any(is_of_interest) {
            plain = parent;
            continue;
        }
        let is_made_in = |parent| {
            *made_in.entry(parent).or_insert_with(|| has_sources(snapshot, git, parent))
        };
        let Some((directory, kind)) = filled(path, is_made_in) else { continue };
        found.entry(directory).or_insert((kind, path, 0)).2 += 1;
    }
    // Python alone makes such a directory of every package: one cause, one finding.
    let mut named: BTreeMap<&str, Vec<(&str, Kind, &str, usize)>> = BTreeMap::new();
    for (directory, (kind, first, count)) in found {
        let name = directory.rsplit('/').next().unwrap_or(directory);
        named.entry(name).or_default().push((directory, kind, first, count));
    }
    for alike in named.into_values() {
        let Some(&(directory, kind, first, _)) = alike.first() else { continue };
        let count: usize = alike.iter().map(|(.., count)| count).sum();
        let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
        let command = match alike.len() {
            1 => untrack_directory(directory),
            _ => format!("{} and so on", untrack_directory(directory)),
        };
        let evidence = directory;
        let directory = &match alike.len() - 1 {
            0 => directory.to_owned(),
            1 => format!("{directory} and another directory of that name"),
            others => format!("{directory} and {others} other directories of that name"),
        };
        let message = match kind {
            Kind::Dependencies => format!(
                "Installed dependencies in {directory} are tracked by git ({files}). Nobody \
                 reviews them, scanners skip them and they go stale unseen; commit the lockfile, \
                 ignore the directory and run {command}."
            ),
            Kind::Output => format!(
                "Build output in {directory} is tracked by git ({files}). Output can carry \
                 values of the build's environment and differs from its sources; ignore the \
                 directory and run {command}."
            ),
        };
        let draft = cx.report_in(&ArtifactPath::new(first), Region::empty(0), message);
        draft.evidence(evidence);
        for (.., first, _) in alike.iter().skip(1).take(POINTED_AT) {
            draft.related(&ArtifactPath::new(first), Region::empty(0), "also tracked");
        }
    }
}

fn is_of_interest(name: &str) -> bool {
    MADE.contains(&name) || FILLED.iter().any(|(filled, _)| *filled == name)
}

/// The outermost directory of a path that a tool fills; `has_sources` tells of a
/// directory whether output is made in it.
fn filled<'p>(
    path: &'p str,
    mut has_sources: impl FnMut(&'p str) -> bool,
) -> Option<(&'p str, Kind)> {
    let mut start = 0;
    while let Some(length) = path[start..].find('/') {
        let end = start + length;
        let (name, directory) = (&path[start..end], &path[..end]);
        let parent = path[..start].trim_end_matches('/');
        let kind = FILLED.iter().find(|(filled, _)| *filled == name).map(|&(_, kind)| kind);
        let kind = kind.or_else(|| {
            (MADE.contains(&name) && is_made(path) && has_sources(parent)).then_some(Kind::Output)
        });
        if let Some(kind) = kind {
            // Resolvers and bundlers are tested with trees of their own.
            return (!is_test_directory(parent) && !is_docs_directory(parent))
                .then_some((directory, kind));
        }
        start = end + 1;
    }
    None
}

/// Whether a file is of a kind that is made from sources.
fn is_made(path: &str) -> bool {
    const MADE: &[&str] = &[".js", ".mjs", ".cjs", ".css", ".map", ".html", ".d.ts", ".wasm"];
    MADE.iter().any(|end| path.ends_with(end))
}

/// Whether `dist` and the like in a directory are made from sources beside them.
/// Actions have to commit what they run.
fn has_sources(snapshot: &Snapshot, git: &GitState, parent: &str) -> bool {
    let has = |name: &str| {
        let path = join(parent, name);
        snapshot.contains(&path) || git.is_tracked(&path)
    };
    (git.tracks_below(&join(parent, "src")) || has("tsconfig.json"))
        && (has("package.json") || has("tsconfig.json"))
        && !has("action.yml")
        && !has("action.yaml")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_repo;

    #[test]
    fn one_finding_for_each_directory() {
        check_repo(
            &RULE,
            "
//- apps/web/.next/BUILD_ID
abc
^ [medium] Build output in apps/web/.next is tracked by git (2 files)
//- apps/web/.next/server/a.js
x
//- node_modules/a/index.js
x
^ [medium] run `git rm -r --cached node_modules`
//- node_modules/a/node_modules/b/index.js
x
//- infra/.aws-sam/build/t.yaml
x
^ infra/.aws-sam
",
        );
    }

    #[test]
    fn directories_of_one_name_are_told_of_together() {
        check_repo(
            &RULE,
            "
//- a/__pycache__/m.pyc
x
^ [medium] Build output in a/__pycache__ and 2 other directories of that name is tracked by git (4 files)
//- a/b/__pycache__/n.pyc
x
~ also tracked
//- a/b/__pycache__/o.pyc
x
//- c/__pycache__/p.pyc
x
~ also tracked
",
        );
    }

    #[test]
    fn output_is_known_by_its_sources() {
        check_repo(
            &RULE,
            "
//- package.json
{}
//- src/index.ts
x
//- dist/index.js
x
^ Build output in dist
//- assets/dist/lib.js
by hand
//- build/docker-compose.yml
services: {}
",
        );
    }

    #[test]
    fn passes_actions_fixtures_and_what_is_untracked() {
        check_repo(
            &RULE,
            "
//- action.yml
runs: {}
//- package.json
{}
//- src/index.ts
x
//- dist/index.js
x
//- tests/fixtures/node_modules/a/index.js
x
//- node_modules/b/index.js untracked
x
//- vendor/github.com/a/b/b.go
package b
//- src/node_modules.ts
x
",
        );
    }
}
