//! What a migration throws away.

use std::ops::Range;

/// Data that is gone after a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) kind: LossKind,
    /// The table, without its schema.
    pub(crate) table: String,
    /// The column.
    pub(crate) column: Option<String>,
    /// The bytes of the name.
    pub(crate) range: Range<usize>,
}

/// How data is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LossKind {
    DropTable,
    DropColumn,
    /// Dropped and added again under the same name, as Prisma does to change a
    /// type that it cannot convert.
    Recreated,
    Truncate,
    DeleteAll,
}

/// Everything that a migration throws away and keeps no copy of.
pub(crate) fn losses(sql: &str) -> Vec<Loss> {
    let mut created: Vec<String> = Vec::new();
    let mut copied: Vec<Vec<String>> = Vec::new();
    let mut losses = Vec::new();
    for statement in statements(sql) {
        let tokens = &statement[..];
        if begins(tokens, &["create"])
            && let Some(at) = tokens.iter().take(4).position(|token| token.is("table"))
        {
            let at = at + 1;
            let at = at + 3 * usize::from(begins(&tokens[at..], &["if", "not", "exists"]));
            created.extend(name(tokens, at).map(|(name, _)| name));
        }
        let copies = (begins(tokens, &["insert"]) || begins(tokens, &["create", "table"]))
            && tokens.iter().any(|token| token.is("select"));
        let checks = tokens.iter().any(|t| t.kind == Kind::Body && raises(&t.text));
        if copies || begins(tokens, &["update"]) || checks {
            copied.push(words_of(tokens));
        }
        find(tokens, &mut losses);
    }
    losses.retain(|loss| {
        let kept = copied.iter().any(|words| {
            let has = |name: &str| words.iter().any(|word| word.eq_ignore_ascii_case(name));
            has(&loss.table) && loss.column.as_deref().is_none_or(has)
        });
        !created.iter().any(|table| table.eq_ignore_ascii_case(&loss.table)) && !kept
    });
    losses
}

/// Whether a body stops the migration by an error.
fn raises(body: &str) -> bool {
    let lower = body.to_ascii_lowercase();
    lower.contains("raise exception") || lower.contains("signal sqlstate")
}

/// Every word of a statement, those in texts and bodies too: what a copy or a
/// check speaks of.
fn words_of(tokens: &[Token]) -> Vec<String> {
    let mut words = Vec::new();
    for token in tokens {
        if matches!(token.kind, Kind::Body | Kind::Text) {
            let parts = token.text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            words.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
        } else {
            words.push(token.text.clone());
        }
    }
    words
}

fn find(tokens: &[Token], losses: &mut Vec<Loss>) {
    let one =
        |kind, (table, range): (String, Range<usize>)| Loss { kind, table, column: None, range };
    if begins(tokens, &["drop", "table"]) {
        let mut at = 2 + 2 * usize::from(begins(&tokens[2..], &["if", "exists"]));
        while let Some((table, next)) = name_and_end(tokens, at) {
            losses.push(one(LossKind::DropTable, table));
            if !tokens.get(next).is_some_and(|token| token.is_sign(",")) {
                break;
            }
            at = next + 1;
        }
    } else if begins(tokens, &["truncate"]) {
        let at = 1 + usize::from(begins(&tokens[1..], &["table"]));
        losses.extend(name(tokens, at).map(|table| one(LossKind::Truncate, table)));
    } else if begins(tokens, &["delete", "from"]) {
        if !tokens.iter().any(|token| token.is("where") || token.is("using")) {
            losses.extend(name(tokens, 2).map(|table| one(LossKind::DeleteAll, table)));
        }
    } else if begins(tokens, &["alter", "table"]) {
        alter(tokens, losses);
    }
}

fn alter(tokens: &[Token], losses: &mut Vec<Loss>) {
    let mut at = 2 + 2 * usize::from(begins(&tokens[2..], &["if", "exists"]));
    at += usize::from(begins(&tokens[at..], &["only"]));
    let Some(((table, _), after)) = name_and_end(tokens, at) else { return };
    let actions = actions(&tokens[after..]);
    let added: Vec<String> = actions
        .iter()
        .filter(|action| begins(action, &["add"]))
        .filter_map(|action| name(action, 1 + usize::from(begins(&action[1..], &["column"]))))
        .map(|(name, _)| name)
        .collect();
    let mut dropping = false;
    for action in actions {
        let mut at = 0;
        if begins(action, &["drop"]) {
            at = 1;
            let column = begins(&action[1..], &["column"]);
            at += usize::from(column);
            at += 2 * usize::from(begins(&action[at..], &["if", "exists"]));
            const OTHERS: &[&str] = &[
                "constraint",
                "index",
                "key",
                "primary",
                "foreign",
                "check",
                "partition",
                "period",
                "system",
                "default",
            ];
            dropping = column
                || !action.get(at).is_some_and(|token| OTHERS.iter().any(|other| token.is(other)));
            if !dropping {
                continue;
            }
        } else if !(dropping && action.len() == 1) {
            // SQL Server goes on with names alone: `DROP COLUMN [a], [b]`.
            dropping = false;
            continue;
        }
        let Some((column, range)) = name(action, at) else { continue };
        let again = added.iter().any(|added| added.eq_ignore_ascii_case(&column));
        let kind = if again { LossKind::Recreated } else { LossKind::DropColumn };
        losses.push(Loss { kind, table: table.clone(), column: Some(column), range });
    }
}

