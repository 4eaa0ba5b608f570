//! The way of the data: walk, snapshot, rule sources, suppression, report.

use std::path::PathBuf;

use seaworthy_analysis::Snapshot;
use seaworthy_model::{ArtifactPath, Report, Scope};

use crate::baseline::{Choice, Comparison};
use crate::changes::{self, Since, View};
use crate::git::GitError;
use crate::plugins::PluginOptions;
use crate::prepare::Prepared;
use crate::settings::FailOn;

/// The largest file that is parsed unless told otherwise: 32 MiB.
pub const DEFAULT_MAX_FILE_SIZE: u64 = 32 * 1024 * 1024;

/// What the limit can be raised to: lines are counted by 32-bit offsets.
pub(crate) const GREATEST_MAX_FILE_SIZE: u64 = u32::MAX as u64 - 1;

/// What to scan, and how.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// The directory whose files are understood as one repository.
    pub root: PathBuf,
    /// Which state of the repository is looked at.
    pub view: View,
    /// What a finding must be new against to count; whatever is there counts when
    /// `None`.
    pub since: Option<Since>,
    /// Scan the history, too: the commits of this range, all when it is empty.
    pub history: Option<String>,
    /// Texts laid over the files, by path relative to the root.
    pub overlays: Vec<(ArtifactPath, String)>,
    /// Judge the overlays by themselves: neither the files below the root nor git
    /// are asked.
    pub alone: bool,
    /// Report only on these files and directories, relative to the root; on
    /// everything when empty. All files are understood either way.
    pub only: Vec<String>,
    /// A settings file to use instead of those that are found.
    pub config: Option<PathBuf>,
    /// When the scan fails; settings decide when `None`.
    pub fail_on: Option<FailOn>,
    /// The largest file that is parsed, in bytes.
    pub max_file_size: u64,
    /// How plugins are treated.
    pub plugins: PluginOptions,
    /// What findings are held against.
    pub baseline: Choice,
}

impl ScanOptions {
    /// A scan of the working tree below `root` by the defaults.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            view: View::WorkingTree,
            since: None,
            history: None,
            overlays: Vec::new(),
            alone: false,
            only: Vec::new(),
            config: None,
            fail_on: None,
            max_file_size: DEFAULT_MAX_FILE_SIZE,
            plugins: PluginOptions::default(),
            baseline: Choice::default(),
        }
    }
}

/// Why nothing could be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The root is not a directory that can be entered.
    #[error("{path}: {reason}")]
    Root {
        /// The path as given.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Only a git repository has an index and commits.
    #[error("{path}: not in a git repository, so {missing}")]
    NoRepository {
        /// The root.
        path: PathBuf,
        /// What was asked for.
        missing: &'static str,
    },
    /// There is no history without a git repository.
    #[error("{path}: not in a git repository, so there is no history")]
    NoHistory {
        /// The root.
        path: PathBuf,
    },
    /// A bare repository has commits alone.
    #[error("{path}: a bare repository has neither files nor an index; name the commit to look at")]
    Bare {
        /// The root.
        path: PathBuf,
    },
    /// A text was to be laid over a file outside the root.
    #[error("{path}: not a path below the root")]
    Overlay {
        /// The path as given.
        path: ArtifactPath,
    },
    /// The git repository cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The given settings file cannot be read.
    #[error("{path}: {reason}")]
    Config {
        /// The settings file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A finished scan.
#[derive(Debug)]
pub struct Scan {
    /// What was found.
    pub report: Report,
    /// What was looked at; fixes are planned against it.
    pub snapshot: Snapshot,
    /// What came of the comparison with the baseline, where there is one.
    pub baseline: Option<Comparison>,
}

/// Scans a repository.
///
/// # Errors
/// When there is nothing that could be scanned; whatever hinders only part of
/// the scan is a notification in the report.
pub fn scan(options: &ScanOptions) -> Result<Scan, ScanError> {
    let prepared = Prepared::new(options)?;
    let findings = prepared.judge(&prepared.snapshot).everything();
    let (mut report, baseline) = prepared.report(&prepared.snapshot, findings);
    report.scope = Scope {
        view: match &options.view {
            View::WorkingTree if options.alone => Some("standard input".to_owned()),
            View::WorkingTree => None,
            View::Index => Some("index".to_owned()),
            View::Commit(name) => Some(format!("commit {}", abbreviated(name))),
        },
        since: options
            .since
            .as_ref()
            .map(|since| abbreviated(&changes::told(prepared.repository(), since)).to_owned()),
        only: options.only.clone(),
    };
    Ok(Scan { report, snapshot: prepared.snapshot, baseline })
}

/// A commit's id as people write it.
fn abbreviated(name: &str) -> &str {
    let is_id = name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { &name[..10] } else { name }
}
