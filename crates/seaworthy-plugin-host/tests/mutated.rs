//! Components and answers that were damaged at random: the host may refuse and stop
//! them, and never falls itself.
//!
//! A few hundred of each run with the other tests; ten thousand of each with
//! `cargo test -p seaworthy-plugin-host --test host -- --ignored ten_thousand`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use seaworthy_analysis::{RuleSource as _, Run, Snapshot};
use seaworthy_model::{ArtifactPath, NotificationKind, Region};
use seaworthy_plugin_host::{Cache, Host, Limits, PluginError, PluginRequest, PluginRun, Plugins};
use serde_json::json;

use crate::guest::{Edit, Finding, Guest, image};
use crate::scene::{files, plugins_with, scan_by};

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).expect("it is below a usize")
    }

    fn one_of<T: Clone>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len())].clone()
    }
}

/// Words that mean something to whoever reads lengths, places and counts.
const WORDS: [u32; 10] =
    [0, 1, 2, 7, 0xff, 0xffff, 0x10_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/// Damages bytes in a few places.
fn damage(bytes: &mut Vec<u8>, other: &[u8], chance: &mut Chance) {
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len());
        let length = 1 + chance.below(16);
        let end = (at + length).min(bytes.len());
        match chance.below(12) {
            0..=3 if !bytes.is_empty() => bytes[at] ^= 1 << chance.below(8),
            4..=5 if !bytes.is_empty() => bytes[at] = chance.next().to_le_bytes()[0],
            6 if at + 4 <= bytes.len() => {
                bytes[at..at + 4].copy_from_slice(&chance.one_of(&WORDS).to_le_bytes());
            }
            7 => drop(bytes.drain(at..end)),
            8 => {
                let twice = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, twice));
            }
            9 => {
                let from = chance.below(other.len());
                let piece = other[from..(from + length).min(other.len())].to_vec();
                drop(bytes.splice(at..end, piece));
            }
            // The greatest number of 32 bits, as WebAssembly writes it.
            10 => drop(bytes.splice(at..at, [0xff, 0xff, 0xff, 0xff, 0x0f])),
            _ if chance.below(8) == 0 => bytes.truncate(at),
            _ => {}
        }
    }
}

/// Damages what a guest will have in its memory: the component still compiles, and
/// what it says is wrong.
fn damage_memory(component: &mut [u8], chance: &mut Chance) {
    // The answer to `describe` ends with the last of its texts, nearly.
    let last = component.windows(5).rposition(|window| window == b"Flags");
    let end = last.expect("every guest has documentation");
    for _ in 0..=chance.below(3) {
        let at = end - chance.below(600);
        match chance.below(2) {
            0 => component[at] ^= 1 << chance.below(8),
            _ => {
                component[at..at + 4].copy_from_slice(&chance.one_of(&WORDS).to_le_bytes());
            }
        }
    }
}

/// Limits that end soon what never ends.
fn limits() -> Limits {
    Limits {
        file_time: Duration::from_millis(30),
        start_time: Duration::from_millis(100),
        failures: usize::MAX,
        findings: 1 << 20,
        ..Limits::default()
    }
}

/// Says how a run went, for whoever started it by hand.
fn tell(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// Installs damaged components, and scans with those that are still plugins.
fn components(count: usize) -> BTreeMap<&'static str, usize> {
    let finding = Finding::new("first", "Something is wrong here.");
    let mut over_all = Guest::new("team").finding(vec![finding.clone(), finding]);
    over_all.world = "full-plugin";
    over_all.schema = Some(r#"{"type":"object"}"#.to_owned());
    let mut busy = Guest::new("team").checking("(call $deep (i32.const 9))");
    busy.parts = "(func $deep (param i32)
        (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))"
        .to_owned();
    let whole = [Guest::new("team").build(), over_all.build(), busy.build()];
    let directory = tempfile::tempdir().expect("a temporary directory");
    let host = Host::new(Cache::none());
    let tally: Mutex<BTreeMap<&'static str, usize>> = Mutex::default();
    (0..count).into_par_iter().for_each(|number| {
        let mut chance = Chance(number as u64);
        let mut bytes = chance.one_of(&whole);
        if number % 2 == 0 {
            damage(&mut bytes, &chance.one_of(&whole), &mut chance);
        } else {
            damage_memory(&mut bytes, &mut chance);
        }
        let word = match host.install(&bytes) {
            Err(PluginError::NoComponent | PluginError::CoreModule) => "no component",
            Err(PluginError::Invalid { .. }) => "does not compile",
            Err(PluginError::Import { .. } | PluginError::NoExport { .. }) => "does not fit",
            Err(PluginError::OtherApi { .. }) => "another contract",
            Err(PluginError::Describe { .. }) => "fails to describe itself",
            Err(PluginError::Metadata { .. }) => "describes itself wrongly",
            Err(other) => panic!("{number}: {other}"),
            Ok((digest, metadata)) => {
                let path = directory.path().join(format!("{number}.wasm"));
                std::fs::write(&path, &bytes).expect("it can be written");
                let request = PluginRequest {
                    name: metadata.name,
                    digest,
                    component: Some(path.clone()),
                    config: json!({}),
                    limits: Some(limits()),
                    trusted: true,
                };
                let plugins = Arc::new(Plugins::load(&host, &[request]));
                let told = scan_by(&plugins, &files(&[(".env", "A=größer\n")]), 1);
                let other = told.notifications.iter().find(|line| line.starts_with("other"));
                assert_eq!(other, None, "{number}");
                std::fs::remove_file(path).expect("it is there");
                match told.notifications.is_empty() {
                    true => "runs",
                    false => "runs and is stopped or refused",
                }
            }
        };
        *tally.lock().expect("nobody panicked").entry(word).or_default() += 1;
    });
    tally.into_inner().expect("nobody panicked")
}

