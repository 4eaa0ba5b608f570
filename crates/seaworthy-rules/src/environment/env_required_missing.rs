//! `env-required-missing`

use std::collections::{BTreeMap, BTreeSet, HashMap};

use seaworthy_analysis::joined::{EnvFileFacts, Stack};
use seaworthy_analysis::names::{secret_kind, split_words};
use seaworthy_analysis::roles::{Environment, Role, template_target};
use seaworthy_analysis::values::{ValueClass, ValueContext, classify, parse_url};
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_formats::compose::Operator;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::{EnvEntry, EnvFile};

use super::deployment::Mentions;
use super::production::{counting, env_file, is_production};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-required-missing",
        group: Group::Environment,
        summary: "required variable without a value in production",
        help: include_str!("env_required_missing.md"),
        severity: Severity::High,
        precision: Precision::Medium,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// How far above an entry, in bytes, a comment still speaks of it.
const MAX_BLOCK: usize = 2_000;

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    // Files of one environment in one directory are loaded together.
    let mut supplied = BTreeMap::new();
    let templates = templates(snapshot);
    for facts in snapshot.joined().env_files().iter().filter(|facts| is_production(facts)) {
        let Some(env) = env_file(snapshot, &facts.path) else { continue };
        if !holds_values(env) || is_filled_at_runtime(env, text(snapshot, &facts.path)) {
            continue;
        }
        if let Some((template, exact)) = template_of(&templates, &facts.path) {
            let supplied = supplied
                .entry((facts.path.parent(), facts.role.environment))
                .or_insert_with(|| supplied_beside(snapshot, facts));
            against_template(facts, env, template, exact, supplied, cx);
        }
    }
    let stacks = snapshot.joined().stacks().iter().filter(|stack| stack.may_be_production());
    let mut mentions = None;
    let mut seen = BTreeSet::new();
    for stack in stacks {
        against_stack(stack, &mut mentions, &mut seen, cx);
    }
}

fn text<'s>(snapshot: &'s Snapshot, path: &ArtifactPath) -> &'s str {
    snapshot.artifact(path.as_str()).and_then(|artifact| snapshot.text(artifact)).unwrap_or("")
}

/// Whether the secrets of the environment are kept in this file, as far as it
/// shows. One without any, tracked and for public values, gets them elsewhere.
fn holds_values(env: &EnvFile) -> bool {
    env.entries().iter().any(|entry| {
        let context = ValueContext { key: &entry.key, user: None, project: &[] };
        let class = classify(&entry.value, &context);
        (secret_kind(&entry.key).is_some() && !class.is_harmless())
            || parse_url(&entry.value).is_some_and(|url| url.password.is_some())
    })
}

/// Whether the file says that its values come from elsewhere.
fn is_filled_at_runtime(env: &EnvFile, text: &str) -> bool {
    env.comments().iter().take(20).any(|comment| {
        let lower = comment.of(text).to_ascii_lowercase();
        [
            "runtime",
            "run time",
            "injected",
            "platform",
            "dashboard",
            "secret manager",
            "secrets manager",
            "provided by",
            "set in ci",
            "vault",
            "intentionally",
        ]
        .iter()
        .any(|words| lower.contains(words))
    })
}

/// The template of each path that one is copied to.
fn templates(snapshot: &Snapshot) -> HashMap<String, &EnvFileFacts> {
    let mut templates = HashMap::new();
    for facts in snapshot.joined().env_files().iter().filter(|facts| facts.template) {
        if let Some(target) = template_target(facts.path.as_str()) {
            templates.entry(target).or_insert(facts);
        }
    }
    templates
}

/// The template of a production file: its own, or else the general one beside
/// it.
fn template_of<'s>(
    templates: &HashMap<String, &'s EnvFileFacts>,
    path: &ArtifactPath,
) -> Option<(&'s EnvFileFacts, bool)> {
    let general = ArtifactPath::resolve(path.parent(), ".env")?;
    let own = templates.get(path.as_str()).map(|facts| (*facts, true));
    own.or_else(|| templates.get(general.as_str()).map(|facts| (*facts, false)))
}

fn against_template(
    facts: &EnvFileFacts,
    env: &EnvFile,
    template: &EnvFileFacts,
    exact: bool,
    supplied: &BTreeSet<&str>,
    cx: &mut Context<'_>,
) {
    let snapshot = cx.snapshot();
    let Some(wanted) = env_file(snapshot, &template.path) else { return };
    let template_text = text(snapshot, &template.path);
    let required: Vec<&EnvEntry> = counting(wanted)
        .into_iter()
        .filter(|entry| is_required(entry, exact) && !is_optional(wanted, entry, template_text))
        .collect();
    let missing: Vec<&EnvEntry> =
        required.iter().copied().filter(|entry| !supplied.contains(&*entry.key)).collect();
    // A general template is for every environment. A file with few of its
    // variables is not where production keeps them.
    if !exact && missing.len() * 2 > required.len() {
        return;
    }
    let staging = facts.role.environment == Environment::Staging;
    let blanks: HashMap<&str, Region> =
        env.entries().iter().map(|entry| (&*entry.key, entry.key_region)).collect();
    for entry in missing {
        let key = &entry.key;
        let blank = blanks.get(&**key).copied();
        let what = if blank.is_some() { "is empty in" } else { "is missing from" };
        let region = blank.unwrap_or(Region::empty(0));
        let severity = if exact && !staging && secret_kind(key).is_some() {
            Severity::High
        } else {
            Severity::Medium
        };
        cx.report_in(
            &facts.path,
            region,
            format!(
                "{key} {what} {}, though {} asks for it. The program stops, or goes on with an \
                 empty value; set it, or mark it as optional in the template.",
                facts.path, template.path,
            ),
        )
        .severity(severity)
        .evidence(&**key)
        .related(&template.path, entry.key_region, "asked for here");
    }
}

