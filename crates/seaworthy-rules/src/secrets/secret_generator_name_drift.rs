//! `secret-generator-name-drift`

use std::collections::{BTreeMap, HashMap, HashSet};

use seaworthy_analysis::joined::{
    Reader, ShellKind, ShellText, Sink, Sinks, Standing, Write, is_name, writes,
};
use seaworthy_analysis::names::{SecretKind, secret_kind};
use seaworthy_analysis::values::ValueClass;
use seaworthy_analysis::{Check, Context, Edit, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::generated::Generated;
use crate::environment::drift::{bucket, synonyms};
use crate::environment::named::{named, words};
use crate::environment::production::env_file;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "secret-generator-name-drift",
        group: Group::Secrets,
        summary: "secret is generated under a name that nothing reads",
        help: include_str!("secret_generator_name_drift.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, words),
};

/// The names of one script, the scripts, and the secrets that are needed, of which so
/// many are looked at.
const MOST: usize = 100;

/// How many needed secrets are held against one name.
const MOST_FITTING: usize = 16;

/// A script that generates secrets, and what it writes.
struct Generator<'t> {
    text: &'t ShellText,
    writes: BTreeMap<&'t str, Vec<Write<'t>>>,
}

/// A secret that something needs, and where that is said.
struct Needed<'s> {
    name: &'s str,
    kind: SecretKind,
    artifact: &'s ArtifactPath,
    region: Region,
    /// Whether Compose reads it; else a template lists it.
    by_compose: bool,
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let generators = generators(snapshot);
    if generators.is_empty() {
        return;
    }
    let listed = listed(snapshot);
    let open: HashSet<&str> = generators
        .iter()
        .flat_map(|generator| generator.writes.keys().copied())
        .filter(|name| !listed.contains(name))
        .collect();
    if open.is_empty() {
        return;
    }
    let needed = needed(snapshot);
    let by_words = Needs::new(&needed);
    let names: HashSet<&str> =
        open.into_iter().filter(|name| !by_words.of(name).is_empty()).collect();
    if names.is_empty() {
        return;
    }
    let mut wanted = names.clone();
    wanted.extend(needed.iter().map(|needed| needed.name));
    let paths: HashSet<&ArtifactPath> = generators.iter().map(|it| &it.text.path).collect();
    let counts = |artifact: &seaworthy_analysis::Artifact| !paths.contains(artifact.path());
    let Some(read) = named(snapshot, &wanted, &counts) else { return };
    for generator in &generators {
        let mut taken = HashSet::new();
        if !generator.writes.keys().any(|name| names.contains(name) && !read.contains(name)) {
            continue;
        }
        let spoken = spoken(generator.text);
        for (name, writes) in &generator.writes {
            if !names.contains(name) || read.contains(name) {
                continue;
            }
            // `s|KEY=.*|KEY=…|` sets `APP_KEY`, too.
            let replaces = writes.iter().any(|write| is_sed(generator.text, write));
            let longer = |it: &&str| it.strip_suffix(name).is_some_and(|it| it.ends_with('_'));
            if replaces && listed.iter().chain(needed.iter().map(|it| &it.name)).any(longer) {
                continue;
            }
            let mut fitting = by_words.of(name);
            fitting.retain(|it| it.by_compose || read.contains(it.name));
            fitting.sort_by_key(|it| (!synonyms(name, it.name), !it.by_compose, it.name));
            let needed = fitting
                .into_iter()
                .find(|it| !taken.contains(it.name) && !spoken.contains(it.name));
            let Some(needed) = needed else { continue };
            taken.insert(needed.name);
            report(generator.text, name, writes, needed, cx);
        }
    }
}

/// Whether a name is written in place of what stands in a file.
fn is_sed(text: &ShellText, write: &Write<'_>) -> bool {
    let command = text.script.commands.get(write.command);
    command.and_then(|it| it.invoked()).is_some_and(|invoked| invoked.program == "sed")
}

/// The scripts that generate secrets.
fn generators(snapshot: &Snapshot) -> Vec<Generator<'_>> {
    let texts = snapshot.joined().scripts(snapshot).all().iter().filter(|text| {
        matches!(text.kind, ShellKind::File | ShellKind::Target(_) | ShellKind::Manifest(_))
    });
    texts
        .filter_map(|text| {
            let generated = Generated::read(text)?;
            let mut by_name: BTreeMap<&str, Vec<Write<'_>>> = BTreeMap::new();
            for write in writes(text, &|expansion| generated.makes(expansion)) {
                if write.name.contains('_') && secret_kind(write.name).is_some() {
                    by_name.entry(write.name).or_default().push(write);
                }
            }
            let few = !by_name.is_empty() && by_name.len() <= MOST;
            few.then_some(Generator { text, writes: by_name })
        })
        .take(MOST)
        .collect()
}

