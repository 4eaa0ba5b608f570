//! `seaworthy.lock`: which bytes a plugin's name stands for.
//!
//! The file lies beside the root `seaworthy.toml` and is committed. A plugin without
//! an entry does not run, nor does one whose bytes are not those of its entry. It is
//! written by `seaworthy plugin` alone and read strictly: it belongs to the audited
//! repository, so everything in it is counted and measured.

use std::fmt::Write as _;

use seaworthy_syntax::{NodeRef, toml};

use crate::Digest;

/// The name of the lock file.
pub const LOCK_FILE: &str = "seaworthy.lock";

/// The most bytes of a lock file.
pub const MAX_LOCK_BYTES: u64 = 1024 * 1024;

/// The version of the form that is read and written.
const VERSION: &str = "1";
/// The most plugins that are pinned.
const MAX_PLUGINS: usize = 100;
/// The most rules of a plugin, as the contract has it.
const MAX_RULES: usize = 256;

/// What a repository pins, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    plugins: Vec<Locked>,
}

/// One pinned plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its name, the first half of its rules' ids.
    pub name: String,
    /// Where it was taken from, as the settings write it.
    pub source: String,
    /// What that led to: with the version of a package, the digest of an artifact.
    pub resolved: String,
    /// Its version.
    pub version: String,
    /// The major version of the contract that it was built for.
    pub api: u64,
    /// What its bytes must be.
    pub sha256: Digest,
    /// The ids of its rules without its name, sorted.
    pub rules: Vec<String>,
}

/// Why a lock file cannot be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LockError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Lock {
    /// Reads a lock file.
    ///
    /// # Errors
    /// When anything in it is not as it was written: a lock is believed whole or
    /// not at all.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let tree = toml::parse(text);
        let at = |offset: usize, reason: String| LockError { line: line_of(text, offset), reason };
        if let Some(error) = tree.errors().first() {
            return Err(at(error.region.start, error.message.clone()));
        }
        let mut lock = Self::default();
        let mut versioned = false;
        for entry in tree.root().entries() {
            match entry.key.scalar() {
                Some("version") if number(entry.value) == Some(VERSION) => versioned = true,
                Some("version") => {
                    let reason = "a form of lock file that this version does not read".to_owned();
                    return Err(at(entry.value.region().start, reason));
                }
                Some("plugin") if entry.value.is_sequence() => {
                    for table in entry.value.items() {
                        let start = table.region().start;
                        let locked = locked(table).map_err(|reason| at(start, reason))?;
                        if lock.get(&locked.name).is_some() {
                            return Err(at(start, format!("`{}` is pinned twice", locked.name)));
                        }
                        if lock.plugins.len() == MAX_PLUGINS {
                            return Err(at(start, format!("more than {MAX_PLUGINS} plugins")));
                        }
                        lock.set(locked);
                    }
                }
                _ => return Err(at(entry.key.region().start, "an unknown key".to_owned())),
            }
        }
        if !versioned {
            return Err(at(0, format!("`version = {VERSION}` is missing")));
        }
        Ok(lock)
    }

    /// The file's text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = format!(
            "# Written by `seaworthy plugin`; commit it, and do not edit it.\nversion = {VERSION}\n"
        );
        for Locked { name, source, resolved, version, api, sha256, rules } in &self.plugins {
            let _ = write!(
                text,
                "\n[[plugin]]\nname = {}\nsource = {}\nresolved = {}\nversion = {}\napi = {api}\n\
                 sha256 = \"{sha256}\"\nrules = [\n",
                quoted(name),
                quoted(source),
                quoted(resolved),
                quoted(version),
            );
            for rule in rules {
                let _ = writeln!(text, "    {},", quoted(rule));
            }
            text.push_str("]\n");
        }
        text
    }

    /// The pinned plugins, sorted by name.
    #[must_use]
    pub fn plugins(&self) -> &[Locked] {
        &self.plugins
    }

    /// The entry of a plugin.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Locked> {
        let place = self.place(name).ok()?;
        self.plugins.get(place)
    }

    /// Pins a plugin; gives what was pinned by that name before.
    pub fn set(&mut self, locked: Locked) -> Option<Locked> {
        match self.place(&locked.name) {
            Ok(place) => Some(std::mem::replace(&mut self.plugins[place], locked)),
            Err(place) => {
                self.plugins.insert(place, locked);
                None
            }
        }
    }

    /// Drops the entry of a plugin.
    pub fn remove(&mut self, name: &str) -> Option<Locked> {
        Some(self.plugins.remove(self.place(name).ok()?))
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.plugins.binary_search_by(|known| known.name.as_str().cmp(name))
    }
}

