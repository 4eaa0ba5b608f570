//! `seaworthy baseline`: what a team knows of and has not mended yet.

mod arguments;
mod audit;
mod import;

pub(crate) use arguments::BaselineArguments;

use std::io::Write as _;

use seaworthy_engine::baseline::{self, Baseline, BaselineError, Choice, Key, OnDisk};
use seaworthy_engine::{Scan, ScanOptions};
use seaworthy_model::{Finding, Level, NotificationKind};
use seaworthy_report::{terminal, visible};

use arguments::{
    BaselineCommand, CreateArguments, PruneArguments, UpdateArguments, WhereArguments,
};

/// The most lines on what came and went.
const MAX_LINES: usize = 20;

/// Does what is asked.
pub(crate) fn run(arguments: &BaselineArguments) -> anyhow::Result<u8> {
    match &arguments.command {
        BaselineCommand::Create(arguments) => create(arguments),
        BaselineCommand::Update(arguments) => update(arguments),
        BaselineCommand::Prune(arguments) => prune(arguments),
        BaselineCommand::Audit(arguments) => audit::run(arguments),
    }
}

fn create(arguments: &CreateArguments) -> anyhow::Result<u8> {
    let mut options = options(&arguments.at);
    let mut on_disk = OnDisk::find(&options)?;
    if on_disk.text.is_some() && !arguments.force {
        return Err(BaselineError::Exists { path: on_disk.path() }.into());
    }
    options.baseline = Choice::Off;
    let scan = scan(&options)?;
    let baseline = match arguments.from.as_slice() {
        [] => baseline::of(&scan.report.findings, &arguments.reason),
        pairs => import::from(pairs, &options, &scan, &arguments.reason)?,
    };
    let is_leak =
        |finding: &&Finding| finding.leak.is_some() && baseline::holds(&baseline, finding);
    let leaks = scan.report.findings.iter().filter(is_leak).count();
    write(&mut on_disk, &baseline, arguments.dry_run)?;
    if leaks > 0 {
        let (are, them) = if leaks == 1 { ("is a", "it") } else { ("are", "them") };
        let secrets = if leaks == 1 { "leaked secret" } else { "leaked secrets" };
        say(format!("{leaks} of these {are} {secrets}: revoke {them} all the same."))?;
    }
    if !arguments.dry_run {
        say("Commit the file: from now on only new findings count. `seaworthy baseline audit` \
             walks through it.")?;
    }
    Ok(0)
}

fn update(arguments: &UpdateArguments) -> anyhow::Result<u8> {
    let options = options(&arguments.at);
    let mut on_disk = existing(&options)?;
    let scan = scan(&options)?;
    let comparison = scan.baseline.clone().unwrap_or_default();
    let updated = baseline::updated(&comparison, &scan.report.findings, &arguments.reason);
    let new: Vec<&Finding> = scan.report.open_findings().collect();
    let line = |finding: &&Finding| {
        let place = &finding.location;
        let (rule, severity) = (finding.rule.id, finding.severity);
        format!("+ {rule} ({severity}) {}:{}", place.artifact, place.start.line.max(1))
    };
    lines(new.iter().map(line))?;
    gone(&scan)?;
    write(&mut on_disk, &updated, arguments.dry_run)?;
    Ok(0)
}

fn prune(arguments: &PruneArguments) -> anyhow::Result<u8> {
    let options = options(&arguments.at);
    let mut on_disk = existing(&options)?;
    let scan = scan(&options)?;
    gone(&scan)?;
    let kept =
        scan.baseline.map_or_else(|| on_disk.baseline(), |comparison| Ok(comparison.kept))?;
    write(&mut on_disk, &kept, arguments.dry_run)?;
    Ok(0)
}

/// What the arguments mean for a scan.
fn options(at: &WhereArguments) -> ScanOptions {
    let mut options = ScanOptions::new(at.directory.clone());
    options.config.clone_from(&at.config);
    options.history.clone_from(&at.history);
    options.plugins = crate::scan::plugin_options();
    options.plugins.allow_untrusted = at.allow_repo_plugins;
    options.baseline = at.baseline.clone().map_or(Choice::Found, Choice::File);
    options
}

/// The baseline, which must be there and be whole.
fn existing(options: &ScanOptions) -> anyhow::Result<OnDisk> {
    let on_disk = OnDisk::find(options)?;
    if on_disk.text.is_none() {
        return Err(BaselineError::Missing { path: on_disk.path() }.into());
    }
    on_disk.baseline()?;
    Ok(on_disk)
}

/// Scans. What a broken scan has found would make a wrong baseline.
fn scan(options: &ScanOptions) -> anyhow::Result<Scan> {
    let scan = seaworthy_engine::scan(options)?;
    let mut stderr = anstream::stderr().lock();
    for notification in &scan.report.notifications {
        if notification.kind.level() == Level::Error
            || notification.kind == NotificationKind::PluginNotRun
        {
            terminal::write_notification(notification, &terminal::Options::default(), &mut stderr)?;
        }
    }
    anyhow::ensure!(
        scan.report.exit_code != 2,
        "the scan is not complete, so the baseline stays as it is"
    );
    Ok(scan)
}

/// Says what is not found any more, and what was moved.
fn gone(scan: &Scan) -> anyhow::Result<()> {
    let Some(comparison) = &scan.baseline else { return Ok(()) };
    lines(comparison.stale.iter().map(|(key, value)| format!("- {}", entry(key, value.count))))?;
    lines(comparison.moved.iter().map(|(from, to)| format!("> {from} is {to} now")))
}

/// An entry on one line.
fn entry(key: &Key, count: u32) -> String {
    match count {
        0 | 1 => format!("{} {}", key.rule, key.path),
        n => format!("{} {} ({n} times)", key.rule, key.path),
    }
}

fn lines(lines: impl ExactSizeIterator<Item = String>) -> anyhow::Result<()> {
    let more = lines.len().saturating_sub(MAX_LINES);
    for line in lines.take(MAX_LINES) {
        say(line)?;
    }
    if more > 0 {
        say(format!("  and {more} more"))?;
    }
    Ok(())
}

/// Writes the baseline, and says how it looks now.
fn write(on_disk: &mut OnDisk, baseline: &Baseline, dry_run: bool) -> anyhow::Result<()> {
    let path = on_disk.path();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let findings = counted(baseline.findings(), "finding");
    let same = on_disk.text.as_ref().is_some_and(|text| *text == baseline.write());
    if same {
        return say(format!("{name} stays as it is: {findings}."));
    }
    if dry_run {
        return say(format!("Nothing was written; {name} would hold {findings}."));
    }
    on_disk.write(baseline)?;
    say(format!("Wrote {name}: {findings}."))
}

/// Prints a line.
fn say(line: impl AsRef<str>) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}", visible(line.as_ref()))?;
    Ok(())
}

/// `1 finding`, `3 findings`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
