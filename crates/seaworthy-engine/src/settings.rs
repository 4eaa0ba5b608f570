//! `seaworthy.toml`: what a team decides about its rules.
//!
//! Read from the root and from any directory below it; a nested file speaks for
//! its directory, and the nearest one wins. Every wrong setting is told with its
//! place and left out; a setting that has no effect is told too.

use schemars::JsonSchema;
use seaworthy_analysis::Options;
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_model::{
    ArtifactPath, Finding, LineIndex, Notification, NotificationKind, Region, Rule, Severity,
    Suppression, SuppressionKind,
};
use seaworthy_syntax::{NodeRef, toml};
use serde::Serialize;

/// The name of a settings file.
pub const FILE_NAME: &str = "seaworthy.toml";

/// The shape of a settings file, for its published schema. The reader below is
/// held against it by a test.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(title = "seaworthy.toml", deny_unknown_fields, rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
struct Schema {
    /// The least severity that makes a scan fail; `never` to only report.
    /// Only in the root file. Default: medium.
    fail_on: Option<FailOnName>,
    /// Paths that are not reported on, in the notation of .gitignore.
    exclude: Option<Vec<String>>,
    /// Rules by id: `off`, or the severity to report at.
    rules: Option<std::collections::BTreeMap<String, RuleSettingName>>,
    /// What rules measure against. Only in the root file.
    thresholds: Option<ThresholdsSchema>,
    /// HTTP response headers. Only in the root file.
    headers: Option<HeadersSchema>,
    /// Lockfiles. Only in the root file.
    lockfiles: Option<LockfilesSchema>,
    /// Findings to accept, by rule and path; for formats without comments.
    ignore: Option<Vec<IgnoreSchema>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "names for the schema")]
enum FailOnName {
    Critical,
    High,
    Medium,
    Low,
    Info,
    Never,
}

#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "names for the schema")]
enum RuleSettingName {
    Off,
    Critical,
    High,
    Medium,
    Low,
    Info,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "kebab-case")]
struct ThresholdsSchema {
    /// The fewest characters of a signing secret. Default: 32.
    jwt_secret_min_length: Option<u32>,
    /// The length recommended in production. Default: 64.
    jwt_secret_recommended_length: Option<u32>,
    /// The fewest characters of a database password. Default: 16.
    password_min_length: Option<u32>,
    /// The longest life of an access token, in seconds. Default: 3600.
    access_token_max_seconds: Option<u32>,
    /// The longest life of a refresh token, in seconds. Default: 2592000.
    refresh_token_max_seconds: Option<u32>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct HeadersSchema {
    /// Headers that every app must set besides those with a rule of their own.
    required: Option<Vec<String>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
#[serde(rename_all = "kebab-case")]
struct LockfilesSchema {
    /// Hosts that packages may come from besides the public registries.
    allowed_hosts: Option<Vec<String>>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct IgnoreSchema {
    /// The rules to accept.
    rules: Vec<String>,
    /// Where, in the notation of .gitignore; everywhere when left out.
    paths: Option<Vec<String>>,
    /// Why.
    reason: Option<String>,
}

/// The JSON Schema of a settings file, pretty-printed.
///
/// # Panics
/// Never: the schema is plain data.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Schema);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}

/// When a scan fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// An open finding of this severity or worse.
    Severity(Severity),
    /// Nothing that is found.
    Never,
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(FailOn::Never);
        }
        text.parse().map(FailOn::Severity).map_err(|()| {
            "expected critical, high, medium, low, info, error, warning, note or never".to_owned()
        })
    }
}

/// All settings in force.
#[derive(Debug, Default)]
pub struct Settings {
    /// When a scan fails, if the root file says so.
    pub fail_on: Option<FailOn>,
    /// The thresholds of the root file.
    pub options: Options,
    /// One for each file, the shallowest first.
    scopes: Vec<Scope>,
}

