//! The detectors of a team: packs and a configuration of gitleaks that its settings
//! name.
//!
//! The files belong to the audited repository, so they are counted and measured,
//! read through the snapshot's own source (of the index when that is scanned), and
//! none outside the root can be named. What is wrong with one is told, and the
//! others count.

mod accepted;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use seaworthy_detector_pack::gitleaks::{self as gitleaks_file, Placed};
use seaworthy_detector_pack::pack::{self, Problem};
use seaworthy_detector_pack::{Detector, Table};
use seaworthy_detectors::{Detectors, Gitleaks, rules_of};
use seaworthy_formats::gitignore::glob_matches;
use seaworthy_model::{ArtifactPath, LineIndex, Notification, NotificationKind, Region, Rule};

use crate::gather::Files;
use crate::prepare::detectors;
use crate::settings::{SettingsFile, own_detectors};

pub(crate) use accepted::Accepted;

/// The most bytes of a pack.
const MAX_BYTES: usize = 1024 * 1024;
/// The most bytes of all packs.
const MAX_ALL_BYTES: usize = 4 * MAX_BYTES;
/// The most packs.
const MAX_PACKS: usize = 200;
/// The most detectors of all packs.
const MAX_DETECTORS: usize = 10_000;
/// How many sets of files are remembered. An editor scans again and again.
const MAX_REMEMBERED: usize = 32;

/// What a team adds to a scan.
#[derive(Debug)]
pub(crate) struct Team {
    /// All detectors, ours and the team's.
    pub(crate) detectors: &'static Detectors,
    /// The team's as rules, by which settings and ignores can name them.
    pub(crate) rules: &'static [Rule],
    /// Detectors of ours, by id, that are not wanted.
    pub(crate) off: Vec<&'static str>,
    /// What is accepted in the manner of gitleaks.
    pub(crate) accepted: Option<Accepted>,
    pub(crate) notifications: Vec<Notification>,
}

/// A file with its text.
type Text = (ArtifactPath, String);

impl Team {
    /// Reads what the root settings name. `taken` are the rules and detectors whose
    /// ids nobody else may use.
    pub(crate) fn new(settings: &[SettingsFile], files: &Files, taken: &[&'static Rule]) -> Self {
        let mut team = Self {
            detectors: detectors(),
            rules: &[],
            off: Vec::new(),
            accepted: None,
            notifications: Vec::new(),
        };
        let Some(file) = settings.iter().find(|file| file.directory.is_empty()) else {
            return team;
        };
        let own = own_detectors(&file.text);
        if own.packs.is_empty() && own.gitleaks.is_none() {
            return team;
        }
        let mut told = Told { file, lines: LineIndex::new(&file.text), notifications: Vec::new() };
        let packs = team_packs(&own.packs, files, &mut told);
        let gitleaks = match &own.gitleaks {
            Some((path, region)) => gitleaks_files(path, *region, files, &mut told),
            None => Vec::new(),
        };
        team.notifications = told.notifications;
        let ready = ready(packs, gitleaks, taken);
        team.detectors = ready.detectors;
        team.rules = ready.rules;
        team.off.clone_from(&ready.off);
        team.notifications.extend(ready.notifications.iter().cloned());
        if own.gitleaks.is_some() {
            let fingerprints = read(&ArtifactPath::new(".gitleaksignore"), files).ok();
            let rules = ready.gitleaks_rules.iter().copied().collect();
            team.accepted = Some(Accepted::new(fingerprints.as_deref().unwrap_or(""), rules));
        }
        team
    }
}

/// Where complaints about the settings go.
struct Told<'s> {
    file: &'s SettingsFile,
    lines: LineIndex,
    notifications: Vec<Notification>,
}

impl Told<'_> {
    fn wrong(&mut self, region: Region, message: impl Into<String>) {
        let place = self.lines.position(&self.file.text, region.start);
        let line = self.lines.line_region(&self.file.text, self.lines.line_of(region.start));
        self.notifications.push(
            Notification::new(NotificationKind::SettingsInvalid, message)
                .in_artifact(self.file.artifact.clone())
                .at(place)
                .quoting(line.of(&self.file.text)),
        );
    }

    /// A path of the settings as one below the root, which nothing leaves.
    fn resolve(&self, path: &str) -> Option<ArtifactPath> {
        let inside = ArtifactPath::resolve(self.file.artifact.parent(), path);
        inside.filter(|path| !path.as_str().is_empty() && !path.as_str().starts_with('/'))
    }
}