/// Whether the template's value is to be replaced: a placeholder, or anything
/// but nothing under a secret's name. An empty one may stay empty.
fn is_required(entry: &EnvEntry, exact: bool) -> bool {
    if !entry.has_value {
        return false;
    }
    let context = ValueContext { key: &entry.key, user: None, project: &[] };
    let class = classify(&entry.value, &context);
    let secret = secret_kind(&entry.key).is_some();
    let development = split_words(&entry.key).iter().any(|word| {
        matches!(
            word.as_str(),
            "dev" | "development" | "test" | "testing" | "seed" | "local" | "e2e" | "staging"
        )
    });
    let to_fill = class == ValueClass::Placeholder || (secret && class.is_secret());
    to_fill && !development && !is_refresh_secret(&entry.key) && (exact || secret)
}

/// The secret of refresh tokens, of which `jwt-refresh-secret-missing` speaks.
fn is_refresh_secret(name: &str) -> bool {
    secret_kind(name).is_some() && split_words(name).iter().any(|word| word == "refresh")
}

/// Whether a comment behind the entry or right above it calls it optional.
fn is_optional(env: &EnvFile, entry: &EnvEntry, text: &str) -> bool {
    let says = |region: Region| {
        let lower = region.of(text).to_ascii_lowercase();
        ["optional", "if you", "only if", "only when", "leave empty", "leave blank", "not needed"]
            .iter()
            .any(|words| lower.contains(words))
    };
    if entry.inline_comment.is_some_and(says) {
        return true;
    }
    // A heading counts for the block below it, up to an empty line.
    let mut start = entry.region.start;
    let before = env.comments().partition_point(|comment| comment.start < entry.region.start);
    for comment in env.comments()[..before].iter().rev().take(40) {
        if start - comment.end > MAX_BLOCK {
            return false;
        }
        if text[comment.end..start].contains("\n\n")
            || text[comment.end..start].contains("\r\n\r\n")
        {
            return false;
        }
        if says(*comment) {
            return true;
        }
        start = comment.start;
    }
    false
}

/// The variables that have a value in the file or in those loaded with it.
fn supplied_beside<'s>(snapshot: &'s Snapshot, facts: &EnvFileFacts) -> BTreeSet<&'s str> {
    let directory = facts.path.parent();
    let mut names = BTreeSet::new();
    for other in snapshot.joined().env_files_in(directory) {
        let environment = other.role.environment;
        let together = environment == facts.role.environment
            || matches!(environment, Environment::Unspecified | Environment::Local);
        if other.template || !together {
            continue;
        }
        let entries = env_file(snapshot, &other.path).map_or(&[][..], EnvFile::entries);
        names.extend(entries.iter().filter(|e| !e.value.trim().is_empty()).map(|e| &*e.key));
    }
    names
}

/// A required variable of a stack: where it is asked for, and whether empty
/// will do.
struct Demand {
    artifact: ArtifactPath,
    region: Region,
    accepts_empty: bool,
}

fn against_stack(
    stack: &Stack,
    mentions: &mut Option<Mentions>,
    seen: &mut BTreeSet<(ArtifactPath, Region)>,
    cx: &mut Context<'_>,
) {
    let snapshot = cx.snapshot();
    let demands = demands(stack);
    if demands.is_empty() {
        return;
    }
    let directory = stack.primary_file().parent();
    let production: Vec<&EnvFileFacts> =
        snapshot.joined().env_files_in(directory).filter(|facts| is_production(facts)).collect();
    // A developer's own file says nothing of a server's.
    let is_own = |path: &&ArtifactPath| {
        snapshot.joined().env_file(path.as_str()).is_some_and(|f| f.role.role == Role::Development)
    };
    let plain = stack.dotenv().filter(|path| !is_own(path));
    // The file that Compose is given: the one for production, else its own.
    let Some(file) = production
        .iter()
        .map(|facts| &facts.path)
        .find(|path| is_given(snapshot, path, &demands))
        .or_else(|| {
            plain.filter(|path| production.is_empty() && is_given(snapshot, path, &demands))
        })
    else {
        return;
    };
    let paths = production.iter().map(|facts| &facts.path).chain(plain);
    // Whether a variable that is set has a value.
    let mut set: HashMap<&str, bool> = HashMap::new();
    for env in paths.filter_map(|path| env_file(snapshot, path)) {
        for entry in counting(env) {
            *set.entry(&entry.key).or_default() |= !entry.value.is_empty();
        }
    }
    let severity = if production.is_empty() { Severity::Medium } else { Severity::High };
    for (name, demand) in demands {
        let is_supplied =
            set.get(name.as_str()).is_some_and(|filled| *filled || demand.accepts_empty);
        if is_supplied
            || mentions.get_or_insert_with(|| Mentions::read(snapshot)).variable(&name)
            || !seen.insert((demand.artifact.clone(), demand.region))
        {
            continue;
        }
        cx.report_in(
            &demand.artifact,
            demand.region,
            format!(
                "{name} is required here, but {file} does not set it. Compose refuses to start the \
                 stack; set the variable."
            ),
        )
        .severity(severity)
        .evidence(name);
    }
}

