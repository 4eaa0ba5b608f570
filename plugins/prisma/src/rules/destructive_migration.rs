//! Migrations that throw data away.

use seaworthy_plugin_api::{Context, Precision, Region, Rule, Selector, Severity, repo};

use crate::migration::{Loss, LossKind, losses};

use super::{MAX_FINDINGS, is_own};

pub(crate) static RULE: Rule = Rule {
    id: "migration-drops-data",
    summary: "migration that drops data without a copy or a check",
    help: include_str!("destructive_migration.md"),
    severity: Severity::Medium,
    precision: Precision::Medium,
    tags: &["reliability", "prisma", "database"],
    ..Rule::repository(
        &[Selector { globs: &["**/migrations/*/migration.sql"], ..Selector::ANY }],
        check,
    )
};

fn check(cx: &mut Context<'_>) {
    let paths = repo::find("**/migrations/*/migration.sql");
    let mut left = MAX_FINDINGS;
    for (index, path) in paths.iter().enumerate() {
        let Some(folder) = series(path) else { continue };
        if !is_prisma(folder) {
            continue;
        }
        let Some(document) = repo::open(path).filter(is_own) else { continue };
        let newest = !paths[index + 1..].iter().any(|later| series(later) == Some(folder));
        for loss in losses(&document.text()) {
            if left == 0 {
                return;
            }
            left -= 1;
            let severity = if newest { Severity::Medium } else { Severity::Info };
            cx.report_in(path, Region::from(loss.range.clone()), message(&loss))
                .severity(severity)
                .evidence(match &loss.column {
                    Some(column) => format!("{}.{column}", loss.table),
                    None => loss.table.clone(),
                });
        }
    }
}

/// The folder of all migrations that one belongs to.
fn series(path: &str) -> Option<&str> {
    path.rsplitn(3, '/').nth(2)
}

/// Whether a folder of migrations is Prisma's.
fn is_prisma(folder: &str) -> bool {
    folder.split('/').any(|part| part == "prisma")
        || repo::exists(&format!("{folder}/migration_lock.toml"))
}

fn message(loss: &Loss) -> String {
    let table = &loss.table;
    let column = loss.column.as_deref().unwrap_or("");
    match loss.kind {
        LossKind::DropTable => format!(
            "The migration drops the table `{table}` with every row in it. Copy the rows first, \
             or stop the migration when there are any; no later migration brings them back."
        ),
        LossKind::DropColumn => format!(
            "The migration drops the column `{column}` of `{table}` with every value in it. Copy \
             the values first, and drop it in a later deploy, when no running version reads it."
        ),
        LossKind::Recreated => format!(
            "The migration drops the column `{column}` of `{table}` and adds it again, empty: \
             Prisma does so to change a type that it cannot convert. Alter the type with a cast, \
             or fill a new column from the old one first."
        ),
        LossKind::Truncate | LossKind::DeleteAll => format!(
            "The migration deletes every row of `{table}`. Say which ones by a condition, or stop \
             the migration when there are any that count."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_belongs_to_its_series() {
        assert_eq!(series("a/prisma/migrations/1_x/migration.sql"), Some("a/prisma/migrations"));
        assert_eq!(series("migration.sql"), None);
    }
}
