//! Which file is of which format.

use seaworthy_model::split_last;

use super::{Reader, cluster, keyed, lines, markers, markup, positions, requests, terraform};

/// The longest file name that is looked up.
const MAX_NAME: usize = 64;

/// What reads the file at `path`, by its name; where the name is a general one,
/// the text has to have a word of the format.
pub(super) fn reader(path: &str, text: &str) -> Option<Reader> {
    let (folder, name) = split_last(path, b'/').unwrap_or(("", path));
    let mut buffer = [0u8; MAX_NAME];
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let name = std::str::from_utf8(lower).ok()?;
    let name = bare(name);
    let folder = folder.rsplit('/').next().unwrap_or(folder);
    by_name(name, folder).or_else(|| by_shape(name, path, text))
}

/// The name without what says that the file is a copy.
pub(super) fn bare(name: &str) -> &str {
    const COPIES: &[&str] = &[
        ".bak",
        ".backup",
        ".old",
        ".orig",
        ".save",
        ".example",
        ".sample",
        ".dist",
        ".template",
        ".tmpl",
        ".swp",
        "~",
    ];
    COPIES
        .iter()
        .find_map(|copy| name.strip_suffix(copy).filter(|rest| rest.len() > 3))
        .unwrap_or(name)
}

fn by_name(name: &str, folder: &str) -> Option<Reader> {
    Some(match name {
        ".netrc" | "_netrc" | "netrc" => lines::netrc,
        ".pgpass" | "pgpass.conf" | "pgpass" => lines::pgpass,
        ".fetchmailrc" | "fetchmailrc" => lines::fetchmail,
        ".htpasswd" | "htpasswd" | ".htpasswds" => lines::password_file,
        "shadow" | "passwd" | "shadow-" | "passwd-" | "master.passwd" => lines::password_file,
        ".vault-token" => lines::single_token,
        "master.key" => lines::rails_key,
        "credentials" | "config" | "hosts" | "service" | "secrets" => {
            return by_folder(name, folder);
        }
        "chap-secrets" | "pap-secrets" => positions::point_to_point,
        "sasl_passwd" | "sasl_password" | "relay_passwd" => positions::relays,
        "ipsec.secrets" => positions::tunnels,
        "rsyncd.secrets" | "rsync.secrets" | "rsync.passwd" => positions::users,
        ".htdigest" | "htdigest" => positions::digests,
        "accesskeys.csv" | "credentials.csv" | "passwords.csv" | "logins.csv" => positions::table,
        "auth.txt" | "userpass.txt" | "user-pass.txt" | "auth-user-pass.txt" | "login.conf"
        | "auth.conf" | "auth-user-pass" | "vpn-auth.txt" | "login.txt" | "pass.txt" => {
            positions::two_lines
        }
        "proftpd.conf" | "sql.conf" | "proftpd.sql.conf" => lines::proftpd,
        "config.json" if folder == ".docker" => cluster::docker,
        ".dockercfg" | ".dockerconfigjson" | "dockercfg" | "docker-config.json"
        | "dockerconfig.json" => cluster::docker,
        "kubeconfig" | "kubeconfig.yml" | "kubeconfig.yaml" | "admin.conf" => cluster::kubeconfig,
        "auth.json" => keyed::composer,
        "wp-config.php" | "wp-config-local.php" | "wp-config-sample.php" => markup::wordpress,
        "filezilla.xml" | "sitemanager.xml" | "recentservers.xml" => markup::filezilla,
        "settings.xml" | "settings-security.xml" => markup::maven,
        "nuget.config" => markup::nuget,
        "userlist.txt" => markers::user_list,
        _ => return markers::reader(name).or_else(|| keyed::reader(name, folder)),
    })
}

/// Files whose name says something only in their folder.
fn by_folder(name: &str, folder: &str) -> Option<Reader> {
    match (folder, name) {
        (".kube", "config") => Some(cluster::kubeconfig),
        (".irssi", "config") => Some(markers::chat),
        (".bundle", "config") => Some(positions::bundler),
        ("davfs2" | ".davfs2", "secrets") => Some(positions::web_dav),
        _ => keyed::reader(name, folder),
    }
}

/// Whether a text is a state of Terraform.
fn is_state(edge: &dyn Fn(&str) -> bool) -> bool {
    edge("\"terraform_version\"") || (edge("\"resources\"") && edge("\"version\""))
}

/// How far from either end of a text a general name's format is looked for: every
/// YAML and JSON file is asked, and most are none of these.
const EDGE: usize = 4 << 10;

fn by_shape(name: &str, path: &str, text: &str) -> Option<Reader> {
    let bytes = text.as_bytes();
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    let ends = [&bytes[..bytes.len().min(EDGE)], &bytes[bytes.len().saturating_sub(EDGE)..]];
    let edge =
        |word: &str| ends.iter().any(|end| memchr::memmem::find(end, word.as_bytes()).is_some());
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "yml" | "yaml" => {
            if edge("kind: Config\n") || edge("kind: Config\r") {
                Some(cluster::kubeconfig)
            } else if edge("interactions:") && edge("request:") {
                Some(requests::cassette)
            } else if text.starts_with("#cloud-config") {
                Some(markers::cloud_config)
            } else if has("kind: Secret") {
                Some(cluster::secret)
            } else {
                None
            }
        }
        "json" => {
            if edge("_postman") {
                Some(requests::postman)
            } else if edge("\"auths\"") {
                Some(cluster::docker)
            } else if edge("\"kind\": \"Secret\"") || edge("\"kind\":\"Secret\"") {
                Some(cluster::secret)
            } else if edge("\"authorized_user\"") {
                Some(keyed::authorized_user)
            } else if edge("\"keys_base64\"") || edge("\"unseal_keys_b64\"") {
                Some(markers::vault)
            } else if edge("\"http_interactions\"") {
                Some(requests::cassette)
            } else {
                None
            }
        }
        "postman_collection" | "postman_environment" => Some(requests::postman),
        "har" => Some(requests::archive),
        "csv" if edge("Secret access key") || edge("login_password") => Some(positions::table),
        "tfstate" if is_state(&edge) => Some(terraform::state),
        "key" if path.contains("config/credentials/") => Some(lines::rails_key),
        "key" | "ovpn" | "conf" if edge("OpenVPN Static key") || edge("<auth-user-pass>") => {
            Some(lines::openvpn)
        }
        "hurl" => Some(markers::hurl),
        "rdp" => Some(lines::remote_desktop),
        "htpasswd" => Some(lines::password_file),
        _ if path.contains("svn.simple/") => Some(markers::subversion),
        _ if name.starts_with("terraform.tfstate") && is_state(&edge) => Some(terraform::state),
        _ => None,
    }
}
