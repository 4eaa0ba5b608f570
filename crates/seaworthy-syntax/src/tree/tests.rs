use super::NodeRef;
use crate::{NodeKind, Tree, json, toml, yaml};

/// The entries of the mapping under `m`, in order, `^` before merged ones.
fn entries(tree: &Tree) -> String {
    let mapping = tree.root().get("m").unwrap();
    let entries: Vec<String> = mapping
        .entries()
        .iter()
        .map(|entry| {
            let mark = if entry.merged_at.is_some() { "^" } else { "" };
            let value = entry.value.scalar().unwrap_or("…");
            format!("{mark}{}={value}", entry.key.scalar().unwrap_or("…"))
        })
        .collect();
    entries.join(" ")
}

#[test]
fn merge_keys_give_way_to_what_is_written() {
    for (text, want) in [
        ("m: {a: 1, b: 2}", "a=1 b=2"),
        ("x: &x {a: 1, b: 2}\nm: {<<: *x, b: 3}", "b=3 ^a=1"),
        ("x: &x {a: 1}\ny: &y {a: 2, c: 3}\nm: {<<: [*x, *y]}", "^a=1 ^c=3"),
        ("x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nm: {<<: *y}", "^b=2 ^a=1"),
        ("x: &x {a: 1}\nm:\n  <<: *x\n  <<: {a: 2, b: 3}", "^a=1 ^b=3"),
        ("m: {<<: {a: 1}, b: 2}", "b=2 ^a=1"),
        ("m: {\"<<\": {a: 1}}", "<<=…"),
        ("m: {<<: *nope, a: 1}", "a=1"),
        ("m: &m {<<: *m, a: 1}", "a=1"),
        ("m: {<<: text, a: 1}", "a=1"),
        ("x: &x {a: 1}\nm: *x", "a=1"),
    ] {
        assert_eq!(entries(&yaml::parse(text)), want, "{text:?}");
    }
}

#[test]
fn merge_keys_are_yaml_only() {
    assert_eq!(entries(&json::parse("{\"m\": {\"<<\": {\"a\": 1}}}")), "<<=…");
    assert_eq!(entries(&toml::parse("m = {'<<' = {a = 1}}")), "<<=…");
}

#[test]
fn merged_entries_know_where_they_came_in() {
    let text = "x: &x\n  a: 1\nm:\n  <<: *x\n";
    let tree = yaml::parse(text);
    let entry = tree.root().get("m").unwrap().entry("a").unwrap();
    assert_eq!(entry.merged_at.unwrap().of(text), "*x");
    assert_eq!(entry.value.region().of(text), "1");
    assert_eq!(entry.value.region().start, text.find('1').unwrap());
}

#[test]
fn the_last_of_two_equal_keys_counts() {
    let tree = yaml::parse("m: {a: 1, b: 2, a: 3}");
    assert_eq!(entries(&tree), "a=3 b=2");
    assert_eq!(tree.root().at(&["m", "a"]).unwrap().scalar(), Some("3"));
    assert_eq!(tree.root().get("m").unwrap().written_entries().count(), 3);
}

#[test]
fn questions_look_through_aliases() {
    let text = "x: &x 'text'\ny: *x\nz: &z [1]\nw: *z\n";
    let tree = yaml::parse(text);
    let alias = tree.root().get("y").unwrap();
    assert!(alias.is_alias());
    assert_eq!(alias.as_str(), Some("text"));
    assert_eq!(alias.region().of(text), "*x");
    assert_eq!(alias.content_region().of(text), "text");
    assert_eq!(tree.root().get("w").unwrap().items().count(), 1);
}

#[test]
fn paths_lead_through_merges_or_nowhere() {
    let tree = yaml::parse("b: &b {c: {d: 1}}\na: {<<: *b}\ne: [1]\n");
    let at = |path: &[&str]| tree.root().at(path).and_then(NodeRef::scalar);
    assert_eq!(at(&["a", "c", "d"]), Some("1"));
    assert_eq!(at(&["a", "x", "d"]), None);
    assert_eq!(at(&["e", "0"]), None);
    assert!(tree.root().at(&[]).unwrap().is_mapping());
}

#[test]
fn descendants_come_in_order_and_once() {
    let tree = yaml::parse("a: &a [1, {b: 2}]\nc: *a\n");
    let scalars: Vec<&str> = tree
        .root()
        .descendants()
        .filter(|node| !node.is_alias())
        .filter_map(NodeRef::scalar)
        .collect();
    assert_eq!(scalars, ["a", "1", "b", "2", "c"]);
    assert!(matches!(tree.root().descendants().last().unwrap().raw().kind, NodeKind::Alias(_)));
}

#[test]
fn alias_bombs_end_at_the_budget() {
    let mut mappings = String::from("l0: &l0 {k: v}\n");
    let mut lists = String::from("l0: &l0 [{}]\n");
    for level in 1..30 {
        let below = level - 1;
        let aliases = vec![format!("*l{below}"); 9].join(", ");
        mappings += &format!("l{level}: &l{level} {{<<: [{aliases}]}}\n");
        lists += &format!("l{level}: &l{level} [{aliases}]\n");
    }
    for text in [mappings + "m: {<<: *l29}\n", lists + "m: {<<: *l29}\n"] {
        let tree = yaml::parse(&text);
        assert!(tree.root().get("m").unwrap().entries().len() <= 1);
        assert!(tree.root().get("m").unwrap().get("nope").is_none());
        assert!(tree.root().descendants().count() < 2_000);
    }
}
