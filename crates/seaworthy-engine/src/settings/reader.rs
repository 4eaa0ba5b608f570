//! Reading one settings file.
//!
//! The file belongs to the audited repository, so nothing it says may be costly:
//! complaints and entries are counted.

use std::collections::HashMap;

use seaworthy_analysis::Options;
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_model::{
    ArtifactPath, LineIndex, Notification, NotificationKind, Region, Rule, Severity,
};
use seaworthy_syntax::{NodeRef, toml};

use super::detectors::DETECTORS;
use super::plugins::{self, Complaint};
use super::{Decisions, Globs, Ignore, PluginFailures, Settings, SettingsFile, note};
use crate::baseline::Named;
use crate::foreign::{Honoured, Tool};
use seaworthy_model::nearest;

/// The keys of the root table, as the schema has them.
pub(super) const KEYS: [&str; 12] = [
    "baseline",
    "detectors",
    "exclude",
    "fail-on",
    "foreign-ignores",
    "headers",
    "ignore",
    "lockfiles",
    "plugin-failures",
    "plugins",
    "rules",
    "thresholds",
];
pub(super) const THRESHOLDS: [&str; 5] = [
    "access-token-max-seconds",
    "jwt-secret-min-length",
    "jwt-secret-recommended-length",
    "password-min-length",
    "refresh-token-max-seconds",
];
pub(super) const REQUIRED_HEADERS: &str = "required";
pub(super) const ALLOWED_HOSTS: &str = "allowed-hosts";
pub(super) const IGNORE_KEYS: [&str; 3] = ["paths", "reason", "rules"];

/// The most complaints about one file; who has more begins with these.
const MAX_COMPLAINTS: usize = 100;
/// The most `[[ignore]]` entries of one file: each is held against findings.
const MAX_IGNORES: usize = 1_000;

/// What a table of rules says of one rule: off, or a severity. `None` when the
/// word means nothing.
pub(super) fn rule_setting(name: &str) -> Option<Option<Severity>> {
    match name {
        "off" => Some(None),
        name => name.parse().ok().map(Some),
    }
}

/// What failures of plugins mean, by a word of the settings.
pub(super) fn plugin_failures(name: &str) -> Option<PluginFailures> {
    match name {
        "fail" => Some(PluginFailures::Fail),
        "report" => Some(PluginFailures::Report),
        _ => None,
    }
}

/// Reads a file; what counts for all files goes into `settings`. Gives what is
/// wrong with it, too.
pub(super) fn read(
    file: &SettingsFile,
    lines: &LineIndex,
    rules: &[&'static Rule],
    settings: &mut Settings,
) -> (Decisions, Vec<Notification>) {
    let tree = toml::parse(&file.text);
    let mut reader = Reader { file, lines, rules, notifications: Vec::new(), more: 0 };
    for error in tree.errors() {
        reader.wrong(error.region, error.message.clone());
    }
    let mut says = Decisions::default();
    reader.file(tree.root(), settings, &mut says);
    (says, reader.finish())
}

struct Reader<'a> {
    file: &'a SettingsFile,
    lines: &'a LineIndex,
    rules: &'a [&'static Rule],
    notifications: Vec<Notification>,
    /// Complaints that were not kept.
    more: usize,
}

