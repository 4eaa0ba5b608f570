//! What a stage's `RUN` instructions start, and what package managers install.

use seaworthy_analysis::Snapshot;
use seaworthy_analysis::joined::ImageBuild;
use seaworthy_formats::dockerfile::{Command, CommandLine, Instruction};
use seaworthy_model::Region;

use super::shell::{Simple, commands, split};

/// A command of a `RUN`, and where it is written.
pub(super) struct Started {
    pub(super) command: Simple,
    pub(super) region: Region,
}

/// The commands that an instruction starts, those of its here-document included.
pub(super) fn started(
    build: &ImageBuild,
    snapshot: &Snapshot,
    instruction: &Instruction,
) -> Vec<Started> {
    let Command::Run(line) = &instruction.command else { return Vec::new() };
    let artifact = snapshot.artifact(build.dockerfile().as_str());
    let text = artifact.and_then(|artifact| snapshot.text(artifact)).unwrap_or("");
    // A script for the shell, not a file for a program.
    if let CommandLine::Shell(word) = line
        && word.raw.trim_start().starts_with("<<")
    {
        let bodies = instruction.heredocs.iter().take(1);
        return bodies
            .flat_map(|heredoc| {
                split(heredoc.body.of(text)).into_iter().map(|command| {
                    let region = Region::from(command.range.clone()).offset(heredoc.body.start);
                    Started { command, region }
                })
            })
            .collect();
    }
    let written = line.region().unwrap_or(instruction.region);
    let raw = match line {
        CommandLine::Shell(word) => word.raw.as_str(),
        CommandLine::Exec(_) => "",
    };
    let mut from = written.start;
    commands(line)
        .into_iter()
        .map(|command| {
            let region = place(text, written, from, raw.get(command.range.clone()).unwrap_or(""));
            from = region.map_or(from, |region| region.end);
            Started { command, region: region.unwrap_or(instruction.first_line) }
        })
        .collect()
}

/// Where a command stands in the text; of one that is broken into lines its
/// first words.
fn place(text: &str, within: Region, from: usize, command: &str) -> Option<Region> {
    let source = text.get(from..within.end)?;
    let two: usize = command.split_inclusive(' ').take(2).map(str::len).sum();
    [command, command.get(..two)?.trim_end()].iter().filter(|words| !words.is_empty()).find_map(
        |words| {
            let at = from + source.find(words)?;
            Some(Region::new(at, at + words.len()))
        },
    )
}

/// What a package manager is asked to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Install {
    /// `npm`, `yarn`, `pnpm` or `bun`.
    pub(super) manager: &'static str,
    /// Whether it takes what the lockfile says, or fails.
    pub(super) frozen: bool,
    /// Whether packages are named, so that it adds something.
    pub(super) adds: bool,
    /// Whether development dependencies stay out.
    pub(super) production: bool,
}

/// Flags that take the next word.
const WITH_VALUE: &[&str] = &[
    "--prefix",
    "-C",
    "--registry",
    "--cache",
    "--workspace",
    "-w",
    "--loglevel",
    "--userconfig",
    "--omit",
    "--include",
    "--only",
    "--network-timeout",
    "--mutex",
    "--cache-folder",
    "--modules-folder",
    "--cwd",
    "--filter",
    "-F",
    "--dir",
    "--store-dir",
    "--reporter",
    "--fetch-timeout",
    "--fetch-retries",
    "--maxsockets",
    "--network-concurrency",
    "--cpu",
    "--os",
    "--libc",
    "--scripts-prepend-node-path",
];

/// What a command installs; `None` when it installs no project's dependencies.
/// `production` tells whether `NODE_ENV` says so.
pub(super) fn install(command: &Simple, production: bool) -> Option<Install> {
    let manager = match command.program() {
        "npm" => "npm",
        "yarn" | "yarnpkg" => "yarn",
        "pnpm" => "pnpm",
        "bun" => "bun",
        _ => return None,
    };
    let mut flags: Vec<(&str, &str)> = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let mut arguments = command.arguments().iter().map(String::as_str).peekable();
    while let Some(word) = arguments.next() {
        if word.starts_with(['>', '<']) || word.starts_with("2>") || word == "&" {
            break;
        }
        match word.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => flags.push((flag, value)),
            _ if WITH_VALUE.contains(&word) => flags.push((word, arguments.next().unwrap_or(""))),
            _ if word.starts_with('-') => flags.push((word, "")),
            _ => words.push(word),
        }
    }
    let has = |names: &[&str]| {
        flags.iter().any(|(flag, value)| names.contains(flag) && *value != "false")
    };
    let is = |name: &str, values: &[&str]| {
        flags.iter().any(|(flag, value)| *flag == name && values.contains(value))
    };
    let subcommand = words.first().copied();
    let clean = matches!(subcommand, Some("ci" | "clean-install")) && manager != "yarn";
    let asks = match manager {
        "yarn" => matches!(subcommand, None | Some("install")),
        _ => clean || matches!(subcommand, Some("install" | "i")),
    };
    if !asks
        || has(&[
            "-g",
            "--global",
            "--location",
            "--version",
            "-v",
            "--help",
            "--package-lock-only",
        ])
    {
        return None;
    }
    let assigned =
        command.assigned.iter().any(|(name, value)| name == "NODE_ENV" && value == "production");
    let kept =
        is("--include", &["dev"]) || is("--production", &["false"]) || is("--prod", &["false"]);
    let omitted = is("--omit", &["dev"])
        || is("--only", &["prod", "production"])
        || has(&["--production", "--prod", "-P", "--only-production"]);
    let frozen = clean
        || has(&[
            "--frozen-lockfile",
            "--immutable",
            "--pure-lockfile",
            "--ci",
            "--offline",
            "--immutable-cache",
        ]);
    Some(Install {
        manager,
        frozen,
        adds: words.len() > 1,
        production: !kept && (omitted || ((production || assigned) && !is("--omit", &[""]))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installs_are_understood() {
        type Want = Option<(&'static str, bool, bool, bool)>;
        let cases: &[(&str, Want)] = &[
            ("npm install", Some(("npm", false, false, false))),
            ("npm i --no-audit", Some(("npm", false, false, false))),
            ("npm install express", Some(("npm", false, true, false))),
            ("npm install -g pnpm", None),
            ("npm install --prefix web", Some(("npm", false, false, false))),
            ("npm --prefix web ci", Some(("npm", true, false, false))),
            ("npm ci --omit=dev", Some(("npm", true, false, true))),
            ("npm ci --omit dev", Some(("npm", true, false, true))),
            ("npm ci --only=production", Some(("npm", true, false, true))),
            ("npm install --production", Some(("npm", false, false, true))),
            ("npm install --production=false", Some(("npm", false, false, false))),
            ("NODE_ENV=production npm ci", Some(("npm", true, false, true))),
            ("npm ci --include=dev", Some(("npm", true, false, false))),
            ("yarn", Some(("yarn", false, false, false))),
            ("yarn --frozen-lockfile", Some(("yarn", true, false, false))),
            ("yarn install --immutable", Some(("yarn", true, false, false))),
            ("yarn build", None),
            ("pnpm i --frozen-lockfile --prod", Some(("pnpm", true, false, true))),
            ("npm run build", None),
            ("npm install > log", Some(("npm", false, false, false))),
            ("apt-get install x", None),
        ];
        for (text, want) in cases {
            let found = install(&split(text)[0], false);
            let found = found.map(|it| (it.manager, it.frozen, it.adds, it.production));
            assert_eq!(found, *want, "{text}");
        }
    }
}
