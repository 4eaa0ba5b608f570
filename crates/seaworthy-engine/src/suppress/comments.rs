//! Finding and reading ignore comments.
//!
//! Time is linear in the text, whatever it holds: comments are found by binary
//! search, a block of comments is crossed once, and ignores are counted.

use seaworthy_analysis::{Artifact, Document, DocumentKind, Snapshot};
use seaworthy_model::{LineIndex, Region};

use super::{Ignore, Reach};

const MARKER: &str = "seaworthy:";
const VERB: &str = "ignore";

/// The comment openers that are known where a format has no parser of ours; one
/// that ends another comes after it.
const OPENERS: [&str; 6] = ["#", "//", "<!--", "--", ";", "/*"];

/// The most ignores of one file.
const MAX_IGNORES: usize = 1_000;
/// The most bytes that are read behind a marker, and the most ids.
const MAX_TAIL: usize = 4_096;
const MAX_IDS: usize = 50;

/// The ignores of a file, and whether there are more.
pub(super) fn collect(snapshot: &Snapshot, artifact: &Artifact) -> (Vec<Ignore>, bool) {
    let mut ignores = Vec::new();
    if !may_have_comments(artifact.kind()) {
        return (ignores, false);
    }
    let Some(text) = snapshot.text(artifact).filter(|text| text.contains(MARKER)) else {
        return (ignores, false);
    };
    let Some(lines) = snapshot.lines(artifact) else { return (ignores, false) };
    let comments = snapshot.document(artifact).and_then(Document::comments);
    let mut reader = Reader { text, lines, comments: comments.as_deref(), last: None, below: None };
    for (offset, _) in text.match_indices(MARKER) {
        let Some(ignore) = reader.ignore(offset) else { continue };
        if ignores.len() == MAX_IGNORES {
            return (ignores, true);
        }
        ignores.push(ignore);
    }
    (ignores, false)
}

/// JSON has no comments, and lockfiles are written by tools.
fn may_have_comments(kind: DocumentKind) -> bool {
    !matches!(kind, DocumentKind::Vercel | DocumentKind::PackageJson | DocumentKind::Lockfile(_))
}

/// Reads the ignores of one text from its start to its end.
struct Reader<'a> {
    text: &'a str,
    lines: &'a LineIndex,
    /// As the parser saw them; `None` where there is no parser.
    comments: Option<&'a [Region]>,
    /// The line of the last ignore.
    last: Option<usize>,
    /// The lines of comments that were crossed last, and what came below.
    below: Option<(usize, Option<usize>)>,
}

impl Reader<'_> {
    /// The ignore whose marker is at `offset`, if it is one.
    fn ignore(&mut self, offset: usize) -> Option<Ignore> {
        let rest = &self.text[offset + MARKER.len()..];
        let verb = rest.trim_start_matches([' ', '\t']);
        let tail = verb.strip_prefix(VERB)?;
        let (whole_file, tail) = match tail.strip_prefix("-file") {
            Some(tail) => (true, tail),
            None => (false, tail),
        };
        if tail.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_')) {
            return None;
        }
        let tail_start = self.text.len() - tail.len();
        let line = self.lines.line_of(offset);
        let comment = self.comment_around(line, offset)?;
        let mut end = comment.end.min(tail_start.saturating_add(MAX_TAIL)).max(tail_start);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let (rules, reason) = read(&self.text[tail_start..end], tail_start);
        // Behind another ignore it stands on no line of its own, unless that one
        // does; either way both speak for the same line.
        let start = self.lines.line_region(self.text, line).start;
        let alone = self.last != Some(line)
            && self.text.get(start..comment.start).is_none_or(|before| before.trim().is_empty());
        let reach = if whole_file {
            Reach::File
        } else if alone || self.is_crossed(line) {
            self.next_line(line).map_or(Reach::Nothing, |line| Reach::Line(one_based(line)))
        } else {
            Reach::Line(one_based(line))
        };
        self.last = Some(line);
        let used = vec![false; rules.len()];
        Some(Ignore { marker: Region::new(offset, tail_start), rules, reason, reach, used })
    }

    /// The comment around a marker: one that the parser saw, or, where there is
    /// no parser, from an opener right before it to the end of the line.
    fn comment_around(&self, line: usize, offset: usize) -> Option<Region> {
        let region = self.lines.line_region(self.text, line);
        let before = &self.text[region.start..offset];
        let Some(comments) = self.comments else {
            let opened = before.trim_end_matches([' ', '\t']);
            let opener = OPENERS.iter().find(|opener| opened.ends_with(**opener))?;
            let outside = &opened[..opened.len() - opener.len()];
            if outside.ends_with(|c: char| !c.is_whitespace()) {
                return None;
            }
            return Some(Region::new(region.start + outside.len(), region.end));
        };
        let comment = self.comment_at(comments, offset)?;
        // In the middle of a word or behind a quote it is only spoken about.
        let separate = before.is_empty()
            || before.ends_with(|c: char| c.is_whitespace() || matches!(c, '#' | '/' | '*' | ';'));
        separate.then_some(comment)
    }

    fn comment_at(&self, comments: &[Region], offset: usize) -> Option<Region> {
        let after = comments.partition_point(|comment| comment.start <= offset);
        comments[..after].last().copied().filter(|comment| offset < comment.end)
    }

    /// Whether the line lies in the block of comments that was crossed last.
    fn is_crossed(&self, line: usize) -> bool {
        self.below.is_some_and(|(from, to)| from <= line && to.is_none_or(|to| line < to))
    }

    /// The next line that holds something else than a comment.
    fn next_line(&mut self, line: usize) -> Option<usize> {
        if let Some((_, below)) = self.below
            && self.is_crossed(line)
        {
            return below;
        }
        let below = (line + 1..self.lines.len()).find(|&candidate| !self.is_comment(candidate));
        self.below = Some((line, below));
        below
    }

    /// Whether a line is blank or only a comment.
    fn is_comment(&self, line: usize) -> bool {
        let region = self.lines.line_region(self.text, line);
        let body = region.of(self.text).trim_start();
        match self.comments {
            _ if body.is_empty() => true,
            Some(comments) => self.comment_at(comments, region.end - body.len()).is_some(),
            None => OPENERS.iter().any(|opener| body.starts_with(opener)),
        }
    }
}

fn one_based(line: usize) -> u32 {
    u32::try_from(line + 1).unwrap_or(u32::MAX)
}

/// Reads `[a, b] reason`; `base` is the offset of `tail` in the text.
fn read(tail: &str, base: usize) -> (Vec<(String, Region)>, String) {
    let Some((list, reason)) = tail.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return (Vec::new(), String::new());
    };
    let mut rules = Vec::new();
    let mut start = base + 1;
    for word in list.split(',') {
        let id = word.trim();
        let lead = word.len() - word.trim_start().len();
        if !id.is_empty() && rules.len() < MAX_IDS {
            let region = Region::new(start + lead, start + lead + id.len());
            rules.push((id.to_owned(), region));
        }
        start += word.len() + 1;
    }
    let reason = reason.trim().trim_end_matches("-->").trim_end_matches("*/").trim();
    (rules, reason.lines().next().unwrap_or("").to_owned())
}
