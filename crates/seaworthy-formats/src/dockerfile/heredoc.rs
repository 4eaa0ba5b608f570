//! Here-documents: which words of a line begin one.

use seaworthy_model::Region;

use super::expand::{NoValue, Value, expand};
use super::instruction::{Command, CommandLine, Instruction};
use super::lines::Line;
use super::words;

/// A text that follows an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it.
    pub name: String,
    /// Whether leading tabs are taken off (`<<-`).
    pub tabs: bool,
    /// Whether variables in it are replaced: the word is not quoted.
    pub expands: bool,
    /// `<<EOF` itself.
    pub region: Region,
    /// The lines of its body.
    pub body: Region,
}

/// The here-documents that a line names, their bodies still to be found.
pub(super) fn named(line: &Line, instruction: &Instruction) -> Vec<Heredoc> {
    let mut inner = instruction;
    if let Command::Onbuild(nested) = &instruction.command {
        inner = nested;
    }
    let keyword = &inner.keyword.raw;
    let able = ["add", "copy", "run"].iter().any(|known| keyword.eq_ignore_ascii_case(known));
    let json = match &inner.command {
        Command::Run(CommandLine::Exec(_)) => true,
        Command::Copy(transfer) | Command::Add(transfer) => transfer.json,
        _ => false,
    };
    if !able || json || !line.text.contains("<<") {
        return Vec::new();
    }
    // With quotes that do not close BuildKit sees no words, and so none of these.
    let known = |_: &str| Value::Known("x".to_owned());
    if matches!(expand(&line.text, '\\', &known), Err(NoValue::Refused(_))) {
        return Vec::new();
    }
    let words = words::quoted(line, 0..line.text.len(), '\\');
    words.iter().filter_map(|word| read(&word.raw, word.region)).collect()
}

/// A word as `<<EOF`, `3<<-"EOF"`.
pub(super) fn read(word: &str, region: Region) -> Option<Heredoc> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let name = match rest.contains('$') {
        true => rest.replace(['"', '\''], ""),
        false => expand(rest, '\\', &|_| Value::Unset).ok()?,
    };
    if name.is_empty() {
        return None;
    }
    let expands = name == rest;
    Some(Heredoc { name, tabs, expands, region, body: Region::empty(region.end) })
}
