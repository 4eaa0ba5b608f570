//! What each statement of a migration changes.

use crate::sql::{Kind, Named, Reader, Statement, Token, body_statements, statements};

use super::access::{Access, Privileges};
use super::policy::{Command, Condition, Policy, always};
use super::{Database, Place, Table};

/// How deep bodies may lie in bodies.
const MAX_DEPTH: usize = 4;

/// Where the text of a statement stands in its migration.
#[derive(Clone, Copy)]
struct At {
    /// The bytes before the text.
    offset: usize,
    /// How many bodies are around it.
    depth: usize,
}

pub(super) fn migration(database: &mut Database, text: &str) {
    let at = At { offset: 0, depth: 0 };
    for statement in statements(text) {
        apply(database, &statement, at);
    }
}

fn apply(database: &mut Database, statement: &Statement<'_>, at: At) {
    let mut reader = Reader::new(&statement.tokens);
    match reader.eat_any(&[
        "create", "alter", "drop", "grant", "revoke", "set", "do", "execute", "select", "call",
        "perform",
    ]) {
        Some("create") => create(database, reader, statement, at),
        Some("alter") => alter(database, reader, at),
        Some("drop") => drop(database, reader),
        Some("grant") => privileges(database, reader, true),
        Some("revoke") => privileges(database, reader, false),
        Some("set") => set(database, reader),
        Some("do") => block(database, statement, at),
        Some("execute") if at.depth > 0 => execute(database, statement, at),
        Some("select" | "call" | "perform") => call(database, statement, reader),
        _ => {}
    }
}

fn create(database: &mut Database, mut reader: Reader<'_, '_>, statement: &Statement<'_>, at: At) {
    reader.eat(&["or", "replace"]);
    if reader.eat_any(&["temp", "temporary", "local", "global", "foreign"]).is_some() {
        return;
    }
    reader.eat(&["unlogged"]);
    match reader.eat_any(&["table", "policy", "function", "procedure", "event", "schema"]) {
        Some("table") => {
            reader.eat(&["if", "not", "exists"]);
            let Some(named) = reader.qualified() else { return };
            let name = database.resolve(&named);
            if database.tables.contains_key(&name) {
                return;
            }
            let table = Table {
                created: database.place(at.offset, named.start, named.end),
                statement_end: (at.depth == 0).then_some(statement.end),
                secured: database.secures_new_tables,
                switched_off: None,
                access: database.default_access.get(&name.schema).copied().unwrap_or_default(),
            };
            database.tables.insert(name, table);
        }
        Some("policy") => create_policy(database, reader, at),
        Some("function" | "procedure") => {
            let Some(named) = reader.qualified() else { return };
            if reader.rest().iter().any(|token| secures(token)) {
                database.securing_functions.push(named.name);
            }
        }
        Some("event") => {
            let rest = reader.rest();
            let ends = rest.iter().any(|token| token.is("ddl_command_end"));
            let called = rest
                .iter()
                .filter_map(Token::name)
                .any(|name| database.securing_functions.iter().any(|known| *known == name));
            database.secures_new_tables |= ends && called;
        }
        _ => {}
    }
}

fn create_policy(database: &mut Database, mut reader: Reader<'_, '_>, at: At) {
    let Some(name) = reader.name() else { return };
    if !reader.eat(&["on"]) {
        return;
    }
    let Some(table) = reader.qualified() else { return };
    let mut policy = Policy {
        name,
        table: database.resolve(&table),
        permissive: true,
        command: Command::All,
        roles: vec!["public".to_owned()],
        using: None,
        check: None,
    };
    policy_clauses(database, &mut policy, reader, at);
    database.policies.push(policy);
}

fn policy_clauses(database: &Database, policy: &mut Policy, mut reader: Reader<'_, '_>, at: At) {
    loop {
        if reader.eat(&["as"]) {
            policy.permissive = !reader.eat(&["restrictive"]);
        } else if reader.eat(&["for"]) {
            policy.command = match reader.eat_any(&["all", "select", "insert", "update", "delete"])
            {
                Some("select") => Command::Select,
                Some("insert") => Command::Insert,
                Some("update") => Command::Update,
                Some("delete") => Command::Delete,
                _ => Command::All,
            };
        } else if reader.eat(&["to"]) {
            policy.roles = reader.names().into_iter().map(|named| named.name).collect();
        } else if reader.eat(&["using"]) {
            policy.using = condition(database, &mut reader, at);
        } else if reader.eat(&["with", "check"]) {
            policy.check = condition(database, &mut reader, at);
        } else if reader.skip().is_none() {
            return;
        }
    }
}

fn condition(database: &Database, reader: &mut Reader<'_, '_>, at: At) -> Option<Condition> {
    let (inside, range) = reader.group()?;
    Some(Condition {
        always: always(inside),
        place: database.place(at.offset, range.start, range.end),
    })
}

