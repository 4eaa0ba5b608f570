//! What scripts write as `NAME=value` for somebody to read, and where it goes.

use std::collections::HashMap;

use seaworthy_formats::shell::{BlockKind, Expansion, ExpansionKind, Redirect, Stage, Word};
use seaworthy_model::Region;

use super::ShellText;

/// How many writes of a text are looked at.
const MOST: usize = 1000;

/// How far output is followed out of functions into what calls them.
const MOST_CALLS: usize = 4;

/// How many blocks around a command, and stages of a pipe, are looked at.
const MOST_ABOVE: usize = 64;
const MOST_STAGES: usize = 100;

/// A variable that a script writes for somebody to read: `echo "NAME=$(…)"`.
#[derive(Clone, Debug)]
pub struct Write<'t> {
    /// The name it is written under.
    pub name: &'t str,
    /// The bytes of the name in the script.
    pub region: Region,
    /// The command that writes, by its place.
    pub command: usize,
    /// Where it goes.
    pub sink: Sink<'t>,
}

/// Where the output of a command goes.
#[derive(Clone, Copy, Debug)]
pub enum Sink<'t> {
    /// To whoever runs the script.
    Terminal,
    /// Into a file.
    File(&'t Word),
    /// To another command, or nobody knows where.
    Elsewhere,
}

/// Everything that a script writes as `NAME=…` with one of these values.
#[must_use]
pub fn writes<'t>(text: &'t ShellText, wanted: &dyn Fn(&Expansion) -> bool) -> Vec<Write<'t>> {
    let mut found = Vec::new();
    let mut functions: Option<HashMap<&str, usize>> = None;
    let mut sinks: Option<Sinks<'_>> = None;
    for (index, command) in text.script.commands.iter().enumerate() {
        if found.len() >= MOST {
            break;
        }
        let Some(invoked) = command.invoked() else { continue };
        let mut names: Vec<Region> = Vec::new();
        match invoked.program {
            "echo" => in_words(text, invoked.arguments, wanted, &mut names),
            "printf" => {
                in_words(text, invoked.arguments, wanted, &mut names);
                in_format(text, invoked.arguments, wanted, &mut names);
            }
            "sed" if invoked.arguments.iter().any(|word| word.text.starts_with("-i")) => {
                in_words(text, invoked.arguments, wanted, &mut names);
            }
            "cat" | "tee" => {
                for heredoc in command.redirects.iter().filter_map(|redirect| redirect.heredoc) {
                    let heredoc = &text.script.heredocs[heredoc];
                    let start = heredoc.body.start;
                    in_expansions(text, start, &heredoc.expansions, wanted, &mut names);
                }
            }
            program => {
                let functions = functions.get_or_insert_with(|| functions_of(text));
                let Some(block) = functions.get(program) else { continue };
                for pair in invoked.arguments.windows(2) {
                    let [name, value] = pair else { continue };
                    if is_name(&name.text)
                        && name.literal().is_some()
                        && value.expansions.iter().any(wanted)
                        && let Some(sink) = file_of_function(text, *block)
                    {
                        let region = unquoted(text, name.region);
                        found.push(Write {
                            name: text.slice(region),
                            region,
                            command: index,
                            sink,
                        });
                    }
                }
                continue;
            }
        }
        if names.is_empty() {
            continue;
        }
        let sink = match invoked.program {
            "sed" => invoked.arguments.last().map_or(Sink::Elsewhere, Sink::File),
            _ => sinks.get_or_insert_with(|| Sinks::new(text)).of(index, false),
        };
        found.extend(names.into_iter().map(|region| Write {
            name: text.slice(region),
            region,
            command: index,
            sink,
        }));
    }
    found
}

/// Every `NAME=…` that a script writes at the beginning of a line, whatever its value.
#[must_use]
pub fn settings(text: &ShellText) -> Vec<Write<'_>> {
    let mut found = Vec::new();
    let mut sinks: Option<Sinks<'_>> = None;
    for (index, command) in text.script.commands.iter().enumerate() {
        let Some(invoked) = command.invoked() else { continue };
        let heredocs = command.redirects.iter().filter_map(|redirect| redirect.heredoc);
        let heredocs = heredocs.map(|heredoc| text.script.heredocs[heredoc].body);
        let pieces: Vec<Region> = match invoked.program {
            "echo" | "printf" => invoked.arguments.iter().map(|word| word.region).collect(),
            "cat" | "tee" => heredocs.collect(),
            _ => continue,
        };
        let mut sink = None;
        if found.len() >= MOST {
            break;
        }
        for piece in pieces {
            for region in names_of_lines(text, piece) {
                let sinks = sinks.get_or_insert_with(|| Sinks::new(text));
                let sink = *sink.get_or_insert_with(|| sinks.of(index, false));
                found.push(Write { name: text.slice(region), region, command: index, sink });
            }
        }
    }
    found
}

