//! Ignore verdicts held against the git that is installed, on trees and
//! patterns drawn afresh from a seed: verdict, deciding file and line.
//!
//! `SEAWORTHY_GITIGNORE_SEEDS=FIRST..END` draws other cases than the default.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};

use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};

const NAMES: &[&str] = &[
    "a",
    "b",
    "ab",
    "abc",
    "foo",
    ".env",
    ".env.local",
    "x.log",
    "A",
    "Foo",
    "a b",
    "a ",
    "{a,b}",
    "[x]",
    "é",
    "b*",
    "a\\b",
    "#x",
    "!x",
    "-",
    "build",
    "a\t",
    "x\ry",
    "1",
    "_",
];

const PIECES: &[&str] = &[
    "a",
    "b",
    "ab",
    "foo",
    ".env",
    ".local",
    "*.log",
    "A",
    "*",
    "**",
    "***",
    "/",
    "/",
    "**/",
    "/**",
    "?",
    "[ab]",
    "[!a]",
    "[^b]",
    "[a-c]",
    "[A-Z]",
    "[[:space:]]",
    "[[:alpha:]]",
    "[[:upper:]]",
    "[[:digit:]x]",
    "[[:x]",
    "[[:nope:]]",
    "[]a]",
    "[\\]]",
    "[",
    "]",
    "-",
    "{a,b}",
    "{",
    ",",
    "\\",
    "\\ ",
    "\\*",
    "\\/",
    "\\a",
    " ",
    "  ",
    "\t",
    "!",
    "#",
    ".",
    "./",
    "é",
    "\r",
    "[a/b]",
    "[é]",
];

/// A small generator with a fixed sequence for each seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn path(&mut self) -> String {
        let depth = 1 + self.below(4);
        (0..depth).map(|_| self.of(NAMES)).collect::<Vec<_>>().join("/")
    }

    /// A line of an ignore file: either any pieces, or a path bent a little,
    /// which is far likelier to match something.
    fn line(&mut self, paths: &[String]) -> String {
        let mut line = String::new();
        if self.one_in(3) {
            for _ in 0..1 + self.below(6) {
                line.push_str(self.of(PIECES));
            }
        } else {
            let path = &paths[self.below(paths.len())];
            self.bent_path(path, &mut line);
        }
        if self.one_in(4) {
            line.insert(0, '!');
        }
        let ending = self.below(16);
        line.push_str(["/", "/", " ", "  ", "\t", "\\ ", "\r", "\\"].get(ending).unwrap_or(&""));
        line
    }

    fn bent_path(&mut self, path: &str, line: &mut String) {
        let names: Vec<&str> = path.split('/').collect();
        let first = self.below(names.len());
        let last = first + 1 + self.below(names.len() - first);
        line.push_str(["", "", "", "/", "**/", "*/", "\\"][self.below(7)]);
        for (index, name) in names[first..last].iter().enumerate() {
            if index > 0 {
                line.push_str(["/", "/", "/", "/**/", "**/", "/***/", "\\/"][self.below(7)]);
            }
            match self.below(10) {
                0 => line.push_str(self.of(PIECES)),
                1 => line.push('*'),
                2 => line.push_str("**"),
                3 => line.push_str(&name.to_uppercase()),
                _ => {
                    for letter in name.chars() {
                        match self.below(14) {
                            0 => line.push('?'),
                            1 => line.push('*'),
                            2 => line.extend(['[', letter, ']']),
                            3 => line.extend(['\\', letter]),
                            4 => line.extend([letter, '*']),
                            _ => line.push(letter),
                        }
                    }
                }
            }
        }
        if self.one_in(8) {
            line.push_str(self.of(&["/*", "/**", "*", "**", "/**/"]));
        }
    }

    fn text(&mut self, paths: &[String]) -> String {
        let mut text = String::from(if self.one_in(10) { "\u{FEFF}" } else { "" });
        for _ in 0..1 + self.below(7) {
            text.push_str(&self.line(paths));
            text.push_str(self.of(&["\n", "\n", "\n", "\r\n", "\n\n"]));
        }
        if self.one_in(3) {
            text.push_str(&self.line(paths));
        }
        text
    }
}

/// One drawn case: a tree, the texts and how git is asked.
struct Case {
    /// Whether each path is a directory.
    tree: BTreeMap<String, bool>,
    texts: BTreeMap<String, String>,
    ignore_case: bool,
    /// Audit only what is below this directory.
    root: String,
}

fn draw(seed: u64) -> Case {
    let mut draw = Draw(seed);
    let mut tree = BTreeMap::from([("a".to_owned(), true), ("a/b".to_owned(), true)]);
    while tree.len() < 22 {
        let path = draw.path();
        let parents: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
        if tree.contains_key(&path)
            || parents.iter().any(|parent| tree.get(*parent) == Some(&false))
        {
            continue;
        }
        tree.extend(parents.into_iter().map(|parent| (parent.to_owned(), true)));
        let directory = draw.one_in(4);
        tree.insert(path, directory);
    }
    let paths: Vec<String> = tree.keys().cloned().collect();
    let mut texts = BTreeMap::from([(".gitignore".to_owned(), draw.text(&paths))]);
    for (path, chances) in
        [("a/.gitignore", 2), ("a/b/.gitignore", 3), (".git/info/exclude", 3), ("../global", 4)]
    {
        if draw.one_in(chances) {
            texts.insert(path.to_owned(), draw.text(&paths));
        }
    }
    let ignore_case = draw.one_in(3);
    let root = if draw.one_in(4) { "a/" } else { "" }.to_owned();
    Case { tree, texts, ignore_case, root }
}

