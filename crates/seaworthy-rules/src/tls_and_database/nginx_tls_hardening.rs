//! `nginx-tls-hardening`

use std::collections::HashSet;

use seaworthy_analysis::joined::NginxSite;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::nginx::NodeId;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "nginx-tls-hardening",
        group: Group::TlsAndDatabase,
        summary: "server with TLS whose sessions are left as nginx has them",
        help: include_str!("nginx_tls_hardening.md"),
        severity: Severity::Info,
        precision: Precision::Medium,
        cwe: &[326],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// The most servers of one configuration that are looked at.
const MOST_SERVERS: usize = 200;

fn check(cx: &mut Context<'_>) {
    let mut seen: HashSet<(ArtifactPath, Region)> = HashSet::new();
    for site in cx.joined().nginx_sites() {
        let configuration = &site.configuration;
        let servers = configuration.servers().take(MOST_SERVERS);
        // One remark for a configuration: servers are set up alike.
        let found = servers
            .filter(|&server| site.speaks_tls(server) && !configuration.is_open(server))
            .find_map(|server| Some((server, lacking(site, server)?)));
        let Some((server, lacking)) = found else { continue };
        let place = (configuration.artifact(server).clone(), configuration.region(server));
        if seen.insert(place.clone()) {
            let message = format!("This server with TLS could be set up better: {lacking}.");
            cx.report_in(&place.0, place.1, message).evidence("tls-hardening");
        }
    }
}

/// What a server lacks; `None` for one that lacks nothing.
fn lacking(site: &NginxSite, server: NodeId) -> Option<String> {
    let configuration = &site.configuration;
    let set = |name: &str| {
        let node = configuration.setting(server, name)?;
        Some(configuration.get(node).arg(0).unwrap_or("").to_owned())
    };
    let mut lacking = Vec::new();
    if set("ssl_session_cache").is_none_or(|cache| matches!(cache.as_str(), "none" | "off")) {
        lacking.push(
            "without `ssl_session_cache shared:…` visitors who come back make a full handshake",
        );
    }
    if set("ssl_session_tickets").is_none_or(|told| told == "on")
        && set("ssl_session_ticket_key").is_none()
    {
        lacking.push("`ssl_session_tickets` is on, and keys of tickets that live as long as nginx runs weaken forward secrecy");
    }
    if set("ssl_stapling").is_some_and(|told| told == "on")
        && set("resolver").is_none()
        && set("ssl_stapling_file").is_none()
    {
        lacking.push("`ssl_stapling` does nothing without a `resolver`");
    }
    (!lacking.is_empty()).then(|| lacking.join("; "))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    fn server(settings: &str, mark: &str) -> String {
        format!("\nserver {{\n{mark}  listen 443 ssl;\n  {settings}\n  root /x;\n}}\n")
    }

    #[test]
    fn tells_what_could_be_better() {
        for (settings, words) in [
            ("", "`ssl_session_cache"),
            ("ssl_session_cache shared:a:10m;", "`ssl_session_tickets` is on"),
            (
                "ssl_session_cache shared:a:10m; ssl_session_tickets off; ssl_stapling on;",
                "without a `resolver`",
            ),
        ] {
            let mark = format!("^^^^^^ [info] {words}\n");
            check(&RULE, "nginx.conf", &server(settings, &mark));
        }
    }

    #[test]
    fn passes_servers_in_order_in_clear_text_and_unknown() {
        for settings in [
            "ssl_session_cache shared:a:10m; ssl_session_tickets off;",
            "ssl_session_cache shared:a:10m; ssl_session_tickets off; ssl_stapling on; resolver 9.9.9.9;",
            "include /etc/letsencrypt/options-ssl.conf;",
        ] {
            check(&RULE, "nginx.conf", &server(settings, ""));
        }
        check(&RULE, "nginx.conf", "server { listen 80; root /x; }");
    }
}
