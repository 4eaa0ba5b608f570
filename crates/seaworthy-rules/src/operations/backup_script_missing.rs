//! `backup-script-missing`

use seaworthy_analysis::joined::Stack;
use seaworthy_analysis::roles::{Environment, Role};
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_formats::compose::{Engine, ImageName, Service, ServiceKind};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::mentions::{mentioned, mentions};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "backup-script-missing",
        group: Group::Operations,
        summary: "database of production without a backup",
        help: include_str!("backup_script_missing.md"),
        severity: Severity::Medium,
        precision: Precision::Medium,
        cwe: &[693],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// What keeps copies of a database, in any text.
const KEEPERS: &[&str] = &[
    "backup",
    "back-up",
    "back up",
    "backs up",
    "backed up",
    "sauvegarde",
    "sicherung",
    "pg_dump",
    "pg_basebackup",
    "mysqldump",
    "mariadb-dump",
    "mongodump",
    "xtrabackup",
    "wal-g",
    "walg",
    "wal-e",
    "pgbackrest",
    "barman",
    "restic",
    "borg",
    "velero",
    "duplicity",
    "snapshot",
    "replication",
    "replica set",
    "replset",
    "dbdump",
    "db-dump",
    "db:dump",
];

/// Codes for a lost second factor are no backups; nor are images of a test's output.
const ASIDE: &[&str] = &[
    "backup code",
    "backup-code",
    "backup_code",
    "backupcode",
    "__snapshots__",
    "test",
    "-snapshot",
    "snapshot-",
];

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    mentions(path, text, KEEPERS, ASIDE)
}

fn check(cx: &mut Context<'_>) {
    let stacks = cx.joined().stacks();
    let Some((stack, service, product)) =
        stacks.iter().filter(|stack| is_run(stack)).find_map(|stack| {
            let services = &stack.project().services;
            services.iter().find_map(|service| Some((stack, service, keeps_data(service)?)))
        })
    else {
        return;
    };
    if mentioned(cx.snapshot(), KEEPERS, ASIDE) {
        return;
    }
    let Some(image) = &service.image else { return };
    let name = service.name.raw();
    cx.report_in(
        &image.origin().artifact,
        image.region(),
        format!(
            "Production keeps its data in {product} (service {name} of {}), and nothing in this \
             repository backs it up: no script, no job, no service, no word of one. A failed disk, \
             a wrong migration or `down -v` then loses everything. Add a job that dumps the \
             database, checks the dump and takes it off the host.",
            stack.primary_file().file_name(),
        ),
    )
    .evidence(name);
}

/// Whether a stack says that production runs it.
fn is_run(stack: &Stack) -> bool {
    let role = stack.role();
    role.role == Role::Deployable
        && role.environment == Environment::Production
        && !stack.project().is_partial()
}

/// The product of a database that keeps what it is given.
fn keeps_data(service: &Service) -> Option<&'static str> {
    let ServiceKind::Database(engine) = service.kind() else { return None };
    let product = match engine {
        Engine::Postgres => "PostgreSQL",
        Engine::Mysql => "MySQL",
        Engine::Mariadb => "MariaDB",
        Engine::Mongo => "MongoDB",
        _ => return None,
    };
    let image = ImageName::of(service.image.as_ref()?)?;
    let plain = ["postgres", "pgvector", "postgis", "timescaledb", "mysql", "mariadb", "mongo"];
    let kept = !service.volumes.is_empty() && service.profiles.is_empty();
    (kept && !image.is_unknown() && plain.contains(&image.name())).then_some(product)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_database_that_nothing_keeps() {
        check_files(
            &RULE,
            r"
//- docker-compose.prod.yml
services:
  api:
    image: acme/api:1
  db:
    image: postgres:16.4
           ^^^^^^^^^^^^^ [medium] nothing in this repository backs it up
    volumes: [data:/var/lib/postgresql/data]
volumes: { data: {} }
//- README.md
- [ ] backups
Print your backup codes.
",
        );
    }

    #[test]
    fn passes_where_anything_speaks_of_backups_or_data_is_elsewhere() {
        let stack = "//- docker-compose.prod.yml\nservices:\n  db:\n    image: postgres:16\n    \
                     volumes: [data:/var/lib/postgresql/data]\nvolumes: { data: {} }\n";
        for beside in [
            "//- scripts/keep.sh\npg_dump app | gzip > app.gz\n",
            "//- docs/operations.md\nThe host is copied by the provider: nightly snapshots.\n",
            "//- scripts/backup.ts\nx\n",
            "//- infra/main.tf\nresource \"aws_backup_plan\" \"a\" {}\n",
            "//- .github/workflows/nightly.yml\non: push\njobs:\n  a:\n    steps: [{ uses: \
             acme/postgres-backup@v1 }]\n",
        ] {
            check_files(&RULE, &format!("{stack}{beside}"));
        }
        for other in [
            stack.replace("prod", "dev"),
            stack.replace("docker-compose.prod", "docker-compose"),
            stack.replace("postgres:16", "redis:7"),
            stack.replace("[data:/var/lib/postgresql/data]", "[]"),
            stack.replace("//- ", "//- examples/a/"),
        ] {
            check_files(&RULE, &other);
        }
    }
}
