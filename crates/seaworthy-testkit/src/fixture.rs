//! Files with marks, and how findings are held against them.

use seaworthy_model::{Finding, LineIndex, Location, Region, Rule, Severity};

/// Several annotated files.
///
/// A mark in front of any text means the file as a whole, and a file of nothing but
/// such marks does not exist: something is said about its absence.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The files in written order.
    pub files: Vec<File>,
}

/// One file, its marks taken out.
#[derive(Clone, Debug)]
pub struct File {
    /// Path relative to the root.
    pub path: String,
    /// Whether git tracks it.
    pub tracked: bool,
    /// The text without marks.
    pub text: String,
    marks: Vec<Mark>,
}

#[derive(Clone, Debug)]
struct Mark {
    related: bool,
    /// Counted from 1; 0 for the file as a whole.
    line: u32,
    /// Columns in bytes, counted from 1.
    start: u32,
    end: u32,
    severity: Option<Severity>,
    /// The id of a rule, with or without the name of its plugin.
    rule: Option<String>,
    words: String,
}

impl Fixture {
    /// One file. A first empty line is dropped, so that a raw string can begin
    /// on a line of its own.
    #[must_use]
    pub fn single(path: &str, source: &str) -> Self {
        Self { files: vec![File::new(path, true, source.strip_prefix('\n').unwrap_or(source))] }
    }

    /// Several files, each after a line `//- PATH [untracked]`.
    ///
    /// # Panics
    /// When text stands before the first header.
    #[must_use]
    pub fn parse(source: &str) -> Self {
        match Self::read(source) {
            Ok(fixture) => fixture,
            Err(message) => panic!("{message}"),
        }
    }

    /// The same for a source that may have been written anyhow.
    ///
    /// # Errors
    /// When text stands before the first header, or a header names no path.
    pub fn read(source: &str) -> Result<Self, String> {
        let mut files: Vec<(String, bool, String)> = Vec::new();
        for line in source.split_inclusive('\n') {
            if let Some(header) = line.strip_prefix("//- ") {
                let mut words = header.split_whitespace();
                let path = words.next().ok_or("a header `//- PATH` names no path")?.to_owned();
                let tracked = !words.any(|word| word == "untracked");
                files.push((path, tracked, String::new()));
            } else if let Some((_, _, text)) = files.last_mut() {
                text.push_str(line);
            } else if !line.trim().is_empty() {
                return Err(format!("text before the first `//- PATH`: {line:?}"));
            }
        }
        let files = files.iter().map(|(path, tracked, text)| File::new(path, *tracked, text));
        Ok(Self { files: files.collect() })
    }

    /// Every difference between the findings and the marks.
    #[must_use]
    pub fn compare(&self, findings: &[Finding]) -> Vec<String> {
        let mut problems = Vec::new();
        let mut used: Vec<Vec<bool>> =
            self.files.iter().map(|file| vec![false; file.marks.len()]).collect();
        for finding in findings {
            if !self.take(&finding.location, false, &mut used, |mark| {
                finding.message.contains(&mark.words)
                    && mark.severity.is_none_or(|severity| severity == finding.severity)
                    && mark.rule.as_deref().is_none_or(|id| is_called(finding.rule, id))
            }) {
                problems.push(format!(
                    "unexpected at {}:{}:{}: {}: {}",
                    finding.location.artifact,
                    finding.location.start.line,
                    finding.location.start.byte_column,
                    finding.rule.id,
                    finding.message
                ));
            }
            for related in &finding.related {
                // Related places need no mark of their own; a mark needs one.
                self.take(related, true, &mut used, |mark| {
                    related.label.as_deref().unwrap_or("").contains(&mark.words)
                });
            }
        }
        for (file, used) in self.files.iter().zip(&used) {
            for (mark, _) in file.marks.iter().zip(used).filter(|(_, used)| !**used) {
                problems.push(format!(
                    "missing at {}:{}:{}-{}: {}",
                    file.path, mark.line, mark.start, mark.end, mark.words
                ));
            }
        }
        problems
    }

    fn take(
        &self,
        location: &Location,
        related: bool,
        used: &mut [Vec<bool>],
        agrees: impl Fn(&Mark) -> bool,
    ) -> bool {
        for (file, used) in self.files.iter().zip(used) {
            if file.path != location.artifact.as_str() {
                continue;
            }
            let lines = LineIndex::new(&file.text);
            let line_end = lines
                .position(
                    &file.text,
                    lines
                        .line_region(&file.text, (location.start.line as usize).saturating_sub(1))
                        .end,
                )
                .byte_column;
            let end = if location.end.line == location.start.line {
                location.end.byte_column
            } else {
                line_end
            };
            for (mark, used) in file.marks.iter().zip(used) {
                let whole = mark.line == 0 && location.region == Region::empty(0);
                let fits = mark.related == related
                    && (whole || mark.line == location.start.line)
                    && (whole || mark.start == location.start.byte_column)
                    && (whole
                        || mark.end == end
                        || (end <= mark.start && mark.end == mark.start + 1)
                        || (location.end.line > location.start.line && mark.end >= line_end));
                if fits && (related || !*used) && agrees(mark) {
                    *used = true;
                    return true;
                }
            }
        }
        false
    }
}

/// Whether a rule has this id, which may leave out the name of its plugin.
fn is_called(rule: &Rule, id: &str) -> bool {
    rule.id == id || rule.id.split_once('/').is_some_and(|(_, own)| own == id)
}

impl File {
    /// A file as its author wrote it, with marks.
    #[must_use]
    pub fn new(path: &str, tracked: bool, source: &str) -> Self {
        let mut text = String::with_capacity(source.len());
        let mut marks = Vec::new();
        let mut line = 0;
        for source_line in source.split_inclusive('\n') {
            match Mark::read(source_line, line) {
                Some(mark) => marks.push(mark),
                None => {
                    line += 1;
                    text.push_str(source_line);
                }
            }
        }
        Self { path: path.to_owned(), tracked, text, marks }
    }

    /// Whether it is there at all: one of nothing but marks is not.
    #[must_use]
    pub fn exists(&self) -> bool {
        !self.text.is_empty() || self.marks.is_empty()
    }
}

impl Mark {
    /// Reads a line that consists of blanks, carets or tildes, and words.
    fn read(source: &str, line: u32) -> Option<Mark> {
        let body = source.trim_end();
        let marker = body.trim_start();
        let sign = marker.chars().next().filter(|c| matches!(c, '^' | '~'))?;
        let words = marker.trim_start_matches(sign);
        let length = marker.len() - words.len();
        // Rust's attributes of a file begin with no caret; a lone `~` is a setting.
        if !(words.is_empty() || words.starts_with(' ')) || (line == 0 && length < 3) {
            return None;
        }
        let start = body.len() - marker.len();
        let mut words = words.trim();
        let (mut severity, mut rule) = (None, None);
        if let Some((names, rest)) = words.strip_prefix('[').and_then(|w| w.split_once(']')) {
            for name in names.split_whitespace() {
                match name.parse() {
                    Ok(known) => severity = Some(known),
                    Err(()) => rule = Some(name.to_owned()),
                }
            }
            words = rest.trim();
        }
        let one_based = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Some(Mark {
            related: sign == '~',
            line,
            start: one_based(start),
            end: one_based(start + length),
            severity,
            rule,
            words: words.to_owned(),
        })
    }
}
