//! Which programs an image holds, as far as that is known.

use seaworthy_analysis::joined::ImageBuild;
use seaworthy_formats::compose::{ImageName, Service};
use seaworthy_formats::dockerfile::{Base, Command, CommandLine};

use super::commands::run_by;

/// What lacks a program, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Without {
    /// The image, as written without its registry.
    pub(super) image: String,
    /// Whether the Dockerfile adds to it.
    pub(super) built: bool,
    /// Whether the image is made of Alpine, whose wget is always there.
    pub(super) has_wget: bool,
}

/// What the image of a service is when it lacks the program `tool`; `None` when
/// it has it, or that is not known.
pub(super) fn without(
    service: &Service,
    build: Option<&ImageBuild>,
    tool: &str,
) -> Option<Without> {
    if is_brought_in(service, tool) {
        return None;
    }
    let image = match (&service.build, build) {
        (Some(_), Some(build)) => {
            if service.raw().at(&["build", "dockerfile_inline"]).is_some() {
                return None;
            }
            let image = build.image()?;
            let name = match &image.base {
                Base::Scratch => None,
                Base::Image(name) => Some(ImageName::parse(name)),
                Base::Stage(_) | Base::Unknown => return None,
            };
            if name.as_ref().is_some_and(|name| holds(name, tool) != Some(false))
                || may_add(build, tool)
            {
                return None;
            }
            name
        }
        (Some(_), None) => return None,
        (None, _) => {
            let name = ImageName::of(service.image.as_ref()?)?;
            if name.is_unknown() || holds(&name, tool) != Some(false) {
                return None;
            }
            Some(name)
        }
    };
    let has_wget = image.as_ref().is_some_and(|image| holds(image, "wget") == Some(true));
    let shown = image.map_or_else(
        || "scratch".to_owned(),
        |image| match &image.tag {
            Some(tag) => format!("{}:{tag}", image.name()),
            None => image.name().to_owned(),
        },
    );
    Some(Without { image: shown, built: build.is_some() && service.build.is_some(), has_wget })
}

/// Whether the service itself may bring a program in: by what it starts, or by a
/// mount.
fn is_brought_in(service: &Service, tool: &str) -> bool {
    let starts = run_by(service).iter().any(|word| {
        let text = word.raw();
        text.contains(tool) && tool != "sh"
            || ["apk", "apt-get", "apt", "dnf", "yum", "install"]
                .iter()
                .any(|manager| text.split_whitespace().any(|word| word == *manager))
    });
    let programs = ["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/usr/local"];
    let mounts = service.volumes.iter().any(|reference| {
        reference
            .resolve(&|_| None)
            .map_or(true, |volume| programs.iter().any(|place| volume.target.starts_with(place)))
    });
    starts || mounts
}

/// Whether the instructions of an image may bring a program in.
fn may_add(build: &ImageBuild, tool: &str) -> bool {
    let Some(stage) = build.stage() else { return true };
    let mut added = false;
    build.walk(stage, &mut |instruction, _| {
        added |= match &instruction.command {
            Command::Run(line) => run_may_add(line, tool) || !instruction.heredocs.is_empty(),
            Command::Copy(copy) | Command::Add(copy) => {
                let destination = copy.destination.raw.trim_matches(['"', '\'']);
                let named = copy
                    .sources
                    .iter()
                    .chain([&copy.destination])
                    .any(|word| word.raw.trim_end_matches('/').ends_with(tool));
                let programs = ["/bin", "/usr", "/sbin", "/busybox", "/opt", "/lib"];
                let whole = matches!(destination, "/" | "/.");
                // `/usr/local/bin/server` is one file under that name.
                let one = copy.sources.len() == 1
                    && destination.rsplit_once('/').is_some_and(|(directory, name)| {
                        directory.ends_with("/bin") && !name.is_empty() && name != "."
                    });
                named
                    || whole
                    || !one && programs.iter().any(|place| destination.starts_with(place))
            }
            Command::Unknown | Command::Refused => true,
            _ => false,
        };
    });
    added
}

/// Whether a `RUN` names the program or its package, or runs what cannot be
/// seen from here.
fn run_may_add(line: &CommandLine, tool: &str) -> bool {
    let text = line.text();
    let packages: &[&str] = match tool {
        "pg_isready" | "psql" => &["postgresql"],
        "redis-cli" => &["redis", "valkey"],
        "mysqladmin" | "mysql" => &["mysql", "mariadb"],
        "mongosh" | "mongo" => &["mongo"],
        "nc" => &["netcat", "ncat", "busybox"],
        "node" => &["node", "nvm", "fnm", "volta"],
        "python" | "python3" => &["python"],
        "wget" => &["busybox"],
        _ => &[],
    };
    let opaque =
        [".sh", "--with-deps", "install-deps", "| bash", "| sh", "|sh", "|bash", "ansible"];
    packages.iter().chain(&opaque).any(|part| text.contains(part))
        || text
            .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
            .any(|word| word == tool)
}

