//! What git's index holds, whatever the working tree looks like.

use crate::sandbox::Sandbox;

const SECRET: &str = "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n";
const CLEAN: &str = "NEXT_PUBLIC_SITE_URL=https://pier.example.org\n";

fn pier() -> Sandbox {
    Sandbox::with(&[
        (".gitignore", "node_modules/\n.env.local\n"),
        ("README.md", "# Pier\n"),
        ("web/.env.staging", CLEAN),
    ])
}

fn public(run: &[String]) -> Vec<&String> {
    run.iter().filter(|finding| finding.starts_with("public-env-secret")).collect()
}

#[test]
fn a_staged_secret_is_found_though_the_working_tree_is_clean_again() {
    let sandbox = pier();
    sandbox.write("web/.env.staging", SECRET);
    sandbox.git(&["add", "--all"]);
    sandbox.write("web/.env.staging", CLEAN);
    let staged = sandbox.scan(&["--staged"]).exits(1).findings();
    assert_eq!(public(&staged), ["public-env-secret web/.env.staging:1"]);
    assert!(public(&sandbox.scan(&[]).findings()).is_empty());
}

#[test]
fn a_secret_that_is_not_staged_stops_no_commit() {
    let sandbox = pier();
    sandbox.write("web/.env.staging", &format!("{CLEAN}PORT=3000\n"));
    sandbox.git(&["add", "--all"]);
    sandbox.write("web/.env.staging", SECRET);
    assert!(public(&sandbox.scan(&["--staged"]).findings()).is_empty());
    assert_eq!(public(&sandbox.scan(&[]).findings()).len(), 1);
}

#[test]
fn what_was_committed_before_is_not_reported_again() {
    let sandbox = pier();
    sandbox.write("web/.env.staging", SECRET);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message=Careless"]);
    sandbox.write("README.md", "# The pier\n");
    sandbox.git(&["add", "--all"]);
    sandbox.scan(&["--staged"]).exits(0);
    assert_eq!(public(&sandbox.scan(&[]).findings()).len(), 1);
}

#[test]
fn a_deleted_and_a_renamed_file_are_understood() {
    let sandbox = pier();
    sandbox.write("web/.env.staging", SECRET);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message=Careless"]);
    sandbox.git(&["rm", "--quiet", "web/.env.staging"]);
    assert!(public(&sandbox.scan(&["--staged"]).findings()).is_empty());
    sandbox.git(&["reset", "--quiet", "--hard"]);
    // What moves with its file was there before.
    sandbox.git(&["mv", "web/.env.staging", "web/.env.production"]);
    assert!(public(&sandbox.scan(&["--staged"]).findings()).is_empty());
    sandbox.write("web/.env.production", &format!("# Sailors only\n{SECRET}"));
    sandbox.git(&["add", "--all"]);
    assert!(public(&sandbox.scan(&["--staged"]).findings()).is_empty());
    assert_eq!(public(&sandbox.scan(&["--staged-full"]).findings()).len(), 1);
}

/// A text that nobody reads may become a file that is deployed.
#[test]
fn what_only_its_new_name_makes_a_fault_is_new() {
    let sandbox = pier();
    sandbox.write("notes.txt", SECRET);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message=Take notes"]);
    sandbox.git(&["mv", "notes.txt", "web/.env.production"]);
    let staged = sandbox.scan(&["--staged"]).exits(1).findings();
    assert_eq!(public(&staged), ["public-env-secret web/.env.production:1"]);
}

#[test]
fn the_first_commit_can_be_scanned() {
    let sandbox = Sandbox::bare("repo");
    sandbox.git(&["init", "--quiet"]);
    sandbox.write(".env.production", SECRET);
    sandbox.git(&["add", "--all"]);
    assert_eq!(public(&sandbox.scan(&["--staged"]).exits(1).findings()).len(), 1);
}

#[test]
fn nothing_is_staged_outside_git() {
    let sandbox = Sandbox::bare("repo");
    let run = sandbox.run(&["scan", "--staged"]).exits(2);
    assert!(run.stderr.contains("not in a git repository"), "{}", run.stderr);
}

#[test]
fn a_scan_leaves_the_repository_as_it_was() {
    let sandbox = pier();
    sandbox.write("web/.env.staging", SECRET);
    sandbox.git(&["add", "--all"]);
    let objects = || sandbox.git(&["count-objects", "-v"]);
    let (before, files) = (objects(), sandbox.files());
    sandbox.scan(&["--staged"]);
    sandbox.scan(&[]);
    assert_eq!((objects(), sandbox.files()), (before, files));
}
