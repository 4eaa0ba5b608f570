//! One finding as SARIF's `result`.

use std::collections::BTreeMap;

use seaworthy_model::{
    Absent, ArtifactPath, BaselineState, Finding, Fix, Level, Location, Replacement, Rule,
    Suppression, SuppressionKind,
};
use serde_json::json;
use serde_sarif::sarif;

use super::place;
use super::select::Selection;
use crate::plain::end_sentence;

/// GitHub keeps this many locations of a result.
pub(super) const GITHUB_LOCATIONS: usize = 100;

/// The result with all that is known of it.
pub(super) fn full(finding: &Finding, selection: &Selection<'_>) -> sarif::Result {
    let mut result = build(finding, &finding.related, selection);
    // Present on all results or on none, so that "not suppressed" differs from
    // "nobody looked".
    result.suppressions = Some(finding.suppression.iter().map(suppression).collect());
    result.baseline_state = selection.baseline_state(finding).map(|state| match state {
        BaselineState::New => json!("new"),
        BaselineState::Unchanged => json!("unchanged"),
    });
    result
}

/// A result of former times: the fault is gone, so this one passes.
pub(super) fn absent(absent: &Absent, selection: &Selection<'_>) -> sarif::Result {
    let text = format!("'{}' is not found in this file any more.", absent.rule.id);
    let mut result = sarif::Result::builder().message(place::message(text)).build();
    name_rule(&mut result, absent.rule, selection);
    result.kind = Some(sarif::ResultKind::Pass);
    result.level = Some(sarif::ResultLevel::None);
    result.locations = Some(vec![place::whole(&absent.artifact)]);
    result.occurrence_count = (absent.count > 1).then(|| i64::from(absent.count));
    result.suppressions = Some(Vec::new());
    result.baseline_state = Some(json!("absent"));
    result
}

/// The result as GitHub understands it.
pub(super) fn github(finding: &Finding, selection: &Selection<'_>) -> sarif::Result {
    let related = finding.related.len().min(GITHUB_LOCATIONS - 1);
    build(finding, &finding.related[..related], selection)
}

fn build(finding: &Finding, related: &[Location], selection: &Selection<'_>) -> sarif::Result {
    let message = place::message(message_text(&finding.message, related));
    let mut result = sarif::Result::builder().message(message).build();
    name_rule(&mut result, finding.rule, selection);
    result.kind = Some(sarif::ResultKind::Fail);
    result.level = Some(match finding.severity.level() {
        Level::Note => sarif::ResultLevel::Note,
        Level::Warning => sarif::ResultLevel::Warning,
        Level::Error => sarif::ResultLevel::Error,
    });
    result.locations = Some(vec![location(&finding.location, selection)]);
    if !related.is_empty() {
        let located = related.iter().enumerate().map(|(index, place)| {
            let mut location = location(place, selection);
            location.id = Some(place::integer(index + 1));
            location
        });
        result.related_locations = Some(located.collect());
    }
    result.partial_fingerprints = Some(fingerprints(finding));
    let fixes: Vec<sarif::Fix> =
        finding.fixes.iter().filter_map(|known| fix(known, selection)).collect();
    result.fixes = (!fixes.is_empty()).then_some(fixes);
    result.properties = Some(properties([("severity", finding.severity.as_str())]));
    result
}

fn name_rule(result: &mut sarif::Result, rule: &Rule, selection: &Selection<'_>) {
    result.rule_id = Some(rule.id.to_owned());
    match selection.extension_index(rule) {
        Some((plugin, index)) => result.rule = Some(rule_of_plugin(rule, plugin, index)),
        None => result.rule_index = selection.rule_index(rule).map(place::integer),
    }
}

/// A reference to the rule of a plugin: `ruleIndex` alone means a rule of the tool.
fn rule_of_plugin(rule: &Rule, plugin: usize, index: usize) -> sarif::ReportingDescriptorReference {
    sarif::ReportingDescriptorReference {
        id: Some(rule.id.to_owned()),
        index: Some(place::integer(index)),
        tool_component: Some(sarif::ToolComponentReference {
            index: Some(place::integer(plugin)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The message, with a link to each related place: GitHub shows related
/// locations only where the message links to them.
fn message_text(message: &str, related: &[Location]) -> String {
    // Brackets mean something only where they would make a link.
    let mut text =
        if message.contains("](") { escape_brackets(message) } else { message.to_owned() };
    end_sentence(&mut text);
    for (index, place) in related.iter().enumerate() {
        text.push_str(if index == 0 { " See: " } else { ", " });
        let label = place.label.as_deref().unwrap_or_else(|| place.artifact.as_str());
        text.push_str(&format!("[{}]({})", escape_brackets(label), index + 1));
    }
    end_sentence(&mut text);
    text
}

fn escape_brackets(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for character in text.chars() {
        if matches!(character, '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

fn location(place: &Location, selection: &Selection<'_>) -> sarif::Location {
    sarif::Location {
        physical_location: Some(place::physical(place, selection)),
        message: place.label.as_deref().map(place::message),
        ..Default::default()
    }
}

/// GitHub's own hash, which tells alerts apart there, and our identity.
fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let mut fingerprints =
        BTreeMap::from([("seaworthy/v1".to_owned(), finding.fingerprint.to_string())]);
    if let Some(hash) = &finding.location.line_hash {
        fingerprints.insert("primaryLocationLineHash".to_owned(), hash.clone());
    }
    fingerprints
}

/// The fix, or nothing if it is only words: SARIF demands a change.
fn fix(fix: &Fix, selection: &Selection<'_>) -> Option<sarif::Fix> {
    let mut changes: BTreeMap<&ArtifactPath, Vec<&Replacement>> = BTreeMap::new();
    for replacement in &fix.replacements {
        changes.entry(&replacement.artifact).or_default().push(replacement);
    }
    if changes.is_empty() {
        return None;
    }
    let changes: Vec<sarif::ArtifactChange> = changes
        .into_iter()
        .map(|(path, mut replacements)| {
            replacements.sort_by_key(|replacement| replacement.region);
            sarif::ArtifactChange::builder()
                .artifact_location(place::artifact_location(path, selection.artifact_index(path)))
                .replacements(replacements.into_iter().map(replacement).collect::<Vec<_>>())
                .build()
        })
        .collect();
    let mut title = fix.title.clone();
    end_sentence(&mut title);
    let mut built = sarif::Fix::builder().artifact_changes(changes).build();
    built.description = Some(place::message(title));
    built.properties = Some(properties([("applicability", fix.applicability.as_str())]));
    Some(built)
}

fn replacement(replacement: &Replacement) -> sarif::Replacement {
    let region = place::region(replacement.region, replacement.start, replacement.end);
    let mut built = sarif::Replacement::builder().deleted_region(region).build();
    if !replacement.text.is_empty() {
        built.inserted_content = Some(place::content(&replacement.text));
    }
    built
}

fn suppression(suppression: &Suppression) -> sarif::Suppression {
    let kind = match suppression.kind {
        SuppressionKind::InSource | SuppressionKind::Foreign => "inSource",
        SuppressionKind::External => "external",
    };
    let mut built = sarif::Suppression::builder().kind(kind).build();
    built.status = Some(json!("accepted"));
    if !suppression.justification.is_empty() {
        built.justification = Some(suppression.justification.clone());
    }
    built
}

fn properties<const N: usize>(entries: [(&str, &str); N]) -> sarif::PropertyBag {
    let additional_properties =
        entries.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
    sarif::PropertyBag { additional_properties, ..Default::default() }
}
