//! Marks by which other tools are told to be silent.

use crate::sandbox::{Run, Sandbox};

const KEYS: [&str; 6] = [
    "Hk3vTz9qLw5xRn7bMc2jYd4gPs8fUe6a",
    "q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f",
    "Zx7cVb2nMq9wEr4tYu6iOp1aSd8fGh3j",
    "Wm4kRj8vXt2pLq6nBz9sCy5dFh7gTa3e",
    "Tn6bVc3xZa9sDf2gHj5kLq8wEr4tYu7i",
    "Pk9jHg4fDs7aQw2eRt6yUi3oLz8xCv5b",
];

fn sandbox(settings: &str) -> Sandbox {
    let [a, b, c, d, e, f] = KEYS.map(|key| format!("api_key = \"{key}\""));
    let python = format!(
        "{a}  # gitleaks:allow\n{b}  # nosemgrep\n{c}  # pragma: allowlist secret\n\
         {d}  # nosec B105\n{e}\n\n# pragma: allowlist nextline secret\n{f}\n"
    );
    Sandbox::with(&[
        (".gitignore", ".env*\n"),
        ("a.py", &python),
        (
            "Dockerfile",
            "# hadolint ignore=DL3007\nFROM node:latest\n# checkov:skip=CKV_DOCKER_3:no\nCMD [\"node\", \"a.js\"]\n",
        ),
        ("seaworthy.toml", settings),
    ])
}

/// The lines of a.py that count, and the rules of the Dockerfile that do.
fn open(run: &Run) -> (Vec<String>, Vec<String>) {
    let (python, docker): (Vec<String>, Vec<String>) =
        run.findings().into_iter().partition(|finding| finding.contains(" a.py:"));
    let line = |finding: String| finding.rsplit_once(':').unwrap().1.to_owned();
    let rule = |finding: String| finding.split_once(' ').unwrap().0.to_owned();
    (python.into_iter().map(line).collect(), docker.into_iter().map(rule).collect())
}

#[test]
fn they_count_only_where_the_settings_say_so() {
    let all = ["1", "2", "3", "4", "5", "8"];
    let off = sandbox("");
    let run = off.scan(&[]).exits(1);
    let (python, docker) = open(&run);
    assert_eq!(python, all);
    for rule in ["dockerfile-base-unpinned", "dockerfile-user-root"] {
        assert!(docker.iter().any(|found| found == rule), "{docker:?}");
    }
    let told = run.notifications();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("7 findings stand at marks of other tools"), "{told:?}");
    assert!(told[0].contains("2 pragma: allowlist secret"), "{told:?}");
    let quiet = off.run(&["scan"]).stdout;
    assert!(!quiet.contains("foreign-ignores"), "{quiet}");
    let verbose = off.run(&["scan", "--verbose"]).stdout;
    assert!(verbose.contains("note[foreign-ignores]"), "{verbose}");

    let on = sandbox("foreign-ignores = true\n");
    let run = on.scan(&[]).exits(1);
    let (python, docker) = open(&run);
    assert_eq!(python, ["5"]);
    for rule in ["dockerfile-base-unpinned", "dockerfile-user-root"] {
        assert!(!docker.iter().any(|found| found == rule), "{docker:?}");
    }
    assert_eq!(run.notifications(), [""; 0]);
    assert_eq!(run.json()["statistics"]["findings"]["foreign"], 7);
    let shown = on.run(&["scan", "--show-suppressed"]).stdout;
    assert!(shown.contains(", 7 suppressed by marks of other tools"), "{shown}");
    assert!(shown.contains("(reason: pragma: allowlist secret)"), "{shown}");
}

#[test]
fn a_list_names_whose_marks_count() {
    let some = sandbox("foreign-ignores = [\"semgrep\", \"hadolint\"]\n");
    let run = some.scan(&[]).exits(1);
    let (python, docker) = open(&run);
    assert_eq!(python, ["1", "3", "4", "5", "8"]);
    assert!(docker.contains(&"dockerfile-user-root".to_owned()), "{docker:?}");
    assert!(!docker.contains(&"dockerfile-base-unpinned".to_owned()), "{docker:?}");
    for (setting, want) in [
        ("[\"semgerp\"]", "no such tool"),
        ("3", "expected true, false or a list"),
        ("\"true\"", "expected true, false or a list"),
    ] {
        let wrong = sandbox(&format!("foreign-ignores = {setting}\n"));
        let told = wrong.scan(&[]).exits(2).notifications();
        assert!(
            told.iter().any(|told| told.starts_with("seaworthy.toml:1 ") && told.contains(want)),
            "{told:?}"
        );
    }
}

#[test]
fn a_mark_of_secrets_silences_nothing_else() {
    let sandbox = Sandbox::with(&[
        (".gitignore", ".env*\n"),
        (
            "web/.env.staging",
            "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f # gitleaks:allow\n",
        ),
        ("seaworthy.toml", "foreign-ignores = true\n"),
    ]);
    let findings = sandbox.scan(&[]).exits(1).findings();
    assert!(findings.contains(&"public-env-secret web/.env.staging:1".to_owned()), "{findings:?}");
}

#[test]
fn an_ignore_of_our_own_speaks_first() {
    let python = format!(
        "# seaworthy: ignore[secret-generic-assignment] ours\napi_key = \"{}\"  # gitleaks:allow\n",
        KEYS[0]
    );
    let sandbox = Sandbox::with(&[
        (".gitignore", ".env*\n"),
        ("a.py", &python),
        ("seaworthy.toml", "foreign-ignores = true\n"),
    ]);
    let report = sandbox.scan(&[]).json();
    let findings = report["findings"].as_array().unwrap().iter();
    let reasons: Vec<&str> =
        findings.filter_map(|finding| finding["suppression"]["justification"].as_str()).collect();
    assert_eq!(reasons, ["ours"]);
}
