//! Annotations of GitHub Actions, as the commands that a job's log is read for.
//!
//! A step shows ten errors, ten warnings and ten notices, a job fifty in all; what is
//! beyond that vanishes unsaid. So the most severe are annotated, and the last notice
//! tells how many are not.

use std::io::{BufWriter, Write};

use seaworthy_model::{Finding, Level, Notification, Report};

use crate::message::with_related;
use crate::order::{is_whole_file, worst_first};
use crate::{TOOL, rule_url, visible};

/// What a step shows of one level.
const OF_A_LEVEL: usize = 10;

/// Writes the commands.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    let mut room = Room::default();
    // What spoiled the run makes the rest doubtful; other hindrances come last.
    let (spoiled, hindered): (Vec<_>, Vec<_>) = report
        .notifications
        .iter()
        .filter(|notification| notification.kind.level() > Level::Note)
        .partition(|notification| notification.kind.level() == Level::Error);
    for notification in spoiled {
        if room.take(Level::Error) {
            self::notification(notification, &mut out)?;
        }
    }
    let mut left_out = 0;
    for finding in worst_first(report) {
        if room.take(finding.severity.level()) {
            annotation(finding, &mut out)?;
        } else {
            left_out += 1;
        }
    }
    for notification in hindered {
        if room.take(Level::Warning) {
            self::notification(notification, &mut out)?;
        }
    }
    if left_out > 0 {
        let noun = if left_out == 1 { "finding" } else { "findings" };
        let text = format!("{left_out} more {noun} in the summary of the job");
        command(Level::Note, &[("title", TOOL)], &text, &mut out)?;
    }
    out.flush()
}

/// How many annotations of each level there are so far.
#[derive(Default)]
struct Room {
    taken: [usize; 3],
}

impl Room {
    /// Takes a place for one of a level, if there is one.
    fn take(&mut self, level: Level) -> bool {
        let (index, limit) = match level {
            // One place is for the number of those that are left out.
            Level::Note => (0, OF_A_LEVEL - 1),
            Level::Warning => (1, OF_A_LEVEL),
            Level::Error => (2, OF_A_LEVEL),
        };
        let free = self.taken[index] < limit;
        self.taken[index] += usize::from(free);
        free
    }
}

fn annotation(finding: &Finding, out: &mut dyn Write) -> std::io::Result<()> {
    let place = &finding.location;
    let (start, end) = (place.start, place.end);
    let title = format!("{}: {}", finding.severity, finding.rule.id);
    let line = start.line.max(1).to_string();
    let end_line = end.line.max(start.line.max(1)).to_string();
    let columns = (start.column.max(1).to_string(), end.column.max(1).to_string());
    let mut properties =
        vec![("file", place.artifact.as_str()), ("line", &line), ("endLine", &end_line)];
    // Columns are for what stands on one line.
    if !is_whole_file(place) && start.line == end.line {
        properties.extend([("col", columns.0.as_str()), ("endColumn", columns.1.as_str())]);
    }
    properties.push(("title", &title));
    let text = format!("{}\n{}", with_related(finding), rule_url(finding.rule));
    command(finding.severity.level(), &properties, &text, out)
}

fn notification(notification: &Notification, out: &mut dyn Write) -> std::io::Result<()> {
    let title = format!("{TOOL}: {}", notification.kind.id());
    let line = notification.position.map(|position| position.line.max(1).to_string());
    let mut properties = Vec::new();
    if let Some(artifact) = &notification.artifact {
        properties.push(("file", artifact.as_str()));
    }
    if let Some(line) = &line {
        properties.push(("line", line));
    }
    properties.push(("title", &title));
    command(notification.kind.level(), &properties, &visible(&notification.message), out)
}

/// Writes `::level name=value,…::text`.
fn command(
    level: Level,
    properties: &[(&str, &str)],
    text: &str,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let name = match level {
        Level::Note => "notice",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    write!(out, "::{name}")?;
    for (number, (key, value)) in properties.iter().enumerate() {
        let mark = if number == 0 { ' ' } else { ',' };
        write!(out, "{mark}{key}={}", data(value).replace(':', "%3A").replace(',', "%2C"))?;
    }
    writeln!(out, "::{}", data(text))
}

/// Text that neither ends the command nor reads as an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn render(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).expect("memory can be written");
        String::from_utf8(out).expect("the output is UTF-8")
    }

    #[test]
    fn the_most_severe_comes_first_with_its_place_and_what_belongs_to_it() {
        let text = render(&sample::rich());
        let first = text.lines().next().unwrap_or_default();
        assert_eq!(
            first,
            "::error file=api/.env,line=3,endLine=3,col=12,endColumn=32,\
             title=critical%3A jwt-secret-weak::'JWT_SECRET' is a default value. Whoever reads \
             the template can sign tokens (see [x](y))%0A- docker-compose.yml:7: service 'db' \
             [main] reads it%0A- README.md: documented here%0A- api/.env:3: its \
             name%0Ahttps://github.com/seaworthy-rs/seaworthy/blob/main/docs/rules/jwt-secret-weak.md"
        );
        assert!(text.contains("\n::warning file=docker-compose.yml,line=8,endLine=9,title="));
        assert!(text.contains("\n::notice file=vercel.json,line=1,endLine=1,title="), "{text}");
        assert!(text.contains("::warning title=seaworthy%3A git-unknown::"), "{text}");
    }

    #[test]
    fn a_step_is_given_what_it_shows_and_the_number_of_the_rest() {
        let text = render(&sample::large(30_000));
        for (level, count) in [("error", 10), ("warning", 10), ("notice", 10)] {
            let start = format!("::{level} ");
            assert_eq!(text.lines().filter(|line| line.starts_with(&start)).count(), count);
        }
        assert!(text.starts_with("::error"), "{text}");
        assert!(text.ends_with("::29971 more findings in the summary of the job\n"), "{text}");
    }

    #[test]
    fn nothing_of_a_repository_is_obeyed() {
        let place = sample::whole_file("a,line=9::b\n::add-mask::c%0A");
        let report = sample::report(vec![sample::finding(&sample::PORT, "100% so.\r\nx", place)]);
        let text = render(&report);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("file=a%2Cline=9%3A%3Ab%0A%3A%3Aadd-mask%3A%3Ac%250A,line=1"));
        assert!(text.contains("::100%25 so."), "{text}");
    }

    #[test]
    fn a_clean_report_says_nothing() {
        assert_eq!(render(&sample::report(Vec::new())), "");
    }
}
