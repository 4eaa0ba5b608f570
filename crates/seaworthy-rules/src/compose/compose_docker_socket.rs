//! `compose-docker-socket`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Origin, Service, Text, Value, VolumeKind, VolumeRef};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::standing::{Judged, Once, Standing, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-docker-socket",
        group: Group::Compose,
        summary: "container that is given the container engine's socket",
        help: include_str!("compose_docker_socket.md"),
        severity: Severity::Critical,
        precision: Precision::High,
        cwe: &[250, 269],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        for service in &judged.stack.project().services {
            for volume in &service.volumes {
                if let Some(access) = mounted(&judged, volume) {
                    report(cx, &mut once, &judged, service, volume_origin(volume), &access);
                }
            }
            if let Some(flag) = service.extra("use_api_socket").and_then(Value::text)
                && service.flag("use_api_socket")
            {
                let access = Access { read_only: false, how: "the engine's API socket" };
                report(cx, &mut once, &judged, service, flag.origin(), &access);
            }
            if let Some(host) = service.env("DOCKER_HOST").and_then(|host| host.value.as_ref())
                && is_plain_remote(&judged, host)
            {
                let access = Access {
                    read_only: false,
                    how: "an engine without TLS or authentication (DOCKER_HOST)",
                };
                report(cx, &mut once, &judged, service, host.origin(), &access);
            }
        }
    }
}

/// How a container gets at the engine.
struct Access {
    read_only: bool,
    how: &'static str,
}

fn report(
    cx: &mut Context<'_>,
    once: &mut Once,
    judged: &Judged<'_>,
    service: &Service,
    origin: &Origin,
    access: &Access,
) {
    if !once.first(&origin.artifact, origin.region) {
        return;
    }
    let name = service.name.raw();
    let consumer = consumer(service);
    let standing = judged.at(Some(service), origin);
    let severity =
        match (consumer, standing) {
            (Some(Consumer::Filter), _) => Severity::Low,
            (Some(Consumer::Tool), Standing::Production | Standing::Undeclared) => {
                if access.read_only { Severity::Medium } else { Severity::High }
            }
            (Some(Consumer::Tool), _) => Severity::Low,
            (None, Standing::Production | Standing::Undeclared) => Severity::Critical,
            (None, Standing::Development) => Severity::Medium,
            (None, Standing::Test) => Severity::Low,
        };
    let advice = match consumer {
        Some(Consumer::Filter) => {
            "That is its purpose: allow only the requests that its clients need and keep it on an \
             internal network."
        }
        Some(Consumer::Tool) => {
            "It needs the engine, but not all of it: give it a filtering socket proxy instead of \
             the socket."
        }
        None => "Remove the mount, or put a filtering socket proxy between them.",
    };
    let read_only = if access.read_only {
        " Mounting it read-only does not help, since requests are not writes to the file."
    } else {
        ""
    };
    let draft = cx.report_in(
        &origin.artifact,
        origin.region,
        format!(
            "Service {name} is given {}, which amounts to root on the host. Whoever takes over \
             the container can start a privileged one and read or change \
             everything.{read_only} {advice}",
            access.how,
        ),
    );
    draft.severity(severity).evidence(name);
    judged.explain(draft, origin);
}

fn volume_origin(volume: &VolumeRef) -> &Origin {
    let source = volume.value.get("source").or_else(|| volume.value.get("src"));
    source.map_or(volume.origin(), Value::origin)
}

/// How many declared volumes are looked through for a device.
const DECLARED: usize = 500;

fn mounted(judged: &Judged<'_>, reference: &VolumeRef) -> Option<Access> {
    let volume = reference.resolve(&|name| judged.variable(name)).ok()?;
    let source = volume.source.as_deref()?;
    let device = match volume.kind {
        // A named volume may be a bind mount in disguise.
        VolumeKind::Volume => {
            let declared = judged.stack.project().volumes.iter().take(DECLARED);
            let declared = declared.filter(|declared| declared.name.raw() == source);
            let device = declared
                .filter_map(|declared| declared.value.at(&["driver_opts", "device"]))
                .find_map(Value::text)?;
            device.with_defaults()?
        }
        VolumeKind::Tmpfs => return None,
        _ => source.to_owned(),
    };
    Some(Access { read_only: volume.read_only, how: engine_path(&device)? })
}

/// What a path of the host gives to whoever has it.
fn engine_path(path: &str) -> Option<&'static str> {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let path = path.trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or("");
    match name {
        "docker.sock" | "docker.sock.raw" | "docker-cli.sock" => Some("the Docker socket"),
        "docker_engine" | "dockerdesktoplinuxengine" if path.contains("pipe/") => {
            Some("the Docker engine's named pipe")
        }
        "containerd.sock" => Some("the containerd socket"),
        "podman.sock" => Some("the Podman socket"),
        "crio.sock" => Some("the CRI-O socket"),
        _ if matches!(path, "/run" | "/var/run" | "/run/docker" | "/var/run/docker") => {
            Some("the directory that holds the engine's socket")
        }
        _ => None,
    }
}

/// Whether `DOCKER_HOST` leads out of the stack without TLS.
fn is_plain_remote(judged: &Judged<'_>, host: &Text) -> bool {
    let Some(value) = judged.stack.expand(host) else { return false };
    let Some(address) = value.strip_prefix("tcp://") else { return false };
    let Some((name, port)) = address.trim_end_matches('/').rsplit_once(':') else { return false };
    let elsewhere = !(name == "localhost" || name.starts_with("127."))
        && (name.contains('.') || name.starts_with('['));
    // Within the stack it is a proxy or an engine of the stack's own.
    port == "2375" && elsewhere && judged.stack.project().service(name).is_none()
}

