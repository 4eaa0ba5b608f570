//! What the formats keep.

use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Severity};

const fn kind(
    id: &'static str,
    name: &'static str,
    description: &'static str,
    revoke: &'static str,
) -> Kind {
    Kind {
        id,
        provider: "",
        name,
        description,
        revoke,
        severity: Severity::High,
        precision: Precision::High,
        family: Family::Assignment,
    }
}

macro_rules! kinds {
    ($($constant:ident = $kind:expr;)*) => {
        $(pub(super) static $constant: Kind = $kind;)*
        /// All of them.
        pub(crate) static ALL: &[&Kind] = &[$(&$constant),*];
    };
}

kinds! {
    NETRC = kind(
        "netrc-password",
        "password of a .netrc",
        "Git, curl and others log in with it.",
        "change it at the host that the file names",
    );
    PGPASS = kind(
        "pgpass-password",
        "password of a .pgpass",
        "PostgreSQL's tools log in with it.",
        "ALTER ROLE … PASSWORD",
    );
    NPMRC = kind(
        "npmrc-auth",
        "credential of an npm registry",
        "Whoever has it can read private packages, and publish under the account's name.",
        "npm token revoke, or the registry's own page",
    );
    PYPIRC = kind(
        "pypirc-password",
        "password of a package index",
        "Whoever has it can publish packages under the account's name.",
        "change it at the index, and upload by a trusted publisher",
    );
    DOCKER = kind(
        "docker-registry-auth",
        "login of a container registry",
        "Whoever has it can pull private images, and push in their place.",
        "docker logout, then change the password or delete the token at the registry",
    );
    PASSWORD_FILE = Kind {
        severity: Severity::High,
        precision: Precision::Medium,
        family: Family::PasswordHash,
        ..kind(
            "password-file-hash",
            "hash of a password file",
            "Whoever has it can guess the password, which is cut to eight characters, in hours.",
            "",
        )
    };
    MAIL = kind(
        "mail-client-password",
        "password of a mail account",
        "Whoever has it can read and send mail as its owner.",
        "change it at the mail provider",
    );
    CONFIGURED = kind(
        "configured-credential",
        "credential of a tool's configuration",
        "Whoever has it can use the tool as its owner.",
        "delete it in the account that the tool belongs to, and log in anew",
    );
    DATABASE = kind(
        "database-client-password",
        "password of a database client",
        "Whoever reaches the database can log in with it.",
        "change the password of the role",
    );
    TRANSFER = kind(
        "file-transfer-password",
        "password of a file transfer client",
        "Whoever has it can read and replace what is on the server.",
        "change it at the server, and use a key",
    );
    OBSCURED = Kind {
        precision: Precision::Medium,
        ..kind(
            "obscured-password",
            "obscured password",
            "It is not encrypted, but written in another form, which anybody can undo.",
            "change it at the server that it opens",
        )
    };
    BROWSER = Kind {
        severity: Severity::Medium,
        precision: Precision::Medium,
        ..kind(
            "browser-saved-login",
            "login saved by a browser",
            "With the key file of the same profile it can be read.",
            "change the password at the site",
        )
    };
    RAILS = Kind {
        severity: Severity::Critical,
        ..kind(
            "rails-master-key",
            "master key of a Rails application",
            "It decrypts the credentials file, which holds every other secret.",
            "rails credentials:edit with a new key, then change every secret in the file",
        )
    };
    SECRET_KEY_BASE = kind(
        "rails-secret-key-base",
        "secret_key_base of a Rails application",
        "Whoever has it can make session cookies of any user.",
        "make a new one with bin/rails secret",
    );
    DOTENV_KEY = Kind {
        severity: Severity::Critical,
        ..kind(
            "dotenv-private-key",
            "private key of dotenvx",
            "It decrypts the env file that is shared in encrypted form.",
            "dotenvx rotate, then change every secret in the file",
        )
    };
    WORDPRESS = kind(
        "wordpress-config-secret",
        "secret of a WordPress configuration",
        "Whoever has it can read the database, or make cookies of any user.",
        "change the database password; take new salts from WordPress",
    );
    TERRAFORM = kind(
        "terraform-state-secret",
        "secret in a Terraform state",
        "A state holds in plain text whatever the configuration marked as sensitive.",
        "change it at its provider, and keep the state in an encrypted backend",
    );
    KUBECONFIG = Kind {
        severity: Severity::Critical,
        ..kind(
            "kubeconfig-credential",
            "credential of a kubeconfig",
            "Whoever reaches the cluster can act as this user.",
            "delete the service account's token, or make the cluster trust a new certificate",
        )
    };
    KUBERNETES = kind(
        "kubernetes-secret-value",
        "value of a Kubernetes Secret",
        "The base64 of a manifest is no encryption.",
        "change it at its provider, and seal the manifest or take the value from a store",
    );
    REQUEST = kind(
        "recorded-request-credential",
        "credential of a recorded request",
        "Whoever has it can repeat the request as its sender.",
        "end the session or delete the token",
    );
    TOOL_TOKEN = kind(
        "tool-login-token",
        "login token of a tool",
        "Whoever has it can act as the account that logged in.",
        "log out with the tool, and delete the token in the account",
    );
    CLOUD = kind(
        "cloud-user-credential",
        "login of a cloud's user",
        "Whoever has it gets access as the user, for as long as it is not revoked.",
        "revoke the application's access in the account",
    );
    OPENVPN = Kind {
        severity: Severity::High,
        family: Family::PrivateKey,
        ..kind(
            "openvpn-static-key",
            "static key of OpenVPN",
            "Whoever has it passes the first door of the VPN, or reads its traffic.",
            "make a new one with openvpn --genkey on every peer",
        )
    };
    MAVEN = kind(
        "maven-server-password",
        "password of a Maven server",
        "Whoever has it can read private artifacts, and publish in their place.",
        "change it at the repository",
    );
    NUGET = kind(
        "nuget-source-password",
        "password of a NuGet source",
        "Whoever has it can read private packages, and publish in their place.",
        "change it at the feed",
    );
}
