//! The hook before a commit, in the form of whoever runs the hooks.

use std::path::{Path, PathBuf};

use seaworthy_syntax::{json, toml};

use super::insert::{json_member, yaml_entry, yaml_key};
use super::{Change, HookTool, Plan, SetupError, edit, new_file, read};

/// What a hook runs: it reads what is staged, whatever lies in the working tree.
const COMMAND: &str = "seaworthy scan --staged --no-progress";
const NAME: &str = "seaworthy";

const PRE_COMMIT: [&str; 2] = [".pre-commit-config.yaml", ".pre-commit-config.yml"];
/// What prek reads in place of those, where it is there.
const PREK: &str = "prek.toml";
/// lefthook reads the first of its files alone: a new one would hide any other.
const LEFTHOOK: [&str; 6] = [
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".lefthook.yaml",
    ".config/lefthook.yml",
    ".config/lefthook.yaml",
];
/// Other places where lefthook may be told what to do.
const LEFTHOOK_OTHER: [&str; 9] = [
    "lefthook.toml",
    "lefthook.json",
    "lefthook.jsonc",
    ".lefthook.toml",
    ".lefthook.json",
    ".lefthook.jsonc",
    ".config/lefthook.toml",
    ".config/lefthook.json",
    ".config/lefthook.jsonc",
];
const LINT_STAGED_JSON: [&str; 2] = [".lintstagedrc.json", ".lintstagedrc"];
const LINT_STAGED_OTHER: [&str; 8] = [
    ".lintstagedrc.yaml",
    ".lintstagedrc.yml",
    ".lintstagedrc.js",
    ".lintstagedrc.mjs",
    ".lintstagedrc.cjs",
    "lint-staged.config.js",
    "lint-staged.config.mjs",
    "lint-staged.config.cjs",
];

fn first_of(root: &Path, names: &[&str]) -> Option<PathBuf> {
    names.iter().map(|name| root.join(name)).find(|path| path.is_file())
}

/// The names of the packages that a project depends on while it is developed, and the
/// keys of its manifest.
fn manifest_names(root: &Path, name: &str) -> bool {
    let Ok(Some(text)) = read(&root.join("package.json")) else { return false };
    let tree = json::parse(&text);
    let depends = |list: &str| tree.root().at(&[list, name]).is_some();
    depends("devDependencies") || depends("dependencies") || tree.root().get(name).is_some()
}

pub(super) fn detect(root: &Path) -> Option<HookTool> {
    let any = |names: &[&str]| first_of(root, names).is_some();
    if any(&PRE_COMMIT) || any(&[PREK]) {
        Some(HookTool::PreCommit)
    } else if any(&LEFTHOOK) || any(&LEFTHOOK_OTHER) {
        Some(HookTool::Lefthook)
    } else if root.join(".husky").is_dir() || manifest_names(root, "husky") {
        Some(HookTool::Husky)
    } else if any(&LINT_STAGED_JSON)
        || any(&LINT_STAGED_OTHER)
        || manifest_names(root, "lint-staged")
    {
        Some(HookTool::LintStaged)
    } else if root.join(".git").exists() {
        Some(HookTool::Git)
    } else {
        None
    }
}

pub(super) fn plan(root: &Path, tool: HookTool, hooks: Option<&Path>) -> Result<Plan, SetupError> {
    match tool {
        HookTool::PreCommit => pre_commit(root),
        HookTool::Lefthook => lefthook(root),
        HookTool::Husky => husky(root),
        HookTool::LintStaged => lint_staged(root),
        HookTool::Git => git(root, hooks),
    }
}

fn pre_commit(root: &Path) -> Result<Plan, SetupError> {
    if let Some(path) = first_of(root, &[PREK]) {
        return prek(path);
    }
    let repository = format!("- repo: {}", env!("CARGO_PKG_REPOSITORY"));
    let revision = format!("  rev: v{}", env!("CARGO_PKG_VERSION"));
    let lines = [repository.as_str(), revision.as_str(), "  hooks:", "    - id: seaworthy"];
    let add = lines.join("\n");
    let indented: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    let whole = format!("repos:\n{indented}");
    let path = first_of(root, &PRE_COMMIT).unwrap_or_else(|| root.join(PRE_COMMIT[0]));
    let Some(before) = read(&path)? else { return Ok(new_file(path, &whole)) };
    if before.contains(NAME) {
        return Ok(Plan::Present(path));
    }
    let keyed = || {
        let all: Vec<&str> = whole.lines().collect();
        let has = seaworthy_syntax::yaml::parse(&before).root().get("repos").is_some();
        if has { None } else { yaml_key(&before, &all) }
    };
    let after = yaml_entry(&before, &["repos"], &lines).or_else(keyed);
    Ok(edit(path, before, after, &add))
}

