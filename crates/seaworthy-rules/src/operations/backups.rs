//! Which scripts keep copies of a database, and what the repository says of them.

use seaworthy_analysis::Context;
use seaworthy_analysis::joined::{Purpose, Scripts, ShellKind, ShellText};
use seaworthy_analysis::roles::Environment;
use seaworthy_formats::shell::Command;

use super::tools::{dump, tool};

/// Whether a text is for a developer's machine or for tests.
pub(super) fn is_aside(text: &ShellText) -> bool {
    matches!(text.purpose, Purpose::Development | Purpose::Test)
        || matches!(
            text.role.environment,
            Environment::Development | Environment::Local | Environment::Test | Environment::Ci
        )
}

/// The texts that write a database for keeping, each with the command that does: not
/// those that copy one into another, and no restore that saves what was there.
pub(super) fn backups<'s>(cx: &Context<'s>) -> Vec<(&'s ShellText, &'s Command)> {
    let scripts = cx.joined().scripts(cx.snapshot());
    scripts
        .all()
        .iter()
        .filter(|text| {
            !is_aside(text)
                && !matches!(text.purpose, Purpose::Restore | Purpose::Rollback)
                && !matches!(text.kind, ShellKind::Build | ShellKind::Start)
        })
        .filter_map(|text| Some((text, dump(&text.script)?)))
        .filter(|(text, _)| !restores(text))
        .collect()
}

/// Whether a text brings a database back.
pub(super) fn restores(text: &ShellText) -> bool {
    text.script.commands.iter().any(|command| brings_back(text, command))
}

/// Whether a command loads what a backup holds.
pub(super) fn brings_back(text: &ShellText, command: &Command) -> bool {
    tool(command).is_some_and(|tool| match tool.name {
        "pg_restore" => !tool.has(&["--list", "-l"]),
        "mongorestore" => !tool.has(&["--dryRun"]),
        "psql" | "mysql" | "mariadb" => {
            command.redirects.iter().any(|redirect| redirect.operator == "<")
                || tool.has(&["-f", "--file"])
                || text.script.pipeline(command).stages.len() > 1
        }
        _ => false,
    })
}

/// Whether anything in the repository looks into a backup after it was made. A restore
/// that does comes too late.
pub(super) fn verifies(scripts: &Scripts) -> bool {
    let concerned = |text: &&ShellText| match text.purpose {
        Purpose::Backup | Purpose::Verify => true,
        Purpose::Restore => false,
        _ => text.path.as_str().contains("backup") || dump(&text.script).is_some(),
    };
    scripts.all().iter().filter(concerned).any(|text| {
        text.script.commands.iter().any(|command| {
            let Some(tool) = tool(command) else { return false };
            match tool.name {
                "pg_restore" => tool.has(&["--list", "-l"]),
                "mongorestore" => tool.has(&["--dryRun"]),
                "gunzip" | "gzip" | "zstd" | "xz" | "pigz" | "bzip2" | "unpigz" => {
                    tool.arguments.iter().any(|word| {
                        let text = word.text.as_str();
                        text == "--test"
                            || text.starts_with('-')
                                && !text.starts_with("--")
                                && text.contains('t')
                    })
                }
                "tar" => tool.arguments.first().is_some_and(|word| {
                    let flags = word.text.trim_start_matches('-');
                    flags.contains('t') && !flags.contains('c') || word.text == "--list"
                }),
                "[" | "[[" | "test" => tool.arguments.iter().any(|word| word.text == "-s"),
                "stat" | "du" | "wc" | "sha256sum" | "pg_verifybackup" | "zcat" | "gzcat" => true,
                _ => false,
            }
        })
    })
}
