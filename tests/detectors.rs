//! A team's own detectors, its configuration of gitleaks, and what the tool tells of
//! detectors.

use crate::sandbox::Sandbox;

/// A pack with one detector.
const PACK: &str = r#"
provider = "Harbor"

[[detector]]
id = "harbor-key"
name = "Harbor key"
description = "Opens the harbor."
revoke = "https://harbor.example/keys"
severity = "high"
anchors = ["hrbk_"]
expression = '\bhrbk_[a-z0-9]{24}\b'
matches = [
  'key = "hrbk_k7w2mz9qx4bt8rvn3hjd5gcp"',
  'HARBOR_KEY=hrbk_8fj3kq6wz2xn7mv4tb9rhd5c',
]
rejects = ['hrbk_your_key_here', 'hrbk_k7w2mz9q']
"#;
const KEY: &str = "a = \"hrbk_m4x9tq2vz7kw3nb8rj6hfd5g\"\n";
const OTHER: &str = "b = \"hrbk_3vz8kq5wn2xt7mb4rj9hcd6f\"\n";

/// The findings of detectors, with what spoke.
fn leaks(sandbox: &Sandbox) -> Vec<String> {
    let report = sandbox.scan(&[]).json();
    let mut list: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["suppression"].is_null())
        .filter(|finding| {
            let path = finding["location"]["path"].as_str().unwrap();
            path.starts_with("src/") || path.starts_with("docs/")
        })
        .map(|finding| {
            let place = &finding["location"];
            format!("{}:{}", place["path"].as_str().unwrap(), place["start"]["line"])
        })
        .collect();
    list.sort();
    list
}

fn team(settings: &str, files: &[(&str, &str)]) -> Sandbox {
    let all: Vec<(&str, &str)> =
        files.iter().copied().chain([("seaworthy.toml", settings), ("src/a.py", KEY)]).collect();
    Sandbox::with(&all)
}

#[test]
fn packs_of_a_team_are_run() {
    let settings = "[detectors]\npacks = [\"security/*.toml\"]\n";
    let sandbox = team(settings, &[("security/harbor.toml", PACK)]);
    assert_eq!(leaks(&sandbox), ["src/a.py:1"]);
    assert_eq!(sandbox.scan(&[]).notifications(), [""; 0]);
    let shown = sandbox.run(&["scan"]).exits(1).stdout;
    assert!(shown.contains("Harbor key") && !shown.contains("m4x9tq2vz7kw3nb8rj6hfd5g"), "{shown}");
    // Without the setting nobody knows such keys.
    assert_eq!(leaks(&team("", &[("security/harbor.toml", PACK)])), [""; 0]);
}

#[test]
fn detectors_of_a_team_can_be_named_in_settings_and_ignores() {
    let settings = "[detectors]\npacks = [\"harbor.toml\"]\n";
    for more in ["off = [\"harbor-key\"]\n", "[rules]\nharbor-key = \"off\"\n"] {
        let sandbox = team(&format!("{settings}{more}"), &[("harbor.toml", PACK)]);
        assert_eq!(leaks(&sandbox), [""; 0], "{more}");
        assert_eq!(sandbox.scan(&[]).notifications(), [""; 0]);
    }
    let ignore = "[[ignore]]\nrules = [\"harbor-key\"]\npaths = [\"src/a.py\"]\n";
    let files = [("harbor.toml", PACK), ("src/b.py", OTHER)];
    let sandbox = team(&format!("{settings}{ignore}"), &files);
    assert_eq!(leaks(&sandbox), ["src/b.py:1"]);
    let sandbox = team("[detectors]\noff = [\"no-such-detector\"]\n", &[]);
    let told = sandbox.scan(&[]).exits(2).notifications();
    assert_eq!(told, ["seaworthy.toml:2 unknown rule `no-such-detector`"]);
}

