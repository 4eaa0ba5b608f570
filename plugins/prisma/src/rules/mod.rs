//! The rules: what each looks at, and how it says what is wrong.

pub(crate) mod destructive_migration;
pub(crate) mod development_command;
mod gather;
pub(crate) mod literal_url;
pub(crate) mod seed_on_deploy;
pub(crate) mod tls;

use seaworthy_plugin_api::{Document, repo};

use crate::schema::{Datasource, config_datasource, datasource};

/// Roles of files that are neither examples nor templates nor tests nor somebody
/// else's.
const OWN: &[&str] = &["deployable", "source"];

/// One rule says no more than this: the rest is of the same kind.
const MAX_FINDINGS: usize = 200;

/// Where Prisma's own files are.
const SCHEMAS: &[&str] = &["*.prisma", "prisma.config.{ts,mts,js,mjs,cjs,cts}"];

fn is_own(document: &Document) -> bool {
    OWN.contains(&document.role().as_str())
}

/// The datasource that a file describes, and its text.
fn datasource_of(document: &Document) -> Option<(Datasource, String)> {
    let text = document.text();
    let found = if document.path().ends_with(".prisma") {
        datasource(&text)
    } else {
        config_datasource(&text)
    };
    Some((found?, text))
}

/// Every datasource of the repository that is its own.
fn datasources() -> Vec<(String, Datasource, String)> {
    SCHEMAS
        .iter()
        .flat_map(|glob| repo::find(glob))
        .filter_map(|path| {
            let document = repo::open(&path).filter(is_own)?;
            let (datasource, text) = datasource_of(&document)?;
            Some((path, datasource, text))
        })
        .collect()
}