/// Everything that templates list, what is commented out included.
fn listed(snapshot: &Snapshot) -> HashSet<&str> {
    let templates = snapshot.joined().env_files().iter().filter(|facts| facts.template);
    let files = templates.filter_map(|facts| env_file(snapshot, &facts.path));
    files
        .flat_map(|env| env.entries().iter().chain(env.commented()))
        .map(|entry| &*entry.key)
        .collect()
}

/// The secrets that Compose reads without a default, and those that templates leave open.
fn needed(snapshot: &Snapshot) -> Vec<Needed<'_>> {
    let joined = snapshot.joined();
    let mut found: Vec<Needed<'_>> = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for used in joined.uses(snapshot) {
        let Reader::Compose { stack, in_image: false } = used.reader else { continue };
        let deployed = joined
            .stacks()
            .get(stack)
            .is_some_and(|stack| Standing::of_stack(stack) < Standing::Test);
        let Some(kind) = secret_kind(&used.name).filter(|_| deployed && !used.has_default) else {
            continue;
        };
        if seen.insert(&used.name) {
            found.push(Needed {
                name: &used.name,
                kind,
                artifact: &used.artifact,
                region: used.region,
                by_compose: true,
            });
        }
    }
    for definition in joined.definitions() {
        let open = matches!(definition.class, ValueClass::Empty | ValueClass::Placeholder);
        let Some(kind) = definition.kind else { continue };
        if open && definition.standing == Standing::Template && seen.insert(&definition.name) {
            found.push(Needed {
                name: &definition.name,
                kind,
                artifact: &definition.artifact,
                region: definition.key_region,
                by_compose: false,
            });
        }
    }
    found
}

/// The needed secrets, as they are looked for.
struct Needs<'n, 's> {
    by_bucket: HashMap<String, Vec<&'n Needed<'s>>>,
    by_kind: HashMap<SecretKind, Vec<&'n Needed<'s>>>,
}

impl<'n, 's> Needs<'n, 's> {
    fn new(needed: &'n [Needed<'s>]) -> Self {
        let mut needs = Self { by_bucket: HashMap::new(), by_kind: HashMap::new() };
        for it in needed {
            needs.by_bucket.entry(bucket(it.name)).or_default().push(it);
            if is_one_of_a_kind(it.kind) {
                needs.by_kind.entry(it.kind).or_default().push(it);
            }
        }
        needs
    }

    /// Those that a generated name may have been meant for: another word for it, or a
    /// key of a kind of which an application has but one.
    fn of(&self, name: &str) -> Vec<&'n Needed<'s>> {
        let alike = self.by_bucket.get(&bucket(name)).into_iter().flatten();
        let alike = alike.take(MOST_FITTING).filter(|it| synonyms(name, it.name));
        let kind = secret_kind(name).and_then(|kind| self.by_kind.get(&kind));
        let mut found: Vec<&Needed<'_>> =
            alike.chain(kind.into_iter().flatten().take(MOST_FITTING)).copied().collect();
        found.retain(|it| it.name != name);
        found.sort_by_key(|it| it.name);
        found.dedup_by_key(|it| it.name);
        found
    }
}

fn is_one_of_a_kind(kind: SecretKind) -> bool {
    matches!(
        kind,
        SecretKind::JwtAccess
            | SecretKind::JwtRefresh
            | SecretKind::Session
            | SecretKind::Csrf
            | SecretKind::Encryption
    )
}

/// The words by which a script does something with a variable, not only tells of it.
fn spoken(text: &ShellText) -> HashSet<&str> {
    let script = &text.script;
    let sinks = Sinks::new(text);
    let mut found: HashSet<&str> = HashSet::new();
    found.extend(writes(text, &|_| true).iter().map(|write| write.name));
    for (index, command) in script.commands.iter().enumerate() {
        found.extend(command.assignments.iter().map(|assignment| assignment.name.as_str()));
        let tells = matches!(command.program(), Some("echo" | "printf" | "cat"))
            && matches!(sinks.of(index, false), Sink::Terminal);
        if tells {
            continue;
        }
        let heredocs = command.redirects.iter().filter_map(|redirect| redirect.heredoc);
        let bodies = heredocs.map(|heredoc| text.slice(script.heredocs[heredoc].body));
        let said = command.words.iter().map(|word| word.text.as_str()).chain(bodies);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        found.extend(said.flat_map(|said| said.split(move |c: char| !is_word(c))));
    }
    found
}

