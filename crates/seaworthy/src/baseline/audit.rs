//! `seaworthy baseline audit`: looking at every entry, one after the other.

use std::collections::HashMap;
use std::io::{BufRead, IsTerminal as _, Write};

use seaworthy_engine::Scan;
use seaworthy_engine::baseline::{Baseline, Key, OnDisk, Value, Verdict};
use seaworthy_model::{BaselineState, Evidence, Finding};
use seaworthy_report::{terminal, visible};

use super::arguments::AuditArguments;
use super::{counted, existing, options, scan};

/// The most lines that are named of an entry.
const MAX_LINES: usize = 5;

pub(super) fn run(arguments: &AuditArguments) -> anyhow::Result<u8> {
    let options = options(&arguments.at);
    let mut on_disk = existing(&options)?;
    let mut baseline = on_disk.baseline()?;
    let scan = scan(&options)?;
    let found = found(&scan);
    let stale = scan.baseline.as_ref().map_or(&[][..], |comparison| &comparison.stale);
    let mut stdout = anstream::stdout().lock();
    let on_terminal = std::io::stdin().is_terminal() && stdout.is_terminal();
    if on_terminal && !arguments.list {
        let open: Vec<Key> = baseline
            .entries()
            .filter(|(_, value)| arguments.all || value.verdict.is_none())
            .map(|(key, _)| key.clone())
            .collect();
        if open.is_empty() && baseline.entries().len() > 0 {
            writeln!(stdout, "Every entry is decided; --all walks through them again.")?;
        }
        let mut talk = Talk { input: &mut std::io::stdin().lock(), out: &mut stdout };
        if walk(&mut talk, &open, &found, &mut baseline, &mut on_disk)? {
            sweep(&mut talk, stale, &mut baseline, &mut on_disk)?;
        }
        writeln!(stdout, "{}", summary(&baseline, &[]))?;
        stdout.flush()?;
        return Ok(0);
    }
    for (key, value) in baseline.entries() {
        let stale =
            stale.iter().find(|(stale, _)| stale == key).map_or(0, |(_, stale)| stale.count);
        let places = found.get(&matter(key)).map_or(&[][..], Vec::as_slice);
        writeln!(stdout, "{}", visible(&line(key, value, stale, places)))?;
    }
    writeln!(stdout, "{}", summary(&baseline, stale))?;
    stdout.flush()?;
    Ok(0)
}

/// What findings and entries are found by.
type Matter<'a> = (&'a str, &'a str, Evidence);

fn matter(key: &Key) -> Matter<'_> {
    (key.path.as_str(), &key.rule, key.evidence)
}

/// The findings that the baseline knows.
fn found(scan: &Scan) -> HashMap<Matter<'_>, Vec<&Finding>> {
    let mut found: HashMap<Matter<'_>, Vec<&Finding>> = HashMap::new();
    let known = |finding: &&Finding| finding.baseline == Some(BaselineState::Unchanged);
    for finding in scan.report.findings.iter().filter(known) {
        for matter in &finding.matters {
            let key = (matter.artifact.as_str(), matter.rule, matter.evidence);
            found.entry(key).or_default().push(finding);
        }
    }
    found
}

/// An entry on one line.
fn line(key: &Key, value: &Value, stale: u32, places: &[&Finding]) -> String {
    let verdict = match value.verdict {
        _ if stale >= value.count => "stale",
        None => "undecided",
        Some(verdict) => verdict.as_str(),
    };
    let mut line = format!("{verdict:14}  {}  {}", key.rule, key.path);
    // Of findings about one secret in several files one shows its place.
    let here = places.iter().filter(|finding| finding.location.artifact == key.path);
    let lines: Vec<String> =
        here.map(|finding| finding.location.start.line.max(1).to_string()).collect();
    if let Some((first, more)) = lines.split_first() {
        line.push_str(&format!(":{first}"));
        let shown = more.iter().take(MAX_LINES - 1);
        line.extend(shown.map(|number| format!(", {number}")));
        if more.len() >= MAX_LINES {
            line.push_str(", …");
        }
    }
    if value.count > 1 {
        line.push_str(&format!("  {} times", value.count));
        if stale > 0 && stale < value.count {
            line.push_str(&format!(", {stale} of them stale"));
        }
    }
    if !value.reason.is_empty() {
        line.push_str(&format!("  ({})", value.reason));
    }
    line
}

