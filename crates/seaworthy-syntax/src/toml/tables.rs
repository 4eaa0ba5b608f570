//! Tables in the making: TOML lets one be written in pieces.

use std::collections::HashMap;

use seaworthy_model::Region;

use crate::{NodeId, NodeKind, Style, TreeBuilder};

/// The deepest nesting of tables in tables.
const MAX_DEPTH: usize = 256;

/// The index of a table that is being put together.
pub(super) type TableId = usize;

/// One segment of a dotted key.
pub(super) struct Key {
    pub(super) name: Box<str>,
    pub(super) region: Region,
    pub(super) style: Style,
}

/// What stands under a key.
pub(super) enum Value {
    /// A finished value.
    Node(NodeId),
    /// A table that may still grow.
    Table(TableId),
    /// An array of tables that may still grow.
    Array(Vec<TableId>),
}

/// How a table came to be, which decides how it may grow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// By a longer header; its own header may follow.
    Implied,
    /// By its header.
    Header,
    /// By a dotted key.
    Dotted,
}

struct Table {
    origin: Origin,
    /// Its header or its braces.
    region: Option<Region>,
    entries: Vec<(NodeId, Value)>,
    index: HashMap<Box<str>, usize>,
}

/// All tables of a document.
pub(super) struct Tables {
    tables: Vec<Table>,
}

impl Tables {
    /// The document itself.
    pub(super) const ROOT: TableId = 0;

    pub(super) fn new() -> Self {
        let mut tables = Self { tables: Vec::new() };
        tables.add(Origin::Header);
        tables
    }

    fn add(&mut self, origin: Origin) -> TableId {
        self.tables.push(Table {
            origin,
            region: None,
            entries: Vec::new(),
            index: HashMap::new(),
        });
        self.tables.len() - 1
    }

    /// A table that stands in no other yet.
    pub(super) fn inline(&mut self) -> TableId {
        self.add(Origin::Header)
    }

    pub(super) fn set_region(&mut self, table: TableId, region: Region) {
        self.tables[table].region = Some(region);
    }

    /// Puts `value` into `table` under a dotted key. A key that is taken is an
    /// error at its region; the tree then holds both.
    pub(super) fn insert(
        &mut self,
        mut table: TableId,
        mut keys: Vec<Key>,
        value: Value,
        out: &mut TreeBuilder,
    ) -> Result<(), Region> {
        let Some(last) = keys.pop() else { return Ok(()) };
        let mut clash = None;
        for key in keys {
            let region = key.region;
            let (next, is_free) = self.descend(table, key, Origin::Dotted, out);
            if !is_free {
                clash = clash.or(Some(region));
            }
            table = next;
        }
        let region = last.region;
        if !self.put(table, last, value, out) {
            clash = clash.or(Some(region));
        }
        clash.map_or(Ok(()), Err)
    }

    /// Opens the table of a header. Second comes the region of a key that
    /// already stands for something else.
    pub(super) fn open(
        &mut self,
        mut keys: Vec<Key>,
        header: Region,
        is_array: bool,
        out: &mut TreeBuilder,
    ) -> (TableId, Option<Region>) {
        let mut table = Self::ROOT;
        let mut clash = None;
        let last = keys.pop();
        for key in keys {
            let region = key.region;
            let (next, is_free) = self.descend(table, key, Origin::Implied, out);
            if !is_free {
                clash = clash.or(Some(region));
            }
            table = next;
        }
        let Some(last) = last else { return (table, clash) };
        let region = last.region;
        let taken = self.tables[table].index.get(&last.name).copied();
        let opened = match taken.map(|at| &self.tables[table].entries[at].1) {
            Some(Value::Table(known)) if !is_array => {
                let known = *known;
                if self.tables[known].origin != Origin::Implied {
                    clash = clash.or(Some(region));
                }
                self.tables[known].origin = Origin::Header;
                known
            }
            Some(Value::Array(_)) if is_array => {
                let added = self.add(Origin::Header);
                let entry = taken.map(|at| &mut self.tables[table].entries[at].1);
                if let Some(Value::Array(tables)) = entry {
                    tables.push(added);
                }
                added
            }
            _ => {
                let added = self.add(Origin::Header);
                let value = if is_array { Value::Array(vec![added]) } else { Value::Table(added) };
                if !self.put(table, last, value, out) {
                    clash = clash.or(Some(region));
                }
                added
            }
        };
        let region = self.tables[opened].region.map_or(header, |known| known.cover(header));
        self.set_region(opened, region);
        (opened, clash)
    }

    /// The table under `key`, made if need be. `false` if the key stands for
    /// something that cannot grow.
    fn descend(
        &mut self,
        table: TableId,
        key: Key,
        origin: Origin,
        out: &mut TreeBuilder,
    ) -> (TableId, bool) {
        let taken = self.tables[table].index.get(&key.name).copied();
        match taken.map(|at| &self.tables[table].entries[at].1) {
            Some(Value::Table(known)) => {
                let by_header = self.tables[*known].origin == Origin::Header;
                (*known, origin == Origin::Implied || !by_header)
            }
            Some(Value::Array(tables)) if !tables.is_empty() => {
                (tables[tables.len() - 1], origin == Origin::Implied)
            }
            _ => {
                let added = self.add(origin);
                let is_free = self.put(table, key, Value::Table(added), out);
                (added, is_free)
            }
        }
    }

    /// Adds an entry. `false` if the key was taken.
    fn put(&mut self, table: TableId, key: Key, value: Value, out: &mut TreeBuilder) -> bool {
        let id = out.add(NodeKind::String(key.name.clone()), key.region, key.style);
        let table = &mut self.tables[table];
        let at = table.entries.len();
        table.entries.push((id, value));
        let is_free = !table.index.contains_key(&key.name);
        if is_free {
            table.index.insert(key.name, at);
        }
        is_free
    }

    /// Turns a table and what it holds into nodes.
    pub(super) fn finish(&mut self, table: TableId, out: &mut TreeBuilder) -> NodeId {
        self.finish_at(table, 0, out)
    }

    fn finish_at(&mut self, table: TableId, depth: usize, out: &mut TreeBuilder) -> NodeId {
        let own = &mut self.tables[table];
        let mut region = own.region;
        let entries = std::mem::take(&mut own.entries);
        own.index = HashMap::new();
        let mut finished = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let value = match value {
                Value::Node(id) => id,
                _ if depth >= MAX_DEPTH => continue,
                Value::Table(inner) => self.finish_at(inner, depth + 1, out),
                Value::Array(tables) => {
                    let items: Vec<NodeId> = tables
                        .into_iter()
                        .map(|inner| self.finish_at(inner, depth + 1, out))
                        .collect();
                    let regions = items.iter().map(|&item| out.node(item).region);
                    let whole = regions.reduce(Region::cover).unwrap_or_default();
                    out.add(NodeKind::Sequence(items), whole, Style::Plain)
                }
            };
            for part in [key, value] {
                let part = out.node(part).region;
                region = Some(region.map_or(part, |whole| whole.cover(part)));
            }
            finished.push((key, value));
        }
        out.add(NodeKind::Mapping(finished), region.unwrap_or_default(), Style::Plain)
    }
}