/// Reads one `[[plugin]]`.
fn locked(table: NodeRef<'_>) -> Result<Locked, String> {
    const KEYS: [&str; 7] = ["api", "name", "resolved", "rules", "sha256", "source", "version"];
    let unknown = table
        .entries()
        .into_iter()
        .find(|entry| !entry.key.scalar().is_some_and(|k| KEYS.contains(&k)));
    if unknown.is_some() {
        return Err("an unknown key in a plugin's entry".to_owned());
    }
    let string = |key: &str, most: usize| -> Result<String, String> {
        let text = table.get(key).and_then(NodeRef::as_str);
        text.filter(|text| !text.is_empty() && text.len() <= most && is_plain(text))
            .map(str::to_owned)
            .ok_or_else(|| format!("`{key}` is missing or not as it was written"))
    };
    let name = string("name", 32)?;
    if !is_kebab(&name) {
        return Err("`name` is no name of a plugin".to_owned());
    }
    let sha256 = string("sha256", 64)?.parse();
    let api = table.get("api").and_then(number).and_then(|text| text.parse().ok());
    let mut rules = Vec::new();
    for item in table.get("rules").into_iter().flat_map(|list| list.items()) {
        let id = item.as_str().filter(|id| is_kebab(id) && id.len() <= 64);
        rules.push(id.ok_or("`rules` holds what is no id")?.to_owned());
        if rules.len() > MAX_RULES {
            return Err(format!("more than {MAX_RULES} rules"));
        }
    }
    Ok(Locked {
        source: string("source", 4_096)?,
        resolved: string("resolved", 4_096)?,
        version: string("version", 128)?,
        api: api.ok_or("`api` is missing or no number")?,
        sha256: sha256.map_err(|()| "`sha256` is no SHA-256 in lower-case hex".to_owned())?,
        rules,
        name,
    })
}

/// The text of a number.
fn number(node: NodeRef<'_>) -> Option<&str> {
    node.scalar().filter(|_| node.as_str().is_none())
}

/// Whether a text is a name as plugins and their rules have it: `a-z`, `0-9` and `-`,
/// a letter in front.
#[must_use]
pub fn is_kebab(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// A basic string of TOML.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(name: &str) -> Locked {
        Locked {
            name: name.to_owned(),
            source: "https://example.com/a \"b\"\\c.wasm".to_owned(),
            resolved: "npm:@team/a@1.2.0".to_owned(),
            version: "1.2.0".to_owned(),
            api: 1,
            sha256: Digest::of(name.as_bytes()),
            rules: vec!["no-root".to_owned(), "a1".to_owned()],
        }
    }

    #[test]
    fn a_lock_is_read_as_it_was_written_and_sorted() {
        let mut lock = Lock::default();
        for name in ["prisma", "env-policy", "supabase"] {
            assert_eq!(lock.set(locked(name)), None);
        }
        let names: Vec<_> = lock.plugins().iter().map(|locked| locked.name.as_str()).collect();
        assert_eq!(names, ["env-policy", "prisma", "supabase"]);
        assert_eq!(Lock::parse(&lock.render()), Ok(lock.clone()));
        assert_eq!(lock.set(Locked { api: 2, ..locked("prisma") }), Some(locked("prisma")));
        assert_eq!(lock.get("prisma").map(|locked| locked.api), Some(2));
        assert!(lock.remove("prisma").is_some() && lock.remove("prisma").is_none());
        assert_eq!(Lock::parse(&Lock::default().render()), Ok(Lock::default()));
    }

    #[test]
    fn a_lock_that_was_tampered_with_is_not_believed() {
        let mut lock = Lock::default();
        lock.set(locked("prisma"));
        let text = lock.render();
        let entry = text.split_once("\n[[").expect("there is an entry").1;
        let cases = [
            (String::new(), "line 1: `version = 1` is missing"),
            ("version = 2\n".to_owned(), "line 1: a form of lock file"),
            ("version = \"1\"\n".to_owned(), "line 1: a form of lock file"),
            (format!("{text}\n[[{entry}"), "`prisma` is pinned twice"),
            (text.replace("\"prisma\"", "\"Prisma\""), "line 4: `name` is no name of a plugin"),
            (text.replace("\"prisma\"", "\"a/b\""), "`name` is no name"),
            (text.replace("\"prisma\"", "3"), "`name` is missing"),
            (text.replace("sha256 = \"", "sha256 = \"A"), "`sha256` is missing"),
            (text.replace("api = 1", "api = -1"), "`api` is missing or no number"),
            (text.replace("api = 1", "api = \"1\""), "`api` is missing"),
            (text.replace("api = 1", "apis = 1"), "an unknown key"),
            (text.replace("\"a1\"", "\"a\\nb\""), "`rules` holds what is no id"),
            (text.replace("= \"1.2.0", "= \"1\\u001b[2J"), "`version` is missing or not"),
            (
                text.replace("\"a1\"", "\"a1\", ".repeat(257).trim_end_matches(", ")),
                "more than 256 rules",
            ),
            (text.replace("[[plugin]]", "[[plugins]]"), "an unknown key"),
            (text.replace("version = 1\n", "version = 1\nmore = [\n"), "line"),
        ];
        for (text, want) in cases {
            let error = Lock::parse(&text).expect_err(want).to_string();
            assert!(error.contains(want), "{want}: {error}");
        }
    }

    #[test]
    fn hostile_locks_cost_little() {
        let many: String = (0..2_000)
            .map(|n| Lock { plugins: vec![locked(&format!("p{n}"))] }.render())
            .map(|text| text.split_once("\n[[").expect("an entry").1.to_owned())
            .map(|entry| format!("[[{entry}"))
            .collect();
        let text = format!("version = 1\n{many}");
        assert!(Lock::parse(&text).is_err_and(|error| error.reason.contains("more than 100")));
        assert!(Lock::parse(&"[".repeat(200_000)).is_err());
    }
}
