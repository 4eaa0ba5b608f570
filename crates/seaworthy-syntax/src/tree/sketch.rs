//! A tree as one line, for table tests.

use seaworthy_model::Region;

use super::{NodeKind, NodeRef, Tree};

/// All documents of `tree`, separated by ` --- `.
///
/// Null is `~`, a number `#80`, a string `'text'`; where the bytes of a scalar
/// differ from its value they follow as `@"bytes"`. An alias is `*` and the
/// bytes it stands for.
pub(crate) fn sketch(tree: &Tree, text: &str) -> String {
    let documents: Vec<String> = tree.documents().map(|root| node(root, text)).collect();
    documents.join(" --- ")
}

/// The errors of `tree`, each as its message and the bytes it points at.
pub(crate) fn sketch_errors(tree: &Tree, text: &str) -> String {
    let errors: Vec<String> = tree
        .errors()
        .iter()
        .map(|error| format!("{} @{:?}", error.message, error.region.of(text)))
        .collect();
    errors.join("; ")
}

/// Asserts what holds of every tree of every text: regions lie in the text, on
/// character boundaries, and within their parents.
#[track_caller]
pub(crate) fn assert_sound(tree: &Tree, text: &str) {
    let check = |what: &str, region: Region| {
        assert!(text.get(region.range()).is_some(), "{what} {region:?} does not fit the text");
    };
    for error in tree.errors() {
        check("error", error.region);
    }
    for comment in tree.comments() {
        check("comment", *comment);
    }
    let mut open: Vec<NodeRef<'_>> = tree.documents().collect();
    while let Some(parent) = open.pop() {
        check("node", parent.region());
        if let Some((_, region)) = &parent.raw().tag {
            check("tag", *region);
        }
        if parent.is_alias() {
            continue;
        }
        let children = parent
            .items()
            .chain(parent.written_entries().flat_map(|entry| [entry.key, entry.value]));
        for child in children {
            assert!(parent.region().contains(child.region()), "{child:?} leaves {parent:?}");
            open.push(child);
        }
    }
}

/// Calls `check` with `rounds` texts, each a seed in which a few pieces were put
/// in or taken out; the same texts on every run.
pub(crate) fn mutate(seeds: &[&str], pieces: &[&str], rounds: usize, check: impl Fn(&str)) {
    let mut state = 0x5ea_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).expect("31 bits fit") % limit.max(1)
    };
    for round in 0..rounds {
        let mut text = seeds[round % seeds.len()].to_owned();
        for _ in 0..=below(4) {
            let at = text.floor_char_boundary(below(text.len() + 1));
            if below(3) == 0 {
                let end = text.floor_char_boundary(at + below(12)).max(at);
                text.replace_range(at..end, "");
            } else {
                text.insert_str(at, pieces[below(pieces.len())]);
            }
        }
        check(&text);
    }
}

fn node(of: NodeRef<'_>, text: &str) -> String {
    let raw = of.raw();
    let bytes = raw.region.of(text);
    let located = |shown: String, value: &str| {
        if value == bytes { shown } else { format!("{shown}@{bytes:?}") }
    };
    let tag = raw.tag.as_ref().map_or(String::new(), |(tag, region)| {
        assert_eq!(&**tag, region.of(text));
        format!("{tag} ")
    });
    let shown = match &raw.kind {
        NodeKind::Null => located("~".into(), ""),
        NodeKind::Bool(value) => located(value.to_string(), &value.to_string()),
        NodeKind::Number(number) => located(format!("#{number}"), number),
        NodeKind::String(value) => located(format!("'{}'", value.escape_debug()), value),
        NodeKind::Sequence(_) => {
            let items: Vec<String> = of.items().map(|item| node(item, text)).collect();
            format!("[{}]", items.join(", "))
        }
        NodeKind::Mapping(_) => {
            let entries: Vec<String> = of
                .written_entries()
                .map(|entry| format!("{}: {}", node(entry.key, text), node(entry.value, text)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        NodeKind::Alias(None) => "*?".into(),
        NodeKind::Alias(Some(target)) => {
            format!("*{:?}", of.tree().node(*target).region().of(text))
        }
    };
    tag + &shown
}
