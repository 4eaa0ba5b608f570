//! Repositories in every state, and scans of what is staged.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use seaworthy_engine::{Scan, ScanError, Since, View};
use seaworthy_model::NotificationKind::{self, GitUnknown};

use crate::{BAD_LINE, Bench, Prepare, found, said_about, scan, told_of};

/// Runs git in a directory of the bench, knowing no machine.
pub(crate) fn git(bench: &Bench, directory: &str, arguments: &str) {
    let output = try_git(bench, directory, arguments);
    assert!(output, "git {arguments} in {directory}");
}

fn try_git(bench: &Bench, directory: &str, arguments: &str) -> bool {
    let output = Command::new("git")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", bench.root())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "A")))
        .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@example.com")))
        .args(["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"])
        .args(arguments.split(' '))
        .current_dir(bench.path(directory))
        .output()
        .expect("git is installed");
    output.status.success()
}

/// A bench whose root is a repository with the good file committed.
fn committed() -> Bench {
    let bench = Bench::with_good_file();
    git(&bench, ".", "init -q");
    git(&bench, ".", "add -A");
    git(&bench, ".", "commit -q -m one");
    bench
}

fn staged(bench: &Bench) -> Scan {
    let mut options = bench.options();
    (options.view, options.since) = (View::Index, Some(Since::Head));
    scan(&options)
}

/// Every file below a directory with its text and time.
fn contents(directory: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let time = path.metadata().unwrap().modified().unwrap();
                found.insert(path.display().to_string(), (std::fs::read(&path).unwrap(), time));
            }
        }
    }
    found
}

