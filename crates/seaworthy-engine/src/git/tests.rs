//! Repositories made by the git that is installed, and broken by hand.

use std::process::Command;

use tempfile::TempDir;

use super::*;

/// A temporary directory with a git that knows no machine.
pub(crate) struct Bench {
    home: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a temporary directory") }
    }

    /// A bench with a repository in `r`.
    pub(crate) fn with_repository() -> Self {
        let bench = Self::new();
        bench.git(".", "init -q -b main r");
        bench
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    /// Runs git in a directory of the bench; whether it went well.
    pub(crate) fn try_git(&self, directory: &str, arguments: &str) -> bool {
        let output = Command::new("git")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "A")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@example.com")))
            .args(["-c", "protocol.file.allow=always"])
            .args(arguments.split(' '))
            .current_dir(self.path(directory))
            .output()
            .expect("git is installed");
        output.status.success()
    }

    pub(crate) fn git(&self, directory: &str, arguments: &str) {
        assert!(self.try_git(directory, arguments), "git {arguments} in {directory}");
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, text).expect("a file");
    }

    /// Writes and commits files in `r`.
    pub(crate) fn commit(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            self.write(&format!("r/{path}"), text);
        }
        self.git("r", "add -A");
        self.git("r", "commit -q -m c");
    }

    pub(crate) fn open(&self, root: &str) -> Repository {
        open(&self.path(root)).expect("readable").expect("a repository")
    }
}

fn paths(repository: &Repository) -> Vec<&str> {
    repository.tracked().expect("an index").iter().map(|entry| entry.path.as_str()).collect()
}

/// What is staged, as git's letters for it: A, M or D.
fn staged(repository: &Repository) -> Vec<(String, char)> {
    let changes = repository.changes_since(repository.head_commit()).expect("readable objects");
    let letter = |change: &Change| match (change.before, change.after) {
        (None, _) => 'A',
        (_, None) => 'D',
        _ => 'M',
    };
    changes.iter().map(|change| (change.path.clone(), letter(change))).collect()
}

#[test]
fn outside_any_repository_there_is_none() {
    let bench = Bench::new();
    assert!(open(bench.home.path()).expect("readable").is_none());
}

#[test]
fn a_repository_tells_what_it_tracks_and_where_it_is() {
    let bench = Bench::with_repository();
    bench.commit(&[("b", "1"), ("a/x", "2"), ("ü", "3"), (".gitignore", "secret\n")]);
    bench.git("r", "remote add origin https://user:word@host.example/o/r.git");
    let repository = bench.open("r");
    assert_eq!(paths(&repository), [".gitignore", "a/x", "b", "ü"]);
    assert!(staged(&repository).is_empty());
    assert!(repository.limits().is_empty(), "{:?}", repository.limits());
    let provenance = repository.provenance();
    assert_eq!(provenance.branch.as_deref(), Some("main"));
    assert_eq!(provenance.revision.map(|id| id.len()), Some(40));
    assert_eq!(provenance.repository_uri.as_deref(), Some("https://host.example/o/r.git"));
}

#[test]
fn all_index_versions_are_read() {
    for version in [2, 3, 4] {
        let bench = Bench::with_repository();
        bench.commit(&[("dir/one", "1"), ("dir/one.two", "2"), ("dirt", "3"), ("z/y/x", "4")]);
        bench.git("r", &format!("update-index --index-version {version}"));
        assert_eq!(
            paths(&bench.open("r")),
            ["dir/one", "dir/one.two", "dirt", "z/y/x"],
            "{version}"
        );
    }
}

#[test]
fn a_repository_without_commits_has_a_branch_and_may_have_staged_files() {
    let bench = Bench::with_repository();
    let empty = bench.open("r");
    assert!(paths(&empty).is_empty() && staged(&empty).is_empty());
    assert_eq!(empty.provenance().branch.as_deref(), Some("main"));
    assert_eq!(empty.provenance().revision, None);
    bench.write("r/a", "1");
    bench.git("r", "add a");
    assert_eq!(staged(&bench.open("r")), [("a".to_owned(), 'A')]);
}

#[test]
fn staged_paths_are_those_that_differ_from_head() {
    let bench = Bench::with_repository();
    bench.commit(&[
        ("keep", "1"),
        ("d/change", "2"),
        ("d/gone", "3"),
        ("d/old", "4 4"),
        ("mode", "5"),
    ]);
    bench.write("r/d/change", "changed");
    bench.write("r/d/e/new", "new");
    bench.write("r/intended", "later");
    bench.write("r/untracked", "never");
    bench.git("r", "rm -q d/gone");
    bench.git("r", "mv d/old d/renamed");
    bench.git("r", "add d");
    bench.git("r", "update-index --chmod=+x mode");
    bench.git("r", "add -N intended");
    let repository = bench.open("r");
    let want = [
        ("d/change", 'M'),
        ("d/e/new", 'A'),
        ("d/gone", 'D'),
        ("d/old", 'D'),
        ("d/renamed", 'A'),
        ("mode", 'M'),
    ];
    assert_eq!(staged(&repository), want.map(|(path, change)| (path.to_owned(), change)));
    let intended = repository
        .tracked()
        .expect("an index")
        .iter()
        .find(|entry| entry.path.as_str() == "intended");
    assert!(intended.is_some_and(|entry| entry.intent_to_add));
    let below = bench.open("r/d");
    let below: Vec<_> = staged(&below).into_iter().map(|(path, _)| path).collect();
    assert_eq!(below, ["change", "e/new", "gone", "old", "renamed"]);
}

