//! `dockerfile-healthcheck-noop`

use std::collections::BTreeSet;

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::dockerfile::{Command, CommandLine, Probe};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::shell::{Joint, Simple, commands};
use super::shipped::shipped;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-healthcheck-noop",
        group: Group::Dockerfile,
        summary: "health check that cannot fail",
        help: include_str!("dockerfile_healthcheck_noop.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[754],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen = BTreeSet::new();
    for shipped in shipped(cx) {
        let path = shipped.build.dockerfile();
        for stage in shipped.needed() {
            for instruction in shipped.build.file().stage_instructions(stage) {
                let Command::Healthcheck(Probe::Run(line)) = &instruction.command else { continue };
                if !cannot_fail(line) || !seen.insert((path, instruction.region)) {
                    continue;
                }
                let region = line.region().unwrap_or(instruction.first_line);
                cx.report_in(
                    path,
                    region,
                    "This health check succeeds whatever state the program is in. It reads as if \
                     somebody watched; let it ask the program itself and fail when that fails.",
                )
                .evidence(stage.to_string());
            }
        }
    }
}

/// Whether the probe's outcome is always success.
fn cannot_fail(line: &CommandLine) -> bool {
    let commands = commands(line);
    let Some(last) = commands.last() else { return false };
    if commands.iter().all(is_idle) {
        return true;
    }
    let ends = |command: &Simple| {
        (matches!(command.program(), "exit" | "return" | "kill") && !is_idle(command))
            || command.program() == "set"
    };
    if commands.iter().any(|command| command.conditional || ends(command)) {
        return false;
    }
    match last.joint {
        Joint::Or | Joint::Then => is_idle(last),
        Joint::And | Joint::Pipe => false,
    }
}

/// Whether a command succeeds and asks nothing.
fn is_idle(command: &Simple) -> bool {
    let arguments = command.arguments();
    match command.program() {
        "echo" | "printf" | "true" | ":" => {
            // What is put in may be a question after all.
            !arguments.iter().any(|word| word.contains("$(") || word.contains('`'))
        }
        "exit" => arguments.first().is_some_and(|code| code == "0"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    fn judged(probe: &str, fails: bool) {
        let mut text = format!("FROM acme.io/a\nHEALTHCHECK --interval=5s CMD {probe}\n");
        if fails {
            let start = "HEALTHCHECK --interval=5s CMD ".len();
            let marks =
                format!("{}{} succeeds whatever\n", " ".repeat(start), "^".repeat(probe.len()));
            text.push_str(&marks);
        }
        check(&RULE, "Dockerfile", &text);
    }

    #[test]
    fn flags_probes_that_ask_nothing() {
        for probe in [
            "echo ok",
            "exit 0",
            "true",
            ":",
            "echo a && exit 0",
            "curl -f http://localhost || true",
            "curl -f http://localhost || exit 0",
            "wget -q localhost; exit 0",
            "/bin/true",
        ] {
            judged(probe, true);
        }
        check(
            &RULE,
            "Dockerfile",
            "
FROM a
HEALTHCHECK CMD [\"echo\", \"ok\"]
                  ^^^^^^^^^^ [low] succeeds
",
        );
    }

    #[test]
    fn passes_probes_that_can_fail() {
        for probe in [
            "curl -f http://localhost || exit 1",
            "pgrep node",
            "wget -q localhost && echo ok",
            "a || exit 1; exit 0",
            "if a; then exit 0; else exit 1; fi",
            "[\"CMD\", \"pgrep\", \"x\"]",
            "node check.js",
            "echo ruok | nc localhost 2181",
            "exit $(a)",
            "set -e; a; echo ok",
        ] {
            judged(probe, false);
        }
        check(&RULE, "Dockerfile", "FROM a\nHEALTHCHECK NONE\n");
    }
}
