//! Tests of the rules of a `.gitleaks.toml`.

use seaworthy_detector_pack::gitleaks::parse;

use super::*;

fn ready(text: &str) -> (Gitleaks, Vec<String>) {
    let (file, problems) = parse(text);
    assert!(problems.is_empty(), "{problems:?}");
    let (gitleaks, problems) = Gitleaks::new(vec![file], &|id| id == "known-detector");
    (gitleaks, problems.into_iter().flatten().map(|problem| problem.message).collect())
}

/// The secrets that a file's rules find.
fn found(rules: &str, path: &str, text: &str) -> Vec<String> {
    let (gitleaks, problems) = ready(rules);
    assert!(problems.is_empty(), "{problems:?}");
    let mut leaks = Vec::new();
    gitleaks.apply(text, path, &mut leaks);
    leaks.iter().map(|leak| leak.candidate.secret.0.clone()).collect()
}

const BODY: &str = "k7w2mz9qx4bt8rvn3hjd";

#[test]
fn rules_run_as_they_do_in_gitleaks() {
    let text = format!("HARBOR = hrb_{BODY} # ok\n");
    let whole = format!("hrb_{BODY}");
    let cases: [(&str, &str, &[&str]); 16] = [
        ("regex = '''hrb_[a-z0-9]{20}'''", "a.txt", &[&whole]),
        ("regex = '''hrb_([a-z0-9]{20})'''", "a.txt", &[BODY]),
        ("regex = '''(hrb)?_([a-z0-9]{20})'''\nsecretGroup = 2", "a.txt", &[BODY]),
        ("regex = '''(x)?_([a-z0-9]{20})'''", "a.txt", &[BODY]),
        ("regex = '''hrb_[a-z0-9]{20}'''\nkeywords = ['harbor']", "a.txt", &[&whole]),
        ("regex = '''hrb_[a-z0-9]{20}'''\nkeywords = ['quay', 'HRB_']", "a.txt", &[&whole]),
        ("regex = '''hrb_[a-z0-9]{20}'''\nkeywords = ['quay']", "a.txt", &[]),
        ("regex = '''hrb_[a-z0-9]{20}'''\npath = '''\\.ini$'''", "a.txt", &[]),
        ("regex = '''hrb_[a-z0-9]{20}'''\npath = '''\\.txt$'''", "a.txt", &[&whole]),
        ("regex = '''hrb_[a-z0-9]{20}'''\nentropy = 3.0", "a.txt", &[&whole]),
        ("regex = '''hrb_[a-z0-9]{20}'''\nentropy = 5.0", "a.txt", &[]),
        ("regex = '''(?i)HRB_[A-Z0-9]{20}\\b'''", "a.txt", &[&whole]),
        ("regex = '''hrb_[a-z0-9]{20}'''\n[rules.allowlist]\npaths=['a']", "a.txt", &[]),
        (
            "regex = '''hrb_[a-z0-9]{20}'''\n[rules.allowlist]\nregexTarget = 'line'\nregexes=['# ok$']",
            "a.txt",
            &[],
        ),
        (
            "regex = '''hrb_[a-z0-9]{20}'''\n[rules.allowlist]\nregexes=['# ok$']",
            "a.txt",
            &[&whole],
        ),
        ("regex = '''hrb_[a-z0-9]{20}'''\n[rules.allowlist]\nstopwords=['HJD']", "a.txt", &[]),
    ];
    for (rule, path, want) in cases {
        assert_eq!(found(&format!("[[rules]]\nid = 'r'\n{rule}\n"), path, &text), want, "{rule}");
    }
}

#[test]
fn all_kinds_of_a_joined_allowlist_must_apply() {
    let text = format!("key hrb_{BODY}\n");
    let rule = "[[rules]]\nid = 'r'\nregex = 'hrb_[a-z0-9]{20}'\n[[allowlists]]\n";
    let cases = [
        ("paths = ['^docs/']\nstopwords = ['zzz']", true),
        ("condition = 'AND'\npaths = ['^docs/']\nstopwords = ['zzz']", false),
        ("condition = 'AND'\npaths = ['^docs/']\nstopwords = ['hrb_']", true),
        ("condition = 'AND'\npaths = ['^docs/']\ncommits = ['4f5e']", false),
        ("commits = ['4f5e']", false),
        ("condition = 'AND'", false),
        ("targetRules = ['r']\npaths = ['^docs/']", true),
        ("targetRules = ['other']\npaths = ['^docs/']", false),
    ];
    for (list, allowed) in cases {
        let found = found(&format!("{rule}{list}\n"), "docs/a.md", &text);
        assert_eq!(found.is_empty(), allowed, "{list}");
    }
}

