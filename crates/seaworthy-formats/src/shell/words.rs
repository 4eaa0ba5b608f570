//! Words: quotes, backslashes, and what opens an expansion.

use seaworthy_model::Region;

use super::read::{Later, Level, List, ListKind, Outcome, Reader};
use super::{BlockKind, Expansion, ExpansionKind, Word, expansion};

/// How far the end of `${{ … }}` is looked for.
const MOST_TEMPLATE: usize = 2000;

/// A word that is being read.
pub(super) struct WordBuilder {
    pub(super) start: usize,
    /// The index of the level that it belongs to.
    owner: usize,
    text: String,
    expansions: Vec<Expansion>,
    elements: Vec<Word>,
    quoted: bool,
    /// How many expansions are open in it.
    open: usize,
}

impl WordBuilder {
    pub(super) fn new(start: usize, owner: usize) -> Self {
        Self {
            start,
            owner,
            text: String::new(),
            expansions: Vec::new(),
            elements: Vec::new(),
            quoted: false,
            open: 0,
        }
    }

    pub(super) fn expansions(self) -> Vec<Expansion> {
        self.expansions
    }

    /// Adds text that is no part of an expansion.
    pub(super) fn push_text(&mut self, text: &str) {
        if self.open == 0 {
            self.text.push_str(text);
        }
    }

    /// Adds an expansion that is no part of another.
    pub(super) fn note(&mut self, expansion: Expansion, text: &str) {
        if self.open == 0 {
            self.text.push_str(text);
            self.expansions.push(expansion);
        }
    }

    fn finish(self, end: usize) -> Word {
        Word {
            text: self.text,
            region: Region::new(self.start, end),
            expansions: self.expansions,
            quoted: self.quoted,
            elements: self.elements,
        }
    }
}

