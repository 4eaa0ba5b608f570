//! The job that looks at what is pushed.

use std::path::Path;

use super::insert::yaml_key;
use super::{Pipeline, Plan, SetupError, edit, new_file, read};
use crate::git;

const WORKFLOWS: &str = ".github/workflows";
const GITLAB: &str = ".gitlab-ci.yml";
/// Pinned, as a tag can be moved; a test holds it to what our own workflows use.
const CHECKOUT: &str = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";

pub(super) fn detect(root: &Path) -> Option<Pipeline> {
    if root.join(".github").is_dir() {
        return Some(Pipeline::Github);
    }
    if root.join(GITLAB).is_file() {
        return Some(Pipeline::Gitlab);
    }
    let origin = git::open(root).ok().flatten()?.provenance().repository_uri?;
    let of = |host: &str| origin.contains(host);
    match () {
        () if of("github.com") => Some(Pipeline::Github),
        () if of("gitlab.") => Some(Pipeline::Gitlab),
        () => None,
    }
}

pub(super) fn plan(root: &Path, pipeline: Pipeline) -> Result<Plan, SetupError> {
    match pipeline {
        Pipeline::Github => github(root),
        Pipeline::Gitlab => gitlab(root),
    }
}

fn github(root: &Path) -> Result<Plan, SetupError> {
    let directory = root.join(WORKFLOWS);
    // A job of another workflow may run it already.
    for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let yaml = path.extension().is_some_and(|end| end == "yml" || end == "yaml");
        if yaml && read(&path).ok().flatten().is_some_and(|text| text.contains("seaworthy")) {
            return Ok(Plan::Present(path));
        }
    }
    let path = directory.join("seaworthy.yml");
    if read(&path)?.is_some() {
        return Ok(Plan::Present(path));
    }
    Ok(new_file(path, &workflow()))
}

fn workflow() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let action = env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/");
    format!(
        "# Looks at what is pushed and at every pull request. The findings are shown under
# Security > Code scanning, in the pull request and in the summary of the run.
name: seaworthy

on:
  push:
    branches: [main, master]
  pull_request:

permissions: {{}}

jobs:
  seaworthy:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read
      actions: read # asked for by the upload in private repositories
      security-events: write # the upload to code scanning
    steps:
      - uses: {CHECKOUT}
        with:
          persist-credentials: false
      - uses: {action}@v{version}
"
    )
}

fn gitlab(root: &Path) -> Result<Plan, SetupError> {
    let path = root.join(GITLAB);
    let before = read(&path)?;
    if before.as_ref().is_some_and(|text| text.contains("seaworthy")) {
        return Ok(Plan::Present(path));
    }
    let text = before.clone().unwrap_or_default();
    let tree = seaworthy_syntax::yaml::parse(&text);
    let stages: Vec<&str> = match tree.root().get("stages") {
        Some(stages) => stages.items().filter_map(|stage| stage.scalar()).collect(),
        None => Vec::new(),
    };
    // Without a list of stages there are those of GitLab itself.
    let stage = match stages.first() {
        Some(first) if !stages.contains(&"test") => first,
        _ => "test",
    };
    let version = env!("CARGO_PKG_VERSION");
    let job = format!(
        "seaworthy:
  stage: {stage}
  image: python:3.13-slim
  script:
    - pip install --quiet seaworthy=={version}
    - seaworthy scan --output gitlab=gl-code-quality-report.json
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
"
    );
    let lines: Vec<&str> = job.lines().collect();
    Ok(match before {
        None => new_file(path, &job),
        Some(before) => {
            let after = yaml_key(&before, &lines);
            edit(path, before, after, &job)
        }
    })
}
