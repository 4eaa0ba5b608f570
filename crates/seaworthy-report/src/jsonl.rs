//! The report as JSON Lines, for tools that read a stream.
//!
//! Each line is an object with a `type`: `finding` and `notification`, with the keys
//! that they have in the [JSON report](crate::json), and at the end one `summary` with
//! `schema`, `tool`, `exit_code` and `statistics`. Where it is missing, the rest is not
//! whole.

use std::io::{BufWriter, Write};

use seaworthy_model::Report;
use serde::Serialize;

use crate::json::{Summary, finding, notification};

/// Writes every finding, the suppressed ones too, then the notifications and a summary.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    for each in &report.findings {
        line("finding", &finding(each), &mut out)?;
    }
    for each in &report.notifications {
        line("notification", &notification(each), &mut out)?;
    }
    line("summary", &Summary::new(report), &mut out)?;
    out.flush()
}

#[derive(Serialize)]
struct Line<'a, T> {
    r#type: &'static str,
    #[serde(flatten)]
    what: &'a T,
}

fn line<T: Serialize>(r#type: &'static str, what: &T, out: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, &Line { r#type, what })?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::sample;

    fn lines(report: &Report) -> Vec<Value> {
        let mut out = Vec::new();
        write(report, &mut out).expect("memory can be written");
        let text = String::from_utf8(out).expect("JSON is UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    #[test]
    fn the_lines_are_those_of_the_json_report_and_a_summary() {
        let report = sample::rich();
        let mut out = Vec::new();
        crate::json::write(&report, &mut out).expect("memory can be written");
        let whole: Value = serde_json::from_slice(&out).expect("the output is JSON");
        let mut lines = lines(&report);
        let summary = lines.pop().expect("there is a summary");
        assert_eq!(summary["type"], "summary");
        for key in ["schema", "tool", "exit_code", "statistics"] {
            assert_eq!(summary[key], whole[key], "{key}");
        }
        let of = |name: &str| -> Vec<Value> {
            let these = lines.iter().filter(|line| line["type"] == name).cloned();
            these
                .map(|mut line| {
                    line.as_object_mut().expect("a line is an object").remove("type");
                    line
                })
                .collect()
        };
        assert_eq!(Value::Array(of("finding")), whole["findings"]);
        assert_eq!(Value::Array(of("notification")), whole["notifications"]);
    }
}
