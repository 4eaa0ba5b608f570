//! What the jobs of a pipeline do: their scripts followed through manifests,
//! Makefiles, scripts of the repository, its own actions and workflows.

use seaworthy_formats::ci::{Job, Step, Text, Uses, is_true};
use seaworthy_formats::shell::{self, BlockKind, Script};
use seaworthy_model::{ArtifactPath, Region};

use super::actions::of_action;
use super::deeds::{Class, Work, by_name, classify};
use super::outcomes::{below, is_ignored, never_fails, recipe};
use super::{Pipeline, Pipelines};
use crate::difference::is_searched_only;
use crate::document::Document;
use crate::joined::managers::ScriptCall;
use crate::joined::{Package, Packages};
use crate::snapshot::Snapshot;

/// Why a failure of something fails nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// `continue-on-error` or `allow_failure` on the job or the step.
    Continues,
    /// `|| true` and its like.
    Or,
    /// A flag, or the tool's own default.
    Flag,
    /// It runs when the job has ended.
    Afterwards,
}

/// Something that a job does.
#[derive(Clone, Debug)]
pub struct Deed {
    /// What it is.
    pub work: Work,
    /// The step, by its place in the job; of a called workflow 0.
    pub step: usize,
    /// Where the job says so.
    pub region: Region,
    /// Which of the pipeline's files says so.
    pub file: usize,
    /// The program and the words that tell, or the action: `npm audit`.
    pub label: String,
    /// Why its failure fails nothing.
    pub masked: Option<Mask>,
    /// Whether it names production (`--prod`).
    pub production: bool,
    /// The script of a manifest, or the other file, that it was found in.
    pub through: Option<(ArtifactPath, Region)>,
}

/// What a job does.
#[derive(Clone, Debug, Default)]
pub struct JobWork {
    /// Everything that is known, in order.
    pub deeds: Vec<Deed>,
    /// Whether it does more than is known.
    pub unknown: bool,
}

impl JobWork {
    /// What it does of a kind.
    pub fn of(&self, work: Work) -> impl Iterator<Item = &Deed> {
        self.deeds.iter().filter(move |deed| deed.work == work)
    }
}

/// How far scripts are followed.
const DEPTH: usize = 6;

/// The most commands that are looked at in one job.
const COMMANDS: usize = 5_000;

/// Where something is read, and what that means.
#[derive(Clone, Debug)]
struct At {
    step: usize,
    region: Region,
    file: usize,
    masked: Option<Mask>,
    through: Option<(ArtifactPath, Region)>,
    /// The directory of the repository; `None` when it is not known.
    directory: Option<String>,
    depth: usize,
}

pub(super) struct Reader<'s> {
    snapshot: &'s Snapshot,
    packages: &'s Packages,
    pipelines: &'s Pipelines,
    work: JobWork,
    left: usize,
}

/// What a job of a pipeline does.
pub(super) fn of_job(
    snapshot: &Snapshot,
    packages: &Packages,
    pipelines: &Pipelines,
    pipeline: &Pipeline,
    place: usize,
) -> JobWork {
    let work = JobWork::default();
    let mut reader = Reader { snapshot, packages, pipelines, work, left: COMMANDS };
    let at = At {
        step: 0,
        region: Region::empty(0),
        file: 0,
        masked: None,
        through: None,
        directory: Some(String::new()),
        depth: 0,
    };
    reader.job(pipeline, place, &at, true);
    reader.work
}

fn masked(text: Option<&Text>) -> Option<Mask> {
    (is_true(text) == Some(true)).then_some(Mask::Continues)
}

