//! What an editor shows of a report: diagnostics by file.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::str::FromStr as _;
use std::sync::Arc;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, NumberOrString, Range, Uri,
};
use seaworthy_engine::Scan;
use seaworthy_model::{
    ArtifactPath, Finding, Level, Notification, NotificationKind, Rule, Severity,
};
use serde_json::json;

use crate::position::Encoding;

/// Who speaks.
pub(crate) const SOURCE: &str = "seaworthy";

/// The most related places of one diagnostic.
const MOST_RELATED: usize = 50;
/// The most diagnostics of all files together.
const MOST_OF_ALL: usize = 50_000;

/// How the client wants to see a report.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) encoding: Encoding,
    pub(crate) related: bool,
    pub(crate) links: bool,
    pub(crate) tags: bool,
    pub(crate) minimum_severity: Severity,
    pub(crate) most_per_file: usize,
    /// The URI of the root, without a slash at its end.
    pub(crate) root_uri: String,
    /// Whether that is the URI of the only document.
    pub(crate) alone: bool,
}

/// A report as the client sees it.
#[derive(Debug)]
pub(crate) struct Picture {
    /// The state of the root that it shows.
    pub(crate) revision: u64,
    /// The versions of the open buffers in that state.
    pub(crate) versions: HashMap<ArtifactPath, i32>,
    /// The files that something is said of.
    pub(crate) files: BTreeMap<ArtifactPath, FileView>,
    /// What it was made of; none when the root could not be scanned.
    pub(crate) scan: Option<Arc<Scan>>,
}

/// What is said of one file.
#[derive(Debug, Default)]
pub(crate) struct FileView {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The same for the same diagnostics.
    pub(crate) result_id: String,
}

/// The result id of a file that nothing is said of.
pub(crate) const CLEAN: &str = "clean";

impl Picture {
    /// A root of which nothing is known.
    pub(crate) fn empty(revision: u64) -> Self {
        Self { revision, versions: HashMap::new(), files: BTreeMap::new(), scan: None }
    }

    /// What the client sees of a scan.
    pub(crate) fn new(
        revision: u64,
        versions: HashMap<ArtifactPath, i32>,
        scan: Arc<Scan>,
        view: &View,
    ) -> Self {
        let mut by_file: BTreeMap<&ArtifactPath, Vec<(Severity, Diagnostic)>> = BTreeMap::new();
        let shown =
            |finding: &&Finding| finding.is_open() && finding.severity >= view.minimum_severity;
        for finding in scan.report.findings.iter().filter(shown).take(MOST_OF_ALL) {
            let diagnostic = (finding.severity, view.of_finding(finding));
            by_file.entry(&finding.location.artifact).or_default().push(diagnostic);
        }
        for notification in &scan.report.notifications {
            if let Some((artifact, diagnostic)) = view.of_notification(notification, &scan) {
                by_file.entry(artifact).or_default().push((Severity::Info, diagnostic));
            }
        }
        let files = by_file
            .into_iter()
            .map(|(artifact, said)| (artifact.clone(), view.of_file(artifact, said)))
            .collect();
        Self { revision, versions, files, scan: Some(scan) }
    }

    /// The diagnostics of a file.
    pub(crate) fn diagnostics(&self, artifact: &ArtifactPath) -> &[Diagnostic] {
        self.files.get(artifact).map_or(&[], |view| &view.diagnostics)
    }

    /// The result id of a file.
    pub(crate) fn result_id(&self, artifact: &ArtifactPath) -> &str {
        self.files.get(artifact).map_or(CLEAN, |view| &view.result_id)
    }
}

impl View {
    /// The URI of a file below the root.
    pub(crate) fn uri(&self, artifact: &ArtifactPath) -> Option<Uri> {
        if self.alone {
            return Uri::from_str(&self.root_uri).ok();
        }
        Uri::from_str(&format!("{}/{}", self.root_uri, artifact.to_uri())).ok()
    }

    pub(crate) fn of_finding(&self, finding: &Finding) -> Diagnostic {
        let related = finding.related.iter().take(MOST_RELATED).filter_map(|place| {
            let uri = self.uri(&place.artifact)?;
            let location = Location { uri, range: self.encoding.range(place) };
            let message = plain(place.label.as_deref().unwrap_or("belongs to it"));
            Some(DiagnosticRelatedInformation { location, message })
        });
        let related: Vec<_> = if self.related { related.collect() } else { Vec::new() };
        let link = self.links.then(|| Uri::from_str(&finding.rule.url()).ok()).flatten();
        Diagnostic {
            range: self.encoding.range(&finding.location),
            severity: Some(severity(finding.severity)),
            code: Some(NumberOrString::String(finding.rule.id.to_owned())),
            code_description: link.map(|href| CodeDescription { href }),
            source: Some(SOURCE.to_owned()),
            message: plain(&finding.message),
            related_information: (!related.is_empty()).then_some(related),
            tags: self.tags.then(|| tag(finding.rule)).flatten().map(|tag| vec![tag]),
            data: Some(json!({ "fingerprint": finding.fingerprint.to_string() })),
        }
    }

