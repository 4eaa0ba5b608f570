//! Compiles the packs of `rules/` into the tables of the embedded detectors.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use seaworthy_detector_pack::{Detector, Table, emit, pack};
use seaworthy_model::LineIndex;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    // A link to the folder at the top, which a published package holds as a folder; where
    // links are not checked out as such, the folder itself.
    let link = root.join("rules");
    let rules = if link.is_dir() { link } else { root.join("../../rules") };
    println!("cargo:rerun-if-changed={}", rules.display());
    println!("cargo:rerun-if-changed=build.rs");
    let mut paths: Vec<PathBuf> = fs::read_dir(&rules)
        .expect("the rules can be listed")
        .map(|entry| entry.expect("the rules can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();

    let mut detectors: Vec<Detector> = Vec::new();
    let mut problems = String::new();
    let mut ids: HashMap<&str, String> = HashMap::new();
    for path in &paths {
        println!("cargo:rerun-if-changed={}", path.display());
        let name = path.file_name().map_or(String::new(), |name| name.display().to_string());
        for detector in read(path, &name, &mut problems) {
            if let Some(other) = ids.insert(detector.kind.id, name.clone()) {
                let id = detector.kind.id;
                problems.push_str(&format!("rules/{name}: the id `{id}` is taken by {other}\n"));
            }
            detectors.push(detector);
        }
    }
    assert!(problems.is_empty(), "the packs are wrong:\n{problems}");

    let table = Table::build(Vec::leak(detectors), true).expect("the literals can be numbered");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("embedded.rs"), emit(&table)).expect("the tables can be written");
}

/// The detectors of a file; what is wrong with it is added to `problems`.
fn read(path: &Path, name: &str, problems: &mut String) -> Vec<Detector> {
    let text = fs::read_to_string(path).expect("a pack can be read");
    let (detectors, wrong) = pack::parse(&text);
    let lines = LineIndex::new(&text);
    for problem in wrong {
        let at = lines.position(&text, problem.region.start);
        let message = problem.message;
        problems.push_str(&format!("rules/{name}:{}:{}: {message}\n", at.line, at.column));
    }
    detectors
}
