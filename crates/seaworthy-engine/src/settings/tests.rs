use seaworthy_model::{Context, Fingerprint, Location, Position, SuppressionKind};

use super::*;

static SECRET: Rule = Rule { id: "secret-weak", former_ids: &["weak-secret"], ..Rule::DEFAULT };
static PORT: Rule = Rule { id: "port-public", ..Rule::DEFAULT };
static OPTIONAL: Rule = Rule { id: "pedantic", enabled: false, ..Rule::DEFAULT };
const RULES: [&Rule; 3] = [&SECRET, &PORT, &OPTIONAL];

fn read(files: &[(&str, &str)]) -> (Settings, Vec<Notification>) {
    let files = files.iter().map(|(path, text)| (ArtifactPath::new(path), (*text).to_owned()));
    Settings::read(files.collect(), &RULES)
}

fn finding(rule: &'static Rule, path: &str) -> Finding {
    let start = Position { line: 1, column: 1, byte_column: 1 };
    Finding {
        rule,
        severity: rule.severity,
        message: String::new(),
        location: Location {
            artifact: ArtifactPath::new(path),
            region: Region::empty(0),
            start,
            end: start,
            context: None::<Context>,
            label: None,
            line_hash: None,
        },
        related: Vec::new(),
        fixes: Vec::new(),
        fingerprint: Fingerprint(0),
        matters: Vec::new(),
        leak: None,
        suppression: None,
        baseline: None,
    }
}

#[test]
fn every_wrong_setting_is_told_with_its_place_and_line() {
    let cases = [
        ("fail-on = \"bad\"", "1: expected critical, high, medium", "fail-on = \"bad\""),
        ("\nfail-on = 3", "2: expected a string", "fail-on = 3"),
        ("exclude = \"legacy/\"", "1: expected a list of strings", "exclude = \"legacy/\""),
        ("exclude = [\n  \"a\",\n  4,\n]", "3: expected a string", "4,"),
        ("exclude = [\"a\\nb\"]", "1: a path must be on one line", "exclude = [\"a\\nb\"]"),
        ("exlude = []", "1: unknown setting `exlude`; did you mean `exclude`?", "exlude = …"),
        ("api-key = \"x1\"", "1: unknown setting `api-key`", "api-key = …"),
        ("rules = \"off\"", "1: expected a table", "rules = \"off\""),
        (
            "[rules]\nsecret-weka = \"off\"",
            "2: unknown rule `secret-weka`; did you mean `secret-weak`?",
            "secret-weka = \"off\"",
        ),
        ("[rules]\nsecret-weak = true", "2: expected \"off\"", "secret-weak = true"),
        ("[rules]\nsecret-weak = \"Off\"", "2: expected \"off\"", "secret-weak = \"Off\""),
        ("thresholds = 3", "1: expected a table", "thresholds = 3"),
        (
            "[thresholds]\npassword-min-length = \"16\"",
            "2: expected a whole number",
            "password-min-length = \"16\"",
        ),
        (
            "[thresholds]\npassword-min-length = -1",
            "2: expected a whole number",
            "password-min-length = -1",
        ),
        (
            "[thresholds]\npassword-length = 1",
            "2: unknown setting `password-length`",
            "password-length = …",
        ),
        ("headers = []", "1: expected a table", "headers = []"),
        ("[headers]\nrequired = \"csp\"", "2: expected a list of strings", "required = \"csp\""),
        ("[lockfiles]\nhosts = []", "2: unknown setting `hosts`", "hosts = …"),
        ("ignore = 1", "1: expected `[[ignore]]` tables", "ignore = 1"),
        ("ignore = [1]", "1: expected a table", "ignore = [1]"),
        ("[[ignore]]\nreason = \"why\"", "1: an ignore entry must name its `rules`", "[[ignore]]"),
        ("[[ignore]]\nrules = []", "1: an ignore entry must name its `rules`", "[[ignore]]"),
        (
            "[[ignore]]\nrules = \"port-public\"",
            "2: expected a list of strings",
            "rules = \"port-public\"",
        ),
        ("[[ignore]]\nrules = [\"port-public\"]\nreason = 3", "3: expected a string", "reason = 3"),
        (
            "[rules]\nsecret-weak = \"low\"\nsecret-weak = \"off\"",
            "3: duplicate key",
            "secret-weak = \"off\"",
        ),
        (
            "[rules]\nsecret-weak = \"low\"\nweak-secret = \"off\"",
            "3: `secret-weak` is set twice",
            "weak-secret = \"off\"",
        ),
        ("fail-on = ", "1: ", "fail-on ="),
        ("plugin-failures = true", "1: expected \"fail\" or \"report\"", "plugin-failures = true"),
        ("[plugins.a]\nconfig = {}", "1: a plugin needs a `source`", "[plugins.a]"),
        (
            "[plugins.a]\nsorce = 'a.wasm'",
            "2: unknown setting `sorce`; did you mean `source`?",
            "sorce = …",
        ),
    ];
    for (text, want, line) in cases {
        let (_, notifications) = read(&[("seaworthy.toml", text)]);
        let first = notifications.first().unwrap_or_else(|| panic!("nothing said on {text}"));
        let at = first.position.map_or(0, |position| position.line);
        let got = format!("{at}: {}", first.message);
        assert!(got.starts_with(want), "{text}: {got}");
        assert_eq!(first.excerpt.as_deref(), Some(line), "{text}");
        assert_eq!(first.kind, NotificationKind::SettingsInvalid, "{text}");
    }
}

