//! Plugins as a rule source beside those of the house.
//!
//! What a plugin finds is kept until every file was seen, and told in the order of
//! the paths: so neither the number of threads nor who came first changes a report,
//! not even where a plugin fails or finds too much.

mod outcome;
mod running;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use seaworthy_analysis::{Artifact, Piece, RuleSource, Run, Snapshot};
use seaworthy_model::{ArtifactPath, Extension, Notification, NotificationKind, Rule};

use crate::select::{Candidates, Plan, RulePlace};
use crate::{Host, Plugin, PluginError, PluginRequest};
use running::Running;
pub use running::Usage;

/// The plugins of a scan, loaded.
#[derive(Default)]
pub struct Plugins {
    plugins: Vec<Plugin>,
    not_run: Vec<Notification>,
    for_files: Plan,
    for_repository: Plan,
    /// Rules that look at the repository whatever is in it.
    always: Vec<RulePlace>,
}

impl std::fmt::Debug for Plugins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugins").field("plugins", &self.plugins).finish_non_exhaustive()
    }
}

impl Plugins {
    /// Loads plugins. One that cannot be used is told among the
    /// [notifications](Plugins::notifications).
    #[must_use]
    pub fn load(host: &Host, requests: &[PluginRequest]) -> Self {
        let mut plugins = Vec::new();
        let mut not_run = Vec::new();
        for request in requests {
            match host.load(request) {
                Ok(plugin) => plugins.push(plugin),
                Err(error) => not_run.push(told(&request.name, &error)),
            }
        }
        let mut plugins = Self::new(plugins);
        plugins.not_run.append(&mut not_run);
        plugins.not_run.sort();
        plugins
    }

    /// Plugins that are loaded already. Of two with one name the first is taken.
    #[must_use]
    pub fn new(loaded: Vec<Plugin>) -> Self {
        let mut plugins: Vec<Plugin> = Vec::new();
        let mut not_run = Vec::new();
        for plugin in loaded {
            let name = &plugin.metadata.name;
            match plugins.iter().any(|known| known.metadata.name == *name) {
                true => not_run.push(told(name, &PluginError::Twice)),
                false => plugins.push(plugin),
            }
        }
        plugins.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        let mut always = Vec::new();
        let (mut of_files, mut of_repository) = (Vec::new(), Vec::new());
        for (at, plugin) in plugins.iter().enumerate() {
            for (place, rule) in plugin.metadata.rules.iter().enumerate() {
                let owner = RulePlace { plugin: at, rule: place };
                of_files.extend(rule.files.iter().map(|selector| (owner, selector)));
                match &rule.repository {
                    Some(selectors) if selectors.is_empty() => always.push(owner),
                    Some(selectors) => {
                        of_repository.extend(selectors.iter().map(|selector| (owner, selector)));
                    }
                    None => {}
                }
            }
        }
        let (for_files, for_repository) = (Plan::new(of_files), Plan::new(of_repository));
        Self { plugins, not_run, for_files, for_repository, always }
    }

    /// The loaded plugins, sorted by name.
    #[must_use]
    pub fn plugins(&self) -> &[Plugin] {
        &self.plugins
    }

    /// The rules of all plugins.
    #[must_use]
    pub fn rules(&self) -> Vec<&'static Rule> {
        self.plugins.iter().flat_map(|plugin| plugin.rules.iter().copied()).collect()
    }

    /// The plugins as a report names them.
    #[must_use]
    pub fn extensions(&self) -> Vec<Extension> {
        self.plugins.iter().map(|plugin| plugin.metadata.extension(&plugin.digest)).collect()
    }

    /// What a report has to say of plugins that could not be loaded.
    #[must_use]
    pub fn notifications(&self) -> &[Notification] {
        &self.not_run
    }
}

/// What a report says of a plugin that cannot be used.
fn told(name: &str, error: &PluginError) -> Notification {
    let kind = match error {
        PluginError::Untrusted | PluginError::NotInstalled { .. } => NotificationKind::PluginNotRun,
        _ => NotificationKind::PluginFailed,
    };
    Notification::new(kind, format!("plugin `{}`: {error}", crate::check::phrase(name)))
}

/// One scan by plugins: a rule source.
pub struct PluginRun {
    plugins: Arc<Plugins>,
    running: Vec<Running>,
    /// What is known of large files, of which only pieces were shown so far.
    in_pieces: Mutex<HashMap<ArtifactPath, Candidates>>,
}

impl std::fmt::Debug for PluginRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginRun").field("plugins", &self.plugins).finish_non_exhaustive()
    }
}

