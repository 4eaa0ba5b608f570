//! Cuts the lines that a frame shows out of a location's context.
//!
//! The frame's text differs from the context: hidden characters are escaped
//! and long lines are cut around what is marked. So the marked ranges are
//! followed through, and each still starts and ends at a character.

use std::ops::Range;

use seaworthy_model::{Context, Region};

use crate::visible::push_visible;

/// A longer line is cut to this many bytes.
const LINE_LENGTH: usize = 240;
/// What stays before the mark on a line that is cut.
const BEFORE_MARK: usize = 80;
/// A mark over more lines ends early. The frame folds its middle anyway.
const MARKED_LINES: usize = 200;

/// The text of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) text: String,
    /// Where the marks are in `text`, in the order in which they were asked.
    pub(super) marks: Vec<Range<usize>>,
    /// The number of the first line.
    pub(super) line_start: usize,
}

/// The lines of `context` that hold `regions`, and `around` lines before and
/// after them. `None` if a region is not within the context.
pub(super) fn cut(context: &Context, regions: &[Region], around: usize) -> Option<Window> {
    let text = context.text.as_str();
    let marks =
        regions.iter().map(|&region| relative(context, region)).collect::<Option<Vec<_>>>()?;
    let lines = lines(text);
    let start = marks.iter().map(|mark| mark.start).min()?;
    let end = marks.iter().map(last_byte).max()?;
    let line_of = |at: usize| lines.partition_point(|line| line.start <= at).saturating_sub(1);
    let first = line_of(start);
    let last = line_of(end).min(first + MARKED_LINES);
    let shown = first.saturating_sub(around)..(last + around + 1).min(lines.len());

    let mut writer =
        Writer { text, marks: &marks, placed: vec![0..0; marks.len()], out: String::new() };
    for (number, line) in lines[shown.clone()].iter().enumerate() {
        let starts_inside = shown.start + number == 0 && context.start.column > 1;
        writer.line(line, starts_inside);
    }
    writer.out.truncate(writer.out.trim_end_matches('\n').len().max(writer.last_mark()));
    Some(Window {
        marks: writer.placed,
        text: writer.out,
        line_start: context.start.line.max(1) as usize + shown.start,
    })
}

/// The region within the context's text, at character boundaries.
fn relative(context: &Context, region: Region) -> Option<Range<usize>> {
    let start = region.start.checked_sub(context.region.start)?;
    if start > context.text.len() {
        return None;
    }
    let end = start.saturating_add(region.len()).min(context.text.len());
    Some(floor(&context.text, start)..floor(&context.text, end))
}

/// The last byte of a mark, so that one that ends with its line's break does
/// not reach into the next line.
fn last_byte(mark: &Range<usize>) -> usize {
    if mark.is_empty() { mark.start } else { mark.end - 1 }
}

/// The lines of the text without their breaks; at least one.
fn lines(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let length = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
            b'\n' | b'\r' => 1,
            _ => {
                at += 1;
                continue;
            }
        };
        lines.push(start..at);
        at += length;
        start = at;
    }
    lines.push(start..bytes.len());
    lines
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

struct Writer<'a> {
    text: &'a str,
    marks: &'a [Range<usize>],
    placed: Vec<Range<usize>>,
    out: String,
}

