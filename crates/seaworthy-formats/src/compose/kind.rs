//! What a service is: a database, a proxy, an admin page …
//!
//! The image decides; when it is built here or hidden in a variable, the
//! container's ports, the environment and the service's name do.

use super::entries::ResolvedPort;
use super::image::ImageName;
use super::service::Service;

/// What a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceKind {
    /// A database.
    Database(Engine),
    /// A cache.
    Cache(Engine),
    /// A message broker.
    Queue(Engine),
    /// A search engine.
    Search(Engine),
    /// An object store.
    Storage,
    /// A page to look into databases, queues or containers.
    AdminUi,
    /// A web server or proxy in front of others.
    Proxy,
    /// Something built in the repository.
    Application,
    /// Something that runs once or on a schedule.
    Job,
    /// A mail server or a mail catcher.
    Mail,
    /// Metrics, logs and traces.
    Monitoring,
    /// Anything else.
    Other,
}

/// A product that holds data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "names of products")]
pub enum Engine {
    Postgres,
    Mysql,
    Mariadb,
    Mongo,
    Redis,
    Memcached,
    Mssql,
    Oracle,
    Clickhouse,
    Neo4j,
    Cassandra,
    Influx,
    Couch,
    Cockroach,
    Vector,
    OtherDatabase,
    Elasticsearch,
    Opensearch,
    Meilisearch,
    OtherSearch,
    Rabbitmq,
    Kafka,
    Nats,
    OtherQueue,
}

use Engine as E;
use ServiceKind as K;

/// The last parts of images' names, and what they are.
const IMAGES: &[(ServiceKind, &str)] = &[
    (
        K::Database(E::Postgres),
        "postgres postgresql postgresql-repmgr pgvector postgis timescaledb timescaledb-ha \
         pgbouncer pgpool spilo postgres-ssl pgvecto-rs vectorchord-postgres vchord-postgres \
         edb-postgres postgres-pgvector alloydbomni paradedb",
    ),
    (
        K::Database(E::Mysql),
        "mysql mysql-server percona percona-server percona-xtradb-cluster proxysql tidb",
    ),
    (K::Database(E::Mariadb), "mariadb mariadb-galera"),
    (
        K::Database(E::Mongo),
        "mongo mongodb mongodb-sharded mongodb-community-server mongodb-enterprise-server \
         mongodb-atlas-local percona-server-mongodb ferretdb",
    ),
    (
        K::Cache(E::Redis),
        "redis redis-stack redis-stack-server redis-cluster redis-sentinel valkey \
         valkey-cluster valkey-bundle keydb dragonfly redismod rejson",
    ),
    (K::Cache(E::Memcached), "memcached"),
    (K::Database(E::Mssql), "mssql-server-linux azure-sql-edge mssql"),
    (K::Database(E::Oracle), "oracle-xe oracle-free oracle-database"),
    (K::Database(E::Clickhouse), "clickhouse clickhouse-server"),
    (K::Database(E::Neo4j), "neo4j"),
    (K::Database(E::Cassandra), "cassandra scylla dse-server"),
    (K::Database(E::Influx), "influxdb influxdb2"),
    (K::Database(E::Couch), "couchdb couchbase"),
    (K::Database(E::Cockroach), "cockroach cockroachdb yugabyte"),
    (K::Database(E::Vector), "qdrant weaviate milvus chroma chromadb"),
    (
        K::Database(E::OtherDatabase),
        "arangodb surrealdb rethinkdb dgraph questdb etcd orientdb firebird dynamodb-local \
         libsql-server sqld h2",
    ),
    (K::Search(E::Elasticsearch), "elasticsearch elasticsearch-oss"),
    (K::Search(E::Opensearch), "opensearch"),
    (K::Search(E::Meilisearch), "meilisearch"),
    (K::Search(E::OtherSearch), "typesense solr manticore zincsearch"),
    (K::Queue(E::Rabbitmq), "rabbitmq lavinmq"),
    (K::Queue(E::Kafka), "kafka cp-kafka kafka-native redpanda zookeeper cp-zookeeper"),
    (K::Queue(E::Nats), "nats nats-streaming"),
    (
        K::Queue(E::OtherQueue),
        "activemq activemq-artemis activemq-classic pulsar eclipse-mosquitto mosquitto emqx \
         nsq beanstalkd vernemq",
    ),
    (K::Storage, "minio seaweedfs garage azurite fake-gcs-server rustfs"),
    (
        K::AdminUi,
        "adminer phpmyadmin pgadmin pgadmin4 pgweb redis-commander redisinsight phpredisadmin \
         mongo-express mongo-gui nosqlclient kafka-ui kafdrop akhq kafka-manager cmak kibana \
         opensearch-dashboards elasticvue cerebro dejavu portainer portainer-ce portainer-ee \
         cloudbeaver dbgate sqlpad flower dozzle bull-board bullmq-board drizzle-gateway \
         influxdb-chronograf chronograf docker-socket-proxy-ui yacht dockge metabase",
    ),
    (
        K::Proxy,
        "nginx nginx-unprivileged nginx-proxy nginx-proxy-manager nginx-brotli traefik caddy \
         caddy-docker-proxy haproxy haproxy-alpine envoy kong apisix swag httpd apache \
         openresty cloudflared varnish squid oauth2-proxy krakend tyk-gateway angie pingora \
         docker-nginx-certbot nginx-certbot http-https-echo-proxy",
    ),
    (
        K::Job,
        "certbot ofelia watchtower acme.sh migrate flyway liquibase mc included playwright \
         postgres-backup-local postgres-backup-s3 mysql-backup docker-volume-backup k6 \
         wait-for-it dockerize wait",
    ),
    (
        K::Mail,
        "mailhog mailpit maildev mailcatcher inbucket greenmail smtp4dev postfix \
         docker-mailserver mailserver exim4 docker-postfix postal stalwart mail-server smtp \
         poste.io",
    ),
    (
        K::Monitoring,
        "grafana grafana-oss grafana-enterprise prometheus alertmanager pushgateway loki \
         promtail tempo mimir alloy agent jaeger all-in-one zipkin opentelemetry-collector \
         opentelemetry-collector-contrib otel-lgtm cadvisor node-exporter uptime-kuma netdata \
         fluentd fluent-bit vector telegraf logstash filebeat metricbeat victoria-metrics \
         vmagent sentry signoz glances dd-agent newrelic-infra healthchecks gatus",
    ),
];

