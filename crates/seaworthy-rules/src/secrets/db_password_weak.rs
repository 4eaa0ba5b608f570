//! `db-password-weak`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::passwords::{Fault, passwords};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "db-password-weak",
        group: Group::Secrets,
        summary: "weak password of a database, cache or broker",
        help: include_str!("db_password_weak.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[521, 1391],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let least = cx.options().password_min_length;
    for password in passwords(cx) {
        let definition = password.definition;
        let Some(severity) = password.weight(Severity::High, Severity::High) else { continue };
        let severity = if password.is_own_machine_s(cx) { Severity::Low } else { severity };
        let fault = match password.fault(cx) {
            Some(Fault::Weak(reason)) => reason.to_owned(),
            Some(Fault::Short(length)) => {
                format!("is {length} characters long, at least {least} are needed")
            }
            _ => continue,
        };
        cx.report_in(
            &definition.artifact,
            password.region,
            format!(
                "{} {fault}. Whoever reaches the port guesses it; generate one with \
                 `openssl rand -base64 24`.",
                password.subject(),
            ),
        )
        .severity(severity)
        .sensitive(password.region)
        .evidence(definition.evidence());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_repo};

    #[test]
    fn flags_short_and_guessable_passwords() {
        check(
            &RULE,
            ".env.production",
            "
DB_PASSWORD=Quokka2031!
            ^^^^^^^^^^^ [high] DB_PASSWORD is a word with digits
REDIS_PASSWORD=x9$Kq2mVt7
               ^^^^^^^^^^ [high] is 10 characters long, at least 16
POSTGRES_USER=harbour
POSTGRES_PASSWORD=harbour
                  ^^^^^^^ [high] equals the user name
DATABASE_URL=mysql://app:Quokka2031!@mysql:3306/app
                         ^^^^^^^^^^^ [high] The password in DATABASE_URL
",
        );
        check(
            &RULE,
            ".env.development",
            "
DB_PASSWORD=Quokka2031!
            ^^^^^^^^^^^ [low] DB_PASSWORD
",
        );
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  db:
    image: mariadb:11
    environment:
      MARIADB_ROOT_PASSWORD: \"${ROOT_PW:-Quokka2031!}\"
                                         ^^^^^^^^^^^ [high] MARIADB_ROOT_PASSWORD
",
        );
    }

    #[test]
    fn passes_strong_passwords_with_or_without_symbols() {
        check(
            &RULE,
            ".env.production",
            "
DB_PASSWORD=vR7#kQ2!mX9$wL4&zTb8
REDIS_PASSWORD=k3Jd82nFq0ZxLw7VtB5mYc1RsHgP9uEa
MYSQL_PASSWORD=Zk3vQ9pLx7wRt2mBn5cYd8
DATABASE_URL=postgres://app:k3Jd82nFq0ZxLw7VtB5mYc1RsHgP9uEa@db:5432/app
",
        );
    }

    #[test]
    fn a_developer_s_own_env_file_is_milder() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env
//- .env untracked
POSTGRES_PASSWORD=devpassword
                  ^^^^^^^^^^^ [low] environment
REDIS_PASSWORD=sunshine2
               ^^^^^^^^^ [high] REDIS_PASSWORD
//- api/db.env
POSTGRES_PASSWORD=devpassword
                  ^^^^^^^^^^^ [high] environment
",
        );
    }

    #[test]
    fn passes_references_placeholders_defaults_templates_and_tests() {
        check(
            &RULE,
            ".env",
            "
DB_PASSWORD=${DB_PASSWORD}
REDIS_PASSWORD=change-me
POSTGRES_PASSWORD=postgres
DATABASE_URL=postgres://app:${DB_PASSWORD}@db:5432/app
SMTP_PASSWORD=Quokka2031!
",
        );
        check(&RULE, ".env.local", "DATABASE_URL=postgres://quokka:quokka@localhost/app\n");
        for path in [".env.example", ".env.test"] {
            check(&RULE, path, "DB_PASSWORD=Quokka2031!\n");
        }
    }
}
