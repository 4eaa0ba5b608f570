//! `seaworthy.toml` and inline ignores.

use crate::sandbox::Sandbox;

/// A secret for the browser: critical.
const PUBLIC: &str = "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n";
const IGNORE: &str = ".env*\n";

fn web(settings: &str) -> Sandbox {
    Sandbox::with(&[
        (".gitignore", IGNORE),
        ("apps/web/.env.staging", PUBLIC),
        ("apps/shop/.env.staging", PUBLIC),
        ("seaworthy.toml", settings),
    ])
}

fn public(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let mut found = sandbox.scan(arguments).findings();
    found.retain(|finding| finding.starts_with("public-env-secret "));
    found
}

#[test]
fn a_rule_can_be_off_or_of_another_severity() {
    assert_eq!(public(&web(""), &[]).len(), 2);
    assert!(public(&web("[rules]\npublic-env-secret = \"off\"\n"), &[]).is_empty());
    let sandbox = web("[rules]\npublic-env-secret = \"info\"\n");
    let report = sandbox.scan(&[]).json();
    let severities: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "public-env-secret")
        .map(|finding| finding["severity"].as_str().unwrap())
        .collect();
    assert_eq!(severities, ["info", "info"]);
}

#[test]
fn excluded_paths_are_not_reported_on() {
    assert_eq!(
        public(&web("exclude = [\"apps/shop/\"]\n"), &[]),
        ["public-env-secret apps/web/.env.staging:1"],
    );
}

#[test]
fn the_nearest_settings_file_speaks() {
    let sandbox = web("[rules]\npublic-env-secret = \"off\"\n");
    sandbox.write("apps/shop/seaworthy.toml", "[rules]\npublic-env-secret = \"low\"\n");
    assert_eq!(public(&sandbox, &[]), ["public-env-secret apps/shop/.env.staging:1"]);
}

#[test]
fn a_given_settings_file_takes_the_place_of_all_others() {
    let sandbox = web("[rules]\npublic-env-secret = \"off\"\n");
    sandbox.write("ci/strict.toml", "exclude = [\"apps/web/\"]\n");
    assert_eq!(
        public(&sandbox, &["--config", "ci/strict.toml"]),
        ["public-env-secret apps/shop/.env.staging:1"],
    );
    let run = sandbox.run(&["scan", "--config", "ci/absent.toml"]).exits(2);
    assert!(run.stderr.contains("ci/absent.toml"), "{}", run.stderr);
}

#[test]
fn an_entry_accepts_findings_by_rule_and_path() {
    let sandbox = web(
        "[[ignore]]\nrules = [\"public-env-secret\"]\npaths = [\"apps/web/\"]\nreason = \"a sample\"\n",
    );
    assert_eq!(public(&sandbox, &[]), ["public-env-secret apps/shop/.env.staging:1"]);
    let report = sandbox.scan(&[]).json();
    let accepted = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| {
            finding["rule"] == "public-env-secret"
                && finding["location"]["path"] == "apps/web/.env.staging"
        })
        .unwrap();
    assert_eq!(accepted["suppression"]["kind"], "external");
    assert_eq!(accepted["suppression"]["justification"], "a sample");
}

#[test]
fn broken_settings_are_told_with_their_line_and_end_in_2() {
    let cases = [
        ("fail_on = \"low\"\n", 1, "unknown setting `fail_on`; did you mean `fail-on`?"),
        ("\nfail-on = \"loud\"\n", 2, "expected critical, high"),
        ("[rules]\npublic-env-secrets = \"off\"\n", 2, "did you mean `public-env-secret`?"),
        ("[rules]\npublic-env-secret = \"quiet\"\n", 2, "expected \"off\""),
        ("[thresholds]\npassword-min-length = \"long\"\n", 2, "expected a whole number"),
        ("[rules\n", 1, ""),
    ];
    for (settings, line, words) in cases {
        let run = web(settings).scan(&[]).exits(2);
        let told = run.notifications();
        assert!(
            told.iter().any(|told| {
                told.starts_with(&format!("seaworthy.toml:{line} ")) && told.contains(words)
            }),
            "{settings:?}: {told:#?}"
        );
        let full = web(settings).run(&["scan"]).exits(2);
        assert!(full.stdout.contains("seaworthy.toml"), "{}", full.stdout);
    }
}

