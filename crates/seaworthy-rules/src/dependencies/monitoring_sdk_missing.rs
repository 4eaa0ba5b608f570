//! `monitoring-sdk-missing`

use std::collections::HashSet;

use memchr::memmem::Finder;
use seaworthy_analysis::joined::DefinitionSource;
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, NativeRule, PieceSizes, Snapshot};
use seaworthy_model::{Group, Precision, Rule, Severity};

use crate::environment::named::is_program;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "monitoring-sdk-missing",
        group: Group::Dependencies,
        summary: "error monitoring that is configured and not built in",
        help: include_str!("monitoring_sdk_missing.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[778],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// A service of monitoring.
struct Monitor {
    name: &'static str,
    /// How the names of its variable end.
    variable: &'static str,
    /// What any program that speaks to it has in its text, in lower case.
    signs: &'static [&'static str],
}

const MONITORS: &[Monitor] = &[
    Monitor {
        name: "Sentry",
        variable: "SENTRY_DSN",
        signs: &[
            "@sentry",
            "sentry.init",
            "sentry_sdk",
            "sentry-",
            "\"sentry\"",
            "getsentry",
            "toucan",
            "raven",
            "glitchtip",
        ],
    },
    Monitor { name: "Bugsnag", variable: "BUGSNAG_API_KEY", signs: &["bugsnag"] },
    Monitor { name: "Rollbar", variable: "ROLLBAR_ACCESS_TOKEN", signs: &["rollbar"] },
];

/// How many bytes are looked at; beyond, nothing is known.
const MOST: usize = 16 << 20;

fn check(cx: &mut Context<'_>) {
    let packages = cx.joined().packages();
    for monitor in MONITORS {
        let defined = cx.joined().definitions().iter().filter(|definition| {
            matches!(definition.source, DefinitionSource::EnvFile | DefinitionSource::EnvTemplate)
                && definition.name.ends_with(monitor.variable)
                && packages
                    .of_path(definition.artifact.as_str())
                    .is_some_and(|package| matches!(package.role, Role::Source | Role::Deployable))
        });
        // It is said where production has it, if it does.
        let mut defined: Vec<_> = defined.collect();
        defined.sort_by_key(|definition| definition.standing);
        let Some((first, others)) = defined.split_first() else { continue };
        if is_used(cx.snapshot(), monitor.signs) {
            continue;
        }
        let message = format!(
            "{} is for {}, and nothing in this repository reports to it: no manifest has its SDK, \
             and no program initialises one. Whoever sets the variable believes that errors of \
             production are seen. Install the SDK and start it first of all, or take the variable \
             out.",
            first.name, monitor.name,
        );
        let mut seen = HashSet::from([&first.artifact]);
        let draft = cx.report_in(&first.artifact, first.key_region, message);
        draft.evidence(monitor.name);
        for other in others.iter().take(10) {
            if seen.insert(&other.artifact) {
                draft.related(&other.artifact, other.key_region, "named here, too");
            }
        }
    }
}

/// Whether a manifest, program or page speaks to a service. `true` as well where there
/// is too much to look at.
fn is_used(snapshot: &Snapshot, signs: &'static [&'static str]) -> bool {
    snapshot.answer(("SDK", signs), || search(snapshot, signs))
}

fn search(snapshot: &Snapshot, signs: &[&str]) -> bool {
    let of_kind = |kind: fn(&str) -> bool| {
        snapshot.artifacts().iter().filter(move |artifact| {
            let path = artifact.path().as_str();
            kind(path) && !path.contains("node_modules/")
        })
    };
    // Who uses a service has it in a manifest, most of the time.
    let first = of_kind(is_manifest);
    let signs: Vec<_> = signs.iter().map(Finder::new).collect();
    let (mut buffer, mut lower, mut read) = (Vec::new(), Vec::new(), 0);
    for artifact in first.chain(of_kind(may_speak)) {
        let mut found = read > MOST;
        snapshot.with_pieces(artifact, PieceSizes::DEFAULT, &mut buffer, |piece| {
            if found {
                return;
            }
            read += piece.text.len();
            found = speaks(piece.text, &signs, &mut lower);
        });
        if found {
            return true;
        }
    }
    false
}

/// Whether a text has one of the signs outside of comments.
fn speaks(text: &str, signs: &[Finder<'_>], lower: &mut Vec<u8>) -> bool {
    lower.clear();
    lower.extend(text.bytes().map(|byte| byte.to_ascii_lowercase()));
    signs.iter().any(|sign| sign.find_iter(lower).any(|at| !is_comment(text, at)))
}

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    let Some(text) = text.filter(|_| may_speak(path)) else { return 0 };
    let mut lower = Vec::new();
    MONITORS.iter().zip(0..).fold(0, |seen, (monitor, number)| {
        let signs: Vec<_> = monitor.signs.iter().map(Finder::new).collect();
        seen | u64::from(speaks(text, &signs, &mut lower)) << number
    })
}

/// Whether a place lies in a line that is a comment in the languages that are looked at.
fn is_comment(text: &str, at: usize) -> bool {
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |end| end + 1);
    let line = text[start..at].trim_start();
    ["//", "#", "*", "/*"].iter().any(|mark| line.starts_with(mark))
}

/// A file that names what a program is made of.
fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name,
        "package.json"
            | "Gemfile"
            | "go.mod"
            | "composer.json"
            | "Pipfile"
            | "Podfile"
            | "pyproject.toml"
            | "Cargo.toml"
            | "pom.xml"
            | "pubspec.yaml"
            | "app.json"
    ) || name.starts_with("requirements") && name.ends_with(".txt")
}

/// A program, or a page or a build that may bring an SDK into one.
fn may_speak(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    is_program(path)
        || matches!(
            extension,
            "html" | "ejs" | "hbs" | "kts" | "gradle" | "csproj" | "xml" | "toml" | "properties"
        )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_variable_that_no_program_has_an_sdk_for() {
        check_files(
            &RULE,
            r#"
//- .env.example
PORT=3000
SENTRY_DSN=
^^^^^^^^^^ [low] nothing in this repository reports to it
//- package.json
{ "dependencies": { "express": "^4.21.0" } }
//- src/server.js
// TODO: Sentry.init({ dsn: process.env.SENTRY_DSN })
app.listen(3000);
"#,
        );
    }

    #[test]
    fn passes_what_is_built_in_or_not_ours_to_know() {
        let env = "//- .env.example\nSENTRY_DSN=\n";
        for beside in [
            "//- package.json\n{ \"dependencies\": { \"@sentry/node\": \"^8.0.0\" } }\n",
            "//- package.json\n{}\n//- src/a.ts\nimport { start } from './sentry-client';\n",
            "//- package.json\n{}\n//- worker/requirements.txt\nsentry-sdk==2.0\n",
            "//- package.json\n{}\n//- index.html\n<script src=\"https://js.sentry-cdn.com/a.js\"></script>\n",
            "//- go.mod\nmodule a\n",
        ] {
            check_files(&RULE, &format!("{env}{beside}"));
        }
        check_files(&RULE, "//- package.json\n{}\n//- .env.example\n# SENTRY_DSN=\nSENTRY_ORG=a\n");
    }
}
