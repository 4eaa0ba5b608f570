//! Puts lines between the lines of YAML and JSON files, which keep all of theirs.
//!
//! Each edit is checked by parsing: afterwards there is one entry more, and every
//! other one is the text that it was.

use seaworthy_syntax::{NodeRef, Tree, json, yaml};

/// The text with `lines` as a further item of the list, or entry of the mapping, that
/// stands at `path` in YAML's block style. Lines are written without the indent of
/// their place.
pub(super) fn yaml_entry(text: &str, path: &[&str], lines: &[&str]) -> Option<String> {
    let tree = sound(yaml::parse(text))?;
    let node = tree.root().at(path)?;
    let (first, last) = (starts(node).next()?, node.region().end);
    let line_start = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..first];
    let blank = before.len() - before.trim_start_matches(' ').len();
    let rest = &before[blank..];
    // A list's item stands behind its dash; in flow style it stands behind a bracket.
    let fits = match node.is_sequence() {
        true => rest.strip_prefix('-').is_some_and(|rest| rest.trim_matches(' ').is_empty()),
        false => rest.is_empty() && !text[node.region().start..].starts_with('{'),
    };
    if !fits {
        return None;
    }
    let at = end_of_block(text, last, blank);
    let after = spliced(text, at, &indented(lines, &" ".repeat(blank)));
    checked(text, &after, path)
}

/// The text with lines at its end, as a further key of YAML.
pub(super) fn yaml_key(text: &str, lines: &[&str]) -> Option<String> {
    let tree = sound(yaml::parse(text))?;
    let flow = text.trim_start().starts_with('{');
    // Only what is one block mapping, or nothing yet, goes on below.
    if tree.documents().count() > 1 || flow || !(tree.root().is_mapping() || tree.root().is_null())
    {
        return None;
    }
    let mut all = Vec::with_capacity(lines.len() + 1);
    if !text.trim().is_empty() {
        all.push("");
    }
    all.extend(lines);
    let after = spliced(text.trim_end_matches(['\n', '\r', ' ']), usize::MAX, &indented(&all, ""));
    let after = match text.contains("\r\n") {
        true => after.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => after,
    };
    match tree.root().is_null() {
        true => Some(after),
        false => checked(text, &after, &[]),
    }
}

/// The text with a further member of the JSON object at `path`.
pub(super) fn json_member(text: &str, path: &[&str], key: &str, value: &str) -> Option<String> {
    let tree = sound(json::parse(text))?;
    let node = tree.root().at(path).filter(|node| node.is_mapping())?;
    let last = node.written_entries().last()?;
    let start = last.key.region().start;
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line_start..start];
    let end = last.value.region().end;
    // A comma or a comment may follow; then it is not as JSON is usually written.
    if !text[end..].trim_start().starts_with('}') {
        return None;
    }
    let member = format!("\"{key}\": \"{value}\"");
    let after = match indent.trim().is_empty() {
        true => {
            let eol = if text.contains("\r\n") { "\r\n" } else { "\n" };
            format!("{},{eol}{indent}{member}{}", &text[..end], &text[end..])
        }
        false => format!("{}, {member}{}", &text[..end], &text[end..]),
    };
    let tree = sound(json::parse(&after))?;
    let grown = tree.root().at(path)?.written_entries().count();
    (grown == node.written_entries().count() + 1).then_some(after)
}

/// A tree without faults.
fn sound(tree: Tree) -> Option<Tree> {
    (tree.errors().is_empty() && !tree.is_uncertain()).then_some(tree)
}

/// Where the items or keys of a collection begin.
fn starts<'a>(node: NodeRef<'a>) -> impl Iterator<Item = usize> + 'a {
    let items = node.items().map(|item| item.region().start);
    items.chain(node.written_entries().map(|entry| entry.key.region().start))
}

/// Where the line after a block ends: behind its last line and the comments that are
/// moved in further than it.
fn end_of_block(text: &str, last: usize, indent: usize) -> usize {
    let end_of_line = |from: usize| text[from..].find('\n').map_or(text.len(), |at| from + at + 1);
    // The region of a block scalar ends behind its line break.
    let behind = last > 0 && text.as_bytes()[last - 1] == b'\n';
    let mut at = if behind { last } else { end_of_line(last) };
    loop {
        let end = end_of_line(at);
        let line = &text[at..end];
        let body = line.trim_start_matches(' ');
        if !body.starts_with('#') || line.len() - body.len() <= indent {
            return at;
        }
        at = end;
    }
}

fn indented(lines: &[&str], indent: &str) -> String {
    let line = |line: &&str| match line.is_empty() {
        true => "\n".to_owned(),
        false => format!("{indent}{line}\n"),
    };
    lines.iter().map(line).collect()
}

/// The text with further lines at a place where a line begins, in the text's own
/// kind of line breaks.
fn spliced(text: &str, at: usize, lines: &str) -> String {
    let at = at.min(text.len());
    let eol = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = lines.replace('\n', eol);
    let seam = if at == 0 || text[..at].ends_with('\n') { "" } else { eol };
    format!("{}{seam}{lines}{}", &text[..at], &text[at..])
}

/// The new text, if it has one entry more at the path and all others as before.
fn checked(before: &str, after: &str, path: &[&str]) -> Option<String> {
    let (old, new) = (sound(yaml::parse(before))?, sound(yaml::parse(after))?);
    let parts = |tree: &Tree, text: &str, path: &[&str]| -> Option<Vec<String>> {
        let node = if path.is_empty() { tree.root() } else { tree.root().at(path)? };
        let of = |node: NodeRef<'_>| node.region().of(text).trim_end().to_owned();
        let entries = node.written_entries().map(|e| format!("{}: {}", of(e.key), of(e.value)));
        Some(node.items().map(of).chain(entries).collect())
    };
    let (old, new) = (parts(&old, before, path)?, parts(&new, after, path)?);
    (new.len() == old.len() + 1 && new.starts_with(&old)).then(|| after.to_owned())
}
