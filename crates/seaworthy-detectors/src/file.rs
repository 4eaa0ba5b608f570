//! What is known about the file that a text comes from.

use seaworthy_analysis::roles::FileRole;

/// The file under scan.
#[derive(Clone, Copy, Debug)]
pub struct File<'t> {
    /// Its path, relative to the root.
    pub path: &'t str,
    /// What it is for.
    pub role: FileRole,
    /// How values are written in it.
    pub language: Language,
}

/// How values are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// A programming language: strings are quoted, bare words are names.
    Code,
    /// Env, INI, properties, YAML, TOML, HCL, configuration of servers: bare
    /// values are literals.
    Config,
    /// Shell scripts, Dockerfiles, Makefiles, batch files.
    Shell,
    /// JSON and its kin.
    Json,
    /// XML, HTML and templates of them.
    Markup,
    /// SQL.
    Sql,
    /// Text for people.
    Prose,
    /// Anything else.
    Other,
}
