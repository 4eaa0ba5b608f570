//! The many forms of Compose's attributes brought to one, so that merging and
//! reading know a single form each.
//!
//! Lists of `KEY=value` become mappings, a lone `env_file` a list, a `build` path
//! a mapping, and so on. Every value keeps the place it was written at.

use super::text::{Origin, Text};
use super::value::{Member, Value};

/// The path of a value as keys from the root, and patterns of them with `*`.
pub(super) type Keys<'a> = [&'a str];

/// Whether `path` is one that `pattern` means.
pub(super) fn matches(pattern: &Keys<'_>, path: &Keys<'_>) -> bool {
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(want, key)| *want == "*" || want == key)
}

#[derive(Clone, Copy)]
enum Form {
    /// A list of `KEY=value` is a mapping.
    KeyValues,
    /// A list of names is a mapping to nothing.
    Names,
    /// A list of services is a mapping to the default condition.
    Dependencies,
    /// A path is a mapping with a context.
    Build,
    /// A lone scalar is a list of one.
    Listed,
    /// A mapping is a list of `host=address`.
    Hosts,
}

const FORMS: &[(&Keys<'static>, Form)] = &[
    (&["services", "*", "annotations"], Form::KeyValues),
    (&["services", "*", "environment"], Form::KeyValues),
    (&["services", "*", "labels"], Form::KeyValues),
    (&["services", "*", "sysctls"], Form::KeyValues),
    (&["services", "*", "build", "args"], Form::KeyValues),
    (&["services", "*", "build", "labels"], Form::KeyValues),
    (&["services", "*", "build", "additional_contexts"], Form::KeyValues),
    (&["services", "*", "deploy", "labels"], Form::KeyValues),
    (&["networks", "*", "labels"], Form::KeyValues),
    (&["volumes", "*", "labels"], Form::KeyValues),
    (&["secrets", "*", "labels"], Form::KeyValues),
    (&["configs", "*", "labels"], Form::KeyValues),
    (&["services", "*", "networks"], Form::Names),
    (&["services", "*", "models"], Form::Names),
    (&["services", "*", "depends_on"], Form::Dependencies),
    (&["services", "*", "build"], Form::Build),
    (&["services", "*", "dns"], Form::Listed),
    (&["services", "*", "dns_opt"], Form::Listed),
    (&["services", "*", "dns_search"], Form::Listed),
    (&["services", "*", "env_file"], Form::Listed),
    (&["services", "*", "label_file"], Form::Listed),
    (&["services", "*", "tmpfs"], Form::Listed),
    (&["services", "*", "extra_hosts"], Form::Hosts),
    (&["services", "*", "build", "extra_hosts"], Form::Hosts),
];

/// Longer than any host's name.
const MAX_HOST: usize = 255;

/// No form lies deeper than this.
const DEEPEST: usize = 4;

/// Brings `value` at `path` and all below it to one form each.
pub(super) fn canonical(value: Value, path: &Keys<'_>) -> Value {
    let form = FORMS.iter().find(|(pattern, _)| matches(pattern, path)).map(|&(_, form)| form);
    let value = match form {
        Some(form) => convert(value, form),
        None => value,
    };
    if path.len() >= DEEPEST {
        return value;
    }
    let Value::Mapping(members, origin) = value else { return value };
    let members = members
        .into_iter()
        .map(|Member { key, value, tag }| {
            let mut below = path.to_vec();
            below.push(key.raw());
            let value = canonical(value, &below);
            Member { key, value, tag }
        })
        .collect();
    Value::Mapping(members, origin)
}

fn convert(value: Value, form: Form) -> Value {
    match (form, value) {
        (Form::KeyValues, Value::Sequence(items, origin)) => {
            let mut members: Vec<Member> = Vec::with_capacity(items.len());
            let mut positions = std::collections::HashMap::new();
            for member in items.into_iter().flat_map(key_values) {
                match positions.get(member.key.raw()) {
                    Some(&position) => members[position] = member,
                    None => {
                        positions.insert(member.key.raw().to_owned(), members.len());
                        members.push(member);
                    }
                }
            }
            Value::Mapping(members, origin)
        }
        (Form::Names, Value::Sequence(items, origin)) => {
            named(items, origin, |key| Value::Null(key.origin().clone()))
        }
        (Form::Dependencies, Value::Sequence(items, origin)) => named(items, origin, |key| {
            let origin = key.origin().clone();
            let member = |name: &str, value: &str| Member {
                key: Text::synthetic(name, origin.clone()),
                value: Value::Scalar(Text::synthetic(value, origin.clone())),
                tag: None,
            };
            let members = vec![member("condition", "service_started"), member("required", "true")];
            Value::Mapping(members, origin)
        }),
        (Form::Build, Value::Scalar(context)) => {
            let origin = context.origin().clone();
            let key = Text::synthetic("context", origin.clone());
            Value::Mapping(vec![Member { key, value: Value::Scalar(context), tag: None }], origin)
        }
        (Form::Listed, Value::Scalar(text)) => {
            let origin = text.origin().clone();
            Value::Sequence(vec![Value::Scalar(text)], origin)
        }
        (Form::Hosts, Value::Mapping(members, origin)) => {
            let mut items: Vec<Value> = members.into_iter().flat_map(hosts).collect();
            items.sort_by(|a, b| a.text().map(Text::raw).cmp(&b.text().map(Text::raw)));
            Value::Sequence(items, origin)
        }
        (_, value) => value,
    }
}

/// The entries that an item of a `KEY=value` list stands for. A mapping inside
/// such a list is an error to Compose, but its meaning is plain.
fn key_values(item: Value) -> Vec<Member> {
    match item {
        Value::Scalar(text) => {
            let (key, value) = match text.split_once('=') {
                Some((key, value)) => (key, Value::Scalar(value)),
                None => {
                    let origin = text.origin().clone();
                    (text, Value::Null(origin))
                }
            };
            vec![Member { key, value, tag: None }]
        }
        Value::Mapping(members, _) => members,
        _ => Vec::new(),
    }
}

fn named(items: Vec<Value>, origin: Origin, value: impl Fn(&Text) -> Value) -> Value {
    let mut seen = std::collections::HashSet::new();
    let mut members = Vec::new();
    for item in items {
        let Value::Scalar(key) = item else { continue };
        if seen.insert(key.raw().to_owned()) {
            let value = value(&key);
            members.push(Member { key, value, tag: None });
        }
    }
    Value::Mapping(members, origin)
}

fn hosts(member: Member) -> Vec<Value> {
    let name = member.key.raw();
    // No host is called so; a long name times many addresses would be much.
    if name.len() > MAX_HOST {
        return vec![Value::Scalar(member.key)];
    }
    let entry = |address: &Text| {
        let text = format!("{name}={}", address.raw());
        Value::Scalar(Text::synthetic(&text, address.origin().clone()))
    };
    match &member.value {
        Value::Scalar(address) => vec![entry(address)],
        Value::Sequence(addresses, _) => {
            addresses.iter().filter_map(Value::text).map(entry).collect()
        }
        _ => vec![Value::Scalar(member.key)],
    }
}
