//! `compose-internal-network`

use std::collections::HashSet;

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{Project, Service, ServiceKind};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::running::{lacking, names};
use super::standing::{Once, exposed_port, judged, on_host_network};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-internal-network",
        group: Group::Compose,
        summary: "stores that share the network of the public proxy",
        help: include_str!("compose_internal_network.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[653],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        let project = judged.stack.project();
        if !judged.is_for_production() || project.is_partial() || has_internal(project) {
            continue;
        }
        let proxies: Vec<&Service> = project
            .services
            .iter()
            .filter(|service| {
                service.kind() == ServiceKind::Proxy && exposed_port(&judged, service).is_some()
            })
            .collect();
        let reached: HashSet<&str> = proxies.iter().flat_map(|proxy| networks(proxy)).collect();
        let stores: Vec<&Service> = project
            .services
            .iter()
            .filter(|service| service.kind().is_data_store() && !on_host_network(service))
            .filter(|service| {
                // One network of its own is what is asked for.
                let joined = networks(service);
                !joined.is_empty() && joined.iter().all(|network| reached.contains(network))
            })
            .collect();
        let Some(proxy) = proxies.first().filter(|_| !stores.is_empty()) else { continue };
        let only_default = stores.iter().all(|store| store.networks.is_empty());
        let (verb, them) = if stores.len() == 1 { ("shares", "it") } else { ("share", "them") };
        let message = format!(
            "{} {verb} the network of {}, which the world reaches. Whoever breaks into the proxy \
             can try {them} at once, and nothing keeps the stores from reaching out. Put {them} on \
             a network with `internal: true` that only the programs join.",
            names(&stores),
            proxy.name.raw()
        );
        let proxy = proxy.origin();
        if let Some(draft) =
            lacking(cx, &mut once, &judged, &stores, message, "on the network of the proxy, too")
        {
            draft.severity(if only_default { Severity::Info } else { Severity::Low });
            draft.evidence("network");
            draft.related(&proxy.artifact, proxy.region, "the proxy");
        }
    }
}

/// The networks of a service; none for one that lives in another's.
fn networks(service: &Service) -> Vec<&str> {
    if service.network_mode.is_some() {
        return Vec::new();
    }
    if service.networks.is_empty() {
        return vec!["default"];
    }
    service.networks.iter().map(|network| network.name.raw()).collect()
}

/// Whether the project has an internal network, or one that others make and
/// that may be.
fn has_internal(project: &Project) -> bool {
    project.networks.iter().any(|network| {
        network.is_external()
            || network
                .value
                .get("internal")
                .is_some_and(|value| value.text().is_none_or(|text| text.raw() != "false"))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_stores_on_the_network_of_the_proxy() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            "
services:
  proxy:
  ~~~~~ the proxy
    image: nginx:1.27
    ports: ['80:80']
    networks: [app]
  db:
  ^^ [low] db and cache share the network of proxy
    image: postgres:16
    networks: [app]
  cache:
  ~~~~~ on the network of the proxy, too
    image: redis:7
    networks: [app]
networks: { app: }
",
        );
        check(
            &RULE,
            "docker-compose.prod.yml",
            "services:\n  proxy:\n  ~~~~~ the proxy\n    image: nginx:1.27\n    ports: ['80:80']\n  db:\n  ^^ [info] db shares the network of proxy\n    image: postgres:16\n",
        );
    }

    #[test]
    fn passes_stores_apart_and_stacks_without_proxy() {
        let stacks = [
            "services:\n  p:\n    image: nginx\n    ports: ['80:80']\n    networks: [edge]\n  db:\n    image: postgres\n    networks: [data]\nnetworks: { edge: , data: }\n",
            "services:\n  p:\n    image: nginx\n    ports: ['80:80']\n    networks: [a]\n  db:\n    image: postgres\n    networks: [a]\nnetworks: { a: { internal: true } }\n",
            "services:\n  p:\n    image: nginx\n    ports: ['80:80']\n    networks: [a]\n  db:\n    image: postgres\n    networks: [a]\nnetworks: { a: { external: true } }\n",
            "services:\n  api:\n    build: .\n    ports: ['80:80']\n  db:\n    image: postgres\n",
            "services:\n  p:\n    image: nginx\n    ports: ['127.0.0.1:80:80']\n  db:\n    image: postgres\n",
        ];
        for stack in stacks {
            check(&RULE, "docker-compose.prod.yml", stack);
        }
        check(
            &RULE,
            "docker-compose.yml",
            "services:\n  p:\n    image: nginx\n    ports: ['80:80']\n  db:\n    image: postgres\n",
        );
    }
}
