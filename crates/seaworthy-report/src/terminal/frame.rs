//! One finding as a frame: what is wrong, where, what else belongs to it, and
//! how to mend it.

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet,
};
use seaworthy_model::{Applicability, Finding, Location, Region, Severity};

use super::window::{self, Window};
use super::{MIN_WIDTH, Options};
use crate::rule_url;
use crate::tally::easiest_fix;
use crate::visible::visible;

/// Related places that are shown unless asked for all.
const RELATED: usize = 6;
/// Related places that are shown at most: a frame is for reading.
const RELATED_VERBOSE: usize = 50;
/// Fixes of which the title is shown.
const FIXES: usize = 3;
/// Lines around a finding in verbose output.
const AROUND: usize = 2;
/// What stands left of a remark's name, with room for the line numbers.
const MARGIN: usize = 9;
/// Wider text is hard to read.
const MAX_TEXT_WIDTH: usize = 100;

/// The frame without a line break at its end.
pub(super) fn render(finding: &Finding, options: &Options, renderer: &Renderer) -> String {
    let (title, rest) = first_sentence(&finding.message);
    let title = visible(title.strip_suffix('.').unwrap_or(title));
    let mut title = level(finding.severity).primary_title(title).id(finding.rule.id);
    if options.hyperlinks {
        title = title.id_url(rule_url(finding.rule));
    }
    let mut group = Group::with_title(title);
    let Places { elements, corrections } = places(finding, options);
    group = group.elements(elements);
    for (Named(level, name), text) in remarks(finding, rest, options) {
        let text = wrap(&text, options.width.saturating_sub(name.len() + MARGIN));
        group = group.element(level.message(text));
    }
    correct(renderer.render(&[group]), &corrections)
}

/// SARIF's level as rustc shows it. `info` is not a note, since it never asks
/// for anything.
pub(super) fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low => Level::NOTE,
        Severity::Info => Level::INFO,
    }
}

/// A level with the name that it shows.
struct Named(Level<'static>, &'static str);

impl Named {
    const NOTE: Named = Named(Level::NOTE, "note");
    const HELP: Named = Named(Level::HELP, "help");
}

/// Places of a frame.
#[derive(Default)]
struct Places<'a> {
    elements: Vec<Element<'a>>,
    /// `path:line:column` as the renderer would print it, and as it should be.
    corrections: Vec<(String, String)>,
}

/// The finding's place and the related ones, each with its file above it.
fn places<'a>(finding: &'a Finding, options: &Options) -> Places<'a> {
    let around = if options.verbose { AROUND } else { 0 };
    let main = &finding.location;
    let (near, far): (Vec<&Location>, Vec<&Location>) =
        shown_related(finding, options).iter().partition(|place| stands_in_frame_of(place, main));
    let mut places = Places::default();
    places.add(main, &near, AnnotationKind::Primary, around);
    for related in far.into_iter().filter(|place| place.context.is_some()) {
        places.add(related, &[], AnnotationKind::Context, around);
    }
    places
}

fn shown_related<'a>(finding: &'a Finding, options: &Options) -> &'a [Location] {
    let limit = if options.verbose { RELATED_VERBOSE } else { RELATED };
    &finding.related[..finding.related.len().min(limit)]
}

/// Whether the place can be marked in the frame of `main`.
fn stands_in_frame_of(place: &Location, main: &Location) -> bool {
    place.artifact == main.artifact
        && main.context.as_ref().is_some_and(|context| context.region.contains(place.region))
}

