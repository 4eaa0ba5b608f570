//! `header-csp-unsafe`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::http::{Csp, CspWeakness, HeaderRule, WeaknessKind};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-csp-unsafe",
        group: Group::HttpHeaders,
        summary: "content security policy that lets injected code run",
        help: include_str!("header_csp_unsafe.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[79, 693],
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
    let value = &rule.value.value;
    let csp = Csp::parse(value);
    let weaknesses = csp.weaknesses();
    // A source on this machine is the business of another rule.
    let local: Vec<Region> = csp.local_sources().map(|source| source.region).collect();
    let unrestricted = weaknesses.iter().any(|w| w.kind == WeaknessKind::ScriptUnrestricted);
    let nonces = csp
        .directives()
        .flat_map(|directive| &directive.sources)
        .any(|source| source.text.starts_with("'nonce-") || source.text == "'strict-dynamic'");
    let mut found: Vec<(Region, Severity, String)> = Vec::new();
    for weakness in &weaknesses {
        let CspWeakness { kind, region } = *weakness;
        let whole = region.len() == value.len();
        // A policy about something else than resources lacks every directive
        // for them: one finding says so.
        if local.contains(&region)
            || unrestricted && whole && kind != WeaknessKind::ScriptUnrestricted
        {
            continue;
        }
        let Some((severity, message)) = judged(kind, nonces, whole) else { continue };
        found.push((region, severity, message.to_owned()));
    }
    // Of several faults of one word the worst is enough.
    found.sort_by_key(|(region, severity, _)| (*region, std::cmp::Reverse(*severity)));
    found.dedup_by_key(|(region, ..)| *region);
    for (region, severity, message) in found {
        let evidence: String = region.of(value).chars().take(80).collect();
        cx.report_in(&rule.artifact, rule.value.part(region), format!("{message}."))
            .severity(severity)
            .evidence(evidence);
    }
}

