//! `seaworthy rules`, `explain` and `schema`: what the tool knows of itself.

use std::io::Write as _;

use serde_json::json;

use crate::arguments::{ExplainArguments, RulesArguments, RulesFormat};

pub(crate) fn rules(arguments: &RulesArguments) -> anyhow::Result<u8> {
    let rules = seaworthy_engine::rules();
    let mut out = anstream::stdout().lock();
    match arguments.format {
        RulesFormat::Table => {
            let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            for rule in rules {
                writeln!(
                    out,
                    "{:widest$}  {:8}  {:13}  {}",
                    rule.id,
                    rule.severity.as_str(),
                    rule.group.as_str(),
                    rule.summary,
                )?;
            }
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

pub(crate) fn explain(arguments: &ExplainArguments) -> anyhow::Result<u8> {
    let rules = seaworthy_engine::rules();
    let Some(rule) = rules.iter().find(|rule| rule.answers_to(&arguments.rule)) else {
        let near = near(&arguments.rule, rules.iter().map(|rule| rule.id));
        let hint = if near.is_empty() {
            "`seaworthy rules` lists them all".to_owned()
        } else {
            format!("perhaps {}", near.join(", "))
        };
        anyhow::bail!("no rule is called `{}`; {hint}", arguments.rule);
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
    writeln!(out, "\n{}", rule.help.trim_end())?;
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
