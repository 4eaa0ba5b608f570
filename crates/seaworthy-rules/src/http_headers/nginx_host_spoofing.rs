//! `nginx-host-spoofing`

use std::collections::{BTreeMap, HashMap, HashSet};

use seaworthy_analysis::joined::NginxSite;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::nginx::{Configuration, NodeId, Word};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "nginx-host-spoofing",
        group: Group::HttpHeaders,
        summary: "application that is told whatever host a client makes up",
        help: include_str!("nginx_host_spoofing.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[644],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// The most servers of one configuration that are compared.
const MOST_SERVERS: usize = 200;

/// The most places of one configuration that pass requests on.
const MOST_PROXIES: usize = 2_000;

/// The most directives for `Host` of one level; a second is a mistake already.
const MOST_HOSTS: usize = 4;

/// What a `Host` for the application is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    /// Of the client's header, in a server that takes any name.
    AnyHeader,
    /// Of the client's header, in a server that was chosen by its name.
    Header,
    /// Of a parameter or a cookie.
    Parameter,
}

/// A directive that sets `Host`.
struct Spoofed {
    artifact: ArtifactPath,
    made: Made,
    /// The variable.
    value: Region,
    /// Whether what stands there is the variable alone.
    alone: bool,
    name: String,
    /// The server where it is worst.
    server: (ArtifactPath, Region),
}

fn check(cx: &mut Context<'_>) {
    let mut found: BTreeMap<(ArtifactPath, Region), Spoofed> = BTreeMap::new();
    for site in cx.joined().nginx_sites() {
        of_site(site, &mut found);
    }
    for ((artifact, region), spoofed) in found {
        let name = &spoofed.name;
        let (severity, message) = match spoofed.made {
            Made::Parameter => (
                Severity::Medium,
                format!(
                    "The host that the application is told is taken from `{name}`, which is in \
                     every link that somebody is sent: it goes into redirects, links of mails and \
                     caches. Use `$host`."
                ),
            ),
            Made::Header => (
                Severity::Medium,
                format!(
                    "`{name}` is the Host header as the client wrote it, while the server is chosen \
                     by the name in the request line if there is one: the application can be told \
                     another host than those of this server, and puts it into redirects, links of \
                     mails and caches. Use `$host`."
                ),
            ),
            Made::AnyHeader => (
                Severity::Low,
                format!(
                    "`{name}` is the Host header as the client wrote it, and no other server here \
                     takes the names that this one does not have: the application can be told any \
                     host, and puts it into redirects, links of mails and caches. Use `$host`, and \
                     let a default server refuse other names."
                ),
            ),
        };
        let draft = cx.report_in(&artifact, region, message);
        draft.severity(severity).evidence(name.as_str()).related(
            &spoofed.server.0,
            spoofed.server.1,
            "the server that passes it on",
        );
        // Without the port of the header links change where it is not the usual one.
        if spoofed.alone {
            let edit = Edit::risky("Pass on the host that the server was chosen by");
            draft.fix(edit.replace(&spoofed.artifact, spoofed.value, "$host"));
        }
    }
}

fn of_site(site: &NginxSite, found: &mut BTreeMap<(ArtifactPath, Region), Spoofed>) {
    let configuration = &site.configuration;
    let servers: Vec<NodeId> = configuration.servers().take(MOST_SERVERS).collect();
    let passing = configuration.all().filter(|&id| {
        let directive = configuration.get(id);
        directive.is("proxy_pass") || directive.is("grpc_pass")
    });
    let mut levels = HashMap::new();
    // The header, and what maps make of it.
    let mut of_header = HashSet::from(["$http_host"]);
    for directive in configuration.all().map(|id| configuration.get(id)) {
        if directive.is("map") && directive.arg(0).is_some_and(|it| it.contains("http_host")) {
            of_header.extend(directive.arg(1));
        }
    }
    let mut checked: HashMap<NodeId, bool> = HashMap::new();
    for pass in passing.take(MOST_PROXIES) {
        let Some(server) = configuration.chain(pass).find(|id| servers.contains(id)) else {
            continue;
        };
        let setting = match configuration.get(pass).is("grpc_pass") {
            true => "grpc_set_header",
            false => "proxy_set_header",
        };
        if *checked.entry(server).or_insert_with(|| checks(configuration, server, &of_header)) {
            continue;
        }
        for header in in_effect(configuration, pass, setting, &mut levels) {
            let directive = configuration.get(header);
            let [_, value, ..] = directive.args.as_slice() else { continue };
            let Some(made) = made(site, &servers, server, value) else { continue };
            let artifact = configuration.artifact(header).clone();
            let place = (artifact.clone(), configuration.region(header));
            if found.get(&place).is_none_or(|before| before.made < made) {
                let spoofed = Spoofed {
                    artifact,
                    made,
                    value: value.whole(),
                    alone: matches!(value.value.as_str(), "$http_host" | "${http_host}"),
                    name: value.value.clone(),
                    server: (configuration.artifact(server).clone(), configuration.region(server)),
                };
                found.insert(place, spoofed);
            }
        }
    }
}