#[test]
fn blobs_are_read_from_the_index_and_no_larger_than_allowed() {
    let bench = Bench::with_repository();
    bench.commit(&[("a", "as committed")]);
    bench.write("r/a", "as in the working tree");
    for packed in [false, true] {
        if packed {
            bench.git("r", "gc -q");
        }
        let repository = bench.open("r");
        let id = repository.tracked().expect("an index")[0].id;
        assert_eq!(repository.read_blob(id, 12).expect("a blob"), b"as committed");
        assert!(matches!(repository.read_blob(id, 11), Err(GitError::TooLarge { limit: 11, .. })));
        let absent = ObjectId::from_hex(&[b'1'; 40]).expect("an id");
        assert!(matches!(repository.read_blob(absent, 9), Err(GitError::Missing { .. })));
    }
}

#[test]
fn packed_refs_and_detached_heads_are_resolved() {
    let bench = Bench::with_repository();
    bench.commit(&[("a", "1")]);
    let loose = bench.open("r").provenance();
    bench.git("r", "pack-refs --all");
    assert!(!bench.path("r/.git/refs/heads/main").exists(), "the ref is packed");
    assert_eq!(bench.open("r").provenance(), loose);
    bench.git("r", "checkout -q --detach");
    let detached = bench.open("r").provenance();
    assert_eq!((detached.branch, detached.revision), (None, loose.revision));
}

#[test]
fn a_root_inside_the_tree_sees_its_part_and_the_ignore_files_above() {
    let bench = Bench::with_repository();
    bench.commit(&[
        (".gitignore", "*.pem\n"),
        ("apps/.gitignore", "/web/.env\n"),
        ("apps/web/.gitignore", "own\n"),
        ("apps/web/a", "1"),
        ("apps/website", "2"),
        ("z", "3"),
    ]);
    bench.write("r/.git/info/exclude", "excluded\n");
    let repository = bench.open("r/apps/web");
    assert_eq!(paths(&repository), [".gitignore", "a"]);
    assert_eq!(repository.prefix(), "apps/web");
    let above = repository.parent_ignores().expect("readable");
    let above: Vec<_> = above.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(above, [".gitignore", "apps/.gitignore"]);
    let rules = repository.outer_ignore_rules().expect("readable");
    let ignored: Vec<_> = ["x.pem", ".env", "sub/.env", "excluded", "own"]
        .into_iter()
        .filter(|path| rules.verdict(path, false).ignored)
        .collect();
    assert_eq!(
        ignored,
        ["x.pem", ".env", "excluded"],
        "the root's own file is the caller's to add"
    );
}

#[test]
fn a_worktree_has_its_own_index_and_shares_the_rest() {
    let bench = Bench::with_repository();
    bench.commit(&[("a", "1")]);
    bench.git("r", "worktree add -q -b side ../side");
    bench.write("side/b", "2");
    bench.git("side", "add b");
    let side = bench.open("side");
    assert_eq!(paths(&side), ["a", "b"]);
    assert_eq!(staged(&side), [("b".to_owned(), 'A')]);
    assert_eq!(side.provenance().branch.as_deref(), Some("side"));
    assert_eq!(side.provenance().revision, bench.open("r").provenance().revision);
    assert!(side.exclude_text().expect("readable").is_some());
    assert_eq!(paths(&bench.open("r")), ["a"]);
}

#[test]
fn a_submodule_is_one_entry_outside_and_a_repository_inside() {
    let bench = Bench::with_repository();
    bench.commit(&[("a", "1")]);
    bench.git(".", "init -q -b main outer");
    bench.git("outer", "submodule add -q ../r sub");
    let outer = bench.open("outer");
    let sub = outer.tracked().expect("an index").iter().find(|entry| entry.path.as_str() == "sub");
    assert_eq!(sub.map(|entry| entry.kind), Some(TrackedKind::Submodule));
    assert_eq!(paths(&bench.open("outer/sub")), ["a"]);
}

#[test]
fn a_bare_repository_tracks_nothing() {
    let bench = Bench::with_repository();
    bench.commit(&[("a", "1")]);
    bench.git(".", "clone -q --bare r bare.git");
    let bare = bench.open("bare.git");
    assert!(bare.top().is_none() && paths(&bare).is_empty());
    assert!(bare.provenance().revision.is_some());
    assert_eq!(bare.limits(), ["the repository is bare: no path counts as tracked"]);
}

