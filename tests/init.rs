//! `init`: what it shows is what it writes, nothing of others is lost, and the hook
//! that it writes stops a bad commit.

#![cfg(unix)]

use std::path::Path;

use crate::sandbox::Sandbox;

const STORE: &str = "services:\n  db:\n    image: postgres:17\n    ports:\n      - \"5432:5432\"\n";

fn sandbox() -> Sandbox {
    Sandbox::with(&[("README.md", "# Pier\n"), (".gitignore", ".env\n.env.*\n")])
}

/// The hook calls the program by its name, as its user does.
fn commit(sandbox: &Sandbox, path: Option<&Path>) -> (i32, String) {
    let binary = Path::new(env!("CARGO_BIN_EXE_seaworthy")).parent().unwrap();
    let programs = path.unwrap_or(binary).to_str().unwrap();
    let alias = format!("alias.try=!PATH='{programs}':/usr/bin:/bin git commit --message=Try");
    let run = sandbox.try_git(&["-c", &alias, "try"]);
    (run.code, format!("{}{}", run.stdout, run.stderr))
}

#[test]
fn the_hook_of_git_stops_a_bad_commit_and_keeps_the_one_that_was_there() {
    for theirs in [None, Some("#!/bin/sh\n# theirs\necho theirs >> .git/ran\nexit 0\n")] {
        let sandbox = sandbox();
        if let Some(text) = theirs {
            sandbox.write(".git/hooks/pre-commit", text);
            let path = sandbox.root().join(".git/hooks/pre-commit");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(path, mode).unwrap();
        }
        sandbox.run(&["init", "--hook", "git", "--dry-run"]).exits(0);
        let run = sandbox.run(&["init", "--hook", "git"]).exits(2);
        assert!(run.stderr.contains("--yes"), "{}", run.stderr);
        sandbox.run(&["init", "--hook", "git", "--yes"]).exits(0);
        let run = sandbox.run(&["init", "--hook", "git", "--yes"]).exits(0);
        assert!(run.stdout.contains("Nothing to write"), "{}", run.stdout);

        sandbox.write("docker-compose.prod.yml", STORE);
        sandbox.git(&["add", "--all"]);
        let (code, said) = commit(&sandbox, None);
        assert!(code != 0 && said.contains("compose-db-port-published"), "{said}");
        assert!(!sandbox.root().join(".git/ran").exists(), "ours stands first");
        sandbox.git(&["rm", "--quiet", "--force", "docker-compose.prod.yml"]);
        sandbox.write("README.md", "# The pier\n");
        sandbox.git(&["add", "--all"]);
        let (code, said) = commit(&sandbox, None);
        assert_eq!(code, 0, "{said}");
        assert_eq!(sandbox.root().join(".git/ran").exists(), theirs.is_some());
    }
}

#[test]
fn the_hook_of_git_says_when_the_program_is_not_there() {
    let sandbox = sandbox();
    sandbox.run(&["init", "--hook", "git", "--yes"]).exits(0);
    sandbox.write("README.md", "# The pier\n");
    sandbox.git(&["add", "--all"]);
    let (code, said) = commit(&sandbox, Some(Path::new("/nowhere")));
    assert!(code != 0 && said.contains("seaworthy is not installed"), "{said}");
}

#[test]
fn the_directory_of_hooks_is_where_git_says() {
    let sandbox = sandbox();
    sandbox.git(&["config", "core.hooksPath", "tools/hooks"]);
    sandbox.run(&["init", "--hook", "git", "--yes"]).exits(0);
    assert!(sandbox.read("tools/hooks/pre-commit").contains("seaworthy scan --staged"));
    assert!(!sandbox.root().join(".git/hooks/pre-commit").exists());

    sandbox.git(&["config", "core.hooksPath", ".husky/_"]);
    let run = sandbox.run(&["init", "--hook", "git", "--yes"]).exits(1);
    assert!(run.stdout.contains("init --hook husky"), "{}", run.stdout);

    let bare = Sandbox::bare("plain");
    let run = bare.run(&["init", "--hook", "git", "--yes"]).exits(2);
    assert!(run.stderr.contains("git init"), "{}", run.stderr);
}

/// Without options all that fits is written: a second time there is nothing to write,
/// and nothing new is found in what was written.
#[test]
fn what_fits_the_repository_is_written_once() {
    let sandbox = Sandbox::with(&[
        (".gitignore", ".env\n.env.*\n"),
        ("lefthook.yml", "# theirs\npre-push:\n  commands:\n    t:\n      run: echo\n"),
        (".github/workflows/ci.yml", "on: push\njobs: {}\n"),
    ]);
    let before = sandbox.scan(&["--fail-on", "medium"]).findings();
    let run = sandbox.run(&["init", "--yes"]).exits(0);
    for name in ["seaworthy.toml", "lefthook.yml", ".github/workflows/seaworthy.yml"] {
        assert!(run.stdout.contains(&format!(" {name}.\n")), "{name}: {}", run.stdout);
    }
    assert!(sandbox.read("lefthook.yml").starts_with("# theirs\npre-push:\n"));
    let files = sandbox.files();
    let run = sandbox.run(&["init", "--yes"]).exits(0);
    assert!(run.stdout.ends_with("Nothing to write: all is there.\n"), "{}", run.stdout);
    assert_eq!(sandbox.files(), files);
    // The tag of an action is an observation, and all that is new.
    let after = sandbox.scan(&[]).findings();
    let new: Vec<&String> = after.iter().filter(|found| !before.contains(found)).collect();
    assert!(new.iter().all(|found| found.starts_with("ci-action-unpinned ")), "{new:#?}");
}

/// What `init` writes names this repository, its release and what lies at its root.
#[test]
fn what_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sandbox = sandbox();
    sandbox.run(&["init", "--hook", "pre-commit", "--workflow", "github", "--yes"]).exits(0);
    let config = sandbox.read(".pre-commit-config.yaml");
    let after = |text: &str, key: &str| -> String {
        let line = text.lines().find_map(|line| line.trim_start().strip_prefix(key));
        line.unwrap_or_else(|| panic!("no {key} in:\n{text}")).trim().to_owned()
    };
    let (repository, revision) = (after(&config, "- repo:"), after(&config, "rev:"));
    assert_eq!(repository, env!("CARGO_PKG_REPOSITORY"));
    assert_eq!(revision, concat!("v", env!("CARGO_PKG_VERSION")));
    let hooks = std::fs::read_to_string(root.join(".pre-commit-hooks.yaml")).unwrap();
    let id = format!("- id: {}", after(&config, "- id:"));
    assert!(hooks.lines().any(|line| line == id), "{id}");

    let workflow = sandbox.read(".github/workflows/seaworthy.yml");
    let uses =
        format!("- uses: {}@{revision}", repository.trim_start_matches("https://github.com/"));
    assert!(workflow.contains(&uses), "{uses}\n{workflow}");
    let checkout = |text: &str| after(text, "- uses: actions/checkout@");
    let ours = std::fs::read_to_string(root.join(".github/workflows/ci.yml")).unwrap();
    assert_eq!(checkout(&workflow), checkout(&ours));
    assert!(root.join("action.yml").is_file());
}
