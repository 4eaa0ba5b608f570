//! The simple commands of a shell line: words, and what joins them.
//!
//! Enough to know which programs a `RUN`, `CMD` or `HEALTHCHECK` starts with
//! which words. What is inside `$(…)` and here-documents of the shell is taken
//! as it stands.

use std::ops::Range;

use seaworthy_formats::dockerfile::CommandLine;

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
    /// Its words, quotes removed; assignments before it left out.
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

/// Splits a line.
pub(crate) fn split(text: &str) -> Vec<Simple> {
    let mut splitter = Splitter {
        commands: Vec::new(),
        joint: Joint::Then,
        words: Vec::new(),
        word: None,
        start: None,
        end: 0,
        depth: 0,
    };
    let mut characters = text.char_indices().peekable();
    let mut quote = None;
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|&(_, next)| next);
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"') | None, '\\') => match characters.next() {
                Some((_, '\n')) | None => {}
                Some((end, escaped)) => splitter.push(at, end + escaped.len_utf8(), escaped),
            },
            (Some(_), _) => splitter.push(at, at + character.len_utf8(), character),
            (None, '\'' | '"') => {
                quote = Some(character);
                splitter.open(at, at + 1);
            }
            (None, '&') if next == Some('&') => {
                characters.next();
                splitter.finish(Joint::And);
            }
            (None, '|') if next == Some('|') => {
                characters.next();
                splitter.finish(Joint::Or);
            }
            (None, '&') if splitter.in_redirection(next) => splitter.push(at, at + 1, '&'),
            (None, '|') => splitter.finish(Joint::Pipe),
            (None, ';' | '\n' | '&') => splitter.finish(Joint::Then),
            (None, '(') if splitter.word.is_none() => splitter.finish(Joint::Then),
            (None, ')') if !splitter.word.as_ref().is_some_and(|word| word.contains('(')) => {
                splitter.finish(Joint::Then);
            }
            (None, '#') if splitter.word.is_none() => {
                while characters.next_if(|&(_, next)| next != '\n').is_some() {}
            }
            (None, _) if character.is_whitespace() => splitter.end_word(),
            (None, _) => splitter.push(at, at + character.len_utf8(), character),
        }
    }
    splitter.finish(Joint::Then);
    splitter.commands
}

struct Splitter {
    commands: Vec<Simple>,
    joint: Joint,
    words: Vec<String>,
    word: Option<String>,
    start: Option<usize>,
    end: usize,
    depth: usize,
}

impl Splitter {
    fn open(&mut self, start: usize, end: usize) -> &mut String {
        self.start.get_or_insert(start);
        self.end = end;
        self.word.get_or_insert_default()
    }

    fn push(&mut self, start: usize, end: usize, character: char) {
        self.open(start, end).push(character);
    }

    /// `2>&1` and `&>file` are no ends of commands.
    fn in_redirection(&self, next: Option<char>) -> bool {
        next == Some('>') || self.word.as_ref().is_some_and(|word| word.ends_with(['>', '<']))
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn finish(&mut self, next: Joint) {
        self.end_word();
        let mut words = std::mem::take(&mut self.words);
        let joint = std::mem::replace(&mut self.joint, next);
        let start = self.start.take();
        // Words of the shell's grammar before the command.
        while let Some(word) = words.first() {
            match word.as_str() {
                "if" | "while" | "until" | "for" | "case" | "select" => self.depth += 1,
                "fi" | "done" | "esac" => self.depth = self.depth.saturating_sub(1),
                "then" | "else" | "elif" | "do" | "!" | "{" | "}" | "exec" | "time" | "sudo" => {}
                _ => break,
            }
            let loops = matches!(words[0].as_str(), "for" | "case" | "select");
            words.remove(0);
            if loops {
                words.clear();
            }
        }
        let mut assigned = Vec::new();
        while let Some((name, value)) = words.first().and_then(|word| word.split_once('=')) {
            let is_name = !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !is_name {
                break;
            }
            assigned.push((name.to_owned(), value.to_owned()));
            words.remove(0);
        }
        if words.is_empty() && assigned.is_empty() {
            if matches!(joint, Joint::And | Joint::Or) && next == Joint::Then {
                self.joint = joint;
            }
            return;
        }
        let range = start.map_or(0..0, |start| start..self.end.max(start));
        let conditional = self.depth > 0;
        self.commands.push(Simple { joint, words, assigned, range, conditional });
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
            ("a > f 2>&1 && b", "Then a > f 2>&1|And b"),
            ("a &>f && b", "Then a &>f|And b"),
            ("if [ -f x ]; then a; else b; fi; c", "Then [ -f x ]?|Then a?|Then b?|Then c"),
            ("for i in a b; do c; done", "Then c?"),
            ("a # b && c\nd", "Then a|Then d"),
            ("a \\\n b", "Then a b"),
            ("exec a", "Then a"),
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
