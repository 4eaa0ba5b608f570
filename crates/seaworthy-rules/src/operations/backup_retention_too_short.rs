//! `backup-retention-too-short`

use seaworthy_analysis::joined::ShellText;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::shell::{Command, Word};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::backups::backups;
use super::tools::tool;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "backup-retention-too-short",
        group: Group::Operations,
        summary: "backups are deleted after less than thirty days",
        help: include_str!("backup_retention_too_short.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[221],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// How long copies are to be kept, in days.
const ENOUGH: u32 = 30;

fn check(cx: &mut Context<'_>) {
    for (text, _) in backups(cx) {
        // Copies elsewhere are kept by other rules than these.
        if has_more_tiers(text) || sends_away(text) {
            continue;
        }
        let Some((days, region, name)) = retention(cx, text) else { continue };
        if days == 0 || days >= ENOUGH {
            continue;
        }
        let unit = if days == 1 { "day" } else { "days" };
        cx.report_in(
            &text.path,
            text.place(region),
            format!(
                "Backups are deleted after {days} {unit}. What is damaged or deleted unnoticed for \
                 longer is lost; keep daily copies for {ENOUGH} days, or some weekly and monthly \
                 ones beside these."
            ),
        )
        .evidence(name);
    }
}

/// The days that copies are kept, and where that is written.
fn retention(cx: &Context<'_>, text: &ShellText) -> Option<(u32, Region, String)> {
    for command in &text.script.commands {
        for assignment in &command.assignments {
            if !is_retention(&assignment.name) {
                continue;
            }
            let (days, region) = value(text, &assignment.value)?;
            // Set elsewhere, the default says nothing.
            let variable = assignment.value.variable().map(|(name, _)| name);
            if variable.is_some_and(|name| !cx.joined().definitions_of(name).is_empty()) {
                return None;
            }
            return Some((days, region, assignment.name.clone()));
        }
    }
    text.script.commands.iter().find_map(deleted_after)
}

fn is_retention(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let days = !["WEEK", "MONTH", "HOUR", "MINUTE", "YEAR", "COUNT", "NUM"]
        .iter()
        .any(|word| upper.contains(word));
    days && (upper.contains("RETENTION") || upper.contains("KEEP_DAYS") || upper == "DAYS_TO_KEEP")
}

/// A number, or the number that is the default of a variable.
fn value(text: &ShellText, word: &Word) -> Option<(u32, Region)> {
    if let Some(literal) = word.literal() {
        return Some((literal.trim().parse().ok()?, word.region));
    }
    let (_, default) = word.variable()?;
    let region = default?;
    Some((text.slice(region).trim().parse().ok()?, region))
}

/// `find … -mtime +7 -delete`
fn deleted_after(command: &Command) -> Option<(u32, Region, String)> {
    let tool = tool(command).filter(|tool| tool.name == "find")?;
    let at = tool.arguments.iter().position(|word| word.text == "-mtime")?;
    let word = tool.arguments.get(at + 1)?;
    let days = word.literal()?.strip_prefix('+')?.parse().ok()?;
    let deletes = tool.arguments.iter().any(|word| matches!(word.text.as_str(), "-delete" | "rm"));
    let logs = tool.arguments.iter().any(|word| word.text.contains("log"));
    (deletes && !logs).then(|| (days, word.region, "-mtime".to_owned()))
}

/// Whether weekly or monthly copies are kept longer.
fn has_more_tiers(text: &ShellText) -> bool {
    let lower = text.text.to_ascii_lowercase();
    ["weekly", "monthly", "week", "month"].iter().any(|word| lower.contains(word))
}

fn sends_away(text: &ShellText) -> bool {
    text.script.commands.iter().filter_map(tool).any(|tool| match tool.name {
        "aws" => tool.operands().any(|word| matches!(word, "cp" | "sync" | "mv" | "put-object")),
        "rsync" | "scp" => tool.arguments.iter().any(|word| word.text.contains(':')),
        "gsutil" | "gcloud" | "rclone" | "s3cmd" | "mc" | "az" | "b2" | "restic" | "borg"
        | "sftp" | "lftp" | "duplicity" | "curl" => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_copies_that_are_gone_soon() {
        check_files(
            &RULE,
            r#"
//- scripts/backup.sh
KEEP="${BACKUP_RETENTION_DAYS:-7}"
RETENTION_DAYS="${BACKUP_RETENTION_DAYS:-7}"
                                         ^ [low] after 7 days
pg_dump -Fc app > "$DIR/app.dump"
find "$DIR" -mtime +"$RETENTION_DAYS" -delete
//- ops/backup-mongo.sh
mongodump --out /backups/today
find /backups -type d -mtime +14 -exec rm -r {} +
                             ^^^ [low] after 14 days
"#,
        );
    }

    #[test]
    fn passes_longer_other_and_unknown_ones() {
        check_files(
            &RULE,
            r#"
//- .env.production
B_RETENTION_DAYS=90
//- scripts/backup.sh
RETENTION_DAYS=30
pg_dump app > a
find /b -mtime +$RETENTION_DAYS -delete
//- scripts/backup-b.sh
RETENTION_DAYS=${B_RETENTION_DAYS:-7}
pg_dump app > a
//- scripts/backup-c.sh
pg_dump app > a
find /var/log/app -name '*.log' -mtime +3 -delete
//- scripts/backup-d.sh
pg_dump app > a
aws s3 cp a s3://b/
find . -mtime +2 -delete
//- scripts/backup-e.sh
DAILY_RETENTION=7
WEEKLY_RETENTION=8
pg_dump app > a
//- scripts/clean.sh
find /tmp/uploads -mtime +1 -delete
"#,
        );
    }
}
