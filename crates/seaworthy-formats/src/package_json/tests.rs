//! Manifests and their neighbours.

use seaworthy_syntax::{json, yaml};

use super::*;

#[test]
fn a_manifest_is_read_with_its_places() {
    let text = r#"{
  "name": "@shop/web", "version": "1.0.0", "private": true,
  "packageManager": "pnpm@9.1.0+sha512.abc",
  "workspaces": { "packages": ["packages/*", 7, "!packages/old"] },
  "scripts": { "build": "next build", "bad": 1 },
  "engines": { "node": ">=20" },
  "dependencies": { "a": "^1.0.0", "b": "*" },
  "devDependencies": { "b": "2.0.0" },
  "optionalDependencies": { "c": "3" },
  "peerDependencies": { "d": "4" },
  "overrides": { "a": "1.0.1" },
  "bundleDependencies": true
}"#;
    let manifest = PackageJson::read(&json::parse(text));
    assert_eq!(manifest.name.as_ref().map(|f| f.region.of(text)), Some("@shop/web"));
    assert_eq!(manifest.version.as_ref().map(|f| &*f.text), Some("1.0.0"));
    assert!(manifest.private);
    assert_eq!(manifest.package_manager.as_ref().map(|f| &*f.text), Some("pnpm@9.1.0+sha512.abc"));
    let patterns = manifest.workspaces.clone().unwrap();
    assert_eq!(
        patterns.iter().map(|f| &*f.text).collect::<Vec<_>>(),
        ["packages/*", "!packages/old"]
    );
    assert_eq!(manifest.scripts.len(), 1);
    assert_eq!(manifest.script("build").unwrap().region.of(text), "next build");
    assert_eq!(manifest.engine("node").unwrap().region.of(text), ">=20");
    let seen: Vec<_> = manifest
        .dependencies
        .iter()
        .map(|d| (d.name_region.of(text), &*d.range, d.range_region.of(text), d.group))
        .collect();
    assert_eq!(
        seen,
        [
            ("\"a\"", "^1.0.0", "^1.0.0", DependencyGroup::Production),
            ("\"b\"", "*", "*", DependencyGroup::Production),
            ("\"b\"", "2.0.0", "2.0.0", DependencyGroup::Development),
            ("\"c\"", "3", "3", DependencyGroup::Optional),
            ("\"d\"", "4", "4", DependencyGroup::Peer),
        ]
    );
    assert_eq!(manifest.dependency("b").unwrap().group, DependencyGroup::Production);
    assert_eq!(manifest.overrides.unwrap().of(text), "\"overrides\"");
    assert_eq!(manifest.resolutions, None);
    assert_eq!(*manifest.bundled_dependencies, ["a".into(), "b".into()]);
}

#[test]
fn what_has_the_wrong_type_is_absent() {
    for text in [
        "",
        "[]",
        "null",
        r#"{"name":1,"private":"yes","scripts":[],"dependencies":["a"],"workspaces":"x"}"#,
        r#"{"dependencies":{"a":{"version":"1"}},"engines":"node","bundledDependencies":{}}"#,
    ] {
        let manifest = PackageJson::read(&json::parse(text));
        assert!(manifest.name.is_none() && !manifest.private, "{text}");
        assert!(manifest.scripts.is_empty() && manifest.dependencies.is_empty(), "{text}");
        assert!(manifest.workspaces.unwrap_or_default().is_empty(), "{text}");
    }
}

#[test]
fn debug_output_hides_scripts_and_ranges() {
    let text = r#"{"scripts":{"s":"TOKEN=hunter2 x"},"dependencies":{"a":"https://u:hunter2@h.example/a"}}"#;
    let manifest = PackageJson::read(&json::parse(text));
    assert_eq!((manifest.scripts.len(), manifest.dependencies.len()), (1, 1));
    assert!(!format!("{manifest:?}").contains("hunter2"));
}

#[test]
fn pnpm_names_its_members_in_a_file_of_its_own() {
    let text = "packages:\n  - 'packages/*'\n  - '!**/test/**'\ncatalog:\n  a: ^1\n";
    let workspace = PnpmWorkspace::read(&yaml::parse(text));
    let packages = workspace.packages.unwrap();
    assert_eq!(packages[0].region.of(text), "packages/*");
    assert_eq!(&*packages[1].text, "!**/test/**");
    assert!(PnpmWorkspace::read(&yaml::parse("catalog: {}\n")).packages.is_none());
}

#[test]
fn patterns_choose_the_members() {
    for (patterns, dir, expected) in [
        (&["packages/*"][..], "packages/a", true),
        (&["packages/*"], "packages", false),
        (&["packages/*"], "packages/a/b", false),
        (&["./packages/*/"], "packages/a", true),
        (&["packages/**"], "packages/a/b", true),
        (&["apps/**"], "packages/a", false),
        (&["**"], "a/b", true),
        (&["**/web"], "a/b/web", true),
        (&["a/**/z"], "a/z", true),
        (&["a/**/z"], "a/b/c/z", true),
        (&["packages/*", "!packages/old"], "packages/old", false),
        (&["packages/*", "!packages/old"], "packages/new", true),
        (&["!packages/old", "packages/*"], "packages/old", true),
        (&["packages/lib-?"], "packages/lib-é", true),
        (&["packages/a*c*"], "packages/abcd", true),
        (&["packages/a*c"], "packages/abcd", false),
        (&["{apps,libs}/*"], "libs/a", true),
        (&["{apps,libs}/*"], "other/a", false),
        (&["{a,{b,c}}/x"], "c/x", true),
        (&["packages/*"], "packages/.hidden", false),
        (&["web"], "web", true),
        (&["."], "", true),
        (&[], "web", false),
    ] {
        assert_eq!(
            workspace_matches(patterns.iter().copied(), dir),
            expected,
            "{patterns:?} {dir}"
        );
    }
}

#[test]
fn hostile_patterns_end() {
    let dir = "a".repeat(2_000);
    assert!(!workspace_matches([&*format!("{}b", "a*".repeat(500))], &dir));
    assert!(!workspace_matches([&*format!("{}x", "**/".repeat(300))], &"a/".repeat(1_000)));
    assert!(!workspace_matches([&*"{a,b}".repeat(200)], "a"));
    assert!(!workspace_matches([&*"{".repeat(1_000)], "a"));
    assert!(!workspace_matches([&*format!("{{{}}}", ",".repeat(1_000))], "a"));
    assert!(!workspace_matches([&*"*".repeat(1_000_000)], "a"));
}

#[test]
fn npmrc_registries_are_read_without_credentials() {
    let text = "; registry=no\nregistry = https://user:hunter2@r.example/npm/\r\n\
                @s:registry=\"http://s.example\"\n//r.example/:_authToken=hunter2\nsave=1\n";
    let found = npmrc_registries(text);
    let seen: Vec<_> = found.iter().map(|r| (r.scope.as_deref(), &*r.url)).collect();
    assert_eq!(seen, [(None, "https://r.example/npm/"), (Some("@s"), "http://s.example")]);
    assert_eq!(found[0].region.of(text), "https://user:hunter2@r.example/npm/");
    assert_eq!(found[1].region.of(text), "http://s.example");
}
