//! `lockfile-missing-integrity`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::lockfile::{LockedPackage, Lockfile, LockfileKind, PackageSource};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::entries::{Faulty, is_archive, is_judged, label, report};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "lockfile-missing-integrity",
        group: Group::Dependencies,
        summary: "locked package without a hash of what is installed",
        help: include_str!("lockfile_missing_integrity.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[353, 494],
        ..Rule::DEFAULT
    },
    check: Check::Lockfile(check),
};

fn check(lock: &Lockfile, cx: &mut Context<'_>) {
    if !is_judged(lock, cx) {
        return;
    }
    let text = cx.text();
    let faulty = lock
        .packages
        .iter()
        .filter(|package| is_archive(package) && lacks_hash(package))
        .filter(|package| {
            !is_placeholder(lock.kind, package) && !is_conditional(lock.kind, package, text)
        })
        .map(|package| {
            let plain = package.resolved.as_ref().is_some_and(|(a, _)| a.starts_with("http://"));
            let serious = plain || package.source == PackageSource::Url;
            Faulty {
                package,
                region: package.region,
                severity: if serious { Severity::High } else { Severity::Medium },
                message: format!(
                    "{} is locked without {}. Whatever its server answers is installed, and a \
                     replaced archive goes unnoticed. Remove the entry and lock anew.",
                    label(package),
                    hash(lock.kind),
                ),
            }
        })
        .collect();
    let all = format!(
        "packages are locked without {}: whatever their servers answer is installed, and replaced \
         archives go unnoticed. Lock anew with a current {}.",
        hash(lock.kind),
        lock.kind.manager(),
    );
    report(cx, faulty, &all);
}

fn lacks_hash(package: &LockedPackage) -> bool {
    package.integrity.as_ref().is_none_or(|(hash, _)| hash.trim().is_empty())
}

/// npm notes optional packages of other platforms and peers by nothing but
/// their names, pnpm the runtime to use (`node@runtime:22.0.0`) as a package.
fn is_placeholder(kind: LockfileKind, package: &LockedPackage) -> bool {
    match &package.resolved {
        None => package.version.is_empty(),
        Some((address, _)) => kind == LockfileKind::Pnpm && !address.contains("://"),
    }
}

/// Yarn 2 and later only knows the hash of what it has fetched, which packages
/// for other platforms are not. Their entries say so by `conditions`.
fn is_conditional(kind: LockfileKind, package: &LockedPackage, text: &str) -> bool {
    if kind != LockfileKind::YarnBerry {
        return false;
    }
    text.get(package.region.end..).is_some_and(|rest| {
        rest.lines()
            .skip(1)
            .take_while(|line| line.starts_with(' '))
            .any(|line| line.trim_start().starts_with("conditions:"))
    })
}

fn hash(kind: LockfileKind) -> &'static str {
    match kind {
        LockfileKind::YarnBerry | LockfileKind::Cargo => "a checksum",
        _ => "an integrity hash",
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::RULE;
    use seaworthy_model::Severity;
    use seaworthy_testkit::{Fixture, check, run};

    #[test]
    fn flags_npm_packages_without_integrity() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "node_modules/a": {"version": "1.0.0",
  ^^^^^^^^^^^^^^^^ [medium] a 1.0.0 is locked without an integrity hash
    "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"},
  "node_modules/b": {"version": "2.0.0"},
  ^^^^^^^^^^^^^^^^ [medium] b 2.0.0
  "node_modules/c": {"version": "1.0.0", "resolved": "https://cdn.example.org/c-1.0.0.tgz"}
  ^^^^^^^^^^^^^^^^ [high] c 1.0.0
}}
"#,
        );
    }

    #[test]
    fn flags_the_other_kinds() {
        check(
            &RULE,
            "pnpm-lock.yaml",
            "
lockfileVersion: '9.0'
packages:
  a@1.0.0:
  ^^^^^^^ [high] a
    resolution: {tarball: http://registry.npmjs.org/a/-/a-1.0.0.tgz}
",
        );
        check(
            &RULE,
            "Cargo.lock",
            r#"
version = 4

[[package]]
name = "serde"
       ^^^^^^^ [medium] serde 1.0.0 is locked without a checksum
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "own"
version = "1.0.0"
"#,
        );
        check(
            &RULE,
            "yarn.lock",
            "
# yarn lockfile v1

a@^1.0.0:
^^^^^^^^ [medium] a 1.0.0
  version \"1.0.0\"
  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz\"
",
        );
    }

    #[test]
    fn passes_what_has_no_archive_of_its_own() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 2, "packages": {
  "": {"name": "app", "version": "1.0.0"},
  "packages/inner": {"version": "1.0.0"},
  "node_modules/inner": {"resolved": "packages/inner", "link": true},
  "node_modules/f": {"version": "1.0.0", "resolved": "file:../f"},
  "node_modules/n/node_modules/bundled": {"version": "1.0.0", "inBundle": true},
  "node_modules/other-platform": {"optional": true},
  "node_modules/g": {"version": "1.0.0",
    "resolved": "git+ssh://git@github.com/o/g.git#0123456789abcdef0123456789abcdef01234567"},
  "node_modules/a": {"version": "1.0.0", "integrity": "sha512-AA==",
    "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"}
}}
"#,
        );
    }

    #[test]
    fn passes_the_hash_in_the_address_of_old_yarn_files() {
        check(
            &RULE,
            "yarn.lock",
            "
# yarn lockfile v1

a@^1.0.0:
  version \"1.0.0\"
  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz#0123456789abcdef0123456789abcdef01234567\"
",
        );
    }

    #[test]
    fn passes_packages_that_yarn_has_not_fetched() {
        check(
            &RULE,
            "yarn.lock",
            "
__metadata:
  version: 8

\"app@workspace:.\":
  version: 0.0.0-use.local
  resolution: \"app@workspace:.\"

\"fsevents@npm:^2.3.2\":
  version: 2.3.3
  resolution: \"fsevents@npm:2.3.3\"
  conditions: os=darwin
  languageName: node

\"a@npm:^1.0.0\":
^^^^^^^^^^^^^^ a 1.0.0 is locked without a checksum
  version: 1.0.0
  resolution: \"a@npm:1.0.0\"
  languageName: node
",
        );
    }

    #[test]
    fn passes_the_runtime_that_pnpm_notes() {
        check(
            &RULE,
            "pnpm-lock.yaml",
            "
lockfileVersion: '9.0'
packages:
  node@runtime:22.0.0:
    hasBin: true
    resolution:
      type: variations
    version: 22.0.0
",
        );
    }

    #[test]
    fn many_packages_are_one_finding() {
        let mut text = "# yarn lockfile v1\n".to_owned();
        for n in 0..30_000 {
            let _ = write!(
                text,
                "\np{n}@1:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/p{n}/-/p{n}-1.0.0.tgz\"\n"
            );
        }
        let findings = run(&RULE, &Fixture::single("yarn.lock", &text), false);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.starts_with("30000 packages"), "{}", findings[0].message);
        assert!(findings[0].message.contains("29989 more"), "{}", findings[0].message);
        assert_eq!(findings[0].related.len(), 10);
        assert_eq!(findings[0].severity, Severity::Medium);
    }
}
