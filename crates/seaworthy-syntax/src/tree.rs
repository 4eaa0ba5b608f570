//! One tree for YAML, JSON and TOML.

#[cfg(test)]
pub(crate) mod sketch;
#[cfg(test)]
mod tests;

use seaworthy_model::Region;

use crate::SyntaxError;

/// The notation a tree was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// YAML 1.2, possibly of several documents.
    Yaml,
    /// JSON, with comments and trailing commas let through.
    Json,
    /// TOML 1.1.
    Toml,
}

/// The index of a node in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// A block scalar (`|`, `>`) or a TOML multi-line string.
    Block,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `null`, `~` or nothing at all.
    Null,
    /// A truth value, by the notation's own rules (YAML: the 1.2 core schema).
    Bool(bool),
    /// A number; the text is as written.
    Number(Box<str>),
    /// A string, decoded.
    String(Box<str>),
    /// A list.
    Sequence(Vec<NodeId>),
    /// A mapping in written order, duplicates included.
    Mapping(Vec<(NodeId, NodeId)>),
    /// A YAML alias: the anchored node, if it is known and not one of the
    /// alias's own ancestors.
    Alias(Option<NodeId>),
}

/// A node of a [`Tree`].
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The bytes of the node: of a scalar with its quotes, of a block scalar
    /// its content lines, of a collection from its first to its last child or
    /// bracket. Tags and anchors are outside. Empty for a value left out.
    pub region: Region,
    /// How a scalar was written; `Plain` for everything else.
    pub style: Style,
    /// A YAML tag as written (`!reset`), with its bytes.
    pub tag: Option<(Box<str>, Region)>,
}

/// A parsed document, or several in one YAML stream.
#[derive(Clone, Debug)]
pub struct Tree {
    notation: Notation,
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    errors: Vec<SyntaxError>,
    comments: Vec<Region>,
    uncertain: bool,
}

/// The most nodes that resolving aliases and merge keys may visit in one
/// [`NodeRef::entries`] call; a billion-laughs file stops here.
const MERGE_BUDGET: usize = 10_000;

/// The most errors of one tree; who has more needs no more.
pub(crate) const MAX_ERRORS: usize = 1_000;

/// The most nodes that a tree takes in: some 50 MB, far beyond what anybody
/// writes by hand. Lockfiles are read without a tree.
pub(crate) const MAX_NODES: usize = 500_000;

/// The most aliases that are followed one after another.
const ALIAS_DEPTH: usize = 64;

impl Tree {
    /// The notation it was read from.
    #[must_use]
    pub fn notation(&self) -> Notation {
        self.notation
    }

    /// The root of the first document; a null node for an empty text.
    #[must_use]
    pub fn root(&self) -> NodeRef<'_> {
        NodeRef { tree: self, id: self.roots.first().copied().unwrap_or(NodeId(0)) }
    }

    /// The roots of all documents of a YAML stream; one for other notations.
    pub fn documents(&self) -> impl Iterator<Item = NodeRef<'_>> {
        self.roots.iter().map(|&id| NodeRef { tree: self, id })
    }

    /// The node with this id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> NodeRef<'_> {
        NodeRef { tree: self, id }
    }

    /// What is wrong with the text, in order.
    #[must_use]
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// The comments, each with its marker (`# …`, `// …`, `/* … */`), in order.
    #[must_use]
    pub fn comments(&self) -> &[Region] {
        &self.comments
    }

    /// Whether part of the tree was guessed line by line because the text is
    /// broken or a template: what is there is likely, what is absent is unknown.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.uncertain
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the text held nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.iter().all(|&id| matches!(self.nodes[id.0 as usize].kind, NodeKind::Null))
    }
}

/// Builds a [`Tree`] from the inside out.
#[derive(Debug)]
pub struct TreeBuilder {
    tree: Tree,
}

impl TreeBuilder {
    /// An empty tree of the notation.
    #[must_use]
    pub fn new(notation: Notation) -> Self {
        let null =
            Node { kind: NodeKind::Null, region: Region::empty(0), style: Style::Plain, tag: None };
        Self {
            tree: Tree {
                notation,
                nodes: vec![null],
                roots: Vec::new(),
                errors: Vec::new(),
                comments: Vec::new(),
                uncertain: false,
            },
        }
    }

