//! The binary as git's own pre-commit hook.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::Sandbox;

fn install(sandbox: &Sandbox) {
    let hook = sandbox.root().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let binary = env!("CARGO_BIN_EXE_seaworthy");
    fs::write(&hook, format!("#!/bin/sh\nexec '{binary}' scan --staged --no-progress\n")).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_hook_blocks_a_bad_commit_and_lets_a_good_one_through() {
    let sandbox = Sandbox::with(&[("README.md", "# Pier\n"), (".gitignore", ".env\n.env.*\n")]);
    install(&sandbox);

    sandbox.write(
        "docker-compose.prod.yml",
        "services:\n  db:\n    image: postgres:17\n    ports:\n      - \"5432:5432\"\n",
    );
    sandbox.git(&["add", "--all"]);
    let run = sandbox.try_git(&["commit", "--message=Publish the database"]);
    assert_ne!(run.code, 0);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(said.contains("compose-db-port-published"), "{said}");
    assert_eq!(sandbox.git(&["log", "--format=%s"]), "Start\n");

    sandbox.git(&["reset", "--quiet"]);
    sandbox.git(&["add", "README.md"]);
    sandbox.write("README.md", "# The pier\n");
    sandbox.git(&["add", "README.md"]);
    sandbox.git(&["commit", "--quiet", "--message=Say which pier"]);
    assert_eq!(sandbox.git(&["log", "--format=%s"]), "Say which pier\nStart\n");
}

/// Only a part of a file may be staged, and git then gives the hook an index of
/// its own.
#[test]
fn a_hook_sees_the_index_of_a_partial_commit() {
    let sandbox = Sandbox::with(&[("a.txt", "a\n"), (".gitignore", ".env.local\n")]);
    install(&sandbox);
    sandbox.write("a.txt", "b\n");
    sandbox
        .write("web/.env.production", "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n");
    sandbox.git(&["add", "--all"]);
    // `git commit -- a.txt` leaves the env file out of this commit.
    sandbox.git(&["commit", "--quiet", "--message=Only a", "--", "a.txt"]);
    let run = sandbox.try_git(&["commit", "--message=The rest"]);
    assert_ne!(run.code, 0, "{}", run.stdout);
}

/// `git commit --all` stages into an index of its own, too, and a linked
/// worktree has one elsewhere.
#[test]
fn a_hook_sees_what_commit_all_and_worktrees_stage() {
    let good = "services:\n  web:\n    image: nginx:1.27\n    ports: [\"80:80\"]\n";
    let bad = "services:\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n";
    let sandbox =
        Sandbox::with(&[("docker-compose.prod.yml", good), (".gitignore", ".env\n.env.*\n")]);
    install(&sandbox);
    sandbox.write("docker-compose.prod.yml", bad);
    let run = sandbox.try_git(&["commit", "--all", "--message=Publish the database"]);
    assert_ne!(run.code, 0, "{}", run.stdout);
    assert!(run.stderr.contains("compose-db-port-published"), "{}{}", run.stdout, run.stderr);

    sandbox.git(&["checkout", "--quiet", "docker-compose.prod.yml"]);
    sandbox.git(&["worktree", "add", "--quiet", "side"]);
    sandbox.write("side/docker-compose.prod.yml", bad);
    sandbox.git(&["-C", "side", "add", "--all"]);
    let run = sandbox.try_git(&["-C", "side", "commit", "--message=Publish the database"]);
    assert_ne!(run.code, 0, "{}", run.stdout);
    assert!(run.stderr.contains("compose-db-port-published"), "{}{}", run.stdout, run.stderr);
}
