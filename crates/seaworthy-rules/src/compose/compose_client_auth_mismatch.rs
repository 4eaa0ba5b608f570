//! `compose-client-auth-mismatch`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Engine, ImageName, Service, Text};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::clients::{Client, clients, is_known};
use super::commands::{option, run_by};
use super::compose_mongo_no_auth;
use super::standing::{Judged, Once, Standing, judged};
use super::stores::{self, Given};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-client-auth-mismatch",
        group: Group::Compose,
        summary: "client that does not log in as its store demands",
        help: include_str!("compose_client_auth_mismatch.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1188, 287],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        let stores: Vec<Store<'_>> = judged
            .stack
            .project()
            .services
            .iter()
            .filter_map(|service| Store::read(cx, &judged, service))
            .take(stores::MOST)
            .collect();
        if stores.is_empty() {
            continue;
        }
        for client in clients(cx, &judged) {
            let Some(store) = stores
                .iter()
                .find(|store| store.speaks(client.scheme()) && client.leads_to(store.service))
            else {
                continue;
            };
            let Some(fault) = fault(cx, &judged, store, &client) else { continue };
            if once.first(&client.variable.artifact, client.place()) {
                report(cx, &judged, store, &client, &fault);
            }
        }
    }
}

/// A store whose demands are known.
struct Store<'s> {
    service: &'s Service,
    engine: Engine,
    demand: Demand,
    /// Where it shows.
    place: (ArtifactPath, Region),
    secret: bool,
}

/// What a store asks of its clients.
enum Demand {
    /// A password; its value if it is known, and the user that it belongs to.
    Password { user: Option<String>, password: Option<String> },
    /// Nothing.
    Nothing,
}

impl<'s> Store<'s> {
    fn read(cx: &Context<'_>, judged: &Judged<'_>, service: &'s Service) -> Option<Store<'s>> {
        let engine = service.kind().engine()?;
        let place = |text: &Text| (text.origin().artifact.clone(), text.region());
        match engine {
            Engine::Redis => {
                let words = run_by(service);
                let password = option(&words, "--requirepass")?.value?;
                if password.raw().is_empty() || stores::is_empty(judged, &password) {
                    return None;
                }
                let known = password.with_defaults();
                let demand = Demand::Password { user: None, password: known };
                let secret = !password.raw().contains('$');
                Some(Store { service, engine, demand, place: place(&password), secret })
            }
            Engine::Mongo => {
                if let Some(open) = compose_mongo_no_auth::open(cx, judged, service) {
                    let place = (open.artifact, open.region);
                    return Some(Store {
                        service,
                        engine,
                        demand: Demand::Nothing,
                        place,
                        secret: false,
                    });
                }
                let user = service.env("MONGO_INITDB_ROOT_USERNAME")?;
                let given =
                    |name: &str| stores::given(cx, judged, service, &[name]).0 == Given::Something;
                let demands = given("MONGO_INITDB_ROOT_USERNAME")
                    && (given("MONGO_INITDB_ROOT_PASSWORD")
                        || given("MONGO_INITDB_ROOT_PASSWORD_FILE"));
                demands.then(|| Store {
                    service,
                    engine,
                    demand: Demand::Password { user: None, password: None },
                    place: place(&user.key),
                    secret: false,
                })
            }
            Engine::Postgres | Engine::Mysql | Engine::Mariadb => sql(judged, service, engine),
            _ => None,
        }
    }

    fn speaks(&self, scheme: &str) -> bool {
        match self.engine {
            Engine::Redis => matches!(scheme, "redis" | "rediss" | "valkey"),
            Engine::Mongo => scheme == "mongodb",
            Engine::Postgres => matches!(scheme, "postgres" | "postgresql"),
            _ => matches!(scheme, "mysql" | "mariadb" | "mysql2"),
        }
    }
}

/// The user that a database is made with, when both are known and nothing makes
/// others.
fn sql<'s>(judged: &Judged<'_>, service: &'s Service, engine: Engine) -> Option<Store<'s>> {
    let image = ImageName::of(service.image.as_ref()?)?;
    let plain = ["postgres", "pgvector", "postgis", "timescaledb", "mysql", "mariadb"];
    if service.build.is_some() || !plain.contains(&image.name()) || !service.env_file.is_empty() {
        return None;
    }
    let trusts = service.env("POSTGRES_HOST_AUTH_METHOD").is_some();
    let names = match engine {
        Engine::Postgres if trusts => return None,
        Engine::Postgres => ("POSTGRES_USER", "POSTGRES_PASSWORD"),
        _ => ("MYSQL_USER", "MYSQL_PASSWORD"),
    };
    let value = |name: &str| service.env(name).and_then(|variable| variable.value.as_ref());
    let password = value(names.1)?;
    let user = match value(names.0) {
        Some(user) => judged.stack.expand(user)?,
        None if engine == Engine::Postgres => "postgres".to_owned(),
        None => return None,
    };
    Some(Store {
        service,
        engine,
        demand: Demand::Password { user: Some(user), password: password.with_defaults() },
        place: (password.origin().artifact.clone(), password.region()),
        secret: true,
    })
}

/// What is wrong with how a client logs in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It gives no password.
    None,
    /// It gives another one.
    Other,
    /// It gives one to a store that knows no users.
    Superfluous,
}

