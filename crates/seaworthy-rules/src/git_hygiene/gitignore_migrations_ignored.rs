//! `gitignore-migrations-ignored`

use std::collections::BTreeSet;

use seaworthy_analysis::roles::is_vendored;
use seaworthy_analysis::{Artifact, Check, Context, Document, DocumentKind, Edit, GitState, NativeRule, Snapshot};
use seaworthy_formats::gitignore::IgnoreSource;
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::env_paths::{scripts, sees_commands};
use super::ignore_edit::{Wanted, append, comes_to, literal, relative, replaced, whole_line};
use super::tracked::{file_name, is_test_directory, join};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "gitignore-migrations-ignored",
        group: Group::GitHygiene,
        summary: "database migrations are ignored by git",
        help: include_str!("gitignore_migrations_ignored.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1068],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// A tool that applies migrations from files.
struct Tool {
    name: &'static str,
    /// What is run when migrations are applied.
    commands: &'static [&'static str],
    /// The file that tells where its migrations are, and where, from there.
    marker: &'static str,
    directory: &'static str,
    /// What the next migration will be called.
    next: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "Prisma",
        commands: &["migrate deploy"],
        marker: "schema.prisma",
        directory: "migrations",
        next: "29990101000000_next/migration.sql",
    },
    Tool {
        name: "Drizzle",
        commands: &["drizzle-kit migrate", "drizzle-orm/migrator"],
        marker: "drizzle.config.ts",
        directory: "drizzle",
        next: "9999_next.sql",
    },
    Tool {
        name: "Knex",
        commands: &["knex migrate:latest", "knex migrate:up"],
        marker: "knexfile.js",
        directory: "migrations",
        next: "29990101000000_next.js",
    },
    Tool {
        name: "Sequelize",
        commands: &["sequelize db:migrate", "sequelize-cli db:migrate"],
        marker: ".sequelizerc",
        directory: "migrations",
        next: "29990101000000-next.js",
    },
    Tool {
        name: "Alembic",
        commands: &["alembic upgrade"],
        marker: "env.py",
        directory: "versions",
        next: "9999abcdef01_next.py",
    },
    Tool {
        name: "Django",
        commands: &["manage.py migrate"],
        marker: "models.py",
        directory: "migrations",
        next: "9999_next.py",
    },
];

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    let marks = text.is_some() && TOOLS.iter().any(|tool| tool.marker == file_name(path));
    let said = text.map(|text| text.replace("\", \"", " ").replace("\",\"", " "));
    let commands = TOOLS.iter().flat_map(|tool| tool.commands);
    crate::hash(&(marks, sees_commands(path, said.as_deref(), commands.copied())))
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    let commands = commands(snapshot);
    let mut told: BTreeSet<(String, Region)> = BTreeSet::new();
    for tool in TOOLS {
        let used = tool.commands.iter().any(|command| commands.iter().any(|text| text.contains(command)));
        if !used {
            continue;
        }
        let markers: Vec<&str> = snapshot
            .artifacts()
            .iter()
            .map(|artifact| artifact.path())
            .filter(|path| path.file_name() == tool.marker && !is_vendored(path.as_str()))
            .filter(|path| !is_test_directory(path.parent()))
            .map(|path| path.parent())
            .collect();
        for directory in markers {
            let next = join(directory, &format!("{}/{}", tool.directory, tool.next));
            report(cx, git, tool, &next, &mut told);
        }
    }
}

/// How many configurations are searched for commands.
const MOST_OTHERS: usize = 100;

/// The texts in which the commands of a deployment stand.
fn commands(snapshot: &Snapshot) -> Vec<String> {
    let mut texts: Vec<String> = scripts(snapshot)
        .into_iter()
        .map(|(_, text)| text.replace("\", \"", " ").replace("\",\"", " "))
        .collect();
    for artifact in snapshot.of_kind(DocumentKind::PackageJson) {
        if let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) {
            texts.extend(manifest.scripts.iter().map(|script| script.text.to_string()));
        }
    }
    let is_other = |artifact: &Artifact| {
        let path = artifact.path().as_str();
        path.starts_with(".github/workflows/")
            || artifact.kind() == DocumentKind::Compose
            || matches!(path, "Procfile" | "vercel.json" | "railway.json" | "render.yaml" | "fly.toml")
    };
    for artifact in snapshot.chosen(is_other).into_iter().take(MOST_OTHERS) {
        texts.extend(snapshot.text(artifact).map(|text| text.replace("\", \"", " ")));
    }
    texts
}

