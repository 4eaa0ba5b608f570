//! Every step of a deploy in the repository: the host is asked for the files, the
//! decisions are those of [`deploy`](crate::deploy).

use seaworthy_plugin_api::{Document, Node, NodeKind, repo};

use crate::deploy::{
    FIELDS, Job, Package, Script, Step, deploys_by_name, fields_of, instructions, is_deploy_file,
    is_deploy_job, runs_on_deploy, serves_development, steps,
};

use super::is_own;

/// A step and what runs it, to follow "runs in".
pub(super) struct Deployed {
    pub(super) step: Step,
    pub(super) by: String,
}

/// All steps, each place once.
pub(super) fn deployed() -> Vec<Deployed> {
    let mut gathered = Gathered { packages: packages(), found: Vec::new() };
    gathered.package_scripts();
    gathered.files_of_hosts();
    for path in repo::find("{Dockerfile,Containerfile,Dockerfile.*,*.Dockerfile,*.dockerfile}") {
        gathered.dockerfile(&path);
    }
    for path in repo::find("{Procfile,Procfile.*}") {
        gathered.procfile(&path);
    }
    for path in repo::find(".github/workflows/*.{yml,yaml}") {
        gathered.workflow(&path);
    }
    gathered.stacks();
    for path in repo::find("*.sh") {
        if is_deploy_file(&path)
            && let Some(script) = shell_file(&path)
        {
            gathered.script(&script, folder(&path), &format!("`{path}`"));
        }
    }
    gathered.found
}

struct Gathered {
    packages: Vec<(String, Package)>,
    found: Vec<Deployed>,
}

