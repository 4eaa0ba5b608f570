//! What to say of a path that cannot be read: what was meant, perhaps.

use std::io::ErrorKind;
use std::path::Path;

use clap::CommandFactory as _;

use crate::arguments::Arguments;
use crate::near::near;

/// The most names of a directory that are compared.
const MANY: usize = 5_000;

/// The error of a path, with the names that are near.
pub(crate) fn cannot_read(path: &Path, error: &std::io::Error) -> anyhow::Error {
    let shown = seaworthy_report::visible(&path.to_string_lossy()).into_owned();
    if error.kind() != ErrorKind::NotFound {
        return anyhow::anyhow!("cannot read {shown}: {}", error.kind());
    }
    let mut hint = String::new();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bare = path.components().count() == 1;
    let commands = Arguments::command();
    let commands: Vec<&str> = commands.get_subcommands().map(clap::Command::get_name).collect();
    let likely = |known: &[&str]| -> Vec<String> {
        near(&name, known.iter().copied()).into_iter().take(3).map(str::to_owned).collect()
    };
    let meant = if bare { likely(&commands) } else { Vec::new() };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let entries = std::fs::read_dir(parent.unwrap_or(Path::new(".")));
    let names: Vec<String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .take(MANY)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some(command) = meant.first() {
        hint = format!("; did you mean `seaworthy {command}`?");
    } else if let Some(other) = likely(&names).first() {
        let other = parent.map_or(Path::new(other).to_owned(), |parent| parent.join(other));
        let other = other.to_string_lossy();
        hint = format!("; did you mean {}?", seaworthy_report::visible(&other));
    } else if parent.is_some_and(|parent| !parent.is_dir()) {
        hint = "; the directory around it is not there either".to_owned();
    }
    anyhow::anyhow!("cannot read {shown}: there is no such file or directory{hint}")
}
