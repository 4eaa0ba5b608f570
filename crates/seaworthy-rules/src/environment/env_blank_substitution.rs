//! `env-blank-substitution`

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seaworthy_analysis::joined::Stack;
use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::roles::{Environment, Role};
use seaworthy_analysis::{Check, Context, Edit, NativeRule, Snapshot};
use seaworthy_formats::compose::VariableUse;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::EnvFile;

use super::deployment::Mentions;
use super::production::env_file;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-blank-substitution",
        group: Group::Environment,
        summary: "unset secret becomes an empty string in Compose",
        help: include_str!("env_blank_substitution.md"),
        severity: Severity::High,
        precision: Precision::Medium,
        cwe: &[1188, 258],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let stacks: Vec<&Stack> =
        snapshot.joined().stacks().iter().filter(|stack| stack.may_be_production()).collect();
    if stacks.is_empty() {
        return;
    }
    let mentions = Mentions::read(snapshot);
    let mut reported = BTreeSet::new();
    let known = Known::read(snapshot);
    // Production first, so that its severity counts for a file of two stacks.
    let (production, other): (Vec<&Stack>, Vec<&Stack>) =
        stacks.into_iter().partition(|stack| stack.is_production());
    for stack in production.into_iter().chain(other) {
        let directory = stack.primary_file().parent();
        for (name, uses) in secrets(stack) {
            if uses.guarded || known.supplies(directory, &name) || mentions.variable(&name) {
                continue;
            }
            let Some(first) = uses.places.first() else { continue };
            if !reported.insert((first.0.clone(), name.clone())) {
                continue;
            }
            let documented = known.documents(directory, &name, stack.is_production());
            let severity = match (stack.is_production(), documented) {
                (true, false) => Severity::High,
                (false, false) => Severity::Medium,
                (_, true) => Severity::Low,
            };
            report(&name, &uses.places, documented, severity, cx);
        }
    }
}

fn report(
    name: &str,
    places: &[Place],
    documented: bool,
    severity: Severity,
    cx: &mut Context<'_>,
) {
    let (artifact, region) = &places[0];
    let snapshot = cx.snapshot();
    let text = snapshot.artifact(artifact.as_str()).and_then(|artifact| snapshot.text(artifact));
    let braced = text
        .and_then(|text| text.get(region.range()))
        .is_some_and(|reference| reference.starts_with("${") && reference.ends_with('}'));
    let supplier = if documented {
        "A template lists it, but whoever forgets to fill it in"
    } else {
        "Nothing in the repository supplies it, and whoever forgets to set it"
    };
    let draft = cx.report_in(
        artifact,
        *region,
        format!(
            "{name} silently becomes an empty string when it is not set. {supplier} starts the \
             stack with an empty secret. Write ${{{name}:?{name} is required}}."
        ),
    );
    draft.severity(severity).evidence(name);
    for (artifact, region) in places.iter().skip(1).take(8) {
        draft.related(artifact, *region, "used here, too");
    }
    let edit = Edit::risky("Let Compose refuse to start without it");
    draft.fix(if braced {
        edit.insert(artifact, region.end - 1, format!(":?{name} is required"))
    } else {
        edit.replace(artifact, *region, format!("${{{name}:?{name} is required}}"))
    });
}

/// The file and the bytes of a whole reference.
type Place = (ArtifactPath, Region);

#[derive(Default)]
struct Uses {
    /// Uses that leave nothing behind when the variable is unset.
    places: Vec<Place>,
    /// Whether another use makes Compose refuse to start, or there is a
    /// default, so that the author had the case in mind.
    guarded: bool,
}

/// The variables of the services whose names promise secrets.
fn secrets(stack: &Stack) -> BTreeMap<String, Uses> {
    let mut found: BTreeMap<String, Uses> = BTreeMap::new();
    let Some(services) = stack.project().raw().get("services") else { return found };
    services.walk(&mut |path, text| {
        if !text.raw().contains('$') {
            return;
        }
        let key = path.last().map_or("", |key| key.raw());
        for VariableUse { name, region, operator, .. } in text.variables() {
            // `PASSWORD: ${DB_PW}`: either name may tell.
            let alone = matches!(text.raw().trim().len() - name.len(), 1 | 3);
            if secret_kind(&name).is_none() && !(alone && secret_kind(key).is_some()) {
                continue;
            }
            let uses = found.entry(name).or_default();
            match (operator, region) {
                (None, Some(region)) => {
                    let artifact = text.origin().artifact.clone();
                    uses.places.push((artifact, region));
                }
                (None, None) => {}
                (Some(_), _) => uses.guarded = true,
            }
        }
    });
    found
}

/// What env files and templates give.
#[derive(Default)]
struct Known<'s> {
    supplied: HashMap<&'s str, HashSet<&'s str>>,
    documented: HashMap<&'s str, HashSet<&'s str>>,
    /// What templates list that stand in places for env files: `env/api.env.example`.
    documented_for_all: HashSet<&'s str>,
    /// What templates of production list.
    for_production: HashMap<&'s str, HashSet<&'s str>>,
}

