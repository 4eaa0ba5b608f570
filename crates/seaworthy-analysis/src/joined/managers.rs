//! Package managers and task runners: which script of which manifest they start.

/// What a package manager or a task runner is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Scripts of manifests.
    Scripts(ScriptCall),
    /// Another program, with its arguments.
    Program(Vec<String>),
    /// To look for known weaknesses; the words name it.
    Audit(&'static str),
    /// To bundle a program, without a script.
    Bundle,
    /// Nothing that starts anything of the repository.
    Nothing,
    /// Nobody knows.
    Unknown,
}

/// A call of scripts of manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ScriptCall {
    /// The names; a `*` at the end stands for anything.
    pub(super) names: Vec<String>,
    /// The directory of the manifest, relative to where the command runs.
    pub(super) directory: Option<String>,
    /// The package, by its name.
    pub(super) package: Option<String>,
    /// Whether every package is meant.
    pub(super) everywhere: bool,
    /// What is added to the script.
    pub(super) arguments: Vec<String>,
    /// The program that counts if there is no such script (`yarn jest`).
    pub(super) or_program: bool,
}

/// What a call asks for; `None` for other programs.
pub(super) fn asked(program: &str, words: &[&str]) -> Option<Asked> {
    Some(match program {
        "npm" => npm(words),
        "pnpm" => pnpm(words),
        "yarn" | "yarnpkg" => yarn(words),
        "bun" => bun(words)?,
        "npx" | "pnpx" | "bunx" => starts(words),
        "turbo" => tasks(words, &["run"]),
        "nx" => nx(words),
        "lerna" => match words {
            ["run", rest @ ..] => tasks(rest, &[]),
            _ => Asked::Nothing,
        },
        "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" => names(words),
        "concurrently" => concurrently(words),
        "wireit" => Asked::Unknown,
        _ => return None,
    })
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Flags with the word that each takes, and what is left.
fn split<'w>(
    words: &[&'w str],
    valued: &[&str],
    most: usize,
) -> (Vec<(&'w str, &'w str)>, Vec<&'w str>) {
    let (mut flags, mut rest) = (Vec::new(), Vec::new());
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word.split_once('=') {
            _ if word == "--" => {
                rest.push(word);
                rest.extend(words.by_ref());
            }
            Some((flag, value)) if flag.starts_with('-') => flags.push((flag, value)),
            _ if valued.contains(&word) => flags.push((word, words.next().unwrap_or(""))),
            _ if word.starts_with('-') => flags.push((word, "")),
            _ => {
                rest.push(word);
                // What comes after a script's name belongs to it.
                const VERBS: &[&str] =
                    &["run", "exec", "dlx", "workspace", "workspaces", "x", "npm"];
                let named = most != usize::MAX && rest.len() == 1 && !VERBS.contains(&rest[0]);
                if named || rest.len() >= most {
                    rest.extend(words.by_ref());
                }
            }
        }
    }
    (flags, rest)
}

fn value<'w>(flags: &[(&'w str, &'w str)], names: &[&str]) -> Option<String> {
    flags.iter().find(|(flag, _)| names.contains(flag)).map(|(_, value)| (*value).to_owned())
}

fn has(flags: &[(&str, &str)], names: &[&str]) -> bool {
    flags.iter().any(|(flag, value)| names.contains(flag) && *value != "false")
}

/// The words behind a script's name, without the `--` between.
fn behind(words: &[&str]) -> Vec<String> {
    words.iter().filter(|word| **word != "--").map(|word| (*word).to_owned()).collect()
}

fn npm(words: &[&str]) -> Asked {
    let (flags, rest) =
        split(words, &["--prefix", "-C", "-w", "--workspace", "--audit-level"], usize::MAX);
    let call = |name: &str, arguments: &[&str]| {
        Asked::Scripts(ScriptCall {
            names: vec![name.to_owned()],
            directory: value(&flags, &["--prefix", "-C"]),
            package: value(&flags, &["-w", "--workspace"]),
            everywhere: has(&flags, &["--workspaces", "-ws"]),
            arguments: behind(arguments),
            or_program: false,
        })
    };
    match rest.as_slice() {
        ["run" | "run-script" | "rum" | "urn", name, arguments @ ..] => call(name, arguments),
        ["test" | "t" | "tst", arguments @ ..] => call("test", arguments),
        [name @ ("start" | "stop" | "restart"), arguments @ ..] => call(name, arguments),
        ["audit", "signatures", ..] => Asked::Nothing,
        ["audit", ..] => Asked::Audit("npm audit"),
        ["exec" | "x", arguments @ ..] => starts(arguments),
        ["it" | "install-test" | "cit" | "install-ci-test", arguments @ ..] => {
            call("test", arguments)
        }
        _ => Asked::Nothing,
    }
}

