//! A file with all that it includes: one tree of directives, wherever they are
//! written.

use std::sync::Arc;

use seaworthy_model::{ArtifactPath, Region};

use super::{Directive, DirectiveId, NginxFile};

/// Bounds that only a hostile repository reaches.
const MOST_NODES: usize = 100_000;
const MOST_INCLUDES: usize = 512;
const DEEPEST_INCLUDE: usize = 12;

/// What an `include` stands for.
#[derive(Clone, Debug)]
pub enum Included {
    /// These files, in this order; none where a pattern matches nothing.
    Files(Vec<(ArtifactPath, Arc<NginxFile>)>),
    /// A file of nginx's own that says nothing of servers or headers.
    Stock,
    /// Something outside of the repository.
    Unknown,
}

/// The place of a directive in a [`Configuration`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

#[derive(Clone, Debug)]
struct Node {
    file: usize,
    directive: DirectiveId,
    parent: Option<NodeId>,
    children: Vec<NodeId>,
    /// Whether something that cannot be read is included here.
    open: bool,
}

/// A configuration as nginx sees it after reading all files.
#[derive(Clone, Debug)]
pub struct Configuration {
    files: Vec<(ArtifactPath, Arc<NginxFile>)>,
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    /// The roots that open no block.
    settings: Vec<NodeId>,
    open: bool,
    truncated: bool,
}

/// The work of reading includes.
struct Loader<'l> {
    into: Configuration,
    include: &'l dyn Fn(&ArtifactPath, &str) -> Included,
    includes: usize,
    /// The files that are being read, to tell loops.
    stack: Vec<ArtifactPath>,
}

impl Configuration {
    /// Reads a file and what it includes. `include` is given the file in which
    /// an `include` stands, and its argument.
    #[must_use]
    pub fn load(
        path: ArtifactPath,
        file: Arc<NginxFile>,
        include: &dyn Fn(&ArtifactPath, &str) -> Included,
    ) -> Self {
        let into = Self {
            files: Vec::new(),
            nodes: Vec::new(),
            roots: Vec::new(),
            settings: Vec::new(),
            open: false,
            truncated: false,
        };
        let mut loader = Loader { into, include, includes: 0, stack: Vec::new() };
        loader.file(path, &file, None);
        let mut loaded = loader.into;
        let is_setting = |id: &NodeId| !is_block(loaded.get(*id));
        loaded.settings = loaded.roots.iter().copied().filter(is_setting).collect();
        loaded
    }

    /// The files, the first one first.
    #[must_use]
    pub fn files(&self) -> &[(ArtifactPath, Arc<NginxFile>)] {
        &self.files
    }

    /// What stands in no block.
    #[must_use]
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// What stands in no block and opens none.
    #[must_use]
    pub fn settings(&self) -> &[NodeId] {
        &self.settings
    }

    /// The directive at a place.
    #[must_use]
    pub fn get(&self, id: NodeId) -> &Directive {
        let node = self.node(id);
        self.files[node.file].1.get(node.directive)
    }

    /// The file in which a directive is written.
    #[must_use]
    pub fn artifact(&self, id: NodeId) -> &ArtifactPath {
        &self.files[self.node(id).file].0
    }

