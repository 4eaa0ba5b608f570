//! The open findings as a table of comma-separated values (RFC 4180), for spreadsheets.
//!
//! A spreadsheet takes what begins with `=`, `+`, `-` or `@` for a formula, and a file
//! may be named like one. Such a cell is given an apostrophe in front, which the
//! programs understand as "this is text".

use std::borrow::Cow;
use std::io::{BufWriter, Write};

use seaworthy_model::Report;

use crate::order::is_whole_file;
use crate::{rule_url, visible};

const HEADER: &str =
    "severity,rule,path,line,column,end_line,end_column,message,new,fingerprint,url";

/// Writes a header and one row a finding.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    write!(out, "{HEADER}\r\n")?;
    for finding in report.open_findings() {
        let (rule, place) = (finding.rule, &finding.location);
        let (path, message) = (cell(place.artifact.as_str()), cell(&finding.message));
        write!(out, "{},{},{path},{},", finding.severity, cell(rule.id), place.start.line.max(1))?;
        match is_whole_file(place) {
            true => write!(out, ",,")?,
            false => write!(out, "{},{},{}", place.start.column, place.end.line, place.end.column)?,
        }
        let new = match finding.baseline {
            Some(_) => "yes",
            None => "",
        };
        let url = cell(&rule_url(rule));
        write!(out, ",{message},{new},{},{url}\r\n", finding.fingerprint)?;
    }
    out.flush()
}

/// A text in quotation marks that is no formula.
fn cell(text: &str) -> String {
    let text: Cow<'_, str> = visible(text);
    let begins = text.trim_start().chars().next();
    let is_formula = begins
        .is_some_and(|first| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
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
    fn a_finding_is_a_row() {
        let text = render(&sample::rich());
        let rows: Vec<&str> = text.split_terminator("\r\n").collect();
        assert_eq!(rows.len(), 6);
        let columns = HEADER.split(',').count();
        assert!(rows[1].starts_with("critical,\"jwt-secret-weak\",\"api/.env\",3,12,3,32,\"'JWT"));
        assert!(rows[1].contains(",yes,"), "{}", rows[1]);
        assert!(rows[4].starts_with("low,\"env-file-tracked\",\"src/ä b/.env\",1,,,,\"This file"));
        assert_eq!(rows[4].split(',').count(), columns, "{}", rows[4]);
    }

    #[test]
    fn no_cell_is_a_formula_or_breaks_its_row() {
        let cases = [
            ("plain", "\"plain\""),
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("@scope/x", "\"'@scope/x\""),
            (" +1", "\"' +1\""),
            ("-rf", "\"'-rf\""),
            ("＝1", "\"'＝1\""),
            ("a\"b,c\r\nd", "\"a\"\"b,c\\r\\nd\""),
            ("\t=1", "\"\\t=1\""),
        ];
        for (text, want) in cases {
            assert_eq!(cell(text), want, "{text:?}");
        }
    }
}
