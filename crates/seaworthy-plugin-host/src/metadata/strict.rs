//! The strict reading of a plugin's answer to `describe`.

use std::collections::HashSet;

use super::schema::compiled;
use super::{Metadata, RuleMetadata, SelectorMetadata};
use crate::bindings::seaworthy::plugin::types;
use crate::glob::Globs;
use crate::lock::is_kebab;

/// The most rules of a plugin.
const MAX_RULES: usize = 256;
/// The most bytes of a rule's documentation.
const MAX_HELP: usize = 64 << 10;
/// The most bytes of a phrase: a summary, a title, a version.
const MAX_PHRASE: usize = 512;
/// The most entries of a list: former ids, tags, selectors, kinds, patterns, needles,
/// attributes.
const MAX_ENTRIES: usize = 128;
/// The fewest and most bytes of a needle.
const NEEDLE_BYTES: std::ops::RangeInclusive<usize> = 3..=256;
/// The most bytes of a schema.
const MAX_SCHEMA: usize = 128 << 10;

/// What of the component itself is kept with its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exports {
    /// The version of the contract that it names.
    pub(crate) api: String,
    /// Whether it exports `file-rules`.
    pub(crate) files: bool,
    /// Whether it exports `repo-rules`.
    pub(crate) repository: bool,
    /// The bytes of the component.
    pub(crate) size: u64,
}

/// Believes an answer if all of it is as the contract has it.
///
/// # Errors
/// What is wrong, naming the rule.
pub(crate) fn checked(info: types::PluginInfo, exports: Exports) -> Result<Metadata, String> {
    if !is_kebab(&info.name) || info.name.len() > 32 {
        return Err("`name` is not kebab-case of at most 32 bytes".to_owned());
    }
    if !is_version(&info.version) {
        return Err("`version` is no semantic version".to_owned());
    }
    phrase("summary", &info.summary)?;
    if info.rules.is_empty() || info.rules.len() > MAX_RULES {
        return Err(format!("it has {} rules; 1 to {MAX_RULES} are allowed", info.rules.len()));
    }
    let mut known = HashSet::new();
    let mut rules = Vec::with_capacity(info.rules.len());
    for rule in info.rules {
        if !is_kebab(&rule.id) || rule.id.len() > 64 {
            return Err("the id of a rule is not kebab-case of at most 64 bytes".to_owned());
        }
        let id = rule.id.clone();
        let rule = checked_rule(rule, &exports).map_err(|why| format!("rule `{id}`: {why}"))?;
        for id in std::iter::once(&rule.id).chain(&rule.former_ids) {
            if !known.insert(id.clone()) {
                return Err(format!("two rules have the id `{id}`"));
            }
        }
        rules.push(rule);
    }
    if let Some(schema) = &info.config_schema {
        if schema.len() > MAX_SCHEMA {
            return Err(format!("`config-schema` is larger than {MAX_SCHEMA} bytes"));
        }
        compiled(schema).map_err(|why| format!("`config-schema`: {why}"))?;
    }
    attributes(&info.attributes)?;
    Ok(Metadata {
        name: info.name,
        version: info.version,
        summary: info.summary,
        rules,
        config_schema: info.config_schema,
        attributes: info.attributes,
        api: exports.api,
        judges_files: exports.files,
        judges_repository: exports.repository,
        size: exports.size,
    })
}

