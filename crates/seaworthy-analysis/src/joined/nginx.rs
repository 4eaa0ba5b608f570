//! Configurations of nginx as they are deployed: each main file with all that
//! it includes.

use std::collections::HashSet;
use std::sync::Arc;

use seaworthy_formats::compose::VolumeKind;
use seaworthy_formats::nginx::{Configuration, Included, NginxFile, NodeId, Templating};
use seaworthy_model::ArtifactPath;

use super::headers::is_deployed;
use super::stacks::Stack;
use crate::difference::is_searched_only;
use crate::document::{Document, DocumentKind};
use crate::roles::Role;
use crate::snapshot::{Artifact, Snapshot};

/// The most main files that are joined; only a hostile repository has more.
const MOST_SITES: usize = 200;

/// A configuration that nginx is started with, or a file of servers that an
/// image's own `nginx.conf` includes.
#[derive(Debug)]
pub struct NginxSite {
    /// The main file.
    pub artifact: ArtifactPath,
    /// What nginx reads.
    pub configuration: Configuration,
    /// Whether the main file is a whole `nginx.conf`, so that nothing stands
    /// around its servers that is not known.
    pub whole: bool,
}

impl NginxSite {
    /// Whether a server speaks TLS, by its own `listen` or the old `ssl on`.
    #[must_use]
    pub fn speaks_tls(&self, server: NodeId) -> bool {
        let configuration = &self.configuration;
        let listens = configuration.named(server, "listen").any(|listen| {
            let directive = configuration.get(listen);
            directive.args.iter().skip(1).any(|word| matches!(word.value.as_str(), "ssl" | "quic"))
        });
        let switched = configuration
            .setting(server, "ssl")
            .is_some_and(|node| configuration.get(node).arg(0) == Some("on"));
        listens || switched
    }

    /// Whether a server listens on a port in clear text; without `listen`, on 80.
    #[must_use]
    pub fn listens_in_clear(&self, server: NodeId, port: u16) -> bool {
        let configuration = &self.configuration;
        if configuration.setting(server, "ssl").is_some() {
            return false;
        }
        let mut any = false;
        let found = configuration.named(server, "listen").any(|listen| {
            any = true;
            let directive = configuration.get(listen);
            let tls = directive
                .args
                .iter()
                .skip(1)
                .any(|word| matches!(word.value.as_str(), "ssl" | "quic"));
            !tls && directive.arg(0).and_then(listened_port) == Some(port)
        });
        found || (!any && port == 80 && !configuration.is_open(server))
    }
}

/// The port of the argument of `listen`; `None` for sockets and variables.
fn listened_port(address: &str) -> Option<u16> {
    if address.starts_with("unix:") || address.contains('$') {
        return None;
    }
    if let Ok(port) = address.parse() {
        return Some(port);
    }
    match address.rsplit_once(':') {
        // The end of an IPv6 address in brackets has no port behind it.
        Some((_, port)) if !port.contains(']') => port.parse().ok(),
        _ => Some(80),
    }
}

/// All deployed configurations, in the order of their files.
pub(crate) fn sites(snapshot: &Snapshot, stacks: &[Stack]) -> Vec<NginxSite> {
    let files: Vec<(&Artifact, &Arc<NginxFile>)> = snapshot
        .of_kind(DocumentKind::Nginx)
        .filter(|artifact| {
            matches!(snapshot.role(artifact).role, Role::Deployable | Role::Source)
                && is_deployed(snapshot, artifact)
        })
        .filter_map(|artifact| match snapshot.document(artifact)? {
            Document::Nginx(file) if file.templating() == Templating::None => {
                Some((artifact, file))
            }
            _ => None,
        })
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    let includes = Includes { snapshot, mounts: mounts(snapshot, stacks) };
    let has = |file: &NginxFile, name: &str| {
        file.roots().iter().any(|&root| {
            let directive = file.get(root);
            directive.is(name) && !directive.children().is_empty()
        })
    };
    let mut sites = Vec::new();
    let mut included: HashSet<ArtifactPath> = HashSet::new();
    // Whole configurations first: what they include is no site of its own.
    for whole in [true, false] {
        for (artifact, file) in &files {
            let path = artifact.path();
            let fits = has(file, "http") == whole && (whole || has(file, "server"));
            if !fits || included.contains(path) || sites.len() >= MOST_SITES {
                continue;
            }
            let configuration =
                Configuration::load(path.clone(), Arc::clone(file), &|from, pattern| {
                    includes.find(path, from, pattern)
                });
            included.extend(configuration.files().iter().skip(1).map(|(path, _)| path.clone()));
            sites.push(NginxSite { artifact: path.clone(), configuration, whole });
        }
    }
    sites.sort_by(|a, b| a.artifact.cmp(&b.artifact));
    sites
}

