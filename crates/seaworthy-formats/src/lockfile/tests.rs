//! What is read of lockfiles, whole, broken and hostile.

use super::*;

const KINDS: [LockfileKind; 6] = [
    LockfileKind::Npm,
    LockfileKind::YarnClassic,
    LockfileKind::YarnBerry,
    LockfileKind::Pnpm,
    LockfileKind::Bun,
    LockfileKind::Cargo,
];

/// One line a package: what it is and what is known of it.
fn show(lock: &Lockfile) -> Vec<String> {
    let one = |p: &LockedPackage| {
        let mut line = format!("{}@{}", p.name, p.version);
        if let Some(alias) = &p.alias {
            line += &format!(" as {alias}");
        }
        match &p.source {
            PackageSource::Git { commit } => {
                line += &format!(" git:{}", commit.as_deref().unwrap_or("?"));
            }
            PackageSource::Registry => {}
            other => line += &format!(" {other:?}"),
        }
        let flags = [
            (p.dev, " dev"),
            (p.optional, " optional"),
            (p.peer, " peer"),
            (p.bundled, " bundled"),
            (p.has_install_script, " script"),
            (p.integrity.is_some(), " #"),
        ];
        flags.iter().filter(|f| f.0).for_each(|f| line += f.1);
        line
    };
    lock.packages.iter().map(one).collect()
}

fn roots(lock: &Lockfile) -> Vec<String> {
    lock.roots
        .iter()
        .map(|r| format!("{}:{} {} {:?}", r.importer, r.name, r.range, r.group))
        .collect()
}

#[track_caller]
fn check(kind: LockfileKind, text: &str, expected: &[&str]) -> Lockfile {
    let lock = Lockfile::read(kind, text);
    assert_eq!(show(&lock), expected);
    assert_eq!(lock.errors, []);
    assert!(lock.readable);
    for package in &lock.packages {
        for (value, region) in package.resolved.iter().chain(&package.integrity) {
            assert!(region.of(text).contains(&**value), "{value} at {region:?}");
        }
        assert!(!package.region.of(text).is_empty());
    }
    lock
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn npm_flat() -> String {
    format!(
        r#"{{
  "name": "shop", "lockfileVersion": 3, "requires": true,
  "packages": {{
    "": {{ "name": "shop", "workspaces": ["packages/*"],
      "dependencies": {{ "left": "^1.0.0" }}, "devDependencies": {{ "lint": "2.x" }} }},
    "node_modules/left": {{ "version": "1.2.3", "resolved": "https://registry.example/left/-/left-1.2.3.tgz", "integrity": "sha512-AAAA", "hasInstallScript": true }},
    "node_modules/lint": {{ "version": "2.0.0", "integrity": "sha512-BBBB", "dev": true, "bin": {{ "lint": "x.js" }} }},
    "node_modules/left/node_modules/@s/deep": {{ "version": "0.1.0", "inBundle": true, "peer": true }},
    "node_modules/nick": {{ "name": "@s/real", "version": "4.0.0", "devOptional": true }},
    "node_modules/repo": {{ "version": "5.0.0", "resolved": "git+ssh://git@host.example/o/repo.git#{COMMIT}" }},
    "packages/app": {{ "name": "@shop/app", "version": "1.0.0", "peerDependencies": {{ "left": "*" }} }},
    "node_modules/@shop/app": {{ "resolved": "packages/app", "link": true }}
  }},
  "dependencies": {{ "ignored": {{ "version": "9.9.9" }} }}
}}"#
    )
}

