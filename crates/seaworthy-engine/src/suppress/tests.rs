use std::fmt::Write as _;
use std::sync::Arc;

use seaworthy_analysis::{Options, ReadProblem, SourceText, TextSource};
use seaworthy_model::{ArtifactPath, Fingerprint, LineIndex, Location};

use super::*;

static SECRET: Rule = Rule { id: "secret-weak", former_ids: &["weak-secret"], ..Rule::DEFAULT };
static PORT: Rule = Rule { id: "port-public", ..Rule::DEFAULT };
static TRACKED: Rule = Rule { id: "env-tracked", group: Group::GitHygiene, ..Rule::DEFAULT };
const RULES: [&Rule; 3] = [&SECRET, &PORT, &TRACKED];

struct One(Arc<str>);

impl TextSource for One {
    fn read(&self, _: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        Ok(SourceText { text: Arc::clone(&self.0), decoded: None })
    }
}

/// A snapshot of one file, with a finding of `secret-weak` on each line that
/// says `BAD`.
pub(super) fn case(path: &str, text: &str) -> (Snapshot, Vec<Finding>) {
    let artifact = ArtifactPath::new(path);
    let source = Arc::new(One(Arc::from(text)));
    let snapshot = Snapshot::new(vec![artifact.clone()], source, None, Options::default());
    let lines = LineIndex::new(text);
    let at = |offset| lines.position(text, offset);
    let findings = text.match_indices("BAD").map(|(offset, _)| Finding {
        rule: &SECRET,
        severity: SECRET.severity,
        message: String::new(),
        location: Location {
            artifact: artifact.clone(),
            region: Region::new(offset, offset + 3),
            start: at(offset),
            end: at(offset + 3),
            context: None,
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
    });
    (snapshot, findings.collect())
}

/// For each finding the reason by which it is silenced, `-` if it is not; then
/// what is told, each with its line.
fn told(path: &str, text: &str) -> String {
    let (snapshot, mut findings) = case(path, text);
    let notifications = suppress(&snapshot, &mut findings, &RULES, &|_, _| true);
    let mut out: Vec<String> = findings
        .iter()
        .map(|finding| match &finding.suppression {
            Some(suppression) => format!("({})", suppression.justification),
            None => "-".to_owned(),
        })
        .collect();
    out.extend(notifications.iter().map(|n| {
        let line = n.position.map_or(0, |position| position.line);
        let words: Vec<&str> = n.message.split(' ').collect();
        format!("{line}:{}", words[2..words.len().min(4)].join(" "))
    }));
    out.join(" | ")
}

#[test]
fn comments_silence_their_own_line_or_the_next() {
    let cases = [
        // Env files.
        (".env", "BAD=1 # seaworthy: ignore[secret-weak] demo\nBAD=2\n", "(demo) | -"),
        (".env", "# seaworthy: ignore[secret-weak] demo\nBAD=1\nBAD=2\n", "(demo) | -"),
        (".env", "# seaworthy: ignore[secret-weak]\r\nBAD=1\r\nBAD=2\r\n", "() | -"),
        (".env", "BAD=1 # seaworthy: ignore[secret-weak] why\r\nBAD=2\r\n", "(why) | -"),
        (".env", "# seaworthy: ignore[secret-weak] a\n\n# more\nBAD=1\n", "(a)"),
        (".env", "# seaworthy: ignore[weak-secret]\nBAD=1\n", "()"),
        (".env", "#seaworthy:ignore[secret-weak]x\nBAD=1\n", "(x)"),
        (
            ".env",
            "# seaworthy: ignore[secret-weak,port-public] a\nBAD=1\n",
            "(a) | 1:of `port-public`",
        ),
        (".env", "BAD=1 # note # seaworthy: ignore[ secret-weak ] a\n", "(a)"),
        (".env", "BAD=1\nA=1\n# seaworthy: ignore-file[secret-weak] all\nBAD=2\n", "(all) | (all)"),
        // Not a comment, or not an ignore.
        (".env", "BAD=\"# seaworthy: ignore[secret-weak]\"\n", "-"),
        (".env", "BAD='x # seaworthy: ignore[secret-weak]'\n", "-"),
        (".env", "# write \"seaworthy: ignore[secret-weak]\"\nBAD=1\n", "-"),
        (".env", "# seaworthy: ignored[secret-weak]\nBAD=1\n", "-"),
        (".env", "# seaworthy is fine\nBAD=1\n", "-"),
        // Wrong or without effect.
        (".env", "# seaworthy: ignore\nBAD=1\n", "- | 1:must name"),
        (".env", "# seaworthy: ignore[]\nBAD=1\n", "- | 1:must name"),
        (".env", "# seaworthy: ignore[secret-weak\nBAD=1\n", "- | 1:must name"),
        (".env", "# seaworthy: ignore[secret-wake]\nBAD=1\n", "- | 1:names the"),
        (".env", "# seaworthy: ignore[Zx81Qw7]\nBAD=1\n", "- | 1:names something"),
        (".env", "A=1\n# seaworthy: ignore[port-public]\nBAD=1\n", "- | 2:of `port-public`"),
        (".env", "BAD=1\n# seaworthy: ignore[secret-weak]\n", "- | 2:of `secret-weak`"),
        (".env", "# seaworthy: ignore[env-tracked]\nA=1\n", ""),
        // YAML.
        (
            "compose.yml",
            "services:\n  a:\n    image: BAD # seaworthy: ignore[secret-weak] y\n",
            "(y)",
        ),
        (
            "compose.yml",
            "services:\n  a:\n    # seaworthy: ignore[secret-weak] y\n    image: BAD\n",
            "(y)",
        ),
        (
            "compose.yml",
            "services:\n  a:\n    image: \"BAD # seaworthy: ignore[secret-weak]\"\n",
            "-",
        ),
        // Ignore files have no trailing comments.
        (".gitignore", "# seaworthy: ignore[secret-weak] g\nBAD\n", "(g)"),
        (".gitignore", "BAD # seaworthy: ignore[secret-weak] g\n", "-"),
        // JSON has none.
        ("vercel.json", "{\"BAD\": \"x // seaworthy: ignore[secret-weak]\"}", "-"),
        ("package.json", "{\n// seaworthy: ignore[secret-weak]\n\"BAD\": 1}", "-"),
        // Others, by what commonly opens a comment.
        ("a.js", "BAD(1) // seaworthy: ignore[secret-weak] j\nBAD(2)\n", "(j) | -"),
        ("a.js", "/* seaworthy: ignore[secret-weak] j */\nBAD\n", "(j)"),
        ("a.sql", "-- seaworthy: ignore[secret-weak] s\n\n  -- more\nBAD\n", "(s)"),
        ("a.html", "<!-- seaworthy: ignore[secret-weak] h -->\n<p>BAD\n", "(h)"),
        ("a.js", "BAD('https://seaworthy: ignore[secret-weak]')\n", "-"),
        ("a.js", "BAD(\"seaworthy: ignore[secret-weak]\")\n", "-"),
    ];
    for (path, text, want) in cases {
        assert_eq!(told(path, text), want, "{path}: {text}");
    }
}

#[test]
fn a_finding_over_several_lines_is_silenced_on_any_of_them() {
    let (snapshot, mut findings) =
        case(".env", "BAD=\"1\n2\n3\"\n# seaworthy: ignore[secret-weak]\nB=1\n");
    findings[0].location.end.line = 5;
    assert!(suppress(&snapshot, &mut findings, &RULES, &|_, _| true).is_empty());
    assert!(findings[0].suppression.is_some());
}

#[test]
fn an_ignore_of_a_rule_that_did_not_run_is_not_unused() {
    let (snapshot, mut findings) = case(".env", "A=1 # seaworthy: ignore[port-public]\n");
    assert!(suppress(&snapshot, &mut findings, &RULES, &|_, _| false).is_empty());
    assert_eq!(suppress(&snapshot, &mut findings, &RULES, &|_, _| true).len(), 1);
}

#[test]
fn an_id_that_may_be_a_secret_is_not_quoted() {
    let (snapshot, mut findings) = case(".env", "# seaworthy: ignore[q7Vd2mXw9Tz4Lk]\nA=1\n");
    let notifications = suppress(&snapshot, &mut findings, &RULES, &|_, _| true);
    assert!(!format!("{notifications:?}").contains("q7Vd2mXw9Tz4Lk"));
}

#[test]
fn many_ignores_are_told_in_few_words() {
    let mut block = String::new();
    let mut pairs = String::new();
    for n in 0..20_000 {
        block.push_str("# seaworthy: ignore[nowhere]\n");
        let _ = writeln!(pairs, "BAD{n}=1 # seaworthy: ignore[port-public] x");
    }
    let one_line = format!("# {}", "seaworthy: ignore[".repeat(50_000));
    for (path, text) in [
        (".env", &block),
        (".env", &pairs),
        (".env", &one_line),
        ("compose.yml", &block),
        (".gitignore", &block),
    ] {
        let (snapshot, mut findings) = case(path, text);
        let notifications = suppress(&snapshot, &mut findings, &RULES, &|_, _| true);
        assert!((1..=102).contains(&notifications.len()), "{path}: {}", notifications.len());
    }
}
