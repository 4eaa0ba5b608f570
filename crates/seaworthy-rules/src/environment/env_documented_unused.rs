//! `env-documented-unused`

use std::collections::{BTreeMap, HashSet};

use seaworthy_analysis::joined::EnvFileFacts;
use seaworthy_analysis::names::{
    is_origin_list_name, is_password_rounds_name, is_security_switch, split_words,
};
use seaworthy_analysis::roles::{Role, file_role, is_env_file_name, template_target};
use seaworthy_analysis::{Artifact, Check, Context, Edit, NativeRule, Snapshot, DocumentKind};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::EnvEntry;

use super::implicit::{is_of_laravel, may_be_implicit};
use super::named::{is_exact, is_program, may_read, named, named_in};
use super::production::env_file;
use super::templates::is_below;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-documented-unused",
        group: Group::Environment,
        summary: "variable of a template that nothing reads",
        help: include_str!("env_documented_unused.md"),
        severity: Severity::Info,
        precision: Precision::Medium,
        cwe: &[1164],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// How many variables of a template programs must read by name, so that the way in which the
/// application reads them can be seen.
const FEWEST: usize = 3;

/// From how many files of programs on that name variables as they are (JavaScript) the
/// application is here as a whole, however little of a template it reads.
const WHOLE: usize = 20;

/// From how many variables of one template on a single finding speaks of all.
const MANY: usize = 3;

/// How many of them it names.
const NAMED: usize = 5;

/// The most templates that are looked at.
const MOST: usize = 200;

/// A template, and its variables of several words.
struct Template<'s> {
    path: &'s ArtifactPath,
    entries: Vec<&'s EnvEntry>,
}

/// A variable that nothing reads, and where else it is listed.
struct Unused<'s> {
    name: &'s str,
    region: Region,
    others: Vec<(&'s ArtifactPath, Region)>,
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    // What a submodule reads is not seen.
    if snapshot.contains(".gitmodules") {
        return;
    }
    let templates = templates(snapshot);
    let names: HashSet<&str> =
        templates.iter().flat_map(|it| &it.entries).map(|entry| &*entry.key).collect();
    if names.len() <= FEWEST {
        return;
    }
    let is_read = |artifact: &Artifact| is_program(artifact.path().as_str());
    let Some(by_programs) = named(snapshot, &names, &is_read) else { return };
    if by_programs.len() < FEWEST {
        return;
    }
    let others: HashSet<&str> = names.difference(&by_programs).copied().collect();
    let Some(by_others) = named(snapshot, &others, &|it| !is_read(it)) else { return };
    let programs = snapshot.artifacts().iter().filter(|it| {
        let path = it.path().as_str();
        is_program(path) && is_exact(path)
    });
    let whole = programs.take(WHOLE).count() == WHOLE;
    let mut found: BTreeMap<&ArtifactPath, Vec<Unused<'_>>> = BTreeMap::new();
    let mut first: BTreeMap<&str, (&ArtifactPath, usize)> = BTreeMap::new();
    for template in &templates {
        let read = |name: &str| by_programs.contains(name) || by_others.contains(name);
        let count = |wanted: &dyn Fn(&str) -> bool| {
            template.entries.iter().filter(|entry| wanted(&entry.key)).count()
        };
        let all = template.entries.len();
        let seen = count(&|name| by_programs.contains(name));
        if seen < FEWEST || (seen * 2 < all && !whole) {
            continue;
        }
        // Where much is not read, the programs that read it are elsewhere; a control that
        // is not read is none wherever the others are.
        let plain = |name: &str| !(read(name) || may_be_implicit(name) || promise(name).is_some());
        let complete = whole || count(&plain) * 5 <= all;
        for entry in &template.entries {
            let name = &*entry.key;
            if read(name) || may_be_implicit(name) || !(complete || promise(name).is_some()) {
                continue;
            }
            let place = (template.path, entry.key_region);
            match first.get(name) {
                Some((path, index)) => {
                    if let Some(list) = found.get_mut(path) {
                        list[*index].others.push(place);
                    }
                }
                None => {
                    let list = found.entry(template.path).or_default();
                    first.insert(name, (template.path, list.len()));
                    list.push(Unused { name, region: entry.key_region, others: Vec::new() });
                }
            }
        }
    }
    for (template, unused) in found {
        let (controls, others): (Vec<_>, Vec<_>) =
            unused.into_iter().partition(|it| promise(it.name).is_some());
        // Several variables set one and the same control.
        let mut by_control: BTreeMap<&str, Vec<&Unused<'_>>> = BTreeMap::new();
        for control in &controls {
            by_control.entry(promise(control.name).unwrap_or("")).or_default().push(control);
        }
        for (believes, controls) in by_control {
            report_control(template, believes, &controls, cx);
        }
        if others.len() >= MANY {
            report_all(template, &others, cx);
        } else {
            for unused in &others {
                report(template, unused, cx);
            }
        }
    }
}

fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    let Some(text) = text.filter(|_| may_read(DocumentKind::Other, path)) else { return 0 };
    let is_template = |it: &&Artifact| {
        is_env_file_name(it.path().file_name()).is_some_and(|name| name.template)
    };
    let all: Vec<&Artifact> =
        snapshot.of_kind(DocumentKind::Env).filter(is_template).take(MOST + 1).collect();
    if all.len() > MOST {
        return crate::hash(text);
    }
    let files = all.into_iter().filter_map(|artifact| env_file(snapshot, artifact.path()));
    let names = files.flat_map(|env| env.entries()).map(|entry| &*entry.key).collect();
    let mut found: Vec<&str> = named_in(path, text, &names).into_iter().collect();
    found.sort_unstable();
    if found.is_empty() { 0 } else { crate::hash(&found) }
}

/// The templates whose readers would be seen.
fn templates(snapshot: &Snapshot) -> Vec<Template<'_>> {
    let Some(foreign) = given_to_foreign_images(snapshot) else { return Vec::new() };
    let derived = with_derived_names(snapshot);
    let facts = snapshot.joined().env_files().iter().filter(|facts| {
        let directory = facts.path.parent();
        facts.template
            && is_own(facts)
            && !foreign.contains(directory)
            && !derived.iter().any(|path| is_below(path, directory))
    });
    facts
        .filter_map(|facts| {
            let mut seen = HashSet::new();
            let env = env_file(snapshot, &facts.path)?;
            let command = ArtifactPath::resolve(facts.path.parent(), "artisan");
            let in_laravel = command.is_some_and(|path| snapshot.contains(path.as_str()));
            let entries: Vec<&EnvEntry> = env
                .entries()
                .iter()
                .filter(|entry| entry.has_value && is_plain(&entry.key))
                .filter(|entry| !(in_laravel && is_of_laravel(&entry.key)))
                .filter(|entry| seen.insert(&*entry.key))
                .collect();
            (!entries.is_empty()).then_some(Template { path: &facts.path, entries })
        })
        .take(MOST)
        .collect()
}

/// The settings of Spring, Quarkus and their like: from each key of theirs, and from each
/// that a program only asks for, the name of a variable is derived.
fn with_derived_names(snapshot: &Snapshot) -> Vec<&str> {
    let paths = snapshot.artifacts().iter().map(|artifact| artifact.path().as_str());
    paths
        .filter(|path| {
            let Some((directory, name)) = path.rsplit_once('/') else { return false };
            directory.ends_with("src/main/resources")
                && (name.starts_with("application") || name == "bootstrap.yml")
        })
        .take(MOST)
        .collect()
}

/// Whether a template is for the product: not for tests, nor in an example of something.
fn is_own(facts: &EnvFileFacts) -> bool {
    let wanted =
        |path: &str| matches!(file_role(path, None).role, Role::Deployable | Role::Development);
    let beside = ArtifactPath::resolve(facts.path.parent(), "docker-compose.yml");
    template_target(facts.path.as_str()).is_some_and(|target| wanted(&target))
        && beside.is_some_and(|path| wanted(path.as_str()))
}

