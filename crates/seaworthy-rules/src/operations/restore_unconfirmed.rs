//! `restore-unconfirmed`

use seaworthy_analysis::joined::{Purpose, ShellKind, ShellText, purpose_of};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::shell::{Command, Joint, Stage};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::backups::{brings_back, is_aside};
use super::tools::{is_dump, tool};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "restore-unconfirmed",
        group: Group::Operations,
        summary: "a restore replaces the database without asking, or without a copy of it",
        help: include_str!("restore_unconfirmed.md"),
        severity: Severity::Medium,
        precision: Precision::Medium,
        cwe: &[356],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let scripts = cx.joined().scripts(cx.snapshot());
    for text in scripts.files().filter(|text| !is_aside(text)) {
        debug_assert!(text.kind == ShellKind::File, "files are scripts");
        let commands = &text.script.commands;
        let destroyed = commands.iter().find_map(destroys);
        let Some(command) = destroyed
            .map(|(command, _)| command)
            .or_else(|| commands.iter().find(|command| brings_back(text, command)))
        else {
            continue;
        };
        // Restores to look whether a backup is whole have a database of their own.
        let lower = text.text.to_ascii_lowercase();
        let creates = |other: &Command| {
            other.region.end <= command.region.start
                && tool(other).is_some_and(|tool| tool.name == "createdb")
        };
        if commands.iter().any(creates)
            || lower.contains("create database") && lower.contains("test")
        {
            continue;
        }
        if let Some((_, what)) = destroyed
            && !asks(text)
        {
            cx.report_in(
                &text.path,
                text.place(command.region),
                format!(
                    "{what} without asking. Started by mistake, or with production's variables \
                     still set, it replaces the data there. Ask for a confirmation that names the \
                     database, or demand an option such as `--force`."
                ),
            )
            .evidence("confirmation");
        }
        for dump in commands.iter().filter(|it| it.region.end <= command.region.start) {
            if (is_dump(dump) || calls_backup(dump)) && is_masked(text, dump) {
                cx.report_in(
                    &text.path,
                    text.place(dump.region),
                    "The copy that is to save the data before the restore may fail unnoticed. What \
                     follows replaces the data all the same; let the script end when the copy \
                     fails.",
                )
                .evidence("safety copy")
                .related(
                    &text.path,
                    text.place(command.region),
                    "the data is replaced here",
                );
            }
        }
    }
}

/// Whether a command starts the script that makes backups.
fn calls_backup(command: &Command) -> bool {
    let Some(invoked) = command.invoked() else { return false };
    let shell = matches!(invoked.program, "bash" | "sh");
    let file = match invoked.arguments.first() {
        Some(first) if shell => first.text.as_str(),
        _ => invoked.word.text.as_str(),
    };
    let name = file.rsplit('/').next().unwrap_or(file);
    name.ends_with(".sh") && purpose_of(name) == Purpose::Backup
}

/// What a command does to the data that is there.
fn destroys(command: &Command) -> Option<(&Command, &'static str)> {
    let tool = tool(command)?;
    let what = match tool.name {
        "pg_restore" if tool.has(&["--clean", "-c"]) && !tool.has(&["--list", "-l"]) => {
            "`pg_restore --clean` drops what the backup holds"
        }
        "dropdb" => "`dropdb` drops the database",
        "mongorestore" if tool.has(&["--drop"]) => "`mongorestore --drop` drops the collections",
        "psql" | "mysql" | "mariadb" => {
            let drops = tool.arguments.iter().any(|word| {
                let upper = word.text.to_ascii_uppercase();
                upper.contains("DROP DATABASE") || upper.contains("DROP SCHEMA")
            });
            if !drops {
                return None;
            }
            "The script drops the database"
        }
        _ => return None,
    };
    Some((command, what))
}

