//! One ignore file, arranged so that a path is not held against every line.
//!
//! Most patterns are a plain name, `*.ext`, `prefix*` or a plain path; each is
//! found by the hash of what is literal in it. Only globs without any literal
//! start are tried one by one. An entry is 16 bytes, whatever its pattern.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use seaworthy_syntax::ignore::{IgnoreFile, IgnoreLine};

use super::wildmatch::{Budget, Mode, is_special, wildmatch};

/// The patterns of one file, by what is literal in them.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) text: Arc<str>,
    pub(super) file: IgnoreFile,
    ignore_case: bool,
    /// Whole names: `.env`, `**/.env`.
    names: Literals,
    /// Ends of names: `*.log`, `**/*.log`.
    suffixes: Literals,
    /// Whole paths from the file's directory on: `/.env`, `a/b`.
    paths: Literals,
    /// Globs for names, by their literal start.
    name_globs: Globs,
    /// Globs for paths, by the directory that their literal start names.
    path_globs: Globs,
}

/// A path to be decided, relative to the table's directory.
#[derive(Clone, Copy)]
pub(super) struct Query<'a> {
    /// The path, in lower case when case is ignored.
    pub(super) folded: &'a [u8],
    /// The path as it is.
    pub(super) path: &'a [u8],
    pub(super) is_dir: bool,
}

impl Table {
    pub(super) fn new(text: Arc<str>, ignore_case: bool, hasher: &RandomState) -> Self {
        let file = IgnoreFile::parse(&text);
        let mut table = Self {
            text,
            file,
            ignore_case,
            names: Literals::default(),
            suffixes: Literals::default(),
            paths: Literals::default(),
            name_globs: Globs::default(),
            path_globs: Globs::default(),
        };
        let text = Arc::clone(&table.text);
        let mut key = Vec::new();
        for index in 0..table.file.lines().len() {
            let line = table.file.lines()[index];
            let glob = glob(&text, &line);
            if glob.is_empty() {
                continue;
            }
            let (home, literal) = table.home(glob, line.anchored());
            key.clear();
            key.extend_from_slice(literal);
            if ignore_case {
                key.make_ascii_lowercase();
            }
            // The parser numbers lines in 32 bits.
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            match home {
                Home::Literal(literals) => {
                    literals.insert(&key, line.directory_only(), index, hasher)
                }
                Home::Glob(globs) => globs.insert(&key, index, hasher),
            }
        }
        for literals in [&mut table.names, &mut table.suffixes, &mut table.paths] {
            literals.finish();
        }
        table.name_globs.finish();
        table.path_globs.finish();
        table
    }

    /// Where a pattern belongs, and under what key.
    fn home<'t, 'g>(&'t mut self, glob: &'g [u8], anchored: bool) -> (Home<'t>, &'g [u8]) {
        let anywhere = glob.strip_prefix(b"**/").filter(|rest| !rest.is_empty());
        let name = match anywhere {
            _ if !anchored => Some(glob),
            // The same as without `**/` for these two simple shapes.
            Some(rest) if !rest.contains(&b'/') => {
                let simple = rest.strip_prefix(b"*").unwrap_or(rest);
                (literal_length(simple) == simple.len()).then_some(rest)
            }
            _ => None,
        };
        if let Some(name) = name {
            let literal = literal_length(name);
            if literal == name.len() {
                return (Home::Literal(&mut self.names), name);
            }
            if let [b'*', suffix @ ..] = name
                && literal_length(suffix) == suffix.len()
            {
                return (Home::Literal(&mut self.suffixes), suffix);
            }
            return (Home::Glob(&mut self.name_globs), &name[..literal]);
        }
        let path = glob.strip_prefix(b"/").unwrap_or(glob);
        let literal = literal_length(path);
        if literal == path.len() {
            return (Home::Literal(&mut self.paths), path);
        }
        let directory = memchr::memrchr(b'/', &path[..literal]).unwrap_or(0);
        (Home::Glob(&mut self.path_globs), &path[..directory])
    }

    /// The last line whose pattern matches.
    pub(super) fn last_match(
        &self,
        query: Query<'_>,
        hasher: &RandomState,
        budget: &mut Budget,
    ) -> Option<&IgnoreLine> {
        let name_at = memchr::memrchr(b'/', query.path).map_or(0, |slash| slash + 1);
        let (folded_name, name) = (&query.folded[name_at..], &query.path[name_at..]);
        let mut best = Best { table: self, query, hasher, line: None };
        best.literal(&self.names, folded_name, budget);
        best.literal(&self.paths, query.folded, budget);
        for &length in &self.suffixes.lengths {
            let Some(start) = folded_name.len().checked_sub(length as usize) else { break };
            best.literal(&self.suffixes, &folded_name[start..], budget);
        }
        for &length in &self.name_globs.lengths {
            let Some(start) = folded_name.get(..length as usize) else { break };
            best.globs(&self.name_globs, start, budget, |glob, budget| {
                self.name_matches(glob, name, budget)
            });
        }
        for &length in &self.path_globs.lengths {
            let length = length as usize;
            let Some(directory) = query.folded.get(..length) else { break };
            if length > 0 && query.folded.get(length) != Some(&b'/') {
                continue;
            }
            best.globs(&self.path_globs, directory, budget, |glob, budget| {
                self.path_matches(glob, query.path, budget)
            });
        }
        best.line.map(|index| &self.file.lines()[index as usize])
    }

