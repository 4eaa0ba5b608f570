//! Which of some variables any text of the repository names: what must be known before
//! a rule says that nobody reads one.
//!
//! Words are compared, not read: a name in a comment counts as well. So a variable that
//! is not found is read by nothing that lies in the repository under its name, and one
//! that is found may still be unused.

use std::collections::{BTreeMap, HashSet};

use seaworthy_analysis::{Artifact, DocumentKind, PieceSizes, Snapshot};
use seaworthy_model::split_last;

/// How many files and bytes are looked at; beyond, nothing is known.
const MOST_FILES: usize = 6_000;
const MOST_BYTES: usize = 16 << 20;

/// The longest name.
const MOST_NAME: usize = 96;

/// Looks for names with an underscore in every text of the repository that may read one
/// and that `counts`: not in env files, documents and lockfiles. `None` where there is
/// too much to look at.
///
/// A text may make a name out of pieces: `SMTP_` alone stands for all that begin so, and
/// so does the text `"SMTP"` of a program. In languages whose libraries derive a variable
/// from a field, `smtp_password` does for `SMTP_PASSWORD`.
pub(crate) fn named<'n>(
    snapshot: &Snapshot,
    names: &HashSet<&'n str>,
    counts: &dyn Fn(&Artifact) -> bool,
) -> Option<HashSet<&'n str>> {
    let counting: Vec<&Artifact> = snapshot
        .artifacts()
        .iter()
        .filter(|artifact| may_read(artifact.kind(), artifact.path().as_str()) && counts(artifact))
        .take(MOST_FILES + 1)
        .collect();
    let mut asked: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    asked.sort_unstable();
    let numbers: Vec<u32> = counting.iter().map(|artifact| artifact.number()).collect();
    let found = snapshot.answer((asked, numbers), || {
        let found = search(snapshot, names, &counting)?;
        Some(found.into_iter().map(str::to_owned).collect::<HashSet<String>>())
    })?;
    Some(names.iter().copied().filter(|name| found.contains(*name)).collect())
}

/// The names that these files name.
fn search<'n>(
    snapshot: &Snapshot,
    names: &HashSet<&'n str>,
    counting: &[&Artifact],
) -> Option<HashSet<&'n str>> {
    let mut search = Search::new(names);
    let mut buffer = Vec::new();
    let (mut files, mut bytes) = (0, 0);
    for &artifact in counting {
        if search.open.is_empty() {
            break;
        }
        let path = artifact.path().as_str();
        files += 1;
        if files > MOST_FILES || bytes > MOST_BYTES {
            return None;
        }
        snapshot.with_pieces(artifact, PieceSizes::DEFAULT, &mut buffer, |piece| {
            bytes += piece.text.len();
            search.look_at(path, piece.text);
        });
    }
    Some(search.found)
}

/// The names that one text names.
pub(crate) fn named_in<'n>(path: &str, text: &str, names: &HashSet<&'n str>) -> HashSet<&'n str> {
    let mut search = Search::new(names);
    search.look_at(path, text);
    search.found
}

/// What any search for names [sees](seaworthy_analysis::Sees) of a text: its words that
/// may be names or what they begin with, whatever their order.
pub(crate) fn words(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    let Some(text) = text.filter(|_| may_read(DocumentKind::Other, path)) else { return 0 };
    if speaks_of_prefix(text.as_bytes()) {
        return crate::hash(text);
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c: char| !is_word(c)).filter(|word| {
        // A beginning in quotes need not have an underscore.
        word.contains('_') || word.bytes().all(|byte| byte.is_ascii_uppercase())
    });
    let words: HashSet<&str> = words.filter(|word| !word.is_empty()).collect();
    words.into_iter().map(crate::hash).fold(0, u64::wrapping_add)
}

/// Whether a text names a variable, as a whole word.
pub(crate) fn says(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word)
    })
}

/// What a name begins with, up to each of its underscores.
fn beginnings(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('_').map(|(at, _)| &name[..at]).filter(|beginning| !beginning.is_empty())
}

struct Search<'n> {
    /// What names begin with, without the underscore that follows.
    beginnings: HashSet<&'n str>,
    /// The names by themselves in lower case.
    lower: BTreeMap<String, &'n str>,
    open: HashSet<&'n str>,
    found: HashSet<&'n str>,
}

