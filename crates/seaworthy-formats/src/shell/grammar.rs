//! The grammar of commands: reserved words, compounds, functions, redirections.

use seaworthy_model::Region;

use super::read::{Level, List, ListKind, Outcome, Reader, Waiting};
use super::{
    Assignment, BlockKind, Expansion, ExpansionKind, Heredoc, Joint, Redirect, Stage, Word,
};

impl Reader<'_> {
    /// Ends the word that is being read and finds its place.
    pub(super) fn end_word(&mut self) -> Outcome {
        let Some(word) = self.take_word() else { return Ok(()) };
        let list = self.list();
        if let Some((descriptor, operator)) = list.redirect.take() {
            return self.end_redirect(word, descriptor, operator);
        }
        match list.kind {
            ListKind::ForHeader => return self.for_word(word),
            ListKind::CaseHeader => return self.case_word(word),
            ListKind::CasePatterns => {
                if is_plain(&word, "esac") && list.words.is_empty() && !list.header {
                    return self.end_compound();
                }
                list.words.push(word);
                return Ok(());
            }
            _ => {}
        }
        if list.test {
            list.test = !is_plain(&word, "]]");
            list.words.push(word);
            return Ok(());
        }
        if list.names_function {
            list.names_function = false;
            list.function = Some((word.text, word.region.start));
            return Ok(());
        }
        if list.timed && list.at_start() && word.text == "-p" {
            return Ok(());
        }
        if list.at_start() && !word.quoted && word.expansions.is_empty() && self.reserved(&word)? {
            return Ok(());
        }
        let list = self.list();
        if list.filled {
            return Err(self.error("a word is out of place"));
        }
        if list.words.is_empty()
            && let Some(assignment) = assignment(self.text, &word)
        {
            self.list().assignments.push(assignment);
            return Ok(());
        }
        self.list().words.push(word);
        Ok(())
    }

    fn end_redirect(
        &mut self,
        target: Word,
        descriptor: Option<u32>,
        operator: &'static str,
    ) -> Outcome {
        let mut heredoc = None;
        if matches!(operator, "<<" | "<<-") {
            let index = self.script.heredocs.len();
            heredoc = Some(index);
            let expands = !target.quoted;
            self.script.heredocs.push(Heredoc { expands, ..Heredoc::default() });
            let mark = target.text.clone();
            self.waiting.push(Waiting { heredoc: index, mark, tabs: operator == "<<-" });
        }
        let redirect = Redirect { descriptor, operator, target, heredoc };
        let list = self.list();
        match list.after {
            Some(block) if list.filled => self.script.blocks[block].redirects.push(redirect),
            _ => list.redirects.push(redirect),
        }
        Ok(())
    }

    /// A word where a command may begin; whether it belongs to the grammar.
    fn reserved(&mut self, word: &Word) -> Outcome<bool> {
        let start = word.region.start;
        let (kind, filled) = (self.list().kind, self.list().filled);
        match word.text.as_str() {
            "then" | "do" | "elif" | "else" | "fi" | "done" | "esac" | "}" => {
                if self.list().needs || self.list().function.is_some() {
                    return Err(self.error("a command is missing"));
                }
                self.close_part(word, kind)?;
            }
            _ if filled => return Ok(false),
            "if" => {
                let compound = self.open_compound(BlockKind::If, start)?;
                self.part(BlockKind::Condition { previous: None }, ListKind::Condition, compound)?;
            }
            "while" | "until" => {
                let until = word.text == "until";
                let compound = self.open_compound(BlockKind::Loop { until }, start)?;
                let kind = BlockKind::Condition { previous: None };
                self.part(kind, ListKind::LoopCondition, compound)?;
            }
            "for" | "select" => {
                let kind = BlockKind::For { variable: String::new(), words: Vec::new() };
                let compound = self.open_compound(kind, start)?;
                self.open_list(ListKind::ForHeader, Some(compound), Some(compound))?;
            }
            "case" => {
                let compound = self.open_compound(BlockKind::Case(Word::default()), start)?;
                self.open_list(ListKind::CaseHeader, Some(compound), Some(compound))?;
            }
            "{" => {
                let compound = self.open_compound(BlockKind::Group, start)?;
                self.open_list(ListKind::Group, Some(compound), Some(compound))?;
            }
            "!" => {
                self.list().negated ^= true;
                self.list().needs = true;
            }
            "time" => self.list().timed = true,
            "function" => self.list().names_function = true,
            "[[" => {
                self.list().words.push(word.clone());
                self.list().test = true;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A reserved word that ends a part of a compound.
    fn close_part(&mut self, word: &Word, kind: ListKind) -> Outcome {
        let (block, compound) = (self.list().block, self.list().compound);
        let (Some(part), Some(compound)) = (block, compound) else {
            return Err(self.error("a word of the grammar is out of place"));
        };
        match (word.text.as_str(), kind) {
            ("then", ListKind::Condition) => {
                self.end_part(word);
                self.part(BlockKind::Branch { condition: part }, ListKind::Branch, compound)
            }
            ("elif", ListKind::Branch) => {
                let previous = self.condition_of(part);
                self.end_part(word);
                self.part(BlockKind::Condition { previous }, ListKind::Condition, compound)
            }
            ("else", ListKind::Branch) => {
                let condition = self.condition_of(part).unwrap_or(part);
                self.end_part(word);
                self.part(BlockKind::Else { condition }, ListKind::Else, compound)
            }
            ("do", ListKind::LoopCondition) => {
                self.end_part(word);
                let kind = BlockKind::Body { condition: Some(part) };
                self.part(kind, ListKind::Body, compound)
            }
            ("fi", ListKind::Branch | ListKind::Else) | ("done", ListKind::Body) => {
                self.script.blocks[part].region.end = word.region.start;
                self.end_compound()
            }
            ("esac", ListKind::Arm) => {
                self.end_part(word);
                self.end_compound()
            }
            ("}", ListKind::Group) => self.end_compound(),
            _ => Err(self.error("a word of the grammar is out of place")),
        }
    }

    fn condition_of(&self, branch: usize) -> Option<usize> {
        match self.script.blocks[branch].kind {
            BlockKind::Branch { condition } => Some(condition),
            _ => None,
        }
    }

    /// Begins a compound: a stage of the pipeline, or the body of a function.
    fn open_compound(&mut self, kind: BlockKind, start: usize) -> Outcome<usize> {
        let list = self.list();
        if !list.at_start() || list.filled {
            return Err(self.error("a compound command is out of place"));
        }
        let mut parent = list.block;
        let function = list.function.take();
        let is_function = function.is_some();
        if let Some((name, start)) = function {
            parent = Some(self.block(BlockKind::Function(name), parent, start));
        }
        let compound = self.block(kind, parent, start);
        if is_function {
            self.list().filled = true;
            self.list().needs = false;
        } else {
            let pipeline = self.stage(Stage::Block(compound));
            self.script.blocks[compound].pipeline = Some(pipeline);
        }
        self.list().after = Some(compound);
        Ok(compound)
    }

    fn open_list(
        &mut self,
        kind: ListKind,
        block: Option<usize>,
        compound: Option<usize>,
    ) -> Outcome {
        let (_, options) = self.nearest();
        self.push(Level::List(Box::new(List::new(kind, block, compound, options))))
    }

    /// Begins a part of a compound.
    fn part(&mut self, kind: BlockKind, list: ListKind, compound: usize) -> Outcome {
        let block = self.block(kind, Some(compound), self.at);
        self.open_list(list, Some(block), Some(compound))
    }

    /// Ends the list at the top; what it switched on stays on.
    fn end_part(&mut self, word: &Word) {
        let Some(Level::List(list)) = self.stack.pop() else { return };
        if let Some(block) = list.block {
            self.script.blocks[block].region.end = word.region.start;
        }
        if let Some(Level::List(below)) = self.stack.last_mut() {
            below.options = list.options;
        }
    }

    /// Ends a compound with the list at the top.
    fn end_compound(&mut self) -> Outcome {
        let Some(Level::List(list)) = self.stack.pop() else { return Ok(()) };
        let Some(compound) = list.compound else { return Ok(()) };
        self.script.blocks[compound].region.end = self.at;
        let function = self.script.blocks[compound].parent.filter(|&parent| {
            matches!(self.script.blocks[parent].kind, BlockKind::Function(_))
                && self.script.blocks[compound].pipeline.is_none()
        });
        if let Some(function) = function {
            self.script.blocks[function].region.end = self.at;
        }
        // A function's and a subshell's settings are no business of what follows.
        let keeps = function.is_none() && list.kind != ListKind::Subshell;
        if let Some(Level::List(below)) = self.stack.last_mut()
            && keeps
        {
            below.options = list.options;
        }
        Ok(())
    }

    fn for_word(&mut self, word: Word) -> Outcome {
        let list = self.list();
        if is_plain(&word, "do") && (list.header || list.words.len() == 1) {
            let words = std::mem::take(&mut list.words);
            let compound = list.compound.expect("a header belongs to a compound");
            let mut words = words.into_iter();
            let variable = words.next().unwrap_or_default().text;
            let words = words.skip(1).collect();
            self.script.blocks[compound].kind = BlockKind::For { variable, words };
            self.stack.pop();
            return self.part(BlockKind::Body { condition: None }, ListKind::Body, compound);
        }
        if list.header || (list.words.len() == 1 && !is_plain(&word, "in")) {
            return Err(self.error("do is missing"));
        }
        list.words.push(word);
        Ok(())
    }

    fn case_word(&mut self, word: Word) -> Outcome {
        let list = self.list();
        match list.words.len() {
            0 => list.words.push(word),
            1 if is_plain(&word, "in") => {
                let subject = list.words.pop().unwrap_or_default();
                list.kind = ListKind::CasePatterns;
                let compound = list.compound.expect("a header belongs to a compound");
                self.script.blocks[compound].kind = BlockKind::Case(subject);
            }
            _ => return Err(self.error("in is missing")),
        }
        Ok(())
    }

    /// `;;` and its like.
    pub(super) fn end_arm(&mut self, length: usize) -> Outcome {
        self.end_word()?;
        if self.list().kind != ListKind::Arm {
            return Err(self.error(";; is out of place"));
        }
        self.end_command()?;
        if self.list().needs {
            return Err(self.error("a command is missing"));
        }
        let end = Word { region: Region::empty(self.at), ..Word::default() };
        self.end_part(&end);
        self.at += length;
        Ok(())
    }

    pub(super) fn open_parenthesis(&mut self) -> Outcome {
        let start = self.at;
        if self.word_open() {
            let from = self.words.last().map_or(start, |word| word.start);
            let raw = &self.text[from..start];
            let negates = raw == "!" && self.list().at_start();
            if raw.ends_with(['?', '*', '+', '@', '!']) && !negates {
                self.push(Level::Pattern)?;
                self.ordinary(1);
                return Ok(());
            }
            if raw.strip_suffix('=').is_some_and(|name| assigned_name(name).is_some()) {
                self.push(Level::Array(Vec::new()))?;
                self.at += 1;
                return Ok(());
            }
            self.end_word()?;
        }
        let arithmetic = self.peek(1) == Some(b'(');
        let list = self.list();
        if list.kind == ListKind::CasePatterns && list.words.is_empty() && !list.header {
            list.header = true;
            self.at += 1;
            return Ok(());
        }
        if list.kind == ListKind::ForHeader && list.words.is_empty() && arithmetic {
            return self.arithmetic(start, 2, false);
        }
        if list.header_kind() || list.redirect.is_some() {
            return Err(self.error("( is out of place"));
        }
        let is_name = matches!(list.words.as_slice(), [name]
            if name.expansions.is_empty() && !name.quoted);
        let defines = is_name && list.assignments.is_empty() && list.redirects.is_empty();
        let named = list.function.is_some() && list.at_start();
        if defines || named {
            let blanks = self.bytes[start + 1..self.end]
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count();
            if self.peek(1 + blanks) == Some(b')') {
                let list = self.list();
                if let Some(name) = list.words.pop() {
                    list.function = Some((name.text, name.region.start));
                }
                self.at += 2 + blanks;
                return Ok(());
            }
        }
        if !self.list().at_start() || self.list().filled {
            return Err(self.error("( is out of place"));
        }
        if arithmetic && self.list().function.is_none() {
            return self.arithmetic(start, 2, false);
        }
        let compound = self.open_compound(BlockKind::Subshell, start)?;
        self.open_list(ListKind::Subshell, Some(compound), Some(compound))?;
        self.at += 1;
        Ok(())
    }

    pub(super) fn close_parenthesis(&mut self) -> Outcome {
        self.end_word()?;
        let kind = self.list().kind;
        match kind {
            ListKind::CasePatterns if !self.list().words.is_empty() => {
                let list = self.list();
                list.header = false;
                let patterns = std::mem::take(&mut list.words);
                let compound = list.compound.expect("patterns belong to a compound");
                self.at += 1;
                self.part(BlockKind::Arm(patterns), ListKind::Arm, compound)
            }
            ListKind::Subshell | ListKind::Substitution { .. } => {
                self.end_command()?;
                if self.list().needs || self.list().function.is_some() {
                    return Err(self.error("a command is missing"));
                }
                self.at += 1;
                let ListKind::Substitution { start, quoted } = kind else {
                    return self.end_compound();
                };
                let Some(Level::List(list)) = self.stack.pop() else { return Ok(()) };
                let region = Region::new(start, self.at);
                if let Some(block) = list.block {
                    self.script.blocks[block].region = region;
                }
                let kind = ExpansionKind::Command(list.block);
                self.close(Expansion { kind, region, quoted });
                Ok(())
            }
            _ => Err(self.error(") is out of place")),
        }
    }
}

fn is_plain(word: &Word, text: &str) -> bool {
    word.text == text && !word.quoted && word.expansions.is_empty()
}

/// The name that is assigned to by what stands before `=`; whether it appends.
fn assigned_name(before: &str) -> Option<(&str, bool)> {
    let (before, appends) = match before.strip_suffix('+') {
        Some(before) => (before, true),
        None => (before, false),
    };
    let name = match before.split_once('[') {
        Some((name, index)) if index.ends_with(']') => name,
        Some(_) => return None,
        None => before,
    };
    let valid = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let starts = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    (valid && starts).then_some((name, appends))
}

/// A word of the form `NAME=value`, taken apart.
fn assignment(text: &str, word: &Word) -> Option<Assignment> {
    let raw = &text[word.region.range()];
    let equals = raw.find('=')?;
    let (name, appends) = assigned_name(&raw[..equals])?;
    let mut value = word.clone();
    value.region.start += equals + 1;
    // What an index expands to is no part of the value.
    value.expansions.retain(|expansion| expansion.region.start >= value.region.start);
    if let Some((_, text)) = word.text.split_once('=') {
        value.text = text.to_owned();
    }
    Some(Assignment { name: name.to_owned(), appends, value, region: word.region })
}

impl Joint {
    /// How it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Then => ";",
            Self::And => "&&",
            Self::Or => "||",
        }
    }
}
