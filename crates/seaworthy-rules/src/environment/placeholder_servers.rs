//! Placeholder domains in the configurations of web servers: names of nginx's
//! servers, paths of their certificates, addresses of Caddy's sites.

use std::collections::BTreeSet;

use seaworthy_analysis::Context;
use seaworthy_analysis::joined::NginxSite;
use seaworthy_formats::http::Provider;
use seaworthy_formats::nginx::NodeId;
use seaworthy_model::{ArtifactPath, Region};

use super::placeholder_domain_in_production;

/// The most servers of one configuration that are judged; only a hostile file has
/// more.
const MOST_SERVERS: usize = 200;

/// Reports each server once, at its name or else at its certificate.
pub(super) fn check(cx: &mut Context<'_>) {
    let mut seen: BTreeSet<(ArtifactPath, Region)> = BTreeSet::new();
    for site in cx.joined().nginx_sites() {
        for server in site.configuration.servers().take(MOST_SERVERS) {
            let Some((node, word, domain)) = named(site, server) else { continue };
            let artifact = site.configuration.artifact(node).clone();
            let directive = site.configuration.get(node).name.value.clone();
            if !seen.insert((artifact.clone(), word)) {
                continue;
            }
            let message = format!(
                "`{directive}` still holds the placeholder {domain}: nginx answers for a domain \
                 that is not yours, or has no certificate for yours. Set the real one."
            );
            cx.report_in(&artifact, word, message).evidence(format!("{directive}:{domain}"));
        }
    }
    for app in cx.joined().header_apps().iter().filter(|app| app.provider == Provider::Caddy) {
        let artifact = cx.snapshot().artifact(app.artifact.as_str());
        let text = artifact.and_then(|artifact| cx.snapshot().text(artifact)).unwrap_or("");
        let addresses = text.get(app.anchor.range()).unwrap_or("");
        let mut at = app.anchor.start;
        for part in addresses.split(|c: char| c == ',' || c.is_whitespace()) {
            let host = part.split_once("://").map_or(part, |(_, host)| host);
            let host = host.split([':', '/']).next().unwrap_or("");
            let region = Region::new(at, at + part.len());
            at += part.len() + 1;
            let Some(domain) = domain_of(host) else { continue };
            let exact = text.get(region.range()) == Some(part);
            if exact && seen.insert((app.artifact.clone(), region)) {
                let message = format!(
                    "This site of Caddy still has the placeholder {domain} as its address: it \
                     gets no certificate and nobody reaches it. Set the real one."
                );
                cx.report_in(&app.artifact, region, message).evidence(format!("caddy:{domain}"));
            }
        }
    }
}

/// The directive of a server that holds a placeholder, the word, and the domain.
fn named(site: &NginxSite, server: NodeId) -> Option<(NodeId, Region, String)> {
    let configuration = &site.configuration;
    let words = |name: &'static str| {
        configuration
            .named(server, name)
            .flat_map(move |node| configuration.get(node).args.iter().map(move |word| (node, word)))
    };
    let name = words("server_name").find_map(|(node, word)| {
        let domain = domain_of(word.value.trim_start_matches("*.").trim_start_matches('.'))?;
        Some((node, word.whole(), domain))
    });
    name.or_else(|| {
        let paths = words("ssl_certificate").chain(words("ssl_certificate_key"));
        paths.into_iter().find_map(|(node, word)| {
            let domain = word.value.split('/').find_map(|part| {
                let part = [".crt", ".pem", ".key", ".cer"]
                    .iter()
                    .find_map(|end| part.strip_suffix(end))
                    .unwrap_or(part);
                domain_of(part)
            })?;
            Some((node, word.whole(), domain))
        })
    })
}

/// The placeholder domain of a name. A name of one's own below `.example` stands
/// for a real one in papers and demonstrations; only words that say so count.
fn domain_of(name: &str) -> Option<String> {
    let found = placeholder_domain_in_production::domain_of(name)?;
    if let Some(own) = name.strip_suffix(".example") {
        placeholder_domain_in_production::domain_of(&format!("{own}.com"))?;
    }
    Some(found)
}
