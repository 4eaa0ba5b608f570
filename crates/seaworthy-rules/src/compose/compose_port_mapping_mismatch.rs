//! `compose-port-mapping-mismatch`

use seaworthy_analysis::joined::ImageBuild;
use seaworthy_analysis::{Check, Context, Edit, NativeRule, Snapshot};
use seaworthy_formats::compose::{PortRef, Protocol, Service};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::commands::run_by;
use super::listening::{Certainty, Listening};
use super::running::{Builds, MOST_SERVICES};
use super::standing::{Judged, Once, Standing, judged, on_host_network};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-port-mapping-mismatch",
        group: Group::Compose,
        summary: "published port that leads where the program does not listen",
        help: include_str!("compose_port_mapping_mismatch.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[684],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

fn check(cx: &mut Context<'_>) {
    let builds = Builds::new(cx);
    let mut once = Once::default();
    for judged in judged(cx) {
        for service in judged.stack.project().services.iter().take(MOST_SERVICES) {
            if service.ports.is_empty() || on_host_network(service) {
                continue;
            }
            let Some((port, target)) = only_target(&judged, service) else { continue };
            let build = builds.of(service);
            let Some(listening) = Listening::of(cx, &judged, service, build) else { continue };
            if listening.ports.contains(&target)
                || is_beside(target)
                || is_named(cx, &judged, service, build, target)
                || is_contradicted(cx, build, &listening, target)
            {
                continue;
            }
            report(cx, &mut once, &judged, service, port, target, &listening);
        }
    }
}

/// The container's port that a service publishes, when it is one and known.
fn only_target<'s>(judged: &Judged<'_>, service: &'s Service) -> Option<(&'s PortRef, u16)> {
    let mut only = None;
    for port in &service.ports {
        let resolved = port.resolve(&|name| judged.variable(name)).ok()?;
        if resolved.protocol != Protocol::Tcp {
            continue;
        }
        let target = resolved.target.filter(|target| !target.is_range())?;
        match only {
            Some((_, known)) if known != target.first => return None,
            _ => only = Some((port, target.first)),
        }
    }
    only
}

/// Ports that programs open beside the one they serve.
fn is_beside(port: u16) -> bool {
    const BESIDE: &[u16] =
        &[22, 5005, 5555, 5678, 6006, 8025, 9000, 9090, 9100, 9229, 9230, 9464, 24678, 35729];
    BESIDE.contains(&port)
}

/// Whether a command or another variable names the port, so that something in
/// the container may listen there.
fn is_named(
    cx: &Context<'_>,
    judged: &Judged<'_>,
    service: &Service,
    build: Option<&ImageBuild>,
    port: u16,
) -> bool {
    let digits = port.to_string();
    let says =
        |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|number| number == digits);
    let commanded =
        run_by(service).iter().any(|word| judged.stack.expand(word).is_none_or(|word| says(&word)));
    let by_image = service.command.is_none()
        && build.and_then(ImageBuild::image).is_some_and(|image| {
            let lines = [&image.cmd, &image.entrypoint];
            lines.into_iter().flatten().any(|setting| says(&setting.value.text()))
                || image
                    .env
                    .iter()
                    .any(|(name, value)| name != "PORT" && value.as_deref().is_none_or(says))
        });
    commanded
        || by_image
        || judged.stack.supplied(cx.snapshot(), service).iter().any(|entry| {
            // A URL tells where others find the service.
            entry.name != "PORT"
                && entry.value.as_ref().is_some_and(|value| {
                    let value = value.reveal();
                    value.trim() == digits
                        || value.trim().ends_with(&format!(":{digits}")) && !value.contains("//")
                })
        })
}

/// Whether the image exposes the port all the same and nothing shows that the
/// program reads `PORT`.
fn is_contradicted(
    cx: &Context<'_>,
    build: Option<&ImageBuild>,
    listening: &Listening,
    target: u16,
) -> bool {
    let Some(build) = build else { return false };
    if listening.certainty == Certainty::Documented {
        return false;
    }
    let Some(image) = build.image() else { return true };
    let exposes = image
        .exposed
        .iter()
        .any(|setting| setting.value.as_ref().is_none_or(|port| port.is_tcp(target)));
    exposes && !listening.why.starts_with("nginx") && !reads_port(cx, build.context())
}