    /// A word of the engine on a file, if the file's author can do something about it.
    fn of_notification<'n>(
        &self,
        notification: &'n Notification,
        scan: &Scan,
    ) -> Option<(&'n ArtifactPath, Diagnostic)> {
        let artifact = notification.artifact.as_ref()?;
        let severity = match notification.kind {
            // While somebody types, a file is broken half of the time.
            NotificationKind::Malformed | NotificationKind::LimitReached => {
                DiagnosticSeverity::INFORMATION
            }
            NotificationKind::SettingsInvalid
            | NotificationKind::SettingsUnused
            | NotificationKind::BaselineStale
            | NotificationKind::PluginFailed
            | NotificationKind::PluginNotRun
            | NotificationKind::RuleFailed => match notification.kind.level() {
                Level::Error => DiagnosticSeverity::ERROR,
                Level::Warning => DiagnosticSeverity::WARNING,
                Level::Note => DiagnosticSeverity::INFORMATION,
            },
            _ => return None,
        };
        let start = notification.position.map(|position| self.encoding.position(position));
        let start = start.unwrap_or_default();
        // To the end of the line.
        let known = scan.snapshot.artifact(artifact.as_str());
        let text_and_lines = known.and_then(|artifact| {
            Some((scan.snapshot.text(artifact)?, scan.snapshot.lines(artifact)?))
        });
        let end = text_and_lines.map_or(start, |(text, lines)| {
            let line = lines.line_region(text, start.line as usize);
            self.encoding.position(lines.position(text, line.end)).max(start)
        });
        let unused = matches!(
            notification.kind,
            NotificationKind::SettingsUnused | NotificationKind::BaselineStale
        );
        let diagnostic = Diagnostic {
            range: Range::new(start, end),
            severity: Some(severity),
            code: Some(NumberOrString::String(notification.kind.id().to_owned())),
            source: Some(SOURCE.to_owned()),
            message: plain(&notification.message),
            tags: (self.tags && unused).then(|| vec![DiagnosticTag::UNNECESSARY]),
            ..Diagnostic::default()
        };
        Some((artifact, diagnostic))
    }

    /// What is said of a file, within bounds: the worst first, if it is too much.
    fn of_file(&self, artifact: &ArtifactPath, mut said: Vec<(Severity, Diagnostic)>) -> FileView {
        let more = said.len().saturating_sub(self.most_per_file);
        if more > 0 {
            said.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
            said.truncate(self.most_per_file);
        }
        let mut diagnostics: Vec<Diagnostic> = said.into_iter().map(|(_, said)| said).collect();
        diagnostics.sort_by_key(|diagnostic| (diagnostic.range.start, diagnostic.range.end));
        if more > 0 {
            diagnostics.insert(0, self.more(artifact, more));
        }
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(&diagnostics).unwrap_or_default().hash(&mut hasher);
        FileView { diagnostics, result_id: format!("{:016x}", hasher.finish()) }
    }

    fn more(&self, artifact: &ArtifactPath, more: usize) -> Diagnostic {
        let name = plain(artifact.as_str());
        Diagnostic {
            range: Range::default(),
            severity: Some(DiagnosticSeverity::WARNING),
            code: Some(NumberOrString::String(NotificationKind::Truncated.id().to_owned())),
            source: Some(SOURCE.to_owned()),
            message: format!(
                "{more} more findings in this file are not shown, the mildest ones; \
                 `seaworthy scan {name}` lists them all"
            ),
            ..Diagnostic::default()
        }
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Critical | Severity::High => DiagnosticSeverity::ERROR,
        Severity::Medium => DiagnosticSeverity::WARNING,
        Severity::Low => DiagnosticSeverity::INFORMATION,
        Severity::Info => DiagnosticSeverity::HINT,
    }
}

/// How what a rule finds is to be drawn: as superfluous, or as outdated.
fn tag(rule: &Rule) -> Option<DiagnosticTag> {
    match rule.id {
        "env-documented-unused" | "nginx-limit-req-unused" => Some(DiagnosticTag::UNNECESSARY),
        "header-deprecated" | "ci-action-deprecated" | "dockerfile-base-eol" => {
            Some(DiagnosticTag::DEPRECATED)
        }
        _ => None,
    }
}

/// A text that no editor obeys: what names in the repository bring along of control
/// characters, and of those that turn the direction of text, is escaped.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let obeyed = character.is_control() && character != '\n'
            || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(character, '\u{2060}'..='\u{206f}');
        if obeyed {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_are_drawn_specially_exist() {
        let ids: Vec<&str> = seaworthy_engine::rules().iter().map(|rule| rule.id).collect();
        let tagged: Vec<&Rule> =
            seaworthy_engine::rules().into_iter().filter(|rule| tag(rule).is_some()).collect();
        assert_eq!(tagged.len(), 5, "{ids:?}");
    }

    #[test]
    fn text_from_the_repository_turns_nothing_around() {
        assert_eq!(plain("a\u{202e}b\u{1b}[31m\nc"), "a\\u{202e}b\\u{1b}[31m\nc");
    }
}
