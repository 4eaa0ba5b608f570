//! `proxy-upstream-port-mismatch`

use std::collections::BTreeSet;

use seaworthy_analysis::joined::Stack;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{Published, Service, Text, Value};
use seaworthy_formats::http::Provider;
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::proxy_targets::{Target, of_caddy, of_nginx, readers, readers_of};
use super::standing::{Judged, Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "proxy-upstream-port-mismatch",
        group: Group::Compose,
        summary: "proxy that passes requests to a service or port that is not there",
        help: include_str!("proxy_upstream_port_mismatch.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[684],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        if judged.stack.project().is_partial() || !judged.standing.may_be_production() {
            continue;
        }
        labels(cx, &mut once, &judged);
        let readers = readers(cx, judged.stack);
        if readers.is_empty() {
            continue;
        }
        for site in cx.joined().nginx_sites() {
            for proxy in readers_of(&readers, &site.artifact) {
                for target in of_nginx(site) {
                    target_of(cx, &mut once, &judged, proxy, &target);
                }
            }
        }
        let caddy = cx.joined().header_apps().iter().filter(|app| app.provider == Provider::Caddy);
        let files: BTreeSet<_> = caddy.map(|app| &app.artifact).collect();
        for path in files {
            for proxy in readers_of(&readers, path) {
                let artifact = cx.snapshot().artifact(path.as_str());
                let text = artifact.and_then(|artifact| cx.snapshot().text(artifact)).unwrap_or("");
                for target in of_caddy(path, text) {
                    target_of(cx, &mut once, &judged, proxy, &target);
                }
            }
        }
    }
}

/// Judges one address that a proxy of the stack passes requests on to.
fn target_of(
    cx: &mut Context<'_>,
    once: &mut Once,
    judged: &Judged<'_>,
    proxy: &Service,
    target: &Target,
) {
    let stack = judged.stack;
    let host = target.host.to_ascii_lowercase();
    let numbers = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if proxy.network_mode.is_some() || host.contains('.') || numbers || host == "localhost" {
        return;
    }
    let named: Vec<&Service> = stack
        .project()
        .services
        .iter()
        .filter(|service| answers(stack, service, proxy, &host))
        .collect();
    let [service] = named.as_slice() else {
        if named.is_empty()
            && only_own_names(stack, proxy)
            && once.first(&target.artifact, target.region)
        {
            missing(cx, judged, proxy, target);
        }
        return;
    };
    let Some(ports) = listening(cx, stack, service, target.port) else { return };
    if ports.is_empty()
        || ports.contains(&target.port)
        || !once.first(&target.artifact, target.region)
    {
        return;
    }
    let (host, port, service_name) = (&target.host, target.port, service.name.raw());
    let list = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let outside = published_at(stack, service, port);
    let reason = if outside {
        format!("{port} is its port on the host; other containers reach it at {list}")
    } else {
        format!("it listens on {list}")
    };
    let message = format!(
        "Requests are passed to `{host}` on port {port}, where service {service_name} does not \
         listen: {reason}. Every visitor gets an error 502."
    );
    let origin = service.origin();
    let draft = cx
        .report_in(&target.artifact, target.region, message)
        .related(&origin.artifact, service.name.region(), format!("listens on {list}"))
        .evidence(format!("{service_name}:{port}"));
    if let (Some(region), [only]) =
        (target.port_region, ports.iter().collect::<Vec<_>>().as_slice())
    {
        draft.fix(Edit::risky(format!("Pass requests to port {only}")).replace(
            &target.artifact,
            region,
            only.to_string(),
        ));
    }
}

fn missing(cx: &mut Context<'_>, judged: &Judged<'_>, proxy: &Service, target: &Target) {
    let stack = judged.stack.primary_file();
    let message = format!(
        "Requests are passed to `{}`, and no service of {stack} has that name: the proxy finds no \
         host and does not start, or answers with error 502. Name a service of the stack.",
        target.host
    );
    cx.report_in(&target.artifact, target.region, message)
        .related(&proxy.origin().artifact, proxy.name.region(), "the service that reads this file")
        .evidence(target.host.clone());
}

/// Whether a service answers to a host's name inside the stack.
fn answers(stack: &Stack, service: &Service, proxy: &Service, host: &str) -> bool {
    let is = |text: &Text| stack.expand(text).is_some_and(|text| text.eq_ignore_ascii_case(host));
    let aliased = service.networks.iter().any(|network| {
        network
            .value
            .get("aliases")
            .is_some_and(|list| list.items().iter().filter_map(Value::text).any(is))
    });
    let linked =
        proxy.extra("links").into_iter().flat_map(Value::items).filter_map(Value::text).any(
            |link| {
                let link = link.raw();
                link.split_once(':').is_some_and(|(name, alias)| {
                    name == service.name.raw() && alias.eq_ignore_ascii_case(host)
                })
            },
        );
    service.name.raw().eq_ignore_ascii_case(host)
        || service.container_name.as_ref().is_some_and(is)
        || service.extra("hostname").and_then(Value::text).is_some_and(is)
        || aliased
        || linked
}

