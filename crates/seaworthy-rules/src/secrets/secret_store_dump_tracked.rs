//! `secret-store-dump-tracked`

use seaworthy_analysis::names::{is_public_by_design, secret_kind};
use seaworthy_analysis::roles::{Role, is_env_file_name};
use seaworthy_analysis::values::{ValueClass, ValueContext, Weakness, classify};
use seaworthy_analysis::{Check, Context, GitStanding, NativeRule, TextRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity, split_last};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "secret-store-dump-tracked",
        group: Group::Secrets,
        summary: "export of a secret store or of an environment in a file that git has",
        help: include_str!("secret_store_dump_tracked.md"),
        severity: Severity::Critical,
        precision: Precision::High,
        cwe: &[538, 312],
        ..Rule::DEFAULT
    },
    check: Check::Text(TextRule { paths, check }),
};

/// So many secrets in one file are a list of them.
const MANY: usize = 3;

/// Of these, so many have to be such that nobody could guess them: the values of a
/// guide for a local start are passwords, too.
const REAL: usize = 2;

/// How many secrets are looked for; more do not make it worse.
const ENOUGH: usize = 40;

/// How many other secrets are pointed at.
const SHOWN: usize = 3;

/// Texts and data by their extension, and copies of files.
fn paths(path: &str) -> bool {
    const EXTENSIONS: &[&str] = &[
        "txt", "md", "mdx", "json", "log", "out", "csv", "tsv", "rtf", "html", "bak", "backup",
        "old", "orig", "save", "copy", "dump", "export", "text", "list",
    ];
    let name = split_last(path, b'/').map_or(path, |(_, name)| name);
    match split_last(name, b'.') {
        Some((_, extension)) => {
            EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
                || (!extension.is_empty() && extension.bytes().all(|byte| byte.is_ascii_digit()))
        }
        None => has_word(name, "env") || has_word(name, "secrets") || has_word(name, "vars"),
    }
}

/// Whether a word is in a name, in any case.
fn has_word(name: &str, word: &str) -> bool {
    name.split(['_', '-', '.', ' ']).any(|part| part.eq_ignore_ascii_case(word))
}

/// A secret of a list.
struct Listed<'t> {
    name: &'t str,
    name_region: Region,
    region: Region,
    real: bool,
}

fn check(text: &str, cx: &mut Context<'_>) {
    let wanted = ["SECRET", "Secret", "PASSWORD", "TOKEN", "_KEY", "_PASS"];
    if !wanted.iter().any(|word| text.contains(word)) {
        return;
    }
    let path = cx.path().clone();
    let name = path.file_name();
    if !cx.kind().is_text()
        || is_env_file_name(name).is_some()
        || matches!(cx.role().role, Role::Template | Role::Test | Role::Vendored)
    {
        return;
    }
    let listed = listed(text);
    let real = listed.iter().filter(|secret| secret.real).count();
    // Who names a file so wrote it for that.
    let named = has_word(name, "env") && (has_word(name, "vars") || has_word(name, "dump"));
    let store = listed.iter().any(|secret| secret.name == STORE && secret.real);
    if !(store || (listed.len() >= MANY && real >= REAL) || (named && real > 0)) {
        return;
    }
    let standing = GitStanding::of(cx.snapshot(), path.as_str());
    let (severity, place) = match standing {
        GitStanding::Ignored => return,
        GitStanding::Untracked => (Severity::High, standing.place()),
        GitStanding::Unknown => (Severity::Medium, "lies among the files of the project"),
        GitStanding::Tracked | GitStanding::Staged | GitStanding::Past => {
            (Severity::Critical, standing.place())
        }
    };
    let Some((first, others)) = listed.split_first() else { return };
    let mut names: Vec<&str> = listed.iter().map(|secret| secret.name).take(SHOWN).collect();
    names.dedup();
    let more = match listed.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "A list of secrets {place}: {}{more}. It opens everything that the deployment opens, to \
         whoever can read the repository or its history. Remove the file, ignore it, and change \
         every secret in it.",
        names.join(", ")
    );
    let draft = cx.report(first.name_region, message);
    draft.severity(severity).evidence("list of secrets");
    for secret in &listed {
        draft.sensitive(secret.region);
    }
    for secret in others.iter().take(SHOWN - 1) {
        draft.related(&path, secret.name_region, "another secret of the list");
    }
}