#[test]
fn repositories_that_are_not_whole_are_told_and_the_files_judged() {
    let nowhere = |bench: &Bench| bench.write(".git", "gitdir: /nowhere/at/all\n");
    let nonsense = |bench: &Bench| bench.write(".git", "\0\0\0");
    let hollow = |bench: &Bench| bench.write(".git/config", "[core]\n");
    let corrupt = |bench: &Bench| {
        git(bench, ".", "init -q");
        bench.write(".git/index", "DIRC\0\0\0\x02\0\0\0\x09nonsense");
    };
    let cut = |bench: &Bench| {
        git(bench, ".", "init -q");
        git(bench, ".", "add -A");
        let index = std::fs::read(bench.path(".git/index")).unwrap();
        bench.write(".git/index", &index[..index.len() / 2]);
    };
    let headless = |bench: &Bench| {
        git(bench, ".", "init -q");
        bench.write(".git/HEAD", "not a head");
    };
    let exclude = |bench: &Bench| {
        git(bench, ".", "init -q");
        let path = bench.path(".git/info/exclude");
        let _ = std::fs::remove_file(&path);
        std::fs::create_dir_all(path).unwrap();
    };
    let cases: [(&str, Prepare<'_>); 7] = [
        ("nowhere", &nowhere),
        ("nonsense", &nonsense),
        ("hollow", &hollow),
        ("corrupt", &corrupt),
        ("cut", &cut),
        ("headless", &headless),
        ("exclude", &exclude),
    ];
    for (what, prepare) in cases {
        let bench = Bench::with_good_file();
        prepare(&bench);
        let scan = bench.scan_with_good_file();
        assert!(!told_of(&scan, GitUnknown).is_empty(), "{what}");
    }
}

#[test]
fn bare_repositories_worktrees_and_submodules() {
    let bench = committed();
    git(&bench, ".", "worktree add -q tree");
    git(&bench, ".", "clone -q --bare . bare.git");
    git(&bench, ".", "init -q outer");
    git(&bench, "outer", "submodule --quiet add ../bare.git sub");
    let at = |path: &str| seaworthy_engine::ScanOptions::new(bench.path(path));

    let tree = scan(&at("tree"));
    assert_eq!(found(&tree), ["good/.env:1"]);
    assert!(tree.snapshot.git().unwrap().is_tracked("good/.env"));

    let bare = scan(&at("bare.git"));
    assert!(bare.snapshot.git().is_none());
    assert!(said_about(&bare, "").contains("bare"));
    let mut options = at("bare.git");
    (options.view, options.since) = (View::Index, Some(Since::Head));
    let error = seaworthy_engine::scan(&options).unwrap_err();
    assert!(matches!(error, ScanError::Bare { .. }), "{error}");

    let outer = scan(&at("outer"));
    assert_eq!(found(&outer), ["sub/good/.env:1"]);
    let mut options = at("outer");
    (options.view, options.since) = (View::Index, Some(Since::Head));
    assert_eq!(found(&scan(&options)).len(), 0, "a submodule's files are not of this commit");
    assert_eq!(found(&scan(&at("outer/sub"))), ["good/.env:1"]);
}

#[test]
fn only_what_is_staged_is_reported() {
    let bench = committed();
    assert_eq!(found(&staged(&bench)).len(), 0, "nothing is staged");
    bench.write("new/.env", BAD_LINE);
    assert_eq!(found(&staged(&bench)).len(), 0, "written and not added");
    git(&bench, ".", "add new");
    bench.write("new/.env", "A=1\n");
    assert_eq!(found(&staged(&bench)), ["new/.env:1"], "as it was added");
    std::fs::remove_file(bench.path("new/.env")).unwrap();
    assert_eq!(found(&staged(&bench)), ["new/.env:1"], "gone from the working tree only");
    bench.write("meant/.env", BAD_LINE);
    git(&bench, ".", "add --intent-to-add meant/.env");
    assert_eq!(found(&staged(&bench)), ["new/.env:1"], "intended, and not yet staged");
    git(&bench, ".", "reset -q");
    git(&bench, ".", "rm -q --cached good/.env");
    assert_eq!(found(&staged(&bench)).len(), 0, "a deletion");
}

#[test]
fn staged_before_the_first_commit_and_outside_of_git() {
    let bench = Bench::with_good_file();
    let mut options = bench.options();
    (options.view, options.since) = (View::Index, Some(Since::Head));
    let error = seaworthy_engine::scan(&options).unwrap_err();
    assert!(matches!(error, ScanError::NoRepository { .. }), "{error}");
    git(&bench, ".", "init -q");
    assert_eq!(found(&staged(&bench)).len(), 0);
    git(&bench, ".", "add -A");
    assert_eq!(found(&staged(&bench)), ["good/.env:1"]);
}

#[cfg(unix)]
#[test]
fn links_and_pointers_in_the_index_are_told() {
    let bench = committed();
    std::fs::create_dir(bench.path("link")).unwrap();
    std::os::unix::fs::symlink("../good/.env", bench.path("link/.env")).unwrap();
    bench.write("lfs/.env", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n");
    git(&bench, ".", "add -A");
    let scan = staged(&bench);
    assert_eq!(found(&scan).len(), 0);
    assert_eq!(told_of(&scan, NotificationKind::Path), ["link/.env"]);
    assert!(said_about(&scan, "lfs/.env").contains("Git LFS"));
    assert_eq!(scan.report.exit_code, 0);
    std::os::unix::fs::symlink("good/.env", bench.path("seaworthy.toml")).unwrap();
    git(&bench, ".", "add seaworthy.toml");
    let scan = staged(&bench);
    assert_eq!(scan.report.exit_code, 2, "settings that do not count");
    assert_eq!(told_of(&scan, NotificationKind::SettingsInvalid), ["seaworthy.toml"]);
}

#[test]
fn a_merge_in_conflict_is_scanned_on_our_side() {
    let bench = committed();
    git(&bench, ".", "checkout -q -b theirs");
    bench.write("good/.env", "A=theirs\n");
    git(&bench, ".", "commit -q -a -m theirs");
    git(&bench, ".", "checkout -q main");
    bench.write("good/.env", format!("A=ours\n{BAD_LINE}"));
    git(&bench, ".", "commit -q -a -m ours");
    assert!(!try_git(&bench, ".", "merge -q theirs"));
    bench.write("other/.env", BAD_LINE);
    git(&bench, ".", "add other");
    let scan = staged(&bench);
    assert_eq!(found(&scan), ["other/.env:1"]);
    assert!(scan.report.notifications.iter().any(|told| told.message.contains("conflict")));
    // Markers and all, the working tree is judged as it is.
    assert!(found(&bench.scan()).iter().any(|place| place.starts_with("good/.env:")));
}

#[test]
fn nothing_is_written() {
    let bench = committed();
    bench.write("new/.env", BAD_LINE);
    git(&bench, ".", "add new");
    let before = contents(bench.root());
    bench.scan();
    staged(&bench);
    assert!(before == contents(bench.root()), "a scan changed a file");
}

#[test]
fn an_ignore_file_of_half_a_million_lines() {
    let bench = Bench::with_good_file();
    git(&bench, ".", "init -q");
    let mut text = String::new();
    for n in 0..500_000 {
        let _ = writeln!(text, "/x{n}");
    }
    text.push_str(".env\n");
    bench.write(".gitignore", text);
    let scan = bench.scan_with_good_file();
    assert!(scan.snapshot.git().unwrap().is_ignored("good/.env"));
}
