//! The `compose` sets: short ports and volumes, interpolation, merging.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use anyhow::Context as _;
use seaworthy_formats::compose::{
    ComposeFile, PortMapping, Project, Template, Value, Volume, VolumeKind, parse_port,
    parse_volume,
};
use seaworthy_model::ArtifactPath;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use super::Outcome;

const BAR: f64 = 98.0;

/// Runs the sets in `dir`; none when it does not exist.
pub(super) fn run(dir: &Path) -> anyhow::Result<Vec<Outcome>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    Ok(vec![ports(dir)?, volumes(dir)?, templates(dir)?, merges(dir)?])
}

fn cases<T: DeserializeOwned>(dir: &Path, name: &str) -> anyhow::Result<Vec<T>> {
    let path = dir.join(name);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

#[derive(Deserialize)]
struct PortCase {
    input: String,
    ports: Option<Json>,
}

fn ports(dir: &Path) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("compose/ports", BAR);
    for case in cases::<PortCase>(dir, "ports.json")? {
        let want = case.ports.map(normal_ports);
        let got = parse_port(&case.input).ok().map(|mapping| normal_ports(shown_ports(&mapping)));
        outcome.case(got == want, || format!("{:?}: got {got:?}", case.input));
    }
    Ok(outcome)
}

/// The same ports in one order and with one spelling of addresses: Compose sorts
/// by text and keeps addresses as written.
fn normal_ports(ports: Json) -> Vec<Json> {
    let Json::Array(mut ports) = ports else { return Vec::new() };
    for port in &mut ports {
        let ip = port["host_ip"].as_str().and_then(|ip| ip.parse::<IpAddr>().ok());
        if let Some(ip) = ip {
            port["host_ip"] = json!(ip.to_string());
        }
    }
    ports.sort_by_key(|port| port["target"].as_u64());
    ports
}

fn shown_ports(mapping: &PortMapping) -> Json {
    let shown = mapping.ports().map(|port| {
        let published = port.published.map_or_else(String::new, |range| {
            if range.is_range() {
                format!("{}-{}", range.first, range.last)
            } else {
                range.first.to_string()
            }
        });
        json!({
            "host_ip": port.host_ip.map_or_else(String::new, |ip| ip.to_string()),
            "protocol": port.protocol.name(),
            "published": published,
            "target": port.target,
        })
    });
    shown.collect()
}

#[derive(Deserialize)]
struct VolumeCase {
    input: String,
    volume: Option<Json>,
}

fn volumes(dir: &Path) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("compose/volumes", BAR);
    for mut case in cases::<VolumeCase>(dir, "volumes.json")? {
        // An empty `volume` says nothing.
        if let Some(Json::Object(want)) = &mut case.volume
            && want.get("volume") == Some(&json!({}))
        {
            want.remove("volume");
        }
        let got = parse_volume(&case.input).ok().map(|volume| shown_volume(&volume));
        outcome.case(got == case.volume, || format!("{:?}: got {got:?}", case.input));
    }
    Ok(outcome)
}

fn shown_volume(volume: &Volume) -> Json {
    let mut shown = Map::new();
    shown.insert("type".to_owned(), json!(volume.kind.name()));
    if let Some(source) = &volume.source {
        shown.insert("source".to_owned(), json!(source));
    }
    shown.insert("target".to_owned(), json!(volume.target));
    if volume.read_only {
        shown.insert("read_only".to_owned(), json!(true));
    }
    let mut bind = Map::new();
    if let Some(propagation) = &volume.propagation {
        bind.insert("propagation".to_owned(), json!(propagation));
    }
    if let Some(selinux) = &volume.selinux {
        bind.insert("selinux".to_owned(), json!(selinux));
    }
    if volume.kind == VolumeKind::Bind {
        // The short syntax always creates what is missing.
        bind.insert("create_host_path".to_owned(), json!(true));
    }
    if !bind.is_empty() {
        shown.insert("bind".to_owned(), Json::Object(bind));
    }
    if volume.nocopy {
        shown.insert("volume".to_owned(), json!({ "nocopy": true }));
    }
    Json::Object(shown)
}

#[derive(Deserialize)]
struct TemplateCase {
    env: BTreeMap<String, String>,
    template: String,
    value: Option<String>,
}

fn templates(dir: &Path) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("compose/templates", BAR);
    for case in cases::<TemplateCase>(dir, "templates.json")? {
        let got = Template::parse(&case.template).expand(&|name| case.env.get(name).cloned()).ok();
        outcome.case(got == case.value, || format!("{:?}: got {got:?}", case.template));
    }
    Ok(outcome)
}

#[derive(Deserialize)]
struct MergeCase {
    test: String,
    base: String,
    #[serde(rename = "override")]
    over: String,
    want: String,
}

fn merges(dir: &Path) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("compose/merge", BAR);
    let project = |texts: &[&str]| {
        let files: Vec<ComposeFile> = texts.iter().map(|text| ComposeFile::parse(text)).collect();
        let files: Vec<_> = files
            .iter()
            .enumerate()
            .map(|(index, file)| (ArtifactPath::new(format!("{index}.yml")), file))
            .collect();
        shown(Project::load(&files, &|_| None).raw())
    };
    for case in cases::<MergeCase>(dir, "merge.json")? {
        let got = project(&[&case.base, &case.over]);
        let want = project(&[&case.want]);
        outcome.case(got == want, || format!("{}: got {got}, want {want}", case.test));
    }
    Ok(outcome)
}

/// A value without its places. Scalars are text: within `KEY=value` lists Compose
/// makes them so, too.
fn shown(value: &Value) -> Json {
    match value {
        Value::Null(_) => Json::Null,
        Value::Scalar(text) => json!(text.raw()),
        Value::Sequence(items, _) => items.iter().map(shown).collect(),
        Value::Mapping(members, _) => Json::Object(
            members
                .iter()
                .map(|member| (member.key.raw().to_owned(), shown(&member.value)))
                .collect(),
        ),
    }
}
