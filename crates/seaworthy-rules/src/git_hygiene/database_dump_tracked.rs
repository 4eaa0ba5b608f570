//! `database-dump-tracked`

use std::collections::BTreeSet;

use seaworthy_analysis::roles::{Role, file_role, is_vendored};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::tracked::{file_name, untrack};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "database-dump-tracked",
        group: Group::GitHygiene,
        summary: "a database dump or data file is tracked by git",
        help: include_str!("database_dump_tracked.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[538, 359],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// How much of a file is read for rows.
const HEAD: usize = 1 << 20;

/// How many people with a real address make a hand-written file personal data.
const PEOPLE: usize = 3;

/// What a file is by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// SQL text, or perhaps a dump in a binary format.
    Sql,
    /// A database file or a packed dump, which cannot be read.
    Binary,
    /// JSON that a small server keeps as its database.
    Json,
}

fn kind(name: &str) -> Option<Kind> {
    let lower = name.to_ascii_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| lower.ends_with(end));
    if ends(&[".sql", ".dump", ".pgdump", ".psql", ".mysqldump"]) {
        return Some(Kind::Sql);
    }
    let packed = [".gz", ".bz2", ".xz", ".zst", ".zip", ".7z"]
        .iter()
        .find_map(|end| lower.strip_suffix(end))
        .is_some_and(|inner| inner.ends_with(".sql") || inner.ends_with(".dump"));
    if packed || ends(&[".sqlite", ".sqlite3", ".db3", ".rdb", ".accdb", ".mdb", ".bson"]) {
        return Some(Kind::Binary);
    }
    if lower == "db.json" {
        return Some(Kind::Json);
    }
    (lower.ends_with(".db") && !matches!(lower.as_str(), "thumbs.db" | "ehthumbs.db"))
        .then_some(Kind::Binary)
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    for path in git.tracked_as(|path| kind(file_name(path)).is_some()) {
        let Some(kind) = kind(file_name(path)) else { continue };
        if is_vendored(path) {
            continue;
        }
        let aside = is_aside(path);
        let (severity, told) = match kind {
            Kind::Binary if aside => continue,
            // An empty file is a place to put a database, and text is none.
            Kind::Binary => match snapshot.artifact(path).and_then(|a| snapshot.text(a)) {
                Some(text) if !text.starts_with("SQLite format 3") => continue,
                _ => (Severity::High, "A database file is tracked by git".to_owned()),
            },
            Kind::Sql => {
                let text = snapshot.artifact(path).and_then(|a| snapshot.text(a));
                let Some(text) = text else {
                    // A dump in a format of its own; plain SQL that cannot be
                    // read is only too large or oddly encoded.
                    if !aside && !path.ends_with(".sql") {
                        let told = "A database dump is tracked by git".to_owned();
                        report(cx, path, Severity::High, &told);
                    }
                    continue;
                };
                match judge_sql(head(text), is_scripted(path) || aside) {
                    Some(found) => found,
                    None => continue,
                }
            }
            Kind::Json => {
                let text = snapshot.artifact(path).and_then(|a| snapshot.text(a));
                let people = text.map_or(0, |text| real_addresses(head(text)));
                if people == 0 || (aside && people < PEOPLE) {
                    continue;
                }
                (Severity::High, "A data file with e-mail addresses of people is tracked by git".to_owned())
            }
        };
        report(cx, path, severity, &told);
    }
}

fn report(cx: &mut Context<'_>, path: &str, severity: Severity, told: &str) {
    let message = format!(
        "{told}. Its rows go to every clone and stay in the history; keep dumps out of the \
         repository, ignore them and run {}.",
        untrack(path)
    );
    cx.report_in(&ArtifactPath::new(path), Region::empty(0), message).severity(severity);
}

/// Whether a path is for tests, examples or documentation.
fn is_aside(path: &str) -> bool {
    let invented = ["demo", "sample", "example", "mock", "dummy", "fake", "fixture", "test"];
    matches!(file_role(path, None).role, Role::Test | Role::Template | Role::Docs)
        || path
            .to_ascii_lowercase()
            .split(['/', '.', '-', '_'])
            .any(|word| invented.contains(&word.trim_end_matches('s')))
}

