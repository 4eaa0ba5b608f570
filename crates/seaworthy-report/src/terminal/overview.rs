//! A long report at a glance: the most urgent findings, and a table of all by rule.

use std::collections::BTreeMap;
use std::io::{self, Write};

use seaworthy_model::{Finding, Report, Severity};
use unicode_width::UnicodeWidthStr as _;

use super::line::{paint, severity_style};
use super::{MIN_WIDTH, Options};
use crate::first;
use crate::visible::visible;

/// Frames of a report that is cut.
const FRAMES: usize = 8;
/// Lines of the table.
const ROWS: usize = 20;
/// The least columns for a place.
const LEAST: usize = 12;

/// The most urgent finding of each of the most urgent rules, the least urgent first:
/// who reads at the end of the output sees the worst.
pub(super) fn worst(report: &Report) -> Vec<&Finding> {
    let mut chosen: Vec<&Finding> = first::errands(report).iter().map(|e| e.finding).collect();
    for finding in first::by_urgency(report) {
        if chosen.len() < FRAMES && chosen.iter().all(|known| known.rule != finding.rule) {
            chosen.push(finding);
        }
    }
    chosen.reverse();
    chosen
}

/// What a rule has found.
struct Row<'a> {
    severity: Severity,
    count: usize,
    first: &'a Finding,
}

/// A line for each rule: how bad, how often, and where first.
pub(super) fn table(
    report: &Report,
    framed: usize,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut rows: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    for finding in report.open_findings() {
        let row = rows.entry(finding.rule.id).or_insert(Row {
            severity: finding.severity,
            count: 0,
            first: finding,
        });
        row.count += 1;
        if finding.severity > row.severity {
            (row.severity, row.first) = (finding.severity, finding);
        }
    }
    let mut rows: Vec<(&str, Row<'_>)> = rows.into_iter().collect();
    rows.sort_by_key(|(id, row)| (std::cmp::Reverse((row.severity, row.count)), *id));
    let shown = &rows[..rows.len().min(ROWS)];
    let widest = shown.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
    let digits = shown.iter().map(|(_, row)| row.count.to_string().len()).max().unwrap_or(1);
    let above = match framed {
        1 => "Above stands the most urgent finding".to_owned(),
        framed => format!("Above stand the most urgent findings of {framed} rules"),
    };
    writeln!(out, "{above}. All of them by rule:")?;
    for (id, row) in shown {
        let severity =
            paint(options, severity_style(row.severity), &format!("{:8}", row.severity.as_str()));
        let used = 8 + 1 + digits + 2 + widest + 2;
        let room = options.width.max(MIN_WIDTH).saturating_sub(used);
        let place = match room >= LEAST {
            true => place(row.first, room),
            false => String::new(),
        };
        let line = format!("{:>digits$}  {id:widest$}  {place}", row.count);
        writeln!(out, "{severity} {}", line.trim_end())?;
    }
    let more = rows.len() - shown.len();
    if more > 0 {
        let count: usize = rows[shown.len()..].iter().map(|(_, row)| row.count).sum();
        writeln!(out, "and {count} findings of {more} more rules")?;
    }
    writeln!(out)
}

/// `path:line`, of which the end is shown if all of it does not fit.
fn place(finding: &Finding, room: usize) -> String {
    let location = &finding.location;
    let mut place = visible(location.artifact.as_str()).into_owned();
    if location.context.is_some() || !location.region.is_empty() {
        place.push_str(&format!(":{}", location.start.line.max(1)));
    }
    if place.width() <= room {
        return place;
    }
    let mut from = 0;
    while place[from..].width() >= room {
        from += place[from..].chars().next().map_or(1, char::len_utf8);
    }
    format!("…{}", &place[from..])
}
