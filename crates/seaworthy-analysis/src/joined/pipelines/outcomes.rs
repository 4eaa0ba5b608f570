//! Whether a failure counts, and where a script leads to.

use seaworthy_formats::shell::{Command, Joint, Script, Stage};
use seaworthy_model::ArtifactPath;

/// Whether `|| true`, or another command that cannot fail, follows.
pub(super) fn is_ignored(script: &Script, index: usize) -> bool {
    let command = &script.commands[index];
    let own = std::iter::once(command.pipeline);
    let around = script.blocks_above(command).filter_map(|block| block.pipeline);
    own.chain(around).any(|pipeline| {
        let mut at = script.pipelines[pipeline].next;
        // What follows by `&&` belongs to what may fail.
        for _ in 0..50 {
            match at {
                Some(next) if script.pipelines[next].joint == Joint::And => {
                    at = script.pipelines[next].next;
                }
                _ => break,
            }
        }
        let Some(next) = at.map(|at| &script.pipelines[at]) else { return false };
        next.joint == Joint::Or
            && next.next.is_none()
            && next.stages.iter().all(|stage| match stage {
                Stage::Command(command) => cannot_fail(&script.commands[*command]),
                Stage::Block(block) => script.inside(*block).all(cannot_fail),
            })
    })
}

fn cannot_fail(command: &Command) -> bool {
    match command.program() {
        Some("true" | ":" | "echo" | "printf") => true,
        Some("exit") => command.words.get(1).is_none_or(|word| word.text == "0"),
        _ => false,
    }
}

/// Whether a program is told not to fail, or does not unless it is told to.
pub(super) fn never_fails(program: &str, arguments: &[String]) -> bool {
    let has = |names: &[&str]| arguments.iter().any(|word| names.contains(&word.as_str()));
    let valued = |flag: &str, value: &str| {
        arguments.windows(2).any(|pair| pair[0] == flag && pair[1] == value)
            || arguments.iter().any(|word| *word == format!("{flag}={value}"))
    };
    match program {
        "trivy" => {
            !arguments.iter().any(|word| word.starts_with("--exit-code"))
                || valued("--exit-code", "0")
        }
        "gitleaks" => valued("--exit-code", "0"),
        "snyk" => has(&["monitor"]),
        "npm" | "pnpm" | "yarn" => valued("--audit-level", "none"),
        "ruff" | "flake8" | "pylint" => has(&["--exit-zero"]),
        "semgrep" => !has(&["ci", "--error"]),
        "grype" => !arguments.iter().any(|word| word.starts_with("--fail-on") || word == "-f"),
        _ => false,
    }
}

/// A path below a directory of the repository; `None` when it cannot be told.
pub(super) fn below(directory: Option<&str>, path: &str) -> Option<String> {
    if path.contains(['$', '*', '~', '`']) {
        return None;
    }
    ArtifactPath::resolve(directory?, path).map(|path| path.as_str().to_owned())
}

/// What a target needs, and its lines.
pub(super) fn recipe(text: &str, name: &str) -> Option<(Vec<String>, Vec<String>)> {
    let mut lines = text.lines();
    let needed = lines.find_map(|line| {
        let (targets, needed) = line.split_once(':')?;
        let is = !line.starts_with(['\t', ' ', '#'])
            && !needed.starts_with('=')
            && targets.split_whitespace().next() == Some(name);
        is.then(|| needed.to_owned())
    })?;
    let needed = needed.split('#').next().unwrap_or("").split_whitespace();
    let needed = needed.filter(|word| !word.contains(['$', '=', '|', '('])).take(50);
    let mut recipe: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in lines.take(500) {
        if !line.starts_with(['\t', ' ']) {
            if line.trim().is_empty() {
                continue;
            }
            break;
        }
        let line = line.trim().trim_start_matches('@');
        match recipe.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push('\n');
                last.push_str(line);
            }
            None => recipe.push(line.to_owned()),
        }
        goes_on = line.ends_with('\\');
    }
    Some((needed.map(ToOwned::to_owned).collect(), recipe))
}
