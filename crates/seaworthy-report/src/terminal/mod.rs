//! Findings for people: code frames in the manner of rustc and cargo.
//!
//! Whatever comes from the audited repository is made visible before it is
//! printed, so that no file name or value can steer the terminal.

mod advice;
mod footer;
mod frame;
mod line;
mod overview;
pub mod prose;
mod suggestion;
mod window;
mod wrap;

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::time::Duration;

use annotate_snippets::Renderer;
use anstyle::Style;
use seaworthy_model::{Finding, Notification, Report, Severity};

use crate::tally::Tally;

/// How to print. The caller knows the terminal; nothing is detected here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether to use colours.
    pub color: bool,
    /// Whether to link rule ids to their documentation (OSC 8).
    pub hyperlinks: bool,
    /// The width of the terminal in columns.
    pub width: usize,
    /// Whether to show `info` findings in full, lines around the findings and
    /// all notifications.
    pub verbose: bool,
    /// Whether to list findings that somebody accepted or that the baseline knows.
    pub show_suppressed: bool,
    /// How long the run took, if that shall be told.
    pub elapsed: Option<Duration>,
    /// Whether somebody sits in front of it: long titles are wrapped, and the same
    /// explanation is given once. What is read later is complete in every place.
    pub interactive: bool,
    /// Whether a report of many findings is cut to the most urgent ones and a table
    /// of all.
    pub cut: bool,
    /// What can be done next, told at the end.
    pub next: Option<Next>,
}

/// What the reader is told of what to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The arguments that name what was scanned, with a space before them; empty for
    /// the directory that one stands in.
    pub target: String,
    /// Whether there are no settings yet, so that `init` is worth a word.
    pub fresh: bool,
}

impl Default for Options {
    /// Plain text for a file or a pipe.
    fn default() -> Self {
        Self {
            color: false,
            hyperlinks: false,
            width: 100,
            verbose: false,
            show_suppressed: false,
            elapsed: None,
            interactive: false,
            cut: false,
            next: None,
        }
    }
}

/// Writes the open findings in the order of their files, then the others if asked
/// for, the notifications and a summary.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    let tally = Tally::of(report);
    let cut = options.cut && !options.verbose && tally.framed() > MANY;
    let framed: Vec<&Finding> =
        if cut { overview::worst(report) } else { report.open_findings().collect() };
    frames(&framed, options, &mut out)?;
    if options.show_suppressed {
        let accepted = || report.findings.iter().filter(|finding| !finding.is_open());
        for finding in accepted() {
            line::finding(finding, options, &mut out)?;
        }
        if accepted().next().is_some() {
            out.write_all(b"\n")?;
        }
    }
    footer::notifications(report, options, &mut out)?;
    if cut {
        overview::table(report, framed.len(), options, &mut out)?;
    }
    advice::first(report, &tally, options, &mut out)?;
    footer::summary(report, &tally, options, &mut out)?;
    advice::next(report, &tally, cut, options, &mut out)?;
    out.flush()
}

/// Findings in frames, observations on a line each.
fn frames(findings: &[&Finding], options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    let renderer = renderer(options);
    let mut said = frame::Said::default();
    let mut after_line = false;
    let mut observations: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        if finding.severity == Severity::Info && !options.verbose {
            if options.interactive {
                observations.entry(finding.rule.id).or_default().push(finding);
                continue;
            }
            line::finding(finding, options, out)?;
            after_line = true;
            continue;
        }
        if std::mem::take(&mut after_line) {
            out.write_all(b"\n")?;
        }
        let frame = frame::render(finding, &mut said, options, &renderer);
        out.write_all(frame.as_bytes())?;
        out.write_all(b"\n\n")?;
    }
    for of_rule in observations.values() {
        line::observations(of_rule, options, out)?;
        after_line = true;
    }
    if after_line {
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes one finding as a frame, whether or not it is open.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_finding(
    finding: &Finding,
    options: &Options,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let mut said = frame::Said::default();
    writeln!(out, "{}", frame::render(finding, &mut said, options, &renderer(options)))
}

/// Writes one notification, as they stand below the findings.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_notification(
    notification: &Notification,
    options: &Options,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    footer::one(notification, options, out)
}

/// The colour of a severity.
#[must_use]
pub fn severity_style(severity: Severity) -> Style {
    line::severity_style(severity)
}

/// Breaks a text at spaces into lines of at most `width` columns.
#[must_use]
pub fn wrap(text: &str, width: usize) -> String {
    wrap::wrap(text, width)
}

fn renderer(options: &Options) -> Renderer {
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    renderer.hyperlink(options.hyperlinks).term_width(options.width.max(MIN_WIDTH))
}

/// So many frames are read through; of more, only the most urgent are shown at once.
const MANY: usize = 20;

/// Below this a frame cannot show anything; a narrower terminal wraps.
const MIN_WIDTH: usize = 40;

#[cfg(test)]
mod tests;
