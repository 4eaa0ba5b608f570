//! What a stage's `RUN` instructions start, and what package managers install.

use seaworthy_analysis::Snapshot;
use seaworthy_analysis::joined::ImageBuild;
use seaworthy_formats::dockerfile::{Command, CommandLine, Instruction};
use seaworthy_model::Region;

use super::shell::{Simple, commands, split};

/// A command of a `RUN`, and where it is written.
pub(super) struct Started {
    pub(super) command: Simple,
    pub(super) region: Region,
}

/// The commands that an instruction starts, those of its here-document included.
pub(super) fn started(
    build: &ImageBuild,
    snapshot: &Snapshot,
    instruction: &Instruction,
) -> Vec<Started> {
    let Command::Run(line) = &instruction.command else { return Vec::new() };
    let artifact = snapshot.artifact(build.dockerfile().as_str());
    let text = artifact.and_then(|artifact| snapshot.text(artifact)).unwrap_or("");
    // A script for the shell, not a file for a program.
    if let CommandLine::Shell(word) = line
        && word.raw.trim_start().starts_with("<<")
    {
        let bodies = instruction.heredocs.iter().take(1);
        return bodies
            .flat_map(|heredoc| {
                split(heredoc.body.of(text)).into_iter().map(|command| {
                    let region = Region::from(command.range.clone()).offset(heredoc.body.start);
                    Started { command, region }
                })
            })
            .collect();
    }
    let written = line.region().unwrap_or(instruction.region);
    let raw = match line {
        CommandLine::Shell(word) => word.raw.as_str(),
        CommandLine::Exec(_) => "",
    };
    let mut from = written.start;
    commands(line)
        .into_iter()
        .map(|command| {
            let region = place(text, written, from, raw.get(command.range.clone()).unwrap_or(""));
            from = region.map_or(from, |region| region.end);
            Started { command, region: region.unwrap_or(instruction.first_line) }
        })
        .collect()
}

/// Where a command stands in the text; of one that is broken into lines its
/// first words.
fn place(text: &str, within: Region, from: usize, command: &str) -> Option<Region> {
    let source = text.get(from..within.end)?;
    let two: usize = command.split_inclusive(' ').take(2).map(str::len).sum();
    [command, command.get(..two)?.trim_end()].iter().filter(|words| !words.is_empty()).find_map(
        |words| {
            let at = from + source.find(words)?;
            Some(Region::new(at, at + words.len()))
        },
    )
}
