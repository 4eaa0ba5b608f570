//! The images that a repository builds: which Dockerfile, from which directory,
//! up to which stage, with which arguments, and for which services.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use seaworthy_formats::compose::Service;
use seaworthy_formats::dockerfile::{Command, Dockerfile, Image, Instruction, Scope};
use seaworthy_formats::dockerignore::DockerIgnore;
use seaworthy_model::ArtifactPath;

use super::stacks::Stack;
use crate::document::{Document, DocumentKind};
use crate::snapshot::Snapshot;

/// How many Dockerfiles are read, and how many ways of building them.
const MOST: usize = 500;

/// An image that is built.
#[derive(Debug)]
pub struct ImageBuild {
    dockerfile: ArtifactPath,
    context: String,
    target: Option<String>,
    arguments: BTreeMap<String, String>,
    file: Arc<Dockerfile>,
    services: Vec<(usize, usize)>,
}

impl ImageBuild {
    /// The Dockerfile.
    #[must_use]
    pub fn dockerfile(&self) -> &ArtifactPath {
        &self.dockerfile
    }

    /// The directory that it is built from: as Compose says, else the likely one.
    #[must_use]
    pub fn context(&self) -> &str {
        &self.context
    }

    /// The stage as Compose names it.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The parsed Dockerfile.
    #[must_use]
    pub fn file(&self) -> &Dockerfile {
        &self.file
    }

    /// The stage that is shipped; `None` when there is none of that name.
    #[must_use]
    pub fn stage(&self) -> Option<usize> {
        self.file.target(self.target())
    }

    /// What the shipped stage comes to.
    #[must_use]
    pub fn image(&self) -> Option<Image<'_>> {
        Some(self.file.image(self.stage()?, &|name| self.argument(name)))
    }

    /// The value that Compose gives a build argument.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<String> {
        self.arguments.get(name).cloned()
    }

    /// Goes through the instructions that make up a stage.
    pub fn walk<'d>(&'d self, stage: usize, look: &mut dyn FnMut(&'d Instruction, &Scope)) {
        self.file.walk(stage, &|name| self.argument(name), look);
    }

    /// Whether Compose builds it.
    #[must_use]
    pub fn is_composed(&self) -> bool {
        !self.services.is_empty()
    }

    /// The services that run it, each with its stack.
    pub fn services<'j>(
        &self,
        stacks: &'j [Stack],
    ) -> impl Iterator<Item = (&'j Stack, &'j Service)> {
        self.services.iter().filter_map(|&(stack, service)| {
            let stack = stacks.get(stack)?;
            Some((stack, stack.project().services.get(service)?))
        })
    }

    /// The ignore file that counts: the Dockerfile's own, or the context's.
    #[must_use]
    pub fn ignore_file<'s>(&self, snapshot: &'s Snapshot) -> Option<(&'s ArtifactPath, &'s str)> {
        let artifact = snapshot
            .artifact(&format!("{}.dockerignore", self.dockerfile))
            .or_else(|| snapshot.artifact(&within(&self.context, ".dockerignore")))?;
        Some((artifact.path(), snapshot.text(artifact)?))
    }

    /// What stays out of the context.
    #[must_use]
    pub fn ignored(&self, snapshot: &Snapshot) -> DockerIgnore {
        let text = self.ignore_file(snapshot).map_or("", |(_, text)| text);
        DockerIgnore::parse(text)
    }
}

type Key = (ArtifactPath, String, Option<String>, BTreeMap<String, String>);

