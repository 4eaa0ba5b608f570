//! Every place of a document that may hold a secret.
//!
//! An excerpt is about one finding, but a line may hold another's secret, and a
//! diff shows whole files. So excerpts are masked wherever a value may be
//! secret, whatever they are about: here it is better to mask too much.

use std::ops::Range;

use seaworthy_formats::dockerfile::{self, Dockerfile};
use seaworthy_model::Region;
use seaworthy_syntax::env::EnvEntry;
use seaworthy_syntax::{NodeRef, Tree, json, yaml};

use crate::document::Document;
use crate::names::secret_kind;
use crate::values::{ValueClass, ValueContext, classify, parse_url};

/// The regions that may hold a secret, sorted.
pub(crate) fn sensitive_regions(document: Option<&Document>, text: &str) -> Vec<Region> {
    let mut regions = Vec::new();
    match document {
        Some(Document::Env(env)) => {
            for entry in env.entries().iter().chain(env.commented()) {
                env_entry(entry, &mut regions);
            }
        }
        Some(Document::Compose(file)) => tree(file.tree(), &mut regions),
        Some(Document::Vercel(_) | Document::PackageJson(_)) => {
            tree(&json::parse(text), &mut regions);
        }
        Some(Document::Dockerfile(file)) => dockerfile(file, &mut regions),
        Some(
            Document::PnpmWorkspace(_)
            | Document::Workflow(_)
            | Document::Action(_)
            | Document::GitlabCi(_),
        ) => tree(&yaml::parse(text), &mut regions),
        _ => {}
    }
    userinfo(text, &mut regions);
    regions.retain(|region| !region.is_empty());
    regions.sort_unstable();
    regions
}

fn env_entry(entry: &EnvEntry, regions: &mut Vec<Region>) {
    if may_be_secret(&entry.key, &entry.value) {
        regions.push(entry.value_region);
    } else {
        parts(&entry.key, &entry.value, entry.value_region, regions);
    }
}

/// The variables that a Dockerfile sets, and the flags in its commands.
fn dockerfile(file: &Dockerfile, regions: &mut Vec<Region>) {
    use dockerfile::Command;
    for instruction in file.instructions() {
        match &instruction.command {
            Command::Env(list) | Command::Arg(list) | Command::Label(list) => {
                for assignment in list {
                    let Some(value) = &assignment.value else { continue };
                    let text = value.raw.trim_matches(['"', '\'']);
                    if may_be_secret(&assignment.key.raw, text) {
                        regions.push(value.region);
                    } else {
                        parts(&assignment.key.raw, &value.raw, value.region, regions);
                    }
                }
            }
            Command::Run(command) | Command::Cmd(command) | Command::Entrypoint(command) => {
                if let dockerfile::CommandLine::Shell(text) = command {
                    parts("", &text.raw, text.region, regions);
                }
            }
            _ => {}
        }
    }
}

/// What a text that is no secret as a whole may carry: the default of a
/// variable, and a password on a command line.
fn parts(key: &str, value: &str, region: Region, regions: &mut Vec<Region>) {
    let mut found: Vec<Range<usize>> = defaults(value)
        .filter(|(name, range)| {
            let default = &value[range.clone()];
            may_be_secret(name, default) || may_be_secret(key, default)
        })
        .map(|(_, range)| range)
        .collect();
    found.extend(secret_arguments(value));
    if region.len() == value.len() {
        regions.extend(found.into_iter().map(|range| Region::from(range).offset(region.start)));
    } else if !found.is_empty() {
        // Escapes or folded lines stand between the text and its source.
        regions.push(region);
    }
}

/// The texts that `${NAME:-text}` and its kin would put in, each with its name.
/// One inside another ends the outer one's.
fn defaults(value: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    value.match_indices("${").filter_map(move |(offset, opener)| {
        let rest = &value[offset + opener.len()..];
        let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let (name, after) = rest.split_at(length);
        let operator = match after.as_bytes() {
            [b':', b'-' | b'+' | b'=', ..] => 2,
            [b'-' | b'+' | b'=', ..] => 1,
            _ => return None,
        };
        let text = &after[operator..];
        let end = text.find('}').into_iter().chain(text.find("${")).min().unwrap_or(text.len());
        let start = offset + opener.len() + length + operator;
        Some((name, start..start + end))
    })
}