fn alter(database: &mut Database, mut reader: Reader<'_, '_>, at: At) {
    if reader.eat(&["table"]) {
        reader.eat(&["if", "exists"]);
        reader.eat(&["only"]);
        let Some(named) = reader.qualified() else { return };
        alter_table(database, &named, reader, at);
    } else if reader.eat(&["policy"]) {
        let Some(name) = reader.name() else { return };
        if !reader.eat(&["on"]) {
            return;
        }
        let Some(table) = reader.qualified() else { return };
        let table = database.resolve(&table);
        let Some(index) = database.policies.iter().position(|p| p.name == name && p.table == table)
        else {
            return;
        };
        let mut policy = database.policies[index].clone();
        if reader.eat(&["rename", "to"]) {
            policy.name = reader.name().unwrap_or(name);
        } else {
            policy_clauses(database, &mut policy, reader, at);
        }
        database.policies[index] = policy;
    } else if reader.eat(&["default", "privileges"]) {
        default_privileges(database, reader);
    }
}

fn alter_table(database: &mut Database, named: &Named, mut reader: Reader<'_, '_>, at: At) {
    let name = database.resolve(named);
    if reader.eat(&["rename", "to"]) {
        if let Some(to) = reader.name() {
            database.move_table(&name, &super::Name { schema: name.schema.clone(), name: to });
        }
        return;
    }
    if reader.eat(&["set", "schema"]) {
        if let Some(schema) = reader.name() {
            database.move_table(&name, &super::Name { schema, name: name.name.clone() });
        }
        return;
    }
    let place = database.place(at.offset, named.start, named.end);
    let Some(table) = database.tables.get_mut(&name) else { return };
    for action in reader.rest().windows(4) {
        if ["row", "level", "security"].iter().zip(&action[1..]).all(|(word, t)| t.is(word)) {
            if action[0].is("enable") {
                table.secured = true;
                table.switched_off = None;
            } else if action[0].is("disable") {
                table.switched_off = table.secured.then_some(place.clone());
                table.secured = false;
            }
        }
    }
}

fn drop(database: &mut Database, mut reader: Reader<'_, '_>) {
    match reader.eat_any(&["table", "policy", "schema"]) {
        Some("table") => {
            reader.eat(&["if", "exists"]);
            for named in reader.names() {
                let name = database.resolve(&named);
                database.drop_table(&name);
            }
        }
        Some("policy") => {
            reader.eat(&["if", "exists"]);
            let Some(name) = reader.name() else { return };
            if reader.eat(&["on"])
                && let Some(table) = reader.qualified()
            {
                let table = database.resolve(&table);
                database.policies.retain(|policy| policy.name != name || policy.table != table);
            }
        }
        Some("schema") => {
            reader.eat(&["if", "exists"]);
            for schema in reader.names() {
                database.tables.retain(|name, _| name.schema != schema.name);
                database.policies.retain(|policy| policy.table.schema != schema.name);
            }
        }
        _ => {}
    }
}

/// `grant … on … to …` and `revoke … on … from …`.
fn privileges(database: &mut Database, mut reader: Reader<'_, '_>, grants: bool) {
    let Some(given) = privileges_before_on(&mut reader) else { return };
    let whole_schemas = reader.eat(&["all", "tables", "in", "schema"]);
    let table = reader.eat(&["table"]);
    const OTHERS: &[&str] = &[
        "all",
        "schema",
        "sequence",
        "function",
        "procedure",
        "routine",
        "database",
        "domain",
        "type",
        "language",
        "foreign",
        "tablespace",
        "large",
        "parameter",
    ];
    if !whole_schemas && !table && reader.eat_any(OTHERS).is_some() {
        return;
    }
    let names = reader.names();
    if !(reader.eat(&["to"]) || reader.eat(&["from"])) {
        return;
    }
    let roles = reader.names();
    for named in &names {
        let resolved = database.resolve(named);
        for (name, table) in &mut database.tables {
            if (whole_schemas && name.schema == named.name) || *name == resolved {
                roles.iter().for_each(|role| note(&mut table.access, &role.name, given, grants));
            }
        }
    }
}

/// The privileges that stand before `on`, which is read too.
fn privileges_before_on(reader: &mut Reader<'_, '_>) -> Option<Privileges> {
    let mut given = Privileges::default();
    while !reader.eat(&["on"]) {
        let word = reader.skip()?;
        given = if word.is("all") { Privileges::ALL } else { given.and(word.text) };
    }
    Some(given)
}

fn note(access: &mut Access, role: &str, privileges: Privileges, grants: bool) {
    match grants {
        true => access.grant(role, privileges),
        false => access.revoke(role, privileges),
    }
}

