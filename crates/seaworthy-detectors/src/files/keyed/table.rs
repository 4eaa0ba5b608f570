//! The files whose secrets stand under known keys.

use seaworthy_detector_pack::Kind;

use crate::files::kinds;

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Syntax {
    /// A key and its value on a line.
    Lines,
    Json,
    Yaml,
    Toml,
}

/// A format.
pub(super) struct Format {
    /// File names in lower case.
    pub(super) files: &'static [&'static str],
    /// The folder that they lie in; any when empty.
    pub(super) folder: &'static str,
    pub(super) syntax: Syntax,
    /// Keys of secrets; `x*` and `*x` stand for all that begin or end so.
    pub(super) keys: &'static [&'static str],
    /// Keys of the user beside them.
    pub(super) users: &'static [&'static str],
    /// Keys of the host beside them.
    pub(super) hosts: &'static [&'static str],
    pub(super) kind: &'static Kind,
}

const USERS: &[&str] = &["user", "username", "login", "user_name", "uid"];
const HOSTS: &[&str] =
    &["host", "hostname", "server", "repository", "address", "url", "servername"];

const fn lines(
    files: &'static [&'static str],
    keys: &'static [&'static str],
    kind: &'static Kind,
) -> Format {
    Format { files, folder: "", syntax: Syntax::Lines, keys, users: USERS, hosts: HOSTS, kind }
}

const fn json(
    files: &'static [&'static str],
    keys: &'static [&'static str],
    kind: &'static Kind,
) -> Format {
    Format { syntax: Syntax::Json, ..lines(files, keys, kind) }
}

const fn yaml(
    files: &'static [&'static str],
    keys: &'static [&'static str],
    kind: &'static Kind,
) -> Format {
    Format { syntax: Syntax::Yaml, ..lines(files, keys, kind) }
}

