//! Verdicts, from plain patterns to whole trees and hostile files.

use std::fmt::Write as _;

use super::*;

fn rules(files: &[(&str, &str)]) -> IgnoreRules {
    let mut rules = IgnoreRules::new(false);
    for &(path, text) in files {
        let source = match path {
            "exclude" => IgnoreSource::InfoExclude,
            "global" => IgnoreSource::Global,
            path => IgnoreSource::File { artifact: path.into() },
        };
        rules.add(source, text);
    }
    rules
}

/// The deciding line with `!` in front if it keeps the path; 0 for none.
fn line(rules: &IgnoreRules, path: &str) -> i64 {
    let verdict = rules.verdict(path, path.ends_with('/'));
    verdict
        .decided_by
        .map_or(0, |by| if by.negated { -i64::from(by.line) } else { i64::from(by.line) })
}

#[test]
fn a_single_file_decides_by_its_last_matching_line() {
    let cases: &[(&str, &str, i64)] = &[
        (".env", ".env", 1),
        (".env", "a/b/.env", 1),
        ("/.env", "a/.env", 0),
        ("*/.env", "a/.env", 1),
        ("*/.env", "a/b/.env", 0),
        ("**/.env", ".env", 1),
        ("**/*.log", "a/b/x.log", 1),
        ("**/a/b", "x/y/a/b", 1),
        ("a/b", "x/a/b", 0),
        ("a/b", "a/b/c", 1),
        ("*.env", "prod.env", 1),
        ("*.env", ".env.local", 0),
        (".env*", ".env.local", 1),
        (".env.*", ".env", 0),
        (".env/", ".env", 0),
        (".env/", ".env/", 1),
        (".env/", ".env/x", 1),
        (".env\t", ".env", 0),
        ("\".env\"", ".env", 0),
        (".ENV", ".env", 0),
        (".env.{local,production}", ".env.local", 0),
        (".env*\n!.env.example", ".env.example", -2),
        ("!.env.example\n.env*", ".env.example", 2),
        ("a/\n!a/.env", "a/.env", 1),
        ("a/*\n!a/.env", "a/.env", -2),
        ("a**/x", "ab/c/x", 1),
        ("foo/\nfoo", "foo", 2),
        ("foo\nfoo/", "foo", 1),
        ("foo\nfoo/", "foo/", 2),
        ("*", "x", 1),
        ("/", "x/", 0),
        ("# .env", ".env", 0),
        ("\\#x", "#x", 1),
        ("x\\ ", "x ", 1),
        ("config/*.pem", "config/a.pem", 1),
        ("config/*.pem", "config/sub/a.pem", 0),
        ("config/**/*.pem", "config/a.pem", 1),
        ("**", "a/b", 1),
    ];
    for &(text, path, want) in cases {
        assert_eq!(line(&rules(&[(".gitignore", text)]), path), want, "{text:?} {path:?}");
    }
}

#[test]
fn the_deepest_file_speaks_first_and_the_global_one_last() {
    let rules = rules(&[
        (".gitignore", "*.log\n"),
        ("a/.gitignore", "!*.log\n/top\n"),
        ("exclude", "*.tmp\n*.log\n"),
        ("global", "*.tmp\n*.swp\n"),
    ]);
    let source = |path| rules.verdict(path, false).decided_by.map(|by| by.source);
    assert_eq!(source("x.log"), Some(IgnoreSource::File { artifact: ".gitignore".into() }));
    assert_eq!(source("a/x.log"), Some(IgnoreSource::File { artifact: "a/.gitignore".into() }));
    assert_eq!(source("a/x.tmp"), Some(IgnoreSource::InfoExclude));
    assert_eq!(source("x.swp"), Some(IgnoreSource::Global));
    assert!(!rules.verdict("a/x.log", false).ignored);
    assert!(rules.verdict("a/top", false).ignored);
    assert!(!rules.verdict("a/b/top", false).ignored);
}

#[test]
fn a_file_in_an_ignored_directory_cannot_bring_paths_back() {
    let rules = rules(&[(".gitignore", "build/\n"), ("build/.gitignore", "!*\n")]);
    let verdict = rules.verdict("build/x", false);
    assert!(verdict.ignored);
    assert_eq!(
        verdict.decided_by.map(|by| by.source),
        Some(IgnoreSource::File { artifact: ".gitignore".into() })
    );
}

#[test]
fn files_above_the_audited_root_count() {
    let mut rules = IgnoreRules::new(false).below("apps/web");
    rules.add(IgnoreSource::Above { path: ".gitignore".into() }, "/apps/web/.env\n*.pem\n");
    rules.add(IgnoreSource::Above { path: "apps/.gitignore".into() }, "web/secret\n");
    rules.add(IgnoreSource::File { artifact: ".gitignore".into() }, "!x.pem\n/own\n");
    let ignored = |path| rules.verdict(path, false).ignored;
    assert!(ignored(".env"));
    assert!(!ignored("sub/.env"));
    assert!(ignored("sub/y.pem"));
    assert!(!ignored("sub/x.pem"));
    assert!(ignored("secret"));
    assert!(ignored("own"));
}

