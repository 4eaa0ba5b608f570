//! `seaworthy init`: settings, a hook and a workflow, shown before they are written.

mod settings;

use std::io::Write;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Effects, Style};
use seaworthy_engine::setup::{self, HookTool, Pipeline, Plan};

use crate::arguments::{Hook, InitArguments, Tool, Workflow};
use crate::ask;

const HEAD: Style = Style::new().effects(Effects::BOLD);
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();

/// A part of what can be set up.
struct Part {
    name: String,
    plan: Plan,
}

pub(crate) fn init(arguments: &InitArguments) -> anyhow::Result<u8> {
    let root = &arguments.directory;
    anyhow::ensure!(
        root.is_dir(),
        "{}: there is no such directory; name the root of the repository",
        root.display()
    );
    let named = arguments.settings
        || arguments.hook.is_some()
        || arguments.workflow.is_some()
        || arguments.from.is_some();
    let mut parts = if named { wanted(arguments)? } else { fitting(root)? };
    let mut out = anstream::stdout().lock();
    let asks = !arguments.yes && !arguments.dry_run;
    if !named && asks && ask::can_ask() && parts.iter().any(Part::is_open) {
        parts = choose(root, parts, &mut out)?;
    }
    show(root, &parts, &mut out)?;
    let mut writes = 0;
    let mut by_hand = 0;
    for part in &parts {
        match part.plan {
            Plan::Write(_) => writes += 1,
            Plan::ByHand { .. } => by_hand += 1,
            Plan::Present(_) => {}
        }
    }
    out.flush()?;
    // What was asked for by name and is left to be done is no success.
    let left = u8::from(named && by_hand > 0);
    if writes == 0 {
        if by_hand == 0 {
            writeln!(out, "Nothing to write: all is there.")?;
        }
        return Ok(left);
    }
    if arguments.dry_run {
        writeln!(out, "Nothing was written: this is what would be.")?;
        return Ok(left);
    }
    if !arguments.yes {
        anyhow::ensure!(
            ask::can_ask(),
            "nothing was written, as nobody is there to be asked: add --yes to write this"
        );
        let files =
            if writes == 1 { "this file".to_owned() } else { format!("these {writes} files") };
        if !ask::yes(&format!("Write {files}?"))? {
            writeln!(out, "Nothing was written.")?;
            return Ok(0);
        }
    }
    for part in &parts {
        if let Plan::Write(change) = &part.plan {
            setup::write(change)?;
            let verb = if change.before.is_some() { "Edited" } else { "Wrote" };
            writeln!(out, "{verb} {}.", name(root, &change.path))?;
        }
    }
    for hint in parts.iter().filter_map(|part| hint(&part.name)) {
        writeln!(out, "{hint}")?;
    }
    out.flush()?;
    Ok(left)
}

impl Part {
    fn is_open(&self) -> bool {
        !matches!(self.plan, Plan::Present(_))
    }
}

/// What the arguments name.
fn wanted(arguments: &InitArguments) -> anyhow::Result<Vec<Part>> {
    let root = &arguments.directory;
    let mut parts = Vec::new();
    let settings = match arguments.from {
        Some(Tool::Gitleaks) => Some(settings::from_gitleaks(root)?),
        None if arguments.settings => Some(settings::anew(root)),
        None => None,
    };
    parts.extend(settings.map(|plan| Part { name: "settings".to_owned(), plan }));
    if let Some(hook) = arguments.hook {
        let tool = match hook {
            Hook::Auto => setup::hook_tool(root).unwrap_or(HookTool::Git),
            Hook::PreCommit => HookTool::PreCommit,
            Hook::Lefthook => HookTool::Lefthook,
            Hook::Husky => HookTool::Husky,
            Hook::LintStaged => HookTool::LintStaged,
            Hook::Git => HookTool::Git,
        };
        parts.push(hook_of(root, tool)?);
    }
    if let Some(workflow) = arguments.workflow {
        let pipeline = match workflow {
            Workflow::Github => Pipeline::Github,
            Workflow::Gitlab => Pipeline::Gitlab,
        };
        parts.push(pipeline_of(root, pipeline)?);
    }
    Ok(parts)
}

/// What fits a repository: settings, the hook of the tool that it uses, and the
/// pipeline of where it lives.
fn fitting(root: &Path) -> anyhow::Result<Vec<Part>> {
    let mut parts = vec![Part { name: "settings".to_owned(), plan: settings::anew(root) }];
    if let Some(tool) = setup::hook_tool(root) {
        parts.push(hook_of(root, tool)?);
    }
    if let Some(pipeline) = setup::pipeline(root) {
        parts.push(pipeline_of(root, pipeline)?);
    }
    Ok(parts)
}

fn hook_of(root: &Path, tool: HookTool) -> anyhow::Result<Part> {
    let hooks = (tool == HookTool::Git).then(|| hooks_directory(root)).flatten();
    let plan = setup::plan_hook(root, tool, hooks.as_deref())?;
    Ok(Part { name: format!("hook of {}", tool.name()), plan })
}

