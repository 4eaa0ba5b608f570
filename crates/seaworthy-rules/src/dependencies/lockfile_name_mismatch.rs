//! `lockfile-name-mismatch`

use std::collections::HashSet;

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::lockfile::{
    LockedPackage, Lockfile, LockfileKind, PackageSource, registry_url_package,
};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::entries::{Faulty, is_archive, is_judged, label, report};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "lockfile-name-mismatch",
        group: Group::Dependencies,
        summary: "locked package whose address names another package or version",
        help: include_str!("lockfile_name_mismatch.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[494, 829],
        ..Rule::DEFAULT
    },
    check: Check::Lockfile(check),
};

fn check(lock: &Lockfile, cx: &mut Context<'_>) {
    if !is_judged(lock, cx) || lock.kind == LockfileKind::Cargo {
        return;
    }
    // Whoever asks for a package under another name says `npm:NAME`.
    let mut asked: Option<HashSet<&str>> = None;
    // npm and bun write the name of an alias into the entry itself, so somebody
    // else in the file has to have asked for it: another entry or the manifest.
    let judges_aliases = !lock.roots.is_empty()
        && matches!(lock.kind, LockfileKind::Npm | LockfileKind::NpmShrinkwrap | LockfileKind::Bun);
    let faulty: Vec<Faulty<'_>> = lock
        .packages
        .iter()
        .filter(|package| is_archive(package))
        .filter_map(|package| {
            let mut is_asked_for =
                |name: &str| asked.get_or_insert_with(|| aliased_names(cx)).contains(name);
            mismatch(judges_aliases, package, &mut is_asked_for)
        })
        .collect();
    let all = "packages are fetched from addresses that name other packages or versions. What is \
               installed is not what the lockfile says. Remove the entries and lock anew.";
    report(cx, faulty, all);
}

fn mismatch<'l>(
    judges_aliases: bool,
    package: &'l LockedPackage,
    is_asked_for: &mut dyn FnMut(&str) -> bool,
) -> Option<Faulty<'l>> {
    let faulty = |region, severity, message| Faulty { package, region, severity, message };
    // An archive from elsewhere is called whatever it calls itself.
    if let Some(alias) = package.alias.as_deref().filter(|_| judges_aliases)
        && package.source == PackageSource::Registry
        && !package.name.is_empty()
        && !is_asked_for(&package.name)
    {
        let message = format!(
            "{} is installed in place of {alias}, though nothing asks for that. Whoever imports \
             {alias} runs {} instead. Remove the entry and lock anew.",
            package.name, package.name,
        );
        return Some(faulty(package.region, Severity::High, message));
    }
    let (address, region) = package.resolved.as_ref()?;
    let (name, version) = registry_url_package(address)?;
    if name != *package.name && !package.name.is_empty() && !is_asked_for(&name) {
        let message = format!(
            "{} is fetched from an address that names {}. Whoever imports it runs that package \
             instead. Remove the entry and lock anew.",
            label(package),
            shown(&name),
        );
        return Some(faulty(*region, Severity::High, message));
    }
    let locked = without_build(&package.version);
    if !locked.is_empty() && locked != without_build(&version) && is_version(locked) {
        let message = format!(
            "{} is fetched from an address that names version {}. Audits that read the lockfile \
             judge another version than the one installed. Remove the entry and lock anew.",
            label(package),
            shown(&version),
        );
        return Some(faulty(*region, Severity::Medium, message));
    }
    None
}

/// Build metadata is not part of a registry's addresses.
fn without_build(version: &str) -> &str {
    let version = version.strip_prefix(['v', '=']).unwrap_or(version);
    version.split('+').next().unwrap_or(version)
}

/// Whether it is a plain version, not an address or a folder.
fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
}

/// A name from an address, cut to a length that a message can hold.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// The names after every `npm:` in the lockfile and the manifests it is for.
fn aliased_names<'s>(cx: &Context<'s>) -> HashSet<&'s str> {
    let snapshot = cx.snapshot();
    let mut names = HashSet::new();
    collect(cx.text(), &mut names);
    let root = cx.path().parent();
    for package in cx.joined().packages().all() {
        if package.directory == root || package.workspace_root.as_deref() == Some(root) {
            let manifest = snapshot.artifact(package.manifest.as_str());
            collect(manifest.and_then(|m| snapshot.text(m)).unwrap_or(""), &mut names);
        }
    }
    names
}

