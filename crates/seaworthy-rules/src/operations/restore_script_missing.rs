//! `restore-script-missing`

use seaworthy_analysis::joined::Purpose;
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::backups::{backups, restores};
use super::mentions::{mentioned, mentions};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "restore-script-missing",
        group: Group::Operations,
        summary: "backups that nothing restores",
        help: include_str!("restore_script_missing.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// What tells how a backup is brought back, in any text.
const WORDS: &[&str] =
    &["restor", "restaur", "wiederherstell", "recover", "pgbackrest", "wal-g", "barman"];

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    mentions(path, text, WORDS, &[])
}

fn check(cx: &mut Context<'_>) {
    let found = backups(cx);
    let kept =
        found.iter().find(|(text, _)| text.purpose == Purpose::Backup || text.in_production());
    let Some(&(text, command)) = kept else { return };
    let scripts = cx.joined().scripts(cx.snapshot());
    if scripts.all().iter().any(|text| text.purpose == Purpose::Restore || restores(text))
        || mentioned(cx.snapshot(), WORDS, &[])
    {
        return;
    }
    cx.report_in(
        &text.path,
        text.place(command.region),
        "The database is backed up here, and nothing in this repository brings a backup back: no \
         script and no word on how. On the day it is needed, the commands, the users and the order \
         of steps have to be found out while the product is down. Write the script, and run it \
         against a spare database now and then.",
    )
    .evidence("restore");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_backups_that_nothing_brings_back() {
        check_files(
            &RULE,
            r"
//- scripts/backup.sh
set -euo pipefail
pg_dump app | gzip > /keep/app.gz
^^^^^^^^^^^ [low] nothing in this repository brings a backup back
//- README.md
Backups are made every night.
TODO: restore
",
        );
    }

    #[test]
    fn passes_what_is_told_and_what_keeps_nothing() {
        let backup = "//- scripts/backup.sh\npg_dump app > /keep/app.sql\n";
        for beside in [
            "//- scripts/restore.sh\npsql app < \"$1\"\n",
            "//- scripts/load.sh\npsql app < /keep/app.sql\n",
            "//- docs/runbook.md\n## Disaster recovery\n",
            "//- package.json\n{ \"scripts\": { \"db:restore\": \"tsx tools/db.ts\" } }\n",
        ] {
            check_files(&RULE, &format!("{backup}{beside}"));
        }
        check_files(&RULE, "//- scripts/schema.sh\npg_dump --schema-only app > schema.sql\n");
        check_files(&RULE, "//- scripts/dev-copy.sh\npg_dump app > /tmp/app.sql\n");
    }
}
