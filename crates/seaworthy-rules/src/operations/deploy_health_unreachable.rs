//! `deploy-health-unreachable`

use seaworthy_analysis::joined::{ShellText, Stack};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::Published;
use seaworthy_formats::shell::{Command, Word};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::composed::{call, known, stack};
use super::tools::tool;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "deploy-health-unreachable",
        group: Group::Operations,
        summary: "deployment asks a port that its stack does not publish",
        help: include_str!("deploy_health_unreachable.md"),
        severity: Severity::High,
        precision: Precision::Medium,
        cwe: &[684],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let scripts = cx.joined().scripts(cx.snapshot());
    for text in scripts.files().filter(|text| text.in_production()) {
        let commands = &text.script.commands;
        let started = commands.iter().find_map(|command| {
            let call = call(command).filter(|call| matches!(call.subcommand, "up" | "start"))?;
            Some((command, stack(cx, text, &call)?))
        });
        let Some((up, stack)) = started else { continue };
        if commands.iter().any(listens_elsewhere) {
            continue;
        }
        let Some(published) = published(stack) else { continue };
        for command in commands {
            let Some((port, region)) = asked(text, command) else { continue };
            if published.iter().any(|(first, last)| (*first..=*last).contains(&port)) {
                continue;
            }
            let file = stack.primary_file();
            cx.report_in(
                &text.path,
                text.place(region),
                format!(
                    "No service of {} publishes port {port}, so nothing answers here. The \
                     deployment takes a version that works for broken. Publish the port on \
                     127.0.0.1, or ask from inside: `docker compose exec SERVICE …`.",
                    file.file_name(),
                ),
            )
            .evidence(port.to_string())
            .related(&text.path, text.place(up.region), "the stack is started here")
            .related(file, Region::empty(0), "the stack");
            break;
        }
    }
}

/// Programs that make ports of other things answer.
fn listens_elsewhere(command: &Command) -> bool {
    command.invoked().is_some_and(|invoked| {
        let first = invoked.arguments.first().map_or("", |word| word.text.as_str());
        match invoked.program {
            "docker" | "podman" => first == "run",
            "ssh" | "kubectl" | "pm2" | "systemctl" | "service" | "npm" | "node" | "nohup"
            | "socat" | "caddy" | "nginx" | "minikube" | "helm" => true,
            _ => false,
        }
    })
}

/// The ports of the host that a stack publishes; `None` when one of them is not known.
fn published(stack: &Stack) -> Option<Vec<(u16, u16)>> {
    let project = stack.project();
    if project.is_partial() {
        return None;
    }
    let lookup = |name: &str| stack.variable(name).map(|value| value.reveal().to_owned());
    let mut found = Vec::new();
    for service in &project.services {
        if service.network_mode.is_some() {
            return None;
        }
        for port in &service.ports {
            match port.resolve(&lookup).ok()?.published {
                Published::Ports(range) => found.push((range.first, range.last)),
                Published::Random => {}
                Published::Unknown => return None,
            }
        }
    }
    Some(found)
}

/// The port of this machine that a command asks over HTTP.
fn asked(text: &ShellText, command: &Command) -> Option<(u16, Region)> {
    let tool = tool(command).filter(|tool| !tool.contained)?;
    if !matches!(tool.name, "curl" | "wget" | "http" | "wait-on" | "wait-for-it.sh") {
        return None;
    }
    tool.arguments.iter().find_map(|word| Some((port(text, word)?, word.region)))
}

fn port(text: &ShellText, word: &Word) -> Option<u16> {
    // `$BASE/health`: the variable begins the address.
    let value = match (word.literal(), word.expansions.as_slice()) {
        (Some(literal), _) => literal.to_owned(),
        (None, [expansion]) if word.text.starts_with('$') => {
            let length = expansion.region.len();
            let mut variable = word.clone();
            let rest = variable.text.split_off(length.min(word.text.len()));
            format!("{}{rest}", known(text, &variable)?)
        }
        _ => return None,
    };
    let address = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"))?;
    let rest = ["localhost:", "127.0.0.1:", "0.0.0.0:"]
        .iter()
        .find_map(|host| address.strip_prefix(host))?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    // A server of the host's own may stand in front.
    digits.parse().ok().filter(|port| !matches!(port, 0 | 80 | 443))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_a_port_that_nothing_publishes() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  api:
    image: x
    expose: ["3000"]
  web:
    image: nginx
    ports: ["80:80", "443:443", "127.0.0.1:9000-9002:9000-9002"]
//- scripts/deploy.sh
COMPOSE_FILE=docker-compose.prod.yml
HEALTH_URL="${HEALTH_URL:-http://localhost:3000/health}"
docker compose -f "$COMPOSE_FILE" up -d --wait
for i in 1 2 3; do
  if curl -fsS "$HEALTH_URL"; then exit 0; fi
               ^^^^^^^^^^^^^ [high] No service of docker-compose.prod.yml publishes port 3000
done
exit 1
//- scripts/deploy-b.sh
docker-compose -f docker-compose.prod.yml up -d
wget -q http://127.0.0.1:8080/healthz -O -
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] port 8080
"#,
        );
    }

    #[test]
    fn passes_ports_that_may_answer() {
        check_files(
            &RULE,
            r#"
//- docker-compose.prod.yml
services:
  api:
    image: x
    ports: ["3000:3000", "4000-4010:4000-4010"]
//- compose.host.yml
services:
  api:
    image: x
    network_mode: host
//- scripts/deploy.sh
docker compose -f docker-compose.prod.yml up -d
curl -f http://localhost:3000/health
curl -f http://localhost:4005/health
curl -f https://localhost/health http://localhost:80/
docker compose -f docker-compose.prod.yml exec api curl http://localhost:5000/
curl "http://$HOST:5000"
curl http://db:5000
//- scripts/deploy-host.sh
docker compose -f compose.host.yml up -d
curl http://localhost:5000
//- scripts/deploy-run.sh
docker compose -f docker-compose.prod.yml up -d
docker run -d -p 5000:5000 y
curl http://localhost:5000
//- scripts/deploy-staging.sh
docker compose -f docker-compose.prod.yml up -d
curl http://localhost:5000
"#,
        );
    }
}