#[test]
fn npm_lists_packages_flat_by_path() {
    let text = npm_flat();
    let lock = check(
        LockfileKind::Npm,
        &text,
        &[
            "left@1.2.3 script #",
            "lint@2.0.0 dev #",
            "@s/deep@0.1.0 peer bundled",
            "@s/real@4.0.0 as nick dev optional",
            &format!("repo@5.0.0 git:{COMMIT}"),
            "@shop/app@1.0.0 Workspace",
            "@shop/app@ Link",
        ],
    );
    assert_eq!(lock.major(), Some(3));
    assert_eq!(lock.version_region.map(|r| r.of(&text)), Some("3"));
    assert_eq!(lock.packages[0].region.of(&text), "\"node_modules/left\"");
    assert_eq!(
        roots(&lock),
        [":left ^1.0.0 Production", ":lint 2.x Development", "packages/app:left * Peer"]
    );
}

#[test]
fn npm_one_nests_packages() {
    check(
        LockfileKind::NpmShrinkwrap,
        &format!(
            r#"{{ "lockfileVersion": 1, "dependencies": {{
  "a": {{ "version": "1.0.0", "integrity": "sha1-x", "requires": {{ "b": "^2" }}, "dependencies": {{
    "b": {{ "version": "2.0.0", "bundled": true, "dependencies": {{ "c": {{ "version": "3.0.0", "dev": true }} }} }},
    "d": {{ "version": "npm:@s/e@1.1.0", "optional": true }} }} }},
  "f": {{ "version": "git+https://host.example/f.git#{COMMIT}", "from": "f@x" }},
  "g": {{ "version": "file:../g" }},
  "i": {{ "version": "https://registry.example/i/-/i-1.4.0.tgz" }},
  "h": {{ "version": "https://host.example/h-1.0.0.tgz" }}
}} }}"#
        ),
        &[
            "a@1.0.0 #",
            "b@2.0.0 bundled",
            "c@3.0.0 dev",
            "@s/e@1.1.0 as d optional",
            &format!("f@ git:{COMMIT}"),
            "g@ File",
            "i@1.4.0",
            "h@ Url",
        ],
    );
}

const YARN_CLASSIC: &str = r##"# yarn lockfile v1


"@s/a@^1.0.0", "@s/a@~1.1.0":
  version "1.1.5"
  resolved "https://registry.example/@s/a/-/a-1.1.5.tgz#0011223344556677889900112233445566778899"
  integrity sha512-AAAA
  dependencies:
    b "^2.0.0"

b@^2.0.0:
  version "2.0.1"
  resolved "https://registry.example/b/-/b-2.0.1.tgz#0011223344556677889900112233445566778899"

"nick@npm:real@^3.0.0":
  version "3.0.0"

"repo@owner/repo#main":
  version "0.0.1"
  resolved "https://code.example/owner/repo/tar.gz/0123456789abcdef0123456789abcdef01234567"

"near@file:./near":
  version "0.0.2"
"##;

#[test]
fn yarn_one_keeps_descriptors() {
    let lock = check(
        LockfileKind::YarnClassic,
        YARN_CLASSIC,
        &[
            "@s/a@1.1.5 #",
            "b@2.0.1 #",
            "real@3.0.0 as nick",
            &format!("repo@0.0.1 git:{COMMIT}"),
            "near@0.0.2 File",
        ],
    );
    assert_eq!(lock.kind, LockfileKind::YarnClassic);
    assert_eq!(lock.version.as_deref(), Some("1"));
    assert_eq!(*lock.packages[0].descriptors, ["@s/a@^1.0.0".into(), "@s/a@~1.1.0".into()]);
    assert!(lock.roots.is_empty());
}

const YARN_BERRY: &str = r##"__metadata:
  version: 8
  cacheKey: 10c0

"a@npm:^1.0.0, a@npm:^1.2.0":
  version: 1.2.0
  resolution: "a@npm:1.2.0"
  checksum: 10c0/abcdef
  languageName: node
  linkType: hard

"nick@npm:@s/real@^2.0.0":
  version: 2.0.0
  resolution: "@s/real@npm:2.0.0"

"p@patch:p@npm%3A1.0.0#~/p.patch":
  version: 1.0.0
  resolution: "p@patch:p@npm%3A1.0.0#~/p.patch::version=1.0.0&hash=abc123"

