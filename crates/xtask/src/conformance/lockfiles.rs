//! The `lockfiles` sets: which packages osv-scalibr finds in a lockfile.
//!
//! It reports what may be vulnerable, we what is locked; [`as_scalibr_reports`]
//! holds the differences. Packages are compared as sets, since it reports one
//! that is installed twice once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use seaworthy_formats::lockfile::{LockedPackage, Lockfile, LockfileKind, PackageSource};
use serde::Deserialize;

use super::Outcome;

const TYPES: [(&str, LockfileKind); 5] = [
    ("bunlock", LockfileKind::Bun),
    ("cargolock", LockfileKind::Cargo),
    ("packagelockjson", LockfileKind::Npm),
    ("pnpmlock", LockfileKind::Pnpm),
    ("yarnlock", LockfileKind::YarnClassic),
];

#[derive(Deserialize)]
struct Case {
    test: String,
    file: String,
    error: bool,
    /// Whether what was found is known where there is an error.
    has_want: bool,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    commit: String,
    #[serde(default)]
    groups: BTreeSet<String>,
}

/// Name, version and commit.
type Identity = (String, String, String);
type Packages = BTreeMap<Identity, BTreeSet<String>>;

/// Runs the sets in `dir`; none when it does not exist.
pub(super) fn run(dir: &Path) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for (name, kind) in TYPES {
        let dir = dir.join(name);
        let expected = dir.join("expected.json");
        if !expected.exists() {
            continue;
        }
        let text = std::fs::read_to_string(&expected)
            .with_context(|| format!("cannot read {}", expected.display()))?;
        let cases: Vec<Case> = serde_json::from_str(&text)
            .with_context(|| format!("cannot understand {}", expected.display()))?;
        let mut outcome = Outcome::new(format!("lockfiles/{name}"), 98.0);
        for case in cases {
            run_case(&dir, kind, &case, &mut outcome)?;
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

fn run_case(
    dir: &Path,
    kind: LockfileKind,
    case: &Case,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let path = dir.join(&case.file);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let lock = Lockfile::read(kind, &String::from_utf8_lossy(&bytes));
    // npm heeds a shrinkwrap alone where both are present.
    let shadowed = case.file.ends_with("package-lock.json")
        && path.with_file_name("npm-shrinkwrap.json").exists();
    let mut found = if shadowed { Packages::new() } else { as_scalibr_reports(&lock) };
    let mut wanted: Packages = Packages::new();
    for package in &case.packages {
        let identity = (package.name.clone(), package.version.clone(), package.commit.clone());
        wanted.insert(identity, package.groups.clone());
    }
    // Only npm's cases say of every package whether it is for development.
    let grouped = kind == LockfileKind::Npm || case.packages.iter().any(|p| !p.groups.is_empty());
    if !grouped {
        found.values_mut().for_each(BTreeSet::clear);
    }
    let error = !lock.readable || !lock.errors.is_empty();
    let agrees = error == case.error && (found == wanted || (case.error && !case.has_want));
    outcome.case(agrees, || {
        let missing: Vec<_> = wanted.iter().filter(|p| !found.contains_key(p.0)).collect();
        let extra: Vec<_> = found.iter().filter(|p| !wanted.contains_key(p.0)).collect();
        let groups: Vec<_> = wanted
            .iter()
            .filter_map(|(k, v)| found.get(k).filter(|f| *f != v).map(|f| (k, v, f)))
            .collect();
        format!(
            "{} ({}): error {error}, wanted {}; missing {missing:?}; extra {extra:?}; groups {groups:?}",
            case.test, case.file, case.error
        )
    });
    Ok(())
}

/// Our packages by its conventions.
fn as_scalibr_reports(lock: &Lockfile) -> Packages {
    let mut found = Packages::new();
    for package in &lock.packages {
        if is_left_out(lock.kind, package) {
            continue;
        }
        let commit = match &package.source {
            // Of Cargo's it reads no source at all.
            PackageSource::Git { commit: Some(commit) } if lock.kind != LockfileKind::Cargo => {
                commit.to_string()
            }
            _ => String::new(),
        };
        let mut groups = BTreeSet::new();
        for (set, name) in
            [(package.dev, "dev"), (package.optional, "optional"), (package.bundled, "bundled")]
        {
            if set {
                groups.insert(name.to_owned());
            }
        }
        let identity = (package.name.to_string(), package.version.to_string(), commit);
        // Of one that is installed twice, only what holds of both is kept.
        found
            .entry(identity)
            .and_modify(|known| *known = known.intersection(&groups).cloned().collect())
            .or_insert(groups);
    }
    found
}

fn is_left_out(kind: LockfileKind, package: &LockedPackage) -> bool {
    let at_root = package.resolved.as_ref().is_some_and(|(path, _)| &**path == ".");
    match kind {
        // A link stands beside the entry of the folder.
        LockfileKind::Npm | LockfileKind::NpmShrinkwrap => package.source == PackageSource::Link,
        // The root's own package.
        LockfileKind::YarnBerry => package.source == PackageSource::Workspace && at_root,
        // Folders without a name, and keys that say no version.
        LockfileKind::Pnpm => {
            package.name.is_empty()
                || (package.version.is_empty()
                    && !matches!(package.source, PackageSource::Git { commit: Some(_) }))
        }
        _ => false,
    }
}