fn fault(
    cx: &Context<'_>,
    judged: &Judged<'_>,
    store: &Store<'_>,
    client: &Client<'_>,
) -> Option<Fault> {
    // What one `.env` says, another host's does not: only what is written in
    // these files, or their defaults, is compared.
    match (&store.demand, client.password()) {
        (Demand::Nothing, Some(_)) => Some(Fault::Superfluous),
        (Demand::Nothing, None) => None,
        (Demand::Password { user: Some(_), .. }, None) => None,
        (Demand::Password { .. }, None) => {
            let logs_in = store.engine == Engine::Mongo && client.user().is_some();
            (!logs_in && !has_password_beside(cx, judged, store, client)).then_some(Fault::None)
        }
        (Demand::Password { user, password: Some(wanted) }, Some(_)) => {
            // Another user may have been made with another password.
            let same_user = match (user, client.user()) {
                (Some(user), Some(given)) => user == given,
                (None, given) => given.is_none_or(|given| given == "default"),
                (Some(_), None) => false,
            };
            let given = client.written_password();
            let differs = given.is_some_and(|given| is_known(&given) && given != *wanted);
            (same_user && is_known(wanted) && differs).then_some(Fault::Other)
        }
        (Demand::Password { password: None, .. }, Some(_)) => None,
    }
}

/// Whether the client is given a password for the store by other means.
fn has_password_beside(
    cx: &Context<'_>,
    judged: &Judged<'_>,
    store: &Store<'_>,
    client: &Client<'_>,
) -> bool {
    let service = client.service;
    let words = match store.engine {
        Engine::Redis => ["REDIS", "CACHE", "VALKEY"],
        _ => ["MONGO", "DB", "DATABASE"],
    };
    let own = store.service.name.raw().to_ascii_uppercase().replace('-', "_");
    let named = judged.stack.supplied(cx.snapshot(), service).iter().any(|entry| {
        let name = entry.name.to_ascii_uppercase();
        ["PASS", "AUTH", "PWD", "CREDENTIAL"].iter().any(|word| name.contains(word))
            && (name.contains(&own) || words.iter().any(|word| name.contains(word)))
    });
    named
        || !service.secrets.is_empty()
        || !judged.stack.supplies_all(cx.snapshot(), service)
        || run_by(service).iter().any(|word| word.raw().to_ascii_lowercase().contains("pass"))
}

