//! `compose-volume-missing`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Engine, ImageName, Service, VolumeKind};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::commands::{option, run_by};
use super::compose_db_port_published::product;
use super::standing::{Judged, Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-volume-missing",
        group: Group::Compose,
        summary: "store of production whose data goes with its container",
        help: include_str!("compose_volume_missing.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[664],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        if !judged.is_for_production() || judged.stack.project().is_partial() {
            continue;
        }
        for service in &judged.stack.project().services {
            let Some(text) = &service.image else { continue };
            let origin = text.origin();
            if !judged.at(Some(service), service.origin()).may_be_production() {
                continue;
            }
            let Some(engine) = service.kind().engine() else { continue };
            let Some(directory) = data_directory(&judged, service, engine) else { continue };
            if is_kept(&judged, service, &directory) || !once.first(&origin.artifact, text.region())
            {
                continue;
            }
            let name = service.name.raw();
            let what = product(engine);
            let draft = cx.report_in(
                &origin.artifact,
                text.region(),
                format!(
                    "Service {name} keeps the data of {what} in {directory}, and nothing is \
                     mounted there. When the container is made anew, for a new image or by \
                     `docker compose down`, all of it is gone. Mount a named volume."
                ),
            );
            draft.evidence(name);
            draft.related(&service.origin().artifact, service.origin().region, "the service");
            judged.explain(draft, origin);
        }
    }
}

/// Where an engine keeps what must not be lost; `None` when it keeps nothing,
/// or that is not known.
fn data_directory(judged: &Judged<'_>, service: &Service, engine: Engine) -> Option<String> {
    let image = ImageName::of(service.image.as_ref()?)?;
    if service.build.is_some() || image.is_unknown() {
        return None;
    }
    // Makers other than the library's choose other directories.
    let plain = [
        "postgres",
        "pgvector",
        "postgis",
        "timescaledb",
        "mysql",
        "mariadb",
        "mongo",
        "redis",
        "valkey",
        "redis-stack-server",
    ];
    if !plain.contains(&image.name()) || image.repository.starts_with("bitnami") {
        return None;
    }
    match engine {
        Engine::Postgres => match service.env("PGDATA").map(|variable| &variable.value) {
            Some(value) => judged.stack.expand(value.as_ref()?),
            None => Some("/var/lib/postgresql".to_owned()),
        },
        Engine::Mysql | Engine::Mariadb => {
            let words = run_by(service);
            let moved = words.iter().any(|word| word.raw().contains("datadir"));
            (!moved).then(|| "/var/lib/mysql".to_owned())
        }
        Engine::Mongo => {
            let words = run_by(service);
            let moved =
                words.iter().any(|word| matches!(word.raw(), "--dbpath" | "--config" | "-f"))
                    || words.iter().any(|word| word.raw().contains("mongos"));
            (!moved).then(|| "/data/db".to_owned())
        }
        Engine::Redis => {
            let words = run_by(service);
            let moved =
                words.iter().any(|word| word.raw().ends_with(".conf") || word.raw() == "--dir");
            // A cache may forget; what is told to write means to keep.
            let keeps = option(&words, "--appendonly")
                .and_then(|option| option.value)
                .is_some_and(|value| value.raw() == "yes")
                || option(&words, "--save")
                    .and_then(|option| option.value)
                    .is_some_and(|value| value.raw().starts_with(|c: char| c.is_ascii_digit()));
            (keeps && !moved).then(|| "/data".to_owned())
        }
        _ => None,
    }
}

/// Whether something is mounted where the data is, or may be.
fn is_kept(judged: &Judged<'_>, service: &Service, directory: &str) -> bool {
    let within = |target: &str, outer: &str| {
        let (target, outer) = (target.trim_end_matches('/'), outer.trim_end_matches('/'));
        target == outer || target.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    service.volumes.iter().any(|reference| {
        let Ok(volume) = reference.resolve(&|name| judged.variable(name)) else { return true };
        // Memory on purpose: the author knows that it is lost.
        volume.kind == VolumeKind::Tmpfs && within(&volume.target, directory)
            || volume.target.contains("${")
            || within(&volume.target, directory)
            || within(directory, &volume.target)
    }) || service.extra("volumes_from").is_some()
        || service.extra("tmpfs").is_some()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_stores_without_volume() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  db:
  ~~ the service
    image: postgres:16-alpine
           ^^^^^^^^^^^^^^^^^^ [medium] Service db keeps the data of PostgreSQL in /var/lib/postgresql, and nothing
    volumes: ['./init:/docker-entrypoint-initdb.d']
  wrong:
  ~~~~~ the service
    image: mysql:8
           ^^^^^^^ [medium] in /var/lib/mysql
    volumes: ['data:/var/lib/mysqldata']
  mongo:
  ~~~~~ the service
    image: mongo:7
           ^^^^^^^ [medium] in /data/db
  queue:
  ~~~~~ the service
    image: redis:7
           ^^^^^^^ [medium] Redis in /data
    command: redis-server --appendonly yes
volumes: { data: }
",
        );
    }

    #[test]
    fn passes_stores_that_keep_or_need_not() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  a:
    image: postgres:16
    volumes: ['data:/var/lib/postgresql/data']
  b:
    image: postgres:18
    volumes: ['data:/var/lib/postgresql']
  c:
    image: postgres:16
    environment: { PGDATA: /data/pg }
    volumes: ['/srv/pg:/data']
  d:
    image: mysql:8
    volumes: ['${DIR:-./x}:/var/lib/mysql/']
  cache:
    image: redis:7
  f:
    image: mongo:7
    tmpfs: /data/db
  g:
    build: ./db
    image: postgres
  h:
    image: bitnami/postgresql:16
  i:
    image: mongo:7
    command: mongod --config /etc/mongod.conf
volumes: { data: }
",
        );
        check(&RULE, "docker-compose.yml", "services:\n  db:\n    image: postgres:16\n");
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  db:
    image: postgres:16
    volumes: ['data:/var/lib/postgresql/data']
volumes: { data: }
//- docker-compose.prod.yml
services:
  db:
    restart: always
",
        );
    }
}
