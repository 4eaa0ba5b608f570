//! Taking seaworthy into a repository: its hook and its pipeline.
//!
//! What is to be written is planned first, shown, and written only when somebody has
//! agreed. A file that exists keeps every byte that it has: lines are put between
//! its lines, and where that cannot be done for certain, the reader is told what to
//! add by hand. Planning again where all is done plans nothing.

mod hook;
mod insert;
mod pipeline;

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::fixes;
use crate::reason::reason;

/// The largest file that is edited.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Who runs the hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookTool {
    /// pre-commit, or prek: `.pre-commit-config.yaml`.
    PreCommit,
    /// lefthook: `lefthook.yml`.
    Lefthook,
    /// husky: `.husky/pre-commit`.
    Husky,
    /// lint-staged: `package.json` or `.lintstagedrc`.
    LintStaged,
    /// Git itself: a file in its directory of hooks.
    Git,
}

impl HookTool {
    /// The name, as its makers write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            HookTool::PreCommit => "pre-commit",
            HookTool::Lefthook => "lefthook",
            HookTool::Husky => "husky",
            HookTool::LintStaged => "lint-staged",
            HookTool::Git => "git",
        }
    }
}

/// Whose pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipeline {
    /// A workflow of GitHub.
    Github,
    /// A job in `.gitlab-ci.yml`.
    Gitlab,
}

/// What is to become of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: PathBuf,
    /// Its text now, when there is one.
    pub before: Option<String>,
    /// Its text then.
    pub after: String,
    /// Whether it is a program.
    pub executable: bool,
}

/// Without the texts: those of others may hold secrets.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What planning came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// A file is made or edited.
    Write(Change),
    /// It is there already.
    Present(PathBuf),
    /// The file cannot be edited for certain.
    ByHand {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
        /// What to add to it.
        add: String,
    },
}

/// Why nothing could be planned or written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct SetupError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl SetupError {
    fn new(path: &Path, reason: impl ToString) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// The tool that runs the hooks of a repository, by what lies in it.
#[must_use]
pub fn hook_tool(root: &Path) -> Option<HookTool> {
    hook::detect(root)
}

/// The pipelines of a repository, by what lies in it and where it was cloned from.
#[must_use]
pub fn pipeline(root: &Path) -> Option<Pipeline> {
    pipeline::detect(root)
}

/// Plans the hook. `hooks` is where git looks for its hooks, as git itself says.
///
/// # Errors
/// When a file that matters cannot be read.
pub fn plan_hook(root: &Path, tool: HookTool, hooks: Option<&Path>) -> Result<Plan, SetupError> {
    hook::plan(root, tool, hooks)
}

/// Plans the pipeline.
///
/// # Errors
/// When a file that matters cannot be read.
pub fn plan_pipeline(root: &Path, pipeline: Pipeline) -> Result<Plan, SetupError> {
    pipeline::plan(root, pipeline)
}

/// A change as its reader sees it: a new file whole, else what is added and where.
/// What others wrote is not shown, as it may hold secrets.
#[must_use]
pub fn shown(change: &Change) -> String {
    let Some(before) = &change.before else {
        return change.after.lines().map(|line| format!("+ {line}\n")).collect();
    };
    let diff = similar::TextDiff::from_lines(before.as_str(), change.after.as_str());
    let mut out = String::new();
    for hunk in diff.unified_diff().context_radius(0).iter_hunks() {
        let first = hunk.ops().first().map_or(0, |op| op.new_range().start);
        out.push_str(&format!("@@ line {} @@\n", first + 1));
        for line in hunk.iter_changes() {
            let text = line.value().trim_end_matches(['\n', '\r']);
            match line.tag() {
                similar::ChangeTag::Insert => out.push_str(&format!("+ {text}\n")),
                similar::ChangeTag::Delete => out.push_str(&format!("- {text}\n")),
                similar::ChangeTag::Equal => {}
            }
        }
    }
    out
}

/// Writes a change: all of it, or nothing.
///
/// # Errors
/// When the file has come or changed since it was planned, or cannot be written.
pub fn write(change: &Change) -> Result<(), SetupError> {
    let path = &change.path;
    let failed = |error: std::io::Error| SetupError::new(path, reason(&error));
    let directory = path.parent().unwrap_or(Path::new("."));
    if let Some(before) = &change.before {
        let edit = fixes::FileEdit {
            artifact: seaworthy_model::ArtifactPath::new(
                path.file_name().unwrap_or_default().to_string_lossy(),
            ),
            before: before.clone(),
            after: change.after.clone(),
            shown: (String::new(), String::new()),
            fixes: 1,
        };
        return fixes::write(directory, &edit).map_err(|error| match error {
            fixes::FixError::Io { source, .. } => failed(source),
            other => SetupError::new(path, other),
        });
    }
    std::fs::create_dir_all(directory).map_err(failed)?;
    let (temporary, mut file) = fixes::create_beside(path).map_err(failed)?;
    let written = file
        .write_all(change.after.as_bytes())
        .and_then(|()| permit(&file, change.executable))
        .and_then(|()| file.sync_all())
        // Unlike a rename, a link never takes the place of a file.
        .and_then(|()| std::fs::hard_link(&temporary, path));
    // Best effort: the error that matters is already at hand.
    let _ = std::fs::remove_file(&temporary);
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => SetupError::new(path, "it has come into being meanwhile"),
        _ => failed(error),
    })
}

#[cfg(unix)]
fn permit(file: &std::fs::File, executable: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = if executable { 0o755 } else { 0o644 };
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn permit(_: &std::fs::File, _: bool) -> std::io::Result<()> {
    Ok(())
}

/// The text of a plain file; `None` if there is none.
fn read(path: &Path) -> Result<Option<String>, SetupError> {
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SetupError::new(path, reason(&error))),
    };
    if !metadata.is_file() {
        return Err(SetupError::new(path, "not a plain file, so it is left alone"));
    }
    if metadata.len() > MAX_BYTES {
        return Err(SetupError::new(path, "too large to be edited"));
    }
    let text =
        std::fs::read_to_string(path).map_err(|error| SetupError::new(path, reason(&error)))?;
    Ok(Some(text))
}

/// A file that does not exist yet.
fn new_file(path: PathBuf, text: &str) -> Plan {
    Plan::Write(Change { path, before: None, after: text.to_owned(), executable: false })
}

/// An edit, if it could be made for certain.
fn edit(path: PathBuf, before: String, after: Option<String>, add: &str) -> Plan {
    match after {
        Some(after) => Plan::Write(Change { path, before: Some(before), after, executable: false }),
        None => Plan::ByHand {
            path,
            reason: "it is written in a way that is not edited for certain".to_owned(),
            add: add.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests;