/// The packs that globs name, each once.
fn team_packs(globs: &[(String, Region)], files: &Files, told: &mut Told<'_>) -> Vec<Text> {
    let mut paths: Vec<&ArtifactPath> = Vec::new();
    for (glob, region) in globs {
        let Some(whole) = told.resolve(glob) else {
            told.wrong(*region, "a path of detectors must not leave the repository");
            continue;
        };
        let before = paths.len();
        // With a slash in front it is about the whole path.
        let glob = format!("/{}", whole.as_str());
        paths.extend(files.paths.iter().filter(|path| glob_matches(&glob, path.as_str())));
        if paths.len() == before {
            told.wrong(*region, "no file of the repository has such a path");
        }
        if paths.len() > MAX_PACKS {
            paths.truncate(MAX_PACKS);
            told.wrong(*region, format!("only {MAX_PACKS} files of detectors count"));
            break;
        }
    }
    paths.sort_unstable();
    paths.dedup();
    let mut packs = Vec::new();
    let mut bytes = 0;
    for path in paths {
        let text = read(path, files).and_then(|text| {
            bytes += text.len();
            let fits = bytes <= MAX_ALL_BYTES;
            fits.then_some(text).ok_or_else(|| format!("all packs exceed {MAX_ALL_BYTES} bytes"))
        });
        match text {
            Ok(text) => packs.push((path.clone(), text)),
            Err(message) => told.notifications.push(
                Notification::new(NotificationKind::SettingsInvalid, message)
                    .in_artifact(path.clone()),
            ),
        }
    }
    packs
}

/// The configuration of gitleaks, and the one that it extends.
fn gitleaks_files(path: &str, region: Region, files: &Files, told: &mut Told<'_>) -> Vec<Text> {
    let Some(path) = told.resolve(path) else {
        told.wrong(region, "the path must not leave the repository");
        return Vec::new();
    };
    let text = match read(&path, files) {
        Ok(text) => text,
        Err(message) => {
            told.wrong(region, format!("{path}: {message}"));
            return Vec::new();
        }
    };
    let (parsed, _) = gitleaks_file::parse(&text);
    let mut all = vec![(path.clone(), text)];
    if let Some(Placed { text: base, .. }) = parsed.path {
        // Gitleaks reads it from where it runs: the root.
        let base = ArtifactPath::resolve("", &base).filter(|base| *base != path);
        match base.map(|base| (read(&base, files), base)) {
            Some((Ok(text), base)) => all.push((base, text)),
            _ => told.notifications.push(
                Notification::new(
                    NotificationKind::SettingsInvalid,
                    "the configuration that this one extends cannot be read in the repository",
                )
                .in_artifact(path),
            ),
        }
    }
    all
}

/// Reads a file of the repository.
fn read(path: &ArtifactPath, files: &Files) -> Result<String, String> {
    if files.paths.binary_search(path).is_err() && !files.paths.contains(path) {
        return Err("there is no such file in the repository".to_owned());
    }
    let text = files.source.read(path).map_err(|problem| problem.message)?.text;
    if text.len() > MAX_BYTES {
        return Err(format!("larger than {MAX_BYTES} bytes"));
    }
    Ok(text.to_string())
}

/// Files made ready. They serve to the end of the run.
#[derive(Debug)]
struct Ready {
    key: Vec<Text>,
    detectors: &'static Detectors,
    rules: &'static [Rule],
    off: Vec<&'static str>,
    gitleaks_rules: Vec<&'static str>,
    notifications: Vec<Notification>,
}