impl Reader<'_> {
    fn wrong(&mut self, region: Region, message: impl Into<String>) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        let kind = NotificationKind::SettingsInvalid;
        self.notifications.push(note(self.file, self.lines, region, kind, message.into()));
    }

    fn is_full(&self) -> bool {
        self.notifications.len() >= MAX_COMPLAINTS
    }

    fn finish(mut self) -> Vec<Notification> {
        if self.more > 0 {
            let message = format!("and {} more wrong settings in this file", self.more);
            self.notifications.push(
                Notification::new(NotificationKind::SettingsInvalid, message)
                    .in_artifact(self.file.artifact.clone()),
            );
        }
        self.notifications
    }

    fn file(&mut self, root: NodeRef<'_>, settings: &mut Settings, says: &mut Decisions) {
        for entry in root.entries() {
            let key = entry.key.scalar().unwrap_or("");
            let nested = !self.file.directory.is_empty();
            if nested && KEYS.contains(&key) && !matches!(key, "exclude" | "ignore" | "rules") {
                self.wrong(entry.key.region(), format!("`{key}` counts only in the root file"));
                continue;
            }
            match key {
                "fail-on" => match entry.value.as_str().map(str::parse) {
                    Some(Ok(fail_on)) => settings.fail_on = Some(fail_on),
                    Some(Err(message)) => self.wrong(entry.value.region(), message),
                    None => self.wrong(entry.value.region(), "expected a string"),
                },
                "plugin-failures" => match entry.value.as_str().and_then(plugin_failures) {
                    Some(failures) => settings.plugin_failures = Some(failures),
                    None => {
                        self.wrong(entry.value.region(), "expected \"fail\" or \"report\"");
                    }
                },
                "plugins" => self.plugins(entry.value),
                "foreign-ignores" => settings.foreign = self.foreign(entry.value),
                "baseline" => settings.baseline = self.baseline(entry.value),
                "exclude" => says.exclude = self.globs(entry.value),
                "rules" => self.rule_table(entry.value, says),
                "thresholds" => self.thresholds(entry.value, &mut settings.options),
                "headers" => {
                    if let Some(list) = self.only_list(entry.value, REQUIRED_HEADERS) {
                        settings.options.required_headers =
                            list.iter().map(|name| name.to_ascii_lowercase()).collect();
                    }
                }
                "lockfiles" => {
                    if let Some(list) = self.only_list(entry.value, ALLOWED_HOSTS) {
                        settings.options.lockfile_hosts = list;
                    }
                }
                "detectors" => self.detectors(entry.value, says),
                "ignore" => self.ignores(entry.value, says),
                unknown => self.unknown(entry.key.region(), unknown, &KEYS),
            }
        }
    }

    fn baseline(&mut self, value: NodeRef<'_>) -> Option<Named> {
        let Some(path) = value.as_str() else {
            self.wrong(value.region(), "expected a string");
            return None;
        };
        let inside = ArtifactPath::resolve(self.file.artifact.parent(), path)
            .filter(|path| !path.as_str().is_empty());
        if inside.is_none() {
            self.wrong(value.region(), "the path must not leave the repository");
        }
        let position = self.lines.position(&self.file.text, value.region().start);
        inside.map(|path| Named { path, said: (self.file.artifact.clone(), position) })
    }

    fn foreign(&mut self, value: NodeRef<'_>) -> Option<Honoured> {
        match value.scalar().filter(|_| value.as_str().is_none()) {
            Some("true") => return Some(Honoured(Tool::ALL.to_vec())),
            Some("false") => return Some(Honoured::default()),
            _ if !value.is_sequence() => {
                let message = "expected true, false or a list of the names of tools";
                self.wrong(value.region(), message);
                return None;
            }
            _ => {}
        }
        let mut tools = Vec::new();
        for (name, region) in self.strings(value) {
            match Tool::ALL.into_iter().find(|tool| tool.name() == name) {
                Some(tool) => tools.push(tool),
                None => {
                    let known = Tool::ALL.map(Tool::name).join(", ");
                    self.wrong(region, format!("no such tool is known; there are {known}"));
                }
            }
        }
        Some(Honoured(tools))
    }

    fn unknown(&mut self, region: Region, key: &str, known: &[&str]) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        let near = nearest(key, known.iter().copied());
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        self.wrong(region, format!("unknown setting `{}`{hint}", short(key)));
        // What nobody knows may hold anything: its value is not shown.
        if let Some(last) = self.notifications.last_mut()
            && let Some(excerpt) = &mut last.excerpt
            && let Some(equals) = excerpt.find('=')
        {
            excerpt.truncate(equals + 1);
            excerpt.push_str(" …");
        }
    }

    fn rule(&mut self, id: &str, region: Region) -> Option<&'static Rule> {
        let found = self.rules.iter().find(|rule| rule.answers_to(id)).copied();
        if found.is_none() {
            if self.is_full() {
                self.more += 1;
                return None;
            }
            let near = nearest(id, self.rules.iter().map(|rule| rule.id));
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            self.wrong(region, format!("unknown rule `{}`{hint}", short(id)));
        }
        found
    }

    fn rule_table(&mut self, table: NodeRef<'_>, says: &mut Decisions) {
        if !self.is_table(table) {
            return;
        }
        let mut written: HashMap<&'static str, &str> = HashMap::new();
        for entry in table.entries() {
            let id = entry.key.scalar().unwrap_or("");
            let Some(rule) = self.rule(id, entry.key.region()) else { continue };
            // The very same key twice is a fault of syntax, already told.
            if written.insert(rule.id, id).is_some_and(|before| before != id) {
                let message = format!("`{}` is set twice, once by a former id", rule.id);
                self.wrong(entry.key.region(), message);
            }
            match entry.value.as_str().and_then(rule_setting) {
                Some(setting) => drop(says.rules.insert(rule.id, setting)),
                None => self.wrong(
                    entry.value.region(),
                    "expected \"off\", \"info\", \"low\", \"medium\", \"high\" or \"critical\"",
                ),
            }
        }
    }

    /// What is off counts here; the files that are named were read before.
    fn detectors(&mut self, table: NodeRef<'_>, says: &mut Decisions) {
        if !self.is_table(table) {
            return;
        }
        for entry in table.entries() {
            match entry.key.scalar().unwrap_or("") {
                "off" => {
                    for (id, region) in self.strings(entry.value) {
                        if let Some(rule) = self.rule(&id, region) {
                            says.rules.entry(rule.id).or_insert(None);
                        }
                    }
                }
                "packs" => drop(self.strings(entry.value)),
                "gitleaks" if entry.value.as_str().is_some() => {}
                "gitleaks" => self.wrong(entry.value.region(), "expected a string"),
                unknown => self.unknown(entry.key.region(), unknown, &DETECTORS),
            }
        }
    }

    /// The plugins were read before; what is wrong is told here.
    fn plugins(&mut self, table: NodeRef<'_>) {
        let _ = plugins::read(table, &mut |region, complaint| match complaint {
            Complaint::Wrong(message) => self.wrong(region, message),
            Complaint::Unknown(key, known) => self.unknown(region, key, known),
        });
    }

    fn thresholds(&mut self, table: NodeRef<'_>, options: &mut Options) {
        if !self.is_table(table) {
            return;
        }
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

    fn is_table(&mut self, node: NodeRef<'_>) -> bool {
        if !node.is_mapping() {
            self.wrong(node.region(), "expected a table");
        }
        node.is_mapping()
    }

    /// The list under the only key that a table may have.
    fn only_list(&mut self, table: NodeRef<'_>, key: &str) -> Option<Vec<String>> {
        if !self.is_table(table) {
            return None;
        }
        let mut list = None;
        for entry in table.entries() {
            match entry.key.scalar() {
                Some(name) if name == key => {
                    let strings = self.strings(entry.value);
                    list = Some(strings.into_iter().map(|(text, _)| text).collect());
                }
                other => self.unknown(entry.key.region(), other.unwrap_or(""), &[key]),
            }
        }
        list
    }

    fn strings(&mut self, list: NodeRef<'_>) -> Vec<(String, Region)> {
        if !list.is_sequence() {
            self.wrong(list.region(), "expected a list of strings");
        }
        let mut strings = Vec::new();
        for item in list.items() {
            match item.as_str() {
                Some(text) => strings.push((text.to_owned(), item.region())),
                None => self.wrong(item.region(), "expected a string"),
            }
        }
        strings
    }

    fn globs(&mut self, list: NodeRef<'_>) -> Globs {
        let mut globs = Globs { rules: IgnoreRules::new(false), written: Vec::new() };
        let mut text = String::new();
        for (glob, region) in self.strings(list) {
            if glob.contains('\n') {
                self.wrong(region, "a path must be on one line");
                continue;
            }
            text.push_str(&glob);
            text.push('\n');
            globs.written.push((glob, region));
        }
        globs.rules.add(IgnoreSource::InfoExclude, text);
        globs
    }

    fn ignores(&mut self, list: NodeRef<'_>, says: &mut Decisions) {
        if !list.is_sequence() {
            self.wrong(list.region(), "expected `[[ignore]]` tables");
        }
        for item in list.items() {
            if says.ignores.len() == MAX_IGNORES {
                let message = format!("only the first {MAX_IGNORES} ignore entries count");
                self.wrong(item.region(), message);
                break;
            }
            let ignore = self.ignore(item);
            says.ignores.extend(ignore);
        }
    }

    fn ignore(&mut self, table: NodeRef<'_>) -> Option<Ignore> {
        if !self.is_table(table) {
            return None;
        }
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
                    let ids = self.strings(entry.value);
                    // A wrong type was told; an empty list still names nothing.
                    named = !ids.is_empty() || !entry.value.is_sequence();
                    for (id, region) in ids {
                        let rule = self.rule(&id, region);
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
        Some(ignore)
    }
}

/// A word of the file, cut to what a message can bear.
fn short(word: &str) -> String {
    let cut: String = word.chars().take(80).collect();
    if cut.len() < word.len() { format!("{cut}…") } else { cut }
}
