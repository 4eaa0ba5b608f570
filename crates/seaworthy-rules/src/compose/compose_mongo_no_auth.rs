//! `compose-mongo-no-auth`

use seaworthy_analysis::names::is_truthy;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{Engine, ImageName, Service, Text};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::commands::{option, run_by};
use super::lines;
use super::standing::{Judged, Once, exposed_port, judged};
use super::stores::{self, Given, Open, Settings};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-mongo-no-auth",
        group: Group::Compose,
        summary: "mongo server without access control",
        help: include_str!("compose_mongo_no_auth.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[306, 1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        let services = judged.stack.project().services.iter();
        let stores = services.filter(|service| service.kind().engine() == Some(Engine::Mongo));
        for service in stores.take(stores::MOST) {
            let Some(open) = open(cx, &judged, service) else { continue };
            if once.first(&open.artifact, open.region) {
                report(cx, &judged, service, &open);
            }
        }
    }
}

const USERS: &[&str] = &[
    "MONGO_INITDB_ROOT_USERNAME",
    "MONGO_INITDB_ROOT_USERNAME_FILE",
    "MONGODB_INITDB_ROOT_USERNAME",
    "MONGODB_INITDB_ROOT_USERNAME_FILE",
];

const PASSWORDS: &[&str] = &[
    "MONGO_INITDB_ROOT_PASSWORD",
    "MONGO_INITDB_ROOT_PASSWORD_FILE",
    "MONGODB_INITDB_ROOT_PASSWORD",
    "MONGODB_INITDB_ROOT_PASSWORD_FILE",
];

const BITNAMI: &[&str] =
    &["MONGODB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD_FILE", "MONGODB_PASSWORD"];

/// Shows where the server is open; `None` when it asks for a password or that
/// cannot be told.
pub(super) fn open(cx: &Context<'_>, judged: &Judged<'_>, service: &Service) -> Option<Open> {
    let words = run_by(service);
    if let Some(word) = words.iter().find(|word| word.raw() == "--noauth") {
        return Some(Open::at(word, "`--noauth` switches it off"));
    }
    let image = service.image.as_ref().and_then(ImageName::of)?;
    if service.build.is_some() || image.is_unknown() {
        return None;
    }
    let name = image.name().to_ascii_lowercase();
    let repository = image.repository.to_ascii_lowercase();
    // FerretDB asks PostgreSQL.
    if name == "ferretdb" || !starts_server(&words) {
        return None;
    }
    let demands = ["--auth", "--keyFile", "--clusterAuthMode", "--transitionToAuth"];
    if demands.iter().any(|option| words.iter().any(|word| word.raw().starts_with(option))) {
        return None;
    }
    let config = option(&words, "--config").or_else(|| option(&words, "-f"));
    if let Some(path) = config.and_then(|config| config.value) {
        match stores::settings(cx, judged, service, path.raw()) {
            Settings::Unknown => return None,
            Settings::Text(text) if enables_access_control(text) => return None,
            Settings::Text(_) => {}
        }
    }
    if repository.starts_with("bitnami") {
        return bitnami(cx, judged, service);
    }
    let (user, user_text) = stores::given(cx, judged, service, USERS);
    let (password, password_text) = stores::given(cx, judged, service, PASSWORDS);
    let absent = user == Given::Absent || password == Given::Absent;
    if absent && !judged.stack.supplies_all(cx.snapshot(), service) {
        return None;
    }
    match (user, password) {
        (Given::Something, Given::Something) => None,
        (Given::Absent, Given::Absent) => {
            let face = stores::face(service)?;
            Some(Open::at(face, "neither a root user nor `--auth` is set"))
        }
        (_, Given::Nothing) => {
            Some(Open::at(&password_text.or(service.image.clone())?, "the root password is empty"))
        }
        (Given::Nothing, _) => {
            Some(Open::at(&user_text.or(service.image.clone())?, "the root user's name is empty"))
        }
        (Given::Something, Given::Absent) => {
            let face = user_text.or_else(|| service.image.clone())?;
            Some(Open::at(&face, "a root user is named without MONGO_INITDB_ROOT_PASSWORD"))
        }
        (Given::Absent, Given::Something) => {
            let face = password_text.or_else(|| service.image.clone())?;
            Some(Open::at(&face, "a password is set without MONGO_INITDB_ROOT_USERNAME"))
        }
    }
}

