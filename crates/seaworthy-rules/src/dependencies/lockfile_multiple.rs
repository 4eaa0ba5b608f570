//! `lockfile-multiple`

use seaworthy_analysis::{Artifact, Check, Context, NativeRule};
use seaworthy_formats::package_json::PackageJson;
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::entries::is_installed;
use super::managers::{chosen, is_kept_out, lockfiles};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "lockfile-multiple",
        group: Group::Dependencies,
        summary: "lockfiles of several package managers side by side",
        help: include_str!("lockfile_multiple.md"),
        severity: Severity::Low,
        precision: Precision::VeryHigh,
        cwe: &[1104],
        ..Rule::DEFAULT
    },
    check: Check::PackageJson(check),
};

fn check(manifest: &PackageJson, cx: &mut Context<'_>) {
    let path = cx.path();
    let snapshot = cx.snapshot();
    if !is_installed(path) || is_kept_out(snapshot, path.as_str()) {
        return;
    }
    let found: Vec<(&Artifact, &str)> = lockfiles(snapshot, path.parent())
        .into_iter()
        .filter(|(artifact, _)| !is_kept_out(snapshot, artifact.path().as_str()))
        .collect();
    let Some(&(_, first_manager)) = found.first() else { return };
    if found.iter().all(|(_, manager)| *manager == first_manager) {
        return;
    }
    let chosen = chosen(manifest)
        .or_else(|| {
            let packages = cx.joined().packages();
            let root = packages.in_directory(path.parent())?.workspace_root.as_deref()?;
            chosen(super::managers::manifest(snapshot, root)?.1)
        })
        .filter(|(name, _)| found.iter().any(|(_, manager)| manager == name));
    // Without a choice the first is as good as the others.
    let used = chosen.map_or(first_manager, |(name, _)| name);
    let strays: Vec<&Artifact> =
        found.iter().filter(|(_, manager)| *manager != used).map(|(file, _)| *file).collect();
    let Some(stray) = strays.first() else { return };
    let names: Vec<&str> = found.iter().map(|(file, _)| file.path().file_name()).collect();
    let advice = match chosen {
        Some((name, _)) => {
            let others = match strays.len() {
                1 => "the other no longer follows",
                _ => "the others no longer follow",
            };
            format!(
                "packageManager says {name}, so {others} package.json, which misleads tools and \
                 people. Delete what {name} does not write."
            )
        }
        None => "Which versions are installed depends on the tool that somebody happens to use. \
                 Keep one lockfile and name its manager in packageManager."
            .to_owned(),
    };
    let message = format!("{} lie side by side. {advice}", list(&names));
    let others = found.iter().filter(|(file, _)| file.path() != stray.path());
    let draft = cx.report_in(stray.path(), Region::empty(0), message);
    draft.evidence("");
    for (file, manager) in others {
        draft.related(file.path(), Region::empty(0), format!("the lockfile of {manager}"));
    }
    if let Some((_, field)) = chosen.filter(|_| manifest.package_manager.is_some()) {
        draft.related(path, field.region, "the package manager in use");
    }
}

fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_repo};

    #[test]
    fn flags_lockfiles_of_two_managers() {
        check_files(
            &RULE,
            r#"
//- package.json
{}
//- package-lock.json
{"lockfileVersion": 3}
//- yarn.lock
# yarn lockfile v1
^ [low] package-lock.json and yarn.lock lie side by side. Which versions
"#,
        );
    }

    #[test]
    fn the_chosen_manager_decides_which_is_the_stray() {
        check_files(
            &RULE,
            r#"
//- package.json
{"packageManager": "yarn@4.1.0"}
                    ~~~~~~~~~~ in use
//- package-lock.json
{"lockfileVersion": 3}
^ [low] packageManager says yarn, so the other no longer follows package.json
//- yarn.lock
# yarn lockfile v1
~ the lockfile of yarn
"#,
        );
    }

    #[test]
    fn the_workspace_root_chooses_for_its_members() {
        check_files(
            &RULE,
            r#"
//- package.json
{"packageManager": "pnpm@9.0.0", "workspaces": ["web"]}
//- web/package.json
{}
//- web/package-lock.json
{}
^ packageManager says pnpm
//- web/pnpm-lock.yaml
lockfileVersion: '9.0'
"#,
        );
    }

    #[test]
    fn passes_one_manager_and_what_git_ignores() {
        check_repo(
            &RULE,
            r#"
//- package.json
{}
//- package-lock.json
{}
//- npm-shrinkwrap.json
{}
//- .gitignore
yarn.lock
//- yarn.lock untracked
# yarn lockfile v1
//- api/package.json
{}
//- api/yarn.lock
# yarn lockfile v1
//- Cargo.lock
version = 4
//- bun/package.json
{}
//- bun/bun.lock
{}
//- bun/bun.lockb
binary
"#,
        );
    }
}
