//! `compose-unnecessary-port`

use std::collections::HashSet;

use seaworthy_analysis::{Check, Context, NativeRule, is_searched_only};
use seaworthy_formats::compose::{Protocol, Service, ServiceKind, VolumeKind};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::lines;
use super::publishing::{bind_to_loopback, publishing_part};
use super::standing::{Judged, Once, Standing, exposed_port, judged, on_host_network};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-unnecessary-port",
        group: Group::Compose,
        summary: "program behind a proxy that is also reachable past it",
        help: include_str!("compose_unnecessary_port.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[668, 419],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// How many proxies of a stack are looked at.
const MOST_PROXIES: usize = 5;

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        if !judged.standing.may_be_production() {
            continue;
        }
        let services = &judged.stack.project().services;
        let proxies: Vec<Front<'_>> = services
            .iter()
            .filter(|service| is_front(&judged, service))
            .take(MOST_PROXIES)
            .map(|service| Front::new(cx, &judged, service))
            .collect();
        if proxies.is_empty() {
            continue;
        }
        for service in services {
            let behind = matches!(service.kind(), ServiceKind::Application | ServiceKind::Other);
            if !behind || on_host_network(service) {
                continue;
            }
            let Some(port) = exposed_port(&judged, service) else { continue };
            let Some(front) = proxies.iter().find(|front| front.leads_to(service)) else {
                continue;
            };
            let Ok(resolved) = port.resolve(&|name| judged.variable(name)) else { continue };
            let standing = judged.at(Some(service), port.origin());
            let region = publishing_part(port);
            if resolved.protocol != Protocol::Tcp
                || !standing.may_be_production()
                || !once.first(&port.origin().artifact, region)
            {
                continue;
            }
            let (name, proxy) = (service.name.raw(), front.service.name.raw());
            let fix = bind_to_loopback(cx, port);
            let draft = cx.report_in(
                &port.origin().artifact,
                region,
                format!(
                    "Service {name} is published to other machines although {proxy} leads to it. \
                     Whoever uses this port comes past the proxy's TLS, its limits and its log. \
                     Remove the entry: {proxy} reaches {name} over the network of the stack."
                ),
            );
            draft.severity(if standing == Standing::Production {
                Severity::Medium
            } else {
                Severity::Low
            });
            draft.evidence(name);
            let place = front.service.origin();
            draft.related(&place.artifact, place.region, "the proxy");
            if let Some(fix) = fix {
                draft.fix(fix);
            }
            judged.explain(draft, port.origin());
        }
    }
}

/// Whether a service is a proxy that takes what comes on 80 or 443.
fn is_front(judged: &Judged<'_>, service: &Service) -> bool {
    service.kind() == ServiceKind::Proxy
        && service.ports.iter().any(|port| {
            port.resolve(&|name| judged.variable(name)).is_ok_and(|resolved| {
                let web = |port| match resolved.published {
                    seaworthy_formats::compose::Published::Ports(range) => range.contains(port),
                    _ => false,
                };
                (web(80) || web(443)) && resolved.is_exposed() == Some(true)
            })
        })
}

/// A proxy and what it leads to.
struct Front<'s> {
    service: &'s Service,
    /// The services that it waits for.
    waits: HashSet<&'s str>,
    /// Its configuration, as far as it is mounted from the repository.
    settings: Vec<&'s str>,
}

/// How many files of a mounted directory are read.
const MOST_FILES: usize = 20;