/// Whether a server, or a location of it, asks about one of some variables.
fn checks(configuration: &Configuration, server: NodeId, variables: &HashSet<&str>) -> bool {
    let blocks = std::iter::once(server).chain(configuration.locations(server));
    blocks.flat_map(|block| configuration.named(block, "if")).any(|id| {
        let words = configuration.get(id).args.iter();
        let mut words = words.map(|word| word.value.trim_matches(['(', ')']));
        words.any(|word| variables.contains(word))
    })
}

/// The directives that set `Host` on a level, and whether the level is where the
/// search for them ends.
type Level = (Vec<NodeId>, bool);

/// The directives that set `Host` where requests are passed on: of the nearest
/// level that sets any header, and of no other. Each level is gone through once.
fn in_effect(
    configuration: &Configuration,
    pass: NodeId,
    setting: &'static str,
    levels: &mut HashMap<(Option<NodeId>, &'static str), Level>,
) -> Vec<NodeId> {
    let sets_host = |id: &NodeId| {
        configuration.get(*id).arg(0).is_some_and(|name| name.eq_ignore_ascii_case("host"))
    };
    for level in configuration.chain(pass).skip(1) {
        let (hosts, ends) = levels.entry((Some(level), setting)).or_insert_with(|| {
            let any = configuration.named(level, setting).next().is_some();
            let hosts = configuration.named(level, setting).filter(sets_host).take(MOST_HOSTS);
            (hosts.collect(), any || configuration.is_open_here(Some(level)))
        });
        if *ends {
            return hosts.clone();
        }
    }
    let outside = levels.entry((None, setting)).or_insert_with(|| {
        let settings = configuration.settings().iter().copied();
        let hosts = settings.filter(|&id| configuration.get(id).is(setting)).filter(sets_host);
        (hosts.take(MOST_HOSTS).collect(), true)
    });
    outside.0.clone()
}

/// What a value is made of, if it is for the client to choose.
fn made(site: &NginxSite, servers: &[NodeId], server: NodeId, value: &Word) -> Option<Made> {
    let variable = value.value.strip_prefix('$')?;
    let variable = match variable.strip_prefix('{') {
        Some(braced) => braced.strip_suffix('}')?,
        None => variable,
    };
    if variable.starts_with("arg_") || variable.starts_with("cookie_") {
        return Some(Made::Parameter);
    }
    // Where any name will do, `$host` is the client's choice as well.
    if variable != "http_host" || !has_name(&site.configuration, server) {
        return None;
    }
    Some(match is_chosen_by_name(&site.configuration, servers, server) {
        true => Made::Header,
        false => Made::AnyHeader,
    })
}

/// Whether a server has names, and each of them is one name.
fn has_name(configuration: &Configuration, server: NodeId) -> bool {
    let names: Vec<&str> = configuration
        .named(server, "server_name")
        .flat_map(|node| configuration.get(node).args.iter())
        .map(|word| word.value.as_str())
        .collect();
    let own = |name: &&str| {
        let lower = name.to_ascii_lowercase();
        !matches!(lower.as_str(), "" | "_" | "localhost")
            && !lower.starts_with(['~', '*', '$', '.'])
            && !lower.ends_with(['*', '_'])
            && !lower.ends_with(".localhost")
            && lower.parse::<std::net::IpAddr>().is_err()
    };
    !names.is_empty() && names.iter().all(own)
}

/// Whether other servers get the requests for other names, on every address that
/// a server listens on.
fn is_chosen_by_name(configuration: &Configuration, servers: &[NodeId], server: NodeId) -> bool {
    let ours = addresses(configuration, server);
    ours.iter().all(|(address, default)| {
        if *default {
            return false;
        }
        let mut before = true;
        servers.iter().any(|&other| {
            before &= other != server;
            other != server
                && addresses(configuration, other)
                    .iter()
                    .any(|(theirs, default)| theirs == address && (*default || before))
        })
    })
}

/// What a server listens on, and whether it is the default there by its word.
fn addresses(configuration: &Configuration, server: NodeId) -> Vec<(String, bool)> {
    let listens: Vec<(String, bool)> = configuration
        .named(server, "listen")
        .filter_map(|listen| {
            let args = &configuration.get(listen).args;
            let address = args.first()?.value.as_str();
            let default =
                args.iter().any(|word| matches!(word.value.as_str(), "default_server" | "default"));
            let port = address
                .strip_prefix("0.0.0.0:")
                .or_else(|| address.strip_prefix("*:"))
                .unwrap_or(address);
            Some((port.to_owned(), default))
        })
        .collect();
    match listens.is_empty() {
        true => vec![("80".to_owned(), false)],
        false => listens,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_the_header_where_the_server_was_chosen_by_its_name() {
        check(
            &RULE,
            "nginx.conf",
            "
http {
  server { listen 80 default_server; listen [::]:80 default_server; return 444; }
  server {
  ~~~~~~ the server that passes it on
    listen 80;
    listen [::]:80;
    server_name shop.io www.shop.io;
    location / {
      proxy_pass http://app;
      proxy_set_header HOST ${http_host};
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] another host than those of this server
    }
  }
}
",
        );
    }

    #[test]
    fn without_a_default_server_any_host_goes_through() {
        check(
            &RULE,
            "nginx.conf",
            "
http {
  server {
    listen 443 ssl;
    server_name shop.io;
    proxy_set_header Host $http_host;
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] let a default server refuse other names
    location / { proxy_pass http://app; }
    location /b { proxy_pass http://app; }
  }
  server {
    listen 443 ssl;
    server_name blog.io;
    location / {
      grpc_pass grpc://app;
      grpc_set_header Host $http_host;
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] chosen by the name in the request line
    }
  }
}
",
        );
        // The second is reached by its name on one address only.
        check(
            &RULE,
            "nginx.conf",
            "
http {
  server { listen 80; return 444; }
  server {
    listen 0.0.0.0:80;
    listen 8080;
    server_name shop.io;
    location / { proxy_set_header Host $http_host; proxy_pass http://app; }
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] any host
  }
}
",
        );
    }

    #[test]
    fn a_parameter_is_never_a_host() {
        check(
            &RULE,
            "nginx.conf",
            "
server {
  listen 80;
  location / {
    proxy_set_header host $arg_host;
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] in every link that somebody is sent
    proxy_pass http://app;
  }
}
",
        );
    }

    #[test]
    fn a_snippet_is_told_of_once_by_its_worst_use() {
        check_files(
            &RULE,
            "
//- nginx/nginx.conf
http {
  server { listen 80; server_name a.io; location / { include proxy.conf; proxy_pass http://a; } }
  server { listen 80; server_name b.io; location / { include proxy.conf; proxy_pass http://b; } }
  ~~~~~~ passes it on
}
//- nginx/proxy.conf
proxy_set_header Host $http_host;
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] `$host`
proxy_set_header X-Real-IP $remote_addr;
",
        );
    }

    #[test]
    fn passes_where_the_host_is_checked_or_was_nobody_s_choice() {
        let deny = "server { listen 80 default_server; return 444; }";
        for server in [
            "server_name a.io; location / { proxy_pass http://app; }",
            "server_name a.io; location / { proxy_set_header Host $host; proxy_pass http://app; }",
            "server_name a.io; location / { proxy_set_header Host $host:$server_port; proxy_pass http://app; }",
            "server_name a.io; location / { proxy_set_header Host a.io; proxy_pass http://app; }",
            "server_name a.io; location / { proxy_set_header Host $proxy_host; proxy_pass http://app; }",
            "server_name a.io; location / { proxy_set_header X-Forwarded-Host $http_host; proxy_pass http://app; }",
            // Other levels have headers of their own, or nothing is passed on.
            "server_name a.io; proxy_set_header Host $http_host; location / { proxy_set_header Host $host; proxy_pass http://app; }",
            "server_name a.io; proxy_set_header Host $http_host; location / { proxy_set_header X-A 1; proxy_pass http://app; }",
            "server_name a.io; proxy_set_header Host $http_host; root /srv;",
            "server_name a.io; # proxy_set_header Host $http_host;\n location / { proxy_pass http://app; }",
            // What is not in the repository may set it anew.
            "server_name a.io; proxy_set_header Host $http_host; location / { include /etc/elsewhere/p.conf; proxy_pass http://app; }",
            // It is compared before it is passed on.
            "server_name a.io; if ($http_host != \"a.io\") { return 444; } location / { proxy_set_header Host $http_host; proxy_pass http://app; }",
            "server_name a.io; location / { if ($other) { return 421; } proxy_set_header Host $http_host; proxy_pass http://app; } } map $http_host $other { default 1; a.io 0; } server { listen 8000;",
            "server_name a.io; location / { if ($http_host !~ ^a) { return 421; } proxy_set_header Host $http_host; proxy_pass http://app; }",
            // `$host` is the client's choice here as well.
            "server_name _; location / { proxy_set_header Host $http_host; proxy_pass http://app; }",
            "server_name localhost; location / { proxy_set_header Host $http_host; proxy_pass http://app; }",
            "server_name *.a.io; location / { proxy_set_header Host $http_host; proxy_pass http://app; }",
            "server_name ~^(?<tenant>.+)\\.a\\.io$; location / { proxy_set_header Host $http_host; proxy_pass http://app; }",
            "location / { proxy_set_header Host $http_host; proxy_pass http://app; }",
        ] {
            check(
                &RULE,
                "nginx.conf",
                &format!("http {{ {deny} server {{ listen 80; {server} }} }}"),
            );
        }
        check(
            &RULE,
            "examples/nginx.conf",
            "server { server_name a.io; location / { proxy_set_header Host $http_host; proxy_pass http://b; } }",
        );
    }

    #[test]
    fn the_checked_host_is_passed_on_instead() {
        check_fix(
            &RULE,
            "nginx.conf",
            "server { server_name a.io; location / { proxy_set_header Host $http_host; proxy_pass http://b; } }",
            "server { server_name a.io; location / { proxy_set_header Host $host; proxy_pass http://b; } }",
        );
    }
}
