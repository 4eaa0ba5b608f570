//! `deploy-rollback-missing`

use seaworthy_analysis::joined::{Purpose, ShellKind, ShellText};
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_formats::shell::Command;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::backups::is_aside;
use super::composed::call;
use super::mentions::{mentioned, mentions};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "deploy-rollback-missing",
        group: Group::Operations,
        summary: "deployment by a script without a way back",
        help: include_str!("deploy_rollback_missing.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// Lines that speak of another way back.
const ASIDE: &[&str] = &["migration", "transaction"];

/// What speaks of the way back, in any text.
const WORDS: &[&str] = &[
    "rollback",
    "roll-back",
    "roll back",
    "rolled back",
    "rolling back",
    "rolls back",
    "revert",
    "previous",
    "zurückroll",
    "retour arrière",
    "blue-green",
    "blue/green",
    "blue_green",
    "canary",
    "kamal",
    "capistrano",
];

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    mentions(path, text, WORDS, ASIDE)
}

fn check(cx: &mut Context<'_>) {
    let scripts = cx.joined().scripts(cx.snapshot());
    let mut idle = false;
    for text in scripts.all() {
        let Some(command) = empty_rollback(text) else { continue };
        idle = true;
        cx.report_in(
            &text.path,
            text.place(command.region),
            "This rollback starts what is configured now: it chooses no other version, neither by \
             a tag nor by a commit, so that the broken release comes up again. Keep the tag of the \
             release before, and start that.",
        )
        .severity(Severity::Medium)
        .evidence("rollback");
    }
    if idle {
        return;
    }
    let deployed = scripts.all().iter().find_map(|text| Some((text, replaces(text)?)));
    let Some((text, command)) = deployed else { return };
    if scripts.all().iter().any(|text| text.purpose == Purpose::Rollback)
        || mentioned(cx.snapshot(), WORDS, ASIDE)
    {
        return;
    }
    cx.report_in(
        &text.path,
        text.place(command.region),
        "This deployment replaces the running release, and nothing in this repository goes back \
         to the one before: no script and no word on how. When a release does not work, the \
         product is down until somebody finds out. Deploy by tags or commits, keep the last one, \
         and write the script that starts it.",
    )
    .evidence("rollback");
}

/// The command with which a script of deployment replaces what runs.
pub(super) fn replaces(text: &ShellText) -> Option<&Command> {
    let is_script =
        matches!(text.kind, ShellKind::File | ShellKind::Manifest(_) | ShellKind::Target(_));
    if !is_script || text.purpose != Purpose::Deploy || is_aside(text) {
        return None;
    }
    let commands = &text.script.commands;
    // Names of other environments stand in the path or in the name of the script.
    let renews = commands.iter().any(|command| {
        let Some(invoked) = command.invoked() else { return false };
        let first = invoked.arguments.first().map_or("", |word| word.text.as_str());
        matches!((invoked.program, first), ("git", "pull" | "fetch" | "reset" | "checkout"))
            || invoked.program == "rsync"
            || call(command).is_some_and(|call| matches!(call.subcommand, "pull" | "build"))
    });
    commands.iter().find(|command| {
        if call(command).is_some_and(|call| call.subcommand == "up") {
            let words = || command.words.iter().map(|word| word.text.as_str());
            return words().any(|word| matches!(word, "-d" | "--detach"))
                && (renews || words().any(|word| matches!(word, "--build" | "--pull")));
        }
        let Some(invoked) = command.invoked() else { return false };
        let first = invoked.arguments.first().map_or("", |word| word.text.as_str());
        renews
            && matches!(
                (invoked.program, first),
                ("pm2", "restart" | "reload" | "startOrReload") | ("systemctl", "restart")
            )
    })
}