/// How many source files are read for the variable's name.
const MOST_SOURCES: usize = 300;

/// Whether a program below a directory reads `PORT`.
fn reads_port(cx: &Context<'_>, directory: &str) -> bool {
    let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    let artifacts = cx.snapshot().artifacts();
    let start = artifacts.partition_point(|artifact| artifact.path().as_str() < &*prefix);
    artifacts[start..]
        .iter()
        .take_while(|artifact| artifact.path().as_str().starts_with(&prefix))
        .filter(|artifact| {
            let path = artifact.path().as_str();
            let ends = [".js", ".ts", ".mjs", ".cjs", ".py", ".go", ".rb", ".rs"];
            ends.iter().any(|end| path.ends_with(end)) && !path.contains("node_modules/")
        })
        .take(MOST_SOURCES)
        .any(|artifact| names_port(cx.snapshot().text(artifact).unwrap_or("")))
}

fn names_port(text: &str) -> bool {
    ["env.PORT", "env[\"PORT\"", "env['PORT'", "\"PORT\"", "'PORT'"]
        .iter()
        .any(|name| text.contains(name))
}

fn sees(_: &Snapshot, _: &str, text: Option<&str>) -> u64 {
    text.is_some_and(names_port).into()
}

fn report(
    cx: &mut Context<'_>,
    once: &mut Once,
    judged: &Judged<'_>,
    service: &Service,
    port: &PortRef,
    target: u16,
    listening: &Listening,
) {
    let origin = port.origin();
    let field = port.field("target");
    let region = field.map_or(origin.region, |text| text.region());
    if !once.first(&origin.artifact, region) {
        return;
    }
    let severity = match (judged.at(Some(service), origin), listening.certainty) {
        (Standing::Test, _) => Severity::Info,
        (Standing::Development, _) | (_, Certainty::Documented) => Severity::Medium,
        _ => Severity::High,
    };
    let name = service.name.raw();
    let wanted = listening.ports[0];
    let text = field.or_else(|| port.value.text()).filter(|_| listening.ports.len() == 1);
    let replaced = text.and_then(|text| {
        let raw = text.raw();
        let container = raw.rsplit(':').next()?;
        let digits = container.split('/').next()?;
        let start = raw.len() - container.len();
        (digits == target.to_string()).then(|| text.region_of(start..start + digits.len()))?
    });
    let draft = cx.report_in(
        &origin.artifact,
        region,
        format!(
            "The published port leads to port {target} of service {name}, and {}. Nobody answers \
             there: connections are refused or reset. The right-hand side is the port inside of \
             the container; write {wanted} there.",
            listening.why
        ),
    );
    draft.severity(severity).evidence(format!("{name}:{target}"));
    if let Some((path, region)) = &listening.place {
        draft.related(path, *region, "the port that the program listens on");
    }
    if let Some(region) = replaced {
        let edit = Edit::risky(format!("Lead to port {wanted}"));
        draft.fix(edit.replace(&origin.artifact, region, wanted.to_string()));
    }
    judged.explain(draft, origin);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_a_target_that_is_not_the_port_of_the_program() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  api:
    build: ./api
    environment:
      PORT: 4000
      ~~~~ the port that the program
    ports:
      - "4000:3000"
         ^^^^^^^^^ [high] leads to port 3000 of service api, and PORT is 4000
  web:
    build: ./web
    ports:
      - target: 5000
                ^^^^ [medium] the image exposes 3000
        published: 80
  static:
    build: ./static
    ports: ["8080:3000"]
             ^^^^^^^^^ [high] nginx listens on 80 and nothing brings
  db:
    image: postgres:16
    ports: ["127.0.0.1:5433:5433"]
             ^^^^^^^^^^^^^^^^^^^ [high] postgres listens on 5432
  front:
    image: nginx:1.27
    volumes: ["./front.conf:/etc/nginx/conf.d/default.conf:ro"]
    ports: ["80:80"]
             ^^^^^ [high] nginx is told to listen on 8080
//- api/Dockerfile
FROM node:22-alpine
CMD ["node", "."]
//- web/Dockerfile
FROM node:22-alpine
EXPOSE 3000
~~~~~~~~~~~ the port that the program
CMD ["node", "."]
//- static/Dockerfile
FROM nginx:1.27-alpine
~~~~~~~~~~~~~~~~~~~~~~ the port
COPY dist /usr/share/nginx/html
//- front.conf
server {
  listen 8080;
  ~~~~~~~~~~~~ the port
  server_name _;
}
"#,
        );
    }

    #[test]
    fn a_port_that_the_image_exposes_counts_unless_the_program_reads_the_variable() {
        let stack = |code: &str, mark: &str| {
            format!(
                "\n//- compose.yaml\nservices:\n  api:\n    build: .\n    environment: [PORT=4000]\n{}    \
                 ports: ['4000:3000']\n{mark}//- Dockerfile\nFROM node:22\nEXPOSE 3000\nCMD node .\n//- server.js\n{code}\n",
                if mark.is_empty() { "" } else { "                  ~~~~ the port\n" },
            )
        };
        check_files(
            &RULE,
            &stack(
                "listen(process.env.PORT || 3000)",
                "             ^^^^^^^^^ [high] PORT is 4000\n",
            ),
        );
        check_files(&RULE, &stack("listen(3000)", ""));
    }

    #[test]
    fn passes_what_matches_and_what_is_not_known() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  api:
    build: ./api
    environment: { PORT: 3000 }
    ports: ["4000:3000"]
  two:
    build: ./api
    environment: { PORT: 3000 }
    ports: ["3000:3000", "9229:9229", "50051:50051"]
  metrics:
    build: ./api
    environment: { PORT: 3000, GRPC_PORT: 50051 }
    ports: ["50051:50051"]
  told:
    build: ./api
    environment: { PORT: 3000 }
    command: next start -p 8080
    ports: ["80:8080"]
  variable:
    build: ./api
    environment: { PORT: "${PORT}" }
    ports: ["80:8080"]
  long:
    build: ./api
    environment: { PORT: "${API_PORT:-4000}" }
    ports: ["${API_PORT:-4000}:4000"]
  image:
    image: acme/api
    environment: { PORT: 3000 }
    ports: ["80:8080"]
  db:
    image: postgres
    command: -c port=5433
    ports: ["5433:5433"]
  moved:
    image: mysql:8
    volumes: ["./my.cnf:/etc/mysql/my.cnf"]
    ports: ["3307:3307"]
  cache:
    image: redis
    ports: ["127.0.0.1:6380:6379"]
  dns:
    build: ./api
    ports: ["53:53/udp"]
  front:
    image: nginx
    volumes: ["./conf.d:/etc/nginx/conf.d"]
    ports: ["8080:8080"]
  template:
    image: nginx
    volumes: ["./templates:/etc/nginx/templates"]
    ports: ["8080:8080"]
  extra:
    image: nginx
    volumes: ["./conf.d/a.conf:/etc/nginx/conf.d/a.conf"]
    ports: ["80:80"]
//- api/Dockerfile
FROM node:22
CMD node .
//- conf.d/a.conf
server { listen 8080; }
"#,
        );
        check(
            &RULE,
            "compose.example.yaml",
            "services:\n  a:\n    image: redis\n    ports: ['1:1']\n",
        );
    }

    #[test]
    fn leads_to_the_right_port() {
        check_fix(
            &RULE,
            "compose.yaml",
            "services:\n  db:\n    image: mysql:8\n    ports:\n      - \"127.0.0.1:3307:3307/tcp\"\n  k:\n    image: redis:7\n    ports: [{target: 80, published: 81}]\n",
            "services:\n  db:\n    image: mysql:8\n    ports:\n      - \"127.0.0.1:3307:3306/tcp\"\n  k:\n    image: redis:7\n    ports: [{target: 6379, published: 81}]\n",
        );
    }
}
