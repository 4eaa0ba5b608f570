//! Facts about the public registries and git hosts. The only place where their
//! addresses are named.

/// The hosts of npm's public registry: its own and the alias yarn writes.
pub const NPM_HOSTS: [&str; 2] = ["registry.npmjs.org", "registry.yarnpkg.com"];

/// The hosts of GitHub's npm registry, whose addresses have a form of their
/// own.
pub const GITHUB_NPM_HOST: &str = "npm.pkg.github.com";

/// What Cargo writes for its public registry, by git index and by HTTP.
pub const CARGO_SOURCES: [&str; 2] =
    ["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"];

/// Hosts of git repositories, and those from which they serve archives.
pub const GIT_HOSTS: [&str; 6] = [
    "github.com",
    "codeload.github.com",
    "api.github.com",
    "gitlab.com",
    "bitbucket.org",
    "gist.github.com",
];

/// Shorthands that npm, yarn, pnpm and bun accept for git hosts.
pub const GIT_SHORTHANDS: [&str; 4] = ["github:", "gitlab:", "bitbucket:", "gist:"];

/// The host of JSR's registry in npm's form.
pub const JSR_NPM_HOST: &str = "npm.jsr.io";

/// Whether a host serves a registry that everybody can publish to and that
/// package managers know by themselves or by the scope.
#[must_use]
pub fn is_public_registry(host: &str) -> bool {
    is_public_npm(host)
        || [GITHUB_NPM_HOST, JSR_NPM_HOST].iter().any(|known| known.eq_ignore_ascii_case(host))
}

/// Whether a host serves npm's public registry.
#[must_use]
pub fn is_public_npm(host: &str) -> bool {
    NPM_HOSTS.iter().any(|known| known.eq_ignore_ascii_case(host))
}

/// Whether a host is a well-known one of git repositories or their archives.
#[must_use]
pub fn is_git_host(host: &str) -> bool {
    GIT_HOSTS.iter().any(|known| known.eq_ignore_ascii_case(host))
}
