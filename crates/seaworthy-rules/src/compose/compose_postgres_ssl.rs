//! `compose-postgres-ssl`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Engine, ImageName, Service, Text};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::clients::{Client, clients};
use super::commands::run_by;
use super::standing::{Judged, Once, Standing, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-postgres-ssl",
        group: Group::Compose,
        summary: "TLS that clients demand and the database server cannot give",
        help: include_str!("compose_postgres_ssl.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[295],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        let servers: Vec<&Service> = judged
            .stack
            .project()
            .services
            .iter()
            .filter(|service| service.kind().engine() == Some(Engine::Postgres))
            .filter(|service| service.build.is_none())
            .filter(|service| {
                let image = service.image.as_ref().and_then(ImageName::of);
                let plain = ["postgres", "pgvector", "postgis", "timescaledb"];
                image.is_some_and(|image| {
                    plain.contains(&image.name()) && !image.repository.starts_with("bitnami")
                })
            })
            .collect();
        if servers.is_empty() {
            continue;
        }
        for server in &servers {
            if let Some((path, why)) = missing_file(&judged, server)
                && once.first(&path.origin().artifact, path.region())
            {
                let name = server.name.raw();
                let draft = cx.report_in(
                    &path.origin().artifact,
                    path.region(),
                    format!(
                        "Service {name} is told to use {}, {why}. PostgreSQL does not start \
                         without its certificate and key. Mount both, readable by its user alone.",
                        path.raw()
                    ),
                );
                draft.severity(severity(&judged, server)).evidence(format!("{name}:file"));
                judged.explain(draft, path.origin());
            }
        }
        let plain: Vec<&Service> =
            servers.into_iter().filter(|server| speaks_no_tls(server)).collect();
        if plain.is_empty() {
            continue;
        }
        for client in clients(cx, &judged) {
            let Some(server) = plain.iter().find(|server| client.leads_to(server)) else {
                continue;
            };
            let Some(demand) = demand(&client) else { continue };
            if once.first(&client.variable.artifact, client.place()) {
                report(cx, &judged, &client, server, demand);
            }
        }
    }
}

fn severity(judged: &Judged<'_>, service: &Service) -> Severity {
    match judged.at(Some(service), service.origin()) {
        Standing::Production | Standing::Undeclared => Severity::Medium,
        Standing::Development | Standing::Test => Severity::Low,
    }
}

/// The certificate or key that the command names and that is nowhere.
fn missing_file(judged: &Judged<'_>, server: &Service) -> Option<(Text, String)> {
    let image = ImageName::of(server.image.as_ref()?)?;
    let words = run_by(server);
    let on = words.iter().any(|word| {
        matches!(word.raw().trim_start_matches("-c"), "ssl=on" | "ssl=true" | "ssl=1" | "ssl=yes")
    });
    if !on || server.entrypoint.is_some() {
        return None;
    }
    words.iter().find_map(|word| {
        let value = ["ssl_cert_file=", "ssl_key_file="].iter().find_map(|name| {
            let rest = word.raw().trim_start_matches("-c").strip_prefix(name)?;
            Some(word.slice(word.raw().len() - rest.len()..word.raw().len()))
        })?;
        let path = judged.stack.expand(&value)?;
        // A path within the data directory may have been put there by hand.
        if !path.starts_with('/') || path.starts_with("/var/lib/postgresql") {
            return None;
        }
        if is_mounted(judged, server, &path) {
            return None;
        }
        let snakeoil = path.contains("ssl-cert-snakeoil");
        let alpine = image.tag.as_deref().is_some_and(|tag| tag.contains("alpine"));
        let unknown =
            image.name() != "postgres" || image.tag.as_deref().is_some_and(|tag| tag.contains('$'));
        if snakeoil && (!alpine || unknown) {
            return None;
        }
        let why = if snakeoil {
            "which Debian's images have and those of Alpine do not".to_owned()
        } else {
            "which nothing mounts and the image does not have".to_owned()
        };
        Some((value, why))
    })
}

fn is_mounted(judged: &Judged<'_>, server: &Service, path: &str) -> bool {
    let covers = |target: &str| {
        let target = target.trim_end_matches('/');
        path == target || path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'))
    };
    let volume = server.volumes.iter().any(|reference| {
        reference
            .resolve(&|name| judged.variable(name))
            .map_or(true, |volume| volume.target.contains("${") || covers(&volume.target))
    });
    let given = server.secrets.iter().chain(&server.configs).any(|mount| {
        mount.target.as_ref().map_or_else(
            || path.ends_with(&format!("/{}", mount.source.raw())),
            |target| covers(target.raw()) || path.ends_with(target.raw()),
        )
    });
    volume || given
}

