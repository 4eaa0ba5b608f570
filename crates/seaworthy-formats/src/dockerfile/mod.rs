//! Dockerfiles, read as BuildKit reads them.
//!
//! Reading never fails: what BuildKit refuses becomes an error with its place,
//! and the next line is read as if nothing had happened. Everything that a rule
//! may point at has its byte region. What a stage comes to, with all that it
//! inherits, is worked out by [`Dockerfile::walk`] and [`Dockerfile::image`].

mod expand;
mod heredoc;
mod instruction;
mod lines;
mod pattern;
mod ports;
mod scope;
mod stages;
#[cfg(test)]
mod tests;
mod words;

use seaworthy_model::Region;
use seaworthy_syntax::SyntaxError;

pub use expand::{NoValue, Value, expand};
pub use heredoc::Heredoc;
pub use instruction::{Assignment, Command, CommandLine, From, Instruction, Probe, Transfer};
pub use ports::ExposedPort;
pub use scope::Scope;
pub use stages::{Arguments, Base, Image, Setting, Stage};
pub use words::Flag;

/// The most instructions and stages that are read. Real files have a hundredth.
const MOST_INSTRUCTIONS: usize = 20_000;
const MOST_STAGES: usize = 256;

/// A piece of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As written, with quotes, continuations joined; of a JSON string its value.
    pub raw: String,
    /// Where it is written; of a JSON string without its quotes.
    pub region: Region,
}

/// A parser directive at the head of a file: `# syntax=docker/dockerfile:1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// `syntax`, `escape` or `check`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The whole line.
    pub region: Region,
}

/// A Dockerfile.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    escape: char,
    directives: Vec<Directive>,
    comments: Vec<Region>,
    instructions: Vec<Instruction>,
    stages: Vec<Stage>,
    errors: Vec<SyntaxError>,
}

impl Dockerfile {
    /// Reads a text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut lines = lines::Lines::new(text);
        let mut errors = Vec::new();
        let mut error = |region: Region, message: &str| {
            errors.push(SyntaxError { region, message: message.to_owned() });
        };
        let mut instructions: Vec<Instruction> = Vec::new();
        let mut stages: Vec<Stage> = Vec::new();
        if text.len() > lines::LONGEST {
            error(Region::empty(lines::LONGEST), "the file is too long; the rest is not read");
        }
        while let Some(line) = lines.next_line() {
            let mut read = instruction::read(&line, lines.escape);
            for (region, message) in read.problems {
                error(region, message);
            }
            for mut heredoc in heredoc::named(&line, &read.instruction) {
                match lines.heredoc_body(&heredoc.name, heredoc.tabs) {
                    Some(body) => {
                        heredoc.body = body;
                        read.instruction.heredocs.push(heredoc);
                    }
                    None => {
                        error(heredoc.region, "a here-document is not closed");
                        break;
                    }
                }
            }
            let mut instruction = read.instruction;
            if let Command::From(from) = &instruction.command {
                if stages.len() == MOST_STAGES {
                    error(instruction.region, "there are too many stages; the rest is not read");
                    break;
                }
                stages.push(Stage::new(from, instructions.len(), instruction.region));
            } else if stages.is_empty()
                && !matches!(instruction.command, Command::Arg(_) | Command::Unknown)
            {
                error(instruction.keyword.region, "the instruction stands before any FROM");
            }
            instruction.stage = stages.len().checked_sub(1);
            instructions.push(instruction);
            if instructions.len() == MOST_INSTRUCTIONS {
                error(line.region(0, 1), "there are too many instructions; the rest is not read");
                break;
            }
        }
        for (region, message) in std::mem::take(&mut lines.refused) {
            error(region, message);
        }
        if instructions.is_empty() {
            error(Region::empty(0), "there is no instruction");
        } else if stages.is_empty() {
            error(Region::empty(0), "there is no FROM");
        }
        errors.sort_by_key(|error| error.region);
        stages::close(&mut stages, instructions.len());
        Self {
            escape: lines.escape,
            directives: lines.directives,
            comments: lines.comments,
            instructions,
            stages,
            errors,
        }
    }

    /// The character that escapes and continues lines.
    #[must_use]
    pub fn escape(&self) -> char {
        self.escape
    }

    /// The parser directives at the head.
    #[must_use]
    pub fn directives(&self) -> &[Directive] {
        &self.directives
    }

    /// Every comment with its marker, in order.
    #[must_use]
    pub fn comments(&self) -> &[Region] {
        &self.comments
    }

    /// Every instruction, in order.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// Every stage, in order.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// What BuildKit would refuse, but for unknown instructions, which stand
    /// among the instructions.
    #[must_use]
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }
}
