//! Instructions, each with its arguments taken apart.

use std::ops::Range;

use seaworthy_model::Region;

use super::Word;
use super::expand::{NoValue, Value, expand};
use super::heredoc::{self, Heredoc};
use super::lines::Line;
use super::words::{self, Flag, Json, first, trimmed, word};

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its first word as written.
    pub keyword: Word,
    /// The flags before its arguments.
    pub flags: Vec<Flag>,
    /// What it says.
    pub command: Command,
    /// From the keyword to the end of its last line, here-documents left out.
    pub region: Region,
    /// The first of its physical lines, from the keyword.
    pub first_line: Region,
    /// The texts that follow it.
    pub heredocs: Vec<Heredoc>,
    /// The stage that it stands in; `None` before the first `FROM`.
    pub stage: Option<usize>,
}

/// What an instruction says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `FROM`
    From(From),
    /// `ARG`: names with or without a default.
    Arg(Vec<Assignment>),
    /// `ENV`
    Env(Vec<Assignment>),
    /// `LABEL`
    Label(Vec<Assignment>),
    /// `RUN`
    Run(CommandLine),
    /// `CMD`
    Cmd(CommandLine),
    /// `ENTRYPOINT`
    Entrypoint(CommandLine),
    /// `SHELL`
    Shell(Vec<Word>),
    /// `COPY`
    Copy(Transfer),
    /// `ADD`
    Add(Transfer),
    /// `USER`
    User(Word),
    /// `WORKDIR`
    Workdir(Word),
    /// `EXPOSE`
    Expose(Vec<Word>),
    /// `VOLUME`
    Volume(Vec<Word>),
    /// `STOPSIGNAL`
    StopSignal(Word),
    /// `MAINTAINER`
    Maintainer(Word),
    /// `HEALTHCHECK`
    Healthcheck(Probe),
    /// `ONBUILD`
    Onbuild(Box<Instruction>),
    /// An instruction that there is, with arguments that BuildKit refuses.
    Refused,
    /// An instruction that there is not.
    Unknown,
}

/// `FROM image AS name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// The image or stage.
    pub image: Word,
    /// The name of the stage.
    pub name: Option<Word>,
}

/// A variable of `ENV`, `ARG` or `LABEL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its name.
    pub key: Word,
    /// Its value with quotes; `None` for an `ARG` without default.
    pub value: Option<Word>,
}

/// The two forms of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandLine {
    /// A text for the shell.
    Shell(Word),
    /// Words, run as they are.
    Exec(Vec<Word>),
}

/// What `COPY` and `ADD` say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What is copied, here-documents left out.
    pub sources: Vec<Word>,
    /// Where to.
    pub destination: Word,
    /// Whether it is written as a JSON array.
    pub json: bool,
}

/// What `HEALTHCHECK` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// `NONE`: what was inherited is switched off.
    None,
    /// The command that is run.
    Run(CommandLine),
}

impl CommandLine {
    /// All of it in one text, words parted by blanks.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Shell(text) => text.raw.clone(),
            Self::Exec(words) => {
                words.iter().map(|word| word.raw.as_str()).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Where it is written.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        match self {
            Self::Shell(text) => Some(text.region),
            Self::Exec(words) => words.iter().map(|word| word.region).reduce(Region::cover),
        }
    }
}

impl Instruction {
    /// The value of a flag.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().find(|flag| flag.name == name)?.value.as_deref()
    }
}

/// An instruction and what is wrong with it.
pub(super) struct Read {
    pub(super) instruction: Instruction,
    pub(super) problems: Vec<(Region, &'static str)>,
}

/// Reads a line.
pub(super) fn read(line: &Line, escape: char) -> Read {
    let mut reader = Reader { line, escape, problems: Vec::new() };
    let range = trimmed(line, 0..line.text.len());
    let instruction = reader.instruction(range, false);
    Read { instruction, problems: reader.problems }
}

struct Reader<'l> {
    line: &'l Line,
    escape: char,
    problems: Vec<(Region, &'static str)>,
}

/// Instructions and the flags they take.
const KNOWN: &[(&str, &[&str])] = &[
    ("add", &["chown", "chmod", "link", "keep-git-dir", "checksum", "unpack", "exclude"]),
    ("arg", &[]),
    ("cmd", &[]),
    ("copy", &["from", "chown", "chmod", "link", "parents", "exclude"]),
    ("entrypoint", &[]),
    ("env", &[]),
    ("expose", &[]),
    ("from", &["platform"]),
    ("healthcheck", &["interval", "timeout", "start-period", "start-interval", "retries"]),
    ("label", &[]),
    ("maintainer", &[]),
    ("onbuild", &[]),
    ("run", &["mount", "network", "security", "device"]),
    ("shell", &[]),
    ("stopsignal", &[]),
    ("user", &[]),
    ("volume", &[]),
    ("workdir", &[]),
];

/// The outcome of reading arguments.
type Parsed = Result<Command, &'static str>;

impl Reader<'_> {
    fn instruction(&mut self, range: Range<usize>, nested: bool) -> Instruction {
        let (keyword_range, rest) = first(self.line, range.clone());
        let keyword = word(self.line, keyword_range.clone());
        let region = self.line.region(range.start, range.end);
        let lower = keyword.raw.to_ascii_lowercase();
        let (flags, arguments) = words::flags(self.line, rest);
        let known = KNOWN.iter().find(|(name, _)| *name == lower);
        let command = match known {
            None => Command::Unknown,
            Some((name, takes)) => {
                if let Some(flag) = flags.iter().find(|flag| !takes.contains(&flag.name.as_str())) {
                    self.problems.push((flag.region, "the instruction has no such flag"));
                }
                match self.command(name, arguments, nested) {
                    Ok(command) => {
                        self.expandable(&command);
                        command
                    }
                    Err(problem) => {
                        self.problems.push((keyword.region, problem));
                        Command::Refused
                    }
                }
            }
        };
        let first_line = self.first_line(&range, region);
        Instruction {
            keyword,
            flags,
            command,
            region,
            first_line,
            heredocs: Vec::new(),
            stage: None,
        }
    }

