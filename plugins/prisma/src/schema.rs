//! Where a project's database is: the datasource of a Prisma schema, or of a
//! `prisma.config.ts`.

use std::ops::Range;

/// What a `url` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The connection string itself; its bytes without quotes.
    Literal(Range<usize>),
    /// A variable; the bytes of its name.
    Variable(Range<usize>),
}

/// A field of a datasource that holds a connection string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UrlField {
    /// `url`, `directUrl`, `shadowDatabaseUrl`.
    pub(crate) field: &'static str,
    /// What it says.
    pub(crate) source: Source,
    /// The bytes of the whole value: the quotes, or the call.
    pub(crate) whole: Range<usize>,
}

/// A datasource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Datasource {
    /// `postgresql`, `mysql` …; none where it is not written here.
    pub(crate) provider: Option<String>,
    pub(crate) urls: Vec<UrlField>,
}

const FIELDS: [&str; 3] = ["url", "directUrl", "shadowDatabaseUrl"];

/// The datasource of a Prisma schema. A schema has one at most; of more the
/// fields are taken together.
pub(crate) fn datasource(schema: &str) -> Option<Datasource> {
    let mut found: Option<Datasource> = None;
    let mut inside = false;
    let mut at = 0;
    for line in schema.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let code = without_comment(line);
        let mut words = code.split_whitespace();
        if !inside {
            inside = words.next() == Some("datasource") && code.contains('{');
            if inside {
                found.get_or_insert_default();
            }
            continue;
        }
        if code.trim_start().starts_with('}') {
            inside = false;
            continue;
        }
        let Some((key, value)) = code.split_once('=') else { continue };
        let value_start = start + key.len() + 1;
        let Some(datasource) = found.as_mut() else { continue };
        match key.trim() {
            "provider" => {
                datasource.provider =
                    quoted(value, value_start).map(|(range, _)| schema[range].to_ascii_lowercase());
            }
            key => {
                let field = FIELDS.into_iter().find(|field| *field == key);
                if let Some((field, (source, whole))) = field.zip(source(value, value_start)) {
                    datasource.urls.push(UrlField { field, source, whole });
                }
            }
        }
    }
    found
}

/// The datasource of a `prisma.config.ts`.
pub(crate) fn config_datasource(config: &str) -> Option<Datasource> {
    let block = config.match_indices("datasource").find_map(|(at, word)| {
        let after = config[at + word.len()..].trim_start();
        let body = after.strip_prefix(':')?.trim_start().strip_prefix('{')?;
        Some(config.len() - body.len())
    })?;
    let end = block + config[block..].find('}').unwrap_or(config.len() - block);
    let mut datasource = Datasource::default();
    let mut at = block;
    for line in config[block..end].split_inclusive('\n') {
        let start = at;
        at += line.len();
        let code = without_comment(line);
        for field in FIELDS {
            let Some(key) = code.find(field) else { continue };
            let alone = !code[..key].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let after = key + field.len();
            let Some(value) = code[after..].trim_start().strip_prefix(':') else { continue };
            let value_start = start + code.len() - value.len();
            if alone && let Some((source, whole)) = source(value, value_start) {
                datasource.urls.push(UrlField { field, source, whole });
            }
        }
    }
    Some(datasource)
}

/// A line up to its comment, which does not begin inside quotes.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (c, quote) {
            ('"' | '\'' | '`', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('/', None) if line[at..].starts_with("//") => return &line[..at],
            _ => {}
        }
    }
    line
}

/// Of a value that stands `start` bytes into a file: what it says, and its bytes.
fn source(value: &str, start: usize) -> Option<(Source, Range<usize>)> {
    let trimmed = value.trim_start();
    let start = start + value.len() - trimmed.len();
    if let Some((inside, whole)) = quoted(trimmed, start) {
        return Some((Source::Literal(inside), whole));
    }
    if let Some(rest) = trimmed.strip_prefix("env(") {
        let (name, end) = quoted(rest, start + 4)?;
        let close = rest.find(')').map_or(end.end, |close| start + 4 + close + 1);
        return Some((Source::Variable(name), start..close));
    }
    let rest = trimmed.strip_prefix("process.env.")?;
    let length =
        rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let name = start + "process.env.".len();
    (length > 0).then(|| (Source::Variable(name..name + length), start..name + length))
}

/// A text in quotes at the start: its bytes without and with them.
fn quoted(value: &str, start: usize) -> Option<(Range<usize>, Range<usize>)> {
    let trimmed = value.trim_start();
    let start = start + value.len() - trimmed.len();
    let quote = trimmed.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let length = trimmed[1..].find(quote)?;
    Some((start + 1..start + 1 + length, start..start + length + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_says_where_its_database_is() {
        let schema = r#"
generator client {
  provider = "prisma-client-js"
  url = "not a datasource"
}
// datasource old { url = "postgres://a:b@c/d" }
datasource db {
  provider  = "PostgreSQL" // url = "x"
  url       = env("DATABASE_URL")
  // url    = "postgresql://u:p@h/d"
  directUrl = "postgresql://u:p@h/d"
}
model Page { url String @default("https://x") }
"#;
        let found = datasource(schema).expect("a datasource");
        assert_eq!(found.provider.as_deref(), Some("postgresql"));
        assert_eq!(found.urls.len(), 2);
        let Source::Variable(name) = &found.urls[0].source else { panic!("{found:?}") };
        assert_eq!(&schema[name.clone()], "DATABASE_URL");
        assert_eq!(&schema[found.urls[0].whole.clone()], "env(\"DATABASE_URL\")");
        let Source::Literal(text) = &found.urls[1].source else { panic!("{found:?}") };
        assert_eq!(&schema[text.clone()], "postgresql://u:p@h/d");
        assert_eq!(found.urls[1].field, "directUrl");
    }

    #[test]
    fn without_a_datasource_there_is_none() {
        assert_eq!(datasource("model A { id Int @id }"), None);
        assert_eq!(
            datasource("datasource db {\n  url = \n}").map(|found| found.urls),
            Some(vec![])
        );
        for broken in
            ["datasource db {", "datasource db {\nurl = \"", "datasource db {\nurl = env("]
        {
            assert!(datasource(broken).is_some_and(|found| found.urls.is_empty()), "{broken}");
        }
    }

    #[test]
    fn a_configuration_says_it_too() {
        let cases = [
            ("datasource: { url: env('DATABASE_URL') }", Some("DATABASE_URL")),
            ("datasource: {\n // url: 'x'\n  url: process.env.DB_URL!,\n}", Some("DB_URL")),
            ("datasource: {\n  url: \"postgres://u:p@h/d\",\n}", Some("postgres://u:p@h/d")),
            ("datasource: { shadowUrl: 'x' }", None),
        ];
        for (text, expected) in cases {
            let found = config_datasource(text).expect("a datasource");
            let said = found.urls.first().map(|url| match &url.source {
                Source::Literal(range) | Source::Variable(range) => &text[range.clone()],
            });
            assert_eq!(said, expected, "{text}");
        }
        assert_eq!(config_datasource("export default {}"), None);
    }
}