/// The names at the beginnings of the lines of a piece of text.
fn names_of_lines(text: &ShellText, piece: Region) -> Vec<Region> {
    let written = text.slice(piece);
    let mut found = Vec::new();
    let mut at = 0;
    for line in written.split_inclusive('\n').flat_map(|line| line.split_inclusive("\\n")) {
        let start = line.trim_start_matches([' ', '\t', '"', '\'']);
        let start = start.strip_prefix("export ").unwrap_or(start);
        if let Some((name, _)) = start.split_once('=')
            && is_name(name)
        {
            let from = at + line.len() - start.len();
            found.push(Region::new(from, from + name.len()).offset(piece.start));
        }
        at += line.len();
    }
    found
}

/// The names before values in the words of a command.
fn in_words(
    text: &ShellText,
    words: &[Word],
    wanted: &dyn Fn(&Expansion) -> bool,
    names: &mut Vec<Region>,
) {
    for word in words {
        in_expansions(text, word.region.start, &word.expansions, wanted, names);
    }
}

fn in_expansions(
    text: &ShellText,
    start: usize,
    expansions: &[Expansion],
    wanted: &dyn Fn(&Expansion) -> bool,
    names: &mut Vec<Region>,
) {
    let mut from = start;
    for expansion in expansions {
        // Each looks back to the one before it alone, so that all are looked at once.
        let before = text.slice(Region::new(from, expansion.region.start));
        if wanted(expansion) {
            names.extend(name_before(before).map(|it| Region::new(it.0, it.1).offset(from)));
        }
        from = expansion.region.end.max(from);
    }
}

/// The names before the `%s` of a format whose arguments are values.
fn in_format(
    text: &ShellText,
    arguments: &[Word],
    wanted: &dyn Fn(&Expansion) -> bool,
    names: &mut Vec<Region>,
) {
    let Some((format, values)) = arguments.split_first() else { return };
    let written = text.slice(format.region);
    let signs = written.match_indices("%s").map(|(at, _)| at);
    for (at, value) in signs.zip(values) {
        if value.expansions.iter().any(wanted) {
            let name = name_before(&written[..at]);
            names.extend(name.map(|it| Region::new(it.0, it.1).offset(format.region.start)));
        }
    }
}

/// The place of the name that is given what follows: `NAME=`, `NAME="`.
fn name_before(before: &str) -> Option<(usize, usize)> {
    let before = before.trim_end_matches(['"', '\'', '\\']).strip_suffix('=')?;
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut start = before.len() - before.bytes().rev().take_while(is_word).count();
    // The letter belongs to `\n`.
    if before[..start].ends_with('\\') && before[start..].starts_with(['n', 'r', 't']) {
        start += 1;
    }
    is_name(&before[start..]).then_some((start, before.len()))
}

/// Whether a text is the name of a variable as env files have them.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() > 2
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && text.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Where the output of the commands of a script goes.
#[derive(Debug)]
pub struct Sinks<'t> {
    text: &'t ShellText,
    /// The first command that calls each program or function.
    calls: HashMap<&'t str, usize>,
}

impl<'t> Sinks<'t> {
    /// Those of a script.
    #[must_use]
    pub fn new(text: &'t ShellText) -> Self {
        let mut calls = HashMap::new();
        for (index, command) in text.script.commands.iter().enumerate() {
            if let Some(program) = command.program() {
                calls.entry(program).or_insert(index);
            }
        }
        Self { text, calls }
    }

