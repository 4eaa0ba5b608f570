//! `compose-redis-no-auth`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{Engine, ImageName, Part, ScalarKind, Service, Text, Words};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::commands::{OptionValue, option, run_by};
use super::lines;
use super::standing::{Judged, Once, exposed_port, judged};
use super::stores::{self, Given, Open, Settings};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-redis-no-auth",
        group: Group::Compose,
        summary: "redis server that asks for no password",
        help: include_str!("compose_redis_no_auth.md"),
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
        let stores = services.filter(|service| {
            service.kind().engine() == Some(Engine::Redis) && !is_other_product(service)
        });
        for service in stores.take(stores::MOST) {
            let Some(open) = open(cx, &judged, service) else { continue };
            if once.first(&open.artifact, open.region) {
                report(cx, &judged, service, &open);
            }
        }
    }
}

/// Sentinels and proxies have passwords of another kind.
fn is_other_product(service: &Service) -> bool {
    service.image.as_ref().is_some_and(|image| image.raw().contains("sentinel"))
}

const BITNAMI: &[&str] =
    &["REDIS_PASSWORD", "VALKEY_PASSWORD", "REDIS_PASSWORD_FILE", "VALKEY_PASSWORD_FILE"];

/// Shows where the server is open; `None` when it asks for a password or that
/// cannot be told.
pub(super) fn open(cx: &Context<'_>, judged: &Judged<'_>, service: &Service) -> Option<Open> {
    let words = run_by(service);
    if let Some(password) = option(&words, "--requirepass") {
        return empty_password(judged, password);
    }
    // Some scripts write the setting, some images take it as a variable.
    let telling = ["requirepass", "--aclfile", "--user", "REDIS_ARGS"];
    let says = |text: &str| telling.iter().any(|word| contains(text, word));
    let by_variable = service.environment.iter().any(|variable| {
        says(variable.key.raw()) || variable.value.as_ref().is_some_and(|value| says(value.raw()))
    });
    if by_variable || words.iter().any(|word| says(word.raw())) {
        return None;
    }
    let image = service.image.as_ref().and_then(ImageName::of)?;
    // What an image built here does with its settings is unknown.
    if service.build.is_some() || image.is_unknown() {
        return None;
    }
    let repository = image.repository.to_ascii_lowercase();
    if repository.starts_with("bitnami") || image.registry.as_deref() == Some("bitnami") {
        return bitnami(cx, judged, service);
    }
    // A socket in the file system is no network service.
    if option(&words, "--port").and_then(|port| port.value).is_some_and(|port| port.raw() == "0") {
        return None;
    }
    if let Some(path) = words.iter().map(Text::raw).find(|word| word.ends_with(".conf")) {
        let Settings::Text(text) = stores::settings(cx, judged, service, path) else { return None };
        return (!asks_for_password(text)).then(|| {
            let why = format!("its settings file {} has no `requirepass`", base_name(path));
            stores::face(service).map(|face| Open::at(face, why))
        })?;
    }
    if !starts_server(&words) || words.iter().any(|word| word.raw().contains("${}")) {
        return None;
    }
    let face = stores::face(service)?;
    let why = match stores::given(cx, judged, service, &["REDIS_PASSWORD"]).0 {
        Given::Something => {
            "it is given REDIS_PASSWORD, but the server of this image does not read it"
        }
        _ => "nothing sets `requirepass`",
    };
    Some(Open::at(face, why))
}

fn contains(text: &str, word: &str) -> bool {
    text.to_ascii_lowercase().contains(&word.to_ascii_lowercase())
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn empty_password(judged: &Judged<'_>, OptionValue { name, value }: OptionValue) -> Option<Open> {
    let Some(value) = value else {
        return Some(Open::at(&name, "`--requirepass` is given no password"));
    };
    if !stores::is_empty(judged, &value) {
        return None;
    }
    let why = match value.template().parts.as_slice() {
        [Part::Variable(variable)] => {
            format!("the password is empty unless somebody sets {}", variable.name)
        }
        _ => "the password is empty".to_owned(),
    };
    // An empty word has no place of its own.
    let at = if value.raw().is_empty() { &name } else { &value };
    Some(Open::at(at, why))
}

/// Whether the command starts the server itself, and not a tool or a script.
fn starts_server(words: &[Text]) -> bool {
    const SERVERS: &[&str] =
        &["redis-server", "valkey-server", "keydb-server", "dragonfly", "docker-entrypoint.sh"];
    words.first().is_none_or(|first| first.raw().starts_with("--"))
        || words.iter().any(|word| {
            word.raw().split_whitespace().any(|part| SERVERS.contains(&base_name(part)))
        })
}

/// Whether a `redis.conf` sets a password or users.
fn asks_for_password(text: &str) -> bool {
    stores::set_lines(text).any(|line| {
        let mut words = line.split_whitespace();
        match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("requirepass") => {
                words.next().is_some_and(|word| !word.trim_matches(['"', '\'']).is_empty())
            }
            // What is included cannot be seen from here.
            Some("aclfile" | "user" | "include") => true,
            _ => false,
        }
    })
}

