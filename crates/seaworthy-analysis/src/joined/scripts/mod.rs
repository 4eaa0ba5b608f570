//! Everything that a shell runs: script files, scripts of manifests, targets of
//! Makefiles, Dockerfiles, Compose services, steps of pipelines; what each is for,
//! what it calls, and what production runs.

mod calls;
mod gather;
mod purpose;
mod written;

use std::ops::Range;

use seaworthy_formats::ci;
use seaworthy_formats::compose;
use seaworthy_formats::shell::{Command, Script};
use seaworthy_model::{ArtifactPath, Region};

use super::Joined;
use crate::roles::FileRole;
use crate::snapshot::Snapshot;

pub use purpose::{Purpose, purpose_of};
pub use written::{Sink, Sinks, Write, is_name, is_whole, settings, writes};

/// A text that a shell runs.
#[derive(Debug)]
pub struct ShellText {
    /// The file it is written in.
    pub path: ArtifactPath,
    /// What of the file it is.
    pub kind: ShellKind,
    /// What it is for, by its name.
    pub purpose: Purpose,
    /// The role of the file.
    pub role: FileRole,
    /// What it says.
    pub script: Script,
    /// The text that the regions of the script mean.
    pub text: Box<str>,
    /// The directory it starts in, as far as it is known.
    directory: String,
    places: Places,
    production: Option<Reached>,
}

/// What of a file a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellKind {
    /// A file that holds a script and nothing else.
    File,
    /// A script of a `package.json`, by its name.
    Manifest(String),
    /// A target of a Makefile, by its name.
    Target(String),
    /// A `RUN` of a Dockerfile.
    Build,
    /// A `CMD` or `ENTRYPOINT` of a Dockerfile.
    Start,
    /// The command of a Compose service, by its name.
    Service(String),
    /// A step of a pipeline, by the id of its job.
    Step(String),
}

/// How production comes to run a text: by itself, or called by a command of
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reached {
    by: Option<(usize, usize)>,
}

/// Where the bytes of a text stand in its file.
#[derive(Debug)]
enum Places {
    /// From a byte on, as they are.
    At(usize),
    /// Elsewhere than they seem: the whole is shown.
    Whole(Region),
    Compose(compose::Text),
    Pipeline(ci::Text),
}

/// All of them.
#[derive(Debug, Default)]
pub struct Scripts {
    all: Vec<ShellText>,
}

impl ShellText {
    /// The bytes of the file that a region of the script means.
    #[must_use]
    pub fn place(&self, region: Region) -> Region {
        let range: Range<usize> = region.range();
        match &self.places {
            Places::At(start) => region.offset(*start),
            Places::Whole(whole) => *whole,
            Places::Compose(text) => text.region_of(range).unwrap_or_else(|| text.region()),
            Places::Pipeline(text) => text.place(range),
        }
    }

    /// Whether the bytes of the script are those of the file, so that it can be
    /// edited.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.places, Places::At(_))
    }

    /// The text of a region.
    #[must_use]
    pub fn slice(&self, region: Region) -> &str {
        self.text.get(region.range()).unwrap_or("")
    }

    /// Whether production runs it: it starts the product, it deploys, or a text that
    /// does calls it.
    #[must_use]
    pub fn in_production(&self) -> bool {
        self.production.is_some()
    }
}

impl Scripts {
    pub(super) fn new(snapshot: &Snapshot, joined: &Joined) -> Self {
        let mut all = gather::gather(snapshot, joined);
        calls::reach(snapshot, joined, &mut all);
        Self { all }
    }

    /// All texts: files by their paths, then what stands within other files.
    #[must_use]
    pub fn all(&self) -> &[ShellText] {
        &self.all
    }

    /// The files that hold scripts.
    pub fn files(&self) -> impl Iterator<Item = &ShellText> {
        self.all.iter().filter(|text| text.kind == ShellKind::File)
    }

    /// Every command that production runs, with the text it stands in.
    pub fn production(&self) -> impl Iterator<Item = (&ShellText, &Command)> {
        let texts = self.all.iter().filter(|text| text.in_production());
        texts.flat_map(|text| text.script.commands.iter().map(move |command| (text, command)))
    }

    /// The calls by which production comes to a text, the nearest first: the calling
    /// text and its command.
    #[must_use]
    pub fn callers(&self, text: &ShellText) -> Vec<(&ShellText, &Command)> {
        const MOST: usize = 8;
        let mut found = Vec::new();
        let mut reached = text.production;
        while let Some(Reached { by: Some((index, command)) }) = reached
            && found.len() < MOST
        {
            let caller = &self.all[index];
            found.push((caller, &caller.script.commands[command]));
            reached = caller.production;
        }
        found
    }
}

#[cfg(test)]
mod tests;
