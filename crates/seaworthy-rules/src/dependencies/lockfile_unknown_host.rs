//! `lockfile-unknown-host`

use std::collections::{BTreeMap, HashSet};

use seaworthy_analysis::{Check, Context, Document, DocumentKind, NativeRule, Snapshot};
use seaworthy_formats::lockfile::registries::{
    CARGO_SOURCES, GIT_SHORTHANDS, is_git_host, is_public_registry,
};
use seaworthy_formats::lockfile::{LockedPackage, Lockfile, LockfileKind, PackageSource, url_host};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::entries::{GROUPS, is_judged, label, relate, unnamed};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "lockfile-unknown-host",
        group: Group::Dependencies,
        summary: "locked package from a host that nothing in the repository declares",
        help: include_str!("lockfile_unknown_host.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[829, 494],
        ..Rule::DEFAULT
    },
    check: Check::Lockfile(check),
};

/// Files in which package managers are told of registries, besides `.npmrc`.
const SETTINGS: [&str; 6] = [
    ".yarnrc.yml",
    ".yarnrc",
    "bunfig.toml",
    "pnpm-workspace.yaml",
    ".cargo/config.toml",
    ".cargo/config",
];

fn check(lock: &Lockfile, cx: &mut Context<'_>) {
    if !is_judged(lock, cx) {
        return;
    }
    let mut by_host: BTreeMap<String, Vec<&LockedPackage>> = BTreeMap::new();
    let mut fetched = 0_usize;
    for package in &lock.packages {
        let Some(host) = host(lock.kind, package) else { continue };
        fetched += 1;
        if !is_public_registry(host) && !is_git_host(host) {
            by_host.entry(host.to_ascii_lowercase()).or_default().push(package);
        }
    }
    if by_host.is_empty() {
        return;
    }
    let declared = declared_hosts(lock.kind, cx);
    let path = cx.path().clone();
    by_host
        .retain(|host, _| !declared.contains(host) && !allowed(&cx.options().lockfile_hosts, host));
    let hosts = by_host.len();
    for (index, (host, packages)) in by_host.into_iter().enumerate() {
        if index == GROUPS {
            let first = packages[0];
            let region = first.resolved.as_ref().map_or(first.region, |(_, region)| *region);
            let message = format!(
                "Packages come from {host} and {} more hosts, which are no registries that this \
                 repository declares. They are not listed one by one.",
                hosts - GROUPS - 1,
            );
            cx.report(region, message).evidence("more hosts");
            break;
        }
        // A few packages from elsewhere are what a tampered lockfile looks
        // like; all of them are a mirror in somebody's own settings.
        let mirror = packages.len() * 2 > fetched && packages.len() > 2;
        let first = packages[0];
        let region = first.resolved.as_ref().map_or(first.region, |(_, region)| *region);
        let others = match packages.len() - 1 {
            0 => "comes".to_owned(),
            1 => "and 1 other package come".to_owned(),
            n => format!("and {n} other packages come"),
        };
        let why = if mirror {
            "Everyone who installs depends on that mirror without having chosen it."
        } else {
            "An address that was slipped into a lockfile installs whatever its owner serves."
        };
        let message = format!(
            "{} {others} from {host}, which is no registry that this repository declares. {why} \
             Declare the registry in .npmrc or in the setting `lockfiles.allowed-hosts`, or lock anew.{}",
            label(first),
            unnamed(packages.len() - 1),
        );
        let draft = cx.report(region, message);
        draft.severity(if mirror { Severity::Medium } else { Severity::High }).evidence(&*host);
        let places = packages.iter().skip(1).filter_map(|package| {
            package.resolved.as_ref().map(|(_, region)| (*region, label(package)))
        });
        relate(draft, &path, places);
    }
}