pub(super) static FORMATS: &[Format] = &[
    lines(&[".npmrc", "npmrc", ".yarnrc"], &["_authtoken", "_auth", "_password"], &kinds::NPMRC),
    yaml(&[".yarnrc.yml", ".yarnrc.yaml"], &["npmauthtoken", "npmauthident"], &kinds::NPMRC),
    lines(&[".pypirc", "pypirc"], &["password"], &kinds::PYPIRC),
    lines(
        &[".s3cfg", "s3cfg", ".s3cmd"],
        &["secret_key", "access_token", "gpg_passphrase"],
        &kinds::CLOUD,
    ),
    lines(
        &[".boto", "boto.cfg"],
        &["gs_secret_access_key", "aws_secret_access_key", "gs_oauth2_refresh_token"],
        &kinds::CLOUD,
    ),
    Format {
        folder: ".aws",
        ..lines(
            &["credentials", "config"],
            &["aws_secret_access_key", "aws_session_token"],
            &kinds::CLOUD,
        )
    },
    Format {
        users: &["user", "username", "imap_user", "smtp_user", "smtp-auth-user"],
        ..lines(
            &[
                ".esmtprc",
                "esmtprc",
                ".msmtprc",
                "msmtprc",
                ".muttrc",
                "muttrc",
                ".mailrc",
                ".neomuttrc",
                ".offlineimaprc",
                ".mbsyncrc",
                ".getmailrc",
                "ssmtp.conf",
            ],
            &[
                "password",
                "pass",
                "imap_pass",
                "smtp_pass",
                "pop_pass",
                "nntp_pass",
                "smtp-auth-password",
                "remotepass",
                "authpass",
            ],
            &kinds::MAIL,
        )
    },
    lines(
        &[
            ".my.cnf",
            "my.cnf",
            "my.ini",
            ".mysql.cnf",
            "debian.cnf",
            ".pg_service.conf",
            "pg_service.conf",
            "odbc.ini",
            ".odbc.ini",
        ],
        &["password", "pwd"],
        &kinds::DATABASE,
    ),
    yaml(&["database.yml", "database.yaml", "mongoid.yml"], &["password"], &kinds::DATABASE),
    Format {
        folder: ".snowsql",
        ..lines(&["config"], &["password", "private_key_passphrase"], &kinds::DATABASE)
    },
    Format {
        users: &["username", "sshusername"],
        hosts: &["serverhost", "host"],
        ..json(
            &["robomongo.json", "robo3t.json"],
            &["userpassword", "sshuserpassword", "sshpassphrase", "passphrase"],
            &kinds::DATABASE,
        )
    },
    json(&["data-sources.json", "credentials-config.json"], &["password"], &kinds::DATABASE),
    json(
        &[
            "sftp-config.json",
            "sftp-config-alt.json",
            ".ftpconfig",
            "sftp.json",
            ".sftpconfig.json",
            "deployment-config.json",
            "ftp-config.json",
            ".remote-sync.json",
            "ftpsync.settings",
            ".ftpsync.json",
            "ftp-sync.json",
            "ftp-simple.json",
            ".ftppass",
            "ftp.json",
            ".deploy-sftp.json",
            "ftp_config.json",
        ],
        &["password", "pass", "passphrase", "ftppassword"],
        &kinds::TRANSFER,
    ),
    lines(
        &[".smbcredentials", ".credentials.smb", "smbcredentials"],
        &["password"],
        &kinds::TRANSFER,
    ),
    lines(
        &[".wgetrc", "wgetrc"],
        &["http_password", "ftp_password", "proxy_password", "password"],
        &kinds::TRANSFER,
    ),
    lines(
        &["winscp.ini", "ultravnc.ini"],
        &["password", "passwd", "passwd2", "passwordplain"],
        &kinds::OBSCURED,
    ),
    Format {
        hosts: &["hostname", "formsubmiturl"],
        ..json(&["logins.json", "logins-backup.json"], &["encryptedpassword"], &kinds::BROWSER)
    },
    json(
        &["accesstokens.json", "msal_token_cache.json"],
        &["accesstoken", "refreshtoken", "secret"],
        &kinds::CLOUD,
    ),
    json(
        &[
            "credentials.json",
            "token.json",
            "tokens.json",
            "application_default_credentials.json",
            "client_secret.json",
            "client_secrets.json",
            "adc.json",
            "firebase-tools.json",
            ".clasprc.json",
            "legacy_credentials.json",
        ],
        &["refresh_token", "access_token", "client_secret", "clientsecret", "refreshtoken"],
        &kinds::CLOUD,
    ),
    Format { folder: ".gem", ..lines(&["credentials"], &["*"], &kinds::TOOL_TOKEN) },
    Format { folder: ".cargo", ..lines(&["credentials"], &["token"], &kinds::TOOL_TOKEN) },
    Format {
        folder: ".cargo",
        syntax: Syntax::Toml,
        ..lines(&["credentials.toml"], &["token"], &kinds::TOOL_TOKEN)
    },
    Format { folder: ".irssi", ..lines(&["config"], &["*password"], &kinds::CONFIGURED) },
    Format { folder: "doctl", ..yaml(&["config.yaml"], &["access-token"], &kinds::TOOL_TOKEN) },
    Format { folder: "gh", ..yaml(&["hosts.yml"], &["oauth_token"], &kinds::TOOL_TOKEN) },
    yaml(&["hub", ".hub"], &["oauth_token"], &kinds::TOOL_TOKEN),
    yaml(
        &[".tugboat", "ngrok.yml", "ngrok.yaml", "glab-cli.yml"],
        &["access_token", "client_key", "api_key", "authtoken", "token"],
        &kinds::TOOL_TOKEN,
    ),
    lines(
        &[
            ".terraformrc",
            "terraform.rc",
            ".sentryclirc",
            ".databrickscfg",
            ".dockerhub",
            ".hcloud.toml",
        ],
        &["token", "password"],
        &kinds::TOOL_TOKEN,
    ),
    json(&["credentials.tfrc.json"], &["token"], &kinds::TOOL_TOKEN),
    lines(&[".hgrc", "hgrc", "mercurial.ini"], &["password"], &kinds::TOOL_TOKEN),
    yaml(
        &["secrets.yml", "secrets.yaml"],
        &["secret_key_base", "secret_token"],
        &kinds::SECRET_KEY_BASE,
    ),
    lines(
        &["ldap.conf", "nslcd.conf", "pam_ldap.conf", "ldap.secret", "sssd.conf", "sudo-ldap.conf"],
        &["bindpw", "rootbindpw", "ldap_default_authtok", "adminpw"],
        &kinds::CONFIGURED,
    ),
    lines(
        &["rclone.conf"],
        &[
            "pass",
            "password",
            "password2",
            "secret_access_key",
            "key",
            "client_secret",
            "account_key",
        ],
        &kinds::TRANSFER,
    ),
    lines(
        &["wpa_supplicant.conf", "wpa_supplicant-wlan0.conf", "wpa.conf"],
        &["psk", "password", "wep_key0", "private_key_passwd"],
        &kinds::CONFIGURED,
    ),
    lines(
        &[
            "keystore.properties",
            "key.properties",
            "signing.properties",
            "local.properties",
            "gradle.properties",
        ],
        &["*password", "*pass", "*token", "*passphrase"],
        &kinds::CONFIGURED,
    ),
    lines(&["sentry.properties"], &["token"], &kinds::TOOL_TOKEN),
    yaml(
        &["profiles.yml", "profiles.yaml"],
        &["password", "pass", "private_key_passphrase", "token", "client_secret"],
        &kinds::DATABASE,
    ),
    Format {
        syntax: Syntax::Toml,
        ..lines(
            &["secrets.toml", "connections.toml"],
            &["*password", "*token", "*secret", "*key"],
            &kinds::CONFIGURED,
        )
    },
    lines(&[".env.keys"], &["dotenv_private_key*"], &kinds::DOTENV_KEY),
];
