//! `deploy-env-file-missing`

use seaworthy_analysis::joined::{ShellText, Stack};
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_formats::shell::{Command, Word};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::composed::{call, known, stack};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "deploy-env-file-missing",
        group: Group::Operations,
        summary: "a stack is started without the env file that the script asks for",
        help: include_str!("deploy_env_file_missing.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[665],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let scripts = cx.joined().scripts(snapshot);
    for text in scripts.files() {
        let Some((asked, name)) = required(text) else { continue };
        if is_loaded(text, &name) {
            continue;
        }
        let commands = &text.script.commands;
        let started = commands.iter().find_map(|command| {
            let call = call(command)?;
            let reads = matches!(call.subcommand, "up" | "run" | "create" | "build" | "config");
            if !reads || call.names_env {
                return None;
            }
            Some((command, stack(cx, text, &call)?))
        });
        let Some((command, stack)) = started else { continue };
        let Some((variable, file, region)) = needed(snapshot, stack) else { continue };
        cx.report_in(
            &text.path,
            text.place(command.region),
            format!(
                "Compose does not read {name} here. It takes values for ${{{variable}}} and its like \
                 from the shell and from `.env` alone; `env_file` of a service comes too late for \
                 that. What it does not find is blank. Add `--env-file {name}`."
            ),
        )
        .evidence(name.as_str())
        .related(&text.path, text.place(asked), "the script demands the file here")
        .related(&file, region, "the variable that is blank");
    }
}

/// The env file of production whose presence a script tests.
fn required(text: &ShellText) -> Option<(Region, String)> {
    text.script.commands.iter().find_map(|command| {
        let tests = matches!(command.program()?, "[" | "[[" | "test");
        let file = command
            .words
            .windows(2)
            .find(|pair| tests && matches!(pair[0].text.as_str(), "-f" | "-e" | "-s" | "-r"))?;
        let value = known(text, &file[1])?;
        let name = value.rsplit('/').next()?;
        let production =
            matches!(name, ".env.production" | ".env.prod" | "production.env" | "prod.env");
        production.then(|| (command.region, name.to_owned()))
    })
}

/// Whether the script brings the file's values to Compose in another way.
fn is_loaded(text: &ShellText, name: &str) -> bool {
    if text.text.contains("COMPOSE_ENV_FILES") {
        return true;
    }
    let names_it = |word: &Word| {
        word.text.contains(name) || known(text, word).is_some_and(|value| value.contains(name))
    };
    text.script.commands.iter().any(|command: &Command| {
        let loads = matches!(
            command.program(),
            Some(
                "." | "source"
                    | "export"
                    | "cp"
                    | "ln"
                    | "mv"
                    | "install"
                    | "cat"
                    | "grep"
                    | "sed"
                    | "xargs"
                    | "dotenv"
                    | "while"
                    | "mapfile"
                    | "readarray"
                    | "awk"
                    | "envsubst"
            )
        );
        let mentions = command.words.iter().any(names_it);
        let reads = command.redirects.iter().any(|redirect| names_it(&redirect.target));
        loads && mentions || reads
    }) || text
        .script
        .blocks
        .iter()
        .any(|block| block.redirects.iter().any(|redirect| names_it(&redirect.target)))
}

/// A variable that a stack's file cannot do without and that nothing supplies.
fn needed(
    snapshot: &Snapshot,
    stack: &Stack,
) -> Option<(String, seaworthy_model::ArtifactPath, Region)> {
    // With a `.env` beside it Compose finds values there.
    if stack.dotenv().is_some() {
        return None;
    }
    for path in stack.files() {
        let text = snapshot.artifact(path.as_str()).and_then(|it| snapshot.text(it))?;
        let mut at = 0;
        while let Some(found) = text[at..].find("${") {
            let start = at + found;
            at = start + 2;
            let commented = text[..start].rsplit('\n').next()?.trim_start().starts_with('#');
            let escaped = text[..start].ends_with('$');
            let Some(end) = text[at..].find('}').map(|end| at + end) else { break };
            let inner = &text[at..end];
            let name = inner.split([':', '-', '?', '+']).next().unwrap_or("");
            let plain =
                inner == name || inner[name.len()..].trim_start_matches(':').starts_with('?');
            if plain && !commented && !escaped && !name.is_empty() && is_name(name) {
                return Some((name.to_owned(), path.clone(), Region::new(start, end + 1)));
            }
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_stack_started_without_the_file_that_was_asked_for() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  db:
    image: postgres:16
    env_file: .env.production
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD}
//- scripts/deploy.sh
ENV_FILE=.env.production
if [ ! -f "$ENV_FILE" ]; then echo "no $ENV_FILE"; exit 1; fi
docker compose -f docker-compose.prod.yml pull
docker compose -f docker-compose.prod.yml up -d
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] does not read .env.production
"#,
        );
    }

    #[test]
    fn passes_what_is_loaded_or_not_needed() {
        let compose = "//- docker-compose.prod.yml\nservices:\n  db:\n    image: postgres:16\n    \
                       environment:\n      P: ${DB_PASSWORD}\n";
        for script in [
            "docker compose --env-file .env.production -f docker-compose.prod.yml up -d",
            "set -a; . ./.env.production; set +a\ndocker compose -f docker-compose.prod.yml up -d",
            "cp .env.production .env\ndocker compose -f docker-compose.prod.yml up -d",
            "export $(grep -v '^#' .env.production | xargs)\ndocker compose -f docker-compose.prod.yml up -d",
            "while read -r l; do export \"$l\"; done < .env.production\ndocker compose -f docker-compose.prod.yml up -d",
            "docker compose $OPTIONS -f docker-compose.prod.yml up -d",
            "docker compose -f docker-compose.prod.yml ps",
        ] {
            let fixture =
                format!("{compose}//- deploy.sh\n[ -f .env.production ] || exit 1\n{script}\n");
            check_files(&RULE, &fixture);
        }
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  # ${X}
  db:
    image: postgres:${TAG:-16}
    command: echo $${HOME}
//- deploy.sh
[ -f .env.production ] || exit 1
docker compose -f docker-compose.prod.yml up -d
",
        );
    }
}
