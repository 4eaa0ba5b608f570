//! Whether the health of a service is checked, by itself or by its image.

use seaworthy_analysis::Context;
use seaworthy_formats::compose::{ImageName, Service, Value};

use super::lines;
use super::standing::Judged;

/// Why a service can never be healthy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Its check is switched off.
    Disabled,
    /// Nothing checks it: neither the service nor its image.
    None,
}

/// Why nothing checks a service; `None` when something does or may.
pub(super) fn lacks(cx: &Context<'_>, judged: &Judged<'_>, target: &Service) -> Option<Why> {
    if let Some(healthcheck) = &target.healthcheck {
        if healthcheck.disabled {
            return Some(Why::Disabled);
        }
        if healthcheck.test.is_some() {
            return None;
        }
    }
    // What a provider runs reports its own state.
    if target.extra("provider").is_some() {
        return None;
    }
    let checked = match &target.build {
        Some(_) => built_image_checks(cx, judged, target),
        None => {
            target.image.as_ref().and_then(ImageName::of).and_then(|image| image_checks(&image))
        }
    };
    (checked == Some(false)).then_some(Why::None)
}

/// Whether the Dockerfile of a service brings a check; `None` when unknown.
fn built_image_checks(cx: &Context<'_>, judged: &Judged<'_>, target: &Service) -> Option<bool> {
    let build = target.build.as_ref()?;
    if let Some(inline) = target.raw().at(&["build", "dockerfile_inline"]).and_then(Value::text) {
        return dockerfile_checks(inline.raw());
    }
    let context = match &build.context {
        Some(context) => judged.stack.expand(context)?,
        None => ".".to_owned(),
    };
    let dockerfile = match &build.dockerfile {
        Some(dockerfile) => judged.stack.expand(dockerfile)?,
        None => "Dockerfile".to_owned(),
    };
    let path = format!("{}/{dockerfile}", context.trim_end_matches('/'));
    let path = judged.stack.project().resolve(&build.origin, &path)?;
    dockerfile_checks(lines::text(cx, &path)?)
}

/// Whether an image built by a Dockerfile has a check; `None` when one of its
/// bases might bring it.
fn dockerfile_checks(text: &str) -> Option<bool> {
    let mut checks = false;
    let mut known = true;
    let mut stages: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let instruction = words.next().unwrap_or("");
        if instruction.eq_ignore_ascii_case("HEALTHCHECK") {
            checks |= words.next().is_some_and(|word| !word.eq_ignore_ascii_case("NONE"));
        } else if instruction.eq_ignore_ascii_case("FROM") {
            let mut words = words.filter(|word| !word.starts_with("--"));
            let base = words.next()?;
            let own = stages.iter().any(|stage| stage.eq_ignore_ascii_case(base));
            known &= own
                || base == "scratch"
                || (!base.contains('$') && image_checks(&ImageName::parse(base)) == Some(false));
            if words.next().is_some_and(|word| word.eq_ignore_ascii_case("as")) {
                stages.extend(words.next().map(str::to_owned));
            }
        }
    }
    match (checks, known) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

/// Images outside Docker's official library that carry no check.
const WITHOUT: &[&str] = &[
    "bitnami/postgresql",
    "bitnami/redis",
    "bitnami/mongodb",
    "bitnami/mysql",
    "bitnami/mariadb",
    "bitnami/kafka",
    "bitnami/rabbitmq",
    "pgvector/pgvector",
    "postgis/postgis",
    "timescale/timescaledb",
    "valkey/valkey",
    "apache/kafka",
    "confluentinc/cp-kafka",
    "confluentinc/cp-zookeeper",
    "clickhouse/clickhouse-server",
    "mssql/server",
    "elasticsearch/elasticsearch",
    "opensearchproject/opensearch",
    "getmeili/meilisearch",
    "qdrant/qdrant",
    "prom/prometheus",
    "grafana/grafana",
    "keycloak/keycloak",
    "hashicorp/vault",
    "redis/redis-stack",
    "redis/redis-stack-server",
    "amazon/dynamodb-local",
];

/// Whether an image carries a check; `None` when unknown. Those of Docker's
/// official library do not, by its own rules.
fn image_checks(image: &ImageName) -> Option<bool> {
    if image.is_unknown() {
        return None;
    }
    let repository = image.repository.to_ascii_lowercase();
    let hub = matches!(image.registry.as_deref(), None | Some("docker.io"));
    if hub {
        let official = repository.strip_prefix("library/").unwrap_or(&repository);
        if !official.contains('/') {
            return Some(false);
        }
    }
    WITHOUT.contains(&&*repository).then_some(false)
}