fn checked_rule(rule: types::RuleInfo, exports: &Exports) -> Result<RuleMetadata, String> {
    few("former-ids", rule.former_ids.len())?;
    for id in &rule.former_ids {
        if !is_kebab(id) || id.len() > 64 {
            return Err("a former id is not kebab-case of at most 64 bytes".to_owned());
        }
    }
    if let Some(name) = &rule.name {
        phrase("name", name)?;
    }
    phrase("summary", &rule.summary)?;
    if !rule.help.starts_with("Flags ") {
        return Err("the first line of `help` does not begin with \"Flags\"".to_owned());
    }
    if rule.help.len() > MAX_HELP {
        return Err(format!("`help` is longer than {MAX_HELP} bytes"));
    }
    if rule.help.chars().any(|c| is_unfit(c) && !matches!(c, '\n' | '\t')) {
        return Err("`help` holds control characters".to_owned());
    }
    if let Some(tenths) = rule.security_severity {
        let band = match rule.severity {
            types::Severity::Critical => 91..=100,
            types::Severity::High => 70..=90,
            types::Severity::Medium => 40..=69,
            types::Severity::Low | types::Severity::Info => 1..=39,
        };
        if !band.contains(&tenths) {
            return Err(format!("`security-severity` {tenths} is not in the band of its severity"));
        }
    }
    few("cwe", rule.cwe.len())?;
    few("tags", rule.tags.len())?;
    if rule.tags.iter().any(|tag| !is_kebab(tag) || tag.len() > 64) {
        return Err("a tag is not kebab-case of at most 64 bytes".to_owned());
    }
    attributes(&rule.attributes)?;
    if rule.files.is_empty() && rule.repository.is_none() {
        return Err("it judges neither files nor the repository".to_owned());
    }
    if !rule.files.is_empty() && !exports.files {
        return Err("it judges files, but the component does not export `file-rules`".to_owned());
    }
    if rule.repository.is_some() && !exports.repository {
        return Err(
            "it judges the repository, but the component does not export `repo-rules`".to_owned()
        );
    }
    Ok(RuleMetadata {
        id: rule.id,
        former_ids: rule.former_ids,
        title: rule.name,
        summary: rule.summary,
        help: rule.help,
        severity: match rule.severity {
            types::Severity::Info => "info",
            types::Severity::Low => "low",
            types::Severity::Medium => "medium",
            types::Severity::High => "high",
            types::Severity::Critical => "critical",
        }
        .to_owned(),
        security_severity: rule.security_severity,
        precision: match rule.precision {
            types::Precision::Low => "low",
            types::Precision::Medium => "medium",
            types::Precision::High => "high",
            types::Precision::VeryHigh => "very-high",
        }
        .to_owned(),
        cwe: rule.cwe,
        tags: rule.tags,
        enabled: rule.enabled,
        files: selectors(rule.files)?,
        repository: rule.repository.map(selectors).transpose()?,
        attributes: rule.attributes,
    })
}

fn selectors(selectors: Vec<types::Selector>) -> Result<Vec<SelectorMetadata>, String> {
    few("selectors", selectors.len())?;
    selectors.into_iter().map(selector).collect()
}

fn selector(selector: types::Selector) -> Result<SelectorMetadata, String> {
    let types::Selector { kinds, globs, roles, needles, attributes: more } = selector;
    attributes(&more)?;
    for (what, list) in
        [("kinds", &kinds), ("globs", &globs), ("roles", &roles), ("needles", &needles)]
    {
        few(what, list.len())?;
    }
    if kinds.iter().chain(&roles).any(|word| !is_kebab(word) || word.len() > 64) {
        return Err("a selector names a kind or role that is not kebab-case".to_owned());
    }
    Globs::new(globs.iter().map(String::as_str))
        .map_err(|(glob, why)| format!("the pattern `{}`: {why}", crate::check::phrase(&glob)))?;
    if needles.iter().any(|needle| !NEEDLE_BYTES.contains(&needle.len())) {
        return Err("a needle has 3 to 256 bytes".to_owned());
    }
    Ok(SelectorMetadata { kinds, globs, roles, needles })
}

fn attributes(attributes: &[(String, String)]) -> Result<(), String> {
    few("attributes", attributes.len())?;
    match attributes.iter().all(|(name, value)| is_phrase(name) && value.len() <= 4_096) {
        true => Ok(()),
        false => Err("an attribute has no name, or its value is too long".to_owned()),
    }
}

fn few(what: &str, count: usize) -> Result<(), String> {
    match count <= MAX_ENTRIES {
        true => Ok(()),
        false => Err(format!("`{what}` has {count} entries; {MAX_ENTRIES} are allowed")),
    }
}

fn phrase(what: &str, text: &str) -> Result<(), String> {
    match is_phrase(text) {
        true => Ok(()),
        false => Err(format!("`{what}` is not one line of 1 to {MAX_PHRASE} bytes")),
    }
}

fn is_phrase(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_PHRASE && !text.chars().any(is_unfit)
}

fn is_unfit(character: char) -> bool {
    character.is_control() || crate::check::turns_text(character)
}

/// Whether a text is a version as semver.org has it.
fn is_version(text: &str) -> bool {
    let (rest, build) = text.split_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
    let (core, before) = rest.split_once('-').map_or((rest, None), |(a, b)| (a, Some(b)));
    let is_number = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    };
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 64
        && core.split('.').count() == 3
        && core.split('.').all(is_number)
        && before.is_none_or(|before| {
            before.split('.').all(|part| is_word(part) && (!all_digits(part) || is_number(part)))
        })
        && build.is_none_or(|build| build.split('.').all(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_semantic() {
        for right in ["0.1.0", "1.0.0-rc.1", "1.2.3-a-b.0+build.007", "10.20.30"] {
            assert!(is_version(right), "{right}");
        }
        for wrong in ["", "1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "1.2.3 "]
        {
            assert!(!is_version(wrong), "{wrong}");
        }
    }
}
