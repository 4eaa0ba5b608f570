//! What is said of the place under the pointer: the rule's own words.
//!
//! Nothing of the document is quoted, so that no secret is ever shown twice.

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind, Position, Range};
use seaworthy_engine::{packs, settings};
use seaworthy_model::{Finding, Rule};

use crate::picture::plain;
use crate::server::Server;

/// The most findings that are explained at once.
const MOST_FINDINGS: usize = 3;
/// The sections of a rule's documentation that help where it is met.
const SECTIONS: [&str; 2] = ["Why", "Fix"];

impl Server {
    /// What is to be said of a place. The report is up to date.
    pub(crate) fn hover(&self, params: &HoverParams) -> Option<Hover> {
        let place = &params.text_document_position_params;
        let uri = place.text_document.uri.as_str();
        let (id, artifact) = self.place_of(uri)?;
        let picture = self.roots.get(&id)?.picture.clone()?;
        let scan = picture.scan.as_ref()?;
        let encoding = self.client.encoding;
        let here = |finding: &&Finding| {
            finding.location.artifact == artifact
                && finding.severity >= self.settings.minimum_severity
                && covers(encoding.range(&finding.location), place.position)
        };
        let found: Vec<&Finding> = scan.report.open_findings().filter(here).collect();
        let (text, range) = match found.first() {
            Some(first) => {
                let parts: Vec<String> =
                    found.iter().take(MOST_FINDINGS).map(|found| explained(found)).collect();
                (parts.join("\n\n---\n\n"), Some(encoding.range(&first.location)))
            }
            None => {
                let text = &self.buffers.get(uri)?.text;
                let (word, line) = word_at(text, encoding.offset(text, place.position));
                let names_rules =
                    artifact.file_name() == settings::FILE_NAME || line.contains("seaworthy:");
                let named = names_rules.then(|| about(word, &scan.report.rules)).flatten()?;
                (named, None)
            }
        };
        let kind = match self.client.markdown {
            true => MarkupKind::Markdown,
            false => MarkupKind::PlainText,
        };
        let contents = HoverContents::Markup(MarkupContent { kind, value: text });
        Some(Hover { contents, range })
    }
}

fn covers(range: Range, position: Position) -> bool {
    range.start <= position && position <= range.end
}

fn explained(finding: &Finding) -> String {
    let rule = finding.rule;
    format!(
        "**{}** · {} · [{}]({})\n\n{}\n\n{}",
        rule.summary,
        finding.severity,
        rule.id,
        rule.url(),
        escaped(&finding.message),
        sections(rule.help)
    )
}

/// What a word means that names a rule or a detector.
fn about(word: &str, rules: &[&'static Rule]) -> Option<String> {
    if let Some(rule) = rules.iter().find(|rule| rule.answers_to(word)) {
        let first = rule.help.lines().next().unwrap_or("");
        return Some(format!(
            "**{}** · {} · [{}]({})\n\n{first}\n\n{}",
            rule.summary,
            rule.severity,
            rule.id,
            rule.url(),
            sections(rule.help)
        ));
    }
    let detector = packs::detectors().into_iter().find(|about| about.id == word)?;
    Some(format!("**{}** · {}\n\n{}", detector.id, detector.severity, detector.description))
}

/// The sections of a documentation that are shown.
fn sections(help: &str) -> String {
    let mut out = String::new();
    let mut shown = false;
    for line in help.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            shown = SECTIONS.contains(&title.trim());
            if shown {
                out.push_str("### ");
                out.push_str(title);
                out.push('\n');
            }
        } else if shown {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

/// The word around a byte of a text, as ids are made of letters, and its line.
fn word_at(text: &str, offset: usize) -> (&str, &str) {
    let start = text[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = text[offset..].find(['\n', '\r']).map_or(text.len(), |at| offset + at);
    let line = &text[start..end];
    let outside = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '/'));
    let from = text[start..offset].rfind(outside).map_or(start, |at| {
        start + at + text[start + at..].chars().next().map_or(1, char::len_utf8)
    });
    let to = text[offset..end].find(outside).map_or(end, |at| offset + at);
    (&text[from..to], line)
}

/// A message as Markdown that shows it as it is: names from the repository make no
/// links and load no images.
fn escaped(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for character in plain(message).chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '!' | '#' | '|') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_place_is_an_id() {
        let text = "é\n# seaworthy: ignore[a-b, c/d] x\n";
        for (at, word) in [("a-b", "a-b"), ("-b", "a-b"), (", c", "a-b"), ("c/d", "c/d")] {
            let (found, line) = word_at(text, text.find(at).unwrap());
            assert_eq!(found, word, "{at}");
            assert!(line.starts_with("# seaworthy"), "{line}");
        }
        assert_eq!(word_at("", 0), ("", ""));
        assert_eq!(word_at("é", 2), ("", "é"));
    }

    #[test]
    fn names_from_the_repository_make_no_links() {
        assert_eq!(escaped("![x](http://a) `b`"), "\\!\\[x\\](http://a) \\`b\\`");
    }

    #[test]
    fn every_rule_says_why_and_how_to_mend_it() {
        for rule in seaworthy_engine::rules() {
            let shown = sections(rule.help);
            assert!(shown.contains("### Why"), "{}", rule.id);
            assert!(shown.contains("### Fix"), "{}", rule.id);
        }
    }
}
