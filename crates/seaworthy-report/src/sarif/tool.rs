//! The tool: its rules and the kinds of its notifications.
//!
//! All rules are listed in every file, in a fixed order: GitHub takes a rule
//! that vanished for a rule that was fixed.

use std::collections::BTreeMap;

use seaworthy_model::{Extension, Level, NotificationKind, Rule};
use serde_json::{Value, json};
use serde_sarif::sarif;

use super::select::Selection;
use crate::plain::{clip, end_sentence, first_paragraph, plain, sentence};
use crate::{REPOSITORY, TOOL, rule_url};

/// GitHub refuses longer descriptions.
const DESCRIPTION_LENGTH: usize = 1_024;
/// GitHub refuses longer names.
const NAME_LENGTH: usize = 255;
/// GitHub shows no more tags.
const TAGS: usize = 10;

pub(super) fn tool(version: &str, selection: &Selection<'_>) -> sarif::Tool {
    let mut driver = sarif::ToolComponent::builder().name(TOOL).build();
    driver.full_name = Some(format!("{TOOL} {version}"));
    driver.organization = Some("seaworthy-rs".to_owned());
    driver.version = Some(version.to_owned());
    driver.semantic_version = Some(version.to_owned());
    driver.information_uri = Some(REPOSITORY.to_owned());
    driver.language = Some("en".to_owned());
    driver.short_description = Some(text("Security and configuration auditor."));
    driver.full_description = Some(text(
        "Audits secrets, environment files, Docker Compose, Vercel, HTTP headers, lockfiles and git hygiene.",
    ));
    driver.rules = Some(selection.rules.iter().copied().map(rule).collect());
    driver.notifications = Some(NotificationKind::ALL.into_iter().map(notification).collect());
    let mut tool = sarif::Tool::builder().driver(driver).build();
    if !selection.extensions.is_empty() {
        let extensions = selection.extensions.iter();
        tool.extensions =
            Some(extensions.map(|(plugin, rules)| extension(plugin, rules)).collect());
    }
    tool
}

/// A plugin with its rules.
fn extension(plugin: &Extension, rules: &[&'static Rule]) -> sarif::ToolComponent {
    let Extension { name, version, .. } = plugin;
    let mut built = sarif::ToolComponent::builder().name(name.as_str()).build();
    built.full_name = Some(format!("{TOOL} plugin {name} {version}"));
    built.organization.clone_from(&plugin.organization);
    built.version = Some(version.clone());
    built.semantic_version = Some(version.clone());
    built.information_uri.clone_from(&plugin.information_uri);
    built.language = Some("en".to_owned());
    let summary = clip(&sentence(&plugin.summary), DESCRIPTION_LENGTH);
    built.short_description = Some(text(&summary));
    built.full_description = Some(text(&summary));
    built.rules = Some(rules.iter().copied().map(rule).collect());
    built.properties = Some(sarif::PropertyBag {
        additional_properties: BTreeMap::from([("sha256".to_owned(), json!(plugin.sha256))]),
        ..Default::default()
    });
    built
}

fn rule(rule: &Rule) -> sarif::ReportingDescriptor {
    let summary = clip(&sentence(rule.summary), DESCRIPTION_LENGTH);
    let mut description = clip(&first_paragraph(rule.help), DESCRIPTION_LENGTH - 1);
    end_sentence(&mut description);
    if description.is_empty() {
        description.clone_from(&summary);
    }
    let help = if rule.help.trim().is_empty() { summary.as_str() } else { rule.help.trim() };

    let mut built = sarif::ReportingDescriptor::builder().id(rule.id).build();
    built.name = Some(clip(&rule.name(), NAME_LENGTH));
    if !rule.former_ids.is_empty() {
        built.deprecated_ids = Some(rule.former_ids.iter().map(ToString::to_string).collect());
    }
    built.short_description = Some(text(&summary));
    built.full_description = Some(text(&description));
    built.help = Some(help_text(help));
    built.help_uri = Some(rule_url(rule));
    built.message_strings = Some(BTreeMap::from([(
        "default".to_owned(),
        text(&format!("{summary} Evidence: '{{0}}'.")),
    )]));
    built.default_configuration = Some(sarif::ReportingConfiguration {
        enabled: Some(rule.enabled),
        ..configuration(rule.severity.level())
    });
    built.properties = Some(properties(rule));
    built
}

/// What GitHub reads about a rule beyond SARIF. The severity is a string since
/// GitHub refuses a number.
fn properties(rule: &Rule) -> sarif::PropertyBag {
    let mut tags: Vec<String> = Vec::new();
    let cwe = rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}"));
    let own = rule.tags.iter().map(ToString::to_string);
    let ours = ["security", rule.group.as_str()].map(str::to_owned);
    for tag in ours.into_iter().chain(cwe).chain(own) {
        // SARIF wants each once, and a plugin may name one of ours.
        if tags.len() < TAGS && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let security_severity = rule.security_severity.map_or_else(
        || rule.severity.security_severity().to_owned(),
        |tenths| format!("{}.{}", tenths / 10, tenths % 10),
    );
    let additional_properties = BTreeMap::from([
        ("precision".to_owned(), json!(rule.precision.as_str())),
        ("problem.severity".to_owned(), problem_severity(rule.severity.level())),
        ("security-severity".to_owned(), json!(security_severity)),
    ]);
    sarif::PropertyBag { tags: Some(tags), additional_properties }
}

fn problem_severity(level: Level) -> Value {
    json!(match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "recommendation",
    })
}

fn notification(kind: NotificationKind) -> sarif::ReportingDescriptor {
    let mut built = sarif::ReportingDescriptor::builder().id(kind.id()).build();
    built.name = Some(Rule { id: kind.id(), ..Rule::DEFAULT }.name());
    built.short_description = Some(text(kind.description()));
    built.full_description = Some(text(kind.description()));
    built.help = Some(help_text(kind.description()));
    built.help_uri = Some(format!("{REPOSITORY}#readme"));
    built.message_strings = Some(BTreeMap::from([(
        "default".to_owned(),
        text(&format!("{} Details: '{{0}}'.", kind.description())),
    )]));
    built.default_configuration = Some(configuration(kind.level()));
    built
}

/// The index of a kind's descriptor.
pub(super) fn notification_index(kind: NotificationKind) -> Option<usize> {
    NotificationKind::ALL.iter().position(|&known| known == kind)
}

fn configuration(level: Level) -> sarif::ReportingConfiguration {
    sarif::ReportingConfiguration { level: Some(json!(level.as_str())), ..Default::default() }
}

fn text(text: &str) -> sarif::MultiformatMessageString {
    sarif::MultiformatMessageString::builder().text(text).build()
}

fn help_text(markdown: &str) -> sarif::MultiformatMessageString {
    let mut help = text(&plain(markdown));
    help.markdown = Some(markdown.to_owned());
    help
}