/// Whether a name is one of several words, as no other word of a program is. With two
/// underscores it is a path through settings, which no program writes in one.
fn is_plain(name: &str) -> bool {
    name.contains('_')
        && !name.contains("__")
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// The directories with files that Compose gives to services whose images are not built
/// here: who knows what those read. `None` when it cannot be told which files they are.
fn given_to_foreign_images(snapshot: &Snapshot) -> Option<HashSet<String>> {
    let stacks = snapshot.joined().stacks();
    let services = || stacks.iter().flat_map(|stack| &stack.project().services);
    let built: HashSet<&str> = services()
        .filter(|service| service.build.is_some())
        .map(|service| service.name.raw())
        .collect();
    let mut found = HashSet::new();
    for stack in stacks {
        for service in &stack.project().services {
            let known = service.image.as_ref().is_some_and(|image| is_known_image(image.raw()));
            if known || built.contains(service.name.raw()) {
                continue;
            }
            for entry in &service.env_file {
                found.insert(stack.env_file(entry)?.parent().to_owned());
            }
        }
    }
    Some(found)
}

/// Whether it is known what an image reads: the names begin with its own.
fn is_known_image(image: &str) -> bool {
    const KNOWN: &[&str] = &[
        "postgres",
        "mysql",
        "mariadb",
        "mongo",
        "mongo-express",
        "redis",
        "valkey",
        "rabbitmq",
        "memcached",
        "nginx",
        "traefik",
        "caddy",
        "minio",
        "adminer",
        "pgadmin4",
        "elasticsearch",
        "meilisearch",
        "mailhog",
        "mailpit",
    ];
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name);
    KNOWN.contains(&name)
}

/// What somebody believes who sets a variable of this name; `None` if it promises no
/// control.
fn promise(name: &str) -> Option<&'static str> {
    let words = split_words(name);
    let has = |all: &[&str]| all.iter().all(|word| words.iter().any(|own| own == word));
    if is_origin_list_name(name) {
        Some("that other origins are refused")
    } else if is_password_rounds_name(name) {
        Some("that passwords are hashed at that cost")
    } else if has(&["trust", "proxy"]) {
        Some("that the addresses of clients are taken from the proxy")
    } else if has(&["rate", "limit"]) || words.iter().any(|word| word == "ratelimit") {
        Some("that requests are limited")
    } else if is_security_switch(name) {
        Some("that the protection is on")
    } else {
        None
    }
}