/// Makes files ready, or finds what was made of the same files before.
fn ready(packs: Vec<Text>, gitleaks: Vec<Text>, taken: &[&'static Rule]) -> &'static Ready {
    static REMEMBERED: Mutex<Vec<&'static Ready>> = Mutex::new(Vec::new());
    let seam = (ArtifactPath::new(""), String::new());
    let key: Vec<Text> = packs.iter().chain([&seam]).chain(&gitleaks).cloned().collect();
    let mut remembered = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(ready) = remembered.iter().find(|ready| ready.key == key) {
        return ready;
    }
    let ready: &'static Ready = Box::leak(Box::new(make(&packs, &gitleaks, taken, key)));
    if remembered.len() == MAX_REMEMBERED {
        remembered.remove(0);
    }
    remembered.push(ready);
    ready
}

fn make(packs: &[Text], gitleaks: &[Text], taken: &[&'static Rule], key: Vec<Text>) -> Ready {
    let mut notifications = Vec::new();
    let mut ids: HashMap<String, String> =
        taken.iter().map(|rule| (rule.id.to_owned(), "seaworthy itself".to_owned())).collect();
    let mut own: Vec<Detector> = Vec::new();
    for (path, text) in packs {
        let (detectors, mut problems) = pack::parse(text);
        for detector in detectors {
            let id = detector.kind.id;
            if let Some(other) = ids.get(id) {
                let message = format!("the id `{id}` is taken by {other}");
                problems.push(Problem { message, region: place_of(id, text) });
            } else if own.len() == MAX_DETECTORS {
                let message = format!("only {MAX_DETECTORS} detectors count");
                problems.push(Problem { message, region: place_of(id, text) });
                break;
            } else if !seaworthy_detectors::compiles(&detector) {
                let message = "the expression is too large".to_owned();
                problems.push(Problem { message, region: place_of(id, text) });
            } else {
                ids.insert(id.to_owned(), path.to_string());
                own.push(detector);
            }
        }
        notifications.extend(problems.iter().map(|problem| note(path, text, problem)));
    }
    let mut tables = vec![seaworthy_detectors::embedded()];
    if !own.is_empty() {
        match Table::build(Vec::leak(own), false) {
            Some(table) => tables.push(Box::leak(Box::new(table))),
            None => notifications.push(Notification::new(
                NotificationKind::SettingsInvalid,
                "the detectors of the packs have more anchors and names than can be told apart",
            )),
        }
    }
    let mut detectors = crate::prepare::detectors_of(&tables);
    let (off, gitleaks_rules) = match gitleaks.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => {
            let (rules, off, told) = make_gitleaks(gitleaks, taken);
            notifications.extend(told);
            let ids = rules.kinds().map(|kind| kind.id).collect();
            detectors = detectors.with_gitleaks(rules);
            (off, ids)
        }
    };
    let ours = |id: &str| taken.iter().any(|rule| rule.id == id);
    let rules = rules_of(detectors.kinds().filter(|kind| !ours(kind.id)));
    Ready {
        key,
        detectors: Box::leak(Box::new(detectors)),
        rules: Vec::leak(rules),
        off,
        gitleaks_rules,
        notifications,
    }
}

/// The rules of gitleaks, ids of ours that they switch off, and what is wrong.
fn make_gitleaks(
    texts: &[Text],
    taken: &[&'static Rule],
) -> (Gitleaks, Vec<&'static str>, Vec<Notification>) {
    let mut notifications = Vec::new();
    let mut off = Vec::new();
    let mut files = Vec::new();
    let known = |id: &str| taken.iter().find(|rule| rule.id == id).map(|rule| rule.id);
    let parsed: Vec<_> = texts.iter().map(|(_, text)| gitleaks_file::parse(text)).collect();
    let disabled: Vec<String> = parsed
        .iter()
        .flat_map(|(file, _)| file.disabled.iter().map(|id| id.text.clone()))
        .collect();
    let defined: Vec<String> = parsed
        .iter()
        .flat_map(|(file, _)| file.rules.iter().map(|rule| rule.id.text.clone()))
        .collect();
    for ((mut file, problems), (path, text)) in parsed.into_iter().zip(texts) {
        notifications.extend(problems.iter().map(|problem| note(path, text, problem)));
        for id in &file.disabled {
            match known(&id.text) {
                Some(id) => off.push(id),
                None if defined.contains(&id.text) => {}
                None => {
                    let message = format!(
                        "no detector is called `{}`: what stands in for this rule goes on; find \
                         its name with `seaworthy rules --detectors` and add it to `off`",
                        id.text
                    );
                    let problem = Problem { message, region: id.region };
                    let mut told = note(path, text, &problem);
                    told.kind = NotificationKind::SettingsUnused;
                    notifications.push(told);
                }
            }
        }
        file.rules.retain(|rule| !disabled.contains(&rule.id.text));
        files.push(file);
    }
    let (rules, problems) = Gitleaks::new(files, &|id| known(id).is_some());
    for (problems, (path, text)) in problems.iter().zip(texts) {
        notifications.extend(problems.iter().map(|problem| note(path, text, problem)));
    }
    (rules, off, notifications)
}

/// Where a pack names a detector.
fn place_of(id: &str, text: &str) -> Region {
    let quoted = text.find(&format!("\"{id}\"")).or_else(|| text.find(&format!("'{id}'")));
    Region::empty(quoted.unwrap_or(0))
}

/// A word on a place of a pack. Lines with examples are not quoted: a report holds
/// no token, be it one made up.
fn note(path: &ArtifactPath, text: &str, problem: &Problem) -> Notification {
    let lines = LineIndex::new(text);
    let start = problem.region.start.min(text.len());
    let told = Notification::new(NotificationKind::SettingsInvalid, problem.message.clone())
        .in_artifact(path.clone())
        .at(lines.position(text, start));
    let line = lines.line_region(text, lines.line_of(start)).of(text);
    let is_setting = line.split_once('=').is_some_and(|(key, _)| {
        !matches!(key.trim(), "matches" | "rejects")
            && key.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    if is_setting || line.starts_with('[') { told.quoting(line) } else { told }
}
