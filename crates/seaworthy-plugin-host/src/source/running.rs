//! One plugin in one scan.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use seaworthy_analysis::{Artifact, Run, Snapshot};
use seaworthy_model::{ArtifactPath, Notification, NotificationKind};

use super::outcome::{Outcome, Outcomes};
use crate::check::{Asked, checked, phrase, short};
use crate::runtime::{Failure, Instance};
use crate::view::DocumentHandle;
use crate::{LogLevel, Plugin};

/// The most refusals that are told of one answer.
const MAX_REFUSALS: usize = 5;

/// What a plugin used in a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// What it executed in its calls, in wasmtime's units of fuel; none where that is
    /// not counted.
    pub fuel: Option<u64>,
    /// The bytes of memory of its largest instance.
    pub memory: usize,
    /// How often it was called.
    pub calls: usize,
}

/// The state of a plugin during a scan.
#[derive(Default)]
pub(super) struct Running {
    /// Whether nobody wants lines of the level `debug`.
    pub(super) without_debug: bool,
    /// Instances that nobody uses at the moment: at most one per thread.
    idle: Mutex<Vec<Instance>>,
    failures: AtomicUsize,
    /// What the plugin used.
    usage: Mutex<Usage>,
    /// Why it cannot run at all.
    cannot: OnceLock<String>,
    files: Mutex<Outcomes>,
    repository: Mutex<Vec<Outcome>>,
}

impl Running {
    /// Lets the plugin judge a file and keeps what comes of it.
    pub(super) fn judge_file(
        &self,
        plugin: &Plugin,
        artifact: &Artifact,
        rules: Vec<usize>,
        run: &Run<'_>,
    ) {
        let given_up = self.failures.load(Ordering::Relaxed) >= plugin.limits.failures
            || self.cannot.get().is_some();
        let outcome = match given_up {
            true => Outcome { rules, ..Outcome::default() },
            false => self.ask(plugin, Some(artifact), rules, run),
        };
        if outcome.failure.is_some() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.keep(artifact.path(), outcome, plugin.limits.findings);
    }

    /// Forgets what came of a file.
    pub(super) fn forget(&self, path: &ArtifactPath) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.forget(path).is_some_and(|outcome| outcome.failure.is_some()) {
            self.failures.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Lets the plugin judge the repository and keeps what comes of it.
    pub(super) fn judge_repository(&self, plugin: &Plugin, rules: Vec<usize>, run: &Run<'_>) {
        let outcome = self.ask(plugin, None, rules, run);
        let mut repository = self.repository.lock().unwrap_or_else(PoisonError::into_inner);
        repository.push(outcome);
    }

    fn ask(
        &self,
        plugin: &Plugin,
        artifact: Option<&Artifact>,
        rules: Vec<usize>,
        run: &Run<'_>,
    ) -> Outcome {
        let mut outcome = Outcome { rules, asked: true, ..Outcome::default() };
        let handle = match artifact {
            None => None,
            Some(artifact) => match place(run.snapshot, artifact) {
                Some(place) => Some(DocumentHandle(place)),
                None => {
                    outcome.unread = true;
                    return outcome;
                }
            },
        };
        let mut instance = match self.instance(plugin, run.snapshot) {
            Ok(instance) => instance,
            Err(Failure { reason }) => {
                let _ = self.cannot.set(reason);
                outcome.asked = false;
                return outcome;
            }
        };
        let ids: Vec<String> =
            outcome.rules.iter().map(|rule| short(plugin.rules[*rule]).to_owned()).collect();
        let before = instance.fuel();
        let answer = match handle {
            Some(handle) => instance.check_file(handle, &ids),
            None => instance.check_repository(&ids),
        };
        self.count(&instance, before);
        outcome.log = instance.take_log();
        if self.without_debug {
            outcome.log.retain(|(level, _)| *level != LogLevel::Debug);
        }
        match answer {
            Ok(Ok(mut findings)) => {
                self.release(instance);
                let (count, most) = (findings.len(), plugin.limits.findings_per_call);
                if count > most {
                    findings.truncate(most);
                    outcome.refusals.push(format!(
                        "returned {count} findings at once; the first {most} were taken"
                    ));
                }
                let asked = Asked { rules: &plugin.rules, wanted: &outcome.rules, file: artifact };
                let (found, refused) = checked(findings, &asked, run);
                outcome.findings = found;
                let more = refused.len().saturating_sub(MAX_REFUSALS);
                outcome.refusals.extend(refused.into_iter().take(MAX_REFUSALS).map(|refusal| {
                    match refusal.rule {
                        Some(rule) => format!("rule `{rule}`: {}", refusal.reason),
                        None => refusal.reason,
                    }
                }));
                if more > 0 {
                    outcome.refusals.push(format!("{more} more parts of its answer were refused"));
                }
            }
            Ok(Err(why)) => {
                self.release(instance);
                outcome.failure = Some(format!("could not judge it: {}", phrase(&why)));
            }
            // The instance is of no use any more.
            Err(Failure { reason }) => outcome.failure = Some(reason),
        }
        outcome
    }

    /// What the plugin used so far.
    pub(super) fn usage(&self) -> Usage {
        *self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, instance: &Instance, before: Option<u64>) {
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        usage.calls += 1;
        usage.memory = usage.memory.max(instance.memory());
        if let (Some(now), Some(before)) = (instance.fuel(), before) {
            usage.fuel = Some(usage.fuel.unwrap_or(0) + (now - before));
        }
    }

    fn release(&self, instance: Instance) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
    }

