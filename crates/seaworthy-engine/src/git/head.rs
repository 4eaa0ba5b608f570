//! What `HEAD` points to, from loose refs and `packed-refs`.

use gix_hash::ObjectId;

use super::GitError;
use super::discover::Layout;
use super::files::{path_of, read, read_small};

pub(super) const MAX_PACKED_REFS_BYTES: u64 = 256 * 1024 * 1024;
/// Symbolic refs may point to symbolic refs; git follows five.
const MAX_HOPS: usize = 5;

/// `HEAD`, as far as it can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The branch, without `refs/heads/`; `None` when detached.
    pub(super) branch: Option<String>,
    /// The commit; `None` before the first one.
    pub(super) commit: Option<ObjectId>,
}

impl Head {
    pub(super) fn read(layout: &Layout) -> Result<Self, GitError> {
        let path = layout.git_dir.join("HEAD");
        let broken = || GitError::Broken { path: path.clone() };
        let text = match read_small(&path) {
            Ok(Some(text)) => text,
            // A `HEAD` that is a symbolic link, as very old repositories have.
            _ => match std::fs::read_link(&path) {
                Ok(target) => format!("ref: {}", target.display()).into_bytes(),
                Err(_) => return Err(broken()),
            },
        };
        match Target::read(&text).ok_or_else(broken)? {
            Target::Commit(commit) => Ok(Self { branch: None, commit: Some(commit) }),
            Target::Name(name) => Ok(Self {
                branch: name.strip_prefix("refs/heads/").map(str::to_owned),
                commit: resolve(layout, name)?,
            }),
        }
    }
}

enum Target {
    Name(String),
    Commit(ObjectId),
}

impl Target {
    fn read(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        match text.strip_prefix("ref:") {
            Some(name) => {
                let name = name.trim();
                is_safe(name).then(|| Self::Name(name.to_owned()))
            }
            None => ObjectId::from_hex(text.trim_end().as_bytes()).ok().map(Self::Commit),
        }
    }
}

/// Whether a ref's name stays below the git directory when taken as a path.
fn is_safe(name: &str) -> bool {
    name.starts_with("refs/")
        && !name.contains(['\\', '\0', ':'])
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// What a ref points to, symbolic refs followed; the name must stay below the git
/// directory.
pub(super) fn resolve(layout: &Layout, mut name: String) -> Result<Option<ObjectId>, GitError> {
    if !is_safe(&name) {
        return Ok(None);
    }
    for _ in 0..MAX_HOPS {
        let path = path_of(name.as_bytes());
        let mut loose = None;
        for dir in [&layout.git_dir, &layout.common_dir] {
            let file = dir.join(&path);
            // A directory of that name only holds other refs.
            if loose.is_none() && file.is_file() {
                loose = read_small(&file)?.map(|text| (file, text));
            }
        }
        let Some((file, text)) = loose else { return packed(layout, &name) };
        match Target::read(&text) {
            Some(Target::Commit(commit)) => return Ok(Some(commit)),
            Some(Target::Name(next)) => name = next,
            None => return Err(GitError::Broken { path: file }),
        }
    }
    Ok(None)
}

fn packed(layout: &Layout, name: &str) -> Result<Option<ObjectId>, GitError> {
    let path = layout.common_dir.join("packed-refs");
    let Some(bytes) = read(&path, MAX_PACKED_REFS_BYTES)? else { return Ok(None) };
    for line in bytes.split(|&byte| byte == b'\n') {
        if let Some((id, rest)) = line.split_at_checked(40)
            && rest.strip_prefix(b" ").map(<[u8]>::trim_ascii_end) == Some(name.as_bytes())
        {
            return ObjectId::from_hex(id).map(Some).map_err(|_| GitError::Broken { path });
        }
    }
    Ok(None)
}