#[test]
fn what_is_wrong_in_a_pack_is_told_and_the_rest_counts() {
    let wrong = PACK.replace("harbor-key", "harbor-pin").replace("{24}", "+");
    let clash = PACK.replace("\"harbor-key\"", "\"github-personal-access-token\"");
    let settings = "[detectors]\npacks = [\"security/*.toml\", \"none/*.toml\", \"../out.toml\"]\n";
    let files = [
        ("security/a.toml", PACK),
        ("security/b.toml", &wrong),
        ("security/c.toml", &clash),
        ("security/d.toml", PACK),
    ];
    let sandbox = team(settings, &files);
    assert_eq!(leaks(&sandbox), ["src/a.py:1"]);
    let told = sandbox.scan(&[]).exits(2).notifications();
    let wanted = [
        "seaworthy.toml:2 a path of detectors must not leave the repository",
        "seaworthy.toml:2 no file of the repository has such a path",
        "security/b.toml:11 the length of a match has no bound: use `{n,m}`",
        "security/c.toml:5 the id `github-personal-access-token` is taken by seaworthy itself",
        "security/d.toml:5 the id `harbor-key` is taken by security/a.toml",
    ];
    for line in wanted {
        assert!(told.iter().any(|told| told == line), "{line}\n{told:#?}");
    }
    assert_eq!(told.len(), wanted.len(), "{told:#?}");
}

#[test]
fn detectors_are_a_matter_of_the_root_and_of_the_index() {
    let nested = team(
        "",
        &[
            ("src/seaworthy.toml", "[detectors]\npacks = [\"/harbor.toml\"]\n"),
            ("harbor.toml", PACK),
        ],
    );
    let told = nested.scan(&[]).notifications();
    assert_eq!(told, ["src/seaworthy.toml:1 `detectors` counts only in the root file"]);
    // The staged pack counts, not the one on disk.
    let sandbox = team("[detectors]\npacks = [\"harbor.toml\"]\n", &[("harbor.toml", PACK)]);
    sandbox.write("src/b.py", OTHER);
    sandbox.git(&["add", "src/b.py"]);
    sandbox.write("harbor.toml", "provider = 3\n");
    let run = sandbox.scan(&["--staged"]).exits(1);
    assert!(run.findings().iter().any(|found| found.ends_with("src/b.py:1")));
    assert_eq!(run.notifications(), [""; 0]);
}

const GITLEAKS: &str = r#"
title = "ours"
[extend]
useDefault = true
disabledRules = ["github-personal-access-token", "generic-api-key"]

[[rules]]
id = "harbor-rule"
description = "Harbor key"
regex = '''hrbk_([a-z0-9]{24})'''
keywords = ["HRBK_"]

[[rules]]
id = "harbor-file"
path = '''\.harbor$'''

[[allowlists]]
paths = ['''^docs/''']
"#;

#[test]
fn the_rules_of_gitleaks_run_beside_ours() {
    let settings = "[detectors]\ngitleaks = \".gitleaks.toml\"\n";
    let files = [
        (".gitleaks.toml", GITLEAKS),
        ("docs/a.md", KEY),
        ("src/b.py", OTHER),
        ("src/c.py", "c = 'hrbk_9kq4wz7xn2mv5tb8rj3hcd6f'  # gitleaks:allow\n"),
        ("src/d.py", "\nd = 'hrbk_5wz3kq8xn6mv2tb9rj4hcd7f'\n"),
        ("src/key.harbor", "nothing\n"),
        (".gitleaksignore", "# accepted\nsrc/d.py:harbor-rule:2\nsrc/b.py:harbor-rule:9\n"),
    ];
    let sandbox = team(settings, &files);
    assert_eq!(leaks(&sandbox), ["src/a.py:1", "src/b.py:1", "src/key.harbor:1"]);
    let told = sandbox.scan(&[]).exits(1).notifications();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with(".gitleaks.toml:5 no detector is called `generic-api-key`"));
    let report = sandbox.scan(&["--show-suppressed"]).json();
    let accepted: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["suppression"]["justification"].as_str())
        .collect();
    assert_eq!(accepted, ["gitleaks:allow", ".gitleaksignore"]);
    let shown = sandbox.run(&["scan", "--verbose"]).stdout;
    assert!(shown.contains("the gitleaks rule `harbor-rule`"), "{shown}");
    assert!(!shown.contains("3vz8kq5wn2xt7mb4rj9hcd6f") && !shown.contains("nothing"), "{shown}");
}