fn pipeline_of(root: &Path, pipeline: Pipeline) -> anyhow::Result<Part> {
    let plan = setup::plan_pipeline(root, pipeline)?;
    let name = match pipeline {
        Pipeline::Github => "workflow of GitHub",
        Pipeline::Gitlab => "job of GitLab",
    };
    Ok(Part { name: name.to_owned(), plan })
}

/// Where git looks for hooks: worktrees and `core.hooksPath` have a say in it.
fn hooks_directory(root: &Path) -> Option<PathBuf> {
    let output = std::process::Command::new("git")
        .args(["rev-parse", "--git-path", "hooks"])
        .current_dir(root)
        .stderr(std::process::Stdio::null())
        .output()
        .ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    let path = path.trim_end_matches(['\n', '\r']);
    (output.status.success() && !path.is_empty()).then(|| root.join(path))
}

/// Asks which of the parts are wanted.
fn choose(root: &Path, parts: Vec<Part>, out: &mut dyn Write) -> anyhow::Result<Vec<Part>> {
    let (open, present): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(Part::is_open);
    for part in &present {
        if let Plan::Present(path) = &part.plan {
            writeln!(out, "{} ({}) is there already", name(root, path), part.name)?;
        }
    }
    if open.len() == 1 {
        return Ok(open);
    }
    writeln!(out, "This fits the repository:")?;
    let widest = open.iter().map(|part| part.name.len()).max().unwrap_or(0);
    for (number, part) in open.iter().enumerate() {
        let (path, what) = match &part.plan {
            Plan::Write(change) if change.before.is_some() => (&change.path, "edited"),
            Plan::Write(change) => (&change.path, "new"),
            Plan::ByHand { path, .. } | Plan::Present(path) => (path, "by hand"),
        };
        let place = name(root, path);
        writeln!(out, "  {}. {:widest$}  {PLACE}{place}{PLACE:#} ({what})", number + 1, part.name)?;
    }
    out.flush()?;
    loop {
        let Some(answer) = ask::ask("Which of them? Numbers, none, or all [all]:")? else {
            return Ok(Vec::new());
        };
        let numbers: Option<Vec<usize>> = match answer.as_str() {
            "" | "all" | "a" | "y" | "yes" => Some((1..=open.len()).collect()),
            "none" | "n" | "no" | "q" => Some(Vec::new()),
            list => list
                .split([' ', ','])
                .filter(|word| !word.is_empty())
                .map(|word| word.parse().ok().filter(|number| (1..=open.len()).contains(number)))
                .collect(),
        };
        if let Some(numbers) = numbers {
            let chosen = open.into_iter().enumerate();
            return Ok(chosen
                .filter(|(index, _)| numbers.contains(&(index + 1)))
                .map(|(_, part)| part)
                .collect());
        }
        writeln!(out, "Say the numbers, for instance: 1 3")?;
        out.flush()?;
    }
}

fn show(root: &Path, parts: &[Part], out: &mut dyn Write) -> std::io::Result<()> {
    for part in parts {
        match &part.plan {
            Plan::Write(change) => {
                let what = if change.before.is_some() { "edited" } else { "new" };
                let place = name(root, &change.path);
                writeln!(out, "{HEAD}{place}{HEAD:#} ({}, {what}):", part.name)?;
                for line in setup::shown(change).lines() {
                    let style = match line.as_bytes().first() {
                        Some(b'+') => ADDED,
                        Some(b'-') => REMOVED,
                        _ => PLACE,
                    };
                    writeln!(out, "{style}{}{style:#}", seaworthy_report::visible(line))?;
                }
                writeln!(out)?;
            }
            Plan::Present(path) => {
                let place = name(root, path);
                writeln!(out, "{HEAD}{place}{HEAD:#} ({}) is there already\n", part.name)?;
            }
            Plan::ByHand { path, reason, add } => {
                let place = name(root, path);
                writeln!(out, "{HEAD}{place}{HEAD:#} is left as it is: {reason}. Add by hand:")?;
                for line in add.lines() {
                    writeln!(out, "    {line}")?;
                }
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

/// A path as its reader knows it: below the root, or where it is.
fn name(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    seaworthy_report::visible(&path.to_string_lossy()).into_owned()
}

/// What is left to do before a part works.
fn hint(part: &str) -> Option<&'static str> {
    match part {
        "hook of pre-commit" => {
            Some("Run `pre-commit install`, or `prek install`, once in each clone.")
        }
        "hook of lefthook" => Some("Run `lefthook install` once in each clone."),
        "hook of lint-staged" => Some("lint-staged runs it with the files that are staged."),
        "hook of husky" => Some("It runs once `husky` is set up, as `npm install` does."),
        "hook of git" => Some("It runs before your next commit, in this clone alone."),
        "workflow of GitHub" => Some("Commit and push the workflow: it runs from then on."),
        _ => None,
    }
}
