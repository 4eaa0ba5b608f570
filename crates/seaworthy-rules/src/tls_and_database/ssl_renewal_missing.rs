//! `ssl-renewal-missing`

use seaworthy_analysis::joined::{NginxSite, Stack};
use seaworthy_analysis::roles::is_vendored;
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot, DocumentKind};
use seaworthy_formats::compose::{ImageName, Service, VolumeKind, VolumeRef};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use crate::compose::proxy_targets::{readers, readers_of};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ssl-renewal-missing",
        group: Group::TlsAndDatabase,
        summary: "certificates of Let's Encrypt that nothing renews",
        help: include_str!("ssl_renewal_missing.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[298],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// The most files that are searched.
const MOST_TEXTS: usize = 2_000;

/// Images that get and renew certificates themselves, and tell the server.
const RENEWING: [&str; 7] = [
    "acme-companion",
    "letsencrypt-nginx-proxy-companion",
    "nginx-certbot",
    "swag",
    "lego",
    "acme.sh",
    "nginx-proxy-manager",
];

/// What is said of renewal outside of Compose.
#[derive(Clone, Copy, Default)]
struct Spoken {
    renews: bool,
    reloads: bool,
}

fn check(cx: &mut Context<'_>) {
    let sites = cx.joined().nginx_sites();
    if sites.iter().all(|site| certificate(site).is_none()) {
        return;
    }
    let mut spoken = None;
    for stack in cx.joined().stacks().iter().filter(|stack| stack.may_be_production()) {
        let readers = readers(cx, stack);
        let found = sites.iter().filter(|site| certificate(site).is_some()).find_map(|site| {
            readers_of(&readers, &site.artifact)
                .find_map(|proxy| Some((site, proxy, own_certificates(stack, proxy)?)))
        });
        let Some((site, proxy, volume)) = found else { continue };
        let services = &stack.project().services;
        if services.iter().any(renews_by_image) {
            continue;
        }
        let spoken = *spoken.get_or_insert_with(|| search(cx.snapshot()));
        let renewing = services.iter().any(|service| line(service).contains("renew"));
        let reloading = line(proxy).contains("reload") || line(proxy).contains("HUP");
        let message = if !renewing && !spoken.renews {
            "The certificates of Let's Encrypt that nginx reads from here last 90 days, and nothing \
             in the repository renews them. Run `certbot renew` on a schedule, and reload nginx \
             after it."
        } else if renewing && !reloading && !spoken.reloads {
            "The certificates that nginx reads from here are renewed, but nothing tells nginx: it \
             goes on with the old one until it expires. Reload nginx on a schedule or by a deploy \
             hook of certbot."
        } else {
            continue;
        };
        let origin = volume.origin();
        let used = certificate(site);
        let draft = cx.report_in(&origin.artifact, origin.region, message).evidence("letsencrypt");
        if let Some((artifact, region)) = used {
            draft.related(artifact, region, "used here");
        }
    }
}

/// Where a certificate is named.
fn certificate(site: &NginxSite) -> Option<(&ArtifactPath, Region)> {
    let configuration = &site.configuration;
    let node = configuration.all().find(|&id| {
        let directive = configuration.get(id);
        directive.is("ssl_certificate")
            && directive.arg(0).is_some_and(|path| path.starts_with("/etc/letsencrypt/"))
    })?;
    Some((configuration.artifact(node), configuration.region(node)))
}

/// The mount of certificates that belong to the stack. What the host keeps under
/// `/etc` is renewed by the host's own certbot.
fn own_certificates<'s>(stack: &Stack, proxy: &'s Service) -> Option<&'s VolumeRef> {
    proxy.volumes.iter().find(|volume| {
        let lookup = |name: &str| stack.variable(name).map(|value| value.reveal().to_owned());
        let Ok(resolved) = volume.resolve(&lookup) else { return false };
        let target = resolved.target.trim_end_matches('/');
        let own = match resolved.kind {
            VolumeKind::Bind => resolved.source.is_some_and(|source| source.starts_with('.')),
            VolumeKind::Volume => true,
            _ => false,
        };
        own && target == "/etc/letsencrypt"
    })
}

fn renews_by_image(service: &Service) -> bool {
    let name = service.image.as_ref().and_then(ImageName::of);
    name.is_some_and(|image| RENEWING.contains(&image.name()))
}