    /// Where the output of the command at a place goes. `through`: what filters of text
    /// do to it on the way does not matter.
    #[must_use]
    pub fn of(&self, command: usize, through: bool) -> Sink<'t> {
        if command >= self.text.script.commands.len() {
            return Sink::Elsewhere;
        }
        self.follow(command, through, 0)
    }

    fn follow(&self, index: usize, through: bool, depth: usize) -> Sink<'t> {
        let script = &self.text.script;
        let command = &script.commands[index];
        let invoked = command.invoked();
        if let Some(invoked) = invoked.filter(|invoked| invoked.program == "tee") {
            return tee(invoked.arguments);
        }
        if let Some(found) = redirected(&command.redirects) {
            return found;
        }
        let is_self = |stage: &Stage| matches!(stage, Stage::Command(at) if *at == index);
        if let Some(found) = self.piped(command.pipeline, is_self, through, depth) {
            return found;
        }
        let mut at = command.block;
        for _ in 0..MOST_ABOVE {
            let Some(block_index) = at else { return Sink::Terminal };
            let block = &script.blocks[block_index];
            if let Some(found) = redirected(&block.redirects) {
                return found;
            }
            match &block.kind {
                BlockKind::Substitution => return Sink::Elsewhere,
                BlockKind::Function(name) => {
                    if depth >= MOST_CALLS {
                        return Sink::Elsewhere;
                    }
                    let call = self.calls.get(name.as_str());
                    return call.map_or(Sink::Elsewhere, |at| self.follow(*at, through, depth + 1));
                }
                _ => {}
            }
            if let Some(pipeline) = block.pipeline {
                let is_self =
                    |stage: &Stage| matches!(stage, Stage::Block(at) if *at == block_index);
                if let Some(found) = self.piped(pipeline, is_self, through, depth) {
                    return found;
                }
            }
            at = block.parent;
        }
        Sink::Elsewhere
    }

    /// Where a pipe takes the output of one of its stages; `None` for the last one.
    fn piped(
        &self,
        pipeline: usize,
        is_self: impl Fn(&Stage) -> bool,
        through: bool,
        depth: usize,
    ) -> Option<Sink<'t>> {
        let script = &self.text.script;
        let stages = &script.pipelines[pipeline].stages;
        if stages.len() > MOST_STAGES {
            return Some(Sink::Elsewhere);
        }
        let own = stages.iter().position(is_self)?;
        let next = stages.get(own + 1)?;
        let Stage::Command(next) = *next else { return Some(Sink::Elsewhere) };
        let Some(invoked) = script.commands[next].invoked() else { return Some(Sink::Elsewhere) };
        Some(match invoked.program {
            "tee" => tee(invoked.arguments),
            "tr" | "head" | "base64" | "cut" | "fold" | "sed" | "xxd" | "od" | "hexdump"
                if through && depth < MOST_CALLS * 4 =>
            {
                self.follow(next, through, depth + 1)
            }
            _ => Sink::Elsewhere,
        })
    }
}

fn tee(arguments: &[Word]) -> Sink<'_> {
    let file = arguments.iter().find(|word| !word.text.starts_with('-'));
    file.map_or(Sink::Terminal, Sink::File)
}

fn redirected(redirects: &[Redirect]) -> Option<Sink<'_>> {
    let redirect = redirects.iter().rev().find(|redirect| {
        matches!(redirect.operator, ">" | ">>" | ">|" | "&>" | "&>>" | ">&")
            && matches!(redirect.descriptor, None | Some(1))
    })?;
    let target = &redirect.target;
    Some(match target.text.as_str() {
        "1" | "2" if redirect.operator == ">&" => Sink::Terminal,
        "/dev/stderr" | "/dev/stdout" | "/dev/tty" => Sink::Terminal,
        text if text.starts_with("/dev/") || text.starts_with(">(") => Sink::Elsewhere,
        _ => Sink::File(target),
    })
}

/// The functions of a script, by their names.
fn functions_of(text: &ShellText) -> HashMap<&str, usize> {
    let blocks = text.script.blocks.iter().enumerate();
    let functions = blocks.filter_map(|(index, block)| match &block.kind {
        BlockKind::Function(name) => Some((name.as_str(), index)),
        _ => None,
    });
    functions.collect()
}

/// The file that a function of the script writes into, if it does.
fn file_of_function(text: &ShellText, block: usize) -> Option<Sink<'_>> {
    let script = &text.script;
    script.inside(block).take(200).find_map(|command| {
        let invoked = command.invoked()?;
        match invoked.program {
            "echo" | "printf" | "cat" => {
                redirected(&command.redirects).filter(|sink| matches!(sink, Sink::File(_)))
            }
            "sed" if invoked.arguments.iter().any(|word| word.text.starts_with("-i")) => {
                invoked.arguments.last().map(Sink::File)
            }
            _ => None,
        }
    })
}

/// Whether an expansion is a variable's whole value: not its length, a piece of it, or
/// whether it is set.
#[must_use]
pub fn is_whole(text: &ShellText, expansion: &Expansion) -> bool {
    let ExpansionKind::Parameter { operator, .. } = &expansion.kind else { return false };
    let written = text.slice(expansion.region);
    !written.starts_with("${#")
        && !written.starts_with("${!")
        && !operator.as_ref().is_some_and(|(it, _)| matches!(it.as_str(), ":" | ":+" | "+" | "@"))
}

/// The bytes between the quotes of a word.
fn unquoted(text: &ShellText, region: Region) -> Region {
    let written = text.slice(region);
    let inner = written.trim_matches(['"', '\'']);
    let before = written.len() - written.trim_start_matches(['"', '\'']).len();
    Region::new(region.start + before, region.start + before + inner.len())
}
