//! The rules by which leaks are reported.

use seaworthy_model::{Group, Precision, Rule, Severity};

/// `secret-known-token`
pub(crate) static SECRET_KNOWN_TOKEN: Rule = Rule {
    id: "secret-known-token",
    group: Group::Secrets,
    summary: "credential of a known provider in a file",
    help: include_str!("rules/secret_known_token.md"),
    severity: Severity::Critical,
    precision: Precision::High,
    cwe: &[798, 312],
    ..Rule::DEFAULT
};

/// `secret-generic-assignment`
pub(crate) static SECRET_GENERIC_ASSIGNMENT: Rule = Rule {
    id: "secret-generic-assignment",
    group: Group::Secrets,
    summary: "literal secret under a telling name",
    help: include_str!("rules/secret_generic_assignment.md"),
    severity: Severity::High,
    precision: Precision::Medium,
    cwe: &[798, 259],
    ..Rule::DEFAULT
};

/// `secret-in-docs`
pub(crate) static SECRET_IN_DOCS: Rule = Rule {
    id: "secret-in-docs",
    group: Group::Secrets,
    summary: "real credential in documentation",
    help: include_str!("rules/secret_in_docs.md"),
    severity: Severity::High,
    precision: Precision::High,
    cwe: &[798, 312],
    ..Rule::DEFAULT
};

/// `secret-in-comment`
pub(crate) static SECRET_IN_COMMENT: Rule = Rule {
    id: "secret-in-comment",
    group: Group::Secrets,
    summary: "real credential in a comment",
    help: include_str!("rules/secret_in_comment.md"),
    severity: Severity::High,
    precision: Precision::High,
    cwe: &[615, 798],
    ..Rule::DEFAULT
};

/// `private-key-tracked`
pub(crate) static PRIVATE_KEY_TRACKED: Rule = Rule {
    id: "private-key-tracked",
    group: Group::Secrets,
    summary: "private key in a file",
    help: include_str!("rules/private_key_tracked.md"),
    severity: Severity::Critical,
    precision: Precision::VeryHigh,
    cwe: &[321, 798],
    ..Rule::DEFAULT
};

/// `jwt-token-committed`
pub(crate) static JWT_TOKEN_COMMITTED: Rule = Rule {
    id: "jwt-token-committed",
    group: Group::Secrets,
    summary: "signed JSON Web Token in a file",
    help: include_str!("rules/jwt_token_committed.md"),
    severity: Severity::Medium,
    precision: Precision::High,
    cwe: &[798, 522],
    ..Rule::DEFAULT
};

/// `password-hash-committed`
pub(crate) static PASSWORD_HASH_COMMITTED: Rule = Rule {
    id: "password-hash-committed",
    group: Group::Secrets,
    summary: "hash of a password in a file",
    help: include_str!("rules/password_hash_committed.md"),
    severity: Severity::High,
    precision: Precision::Medium,
    cwe: &[916, 312],
    ..Rule::DEFAULT
};

/// `example-file-real-secret`
pub(crate) static EXAMPLE_FILE_REAL_SECRET: Rule = Rule {
    id: "example-file-real-secret",
    group: Group::Secrets,
    summary: "real secret in a template",
    help: include_str!("rules/example_file_real_secret.md"),
    severity: Severity::High,
    precision: Precision::High,
    cwe: &[798, 540],
    ..Rule::DEFAULT
};

/// `ci-literal-secret`
pub(crate) static CI_LITERAL_SECRET: Rule = Rule {
    id: "ci-literal-secret",
    group: Group::Secrets,
    summary: "literal secret in the configuration of a CI service",
    help: include_str!("rules/ci_literal_secret.md"),
    severity: Severity::High,
    precision: Precision::High,
    cwe: &[798, 312],
    ..Rule::DEFAULT
};

/// `git-history-secret`
pub(crate) static GIT_HISTORY_SECRET: Rule = Rule {
    id: "git-history-secret",
    group: Group::Secrets,
    summary: "secret in a commit of the past",
    help: include_str!("rules/git_history_secret.md"),
    severity: Severity::High,
    precision: Precision::High,
    cwe: &[798, 538],
    ..Rule::DEFAULT
};

/// All of them.
pub(crate) static ALL: &[&Rule] = &[
    &SECRET_KNOWN_TOKEN,
    &SECRET_GENERIC_ASSIGNMENT,
    &SECRET_IN_DOCS,
    &SECRET_IN_COMMENT,
    &PRIVATE_KEY_TRACKED,
    &JWT_TOKEN_COMMITTED,
    &PASSWORD_HASH_COMMITTED,
    &EXAMPLE_FILE_REAL_SECRET,
    &CI_LITERAL_SECRET,
    &GIT_HISTORY_SECRET,
];
