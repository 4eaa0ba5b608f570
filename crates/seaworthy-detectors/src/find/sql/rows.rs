//! The rows of dumps: values are matched with the names of their columns by
//! position.

use seaworthy_model::Region;

use super::lex::{Shape, Token, Tokens};
use super::{COLUMN, secret};
use crate::candidate::{Candidate, Name};
use crate::find::near;

/// How much of a statement is read.
const REACH: usize = 8 * 1024;
/// How many of its rows.
const ROWS: usize = 64;
/// How many columns a table may have.
const COLUMNS: usize = 96;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// A secret, by its name.
    Secret,
    /// Who it belongs to.
    User,
    /// The name of a setting.
    Setting,
    /// The value of the setting that another column names.
    Value,
    /// Anything else.
    Other,
}

struct Column {
    holds: Holds,
    region: Region,
}

/// The columns of a list of names; `None` when none holds a secret.
struct Table(Vec<Column>);

impl Table {
    fn new(text: &str, names: impl Iterator<Item = Region>) -> Option<Self> {
        let columns: Vec<Column> = names
            .take(COLUMNS)
            .map(|region| {
                let name = text.get(region.start..region.end).unwrap_or_default();
                Column { holds: holds(name), region }
            })
            .collect();
        let has = |holds| columns.iter().any(|column: &Column| column.holds == holds);
        (has(Holds::Secret) || (has(Holds::Setting) && has(Holds::Value))).then_some(Self(columns))
    }

    /// The secrets of a row: its values by position, `None` where they are no
    /// strings.
    fn row(&self, text: &str, values: &[Option<Region>], out: &mut Vec<Candidate>) {
        if values.len() != self.0.len() {
            return;
        }
        let first = |wanted: Holds| {
            let at = self.0.iter().position(|column| column.holds == wanted)?;
            (*values.get(at)?).map(|region| (region, &text[region.start..region.end]))
        };
        let user = first(Holds::User).map(|(_, user)| user);
        let setting = first(Holds::Setting).filter(|(_, name)| holds(name) == Holds::Secret);
        for (column, value) in self.0.iter().zip(values) {
            let name = match column.holds {
                Holds::Secret => column.region,
                Holds::Value => match setting {
                    Some((region, _)) => region,
                    None => continue,
                },
                _ => continue,
            };
            let Some(region) = *value else { continue };
            if let Some(mut found) = secret(&COLUMN, text, region) {
                found.user = user.filter(|user| !user.is_empty()).map(str::to_owned);
                let spelling = text[name.start..name.end].to_owned();
                found.name = Some(Name { text: spelling, region: name });
                out.push(found);
            }
        }
    }
}

/// What a column of this name holds.
fn holds(name: &str) -> Holds {
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(['_', '-', '.', ' ']).collect();
    let last = words.last().copied().unwrap_or_default();
    let harmless = [
        "id",
        "at",
        "type",
        "hint",
        "count",
        "date",
        "expires",
        "expiry",
        "expiration",
        "length",
        "changed",
        "updated",
        "created",
        "reset",
        "salt",
        "name",
        "question",
        "time",
        "enabled",
        "required",
        "policy",
        "public",
        "version",
        "status",
        "url",
    ];
    if words.iter().any(|word| harmless.contains(word)) && !words.contains(&"key") {
        return match name.as_str() {
            "user_name" | "login_name" => Holds::User,
            "option_name" | "setting_name" | "config_name" | "name" => Holds::Setting,
            _ => Holds::Other,
        };
    }
    let secret = words.iter().any(|word| {
        ["password", "passwd", "passwort", "pwd", "pass", "passphrase", "secret", "userpassword"]
            .contains(word)
    }) || matches!(last, "token" | "apikey" | "authkey" | "secretkey")
        || name.ends_with("password")
        || ["api_key", "auth_key", "secret_key", "private_key", "access_key"]
            .iter()
            .any(|end| name.ends_with(end));
    if secret {
        return Holds::Secret;
    }
    match name.as_str() {
        "user" | "username" | "login" | "user_login" | "email" | "user_email" | "mail" => {
            Holds::User
        }
        "key" | "option" | "setting" | "variable" | "config_key" | "meta_key" | "setting_key"
        | "path" | "param" | "parameter" => Holds::Setting,
        "value" | "option_value" | "setting_value" | "config_value" | "meta_value" | "val" => {
            Holds::Value
        }
        _ => Holds::Other,
    }
}

