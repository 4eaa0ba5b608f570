//! Production databases that are reached without TLS.

use seaworthy_plugin_api::{
    Context, Definition, Fix, Precision, Region, Rule, Selector, Severity, repo,
};

use crate::connection::{Fault, fault};
use crate::schema::Source;

use super::{MAX_FINDINGS, SCHEMAS, datasources};

pub(crate) static RULE: Rule = Rule {
    id: "production-database-without-tls",
    name: Some("Production database without TLS"),
    summary: "production database that Prisma reaches without insisting on TLS",
    help: include_str!("tls.md"),
    severity: Severity::Medium,
    precision: Precision::High,
    cwe: &[319, 295],
    tags: &["security", "prisma", "transport"],
    ..Rule::repository(&[Selector { globs: SCHEMAS, ..Selector::ANY }], check)
};

fn check(cx: &mut Context<'_>) {
    let mut seen: Vec<(String, Region)> = Vec::new();
    for (schema, datasource, text) in datasources() {
        for url in &datasource.urls {
            let Source::Variable(name) = &url.source else { continue };
            for definition in repo::definitions(Some(&text[name.clone()])) {
                let place = (definition.path.clone(), definition.value_region);
                if seen.len() >= MAX_FINDINGS || seen.contains(&place) {
                    continue;
                }
                if let Some(fault) = judge(&definition, datasource.provider.as_deref()) {
                    seen.push(place);
                    report(cx, &definition, &fault, &schema, Region::from(name.clone()));
                }
            }
        }
    }
}

/// What is wrong with a value of production.
fn judge(definition: &Definition, provider: Option<&str>) -> Option<Fault> {
    let known = definition.standing == "production"
        && !definition.overridden
        && matches!(definition.written.as_str(), "literal" | "default")
        && definition.judgement.value_class != "placeholder";
    fault(provider, definition.value.as_deref().filter(|_| known)?)
}

fn report(
    cx: &mut Context<'_>,
    definition: &Definition,
    fault: &Fault,
    schema: &str,
    used: Region,
) {
    let message = format!(
        "The connection of `{}` {}. {}, so that nobody on the way reads the password and the data.",
        definition.name, fault.what, fault.advice
    );
    let start = definition.value_region.start;
    let value = definition.value.as_deref().unwrap_or("");
    let exact = repo::open(&definition.path)
        .and_then(|document| document.slice(definition.value_region))
        .is_some_and(|written| written == value);
    let finding = cx.report_in(&definition.path, definition.value_region, message);
    finding.severity(fault.severity).evidence(definition.name.clone()).related_in(
        schema,
        used,
        "the datasource that uses it",
    );
    match crate::connection::secret(value) {
        Some(secret) if exact => {
            finding.sensitive(Region::from(secret).offset(start));
        }
        Some(_) => {
            finding.sensitive(definition.value_region);
        }
        None => {}
    }
    if exact {
        let (range, text) = &fault.edit;
        let region = Region::from(range.clone()).offset(start);
        finding.fix(Fix::risky(fault.advice).replace_in(&definition.path, region, text.clone()));
    }
}
