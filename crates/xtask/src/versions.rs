//! The version is written once, in `Cargo.toml`; what else has to name it says the same.
//! Part of `cargo xtask tidy`.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::dist::VERSION;
use crate::dist::targets::TARGETS;

/// The files of JSON with a `version` of their own, because what packs them asks for one.
const MANIFESTS: &[&str] = &["packages/npm/package.json", "editors/vscode/package.json"];

const RELEASE: &str = ".github/workflows/release.yml";

/// What names another version, and what a release would leave out.
pub(crate) fn problems(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for name in MANIFESTS {
        let path = root.join(name);
        if !path.is_file() {
            continue;
        }
        let manifest: Value =
            serde_json::from_str(&read(&path)?).with_context(|| format!("{name} is no JSON"))?;
        if manifest["version"] != VERSION {
            problems.push(format!("{name}: the version is {VERSION}"));
        }
    }
    problems.extend(dependencies(&read(&root.join("Cargo.toml"))?, VERSION));
    problems.extend(python(&read(&root.join("pyproject.toml"))?));
    let workflow = read(&root.join(RELEASE))?;
    for target in TARGETS {
        if !workflow.contains(target.triple) {
            problems.push(format!("{RELEASE}: does not build {}", target.triple));
        }
    }
    Ok(problems)
}

/// The crates of the workspace that ask for another version of each other: what is
/// published depends on versions, not on folders.
fn dependencies(manifest: &str, version: &str) -> Vec<String> {
    let wanted = format!("version = \"{version}\"");
    manifest
        .lines()
        .filter(|line| line.starts_with("seaworthy-") && !line.contains(&wanted))
        .filter_map(|line| line.split_once(' '))
        .map(|(name, _)| format!("Cargo.toml: the version of {name} is {version}"))
        .collect()
}

/// A version that maturin would not take from `Cargo.toml`.
fn python(project: &str) -> Option<String> {
    let fixed = !project.lines().any(|line| line.trim() == "dynamic = [\"version\"]");
    fixed.then(|| "pyproject.toml: the version is that of Cargo.toml, `dynamic`".to_owned())
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{dependencies, python};

    #[test]
    fn crates_that_ask_for_another_version_are_named() {
        for (line, problems) in [
            ("seaworthy-model = { version = \"2.0.0\", path = \"a\" }", 0),
            ("seaworthy-model = { version = \"1.0.0\", path = \"a\" }", 1),
            ("seaworthy-model = { path = \"a\" }", 1),
            ("regex = \"1.0.0\"", 0),
        ] {
            assert_eq!(dependencies(line, "2.0.0").len(), problems, "{line}");
        }
    }

    #[test]
    fn a_version_of_its_own_is_refused_in_the_python_project() {
        assert_eq!(python("[project]\ndynamic = [\"version\"]\n"), None);
        assert!(python("[project]\nversion = \"1.0.0\"\n").is_some());
    }
}
