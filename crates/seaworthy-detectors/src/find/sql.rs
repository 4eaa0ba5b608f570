//! Statements that set a password, and the rows of dumps that hold one.

mod lex;
mod rows;

use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};

use self::lex::{Shape, Token, Tokens};
use super::near;
use crate::candidate::{Candidate, Standing};
use crate::file::File;

pub(super) static STATEMENT: Kind = Kind {
    id: "sql-password",
    provider: "",
    name: "password in an SQL statement",
    description: "Whoever reads it can log in to the database as the user it is set for.",
    revoke: "change the password of the database user",
    severity: Severity::High,
    precision: Precision::High,
    family: Family::Assignment,
};

pub(super) static COLUMN: Kind = Kind {
    id: "sql-row-secret",
    provider: "",
    name: "secret in a row of a database dump",
    description: "Whoever reads it can act as the user that the row is about.",
    revoke: "change it in every database that was filled from the dump",
    severity: Severity::High,
    precision: Precision::Medium,
    family: Family::Assignment,
};

pub(super) static HASH: Kind = Kind {
    id: "sql-password-hash",
    provider: "",
    name: "hash of a database password",
    description: "The password can be guessed from it without the server.",
    revoke: "change the password of the database user, and close the sessions that it opened",
    severity: Severity::Medium,
    precision: Precision::Medium,
    family: Family::PasswordHash,
};

/// How much of a statement is read.
const REACH: usize = 1024;

/// Looks at the literal at `hit`.
pub(crate) fn find(text: &str, hit: Region, _file: &File<'_>, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    if near::stands(bytes, hit.start, "value") {
        out.extend(rows::update(text, hit));
        return;
    }
    if bytes.get(hit.end).is_some_and(|&byte| near::is_word(byte))
        && near::is_word(bytes[hit.end - 1])
        && !near::stands(bytes, hit.start, "pgp_sym_")
    {
        return;
    }
    let is = |word: &str| near::stands(bytes, hit.start, word);
    if is("mysql('") || is("postgresql('") || is("s3('") {
        out.extend(table_function(text, hit));
    } else if is("openrowset(") {
        out.extend(row_set(text, hit));
    } else if is("secret_access_key '") {
        let mut tokens = Tokens::new(text, hit.start, hit.end - 1, 256);
        let string = tokens.next().filter(|token| token.shape == Shape::Text);
        out.extend(string.and_then(|string| secret(&STATEMENT, text, string.region)));
    } else if is("pragma key") || is("pragma rekey") {
        let tokens: Vec<Token> = Tokens::new(text, hit.start, hit.end, 256).take(3).collect();
        let region = assigned(text, &tokens).filter(|_| tokens[0].is_sign(b'='));
        out.extend(region.and_then(|region| secret(&STATEMENT, text, region)));
    } else if is("attach database") {
        let tokens: Vec<Token> = Tokens::new(text, hit.start, hit.end, 512).take(8).collect();
        let key = tokens.iter().position(|token| token.is(text, "key"));
        let string = key.and_then(|at| tokens.get(at + 1)).filter(|t| t.shape == Shape::Text);
        out.extend(string.and_then(|string| secret(&STATEMENT, text, string.region)));
    } else if is("insert into") || is("replace into") || is("insert all into") {
        rows::insert(text, hit, out);
    } else if is("from stdin") {
        rows::copy(text, hit, out);
    } else if is("create table") {
        rows::table(text, hit, out);
    } else if is("gen_salt(") {
        out.extend(salted(text, hit));
    } else if is("sp_add") || is("sp_password") || is("sp_setapprole") {
        out.extend(procedure(text, hit));
    } else if is("pgp_sym_") || is("aes_") {
        out.extend(call(text, hit, 1));
    } else if is("encryptbypassphrase") || is("decryptbypassphrase") {
        out.extend(call(text, hit, 0));
    } else if !near::begins_word(bytes, hit.start) && !is("ion by password") {
        // Part of a longer name.
    } else {
        statement(text, hit, out);
    }
}

