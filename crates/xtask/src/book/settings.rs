//! The reference of the settings, from their schema.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde_json::Value;

const INTRODUCTION: &str = "\
# Settings

Generated from the schema of the settings by `cargo xtask codegen`.

Settings stand in `seaworthy.toml`. That of the root speaks for the repository, one in
a directory below it for that directory, and the nearest wins; some keys count in the
root alone. All are optional: without a file the defaults hold. `seaworthy init` writes
a commented one, `seaworthy schema` prints the JSON Schema that editors complete and
check with.

A wrong setting is told with its place and makes the exit code 2; so no typing error
switches a rule off unseen. A setting that has no effect is told, too.
";

/// The page.
pub(super) fn page(schema: &str) -> anyhow::Result<String> {
    let schema: Value = serde_json::from_str(schema)?;
    let mut page = INTRODUCTION.to_owned();
    let properties = schema["properties"].as_object().context("a schema has properties")?;
    for (key, value) in properties {
        section(&mut page, 2, key, value, &schema)?;
    }
    Ok(page)
}

/// A key with what it means; its own keys as a table, or sections where they have keys
/// themselves.
fn section(
    page: &mut String,
    depth: usize,
    key: &str,
    value: &Value,
    schema: &Value,
) -> anyhow::Result<()> {
    let inner = target(value, schema);
    let (title, table) = match (inner["items"]["$ref"].is_string(), of_any_name(inner, schema)) {
        (true, _) => (format!("[[{key}]]"), Some(target(&inner["items"], schema))),
        (_, Some(named)) if named["properties"].is_object() => {
            (format!("[{key}.NAME]"), Some(named))
        }
        (_, Some(_)) => (format!("[{key}]"), None),
        _ if inner["properties"].is_object() => (format!("[{key}]"), Some(inner)),
        _ => (key.to_owned(), None),
    };
    let _ = write!(page, "\n{} `{title}`\n\n{}\n", "#".repeat(depth), prose(value));
    let Some(table) = table else {
        let _ = writeln!(page, "\nType: {}.", kind(value, schema));
        return Ok(());
    };
    let properties = table["properties"].as_object().context("an object has properties")?;
    let _ = write!(page, "\n| key | type | meaning |\n|---|---|---|\n");
    for (key, value) in properties {
        let _ = writeln!(
            page,
            "| `{key}` | {} | {} |",
            kind(value, schema).replace('|', "\\|"),
            prose(value).replace('|', "\\|")
        );
    }
    for (inner_key, value) in properties {
        if target(value, schema)["properties"].is_object() {
            section(page, depth + 1, &format!("{key}.NAME.{inner_key}"), value, schema)?;
        }
    }
    Ok(())
}

/// What is said of each entry of a table whose keys are free.
fn of_any_name<'s>(inner: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    inner["additionalProperties"]
        .is_object()
        .then(|| target(&inner["additionalProperties"], schema))
}

/// The schema behind a reference, and behind what may be left out.
fn target<'s>(value: &'s Value, schema: &'s Value) -> &'s Value {
    let some = value["anyOf"]
        .as_array()
        .and_then(|any| any.iter().find(|one| one["type"] != "null"))
        .unwrap_or(value);
    let name = some["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
    name.map_or(some, |name| &schema["$defs"][name])
}

fn kind(value: &Value, schema: &Value) -> String {
    let inner = target(value, schema);
    if let Some(names) = inner["enum"].as_array() {
        let names: Vec<String> =
            names.iter().filter_map(Value::as_str).map(|name| format!("`\"{name}\"`")).collect();
        return names.join(", ");
    }
    let name = match &inner["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        name => name.as_str(),
    };
    match name.unwrap_or("any") {
        "array" => format!("list of {}s", kind(&inner["items"], schema)),
        "object" => match of_any_name(inner, schema) {
            Some(named) if named["enum"].is_array() => format!("ids with {}", kind(named, schema)),
            _ => "table".to_owned(),
        },
        "integer" => "number".to_owned(),
        other => other.to_owned(),
    }
}

/// The description in one line.
fn prose(value: &Value) -> String {
    value["description"].as_str().unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ")
}