#[test]
fn what_is_right_is_not_complained_about() {
    let cases = [
        "",
        "\u{feff}fail-on = \"never\"\r\n",
        "fail-on = \"warning\"\nexclude = [\"a/\", \"!a/b\"]\n",
        "[rules]\nsecret-weak = \"off\"\nweak-secret-is = 1\n",
        "rules.secret-weak = \"critical\"\nrules.\"port-public\" = \"info\"",
        "[thresholds]\njwt-secret-min-length = 4_8\n",
        "[headers]\nrequired = [\"X-Frame-Options\"]\n[lockfiles]\nallowed-hosts = []\n",
        "[[ignore]]\nrules = [\"weak-secret\"]\npaths = [\"a\"]\nreason = \"r\"\n",
    ];
    for text in cases {
        let (_, notifications) = read(&[("seaworthy.toml", text)]);
        let expected = usize::from(text.contains("weak-secret-is"));
        assert_eq!(notifications.len(), expected, "{text}: {notifications:?}");
    }
}

#[test]
fn values_reach_the_rules() {
    let text = "fail-on = \"never\"\n[thresholds]\njwt-secret-min-length = 4_8\n\
                access-token-max-seconds = 60\n[headers]\nrequired = [\"X-Frame-Options\"]\n\
                [lockfiles]\nallowed-hosts = [\"packages.example.com\"]\n";
    let (settings, _) = read(&[("seaworthy.toml", text)]);
    assert_eq!(settings.fail_on, Some(FailOn::Never));
    assert_eq!(settings.options.jwt_secret_min_length, 48);
    assert_eq!(settings.options.access_token_max_seconds, 60);
    assert_eq!(settings.options.required_headers, ["x-frame-options"]);
    assert_eq!(settings.options.lockfile_hosts, ["packages.example.com"]);
}

#[test]
fn the_nearest_file_wins_and_a_former_id_counts() {
    let (settings, complaints) = read(&[
        ("seaworthy.toml", "rules.weak-secret = \"off\"\nrules.port-public = \"low\"\n"),
        ("apps/seaworthy.toml", "rules.secret-weak = \"high\"\nrules.pedantic = \"info\"\n"),
        ("apps/web/seaworthy.toml", "rules.port-public = \"off\"\n"),
    ]);
    assert_eq!(complaints, []);
    let cases = [
        (&SECRET, ".env", None),
        (&SECRET, "apps/.env", Some(Some(Severity::High))),
        (&SECRET, "apps/web/deep/.env", Some(Some(Severity::High))),
        (&SECRET, "apps-old/.env", None),
        (&PORT, "x/compose.yml", Some(Some(Severity::Low))),
        (&PORT, "apps/compose.yml", Some(Some(Severity::Low))),
        (&PORT, "apps/web/compose.yml", None),
        (&OPTIONAL, ".env", None),
        (&OPTIONAL, "apps/.env", Some(Some(Severity::Info))),
    ];
    for (rule, path, want) in cases {
        let wanted = settings.wants(rule, Some(path)).then(|| settings.severity(rule, path));
        assert_eq!(wanted, want, "{} in {path}", rule.id);
    }
    // Somewhere below they are wanted, so a rule over the repository must run.
    assert!(settings.wants(&SECRET, None) && settings.wants(&OPTIONAL, None));
    let (settings, _) = read(&[("seaworthy.toml", "rules.port-public = \"off\"")]);
    assert!(!settings.wants(&PORT, None) && !settings.wants(&OPTIONAL, None));
}

