//! Names that people use for one and the same setting.

use seaworthy_analysis::names::{is_origin_list_name, public_prefix, split_words};

/// Whether two different names are commonly used for the same setting: `SMTP_PASS` and
/// `SMTP_PASSWORD`, `DATABASE_PASSWORD` and `POSTGRES_PASSWORD`, `CORS_ORIGIN` and
/// `ALLOWED_ORIGINS`, `SUPABASE_URL` and `NEXT_PUBLIC_SUPABASE_URL`.
pub(crate) fn synonyms(a: &str, b: &str) -> bool {
    if a == b || a.is_empty() || b.is_empty() {
        return false;
    }
    let (first, second) = (canonical(a), canonical(b));
    if first.is_empty() || second.is_empty() {
        return false;
    }
    first == second
        || (is_origin_list_name(a) && is_origin_list_name(b) && are_plain_lists(&first, &second))
        || differ_in_database(&first, &second)
}

/// What a name has in common with all its synonyms, so that they are found without
/// comparing each name with each other.
pub(crate) fn bucket(name: &str) -> String {
    let mut words = canonical(name);
    if is_origin_list_name(name) && are_plain_lists(&words, &[]) {
        return "origins".to_owned();
    }
    if let [store, rest] = words.as_mut_slice()
        && (store == "db" || is_kind(store))
    {
        "db".clone_into(store);
        if rest == "db" {
            "name".clone_into(rest);
        }
    }
    words.join("_")
}

fn is_kind(word: &str) -> bool {
    matches!(word, "postgres" | "mysql" | "mariadb" | "mongo" | "mongodb")
}

/// The words of a name, those that people use alike made the same.
fn canonical(name: &str) -> Vec<String> {
    let skip = public_prefix(name).map_or(0, |framework| framework.prefix.len());
    let mut words = split_words(&name[skip..]);
    for word in &mut words {
        let common = match word.as_str() {
            "pass" | "passwd" | "pwd" | "passphrase" => "password",
            "username" | "login" => "user",
            "database" => "db",
            "postgresql" | "pg" => "postgres",
            "uri" => "url",
            "hostname" => "host",
            "application" => "app",
            "origins" => "origin",
            "domains" => "domain",
            "email" => "mail",
            "environment" => "env",
            "dir" | "folder" => "directory",
            _ => continue,
        };
        common.clone_into(word);
    }
    // `JWT_SECRET_KEY` is `JWT_SECRET`.
    if words.len() > 2 && words.ends_with(&["secret".to_owned(), "key".to_owned()]) {
        words.pop();
    }
    words
}

/// Lists of origins of the application as such, not of one part of it.
fn are_plain_lists(first: &[String], second: &[String]) -> bool {
    first.iter().chain(second).all(|word| {
        matches!(
            word.as_str(),
            "cors" | "allowed" | "allow" | "origin" | "origins" | "url" | "whitelist"
        )
    })
}

/// `DB_PASSWORD` and `POSTGRES_PASSWORD`: one says which database it is.
fn differ_in_database(first: &[String], second: &[String]) -> bool {
    let rest = |words: &[String]| match words {
        [store, rest @ ..] if rest.len() == 1 => Some((store.clone(), rest[0].clone())),
        _ => None,
    };
    let (Some((a, a_rest)), Some((b, b_rest))) = (rest(first), rest(second)) else { return false };
    // `POSTGRES_DB` is `DB_NAME`.
    let same = |kind_rest: &str, db_rest: &str| {
        kind_rest == db_rest || (kind_rest == "db" && db_rest == "name")
    };
    (a == "db" && is_kind(&b) && same(&b_rest, &a_rest))
        || (b == "db" && is_kind(&a) && same(&a_rest, &b_rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_are_known() {
        let cases = [
            ("SMTP_PASS", "SMTP_PASSWORD", true),
            ("DATABASE_PASSWORD", "POSTGRES_PASSWORD", true),
            ("DB_NAME", "POSTGRES_DB", true),
            ("DB_USERNAME", "DATABASE_USER", true),
            ("CORS_ORIGIN", "ALLOWED_ORIGINS", true),
            ("CORS_ORIGINS", "CORS_ORIGIN", true),
            ("SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL", true),
            ("MONGO_URI", "MONGO_URL", true),
            ("JWT_SECRET", "JWT_SECRET_KEY", true),
            ("SMTP_PASS", "SMTP_PASS", false),
            ("SMTP_PASSWORD", "REDIS_PASSWORD", false),
            ("POSTGRES_PASSWORD", "MYSQL_PASSWORD", false),
            ("DB_PASSWORD", "DB_USER", false),
            ("JWT_SECRET", "JWT_REFRESH_SECRET", false),
            ("ADMIN_CORS_ORIGINS", "CORS_ORIGINS", false),
            ("API_URL", "APP_URL", false),
            ("DB_HOST", "DB_PORT", false),
            ("SECRET_KEY", "SECRET", false),
            ("POSTGRES_PORT", "DB_PORT", true),
        ];
        for (a, b, want) in cases {
            assert_eq!(synonyms(a, b), want, "{a} {b}");
            assert_eq!(synonyms(b, a), want, "{b} {a}");
            assert!(!want || bucket(a) == bucket(b), "{a} {b}");
        }
    }
}
