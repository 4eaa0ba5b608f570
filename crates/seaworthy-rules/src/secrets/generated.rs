//! What scripts write that holds secrets: under which names, and into which file.

use std::collections::HashSet;

use seaworthy_analysis::joined::ShellText;
use seaworthy_formats::shell::{
    BlockKind, Command, Expansion, ExpansionKind, Redirect, Stage, Word,
};
use seaworthy_model::Region;

/// How far output is followed out of functions into what calls them.
const MOST_CALLS: usize = 4;

/// A variable that a script writes for somebody to read: `echo "NAME=$(…)"`.
pub(super) struct Write<'t> {
    /// The name it is written under.
    pub(super) name: &'t str,
    /// The bytes of the name in the script.
    pub(super) region: Region,
    /// The command that writes, by its place.
    pub(super) command: usize,
    /// Where it goes.
    pub(super) sink: Sink<'t>,
}

/// Where the output of a command goes.
#[derive(Clone, Copy)]
pub(super) enum Sink<'t> {
    /// To whoever runs the script.
    Terminal,
    /// Into a file.
    File(&'t Word),
    /// To another command, or nobody knows where.
    Elsewhere,
}

/// What of a script is random.
pub(super) struct Generated<'t> {
    text: &'t ShellText,
    /// The commands that make something random, by the bytes they start at.
    makers: Vec<usize>,
    /// The variables that are set to something random.
    variables: HashSet<&'t str>,
}

impl<'t> Generated<'t> {
    /// Looks through a script; `None` when it generates nothing.
    pub(super) fn read(text: &'t ShellText) -> Option<Self> {
        let script = &text.script;
        let mut makers: Vec<usize> = script
            .commands
            .iter()
            .filter(|command| is_generator(command))
            .map(|command| command.region.start)
            .collect();
        if makers.is_empty() {
            return None;
        }
        // A function that makes one, and one that calls that.
        for _ in 0..2 {
            let functions: HashSet<&str> = script
                .blocks
                .iter()
                .filter(|block| any_in(&makers, block.region))
                .filter_map(|block| match &block.kind {
                    BlockKind::Function(name) => Some(name.as_str()),
                    _ => None,
                })
                .collect();
            if functions.is_empty() {
                break;
            }
            let calls = script.commands.iter();
            let calls = calls.filter(|it| it.program().is_some_and(|it| functions.contains(it)));
            makers.extend(calls.map(|command| command.region.start));
            makers.sort_unstable();
            makers.dedup();
        }
        let mut found = Self { text, makers, variables: HashSet::new() };
        // What is set to it, and what is set to that.
        for _ in 0..2 {
            for command in &script.commands {
                for assignment in &command.assignments {
                    if found.is_random(&assignment.value) {
                        found.variables.insert(&assignment.name);
                    }
                }
                if !is_declaration(command) {
                    continue;
                }
                for word in command.words.iter().skip(1) {
                    if let Some((name, _)) = word.text.split_once('=')
                        && found.is_random(word)
                    {
                        found.variables.insert(name);
                    }
                }
            }
        }
        Some(found)
    }

    fn is_random(&self, word: &Word) -> bool {
        word.expansions.iter().any(|expansion| self.makes(expansion))
    }

    /// Whether what stands here is random.
    pub(super) fn makes(&self, expansion: &Expansion) -> bool {
        if any_in(&self.makers, expansion.region) {
            return true;
        }
        is_whole(self.text, expansion)
            && matches!(&expansion.kind, ExpansionKind::Parameter { name, .. }
                if self.variables.contains(name.as_str()))
    }

    /// The files that a generator writes into by itself: `openssl rand -hex 32 > key`.
    pub(super) fn direct(&self) -> Vec<(usize, &'t Word)> {
        let commands = self.text.script.commands.iter().enumerate();
        let makers = commands.filter(|(_, it)| self.makers.binary_search(&it.region.start).is_ok());
        makers
            .filter_map(|(index, _)| match sink(self.text, index, true, 0) {
                Sink::File(file) => Some((index, file)),
                _ => None,
            })
            .collect()
    }
}