/// The `up` of a rollback that goes back to nothing: of a script by that name, or of a
/// function.
fn empty_rollback(text: &ShellText) -> Option<&Command> {
    if is_aside(text) || !matches!(text.kind, ShellKind::File | ShellKind::Target(_)) {
        return None;
    }
    let whole = text.purpose == Purpose::Rollback;
    let script = &text.script;
    let part: Vec<&Command> = script
        .commands
        .iter()
        .filter(|command| {
            whole
                || script.function(command).is_some_and(|name| {
                    let name = name.to_ascii_lowercase();
                    name.contains("rollback") || name.contains("roll_back")
                })
        })
        .collect();
    let up =
        part.iter().find(|command| call(command).is_some_and(|call| call.subcommand == "up"))?;
    // A variable anywhere before may choose the version, and so may any unknown program.
    let chooses = |command: &&Command| {
        let invoked = command.invoked();
        let quiet = match invoked.as_ref().map(|invoked| invoked.program) {
            None => true,
            Some(program) if call(command).is_some() || PLAIN.contains(&program) => true,
            Some(program) => script.commands.iter().any(|other| {
                script.function(other) == Some(program)
                    && other.program().is_some_and(|name| matches!(name, "echo" | "printf"))
            }),
        };
        !quiet || command.assignments.iter().any(|it| is_version(&it.name))
    };
    let takes_version = script.commands.iter().any(|command| {
        command.assignments.iter().any(|it| is_version(&it.name))
            || matches!(command.program(), Some("export"))
                && command.words.iter().any(|word| is_version(&word.text))
    });
    let chosen = part.iter().any(chooses)
        || takes_version
        || up.words.iter().any(|word| word.has_expansion() && !word.text.contains("compose"));
    (!chosen).then_some(*up)
}

/// Programs that choose no version.
const PLAIN: &[&str] = &[
    "echo", "printf", "sleep", "cd", "set", "exit", "return", "curl", "[", "[[", "test", "true",
    "false", "read", "date", "log", "warn", "error", "info", "local", "trap", ":",
];

fn is_version(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["TAG", "VERSION", "IMAGE", "PREV", "COMMIT", "RELEASE", "SHA", "LAST", "ROLLBACK", "OLD"]
        .iter()
        .any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_deployments_without_a_way_back() {
        check_files(
            &RULE,
            r"
//- scripts/deploy.sh
set -euo pipefail
git pull
docker compose -f docker-compose.prod.yml up -d --build
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] nothing in this repository goes back
//- README.md
Run scripts/deploy.sh.
- [ ] rollback
",
        );
    }

    #[test]
    fn flags_rollbacks_that_go_nowhere() {
        check_files(
            &RULE,
            r#"
//- scripts/deploy.sh
rollback() {
  echo "going back to the previous version"
  docker compose -f docker-compose.prod.yml down
  docker compose -f docker-compose.prod.yml up -d
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] starts what is configured now
}
docker compose -f docker-compose.prod.yml up -d --build || rollback
"#,
        );
    }

    #[test]
    fn passes_ways_back_and_what_replaces_nothing() {
        let deploy = "//- scripts/deploy.sh\ngit pull\ndocker compose up -d --build\n";
        for beside in [
            "//- scripts/rollback.sh\ngit checkout \"$1\"\ndocker compose up -d --build\n",
            "//- scripts/rollback.sh\nexport TAG=$1\ndocker compose up -d\n",
            "//- scripts/rollback.sh\nTAG=$(cat .last) docker compose up -d\n",
            "//- scripts/rollback.sh\ndocker tag app:before app:latest\ndocker compose up -d\n",
            "//- scripts/rollback.sh\n./choose.sh\ndocker compose up -d\n",
            "//- docs/operations.md\nTo roll back, check out the tag before and deploy it.\n",
        ] {
            check_files(&RULE, &format!("{deploy}{beside}"));
        }
        for alone in [
            "//- scripts/deploy-dev.sh\ngit pull\ndocker compose up -d --build\n",
            "//- scripts/deploy.sh\nvercel --prod\n",
            "//- scripts/deploy.sh\nkubectl apply -f k8s\n",
            "//- scripts/up.sh\ndocker compose up -d --build\n",
            "//- scripts/deploy.sh\ndocker compose up -d\n",
        ] {
            check_files(&RULE, alone);
        }
    }
}