impl Gathered {
    /// Follows a script of a file in `folder`.
    fn script(&mut self, script: &Script, folder: &str, by: &str) {
        let package = self
            .packages
            .iter()
            .filter(|(directory, _)| {
                directory.is_empty()
                    || folder == directory
                    || folder.strip_prefix(&**directory).is_some_and(|rest| rest.starts_with('/'))
            })
            .max_by_key(|(directory, _)| directory.len())
            .map(|(_, package)| package);
        let file = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            let found = if name.chars().all(plain) { repo::find(name) } else { Vec::new() };
            found.iter().find_map(|path| shell_file(path))
        };
        for step in steps(script, package, &file) {
            let known =
                |found: &Deployed| found.step.path == step.path && found.step.range == step.range;
            if !self.found.iter().any(known) {
                self.found.push(Deployed { step, by: by.to_owned() });
            }
        }
    }

    fn package_scripts(&mut self) {
        for (directory, package) in self.packages.clone() {
            for (name, script) in &package.scripts {
                if runs_on_deploy(name) && !serves_development(&script.commands) {
                    self.script(script, &directory, &format!("the script `{name}`"));
                }
            }
        }
    }

    fn files_of_hosts(&mut self) {
        for (name, _) in FIELDS {
            for path in repo::find(name) {
                let Some(document) = repo::open(&path).filter(is_own) else { continue };
                for field in fields_of(&path) {
                    for node in document.select(field).unwrap_or_default() {
                        let by = format!("`{}` of `{path}`", node.path);
                        if let Some(script) = script_of(&document, &path, &node) {
                            self.script(&script, folder(&path), &by);
                        }
                    }
                }
            }
        }
    }

    fn dockerfile(&mut self, path: &str) {
        let Some(document) = repo::open(path).filter(is_own) else { return };
        for instruction in instructions(&document.text()) {
            let region = instruction.start..instruction.end;
            let (path, commands) = (path.to_owned(), instruction.commands);
            let by = format!("`{}` of `{path}`", instruction.name);
            self.script(
                &Script { path: path.clone(), region, commands, exact: true },
                folder(&path),
                &by,
            );
        }
    }

    fn procfile(&mut self, path: &str) {
        let Some(document) = repo::open(path).filter(is_own) else { return };
        if deploys_by_name(path) == Some(false) {
            return;
        }
        let text = document.text();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let Some((process, command)) = line.split_once(':') else { continue };
            if process.trim_start().starts_with('#') {
                continue;
            }
            let region = start + process.len() + 1..at;
            let by = format!("the process `{}` of `{path}`", process.trim());
            self.script(&Script::new(path, region, command, true), folder(path), &by);
        }
    }

    fn workflow(&mut self, path: &str) {
        let Some(document) = repo::open(path) else { return };
        let one = |path: &str| {
            let nodes = document.select(path).unwrap_or_default();
            nodes.into_iter().next().and_then(|node| node.value)
        };
        let stem = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or("");
        let workflow: Vec<String> =
            [Some(stem.to_owned()), one("name")].into_iter().flatten().collect();
        let local = |path: &str| {
            document.select(path).unwrap_or_default().iter().any(|node| {
                node.value.as_ref().is_some_and(|value| {
                    value.contains("://")
                        && ["localhost", "127.0.0.1", "file:"].iter().any(|own| value.contains(own))
                })
            })
        };
        let everywhere = local("env.*");
        for job in document.select("jobs.*").unwrap_or_default() {
            let at = &job.path;
            let names =
                [job.key.clone(), one(&format!("{at}.name"))].into_iter().flatten().collect();
            let described = Job {
                workflow: workflow.clone(),
                names,
                environment: one(&format!("{at}.environment.name"))
                    .or_else(|| one(&format!("{at}.environment"))),
                has_services: !document
                    .select(&format!("{at}.services.*"))
                    .unwrap_or_default()
                    .is_empty(),
                local_database: everywhere || local(&format!("{at}.env.*")),
                condition: one(&format!("{at}.if")),
            };
            if !is_deploy_job(&described) {
                continue;
            }
            for step in document.select(&format!("{at}.steps[*].run")).unwrap_or_default() {
                let item = step.path.trim_end_matches(".run").to_owned();
                if local(&format!("{item}.env.*")) {
                    continue;
                }
                let by = format!("the job `{}`", job.key.as_deref().unwrap_or(""));
                if let Some(script) = script_of(&document, path, &step) {
                    self.script(&script, "", &by);
                }
            }
        }
    }

    /// Commands of services in Compose projects for production.
    fn stacks(&mut self) {
        for stack in repo::stacks() {
            if stack.environment() != "production" {
                continue;
            }
            for attribute in ["command", "entrypoint"] {
                for node in stack.select(&format!("services.*.{attribute}")) {
                    let Some(value) = node.value else { continue };
                    let path = node.origin.path.clone();
                    let exact = repo::open(&path)
                        .and_then(|document| document.slice(node.origin.region))
                        .is_some_and(|written| written == value);
                    let script = Script::new(&path, node.origin.region.range(), &value, exact);
                    self.script(&script, folder(&path), &format!("`{}` of `{path}`", node.path));
                }
            }
        }
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The scripts of every package that is the repository's own.
fn packages() -> Vec<(String, Package)> {
    let mut packages = Vec::new();
    for package in repo::packages() {
        let Some(document) = repo::open(&package.manifest).filter(is_own) else { continue };
        let scripts = document
            .select("scripts.*")
            .unwrap_or_default()
            .into_iter()
            .filter_map(|node| {
                let script = script_of(&document, &package.manifest, &node)?;
                Some((node.key?, script))
            })
            .collect();
        packages.push((package.directory, Package { scripts }));
    }
    packages
}

/// The commands that a scalar holds. Those of a block of YAML are read as it is
/// written, for its indentation means nothing to the shell.
fn script_of(document: &Document, path: &str, node: &Node) -> Option<Script> {
    if node.kind != NodeKind::Text {
        return None;
    }
    let value = node.value.as_deref()?;
    let region = node.content_region.range();
    let written = document.slice(node.content_region)?;
    if written == value {
        return Some(Script::new(path, region, value, true));
    }
    let block = written.starts_with(['|', '>']) || written.contains('\n');
    let text = if block { &written } else { value };
    Some(Script::new(path, region, text, block))
}

fn shell_file(path: &str) -> Option<Script> {
    let document = repo::open(path).filter(is_own)?;
    let text = document.text();
    Some(Script::new(path, 0..text.len(), &text, true))
}
