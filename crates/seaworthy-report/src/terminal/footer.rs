//! What stands below the findings: what hindered the run, and the figures.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Effects, Style};
use seaworthy_model::{Level, Notification, NotificationKind, Report, Severity};

use super::Options;
use super::line::{paint, severity_style};
use super::wrap::wrap;
use crate::tally::Tally;
use crate::visible::visible;

/// Notifications of one kind that are listed unless asked for all. An error
/// tells that the report may be wrong, so more of them are.
const ERRORS: usize = 20;
const OTHERS: usize = 1;

const CLEAN: Style = AnsiColor::BrightGreen.on_default().effects(Effects::BOLD);

/// All notifications, or the first of each kind and how many there are more.
pub(super) fn notifications(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut kinds: BTreeMap<NotificationKind, Vec<&Notification>> = BTreeMap::new();
    // What other tools were told is worth knowing for who asks.
    let unasked = |kind| kind == NotificationKind::ForeignIgnores && !options.verbose;
    for notification in report.notifications.iter().filter(|told| !unasked(told.kind)) {
        kinds.entry(notification.kind).or_default().push(notification);
    }
    let mut hidden = 0;
    for (kind, list) in &kinds {
        let limit = match kind.level() {
            _ if options.verbose => usize::MAX,
            Level::Error => ERRORS,
            Level::Warning | Level::Note => OTHERS,
        };
        for notification in list.iter().take(limit) {
            one(notification, options, out)?;
        }
        let more = list.len().saturating_sub(limit);
        if more > 0 {
            let name = heading(*kind, options);
            writeln!(out, "{name}: and {more} more of this kind")?;
        }
        hidden += more;
    }
    if hidden > 0 {
        writeln!(out, "run with --verbose to see them all")?;
    }
    if !kinds.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// A notification with its place and line.
pub(super) fn one(
    notification: &Notification,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "{}: ", heading(notification.kind, options))?;
    if let Some(artifact) = &notification.artifact {
        write!(out, "{}", visible(artifact.as_str()))?;
        if let Some(position) = notification.position {
            write!(out, ":{}:{}", position.line, position.column)?;
        }
        write!(out, ": ")?;
    }
    writeln!(out, "{}", visible(&notification.message))?;
    match &notification.excerpt {
        Some(line) => writeln!(out, "    {}", visible(line)),
        None => Ok(()),
    }
}

fn heading(kind: NotificationKind, options: &Options) -> String {
    let style = severity_style(match kind.level() {
        Level::Error => Severity::High,
        Level::Warning => Severity::Medium,
        Level::Note => Severity::Low,
    });
    paint(options, style, &format!("{}[{}]", kind.level().as_str(), kind.id()))
}

/// All figures, on one line where it is not too narrow for it.
pub(super) fn summary(
    report: &Report,
    tally: &Tally,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (open, scope) = (tally.open(), &report.scope);
    let worst = Severity::ALL.into_iter().rev().find(|&severity| tally.count(severity) > 0);
    let (head, style) = match worst {
        None => (format!("no {}findings", scope.new_word()), CLEAN),
        Some(worst) => {
            (counted(open, &format!("{}finding", scope.new_word())), severity_style(worst))
        }
    };
    let mut line = head.clone();
    if worst.is_some() {
        let parts: Vec<String> = Severity::ALL
            .into_iter()
            .rev()
            .map(|severity| (tally.count(severity), severity))
            .filter(|&(count, _)| count > 0)
            .map(|(count, severity)| format!("{count} {severity}"))
            .collect();
        line.push_str(&format!(" ({})", parts.join(", ")));
    }
    line.push_str(&format!(" {}", visible(&scope.place(report.statistics.artifacts))));
    let rest = [
        (tally.fixable, "fixable"),
        (tally.unsafely_fixable, "fixable with --unsafe-fixes"),
        (tally.suppressed - tally.foreign, "suppressed"),
        (tally.foreign, "suppressed by marks of other tools"),
        (tally.baselined, scope.known_word()),
    ];
    for (count, word) in rest.into_iter().filter(|&(count, _)| count > 0) {
        line.push_str(&format!(", {count} {word}"));
    }
    if let Some(elapsed) = options.elapsed {
        line.push_str(&format!(", {}", duration(elapsed)));
    }
    if options.interactive {
        line = wrap(&line, options.width);
    }
    let line = line.strip_prefix(&head).unwrap_or_default();
    writeln!(out, "{}{line}", paint(options, style, &head))
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0 if elapsed.as_millis() < 95 => format!("{} ms", elapsed.as_millis()),
        0..60 => format!("{:.1} s", elapsed.as_secs_f64()),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let cases = [
            (0, "0 ms"),
            (37, "37 ms"),
            (400, "0.4 s"),
            (12_345, "12.3 s"),
            (125_000, "2 min 5 s"),
        ];
        for (millis, want) in cases {
            assert_eq!(duration(Duration::from_millis(millis)), want);
        }
    }
}
