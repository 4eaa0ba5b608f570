//! The reader: one pass over the bytes, with what is open in a list.

use seaworthy_model::Region;

use super::words::WordBuilder;
use super::{
    Assignment, Block, BlockKind, Command, Expansion, Joint, MOST_BYTES, MOST_DEPTH, Options,
    Pipeline, Redirect, Script, ShellError, Stage, Word,
};

/// What is open at a place.
pub(super) enum Level {
    List(Box<List>),
    /// Within double quotes.
    Double,
    /// Within `${…}` that began at `start`.
    Brace {
        start: usize,
        quoted: bool,
    },
    /// Within `$((…))` or `((…))`.
    Arithmetic {
        start: usize,
        quoted: bool,
        parentheses: usize,
    },
    /// Within a pattern like `@(a|b)`.
    Pattern,
    /// Within `a=(…)`.
    Array(Vec<Word>),
    /// Within the body of a here-document.
    Heredoc,
}

/// A list of commands that is being read.
pub(super) struct List {
    pub(super) kind: ListKind,
    /// The block its commands stand in.
    pub(super) block: Option<usize>,
    /// The compound that it is a part of.
    pub(super) compound: Option<usize>,
    pub(super) words: Vec<Word>,
    pub(super) assignments: Vec<Assignment>,
    pub(super) redirects: Vec<Redirect>,
    /// A redirect whose target comes next.
    pub(super) redirect: Option<(Option<u32>, &'static str)>,
    /// Within `[[ … ]]`.
    pub(super) test: bool,
    /// A header of `for` that is complete.
    pub(super) header: bool,
    /// `function` was read; its name comes next.
    pub(super) names_function: bool,
    /// A function whose body comes next.
    pub(super) function: Option<(String, usize)>,
    pub(super) timed: bool,
    pub(super) negated: bool,
    pub(super) pipeline: Option<usize>,
    pub(super) previous: Option<usize>,
    pub(super) joint: Joint,
    /// A command has to follow.
    pub(super) needs: bool,
    /// The stage has its command or compound.
    pub(super) filled: bool,
    /// The compound just before, which redirects belong to.
    pub(super) after: Option<usize>,
    pub(super) options: Options,
}

/// What a list is, which says how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListKind {
    Root,
    Substitution { start: usize, quoted: bool },
    Subshell,
    Group,
    Condition,
    Branch,
    Else,
    LoopCondition,
    Body,
    ForHeader,
    CaseHeader,
    CasePatterns,
    Arm,
}

impl List {
    pub(super) fn new(
        kind: ListKind,
        block: Option<usize>,
        compound: Option<usize>,
        options: Options,
    ) -> Self {
        Self {
            kind,
            block,
            compound,
            words: Vec::new(),
            assignments: Vec::new(),
            redirects: Vec::new(),
            redirect: None,
            test: false,
            header: false,
            names_function: false,
            function: None,
            timed: false,
            negated: false,
            pipeline: None,
            previous: None,
            joint: Joint::Then,
            needs: false,
            filled: false,
            after: None,
            options,
        }
    }

    /// Whether no part of a command was read yet.
    pub(super) fn at_start(&self) -> bool {
        self.words.is_empty() && self.assignments.is_empty() && self.redirects.is_empty()
    }
}

/// A part of the text that is read after the rest.
pub(super) struct Later {
    pub(super) region: Region,
    pub(super) block: Option<usize>,
    pub(super) heredoc: Option<usize>,
    pub(super) options: Options,
    pub(super) depth: usize,
}

/// A here-document whose lines come after the next line break.
pub(super) struct Waiting {
    pub(super) heredoc: usize,
    pub(super) mark: String,
    pub(super) tabs: bool,
}

pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) depth: usize,
    pub(super) stack: Vec<Level>,
    pub(super) words: Vec<WordBuilder>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) later: Vec<Later>,
    pub(super) script: Script,
}

pub(super) type Outcome<T = ()> = Result<T, ShellError>;

