//! `gitignore-env-negated`

use std::collections::HashMap;

use seaworthy_analysis::roles::{Environment, file_role, is_env_file_name};
use seaworthy_analysis::{
    Check, Context, Document, DocumentKind, Edit, GitState, NativeRule, Snapshot,
};
use seaworthy_formats::gitignore::IgnoreSource;
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};
use seaworthy_syntax::ignore::{IgnoreFile, IgnoreLine};

use super::content::{has_env_secrets, list};
use super::env_file_tracked::is_real_env_file;
use super::ignore_edit::{
    TRIES, Wanted, comes_to, ignored_after, literal, relative, replaced, whole_line,
};
use super::tracked::{file_name, join};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "gitignore-env-negated",
        group: Group::GitHygiene,
        summary: "a `!` line takes a real env file out of the ignored files",
        help: include_str!("gitignore_env_negated.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[538, 312],
        ..Rule::DEFAULT
    },
    check: Check::Ignore(check),
};

/// What a pattern with wildcards is tried on.
const USUAL: &[&str] = &[
    ".env",
    ".env.local",
    ".env.production",
    ".env.production.local",
    ".env.prod",
    ".env.staging",
    ".env.development",
    ".env.development.local",
    ".env.test",
    ".env.test.local",
    "prod.env",
];

fn check(ignore: &IgnoreFile, cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    let (path, text) = (cx.path().clone(), cx.text());
    let mut tries = 0;
    let mut deciders = Deciders::new();
    let about_env =
        ignore.patterns().any(|line| !line.negated() && line.glob().of(text).contains("env"));
    for line in ignore.patterns().filter(|line| line.negated()).take(1000) {
        let opened = opened(snapshot, git, &path, text, line, about_env, &mut deciders);
        if opened.is_empty() {
            continue;
        }
        tries += 1;
        if tries > TRIES {
            break;
        }
        let Some(without) = replaced(text, whole_line(text, line.region()), "") else { continue };
        // Nothing ignores the others anyway.
        let opened = ignored_after(git, &path, &without, opened);
        if opened.is_empty() {
            continue;
        }
        let shown: Vec<&str> = opened.iter().map(String::as_str).collect();
        let them = if opened.len() == 1 { "it" } else { "them" };
        let severity =
            opened.iter().map(|path| severity(snapshot, path)).max().unwrap_or(Severity::High);
        let mended = mended(snapshot, git, &path, text, line, &opened);
        let draft = cx.report(
            line.region(),
            format!(
                "This line takes {} out of the ignored files. Then `git add .` commits {them} with \
                 every secret in {them}; only templates such as .env.example belong into the \
                 repository.",
                list(&shown)
            ),
        );
        draft.severity(severity).evidence(line.region().of(text).trim());
        if let Some(edit) = mended {
            draft.fix(edit);
        }
    }
}

/// The line of the file at hand that decides over a path, for each path that
/// was asked: most lines ask for the same ones.
type Deciders = HashMap<String, Option<u32>>;

/// The real env files that are not ignored because of this line.
fn opened(
    snapshot: &Snapshot,
    git: &GitState,
    path: &ArtifactPath,
    text: &str,
    line: &IgnoreLine,
    about_env: bool,
    deciders: &mut Deciders,
) -> Vec<String> {
    let glob = line.glob().of(text);
    let plain = glob.trim_start_matches("**/").trim_start_matches('/');
    let candidates: Vec<String> = if plain.contains(['*', '?', '[', '\\']) {
        let directory = match plain.rsplit_once('/') {
            Some((directory, _)) if !directory.contains(['*', '?', '[', '\\']) => directory,
            _ => "",
        };
        let base = join(path.parent(), directory).trim_end_matches('/').to_owned();
        // What takes a directory back whole means what lies in it, which is env
        // files where a program is at home; `!data/words/**` means words.
        let everything = file_name(plain).bytes().all(|byte| byte == b'*');
        let speaks_of_env =
            directory.is_empty() || !everything || (about_env && is_home(snapshot, &base));
        let names = if speaks_of_env { USUAL } else { &[] };
        let usual = names.iter().map(|name| join(&base, name));
        let usual = usual.chain(in_packages(snapshot, plain));
        let there = snapshot.of_kind(DocumentKind::Env).map(|a| a.path().as_str().to_owned());
        usual.chain(there.take(200)).collect()
    } else {
        vec![join(path.parent(), plain)]
    };
    let mut opened: Vec<String> = Vec::new();
    for candidate in candidates {
        let decider = deciders.entry(candidate.clone()).or_insert_with(|| {
            let decision = git.verdict(&candidate, false).decided_by?;
            let here = IgnoreSource::File { artifact: path.clone() };
            (decision.source == here).then_some(decision.line)
        });
        let decided_here = *decider == Some(line.number());
        if decided_here && is_real_env_file(&candidate) && !opened.contains(&candidate) {
            opened.push(candidate);
        }
    }
    opened
}

/// Whether a program is at home in a directory, as its manifest tells.
fn is_home(snapshot: &Snapshot, directory: &str) -> bool {
    const MANIFESTS: [&str; 10] = [
        "package.json",
        "composer.json",
        "pyproject.toml",
        "requirements.txt",
        "manage.py",
        "Cargo.toml",
        "go.mod",
        "Gemfile",
        "Dockerfile",
        "docker-compose.yml",
    ];
    MANIFESTS.iter().any(|name| snapshot.contains(&join(directory, name)))
}