/// Where the guest of [`answers`] puts what it read.
const IMAGE: usize = 0x10_0000;

/// A guest that answers with the bytes that its file spells, in letters from `a` on.
fn puppet() -> Guest {
    let mut guest = Guest::new("team");
    (guest.kinds, guest.globs, guest.pages) = (Vec::new(), vec!["*.said".to_owned()], 64);
    guest.parts = format!(
        r#"(import "seaworthy:plugin/documents@1.0.0" "[method]document.text"
            (func $text (param i32 i32)))
        (func $nibble (param $at i32) (result i32)
            (i32.sub (i32.load8_u (local.get $at)) (i32.const 97)))
        (func $read (param $file i32) (local $from i32) (local $end i32) (local $to i32)
            (global.set $heap (i32.const 0x200000))
            (memory.fill (i32.const {IMAGE}) (i32.const 0) (i32.const 65536))
            (call $text (local.get $file) (i32.const 16))
            (local.set $from (i32.load (i32.const 16)))
            (local.set $end (i32.add (local.get $from) (i32.load (i32.const 20))))
            (local.set $to (i32.const {IMAGE}))
            (block $done (loop $next
                (br_if $done (i32.ge_u (i32.add (local.get $from) (i32.const 1)) (local.get $end)))
                (i32.store8 (local.get $to) (i32.or
                    (i32.shl (call $nibble (local.get $from)) (i32.const 4))
                    (call $nibble (i32.add (local.get $from) (i32.const 1)))))
                (local.set $from (i32.add (local.get $from) (i32.const 2)))
                (local.set $to (i32.add (local.get $to) (i32.const 1)))
                (br $next))))"#
    );
    guest.checking = format!(
        "(call $read (local.get $file)) (call $drop (local.get $file))
        (return (i32.const {IMAGE}))"
    );
    guest
}

fn spelled(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let letter = |nibble: u8| char::from(b'a' + nibble);
        let _ = write!(text, "{}{}", letter(byte >> 4), letter(byte & 15));
    }
    text
}

/// A finding whose parts are right, nearly right and wrong.
fn any_finding(chance: &mut Chance) -> Finding {
    let text = |chance: &mut Chance| {
        let long = "long ".repeat(1_000);
        let texts = [
            "Something.",
            "",
            " \n",
            "\u{1b}[31mred",
            "größer",
            "hunter2hunter2",
            "\0",
            "\u{202E}x",
            "first",
            &long,
        ];
        chance.one_of(&texts).to_owned()
    };
    let region = |chance: &mut Chance| {
        let mut place = || match chance.below(4) {
            0 => chance.one_of(&WORDS),
            _ => u32::try_from(chance.below(24)).expect("it is small"),
        };
        (place(), place())
    };
    let path = |chance: &mut Chance| {
        let paths = [
            None,
            None,
            Some(".env"),
            Some("b.txt"),
            Some("gone.txt"),
            Some("../b.txt"),
            Some("/b"),
            Some(""),
            Some("a/../b.txt"),
            Some("b.txt/"),
            Some("a\\b"),
            Some("\u{1b}"),
            Some("C:b"),
        ];
        chance.one_of(&paths).map(str::to_owned)
    };
    let edits = |chance: &mut Chance| -> Vec<Edit> {
        (0..chance.below(4)).map(|_| (path(chance), region(chance), text(chance))).collect()
    };
    Finding {
        rule: chance.one_of(&["first", "second", "first", "third", "", "\u{1b}"]).to_owned(),
        message: text(chance),
        path: path(chance),
        region: (chance.below(4) > 0).then(|| region(chance)),
        evidence: text(chance),
        sensitive: (0..chance.below(3)).map(|_| region(chance)).collect(),
        fixes: (0..chance.below(3)).map(|_| (text(chance), edits(chance))).collect(),
    }
}

