//! `gitignore-env-not-ignored`

use std::collections::{BTreeMap, HashSet};

use seaworthy_analysis::{Check, Context, Document, DocumentKind, GitState, NativeRule, Snapshot};
use seaworthy_formats::gitignore::{EditedRules, IgnoreSource};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::content::list;
use super::env_paths::{self, EnvPath, expected};
use super::ignore_edit::{TRIES, Wanted, append, literal, nearest, relative};
use super::mistaken_line::{meant, mistakes};
use super::tracked::file_name;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "gitignore-env-not-ignored",
        group: Group::GitHygiene,
        summary: "an env file that the repository uses is not ignored by git",
        help: include_str!("gitignore_env_not_ignored.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[538, 312],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, env_paths::sees),
};

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    let mended = mended_rules(snapshot, git);
    // What is open, under the ignore file that should close it.
    let mut open: BTreeMap<Option<&ArtifactPath>, Vec<EnvPath>> = BTreeMap::new();
    for env in expected(snapshot, git) {
        let verdict = git.verdict(&env.path, false);
        // A negation, and a line that fails, are reported where they stand.
        let negated = verdict.decided_by.as_ref().is_some_and(|decision| decision.negated);
        let mistaken = mended.iter().any(|rules| rules.verdict(&env.path, false).ignored);
        if verdict.ignored || verdict.undecided || negated || mistaken {
            continue;
        }
        // One line at the root mends all packages.
        let root = snapshot.artifact(".gitignore").map(|artifact| artifact.path());
        open.entry(root.or_else(|| nearest(snapshot, &env.path))).or_default().push(env);
    }
    for (ignore, paths) in open {
        report(cx, git, ignore, &paths);
    }
}

/// The rules as they would be with each failing line mended.
fn mended_rules<'s>(snapshot: &'s Snapshot, git: &'s GitState) -> Vec<EditedRules<'s>> {
    let mut rules = Vec::new();
    for artifact in snapshot.of_kind(DocumentKind::Ignore) {
        let Some(text) = snapshot.text(artifact) else { continue };
        let Some(Document::Ignore(ignore)) = snapshot.document(artifact) else { continue };
        for mistake in mistakes(snapshot, git, artifact.path(), text, ignore) {
            let source = IgnoreSource::File { artifact: artifact.path().clone() };
            rules.push(git.ignore_rules().edited(source, mistake.text));
            if rules.len() >= TRIES {
                return rules;
            }
        }
    }
    rules
}

