//! The few settings of a repository's own `config` that an audit must know.
//!
//! Includes and the user's and the system's configuration are left out: they
//! belong to the machine, not to the repository.

use std::path::Path;

use super::GitError;
use super::files::read;

const MAX_CONFIG_BYTES: u64 = 4 * 1024 * 1024;

/// What the configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) bare: bool,
    pub(super) ignore_case: bool,
    pub(super) sparse_checkout: bool,
    pub(super) partial_clone: bool,
    pub(super) sha256: bool,
    pub(super) reftable: bool,
    worktree_config: bool,
    /// The address of `origin` without credentials.
    pub(super) origin: Option<String>,
}

impl Config {
    /// Reads the shared configuration and, if that asks for it, the worktree's.
    pub(super) fn read(common_dir: &Path, git_dir: &Path) -> Result<Self, GitError> {
        let mut config = Self::default();
        config.add_file(&common_dir.join("config"))?;
        if config.worktree_config {
            config.add_file(&git_dir.join("config.worktree"))?;
        }
        Ok(config)
    }

    fn add_file(&mut self, path: &Path) -> Result<(), GitError> {
        if let Some(bytes) = read(path, MAX_CONFIG_BYTES)? {
            self.add(&String::from_utf8_lossy(&bytes));
        }
        Ok(())
    }

    fn add(&mut self, text: &str) {
        for_each_setting(text, |section, key, value| {
            let on = matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1");
            match (section, key) {
                ("core", "bare") => self.bare = on,
                ("core", "ignorecase") => self.ignore_case = on,
                ("core", "sparsecheckout") => self.sparse_checkout = on,
                ("extensions", "partialclone") => self.partial_clone = true,
                ("extensions", "worktreeconfig") => self.worktree_config = on,
                ("extensions", "objectformat") => {
                    self.sha256 = value.eq_ignore_ascii_case("sha256")
                }
                ("extensions", "refstorage") => self.reftable = value.starts_with("reftable"),
                ("remote \"origin\"", "url") => self.origin = public_address(value),
                (_, "promisor") if section.starts_with("remote ") => self.partial_clone |= on,
                _ => {}
            }
        });
    }
}

/// Calls `each` with section, key (both in lower case but for a sub-section)
/// and value of every setting. Lines that make no sense are passed over.
fn for_each_setting(text: &str, mut each: impl FnMut(&str, &str, &str)) {
    let mut section = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let Some((name, rest)) = header.split_once(']') else { continue };
            section = match name.split_once(char::is_whitespace) {
                Some((name, sub)) => format!("{} {}", name.to_ascii_lowercase(), sub.trim()),
                None => name.to_ascii_lowercase(),
            };
            line = rest.trim();
        }
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (key, raw) = line.split_once('=').unwrap_or((line, "true"));
        let mut value = String::new();
        let mut quoted = false;
        let mut raw = raw.trim_start();
        while unquote(raw, &mut quoted, &mut value) {
            let Some(next) = lines.next() else { break };
            raw = next;
        }
        each(&section, &key.trim().to_ascii_lowercase(), value.trim_end());
    }
}

/// Appends the value that `raw` spells. Returns whether it goes on in the next
/// line.
fn unquote(raw: &str, quoted: &mut bool, value: &mut String) -> bool {
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => *quoted = !*quoted,
            '#' | ';' if !*quoted => return false,
            '\\' => match letters.next() {
                None => return true,
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(other) => value.push(other),
            },
            other => value.push(other),
        }
    }
    false
}

/// A remote's address without user, password or token; `None` for what names no
/// public place, such as a path of this machine.
fn public_address(url: &str) -> Option<String> {
    if let Some((scheme, rest)) = url.split_once("://") {
        let known = ["https", "http", "ssh", "git", "git+ssh", "ssh+git"];
        if !known.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return None;
        }
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        // A credential with a slash in it would reach into what looks like the
        // path; then nothing is safe to show.
        let safe = !host.is_empty() && !path.contains('@') && plain(host) && plain(path);
        return safe.then(|| format!("{}://{host}/{path}", scheme.to_ascii_lowercase()));
    }
    // The short form of ssh: [user@]host:path.
    let (place, path) = url.split_once(':')?;
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    let safe = host.len() > 1
        && !place.contains(['/', '\\'])
        && !path.starts_with(':')
        && !path.contains('@')
        && plain(host)
        && plain(path);
    safe.then(|| format!("ssh://{host}/{}", path.trim_start_matches('/')))
}

/// Whether a URI may hold the text as it is.
fn plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !br#"<>"\^`{|}"#.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_git_writes_them() {
        let mut config = Config::default();
        config.add(
            "# c\n[core]\n\tbare = false ; no\n\tignoreCase\n[extensions] worktreeConfig = yes\n\
             [remote \"other\"]\nurl = https://other.example/x\npromisor = true\n\
             [remote \"origin\"]\n\turl = \"https://host.example\\\n/o/r.git\"\n[broken\nbare = true\n",
        );
        assert!(config.ignore_case && config.worktree_config && config.partial_clone);
        assert!(!config.bare);
        assert_eq!(config.origin.as_deref(), Some("https://host.example/o/r.git"));
    }

    #[test]
    fn addresses_lose_their_credentials() {
        let cases = [
            ("https://github.com/o/r.git", Some("https://github.com/o/r.git")),
            ("https://user:pw@github.com/o/r.git", Some("https://github.com/o/r.git")),
            ("https://token@github.com/o/r?private_token=x", Some("https://github.com/o/r")),
            ("https://user:p@w@github.com/o/r", Some("https://github.com/o/r")),
            ("https://user:p/w@github.com/o/r", None),
            ("git@github.com:o/r.git", Some("ssh://github.com/o/r.git")),
            ("ssh://git@host.example:2222/o/r", Some("ssh://host.example:2222/o/r")),
            ("/srv/git/r.git", None),
            ("../r.git", None),
            ("file:///srv/r.git", None),
            ("C:\\r", None),
            ("ext::sh -c x", None),
        ];
        for (url, want) in cases {
            assert_eq!(public_address(url).as_deref(), want, "{url}");
        }
    }
}
