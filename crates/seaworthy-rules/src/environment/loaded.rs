//! Scripts that load an env file, and what they read of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use seaworthy_analysis::Snapshot;
use seaworthy_analysis::joined::{Reader, ShellKind, ShellText, VariableUse, is_name};
use seaworthy_analysis::roles::{is_env_file_name, template_target};
use seaworthy_model::ArtifactPath;

use super::env_undocumented::is_given_by_the_system;
use super::named::says;
use super::production::env_file;
use super::templates::at_or_above;

/// A variable that a script reads after it has loaded an env file, and which nothing in
/// the repository names or gives.
pub(super) struct Read<'s> {
    pub(super) used: &'s VariableUse,
    /// The template of the file that is loaded.
    pub(super) template: &'s ArtifactPath,
}

/// What scripts read of env files, without a default, and no env file, stack, pipeline or
/// other script gives.
pub(super) fn reads(snapshot: &Snapshot) -> Vec<Read<'_>> {
    let joined = snapshot.joined();
    let templates = templates(snapshot);
    if templates.is_empty() {
        return Vec::new();
    }
    let texts = joined.scripts(snapshot).all();
    let mut loading: HashMap<usize, (usize, &ArtifactPath)> = HashMap::new();
    for (index, text) in texts.iter().enumerate() {
        if text.kind != ShellKind::File {
            continue;
        }
        let Some((end, file)) = loaded(text) else { continue };
        let template = at_or_above(text.path.parent())
            .find_map(|directory| templates.get(&(directory.to_owned(), file.to_owned())));
        if let Some(template) = template {
            loading.insert(index, (end, template));
        }
    }
    if loading.is_empty() {
        return Vec::new();
    }
    let listed = listed(snapshot);
    let wanted = |used: &&VariableUse| {
        !used.has_default
            && is_name(&used.name)
            && !is_given_by_the_system(&used.name)
            && !is_of_the_shell(&used.name)
            && !listed.contains(used.name.as_str())
            && joined.definitions_of(&used.name).is_empty()
            && joined.given_of(snapshot, &used.name).is_empty()
    };
    let found = joined.uses(snapshot).iter().filter(wanted).filter_map(|used| {
        let Reader::Shell { text } = used.reader else { return None };
        let (end, template) = *loading.get(&text)?;
        let text = texts.get(text)?;
        let later = used.region.start >= end;
        (later && !tells_of(text, &used.name)).then_some(Read { used, template })
    });
    found.collect()
}

/// The templates of env files, by their directories and the names of those files.
fn templates(snapshot: &Snapshot) -> BTreeMap<(String, String), &ArtifactPath> {
    let mut found = BTreeMap::new();
    for facts in snapshot.joined().env_files().iter().filter(|facts| facts.template) {
        let Some(target) = template_target(facts.path.as_str()) else { continue };
        let (directory, name) = target.rsplit_once('/').unwrap_or(("", &target));
        found.entry((directory.to_owned(), name.to_owned())).or_insert(&facts.path);
    }
    found
}

/// Everything that any env file or template names, what is commented out included.
fn listed(snapshot: &Snapshot) -> HashSet<&str> {
    let files = snapshot.joined().env_files().iter();
    let files = files.filter_map(|facts| env_file(snapshot, &facts.path));
    files
        .flat_map(|env| env.entries().iter().chain(env.commented()))
        .map(|entry| &*entry.key)
        .collect()
}

/// Where a script has loaded an env file, and the name of that; `None` where it takes anything
/// from elsewhere, too.
fn loaded(text: &ShellText) -> Option<(usize, &str)> {
    let mut found = None;
    for command in &text.script.commands {
        match command.program() {
            Some("." | "source") => {
                let file = command.words.get(1)?.text.as_str();
                let name = file.rsplit('/').next().unwrap_or(file);
                is_env_file_name(name).filter(|it| !it.template && !name.contains('$'))?;
                found = found.or(Some((command.region.end, name)));
            }
            Some("eval") => return None,
            _ => {}
        }
    }
    found
}

/// Whether a comment of a script, or what it shows, speaks of a variable: whoever runs it
/// is told there.
fn tells_of(text: &ShellText, name: &str) -> bool {
    let says = |text: &str| says(text, name);
    text.script.comments.iter().any(|comment| says(text.slice(*comment)))
        || text
            .script
            .heredocs
            .iter()
            .any(|heredoc| says(text.slice(heredoc.body)) && heredoc.expansions.is_empty())
        || text.script.commands.iter().any(|command| {
            matches!(command.program(), Some("echo" | "printf"))
                && command.words.iter().any(|word| says(&word.text) && !word.reads(name))
        })
}

/// Variables that a shell, or what starts one, sets by itself.
fn is_of_the_shell(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "RANDOM",
        "SRANDOM",
        "SECONDS",
        "LINENO",
        "FUNCNAME",
        "PIPESTATUS",
        "OSTYPE",
        "HOSTTYPE",
        "MACHTYPE",
        "SHLVL",
        "IFS",
        "PPID",
        "OPTARG",
        "OPTIND",
        "REPLY",
        "COLUMNS",
        "LINES",
        "EDITOR",
        "PAGER",
        "DIRSTACK",
        "EPOCHSECONDS",
        "EPOCHREALTIME",
        "MAPFILE",
    ];
    const PREFIXES: &[&str] = &["BASH", "SUDO_", "SSH_", "RUNNER_", "XDG_", "LC_", "WSL_"];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