/// Bitnami's image takes the password from a variable and does not start
/// without, unless it is told to.
fn bitnami(cx: &Context<'_>, judged: &Judged<'_>, service: &Service) -> Option<Open> {
    let (password, text) = stores::given(cx, judged, service, BITNAMI);
    if password == Given::Something {
        return None;
    }
    let (_, allow) = stores::given(cx, judged, service, &["ALLOW_EMPTY_PASSWORD"]);
    let allow = allow.filter(|allow| {
        let value = judged.stack.expand(allow).unwrap_or_default();
        seaworthy_analysis::names::is_truthy(&value)
    });
    if let Some(allow) = allow {
        return Some(Open::at(&allow, "ALLOW_EMPTY_PASSWORD lets it start without one"));
    }
    let text = text.filter(|_| password == Given::Nothing)?;
    Some(Open::at(&text, "its password is empty"))
}

fn report(cx: &mut Context<'_>, judged: &Judged<'_>, service: &Service, open: &Open) {
    let Some(severity) = stores::severity(judged, service, open) else { return };
    let name = service.name.raw();
    let port = exposed_port(judged, service);
    let reach = if port.is_some() {
        "Its port is published, so anybody who reaches the host can read and replace the data, and \
         from there often run commands."
    } else {
        "Any other container of its networks, once taken over, can read and replace what it holds: \
         sessions, queued jobs, caches."
    };
    let fix = fix(cx, service, open);
    let draft = cx.report_in(
        &open.artifact,
        open.region,
        format!(
            "Redis service {name} asks for no password: {}. {reach} Start it with `--requirepass \
             ${{REDIS_PASSWORD:?}}` and give the password to its clients.",
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

const REQUIRED: &str = "${REDIS_PASSWORD:?REDIS_PASSWORD is required}";

fn fix(cx: &Context<'_>, service: &Service, open: &Open) -> Option<Edit> {
    let command = service.command.as_ref();
    // `${REDIS_PASSWORD:-}`: the default becomes an error.
    let words = run_by(service);
    if let Some(value) = option(&words, "--requirepass").and_then(|password| password.value)
        && value.region() == open.region
        && let [Part::Variable(variable)] = value.template().parts.as_slice()
    {
        let text = format!("${{{0}:?{0} is required}}", variable.name);
        let title = format!("Require {}", variable.name);
        return Some(Edit::risky(title).replace(&open.artifact, open.region, text));
    }
    if option(&words, "--requirepass").is_some() || service.entrypoint.is_some() {
        return None;
    }
    let Some(command) = command else {
        let image = service.image.as_ref()?;
        if image.region() != open.region {
            return None;
        }
        let key = service.raw().member("image")?.key.region();
        let indent = " ".repeat(lines::indentation(cx, &open.artifact, key.start)?);
        let at = lines::next_line(cx, &open.artifact, image.region().end)?;
        let line =
            format!("{indent}command: [\"redis-server\", \"--requirepass\", \"{REQUIRED}\"]\n");
        return Some(Edit::shown("Demand a password").insert(&open.artifact, at, line));
    };
    let Words::Line(line) = &command.words else { return None };
    let whole = line.region_of(0..line.raw().len())?;
    let plain = line.kind() == ScalarKind::Plain;
    let script = line.raw().contains(['"', '\'', ';', '&', '|', '\n']);
    if whole != open.region || script || !(plain || line.kind() == ScalarKind::Quoted) {
        return None;
    }
    let text = format!(" --requirepass {REQUIRED}");
    // A plain scalar inside `{ … }` would end at the brace.
    let flow = plain && lines::is_in_flow(cx, &open.artifact, open.region);
    (!flow).then(|| Edit::shown("Demand a password").insert(&open.artifact, whole.end, text))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_a_server_without_password() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  a:
    image: redis:7-alpine
           ^^^^^^^^^^^^^^ [high] Redis service a asks for no password: nothing sets
  b:
    image: redis
    command: redis-server --appendonly yes
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] service b
    ports: ["6379:6379"]
             ~~~~~~~~~ published here
  c:
    image: valkey/valkey:8
    command: ["valkey-server", "--requirepass", "${REDIS_PASSWORD:-}"]
                                                 ^^^^^^^^^^^^^^^^^^^ [high] empty unless somebody sets REDIS_PASSWORD
  d:
    image: redis
    command: redis-server --requirepass
                          ^^^^^^^^^^^^^ [high] given no password
  e:
    image: redis
           ^^^^^ [high] does not read it
    environment:
      REDIS_PASSWORD: ${REDIS_PASSWORD}
  f:
    image: bitnami/redis:7.2
    environment:
      - ALLOW_EMPTY_PASSWORD=yes
                             ^^^ [high] lets it start without one
  g:
    image: bitnami/redis
    environment:
      REDIS_PASSWORD: ""
                       ^ [high] its password is empty
  h:
    image: redis
    command: redis-server --requirepass "" --appendonly yes
                          ^^^^^^^^^^^^^ [high] the password is empty
"#,
        );
    }

    #[test]
    fn passes_a_password_however_it_is_given() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  a:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD}
  b:
    image: redis:7
    command: ["sh", "-c", "redis-server --requirepass $$REDIS_PASSWORD"]
  c:
    image: bitnami/redis
    environment: [REDIS_PASSWORD]
  d:
    image: redis
    command: sh -c 'echo "requirepass $$PASS" > /tmp/r.conf && redis-server /tmp/r.conf'
  e:
    image: redis/redis-stack
    environment:
      REDIS_ARGS: --requirepass ${REDIS_PASSWORD:?}
  f:
    build: ./redis
    image: redis
  g:
    image: redis
    command: /start.sh
  h:
    image: redis
    command: redis-server --aclfile /etc/users.acl
  i:
    image: redis
    command: redis-server /etc/redis/redis.conf
  j:
    image: redis
    command: redis-cli -h a ping
  k:
    image: oliver006/redis_exporter
  l:
    image: redis
    command: --requirepass=${REDIS_PASSWORD:?set it}
