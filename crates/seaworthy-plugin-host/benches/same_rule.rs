//! What one rule costs as a plugin, against what the same rule costs natively.
//!
//! ```text
//! cargo bench -p seaworthy-plugin-host --bench same_rule -- PRISMA.wasm
//! ```
//!
//! The rule is `prisma/literal-datasource-url`. The native one is below; what it
//! decides by is the plugin's own source, so that two compilers are compared and not
//! two authors. Both judge the same files in memory, one after the other on one
//! thread, so that neither a disk nor who waits for whom is measured. Rounds
//! alternate. A round of the plugin has all in it that a scan has: the plugin is
//! looked up in the cache, mapped, linked, started and configured.
//!
//! Twice: with files that nobody has looked at yet, and with files that were judged
//! before, so that texts, lines and masks are there for both. The second is what a
//! rule adds to a scan whose other rules look at the same files.
//!
//! Then the memory of live instances. `cargo xtask bench plugins` reads what this
//! prints: a name and a number in each line.

extern crate seaworthy_model as seaworthy_plugin_api;

#[path = "same_rule/native.rs"]
mod native;

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use seaworthy_analysis::{
    Artifact, NativeRules, Options, ReadProblem, RuleSource, Run, Snapshot, SourceText, TextSource,
};
use seaworthy_model::{ArtifactPath, Finding, NotificationKind, Rule};
use seaworthy_plugin_host::{Cache, Host, PluginRequest, PluginRun, Plugins};

/// The files of the tree, and how many of them the rule has something to say about.
const FILES: usize = 25_000;
const MATCHES: usize = 2_000;

const ROUNDS: usize = 15;

/// Instances that are alive at a time when their memory is counted.
const LIVE: usize = 64;

const RULE: &str = "prisma/literal-datasource-url";

struct Memory(HashMap<ArtifactPath, Arc<str>>);

impl TextSource for Memory {
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        let missing = || ReadProblem {
            kind: NotificationKind::Unreadable,
            message: "no such file".to_owned(),
        };
        let text = self.0.get(path).cloned().ok_or_else(missing)?;
        Ok(SourceText { text, decoded: None })
    }
}