/// Only tables go on below others; a list in brackets is closed where it ends.
fn prek(path: PathBuf) -> Result<Plan, SetupError> {
    let add = format!(
        "[[repos]]\nrepo = \"{}\"\nrev = \"v{}\"\nhooks = [{{ id = \"seaworthy\" }}]\n",
        env!("CARGO_PKG_REPOSITORY"),
        env!("CARGO_PKG_VERSION"),
    );
    let before = read(&path)?.unwrap_or_default();
    if before.contains(NAME) {
        return Ok(Plan::Present(path));
    }
    let tree = toml::parse(&before);
    let tables = before.lines().any(|line| line.trim_start().starts_with("[[repos]]"));
    let sound = tree.errors().is_empty() && (tables || tree.root().get("repos").is_none());
    let after = sound.then(|| {
        let eol = if before.contains("\r\n") { "\r\n" } else { "\n" };
        let theirs = before.trim_end();
        let seam = if theirs.is_empty() { String::new() } else { eol.repeat(2) };
        format!("{theirs}{seam}{}", add.replace('\n', eol))
    });
    Ok(edit(path, before, after, &add))
}

fn lefthook(root: &Path) -> Result<Plan, SetupError> {
    let run = format!("  run: {COMMAND}");
    let job = ["- name: seaworthy", run.as_str()];
    let command = ["seaworthy:", run.as_str()];
    let whole = format!("pre-commit:\n  commands:\n    seaworthy:\n      run: {COMMAND}\n");
    if first_of(root, &LEFTHOOK).is_none()
        && let Some(path) = first_of(root, &LEFTHOOK_OTHER)
    {
        let reason = "only YAML is edited".to_owned();
        let add = format!("a command of pre-commit that runs\n{COMMAND}");
        return Ok(Plan::ByHand { path, reason, add });
    }
    let path = first_of(root, &LEFTHOOK).unwrap_or_else(|| root.join(LEFTHOOK[0]));
    let Some(before) = read(&path)? else { return Ok(new_file(path, &whole)) };
    if before.contains(NAME) {
        return Ok(Plan::Present(path));
    }
    let all: Vec<&str> = whole.lines().collect();
    let unindented: Vec<&str> = all[1..].iter().map(|line| &line[2..]).collect();
    let tree = seaworthy_syntax::yaml::parse(&before);
    let hook = tree.root().get("pre-commit");
    let has = |key: &str| hook.and_then(|hook| hook.get(key)).is_some();
    let after = if hook.is_none() {
        yaml_key(&before, &all)
    } else if has("jobs") {
        yaml_entry(&before, &["pre-commit", "jobs"], &job)
    } else if has("commands") {
        yaml_entry(&before, &["pre-commit", "commands"], &command)
    } else {
        yaml_entry(&before, &["pre-commit"], &unindented)
    };
    Ok(edit(path, before, after, &whole))
}

/// husky runs its files by `sh -e`, so that a further line fails the hook.
fn husky(root: &Path) -> Result<Plan, SetupError> {
    let path = root.join(".husky/pre-commit");
    let line = format!("{COMMAND}\n");
    let Some(before) = read(&path)? else {
        // Up to version 8 a hook reads a file of husky itself.
        let old = root.join(".husky/_/husky.sh");
        let sources = read(&old).ok().flatten().is_some_and(|text| text.contains("sh -e"));
        let head = match sources {
            true => "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\n",
            false => "",
        };
        let after = format!("{head}{line}");
        return Ok(Plan::Write(Change { path, before: None, after, executable: true }));
    };
    if before.contains(NAME) {
        return Ok(Plan::Present(path));
    }
    let after = at_the_top(&before, &line);
    Ok(edit(path, before, after, COMMAND))
}

/// lint-staged adds the names of the files, which filter what is reported.
fn lint_staged(root: &Path) -> Result<Plan, SetupError> {
    let add = format!("\"*\": \"{COMMAND}\"");
    let manifest = root.join("package.json");
    if let Some(path) = first_of(root, &LINT_STAGED_JSON) {
        return into_json(path, &[], &add);
    }
    if let Some(path) = first_of(root, &LINT_STAGED_OTHER) {
        let reason = "it is a program, or YAML of lint-staged".to_owned();
        return Ok(Plan::ByHand { path, reason, add });
    }
    match read(&manifest)? {
        Some(text) if json::parse(&text).root().get("lint-staged").is_some() => {
            into_json(manifest, &["lint-staged"], &add)
        }
        _ => Ok(new_file(root.join(LINT_STAGED_JSON[0]), &format!("{{\n  {add}\n}}\n"))),
    }
}

