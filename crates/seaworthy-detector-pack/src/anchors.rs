//! The literals at which the structural finders of the engine begin.

/// A finder of secrets by structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finder {
    /// A value under a telling name.
    Pair,
    /// A URL with credentials.
    Url,
    /// The value of an authorization header.
    Authorization,
    /// A command that takes a secret as an argument.
    Command,
    /// A statement that sets a password.
    Sql,
    /// A block of a private key.
    PrivateKey,
    /// A JSON Web Token.
    Jwt,
    /// The hash of a password.
    Hash,
    /// A JSON Web Key.
    Jwk,
    /// Text in an encoding that hides its structure.
    Escape,
}

/// Every structural finder with its literals, found in any case.
pub const STRUCTURAL: &[(Finder, &[&str])] = &[
    (
        Finder::Pair,
        &[
            "password",
            "passwd",
            "passwort",
            "passphrase",
            "passcode",
            "pass",
            "pwd",
            "secret",
            "token",
            "key",
            "auth",
            "credential",
            "cred",
        ],
    ),
    (
        Finder::Url,
        &[
            "://",
            ":\\/\\/",
            "@tcp(",
            "@unix(",
            "jdbc:oracle:",
            "x-amz-signature=",
            "x-goog-signature=",
            "awsaccesskeyid=",
            "sig=",
        ],
    ),
    (
        Finder::Authorization,
        &[
            "bearer",
            "basic ",
            "basic\"",
            "basic'",
            "tlrmtvntuaad",
            "authorization",
            "cookie:",
            "cookie\"",
            "cookie'",
            "cookie =",
            "api-key",
            "-token",
            "-secret",
            "auth-key",
            "subscription-key",
            "app-key",
            "application-key",
        ],
    ),
    (Finder::Command, &["curl ", "sshpass", "mysql", "docker login", "-passout", "-passin"]),
    (Finder::Sql, &["identified by", "with password", "identified with"]),
    (Finder::PrivateKey, &["-----begin", "putty-user-key-file"]),
    (Finder::Jwt, &["eyj"]),
    (Finder::Hash, &["$2a$", "$2b$", "$2y$", "$argon2", "$6$", "$5$", "$apr1$", "{ssha"]),
    (Finder::Jwk, &["\"kty\""]),
    (Finder::Escape, &["%22", "%3d", "%3a", "\\u0022", "\\u003d", "&quot;", "&#34;"]),
];
