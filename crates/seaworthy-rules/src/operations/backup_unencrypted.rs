//! `backup-unencrypted`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::shell::Script;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::backups::backups;
use super::tools::{Tool, tool};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "backup-unencrypted",
        group: Group::Operations,
        summary: "backup leaves the host unencrypted",
        help: include_str!("backup_unencrypted.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[311],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for (text, _) in backups(cx) {
        if encrypts(&text.script) {
            continue;
        }
        let sent = text.script.commands.iter().find_map(|command| {
            let tool = tool(command)?;
            is_unencrypted_upload(&tool).then_some(command)
        });
        let Some(command) = sent else { continue };
        cx.report_in(
            &text.path,
            text.place(command.region),
            "The dump is sent to S3 as it is. Whoever can read the bucket, now or after a \
             mistake in its policy, reads the whole database. Encrypt it first (`age`, `gpg`), or \
             name a key of your own with `--sse aws:kms`.",
        )
        .evidence("aws s3");
    }
}

fn is_unencrypted_upload(tool: &Tool<'_>) -> bool {
    let mut operands = tool.operands();
    tool.name == "aws"
        && operands.any(|word| word == "s3")
        && operands.next().is_some_and(|word| matches!(word, "cp" | "mv" | "sync"))
        && tool.arguments.last().is_some_and(|_| goes_to_bucket(tool))
        && !tool.has(&["--sse", "--sse-c", "--sse-kms-key-id"])
        // Options in a variable may hold it.
        && !tool.arguments.iter().any(|word| word.has_expansion() && !word.quoted)
}

/// Whether the second path is a bucket, so that something is sent there.
fn goes_to_bucket(tool: &Tool<'_>) -> bool {
    let paths: Vec<&str> = tool
        .arguments
        .iter()
        .map(|word| word.text.as_str())
        .filter(|word| *word == "-" || !word.starts_with('-'))
        .skip_while(|word| !matches!(*word, "cp" | "mv" | "sync"))
        .skip(1)
        .take(2)
        .collect();
    matches!(paths.as_slice(), [from, _] if !from.starts_with("s3://"))
}

fn encrypts(script: &Script) -> bool {
    script.commands.iter().filter_map(tool).any(|tool| match tool.name {
        "openssl" => tool.operands().any(|word| matches!(word, "enc" | "smime" | "cms" | "rsautl")),
        "gpg" | "gpg2" | "age" | "rage" | "sops" | "restic" | "borg" | "duplicity" | "ccrypt"
        | "kopia" | "rclone" => true,
        "zip" | "7z" => {
            tool.arguments.iter().any(|word| word.text.starts_with("-p") || word.text.contains('e'))
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_dump_that_is_sent_as_it_is() {
        check_files(
            &RULE,
            r#"
//- scripts/backup.sh
pg_dump -Fc app > /tmp/app.dump
aws s3 cp /tmp/app.dump "s3://$BUCKET/app.dump"
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] as it is
//- .github/workflows/backup.yml
on: {schedule: [{cron: '0 3 * * *'}]}
jobs:
  a:
    steps:
      - run: |
          pg_dump "$URL" > db.sql
          aws --region eu-west-1 s3 cp db.sql s3://backups-q/db.sql
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] as it is
"#,
        );
    }

    #[test]
    fn passes_what_is_encrypted_or_not_sent() {
        check_files(
            &RULE,
            r#"
//- scripts/a.sh
pg_dump app | gpg -e -r ops > a.gpg
aws s3 cp a.gpg s3://b/
//- scripts/b.sh
pg_dump app > a
aws s3 cp a s3://b/ --sse aws:kms
//- scripts/c.sh
pg_dump app > a
aws s3 cp $OPTIONS a s3://b/
//- scripts/d.sh
pg_dump app > a
aws s3 cp s3://b/config .
//- scripts/e.sh
aws s3 sync dist s3://site
"#,
        );
    }
}
