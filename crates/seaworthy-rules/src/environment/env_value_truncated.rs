//! `env-value-truncated`

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::values::{is_password_hash, parse_url};
use seaworthy_analysis::{Check, Context, Edit, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::{EnvEntry, EnvErrorKind, EnvFile, Loader, Quote};

use super::loaders::{Values, called};
use super::production::{counting, is_fixture};
use super::quoting::{Dollars, Loss, loss, quoted, quoted_block};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-value-truncated",
        group: Group::Environment,
        summary: "value that its loader cuts or empties",
        help: include_str!("env_value_truncated.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1188, 521],
        ..Rule::DEFAULT
    },
    check: Check::Env(check),
};

fn check(env: &EnvFile, cx: &mut Context<'_>) {
    let Some(facts) = cx.joined().env_file(cx.path().as_str()) else { return };
    if facts.template || facts.encrypted || is_fixture(cx) {
        return;
    }
    blocks(env, &facts.readers, cx);
    if facts.readers.is_empty() {
        return;
    }
    let text = cx.text();
    // Without dollars only `#` and quotes can cut.
    let plain = Values::load(&text.replace('$', "_"), &facts.readers);
    let expanded = Values::load(text, &facts.readers);
    let joined = cx.joined();
    let is_known = |name: &str| {
        !joined.definitions_of(name).is_empty()
            || matches!(name, "HOME" | "USER" | "PATH" | "PWD" | "HOSTNAME" | "TMPDIR" | "SHELL")
    };
    // Beside another program's, Compose's reading counts for what it is asked.
    let asked = if facts.readers.len() > 1 { asked_of_compose(cx) } else { None };
    let concerns = |loader: Loader, entry: &EnvEntry| {
        loader != Loader::Compose || asked.as_ref().is_none_or(|names| names.contains(&*entry.key))
    };
    for entry in counting(env).into_iter().filter(|entry| entry.has_value) {
        if entry.value.is_empty() || has_error(env, entry) {
            continue;
        }
        let dollars = Dollars::read(&entry.value, &is_known);
        let found = plain
            .of(entry)
            .filter(|(loader, _)| concerns(*loader, entry))
            .find_map(|(loader, value)| Some((loader, loss(entry, value?)?)))
            .or_else(|| {
                expanded
                    .of(entry)
                    .filter(|(loader, _)| concerns(*loader, entry))
                    .find(|(loader, value)| value.is_some_and(|v| dollars.are_lost(*loader, v)))
                    .map(|(loader, value)| {
                        (loader, Loss::Dollar { emptied: value.is_some_and(String::is_empty) })
                    })
            });
        if let Some((loader, loss)) = found {
            report(entry, loader, &loss, &dollars, &facts.readers, cx);
        }
    }
}

/// What stacks take from env files to interpolate; `None` of a file that a service is
/// started with as a whole.
#[derive(Default)]
struct Asked(OnceLock<HashMap<ArtifactPath, Option<BTreeSet<String>>>>);

impl Asked {
    fn read(snapshot: &Snapshot) -> HashMap<ArtifactPath, Option<BTreeSet<String>>> {
        let mut asked = HashMap::new();
        for stack in snapshot.joined().stacks() {
            for entry in stack.project().services.iter().flat_map(|service| &service.env_file) {
                if let Some(path) = stack.env_file(entry) {
                    asked.insert(path, None);
                }
            }
            let Some(path) = stack.dotenv() else { continue };
            let Some(names) =
                asked.entry(path.clone()).or_insert_with(|| Some(BTreeSet::new())).as_mut()
            else {
                continue;
            };
            stack.project().raw().walk(&mut |_, text| {
                if text.raw().contains('$') {
                    names.extend(text.variables().into_iter().map(|used| used.name));
                }
            });
        }
        asked
    }
}

/// The variables that stacks take from this file to interpolate; `None` where
/// a service is started with the whole file.
fn asked_of_compose(cx: &Context<'_>) -> Option<BTreeSet<String>> {
    let kept = cx.snapshot().kept::<Asked>();
    let asked = kept.0.get_or_init(|| Asked::read(cx.snapshot()));
    asked.get(cx.path()).cloned().unwrap_or_else(|| Some(BTreeSet::new()))
}