/// Whether a path is for statements that somebody wrote: migrations and seeds.
fn is_scripted(path: &str) -> bool {
    path.to_ascii_lowercase().split(['/', '.', '-', '_']).any(|word| {
        matches!(
            word,
            "migrations" | "migration" | "migrate" | "seed" | "seeds" | "seeders" | "schema"
                | "init" | "drizzle" | "flyway" | "liquibase" | "changelog" | "sqitch"
        )
    })
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What tools write at the top of a dump.
const DUMP_HEADS: &[&str] = &[
    "-- PostgreSQL database dump", "-- MySQL dump", "-- MariaDB dump", "-- phpMyAdmin SQL Dump",
    "-- Dumped from database", "-- pg_dump", "-- Navicat", "-- HeidiSQL", "-- Dump of table",
    "-- Adminer", "-- SQLite dump", "-- Host:", "PGDMP",
];

/// Judges SQL: a dump with rows, or rows about people.
fn judge_sql(text: &str, written: bool) -> Option<(Severity, String)> {
    let top: Vec<&str> = text.lines().take(40).collect();
    let dumped = top.iter().any(|line| DUMP_HEADS.iter().any(|head| line.contains(head)))
        || (top.iter().any(|line| line.starts_with("PRAGMA foreign_keys=OFF"))
            && top.iter().any(|line| line.starts_with("BEGIN TRANSACTION")));
    let tables = tables_with_rows(text);
    if tables.is_empty() {
        return None;
    }
    let people: Vec<&str> = tables.iter().filter(|t| is_people_table(t)).map(String::as_str).collect();
    if dumped && !(written && people.is_empty()) && (!written || real_addresses(text) >= PEOPLE) {
        let what = match people.first() {
            Some(table) => format!("A database dump with rows of {table} is tracked by git"),
            None => "A database dump with rows is tracked by git".to_owned(),
        };
        return Some((Severity::High, what));
    }
    if let Some(table) = people.first()
        && real_addresses(text) >= PEOPLE
    {
        return Some((Severity::High, format!("SQL with rows of {table} is tracked by git")));
    }
    None
}

/// The tables that the text puts rows into, each once, those of migration tools
/// left out.
fn tables_with_rows(text: &str) -> BTreeSet<String> {
    const BOOKKEEPING: &[&str] = &[
        "schema_migrations", "alembic_version", "_prisma_migrations", "django_migrations",
        "spatial_ref_sys", "ar_internal_metadata", "knex_migrations", "knex_migrations_lock",
        "flyway_schema_history", "migrations", "sqlite_sequence", "__drizzle_migrations",
    ];
    let mut tables = BTreeSet::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_start();
        let name = if let Some(rest) = strip_word(line, "copy") {
            // A table without rows is a COPY that ends at once.
            let ends = lines.peek().is_none_or(|next| next.starts_with("\\."));
            if ends || !line.to_ascii_lowercase().contains(" from stdin") { continue } else { rest }
        } else if let Some(rest) = strip_word(line, "insert")
            .map(|rest| strip_word(rest, "ignore").unwrap_or(rest))
            .and_then(|rest| strip_word(rest, "into"))
        {
            rest
        } else {
            continue;
        };
        let end = name.find([' ', '(', '\t', ';']).unwrap_or(name.len());
        let name = name[..end].rsplit('.').next().unwrap_or("");
        let name = name.trim_matches(['"', '`', '[', ']', '\'']).to_ascii_lowercase();
        if !name.is_empty() && name.len() <= 64 && !BOOKKEEPING.contains(&name.as_str()) {
            tables.insert(name);
        }
        if tables.len() >= 100 {
            break;
        }
    }
    tables
}

/// The rest of a line after a word in any case and white space.
fn strip_word<'t>(line: &'t str, word: &str) -> Option<&'t str> {
    let start = line.get(..word.len())?;
    let rest = line.get(word.len()..)?;
    (start.eq_ignore_ascii_case(word) && rest.starts_with([' ', '\t'])).then(|| rest.trim_start())
}

/// Whether a table is about people, by the words of its name.
fn is_people_table(name: &str) -> bool {
    name.split('_').any(|word| {
        let word = word.strip_suffix('s').unwrap_or(word);
        matches!(
            word,
            "user" | "account" | "customer" | "client" | "member" | "employee" | "contact" | "patient"
                | "person" | "people" | "profile" | "subscriber" | "order" | "payment" | "invoice"
                | "session" | "address" | "addresse" | "lead" | "student" | "candidate" | "guest"
        )
    })
}

/// How many different addresses are not of a reserved or plainly invented
/// domain; counting stops where it is enough.
fn real_addresses(text: &str) -> usize {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (at, _) in text.match_indices('@') {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
        let window_start = (0..=64).rev().find_map(|back| {
            at.checked_sub(back).filter(|start| text.is_char_boundary(*start))
        });
        let before = &text[window_start.unwrap_or(at)..at];
        let local = before.rfind(|c| !part(c)).map_or(before, |cut| {
            let width = before[cut..].chars().next().map_or(1, char::len_utf8);
            &before[cut + width..]
        });
        let after = &text[at + 1..];
        let length = after.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')));
        let domain = after[..length.unwrap_or(after.len())].trim_end_matches('.');
        if local.is_empty() || is_invented(domain) || is_role_account(local) {
            continue;
        }
        seen.insert(&text[at - local.len()..at + 1 + domain.len()]);
        if seen.len() >= PEOPLE {
            break;
        }
    }
    seen.len()
}

