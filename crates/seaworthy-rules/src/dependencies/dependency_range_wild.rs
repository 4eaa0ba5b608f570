//! `dependency-range-wild`

use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::package_json::{Dependency, DependencyGroup, PackageJson};
use seaworthy_model::{Group, Precision, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dependency-range-wild",
        group: Group::Dependencies,
        summary: "dependency that may be any version",
        help: include_str!("dependency_range_wild.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1104, 829],
        ..Rule::DEFAULT
    },
    check: Check::PackageJson(check),
};

fn check(manifest: &PackageJson, cx: &mut Context<'_>) {
    let mut wild = manifest.dependencies.iter().filter_map(|it| Some((it, wild(it)?))).peekable();
    if wild.peek().is_none()
        || matches!(cx.role().role, Role::Test | Role::Docs | Role::Template | Role::Vendored)
    {
        return;
    }
    for (dependency, what) in wild {
        let name = &*dependency.name;
        // Members of a workspace ask for each other by `*`.
        let own = cx.joined().packages().all().iter();
        if what == Wild::Any && own.into_iter().any(|package| package.name.as_deref() == Some(name))
        {
            continue;
        }
        let says = match what {
            Wild::Any => {
                "Any version is taken, the next major one and one that an attacker has published \
                 an hour ago included; a lockfile holds it only until it is made anew. Ask for \
                 the range that you test with (`^1.2.3`)."
            }
            Wild::Branch => {
                "What is installed is whatever the branch holds on that day; there are neither \
                 versions nor a registry that keeps them. Name a commit or a tag after `#`."
            }
            Wild::Http => {
                "It comes over plain http, so that anybody on the way can put other code in its \
                 place. Take it from a registry, or at least over https."
            }
        };
        let what = match what {
            Wild::Any => "is asked for in any version",
            Wild::Branch => "is the tip of a branch in git",
            Wild::Http => "is fetched without encryption",
        };
        let severity = match dependency.group {
            DependencyGroup::Development => Severity::Low,
            _ => Severity::Medium,
        };
        let draft = cx.report(dependency.range_region, format!("{name} {what}. {says}"));
        draft.severity(severity).evidence(name);
        if dependency.range.contains('@') {
            draft.sensitive(dependency.range_region);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wild {
    Any,
    Branch,
    Http,
}

fn wild(dependency: &Dependency) -> Option<Wild> {
    // A library says by `*` that it takes what its user has.
    if dependency.group == DependencyGroup::Peer {
        return None;
    }
    let range = dependency.range.trim();
    let range = match range.strip_prefix("npm:") {
        Some(alias) => {
            alias.get(1..).and_then(|it| it.split_once('@')).map_or("", |(_, range)| range)
        }
        None => range,
    };
    match range {
        "" | "*" | "x" | "X" | "latest" | ">=0" | ">=0.0.0" | ">= 0" | "*.*.*" | "x.x.x" => {
            return Some(Wild::Any);
        }
        _ if range.starts_with("http://") => return Some(Wild::Http),
        _ => {}
    }
    let git = ["git+", "git:", "github:", "gitlab:", "bitbucket:", "gist:", "ssh://git@", "git@"]
        .iter()
        .any(|prefix| range.starts_with(prefix))
        || range.split('#').next().is_some_and(|address| address.ends_with(".git"))
        || is_shorthand(range);
    if !git {
        return None;
    }
    let Some((_, point)) = range.split_once('#') else { return Some(Wild::Branch) };
    let commit = point.len() >= 7 && point.bytes().all(|byte| byte.is_ascii_hexdigit());
    let versioned = point.bytes().any(|byte| byte.is_ascii_digit()) && point.contains('.');
    (!commit && !versioned && !point.starts_with("semver:")).then_some(Wild::Branch)
}

/// `owner/repository`, which npm takes for GitHub's.
fn is_shorthand(range: &str) -> bool {
    let address = range.split('#').next().unwrap_or("");
    let Some((owner, name)) = address.split_once('/') else { return false };
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.'))
    };
    plain(owner) && plain(name) && !owner.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_what_may_be_anything() {
        check(
            &RULE,
            "package.json",
            r#"
{
  "dependencies": {
    "a": "*",
          ^ [medium] a is asked for in any version
    "b": "latest",
          ^^^^^^ [medium] any version
    "c": "owner/c",
          ^^^^^^^ [medium] the tip of a branch
    "d": "git+https://example.com/d.git#main",
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] the tip of a branch
    "e": "http://example.com/e.tgz",
          ^^^^^^^^^^^^^^^^^^^^^^^^ [medium] without encryption
    "f": "npm:other@*"
          ^^^^^^^^^^^ [medium] any version
  },
  "devDependencies": { "g": "x" }
                             ^ [low] any version
}
"#,
        );
    }

    #[test]
    fn passes_ranges_commits_and_what_is_the_projects_own() {
        check_files(
            &RULE,
            r#"
//- package.json
{
  "workspaces": ["ui"],
  "dependencies": {
    "@acme/ui": "*", "a": "workspace:*", "b": "^1.2.3", "c": "1.x", "d": "file:../d", "e": "catalog:",
    "f": "owner/f#v1.2.3", "g": "github:owner/g#semver:^1", "h": "https://example.com/h.tgz",
    "i": "git+ssh://git@example.com/i.git#8f3a1c2b9d4e5f60718293a4b5c6d7e8f9012345",
    "j": "npm:@scope/other@^2", "k": "link:./k", "l": "next", "m": "portal:../m"
  },
  "peerDependencies": { "react": "*" }
}
//- ui/package.json
{ "name": "@acme/ui" }
//- examples/a/package.json
{ "dependencies": { "a": "latest" } }
"#,
        );
    }
}
