//! A fix as the lines that it would leave behind.
//!
//! What stays of a line is the masked excerpt of the finding, so that nothing secret
//! comes in; a fix that reaches beyond the excerpt is told by its title alone.

use annotate_snippets::{Group, Level, Patch, Snippet};
use seaworthy_model::{Applicability, Finding, Fix, Region};

use unicode_width::UnicodeWidthStr as _;

use super::window::{self, Window};
use super::{MIN_WIDTH, Options};
use crate::visible::visible;

/// What stands left of a line.
const MARGIN: usize = 9;

/// Longer fixes are for a diff.
const LINES: usize = 3;

/// The fix that would be applied to the finding, if it can be shown.
pub(super) fn shown<'a>(finding: &'a Finding, options: &Options) -> Option<&'a Fix> {
    let fix = finding.fixes.first()?;
    let context = finding.location.context.as_ref()?;
    // The renderer counts columns over several edits, which overlapping ones upset.
    let [replacement] = fix.replacements.as_slice() else { return None };
    let at = replacement.region.start.checked_sub(context.region.start)?;
    let end = replacement.region.end.checked_sub(context.region.start)?;
    let near = replacement.artifact == finding.location.artifact
        && context.region.contains(replacement.region)
        && context.text.get(at..end).is_some_and(|removed| !removed.contains(['\n', '\r']))
        && replacement.text.trim_end_matches('\n').matches('\n').count() < LINES;
    if !near || fix.applicability == Applicability::DisplayOnly {
        return None;
    }
    // The renderer cuts no line of a suggestion.
    let window = window::cut(context, &[replacement.region], 0)?;
    let longest = |text: &str| text.lines().map(|line| line.width()).max().unwrap_or(0);
    let width = longest(&window.text) + longest(&replacement.text) + MARGIN;
    (width <= options.width.max(MIN_WIDTH)).then_some(fix)
}

/// The fix as a part of the frame.
pub(super) fn group<'a>(finding: &'a Finding, fix: &'a Fix, title: String) -> Option<Group<'a>> {
    let context = finding.location.context.as_ref()?;
    let regions: Vec<Region> = fix.replacements.iter().map(|r| r.region).collect();
    let Window { text, marks, line_start } = window::cut(context, &regions, 0)?;
    let patches = fix.replacements.iter().zip(marks).map(|(replacement, mark)| {
        let lines: Vec<_> = replacement.text.split('\n').map(visible).collect();
        Patch::new(mark, lines.join("\n"))
    });
    let snippet = Snippet::source(text).line_start(line_start).patches(patches);
    Some(Group::with_title(Level::HELP.secondary_title(title)).element(snippet))
}
