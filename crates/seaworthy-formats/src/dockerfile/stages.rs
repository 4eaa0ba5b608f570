//! Stages: what they begin with, and what an image comes to.

use std::collections::BTreeMap;
use std::ops::Range;

use seaworthy_model::Region;

use super::expand::Value;
use super::instruction::{Command, CommandLine, From, Instruction, Probe};
use super::ports::ExposedPort;
use super::scope::Scope;
use super::{Dockerfile, Word};

/// A stage.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its name as written.
    pub name: Option<Word>,
    /// The image or stage that it begins with, as written.
    pub image: Word,
    /// Its `FROM`.
    pub region: Region,
    /// Its instructions, `FROM` first.
    pub(super) instructions: Range<usize>,
}

impl Stage {
    pub(super) fn new(from: &From, at: usize, region: Region) -> Self {
        let (name, image) = (from.name.clone(), from.image.clone());
        Self { name, image, region, instructions: at..at }
    }

    fn is_called(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|own| own.raw.eq_ignore_ascii_case(name))
    }
}

/// Says where each stage ends.
pub(super) fn close(stages: &mut [Stage], end: usize) {
    let mut end = end;
    for stage in stages.iter_mut().rev() {
        stage.instructions.end = end;
        end = stage.instructions.start;
    }
}

/// What a stage begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing.
    Scratch,
    /// An earlier stage.
    Stage(usize),
    /// An image by its name, variables replaced.
    Image(String),
    /// An image that only the build knows.
    Unknown,
}

/// A setting of an image and the instruction that decides it.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'d, T> {
    /// The value.
    pub value: T,
    /// Where it is set.
    pub instruction: &'d Instruction,
}

/// What a stage comes to, everything inherited within the file included.
#[derive(Clone, Debug)]
pub struct Image<'d> {
    /// The stages that it is made of, its own first.
    pub stages: Vec<usize>,
    /// What the last of them begins with; never a stage.
    pub base: Base,
    /// The user as written and as it comes to; the latter only if it is known.
    pub user: Option<Setting<'d, Option<String>>>,
    /// The directory, absolute if one of the settings is.
    pub workdir: Option<Setting<'d, Option<String>>>,
    /// What it runs.
    pub cmd: Option<Setting<'d, &'d CommandLine>>,
    /// What that is given to.
    pub entrypoint: Option<Setting<'d, &'d CommandLine>>,
    /// The shell for commands in shell form.
    pub shell: Option<Setting<'d, &'d [Word]>>,
    /// The health check.
    pub healthcheck: Option<Setting<'d, &'d Probe>>,
    /// The variables; `None` for a value that only the build knows.
    pub env: BTreeMap<String, Option<String>>,
    /// Where each variable is set last.
    pub env_set_by: BTreeMap<String, Setting<'d, &'d super::Assignment>>,
    /// What it exposes; `None` for what only the build knows.
    pub exposed: Vec<Setting<'d, Option<ExposedPort>>>,
}