fn default_privileges(database: &mut Database, mut reader: Reader<'_, '_>) {
    let mut schemas = vec!["public".to_owned()];
    let grants = loop {
        if reader.eat(&["in", "schema"]) {
            schemas = reader.names().into_iter().map(|named| named.name).collect();
        } else if reader.eat(&["grant"]) {
            break true;
        } else if reader.eat(&["revoke"]) {
            break false;
        } else if reader.skip().is_none() {
            return;
        }
    };
    let Some(given) = privileges_before_on(&mut reader) else { return };
    if !reader.eat(&["tables"]) || !(reader.eat(&["to"]) || reader.eat(&["from"])) {
        return;
    }
    for role in reader.names() {
        for schema in &schemas {
            let access = database.default_access.entry(schema.clone()).or_default();
            note(access, &role.name, given, grants);
        }
    }
}

fn set(database: &mut Database, mut reader: Reader<'_, '_>) {
    reader.eat_any(&["local", "session"]);
    if !reader.eat(&["search_path"]) || !(reader.eat(&["to"]) || reader.eat_sign("=")) {
        return;
    }
    let first = reader.skip();
    database.current_schema = first.and_then(|token| match token.kind {
        Kind::Text => Some(token.text.to_owned()),
        _ => token.name().map(std::borrow::Cow::into_owned),
    });
    // `set search_path = ''` makes every name without a schema an error.
    database.current_schema.take_if(|schema| schema.is_empty() || schema == "default");
}

/// The body of a `do`, taken for executed.
fn block(database: &mut Database, statement: &Statement<'_>, at: At) {
    if at.depth >= MAX_DEPTH {
        return;
    }
    for token in &statement.tokens {
        let Some((start, body)) = token.inside() else { continue };
        let inner = At { offset: at.offset + start, depth: at.depth + 1 };
        let mut generated = false;
        for statement in body_statements(body) {
            apply(database, &statement, inner);
            generated |= statement.tokens.iter().any(|token| token.is("execute"))
                && statement.tokens.iter().any(secures)
                && plain_execute(&statement).is_none();
        }
        if generated {
            secure_named(database, body);
        }
    }
}

/// A statement that is executed as a text without anything put into it.
fn plain_execute<'t>(statement: &Statement<'t>) -> Option<(usize, &'t str)> {
    match &statement.tokens[..] {
        [execute, text] if execute.is("execute") => text.inside(),
        _ => None,
    }
}

fn execute(database: &mut Database, statement: &Statement<'_>, at: At) {
    let Some((start, text)) = plain_execute(statement) else { return };
    if at.depth < MAX_DEPTH {
        let inner = At { offset: at.offset + start, depth: at.depth + 1 };
        for statement in statements(text) {
            apply(database, &statement, inner);
        }
    }
}

/// A call of a function that switches row level security on.
fn call(database: &mut Database, statement: &Statement<'_>, mut reader: Reader<'_, '_>) {
    let Some(named) = reader.qualified() else { return };
    if !database.securing_functions.contains(&named.name) {
        return;
    }
    let texts: Vec<&str> = statement
        .tokens
        .iter()
        .filter(|token| token.kind == Kind::Text)
        .map(|token| token.text)
        .collect();
    secure(database, &texts, texts.is_empty());
}

/// Whether a text contains the words that switch row level security on.
fn secures(token: &Token<'_>) -> bool {
    if !matches!(token.kind, Kind::Text | Kind::Dollar) {
        return false;
    }
    let mut words = token.text.split_whitespace().map(str::to_ascii_lowercase);
    while let Some(word) = words.next() {
        if word.ends_with("enable")
            && words.next().as_deref() == Some("row")
            && words.next().as_deref() == Some("level")
            && words.next().is_some_and(|word| word.starts_with("security"))
        {
            return true;
        }
    }
    false
}

/// Switches it on where a body puts its statements together: for the tables that
/// it lists, or for all that there are when it asks the catalogue for them.
fn secure_named(database: &mut Database, body: &str) {
    let mut texts = Vec::new();
    let (mut asks, mut lists) = (false, false);
    for statement in statements(body) {
        for token in statement.tokens {
            if token.kind == Kind::Text {
                texts.push(token.text);
            }
            let is = |words: &[&str]| words.iter().any(|word| token.is(word));
            asks |= is(&["pg_tables", "pg_class", "information_schema"]);
            lists |= is(&["array", "values"]);
        }
    }
    secure(database, &texts, asks && !lists);
}

fn secure(database: &mut Database, texts: &[&str], all: bool) {
    let listed = |table: &super::Name| {
        texts.iter().any(|text| {
            let parts = text.rsplit_once('.').unwrap_or(("", text));
            parts.1.trim_matches('"') == table.name
                || text.split(',').any(|item| item.trim() == table.name)
        })
    };
    let all = all || !database.tables.keys().any(listed);
    for (name, table) in &mut database.tables {
        if all || listed(name) {
            table.secured = true;
            table.switched_off = None;
        }
    }
}

impl Place {
    /// As a range.
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.start..self.end
    }
}
