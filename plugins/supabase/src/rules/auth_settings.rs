//! Settings of `supabase/config.toml` that weaken the sign-in of a hosted project.

use seaworthy_plugin_api::{
    Context, Document, Fix, NodeKind, Precision, Region, Rule, Selector, Severity, repo,
};

use crate::auth::{Setting, faults};

use super::OWN;

pub(crate) static RULE: Rule = Rule {
    id: "unsafe-auth-settings",
    summary: "setting that weakens the sign-in of a hosted project",
    help: include_str!("auth_settings.md"),
    severity: Severity::Medium,
    precision: Precision::High,
    cwe: &[287, 521],
    tags: &["security", "supabase", "authentication"],
    ..Rule::repository(&[Selector { globs: &["**/supabase/config.toml"], ..Selector::ANY }], check)
};

fn check(cx: &mut Context<'_>) {
    for path in repo::find("**/supabase/config.toml") {
        let Some(document) = repo::open(&path) else { continue };
        if OWN.contains(&document.role().as_str()) {
            report(cx, &path, &document);
        }
    }
}

fn report(cx: &mut Context<'_>, path: &str, document: &Document) {
    let settings = settings(document);
    for fault in faults(&settings, pushes_configuration()) {
        let setting = &settings[fault.setting];
        let region = Region::from(setting.range.clone());
        let message = format!(
            "`{}` is unsafe in a hosted project: {}. It is judged as one because {}.",
            public_path(&setting.path),
            fault.why,
            fault.evidence
        );
        let finding = cx.report_in(path, region, message);
        finding.severity(fault.severity).evidence(public_path(&setting.path));
        if fault.secret {
            finding.sensitive(region);
        }
        if let Some(instead) = fault.instead {
            let fix = Fix::risky(format!("Write `{instead}`"));
            finding.fix(fix.replace_in(path, region, instead));
        }
    }
}

/// The path without the number of a telephone.
fn public_path(path: &str) -> String {
    match path.split_once("auth.sms.test_otp.") {
        Some((before, _)) => format!("{before}auth.sms.test_otp"),
        None => path.to_owned(),
    }
}

/// The scalars of the file that matter.
fn settings(document: &Document) -> Vec<Setting> {
    let nodes = document.tree().unwrap_or_default();
    nodes
        .into_iter()
        .filter(|node| !matches!(node.kind, NodeKind::Mapping | NodeKind::Sequence))
        .filter(|node| node.path.starts_with("auth.") || node.path.starts_with("remotes."))
        .map(|node| Setting {
            path: node.path,
            value: node.value.unwrap_or_default(),
            range: node.content_region.range(),
        })
        .collect()
}

/// Whether something that runs sends the file to a hosted project.
fn pushes_configuration() -> bool {
    repo::containing("supabase config push").iter().any(|path| {
        repo::open(path).is_some_and(|document| {
            OWN.contains(&document.role().as_str())
                && document.text().lines().any(|line| {
                    line.contains("supabase config push")
                        && !line.trim_start().starts_with(['#', '*'])
                        && !line.trim_start().starts_with("//")
                })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_telephones_are_not_told() {
        assert_eq!(public_path("remotes.a.auth.sms.test_otp.415"), "remotes.a.auth.sms.test_otp");
        assert_eq!(public_path("auth.jwt_expiry"), "auth.jwt_expiry");
    }
}
