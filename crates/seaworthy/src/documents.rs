//! `seaworthy rules`, `explain` and `schema`: what the tool knows of itself.

use std::io::Write as _;

use serde_json::json;

use seaworthy_engine::packs::{self, About};
use seaworthy_model::Rule;
use seaworthy_report::terminal;

use crate::arguments::{
    ExplainArguments, RulesArguments, RulesCheckArguments, RulesCommand, RulesFormat,
};
use crate::scan::color;

pub(crate) fn rules(arguments: &RulesArguments) -> anyhow::Result<u8> {
    if let Some(RulesCommand::Check(arguments)) = &arguments.command {
        return check(arguments);
    }
    if arguments.detectors {
        return detectors(arguments.format);
    }
    let rules = all_rules()?;
    let mut out = anstream::stdout().lock();
    match arguments.format {
        RulesFormat::Table => {
            let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            for rule in &rules {
                writeln!(
                    out,
                    "{:widest$}  {:8}  {:13}  {}",
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

/// The rules of this build and of the plugins of the repository around. Standard
/// error hears of those that do not run.
fn all_rules() -> anyhow::Result<Vec<&'static Rule>> {
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

fn detectors(format: RulesFormat) -> anyhow::Result<u8> {
    let all = packs::detectors();
    let mut out = anstream::stdout().lock();
    match format {
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

/// Tells of a detector.
fn explain_detector(about: &About) -> anyhow::Result<u8> {
    let About { id, provider, name, description, revoke, severity, precision } = about;
    let mut out = anstream::stdout().lock();
    writeln!(out, "{id}: {name}")?;
    write!(out, "severity {severity}, precision {}", precision.as_str())?;
    if !provider.is_empty() {
        write!(out, ", issued by {provider}")?;
    }
    writeln!(out, "\n\nWhoever finds one: {description}")?;
    if !revoke.is_empty() {
        writeln!(out, "\nRevoke it: {revoke}")?;
    }
    if let Some(shape) = packs::shape(id) {
        writeln!(out, "\nIt looks like this:\n")?;
        for line in shape.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    writeln!(out, "\nNot wanted? In seaworthy.toml:\n\n    [detectors]\n    off = [\"{id}\"]")?;
    out.flush()?;
    Ok(0)
}

pub(crate) fn explain(arguments: &ExplainArguments) -> anyhow::Result<u8> {
    let rules = all_rules()?;
    let Some(rule) = rules.iter().find(|rule| rule.answers_to(&arguments.rule)) else {
        let detectors = packs::detectors();
        if let Some(about) = detectors.iter().find(|about| about.id == arguments.rule) {
            return explain_detector(about);
        }
        let detectors = detectors.iter().map(|about| about.id);
        let near = near(&arguments.rule, rules.iter().map(|rule| rule.id).chain(detectors));
        let hint = if near.is_empty() {
            "`seaworthy rules` lists them all".to_owned()
        } else {
            format!("perhaps {}", near.join(", "))
        };
        anyhow::bail!("no rule or detector is called `{}`; {hint}", arguments.rule);
    };
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}: {}", rule.id, rule.summary)?;
    writeln!(
        out,
        "severity {}, precision {}, group {}",
        rule.severity,
        rule.precision.as_str(),
        rule.group,
    )?;
    if let Some(uri) = rule.uri {
        writeln!(out, "{}", seaworthy_report::visible(uri))?;
    }
    writeln!(out)?;
    for line in rule.help.trim_end().lines() {
        // That of a plugin is not ours: no line of it may steer a terminal.
        match rule.plugin() {
            Some(_) => writeln!(out, "{}", seaworthy_report::visible(line))?,
            None => writeln!(out, "{line}")?,
        }
    }
    out.flush()?;
    Ok(0)
}

/// The ids that share most words with a name that is none.
fn near<'a>(name: &str, ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let words = || name.split('-').filter(|word| word.len() > 2);
    let shared = |id: &str| words().filter(|word| id.contains(word)).count();
    let mut near: Vec<&str> = ids.filter(|id| shared(id) > 0).collect();
    near.sort_by_key(|id| std::cmp::Reverse(shared(id)));
    near.truncate(5);
    near
}

pub(crate) fn schema() -> anyhow::Result<u8> {
    let mut out = anstream::stdout().lock();
    out.write_all(seaworthy_engine::settings::schema().as_bytes())?;
    out.flush()?;
    Ok(0)
}
