//! `lockfile-insecure-source`

use std::collections::BTreeMap;

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::lockfile::registries::is_public_npm;
use seaworthy_formats::lockfile::{LockedPackage, Lockfile, PackageSource, url_host};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::entries::{GROUPS, is_judged, label, relate, unnamed};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "lockfile-insecure-source",
        group: Group::Dependencies,
        summary: "locked package that is fetched without encryption or from a moving branch",
        help: include_str!("lockfile_insecure_source.md"),
        severity: Severity::High,
        precision: Precision::VeryHigh,
        cwe: &[319, 494, 829],
        ..Rule::DEFAULT
    },
    check: Check::Lockfile(check),
};

/// What is wrong with an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// Anybody on the way can change the archive.
    PlainHttp,
    /// Git's own protocol, which neither encrypts nor authenticates.
    PlainGit,
    /// A repository without a commit.
    Unpinned,
}

fn check(lock: &Lockfile, cx: &mut Context<'_>) {
    if !is_judged(lock, cx) {
        return;
    }
    let mut found: BTreeMap<(Fault, String), Vec<&LockedPackage>> = BTreeMap::new();
    for package in lock.packages.iter().filter(|package| !package.bundled) {
        if let Some((fault, host)) = fault(package) {
            found.entry((fault, host)).or_default().push(package);
        }
    }
    let path = cx.path().clone();
    let text = cx.text();
    let hosts = found.len();
    for (index, ((fault, host), packages)) in found.into_iter().enumerate() {
        let first = packages[0];
        let region = place(first);
        if index == GROUPS {
            let message = format!(
                "Packages come from {} more hosts without encryption or a commit, which are not \
                 listed one by one.",
                hosts - GROUPS,
            );
            cx.report(region, message).evidence("more hosts");
            break;
        }
        let others = match packages.len() - 1 {
            0 => String::new(),
            1 => " and 1 other package".to_owned(),
            n => format!(" and {n} other packages"),
        };
        let who = format!("{}{others}", label(first));
        let host_name = if host.is_empty() { "a git host" } else { &host };
        let message = match fault {
            Fault::PlainHttp => format!(
                "{who} from {host_name} over plain HTTP. Whoever controls the network can read \
                 and replace what is installed. Use https."
            ),
            Fault::PlainGit => format!(
                "{who} from {host_name} over git://, which neither encrypts nor authenticates. \
                 Whoever controls the network can replace what is installed. Use https or ssh."
            ),
            Fault::Unpinned => format!(
                "{who} from a git repository on {host_name} without a commit: every install may \
                 fetch other code. Lock the full commit hash."
            ),
        };
        let edit = https(fault, &host, &packages, text);
        let draft = cx.report(region, format!("{message}{}", unnamed(packages.len() - 1)));
        draft.evidence(format!("{} {host}", fault.word()));
        relate(draft, &path, packages.iter().skip(1).map(|p| (place(p), label(p))));
        if let Some(regions) = edit {
            let edit = regions
                .into_iter()
                .fold(Edit::safe(format!("Fetch from {host} over https")), |edit, region| {
                    edit.replace(&path, region, "https")
                });
            draft.fix(edit);
        }
    }
}

impl Fault {
    const fn word(self) -> &'static str {
        match self {
            Fault::PlainHttp => "http",
            Fault::PlainGit => "git",
            Fault::Unpinned => "unpinned",
        }
    }
}

fn place(package: &LockedPackage) -> Region {
    package.resolved.as_ref().map_or(package.region, |(_, region)| *region)
}

fn fault(package: &LockedPackage) -> Option<(Fault, String)> {
    let address = package.resolved.as_ref().map_or("", |(address, _)| address);
    if matches!(
        package.source,
        PackageSource::File | PackageSource::Link | PackageSource::Workspace
    ) {
        return None;
    }
    let host = url_host(address).unwrap_or("").to_ascii_lowercase();
    let git = matches!(package.source, PackageSource::Git { .. });
    match scheme(address).to_ascii_lowercase().as_str() {
        // Nobody stands between a machine and itself.
        "http" | "ftp" if !is_loopback(&host) => return Some((Fault::PlainHttp, host)),
        "git" if git => return Some((Fault::PlainGit, host)),
        _ => {}
    }
    // An archive of a branch or tag is pinned by its hash.
    let hashed = package.integrity.as_ref().is_some_and(|(hash, _)| !hash.trim().is_empty());
    let unpinned = package.source == PackageSource::Git { commit: None } && !hashed;
    unpinned.then_some((Fault::Unpinned, host))
}