impl Reader<'_> {
    /// Whether a word of the list or array at the top is being read.
    pub(super) fn word_open(&self) -> bool {
        self.words.last().is_some_and(|word| word.owner + 1 == self.stack.len())
    }

    /// The word that is being read; one is begun where none is.
    pub(super) fn builder(&mut self, start: usize) -> &mut WordBuilder {
        let top = self.stack.len().saturating_sub(1);
        let separate = matches!(self.stack.last(), Some(Level::List(_) | Level::Array(_)));
        if separate && !self.word_open() {
            self.words.push(WordBuilder::new(start, top));
        }
        self.words.last_mut().expect("within quotes and expansions a word is open")
    }

    /// Takes the word that is being read.
    pub(super) fn take_word(&mut self) -> Option<Word> {
        if !self.word_open() {
            return None;
        }
        let end = self.at;
        self.words.pop().map(|word| word.finish(end))
    }

    /// Adds bytes as they are.
    pub(super) fn ordinary(&mut self, length: usize) {
        let text = self.text;
        let (start, mut end) = (self.at, self.at + length);
        while !text.is_char_boundary(end) {
            end += 1;
        }
        self.builder(start).push_text(&text[start..end]);
        self.at = end;
    }

    fn character(&self, at: usize) -> usize {
        self.text[at..].chars().next().map_or(1, char::len_utf8)
    }

    /// A byte of a word outside of quotes.
    pub(super) fn word_byte(&mut self, byte: u8) -> Outcome {
        let start = self.at;
        match byte {
            b'\\' => match self.peek(1) {
                Some(b'\n') => self.at += 2,
                Some(b'\r') if self.peek(2) == Some(b'\n') => self.at += 3,
                None => self.ordinary(1),
                Some(_) => {
                    let length = self.character(start + 1);
                    let text = self.text;
                    let word = self.builder(start);
                    word.quoted = true;
                    word.push_text(&text[start + 1..start + 1 + length]);
                    self.at = start + 1 + length;
                }
            },
            b'\'' => self.single()?,
            b'"' => self.double()?,
            b'$' => self.dollar(false)?,
            b'`' => self.backtick(false)?,
            _ => {
                let run = self.bytes[start..self.end].iter().skip(1).take_while(|byte| {
                    byte.is_ascii_alphanumeric()
                        || matches!(byte, b'-' | b'_' | b'/' | b'.' | 128..)
                });
                let length = 1 + run.count();
                self.ordinary(length);
            }
        }
        Ok(())
    }

    /// `'…'`; what runs the script may fill in `${{ … }}` there too.
    fn single(&mut self) -> Outcome {
        let start = self.at;
        let Some(length) = memchr::memchr(b'\'', &self.bytes[start + 1..self.end]) else {
            return Err(self.error("a quote is not closed"));
        };
        let end = start + 1 + length;
        self.builder(start).quoted = true;
        self.at += 1;
        while self.at < end {
            let rest = &self.text[self.at..end];
            let plain = rest.find("${{").unwrap_or(rest.len());
            if plain > 0 {
                self.ordinary(plain);
            } else if !self.template(end, true) {
                self.ordinary(3);
            }
        }
        self.at = end + 1;
        Ok(())
    }

    fn double(&mut self) -> Outcome {
        let start = self.at;
        self.builder(start).quoted = true;
        self.push(Level::Double)?;
        self.at += 1;
        Ok(())
    }

    /// `${{ … }}`, which ends before `end`.
    fn template(&mut self, end: usize, quoted: bool) -> bool {
        let start = self.at;
        let mut most = end.min(start + MOST_TEMPLATE);
        while !self.text.is_char_boundary(most) {
            most -= 1;
        }
        let Some(length) = self.text[start..most].find("}}") else { return false };
        let region = Region::new(start, start + length + 2);
        self.builder(start);
        self.note(Expansion { kind: ExpansionKind::Template, region, quoted });
        self.at = region.end;
        true
    }

    fn dollar(&mut self, quoted: bool) -> Outcome {
        let start = self.at;
        if self.sees("${{") && self.template(self.end, quoted) {
            return Ok(());
        }
        match self.peek(1) {
            Some(b'{') => {
                self.builder(start).open += 1;
                self.push(Level::Brace { start, quoted })?;
                self.at += 2;
            }
            Some(b'(') if self.peek(2) == Some(b'(') => {
                self.arithmetic(start, 3, quoted)?;
            }
            Some(b'(') => self.substitute(2, quoted)?,
            Some(b'\'') if !quoted => {
                let mut at = start + 2;
                while at < self.end && self.bytes[at] != b'\'' {
                    at += if self.bytes[at] == b'\\' { 2 } else { 1 };
                }
                if at >= self.end {
                    return Err(self.error("a quote is not closed"));
                }
                self.at = start + 2;
                self.builder(start).quoted = true;
                if at > self.at {
                    let length = at - self.at;
                    self.ordinary(length);
                }
                self.at = at + 1;
            }
            Some(b'"') if !quoted => {
                self.builder(start);
                self.at += 1;
                self.double()?;
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                let name = self.bytes[start + 1..self.end]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
                let length = name.count();
                self.parameter(length, quoted);
            }
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0'..=b'9') => {
                self.parameter(1, quoted);
            }
            _ => self.ordinary(1),
        }
        Ok(())
    }

    fn parameter(&mut self, length: usize, quoted: bool) {
        let start = self.at;
        let region = Region::new(start, start + 1 + length);
        let name = self.text[start + 1..region.end].to_owned();
        self.builder(start);
        let kind = ExpansionKind::Parameter { name, operator: None };
        self.note(Expansion { kind, region, quoted });
        self.at = region.end;
    }

    pub(super) fn arithmetic(&mut self, start: usize, length: usize, quoted: bool) -> Outcome {
        self.builder(start).open += 1;
        self.push(Level::Arithmetic { start, quoted, parentheses: 0 })?;
        self.at += length;
        Ok(())
    }

    /// `$(` or `<(`.
    pub(super) fn substitute(&mut self, length: usize, quoted: bool) -> Outcome {
        let start = self.at;
        self.builder(start).open += 1;
        let (parent, options) = self.nearest();
        let block = self.block(BlockKind::Substitution, parent, start);
        let kind = ListKind::Substitution { start, quoted };
        self.push(Level::List(Box::new(List::new(kind, Some(block), None, options))))?;
        self.at += length;
        Ok(())
    }

    fn backtick(&mut self, quoted: bool) -> Outcome {
        let start = self.at;
        let mut at = start + 1;
        let mut nested = false;
        while at < self.end && self.bytes[at] != b'`' {
            if self.bytes[at] == b'\\' {
                at += 1;
                nested |= at < self.end && self.bytes[at] == b'`';
            }
            at += 1;
        }
        if at >= self.end {
            return Err(self.error("a backtick is not closed"));
        }
        let region = Region::new(start, at + 1);
        let mut block = None;
        if !nested {
            let (parent, options) = self.nearest();
            let index = self.block(BlockKind::Substitution, parent, start);
            self.script.blocks[index].region = region;
            block = Some(index);
            let depth = self.depth + self.stack.len();
            let inner = Region::new(start + 1, at);
            self.later.push(Later { region: inner, block, heredoc: None, options, depth });
        }
        self.builder(start);
        self.note(Expansion { kind: ExpansionKind::Command(block), region, quoted });
        self.at = region.end;
        Ok(())
    }

    /// Ends an expansion of the open word.
    pub(super) fn close(&mut self, expansion: Expansion) {
        if let Some(word) = self.words.last_mut() {
            word.open = word.open.saturating_sub(1);
        }
        self.note(expansion);
    }

    /// A byte within quotes, an expansion, a pattern or a here-document.
    pub(super) fn inner_byte(&mut self, byte: u8) -> Outcome {
        let Some(level) = self.stack.last_mut() else { return Ok(()) };
        let (double, braces) =
            (matches!(level, Level::Double), matches!(level, Level::Brace { .. }));
        match (level, byte) {
            (Level::Double, b'"') => {
                self.stack.pop();
                self.at += 1;
            }
            (Level::Double | Level::Heredoc, b'$') => self.dollar(true)?,
            (Level::Double | Level::Heredoc, b'`') => self.backtick(true)?,
            (Level::Double | Level::Heredoc, b'\\') => match self.peek(1) {
                Some(b'\n') => self.at += 2,
                Some(b'$' | b'`' | b'\\') => self.escaped(),
                Some(b'"') if double => self.escaped(),
                _ => self.ordinary(1),
            },
            (Level::Double | Level::Heredoc, _) => {
                let rest = &self.bytes[self.at..self.end];
                let special = |byte: &u8| matches!(byte, b'"' | b'$' | b'`' | b'\\');
                let length = rest.iter().skip(1).position(special).map_or(rest.len(), |at| at + 1);
                self.ordinary(length);
            }
            (&mut Level::Brace { start, quoted }, b'}') => {
                self.stack.pop();
                self.at += 1;
                let region = Region::new(start, self.at);
                let expansion = expansion::parameter(self.text, region, quoted);
                self.close(expansion);
            }
            // Within double quotes `${X:-it's}` holds an apostrophe.
            (Level::Brace { quoted: true, .. } | Level::Arithmetic { .. }, b'\'') => {
                self.ordinary(1);
            }
            (Level::Arithmetic { parentheses, .. }, b'(') => {
                *parentheses += 1;
                self.ordinary(1);
            }
            (Level::Arithmetic { parentheses, .. }, b')') if *parentheses > 0 => {
                *parentheses -= 1;
                self.ordinary(1);
            }
            (&mut Level::Arithmetic { start, quoted, .. }, b')') => {
                if self.peek(1) != Some(b')') {
                    return Err(self.error("(( is not closed by ))"));
                }
                self.stack.pop();
                self.at += 2;
                let region = Region::new(start, self.at);
                self.close(Expansion { kind: ExpansionKind::Arithmetic, region, quoted });
            }
            (Level::Pattern, b'(') => {
                self.push(Level::Pattern)?;
                self.ordinary(1);
            }
            (Level::Pattern, b')') => {
                self.ordinary(1);
                self.stack.pop();
            }
            (Level::Pattern, b'\n') => return Err(self.error("a pattern is not closed")),
            _ if byte == b'$' && braces => {
                let quoted = matches!(self.stack.last(), Some(Level::Brace { quoted: true, .. }));
                // `$'` is no quote within double quotes.
                self.dollar(quoted)?;
            }
            _ if byte == b'$' => self.dollar(false)?,
            _ => self.word_byte(byte)?,
        }
        Ok(())
    }

    fn escaped(&mut self) {
        self.at += 1;
        self.ordinary(1);
    }

    /// A byte of `a=(…)`.
    pub(super) fn array_byte(&mut self, byte: u8) -> Outcome {
        match byte {
            b' ' | b'\t' | b'\r' => {
                self.end_element();
                self.at += 1;
            }
            b'\n' => {
                self.end_element();
                self.line_break()?;
            }
            b'#' if !self.word_open() => self.comment(),
            b')' => {
                self.end_element();
                let Some(Level::Array(elements)) = self.stack.pop() else { return Ok(()) };
                self.at += 1;
                if let Some(word) = self.words.last_mut() {
                    let raw = &self.text[word.start..self.at];
                    // Shown as it is written; its elements say what it holds.
                    raw.clone_into(&mut word.text);
                    word.elements = elements;
                }
            }
            b'<' | b'>' if self.peek(1) == Some(b'(') => self.substitute(2, false)?,
            b'(' | b'&' | b'|' | b';' | b'<' | b'>' => {
                return Err(self.error("an array holds words alone"));
            }
            _ => self.word_byte(byte)?,
        }
        Ok(())
    }

    fn end_element(&mut self) {
        if let Some(word) = self.take_word()
            && let Some(Level::Array(elements)) = self.stack.last_mut()
        {
            elements.push(word);
        }
    }
}
