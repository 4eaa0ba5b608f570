//! `lockfile-missing`

use std::collections::BTreeMap;

use seaworthy_analysis::joined::Package;
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_formats::package_json::{Dependency, DependencyGroup, PackageJson};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::json;

use super::entries::{RELATED, is_installed, unnamed};
use super::managers::{in_directory, is_kept_out, lockfiles, manifest};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "lockfile-missing",
        group: Group::Dependencies,
        summary: "package with dependencies and no lockfile",
        help: include_str!("lockfile_missing.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1104, 829],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    // Members share the lockfile of their root, so one that is missing is one
    // fault: root directory → packages with dependencies.
    let mut unlocked: BTreeMap<&str, Vec<(&Package, Region)>> = BTreeMap::new();
    for package in cx.joined().packages().all() {
        let root = package.workspace_root.as_deref().unwrap_or(&package.directory);
        if matches!(package.role, Role::Docs)
            || !is_installed(&package.manifest)
            || is_kept_out(snapshot, package.manifest.as_str())
            || !lockfiles(snapshot, &package.directory).is_empty()
            || !lockfiles(snapshot, root).is_empty()
            || is_installed_from_above(snapshot, &package.directory)
        {
            continue;
        }
        let Some((_, json)) = manifest(snapshot, &package.directory) else { continue };
        let Some(first) = first_installed(json) else { continue };
        unlocked.entry(root).or_default().push((package, first.name_region));
    }
    for (root, packages) in unlocked {
        // The root itself, if it has dependencies of its own.
        let own = packages.iter().position(|(package, _)| package.directory == root).unwrap_or(0);
        let (package, region) = packages[own];
        let library = packages.iter().all(|(package, _)| is_library(snapshot, package));
        let others = packages.len() - 1;
        let who = match others {
            0 => "This package has dependencies".to_owned(),
            1 => "This package and 1 other member of its workspace have dependencies".to_owned(),
            n => format!("This package and {n} other members of its workspace have dependencies"),
        };
        let message = format!(
            "{who} but no lockfile. Every install may bring other versions, and none is checked \
             against a hash. Run the package manager's install and commit its lockfile.{}",
            unnamed(others),
        );
        let draft = cx.report_in(&package.manifest, region, message);
        draft.severity(if library { Severity::Low } else { Severity::Medium }).evidence("");
        let rest = packages.iter().enumerate().filter(|(index, _)| *index != own);
        for (_, (member, region)) in rest.take(RELATED) {
            draft.related(&member.manifest, *region, "has dependencies too");
        }
    }
}

/// The first dependency that an install of the package itself brings.
fn first_installed(manifest: &PackageJson) -> Option<&Dependency> {
    manifest.dependencies.iter().find(|dependency| {
        dependency.group != DependencyGroup::Peer
            && !["workspace:", "link:", "file:", "portal:"]
                .iter()
                .any(|own| dependency.range.starts_with(own))
    })
}

/// Whether a tool installs the package together with a directory above it,
/// though no workspace names it.
fn is_installed_from_above(snapshot: &Snapshot, directory: &str) -> bool {
    // Angular's builder publishes such a manifest; nobody installs it.
    if snapshot.contains(&in_directory(directory, "ng-package.json")) {
        return true;
    }
    let mut at = directory;
    while !at.is_empty() {
        at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
        let has = |name: &str| snapshot.contains(&in_directory(at, name));
        let shared = has("lerna.json") || has("nx.json") || has("deno.json");
        if (shared && !lockfiles(snapshot, at).is_empty())
            || (has("rush.json")
                && !lockfiles(snapshot, &in_directory(at, "common/config/rush")).is_empty())
        {
            return true;
        }
    }
    false
}

