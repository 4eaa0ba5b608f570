//! A scan in small: files in memory, plugins, and what comes of them.

use std::sync::Arc;

use rayon::prelude::*;
use seaworthy_analysis::{Artifact, Options, RuleSource as _, Run, Snapshot};
use seaworthy_model::{Notification, NotificationKind, Rule};
use seaworthy_plugin_host::{Cache, Digest, Host, Limits, PluginRequest, PluginRun, Plugins};
use seaworthy_testkit::{Fixture, snapshot};
use serde_json::{Value, json};

use crate::guest::Guest;

/// Files in memory.
pub(crate) fn files(files: &[(&str, &str)]) -> Snapshot {
    let text: String = files.iter().map(|(path, text)| format!("//- {path}\n{text}")).collect();
    snapshot(&Fixture::parse(&text), false, Options::default())
}

/// A plugin loaded by a host without a cache.
pub(crate) fn plugins(guests: &[&Guest]) -> Arc<Plugins> {
    plugins_with(guests, &json!({}), None)
}

pub(crate) fn plugins_with(
    guests: &[&Guest],
    config: &Value,
    limits: Option<&Limits>,
) -> Arc<Plugins> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let host = Host::new(Cache::none());
    let requests: Vec<PluginRequest> = guests
        .iter()
        .enumerate()
        .map(|(at, guest)| {
            let bytes = guest.build();
            let path = directory.path().join(format!("{at}.wasm"));
            std::fs::write(&path, &bytes).expect("it can be written");
            PluginRequest {
                name: guest.name.clone(),
                digest: Digest::of(&bytes),
                component: Some(path),
                config: config.clone(),
                limits: limits.cloned(),
                trusted: true,
            }
        })
        .collect();
    Arc::new(Plugins::load(&host, &requests))
}

/// What a scan says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Path, rule and message of each finding.
    pub(crate) findings: Vec<String>,
    /// Kind, path and message of each notification.
    pub(crate) notifications: Vec<String>,
}

/// Scans with this many threads.
pub(crate) fn scan_by(plugins: &Arc<Plugins>, snapshot: &Snapshot, threads: usize) -> Told {
    let run = PluginRun::new(Arc::clone(plugins));
    let wanted = |_: &Rule, _: Option<&Artifact>| true;
    let new = || Run { snapshot, wanted: &wanted, findings: Vec::new() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| {
        snapshot.artifacts().par_iter().for_each(|artifact| {
            let mut own = new();
            own.check_file(&run, artifact);
            assert!(own.findings.is_empty(), "they are told at the end");
        });
        new().check_whole(&run);
    });
    let mut end = new();
    run.conclude(&mut end);
    let findings = end.findings.iter();
    let findings = findings
        .map(|finding| {
            let (path, rule) = (&finding.location.artifact, finding.rule.id);
            format!("{path} {rule}: {}", finding.message)
        })
        .collect();
    let mut notifications = snapshot.notifications();
    notifications.extend(plugins.notifications().iter().cloned());
    Told { findings, notifications: notifications.iter().map(line).collect() }
}

pub(crate) fn scan(plugins: &Arc<Plugins>, snapshot: &Snapshot) -> Told {
    scan_by(plugins, snapshot, 2)
}

fn line(notification: &Notification) -> String {
    let kind = match notification.kind {
        NotificationKind::PluginFailed => "failed",
        NotificationKind::PluginNotRun => "not run",
        NotificationKind::PluginLog => "log",
        _ => "other",
    };
    let path = notification.artifact.as_ref().map_or("-", |path| path.as_str());
    format!("{kind} {path}: {}", notification.message)
}
