//! A finding on one line: for what needs no frame.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use seaworthy_model::{Finding, Severity};

use super::Options;
use super::wrap::wrap_after;
use crate::message::title;
use crate::rule_url;
use crate::visible::visible;

/// `level[rule]: path:line:column: message`
pub(super) fn finding(finding: &Finding, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let word = match finding.severity {
        _ if finding.suppression.is_some() => "suppressed",
        _ if !finding.is_open() => "baseline",
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
        Severity::Info => "info",
    };
    let style = if finding.is_open() { severity_style(finding.severity) } else { SUPPRESSED };
    let id = finding.rule.id;
    let id = if options.hyperlinks {
        format!("\u{1b}]8;;{}\u{1b}\\{id}\u{1b}]8;;\u{1b}\\", rule_url(finding.rule))
    } else {
        id.to_owned()
    };
    write!(out, "{}: ", paint(options, style, &format!("{word}[{id}]")))?;
    write!(out, "{}", visible(finding.location.artifact.as_str()))?;
    let place = &finding.location;
    if place.context.is_some() || !place.region.is_empty() {
        write!(out, ":{}:{}", place.start.line.max(1), place.start.column.max(1))?;
    }
    let message = match options.interactive && !options.verbose {
        true => title(&finding.message),
        false => finding.message.as_str(),
    };
    write!(out, ": {}", visible(message))?;
    if let Some(suppression) = &finding.suppression
        && !suppression.justification.is_empty()
    {
        write!(out, " (reason: {})", visible(&suppression.justification))?;
    }
    writeln!(out)
}

/// What one rule observes: its first finding, where that is, and how many more.
pub(super) fn observations(
    findings: &[&Finding],
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some((first, more)) = findings.split_first() else { return Ok(()) };
    let id = first.rule.id;
    let head = format!("info[{id}]: ");
    let title = visible(title(&first.message));
    let rest = options.width.saturating_sub(4);
    let title = wrap_after(&title, options.width.saturating_sub(head.len()), rest);
    let linked = match options.hyperlinks {
        true => format!("\u{1b}]8;;{}\u{1b}\\{id}\u{1b}]8;;\u{1b}\\", rule_url(first.rule)),
        false => id.to_owned(),
    };
    let head = paint(options, severity_style(Severity::Info), &format!("info[{linked}]"));
    writeln!(out, "{head}: {}", title.replace('\n', "\n    "))?;
    let place = &first.location;
    write!(out, "    {}", visible(place.artifact.as_str()))?;
    if place.context.is_some() || !place.region.is_empty() {
        write!(out, ":{}:{}", place.start.line.max(1), place.start.column.max(1))?;
    }
    match more.len() {
        0 => writeln!(out),
        more => writeln!(out, ", and {more} more like it"),
    }
}

/// Something that is no longer asked for.
const SUPPRESSED: Style = AnsiColor::BrightBlack.on_default();

/// The colour of a severity, as rustc colours its levels.
pub(super) fn severity_style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Critical | Severity::High => AnsiColor::BrightRed,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::BrightGreen,
        Severity::Info => AnsiColor::BrightBlue,
    };
    color.on_default().effects(Effects::BOLD)
}

/// The text in a style, if colours are wanted. The text is trusted.
pub(super) fn paint(options: &Options, style: Style, text: &str) -> String {
    if options.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}