/// A candidate of a value in a statement or row; a hash is one whatever it was
/// found as.
fn secret(kind: &'static Kind, text: &str, region: Region) -> Option<Candidate> {
    let value = text.get(region.start..region.end)?;
    // What lies between two strings that are joined.
    let joined = value.starts_with(['"', '\\']) && value.ends_with('"');
    if joined || near::is_reference(value) || value.len() > 4096 || value.contains('\n') {
        return None;
    }
    let kind = if is_hash(value) { &HASH } else { kind };
    let plain = near::unescape(&value.replace("''", "'"));
    Some(Candidate { standing: Standing::Quoted, ..Candidate::new(kind, region, plain) })
}

/// Whether a value is what a database keeps instead of a password.
fn is_hash(value: &str) -> bool {
    let hex = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let starts = [
        "$2a$",
        "$2b$",
        "$2y$",
        "$argon2",
        "$1$",
        "$5$",
        "$6$",
        "$P$",
        "$H$",
        "$S$",
        "$apr1$",
        "$pbkdf2",
        "$scrypt",
        "$y$",
        "pbkdf2_",
        "pbkdf2:",
        "scrypt:",
        "SCRAM-SHA-",
        "sha1$",
        "sha256$",
        "bcrypt_sha256$",
        "{SSHA",
        "{SHA",
        "{CRYPT}",
    ];
    value.strip_prefix('*').is_some_and(|rest| rest.len() == 40 && hex(rest))
        || value.strip_prefix("md5").is_some_and(|rest| rest.len() == 32 && hex(rest))
        || value.strip_prefix("0x").is_some_and(|rest| rest.len() >= 40 && hex(rest))
        || (matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128) && hex(value))
        || starts.iter().any(|start| value.starts_with(start))
}

/// The secrets of the statement that begins at `hit`, or of the clause.
fn statement(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let start = last_word(text, hit);
    let mut tokens: Vec<Token> = Vec::new();
    for token in Tokens::new(text, hit.start, start, REACH).take(160) {
        let ends = matches!(token.shape, Shape::Sign(b';' | b'{' | b'}'))
            || ["const", "let", "var", "def", "return", "function", "println", "assert", "import"]
                .iter()
                .any(|word| token.is(text, word));
        if ends {
            break;
        }
        tokens.push(token);
    }
    let mut user = named_before(text, hit);
    let certain = is_statement(text, hit);
    let known = out.len();
    for (at, token) in tokens.iter().enumerate() {
        if token.shape != Shape::Word {
            continue;
        }
        let rest = &tokens[at + 1..];
        let word = token.text(text).to_ascii_lowercase();
        let found = match word.as_str() {
            "user" | "role" | "login" | "master_user" | "source_user" | "identity" | "key_id"
            | "mapping"
                if user.is_none() =>
            {
                user = name(text, rest);
                None
            }
            "identified" => identified(text, rest, certain),
            "secret" | "secret_string" | "secret_key" => assigned(text, rest),
            _ if word.ends_with("password") => assigned(text, rest),
            _ => None,
        };
        let Some(region) = found else { continue };
        let seen = |candidate: &Candidate| candidate.region == region;
        if !out[known.saturating_sub(8)..].iter().any(seen)
            && let Some(mut found) = secret(&STATEMENT, text, region)
        {
            found.user = user.map(str::to_owned);
            out.push(found);
        }
    }
}

/// Where the last word of the literal begins, so that it is read as a token.
fn last_word(text: &str, hit: Region) -> usize {
    let literal = &text[hit.start..hit.end];
    if near::stands(text.as_bytes(), hit.start, "identified") {
        return hit.start;
    }
    literal.rfind(' ').map_or(hit.start, |at| hit.start + at + 1)
}

/// The user of `GRANT … TO 'user'@'host' IDENTIFIED BY …`, in front of the hit.
fn named_before(text: &str, hit: Region) -> Option<&str> {
    let bytes = text.as_bytes();
    if !near::stands(bytes, hit.start, "identified") {
        return None;
    }
    let floor = hit.start.saturating_sub(96);
    let window = bytes.get(floor..hit.start)?;
    let at = [" to ", " user ", " exists "].iter().find_map(|word| {
        let at = window
            .windows(word.len())
            .rposition(|part| part.eq_ignore_ascii_case(word.as_bytes()))?;
        Some(floor + at + word.len())
    })?;
    let token = Tokens::new(text, at, at, 96).next()?;
    Some(token.text(text)).filter(|user| !user.is_empty())
}

