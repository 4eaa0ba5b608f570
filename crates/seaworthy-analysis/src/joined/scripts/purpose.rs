//! What a script is for, by its name.

/// What a script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// For a developer's machine.
    Development,
    /// For tests.
    Test,
    /// It brings a database back.
    Restore,
    /// It brings the version before back.
    Rollback,
    /// It keeps a copy of the data.
    Backup,
    /// It fills a database with data.
    Seed,
    /// It changes the schema of a database.
    Migrate,
    /// It looks whether what was deployed works.
    Verify,
    /// It brings a version to where it runs.
    Deploy,
    /// It starts the program.
    Start,
    /// Its name says nothing of this.
    Other,
}

const WORDS: &[(Purpose, &[&str])] = &[
    (
        Purpose::Development,
        &["dev", "develop", "development", "local", "watch", "devcontainer", "debug", "localhost"],
    ),
    (Purpose::Test, &["test", "tests", "testing", "e2e", "spec", "integration", "lint", "bench"]),
    (Purpose::Restore, &["restore", "restores"]),
    (Purpose::Rollback, &["rollback", "rollbacks"]),
    (Purpose::Backup, &["backup", "backups", "dump", "pgdump", "mongodump"]),
    (Purpose::Seed, &["seed", "seeds", "seeder", "seeding"]),
    (Purpose::Migrate, &["migrate", "migration", "migrations"]),
    (Purpose::Verify, &["smoke", "verify", "healthcheck", "health"]),
    (Purpose::Deploy, &["deploy", "deployment", "deploys", "redeploy", "rollout"]),
    (Purpose::Start, &["start", "entrypoint", "boot", "startup", "launch"]),
];

/// What a name says; the first of [`WORDS`] that it holds decides.
#[must_use]
pub fn purpose_of(name: &str) -> Purpose {
    let place = |word: &str| {
        WORDS
            .iter()
            .position(|(_, known)| known.iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(place)
        .min()
        .map_or(Purpose::Other, |first| WORDS[first].0)
}

/// Whether a name speaks of another environment than production.
pub(super) fn is_aside(name: &str) -> bool {
    const ASIDE: &[&str] = &[
        "dev",
        "develop",
        "development",
        "local",
        "localhost",
        "test",
        "tests",
        "testing",
        "e2e",
        "staging",
        "stage",
        "stg",
        "preview",
        "qa",
        "uat",
        "ci",
        "demo",
        "sandbox",
        "debug",
        "watch",
        "example",
        "examples",
        "storybook",
        "docs",
        "review",
        "beta",
        "bootstrap",
    ];
    let lower = name.to_ascii_lowercase();
    lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| ASIDE.contains(&word))
}

/// Whether a name says production.
pub(super) fn is_production(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| matches!(word, "prod" | "production" | "live"))
}
