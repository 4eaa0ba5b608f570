//! `ci-migration-check`

use seaworthy_analysis::joined::Work;
use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::checks::{checks, depends_on};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-migration-check",
        group: Group::Ci,
        summary: "migrations that no pipeline applies or checks",
        help: include_str!("ci_migration_check.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// A tool, and the directory in which it keeps its migrations.
const TOOLS: &[(&[&str], &str)] = &[
    (&["prisma", "@prisma/client"], "prisma/migrations/"),
    (&["knex"], "migrations/"),
    (&["sequelize", "sequelize-cli"], "migrations/"),
    (&["typeorm"], "migrations/"),
    (&["drizzle-kit"], "drizzle/"),
    (&["node-pg-migrate"], "migrations/"),
];

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    u64::from(text.is_some() && TOOLS.iter().any(|(_, directory)| path.contains(directory)))
}

fn check(cx: &mut Context<'_>) {
    let Some(checks) = checks(cx) else { return };
    let done = [Work::Migrate, Work::MigrateCheck].iter();
    if done.copied().any(|work| checks.of(work).next().is_some()) {
        return;
    }
    let tool = TOOLS.iter().find(|(names, _)| depends_on(cx, names));
    let Some((names, directory)) = tool else { return };
    let is_migration = |path: &str| {
        let inside =
            path.strip_prefix(directory).is_some() || path.contains(&format!("/{directory}"));
        let code = path.ends_with(".sql") || path.ends_with(".ts") || path.ends_with(".js");
        inside && code && !matches!(file_role(path, None).role, Role::Test | Role::Docs)
    };
    let snapshot = cx.snapshot();
    let newest = snapshot.artifacts().iter().rev().find(|it| is_migration(it.path().as_str()));
    let Some(newest) = newest else { return };
    cx.report_in(
        checks.path,
        checks.region,
        format!(
            "No job applies or checks the migrations of {}. That one fails, or that the schema has \
             changed without one, shows when it runs against production's data; apply them to an \
             empty database in the job that runs the tests.",
            names[0]
        ),
    )
    .related(newest.path(), Region::empty(0), "the newest migration");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    const MANIFEST: &str = "//- package.json\n{\"dependencies\": {\"@prisma/client\": \"6\"}}\n";
    const MIGRATION: &str = "//- prisma/migrations/1_init/migration.sql\nSELECT 1;\n";

    #[test]
    fn flags_migrations_that_are_never_tried() {
        check_files(
            &RULE,
            &format!(
                "{MANIFEST}//- prisma/migrations/1_init/migration.sql\nSELECT 1;\n~ the newest migration\n//- .github/workflows/ci.yml\non: push\njobs:\n^^^^ [low] migrations of prisma\n  a:\n    steps: [{{ run: npx prisma generate && npx jest }}]\n"
            ),
        );
    }

    #[test]
    fn passes_migrations_that_are_tried_or_absent() {
        for (migration, run) in [
            (MIGRATION, "npx prisma migrate deploy && npx jest"),
            (MIGRATION, "npx prisma migrate diff --exit-code && npx jest"),
            (MIGRATION, "npx jest && ./migrate.sh"),
            ("", "npx jest"),
        ] {
            check_files(
                &RULE,
                &format!(
                    "{MANIFEST}{migration}//- .github/workflows/ci.yml\non: push\njobs:\n  a:\n    steps: [{{ run: {run} }}]\n"
                ),
            );
        }
    }
}
