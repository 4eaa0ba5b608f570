//! Finding the texts and reading them.

use seaworthy_formats::compose::{Service, Text as ComposeText, Words};
use seaworthy_formats::dockerfile::{Command, CommandLine};
use seaworthy_formats::shell::{self, MOST_BYTES, Options};
use seaworthy_model::{LineIndex, Notification, NotificationKind, Region, split_last};

use super::purpose::{is_aside, is_production, purpose_of};
use super::{Places, Purpose, Reached, ShellKind, ShellText};
use crate::document::{Document, DocumentKind};
use crate::joined::Joined;
use crate::roles::{Environment, FileRole, Role, file_role};
use crate::snapshot::{Artifact, Snapshot};

/// How many texts are read of each kind.
const MOST: usize = 2000;

pub(super) fn gather(snapshot: &Snapshot, joined: &Joined) -> Vec<ShellText> {
    let mut all = Vec::new();
    files(snapshot, &mut all);
    manifests(snapshot, joined, &mut all);
    images(snapshot, joined, &mut all);
    services(joined, &mut all);
    steps(snapshot, joined, &mut all);
    all
}

/// Whether production is far from a file of this role.
fn is_away(role: FileRole) -> bool {
    matches!(role.role, Role::Test | Role::Development | Role::Template | Role::Docs)
        || !matches!(role.environment, Environment::Unspecified | Environment::Production)
}

fn file_name(path: &str) -> &str {
    split_last(path, b'/').map_or(path, |(_, name)| name)
}

/// Whether a file may be a script of the shell, by its path.
fn is_script(path: &str) -> bool {
    let name = file_name(path);
    match split_last(name, b'.') {
        Some((_, extension)) => matches!(extension, "sh" | "bash"),
        None => {
            let lower = name.as_bytes();
            path.contains("bin/")
                || path.contains("scripts/")
                || ["entrypoint", "deploy", "backup", "restore", "rollback"].iter().any(|word| {
                    lower.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
                })
        }
    }
}

fn is_makefile(name: &str) -> bool {
    matches!(name, "Makefile" | "makefile" | "GNUmakefile")
}

fn files(snapshot: &Snapshot, all: &mut Vec<ShellText>) {
    let is_wanted = |file: &Artifact| {
        file.kind() == DocumentKind::Other
            && (is_makefile(file.path().file_name()) || is_script(file.path().as_str()))
    };
    for artifact in snapshot.chosen(is_wanted) {
        let path = artifact.path();
        let makefile = is_makefile(path.file_name());
        let role = file_role(path.as_str(), None);
        if matches!(role.role, Role::Vendored | Role::Template | Role::Docs | Role::Test) {
            continue;
        }
        if all.len() >= MOST {
            return;
        }
        let Some(text) = snapshot.text(artifact).filter(|text| text.len() <= MOST_BYTES) else {
            continue;
        };
        if makefile {
            targets(artifact, text, role, all);
        } else if is_shell(file_name(path.as_str()), text) {
            file(snapshot, artifact, text, role, all);
        }
    }
}

/// Whether the first line names a shell whose scripts can be read.
fn is_shell(name: &str, text: &str) -> bool {
    let first = text.lines().next().unwrap_or("");
    let Some(line) = first.trim_start_matches('\u{feff}').strip_prefix("#!") else {
        return name.contains('.') && !text.contains("{%");
    };
    let mut words = line.split_whitespace().filter(|word| !word.starts_with('-'));
    let program = words.find(|word| !word.ends_with("/env")).unwrap_or("");
    matches!(file_name(program), "sh" | "bash" | "dash" | "ash")
}

fn file(
    snapshot: &Snapshot,
    artifact: &Artifact,
    text: &str,
    role: FileRole,
    all: &mut Vec<ShellText>,
) {
    let path = artifact.path();
    let script = match shell::parse(text) {
        Ok(script) => script,
        Err(error) => {
            let position = LineIndex::new(text).position(text, error.offset);
            snapshot.notify_of_joined(
                Notification::new(NotificationKind::Malformed, error.message)
                    .in_artifact(path.clone())
                    .at(position),
            );
            return;
        }
    };
    let name = file_name(path.as_str());
    let purpose = purpose_of(split_last(name, b'.').map_or(name, |(stem, _)| stem));
    let deploys = matches!(purpose, Purpose::Deploy) || is_production(name);
    let production = deploys && !is_away(role) && !is_aside(path.as_str());
    all.push(ShellText {
        path: path.clone(),
        kind: ShellKind::File,
        purpose,
        role,
        script,
        text: text.into(),
        directory: path.parent().to_owned(),
        places: Places::At(0),
        production: production.then_some(Reached { by: None }),
    });
}

