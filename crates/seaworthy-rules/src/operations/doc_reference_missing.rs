//! `doc-reference-missing`

use seaworthy_analysis::joined::ShellKind;
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot, DocumentKind, is_named_in};
use seaworthy_formats::shell::{Command, Invoked, Word};
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use crate::dependencies::entries::{is_installed, is_locked};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "doc-reference-missing",
        group: Group::Operations,
        summary: "script of a manifest that starts a file that is not there",
        help: include_str!("doc_reference_missing.md"),
        severity: Severity::Info,
        precision: Precision::High,
        cwe: &[710],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// Programs that run the file they are given.
const RUNNERS: &[&str] =
    &["node", "nodemon", "tsx", "ts-node", "ts-node-dev", "bash", "sh", "python", "python3"];

/// Directories that are made, not committed.
const MADE: &[&str] = &[
    "dist", "build", "out", "lib", "output", "coverage", "tmp", "temp", "generated", "target",
    "node_modules", "public", "static", "bundle", "release", "es", "esm", "cjs",
];

fn sees(snapshot: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    u64::from(text.is_some() && is_named_in(&[DocumentKind::PackageJson], snapshot, path))
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    for text in cx.joined().scripts(snapshot).all() {
        let ShellKind::Manifest(name) = &text.kind else { continue };
        let directory = text.path.parent();
        let commands = &text.script.commands;
        if !is_installed(&text.path)
            || commands.iter().any(|command| command.program() == Some("cd"))
            || !is_locked(snapshot, directory)
        {
            continue;
        }
        for command in commands {
            let Some((word, path)) = started(command) else { continue };
            let Some(file) = ArtifactPath::resolve(directory, path) else { continue };
            if is_there(snapshot, &file) || commands.iter().any(|it| writes(it, path)) {
                continue;
            }
            let message = format!(
                "The script `{name}` runs {path}, and there is no such file: whoever needs the \
                 script finds that out when it fails. Commit the file, or name the one that took \
                 its place.",
            );
            cx.report_in(&text.path, text.place(word.region), message)
                .evidence(format!("{name} {path}"));
        }
    }
}

/// The file of the repository that a command runs.
fn started(command: &Command) -> Option<(&Word, &str)> {
    const KINDS: &[&str] = &["js", "mjs", "cjs", "ts", "mts", "cts", "sh", "py"];
    let Invoked { program, word, arguments } = command.invoked()?;
    let word = match RUNNERS.contains(&program) {
        true => arguments.first()?,
        false if word.text.starts_with("./") => word,
        false => return None,
    };
    let path = word.literal()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-@".contains(&byte);
    let is_file = path.rsplit_once('.').is_some_and(|(_, kind)| KINDS.contains(&kind));
    (is_file && path.bytes().all(is_plain) && !path.starts_with('-')).then_some((word, path))
}

/// Whether a file is there, or may be made before it is needed.
fn is_there(snapshot: &Snapshot, file: &ArtifactPath) -> bool {
    let path = file.as_str();
    let is_made = |part: &str| MADE.contains(&part) || part.starts_with('.');
    let directory = file.parent();
    // What other sources are compiled to.
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let compiled = ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs", "coffee"]
        .iter()
        .any(|kind| snapshot.contains(&format!("{stem}.{kind}")));
    snapshot.contains(path)
        || compiled
        || path.split('/').any(is_made)
        // A directory of which nothing is there is made as a whole.
        || !snapshot.contains_directory(directory)
        || snapshot.git().is_some_and(|git| git.is_ignored(path))
        || snapshot.git().is_some_and(|git| git.is_part())
}

/// Whether a command says that it writes a file.
fn writes(command: &Command, path: &str) -> bool {
    let words = || command.words.iter().map(|word| word.text.as_str());
    let after_flag = words().zip(words().skip(1)).any(|(flag, word)| {
        matches!(flag, "-o" | "--output" | "--outfile" | "--out-file" | "--out") && word == path
    });
    after_flag || words().any(|word| word.split_once('=').is_some_and(|(_, value)| value == path))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_repo};

    fn repository(script: &str, marks: &str, beside: &str) -> String {
        format!(
            "//- package.json\n{{ \"scripts\": {{ \"verify\": \"{script}\" }} }}\n{marks}\
             //- package-lock.json\n{{}}\n//- scripts/other.sh\ntrue\n{beside}"
        )
    }

    #[test]
    fn flags_a_file_that_is_not_there() {
        let marks = "                               ^^^^^^^^^^^^^^^^^ [info] no such file\n";
        check_files(&RULE, &repository("bash scripts/verify.sh", marks, ""));
        check_files(&RULE, &repository("node scripts/verify.js --all", marks, ""));
        let marks = "                          ^^^^^^^^^^^ [info] no such file\n";
        check_files(&RULE, &repository("./verify.sh", marks, ""));
    }

    #[test]
    fn passes_what_is_there_or_made() {
        let there = "//- scripts/verify.sh\ntrue\n";
        let typed = "//- scripts/verify.ts\n";
        for (script, beside) in [
            ("bash scripts/verify.sh", there),
            ("node scripts/verify.js", typed),
            ("node dist/server.js", "//- dist/other.js\n"),
            ("node elsewhere/verify.js", ""),
            ("cd web && node scripts/verify.js", ""),
            ("esbuild a.ts --outfile=scripts/b.js && node scripts/b.js", ""),
            ("node --test", ""),
            ("node -e 'x'", ""),
            ("node $FILE.js", ""),
            ("node ../outside.js", ""),
        ] {
            check_files(&RULE, &repository(script, "", beside));
        }
        let ignored = "//- .gitignore\n/scripts/made.js\n";
        check_repo(&RULE, &repository("node scripts/made.js", "", ignored));
        let published = repository("node scripts/verify.js", "", "").replace("//- package-lock.json\n{}\n", "");
        check_files(&RULE, &published);
    }
}
