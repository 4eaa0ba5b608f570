//! What a value under a telling name is to its reader.

use seaworthy_analysis::names::SecretKind;
use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Severity};

const fn kind(
    id: &'static str,
    name: &'static str,
    description: &'static str,
    severity: Severity,
) -> Kind {
    Kind {
        id,
        provider: "",
        name,
        description,
        revoke: "",
        severity,
        precision: Precision::Medium,
        family: Family::Assignment,
    }
}

pub(in crate::find) static PASSWORD: Kind = kind(
    "assigned-password",
    "password",
    "Logs in as the user that it belongs to.",
    Severity::High,
);
pub(in crate::find) static DATABASE_PASSWORD: Kind = kind(
    "assigned-database-password",
    "database password",
    "Reads and changes the data of the database.",
    Severity::High,
);
pub(in crate::find) static API_KEY: Kind = kind(
    "assigned-api-key",
    "API key",
    "Uses the service in the name of the account.",
    Severity::High,
);
pub(in crate::find) static TOKEN: Kind = kind(
    "assigned-token",
    "token",
    "Acts in the name of the user or service that it was issued to.",
    Severity::High,
);
pub(in crate::find) static CLIENT_SECRET: Kind = kind(
    "assigned-client-secret",
    "client secret",
    "Acts as the application towards the provider of its logins.",
    Severity::High,
);
pub(in crate::find) static SIGNING_SECRET: Kind = kind(
    "assigned-signing-secret",
    "signing secret",
    "Forges sessions, tokens or webhooks that the application trusts.",
    Severity::High,
);
pub(in crate::find) static ENCRYPTION_KEY: Kind = kind(
    "assigned-encryption-key",
    "encryption key",
    "Decrypts what the application has encrypted.",
    Severity::High,
);
pub(in crate::find) static PRIVATE_KEY: Kind = kind(
    "assigned-private-key",
    "private key",
    "Signs or decrypts in the name of its owner.",
    Severity::High,
);
pub(in crate::find) static SECRET: Kind =
    kind("assigned-secret", "secret", "Opens what it was made to protect.", Severity::High);

/// The kind that a name speaks of.
pub(super) fn of(kind: SecretKind) -> &'static Kind {
    match kind {
        SecretKind::JwtAccess
        | SecretKind::JwtRefresh
        | SecretKind::Session
        | SecretKind::Csrf
        | SecretKind::Webhook => &SIGNING_SECRET,
        SecretKind::Encryption => &ENCRYPTION_KEY,
        SecretKind::DatabasePassword => &DATABASE_PASSWORD,
        SecretKind::Password => &PASSWORD,
        SecretKind::ApiKey => &API_KEY,
        SecretKind::Token => &TOKEN,
        SecretKind::ClientSecret => &CLIENT_SECRET,
        SecretKind::PrivateKey => &PRIVATE_KEY,
        SecretKind::Salt | SecretKind::Generic => &SECRET,
    }
}
