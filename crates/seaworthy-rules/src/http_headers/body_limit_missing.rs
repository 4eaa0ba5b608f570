//! `body-limit-missing`

use std::collections::HashSet;

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "body-limit-missing",
        group: Group::HttpHeaders,
        summary: "requests of any size are taken",
        help: include_str!("body_limit_missing.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[770, 400],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut seen: HashSet<(ArtifactPath, Region)> = HashSet::new();
    for site in cx.joined().nginx_sites() {
        let configuration = &site.configuration;
        for id in configuration.all() {
            let directive = configuration.get(id);
            let Some(size) = directive.args.first() else { continue };
            if !directive.is("client_max_body_size") || !is_zero(&size.value) {
                continue;
            }
            // A registry or a store of objects takes what it is given by design,
            // and one place for uploads is a decision.
            let aside = configuration.chain(id).skip(1).any(|level| {
                let level = configuration.get(level);
                level.is("location")
                    && level.args.iter().any(|word| {
                        !matches!(
                            word.value.as_str(),
                            "/" | "/api" | "/api/" | "=" | "~" | "~*" | "^~"
                        )
                    })
            });
            let artifact = configuration.artifact(id).clone();
            let region = configuration.region(id);
            if aside || is_store(artifact.as_str()) || !seen.insert((artifact.clone(), region)) {
                continue;
            }
            cx.report_in(
                &artifact,
                region,
                "`client_max_body_size 0` takes requests of any size: a single sender can fill the \
                 disk on which nginx keeps bodies, and what stands behind gets them whole. Set the \
                 largest size that is needed, and a larger one in the location for uploads alone.",
            )
            .evidence("client_max_body_size");
        }
    }
}

/// `0`, with or without a unit.
fn is_zero(size: &str) -> bool {
    let digits = size.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    !digits.is_empty() && digits.bytes().all(|byte| byte == b'0')
}

/// Whether a path tells of a program that stores whatever comes.
fn is_store(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["registry", "minio", "nexus", "artifactory", "harbor", "nextcloud", "gitlab", "gitea"]
        .iter()
        .any(|name| path.contains(name))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_requests_of_any_size() {
        check(
            &RULE,
            "nginx.conf",
            "
http {
  client_max_body_size 0;
  ^^^^^^^^^^^^^^^^^^^^^^ [low] any size
  server {
    listen 80;
    location / { client_max_body_size 0m; proxy_pass http://a; }
                 ^^^^^^^^^^^^^^^^^^^^^^^ [low] fill the disk
  }
}
",
        );
    }

    #[test]
    fn passes_limits_uploads_and_stores() {
        for text in [
            "server { listen 80; client_max_body_size 20m; root /x; }",
            "server { listen 80; root /x; }",
            "server { listen 80; location /upload { client_max_body_size 0; proxy_pass http://a; } }",
            "server { listen 80; # client_max_body_size 0;\n root /x; }",
        ] {
            check(&RULE, "nginx.conf", text);
        }
        check(
            &RULE,
            "registry/nginx.conf",
            "server { listen 80; client_max_body_size 0; location / { proxy_pass http://registry; } }",
        );
    }
}
