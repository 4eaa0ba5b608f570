//! `powered-by-exposed`

use std::collections::HashSet;

use seaworthy_analysis::joined::NginxSite;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::http::{Disclosure, discloses};
use seaworthy_formats::nginx::{Body, Configuration, Entry, NodeId, Surroundings};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::seen::Seen;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "powered-by-exposed",
        group: Group::HttpHeaders,
        summary: "answer that tells which software and version gives it",
        help: include_str!("powered_by_exposed.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[200],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// The most servers of one configuration that are judged.
const MOST_SERVERS: usize = 200;

fn check(cx: &mut Context<'_>) {
    let mut seen: HashSet<(ArtifactPath, Region)> = HashSet::new();
    for site in cx.joined().nginx_sites() {
        version(cx, site, &mut seen);
    }
    declared(cx);
}

/// Every page is there, every server behind answers.
struct Deployed;

impl Surroundings for Deployed {
    fn entry(&self, _path: &str) -> Entry {
        Entry::File
    }

    fn upstream(&self, _location: NodeId) -> u16 {
        200
    }
}

/// One finding a configuration: nginx names its version unless it is told not to.
fn version(cx: &mut Context<'_>, site: &NginxSite, seen: &mut HashSet<(ArtifactPath, Region)>) {
    let configuration = &site.configuration;
    for server in configuration.servers().take(MOST_SERVERS) {
        let response = configuration.respond(server, "/", &Deployed);
        // A redirect tells as much, but whoever hides nothing there hides it in
        // the server that it leads to.
        if configuration.is_open(server) || !(200..300).contains(&response.status) {
            continue;
        }
        let level = response.level;
        let own = configuration
            .more_set(level)
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("server"));
        if own || clears_server(configuration) {
            continue;
        }
        let (artifact, region, edit) = match configuration.setting(level, "server_tokens") {
            Some(node) => {
                let told = configuration.get(node).arg(0).unwrap_or("on");
                if !matches!(told, "on" | "build") {
                    continue;
                }
                let Some(word) = configuration.get(node).args.first() else { continue };
                let artifact = configuration.artifact(node).clone();
                let edit = Edit::safe("Hide the version").replace(&artifact, word.whole(), "off");
                (artifact, configuration.region(node), Some(edit))
            }
            None => {
                let artifact = configuration.artifact(server).clone();
                let edit = inserted(cx, configuration, server);
                (artifact, configuration.region(server), edit)
            }
        };
        if !seen.insert((artifact.clone(), region)) {
            return;
        }
        let draft = cx
            .report_in(
                &artifact,
                region,
                "nginx tells its version in every answer and on its error pages, which spares \
                 attackers the search for a hole that fits. Set `server_tokens off;`.",
            )
            .evidence("server_tokens");
        if let Some(edit) = edit {
            draft.fix(edit);
        }
        return;
    }
}

/// Whether a module takes the header away anywhere.
fn clears_server(configuration: &Configuration) -> bool {
    configuration.all().any(|id| {
        let directive = configuration.get(id);
        directive.is("more_clear_headers")
            && directive.args.iter().any(|word| word.value.eq_ignore_ascii_case("server"))
    })
}

/// As the first line of `http`, else of the server.
fn inserted(cx: &Context<'_>, configuration: &Configuration, server: NodeId) -> Option<Edit> {
    let block =
        configuration.chain(server).find(|&id| configuration.get(id).is("http")).unwrap_or(server);
    let directive = configuration.get(block);
    let Body::Block { region, .. } = &directive.body else { return None };
    let artifact = configuration.artifact(block);
    let text = cx.snapshot().text(cx.snapshot().artifact(artifact.as_str())?)?;
    let first = *configuration.children(block).first()?;
    if configuration.artifact(first) != artifact {
        return None;
    }
    let start = configuration.region(first).start;
    let line = text.get(region.start..start)?;
    let indent = line.rsplit_once('\n').map(|(_, indent)| indent);
    let (gap, indent) = match indent {
        Some(indent) if indent.trim().is_empty() => ("\n", indent),
        _ => (" ", ""),
    };
    Some(Edit::safe("Hide the version").insert(
        artifact,
        region.start,
        format!("{gap}{indent}server_tokens off;"),
    ))
}

/// Headers that are declared to tell what runs.
fn declared(cx: &mut Context<'_>) {
    let mut seen = Seen::default();
    for app in cx.joined().header_apps() {
        for name in
            ["server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator"]
        {
            for rule in app.setters(name) {
                // A name of one's own tells nothing; a product's does.
                let Some(told) = discloses(&rule.name.value, &rule.value.value) else { continue };
                let product = told == Disclosure::Version || name != "server";
                if !product || !seen.first(rule) {
                    continue;
                }
                let message = format!(
                    "`{}` tells every visitor which software answers. Nobody but attackers needs \
                     it; remove the header.",
                    rule.name.value
                );
                cx.report_in(&rule.artifact, rule.name.region, message).evidence(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_a_server_that_tells_its_version() {
        check(
            &RULE,
            "nginx/default.conf",
            "\nserver {\n^^^^^^ [low] server_tokens off\n  listen 80;\n  root /x;\n}\nserver { listen 81; root /y; }\n",
        );
        check(
            &RULE,
            "nginx.conf",
            "\nhttp {\n  server_tokens on;\n  ^^^^^^^^^^^^^^^^ [low] tells its version\n  server { listen 80; root /x; }\n}\n",
        );
    }

    #[test]
    fn flags_headers_that_tell_what_runs() {
        check(
            &RULE,
            "public/_headers",
            "\n/*\n  X-Powered-By: Next.js\n  ^^^^^^^^^^^^ [low] which software\n  Server: nginx/1.25\n  ^^^^^^ [low] `Server`\n",
        );
        check(&RULE, "public/_headers", "/*\n  Server: lighthouse\n  ! X-Powered-By\n");
    }

    #[test]
    fn passes_what_is_hidden_or_unknown() {
        for text in [
            "http { server_tokens off; server { listen 80; root /x; } }",
            "server { listen 80; server_tokens off; root /x; }",
            "server { listen 80; server_tokens ''; root /x; }",
            "server { listen 80; more_clear_headers Server; root /x; }",
            "server { listen 80; more_set_headers 'Server: x'; root /x; }",
            "server { listen 80; include /etc/elsewhere/hardening.conf; root /x; }",
            "server { listen 80; return 301 https://a.example$request_uri; }",
        ] {
            check(&RULE, "nginx.conf", text);
        }
        check_files(
            &RULE,
            "
//- nginx/nginx.conf
http { include conf.d/*.conf; }
//- nginx/conf.d/a.conf
server_tokens off;
server { listen 80; root /x; }
",
        );
    }

    #[test]
    fn the_version_is_hidden_for_all_servers() {
        check_fix(
            &RULE,
            "nginx.conf",
            "http {\n    sendfile on;\n    server { listen 80; root /x; }\n}\n",
            "http {\n    server_tokens off;\n    sendfile on;\n    server { listen 80; root /x; }\n}\n",
        );
    }
}
