//! The simple commands of a shell line: words, and what joins them.
//!
//! Enough to know which programs a `RUN`, `CMD` or `HEALTHCHECK` starts with
//! which words, as [`seaworthy_formats::shell`] reads them.

use std::collections::HashSet;
use std::ops::Range;

use seaworthy_formats::dockerfile::CommandLine;
use seaworthy_formats::shell::{self, BlockKind, Script, Stage};

use crate::installs::{Install, install};

/// How a command follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joint {
    /// It is the first, or follows `;`, `&` or a line break.
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
}

/// A simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Simple {
    /// How it follows the one before.
    pub(crate) joint: Joint,
    /// Its words, quotes removed; without assignments, and without `sudo`, `env` and
    /// their like.
    pub(crate) words: Vec<String>,
    /// The assignments before it.
    pub(crate) assigned: Vec<(String, String)>,
    /// Its bytes in the text.
    pub(crate) range: Range<usize>,
    /// Whether it stands in a branch of `if`, `case` or a loop.
    pub(crate) conditional: bool,
}

impl Simple {
    /// The program's name without its directory.
    pub(crate) fn program(&self) -> &str {
        let word = self.words.first().map_or("", String::as_str);
        word.rsplit('/').next().unwrap_or(word)
    }

    /// The words after the program.
    pub(crate) fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or(&[])
    }

    /// What it installs. `production` tells whether `NODE_ENV` says so around it.
    pub(crate) fn install(&self, production: bool) -> Option<Install> {
        let own =
            self.assigned.iter().any(|(name, value)| name == "NODE_ENV" && value == "production");
        install(self.program(), self.arguments().iter().map(String::as_str), production || own)
    }
}

/// The commands of either form of a command line.
pub(crate) fn commands(line: &CommandLine) -> Vec<Simple> {
    match line {
        CommandLine::Shell(text) => split(&text.raw),
        CommandLine::Exec(words) => {
            let words: Vec<String> = words.iter().map(|word| word.raw.clone()).collect();
            if let [shell, flag, script, ..] = words.as_slice()
                && matches!(shell.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "zsh"))
                && flag.starts_with('-')
                && flag.ends_with('c')
            {
                return split(script);
            }
            let (assigned, range) = (Vec::new(), 0..0);
            vec![Simple { joint: Joint::Then, words, assigned, range, conditional: false }]
        }
    }
}

/// The commands of a script; none of one that is no script of a shell. What stands in
/// `$(…)` is part of a word.
pub(crate) fn split(text: &str) -> Vec<Simple> {
    let Ok(script) = shell::parse(text) else { return Vec::new() };
    let mut begun = HashSet::new();
    let mut found = Vec::new();
    for (index, command) in script.commands.iter().enumerate() {
        if script.blocks_above(command).any(|block| block.kind == BlockKind::Substitution) {
            continue;
        }
        let joint = joint(&script, index, &mut begun);
        let wrapped = command
            .invoked()
            .map_or(0, |invoked| command.words.len() - invoked.arguments.len() - 1);
        let words: Vec<String> =
            command.words[wrapped..].iter().map(|word| word.text.clone()).collect();
        let assigned: Vec<(String, String)> = command
            .environment()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        if words.is_empty() && assigned.is_empty() {
            continue;
        }
        let conditional = script
            .blocks_above(command)
            .any(|block| !matches!(block.kind, BlockKind::Subshell | BlockKind::Group));
        found.push(Simple { joint, words, assigned, range: command.region.range(), conditional });
    }
    found
}

/// How a command follows the one before it. The first of a group or a subshell follows
/// as that does.
fn joint(script: &Script, command: usize, begun: &mut HashSet<usize>) -> Joint {
    let mut stage = Stage::Command(command);
    let mut pipeline = script.commands[command].pipeline;
    loop {
        let at = &script.pipelines[pipeline];
        let joint = match at.joint {
            _ if at.stages.first() != Some(&stage) => Joint::Pipe,
            shell::Joint::And => Joint::And,
            shell::Joint::Or => Joint::Or,
            shell::Joint::Then => Joint::Then,
        };
        let Some(block) = at.block.filter(|block| begun.insert(*block)) else { return joint };
        let around = &script.blocks[block];
        match around.pipeline {
            Some(outer) if joint == Joint::Then => {
                if !matches!(around.kind, BlockKind::Subshell | BlockKind::Group) {
                    return joint;
                }
                (stage, pipeline) = (Stage::Block(block), outer);
            }
            _ => return joint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_into_commands() {
        let cases: &[(&str, &str)] = &[
            ("a b && c", "Then a b|And c"),
            ("a || b; c & d", "Then a|Or b|Then c|Then d"),
            ("a | b", "Then a|Pipe b"),
            ("a 'b && c' \"d;e\"", "Then a b && c d;e"),
            ("A=1 B='x y' c d", "Then c d"),
            ("set -e; (cd x && y)", "Then set -e|Then cd x|And y"),
            ("a > f 2>&1 && b", "Then a|And b"),
            ("a &>f && b", "Then a|And b"),
            ("a && (b; c) || { d | e; }", "Then a|And b|Then c|Or d|Pipe e"),
            ("f() { a; }; f", "Then a?|Then f"),
            ("if ($x) { y }", ""),
            ("if [ -f x ]; then a; else b; fi; c", "Then [ -f x ]?|Then a?|Then b?|Then c"),
            ("for i in a b; do c; done", "Then c?"),
            ("a # b && c\nd", "Then a|Then d"),
            ("a \\\n b", "Then a b"),
            ("exec a", "Then a"),
            ("sudo -E env A=1 /usr/bin/a b", "Then /usr/bin/a b"),
            ("a \"$(b && c)\"", "Then a $(b && c)"),
            ("", ""),
        ];
        for (text, want) in cases {
            let shown: Vec<String> = split(text)
                .iter()
                .map(|command| {
                    let mark = if command.conditional { "?" } else { "" };
                    format!("{:?} {}{mark}", command.joint, command.words.join(" "))
                })
                .collect();
            assert_eq!(shown.join("|"), *want, "{text}");
        }
        let range = split("a && npm  ci x")[1].range.clone();
        assert_eq!(&"a && npm  ci x"[range], "npm  ci x");
    }
}