impl<'a> Places<'a> {
    /// Adds a file and position, and below it the lines with the marks. Only
    /// the former if there is no text.
    fn add(
        &mut self,
        main: &'a Location,
        near: &[&'a Location],
        kind: AnnotationKind,
        around: usize,
    ) {
        let path = visible(main.artifact.as_str());
        let (line, column) = (main.start.line.max(1), main.start.column.max(1));
        let all = || [main].into_iter().chain(near.iter().copied());
        let regions: Vec<Region> = all().map(|location| location.region).collect();
        let window =
            main.context.as_ref().and_then(|context| window::cut(context, &regions, around));
        let Some(Window { text, marks, line_start }) = window else {
            let mut origin = Origin::path(path);
            if main.context.is_some() || !main.region.is_empty() {
                origin = origin.line(line as usize).char_column(column as usize);
            }
            self.elements.push(origin.into());
            return;
        };
        // The renderer counts columns in what it is shown, which may be cut or
        // escaped.
        let before = &text[..marks[0].start];
        let shown_line = line_start + before.matches('\n').count();
        let shown_column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        let shown = format!("{path}:{shown_line}:{shown_column}");
        self.corrections.push((shown, format!("{path}:{line}:{column}")));

        let kinds = std::iter::once(kind).chain(std::iter::repeat(AnnotationKind::Context));
        let annotations: Vec<Annotation<'a>> = all()
            .zip(kinds)
            .zip(marks)
            .map(|((location, kind), mark)| {
                kind.span(mark).label(location.label.as_deref().map(visible))
            })
            .collect();
        let snippet = Snippet::source(text)
            .path(path)
            .line_start(line_start)
            .fold(around == 0)
            .annotations(annotations);
        self.elements.push(snippet.into());
    }
}

/// Puts the right columns into a rendered frame. The title is its first line;
/// the places follow it in their order.
fn correct(frame: String, corrections: &[(String, String)]) -> String {
    if corrections.iter().all(|(shown, right)| shown == right) {
        return frame;
    }
    let mut at = frame.find('\n').unwrap_or(frame.len());
    let mut out = frame[..at].to_owned();
    for (shown, right) in corrections {
        let Some(found) = frame[at..].find(shown.as_str()) else { continue };
        out.push_str(&frame[at..at + found]);
        out.push_str(right);
        at += found + shown.len();
    }
    out.push_str(&frame[at..]);
    out
}

/// The lines below the code.
fn remarks(finding: &Finding, rest: &str, options: &Options) -> Vec<(Named, String)> {
    let mut remarks = Vec::new();
    let severity = Named(Level::NOTE.with_name("severity"), "severity");
    remarks.push((severity, finding.severity.to_string()));
    if !rest.is_empty() {
        remarks.push((Named::NOTE, visible(rest).into_owned()));
    }
    let shown = shown_related(finding, options);
    for place in shown.iter().filter(|place| place.context.is_none()) {
        remarks.push((Named::NOTE, bare_place(place)));
    }
    let hidden = finding.related.len() - shown.len();
    if hidden > 0 {
        remarks.push((Named::NOTE, format!("and {hidden} more related places")));
    }
    for fix in finding.fixes.iter().take(FIXES) {
        remarks.push((Named::HELP, visible(&fix.title).into_owned()));
    }
    match easiest_fix(finding) {
        Some(Applicability::Safe) => {
            remarks.push((Named::HELP, "fix available: `seaworthy scan --fix`".to_owned()));
        }
        Some(Applicability::Unsafe) => {
            let text = "fix available, look at it first: `seaworthy scan --unsafe-fixes`";
            remarks.push((Named::HELP, text.to_owned()));
        }
        Some(Applicability::DisplayOnly) | None => {}
    }
    remarks
}

/// A related place without text: its file, and what it has to do with it.
fn bare_place(place: &Location) -> String {
    let mut text = visible(place.artifact.as_str()).into_owned();
    if !place.region.is_empty() {
        text.push_str(&format!(":{}:{}", place.start.line, place.start.column));
    }
    if let Some(label) = &place.label {
        text.push_str(": ");
        text.push_str(&visible(label));
    }
    text
}

/// Splits a message after its first sentence: a period before a capital, but
/// not the period of an abbreviation such as "e.g.".
fn first_sentence(message: &str) -> (&str, &str) {
    let message = message.trim();
    for (at, _) in message.match_indices(". ") {
        let word = message[..at].rsplit(' ').next().unwrap_or("");
        let next = message[at + 2..].trim_start();
        if next.starts_with(char::is_uppercase) && !word.contains('.') && word.chars().count() > 1 {
            return (&message[..=at], next);
        }
    }
    (message, "")
}

/// Breaks the text at spaces into lines of at most `width` characters; a
/// longer word keeps a line for itself.
fn wrap(text: &str, width: usize) -> String {
    let width = width.clamp(MIN_WIDTH, MAX_TEXT_WIDTH);
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 {
            if column + 1 + length > width {
                out.push('\n');
                column = 0;
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(word);
        column += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_ends_before_a_capital() {
        let cases = [
            ("One. Two. Three.", ("One.", "Two. Three.")),
            ("One.", ("One.", "")),
            ("Uses e.g. Redis here. Then", ("Uses e.g. Redis here.", "Then")),
            ("version 1. 2 is", ("version 1. 2 is", "")),
            ("no period", ("no period", "")),
            ("", ("", "")),
        ];
        for (message, want) in cases {
            assert_eq!(first_sentence(message), want, "{message}");
        }
    }

    #[test]
    fn long_text_is_wrapped_at_spaces() {
        let text = "word ".repeat(20);
        let wrapped = wrap(text.trim(), 40);
        assert!(wrapped.lines().all(|line| line.len() <= 40), "{wrapped}");
        assert_eq!(wrapped.replace('\n', " "), text.trim());
        assert_eq!(wrap(&"x".repeat(90), 10), "x".repeat(90));
    }
}
