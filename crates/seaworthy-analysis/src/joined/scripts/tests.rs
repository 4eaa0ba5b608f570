//! What is found, and what production runs.

use super::*;
use crate::texts::snapshot;

/// The programs that production runs, each with the number of calls that lead to it.
fn run_in_production(files: &[(&str, &'static str)]) -> Vec<String> {
    let snapshot = snapshot(files);
    let scripts = snapshot.joined().scripts(&snapshot);
    let mut found: Vec<String> = scripts
        .production()
        .filter_map(|(text, command)| {
            let program = command.invoked()?.program;
            Some(format!("{program} {}", scripts.callers(text).len()))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn what_production_runs_is_followed_through_its_calls() {
    type Files = &'static [(&'static str, &'static str)];
    let cases: &[(Files, &[&str])] = &[
        (
            &[("scripts/deploy.sh", "a\n./scripts/b.sh\n"), ("scripts/b.sh", "b")],
            &["a 0", "b 1", "b.sh 0"],
        ),
        (&[("scripts/deploy-staging.sh", "a"), ("scripts/dev.sh", "b"), ("x.sh", "c")], &[]),
        (
            &[(
                "package.json",
                r#"{"scripts": {"start": "npm run m && a", "m": "b", "prem": "c", "dev": "d"}}"#,
            )],
            &["a 0", "b 1", "c 1", "npm 0"],
        ),
        (&[("package.json", r#"{"scripts": {"start": "a", "start:prod": "b"}}"#)], &["b 0"]),
        (
            &[(
                "package.json",
                r#"{"scripts": {"start": "run-s m n", "m": "b", "n": "turbo run o", "o": "c"}}"#,
            )],
            &["b 1", "c 2", "run-s 0", "turbo 1"],
        ),
        (
            &[
                ("Dockerfile", "FROM x\nCOPY . .\nRUN a\nCMD [\"./run.sh\"]\n"),
                ("docker/run.sh", "b"),
                ("run.txt", ""),
            ],
            &["a 0", "b 1", "run.sh 0"],
        ),
        (&[("Dockerfile.dev", "FROM x\nCMD a\n")], &[]),
        (
            &[(
                "docker-compose.prod.yml",
                "services:\n  s:\n    image: x\n    command: sh -c 'a; b'\n  t:\n    image: x\n    command: [c, d]\n",
            )],
            &["a 0", "b 0", "c 0"],
        ),
        (&[("docker-compose.yml", "services:\n  s:\n    image: x\n    command: a\n")], &[]),
        (
            &[
                (
                    ".github/workflows/d.yml",
                    "on: push\njobs:\n  deploy:\n    steps:\n      - run: |\n          a\n          make up\n  test:\n    steps:\n      - run: b\n",
                ),
                ("Makefile", "up: x\n\t@c $$y\n\nother:\n\td\n"),
            ],
            &["a 0", "c 1", "make 0"],
        ),
        (
            &[
                ("tests/deploy.sh", "a"),
                ("examples/deploy.sh", "b"),
                ("node_modules/x/deploy.sh", "c"),
            ],
            &[],
        ),
    ];
    for (files, want) in cases {
        assert_eq!(run_in_production(files), *want, "{files:?}");
    }
}

#[test]
fn regions_mean_the_file() {
    let files = [
        ("Makefile", "deploy:\n\t@a x\n\t-b y\n"),
        ("package.json", r#"{"scripts": {"start": "a x"}}"#),
        ("Dockerfile", "FROM z\nRUN a x && \\\n    b y\nCMD [\"a\"]\n"),
        (
            ".github/workflows/d.yml",
            "on: push\njobs:\n  t:\n    steps:\n      - run: |\n          a x\n          b y\n",
        ),
    ];
    let snapshot = snapshot(&files);
    let scripts = snapshot.joined().scripts(&snapshot);
    let mut shown = 0;
    for text in scripts.all() {
        let (_, source) =
            files.iter().find(|(path, _)| text.path.as_str() == *path).expect("a file");
        for command in &text.script.commands {
            let place = text.place(command.region);
            let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
            if text.kind != ShellKind::Start {
                assert_eq!(&source[place.range()], words.join(" "), "{}", text.path);
                shown += 1;
            }
        }
    }
    assert_eq!(shown, 7);
}

#[test]
fn a_file_that_is_no_script_is_said() {
    let snapshot = snapshot(&[("a.sh", "if x\n"), ("b.sh", "#!/usr/bin/env zsh\nif x\n")]);
    assert!(snapshot.joined().scripts(&snapshot).all().is_empty());
    assert_eq!(snapshot.notifications().len(), 1);
}
