//! `nginx-http-redirect`

use std::collections::HashSet;

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::nginx::{Configuration, Entry, NodeId, Surroundings};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "nginx-http-redirect",
        group: Group::TlsAndDatabase,
        summary: "site with HTTPS that also answers in clear text",
        help: include_str!("nginx_http_redirect.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[319],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// The most servers of one configuration that are judged; only a hostile file has
/// more.
const MOST_SERVERS: usize = 200;

/// Every page is there, every server behind answers.
struct Deployed;

impl Surroundings for Deployed {
    fn entry(&self, path: &str) -> Entry {
        match path.ends_with('/') {
            true => Entry::Directory,
            false => Entry::File,
        }
    }

    fn upstream(&self, _location: NodeId) -> u16 {
        200
    }
}

fn check(cx: &mut Context<'_>) {
    let mut seen: HashSet<(ArtifactPath, Region)> = HashSet::new();
    for site in cx.joined().nginx_sites() {
        let configuration = &site.configuration;
        let servers: Vec<NodeId> = configuration.servers().take(MOST_SERVERS).collect();
        let secure: Vec<NodeId> =
            servers.iter().copied().filter(|&server| site.speaks_tls(server)).collect();
        if secure.is_empty() {
            // Where nothing has TLS, something before it has.
            continue;
        }
        for &server in &servers {
            if !site.listens_in_clear(server, 80) || !answers_in_clear(configuration, server) {
                continue;
            }
            let same = secure.contains(&server);
            let twin =
                secure.iter().copied().find(|&other| shares_name(configuration, server, other));
            let (severity, message) = match twin {
                Some(_) => (
                    Severity::High,
                    "The site has HTTPS, and port 80 answers with content all the same: whoever \
                     comes by `http://` stays there, and passwords and sessions go over the line in \
                     clear text. Answer `return 301 https://$host$request_uri;`.",
                ),
                None => (
                    Severity::Low,
                    "This server answers other names over plain HTTP, beside sites that have HTTPS. \
                     If people reach it, redirect them; if not, `return 444;`.",
                ),
            };
            let at = if same { listen_in_clear(configuration, server) } else { None };
            let region = at.map_or(configuration.region(server), |node| configuration.region(node));
            let artifact = configuration.artifact(server).clone();
            if seen.insert((artifact.clone(), region)) {
                let draft = cx
                    .report_in(&artifact, region, message)
                    .severity(severity)
                    .evidence(names(configuration, server).join(" "));
                if let Some(other) = twin.filter(|_| !same) {
                    draft.related(
                        configuration.artifact(other),
                        configuration.region(other),
                        "the same site with HTTPS",
                    );
                }
            }
        }
    }
}

/// Whether a visitor of the start page gets content, and no condition may send
/// them elsewhere.
fn answers_in_clear(configuration: &Configuration, server: NodeId) -> bool {
    if configuration.is_open(server) || redirects_somewhere(configuration, server) {
        return false;
    }
    ["/", "/a"].iter().all(|path| {
        let response = configuration.respond(server, path, &Deployed);
        (200..300).contains(&response.status) && response.certain
    })
}

/// Whether any condition or rewrite of the server leads to HTTPS: certbot and
/// others write them in many ways.
fn redirects_somewhere(configuration: &Configuration, server: NodeId) -> bool {
    configuration.all().any(|id| {
        let directive = configuration.get(id);
        let leads = match directive.name.value.as_str() {
            "return" | "rewrite" => {
                directive.args.iter().any(|word| word.value.contains("https://"))
            }
            "error_page" => directive.args.iter().any(|word| word.value == "497"),
            _ => false,
        };
        leads && configuration.chain(id).skip(1).any(|block| block == server)
    })
}

fn listen_in_clear(configuration: &Configuration, server: NodeId) -> Option<NodeId> {
    configuration.named(server, "listen").find(|&listen| {
        let directive = configuration.get(listen);
        !directive.args.iter().any(|word| matches!(word.value.as_str(), "ssl" | "quic"))
    })
}

fn names(configuration: &Configuration, server: NodeId) -> Vec<String> {
    configuration
        .named(server, "server_name")
        .flat_map(|node| configuration.get(node).args.iter())
        .map(|word| word.value.to_ascii_lowercase())
        .collect()
}

/// Whether two servers are one site: the same one, or of one name. Without any
/// name both answer whatever comes.
fn shares_name(configuration: &Configuration, server: NodeId, other: NodeId) -> bool {
    if server == other {
        return true;
    }
    let (ours, theirs) = (names(configuration, server), names(configuration, other));
    let any =
        |names: &[String]| names.iter().all(|name| matches!(name.as_str(), "_" | "" | "localhost"));
    (any(&ours) && any(&theirs)) || ours.iter().any(|name| theirs.contains(name))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    const TLS: &str = "server { listen 443 ssl; server_name a.example; root /x; }";

    #[test]
    fn flags_content_in_clear_text_beside_https() {
        check(
            &RULE,
            "nginx.conf",
            &format!(
                "
{TLS}
server {{
^^^^^^ [high] port 80 answers with content
  listen 80; server_name a.example;
  location / {{ proxy_pass http://app; }}
}}
server {{
^^^^^^ [low] other names
  listen 80; server_name b.example;
  root /x;
}}
"
            ),
        );
        check(
            &RULE,
            "nginx.conf",
            "
server {
  listen 80;
  ^^^^^^^^^ [high] port 80
  listen 443 ssl;
  root /x;
  # return 301 https://$host$request_uri;
}
",
        );
    }

    #[test]
    fn passes_redirects_and_what_tls_stands_before() {
        for clear in [
            "server { listen 80; server_name a.example; return 301 https://$host$request_uri; }",
            "server { listen 80; server_name a.example; location /.well-known/ { root /x; } location / { return 308 https://$host$request_uri; } }",
            "server { listen 80; server_name a.example; if ($host = a.example) { return 301 https://$host$request_uri; } return 404; }",
            "server { listen 80; server_name a.example; rewrite ^ https://$server_name$request_uri? permanent; }",
            "server { listen 80 default_server; return 444; }",
            "server { listen 8080; server_name a.example; root /x; }",
            "server { listen 80; server_name a.example; include /etc/elsewhere/redirect.conf; root /x; }",
            "server { listen 80; server_name a.example; location = /health { return 200; } location / { return 404; } }",
        ] {
            check(&RULE, "nginx.conf", &format!("{TLS}\n{clear}"));
        }
        check(&RULE, "nginx.conf", "server { listen 80; root /x; }");
    }
}
