//! Generic trees: all nodes as written, and those that a path leads to.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use seaworthy_analysis::{Artifact, Document, Snapshot, notation, parse_tree};
use seaworthy_formats::compose::ComposeFile;
use seaworthy_model::ArtifactPath;
use seaworthy_syntax::{NodeKind, NodeRef, Tree};

use super::answer::Answer;
use super::path::{Front, Path, below, below_item};
use super::region;
use crate::bindings::seaworthy::plugin::documents as wit;

/// The most steps of one walk: entries and items looked at.
const MAX_STEPS: usize = 1_000_000;

/// What reading a mapping with merge keys costs beyond its entries: what it merges
/// may be large.
const MERGE_STEPS: usize = 1_000;

/// How deep a walk goes; aliases make trees deeper than their texts.
const MAX_DEPTH: usize = 256;

/// The bytes of texts whose trees are kept at a time, so that several questions
/// about a file are answered by one reading.
const KEPT_BYTES: usize = 4 << 20;

/// A tree, wherever it is kept.
pub(super) enum Parsed {
    /// By the document.
    Compose(Arc<ComposeFile>),
    /// By nobody else.
    Own(Arc<Tree>),
}

impl Parsed {
    pub(super) fn tree(&self) -> &Tree {
        match self {
            Self::Compose(file) => file.tree(),
            Self::Own(tree) => tree,
        }
    }
}

/// The trees that were asked for last.
#[derive(Default)]
struct Recent(Mutex<VecDeque<(ArtifactPath, usize, Arc<Tree>)>>);

/// The tree of a file; `None` when it is of no notation or cannot be read.
pub(super) fn parsed(snapshot: &Snapshot, artifact: &Artifact) -> Option<Parsed> {
    let notation = notation(artifact.path())?;
    if let Some(Document::Compose(file)) = snapshot.document(artifact) {
        return Some(Parsed::Compose(Arc::clone(file)));
    }
    let text = snapshot.text(artifact)?;
    let recent = snapshot.kept::<Recent>();
    let locked = || recent.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, _, tree)) = locked().iter().find(|(path, ..)| path == artifact.path()) {
        return Some(Parsed::Own(Arc::clone(tree)));
    }
    // Read without the lock: two workers may read one file, but none waits.
    let tree = Arc::new(parse_tree(notation, text));
    let mut kept = locked();
    kept.push_back((artifact.path().clone(), text.len(), Arc::clone(&tree)));
    while kept.len() > 1 && kept.iter().map(|(_, bytes, _)| bytes).sum::<usize>() > KEPT_BYTES {
        kept.pop_front();
    }
    Some(Parsed::Own(tree))
}

/// A node that is still to be visited. Its path is made when it is, for a wide
/// list of deep nodes has more of them than fit anywhere.
struct Open<'t> {
    node: NodeRef<'t>,
    /// The path of the node around it.
    base: Rc<str>,
    step: Step<'t>,
    parent: Option<u32>,
    front: Option<Front>,
    depth: usize,
}

/// How a node hangs on the one around it.
#[derive(Clone, Copy)]
enum Step<'t> {
    Root,
    Entry(NodeRef<'t>),
    Item(usize),
}

impl Open<'_> {
    fn path(&self) -> Rc<str> {
        match self.step {
            Step::Root => Rc::clone(&self.base),
            Step::Entry(key) => below(&self.base, key.scalar()).into(),
            Step::Item(index) => below_item(&self.base, index).into(),
        }
    }
}

/// All nodes as written, parents before children.
pub(super) fn nodes(tree: &Tree) -> Answer<wit::Node> {
    walk(tree, None)
}

/// The nodes that a path leads to, through aliases and merge keys.
pub(super) fn select(tree: &Tree, path: &Path) -> Answer<wit::Node> {
    walk(tree, Some(path))
}

