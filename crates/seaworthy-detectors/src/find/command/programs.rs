//! The programs that take secrets as arguments, and by which of them.

/// How a flag takes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As the next word; a flag of two dashes, or of more than one letter, also
    /// after `=` or `:`.
    Next,
    /// In the same word: `-pvalue`.
    Glued,
    /// Either way.
    Either,
}

/// What of the value is the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// All of it.
    Whole,
    /// What follows the user and this byte.
    After(u8),
    /// What follows `pass:`.
    Pass,
}

/// A program.
#[derive(Debug)]
pub(super) struct Program {
    /// Its names, in lower case; those with blanks are a program and its command.
    pub(super) names: &'static [&'static str],
    /// The flags of the user.
    pub(super) user: &'static [&'static str],
    /// The flags of secrets.
    pub(super) secrets: &'static [(&'static str, How, Form)],
    /// Which arguments without a flag are secrets, from one.
    pub(super) positions: &'static [(usize, Form)],
}

const NONE: Program = Program { names: &[], user: &[], secrets: &[], positions: &[] };

use Form::{After, Pass, Whole};
use How::{Either, Glued, Next};

const PASSWORD: (&str, How, Form) = ("--password", Next, Whole);

/// Every program that is known. Each name is a literal of the finder, or begins
/// with one.
pub(super) const PROGRAMS: &[Program] = &[
    Program {
        names: &["curl"],
        secrets: &[
            ("-u", Either, After(b':')),
            ("--user", Next, After(b':')),
            ("-U", Either, After(b':')),
            ("--proxy-user", Next, After(b':')),
            ("--pass", Next, Whole),
            ("--oauth2-bearer", Next, Whole),
            ("--cert", Next, After(b':')),
            ("-E", Next, After(b':')),
            ("--tlspassword", Next, Whole),
            ("--proxy-pass", Next, Whole),
        ],
        ..NONE
    },
    Program {
        names: &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mysqlimport",
            "mysqlcheck",
            "mysqlshow",
            "mysqlslap",
            "mysqlpump",
            "mysqlbinlog",
            "mysqlsh",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
        ],
        user: &["-u", "--user"],
        secrets: &[("-p", Glued, Whole), ("--password", Glued, Whole)],
        ..NONE
    },
    Program { names: &["sshpass"], secrets: &[("-p", Either, Whole)], ..NONE },
    Program {
        names: &[
            "docker login",
            "podman login",
            "registry login",
            "skopeo login",
            "oras login",
            "acr login",
            "az login",
            "oc login",
            "cf login",
            "ibmcloud login",
            "buildah login",
            "nerdctl login",
            "auth login",
            "twine upload",
            "poetry publish",
            "influx",
            "altool",
            "evil-winrm",
            "crackmapexec",
            "add-user.sh",
        ],
        user: &["-u", "--username", "--user"],
        secrets: &[("-p", Either, Whole), PASSWORD],
        ..NONE
    },
    Program {
        names: &["redis-cli"],
        user: &["--user"],
        secrets: &[("-a", Next, Whole), ("--pass", Next, Whole)],
        ..NONE
    },
    Program {
        names: &[
            "mongo",
            "mongosh",
            "mongodump",
            "mongorestore",
            "mongoexport",
            "mongoimport",
            "cqlsh",
            "cypher-shell",
            "couchbase-cli",
            "beeline",
            "psexec",
            "rdesktop",
            "hdbsql",
            "rabbitmqadmin",
            "cbq",
            "racadm",
            "nuget add source",
            "nuget update source",
            "add-user-keycloak.sh",
        ],
        user: &["-u", "--username", "-n"],
        secrets: &[("-p", Either, Whole), PASSWORD],
        ..NONE
    },
    Program {
        names: &["smbclient", "rpcclient", "winexe"],
        secrets: &[("-U", Either, After(b'%')), ("--user", Next, After(b'%'))],
        ..NONE
    },
    Program {
        names: &["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami"],
        user: &["-D"],
        secrets: &[("-w", Either, Whole)],
        ..NONE
    },
    Program {
        names: &["ldappasswd"],
        user: &["-D"],
        secrets: &[("-w", Next, Whole), ("-s", Next, Whole), ("-a", Next, Whole)],
        ..NONE
    },
    Program {
        names: &["xfreerdp", "wfreerdp", "cmdkey"],
        user: &["/u", "/user"],
        secrets: &[("/p", Next, Whole), ("/pass", Next, Whole), ("-p", Next, Whole)],
        ..NONE
    },
    Program { names: &["wmic"], user: &["/user"], secrets: &[("/password", Next, Whole)], ..NONE },
    Program { names: &["lftp"], secrets: &[("-u", Next, After(b','))], ..NONE },
    Program {
        names: &["sqlcmd", "osql", "isql", "bcp", "ipmitool", "tsql"],
        user: &["-U"],
        secrets: &[("-P", Either, Whole)],
        ..NONE
    },
    Program {
        names: &["sqlplus", "expdp", "impdp", "sqlldr"],
        positions: &[(1, After(b'/'))],
        ..NONE
    },
    Program {
        names: &["openssl"],
        secrets: &[("-k", Next, Whole), ("-pass", Next, Pass), ("-hmac", Next, Whole)],
        ..NONE
    },
    Program {
        names: &["jenkins-cli", "jenkins-cli.jar", "splunk"],
        secrets: &[("-auth", Next, After(b':'))],
        ..NONE
    },
    Program { names: &["etcdctl"], secrets: &[("--user", Next, After(b':'))], ..NONE },
    Program { names: &["vsql", "dsconf"], secrets: &[("-w", Next, Whole)], ..NONE },
    Program { names: &["nzsql"], secrets: &[("-pw", Next, Whole)], ..NONE },
    Program { names: &["sendemail"], secrets: &[("-xp", Next, Whole)], ..NONE },
    Program { names: &["rman target"], positions: &[(1, After(b'/'))], ..NONE },
    Program { names: &["open -u"], positions: &[(1, After(b','))], ..NONE },
    Program {
        names: &["ipa-server-install"],
        secrets: &[("-p", Next, Whole), ("-a", Next, Whole)],
        ..NONE
    },
    Program {
        names: &["security add-generic-password", "security add-internet-password"],
        secrets: &[("-w", Next, Whole)],
        ..NONE
    },
    Program {
        names: &["doctl auth init"],
        secrets: &[("-t", Next, Whole), ("--access-token", Next, Whole)],
        ..NONE
    },
    Program { names: &["bundle config"], positions: &[(2, After(b':')), (1, After(b':'))], ..NONE },
    Program {
        names: &["mc admin user add", "prosodyctl register"],
        positions: &[(3, Whole)],
        ..NONE
    },
    Program {
        names: &["samba-tool user create", "steamcmd +login"],
        positions: &[(2, Whole)],
        ..NONE
    },
    Program { names: &["qpdf --encrypt"], positions: &[(1, Whole), (1, Whole)], ..NONE },
    Program {
        names: &["ssh-keygen"],
        secrets: &[("-N", Next, Whole), ("-P", Next, Whole)],
        ..NONE
    },
    Program { names: &["zip", "unzip"], secrets: &[("-P", Next, Whole)], ..NONE },
    Program { names: &["7z", "7za"], secrets: &[("-p", Glued, Whole)], ..NONE },
    Program {
        names: &["rar", "unrar"],
        secrets: &[("-hp", Glued, Whole), ("-p", Glued, Whole)],
        ..NONE
    },
    Program {
        names: &["ncftpput", "ncftpget", "ncftpls"],
        user: &["-u"],
        secrets: &[("-p", Next, Whole)],
        ..NONE
    },
    Program {
        names: &["plink", "pscp", "psftp", "putty"],
        user: &["-l"],
        secrets: &[("-pw", Next, Whole)],
        ..NONE
    },
    Program {
        names: &["schtasks"],
        user: &["/ru", "/RU", "/u", "/U"],
        secrets: &[("/rp", Next, Whole), ("/RP", Next, Whole), ("/P", Next, Whole)],
        ..NONE
    },
    Program { names: &["signtool"], secrets: &[("/p", Next, Whole), ("/P", Next, Whole)], ..NONE },
    Program {
        names: &["mosquitto_pub", "mosquitto_sub"],
        user: &["-u"],
        secrets: &[("-P", Next, Whole)],
        ..NONE
    },
    Program {
        names: &["snmpwalk", "snmpget", "snmpset", "snmpbulkwalk"],
        user: &["-u"],
        secrets: &[("-A", Next, Whole), ("-X", Next, Whole)],
        ..NONE
    },
    Program {
        names: &["security unlock-keychain", "security create-keychain"],
        secrets: &[("-p", Next, Whole)],
        ..NONE
    },
    Program { names: &["security import"], secrets: &[("-P", Next, Whole)], ..NONE },
    Program {
        names: &["security set-key-partition-list"],
        secrets: &[("-k", Next, Whole)],
        ..NONE
    },
    Program { names: &["certutil"], secrets: &[("-p", Next, Whole)], ..NONE },
    Program { names: &["x11vnc"], secrets: &[("-passwd", Next, Whole)], ..NONE },
    Program { names: &["netlify deploy"], secrets: &[("--auth", Next, Whole)], ..NONE },
    Program {
        names: &["http -a", "https -a", "xh -a", "http --auth"],
        positions: &[(1, After(b':'))],
        ..NONE
    },
    Program { names: &["mc alias set", "mc config host add"], positions: &[(4, Whole)], ..NONE },
    Program { names: &["rasdial"], positions: &[(3, Whole)], ..NONE },
    Program { names: &["ejabberdctl register"], positions: &[(3, Whole)], ..NONE },
    Program { names: &["mosquitto_passwd -b"], positions: &[(3, Whole)], ..NONE },
    Program { names: &["useradd", "usermod"], secrets: &[("-p", Next, Whole)], ..NONE },
    Program {
        names: &["nuget push"],
        secrets: &[("-k", Next, Whole), ("-ApiKey", Next, Whole), ("--api-key", Next, Whole)],
        ..NONE
    },
    Program { names: &["codecov"], secrets: &[("-t", Next, Whole)], ..NONE },
    Program {
        names: &["secret set"],
        secrets: &[("-b", Either, Whole), ("--body", Next, Whole), ("--value", Next, Whole)],
        ..NONE
    },
    Program {
        names: &[
            "snyk auth",
            "ngrok authtoken",
            "cargo login",
            "add-authtoken",
            "vault login",
            "vault operator unseal",
            "reset-admin-password",
            "--secret-string",
            "openssl passwd",
            "set-initial-password",
            "requirepass",
            "masterauth",
            "--requirepass",
            "--masterauth",
        ],
        positions: &[(1, Whole)],
        ..NONE
    },
    Program {
        names: &["-storepass", "-keypass", "-srcstorepass", "-deststorepass", "-destkeypass"],
        positions: &[(1, Whole)],
        ..NONE
    },
    Program { names: &["-passin", "-passout"], positions: &[(1, Pass)], ..NONE },
    Program { names: &["wpa_passphrase"], positions: &[(2, Whole)], ..NONE },
    Program {
        names: &[
            "rabbitmqctl add_user",
            "rabbitmqctl change_password",
            "rabbitmqctl authenticate_user",
        ],
        positions: &[(2, Whole)],
        ..NONE
    },
];