/// Gives the arguments of a build; `None` for one that is not given.
pub type Arguments<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Dockerfile {
    /// The stage that is built: the one of this name or number, else the last.
    /// `None` when there is no such stage.
    #[must_use]
    pub fn target(&self, name: Option<&str>) -> Option<usize> {
        let Some(name) = name else { return self.stages.len().checked_sub(1) };
        self.stage_named(name, self.stages.len())
            .or_else(|| name.parse().ok().filter(|&number: &usize| number < self.stages.len()))
    }

    /// The stage that `COPY --from` means, seen from a stage.
    #[must_use]
    pub fn copied_from(&self, name: &str, stage: usize) -> Option<usize> {
        match name.parse() {
            Ok(number) => Some(number).filter(|&number: &usize| number < stage),
            Err(_) => self.stage_named(name, stage),
        }
    }

    /// The last stage of this name before another.
    fn stage_named(&self, name: &str, before: usize) -> Option<usize> {
        self.stages[..before.min(self.stages.len())].iter().rposition(|stage| stage.is_called(name))
    }

    /// The instructions of a stage, its `FROM` first.
    #[must_use]
    pub fn stage_instructions(&self, stage: usize) -> &[Instruction] {
        self.stages.get(stage).map_or(&[], |stage| &self.instructions[stage.instructions.clone()])
    }

    /// The variables before the first `FROM`.
    fn global_scope(&self, given: Arguments<'_>) -> Scope {
        let mut scope = Scope::global(self.escape);
        for instruction in self.instructions.iter().take_while(|it| it.stage.is_none()) {
            if let Command::Arg(arguments) = &instruction.command {
                for argument in arguments {
                    let value = argument_value(&scope, argument, given).unwrap_or(Value::Unknown);
                    scope.declare(&argument.key.raw, value);
                }
            }
        }
        scope
    }

    /// What a stage begins with.
    #[must_use]
    pub fn base(&self, stage: usize, given: Arguments<'_>) -> Base {
        self.base_in(&self.global_scope(given), stage)
    }

    /// What every stage begins with.
    #[must_use]
    pub fn bases(&self, given: Arguments<'_>) -> Vec<Base> {
        let global = self.global_scope(given);
        (0..self.stages.len()).map(|stage| self.base_in(&global, stage)).collect()
    }

    fn base_in(&self, global: &Scope, stage: usize) -> Base {
        let Some(image) = self.stages.get(stage).map(|stage| &stage.image) else {
            return Base::Unknown;
        };
        match global.expand(&image.raw) {
            Err(_) => Base::Unknown,
            Ok(name) if name.is_empty() => Base::Unknown,
            Ok(name) => match self.stage_named(&name, stage) {
                Some(earlier) => Base::Stage(earlier),
                None if name.eq_ignore_ascii_case("scratch") => Base::Scratch,
                None => Base::Image(name),
            },
        }
    }

    /// A stage and those that it is built on, its own first, and what the last
    /// begins with.
    #[must_use]
    pub fn chain(&self, stage: usize, given: Arguments<'_>) -> (Vec<usize>, Base) {
        let global = self.global_scope(given);
        let mut chain = vec![stage];
        let mut base = self.base_in(&global, stage);
        // Only earlier stages can be a base, so this ends.
        while let Base::Stage(earlier) = base {
            chain.push(earlier);
            base = self.base_in(&global, earlier);
        }
        (chain, base)
    }

    /// Goes through what makes up a stage: the instructions of the stages that it
    /// is built on, the outermost first, each with the variables before it.
    /// Returns those at the end.
    pub fn walk<'d>(
        &'d self,
        stage: usize,
        given: Arguments<'_>,
        look: &mut dyn FnMut(&'d Instruction, &Scope),
    ) -> Scope {
        let global = self.global_scope(given);
        let (chain, base) = self.chain(stage, given);
        let mut scope = Scope::stage(self.escape, base == Base::Scratch);
        for &stage in chain.iter().rev() {
            for instruction in self.stage_instructions(stage) {
                look(instruction, &scope);
                apply(instruction, &mut scope, &global, given);
            }
        }
        scope
    }

    /// What a stage comes to.
    #[must_use]
    pub fn image(&self, stage: usize, given: Arguments<'_>) -> Image<'_> {
        let (stages, base) = self.chain(stage, given);
        let mut image = Image {
            stages,
            base,
            user: None,
            workdir: None,
            cmd: None,
            entrypoint: None,
            shell: None,
            healthcheck: None,
            env: BTreeMap::new(),
            env_set_by: BTreeMap::new(),
            exposed: Vec::new(),
        };
        let scope = self.walk(stage, given, &mut |instruction, scope| {
            image.take(instruction, scope);
        });
        image.env.clone_from(scope.env());
        image
    }
}

/// Adds what an instruction sets.
fn apply(instruction: &Instruction, scope: &mut Scope, global: &Scope, given: Arguments<'_>) {
    match &instruction.command {
        Command::Arg(arguments) => {
            for argument in arguments {
                let name = &argument.key.raw;
                let value = argument_value(scope, argument, given).unwrap_or_else(|| match global
                    .value(name)
                {
                    Value::Unset => Value::Unknown,
                    value => value,
                });
                scope.declare(name, value);
            }
        }
        Command::Env(assignments) => {
            // All of one instruction see the variables before it.
            let values: Vec<Option<String>> = assignments
                .iter()
                .map(|assignment| scope.expand(&assignment.value.as_ref()?.raw).ok())
                .collect();
            for (assignment, value) in assignments.iter().zip(values) {
                scope.set(&assignment.key.raw, value);
            }
        }
        _ => {}
    }
}

impl<'d> Image<'d> {
    fn take(&mut self, instruction: &'d Instruction, scope: &Scope) {
        match &instruction.command {
            Command::User(user) => {
                let value = scope.expand(&user.raw).ok();
                self.user = Some(Setting { value, instruction });
            }
            Command::Workdir(directory) => {
                let before = self.workdir.take().and_then(|setting| setting.value);
                let value = scope.expand(&directory.raw).ok();
                let value = value.and_then(|value| match value.starts_with('/') {
                    true => Some(value),
                    false => {
                        before.map(|before| format!("{}/{value}", before.trim_end_matches('/')))
                    }
                });
                self.workdir = Some(Setting { value, instruction });
            }
            Command::Cmd(command) => self.cmd = Some(Setting { value: command, instruction }),
            Command::Entrypoint(command) => {
                self.entrypoint = Some(Setting { value: command, instruction });
                // An entry point drops a command that was set in a stage before.
                self.cmd = self.cmd.filter(|cmd| cmd.instruction.stage == instruction.stage);
            }
            Command::Shell(words) => self.shell = Some(Setting { value: words, instruction }),
            Command::Healthcheck(probe) => {
                self.healthcheck = Some(Setting { value: probe, instruction });
            }
            Command::Env(assignments) => {
                for assignment in assignments {
                    let setting = Setting { value: assignment, instruction };
                    self.env_set_by.insert(assignment.key.raw.clone(), setting);
                }
            }
            Command::Expose(ports) => {
                for port in ports {
                    let Ok(text) = scope.expand(&port.raw) else {
                        self.exposed.push(Setting { value: None, instruction });
                        continue;
                    };
                    for port in text.split_whitespace() {
                        let value = ExposedPort::parse(port);
                        self.exposed.push(Setting { value, instruction });
                    }
                }
            }
            _ => {}
        }
    }
}

/// The value of an `ARG` that has one of its own: given, or by default.
fn argument_value(
    scope: &Scope,
    argument: &super::Assignment,
    given: Arguments<'_>,
) -> Option<Value> {
    if let Some(value) = given(&argument.key.raw) {
        return Some(Value::Known(value));
    }
    let default = argument.value.as_ref()?;
    Some(scope.expand(&default.raw).map_or(Value::Unknown, Value::Known))
}