/// What a pattern whose directory has wildcards may open in each package
/// (`!apps/*/.env`).
fn in_packages(snapshot: &Snapshot, glob: &str) -> Vec<String> {
    let Some((directory, name)) = glob.rsplit_once('/') else { return Vec::new() };
    if !directory.contains(['*', '?', '[', '\\']) {
        return Vec::new();
    }
    let names: &[&str] = if name.contains(['*', '?', '[', '\\']) { USUAL } else { &[name] };
    let packages = snapshot.of_kind(DocumentKind::PackageJson).take(50);
    packages
        .flat_map(|artifact| names.iter().map(|name| join(artifact.path().parent(), name)))
        .collect()
}

/// Files for tests and shared defaults are kept on purpose; so may be a file
/// that is there and holds no secret.
fn severity(snapshot: &Snapshot, path: &str) -> Severity {
    let local = is_env_file_name(file_name(path)).is_some_and(|name| name.local);
    let shared = matches!(
        file_role(path, None).environment,
        Environment::Test | Environment::Ci | Environment::Development
    );
    match snapshot.artifact(path).and_then(|artifact| snapshot.document(artifact)) {
        Some(Document::Env(env)) if !has_env_secrets(env) => Severity::Low,
        Some(Document::Env(_)) => Severity::High,
        _ if shared && !local => Severity::Low,
        _ => Severity::High,
    }
}

/// The line removed, or turned into one for each template that it keeps.
fn mended(
    snapshot: &Snapshot,
    git: &GitState,
    path: &ArtifactPath,
    text: &str,
    line: &IgnoreLine,
    opened: &[String],
) -> Option<Edit> {
    let whole = whole_line(text, line.region());
    let kept: Vec<String> = snapshot
        .joined()
        .env_files()
        .iter()
        .filter(|facts| facts.template && !git.is_ignored(facts.path.as_str()))
        .map(|facts| facts.path.as_str().to_owned())
        .collect();
    let wanted = Wanted { ignored: opened, kept: &kept };
    if comes_to(git, path, &replaced(text, whole, "")?, wanted) {
        return Some(Edit::risky("Remove the line").remove(path, whole));
    }
    let mut lines: Vec<String> = Vec::new();
    for template in &kept {
        let negation = format!("!{}", literal(file_name(relative(path, template))));
        let decided_here = git
            .verdict(template, false)
            .decided_by
            .is_some_and(|decision| decision.line == line.number());
        if decided_here && !lines.contains(&negation) {
            lines.push(negation);
        }
    }
    let ending = if text.get(whole.range())?.ends_with("\r\n") { "\r\n" } else { "\n" };
    let by = lines.join(ending);
    comes_to(git, path, &replaced(text, line.region(), &by)?, wanted)
        .then(|| Edit::risky("Keep the templates only").replace(path, line.region(), by))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_fix_repo, check_repo};

    #[test]
    fn a_wildcard_for_directories_is_tried_on_packages() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env*
!apps/*/.env
^^^^^^^^^^^^ [high] takes apps/shop/.env out of the ignored files
!/apps/**/.env.example
//- apps/shop/package.json
{}
",
        );
    }

    #[test]
    fn flags_negations_of_real_files() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env*
!.env.production
^^^^^^^^^^^^^^^^ [high] takes .env.production out of the ignored files
!.env.test
^^^^^^^^^^ [low] .env.test
!.env.example
//- api/.gitignore
!.env
^^^^^ api/.env
",
        );
        check_repo(
            &RULE,
            "
//- .gitignore
.env*
!.env.*
^^^^^^^ .env.local, .env.production and
",
        );
    }

    #[test]
    fn what_the_file_holds_weighs() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env*
!.env.production
^^^^^^^^^^^^^^^^ [low] out of the ignored
!.env.development
^^^^^^^^^^^^^^^^^ [high] out of the ignored
//- .env.production
VITE_API_URL=https://api.acme.io
//- .env.development
JWT_SECRET=k8Fz2LqX0vRt5YbN7wHc3mJs
",
        );
    }

    #[test]
    fn passes_templates_dead_lines_and_later_patterns() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env*
!.env.example
!**/.env.*.example
!backend/.env.production.template
!src/**
//- a/.gitignore
!.env
.env
//- b/.gitignore
!.env.vault
",
        );
        check_repo(&RULE, "//- .gitignore\n!.env\n");
        check_repo(&RULE, "//- .gitignore\nconfig/\n!config/.env\n");
    }

    #[test]
    fn what_takes_a_directory_back_speaks_of_env_files_where_some_belong() {
        check_repo(&RULE, "//- .gitignore\n*/cache/*\n!system/cache/*\n!*/cache/index.html\n");
        check_repo(&RULE, "//- .gitignore\n/data/**\n!/data/words/**\n");
        // Some list what git is to keep.
        check_repo(&RULE, "//- .gitignore\n/*\n!/theme/\n!/theme/**\n//- theme/package.json\n{}\n");
        check_repo(
            &RULE,
            "
//- .gitignore
.env*
!api/*
^^^^^^ [high] takes api/.env, api/.env.local and
!words/**
^^^^^^^^^ [high] takes words/.env.mail out of
!/lists/*
//- api/package.json
{}
//- words/.env.mail untracked
SMTP_PASSWORD=k8Fz2LqX0vRt5YbN7wHc3mJs
//- lists/a.txt
a
",
        );
    }

    #[test]
    fn removes_the_line_or_keeps_the_templates() {
        check_fix_repo(
            &RULE,
            "//- .gitignore\n.env*\n!.env.production\ndist\n",
            "//- .gitignore\n.env*\ndist\n",
        );
        check_fix_repo(
            &RULE,
            "//- .gitignore\n.env*\n!.env.*\n//- .env.example\nA=1\n",
            "//- .gitignore\n.env*\n!.env.example\n//- .env.example\nA=1\n",
        );
    }
}