fn walk(tree: &Tree, wanted: Option<&Path>) -> Answer<wit::Node> {
    let mut answer = Answer::new();
    let mut steps = MAX_STEPS;
    for (index, root) in tree.documents().enumerate() {
        let document = u32::try_from(index).unwrap_or(u32::MAX);
        let front = wanted.map(Path::start);
        let step = Step::Root;
        let mut open =
            vec![Open { node: root, base: "".into(), step, parent: None, front, depth: 0 }];
        while let Some(mut here) = open.pop() {
            if wanted.is_some() {
                here.node = here.node.resolve();
            }
            let listed = match (wanted, here.front) {
                (Some(path), Some(front)) => path.ends(front),
                _ => true,
            };
            let collection = here.node.is_mapping() || here.node.is_sequence();
            if !listed && !collection {
                continue;
            }
            let path = here.path();
            let place = u32::try_from(answer.len()).ok().filter(|_| listed);
            if listed {
                let node = record(&here, &path, document);
                let texts = [&node.key, &node.value, &node.tag];
                let bytes = texts.into_iter().flatten().map(String::len).sum::<usize>();
                answer.push(node, bytes + path.len());
            } else {
                answer.charge(path.len() / 8);
            }
            let start = open.len();
            match wanted {
                _ if !collection || here.node.is_alias() => {}
                None => children(&here, &path, place, &mut open),
                Some(wanted) => {
                    wanted_children(wanted, &here, &path, place, &mut steps, &mut open);
                }
            }
            if steps == 0 || (open.len() > start && here.depth == MAX_DEPTH) {
                answer.cut();
            }
            if answer.is_cut() {
                return answer;
            }
            open[start..].reverse();
        }
    }
    answer
}

/// What is written directly below a node.
fn children<'t>(here: &Open<'t>, path: &Rc<str>, parent: Option<u32>, open: &mut Vec<Open<'t>>) {
    let depth = here.depth + 1;
    let child = |node, step| Open { node, base: Rc::clone(path), step, parent, front: None, depth };
    let entries = here.node.written_entries();
    open.extend(entries.map(|entry| child(entry.value, Step::Entry(entry.key))));
    let items = here.node.items().enumerate();
    open.extend(items.map(|(index, item)| child(item, Step::Item(index))));
}

/// What a path leads to directly below a node.
fn wanted_children<'t>(
    wanted: &Path,
    here: &Open<'t>,
    path: &Rc<str>,
    parent: Option<u32>,
    steps: &mut usize,
    open: &mut Vec<Open<'t>>,
) {
    let Some(front) = here.front.filter(|front| !front.is_dead()) else { return };
    let mut spend = |cost: usize| *steps = steps.saturating_sub(cost);
    let depth = here.depth + 1;
    let child = |node, step, front: Front| Open {
        node,
        base: Rc::clone(path),
        step,
        parent,
        front: Some(front),
        depth,
    };
    if here.node.is_mapping() {
        let merges = here.node.written_entries().any(|entry| entry.key.scalar() == Some("<<"));
        spend(1 + if merges { MERGE_STEPS } else { 0 });
        let entries = match wanted.only_key(front) {
            Some(key) => {
                spend(here.node.written_entries().count() / 8);
                here.node.entry(key).into_iter().collect()
            }
            None => here.node.entries(),
        };
        spend(entries.len());
        for entry in entries {
            let next = wanted.enter(front, entry.key.scalar());
            if !next.is_dead() {
                open.push(child(entry.value, Step::Entry(entry.key), next));
            }
        }
    }
    for (index, item) in here.node.items().enumerate() {
        spend(1);
        let next = wanted.enter_item(front, index);
        if !next.is_dead() {
            open.push(child(item, Step::Item(index), next));
        }
    }
}

fn record(here: &Open<'_>, path: &str, document: u32) -> wit::Node {
    let node = here.node;
    let key = match here.step {
        Step::Entry(key) => Some(key),
        Step::Root | Step::Item(_) => None,
    };
    let alias = node.is_alias();
    let kind = match node.kind() {
        _ if alias => wit::NodeKind::Alias,
        NodeKind::Null => wit::NodeKind::Null,
        NodeKind::Bool(_) => wit::NodeKind::Boolean,
        NodeKind::Number(_) => wit::NodeKind::Number,
        NodeKind::String(_) => wit::NodeKind::Text,
        NodeKind::Sequence(_) => wit::NodeKind::Sequence,
        NodeKind::Mapping(_) => wit::NodeKind::Mapping,
        NodeKind::Alias(_) => wit::NodeKind::Alias,
    };
    wit::Node {
        kind,
        path: path.to_owned(),
        parent: here.parent,
        document,
        key: key.and_then(NodeRef::scalar).map(str::to_owned),
        key_region: key.map(|key| region(key.region())),
        value: node.scalar().filter(|_| !alias).map(str::to_owned),
        tag: node.tag().map(str::to_owned),
        region: region(node.region()),
        content_region: region(if alias { node.region() } else { node.content_region() }),
    }
}

