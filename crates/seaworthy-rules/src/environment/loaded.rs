//! Scripts that load an env file, or are started in a container with one, and what they
//! read of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use seaworthy_analysis::Snapshot;
use seaworthy_analysis::joined::{Reader, Scripts, ShellKind, ShellText, VariableUse, is_name};
use seaworthy_analysis::roles::{is_env_file_name, template_target};
use seaworthy_model::ArtifactPath;

use super::env_undocumented::is_given_by_the_system;
use super::production::env_file;
use super::templates::at_or_above;

/// A variable that a script reads of an env file, and which nothing in the repository
/// names or gives.
pub(super) struct Read<'s> {
    pub(super) used: &'s VariableUse,
    /// The template of that file.
    pub(super) template: &'s ArtifactPath,
}

/// A script that has what an env file gives.
struct Loading<'s> {
    /// From where on.
    end: usize,
    /// Whether it may be given other variables as well, so that only those count which it
    /// refuses to go on without.
    given: bool,
    template: &'s ArtifactPath,
    told: HashSet<&'s str>,
}

/// What scripts read of env files, without a default, and no env file, stack, pipeline or
/// other script gives.
pub(super) fn reads(snapshot: &Snapshot) -> Vec<Read<'_>> {
    let joined = snapshot.joined();
    let templates = templates(snapshot);
    if templates.is_empty() {
        return Vec::new();
    }
    let scripts = joined.scripts(snapshot);
    let texts = scripts.all();
    let mut loading: HashMap<usize, Loading<'_>> = HashMap::new();
    for (index, text) in texts.iter().enumerate() {
        let own = loaded(text).filter(|_| text.kind == ShellKind::File);
        let ((end, file), given) = match own {
            Some(own) => (own, false),
            // Its image gives variables as well, and whoever starts it.
            None if starts_an_image(scripts, text) => ((0, ".env"), true),
            None => continue,
        };
        let template = at_or_above(text.path.parent())
            .find_map(|directory| templates.get(&(directory.to_owned(), file.to_owned())));
        if let Some(template) = template {
            loading.insert(index, Loading { end, given, template, told: told(text) });
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
            && !is_of_the_caller(&used.name)
            && !listed.contains(used.name.as_str())
            && joined.definitions_of(&used.name).is_empty()
            && joined.given_of(snapshot, &used.name).is_empty()
    };
    let found = joined.uses(snapshot).iter().filter(wanted).filter_map(|used| {
        let Reader::Shell { text } = used.reader else { return None };
        let loading = loading.get(&text)?;
        let counts = used.region.start >= loading.end && (used.guarded || !loading.given);
        (counts && !loading.told.contains(used.name.as_str()))
            .then_some(Read { used, template: loading.template })
    });
    found.collect()
}

/// Whether a text is what an image starts, or what that calls.
fn starts_an_image(scripts: &Scripts, text: &ShellText) -> bool {
    let starts = |text: &ShellText| text.kind == ShellKind::Start;
    starts(text) || scripts.callers(text).last().is_some_and(|(text, _)| starts(text))
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

/// The variables that comments of a script, or what it shows, speak of: whoever runs it
/// is told there.
fn told(text: &ShellText) -> HashSet<&str> {
    let script = &text.script;
    let comments = script.comments.iter().copied();
    let heredocs = script.heredocs.iter().filter(|heredoc| heredoc.expansions.is_empty());
    let shown = script.commands.iter();
    let shown = shown.filter(|command| matches!(command.program(), Some("echo" | "printf")));
    let regions = comments
        .chain(heredocs.map(|heredoc| heredoc.body))
        .chain(shown.flat_map(|command| command.words.iter().map(|word| word.region)));
    let mut found = HashSet::new();
    for region in regions {
        let piece = text.slice(region);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut at = 0;
        for part in piece.split(|c: char| !is_word(c)) {
            let before = &piece[..at];
            // What is put in place of a variable does not name it.
            if is_name(part) && !before.ends_with('$') && !before.ends_with("${") {
                found.insert(part);
            }
            at += part.len();
            at += piece[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    found
}

/// Variables that whoever runs a script has or gives anew each time: the account that its
/// tools work for, and what is released.
fn is_of_the_caller(name: &str) -> bool {
    const LAST: &[&str] = &["VERSION", "TAG", "REVISION", "COMMIT", "SHA"];
    const TOOLS: &[&str] = &["AWS_", "AZURE_", "GOOGLE_", "CLOUDSDK_", "KUBE", "TF_", "GH_", "PG"];
    LAST.iter().any(|last| name.rsplit('_').next() == Some(last))
        || TOOLS
            .iter()
            .any(|tool| name.strip_prefix(tool).is_some_and(|rest| !rest.starts_with('_')))
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