#[test]
fn shallow_and_partial_clones_are_told() {
    let bench = Bench::with_repository();
    bench.commit(&[("a", "1")]);
    bench.commit(&[("b", "2")]);
    let url = format!("file://{}", bench.path("r").display());
    bench.git(".", &format!("clone -q --depth 1 {url} shallow"));
    assert!(bench.open("shallow").limits()[0].contains("shallow"));
    bench.git("r", "config uploadpack.allowFilter true");
    bench.git(".", &format!("clone -q --no-checkout --filter=blob:none {url} partial"));
    assert!(bench.open("partial").limits()[0].contains("partial"));
}

#[test]
fn a_sparse_checkout_still_tracks_all_it_leaves_out() {
    for index in ["--no-sparse-index", "--sparse-index"] {
        let bench = Bench::with_repository();
        bench.commit(&[("in/a", "1"), ("out/b", "2"), ("top", "3")]);
        bench.git("r", &format!("sparse-checkout set --cone {index} in"));
        let repository = bench.open("r");
        let left_out: Vec<_> =
            repository.tracked().expect("an index").iter().filter(|e| e.skip_worktree).collect();
        let want = if index == "--sparse-index" { "out/" } else { "out/b" };
        assert_eq!(left_out.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(), [want]);
        assert!(staged(&repository).is_empty());
        assert!(repository.limits()[0].contains("sparse"));
    }
}

#[test]
fn a_merge_in_conflict_shows_all_versions_of_a_path() {
    let bench = Bench::with_repository();
    bench.commit(&[("a", "1"), ("b", "1")]);
    bench.git("r", "checkout -q -b side");
    bench.commit(&[("a", "2")]);
    bench.git("r", "checkout -q main");
    bench.commit(&[("a", "3")]);
    assert!(!bench.try_git("r", "merge -q side"), "the merge conflicts");
    let repository = bench.open("r");
    let stages: Vec<_> = repository
        .tracked()
        .expect("an index")
        .iter()
        .map(|entry| (entry.path.as_str(), entry.stage))
        .collect();
    assert_eq!(stages, [("a", 1), ("a", 2), ("a", 3), ("b", 0)]);
    assert!(staged(&repository).is_empty());
    assert!(repository.limits()[0].contains("conflict"));
}

#[test]
fn a_corrupt_index_is_an_error_and_the_rest_is_still_known() {
    let bench = Bench::with_repository();
    bench.commit(&[("a", "1"), ("b", "2")]);
    let index = bench.path("r/.git/index");
    let whole = std::fs::read(&index).expect("an index");
    for broken in [&whole[..whole.len() / 2], b"", b"DIRC", b"no index at all, only some text"] {
        std::fs::write(&index, broken).expect("writable");
        let repository = bench.open("r");
        assert!(matches!(repository.tracked(), Err(GitError::Index { .. })));
        assert!(repository.provenance().revision.is_some());
        assert!(repository.limits()[0].contains("unknown"));
    }
}

#[test]
fn corrupt_objects_are_errors() {
    let bench = Bench::with_repository();
    bench.commit(&[("a", "1")]);
    bench.write("r/a", "2");
    bench.git("r", "add a");
    let changed = |bench: &Bench| {
        let repository = bench.open("r");
        repository.changes_since(repository.head_commit())
    };
    let id = bench.open("r").provenance().revision.expect("a commit");
    let object = bench.path(&format!("r/.git/objects/{}/{}", &id[..2], &id[2..]));
    std::fs::remove_file(&object).expect("removable");
    assert!(matches!(changed(&bench), Err(GitError::Missing { .. })));
    std::fs::write(&object, b"x\x9c garbage").expect("writable");
    assert!(matches!(changed(&bench), Err(GitError::Object { .. })));
}

#[test]
fn what_only_looks_like_a_repository_is_an_error() {
    for (file, text) in
        [(".git", "gitdir: ../nowhere\n"), (".git", "nonsense"), (".git/config", "")]
    {
        let bench = Bench::new();
        bench.write(&format!("r/{file}"), text);
        assert!(matches!(open(&bench.path("r")), Err(GitError::Broken { .. })), "{file} {text:?}");
    }
}

#[test]
fn features_that_are_not_understood_are_told() {
    let bench = Bench::new();
    bench.git(".", "init -q --object-format=sha256 r");
    bench.write("r/a", "1");
    bench.git("r", "add a");
    let repository = bench.open("r");
    assert!(matches!(repository.tracked(), Err(GitError::Unsupported { .. })));
    assert!(matches!(repository.changes_since(None), Err(GitError::Unsupported { .. })));
    let split = Bench::with_repository();
    split.commit(&[("a", "1")]);
    split.git("r", "update-index --split-index");
    assert!(matches!(split.open("r").tracked(), Err(GitError::Unsupported { .. })));
}

#[test]
fn the_ref_in_head_cannot_leave_the_git_directory() {
    let bench = Bench::with_repository();
    bench.write("outside", &"1".repeat(40));
    bench.write("r/.git/HEAD", "ref: refs/../../../outside\n");
    let repository = bench.open("r");
    assert_eq!(repository.provenance().revision, None);
    assert!(repository.limits()[0].contains("HEAD is unknown"));
}
