//! `dockerfile-expose-mismatch`

use std::collections::BTreeSet;

use seaworthy_analysis::{Check, Context, Document, Edit, NativeRule, Snapshot};
use seaworthy_formats::dockerfile::{CommandLine, ExposedPort};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::shell::commands;
use super::shipped::{Shipped, shipped};
use super::sources::{copied, join, transfer};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-expose-mismatch",
        group: Group::Dockerfile,
        summary: "EXPOSE names another port than the program listens on",
        help: include_str!("dockerfile_expose_mismatch.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[684],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// The ports that the image listens on, and who says so.
struct Listens {
    ports: Vec<u16>,
    path: ArtifactPath,
    region: Region,
    what: String,
}

fn check(cx: &mut Context<'_>) {
    let mut seen = BTreeSet::new();
    for shipped in shipped(cx) {
        let exposed = &shipped.image.exposed;
        let Some(last) = exposed.last() else { continue };
        let ports: Option<Vec<&ExposedPort>> =
            exposed.iter().map(|setting| setting.value.as_ref()).collect();
        // A port that only the build knows may be the one.
        let Some(ports) = ports else { continue };
        let Some(listens) = listens(&shipped, cx.snapshot()) else { continue };
        if listens.ports.iter().any(|port| ports.iter().any(|exposed| exposed.is_tcp(*port))) {
            continue;
        }
        let path = shipped.build.dockerfile();
        if !seen.insert((path, last.instruction.region)) {
            continue;
        }
        let shown: Vec<String> = ports.iter().map(|port| port.first.to_string()).collect();
        let shown = shown.join(", ");
        let wanted = listens.ports[0];
        let severity = if shipped.development { Severity::Info } else { Severity::Low };
        let sole = exposed.len() == 1 && ports[0].first == ports[0].last;
        let draft = cx.report_in(
            path,
            last.instruction.first_line,
            format!(
                "EXPOSE names {shown}, and {} is {wanted}. Proxies, platforms and people that go \
                 by EXPOSE reach a port where nobody listens.",
                listens.what
            ),
        );
        draft.severity(severity).evidence(wanted.to_string());
        draft.related(&listens.path, listens.region, "the port is set here");
        if sole && last.instruction.first_line == last.instruction.region {
            let edit = Edit::risky("Expose the port that the program listens on");
            draft.fix(edit.replace(path, last.instruction.region, format!("EXPOSE {wanted}")));
        }
    }
}

fn listens(shipped: &Shipped<'_>, snapshot: &Snapshot) -> Option<Listens> {
    by_command(shipped).or_else(|| by_variable(shipped)).or_else(|| by_nginx(shipped, snapshot))
}

/// A port on the command line, which counts more than a variable.
fn by_command(shipped: &Shipped<'_>) -> Option<Listens> {
    let settings = [&shipped.image.cmd, &shipped.image.entrypoint];
    settings.into_iter().flatten().find_map(|setting| {
        let line: &CommandLine = setting.value;
        let commands = commands(line);
        // Of several programs nobody knows which one is meant.
        let [command] = commands.as_slice() else { return None };
        let port = port_of(command.program(), command.arguments())?;
        Some(Listens {
            ports: vec![port],
            path: shipped.build.dockerfile().clone(),
            region: line.region().unwrap_or(setting.instruction.first_line),
            what: "the port on the command line".to_owned(),
        })
    })
}

/// The port that a server is told on its command line.
fn port_of(program: &str, arguments: &[String]) -> Option<u16> {
    let servers = [
        "uvicorn",
        "gunicorn",
        "hypercorn",
        "daphne",
        "flask",
        "next",
        "http-server",
        "serve",
        "rails",
        "puma",
        "php",
        "granian",
        "fastapi",
        "vite",
        "astro",
        "waitress-serve",
        "streamlit",
    ];
    let (program, arguments) = match (program, arguments) {
        ("python" | "python3", [flag, module, rest @ ..]) if flag == "-m" => {
            (module.as_str(), rest)
        }
        ("npx" | "poetry" | "uv" | "bunx" | "bundle", arguments) => {
            let skip =
                usize::from(arguments.first().is_some_and(|word| word == "run" || word == "exec"));
            (arguments.get(skip)?.as_str(), arguments.get(skip + 1..)?)
        }
        _ => (program, arguments),
    };
    if !servers.contains(&program) {
        return None;
    }
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word, None),
        };
        let short = match program {
            "gunicorn" | "hypercorn" | "puma" => "-b",
            "serve" => "-l",
            "php" => "-S",
            _ => "-p",
        };
        if matches!(flag, "--port" | "--bind" | "--listen" | "--server.port") || flag == short {
            let value = value.or_else(|| words.next())?;
            return value.rsplit(':').next()?.parse().ok();
        }
    }
    None
}

