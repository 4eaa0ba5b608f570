//! Findings for people: code frames in the manner of rustc and cargo.
//!
//! Whatever comes from the audited repository is made visible before it is
//! printed, so that no file name or value can steer the terminal.

mod footer;
mod frame;
mod line;
mod window;

use std::io::{BufWriter, Write};
use std::time::Duration;

use annotate_snippets::Renderer;
use seaworthy_model::{Notification, Report, Severity};

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
    /// Whether to list findings that somebody accepted.
    pub show_suppressed: bool,
    /// How long the run took, if that shall be told.
    pub elapsed: Option<Duration>,
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
        }
    }
}

/// Writes the open findings in the order of their files, then the suppressed
/// ones if asked for, the notifications and a summary.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    let renderer = renderer(options);
    let mut after_line = false;
    for finding in report.open_findings() {
        if finding.severity == Severity::Info && !options.verbose {
            line::finding(finding, options, &mut out)?;
            after_line = true;
            continue;
        }
        if std::mem::take(&mut after_line) {
            out.write_all(b"\n")?;
        }
        out.write_all(frame::render(finding, options, &renderer).as_bytes())?;
        out.write_all(b"\n\n")?;
    }
    if options.show_suppressed {
        for finding in report.findings.iter().filter(|finding| finding.suppression.is_some()) {
            line::finding(finding, options, &mut out)?;
            after_line = true;
        }
    }
    if after_line {
        out.write_all(b"\n")?;
    }
    footer::notifications(report, options, &mut out)?;
    footer::summary(report, &Tally::of(report), options, &mut out)?;
    out.flush()
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

fn renderer(options: &Options) -> Renderer {
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    renderer.hyperlink(options.hyperlinks).term_width(options.width.max(MIN_WIDTH))
}

/// Below this a frame cannot show anything; a narrower terminal wraps.
const MIN_WIDTH: usize = 40;

#[cfg(test)]
mod tests;