#[derive(Debug)]
struct Scope {
    directory: String,
    artifact: ArtifactPath,
    text: String,
    rules: Vec<(&'static Rule, Option<Severity>)>,
    exclude: Option<IgnoreRules>,
    ignores: Vec<Ignore>,
}

#[derive(Debug)]
struct Ignore {
    region: Region,
    rules: Vec<&'static Rule>,
    paths: Option<IgnoreRules>,
    reason: String,
}

impl Settings {
    /// Reads settings files, given with their paths, the root's first. Rules are
    /// those that may be named.
    #[must_use]
    pub fn read(
        files: Vec<(ArtifactPath, String)>,
        rules: &[&'static Rule],
    ) -> (Self, Vec<Notification>) {
        let mut settings = Self::default();
        let mut notifications = Vec::new();
        for (artifact, text) in files {
            let tree = toml::parse(&text);
            let mut reader =
                Reader { artifact: &artifact, text: &text, rules, notifications: Vec::new() };
            for error in tree.errors() {
                reader.wrong(error.region, error.message.clone());
            }
            let directory = artifact.parent().to_owned();
            let mut scope = Scope {
                directory,
                artifact: artifact.clone(),
                text: String::new(),
                rules: Vec::new(),
                exclude: None,
                ignores: Vec::new(),
            };
            reader.file(tree.root(), &mut settings, &mut scope);
            notifications.append(&mut reader.notifications);
            scope.text = text;
            settings.scopes.push(scope);
        }
        settings.scopes.sort_by_key(|scope| scope.directory.len());
        (settings, notifications)
    }

    fn scopes_for<'a>(&'a self, path: &'a str) -> impl DoubleEndedIterator<Item = &'a Scope> {
        self.scopes.iter().filter(move |scope| scope.relative(path).is_some())
    }

    /// Whether the rule is to run on a file, or at all.
    #[must_use]
    pub fn wants(&self, rule: &Rule, path: Option<&str>) -> bool {
        match path {
            Some(path) => self
                .scopes_for(path)
                .rev()
                .find_map(|scope| scope.setting(rule))
                .map_or(rule.enabled, |setting| setting.is_some()),
            // A rule over the repository runs unless it is off everywhere.
            None => {
                let root = self.scopes.iter().find(|scope| scope.directory.is_empty());
                let by_default = root
                    .and_then(|scope| scope.setting(rule))
                    .map_or(rule.enabled, |setting| setting.is_some());
                by_default || self.scopes.iter().any(|s| matches!(s.setting(rule), Some(Some(_))))
            }
        }
    }

    /// The severity that the settings give a rule for a file, if they do.
    #[must_use]
    pub fn severity(&self, rule: &Rule, path: &str) -> Option<Severity> {
        self.scopes_for(path).rev().find_map(|scope| scope.setting(rule)).flatten()
    }

    /// Whether nothing is to be reported on the path.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        self.scopes_for(path).any(|scope| {
            let relative = scope.relative(path).unwrap_or(path);
            scope.exclude.as_ref().is_some_and(|rules| rules.verdict(relative, false).ignored)
        })
    }

    /// Marks the findings that `[[ignore]]` entries accept, and tells of
    /// entries that accept nothing.
    pub(crate) fn suppress(&self, findings: &mut [Finding]) -> Vec<Notification> {
        let mut notifications = Vec::new();
        for scope in &self.scopes {
            for ignore in &scope.ignores {
                let mut used = false;
                for finding in findings.iter_mut() {
                    let path = finding.location.artifact.as_str();
                    let Some(relative) = scope.relative(path) else { continue };
                    let accepted = ignore.rules.contains(&finding.rule)
                        && ignore
                            .paths
                            .as_ref()
                            .is_none_or(|paths| paths.verdict(relative, false).ignored);
                    if accepted {
                        used = true;
                        finding.suppression.get_or_insert_with(|| Suppression {
                            kind: SuppressionKind::External,
                            justification: ignore.reason.clone(),
                        });
                    }
                }
                if !used && !ignore.rules.is_empty() {
                    let message = "an ignore entry silences nothing; remove it".to_owned();
                    notifications.push(scope.note(
                        ignore.region,
                        NotificationKind::SettingsUnused,
                        message,
                    ));
                }
            }
        }
        notifications
    }
}