fn by_variable(shipped: &Shipped<'_>) -> Option<Listens> {
    // Compose may set another one.
    let set = |name: &str| shipped.services().any(|(_, service)| service.env(name).is_some());
    let name = ["PORT", "SERVER_PORT", "HTTP_PORT", "APP_PORT"]
        .into_iter()
        .find(|name| shipped.image.env.contains_key(*name))?;
    if set(name) || shipped.services().any(|(_, service)| !service.env_file.is_empty()) {
        return None;
    }
    let port = shipped.image.env.get(name)?.as_ref()?.trim().parse().ok()?;
    Some(Listens {
        ports: vec![port],
        path: shipped.build.dockerfile().clone(),
        region: shipped.image.env_set_by.get(name)?.value.key.region,
        what: format!("ENV {name}"),
    })
}

/// The ports of the servers in the configuration that is copied over nginx's own.
fn by_nginx(shipped: &Shipped<'_>, snapshot: &Snapshot) -> Option<Listens> {
    if shipped.base()?.name() != "nginx" {
        return None;
    }
    let mut found: Option<Listens> = None;
    for (instruction, _, source) in copied(shipped, shipped.stage) {
        let destination = transfer(instruction)?.destination.raw.trim_matches(['"', '\'']);
        if !destination.starts_with("/etc/nginx") {
            continue;
        }
        // Directories and templates hold more than is known here.
        let artifact = snapshot.artifact(&join(shipped.build.context(), &source))?;
        let Some(Document::Nginx(file)) = snapshot.document(artifact) else { return None };
        for (_, directive) in file.all().filter(|(_, directive)| directive.is("listen")) {
            let word = directive.arg(0)?;
            if word.starts_with("unix:") {
                continue;
            }
            let port = word.rsplit(':').next().unwrap_or(word).parse().ok()?;
            found
                .get_or_insert_with(|| Listens {
                    ports: Vec::new(),
                    path: artifact.path().clone(),
                    region: directive.region,
                    what: "the port that nginx listens on".to_owned(),
                })
                .ports
                .push(port);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_a_port_where_nobody_listens() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22
ENV PORT=4000
    ~~~~ set here
EXPOSE 3000
^^^^^^^^^^^ [low] ENV PORT is 4000
CMD [\"node\", \"x\"]
",
        );
        check(
            &RULE,
            "Dockerfile",
            "
FROM python:3.12
ENV PORT=3000
EXPOSE 3000
^^^^^^^^^^^ [low] on the command line is 8000
CMD [\"uvicorn\", \"app:app\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]
",
        );
        check(
            &RULE,
            "Dockerfile",
            "FROM python:3.12\nEXPOSE 5000\n^^^^^^^^^^^ 8000\nCMD gunicorn -b 0.0.0.0:8000 app:app\n",
        );
        check_files(
            &RULE,
            "
//- Dockerfile
FROM nginx:1.27
COPY nginx.conf /etc/nginx/conf.d/default.conf
EXPOSE 80
^^^^^^^^^ [low] nginx listens on is 8080
//- nginx.conf
server {
  listen 8080;
  listen [::]:8080;
  location / { root /x; }
}
",
        );
    }

    #[test]
    fn passes_what_agrees_or_is_not_known() {
        for text in [
            "FROM node:22\nENV PORT=3000\nEXPOSE 3000 9229\n",
            "FROM node:22\nENV PORT=3005\nEXPOSE 3000-3010\n",
            "FROM node:22\nENV PORT=3000\nEXPOSE $PORT\n",
            "FROM node:22\nARG P\nENV PORT=$P\nEXPOSE 3000\n",
            "FROM node:22\nENV PORT=3000\n",
            "FROM node:22\nEXPOSE 3000\nCMD [\"node\", \"-p\", \"1\"]\n",
            "FROM python:3.12\nEXPOSE 80\nCMD uvicorn a:b --port $PORT\n",
        ] {
            check(&RULE, "Dockerfile", text);
        }
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  api:
    build: .
    environment:
      PORT: 3000
//- Dockerfile
FROM node:22
ENV PORT=4000
EXPOSE 3000
",
        );
    }

    #[test]
    fn exposes_what_is_listened_on() {
        check_fix(
            &RULE,
            "Dockerfile",
            "FROM node:22\nENV PORT=4000\nEXPOSE 3000/tcp\n",
            "FROM node:22\nENV PORT=4000\nEXPOSE 4000\n",
        );
    }
}