fn summary(baseline: &Baseline, stale: &[(Key, Value)]) -> String {
    let count = |verdict| baseline.entries().filter(|(_, value)| value.verdict == verdict).count();
    let (entries, findings) = (baseline.entries().len(), baseline.findings());
    let entries = if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
    let mut summary = format!("{entries} for {}", counted(findings, "finding"));
    let verdicts = Verdict::ALL.map(Some).into_iter().chain([None]);
    for (verdict, count) in verdicts.map(|v| (v, count(v))).filter(|(_, count)| *count > 0) {
        let name = verdict.map_or("undecided", Verdict::as_str);
        summary.push_str(&format!(", {count} {name}"));
    }
    if !stale.is_empty() {
        let them = if stale.len() == 1 { "it" } else { "them" };
        let count = stale.len();
        summary.push_str(&format!(", {count} stale: `seaworthy baseline prune` drops {them}"));
    }
    summary
}

/// The two ends of a conversation.
struct Talk<'a> {
    input: &'a mut dyn BufRead,
    out: &'a mut dyn Write,
}

impl Talk<'_> {
    /// Asks, and gives the answer without the blanks around it; `None` at the end of
    /// the input.
    fn ask(&mut self, question: &str) -> anyhow::Result<Option<String>> {
        write!(self.out, "{question} ")?;
        self.out.flush()?;
        let mut answer = String::new();
        let read = self.input.read_line(&mut answer)?;
        Ok((read > 0).then(|| answer.trim().to_owned()))
    }
}

/// How findings are shown to whoever is asked.
fn shown() -> terminal::Options {
    let stdout = std::io::stdout();
    let plain = terminal::Options::default();
    terminal::Options {
        color: anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
        width: terminal_size::terminal_size().map_or(plain.width, |(width, _)| width.0.into()),
        interactive: true,
        ..plain
    }
}

/// Asks about each entry. What is decided is written at once. Whether nobody has had
/// enough before the end.
fn walk(
    talk: &mut Talk<'_>,
    open: &[Key],
    found: &HashMap<Matter<'_>, Vec<&Finding>>,
    baseline: &mut Baseline,
    on_disk: &mut OnDisk,
) -> anyhow::Result<bool> {
    let options = shown();
    for (index, key) in open.iter().enumerate() {
        writeln!(talk.out, "\n{} of {}", index + 1, open.len())?;
        match found.get(&matter(key)).and_then(|places| places.first()) {
            Some(finding) => terminal::write_finding(finding, &options, &mut talk.out)?,
            None => writeln!(talk.out, "{}", visible(&super::entry(key, 1)))?,
        }
        loop {
            let question = "[r]eal, [f]alse positive, [a]ccepted, take it [o]ut, [s]kip, [q]uit?";
            let verdict = match talk.ask(question)?.as_deref() {
                None | Some("q" | "quit") => return Ok(false),
                Some("" | "s" | "skip") => break,
                Some("o" | "out") => {
                    baseline.remove(key);
                    on_disk.write(baseline)?;
                    break;
                }
                Some("r" | "real") => Verdict::Real,
                Some("f" | "false") => Verdict::FalsePositive,
                Some("a" | "accepted") => Verdict::Accepted,
                Some(_) => {
                    writeln!(talk.out, "Say one of the letters in brackets.")?;
                    continue;
                }
            };
            let reason = talk.ask("Reason (may be left out):")?.filter(|reason| !reason.is_empty());
            baseline.decide(key, verdict, reason.as_deref());
            on_disk.write(baseline)?;
            break;
        }
    }
    Ok(true)
}

/// Asks about the stale entries.
fn sweep(
    talk: &mut Talk<'_>,
    stale: &[(Key, Value)],
    baseline: &mut Baseline,
    on_disk: &mut OnDisk,
) -> anyhow::Result<()> {
    if !stale.is_empty() {
        for (key, value) in stale {
            writeln!(talk.out, "- {}", visible(&super::entry(key, value.count)))?;
        }
        let question = "These are not found any more. Drop them? [y/N]";
        if matches!(talk.ask(question)?.as_deref(), Some("y" | "Y" | "yes")) {
            for (key, value) in stale {
                baseline.lessen(key, value.count);
            }
            on_disk.write(baseline)?;
        }
    }
    Ok(())
}