"repo@https://host.example/o/repo.git#main":
  version: 0.1.0
  resolution: "repo@https://host.example/o/repo.git#commit=0123456789abcdef0123456789abcdef01234567"

"l@link:../l::locator=x":
  version: 0.0.0-use.local
  resolution: "l@link:../l::locator=x"
  linkType: soft

? "very@npm:^1.0.0, very@npm:^1.1.0"
:
  version: 1.1.0
  resolution: "very@npm:1.1.0"

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
  dependencies:
    a: "npm:^1.0.0"
    nick: "npm:@s/real@^2.0.0"
  peerDependencies:
    p: "*"
  languageName: unknown
  linkType: soft
"##;

#[test]
fn yarn_berry_believes_the_resolution() {
    let lock = check(
        LockfileKind::YarnClassic,
        YARN_BERRY,
        &[
            "a@1.2.0 #",
            "@s/real@2.0.0 as nick",
            "p@1.0.0",
            &format!("repo@0.1.0 git:{COMMIT}"),
            "l@0.0.0-use.local Link",
            "very@1.1.0",
            "shop@0.0.0-use.local Workspace",
        ],
    );
    assert_eq!(lock.kind, LockfileKind::YarnBerry);
    assert_eq!(lock.version.as_deref(), Some("8"));
    assert_eq!(lock.packages[5].descriptors.len(), 2);
    assert_eq!(
        roots(&lock),
        [":a ^1.0.0 Production", ":nick npm:@s/real@^2.0.0 Production", ":p * Peer"]
    );
}

const PNPM_NINE: &str = "lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

importers:

  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(b@2.0.0)
    devDependencies:
      '@s/c':
        specifier: workspace:*
        version: link:packages/c

  packages/c:
    optionalDependencies:
      b:
        specifier: ~2.0.0
        version: 2.0.0

