//! Policies that let anybody write.

use seaworthy_plugin_api::{Context, Precision, Region, Rule, Severity};

use crate::schema::{Policy, Reach};

use super::MAX_FINDINGS;
use super::project::{Project, projects};
use super::row_level_security::MIGRATIONS;

pub(crate) static RULE: Rule = Rule {
    id: "policy-open-for-writing",
    summary: "policy that lets anybody write without a condition",
    help: include_str!("open_policy.md"),
    severity: Severity::High,
    precision: Precision::High,
    cwe: &[863, 284],
    tags: &["security", "supabase", "database"],
    ..Rule::repository(MIGRATIONS, check)
};

fn check(cx: &mut Context<'_>) {
    let mut left = MAX_FINDINGS;
    for project in projects() {
        for policy in &project.database.policies {
            if left > 0 && is_effective(&project, policy) && report(cx, &project, policy) {
                left -= 1;
            }
        }
    }
}

/// Whether the policy decides about anything that the API offers. Of a table
/// without row level security another rule speaks.
fn is_effective(project: &Project, policy: &Policy) -> bool {
    let schema = &policy.table.schema;
    (schema == "storage" || project.exposed.contains(schema))
        && project
            .database
            .tables
            .get(&policy.table)
            .is_none_or(|table| table.secured && table.access.widest() != Reach::Revoked)
}

fn report(cx: &mut Context<'_>, project: &Project, policy: &Policy) -> bool {
    let (Some(role), Some(opening)) = (policy.open_role(), policy.opening()) else {
        return false;
    };
    let who = match role {
        "authenticated" => "every user who is signed in",
        _ => "everyone, signed in or not,",
    };
    let (severity, advice) = if opening.existing_rows {
        (Severity::High, "Compare the row with the user, as in `(select auth.uid()) = user_id`")
    } else {
        (
            Severity::Medium,
            "Compare the new row with the user, or, if strangers are meant to send it, as in a \
             contact form, limit it in a function",
        )
    };
    let message = format!(
        "Policy `{}` lets {who} {} of `{}`: its condition is always true. {advice}; what only \
         your server writes needs no policy, for its key bypasses them.",
        policy.name, opening.deed, policy.table
    );
    cx.report_in(
        &project.migrations[opening.place.file],
        Region::from(opening.place.range()),
        message,
    )
    .severity(severity)
    .evidence(format!("{} {}", policy.table, policy.name));
    true
}