#[test]
fn some_keys_count_only_in_the_root_file() {
    for key in ["fail-on", "thresholds", "headers", "lockfiles", "plugins", "plugin-failures"] {
        let (settings, complaints) = read(&[("a/seaworthy.toml", &format!("{key} = \"never\""))]);
        assert_eq!(complaints.len(), 1);
        assert_eq!(complaints[0].message, format!("`{key}` counts only in the root file"));
        assert_eq!(settings.fail_on, None);
    }
}

#[test]
fn excludes_are_relative_to_their_file() {
    let (settings, _) = read(&[
        ("seaworthy.toml", "exclude = [\"legacy/\", \"*.example\", \"!keep.example\"]"),
        ("apps/seaworthy.toml", "exclude = [\"/old\"]"),
    ]);
    let cases = [
        ("legacy/.env", true),
        ("a/legacy/b/.env", true),
        ("a/.env.example", true),
        ("keep.example", false),
        ("apps/old/.env", true),
        ("old/.env", false),
        ("apps/a/old/.env", false),
        (".env", false),
    ];
    for (path, want) in cases {
        assert_eq!(settings.excludes(path), want, "{path}");
    }
    let (everything, _) = read(&[("seaworthy.toml", "exclude = [\"**\"]")]);
    assert!(everything.excludes(".env") && everything.excludes("a/b"));
}

#[test]
fn excludes_that_match_no_file_are_told() {
    let text = "exclude = [\n\"legacy/\",\n\"*.md\",\n\"docs/**\",\n\"gone/\",\n\"# note\",\n\"!docs/keep.md\",\n]";
    let (settings, _) = read(&[("seaworthy.toml", text)]);
    // `*.md` decides nothing since `docs/**` comes later, yet matches a file.
    let unused = settings.unused_excludes(&["legacy/.env", "docs/a.md", "docs/keep.md"]);
    let lines: Vec<_> = unused.iter().map(|n| n.excerpt.clone().unwrap_or_default()).collect();
    assert_eq!(lines, ["\"gone/\",", "\"# note\","]);
    assert!(unused.iter().all(|n| n.kind == NotificationKind::SettingsUnused));
}

#[test]
fn ignore_entries_accept_by_rule_and_path_and_tell_when_unused() {
    let text = "[[ignore]]\nrules = [\"weak-secret\"]\npaths = [\"/a/\"]\nreason = \"demo\"\n\
                [[ignore]]\nrules = [\"port-public\"]\n\
                [[ignore]]\nrules = [\"pedantic\"]\n\
                [[ignore]]\nrules = [\"secret-weak\"]\npaths = [\"b\"]\n";
    let (settings, _) = read(&[("apps/seaworthy.toml", text)]);
    let mut findings =
        [finding(&SECRET, "apps/a/.env"), finding(&SECRET, "apps/.env"), finding(&PORT, "a.yml")];
    let told = settings.suppress(&mut findings);
    let accepted: Vec<_> = findings.iter().map(|f| f.suppression.clone()).collect();
    let demo = Suppression { kind: SuppressionKind::External, justification: "demo".to_owned() };
    assert_eq!(accepted, [Some(demo), None, None]);
    // The rule `pedantic` is off, so its entry is not called unused.
    let lines: Vec<_> = told.iter().map(|n| n.position.map_or(0, |p| p.line)).collect();
    assert_eq!(lines, [5, 9]);
}

#[test]
fn a_hostile_file_is_read_in_bounded_time_and_words() {
    let many = |line: &str| line.repeat(20_000);
    let cases = [
        many("x"),
        (0..20_000).map(|n| format!("k{n} = 1\n")).collect(),
        format!("[rules]\n{}", (0..20_000).map(|n| format!("r{n} = 1\n")).collect::<String>()),
        format!("exclude = [{}]", many("1,\n")),
        format!("exclude = [{}]", many("\"*a*b*c\",")),
        many("[[ignore]]\nrules=[\"port-public\"]\n"),
        format!("a = {}", "[".repeat(100_000)),
        many("a."),
        format!("{} = 1", "k".repeat(500_000)),
    ];
    for text in cases {
        let (settings, told) = read(&[("seaworthy.toml", &text)]);
        assert!(told.len() <= 101, "{}", told.len());
        assert!(told.iter().all(|n| n.message.len() < 500));
        assert!(settings.scopes[0].says.ignores.len() <= 1_000);
        let _ = settings.excludes("a/b/c/d");
    }
}
