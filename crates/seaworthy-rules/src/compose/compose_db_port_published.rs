//! `compose-db-port-published`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Engine, HostIp, PortRef, ResolvedPort, Service, ServiceKind};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::publishing::{bind_to_loopback, is_internal, publishing_part};
use super::standing::{Judged, Once, Standing, judged, on_host_network};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-db-port-published",
        group: Group::Compose,
        summary: "database, cache or broker that other machines can reach",
        help: include_str!("compose_db_port_published.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[668, 1327],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        let project = judged.stack.project();
        let serves = judged.runs_program();
        for service in &project.services {
            let Some(engine) = service.kind().engine() else { continue };
            if on_host_network(service) {
                continue;
            }
            for port in &service.ports {
                let Ok(resolved) = port.resolve(&|name| judged.variable(name)) else { continue };
                if resolved.is_exposed() != Some(true) {
                    continue;
                }
                let fault = Fault { judged, service, engine, port, resolved, serves };
                fault.report(cx, &mut once);
            }
        }
    }
}

struct Fault<'a> {
    judged: Judged<'a>,
    service: &'a Service,
    engine: Engine,
    port: &'a PortRef,
    resolved: ResolvedPort,
    /// Whether the stack holds more than stores.
    serves: bool,
}

impl Fault<'_> {
    fn report(&self, cx: &mut Context<'_>, once: &mut Once) {
        let origin = self.port.origin();
        let region = publishing_part(self.port);
        if !once.first(&origin.artifact, region) {
            return;
        }
        let name = self.service.name.raw();
        let what = product(self.engine);
        let port = self.resolved.target.map_or_else(
            || "a port".to_owned(),
            |target| match target.is_range() {
                true => format!("ports {} to {}", target.first, target.last),
                false => format!("port {}", target.first),
            },
        );
        let place = match self.resolved.host_ip {
            HostIp::Address(ip) if !ip.is_unspecified() => format!("on {ip}"),
            _ => "on every interface of the host".to_owned(),
        };
        let fix = bind_to_loopback(cx, self.port);
        let draft = cx.report_in(
            &origin.artifact,
            region,
            format!(
                "Service {name} publishes {port} of {what} {place}. Whoever reaches the host can \
                 try to log in, and Docker opens the port past firewalls such as ufw. The other \
                 services need no published port; bind it to 127.0.0.1 if people on the host do."
            ),
        );
        draft
            .severity(self.severity())
            .evidence(format!("{name}:{}", self.resolved.target.map_or(0, |target| target.first)));
        if let Some(fix) = fix {
            draft.fix(fix);
        }
        self.judged.explain(draft, origin);
    }

    fn severity(&self) -> Severity {
        let standing = self.judged.at(Some(self.service), self.port.origin());
        let severity = match standing {
            Standing::Production => Severity::Critical,
            Standing::Undeclared if self.serves => Severity::High,
            // Stores alone: what a developer starts beside the program.
            Standing::Undeclared => Severity::Medium,
            Standing::Development if self.judged.stack.has_production_sibling() => Severity::Low,
            Standing::Development => Severity::Medium,
            Standing::Test => Severity::Info,
        };
        let meant_for_clients = matches!(self.engine, Engine::Meilisearch | Engine::OtherSearch)
            || is_device_broker(self.service);
        let internal = match self.resolved.host_ip {
            HostIp::Address(ip) => is_internal(ip),
            _ => false,
        };
        if meant_for_clients || internal { severity.min(Severity::Medium) } else { severity }
    }
}

/// Brokers that devices in the field connect to.
fn is_device_broker(service: &Service) -> bool {
    let image = service.image.as_ref().map_or("", |image| image.raw());
    service.kind() == ServiceKind::Queue(Engine::OtherQueue)
        && ["mosquitto", "emqx", "vernemq"].iter().any(|name| image.contains(name))
}