packages:

  a@1.0.0:
    resolution: {integrity: sha512-AAAA}
    engines: {node: '>=12'}
    peerDependencies:
      b: ^2.0.0

  '@s/b@2.0.0-rc.1+x':
    resolution: {integrity: sha512-BBBB, tarball: https://registry.example/@s/b/-/b-2.0.0.tgz}
    deprecated: 'old: do not use'

  g@https://code.example/o/g/tar.gz/0123456789abcdef0123456789abcdef01234567:
    resolution: {tarball: https://code.example/o/g/tar.gz/0123456789abcdef0123456789abcdef01234567}
    version: 3.0.0

  r@git+https://git@host.example:o/r.git#0123456789abcdef0123456789abcdef01234567:
    resolution: {commit: 0123456789abcdef0123456789abcdef01234567, repo: git@host.example:o/r.git, type: git}
    version: 4.0.0

  f@file:deps/f:
    resolution: {directory: deps/f, type: directory}

snapshots:

  a@1.0.0(b@2.0.0):
    dependencies:
      b: 2.0.0

  '@s/b@2.0.0-rc.1+x':
    optional: true
";

#[test]
fn pnpm_nine_joins_importers_packages_and_snapshots() {
    let lock = check(
        LockfileKind::Pnpm,
        PNPM_NINE,
        &[
            "a@1.0.0 #",
            "@s/b@2.0.0-rc.1+x optional #",
            &format!("g@3.0.0 git:{COMMIT}"),
            &format!("r@4.0.0 git:{COMMIT}"),
            "f@ File",
        ],
    );
    assert_eq!(lock.major(), Some(9));
    assert_eq!(
        roots(&lock),
        [":a ^1.0.0 Production", ":@s/c workspace:* Development", "packages/c:b ~2.0.0 Optional"]
    );
}

#[test]
fn pnpm_five_and_six_have_keys_of_their_own() {
    let lock = check(
        LockfileKind::Pnpm,
        "lockfileVersion: 5.4
specifiers:
  a: ^1.0.0
  '@s/b': 2.0.0
dependencies:
  a: 1.0.0_c@3.0.0
devDependencies:
  '@s/b': 2.0.0
packages:
  /a/1.0.0_c@3.0.0:
    resolution: {integrity: sha512-AAAA}
    dev: false
  /@s/b/2.0.0:
    resolution:
      integrity: sha512-BBBB
    requiresBuild: true
    dev: true
  registry.example/c/3.0.0:
    resolution: {integrity: sha512-CCCC}
  host.example/o/repo/0123456789abcdef0123456789abcdef01234567:
    resolution: {tarball: https://code.example/o/repo/tar.gz/0123456789abcdef0123456789abcdef01234567}
    name: repo
    version: 0.1.0
  file:../d:
    resolution: {directory: ../d, type: directory}
    name: d
    version: 0.0.0
",
        &[
            "a@1.0.0 #",
            "@s/b@2.0.0 dev script #",
            "c@3.0.0 #",
            &format!("repo@0.1.0 git:{COMMIT}"),
            "d@0.0.0 File",
        ],
    );
    assert_eq!(roots(&lock), [":a ^1.0.0 Production", ":@s/b 2.0.0 Development"]);
    check(
        LockfileKind::Pnpm,
        "lockfileVersion: '6.0'
dependencies:
  a:
    specifier: ^1.0.0
    version: 1.0.0(@s/b@2.0.0)
packages:
  /a@1.0.0(@s/b@2.0.0):
    resolution: {integrity: sha512-AAAA}
    optional: true
    dev: false
  /@s/b@2.0.0:
    resolution: {integrity: sha512-BBBB}
",
        &["a@1.0.0 optional #", "@s/b@2.0.0 #"],
    );
}

const BUN: &str = r#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "shop", "dependencies": { "a": "^1.0.0", }, },
    "packages/b": { "name": "b", "devDependencies": { "nick": "npm:@s/real@2", }, },
  },
  "packages": {
    "a": ["a@1.0.0", "", { "dependencies": { "c": "1" } }, "sha512-AAAA"],
    "a/@s/c": ["@s/c@3.0.0", "https://registry.example/", { "bundled": true }, "sha512-BBBB"],
    "b": ["b@workspace:packages/b"],
    "nick": ["@s/real@2.0.0", "", {}, "sha512-CCCC"],
    "g": ["g@github:o/g#0123abc", {}, "o-g-0123abc"],
    "t": ["t@https://host.example/t.tgz", {}],
    "shop": ["shop@root:", { "bin": "x" }],
  }
}"#;

#[test]
fn bun_writes_tuples() {
    let lock = check(
        LockfileKind::Bun,
        BUN,
        &[
            "a@1.0.0 #",
            "@s/c@3.0.0 bundled #",
            "b@ Workspace",
            "@s/real@2.0.0 as nick #",
            "g@ git:0123abc",
            "t@ Url",
        ],
    );
    assert_eq!(roots(&lock), [":a ^1.0.0 Production", "packages/b:nick npm:@s/real@2 Development"]);
}

const CARGO: &str = r#"# generated
version = 4

[[package]]
name = "here"
version = "0.1.0"
dependencies = [
 "there",
 "repo 0.2.0",
]

[[package]]
name = "there"
version = "1.0.0+build"
source = "registry+https://registry.example/index"
checksum = "abcdef"

[[package]]
name = "repo"
version = "0.2.0"
source = "git+https://host.example/repo?branch=main#0123456789abcdef0123456789abcdef01234567"
dependencies = ["there"]

[[patch.unused]]
name = "nothing"
version = "9.0.0"
"#;

#[test]
fn cargo_lists_tables() {
    let expected =
        ["here@0.1.0 Workspace", "there@1.0.0+build #", &format!("repo@0.2.0 git:{COMMIT}")];
    let lock = check(LockfileKind::Cargo, CARGO, &expected);
    assert_eq!(lock.major(), Some(4));
    assert_eq!(lock.packages[1].region.of(CARGO), "\"there\"");
    check(
        LockfileKind::Cargo,
        "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\n[metadata]\n\"checksum a 1.0.0 (registry+x)\" = \"abcdef\"\n\"checksum b 1.0.0 (git+x)\" = \"<none>\"\n",
        &["a@1.0.0 #"],
    );
}

#[test]
fn what_is_no_lockfile_is_unreadable() {
    for kind in KINDS {
        for text in ["this is no lockfile", "null", "\u{0}\u{1}\u{fffd}PNG\r\n\u{1a}\n", "[1, 2]"] {
            let lock = Lockfile::read(kind, text);
            assert!(!lock.readable, "{kind:?} {text:?}");
            assert!(lock.packages.is_empty(), "{kind:?} {text:?}");
        }
    }
}

#[test]
fn a_merge_conflict_is_an_error_and_the_rest_is_read() {
    let sides = |a: &str, b: &str| {
        format!("<<<<<<< HEAD\n{a}\n||||||| base\n=======\n{b}\n>>>>>>> other\n")
    };
    for (kind, text, packages) in [
        (
            LockfileKind::Npm,
            format!(
                "{{\"lockfileVersion\":3,\"packages\":{{\n{}\"node_modules/c\":{{\"version\":\"3.0.0\"}}}}}}",
                sides(
                    "\"node_modules/a\":{\"version\":\"1.0.0\"},",
                    "\"node_modules/a\":{\"version\":\"2.0.0\"},"
                )
            ),
            3,
        ),
        (
            LockfileKind::YarnClassic,
            format!(
                "a@1:\n{}b@1:\n  version \"1.0.0\"\n",
                sides("  version \"1.0.0\"", "  version \"2.0.0\"")
            ),
            2,
        ),
        (
            LockfileKind::Pnpm,
            format!(
                "packages:\n{}  b@1.0.0:\n    dev: true\n",
                sides("  a@1.0.0:\n    dev: true", "  a@2.0.0:\n    dev: true")
            ),
            3,
        ),
        (
            LockfileKind::Cargo,
            format!(
                "[[package]]\nname = \"a\"\n{}[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n",
                sides("version = \"1.0.0\"", "version = \"2.0.0\"")
            ),
            2,
        ),
    ] {
        let lock = Lockfile::read(kind, &text);
        assert_eq!(lock.packages.len(), packages, "{kind:?} {:?}", show(&lock));
        assert!(lock.readable, "{kind:?}");
        let error = &lock.errors[0];
        assert_eq!(error.message, "unresolved merge conflict", "{kind:?}");
        assert_eq!(error.region.of(&text), "<<<<<<< HEAD", "{kind:?}");
        let marks = lock.errors.iter().filter(|e| e.message == error.message).count();
        assert_eq!(marks, 4, "{kind:?}");
    }
}

#[test]
fn addresses_tell_their_source() {
    let git = |commit: Option<&str>| PackageSource::Git { commit: commit.map(Into::into) };
    for (spec, expected) in [
        ("", PackageSource::Registry),
        ("^1.2.3", PackageSource::Registry),
        ("latest", PackageSource::Registry),
        ("https://registry.example/a/-/a-1.0.0.tgz", PackageSource::Registry),
        (
            &*format!("https://{}/download/@o/a/1.0.0/abcdef", registries::GITHUB_NPM_HOST),
            PackageSource::Registry,
        ),
        ("https://host.example/a-1.0.0.tgz", PackageSource::Url),
        ("https://host.example/a-1.0.0.tgz#0123456789abcdef", PackageSource::Url),
        (
            &*format!("https://{}/o/r/releases/download/v1/r.tgz", registries::GIT_HOSTS[0]),
            PackageSource::Url,
        ),
        ("github:o/r", git(None)),
        ("o/r", git(None)),
        ("o/r#0123abc", git(Some("0123abc"))),
        (&*format!("https://{}/o/r#v1.0.0", registries::GIT_HOSTS[0]), git(None)),
        ("https://host.example/o/r.git#0123abc", git(Some("0123abc"))),
        ("git://host.example/r#semver:^1.0.0", git(None)),
        ("git@host.example:o/r.git#commit=0123abc&workspace=x", git(Some("0123abc"))),
        ("https://code.example/o/r/repository/archive.tar.gz?ref=0123abc", git(Some("0123abc"))),
        (&*format!("https://{}/o/r/tar.gz/main", registries::GIT_HOSTS[1]), git(None)),
        ("file:../x.tgz", PackageSource::File),
        ("link:../x", PackageSource::Link),
        ("workspace:*", PackageSource::Workspace),
    ] {
        assert_eq!(source::classify(spec), expected, "{spec}");
    }
}

#[test]
fn a_registry_address_names_its_package() {
    for (url, expected) in [
        ("https://r.example/left-pad/-/left-pad-1.3.0.tgz", Some(("left-pad", "1.3.0"))),
        ("http://r.example:4873/a/b/left/-/left-1.0.0-rc.1.tgz#abc", Some(("left", "1.0.0-rc.1"))),
        ("https://r.example/@s/n/-/n-1.0.0+b.tgz?x=1", Some(("@s/n", "1.0.0+b"))),
        ("https://r.example/@s%2fn/-/n-1.0.0.tgz", Some(("@s/n", "1.0.0"))),
        ("https://r.example/%40s%2Fn/-/%40s/n-1.0.0.tgz", Some(("@s/n", "1.0.0"))),
        ("https://r.example/npm/@s/n/-/@s/n-1.0.0.tgz", Some(("@s/n", "1.0.0"))),
        ("https://r.example/base64-js/-/base64-js-1.5.1.tgz", Some(("base64-js", "1.5.1"))),
        ("https://r.example/evil/-/left-pad-1.3.0.tgz", Some(("evil", "1.3.0"))),
        (
            &*format!("https://{}/download/@o/n/1.0.0/abc", registries::GITHUB_NPM_HOST),
            Some(("@o/n", "1.0.0")),
        ),
        ("https://r.example/left-1.0.0.tgz", None),
        ("https://r.example/-/left-1.0.0.tgz", None),
        ("https://r.example/left/-/left.tgz", None),
        ("git+https://r.example/left/-/left-1.0.0.tgz", None),
        ("left", None),
        ("", None),
    ] {
        let found = registry_url_package(url);
        let found = found.as_ref().map(|(name, version)| (&**name, &**version));
        assert_eq!(found, expected, "{url}");
    }
}

#[test]
fn addresses_tell_their_host() {
    for (url, expected) in [
        ("https://r.example/a", Some("r.example")),
        ("http://user:pass@r.example:4873/a@1", Some("r.example")),
        ("git+ssh://git@host.example/o/r.git#x", Some("host.example")),
        ("ssh://git@host.example:o/r.git", Some("host.example")),
        ("git@host.example:o/r.git", Some("host.example")),
        ("http://[::1]:8080/x", Some("::1")),
        ("https:///x", None),
        ("file:../a@b:c", None),
        ("github:o/r", None),
        ("^1.0.0", None),
        ("", None),
    ] {
        assert_eq!(url_host(url), expected, "{url}");
    }
}

#[test]
fn the_oldest_pnpm_files_give_the_ranges_last() {
    let lock = check(
        LockfileKind::Pnpm,
        "dependencies:\n  a: 1.0.0\ndevDependencies:\n  b: 2.0.0\nlockfileVersion: 5.1\npackages:\n  /a/1.0.0:\n    dev: false\nspecifiers:\n  a: ^1.0.0\n  b: 2.x\n",
        &["a@1.0.0"],
    );
    assert_eq!(roots(&lock), [":a ^1.0.0 Production", ":b 2.x Development"]);
}

#[test]
fn credentials_do_not_show_in_debug_output() {
    let text = r#"{"packages":{"":{"dependencies":{"a":"https://user:hunter2@host.example/a.git"}},
        "node_modules/a":{"resolved":"git+https://user:hunter2@host.example/a.git"}}}"#;
    let lock = Lockfile::read(LockfileKind::Npm, text);
    assert_eq!((lock.packages.len(), lock.roots.len()), (1, 1));
    assert!(!format!("{lock:?}").contains("hunter2"));
}

