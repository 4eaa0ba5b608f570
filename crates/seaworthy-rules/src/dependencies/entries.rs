//! What the rules about a lockfile's entries share: which lockfiles they judge,
//! and how many faults of one kind become findings.

use seaworthy_analysis::roles::{FileRole, Role, file_role};
use seaworthy_analysis::{Context, Draft, Snapshot};
use seaworthy_formats::lockfile::{LockedPackage, Lockfile, PackageSource};
use seaworthy_model::{ArtifactPath, Region, Severity};

/// How many related places one finding names.
pub(super) const RELATED: usize = 10;

/// How many hosts of one lockfile have a finding of their own; the others share
/// one.
pub(super) const GROUPS: usize = 50;

/// Up to how many faulty entries each have a finding of their own.
const SINGLE: usize = 10;

/// Whether somebody installs from the lockfile. Fixtures of tests are not
/// installed; a lockfile that is broken as a whole is another rule's matter.
pub(super) fn is_judged(lock: &Lockfile, cx: &Context<'_>) -> bool {
    lock.readable && is_installed(cx.path())
}

/// Whether a manifest or lockfile at this path is there to be installed.
pub(crate) fn is_installed(path: &ArtifactPath) -> bool {
    !matches!(role_of_directory(path.parent()).role, Role::Test | Role::Template | Role::Vendored)
        && !is_scaffold(path.parent())
}

/// The names of lockfiles of JavaScript.
pub(super) const LOCKFILES: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
];

/// Whether a lockfile in a directory or above it tells that packages are installed
/// there. A published package has none, and leaves out much of its repository.
pub(crate) fn is_locked(snapshot: &Snapshot, directory: &str) -> bool {
    let mut above = Some(directory);
    while let Some(at) = above {
        let mut files = LOCKFILES.iter();
        if files.any(|file| {
            ArtifactPath::resolve(at, file).is_some_and(|it| snapshot.contains(it.as_str()))
        }) {
            return true;
        }
        above = (!at.is_empty()).then(|| at.rsplit_once('/').map_or("", |(above, _)| above));
    }
    false
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::RULES;
    use super::{GROUPS, is_installed};
    use seaworthy_model::ArtifactPath;
    use seaworthy_testkit::{Fixture, run};

    /// A manifest and two lockfiles in which every entry is wrong in every way.
    fn everything_wrong(packages: usize) -> String {
        let mut manifest = "//- package.json\n{\"dependencies\": {".to_owned();
        let mut npm =
            "//- package-lock.json\n{\"lockfileVersion\": 3, \"packages\": {\n".to_owned();
        let mut yarn = "//- yarn.lock\n# yarn lockfile v1\n".to_owned();
        for n in 0..packages {
            let comma = if n == 0 { "" } else { "," };
            let _ = writeln!(manifest, "{comma}\"d{n}\": \"^1.{n}.0\"");
            let _ = writeln!(
                npm,
                "{comma}\"node_modules/a{n}\": {{\"name\": \"b{n}\", \"version\": \"1.0.0\", \
                 \"resolved\": \"http://h{}.example.com/c{n}/-/c{n}-2.0.0.tgz\"}}",
                n % 1000,
            );
            let _ = write!(
                yarn,
                "\na{n}@^1:\n  version \"1.0.0\"\n  resolved \
                 \"http://h.example.com/b{n}/-/b{n}-2.0.0.tgz#0123456789abcdef0123456789abcdef01234567\"\n"
            );
        }
        format!("{manifest}}}}}\n{npm}}}}}\n{yarn}")
    }

    #[test]
    fn large_lockfiles_give_few_findings() {
        let packages = 3_000;
        let fixture = Fixture::parse(&everything_wrong(packages));
        for rule in RULES {
            let findings = run(rule, &fixture, false);
            let id = rule.rule.id;
            assert!(findings.len() <= 2 * (GROUPS + 1), "{id}: {} findings", findings.len());
            assert!(findings.iter().all(|f| f.related.len() <= 10), "{id}");
        }
    }

    #[test]
    fn tests_and_templates_are_not_installed() {
        let installed = |path: &str| is_installed(&ArtifactPath::new(path));
        assert!(installed("package.json"));
        assert!(installed("apps/web/package.json"));
        assert!(installed("docs/package.json"));
        assert!(!installed("test/fixtures/a/package.json"));
        assert!(!installed("templates/app/package.json"));
        assert!(!installed("packages/create-app/template-vue/package.json"));
        assert!(!installed("{{cookiecutter.name}}/package.json"));
        assert!(installed("packages/contemplate/package.json"));
    }
}
