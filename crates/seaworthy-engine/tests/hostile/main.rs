//! Scans of trees that were made to hurt, and of trees as editors and git leave
//! them: nothing panics, nothing takes long, what is wrong is told with its
//! place, and a good file beside it is still judged.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod content;
mod detectors;
mod editor;
mod repository;
mod secrets;
mod tree;

use std::path::{Path, PathBuf};

use seaworthy_engine::{Scan, ScanOptions};
use seaworthy_model::{ArtifactPath, BaselineState, NotificationKind};
use tempfile::TempDir;

/// The rule that the good file breaks.
const RULE: &str = "public-env-secret";

/// An env file with one finding, at its first line.
const BAD_LINE: &str = "NEXT_PUBLIC_API_SECRET_KEY=q7Vd2mXw9Tz4LkP8sRb3\n";

/// What is done to a bench before it is scanned.
type Prepare<'a> = &'a dyn Fn(&Bench);

/// A temporary directory.
struct Bench {
    home: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// With a file in `good` that has a finding.
    fn with_good_file() -> Self {
        let bench = Self::new();
        bench.write("good/.env", BAD_LINE);
        bench
    }

    fn root(&self) -> &Path {
        self.home.path()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn options(&self) -> ScanOptions {
        ScanOptions::new(self.root().to_owned())
    }

    fn scan(&self) -> Scan {
        scan(&self.options())
    }

    /// Scans, and sees to it that the good file was judged.
    fn scan_with_good_file(&self) -> Scan {
        let scan = self.scan();
        assert!(found(&scan).contains(&"good/.env:1".to_owned()), "{:?}", scan.report);
        scan
    }
}

fn scan(options: &ScanOptions) -> Scan {
    let scan = seaworthy_engine::scan(options).unwrap();
    let failed = told_of(&scan, NotificationKind::RuleFailed);
    assert!(failed.is_empty(), "{failed:?}");
    scan
}

/// Where [`RULE`] speaks of what is new: `path:line`; with `*` when it is silenced.
fn found(scan: &Scan) -> Vec<String> {
    let of_rule = scan.report.findings.iter().filter(|finding| finding.rule.id == RULE);
    of_rule
        .filter(|finding| finding.baseline != Some(BaselineState::Unchanged))
        .map(|finding| {
            let location = &finding.location;
            let silenced = if finding.suppression.is_some() { "*" } else { "" };
            format!("{}:{}{silenced}", location.artifact, location.start.line)
        })
        .collect()
}

/// The paths of the notifications of a kind; `""` for the run as a whole.
fn told_of(scan: &Scan, kind: NotificationKind) -> Vec<&str> {
    let of_kind = scan.report.notifications.iter().filter(|told| told.kind == kind);
    of_kind.map(|told| told.artifact.as_ref().map_or("", ArtifactPath::as_str)).collect()
}

/// The messages about a path.
fn said_about(scan: &Scan, path: &str) -> String {
    let about = |told: &&seaworthy_model::Notification| {
        told.artifact.as_ref().map_or("", ArtifactPath::as_str) == path
    };
    let messages: Vec<&str> =
        scan.report.notifications.iter().filter(about).map(|told| &*told.message).collect();
    messages.join("; ")
}