impl Scope {
    /// The path relative to the scope's directory, if it lies in it.
    fn relative<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.directory.is_empty() {
            return Some(path);
        }
        path.strip_prefix(&self.directory)?.strip_prefix('/')
    }

    fn setting(&self, rule: &Rule) -> Option<Option<Severity>> {
        self.rules.iter().find(|(named, _)| *named == rule).map(|(_, setting)| *setting)
    }

    fn note(&self, region: Region, kind: NotificationKind, message: String) -> Notification {
        note(&self.artifact, &self.text, region, kind, message)
    }
}

fn note(
    artifact: &ArtifactPath,
    text: &str,
    region: Region,
    kind: NotificationKind,
    message: String,
) -> Notification {
    let position = LineIndex::new(text).position(text, region.start);
    Notification::new(kind, message).in_artifact(artifact.clone()).at(position)
}

/// The keys of the root table, as the schema has them.
const KEYS: [&str; 7] =
    ["exclude", "fail-on", "headers", "ignore", "lockfiles", "rules", "thresholds"];
const THRESHOLDS: [&str; 5] = [
    "access-token-max-seconds",
    "jwt-secret-min-length",
    "jwt-secret-recommended-length",
    "password-min-length",
    "refresh-token-max-seconds",
];
const IGNORE_KEYS: [&str; 3] = ["paths", "reason", "rules"];

struct Reader<'a> {
    artifact: &'a ArtifactPath,
    text: &'a str,
    rules: &'a [&'static Rule],
    notifications: Vec<Notification>,
}