/// Where files of the repository stand in containers.
fn mounts(snapshot: &Snapshot, stacks: &[Stack]) -> Vec<(String, ArtifactPath)> {
    let mut mounts = Vec::new();
    for stack in stacks {
        for service in &stack.project().services {
            for volume in &service.volumes {
                let lookup = |name: &str| stack.variable(name).map(|v| v.reveal().to_owned());
                let Ok(resolved) = volume.resolve(&lookup) else { continue };
                let Some(source) = resolved.source.filter(|_| resolved.kind == VolumeKind::Bind)
                else {
                    continue;
                };
                let Some(path) = stack.project().resolve(volume.origin(), &source) else {
                    continue;
                };
                if snapshot.contains(path.as_str()) || snapshot.contains_directory(path.as_str()) {
                    mounts.push((resolved.target.trim_end_matches('/').to_owned(), path));
                }
            }
        }
    }
    mounts
}

/// Directories in which nginx's own files are installed.
const PREFIXES: [&str; 5] = [
    "/etc/nginx/",
    "/usr/local/nginx/conf/",
    "/usr/local/etc/nginx/",
    "/usr/local/openresty/nginx/conf/",
    "/opt/bitnami/openresty/nginx/conf/",
];

/// Files that packages bring, which set neither headers nor servers.
const STOCK: [&str; 10] = [
    "mime.types",
    "fastcgi_params",
    "fastcgi.conf",
    "fastcgi-php.conf",
    "uwsgi_params",
    "scgi_params",
    "proxy_params",
    "win-utf",
    "koi-utf",
    "options-ssl-nginx.conf",
];

/// Directories for what an installation adds; without files of the repository
/// they are empty.
const DROP_INS: [&str; 5] = ["conf.d", "sites-enabled", "modules-enabled", "modules", "http.d"];

struct Includes<'s> {
    snapshot: &'s Snapshot,
    mounts: Vec<(String, ArtifactPath)>,
}