"#,
        );
    }

    #[test]
    fn a_mounted_settings_file_decides() {
        check_files(
            &RULE,
            "
//- compose.yml
services:
  api:
    build: .
  a:
    image: redis
    command: redis-server /usr/local/etc/redis/redis.conf
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] settings file redis.conf has no `requirepass`
    volumes: ['./open.conf:/usr/local/etc/redis/redis.conf:ro']
  b:
    image: redis
    command: redis-server /usr/local/etc/redis/redis.conf
    volumes: ['./redis:/usr/local/etc/redis']
//- open.conf
# requirepass foobared
appendonly yes
//- redis/redis.conf
requirepass 4nGx82kQpZ
",
        );
    }

    #[test]
    fn a_variable_of_the_env_file_counts() {
        check_files(
            &RULE,
            "
//- compose.yml
services:
  api:
    build: .
  a:
    image: redis
    command: redis-server --requirepass ${REDIS_PASSWORD:-}
  b:
    image: redis
    command: redis-server --requirepass ${BLANK}
                                        ^^^^^^^^ [high] empty unless
//- .env
REDIS_PASSWORD=4nGx82kQpZ
BLANK=
",
        );
    }

    #[test]
    fn stores_alone_are_milder() {
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  db:
    image: postgres
  cache:
    image: redis
           ^^^^^ [high] service cache
    ports: ['6379:6379']
  ui:
    image: adminer
",
        );
    }

    #[test]
    fn development_is_milder_and_tests_are_quiet() {
        check_files(
            &RULE,
            "
//- docker-compose.dev.yml
services:
  a:
    image: redis
           ^^^^^ [medium] service a
    ports: ['6379:6379']
  b:
    image: redis
           ^^^^^ [low] service b
//- docker-compose.test.yml
services:
  a:
    image: redis
//- devtools/compose.yaml
services:
  a:
    image: redis
           ^^^^^ [low] service a
//- shop/compose.yaml
services:
  shop.test:
    build: {context: ./vendor/laravel/sail/runtimes/8.4}
  cache:
    image: redis
           ^^^^^ [medium] service cache
    ports: ['6379:6379']
",
        );
    }

    #[test]
    fn shows_how_to_demand_one() {
        check_fix(
            &RULE,
            "compose.yml",
            r#"
services:
  a:
    image: redis:7
  b:
    image: redis:7
    command: redis-server --appendonly yes
  c:
    image: redis:7
    command: redis-server --requirepass ${PASS:-}
"#,
            r#"
services:
  a:
    image: redis:7
    command: ["redis-server", "--requirepass", "${REDIS_PASSWORD:?REDIS_PASSWORD is required}"]
  b:
    image: redis:7
    command: redis-server --appendonly yes --requirepass ${REDIS_PASSWORD:?REDIS_PASSWORD is required}
  c:
    image: redis:7
    command: redis-server --requirepass ${PASS:?PASS is required}
"#,
        );
    }
}