fn report_control(
    template: &ArtifactPath,
    believes: &str,
    controls: &[&Unused<'_>],
    cx: &mut Context<'_>,
) {
    let Some((first, others)) = controls.split_first() else { return };
    let names: Vec<&str> = controls.iter().map(|control| control.name).take(NAMED).collect();
    let them = if others.is_empty() { "it" } else { "them" };
    let message = format!(
        "{template} lists {}, and nothing in the repository reads {them}. Whoever sets {them} \
         believes {believes}. Read {them} where the control is set, or take {them} out of the \
         template.",
        names.join(", "),
    );
    let draft = cx.report_in(template, first.region, message);
    draft.evidence(first.name).severity(Severity::Medium);
    for other in others.iter().take(8) {
        draft.related(template, other.region, format!("nothing reads {} either", other.name));
    }
    for (path, region) in first.others.iter().take(8) {
        draft.related(path, *region, "it is listed here, too");
    }
}

fn report(template: &ArtifactPath, unused: &Unused<'_>, cx: &mut Context<'_>) {
    let name = unused.name;
    let message = format!(
        "{template} lists {name}, and nothing in the repository reads it. Whoever sets the project \
         up fills it in for nothing; take it out of the template, or read it."
    );
    let edit = removal(cx.snapshot(), template, std::slice::from_ref(unused));
    let draft = cx.report_in(template, unused.region, message);
    draft.evidence(name);
    for (path, region) in unused.others.iter().take(8) {
        draft.related(path, *region, "it is listed here, too");
    }
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

fn report_all(template: &ArtifactPath, unused: &[Unused<'_>], cx: &mut Context<'_>) {
    let names: Vec<&str> = unused.iter().map(|it| it.name).collect();
    let message = format!(
        "{template} lists {} variables that nothing in the repository reads: {}{}. Whoever sets \
         the project up fills them in for nothing; take them out of the template, or read them.",
        names.len(),
        names[..names.len().min(NAMED)].join(", "),
        if names.len() > NAMED { " and others" } else { "" },
    );
    let edit = removal(cx.snapshot(), template, unused);
    let draft = cx.report_in(template, unused[0].region, message);
    for other in unused.iter().skip(1).take(8) {
        draft.related(template, other.region, format!("nothing reads {} either", other.name));
    }
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// Takes lines out of a template, those alone that hold nothing else.
fn removal(snapshot: &Snapshot, template: &ArtifactPath, unused: &[Unused<'_>]) -> Option<Edit> {
    let text = snapshot.text(snapshot.artifact(template.as_str())?)?;
    let env = env_file(snapshot, template)?;
    let names: HashSet<&str> = unused.iter().map(|it| it.name).collect();
    let mut edit = Edit::risky("Take what nothing reads out of the template");
    for entry in env.entries().iter().filter(|entry| names.contains(&*entry.key)) {
        let start = text.get(..entry.region.start)?.rfind('\n').map_or(0, |at| at + 1);
        let end = text.get(entry.region.end..)?.find('\n');
        let end = end.map_or(text.len(), |at| entry.region.end + at + 1);
        let around = [&text[start..entry.region.start], &text[entry.region.end..end]];
        if around.iter().any(|part| !part.trim().is_empty()) {
            return None;
        }
        edit = edit.remove(template, Region::new(start, end));
    }
    Some(edit)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_fix_repo};

    const READS: &str = "//- src/a.ts\nread(process.env.APP_NAME, process.env.MAIL_FROM, \
                         process.env.MAIL_HOST);\nconst { MAIL_A, MAIL_B, MAIL_C, MAIL_D, \
                         MAIL_E, MAIL_F, MAIL_G, MAIL_H, MAIL_I } = process.env;\n";

    const READ: &str = "MAIL_A=\nMAIL_B=\nMAIL_C=\nMAIL_D=\nMAIL_E=\nMAIL_F=\nMAIL_G=\nMAIL_H=\n\
                        MAIL_I=";

    #[test]
    fn flags_what_a_template_lists_and_nothing_reads() {
        check_files(
            &RULE,
            &format!(
                "{READS}
//- .env.example
{READ}
APP_NAME=
MAIL_FROM=
MAIL_HOST=
MAIL_COLOUR=
^^^^^^^^^^^ [info] .env.example lists MAIL_COLOUR, and nothing in the repository reads it
BCRYPT_ROUNDS=12
^^^^^^^^^^^^^ [medium] believes that passwords are hashed at that cost
RATE_LIMIT_MAX=1
^^^^^^^^^^^^^^ [medium] lists RATE_LIMIT_MAX, RATE_LIMIT_WINDOW, and nothing in the repository reads them
RATE_LIMIT_WINDOW=1
~~~~~~~~~~~~~~~~~ nothing reads RATE_LIMIT_WINDOW either
//- .env.production.example
APP_NAME=
MAIL_FROM=
MAIL_HOST=
BCRYPT_ROUNDS=12
~~~~~~~~~~~~~ it is listed here, too
//- README.md
Set MAIL_COLOUR and BCRYPT_ROUNDS.
"
            ),
        );
    }

    #[test]
    fn many_are_one_finding() {
        check_files(
            &RULE,
            &format!(
                "{READS}
//- .env.example
{READ}
APP_NAME=
MAIL_FROM=
MAIL_HOST=
SHOP_A=
^^^^^^ [info] lists 3 variables that nothing in the repository reads: SHOP_A, SHOP_B, SHOP_C
SHOP_B=
~~~~~~ nothing reads SHOP_B either
SHOP_C=
~~~~~~ nothing reads SHOP_C either
"
            ),
        );
    }

    #[test]
    fn passes_what_may_be_read() {
        let template = format!("//- .env.example\n{READ}\n");
        for (more, line) in [
            ("", "# MAIL_COLOUR=\n"),
            ("", "DEBUG=\n"),
            // A library reads these.
            ("", "AWS_ACCESS_KEY_ID=\nNEXTAUTH_URL=\nSENTRY_DSN=\n"),
            ("//- src/b.ts\n// BCRYPT_ROUNDS\n", "BCRYPT_ROUNDS=\n"),
            ("//- src/b.ts\nenv[`MAIL_${x}`]\n", "MAIL_COLOUR=\n"),
            ("//- app/settings.py\nmail_colour: str\n", "MAIL_COLOUR=\n"),
            ("//- deploy.sh\nuse $MAIL_COLOUR\n", "MAIL_COLOUR=\n"),
            (
                "//- compose.yml\nservices:\n  a:\n    build: .\n    environment:\n      - MAIL_COLOUR\n",
                "MAIL_COLOUR=\n",
            ),
            // Who knows what the image reads.
            (
                "//- compose.yml\nservices:\n  wiki:\n    image: wiki/wiki:2\n    env_file: .env\n",
                "MAIL_COLOUR=\n",
            ),
            ("//- .gitmodules\n[submodule \"x\"]\n", "MAIL_COLOUR=\n"),
            // Libraries of settings put a prefix before the names of fields, or read levels.
            ("//- src/a.rs\nEnvironment::with_prefix(\"SHOP\")\n", "SHOP_RATE_LIMIT=\n"),
            ("//- a.go\nenvconfig.Process(\"shop\", &c)\n", "SHOP_ALLOWED_ORIGINS=\n"),
            ("//- a.go\nviper.SetEnvPrefix(\"shop\")\n", "SHOP_RATE_LIMIT_MAX=\n"),
            ("//- src/b.ts\nconst at = 'RATE_LIMIT'\n", "RATE_LIMIT_MAX=\n"),
            ("", "CORS__ALLOWED_ORIGINS=\n"),
            (
                "//- api/src/main/resources/application.yml\napp:\n  cors:\n    allowed-origins: x\n",
                "APP_CORS_ALLOWED_ORIGINS=\n",
            ),
            // The framework holds the configuration that the application does not.
            ("//- artisan\n#!/usr/bin/env php\n", "BCRYPT_ROUNDS=12\n"),
            ("", "SECRET_KEY_BASE=\nCACHE_URL=\nBUNDLE_GEMS__SHOP__IO=\n"),
        ] {
            check_files(&RULE, &format!("{READS}{more}{template}{line}"));
        }
        // Much is not read: the programs are elsewhere.
        check_files(
            &RULE,
            &format!("{READS}//- .env.example\nAPP_NAME=\nMAIL_FROM=\nMAIL_HOST=\nA_A=\nB_B=\n"),
        );
        // Of controls, too, where less than half is read.
        check_files(
            &RULE,
            &format!(
                "{READS}//- .env.example\nAPP_NAME=\nMAIL_FROM=\nMAIL_HOST=\nA_A=\nB_B=\nC_C=\n\
                 TRUST_PROXY=\n"
            ),
        );
        // Unless there are as many programs as an application has.
        let mut many = format!("{READS}//- .env.example\nAPP_NAME=\nMAIL_FROM=\nMAIL_HOST=\n");
        many += "A_A=\n^^^ [info] lists 4 variables\nB_B=\n~~~ B_B\nC_C=\n~~~ C_C\nD_D=\n~~~ D_D\n";
        for index in 0..20 {
            many += &format!("//- src/page{index}.tsx\nexport default 1\n");
        }
        check_files(&RULE, &many);
        // The way in which names are read is not seen.
        check_files(
            &RULE,
            "//- src/a.rs\nconfig::Environment::with_prefix\n\
             //- .env.example\nA_A=\nA_B=\nA_C=\nA_D=\nTRUST_PROXY=\n",
        );
        for path in ["tests/.env.example", "examples/shop/.env.example"] {
            let moved = template.replace(".env.example", path);
            check_files(&RULE, &format!("{READS}{moved}BCRYPT_ROUNDS=\n"));
        }
    }

    #[test]
    fn an_image_of_the_repository_is_no_foreign_one() {
        check_files(
            &RULE,
            &format!(
                "{READS}
//- compose.yml
services:
  api:
    build: .
  db:
    image: docker.io/library/postgres:18
    env_file: .env
//- compose.prod.yml
services:
  api:
    image: registry.example/shop/api:3
    env_file: .env
//- .env.example
APP_NAME=
MAIL_FROM=
MAIL_HOST=
TRUST_PROXY=1
^^^^^^^^^^^ [medium] taken from the proxy
"
            ),
        );
    }

    #[test]
    fn the_line_is_taken_out() {
        let template = format!("//- .env.example\n{READ}\nMAIL_FROM=\n");
        check_fix_repo(
            &RULE,
            &format!("{READS}{template}MAIL_COLOUR=red # or blue\nMAIL_HOST=\n"),
            &format!("{READS}{template}MAIL_HOST=\n"),
        );
    }
}
