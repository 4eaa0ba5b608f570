//! Applying fixes from the command line: asks about those that may change behaviour,
//! and tells what was done and what was left.

use std::io::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Effects, Style};
use seaworthy_engine::fixes::{self, FileEdit};
use seaworthy_engine::{Answer, Proposal};

use crate::ask;

const TITLE: Style = Style::new().effects(Effects::BOLD);
const HEADER: Style = AnsiColor::Cyan.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// Shows a fix with what it changes, and asks.
pub(crate) fn decide(proposal: &Proposal<'_>) -> Answer {
    let finding = proposal.finding;
    let place = &finding.location;
    let shown = seaworthy_report::visible;
    let mut stderr = anstream::stderr().lock();
    let message = finding.message.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let width = terminal_size::terminal_size().map_or(80, |(width, _)| width.0.into());
    let line = |text: &str| seaworthy_report::terminal::wrap(&shown(text), width);
    let told = writeln!(
        stderr,
        "\n{TITLE}{}{TITLE:#}\n{HEADER}{}:{}{HEADER:#} [{}]\n{}",
        line(&proposal.fix.title),
        shown(place.artifact.as_str()),
        place.start.line.max(1),
        finding.rule.id,
        line(message),
    )
    .and_then(|()| write!(stderr, "{}", colored(&proposal.diff)));
    drop(stderr);
    if told.is_err() {
        return Answer::None;
    }
    loop {
        // An end of the input, or a terminal that is gone, is no consent.
        match ask::ask("Apply this? [y]es, [n]o, [a]ll, [q]uit:").ok().flatten().as_deref() {
            Some("y" | "yes") => return Answer::Yes,
            Some("n" | "no" | "") => return Answer::No,
            Some("a" | "all") => return Answer::All,
            Some("q" | "quit") | None => return Answer::None,
            Some(_) => {
                let mut stderr = anstream::stderr().lock();
                if writeln!(stderr, "Say one of the letters in brackets.").is_err() {
                    return Answer::None;
                }
            }
        }
    }
}

/// A diff in colours. Its lines are safe to show already.
pub(crate) fn colored(diff: &str) -> String {
    let mut out = String::with_capacity(diff.len());
    for line in diff.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        let style = match body.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'@', ..] => HEADER,
            [b'+', ..] => ADDED,
            [b'-', ..] => REMOVED,
            _ => Style::new(),
        };
        out.push_str(&format!("{style}{body}{style:#}\n"));
    }
    out
}

/// Writes the edits, each of which is all or nothing, and says so. One that cannot be
/// written keeps none of the others from it.
///
/// # Errors
/// When an edit could not be written.
pub(crate) fn write(root: &Path, edits: &[FileEdit], left: usize) -> anyhow::Result<()> {
    let mut stderr = anstream::stderr().lock();
    let mut failed = 0;
    for edit in edits {
        let name = seaworthy_report::visible(edit.artifact.as_str());
        match fixes::write(root, edit) {
            Ok(()) => writeln!(stderr, "fixed {name} ({})", counted(edit.fixes))?,
            Err(error) => {
                failed += 1;
                let error = error.to_string();
                writeln!(stderr, "error: {}", seaworthy_report::visible(&error))?;
            }
        }
    }
    if left > 0 {
        writeln!(stderr, "left {} that you did not want", counted(left))?;
    }
    // The report follows.
    if !edits.is_empty() || left > 0 {
        writeln!(stderr)?;
    }
    anyhow::ensure!(
        failed == 0,
        "{failed} of {} files could not be fixed and are as they were",
        edits.len()
    );
    Ok(())
}

fn counted(fixes: usize) -> String {
    if fixes == 1 { "1 fix".to_owned() } else { format!("{fixes} fixes") }
}
