//! The pages of the book, done as they say: the files of a page are written, its
//! commands are run in a repository of its own, and what they print is what the page
//! shows.
//!
//! A file is a fenced block below a line that is its path in backticks and a colon. Commands stand behind `$ ` in
//! blocks marked `console`, with what they print below; a line `…` stands for any lines.
//! `UPDATE_SNAPSHOTS=1` writes what is printed into the pages, but where a `…` stands
//! among other lines that still fit.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sandbox::Sandbox;

#[test]
fn what_the_pages_show_is_what_happens() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut pages = Vec::new();
    collect(&docs, &mut pages);
    pages.sort();
    let mut commands = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        if !text.contains("\n```console\n") {
            continue;
        }
        let mut played = Played { sandbox: start(), code: 0, commands: 0, text: String::new() };
        played.play(&text);
        commands += played.commands;
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(&page, &played.text).unwrap();
        } else {
            assert_eq!(played.text, text, "{}", page.display());
        }
    }
    assert!(commands > 10, "{commands} commands");
}

fn start() -> Sandbox {
    let sandbox = Sandbox::bare("ferry");
    sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
    sandbox.git(&["config", "user.name", "A. Mariner"]);
    sandbox.git(&["config", "user.email", "mariner@example.org"]);
    sandbox
}

struct Played {
    sandbox: Sandbox,
    /// The exit code of the last command.
    code: i32,
    commands: usize,
    /// The page with what was printed.
    text: String,
}

impl Played {
    fn play(&mut self, page: &str) {
        let mut lines = page.lines().peekable();
        let mut file = None;
        while let Some(line) = lines.next() {
            self.keep(line);
            let named = line.strip_prefix('`').and_then(|line| line.strip_suffix("`:"));
            if let Some(name) = named.filter(|name| !name.contains('`')) {
                file = Some(name);
            } else if line == "```console" {
                let mut shown: Option<(&str, Vec<&str>)> = None;
                for line in lines.by_ref() {
                    let next = line.strip_prefix("$ ");
                    if next.is_some() || line == "```" {
                        self.done(shown.take());
                        self.keep(line);
                    }
                    match (next, &mut shown) {
                        (Some(command), _) => shown = Some((command, Vec::new())),
                        (None, Some((_, output))) if line != "```" => output.push(line),
                        _ => {}
                    }
                    if line == "```" {
                        break;
                    }
                }
            } else if line.starts_with("```") {
                let mut content = String::new();
                for line in lines.by_ref() {
                    self.keep(line);
                    if line == "```" {
                        break;
                    }
                    content.push_str(line);
                    content.push('\n');
                }
                if let Some(file) = file.take() {
                    self.sandbox.write(file, &content);
                }
            }
        }
    }

    fn keep(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Runs a command of the page and writes down what it prints, as far as the page
    /// does not leave that out.
    fn done(&mut self, shown: Option<(&str, Vec<&str>)>) {
        let Some((command, expected)) = shown else { return };
        self.commands += 1;
        let script = format!("exec 2>&1; (exit {}); {command}", self.code);
        let run = self.sandbox.shell(&script);
        self.code = run.code;
        let printed: Vec<&str> = run.stdout.lines().map(str::trim_end).collect();
        let new = std::env::var_os("UPDATE_SNAPSHOTS").is_some() && expected == ["…"];
        let kept = if !new && fits(&expected, &printed) { expected } else { printed };
        for line in kept {
            self.keep(line);
        }
    }
}

/// Whether lines are those expected, where `…` stands for any.
fn fits(expected: &[&str], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => (0..=printed.len()).any(|skip| fits(rest, &printed[skip..])),
        Some((line, rest)) => {
            printed.split_first().is_some_and(|(first, others)| first == line && fits(rest, others))
        }
    }
}

fn collect(directory: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

#[test]
fn left_out_lines_stand_for_any() {
    assert!(fits(&["a", "…", "d"], &["a", "b", "c", "d"]));
    assert!(fits(&["…"], &[]));
    assert!(!fits(&["a", "…", "d"], &["a", "b", "c"]));
    assert!(!fits(&["a"], &["a", "b"]));
}