/// The key under which a secret store exports the value.
const STORE: &str = "SecretString";

/// The lines `KEY=VALUE` and `"KEY": "VALUE"` whose values open something.
fn listed(text: &str) -> Vec<Listed<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut named: Option<(&str, Region)> = None;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        if found.len() >= ENOUGH {
            break;
        }
        // A minified object is no list that somebody copied line by line, but a store
        // may have exported it.
        let pairs =
            if line.len() > 2_000 && !line.contains(STORE) { Vec::new() } else { pairs(line) };
        for (key, value) in pairs {
            let region = |part: &str| {
                let from = at + (part.as_ptr() as usize - line.as_ptr() as usize);
                Region::new(from, from + part.len())
            };
            if matches!(key, "name" | "Name" | "key" | "Key") {
                named = is_variable(value).then(|| (value, region(value)));
                continue;
            }
            let (name, name_region) = match (key, named) {
                ("value" | "Value", Some(named)) => named,
                _ => (key, region(key)),
            };
            let Some(real) = judge(name, value) else { continue };
            found.push(Listed { name, name_region, region: region(value), real });
        }
    }
    found
}

/// Whether the value of a variable opens something, and is not to be guessed.
fn judge(name: &str, value: &str) -> Option<bool> {
    if name == STORE {
        let inner = value.replace("\\\"", "\"");
        let opens = |key: &str, value: &str| {
            classify(value, &ValueContext { key, ..ValueContext::default() }).is_secret()
        };
        let object = pairs(&inner)
            .into_iter()
            .any(|(key, value)| secret_kind(key).is_some() && opens(key, value));
        let alone = !inner.contains('{') && opens("SECRET", &inner);
        return (object || alone).then_some(true);
    }
    let url = value.contains("://");
    if !is_variable(name) || is_public_by_design(name) || (secret_kind(name).is_none() && !url) {
        return None;
    }
    match classify(value, &ValueContext { key: name, ..ValueContext::default() }) {
        // Too short for a generated key is long enough for a password.
        ValueClass::Real | ValueClass::Weak(Weakness::Short) => Some(true),
        ValueClass::Weak(_) => Some(false),
        _ => None,
    }
}