/// Ports that belong to one product.
const PORTS: &[(u16, ServiceKind)] = &[
    (5432, K::Database(E::Postgres)),
    (3306, K::Database(E::Mysql)),
    (27017, K::Database(E::Mongo)),
    (6379, K::Cache(E::Redis)),
    (11211, K::Cache(E::Memcached)),
    (1433, K::Database(E::Mssql)),
    (1521, K::Database(E::Oracle)),
    (9042, K::Database(E::Cassandra)),
    (7687, K::Database(E::Neo4j)),
    (8086, K::Database(E::Influx)),
    (9200, K::Search(E::Elasticsearch)),
    (5672, K::Queue(E::Rabbitmq)),
    (9092, K::Queue(E::Kafka)),
    (4222, K::Queue(E::Nats)),
];

/// Variables that only one product's image reads.
const VARIABLES: &[(&str, ServiceKind)] = &[
    ("POSTGRES_PASSWORD", K::Database(E::Postgres)),
    ("MYSQL_ROOT_PASSWORD", K::Database(E::Mysql)),
    ("MARIADB_ROOT_PASSWORD", K::Database(E::Mariadb)),
    ("MONGO_INITDB_ROOT_PASSWORD", K::Database(E::Mongo)),
    ("MSSQL_SA_PASSWORD", K::Database(E::Mssql)),
    ("RABBITMQ_DEFAULT_PASS", K::Queue(E::Rabbitmq)),
];

/// What an image is by its name alone.
fn by_image(image: &ImageName) -> Option<ServiceKind> {
    let mut parts = image.repository.rsplit('/');
    let name = parts.next().unwrap_or("").to_ascii_lowercase();
    // mcr.microsoft.com/mssql/server
    if name == "server" && parts.next() == Some("mssql") {
        return Some(K::Database(E::Mssql));
    }
    named(&name).or_else(|| name.ends_with("exporter").then_some(K::Monitoring))
}

fn named(name: &str) -> Option<ServiceKind> {
    IMAGES
        .iter()
        .find(|(_, names)| names.split_whitespace().any(|known| known == name))
        .map(|&(kind, _)| kind)
}

impl ServiceKind {
    /// Judges a service.
    #[must_use]
    pub fn of(service: &Service) -> ServiceKind {
        let image = service.image.as_ref().and_then(ImageName::of);
        if let Some(kind) = image.as_ref().and_then(by_image) {
            return kind;
        }
        if let Some(kind) = by_port(service) {
            return kind;
        }
        let variable =
            VARIABLES.iter().find(|(name, _)| service.env(name).is_some()).map(|&(_, kind)| kind);
        let name = service.name.raw().to_ascii_lowercase();
        let hidden = image.as_ref().is_none_or(ImageName::is_unknown);
        // An application is handed the password of its database, too: a variable
        // counts only beside a name that says so.
        let says_store =
            name.split(['-', '_', '.']).any(|word| matches!(word, "db" | "database" | "sql"));
        if let Some(kind) = variable
            && hidden
            && says_store
        {
            return kind;
        }
        if is_job(&name) {
            return K::Job;
        }
        if hidden {
            let by_name = match &*name {
                "proxy" | "reverse-proxy" | "gateway" | "webserver" | "ingress" => Some(K::Proxy),
                name => named(name),
            };
            if let Some(kind) = by_name {
                return kind;
            }
        }
        if service.build.is_some() { K::Application } else { K::Other }
    }