fn report(
    text: &ShellText,
    name: &str,
    writes: &[Write<'_>],
    needed: &Needed<'_>,
    cx: &mut Context<'_>,
) {
    let Some(first) = writes.first() else { return };
    let (verb, label) = match needed.by_compose {
        true => ("reads", "this is what is read"),
        false => ("lists", "this is what has to be filled in"),
    };
    let message = format!(
        "{name} is generated here, and nothing reads a variable of that name; {} {verb} {}, which \
         is not generated. Whoever runs the script believes that it is set. Generate it under the \
         name {}.",
        needed.artifact, needed.name, needed.name,
    );
    let mut edit = Edit::risky(format!("Write it as {}", needed.name));
    for write in writes {
        edit = edit.replace(&text.path, text.place(write.region), needed.name);
    }
    let exact = text.is_exact() && is_name(needed.name);
    let draft = cx.report_in(&text.path, text.place(first.region), message);
    draft.evidence(format!("{name}:{}", needed.name)).related(
        needed.artifact,
        needed.region,
        label,
    );
    if exact {
        draft.fix(edit);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_fix_repo};

    #[test]
    fn flags_what_is_generated_under_a_name_that_nothing_reads() {
        check_files(
            &RULE,
            r#"
//- scripts/generate-secrets.sh
# SESSION_SECRET is what compose calls it
SESSION_KEY=$(openssl rand -hex 32)
JWT=$(openssl rand -hex 32)
cat > .env <<EOF
SESSION_KEY=$SESSION_KEY
^^^^^^^^^^^ [medium] SESSION_KEY is generated here, and nothing reads a variable of that name; docker-compose.yml reads SESSION_SECRET
JWT_SECRET=$JWT
REDIS_PASSWORD=$(openssl rand -hex 16)
EOF
echo "SESSION_KEY becomes SESSION_SECRET"
printf 'SMTP_PASS=%s\n' "$(openssl rand -hex 8)"
        ^^^^^^^^^ [medium] .env.example lists SMTP_PASSWORD, which is not generated
//- docker-compose.yml
services:
  api:
    image: shop/api:1
    environment:
      SESSION_SECRET: ${SESSION_SECRET}
                      ~~~~~~~~~~~~~~~~~ this is what is read
      JWT_SECRET: ${JWT_SECRET}
      CACHE: redis://:${REDIS_PASSWORD}@cache
//- .env.example
SMTP_PASSWORD=
~~~~~~~~~~~~~ this is what has to be filled in
//- src/mail.ts
const password = process.env.SMTP_PASSWORD;
//- README.md
Set SMTP_PASS and SESSION_KEY.
"#,
        );
    }

    #[test]
    fn passes_what_is_read_or_may_be_and_what_is_set_otherwise() {
        let compose = "//- docker-compose.yml\nservices:\n  api:\n    image: shop/api:1\n    \
                       environment:\n      SESSION_SECRET: ${SESSION_SECRET}\n";
        let make = "//- make.sh\necho \"SESSION_KEY=$(openssl rand -hex 32)\" >> .env\n";
        for rest in [
            // The application reads it.
            "//- src/a.ts\nprocess.env.SESSION_KEY\n",
            "//- app/settings.py\nsession_key: str\n",
            "//- src/a.ts\nprocess.env[`SESSION_${name}`]\n",
            // So does another script, or a pipeline.
            "//- b.sh\nuse \"$SESSION_KEY\"\n",
            "//- .env.example\n# SESSION_KEY=\n",
        ] {
            check_files(&RULE, &format!("{compose}{make}{rest}"));
        }
        for more in [
            "echo \"SESSION_SECRET=$(openssl rand -hex 32)\" >> .env\n",
            "echo \"SESSION_SECRET=$1\" >> .env\n",
            "sed -i \"s/SESSION_SECRET=.*/x/\" .env\n",
            "export SESSION_SECRET=\"$SESSION_KEY\"\n",
        ] {
            check_files(&RULE, &format!("{compose}{make}{more}"));
        }
        // What is replaced may be the end of a longer name.
        check_files(
            &RULE,
            &format!(
                "{}//- make.sh\nsed -i \"s|SESSION_KEY=.*|SESSION_KEY=$(openssl rand -hex 32)|\" .env\n",
                compose.replace("SESSION_SECRET", "APP_SESSION_KEY"),
            ),
        );
        // Nothing of the kind is needed.
        check_files(&RULE, make);
        check_files(&RULE, &format!("{}{make}", compose.replace("SESSION", "WEBHOOK")));
        check_files(
            &RULE,
            &format!("{}{make}", compose.replace("{SESSION_SECRET}", "{SESSION_SECRET:-x}")),
        );
        // A template alone does not show that anything reads what it lists.
        check_files(&RULE, &format!("{make}//- .env.example\nSESSION_SECRET=\n"));
    }

    #[test]
    fn the_name_is_mended_where_it_is_written() {
        let compose = "//- docker-compose.yml\nservices:\n  api:\n    image: shop/api:1\n    \
                       environment:\n      SESSION_SECRET: ${SESSION_SECRET}\n";
        check_fix_repo(
            &RULE,
            &format!("{compose}//- make.sh\necho \"SESSION_KEY=$(openssl rand -hex 32)\" > .env\n"),
            &format!(
                "{compose}//- make.sh\necho \"SESSION_SECRET=$(openssl rand -hex 32)\" > .env\n"
            ),
        );
    }
}
