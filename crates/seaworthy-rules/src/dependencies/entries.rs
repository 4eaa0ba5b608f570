//! What the rules about a lockfile's entries share: which lockfiles they judge,
//! and how many faults of one kind become findings.

use seaworthy_analysis::roles::{FileRole, Role, file_role};
use seaworthy_analysis::{Context, Draft};
use seaworthy_formats::lockfile::{LockedPackage, Lockfile, PackageSource};
use seaworthy_model::{ArtifactPath, Region, Severity};

/// How many related places one finding names.
pub(super) const RELATED: usize = 10;

/// Up to how many faulty entries each have a finding of their own.
const SINGLE: usize = 10;

/// Whether somebody installs from the lockfile. Fixtures of tests are not
/// installed; a lockfile that is broken as a whole is another rule's matter.
pub(super) fn is_judged(lock: &Lockfile, cx: &Context<'_>) -> bool {
    lock.readable && is_installed(cx.path())
}

/// Whether a manifest or lockfile at this path is there to be installed.
pub(super) fn is_installed(path: &ArtifactPath) -> bool {
    !matches!(role_of_directory(path.parent()).role, Role::Test | Role::Template | Role::Vendored)
        && !is_scaffold(path.parent())
}

/// The role of a manifest in this directory: a lockfile's own name says only
/// that a tool wrote it.
pub(super) fn role_of_directory(directory: &str) -> FileRole {
    if directory.is_empty() {
        file_role("package.json", None)
    } else {
        file_role(&format!("{directory}/package.json"), None)
    }
}

/// Whether a generator copies what lies in this directory.
fn is_scaffold(directory: &str) -> bool {
    directory.to_ascii_lowercase().split('/').any(|segment| {
        segment.contains("{{")
            || segment.split(['-', '_', '.']).any(|word| {
                matches!(word, "template" | "templates" | "boilerplate" | "skeleton" | "scaffold")
            })
    })
}

/// Whether the entry is fetched as an archive, so that it needs an address that
/// can be trusted and a hash.
pub(super) fn is_archive(package: &LockedPackage) -> bool {
    !package.bundled && matches!(package.source, PackageSource::Registry | PackageSource::Url)
}

/// The name an entry is known by.
pub(super) fn label(package: &LockedPackage) -> String {
    let name = match package.alias.as_deref() {
        _ if package.name.is_empty() => "an entry without a name".to_owned(),
        Some(alias) => format!("{alias} ({})", package.name),
        None => package.name.to_string(),
    };
    if package.version.is_empty() { name } else { format!("{name} {}", package.version) }
}

/// An entry that a rule objects to.
pub(super) struct Faulty<'l> {
    pub(super) package: &'l LockedPackage,
    pub(super) region: Region,
    pub(super) severity: Severity,
    /// The whole message when the entry has a finding of its own.
    pub(super) message: String,
}

/// A finding for each faulty entry; for many, one that names the first of them.
/// `all` is said in the latter case, with the number of entries before it.
pub(super) fn report(cx: &mut Context<'_>, faulty: Vec<Faulty<'_>>, all: &str) {
    if faulty.len() <= SINGLE {
        for entry in faulty {
            cx.report(entry.region, entry.message)
                .severity(entry.severity)
                .evidence(label(entry.package));
        }
        return;
    }
    let count = faulty.len();
    let severity = faulty.iter().map(|entry| entry.severity).max().unwrap_or(Severity::Medium);
    let path = cx.path().clone();
    let region = faulty[0].region;
    let draft = cx.report(region, format!("{count} {all}{}", unnamed(count - 1)));
    draft.severity(severity).evidence("many entries");
    let places = faulty.iter().skip(1).map(|entry| (entry.region, label(entry.package)));
    relate(draft, &path, places);
}

/// Adds the first places of a long list.
pub(super) fn relate(
    draft: &mut Draft,
    path: &ArtifactPath,
    places: impl Iterator<Item = (Region, String)>,
) {
    for (region, label) in places.take(RELATED) {
        draft.related(path, region, label);
    }
}

/// Says how many places beyond the named ones there are.
pub(super) fn unnamed(places: usize) -> String {
    match places.saturating_sub(RELATED) {
        0 => String::new(),
        more => format!(" ({more} more are not listed.)"),
    }
}