    fn name_matches(&self, glob: &[u8], name: &[u8], budget: &mut Budget) -> bool {
        wildmatch(glob, name, Mode { path: false, ignore_case: self.ignore_case }, budget)
    }

    /// Git compares what precedes the first special byte literally and gives
    /// only the rest to the matcher, for which `a**/x` therefore starts with
    /// `**/`.
    fn path_matches(&self, glob: &[u8], path: &[u8], budget: &mut Budget) -> bool {
        let glob = glob.strip_prefix(b"/").unwrap_or(glob);
        let (literal, rest) = glob.split_at(literal_length(glob));
        path.split_at_checked(literal.len()).is_some_and(|(start, tail)| {
            self.same(start, literal)
                && wildmatch(rest, tail, Mode { path: true, ignore_case: self.ignore_case }, budget)
        })
    }

    fn same(&self, left: &[u8], right: &[u8]) -> bool {
        if self.ignore_case { left.eq_ignore_ascii_case(right) } else { left == right }
    }
}

/// The glob of a line, empty for lines that are none.
fn glob<'t>(text: &'t str, line: &IgnoreLine) -> &'t [u8] {
    let region = line.glob();
    match line.kind() {
        seaworthy_syntax::ignore::IgnoreLineKind::Pattern => {
            text.as_bytes().get(region.range()).unwrap_or_default()
        }
        _ => &[],
    }
}

fn literal_length(glob: &[u8]) -> usize {
    glob.iter().position(|&byte| is_special(byte)).unwrap_or(glob.len())
}

/// Where a pattern is kept.
enum Home<'t> {
    Literal(&'t mut Literals),
    Glob(&'t mut Globs),
}

/// Line numbers by the hash of a literal. Of equal literals only the last line
/// is kept, once for any path and once for directories.
#[derive(Debug, Default)]
struct Literals {
    entries: Vec<(u64, u32)>,
    /// The lengths that occur, ascending.
    lengths: Vec<u32>,
}

impl Literals {
    fn insert(&mut self, key: &[u8], directory_only: bool, line: u32, hasher: &RandomState) {
        self.entries.push((hasher.hash_one((key, directory_only)), line));
        self.lengths.push(u32::try_from(key.len()).unwrap_or(u32::MAX));
    }

    fn finish(&mut self) {
        self.entries.sort_unstable_by_key(|&(hash, line)| (hash, std::cmp::Reverse(line)));
        self.entries.dedup_by_key(|entry| entry.0);
        self.entries.shrink_to_fit();
        finish_lengths(&mut self.lengths);
    }

    fn get(&self, key: &[u8], directory_only: bool, hasher: &RandomState) -> Option<u32> {
        if self.entries.is_empty() {
            return None;
        }
        let hash = hasher.hash_one((key, directory_only));
        let at = self.entries.binary_search_by_key(&hash, |entry| entry.0).ok()?;
        Some(self.entries[at].1)
    }
}

/// Line numbers by the hash of a glob's literal start.
#[derive(Debug, Default)]
struct Globs {
    entries: Vec<(u64, u32)>,
    lengths: Vec<u32>,
}

impl Globs {
    fn insert(&mut self, key: &[u8], line: u32, hasher: &RandomState) {
        self.entries.push((hasher.hash_one(key), line));
        self.lengths.push(u32::try_from(key.len()).unwrap_or(u32::MAX));
    }

    fn finish(&mut self) {
        self.entries.sort_unstable();
        self.entries.shrink_to_fit();
        finish_lengths(&mut self.lengths);
    }

    /// The lines under a key, ascending.
    fn get(&self, key: &[u8], hasher: &RandomState) -> &[(u64, u32)] {
        let hash = hasher.hash_one(key);
        let start = self.entries.partition_point(|entry| entry.0 < hash);
        let length = self.entries[start..].partition_point(|entry| entry.0 == hash);
        &self.entries[start..start + length]
    }
}

fn finish_lengths(lengths: &mut Vec<u32>) {
    lengths.sort_unstable();
    lengths.dedup();
    lengths.shrink_to_fit();
}

/// The last matching line so far.
struct Best<'a> {
    table: &'a Table,
    query: Query<'a>,
    hasher: &'a RandomState,
    line: Option<u32>,
}

impl Best<'_> {
    fn literal(&mut self, literals: &Literals, key: &[u8], budget: &mut Budget) {
        // The hash makes a false hit as good as impossible; its seed is random.
        budget.spend(1 + key.len() / 8);
        self.line = self.line.max(literals.get(key, false, self.hasher));
        if self.query.is_dir {
            self.line = self.line.max(literals.get(key, true, self.hasher));
        }
    }

    fn globs(
        &mut self,
        globs: &Globs,
        key: &[u8],
        budget: &mut Budget,
        matches: impl Fn(&[u8], &mut Budget) -> bool,
    ) {
        budget.spend(1 + key.len() / 8);
        for &(_, index) in globs.get(key, self.hasher).iter().rev() {
            if self.line.is_some_and(|best| best >= index) || !budget.spend(1) {
                return;
            }
            let line = &self.table.file.lines()[index as usize];
            if line.directory_only() && !self.query.is_dir {
                continue;
            }
            if matches(glob(&self.table.text, line), budget) {
                self.line = Some(index);
                return;
            }
        }
    }
}