#[test]
fn hostile_texts_give_few_errors() {
    let deep = 100_000;
    for (kind, text) in [
        (LockfileKind::Npm, "{\"dependencies\":{\"a\":".repeat(deep)),
        (LockfileKind::Npm, format!("{{\"packages\":{}", "[".repeat(deep))),
        (LockfileKind::Bun, "{\"packages\":{\"a\":[".repeat(deep)),
        (LockfileKind::YarnClassic, format!("{}:\n", "a@1, ".repeat(deep))),
        (LockfileKind::YarnClassic, format!("\"{}\":\n", "\\\"".repeat(deep))),
        (LockfileKind::Pnpm, format!("packages:\n  {}:\n", "a/".repeat(deep))),
        (
            LockfileKind::Pnpm,
            format!("packages:\n  a@1.0.0:\n    resolution: {}", "{a: ".repeat(deep)),
        ),
        (
            LockfileKind::Pnpm,
            format!("packages:\n  a@1.0.0:\n    resolution: {{{}", "a: b, ".repeat(deep)),
        ),
        (LockfileKind::Pnpm, format!("packages:\n{}", "  {\n".repeat(deep))),
        (LockfileKind::Cargo, "dependencies = [\n".repeat(deep)),
        (LockfileKind::Cargo, "[[package]]\nname = \"a\"\n".repeat(deep)),
        (LockfileKind::Cargo, format!("\"{}", "a".repeat(10 * deep))),
    ] {
        let lock = Lockfile::read(kind, &text);
        assert!(lock.errors.len() <= 2 * ERROR_LIMIT, "{kind:?}");
    }
}

