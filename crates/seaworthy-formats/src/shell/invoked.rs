//! Which program a command starts in the end: `sudo -E env A=1 timeout 5 pg_dump`
//! starts `pg_dump`.

use super::{Command, Word};

/// A program and its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invoked<'c> {
    /// Its name without its directory.
    pub program: &'c str,
    /// The word that names it.
    pub word: &'c Word,
    /// The words after it.
    pub arguments: &'c [Word],
}

/// Programs that start the rest of their words, the flags of theirs that take a word,
/// and how many words of their own come first.
const WRAPPERS: &[(&str, &[&str], usize)] = &[
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "--user", "--group"], 0),
    ("doas", &["-u", "-C"], 0),
    ("env", &["-u", "-C", "-S", "--unset", "--chdir"], 0),
    ("exec", &["-a"], 0),
    ("command", &[], 0),
    ("builtin", &[], 0),
    ("nohup", &[], 0),
    ("setsid", &[], 0),
    ("nice", &["-n", "--adjustment"], 0),
    ("ionice", &["-c", "-n", "-p", "--class", "--classdata"], 0),
    ("time", &["-f", "-o"], 0),
    ("timeout", &["-s", "-k", "--signal", "--kill-after"], 1),
    ("stdbuf", &["-i", "-o", "-e"], 0),
    ("chrt", &[], 1),
    ("gosu", &[], 1),
    ("su-exec", &[], 1),
    ("tini", &["-p", "-e"], 0),
    ("dumb-init", &["-r", "--rewrite"], 0),
    ("cross-env", &[], 0),
    ("cross-env-shell", &[], 0),
    ("dotenv", &["-e", "-v", "-p"], 0),
    ("dotenvx", &["-f", "-e", "--env-file", "--env"], 0),
    ("env-cmd", &["-f", "-e", "-r", "--file", "--environments"], 0),
    ("xvfb-run", &["-s", "-n", "-e"], 0),
];

/// How many wrappers may wrap each other.
const MOST_WRAPPERS: usize = 8;

impl Command {
    /// The program that is started in the end, past `sudo`, `env` and their like.
    /// `None` when it is not known.
    #[must_use]
    pub fn invoked(&self) -> Option<Invoked<'_>> {
        let mut words = self.words.as_slice();
        for _ in 0..MOST_WRAPPERS {
            let (word, arguments) = words.split_first()?;
            let text = word.literal()?;
            let program = text.rsplit('/').next().unwrap_or(text);
            let Some((_, flags, own)) = WRAPPERS.iter().find(|(name, ..)| *name == program) else {
                return Some(Invoked { program, word, arguments });
            };
            let mut rest = arguments;
            while let Some((first, after)) = rest.split_first() {
                let text = first.text.as_str();
                // POSIX `command -v` and `-V` tell where a program is; nothing starts.
                if program == "command" && matches!(text, "-v" | "-V") {
                    return Some(Invoked { program, word, arguments });
                }
                rest = if text == "--" || (text == "run" && program == "dotenvx") {
                    after
                } else if flags.contains(&text) {
                    after.get(1..).unwrap_or_default()
                } else if text.starts_with('-') || is_assignment(text) {
                    after
                } else {
                    break;
                };
            }
            let rest = rest.get(*own..).unwrap_or_default();
            if rest.is_empty() {
                return Some(Invoked { program, word, arguments });
            }
            words = rest;
        }
        None
    }

    /// The variables set for what is started: those before the command, and those
    /// that `env` and its like are given.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        let before = self.assignments.iter();
        let before = before.map(|it| (it.name.as_str(), it.value.text.as_str()));
        let wrapped =
            self.invoked().map_or(0, |invoked| self.words.len() - invoked.arguments.len() - 1);
        let given = self.words[..wrapped]
            .iter()
            .filter_map(|word| word.text.split_once('=').filter(|_| is_assignment(&word.text)));
        before.chain(given)
    }
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
