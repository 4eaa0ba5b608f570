//! `database-url-ssl`

use std::cell::OnceCell;
use std::collections::HashSet;

use seaworthy_analysis::names::split_words;
use seaworthy_analysis::values::{HostKind, host_kind};
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};

use super::connections::{
    Connection, Family, Store, Switches, connections, is_weak_mode, programs_set_up_tls, sees_tls,
};
use crate::environment::production::{Setting, Settings, settings};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "database-url-ssl",
        group: Group::TlsAndDatabase,
        summary: "connection to a remote database without enforced TLS",
        help: include_str!("database_url_ssl.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[319, 311],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees_tls),
};

/// What a connection string says of TLS.
#[derive(Debug, PartialEq, Eq)]
enum Tls {
    Enforced,
    /// A parameter switches it off, or leaves it to whoever is between.
    Weak {
        parameter: &'static str,
        value: String,
        off: bool,
    },
    /// Nothing.
    Absent,
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let settings = settings(snapshot);
    let switches = Switches::of(&settings);
    let in_programs = OnceCell::new();
    for connection in connections(&settings) {
        let Some((reach, host)) = connection.farthest() else { continue };
        let tls = tls(&connection);
        let told_elsewhere = || {
            connection.has_unknown_tail()
                || switches.beside(connection.setting, Family::Database).next().is_some()
                || *in_programs.get_or_init(|| programs_set_up_tls(snapshot))
        };
        let usual = match (&tls, reach) {
            (Tls::Weak { .. }, HostKind::Private) => Severity::Low,
            (Tls::Weak { .. }, HostKind::Public) => Severity::High,
            (Tls::Absent, HostKind::Public) if !told_elsewhere() => Severity::High,
            _ => continue,
        };
        let setting = connection.setting;
        let what = match &tls {
            Tls::Weak { parameter, value, off: true } => {
                format!("switches TLS off with {parameter}={value}")
            }
            Tls::Weak { parameter, value, off: false } => format!(
                "asks for TLS only if the server offers it ({parameter}={value}), which whoever is \
                 between can prevent"
            ),
            _ => "does not ask for TLS".to_owned(),
        };
        let message = format!(
            "{} {what}, on the way to {} at {host} in {}{}. The password and all data can be read \
             and changed on the way; {}.",
            setting.subject(),
            connection.store.name(),
            setting.environment(),
            setting.condition(),
            advice(&connection),
        );
        let fix = fix(cx, &connection, &tls);
        let draft = setting.report(cx, message);
        draft.severity(lowered(setting, usual));
        if let Some(fix) = fix {
            draft.fix(fix);
        }
    }
    modes(&settings, cx);
}

/// Settings such as `PGSSLMODE` that allow connections without TLS.
fn modes(settings: &Settings, cx: &mut Context<'_>) {
    let mut remote_files: Option<HashSet<&ArtifactPath>> = None;
    for setting in settings.iter() {
        let value = setting.value.trim().to_ascii_lowercase();
        if !setting.name.to_ascii_lowercase().replace('_', "").ends_with("sslmode")
            || !is_weak_mode(&value)
        {
            continue;
        }
        // Where the database stands, a neighbour has to tell.
        let remote = remote_files
            .get_or_insert_with(|| settings.iter().filter(is_remote).map(|s| &s.artifact).collect())
            .contains(&setting.artifact);
        if !remote {
            continue;
        }
        let message = format!(
            "{} is {value} in {}{}, so the database is reached without TLS, or with it only if \
             nobody prevents it. The password and all data can be read on the way; set it to \
             require, or better verify-full.",
            setting.subject(),
            setting.environment(),
            setting.condition(),
        );
        let fix =
            Edit::risky("Require TLS").replace(&setting.artifact, setting.value_region, "require");
        setting.report(cx, message).severity(lowered(setting, Severity::High)).fix(fix);
    }
}

/// Whether it names a database host on another network: `PGHOST`, `DB_HOST`.
fn is_remote(setting: &&Setting) -> bool {
    let words = split_words(&setting.name);
    let last = words.last().map_or("", String::as_str);
    let is_database = words.iter().any(|word| {
        matches!(word.as_str(), "db" | "database" | "pg" | "postgres" | "postgresql" | "mysql")
    });
    ((is_database && matches!(last, "host" | "hostname")) || setting.name == "PGHOST")
        && host_kind(setting.value.trim()) == HostKind::Public
}

