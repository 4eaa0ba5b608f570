//! Physical lines joined to those that an instruction is written on.
//!
//! As BuildKit joins them: parser directives come before everything else, a
//! comment or an empty line inside a continuation does not end it, and the
//! bodies of here-documents are taken by the instruction that names them.

use seaworthy_model::Region;

use super::Directive;

/// The most bytes of a file that are read. Real Dockerfiles are a hundred times
/// smaller.
pub(super) const LONGEST: usize = 1 << 20;

/// A line as an instruction sees it: continuations joined, with the way back to
/// the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// The joined text.
    pub(super) text: String,
    /// Where in the joined text the parts begin, and where these begin in the
    /// file.
    parts: Vec<(usize, usize)>,
}

impl Line {
    fn push(&mut self, part: &str, start: usize) {
        if !part.is_empty() {
            self.parts.push((self.text.len(), start));
            self.text.push_str(part);
        }
    }

    /// The region of the file that a range of the joined text covers.
    pub(super) fn region(&self, start: usize, end: usize) -> Region {
        let from = self.place(start);
        if end <= start {
            return Region::empty(from);
        }
        Region::new(from, (self.place(end - 1) + 1).max(from))
    }

    /// Where in the joined text the physical line of a place ends.
    pub(super) fn first_break(&self, at: usize) -> usize {
        let index = self.parts.partition_point(|&(start, _)| start <= at);
        self.parts.get(index).map_or(self.text.len(), |&(start, _)| start)
    }

    fn place(&self, at: usize) -> usize {
        let index = self.parts.partition_point(|&(start, _)| start <= at).saturating_sub(1);
        self.parts.get(index).map_or(0, |&(start, place)| place + (at - start.min(at)))
    }
}

/// The lines of a file, one after another.
pub(super) struct Lines<'t> {
    text: &'t str,
    at: usize,
    searching: bool,
    /// The character that continues a line.
    pub(super) escape: char,
    /// What the file's head says to the parser.
    pub(super) directives: Vec<Directive>,
    /// Comments with their marker.
    pub(super) comments: Vec<Region>,
    /// Directives that BuildKit refuses.
    pub(super) refused: Vec<(Region, &'static str)>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let text = &text[..text.floor_char_boundary(LONGEST)];
        let at = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Self {
            text,
            at,
            searching: true,
            escape: '\\',
            directives: Vec::new(),
            comments: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// The next physical line without its ending, and where it begins.
    fn physical(&mut self) -> Option<(&'t str, usize)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        self.at = start + length;
        Some((rest[..length].trim_end_matches(['\r', '\n']), start))
    }

    /// The next line that holds an instruction.
    pub(super) fn next_line(&mut self) -> Option<Line> {
        loop {
            let (physical, start) = self.physical()?;
            let body = physical.trim_start();
            let start = start + (physical.len() - body.len());
            self.directive(body, start);
            if body.starts_with('#') {
                self.comments.push(Region::new(start, start + body.trim_end().len()));
                continue;
            }
            let (part, mut open) = self.without_continuation(body);
            if !open && part.trim().is_empty() {
                continue;
            }
            let mut line = Line::default();
            line.push(part, start);
            while open {
                let Some((physical, start)) = self.physical() else { break };
                let body = physical.trim_start();
                if body.starts_with('#') {
                    let start = start + (physical.len() - body.len());
                    self.comments.push(Region::new(start, start + body.trim_end().len()));
                    continue;
                }
                if body.is_empty() {
                    continue;
                }
                let (part, more) = self.without_continuation(physical);
                line.push(part, start);
                open = more;
            }
            if !line.text.trim().is_empty() {
                return Some(line);
            }
        }
    }

    /// The lines up to one that is the word alone; `None` when there is none, and
    /// then nothing is taken. With `tabs` leading tabs do not count.
    pub(super) fn heredoc_body(&mut self, word: &str, tabs: bool) -> Option<Region> {
        let start = self.at;
        while let Some((physical, place)) = self.physical() {
            let body = if tabs { physical.trim_start_matches('\t') } else { physical };
            if body == word {
                return Some(Region::new(start, place));
            }
        }
        self.at = start;
        None
    }

    /// The line without the escape at its end. One that is itself escaped does
    /// not count.
    fn without_continuation(&self, line: &'t str) -> (&'t str, bool) {
        let Some(part) = line.trim_end_matches([' ', '\t']).strip_suffix(self.escape) else {
            return (line, false);
        };
        if part.ends_with(self.escape) { (line, false) } else { (part, true) }
    }

    fn directive(&mut self, body: &str, start: usize) {
        if !self.searching {
            return;
        }
        let Some((name, value)) = body.strip_prefix('#').and_then(|rest| rest.split_once('='))
        else {
            self.searching = false;
            return;
        };
        let name = name.trim().to_ascii_lowercase();
        let value = value.trim();
        let region = Region::new(start, start + body.trim_end().len());
        if !matches!(name.as_str(), "syntax" | "escape" | "check") || value.is_empty() {
            self.searching = false;
            return;
        }
        if self.directives.iter().any(|other| other.name == name) {
            self.refused.push((region, "the same parser directive is given twice"));
            return;
        }
        if name == "escape" {
            match value {
                "\\" => self.escape = '\\',
                "`" => self.escape = '`',
                _ => self.refused.push((region, "the escape directive takes \\ or `")),
            }
        }
        self.directives.push(Directive { name, value: value.to_owned(), region });
    }
}
