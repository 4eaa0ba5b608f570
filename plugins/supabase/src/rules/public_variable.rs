//! Code that wants the secret key from a variable which browsers get.

use seaworthy_plugin_api::{Context, Document, Precision, Region, Rule, Selector, Severity};

use crate::client::reads;

pub(crate) static RULE: Rule = Rule {
    id: "public-service-role-variable",
    summary: "code that reads the service role key from a public variable",
    help: include_str!("public_variable.md"),
    severity: Severity::High,
    precision: Precision::High,
    cwe: &[200, 522],
    tags: &["security", "supabase", "secrets"],
    ..Rule::file(
        &[Selector {
            globs: &["*.{ts,tsx,js,jsx,mjs,cjs,mts,vue,svelte,astro}"],
            roles: &["source", "deployable"],
            needles: &["SERVICE_ROLE", "SERVICE_KEY", "SECRET_KEY"],
            ..Selector::ANY
        }],
        check,
    )
};

fn check(file: &Document, cx: &mut Context<'_>) {
    for read in reads(&file.text()) {
        let message = format!(
            "`{}` is a public variable: {} puts its value into what it sends to browsers. Whoever \
             sets it as the code asks publishes the key that bypasses row level security. Read it \
             from a variable without the prefix, on a server only.",
            read.name, read.framework
        );
        cx.report(Region::from(read.range), message).evidence(read.name);
    }
}