/// Parses a script.
pub(super) fn parse(text: &str, options: Options) -> Outcome<Script> {
    if text.len() > MOST_BYTES {
        return Err(ShellError { message: "the script is too long to be judged", offset: 0 });
    }
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        end: text.len(),
        depth: 0,
        stack: Vec::new(),
        words: Vec::new(),
        waiting: Vec::new(),
        later: Vec::new(),
        script: Script::default(),
    };
    let options = reader.first_line(options);
    reader.stack.push(Level::List(Box::new(List::new(ListKind::Root, None, None, options))));
    reader.run()?;
    while let Some(later) = reader.later.pop() {
        reader.at = later.region.start;
        reader.end = later.region.end;
        reader.depth = later.depth;
        reader.stack.clear();
        if later.heredoc.is_some() {
            reader.stack.push(Level::Heredoc);
            reader.words.push(WordBuilder::new(reader.at, 0));
        } else {
            let list = List::new(ListKind::Root, later.block, None, later.options);
            reader.stack.push(Level::List(Box::new(list)));
        }
        reader.run()?;
        if let Some(heredoc) = later.heredoc {
            let expansions = reader.words.pop().map(WordBuilder::expansions).unwrap_or_default();
            reader.script.heredocs[heredoc].expansions = expansions;
        }
    }
    let mut script = reader.script;
    script.sort();
    Ok(script)
}

