//! `database-ssl-no-verify`

use seaworthy_analysis::names::{is_falsy, split_words};
use seaworthy_analysis::values::HostKind;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::connections::{Connection, Store, connections};
use crate::environment::production::{Setting, settings};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "database-ssl-no-verify",
        group: Group::TlsAndDatabase,
        summary: "database's certificate is not checked",
        help: include_str!("database_ssl_no_verify.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[295],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let settings = settings(cx.snapshot());
    for connection in connections(&settings) {
        let Some((reach, host)) = connection.farthest() else { continue };
        if reach < HostKind::Private {
            continue;
        }
        let Some((parameter, value)) = unverified(&connection) else { continue };
        let setting = connection.setting;
        let message = format!(
            "{} reaches {} at {host} in {} without checking its certificate \
             ({parameter}={value}){}. Anybody on the way can pose as the database; trust the \
             provider's certificate instead.",
            setting.subject(),
            connection.store.name(),
            setting.environment(),
            setting.condition(),
        );
        let fix = strict(parameter).and_then(|strict| {
            let place = connection.parameter_place(cx.snapshot(), parameter)?;
            let edit = Edit::risky("Check the certificate");
            Some(edit.replace(&setting.artifact, place, strict))
        });
        let severity = severity(setting, reach);
        let draft = setting.report(cx, message);
        draft.severity(severity);
        if let Some(fix) = fix {
            draft.fix(fix);
        }
    }
    for setting in settings.iter().filter(|s| is_database_check(&s.name) && is_falsy(&s.value)) {
        let message = format!(
            "{} is {} in {}{}: the database's certificate is not checked. Anybody on the way can \
             pose as the database; trust the provider's certificate instead.",
            setting.subject(),
            setting.value.trim(),
            setting.environment(),
            setting.condition(),
        );
        setting.report(cx, message).severity(severity(setting, HostKind::Public));
    }
}

fn severity(setting: &Setting, reach: HostKind) -> Severity {
    let mild = setting.staging || setting.is_default || reach == HostKind::Private;
    if mild { Severity::Low } else { Severity::Medium }
}

/// The parameter that keeps the client from checking certificates.
fn unverified(connection: &Connection<'_>) -> Option<(&'static str, String)> {
    let is = |name: &'static str, values: &[&str]| {
        connection.any_parameter(&[name]).filter(|(_, value)| values.contains(&value.as_str()))
    };
    const YES: &[&str] = &["true", "1", "yes"];
    const NO: &[&str] = &["false", "0", "no"];
    match connection.store {
        Store::Postgres => is("sslmode", &["no-verify"])
            .or_else(|| is("sslaccept", &["accept_invalid_certs"]))
            .or_else(|| is("ssl", &["no-verify"])),
        Store::MySql => is("sslaccept", &["accept_invalid_certs"])
            .or_else(|| is("tls", &["skip-verify"]))
            .or_else(|| is("verifyservercertificate", NO))
            .or_else(|| is("trustservercertificate", YES)),
        Store::SqlServer => is("trustservercertificate", YES),
        Store::Mongo => is("tlsallowinvalidcertificates", YES)
            .or_else(|| is("tlsinsecure", YES))
            .or_else(|| is("tlsallowinvalidhostnames", YES))
            .or_else(|| is("ssl_cert_reqs", &["cert_none", "none"])),
        Store::Redis => is("ssl_cert_reqs", &["cert_none", "none"]),
    }
}

/// The value with which the parameter does no harm.
fn strict(parameter: &str) -> Option<&'static str> {
    match parameter {
        "sslmode" => Some("verify-full"),
        "sslaccept" => Some("strict"),
        "tls" | "verifyservercertificate" => Some("true"),
        "tlsallowinvalidcertificates"
        | "tlsinsecure"
        | "tlsallowinvalidhostnames"
        | "trustservercertificate" => Some("false"),
        "ssl_cert_reqs" => Some("required"),
        _ => None,
    }
}

/// `DB_SSL_REJECT_UNAUTHORIZED`, `DATABASE_SSL_VERIFY`.
pub(crate) fn is_database_check(name: &str) -> bool {
    let words = split_words(name);
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    let verifies = words.ends_with(&["reject".to_owned(), "unauthorized".to_owned()])
        || (has(&["ssl", "tls", "cert", "certificate"]) && has(&["verify", "verification"]));
    verifies
        && has(&[
            "db",
            "database",
            "pg",
            "postgres",
            "postgresql",
            "mysql",
            "mariadb",
            "mongo",
            "mongodb",
            "mssql",
            "redis",
        ])
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_connections_that_trust_anybody() {
        check(
            &RULE,
            ".env.production",
            "
DATABASE_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?sslmode=no-verify
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] without checking its certificate (sslmode=no-verify)
PRISMA_URL=\"mysql://app:Vt7kQ29xLm@db.shop.io/app?sslaccept=accept_invalid_certs\"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MySQL
MONGO_URI=mongodb://app:Vt7kQ29xLm@m1.shop.io/app?tls=true&tlsAllowInvalidCertificates=true
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MongoDB
CACHE_URL=rediss://:Vt7kQ29xLm@cache.shop.io:6379?ssl_cert_reqs=none
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Redis
JDBC_URL=jdbc:sqlserver://db.shop.io:1433;databaseName=app;encrypt=true;trustServerCertificate=true
         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ SQL Server
DB_SSL_REJECT_UNAUTHORIZED=false
                           ^^^^^ [medium] DB_SSL_REJECT_UNAUTHORIZED is false in production
",
        );
    }

    #[test]
    fn passes_checked_certificates_and_other_environments() {
        check(
            &RULE,
            ".env.production",
            "
A_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?sslmode=require
B_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?application_name=no-verify
C_URL=mongodb://app:Vt7kQ29xLm@m1.shop.io/app?tlsAllowInvalidCertificates=false
D_URL=postgres://app:Vt7kQ29xLm@localhost/app?sslmode=no-verify
DB_SSL_REJECT_UNAUTHORIZED=true
# DB_SSL_REJECT_UNAUTHORIZED=false
",
        );
        check(
            &RULE,
            ".env.development",
            "DATABASE_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?sslmode=no-verify\n",
        );
    }

    #[test]
    fn the_fix_checks_the_certificate() {
        check_fix(
            &RULE,
            ".env.production",
            "A=postgres://a:Vt7kQ29xLm@db.shop.io/app?sslmode=no-verify&x=1\n",
            "A=postgres://a:Vt7kQ29xLm@db.shop.io/app?sslmode=verify-full&x=1\n",
        );
    }
}