fn report(
    entry: &EnvEntry,
    loader: Loader,
    loss: &Loss,
    dollars: &Dollars<'_>,
    readers: &[Loader],
    cx: &mut Context<'_>,
) {
    let text = cx.text();
    let key = &entry.key;
    let loader = called(loader);
    let (verb, why) = match loss {
        Loss::Hash { emptied, .. } => {
            (verb(*emptied), "takes the # for the beginning of a comment")
        }
        Loss::Dollar { emptied } => {
            (verb(*emptied), "takes the $ for the beginning of a variable that does not exist")
        }
        Loss::Rest => ("cuts", "ends the value before the end of what is written"),
    };
    let severity = if matches!(loss, Loss::Hash { harmless: true, .. }) {
        Severity::Low
    } else if is_secret(entry) {
        Severity::High
    } else if cx.role().role == Role::Test {
        Severity::Low
    } else {
        Severity::Medium
    };
    let fix = quoted(text, entry, dollars, readers);
    let advice = if fix.is_some() { "Quote it" } else { "Use a value without that character" };
    let path = cx.path().clone();
    let draft = cx.report(
        entry.value_region,
        format!(
            "{loader} {verb} the value of {key}: it {why}. What the program gets is not what is \
             written here. {advice}."
        ),
    );
    draft.severity(severity).sensitive(entry.value_region).evidence(&**key);
    if let Some(insertions) = fix {
        let title = format!("Quote the value so that {loader} keeps it");
        let edit = insertions
            .into_iter()
            .fold(Edit::safe(title), |edit, (at, text)| edit.insert(&path, at, text));
        draft.fix(edit);
    }
}

const fn verb(emptied: bool) -> &'static str {
    if emptied { "empties" } else { "cuts" }
}

fn is_secret(entry: &EnvEntry) -> bool {
    secret_kind(&entry.key).is_some()
        || is_password_hash(&entry.value)
        || parse_url(&entry.value).is_some_and(|url| url.password.is_some())
}

/// Whether the value is broken in a way that `env-syntax-invalid` tells.
fn has_error(env: &EnvFile, entry: &EnvEntry) -> bool {
    let first = env.errors().partition_point(|error| error.region.start < entry.region.start);
    env.errors()[first..].iter().take_while(|error| error.region.start <= entry.region.end).any(
        |error| {
            matches!(error.kind, EnvErrorKind::UnterminatedQuote | EnvErrorKind::TextAfterQuote)
        },
    ) || entry.value.starts_with("-----BEGIN ") && entry.quote == Quote::None
}

