//! What a plugin says of itself, checked, and as it is kept beside its compiled
//! code.
//!
//! A scan decides by these words alone which files concern a plugin, so nothing of
//! WebAssembly is touched where none does.

mod schema;
mod strict;
#[cfg(test)]
mod tests;

use seaworthy_model::{Extension, Group, Precision, Rule, Severity};
use serde::{Deserialize, Serialize};

pub(crate) use schema::check_configuration;
pub(crate) use strict::{Exports, checked};

use crate::Digest;
use crate::view::kinds::{KINDS, ROLES};

/// What a plugin is: its answer to `describe`, and what its component exports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Kebab-case; the first half of its rules' ids.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// What it is about, in one sentence.
    pub summary: String,
    /// Its rules, in its own order.
    pub rules: Vec<RuleMetadata>,
    /// The JSON Schema of its configuration; none: it takes none.
    pub config_schema: Option<String>,
    /// Further facts: `information-uri`, `organization`, `license`.
    pub attributes: Vec<(String, String)>,
    /// The version of the contract that it was built for.
    pub api: String,
    /// Whether it judges single files.
    pub judges_files: bool,
    /// Whether it judges the repository.
    pub judges_repository: bool,
    /// The bytes of its component.
    pub size: u64,
}

/// A rule of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleMetadata {
    /// Kebab-case, without the plugin's name.
    pub id: String,
    /// Ids that it had before, without the plugin's name.
    pub former_ids: Vec<String>,
    /// A title.
    pub title: Option<String>,
    /// What is wrong when it fires.
    pub summary: String,
    /// Documentation in Markdown.
    pub help: String,
    /// The name of its severity.
    pub severity: String,
    /// In tenths, 1 to 100.
    pub security_severity: Option<u8>,
    /// The name of its precision.
    pub precision: String,
    /// CWE numbers.
    pub cwe: Vec<u16>,
    /// Words to filter by.
    pub tags: Vec<String>,
    /// Whether it runs without being asked for.
    pub enabled: bool,
    /// The files that it judges.
    pub files: Vec<SelectorMetadata>,
    /// When it judges the repository.
    pub repository: Option<Vec<SelectorMetadata>>,
    /// Further facts: `help-uri`.
    pub attributes: Vec<(String, String)>,
}

/// Which files a rule is asked about; see the contract's `selector`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectorMetadata {
    /// Words for kinds.
    pub kinds: Vec<String>,
    /// Patterns of paths.
    pub globs: Vec<String>,
    /// Words for roles.
    pub roles: Vec<String>,
    /// Literal texts.
    pub needles: Vec<String>,
}

impl Metadata {
    /// What an author should look at though the contract allows it: kinds and roles
    /// that this host does not know, so that they match nothing.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        for rule in &self.rules {
            for selector in rule.files.iter().chain(rule.repository.iter().flatten()) {
                let kinds = selector.kinds.iter().filter(|kind| !KINDS.contains(&kind.as_str()));
                let roles = selector.roles.iter().filter(|role| !ROLES.contains(&role.as_str()));
                doubts
                    .extend(kinds.map(|kind| {
                        format!("rule `{}`: no file is of the kind `{kind}`", rule.id)
                    }));
                doubts.extend(
                    roles.map(|role| format!("rule `{}`: no file has the role `{role}`", rule.id)),
                );
            }
        }
        doubts
    }

    /// The plugin as a report names it.
    #[must_use]
    pub fn extension(&self, digest: &Digest) -> Extension {
        let attribute = |name: &str| {
            let found = self.attributes.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        };
        Extension {
            name: self.name.clone(),
            version: self.version.clone(),
            summary: self.summary.clone(),
            sha256: digest.to_string(),
            organization: attribute("organization"),
            information_uri: attribute("information-uri").filter(|uri| is_address(uri)),
        }
    }

    /// Its rules as the house knows rules, in its own order. They live as long as the
    /// process, as those of the house do, so they are made once for a plugin.
    #[must_use]
    pub(crate) fn rules(&self) -> Vec<&'static Rule> {
        let rule = |rule: &RuleMetadata| -> &'static Rule {
            let id = |id: &str| leaked(format!("{}/{id}", self.name));
            let former: Vec<&'static str> = rule.former_ids.iter().map(|old| id(old)).collect();
            let tags: Vec<&'static str> = rule.tags.iter().map(|tag| leaked(tag.clone())).collect();
            let uri = rule.attributes.iter().find(|(key, _)| key == "help-uri");
            Box::leak(Box::new(Rule {
                id: id(&rule.id),
                former_ids: former.leak(),
                group: Group::Plugins,
                summary: leaked(rule.summary.clone()),
                help: leaked(rule.help.clone()),
                severity: severity(&rule.severity).unwrap_or(Severity::Medium),
                precision: precision(&rule.precision).unwrap_or(Precision::Medium),
                cwe: rule.cwe.clone().leak(),
                enabled: rule.enabled,
                title: rule.title.clone().map(leaked),
                security_severity: rule.security_severity,
                tags: tags.leak(),
                uri: uri.filter(|(_, uri)| is_address(uri)).map(|(_, uri)| leaked(uri.clone())),
            }))
        };
        self.rules.iter().map(rule).collect()
    }
}

fn leaked(text: String) -> &'static str {
    text.leak()
}

/// Whether a text is an address that a report may link to.
fn is_address(text: &str) -> bool {
    text.len() <= 1_024
        && text.starts_with("https://")
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

/// A severity by its name.
pub(crate) fn severity(name: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| severity.as_str() == name)
}

/// A precision by its name.
pub(crate) fn precision(name: &str) -> Option<Precision> {
    [Precision::Low, Precision::Medium, Precision::High, Precision::VeryHigh]
        .into_iter()
        .find(|precision| precision.as_str() == name)
}
