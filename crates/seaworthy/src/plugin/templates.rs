//! The files of new plugins, by language. `{{name}}` stands for the plugin's name,
//! `{{crate}}` for the same as an identifier, `{{sdk}}` for how a crate depends on the
//! SDK.

use super::arguments::Lang;

/// A file of a template: its path in the plugin's folder, and its text.
type Files = &'static [(&'static str, &'static str)];

const RUST: Files = &[
    ("Cargo.toml", include_str!("templates/rust/Cargo.toml.txt")),
    ("src/lib.rs", include_str!("templates/rust/src/lib.rs.txt")),
    ("src/latest_tag.md", include_str!("templates/rust/src/latest_tag.md")),
    ("fixtures/latest-tag.txt", include_str!("templates/rust/fixtures/latest-tag.txt")),
    ("README.md", include_str!("templates/rust/README.md")),
    (".gitignore", include_str!("templates/rust/gitignore.txt")),
];

const JS: Files = &[
    ("package.json", include_str!("templates/js/package.json.txt")),
    ("jsconfig.json", include_str!("templates/js/jsconfig.json")),
    ("plugin.js", include_str!("templates/js/plugin.js.txt")),
    ("fixtures/latest-tag.txt", include_str!("templates/js/fixtures/latest-tag.txt")),
    ("README.md", include_str!("templates/js/README.md")),
    (".gitignore", include_str!("templates/js/gitignore.txt")),
];

const PYTHON: Files = &[
    ("pyproject.toml", include_str!("templates/python/pyproject.toml.txt")),
    ("plugin.py", include_str!("templates/python/plugin.py.txt")),
    ("fixtures/latest-tag.txt", include_str!("templates/python/fixtures/latest-tag.txt")),
    ("README.md", include_str!("templates/python/README.md")),
    (".gitignore", include_str!("templates/python/gitignore.txt")),
];

/// The files of a new plugin.
pub(super) fn of(language: Lang) -> Files {
    match language {
        Lang::Rust => RUST,
        Lang::Js => JS,
        Lang::Python => PYTHON,
    }
}
