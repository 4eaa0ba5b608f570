//! `backup-file-tracked`

use seaworthy_analysis::roles::{is_env_file_name, is_vendored};
use seaworthy_analysis::{Check, Context, GitState, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::content::{names, point_at, text_secrets};
use super::tfstate_tracked::terraform_file;
use super::tracked::{file_name, is_test_directory, join, parent, untrack};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "backup-file-tracked",
        group: Group::GitHygiene,
        summary: "a backup copy of a file is tracked by git",
        help: include_str!("backup_file_tracked.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[530],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// Words for a copy that no tool or program is called by.
const COPY_WORDS: &[&str] = &["bak", "old", "orig", "backup"];

/// Ends of names by which editors and merge tools keep copies.
const COPY_ENDS: &[&str] = &["save", "swp", "swo", "rej"];

/// What backups are made of: `postgres.backup.yml` is a job, not a copy.
const BACKED_UP: &[&str] = &[
    "db",
    "database",
    "postgres",
    "postgresql",
    "pg",
    "mysql",
    "mariadb",
    "mongo",
    "mongodb",
    "redis",
    "volume",
    "volumes",
    "s3",
    "restic",
    "borg",
    "data",
    "cron",
    "job",
    "task",
    "workflow",
    "docker-compose",
    "compose",
    "dockerfile",
    "velero",
    "storage",
    "cloud",
    "auto",
    "daily",
    "weekly",
    "nightly",
];

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    for path in git.tracked() {
        let name = file_name(path);
        // Env files and Terraform state have rules of their own.
        if !is_backup(git, path)
            || is_vendored(path)
            || is_env_file_name(name).is_some()
            || terraform_file(name).is_some()
        {
            continue;
        }
        let text = snapshot.artifact(path).and_then(|artifact| snapshot.text(artifact));
        let secrets = text.map(text_secrets).unwrap_or_default();
        if secrets.is_empty() && is_test_directory(parent(path)) {
            continue;
        }
        let artifact = ArtifactPath::new(path);
        let command = untrack(path);
        let message = if secrets.is_empty() {
            format!(
                "A backup copy is tracked by git. Git keeps former versions already, and copies \
                 are served, built and searched like real files; run {command}."
            )
        } else {
            format!(
                "A backup copy with secrets is tracked by git: {}. Replace them, they stay in the \
                 history, and run {command}.",
                names(&secrets)
            )
        };
        let draft = cx.report_in(&artifact, Region::empty(0), message);
        if !secrets.is_empty() {
            draft.severity(Severity::Critical);
        }
        point_at(draft, &artifact, &secrets);
    }
}

/// Whether a name says that the file is a copy of another.
fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    match text {
        Some(text) if snapshot.git().is_some_and(|git| is_backup(git, path)) => crate::hash(text).max(1),
        _ => 0,
    }
}

fn is_backup(git: &GitState, path: &str) -> bool {
    let name = file_name(path);
    if name.len() > 1 && name.ends_with('~') {
        return true;
    }
    let lower = name.to_ascii_lowercase();
    // A number or a time after the word: `x.txt.backup.1762258167253`.
    let body = lower.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'));
    let parts: Vec<&str> = body.split('.').collect();
    let Some((last, before)) = parts.split_last().filter(|(_, before)| !before.concat().is_empty())
    else {
        return false;
    };
    let first = before.first().copied().unwrap_or("");
    if COPY_ENDS.contains(last) && body == lower {
        return true;
    }
    if COPY_WORDS.contains(last) {
        return !(*last == "backup" && (first == "dockerfile" || first == "makefile"));
    }
    let Some((word, stem)) = before.split_last().filter(|(_, stem)| !stem.concat().is_empty())
    else {
        return false;
    };
    if !COPY_WORDS.contains(word) {
        return false;
    }
    if *word != "backup" {
        return true;
    }
    // `page.backup.tsx` beside `page.tsx` is a copy of it, whatever it is about.
    let compose = matches!(first, "docker-compose" | "compose");
    let at = name.to_ascii_lowercase().rfind(".backup.").unwrap_or(0);
    let original = format!("{}{}", &name[..at], name.get(at + 7..).unwrap_or(""));
    let has_original = git.is_tracked(&join(parent(path), &original));
    !compose && (has_original || !stem.iter().any(|part| BACKED_UP.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_formats::gitignore::IgnoreRules;
    use seaworthy_testkit::check_repo;

    #[test]
    fn names_tell_copies() {
        let cases = [
            ("app/page.backup.tsx", true),
            (".github/workflows/test.yml.backup", true),
            ("nginx.conf.old", true),
            ("config.bak", true),
            ("main.go.orig", true),
            ("a.txt.backup.1762258167253", true),
            ("a.sql.bak-2024-01-02", true),
            ("main.c~", true),
            (".main.c.swp", true),
            ("index.old.html", true),
            ("db.backup.ts", true),
            ("pg.backup.sh", false),
            ("docker-compose.backup.yml", false),
            ("Dockerfile.backup", false),
            ("backup.sh", false),
            ("backup", false),
            (".backup", false),
            ("src/backup.service.ts", false),
            ("old.js", false),
            ("threshold.json", false),
            ("v1.0.0", false),
            ("~", false),
        ];
        let git = GitState::new(vec!["db.ts".into()], IgnoreRules::new(false));
        for (path, want) in cases {
            assert_eq!(is_backup(&git, path), want, "{path}");
        }
    }

    #[test]
    fn secrets_make_a_copy_critical() {
        check_repo(
            &RULE,
            "
//- app/page.backup.tsx
export default 1;
^ [low] run `git rm --cached app/page.backup.tsx`
//- config/app.yml.bak
secret_key: k8Fz2LqX0vRt5YbN7wHc3mJs
^ [critical] secret_key
~~~~~~~~~~ secret_key is set here
",
        );
    }

    #[test]
    fn passes_scripts_fixtures_and_what_others_speak_of() {
        check_repo(
            &RULE,
            "
//- backup.sh
pg_dump
//- tests/fixtures/input.orig
x
//- .env.backup
A=1
//- infra/terraform.tfstate.backup
{}
//- notes.bak untracked
x
",
        );
    }
}
