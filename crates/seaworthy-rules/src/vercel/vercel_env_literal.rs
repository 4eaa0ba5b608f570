//! `vercel-env-literal`

use seaworthy_analysis::names::{is_public_by_design, secret_kind};
use seaworthy_analysis::values::{
    ValueClass, ValueContext, VendorToken, classify, parse_url, vendor_token,
};
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::vercel::{Pair, VercelConfig};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::{Tree, json};

use super::is_deployed;
use crate::http_headers::json_edit::without_entry;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "vercel-env-literal",
        group: Group::Vercel,
        summary: "secret written into vercel.json",
        help: include_str!("vercel_env_literal.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[798, 312],
        ..Rule::DEFAULT
    },
    check: Check::Vercel(check),
};

fn check(config: &VercelConfig, cx: &mut Context<'_>) {
    if !is_deployed(cx) {
        return;
    }
    let tree = json::parse(cx.text());
    let lists = [("env", &config.env), ("build.env", &config.build_env)];
    for (list, variables) in lists {
        for variable in variables {
            judge(cx, &tree, list, variable);
        }
    }
}

fn judge(cx: &mut Context<'_>, tree: &Tree, list: &str, variable: &Pair) {
    let (key, value) = (variable.key.value.as_str(), variable.value.value.as_str());
    if is_secret_reference(value) || is_public_by_design(key) {
        return;
    }
    let project: Vec<&str> = cx.snapshot().project_names().iter().map(String::as_str).collect();
    let class = classify(value, &ValueContext { key, user: None, project: &project });
    // A name that promises no secret needs a value that shows one.
    let shown = secret_kind(key).is_some()
        || vendor_token(value) == Some(VendorToken::Real)
        || parse_url(value).is_some_and(|url| url.password.is_some());
    if !shown {
        return;
    }
    let (severity, message) = match class {
        ValueClass::Empty | ValueClass::Inert | ValueClass::Reference | ValueClass::TestKey => {
            return;
        }
        ValueClass::Placeholder if secret_kind(key).is_none() => return,
        ValueClass::Placeholder => (
            Severity::Medium,
            format!(
                "{key} is a placeholder, and `{list}` deploys it as it stands: anyone who knows \
                 the example knows the secret. Set the variable in the project's settings and \
                 remove it here."
            ),
        ),
        ValueClass::Weak(why) => (
            Severity::High,
            format!(
                "{key} stands in `{list}` in clear text, and it {}. Everyone with the repository \
                 has it; replace it, and set the variable in the project's settings.",
                why.reason()
            ),
        ),
        ValueClass::Real => (
            Severity::High,
            format!(
                "{key} stands in `{list}` in clear text. Everyone with the repository has it, and \
                 its history keeps it; replace the secret, and set the variable in the project's \
                 settings."
            ),
        ),
    };
    let entry = entry_region(tree, list, variable.key.region);
    let path = cx.path();
    let draft = cx
        .report(variable.value.region, message)
        .severity(severity)
        .sensitive(variable.value.region)
        .evidence(format!("{list}:{key}"));
    if let Some(entry) = entry {
        draft.fix(
            Edit::shown("Remove the variable here once the project's settings have it")
                .remove(path, entry),
        );
    }
}

/// `@name`: a secret that Vercel keeps.
fn is_secret_reference(value: &str) -> bool {
    value.strip_prefix('@').is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.')
            })
    })
}

fn entry_region(tree: &Tree, list: &str, key: Region) -> Option<Region> {
    let path: Vec<&str> = list.split('.').collect();
    without_entry(tree.root().at(&path)?, key)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_secrets_in_either_list() {
        check(
            &RULE,
            "vercel.json",
            r#"
{
  "env": {
    "JWT_SECRET": "q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f",
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] `env` in clear text
    "DATABASE_URL": "postgres://app:Vx7kQ2mZ9tLw@db.internal/app",
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] DATABASE_URL
    "SESSION_SECRET": "your-session-secret"
                       ^^^^^^^^^^^^^^^^^^^ [medium] is a placeholder
  },
  "build": { "env": {
    "ADMIN_PASSWORD": "admin123"
                       ^^^^^^^^ [high] `build.env` in clear text, and it
  } }
}
"#,
        );
    }

    #[test]
    fn passes_references_settings_and_public_keys() {
        check(
            &RULE,
            "vercel.json",
            r#"{
  "env": {
    "JWT_SECRET": "@jwt-secret",
    "DATABASE_URL": "@database_url",
    "NODE_ENV": "production",
    "API_URL": "https://api.example.com",
    "NEXT_PUBLIC_SUPABASE_ANON_KEY": "q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f",
    "LOG_LEVEL": "info",
    "SECRET_NAME": "",
    "PORT": 3000,
    "BUILD_REVISION": "q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f"
  },
  "build": { "env": { "NODE_OPTIONS": "--max-old-space-size=4096" } }
}"#,
        );
    }

    #[test]
    fn an_example_is_no_deployment() {
        let text = r#"{"env": {"JWT_SECRET": "q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f"}}"#;
        check(&RULE, "examples/basic/vercel.json", text);
    }
}
