//! Where proxies pass requests on to: the addresses in nginx's configuration and
//! in Caddyfiles, and which services of a stack read those files.

use std::collections::HashMap;

use seaworthy_analysis::joined::{ImageBuild, NginxSite, Stack};
use seaworthy_analysis::{Context, Snapshot, is_searched_only};
use seaworthy_formats::compose::{Service, VolumeKind};
use seaworthy_formats::dockerfile::Command;
use seaworthy_formats::hosting::{Caddyfile, Directive};
use seaworthy_model::{ArtifactPath, Region};

/// An address that requests are passed on to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The file.
    pub(super) artifact: ArtifactPath,
    /// The bytes of the address.
    pub(super) region: Region,
    /// The bytes of the port; `None` where it is the scheme's own.
    pub(super) port_region: Option<Region>,
    /// The host.
    pub(super) host: String,
    /// The port.
    pub(super) port: u16,
}

/// The most addresses of one file that are judged.
const MOST: usize = 500;

/// The addresses in a configuration of nginx, but for names of its `upstream`s.
pub(super) fn of_nginx(site: &NginxSite) -> Vec<Target> {
    let configuration = &site.configuration;
    let upstreams: Vec<&str> = configuration
        .all()
        .filter(|&id| configuration.get(id).is("upstream"))
        .filter_map(|id| configuration.get(id).arg(0))
        .collect();
    let mut targets = Vec::new();
    for id in configuration.all() {
        let directive = configuration.get(id);
        let Some(word) = directive.args.first() else { continue };
        let default = match directive.name.value.as_str() {
            "proxy_pass" | "grpc_pass" => None,
            "fastcgi_pass" | "uwsgi_pass" | "scgi_pass" => None,
            "server" if directive.children().is_empty() => {
                let inside = configuration.parent(id);
                if !inside.is_some_and(|parent| configuration.get(parent).is("upstream")) {
                    continue;
                }
                Some(80)
            }
            _ => continue,
        };
        let exact = word.region.len() == word.value.len();
        let place = word.region.start;
        let Some(mut target) = address(&word.value, default) else { continue };
        if upstreams.contains(&target.host.as_str()) && target.port_region.is_none() {
            continue;
        }
        target.artifact = configuration.artifact(id).clone();
        target.region = word.whole();
        target.port_region = target.port_region.filter(|_| exact).map(|at| at.offset(place));
        targets.push(target);
        if targets.len() >= MOST {
            break;
        }
    }
    targets
}

/// The addresses of `reverse_proxy` in a Caddyfile.
pub(super) fn of_caddy(artifact: &ArtifactPath, text: &str) -> Vec<Target> {
    let file = Caddyfile::parse(text);
    let mut targets = Vec::new();
    let mut work: Vec<&Directive> = file
        .sites
        .iter()
        .flat_map(|site| &site.directives)
        .chain(file.snippets.values().flatten())
        .collect();
    while let Some(directive) = work.pop() {
        work.extend(&directive.children);
        if !matches!(directive.name(), "reverse_proxy" | "php_fastcgi" | "to") {
            continue;
        }
        for word in directive.args() {
            let matcher = word.value.starts_with(['/', '@', '*', '{']);
            let Some(mut target) = address(&word.value, None).filter(|_| !matcher) else {
                continue;
            };
            target.artifact = artifact.clone();
            target.region = word.region;
            target.port_region = target.port_region.map(|at| at.offset(word.region.start));
            targets.push(target);
        }
        if targets.len() >= MOST {
            break;
        }
    }
    targets.sort_by_key(|target| target.region);
    targets
}

/// Reads `scheme://host:port/path` and `host:port`; `None` where a variable
/// stands in it, or no port is known.
fn address(text: &str, default: Option<u16>) -> Option<Target> {
    if text.contains(['$', '{']) || text.starts_with("unix:") {
        return None;
    }
    let (scheme, start) = match text.find("://") {
        Some(at) => (&text[..at], at + 3),
        None => ("", 0),
    };
    let rest = text[start..].split(['/', '?']).next().unwrap_or("");
    if rest.starts_with('[') || rest.is_empty() {
        return None;
    }
    let default = match scheme {
        "http" | "grpc" => Some(80),
        "https" | "grpcs" => Some(443),
        _ => default,
    };
    let (host, port, port_region) = match rest.split_once(':') {
        Some((host, port)) => {
            let from = start + host.len() + 1;
            (host, port.parse().ok()?, Some(Region::new(from, from + port.len())))
        }
        None => (rest, default?, None),
    };
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (plain && !host.is_empty()).then(|| Target {
        artifact: ArtifactPath::new("-"),
        region: Region::empty(0),
        port_region,
        host: host.to_owned(),
        port,
    })
}

/// Which services of a stack read which files: mounted, or copied into the image.
pub(crate) fn readers<'s>(
    cx: &Context<'s>,
    stack: &'s Stack,
) -> HashMap<ArtifactPath, Vec<&'s Service>> {
    let snapshot = cx.snapshot();
    let mut found: HashMap<ArtifactPath, Vec<&Service>> = HashMap::new();
    for service in &stack.project().services {
        for volume in &service.volumes {
            let lookup = |name: &str| stack.variable(name).map(|v| v.reveal().to_owned());
            let Ok(resolved) = volume.resolve(&lookup) else { continue };
            let Some(source) = resolved.source.filter(|_| resolved.kind == VolumeKind::Bind) else {
                continue;
            };
            if let Some(path) = stack.project().resolve(volume.origin(), &source) {
                found.entry(path).or_default().push(service);
            }
        }
    }
    let stacks = cx.joined().stacks();
    for build in cx.joined().images(snapshot) {
        for (of, service) in build.services(stacks) {
            if !std::ptr::eq(of, stack) {
                continue;
            }
            for path in copied(snapshot, build) {
                found.entry(path).or_default().push(service);
            }
        }
    }
    found
}

/// The files that an image's last stage takes over from the repository by name.
fn copied(snapshot: &Snapshot, build: &ImageBuild) -> Vec<ArtifactPath> {
    let Some(stage) = build.stage() else { return Vec::new() };
    let mut found = Vec::new();
    build.walk(stage, &mut |instruction, _| {
        let (Command::Copy(transfer) | Command::Add(transfer)) = &instruction.command else {
            return;
        };
        if instruction.flag("from").is_some() {
            return;
        }
        for source in &transfer.sources {
            let source = source.raw.trim_matches(['"', '\'']).trim_start_matches('/');
            let Some(path) = ArtifactPath::resolve(build.context(), source) else { continue };
            // Programs are no configurations of proxies.
            if !is_searched_only(path.as_str()) && snapshot.contains(path.as_str()) {
                found.push(path);
            }
        }
    });
    found
}

/// The services that read a file, or a directory above it that is mounted.
pub(crate) fn readers_of<'r, 's>(
    readers: &'r HashMap<ArtifactPath, Vec<&'s Service>>,
    path: &ArtifactPath,
) -> impl Iterator<Item = &'s Service> + use<'r, 's> {
    let mut directories: Vec<ArtifactPath> = vec![path.clone()];
    let mut above = path.parent();
    while !above.is_empty() {
        directories.push(ArtifactPath::new(above));
        above = above.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    directories.into_iter().filter_map(|path| readers.get(&path)).flatten().copied()
}