/// The recipes of a Makefile, one text for each target.
fn targets(artifact: &Artifact, text: &str, role: FileRole, all: &mut Vec<ShellText>) {
    let mut name = String::new();
    let mut recipe = String::new();
    let mut start = 0;
    let mut at = 0;
    let mut flush = |name: &str, recipe: &mut String, start: usize| {
        let text = std::mem::take(recipe);
        if text.trim().is_empty() || all.len() >= MOST {
            return;
        }
        let Ok(script) = shell::parse(&text) else { return };
        let purpose = purpose_of(name);
        let deploys = purpose == Purpose::Deploy || is_production(name);
        let production = deploys && !is_away(role) && !is_aside(name);
        all.push(ShellText {
            path: artifact.path().clone(),
            kind: ShellKind::Target(name.to_owned()),
            purpose,
            role,
            script,
            text: text.into(),
            directory: artifact.path().parent().to_owned(),
            places: Places::At(start),
            production: production.then_some(Reached { by: None }),
        });
    };
    for line in text.split_inclusive('\n') {
        if let Some(command) = line.strip_prefix('\t') {
            if recipe.is_empty() {
                start = at;
            }
            // The signs before a command are make's; bytes keep their places.
            let signs = command.len() - command.trim_start_matches(['@', '-', '+']).len();
            recipe.push_str(&" ".repeat(1 + signs));
            recipe.push_str(&command[signs..]);
        } else if !recipe.is_empty() && (line.trim().is_empty() || line.starts_with('#')) {
            recipe.push_str(&" ".repeat(line.trim_end_matches(['\r', '\n']).len()));
            recipe.push_str(&line[line.trim_end_matches(['\r', '\n']).len()..]);
        } else {
            flush(&name, &mut recipe, start);
            let head = line.split_once(':').map_or("", |(head, _)| head).trim();
            name = head.split_whitespace().next().unwrap_or("").to_owned();
        }
        at += line.len();
    }
    flush(&name, &mut recipe, start);
}

fn manifests(snapshot: &Snapshot, joined: &Joined, all: &mut Vec<ShellText>) {
    let most = all.len() + MOST;
    for package in joined.packages().all() {
        if matches!(package.role, Role::Vendored | Role::Template | Role::Docs | Role::Test) {
            continue;
        }
        let Some(artifact) = snapshot.artifact(package.manifest.as_str()) else { continue };
        let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) else { continue };
        let role = file_role(package.manifest.as_str(), None);
        let source = snapshot.text(artifact).unwrap_or("");
        let starts_apart = manifest
            .scripts
            .iter()
            .any(|it| is_production(&it.name) && purpose_of(&it.name) == Purpose::Start);
        for it in &manifest.scripts {
            if all.len() >= most {
                return;
            }
            let Ok(script) = shell::parse(&it.text) else { continue };
            let as_written = source.get(it.region.range()) == Some(&*it.text);
            let production = match &*it.name {
                "start" | "prestart" | "poststart" => !starts_apart,
                "vercel-build" | "heroku-postbuild" | "now-build" | "railway:start" => true,
                "postinstall" => true,
                name => purpose_of(name) == Purpose::Deploy || is_production(name),
            };
            let production = production && !is_away(role) && !is_aside(&it.name);
            all.push(ShellText {
                path: package.manifest.clone(),
                kind: ShellKind::Manifest(it.name.to_string()),
                purpose: purpose_of(&it.name),
                role,
                script,
                text: it.text.clone(),
                directory: package.directory.clone(),
                places: match as_written {
                    true => Places::At(it.region.start),
                    false => Places::Whole(it.region),
                },
                production: production.then_some(Reached { by: None }),
            });
        }
    }
}

