//! `header-deprecated`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::http::{HeaderRule, deprecated};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::{NodeRef, Tree, json};

use super::json_edit::{without_entry, without_item};
use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "header-deprecated",
        group: Group::HttpHeaders,
        summary: "header that browsers no longer heed",
        help: include_str!("header_deprecated.md"),
        severity: Severity::Info,
        precision: Precision::VeryHigh,
        cwe: &[477],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen = Seen::default();
    for app in cx.joined().header_apps() {
        let artifact = cx.snapshot().artifact(app.artifact.as_str());
        let tree = json::parse(artifact.and_then(|file| cx.snapshot().text(file)).unwrap_or(""));
        for rule in &app.rules {
            let Some(known) = deprecated(&rule.name.value, &rule.value.value) else { continue };
            // The old filter has a rule of its own.
            if known.name == "X-XSS-Protection" || !seen.first(rule) {
                continue;
            }
            // Two former names of a policy look like protection and give none.
            let replaced_by = match known.name {
                "Feature-Policy" => Some("permissions-policy"),
                "X-Content-Security-Policy" | "X-WebKit-CSP" => Some("content-security-policy"),
                _ => None,
            };
            let alone = replaced_by.is_some_and(|name| app.setters(name).next().is_none());
            let severity = if alone { Severity::Low } else { Severity::Info };
            let edit = if alone { None } else { edit(&tree, rule, known.name) };
            let message = format!("`{}` is out of use. {}.", known.name, sentence(known.advice));
            let draft = cx
                .report_in(&rule.artifact, rule.name.region, message)
                .severity(severity)
                .evidence(known.name.to_ascii_lowercase());
            if let Some(edit) = edit {
                draft.fix(edit);
            }
        }
    }
}

/// Removes what no browser reads.
fn edit(tree: &Tree, rule: &HeaderRule, name: &str) -> Option<Edit> {
    // Old caches between here and the browser may still read it.
    if name == "Pragma" {
        return None;
    }
    if !tree.errors().is_empty() {
        return None;
    }
    let region = removal(tree.root(), rule.name.region)?;
    Some(Edit::safe(format!("Remove `{name}`")).remove(&rule.artifact, region))
}

/// The bytes of the header whose name is written at `name`.
fn removal(root: NodeRef<'_>, name: Region) -> Option<Region> {
    let holds = |node: &NodeRef<'_>| node.region().contains(name);
    let listed = root.get("headers").and_then(|list| list.items().find(holds));
    if let Some(list) = listed.and_then(|rule| rule.get("headers")) {
        return without_item(list, name);
    }
    let route = root.get("routes").and_then(|list| list.items().find(holds))?;
    without_entry(route.get("headers")?, name)
}

/// A clause as the start of a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_headers_out_of_use() {
        check(
            &RULE,
            "vercel.json",
            r#"
{"headers": [{"source": "/(.*)", "headers": [
  {"key": "X-XSS-Protection", "value": "1; mode=block"},
  {"key": "expect-ct", "value": "max-age=0"},
           ^^^^^^^^^ [info] `Expect-CT` is out of use
  {"key": "Feature-Policy", "value": "camera 'none'"},
           ^^^^^^^^^^^^^^ [low] Use Permissions-Policy
  {"key": "X-WebKit-CSP", "value": "default-src 'self'"},
           ^^^^^^^^^^^^ [info] Content-Security-Policy
  {"key": "Content-Security-Policy", "value": "default-src 'self'"}
]}]}
"#,
        );
    }

    #[test]
    fn passes_what_is_in_use() {
        check(
            &RULE,
            "vercel.json",
            r#"{"headers": [{"source": "/(.*)", "headers": [
                {"key": "X-XSS-Protection", "value": "0"}, {"key": "X-Frame-Options", "value": "DENY"}]}]}"#,
        );
    }

    #[test]
    fn what_no_browser_reads_is_removed() {
        check_fix(
            &RULE,
            "vercel.json",
            r#"
{
  "headers": [
    {
      "source": "/(.*)",
      "headers": [
        { "key": "Vary", "value": "Origin" },
        { "key": "Expect-CT", "value": "max-age=0" }
      ]
    }
  ]
}
"#,
            r#"
{
  "headers": [
    {
      "source": "/(.*)",
      "headers": [
        { "key": "Vary", "value": "Origin" }
      ]
    }
  ]
}
"#,
        );
        check_fix(
            &RULE,
            "vercel.json",
            r#"{"routes": [{"src": "/.*", "headers": {"P3P": "x", "Vary": "Origin"}, "continue": true}]}"#,
            r#"{"routes": [{"src": "/.*", "headers": {"Vary": "Origin"}, "continue": true}]}"#,
        );
    }
}