#[test]
fn fail_on_in_the_settings_yields_to_the_argument() {
    let quiet = web("fail-on = \"never\"\n");
    quiet.scan(&[]).exits(0);
    quiet.scan(&["--fail-on", "critical"]).exits(1);
    let nested = web("");
    nested.write("apps/web/seaworthy.toml", "fail-on = \"never\"\n");
    let run = nested.scan(&[]).exits(2);
    assert!(run.notifications().iter().any(|told| told.contains("only in the root file")));
}

#[test]
fn inline_ignores_accept_with_a_reason() {
    let compose = |port: &str| {
        format!(
            "services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: ${{PW:?}}\n    ports:\n{port}"
        )
    };
    let cases = [
        "      - \"5432:5432\" # seaworthy: ignore[compose-db-port-published] behind the VPN\n",
        "      # seaworthy: ignore[compose-db-port-published] behind the VPN\n      - \"5432:5432\"\n",
    ];
    for port in cases {
        let sandbox = Sandbox::with(&[("docker-compose.prod.yml", &compose(port))]);
        let report = sandbox.scan(&[]).json();
        let finding = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["rule"] == "compose-db-port-published")
            .unwrap_or_else(|| panic!("{report}"))
            .clone();
        assert_eq!(finding["suppression"]["kind"], "in-source", "{port}");
        assert_eq!(finding["suppression"]["justification"], "behind the VPN");
        let full = sandbox.run(&["scan"]).stdout;
        assert!(!full.contains("[compose-db-port-published]"), "{full}");
        let shown = sandbox.run(&["scan", "--show-suppressed"]).stdout;
        assert!(shown.contains("behind the VPN"), "{shown}");
    }
}

#[test]
fn an_ignore_that_silences_nothing_is_told() {
    let sandbox = Sandbox::with(&[
        (".gitignore", IGNORE),
        ("seaworthy.toml", "[[ignore]]\nrules = [\"vercel-public-source\"]\n"),
        ("docker-compose.yml", "# seaworthy: ignore[compose-privileged] once\nservices: {}\n"),
        ("compose.dev.yaml", "# seaworthy: ignore[no-such-rule] why\nservices: {}\n"),
        ("compose.e2e.yaml", "# seaworthy: ignore why\nservices: {}\n"),
    ]);
    let told = sandbox.scan(&[]).notifications();
    for words in [
        "seaworthy.toml:1 an ignore entry silences nothing",
        "docker-compose.yml:1 an ignore of `compose-privileged` silences nothing",
        "compose.dev.yaml:1 an ignore names the unknown rule `no-such-rule`",
        "an ignore must name its rules",
    ] {
        assert!(told.iter().any(|told| told.contains(words)), "{words}: {told:#?}");
    }
    // A part of the findings does not tell what is unused.
    let part = sandbox.scan(&["docker-compose.yml"]).notifications();
    assert!(!part.iter().any(|told| told.contains("ignore of")), "{part:#?}");
}

#[test]
fn settings_of_the_index_count_for_a_staged_scan() {
    let sandbox = Sandbox::with(&[("README.md", "# Pier\n")]);
    sandbox.write("web/.env.staging", PUBLIC);
    sandbox.write("seaworthy.toml", "[rules]\npublic-env-secret = \"off\"\n");
    sandbox.git(&["add", "--all", "--force"]);
    sandbox.write("seaworthy.toml", "");
    assert!(public(&sandbox, &["--staged"]).is_empty());
    assert_eq!(public(&sandbox, &[]).len(), 1);
}
