//! `seaworthy explain`: a rule or a detector in words, with an example.

use std::io::{IsTerminal as _, Write};

use anstyle::{Effects, Style};
use seaworthy_engine::packs::{self, About};
use seaworthy_model::Rule;
use seaworthy_report::terminal::{self, prose};

use crate::arguments::ExplainArguments;
use crate::documents::all_rules;
use crate::near::near;
use crate::scan::color;

const NAME: Style = Style::new().effects(Effects::BOLD);

pub(crate) fn explain(arguments: &ExplainArguments) -> anyhow::Result<u8> {
    let rules = all_rules()?;
    let text = match rules.iter().find(|rule| rule.answers_to(&arguments.rule)) {
        Some(rule) => of_rule(rule),
        None => {
            let detectors = packs::detectors();
            match detectors.iter().find(|about| about.id == arguments.rule) {
                Some(about) => of_detector(about),
                None => {
                    let detectors = detectors.iter().map(|about| about.id);
                    return unknown(&arguments.rule, rules.iter().map(|r| r.id).chain(detectors));
                }
            }
        }
    };
    let color = color(arguments.color);
    let mut out = anstream::AutoStream::new(std::io::stdout().lock(), color);
    let Explanation { id, title, facts, body } = text;
    writeln!(out, "{NAME}{id}{NAME:#}: {}", seaworthy_report::visible(&title))?;
    writeln!(out, "{facts}\n")?;
    if std::io::stdout().is_terminal() {
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| width.0.into());
        let color = color != anstream::ColorChoice::Never;
        let options = terminal::Options { color, width, ..terminal::Options::default() };
        prose::write(&body, &options, &mut out)?;
    } else {
        for line in body.lines() {
            // That of a plugin is not ours: no line of it may steer a terminal.
            match id.contains('/') {
                true => writeln!(out, "{}", seaworthy_report::visible(line))?,
                false => writeln!(out, "{line}")?,
            }
        }
    }
    out.flush()?;
    Ok(0)
}

/// What is told of a rule or a detector.
struct Explanation {
    id: &'static str,
    title: String,
    facts: String,
    /// Markdown.
    body: String,
}

fn of_rule(rule: &Rule) -> Explanation {
    let id = rule.id;
    let on = if rule.enabled { "" } else { ", off unless settings ask for it" };
    let facts = format!(
        "severity {}, precision {}, group {}{on}",
        rule.severity,
        rule.precision.as_str(),
        rule.group,
    );
    let body = format!(
        "{}\n\n## Silence\n\nAt one place, in a comment on the line or above it:\n\n\
         ```text\n# seaworthy: ignore[{id}] the reason\n```\n\n\
         Everywhere, or in files that have no comments, in `seaworthy.toml`:\n\n\
         ```toml\n[rules]\n{id} = \"off\"\n\n[[ignore]]\nrules = [\"{id}\"]\n\
         paths = [\"vercel.json\"]\nreason = \"the reason\"\n```\n\n{}\n",
        rule.help.trim_end(),
        seaworthy_report::rule_url(rule),
    );
    Explanation { id, title: rule.summary.to_owned(), facts, body }
}

fn of_detector(about: &About) -> Explanation {
    let About { id, provider, name, description, revoke, severity, precision } = about;
    let mut facts = format!("severity {severity}, precision {}", precision.as_str());
    if !provider.is_empty() {
        facts.push_str(&format!(", issued by {provider}"));
    }
    let mut body = format!("Whoever finds one: {description}\n");
    if !revoke.is_empty() {
        body.push_str(&format!("\nRevoke it: {revoke}\n"));
    }
    if let Some(shape) = packs::shape(id) {
        body.push_str(&format!("\nIt looks like this:\n\n```text\n{}\n```\n", shape.trim_end()));
    }
    body.push_str(&format!(
        "\nNot wanted? In seaworthy.toml:\n\n```toml\n[detectors]\noff = [\"{id}\"]\n```\n"
    ));
    Explanation { id, title: (*name).to_owned(), facts, body }
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> anyhow::Result<u8> {
    let near = near(name, known);
    let hint = match near.as_slice() {
        [] => "`seaworthy rules` lists them all".to_owned(),
        [one] => format!("did you mean `{one}`?"),
        several => format!("did you mean one of these?\n  {}", several.join("\n  ")),
    };
    anyhow::bail!("no rule or detector is called `{}`; {hint}", seaworthy_report::visible(name));
}
