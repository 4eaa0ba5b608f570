//! `default-credentials`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::passwords::{Fault, passwords};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "default-credentials",
        group: Group::Secrets,
        summary: "well-known default password",
        help: include_str!("default_credentials.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1392, 521],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for password in passwords(cx) {
        let definition = password.definition;
        let Some(severity) = password.weight(Severity::Critical, Severity::High) else {
            continue;
        };
        if password.fault(cx) != Some(Fault::Default) {
            continue;
        }
        cx.report_in(
            &definition.artifact,
            password.region,
            format!(
                "{} is a default that everybody knows. Scanners try it on every open port within \
                 minutes; generate one with `openssl rand -base64 24`.",
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
    use seaworthy_testkit::check;

    #[test]
    fn flags_defaults_by_where_they_are_used() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  db:
    image: postgres:16-alpine
    environment:
      - POSTGRES_USER=postgres
      - POSTGRES_PASSWORD=postgres
                          ^^^^^^^^ [critical] POSTGRES_PASSWORD is a default
  s3:
    image: minio/minio
    environment:
      MINIO_ROOT_PASSWORD: ${MINIO_ROOT_PASSWORD:-minioadmin}
                                                  ^^^^^^^^^^ [critical] MINIO_ROOT_PASSWORD
",
        );
        check(
            &RULE,
            ".env",
            "
ADMIN_PASSWORD=admin123
               ^^^^^^^^ [high] ADMIN_PASSWORD
DATABASE_URL=postgres://postgres:postgres@db:5432/app
                                 ^^^^^^^^ [high] The password in DATABASE_URL
AMQP_URL=amqp://guest:guest@localhost:5672
                      ^^^^^ [low] The password in AMQP_URL
",
        );
        check(
            &RULE,
            "docker-compose.dev.yml",
            "
services:
  db:
    image: mysql:8.4
    environment:
      MYSQL_ROOT_PASSWORD: root
                           ^^^^ [low] MYSQL_ROOT_PASSWORD
",
        );
    }

    #[test]
    fn passes_names_of_keys_placeholders_references_and_tests() {
        check(
            &RULE,
            ".env.production",
            "
PGADMIN_DEFAULT_PASSWORD=Tr7-weLk-92Qz-pVm4
ELASTIC_PASSWORD=changeme
POSTGRES_PASSWORD=${POSTGRES_PASSWORD}
POSTGRES_USER=postgres
DATABASE_URL=postgres://user:password@localhost:5432/app
REDIS_PASSWORD=
DB_PASSWORD=harbour-quokka-41
",
        );
        check(&RULE, ".env.local", "DATABASE_URL=postgres://postgres:postgres@localhost/app\n");
        for path in [".env.example", ".env.test", ".env.ci"] {
            check(&RULE, path, "POSTGRES_PASSWORD=postgres\n");
        }
    }
}