/// The name after `USER`, past `IF NOT EXISTS`, `FOR`, `=`.
fn name<'t>(text: &'t str, rest: &[Token]) -> Option<&'t str> {
    let skipped = ["if", "not", "exists", "for", "or", "replace", "mapping"];
    let token = rest.iter().take(6).find(|token| {
        !(token.is_sign(b'=')
            || token.is_sign(b'[')
            || skipped.iter().any(|word| token.is(text, word)))
    })?;
    (!matches!(token.shape, Shape::Sign(_)))
        .then(|| token.text(text))
        .filter(|name| !name.is_empty())
}

/// The string that follows, after `=`, `(`, a prefix of the string, or `FOR user =`.
fn assigned(text: &str, rest: &[Token]) -> Option<Region> {
    let mut rest = rest;
    if rest.first()?.is(text, "for") {
        let equals = rest.iter().take(10).position(|token| token.is_sign(b'='))?;
        rest = &rest[equals..];
    }
    for token in rest.iter().take(4) {
        match token.shape {
            Shape::Text => return Some(token.region),
            // Where strings may stand in double quotes.
            Shape::Name => return Some(token.region),
            Shape::Sign(b'=' | b'(') => {}
            Shape::Word
                if ["n", "e", "password", "old_password"].iter().any(|w| token.is(text, w)) => {}
            Shape::Word if token.text(text).starts_with("0x") => return Some(token.region),
            _ => return None,
        }
    }
    None
}

/// Whether a statement about users is told by words before the hit or of it:
/// prose has things identified by names, too.
fn is_statement(text: &str, hit: Region) -> bool {
    let bytes = text.as_bytes();
    if !near::stands(bytes, hit.start, "identified") {
        return true;
    }
    let window = Region::new(hit.start.saturating_sub(160), hit.start);
    ["create ", "alter ", "grant "].iter().any(|verb| near::seek(bytes, window, verb).is_some())
}

/// `BY 'x'`, `BY x`, `BY VALUES 'x'`, `WITH plugin BY 'x'`, `WITH plugin AS 'x'`;
/// `certain` tells that it belongs to a statement.
fn identified(text: &str, rest: &[Token], certain: bool) -> Option<Region> {
    let by = rest
        .iter()
        .take(5)
        .position(|token| ["by", "as", "using"].iter().any(|word| token.is(text, word)))?;
    if by > 0 && !rest[0].is(text, "with") {
        return None;
    }
    let rest = &rest[by + 1..];
    let rest = match rest.first() {
        Some(token) if token.is(text, "values") || token.is(text, "password") => &rest[1..],
        _ => rest,
    };
    let first = rest.first()?;
    if !certain {
        let keyword = follows_capitals(text, first);
        return (first.shape == Shape::Text && keyword).then_some(first.region);
    }
    match first.shape {
        Shape::Text => Some(first.region),
        Shape::Name => {
            let backtick = text.as_bytes().get(first.region.end) == Some(&b'`');
            (!backtick).then_some(first.region)
        }
        Shape::Sign(b'(') => rest.get(1).filter(|t| t.shape == Shape::Text).map(|t| t.region),
        // Oracle's passwords need no quotes; words of prose have no digits.
        Shape::Word => {
            let word = first.text(text);
            (word.len() >= 6 && word.bytes().any(|byte| byte.is_ascii_digit()))
                .then_some(first.region)
        }
        Shape::Sign(_) => None,
    }
}

/// Whether the keyword before the token is in capitals.
fn follows_capitals(text: &str, token: &Token) -> bool {
    let head = &text.as_bytes()[token.region.start.saturating_sub(12)..token.region.start];
    head.iter().rev().find(|byte| byte.is_ascii_alphabetic()).is_some_and(u8::is_ascii_uppercase)
}