impl<'s> Front<'s> {
    fn new(cx: &Context<'s>, judged: &Judged<'s>, service: &'s Service) -> Self {
        let waits = service.depends_on.iter().map(|dependency| dependency.service.raw()).collect();
        let mut settings = Vec::new();
        for reference in &service.volumes {
            let Ok(volume) = reference.resolve(&|name| judged.variable(name)) else { continue };
            if volume.kind != VolumeKind::Bind || !volume.target.starts_with("/etc") {
                continue;
            }
            let path = volume
                .source
                .and_then(|source| judged.stack.project().resolve(reference.origin(), &source));
            let Some(path) = path.filter(|path| !path.as_str().is_empty()) else { continue };
            if let Some(text) = lines::text(cx, &path) {
                settings.push(text);
                continue;
            }
            let below = cx.snapshot().below(path.as_str()).iter();
            settings.extend(
                below
                    .filter(|artifact| {
                        let path = artifact.path().as_str();
                        !path.ends_with(".pem") && !is_searched_only(path)
                    })
                    .take(MOST_FILES)
                    .filter_map(|artifact| cx.snapshot().text(artifact)),
            );
        }
        Self { service, waits, settings }
    }

    /// Whether the proxy leads to a service: its configuration names it as a
    /// host, the service's labels tell it, or it waits for it and nothing else
    /// is known of its configuration.
    fn leads_to(&self, service: &Service) -> bool {
        let name = service.name.raw();
        let routed = service.labels.iter().any(|label| {
            let key = label.key.raw();
            key.starts_with("traefik.http.routers.") || key.starts_with("caddy")
        });
        let named = self.settings.iter().any(|text| {
            text.match_indices(name).take(200).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let rest = &text[at + name.len()..];
                let digit = |c: char| c.is_ascii_digit();
                let host_before = before.is_none_or(|c| matches!(c, '/' | ' ' | '\t' | '"' | '\''));
                host_before
                    && (rest.strip_prefix(':').is_some_and(|rest| rest.starts_with(digit))
                        || before == Some('/') && rest.starts_with([';', '/', ' ', '\n', '"']))
            })
        });
        routed || named || self.settings.is_empty() && self.waits.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_programs_that_are_reachable_past_their_proxy() {
        check_files(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  proxy:
  ~~~~~ the proxy
    image: nginx:1.27
    ports: ['80:80', '443:443']
    volumes: ['./nginx.conf:/etc/nginx/nginx.conf:ro']
  api:
    build: .
    ports: ['3000:3000']
             ^^^^^^^^^ [medium] Service api is published to other machines although proxy leads
  local:
    build: .
    ports: ['127.0.0.1:3001:3000']
  aside:
    build: .
    ports: ['25565:25565']
  udp:
    build: .
    ports: ['3000:3000/udp']
//- nginx.conf
events {}
http { server { location / { proxy_pass http://api:3000; } location /u { proxy_pass http://udp:3000; } location /l { proxy_pass http://local:3000; } } }
",
        );
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  caddy:
  ~~~~~ the proxy
    image: caddy:2
    ports: ['80:80']
    depends_on: [web]
  web:
    image: acme/web
    ports: ['8080:8080']
             ^^^^^^^^^ [low] Service web
",
        );
    }

    #[test]
    fn passes_stacks_without_proxy_and_those_of_developers() {
        let text = "services:\n  web:\n    build: .\n    ports: ['3000:3000']\n  other:\n    image: nginx\n    ports: ['8080:80']\n    depends_on: [web]\n";
        check(&RULE, "docker-compose.prod.yml", text);
        let text = "services:\n  proxy:\n    image: nginx\n    ports: ['80:80']\n    depends_on: [web]\n  web:\n    build: .\n    ports: ['3000:3000']\n";
        check(&RULE, "docker-compose.dev.yml", text);
    }

    #[test]
    fn binds_to_loopback() {
        check_fix(
            &RULE,
            "docker-compose.prod.yml",
            "services:\n  p:\n    image: traefik:v3\n    ports: ['443:443']\n  web:\n    image: acme/web\n    labels: ['traefik.http.routers.web.rule=Host(`a`)']\n    ports:\n      - 8080:8080\n",
            "services:\n  p:\n    image: traefik:v3\n    ports: ['443:443']\n  web:\n    image: acme/web\n    labels: ['traefik.http.routers.web.rule=Host(`a`)']\n    ports:\n      - 127.0.0.1:8080:8080\n",
        );
    }
}