/// The host that an entry is fetched from.
fn host(kind: LockfileKind, package: &LockedPackage) -> Option<&str> {
    let fetched = matches!(
        package.source,
        PackageSource::Registry | PackageSource::Url | PackageSource::Git { .. }
    );
    let (address, _) = package.resolved.as_ref().filter(|_| fetched && !package.bundled)?;
    if matches!(package.source, PackageSource::Git { .. }) && is_shorthand(address) {
        return None;
    }
    if kind == LockfileKind::Cargo && CARGO_SOURCES.iter().any(|known| address.starts_with(known)) {
        return None;
    }
    url_host(address)
}

/// Whether it is a git host's shorthand that was given a scheme, as bun writes
/// it: `git+ssh://gitlab:owner/name`. What ends in `@` is a user's name.
fn is_shorthand(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    !authority.contains('@') && GIT_SHORTHANDS.iter().any(|prefix| authority.starts_with(prefix))
}

/// Whether the setting names the host, itself or by `*.` before a domain.
fn allowed(hosts: &[String], host: &str) -> bool {
    hosts.iter().any(|allowed| {
        let allowed = allowed.trim().to_ascii_lowercase();
        match allowed.strip_prefix("*.") {
            Some(domain) => {
                host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
            }
            None => allowed == host || url_host(&allowed).is_some_and(|allowed| allowed == host),
        }
    })
}

/// The hosts that the settings of package managers beside and above the
/// lockfile name, and those that the manifests themselves ask for.
fn declared_hosts(kind: LockfileKind, cx: &Context<'_>) -> HashSet<String> {
    let snapshot = cx.snapshot();
    let mut hosts = HashSet::new();
    let own = cx.path().parent();
    let mut directory = Some(own);
    while let Some(at) = directory {
        let file =
            |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
        registries(snapshot, &file(".npmrc"), &mut hosts);
        for name in SETTINGS {
            if let Some(text) = snapshot.artifact(&file(name)).and_then(|a| snapshot.text(a)) {
                addresses(text, &mut hosts);
            }
        }
        directory = match at.rsplit_once('/') {
            Some((parent, _)) => Some(parent),
            None if at.is_empty() => None,
            None => Some(""),
        };
    }
    if kind == LockfileKind::Cargo {
        for artifact in snapshot.named(&["Cargo.toml"]) {
            if is_below(artifact.path().parent(), own) {
                addresses(snapshot.text(artifact).unwrap_or(""), &mut hosts);
            }
        }
        return hosts;
    }
    for artifact in snapshot.of_kind(DocumentKind::PackageJson) {
        if !is_below(artifact.path().parent(), own) {
            continue;
        }
        if let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) {
            for dependency in &manifest.dependencies {
                hosts.extend(url_host(&dependency.range).map(str::to_ascii_lowercase));
            }
        }
    }
    hosts
}

