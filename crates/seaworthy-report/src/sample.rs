//! Reports for the tests of every renderer: one rich in features, one large.

use seaworthy_model::{
    Applicability, ArtifactPath, BaselineState, Context, Finding, Fingerprint, Fix, GitProvenance,
    Group, LineIndex, Location, Notification, NotificationKind, Precision, Region, Replacement,
    Report, Rule, Scope, Severity, Statistics, Suppression, SuppressionKind, mask,
};

/// The value that no report may show.
pub(crate) const SECRET: &str = "qT7vbX2mZr9LkW4sNd8h";

pub(crate) static WEAK: Rule = Rule {
    id: "jwt-secret-weak",
    former_ids: &["jwt-weak"],
    group: Group::Auth,
    summary: "JWT secret that can be guessed",
    help: "Flags a `JWT_SECRET` that is a word, a default or shorter than the\nkey size.\n\n\
           ## Why\n\nWhoever guesses it **signs** tokens. See [RFC 7518](https://www.rfc-editor.org/rfc/rfc7518).\n\n\
           ## Example\n\n```env fails\nJWT_SECRET=secret\n```\n",
    severity: Severity::Critical,
    precision: Precision::VeryHigh,
    cwe: &[521, 798],
    ..Rule::DEFAULT
};

pub(crate) static TRACKED: Rule = Rule {
    id: "env-file-tracked",
    group: Group::GitHygiene,
    summary: "environment file that git tracks",
    help: "Flags an environment file with secrets in the index of git.",
    severity: Severity::High,
    precision: Precision::VeryHigh,
    cwe: &[538],
    ..Rule::DEFAULT
};

pub(crate) static PORT: Rule = Rule {
    id: "compose-port-public",
    group: Group::Compose,
    summary: "database port published on all interfaces",
    help: "Flags a published port of a database.",
    severity: Severity::Medium,
    precision: Precision::High,
    cwe: &[668],
    ..Rule::DEFAULT
};

pub(crate) static HEADER: Rule = Rule {
    id: "header-referrer-policy",
    group: Group::HttpHeaders,
    summary: "no Referrer-Policy header",
    help: "Flags a deployment without a Referrer-Policy.",
    severity: Severity::Info,
    precision: Precision::Medium,
    cwe: &[],
    enabled: false,
    ..Rule::DEFAULT
};

/// Locates `needle` in `text`, masks `secrets` and cuts the context to the
/// lines around it.
pub(crate) fn locate(path: &str, text: &str, needle: &str, secrets: &[&str]) -> Location {
    let index = LineIndex::new(text);
    let at = text.find(needle).expect("the needle is in the text");
    let region = Region::new(at, at + needle.len());
    let first = index.line_of(region.start).saturating_sub(1);
    let last = (index.line_of(region.end) + 1).min(index.len() - 1);
    let window =
        Region::new(index.line_region(text, first).start, index.line_region(text, last).end);
    let mut masked = window.of(text).to_owned();
    for secret in secrets {
        masked = masked.replace(secret, &mask(secret));
    }
    Location {
        artifact: ArtifactPath::new(path),
        region,
        start: index.position(text, region.start),
        end: index.position(text, region.end),
        context: Some(Context {
            region: window,
            start: index.position(text, window.start),
            end: index.position(text, window.end),
            text: masked,
        }),
        label: None,
        line_hash: Some(format!("{:x}:1", 0x8d0f_b92b_c3cb_da93_u64 ^ at as u64)),
    }
}

/// A finding about a file as a whole.
pub(crate) fn whole_file(path: &str) -> Location {
    let start = LineIndex::new("").position("", 0);
    Location {
        artifact: ArtifactPath::new(path),
        region: Region::empty(0),
        start,
        end: start,
        context: None,
        label: None,
        line_hash: None,
    }
}

pub(crate) fn finding(rule: &'static Rule, message: &str, location: Location) -> Finding {
    let seed = location.region.start as u128 + 1;
    Finding {
        rule,
        severity: rule.severity,
        message: message.to_owned(),
        location,
        related: Vec::new(),
        fixes: Vec::new(),
        fingerprint: Fingerprint(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)),
        matters: Vec::new(),
        leak: None,
        suppression: None,
        baseline: None,
    }
}

pub(crate) fn label(mut location: Location, label: &str) -> Location {
    location.label = Some(label.to_owned());
    location
}

pub(crate) fn report(mut findings: Vec<Finding>) -> Report {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (f.location.artifact.clone(), f.location.region, f.rule.id);
        key(a).cmp(&key(b))
    });
    Report {
        version: "1.2.3",
        rules: vec![&PORT, &TRACKED, &HEADER, &WEAK],
        extensions: Vec::new(),
        findings,
        absent: Vec::new(),
        notifications: Vec::new(),
        statistics: Statistics { artifacts: 512, documents: 9 },
        scope: Scope::default(),
        git: None,
        fails_at: Some(Severity::Medium),
        exit_code: 1,
    }
}