/// Whether the command starts the server itself, and not a client or a script.
fn starts_server(words: &[Text]) -> bool {
    words.first().is_none_or(|first| first.raw().starts_with("--"))
        || words.iter().any(|word| {
            let mut parts = word.raw().split_whitespace();
            parts.any(|part| {
                matches!(part.rsplit('/').next(), Some("mongod" | "docker-entrypoint.sh"))
            })
        })
}

/// Whether a `mongod.conf`, as YAML or in the older form, demands a login.
fn enables_access_control(text: &str) -> bool {
    stores::set_lines(text).any(|line| {
        let Some((key, value)) = line.split_once([':', '=']) else { return false };
        let value = value.trim().trim_matches(['"', '\'']);
        match key.trim().trim_matches(['"', '\'']) {
            "authorization" => value.eq_ignore_ascii_case("enabled"),
            "auth" => is_truthy(value),
            "keyFile" => !value.is_empty(),
            _ => false,
        }
    })
}

fn bitnami(cx: &Context<'_>, judged: &Judged<'_>, service: &Service) -> Option<Open> {
    let (password, text) = stores::given(cx, judged, service, BITNAMI);
    if password == Given::Something || !judged.stack.supplies_all(cx.snapshot(), service) {
        return None;
    }
    let (_, allow) = stores::given(cx, judged, service, &["ALLOW_EMPTY_PASSWORD"]);
    let truthy = |text: &Text| is_truthy(&judged.stack.expand(text).unwrap_or_default());
    if let Some(allow) = allow.filter(truthy) {
        return Some(Open::at(&allow, "ALLOW_EMPTY_PASSWORD lets it start without a password"));
    }
    match password {
        Given::Nothing => Some(Open::at(&text?, "its root password is empty")),
        _ => Some(Open::at(stores::face(service)?, "no MONGODB_ROOT_PASSWORD is set")),
    }
}

fn report(cx: &mut Context<'_>, judged: &Judged<'_>, service: &Service, open: &Open) {
    let Some(severity) = stores::severity(judged, service, open) else { return };
    let name = service.name.raw();
    let port = exposed_port(judged, service);
    let reach = if port.is_some() {
        "Its port is published, so anybody who reaches the host can read, change and delete every \
         collection."
    } else {
        "Any other container of its networks, once taken over, can read, change and delete every \
         collection."
    };
    let fix = fix(cx, service, open);
    let draft = cx.report_in(
        &open.artifact,
        open.region,
        format!(
            "MongoDB service {name} runs without access control: {}. {reach} Set \
             MONGO_INITDB_ROOT_USERNAME and MONGO_INITDB_ROOT_PASSWORD from variables, and create \
             the user by hand where the volume already holds data.",
            open.why,
        ),
    );
    draft.severity(severity).evidence(name);
    if let Some(port) = port {
        draft.related(&port.origin().artifact, port.origin().region, "published here");
    }
    if let Some(fix) = fix {
        draft.fix(fix);
    }
}