    /// Notes words whose quotes or substitutions BuildKit cannot read.
    fn expandable(&mut self, command: &Command) {
        let words: Vec<&Word> = match command {
            Command::From(from) => vec![&from.image],
            Command::Arg(list) | Command::Env(list) | Command::Label(list) => {
                list.iter().filter_map(|assignment| assignment.value.as_ref()).collect()
            }
            Command::Copy(transfer) | Command::Add(transfer) => {
                transfer.sources.iter().chain([&transfer.destination]).collect()
            }
            Command::User(word) | Command::Workdir(word) | Command::StopSignal(word) => vec![word],
            Command::Expose(words) | Command::Volume(words) => words.iter().collect(),
            _ => return,
        };
        let known = |_: &str| Value::Known("x".to_owned());
        for word in words {
            if let Err(NoValue::Refused(problem)) = expand(&word.raw, self.escape, &known) {
                self.problems.push((word.region, problem));
            }
        }
    }

    /// The part of the region up to where the joined text leaves its first line.
    fn first_line(&self, range: &Range<usize>, region: Region) -> Region {
        let end = self.line.first_break(range.start).min(range.end);
        let text = self.line.text[range.start..end].trim_end();
        let whole = self.line.region(range.start, range.start + text.len());
        if whole.is_empty() { region } else { whole }
    }

    fn command(&mut self, name: &str, arguments: Range<usize>, nested: bool) -> Parsed {
        let line = self.line;
        let one = |range: Range<usize>| {
            if range.is_empty() { Err("an argument is missing") } else { Ok(word(line, range)) }
        };
        let some = |words: Vec<Word>| {
            if words.is_empty() { Err("an argument is missing") } else { Ok(words) }
        };
        Ok(match name {
            "from" if nested => return Err("ONBUILD does not take FROM"),
            "maintainer" if nested => return Err("ONBUILD does not take MAINTAINER"),
            "onbuild" if nested => return Err("ONBUILD does not take ONBUILD"),
            "from" => Command::From(self.from(arguments)?),
            "arg" => Command::Arg(self.arg(arguments)?),
            "env" => Command::Env(self.pairs(arguments)?),
            "label" => Command::Label(self.pairs(arguments)?),
            "run" => Command::Run(self.command_line(arguments)?),
            "cmd" => Command::Cmd(self.command_line(arguments)?),
            "entrypoint" => Command::Entrypoint(self.command_line(arguments)?),
            "shell" => match words::json(line, arguments) {
                Json::Strings(words) => Command::Shell(some(words)?),
                _ => return Err("SHELL takes a JSON array of strings"),
            },
            "copy" => Command::Copy(self.transfer(arguments)?),
            "add" => Command::Add(self.transfer(arguments)?),
            "user" => Command::User(one(arguments)?),
            "workdir" => Command::Workdir(one(arguments)?),
            "stopsignal" => Command::StopSignal(one(arguments)?),
            "maintainer" => Command::Maintainer(one(arguments)?),
            "expose" => Command::Expose(some(words::plain(line, arguments))?),
            "volume" => Command::Volume(some(self.list(arguments)?.0)?),
            "healthcheck" => Command::Healthcheck(self.probe(arguments)?),
            "onbuild" if arguments.is_empty() => return Err("an argument is missing"),
            "onbuild" => Command::Onbuild(Box::new(self.instruction(arguments, true))),
            _ => Command::Unknown,
        })
    }

