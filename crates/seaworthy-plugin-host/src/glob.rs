//! Patterns of paths, as `selector.globs` and `repo.find` write them.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The most bytes of a pattern.
pub(crate) const MAX_GLOB_BYTES: usize = 512;

/// Patterns that are held against a path together.
#[derive(Debug, Default)]
pub(crate) struct Globs {
    /// Those with a slash, for the whole path.
    paths: GlobSet,
    path_places: Vec<usize>,
    /// Those without, for the file's name.
    names: GlobSet,
    name_places: Vec<usize>,
}

impl Globs {
    /// Reads patterns. A match is told by a pattern's place in the list.
    ///
    /// # Errors
    /// The first pattern that cannot be read, and why.
    pub(crate) fn new<'p>(
        patterns: impl IntoIterator<Item = &'p str>,
    ) -> Result<Self, (String, String)> {
        let (mut paths, mut names) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let mut globs = Self::default();
        for (place, pattern) in patterns.into_iter().enumerate() {
            let told = |reason: String| (pattern.to_owned(), reason);
            if pattern.is_empty() || pattern.len() > MAX_GLOB_BYTES {
                return Err(told(format!("a pattern has 1 to {MAX_GLOB_BYTES} bytes")));
            }
            let glob = GlobBuilder::new(pattern)
                .literal_separator(true)
                .backslash_escape(true)
                .build()
                .map_err(|error| told(error.kind().to_string()))?;
            if pattern.contains('/') {
                paths.add(glob);
                globs.path_places.push(place);
            } else {
                names.add(glob);
                globs.name_places.push(place);
            }
        }
        let built = |set: &GlobSetBuilder| {
            set.build().map_err(|error| (String::new(), error.kind().to_string()))
        };
        globs.paths = built(&paths)?;
        globs.names = built(&names)?;
        Ok(globs)
    }

    /// Whether one of the patterns matches a path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.names.is_match(name_of(path)) || self.paths.is_match(path)
    }

    /// The places of the patterns that match, in no order.
    pub(crate) fn places(&self, path: &str) -> impl Iterator<Item = usize> {
        let by_name = self.names.matches(name_of(path)).into_iter();
        let by_path = self.paths.matches(path).into_iter();
        by_name.map(|at| self.name_places[at]).chain(by_path.map(|at| self.path_places[at]))
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
