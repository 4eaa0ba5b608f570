//! `cargo xtask tidy`: the invariants of the house, checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

/// Which crates each crate may use; anything else is a broken layer.
const LAYERS: &[(&str, &[&str])] = &[
    ("seaworthy-model", &[]),
    ("seaworthy-syntax", &["seaworthy-model"]),
    ("seaworthy-formats", &["seaworthy-model", "seaworthy-syntax"]),
    ("seaworthy-analysis", &["seaworthy-model", "seaworthy-syntax", "seaworthy-formats"]),
    (
        "seaworthy-rules",
        &["seaworthy-model", "seaworthy-syntax", "seaworthy-formats", "seaworthy-analysis"],
    ),
    ("seaworthy-detector-pack", &["seaworthy-model", "seaworthy-syntax"]),
    (
        "seaworthy-detectors",
        &[
            "seaworthy-model",
            "seaworthy-syntax",
            "seaworthy-formats",
            "seaworthy-analysis",
            "seaworthy-detector-pack",
        ],
    ),
    ("seaworthy-report", &["seaworthy-model"]),
    ("seaworthy-plugin-api", &[]),
    ("seaworthy-plugin-build", &["seaworthy-syntax"]),
    (
        "seaworthy-plugin-host",
        &["seaworthy-model", "seaworthy-syntax", "seaworthy-formats", "seaworthy-analysis"],
    ),
    (
        "seaworthy-engine",
        &[
            "seaworthy-model",
            "seaworthy-syntax",
            "seaworthy-formats",
            "seaworthy-analysis",
            "seaworthy-rules",
            "seaworthy-detector-pack",
            "seaworthy-detectors",
            "seaworthy-plugin-host",
        ],
    ),
    ("seaworthy-lsp", &["seaworthy-model", "seaworthy-analysis", "seaworthy-engine"]),
    (
        "seaworthy",
        &[
            "seaworthy-model",
            "seaworthy-engine",
            "seaworthy-lsp",
            "seaworthy-report",
            "seaworthy-plugin-api",
            "seaworthy-plugin-build",
            "seaworthy-plugin-host",
            "seaworthy-testkit",
        ],
    ),
    ("seaworthy-testkit", &["seaworthy-model", "seaworthy-formats", "seaworthy-analysis"]),
    (
        "xtask",
        &[
            "seaworthy-model",
            "seaworthy-syntax",
            "seaworthy-formats",
            "seaworthy-analysis",
            "seaworthy-detectors",
            "seaworthy-engine",
            "seaworthy-report",
            "seaworthy-plugin-build",
        ],
    ),
];

/// What the tests of a crate may use besides: to show that plugins change nothing of
/// what the house says, the house has to speak.
const FOR_TESTS: &[(&str, &[&str])] =
    &[("seaworthy-plugin-host", &["seaworthy-rules", "seaworthy-detectors", "seaworthy-report"])];

/// The crates that touch files, processes and the environment.
const MACHINE: &[&str] =
    &["seaworthy-engine", "seaworthy-plugin-build", "seaworthy-plugin-host", "seaworthy", "xtask"];

/// Words that only some crates may say.
const BANS: &[(&str, &[&str])] = &[
    ("std::fs", MACHINE),
    ("std::net::Tcp", &[]),
    ("std::net::Udp", &[]),
    ("std::process", MACHINE),
    ("std::env::", MACHINE),
    ("std::time::SystemTime", &[]),
    ("clap::", &["seaworthy"]),
    ("serde_sarif", &["seaworthy-report"]),
    ("annotate_snippets", &["seaworthy-report"]),
    ("gix_", &["seaworthy-engine", "seaworthy-formats"]),
    ("granit_parser", &["seaworthy-syntax"]),
    ("toml_parser", &["seaworthy-syntax"]),
    ("lsp_server", &["seaworthy-lsp"]),
    ("lsp_types", &["seaworthy-lsp"]),
    ("wasmtime::", &["seaworthy-plugin-host"]),
    ("wit_bindgen::", &["seaworthy-plugin-api"]),
    ("wit_component::", &["seaworthy-plugin-build"]),
    ("#[allow", &[]),
    ("todo!(", &[]),
];

/// The one file that may name package registries: it is product data.
const REGISTRY_DATA: &str = "crates/seaworthy-formats/src/lockfile/registries.rs";

