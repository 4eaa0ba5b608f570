//! `cargo xtask compare`: what this finds and what its peers do, and how long each takes.
//!
//! The peers come from PyPI and npm, at the versions named in `peers.rs`, and are installed
//! below `target/compare`. What is compared are the repositories of `fixtures`, of which it
//! is known by hand what is wrong with them and what only looks so. Where it is in doubt
//! whether a peer means a fault, it counts as found by it: anything said within a line of it
//! will do, and anything at all of a file where something is absent.

mod peers;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use crate::{say, target};
use peers::{PEERS, Peer};

/// Where the tables stand in the page.
const BEGIN: &str = "<!-- compare: begin -->";
const END: &str = "<!-- compare: end -->";

/// How often a large tree is scanned, after once that is not counted.
const RUNS: usize = 5;

/// A place that something is said about. No line: the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Relative to the repository.
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: Option<u64>,
}

/// The hand-made verdict on a fixture, as far as it is compared.
#[derive(Deserialize)]
struct Verdict {
    #[serde(rename = "fault")]
    faults: Vec<Fault>,
    #[serde(default, rename = "trap")]
    traps: Vec<Trap>,
}

#[derive(Deserialize)]
struct Fault {
    rule: String,
    path: String,
    line: Option<u64>,
}

#[derive(Deserialize)]
struct Trap {
    path: String,
    line: Option<u64>,
    #[serde(default)]
    rules: Vec<String>,
}

/// What was counted of one peer.
#[derive(Default)]
struct Tally {
    faults: usize,
    ours: usize,
    theirs: usize,
    traps: usize,
    trapped: usize,
    /// Places that the peer alone speaks of.
    others: usize,
}

/// Runs the comparison: `--with` a program, `--write` into the page, `--tree` to be timed.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    let (mut program, mut write, mut tree) = (target(root).join("quick/seaworthy"), false, None);
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let mut value = || rest.next().map(std::path::absolute).context("an option needs a value");
        match *name {
            "--write" => write = true,
            "--with" => program = value()??,
            "--tree" => tree = Some(value()??),
            other => anyhow::bail!("unknown option `{other}`"),
        }
    }
    anyhow::ensure!(program.is_file(), "{} is not built", program.display());
    let place = target(root).join("compare");
    let tools = peers::install(&place)?;
    let repositories = repositories(root, &place.join("repositories"))?;
    let mut text = String::from(
        "| field | peer | planted faults | found here | found by it | traps | it speaks of | \
         other places it speaks of |\n|---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for peer in PEERS {
        if !tools.has(peer) {
            say(&format!("{} could not be installed; it is left out", peer.name));
            continue;
        }
        let mut tally = Tally::default();
        for (repository, verdict) in &repositories {
            let ours = places_of_ours(&program, repository)?;
            let theirs = peers::places(peer, &tools, repository)
                .with_context(|| format!("{} in {}", peer.name, repository.display()))?;
            count(peer, verdict, &ours, &theirs, &mut tally);
        }
        let Tally { faults, ours, theirs, traps, trapped, others } = tally;
        let _ = writeln!(
            text,
            "| {} | {} {} | {faults} | {ours} | {theirs} | {traps} | {trapped} | {others} |",
            peer.field, peer.name, peer.version
        );
    }
    if let Some(tree) = tree {
        text.push_str(&times(&program, &tools, &tree)?);
    }
    say(&text);
    if write {
        let page = root.join("docs/compare.md");
        let old = std::fs::read_to_string(&page)?;
        let (before, rest) = old.split_once(BEGIN).context("the page has no place for tables")?;
        let (_, after) = rest.split_once(END).context("the page has no end of the tables")?;
        std::fs::write(&page, format!("{before}{BEGIN}\n\n{text}\n{END}{after}"))?;
    }
    Ok(true)
}

/// Makes git repositories of the fixtures, with what is tracked in them.
fn repositories(root: &Path, place: &Path) -> anyhow::Result<Vec<(PathBuf, Verdict)>> {
    if place.exists() {
        std::fs::remove_dir_all(place)?;
    }
    let mut made = Vec::new();
    let mut cases: Vec<_> =
        std::fs::read_dir(root.join("fixtures"))?.collect::<Result<Vec<_>, _>>()?;
    cases.sort_by_key(std::fs::DirEntry::file_name);
    for case in cases {
        let Ok(verdict) = std::fs::read_to_string(case.path().join("expected.toml")) else {
            continue;
        };
        let verdict = toml::from_str(&verdict).context("a verdict cannot be read")?;
        let repository = place.join(case.file_name());
        std::fs::create_dir_all(place)?;
        succeed(Command::new("cp").arg("-R").arg(case.path().join("repo")).arg(&repository))?;
        let git = |arguments: &[&str]| {
            succeed(Command::new("git").args(arguments).current_dir(&repository))
        };
        git(&["init", "--quiet"])?;
        git(&["add", "--all", "--force"])?;
        let untracked = std::fs::read_to_string(case.path().join("untracked.txt"));
        for path in untracked.unwrap_or_default().lines() {
            git(&["rm", "--quiet", "--cached", path])?;
        }
        let name = ["-c", "user.name=compare", "-c", "user.email=compare@example.com"];
        git(&[&name[..], &["commit", "--quiet", "--message=Start"]].concat())?;
        made.push((repository, verdict));
    }
    Ok(made)
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    anyhow::ensure!(status.success(), "{command:?} failed");
    Ok(())
}

