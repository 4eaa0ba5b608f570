//! `compose-healthcheck-ignores-auth`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{Engine, Part, Service, Text};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::commands::{option, run_by};
use super::probes::Probe;
use super::standing::{Judged, Once, Standing, judged};
use super::stores;
use crate::dockerfile::shell::Joint;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-healthcheck-ignores-auth",
        group: Group::Compose,
        summary: "health check of a password-protected Redis that cannot fail",
        help: include_str!("compose_healthcheck_ignores_auth.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[754],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        for service in &judged.stack.project().services {
            if service.kind().engine() != Some(Engine::Redis) {
                continue;
            }
            let words = run_by(service);
            let Some(password) = option(&words, "--requirepass").and_then(|option| option.value)
            else {
                continue;
            };
            if password.raw().is_empty() || stores::is_empty(&judged, &password) {
                continue;
            }
            let Some(probe) = Probe::of(&judged, service, None) else { continue };
            if is_blind(&probe, service) && once.first(&probe.artifact, probe.region) {
                report(cx, &judged, service, &probe, &password);
            }
        }
    }
}

/// Whether the probe is content with the answer that it has to log in.
fn is_blind(probe: &Probe, service: &Service) -> bool {
    let Some(client) = probe
        .commands
        .iter()
        .position(|command| matches!(command.program(), "redis-cli" | "valkey-cli"))
    else {
        return false;
    };
    let command = &probe.commands[client];
    let logs_in = command.arguments().iter().any(|word| {
        matches!(word.as_str(), "-a" | "--pass" | "--askpass" | "-u" | "--user" | "-e" | "-x")
            || word.starts_with("--pass=")
            || word.starts_with("redis://")
            || word.eq_ignore_ascii_case("auth")
            || (word.starts_with("-a") && word.len() > 2)
    });
    let by_variable = ["REDISCLI_AUTH", "VALKEYCLI_AUTH"].iter().any(|name| {
        service.env(name).is_some()
            || probe.commands.iter().any(|command| {
                command.assigned.iter().any(|(assigned, _)| assigned == name)
                    || command.words.iter().any(|word| word.contains(name))
            })
    });
    // What it is piped into, or compared with, looks at the answer.
    let read = probe.commands.get(client + 1).is_some_and(|next| next.joint == Joint::Pipe)
        || probe
            .commands
            .iter()
            .any(|command| command.words.iter().any(|word| word.contains("$(")))
        || command.conditional;
    !logs_in && !by_variable && !read && service.env_file.is_empty()
}

fn report(
    cx: &mut Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    probe: &Probe,
    password: &Text,
) {
    let name = service.name.raw();
    let severity = match judged.at(Some(service), service.origin()) {
        Standing::Production | Standing::Undeclared => Severity::Low,
        Standing::Development | Standing::Test => Severity::Info,
    };
    let fix = fix(probe, password);
    let draft = cx.report_in(
        &probe.artifact,
        probe.region,
        format!(
            "The health check of Redis service {name} does not log in. Redis answers it with \
             NOAUTH, redis-cli ends with success all the same, and the check passes whatever \
             state the server is in. Give it the password and look for PONG."
        ),
    );
    draft.severity(severity).evidence(name);
    draft.related(&password.origin().artifact, password.region(), "the password is demanded here");
    // The password may be a literal.
    if !password.raw().contains('$') {
        draft.sensitive_in(&password.origin().artifact, password.region());
    }
    if let Some(fix) = fix {
        draft.fix(fix);
    }
}

/// Hands the probe the variable that the server is given; never a literal.
fn fix(probe: &Probe, password: &Text) -> Option<Edit> {
    let template = password.template();
    let [Part::Variable(variable)] = template.parts.as_slice() else { return None };
    let given = format!("${{{}}}", variable.name);
    let client = ["redis-cli", "valkey-cli"];
    let (text, at) = probe.texts.iter().find_map(|text| {
        let name = client.iter().find(|name| text.raw().contains(**name))?;
        Some((text, text.raw().find(name)? + name.len()))
    })?;
    let end = text.region_of(at..at)?.start;
    let edit = Edit::risky("Log in before asking");
    match probe.texts.as_slice() {
        // One line: for a shell, or split by Compose.
        [only] if only.raw().contains(' ') => {
            Some(edit.insert(&probe.artifact, end, format!(" --no-auth-warning -a '{given}'")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_probes_that_do_not_log_in() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  a:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD:?}
                                        ~~~~~~~~~~~~~~~~~~~ the password is demanded
    healthcheck:
      test: ["CMD", "redis-cli", "ping"]
                     ^^^^^^^^^ [low] Redis service a does not log in
  b:
    image: valkey/valkey:8
    command: ["valkey-server", "--requirepass", "${REDIS_PASSWORD:?}"]
                                                 ~~~~~~~~~~~~~~~~~~~ the password
    healthcheck:
      test: redis-cli --raw incr ping || exit 1
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] service b
"#,
        );
    }

    #[test]
    fn passes_probes_that_log_in_or_read_the_answer() {
        let probes = [
            "redis-cli -a $$REDIS_PASSWORD ping",
            "redis-cli --pass ${REDIS_PASSWORD} ping",
            "redis-cli -u redis://:${REDIS_PASSWORD}@localhost ping",
            "REDISCLI_AUTH=$$REDIS_PASSWORD redis-cli ping",
            "redis-cli ping | grep PONG",
            "test \"$$(redis-cli ping)\" = PONG",
            "redis-cli -e ping",
            "nc -z localhost 6379",
        ];
        for probe in probes {
            let text = format!(
                "services:\n  a:\n    image: redis:7\n    command: redis-server --requirepass ${{P:?}}\n    healthcheck:\n      test: '{}'\n",
                probe.replace('\'', "")
            );
            check(&RULE, "docker-compose.prod.yml", &text);
        }
        check(
            &RULE,
            "docker-compose.prod.yml",
            "services:\n  a:\n    image: redis:7\n    command: redis-server --requirepass ${P:?}\n    environment: { REDISCLI_AUTH: '${P:?}' }\n    healthcheck: { test: redis-cli ping }\n  b:\n    image: redis:7\n    healthcheck: { test: redis-cli ping }\n  c:\n    image: mongo:7\n    environment: { MONGO_INITDB_ROOT_PASSWORD: '${P}' }\n    healthcheck: { test: mongosh --eval 'db.adminCommand(\"ping\")' }\n",
        );
    }

    #[test]
    fn logs_in() {
        check_fix(
            &RULE,
            "compose.yaml",
            "services:\n  a:\n    image: redis:7\n    command: redis-server --requirepass ${PW:?}\n    healthcheck:\n      test: [\"CMD-SHELL\", \"redis-cli ping\"]\n",
            "services:\n  a:\n    image: redis:7\n    command: redis-server --requirepass ${PW:?}\n    healthcheck:\n      test: [\"CMD-SHELL\", \"redis-cli --no-auth-warning -a '${PW}' ping\"]\n",
        );
    }
}