    fn instance(&self, plugin: &Plugin, snapshot: &Snapshot) -> Result<Instance, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(instance) = idle {
            return Ok(instance);
        }
        let code = &plugin.code;
        let linked = code.linked().map_err(|error| Failure::new(error.to_string()))?;
        let snapshot = Some(snapshot.clone());
        let mut instance = Instance::start(&code.machine, linked, &plugin.limits, snapshot)?;
        instance.configure(&plugin.config)?;
        Ok(instance)
    }

    /// Tells what the plugin found, said and failed at, in the order of the files.
    ///
    /// Which files were judged before it was given up hung on the threads; so those
    /// that come first and were passed over are judged now, until it failed as often
    /// in their order.
    pub(super) fn conclude(&self, plugin: &Plugin, run: &mut Run<'_>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let repository =
            std::mem::take(&mut *self.repository.lock().unwrap_or_else(PoisonError::into_inner));
        let mut failures = 0;
        let mut stopped_at: Option<ArtifactPath> = None;
        let mut not_judged = 0;
        if self.cannot.get().is_none() {
            for (path, outcome) in &mut files.by_path {
                if failures >= plugin.limits.failures {
                    stopped_at.get_or_insert_with(|| path.clone());
                    not_judged += 1;
                    continue;
                }
                if !outcome.asked
                    && let Some(artifact) = run.snapshot.artifact(path.as_str())
                {
                    let rules = std::mem::take(&mut outcome.rules);
                    *outcome = self.ask(plugin, Some(artifact), rules, run);
                }
                failures += usize::from(outcome.failure.is_some());
            }
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let name = &plugin.metadata.name;
        let failed = |message: String| Notification::new(NotificationKind::PluginFailed, message);
        if let Some(reason) = self.cannot.get() {
            // It fails alike for every file, so what some thread got of it is worth
            // nothing.
            run.snapshot.notify(failed(format!("plugin `{name}` {reason}")));
            return;
        }
        if let Some(first) = stopped_at {
            files.by_path.split_off(&first);
            let message = format!(
                "plugin `{name}` failed {failures} times and was stopped; {not_judged} more files \
                 were not judged by it"
            );
            run.snapshot.notify(failed(message));
        }
        files.cut(plugin.limits.findings);
        let mut left_out = 0;
        let outcomes = files.by_path.into_iter().map(|(path, outcome)| (Some(path), outcome));
        for (path, outcome) in outcomes.chain(repository.into_iter().map(|outcome| (None, outcome)))
        {
            let told = |kind: NotificationKind, message: String| {
                let notification = Notification::new(kind, message);
                run.snapshot.notify(match &path {
                    Some(path) => notification.in_artifact(path.clone()),
                    None => notification,
                });
            };
            let rules = || named(plugin, &outcome.rules);
            let over = if path.is_some() { "" } else { " over the repository" };
            if let Some(reason) = &outcome.failure {
                let message = format!("plugin `{name}` {reason}{over} ({})", rules());
                told(NotificationKind::PluginFailed, message);
            }
            if outcome.unread {
                let message = "too large, or no readable text: no plugin judged it".to_owned();
                told(NotificationKind::TooLarge, message);
            }
            for refusal in &outcome.refusals {
                let message = format!("plugin `{name}`: {refusal}{over}");
                told(NotificationKind::PluginFailed, message);
            }
            for (level, line) in &outcome.log {
                let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
                let message = format!("plugin `{name}`, {}: {line}", level.as_str());
                told(NotificationKind::PluginLog, message);
            }
            left_out += outcome.left_out;
            run.findings.extend(outcome.findings);
        }
        if left_out > 0 {
            let message = format!(
                "plugin `{name}` found more than {} faults; the rest was left out",
                plugin.limits.findings
            );
            run.snapshot.notify(failed(message));
        }
    }
}

/// The rules that were asked for, in words.
fn named(plugin: &Plugin, rules: &[usize]) -> String {
    const SHOWN: usize = 3;
    let mut words: Vec<String> =
        rules.iter().take(SHOWN).map(|rule| format!("`{}`", short(plugin.rules[*rule]))).collect();
    if rules.len() > SHOWN {
        words.push(format!("{} more", rules.len() - SHOWN));
    }
    let noun = if rules.len() == 1 { "rule" } else { "rules" };
    format!("{noun} {}", words.join(", "))
}

/// The place of a file whose text can be read.
fn place(snapshot: &Snapshot, artifact: &Artifact) -> Option<usize> {
    snapshot.text(artifact)?;
    snapshot.artifacts().element_offset(artifact)
}
