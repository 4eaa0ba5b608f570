//! `nginx-limit-req-unused`

use std::collections::{BTreeMap, HashSet};

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::nginx::{Directive, Word};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::files::nginx_files;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "nginx-limit-req-unused",
        group: Group::TlsAndDatabase,
        summary: "rate limit that nothing uses, or that was never declared",
        help: include_str!("nginx_limit_req_unused.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[770, 307],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut declared: BTreeMap<String, (ArtifactPath, Region)> = BTreeMap::new();
    let mut used: BTreeMap<String, Vec<(ArtifactPath, Region)>> = BTreeMap::new();
    for (artifact, file) in nginx_files(cx) {
        for (_, directive) in file.all() {
            let Some(zone) = zone(directive) else { continue };
            let name = zone_name(zone).to_owned();
            if zone.has_variable() {
                continue;
            }
            let place = (artifact.path().clone(), zone.whole());
            if directive.is("limit_req_zone") {
                declared.entry(name).or_insert(place);
            } else {
                used.entry(name).or_default().push(place);
            }
        }
    }
    let elsewhere = reads_elsewhere(cx);
    for (name, (artifact, region)) in &declared {
        if !used.contains_key(name) && !elsewhere {
            let message = format!(
                "The zone `{name}` is declared and no `limit_req` uses it, so nothing is limited by \
                 it. Put `limit_req zone={name};` into the locations that sign people in."
            );
            cx.report_in(artifact, *region, message).evidence(name.as_str());
        }
    }
    // Only a whole configuration shows that a zone is declared nowhere.
    let whole: HashSet<ArtifactPath> = cx
        .joined()
        .nginx_sites()
        .iter()
        .filter(|site| {
            let configuration = &site.configuration;
            site.whole && configuration.all().all(|id| !configuration.is_open_here(Some(id)))
        })
        .flat_map(|site| site.configuration.files().iter().map(|(path, _)| path.clone()))
        .collect();
    for (name, places) in used.iter().filter(|(name, _)| !declared.contains_key(*name)) {
        for (artifact, region) in places.iter().filter(|(artifact, _)| whole.contains(artifact)) {
            let message = format!(
                "No `limit_req_zone` declares the zone `{name}`: nginx refuses to start. Declare it \
                 in `http`."
            );
            cx.report_in(artifact, *region, message).evidence(name.as_str());
        }
    }
}

/// Whether some configuration includes what cannot be read, and with it perhaps
/// the use of a zone.
fn reads_elsewhere(cx: &Context<'_>) -> bool {
    cx.joined().nginx_sites().iter().any(|site| {
        let configuration = &site.configuration;
        configuration.is_open_here(None)
            || configuration.all().any(|id| configuration.is_open_here(Some(id)))
    })
}

/// The word that names the zone.
fn zone(directive: &Directive) -> Option<&Word> {
    if !directive.is("limit_req_zone") && !directive.is("limit_req") {
        return None;
    }
    directive.args.iter().find(|word| word.value.starts_with("zone="))
}

fn zone_name(word: &Word) -> &str {
    let value = word.value.strip_prefix("zone=").unwrap_or("");
    value.split(':').next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_zones_that_nothing_uses_or_declares() {
        check(
            &RULE,
            "nginx.conf",
            "
http {
  limit_req_zone $binary_remote_addr zone=login:10m rate=5r/m;
                                     ^^^^^^^^^^^^^^ [medium] no `limit_req` uses it
  limit_req_zone $binary_remote_addr zone=api:10m rate=5r/s;
  server {
    listen 80;
    # limit_req zone=login;
    location /api/ { limit_req zone=api burst=5; proxy_pass http://a; }
    location /b/ { limit_req zone=gone; }
                             ^^^^^^^^^ [medium] refuses to start
  }
}
",
        );
    }

    #[test]
    fn zones_are_looked_for_in_all_files() {
        check_files(
            &RULE,
            "
//- nginx/nginx.conf
http { limit_req_zone $binary_remote_addr zone=one:10m rate=1r/s; include conf.d/*.conf; }
//- nginx/conf.d/a.conf
server { listen 80; location / { limit_req zone=one; } }
",
        );
        // What stands around a file of servers is not known.
        check(&RULE, "nginx/default.conf", "server { listen 80; limit_req zone=one; }");
        check(
            &RULE,
            "nginx.conf",
            "http { limit_req_zone $x zone=a:1m rate=1r/s; server { include /srv/else/*.inc; } }",
        );
    }
}
