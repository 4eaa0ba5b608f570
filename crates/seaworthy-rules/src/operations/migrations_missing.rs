//! `migrations-missing`

use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::tools::tool;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "migrations-missing",
        group: Group::Operations,
        summary: "schema of a database without migrations",
        help: include_str!("migrations_missing.md"),
        severity: Severity::Medium,
        precision: Precision::Medium,
        cwe: &[710],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    u64::from(text.is_some() && is_migration(path))
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let mut schemas = snapshot.named(&["schema.prisma"]).into_iter().filter(|artifact| {
        let role = file_role(artifact.path().as_str(), None).role;
        matches!(role, Role::Source | Role::Deployable)
    });
    let Some(first) = schemas.next() else { return };
    // Whose migrations are somewhere else has them.
    if has_migrations(snapshot) || reads_schema_back(cx) {
        return;
    }
    for artifact in std::iter::once(first).chain(schemas).take(20) {
        let Some(text) = snapshot.text(artifact) else { continue };
        let Some((region, provider)) = provider(text) else { continue };
        if !text.lines().any(|line| line.starts_with("model ")) {
            continue;
        }
        cx.report_in(
            artifact.path(),
            region,
            format!(
                "This schema of {provider} has no migrations. Nothing says how a database that \
                 holds data gets from one version to the next; what remains is `prisma db push`, \
                 which may drop columns. Make a first migration (`prisma migrate dev --name init`) \
                 and commit it."
            ),
        )
        .evidence("migrations");
    }
}

/// Whether any directory of the repository holds migrations.
fn has_migrations(snapshot: &Snapshot) -> bool {
    snapshot.artifacts().iter().any(|artifact| is_migration(artifact.path().as_str()))
}

/// Whether a file is in a directory of migrations.
fn is_migration(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|part| {
        part.eq_ignore_ascii_case("migrations")
            || part.eq_ignore_ascii_case("migration")
            || part.eq_ignore_ascii_case("migrate")
            || part == "flyway"
            || part == "liquibase"
    })
}

/// Whether the schema is made from a database that somebody else keeps.
fn reads_schema_back(cx: &Context<'_>) -> bool {
    let scripts = cx.joined().scripts(cx.snapshot());
    scripts.all().iter().flat_map(|text| &text.script.commands).filter_map(tool).any(|tool| {
        let mut operands = tool.operands();
        tool.name == "prisma"
            && operands.next() == Some("db")
            && matches!(operands.next(), Some("pull"))
            || tool.name == "prisma" && tool.operands().next() == Some("introspect")
    })
}

/// The provider of the data source, if it is one with migrations worth keeping.
fn provider(text: &str) -> Option<(Region, &str)> {
    let start = text.find("datasource ")?;
    let end = start + text[start..].find('}')?;
    let line = start + text[start..end].find("provider")?;
    let open = line + text[line..end].find('"')? + 1;
    let close = open + text[open..end].find('"')?;
    let name = &text[open..close];
    matches!(name, "postgresql" | "postgres" | "mysql" | "sqlserver" | "cockroachdb")
        .then(|| (Region::new(open, close), name))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_schema_alone() {
        check_files(
            &RULE,
            r#"
//- prisma/schema.prisma
generator client {
  provider = "prisma-client-js"
}
datasource db {
  provider = "postgresql"
              ^^^^^^^^^^ [medium] has no migrations
  url      = env("DATABASE_URL")
}
model User {
  id Int @id
}
"#,
        );
    }

    #[test]
    fn passes_where_migrations_are_or_cannot_be() {
        let schema = |provider: &str| {
            format!(
                "//- prisma/schema.prisma\ndatasource db {{\n  provider = \"{provider}\"\n}}\nmodel \
                 User {{\n  id Int @id\n}}\n"
            )
        };
        let postgres = schema("postgresql");
        for fixture in [
            schema("mongodb"),
            schema("sqlite"),
            format!("{postgres}//- prisma/migrations/1_init/migration.sql\nSELECT 1;\n"),
            format!("{postgres}//- db/migrations/V1__a.sql\nSELECT 1;\n"),
            format!(
                "{postgres}//- package.json\n{{\"scripts\": {{\"pull\": \"prisma db pull\"}}}}\n"
            ),
            schema("postgresql").replace("prisma/schema", "examples/a/schema"),
        ] {
            check_files(&RULE, &fixture);
        }
    }
}