/// `insert into t (a, b) values (1, 'x'), (2, 'y')`; the hit ends before the name
/// of the table.
pub(super) fn insert(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let mut tokens = Tokens::new(text, hit.start, hit.end, REACH);
    // The table: a name, perhaps with a schema.
    let opens = tokens
        .by_ref()
        .take(6)
        .find(|token| token.is_sign(b'(') || token.is_sign(b';') || token.is(text, "values"));
    if opens.is_some_and(|token| token.is(text, "values")) {
        return settings(text, tokens, out);
    }
    if !opens.is_some_and(|token| token.is_sign(b'(')) {
        return;
    }
    let mut names = Vec::new();
    let mut closed = false;
    for token in tokens.by_ref().take(COLUMNS * 4) {
        match token.shape {
            Shape::Sign(b')') => {
                closed = true;
                break;
            }
            Shape::Word | Shape::Name => names.push(token.region),
            Shape::Sign(b',' | b'[' | b']' | b'.') => {}
            _ => return,
        }
    }
    let Some(table) = Table::new(text, names.into_iter()).filter(|_| closed) else { return };
    if !tokens.by_ref().take(4).any(|token| token.is(text, "values")) {
        return;
    }
    rows(text, tokens, |values| table.row(text, values, out));
}

/// `create table t (a int, b text); insert into t values (1, 'x')`, as dumps have
/// it: the hit ends before the name of the table.
pub(super) fn table(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let mut tokens = Tokens::new(text, hit.start, hit.end, REACH);
    let mut title: Option<Region> = None;
    for token in tokens.by_ref().take(10) {
        match token.shape {
            Shape::Sign(b'(') => break,
            Shape::Word | Shape::Name => title = Some(token.region),
            Shape::Sign(b'.') => {}
            _ => return,
        }
    }
    let Some(title) = title.and_then(|title| text.get(title.start..title.end)) else { return };
    let (mut depth, mut first) = (1_usize, true);
    let mut names = Vec::new();
    let mut end = hit.end;
    for token in tokens.take(COLUMNS * 12) {
        match token.shape {
            Shape::Sign(b'(') => depth += 1,
            Shape::Sign(b')') => depth -= 1,
            Shape::Sign(b',') if depth == 1 => {
                first = true;
                continue;
            }
            Shape::Word | Shape::Name if depth == 1 && first => {
                // Keys and constraints follow the columns.
                let clause =
                    ["primary", "key", "unique", "constraint", "index", "foreign", "check"]
                        .iter()
                        .any(|word| token.is(text, word));
                if !clause {
                    names.push(token.region);
                }
            }
            _ => {}
        }
        first = false;
        end = token.region.end;
        if depth == 0 {
            break;
        }
    }
    let Some(table) = Table::new(text, names.into_iter()).filter(|_| depth == 0) else { return };
    // The first rows come soon, past locks and comments.
    let Some(insert) = near::seek(text.as_bytes(), Region::new(end, end + 2048), "insert into")
    else {
        return;
    };
    let start = insert + "insert into".len();
    let mut tokens = Tokens::new(text, insert, start, REACH);
    let mut same = false;
    for token in tokens.by_ref().take(6) {
        match token.shape {
            Shape::Word if token.is(text, "values") => {
                if same {
                    rows(text, tokens, |values| table.row(text, values, out));
                }
                return;
            }
            Shape::Word | Shape::Name => same = token.text(text).eq_ignore_ascii_case(title),
            Shape::Sign(b'.') => {}
            _ => return,
        }
    }
}

/// Rows without the names of their columns: what follows the name of a secret
/// setting is its value.
fn settings(text: &str, tokens: Tokens<'_>, out: &mut Vec<Candidate>) {
    rows(text, tokens, |values| {
        for pair in values.windows(2) {
            let [Some(name), Some(value)] = *pair else { continue };
            let Some(spelling) = text.get(name.start..name.end) else { continue };
            let is_name = spelling.contains(['_', '.', '-'])
                && spelling.bytes().all(|b| near::is_word(b) || b".-".contains(&b))
                && holds(spelling) == Holds::Secret;
            if is_name && let Some(mut found) = secret(&COLUMN, text, value) {
                found.name = Some(Name { text: spelling.to_owned(), region: name });
                out.push(found);
            }
        }
    });
}

