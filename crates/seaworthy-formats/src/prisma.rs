//! `schema.prisma`: data sources, the variables that they read, and models with
//! their relations and indexes.
//!
//! Prisma's language is read line by line, an attribute in brackets over several.
//! What is not understood is passed over.

use seaworthy_model::Region;

/// The lines that the brackets of one attribute may span.
const LONGEST: usize = 64;

/// A schema, or one file of it.
#[derive(Clone, Debug, Default)]
pub struct PrismaSchema {
    /// The database, if the file says which.
    pub datasource: Option<Datasource>,
    /// Every `env("X")` of data sources and generators.
    pub variables: Vec<Named>,
    /// The models, in order.
    pub models: Vec<Model>,
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Where it stands, without quotes.
    pub region: Region,
}

/// A `datasource` block.
#[derive(Clone, Debug, Default)]
pub struct Datasource {
    /// `postgresql`, `mysql`, `sqlite`, `sqlserver`, `cockroachdb`, `mongodb`.
    pub provider: Option<String>,
    /// Whether Prisma keeps relations by itself, without foreign keys.
    pub keeps_relations: bool,
}

/// A `model` block.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: Named,
    /// Its fields with a type.
    pub fields: Vec<Field>,
    /// The fields of each `@@id`, `@@unique` and `@@index`, in order.
    pub indexes: Vec<Vec<String>>,
    /// Whether `@@ignore` keeps it out of the client.
    pub ignored: bool,
    /// Where the line of its closing bracket begins.
    pub end: usize,
}

/// A field of a model.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Named,
    /// Whether it is the key or unique by itself.
    pub unique: bool,
    /// The fields that hold the key of the other side, of a relation that says so.
    pub relation: Vec<String>,
}

enum Block {
    Datasource(Datasource),
    Model(Model),
    Other,
}

impl PrismaSchema {
    /// Reads a text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut schema = Self::default();
        let mut block: Option<Block> = None;
        let mut lines = Lines { text, at: 0 };
        while let Some((start, line)) = lines.next() {
            let code = line.trim();
            match &mut block {
                None => block = open(code, start, line),
                Some(_) if code == "}" => match block.take() {
                    Some(Block::Datasource(datasource)) => {
                        schema.datasource = Some(datasource);
                    }
                    Some(Block::Model(mut model)) => {
                        model.end = start;
                        schema.models.push(model);
                    }
                    _ => {}
                },
                Some(Block::Datasource(datasource)) => {
                    variables(line, start, &mut schema.variables);
                    if let Some((key, value)) = code.split_once('=') {
                        let value = value.trim().trim_matches('"');
                        match key.trim() {
                            "provider" => datasource.provider = Some(value.to_owned()),
                            "relationMode" | "referentialIntegrity" => {
                                datasource.keeps_relations = value == "prisma";
                            }
                            _ => {}
                        }
                    }
                }
                Some(Block::Model(model)) => {
                    let whole = lines.close_brackets(start, line);
                    member(whole, start, model);
                }
                Some(Block::Other) => variables(line, start, &mut schema.variables),
            }
        }
        schema
    }
}

fn open(code: &str, start: usize, line: &str) -> Option<Block> {
    let head = code.strip_suffix('{')?.trim_end();
    let mut words = head.split_whitespace();
    let (keyword, name) = (words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    Some(match keyword {
        "datasource" => Block::Datasource(Datasource::default()),
        "model" => {
            let after = line.find(keyword)? + keyword.len();
            let at = start + after + line[after..].find(name)?;
            Block::Model(Model {
                name: Named { name: name.to_owned(), region: Region::new(at, at + name.len()) },
                fields: Vec::new(),
                indexes: Vec::new(),
                ignored: false,
                end: start,
            })
        }
        // Generators read variables as well; enums, types and views do no harm.
        _ => Block::Other,
    })
}

/// Every `env("X")` of a line.
fn variables(line: &str, start: usize, found: &mut Vec<Named>) {
    for (at, call) in line.match_indices("env(\"") {
        let from = at + call.len();
        let Some(length) = line[from..].find('"') else { continue };
        let name = &line[from..from + length];
        let whole = !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if whole && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            let region = Region::new(start + from, start + from + length);
            found.push(Named { name: name.to_owned(), region });
        }
    }
}

/// A field or an attribute of the model.
fn member(line: &str, start: usize, model: &mut Model) {
    let code = line.trim();
    if let Some(attribute) = code.strip_prefix("@@") {
        let name: &str = attribute.split(['(', ' ', '\t']).next().unwrap_or("");
        match name {
            "id" | "unique" | "index" => model.indexes.push(listed(attribute, "fields")),
            "ignore" => model.ignored = true,
            _ => {}
        }
        return;
    }
    let name: &str = code.split([' ', '\t']).next().unwrap_or("");
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if name.is_empty() || !is_name || name.len() == code.len() {
        return;
    }
    let at = start + (line.len() - line.trim_start().len());
    model.fields.push(Field {
        name: Named { name: name.to_owned(), region: Region::new(at, at + name.len()) },
        unique: has_attribute(code, "@id") || has_attribute(code, "@unique"),
        relation: code
            .find("@relation(")
            .map(|at| &code[at..])
            .filter(|relation| relation.contains("fields"))
            .map_or_else(Vec::new, |relation| listed(relation, "fields")),
    });
}

