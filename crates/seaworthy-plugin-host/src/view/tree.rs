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
