//! `lockfile-out-of-sync`

use std::collections::{BTreeMap, HashSet};

use seaworthy_analysis::{Artifact, Check, Context, Document, DocumentKind, NativeRule, Snapshot};
use seaworthy_formats::lockfile::{Lockfile, LockfileKind};
use seaworthy_formats::package_json::{PackageJson, workspace_matches};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::json;

use super::entries::{RELATED, is_judged, unnamed};
use super::managers::{chosen, in_directory, lockfiles, manifest};
use super::recorded::{Recorded, Standing, is_plain, wanted};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "lockfile-out-of-sync",
        group: Group::Dependencies,
        summary: "lockfile that was not made from the manifest beside it",
        help: include_str!("lockfile_out_of_sync.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1104],
        ..Rule::DEFAULT
    },
    check: Check::Lockfile(check),
};

/// A place where manifest and lockfile disagree.
struct Difference {
    path: ArtifactPath,
    region: Region,
    /// As part of the message.
    text: String,
    name: String,
}

fn check(lock: &Lockfile, cx: &mut Context<'_>) {
    if lock.kind == LockfileKind::Cargo
        || !is_judged(lock, cx)
        || !lock.errors.is_empty()
        || cx.text().trim().is_empty()
        || !is_used(lock, cx)
    {
        return;
    }
    let snapshot = cx.snapshot();
    let directory = cx.path().parent();
    let importers = importers(lock.kind, directory, snapshot);
    let members = importers
        .values()
        .filter_map(|(_, manifest)| manifest.name.as_ref().map(|name| name.text.to_string()))
        .collect();
    let recorded = Recorded::new(lock, cx.text(), directory, members, snapshot);
    let lock_path = cx.path().clone();
    for (importer, (artifact, manifest)) in importers {
        let differences = differences(&recorded, &importer, artifact, manifest, &lock_path);
        // What a broken manifest says is not certain.
        let broken = || !json::parse(snapshot.text(artifact).unwrap_or("")).errors().is_empty();
        if !differences.is_empty() && !broken() {
            report(lock, artifact.path(), &differences, cx);
        }
    }
}

fn report(lock: &Lockfile, path: &ArtifactPath, differences: &[Difference], cx: &mut Context<'_>) {
    let first = &differences[0];
    let others = differences.len() - 1;
    let more = match others {
        0 => String::new(),
        1 => " 1 other dependency differs too.".to_owned(),
        n => format!(" {n} other dependencies differ too.{}", unnamed(n)),
    };
    let file = cx.path().file_name().to_owned();
    let manager = lock.kind.manager();
    let message = format!(
        "{} {}. {file} was not made from this manifest: {} stops, and other installs bring \
         versions that nobody has locked.{more} Run {manager}'s install and commit the lockfile.",
        first.name,
        first.text,
        frozen_install(lock.kind),
    );
    let draft = cx.report_in(&first.path, first.region, message);
    draft.evidence(if first.path == *path { manager.to_owned() } else { path.to_string() });
    for difference in differences.iter().skip(1).take(RELATED) {
        let label = format!("{} {}", difference.name, difference.text);
        draft.related(&difference.path, difference.region, label);
    }
}

/// The install that refuses a lockfile which does not fit.
fn frozen_install(kind: LockfileKind) -> &'static str {
    match kind {
        LockfileKind::Npm | LockfileKind::NpmShrinkwrap => "`npm ci`",
        LockfileKind::YarnClassic => "`yarn install --frozen-lockfile`",
        LockfileKind::YarnBerry => "`yarn install --immutable`",
        LockfileKind::Pnpm => "`pnpm install --frozen-lockfile`",
        LockfileKind::Bun => "`bun install --frozen-lockfile`",
        LockfileKind::Cargo => "`cargo build --locked`",
    }
}