#[test]
fn mutated_texts_neither_panic_nor_leave_the_text() {
    let npm = npm_flat();
    let seeds = [
        (LockfileKind::Npm, &*npm),
        (
            LockfileKind::Npm,
            r#"{"dependencies":{"é":{"version":"npm:@s/e@1.0.0","dependencies":{}}}}"#,
        ),
        (LockfileKind::YarnClassic, YARN_CLASSIC),
        (LockfileKind::YarnClassic, YARN_BERRY),
        (LockfileKind::Pnpm, PNPM_NINE),
        (LockfileKind::Bun, BUN),
        (LockfileKind::Cargo, CARGO),
    ];
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let alphabet = b"{}[]\",:@#/\\ '\n?=-(%_<a0\xc3\xa9";
    for (kind, seed) in seeds {
        for _ in 0..700 {
            let mut bytes = seed.as_bytes().to_vec();
            for _ in 0..random(8) {
                let at = random(bytes.len());
                let letter = alphabet[random(alphabet.len())];
                match random(8) {
                    0 => bytes.truncate(at.max(1)),
                    1 | 2 => bytes.insert(at, letter),
                    3 => drop(bytes.drain(at..(at + random(40)).min(bytes.len() - 1).max(at))),
                    _ => bytes[at] = letter,
                }
            }
            let text = String::from_utf8_lossy(&bytes);
            let lock = Lockfile::read(kind, &text);
            let inside = |region: Region| text.get(region.range()).is_some();
            assert!(lock.errors.iter().all(|e| inside(e.region)), "{text}");
            assert!(lock.roots.iter().all(|r| inside(r.region)), "{text}");
            assert!(lock.version_region.is_none_or(inside), "{text}");
            for package in &lock.packages {
                assert!(inside(package.region), "{text}");
                let places = package.resolved.iter().chain(&package.integrity);
                assert!(places.into_iter().all(|(_, region)| inside(*region)), "{text}");
            }
        }
    }
}