/// The arguments of a command line that a flag calls a password: `--requirepass
/// text`, `--password=text`.
fn secret_arguments(value: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut flagged = false;
    let mut at = 0;
    for word in value.split_inclusive(char::is_whitespace) {
        let start = at;
        at += word.len();
        let word = word.trim_end();
        if word.is_empty() {
            continue;
        }
        match word.split_once('=') {
            _ if flagged && may_be_secret("PASSWORD", word) => {
                found.push(start..start + word.len())
            }
            Some((flag, text)) if is_secret_flag(flag) && may_be_secret("PASSWORD", text) => {
                found.push(start + flag.len() + 1..start + word.len());
            }
            _ => {}
        }
        flagged = is_secret_flag(word);
    }
    found
}

fn is_secret_flag(word: &str) -> bool {
    word.strip_prefix('-').map(|flag| flag.trim_start_matches('-')).is_some_and(|flag| {
        matches!(flag, "requirepass" | "masterauth" | "a") || secret_kind(flag).is_some()
    })
}

/// Whether a value is to be hidden: it is, or under such a name could be, a
/// secret, and is no reference, placeholder or harmless word.
fn may_be_secret(name: &str, value: &str) -> bool {
    let class = classify(value, &ValueContext { key: name, user: None, project: &[] });
    match class {
        ValueClass::Real => true,
        ValueClass::Weak(_) => secret_kind(name).is_some(),
        _ => false,
    }
}

/// The scalars of a tree, each under its nearest key; `KEY=value` items count as
/// an assignment.
fn tree(tree: &Tree, regions: &mut Vec<Region>) {
    let mut pending: Vec<(NodeRef<'_>, &str)> = tree.documents().map(|root| (root, "")).collect();
    while let Some((node, key)) = pending.pop() {
        if node.is_alias() {
            // What it stands for is met where it is written.
            continue;
        }
        if node.is_mapping() {
            for entry in node.written_entries() {
                pending.push((entry.value, entry.key.scalar().unwrap_or(key)));
            }
        } else if node.is_sequence() {
            let mut flagged = false;
            for item in node.items() {
                let word = item.scalar().unwrap_or("");
                // The words of a command that is written as a list.
                pending.push((item, if flagged { "PASSWORD" } else { key }));
                flagged = is_secret_flag(word);
            }
        } else if let Some(value) = node.scalar() {
            scalar(node, key, value, regions);
        }
    }
}

fn scalar(node: NodeRef<'_>, key: &str, value: &str, regions: &mut Vec<Region>) {
    let region = node.content_region();
    let assignment = value.split_once('=').filter(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    match assignment {
        Some((name, assigned)) => {
            if may_be_secret(name, assigned) {
                let exact = region.len() == value.len();
                let start = if exact { region.start + name.len() + 1 } else { region.start };
                regions.push(Region::new(start, region.end));
            } else {
                parts(name, value, region, regions);
            }
        }
        // An action with its owner and release looks like one.
        None if key != "uses" && may_be_secret(key, value) => regions.push(region),
        None => parts(key, value, region, regions),
    }
}

/// The password of every `scheme://user:password@host` in the text.
fn userinfo(text: &str, regions: &mut Vec<Region>) {
    for (offset, _) in text.match_indices("://") {
        let start = text[..offset]
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            .map_or(0, |index| index + text[index..].chars().next().map_or(1, char::len_utf8));
        let rest = &text[start..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>'))
            .unwrap_or(rest.len());
        if let Some(password) = parse_url(&rest[..end]).and_then(|url| url.password) {
            let region = Region::from(password).offset(start);
            regions.push(region);
        }
    }
}