/// Whether the stack is given this file: it sets one of its variables.
fn is_given(snapshot: &Snapshot, path: &ArtifactPath, demands: &BTreeMap<String, Demand>) -> bool {
    env_file(snapshot, path).is_some_and(|env| {
        env.entries()
            .iter()
            .any(|entry| !entry.value.is_empty() && demands.contains_key(&*entry.key))
            || holds_values(env)
    })
}

/// The variables that the stack requires by `?` or `:?`.
fn demands(stack: &Stack) -> BTreeMap<String, Demand> {
    let mut found: BTreeMap<String, Demand> = BTreeMap::new();
    stack.project().raw().walk(&mut |_, text| {
        if !text.raw().contains('?') {
            return;
        }
        for used in text.variables() {
            let Some(operator) = used.operator.filter(|operator| operator.is_required()) else {
                continue;
            };
            let accepts_empty = operator == Operator::RequiredIfUnset;
            let demand = found.entry(used.name).or_insert_with(|| Demand {
                artifact: text.origin().artifact.clone(),
                region: used.region.unwrap_or(text.region()),
                accepts_empty,
            });
            demand.accepts_empty &= accepts_empty;
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_what_the_own_template_asks_for() {
        check_files(
            &RULE,
            "
//- .env.production.example
JWT_SECRET=change-me
~~~~~~~~~~ asked for here
DATABASE_URL=postgres://user:password@host:5432/app
SITE_NAME=your-site-name
SMTP_PASSWORD=
# optional
SENTRY_TOKEN=your-token
PORT=3000

STRIPE_SECRET_KEY=your-key
//- .env.production
STRIPE_SECRET_KEY=
^ [high] JWT_SECRET is missing from .env.production
^ [medium] SITE_NAME is missing
^^^^^^^^^^^^^^^^^ [high] STRIPE_SECRET_KEY is empty in .env.production
DATABASE_URL=postgres://app:Vt7kQ29xLmZ4pR8w@db:5432/app
",
        );
    }

    #[test]
    fn a_general_template_asks_for_secrets_alone() {
        check_files(
            &RULE,
            "
//- .env.example
JWT_SECRET=change-me
API_KEY=your-key
SESSION_SECRET=change-me
SITE_NAME=your-site-name
//- .env.production
API_KEY=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
^ [medium] JWT_SECRET is missing from .env.production, though .env.example asks for it
SESSION_SECRET=w7rLk2mPb5sYd9eHc3uGa6fq8Zt4nV0x
",
        );
    }

    #[test]
    fn files_that_are_filled_elsewhere_pass() {
        let template = "//- .env.example\nJWT_SECRET=change-me\nAPI_KEY=your-key\n";
        for file in [
            // Blank on purpose.
            "JWT_SECRET=\nAPI_KEY=\n",
            "# Values are injected at runtime.\nJWT_SECRET=\nAPI_KEY=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n",
            "NEXT_PUBLIC_SITE_URL=https://shop.io\n",
        ] {
            check_files(&RULE, &format!("{template}//- .env.production\n{file}"));
        }
        check_files(
            &RULE,
            &format!(
                "{template}//- .env\nJWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n//- \
                 .env.production\nAPI_KEY=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n"
            ),
        );
    }

    #[test]
    fn flags_what_a_stack_requires() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      JWT_SECRET: ${JWT_SECRET:?JWT_SECRET is required}
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] but .env.production does not set it
      DB_PASSWORD: ${DB_PASSWORD:?}
      EMPTY: ${EMPTY?}
      NEEDED: ${NEEDED:?}
              ^^^^^^^^^^^ [high] NEEDED is required here
//- .env.production
DB_PASSWORD=Vt7kQ29xLmZ4pR8w
EMPTY=
NEEDED=
",
        );
    }

    #[test]
    fn a_stack_without_its_file_passes() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      JWT_SECRET: ${JWT_SECRET:?JWT_SECRET is required}
//- .env.example
JWT_SECRET=
//- .env.production
NEXT_PUBLIC_SITE_URL=https://shop.io
",
        );
    }
}
