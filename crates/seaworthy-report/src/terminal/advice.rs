//! What to do: first of all the most urgent things, and with the tool itself next.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use seaworthy_model::{Report, Severity};

use super::line::{paint, severity_style};
use super::wrap::wrap;
use super::{MIN_WIDTH, Options};
use crate::first;
use crate::message::{capital, mending, title};
use crate::tally::Tally;
use crate::visible::visible;

const BOLD: Style = Style::new().effects(Effects::BOLD);
const PLACE: Style = AnsiColor::Cyan.on_default();
/// What stands left of the text of an errand.
const INDENT: &str = "   ";

/// The three things to do first, each with its place and what mends it. A few findings
/// are read as they stand.
pub(super) fn first(
    report: &Report,
    tally: &Tally,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    if tally.framed() <= first::FIRST {
        return Ok(());
    }
    writeln!(out, "{}", paint(options, BOLD, "Do this first:"))?;
    for (number, errand) in first::errands(report).iter().enumerate() {
        let finding = errand.finding;
        let place = &finding.location;
        let mut at = visible(place.artifact.as_str()).into_owned();
        if place.context.is_some() || !place.region.is_empty() {
            at.push_str(&format!(":{}", place.start.line.max(1)));
        }
        let more = match errand.more {
            0 => String::new(),
            more => format!(", and {more} more like it"),
        };
        let number = paint(options, severity_style(finding.severity), &format!("{}.", number + 1));
        writeln!(out, "{number} {}{more}", paint(options, PLACE, &at))?;
        let what = visible(title(&finding.message)).into_owned();
        paragraph(&what, INDENT, INDENT, options, out)?;
        if let Some(mending) = mending(finding) {
            let mending = capital(&visible(&mending));
            paragraph(&mending, &format!("{INDENT}=> "), &format!("{INDENT}   "), options, out)?;
        }
    }
    writeln!(out)
}

fn paragraph(
    text: &str,
    first: &str,
    indent: &str,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    // Who reads a file or a pipe may look for what stands there.
    let text = match options.interactive {
        true => wrap(text, options.width.max(MIN_WIDTH).saturating_sub(indent.len())),
        false => text.to_owned(),
    };
    for (number, line) in text.lines().enumerate() {
        writeln!(out, "{}{line}", if number == 0 { first } else { indent })?;
    }
    Ok(())
}

fn fixes(count: usize) -> String {
    if count == 1 { "1 fix".to_owned() } else { format!("{count} fixes") }
}

/// What can be done with the tool next.
pub(super) fn next(
    report: &Report,
    tally: &Tally,
    cut: bool,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(next) = &options.next else { return Ok(()) };
    let scan = |flags: &str| format!("seaworthy scan{flags}{}", next.target);
    let mut steps: Vec<(String, String)> = Vec::new();
    let worst = first::errands(report).first().map(|errand| errand.finding.rule.id);
    let any = report.open_findings().map(|finding| finding.rule.id).next();
    if let Some(rule) = worst.or(any) {
        steps.push((
            format!("seaworthy explain {rule}"),
            "why, an example, how to mend it".to_owned(),
        ));
    }
    match (tally.fixable, tally.unsafely_fixable) {
        (0, 0) => {}
        (0, count) => {
            steps.push((scan(" --unsafe-fixes"), format!("shows {}, and asks", fixes(count))));
        }
        (safe, count) => {
            steps.push((scan(" --fix"), format!("applies {}", fixes(safe))));
            if count > 0 {
                steps.push((scan(" --unsafe-fixes"), format!("shows {count} more, and asks")));
            }
        }
    }
    if cut {
        steps.push((scan(" --format full"), format!("shows all {} findings", tally.open())));
    }
    let hidden = tally.count(Severity::Info);
    if hidden > 0 && !options.verbose && !cut {
        steps.push((scan(" --verbose"), "tells more of the observations".to_owned()));
    }
    if next.fresh {
        steps.push(("seaworthy init".to_owned(), "settings, a git hook, a workflow".to_owned()));
    }
    if steps.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let width = |text: &str| text.chars().count();
    let widest = steps.iter().map(|(command, _)| width(command)).max().unwrap_or(0);
    let beside = steps.iter().all(|(_, what)| 2 + widest + 3 + width(what) <= options.width);
    for (command, what) in steps {
        let pad = " ".repeat(widest - width(&command));
        let command = paint(options, BOLD, &command);
        match beside {
            true => writeln!(out, "  {command}{pad}   {what}")?,
            false => writeln!(out, "  {command}\n      {what}")?,
        }
    }
    Ok(())
}
