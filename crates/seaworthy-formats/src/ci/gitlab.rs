//! Reads `.gitlab-ci.yml` and the files that it includes.
//!
//! A file is read by itself; [`Workflow::of_gitlab`] puts the files of a pipeline
//! together, as `extends`, `default`, `!reference` and the order of stages reach
//! over files.

use std::collections::{HashMap, HashSet};

use seaworthy_syntax::{NodeRef, SyntaxError, Tree, yaml};

use super::github::Reader;
use super::{Environment, Job, Needs, Service, Step, System, Text, Workflow};

/// A file of a pipeline of GitLab.
#[derive(Debug)]
pub struct GitlabFile {
    tree: Tree,
    source: Box<str>,
    /// The files that it includes.
    pub includes: Vec<Include>,
}

/// What an `include` names.
#[derive(Clone, Debug)]
pub enum Include {
    /// A file of the same repository, from its root.
    Local(Text),
    /// Anything else: a template of GitLab, another project, an address.
    Foreign(Text),
}

/// Keys at the top that are no jobs.
const GLOBAL: &[&str] = &[
    "stages",
    "include",
    "default",
    "variables",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "spec",
    "types",
    "pages:deploy",
];

/// The most jobs of a pipeline, bases among them.
const MOST: usize = 2_000;

/// How far `extends` and `!reference` are followed.
const DEPTH: usize = 11;

/// The most lines of one job's script.
const LINES: usize = 2_000;

impl GitlabFile {
    /// Reads a file. Never fails.
    #[must_use]
    pub fn parse(source: &str) -> Self {
        let tree = yaml::parse(source);
        let mut includes = Vec::new();
        let reader = Reader { source, file: 0 };
        for root in tree.documents() {
            let Some(include) = root.get("include") else { continue };
            if include.is_sequence() {
                includes.extend(include.items().take(200).filter_map(|item| read(&reader, item)));
            } else {
                includes.extend(read(&reader, include));
            }
        }
        Self { includes, source: source.into(), tree }
    }

    /// What is wrong with the text.
    #[must_use]
    pub fn errors(&self) -> &[SyntaxError] {
        self.tree.errors()
    }

    /// The document that counts: the last, for the first may be a header.
    fn root(&self) -> NodeRef<'_> {
        self.tree.documents().last().unwrap_or_else(|| self.tree.root())
    }
}

fn read(reader: &Reader<'_>, item: NodeRef<'_>) -> Option<Include> {
    if let Some(text) = reader.text(Some(item)) {
        let is_address = text.as_str().contains("://");
        return Some(if is_address { Include::Foreign(text) } else { Include::Local(text) });
    }
    if let Some(text) = reader.text(item.get("local")) {
        return Some(Include::Local(text));
    }
    let first = ["template", "component", "remote", "project"].iter();
    first.filter_map(|key| reader.text(item.get(key))).map(Include::Foreign).next()
}

/// A key of a job with its value, and the file it is written in.
type Part<'f> = (NodeRef<'f>, u16);

struct Pipeline<'f> {
    files: &'f [&'f GitlabFile],
    /// The mappings at the top of all files; the pipeline's own win.
    top: HashMap<&'f str, Part<'f>>,
    order: Vec<(&'f str, NodeRef<'f>, u16)>,
}

impl Workflow {
    /// Puts the files of a pipeline together, its own first.
    #[must_use]
    pub fn of_gitlab(files: &[&GitlabFile]) -> Self {
        let mut pipeline = Pipeline { files, top: HashMap::new(), order: Vec::new() };
        for (index, file) in files.iter().enumerate().take(usize::from(u16::MAX)) {
            let number = u16::try_from(index).unwrap_or(u16::MAX);
            for entry in file.root().entries() {
                let Some(key) = entry.key.scalar() else { continue };
                if pipeline.top.contains_key(key) || pipeline.order.len() >= MOST {
                    continue;
                }
                pipeline.top.insert(key, (entry.value, number));
                pipeline.order.push((key, entry.key, number));
            }
        }
        pipeline.workflow()
    }
}