/// Whether a proxy can only know names of its own stack: it joins no network
/// that is made elsewhere and is told of no other host.
fn only_own_names(stack: &Stack, proxy: &Service) -> bool {
    let project = stack.project();
    let external = |name: &str| {
        project.networks.iter().any(|network| network.name.raw() == name && network.is_external())
    };
    let joins = proxy.networks.iter().any(|network| external(network.name.raw()));
    let default = proxy.networks.is_empty() && external("default");
    let told = ["extra_hosts", "external_links", "links", "dns", "dns_search"]
        .iter()
        .any(|key| proxy.extra(key).is_some());
    let unknown =
        |text: &Option<Text>| text.as_ref().is_some_and(|text| stack.expand(text).is_none());
    let names_unknown = project.services.iter().any(|service| unknown(&service.container_name));
    !joins && !default && !told && !names_unknown
}

/// The ports on which a service listens, as far as files tell; `None` where it
/// may be any.
fn listening(
    cx: &Context<'_>,
    stack: &Stack,
    service: &Service,
    wanted: u16,
) -> Option<BTreeSet<u16>> {
    let mut ports = BTreeSet::new();
    let lookup = |name: &str| stack.variable(name).map(|value| value.reveal().to_owned());
    for port in &service.ports {
        let target = port.resolve(&lookup).ok()?.target?;
        ports.extend((target.first..=target.last).take(64));
    }
    for port in &service.expose {
        let text = stack.expand(port)?;
        ports.insert(text.split('/').next()?.parse().ok()?);
    }
    let digits = wanted.to_string();
    // Whoever writes the number in its settings may mean it.
    let command = [&service.command, &service.entrypoint];
    let port =
        service.environment.iter().find(|variable| variable.key.raw() == "PORT").and_then(
            |variable| stack.expand(variable.value.as_ref()?)?.trim().parse::<u16>().ok(),
        );
    let spoken = command.iter().copied().flatten().any(|command| command.line().contains(&digits))
        || service.environment.iter().any(|variable| {
            let unknown = port.is_none() && may_name_port(variable.key.raw());
            variable.value.as_ref().is_some_and(|text| {
                stack.expand(text).map_or(unknown, |text| text.contains(&digits))
            })
        })
        || service.healthcheck.as_ref().is_some_and(|check| format!("{check:?}").contains(&digits))
        // `PORT` in `environment` wins over what env files say.
        || (port.is_none() && !service.env_file.is_empty())
        || service.network_mode.is_some();
    if spoken {
        return None;
    }
    let stacks = cx.joined().stacks();
    let builds = cx.joined().images(cx.snapshot()).iter().filter(|build| {
        build
            .services(stacks)
            .any(|(of, other)| std::ptr::eq(of, stack) && other.name.raw() == service.name.raw())
    });
    for build in builds {
        let text = cx
            .snapshot()
            .artifact(build.dockerfile().as_str())
            .and_then(|artifact| cx.snapshot().text(artifact))?;
        let image = build.image()?;
        for setting in &image.exposed {
            let exposed = setting.value.as_ref()?;
            if exposed.protocol == "tcp" {
                ports.extend((exposed.first..=exposed.last).take(64));
            }
        }
        if text.contains(&digits) {
            return None;
        }
    }
    Some(ports)
}

/// Whether a variable may say where a program listens.
fn may_name_port(name: &str) -> bool {
    const WORDS: &[&str] =
        &["PORT", "PORTS", "LISTEN", "BIND", "ADDR", "ADDRESS", "HOST", "SERVER", "ENDPOINT"];
    name.to_ascii_uppercase().split('_').any(|word| WORDS.contains(&word))
}

/// Whether a port is the one that the host publishes for a service.
fn published_at(stack: &Stack, service: &Service, wanted: u16) -> bool {
    let lookup = |name: &str| stack.variable(name).map(|value| value.reveal().to_owned());
    service
        .ports
        .iter()
        .filter_map(|port| port.resolve(&lookup).ok())
        .any(|port| matches!(port.published, Published::Ports(range) if range.contains(wanted)))
}

