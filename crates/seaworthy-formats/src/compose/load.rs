//! Putting a project together: overrides, `extends`, `include`.
//!
//! Files come from a function of the caller. A reference that leaves the root,
//! is remote or leads nowhere becomes a [`Problem`] and is not followed; cycles
//! and sizes are bounded.

use std::collections::HashMap;
use std::sync::Arc;

use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::{Entry, NodeRef};

use super::ComposeFile;
use super::canonical::canonical;
use super::merge::{merge, settle, unify};
use super::project::Include;
use super::text::{Origin, Text};
use super::value::{Member, Reader, Tag, Value};

/// Gives a Compose file of the repository by its path.
pub type FileLookup<'l> = dyn Fn(&ArtifactPath) -> Option<Arc<ComposeFile>> + 'l;

/// How many values a project may hold, aliases and `extends` spelled out.
const BUDGET: usize = 400_000;

/// How many services may extend one another in a chain.
const MAX_EXTENDS: usize = 32;

/// How deep files may include one another.
const MAX_INCLUDES: usize = 16;

/// How many inclusions a project may have in all.
const MAX_FILES: usize = 128;

/// How many documents of a file count; more than one is rare.
const MAX_DOCUMENTS: usize = 32;

/// What finding one extended service costs, so that many cannot take long.
const EXTENDS_COST: usize = 100;

/// Something that keeps a project from being put together as Compose would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing.
    pub kind: ProblemKind,
    /// Where it is written.
    pub origin: Origin,
    /// A sentence for people.
    pub message: String,
}

/// Kinds of [`Problem`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// A file that is extended or included does not exist.
    FileMissing,
    /// The reference is absolute or leaves the root.
    OutsideRoot,
    /// The reference is a URL or another remote resource.
    Remote,
    /// The path depends on a variable that is not known.
    UnknownPath,
    /// Files or services lead back to themselves.
    Cycle,
    /// The extended service does not exist.
    ServiceMissing,
    /// Two included resources of one name differ.
    Conflict,
    /// An override is of another shape than its base.
    Unmergeable,
    /// A part is not of the shape that Compose demands.
    Malformed,
    /// There is more than we read.
    TooMuch,
}

/// A file that is being read.
struct Scope<'f> {
    artifact: &'f ArtifactPath,
    file: &'f ComposeFile,
    services: Services<'f>,
    /// The directory that relative paths in it start from.
    base: &'f str,
}

/// The services of a file, to be found by their names.
enum Services<'f> {
    /// Of the file that is read: each may extend any other.
    Indexed(HashMap<&'f str, Entry<'f>>),
    /// Of a file of which one is wanted.
    Written(Option<NodeRef<'f>>),
}

impl<'f> Services<'f> {
    fn indexed(root: NodeRef<'f>) -> Self {
        let entries = root.get("services").map(NodeRef::entries).unwrap_or_default();
        let named = entries.into_iter().filter_map(|entry| Some((entry.key.scalar()?, entry)));
        Self::Indexed(named.collect())
    }

    fn find(&self, name: &str) -> Option<Entry<'f>> {
        match self {
            Self::Indexed(services) => services.get(name).copied(),
            Self::Written(services) => services.and_then(|services| services.entry(name)),
        }
    }
}

/// The state of putting one project together.
pub(super) struct Loader<'l> {
    lookup: &'l FileLookup<'l>,
    reader: Reader,
    inclusions: usize,
    pub(super) problems: Vec<Problem>,
    pub(super) files: Vec<ArtifactPath>,
    pub(super) bases: HashMap<ArtifactPath, String>,
    pub(super) includes: Vec<Include>,
    pub(super) uncertain: bool,
}

impl<'l> Loader<'l> {
    pub(super) fn new(lookup: &'l FileLookup<'l>) -> Self {
        Self {
            lookup,
            reader: Reader::new(BUDGET),
            inclusions: 0,
            problems: Vec::new(),
            files: Vec::new(),
            bases: HashMap::new(),
            includes: Vec::new(),
            uncertain: false,
        }
    }

    fn problem(&mut self, kind: ProblemKind, origin: &Origin, message: impl Into<String>) {
        self.problems.push(Problem { kind, origin: origin.clone(), message: message.into() });
    }

    /// Whether part of the project was left out for its size.
    pub(super) fn is_exhausted(&self) -> bool {
        self.reader.is_exhausted()
    }

    /// Lays the files over one another. `base` is the directory that relative
    /// paths start from, `including` the files that led here.
    pub(super) fn load(
        &mut self,
        files: &[(ArtifactPath, &ComposeFile)],
        base: &str,
        including: &[ArtifactPath],
    ) -> Value {
        let artifact =
            files.first().map_or_else(|| ArtifactPath::new(""), |(path, _)| path.clone());
        let origin = Origin { artifact, region: Region::empty(0), used_at: None };
        let mut merged = Value::Mapping(Vec::new(), origin);
        for (artifact, file) in files {
            self.note(artifact, file, base);
            let mut including = including.to_vec();
            including.push(artifact.clone());
            for root in file.tree().documents().take(MAX_DOCUMENTS) {
                let scope = Scope { artifact, file, services: Services::indexed(root), base };
                let Some(model) = self.document(root, &scope, &including) else { continue };
                let mut refused = Vec::new();
                merged = merge(merged, model, &[], &mut refused);
                self.refused(&refused);
                settle(&mut merged);
                unify(&mut merged, &[]);
            }
        }
        merged
    }