#[test]
fn a_configuration_of_gitleaks_that_cannot_be_used_is_told() {
    let cases = [
        (
            "[detectors]\ngitleaks = \"none.toml\"\n",
            "",
            "seaworthy.toml:2 none.toml: there is no such file in the repository",
        ),
        (
            "[detectors]\ngitleaks = \"../a.toml\"\n",
            "",
            "seaworthy.toml:2 the path must not leave the repository",
        ),
        ("[detectors]\ngitleaks = 3\n", "", "seaworthy.toml:2 expected a string"),
        (
            "[detectors]\ngitleaks = \"g.toml\"\n",
            "[[rules]]\nid = 'a'\nregex = '('\n",
            "g.toml:3 this expression is not understood, or too large",
        ),
        (
            "[detectors]\ngitleaks = \"g.toml\"\n",
            "[extend]\npath = 'more.toml'\n",
            "g.toml:null the configuration that this one extends cannot be read in the repository",
        ),
    ];
    for (settings, gitleaks, want) in cases {
        let sandbox = team(settings, &[("g.toml", gitleaks)]);
        assert_eq!(sandbox.scan(&[]).exits(2).notifications(), [want]);
    }
}

#[test]
fn packs_are_checked_with_their_examples() {
    let sandbox = Sandbox::with(&[
        ("good/harbor.toml", PACK),
        ("good/README.md", "no pack\n"),
        ("bad/harbor.toml", &PACK.replace("8fj3kq6wz2xn7mv4tb9rhd5c", "8fj3kq6wz2xn7mv4tb9r")),
        ("bad/clash.toml", &PACK.replace("\"harbor-key\"", "\"github-personal-access-token\"")),
    ]);
    for path in ["good/harbor.toml", "good", "good/*.toml", "g*/harbor.toml"] {
        let run = sandbox.run(&["rules", "check", path]).exits(0);
        assert_eq!(run.stdout, "all is right: 1 detector with 4 examples in 1 file\n", "{path}");
    }
    let run = sandbox.run(&["rules", "check", "bad/harbor.toml"]).exits(1);
    assert_eq!(
        run.stdout,
        "error[settings-invalid]: bad/harbor.toml:14:3: the detector finds nothing in this \
         example\n    'HARBOR_KEY=hrbk_8fj3kq6wz2xn7mv4tb9r',\n\n\
         1 problem: 1 detector with 4 examples in 1 file\n"
    );
    let run = sandbox.run(&["rules", "check", "bad/clash.toml"]).exits(1);
    assert!(run.stdout.contains("is taken by seaworthy itself"), "{}", run.stdout);
    for path in ["none.toml", "none/*.toml", "bad/harbor.toml/x"] {
        let run = sandbox.run(&["rules", "check", path]).exits(2);
        assert!(run.stderr.contains(path), "{}", run.stderr);
    }
}

#[test]
fn detectors_are_listed_and_explained() {
    let sandbox = Sandbox::with(&[]);
    let rules = sandbox.run(&["rules"]).exits(0).stdout;
    let last = rules.lines().last().unwrap();
    assert!(last.ends_with("detectors of secrets: `seaworthy rules --detectors`"), "{last}");
    let list = sandbox.run(&["rules", "--detectors"]).exits(0).stdout;
    assert!(list.lines().count() > 1_000);
    assert!(list.lines().any(|line| line.starts_with("github-personal-access-token ")));
    let json = sandbox.run(&["rules", "--detectors", "--format", "json"]).exits(0).json();
    assert_eq!(json.as_array().unwrap().len(), list.lines().count());

    let told = sandbox.run(&["explain", "github-personal-access-token"]).exits(0).stdout;
    for wanted in ["issued by GitHub", "Revoke it: ", "ghp_<36 characters>", "off = ["] {
        assert!(told.contains(wanted), "{wanted}\n{told}");
    }
    let run = sandbox.run(&["explain", "github-personal-token"]).exits(2);
    assert!(run.stderr.contains("\n  github-personal-access-token\n"), "{}", run.stderr);
}

