//! Ignore files, lockfiles, manifests and Vercel's configuration.

use std::collections::HashMap;

use seaworthy_analysis::{Artifact, Document, Snapshot};
use seaworthy_formats::http::Text;
use seaworthy_formats::lockfile::{LockedPackage, LockfileKind, PackageSource};
use seaworthy_formats::vercel::{Destination, LegacyRoute, Redirect, Rewrite, VercelConfig};
use seaworthy_model::Region;

use super::answer::Answer;
use super::region;
use crate::bindings::seaworthy::plugin::documents as wit;

/// The patterns of an ignore file.
pub(super) fn ignore_rules(
    snapshot: &Snapshot,
    artifact: &Artifact,
) -> Option<Answer<wit::IgnoreRule>> {
    let Document::Ignore(file) = snapshot.document(artifact)? else { return None };
    let text = snapshot.text(artifact)?;
    let rules = file.patterns().map(|line| wit::IgnoreRule {
        pattern: line.glob().of(text).to_owned(),
        negated: line.negated(),
        directory_only: line.directory_only(),
        anchored: line.anchored(),
        region: region(line.pattern()),
    });
    Some(Answer::filled(rules, |rule| rule.pattern.len()))
}

/// The packages of a lockfile.
pub(super) fn packages(
    snapshot: &Snapshot,
    artifact: &Artifact,
) -> Option<Answer<wit::LockedPackage>> {
    let Document::Lockfile(lock) = snapshot.document(artifact)? else { return None };
    let ecosystem = if lock.kind == LockfileKind::Cargo { "cargo" } else { "npm" };
    let packages = lock.packages.iter().map(|package| locked(package, ecosystem));
    Some(Answer::filled(packages, |package| {
        let optional = [&package.alias, &package.resolved, &package.integrity];
        let optional = optional.into_iter().flatten().map(String::len).sum::<usize>();
        package.name.len() + package.version.len() + optional + 16
    }))
}

fn locked(package: &LockedPackage, ecosystem: &str) -> wit::LockedPackage {
    let source = match package.source {
        PackageSource::Registry => "registry",
        PackageSource::Git { .. } => "git",
        PackageSource::Url => "archive",
        PackageSource::File => "copy",
        PackageSource::Link => "link",
        PackageSource::Workspace => "workspace",
    };
    let split = |field: &Option<(Box<str>, Region)>| match field {
        Some((text, place)) => (Some(text.to_string()), Some(region(*place))),
        None => (None, None),
    };
    let (resolved, resolved_region) = split(&package.resolved);
    let (integrity, integrity_region) = split(&package.integrity);
    wit::LockedPackage {
        name: package.name.to_string(),
        version: package.version.to_string(),
        alias: package.alias.as_ref().map(ToString::to_string),
        ecosystem: ecosystem.to_owned(),
        source: source.to_owned(),
        resolved,
        resolved_region,
        integrity,
        integrity_region,
        dev: package.dev,
        optional: package.optional,
        peer: package.peer,
        bundled: package.bundled,
        install_script: package.has_install_script,
        region: region(package.region),
    }
}

/// The direct dependencies of a manifest, or as a lockfile recorded them.
pub(super) fn dependencies(
    snapshot: &Snapshot,
    artifact: &Artifact,
) -> Option<Answer<wit::Dependency>> {
    let found: Vec<wit::Dependency> = match snapshot.document(artifact)? {
        Document::PackageJson(manifest) => {
            let mut found: Vec<_> = manifest.dependencies.iter().collect();
            found.sort_by_key(|dependency| dependency.name_region);
            let found = found.into_iter().map(|dependency| wit::Dependency {
                name: dependency.name.to_string(),
                range: dependency.range.to_string(),
                group: dependency.group.key().to_owned(),
                importer: String::new(),
                name_region: region(dependency.name_region),
                range_region: Some(region(dependency.range_region)),
            });
            found.collect()
        }
        Document::Lockfile(lock) => {
            let found = lock.roots.iter().map(|root| wit::Dependency {
                name: root.name.to_string(),
                range: root.range.to_string(),
                group: root.group.key().to_owned(),
                importer: root.importer.to_string(),
                name_region: region(root.region),
                range_region: None,
            });
            found.collect()
        }
        _ => return None,
    };
    Some(Answer::filled(found.into_iter(), |dependency| {
        dependency.name.len() + dependency.range.len() + dependency.importer.len() + 20
    }))
}

fn vercel<'s>(snapshot: &'s Snapshot, artifact: &'s Artifact) -> Option<&'s VercelConfig> {
    match snapshot.document(artifact)? {
        Document::Vercel(config) => Some(config),
        _ => None,
    }
}