fn report(
    cx: &mut Context<'_>,
    git: &GitState,
    tool: &Tool,
    next: &str,
    told: &mut BTreeSet<(String, Region)>,
) {
    let verdict = git.verdict(next, false);
    let Some(decision) = verdict.decided_by.filter(|_| verdict.ignored) else { return };
    let IgnoreSource::File { artifact: ignore } = decision.source else { return };
    if !told.insert((ignore.as_str().to_owned(), decision.region)) {
        return;
    }
    let end = next.len() - tool.next.len() - 1;
    let directory = &next[..end];
    let forced = if git.tracks_below(directory) {
        " Those that are tracked were added by force; the next one will be left out in silence."
    } else {
        ""
    };
    let message = format!(
        "Migrations in {directory} are ignored, but the deployment applies them with {}. A clone \
         then has no schema, or an older one than the code expects.{forced} Commit migrations.",
        tool.name
    );
    let snapshot = cx.snapshot();
    let wanted_path = next.to_owned();
    let wanted = Wanted { ignored: &[], kept: std::slice::from_ref(&wanted_path) };
    let text = snapshot.artifact(ignore.as_str()).and_then(|artifact| snapshot.text(artifact));
    let pattern = text.map_or("", |text| decision.region.of(text)).trim().to_owned();
    let removal = text
        .filter(|_| pattern.trim_end_matches(['/', '*']).ends_with(tool.directory))
        .and_then(|text| {
            let line = whole_line(text, decision.region);
            let edited = replaced(text, line, "")?;
            comes_to(git, &ignore, &edited, wanted)
                .then(|| Edit::risky(format!("Stop ignoring {directory}")).remove(&ignore, line))
        });
    let exception = [format!("!/{}/**", literal(relative(&ignore, directory)))];
    let edit = removal.or_else(|| append(cx, &ignore, &exception, wanted));
    let draft = cx.report_in(&ignore, decision.region, message);
    draft.evidence(directory);
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_fix_repo, check_repo};

    #[test]
    fn flags_patterns_that_take_migrations() {
        check_repo(
            &RULE,
            r#"
//- .gitignore
*.sql
^^^^^ [medium] Migrations in prisma/migrations are ignored
//- package.json
{"scripts": {"deploy": "prisma migrate deploy"}}
//- prisma/schema.prisma
x
//- prisma/migrations/1_init/migration.sql
x
"#,
        );
        check_repo(
            &RULE,
            r#"
//- api/.gitignore
migrations/
^^^^^^^^^^^ applies them with Django
//- Dockerfile
CMD ["python", "manage.py", "migrate"]
//- api/shop/models.py
x
"#,
        );
    }

    #[test]
    fn passes_when_nothing_deploys_them_or_they_are_kept() {
        check_repo(
            &RULE,
            "//- .gitignore\nprisma/migrations\n//- package.json\n{\"scripts\": {\"deploy\": \"prisma db push\"}}\n//- prisma/schema.prisma\nx\n",
        );
        check_repo(
            &RULE,
            "//- .gitignore\n*.sql\n!prisma/migrations/**\n//- package.json\n{\"scripts\": {\"deploy\": \"prisma migrate deploy\"}}\n//- prisma/schema.prisma\nx\n",
        );
    }

    #[test]
    fn keeps_migrations_below_a_wider_pattern() {
        check_fix_repo(
            &RULE,
            "//- .gitignore\n*.sql\n//- package.json\n{\"scripts\": {\"d\": \"prisma migrate deploy\"}}\n//- prisma/schema.prisma\nx\n",
            "//- .gitignore\n*.sql\n!/prisma/migrations/**\n//- package.json\n{\"scripts\": {\"d\": \"prisma migrate deploy\"}}\n//- prisma/schema.prisma\nx\n",
        );
        check_fix_repo(
            &RULE,
            "//- .gitignore\nprisma/migrations/\ndist\n//- package.json\n{\"scripts\": {\"d\": \"prisma migrate deploy\"}}\n//- prisma/schema.prisma\nx\n",
            "//- .gitignore\ndist\n//- package.json\n{\"scripts\": {\"d\": \"prisma migrate deploy\"}}\n//- prisma/schema.prisma\nx\n",
        );
    }
}