fn images(snapshot: &Snapshot, joined: &Joined, all: &mut Vec<ShellText>) {
    let most = all.len() + MOST;
    for build in joined.images(snapshot) {
        let path = build.dockerfile();
        let role = file_role(path.as_str(), None);
        if matches!(role.role, Role::Vendored | Role::Template | Role::Docs) {
            continue;
        }
        let Some(artifact) = snapshot.artifact(path.as_str()) else { continue };
        let source = snapshot.text(artifact).unwrap_or("");
        let Some(stage) = build.stage() else { continue };
        let services: Vec<_> = build.services(joined.stacks()).collect();
        let composed =
            services.is_empty() || services.iter().any(|(stack, _)| stack.may_be_production());
        let target = build.target().unwrap_or("");
        let named = build.file().stages().get(stage).and_then(|it| it.name.as_ref());
        let named = named.map_or("", |name| name.raw.as_str());
        let production = composed
            && !is_away(role)
            && !is_aside(path.as_str())
            && !is_aside(target)
            && !is_aside(named);
        let Some(image) = build.image() else { continue };
        let starts: Vec<&CommandLine> = [&image.entrypoint, &image.cmd]
            .into_iter()
            .flatten()
            .map(|setting| setting.value)
            .collect();
        for instruction in build.file().instructions() {
            if all.len() >= most {
                return;
            }
            let (line, kind) = match &instruction.command {
                Command::Run(line) => (line, ShellKind::Build),
                Command::Cmd(line) | Command::Entrypoint(line) => {
                    if !starts.iter().any(|start| std::ptr::eq(*start, line)) {
                        continue;
                    }
                    (line, ShellKind::Start)
                }
                _ => continue,
            };
            let written = line.region().unwrap_or(instruction.region);
            let (text, places) = docker_text(line, source, written, instruction.first_line);
            let Ok(script) = shell::parse(&text) else { continue };
            let started = kind == ShellKind::Start;
            all.push(ShellText {
                path: path.clone(),
                kind,
                purpose: if started { Purpose::Start } else { Purpose::Other },
                role,
                script,
                text: text.into(),
                directory: build.context().to_owned(),
                places,
                // What is run while building reaches no database of production, but
                // what it calls by `npm run` is the production build.
                production: production.then_some(Reached { by: None }),
            });
        }
    }
}

/// The text that the shell is given, and where it stands.
fn docker_text(
    line: &CommandLine,
    source: &str,
    written: Region,
    first_line: Region,
) -> (String, Places) {
    match line {
        // A here-document is a program of its own.
        CommandLine::Shell(word) if word.raw.trim_start().starts_with("<<") => {
            (String::new(), Places::Whole(first_line))
        }
        CommandLine::Shell(word) => {
            // Continued lines are one to Docker and to the shell, comments between
            // them are Docker's alone.
            let own = source.get(written.range()).unwrap_or("");
            let comments = own.lines().skip(1).any(|line| line.trim_start().starts_with('#'));
            if own.is_empty() || comments || own.contains('`') {
                return (word.raw.clone(), Places::Whole(first_line));
            }
            (own.to_owned(), Places::At(written.start))
        }
        CommandLine::Exec(words) => {
            let words: Vec<&str> = words.iter().map(|word| word.raw.as_str()).collect();
            (exec_text(&words), Places::Whole(first_line))
        }
    }
}

/// Words that no shell reads, as a text that a shell reads as the same words.
fn exec_text(words: &[&str]) -> String {
    if let [program, flag, script, ..] = words
        && matches!(file_name(program), "sh" | "bash" | "ash" | "dash")
        && flag.starts_with('-')
        && flag.ends_with('c')
    {
        return (*script).to_owned();
    }
    let quoted: Vec<String> =
        words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
    quoted.join(" ")
}

fn services(joined: &Joined, all: &mut Vec<ShellText>) {
    let most = all.len() + MOST;
    let mut seen = std::collections::HashSet::new();
    for stack in joined.stacks() {
        let role = stack.role();
        if matches!(role.role, Role::Vendored | Role::Template | Role::Docs) {
            continue;
        }
        for service in &stack.project().services {
            for command in [&service.entrypoint, &service.command].into_iter().flatten() {
                let origin = &command.origin;
                let first = seen.insert((origin.artifact.clone(), origin.region));
                if !first || all.len() >= most {
                    continue;
                }
                let Some((text, places)) = compose_text(&command.words) else { continue };
                let Ok(script) = shell::parse(&text) else { continue };
                let production = stack.is_production() && service.profiles.is_empty();
                all.push(ShellText {
                    path: origin.artifact.clone(),
                    kind: ShellKind::Service(service.name.raw().to_owned()),
                    purpose: Purpose::Start,
                    role,
                    script,
                    text: text.into(),
                    directory: context_of(service, origin.artifact.parent()),
                    places,
                    production: production.then_some(Reached { by: None }),
                });
            }
        }
    }
}