impl Includes<'_> {
    /// What an `include` of `pattern` in `from` means when nginx starts with
    /// `main`.
    fn find(&self, main: &ArtifactPath, from: &ArtifactPath, pattern: &str) -> Included {
        if pattern.contains('$') {
            return Included::Unknown;
        }
        let inside = PREFIXES.iter().find_map(|prefix| pattern.strip_prefix(prefix));
        let absolute = if pattern.starts_with('/') {
            pattern.to_owned()
        } else {
            format!("/etc/nginx/{pattern}")
        };
        let mut found = self.mounted(&absolute);
        if found.is_empty() {
            let relative = inside.unwrap_or_else(|| pattern.trim_start_matches('/'));
            found = self.beside(main, from, relative);
        }
        let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        if found.is_empty() && !is_glob(name) && !STOCK.contains(&name) {
            found = self.by_name(name);
        }
        if !found.is_empty() {
            return Included::Files(found);
        }
        let drop_in = folder.rsplit('/').next().is_some_and(|last| DROP_INS.contains(&last));
        if STOCK.contains(&name) {
            Included::Stock
        } else if is_glob(name) && drop_in {
            Included::Files(Vec::new())
        } else {
            Included::Unknown
        }
    }

    /// Files that Compose mounts where the pattern looks.
    fn mounted(&self, pattern: &str) -> Vec<(ArtifactPath, Arc<NginxFile>)> {
        let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        let mut found = Vec::new();
        for (target, source) in &self.mounts {
            if is_searched_only(source.as_str()) {
                continue;
            }
            if self.snapshot.contains(source.as_str()) {
                let (parent, file) = target.rsplit_once('/').unwrap_or(("", target));
                if parent == folder && matches_glob(name, file) {
                    found.extend(self.read(source));
                }
            } else if folder == target {
                found.extend(self.in_directory(source.as_str(), name));
            } else if let Some(below) = folder.strip_prefix(&format!("{target}/")) {
                found.extend(self.in_directory(&format!("{}/{below}", source.as_str()), name));
            }
        }
        dedup(found)
    }

    /// Files beside the main file or the including one, or a directory above.
    fn beside(
        &self,
        main: &ArtifactPath,
        from: &ArtifactPath,
        relative: &str,
    ) -> Vec<(ArtifactPath, Arc<NginxFile>)> {
        let mut bases = vec![main.parent(), from.parent()];
        for path in [main.parent(), from.parent()] {
            if let Some((above, _)) = path.rsplit_once('/') {
                bases.push(above);
            }
        }
        for base in bases {
            let Some(path) = ArtifactPath::resolve(base, relative) else { continue };
            let found = self.in_directory(path.parent(), path.file_name());
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The one file of this name that is nginx's.
    fn by_name(&self, name: &str) -> Vec<(ArtifactPath, Arc<NginxFile>)> {
        let mut found = self
            .snapshot
            .of_kind(DocumentKind::Nginx)
            .filter(|artifact| artifact.path().file_name() == name)
            .filter_map(|artifact| self.read(artifact.path()));
        match (found.next(), found.next()) {
            (Some(only), None) => vec![only],
            _ => Vec::new(),
        }
    }

    fn in_directory(&self, directory: &str, name: &str) -> Vec<(ArtifactPath, Arc<NginxFile>)> {
        if !is_glob(name) {
            let path = ArtifactPath::resolve(directory, name);
            return path.and_then(|path| self.read(&path)).into_iter().collect();
        }
        let below = self.snapshot.below(directory).iter();
        below
            .filter(|artifact| {
                artifact.path().parent() == directory
                    && matches_glob(name, artifact.path().file_name())
            })
            .filter_map(|artifact| self.read(artifact.path()))
            .collect()
    }

    fn read(&self, path: &ArtifactPath) -> Option<(ArtifactPath, Arc<NginxFile>)> {
        let artifact = self.snapshot.artifact(path.as_str())?;
        if let Some(Document::Nginx(file)) = self.snapshot.document(artifact) {
            return Some((path.clone(), Arc::clone(file)));
        }
        // What is included may have any name and say very little.
        let text = self.snapshot.text(artifact)?;
        Some((path.clone(), Arc::new(NginxFile::parse(text))))
    }
}

fn dedup(mut found: Vec<(ArtifactPath, Arc<NginxFile>)>) -> Vec<(ArtifactPath, Arc<NginxFile>)> {
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.dedup_by(|a, b| a.0 == b.0);
    found
}

fn is_glob(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// Whether a name fits a pattern of `*` and `?`; other patterns fit nothing.
fn matches_glob(pattern: &str, name: &str) -> bool {
    if !is_glob(pattern) {
        return pattern == name;
    }
    // A pattern that begins with a wildcard leaves hidden files out.
    if name.starts_with('.') || pattern.contains('[') {
        return false;
    }
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    n = from + 1;
                    star = Some((at, n));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::snapshot;

    fn sites_of(files: &[(&str, &str)]) -> Vec<(String, usize)> {
        snapshot(files)
            .joined()
            .nginx_sites()
            .iter()
            .map(|site| (site.artifact.as_str().to_owned(), site.configuration.files().len()))
            .collect()
    }

    const SERVER: &str = "server { listen 80; include security.conf; }";

    #[test]
    fn what_is_included_is_no_site_of_its_own() {
        let sites = sites_of(&[
            ("nginx/nginx.conf", "http { include mime.types; include /etc/nginx/conf.d/*.conf; }"),
            ("nginx/conf.d/a.conf", SERVER),
            ("nginx/security.conf", "add_header A 1;"),
            ("web/nginx.conf", "server { listen 80; root /x; }"),
            ("nginx/templates/x.conf.j2", "server { listen {{ port }}; }"),
        ]);
        assert_eq!(sites, [("nginx/nginx.conf".to_owned(), 3), ("web/nginx.conf".to_owned(), 1)]);
    }

    #[test]
    fn mounts_tell_where_files_are_included() {
        let sites = sites_of(&[
            (
                "compose.yaml",
                "services:\n  web:\n    image: nginx\n    volumes:\n      - ./deploy/n.conf:/etc/nginx/nginx.conf:ro\n      - ./deploy/sites:/etc/nginx/conf.d\n      - ./deploy/h.conf:/etc/nginx/security.conf\n",
            ),
            ("deploy/nginx/main.conf", "http { include conf.d/*.conf; }"),
            ("deploy/sites/a.conf", SERVER),
            ("deploy/h.conf", "add_header A 1;"),
        ]);
        assert_eq!(sites, [("deploy/nginx/main.conf".to_owned(), 3)]);
    }

    #[test]
    fn names_fit_patterns() {
        for (pattern, name, expected) in [
            ("*.conf", "a.conf", true),
            ("*.conf", ".conf", false),
            ("*", "a", true),
            ("a*b?c", "axxbyc", true),
            ("a*b?c", "axxbc", false),
            ("a.conf", "a.conf", true),
        ] {
            assert_eq!(matches_glob(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn servers_listen_where_they_say() {
        for (listen, tls, clear) in [
            ("", false, true),
            ("listen 80;", false, true),
            ("listen [::]:80;", false, true),
            ("listen [::1];", false, true),
            ("listen 127.0.0.1:8080;", false, false),
            ("listen 443 ssl http2;", true, false),
            ("listen 80; listen 443 ssl;", true, true),
            ("listen unix:/x;", false, false),
            ("listen ${PORT};", false, false),
        ] {
            let text = format!("http {{ server {{ {listen} root /x; }} }}");
            let snapshot = snapshot(&[("nginx.conf", &text)]);
            let site = &snapshot.joined().nginx_sites()[0];
            let server = site.configuration.servers().next().expect("a server");
            assert_eq!(site.speaks_tls(server), tls, "{listen}");
            assert_eq!(site.listens_in_clear(server, 80), clear, "{listen}");
        }
    }
}