impl Writer<'_> {
    fn line(&mut self, line: &Range<usize>, starts_inside: bool) {
        let kept = self.kept(line);
        if kept.start > line.start || starts_inside {
            self.out.push('…');
        }
        let mut at = kept.start;
        for character in self.text[kept.clone()].chars() {
            self.place(at);
            if character == '\t' {
                self.out.push(character);
            } else {
                push_visible(&mut self.out, character);
            }
            at += character.len_utf8();
        }
        // Marks at the end of the line, in its cut part or in its break.
        self.place(at);
        if kept.end < line.end {
            self.out.push('…');
        }
        self.out.push('\n');
    }

    /// What is shown of a line: all of it, or a part around the first mark.
    fn kept(&self, line: &Range<usize>) -> Range<usize> {
        if line.len() <= LINE_LENGTH {
            return line.clone();
        }
        let first = self.marks.iter().map(|mark| mark.start).filter(|at| line.contains(at)).min();
        let start = first.map_or(line.start, |at| at.saturating_sub(BEFORE_MARK).max(line.start));
        let start = floor(self.text, start);
        start..floor(self.text, (start + LINE_LENGTH).min(line.end))
    }

    /// Notes that byte `at` of the context goes to the end of what was
    /// written. An edge of a mark that is not shown moves to the nearest byte
    /// before it that is, or to the first after it.
    fn place(&mut self, at: usize) {
        let here = self.out.len();
        for (mark, placed) in self.marks.iter().zip(&mut self.placed) {
            if at <= mark.start {
                placed.start = here;
            }
            if at <= mark.end {
                placed.end = here;
            }
            placed.end = placed.end.max(placed.start);
        }
    }

    fn last_mark(&self) -> usize {
        self.placed.iter().map(|mark| mark.end).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn window(text: &str, needle: &str, around: usize) -> (String, Vec<String>, usize) {
        let location = sample::locate("f", text, needle, &[]);
        let context = location.context.expect("a located text has a context");
        let window = cut(&context, &[location.region], around).expect("the region is inside");
        let marked = window.marks.iter().map(|mark| window.text[mark.clone()].to_owned());
        (window.text.clone(), marked.collect(), window.line_start)
    }

    #[test]
    fn marks_survive_escaping() {
        let cases = [
            ("a\nb=1\nc", "b=1", "b=1", "b=1", 2),
            ("\u{1b}[0m=x\n", "=x", "\\u{1b}[0m=x", "=x", 1),
            ("k=\u{202e}é\r\nz", "\u{202e}é", "k=\\u{202e}é", "\\u{202e}é", 1),
            ("k=1\rz=2\r\ny=3", "z=2", "z=2", "z=2", 2),
            ("k=1\r\nz=2\r\n", "k=1\r\nz", "k=1\nz=2", "k=1\nz", 1),
            ("k=1\nz=2\n", "k=1\n", "k=1", "k=1", 1),
            ("\tk", "k", "\tk", "k", 1),
        ];
        for (text, needle, want_text, want_mark, want_line) in cases {
            let (got, marks, line) = window(text, needle, 0);
            assert_eq!(
                (got.as_str(), marks[0].as_str(), line),
                (want_text, want_mark, want_line),
                "{text:?}"
            );
        }
    }

    #[test]
    fn lines_around_are_shown_when_asked_for() {
        assert_eq!(window("a\nb\nc\n", "b", 1), ("a\nb\nc".to_owned(), vec!["b".to_owned()], 1));
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("{}KEY={}", "ä".repeat(5_000), "x".repeat(5_000));
        let (shown, marks, _) = window(&text, "KEY=", 0);
        assert!(shown.len() < LINE_LENGTH + 10, "{shown}");
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert_eq!(marks, ["KEY="]);
        let needle = &text[text.find("KEY").expect("it is there")..];
        let (shown, marks, _) = window(&text, needle, 0);
        assert!(marks[0].starts_with("KEY=x") && shown.len() < LINE_LENGTH + 10, "{marks:?}");
    }

    #[test]
    fn a_region_outside_its_context_gives_no_window() {
        let location = sample::locate("f", "a\nb\nc\nd\ne\n", "d", &[]);
        let context = location.context.expect("a located text has a context");
        assert_eq!(cut(&context, &[Region::new(0, 1)], 0), None);
        assert_eq!(cut(&context, &[Region::new(900, 901)], 0), None);
        let odd = Context { text: "ü".to_owned(), region: Region::new(0, 2), ..context };
        let window = cut(&odd, &[Region::new(1, 9)], 0).expect("cut back to characters");
        assert_eq!(window.marks.first(), Some(&(0..2)));
    }

    #[test]
    fn a_window_starting_inside_a_line_says_so() {
        let location = sample::locate("f", "key: value", "value", &[]);
        let mut context = location.context.expect("a located text has a context");
        context.region = Region::new(5, 10);
        context.start.column = 6;
        context.text = "value".to_owned();
        let window = cut(&context, &[location.region], 0).expect("the region is inside");
        assert_eq!((window.text.as_str(), window.marks.first()), ("…value", Some(&(3..8))));
    }
}
