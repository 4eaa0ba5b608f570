//! `gitignore-missing`

use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Check, Context, GitState, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity, split_last};

use super::content::list;
use super::env_file_tracked::is_real_env_file;
use super::env_paths::{self, expected};
use super::ignore_edit::has_root_rules;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "gitignore-missing",
        group: Group::GitHygiene,
        summary: "the repository has no .gitignore at its root",
        help: include_str!("gitignore_missing.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[538],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// Files that tell of a program, and what it leaves beside its sources.
const PROGRAMS: &[(&str, &str)] = &[
    ("package.json", "node_modules"),
    ("requirements.txt", "__pycache__"),
    ("pyproject.toml", "__pycache__"),
    ("Cargo.toml", "target"),
    ("composer.json", "vendor"),
    ("Gemfile", "log"),
    ("go.mod", ""),
    ("Dockerfile", ""),
];

fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    match snapshot.git() {
        Some(git) if !has_root_rules(snapshot, git) => {
            crate::hash(&(text.is_some(), env_paths::sees(snapshot, path, text)))
        }
        _ => 0,
    }
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    if has_root_rules(snapshot, git) {
        return;
    }
    let Some(place) = place(snapshot, git) else { return };
    let mut open: Vec<_> =
        expected(snapshot, git).into_iter().filter(|env| !git.is_ignored(&env.path)).collect();
    // The nearest are those that everybody knows.
    open.sort_by_key(|env| env.path.matches('/').count());
    let program = PROGRAMS.iter().find(|(file, _)| snapshot.contains(file));
    let mut needed: Vec<&str> = open.iter().map(|env| env.path.as_str()).collect();
    needed.extend(program.map(|(_, leaves)| *leaves).filter(|leaves| !leaves.is_empty()));
    // A repository of texts has little to lose, whatever its read-me speaks of.
    let only_texts = || git.tracked().all(is_text_or_picture);
    let exposed = program.is_some()
        || snapshot.answer("a tracked env file", || git.tracked().any(is_real_env_file))
        || (!open.is_empty() && !snapshot.answer("only texts and pictures", only_texts));
    let what =
        if needed.is_empty() { "everything in the directory".to_owned() } else { list(&needed) };
    let message = format!(
        "The repository has no .gitignore at its root. Then `git add .` takes {what} in; commit a \
         .gitignore with `.env` and what the tools of the project produce.",
    );
    let draft = cx.report_in(&place, Region::empty(0), message);
    draft.severity(if exposed { Severity::High } else { Severity::Low });
    for env in open.iter().take(10) {
        if let Some((artifact, region)) = &env.place {
            draft.related(artifact, *region, env.why.as_str());
        }
    }
}

/// Whether a file is for readers: text, pictures, and the settings by which they
/// are laid out.
fn is_text_or_picture(path: &str) -> bool {
    let extension = split_last(path, b'.').map_or("", |(_, extension)| extension);
    file_role(path, None).role == Role::Docs
        || path.rsplit('/').next() == Some("mkdocs.yml")
        || matches!(extension, "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "pdf" | "css")
}

/// Where a missing file is reported: the file that suffers most from it.
fn place(snapshot: &Snapshot, git: &GitState) -> Option<ArtifactPath> {
    let at_root = |path: &&str| !path.contains('/');
    let tracked_env = git.tracked().filter(at_root).find(|path| is_real_env_file(path));
    if let Some(path) = tracked_env {
        return Some(ArtifactPath::new(path));
    }
    let there = |name: &str| snapshot.artifact(name).map(|artifact| artifact.path().clone());
    there("package.json")
        .or_else(|| {
            ["README.md", "README", "readme.md", "README.rst"].iter().find_map(|n| there(n))
        })
        .or_else(|| git.tracked().find(at_root).map(ArtifactPath::new))
        .or_else(|| git.tracked().next().map(ArtifactPath::new))
        .or_else(|| snapshot.artifacts().first().map(|artifact| artifact.path().clone()))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_repo};

    #[test]
    fn the_files_of_the_root_are_named_first() {
        check_repo(
            &RULE,
            "
//- .agents/web/.env.example
A=1
//- .env.example
A=1
//- README.md
# Shop
^ `git add .` takes .env and .agents/web/.env in
",
        );
    }

    #[test]
    fn is_reported_where_it_hurts() {
        check_repo(
            &RULE,
            "
//- .env
A=1
^ [high] no .gitignore at its root
//- package.json
{}
",
        );
        check_repo(
            &RULE,
            "
//- package.json
{\"private\": true}
^ [high] takes .env and node_modules in
//- src/index.js
x
",
        );
        check_repo(
            &RULE,
            "
//- docs/a.md
text
^ [low] everything in the directory
",
        );
    }

    #[test]
    fn a_nested_file_is_not_enough() {
        check_repo(
            &RULE,
            "
//- web/.gitignore
.env
//- web/package.json
{}
//- main.go
package main
^ no .gitignore
",
        );
    }

    #[test]
    fn passes_with_one_and_outside_git() {
        check_repo(&RULE, "//- .gitignore\nnode_modules\n//- package.json\n{}\n");
        check(&RULE, "package.json", "{}");
    }

    #[test]
    fn a_handbook_that_speaks_of_env_files_is_low() {
        check_repo(
            &RULE,
            "
//- README.md
Put the key into `.env` of your project.
^ [low] no .gitignore
                  ~~~~ named here
//- docs/setup.md
text
//- mkdocs.yml
site_name: Handbook
",
        );
        check_repo(
            &RULE,
            "
//- README.md
Put the key into `.env` of your project.
^ [high] no .gitignore
                  ~~~~ named here
//- main.py
print()
",
        );
    }
}
