//! What tags of images say: a version, or only a variant and a channel.

/// Whether a tag consists of words that name variants and channels alone.
pub(crate) fn is_floating(tag: &str) -> bool {
    const WORDS: &[&str] = &[
        "alpine",
        "slim",
        "lts",
        "stable",
        "current",
        "edge",
        "mainline",
        "perl",
        "otel",
        "fpm",
        "apache",
        "cli",
        "debug",
        "nightly",
        "beta",
        "rc",
        "dev",
        "main",
        "master",
        "unstable",
        "testing",
        "rolling",
        "devel",
        "latest",
        "full",
        "minimal",
        "unprivileged",
        "zts",
    ];
    tag.split('-').all(|word| WORDS.contains(&word))
}