impl<'n> Search<'n> {
    fn new(names: &HashSet<&'n str>) -> Self {
        Self {
            beginnings: names.iter().flat_map(|name| beginnings(name)).collect(),
            lower: names.iter().map(|name| (name.to_ascii_lowercase(), *name)).collect(),
            open: names.iter().copied().filter(|name| name.len() <= MOST_NAME).collect(),
            found: names.iter().copied().filter(|name| name.len() > MOST_NAME).collect(),
        }
    }

    fn look_at(&mut self, path: &str, text: &str) {
        let exact = is_exact(path);
        self.look(text, exact);
        if is_program(path) {
            self.look_at_quoted(text, exact);
        }
    }

    fn look(&mut self, text: &str, exact: bool) {
        let bytes = text.as_bytes();
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let mut end = 0;
        for at in memchr::memchr_iter(b'_', bytes) {
            if at < end {
                continue;
            }
            let start = bytes[end..at].iter().rposition(|byte| !is_word(byte));
            let start = start.map_or(end, |before| end + before + 1);
            let length = bytes[at..].iter().take(MOST_NAME + 1).take_while(|it| is_word(it));
            end = at + length.count();
            if end - start <= MOST_NAME {
                self.word(&text[start..end], exact);
            }
        }
    }

    /// Texts that are no more than a beginning: a library, or the program, puts it before
    /// the rest of a name. In small letters it is one only on a line that says so.
    fn look_at_quoted(&mut self, text: &str, exact: bool) {
        let bytes = text.as_bytes();
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        for quote in memchr::memchr3_iter(b'"', b'\'', b'`', bytes) {
            let start = quote + 1;
            let length = bytes[start..].iter().take(MOST_NAME + 1).take_while(|it| is_word(it));
            let end = start + length.count();
            if end == start || bytes.get(end) != Some(&bytes[quote]) {
                continue;
            }
            let word = &text[start..end];
            let is_beginning = match self.beginnings.contains(word) {
                true => true,
                false if exact => false,
                false => {
                    self.beginnings.contains(word.to_ascii_uppercase().as_str())
                        && ends_with_prefix(&text[..quote])
                }
            };
            if is_beginning {
                self.beginning(&format!("{word}_"));
            }
        }
    }

    fn word(&mut self, word: &str, exact: bool) {
        if word.ends_with('_') {
            self.beginning(word);
            return;
        }
        let name = match self.open.get(word) {
            Some(name) => Some(*name),
            None if exact => None,
            None => self.lower.get(word.to_ascii_lowercase().as_str()).copied(),
        };
        if let Some(name) = name
            && self.open.remove(name)
        {
            self.lower.remove(name.to_ascii_lowercase().as_str());
            self.found.insert(name);
        }
    }

    /// What begins a name to which something else is added.
    fn beginning(&mut self, word: &str) {
        if word.trim_matches('_').is_empty() {
            return;
        }
        // Each name is taken out but once, however many words begin it.
        let word = word.to_ascii_lowercase();
        let begun = self.lower.range(word.clone()..);
        let begun: Vec<String> = begun
            .map(|(name, _)| name)
            .take_while(|name| name.starts_with(&word))
            .cloned()
            .collect();
        for lower in begun {
            if let Some(name) = self.lower.remove(&lower) {
                self.open.remove(name);
                self.found.insert(name);
            }
        }
    }
}

/// Whether the line that a text ends with is about what names begin with.
fn ends_with_prefix(before: &str) -> bool {
    // As much as a call takes; a line may be endless.
    let near = before.len().saturating_sub(MOST_NAME);
    let near = &before.as_bytes()[near..];
    let line = near.iter().rposition(|byte| *byte == b'\n').map_or(near, |at| &near[at + 1..]);
    speaks_of_prefix(line)
}