/// Whether this is the lockfile that its package manager follows. That of
/// another manager than the chosen one is stale by nature.
fn is_used(lock: &Lockfile, cx: &Context<'_>) -> bool {
    let directory = cx.path().parent();
    let shrinkwrap = in_directory(directory, "npm-shrinkwrap.json");
    if lock.kind == LockfileKind::Npm && cx.snapshot().contains(&shrinkwrap) {
        return false;
    }
    let beside = lockfiles(cx.snapshot(), directory);
    let chosen = manifest(cx.snapshot(), directory).and_then(|(_, manifest)| chosen(manifest));
    chosen.is_none_or(|(name, _)| {
        name == lock.kind.manager() || !beside.iter().any(|(_, manager)| *manager == name)
    })
}

/// The manifests that the lockfile is made from, by their folders relative to
/// it: the one beside it and those of the workspace's members, except members
/// that have a lockfile of their own.
fn importers<'s>(
    kind: LockfileKind,
    directory: &str,
    snapshot: &'s Snapshot,
) -> BTreeMap<String, (&'s Artifact, &'s PackageJson)> {
    let mut importers = BTreeMap::new();
    let Some(root) = manifest(snapshot, directory) else { return importers };
    importers.insert(String::new(), root);
    let patterns: Vec<&str> = if kind == LockfileKind::Pnpm {
        let file = snapshot.artifact(&in_directory(directory, "pnpm-workspace.yaml"));
        match file.and_then(|file| snapshot.document(file)) {
            Some(Document::PnpmWorkspace(workspace)) => {
                workspace.packages.iter().flatten().map(|field| &*field.text).collect()
            }
            _ => Vec::new(),
        }
    } else {
        root.1.workspaces.iter().flatten().map(|field| &*field.text).collect()
    };
    if patterns.is_empty() {
        return importers;
    }
    for artifact in snapshot.of_kind(DocumentKind::PackageJson) {
        let parent = artifact.path().parent();
        let relative = if directory.is_empty() {
            parent
        } else {
            match parent.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/')) {
                Some(relative) => relative,
                None => continue,
            }
        };
        if relative.is_empty()
            || !workspace_matches(patterns.iter().copied(), relative)
            || lockfiles(snapshot, parent).iter().any(|(_, manager)| *manager == kind.manager())
        {
            continue;
        }
        if let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) {
            importers.insert(relative.to_owned(), (artifact, &**manifest));
        }
    }
    importers
}

fn differences(
    recorded: &Recorded<'_>,
    importer: &str,
    artifact: &Artifact,
    manifest: &PackageJson,
    lock_path: &ArtifactPath,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut seen = HashSet::new();
    let wanted = wanted(manifest);
    for dependency in &manifest.dependencies {
        let text = match recorded.standing(importer, &wanted, dependency) {
            Standing::Agrees => continue,
            Standing::Absent => "is not in the lockfile".to_owned(),
            Standing::Differs(root) => match (shown(&dependency.range), shown(&root.range)) {
                (Some(wanted), Some(locked)) => {
                    format!("asks for {wanted}, the lockfile was made for {locked}")
                }
                _ => "asks for another source than the lockfile was made for".to_owned(),
            },
        };
        if seen.insert(&*dependency.name) {
            differences.push(Difference {
                path: artifact.path().clone(),
                region: dependency.name_region,
                text,
                name: dependency.name.to_string(),
            });
        }
    }
    for root in recorded.left_over(importer, &wanted) {
        differences.push(Difference {
            path: lock_path.clone(),
            region: root.region,
            text: "is in the lockfile, but no longer in package.json".to_owned(),
            name: root.name.to_string(),
        });
    }
    differences
}