/// The response headers that a `vercel.json` sets, in the order in which later ones
/// win.
pub(super) fn header_rules(
    snapshot: &Snapshot,
    artifact: &Artifact,
) -> Option<Answer<wit::HeaderRule>> {
    let config = vercel(snapshot, artifact)?;
    let legacy = config.routes.iter().flatten();
    let legacy = legacy.filter_map(|route| route.src.as_ref().or(route.source.as_ref()));
    let modern = config.headers.iter().flatten().map(|rule| &rule.source.text);
    // A rule knows the place of its source alone.
    let sources: HashMap<Region, &str> =
        legacy.chain(modern).map(|text| (text.region, text.value.as_str())).collect();
    let rules = config.header_rules(artifact.path()).into_iter().map(|rule| wit::HeaderRule {
        source: sources.get(&rule.source).copied().unwrap_or("").to_owned(),
        source_region: region(rule.source),
        conditional: rule.conditional,
        name: rule.name.value.to_string(),
        name_region: region(rule.name.region),
        value: rule.value.value.to_string(),
        value_region: region(rule.value.region),
    });
    Some(Answer::filled(rules, |rule| rule.source.len() + rule.name.len() + rule.value.len()))
}

/// The redirects and rewrites of a `vercel.json`.
pub(super) fn routes(snapshot: &Snapshot, artifact: &Artifact) -> Option<Answer<wit::Route>> {
    let config = vercel(snapshot, artifact)?;
    let redirects = config.redirects.iter().flatten().map(redirect);
    let rewrites = config.rewrites.iter().flatten().map(rewrite);
    let legacy = config.routes.iter().flatten().filter_map(legacy);
    let mut routes: Vec<wit::Route> = redirects.chain(rewrites).chain(legacy).collect();
    routes.sort_by_key(|route| (route.region.start, route.region.end));
    Some(Answer::filled(routes.into_iter(), |route| {
        route.source.len() + route.destination.as_ref().map_or(0, String::len) + 16
    }))
}

fn redirect(rule: &Redirect) -> wit::Route {
    let status = match rule.permanent {
        Some(flag) if flag.value => 308,
        Some(_) => rule.status.unwrap_or(307),
        None => rule.status.unwrap_or(308),
    };
    let destination = Some(&rule.destination);
    wit::Route {
        status: Some(status),
        conditional: rule.conditions.any(),
        ..route("redirect", &rule.source.text, destination, rule.region)
    }
}

fn rewrite(rule: &Rewrite) -> wit::Route {
    let destination = match &rule.destination {
        Destination::Text(text) => Some(text),
        Destination::Service { path, .. } => path.as_ref(),
    };
    wit::Route {
        status: rule.status,
        conditional: rule.conditions.any(),
        ..route("rewrite", &rule.source.text, destination, rule.region)
    }
}

/// A legacy route; `None` for the mark of a phase, which is about no path.
fn legacy(rule: &LegacyRoute) -> Option<wit::Route> {
    let source = rule.src.as_ref().or(rule.source.as_ref())?;
    Some(wit::Route {
        status: rule.status,
        conditional: rule.conditions.any() || rule.methods,
        ..route("route", source, rule.dest.as_ref(), rule.region)
    })
}