fn into_json(path: PathBuf, at: &[&str], add: &str) -> Result<Plan, SetupError> {
    let before = read(&path)?.unwrap_or_default();
    let tree = json::parse(&before);
    let node = if at.is_empty() { Some(tree.root()) } else { tree.root().at(at) };
    if node.is_some_and(|node| node.region().of(&before).contains(NAME)) {
        return Ok(Plan::Present(path));
    }
    // What runs on all files already is a list of others.
    if node.is_some_and(|node| node.get("*").is_some()) {
        return Ok(Plan::ByHand {
            path,
            reason: "it runs something on all files already".to_owned(),
            add: format!("\"{COMMAND}\"\nto the list of \"*\""),
        });
    }
    let after = json_member(&before, at, "*", COMMAND);
    Ok(edit(path, before, after, add))
}

fn git(root: &Path, hooks: Option<&Path>) -> Result<Plan, SetupError> {
    let Some(hooks) = hooks else {
        return Err(SetupError::new(
            root,
            "git does not say where its hooks are: make it a git repository (`git init`) first",
        ));
    };
    let path = hooks.join("pre-commit");
    let by_hand = |reason: &str| {
        let add = format!("{COMMAND} || exit");
        Ok(Plan::ByHand { path: path.clone(), reason: reason.to_owned(), add })
    };
    let text = format!(
        "#!/bin/sh\n\
         # Looks at what is staged before it is committed. To commit all the same:\n\
         # git commit --no-verify\n\
         command -v seaworthy >/dev/null 2>&1 || {{\n\
         \x20 echo 'pre-commit: seaworthy is not installed or not on the PATH' >&2\n\
         \x20 exit 1\n\
         }}\n\
         {COMMAND} || exit\n"
    );
    let below = |path: &Path| {
        let (path, root) = (path.canonicalize(), root.canonicalize());
        matches!((path, root), (Ok(path), Ok(root)) if path.starts_with(&root))
    };
    let inside = hooks.ancestors().find(|part| part.exists()).is_some_and(below);
    let of_git =
        hooks.ends_with("hooks") && hooks.parent().is_some_and(|git| git.join("HEAD").exists());
    if hooks.components().any(|part| part.as_os_str() == ".husky") {
        return by_hand("husky runs the hooks here: use `seaworthy init --hook husky`");
    }
    if !inside && !of_git {
        return by_hand("core.hooksPath leads out of the repository, to hooks that others share");
    }
    let Some(before) = read(&path)? else {
        return Ok(Plan::Write(Change { path, before: None, after: text, executable: true }));
    };
    if before.contains(NAME) {
        return Ok(Plan::Present(path));
    }
    for (mark, tool) in [("pre-commit.com", "pre-commit"), ("lefthook", "lefthook")] {
        if before.contains(mark) {
            return by_hand(&format!(
                "{tool} has put it there, and may write it anew: use `seaworthy init --hook {tool}`"
            ));
        }
    }
    let after = at_the_top(&before, &format!("{COMMAND} || exit\n"));
    if after.is_none() {
        return by_hand("it is no shell script");
    }
    Ok(edit(path, before, after, COMMAND))
}

/// The text of a shell script with a line before all others that do something: below
/// an exit code of theirs nothing would run, and after them the result of theirs
/// would be lost.
fn at_the_top(script: &str, line: &str) -> Option<String> {
    let mut at = 0;
    for (number, text) in script.split_inclusive('\n').enumerate() {
        let shebang = number == 0 && text.starts_with("#!");
        if shebang && !is_shell(text) {
            return None;
        }
        let header = text.starts_with('#') || text.contains("husky.sh");
        if !header && !text.trim().is_empty() {
            break;
        }
        if header {
            at += text.len();
        } else {
            // A blank line belongs to the header only if more of it follows.
            let rest = &script[at + text.len()..];
            if !rest.trim_start().starts_with('#') && !rest.trim_start().starts_with(". ") {
                break;
            }
            at += text.len();
        }
    }
    let eol = if script.contains("\r\n") { "\r\n" } else { "\n" };
    let seam = if at == 0 || script[..at].ends_with('\n') { "" } else { eol };
    let line = line.replace('\n', eol);
    Some(format!("{}{seam}{line}{}", &script[..at], &script[at..]))
}

fn is_shell(shebang: &str) -> bool {
    let mut words = shebang.trim_start_matches("#!").split_whitespace();
    let program = words.next().unwrap_or("");
    let name = |path: &str| path.rsplit('/').next().unwrap_or("").to_owned();
    let shell = match name(program).as_str() {
        "env" => words.find(|word| !word.starts_with('-')).map(name).unwrap_or_default(),
        other => other.to_owned(),
    };
    ["sh", "bash", "dash", "ash", "zsh", "ksh"].contains(&shell.as_str())
}