fn report(
    cx: &mut Context<'_>,
    judged: &Judged<'_>,
    store: &Store<'_>,
    client: &Client<'_>,
    fault: &Fault,
) {
    let (name, variable) = (client.service.name.raw(), &client.variable.name);
    let target = store.service.name.raw();
    let message = match fault {
        Fault::None => format!(
            "{variable} leads service {name} to {target} without a password, and {target} demands \
             one. Every command is refused as soon as the two run together. Put the password into \
             the URL, from the same variable that {target} is given."
        ),
        Fault::Other => format!(
            "{variable} gives service {name} another password than the one that {target} is \
             started with, so that its connections are refused. Use one variable for both."
        ),
        Fault::Superfluous => format!(
            "{variable} gives service {name} a user and a password for {target}, which is started \
             without access control and knows no users, so that the login is refused. Give \
             {target} a root user and its password."
        ),
    };
    let origin = client.service.origin();
    let severity = match judged.at(Some(client.service), origin) {
        Standing::Production | Standing::Undeclared => Severity::High,
        Standing::Development => Severity::Medium,
        Standing::Test => Severity::Low,
    };
    let draft = cx.report_in(&client.variable.artifact, client.place(), message);
    draft.severity(severity).evidence(format!("{name}:{variable}"));
    draft.sensitive_in(&client.variable.artifact, client.variable.value_region);
    let label = match fault {
        Fault::Superfluous => "no users here",
        _ => "what the store demands",
    };
    draft.related(&store.place.0, store.place.1, label);
    if store.secret {
        draft.sensitive_in(&store.place.0, store.place.1);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_clients_that_do_not_log_in_as_demanded() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  cache:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD:?}
                                        ~~~~~~~~~~~~~~~~~~~ what the store demands
  mongo:
    image: mongo:7
    environment:
      MONGO_INITDB_ROOT_USERNAME: root
      ~~~~~~~~~~~~~~~~~~~~~~~~~~ what the store demands
      MONGO_INITDB_ROOT_PASSWORD: ${MONGO_PASSWORD:?}
  open:
    image: mongo:7
           ~~~~~~~ no users here
  db:
    image: postgres:16
    environment: { POSTGRES_USER: app, POSTGRES_PASSWORD: "${DB_PASSWORD:-first}" }
                                                           ~~~~~~~~~~~~~~~~~~~~~ what the store
  api:
    image: acme/api
    environment:
      REDIS_URL: redis://cache:6379/0
      ^^^^^^^^^ [high] REDIS_URL leads service api to cache without a password, and cache demands
      MONGODB_URI: mongodb://mongo:27017/app
      ^^^^^^^^^^^ [high] to mongo without a password
      OTHER_URI: mongodb://u:${P}@open/app
      ^^^^^^^^^ [high] which is started without access control
      DATABASE_URL: postgres://app:${DB_PASSWORD:-second}@db:5432/app
      ^^^^^^^^^^^^ [high] another password than the one that db
"#,
        );
    }

    #[test]
    fn passes_clients_that_do_or_may() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  cache:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD:?}
  open:
    image: redis:7
  mongo:
    image: mongo:7
    environment:
      MONGO_INITDB_ROOT_USERNAME: root
      MONGO_INITDB_ROOT_PASSWORD: ${MONGO_PASSWORD:?}
  db:
    image: postgres:16
    environment: { POSTGRES_USER: app, POSTGRES_PASSWORD: "${DB_PASSWORD:?}" }
  a:
    image: acme/api
    environment:
      REDIS_URL: redis://:${REDIS_PASSWORD:?}@cache:6379
      OPEN_URL: redis://open:6379
      MONGODB_URI: mongodb://root:${MONGO_PASSWORD}@mongo/app?authSource=admin
      DATABASE_URL: postgres://app:${DB_PASSWORD:?}@db/app
      ADMIN_URL: postgres://other:x@db/app
  b:
    image: acme/api
    environment:
      REDIS_URL: redis://cache:6379
      REDIS_PASSWORD: ${REDIS_PASSWORD:?}
  c:
    image: acme/api
    env_file: .env.absent
    environment: { REDIS_URL: "redis://cache:6379" }
  d:
    image: acme/api
    environment: { REDIS_URL: "redis://elsewhere:6379", X: "http://cache:6379", Y: "${REDIS_URL}" }
"#,
        );
    }
}
