//! The rules about headers, where nginx is the layer that sets them.

use seaworthy_analysis::Options;
use seaworthy_testkit::{Fixture, check, check_files, check_fix, run_on, snapshot};

use super::{
    header_csp_missing, header_csp_unsafe, header_hsts_max_age, header_hsts_missing,
    header_permissions_policy, header_x_content_type_options, header_x_frame_options,
};

#[test]
fn a_server_of_pages_lacks_what_neither_it_nor_its_files_set() {
    let text = "
server {
^^^^^^ [medium] No rule sets `X-Frame-Options`
  listen 80;
  root /usr/share/nginx/html;
  location / { try_files $uri $uri/ /index.html; }
}
";
    check(&header_x_frame_options::RULE, "web/nginx.conf", text);
    check(
        &header_csp_missing::RULE,
        "web/nginx.conf",
        &text.replace("`X-Frame-Options`", "`Content-Security-Policy`"),
    );
    check_files(
        &header_x_frame_options::RULE,
        "
//- nginx/nginx.conf
http {
  include conf.d/*.conf;
}
//- nginx/conf.d/site.conf
server { listen 80; root /x; include snippets/headers.conf; }
//- nginx/snippets/headers.conf
add_header X-Frame-Options DENY always;
",
    );
}

#[test]
fn pages_behind_a_password_are_pages() {
    let text = "
server {
^^^^^^ [medium] No rule sets `X-Frame-Options`
  listen 443 ssl;
  root /srv/admin;
  location / { auth_basic Admin; auth_basic_user_file /etc/nginx/users; try_files $uri /index.html; }
}
";
    check(&header_x_frame_options::RULE, "web/nginx.conf", text);
    let refused = text.replace("auth_basic Admin;", "return 403;");
    let refused = refused.lines().filter(|line| !line.starts_with('^'));
    let refused: Vec<&str> = refused.collect();
    check(&header_x_frame_options::RULE, "web/nginx.conf", &refused.join("\n"));
}

#[test]
fn transport_security_is_asked_of_servers_with_tls() {
    let server = |listen: &str, mark: &str| {
        format!(
            "\nserver {{\n{mark}  {listen}\n  ssl_certificate a; ssl_certificate_key b;\n  root /x;\n}}\n"
        )
    };
    check(
        &header_hsts_missing::RULE,
        "nginx.conf",
        &server("listen 443 ssl;", "^^^^^^ [high] Add it to this server\n"),
    );
    check(&header_hsts_missing::RULE, "nginx.conf", &server("listen 80;", ""));
    check(
        &header_hsts_missing::RULE,
        "nginx.conf",
        &server("security_headers off; listen 443 ssl;", "^^^^^^ [high] Add it to this server\n"),
    );
    // What redirects or is not read shows nothing.
    for text in [
        "server { listen 443 ssl; return 301 https://x.example; }",
        "server { listen 443 ssl; root /x; include /etc/elsewhere/y.conf; }",
        "server { listen 443 ssl; root /x; more_set_headers 'Strict-Transport-Security: max-age=1'; }",
        "server { listen 443 ssl; location / { proxy_pass http://app; } }",
        "http { security_headers on; server { listen 443 ssl; root /x; } }",
        "server { listen 443 ssl; root /x; header_filter_by_lua_file /x/headers.lua; }",
        "server { listen 443 ssl; location / { root /x; js_header_filter main.headers; } }",
    ] {
        check(&header_hsts_missing::RULE, "nginx.conf", text);
    }
}

#[test]
fn code_behind_nginx_may_set_headers_too() {
    let fixture = |mark: &str, dependency: &str| {
        format!(
            "
//- nginx/nginx.conf
server {{
{mark}  listen 443 ssl;
  location / {{ proxy_pass http://api:3000; }}
}}
//- api/package.json
{{ \"dependencies\": {{ \"express\": \"5.0.0\", \"{dependency}\": \"1.0.0\" }} }}
"
        )
    };
    check_files(&header_hsts_missing::RULE, &fixture("^^^^^^ [low] No rule sets\n", "cors"));
    check_files(&header_hsts_missing::RULE, &fixture("", "helmet"));
}

#[test]
fn what_stands_before_a_server_in_clear_text_may_set_headers() {
    check_files(
        &header_x_content_type_options::RULE,
        "
//- frontend/nginx.conf
server { listen 80; root /x; }
//- deploy/nginx.conf
server { listen 443 ssl; add_header X-Content-Type-Options nosniff; location / { proxy_pass http://frontend; } }
",
    );
    check_files(
        &header_x_content_type_options::RULE,
        "
//- frontend/nginx.conf
server { listen 80; root /x; }
//- compose.yaml
services:
  edge:
    image: traefik:v3
",
    );
}

#[test]
fn values_are_judged_once_where_they_are_written() {
    check_files(
        &header_csp_unsafe::RULE,
        "
//- nginx/nginx.conf
http {
  server { listen 80; server_name a; root /x; include headers.conf; }
  server { listen 80; server_name b; root /x; include headers.conf; }
}
//- nginx/headers.conf
add_header Content-Security-Policy \"default-src 'self'; script-src 'self' 'unsafe-eval'\" always;
                                                                          ^^^^^^^^^^^^^ [medium] text become code
",
    );
    check(
        &header_hsts_max_age::RULE,
        "nginx.conf",
        "
server {
  listen 443 ssl;
  root /x;
  add_header Strict-Transport-Security \"max-age=3600; includeSubDomains\" always;
                                                ^^^^ [medium] lasts
  add_header Content-Security-Policy $policy;
}
",
    );
    check(
        &header_csp_unsafe::RULE,
        "nginx.conf",
        "server { listen 80; root /x; add_header Content-Security-Policy $policy; }",
    );
}

#[test]
fn the_header_joins_those_of_the_server() {
    check_fix(
        &header_x_content_type_options::RULE,
        "nginx.conf",
        "
server {
    listen 80;
    root /x;
    add_header X-Frame-Options DENY always;
    location /a { expires 1d; }
}
",
        "
server {
    listen 80;
    root /x;
    add_header X-Frame-Options DENY always;
    add_header X-Content-Type-Options \"nosniff\" always;
    location /a { expires 1d; }
}
",
    );
    check_fix(
        &header_permissions_policy::RULE,
        "nginx.conf",
        "
http {
  server {
    root /x;
  }
}
",
        "
http {
  server {
      add_header Permissions-Policy \"camera=(), microphone=(), geolocation=()\" always;
    root /x;
  }
}
",
    );
}

#[test]
fn a_server_in_order_is_passed() {
    let text = "
server {
    listen 80;
    server_name shop.io;
    return 301 https://$host$request_uri;
}
server {
    listen 443 ssl;
    server_name shop.io;
    server_tokens off;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:10m;
    ssl_session_tickets off;
    add_header X-DNS-Prefetch-Control off always;
    add_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\" always;
    add_header X-Content-Type-Options nosniff always;
    add_header X-Frame-Options DENY always;
    add_header Referrer-Policy strict-origin-when-cross-origin always;
    add_header Permissions-Policy \"camera=(), microphone=(), geolocation=()\" always;
    add_header Content-Security-Policy \"default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; upgrade-insecure-requests\" always;
    location /api/ { proxy_pass http://api:4000/; }
    location / { root /usr/share/nginx/html; try_files $uri /index.html; }
}
";
    for rule in crate::all() {
        check(rule, "nginx/a.conf", text);
    }
}

#[test]
fn crowded_files_do_not_hold_the_rules_up() {
    let locations = "location /a { add_header A 1; if ($x) { add_header B 2; } }\n".repeat(4_000);
    let server = "server { listen 80; listen 443 ssl; server_name a; root /x; add_header A 1; }\n";
    let texts = [
        format!(
            "server {{ listen 443 ssl; root /x; add_header X-Frame-Options DENY;\n{locations}}}\n"
        ),
        server.repeat(500),
        "http { server { location / {".repeat(30),
        "server { include a.conf; include *.conf; listen 80; }\n".repeat(200),
    ];
    for text in texts {
        let fixture = Fixture::single("nginx/a.conf", &text);
        let snapshot = snapshot(&fixture, false, Options::default());
        for rule in crate::all() {
            let id = rule.rule.id;
            if id.contains("nginx") || id.contains("header") {
                let (findings, _) = run_on(rule, &snapshot);
                assert!(findings.len() <= 1_000, "{id}: {}", findings.len());
            }
        }
    }
}