    fn from(&self, arguments: Range<usize>) -> Result<From, &'static str> {
        let mut words = words::plain(self.line, arguments).into_iter();
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some(image), None, ..) => Ok(From { image, name: None }),
            (Some(image), Some(r#as), Some(name), None) if r#as.raw.eq_ignore_ascii_case("as") => {
                let fits = name.raw.starts_with(|c: char| c.is_ascii_alphabetic())
                    && (name.raw.chars())
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
                if !fits {
                    return Err("a stage's name begins with a letter and holds no symbols");
                }
                Ok(From { image, name: Some(name) })
            }
            _ => Err("FROM takes an image, or an image, AS and a name"),
        }
    }

    fn arg(&self, arguments: Range<usize>) -> Result<Vec<Assignment>, &'static str> {
        let words = words::quoted(self.line, arguments, self.escape);
        if words.is_empty() {
            return Err("an argument is missing");
        }
        words
            .iter()
            .map(|word| match split(word) {
                Some((key, _)) if key.raw.is_empty() => Err("a variable has no name"),
                Some((key, value)) => Ok(Assignment { key, value: Some(value) }),
                None => Ok(Assignment { key: word.clone(), value: None }),
            })
            .collect()
    }

    /// `a=1 b="2 3"`, or the old `a 1 2`.
    fn pairs(&self, arguments: Range<usize>) -> Result<Vec<Assignment>, &'static str> {
        let words = words::quoted(self.line, arguments.clone(), self.escape);
        let Some(head) = words.first() else { return Err("an argument is missing") };
        if !head.raw.contains('=') {
            let (key, value) = first(self.line, arguments);
            if value.is_empty() {
                return Err("a variable has no value");
            }
            let (key, value) = (word(self.line, key), word(self.line, value));
            return Ok(vec![Assignment { key, value: Some(value) }]);
        }
        words
            .iter()
            .map(|word| match split(word) {
                Some((key, _)) if key.raw.is_empty() => Err("a variable has no name"),
                Some((key, value)) => Ok(Assignment { key, value: Some(value) }),
                None => Err("a word is no name=value; a value with blanks needs quotes"),
            })
            .collect()
    }

    fn command_line(&self, arguments: Range<usize>) -> Result<CommandLine, &'static str> {
        match words::json(self.line, arguments.clone()) {
            Json::Strings(words) => Ok(CommandLine::Exec(words)),
            Json::Mixed => Err("a JSON array may hold nothing but strings"),
            Json::No => Ok(CommandLine::Shell(word(self.line, arguments))),
        }
    }

    fn list(&self, arguments: Range<usize>) -> Result<(Vec<Word>, bool), &'static str> {
        match words::json(self.line, arguments.clone()) {
            Json::Strings(words) => Ok((words, true)),
            Json::Mixed => Err("a JSON array may hold nothing but strings"),
            Json::No => Ok((words::plain(self.line, arguments), false)),
        }
    }

    fn transfer(&self, arguments: Range<usize>) -> Result<Transfer, &'static str> {
        let (mut sources, json) = self.list(arguments)?;
        let destination = sources.pop().filter(|_| !sources.is_empty());
        let Some(destination) = destination else { return Err("a destination is missing") };
        let is_text = |word: &Word| heredoc::read(&word.raw, word.region).is_some();
        if is_text(&destination) {
            return Err("a here-document is no destination");
        }
        sources.retain(|source| json || !is_text(source));
        Ok(Transfer { sources, destination, json })
    }

    fn probe(&self, arguments: Range<usize>) -> Result<Probe, &'static str> {
        let (kind, rest) = first(self.line, arguments);
        let kind = &self.line.text[kind];
        if kind.eq_ignore_ascii_case("none") {
            let alone = rest.is_empty();
            return if alone {
                Ok(Probe::None)
            } else {
                Err("HEALTHCHECK NONE takes no arguments")
            };
        }
        if !kind.eq_ignore_ascii_case("cmd") {
            return Err("HEALTHCHECK takes CMD or NONE");
        }
        match self.command_line(rest.clone())? {
            CommandLine::Exec(words) if words.is_empty() => Err("a command is missing"),
            CommandLine::Shell(_) if rest.is_empty() => Err("a command is missing"),
            command => Ok(Probe::Run(command)),
        }
    }
}

/// `name=value` at the first equals sign. Regions are exact as long as the word
/// is written on one line.
fn split(word: &Word) -> Option<(Word, Word)> {
    let (key, value) = word.raw.split_once('=')?;
    let exact = word.region.len() == word.raw.len();
    let (key_end, value_start) = match exact {
        true => (word.region.start + key.len(), word.region.start + key.len() + 1),
        // Names do not span lines; values may.
        false => {
            let end = (word.region.start + key.len()).min(word.region.end);
            (end, (end + 1).min(word.region.end))
        }
    };
    let key = Word { raw: key.to_owned(), region: Region::new(word.region.start, key_end) };
    let value = Word { raw: value.to_owned(), region: Region::new(value_start, word.region.end) };
    Some((key, value))
}