/// Every image that is built, sorted by its Dockerfile.
pub(super) fn images(snapshot: &Snapshot, stacks: &[Stack]) -> Vec<ImageBuild> {
    let mut files: HashMap<ArtifactPath, Option<Arc<Dockerfile>>> = HashMap::new();
    let mut builds: BTreeMap<Key, Vec<(usize, usize)>> = BTreeMap::new();
    for (stack_index, stack) in stacks.iter().enumerate() {
        for (service_index, service) in stack.project().services.iter().enumerate() {
            let Some(key) = composed(stack, service) else { continue };
            if snapshot.contains(key.0.as_str())
                && (builds.len() < MOST || builds.contains_key(&key))
            {
                builds.entry(key).or_default().push((stack_index, service_index));
            }
        }
    }
    let for_production = |users: &[(usize, usize)]| {
        users.iter().any(|&(stack, _)| stacks.get(stack).is_some_and(Stack::may_be_production))
    };
    for artifact in snapshot.of_kind(DocumentKind::Dockerfile).take(MOST) {
        let path = artifact.path();
        // What only developers' stacks build may be shipped by other means.
        let known: Vec<&Key> = builds
            .range((path.clone(), String::new(), None, BTreeMap::new())..)
            .take_while(|(key, _)| key.0 == *path)
            .map(|(key, _)| key)
            .collect();
        if known.iter().any(|key| key.2.is_none() || for_production(&builds[*key])) {
            continue;
        }
        let context = match known.first() {
            Some(key) => key.1.clone(),
            None => match read(snapshot, path, &mut files) {
                Some(file) => likely_context(snapshot, path, &file),
                None => continue,
            },
        };
        builds.entry((path.clone(), context, None, BTreeMap::new())).or_default();
    }
    builds
        .into_iter()
        .filter_map(|((dockerfile, context, target, arguments), services)| {
            let file = read(snapshot, &dockerfile, &mut files)?;
            Some(ImageBuild { dockerfile, context, target, arguments, file, services })
        })
        .collect()
}

/// How Compose builds a service.
fn composed(stack: &Stack, service: &Service) -> Option<Key> {
    let build = service.build.as_ref()?;
    let context = match &build.context {
        Some(text) => stack.project().resolve(text.origin(), &stack.expand(text)?)?,
        None => stack.project().resolve(&build.origin, ".")?,
    };
    let name = match &build.dockerfile {
        Some(text) => stack.expand(text)?,
        None => "Dockerfile".to_owned(),
    };
    let dockerfile = ArtifactPath::resolve(context.as_str(), &name)?;
    let target = match &build.target {
        Some(text) => Some(stack.expand(text)?).filter(|target| !target.is_empty()),
        None => None,
    };
    let arguments = build
        .args
        .iter()
        .filter_map(|argument| {
            Some((argument.key.raw().to_owned(), stack.expand(argument.value.as_ref()?)?))
        })
        .collect();
    Some((dockerfile, context.as_str().to_owned(), target, arguments))
}

/// A Dockerfile, whatever it is called.
fn read(
    snapshot: &Snapshot,
    path: &ArtifactPath,
    files: &mut HashMap<ArtifactPath, Option<Arc<Dockerfile>>>,
) -> Option<Arc<Dockerfile>> {
    if let Some(known) = files.get(path) {
        return known.clone();
    }
    let artifact = snapshot.artifact(path.as_str())?;
    let file = match artifact.kind() {
        DocumentKind::Dockerfile => match snapshot.document(artifact) {
            Some(Document::Dockerfile(file)) => Some(Arc::clone(file)),
            _ => None,
        },
        // Compose may name any file.
        _ => snapshot.text(artifact).map(|text| Arc::new(Dockerfile::parse(text))),
    };
    files.insert(path.clone(), file.clone());
    file
}

/// The directory that a Dockerfile is built from when nothing says so: its own,
/// unless what it copies by name is only found from the root.
fn likely_context(snapshot: &Snapshot, dockerfile: &ArtifactPath, file: &Dockerfile) -> String {
    let own = dockerfile.parent().to_owned();
    if own.is_empty() || snapshot.contains(&within(&own, ".dockerignore")) {
        return own;
    }
    let mut named = Vec::new();
    for instruction in file.instructions() {
        if let Command::Copy(transfer) | Command::Add(transfer) = &instruction.command
            && instruction.flag("from").is_none()
        {
            let plain = |source: &&str| !source.contains(['*', '$', '?', ':']);
            let sources = transfer.sources.iter().map(|word| word.raw.trim_matches(['"', '\'']));
            named.extend(sources.filter(plain).filter(|source| !matches!(*source, "." | "./")));
        }
    }
    let found = |base: &str| {
        let there = |source: &&&str| {
            ArtifactPath::resolve(base, source.trim_start_matches('/')).is_some_and(|path| {
                snapshot.contains(path.as_str()) || snapshot.contains_directory(path.as_str())
            })
        };
        named.iter().filter(there).count()
    };
    let manifests = ["package.json", "requirements.txt", "pyproject.toml", "go.mod", "Cargo.toml"];
    let has_manifest = manifests.iter().any(|name| snapshot.contains(&within(&own, name)));
    let (here, root) = (found(&own), found(""));
    if root > here || (root == here && !has_manifest) { String::new() } else { own }
}

/// A path in a directory, where `""` is the root.
fn within(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}