#[test]
fn an_ignored_root_ignores_everything_in_it() {
    let mut rules = IgnoreRules::new(false).below("dist");
    rules.add(IgnoreSource::Above { path: ".gitignore".into() }, "dist/\n");
    assert!(rules.verdict("a/b", false).ignored);
}

#[test]
fn case_is_ignored_on_request() {
    let mut rules = IgnoreRules::new(true);
    rules.add(IgnoreSource::InfoExclude, ".ENV\n*.LOG\nDir/File\nPre*\n/A/*.x\n");
    for path in [".env", "a/x.log", "dir/file", "preFix", "a/b.X"] {
        assert!(rules.verdict(path, false).ignored, "{path}");
    }
}

#[test]
fn the_region_is_the_whole_line() {
    let text = "a\n  .env  \r\n";
    let rules = rules(&[(".gitignore", text)]);
    let by = rules.verdict("  .env", false).decided_by.expect("the line matches");
    assert_eq!((by.line, by.region.of(text)), (2, "  .env  "));
}

#[test]
fn adding_a_source_forgets_what_was_decided() {
    let mut rules = rules(&[]);
    assert!(!rules.verdict("a/b", false).ignored);
    rules.add(IgnoreSource::InfoExclude, "a/\n");
    assert!(rules.verdict("a/b", false).ignored);
}

#[test]
fn a_million_lines_and_many_paths_stay_quick() {
    let mut text = String::new();
    for n in 0..250_000 {
        let _ = writeln!(text, "name{n}\n*.ext{n}\n/dir{n}/sub/*.log\nfile{n}*");
    }
    let rules = rules(&[(".gitignore", &text)]);
    for n in 0..2_500 {
        assert!(rules.verdict(&format!("a/b{n}/name{n}"), false).ignored);
        assert!(rules.verdict(&format!("a/x.ext{n}"), false).ignored);
        assert!(rules.verdict(&format!("dir{n}/sub/x.log"), false).ignored);
        assert!(rules.verdict(&format!("file{n}.txt"), false).ignored);
        assert!(!rules.verdict(&format!("src/kept{n}.rs"), false).ignored);
    }
}

#[test]
fn patterns_made_to_hurt_leave_a_path_undecided() {
    let rules = rules(&[(".gitignore", &("**/a/".repeat(60) + "b"))]);
    let path = "a/".repeat(60) + "c";
    assert!(rules.verdict(&path, false).undecided);
}

#[test]
fn an_edit_is_judged_with_all_other_sources() {
    let root = IgnoreSource::File { artifact: ArtifactPath::new(".gitignore") };
    let mut rules = IgnoreRules::new(true).below("app");
    rules.add(root.clone(), "*.log\n");
    rules.add(IgnoreSource::InfoExclude, "*.tmp\n");
    let edited = rules.edited(root, ".env\n!keep.tmp\nout/\n");
    for (path, before, after) in [
        ("x.log", true, false),
        (".ENV", false, true),
        ("a/.env", false, true),
        ("a.tmp", true, true),
        ("keep.tmp", true, false),
        ("out/x/y", false, true),
        ("src/main.rs", false, false),
    ] {
        let got = (rules.verdict(path, false).ignored, edited.verdict(path, false).ignored);
        assert_eq!(got, (before, after), "{path}");
    }
    let nested = IgnoreSource::File { artifact: ArtifactPath::new("web/.gitignore") };
    assert!(rules.edited(nested.clone(), "secret\n").verdict("web/secret", false).ignored);
    assert!(!rules.edited(nested, "secret\n").verdict("secret", false).ignored);
    let exclude = rules.edited(IgnoreSource::InfoExclude, "");
    assert!(!exclude.verdict("a.tmp", false).ignored && exclude.verdict("x.log", false).ignored);
}

#[test]
fn an_edit_that_changes_nothing_gives_the_same_verdicts() {
    let files = [
        (".gitignore", "*.a\n!b.a\nd/\n"),
        ("s/.gitignore", "!x.a\nt/*\n!t/k\n"),
        ("exclude", "z\n"),
    ];
    let rules = rules(&files);
    for (path, text) in [files[0], files[1]] {
        let edited = rules.edited(IgnoreSource::File { artifact: path.into() }, text);
        for path in ["q.a", "b.a", "d/b.a", "s/x.a", "s/y.a", "s/t/j", "s/t/k", "z", "s/z", "n"] {
            assert_eq!(edited.verdict(path, false), rules.verdict(path, false), "{path}");
        }
    }
}
