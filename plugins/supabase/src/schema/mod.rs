//! What a series of migrations leaves behind: tables with their row level
//! security and privileges, and policies.

mod access;
mod apply;
mod policy;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::sql::Named;

pub(crate) use access::{Access, Reach};
pub(crate) use policy::Policy;
pub(crate) use table::Table;

/// A table's schema and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) schema: String,
    pub(crate) name: String,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The migration, counted from 0.
    pub(crate) file: usize,
    /// Its first byte.
    pub(crate) start: usize,
    /// The byte after it.
    pub(crate) end: usize,
}

/// The database after the migrations applied so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Database {
    /// Every table that there is.
    pub(crate) tables: BTreeMap<Name, Table>,
    /// Every policy, in the order of their creation.
    pub(crate) policies: Vec<Policy>,
    /// Functions that switch row level security on by statements they put
    /// together.
    securing_functions: Vec<String>,
    /// Whether an event trigger switches it on for each new table.
    secures_new_tables: bool,
    /// What new tables of a schema grant from the start.
    default_access: BTreeMap<String, Access>,
    /// The schema of names without one, while a migration is applied.
    current_schema: Option<String>,
    /// The migration being applied.
    file: usize,
}

impl Database {
    /// Applies a migration; they are counted from 0 in the order of their calls.
    pub(crate) fn migrate(&mut self, file: usize, text: &str) {
        self.file = file;
        self.current_schema = None;
        apply::migration(self, text);
    }

    /// Applies a series.
    #[cfg(test)]
    pub(crate) fn of(migrations: &[&str]) -> Self {
        let mut database = Self::default();
        for (file, text) in migrations.iter().enumerate() {
            database.migrate(file, text);
        }
        database
    }

    fn resolve(&self, named: &Named) -> Name {
        let schema = named.schema.as_deref().or(self.current_schema.as_deref());
        Name { schema: schema.unwrap_or("public").to_owned(), name: named.name.clone() }
    }

    fn place(&self, offset: usize, start: usize, end: usize) -> Place {
        Place { file: self.file, start: offset + start, end: offset + end }
    }

    fn drop_table(&mut self, name: &Name) {
        self.tables.remove(name);
        self.policies.retain(|policy| policy.table != *name);
    }

    fn move_table(&mut self, from: &Name, to: &Name) {
        if let Some(table) = self.tables.remove(from) {
            self.tables.insert(to.clone(), table);
        }
        for policy in self.policies.iter_mut().filter(|policy| policy.table == *from) {
            policy.table.clone_from(to);
        }
    }
}
