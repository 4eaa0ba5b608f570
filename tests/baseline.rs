//! What a team knows of: the baseline and its commands.

use serde_json::Value;

use crate::sandbox::{Run, Sandbox};

const FILE: &str = "seaworthy-baseline.json";
const SECRET: &str = "q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f";

fn public(name: &str) -> String {
    format!("NEXT_PUBLIC_{name}_SECRET={SECRET}{name}\n")
}

fn web() -> Sandbox {
    Sandbox::with(&[
        (".gitignore", ".env*\n"),
        ("apps/web/.env.staging", &format!("{}{}", public("A"), public("B"))),
    ])
}

/// The paths of findings that count, with rule and line.
fn open(run: &Run) -> Vec<String> {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap().iter();
    let open = findings.filter(|f| f["suppression"].is_null() && f["baseline"] != "unchanged");
    let mut open: Vec<String> = open
        .map(|finding| {
            format!(
                "{} {}:{}",
                finding["rule"].as_str().unwrap(),
                finding["location"]["path"].as_str().unwrap(),
                finding["location"]["start"]["line"],
            )
        })
        .collect();
    open.sort();
    open
}

fn stale(run: &Run) -> Vec<String> {
    let mut told = run.notifications();
    told.retain(|told| told.contains("not found any more"));
    told
}

fn create(sandbox: &Sandbox) {
    let run = sandbox.run(&["baseline", "create"]).exits(0);
    assert!(run.stdout.contains("Wrote seaworthy-baseline.json: "), "{}", run.stdout);
}

#[test]
fn what_was_there_counts_no_longer_and_what_is_new_does() {
    let sandbox = web();
    sandbox.scan(&[]).exits(1);
    create(&sandbox);
    let run = sandbox.scan(&[]).exits(0);
    assert_eq!((open(&run), stale(&run)), (vec![], vec![]));
    assert_eq!(run.json()["statistics"]["findings"]["open"], 0);
    sandbox.scan(&["--no-baseline"]).exits(1);

    // Moved lines are no news; another name is.
    let text = format!("# a\n\n{}{}{}", public("B"), public("A"), public("C"));
    sandbox.write("apps/web/.env.staging", &text);
    let run = sandbox.scan(&[]).exits(1);
    assert_eq!(open(&run), ["public-env-secret apps/web/.env.staging:5"]);
    assert_eq!(stale(&run), [""; 0]);
}

#[test]
fn the_terminal_says_how_many_are_known_and_lists_them_when_asked() {
    let sandbox = web();
    create(&sandbox);
    let run = sandbox.run(&["scan"]).exits(0);
    assert!(run.stdout.contains("in the baseline"), "{}", run.stdout);
    assert!(!run.stdout.contains("public-env-secret"), "{}", run.stdout);
    let run = sandbox.run(&["scan", "--show-suppressed"]).exits(0);
    assert!(run.stdout.contains("baseline[public-env-secret]"), "{}", run.stdout);
}

#[test]
fn no_secret_and_no_line_stands_in_a_baseline() {
    for case in crate::sandbox::CASES {
        let sandbox = Sandbox::fixture(case);
        create(&sandbox);
        let text = sandbox.read(FILE);
        let baseline: Value = serde_json::from_str(&text).unwrap();
        for entry in baseline["entries"].as_array().unwrap() {
            for (key, _) in entry.as_object().unwrap() {
                assert!(["path", "rule", "evidence", "count"].contains(&key.as_str()), "{entry}");
            }
        }
        let run = sandbox.scan(&[]).exits(0);
        assert_eq!(open(&run), [""; 0], "{case}");
        assert_eq!(stale(&run), [""; 0], "{case}");
        let lines = baseline["entries"].as_array().unwrap().len();
        assert_eq!(text.lines().count(), lines + 5, "{case}: one entry a line");
    }
}

