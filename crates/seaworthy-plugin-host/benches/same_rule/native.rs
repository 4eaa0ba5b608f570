//! `prisma/literal-datasource-url` as a rule of the house.

#[expect(dead_code, reason = "another rule of the plugin uses the rest")]
#[cfg_attr(test, expect(unused_imports, reason = "its tests are run with the plugin"))]
#[path = "../../../../plugins/prisma/src/connection.rs"]
mod connection;
#[cfg_attr(test, expect(unused_imports, reason = "its tests are run with the plugin"))]
#[path = "../../../../plugins/prisma/src/schema.rs"]
mod schema;

use seaworthy_analysis::roles::Role;
use seaworthy_analysis::values::{ValueClass, ValueContext, classify};
use seaworthy_analysis::{Check, Context, Edit, NativeRule, TextRule};
use seaworthy_model::{Precision, Region, Rule, Severity};

use connection::{hosts, is_remote, secret};
use schema::{Source, config_datasource, datasource};

pub(super) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: super::RULE,
        summary: "connection string with a password in the schema",
        help: "Flags connection strings.",
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[798, 259],
        ..Rule::DEFAULT
    },
    check: Check::Text(TextRule { paths: is_schema, check }),
};

fn is_schema(path: &str) -> bool {
    const ENDS: [&str; 6] = ["ts", "mts", "js", "mjs", "cjs", "cts"];
    path.ends_with(".prisma")
        || path
            .rsplit('/')
            .next()
            .and_then(|name| name.strip_prefix("prisma.config."))
            .is_some_and(|end| ENDS.contains(&end))
}

fn check(text: &str, cx: &mut Context<'_>) {
    if memchr::memmem::find(text.as_bytes(), b"://").is_none()
        || !matches!(cx.role().role, Role::Deployable | Role::Source)
    {
        return;
    }
    let found = match cx.path().as_str().ends_with(".prisma") {
        true => datasource(text),
        false => config_datasource(text),
    };
    for url in found.map(|found| found.urls).unwrap_or_default() {
        let Source::Literal(range) = url.source else { continue };
        let literal = &text[range.clone()];
        let Some(password) = secret(literal) else { continue };
        let project: Vec<&str> = cx.joined().project_names().iter().map(String::as_str).collect();
        let judged = |key: &str, value: &str| {
            classify(value, &ValueContext { key, user: None, project: &project })
        };
        let class = judged("DATABASE_PASSWORD", &literal[password.clone()]);
        if !matches!(class, ValueClass::Real | ValueClass::Weak(_))
            || judged("DATABASE_URL", literal) == ValueClass::Placeholder
        {
            continue;
        }
        let (severity, so) = if hosts(literal).iter().any(|host| is_remote(host)) {
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
        let fix = Edit::risky(format!("Read it from `{variable}`")).replace(
            cx.path(),
            Region::from(url.whole),
            replacement,
        );
        cx.report(Region::from(range), message)
            .severity(severity)
            .evidence(url.field)
            .sensitive(Region::new(start + password.start, start + password.end))
            .fix(fix);
    }
}
