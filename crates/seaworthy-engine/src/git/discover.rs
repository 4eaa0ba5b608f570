//! Finding the repository that a directory belongs to, as git does: upwards,
//! through `.git` directories and the `gitdir:` files of worktrees and
//! submodules. Environment variables such as `GIT_DIR` are not asked, so that
//! the answer depends on the files alone.

use std::path::{Path, PathBuf};

use super::GitError;
use super::files::{path_of, read_small};

/// Where a repository keeps its things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Where `HEAD` and the index are.
    pub(super) git_dir: PathBuf,
    /// Where objects, shared refs, `config` and `info` are: the git directory
    /// of the main worktree.
    pub(super) common_dir: PathBuf,
    /// The top of the working tree; `None` when the root is a git directory.
    pub(super) top: Option<PathBuf>,
}

impl Layout {
    /// Whether this is a linked worktree, which shares the repository.
    pub(super) fn is_linked(&self) -> bool {
        self.git_dir != self.common_dir
    }
}

/// The repository of `root`, an absolute path; `None` when there is none.
///
/// # Errors
/// When a `.git` file is malformed or leads nowhere, or when the only `.git`
/// there is is not a git directory.
pub(super) fn discover(root: &Path) -> Result<Option<Layout>, GitError> {
    let mut broken = None;
    for top in root.ancestors() {
        let dot_git = top.join(".git");
        if let Ok(metadata) = std::fs::metadata(&dot_git) {
            if metadata.is_file() {
                let layout = layout_of(&follow(&dot_git)?, Some(top));
                return layout.map(Some).ok_or(GitError::Broken { path: dot_git });
            }
            match layout_of(&dot_git, Some(top)) {
                Some(layout) => return Ok(Some(layout)),
                // Git, too, goes on upwards past a directory that only bears
                // the name.
                None => broken = broken.or(Some(dot_git)),
            }
        }
        if top == root
            && let Some(layout) = layout_of(top, None)
        {
            return Ok(Some(layout));
        }
    }
    broken.map_or(Ok(None), |path| Err(GitError::Broken { path }))
}

/// The directory that a `gitdir: …` file names.
fn follow(file: &Path) -> Result<PathBuf, GitError> {
    let text = read_small(file)?.unwrap_or_default();
    let target = text.strip_prefix(b"gitdir: ").map(<[u8]>::trim_ascii_end);
    match target {
        Some(target) if !target.is_empty() => {
            Ok(file.parent().unwrap_or(file).join(path_of(target)))
        }
        _ => Err(GitError::Broken { path: file.to_owned() }),
    }
}

/// The layout of a git directory, if it is one: git asks for a `HEAD`, objects
/// and refs.
fn layout_of(git_dir: &Path, top: Option<&Path>) -> Option<Layout> {
    let head = std::fs::symlink_metadata(git_dir.join("HEAD")).ok()?;
    if head.is_dir() {
        return None;
    }
    let common_dir = match read_small(&git_dir.join("commondir")).ok().flatten() {
        Some(text) => git_dir.join(path_of(text.trim_ascii_end())),
        None => git_dir.to_owned(),
    };
    let whole = common_dir.join("objects").is_dir() && common_dir.join("refs").is_dir();
    whole.then(|| Layout { git_dir: git_dir.to_owned(), common_dir, top: top.map(Path::to_owned) })
}