fn pnpm(words: &[&str]) -> Asked {
    let (flags, rest) = split(
        words,
        &["-C", "--dir", "--filter", "-F", "--workspace-concurrency", "--audit-level"],
        2,
    );
    let filter = value(&flags, &["--filter", "-F"]);
    let call = |name: &str, arguments: &[&str], or_program: bool| {
        let named =
            filter.as_deref().map(|it| it.trim_end_matches("...").trim_start_matches("..."));
        let plain = named.filter(|it| !it.contains(['*', '!', '[', '{', '.']));
        Asked::Scripts(ScriptCall {
            names: vec![name.to_owned()],
            directory: value(&flags, &["-C", "--dir"]),
            package: plain.map(ToOwned::to_owned),
            everywhere: has(&flags, &["-r", "--recursive"]) || filter.is_some() && plain.is_none(),
            arguments: behind(arguments),
            or_program,
        })
    };
    const OWN: &[&str] = &[
        "install",
        "i",
        "add",
        "remove",
        "rm",
        "update",
        "up",
        "fetch",
        "store",
        "config",
        "list",
        "ls",
        "publish",
        "pack",
        "deploy",
        "env",
        "setup",
        "import",
        "rebuild",
        "link",
        "prune",
        "why",
        "outdated",
        "licenses",
        "init",
        "create",
        "patch",
        "root",
        "bin",
        "self-update",
    ];
    match rest.as_slice() {
        ["audit", ..] => Asked::Audit("pnpm audit"),
        ["run", name, arguments @ ..] => call(name, arguments, false),
        ["test" | "t", arguments @ ..] => call("test", arguments, false),
        ["exec" | "dlx", arguments @ ..] => starts(arguments),
        [] => Asked::Nothing,
        [own, ..] if OWN.contains(own) => Asked::Nothing,
        [name, arguments @ ..] => call(name, arguments, true),
    }
}

fn yarn(words: &[&str]) -> Asked {
    const OWN: &[&str] = &[
        "install",
        "add",
        "remove",
        "up",
        "upgrade",
        "cache",
        "config",
        "set",
        "plugin",
        "info",
        "why",
        "link",
        "unlink",
        "pack",
        "publish",
        "init",
        "import",
        "dedupe",
        "constraints",
        "version",
        "global",
        "create",
        "rebuild",
        "search",
        "list",
        "outdated",
        "node",
    ];
    let (flags, rest) = split(words, &["--cwd"], 2);
    let call = |name: &str, arguments: &[&str], or_program: bool| {
        Asked::Scripts(ScriptCall {
            names: vec![name.to_owned()],
            directory: value(&flags, &["--cwd"]),
            arguments: behind(arguments),
            or_program,
            ..ScriptCall::default()
        })
    };
    match rest.as_slice() {
        [] => Asked::Nothing,
        ["audit", ..] | ["npm", "audit", ..] => Asked::Audit("yarn audit"),
        ["npm", ..] => Asked::Nothing,
        ["run", name, arguments @ ..] => call(name, arguments, true),
        ["exec" | "dlx", arguments @ ..] => starts(arguments),
        ["workspace", package, "run", name, arguments @ ..]
        | ["workspace", package, name, arguments @ ..] => Asked::Scripts(ScriptCall {
            names: vec![(*name).to_owned()],
            package: Some((*package).to_owned()),
            arguments: behind(arguments),
            ..ScriptCall::default()
        }),
        ["workspaces", arguments @ ..] => match arguments.iter().position(|it| *it == "run") {
            Some(at) if at + 1 < arguments.len() => Asked::Scripts(ScriptCall {
                names: vec![arguments[at + 1].to_owned()],
                everywhere: true,
                ..ScriptCall::default()
            }),
            _ => Asked::Nothing,
        },
        [own, ..] if OWN.contains(own) => Asked::Nothing,
        [name, arguments @ ..] => call(name, arguments, true),
    }
}

