//! Connection strings with a password, written into the schema.

use seaworthy_plugin_api::{
    Context, Document, Fix, Precision, Region, Rule, Selector, Severity, values,
};

use crate::connection::{hosts, is_remote, secret};
use crate::schema::Source;

use super::{OWN, SCHEMAS, datasource_of};

pub(crate) static RULE: Rule = Rule {
    id: "literal-datasource-url",
    name: Some("Literal datasource URL"),
    summary: "connection string with a password in the schema",
    help: include_str!("literal_url.md"),
    severity: Severity::High,
    precision: Precision::VeryHigh,
    cwe: &[798, 259],
    tags: &["security", "prisma", "secrets"],
    ..Rule::file(
        &[Selector { globs: SCHEMAS, roles: OWN, needles: &["://"], ..Selector::ANY }],
        check,
    )
};

fn check(file: &Document, cx: &mut Context<'_>) {
    let Some((datasource, text)) = datasource_of(file) else { return };
    for url in &datasource.urls {
        let Source::Literal(range) = &url.source else { continue };
        let literal = &text[range.clone()];
        let Some(password) = secret(literal) else { continue };
        let judged = values::judge("DATABASE_PASSWORD", &literal[password.clone()]);
        // Of the whole string the host also sees a `USER:PASSWORD@HOST`.
        let whole = values::judge("DATABASE_URL", literal);
        if !matches!(judged.value_class.as_str(), "real" | "weak")
            || whole.value_class == "placeholder"
        {
            continue;
        }
        let remote = hosts(literal).iter().any(|host| is_remote(host));
        let (severity, so) = if remote {
            (Severity::High, "whoever reads the repository can log in to the database")
        } else {
            (
                Severity::Low,
                "every deploy uses this database and this password, or changes the file",
            )
        };
        let variable = match url.field {
            "directUrl" => "DIRECT_URL",
            "shadowDatabaseUrl" => "SHADOW_DATABASE_URL",
            _ => "DATABASE_URL",
        };
        let replacement = format!("env(\"{variable}\")");
        let message = format!(
            "`{}` of the datasource holds its password: {so}. Write `{replacement}`, and give the \
             variable to the deploy; replace the password if others have seen the file.",
            url.field
        );
        let start = range.start;
        let region = Region::new(start + password.start, start + password.end);
        cx.report(Region::from(range.clone()), message)
            .severity(severity)
            .evidence(url.field)
            .sensitive(region)
            .fix(
                Fix::risky(format!("Read it from `{variable}`"))
                    .replace(Region::from(url.whole.clone()), replacement),
            );
    }
}