fn report(cx: &mut Context<'_>, git: &GitState, ignore: Option<&ArtifactPath>, paths: &[EnvPath]) {
    let shown: Vec<&str> = paths.iter().map(|env| env.path.as_str()).collect();
    let severity = paths.iter().map(|env| env.severity).max().unwrap_or(Severity::High);
    let are = if paths.len() == 1 { "is" } else { "are" };
    let them = if paths.len() == 1 { "it" } else { "them" };
    let Some(ignore) = ignore else {
        // Without any ignore file of ours, `gitignore-missing` speaks, unless
        // the repository goes on above.
        let above = git
            .ignore_rules()
            .files()
            .any(|(source, ..)| matches!(source, IgnoreSource::Above { .. }));
        let place = paths.iter().find_map(|env| env.place.clone());
        if let Some((artifact, region)) = place.filter(|_| above) {
            let message = format!(
                "{} {are} not ignored by git. Then `git add .` would commit {them} with every secret \
                 in {them}; add {them} to the repository's .gitignore.",
                list(&shown)
            );
            cx.report_in(&artifact, region, message).severity(severity).evidence(shown.join(" "));
        }
        return;
    };
    let lines = lines(git, ignore, paths);
    let ignored: Vec<String> = paths.iter().map(|env| env.path.clone()).collect();
    let snapshot = cx.snapshot();
    let kept: Vec<String> = snapshot
        .joined()
        .env_files()
        .iter()
        .filter(|facts| facts.template && !git.is_ignored(facts.path.as_str()))
        .map(|facts| facts.path.as_str().to_owned())
        .collect();
    let edit = append(cx, ignore, &lines, Wanted { ignored: &ignored, kept: &kept });
    let message = format!(
        "{} {are} not ignored by git. Then `git add .` would commit {them} with every secret in \
         {them}; add `{}` to {ignore}.",
        list(&shown),
        lines.iter().take(6).map(String::as_str).collect::<Vec<_>>().join("`, `")
    );
    let region = telling_line(snapshot, ignore);
    let draft = cx.report_in(ignore, region, message);
    draft.severity(severity).evidence(shown.join(" "));
    for env in paths.iter().take(10) {
        if let Some((artifact, region)) = &env.place {
            draft.related(artifact, *region, env.why.as_str());
        }
    }
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// The lines that ignore the paths: names, or whole paths where a file of the
/// same name is tracked elsewhere.
fn lines(git: &GitState, ignore: &ArtifactPath, paths: &[EnvPath]) -> Vec<String> {
    let names: HashSet<&str> = git.tracked().map(file_name).collect();
    let mut lines: Vec<String> = Vec::new();
    for env in paths {
        let name = file_name(&env.path);
        let line = if names.contains(name) {
            format!("/{}", literal(relative(ignore, &env.path)))
        } else {
            literal(name)
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The first line of an ignore file about env files, or its start.
fn telling_line(snapshot: &Snapshot, ignore: &ArtifactPath) -> Region {
    let Some(artifact) = snapshot.artifact(ignore.as_str()) else { return Region::empty(0) };
    let (Some(text), Some(Document::Ignore(file))) =
        (snapshot.text(artifact), snapshot.document(artifact))
    else {
        return Region::empty(0);
    };
    file.patterns()
        .filter(|line| !line.negated())
        .map(|line| line.region())
        // A line that fails is told of by a rule of its own.
        .find(|region| {
            let line = region.of(text);
            line.contains(".env") && meant(line).is_none()
        })
        .unwrap_or(Region::empty(0))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_fix_repo, check_repo};

    #[test]
    fn what_a_template_is_copied_to_must_be_ignored() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env
^^^^ [high] .env.production is not ignored by git
//- .env.production.example
A=1
~ to be copied to .env.production
",
        );
    }

    #[test]
    fn substrings_and_comments_do_not_protect() {
        for line in [".env.example", "# .env", "prisma/.env", ".env.production.ai"] {
            let fixture = format!(
                "//- .gitignore\nnode_modules\n^ would commit it\n{line}\n//- .env.example\nA=1\n"
            );
            let told = line.contains(".env") && !line.starts_with('#');
            let fixture = if told {
                let carets = "^".repeat(line.len());
                format!(
                    "//- .gitignore\nnode_modules\n{line}\n{carets} would commit it\n//- .env.example\nA=1\n"
                )
            } else {
                fixture
            };
            check_repo(&RULE, &fixture);
        }
    }

    #[test]
    fn the_root_alone_is_not_every_package() {
        check_repo(
            &RULE,
            "
//- .gitignore
/.env
^^^^^ [high] apps/api/.env and apps/web/.env are not ignored
//- package.json
{\"private\": true}
//- apps/api/.env.example
A=1
~ to be copied to apps/api/.env
//- apps/web/package.json
{\"dependencies\": {\"next\": \"16.0.0\"}}
~ this package reads .env files
",
        );
    }

    #[test]
    fn star_env_is_not_env_star() {
        check_repo(
            &RULE,
            "
//- .gitignore
*.env
^^^^^ .env.production is not ignored
//- prod.env untracked
A=1
//- .env.production untracked
A=1
~ this file is there
",
        );
    }

    #[test]
    fn what_compose_scripts_and_the_read_me_name_must_be_ignored() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env
^^^^ [high] .env.local, .env.prod and 2 more are not ignored
//- docker-compose.yml
services:
  api:
    image: a/b
    env_file: ./deploy/api.env
              ~~~~~~~~~~~~~~~~ is given deploy/api.env
//- deploy/run.sh
docker compose --env-file .env.prod up
                          ~~~~~~~~~ named here
//- README.md
Copy `.env.example` to `.env.local`.
                        ~~~~~~~~~~ named here
//- package.json
{\"scripts\": {\"e2e\": \"dotenv -e .env.test -- playwright test\"}}
                     ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ this script names it
",
        );
    }

    #[test]
    fn test_variants_are_medium() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env
^^^^ [medium] .env.test is not ignored
//- .env.test.example
A=1
",
        );
    }

    #[test]
    fn passes_what_is_ignored_tracked_or_never_named() {
        check_repo(
            &RULE,
            "
//- .gitignore
node_modules
.env
.env*.local
!.env.example
//- .env.example
A=1
//- .env.development
A=1
//- README.md
Uses `.env`, `.env.local`, `process.env` and `.env.*`.
//- tests/fixtures/.env.custom.example
A=1
",
        );
        check_repo(&RULE, "//- .gitignore\ntarget\n//- Cargo.toml\n[package]\n");
        check_repo(&RULE, "//- .gitignore\n./.env\n//- .env.example\nA=1\n");
        check_repo(&RULE, "//- .gitignore\n.env*\n!.env\n//- .env.template\nA=1\n");
        check_repo(&RULE, "//- package.json\n{}\n//- .env.example\nA=1\n");
        check_repo(&RULE, "//- .gitignore\n.next\n//- .env\nA=1\n");
    }

    #[test]
    fn what_an_example_starts_is_no_deployment() {
        check_repo(
            &RULE,
            "
//- .gitignore
node_modules
//- package.json
{\"name\": \"lib\", \"version\": \"1.4.0\"}
//- examples/queue/compose.yaml
services: {db: {image: postgres}}
//- tests/compose.yaml
services: {db: {image: postgres}}
",
        );
    }

    #[test]
    fn adds_the_line_in_the_file_s_own_ending() {
        check_fix_repo(
            &RULE,
            "//- .gitignore\nnode_modules\r\ndist\n//- .env.example\nA=1\n",
            "//- .gitignore\nnode_modules\r\ndist\n.env\r\n//- .env.example\nA=1\n",
        );
        check_fix_repo(
            &RULE,
            "//- .gitignore\ndist\n//- .env.prod.example\nA=1\n//- api/.env.example\nA=1\n",
            "//- .gitignore\ndist\n.env\n.env.prod\n//- .env.prod.example\nA=1\n//- api/.env.example\nA=1\n",
        );
    }

    #[test]
    fn a_tracked_namesake_keeps_the_line_to_one_path() {
        check_fix_repo(
            &RULE,
            "//- .gitignore\ndist\n//- .env.example\nA=1\n//- tests/fixtures/.env\nA=1\n",
            "//- .gitignore\ndist\n/.env\n//- .env.example\nA=1\n//- tests/fixtures/.env\nA=1\n",
        );
    }
}
