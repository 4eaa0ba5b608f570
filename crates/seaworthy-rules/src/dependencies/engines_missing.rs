//! `engines-missing`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::package_json::PackageJson;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::entries::{is_installed, is_locked};
use crate::dockerfile::releases::{Ended, release};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "engines-missing",
        group: Group::Dependencies,
        summary: "version of Node.js that is not declared, or no longer supported",
        help: include_str!("engines_missing.md"),
        severity: Severity::Info,
        precision: Precision::High,
        cwe: &[1104],
        ..Rule::DEFAULT
    },
    check: Check::PackageJson(check),
};

/// Files by which tools choose the version.
const PINS: &[&str] =
    &[".nvmrc", ".node-version", ".tool-versions", "mise.toml", ".mise.toml", ".prototools"];

fn check(package: &PackageJson, cx: &mut Context<'_>) {
    let path = cx.path();
    if !is_installed(path) {
        return;
    }
    if let Some((_, range)) = package.engines.iter().find(|(program, _)| &**program == "node") {
        if let Some(ended) = only_ended(&range.text) {
            let message = format!(
                "engines asks for Node.js {}, of which nothing is supported any more: {} reached \
                 its end on {}. Faults that are found since stay open in it; move to {}.",
                range.text, ended.release, ended.day, ended.instead
            );
            let severity = if ended.recent { Severity::Info } else { Severity::Low };
            cx.report(range.region, message).severity(severity).evidence("node");
        }
        return;
    }
    let (snapshot, packages) = (cx.snapshot(), cx.joined().packages());
    let directory = path.parent();
    let Some(start) = package.scripts.iter().find(|script| &*script.name == "start") else {
        return;
    };
    let is_member = packages.in_directory(directory).is_some_and(|package| {
        package.workspace_root.as_deref().is_some_and(|root| root != package.directory)
    });
    let beside = |name: &str| match directory {
        "" => snapshot.contains(name),
        _ => snapshot.contains(&format!("{directory}/{name}")) || snapshot.contains(name),
    };
    // An image has the version that its Dockerfile names.
    let builds = cx.joined().images(snapshot);
    if is_member
        || !package.private
        || package.dependencies.is_empty()
        || PINS.iter().any(|name| beside(name))
        || !builds.is_empty()
        || !is_locked(snapshot, directory)
    {
        return;
    }
    cx.report(
        start.region,
        "Nothing says which Node.js this program starts with: no engines, no .nvmrc and no image. \
         Hosts then take the version they like, and change it; name it in `engines.node`.",
    )
    .evidence("node");
}

/// The release that has ended last of those that a range allows, if all have ended.
fn only_ended(range: &str) -> Option<Ended> {
    let mut last = None;
    for part in range.split("||") {
        let (low, high) = majors(part)?;
        for major in low..=high {
            // Before the fourth there were others.
            if major < 4 && major < high {
                continue;
            }
            last = Some(release("node", &major.to_string())?);
        }
    }
    last
}

/// The lowest and the highest major version that a range allows, both included. `None`
/// where it is open or not understood.
fn majors(range: &str) -> Option<(u32, u32)> {
    if let Some((low, high)) = range.split_once(" - ") {
        return Some((major(low.trim())?.0, major(high.trim())?.0));
    }
    let (mut low, mut high) = (0, None);
    let spaced = ["<=", ">=", "<", ">", "^", "~", "="];
    let mut words = range.split_whitespace();
    while let Some(word) = words.next() {
        let sign = spaced.iter().find(|sign| word.starts_with(**sign)).copied().unwrap_or("");
        let version = match &word[sign.len()..] {
            "" => words.next()?,
            version => version,
        };
        let (number, is_whole) = major(version)?;
        let upper = match sign {
            ">=" | ">" => {
                low = number;
                continue;
            }
            "<" if is_whole => number.checked_sub(1)?,
            "<" | "<=" => number,
            _ => {
                low = number;
                number
            }
        };
        high = Some(high.map_or(upper, |high: u32| high.min(upper)));
    }
    high.filter(|high| low <= *high).map(|high| (low, high))
}

/// The major number of a version, and whether it says no more than that.
fn major(version: &str) -> Option<(u32, bool)> {
    let mut parts = version.strip_prefix('v').unwrap_or(version).split('.');
    let number = parts.next()?.parse().ok().filter(|number| *number < 1_000)?;
    Some((number, parts.all(|part| matches!(part, "0" | "x" | "X" | "*"))))
}

#[cfg(test)]
mod tests {
    use super::{RULE, majors};
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn ranges_allow_major_versions() {
        let cases = [
            ("14", Some((14, 14))),
            ("^16.13", Some((16, 16))),
            ("14.x", Some((14, 14))),
            (">=12 <17", Some((12, 16))),
            (">= 12.1 < 17.2", Some((12, 17))),
            ("<=16", Some((0, 16))),
            ("12 - 16", Some((12, 16))),
            (">=18", None),
            ("*", None),
            ("lts/*", None),
            ("", None),
            ("<0", None),
        ];
        for (range, want) in cases {
            assert_eq!(majors(range), want, "{range}");
        }
    }

    #[test]
    fn flags_versions_that_have_all_ended() {
        check(
            &RULE,
            "package.json",
            r#"
{ "engines": { "node": "^14 || 16.x" } }
                        ^^^^^^^^^^^ [low] 16 reached its end on 2023-09-11
"#,
        );
        for range in [">=14", "^14 || ^24", "<24", "14 - 24", "*", "16 ||"] {
            check(&RULE, "package.json", &format!("{{ \"engines\": {{ \"node\": \"{range}\" }} }}\n"));
        }
    }

    const APP: &str = r#"{ "private": true, "scripts": { "start": "node a.js" }, "dependencies": { "a": "1" } }"#;

    #[test]
    fn flags_a_program_that_any_version_may_start() {
        check_files(
            &RULE,
            &format!(
                "//- package.json\n{APP}\n                                          ^^^^^^^^^ [info] Nothing \
                 says which Node.js\n//- package-lock.json\n{{}}\n"
            ),
        );
    }

    #[test]
    fn passes_a_version_that_is_chosen_elsewhere_and_libraries() {
        let app = format!("//- package.json\n{APP}\n//- package-lock.json\n{{}}\n");
        for beside in [
            format!("{app}//- .nvmrc\n24\n"),
            format!("{app}//- Dockerfile\nFROM node:24\nCOPY . .\nCMD npm start\n"),
            format!("//- package.json\n{}\n//- package-lock.json\n{{}}\n", APP.replace("true", "false")),
            format!("//- package.json\n{APP}\n"),
            format!("//- package.json\n{}\n//- yarn.lock\n", APP.replace("start", "build")),
        ] {
            check_files(&RULE, &beside);
        }
    }
}
