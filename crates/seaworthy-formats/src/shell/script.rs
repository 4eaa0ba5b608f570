//! Questions to a script.

use seaworthy_model::Region;

use super::{
    Block, BlockKind, Command, ExpansionKind, Joint, Options, Pipeline, Script, Stage, Word,
};

/// How many blocks above a command are looked at.
const MOST_ABOVE: usize = super::MOST_DEPTH * 2;
/// How many commands of a list, and conditions of an `if`, are looked at.
const MOST_BESIDE: usize = 200;

/// What has to hold for a command to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// A command that was asked, an index of [`Script::commands`].
    pub command: usize,
    /// Whether it has to succeed; else it has to fail.
    pub succeeds: bool,
}

impl Script {
    /// The pipeline that a command stands in.
    #[must_use]
    pub fn pipeline(&self, command: &Command) -> &Pipeline {
        &self.pipelines[command.pipeline]
    }

    /// The blocks around a command, the innermost first.
    pub fn blocks_above(&self, command: &Command) -> impl Iterator<Item = &Block> {
        self.above(command.block).map(|index| &self.blocks[index])
    }

    fn above(&self, block: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(block, |&index| self.blocks[index].parent).take(MOST_ABOVE)
    }

    /// The function that a command stands in.
    #[must_use]
    pub fn function(&self, command: &Command) -> Option<&str> {
        self.blocks_above(command).find_map(|block| match &block.kind {
            BlockKind::Function(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether a command is run only if something holds: it stands in a branch, an
    /// arm or a loop, or after `&&` or `||`.
    #[must_use]
    pub fn is_conditional(&self, command: &Command) -> bool {
        self.pipeline(command).joint != Joint::Then
            || self.blocks_above(command).any(|block| {
                matches!(
                    block.kind,
                    BlockKind::Branch { .. }
                        | BlockKind::Else { .. }
                        | BlockKind::Body { .. }
                        | BlockKind::Arm(_)
                ) || block.pipeline.is_some_and(|at| self.pipelines[at].joint != Joint::Then)
            })
    }

    /// What has to hold for a command to be run: the commands asked by the `if`s and
    /// `while`s around it and those before it in a list of `&&` and `||`. Of a
    /// condition that is itself a list each command is named as if it stood alone.
    #[must_use]
    pub fn guards(&self, command: &Command) -> Vec<Guard> {
        let mut found = Vec::new();
        self.list_guards(command.pipeline, &mut found);
        for index in self.above(command.block) {
            let block = &self.blocks[index];
            if let Some(pipeline) = block.pipeline {
                self.list_guards(pipeline, &mut found);
            }
            match block.kind {
                BlockKind::Branch { condition } => {
                    self.condition_guards(condition, !self.is_until(block), &mut found);
                    self.failed_before(condition, &mut found);
                }
                BlockKind::Else { condition } => {
                    self.condition_guards(condition, false, &mut found);
                    self.failed_before(condition, &mut found);
                }
                BlockKind::Body { condition: Some(condition) } => {
                    self.condition_guards(condition, !self.is_until(block), &mut found);
                }
                _ => {}
            }
        }
        found
    }

    fn is_until(&self, part: &Block) -> bool {
        let parent = part.parent.map(|parent| &self.blocks[parent].kind);
        matches!(parent, Some(BlockKind::Loop { until: true }))
    }

    fn failed_before(&self, condition: usize, found: &mut Vec<Guard>) {
        let previous = |&index: &usize| match self.blocks[index].kind {
            BlockKind::Condition { previous } => previous,
            _ => None,
        };
        for index in std::iter::successors(Some(condition), previous).skip(1).take(MOST_BESIDE) {
            self.condition_guards(index, false, found);
        }
    }

    fn list_guards(&self, pipeline: usize, found: &mut Vec<Guard>) {
        let mut joint = self.pipelines[pipeline].joint;
        let mut at = self.pipelines[pipeline].previous;
        for _ in 0..MOST_BESIDE {
            let Some(index) = at else { return };
            let before = &self.pipelines[index];
            self.asked(before, joint != Joint::Or, found);
            // Of `a || b && c` the last joint alone decides whether c is run.
            if before.joint != joint {
                return;
            }
            (joint, at) = (before.joint, before.previous);
        }
    }

    fn condition_guards(&self, condition: usize, holds: bool, found: &mut Vec<Guard>) {
        let region = self.blocks[condition].region;
        let from = self.commands.partition_point(|command| command.region.start < region.start);
        let inside = self.commands[from..].iter().take_while(|it| it.region.start < region.end);
        let mut last = None;
        for command in inside.take(MOST_BESIDE) {
            if command.block == Some(condition) && last != Some(command.pipeline) {
                last = Some(command.pipeline);
                self.asked(self.pipeline(command), holds, found);
            }
        }
    }

    /// The last command of a pipeline decides.
    fn asked(&self, pipeline: &Pipeline, succeeds: bool, found: &mut Vec<Guard>) {
        if let Some(&Stage::Command(command)) = pipeline.stages.last() {
            found.push(Guard { command, succeeds: succeeds != pipeline.negated });
        }
    }

    /// The commands that stand in a block, at any depth.
    pub fn inside(&self, block: usize) -> impl Iterator<Item = &Command> {
        let region = self.blocks[block].region;
        let from = self.commands.partition_point(|command| command.region.start < region.start);
        self.commands[from..].iter().take_while(move |it| it.region.start < region.end)
    }

    /// Brings the commands into the order of the text.
    pub(super) fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.commands.len()).collect();
        order.sort_by_key(|&index| (self.commands[index].region.start, index));
        let mut place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new;
        }
        let mut commands: Vec<Option<Command>> =
            std::mem::take(&mut self.commands).into_iter().map(Some).collect();
        self.commands = order.iter().filter_map(|&old| commands[old].take()).collect();
        for pipeline in &mut self.pipelines {
            for stage in &mut pipeline.stages {
                if let Stage::Command(index) = stage {
                    *index = place[*index];
                }
            }
        }
    }
}

impl Command {
    /// The name of the program without its directory; `None` if it is not known.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        let word = self.words.first()?.literal()?;
        Some(word.rsplit('/').next().unwrap_or(word))
    }