    /// Adds a node and returns its id.
    pub fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX));
        self.tree.nodes.push(node);
        id
    }

    /// Adds a scalar or collection without a tag.
    pub fn add(&mut self, kind: NodeKind, region: Region, style: Style) -> NodeId {
        self.push(Node { kind, region, style, tag: None })
    }

    /// The node with this id.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.tree.nodes[id.0 as usize]
    }

    /// How many nodes there are so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tree.nodes.len()
    }

    /// Whether nothing was added yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tree.nodes.len() == 1
    }

    /// The node with this id, to complete it.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.tree.nodes[id.0 as usize]
    }

    /// Declares a node to be the root of the next document.
    pub fn root(&mut self, id: NodeId) {
        self.tree.roots.push(id);
    }

    /// Notes an error; past a thousand nothing.
    pub fn error(&mut self, region: Region, message: impl Into<String>) {
        if self.tree.errors.len() >= MAX_ERRORS {
            return;
        }
        self.tree.errors.push(SyntaxError { region, message: message.into() });
    }

    /// Notes a comment.
    pub fn comment(&mut self, region: Region) {
        self.tree.comments.push(region);
    }

    /// Marks the tree as guessed in part.
    pub fn uncertain(&mut self) {
        self.tree.uncertain = true;
    }

    /// The finished tree.
    #[must_use]
    pub fn finish(mut self) -> Tree {
        if self.tree.roots.is_empty() {
            self.tree.roots.push(NodeId(0));
        }
        self.tree.errors.sort_by_key(|error| error.region);
        self.tree.comments.sort();
        self.tree
    }
}

/// A node with its tree: what consumers hold.
///
/// Every question looks through YAML aliases, except [`NodeRef::region`], which
/// stays at the place of use.
#[derive(Clone, Copy)]
pub struct NodeRef<'a> {
    tree: &'a Tree,
    id: NodeId,
}

impl std::fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NodeRef({:?} at {:?})", self.id, self.region())
    }
}

/// One entry of a mapping, merge keys resolved.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The key.
    pub key: NodeRef<'a>,
    /// The value.
    pub value: NodeRef<'a>,
    /// The place of the `<<` or alias that brought the entry in, if it is not
    /// written in the mapping itself.
    pub merged_at: Option<Region>,
}