/// How messages call a product.
pub(super) fn product(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "PostgreSQL",
        Engine::Mysql => "MySQL",
        Engine::Mariadb => "MariaDB",
        Engine::Mongo => "MongoDB",
        Engine::Redis => "Redis",
        Engine::Memcached => "Memcached",
        Engine::Mssql => "SQL Server",
        Engine::Oracle => "Oracle",
        Engine::Clickhouse => "ClickHouse",
        Engine::Neo4j => "Neo4j",
        Engine::Cassandra => "Cassandra",
        Engine::Influx => "InfluxDB",
        Engine::Couch => "CouchDB",
        Engine::Cockroach => "CockroachDB",
        Engine::Vector => "the vector database",
        Engine::OtherDatabase => "the database",
        Engine::Elasticsearch => "Elasticsearch",
        Engine::Opensearch => "OpenSearch",
        Engine::Meilisearch => "Meilisearch",
        Engine::OtherSearch => "the search engine",
        Engine::Rabbitmq => "RabbitMQ",
        Engine::Kafka => "Kafka",
        Engine::Nats => "NATS",
        Engine::OtherQueue => "the message broker",
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_a_published_store_in_production() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  api:
    build: .
    ports: ["3000:3000"]
  db:
    image: postgres:16-alpine
    ports:
      - "5432:5432"
         ^^^^^^^^^ [critical] Service db publishes port 5432 of PostgreSQL on every interface
  cache:
    image: redis:7
    ports:
      - target: 6379
        published: 6379
                   ^^^^ [critical] port 6379 of Redis
  search:
    image: opensearchproject/opensearch:2
    ports: ["0.0.0.0:9200:9200"]
             ^^^^^^^^^^^^^^^^^ [critical] OpenSearch
  mongo:
    image: mongo
    ports: ["[::]:27018:27017", "10.0.0.5:27017:27017"]
             ^^^^^^^^^^^^^^^^ [critical] MongoDB
                                 ^^^^^^^^^^^^^^^^^^^^ [medium] on 10.0.0.5
"#,
        );
    }

    #[test]
    fn an_unusual_or_variable_host_port_is_published_all_the_same() {
        check(
            &RULE,
            "compose.yaml",
            r#"
services:
  api:
    image: acme/api
  db:
    image: postgres
    ports:
      - "54320:5432" # for security
         ^^^^^^^^^^ [high] every interface
      - ${POSTGRES_PORT:-5433}:5432
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] port 5432
  kv:
    build: ./kv
    ports: ["6379"]
             ^^^^ [high] Redis
"#,
        );
    }

    #[test]
    fn passes_what_other_machines_cannot_reach() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  a:
    image: postgres
    expose: ["5432"]
  b:
    image: postgres
    ports: ["127.0.0.1:5432:5432", "[::1]:5432:5432", "${BIND:-127.0.0.1}:5433:5432"]
  c:
    image: postgres
    ports: ["${BIND}:5432:5432"]
  d:
    image: redis
  web:
    image: nginx
    ports: ["80:80"]
  pgadmin:
    image: dpage/pgadmin4
    ports: ["5050:80"]
"#,
        );
    }

    #[test]
    fn a_production_overlay_does_not_take_back_what_the_base_publishes() {
        check_files(
            &RULE,
            r#"
//- docker-compose.yml
services:
  api:
    build: .
  db:
    image: postgres
    ports: ["5432:5432"]
             ^^^^^^^^^ [critical] port 5432
  cache:
    image: redis
    ports: ["6379:6379"]
             ^^^^^^^^^ [low] port 6379
//- docker-compose.prod.yml
services:
~ laid over
  db:
    ports: []
  cache:
    ports: !reset []
"#,
        );
    }

    #[test]
    fn a_base_beside_a_closed_production_file_is_low_and_a_test_stack_info() {
        check_files(
            &RULE,
            r#"
//- docker-compose.yml
services:
  db:
    image: postgres
    ports: ["5432:5432"]
             ^^^^^^^^^ [low] port 5432
//- docker-compose.prod.yml
services:
  db:
    image: postgres
//- docker-compose.test.yml
services:
  db:
    image: postgres
    ports: ["5433:5432"]
             ^^^^^^^^^ [info] port 5432
"#,
        );
    }

    #[test]
    fn stores_alone_and_development_are_medium() {
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  db:
    image: postgres
    ports: ['5432:5432']
             ^^^^^^^^^ [medium] port 5432
",
        );
        check(
            &RULE,
            "docker-compose.dev.yml",
            "
services:
  api:
    build: .
  db:
    image: postgres
    ports: ['5432:5432']
             ^^^^^^^^^ [medium] port 5432
",
        );
    }

    #[test]
    fn binds_to_loopback() {
        check_fix(
            &RULE,
            "compose.yaml",
            r#"
services:
  db:
    image: postgres
    ports:
      - "5432:5432"
      - 5433:5432
      - "${P:-5434}:5432"
      - "5432"
      - "0.0.0.0:5435:5432"
      - "[::]:5436:5432"
      - target: 5432
        published: 5437
      - target: 5432
        published: 5438
        host_ip: 0.0.0.0
"#,
            r#"
services:
  db:
    image: postgres
    ports:
      - "127.0.0.1:5432:5432"
      - 127.0.0.1:5433:5432
      - "127.0.0.1:${P:-5434}:5432"
      - "127.0.0.1::5432"
      - "127.0.0.1:5435:5432"
      - "127.0.0.1:5436:5432"
      - target: 5432
        host_ip: 127.0.0.1
        published: 5437
      - target: 5432
        published: 5438
        host_ip: 127.0.0.1
"#,
        );
    }
}