#[cfg(test)]
mod tests {
    use seaworthy_syntax::Notation;

    use super::*;
    use crate::view::answer::MAX_ITEMS;
    use crate::view::sample::{file, snapshot};

    fn parse(notation: Notation, text: &str) -> Tree {
        parse_tree(notation, text)
    }

    /// The paths of nodes with the texts of their regions.
    fn shown(text: &str, nodes: Answer<wit::Node>) -> Vec<(String, &str)> {
        let of = |region: crate::bindings::seaworthy::plugin::types::Region| {
            &text[region.start as usize..region.end as usize]
        };
        let nodes = nodes.told(&snapshot(&[]), None, "nodes");
        nodes.into_iter().map(|node| (node.path, of(node.region))).collect()
    }

    fn selected<'t>(notation: Notation, text: &'t str, path: &str) -> Vec<(String, &'t str)> {
        let path = Path::parse(path).expect("a path");
        shown(text, select(&parse(notation, text), &path))
    }

    fn is<const N: usize>(found: &[(String, &str)], want: [(&str, &str); N]) {
        let found: Vec<_> = found.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn a_tree_lists_all_as_written() {
        let text = "a: &x\n  b.c: 'd'\ne: *x\n---\n- !t 1\n";
        let nodes = nodes(&parse(Notation::Yaml, text)).told(&snapshot(&[]), None, "nodes");
        let found: Vec<_> = nodes
            .iter()
            .map(|node| {
                let region = node.content_region;
                let content = &text[region.start as usize..region.end as usize];
                (node.path.as_str(), node.kind, node.parent, node.document, content)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("", wit::NodeKind::Mapping, None, 0, "a: &x\n  b.c: 'd'\ne: *x"),
                ("a", wit::NodeKind::Mapping, Some(0), 0, "b.c: 'd'"),
                ("a.\"b.c\"", wit::NodeKind::Text, Some(1), 0, "d"),
                ("e", wit::NodeKind::Alias, Some(0), 0, "*x"),
                ("", wit::NodeKind::Sequence, None, 1, "1"),
                ("[0]", wit::NodeKind::Number, Some(4), 1, "1"),
            ]
        );
        assert_eq!(nodes[2].key.as_deref(), Some("b.c"));
        assert_eq!(nodes[2].value.as_deref(), Some("d"));
        assert_eq!(nodes[5].tag.as_deref(), Some("!t"));
        assert_eq!(nodes[3].value, None);
    }

    #[test]
    fn a_path_leads_through_aliases_and_merge_keys() {
        let text = "x: &x { p: 1, q: 2 }\ns: { <<: *x, q: 3 }\nt: *x\n";
        is(&selected(Notation::Yaml, text, "s.*"), [("s.q", "3"), ("s.p", "1")]);
        is(&selected(Notation::Yaml, text, "s.p"), [("s.p", "1")]);
        is(&selected(Notation::Yaml, text, "t.q"), [("t.q", "2")]);
        is(&selected(Notation::Yaml, text, "**.p"), [("x.p", "1"), ("s.p", "1"), ("t.p", "1")]);
        let tree = parse(Notation::Yaml, text);
        let t = select(&tree, &Path::parse("t").expect("a path"));
        assert_eq!(t.told(&snapshot(&[]), None, "x")[0].kind, wit::NodeKind::Mapping);
    }

    #[test]
    fn paths_work_in_every_notation() {
        let json = r#"{"scripts": {"db.push": "x", "a": "y"}, "l": [[1, 2], 3]}"#;
        is(
            &selected(Notation::Json, json, "scripts.\"db.push\""),
            [("scripts.\"db.push\"", "\"x\"")],
        );
        is(&selected(Notation::Json, json, "l[0][1]"), [("l[0][1]", "2")]);
        is(&selected(Notation::Json, json, "l[*]"), [("l[0]", "[1, 2]"), ("l[1]", "3")]);
        is(&selected(Notation::Json, json, "scripts[0]"), []);
        is(&selected(Notation::Json, json, "l.*"), []);
        let toml = "[auth]\nsite = \"s\"\n[auth.email]\non = true\n";
        is(&selected(Notation::Toml, toml, "auth.email.on"), [("auth.email.on", "true")]);
        let yaml = "a: 1\n---\na: 2\n";
        is(&selected(Notation::Yaml, yaml, "a"), [("a", "1"), ("a", "2")]);
        is(&selected(Notation::Json, "[7]", "[0]"), [("[0]", "7")]);
        assert_eq!(selected(Notation::Json, json, "").len(), 1);
    }

    #[test]
    fn a_key_written_twice_counts_once() {
        is(&selected(Notation::Json, r#"{"a": 1, "a": 2}"#, "*"), [("a", "2")]);
        let text = r#"{"a": 1, "a": 2}"#;
        assert_eq!(shown(text, nodes(&parse(Notation::Json, text))).len(), 3);
    }

    #[test]
    fn parents_are_told_where_the_list_holds_them() {
        let tree = parse(Notation::Json, r#"{"a": {"b": [1]}}"#);
        let parents = |path: &str| -> Vec<Option<u32>> {
            let found = select(&tree, &Path::parse(path).expect("a path"));
            found.told(&snapshot(&[]), None, "x").iter().map(|node| node.parent).collect()
        };
        assert_eq!(parents("**"), [None, Some(0), Some(1), Some(2)]);
        assert_eq!(parents("a.**[0]"), [None]);
        assert_eq!(parents("a.**"), [None, Some(0), Some(1)]);
    }

    #[test]
    fn two_hundred_thousand_nodes_are_cut() {
        let text = format!("[{}1]", "1,".repeat(200_000));
        let tree = parse(Notation::Json, &text);
        let all = nodes(&tree);
        assert!(all.is_cut() && all.len() == MAX_ITEMS);
        let some = select(&tree, &Path::parse("[199999]").expect("a path"));
        assert!(!some.is_cut() && some.len() == 1, "a path finds what the list does not hold");
    }

    #[test]
    fn bombs_of_aliases_come_to_an_end() {
        let mut laughs = String::from("a0: &a0 [l, l, l, l, l, l, l, l, l]\n");
        for level in 1..30 {
            let items = vec![format!("*a{}", level - 1); 9].join(", ");
            laughs.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        let tree = parse(Notation::Yaml, &laughs);
        for path in ["**", "**.x", "a29.**.x", "a29[*][*][*][*][*][*][*][*]"] {
            assert!(select(&tree, &Path::parse(path).expect("a path")).is_cut(), "{path}");
        }
        assert!(!nodes(&tree).is_cut());
    }

    #[test]
    fn merges_of_merges_come_to_an_end() {
        let big: String = (0..3_000).map(|index| format!("k{index}: 1, ")).collect();
        let mut text = format!("big: &big {{ {big} }}\n");
        for index in 0..3_000 {
            text.push_str(&format!("m{index}: {{ <<: *big }}\n"));
        }
        let tree = parse(Notation::Yaml, &text);
        assert!(select(&tree, &Path::parse("*.*.x").expect("a path")).is_cut());
    }

    #[test]
    fn long_keys_do_not_multiply() {
        let key = "k".repeat(50_000);
        let text = format!("{{\"{key}\": [{}[]]}}", "[],".repeat(100_000));
        let tree = parse(Notation::Json, &text);
        assert!(nodes(&tree).is_cut());
        assert!(select(&tree, &Path::parse("**.x").expect("a path")).is_cut());
    }

    #[test]
    fn a_tree_is_read_once_while_it_is_recent() {
        let snapshot = snapshot(&[("a.json", "[1]"), ("a.txt", "x")]);
        let artifact = file(&snapshot, "a.json");
        let of = || match parsed(&snapshot, artifact) {
            Some(Parsed::Own(tree)) => tree,
            _ => panic!("it has a tree of its own"),
        };
        assert!(Arc::ptr_eq(&of(), &of()));
        assert!(parsed(&snapshot, file(&snapshot, "a.txt")).is_none());
    }
}
