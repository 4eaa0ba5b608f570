//! Tables that the API offers without row level security.

use seaworthy_plugin_api::{Context, Fix, Precision, Region, Rule, Selector, Severity};

use crate::schema::{Name, Table};

use super::MAX_FINDINGS;
use super::project::{Granted, Project, projects};

pub(crate) static RULE: Rule = Rule {
    id: "table-without-row-level-security",
    summary: "table that the API offers without row level security",
    help: include_str!("row_level_security.md"),
    severity: Severity::High,
    precision: Precision::High,
    cwe: &[862, 284],
    tags: &["security", "supabase", "database"],
    ..Rule::repository(MIGRATIONS, check)
};

/// Migrations of Supabase.
pub(super) const MIGRATIONS: &[Selector] =
    &[Selector { globs: &["**/supabase/migrations/*.sql"], ..Selector::ANY }];

fn check(cx: &mut Context<'_>) {
    let mut left = MAX_FINDINGS;
    for project in projects() {
        for (name, table) in &project.database.tables {
            if table.secured || !project.exposed.contains(&name.schema) || left == 0 {
                continue;
            }
            if report(cx, &project, name, table) {
                left -= 1;
            }
        }
    }
}

fn report(cx: &mut Context<'_>, project: &Project, name: &Name, table: &Table) -> bool {
    let granted = project.granted(table.access.widest(), table.created.file);
    let (severity, who) = match granted {
        Granted::Yes => (Severity::High, "whoever has the public key reads and changes every row"),
        Granted::Perhaps => (
            Severity::Medium,
            "whoever has the public key reads and changes every row, unless the project was made \
             after May 2026 and grants new tables to nobody",
        ),
        Granted::Hardly => (
            Severity::Low,
            "nothing protects its rows but that no statement here grants it to `anon` or \
             `authenticated`",
        ),
        Granted::No => return false,
    };
    let policies = project.database.policies.iter().filter(|policy| policy.table == *name).count();
    let useless = match policies {
        0 => String::new(),
        1 => " Its policy does nothing while it is off.".to_owned(),
        count => format!(" Its {count} policies do nothing while it is off."),
    };
    let statement = format!("alter table {} enable row level security;", quoted(name));
    let message = format!(
        "`{name}` has no row level security: {who}.{useless} Add a migration with `{statement}` \
         and policies for those who need the table."
    );
    let path = &project.migrations[table.created.file];
    let finding = cx.report_in(path, Region::from(table.created.range()), message);
    finding.severity(severity).evidence(name.to_string());
    if let Some(off) = &table.switched_off {
        let region = Region::from(off.range());
        finding.related_in(&project.migrations[off.file], region, "switched off here");
    }
    if let Some(end) = table.statement_end {
        let fix = Fix::shown("Enable row level security where the table is created");
        finding.fix(fix.replace_in(path, Region::empty(end), format!("\n{statement}")));
    }
    true
}

/// The name as SQL wants it.
fn quoted(name: &Name) -> String {
    let part = |text: &str| {
        let plain = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
    };
    format!("{}.{}", part(&name.schema), part(&name.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_sql_needs_it() {
        let name = |name: &str| Name { schema: "public".to_owned(), name: name.to_owned() };
        assert_eq!(quoted(&name("user_2")), "public.user_2");
        assert_eq!(quoted(&name("User \"x\"")), "public.\"User \"\"x\"\"\"");
    }
}
