//! Which text calls which: `npm run x`, `./scripts/x.sh`, `make x`.

use std::collections::{HashMap, VecDeque};

use seaworthy_formats::shell::{Command, Word};
use seaworthy_model::ArtifactPath;

use super::{Reached, ShellKind, ShellText};
use crate::joined::Joined;
use crate::joined::managers::{self, Asked, ScriptCall};
use crate::snapshot::Snapshot;

/// In how many packages a script of one name is followed.
const MOST_PACKAGES: usize = 200;

/// Who can be called, by what calls them.
struct Known<'j> {
    /// Script files by their paths.
    files: HashMap<String, usize>,
    /// Files of each name, for images, whose directories are not ours.
    names: HashMap<String, Vec<usize>>,
    /// Scripts of manifests by their directories and names.
    scripts: HashMap<(String, String), usize>,
    /// Targets by the directories of their Makefiles and their names.
    targets: HashMap<(String, String), usize>,
    joined: &'j Joined,
}

/// Marks what production's texts call.
pub(super) fn reach(_: &Snapshot, joined: &Joined, all: &mut [ShellText]) {
    let mut known = Known {
        files: HashMap::new(),
        names: HashMap::new(),
        scripts: HashMap::new(),
        targets: HashMap::new(),
        joined,
    };
    for (index, text) in all.iter().enumerate() {
        match &text.kind {
            ShellKind::File => {
                known.files.insert(text.path.as_str().to_owned(), index);
                known.names.entry(text.path.file_name().to_owned()).or_default().push(index);
            }
            ShellKind::Manifest(name) => {
                known.scripts.insert((text.directory.clone(), name.clone()), index);
            }
            ShellKind::Target(name) => {
                known.targets.insert((text.directory.clone(), name.clone()), index);
            }
            _ => {}
        }
    }
    let mut open: VecDeque<usize> =
        (0..all.len()).filter(|&index| all[index].in_production()).collect();
    while let Some(index) = open.pop_front() {
        let mut called = Vec::new();
        let caller = &all[index];
        let mut directory = Some(caller.directory.clone());
        for (at, command) in caller.script.commands.iter().enumerate() {
            if command.program() == Some("cd") {
                let to = command.words.get(1).and_then(Word::literal);
                directory = to.and_then(|to| join(&caller.directory, to));
                continue;
            }
            let mut directories: Vec<&str> = directory.as_deref().into_iter().collect();
            directories.extend([caller.directory.as_str(), caller.path.parent(), ""]);
            for callee in known.called(command, &directories, &caller.kind) {
                called.push((callee, at));
            }
        }
        for (callee, at) in called {
            if all[callee].production.is_none() {
                all[callee].production = Some(Reached { by: Some((index, at)) });
                open.push_back(callee);
            }
        }
    }
}

impl Known<'_> {
    fn called(&self, command: &Command, directories: &[&str], kind: &ShellKind) -> Vec<usize> {
        let Some(invoked) = command.invoked() else { return Vec::new() };
        let arguments = invoked.arguments;
        let words: Vec<&str> = arguments.iter().map(|word| word.text.as_str()).collect();
        match managers::asked(invoked.program, &words) {
            Some(Asked::Scripts(call)) => return self.manifest(&call, directories),
            Some(_) => return Vec::new(),
            None => {}
        }
        match invoked.program {
            "make" => {
                let names = arguments.iter().filter_map(Word::literal);
                let names = names.filter(|name| !name.starts_with('-') && !name.contains('='));
                names
                    .filter_map(|name| {
                        directories.iter().find_map(|directory| {
                            let key = ((*directory).to_owned(), name.to_owned());
                            self.targets.get(&key).copied()
                        })
                    })
                    .collect()
            }
            "sh" | "bash" | "ash" | "dash" | "." | "source" => {
                let mut words = arguments.iter().filter_map(Word::literal);
                let path = words.find(|word| !word.starts_with('-'));
                path.and_then(|path| self.file(path, directories, kind)).into_iter().collect()
            }
            _ => {
                let path = invoked.word.literal().filter(|word| {
                    word.contains('/') || word.ends_with(".sh") || *kind == ShellKind::Start
                });
                path.and_then(|path| self.file(path, directories, kind)).into_iter().collect()
            }
        }
    }

    fn file(&self, path: &str, directories: &[&str], kind: &ShellKind) -> Option<usize> {
        let found = directories
            .iter()
            .find_map(|directory| self.files.get(&join(directory, path)?).copied());
        if found.is_some() || *kind != ShellKind::Start {
            return found;
        }
        // The image has its own directories; a name that stands but once is meant.
        let name = path.rsplit('/').next().unwrap_or(path);
        match self.names.get(name).map(Vec::as_slice) {
            Some([only]) => Some(*only),
            _ => None,
        }
    }

    /// The scripts of manifests that are meant, with those that a package manager runs
    /// before and after them.
    fn manifest(&self, call: &ScriptCall, directories: &[&str]) -> Vec<usize> {
        let packages = self.joined.packages();
        let manifests: Vec<String> = if call.everywhere {
            packages.all().iter().map(|package| package.directory.clone()).collect()
        } else if let Some(package) = &call.package {
            let place = package.trim_start_matches("./");
            let named = packages.all().iter().filter(|package| {
                package.name.as_deref() == Some(place) || package.directory == place
            });
            named.map(|package| package.directory.clone()).collect()
        } else if let Some(elsewhere) = &call.directory {
            directories.iter().filter_map(|directory| join(directory, elsewhere)).collect()
        } else {
            // The nearest manifest counts, as npm looks for it.
            let nearest = |directory: &&str| {
                let here = packages.in_directory(directory);
                here.or_else(|| packages.of_path(directory))
                    .map(|package| package.directory.clone())
            };
            directories.iter().find_map(nearest).into_iter().collect()
        };
        let script = |directory: &str, name: &str| {
            self.scripts.get(&(directory.to_owned(), name.to_owned())).copied()
        };
        let mut found = Vec::new();
        for name in &call.names {
            let holders = manifests.iter().filter(|directory| script(directory, name).is_some());
            for directory in holders.take(if call.everywhere { MOST_PACKAGES } else { 1 }) {
                let around = [&format!("pre{name}"), name, &format!("post{name}")];
                found.extend(around.into_iter().filter_map(|name| script(directory, name)));
            }
        }
        found
    }
}

/// A path relative to a directory, made plain; `None` if it leads out of the
/// repository or is absolute.
pub(super) fn join(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('$') {
        return None;
    }
    ArtifactPath::resolve(directory, path).map(|path| path.as_str().to_owned())
}
