//! Only what is new counts: against a branch, a commit, what a remote has.

use crate::sandbox::Sandbox;

const SECRET: &str = "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n";
const OTHER: &str = "NEXT_PUBLIC_AUTH_SECRET=Jd7yTq2RkVw9Xb4LmZs6Np1Gf8HcEa3u\n";
const CLEAN: &str = "NEXT_PUBLIC_SITE_URL=https://pier.example.org\n";
const OPEN: &str = "services:\n  db:\n    image: postgres:17\n    ports:\n      - \"5432:5432\"\n";
const SHUT: &str = "services:\n  db:\n    image: postgres:17\n";

fn pier() -> Sandbox {
    Sandbox::with(&[
        (".gitignore", "node_modules/\n.env.local\n"),
        ("README.md", "# Pier\n"),
        ("web/.env.staging", CLEAN),
        ("docker-compose.prod.yml", SHUT),
    ])
}

fn commit(sandbox: &Sandbox, files: &[(&str, &str)]) -> String {
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message=Work"]);
    sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

#[track_caller]
fn of(rule: &str, sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let mut found = sandbox.scan(arguments).findings();
    found.retain(|finding| finding.starts_with(rule));
    found
}

fn public(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    of("public-env-secret", sandbox, arguments)
}

#[test]
fn only_new_lines_of_a_changed_file_count() {
    let sandbox = pier();
    commit(&sandbox, &[("web/.env.staging", SECRET)]);
    sandbox.write("web/.env.staging", &format!("# moved down\n\n{CLEAN}{SECRET}"));
    sandbox.git(&["add", "--all"]);
    assert!(public(&sandbox, &["--staged"]).is_empty());
    sandbox.write("web/.env.staging", &format!("{OTHER}{SECRET}"));
    sandbox.git(&["add", "--all"]);
    assert_eq!(public(&sandbox, &["--staged"]), ["public-env-secret web/.env.staging:1"]);
    let report = sandbox.scan(&["--staged"]).json();
    let known = |finding: &&serde_json::Value| finding["baseline"] == "unchanged";
    let known = report["findings"].as_array().unwrap().iter().filter(known);
    assert!(known.map(|f| f["rule"].as_str().unwrap()).any(|rule| rule == "public-env-secret"));
}

/// Git took care that the file is not committed; who checks out has none to start with.
#[test]
fn a_line_that_is_deleted_may_let_a_fault_appear_elsewhere() {
    let sandbox = pier();
    let uses = format!("{SHUT}    env_file: .env.production\n");
    let ignored = "node_modules/\n.env.local\n.env.production\n";
    commit(&sandbox, &[(".gitignore", ignored), ("docker-compose.prod.yml", &uses)]);
    let missing = |arguments: &[&str]| {
        let found = sandbox.scan(arguments).json();
        let found = found["findings"].as_array().unwrap().iter();
        let of_rule = found.filter(|finding| finding["rule"] == "env-file-reference");
        of_rule.map(|f| (f["severity"].to_string(), f["baseline"].to_string())).collect::<Vec<_>>()
    };
    let pair = |a: &str, b: &str| vec![(format!("\"{a}\""), format!("\"{b}\""))];
    assert_eq!(missing(&["--diff", "HEAD"]), []);
    assert_eq!(missing(&["--staged-full"]), [("\"low\"".to_owned(), "null".to_owned())]);
    sandbox.write(".gitignore", "node_modules/\n.env.local\n");
    sandbox.git(&["add", "--all"]);
    // None of its lines changed, and it has become worse.
    assert_eq!(missing(&["--staged"]), pair("high", "new"));
}

#[test]
fn an_ignore_that_is_taken_away_leaves_a_new_fault() {
    let sandbox = pier();
    let ignored = format!("# seaworthy: ignore[public-env-secret] a trial\n{SECRET}");
    commit(&sandbox, &[("web/.env.staging", &ignored)]);
    assert!(public(&sandbox, &[]).is_empty());
    sandbox.write("web/.env.staging", SECRET);
    sandbox.git(&["add", "--all"]);
    assert_eq!(public(&sandbox, &["--staged"]), ["public-env-secret web/.env.staging:1"]);
}

#[test]
fn a_branch_counts_what_it_and_the_working_tree_bring() {
    let sandbox = pier();
    commit(&sandbox, &[("old/.env.staging", SECRET)]);
    sandbox.git(&["checkout", "--quiet", "-b", "work"]);
    commit(&sandbox, &[("web/.env.staging", SECRET)]);
    sandbox.write("new/.env.staging", OTHER);
    let both = ["public-env-secret new/.env.staging:1", "public-env-secret web/.env.staging:1"];
    assert_eq!(public(&sandbox, &["--diff", "main"]), both);
    // What main gets meanwhile is not the branch's.
    sandbox.git(&["stash", "--quiet", "--include-untracked"]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    commit(&sandbox, &[("README.md", "# The pier\n")]);
    sandbox.git(&["checkout", "--quiet", "work"]);
    sandbox.git(&["stash", "pop", "--quiet"]);
    assert_eq!(public(&sandbox, &["--diff"]), both);
    assert_eq!(public(&sandbox, &["--diff", "HEAD"]), both[..1]);
    assert_eq!(public(&sandbox, &["--diff", "main", "new/.env.staging"]), both[..1]);
    let run = sandbox.run(&["scan", "--diff", "nowhere"]).exits(2);
    assert!(run.stderr.contains("`nowhere` names no commit"), "{}", run.stderr);
}

#[test]
fn commits_are_compared_without_the_working_tree() {
    let sandbox = pier();
    let first = commit(&sandbox, &[("old/.env.staging", SECRET)]);
    let second = commit(&sandbox, &[("web/.env.staging", OTHER)]);
    sandbox.git(&["rm", "--quiet", "-r", "web", "old"]);
    let found = ["public-env-secret web/.env.staging:1"];
    assert_eq!(public(&sandbox, &["--from-ref", &first, "--to-ref", &second]), found);
    assert_eq!(public(&sandbox, &["--from-ref", "HEAD~1"]), found);
    assert_eq!(public(&sandbox, &["--to-ref", &second]).len(), 2);
    assert!(public(&sandbox, &["--from-ref", &second, "--to-ref", &first]).is_empty());
    sandbox.scan(&["--from-ref", "HEAD", "--to-ref", "HEAD"]).exits(0);
}

#[test]
fn a_merge_counts_what_neither_side_had() {
    let sandbox = pier();
    sandbox.git(&["checkout", "--quiet", "-b", "work"]);
    commit(&sandbox, &[("web/.env.staging", SECRET)]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    commit(&sandbox, &[("README.md", "# The pier\n")]);
    sandbox.git(&["merge", "--quiet", "--no-commit", "--no-ff", "work"]);
    assert!(public(&sandbox, &["--staged"]).is_empty());
    sandbox.write("docker-compose.prod.yml", OPEN);
    sandbox.git(&["add", "--all"]);
    assert_eq!(of("compose-db-port-published", &sandbox, &["--staged"]).len(), 1);
}

/// In the hook of a merge that needs nobody's hand, `MERGE_HEAD` is not written yet.
#[test]
#[cfg(unix)]
fn a_merge_by_git_alone_counts_what_neither_side_had() {
    let sandbox = pier();
    let hook = ".git/hooks/pre-merge-commit";
    sandbox.write(hook, "#!/bin/sh\nexec seaworthy scan --staged --no-progress\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(sandbox.root().join(hook), mode).unwrap();
    sandbox.git(&["checkout", "--quiet", "-b", "work"]);
    commit(&sandbox, &[("web/.env.staging", SECRET)]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    commit(&sandbox, &[("README.md", "# The pier\n")]);
    let run = sandbox.try_git(&["merge", "--no-edit", "work"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_push_counts_what_the_remote_has_not() {
    let sandbox = pier();
    sandbox.git(&["init", "--quiet", "--bare", "../remote"]);
    sandbox.git(&["remote", "add", "origin", "../remote"]);
    let old = commit(&sandbox, &[("old/.env.staging", SECRET)]);
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    let new = commit(&sandbox, &[("web/.env.staging", OTHER)]);
    let zero = "0".repeat(40);
    let push = |lines: &str| {
        let arguments = ["scan", "--format", "json", "--pre-push", "origin"];
        sandbox.run_with(&arguments, lines)
    };
    let found = ["public-env-secret web/.env.staging:1"];
    for lines in [
        format!("refs/heads/main {new} refs/heads/main {old}\n"),
        format!("refs/heads/work {new} refs/heads/work {zero}\n"),
        // Over what nobody has fetched.
        format!("refs/heads/main {new} refs/heads/main {}\n", "b".repeat(40)),
    ] {
        let mut all = push(&lines).exits(1).findings();
        all.retain(|finding| finding.starts_with("public-env-secret"));
        assert_eq!(all, found, "{lines}");
    }
    push(&format!("refs/heads/again {old} refs/heads/again {zero}\n")).exits(0);
    let run = push(&format!("(delete) {zero} refs/heads/main {old}\n")).exits(0);
    assert!(run.stderr.contains("nothing is pushed"), "{}", run.stderr);
    let run = push("what is this\n").exits(2);
    assert!(run.stderr.contains("pre-push hook"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_compared_is_told() {
    let nowhere = Sandbox::bare("repo");
    for (arguments, said) in [
        (&["scan", "--staged"][..], "nothing is staged"),
        (&["scan", "--diff"], "nothing to compare with"),
        (&["scan", "--from-ref", "a"], "there are no commits"),
    ] {
        let run = nowhere.run(arguments).exits(2);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
    }
    let bare = Sandbox::bare("repo");
    bare.git(&["init", "--quiet", "--bare"]);
    for arguments in [["scan", "--staged"], ["scan", "--diff"]] {
        let run = bare.run(&arguments).exits(2);
        assert!(run.stderr.contains("bare repository"), "{}", run.stderr);
    }
    let corrupt = pier();
    std::fs::write(corrupt.root().join(".git/index"), "DIRC\0\0\0\u{2}\0\0\0\u{9}rubbish").unwrap();
    let run = corrupt.run(&["scan", "--staged"]).exits(2);
    assert!(run.stderr.contains("is corrupt"), "{}", run.stderr);
}

#[test]
fn a_shallow_clone_says_what_it_lacks() {
    let sandbox = pier();
    commit(&sandbox, &[("README.md", "# The pier\n")]);
    let url = format!("file://{}", sandbox.root().display());
    sandbox.git(&["clone", "--quiet", "--depth=1", &url, "clone"]);
    let run = sandbox.run(&["scan", "clone", "--diff", "v1.0"]).exits(2);
    assert!(run.stderr.contains("shallow") && run.stderr.contains("git fetch"), "{}", run.stderr);
    sandbox.run(&["scan", "clone", "--diff"]).exits(0);
    let run = sandbox.run(&["scan", "clone", "--from-ref", "HEAD~1"]).exits(2);
    assert!(
        run.stderr.contains("`HEAD~1`") && run.stderr.contains("--unshallow`"),
        "{}",
        run.stderr
    );
    let run = sandbox.run(&["scan", "clone", "--diff", "origin/next"]).exits(2);
    let fetch = "`git fetch --unshallow origin next:refs/remotes/origin/next`";
    assert!(run.stderr.contains(fetch), "{}", run.stderr);

    // What a clone of another branch alone brings cannot be told, and is not nothing.
    sandbox.git(&["branch", "work"]);
    sandbox.git(&["clone", "--quiet", "--depth=1", "--branch=work", &url, "work"]);
    let run = sandbox.run(&["scan", "work", "--diff"]).exits(2);
    assert!(run.stderr.contains("does not know the default branch"), "{}", run.stderr);
    sandbox.git(&["-C", "work", "fetch", "--quiet", "--unshallow", "origin", "main:main"]);
    sandbox.run(&["scan", "work", "--diff"]).exits(0);
}

#[test]
fn a_bare_repository_has_commits_to_compare() {
    let sandbox = pier();
    let first = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let second = commit(&sandbox, &[("web/.env.staging", SECRET)]);
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare.git"]);
    let arguments = ["../bare.git", "--from-ref", &first, "--to-ref", &second];
    assert_eq!(public(&sandbox, &arguments), ["public-env-secret web/.env.staging:1"]);
}

/// A detached HEAD, a linked worktree, a submodule and a pointer of LFS are no hindrance.
#[test]
fn unusual_repositories_are_compared_all_the_same() {
    let sandbox = pier();
    sandbox.git(&["checkout", "--quiet", "--detach"]);
    sandbox.git(&["init", "--quiet", "../part"]);
    sandbox.git(&["-C", "../part", "commit", "--quiet", "--allow-empty", "--message=Part"]);
    sandbox.git(&["-c", "protocol.file.allow=always", "submodule", "add", "../part", "part"]);
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12\n",
        "4d".repeat(32)
    );
    sandbox.write("web/picture.png", &pointer);
    sandbox.write("web/.env.staging", SECRET);
    sandbox.git(&["add", "--all"]);
    let found = ["public-env-secret web/.env.staging:1"];
    assert_eq!(public(&sandbox, &["--staged"]), found);
    assert_eq!(public(&sandbox, &["--diff"]), found);
    sandbox.git(&["commit", "--quiet", "--message=Detached"]);
    sandbox.git(&["worktree", "add", "--quiet", "../side", "main"]);
    sandbox.write("../side/web/.env.staging", OTHER);
    sandbox.git(&["-C", "../side", "add", "--all"]);
    assert_eq!(public(&sandbox, &["../side", "--staged"]), found);
}

#[test]
fn comparing_leaves_git_as_it_was() {
    let sandbox = pier();
    sandbox.write("web/.env.staging", SECRET);
    sandbox.git(&["add", "--all"]);
    let git = || {
        let mut found = Vec::new();
        let mut open = vec![sandbox.root().join(".git")];
        while let Some(directory) = open.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let entry = entry.unwrap();
                let metadata = entry.metadata().unwrap();
                if metadata.is_dir() {
                    open.push(entry.path());
                }
                found.push((entry.path(), metadata.len(), metadata.modified().unwrap()));
            }
        }
        found.sort();
        found
    };
    let before = git();
    sandbox.scan(&["--staged"]);
    sandbox.scan(&["--diff"]);
    sandbox.scan(&["--from-ref", "HEAD"]);
    assert_eq!(git(), before);
}

#[test]
fn the_last_line_says_what_was_read_and_what_counted() {
    let sandbox = pier();
    let first = commit(&sandbox, &[("old/.env.staging", SECRET)]);
    commit(&sandbox, &[("web/.env.staging", OTHER)]);
    let files = sandbox.git(&["ls-files"]).lines().count();
    let last = |arguments: &[&str]| {
        let run = sandbox.run(&[&["scan"], arguments].concat());
        run.stdout.trim_end().lines().last().unwrap_or_default().to_owned()
    };
    let against = format!("(commit HEAD) against {}, ", &first[..10]);
    for (arguments, parts) in [
        (&[][..], vec![format!("in {files} files")]),
        (&["--staged"], vec![format!("no new findings in {files} files (index)")]),
        (&["--staged-full"], vec![" findings (".to_owned(), format!("in {files} files (index)")]),
        (
            &["--from-ref", &first],
            vec![" new finding".to_owned(), against, " known before".to_owned()],
        ),
        (&["--diff", "HEAD~2"], vec![" new finding".to_owned(), " against HEAD~2".to_owned()]),
        (&["web/.env.staging"], vec![format!("in web/.env.staging ({files} files read)")]),
        (&["--diff", "web", "old"], vec![format!("in 2 paths ({files} files read) against ")]),
    ] {
        let line = last(arguments);
        for part in parts {
            assert!(line.contains(&part), "{arguments:?}: {part}: {line}");
        }
    }
    assert!(!last(&[]).contains("new"), "{}", last(&[]));
}