/// `crypt('password', gen_salt('bf'))`: the string before the hit.
fn salted(text: &str, hit: Region) -> Option<Candidate> {
    let bytes = text.as_bytes();
    let floor = hit.start.saturating_sub(160);
    let window = bytes.get(floor..hit.start)?;
    let at = window.windows(6).rposition(|part| part.eq_ignore_ascii_case(b"crypt("))?;
    let start = floor + at + 6;
    let mut tokens = Tokens::new(text, start, start, 160);
    let string = tokens.next().filter(|token| token.shape == Shape::Text)?;
    tokens.next().filter(|token| token.is_sign(b','))?;
    secret(&STATEMENT, text, string.region)
}

/// `EXEC sp_addlogin 'user', 'password'`, `sp_password 'old', 'new', 'user'`,
/// `sp_addlinkedsrvlogin …, @rmtpassword = N'password'`.
fn procedure(text: &str, hit: Region) -> Option<Candidate> {
    let mut words = Tokens::new(text, hit.start, hit.start, REACH).take(64);
    let name = words.next()?;
    let tokens: Vec<Token> = words.take_while(|token| !token.is_sign(b';')).collect();
    let labelled = ["passwd", "rmtpassword", "new"].iter().find_map(|label| {
        let at = tokens.iter().position(|token| token.is(text, label))?;
        tokens[at..].iter().take(4).find(|token| token.shape == Shape::Text)
    });
    let wanted = if name.is(text, "sp_addlinkedsrvlogin") { 4 } else { 1 };
    let by_position = || {
        // `N'…'` is the string alone.
        let mut argument = 0;
        for token in &tokens {
            match token.shape {
                Shape::Sign(b',') => argument += 1,
                Shape::Sign(b'@' | b'=') => return None,
                Shape::Text if argument == wanted => return Some(token),
                _ => {}
            }
        }
        None
    };
    let found = labelled.or_else(by_position)?;
    secret(&STATEMENT, text, found.region)
}

/// `MySQL('host:port', 'database', 'table', 'user', 'password')`, `s3('url', 'key',
/// 'secret')`: the hit ends with the quote of the first argument.
fn table_function(text: &str, hit: Region) -> Option<Candidate> {
    if !near::begins_word(text.as_bytes(), hit.start) {
        return None;
    }
    let mut strings: Vec<Region> = Vec::new();
    for token in Tokens::new(text, hit.start, hit.end - 1, REACH).take(16) {
        match token.shape {
            Shape::Text => strings.push(token.region),
            Shape::Sign(b',') | Shape::Word | Shape::Name => {}
            _ => break,
        }
    }
    let words = |at: usize| strings.get(at).and_then(|region| text.get(region.range()));
    let first = words(0)?;
    let stored = near::stands(text.as_bytes(), hit.start, "s3");
    if stored {
        let key = words(1)?;
        return (first.contains("://") && (16..=24).contains(&key.len()))
            .then(|| secret(&STATEMENT, text, *strings.get(2)?))
            .flatten();
    }
    // A host with its port tells the function from others of that name.
    first.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok())?;
    let at = if strings.len() == 4 { 3 } else { 4 };
    let mut found = secret(&STATEMENT, text, *strings.get(at)?)?;
    found.user = words(at - 1).map(str::to_owned);
    Some(found)
}

/// `OPENROWSET('provider', 'server'; 'user'; 'password', …)`.
fn row_set(text: &str, hit: Region) -> Option<Candidate> {
    let tokens: Vec<Token> = Tokens::new(text, hit.start, hit.end, REACH).take(8).collect();
    let [_, comma, _, first, user, second, password, ..] = tokens[..] else { return None };
    if !comma.is_sign(b',')
        || !first.is_sign(b';')
        || !second.is_sign(b';')
        || password.shape != Shape::Text
    {
        return None;
    }
    let mut found = secret(&STATEMENT, text, password.region)?;
    found.user = Some(user.text(text).to_owned());
    Some(found)
}