/// Runs every check; prints what is wrong. Returns whether nothing is.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let mut problems = Vec::new();
    layers(root, &mut problems)?;
    let mut sizes: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for directory in ["crates", "docs"] {
        for path in files(&root.join(directory), "md")? {
            if names_registry(&std::fs::read_to_string(&path)?) {
                problems.push(format!("{}: prose names no registry", path.display()));
            }
        }
    }
    for path in files(&root.join("crates"), "rs")? {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let relative = path.strip_prefix(root).unwrap_or(&path).to_owned();
        bans(&relative, &text, &mut problems);
        let is_test = is_test(&relative);
        if !is_test && !text.starts_with("//!") {
            problems.push(format!("{}: a module begins with `//!`", relative.display()));
        }
        let lines = if is_test { 0 } else { product_lines(&text) };
        sizes.insert(relative, lines);
    }
    for (path, lines) in &sizes {
        if *lines > 600 {
            problems.push(format!("{}: {lines} lines are two rooms (600)", path.display()));
        }
    }
    top_level(root, &mut problems)?;
    problems.extend(crate::codegen::stale(root)?);
    problems.extend(crate::book::problems(root)?);
    problems.extend(crate::catalogue::problems());
    problems.extend(crate::versions::problems(root)?);
    for problem in &problems {
        crate::say(problem);
    }
    crate::say(&format!("tidy: {} files, {} problems", sizes.len(), problems.len()));
    Ok(problems.is_empty())
}

fn layers(root: &Path, problems: &mut Vec<String>) -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .context("cannot run cargo metadata")?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")?;
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or("");
        let Some((_, allowed)) = LAYERS.iter().find(|(crate_name, _)| *crate_name == name) else {
            problems.push(format!("{name}: not in the table of layers"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or("");
            let ours = used.starts_with("seaworthy") || used == "xtask";
            let testing = dependency["kind"].as_str() == Some("dev");
            if ours && !testing && !allowed.contains(&used) {
                problems.push(format!("{name}: may not use {used}"));
            }
            let for_tests = used == "seaworthy-testkit"
                || FOR_TESTS.iter().any(|(of, used_by)| *of == name && used_by.contains(&used));
            if ours && testing && !for_tests && !allowed.contains(&used) {
                problems.push(format!("{name}: its tests may not use {used}"));
            }
        }
    }
    Ok(())
}

fn bans(path: &Path, text: &str, problems: &mut Vec<String>) {
    let crate_name = path.iter().nth(1).and_then(|part| part.to_str()).unwrap_or("");
    // Tests sit at the foot of a file, and may use what they need.
    let product = text.split("#[cfg(test)]").next().unwrap_or(text);
    if path.ends_with("tidy.rs") || is_test(path) {
        return;
    }
    for (line, code) in product.lines().enumerate() {
        if code.trim_start().starts_with("//") {
            continue;
        }
        for (word, allowed) in BANS {
            if code.contains(word) && !allowed.contains(&crate_name) {
                problems.push(format!(
                    "{}:{}: `{word}` is not for {crate_name}",
                    path.display(),
                    line + 1
                ));
            }
        }
    }
    if path != Path::new(REGISTRY_DATA) && names_registry(product) {
        problems.push(format!("{}: registries are named in {REGISTRY_DATA} alone", path.display()));
    }
}

fn names_registry(text: &str) -> bool {
    ["registry.npmjs", "registry.yarnpkg", "static.crates"].iter().any(|host| text.contains(host))
}

/// Whether the whole file is tests.
fn is_test(path: &Path) -> bool {
    path.iter().any(|part| part == "tests")
        || path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .is_some_and(|stem| stem.ends_with("tests") || stem == "documentation")
}

fn product_lines(text: &str) -> usize {
    text.split("#[cfg(test)]").next().unwrap_or(text).lines().count()
}

fn top_level(root: &Path, problems: &mut Vec<String>) -> anyhow::Result<()> {
    const ALLOWED: &[&str] = &[
        ".cargo",
        ".ci",
        ".git",
        ".github",
        ".gitignore",
        ".pre-commit-hooks.yaml",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "NOTICE",
        "README.md",
        "action.yml",
        "clippy.toml",
        "crates",
        "deny.toml",
        "docs",
        "editors",
        "fixtures",
        "fuzz",
        "packages",
        "plugins",
        "pyproject.toml",
        "rules",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "seaworthy.toml",
        "target",
        "tests",
    ];
    for entry in std::fs::read_dir(root)? {
        let name = entry?.file_name();
        if !name.to_str().is_some_and(|name| ALLOWED.contains(&name)) {
            problems.push(format!("{}: does not belong at the top", Path::new(&name).display()));
        }
    }
    Ok(())
}

/// The files below a directory with an extension, sorted.
pub(crate) fn files(directory: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
