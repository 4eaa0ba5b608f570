//! The joined view: what only the whole repository can tell.
//!
//! Which variables are defined where and for which environment, which service
//! gets them, which package a path belongs to, which layer sets which header.
//! Every part is made when a rule first asks for it.

mod definitions;
mod effective;
mod env_files;
mod given;
mod headers;
mod held;
mod images;
mod managers;
mod nginx;
mod packages;
mod pipelines;
mod scripts;
mod stacks;
mod uses;

use std::sync::OnceLock;

use crate::difference::is_named_in;
use crate::document::DocumentKind;
use crate::snapshot::Snapshot;

pub use definitions::{Definition, DefinitionSource, Standing};
pub use effective::Written;
pub use env_files::EnvFileFacts;
pub use given::{Given, Giver};
pub use headers::{HeaderApp, HeaderRoute, Presence, Surface, is_deployed};
pub use held::{Content, HeldSecret, Holder};
pub use images::ImageBuild;
pub use nginx::NginxSite;
pub use packages::{Package, Packages};
pub use pipelines::{Deed, JobWork, Mask, Pipeline, Pipelines, Work};
pub use scripts::{
    Purpose, Scripts, ShellKind, ShellText, Sink, Sinks, Write, is_name, is_whole, purpose_of,
    settings, writes,
};
pub use stacks::{Stack, Supplied};
pub use uses::{Reader, VariableUse};

/// Whether the joined view may read the text of a program at this path.
pub(crate) fn may_read(path: &str) -> bool {
    headers::may_set_headers(path)
}

/// What the joined view sees of a program at this path: equal where it is the same with
/// either text.
pub(crate) fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> ([bool; 3], bool) {
    let headers = text.filter(|_| may_read(path)).map_or([false; 3], headers::set_by);
    // Where an image is built is told by what it copies.
    let copied = text.is_some() && is_named_in(&[DocumentKind::Dockerfile], snapshot, path);
    (headers, copied)
}

/// The joined view of a [`Snapshot`].
#[derive(Debug)]
pub struct Joined {
    packages: Packages,
    names: Vec<String>,
    stacks: Vec<Stack>,
    env_files: Vec<EnvFileFacts>,
    definitions: Vec<Definition>,
    holders: Vec<Holder>,
    nginx_sites: Vec<NginxSite>,
    header_apps: Vec<HeaderApp>,
    images: OnceLock<Vec<ImageBuild>>,
    pipelines: OnceLock<Pipelines>,
    scripts: OnceLock<Scripts>,
    uses: OnceLock<Vec<VariableUse>>,
    given: OnceLock<Vec<Given>>,
}

impl Joined {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let stacks = stacks::stacks(snapshot);
        let env_files = env_files::env_files(snapshot, &stacks);
        let packages = Packages::new(snapshot);
        let nginx_sites = nginx::sites(snapshot, &stacks);
        let header_apps = headers::header_apps(snapshot, &packages, &stacks, &nginx_sites);
        let names = definitions::project_names(snapshot, &packages, &stacks);
        let mut joined = Self {
            packages,
            names,
            stacks,
            env_files,
            definitions: Vec::new(),
            holders: Vec::new(),
            nginx_sites,
            header_apps,
            images: OnceLock::new(),
            pipelines: OnceLock::new(),
            scripts: OnceLock::new(),
            uses: OnceLock::new(),
            given: OnceLock::new(),
        };
        joined.definitions = definitions::definitions(snapshot, &joined);
        joined.holders = held::holders(snapshot, &joined);
        joined
    }

    /// Directories with a manifest.
    #[must_use]
    pub fn packages(&self) -> &Packages {
        &self.packages
    }

    /// Names by which the project is known, the most telling first: those that
    /// the snapshot was given, its Compose projects', its packages'.
    #[must_use]
    pub fn project_names(&self) -> &[String] {
        &self.names
    }

    /// Compose projects as they are run.
    #[must_use]
    pub fn stacks(&self) -> &[Stack] {
        &self.stacks
    }

    /// All env files and templates.
    #[must_use]
    pub fn env_files(&self) -> &[EnvFileFacts] {
        &self.env_files
    }

    /// The env files that stand in a directory itself.
    pub fn env_files_in<'j>(
        &'j self,
        directory: &'j str,
    ) -> impl Iterator<Item = &'j EnvFileFacts> {
        // They are sorted by their paths, so that a directory's stand together.
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let first = self.env_files.partition_point(|facts| facts.path.as_str() < prefix.as_str());
        self.env_files[first..]
            .iter()
            .take_while(move |facts| facts.path.as_str().starts_with(&prefix))
            .filter(move |facts| facts.path.parent() == directory)
    }

    /// What is known of the env file at a path.
    #[must_use]
    pub fn env_file(&self, path: &str) -> Option<&EnvFileFacts> {
        self.env_files
            .binary_search_by(|facts| facts.path.as_str().cmp(path))
            .ok()
            .map(|index| &self.env_files[index])
    }

    /// Every definition of a variable, sorted by name.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// The definitions of one variable.
    #[must_use]
    pub fn definitions_of(&self, name: &str) -> &[Definition] {
        let all = self.definitions();
        let start = all.partition_point(|definition| definition.name.as_str() < name);
        let length = all[start..].partition_point(|definition| definition.name == name);
        &all[start..start + length]
    }

    /// The secrets that one process holds together: those of each env file and
    /// of each Compose service.
    #[must_use]
    pub fn holders(&self) -> &[Holder] {
        &self.holders
    }

    /// The images that the repository builds; Dockerfiles are read when they are
    /// first asked for.
    #[must_use]
    pub fn images(&self, snapshot: &Snapshot) -> &[ImageBuild] {
        self.images.get_or_init(|| images::images(snapshot, &self.stacks))
    }

    /// Who reads which variable, sorted by name; schemas of Prisma, Dockerfiles, scripts
    /// and pipelines are read when it is first asked for.
    #[must_use]
    pub fn uses(&self, snapshot: &Snapshot) -> &[VariableUse] {
        self.uses.get_or_init(|| uses::uses(snapshot, self))
    }

    /// Who gives which variable outside of env files, stacks and `vercel.json`, sorted by
    /// name; Dockerfiles, scripts and pipelines are read when it is first asked for.
    #[must_use]
    pub fn given(&self, snapshot: &Snapshot) -> &[Given] {
        self.given.get_or_init(|| given::given(snapshot, self))
    }

    /// Who gives one variable so.
    #[must_use]
    pub fn given_of(&self, snapshot: &Snapshot, name: &str) -> &[Given] {
        let all = self.given(snapshot);
        let start = all.partition_point(|given| given.name.as_str() < name);
        let length = all[start..].partition_point(|given| given.name == name);
        &all[start..start + length]
    }

    /// Continuous integration; workflows are read when they are first asked for.
    #[must_use]
    pub fn pipelines(&self, snapshot: &Snapshot) -> &Pipelines {
        self.pipelines.get_or_init(|| Pipelines::new(snapshot))
    }

    /// What a shell runs anywhere in the repository; read when it is first asked for.
    #[must_use]
    pub fn scripts(&self, snapshot: &Snapshot) -> &Scripts {
        self.scripts.get_or_init(|| Scripts::new(snapshot, self))
    }

    /// Configurations of nginx as they are deployed.
    #[must_use]
    pub fn nginx_sites(&self) -> &[NginxSite] {
        &self.nginx_sites
    }

    /// Apps whose response headers are declared in files that we read.
    #[must_use]
    pub fn header_apps(&self) -> &[HeaderApp] {
        &self.header_apps
    }
}