fn is_below(directory: &str, root: &str) -> bool {
    root.is_empty()
        || directory.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn registries(snapshot: &Snapshot, path: &str, hosts: &mut HashSet<String>) {
    let document = snapshot.artifact(path).and_then(|artifact| snapshot.document(artifact));
    if let Some(Document::Npmrc(registries)) = document {
        hosts.extend(
            registries.iter().filter_map(|r| url_host(&r.url)).map(str::to_ascii_lowercase),
        );
    }
}

/// The host of the address on each line that is no comment.
fn addresses(text: &str, hosts: &mut HashSet<String>) {
    for line in text.lines().map(str::trim_start).filter(|line| !line.starts_with('#')) {
        for word in line.split([' ', '"', '\'', ',', '=', '\t']) {
            if word.contains("://") {
                hosts.extend(url_host(word).map(str::to_ascii_lowercase));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RULE, allowed, is_shorthand};
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_one_finding_per_host() {
        check(
            &RULE,
            "yarn.lock",
            "
# yarn lockfile v1


a@1:
  version \"1.0.0\"
  resolved \"https://packages.example.net/a/-/a-1.0.0.tgz#00\"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] a 1.0.0 and 1 other package come from packages.example.net

b@1:
  version \"1.0.0\"
  resolved \"https://packages.example.net/b/-/b-1.0.0.tgz#00\"
            ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ b 1.0.0

c@1:
  version \"1.0.0\"
  resolved \"https://registry.yarnpkg.com/c/-/c-1.0.0.tgz#00\"

d@1:
  version \"1.0.0\"
  resolved \"https://registry.npmjs.org/d/-/d-1.0.0.tgz#00\"
",
        );
    }

    #[test]
    fn flags_a_host_that_only_looks_like_the_registry() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "node_modules/a": {"version": "1.0.0",
    "resolved": "https://registry.npmjs.org.example.net/a/-/a-1.0.0.tgz"}
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] from registry.npmjs.org.example.net
}}
"#,
        );
    }

    #[test]
    fn passes_registries_that_npmrc_declares() {
        check_files(
            &RULE,
            r#"
//- .npmrc
@corp:registry=https://npm.corp.example/
//- web/package-lock.json
{"lockfileVersion": 3, "packages": {
  "node_modules/@corp/a": {"version": "1.0.0", "resolved": "https://npm.corp.example/@corp/a/-/a-1.0.0.tgz"},
  "node_modules/b": {"version": "1.0.0", "resolved": "https://registry.npmjs.org/b/-/b-1.0.0.tgz"}
}}
"#,
        );
    }

    #[test]
    fn passes_registries_of_other_managers_settings() {
        check_files(
            &RULE,
            r#"
//- .yarnrc.yml
npmRegistryServer: "https://npm.corp.example"
//- yarn.lock
# yarn lockfile v1

a@1:
  version "1.0.0"
  resolved "https://npm.corp.example/a/-/a-1.0.0.tgz#00"
//- .cargo/config.toml
[registries.corp]
index = "sparse+https://crates.corp.example/index/"
//- Cargo.lock
version = 4

[[package]]
name = "inner"
version = "1.0.0"
source = "sparse+https://crates.corp.example/index/"
checksum = "00"

[[package]]
name = "serde"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "00"
"#,
        );
    }

    #[test]
    fn passes_git_hosts_and_what_the_manifest_asks_for() {
        check_files(
            &RULE,
            r#"
//- package.json
{"dependencies": {"xlsx": "https://cdn.example.org/xlsx-1.0.0.tgz", "g": "github:o/g"}}
//- package-lock.json
{"lockfileVersion": 3, "packages": {
  "node_modules/xlsx": {"version": "1.0.0", "resolved": "https://cdn.example.org/xlsx-1.0.0.tgz"},
  "node_modules/g": {"version": "1.0.0",
    "resolved": "git+ssh://git@github.com/o/g.git#0123456789abcdef0123456789abcdef01234567"}
}}
"#,
        );
    }

    #[test]
    fn a_mirror_of_everything_is_milder() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "node_modules/a": {"version": "1.0.0", "resolved": "https://mirror.example.cn/a/-/a-1.0.0.tgz"},
                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] a 1.0.0 and 2 other packages
  "node_modules/b": {"version": "1.0.0", "resolved": "https://mirror.example.cn/b/-/b-1.0.0.tgz"},
  "node_modules/c": {"version": "1.0.0", "resolved": "https://mirror.example.cn/c/-/c-1.0.0.tgz"}
}}
"#,
        );
    }

    #[test]
    fn a_shorthand_is_no_disguise() {
        assert!(is_shorthand("git+ssh://gitlab:owner/name#0123456"));
        assert!(!is_shorthand("git+ssh://gitlab:owner@example.net/name"));
        assert!(!is_shorthand("git+https://example.net//gitlab:owner/name"));
    }

    #[test]
    fn the_setting_names_hosts_and_domains() {
        let allows = |setting: &str, host| allowed(&[setting.to_owned()], host);
        assert!(allows("npm.corp.example", "npm.corp.example"));
        assert!(allows("*.corp.example", "npm.corp.example"));
        assert!(allows("https://npm.corp.example/repo", "npm.corp.example"));
        assert!(!allows("*.corp.example", "corp.example"));
        assert!(!allows("corp.example", "npm.corp.example"));
        assert!(!allows("*.corp.example", "evilcorp.example"));
    }
}