impl<'s> Known<'s> {
    fn read(snapshot: &'s Snapshot) -> Self {
        let mut known = Self::default();
        for facts in snapshot.joined().env_files() {
            // What tests or development use supplies nothing here.
            if !(facts.template || facts.role.role == Role::Deployable) {
                continue;
            }
            let entries = env_file(snapshot, &facts.path).map_or(&[][..], EnvFile::entries);
            let names = entries.iter().filter(|entry| entry.has_value).map(|entry| &*entry.key);
            let directory = facts.path.parent();
            if facts.template && facts.role.environment == Environment::Production {
                known.for_production.entry(directory).or_default().extend(names.clone());
            }
            if !facts.template {
                known.supplied.entry(directory).or_default().extend(names);
            } else if facts.path.as_str().split('/').any(|part| part.starts_with("env")) {
                known.documented_for_all.extend(names);
            } else {
                known.documented.entry(directory).or_default().extend(names);
            }
        }
        known
    }

    /// Whether an env file in the directory or above it gives the variable.
    fn supplies(&self, directory: &str, name: &str) -> bool {
        upwards(directory).any(|at| self.supplied.get(at).is_some_and(|it| it.contains(name)))
    }

    /// Whether a template in the directory, above it or for all lists the variable. Whoever
    /// sets production up fills in its own template, if there is one.
    fn documents(&self, directory: &str, name: &str, production: bool) -> bool {
        if let Some(names) = self.for_production.get(directory).filter(|_| production) {
            return names.contains(name);
        }
        self.documented_for_all.contains(name)
            || upwards(directory)
                .any(|at| self.documented.get(at).is_some_and(|it| it.contains(name)))
    }
}

/// A directory and those that it lies in, up to the root.
fn upwards(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |at| match at.rsplit_once('/') {
        Some((above, _)) => Some(above),
        None if at.is_empty() => None,
        None => Some(""),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_fix_repo};

    #[test]
    fn flags_a_secret_that_nothing_supplies() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      JWT_SECRET: ${JWT_SECRET}
                  ^^^^^^^^^^^^^ [high] JWT_SECRET silently becomes an empty string
      DATABASE_URL: postgres://app:$DB_PASSWORD@db/app
                                   ^^^^^^^^^^^^ [high] Nothing in the repository supplies it
      SMTP_PASSWORD: ${MAIL_PW}
                     ^^^^^^^^^^ MAIL_PW silently
  cache:
    image: redis:7
    command: redis-server --requirepass ${JWT_SECRET}
                                        ~~~~~~~~~~~~~ used here, too
//- .env.test
DB_PASSWORD=test
//- .github/workflows/test.yml
env:
  JWT_SECRET: only-for-tests
",
        );
    }

    #[test]
    fn a_template_that_lists_it_makes_it_low() {
        check_files(
            &RULE,
            "
//- compose.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      - JWT_SECRET=${JWT_SECRET}
                   ^^^^^^^^^^^^^ [low] A template lists it
      - API_KEY=${API_KEY}
                ^^^^^^^^^^ [medium] API_KEY
//- .env.example
JWT_SECRET=
",
        );
    }

    #[test]
    fn production_is_filled_in_from_its_own_template() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      - A_SECRET=${A_SECRET}
                 ^^^^^^^^^^^ [low] A template lists it
      - B_SECRET=${B_SECRET}
                 ^^^^^^^^^^^ [high] B_SECRET
//- .env.example
A_SECRET=
B_SECRET=
//- .env.production.example
A_SECRET=
",
        );
    }

    #[test]
    fn passes_what_is_required_defaulted_or_supplied() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      A_SECRET: ${A_SECRET:?A_SECRET is required}
      B_SECRET: ${B_SECRET?}
      C_SECRET: ${C_SECRET:-}
      D_SECRET: ${D_SECRET}
      E_SECRET: ${E_SECRET}
      F_SECRET: ${F_SECRET}
      G_SECRET: ${G_SECRET}
      H_SECRET: $${H_SECRET}
      PORT: ${PORT}
      I_SECRET:
  cron:
    image: shop/api:1.2.3
    environment:
      D_SECRET: ${D_SECRET:?}
//- .env
E_SECRET=x
//- .env.production
F_SECRET=x
//- .github/workflows/deploy.yml
jobs:
  deploy:
    steps:
      - run: docker compose up -d
        env:
          G_SECRET: ${{ secrets.G_SECRET }}
",
        );
    }

    #[test]
    fn development_stacks_pass() {
        let stack =
            "services:\n  a:\n    image: a/b:1\n    environment:\n      A_SECRET: ${A_SECRET}\n";
        for path in ["docker-compose.dev.yml", "compose.test.yml", "compose.example.yml"] {
            check_files(&RULE, &format!("//- {path}\n{stack}"));
        }
    }

    #[test]
    fn the_fix_lets_compose_refuse() {
        check_fix_repo(
            &RULE,
            "
//- compose.prod.yml
services:
  a:
    image: a/b:1
    environment:
      A_SECRET: ${A_SECRET}
      B_SECRET: $B_SECRET
",
            "
//- compose.prod.yml
services:
  a:
    image: a/b:1
    environment:
      A_SECRET: ${A_SECRET:?A_SECRET is required}
      B_SECRET: ${B_SECRET:?B_SECRET is required}
",
        );
    }
}
