//! `cargo xtask bench --detectors`: the budget of each detector and structural
//! finder, so that one bad rule cannot cost more than all the others.
//!
//! A sample of the tree that the engine was tuned on is held in memory and scanned
//! by one thread. Times are the least of several rounds.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use seaworthy_analysis::roles::{FileRole, file_role};
use seaworthy_detectors::{Cost, File, Part, Profile, Scanner, Scratch, embedded};

/// How much text the sample has, in bytes.
const SAMPLE: usize = 16 << 20;

const ROUNDS: usize = 5;

/// How many parts are shown.
const SHOWN: usize = 10;

/// The most that one detector of a pack may take, in hundredths of the time of the
/// whole engine.
const DETECTOR_SHARE: f64 = 2.0;

/// The same for a structural finder; each does the work of a hundred detectors.
const FINDER_SHARE: f64 = 10.0;

/// The most candidates that a part may report in a megabyte of code in which there
/// are hardly any secrets.
const DETECTOR_CANDIDATES: f64 = 5.0;
const FINDER_CANDIDATES: f64 = 200.0;

/// The most literals of one part in a megabyte.
const DETECTOR_HITS: f64 = 1_000.0;
const FINDER_HITS: f64 = 5_000.0;

/// Measures every part over the sample; whether all keep their budget.
pub(super) fn run(tree: &Path) -> anyhow::Result<bool> {
    let sample = sample(tree)?;
    let bytes: usize = sample.iter().map(|(_, _, text)| text.len()).sum();
    anyhow::ensure!(bytes > SAMPLE / 2, "{} has too little text", tree.display());
    let scanner = Scanner::new(&[embedded()]);
    let mut scratch = Scratch::default();
    let mut whole = Duration::MAX;
    let mut best = Profile::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for (path, role, text) in &sample {
            std::hint::black_box(scanner.candidates(text, &File::new(path, *role), &mut scratch));
        }
        whole = whole.min(started.elapsed());
        let mut round = Profile::new();
        for (path, role, text) in &sample {
            scanner.profile(text, &File::new(path, *role), &mut scratch, &mut round);
        }
        for (part, cost) in round {
            let known = best.entry(part).or_insert(cost);
            known.time = known.time.min(cost.time);
        }
    }
    Ok(judged(&best, whole, bytes, sample.len()))
}

fn judged(profile: &Profile, whole: Duration, bytes: usize, files: usize) -> bool {
    let megabytes = bytes as f64 / f64::from(1 << 20);
    let share = |cost: &Cost| cost.time.as_secs_f64() / whole.as_secs_f64() * 100.0;
    let shown = |part: &Part, cost: &Cost| {
        format!(
            "{:>5.1} % {:>9} {part}: {:.0} literals, {:.1} windows, {:.1} candidates a megabyte",
            share(cost),
            super::milliseconds(cost.time),
            cost.hits as f64 / megabytes,
            cost.windows as f64 / megabytes,
            cost.candidates as f64 / megabytes,
        )
    };
    crate::say(&format!(
        "detectors: {files} files, {megabytes:.1} MB in {}, {:.0} MB/s on one core; the dearest:",
        super::milliseconds(whole),
        megabytes / whole.as_secs_f64(),
    ));
    let mut parts: Vec<(&Part, &Cost)> = profile.iter().collect();
    parts.sort_by_key(|(_, cost)| std::cmp::Reverse(cost.time));
    let mut good = true;
    for (number, (part, cost)) in parts.into_iter().enumerate() {
        if number < SHOWN {
            crate::say(&format!("  {}", shown(part, cost)));
        }
        let (most, candidates, hits) = match part {
            Part::Detector(_) => (DETECTOR_SHARE, DETECTOR_CANDIDATES, DETECTOR_HITS),
            Part::Finder(_) => (FINDER_SHARE, FINDER_CANDIDATES, FINDER_HITS),
            Part::Literals | Part::Runs | Part::Forms | Part::Base64 => continue,
        };
        if share(cost) > most
            || cost.candidates as f64 > candidates * megabytes
            || cost.hits as f64 > hits * megabytes
        {
            crate::say(&format!("  over its budget: {}", shown(part, cost)));
            good = false;
        }
    }
    good
}

/// Texts from all over the tree, with their paths.
fn sample(tree: &Path) -> anyhow::Result<Vec<(String, FileRole, String)>> {
    let files = crate::exactness::files(tree)
        .with_context(|| format!("cannot read {}; `cargo xtask bench` makes it", tree.display()))?;
    let mut size = 0;
    for file in &files {
        size += usize::try_from(file.metadata()?.len())?;
    }
    let every = (size / SAMPLE).max(1);
    let mut sample = Vec::new();
    for path in files.iter().step_by(every) {
        let name = path.strip_prefix(tree).unwrap_or(path).to_string_lossy().into_owned();
        let bytes = std::fs::read(path)?;
        if let Some(text) = seaworthy_engine::readable(&bytes) {
            let role = file_role(&name, None);
            sample.push((name, role, text.into_owned()));
        }
    }
    Ok(sample)
}
