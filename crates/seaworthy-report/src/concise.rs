//! One line a finding, for `grep`, editors and logs:
//!
//! ```text
//! api/.env:3:12: critical[jwt-secret-common] 'JWT_SECRET' is a default value
//! ```
//!
//! Columns are counted in UTF-16 code units, as editors do. What hindered the run
//! stands in the same form, with the level in the place of the severity.

use std::io::{BufWriter, Write};

use seaworthy_model::{Level, Report};

use crate::message::title;
use crate::{TOOL, visible};

/// Writes the open findings and what hindered the run, one line each.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    for finding in report.open_findings() {
        let place = &finding.location;
        writeln!(
            out,
            "{}:{}:{}: {}[{}] {}",
            path(place.artifact.as_str()),
            place.start.line.max(1),
            place.start.column.max(1),
            finding.severity,
            finding.rule.id,
            visible(title(&finding.message)),
        )?;
    }
    let notifications = report.notifications.iter();
    for notification in notifications.filter(|notification| notification.kind.level() > Level::Note)
    {
        let mut place = match &notification.artifact {
            Some(artifact) => path(artifact.as_str()),
            None => TOOL.to_owned(),
        };
        if let Some(position) = notification.position {
            place.push_str(&format!(":{}:{}", position.line.max(1), position.column.max(1)));
        }
        writeln!(
            out,
            "{place}: {}[{}] {}",
            notification.kind.level().as_str(),
            notification.kind.id(),
            visible(&notification.message),
        )?;
    }
    out.flush()
}

/// The path as it can begin a line: a log of GitHub Actions obeys lines that begin with
/// two colons, and programs take what begins with a dash for an option.
fn path(path: &str) -> String {
    match path.starts_with([':', '-', ' ', '#']) {
        true => format!("./{}", visible(path)),
        false => visible(path).into_owned(),
    }
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
    fn a_finding_is_a_line() {
        let want = "\
api/.env:3:12: critical[jwt-secret-weak] 'JWT_SECRET' is a default value
docker-compose.yml:5:9: medium[compose-port-public] Port 5432 of 'db' is published on all interfaces
docker-compose.yml:8:13: medium[compose-port-public] A value over two lines
src/ä b/.env:1:1: low[env-file-tracked] This file is tracked by git
vercel.json:1:1: info[header-referrer-policy] No Referrer-Policy is sent
broken\\u{1b}[2J.json:3:1: warning[file-malformed] a bracket is not closed
seaworthy.toml: warning[settings-unused] 'rules.foo' has no effect
seaworthy: warning[git-unknown] the index cannot be read
";
        assert_eq!(render(&sample::rich()), want);
    }

    #[test]
    fn no_path_is_obeyed() {
        let paths = ["::add-mask::x", "-rf", " ::error::x", "a\n::error::x", "##[error]x"];
        let found = paths
            .map(|path| sample::finding(&sample::PORT, "So.", sample::whole_file(path)))
            .to_vec();
        let text = render(&sample::report(found));
        assert_eq!(text.lines().count(), paths.len());
        assert!(text.lines().all(|line| line.starts_with("./") || line.starts_with('a')), "{text}");
    }
}