impl<'f> Pipeline<'f> {
    fn reader(&self, file: u16) -> Reader<'f> {
        Reader { source: &self.files[usize::from(file)].source, file }
    }

    fn text(&self, part: Option<Part<'f>>) -> Option<Text> {
        let (node, file) = part?;
        self.reader(file).text(Some(node))
    }

    fn texts(&self, part: Option<Part<'f>>) -> Vec<Text> {
        part.map(|(node, file)| self.reader(file).texts(Some(node))).unwrap_or_default()
    }

    fn workflow(&self) -> Workflow {
        let stages: Vec<String> = match self.top.get("stages") {
            Some((node, _)) => {
                node.items().take(MOST).filter_map(|item| item.scalar().map(Into::into)).collect()
            }
            None => ["build", "test", "deploy"].map(ToOwned::to_owned).to_vec(),
        };
        let foreign =
            self.files.iter().flat_map(|file| &file.includes).filter_map(|include| match include {
                Include::Foreign(text) => Some(text.clone()),
                Include::Local(_) => None,
            });
        let variables = self.top.get("variables");
        let jobs = self.order.iter().filter(|(key, ..)| {
            !key.starts_with('.')
                && !GLOBAL.contains(key)
                && self.top.get(key).is_some_and(|(node, _)| node.is_mapping())
        });
        Workflow {
            system: System::Gitlab,
            env: variables
                .map(|(node, file)| self.reader(*file).variables(Some(*node)))
                .unwrap_or_default(),
            foreign: foreign.collect(),
            jobs: jobs.filter_map(|&(key, at, file)| self.job(key, at, file, &stages)).collect(),
            errors: self.files.first().map(|file| file.errors().to_vec()).unwrap_or_default(),
            uncertain: self.files.iter().any(|file| file.tree.is_uncertain()),
            ..Workflow::default()
        }
    }

    /// The mappings that a job is made of, its own first.
    fn chain(&self, name: &'f str) -> (Vec<Part<'f>>, bool) {
        let (mut chain, mut missing) = (Vec::new(), false);
        let mut seen = HashSet::new();
        let mut open = vec![(name, 0)];
        while let Some((name, depth)) = open.pop() {
            if depth > DEPTH || !seen.insert(name) {
                continue;
            }
            let Some(&(node, file)) = self.top.get(name) else {
                missing = true;
                continue;
            };
            chain.push((node, file));
            let Some(bases) = node.get("extends") else { continue };
            // Of several bases the last wins, so it has to come next.
            if bases.is_sequence() {
                open.extend(bases.items().filter_map(|base| Some((base.scalar()?, depth + 1))));
            } else {
                open.extend(bases.scalar().map(|base| (base, depth + 1)));
            }
        }
        (chain, missing)
    }

    fn job(&self, name: &'f str, key: NodeRef<'f>, file: u16, stages: &[String]) -> Option<Job> {
        let (chain, unknown_base) = self.chain(name);
        let own = |key: &str| chain.iter().find_map(|(node, file)| Some((node.get(key)?, *file)));
        let inherits = own("inherit").is_none_or(|(node, _)| {
            node.get("default").is_none_or(|node| node.as_bool() != Some(false))
        });
        let get = |key: &str| {
            own(key).or_else(|| {
                let default = self.top.get("default").filter(|_| inherits);
                let default = default.and_then(|(node, file)| Some((node.get(key)?, *file)));
                let global = matches!(key, "image" | "services" | "before_script" | "after_script");
                default.or_else(|| self.top.get(key).copied().filter(|_| global && inherits))
            })
        };
        let stage = self.text(own("stage"));
        let stage = stage.as_ref().map_or("test", Text::as_str);
        let place = match stage {
            ".pre" => 0,
            ".post" => stages.len() + 1,
            _ => stages.iter().position(|name| name == stage).map_or(stages.len(), |at| at) + 1,
        };
        let mut job = Job {
            id: self.reader(file).text(Some(key))?,
            stage: place,
            needs: match own("needs") {
                Some((node, file)) => Needs::Named(self.needs(node, file)),
                None => Needs::EarlierStages,
            },
            environment: own("environment").and_then(|(node, file)| {
                let reader = self.reader(file);
                let name = reader.text(node.get("name").or(Some(node)))?;
                Some(Environment { name, action: reader.text(node.get("action")) })
            }),
            manual: own("when").is_some_and(|(node, _)| node.scalar() == Some("manual")),
            continue_on_error: self.text(own("allow_failure")),
            container: get("image")
                .and_then(|(node, file)| self.reader(file).text(node.get("name").or(Some(node)))),
            unknown_base,
            ..Job::default()
        };
        for (node, file) in &chain {
            for variable in self.reader(*file).variables(node.get("variables")) {
                if job.env.iter().all(|known| known.name.as_str() != variable.name.as_str()) {
                    job.env.push(variable);
                }
            }
        }
        if let Some((services, file)) = get("services") {
            let reader = self.reader(file);
            job.services = services
                .items()
                .take(100)
                .map(|item| Service {
                    name: reader.text(item.get("alias")),
                    image: reader.text(item.get("name").or(Some(item))),
                })
                .collect();
        }
        if let Some((rules, file)) = own("rules") {
            let reader = self.reader(file);
            for rule in self.flat(rules, file).into_iter().map(|(rule, _)| rule) {
                job.conditions.extend(reader.text(rule.get("if")));
                job.manual |= rule.get("when").and_then(NodeRef::scalar) == Some("manual");
            }
        }
        if let Some((only, file)) = own("only") {
            let refs = if only.is_mapping() { only.get("refs") } else { Some(only) };
            job.refs = self.texts(refs.map(|node| (node, file)));
        }
        for (key, afterwards) in
            [("before_script", false), ("script", false), ("after_script", true)]
        {
            let Some((node, file)) = get(key) else { continue };
            for (line, file) in self.flat(node, file) {
                if let Some(run) = self.reader(file).text(Some(line)) {
                    job.steps.push(Step {
                        region: line.region(),
                        run: Some(run),
                        afterwards,
                        ..Step::default()
                    });
                }
            }
        }
        // A job that triggers another pipeline runs what nobody here knows.
        if own("trigger").is_some() {
            job.unknown_base = true;
        }
        let runs = !job.steps.is_empty() || own("trigger").is_some() || unknown_base;
        runs.then_some(job)
    }

    fn needs(&self, node: NodeRef<'f>, file: u16) -> Vec<Text> {
        let reader = self.reader(file);
        self.flat(node, file)
            .into_iter()
            .filter_map(|(item, _)| reader.text(item.get("job").or(Some(item))))
            .collect()
    }

    /// The items of a list and of the lists in it; `!reference` replaced by what it
    /// names.
    fn flat(&self, node: NodeRef<'f>, file: u16) -> Vec<Part<'f>> {
        let mut out = Vec::new();
        let mut open = vec![(node, file, 0)];
        let mut steps = 0;
        while let Some((node, file, depth)) = open.pop() {
            steps += 1;
            if out.len() >= LINES || steps > LINES * 4 || depth > DEPTH {
                break;
            }
            if node.tag().is_some_and(|tag| tag == "!reference") {
                let mut path = node.items().filter_map(NodeRef::scalar);
                let found =
                    path.next().and_then(|name| self.top.get(name)).and_then(|&(found, file)| {
                        Some((path.try_fold(found, |at, key| at.get(key))?, file))
                    });
                open.extend(found.map(|(node, file)| (node, file, depth + 1)));
            } else if node.is_sequence() {
                let items: Vec<_> = node.items().take(LINES).collect();
                open.extend(items.into_iter().rev().map(|item| (item, file, depth + 1)));
            } else {
                out.push((node, file));
            }
        }
        out
    }
}
