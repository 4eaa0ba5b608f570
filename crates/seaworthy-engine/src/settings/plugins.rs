//! What the root settings say of plugins: which, from where, and their configuration.
//!
//! It is read twice: before all else, since the other settings may name the rules
//! of plugins, and with the rest, to tell what is wrong.

use seaworthy_model::Region;
use seaworthy_syntax::{NodeKind, NodeRef, toml};
use serde_json::{Map, Number, Value};

/// The keys of `[plugins.NAME]`.
pub(crate) const PLUGIN_KEYS: [&str; 3] = ["config", "limits", "source"];
/// The keys of `[plugins.NAME.limits]`.
pub(crate) const LIMIT_KEYS: [&str; 4] =
    ["file-milliseconds", "memory-mib", "repository-milliseconds", "start-milliseconds"];

/// The most plugins.
const MAX_PLUGINS: usize = 100;

/// A plugin as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginSettings {
    /// Its name: the first half of its rules' ids.
    pub name: String,
    /// Where it comes from.
    pub source: String,
    /// Its configuration: a JSON object.
    pub config: String,
    /// How much it may use; none: as by default.
    pub limits: PluginLimits,
    /// The place of its name, for what is to be told about it.
    pub region: Region,
}

/// What the settings say about the bounds of a plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PluginLimits {
    /// MiB of memory of each instance.
    pub memory_mib: Option<u32>,
    /// Milliseconds for one file.
    pub file_milliseconds: Option<u32>,
    /// Milliseconds for the repository.
    pub repository_milliseconds: Option<u32>,
    /// Milliseconds to start.
    pub start_milliseconds: Option<u32>,
}

/// Something wrong with the settings of plugins.
pub(super) enum Complaint<'a> {
    Wrong(String),
    Unknown(&'a str, &'static [&'static str]),
}

/// The plugins that a root settings file names, as far as they are named well.
#[must_use]
pub fn plugins(text: &str) -> Vec<PluginSettings> {
    let tree = toml::parse(text);
    match tree.root().get("plugins") {
        Some(table) => read(table, &mut |_, _| {}),
        None => Vec::new(),
    }
}

/// Reads `[plugins]` and says what is wrong with it.
pub(super) fn read(
    table: NodeRef<'_>,
    complain: &mut dyn FnMut(Region, Complaint<'_>),
) -> Vec<PluginSettings> {
    let mut plugins = Vec::new();
    if !table.is_mapping() {
        complain(table.region(), wrong("expected `[plugins.NAME]` tables"));
        return plugins;
    }
    for entry in table.entries() {
        let (name, region) = (entry.key.scalar().unwrap_or(""), entry.key.region());
        if !is_name(name) {
            let message = "a plugin's name consists of a-z, 0-9 and `-`, at most 32 of them";
            complain(region, wrong(message));
        } else if plugins.len() == MAX_PLUGINS {
            complain(region, wrong(&format!("only the first {MAX_PLUGINS} plugins count")));
            break;
        } else if !entry.value.is_mapping() {
            complain(entry.value.region(), wrong("expected a table with a `source`"));
        } else {
            plugins.extend(plugin(name, region, entry.value, complain));
        }
    }
    plugins
}

fn plugin(
    name: &str,
    region: Region,
    table: NodeRef<'_>,
    complain: &mut dyn FnMut(Region, Complaint<'_>),
) -> Option<PluginSettings> {
    let mut source = None;
    let mut config = Value::Object(Map::new());
    let mut limits = PluginLimits::default();
    for entry in table.entries() {
        let value = entry.value;
        match entry.key.scalar().unwrap_or("") {
            "source" => match value.as_str() {
                Some(text) if !text.is_empty() && !text.chars().any(char::is_control) => {
                    source = Some(text.to_owned());
                }
                _ => complain(value.region(), wrong("expected a path or an address")),
            },
            "config" if value.is_mapping() => match json(value) {
                Some(object) => config = object,
                None => complain(value.region(), wrong("a number here is none of JSON's")),
            },
            "config" => complain(value.region(), wrong("expected a table")),
            "limits" if value.is_mapping() => limits = read_limits(value, complain),
            "limits" => complain(value.region(), wrong("expected a table")),
            unknown => {
                complain(entry.key.region(), Complaint::Unknown(unknown, &PLUGIN_KEYS));
            }
        }
    }
    if source.is_none() && table.get("source").is_none() {
        complain(region, wrong("a plugin needs a `source`"));
    }
    Some(PluginSettings {
        name: name.to_owned(),
        source: source?,
        config: config.to_string(),
        limits,
        region,
    })
}

fn read_limits(
    table: NodeRef<'_>,
    complain: &mut dyn FnMut(Region, Complaint<'_>),
) -> PluginLimits {
    let mut limits = PluginLimits::default();
    for entry in table.entries() {
        let (place, most) = match entry.key.scalar().unwrap_or("") {
            "memory-mib" => (&mut limits.memory_mib, 1_024),
            "file-milliseconds" => (&mut limits.file_milliseconds, 60_000),
            "repository-milliseconds" => (&mut limits.repository_milliseconds, 600_000),
            "start-milliseconds" => (&mut limits.start_milliseconds, 60_000),
            unknown => {
                complain(entry.key.region(), Complaint::Unknown(unknown, &LIMIT_KEYS));
                continue;
            }
        };
        let number = match entry.value.kind() {
            NodeKind::Number(text) => text.replace('_', "").parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if (1..=most).contains(&number) => *place = Some(number),
            _ => {
                let message = format!("expected a whole number from 1 to {most}");
                complain(entry.value.region(), wrong(&message));
            }
        }
    }
    limits
}

/// A value of TOML as JSON; a date becomes its text. `None` for `inf`, `nan` and
/// numbers beyond 64 bits.
fn json(node: NodeRef<'_>) -> Option<Value> {
    Some(match node.kind() {
        NodeKind::String(text) => Value::String(text.to_string()),
        NodeKind::Bool(value) => Value::Bool(*value),
        NodeKind::Number(text) => Value::Number(number(text)?),
        NodeKind::Sequence(_) => Value::Array(node.items().map(json).collect::<Option<_>>()?),
        NodeKind::Mapping(_) => {
            let mut object = Map::new();
            for entry in node.entries() {
                object.insert(entry.key.scalar().unwrap_or("").to_owned(), json(entry.value)?);
            }
            Value::Object(object)
        }
        NodeKind::Null | NodeKind::Alias(_) => Value::Null,
    })
}

fn number(text: &str) -> Option<Number> {
    let text = text.replace('_', "");
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().map(Number::from);
        }
    }
    match text.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) if text.contains(['.', 'e', 'E']) => Number::from_f64(text.parse().ok()?),
        Err(_) => None,
    }
}