    fn note(&mut self, artifact: &ArtifactPath, file: &ComposeFile, base: &str) {
        if !self.bases.contains_key(artifact) {
            self.files.push(artifact.clone());
            self.bases.insert(artifact.clone(), base.to_owned());
        }
        self.uncertain |= file.is_uncertain();
    }

    fn refused(&mut self, refused: &[Origin]) {
        for origin in refused {
            self.problem(
                ProblemKind::Unmergeable,
                origin,
                "the override is of another shape than what it overrides",
            );
        }
    }

    /// One document in canonical form, `extends` and `include` resolved.
    fn document(
        &mut self,
        root: NodeRef<'_>,
        scope: &Scope<'_>,
        including: &[ArtifactPath],
    ) -> Option<Value> {
        let region = root.resolve().region();
        let origin = Origin { artifact: scope.artifact.clone(), region, used_at: None };
        if !root.is_mapping() {
            if !root.is_null() {
                self.problem(ProblemKind::Malformed, &origin, "a Compose file must be a mapping");
            }
            return None;
        }
        let mut members = Vec::new();
        for entry in root.entries() {
            let text = scope.file.text();
            let Some(key) = Text::read(entry.key, text, scope.artifact, entry.merged_at) else {
                continue;
            };
            let value = if key.raw() == "services" && entry.value.is_mapping() {
                self.services(entry.value, scope)
            } else {
                let value = self.reader.read(entry.value, text, scope.artifact, entry.merged_at);
                canonical(value, &[key.raw()])
            };
            members.push(Member { key, value, tag: Tag::of(entry.value) });
        }
        let mut model = Value::Mapping(members, origin);
        if let Some(include) = model.take("include") {
            self.include(&include.value, &mut model, scope, including);
        }
        Some(model)
    }

    fn services(&mut self, node: NodeRef<'_>, scope: &Scope<'_>) -> Value {
        let region = node.resolve().region();
        let origin = Origin { artifact: scope.artifact.clone(), region, used_at: None };
        let mut members = Vec::new();
        for entry in node.entries() {
            let Some(key) =
                Text::read(entry.key, scope.file.text(), scope.artifact, entry.merged_at)
            else {
                continue;
            };
            if !self.reader.spend(1) {
                break;
            }
            let value =
                self.service(key.raw(), entry.value, entry.merged_at, scope, &mut Vec::new());
            members.push(Member { key, value, tag: Tag::of(entry.value) });
        }
        Value::Mapping(members, origin)
    }

    /// A service with what it extends laid under it. `trail` holds the services
    /// that led here.
    fn service(
        &mut self,
        name: &str,
        node: NodeRef<'_>,
        used_at: Option<Region>,
        scope: &Scope<'_>,
        trail: &mut Vec<(ArtifactPath, String)>,
    ) -> Value {
        let value = self.reader.read(node, scope.file.text(), scope.artifact, used_at);
        let mut value = canonical(value, &["services", name]);
        let Some(extends) = value.take("extends") else { return value };
        if extends.value.is_null() {
            return value;
        }
        let here = (scope.artifact.clone(), name.to_owned());
        if trail.contains(&here) {
            let origin = extends.value.origin();
            self.problem(ProblemKind::Cycle, origin, "services extend one another in a circle");
            return value;
        }
        if trail.len() >= MAX_EXTENDS {
            let origin = extends.value.origin();
            self.problem(ProblemKind::TooMuch, origin, "too many services extend one another");
            return value;
        }
        trail.push(here);
        let base = self.extended(&extends.value, scope, trail);
        trail.pop();
        let Some(mut base) = base else { return value };
        settle(&mut base);
        let mut refused = Vec::new();
        let mut merged = merge(base, value, &["services", name], &mut refused);
        self.refused(&refused);
        unify(&mut merged, &["services", name]);
        merged
    }