    /// The product that holds the data.
    #[must_use]
    pub fn engine(self) -> Option<Engine> {
        match self {
            K::Database(engine) | K::Cache(engine) | K::Queue(engine) | K::Search(engine) => {
                Some(engine)
            }
            _ => None,
        }
    }

    /// Whether it holds data that nobody outside should reach.
    #[must_use]
    pub fn is_data_store(self) -> bool {
        self.engine().is_some()
    }
}

impl Engine {
    /// The port that clients use by default.
    #[must_use]
    pub fn default_port(self) -> Option<u16> {
        match self {
            E::Mariadb => Some(3306),
            E::Opensearch => Some(9200),
            engine => {
                PORTS.iter().find(|(_, kind)| kind.engine() == Some(engine)).map(|&(port, _)| port)
            }
        }
    }
}

fn by_port(service: &Service) -> Option<ServiceKind> {
    let mut targets: Vec<u16> = Vec::new();
    for port in &service.ports {
        if let Ok(ResolvedPort { target: Some(target), .. }) = port.resolve(&|_| None)
            && !target.is_range()
        {
            targets.push(target.first);
        }
    }
    targets.extend(service.expose.iter().filter_map(|port| {
        let port = port.with_defaults()?;
        port.split('/').next()?.parse::<u16>().ok()
    }));
    PORTS.iter().find(|(port, _)| targets.contains(port)).map(|&(_, kind)| kind)
}

fn is_job(name: &str) -> bool {
    let says = |word: &str| {
        matches!(
            word,
            "migrate"
                | "migration"
                | "migrations"
                | "migrator"
                | "seed"
                | "seeder"
                | "init"
                | "initdb"
                | "setup"
                | "bootstrap"
                | "backup"
                | "backups"
                | "createbuckets"
                | "certbot"
                | "e2e"
                | "cypress"
                | "playwright"
        )
    };
    name.split(['-', '_', '.']).any(says)
}

#[cfg(test)]
mod tests {
    use super::super::{ComposeFile, Project};
    use super::*;
    use seaworthy_model::ArtifactPath;

    fn kind(name: &str, body: &str) -> ServiceKind {
        let file = ComposeFile::parse(&format!("services:\n  {name}: {{ {body} }}\n"));
        let project = Project::single(ArtifactPath::new("compose.yml"), &file);
        project.services[0].kind()
    }

    #[test]
    fn services_are_known_by_image_port_and_name() {
        let cases = [
            ("a", "image: 'registry:5000/x/postgres:16'", K::Database(E::Postgres)),
            ("a", "image: pgvector/pgvector:pg16", K::Database(E::Postgres)),
            ("a", "image: timescale/timescaledb-ha:pg15", K::Database(E::Postgres)),
            ("a", "image: bitnami/redis", K::Cache(E::Redis)),
            ("a", "image: valkey/valkey:8", K::Cache(E::Redis)),
            ("a", "image: mcr.microsoft.com/mssql/server:2022-latest", K::Database(E::Mssql)),
            ("a", "image: mcr.microsoft.com/other/server", K::Other),
            ("a", "image: '${IMG:-mariadb:11}'", K::Database(E::Mariadb)),
            ("a", "image: '${REGISTRY}/mongo:7'", K::Database(E::Mongo)),
            (
                "a",
                "image: docker.elastic.co/elasticsearch/elasticsearch:8",
                K::Search(E::Elasticsearch),
            ),
            ("a", "image: rabbitmq:3-management", K::Queue(E::Rabbitmq)),
            ("a", "image: dpage/pgadmin4", K::AdminUi),
            ("a", "image: prom/node-exporter", K::Monitoring),
            ("a", "image: axllent/mailpit", K::Mail),
            ("a", "image: minio/minio", K::Storage),
            ("web", "image: nginx:alpine", K::Proxy),
            ("a", "image: postgrest/postgrest", K::Other),
            ("redis", "image: '${IMAGE}'", K::Cache(E::Redis)),
            ("db", "build: ./db, ports: ['5432:5432']", K::Database(E::Postgres)),
            ("db", "build: ./db, environment: { POSTGRES_PASSWORD: x }", K::Database(E::Postgres)),
            ("api", "build: ., environment: { POSTGRES_PASSWORD: x }", K::Application),
            ("api", "build: ., ports: ['3000:3000']", K::Application),
            ("redis-worker", "build: .", K::Application),
            ("db-migrate", "build: .", K::Job),
            ("cache", "image: acme/kv, expose: [6379]", K::Cache(E::Redis)),
        ];
        for (name, body, want) in cases {
            assert_eq!(kind(name, body), want, "{name}: {body}");
        }
    }
}