impl<'a> NodeRef<'a> {
    fn raw(self) -> &'a Node {
        &self.tree.nodes[self.id.0 as usize]
    }

    /// The node itself, or what its alias stands for. An alias without a target
    /// stays an alias, which answers every question as null does.
    #[must_use]
    pub fn resolve(self) -> NodeRef<'a> {
        let mut node = self;
        for _ in 0..ALIAS_DEPTH {
            match node.raw().kind {
                NodeKind::Alias(Some(target)) => node.id = target,
                _ => break,
            }
        }
        node
    }

    /// The tree it belongs to.
    #[must_use]
    pub fn tree(self) -> &'a Tree {
        self.tree
    }

    /// The node's id, to keep it without a borrow.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// What it is, aliases resolved.
    #[must_use]
    pub fn kind(self) -> &'a NodeKind {
        &self.resolve().raw().kind
    }

    /// The bytes of the node, or of its alias.
    #[must_use]
    pub fn region(self) -> Region {
        self.raw().region
    }

    /// The bytes of a scalar's content: inside its quotes, if it has any.
    #[must_use]
    pub fn content_region(self) -> Region {
        let node = self.resolve().raw();
        match node.style {
            // Three quotes on either side.
            Style::Block if self.tree.notation == Notation::Toml && node.region.len() >= 6 => {
                Region::new(node.region.start + 3, node.region.end - 3)
            }
            Style::Single | Style::Double if node.region.len() >= 2 => {
                Region::new(node.region.start + 1, node.region.end - 1)
            }
            _ => node.region,
        }
    }

    /// How the scalar was written.
    #[must_use]
    pub fn style(self) -> Style {
        self.resolve().raw().style
    }

    /// The YAML tag as written (`!reset`), if any.
    #[must_use]
    pub fn tag(self) -> Option<&'a str> {
        self.raw().tag.as_ref().map(|(tag, _)| &**tag)
    }

    /// Whether the node stands at the use of an alias.
    #[must_use]
    pub fn is_alias(self) -> bool {
        matches!(self.raw().kind, NodeKind::Alias(_))
    }

    /// Whether it is null, absent or an alias to nothing.
    #[must_use]
    pub fn is_null(self) -> bool {
        matches!(self.kind(), NodeKind::Null | NodeKind::Alias(_))
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        match self.kind() {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of any scalar as the author meant it: a string's value, a
    /// number as written, `true` or `false`. `None` for null and collections.
    #[must_use]
    pub fn scalar(self) -> Option<&'a str> {
        match self.kind() {
            NodeKind::String(text) | NodeKind::Number(text) => Some(text),
            NodeKind::Bool(true) => Some("true"),
            NodeKind::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            NodeKind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_sequence(self) -> bool {
        matches!(self.kind(), NodeKind::Sequence(_))
    }

    /// Whether it is a mapping.
    #[must_use]
    pub fn is_mapping(self) -> bool {
        matches!(self.kind(), NodeKind::Mapping(_))
    }

    /// The items of a list; nothing for anything else.
    pub fn items(self) -> impl Iterator<Item = NodeRef<'a>> {
        let tree = self.tree;
        let items: &[NodeId] = match self.kind() {
            NodeKind::Sequence(items) => items,
            _ => &[],
        };
        items.iter().map(move |&id| NodeRef { tree, id })
    }

    /// The entries of a mapping exactly as written: duplicates and `<<` stand
    /// for themselves. Nothing for anything else.
    pub fn written_entries(self) -> impl Iterator<Item = Entry<'a>> {
        let tree = self.tree;
        let entries: &[(NodeId, NodeId)] = match self.kind() {
            NodeKind::Mapping(entries) => entries,
            _ => &[],
        };
        entries.iter().map(move |&(key, value)| Entry {
            key: NodeRef { tree, id: key },
            value: NodeRef { tree, id: value },
            merged_at: None,
        })
    }

    /// The node and everything below it in written order, keys included.
    /// Aliases stand for themselves, so that no node comes twice.
    pub fn descendants(self) -> impl Iterator<Item = NodeRef<'a>> {
        let tree = self.tree;
        let mut open = vec![self.id];
        std::iter::from_fn(move || {
            let node = NodeRef { tree, id: open.pop()? };
            match &node.raw().kind {
                NodeKind::Sequence(items) => open.extend(items.iter().rev()),
                NodeKind::Mapping(entries) => {
                    open.extend(entries.iter().rev().flat_map(|&(key, value)| [value, key]));
                }
                _ => {}
            }
            Some(node)
        })
    }

    /// The entries of a mapping as they count: of keys written twice the last,
    /// YAML's `<<` replaced by what it merges (an explicit key wins, an earlier
    /// source wins over a later one). Bounded against alias bombs.
    #[must_use]
    pub fn entries(self) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        let mut positions: std::collections::HashMap<&'a str, usize> =
            std::collections::HashMap::new();
        let mut merges = Vec::new();
        for entry in self.written_entries() {
            match entry.key.scalar() {
                Some("<<")
                    if self.tree.notation == Notation::Yaml
                        && entry.key.style() == Style::Plain =>
                {
                    merges.push(entry.value);
                }
                Some(key) => match positions.get(key) {
                    Some(&position) => entries[position] = entry,
                    None => {
                        positions.insert(key, entries.len());
                        entries.push(entry);
                    }
                },
                None => entries.push(entry),
            }
        }
        let mut budget = MERGE_BUDGET;
        for source in merges {
            source.merge_into(source.region(), &mut entries, &mut positions, &mut budget, 0);
        }
        entries
    }

    fn merge_into(
        self,
        site: Region,
        entries: &mut Vec<Entry<'a>>,
        positions: &mut std::collections::HashMap<&'a str, usize>,
        budget: &mut usize,
        depth: usize,
    ) {
        if depth > ALIAS_DEPTH || *budget == 0 {
            return;
        }
        *budget -= 1;
        if self.is_sequence() {
            for item in self.items() {
                item.merge_into(site, entries, positions, budget, depth + 1);
            }
            return;
        }
        let mut nested = Vec::new();
        for entry in self.written_entries() {
            if *budget == 0 {
                return;
            }
            *budget -= 1;
            match entry.key.scalar() {
                Some("<<") if entry.key.style() == Style::Plain => nested.push(entry.value),
                Some(key) => {
                    positions.entry(key).or_insert_with(|| {
                        entries.push(Entry { merged_at: Some(site), ..entry });
                        entries.len() - 1
                    });
                }
                None => {}
            }
        }
        for source in nested {
            source.merge_into(site, entries, positions, budget, depth + 1);
        }
    }

    /// The value under `key`, merge keys resolved.
    #[must_use]
    pub fn get(self, key: &str) -> Option<NodeRef<'a>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The entry under `key`, merge keys resolved: of keys written twice the
    /// last.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<Entry<'a>> {
        let mut written = None;
        let mut merges = false;
        for entry in self.written_entries() {
            match entry.key.scalar() {
                Some(name) if name == key => written = Some(entry),
                Some("<<") => merges = true,
                _ => {}
            }
        }
        if written.is_some() || !merges {
            return written;
        }
        self.entries().into_iter().find(|entry| entry.key.scalar() == Some(key))
    }

    /// The value at a path of keys.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Option<NodeRef<'a>> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }
}