/// Everything that a script writes as `NAME=…` with one of these values.
pub(super) fn writes<'t>(
    text: &'t ShellText,
    wanted: &dyn Fn(&Expansion) -> bool,
) -> Vec<Write<'t>> {
    let mut found = Vec::new();
    for (index, command) in text.script.commands.iter().enumerate() {
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
                let Some(file) = file_of_function(text, program) else { continue };
                for pair in invoked.arguments.windows(2) {
                    let [name, value] = pair else { continue };
                    if is_name(&name.text)
                        && name.literal().is_some()
                        && value.expansions.iter().any(wanted)
                    {
                        let region = unquoted(text, name.region);
                        let name = text.slice(region);
                        found.push(Write { name, region, command: index, sink: file });
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
            _ => sink(text, index, false, 0),
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
    let mut start =
        before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
    // The letter belongs to `\n`.
    if before[..start].ends_with('\\') && before[start..].starts_with(['n', 'r', 't']) {
        start += 1;
    }
    is_name(&before[start..]).then_some((start, before.len()))
}

/// Whether a text is the name of a variable as env files have them.
pub(super) fn is_name(text: &str) -> bool {
    text.len() > 2
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && text.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Where the output of a command of a script goes.
pub(super) fn sink_of(text: &ShellText, command: usize) -> Sink<'_> {
    sink(text, command, false, 0)
}

/// Where the output of a command goes. `through`: what filters of text do to it on
/// the way does not matter.
fn sink(text: &ShellText, index: usize, through: bool, depth: usize) -> Sink<'_> {
    let script = &text.script;
    let command = &script.commands[index];
    let invoked = command.invoked();
    if let Some(invoked) = invoked.filter(|invoked| invoked.program == "tee") {
        return tee(invoked.arguments);
    }
    if let Some(found) = redirected(&command.redirects) {
        return found;
    }
    let is_self = |stage: &Stage| matches!(stage, Stage::Command(at) if *at == index);
    if let Some(found) = piped(text, command.pipeline, is_self, through, depth) {
        return found;
    }
    let mut at = command.block;
    for _ in 0..64 {
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
                let mut commands = script.commands.iter();
                let call = commands.position(|it| it.program() == Some(name.as_str()));
                return call.map_or(Sink::Elsewhere, |at| sink(text, at, through, depth + 1));
            }
            _ => {}
        }
        if let Some(pipeline) = block.pipeline {
            let is_self = |stage: &Stage| matches!(stage, Stage::Block(at) if *at == block_index);
            if let Some(found) = piped(text, pipeline, is_self, through, depth) {
                return found;
            }
        }
        at = block.parent;
    }
    Sink::Elsewhere
}

/// Where a pipe takes the output of one of its stages; `None` for the last one.
fn piped<'t>(
    text: &'t ShellText,
    pipeline: usize,
    is_self: impl Fn(&Stage) -> bool,
    through: bool,
    depth: usize,
) -> Option<Sink<'t>> {
    let script = &text.script;
    let stages = &script.pipelines[pipeline].stages;
    let own = stages.iter().position(is_self)?;
    let next = stages.get(own + 1)?;
    let Stage::Command(next) = *next else { return Some(Sink::Elsewhere) };
    let Some(invoked) = script.commands[next].invoked() else { return Some(Sink::Elsewhere) };
    Some(match invoked.program {
        "tee" => tee(invoked.arguments),
        "tr" | "head" | "base64" | "cut" | "fold" | "sed" | "xxd" | "od" | "hexdump"
            if through && depth < MOST_CALLS * 4 =>
        {
            sink(text, next, through, depth + 1)
        }
        _ => Sink::Elsewhere,
    })
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

/// The file that a function of the script writes into, if it does.
fn file_of_function<'t>(text: &'t ShellText, name: &str) -> Option<Sink<'t>> {
    let script = &text.script;
    let block = script
        .blocks
        .iter()
        .position(|block| matches!(&block.kind, BlockKind::Function(it) if it == name))?;
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

/// Whether a command makes something random.
fn is_generator(command: &Command) -> bool {
    let from_device = |word: &Word| matches!(word.text.as_str(), "/dev/urandom" | "/dev/random");
    if command.redirects.iter().any(|redirect| from_device(&redirect.target)) {
        return true;
    }
    let Some(program) = command.program() else { return false };
    if matches!(program, "echo" | "printf" | "cat" | "grep" | "sed") {
        return program == "cat" && command.words.iter().any(from_device);
    }
    if matches!(program, "uuidgen" | "pwgen" | "apg") || command.words.iter().any(from_device) {
        return true;
    }
    let words = command.words.windows(2);
    if words.into_iter().any(|pair| pair[0].text.ends_with("openssl") && pair[1].text == "rand") {
        return true;
    }
    let interprets = matches!(program, "node" | "python" | "python3" | "ruby" | "php" | "bun");
    interprets
        && command.words.iter().skip(1).any(|word| {
            ["randomBytes", "randomUUID", "secrets.", "urandom", "SecureRandom", "random_bytes"]
                .iter()
                .any(|sign| word.text.contains(sign))
        })
}

fn is_declaration(command: &Command) -> bool {
    matches!(command.program(), Some("export" | "local" | "declare" | "readonly" | "typeset"))
}

/// Whether an expansion is a variable's whole value: not its length, a piece of it, or
/// whether it is set.
pub(super) fn is_whole(text: &ShellText, expansion: &Expansion) -> bool {
    let ExpansionKind::Parameter { operator, .. } = &expansion.kind else { return false };
    let written = text.slice(expansion.region);
    !written.starts_with("${#")
        && !written.starts_with("${!")
        && !operator.as_ref().is_some_and(|(it, _)| matches!(it.as_str(), ":" | ":+" | "+" | "@"))
}

fn any_in(starts: &[usize], region: Region) -> bool {
    let at = starts.partition_point(|start| *start < region.start);
    starts.get(at).is_some_and(|start| *start < region.end)
}

/// The bytes between the quotes of a word.
fn unquoted(text: &ShellText, region: Region) -> Region {
    let written = text.slice(region);
    let inner = written.trim_matches(['"', '\'']);
    let before = written.len() - written.trim_start_matches(['"', '\'']).len();
    Region::new(region.start + before, region.start + before + inner.len())
}
