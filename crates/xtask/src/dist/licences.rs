//! The licences of the crates that a program is made of. Nearly all of them ask that their
//! text goes with every copy.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use super::Target;

/// How the files begin whose texts are to be passed on.
const NAMES: &[&str] = &["COPYING", "COPYRIGHT", "LICENCE", "LICENSE", "NOTICE", "UNLICENSE"];

/// What goes with the program for a target: each crate and its licence, then each text once.
pub(super) fn of(root: &Path, target: &Target) -> anyhow::Result<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform", target.triple])
        .current_dir(root)
        .output()
        .context("cannot run cargo metadata")?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut crates = String::new();
    for package in linked(&metadata, "seaworthy") {
        let name = format!("{} {}", word(&package["name"]), word(&package["version"]));
        let _ = writeln!(crates, "{name}: {}", word(&package["license"]));
        let manifest = Path::new(word(&package["manifest_path"]));
        for text in texts_in(manifest.parent().context("a manifest lies in a folder")?)? {
            texts.entry(text).or_default().insert(name.clone());
        }
    }
    let mut all = format!(
        "seaworthy is made of the crates below and of the standard library of Rust (MIT OR\n\
         Apache-2.0), each under its own licence.\n\n{crates}"
    );
    // By the first crate that has it, not by its words.
    let mut texts: Vec<(BTreeSet<String>, String)> =
        texts.into_iter().map(|(text, crates)| (crates, text)).collect();
    texts.sort();
    for (crates, text) in texts {
        let names: Vec<&str> = crates.iter().map(String::as_str).collect();
        let rule = "-".repeat(80);
        let _ = write!(all, "\n{rule}\n{}\n{rule}\n\n{text}\n", names.join(", "));
    }
    Ok(all)
}

/// The crates of others that are linked into a program, sorted.
fn linked<'a>(metadata: &'a Value, program: &str) -> Vec<&'a Value> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let by_id: HashMap<&str, &Value> = packages.map(|each| (word(&each["id"]), each)).collect();
    let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
    let nodes: HashMap<&str, &Value> = nodes.map(|node| (word(&node["id"]), node)).collect();
    let mut waiting: Vec<&str> = by_id
        .iter()
        .filter(|(_, package)| word(&package["name"]) == program)
        .map(|(id, _)| *id)
        .collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let node = nodes.get(id).copied().unwrap_or(&Value::Null);
        for dependency in node["deps"].as_array().into_iter().flatten() {
            // What builds or tests is not in the program.
            let kinds = dependency["dep_kinds"].as_array().into_iter().flatten();
            if kinds.into_iter().any(|kind| kind["kind"].is_null()) {
                waiting.push(word(&dependency["pkg"]));
            }
        }
    }
    let mut found: Vec<&Value> = seen
        .iter()
        .filter_map(|id| by_id.get(id).copied())
        .filter(|package| !package["source"].is_null())
        .collect();
    found.sort_by_key(|package| (word(&package["name"]), word(&package["version"])));
    found
}

/// The texts that the folder of a crate holds.
fn texts_in(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        if path.is_file() && NAMES.iter().any(|begin| name.starts_with(begin)) {
            let bytes = std::fs::read(&path)?;
            let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
            texts.push(text.trim().to_owned());
        }
    }
    texts.sort();
    Ok(texts)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn what_builds_and_what_is_ours_is_not_named() {
        let package = |id: &str, source: Option<&str>| json!({ "id": id, "name": id, "version": "1", "source": source });
        let dep =
            |id: &str, kind: Option<&str>| json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [
                package("program", None),
                package("ours", None),
                package("theirs", Some("registry")),
                package("deep", Some("registry")),
                package("builder", Some("registry")),
            ],
            "resolve": { "nodes": [
                { "id": "program", "deps": [dep("ours", None), dep("builder", Some("build"))] },
                { "id": "ours", "deps": [dep("theirs", None)] },
                { "id": "theirs", "deps": [dep("deep", None), dep("theirs", None)] },
            ] },
        });
        let found = super::linked(&metadata, "program");
        let names: Vec<&str> = found.iter().map(|package| super::word(&package["name"])).collect();
        assert_eq!(names, ["deep", "theirs"]);
    }
}
