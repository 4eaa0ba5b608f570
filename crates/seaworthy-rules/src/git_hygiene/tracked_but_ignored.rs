//! `tracked-but-ignored`

use std::collections::BTreeMap;

use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_formats::gitignore::IgnoreSource;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::env_file_tracked::is_real_env_file;
use super::tfstate_tracked::terraform_file;
use super::tracked::{file_name, untrack};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "tracked-but-ignored",
        group: Group::GitHygiene,
        summary: "a tracked file is matched by the ignore rules",
        help: include_str!("tracked_but_ignored.md"),
        severity: Severity::Info,
        precision: Precision::VeryHigh,
        cwe: &[538],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// How many of the files that one line matches are shown.
const SHOWN: usize = 10;

fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    u64::from(text.is_some() && snapshot.git().is_some_and(|git| git.is_ignored(path)))
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    // The files that one line matches, under the line's place.
    let mut by_line: BTreeMap<(ArtifactPath, Region), Vec<&str>> = BTreeMap::new();
    for path in git.tracked() {
        let verdict = git.verdict(path, false);
        if !verdict.ignored || has_own_rule(path) {
            continue;
        }
        let line = verdict.decided_by.and_then(|decision| match decision.source {
            IgnoreSource::File { artifact } if snapshot.contains(artifact.as_str()) => {
                Some((artifact, decision.region))
            }
            _ => None,
        });
        let file = ArtifactPath::new(path);
        if is_key_file(file_name(path)) {
            let message = format!(
                "{path} is ignored, but tracked all the same: ignoring does not untrack a file. \
                 Every change of it goes into the repository; run {}.",
                untrack(path)
            );
            let draft = cx.report_in(&file, Region::empty(0), message);
            draft.severity(Severity::Medium);
            if let Some((artifact, region)) = &line {
                draft.related(artifact, *region, "this line ignores it");
            }
            continue;
        }
        let place = line.unwrap_or((file, Region::empty(0)));
        by_line.entry(place).or_default().push(path);
    }
    for ((artifact, region), paths) in by_line {
        let Some(first) = paths.first() else { continue };
        let others = match paths.len() {
            1 => (*first).to_owned(),
            n => format!("{first} and {} more", n - 1),
        };
        let message = format!(
            "Tracked files are matched by this ignore pattern: {others}. New files like them are \
             left out in silence; narrow the pattern, or run {} if the file does not belong into \
             the repository.",
            untrack(first)
        );
        let pattern = snapshot
            .artifact(artifact.as_str())
            .and_then(|file| snapshot.text(file))
            .map(|text| region.of(text).to_owned());
        let draft = cx.report_in(&artifact, region, message);
        draft.evidence(pattern.unwrap_or_default());
        for path in paths.iter().take(SHOWN) {
            draft.related(&ArtifactPath::new(path), Region::empty(0), "tracked and ignored");
        }
    }
}

/// Whether another rule of the group speaks of the tracked file.
fn has_own_rule(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    is_real_env_file(path)
        || terraform_file(file_name(path)).is_some()
        || path.ends_with(".local.json")
        || parts.iter().any(|part| {
            matches!(*part, "node_modules" | ".next" | ".aws-sam" | ".terraform" | ".venv" | "dist")
        })
}

/// Whether a file holds a key, a keystore or credentials by its name.
fn is_key_file(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".p8", ".ppk"];
    ends.iter().any(|end| lower.ends_with(end))
        || ["id_rsa", "id_ed25519", "id_ecdsa", ".npmrc", ".netrc", ".pgpass", ".htpasswd"]
            .contains(&lower.as_str())
        || (lower.contains("credentials") || lower.contains("service-account") || lower.contains("secret"))
            && [".json", ".txt", ".yml", ".yaml"].iter().any(|end| lower.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_testkit::check_repo;

    #[test]
    fn sources_are_told_once_for_each_line() {
        check_repo(
            &RULE,
            "
//- .gitignore
_*.js
^^^^^ [info] src/_a.js and 1 more
*.log
//- src/_a.js
x
~ tracked and ignored
//- src/_b.js
x
//- src/c.js
x
//- x.log untracked
x
",
        );
    }

    #[test]
    fn key_files_weigh_more() {
        check_repo(
            &RULE,
            "
//- .gitignore
certs/
~~~~~~ this line ignores it
//- certs/server.key
x
^ [medium] run `git rm --cached certs/server.key`
",
        );
    }

    #[test]
    fn passes_negated_paths_and_those_of_other_rules() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env*
!.env.example
dist/
*.tfstate
//- .env.example
A=1
//- .env
A=1
//- infra/a.tfstate
{}
//- dist/a.js
x
",
        );
    }

    #[test]
    fn key_files_are_known_by_name() {
        let cases = [
            ("a.pem", true),
            ("gcp-credentials.json", true),
            (".npmrc", true),
            ("secretary.ts", false),
            ("key.ts", false),
        ];
        for (name, want) in cases {
            assert_eq!(is_key_file(name), want, "{name}");
        }
    }
}