/// `DATABASE_URL`: capitals, as variables of the environment are written.
fn is_variable(name: &str) -> bool {
    name.len() >= 4
        && name.as_bytes()[0].is_ascii_uppercase()
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// The pairs of a line: one `KEY=VALUE`, or those of JSON.
fn pairs(line: &str) -> Vec<(&str, &str)> {
    let body = line.trim();
    let mark = |c: char| matches!(c, '-' | '*' | '>' | '`' | ' ' | '\t' | '#');
    let plain = body.trim_start_matches(mark);
    let plain =
        plain.strip_prefix("export ").or_else(|| plain.strip_prefix("set ")).unwrap_or(plain);
    if let Some((key, value)) = plain.split_once('=')
        && is_variable(key.trim_end())
    {
        let value = value.trim().trim_end_matches('`').trim();
        let value = value.trim_matches(['"', '\'']);
        return vec![(key.trim_end(), value)];
    }
    let mut found = Vec::new();
    let mut rest = body;
    while let Some((key, after)) = quoted(rest) {
        rest = after;
        let Some(value) = after.trim_start().strip_prefix(':').map(str::trim_start) else {
            continue;
        };
        if let Some((value, after)) = value.starts_with('"').then(|| quoted(value)).flatten() {
            found.push((key, value));
            rest = after;
        }
        if found.len() >= ENOUGH {
            break;
        }
    }
    found
}

/// The next text in double quotes, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let start = text.find('"')? + 1;
    let bytes = text.as_bytes();
    let mut at = start;
    while *bytes.get(at)? != b'"' {
        at += 1 + usize::from(bytes[at] == b'\\');
    }
    Some((text.get(start..at)?, &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_repo};

    #[test]
    fn flags_lists_of_secrets_of_any_name() {
        check_repo(
            &RULE,
            "
//- COPY-PASTE-VERCEL.txt
# paste into the dashboard
NODE_ENV=production
DATABASE_URL=postgres://app:vR7kQ2mX9wL4zTb8@db.harbour-lights.io/app
^^^^^^^^^^^^ [critical] A list of secrets is in a file that git tracks: DATABASE_URL, JWT_SECRET, SMTP_PASSWORD and 1 more
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
~~~~~~~~~~ another secret
SMTP_PASSWORD=4vUCsMehGAkWvj7F
ADMIN_PASSWORD=admin123
//- notes/x.txt.backup.1762258167253
export JWT_SECRET='q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f'
       ^^^^^^^^^^ [critical] A list of secrets
- `SMTP_PASSWORD=4vUCsMehGAkWvj7F`
STRIPE_WEBHOOK_SECRET=REDACTED
SESSION_SECRET=k3Jd82nFq0ZxLw7VtB5mYc1Rs9Pe6HgU
//- env.json
{
  \"JWT_SECRET\": \"q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\",
   ^^^^^^^^^^ [critical] A list of secrets
  \"SMTP_PASSWORD\": \"4vUCsMehGAkWvj7F\",
  \"DB_PASSWORD\": \"vR7kQ2mX9wL4zTb8nYc3\"
}
//- task.json
[{ \"name\": \"JWT_SECRET\", \"value\": \"q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\" },
            ^^^^^^^^^^ [critical] JWT_SECRET, SMTP_PASSWORD, DB_PASSWORD
 { \"name\": \"SMTP_PASSWORD\", \"value\": \"4vUCsMehGAkWvj7F\" },
 { \"name\": \"DB_PASSWORD\", \"value\": \"vR7kQ2mX9wL4zTb8nYc3\" }]
//- export/prod-db.json
{ \"Name\": \"prod/db\", \"SecretString\": \"{\\\"username\\\":\\\"app\\\",\\\"password\\\":\\\"vR7kQ2mX9wL4zTb8\\\"}\" }
                      ^^^^^^^^^^^^ [critical] A list of secrets is in a file that git tracks: SecretString
//- WEB_ENV_VARS_PROD.txt
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
^^^^^^^^^^ [critical] A list of secrets
//- later.txt untracked
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
^^^^^^^^^^ [high] the next `git add .` would take
SMTP_PASSWORD=4vUCsMehGAkWvj7F
DB_PASSWORD=vR7kQ2mX9wL4zTb8nYc3
",
        );
    }

    #[test]
    fn passes_templates_guides_and_lists_of_names() {
        check_repo(
            &RULE,
            "
//- docs/setup.md
JWT_SECRET=your-secret-here
DB_PASSWORD=postgres
REDIS_PASSWORD=redis
SESSION_SECRET=<generate>
STRIPE_SECRET_KEY=sk_live_...
//- ENV_VARS.txt
JWT_SECRET
DB_PASSWORD=
SMTP_PASSWORD=REDACTED
//- env.example.txt
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
SMTP_PASSWORD=4vUCsMehGAkWvj7F
DB_PASSWORD=vR7kQ2mX9wL4zTb8nYc3
//- tests/data/vars.txt
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
SMTP_PASSWORD=4vUCsMehGAkWvj7F
DB_PASSWORD=vR7kQ2mX9wL4zTb8nYc3
//- .env.production
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
SMTP_PASSWORD=4vUCsMehGAkWvj7F
DB_PASSWORD=vR7kQ2mX9wL4zTb8nYc3
//- two.txt
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
SMTP_PASSWORD=${SMTP_PASSWORD}
DB_PASSWORD=vR7kQ2mX9wL4zTb8nYc3
//- schema.json
{ \"SecretString\": \"{{resolve:secretsmanager:db}}\", \"SECRET\": { \"type\": \"string\" } }
//- messages.json
{ \"PASSWORD\": \"Password\", \"TOKEN\": \"Token is missing\", \"SECRET\": \"The secret\" }
//- .gitignore
dump.txt
//- dump.txt untracked
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
SMTP_PASSWORD=4vUCsMehGAkWvj7F
DB_PASSWORD=vR7kQ2mX9wL4zTb8nYc3
",
        );
    }

    #[test]
    fn without_git_it_is_milder() {
        check(
            &RULE,
            "vars.txt",
            "
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
^^^^^^^^^^ [medium] lies among the files
SMTP_PASSWORD=4vUCsMehGAkWvj7F
DB_PASSWORD=vR7kQ2mX9wL4zTb8nYc3
",
        );
    }
}
