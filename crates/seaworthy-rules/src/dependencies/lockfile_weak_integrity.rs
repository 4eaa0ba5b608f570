//! `lockfile-weak-integrity`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::lockfile::{Lockfile, LockfileKind};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::entries::{Faulty, is_archive, is_judged, label, report};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "lockfile-weak-integrity",
        group: Group::Dependencies,
        summary: "locked package whose hash is of a broken kind",
        help: include_str!("lockfile_weak_integrity.md"),
        severity: Severity::Medium,
        precision: Precision::VeryHigh,
        cwe: &[328, 353],
        ..Rule::DEFAULT
    },
    check: Check::Lockfile(check),
};

fn check(lock: &Lockfile, cx: &mut Context<'_>) {
    // Cargo and later versions of yarn write plain SHA-2, nothing else.
    if !is_judged(lock, cx) || matches!(lock.kind, LockfileKind::Cargo | LockfileKind::YarnBerry) {
        return;
    }
    let faulty = lock
        .packages
        .iter()
        .filter(|package| is_archive(package))
        .filter_map(|package| {
            let (hash, region) = package.integrity.as_ref()?;
            let (what, severity) = weakness(hash)?;
            Some(Faulty {
                package,
                region: *region,
                severity,
                message: format!(
                    "{} is locked by {what}: an attacker can prepare two archives with the same \
                     hash. Remove the entry and lock anew to record SHA-512.",
                    label(package),
                ),
            })
        })
        .collect();
    let all = format!(
        "packages are locked by SHA-1, MD5 or an unknown hash, which do not tie a version to its \
         archive. Lock anew with a current {} to record SHA-512.",
        lock.kind.manager(),
    );
    report(cx, faulty, &all);
}

/// What is weak about a hash; of several, the strongest counts.
fn weakness(hash: &str) -> Option<(&'static str, Severity)> {
    let mut weak = None;
    for part in hash.split_ascii_whitespace() {
        let kind = part.split_once('-').map_or("", |(kind, _)| kind).to_ascii_lowercase();
        let bare_sha1 = part.len() == 40 && part.bytes().all(|b| b.is_ascii_hexdigit());
        match kind.as_str() {
            "sha256" | "sha384" | "sha512" => return None,
            "sha1" => weak = Some(("SHA-1 alone", Severity::Medium)),
            "" if bare_sha1 => weak = Some(("SHA-1 alone", Severity::Medium)),
            "md5" if weak.is_none() => weak = Some(("MD5 alone", Severity::High)),
            _ if weak.is_none() => {
                weak = Some(("a hash that package managers do not know", Severity::High));
            }
            _ => {}
        }
    }
    weak
}

#[cfg(test)]
mod tests {
    use super::{RULE, weakness};
    use seaworthy_testkit::check;

    #[test]
    fn flags_sha1_and_md5() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "node_modules/a": {"version": "1.0.0", "integrity": "sha1-AAAA="},
                                                       ^^^^^^^^^^ [medium] a 1.0.0 is locked by SHA-1 alone
  "node_modules/b": {"version": "1.0.0", "integrity": "md5-AAAA="},
                                                       ^^^^^^^^^ [high] MD5 alone
  "node_modules/c": {"version": "1.0.0", "integrity": "sha1-AAAA= sha512-AAAA="},
  "node_modules/d": {"version": "1.0.0", "integrity": "sha512-AAAA="}
}}
"#,
        );
    }

    #[test]
    fn flags_the_hash_in_the_address_of_old_yarn_files() {
        check(
            &RULE,
            "yarn.lock",
            "
# yarn lockfile v1

a@^1.0.0:
  version \"1.0.0\"
  resolved \"https://registry.yarnpkg.com/a/-/a-1.0.0.tgz#0123456789abcdef0123456789abcdef01234567\"
                                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a 1.0.0 is locked by SHA-1

b@^1.0.0:
  version \"1.0.0\"
  resolved \"https://registry.yarnpkg.com/b/-/b-1.0.0.tgz#0123456789abcdef0123456789abcdef01234567\"
  integrity sha512-AAAA==
",
        );
    }

    #[test]
    fn passes_checksums_of_cargo_and_git_commits() {
        check(
            &RULE,
            "Cargo.lock",
            r#"
version = 4

[[package]]
name = "serde"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
"#,
        );
        check(
            &RULE,
            "yarn.lock",
            "
# yarn lockfile v1

g@o/g:
  version \"1.0.0\"
  resolved \"https://codeload.github.com/o/g/tar.gz/0123456789abcdef0123456789abcdef01234567\"
",
        );
    }

    #[test]
    fn the_strongest_hash_counts() {
        assert!(weakness("sha1-AA sha256-AA").is_none());
        assert!(weakness("sha384-AA").is_none());
        assert!(weakness("").is_none());
        assert!(weakness("crc32-AA").is_some());
        assert_eq!(weakness("md5-AA sha1-AA").map(|w| w.0), Some("SHA-1 alone"));
    }
}