impl Reader<'_> {
    /// What the first line switches on.
    fn first_line(&self, mut options: Options) -> Options {
        let line = self.text[self.at..].lines().next().unwrap_or("");
        if let Some(line) = line.strip_prefix("#!") {
            let words = line.split_whitespace().skip(1).skip_while(|word| !word.starts_with('-'));
            options.set(words);
        }
        options
    }

    fn run(&mut self) -> Outcome {
        while self.at < self.end {
            let byte = self.bytes[self.at];
            match self.stack.last() {
                Some(Level::List(_)) => self.list_byte(byte)?,
                Some(Level::Array(_)) => self.array_byte(byte)?,
                Some(_) => self.inner_byte(byte)?,
                None => return Err(self.error("unexpected text")),
            }
        }
        if matches!(self.stack.last(), Some(Level::List(_))) {
            self.end_word()?;
        }
        match self.stack.last() {
            Some(Level::List(list)) if list.kind == ListKind::Root => {
                self.separate(true)?;
                if self.list().needs || self.list().function.is_some() {
                    return Err(self.error("the script ends before a command"));
                }
                if self.list().test {
                    return Err(self.error("[[ is not closed"));
                }
            }
            Some(Level::Heredoc) => {}
            Some(Level::List(_)) => return Err(self.error("a compound command is not closed")),
            _ => return Err(self.error("a quote or an expansion is not closed")),
        }
        if self.waiting.is_empty() {
            Ok(())
        } else {
            Err(self.error("a here-document has no lines"))
        }
    }

    pub(super) fn error(&self, message: &'static str) -> ShellError {
        ShellError { message, offset: self.at.min(self.text.len()) }
    }

    pub(super) fn peek(&self, by: usize) -> Option<u8> {
        let at = self.at + by;
        if at < self.end { Some(self.bytes[at]) } else { None }
    }

    pub(super) fn sees(&self, text: &str) -> bool {
        self.bytes[self.at..self.end].starts_with(text.as_bytes())
    }

    pub(super) fn push(&mut self, level: Level) -> Outcome {
        if self.depth + self.stack.len() >= MOST_DEPTH {
            return Err(self.error("the script nests too deep to be judged"));
        }
        self.stack.push(level);
        Ok(())
    }

    /// The list at the top of what is open.
    pub(super) fn list(&mut self) -> &mut List {
        match self.stack.last_mut() {
            Some(Level::List(list)) => list,
            _ => unreachable!("asked for only where a list is open"),
        }
    }

    /// The innermost list that is open.
    pub(super) fn nearest(&self) -> (Option<usize>, Options) {
        let lists = self.stack.iter().rev();
        let mut lists = lists.filter_map(|level| match level {
            Level::List(list) => Some((list.block, list.options)),
            _ => None,
        });
        lists.next().unwrap_or_default()
    }

    pub(super) fn block(&mut self, kind: BlockKind, parent: Option<usize>, start: usize) -> usize {
        let region = Region::new(start, start);
        let pipeline = None;
        let redirects = Vec::new();
        self.script.blocks.push(Block { kind, parent, pipeline, redirects, region });
        self.script.blocks.len() - 1
    }

    fn list_byte(&mut self, byte: u8) -> Outcome {
        if self.list().test && matches!(byte, b'&' | b'|' | b';' | b'<' | b'>' | b'(' | b')') {
            let open = self.words.last().filter(|_| self.word_open());
            if open.is_none_or(|word| &self.text[word.start..self.at] != "]]") {
                return self.test_byte(byte);
            }
            self.end_word()?;
        }
        match byte {
            b' ' | b'\t' => {
                self.end_word()?;
                self.at += 1;
            }
            b'\r' if matches!(self.peek(1), Some(b'\n') | None) => {
                self.end_word()?;
                self.at += 1;
            }
            b'\n' => {
                self.end_word()?;
                if !self.list().test {
                    self.separate(true)?;
                }
                self.line_break()?;
            }
            b'#' if !self.word_open() => self.comment(),
            b'&' if self.sees("&&") => self.connect(Joint::And)?,
            b'|' if self.sees("||") => self.connect(Joint::Or)?,
            b'&' if self.sees("&>>") => self.redirect("&>>")?,
            b'&' if self.sees("&>") => self.redirect("&>")?,
            b'&' => self.background()?,
            b'|' => self.pipe()?,
            b';' if self.sees(";;&") => self.end_arm(3)?,
            b';' if self.sees(";;") || self.sees(";&") => self.end_arm(2)?,
            b';' => {
                self.end_word()?;
                self.separate(false)?;
                self.at += 1;
            }
            b'(' => self.open_parenthesis()?,
            b')' => self.close_parenthesis()?,
            b'<' | b'>' if self.peek(1) == Some(b'(') => self.substitute(2, false)?,
            b'<' | b'>' => {
                let operators = ["<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">"];
                let operator = operators.into_iter().find(|operator| self.sees(operator));
                self.redirect(operator.expect("the byte itself is one of them"))?;
            }
            _ => self.word_byte(byte)?,
        }
        Ok(())
    }

    pub(super) fn comment(&mut self) {
        let start = self.at;
        let line = &self.bytes[start..self.end];
        self.at += memchr::memchr(b'\n', line).unwrap_or(line.len());
        let end = if self.bytes[self.at - 1] == b'\r' { self.at - 1 } else { self.at };
        self.script.comments.push(Region::new(start, end.max(start)));
    }

    /// Within `[[ … ]]` only `&&` and `||` stand by themselves.
    fn test_byte(&mut self, byte: u8) -> Outcome {
        if self.sees("&&") || self.sees("||") {
            self.end_word()?;
            let start = self.at;
            self.builder(start).push_text(if byte == b'&' { "&&" } else { "||" });
            self.at += 2;
            return self.end_word();
        }
        self.ordinary(1);
        Ok(())
    }

    fn redirect(&mut self, operator: &'static str) -> Outcome {
        let mut descriptor = None;
        if self.word_open() && !operator.starts_with('&') {
            let start = self.words.last().map_or(self.at, |word| word.start);
            let digits = &self.text[start..self.at];
            if digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                descriptor = digits.parse().ok();
                self.words.pop();
            }
        }
        self.end_word()?;
        let list = self.list();
        let header = matches!(
            list.kind,
            ListKind::ForHeader | ListKind::CaseHeader | ListKind::CasePatterns
        );
        if list.redirect.is_some() || header {
            return Err(self.error("a redirection is out of place"));
        }
        list.redirect = Some((descriptor, operator));
        self.at += operator.len();
        Ok(())
    }

    /// Ends the simple command that is being read.
    pub(super) fn end_command(&mut self) -> Outcome {
        if self.list().redirect.is_some() {
            return Err(self.error("a redirection has no target"));
        }
        let list = self.list();
        if list.names_function {
            return Err(self.error("a function has no name"));
        }
        if list.at_start() {
            return Ok(());
        }
        if list.function.is_some() {
            return Err(self.error("a function has no body"));
        }
        let words = std::mem::take(&mut list.words);
        let assignments = std::mem::take(&mut list.assignments);
        let redirects = std::mem::take(&mut list.redirects);
        let options = list.options;
        if words.first().is_some_and(|word| word.text == "set") {
            list.options.set(words[1..].iter().map(|word| word.text.as_str()));
        }
        let block = list.block;
        let regions = words.iter().map(|word| word.region);
        let regions = regions.chain(assignments.iter().map(|assignment| assignment.region));
        let region = regions
            .chain(redirects.iter().map(|redirect| redirect.target.region))
            .reduce(Region::cover)
            .unwrap_or_default();
        let index = self.script.commands.len();
        let pipeline = self.stage(Stage::Command(index));
        let command = Command { words, assignments, redirects, region, pipeline, block, options };
        self.script.commands.push(command);
        Ok(())
    }

    /// Adds to the pipeline that is being read.
    pub(super) fn stage(&mut self, stage: Stage) -> usize {
        let next = self.script.pipelines.len();
        let list = self.list();
        list.filled = true;
        list.needs = false;
        list.timed = false;
        let index = *list.pipeline.get_or_insert(next);
        if index == next {
            let pipeline = Pipeline {
                stages: Vec::new(),
                negated: list.negated,
                joint: list.joint,
                previous: list.previous,
                next: None,
                background: false,
                block: list.block,
            };
            if let Some(previous) = pipeline.previous {
                self.script.pipelines[previous].next = Some(index);
            }
            self.script.pipelines.push(pipeline);
        }
        self.script.pipelines[index].stages.push(stage);
        index
    }

    fn connect(&mut self, joint: Joint) -> Outcome {
        self.end_word()?;
        self.end_command()?;
        let list = self.list();
        if !list.filled || list.header_kind() {
            return Err(self.error("a command is missing before && or ||"));
        }
        list.previous = list.pipeline.take();
        list.joint = joint;
        list.next_stage();
        list.negated = false;
        self.at += 2;
        Ok(())
    }

    fn pipe(&mut self) -> Outcome {
        self.end_word()?;
        if self.list().kind == ListKind::CasePatterns {
            self.at += 1;
            return Ok(());
        }
        self.end_command()?;
        let list = self.list();
        if !list.filled || list.header_kind() {
            return Err(self.error("a command is missing before |"));
        }
        list.next_stage();
        self.at += if self.sees("|&") { 2 } else { 1 };
        Ok(())
    }

    fn background(&mut self) -> Outcome {
        self.end_word()?;
        self.end_command()?;
        if !self.list().filled || self.list().header_kind() {
            return Err(self.error("a command is missing before &"));
        }
        let mut pipeline = self.list().pipeline;
        while let Some(index) = pipeline {
            self.script.pipelines[index].background = true;
            pipeline = self.script.pipelines[index].previous;
        }
        self.separate(false)?;
        self.at += 1;
        Ok(())
    }

    /// `;` or a line break.
    pub(super) fn separate(&mut self, line: bool) -> Outcome {
        match self.list().kind {
            ListKind::ForHeader => {
                let list = self.list();
                list.header |= !list.words.is_empty() && (!line || list.words.len() > 1);
                return Ok(());
            }
            ListKind::CaseHeader | ListKind::CasePatterns if line => return Ok(()),
            ListKind::CaseHeader | ListKind::CasePatterns => {
                return Err(self.error("a separator is out of place"));
            }
            _ => {}
        }
        self.end_command()?;
        let list = self.list();
        if line && (list.needs || list.function.is_some()) {
            return Ok(());
        }
        if !line && !list.filled {
            return Err(self.error("a command is missing before ;"));
        }
        list.previous = None;
        list.joint = Joint::Then;
        list.pipeline = None;
        list.negated = false;
        list.timed = false;
        list.next_stage();
        list.needs = false;
        Ok(())
    }

    /// Notes what the shell puts in place of a part of the open word.
    pub(super) fn note(&mut self, expansion: Expansion) {
        let text = &self.text[expansion.region.range()];
        if let Some(word) = self.words.last_mut() {
            word.note(expansion, text);
        }
    }
}

impl List {
    fn next_stage(&mut self) {
        self.filled = false;
        self.after = None;
        self.needs = true;
    }

    /// Whether it reads the words of a header, no commands.
    pub(super) fn header_kind(&self) -> bool {
        matches!(self.kind, ListKind::ForHeader | ListKind::CaseHeader | ListKind::CasePatterns)
    }
}