/// Adds the root user when the service has no variables yet.
fn fix(cx: &Context<'_>, service: &Service, open: &Open) -> Option<Edit> {
    let image = service.image.as_ref()?;
    let vacant = service.extra("environment").is_none() && image.origin().artifact == open.artifact;
    if !vacant || !(image.region() == open.region || service.command.is_some()) {
        return None;
    }
    let key = service.raw().member("image")?.key.region();
    let indent = " ".repeat(lines::indentation(cx, &open.artifact, key.start)?);
    let at = lines::next_line(cx, &open.artifact, image.region().end)?;
    let variable = |name: &str| format!("{indent}  {name}: ${{{name}:?{name} is required}}\n");
    let text = format!(
        "{indent}environment:\n{}{}",
        variable("MONGO_INITDB_ROOT_USERNAME"),
        variable("MONGO_INITDB_ROOT_PASSWORD"),
    );
    Some(Edit::shown("Add a root user").insert(&open.artifact, at, text))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_a_server_without_access_control() {
        check(
            &RULE,
            "docker-compose.yml",
            r#"
services:
  api:
    build: .
  a:
    image: mongo:7
           ^^^^^^^ [critical] MongoDB service a runs without access control: neither
    ports: ["27017:27017"]
  b:
    image: mongo:7
    command: mongod --replSet rs0 --bind_ip_all
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] service b
  c:
    image: mongo:7
    command: ["mongod", "--noauth"]
                         ^^^^^^^^ [high] switches it off
    environment:
      MONGO_INITDB_ROOT_USERNAME: root
      MONGO_INITDB_ROOT_PASSWORD: ${MONGO_PASSWORD}
  d:
    image: mongo:7
    environment:
      MONGO_INITDB_ROOT_USERNAME: root
      MONGO_INITDB_ROOT_PASSWORD: ${MONGO_PASSWORD:-}
                                  ^^^^^^^^^^^^^^^^^^^ [high] root password is empty
  e:
    image: mongo:7
    environment:
      - MONGO_INITDB_ROOT_USERNAME=root
                                   ^^^^ [high] without MONGO_INITDB_ROOT_PASSWORD
  f:
    image: bitnami/mongodb
    environment: [ALLOW_EMPTY_PASSWORD=yes]
                                       ^^^ [high] ALLOW_EMPTY_PASSWORD
  g:
    image: mongo:7
           ^^^^^^^ [high] service g
    environment:
      MONGO_INITDB_DATABASE: app
"#,
        );
    }

    #[test]
    fn passes_access_control_however_it_is_set() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  a:
    image: mongo:7
    environment:
      MONGO_INITDB_ROOT_USERNAME: root
      MONGO_INITDB_ROOT_PASSWORD_FILE: /run/secrets/mongo
  b:
    image: mongo
    command: mongod --auth
  c:
    image: mongo
    command: [mongod, --keyFile, /etc/key, --replSet, rs0]
  d:
    image: mongo
    env_file: .env.mongo
  e:
    image: mongo
    env_file: .env.absent
  f:
    image: mongo
    command: mongod --config /etc/mongod.conf
    volumes: ["./mongod.conf:/etc/mongod.conf"]
  g:
    image: mongo
    command: mongod --config /etc/other.conf
  setup:
    image: mongo
    entrypoint: ["bash", "-c", "mongosh --host a --eval 'rs.initiate()'"]
  h:
    image: bitnami/mongodb
    environment: { MONGODB_ROOT_PASSWORD: "${MONGO_PASSWORD}" }
  ui:
    image: mongo-express
  i:
    build: ./mongo
  j:
    image: mongo
    environment: [MONGO_INITDB_ROOT_USERNAME, MONGO_INITDB_ROOT_PASSWORD]
//- .env.mongo
MONGO_INITDB_ROOT_USERNAME=root
MONGO_INITDB_ROOT_PASSWORD=4nGx82kQpZ
//- mongod.conf
security:
  authorization: enabled
"#,
        );
    }

    #[test]
    fn development_is_milder() {
        check(
            &RULE,
            "docker-compose.dev.yml",
            "
services:
  a:
    image: mongo
           ^^^^^ [medium] service a
    ports: ['27017:27017']
",
        );
    }

    #[test]
    fn shows_a_root_user() {
        check_fix(
            &RULE,
            "compose.yml",
            "
services:
  a:
    image: mongo:7
    restart: always
",
            "
services:
  a:
    image: mongo:7
    environment:
      MONGO_INITDB_ROOT_USERNAME: ${MONGO_INITDB_ROOT_USERNAME:?MONGO_INITDB_ROOT_USERNAME is required}
      MONGO_INITDB_ROOT_PASSWORD: ${MONGO_INITDB_ROOT_PASSWORD:?MONGO_INITDB_ROOT_PASSWORD is required}
    restart: always
",
        );
    }
}
