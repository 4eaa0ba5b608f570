//! `gitignore-lockfile-ignored`

use std::cell::OnceCell;

use seaworthy_analysis::{Check, Context, Document, Edit, GitState, NativeRule, Snapshot};
use seaworthy_formats::gitignore::IgnoreSource;
use seaworthy_formats::package_json::PackageJson;
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use super::env_paths::{scripts, sees_commands};
use super::ignore_edit::{Wanted, append, comes_to, literal, relative, replaced, whole_line};
use super::tracked::join;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "gitignore-lockfile-ignored",
        group: Group::GitHygiene,
        summary: "the lockfile of the package manager in use is ignored by git",
        help: include_str!("gitignore_lockfile_ignored.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[1357],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

struct Manager {
    name: &'static str,
    lockfiles: &'static [&'static str],
    /// Its own settings: who has them uses it.
    settings: &'static [&'static str],
    /// Commands that only work with it.
    commands: &'static [&'static str],
}

const MANAGERS: &[Manager] = &[
    Manager {
        name: "npm",
        lockfiles: &["package-lock.json", "npm-shrinkwrap.json"],
        settings: &[],
        commands: &["npm ci", "npm clean-install"],
    },
    Manager {
        name: "pnpm",
        lockfiles: &["pnpm-lock.yaml"],
        settings: &["pnpm-workspace.yaml", ".pnpmfile.cjs"],
        commands: &["pnpm install", "pnpm i "],
    },
    Manager {
        name: "yarn",
        lockfiles: &["yarn.lock"],
        settings: &[".yarnrc.yml", ".yarnrc"],
        commands: &["yarn install", "yarn --frozen-lockfile", "yarn --immutable"],
    },
    Manager {
        name: "bun",
        lockfiles: &["bun.lock", "bun.lockb"],
        settings: &["bunfig.toml"],
        commands: &["bun install", "bun i "],
    },
];

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    let commands = MANAGERS.iter().flat_map(|manager| manager.commands);
    sees_commands(path, text, commands.copied())
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    let texts = OnceCell::new();
    for package in snapshot.joined().packages().all() {
        // Members of a workspace share the lockfile of its root.
        if package.workspace_root.as_ref().is_some_and(|root| *root != package.directory) {
            continue;
        }
        let Some(artifact) = snapshot.artifact(package.manifest.as_str()) else { continue };
        let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) else { continue };
        let Some(manager) = manager(snapshot, git, &texts, &package.directory, manifest) else {
            continue;
        };
        report(cx, git, &package.directory, manager);
    }
}