/// Whether a text is the name of a plugin, as the contract has it.
fn is_name(text: &str) -> bool {
    text.len() <= 32
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn wrong(message: &str) -> Complaint<'static> {
    Complaint::Wrong(message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> Vec<String> {
        let tree = toml::parse(text);
        let mut told = Vec::new();
        read(tree.root().get("plugins").expect("a table"), &mut |region, complaint| {
            let line = text[..region.start].matches('\n').count() + 1;
            told.push(match complaint {
                Complaint::Wrong(message) => format!("{line}: {message}"),
                Complaint::Unknown(key, _) => format!("{line}: unknown {key}"),
            });
        });
        told
    }

    #[test]
    fn a_plugin_has_a_source_a_configuration_and_limits() {
        let text = "[plugins.env-policy]\nsource = 'npm:@team/p@1.0.0'\n\
                    config = { owners = ['a', 'b'], most = 0x1F, share = 0.5, strict = true, since = 2025-01-01 }\n\
                    limits = { memory-mib = 256, file-milliseconds = 1_000 }\n\
                    [plugins.b]\nsource = './b.wasm'\n";
        assert_eq!(complaints(text), [""; 0]);
        let read = plugins(text);
        assert_eq!(read[0].name, "env-policy");
        assert_eq!(read[0].source, "npm:@team/p@1.0.0");
        let config: Value = serde_json::from_str(&read[0].config).expect("JSON");
        assert_eq!(
            config,
            serde_json::json!({"owners": ["a", "b"], "most": 31, "share": 0.5, "strict": true, "since": "2025-01-01"})
        );
        assert_eq!(read[0].limits.memory_mib, Some(256));
        assert_eq!(read[0].limits.file_milliseconds, Some(1_000));
        assert_eq!(&text[read[0].region.start..read[0].region.end], "env-policy");
        assert_eq!((read[1].config.as_str(), read[1].limits), ("{}", PluginLimits::default()));
    }

    #[test]
    fn what_is_wrong_is_told_and_does_not_count() {
        let cases = [
            ("plugins = 3", "1: expected `[plugins.NAME]` tables", 0),
            ("[plugins]\na = 'x.wasm'", "2: expected a table with a `source`", 0),
            ("[plugins.a]\nconfig = {}", "1: a plugin needs a `source`", 0),
            ("[plugins.a]\nsource = 3", "2: expected a path or an address", 0),
            ("[plugins.a]\nsource = \"a\\u001b\"", "2: expected a path or an address", 0),
            ("[plugins.A]\nsource = 'x'", "1: a plugin's name consists of", 0),
            ("[plugins.'a/b']\nsource = 'x'", "1: a plugin's name consists of", 0),
            ("[plugins.a]\nsource = 'x'\nconfig = 3", "3: expected a table", 1),
            ("[plugins.a]\nsource = 'x'\nconfig = {x = inf}", "3: a number here", 1),
            ("[plugins.a]\nsource = 'x'\nconfg = 3", "3: unknown confg", 1),
            ("[plugins.a]\nsource = 'x'\nlimits.memory = 3", "3: unknown memory", 1),
            ("[plugins.a]\nsource = 'x'\nlimits.memory-mib = 9999", "3: expected a whole", 1),
            ("[plugins.a]\nsource = 'x'\nlimits.memory-mib = '9'", "3: expected a whole", 1),
            ("[plugins.a]\nsource = 'x'\nlimits = 'none'", "3: expected a table", 1),
        ];
        for (text, want, left) in cases {
            let told = complaints(text);
            assert_eq!(told.len(), 1, "{text}: {told:?}");
            assert!(told[0].starts_with(want), "{text}: {told:?}");
            assert_eq!(plugins(text).len(), left, "{text}");
        }
    }

    #[test]
    fn only_so_many_plugins_count() {
        let text: String = (0..500).map(|n| format!("[plugins.p{n}]\nsource = 'x'\n")).collect();
        assert_eq!(complaints(&text).len(), 1);
        assert_eq!(plugins(&text).len(), MAX_PLUGINS);
    }
}