/// `None` for a file that bun runs.
fn bun(words: &[&str]) -> Option<Asked> {
    let (flags, rest) = split(words, &["--cwd", "--filter"], 2);
    Some(match rest.as_slice() {
        ["audit", ..] => Asked::Audit("bun audit"),
        [
            "install" | "i" | "add" | "remove" | "update" | "link" | "pm" | "upgrade" | "create",
            ..,
        ]
        | [] => Asked::Nothing,
        ["x", arguments @ ..] => starts(arguments),
        ["build", ..] => Asked::Bundle,
        ["run", name, arguments @ ..] if !name.contains(['/', '.']) => Asked::Scripts(ScriptCall {
            names: vec![(*name).to_owned()],
            directory: value(&flags, &["--cwd"]),
            everywhere: has(&flags, &["--filter"]),
            arguments: behind(arguments),
            ..ScriptCall::default()
        }),
        ["run", ..] => return None,
        [name, ..] if name.contains(['/', '.']) || *name == "test" => return None,
        [name, arguments @ ..] => Asked::Scripts(ScriptCall {
            names: vec![(*name).to_owned()],
            directory: value(&flags, &["--cwd"]),
            arguments: behind(arguments),
            or_program: true,
            ..ScriptCall::default()
        }),
    })
}

/// The program that `npx` and its like start: without its version.
fn starts(words: &[&str]) -> Asked {
    let (flags, rest) = (words.iter().take_while(|word| word.starts_with('-')), words);
    let skipped = flags.count();
    let takes_value =
        skipped > 0 && matches!(rest[skipped - 1], "-p" | "--package" | "-c" | "--call");
    let rest = rest.get(skipped + usize::from(takes_value)..).unwrap_or_default();
    let Some((program, arguments)) = rest.split_first() else { return Asked::Unknown };
    let at = program.get(1..).and_then(|tail| tail.rfind('@')).map_or(program.len(), |at| at + 1);
    let name = match &program[..at] {
        "@biomejs/biome" => "biome",
        "@lhci/cli" => "lhci",
        "@redocly/cli" => "redocly",
        "@angular/cli" => "ng",
        "@nestjs/cli" => "nest",
        "@railway/cli" => "railway",
        "netlify-cli" => "netlify",
        "firebase-tools" => "firebase",
        "@playwright/test" => "playwright",
        "aws-cdk" => "cdk",
        name => name,
    };
    let mut started = vec![name.to_owned()];
    started.extend(owned(arguments));
    Asked::Program(started)
}

/// `turbo run lint test --filter=x`
fn tasks(words: &[&str], skip: &[&str]) -> Asked {
    let plain = words.iter().take_while(|word| **word != "--");
    let names: Vec<String> = plain
        .filter(|word| !word.starts_with('-') && !skip.contains(word))
        .map(|word| word.rsplit('#').next().unwrap_or(word).to_owned())
        .collect();
    match names.first().map(String::as_str) {
        None | Some("prune" | "login" | "link" | "telemetry" | "daemon") => Asked::Nothing,
        _ => Asked::Scripts(ScriptCall { names, everywhere: true, ..ScriptCall::default() }),
    }
}

fn nx(words: &[&str]) -> Asked {
    let target = words.iter().enumerate().find_map(|(at, word)| match *word {
        "-t" | "--target" | "--targets" => words.get(at + 1).copied(),
        _ => {
            word.split_once('=').filter(|(flag, _)| flag.starts_with("--target")).map(|(_, it)| it)
        }
    });
    let names: Vec<String> = match (words.first(), target) {
        (_, Some(targets)) => targets.split(',').map(ToOwned::to_owned).collect(),
        (Some(&("test" | "lint" | "build" | "e2e")), None) => vec![words[0].to_owned()],
        (Some(&"run"), None) => words
            .get(1)
            .and_then(|it| it.split(':').nth(1))
            .map(ToOwned::to_owned)
            .into_iter()
            .collect(),
        (Some(&("reset" | "report" | "format:check" | "sync:check")), None) => {
            return Asked::Nothing;
        }
        _ => Vec::new(),
    };
    if names.is_empty() {
        return Asked::Unknown;
    }
    Asked::Scripts(ScriptCall { names, everywhere: true, ..ScriptCall::default() })
}

/// `run-s lint test:*`
fn names(words: &[&str]) -> Asked {
    let names: Vec<String> =
        words.iter().filter(|word| !word.starts_with('-')).map(|word| (*word).to_owned()).collect();
    Asked::Scripts(ScriptCall { names, ..ScriptCall::default() })
}

/// `concurrently "npm:lint" "npm run test"`
fn concurrently(words: &[&str]) -> Asked {
    let mut names = Vec::new();
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        let managers = ["npm:", "pnpm:", "yarn:", "bun:", "npm run ", "pnpm run ", "yarn run "];
        match managers.iter().find_map(|prefix| word.strip_prefix(prefix)) {
            Some(name) if !name.contains(' ') => names.push(name.to_owned()),
            _ => return Asked::Unknown,
        }
    }
    Asked::Scripts(ScriptCall { names, ..ScriptCall::default() })
}
