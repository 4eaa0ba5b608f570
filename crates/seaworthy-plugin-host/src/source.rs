//! Plugins as a rule source beside those of the house.
//!
//! What a plugin finds is kept until every file was seen, and told in the order of
//! the paths: so neither the number of threads nor who came first changes a report,
//! not even where a plugin fails or finds too much.

mod outcome;
mod running;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seaworthy_analysis::{Artifact, Piece, RuleSource, Run};
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
    /// Rules that look at the repository where a file has a path.
    by_path: Plan,
    /// Rules that look at it where a file has a text.
    by_text: Plan,
    /// Rules that look at it whatever is in it.
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
        let (mut of_files, mut of_paths, mut of_texts) = (Vec::new(), Vec::new(), Vec::new());
        for (at, plugin) in plugins.iter().enumerate() {
            for (place, rule) in plugin.metadata.rules.iter().enumerate() {
                let owner = RulePlace { plugin: at, rule: place };
                of_files.extend(rule.files.iter().map(|selector| (owner, selector)));
                match &rule.repository {
                    Some(selectors) if selectors.is_empty() => always.push(owner),
                    Some(selectors) => {
                        selectors.iter().for_each(|selector| match selector.needles.is_empty() {
                            true => of_paths.push((owner, selector)),
                            false => of_texts.push((owner, selector)),
                        })
                    }
                    None => {}
                }
            }
        }
        let [for_files, by_path, by_text] = [of_files, of_paths, of_texts].map(Plan::new);
        Self { plugins, not_run, for_files, by_path, by_text, always }
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
///
/// Rules about the repository that wait for a text in some file are called at the
/// end, since that text is looked for where every file is read anyway.
pub struct PluginRun {
    plugins: Arc<Plugins>,
    running: Vec<Running>,
    /// What is known of large files, of which only pieces were shown so far.
    in_pieces: Mutex<HashMap<ArtifactPath, Found>>,
    /// Rules about the repository that the texts of files called for.
    called: Mutex<BTreeSet<RulePlace>>,
    /// Those that were called for without a look at texts.
    judged: Mutex<BTreeSet<RulePlace>>,
}

/// What is left of a file's candidates, and what was seen of their needles.
#[derive(Default)]
struct Found {
    for_files: Candidates,
    for_repository: Candidates,
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
        Self {
            plugins,
            running,
            in_pieces: Mutex::default(),
            called: Mutex::default(),
            judged: Mutex::default(),
        }
    }

    /// Leaves out what plugins say for their authors: lines of the level `debug`.
    #[must_use]
    pub fn without_debug(mut self) -> Self {
        self.running.iter_mut().for_each(|running| running.without_debug = true);
        self
    }

    /// What each plugin used so far, in the order of [`Plugins::plugins`].
    #[must_use]
    pub fn usage(&self) -> Vec<Usage> {
        self.running.iter().map(Running::usage).collect()
    }

    /// What is left of a file's candidates when this piece was looked at, once it is
    /// the last.
    fn searched(&self, path: &ArtifactPath, piece: &Piece<'_>) -> Option<Found> {
        let known = match piece.first {
            true => None,
            false => locked(&self.in_pieces).remove(path),
        };
        let mut found = known.unwrap_or_else(|| self.begun(path.as_str()));
        self.plugins.for_files.search(piece.text, &mut found.for_files);
        self.plugins.by_text.search(piece.text, &mut found.for_repository);
        if piece.last {
            return Some(found);
        }
        locked(&self.in_pieces).insert(path.clone(), found);
        None
    }

    /// The candidates of a file that is not yet searched.
    fn begun(&self, path: &str) -> Found {
        let by_text = &self.plugins.by_text;
        let mut for_repository = by_text.candidates(path);
        if !for_repository.is_empty() {
            let called = locked(&self.called);
            by_text.forget(&mut for_repository, |place| called.contains(&place));
        }
        Found { for_files: self.plugins.for_files.candidates(path), for_repository }
    }

    /// The rules about the repository that are called for without a look at texts.
    fn called_by_path(&self, run: &Run<'_>) -> BTreeSet<RulePlace> {
        let plan = &self.plugins.by_path;
        let mut rules: BTreeSet<RulePlace> = self.plugins.always.iter().copied().collect();
        rules.retain(|place| self.is_wanted(*place, run));
        for artifact in run.snapshot.artifacts() {
            let path = artifact.path().as_str();
            if !plan.may_concern(path) {
                continue;
            }
            let mut candidates = plan.candidates(path);
            plan.forget(&mut candidates, |at| rules.contains(&at) || !self.is_wanted(at, run));
            rules.extend(plan.decide(&candidates, run.snapshot, artifact));
        }
        rules
    }

    /// Whether settings want a rule about the repository.
    fn is_wanted(&self, place: RulePlace, run: &Run<'_>) -> bool {
        (run.wanted)(self.plugins.plugins[place.plugin].rules[place.rule], None)
    }

    /// Lets plugins judge the repository by these rules.
    fn judge_repository<'r>(&self, rules: impl Iterator<Item = &'r RulePlace>, run: &Run<'_>) {
        let mut by_plugin: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for place in rules {
            by_plugin.entry(place.plugin).or_default().push(place.rule);
        }
        for (at, rules) in by_plugin {
            self.running[at].judge_repository(&self.plugins.plugins[at], rules, run);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RuleSource for PluginRun {
    fn rules(&self) -> Vec<&'static Rule> {
        self.plugins.rules()
    }

    fn check_artifact(&self, _: &Artifact, _: &mut Run<'_>) {}

    fn reads(&self, path: &str) -> bool {
        self.plugins.for_files.may_concern(path) || self.plugins.by_text.may_concern(path)
    }

    fn check_text(&self, artifact: &Artifact, piece: &Piece<'_>, run: &mut Run<'_>) {
        let Some(found) = self.searched(artifact.path(), piece) else { return };
        let Plugins { for_files, by_text, .. } = &*self.plugins;
        let called = by_text.decide(&found.for_repository, run.snapshot, artifact);
        if !called.is_empty() {
            locked(&self.called).extend(called);
        }
        let rules = for_files.decide(&found.for_files, run.snapshot, artifact);
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

    fn check_repository(&self, _part: usize, run: &mut Run<'_>) {
        let rules = self.called_by_path(run);
        self.judge_repository(rules.iter(), run);
        *locked(&self.judged) = rules;
    }

    fn conclude(&self, run: &mut Run<'_>) {
        let mut called = locked(&self.called).clone();
        let judged = std::mem::take(&mut *locked(&self.judged));
        called.retain(|at| !judged.contains(at) && self.is_wanted(*at, run));
        self.judge_repository(called.iter(), run);
        for (plugin, running) in self.plugins.plugins.iter().zip(&self.running) {
            running.conclude(plugin, run);
        }
    }

    // Which other files called for a rule is not known, so what was called for stays.
    fn forget(&self, path: &ArtifactPath) {
        locked(&self.in_pieces).remove(path);
        self.running.iter().for_each(|running| running.forget(path));
    }
}
