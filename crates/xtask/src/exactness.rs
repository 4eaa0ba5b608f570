//! `cargo xtask exactness`: over trees of real source, the engine finds exactly what
//! its reference finds, which runs every expression over the whole text.
//!
//! The reference is slow by design: a second a megabyte and more. So a sample is
//! compared, spread evenly over each tree, on all cores.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use seaworthy_analysis::roles::file_role;
use seaworthy_detectors::{Candidate, File, Scanner, Scratch, embedded, reference};

/// Every how manyth file is compared unless told otherwise.
const EVERY: usize = 40;

/// The largest file that is compared, in bytes.
const LARGEST: u64 = 1 << 20;

/// How many differences are shown.
const SHOWN: usize = 50;

/// What was compared.
#[derive(Default)]
struct Figures {
    files: usize,
    bytes: usize,
    candidates: usize,
    /// Of the reference, not of the engine: detector, with the place.
    missing: Vec<String>,
    /// Of the engine, not of the reference.
    extra: Vec<String>,
}

/// Compares the engine with its reference; whether they agree.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    let (every, directories) = arguments_of(root, arguments)?;
    let mut good = true;
    for directory in directories {
        let tree = directory.display();
        anyhow::ensure!(
            directory.is_dir(),
            "{tree} is not there; `cargo xtask bench` makes the trees"
        );
        let all = files(&directory)?;
        let some: Vec<&PathBuf> = all.iter().step_by(every).collect();
        let figures = compare_all(&directory, &some);
        crate::say(&format!(
            "{tree}: every {every}th of {} files: {} files, {} bytes, {} candidates, \
             {} missing, {} extra",
            all.len(),
            figures.files,
            figures.bytes,
            figures.candidates,
            figures.missing.len(),
            figures.extra.len(),
        ));
        for (what, places) in [("missing", &figures.missing), ("extra", &figures.extra)] {
            for place in places.iter().take(SHOWN) {
                crate::say(&format!("  {what}: {place}"));
            }
        }
        good &= figures.missing.is_empty() && figures.extra.is_empty();
        if figures.files == 0 {
            crate::say("  nothing was compared");
            good = false;
        }
    }
    Ok(good)
}

fn arguments_of(root: &Path, arguments: &[&str]) -> anyhow::Result<(usize, Vec<PathBuf>)> {
    let mut every = EVERY;
    let mut directories = Vec::new();
    let mut rest = arguments.iter();
    while let Some(&argument) = rest.next() {
        if argument == "--every" {
            every = rest.next().context("--every wants a number")?.parse()?;
            anyhow::ensure!(every > 0, "--every wants a number above zero");
        } else {
            directories.push(PathBuf::from(argument));
        }
    }
    if directories.is_empty() {
        directories.extend(["tune", "held"].map(|tree| root.join("target/bench").join(tree)));
    }
    Ok((every, directories))
}

/// The files of a tree that are not too large, in the order of their paths.
pub(crate) fn files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && entry.file_name() != ".git" {
                open.push(entry.path());
            } else if kind.is_file() && entry.metadata()?.len() <= LARGEST {
                found.push(entry.path());
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn compare_all(directory: &Path, files: &[&PathBuf]) -> Figures {
    let scanner = Scanner::new(&[embedded()]);
    let next = AtomicUsize::new(0);
    let figures = Mutex::new(Figures::default());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut scratch = Scratch::default();
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = path.strip_prefix(directory).unwrap_or(path).to_string_lossy();
                    let Ok(bytes) = std::fs::read(path) else { continue };
                    let Some(text) = seaworthy_engine::readable(&bytes) else { continue };
                    let file = File::new(&name, file_role(&name, None));
                    let fast = scanner.candidates(&text, &file, &mut scratch);
                    let slow = reference::candidates(&scanner, &text, &file);
                    let mut figures = figures.lock().unwrap_or_else(|broken| broken.into_inner());
                    figures.files += 1;
                    figures.bytes += text.len();
                    figures.candidates += slow.len();
                    figures.missing.extend(not_in(&slow, fast, &name));
                    figures.extra.extend(not_in(fast, &slow, &name));
                }
            });
        }
    });
    figures.into_inner().unwrap_or_else(|broken| broken.into_inner())
}

/// Those of `some` that are not among `others`, each as often as it is too many.
fn not_in(some: &[Candidate], others: &[Candidate], path: &str) -> Vec<String> {
    let mut known: HashMap<_, usize> = HashMap::new();
    for other in others {
        *known.entry(seen(other)).or_default() += 1;
    }
    let unknown = some.iter().filter(|one| match known.get_mut(&seen(one)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    unknown.map(|one| format!("{path}:{} {}", one.region.start, one.kind.id)).collect()
}

/// All that is compared of a candidate. The secret is, too; it is never shown.
type Seen<'c> =
    (&'c str, usize, usize, Option<&'c str>, Option<&'c str>, Option<&'c str>, &'c [u8]);

fn seen(candidate: &Candidate) -> Seen<'_> {
    (
        candidate.kind.id,
        candidate.region.start,
        candidate.region.end,
        candidate.name.as_ref().map(|name| name.text.as_str()),
        candidate.proof,
        candidate.encoding,
        candidate.secret.as_bytes(),
    )
}