/// `admin@` is nobody, and neither is `user1@`.
fn is_role_account(local: &str) -> bool {
    let lower = local.to_ascii_lowercase();
    let word = lower.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '_' | '-'));
    matches!(
        word,
        "admin" | "user" | "test" | "demo" | "info" | "support" | "noreply" | "no-reply" | "hello"
            | "root" | "superadmin" | "owner" | "manager" | "staff" | "editor" | "viewer" | "guest"
            | "contact" | "sales" | "git"
    )
}

fn is_invented(domain: &str) -> bool {
    let lower = domain.to_ascii_lowercase();
    let Some((name, top)) = lower.rsplit_once('.') else { return true };
    let label = name.rsplit('.').next().unwrap_or(name);
    let top_is_real = (2..=24).contains(&top.len()) && top.bytes().all(|b| b.is_ascii_lowercase());
    !top_is_real
        // Nobody reads mail at x.com in a data set; people who invent addresses do.
        || label.chars().count() == 1
        || matches!(top, "test" | "example" | "invalid" | "local" | "localhost" | "internal")
        || ["example", "test", "demo", "sample", "fake", "mock", "dummy", "acme", "domain", "email", "company"]
            .contains(&label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_testkit::check_repo;

    const PEOPLE_ROWS: &str = "INSERT INTO users (email) VALUES ('jane.miller@kestrel-freight.io'),\n('b.okafor@gmail.com'), ('li.wei@harbor-mail.net');\n";

    #[test]
    fn sql_is_judged_by_its_rows() {
        let cases = [
            (format!("-- MySQL dump 10.13\n{PEOPLE_ROWS}"), false, true),
            (format!("-- PostgreSQL database dump\n{PEOPLE_ROWS}"), true, true),
            (PEOPLE_ROWS.to_owned(), true, true),
            ("-- PostgreSQL database dump\nCREATE TABLE users (id int);\n".to_owned(), false, false),
            ("-- MySQL dump\nINSERT INTO `products` VALUES (1);\n".to_owned(), false, true),
            ("-- MySQL dump\nINSERT INTO `products` VALUES (1);\n".to_owned(), true, false),
            ("-- MySQL dump\nINSERT INTO schema_migrations VALUES ('1');\n".to_owned(), false, false),
            ("INSERT INTO roles VALUES ('admin');\n".to_owned(), false, false),
            ("INSERT INTO users VALUES ('admin@example.com'),('a@test.com'),('b@acme.org');\n".to_owned(), false, false),
            ("-- pg_dump\nCOPY public.users (id) FROM stdin;\n\\.\n".to_owned(), false, false),
            ("-- pg_dump\nCOPY public.users (id) FROM stdin;\n1\n\\.\n".to_owned(), false, true),
            ("-- INSERT INTO users\n".to_owned(), false, false),
        ];
        for (text, written, want) in cases {
            assert_eq!(judge_sql(&text, written).is_some(), want, "{text:?} written {written}");
        }
    }

    #[test]
    fn addresses_of_nobody_do_not_count() {
        assert_eq!(real_addresses("a@example.com b@x.test c@x.com git@github.com üü@ @ a@b user1@kestrel.io"), 0);
        assert_eq!(real_addresses("üjane@kestrel.io jane@kestrel.io bob@kestrel.io"), 2);
    }

    #[test]
    fn flags_dumps_and_database_files() {
        check_repo(
            &RULE,
            "
//- backup.sql
-- PostgreSQL database dump
^ [high] rows of users
COPY public.users (id, name) FROM stdin;
1\tJane
\\.
//- data/app.sqlite3
SQLite format 3
^ [high] A database file is tracked
//- dumps/2024.sql.gz
SQLite format 3
^ run `git rm --cached dumps/2024.sql.gz`
//- server/db.json
{\"users\": [{\"email\": \"jane.miller@kestrel-freight.io\"}]}
^ [high] e-mail addresses
",
        );
    }

    #[test]
    fn passes_migrations_schemas_seeds_and_fixtures() {
        check_repo(
            &RULE,
            "
//- prisma/migrations/1_init/migration.sql
CREATE TABLE users (id int);
INSERT INTO users VALUES ('admin@example.com');
//- db/schema.sql
-- PostgreSQL database dump
CREATE TABLE users (id int);
INSERT INTO schema_migrations VALUES ('1');
//- db/seed.sql
INSERT INTO users VALUES ('demo@example.com'), ('demo2@example.com');
//- tests/data/app.sqlite
SQLite format 3
//- mocks/db.json
{\"users\": [{\"email\": \"jane@example.com\"}]}
//- assets/Thumbs.db
x
//- dev.db untracked
SQLite format 3
",
        );
    }
}
