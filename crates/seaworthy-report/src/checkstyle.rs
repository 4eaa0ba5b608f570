//! Checkstyle's XML, which many servers and editors read.

use std::io::{BufWriter, Write};

use seaworthy_model::{ArtifactPath, Level, Report};

use crate::TOOL;
use crate::message::with_related;
use crate::order::is_whole_file;
use crate::xml::escape;

/// Writes the open findings by file.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n")?;
    let mut open: Option<&ArtifactPath> = None;
    for finding in report.open_findings() {
        let place = &finding.location;
        if open != Some(&place.artifact) {
            if open.is_some() {
                out.write_all(b"  </file>\n")?;
            }
            writeln!(out, "  <file name=\"{}\">", escape(place.artifact.as_str()))?;
            open = Some(&place.artifact);
        }
        write!(out, "    <error line=\"{}\"", place.start.line.max(1))?;
        if !is_whole_file(place) {
            write!(out, " column=\"{}\"", place.start.column.max(1))?;
        }
        let severity = match finding.severity.level() {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "info",
        };
        // A break of a line in an attribute is read as a space unless it is escaped.
        let lines: Vec<String> = with_related(finding).lines().map(escape).collect();
        writeln!(
            out,
            " severity=\"{severity}\" message=\"{}\" source=\"{TOOL}.{}\"/>",
            lines.join("&#10;"),
            escape(finding.rule.id),
        )?;
    }
    if open.is_some() {
        out.write_all(b"  </file>\n")?;
    }
    out.write_all(b"</checkstyle>\n")?;
    out.flush()
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
    fn findings_stand_below_their_file() {
        let mut report = sample::rich();
        report.findings.retain(|finding| finding.rule != &sample::WEAK);
        assert_eq!(
            render(&report),
            "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<checkstyle version=\"4.3\">
  <file name=\"docker-compose.yml\">
    <error line=\"5\" column=\"9\" severity=\"warning\" message=\"Port 5432 of &#39;db&#39; is published on all interfaces.\" source=\"seaworthy.compose-port-public\"/>
    <error line=\"8\" column=\"13\" severity=\"warning\" message=\"A value over two lines.\" source=\"seaworthy.compose-port-public\"/>
  </file>
  <file name=\"src/ä b/.env\">
    <error line=\"1\" severity=\"info\" message=\"This file is tracked by git.\" source=\"seaworthy.env-file-tracked\"/>
  </file>
  <file name=\"vercel.json\">
    <error line=\"1\" severity=\"info\" message=\"No Referrer-Policy is sent.\" source=\"seaworthy.header-referrer-policy\"/>
  </file>
</checkstyle>
"
        );
    }

    #[test]
    fn other_places_are_told_on_lines_of_their_own() {
        let text = render(&sample::rich());
        assert!(text.contains("&#10;- docker-compose.yml:7: service &#39;db&#39;"), "{text}");
    }
}