const ENV: &str = "# grün 😀\nPORT=3000\nJWT_SECRET=qT7vbX2mZr9LkW4sNd8h\nDEBUG=1\n";
const COMPOSE: &str = "services:\n  db:\n    image: postgres\n    ports:\n      - \"5432:5432\"\n    environment:\n      JWT_SECRET: ${JWT_SECRET}\n      MODE: \"a\n        b\"\n";

/// Every feature of a report once.
pub(crate) fn rich() -> Report {
    let secret = |needle: &str| locate("api/.env", ENV, needle, &[SECRET]);
    let compose = |needle: &str| locate("docker-compose.yml", COMPOSE, needle, &[]);

    let mut weak = finding(
        &WEAK,
        "'JWT_SECRET' is a default value. Whoever reads the template can sign tokens (see [x](y))",
        label(secret(SECRET), "this value"),
    );
    weak.related = vec![
        label(compose("${JWT_SECRET}"), "service 'db' [main] reads it"),
        label(whole_file("README.md"), "documented here"),
        label(secret("JWT_SECRET"), "its name"),
    ];
    weak.baseline = Some(BaselineState::New);

    let mut tracked = finding(&TRACKED, "This file is tracked by git.", whole_file("src/ä b/.env"));
    tracked.severity = Severity::Low;

    let mut port = finding(
        &PORT,
        "Port 5432 of 'db' is published on all interfaces.",
        compose("\"5432:5432\""),
    );
    let mut start = port.location.start;
    start.column += 1;
    start.byte_column += 1;
    port.fixes = vec![Fix {
        title: "Bind the port to the loopback interface".to_owned(),
        applicability: Applicability::Safe,
        replacements: vec![Replacement {
            artifact: port.location.artifact.clone(),
            region: Region::empty(port.location.region.start + 1),
            start,
            end: start,
            text: "127.0.0.1:".to_owned(),
        }],
    }];

    let mut lines = finding(&PORT, "A value over two lines.", compose("\"a\n        b\""));
    lines.fixes = vec![
        Fix {
            title: "Drop the value".to_owned(),
            applicability: Applicability::Unsafe,
            replacements: vec![Replacement {
                artifact: lines.location.artifact.clone(),
                region: lines.location.region,
                start: lines.location.start,
                end: lines.location.end,
                text: String::new(),
            }],
        },
        Fix {
            title: "Write the value on one line".to_owned(),
            applicability: Applicability::DisplayOnly,
            replacements: Vec::new(),
        },
    ];

    let header = finding(&HEADER, "No Referrer-Policy is sent.", whole_file("vercel.json"));

    let mut accepted = finding(&WEAK, "'DEBUG' is on.", secret("DEBUG=1"));
    accepted.suppression = Some(Suppression {
        kind: SuppressionKind::InSource,
        justification: "local only".to_owned(),
    });
    let mut known = finding(&PORT, "'PORT' is known.", secret("PORT=3000"));
    known.baseline = Some(BaselineState::Unchanged);

    let mut report = report(vec![weak, tracked, port, lines, header, accepted, known]);
    report.notifications = vec![
        Notification::new(NotificationKind::Malformed, "a bracket is not closed")
            .in_artifact(ArtifactPath::new("broken\u{1b}[2J.json"))
            .at(LineIndex::new("\n\n").position("\n\n", 2)),
        Notification::new(NotificationKind::SettingsUnused, "'rules.foo' has no effect")
            .in_artifact(ArtifactPath::new("seaworthy.toml"))
            .quoting("foo = \"off\""),
        Notification::new(NotificationKind::GitUnknown, "the index cannot be read"),
    ];
    report.git = Some(GitProvenance {
        repository_uri: Some("git@git.example.com:team/shop.git".to_owned()),
        revision: Some("0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c".to_owned()),
        branch: Some("main".to_owned()),
        prefix: String::new(),
    });
    report
}

/// `count` findings over a hundred files, of all severities.
pub(crate) fn large(count: usize) -> Report {
    let rules: [&'static Rule; 4] = [&WEAK, &TRACKED, &PORT, &HEADER];
    let findings = (0..count)
        .map(|n| {
            let location = locate(&format!("dir/{:02}/.env", n % 100), ENV, SECRET, &[SECRET]);
            let mut finding = finding(rules[n % 4], &format!("Finding number {n}."), location);
            finding.fingerprint = Fingerprint(n as u128);
            finding
        })
        .collect();
    report(findings)
}

/// A writer that keeps nothing but figures.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    pub(crate) bytes: usize,
    pub(crate) largest_write: usize,
    pub(crate) writes: usize,
}

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes += bytes.len();
        self.largest_write = self.largest_write.max(bytes.len());
        self.writes += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
