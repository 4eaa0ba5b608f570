//! Compose's rules for laying one file over another.
//!
//! Both sides are in canonical form. Mappings merge by key, lists are appended
//! and then freed of what is written twice by that attribute's own notion of
//! sameness, scalars are replaced. `!reset` drops what was there, `!override`
//! replaces it, `!merge` goes item by item. Whatever survives keeps its own origin, so that a finding points
//! at the file and line that decide.

use std::collections::HashMap;

use super::canonical::{Keys, matches};
use super::ports::parse_port;
use super::text::{Origin, Text};
use super::value::{Member, Tag, Value};
use super::volumes::parse_volume;

#[derive(Clone, Copy)]
enum Special {
    /// The override counts alone.
    Replace,
    /// Options merge only under the same driver.
    Logging,
    /// Subnets merge by their address.
    Subnets,
}

const SPECIALS: &[(&Keys<'static>, Special)] = &[
    (&["services", "*", "command"], Special::Replace),
    (&["services", "*", "entrypoint"], Special::Replace),
    (&["services", "*", "healthcheck", "test"], Special::Replace),
    (&["services", "*", "ulimits", "*"], Special::Replace),
    (&["models", "*", "runtime_flags"], Special::Replace),
    // Entries of `KEY=value` lists: a key without a value replaces, too.
    (&["services", "*", "annotations", "*"], Special::Replace),
    (&["services", "*", "environment", "*"], Special::Replace),
    (&["services", "*", "labels", "*"], Special::Replace),
    (&["services", "*", "sysctls", "*"], Special::Replace),
    (&["services", "*", "build", "args", "*"], Special::Replace),
    (&["services", "*", "build", "labels", "*"], Special::Replace),
    (&["services", "*", "deploy", "labels", "*"], Special::Replace),
    (&["services", "*", "logging"], Special::Logging),
    (&["networks", "*", "ipam", "config"], Special::Subnets),
];

/// What makes two items of a list the same.
#[derive(Clone, Copy)]
enum Same {
    /// The text up to the first `=`.
    Key,
    /// The whole text.
    Whole,
    /// The path in the container.
    VolumeTarget,
    /// Address, ports and protocol.
    Port,
    /// The path of a secret or config in the container, below this directory.
    Mount(&'static str),
    /// The path of an env file.
    Path,
    /// The path of a device in the container.
    Device,
}

const UNIQUE: &[(&Keys<'static>, Same)] = &[
    (&["services", "*", "build", "platform"], Same::Key),
    (&["services", "*", "build", "platforms"], Same::Key),
    (&["services", "*", "build", "tags"], Same::Key),
    (&["services", "*", "build", "extra_hosts"], Same::Whole),
    (&["services", "*", "cap_add"], Same::Key),
    (&["services", "*", "cap_drop"], Same::Key),
    (&["services", "*", "configs"], Same::Mount("")),
    (&["services", "*", "devices"], Same::Device),
    (&["services", "*", "dns"], Same::Key),
    (&["services", "*", "dns_opt"], Same::Key),
    (&["services", "*", "dns_search"], Same::Key),
    (&["services", "*", "env_file"], Same::Path),
    (&["services", "*", "expose"], Same::Whole),
    (&["services", "*", "extra_hosts"], Same::Whole),
    (&["services", "*", "links"], Same::Key),
    (&["services", "*", "networks", "*", "aliases"], Same::Key),
    (&["services", "*", "networks", "*", "link_local_ips"], Same::Key),
    (&["services", "*", "ports"], Same::Port),
    (&["services", "*", "profiles"], Same::Key),
    (&["services", "*", "secrets"], Same::Mount("/run/secrets")),
    (&["services", "*", "tmpfs"], Same::Key),
    (&["services", "*", "volumes"], Same::VolumeTarget),
];

/// No rule lies deeper than this.
const DEEPEST: usize = 5;

/// Lays `over` on `base`, both canonical and at `path`. Places where Compose
/// would refuse (a list over a mapping) go to `refused`; the override counts.
pub(super) fn merge(base: Value, over: Value, path: &Keys<'_>, refused: &mut Vec<Origin>) -> Value {
    match SPECIALS.iter().find(|(pattern, _)| matches(pattern, path)) {
        Some((_, Special::Replace)) => return over,
        Some((_, Special::Logging)) => {
            let driver = |value: &Value| value.get("driver").and_then(Value::text).cloned();
            if let (Some(base), Some(over_driver)) = (driver(&base), driver(&over))
                && base.raw() != over_driver.raw()
            {
                return over;
            }
        }
        Some((_, Special::Subnets)) => return merge_subnets(base, over, path, refused),
        None => {}
    }
    match (base, over) {
        (Value::Mapping(base, _), Value::Mapping(over, origin)) => {
            Value::Mapping(merge_members(base, over, path, refused), origin)
        }
        (Value::Sequence(mut items, _), Value::Sequence(over, origin)) => {
            items.extend(over);
            Value::Sequence(items, origin)
        }
        (base, Value::Null(_)) => base,
        (Value::Mapping(..) | Value::Sequence(..), over) => {
            refused.push(over.origin().clone());
            over
        }
        (_, over) => over,
    }
}

fn merge_members(
    mut members: Vec<Member>,
    over: Vec<Member>,
    path: &Keys<'_>,
    refused: &mut Vec<Origin>,
) -> Vec<Member> {
    let mut positions: HashMap<String, usize> = members
        .iter()
        .enumerate()
        .map(|(position, member)| (member.key.raw().to_owned(), position))
        .collect();
    for mut member in over {
        let Some(&position) = positions.get(member.key.raw()) else {
            positions.insert(member.key.raw().to_owned(), members.len());
            members.push(member);
            continue;
        };
        let here = &mut members[position];
        if !matches!(member.tag, Some(Tag::Reset | Tag::Override)) {
            let mut below = path.to_vec();
            below.push(member.key.raw());
            let origin = here.value.origin().clone();
            let base = std::mem::replace(&mut here.value, Value::Null(origin));
            // The merged mapping is still declared where the base declares it.
            let declared = matches!(base, Value::Mapping(..)) && base_declares(&below);
            let key = here.key.clone();
            member.value = match member.tag {
                Some(Tag::Merge) => merge_by_position(base, member.value, &below, refused),
                _ => merge(base, member.value, &below, refused),
            };
            if declared {
                member.key = key;
            }
        }
        *here = member;
    }
    members
}

/// Lists under `!merge`: item by item, an empty one leaves the base's as it is.
fn merge_by_position(
    base: Value,
    over: Value,
    path: &Keys<'_>,
    refused: &mut Vec<Origin>,
) -> Value {
    let (Value::Sequence(base, _), Value::Sequence(over, origin)) = (base, over.clone()) else {
        return over;
    };
    let mut below = path.to_vec();
    below.push("*");
    let mut over = over.into_iter();
    let mut items = Vec::new();
    for base in base {
        items.push(match over.next() {
            None => base,
            Some(item) if !matches!(item, Value::Scalar(_)) && is_empty(&item) => base,
            Some(item) => merge(base, item, &below, refused),
        });
    }
    items.extend(over);
    Value::Sequence(items, origin)
}

fn is_empty(value: &Value) -> bool {
    value.items().is_empty() && value.members().is_empty()
}

/// Services, networks and the like are declared where they first appear.
fn base_declares(path: &Keys<'_>) -> bool {
    path.len() <= 2
}

/// Subnets of the same address merge, the others stand beside each other in
/// the order in which Compose finds them.
fn merge_subnets(base: Value, over: Value, path: &Keys<'_>, refused: &mut Vec<Origin>) -> Value {
    let subnet =
        |value: &Value| value.get("subnet").and_then(Value::text).map(|t| t.raw().to_owned());
    let (Value::Sequence(mut items, _), Value::Sequence(over, origin)) = (base, over.clone())
    else {
        return over;
    };
    let mut positions: HashMap<Option<String>, usize> =
        items.iter().enumerate().map(|(position, item)| (subnet(item), position)).collect();
    for item in over {
        match positions.get(&subnet(&item)) {
            Some(&position) => {
                let origin = item.origin().clone();
                let base = std::mem::replace(&mut items[position], Value::Null(origin));
                items[position] = match (base, item) {
                    (Value::Mapping(base, _), Value::Mapping(over, origin)) => {
                        Value::Mapping(merge_members(base, over, path, refused), origin)
                    }
                    (_, item) => item,
                };
            }
            None => {
                positions.insert(subnet(&item), items.len());
                items.push(item);
            }
        }
    }
    Value::Sequence(items, origin)
}

/// Drops what `!reset` marks and forgets the tags: done once a file has been
/// laid over those before it, or serves as a base itself.
pub(super) fn settle(value: &mut Value) {
    match value {
        Value::Mapping(members, _) => {
            members.retain(|member| member.tag != Some(Tag::Reset));
            for member in members {
                member.tag = None;
                settle(&mut member.value);
            }
        }
        Value::Sequence(items, _) => items.iter_mut().for_each(settle),
        Value::Null(_) | Value::Scalar(_) => {}
    }
}

/// Of list items that mean the same thing keeps the last, at the place of the
/// first.
pub(super) fn unify(value: &mut Value, path: &Keys<'_>) {
    match value {
        Value::Mapping(members, _) if path.len() < DEEPEST => {
            for Member { key, value, .. } in members {
                let mut below = path.to_vec();
                below.push(key.raw());
                unify(value, &below);
            }
        }
        Value::Sequence(items, _) => {
            let Some(&(_, same)) = UNIQUE.iter().find(|(pattern, _)| matches(pattern, path)) else {
                return;
            };
            let mut positions: HashMap<String, usize> = HashMap::new();
            let mut kept: Vec<Value> = Vec::with_capacity(items.len());
            for item in items.drain(..) {
                let Some(key) = key_of(&item, same) else {
                    kept.push(item);
                    continue;
                };
                match positions.get(&key) {
                    Some(&position) => kept[position] = item,
                    None => {
                        positions.insert(key, kept.len());
                        kept.push(item);
                    }
                }
            }
            *items = kept;
        }
        _ => {}
    }
}

/// The text with its defaults, else as it is written.
fn meant(text: &Text) -> String {
    text.with_defaults().unwrap_or_else(|| text.raw().to_owned())
}

fn key_of(item: &Value, same: Same) -> Option<String> {
    let field = |name: &str| item.get(name).and_then(Value::text).map(meant);
    let text = item.text().map(meant);
    match same {
        Same::Key => text.map(|text| match text.split_once('=') {
            Some((key, _)) => key.to_owned(),
            None => text,
        }),
        Same::Whole => text,
        Same::Path => text.or_else(|| field("path")),
        Same::Mount(directory) => match text {
            Some(name) => Some(format!("{directory}/{name}")),
            None => field("target").or_else(|| Some(format!("{directory}/{}", field("source")?))),
        },
        Same::Device => match text {
            Some(text) => {
                let mut parts = text.split(':');
                let source = parts.next().unwrap_or("").to_owned();
                Some(parts.next().map_or(source, str::to_owned))
            }
            None => field("target").or_else(|| field("source")),
        },
        Same::VolumeTarget => {
            let target = match text {
                Some(text) => parse_volume(&text).map(|volume| volume.target).unwrap_or(text),
                None => field("target")?,
            };
            Some(if target.len() > 1 { target.trim_end_matches('/').to_owned() } else { target })
        }
        Same::Port => match text {
            Some(text) => Some(parse_port(&text).map(|port| port.key()).unwrap_or(text)),
            None => {
                let target = field("target")?;
                let ip = field("host_ip").filter(|ip| !ip.is_empty());
                let ip = ip.unwrap_or_else(|| "0.0.0.0".to_owned());
                let published = field("published").unwrap_or_default();
                let protocol = field("protocol").unwrap_or_else(|| "tcp".to_owned());
                Some(format!("{ip}:{published}:{target}/{protocol}"))
            }
        },
    }
}
