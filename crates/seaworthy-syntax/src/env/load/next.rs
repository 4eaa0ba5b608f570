//! `@next/env`: `dotenv`, then an expansion of `$NAME`, `${NAME}` and
//! `${NAME:-default}` whatever the quotes.
//!
//! The expansion replaces the last unescaped reference until none is left, with
//! JavaScript's string `replace`: it changes the first place that reads alike,
//! and `$$`, `$&`, `` $` `` and `$'` in the replacement have their special
//! meaning. A value that refers to itself overflows the stack, which loses the
//! whole file.

use seaworthy_model::Region;

use super::{Budget, EnvLoadError, Environment, TOO_LARGE, Table, dotenv};

/// How deep the expansion of one value goes before Node's stack overflows, as
/// measured with Node 20 and its default stack size.
const STACK: usize = 6_250;

pub(super) fn load(text: &str, environment: Environment<'_>) -> Result<Table, EnvLoadError> {
    let mut parsed = dotenv::load(text);
    let mut budget = Budget::new(text);
    for position in property_order(&parsed) {
        let entry = &parsed.values[position];
        let region = entry.key_region;
        let value = match environment(&entry.key) {
            Some(value) => value,
            None => entry.value.clone().unwrap_or_default(),
        };
        let value = interpolate(value, &parsed, environment, &mut budget, region)?;
        parsed.values[position].value = Some(value.replace("\\$", "$"));
    }
    // What the environment sets already stays as it is there.
    parsed.values.retain(|entry| environment(&entry.key).is_none());
    Ok(parsed)
}

/// The order of a JavaScript object's properties: integers first, by size.
fn property_order(table: &Table) -> Vec<usize> {
    let index = |key: &str| {
        let number: u32 = key.parse().ok().filter(|&number| number < u32::MAX)?;
        (number.to_string() == key).then_some(number)
    };
    let mut order: Vec<usize> = (0..table.values.len()).collect();
    order.sort_by_key(|&position| {
        let number = index(&table.values[position].key);
        (number.is_none(), number)
    });
    order
}

fn interpolate(
    mut value: String,
    parsed: &Table,
    environment: Environment<'_>,
    budget: &mut Budget,
    region: Region,
) -> Result<String, EnvLoadError> {
    for _ in 0..STACK {
        let Some(reference) = last_reference(&value) else { return Ok(value) };
        let from_environment = environment(reference.name).filter(|found| !found.is_empty());
        let replacement = match &from_environment {
            Some(found) => found,
            None if !reference.default.is_empty() => reference.default,
            None => parsed.get(reference.name).flatten().unwrap_or(""),
        };
        match replace_first(&value, reference.text, replacement, budget) {
            Some(replaced) => value = replaced,
            None => return Err(EnvLoadError::new(region, TOO_LARGE)),
        }
    }
    Err(EnvLoadError::new(region, "references form a cycle, which overflows the loader's stack"))
}

struct Reference<'a> {
    text: &'a str,
    name: &'a str,
    default: &'a str,
}

/// The reference at the last `$` without a backslash before it, if there is one.
fn last_reference(value: &str) -> Option<Reference<'_>> {
    let bytes = value.as_bytes();
    let start = memchr::memrchr_iter(b'$', bytes).find(|&at| at == 0 || bytes[at - 1] != b'\\')?;
    let name_start = start + 1 + usize::from(bytes.get(start + 1) == Some(&b'{'));
    let rest = &value[name_start..];
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = rest.bytes().take_while(is_word).count();
    if length == 0 {
        return None;
    }
    let (name, mut rest) = rest.split_at(length);
    let mut default = "";
    if let Some(text) = rest.strip_prefix(":-") {
        (default, rest) = text.split_at(text.find(['}', '\\']).unwrap_or(text.len()));
    }
    let rest = rest.strip_prefix('}').unwrap_or(rest);
    Some(Reference { text: &value[start..value.len() - rest.len()], name, default })
}

/// JavaScript's `value.replace(pattern, replacement)` for strings; `None` when
/// the budget does not allow the result.
fn replace_first(
    value: &str,
    pattern: &str,
    replacement: &str,
    budget: &mut Budget,
) -> Option<String> {
    let at = value.find(pattern)?;
    let (before, rest) = value.split_at(at);
    let after = &rest[pattern.len()..];
    if !budget.spend(value.len() + replacement.len()) {
        return None;
    }
    let mut result = String::with_capacity(value.len() + replacement.len());
    result.push_str(before);
    let mut pieces = replacement.split('$');
    result.push_str(pieces.next().unwrap_or(""));
    while let Some(piece) = pieces.next() {
        let special = match piece.as_bytes().first() {
            Some(b'&') => pattern,
            Some(b'`') => before,
            Some(b'\'') => after,
            // The second `$` of `$$` ends this piece; the next one is text.
            None => {
                result.push('$');
                result.push_str(pieces.next().unwrap_or(""));
                continue;
            }
            Some(_) => {
                result.push('$');
                result.push_str(piece);
                continue;
            }
        };
        if !budget.spend(special.len()) {
            return None;
        }
        result.push_str(special);
        result.push_str(&piece[1..]);
    }
    result.push_str(after);
    Some(result)
}
