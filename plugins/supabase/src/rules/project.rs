//! The Supabase projects of a repository.

use seaworthy_plugin_api::{Document, repo};

use crate::schema::{Database, Reach};

use super::OWN;

/// A `supabase` folder with migrations.
pub(super) struct Project {
    /// What the migrations leave behind.
    pub(super) database: Database,
    /// The paths of the migrations, as the database counts them.
    pub(super) migrations: Vec<String>,
    /// The schemas that the API offers.
    pub(super) exposed: Vec<String>,
    /// `api.auto_expose_new_tables`.
    auto_expose: Option<bool>,
}

/// The day from which new tables are granted to nobody unless a statement says
/// so, on every hosted project; before it that was the choice of newer ones.
const GRANTED_TO_NOBODY: &str = "20261030";
/// The day from which that was the default of new projects.
const FIRST_PROJECTS: &str = "20260530";

/// How sure it is that the API's roles may use a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Granted {
    /// By a statement, or as every table of its time.
    Yes,
    /// If the project is older than the change of defaults.
    Perhaps,
    /// Only if somebody grants it outside of the migrations.
    Hardly,
    /// A statement takes it away.
    No,
}

/// Every project, each by its folder of migrations.
pub(super) fn projects() -> Vec<Project> {
    let mut projects: Vec<(String, Vec<String>)> = Vec::new();
    for path in repo::find("**/supabase/migrations/*.sql") {
        let Some((folder, name)) = path.rsplit_once('/') else { continue };
        if !is_migration(name) {
            continue;
        }
        match projects.iter_mut().find(|(known, _)| known == folder) {
            Some((_, paths)) => paths.push(path),
            None => projects.push((folder.to_owned(), vec![path])),
        }
    }
    projects.into_iter().filter_map(|(folder, paths)| project(&folder, paths)).collect()
}

fn project(folder: &str, paths: Vec<String>) -> Option<Project> {
    let mut database = Database::default();
    let mut migrations = Vec::new();
    for path in paths {
        let Some(document) = repo::open(&path) else { continue };
        if !OWN.contains(&document.role().as_str()) {
            return None;
        }
        database.migrate(migrations.len(), &document.text());
        migrations.push(path);
    }
    let config = repo::open(&format!("{}/config.toml", folder.rsplit_once('/')?.0));
    let values = |path: &str| -> Vec<String> {
        let nodes = config.as_ref().and_then(|config: &Document| config.select(path));
        nodes.unwrap_or_default().into_iter().filter_map(|node| node.value).collect()
    };
    let mut exposed = values("api.schemas[*]");
    if exposed.is_empty() {
        exposed.push("public".to_owned());
    }
    let auto_expose = values("api.auto_expose_new_tables").first().map(|value| value == "true");
    Some(Project { database, migrations, exposed, auto_expose })
}

impl Project {
    /// Whether the API's roles may use a table that a migration created.
    pub(super) fn granted(&self, reach: Reach, migration: usize) -> Granted {
        let version = self.migrations.get(migration).map_or("", |path| version(path));
        granted(reach, self.auto_expose, version)
    }
}

fn granted(reach: Reach, auto_expose: Option<bool>, version: &str) -> Granted {
    match (reach, auto_expose) {
        (Reach::Granted, _) | (Reach::Untold, Some(true)) => Granted::Yes,
        (Reach::Revoked, _) => Granted::No,
        (Reach::Untold, Some(false)) => Granted::Hardly,
        // A version that is no time was not made by the CLI.
        (Reach::Untold, None) if version.len() != 14 || version < FIRST_PROJECTS => Granted::Yes,
        (Reach::Untold, None) if version < GRANTED_TO_NOBODY => Granted::Perhaps,
        (Reach::Untold, None) => Granted::Hardly,
    }
}

/// The CLI applies files called `<version>_<name>.sql` and no others.
fn is_migration(name: &str) -> bool {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && name[digits..].starts_with('_')
}

fn version(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('_').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_cli_applies_is_a_migration() {
        assert!(is_migration("20240101120000_init.sql"));
        assert!(is_migration("001_init.sql"));
        assert!(!is_migration("init.sql"));
        assert!(!is_migration("20240101.sql"));
        assert_eq!(version("supabase/migrations/20240101120000_init.sql"), "20240101120000");
    }

    #[test]
    fn tables_are_granted_by_their_time_unless_something_says_otherwise() {
        let (old, between, new) = ("20240101120000", "20260701000000", "20261101000000");
        let cases = [
            (Reach::Untold, None, old, Granted::Yes),
            (Reach::Untold, None, "0001", Granted::Yes),
            (Reach::Untold, None, between, Granted::Perhaps),
            (Reach::Untold, None, new, Granted::Hardly),
            (Reach::Untold, Some(true), new, Granted::Yes),
            (Reach::Untold, Some(false), old, Granted::Hardly),
            (Reach::Granted, Some(false), new, Granted::Yes),
            (Reach::Revoked, Some(true), old, Granted::No),
        ];
        for (reach, auto, version, expected) in cases {
            assert_eq!(granted(reach, auto, version), expected, "{reach:?} {auto:?} {version}");
        }
    }
}