/// Whether an image made by others holds a program; `None` when nobody here
/// knows.
fn holds(image: &ImageName, tool: &str) -> Option<bool> {
    let repository = image.repository.to_ascii_lowercase();
    let tag = image.tag.as_deref().unwrap_or("latest").to_ascii_lowercase();
    if tag.contains("${")
        || tag.contains("windows")
        || image.digest.is_some() && image.tag.is_none()
    {
        return None;
    }
    match image.registry.as_deref() {
        None | Some("docker.io" | "index.docker.io") => {}
        Some("public.ecr.aws" | "mirror.gcr.io") => {}
        Some("gcr.io") if repository.starts_with("distroless/") => {
            return distroless(&repository, &tag, tool);
        }
        Some("quay.io") if repository == "keycloak/keycloak" => {
            return matches!(tool, "curl" | "wget" | "nc").then_some(false);
        }
        _ => return None,
    }
    let (owner, name) = repository.rsplit_once('/').unwrap_or(("", &repository));
    if !matches!(owner, "" | "library" | "docker/library") {
        return match (owner, name) {
            ("nginxinc", "nginx-unprivileged") => nginx(&tag, tool),
            ("oven", "bun") if tag.contains("alpine") => alpine(tool),
            ("qdrant", "qdrant") | ("ollama", "ollama") => {
                matches!(tool, "curl" | "wget").then_some(false)
            }
            ("prom", "prometheus") => match tool {
                "wget" => Some(true),
                "curl" => Some(false),
                _ => None,
            },
            _ => None,
        };
    }
    let major = major(&tag);
    match (name, tool) {
        ("node", "node")
        | ("python", "python" | "python3")
        | ("redis", "redis-cli")
        | ("postgres", "pg_isready" | "psql") => Some(true),
        ("mongo", "mongosh") => major.map(|major| major >= 5),
        ("mongo", "mongo") => major.map(|major| major < 6),
        ("mariadb", "mysqladmin" | "mysql") => major.map(|major| major < 11),
        ("mysql", "mysqladmin" | "mysql") => Some(true),
        ("alpine" | "traefik" | "caddy", tool) => alpine(tool),
        ("debian" | "ubuntu", tool) => debian(tool),
        ("nginx", tool) => nginx(&tag, tool),
        (
            "node" | "python" | "ruby" | "rust" | "golang" | "openjdk" | "postgres" | "redis",
            tool,
        ) if tag.contains("alpine") => alpine(tool),
        ("node" | "python" | "ruby" | "rust" | "openjdk", tool) if tag.contains("slim") => {
            debian(tool)
        }
        ("node" | "python" | "ruby" | "rust" | "golang", "curl" | "wget") => Some(true),
        ("postgres" | "redis", "curl" | "wget") => Some(false),
        _ => None,
    }
}

fn alpine(tool: &str) -> Option<bool> {
    match tool {
        "wget" | "nc" | "sh" => Some(true),
        "curl" | "bash" | "python" | "python3" | "node" | "pg_isready" | "psql" | "redis-cli"
        | "mysqladmin" | "mysql" | "mongosh" | "mongo" => Some(false),
        _ => None,
    }
}

/// Debian and Ubuntu without what `buildpack-deps` adds.
fn debian(tool: &str) -> Option<bool> {
    match tool {
        "sh" | "bash" => Some(true),
        "curl" | "wget" | "nc" | "pg_isready" | "psql" | "redis-cli" | "mysqladmin" | "mysql"
        | "mongosh" | "mongo" => Some(false),
        _ => None,
    }
}

fn nginx(tag: &str, tool: &str) -> Option<bool> {
    match tool {
        "curl" => Some(!tag.contains("slim")),
        "wget" if tag.contains("alpine") => Some(true),
        "node" | "python3" | "python" => Some(false),
        _ => None,
    }
}

fn distroless(repository: &str, tag: &str, tool: &str) -> Option<bool> {
    if tag.contains("debug") {
        return None;
    }
    match tool {
        "node" if repository.contains("nodejs") => None,
        "python" | "python3" if repository.contains("python") => None,
        _ => Some(false),
    }
}

/// The first number of a tag; of the newest release one that is larger than all.
fn major(tag: &str) -> Option<u32> {
    if matches!(tag, "latest" | "lts" | "noble" | "jammy") {
        return Some(u32::MAX);
    }
    let digits = tag.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_hold_what_they_are_known_to_hold() {
        let cases = [
            ("node:22-alpine", "curl", Some(false)),
            ("node:22-alpine", "wget", Some(true)),
            ("node:22-slim", "wget", Some(false)),
            ("node:22-bookworm-slim", "curl", Some(false)),
            ("node:22", "curl", Some(true)),
            ("node", "node", Some(true)),
            ("python:3.12-slim", "curl", Some(false)),
            ("nginx:alpine", "curl", Some(true)),
            ("nginx:1.27-alpine-slim", "curl", Some(false)),
            ("nginx:1.27", "wget", None),
            ("mongo:4.4", "mongosh", Some(false)),
            ("mongo:7", "mongosh", Some(true)),
            ("mongo:7", "mongo", Some(false)),
            ("mongo", "mongo", Some(false)),
            ("mariadb:11.4", "mysqladmin", Some(false)),
            ("mariadb:10.11", "mysqladmin", Some(true)),
            ("mysql:8", "mysqladmin", Some(true)),
            ("mysql:8", "curl", None),
            ("postgres:16-alpine", "pg_isready", Some(true)),
            ("gcr.io/distroless/nodejs22", "curl", Some(false)),
            ("gcr.io/distroless/nodejs22", "node", None),
            ("gcr.io/distroless/static:debug", "wget", None),
            ("acme/node:22-alpine", "curl", None),
            ("ghcr.io/acme/api", "curl", None),
            ("node:${}", "curl", None),
            ("node@sha256:00", "curl", None),
        ];
        for (image, tool, want) in cases {
            assert_eq!(holds(&ImageName::parse(image), tool), want, "{image} {tool}");
        }
    }
}
