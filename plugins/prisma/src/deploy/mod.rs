//! What runs when a project is deployed, and what it does to the database.
//!
//! A [`Script`] is a piece of shell somewhere in a file; [`steps`] follows it
//! through scripts of its package to the commands that matter.

mod docker;
mod names;
mod platform;
mod workflow;

use std::ops::Range;

use crate::shell::{Action, Command, action, commands};

pub(crate) use docker::instructions;
pub(crate) use names::{deploys_by_name, is_deploy_file, runs_on_deploy, serves_development};
pub(crate) use platform::{FIELDS, fields_of};
pub(crate) use workflow::{Job, is_deploy_job};

/// Commands in a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Script {
    /// The file.
    pub(crate) path: String,
    /// Its bytes that are the commands.
    pub(crate) region: Range<usize>,
    /// The commands.
    pub(crate) commands: Vec<Command>,
    /// Whether the places of the commands are those of the file, counted from the
    /// start of `region`.
    pub(crate) exact: bool,
}

impl Script {
    /// Reads commands from a text that stands at `region`; of another text than
    /// stands there the places are not known.
    pub(crate) fn new(path: &str, region: Range<usize>, text: &str, exact: bool) -> Self {
        Self { path: path.to_owned(), region, commands: commands(text), exact }
    }
}

/// The scripts of a `package.json`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    pub(crate) scripts: Vec<(String, Script)>,
}

impl Package {
    pub(crate) fn script(&self, name: &str) -> Option<&Script> {
        self.scripts.iter().find(|(known, _)| known == name).map(|(_, script)| script)
    }
}

/// Something that a deploy does to the database.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) path: String,
    /// The bytes of the command.
    pub(crate) range: Range<usize>,
    pub(crate) action: Action,
    /// The scripts in between: `build`, `db:push`.
    pub(crate) through: Vec<String>,
    /// Whether `range` is the command itself, so that it can be replaced.
    pub(crate) exact: bool,
}

/// Scripts that call each other are followed this far.
const MAX_CALLS: usize = 8;

/// What a script does, itself and by the scripts of its package. `file` gives the
/// commands of a file of shell.
pub(crate) fn steps(
    script: &Script,
    package: Option<&Package>,
    file: &dyn Fn(&str) -> Option<Script>,
) -> Vec<Step> {
    let mut found = Vec::new();
    let mut called = Vec::new();
    follow(script, package, file, &mut called, &mut found);
    found
}

fn follow(
    script: &Script,
    package: Option<&Package>,
    file: &dyn Fn(&str) -> Option<Script>,
    called: &mut Vec<String>,
    found: &mut Vec<Step>,
) {
    if called.len() >= MAX_CALLS {
        return;
    }
    for command in script.commands.iter().filter(|command| !command.guarded) {
        let Some((action, range)) = action(command) else { continue };
        let next = match &action {
            Action::Script(name) => {
                let lifecycle = [format!("pre{name}"), name.clone(), format!("post{name}")];
                lifecycle
                    .into_iter()
                    .filter_map(|name| Some((package?.script(&name)?.clone(), name)))
                    .collect()
            }
            Action::File(path) => {
                file(path).map(|script| (script, path.clone())).into_iter().collect()
            }
            _ => {
                let range = if script.exact {
                    script.region.start + range.start..script.region.start + range.end
                } else {
                    script.region.clone()
                };
                let (path, through) = (script.path.clone(), called.clone());
                found.push(Step { path, range, action, through, exact: script.exact });
                Vec::new()
            }
        };
        for (script, name) in next {
            if !called.contains(&name) {
                called.push(name);
                follow(&script, package, file, called, found);
                called.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(scripts: &[(&str, &str)]) -> Package {
        let scripts = scripts
            .iter()
            .map(|(name, text)| {
                let script = Script::new("package.json", 100..100 + text.len(), text, true);
                ((*name).to_owned(), script)
            })
            .collect();
        Package { scripts }
    }

    fn run(package: &Package, name: &str) -> Vec<Step> {
        let none = |_: &str| None;
        steps(package.script(name).expect("the script"), Some(package), &none)
    }

    #[test]
    fn scripts_are_followed_to_what_they_call() {
        let package = package(&[
            ("build", "npm run db && next build"),
            ("db", "prisma db push"),
            ("predb", "prisma db seed"),
        ]);
        let found = run(&package, "build");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].action, Action::Seed);
        assert_eq!(found[1].through, ["db"]);
        assert_eq!(found[1].range, 100..114);
    }

    #[test]
    fn circles_end() {
        let package =
            package(&[("a", "npm run b"), ("b", "npm run a && npm run b && prisma db push")]);
        assert_eq!(run(&package, "a").len(), 1);
    }

    #[test]
    fn guarded_commands_are_no_steps() {
        let package =
            package(&[("build", "[ \"$NODE_ENV\" = test ] && prisma db push; next build")]);
        assert!(run(&package, "build").is_empty());
    }

    #[test]
    fn without_exact_places_the_whole_script_is_the_place() {
        let script = Script::new("package.json", 5..50, "prisma db push", false);
        let found = steps(&script, None, &|_| None);
        assert_eq!((found[0].range.clone(), found[0].exact), (5..50, false));
    }

    #[test]
    fn files_of_shell_are_followed() {
        let script = Script::new("Dockerfile", 0..13, "./start.sh", true);
        let file = |path: &str| {
            (path == "./start.sh").then(|| Script::new("start.sh", 0..14, "prisma db push", true))
        };
        let found = steps(&script, None, &file);
        assert_eq!(found[0].path, "start.sh");
    }
}
