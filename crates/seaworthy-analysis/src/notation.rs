//! How a file is written, by its name alone.

use seaworthy_model::ArtifactPath;
use seaworthy_syntax::{Notation, Tree, json, toml, yaml};

/// The ends of names that say how a file is written.
const ENDINGS: [(&str, Notation); 8] = [
    (".json", Notation::Json),
    (".jsonc", Notation::Json),
    (".code-workspace", Notation::Json),
    (".geojson", Notation::Json),
    (".webmanifest", Notation::Json),
    (".yml", Notation::Yaml),
    (".yaml", Notation::Yaml),
    (".toml", Notation::Toml),
];

/// Names without such an end.
const NAMES: [(&str, Notation); 10] = [
    (".babelrc", Notation::Json),
    (".swcrc", Notation::Json),
    ("Cargo.lock", Notation::Toml),
    ("Pipfile", Notation::Toml),
    ("Pipfile.lock", Notation::Json),
    ("bun.lock", Notation::Json),
    ("composer.lock", Notation::Json),
    ("flake.lock", Notation::Json),
    ("poetry.lock", Notation::Toml),
    ("uv.lock", Notation::Toml),
];

/// The notation of the file at this path, if it is one that is read to a tree.
#[must_use]
pub fn notation(path: &ArtifactPath) -> Option<Notation> {
    let name = path.file_name();
    let ending = || {
        let end = &name[name.rfind('.')?..];
        ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(end))
    };
    NAMES.iter().find(|(known, _)| *known == name).or_else(ending).map(|(_, notation)| *notation)
}

/// Reads a text; never fails.
#[must_use]
pub fn parse_tree(notation: Notation, text: &str) -> Tree {
    match notation {
        Notation::Json => json::parse(text),
        Notation::Yaml => yaml::parse(text),
        Notation::Toml => toml::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_how_files_are_written() {
        let cases = [
            ("package.json", Some(Notation::Json)),
            ("a/b/TSCONFIG.JSON", Some(Notation::Json)),
            (".vscode/settings.jsonc", Some(Notation::Json)),
            ("k8s/deploy.yml", Some(Notation::Yaml)),
            ("supabase/config.toml", Some(Notation::Toml)),
            ("Cargo.lock", Some(Notation::Toml)),
            ("bun.lock", Some(Notation::Json)),
            ("yarn.lock", None),
            ("json", None),
            ("data.json5", None),
            ("notes.json.md", None),
            ("folder.json/README", None),
        ];
        for (path, want) in cases {
            assert_eq!(notation(&ArtifactPath::new(path)), want, "{path}");
        }
    }
}