impl Reader<'_> {
    fn wrong(&mut self, region: Region, message: impl Into<String>) {
        self.notifications.push(note(
            self.artifact,
            self.text,
            region,
            NotificationKind::SettingsInvalid,
            message.into(),
        ));
    }

    fn file(&mut self, root: NodeRef<'_>, settings: &mut Settings, scope: &mut Scope) {
        for entry in root.entries() {
            let key = entry.key.scalar().unwrap_or("");
            let nested = !scope.directory.is_empty();
            if nested && matches!(key, "fail-on" | "thresholds" | "headers" | "lockfiles") {
                self.wrong(entry.key.region(), format!("`{key}` counts only in the root file"));
                continue;
            }
            match key {
                "fail-on" => match entry.value.as_str().map(str::parse) {
                    Some(Ok(fail_on)) => settings.fail_on = Some(fail_on),
                    Some(Err(message)) => self.wrong(entry.value.region(), message),
                    None => self.wrong(entry.value.region(), "expected a string"),
                },
                "exclude" => scope.exclude = Some(self.globs(entry.value)),
                "rules" => self.rule_table(entry.value, scope),
                "thresholds" => self.thresholds(entry.value, &mut settings.options),
                "headers" => {
                    if let Some(list) = self.only_list(entry.value, "required") {
                        settings.options.required_headers =
                            list.iter().map(|name| name.to_ascii_lowercase()).collect();
                    }
                }
                "lockfiles" => {
                    if let Some(list) = self.only_list(entry.value, "allowed-hosts") {
                        settings.options.lockfile_hosts = list;
                    }
                }
                "ignore" => {
                    if !entry.value.is_sequence() {
                        self.wrong(entry.value.region(), "expected `[[ignore]]` tables");
                    }
                    for item in entry.value.items() {
                        let ignore = self.ignore(item);
                        scope.ignores.push(ignore);
                    }
                }
                unknown => self.unknown(entry.key.region(), unknown, &KEYS),
            }
        }
    }

    fn unknown(&mut self, region: Region, key: &str, known: &[&str]) {
        let near = nearest(key, known.iter().copied());
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        self.wrong(region, format!("unknown setting `{key}`{hint}"));
    }

    fn rule(&mut self, id: &str, region: Region) -> Option<&'static Rule> {
        let found = self.rules.iter().find(|rule| rule.answers_to(id)).copied();
        if found.is_none() {
            let near = nearest(id, self.rules.iter().map(|rule| rule.id));
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            self.wrong(region, format!("unknown rule `{id}`{hint}"));
        }
        found
    }

    fn rule_table(&mut self, table: NodeRef<'_>, scope: &mut Scope) {
        if !table.is_mapping() {
            self.wrong(table.region(), "expected a table of rule ids");
        }
        for entry in table.entries() {
            let id = entry.key.scalar().unwrap_or("");
            let Some(rule) = self.rule(id, entry.key.region()) else { continue };
            match entry.value.as_str() {
                Some("off") => scope.rules.push((rule, None)),
                Some(name) if name.parse::<Severity>().is_ok() => {
                    scope.rules.push((rule, name.parse().ok()));
                }
                _ => self.wrong(
                    entry.value.region(),
                    "expected \"off\", \"info\", \"low\", \"medium\", \"high\" or \"critical\"",
                ),
            }
        }
    }

    fn thresholds(&mut self, table: NodeRef<'_>, options: &mut Options) {
        for entry in table.entries() {
            let key = entry.key.scalar().unwrap_or("");
            if !THRESHOLDS.contains(&key) {
                self.unknown(entry.key.region(), key, &THRESHOLDS);
                continue;
            }
            let number = entry
                .value
                .scalar()
                .filter(|_| entry.value.as_str().is_none())
                .and_then(|text| text.replace('_', "").parse::<u32>().ok());
            let Some(number) = number else {
                self.wrong(entry.value.region(), "expected a whole number");
                continue;
            };
            match key {
                "jwt-secret-min-length" => options.jwt_secret_min_length = number as usize,
                "jwt-secret-recommended-length" => {
                    options.jwt_secret_recommended_length = number as usize;
                }
                "password-min-length" => options.password_min_length = number as usize,
                "access-token-max-seconds" => options.access_token_max_seconds = number.into(),
                _ => options.refresh_token_max_seconds = number.into(),
            }
        }
    }

    /// The list under the only key that a table may have.
    fn only_list(&mut self, table: NodeRef<'_>, key: &str) -> Option<Vec<String>> {
        if !table.is_mapping() {
            self.wrong(table.region(), "expected a table");
        }
        let mut list = None;
        for entry in table.entries() {
            match entry.key.scalar() {
                Some(name) if name == key => list = Some(self.strings(entry.value)),
                other => self.unknown(entry.key.region(), other.unwrap_or(""), &[key]),
            }
        }
        list
    }

    fn strings(&mut self, list: NodeRef<'_>) -> Vec<String> {
        if !list.is_sequence() {
            self.wrong(list.region(), "expected a list of strings");
        }
        let mut strings = Vec::new();
        for item in list.items() {
            match item.as_str() {
                Some(text) => strings.push(text.to_owned()),
                None => self.wrong(item.region(), "expected a string"),
            }
        }
        strings
    }

    fn globs(&mut self, list: NodeRef<'_>) -> IgnoreRules {
        let mut text = self.strings(list).join("\n");
        text.push('\n');
        let mut rules = IgnoreRules::new(false);
        rules.add(IgnoreSource::InfoExclude, text);
        rules
    }

    fn ignore(&mut self, table: NodeRef<'_>) -> Ignore {
        let mut ignore = Ignore {
            region: table.region(),
            rules: Vec::new(),
            paths: None,
            reason: String::new(),
        };
        let mut named = false;
        for entry in table.entries() {
            match entry.key.scalar().unwrap_or("") {
                "rules" => {
                    named = true;
                    for item in entry.value.items() {
                        let rule = self.rule(item.as_str().unwrap_or(""), item.region());
                        ignore.rules.extend(rule);
                    }
                }
                "paths" => ignore.paths = Some(self.globs(entry.value)),
                "reason" => match entry.value.as_str() {
                    Some(reason) => reason.clone_into(&mut ignore.reason),
                    None => self.wrong(entry.value.region(), "expected a string"),
                },
                unknown => self.unknown(entry.key.region(), unknown, &IGNORE_KEYS),
            }
        }
        if !named {
            self.wrong(table.region(), "an ignore entry must name its `rules`");
        }
        ignore
    }
}

/// The known word that differs by at most a third of its letters.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance; long words are told apart by their length alone.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 100 || b.len() > 100 {
        return a.len().max(b.len());
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let cost = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