/// The argument of this number of the call whose name begins at `hit`.
fn call(text: &str, hit: Region, wanted: usize) -> Option<Candidate> {
    let mut tokens = Tokens::new(text, hit.start, hit.start, REACH).take(64);
    if !tokens.nth(1)?.is_sign(b'(') {
        return None;
    }
    let (mut depth, mut argument) = (0_usize, 0);
    let mut last: Option<Token> = None;
    for token in tokens {
        let ends = depth == 0 && (token.is_sign(b',') || token.is_sign(b')'));
        if ends {
            if argument == wanted {
                let region = last.filter(|token| token.shape == Shape::Text)?.region;
                return secret(&STATEMENT, text, region);
            }
            if token.is_sign(b')') {
                return None;
            }
            argument += 1;
            last = None;
            continue;
        }
        match token.shape {
            Shape::Sign(b'(') => depth += 1,
            Shape::Sign(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        // Only an argument that is a string and nothing else.
        last = match last {
            None => Some(token),
            Some(first) => Some(Token { shape: Shape::Sign(0), ..first }),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use seaworthy_detector_pack::Finder;

    use super::super::near::tests as near;
    use super::*;
    use crate::file::Language;

    #[test]
    fn passwords_of_statements_are_found() {
        let cases = [
            ("CREATE USER 'ann'@'%' IDENTIFIED BY '¤';", "ann"),
            ("GRANT ALL ON app.* TO 'ann'@'h' IDENTIFIED BY '¤' WITH GRANT OPTION", "ann"),
            ("CREATE USER ann IDENTIFIED BY ¤ DEFAULT TABLESPACE x", "ann"),
            ("create user ann identified by \"¤\";", "ann"),
            ("ALTER USER ann IDENTIFIED WITH caching_sha2_password BY '¤'", "ann"),
            ("CREATE USER IF NOT EXISTS ann IDENTIFIED WITH plaintext_password BY '¤'", "ann"),
            ("CREATE USER ann WITH PASSWORD '¤';", "ann"),
            ("CREATE ROLE ann LOGIN\n  ENCRYPTED PASSWORD '¤'", "ann"),
            ("psql -c \"ALTER ROLE ann PASSWORD '¤'\"", "ann"),
            ("run('ALTER USER ann PASSWORD \\'¤\\'')", "ann"),
            ("CREATE LOGIN ann WITH PASSWORD = N'¤', CHECK_POLICY = OFF", "ann"),
            ("CREATE LOGIN [ann] WITH PASSWORD='¤'", "ann"),
            ("SET PASSWORD FOR 'ann'@'h' = PASSWORD('¤');", ""),
            ("SET PASSWORD = '¤'", ""),
            ("CREATE MASTER KEY ENCRYPTION BY PASSWORD = '¤'", ""),
            ("CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'ann', password '¤')", "a"),
            ("SELECT pgp_sym_encrypt(body, '¤')", ""),
            ("SELECT AES_DECRYPT(f(a, b), '¤')", ""),
            ("SELECT EncryptByPassPhrase('¤', body)", ""),
            ("CREATE SECRET s (TYPE S3, KEY_ID 'ann', SECRET '¤')", "ann"),
            ("CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'ann', SECRET = '¤'", "ann"),
            ("CHANGE MASTER TO MASTER_USER='ann', MASTER_PASSWORD='¤'", "ann"),
            ("INSERT INTO users (id, username, password) VALUES (1, 'ann', '¤');", "ann"),
            (
                "INSERT INTO `u` (`login`,`api_key`,`x`) VALUES ('ann','¤',now()),('b',NULL,'c')",
                "ann",
            ),
            ("insert into settings(name, value) values ('smtp_password', '¤')", ""),
            ("COPY public.users (id, email, password) FROM stdin;\n1\tann\t¤\n\\.\n", "ann"),
            ("CREATE SECRET s TYPE = GENERIC_STRING SECRET_STRING = '¤'", ""),
            ("CREATE DICTIONARY d (id Int) SOURCE(MYSQL(HOST 'h' USER 'ann' PASSWORD '¤'))", "ann"),
            ("UPDATE o SET option_value = '¤' WHERE option_name = 'smtp_password'", ""),
            ("INSERT INTO u (password) VALUES (crypt('¤', gen_salt('bf')))", ""),
            ("EXEC sp_addlogin 'ann', '¤', 'master'", ""),
            ("sp_addlinkedsrvlogin @rmtsrvname=N'S', @rmtuser=N'ann', @rmtpassword=N'¤'", ""),
            ("INSERT INTO `opts` VALUES (7,'smtp_password','¤','yes')", ""),
            (
                "CREATE TABLE `u` (`id` int(11), `login` varchar(9), `secret_key` text, \
                 PRIMARY KEY (`id`));\nINSERT INTO `u` VALUES (1,'ann','¤');",
                "ann",
            ),
            ("db.exec(\"INSERT INTO users(email,password) VALUES('ann','¤')\")", "ann"),
        ];
        for (case, user) in cases {
            let text = case.replace('¤', "kR7tq2Vx");
            let found = near::run(find, Finder::Sql, Language::Other, &text);
            let regions: Vec<&str> =
                found.iter().map(|found| &text[found.region.start..found.region.end]).collect();
            assert_eq!(regions, ["kR7tq2Vx"], "{text}");
            assert_eq!(found[0].user.as_deref().unwrap_or(""), user, "{text}");
        }
    }

    #[test]
    fn hashes_are_told_from_passwords() {
        let hash = "0123456789ABCDEF0123456789ABCDEF01234567";
        for (text, id) in [
            (format!("IDENTIFIED BY PASSWORD '*{hash}'"), "sql-password-hash"),
            (format!("INSERT INTO u (password) VALUES ('{hash}')"), "sql-password-hash"),
            ("INSERT INTO u (password) VALUES ('kR7tq2Vx')".to_owned(), "sql-row-secret"),
        ] {
            let found = near::run(find, Finder::Sql, Language::Sql, &text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].kind.id, id, "{text}");
        }
    }

    #[test]
    fn statements_without_a_literal_have_no_password() {
        let cases = [
            "CREATE USER ann WITH PASSWORD NULL",
            "CREATE USER ann IDENTIFIED BY '${PW}'",
            "CREATE USER ann IDENTIFIED BY ?",
            "\"CREATE USER ann PASSWORD '\" + pw + \"'\"",
            "f\"ALTER USER ann PASSWORD '{pw}'\"",
            "\"x \\\"CREATE USER ann PASSWORD '\\\" + pw + \\\"'\\\"\"",
            "items are identified by their name",
            "records identified by number 12",
            "the item identified by `kR7tq2Vx` is alter ego",
            "create a thing identified by `kR7tq2Vx`",
            "the mode identified by 0b0011, the file identified by 'kR7tq2Vx'",
            "ALTER USER ann PASSWORD EXPIRE",
            "CREATE USER ann; -- then\nlet password = 'kR7tq2Vx'",
            "INSERT INTO users (id, username, password) VALUES ($1, $2, $3)",
            "INSERT INTO users (id, username, password) VALUES (?, ?, ?)",
            "INSERT INTO users (password, name) VALUES (crypt($1, gen_salt('bf')), 'x')",
            "INSERT INTO t (id, password_reset_at) VALUES (1, '2024-01-01')",
            "INSERT INTO t (id, title) VALUES (1, 'kR7tq2Vx')",
            "INSERT INTO t VALUES (1, 'kR7tq2Vx')",
            "COPY t (id, title) FROM stdin;\n1\tkR7tq2Vx\n\\.\n",
            "SELECT pgp_sym_encrypt('body1234', key)",
            "// create user\n function f() { password = 'kR7tq2Vx' }",
        ];
        for text in cases {
            assert_eq!(near::regions(find, Finder::Sql, Language::Other, text), [""; 0], "{text}");
        }
    }

    #[test]
    fn disturbed_text_is_survived() {
        near::survives(
            find,
            Finder::Sql,
            &[
                "GRANT x TO 'a'@'h' IDENTIFIED BY \\'v\\'; CREATE LOGIN [a] WITH PASSWORD=N'v'",
                "INSERT INTO `u` (`a`, password) VALUES ('x', 'it''s'), (f(1), E'y');",
                "COPY u (a, password) FROM stdin;\n1\tx\n\\.\n pgp_sym_encrypt(a, 'v')",
            ],
        );
    }
}
