//! `seaworthy rules` and `schema`: what the tool knows of itself.

use std::io::{IsTerminal as _, Write};

use anstyle::{AnsiColor, Effects, Style};
use serde_json::json;

use seaworthy_engine::packs::{self, About};
use seaworthy_model::{Group, Rule, Severity};
use seaworthy_report::terminal;

use crate::arguments::{RulesArguments, RulesCheckArguments, RulesCommand, RulesFormat};
use crate::scan::color;

pub(crate) fn rules(arguments: &RulesArguments) -> anyhow::Result<u8> {
    if let Some(RulesCommand::Check(arguments)) = &arguments.command {
        return check(arguments);
    }
    if arguments.detectors {
        anyhow::ensure!(
            arguments.group.is_empty(),
            "detectors are in no group; --severity narrows them down"
        );
        return detectors(arguments);
    }
    let mut rules = all_rules()?;
    rules.retain(|rule| {
        arguments.severity.is_none_or(|least| rule.severity >= least)
            && (arguments.group.is_empty() || arguments.group.contains(&rule.group))
    });
    let mut out = anstream::stdout().lock();
    match arguments.format {
        RulesFormat::Table if std::io::stdout().is_terminal() => {
            by_group(&rules, &mut out)?;
        }
        RulesFormat::Table => {
            let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            for rule in &rules {
                writeln!(
                    out,
                    "{:widest$}  {:8}  {:16}  {}",
                    rule.id,
                    rule.severity.as_str(),
                    rule.group.as_str(),
                    rule.summary,
                )?;
            }
            let count = packs::detectors().len();
            writeln!(out, "\nand {count} detectors of secrets: `seaworthy rules --detectors`")?;
        }
        RulesFormat::Json => {
            let list: Vec<_> = rules
                .iter()
                .map(|rule| {
                    json!({
                        "id": rule.id,
                        "formerIds": rule.former_ids,
                        "group": rule.group.as_str(),
                        "summary": rule.summary,
                        "severity": rule.severity.as_str(),
                        "level": rule.severity.level().as_str(),
                        "precision": rule.precision.as_str(),
                        "cwe": rule.cwe,
                        "enabled": rule.enabled,
                        "help": rule.help,
                    })
                })
                .collect();
            serde_json::to_writer_pretty(&mut out, &list)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(0)
}

/// The rules under the names of their groups, as wide as the terminal.
fn by_group(rules: &[&'static Rule], out: &mut dyn Write) -> anyhow::Result<()> {
    let heading = Style::new().effects(Effects::BOLD);
    for group in Group::ALL.into_iter().chain([Group::Plugins]) {
        let of_group: Vec<_> = rules.iter().filter(|rule| rule.group == group).collect();
        if of_group.is_empty() {
            continue;
        }
        writeln!(out, "{heading}{}{heading:#} ({})", group.as_str(), of_group.len())?;
        let rows = of_group.iter().map(|rule| {
            let off = if rule.enabled { "" } else { " (off unless asked for)" };
            (rule.severity, rule.id, format!("{}{off}", rule.summary))
        });
        rows_of(rows.collect(), out)?;
        writeln!(out)?;
    }
    let count = packs::detectors().len();
    writeln!(out, "{} rules, and {count} detectors of secrets (--detectors).", rules.len())?;
    writeln!(out, "`seaworthy explain ID` tells more of one of them.")?;
    Ok(())
}

/// A severity, an id and what it is about on each line, wrapped if need be.
fn rows_of(rows: Vec<(Severity, &str, String)>, out: &mut dyn Write) -> anyhow::Result<()> {
    let width: usize = terminal_size::terminal_size().map_or(80, |(width, _)| width.0.into());
    let widest = rows.iter().map(|(_, id, _)| id.len()).max().unwrap_or(0);
    let id_style = AnsiColor::Cyan.on_default();
    for (severity, id, about) in rows {
        let style = terminal::severity_style(severity);
        let severity = severity.as_str();
        let indent = 2 + 8 + 1 + widest + 2;
        // Beside a long id there is no room for words.
        let beside = width >= indent + 24;
        let indent = if beside { indent } else { 2 + 8 + 1 };
        let about = terminal::wrap(&about, width.saturating_sub(indent));
        write!(out, "  {style}{severity:8}{style:#} {id_style}{id}{id_style:#}")?;
        let pad = " ".repeat(widest - id.len());
        for (number, line) in about.lines().enumerate() {
            match (number, beside) {
                (0, true) => writeln!(out, "{pad}  {line}")?,
                (0, false) => writeln!(out, "\n{:indent$}{line}", "")?,
                _ => writeln!(out, "{:indent$}{line}", "")?,
            }
        }
    }
    Ok(())
}

/// The rules of this build and of the plugins of the repository around. Standard
/// error hears of those that do not run.
pub(crate) fn all_rules() -> anyhow::Result<Vec<&'static Rule>> {
    let current = std::env::current_dir()?;
    let named = |directory: &&std::path::Path| {
        directory.join(seaworthy_engine::settings::FILE_NAME).is_file()
    };
    let root = current.ancestors().find(named).unwrap_or(&current).to_owned();
    let mut options = seaworthy_engine::ScanOptions::new(root);
    options.plugins = crate::scan::plugin_options();
    let (rules, notifications) = seaworthy_engine::rules_of(&options);
    let mut stderr = anstream::stderr().lock();
    for notification in notifications {
        writeln!(stderr, "note: {}", seaworthy_report::visible(&notification.message))?;
    }
    Ok(rules)
}

fn detectors(arguments: &RulesArguments) -> anyhow::Result<u8> {
    let mut all = packs::detectors();
    all.retain(|about| arguments.severity.is_none_or(|least| about.severity >= least));
    let mut out = anstream::stdout().lock();
    match arguments.format {
        RulesFormat::Table if std::io::stdout().is_terminal() => {
            let rows = all.iter().map(|about| (about.severity, about.id, about.name.to_owned()));
            rows_of(rows.collect(), &mut out)?;
        }
        RulesFormat::Table => {
            let widest = all.iter().map(|about| about.id.len()).max().unwrap_or(0);
            for About { id, severity, precision, name, .. } in all {
                let (severity, precision) = (severity.as_str(), precision.as_str());
                writeln!(out, "{id:widest$}  {severity:8}  {precision:9}  {name}")?;
            }
        }
        RulesFormat::Json => {
            let list: Vec<_> = all
                .iter()
                .map(|about| {
                    json!({
                        "id": about.id,
                        "provider": about.provider,
                        "name": about.name,
                        "description": about.description,
                        "revoke": about.revoke,
                        "severity": about.severity.as_str(),
                        "precision": about.precision.as_str(),
                    })
                })
                .collect();
            serde_json::to_writer_pretty(&mut out, &list)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(0)
}

/// Checks packs of detectors and prints what is wrong with them.
fn check(arguments: &RulesCheckArguments) -> anyhow::Result<u8> {
    let outcome = match arguments.files.as_slice() {
        [] => packs::check_embedded(),
        files => packs::check_packs(files).map_err(anyhow::Error::msg)?,
    };
    let color = color(arguments.color);
    let mut out = anstream::AutoStream::new(std::io::stdout().lock(), color);
    let options = terminal::Options {
        color: color != anstream::ColorChoice::Never,
        ..terminal::Options::default()
    };
    for problem in &outcome.problems {
        terminal::write_notification(problem, &options, &mut out)?;
    }
    let counted = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    };
    if !outcome.problems.is_empty() {
        writeln!(out)?;
    }
    let wrong = match outcome.problems.len() {
        0 => "all is right".to_owned(),
        count => counted(count, "problem"),
    };
    let place = match outcome.files {
        0 => "of this build".to_owned(),
        count => format!("in {}", counted(count, "file")),
    };
    let (detectors, examples) =
        (counted(outcome.detectors, "detector"), counted(outcome.examples, "example"));
    writeln!(out, "{wrong}: {detectors} with {examples} {place}")?;
    out.flush()?;
    Ok(u8::from(!outcome.problems.is_empty()))
}

pub(crate) fn schema() -> anyhow::Result<u8> {
    let mut out = anstream::stdout().lock();
    out.write_all(seaworthy_engine::settings::schema().as_bytes())?;
    out.flush()?;
    Ok(0)
}