fn has_attribute(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].bytes().next_back();
        let after = code[at + name.len()..].bytes().next();
        before != Some(b'@')
            && !after.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The names in the list of an attribute: that of the argument, or the first one.
fn listed(attribute: &str, argument: &str) -> Vec<String> {
    let from = attribute.find(argument).map_or(0, |at| at + argument.len());
    let Some(open) = attribute[from..].find('[') else { return Vec::new() };
    let rest = &attribute[from + open + 1..];
    let inner = rest.split(']').next().unwrap_or(rest);
    inner
        .split(',')
        .map(|name| {
            // `name(sort: Desc)`, and brackets that a comma within them cuts.
            let name = name.trim().split('(').next().unwrap_or("");
            name.trim().to_owned()
        })
        .filter(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
        .collect()
}

struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    /// The next line without its comment, and where it begins.
    fn next(&mut self) -> Option<(usize, &'t str)> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        self.at = start + length;
        Some((start, without_comment(&rest[..length])))
    }

    /// The line that begins at `start`, with those after it until its brackets are
    /// closed.
    fn close_brackets(&mut self, start: usize, first: &'t str) -> &'t str {
        let mut depth = depth(first);
        if depth <= 0 {
            return first;
        }
        let before = self.at;
        for _ in 0..LONGEST {
            let Some((_, line)) = self.next() else { break };
            depth += self::depth(line);
            if depth <= 0 {
                return &self.text[start..self.at];
            }
        }
        // It is never closed: the line counts by itself.
        self.at = before;
        first
    }
}

fn depth(line: &str) -> i64 {
    let mut depth = 0;
    let mut quoted = false;
    for byte in line.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'(' | b'[' if !quoted => depth += 1,
            b')' | b']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let bytes = line.as_bytes();
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'/' if !quoted && bytes.get(index + 1) == Some(&b'/') => return &line[..index],
            _ => {}
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"// model Old {
generator client {
  provider      = "prisma-client-js"
  binaryTargets = ["native"]
}

datasource db {
  provider  = "postgresql" // "mysql"
  url       = env("DATABASE_URL")
  directUrl = env("DIRECT_URL") // env("OLD_URL")
}

enum Kind {
  A
  B
}

model Order {
  id       String  @id @default(cuid())
  number   Int     @unique
  userId   String
  shopId   String  @map("shop//id")
  user     User    @relation(fields: [userId], references: [id], onDelete: Cascade)
  shop     Shop    @relation("orders",
    fields: [shopId, region],
    references: [id, region])
  items    Item[]
  region   String

  @@index([shopId, region(sort: Desc)])
  @@unique(fields: [userId, number], name: "fields")
  @@map("orders")
}
"#;

    #[test]
    fn what_matters_of_a_schema_is_read() {
        let schema = PrismaSchema::parse(TEXT);
        let source = schema.datasource.expect("there is one");
        assert_eq!(
            (source.provider.as_deref(), source.keeps_relations),
            (Some("postgresql"), false)
        );
        let variables: Vec<_> =
            schema.variables.iter().map(|v| (v.name.as_str(), v.region.of(TEXT))).collect();
        assert_eq!(variables, [("DATABASE_URL", "DATABASE_URL"), ("DIRECT_URL", "DIRECT_URL")]);
        let [order] = &schema.models[..] else { panic!("one model") };
        assert_eq!(order.name.region.of(TEXT), "Order");
        assert!(TEXT[order.end..].starts_with('}'));
        let relations: Vec<_> = order
            .fields
            .iter()
            .filter(|field| !field.relation.is_empty())
            .map(|field| (field.name.region.of(TEXT), field.relation.join(" ")))
            .collect();
        assert_eq!(
            relations,
            [("user", "userId".to_owned()), ("shop", "shopId region".to_owned())]
        );
        let unique: Vec<_> =
            order.fields.iter().filter(|f| f.unique).map(|f| f.name.name.as_str()).collect();
        assert_eq!(unique, ["id", "number"]);
        assert_eq!(order.indexes, [vec!["shopId", "region"], vec!["userId", "number"]]);
    }

    #[test]
    fn broken_texts_are_read_to_their_end() {
        for text in [
            "",
            "model {",
            "model A {",
            "model A {\n x B @relation(fields: [",
            "datasource db {\n url = env(\"",
            "model A {\n}\n}\n}",
            "model \u{e9} {\n \u{e9} B @id\n @@index([\u{e9}",
        ] {
            let _ = PrismaSchema::parse(text);
        }
        let open = format!("model A {{\n{}", "x B @relation(\n".repeat(3_000));
        let _ = PrismaSchema::parse(&open);
    }
}
