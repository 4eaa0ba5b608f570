//! Scripts of the POSIX shell and of bash: which commands with which words, how
//! they are joined, and what they are guarded by.
//!
//! Our own reader, because neither parser that exists was fit: `brush-parser`
//! backtracks without end at thirty open parentheses and overflows the stack,
//! `tree-sitter-bash` adds 1.4 MB of tables to the binary and refuses three of a
//! hundred scripts that bash takes. This one reads every byte once, keeps its
//! nesting in a list of its own with a bound, and either understands a script
//! whole or refuses it: a rule never judges half of one.
//!
//! Regions are bytes of the text that was parsed.

mod expansion;
mod grammar;
mod heredoc;
mod invoked;
mod read;
mod script;
mod words;

#[cfg(test)]
mod tests;

use seaworthy_model::Region;

pub use invoked::Invoked;
pub use script::Guard;

/// The largest text that is read.
pub const MOST_BYTES: usize = 1 << 20;
/// How deep compounds, substitutions and quotes may nest.
pub const MOST_DEPTH: usize = 100;

/// A script that was understood.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Every simple command, those in substitutions and here-documents included,
    /// in the order of the text.
    pub commands: Vec<Command>,
    /// Every pipeline; one command alone is one as well.
    pub pipelines: Vec<Pipeline>,
    /// Everything that nests: `if`, loops, functions, subshells and their parts.
    pub blocks: Vec<Block>,
    /// The here-documents.
    pub heredocs: Vec<Heredoc>,
    /// The comments with their `#`; the first line of a script is one too.
    pub comments: Vec<Region>,
}

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShellError {
    /// What is wrong, as a sentence's beginning.
    pub message: &'static str,
    /// Where, in bytes.
    pub offset: usize,
}

/// A simple command. One that only assigns has no words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments.
    pub words: Vec<Word>,
    /// The assignments before it.
    pub assignments: Vec<Assignment>,
    /// Where its input comes from and its output goes to.
    pub redirects: Vec<Redirect>,
    /// From its first to its last word.
    pub region: Region,
    /// The pipeline it stands in, an index of [`Script::pipelines`].
    pub pipeline: usize,
    /// The block it stands in, an index of [`Script::blocks`].
    pub block: Option<usize>,
    /// What `set` had switched on by then, as far as the text tells.
    pub options: Options,
}

/// A word, its quotes removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Quotes and backslashes removed; expansions as they are written.
    pub text: String,
    /// Its bytes, quotes included.
    pub region: Region,
    /// What the shell puts other text in place of. Empty: the word is what it says
    /// (but for `*`, `~` and braces).
    pub expansions: Vec<Expansion>,
    /// Whether any part of it is quoted.
    pub quoted: bool,
    /// The elements, if it is an array (`a=(x y)`).
    pub elements: Vec<Word>,
}

/// A part of a word that the shell, or what runs it, puts other text in place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// What it is.
    pub kind: ExpansionKind,
    /// Its bytes, from `$` to its end.
    pub region: Region,
    /// Whether it stands in double quotes.
    pub quoted: bool,
}

/// A kind of expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpansionKind {
    /// `$X`, `${X}`, `${X:-word}`.
    Parameter {
        /// The variable, or the sign of a special parameter.
        name: String,
        /// `:-`, `:=`, `:?`, `:+`, `-`, `=`, `?`, `+` or whatever else stands after
        /// the name, and the bytes after it.
        operator: Option<(String, Region)>,
    },
    /// `$(…)`, `` `…` ``, `<(…)`, `>(…)`: the block with its commands; none for
    /// backticks within backticks.
    Command(Option<usize>),
    /// `$((…))`
    Arithmetic,
    /// `${{ … }}`: what runs the script fills it in.
    Template,
}

/// `NAME=value`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable, without an index.
    pub name: String,
    /// Whether it is `+=`.
    pub appends: bool,
    /// The value; its region begins after `=`.
    pub value: Word,
    /// From the name to the end of the value.
    pub region: Region,
}