#[test]
fn init_takes_over_from_gitleaks() {
    let from = ["init", "--from", "gitleaks", "--yes"];
    let sandbox = Sandbox::with(&[]);
    let run = sandbox.run(&from).exits(2);
    assert!(run.stderr.contains("there is no .gitleaks.toml"), "{}", run.stderr);

    let setting = "[detectors]\ngitleaks = \".gitleaks.toml\"\n";
    let cases = [
        ("fail-on = \"high\"\n", format!("fail-on = \"high\"\n\n{setting}")),
        (
            "[detectors] # ours\noff = []\n[rules]\n",
            "[detectors] # ours\ngitleaks = \".gitleaks.toml\"\noff = []\n[rules]\n".to_owned(),
        ),
    ];
    for (before, after) in cases {
        let sandbox = Sandbox::with(&[(".gitleaks.toml", ""), ("seaworthy.toml", before)]);
        let shown = sandbox.run(&["init", "--from", "gitleaks", "--dry-run"]).exits(0).stdout;
        assert!(shown.contains("gitleaks = \".gitleaks.toml\""), "{shown}");
        assert_eq!(sandbox.read("seaworthy.toml"), before);
        sandbox.run(&["init", "--from", "gitleaks"]).exits(2);
        assert_eq!(sandbox.read("seaworthy.toml"), before);
        sandbox.run(&from).exits(0);
        assert_eq!(sandbox.read("seaworthy.toml"), after);
        let run = sandbox.run(&from).exits(0);
        assert!(run.stdout.contains("is there already"), "{}", run.stdout);
        assert_eq!(sandbox.read("seaworthy.toml"), after);
    }
    let sandbox = Sandbox::with(&[(".gitleaks.toml", "")]);
    sandbox.run(&from).exits(0);
    assert!(sandbox.read("seaworthy.toml").ends_with(setting));
    sandbox.scan(&[]).exits(0);
    let odd = "detectors.off = []\n";
    let sandbox = Sandbox::with(&[(".gitleaks.toml", ""), ("seaworthy.toml", odd)]);
    sandbox.run(&from).exits(2);
    assert_eq!(sandbox.read("seaworthy.toml"), odd);
}

#[test]
fn fingerprints_with_a_commit_are_about_the_history() {
    let settings = "[detectors]\ngitleaks = \".gitleaks.toml\"\n";
    let sandbox = Sandbox::with(&[
        (".gitleaks.toml", "[[rules]]\nid = \"harbor-rule\"\nregex = '''hrbk_([a-z0-9]{24})'''\n"),
        ("seaworthy.toml", settings),
        ("src/old.py", KEY),
        ("src/new.py", OTHER),
    ]);
    let commit = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    sandbox.git(&["rm", "--quiet", "src/old.py"]);
    sandbox.git(&["commit", "--quiet", "--message=Remove"]);
    let open = |sandbox: &Sandbox| -> Vec<String> {
        let found = sandbox.scan(&["--history"]).findings();
        found.into_iter().filter(|found| found.contains("src/")).collect()
    };
    let past = "git-history-secret src/old.py:1";
    let present = "secret-known-token src/new.py:1";
    assert_eq!(open(&sandbox), [past, present]);
    let other = "0123456789abcdef0123456789abcdef01234567";
    for (commit, want) in [(other, vec![past, present]), (&*commit, vec![present])] {
        let lines =
            format!("{commit}:src/old.py:harbor-rule:1\n{commit}:src/new.py:harbor-rule:1\n");
        sandbox.write(".gitleaksignore", &lines);
        assert_eq!(open(&sandbox), want);
    }
}