fn report(cx: &mut Context<'_>, git: &GitState, directory: &str, manager: &Manager) {
    let snapshot = cx.snapshot();
    let paths: Vec<String> = manager.lockfiles.iter().map(|name| join(directory, name)).collect();
    // The one that is there, or else the one the manager writes.
    let Some(path) = paths
        .iter()
        .find(|path| snapshot.contains(path) || git.is_tracked(path))
        .or(paths.first())
    else {
        return;
    };
    let verdict = git.verdict(path, false);
    let Some(decision) = verdict.decided_by.filter(|_| verdict.ignored) else { return };
    let IgnoreSource::File { artifact: ignore } = decision.source else { return };
    let forced = if git.is_tracked(path) {
        " It was added by force; a new one will be left out in silence."
    } else {
        ""
    };
    let message = format!(
        "{path} is ignored, but {} is the package manager in use. Every installation then picks \
         versions of its own, and `audit` has nothing to check.{forced} Take the lockfile out of \
         .gitignore and commit it.",
        manager.name
    );
    let wanted = Wanted { ignored: &[], kept: std::slice::from_ref(path) };
    let own = snapshot.artifact(ignore.as_str()).and_then(|artifact| snapshot.text(artifact));
    let pattern = own.map_or("", |text| decision.region.of(text)).trim().to_owned();
    // A line that names the lockfile goes; a wider one gets an exception.
    let removal = own
        .filter(|_| manager.lockfiles.contains(&pattern.trim_start_matches("**/").trim_start_matches('/')))
        .and_then(|text| {
            let line = whole_line(text, decision.region);
            let edited = replaced(text, line, "")?;
            comes_to(git, &ignore, &edited, wanted)
                .then(|| Edit::safe(format!("Stop ignoring {path}")).remove(&ignore, line))
        });
    let exception = [format!("!/{}", literal(relative(&ignore, path)))];
    let edit = removal.or_else(|| append(cx, &ignore, &exception, wanted));
    let draft = cx.report_in(&ignore, decision.region, message);
    draft.evidence(path.as_str());
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// The manager that a package is installed with; `None` when nothing tells, or
/// when it is told to write no lockfile.
fn manager<'s>(
    snapshot: &'s Snapshot,
    git: &GitState,
    texts: &OnceCell<Vec<(&'s ArtifactPath, &'s str)>>,
    directory: &str,
    manifest: &PackageJson,
) -> Option<&'static Manager> {
    let npmrc = snapshot.artifact(&join(directory, ".npmrc")).and_then(|a| snapshot.text(a));
    let without = |line: &str| {
        let line: String = line.split_whitespace().collect();
        line == "package-lock=false" || line == "lockfile=false"
    };
    if npmrc.is_some_and(|text| text.lines().any(without)) {
        return None;
    }
    if let Some(field) = &manifest.package_manager {
        let name = field.text.split('@').next().unwrap_or("");
        return MANAGERS.iter().find(|manager| manager.name == name);
    }
    let has = |name: &str| {
        let path = join(directory, name);
        snapshot.contains(&path) || git.is_tracked(&path)
    };
    // A lockfile that is committed settles it; so does the only one there.
    let tracked = |m: &&Manager| m.lockfiles.iter().any(|n| git.is_tracked(&join(directory, n)));
    let mut committed = MANAGERS.iter().filter(tracked);
    if let Some(first) = committed.next() {
        return committed.next().is_none().then_some(first);
    }
    let mut there = MANAGERS.iter().filter(|manager| manager.lockfiles.iter().any(|n| has(n)));
    if let Some(first) = there.next() {
        return there.next().is_none().then_some(first);
    }
    if let Some(manager) = MANAGERS.iter().find(|manager| manager.settings.iter().any(|n| has(n))) {
        return Some(manager);
    }
    let texts = texts.get_or_init(|| scripts(snapshot));
    let mut commanded = MANAGERS.iter().filter(|manager| {
        texts.iter().any(|(_, text)| manager.commands.iter().any(|command| text.contains(command)))
    });
    if let Some(first) = commanded.next() {
        return commanded.next().is_none().then_some(first);
    }
    // An application that can commit no lockfile at all; libraries often want
    // none.
    let all_ignored = MANAGERS.iter().all(|m| {
        m.lockfiles.first().is_none_or(|name| m.name == "bun" || git.is_ignored(&join(directory, name)))
    });
    let npm_alone = MANAGERS
        .iter()
        .all(|m| m.lockfiles.first().is_none_or(|n| (m.name == "npm") == git.is_ignored(&join(directory, n))));
    (manifest.private && !manifest.dependencies.is_empty() && (all_ignored || npm_alone))
        .then_some(&MANAGERS[0])
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_fix_repo, check_repo};

    #[test]
    fn the_manager_in_use_is_told_in_many_ways() {
        check_repo(
            &RULE,
            r#"
//- .gitignore
package-lock.json
^^^^^^^^^^^^^^^^^ [low] package-lock.json is ignored, but npm is the package manager
//- package.json
{"name": "a"}
//- Dockerfile
FROM node
RUN npm ci
"#,
        );
        check_repo(
            &RULE,
            r#"
//- .gitignore
*-lock.yaml
^^^^^^^^^^^ pnpm is the package manager
yarn.lock
//- package.json
{"packageManager": "pnpm@9.1.0"}
"#,
        );
        check_repo(
            &RULE,
            r#"
//- .gitignore
yarn.lock
^^^^^^^^^ added by force
//- package.json
{"name": "a"}
//- yarn.lock
x
"#,
        );
        check_repo(
            &RULE,
            r#"
//- .gitignore
package-lock.json
^^^^^^^^^^^^^^^^^ npm
//- web/package.json
{"private": true, "dependencies": {"a": "1"}}
"#,
        );
    }

    #[test]
    fn passes_lockfiles_of_other_managers_and_libraries() {
        check_repo(
            &RULE,
            r#"
//- .gitignore
package-lock.json
yarn.lock
//- package.json
{"private": true, "dependencies": {"a": "1"}}
//- pnpm-lock.yaml
lockfileVersion: '9.0'
"#,
        );
        check_repo(
            &RULE,
            "//- .gitignore\npackage-lock.json\n//- package.json\n{\"name\": \"lib\", \"version\": \"1.0.0\", \"dependencies\": {\"a\": \"1\"}}\n",
        );
        check_repo(
            &RULE,
            "//- .gitignore\npackage-lock.json\n//- package.json\n{\"private\": true, \"dependencies\": {\"a\": \"1\"}}\n//- .npmrc\npackage-lock = false\n",
        );
        check_repo(
            &RULE,
            "//- .gitignore\npackages/*/package-lock.json\n//- package.json\n{\"workspaces\": [\"packages/*\"]}\n//- package-lock.json\n{}\n//- packages/a/package.json\n{\"private\": true, \"dependencies\": {\"a\": \"1\"}}\n",
        );
    }

    #[test]
    fn removes_the_line_or_adds_an_exception() {
        check_fix_repo(
            &RULE,
            "//- .gitignore\ndist\nyarn.lock\nlog\n//- package.json\n{}\n//- yarn.lock\nx\n",
            "//- .gitignore\ndist\nlog\n//- package.json\n{}\n//- yarn.lock\nx\n",
        );
        check_fix_repo(
            &RULE,
            "//- .gitignore\n*.lock\n//- package.json\n{}\n//- yarn.lock\nx\n",
            "//- .gitignore\n*.lock\n!/yarn.lock\n//- package.json\n{}\n//- yarn.lock\nx\n",
        );
    }
}