/// Programs made to talk to the engine.
#[derive(Clone, Copy)]
enum Consumer {
    /// Passes on chosen requests alone.
    Filter,
    /// Does its work by the engine.
    Tool,
}

const TOOLS: &[&str] = &[
    "act_runner",
    "agent",
    "alloy",
    "autoheal",
    "autokuma",
    "beszel-agent",
    "buildkite",
    "cadvisor",
    "caddy-docker-proxy",
    "cloudflared-companion",
    "crowdsec",
    "cup",
    "dd-agent",
    "deunhealth",
    "diun",
    "docker-gen",
    "docker-volume-backup",
    "dockge",
    "dockcheck",
    "dockle",
    "doco-cd",
    "dokploy",
    "dozzle",
    "drone-runner-docker",
    "fluent-bit",
    "gitea-runner",
    "gitlab-runner",
    "glances",
    "homepage",
    "jenkins",
    "lazydocker",
    "letsencrypt-companion",
    "acme-companion",
    "localstack",
    "localstack-pro",
    "logspout",
    "netdata",
    "nginx-proxy",
    "ofelia",
    "ouroboros",
    "portainer",
    "portainer-ce",
    "portainer-ee",
    "promtail",
    "ryuk",
    "shepherd",
    "swag",
    "swarm-cronjob",
    "swarmpit",
    "telegraf",
    "traefik",
    "uptime-kuma",
    "vector",
    "watchtower",
    "whats-up-docker",
    "wud",
    "woodpecker-agent",
    "yacht",
];

fn consumer(service: &Service) -> Option<Consumer> {
    let image = service.image.as_ref()?;
    let image = seaworthy_formats::compose::ImageName::of(image)?;
    let name = image.name().to_ascii_lowercase();
    if name.contains("socket-proxy") || name.contains("socketproxy") || name.contains("sockguard") {
        return Some(Consumer::Filter);
    }
    TOOLS.contains(&&*name).then_some(Consumer::Tool)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_the_socket_however_it_is_mounted() {
        check(
            &RULE,
            "docker-compose.yml",
            r#"
services:
  api:
    build: .
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] Service api is given the Docker socket
  long:
    build: .
    volumes:
      - type: bind
        source: /run/docker.sock
                ^^^^^^^^^^^^^^^^ [critical] Docker socket
        target: /sock
        read_only: true
  variable:
    build: .
    volumes: ["${DOCKER_SOCK:-/var/run/docker.sock}:/var/run/docker.sock:ro"]
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] read-only does not help
  other:
    image: acme/tool
    volumes:
      - /run/containerd/containerd.sock:/run/containerd/containerd.sock
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] containerd
      - /run/user/1000/podman/podman.sock:/x
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] Podman
      - /var/run:/host/run
        ^^^^^^^^^^^^^^^^^^ [critical] directory that holds
  windows:
    image: acme/tool
    volumes:
      - type: npipe
        source: \\.\pipe\docker_engine
                ^^^^^^^^^^^^^^^^^^^^^^ [critical] named pipe
        target: \\.\pipe\docker_engine
  named:
    image: acme/tool
    volumes:
      - sock:/sock
        ^^^^^^^^^^ [critical] Docker socket
  api-socket:
    image: acme/tool
    use_api_socket: true
                    ^^^^ [critical] API socket
  remote:
    image: acme/tool
    environment:
      DOCKER_HOST: tcp://10.0.0.2:2375
                   ^^^^^^^^^^^^^^^^^^^ [critical] DOCKER_HOST
volumes:
  sock:
    driver_opts: { type: none, o: bind, device: /var/run/docker.sock }
"#,
        );
    }

    #[test]
    fn tools_made_for_it_are_milder_and_explained() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  traefik:
    image: traefik:v3.1
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock:ro
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] filtering socket proxy
  portainer:
    image: portainer/portainer-ce:2.21.0
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] filtering socket proxy
  proxy:
    image: tecnativa/docker-socket-proxy
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock:ro
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] its purpose
",
        );
    }

    #[test]
    fn passes_other_sockets_and_engines_of_the_stack() {
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  fpm:
    image: php:8-fpm
    volumes:
      - ./run:/var/run
      - /run/php/php-fpm.sock:/run/php-fpm.sock
      - docker.sock:/data
      - /var/runner:/data
  ci:
    image: acme/ci
    environment:
      DOCKER_HOST: tcp://docker:2375
  docker:
    image: docker:dind
",
        );
    }

    #[test]
    fn an_anchored_mount_is_one_finding_and_a_template_none() {
        check_files(
            &RULE,
            "
//- compose.yml
x-sock: &sock
  volumes:
    - /var/run/docker.sock:/var/run/docker.sock
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] Service a
services:
  a:
    <<: *sock
        ~~~~~ merged in here
    image: a
  b:
    <<: *sock
    image: b
//- docker-compose.example.yml
services:
  a:
    image: a
    volumes: ['/var/run/docker.sock:/var/run/docker.sock']
",
        );
    }

    #[test]
    fn a_dev_container_is_milder() {
        check(
            &RULE,
            ".devcontainer/compose.yaml",
            "
services:
  workspace:
    image: app
    volumes:
      - /var/run/docker.sock:/var/run/docker-host.sock
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] workspace
",
        );
    }
}
