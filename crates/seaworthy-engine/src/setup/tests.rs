//! What is planned, beside what lies there already.

use super::insert::{json_member, yaml_entry, yaml_key};
use super::*;

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}

/// What the file becomes, and that nothing is planned once it is written.
#[track_caller]
fn hook(tool: HookTool, files: &[(&str, &str)]) -> (String, String) {
    let directory = directory(files);
    let root = directory.path();
    let hooks = root.join(".git/hooks");
    let plan = plan_hook(root, tool, Some(&hooks)).unwrap();
    let Plan::Write(change) = plan else { panic!("{plan:?}") };
    write(&change).unwrap();
    let again = plan_hook(root, tool, Some(&hooks)).unwrap();
    assert_eq!(again, Plan::Present(change.path.clone()));
    assert_eq!(std::fs::read_to_string(&change.path).unwrap(), change.after);
    let name = change.path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    (name, change.after)
}

#[track_caller]
fn by_hand(tool: HookTool, files: &[(&str, &str)]) -> (String, String) {
    let directory = directory(files);
    let hooks = directory.path().join(".git/hooks");
    match plan_hook(directory.path(), tool, Some(&hooks)).unwrap() {
        Plan::ByHand { reason, add, .. } => (reason, add),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_tool_is_known_by_its_files() {
    let cases = [
        (&[(".pre-commit-config.yaml", "")][..], Some(HookTool::PreCommit)),
        (&[("prek.toml", "")], Some(HookTool::PreCommit)),
        (&[(".config/lefthook.jsonc", "")], Some(HookTool::Lefthook)),
        (&[(".lefthook.yml", "")], Some(HookTool::Lefthook)),
        (&[("lefthook.toml", "")], Some(HookTool::Lefthook)),
        (&[(".husky/pre-commit", "")], Some(HookTool::Husky)),
        (
            &[(
                "package.json",
                "{\"devDependencies\": {\"husky\": \"9\", \"lint-staged\": \"1\"}}",
            )],
            Some(HookTool::Husky),
        ),
        (&[("package.json", "{\"lint-staged\": {}}")], Some(HookTool::LintStaged)),
        (&[(".lintstagedrc.mjs", "")], Some(HookTool::LintStaged)),
        (&[(".git/HEAD", "")], Some(HookTool::Git)),
        (&[("README.md", "")], None),
    ];
    for (files, want) in cases {
        assert_eq!(hook_tool(directory(files).path()), want, "{files:?}");
    }
}

#[test]
fn a_hook_of_pre_commit_is_added_below_the_others() {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let ours = format!(
        "  - repo: {repository}\n    rev: v{}\n    hooks:\n      - id: seaworthy\n",
        env!("CARGO_PKG_VERSION")
    );
    let (name, text) = hook(HookTool::PreCommit, &[]);
    assert_eq!((name.as_str(), text), (".pre-commit-config.yaml", format!("repos:\n{ours}")));

    let theirs = "# ours\ndefault_stages: [pre-commit]\nrepos:\n  # first\n  - repo: local # here\n    \
                  hooks:\n      - id:   lint\n        entry: npm run lint\n      # - id: off\n";
    let (_, text) = hook(HookTool::PreCommit, &[(".pre-commit-config.yaml", theirs)]);
    assert_eq!(text, format!("{theirs}{ours}"));
    let more = format!("{theirs}\nci:\n  skip: [lint]\n");
    let (_, text) = hook(HookTool::PreCommit, &[(".pre-commit-config.yaml", &more)]);
    assert_eq!(text, format!("{theirs}{ours}\nci:\n  skip: [lint]\n"));

    let flat = "repos:\r\n- repo: local\r\n  hooks:\r\n  - id: lint";
    let (_, text) = hook(HookTool::PreCommit, &[(".pre-commit-config.yaml", flat)]);
    assert!(text.starts_with(&format!("{flat}\r\n- repo: {repository}\r\n  rev: ")), "{text}");
    assert!(!text.replace("\r\n", "").contains('\n'), "{text:?}");

    let (_, text) = hook(HookTool::PreCommit, &[(".pre-commit-config.yaml", "fail_fast: true\n")]);
    assert_eq!(text, format!("fail_fast: true\n\nrepos:\n{ours}"));

    for flow in ["repos: [{repo: local, hooks: []}]\n", "repos: []\n", "{repos: []}", "a: [\n"] {
        let (_, add) = by_hand(HookTool::PreCommit, &[(".pre-commit-config.yaml", flow)]);
        assert!(add.contains("- id: seaworthy"), "{add}");
    }
}

/// prek reads its own file and no other, where there is one.
#[test]
fn a_hook_of_prek_is_added_to_its_own_file() {
    const OURS: &str = "[[repos]]\nrepo = \"https://github.com/seaworthy-rs/seaworthy\"\n\
                        rev = \"v0.1.0\"\nhooks = [{ id = \"seaworthy\" }]\n";
    for theirs in
        ["[[repos]]\nrepo = \"builtin\"\nhooks = [{ id = \"x\" }]\n", "fail_fast = true\n"]
    {
        let files = [("prek.toml", theirs), (".pre-commit-config.yaml", "repos: []\n")];
        let want = format!("{theirs}\n{OURS}");
        assert_eq!(hook(HookTool::PreCommit, &files), ("prek.toml".to_owned(), want));
    }
    assert_eq!(hook(HookTool::PreCommit, &[("prek.toml", "")]).1, OURS);
    for theirs in ["repos = []\n", "[[repos]\n"] {
        let (_, add) = by_hand(HookTool::PreCommit, &[("prek.toml", theirs)]);
        assert_eq!(add, OURS);
    }
}

#[test]
fn a_command_of_lefthook_goes_to_the_others() {
    const RUN: &str = "run: seaworthy scan --staged --no-progress\n";
    let cases = [
        ("", format!("pre-commit:\n  commands:\n    seaworthy:\n      {RUN}")),
        (
            "# so\npre-push:\n  commands:\n    test:\n      run: t\n",
            format!(
                "# so\npre-push:\n  commands:\n    test:\n      run: t\n\npre-commit:\n  commands:\n    \
                 seaworthy:\n      {RUN}"
            ),
        ),
        (
            "pre-commit:\n    parallel: true\n    commands:\n        lint:\n            run: l\n",
            format!(
                "pre-commit:\n    parallel: true\n    commands:\n        lint:\n            run: l\n        \
                 seaworthy:\n          {RUN}"
            ),
        ),
        (
            "pre-commit:\n  jobs:\n    - name: lint\n      run: l\npre-push: {}\n",
            format!(
                "pre-commit:\n  jobs:\n    - name: lint\n      run: l\n    - name: seaworthy\n      {RUN}\
                 pre-push: {{}}\n"
            ),
        ),
        (
            "pre-commit:\n  parallel: true\n",
            format!("pre-commit:\n  parallel: true\n  commands:\n    seaworthy:\n      {RUN}"),
        ),
    ];
    for (before, want) in cases {
        let files: &[(&str, &str)] =
            if before.is_empty() { &[] } else { &[("lefthook.yml", before)] };
        assert_eq!(hook(HookTool::Lefthook, files), ("lefthook.yml".to_owned(), want));
    }
    // A further file at the root would hide theirs.
    for name in [".lefthook.yaml", ".config/lefthook.yml"] {
        let (written, text) = hook(HookTool::Lefthook, &[(name, "pre-push: {}\n")]);
        assert_eq!(written, name);
        assert!(text.starts_with("pre-push: {}\n\npre-commit:\n"), "{text}");
    }
    for name in ["lefthook.json", "lefthook.jsonc", ".config/lefthook.toml"] {
        let (reason, _) = by_hand(HookTool::Lefthook, &[(name, "{}")]);
        assert!(reason.contains("YAML"), "{reason}");
    }
}

#[test]
fn a_hook_of_husky_runs_before_the_others() {
    let new = hook(HookTool::Husky, &[("package.json", "{}")]);
    assert_eq!(
        new,
        (".husky/pre-commit".to_owned(), "seaworthy scan --staged --no-progress\n".to_owned())
    );
    let cases = [
        ("npx lint-staged\n", "seaworthy scan --staged --no-progress\nnpx lint-staged\n"),
        (
            "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\nnpm test",
            "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\nseaworthy scan --staged --no-progress\n\nnpm test",
        ),
    ];
    for (before, want) in cases {
        assert_eq!(hook(HookTool::Husky, &[(".husky/pre-commit", before)]).1, want);
    }
    let theirs = "#!/usr/bin/env node\nrun()\n";
    by_hand(HookTool::Husky, &[(".husky/pre-commit", theirs)]);
}

#[test]
fn lint_staged_keeps_what_it_runs() {
    let (name, text) = hook(HookTool::LintStaged, &[("package.json", "{\"name\": \"a\"}")]);
    assert_eq!(name, ".lintstagedrc.json");
    assert_eq!(text, "{\n  \"*\": \"seaworthy scan --staged --no-progress\"\n}\n");
    let manifest =
        "{\n  \"lint-staged\": {\n    \"*.ts\": [\"eslint --fix\"]\n  },\n  \"name\": \"a\"\n}\n";
    let (_, text) = hook(HookTool::LintStaged, &[("package.json", manifest)]);
    assert_eq!(
        text,
        manifest.replace(
            "--fix\"]\n",
            "--fix\"],\n    \"*\": \"seaworthy scan --staged --no-progress\"\n"
        )
    );
    let (_, text) = hook(HookTool::LintStaged, &[(".lintstagedrc", "{\"*.js\": \"l\"}")]);
    assert_eq!(text, "{\"*.js\": \"l\", \"*\": \"seaworthy scan --staged --no-progress\"}");
    for (name, theirs) in [
        (".lintstagedrc.json", "{\"*\": \"prettier\"}"),
        (".lintstagedrc.json", "{\"*.ts\": \"x\",}"),
        (".lintstagedrc.json", "[]"),
        ("lint-staged.config.js", "export default {}"),
    ] {
        let (_, add) = by_hand(HookTool::LintStaged, &[(name, theirs)]);
        assert!(add.contains("seaworthy scan"), "{add}");
    }
}

#[test]
fn a_hook_of_git_is_chained_to_one_that_is_there() {
    let head = (".git/HEAD", "ref: refs/heads/main\n");
    let (name, text) = hook(HookTool::Git, &[head]);
    assert_eq!(name, ".git/hooks/pre-commit");
    assert!(text.starts_with("#!/bin/sh\n") && text.ends_with("--no-progress || exit\n"), "{text}");
    let theirs = "#!/bin/bash\n# tests first\n\nnpm test || exit 1\nexec other\n";
    let (_, text) = hook(HookTool::Git, &[head, (".git/hooks/pre-commit", theirs)]);
    assert_eq!(
        text,
        "#!/bin/bash\n# tests first\nseaworthy scan --staged --no-progress || exit\n\nnpm test || exit 1\nexec other\n"
    );
    for (theirs, want) in [
        ("#!/usr/bin/env python3\nimport os\n", "no shell script"),
        (
            "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n",
            "--hook pre-commit",
        ),
        ("#!/bin/sh\nlefthook run\n", "--hook lefthook"),
    ] {
        let (reason, add) = by_hand(HookTool::Git, &[head, (".git/hooks/pre-commit", theirs)]);
        assert!(reason.contains(want) && add.contains("--staged"), "{reason}");
    }
}

#[cfg(unix)]
#[test]
fn hooks_that_others_share_and_links_are_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (ours, shared) = (directory(&[]), directory(&[]));
    let plan = plan_hook(ours.path(), HookTool::Git, Some(shared.path())).unwrap();
    assert!(matches!(plan, Plan::ByHand { ref reason, .. } if reason.contains("core.hooksPath")));

    let hooks = ours.path().join(".git/hooks");
    let plan = plan_hook(ours.path(), HookTool::Git, Some(&hooks)).unwrap();
    let Plan::Write(change) = plan else { panic!("{plan:?}") };
    write(&change).unwrap();
    let mode = std::fs::metadata(&change.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    assert!(write(&change).unwrap_err().to_string().contains("meanwhile"), "nothing is clobbered");

    std::os::unix::fs::symlink("/etc/hostname", ours.path().join("lefthook.yml")).unwrap();
    let error = plan_hook(ours.path(), HookTool::Lefthook, None).unwrap_err();
    assert!(error.to_string().contains("not a plain file"), "{error}");
}

#[test]
fn an_edit_is_refused_when_the_file_has_changed() {
    let directory = directory(&[("lefthook.yml", "a: 1\n")]);
    let plan = plan_hook(directory.path(), HookTool::Lefthook, None).unwrap();
    let Plan::Write(change) = plan else { panic!("{plan:?}") };
    std::fs::write(&change.path, "a: 2\n").unwrap();
    assert!(write(&change).unwrap_err().to_string().contains("changed since"));
    assert_eq!(std::fs::read_to_string(&change.path).unwrap(), "a: 2\n");
}

#[test]
fn a_pipeline_is_planned_once() {
    let root = directory(&[(".github/workflows/ci.yml", "on: push\n")]);
    assert_eq!(pipeline(root.path()), Some(Pipeline::Github));
    let plan = plan_pipeline(root.path(), Pipeline::Github).unwrap();
    let Plan::Write(change) = plan else { panic!("{plan:?}") };
    write(&change).unwrap();
    let tree = seaworthy_syntax::yaml::parse(&change.after);
    assert!(tree.errors().is_empty() && tree.root().at(&["jobs", "seaworthy"]).is_some());
    let again = plan_pipeline(root.path(), Pipeline::Github).unwrap();
    assert!(matches!(again, Plan::Present(_)), "{again:?}");

    for (before, stage) in [
        ("test:\n  script: t\n", "test"),
        ("stages: [build, deploy]\nb:\n  script: t\n", "build"),
        ("stages:\n  - build\n  - test\n", "test"),
    ] {
        let root = directory(&[(".gitlab-ci.yml", before)]);
        assert_eq!(pipeline(root.path()), Some(Pipeline::Gitlab));
        let plan = plan_pipeline(root.path(), Pipeline::Gitlab).unwrap();
        let Plan::Write(change) = plan else { panic!("{plan:?}") };
        assert!(change.after.starts_with(before), "{}", change.after);
        assert!(change.after.contains(&format!("\nseaworthy:\n  stage: {stage}\n")));
    }
    assert_eq!(pipeline(directory(&[]).path()), None);
}

#[test]
fn only_added_lines_are_shown() {
    let before = "key: hidden-by-others\npre-push: {}\n".to_owned();
    let after = yaml_key(&before, &["pre-commit: {}"]).unwrap();
    let path = PathBuf::from("a.yml");
    let change = Change { path, before: Some(before), after, executable: false };
    assert_eq!(shown(&change), "@@ line 3 @@\n+ \n+ pre-commit: {}\n");
    let new = Change { before: None, after: "a\nb\n".to_owned(), ..change };
    assert_eq!(shown(&new), "+ a\n+ b\n");
}

#[test]
fn what_cannot_be_placed_for_certain_is_not() {
    let entry = |text: &str| yaml_entry(text, &["a"], &["- new"]);
    assert_eq!(
        entry("a:\n  - 1\n  - |\n    text\nb: 2\n").as_deref(),
        Some("a:\n  - 1\n  - |\n    text\n  - new\nb: 2\n")
    );
    for text in ["a: [1]\n", "a: []\n", "a: 1\n", "b: 1\n", "a: *x\n", "a:\n  - [\n", "{a: [\n1]}"]
    {
        assert_eq!(entry(text), None, "{text}");
    }
    assert_eq!(yaml_key("a: 1\n---\nb: 2\n", &["c: 3"]), None);
    assert_eq!(yaml_key("- a\n", &["c: 3"]), None);
    assert_eq!(
        yaml_key("a: |\n  text\n\n\n", &["c: 3"]).as_deref(),
        Some("a: |\n  text\n\nc: 3\n")
    );
    assert_eq!(json_member("{}", &[], "k", "v"), None);
}