/// Keys in PEM that go on over several lines without quotes: every loader gets
/// the first line at best.
fn blocks(env: &EnvFile, readers: &[Loader], cx: &mut Context<'_>) {
    let errors = env.errors().iter().filter(|e| e.kind == EnvErrorKind::UnquotedMultiline);
    for error in errors {
        let index = env.entries().partition_point(|e| e.region.start < error.region.start);
        let Some(entry) = index.checked_sub(1).map(|index| &env.entries()[index]) else { continue };
        let block = Region::new(entry.raw_region.start, error.region.end);
        let refuses = readers.contains(&Loader::Compose);
        let more = if refuses {
            "Docker Compose refuses the whole file over it."
        } else {
            "Loaders keep its first line alone, or refuse the file."
        };
        let private = entry.value.contains("PRIVATE") || secret_kind(&entry.key).is_some();
        let fix = quoted_block(cx.text(), entry, block, readers);
        let path = cx.path().clone();
        let draft = cx.report(
            entry.value_region,
            format!(
                "{} goes on over several lines without quotes. {more} Put the key in double quotes.",
                entry.key
            ),
        );
        draft
            .severity(if private { Severity::High } else { Severity::Medium })
            .sensitive(block)
            .evidence(&*entry.key);
        if fix {
            draft.fix(
                Edit::safe("Put the key in double quotes")
                    .insert(&path, block.start, "\"")
                    .insert(&path, block.end, "\""),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_fix_repo};

    #[test]
    fn dotenv_cuts_at_a_hash() {
        check_files(
            &RULE,
            "
//- package.json
{ \"dependencies\": { \"dotenv\": \"16.0.0\" } }
//- .env
DB_PASSWORD=Vt7#kQ29xLmZ
            ^^^^^^^^^^^^ [high] dotenv cuts the value of DB_PASSWORD: it takes the #
COLOR=#fff
      ^^^^ [medium] dotenv empties the value of COLOR
PORT=3000#web
     ^^^^^^^^ [low] PORT
SITE=https://shop.io/#/login
     ^^^^^^^^^^^^^^^^^^^^^^^ [medium] SITE
QUOTED='Vt7#kQ29xLmZ'
HASH='$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
MONEY=pa$word
",
        );
    }

    #[test]
    fn next_and_compose_expand_dollars() {
        check_files(
            &RULE,
            "
//- package.json
{ \"dependencies\": { \"next\": \"16.0.0\" } }
//- .env.production
ADMIN_HASH='$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] Next.js empties the value of ADMIN_HASH
DB_PASSWORD=\"Vt7$kQ29xLmZ\"
             ^^^^^^^^^^^^ [high] Next.js cuts the value of DB_PASSWORD: it takes the $
SAFE=Vt7\\$kQ29xLmZ
BASE=https://shop.io
API=$BASE/api
FULL=${BASE}/x
PLATFORM=https://$VERCEL_URL/x
//- stack/compose.yml
services:
  a:
    image: a/b
//- stack/.env
DB_PASSWORD=Vt7$kQ29xLmZ
            ^^^^^^^^^^^^ [high] Docker Compose cuts the value of DB_PASSWORD
OTHER='Vt7$kQ29xLmZ'
ESCAPED=Vt7$$kQ29xLmZ
KEPT=x#y
HASH=$2b$10$1
",
        );
    }

    #[test]
    fn compose_beside_another_program_counts_for_what_it_interpolates() {
        check_files(
            &RULE,
            "
//- package.json
{ \"dependencies\": { \"dotenv\": \"16.0.0\" } }
//- compose.yml
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD}
//- .env
DB_PASSWORD=Vt7$kQ29xLmZ
            ^^^^^^^^^^^^ [high] Docker Compose cuts the value of DB_PASSWORD
API_PASSWORD=Vt7$kQ29xLmZ
",
        );
    }

    #[test]
    fn a_key_in_pem_needs_quotes() {
        check_files(
            &RULE,
            "
//- .env
SIGNING_KEY=-----BEGIN PRIVATE KEY-----
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] goes on over several lines without quotes
bm90IGEga2V5IGF0IGFsbA==
-----END PRIVATE KEY-----
OTHER=\"-----BEGIN PRIVATE KEY-----
bm90IGEga2V5IGF0IGFsbA==
-----END PRIVATE KEY-----\"
THIRD=\"-----BEGIN PRIVATE KEY-----\\nbm90IGE=\\n-----END PRIVATE KEY-----\"
",
        );
    }

    #[test]
    fn passes_templates_and_files_of_unknown_loaders() {
        check_files(
            &RULE,
            "
//- package.json
{ \"dependencies\": { \"next\": \"16.0.0\" } }
//- .env.example
A=x#y
B=pa$word
//- go/go.mod
module x
//- go/.env
A=x#y
B=pa$word
",
        );
    }

    #[test]
    fn the_fix_quotes_as_the_loader_wants() {
        check_fix_repo(
            &RULE,
            "
//- package.json
{ \"dependencies\": { \"next\": \"16.0.0\" } }
//- .env
A=x#y # note
B=it's#1
C=Vt7$kQ29x
D='$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
K=-----BEGIN PRIVATE KEY-----
bm90IGEga2V5
-----END PRIVATE KEY-----
//- stack/compose.yml
services:
  a:
    image: a/b
//- stack/.env
A=Vt7$kQ29x
",
            "
//- package.json
{ \"dependencies\": { \"next\": \"16.0.0\" } }
//- .env
A='x#y' # note
B=\"it's#1\"
C='Vt7\\$kQ29x'
D='\\$2b\\$10\\$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
K=\"-----BEGIN PRIVATE KEY-----
bm90IGEga2V5
-----END PRIVATE KEY-----\"
//- stack/compose.yml
services:
  a:
    image: a/b
//- stack/.env
A='Vt7$kQ29x'
",
        );
    }
}