fn route(kind: &str, source: &Text, destination: Option<&Text>, whole: Region) -> wit::Route {
    wit::Route {
        kind: kind.to_owned(),
        source: source.value.to_string(),
        source_region: region(source.region),
        destination: destination.map(|text| text.value.to_string()),
        destination_region: destination.map(|text| region(text.region)),
        status: None,
        conditional: false,
        region: region(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::{file, snapshot};

    /// What `read` makes of one file.
    fn read<T>(
        path: &str,
        text: &str,
        read: impl Fn(&Snapshot, &Artifact) -> Option<Answer<T>>,
    ) -> Option<Vec<T>> {
        let snapshot = snapshot(&[(path, text)]);
        let answer = read(&snapshot, file(&snapshot, path))?;
        Some(answer.told(&snapshot, None, "x"))
    }

    fn of(text: &str, region: wit::Region) -> &str {
        &text[region.start as usize..region.end as usize]
    }

    #[test]
    fn patterns_are_told_without_their_marks() {
        let text = "# c\n!/dist/\n*.log\n";
        let rules = read(".gitignore", text, ignore_rules).expect("an ignore file");
        let found: Vec<_> = rules
            .iter()
            .map(|r| {
                (r.pattern.as_str(), of(text, r.region), r.negated, r.directory_only, r.anchored)
            })
            .collect();
        assert_eq!(
            found,
            [("/dist", "!/dist/", true, true, true), ("*.log", "*.log", false, false, false)]
        );
        assert!(read("a.txt", text, ignore_rules).is_none());
    }

    #[test]
    fn packages_of_lockfiles_keep_address_and_hash() {
        let text = r#"{"lockfileVersion": 3, "packages": {
            "": {"dependencies": {"left": "^1.0.0"}, "devDependencies": {"tool": "git+ssh://git@host.example/tool.git"}},
            "node_modules/left": {"version": "1.2.0", "resolved": "https://registry.npmjs.org/left/-/left-1.2.0.tgz", "integrity": "sha512-abc", "hasInstallScript": true},
            "node_modules/tool": {"version": "2.0.0", "resolved": "git+ssh://git@host.example/tool.git#0123456789012345678901234567890123456789", "dev": true}
        }}"#;
        let found = read("package-lock.json", text, packages).expect("a lockfile");
        let shown: Vec<_> = found
            .iter()
            .map(|p| {
                (p.name.as_str(), p.version.as_str(), p.source.as_str(), p.dev, p.install_script)
            })
            .collect();
        assert_eq!(
            shown,
            [("left", "1.2.0", "registry", false, true), ("tool", "2.0.0", "git", true, false)]
        );
        assert_eq!(found[0].ecosystem, "npm");
        let place = found[0].integrity_region.expect("it has a hash");
        assert_eq!(of(text, place), "sha512-abc");
        let roots = read("package-lock.json", text, dependencies).expect("a lockfile");
        let shown: Vec<_> =
            roots.iter().map(|d| (d.name.as_str(), d.range.as_str(), d.group.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("left", "^1.0.0", "dependencies"),
                ("tool", "git+ssh://git@host.example/tool.git", "devDependencies")
            ]
        );
        let cargo = "version = 4\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n";
        let found = read("Cargo.lock", cargo, packages).expect("a lockfile");
        assert_eq!((found[0].ecosystem.as_str(), found[0].source.as_str()), ("cargo", "workspace"));
    }

    #[test]
    fn dependencies_of_a_manifest_stand_in_written_order() {
        let text = r#"{"devDependencies": {"b": "1"}, "dependencies": {"a": "^2"}}"#;
        let found = read("package.json", text, dependencies).expect("a manifest");
        let shown: Vec<_> = found
            .iter()
            .map(|d| {
                (d.name.as_str(), d.group.as_str(), of(text, d.range_region.expect("a range")))
            })
            .collect();
        assert_eq!(shown, [("b", "devDependencies", "1"), ("a", "dependencies", "^2")]);
    }

    #[test]
    fn headers_and_routes_of_vercel_have_their_places() {
        let text = r#"{
            "rewrites": [{"source": "/w", "destination": "https://other.example/w"}],
            "headers": [{"source": "/a\u002fb", "has": [{"type": "host", "value": "x"}], "headers": [{"key": "X-A", "value": "1"}]}],
            "redirects": [{"source": "/r", "destination": "/s", "permanent": false}, {"source": "/t", "destination": "/u"}]
        }"#;
        let headers = read("vercel.json", text, header_rules).expect("the configuration");
        assert_eq!(headers.len(), 1);
        assert_eq!((headers[0].source.as_str(), headers[0].conditional), ("/a/b", true));
        assert_eq!(of(text, headers[0].source_region), "/a\\u002fb");
        assert_eq!((of(text, headers[0].name_region), headers[0].value.as_str()), ("X-A", "1"));
        let found = read("vercel.json", text, routes).expect("the configuration");
        let shown: Vec<_> = found
            .iter()
            .map(|r| (r.kind.as_str(), r.source.as_str(), r.destination.as_deref(), r.status))
            .collect();
        assert_eq!(
            shown,
            [
                ("rewrite", "/w", Some("https://other.example/w"), None),
                ("redirect", "/r", Some("/s"), Some(307)),
                ("redirect", "/t", Some("/u"), Some(308)),
            ]
        );
        let legacy = r#"{"routes": [{"handle": "filesystem"}, {"src": "/x", "dest": "/y", "methods": ["GET"], "headers": {"X-B": "2"}}]}"#;
        let found = read("vercel.json", legacy, routes).expect("the configuration");
        assert_eq!((found.len(), found[0].kind.as_str(), found[0].conditional), (1, "route", true));
        let found = read("vercel.json", legacy, header_rules).expect("the configuration");
        assert_eq!((found[0].source.as_str(), found[0].name.as_str()), ("/x", "X-B"));
    }
}