/// A range that a message can hold; addresses may hold credentials.
fn shown(range: &str) -> Option<String> {
    let range = range.trim();
    (is_plain(range) && range.len() <= 60 && !range.contains(char::is_control))
        .then(|| if range.is_empty() { "any version".to_owned() } else { range.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_ranges_that_npm_did_not_record() {
        check_files(
            &RULE,
            r#"
//- package.json
{"dependencies": {"a": "^2.0.0", "b": "^1.0.0"},
                  ^^^ [high] a asks for ^2.0.0, the lockfile was made for ^1.0.0. package-lock.json was not made
 "devDependencies": {"c": "^1.0.0"}}
                     ~~~ c is not in the lockfile
//- package-lock.json
{"lockfileVersion": 3, "packages": {
  "": {"dependencies": {"a": "^1.0.0", "b": "^1.0.0"}},
  "node_modules/a": {"version": "1.0.0"}
}}
"#,
        );
    }

    #[test]
    fn passes_peers_optional_duplicates_and_overrides_of_npm() {
        check_files(
            &RULE,
            r#"
//- package.json
{"dependencies": {"a": "^1.0.0", "twice": "^1.0.0"},
 "optionalDependencies": {"twice": "^2.0.0"},
 "peerDependencies": {"react": "*"},
 "overrides": {"deep": "3.0.0"}}
//- package-lock.json
{"lockfileVersion": 2, "packages": {
  "": {"dependencies": {"a": "^1.0.0", "removed": "^1.0.0"}, "optionalDependencies": {"twice": "^2.0.0"}}
}}
"#,
        );
    }

    #[test]
    fn members_of_npm_workspaces_are_compared_too() {
        check_files(
            &RULE,
            r#"
//- app/package.json
{"workspaces": ["packages/*"]}
//- app/packages/a/package.json
{"dependencies": {"x": "^2.0.0"}}
                  ^^^ [high] x asks for ^2.0.0
//- app/packages/b/package.json
{"dependencies": {"x": "^1.0.0"}}
//- app/packages/new/package.json
{"dependencies": {"y": "^1.0.0"}}
                  ^^^ [high] y is not in the lockfile
//- app/tools/package.json
{"dependencies": {"z": "^1.0.0"}}
//- app/package-lock.json
{"lockfileVersion": 3, "packages": {
  "": {"workspaces": ["packages/*"]},
  "packages/a": {"dependencies": {"x": "^1.0.0"}},
  "packages/b": {"dependencies": {"x": "^1.0.0"}},
  "node_modules/x": {"version": "1.0.0"}
}}
"#,
        );
    }

    #[test]
    fn the_first_version_of_npm_is_asked_for_names_alone() {
        check_files(
            &RULE,
            r#"
//- package.json
{"dependencies": {"a": "^9.0.0", "b": "^1.0.0", "f": "file:../f"}, "optionalDependencies": {"o": "1"}}
                                 ^^^ [high] b is not in the lockfile
//- package-lock.json
{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}
"#,
        );
    }

    #[test]
    fn pnpm_records_importers() {
        check_files(
            &RULE,
            r#"
//- pnpm-workspace.yaml
packages: ['apps/*']
catalog:
  react: ^19.0.0
//- package.json
{"devDependencies": {"turbo": "^2.0.0"}, "peerDependencies": {"p": "^1.0.0"}}
//- apps/web/package.json
{"dependencies": {"react": "catalog:", "ui": "workspace:*", "over": "^1.0.0", "next": "15.1.0"}}
                                                                              ^^^^^^ [high] next asks for 15.1.0, the lockfile was made for 15.0.0
//- pnpm-lock.yaml
lockfileVersion: '9.0'

overrides:
  over@<2: 2.0.0

importers:

  .:
    dependencies:
      p:
        specifier: ^1.0.0
        version: 1.0.0
    devDependencies:
      turbo:
        specifier: ^2.0.0
        version: 2.0.0

  apps/web:
    dependencies:
      next:
        specifier: 15.0.0
        version: 15.0.0
      over:
        specifier: 2.0.0
        version: 2.0.0
      react:
        specifier: 'catalog:'
        version: 19.0.0
      ui:
        specifier: workspace:*
        version: link:../../ui
"#,
        );
    }

    #[test]
    fn pnpm_refuses_what_the_manifest_dropped() {
        check_files(
            &RULE,
            r#"
//- package.json
{"dependencies": {}}
//- pnpm-lock.yaml
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      gone:
      ^^^^ [high] gone is in the lockfile, but no longer in package.json
        specifier: ^1.0.0
        version: 1.0.0
"#,
        );
    }

    #[test]
    fn hooks_of_pnpm_may_change_any_range() {
        check_files(
            &RULE,
            r#"
//- .pnpmfile.cjs
module.exports = {}
//- package.json
{"dependencies": {"a": "^2.0.0"}}
//- pnpm-lock.yaml
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0
"#,
        );
    }

    #[test]
    fn yarn_classic_is_asked_for_descriptors() {
        check_files(
            &RULE,
            r#"
//- package.json
{"workspaces": ["packages/*"],
 "dependencies": {"a": "^2.0.0", "g": "o/g", "l": "link:../l", "any": "", "twice": "^9.0.0"},
                  ^^^ [high] a is not in the lockfile
 "devDependencies": {"twice": "*"}}
//- packages/one/package.json
{"name": "one", "dependencies": {"two": "^1.0.0", "a": "^1.0.0"}}
//- packages/two/package.json
{"name": "two", "version": "1.0.0"}
//- yarn.lock
# yarn lockfile v1


a@^1.0.0, a@^1.1.0:
  version "1.1.0"

any@*, twice@*:
  version "1.0.0"

g@o/g:
  version "1.0.0"
"#,
        );
    }

    #[test]
    fn resolutions_of_yarn_replace_ranges() {
        check_files(
            &RULE,
            r#"
//- package.json
{"dependencies": {"a": "^2.0.0"}, "resolutions": {"a": "1.1.0"}}
//- yarn.lock
# yarn lockfile v1


a@1.1.0:
  version "1.1.0"
"#,
        );
    }

    #[test]
    fn yarn_berry_records_its_workspaces() {
        check_files(
            &RULE,
            r#"
//- package.json
{"name": "app", "dependencies": {"a": "^2.0.0", "b": "^1.0.0", "p": "patch:p@npm%3A1.0.0#./p.patch"}}
                                 ^^^ [high] a asks for ^2.0.0
//- yarn.lock
__metadata:
  version: 8
  cacheKey: 10c0

"a@npm:^1.0.0":
  version: 1.0.0
  resolution: "a@npm:1.0.0"

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    a: "npm:^1.0.0"
    b: "npm:^1.0.0"
    p: "patch:p@npm%3A1.0.0#./p.patch"
  languageName: unknown
  linkType: soft
"#,
        );
    }

    #[test]
    fn bun_records_its_workspaces() {
        check_files(
            &RULE,
            r#"
//- package.json
{"dependencies": {"a": "^2.0.0"}}
                  ^^^ [high] `bun install --frozen-lockfile` stops
//- bun.lock
{"lockfileVersion": 1, "workspaces": {"": {"dependencies": {"a": "^1.0.0"}}}, "packages": {}}
"#,
        );
    }

    #[test]
    fn a_stray_lockfile_of_another_manager_is_not_compared() {
        check_files(
            &RULE,
            r#"
//- package.json
{"packageManager": "pnpm@9.0.0", "dependencies": {"a": "^1.0.0"}}
//- package-lock.json
{"lockfileVersion": 3, "packages": {"": {}}}
//- pnpm-lock.yaml
lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0
"#,
        );
    }

    #[test]
    fn addresses_are_not_quoted() {
        check_files(
            &RULE,
            r#"
//- package.json
{"dependencies": {"a": "git+https://user:hunter@example.com/a.git"}}
                  ^^^ a asks for another source than the lockfile was made for
//- package-lock.json
{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "^1.0.0"}}}}
"#,
        );
    }
}