fn git(home: &Path, repository: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .current_dir(repository);
    command
}

/// `[source, line, path]` of every path, as git prints them; both of the first
/// are empty where no line matches.
fn ask_git(home: &Path, repository: &Path, case: &Case) -> Vec<[String; 3]> {
    let mut child = git(home, repository)
        .args(["-c", &format!("core.ignoreCase={}", case.ignore_case)])
        .args(["-c", "core.excludesFile=../global"])
        .args(["check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let asked: String = case.tree.keys().map(|path| format!("{path}\0")).collect();
    child.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    let fields: Vec<&str> = answer.split_terminator('\0').collect();
    assert_eq!(fields.len(), case.tree.len() * 4, "git answered about every path");
    fields.chunks(4).map(|four| [four[0], four[1], four[3]].map(str::to_owned)).collect()
}

fn our_rules(case: &Case) -> IgnoreRules {
    let mut rules = IgnoreRules::new(case.ignore_case).below(&case.root);
    for (path, text) in &case.texts {
        let source = match (path.as_str(), path.strip_prefix(&case.root)) {
            (".git/info/exclude", _) => IgnoreSource::InfoExclude,
            ("../global", _) => IgnoreSource::Global,
            (_, Some(inside)) => IgnoreSource::File { artifact: inside.into() },
            (path, None) => IgnoreSource::Above { path: path.into() },
        };
        rules.add(source, text.as_str());
    }
    rules
}

/// The differences of one case, and how many paths were compared.
fn compare(home: &Path, seed: u64) -> (usize, Vec<String>) {
    let case = draw(seed);
    let repository = home.join("repository");
    if repository.exists() {
        for entry in std::fs::read_dir(&repository).unwrap().map(Result::unwrap) {
            if entry.file_name() != ".git" {
                let path = entry.path();
                if path.is_dir() {
                    std::fs::remove_dir_all(path)
                } else {
                    std::fs::remove_file(path)
                }
                .unwrap();
            }
        }
        for path in [home.join("global"), repository.join(".git/info/exclude")] {
            let _ = std::fs::remove_file(path);
        }
    } else {
        std::fs::create_dir(&repository).unwrap();
        assert!(git(home, &repository).args(["init", "-q"]).status().unwrap().success());
        std::fs::create_dir_all(repository.join(".git/info")).unwrap();
    }
    for (path, directory) in &case.tree {
        let path = repository.join(path);
        if *directory { std::fs::create_dir_all(path) } else { std::fs::write(path, "") }.unwrap();
    }
    for (path, text) in &case.texts {
        std::fs::write(repository.join(path), text).unwrap();
    }
    let rules = our_rules(&case);
    let mut compared = 0;
    let mut differences = Vec::new();
    for [source, line, path] in ask_git(home, &repository, &case) {
        let Some(inside) = path.strip_prefix(&case.root) else { continue };
        let verdict = rules.verdict(inside, case.tree[&path]);
        let ours = verdict.decided_by.as_ref().map(|by| {
            let source = match &by.source {
                IgnoreSource::File { artifact } => format!("{}{artifact}", case.root),
                IgnoreSource::Above { path } => path.to_string(),
                IgnoreSource::InfoExclude => ".git/info/exclude".to_owned(),
                IgnoreSource::Global => "../global".to_owned(),
            };
            (source, by.line.to_string())
        });
        compared += 1;
        let theirs = (!source.is_empty()).then_some((source, line));
        if ours != theirs {
            differences.push(format!(
                "seed {seed}: {path:?} (directory: {}, ignore case: {})\n  ours {ours:?}\n  git  {theirs:?}\n  {:?}",
                case.tree[&path], case.ignore_case, case.texts
            ));
        }
    }
    (compared, differences)
}

#[test]
fn drawn_cases_are_decided_as_git_decides_them() {
    let seeds = std::env::var("SEAWORTHY_GITIGNORE_SEEDS").ok();
    let seeds: Range<u64> = seeds
        .as_deref()
        .and_then(|range| range.split_once(".."))
        .map_or(0..100, |(first, end)| first.parse().unwrap()..end.parse().unwrap());
    let home = tempfile::tempdir().unwrap();
    let mut compared = 0;
    let mut differences = BTreeSet::new();
    for seed in seeds {
        let (paths, found) = compare(home.path(), seed);
        compared += paths;
        differences.extend(found);
    }
    assert!(compared > 0, "something was compared");
    assert!(
        differences.is_empty(),
        "{} of {compared} verdicts differ:\n{}",
        differences.len(),
        differences.iter().take(10).cloned().collect::<Vec<_>>().join("\n")
    );
}
