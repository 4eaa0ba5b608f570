//! `compose-admin-ui-published`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{ImageName, PortRef, ResolvedPort, Service, ServiceKind, Text};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::commands::run_by;
use super::publishing::{bind_to_loopback, publishing_part};
use super::standing::{Judged, Once, Standing, judged, on_host_network};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-admin-ui-published",
        group: Group::Compose,
        summary: "page for administrators that other machines can reach",
        help: include_str!("compose_admin_ui_published.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[668, 419],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        for service in &judged.stack.project().services {
            if on_host_network(service) {
                continue;
            }
            let Some(page) = Page::of(service) else { continue };
            for port in &service.ports {
                let Ok(resolved) = port.resolve(&|name| judged.variable(name)) else { continue };
                if resolved.is_exposed() == Some(true) && page.is_at(&resolved) {
                    report(cx, &mut once, &judged, service, &page, port);
                }
            }
        }
    }
}

/// A page that only administrators are to see.
struct Page {
    /// What it is, for people.
    what: &'static str,
    /// The port of the container, where others are meant for the public.
    port: Option<u16>,
    /// Variables of which one sets its password.
    passwords: &'static [&'static str],
    /// What an image does to which nobody gives a password.
    without: Without,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Without {
    /// It asks for none.
    Open,
    /// It takes one that everybody knows.
    Known,
    /// It asks for that of the store behind it, or for one that somebody sets.
    Asks,
}

impl Page {
    fn of(service: &Service) -> Option<Page> {
        let image = service.image.as_ref().and_then(ImageName::of);
        let name = image.as_ref().map_or("", ImageName::name).to_ascii_lowercase();
        let page = |what, passwords, without| Some(Page { what, port: None, passwords, without });
        let open = Without::Open;
        match &*name {
            "pgadmin4" | "pgadmin" => page("pgAdmin", &["PGADMIN_DEFAULT_PASSWORD"], Without::Asks),
            "mongo-express" => {
                page("mongo-express", &["ME_CONFIG_BASICAUTH_PASSWORD"], Without::Known)
            }
            "redis-commander" => page("Redis Commander", &["HTTP_PASSWORD"], open),
            "redisinsight" => page("Redis Insight", &[], open),
            "adminer" => page("Adminer", &[], Without::Asks),
            "phpmyadmin" => page("phpMyAdmin", &[], Without::Asks),
            "grafana" | "grafana-oss" | "grafana-enterprise" => {
                page("Grafana", &["GF_SECURITY_ADMIN_PASSWORD"], Without::Known)
            }
            // Collector, stores and Grafana in one, for trying out.
            "otel-lgtm" => {
                let page = page("Grafana", &["GF_SECURITY_ADMIN_PASSWORD"], Without::Known)?;
                Some(Page { port: Some(3000), ..page })
            }
            "prometheus" => page("Prometheus", &[], open),
            "alertmanager" => page("Alertmanager", &[], open),
            "pushgateway" => page("the Pushgateway", &[], open),
            "cadvisor" => page("cAdvisor", &[], open),
            "kibana" => page("Kibana", &[], Without::Asks),
            "opensearch-dashboards" => page("OpenSearch Dashboards", &[], Without::Asks),
            "all-in-one" | "jaeger" => {
                let page = page("Jaeger", &[], open)?;
                Some(Page { port: Some(16686), ..page })
            }
            "zipkin" => page("Zipkin", &[], open),
            "mailhog" | "mailpit" | "maildev" | "mailcatcher" | "inbucket" | "smtp4dev" => {
                page("the mail catcher", &[], open)
            }
            "portainer" | "portainer-ce" | "portainer-ee" => page("Portainer", &[], Without::Asks),
            "kafka-ui" | "kafdrop" | "akhq" => page("the Kafka console", &[], open),
            "flower" => page("Flower", &["FLOWER_BASIC_AUTH"], open),
            "dozzle" => page("Dozzle", &[], open),
            "pgweb" | "cloudbeaver" | "dbgate" | "sqlpad" | "elasticvue" | "cerebro" | "dejavu"
            | "phpredisadmin" | "mongo-gui" => page("the database console", &[], Without::Asks),
            "traefik" => insecure_dashboard(service),
            _ => None,
        }
    }

    fn is_at(&self, resolved: &ResolvedPort) -> bool {
        self.port.is_none_or(|port| resolved.target.is_none_or(|target| target.contains(port)))
    }

    /// Whether whoever reaches it is in: it asks for nothing, or for a password
    /// that everybody knows.
    fn is_open(&self, service: &Service) -> Option<&'static str> {
        let set = self
            .passwords
            .iter()
            .find_map(|name| service.env(name).or_else(|| service.env(&format!("{name}_FILE"))));
        match set {
            Some(variable) => {
                // What one `.env` says, another host's does not.
                let value = variable.value.as_ref()?.with_defaults()?;
                let known = ["admin", "password", "pass", "changeme", "grafana", "root", "123456"];
                let weak = value.is_empty() || known.contains(&&*value.to_ascii_lowercase());
                weak.then_some("with a password that everybody tries first")
            }
            // An env file may set it.
            None if !service.env_file.is_empty() => None,
            None => match self.without {
                Without::Open => Some("and asks for no password"),
                Without::Known => Some("with the password that its image is known for"),
                Without::Asks => None,
            },
        }
    }
}

