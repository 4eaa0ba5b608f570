//! Reads GitHub's workflows and composite actions.

use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, Tree, yaml};

use super::{
    Defaults, Environment, Job, Needed, Needs, Permissions, Reference, Service, Step, Store,
    System, Text, Trigger, Variable, Workflow, condition, expressions,
};

/// An action of the repository: `action.yml`.
#[derive(Clone, Debug, Default)]
pub struct Action {
    /// The steps of a composite action.
    pub steps: Vec<Step>,
    /// Its inputs.
    pub inputs: Vec<Text>,
    /// Whether it is made of steps; others are programs or images.
    pub composite: bool,
    /// Whether it has the shape of an action at all.
    pub recognised: bool,
    /// Whether parts of it were guessed: what is absent is unknown.
    pub uncertain: bool,
}

/// The most jobs, steps and entries that are read of one list: far more than GitHub
/// runs.
const MOST: usize = 5_000;

pub(super) struct Reader<'s> {
    pub(super) source: &'s str,
    pub(super) file: u16,
}

impl Workflow {
    /// Reads a workflow of GitHub. Never fails.
    #[must_use]
    pub fn parse(source: &str) -> Self {
        let tree = yaml::parse(source);
        let reader = Reader { source, file: 0 };
        let root = tree.root();
        let mut workflow = Self {
            system: System::Github,
            name: reader.text(root.get("name")),
            // YAML 1.1 reads a bare `on` as a truth value, GitHub does not.
            triggers: root.get("on").map(|on| reader.triggers(on)).unwrap_or_default(),
            permissions: root.get("permissions").and_then(|node| reader.permissions(node)),
            env: reader.variables(root.get("env")),
            defaults: reader.defaults(root),
            jobs_key: root.entry("jobs").map(|entry| entry.key.region()),
            needed: reader.needed(&tree),
            errors: tree.errors().to_vec(),
            uncertain: tree.is_uncertain(),
            ..Self::default()
        };
        if let Some(jobs) = root.get("jobs") {
            let jobs = jobs.entries().into_iter().take(MOST);
            workflow.jobs = jobs
                .filter_map(|entry| Some(reader.job(reader.text(Some(entry.key))?, entry.value)))
                .collect();
        }
        workflow
    }
}

impl Action {
    /// Reads an `action.yml`. Never fails.
    #[must_use]
    pub fn parse(source: &str) -> Self {
        let tree = yaml::parse(source);
        let reader = Reader { source, file: 0 };
        let root = tree.root();
        let Some(runs) = root.get("runs") else { return Self::default() };
        let using = runs.get("using").and_then(NodeRef::scalar);
        let inputs = root.get("inputs").map(NodeRef::entries).unwrap_or_default();
        Self {
            steps: reader.steps(runs.get("steps")),
            inputs: inputs.iter().filter_map(|entry| reader.text(Some(entry.key))).collect(),
            composite: using == Some("composite"),
            recognised: using.is_some(),
            uncertain: tree.is_uncertain(),
        }
    }
}

