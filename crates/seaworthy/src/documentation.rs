//! The book in `docs/` and the arguments, held together: the reference of the commands
//! is theirs, and every command that a page shows is one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command, CommandFactory as _, Parser as _};

use crate::arguments::Arguments;

const INTRODUCTION: &str = "\
# Commands

Generated from the arguments by `cargo xtask codegen commands`. `seaworthy man` prints a
manual page, `seaworthy completions` what a shell needs to complete them.
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The reference, in sections of one command each.
fn reference() -> Vec<String> {
    let mut command = Arguments::command().term_width(0);
    command.build();
    let mut sections = vec![INTRODUCTION.to_owned()];
    add(&command, "seaworthy", &mut sections);
    sections
}

fn add(command: &Command, name: &str, sections: &mut Vec<String>) {
    let mut section = format!("\n## {name}\n\n");
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(section, "{}.", about.trim_end_matches('.'));
    let mut usage = command.clone().render_usage().to_string();
    usage = usage.trim_start_matches("Usage: ").replace("\n       ", "\n");
    let _ = write!(section, "\n```text\n{usage}\n```\n");
    let inner: Vec<&Command> = command
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help" && !inner.is_hide_set())
        .collect();
    if !inner.is_empty() {
        section.push_str("\n| command | |\n|---|---|\n");
        for inner in &inner {
            let link = format!("{name} {}", inner.get_name());
            let _ = writeln!(
                section,
                "| [`{link}`](#{}) | {} |",
                link.replace(' ', "-"),
                inner.get_about().map(ToString::to_string).unwrap_or_default()
            );
        }
    }
    // What `seaworthy` alone takes is what `seaworthy scan` takes, and told there.
    let scans = name == "seaworthy";
    if scans {
        section.push_str("\nAlone it takes what [`seaworthy scan`](#seaworthy-scan) takes.\n");
    }
    let shown = |argument: &&Arg| {
        !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str())
    };
    let arguments: Vec<&Arg> = command.get_arguments().filter(shown).filter(|_| !scans).collect();
    if !arguments.is_empty() {
        section.push_str("\n| argument | |\n|---|---|\n");
        for argument in arguments {
            let _ = writeln!(section, "| `{}` | {} |", form(argument), meaning(argument));
        }
    }
    if let Some(after) = command.get_after_help().filter(|_| !scans) {
        let _ = write!(section, "\n```text\n{after}\n```\n");
    }
    sections.push(section);
    for inner in inner {
        add(inner, &format!("{name} {}", inner.get_name()), sections);
    }
}

/// How an argument is written.
fn form(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let value = if argument.get_action().takes_values() {
        names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    } else {
        String::new()
    };
    let several = matches!(argument.get_action(), ArgAction::Append)
        || argument.get_num_args().is_some_and(|range| range.max_values() > 1);
    let optional = argument.get_num_args().is_some_and(|range| range.min_values() == 0);
    match (argument.get_short(), argument.get_long()) {
        (None, None) => format!("{value}{}", if several { "…" } else { "" }),
        (short, long) => {
            let mut form: Vec<String> = Vec::new();
            form.extend(short.map(|short| format!("-{short}")));
            form.extend(long.map(|long| format!("--{long}")));
            let form = form.join(", ");
            match (value.as_str(), optional) {
                ("", _) => form,
                (value, true) => format!("{form} [{value}]"),
                (value, false) => format!("{form} {value}"),
            }
        }
    }
}

/// What an argument means, with its values, in the cell of a table.
fn meaning(argument: &Arg) -> String {
    let help = argument.get_long_help().or(argument.get_help());
    let mut text = help.map(ToString::to_string).unwrap_or_default();
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set() && argument.get_action().takes_values())
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({help})", value.get_name()),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if !values.is_empty() {
        let _ = write!(text, ": {}", values.join(", "));
    }
    let defaults: Vec<String> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        let _ = write!(text, " [default: {}]", defaults.join(", "));
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('<', "&lt;")
}