/// The port that labels of Traefik name, against those of the service itself.
fn labels(cx: &mut Context<'_>, once: &mut Once, judged: &Judged<'_>) {
    for service in &judged.stack.project().services {
        for label in &service.labels {
            let key = label.key.raw().to_ascii_lowercase();
            if !key.starts_with("traefik.http.services.")
                || !key.ends_with(".loadbalancer.server.port")
            {
                continue;
            }
            let Some(text) = &label.value else { continue };
            let Some(port) = judged.stack.expand(text).and_then(|text| text.trim().parse().ok())
            else {
                continue;
            };
            let Some(ports) = listening(cx, judged.stack, service, port) else { continue };
            let place: Region = text.region();
            if ports.is_empty()
                || ports.contains(&port)
                || !once.first(&text.origin().artifact, place)
            {
                continue;
            }
            let list = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
            let name = service.name.raw();
            let message = format!(
                "Traefik is told that service {name} listens on {port}, but it listens on {list}. \
                 Every visitor gets an error 502."
            );
            cx.report_in(&text.origin().artifact, place, message)
                .evidence(format!("{name}:{port}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    fn with(pass: &str, mark: &str, services: &str) -> String {
        format!(
            "
//- docker-compose.prod.yml
services:
  proxy:
    image: nginx:1.27
    volumes:
      - ./nginx/nginx.conf:/etc/nginx/nginx.conf:ro
{services}
//- nginx/nginx.conf
events {{}}
http {{
  upstream pool {{ server api:3000; }}
  server {{
    listen 80;
    location / {{ proxy_pass http://pool; }}
    location /x {{
{pass}
{mark}
    }}
  }}
}}
//- api/Dockerfile
FROM node:22
EXPOSE 3000
CMD [\"node\", \"server.js\"]
"
        )
    }

    const API: &str = "  api:\n    build: ./api\n    ports:\n      - \"127.0.0.1:3001:3000\"\n";

    #[test]
    fn settings_that_name_no_port_hide_nothing() {
        let service = "  api:\n    build: ./api\n    env_file: .env.local\n    environment:\n      \
                       PORT: 3000\n      DATABASE_URL: ${DATABASE_URL:?}\n";
        check_files(
            &RULE,
            &with(
                "      proxy_pass http://api:8080/v1;",
                "                 ^^^^^^^^^^^^^^^^^^ [high] it listens on 3000",
                service,
            ),
        );
        let service = "  api:\n    build: ./api\n    environment:\n      APP_PORT: ${APP_PORT}\n";
        check_files(&RULE, &with("      proxy_pass http://api:8080/v1;", "", service));
    }

    #[test]
    fn flags_ports_on_which_nothing_listens() {
        check_files(
            &RULE,
            &with(
                "      proxy_pass http://api:8080/v1;",
                "                 ^^^^^^^^^^^^^^^^^^ [high] it listens on 3000",
                API,
            ),
        );
        check_files(
            &RULE,
            &with(
                "      proxy_pass http://api:3001;",
                "                 ^^^^^^^^^^^^^^^ [high] 3001 is its port on the host",
                API,
            ),
        );
        check_files(
            &RULE,
            &with(
                "      proxy_pass http://api;",
                "                 ^^^^^^^^^^ [high] on port 80",
                API,
            ),
        );
    }

    #[test]
    fn flags_services_that_are_not_there() {
        check_files(
            &RULE,
            &with(
                "      proxy_pass http://backend:3000;",
                "                 ^^^^^^^^^^^^^^^^^^^ [high] no service of docker-compose.prod.yml",
                API,
            ),
        );
    }

    #[test]
    fn flags_caddy_and_labels_of_traefik() {
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  caddy:
    image: caddy:2
    volumes:
      - ./Caddyfile:/etc/caddy/Caddyfile
  api:
    image: acme/api:1.0.0
    expose:
      - \"4000\"
    labels:
      - traefik.http.services.api.loadbalancer.server.port=5000
                                                           ^^^^ [high] listens on 4000
//- Caddyfile
app.example {
\treverse_proxy api:5000
\t              ^^^^^^^^ [high] it listens on 4000
}
",
        );
    }

    #[test]
    fn passes_what_fits_or_may_fit() {
        for (pass, services) in [
            ("proxy_pass http://api:3000/;", API),
            ("proxy_pass http://pool/v1;", API),
            ("set $up http://gone:1; proxy_pass $up;", API),
            ("proxy_pass https://api.example;", API),
            ("proxy_pass http://127.0.0.1:9;", API),
            // A container's name, an alias, a host that is told.
            (
                "proxy_pass http://shop_api:3000;",
                "  api:\n    build: ./api\n    container_name: shop_api\n",
            ),
            (
                "proxy_pass http://inner:3000;",
                "  api:\n    build: ./api\n    networks:\n      default:\n        aliases: [inner]\n",
            ),
            // What the environment or the command says may be the port.
            (
                "proxy_pass http://api:8080;",
                "  api:\n    build: ./api\n    environment:\n      PORT: 8080\n",
            ),
            (
                "proxy_pass http://api:8080;",
                "  api:\n    build: ./api\n    command: node server.js --port 8080\n",
            ),
            ("proxy_pass http://api:8080;", "  api:\n    image: acme/api:1.0.0\n"),
            ("proxy_pass http://api:8080;", "  api:\n    build: ./api\n    env_file: .env\n"),
        ] {
            check_files(&RULE, &with(pass, "", services));
        }
        // Another stack's services, and a file that nobody mounts.
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  proxy:
    image: nginx:1.27
    networks: [shared]
    volumes:
      - ./nginx.conf:/etc/nginx/conf.d/default.conf
networks:
  shared:
    external: true
//- nginx.conf
server { listen 80; location / { proxy_pass http://elsewhere:3000; } }
//- other/nginx.conf
server { listen 80; location / { proxy_pass http://nowhere:3000; } }
",
        );
    }
}