/// `> file`, `2>&1`, `<<EOF`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The number before it.
    pub descriptor: Option<u32>,
    /// `>`, `>>`, `<`, `<<`, `<<-`, `<<<`, `>&`, `<&`, `>|`, `<>`, `&>`, `&>>`.
    pub operator: &'static str,
    /// The file, the descriptor, or the end mark of a here-document.
    pub target: Word,
    /// The here-document, an index of [`Script::heredocs`].
    pub heredoc: Option<usize>,
}

/// The text after a line with `<<`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heredoc {
    /// Its lines, without the end mark.
    pub body: Region,
    /// Whether the shell expands it: the end mark was not quoted.
    pub expands: bool,
    /// What is expanded in it.
    pub expansions: Vec<Expansion>,
}

/// Commands and compounds joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// What it consists of, in order.
    pub stages: Vec<Stage>,
    /// Whether `!` turns its outcome round.
    pub negated: bool,
    /// How it follows the one before it.
    pub joint: Joint,
    /// The pipeline before it in the same list of `&&` and `||`.
    pub previous: Option<usize>,
    /// The pipeline after it in the same list of `&&` and `||`.
    pub next: Option<usize>,
    /// Whether its list is sent to the background by `&`.
    pub background: bool,
    /// The block it stands in.
    pub block: Option<usize>,
}

/// A part of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// An index of [`Script::commands`].
    Command(usize),
    /// An index of [`Script::blocks`].
    Block(usize),
}

/// How a pipeline follows the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joint {
    /// It is the first, or follows `;`, `&` or a line break.
    #[default]
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Something that nests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// The block around it.
    pub parent: Option<usize>,
    /// The pipeline it is a stage of, if it is.
    pub pipeline: Option<usize>,
    /// The redirects after it, which hold for all of it.
    pub redirects: Vec<Redirect>,
    /// Its bytes.
    pub region: Region,
}

/// What nests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// `( … )`
    Subshell,
    /// `{ …; }`
    Group,
    /// `name() …`; holds the compound that is its body.
    Function(String),
    /// `$(…)`, backticks, `<(…)`.
    Substitution,
    /// `if … fi`; holds its parts.
    If,
    /// `while … done`, `until … done`; holds a condition and a body.
    Loop {
        /// Whether it is `until`.
        until: bool,
    },
    /// `for … done`, `select … done`; holds a body.
    For {
        /// The variable.
        variable: String,
        /// What it goes through; empty for `"$@"`.
        words: Vec<Word>,
    },
    /// `case … esac`; holds its arms.
    Case(Word),
    /// What `if`, `elif`, `while` or `until` asks; `previous` is the condition of
    /// the branch before.
    Condition {
        /// The condition before, of the same `if`.
        previous: Option<usize>,
    },
    /// What is done if the condition holds.
    Branch {
        /// The condition.
        condition: usize,
    },
    /// What is done if no condition holds.
    Else {
        /// The last condition.
        condition: usize,
    },
    /// What a loop does.
    Body {
        /// The condition of `while` and `until`.
        condition: Option<usize>,
    },
    /// What is done if one of the patterns fits.
    Arm(Vec<Word>),
}

/// What `set` switches on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `-e`: a command that fails ends the script.
    pub errexit: bool,
    /// `-o pipefail`: a pipeline fails if any of its commands does.
    pub pipefail: bool,
    /// `-u`: an unset variable is an error.
    pub nounset: bool,
}

/// Parses a script that starts with nothing switched on but what its first line
/// (`#!/bin/sh -e`) says.
///
/// # Errors
/// When the text is no script that bash would take, or nests too deep.
pub fn parse(text: &str) -> Result<Script, ShellError> {
    parse_with(text, Options::default())
}

/// Parses a script that is started with options, as `bash -e -o pipefail` starts it.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(text: &str, options: Options) -> Result<Script, ShellError> {
    read::parse(text, options)
}
