//! `backup-pipeline-unchecked`

use seaworthy_analysis::joined::{ShellKind, ShellText};
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::shell::Command;
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::backups::is_aside;
use super::tools::{is_dump, piped_to, tool};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "backup-pipeline-unchecked",
        group: Group::Operations,
        summary: "backup that seems to succeed when the dump fails",
        help: include_str!("backup_pipeline_unchecked.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[252, 754],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let scripts = cx.joined().scripts(cx.snapshot());
    for text in scripts.all() {
        if is_aside(text) || text.text.contains("PIPESTATUS") || text.text.contains("pipestatus") {
            continue;
        }
        for command in &text.script.commands {
            if !command.options.pipefail && is_dump(command) && is_kept(text, command) {
                report(cx, text, command);
            }
        }
    }
}

/// Whether what is written goes through a pipe into a file or away.
fn is_kept(text: &ShellText, command: &Command) -> bool {
    let after = piped_to(&text.script, command);
    !after.is_empty()
        && after.iter().all(|tool| {
            // A clone fails where it is read, and what a block does is not known.
            tool.is_some_and(|tool| {
                !matches!(
                    tool.name,
                    "psql"
                        | "mysql"
                        | "mariadb"
                        | "pg_restore"
                        | "mongorestore"
                        | "ssh"
                        | "grep"
                        | "head"
                        | "less"
                        | "diff"
                        | "wc"
                )
            })
        })
}

fn report(cx: &mut Context<'_>, text: &ShellText, command: &Command) {
    let name = tool(command).map_or("The dump", |tool| tool.name);
    let errexit = if command.options.errexit { "; `set -e` does not see it either" } else { "" };
    let draft = cx.report_in(
        &text.path,
        text.place(command.region),
        format!(
            "When {name} fails here, the backup seems to have succeeded. A pipeline ends as its \
             last command does, which has compressed or sent an empty stream{errexit}. Put `set -o \
             pipefail` before it."
        ),
    );
    draft.evidence(name);
    // A script that somebody starts by hand shows the error on the screen.
    if matches!(text.kind, ShellKind::Manifest(_) | ShellKind::Target(_)) {
        draft.severity(Severity::Low);
    }
    if let Some(at) = after_first_line(text) {
        draft.fix(Edit::risky("Let pipelines fail").insert(&text.path, at, "set -o pipefail\n"));
    }
}

/// Where the option goes in a script of bash: after its first line.
fn after_first_line(text: &ShellText) -> Option<usize> {
    let first = text.text.lines().next()?;
    let bash = text.kind == ShellKind::File && first.starts_with("#!") && first.contains("bash");
    let place = text.place(Region::empty(first.len() + 1)).start;
    (bash && text.is_exact() && text.text.get(first.len()..)?.starts_with('\n')).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_a_dump_whose_failure_the_pipe_hides() {
        check(
            &RULE,
            "scripts/backup.sh",
            r#"
set -e
pg_dump "$DATABASE_URL" | gzip > "backup-$(date +%F).sql.gz"
^^^^^^^^^^^^^^^^^^^^^^^ [medium] When pg_dump fails
docker compose exec -T db mysqldump app | aws s3 cp - s3://b/app.sql
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] mysqldump
if mongodump --archive --uri "$URI" | gzip > x; then echo ok; fi
   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] mongodump
"#,
        );
        check(
            &RULE,
            "package.json",
            r#"
{"scripts": {"db:backup": "pg_dump app | gzip > app.gz"}}
                           ^^^^^^^^^^^ [low] pg_dump
"#,
        );
    }

    #[test]
    fn steps_of_a_pipeline_fail_as_their_shell_does() {
        check_files(
            &RULE,
            "
//- .github/workflows/backup.yml
on: {schedule: [{cron: '0 3 * * *'}]}
jobs:
  a:
    steps:
      - run: pg_dump app | gzip > app.gz
             ^^^^^^^^^^^ [medium] pg_dump
  b:
    steps:
      - shell: bash
        run: pg_dump app | gzip > app.gz
",
        );
    }

    #[test]
    fn passes_what_fails_loudly() {
        check_files(
            &RULE,
            r#"
//- backup.sh
set -euo pipefail
pg_dump app | gzip > app.gz
//- ops/backup.sh
pg_dump -Fc app > app.dump
pg_dump old | psql new
pg_dump --schema-only app | grep TABLE
# pg_dump app | gzip > x
echo "pg_dump app | gzip"
//- ops/other.sh
pg_dump app | gzip > x
[ "${PIPESTATUS[0]}" -eq 0 ] || exit 1
//- scripts/dev/backup.sh
pg_dump app | gzip > x
"#,
        );
    }

    #[test]
    fn the_fix_switches_it_on() {
        check_fix(
            &RULE,
            "backup.sh",
            "#!/bin/bash\npg_dump app | gzip > x\n",
            "#!/bin/bash\nset -o pipefail\npg_dump app | gzip > x\n",
        );
    }
}