#[test]
fn the_reference_is_what_the_arguments_say() {
    let path = root().join("docs/commands.md");
    let sections = reference();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let text = if cfg!(feature = "plugins") {
            sections.concat()
        } else {
            replaced(&std::fs::read_to_string(&path).unwrap(), &sections)
        };
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    for section in &sections {
        // Without plugins the list of commands is shorter.
        if cfg!(feature = "plugins") || !section.contains("\n| command |") {
            assert!(written.contains(section), "run `cargo xtask codegen commands`: {section}");
        }
    }
    if cfg!(feature = "plugins") {
        assert_eq!(written.len(), sections.concat().len(), "run `cargo xtask codegen commands`");
    }
}

/// The page with these sections in the place of those of the same commands.
fn replaced(page: &str, sections: &[String]) -> String {
    let mut page = page.to_owned();
    for section in sections.iter().filter(|section| !section.contains("\n| command |")) {
        let Some(heading) = section.lines().find(|line| line.starts_with("## ")) else { continue };
        let Some(start) = page.find(&format!("\n{heading}\n")) else { continue };
        let end = page[start + 1..].find("\n## ").map_or(page.len(), |end| start + 1 + end);
        page.replace_range(start..end, section);
    }
    page
}

#[test]
fn every_command_that_a_page_shows_is_one() {
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "rules/README.md"]
        .iter()
        .map(|page| root().join(page))
        .collect();
    collect(&root().join("docs"), &mut pages);
    // That one is theirs already, and lays examples out in columns.
    pages.retain(|page| !page.ends_with("docs/commands.md"));
    let mut checked = 0;
    let mut wrong = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for (line, command) in commands(&text) {
            checked += 1;
            let words = words(&command);
            if !cfg!(feature = "plugins") && words.get(1).is_some_and(|word| word == "plugin") {
                continue;
            }
            if let Err(error) = Arguments::try_parse_from(words) {
                use clap::error::ErrorKind::{
                    DisplayHelp, DisplayVersion, MissingRequiredArgument, MissingSubcommand,
                };
                // A page may name a command without what it needs.
                let named =
                    [DisplayHelp, DisplayVersion, MissingRequiredArgument, MissingSubcommand];
                let shows_help = error.to_string().contains("\nUsage:")
                    && !error.to_string().starts_with("error");
                if !named.contains(&error.kind()) && !shows_help {
                    wrong.push(format!("{}:{line}: {command}: {error}", page.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 50, "{checked} commands");
}

/// The command lines of a page: those of its blocks, and those in backticks.
fn commands(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            let mut bare = line.trim_start();
            for lead in ["$ ", "- ", "run: ", "entry: ", "- run: ", "npx ", "uvx ", "exec "] {
                bare = bare.strip_prefix(lead).unwrap_or(bare);
            }
            if bare.starts_with("seaworthy ") {
                found.push((index + 1, bare.to_owned()));
            }
        } else {
            for code in line.split('`').skip(1).step_by(2) {
                if code.starts_with("seaworthy ") && !code.contains('…') {
                    found.push((index + 1, code.to_owned()));
                }
            }
        }
    }
    found
}

/// The words of a command line, up to a comment, a pipe, a redirection or what follows
/// it. Quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = None;
    for c in line.chars() {
        match (c, quoted) {
            (c, Some(quote)) if c == quote => quoted = None,
            ('\'' | '"', None) => quoted = Some(c),
            ('#' | '|' | '>' | '<' | ';' | '&' | '\\', None) if word.is_empty() => break,
            (' ', None) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (c, _) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn collect(directory: &Path, pages: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

#[test]
fn commands_are_read_as_a_shell_reads_them() {
    let text = "`seaworthy scan`\n```sh\n$ seaworthy scan 'a b'  # all\nseaworthy man > x\n```\n";
    let found: Vec<String> = commands(text).into_iter().map(|(_, command)| command).collect();
    assert_eq!(found, ["seaworthy scan", "seaworthy scan 'a b'  # all", "seaworthy man > x"]);
    assert_eq!(words(&found[1]), ["seaworthy", "scan", "a b"]);
    assert_eq!(words(&found[2]), ["seaworthy", "man"]);
}