/// How bad a weakness is and what to say about it; `None` for what does no harm
/// by itself.
fn judged(kind: WeaknessKind, nonces: bool, whole: bool) -> Option<(Severity, &'static str)> {
    Some(match kind {
        WeaknessKind::ScriptUnrestricted => (
            Severity::Medium,
            "The policy restricts no scripts: it has neither `script-src` nor `default-src`. \
             Whatever is injected into a page runs",
        ),
        WeaknessKind::UnsafeInline => (
            Severity::Low,
            "`'unsafe-inline'` lets injected scripts and event handlers run, which is what the \
             policy is for. Use nonces or hashes",
        ),
        WeaknessKind::UnsafeEval => (
            Severity::Medium,
            "`'unsafe-eval'` lets text become code, by `eval` and its like. If WebAssembly needs \
             it, `'wasm-unsafe-eval'` is enough",
        ),
        WeaknessKind::AnyHost => (
            Severity::Medium,
            "Scripts may come from any host, also from one that an attacker owns. Name the hosts, \
             or use nonces with `'strict-dynamic'`",
        ),
        WeaknessKind::Data => (
            Severity::Medium,
            "Scripts may come from `data:` addresses, which an injected tag can hold in itself. \
             Remove `data:` from the sources of scripts",
        ),
        WeaknessKind::Blob => (
            Severity::Low,
            "Scripts may come from `blob:` addresses, which code in the page can fill. Allow it in \
             `worker-src` alone if workers need it",
        ),
        WeaknessKind::InsecureActive => (
            Severity::Medium,
            "The policy allows plain HTTP, where anyone on the way can replace what is loaded. \
             Use HTTPS",
        ),
        WeaknessKind::InsecurePassive => (
            Severity::Info,
            "Images or media may come over plain HTTP, where they can be read and replaced. Use \
             HTTPS",
        ),
        WeaknessKind::ObjectUnrestricted => {
            (Severity::Low, "Plugins may be loaded from any host. Add `object-src 'none'`")
        }
        WeaknessKind::BaseUriMissing if nonces => (
            Severity::Low,
            "The policy has no `base-uri`: an injected `<base>` tag sends scripts with a valid \
             nonce to another host. Add `base-uri 'none'`",
        ),
        WeaknessKind::StyleInline => (
            Severity::Info,
            "Inline styles are allowed; injected ones can hide, move and read parts of a page",
        ),
        WeaknessKind::StyleAnyHost if !whole => (
            Severity::Info,
            "Styles may come from any host; injected ones can hide, move and read parts of a page",
        ),
        WeaknessKind::StrictDynamicAlone => (
            Severity::Low,
            "`'strict-dynamic'` without a nonce or hash lets no script run in current browsers, and \
             is ignored by old ones. Add a nonce to the policy and to each script",
        ),
        WeaknessKind::DuplicateDirective => (
            Severity::Low,
            "The directive stands in the policy a second time, and browsers ignore it here. Join \
             the two",
        ),
        WeaknessKind::UnknownDirective => (
            Severity::Low,
            "No browser knows a directive of this name, so it restricts nothing. Check its \
             spelling",
        ),
        WeaknessKind::UnquotedKeyword => (
            Severity::Low,
            "Without single quotes this keyword is the name of a host, and has no effect. Write it \
             in single quotes",
        ),
        WeaknessKind::NoneBesideOthers => {
            (Severity::Low, "`'none'` is ignored beside other sources. Remove one or the other")
        }
        WeaknessKind::Empty => (Severity::Medium, "The policy is empty and restricts nothing"),
        WeaknessKind::BaseUriMissing
        | WeaknessKind::FormActionMissing
        | WeaknessKind::StyleAnyHost => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    /// A file with this policy on a line of its own.
    fn with(value: &str, marks: &[&str]) -> String {
        let marks: String = marks.iter().map(|mark| format!("{mark}\n")).collect();
        format!(
            "\n{{\"headers\": [{{\"source\": \"/(.*)\", \"headers\": [{{\"key\": \
             \"Content-Security-Policy\", \"value\":\n\"{value}\"\n{marks}}}]}}]}}\n"
        )
    }

    #[test]
    fn flags_what_lets_injected_code_run() {
        let cases: [(&str, &[&str]); 10] = [
            (
                "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'",
                &[
                    "                                       ^^^^^^^^^^^^^^^ [low] injected scripts",
                    "                                                       ^^^^^^^^^^^^^ [medium] text become code",
                ],
            ),
            ("default-src *", &["             ^ [medium] any host"]),
            (
                "default-src 'self'; script-src https:",
                &["                                ^^^^^^ [medium] any host"],
            ),
            (
                "default-src 'self'; script-src data:",
                &["                                ^^^^^ [medium] `data:`"],
            ),
            (
                "default-src 'self' 'unsafe-inline'",
                &["                    ^^^^^^^^^^^^^^^ [low] nonces or hashes"],
            ),
            (
                "upgrade-insecure-requests",
                &[" ^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] restricts no scripts"],
            ),
            ("script-src 'self'", &[" ^^^^^^^^^^^^^^^^^ [low] object-src"]),
            (
                "default-src 'self'; style-src 'self' 'unsafe-inline'",
                &["                                      ^^^^^^^^^^^^^^^ [info] Inline styles"],
            ),
            ("default-src self", &["             ^^^^ [low] single quotes"]),
            (
                "default-src 'self'; default-src *",
                &["                     ^^^^^^^^^^^^^ [low] a second time"],
            ),
        ];
        for (value, marks) in cases {
            check(&RULE, "vercel.json", &with(value, marks));
        }
    }

    #[test]
    fn nonces_and_hashes_neutralise_inline_code() {
        for value in [
            "default-src 'self'; script-src 'nonce-abc' 'unsafe-inline'; base-uri 'none'",
            "default-src 'self'; script-src 'sha256-abc=' 'unsafe-inline'",
            "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic' https: 'unsafe-inline'; base-uri 'none'",
            "default-src 'self'; img-src * data: blob:; connect-src https://api.example",
            // A rule of its own speaks about this machine.
            "default-src 'self'; connect-src http://localhost:3000",
        ] {
            check(&RULE, "vercel.json", &with(value, &[]));
        }
    }

    #[test]
    fn nonces_need_a_base() {
        check(
            &RULE,
            "vercel.json",
            &with(
                "default-src 'self'; script-src 'nonce-abc'",
                &[" ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] base-uri"],
            ),
        );
    }

    #[test]
    fn a_policy_that_only_reports_is_not_judged() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [{"source": "/(.*)", "headers": [
                {"key": "Content-Security-Policy-Report-Only", "value": "default-src *"}]}]}"#,
        );
    }
}
