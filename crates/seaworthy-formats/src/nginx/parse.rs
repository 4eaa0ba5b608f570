//! Directives and blocks out of words.

use seaworthy_model::Region;

use super::lua::closing_brace;
use super::read::{End, MOST_ERRORS, Reader};
use super::template::Templating;
use super::vocabulary::{is_program, is_table};
use super::{Body, Directive, DirectiveId, NginxFile, Word};

/// Bounds that only a hostile file reaches.
const MOST_DIRECTIVES: usize = 50_000;
const MOST_WORDS: usize = 200_000;
const MOST_DEPTH: usize = 100;

/// A block that is not closed yet.
struct Open {
    id: Option<DirectiveId>,
    start: usize,
    table: bool,
    children: Vec<DirectiveId>,
}

/// The work on one text.
struct Parser<'t> {
    text: &'t str,
    reader: Reader<'t>,
    directives: Vec<Directive>,
    roots: Vec<DirectiveId>,
    open: Vec<Open>,
    programs: Vec<Region>,
}

pub(super) fn parse(text: &str) -> NginxFile {
    let mut parser = Parser {
        text,
        reader: Reader::new(text),
        directives: Vec::new(),
        roots: Vec::new(),
        open: Vec::new(),
        programs: Vec::new(),
    };
    let whole = parser.run();
    parser.finish(!whole)
}

impl Parser<'_> {
    /// Reads to the end. Returns whether the whole text was read.
    fn run(&mut self) -> bool {
        let mut words_left = MOST_WORDS;
        loop {
            let table = self.open.last().is_some_and(|open| open.table);
            let (words, end) = self.reader.statement(table, words_left);
            words_left -= words.len().min(words_left);
            if words_left == 0
                || self.directives.len() >= MOST_DIRECTIVES
                || self.reader.errors.len() >= MOST_ERRORS
            {
                let here = Region::empty(self.reader.pos);
                self.reader.error(here, "more than is read of a file; the rest is left out");
                return false;
            }
            match end {
                End::Semicolon(at) => self.directive(words, at + 1),
                End::Missing(at) => {
                    let ended = words.last().map_or(at, |word| word.whole().end);
                    self.reader.error(Region::empty(ended), "a semicolon is missing here");
                    self.directive(words, ended);
                }
                End::Close(at) => self.close(at),
                End::Over => {
                    if let (Some(first), Some(last)) = (words.first(), words.last()) {
                        let (start, ended) = (first.whole().start, last.whole().end);
                        self.reader.error(
                            Region::new(start, ended),
                            "the file ends within this directive: a semicolon is missing",
                        );
                        self.directive(words, ended);
                    }
                    return true;
                }
                End::Open(at) if self.open.len() >= MOST_DEPTH => {
                    self.reader.error(Region::new(at, at + 1), "blocks nested too deeply");
                    return false;
                }
                End::Open(at) => self.block(words, at),
            }
        }
    }

    fn parent(&self) -> Option<DirectiveId> {
        self.open.last().and_then(|open| open.id)
    }

    fn push(&mut self, words: Vec<Word>, end: usize, body: Body) -> Option<DirectiveId> {
        let mut words = words.into_iter();
        let name = words.next()?;
        let id = DirectiveId(u32::try_from(self.directives.len()).unwrap_or(u32::MAX));
        let region = Region::new(name.whole().start, end);
        let parent = self.parent();
        match self.open.last_mut() {
            Some(open) => open.children.push(id),
            None => self.roots.push(id),
        }
        self.directives.push(Directive { name, args: words.collect(), region, parent, body });
        Some(id)
    }

    fn directive(&mut self, words: Vec<Word>, end: usize) {
        self.push(words, end, Body::None);
    }

    fn block(&mut self, words: Vec<Word>, at: usize) {
        let name = words.first().map_or("", |word| word.value.as_str());
        let inside = at + 1;
        if self.open.last().is_some_and(|open| open.table) {
            self.reader.error(Region::new(at, inside), "a block inside a table");
        }
        if is_program(name) {
            let end = closing_brace(self.text, inside).unwrap_or_else(|| {
                self.reader.error(Region::new(at, inside), "a program that is never closed");
                self.text.len()
            });
            let program = Region::new(inside, end);
            self.reader.pos = (end + 1).min(self.text.len());
            self.programs.push(program);
            self.push(words, self.reader.pos, Body::Raw(program));
            return;
        }
        let table = is_table(name);
        let body =
            Body::Block { region: Region::empty(inside), children: Vec::new(), entries: table };
        let id = self.push(words, inside, body);
        self.open.push(Open { id, start: inside, table, children: Vec::new() });
    }

    fn close(&mut self, at: usize) {
        match self.open.pop() {
            Some(open) => self.seal(open, at, at + 1),
            None => self.reader.error(Region::new(at, at + 1), "a brace that closes nothing"),
        }
    }

    /// Gives a block its end and its children.
    fn seal(&mut self, open: Open, inside_end: usize, end: usize) {
        let Some(id) = open.id else { return };
        let directive = &mut self.directives[id.0 as usize];
        directive.region.end = end;
        directive.body = Body::Block {
            region: Region::new(open.start, inside_end),
            children: open.children,
            entries: open.table,
        };
    }

    fn finish(mut self, truncated: bool) -> NginxFile {
        let end = self.reader.pos.min(self.text.len());
        while let Some(open) = self.open.pop() {
            let brace = Region::new(open.start - 1, open.start);
            if !truncated {
                self.reader.error(brace, "a block that is never closed");
            }
            self.seal(open, end, end);
        }
        let mut aside = self.programs;
        aside.extend(&self.reader.comments);
        aside.sort_unstable();
        let mut errors = self.reader.errors;
        errors.sort_by_key(|error| error.region);
        NginxFile {
            directives: self.directives,
            roots: self.roots,
            comments: self.reader.comments,
            errors,
            templating: Templating::of(self.text, &aside),
            truncated,
        }
    }
}
