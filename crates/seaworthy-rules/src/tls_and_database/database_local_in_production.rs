//! `database-local-in-production`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use crate::environment::hosts::{hosts, is_database, is_loopback, is_meant_to_be_local};
use crate::environment::production::{Place, Setting, settings};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "database-local-in-production",
        group: Group::TlsAndDatabase,
        summary: "production's database is on localhost",
        help: include_str!("database_local_in_production.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for setting in settings(cx.snapshot()).iter() {
        if is_meant_to_be_local(&setting.name)
            || (matches!(setting.place, Place::Service(_)) && !setting.in_container)
        {
            continue;
        }
        let found = hosts(&setting.name, &setting.value);
        let Some(host) =
            found.iter().find(|host| is_loopback(host) && is_database(&setting.name, host))
        else {
            continue;
        };
        let message = format!(
            "{} looks for the database on {} in {}{}. {}",
            setting.subject(),
            host.text,
            setting.environment(),
            setting.condition(),
            consequence(setting),
        );
        setting.report(cx, message).severity(severity(setting));
    }
}

fn consequence(setting: &Setting) -> &'static str {
    if setting.place == Place::Vercel {
        "On Vercel that is the function's own machine, where no database runs. Name the host that \
         is meant."
    } else if setting.in_container {
        "In a container that is the container itself. Name the service or the host that is meant."
    } else {
        "That holds only if the database runs on the very same machine, which is usually the \
         developer's. Name the host that is meant."
    }
}

fn severity(setting: &Setting) -> Severity {
    // One machine that runs all is a usual, if modest, production; a container
    // with its own database is none.
    if setting.in_container && !setting.staging && !setting.is_default {
        Severity::High
    } else {
        Severity::Medium
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_a_local_database_in_production() {
        check(
            &RULE,
            ".env.production",
            "
DATABASE_URL=postgresql://app:pw@localhost:5432/app
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] DATABASE_URL looks for the database on localhost in production
MONGO_URI=mongodb://127.0.0.1:27017/app
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] the very same machine
DB_HOST=127.0.0.1
        ^^^^^^^^^ [medium] DB_HOST
",
        );
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      DATABASE_URL: postgres://app:${DB_PASSWORD}@localhost:5432/app
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] the container itself
  host:
    image: shop/api:1.2.3
    network_mode: host
    environment:
      DATABASE_URL: postgres://app:${DB_PASSWORD}@localhost:5432/app
//- vercel.json
{ \"env\": { \"DATABASE_URL\": \"postgres://localhost/app\" } }
                            ^^^^^^^^^^^^^^^^^^^^^^^^ [high] On Vercel
",
        );
    }

    #[test]
    fn passes_other_hosts_other_things_and_development() {
        check(
            &RULE,
            ".env.production",
            "
DATABASE_URL=postgres://app:pw@db:5432/app
REPLICA_URL=postgres://app:pw@db.shop.io/app
TEST_DATABASE_URL=postgres://app:pw@localhost:5432/app
REDIS_URL=redis://localhost:6379
APP_URL=http://localhost:3000
# DATABASE_URL=postgres://app:pw@localhost:5432/app
",
        );
        for path in [".env", ".env.development", ".env.production.example"] {
            check(&RULE, path, "DATABASE_URL=postgres://app:pw@localhost:5432/app\n");
        }
    }
}