impl PluginRun {
    /// A scan that is to begin.
    #[must_use]
    pub fn new(plugins: Arc<Plugins>) -> Self {
        let running = plugins.plugins.iter().map(|_| Running::default()).collect();
        Self { plugins, running, in_pieces: Mutex::default() }
    }

    /// What each plugin used so far, in the order of [`Plugins::plugins`].
    #[must_use]
    pub fn usage(&self) -> Vec<Usage> {
        self.running.iter().map(Running::usage).collect()
    }

    /// What is left of a file's candidates when this piece was looked at, once it is
    /// the last.
    fn searched(&self, artifact: &Artifact, piece: &Piece<'_>) -> Option<Candidates> {
        let plan = &self.plugins.for_files;
        let path = artifact.path();
        if piece.first && piece.last {
            let mut candidates = plan.candidates(path.as_str());
            if !candidates.is_empty() {
                plan.search(piece.text, &mut candidates);
            }
            return Some(candidates);
        }
        let mut in_pieces = self.in_pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let known = in_pieces.remove(path);
        drop(in_pieces);
        let mut candidates = match (piece.first, known) {
            (false, Some(known)) => known,
            _ => plan.candidates(path.as_str()),
        };
        plan.search(piece.text, &mut candidates);
        if piece.last {
            return Some(candidates);
        }
        let mut in_pieces = self.in_pieces.lock().unwrap_or_else(PoisonError::into_inner);
        in_pieces.insert(path.clone(), candidates);
        None
    }

    /// The rules about the repository that a file of it calls for.
    fn called_for(
        &self,
        snapshot: &Snapshot,
        wanted: &dyn Fn(RulePlace) -> bool,
    ) -> Vec<RulePlace> {
        let plan = &self.plugins.for_repository;
        let mut rules: Vec<RulePlace> =
            self.plugins.always.iter().copied().filter(|place| wanted(*place)).collect();
        let mut buffer = Vec::new();
        for artifact in snapshot.artifacts() {
            let path = artifact.path().as_str();
            if !plan.may_concern(path) {
                continue;
            }
            let mut candidates = plan.candidates(path);
            plan.forget(&mut candidates, |place| rules.contains(&place) || !wanted(place));
            if candidates.is_empty() {
                continue;
            }
            if candidates.wants_text() {
                let sizes = seaworthy_analysis::PieceSizes::DEFAULT;
                snapshot.with_pieces(artifact, sizes, &mut buffer, |piece| {
                    plan.search(piece.text, &mut candidates);
                });
            }
            rules.extend(plan.decide(&candidates, snapshot, artifact));
        }
        rules.sort_unstable();
        rules
    }
}

impl RuleSource for PluginRun {
    fn rules(&self) -> Vec<&'static Rule> {
        self.plugins.rules()
    }

    fn check_artifact(&self, _: &Artifact, _: &mut Run<'_>) {}

    fn reads(&self, path: &str) -> bool {
        self.plugins.for_files.may_concern(path)
    }

    fn check_text(&self, artifact: &Artifact, piece: &Piece<'_>, run: &mut Run<'_>) {
        let Some(candidates) = self.searched(artifact, piece) else { return };
        if candidates.is_empty() {
            return;
        }
        let rules = self.plugins.for_files.decide(&candidates, run.snapshot, artifact);
        for places in rules.chunk_by(|a, b| a.plugin == b.plugin) {
            let Some(first) = places.first() else { continue };
            let plugin = &self.plugins.plugins[first.plugin];
            let wanted: Vec<usize> = places
                .iter()
                .map(|place| place.rule)
                .filter(|rule| (run.wanted)(plugin.rules[*rule], Some(artifact)))
                .collect();
            if !wanted.is_empty() {
                self.running[first.plugin].judge_file(plugin, artifact, wanted, run);
            }
        }
    }

    fn check_repository(&self, run: &mut Run<'_>) {
        let wanted = |place: RulePlace| {
            (run.wanted)(self.plugins.plugins[place.plugin].rules[place.rule], None)
        };
        let rules = self.called_for(run.snapshot, &wanted);
        for places in rules.chunk_by(|a, b| a.plugin == b.plugin) {
            let Some(first) = places.first() else { continue };
            let plugin = &self.plugins.plugins[first.plugin];
            let rules = places.iter().map(|place| place.rule).collect();
            self.running[first.plugin].judge_repository(plugin, rules, run);
        }
    }

    fn conclude(&self, run: &mut Run<'_>) {
        for (plugin, running) in self.plugins.plugins.iter().zip(&self.running) {
            running.conclude(plugin, run);
        }
    }
}