/// What the address is fetched by: `http` of `git+http://` and
/// `registry+http://`.
fn scheme(address: &str) -> &str {
    let Some((scheme, _)) = address.split_once("://") else { return "" };
    scheme.rsplit('+').next().unwrap_or(scheme)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "::1" || host.starts_with("127.")
}

/// The places where `http` can become `https`: those of registries that are
/// known to answer so.
fn https(fault: Fault, host: &str, packages: &[&LockedPackage], text: &str) -> Option<Vec<Region>> {
    if fault != Fault::PlainHttp || !is_public_npm(host) {
        return None;
    }
    packages
        .iter()
        .map(|package| {
            let (_, region) = package.resolved.as_ref()?;
            // With a port, the other scheme needs another one.
            let rest = text.get(region.range())?.strip_prefix("http://")?;
            let authority = rest.split('/').next().unwrap_or(rest);
            let plain = !authority.contains(':');
            plain.then(|| Region::new(region.start, region.start + "http".len()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_plain_http() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "node_modules/a": {"version": "1.0.0", "integrity": "sha512-AA==",
    "resolved": "http://registry.npmjs.org/a/-/a-1.0.0.tgz"},
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] a 1.0.0 and 1 other package from registry.npmjs.org over plain HTTP
  "node_modules/b": {"version": "1.0.0",
    "resolved": "http://registry.npmjs.org/b/-/b-1.0.0.tgz"}
                 ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ b 1.0.0
}}
"#,
        );
    }

    #[test]
    fn flags_git_without_encryption_or_commit() {
        check(
            &RULE,
            "yarn.lock",
            "
# yarn lockfile v1


a@git://github.com/o/a.git:
  version \"1.0.0\"
  resolved \"git://github.com/o/a.git#0123456789abcdef0123456789abcdef01234567\"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] over git://

b@git+https://github.com/o/b.git:
  version \"1.0.0\"
  resolved \"git+https://github.com/o/b.git#main\"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] without a commit

c@git+http://git.example.com/o/c.git:
  version \"1.0.0\"
  resolved \"git+http://git.example.com/o/c.git#0123456789abcdef0123456789abcdef01234567\"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] over plain HTTP
",
        );
    }

    #[test]
    fn flags_cargo_sources() {
        check(
            &RULE,
            "Cargo.lock",
            r#"
version = 3

[[package]]
name = "inner"
version = "1.0.0"
source = "registry+http://crates.example.com/index"
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] over plain HTTP
checksum = "00"
"#,
        );
    }

    #[test]
    fn passes_https_pinned_git_and_what_is_not_fetched() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "": {"name": "app"},
  "packages/inner": {"version": "1.0.0"},
  "node_modules/inner": {"resolved": "packages/inner", "link": true},
  "node_modules/f": {"version": "1.0.0", "resolved": "file:f-1.0.0.tgz"},
  "node_modules/l": {"version": "1.0.0", "resolved": "http://localhost:4873/l/-/l-1.0.0.tgz"},
  "node_modules/bundled": {"version": "1.0.0", "inBundle": true},
  "node_modules/g": {"version": "1.0.0",
    "resolved": "git+ssh://git@github.com/o/g.git#0123456789abcdef0123456789abcdef01234567"},
  "node_modules/tag": {"version": "1.0.0", "integrity": "sha512-AA==",
    "resolved": "https://github.com/o/tag/archive/refs/tags/v1.0.0.tar.gz"},
  "node_modules/a": {"version": "1.0.0", "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"}
}}
"#,
        );
    }

    #[test]
    fn leaves_fixtures_alone() {
        check(
            &RULE,
            "test/fixtures/package-lock.json",
            r#"{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0", "resolved": "http://registry.npmjs.org/a/-/a-1.0.0.tgz"}}}"#,
        );
    }

    #[test]
    fn the_fix_changes_the_scheme_of_every_address() {
        check_fix(
            &RULE,
            "yarn.lock",
            "# yarn lockfile v1\n\na@1:\n  version \"1.0.0\"\n  resolved \"http://registry.yarnpkg.com/a/-/a-1.0.0.tgz#00\"\n\nb@1:\n  version \"1.0.0\"\n  resolved \"http://registry.yarnpkg.com/b/-/b-1.0.0.tgz#00\"\n",
            "# yarn lockfile v1\n\na@1:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz#00\"\n\nb@1:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/b/-/b-1.0.0.tgz#00\"\n",
        );
    }
}