/// What this says, suppressed findings aside; the rule stands before the place.
fn places_of_ours(program: &Path, repository: &Path) -> anyhow::Result<Vec<(String, Place)>> {
    let output = Command::new(program)
        .args(["scan", "--format", "json", "--fail-on", "never"])
        .current_dir(repository)
        .output()?;
    let report: Value = serde_json::from_slice(&output.stdout).context("our report")?;
    let findings = report["findings"].as_array().context("our findings")?;
    let mut places = Vec::new();
    for finding in findings {
        let rule = finding["rule"].as_str().unwrap_or_default();
        let related = finding["related"].as_array().into_iter().flatten();
        let locations = std::iter::once(&finding["location"])
            .chain(related.map(|it| it.get("location").unwrap_or(it)));
        for location in locations {
            let path = location["path"].as_str().unwrap_or_default().to_owned();
            let line = location["start"]["line"].as_u64();
            places.push((rule.to_owned(), Place { path, line }));
        }
    }
    Ok(places)
}

fn count(
    peer: &Peer,
    verdict: &Verdict,
    ours: &[(String, Place)],
    theirs: &[Place],
    tally: &mut Tally,
) {
    for fault in &verdict.faults {
        if !(peer.reads)(&fault.path) || !(peer.means)(&fault.rule) {
            continue;
        }
        let there = Place { path: fault.path.clone(), line: fault.line };
        tally.faults += 1;
        tally.ours +=
            usize::from(ours.iter().any(|(rule, it)| *rule == fault.rule && is_at(it, &there)));
        tally.theirs += usize::from(theirs.iter().any(|it| is_at(it, &there)));
    }
    for trap in &verdict.traps {
        // A peer may speak of another fault of the line than that which is none.
        let all = trap.rules.is_empty() || trap.rules.iter().any(|rule| (peer.means)(rule));
        if let (Some(line), true, true) = (trap.line, (peer.reads)(&trap.path), all) {
            tally.traps += 1;
            let exactly = |it: &&Place| it.path == trap.path && it.line == Some(line);
            tally.trapped += usize::from(theirs.iter().any(|it| exactly(&it)));
        }
    }
    let others: BTreeSet<&Place> =
        theirs.iter().filter(|it| !ours.iter().any(|(_, our)| is_at(our, it))).collect();
    tally.others += others.len();
}

/// Whether two places are the same file, and lines next to each other where both have one.
fn is_at(one: &Place, other: &Place) -> bool {
    let near = match (one.line, other.line) {
        (Some(one), Some(other)) => one.abs_diff(other) <= 1,
        _ => true,
    };
    one.path == other.path && near
}

/// Times this and who reads a whole tree, one after the other in turns.
fn times(program: &Path, tools: &peers::Tools, tree: &Path) -> anyhow::Result<String> {
    let mut rows: Vec<(&str, Vec<f64>)> = vec![("seaworthy", Vec::new())];
    rows.extend(PEERS.iter().filter(|it| it.is_timed && tools.has(it)).map(|it| (it.name, vec![])));
    for round in 0..=RUNS {
        for (name, taken) in &mut rows {
            let started = Instant::now();
            match PEERS.iter().find(|peer| peer.name == *name) {
                Some(peer) => drop(peers::output(peer, tools, tree)?),
                None => {
                    let arguments = ["scan", "--format", "json", "--fail-on", "never"];
                    Command::new(program).args(arguments).current_dir(tree).output()?;
                }
            }
            if round > 0 {
                taken.push(started.elapsed().as_secs_f64());
            }
        }
    }
    let mut text = String::from(
        "\n| whole tree | median | least | most | times ours |\n|---|---:|---:|---:|---:|\n",
    );
    let mut ours = None;
    for (name, mut taken) in rows {
        taken.sort_by(f64::total_cmp);
        let (median, least, most) = (taken[RUNS / 2], taken[0], taken[RUNS - 1]);
        let ours = *ours.get_or_insert(median);
        let ratio = median / ours;
        let _ =
            writeln!(text, "| {name} | {median:.2} s | {least:.2} s | {most:.2} s | {ratio:.1} |");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, line: Option<u64>) -> Place {
        Place { path: path.to_owned(), line }
    }

    #[test]
    fn doubt_counts_for_the_peer_and_traps_count_by_their_line() {
        let peer = PEERS.iter().find(|peer| peer.name == "hadolint").expect("a peer");
        let verdict: Verdict = toml::from_str(
            "
[[fault]]
rule = 'dockerfile-user-root'
path = 'Dockerfile'
line = 4
[[fault]]
rule = 'dockerfile-healthcheck-missing'
path = 'Dockerfile'
[[fault]]
rule = 'compose-db-port-published'
path = 'compose.yml'
line = 1
[[trap]]
path = 'Dockerfile'
line = 9
",
        )
        .expect("a verdict");
        let ours = [("dockerfile-user-root".to_owned(), place("Dockerfile", Some(4)))];
        let theirs = [place("Dockerfile", Some(5)), place("Dockerfile", Some(10))];
        let mut tally = Tally::default();
        count(peer, &verdict, &ours, &theirs, &mut tally);
        assert_eq!((tally.faults, tally.ours, tally.theirs), (2, 1, 2));
        assert_eq!((tally.traps, tally.trapped, tally.others), (1, 0, 1));
    }
}
