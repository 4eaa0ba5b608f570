//! The variables that a text of the shell takes from outside.

use std::collections::HashSet;

use seaworthy_formats::shell::{BlockKind, Expansion, ExpansionKind, Word};
use seaworthy_model::Region;

use crate::joined::ShellText;

/// A variable that a text reads and does not set.
pub(super) struct Free<'t> {
    pub(super) name: &'t str,
    /// Its bytes in the text.
    pub(super) region: Region,
    pub(super) has_default: bool,
    pub(super) guarded: bool,
}

/// What a text reads without setting it anywhere. What it asks about (`[ -z "$X" ]`,
/// `${X:-}`) has a default everywhere: the text goes on without it, or says so itself.
pub(super) fn free(text: &ShellText) -> Vec<Free<'_>> {
    let script = &text.script;
    let mut own: HashSet<&str> = HashSet::new();
    let mut asked: HashSet<&str> = HashSet::new();
    let mut read: Vec<&Expansion> = Vec::new();
    for block in &script.blocks {
        match &block.kind {
            BlockKind::For { variable, words } => {
                own.insert(variable);
                read.extend(words.iter().flat_map(expansions));
            }
            BlockKind::Case(word) => read.extend(expansions(word)),
            _ => {}
        }
        read.extend(block.redirects.iter().flat_map(|redirect| expansions(&redirect.target)));
    }
    for heredoc in &script.heredocs {
        read.extend(&heredoc.expansions);
    }
    for command in &script.commands {
        for assignment in &command.assignments {
            own.insert(&assignment.name);
            read.extend(expansions(&assignment.value));
        }
        read.extend(command.words.iter().flat_map(expansions));
        read.extend(command.redirects.iter().flat_map(|redirect| expansions(&redirect.target)));
        let arguments = command.words.iter().skip(1);
        match command.program() {
            Some("export") => {
                own.extend(arguments.filter_map(|word| Some(word.text.split_once('=')?.0)));
            }
            Some("local" | "declare" | "readonly" | "typeset") => {
                let names = arguments.map(|word| word.text.as_str());
                own.extend(names.map(|text| text.split_once('=').map_or(text, |(name, _)| name)));
            }
            Some("read" | "mapfile" | "readarray" | "getopts" | "unset") => {
                own.extend(arguments.map(|word| word.text.as_str()));
            }
            Some("printf") if command.words.get(1).is_some_and(|word| word.text == "-v") => {
                own.extend(command.words.get(2).map(|word| word.text.as_str()));
            }
            Some("[" | "[[" | "test") => {
                asked.extend(arguments.flat_map(|word| &word.expansions).filter_map(name_of));
            }
            _ => {}
        }
    }
    for expansion in &read {
        let ExpansionKind::Parameter { operator: Some((operator, _)), .. } = &expansion.kind else {
            continue;
        };
        match operator.as_str() {
            ":=" | "=" => own.extend(name_of(expansion)),
            ":-" | "-" | ":+" | "+" => asked.extend(name_of(expansion)),
            _ => {}
        }
    }
    read.sort_by_key(|expansion| expansion.region);
    let found = read.into_iter().filter_map(|expansion| {
        let name = name_of(expansion)?;
        if own.contains(name) || text.slice(expansion.region).starts_with("${!") {
            return None;
        }
        let operator = match &expansion.kind {
            ExpansionKind::Parameter { operator, .. } => operator.as_ref(),
            _ => None,
        };
        let operator = operator.map_or("", |(operator, _)| operator.as_str());
        let guarded = matches!(operator, ":?" | "?");
        Some(Free {
            name,
            region: expansion.region,
            has_default: asked.contains(name) && !guarded,
            guarded,
        })
    });
    found.collect()
}

fn expansions(word: &Word) -> Vec<&Expansion> {
    word.expansions.iter().chain(word.elements.iter().flat_map(|it| &it.expansions)).collect()
}

/// The variable of an expansion; none for `$1`, `$@` and their like.
fn name_of(expansion: &Expansion) -> Option<&str> {
    match &expansion.kind {
        ExpansionKind::Parameter { name, .. }
            if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') =>
        {
            Some(name)
        }
        _ => None,
    }
}