    fn extended(
        &mut self,
        extends: &Value,
        scope: &Scope<'_>,
        trail: &mut Vec<(ArtifactPath, String)>,
    ) -> Option<Value> {
        let origin = extends.origin();
        let service = extends.text().or_else(|| extends.get("service").and_then(Value::text));
        let Some(service) = service else {
            self.problem(ProblemKind::Malformed, origin, "`extends` names no service");
            return None;
        };
        if !self.reader.spend(EXTENDS_COST) {
            return None;
        }
        let name = service.with_defaults().unwrap_or_else(|| service.raw().to_owned());
        let missing = |loader: &mut Self| {
            let message = format!("the extended service `{name}` does not exist");
            loader.problem(ProblemKind::ServiceMissing, service.origin(), message);
        };
        match extends.get("file").and_then(Value::text) {
            None => {
                let Some(entry) = scope.services.find(&name) else {
                    missing(self);
                    return None;
                };
                Some(self.service(&name, entry.value, entry.merged_at, scope, trail))
            }
            Some(path) => {
                let (artifact, file) = self.file(path, scope.base)?;
                let base = artifact.parent().to_owned();
                self.note(&artifact, &file, &base);
                let services = Services::Written(file.tree().root().get("services"));
                let scope = Scope { artifact: &artifact, file: &file, services, base: &base };
                let Some(entry) = scope.services.find(&name) else {
                    missing(self);
                    return None;
                };
                Some(self.service(&name, entry.value, entry.merged_at, &scope, trail))
            }
        }
    }

    /// The file that `path` means, seen from the directory `base`.
    fn file(&mut self, path: &Text, base: &str) -> Option<(ArtifactPath, Arc<ComposeFile>)> {
        let origin = path.origin();
        let Some(name) = path.with_defaults() else {
            let message = "the path depends on a variable that is not known";
            self.problem(ProblemKind::UnknownPath, origin, message);
            return None;
        };
        if is_remote(&name) {
            let message = "a remote file is not fetched; what it adds is unknown";
            self.problem(ProblemKind::Remote, origin, message);
            return None;
        }
        let Some(artifact) = ArtifactPath::resolve(base, &name) else {
            let message = format!("`{name}` lies outside the repository");
            self.problem(ProblemKind::OutsideRoot, origin, message);
            return None;
        };
        let Some(file) = (self.lookup)(&artifact) else {
            let message = format!("`{artifact}` does not exist");
            self.problem(ProblemKind::FileMissing, origin, message);
            return None;
        };
        Some((artifact, file))
    }

    fn include(
        &mut self,
        include: &Value,
        model: &mut Value,
        scope: &Scope<'_>,
        including: &[ArtifactPath],
    ) {
        for item in include.items() {
            let include = Include::read(item);
            let Some(first) = include.paths.first() else {
                self.problem(ProblemKind::Malformed, item.origin(), "`include` names no file");
                continue;
            };
            self.inclusions += 1;
            if including.len() >= MAX_INCLUDES || self.inclusions > MAX_FILES {
                let message = "files include one another too deeply or too often";
                self.problem(ProblemKind::TooMuch, first.origin(), message);
                return;
            }
            let mut files = Vec::new();
            for path in &include.paths {
                let Some((artifact, file)) = self.file(path, scope.base) else { continue };
                if including.contains(&artifact) {
                    let message = "files include one another in a circle";
                    self.problem(ProblemKind::Cycle, path.origin(), message);
                    continue;
                }
                files.push((artifact, file));
            }
            let base = match include.project_directory.as_ref().and_then(Text::with_defaults) {
                Some(directory) => ArtifactPath::resolve(scope.base, &directory)
                    .map(|directory| directory.as_str().to_owned()),
                None => files.first().map(|(artifact, _)| artifact.parent().to_owned()),
            };
            self.includes.push(include);
            let base = base.unwrap_or_default();
            let files: Vec<_> = files.iter().map(|(path, file)| (path.clone(), &**file)).collect();
            if !files.is_empty() {
                let included = self.load(&files, &base, including);
                self.import(included, model);
            }
        }
    }

    /// Adds what an included file declares; what the including file declares
    /// itself stays.
    fn import(&mut self, included: Value, model: &mut Value) {
        const SECTIONS: [&str; 6] =
            ["services", "networks", "volumes", "secrets", "configs", "models"];
        let (Value::Mapping(sections, _), Value::Mapping(model, _)) = (included, model) else {
            return;
        };
        for section in sections {
            if !SECTIONS.contains(&section.key.raw()) {
                continue;
            }
            let Some(here) = model.iter_mut().find(|here| here.key.raw() == section.key.raw())
            else {
                model.push(section);
                continue;
            };
            let Value::Mapping(added, _) = section.value else { continue };
            if here.value.is_null() {
                here.value = Value::Mapping(Vec::new(), here.value.origin().clone());
            }
            let Value::Mapping(present, _) = &mut here.value else { continue };
            let names: HashMap<String, usize> = present
                .iter()
                .enumerate()
                .map(|(index, member)| (member.key.raw().to_owned(), index))
                .collect();
            for member in added {
                match names.get(member.key.raw()) {
                    None => present.push(member),
                    Some(&index) if present[index].value.says_the_same(&member.value) => {}
                    Some(&index) => {
                        let origin = present[index].key.origin().clone();
                        let message =
                            format!("`{}` is also declared by an included file", member.key.raw());
                        let kind = ProblemKind::Conflict;
                        self.problems.push(Problem { kind, origin, message });
                    }
                }
            }
        }
    }
}

/// Whether Compose would fetch it from elsewhere.
fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.starts_with("git@")
        || path.starts_with("oci:")
        || path.starts_with("github.com/")
        || path.ends_with(".git")
}