#[test]
fn placeholders_are_no_secrets_and_others_are_not_judged() {
    let rule = "[[rules]]\nid = 'r'\nregex = '''pin=(\\S+)'''\n";
    let cases = [("pin=4711", 1), ("pin=<your-pin>", 0), ("pin=${PIN}", 0), ("pin=sunflowers", 1)];
    for (text, want) in cases {
        assert_eq!(found(rule, "a.txt", text).len(), want, "{text}");
    }
}

#[test]
fn a_rule_of_paths_reports_the_file() {
    let (gitleaks, problems) =
        ready("[[rules]]\nid = 'r'\npath = '''\\.pin$'''\n[allowlist]\npaths = ['^test/']\n");
    assert!(problems.is_empty() && gitleaks.names_paths());
    assert!(gitleaks.of_path("a/b.pin").is_some());
    assert!(gitleaks.of_path("a/b.txt").is_none());
    assert!(gitleaks.of_path("test/b.pin").is_none());
}

#[test]
fn what_cannot_run_is_told() {
    let cases = [
        ("[[rules]]\nid = 'r'\nregex = 'a('\n", "not understood"),
        ("[[rules]]\nid = 'r'\nregex = '(?:[a-z]{1000}){1000}'\n", "too large"),
        ("[[rules]]\nid = 'r'\nregex = 'a(b)'\nsecretGroup = 2\n", "no group 2"),
        ("[[rules]]\nid = 'r'\n", "no detector has this id"),
        ("[[rules]]\nid = 'known-detector'\n", ""),
        ("[[rules]]\nid = 'r'\nregex = 'a'\n[[rules]]\nid = 'r'\nregex = 'b'\n", "is taken"),
        ("[allowlist]\npaths = ['[']\n", "not understood"),
    ];
    for (text, want) in cases {
        let (_, problems) = ready(text);
        let told = problems.join("\n");
        assert!(told.contains(want) && told.is_empty() == want.is_empty(), "{text}{told}");
    }
}

#[test]
fn many_matches_are_cut_and_hostile_texts_end() {
    let (gitleaks, _) = ready("[[rules]]\nid = 'r'\nregex = '''p=([0-9a-z]{6,9})'''\n");
    let mut text = String::new();
    for number in 0..3 * MAX_CANDIDATES {
        text.push_str(&format!("p={:06x}\n", number * 7919));
    }
    let mut leaks = Vec::new();
    assert!(gitleaks.apply(&text, "a", &mut leaks));
    assert!(leaks.len() <= MAX_CANDIDATES && leaks.len() > 100);
    let (gitleaks, _) = ready("[[rules]]\nid = 'r'\nregex = '''x*'''\n");
    let mut leaks = Vec::new();
    gitleaks.apply("äöü\n\n", "a", &mut leaks);
    assert!(leaks.is_empty());
}

#[test]
fn the_rules_of_a_second_file_are_added() {
    let files = [
        "[[rules]]\nid = 'a'\nregex = 'x1=(\\w+)'\n[[rules]]\nid = 'c'\n\
         [rules.allowlist]\nstopwords = ['harmless']\n",
        "[[rules]]\nid = 'a'\nregex = 'x2=(\\w+)'\n[[rules]]\nid = 'c'\nregex = 'x3=(\\w+)'\n\
         [allowlist]\npaths = ['^test/']\n",
    ];
    let files = files.map(|text| parse(text).0);
    let (gitleaks, problems) = Gitleaks::new(files.into(), &|_| false);
    assert!(problems.iter().all(Vec::is_empty), "{problems:?}");
    let count = |path: &str, text: &str| {
        let mut leaks = Vec::new();
        gitleaks.apply(text, path, &mut leaks);
        leaks.len()
    };
    assert_eq!(count("a", "x1=4kq9z7w x2=8mv3t6p x3=5hr2y1c"), 2);
    assert_eq!(count("a", "x3=5hr2y1c_harmless"), 0);
    assert_eq!(count("test/a", "x1=4kq9z7w"), 0);
}