/// The parts of a statement between commas outside of parentheses.
fn actions(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            if token.is_sign("(") {
                depth += 1;
            } else if token.is_sign(")") {
                depth = depth.saturating_sub(1);
            }
            depth == 0 && token.is_sign(",")
        })
        .collect()
}

fn begins(tokens: &[Token], words: &[&str]) -> bool {
    tokens.len() >= words.len() && words.iter().zip(tokens).all(|(word, token)| token.is(word))
}

/// A name that may have schemas before it: its last part.
fn name(tokens: &[Token], at: usize) -> Option<(String, Range<usize>)> {
    name_and_end(tokens, at).map(|(name, _)| name)
}

fn name_and_end(tokens: &[Token], mut at: usize) -> Option<((String, Range<usize>), usize)> {
    loop {
        let token = tokens.get(at).filter(|t| matches!(t.kind, Kind::Word | Kind::Quoted))?;
        if tokens.get(at + 1).is_some_and(|next| next.is_sign(".")) {
            at += 2;
        } else {
            return Some(((token.text.clone(), token.range.clone()), at + 1));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    /// A name in double quotes, backticks or brackets.
    Quoted,
    Text,
    /// A text in dollar quotes.
    Body,
    Sign,
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    text: String,
    range: Range<usize>,
}

impl Token {
    fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// Of a longer statement only the beginning is kept.
const MAX_TOKENS: usize = 10_000;

/// The statements of a migration, in the dialects that Prisma writes: those of
/// PostgreSQL, MySQL, SQLite and SQL Server.
fn statements(sql: &str) -> impl Iterator<Item = Vec<Token>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut tokens: Vec<Token> = Vec::new();
        while let Some(token) = token(sql, &mut at) {
            // SQL Server writes `GO` and blocks without semicolons around.
            let boundary =
                token.is_sign(";") || token.is("go") || token.is("begin") || token.is("then");
            if !boundary {
                if tokens.len() < MAX_TOKENS {
                    tokens.push(token);
                }
            } else if !tokens.is_empty() {
                return Some(tokens);
            }
        }
        (!tokens.is_empty()).then_some(tokens)
    })
}

fn token(sql: &str, at: &mut usize) -> Option<Token> {
    loop {
        let rest = &sql[*at..];
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            *at += blank;
        } else if rest.starts_with("--") || rest.starts_with('#') {
            *at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            *at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else {
            break;
        }
    }
    let rest = &sql[*at..];
    let first = rest.chars().next()?;
    let closed = |from: usize, close: char| {
        let mut end = from;
        loop {
            match rest[end..].find(close) {
                None => return rest.len(),
                Some(found) if rest[end + found + 1..].starts_with(close) => end += found + 2,
                Some(found) => return end + found,
            }
        }
    };
    let (kind, inside, length) = match first {
        '\'' => {
            let end = closed(1, '\'');
            (Kind::Text, 1..end, end + 1)
        }
        '"' | '`' => {
            let end = closed(1, first);
            (Kind::Quoted, 1..end, end + 1)
        }
        '[' => {
            let end = closed(1, ']');
            (Kind::Quoted, 1..end, end + 1)
        }
        '$' => match dollar(rest) {
            Some((quote, end)) => (Kind::Body, quote..end, end + quote),
            None => (Kind::Sign, 0..1, 1),
        },
        first if first.is_alphanumeric() || first == '_' => {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            (Kind::Word, 0..end, end)
        }
        other => (Kind::Sign, 0..other.len_utf8(), other.len_utf8()),
    };
    let end = (*at + length).min(sql.len());
    let token = Token { kind, text: rest.get(inside).unwrap_or("").to_owned(), range: *at..end };
    *at = end;
    Some(token)
}