fn lowered(setting: &Setting, usual: Severity) -> Severity {
    if setting.staging || setting.is_default { usual.min(Severity::Medium) } else { usual }
}

fn tls(connection: &Connection<'_>) -> Tls {
    let given = match connection.store {
        Store::Postgres => connection.any_parameter(&["sslmode", "ssl", "tls", "sslaccept"]),
        Store::MySql => connection.any_parameter(&[
            "ssl-mode",
            "sslmode",
            "ssl_mode",
            "sslaccept",
            "ssl",
            "tls",
            "usessl",
            "requiressl",
            "ssl_ca",
            "ssl-ca",
            "sslcert",
            "sslca",
        ]),
        Store::Mongo => {
            let given = connection.any_parameter(&["tls", "ssl"]);
            if given.is_none() && connection.scheme().ends_with("+srv") {
                return Tls::Enforced;
            }
            given
        }
        // Its clients encrypt unless told otherwise.
        Store::SqlServer => match connection.any_parameter(&["encrypt"]) {
            None => return Tls::Enforced,
            given => given,
        },
        // Of Redis `redis-tls` speaks.
        Store::Redis => return Tls::Enforced,
    };
    match given {
        None => Tls::Absent,
        Some((parameter, value)) => {
            let off = matches!(&*value, "disable" | "disabled" | "false" | "0" | "off" | "no");
            if off || is_weak_mode(&value) {
                Tls::Weak { parameter, value, off }
            } else {
                Tls::Enforced
            }
        }
    }
}

/// The parameter that makes the client insist on TLS, and its value; `None` where
/// that depends on the driver.
fn strict(connection: &Connection<'_>) -> Option<(&'static str, &'static str)> {
    let scheme = connection.scheme();
    match connection.store {
        Store::Postgres if scheme.ends_with("+asyncpg") => Some(("ssl", "require")),
        Store::Postgres => Some(("sslmode", "require")),
        Store::Mongo => Some(("tls", "true")),
        Store::MySql if scheme.starts_with("jdbc:") => Some(("sslMode", "REQUIRED")),
        _ => None,
    }
}

fn advice(connection: &Connection<'_>) -> String {
    match strict(connection) {
        Some((name, value)) => format!("add {name}={value}"),
        None if connection.store == Store::MySql => {
            "require TLS as its driver calls it (ssl-mode=REQUIRED, sslaccept=strict, ssl=true)"
                .to_owned()
        }
        None => "require TLS".to_owned(),
    }
}