    /// The value it assigns to a variable.
    #[must_use]
    pub fn assigned(&self, name: &str) -> Option<&Word> {
        let assignment = self.assignments.iter().rev().find(|it| it.name == name);
        assignment.map(|assignment| &assignment.value)
    }
}

impl Word {
    /// What the word says; `None` when the shell or what runs it puts something in
    /// place of a part of it.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.expansions.is_empty().then_some(self.text.as_str())
    }

    /// Whether the shell puts something in place of a part of it.
    #[must_use]
    pub fn has_expansion(&self) -> bool {
        !self.expansions.is_empty()
    }

    /// Whether it holds the value of a variable.
    #[must_use]
    pub fn reads(&self, variable: &str) -> bool {
        self.expansions.iter().any(|expansion| {
            matches!(&expansion.kind, ExpansionKind::Parameter { name, .. } if name == variable)
        })
    }

    /// The variable that the whole word is the value of, and the bytes of its default.
    #[must_use]
    pub fn variable(&self) -> Option<(&str, Option<Region>)> {
        let [expansion] = self.expansions.as_slice() else { return None };
        let ExpansionKind::Parameter { name, operator } = &expansion.kind else { return None };
        if self.text.len() != expansion.region.len() {
            return None;
        }
        let default = operator
            .as_ref()
            .filter(|(operator, _)| matches!(operator.as_str(), ":-" | "-" | ":=" | "="));
        Some((name, default.map(|(_, region)| *region)))
    }
}

impl Options {
    /// Applies the arguments of `set`.
    pub fn set<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        let mut words = words.take_while(|word| *word != "--");
        while let Some(word) = words.next() {
            let (on, letters) = match word.split_at_checked(1) {
                Some(("-", letters)) => (true, letters),
                Some(("+", letters)) => (false, letters),
                _ => continue,
            };
            for letter in letters.chars() {
                match letter {
                    'e' => self.errexit = on,
                    'u' => self.nounset = on,
                    'o' => match words.next() {
                        Some("errexit") => self.errexit = on,
                        Some("nounset") => self.nounset = on,
                        Some("pipefail") => self.pipefail = on,
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
    }
}