#[test]
fn evidence_does_not_depend_on_the_secret() {
    let texts =
        ["q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f", "Hk3vTz9qLw5xRn7bMc2jYd4gPs8fUe6a"].map(|secret| {
            let sandbox = Sandbox::with(&[
                (".gitignore", ".env*\n"),
                ("web/.env.staging", &format!("NEXT_PUBLIC_A_SECRET={secret}\n")),
                ("src/api.py", &format!("API_KEY = \"{secret}\"\n")),
            ]);
            create(&sandbox);
            sandbox.read(FILE)
        });
    assert!(texts[0].contains("src/api.py"), "{}", texts[0]);
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn of_equal_findings_as_many_are_known_as_were_there() {
    let keys = [
        "Hk3vTz9qLw5xRn7bMc2jYd4gPs8fUe6a",
        "q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f",
        "Zx7cVb2nMq9wEr4tYu6iOp1aSd8fGh3j",
        "Wm4kRj8vXt2pLq6nBz9sCy5dFh7gTa3e",
    ];
    let text =
        |keys: &[&str]| keys.iter().map(|key| format!("api_key = \"{key}\"\n")).collect::<String>();
    let sandbox = Sandbox::with(&[(".gitignore", ".env*\n"), ("settings.py", &text(&keys[..3]))]);
    let before = open(&sandbox.scan(&[]));
    assert_eq!(before.len(), 3, "{before:?}");
    create(&sandbox);
    assert!(sandbox.read(FILE).contains("\"count\": 3"), "{}", sandbox.read(FILE));

    sandbox.write("settings.py", &text(&keys[1..3]));
    let run = sandbox.scan(&[]).exits(0);
    assert_eq!((open(&run).len(), stale(&run).len()), (0, 1));

    sandbox.write("settings.py", &text(&keys));
    let run = sandbox.scan(&[]).exits(1);
    assert_eq!((open(&run).len(), stale(&run).len()), (1, 0));

    // One that somebody accepts otherwise needs no place in the baseline.
    let accepted = text(&keys[..3]).replacen(
        '\n',
        "  # seaworthy: ignore[secret-generic-assignment] a sample\n",
        1,
    );
    sandbox.write("settings.py", &accepted);
    let run = sandbox.scan(&[]).exits(0);
    assert_eq!((open(&run).len(), stale(&run).len()), (0, 1), "{:?}", before);
}

#[test]
fn update_takes_in_what_is_new_and_keeps_reasons() {
    let sandbox = web();
    sandbox.run(&["baseline", "create", "--reason", "before the audit"]).exits(0);
    let before = sandbox.read(FILE);
    sandbox.write("apps/web/.env.staging", &format!("{}{}", public("A"), public("C")));
    let run = sandbox.run(&["baseline", "update", "--dry-run", "--reason", "later"]).exits(0);
    assert!(
        run.stdout.contains("+ public-env-secret (critical) apps/web/.env.staging:2"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("- public-env-secret apps/web/.env.staging"), "{}", run.stdout);
    assert_eq!(sandbox.read(FILE), before);
    sandbox.run(&["baseline", "update", "--reason", "later"]).exits(0);
    let text = sandbox.read(FILE);
    let reasons = |reason: &str| text.matches(reason).count();
    assert!(reasons("before the audit") >= 1 && reasons("later") >= 1, "{text}");
    assert_eq!((open(&sandbox.scan(&[]).exits(0)).len(), stale(&sandbox.scan(&[])).len()), (0, 0));
}

#[test]
fn prune_only_drops() {
    let sandbox = web();
    create(&sandbox);
    sandbox.write("apps/web/.env.staging", &format!("{}{}", public("A"), public("C")));
    sandbox.run(&["baseline", "prune"]).exits(0);
    let run = sandbox.scan(&[]).exits(1);
    assert_eq!((open(&run).len(), stale(&run).len()), (1, 0));
}

#[test]
fn nothing_is_stale_where_only_a_part_was_looked_at() {
    let sandbox = web();
    sandbox.write("README.md", "# A\n");
    create(&sandbox);
    sandbox.write("apps/web/.env.staging", &public("A"));
    assert_eq!(stale(&sandbox.scan(&[])).len(), 1);
    sandbox.git(&["add", "--all", "--force"]);
    assert_eq!(stale(&sandbox.scan(&["--staged"])), [""; 0]);
    assert_eq!(stale(&sandbox.scan(&["README.md"])), [""; 0]);
    sandbox.write("seaworthy.toml", "[rules]\npublic-env-secret = \"off\"\n");
    assert_eq!(stale(&sandbox.scan(&[])), [""; 0]);
    sandbox.write("seaworthy.toml", "exclude = [\"apps/\"]\n");
    assert_eq!(stale(&sandbox.scan(&[])), [""; 0]);
}

#[test]
fn a_moved_file_is_known_under_its_new_name() {
    let sandbox = web();
    create(&sandbox);
    sandbox.git(&["mv", "apps/web", "apps/site"]);
    let run = sandbox.scan(&[]).exits(0);
    assert_eq!((open(&run), stale(&run)), (vec![], vec![]));
    // The hook sees it, too.
    sandbox.git(&["add", "--force", FILE]);
    assert_eq!(open(&sandbox.scan(&["--staged"]).exits(0)), [""; 0]);
    let run = sandbox.run(&["baseline", "prune"]).exits(0);
    assert!(
        run.stdout.contains("apps/web/.env.staging is apps/site/.env.staging now"),
        "{}",
        run.stdout
    );
    assert!(!sandbox.read(FILE).contains("apps/web"), "{}", sandbox.read(FILE));
    sandbox.scan(&[]).exits(0);
}

#[test]
fn a_copy_is_no_move() {
    let sandbox = web();
    create(&sandbox);
    sandbox.write("apps/site/.env.staging", &sandbox.read("apps/web/.env.staging"));
    let run = sandbox.scan(&[]).exits(1);
    assert!(open(&run).iter().any(|finding| finding.contains("apps/site/.env.staging")));
}

#[test]
fn a_known_secret_in_another_place_is_new() {
    let text = format!("api_key = \"{SECRET}\"\n");
    let sandbox = Sandbox::with(&[("a.py", &text), ("b.py", &text)]);
    create(&sandbox);
    assert_eq!(open(&sandbox.scan(&[]).exits(0)), [""; 0]);
    sandbox.write("c.py", &text);
    let found = open(&sandbox.scan(&[]).exits(1));
    assert_eq!(found, ["secret-generic-assignment c.py:1"]);
}

#[test]
fn the_past_of_a_known_secret_is_known() {
    let text = format!("api_key = \"{SECRET}\"\n");
    let sandbox = Sandbox::with(&[("a.py", &text)]);
    create(&sandbox);
    assert_eq!(open(&sandbox.scan(&["--history"]).exits(0)), [""; 0]);
    sandbox.write("a.py", "");
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message=Gone"]);
    assert_eq!(stale(&sandbox.scan(&[])).len(), 1);
    assert_eq!(open(&sandbox.scan(&["--history"]).exits(1)).len(), 1);
}

#[test]
fn settings_and_an_argument_say_where_it_is() {
    let sandbox = web();
    sandbox.write("seaworthy.toml", "baseline = \"ci/known.json\"\n");
    sandbox.write("ci/README", "");
    let run = sandbox.scan(&[]).exits(2);
    assert!(
        run.notifications()
            .iter()
            .any(|told| told.starts_with("seaworthy.toml:1 there is no baseline ci/known.json"))
    );
    sandbox.run(&["baseline", "create"]).exits(0);
    sandbox.scan(&[]).exits(0);
    sandbox.run(&["baseline", "create", "--baseline", "other.json"]).exits(0);
    assert_eq!(sandbox.read("ci/known.json"), sandbox.read("other.json"));
    sandbox.write("seaworthy.toml", "");
    sandbox.scan(&[]).exits(1);
    sandbox.scan(&["--baseline", "other.json"]).exits(0);
    let run = sandbox.run(&["scan", "--baseline", "absent.json"]).exits(2);
    assert!(run.stderr.contains("absent.json"), "{}", run.stderr);
    for (setting, want) in [
        ("\"../known.json\"", "must not leave"),
        ("\"/etc/passwd\"", "must not leave"),
        ("3", "expected a string"),
    ] {
        sandbox.write("seaworthy.toml", &format!("baseline = {setting}\n"));
        let told = sandbox.scan(&[]).exits(2).notifications();
        assert!(told.iter().any(|told| told.contains(want)), "{told:?}");
    }
}

#[test]
fn a_baseline_that_cannot_be_relied_on_is_told_and_the_scan_goes_on() {
    let sandbox = web();
    create(&sandbox);
    let good = sandbox.read(FILE);
    let cases = [
        ("", 1, "cut off"),
        (&good[..good.len() / 2], 0, "cut off"),
        ("{\"version\": 2}", 1, "newer seaworthy"),
        (&format!("<<<<<<< HEAD\n{good}=======\n>>>>>>> theirs\n"), 1, "unfinished merge"),
        (&good.replace("apps/web/", "../apps/"), 0, "no path below the root"),
        ("[1]", 1, "expected an object"),
    ];
    for (text, line, want) in cases {
        sandbox.write(FILE, text);
        let run = sandbox.scan(&[]).exits(2);
        let told = run.notifications();
        let found = told
            .iter()
            .find(|told| told.contains(want))
            .unwrap_or_else(|| panic!("{want}: {told:?}"));
        assert!(line == 0 || found.starts_with(&format!("{FILE}:{line} ")), "{found}");
        assert!(!open(&run).is_empty(), "{want}");
        let run = sandbox.run(&["baseline", "update"]).exits(2);
        assert!(run.stderr.contains(want) && run.stderr.contains(FILE), "{}", run.stderr);
        assert_eq!(sandbox.read(FILE), text);
    }
    sandbox.write(FILE, &good);
    let run = sandbox.run(&["baseline", "create"]).exits(2);
    assert!(run.stderr.contains("exists already"), "{}", run.stderr);
    sandbox.run(&["baseline", "create", "--force"]).exits(0);
    assert_eq!(sandbox.read(FILE), good);
}

#[test]
fn an_entry_that_stands_twice_counts_once_and_is_told() {
    let sandbox = web();
    create(&sandbox);
    let text = sandbox.read(FILE);
    let line = text.lines().find(|line| line.contains("public-env-secret")).unwrap();
    let line = format!("{},\n", line.trim_end_matches(','));
    sandbox.write(FILE, &text.replacen("\"entries\": [\n", &format!("\"entries\": [\n{line}"), 1));
    let run = sandbox.scan(&[]).exits(0);
    assert!(
        run.notifications().iter().any(|told| told.contains("a second time")),
        "{}",
        run.stdout
    );
    sandbox.run(&["baseline", "prune"]).exits(0);
    assert_eq!(sandbox.read(FILE), text);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_of_the_repository() {
    let sandbox = web();
    let outside = sandbox.root().parent().unwrap().join("home/notes.json");
    std::fs::write(&outside, "{}").unwrap();
    std::os::unix::fs::symlink(&outside, sandbox.root().join(FILE)).unwrap();
    for command in ["create", "update", "prune"] {
        let run = sandbox.run(&["baseline", command]).exits(2);
        assert!(run.stderr.contains(FILE), "{}", run.stderr);
    }
    std::fs::remove_file(sandbox.root().join(FILE)).unwrap();
    std::os::unix::fs::symlink(outside.parent().unwrap(), sandbox.root().join("ci")).unwrap();
    sandbox.write("seaworthy.toml", "baseline = \"ci/known.json\"\n");
    sandbox.run(&["baseline", "create"]).exits(2);
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "{}");
    assert_eq!(std::fs::read_dir(outside.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_hook_that_reads_the_index_reads_its_baseline() {
    let sandbox = web();
    sandbox.write("apps/web/.env.staging", &public("A"));
    create(&sandbox);
    sandbox.git(&["add", "--all", "--force"]);
    sandbox.scan(&["--staged"]).exits(0);
    sandbox.write(FILE, "broken");
    sandbox.scan(&["--staged"]).exits(0);
}

#[test]
fn sarif_tells_the_state_of_every_result_and_github_hears_of_new_ones_only() {
    let sandbox = web();
    create(&sandbox);
    sandbox.write("apps/web/.env.staging", &format!("{}{}", public("A"), public("C")));
    let results = |profile: &str| {
        let run = sandbox.run(&["scan", "--format", "sarif", "--sarif-profile", profile]);
        run.json()["runs"][0]["results"].as_array().unwrap().clone()
    };
    let full = results("full");
    let of = |state: &str| full.iter().filter(|result| result["baselineState"] == state).count();
    assert_eq!(of("new") + of("unchanged") + of("absent"), full.len());
    assert_eq!((of("new"), of("absent")), (1, 1));
    let absent = full.iter().find(|result| result["baselineState"] == "absent").unwrap();
    assert_eq!((absent["kind"].as_str(), absent["level"].as_str()), (Some("pass"), Some("none")));
    let github = results("github");
    assert_eq!(github.len(), 1);
    assert!(github[0]["baselineState"].is_null());
}

#[test]
fn a_secret_in_the_baseline_itself_is_found() {
    let sandbox = web();
    create(&sandbox);
    assert!(!sandbox.scan(&[]).stdout.contains(FILE));
    let text = sandbox.read(FILE).replacen("{\"path\"", "{\"api_key\": \"{SECRET}\", \"path\"", 1);
    sandbox.write(FILE, &text.replace("{SECRET}", SECRET));
    assert!(open(&sandbox.scan(&[]).exits(1)).iter().any(|finding| finding.contains(FILE)));
}

#[test]
fn an_audit_lists_every_entry_with_its_lines() {
    let sandbox = web();
    sandbox.run(&["baseline", "create", "--reason", "old ones"]).exits(0);
    sandbox.write("apps/web/.env.staging", &format!("\n{}", public("A")));
    let run = sandbox.run(&["baseline", "audit"]).exits(0);
    let line = |want: &str| {
        run.stdout
            .lines()
            .find(|line| line.contains(want))
            .unwrap_or_else(|| panic!("{}", run.stdout))
    };
    assert!(
        line("undecided       public-env-secret").ends_with("apps/web/.env.staging:2  (old ones)")
    );
    assert!(line("stale ").contains("public-env-secret  apps/web/.env.staging  (old ones)"));
    assert!(
        line("entries for").contains("1 stale: `seaworthy baseline prune` drops it"),
        "{}",
        run.stdout
    );
}