/// `set value = 'x' where name = 'smtp_password'`: the hit ends with the quote
/// before the value.
pub(super) fn update(text: &str, hit: Region) -> Option<Candidate> {
    let mut tokens = Tokens::new(text, hit.start, hit.end - 1, 1024);
    let value = tokens.next().filter(|token| token.shape == Shape::Text)?;
    let mut where_seen = false;
    for token in tokens.take(16) {
        match token.shape {
            Shape::Word if token.is(text, "where") => where_seen = true,
            Shape::Text if where_seen => {
                let spelling = token.text(text);
                if holds(spelling) != Holds::Secret {
                    return None;
                }
                let mut found = secret(&COLUMN, text, value.region)?;
                found.name = Some(Name { text: spelling.to_owned(), region: token.region });
                return Some(found);
            }
            Shape::Sign(b';') => return None,
            _ => {}
        }
    }
    None
}

/// Whether a function of SQL makes a hash of a password; `crypt` is found by its salt.
fn is_hash_function(name: &str) -> bool {
    ["md5", "sha", "sha1", "sha2", "sha256", "sha512", "password", "encrypt", "old_password"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Reads the rows that follow `values`.
fn rows(text: &str, tokens: Tokens<'_>, mut row: impl FnMut(&[Option<Region>])) {
    let mut values: Vec<Option<Region>> = Vec::new();
    let (mut depth, mut count) = (0_usize, 0);
    let mut pending: Option<Token> = None;
    // The string that a function makes a hash of: `MD5('…')`.
    let (mut hashes, mut hashed): (bool, Option<Token>) = (false, None);
    for token in tokens {
        if depth == 1 && token.shape == Shape::Word {
            hashes = is_hash_function(token.text(text));
        } else if depth == 2 && hashes && token.shape == Shape::Text {
            (hashes, hashed) = (false, Some(token));
        }
        match token.shape {
            Shape::Sign(b'(') => {
                depth += 1;
                if depth == 1 {
                    values.clear();
                    pending = None;
                } else {
                    // A call: its value is not known.
                    pending = None;
                }
            }
            Shape::Sign(b')') if depth > 0 => {
                depth -= 1;
                if depth == 1 {
                    pending = hashed.take();
                }
                if depth == 0 {
                    values.push(pending.take().map(|token| token.region));
                    row(&values);
                    count += 1;
                    if count == ROWS {
                        return;
                    }
                }
            }
            Shape::Sign(b',') if depth == 1 => {
                values.push(pending.take().map(|token| token.region));
                if values.len() > COLUMNS {
                    return;
                }
            }
            Shape::Sign(b';') if depth == 0 => return,
            Shape::Text | Shape::Name if depth == 1 => pending = Some(token),
            Shape::Word if depth == 1 && matches!(token.text(text), "N" | "E") => {}
            Shape::Word if depth == 0 && !token.is(text, "values") => return,
            _ if depth == 1 => pending = None,
            _ => {}
        }
    }
}

/// `COPY t (a, b) FROM stdin;` and rows of columns between tabs; the hit is
/// `from stdin`.
pub(super) fn copy(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let floor = hit.start.saturating_sub(2048);
    let line = bytes[floor..hit.start]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(floor, |at| floor + at + 1);
    let Some(head) = text.get(line..hit.start) else { return };
    let Some((open, close)) = head.find('(').zip(head.rfind(')')) else { return };
    if open >= close || !head.trim_start().to_ascii_lowercase().starts_with("copy") {
        return;
    }
    let names = head[open + 1..close].split(',').scan(line + open + 1, |start, name| {
        let trimmed = name.trim().trim_matches('"');
        let lead = name.find(trimmed).unwrap_or(0);
        let region = Region::new(*start + lead, *start + lead + trimmed.len());
        *start += name.len() + 1;
        Some(region)
    });
    let Some(table) = Table::new(text, names) else { return };
    let end = bytes.len().min(hit.end + REACH);
    let Some(newline) = (hit.end..end).find(|&at| bytes[at] == b'\n') else { return };
    let mut start = newline + 1;
    for _ in 0..ROWS {
        let Some(stop) = (start..end).find(|&at| bytes[at] == b'\n') else { return };
        let row = text.get(start..stop).unwrap_or_default();
        if row.starts_with("\\.") || row.is_empty() {
            return;
        }
        let values: Vec<Option<Region>> = row
            .split('\t')
            .scan(start, |at, value| {
                let region = Region::new(*at, *at + value.len());
                *at += value.len() + 1;
                Some((value != "\\N").then_some(region))
            })
            .collect();
        table.row(text, &values, out);
        start = stop + 1;
    }
}
