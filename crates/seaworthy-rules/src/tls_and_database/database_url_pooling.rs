//! `database-url-pooling`

use std::collections::HashSet;

use seaworthy_analysis::joined::Reader;
use seaworthy_analysis::names::split_words;
use seaworthy_analysis::values::HostKind;
use seaworthy_analysis::{Check, Context, Document, DocumentKind, NativeRule, Snapshot};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::connections::{Connection, Store, connections};
use crate::environment::production::settings;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "database-url-pooling",
        group: Group::TlsAndDatabase,
        summary: "functions open more connections than the database has",
        help: include_str!("database_url_pooling.md"),
        severity: Severity::Info,
        precision: Precision::High,
        cwe: &[770],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Parameters that bound connections or the wait for one.
const POOLING: &[&str] =
    &["connection_limit", "pool_timeout", "pgbouncer", "pool_size", "pool", "max", "pool_max"];

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    // Prisma takes the size of its pool from the address alone.
    let read: HashSet<&str> = snapshot
        .joined()
        .uses(snapshot)
        .iter()
        .filter(|used| used.reader == Reader::Prisma)
        .map(|used| used.name.as_str())
        .collect();
    if read.is_empty() || !runs_as_functions(snapshot) || has_adapter(snapshot) {
        return;
    }
    let settings = settings(snapshot);
    for connection in connections(&settings) {
        let setting = connection.setting;
        if !read.contains(setting.name.as_str())
            || !matches!(connection.store, Store::Postgres | Store::MySql)
            || is_direct(&setting.name)
            || is_pooled(&connection)
        {
            continue;
        }
        let message = format!(
            "{} names no pool and no limit of connections in {}. On functions each copy opens its \
             own, and under load the database refuses everybody; use the provider's pooler, or add \
             connection_limit=1.",
            setting.subject(),
            setting.environment(),
        );
        setting.report(cx, message);
    }
}

/// Whether the application is deployed as functions, of which there are as many as
/// requests.
fn runs_as_functions(snapshot: &Snapshot) -> bool {
    snapshot.of_kind(DocumentKind::Vercel).next().is_some()
        || ["serverless.yml", "serverless.yaml", "netlify.toml"]
            .iter()
            .any(|name| snapshot.contains(name))
}

/// Whether a driver of its own connects for Prisma, with a pool of its own, or
/// Prisma's proxy does.
fn has_adapter(snapshot: &Snapshot) -> bool {
    snapshot.of_kind(DocumentKind::PackageJson).any(|artifact| {
        let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) else {
            return false;
        };
        manifest.dependencies.iter().any(|dependency| {
            dependency.name.starts_with("@prisma/adapter-")
                || &*dependency.name == "@prisma/extension-accelerate"
        })
    })
}

/// Addresses for migrations, which must not go through a pool.
fn is_direct(name: &str) -> bool {
    split_words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "direct" | "unpooled" | "pooling" | "migrate" | "migration" | "migrations" | "shadow"
        )
    })
}

fn is_pooled(connection: &Connection<'_>) -> bool {
    let Some((reach, host)) = connection.farthest() else { return true };
    let port = connection.url.port.clone().map_or("", |port| &connection.text[port]);
    reach < HostKind::Private
        || host.contains("pool")
        || host.contains("proxy")
        || port == "6543"
        || port == "6432"
        || connection.any_parameter(POOLING).is_some()
        || connection.has_unknown_tail()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    const REPO: &str = "//- vercel.json\n{}\n//- prisma/schema.prisma\ndatasource db {\n  url = env(\"DATABASE_URL\")\n  directUrl = env(\"DIRECT_URL\")\n}\n//- .env.production\n";

    #[test]
    fn flags_an_address_without_a_pool_for_functions() {
        check_files(
            &RULE,
            &format!(
                "{REPO}DATABASE_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?sslmode=require
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [info] names no pool
DIRECT_URL=postgres://app:Vt7kQ29xLm@db.shop.io/app?sslmode=require
"
            ),
        );
    }

    #[test]
    fn passes_pools_limits_and_servers() {
        for address in [
            "postgres://a:Vt7kQ29xLm@db-pooler.shop.io/app",
            "postgres://a:Vt7kQ29xLm@db.shop.io:6543/app",
            "postgres://a:Vt7kQ29xLm@db.shop.io/app?connection_limit=1",
            "postgres://a:Vt7kQ29xLm@db.shop.io/app?pgbouncer=true",
            "postgres://a:Vt7kQ29xLm@db/app",
            "postgres://a:Vt7kQ29xLm@${DB_HOST}/app",
        ] {
            check_files(&RULE, &format!("{REPO}DATABASE_URL={address}\n"));
        }
        let address = "DATABASE_URL=postgres://a:Vt7kQ29xLm@db.shop.io/app\n";
        check_files(&RULE, &format!("{}{address}", REPO.replace("vercel.json", "other.json")));
        check_files(
            &RULE,
            &format!(
                "//- package.json\n{{ \"dependencies\": {{ \"@prisma/adapter-pg\": \"6\" }} }}\n{REPO}{address}"
            ),
        );
    }
}
