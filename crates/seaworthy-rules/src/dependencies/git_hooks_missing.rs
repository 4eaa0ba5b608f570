//! `git-hooks-missing`

use seaworthy_analysis::joined::ShellKind;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::shell::Word;
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use super::entries::{is_installed, is_locked};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "git-hooks-missing",
        group: Group::Dependencies,
        summary: "git hooks that are set up and not there",
        help: include_str!("git_hooks_missing.md"),
        severity: Severity::Info,
        precision: Precision::High,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    for text in cx.joined().scripts(snapshot).all() {
        let ShellKind::Manifest(name) = &text.kind else { continue };
        let directory = text.path.parent();
        if !matches!(name.as_str(), "prepare" | "postinstall" | "install")
            || !is_installed(&text.path)
            || text.script.commands.iter().any(|command| command.program() == Some("cd"))
            || !is_locked(snapshot, directory)
        {
            continue;
        }
        for command in &text.script.commands {
            let Some(invoked) = command.invoked().filter(|it| it.program == "husky") else {
                continue;
            };
            let mut words = invoked.arguments.iter().map(Word::literal);
            let hooks = match words.find(|word| *word != Some("install")) {
                None => ".husky",
                Some(Some(hooks)) if !hooks.starts_with('-') => hooks,
                Some(_) => continue,
            };
            let Some(hooks) = ArtifactPath::resolve(directory, hooks) else { continue };
            if snapshot.contains_directory(hooks.as_str()) {
                continue;
            }
            let message = format!(
                "The script `{name}` lets husky run the git hooks in {hooks}, and no file is \
                 there: git runs none, and what they are to check before a commit is checked by \
                 nobody. Add the hook, `{hooks}/pre-commit`, or take husky out.",
            );
            cx.report_in(&text.path, text.place(invoked.word.region), message)
                .evidence(hooks.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_directory_of_hooks_that_is_empty() {
        for (script, marks) in [
            ("husky", "                           ^^^^^"),
            ("husky install", "                           ^^^^^"),
            ("a && husky", "                                ^^^^^"),
        ] {
            check_files(
                &RULE,
                &format!(
                    "//- package.json\n{{ \"scripts\": {{ \"prepare\": \"{script}\" }} }}\n{marks} \
                     [info] no file is there\n//- package-lock.json\n{{}}\n"
                ),
            );
        }
    }

    #[test]
    fn passes_hooks_that_are_there_or_unknown() {
        let package = |script: &str| {
            format!("//- package.json\n{{ \"scripts\": {{ \"prepare\": \"{script}\" }} }}\n")
        };
        let locked = "//- package-lock.json\n{}\n";
        let hook = "//- .husky/pre-commit\nnpm test\n";
        let other = "//- .config/husky/pre-commit\nnpm test\n";
        for beside in [
            format!("{}{locked}{hook}", package("husky")),
            format!("{}{locked}{other}", package("husky install .config/husky")),
            format!("{}{locked}", package("cd .. && husky")),
            format!("{}{locked}", package("lefthook install")),
            // A published package has neither hooks nor a lockfile.
            package("husky"),
        ] {
            check_files(&RULE, &beside);
        }
    }
}
