//! Which Compose project a script works on.

use seaworthy_analysis::Context;
use seaworthy_analysis::joined::{ShellText, Stack};
use seaworthy_formats::compose::FileName;
use seaworthy_formats::shell::{Command, Word};

/// A call of Compose.
pub(super) struct Call<'c> {
    /// The files that it names.
    files: Vec<&'c Word>,
    /// Whether it names an env file or a directory of the project.
    pub(super) names_env: bool,
    /// `up`, `pull`, `exec`, …
    pub(super) subcommand: &'c str,
}

/// Reads a call of Compose.
pub(super) fn call(command: &Command) -> Option<Call<'_>> {
    let invoked = command.invoked()?;
    let mut words = match invoked.program {
        "docker-compose" | "podman-compose" => invoked.arguments.iter(),
        "docker" | "podman" if invoked.arguments.first()?.text == "compose" => {
            invoked.arguments[1..].iter()
        }
        _ => return None,
    };
    let mut call = Call { files: Vec::new(), names_env: false, subcommand: "" };
    while let Some(word) = words.next() {
        // Options in a variable may say anything.
        if word.has_expansion() && !word.quoted && !word.text.starts_with('-') {
            return None;
        }
        match word.text.as_str() {
            "-f" | "--file" => call.files.push(words.next()?),
            "--env-file" | "--project-directory" => {
                words.next();
                call.names_env = true;
            }
            "-p" | "--project-name" | "--profile" | "--ansi" | "--progress" | "--parallel" => {
                words.next();
            }
            text if text.starts_with("--env-file=") || text.starts_with("--project-directory=") => {
                call.names_env = true;
            }
            text if text.starts_with("--file=")
                || text.starts_with('-') && text.contains("yml") =>
            {
                return None;
            }
            text if text.starts_with('-') => {}
            text => {
                call.subcommand = text;
                return Some(call);
            }
        }
    }
    None
}

/// What a word comes to: itself, or the one value that the script gives its variable.
pub(super) fn known(text: &ShellText, word: &Word) -> Option<String> {
    if let Some(literal) = word.literal() {
        return Some(literal.to_owned());
    }
    let (name, _) = word.variable()?;
    let mut given = text
        .script
        .commands
        .iter()
        .flat_map(|command| &command.assignments)
        .filter(|assignment| assignment.name == name);
    let only = given.next().filter(|_| given.next().is_none())?;
    if let Some(literal) = only.value.literal() {
        return Some(literal.to_owned());
    }
    let (_, default) = only.value.variable()?;
    let default = text.slice(default?);
    (!default.contains('$')).then(|| default.to_owned())
}

/// The stack that a call works on, if it is certain.
pub(super) fn stack<'s>(cx: &Context<'s>, text: &ShellText, call: &Call<'_>) -> Option<&'s Stack> {
    let stacks = cx.joined().stacks();
    if call.files.is_empty() {
        let mut defaults = stacks.iter().filter(|stack| {
            FileName::read(stack.primary_file().file_name()).is_some_and(|name| name.is_default())
        });
        let first = defaults.next()?;
        return defaults
            .all(|other| other.primary_file() == first.primary_file())
            .then(|| {
                stacks
                    .iter()
                    .filter(|it| it.primary_file() == first.primary_file())
                    .max_by_key(|it| it.files().len())
            })
            .flatten();
    }
    let names: Option<Vec<String>> = call.files.iter().map(|word| known(text, word)).collect();
    let names: Vec<String> =
        names?.iter().map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()).collect();
    let mut fitting = stacks.iter().filter(|stack| {
        stack.files().len() == names.len()
            && stack.files().iter().zip(&names).all(|(file, name)| file.file_name() == name)
    });
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}