/// All that a service runs.
fn line(service: &Service) -> String {
    [&service.entrypoint, &service.command]
        .into_iter()
        .flatten()
        .map(seaworthy_formats::compose::Command::line)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What scripts, timers, pipelines and documents say.
fn search(snapshot: &Snapshot) -> Spoken {
    let mut spoken = Spoken::default();
    let files = snapshot.artifacts().iter().filter(|artifact| {
        artifact.kind() != DocumentKind::Compose && may_speak(artifact.path().as_str())
    });
    for artifact in files.take(MOST_TEXTS) {
        let Some(text) = snapshot.text(artifact) else { continue };
        spoken.renews |= renews(text);
        spoken.reloads |= reloads(text);
    }
    spoken
}

fn may_speak(path: &str) -> bool {
    const ENDS: [&str; 13] = [
        ".sh", ".yml", ".yaml", ".service", ".timer", ".md", ".py", ".tf", ".cron", ".txt",
        ".json", ".bash", ".js",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    !is_vendored(path)
        && (ENDS.iter().any(|end| name.ends_with(end))
            || !name.contains('.')
            || name.contains("Dockerfile"))
}

fn renews(text: &str) -> bool {
    ["certbot", "acme", "letsencrypt", "lego", "dehydrated"].iter().any(|it| text.contains(it))
        && text.contains("renew")
}

fn reloads(text: &str) -> bool {
    text.contains("nginx")
        && ["reload", "restart", "HUP", "hook"].iter().any(|word| text.contains(word))
}

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    let Some(text) = text.filter(|_| may_speak(path)) else { return 0 };
    u64::from(renews(text)) | u64::from(reloads(text)) << 1
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    fn with(volume: &str, mark: &str, more: &str) -> String {
        format!(
            "
//- docker-compose.prod.yml
services:
  proxy:
    image: nginx:1.27
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
      - {volume}
{mark}
{more}
//- nginx.conf
http {{
  server {{
    listen 443 ssl;
    ssl_certificate /etc/letsencrypt/live/shop/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/shop/privkey.pem;
    root /x;
  }}
}}
"
        )
    }

    const MARK: &str = "        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^";

    #[test]
    fn flags_certificates_that_nothing_renews() {
        let volume = "./certbot/conf:/etc/letsencrypt:ro ";
        let mark = format!("{} [low] nothing in the repository renews", &MARK[..MARK.len() - 1]);
        check_files(&RULE, &with(volume, &mark, ""));
        check_files(
            &RULE,
            &with(
                volume,
                &mark,
                "  certbot:\n    image: certbot/certbot:v3\n    command: certonly --webroot\n",
            ),
        );
    }

    #[test]
    fn flags_renewal_that_nginx_is_not_told() {
        let mark = format!("{} [low] nothing tells nginx", &MARK[..MARK.len() - 1]);
        check_files(
            &RULE,
            &with(
                "./certbot/conf:/etc/letsencrypt:ro ",
                &mark,
                "  certbot:\n    image: certbot/certbot:v3\n    entrypoint: /bin/sh -c 'while :; do certbot renew; sleep 12h; done'\n",
            ),
        );
    }

    #[test]
    fn passes_what_is_renewed_somewhere() {
        for (volume, more) in [
            ("/etc/letsencrypt:/etc/letsencrypt:ro", ""),
            ("./certs:/etc/ssl:ro", ""),
            (
                "certs:/etc/letsencrypt",
                "    command: /bin/sh -c 'while :; do sleep 6h; nginx -s reload; done & nginx'\n  certbot:\n    image: certbot/certbot:v3\n    entrypoint: /bin/sh -c 'while :; do certbot renew; sleep 12h; done'\n",
            ),
            ("certs:/etc/letsencrypt", "  acme:\n    image: nginxproxy/acme-companion:2\n"),
            (
                "certs:/etc/letsencrypt",
                "//- scripts/renew.sh\ndocker compose run certbot renew && docker compose exec proxy nginx -s reload\n",
            ),
            (
                "certs:/etc/letsencrypt",
                "//- README.md\nA timer on the host runs certbot renew and restarts nginx.\n",
            ),
        ] {
            check_files(&RULE, &with(volume, "", more));
        }
    }
}
