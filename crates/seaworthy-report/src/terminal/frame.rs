//! One finding as a frame: what is wrong, where, what else belongs to it, and
//! how to mend it.

use std::borrow::Cow;
use std::collections::HashSet;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet,
};
use seaworthy_model::{Applicability, Finding, Fix, Location, Region, Severity};

use super::suggestion;
use super::window::{self, Window};
use super::wrap::{wrap, wrap_after};
use super::{MIN_WIDTH, Options};
use crate::message::{first_sentence, title};
use crate::rule_url;
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
/// How far the second line of a title is moved in.
const TITLE_INDENT: &str = "  ";

/// Explanations that stand further up already.
#[derive(Default)]
pub(super) struct Said(HashSet<(&'static str, String)>);

/// The frame without a line break at its end.
pub(super) fn render(
    finding: &Finding,
    said: &mut Said,
    options: &Options,
    renderer: &Renderer,
) -> String {
    let (_, mut rest) = first_sentence(&finding.message);
    if options.interactive && !options.verbose && !said.0.insert((finding.rule.id, rest.to_owned()))
    {
        rest = "";
    }
    let level = level(finding.severity);
    // What the renderer moves further lines of a title in by.
    let label = level_name(finding.severity).len() + finding.rule.id.len() + "[]: ".len();
    let title = visible(title(&finding.message));
    let title = match options.interactive {
        true => Cow::Owned(wrap_after(
            &title,
            options.width.saturating_sub(label),
            options.width.max(MIN_WIDTH) - TITLE_INDENT.len(),
        )),
        false => title,
    };
    let breaks = title.matches('\n').count();
    let mut title = level.primary_title(title).id(finding.rule.id);
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
    let suggestion = suggestion::shown(finding, options)
        .and_then(|fix| suggestion::group(finding, fix, fix_title(fix)));
    let groups: Vec<Group<'_>> = std::iter::once(group).chain(suggestion).collect();
    let frame = correct(renderer.render(&groups), &corrections);
    if breaks == 0 { frame } else { moved_out(&frame, breaks, label) }
}

/// Moves the further lines of a title out to a small indent.
fn moved_out(frame: &str, breaks: usize, label: usize) -> String {
    let padding = " ".repeat(label);
    let lines = frame.split('\n').enumerate().map(|(number, line)| match line {
        line if (1..=breaks).contains(&number) => {
            Cow::Owned(line.replacen(&padding, TITLE_INDENT, 1))
        }
        line => Cow::Borrowed(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn level_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
        Severity::Info => "info",
    }
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
    // The level tells the others.
    if finding.severity == Severity::Critical {
        let severity = Named(Level::NOTE.with_name("severity"), "severity");
        remarks.push((severity, finding.severity.to_string()));
    }
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
    let apart = suggestion::shown(finding, options);
    for fix in finding.fixes.iter().take(FIXES) {
        if !apart.is_some_and(|shown| std::ptr::eq(shown, fix)) {
            remarks.push((Named::HELP, fix_title(fix)));
        }
    }
    remarks
}

/// What a fix does, and by which flag.
fn fix_title(fix: &Fix) -> String {
    let title = visible(&fix.title);
    let how = match fix.applicability {
        Applicability::Safe => " (`--fix` does it)",
        Applicability::Unsafe => " (`--unsafe-fixes` does it)",
        Applicability::DisplayOnly => "",
    };
    format!("{title}{how}")
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