/// Of a text in dollar quotes the length of its quote, and where it ends.
fn dollar(text: &str) -> Option<(usize, usize)> {
    let tag = text[1..].find(|c: char| !(c.is_alphanumeric() || c == '_'))? + 1;
    let quote = text.get(..=tag).filter(|quote| quote.ends_with('$'))?;
    let end = text[quote.len()..].find(quote).map_or(text.len(), |end| end + quote.len());
    Some((quote.len(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Vec<String> {
        losses(sql)
            .iter()
            .map(|loss| {
                let column = loss.column.as_ref().map_or(String::new(), |name| format!(".{name}"));
                format!("{:?} {}{column}", loss.kind, loss.table)
            })
            .collect()
    }

    #[test]
    fn dropped_tables_and_columns_are_losses_in_every_dialect() {
        let cases: &[(&str, &[&str])] = &[
            ("DROP TABLE \"User\";", &["DropTable User"]),
            ("drop table if exists a, \"public\".\"b\" cascade", &["DropTable a", "DropTable b"]),
            ("ALTER TABLE \"User\" DROP COLUMN \"name\";", &["DropColumn User.name"]),
            (
                "ALTER TABLE `User` DROP COLUMN `a`, DROP COLUMN `b`;",
                &["DropColumn User.a", "DropColumn User.b"],
            ),
            (
                "ALTER TABLE [dbo].[User] DROP COLUMN [a], [b];",
                &["DropColumn User.a", "DropColumn User.b"],
            ),
            ("ALTER TABLE `User` DROP `a`;", &["DropColumn User.a"]),
            (
                "ALTER TABLE \"User\" DROP COLUMN \"age\",\nADD COLUMN     \"age\" INTEGER NOT NULL;",
                &["Recreated User.age"],
            ),
            ("TRUNCATE TABLE \"User\"", &["Truncate User"]),
            ("DELETE FROM \"User\";", &["DeleteAll User"]),
            ("BEGIN TRY\nBEGIN TRAN;\nDROP TABLE [dbo].[User];", &["DropTable User"]),
        ];
        for (sql, expected) in cases {
            assert_eq!(found(sql), *expected, "{sql}");
        }
    }

    #[test]
    fn what_holds_no_data_may_go() {
        let cases = [
            "/*\n  Warnings:\n  - You are about to drop the column `name` on the `User` table.\n*/\nSELECT 1;",
            "-- DROP TABLE \"User\";",
            "# DROP TABLE User;",
            "DROP INDEX \"User_name_key\";",
            "ALTER TABLE \"User\" DROP CONSTRAINT \"User_fkey\";",
            "ALTER TABLE `User` DROP FOREIGN KEY `x`, DROP PRIMARY KEY, DROP INDEX `y`;",
            "ALTER TABLE \"User\" ALTER COLUMN \"name\" DROP NOT NULL, ALTER COLUMN \"age\" DROP DEFAULT;",
            "DROP TYPE \"Role_old\";",
            "DROP VIEW \"v\"",
            "DELETE FROM \"User\" WHERE \"id\" = 1;",
            "INSERT INTO a VALUES ('; DROP TABLE b;');",
            "CREATE FUNCTION f() RETURNS void AS $$ DROP TABLE a; $$ LANGUAGE sql;",
        ];
        for sql in cases {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
    }

    #[test]
    fn copies_and_checks_guard_what_is_dropped() {
        let cases = [
            "CREATE TABLE \"new_User\" (id INT);\nINSERT INTO \"new_User\" (\"id\") SELECT \"id\" FROM \"User\";\nDROP TABLE \"User\";\nALTER TABLE \"new_User\" RENAME TO \"User\";",
            "CREATE TABLE backup AS SELECT * FROM \"User\"; DROP TABLE \"User\";",
            "UPDATE \"User\" SET \"full\" = \"first\" || \"last\"; ALTER TABLE \"User\" DROP COLUMN \"first\", DROP COLUMN \"last\";",
            "INSERT INTO \"Profile\" (\"bio\") SELECT \"bio\" FROM \"User\"; ALTER TABLE \"User\" DROP COLUMN \"bio\";",
            "DO $$ BEGIN IF EXISTS (SELECT 1 FROM \"User\") THEN RAISE EXCEPTION 'User is not empty'; END IF; END $$; DROP TABLE \"User\";",
            "CREATE TABLE \"tmp\" (id INT); DROP TABLE \"tmp\";",
        ];
        for sql in cases {
            assert_eq!(found(sql), [] as [&str; 0], "{sql}");
        }
        let other =
            "UPDATE \"User\" SET \"full\" = \"first\"; ALTER TABLE \"User\" DROP COLUMN \"age\";";
        assert_eq!(found(other), ["DropColumn User.age"]);
        let comment =
            "/* Warnings: the data in the column will be lost. */ ALTER TABLE a DROP COLUMN b;";
        assert_eq!(found(comment), ["DropColumn a.b"]);
    }

    #[test]
    fn places_are_those_of_the_names() {
        let sql = "ALTER TABLE \"Ué\" DROP COLUMN \"é\";";
        let losses = losses(sql);
        assert_eq!(&sql[losses[0].range.clone()], "\"é\"");
    }

    #[test]
    fn broken_text_is_survived() {
        for sql in [
            "",
            "'",
            "\"",
            "[",
            "$a",
            "$$",
            "/*",
            "drop table",
            "alter table a drop",
            "alter table a drop column",
            "delete from",
            "é$é",
            "create table",
            "create table if not exists",
        ] {
            let _ = losses(sql);
        }
    }
}