fn collect<'s>(text: &'s str, names: &mut HashSet<&'s str>) {
    for (at, marker) in text.match_indices("npm:") {
        let rest = &text[at + marker.len()..];
        let end = rest
            .bytes()
            .enumerate()
            .find(|&(i, b)| (b == b'@' && i > 0) || b"\"' ,\n\r)}".contains(&b))
            .map_or(rest.len(), |(i, _)| i);
        if let Some(name) = rest.get(..end) {
            names.insert(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_addresses_that_name_another_package_or_version() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "node_modules/lodash": {"version": "4.17.21",
    "resolved": "https://registry.npmjs.org/1odash/-/1odash-4.17.21.tgz"},
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] lodash 4.17.21 is fetched from an address that names 1odash
  "node_modules/@s/core": {"version": "1.0.0",
    "resolved": "https://registry.npmjs.org/@other/core/-/core-1.0.0.tgz"},
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] names @other/core
  "node_modules/c": {"version": "2.0.0",
    "resolved": "https://registry.npmjs.org/c/-/c-1.0.0.tgz"}
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] names version 1.0.0
}}
"#,
        );
    }

    #[test]
    fn flags_an_alias_that_nothing_asks_for() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "": {"dependencies": {"lodash": "^4.17.0"}},
  "node_modules/lodash": {"name": "1odash", "version": "4.17.21",
  ^^^^^^^^^^^^^^^^^^^^^ [high] 1odash is installed in place of lodash
    "resolved": "https://registry.npmjs.org/1odash/-/1odash-4.17.21.tgz"}
}}
"#,
        );
    }

    #[test]
    fn without_the_manifests_record_nobody_can_have_asked() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "node_modules/a": {"name": "b", "version": "1.0.0",
    "resolved": "https://registry.npmjs.org/b/-/b-1.0.0.tgz"}
}}
"#,
        );
    }

    #[test]
    fn passes_aliases_that_are_asked_for() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "node_modules/@isaacs/cliui": {"version": "8.0.2",
    "dependencies": {"string-width-cjs": "npm:string-width@^4.2.0"},
    "resolved": "https://registry.npmjs.org/@isaacs/cliui/-/cliui-8.0.2.tgz"},
  "node_modules/string-width-cjs": {"name": "string-width", "version": "4.2.3",
    "resolved": "https://registry.npmjs.org/string-width/-/string-width-4.2.3.tgz"}
}}
"#,
        );
        check_files(
            &RULE,
            r#"
//- package.json
{"overrides": {"request": "npm:@cypress/request@^3.0.0"}}
//- package-lock.json
{"lockfileVersion": 3, "packages": {
  "node_modules/request": {"name": "@cypress/request", "version": "3.0.1",
    "resolved": "https://registry.npmjs.org/@cypress/request/-/request-3.0.1.tgz"}
}}
"#,
        );
        check(
            &RULE,
            "yarn.lock",
            "
# yarn lockfile v1

\"string-width-cjs@npm:string-width@^4.2.0\", string-width@^4.1.0:
  name string-width-cjs
  version \"4.2.3\"
  resolved \"https://registry.yarnpkg.com/string-width/-/string-width-4.2.3.tgz#00\"
",
        );
    }

    #[test]
    fn passes_the_addresses_of_private_registries() {
        check(
            &RULE,
            "package-lock.json",
            r#"
{"lockfileVersion": 3, "packages": {
  "node_modules/@s/a": {"version": "1.0.0",
    "resolved": "https://npm.pkg.github.com/download/@s/a/1.0.0/0123456789abcdef"},
  "node_modules/@s/b": {"version": "1.0.0-rc.1+build.5",
    "resolved": "https://gitlab.example.com/api/v4/projects/1/packages/npm/@s/b/-/@s/b-1.0.0-rc.1.tgz"},
  "node_modules/@s/c": {"version": "1.0.0",
    "resolved": "https://art.example.com/artifactory/api/npm/npm/@s%2fc/-/c-1.0.0.tgz"},
  "node_modules/d": {"version": "1.0.0", "resolved": "https://cdn.example.org/files/d.tgz"},
  "node_modules/e": {"name": "f", "version": "1.0.0", "resolved": "https://cdn.example.org/f.tgz"}
}}
"#,
        );
    }
}