impl Reader<'_> {
    pub(super) fn text(&self, node: Option<NodeRef<'_>>) -> Option<Text> {
        Text::read(node?, self.source, self.file)
    }

    /// The scalars of a list, or a scalar alone.
    pub(super) fn texts(&self, node: Option<NodeRef<'_>>) -> Vec<Text> {
        let Some(node) = node else { return Vec::new() };
        if node.is_sequence() {
            return node.items().take(MOST).filter_map(|item| self.text(Some(item))).collect();
        }
        self.text(Some(node)).into_iter().collect()
    }

    pub(super) fn variables(&self, node: Option<NodeRef<'_>>) -> Vec<Variable> {
        let entries = node.map(NodeRef::entries).unwrap_or_default();
        let read = entries.into_iter().take(MOST).filter_map(|entry| {
            let name = self.text(Some(entry.key))?;
            // GitLab describes a variable with its value below.
            let value = entry.value.get("value").unwrap_or(entry.value);
            Some(Variable { name, value: self.text(Some(value)) })
        });
        read.collect()
    }

    fn triggers(&self, on: NodeRef<'_>) -> Vec<Trigger> {
        if !on.is_mapping() {
            let events = self.texts(Some(on));
            return events.into_iter().map(Trigger::of).collect();
        }
        let entries = on.entries().into_iter().take(MOST);
        let read = entries.filter_map(|entry| {
            let value = entry.value;
            let inputs = value.get("inputs").map(NodeRef::entries).unwrap_or_default();
            Some(Trigger {
                event: self.text(Some(entry.key))?,
                branches: self.texts(value.get("branches")),
                tags: self.texts(value.get("tags")),
                types: self.texts(value.get("types")),
                workflows: self.texts(value.get("workflows")),
                inputs: inputs
                    .into_iter()
                    .filter_map(|input| {
                        Some((self.text(Some(input.key))?, self.text(input.value.get("type"))))
                    })
                    .collect(),
            })
        });
        read.collect()
    }

    fn permissions(&self, node: NodeRef<'_>) -> Option<Permissions> {
        if let Some(word) = self.text(Some(node)) {
            return Some(Permissions::All(word));
        }
        let entries = node.entries().into_iter().take(MOST);
        let each = entries
            .filter_map(|entry| Some((self.text(Some(entry.key))?, self.text(Some(entry.value))?)));
        Some(Permissions::Each(each.collect()))
    }

    fn defaults(&self, node: NodeRef<'_>) -> Defaults {
        let run = node.at(&["defaults", "run"]);
        Defaults {
            shell: self.text(run.and_then(|run| run.get("shell"))),
            working_directory: self.text(run.and_then(|run| run.get("working-directory"))),
        }
    }

    fn job(&self, id: Text, node: NodeRef<'_>) -> Job {
        let environment = node.get("environment");
        let environment = environment.and_then(|node| {
            let name = self.text(node.get("name").or(Some(node)))?;
            Some(Environment { name, action: None })
        });
        let container = node.get("container");
        let services = node.get("services").map(NodeRef::entries).unwrap_or_default();
        let secrets = node.get("secrets");
        Job {
            id,
            name: self.text(node.get("name")),
            needs: Needs::Named(self.texts(node.get("needs"))),
            conditions: self.text(node.get("if")).into_iter().collect(),
            environment,
            permissions: node.get("permissions").and_then(|node| self.permissions(node)),
            env: self.variables(node.get("env")),
            defaults: self.defaults(node),
            continue_on_error: self.text(node.get("continue-on-error")),
            container: self.text(container.and_then(|node| node.get("image").or(Some(node)))),
            services: services
                .into_iter()
                .take(MOST)
                .map(|entry| Service {
                    name: self.text(Some(entry.key)),
                    image: self.text(entry.value.get("image")),
                })
                .collect(),
            matrix: self.matrix(node.at(&["strategy", "matrix"])),
            uses: self.text(node.get("uses")),
            with: self.variables(node.get("with")),
            secrets: self.variables(secrets),
            inherits_secrets: secrets.and_then(NodeRef::scalar) == Some("inherit"),
            steps: self.steps(node.get("steps")),
            ..Job::default()
        }
    }

    fn matrix(&self, node: Option<NodeRef<'_>>) -> Vec<(Text, Vec<Text>)> {
        let mut lists: Vec<(Text, Vec<Text>)> = Vec::new();
        for entry in node.map(NodeRef::entries).unwrap_or_default().into_iter().take(MOST) {
            let Some(key) = self.text(Some(entry.key)) else { continue };
            match key.as_str() {
                "exclude" => {}
                "include" => {
                    for row in entry.value.items().take(MOST) {
                        for cell in row.written_entries().take(100) {
                            let (Some(key), Some(value)) =
                                (self.text(Some(cell.key)), self.text(Some(cell.value)))
                            else {
                                continue;
                            };
                            match lists.iter_mut().find(|(name, _)| name.as_str() == key.as_str()) {
                                Some((_, values)) => values.push(value),
                                None => lists.push((key, vec![value])),
                            }
                        }
                    }
                }
                _ => lists.push((key, self.texts(Some(entry.value)))),
            }
        }
        lists
    }

    fn steps(&self, node: Option<NodeRef<'_>>) -> Vec<Step> {
        let Some(node) = node else { return Vec::new() };
        let items = node.items().take(MOST);
        let read = items.filter(|item| item.is_mapping()).map(|item| Step {
            region: item.region(),
            id: self.text(item.get("id")),
            name: self.text(item.get("name")),
            condition: self.text(item.get("if")),
            uses: self.text(item.get("uses")),
            run: self.text(item.get("run")),
            run_key: item.entry("run").map(|entry| entry.key.region()),
            with: self.variables(item.get("with")),
            env: self.variables(item.get("env")),
            shell: self.text(item.get("shell")),
            working_directory: self.text(item.get("working-directory")),
            continue_on_error: self.text(item.get("continue-on-error")),
            afterwards: false,
        });
        read.collect()
    }

    /// Every `secrets.X`, `vars.X` and `env.X` of a file.
    fn needed(&self, tree: &Tree) -> Vec<Needed> {
        let mut needed = Vec::new();
        let mut conditions: Vec<Region> = Vec::new();
        let root = tree.root();
        for node in root.descendants() {
            for entry in node.written_entries().filter(|_| !node.is_alias()) {
                if entry.key.scalar() == Some("if") {
                    conditions.push(entry.value.region());
                }
            }
        }
        conditions.sort_unstable();
        for node in root.descendants().filter(|node| !node.is_alias()) {
            let Some(raw) = node.scalar() else { continue };
            let is_condition = conditions.binary_search(&node.region()).is_ok();
            if !raw.contains("${{") && !is_condition {
                continue;
            }
            let Some(text) = self.text(Some(node)) else { continue };
            let references: Vec<Reference> = match is_condition {
                true => condition(raw),
                false => expressions(raw).into_iter().flat_map(|found| found.references).collect(),
            };
            for reference in references {
                const STORES: [(&str, Store); 3] = [
                    ("secrets", Store::Secrets),
                    ("vars", Store::Variables),
                    ("env", Store::Environment),
                ];
                let found = STORES.iter().find_map(|(context, store)| {
                    Some((*store, reference.name_in(context)?.to_owned()))
                });
                if let Some((store, name)) = found {
                    needed.push(Needed { store, name, region: text.place(reference.range) });
                }
            }
        }
        needed
    }
}

impl Trigger {
    fn of(event: Text) -> Self {
        Self {
            event,
            branches: Vec::new(),
            tags: Vec::new(),
            types: Vec::new(),
            workflows: Vec::new(),
            inputs: Vec::new(),
        }
    }
}