/// Whether somebody has to agree: by an answer, an option or a variable.
fn asks(text: &ShellText) -> bool {
    const WORDS: &[&str] = &["CONFIRM", "FORCE", "YES", "ASSUME_YES", "I_AM_SURE", "ARE_YOU_SURE"];
    let upper = text.text.to_ascii_uppercase();
    text.script.commands.iter().any(|command| {
        command.invoked().is_some_and(|it| {
            matches!(it.program, "read" | "whiptail" | "dialog" | "select" | "gum" | "zenity")
        })
    }) || WORDS.iter().any(|word| {
        upper.contains(&format!("${word}"))
            || upper.contains(&format!("${{{word}"))
            || upper.matches(&format!("--{word}")).count() > given(text, word)
            || upper.contains(&format!("_{word}"))
    }) || text.script.blocks.iter().any(|block| {
        matches!(&block.kind, seaworthy_formats::shell::BlockKind::For { variable, .. }
            if variable == "confirm")
    })
}

/// How many commands are themselves given an option (`dropdb --force`), which asks
/// nobody.
fn given(text: &ShellText, option: &str) -> usize {
    let is = |word: &str| {
        word.strip_prefix("--").is_some_and(|name| name.to_ascii_uppercase().starts_with(option))
    };
    let commands = text.script.commands.iter().filter(|command| {
        !matches!(command.program(), None | Some("[" | "[[" | "test" | "echo" | "printf"))
    });
    commands.flat_map(|command| &command.words).filter(|word| is(&word.text)).count()
}

/// Whether a command may fail without ending the script: `… || true`, or nothing ends
/// it at all.
fn is_masked(text: &ShellText, command: &Command) -> bool {
    let pipeline = text.script.pipeline(command);
    let Some(next) = pipeline.next.map(|next| &text.script.pipelines[next]) else { return false };
    let continues = next.stages.first().is_some_and(|stage| match stage {
        Stage::Command(at) => matches!(
            text.script.commands[*at].program(),
            Some("true" | ":" | "echo" | "printf" | "warn" | "log")
        ),
        Stage::Block(_) => false,
    });
    let ends = next.next.is_some();
    next.joint == Joint::Or && continues && !ends
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_restore_that_asks_nobody() {
        check_files(
            &RULE,
            r#"
//- scripts/restore.sh
set -e
pg_dump -Fc app > before.dump || true
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] may fail unnoticed
pg_restore --clean -d app "$1"
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] without asking
//- ops/restore-mongo.sh
docker exec -i mongo mongorestore --drop --archive < "$1"
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] drops the collections
//- ops/restore-pg.sh
psql -c "DROP DATABASE app"
^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] drops the database
"#,
        );
    }

    #[test]
    fn a_database_that_is_made_anew_is_replaced() {
        check_files(
            &RULE,
            r#"
//- scripts/restore.sh
dropdb --force app
^^^^^^^^^^^^^^^^^^ [medium] `dropdb` drops the database
createdb app
pg_restore -d app "$1"
"#,
        );
    }

    #[test]
    fn flags_a_backup_script_whose_failure_is_passed_over() {
        check_files(
            &RULE,
            r#"
//- scripts/restore.sh
read -r -p "Sure? " answer
./scripts/backup.sh || true
^^^^^^^^^^^^^^^^^^^ [medium] may fail unnoticed
gunzip -c "$1" | psql -d app
                 ~~~~~~~~~~~ the data is replaced here
//- scripts/restore-b.sh
./scripts/backup.sh
./scripts/stop.sh || true
gunzip -c "$1" | psql -d app
"#,
        );
    }

    #[test]
    fn passes_what_asks_or_destroys_nothing() {
        check_files(
            &RULE,
            r#"
//- scripts/restore.sh
read -r -p "Replace app? " answer
[ "$answer" = app ] || exit 1
pg_dump -Fc app > before.dump
dropdb app
//- scripts/restore-b.sh
if [ "$1" != --force ]; then exit 1; fi
dropdb app
//- scripts/restore-c.sh
psql app < "$1"
pg_restore --list "$1"
//- scripts/dev/reset.sh
dropdb app
//- scripts/verify-backup.sh
createdb restore_test
pg_restore -d restore_test "$1"
dropdb restore_test
"#,
        );
    }
}
