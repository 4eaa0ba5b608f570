//! `backup-not-verified`

use seaworthy_analysis::joined::{Purpose, ShellKind};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::backups::{backups, verifies};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "backup-not-verified",
        group: Group::Operations,
        summary: "nobody looks whether a backup can be read",
        help: include_str!("backup_not_verified.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[754],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let scripts = cx.joined().scripts(cx.snapshot());
    let named = backups(cx).into_iter().find(|(text, _)| {
        text.purpose == Purpose::Backup
            && matches!(text.kind, ShellKind::File | ShellKind::Step(_) | ShellKind::Service(_))
    });
    let Some((text, command)) = named else { return };
    if verifies(scripts) {
        return;
    }
    cx.report_in(
        &text.path,
        text.place(command.region),
        "Nothing looks into the backup that is written here. An empty or cut dump is found when it \
         is needed. List it after writing (`pg_restore --list`, `gzip -t` and its size), and \
         restore one from time to time.",
    )
    .evidence("verification");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn speaks_once_where_nothing_looks_into_the_backups() {
        check_files(
            &RULE,
            r#"
//- scripts/backup-a.sh
pg_dump -Fc app > a.dump
^^^^^^^^^^^^^^^^^^^^^^^^ [low] Nothing looks into the backup
//- scripts/backup-b.sh
mysqldump app > b.sql
"#,
        );
    }

    #[test]
    fn a_look_before_a_restore_comes_too_late() {
        check_files(
            &RULE,
            r#"
//- scripts/backup.sh
pg_dump app | gzip > a.gz
^^^^^^^^^^^ [low] Nothing looks into the backup
//- scripts/restore.sh
gunzip -t a.gz
gunzip -c a.gz | psql app
"#,
        );
    }

    #[test]
    fn any_look_at_a_backup_suffices() {
        for check in [
            "pg_restore --list a.dump > /dev/null",
            "gzip -t a.gz",
            "gunzip -t a.gz",
            "[ -s a.dump ] || exit 1",
            "if [[ ! -s a.dump ]]; then exit 1; fi",
            "tar -tzf a.tgz",
            "mongorestore --dryRun a",
        ] {
            let script = format!("pg_dump -Fc app > a.dump\n{check}\n");
            let fixture = format!("//- scripts/backup.sh\n{script}");
            check_files(&RULE, &fixture);
        }
        check_files(&RULE, "//- scripts/dump-for-dev.sh\npg_dump app > a\n");
    }
}
