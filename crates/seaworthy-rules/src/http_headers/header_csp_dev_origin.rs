//! `header-csp-dev-origin`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::http::{Csp, Directive, HeaderRule, SourceToken};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-csp-dev-origin",
        group: Group::HttpHeaders,
        summary: "content security policy that trusts a developer's machine",
        help: include_str!("header_csp_dev_origin.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[489, 693],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen = Seen::default();
    for app in cx.joined().header_apps() {
        for rule in app.effective_setters("content-security-policy") {
            if seen.first(rule) {
                policy(cx, rule);
            }
        }
    }
}

fn policy(cx: &mut Context<'_>, rule: &HeaderRule) {
    let csp = Csp::parse(&rule.value.value);
    let local: Vec<Region> = csp.local_sources().map(|source| source.region).collect();
    for directive in csp.directives() {
        for (place, source) in directive.sources.iter().enumerate() {
            if !local.contains(&source.region) {
                continue;
            }
            let at = rule.value.part(source.region);
            let message = format!(
                "`{}` of the policy names this machine, a leftover of development: whatever a \
                 visitor runs there is trusted by the page. Take it out of what is deployed.",
                directive.name
            );
            let exact = at.len() == source.region.len();
            let edit = edit(rule, directive, place).filter(|_| exact);
            let draft = cx.report_in(&rule.artifact, at, message).evidence(source.text.as_str());
            if let Some(edit) = edit {
                draft.fix(edit);
            }
        }
    }
}

/// Takes the word out with the blank before it; without any source left the
/// directive would forbid everything.
fn edit(rule: &HeaderRule, directive: &Directive, place: usize) -> Option<Edit> {
    if directive.sources.len() < 2 {
        return None;
    }
    let source = &directive.sources[place];
    let before = place
        .checked_sub(1)
        .and_then(|before| directive.sources.get(before))
        .map_or(directive.name_region, |before: &SourceToken| before.region);
    let gone = rule.value.part(Region::new(before.end, source.region.end));
    Some(Edit::risky("Take the address out of the policy").remove(&rule.artifact, gone))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_addresses_of_this_machine() {
        check(
            &RULE,
            "nginx.conf",
            "
server {
  listen 443 ssl;
  root /srv;
  add_header Content-Security-Policy \"default-src 'self'; connect-src 'self' http://localhost:4000 ws://127.0.0.1:*\" always;
                                                                             ^^^^^^^^^^^^^^^^^^^^^ [low] `connect-src` of the policy
                                                                                                   ^^^^^^^^^^^^^^^^ [low] names this machine
}
",
        );
        check(
            &RULE,
            "public/_headers",
            "\n/*\n  Content-Security-Policy: default-src 'self' localhost:3000\n                                              ^^^^^^^^^^^^^^ [low] `default-src`\n",
        );
    }

    #[test]
    fn passes_other_hosts_reports_and_development() {
        for value in [
            "default-src 'self'; connect-src https://localhost.example wss://api.example",
            "default-src 'self'; connect-src http://10.0.0.1",
        ] {
            let text = format!("/*\n  Content-Security-Policy: {value}\n");
            check(&RULE, "public/_headers", &text);
            let text = format!("/*\n  Content-Security-Policy-Report-Only: {value} localhost\n");
            check(&RULE, "public/_headers", &text);
        }
        check(
            &RULE,
            "nginx/dev.conf.example",
            "server { listen 80; root /x; add_header Content-Security-Policy \"default-src localhost\"; }",
        );
    }

    #[test]
    fn the_address_is_taken_out() {
        check_fix(
            &RULE,
            "public/_headers",
            "/*\n  Content-Security-Policy: default-src 'self'; connect-src 'self' http://localhost:3000\n",
            "/*\n  Content-Security-Policy: default-src 'self'; connect-src 'self'\n",
        );
    }
}