/// Whether a place of a finding can be shown and mended.
fn is_right(snapshot: &Snapshot, path: &ArtifactPath, region: Region) -> bool {
    let inside =
        !path.as_str().starts_with('/') && !path.as_str().split('/').any(|part| part == "..");
    let text = snapshot.artifact(path.as_str()).and_then(|artifact| snapshot.text(artifact));
    inside
        && match text {
            Some(text) => text.get(region.start..region.end).is_some(),
            None => region.start == 0 && region.end == 0,
        }
}

/// Lets a guest give wrong answers, every other damaged in its bytes, and looks at
/// what the host believes of them.
fn answers(count: usize) -> BTreeMap<&'static str, usize> {
    let plugins = plugins_with(&[&puppet()], &json!({}), Some(&limits()));
    let (kept, stopped, refused) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    (0..count.div_ceil(100)).into_par_iter().for_each(|round| {
        let mut chance = Chance(round as u64);
        let mut written = vec![
            (".env".to_owned(), "KEY=größer\nB=hunter2hunter2\n".to_owned()),
            ("b.txt".to_owned(), "ü\n".to_owned()),
        ];
        for number in 0..100.min(count - 100 * round) {
            let mut findings: Vec<Finding> =
                (0..chance.below(4)).map(|_| any_finding(&mut chance)).collect();
            let mut bytes = image(IMAGE, &Ok(findings.clone()));
            if number % 2 == 1 {
                findings.push(Finding::new("second", "Right, until it is damaged."));
                bytes = image(IMAGE, &Ok(findings));
                let other = bytes.clone();
                damage(&mut bytes, &other, &mut chance);
            }
            written.push((format!("{number}.said"), spelled(&bytes) + "\n"));
        }
        let written: Vec<(&str, &str)> =
            written.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let snapshot = files(&written);
        let source = PluginRun::new(Arc::clone(&plugins));
        let mut run = Run { snapshot: &snapshot, wanted: &|_, _| true, findings: Vec::new() };
        for artifact in snapshot.artifacts() {
            run.check_file(&source, artifact);
        }
        source.conclude(&mut run);
        for found in &run.findings {
            assert!(["team/first", "team/second"].contains(&found.rule.id));
            let texts = [Some(&found.message), found.location.label.as_ref()];
            let titles = found.fixes.iter().map(|fix| &fix.title);
            for text in texts.into_iter().flatten().chain(titles) {
                let shown = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
                assert!(!text.is_empty() && text.len() <= 4_200, "{text:?}");
                assert!(text.chars().all(|c| shown(c) && c != '\u{202E}'), "{text:?}");
            }
            let places = std::iter::once(&found.location).chain(&found.related);
            let places = places.map(|place| (&place.artifact, place.region));
            let edits = found.fixes.iter().flat_map(|fix| &fix.replacements);
            let edits = edits.map(|edit| (&edit.artifact, edit.region));
            for (path, region) in places.chain(edits) {
                assert!(is_right(&snapshot, path, region), "{path} {region:?}");
            }
        }
        kept.fetch_add(run.findings.len(), Ordering::Relaxed);
        for told in snapshot.notifications() {
            assert_eq!(told.kind, NotificationKind::PluginFailed, "{}", told.message);
            assert!(!told.message.contains(char::is_control), "{:?}", told.message);
            let which = match told.message.starts_with("plugin `team` ") {
                true => &stopped,
                false => &refused,
            };
            which.fetch_add(1, Ordering::Relaxed);
        }
    });
    BTreeMap::from([
        ("findings believed", kept.into_inner()),
        ("calls stopped", stopped.into_inner()),
        ("parts refused", refused.into_inner()),
    ])
}

#[test]
fn damaged_components_are_refused_stopped_or_run() {
    let tally = components(150);
    assert_eq!(tally.values().sum::<usize>(), 150);
    assert!(tally.len() > 3, "{tally:?}");
}

#[test]
fn of_wrong_answers_the_right_parts_are_believed() {
    let tally = answers(1_000);
    assert!(tally.values().all(|count| *count > 50), "{tally:?}");
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_damaged_components_do_no_harm() {
    let began = Instant::now();
    let tally = components(10_000);
    tell(&format!("components: {tally:?} in {} s", began.elapsed().as_secs()));
    assert_eq!(tally.values().sum::<usize>(), 10_000);
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_wrong_answers_do_no_harm() {
    let began = Instant::now();
    let tally = answers(10_000);
    tell(&format!("answers: {tally:?} in {} s", began.elapsed().as_secs()));
    assert!(tally.values().all(|count| *count > 500), "{tally:?}");
}