fn compose_text(words: &Words) -> Option<(String, Places)> {
    match words {
        Words::Line(line) => {
            // Of `sh -c '…'` the script is what is run.
            let line = &inner_script(line).unwrap_or_else(|| line.clone());
            // `$$` is Compose's own way to write a dollar.
            let text = line.raw().replace("$$", "$");
            let same = text.len() == line.raw().len();
            let places = match same {
                true => Places::Compose(line.clone()),
                false => Places::Whole(line.region()),
            };
            Some((text, places))
        }
        Words::List(items) => {
            let raw: Vec<&str> = items.iter().map(ComposeText::raw).collect();
            let first = items.first()?.region();
            let whole = first.cover(items.last()?.region());
            let text = exec_text(&raw).replace("$$", "$");
            let script = (items.len() >= 3 && items[2].raw() == text).then(|| items[2].clone());
            Some((text, script.map_or(Places::Whole(whole), Places::Compose)))
        }
    }
}

/// The script of a line `sh -c '…'`.
fn inner_script(line: &ComposeText) -> Option<ComposeText> {
    let script = shell::parse(line.raw()).ok()?;
    let [command] = script.commands.as_slice() else { return None };
    let [_, flag, word, ..] = command.words.as_slice() else { return None };
    let is_shell = matches!(command.program()?, "sh" | "bash" | "ash" | "dash");
    if !is_shell || !flag.text.starts_with('-') || !flag.text.ends_with('c') {
        return None;
    }
    let inner = word.region.start + 1..word.region.end.saturating_sub(1);
    let same = line.raw().get(inner.clone()) == Some(word.text.as_str());
    same.then(|| line.slice(inner))
}

fn context_of(service: &Service, directory: &str) -> String {
    let context = service.build.as_ref().and_then(|build| build.context.as_ref());
    let context = context.and_then(ComposeText::literal).unwrap_or(".");
    super::calls::join(directory, context).unwrap_or_else(|| directory.to_owned())
}

fn steps(snapshot: &Snapshot, joined: &Joined, all: &mut Vec<ShellText>) {
    let most = all.len() + MOST;
    for pipeline in joined.pipelines(snapshot).all() {
        let path = pipeline.path();
        let role = file_role(path.as_str(), None);
        let workflow = pipeline.workflow();
        for job in &workflow.jobs {
            let environment = job.environment.as_ref().map_or("", |it| it.name.as_str());
            let name = job.name.as_ref().map_or("", |name| name.as_str());
            let id = job.id.as_str();
            let says = |name: &str| purpose_of(name) == Purpose::Deploy || is_production(name);
            let production = (says(environment) || says(id) || says(name))
                && ![environment, id, name, path.file_name()].iter().any(|name| is_aside(name))
                && job.services.is_empty();
            for step in &job.steps {
                let Some(run) = &step.run else { continue };
                let shells = [&step.shell, &job.defaults.shell, &workflow.defaults.shell];
                let program = shells.into_iter().flatten().next().map(|shell| shell.as_str());
                let options = match program.map(str::trim) {
                    None => Options { errexit: true, ..Options::default() },
                    Some("bash") => Options { errexit: true, pipefail: true, ..Options::default() },
                    Some("sh") => Options { errexit: true, ..Options::default() },
                    Some(line) if line.starts_with("bash ") || line.starts_with("sh ") => {
                        let mut options = Options::default();
                        options.set(line.split_whitespace().skip(1));
                        options
                    }
                    Some(_) => continue,
                };
                if all.len() >= most {
                    return;
                }
                let Ok(script) = shell::parse_with(run.as_str(), options) else { continue };
                let directories = [
                    &step.working_directory,
                    &job.defaults.working_directory,
                    &workflow.defaults.working_directory,
                ];
                let directory = directories.into_iter().flatten().next();
                let directory = directory.map_or("", |directory| directory.as_str());
                let directory = super::calls::join("", directory).unwrap_or_default();
                let step_name = step.name.as_ref().map_or("", |name| name.as_str());
                all.push(ShellText {
                    path: pipeline.file_of(run).clone(),
                    kind: ShellKind::Step(id.to_owned()),
                    purpose: purpose_of(step_name),
                    role,
                    script,
                    text: run.as_str().into(),
                    directory,
                    places: Places::Pipeline(run.clone()),
                    production: production.then_some(Reached { by: None }),
                });
            }
        }
    }
}