impl Reader<'_> {
    fn job(&mut self, pipeline: &Pipeline, place: usize, at: &At, outermost: bool) {
        let job = &pipeline.workflow().jobs[place];
        let masked = at.masked.or(masked(job.continue_on_error.as_ref()));
        self.work.unknown |= job.unknown_base;
        if let Some(uses) = &job.uses {
            let mut at = At { masked, ..at.clone() };
            if outermost {
                (at.region, at.file) = (uses.region(), uses.file());
            }
            self.workflow(uses, &at);
        }
        for (index, step) in job.steps.iter().enumerate() {
            let mut at = At { masked, ..at.clone() };
            if outermost {
                at.step = index;
            }
            self.step(pipeline, Some((place, index, job)), step, &at, outermost);
        }
    }

    /// A reusable workflow: all that its jobs do.
    fn workflow(&mut self, uses: &Text, at: &At) {
        let called = match Uses::read(uses.as_str()) {
            Uses::Local(path) => self.pipelines.at(path),
            _ => None,
        };
        let Some(called) = called.filter(|_| at.depth < DEPTH) else {
            self.work.unknown = true;
            return;
        };
        let through = Some((called.path().clone(), Region::empty(0)));
        for place in 0..called.workflow().jobs.len() {
            let at = At { depth: at.depth + 1, through: through.clone(), ..at.clone() };
            self.job(called, place, &at, false);
        }
    }

    fn step(
        &mut self,
        pipeline: &Pipeline,
        of: Option<(usize, usize, &Job)>,
        step: &Step,
        at: &At,
        outermost: bool,
    ) {
        let never = step
            .condition
            .as_ref()
            .is_some_and(|it| it.as_str().trim_matches(['$', '{', '}', ' ']) == "false");
        if never {
            return;
        }
        let mut at = at.clone();
        at.masked = at.masked.or(masked(step.continue_on_error.as_ref()));
        if step.afterwards {
            at.masked = Some(Mask::Afterwards);
        }
        if let Some(uses) = &step.uses {
            if outermost {
                (at.region, at.file) = (uses.region(), uses.file());
            }
            self.uses(pipeline, step, uses, &at);
        }
        let Some(run) = &step.run else { return };
        let defaults = of.map(|(.., job)| &job.defaults);
        let shell = step.shell.as_ref().or_else(|| defaults.and_then(|it| it.shell.as_ref()));
        let shell = shell.or(pipeline.workflow().defaults.shell.as_ref());
        if shell
            .is_some_and(|it| !it.as_str().starts_with("bash") && !it.as_str().starts_with("sh"))
        {
            self.work.unknown = true;
            return;
        }
        let directory = step
            .working_directory
            .as_ref()
            .or_else(|| defaults.and_then(|it| it.working_directory.as_ref()))
            .or(pipeline.workflow().defaults.working_directory.as_ref());
        if let Some(directory) = directory {
            at.directory = below(at.directory.as_deref(), directory.as_str());
        }
        let parsed;
        let script = match of {
            Some((job, index, _)) => pipeline.script(job, index),
            None => {
                parsed = parse(run.as_str());
                parsed.as_ref()
            }
        };
        match script {
            Some(script) => self.script(script, &at, outermost.then_some(run)),
            None => self.work.unknown = true,
        }
    }

    fn uses(&mut self, pipeline: &Pipeline, step: &Step, uses: &Text, at: &At) {
        let used = Uses::read(uses.as_str());
        match &used {
            Uses::Local(directory) => {
                let action = Pipelines::action(self.snapshot, directory);
                let action = action.filter(|(_, it)| it.composite && at.depth < DEPTH);
                let Some((path, action)) = action else {
                    self.work.unknown = true;
                    return;
                };
                let at = At {
                    depth: at.depth + 1,
                    through: Some((path.clone(), Region::empty(0))),
                    ..at.clone()
                };
                for step in &action.steps {
                    self.step(pipeline, None, step, &at, false);
                }
            }
            Uses::Remote { .. } => {
                let name = used.action().unwrap_or_default();
                self.action(&name, step, at);
            }
            Uses::Docker(_) | Uses::Unknown => self.work.unknown = true,
        }
    }

    fn action(&mut self, name: &str, step: &Step, at: &At) {
        let input = |key: &str| {
            let found = step.with.iter().find(|input| input.name.as_str() == key);
            found.and_then(|input| input.value.as_ref()).map(Text::as_str)
        };
        let words: Option<Vec<String>> = match name {
            "superfly/flyctl-actions" => Some(format!("flyctl {}", input("args").unwrap_or("")))
                .map(|line| line.split_whitespace().map(ToOwned::to_owned).collect()),
            "cloudflare/wrangler-action" => {
                let command = input("command").unwrap_or("deploy");
                Some(
                    format!("wrangler {command}")
                        .split_whitespace()
                        .map(ToOwned::to_owned)
                        .collect(),
                )
            }
            _ => None,
        };
        if let Some(words) = words {
            self.started(&words, at);
            return;
        }
        let Some(work) = of_action(name) else {
            self.work.unknown = true;
            return;
        };
        let mut at = at.clone();
        let never_fails = match name {
            "aquasecurity/trivy-action" => {
                !matches!(input("exit-code"), Some("1" | "2"))
                    && input("format").is_none_or(|format| format != "sarif")
            }
            "anchore/scan-action" => input("fail-build") == Some("false"),
            _ => false,
        };
        if never_fails {
            at.masked = at.masked.or(Some(Mask::Flag));
        }
        let production = step.with.iter().any(|input| {
            input.value.as_ref().is_some_and(|value| {
                let value = value.as_str();
                value.split_whitespace().any(|word| matches!(word, "--prod" | "--production"))
                    || matches!(input.name.as_str(), "production-deploy" | "channelId")
                        && matches!(value, "true" | "live")
            })
        });
        for work in work {
            self.push(*work, name.to_owned(), production, &at);
        }
    }

    fn push(&mut self, work: Work, label: String, production: bool, at: &At) {
        self.work.deeds.push(Deed {
            work,
            step: at.step,
            region: at.region,
            file: at.file,
            label,
            masked: at.masked,
            production,
            through: at.through.clone(),
        });
    }

    /// `written` is the text of the workflow itself, where places are its own.
    fn script(&mut self, script: &Script, at: &At, written: Option<&Text>) {
        let mut directory = at.directory.clone();
        // Where a subshell ends, and the directory outside of it.
        let mut outside: Vec<(usize, Option<String>)> = Vec::new();
        for (index, command) in script.commands.iter().enumerate() {
            while outside.last().is_some_and(|(end, _)| command.region.start >= *end) {
                directory = outside.pop().and_then(|(_, directory)| directory);
            }
            if self.left == 0 {
                self.work.unknown = true;
                return;
            }
            self.left -= 1;
            let mut at = At { directory: directory.clone(), ..at.clone() };
            if let Some(text) = written {
                at.region = text.place(command.region.range());
                at.file = text.file();
            }
            if is_ignored(script, index) {
                at.masked = at.masked.or(Some(Mask::Or));
            }
            let Some(invoked) = command.invoked() else {
                self.work.unknown |= !command.words.is_empty();
                continue;
            };
            let arguments: Vec<String> =
                invoked.arguments.iter().map(|word| word.text.clone()).collect();
            if matches!(invoked.program, "cd" | "pushd") {
                let subshell = script.blocks_above(command).find(|block| {
                    matches!(block.kind, BlockKind::Subshell | BlockKind::Substitution)
                });
                if let Some(block) = subshell {
                    outside.push((block.region.end, directory.clone()));
                }
                directory = match arguments.as_slice() {
                    [path] => below(directory.as_deref(), path),
                    _ => None,
                };
                continue;
            }
            let program = invoked.word.text.as_str();
            if program.contains('/') && program.ends_with(".sh") {
                self.file(program, &at);
                continue;
            }
            // Functions of the script are looked at where they are written.
            if script.blocks.iter().any(
                |block| matches!(&block.kind, BlockKind::Function(name) if name == invoked.program),
            ) {
                continue;
            }
            self.command(invoked.program, &arguments, &at);
        }
    }

    fn started(&mut self, words: &[String], at: &At) {
        match words.split_first() {
            Some((program, arguments)) => {
                let at = At { depth: at.depth + 1, ..at.clone() };
                self.command(program, arguments, &at);
            }
            None => self.work.unknown = true,
        }
    }

    fn command(&mut self, program: &str, arguments: &[String], at: &At) {
        if at.depth > DEPTH || self.left == 0 {
            self.work.unknown = true;
            return;
        }
        self.left -= 1;
        match classify(program, arguments) {
            Class::Nothing => {}
            Class::Unknown => self.work.unknown = true,
            Class::Does(work, label) => {
                let has = |names: &[&str]| arguments.iter().any(|it| names.contains(&it.as_str()));
                let production = has(&["--prod", "--production", "-p"])
                    || has(&["--target=production", "--environment=production"]);
                let mut at = at.clone();
                if never_fails(program, arguments) {
                    at.masked = at.masked.or(Some(Mask::Flag));
                }
                for work in work {
                    self.push(*work, label.clone(), production, &at);
                }
            }
            Class::Starts(words) => self.started(&words, at),
            Class::File(path) => self.file(&path, at),
            Class::Target(name) => self.target(&name, at),
            // The program itself runs then, as long as the job.
            Class::Scripts(call) if call.names == ["start"] => {}
            Class::Scripts(call) => self.scripts(&call, at),
        }
    }

    /// A shell script of the repository.
    fn file(&mut self, path: &str, at: &At) {
        let path = below(at.directory.as_deref(), path);
        // Programs in other languages are not followed.
        let path = path.filter(|path| !is_searched_only(path));
        let artifact = path.as_deref().and_then(|path| self.snapshot.artifact(path));
        let text = artifact.and_then(|artifact| self.snapshot.text(artifact));
        let script = text.filter(|_| at.depth < DEPTH).and_then(parse);
        let (Some(artifact), Some(script)) = (artifact, script) else {
            self.work.unknown = true;
            return;
        };
        let at = At {
            depth: at.depth + 1,
            through: Some((artifact.path().clone(), Region::empty(0))),
            ..at.clone()
        };
        // What a script does depends on what it is given.
        self.work.unknown |= script.commands.iter().any(|it| it.program().is_none());
        self.script(&script, &at, None);
    }

    /// A target of a Makefile or a justfile.
    fn target(&mut self, name: &str, at: &At) {
        let text = ["Makefile", "makefile", "GNUmakefile", "justfile", "Justfile"]
            .iter()
            .filter_map(|file| below(at.directory.as_deref(), file))
            .find_map(|path| self.snapshot.artifact(&path));
        let Some(artifact) = text else {
            self.named(name, at);
            return;
        };
        let recipe = self.snapshot.text(artifact).and_then(|text| recipe(text, name));
        let Some((needed, lines)) = recipe.filter(|_| at.depth < DEPTH) else {
            self.named(name, at);
            return;
        };
        let at = At {
            depth: at.depth + 1,
            through: Some((artifact.path().clone(), Region::empty(0))),
            ..at.clone()
        };
        for target in needed {
            self.target(&target, &at);
        }
        for line in lines {
            let (line, ignored) = match line.strip_prefix('-') {
                Some(line) => (line.to_owned(), true),
                None => (line, false),
            };
            let at = At { masked: at.masked.or(ignored.then_some(Mask::Or)), ..at.clone() };
            match parse(&line) {
                Some(script) => self.script(&script, &at, None),
                None => self.work.unknown = true,
            }
        }
    }

    fn named(&mut self, name: &str, at: &At) {
        // The text behind the name is not known, so it may do more.
        self.work.unknown = true;
        if let Class::Does(work, label) = by_name(name) {
            for work in work {
                self.push(*work, label.clone(), false, at);
            }
        }
    }

    fn scripts(&mut self, call: &ScriptCall, at: &At) {
        let packages: Vec<&Package> = if call.everywhere {
            self.packages.all().iter().take(200).collect()
        } else if let Some(package) = &call.package {
            let named = |it: &&Package| {
                it.name.as_deref() == Some(package)
                    || it.directory == package.trim_start_matches("./")
            };
            self.packages.all().iter().filter(named).collect()
        } else {
            let directory = match &call.directory {
                Some(directory) => below(at.directory.as_deref(), directory),
                None => at.directory.clone(),
            };
            directory.and_then(|it| self.packages.in_directory(&it)).into_iter().collect()
        };
        for name in &call.names {
            let mut found = false;
            for package in &packages {
                found |= self.script_of(package, name, call, at);
            }
            if found {
                continue;
            }
            match call.arguments.is_empty() && packages.is_empty() {
                _ if call.or_program => {
                    let mut words = vec![name.clone()];
                    words.extend(call.arguments.iter().cloned());
                    self.started(&words, at);
                }
                _ => self.named(name, at),
            }
        }
    }

    /// The scripts of a manifest that a name means; whether there is any.
    fn script_of(&mut self, package: &Package, name: &str, call: &ScriptCall, at: &At) -> bool {
        let artifact = self.snapshot.artifact(package.manifest.as_str());
        let document = artifact.and_then(|artifact| self.snapshot.document(artifact));
        let Some(Document::PackageJson(manifest)) = document else { return false };
        let wanted = |script: &str| match name.strip_suffix('*') {
            Some(start) => script.starts_with(start),
            None => {
                script == name
                    || script.strip_prefix("pre").is_some_and(|rest| rest == name)
                    || script.strip_prefix("post").is_some_and(|rest| rest == name)
            }
        };
        let is_there = manifest.scripts.iter().any(|script| match name.strip_suffix('*') {
            Some(start) => script.name.starts_with(start),
            None => &*script.name == name,
        });
        if !is_there || at.depth >= DEPTH {
            return false;
        }
        let at =
            At { depth: at.depth + 1, directory: Some(package.directory.clone()), ..at.clone() };
        for script in manifest.scripts.iter().filter(|script| wanted(&script.name)) {
            let at = At { through: Some((package.manifest.clone(), script.region)), ..at.clone() };
            let line = match call.arguments.is_empty() || &*script.name != name {
                true => script.text.to_string(),
                false => format!("{} {}", script.text, call.arguments.join(" ")),
            };
            match parse(&line).or_else(|| parse(&script.text)) {
                Some(script) => self.script(&script, &at, None),
                None => self.work.unknown = true,
            }
        }
        true
    }
}

pub(super) fn parse(text: &str) -> Option<Script> {
    let options = shell::Options { errexit: true, ..shell::Options::default() };
    shell::parse_with(text, options).ok()
}