fn main() {
    // Cargo adds flags of its own.
    let Some(component) = std::env::args().skip(1).find(|argument| !argument.starts_with('-'))
    else {
        say("usage: same_rule PRISMA.wasm", 0);
        std::process::exit(2);
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let cache = Cache::at(directory.path().join("cache"));
    let bytes = std::fs::read(&component).expect("the component can be read");
    let (digest, _) = Host::new(cache.clone()).install(&bytes).expect("a plugin");
    let request = PluginRequest {
        name: "prisma".to_owned(),
        digest,
        component: Some(Path::new(&component).to_owned()),
        config: serde_json::json!({}),
        limits: None,
        trusted: true,
    };
    let load =
        || Arc::new(Plugins::load(&Host::new(cache.clone()), std::slice::from_ref(&request)));
    let files = Files::new();
    let natives = NativeRules::new(vec![&native::RULE]);
    let native = |snapshot: &Snapshot| judge(&natives, snapshot);
    let plugin = |snapshot: &Snapshot| judge(&PluginRun::new(load()), snapshot);

    let snapshot = files.snapshot();
    let (one, other) = (native(&snapshot), plugin(&snapshot));
    assert_eq!(one.len(), MATCHES, "the native rule finds what was planted");
    assert!(
        one.iter().map(shown).eq(other.iter().map(shown)),
        "both find the same: {:?} {:?}",
        one.first().map(shown),
        other.first().map(shown)
    );

    let fresh = || files.snapshot();
    let judged = || snapshot.clone();
    for (name, snapshot) in
        [("fresh", &fresh as &dyn Fn() -> Snapshot), ("judged", &judged as &dyn Fn() -> Snapshot)]
    {
        let (mut natives, mut plugins, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (one, other) = (time(&snapshot(), native), time(&snapshot(), plugin));
            natives.push(one.as_secs_f64());
            plugins.push(other.as_secs_f64());
            ratios.push(other.as_secs_f64() / one.as_secs_f64());
        }
        say(&format!("{name}-native-us"), micros(median(natives)));
        say(&format!("{name}-plugin-us"), micros(median(plugins)));
        say(&format!("{name}-percent"), (median(ratios) * 100.0).round() as u64);
    }
    say("instance-kb", instance_kilobytes(&load()));
}

/// The tree: schemas of Prisma with a password in them, and files that no rule of
/// this plugin is about.
struct Files {
    texts: HashMap<ArtifactPath, Arc<str>>,
}

impl Files {
    fn new() -> Self {
        let mut texts = HashMap::with_capacity(FILES);
        let source: Arc<str> = Arc::from("export const answer = () => 42;\n".repeat(40));
        for at in 0..FILES {
            let (path, text) = if at % (FILES / MATCHES) == 0 && at / (FILES / MATCHES) < MATCHES {
                (format!("packages/p{at:05}/prisma/schema.prisma"), Arc::from(schema(at)))
            } else {
                (format!("packages/p{:05}/src/module{at:05}.ts", at / 20), Arc::clone(&source))
            };
            texts.insert(ArtifactPath::new(path), text);
        }
        Self { texts }
    }

    fn snapshot(&self) -> Snapshot {
        let paths = self.texts.keys().cloned().collect();
        Snapshot::new(paths, Arc::new(Memory(self.texts.clone())), None, Options::default())
    }
}

/// A schema as projects have it, with a password that looks like one.
fn schema(at: usize) -> String {
    let mut word = at as u64 + 1;
    let password: String = (0..14)
        .map(|_| {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            char::from(
                b"abcdefghkmnpqrstuvwxyzACDEFGHKLMNPQRTUVWXYZ234679"[(word >> 33) as usize % 49],
            )
        })
        .collect();
    let model = "
model Order {
  id        String   @id @default(cuid())
  createdAt DateTime @default(now()) // when it came in
  total     Int
  lines     Line[]
  @@index([createdAt])
}
";
    format!(
        "generator client {{\n  provider = \"prisma-client-js\"\n}}\n\ndatasource db {{\n  provider = \
         \"postgresql\"\n  url      = \"postgresql://shop:{password}@db.harbour-shop.com:5432/shop\"\n}}\n{}",
        model.repeat(8)
    )
}

/// Lets a source judge all files and the repository, by the one rule.
fn judge(source: &dyn RuleSource, snapshot: &Snapshot) -> Vec<Finding> {
    let wanted = |rule: &Rule, _: Option<&Artifact>| rule.id == RULE;
    let mut run = Run { snapshot, wanted: &wanted, findings: Vec::new() };
    for artifact in snapshot.artifacts() {
        run.check_file(source, artifact);
    }
    run.check_whole(source);
    source.conclude(&mut run);
    run.findings
}

fn time(snapshot: &Snapshot, judge: impl Fn(&Snapshot) -> Vec<Finding>) -> Duration {
    let started = Instant::now();
    let findings = judge(snapshot);
    let elapsed = started.elapsed();
    assert_eq!(findings.len(), MATCHES);
    elapsed
}

/// A finding without the part of it that says who found it.
fn shown(finding: &Finding) -> String {
    format!("{:?} {:?} {} {:?}", finding.location, finding.severity, finding.message, finding.fixes)
}

/// What a live instance adds to the memory of the process, once there is one.
///
/// Each has judged a file. Runs have instances of their own and share the code, as
/// the threads of a scan do.
fn instance_kilobytes(plugins: &Arc<Plugins>) -> u64 {
    let text = schema(1);
    let texts = HashMap::from([(ArtifactPath::new("schema.prisma"), Arc::from(text))]);
    let paths = texts.keys().cloned().collect();
    let snapshot = Snapshot::new(paths, Arc::new(Memory(texts)), None, Options::default());
    let wanted = |_: &Rule, _: Option<&Artifact>| true;
    let live = |count: usize| -> Vec<PluginRun> {
        let begin = |_| {
            let source = PluginRun::new(Arc::clone(plugins));
            let mut run = Run { snapshot: &snapshot, wanted: &wanted, findings: Vec::new() };
            run.check_file(&source, &snapshot.artifacts()[0]);
            source
        };
        (0..count).map(begin).collect()
    };
    let first = live(1);
    let before = resident_kilobytes();
    let more = live(LIVE);
    let added = resident_kilobytes() - before;
    drop((first, more));
    added / LIVE as u64
}

fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a system with /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("the kernel says how much memory is resident")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn micros(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}

fn say(name: &str, number: u64) {
    let _ = writeln!(std::io::stdout(), "{name} {number}");
}
