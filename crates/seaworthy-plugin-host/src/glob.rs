//! Patterns of paths, as `selector.globs` and `repo.find` write them.

mod simple;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use simple::Simple;

/// The most bytes of a pattern.
pub(crate) const MAX_GLOB_BYTES: usize = 512;

/// A pattern that cannot be read, and why.
type Wrong = (String, String);

/// Patterns that are held against a path together.
#[derive(Debug, Default)]
pub(crate) struct Globs {
    /// Those that need no regular expression.
    simple: Vec<Simple>,
    /// Others with a slash, for the whole path.
    paths: GlobSet,
    path_places: Vec<usize>,
    /// Others without, for the file's name.
    names: GlobSet,
    name_places: Vec<usize>,
}

impl Globs {
    /// Reads patterns. A match is told by a pattern's place in the list.
    ///
    /// # Errors
    /// The first pattern that cannot be read, and why.
    pub(crate) fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, Wrong> {
        Self::gathered(patterns, Err)
    }

    /// Reads patterns that were read before; one that cannot be read matches nothing.
    pub(crate) fn known<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        Self::gathered(patterns, |_| Ok(())).unwrap_or_default()
    }

    fn gathered<'p>(
        patterns: impl IntoIterator<Item = &'p str>,
        wrong: impl Fn(Wrong) -> Result<(), Wrong>,
    ) -> Result<Self, Wrong> {
        let (mut paths, mut names) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let mut globs = Self::default();
        for (place, pattern) in patterns.into_iter().enumerate() {
            let told = |reason: String| wrong((pattern.to_owned(), reason));
            if pattern.is_empty() || pattern.len() > MAX_GLOB_BYTES {
                told(format!("a pattern has 1 to {MAX_GLOB_BYTES} bytes"))?;
                continue;
            }
            let for_path = pattern.contains('/');
            if let Some(simple) = Simple::read(pattern, place) {
                globs.simple.push(simple);
                continue;
            }
            let glob =
                GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
            match (glob, for_path) {
                (Ok(glob), true) => {
                    paths.add(glob);
                    globs.path_places.push(place);
                }
                (Ok(glob), false) => {
                    names.add(glob);
                    globs.name_places.push(place);
                }
                (Err(error), _) => told(error.kind().to_string())?,
            }
        }
        let built = |set: &GlobSetBuilder| {
            set.build().map_err(|error| (String::new(), error.kind().to_string()))
        };
        if !globs.path_places.is_empty() {
            globs.paths = built(&paths)?;
        }
        if !globs.name_places.is_empty() {
            globs.names = built(&names)?;
        }
        Ok(globs)
    }

    /// Whether one of the patterns matches a path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let name = name_of(path);
        self.simple.iter().any(|pattern| pattern.matches(path, name))
            || (!self.names.is_empty() && self.names.is_match(name))
            || (!self.paths.is_empty() && self.paths.is_match(path))
    }

    /// The places of the patterns that match, in no order.
    pub(crate) fn places(&self, path: &str) -> impl Iterator<Item = usize> {
        let name = name_of(path);
        let simple = self.simple.iter().filter(move |pattern| pattern.matches(path, name));
        let others = |set: &GlobSet, text| match set.is_empty() {
            true => Vec::new(),
            false => set.matches(text),
        };
        let by_name = others(&self.names, name).into_iter();
        let by_path = others(&self.paths, path).into_iter();
        simple
            .map(|pattern| pattern.place)
            .chain(by_name.map(|at| self.name_places[at]))
            .chain(by_path.map(|at| self.path_places[at]))
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_held_against_names_or_paths() {
        let cases = [
            ("*.sql", "db/migrations/1.sql", true),
            ("*.sql", "db/1.sqlx", false),
            ("migrations/*.sql", "migrations/1.sql", true),
            ("migrations/*.sql", "db/migrations/1.sql", false),
            ("**/migrations/*.sql", "migrations/1.sql", true),
            ("**/migrations/*.sql", "a/b/migrations/1.sql", true),
            ("**/migrations/*.sql", "migrations/a/1.sql", false),
            ("migrations/**", "migrations/a/1.sql", true),
            ("supabase/**/*.{sql,toml}", "supabase/config.toml", true),
            ("Dockerfile*", "deploy/Dockerfile.web", true),
            ("dockerfile*", "Dockerfile", false),
            ("[ab].env", "x/b.env", true),
            ("?.env", "x/b.env", true),
            ("*", "a/.env", true),
        ];
        for (pattern, path, want) in cases {
            let globs = Globs::new([pattern]).expect(pattern);
            assert_eq!(globs.matches(path), want, "{pattern} on {path}");
            assert_eq!(globs.places(path).count() == 1, want, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_wrong_pattern_is_named() {
        for pattern in ["", "[a", "{a", "a\\"] {
            assert_eq!(Globs::new(["ok", pattern]).expect_err(pattern).0, pattern);
        }
        assert!(Globs::new([&*"a".repeat(513)]).is_err());
    }
}