fn speaks_of_prefix(text: &[u8]) -> bool {
    ["refix", "REFIX", "envconfig"]
        .iter()
        .any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// Whether a file may read a variable, or tell who does.
pub(crate) fn may_read(kind: DocumentKind, path: &str) -> bool {
    const NOT_READING: &[&str] = &[
        "md", "mdx", "markdown", "txt", "rst", "adoc", "log", "svg", "png", "jpg", "jpeg", "gif",
        "webp", "avif", "ico", "bmp", "pdf", "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4",
        "webm", "mov", "wav", "zip", "gz", "tgz", "br", "zst", "tar", "jar", "wasm", "csv", "tsv",
        "geojson", "parquet", "map", "snap", "lock", "sum", "pem", "crt", "key", "pyc", "class",
        "so", "dll", "dylib", "exe", "bin", "db", "sqlite", "psd",
    ];
    if matches!(
        kind,
        DocumentKind::Env | DocumentKind::Ignore | DocumentKind::Lockfile(_) | DocumentKind::Npmrc
    ) || path.starts_with("node_modules/")
        || path.contains("/node_modules/")
    {
        return false;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    match split_last(name, b'.') {
        Some((_, extension)) => {
            !NOT_READING.iter().any(|other| other.eq_ignore_ascii_case(extension))
        }
        None => !matches!(name, "LICENSE" | "README" | "CHANGELOG" | "NOTICE" | "AUTHORS"),
    }
}

/// Whether a file is a part of a program that may read variables while it runs, not what
/// starts, builds or deploys one.
pub(crate) fn is_program(path: &str) -> bool {
    let extension = extension_of(path);
    is_script(extension)
        || matches!(
            extension,
            "py" | "rs"
                | "go"
                | "rb"
                | "php"
                | "ex"
                | "exs"
                | "java"
                | "kt"
                | "scala"
                | "cs"
                | "fs"
                | "swift"
                | "dart"
                | "clj"
                | "lua"
                | "cr"
        )
}

/// Whether a variable stands in such a file under its very name: programs of
/// JavaScript, shells, and what configures them.
pub(crate) fn is_exact(path: &str) -> bool {
    let extension = extension_of(path);
    is_script(extension)
        || matches!(extension, "html" | "css" | "scss" | "sql" | "sh" | "bash" | "json" | "prisma")
}

fn extension_of(path: &str) -> &str {
    split_last(path, b'.').map_or("", |(_, extension)| extension)
}

/// JavaScript, TypeScript, and what holds either.
fn is_script(extension: &str) -> bool {
    matches!(
        extension,
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" | "svelte" | "astro"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_analysis::Options;
    use seaworthy_testkit::{Fixture, snapshot};

    #[test]
    fn names_are_found_as_whole_words() {
        const NAMES: [&str; 4] = ["SMTP_PASS", "SMTP_PASSWORD", "BCRYPT_ROUNDS", "A_B"];
        let cases: &[(&str, &str, &[&str])] = &[
            ("a.ts", "process.env.SMTP_PASS", &["SMTP_PASS"]),
            ("a.ts", "process.env['SMTP_PASSWORD']; SMTP_PASS_2", &["SMTP_PASSWORD"]),
            ("a.ts", "// BCRYPT_ROUNDS", &["BCRYPT_ROUNDS"]),
            ("a.ts", "const bcrypt_rounds = 4, MY_BCRYPT_ROUNDS = 1", &[]),
            ("a.py", "bcrypt_rounds: int = 12", &["BCRYPT_ROUNDS"]),
            ("a.ts", "env[`SMTP_${key}`]", &["SMTP_PASS", "SMTP_PASSWORD"]),
            ("settings.py", "env_prefix='smtp_'", &["SMTP_PASS", "SMTP_PASSWORD"]),
            ("settings.py", "env_prefix='smtp'", &["SMTP_PASS", "SMTP_PASSWORD"]),
            ("settings.py", "kind = 'smtp'\nprefix\n", &[]),
            ("settings.yml", "kind: 'SMTP'", &[]),
            ("a.ts", "é('SMTP')", &["SMTP_PASS", "SMTP_PASSWORD"]),
            ("a.ts", "prefix('smtp'); \"SMTP'; ''; 'SMTP_PASS_'; '", &[]),
            ("a.py", "__init__ _ __ A__B", &[]),
            ("deploy", "A_B=1", &["A_B"]),
            ("README.md", "A_B", &[]),
            (".env", "A_B=1", &[]),
            ("node_modules/x/a.js", "A_B", &[]),
            ("a.ts", "_A_B A_B_ é_A_B", &[]),
        ];
        for (path, text, want) in cases {
            let snapshot = snapshot(&Fixture::single(path, text), false, Options::default());
            let names = NAMES.into_iter().collect();
            let found = named(&snapshot, &names, &|_| true).expect("it is little");
            let mut found: Vec<&str> = found.into_iter().collect();
            found.sort_unstable();
            assert_eq!(found, *want, "{path}: {text}");
        }
    }

    #[test]
    fn a_single_endless_word_costs_no_more_than_its_length() {
        let text = "_a".repeat(1 << 20);
        let snapshot = snapshot(&Fixture::single("a.ts", &text), false, Options::default());
        assert!(
            named(&snapshot, &HashSet::from(["A_B"]), &|_| true).is_some_and(|it| it.is_empty())
        );
    }
}