/// Traefik's own page, when it is switched on without a password.
fn insecure_dashboard(service: &Service) -> Option<Page> {
    let says = |text: &Text| {
        let text = text.raw().trim_start_matches('-').to_ascii_lowercase();
        matches!(&*text, "api.insecure" | "api.insecure=true")
    };
    run_by(service).iter().any(says).then_some(Page {
        what: "Traefik's dashboard",
        port: Some(8080),
        passwords: &[],
        without: Without::Open,
    })
}

fn report(
    cx: &mut Context<'_>,
    once: &mut Once,
    judged: &Judged<'_>,
    service: &Service,
    page: &Page,
    port: &PortRef,
) {
    let open = page.is_open(service);
    let standing = judged.at(Some(service), port.origin());
    let severity = match (standing, open.is_some()) {
        (Standing::Production, true) => Severity::High,
        (Standing::Production, false) => Severity::Medium,
        (Standing::Undeclared, _) if judged.runs_program() => Severity::Medium,
        (Standing::Undeclared, _) => Severity::Low,
        // On a developer's machine only what lets everybody in counts, and what
        // catches mail holds nothing.
        (Standing::Development, true) if service.kind() == ServiceKind::AdminUi => Severity::Low,
        (Standing::Development | Standing::Test, _) => return,
    };
    let origin = port.origin();
    let region = publishing_part(port);
    if !once.first(&origin.artifact, region) {
        return;
    }
    let name = service.name.raw();
    let (what, how) = (page.what, open.map_or(String::new(), |open| format!(" {open}")));
    let fix = bind_to_loopback(cx, port);
    let draft = cx.report_in(
        &origin.artifact,
        region,
        format!(
            "Service {name} publishes {what} on every interface of the host{how}. Such pages show \
             and change what the whole system holds, and scanners look for them. Bind the port to \
             127.0.0.1 and reach it through a tunnel, or put it behind a proxy that asks who is \
             there."
        ),
    );
    draft.severity(severity).evidence(name);
    if let Some(image) = &service.image {
        draft.related(&image.origin().artifact, image.region(), "the page");
    }
    if let Some(fix) = fix {
        draft.fix(fix);
    }
    judged.explain(draft, origin);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_pages_that_other_machines_reach() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  pgadmin:
    image: dpage/pgadmin4
           ~~~~~~~~~~~~~~ the page
    environment: { PGADMIN_DEFAULT_PASSWORD: "${PW:?}" }
    ports: ["5050:80"]
             ^^^^^^^ [medium] Service pgadmin publishes pgAdmin on every interface of the host. Such
  weak:
    image: dpage/pgadmin4
           ~~~~~~~~~~~~~~ the page
    environment: { PGADMIN_DEFAULT_PASSWORD: admin }
    ports: ["5051:80"]
             ^^^^^^^ [high] that everybody tries first
  grafana:
    image: grafana/grafana:11.4.0
           ~~~~~~~~~~~~~~~~~~~~~~ the page
    ports: ["3000:3000"]
             ^^^^^^^^^ [high] image is known for
  telemetry:
    image: grafana/otel-lgtm:0.8.1
           ~~~~~~~~~~~~~~~~~~~~~~~ the page
    ports: ["4317:4317", "3001:3000"]
                          ^^^^^^^^^ [high] publishes Grafana on every interface
  prometheus:
    image: prom/prometheus
           ~~~~~~~~~~~~~~~ the page
    ports: ["0.0.0.0:9090:9090"]
             ^^^^^^^^^^^^^^^^^ [high] asks for no password
  traefik:
    image: traefik:v3
           ~~~~~~~~~~ the page
    command: ["--api.insecure=true"]
    ports: ["80:80", "8080:8080"]
                      ^^^^^^^^^ [high] Traefik's dashboard
"#,
        );
        check(
            &RULE,
            "docker-compose.yml",
            "services:\n  api:\n    build: .\n  mail:\n    image: mailhog/mailhog\n           ~~~~~~~~~~~~~~~ the page\n    ports: ['8025:8025']\n             ^^^^^^^^^ [medium] the mail catcher\n",
        );
    }

    #[test]
    fn developers_hear_only_of_what_lets_everybody_in() {
        check(
            &RULE,
            "docker-compose.dev.yml",
            "
services:
  a:
    image: mongo-express
           ~~~~~~~~~~~~~ the page
    ports: ['8081:8081']
             ^^^^^^^^^ [low] mongo-express
  b:
    image: adminer
    ports: ['8080:8080']
  c:
    image: mailhog/mailhog
    ports: ['8025:8025']
",
        );
    }

    #[test]
    fn passes_what_is_bound_behind_or_no_page() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  a:
    image: dpage/pgadmin4
    ports: ["127.0.0.1:5050:80"]
  b:
    image: grafana/grafana
    expose: ["3000"]
  c:
    image: traefik:v3
    ports: ["80:80", "8080:8080"]
  d:
    image: jaegertracing/all-in-one:1
    ports: ["4318:4318"]
  e:
    image: louislam/uptime-kuma:1
    ports: ["3001:3001"]
  f:
    image: ghcr.io/acme/admin
    ports: ["80:80"]
"#,
        );
    }

    #[test]
    fn binds_to_loopback() {
        check_fix(
            &RULE,
            "docker-compose.prod.yml",
            "services:\n  a:\n    image: adminer:4\n    ports:\n      - 8080:8080\n",
            "services:\n  a:\n    image: adminer:4\n    ports:\n      - 127.0.0.1:8080:8080\n",
        );
    }
}