/// Whether the server surely speaks no TLS: that is the default, and nothing
/// brings other settings.
fn speaks_no_tls(server: &Service) -> bool {
    let words = run_by(server);
    server.entrypoint.is_none()
        && server.configs.is_empty()
        && !words.iter().any(|word| {
            let word = word.raw();
            word.contains("ssl")
                || word.contains("config")
                || word.contains(".sh")
                || word.contains('$')
        })
        && !server.volumes.iter().any(|volume| {
            let text = volume.value.text().map_or("", Text::raw);
            text.contains(".conf") || text.contains("initdb") || text.is_empty()
        })
        && !server.environment.iter().any(|variable| variable.key.raw().contains("SSL"))
        && server.env_file.is_empty()
}

/// The parameter with which a client insists on TLS.
fn demand(client: &Client<'_>) -> Option<&'static str> {
    let value =
        |name: &str| client.url.parameter(&client.text, name).map(|range| &client.text[range]);
    match value("sslmode") {
        Some("require") => return Some("sslmode=require"),
        Some("verify-ca") => return Some("sslmode=verify-ca"),
        Some("verify-full") => return Some("sslmode=verify-full"),
        Some(_) => return None,
        None => {}
    }
    matches!(value("ssl"), Some("true" | "1")).then_some("ssl=true")
}

fn report(
    cx: &mut Context<'_>,
    judged: &Judged<'_>,
    client: &Client<'_>,
    server: &Service,
    demand: &str,
) {
    let (name, variable) = (client.service.name.raw(), &client.variable.name);
    let target = server.name.raw();
    let draft = cx.report_in(
        &client.variable.artifact,
        client.place(),
        format!(
            "{variable} of service {name} demands TLS ({demand}) of {target}, which is started \
             without it. Every connection is refused. Start the server with `ssl=on` and a \
             certificate, or leave the parameter out where the two share a private network."
        ),
    );
    draft.severity(severity(judged, client.service)).evidence(format!("{name}:{variable}"));
    draft.sensitive_in(&client.variable.artifact, client.variable.value_region);
    let place: (&_, Region) = server
        .image
        .as_ref()
        .map_or((&server.origin().artifact, server.origin().region), |image| {
            (&image.origin().artifact, image.region())
        });
    draft.related(place.0, place.1, "nothing switches TLS on here");
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_demands_that_cannot_be_met_and_files_that_are_nowhere() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  db:
    image: postgres:16
           ~~~~~~~~~~~ nothing switches TLS on
  snakeoil:
    image: postgres:16-alpine
    command: -c ssl=on -c ssl_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem -c ssl_key_file=/etc/ssl/private/ssl-cert-snakeoil.key
                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] those of Alpine do not
  own:
    image: postgres:16
    command: ['postgres', '-c', 'ssl=on', '-c', 'ssl_cert_file=/certs/server.crt']
                                                               ^^^^^^^^^^^^^^^^^ [medium] which nothing mounts
  api:
    image: acme/api
    environment:
      DATABASE_URL: postgres://app:${P}@db:5432/app?sslmode=require
      ^^^^^^^^^^^^ [medium] demands TLS (sslmode=require) of db
",
        );
    }

    #[test]
    fn passes_servers_that_speak_tls_and_clients_that_do_not_ask() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  db:
    image: postgres:16
    command: -c ssl=on -c ssl_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem
  mounted:
    image: postgres:16-alpine
    command: -c ssl=on -c ssl_cert_file=/certs/server.crt
    volumes: ['./certs:/certs:ro']
  configured:
    image: postgres:16
    command: -c config_file=/etc/postgresql.conf
  plain:
    image: postgres:16
  api:
    image: acme/api
    environment:
      A_URL: postgres://app:${P}@db:5432/app?sslmode=require
      B_URL: postgres://app:${P}@configured/app?sslmode=require
      C_URL: postgres://app:${P}@plain/app?sslmode=disable
      D_URL: postgres://app:${P}@plain/app
      E_URL: postgres://app:${P}@db.example.org/app?sslmode=require
",
        );
    }
}