/// Whether the package is made to be installed by others, who bring their own
/// lockfile: published, and nothing that starts.
fn is_library(snapshot: &Snapshot, package: &Package) -> bool {
    let Some((artifact, manifest)) = manifest(snapshot, &package.directory) else { return false };
    if manifest.private
        || manifest.name.is_none()
        || manifest.version.is_none()
        || ["start", "serve", "deploy"].iter().any(|name| manifest.script(name).is_some())
    {
        return false;
    }
    let tree = json::parse(snapshot.text(artifact).unwrap_or(""));
    ["exports", "files", "publishConfig", "types", "typings", "module", "bin"]
        .iter()
        .any(|key| tree.root().get(key).is_some())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_repo};

    #[test]
    fn flags_a_package_without_a_lockfile() {
        check(
            &RULE,
            "api/package.json",
            r#"
{"name": "api", "dependencies": {"express": "^4.0.0"}}
                                 ^^^^^^^^^ [medium] This package has dependencies but no lockfile
"#,
        );
    }

    #[test]
    fn a_library_weighs_less() {
        check(
            &RULE,
            "package.json",
            r#"
{"name": "left-pad", "version": "1.0.0", "exports": "./index.js", "devDependencies": {"ava": "^6.0.0"}}
                                                                                      ^^^^^ [low] no lockfile
"#,
        );
        check(
            &RULE,
            "package.json",
            r#"
{"name": "app", "version": "1.0.0", "files": [], "scripts": {"start": "node ."}, "dependencies": {"a": "1"}}
                                                                                                  ^^^ [medium] no lockfile
"#,
        );
    }

    #[test]
    fn a_workspace_without_a_lockfile_is_one_finding() {
        check_files(
            &RULE,
            r#"
//- package.json
{"private": true, "workspaces": ["packages/*"], "devDependencies": {"turbo": "^2.0.0"}}
                                                                    ^^^^^^^ [medium] and 1 other member
//- packages/a/package.json
{"dependencies": {"express": "^4.0.0"}}
                  ~~~~~~~~~ too
//- packages/b/package.json
{"dependencies": {"a": "workspace:*"}}
//- tools/package.json
{"dependencies": {"glob": "^10.0.0"}}
                  ^^^^^^ [medium] This package has dependencies
"#,
        );
    }

    #[test]
    fn passes_members_that_share_the_lockfile_of_their_root() {
        check_files(
            &RULE,
            r#"
//- pnpm-workspace.yaml
packages: ['apps/*']
//- package.json
{"devDependencies": {"turbo": "^2.0.0"}}
//- pnpm-lock.yaml
lockfileVersion: '9.0'
//- apps/web/package.json
{"dependencies": {"next": "15.0.0"}}
"#,
        );
        check_files(
            &RULE,
            r#"
//- lerna.json
{"packages": ["modules/*"]}
//- package.json
{"devDependencies": {"lerna": "^8.0.0"}}
//- yarn.lock
# yarn lockfile v1
//- modules/a/package.json
{"dependencies": {"glob": "^10.0.0"}}
"#,
        );
        check_files(
            &RULE,
            r#"
//- rush.json
{}
//- common/config/rush/pnpm-lock.yaml
lockfileVersion: '9.0'
//- apps/a/package.json
{"dependencies": {"glob": "^10.0.0"}}
"#,
        );
    }

    #[test]
    fn passes_what_has_nothing_to_install() {
        check(&RULE, "package.json", r#"{"type": "module"}"#);
        check(&RULE, "package.json", r#"{"peerDependencies": {"react": "*"}}"#);
        check(&RULE, "package.json", r#"{"dependencies": {"a": "file:../a"}}"#);
    }

    #[test]
    fn passes_tests_templates_examples_and_binary_lockfiles() {
        let source = r#"{"dependencies": {"express": "^4.0.0"}}"#;
        check(&RULE, "tests/fixtures/app/package.json", source);
        check(&RULE, "create-app/template-react-ts/package.json", source);
        check(&RULE, "templates/app/package.json", source);
        check(&RULE, "examples/basic/package.json", source);
        check(&RULE, "node_modules/a/package.json", source);
        check_files(
            &RULE,
            r#"
//- package.json
{"dependencies": {"express": "^4.0.0"}}
//- bun.lockb
binary
"#,
        );
    }

    #[test]
    fn passes_manifests_that_git_ignores() {
        check_repo(
            &RULE,
            r#"
//- .gitignore
generated/
//- generated/package.json untracked
{"dependencies": {"express": "^4.0.0"}}
"#,
        );
    }
}