    /// The block in which it stands.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).parent
    }

    /// What stands in its block, included files' directives in the place of the
    /// `include`.
    #[must_use]
    pub fn children(&self, id: NodeId) -> &[NodeId] {
        &self.node(id).children
    }

    /// Whether its block, or one around it, includes what cannot be read, so
    /// that it may say more than is known.
    #[must_use]
    pub fn is_open(&self, id: NodeId) -> bool {
        self.truncated || self.open || self.chain(id).any(|id| self.node(id).open)
    }

    /// Whether this very block includes what cannot be read; `None` asks for
    /// what stands in no block.
    #[must_use]
    pub fn is_open_here(&self, id: Option<NodeId>) -> bool {
        self.truncated || id.map_or(self.open, |id| self.node(id).open)
    }

    /// The directive and the blocks around it, from inside out.
    pub fn chain(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(Some(id), |&id| self.parent(id))
    }

    /// The directives of a name in a block.
    pub fn named<'c>(&'c self, block: NodeId, name: &'c str) -> impl Iterator<Item = NodeId> + 'c {
        self.children(block).iter().copied().filter(move |&child| self.get(child).is(name))
    }

    /// A directive that holds once a level, as a block has it: its own, or that
    /// of the nearest block around it.
    #[must_use]
    pub fn setting(&self, block: NodeId, name: &str) -> Option<NodeId> {
        let found = self.chain(block).find_map(|level| self.named(level, name).next());
        found.or_else(|| self.settings.iter().copied().find(|&root| self.get(root).is(name)))
    }

    /// Every directive, in the order in which nginx reads them.
    pub fn all(&self) -> impl Iterator<Item = NodeId> {
        (0..self.nodes.len()).map(node_id)
    }

    /// The servers that speak HTTP.
    pub fn servers(&self) -> impl Iterator<Item = NodeId> {
        self.all().filter(|&id| {
            let directive = self.get(id);
            // The files of `conf.d` stand in `http` without saying so.
            directive.is("server")
                && is_block(directive)
                && self.parent(id).is_none_or(|parent| self.get(parent).is("http"))
        })
    }

    /// The locations of a block, in order.
    pub fn locations(&self, block: NodeId) -> impl Iterator<Item = NodeId> {
        self.named(block, "location").filter(|&id| is_block(self.get(id)))
    }

    /// The places of a directive's words in its file.
    #[must_use]
    pub fn region(&self, id: NodeId) -> Region {
        self.get(id).words_region()
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

/// Whether a directive opens a block of directives.
pub(super) fn is_block(directive: &Directive) -> bool {
    matches!(directive.body, super::Body::Block { entries: false, .. })
}

fn node_id(index: usize) -> NodeId {
    NodeId(u32::try_from(index).unwrap_or(u32::MAX))
}

impl Loader<'_> {
    fn file(&mut self, path: ArtifactPath, file: &Arc<NginxFile>, parent: Option<NodeId>) {
        let index = match self.into.files.iter().position(|(known, _)| *known == path) {
            Some(index) => index,
            None => {
                self.into.files.push((path.clone(), Arc::clone(file)));
                self.into.files.len() - 1
            }
        };
        self.into.truncated |= file.is_truncated();
        self.stack.push(path);
        // The parser bounds the depth of blocks, but a walk needs no recursion.
        let mut work: Vec<(DirectiveId, Option<NodeId>)> =
            file.roots().iter().rev().map(|&id| (id, parent)).collect();
        while let Some((id, parent)) = work.pop() {
            if self.into.nodes.len() >= MOST_NODES {
                self.into.truncated = true;
                break;
            }
            let directive = file.get(id);
            if directive.is("include") && self.include(index, directive, parent) {
                continue;
            }
            let node = node_id(self.into.nodes.len());
            self.into.nodes.push(Node {
                file: index,
                directive: id,
                parent,
                children: Vec::new(),
                open: false,
            });
            match parent {
                Some(parent) => self.into.nodes[parent.0 as usize].children.push(node),
                None => self.into.roots.push(node),
            }
            work.extend(directive.children().iter().rev().map(|&child| (child, Some(node))));
        }
        self.stack.pop();
    }

    /// Puts what is included in the place of the directive. Returns whether it
    /// was an `include` at all.
    fn include(&mut self, file: usize, directive: &Directive, parent: Option<NodeId>) -> bool {
        let [argument] = directive.args.as_slice() else { return false };
        self.includes += 1;
        let from = self.into.files[file].0.clone();
        let too_much = self.includes > MOST_INCLUDES || self.stack.len() > DEEPEST_INCLUDE;
        let included = match too_much {
            true => Included::Unknown,
            false => (self.include)(&from, &argument.value),
        };
        match included {
            Included::Stock => {}
            Included::Unknown => self.leave_open(parent),
            Included::Files(files) => {
                for (path, file) in files {
                    // nginx refuses a loop; what it would set is not known.
                    if self.stack.contains(&path) {
                        self.leave_open(parent);
                    } else {
                        self.file(path, &file, parent);
                    }
                }
            }
        }
        true
    }

    fn leave_open(&mut self, parent: Option<NodeId>) {
        match parent {
            Some(parent) => self.into.nodes[parent.0 as usize].open = true,
            None => self.into.open = true,
        }
    }
}
