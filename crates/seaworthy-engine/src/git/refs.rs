//! Every ref, and what a revision names.

use gix_hash::ObjectId;

use super::GitError;
use super::discover::Layout;
use super::files::{read, read_small};
use super::head::{Head, MAX_PACKED_REFS_BYTES, resolve};
use super::objects::{Object, Reader};

/// No repository has more refs.
const MAX_REFS: usize = 1_000_000;
/// Directories of refs in each other.
const MAX_DEPTH: usize = 32;
/// Tags of tags that are followed.
const MAX_TAGS: usize = 16;

/// What `HEAD` and all refs point to, sorted and each once. A symbolic ref is left
/// out: what it points to is listed itself.
pub(super) fn tips(layout: &Layout, head: &Head) -> Result<Vec<ObjectId>, GitError> {
    let mut tips: Vec<ObjectId> = head.commit.into_iter().collect();
    tips.extend(below(layout, "refs/")?);
    tips.sort_unstable();
    tips.dedup();
    Ok(tips)
}

/// What the refs point to whose names begin with `prefix`, which ends with a slash;
/// sorted and each once.
pub(super) fn below(layout: &Layout, prefix: &str) -> Result<Vec<ObjectId>, GitError> {
    let mut tips: Vec<ObjectId> = Vec::new();
    if prefix.split('/').any(|part| part == ".." || part.contains(['\\', ':', '\0'])) {
        return Ok(tips);
    }
    let mut directories = vec![(layout.common_dir.join(prefix), 0)];
    if layout.is_linked() {
        directories.push((layout.git_dir.join(prefix), 0));
    }
    while let Some((directory, depth)) = directories.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && depth < MAX_DEPTH {
                directories.push((entry.path(), depth + 1));
            } else if kind.is_file()
                && let Ok(Some(text)) = read_small(&entry.path())
                && let Ok(id) = ObjectId::from_hex(text.trim_ascii_end())
            {
                tips.push(id);
            }
            if tips.len() + directories.len() > MAX_REFS {
                return Err(GitError::TooLarge {
                    what: "the list of refs".to_owned(),
                    limit: MAX_REFS as u64,
                });
            }
        }
    }
    let packed = read(&layout.common_dir.join("packed-refs"), MAX_PACKED_REFS_BYTES)?;
    for line in packed.as_deref().unwrap_or_default().split(|&byte| byte == b'\n') {
        if let Some((id, [b' ', name @ ..])) = line.split_at_checked(40)
            && name.starts_with(prefix.as_bytes())
            && let Ok(id) = ObjectId::from_hex(id)
        {
            tips.push(id);
        }
    }
    tips.sort_unstable();
    tips.dedup();
    Ok(tips)
}

/// The commit that a revision names: a ref, `HEAD` or `@`, an id or the beginning of
/// one, followed by any number of `~n` and `^n`.
pub(super) fn commit_of(
    layout: &Layout,
    head: &Head,
    reader: &Reader,
    revision: &str,
) -> Result<ObjectId, GitError> {
    let unknown = || GitError::Revision { revision: revision.to_owned() };
    let base = revision.find(['~', '^']).unwrap_or(revision.len());
    let (name, mut steps) = revision.split_at(base);
    let named = named(layout, head, reader, name)?.ok_or_else(unknown)?;
    let mut commit = peel(reader, named)?.ok_or_else(unknown)?;
    while let Some(kind) = steps.chars().next() {
        let digits =
            steps[1..].find(|c: char| !c.is_ascii_digit()).map_or(steps.len(), |at| at + 1);
        let number: u32 = match &steps[1..digits] {
            "" => 1,
            digits => digits.parse().map_err(|_| unknown())?,
        };
        steps = &steps[digits..];
        let (times, parent) = match kind {
            '~' => (number, 1),
            '^' if number == 0 => (0, 1),
            '^' => (1, number as usize),
            _ => return Err(unknown()),
        };
        for _ in 0..times {
            commit = *reader.commit(commit)?.parents.get(parent - 1).ok_or_else(unknown)?;
        }
    }
    Ok(commit)
}

fn named(
    layout: &Layout,
    head: &Head,
    reader: &Reader,
    name: &str,
) -> Result<Option<ObjectId>, GitError> {
    if matches!(name, "HEAD" | "@") {
        return Ok(head.commit);
    }
    for known in ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
        if let Some(id) = resolve(layout, format!("{known}{name}"))? {
            return Ok(Some(id));
        }
    }
    if let Some(id) = resolve(layout, format!("refs/remotes/{name}/HEAD"))? {
        return Ok(Some(id));
    }
    reader.by_prefix(name)
}

/// The commit that an object is or, as a tag, stands for.
pub(super) fn peel(reader: &Reader, mut id: ObjectId) -> Result<Option<ObjectId>, GitError> {
    for _ in 0..MAX_TAGS {
        match reader.object(id)? {
            Object::Commit => return Ok(Some(id)),
            Object::Tag(target) => id = target,
            Object::Other => return Ok(None),
        }
    }
    Ok(None)
}
