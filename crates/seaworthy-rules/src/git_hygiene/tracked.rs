//! Words about tracked paths that several rules share.

use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_model::split_last;

/// The command that takes a path out of the index and leaves it on disk.
pub(super) fn untrack(path: &str) -> String {
    format!("`git rm --cached {}`", shell_word(path))
}

/// The command that takes a directory out of the index.
pub(super) fn untrack_directory(path: &str) -> String {
    format!("`git rm -r --cached {}`", shell_word(path))
}

fn shell_word(path: &str) -> String {
    let plain = !path.is_empty()
        && !path.starts_with('-')
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/+@%=:,".contains(&b));
    if plain {
        return path.to_owned();
    }
    let shown: String = path.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    format!("-- '{}'", shown.replace('\'', "'\\''"))
}

/// The directory of a path, `""` at the root.
pub(super) fn parent(path: &str) -> &str {
    split_last(path, b'/').map_or("", |(parent, _)| parent)
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    split_last(path, b'/').map_or(path, |(_, name)| name)
}

/// A path in a directory, where `""` is the root.
pub(super) fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// Whether a directory holds tests, fixtures or mocks.
pub(super) fn is_test_directory(directory: &str) -> bool {
    directory_role(directory) == Role::Test
}

/// Whether a directory holds texts and examples for people.
pub(super) fn is_docs_directory(directory: &str) -> bool {
    directory_role(directory) == Role::Docs
}

/// The role of ordinary source in a directory.
fn directory_role(directory: &str) -> Role {
    file_role(&join(directory, "source.swift"), None).role
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_quote_what_a_shell_would_read() {
        assert_eq!(untrack("a/.env"), "`git rm --cached a/.env`");
        assert_eq!(untrack("a b"), "`git rm --cached -- 'a b'`");
        assert_eq!(untrack("-x"), "`git rm --cached -- '-x'`");
        assert_eq!(untrack("it's\n"), "`git rm --cached -- 'it'\\''s?'`");
    }

    #[test]
    fn directories_have_roles() {
        assert!(is_test_directory("packages/a/__tests__/repo"));
        assert!(!is_test_directory("src"));
        assert!(is_docs_directory("docs/setup"));
    }
}