fn fix(cx: &Context<'_>, connection: &Connection<'_>, tls: &Tls) -> Option<Edit> {
    let (name, value) = strict(connection)?;
    let path = &connection.setting.artifact;
    match tls {
        Tls::Weak { parameter, .. } => {
            let place = connection.parameter_place(cx.snapshot(), parameter)?;
            let value = match *parameter {
                given if given.eq_ignore_ascii_case(name) => value,
                "ssl" | "tls" => "true",
                _ => return None,
            };
            Some(Edit::risky("Require TLS").replace(path, place, value))
        }
        Tls::Absent => {
            let (end, joint) = connection.end(cx.snapshot())?;
            Some(Edit::risky("Require TLS").insert(path, end, format!("{joint}{name}={value}")))
        }
        Tls::Enforced => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_remote_databases_without_enforced_tls() {
        check(
            &RULE,
            "api/.env.production",
            "
DATABASE_URL=postgresql://app:Vt7kQ29xLm@db-1.c41.eu-north-1.rds.amazonaws.com:5432/app
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] DATABASE_URL does not ask for TLS, on the way to PostgreSQL at db-1
REPORTS_URL=\"postgres://app:Vt7kQ29xLm@db.shop.io/app?schema=sslmode=require&connect_timeout=5\"
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] add sslmode=require
OFF_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?connect_timeout=5&sslmode=disable # sslmode=require
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] switches TLS off with sslmode=disable
PREFER_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?sslmode=prefer
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] only if the server offers it
LEGACY_URL=mysql://app:Vt7kQ29xLm@203.114.7.9:3306/app
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] MySQL
MONGO_URI=mongodb://app:Vt7kQ29xLm@m1.shop.io:27017,m2.shop.io/app?replicaSet=a
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] MongoDB
VPC_URL=postgres://app:Vt7kQ29xLm@db.shop.internal/app?sslmode=disable
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] VPC_URL
",
        );
        check_files(
            &RULE,
            "
//- compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      DATABASE_URL: postgres://app:${DB_PASSWORD}@db.shop.io:5432/app
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] DATABASE_URL of service api
//- .env.staging
DATABASE_URL=postgres://app:Vt7kQ29xLm@db-staging.shop.io/app
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] in staging
",
        );
    }

    #[test]
    fn flags_a_mode_for_a_remote_database() {
        check(
            &RULE,
            ".env.production",
            "
PGHOST=db.shop.io
PGSSLMODE=prefer
          ^^^^^^ [high] PGSSLMODE is prefer in production
",
        );
        check(&RULE, ".env.production", "PGHOST=db\nPGSSLMODE=disable\n");
        check(&RULE, ".env.production", "PGHOST=db.shop.io\nPGSSLMODE=verify-full\n");
    }

    #[test]
    fn passes_enforced_tls_and_hosts_that_are_near() {
        check(
            &RULE,
            ".env.production",
            "
A_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?sslmode=require
B_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?sslmode=verify-full&sslrootcert=/ca.pem
C_URL='postgresql+asyncpg://app:Vt7kQ29xLm@db.shop.io/app?ssl=require'
D_URL=mysql://app:Vt7kQ29xLm@db.shop.io/app?sslaccept=strict
E_URL=mysql://app:Vt7kQ29xLm@db.shop.io/app?ssl-mode=VERIFY_IDENTITY
F_URL=mongodb+srv://app:Vt7kQ29xLm@c0.a1b2c.mongodb.net/app
G_URL=mongodb://app:Vt7kQ29xLm@m1.shop.io/app?tls=true
H_URL=postgres://app:Vt7kQ29xLm@db:5432/app
I_URL=postgres://app:Vt7kQ29xLm@localhost:5432/app?sslmode=disable
J_URL=postgres://app:Vt7kQ29xLm@/app?host=/cloudsql/shop:eu:db
K_URL=postgres://app:Vt7kQ29xLm@10.0.3.4/app
L_URL=postgres://USER:PASSWORD@HOST:5432/DATABASE
M_URL=postgres://app:${DB_PASSWORD}@${DB_HOST}:5432/app
N_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app${DB_OPTIONS}
TEST_DATABASE_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app
API_URL=https://api.shop.io
# O_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app
",
        );
        let url = "DATABASE_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app\n";
        for path in [".env", ".env.development", ".env.production.example", "test/.env.production"]
        {
            check(&RULE, path, url);
        }
    }

    #[test]
    fn a_switch_or_a_program_may_ask_for_tls() {
        let url = "DATABASE_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app\n";
        check(&RULE, ".env.production", &format!("{url}DATABASE_SSL=true\n"));
        check(&RULE, ".env.production", &format!("{url}PGSSLMODE=require\n"));
        check_files(
            &RULE,
            &format!(
                "//- .env.production\n{url}//- src/db.ts\nexport const pool = new Pool({{ ssl: {{ ca }} }});\n"
            ),
        );
    }

    #[test]
    fn the_fix_asks_for_tls() {
        check_fix(
            &RULE,
            ".env.production",
            "A=postgres://a:Vt7kQ29xLm@db.shop.io/app\nB=\"postgres://a:Vt7kQ29xLm@db.shop.io/app?x=1\"\n\
             C=postgres://a:Vt7kQ29xLm@db.shop.io/app?sslmode=allow&x=1\n",
            "A=postgres://a:Vt7kQ29xLm@db.shop.io/app?sslmode=require\n\
             B=\"postgres://a:Vt7kQ29xLm@db.shop.io/app?x=1&sslmode=require\"\n\
             C=postgres://a:Vt7kQ29xLm@db.shop.io/app?sslmode=require&x=1\n",
        );
    }
}
