//! The rules about headers, where a host's file is the layer that sets them.

use seaworthy_testkit::{check, check_files, check_fix};

use super::{
    header_csp_unsafe, header_deprecated, header_hsts_max_age, header_hsts_missing,
    header_not_all_routes, header_permissions_policy, header_x_content_type_options,
    header_x_frame_options,
};

#[test]
fn each_host_is_asked_at_its_own_place() {
    for (path, text) in [
        ("netlify.toml", "\n[build]\n^ [medium] Add it to `[[headers]]`\npublish = \"dist\"\n"),
        (
            "public/_headers",
            "\n/*\n^^ [medium] Add it to the block of `/*`\n  Referrer-Policy: no-referrer\n",
        ),
        (
            "wrangler.toml",
            "\nname = \"x\"\n^ [medium] Add it to a `_headers` file\npages_build_output_dir = \"dist\"\n",
        ),
        (
            "firebase.json",
            "\n{\"hosting\": {\"headers\": [],\n              ^^^^^^^ [medium] for `**`\n \"rewrites\": [{\"source\": \"**\", \"destination\": \"/index.html\"}]}}\n",
        ),
        (
            "staticwebapp.config.json",
            "\n{\n^ [medium] Add it to `globalHeaders`\n\"routes\": []}\n",
        ),
        (
            "Caddyfile",
            "\napp.example {\n^^^^^^^^^^^ [medium] Add it to this site\n\troot * /srv\n\tfile_server\n}\n",
        ),
    ] {
        check(&header_x_frame_options::RULE, path, text);
    }
}

#[test]
fn each_host_is_passed_where_the_header_is_sent() {
    for (path, text) in [
        (
            "netlify.toml",
            "[[headers]]\nfor = \"/*\"\n[headers.values]\nX-Frame-Options = \"DENY\"\n",
        ),
        ("public/_headers", "/*\n  X-Frame-Options: DENY\n"),
        ("_headers", "https://:project.pages.dev/*\n  X-Frame-Options: DENY\n"),
        (
            "firebase.json",
            r#"{"hosting": {"public": "dist", "headers": [{"source": "**", "headers": [{"key": "X-Frame-Options", "value": "DENY"}]}]}}"#,
        ),
        ("staticwebapp.config.json", r#"{"globalHeaders": {"X-Frame-Options": "DENY"}}"#),
        ("Caddyfile", "app.example {\n\theader X-Frame-Options DENY\n\tfile_server\n}\n"),
        // A part that is not read may send it.
        ("Caddyfile", "app.example {\n\timport snippets/*\n\tfile_server\n}\n"),
        ("Caddyfile", "localhost {\n\tfile_server\n}\n"),
        ("Caddyfile", "old.example {\n\tredir https://new.example{uri}\n}\n"),
        (
            "netlify.toml",
            "[build]\npublish = \"d\"\n[[plugins]]\npackage = \"netlify-plugin-csp\"\n",
        ),
        ("netlify.toml", "[build]\npublish = \"d\"\ncommand = \"build && cp x dist/_headers\"\n"),
        ("wrangler.toml", "main = \"src/index.ts\"\n[assets]\ndirectory = \"public\"\n"),
        ("wrangler.toml", "name = \"worker\"\nmain = \"src/index.ts\"\n"),
        ("firebase.json", r#"{"functions": {"source": "functions"}}"#),
        (
            "firebase.json",
            r#"{"hosting": {"public": "dist", "rewrites": [{"source": "**", "run": {"serviceId": "web"}}]}}"#,
        ),
        ("examples/site/netlify.toml", "[build]\npublish = \"dist\"\n"),
    ] {
        check(&header_x_frame_options::RULE, path, text);
    }
}

#[test]
fn both_files_of_netlify_count_and_generated_ones_are_unknown() {
    check_files(
        &header_x_frame_options::RULE,
        "
//- netlify.toml
[build]
publish = \"dist\"
//- public/_headers
/*
  X-Frame-Options: DENY
",
    );
    check_files(
        &header_x_frame_options::RULE,
        "
//- netlify.toml
[build]
publish = \"dist\"
//- public/_headers
/*
^^ [medium] `netlify.toml` sets none either
  Referrer-Policy: no-referrer
",
    );
    check_files(
        &header_x_frame_options::RULE,
        "
//- netlify.toml
[build]
publish = \"public\"
//- package.json
{\"scripts\": {\"build\": \"node scripts/write.js > public/_headers\"}}
",
    );
    check_files(
        &header_x_frame_options::RULE,
        "
//- wrangler.toml
pages_build_output_dir = \"dist\"
//- functions/_middleware.ts
export const onRequest = secured;
",
    );
}

#[test]
fn what_a_platform_sends_itself_is_not_missing() {
    for (path, text) in [
        ("wrangler.toml", "pages_build_output_dir = \"dist\"\n"),
        ("staticwebapp.config.json", "{\"routes\": []}\n"),
        ("public/_headers", "/*\n  X-Frame-Options: DENY\n"),
    ] {
        check(&header_x_content_type_options::RULE, path, text);
    }
    check(
        &header_hsts_missing::RULE,
        "netlify.toml",
        "\n[build]\n^ [low] a policy of its own\npublish = \"dist\"\n",
    );
    check(
        &header_hsts_missing::RULE,
        "wrangler.toml",
        "\npages_build_output_dir = \"dist\"\n^ [medium] dashboard\n",
    );
    check(
        &header_hsts_missing::RULE,
        "Caddyfile",
        "\napp.example {\n^^^^^^^^^^^ [high] No rule sets\n\tfile_server\n}\nhttp://b.example {\n\tfile_server\n}\n",
    );
}

#[test]
fn values_are_judged_in_every_format() {
    check(
        &header_hsts_max_age::RULE,
        "public/_headers",
        "\n/*\n  Strict-Transport-Security: max-age=60; includeSubDomains\n                                     ^^ [medium] lasts\n",
    );
    check(
        &header_csp_unsafe::RULE,
        "netlify.toml",
        "\n[[headers]]\nfor = \"/*\"\n[headers.values]\nContent-Security-Policy = \"script-src * 'self'; object-src 'none'\"\n                                      ^ [medium] any host\n",
    );
    check(
        &header_deprecated::RULE,
        "staticwebapp.config.json",
        "\n{\"globalHeaders\": {\"Expect-CT\": \"max-age=0\"}}\n                    ^^^^^^^^^ [info] out of use\n",
    );
    check(
        &header_hsts_max_age::RULE,
        "Caddyfile",
        "\na.example {\n\theader Strict-Transport-Security \"max-age=60; includeSubDomains\"\n                                           ^^ [medium] lasts\n\tfile_server\n}\n",
    );
    check(
        &header_hsts_max_age::RULE,
        "compose.yaml",
        "
services:
  web:
    image: acme/web:1.0.0
    labels:
      - traefik.http.middlewares.secure.headers.stsSeconds=60
                                                           ^^ [medium] lasts
",
    );
    check(
        &header_x_frame_options::RULE,
        "traefik/dynamic.yml",
        "
http:
  middlewares:
    secure:
      headers:
        customFrameOptionsValue: ALLOWALL
                                 ^^^^^^^^ [medium] protects nothing
",
    );
}

#[test]
fn routes_follow_the_patterns_of_their_host() {
    for (path, text) in [
        ("public/_headers", "\n/admin/*\n  X-Content-Type-Options: nosniff\n"),
        (
            "netlify.toml",
            "\n[[headers]]\nfor = \"/*\"\n[headers.values]\nX-Content-Type-Options = \"nosniff\"\n",
        ),
        (
            "firebase.json",
            r#"{"hosting": {"public": "d", "headers": [{"source": "**", "headers": [{"key": "X-Content-Type-Options", "value": "nosniff"}]}]}}"#,
        ),
    ] {
        check(&header_not_all_routes::RULE, path, text);
    }
    check(
        &header_not_all_routes::RULE,
        "netlify.toml",
        "\n[[headers]]\nfor = \"/app/*\"\n[headers.values]\nX-Frame-Options = \"DENY\"\n^^^^^^^^^^^^^^^ [medium] such as `/`\n",
    );
    // A block that detaches the header leaves its pages without.
    check(
        &header_not_all_routes::RULE,
        "_headers",
        "\n/*\n  X-Frame-Options: DENY\n  ^^^^^^^^^^^^^^^ [medium] such as `/widget/x`\n/widget/*\n  ! X-Frame-Options\n",
    );
}

#[test]
fn the_header_is_added_in_the_words_of_each_format() {
    for (path, before, after) in [
        (
            "public/_headers",
            "/*\n  Referrer-Policy: no-referrer\n\n/a\n  X-A: 1\n",
            "/*\n  Referrer-Policy: no-referrer\n  Permissions-Policy: camera=(), microphone=(), geolocation=()\n\n/a\n  X-A: 1\n",
        ),
        (
            "netlify.toml",
            "[build]\npublish = \"dist\"\n",
            "[build]\npublish = \"dist\"\n\n[[headers]]\n  for = \"/*\"\n  [headers.values]\n    Permissions-Policy = \"camera=(), microphone=(), geolocation=()\"\n",
        ),
        (
            "netlify.toml",
            "[[headers]]\n  for = \"/*\"\n  [headers.values]\n    X-Frame-Options = \"DENY\"\n",
            "[[headers]]\n  for = \"/*\"\n  [headers.values]\n    X-Frame-Options = \"DENY\"\n    Permissions-Policy = \"camera=(), microphone=(), geolocation=()\"\n",
        ),
        (
            "firebase.json",
            "{\n  \"hosting\": {\n    \"public\": \"dist\",\n    \"rewrites\": [{ \"source\": \"**\", \"destination\": \"/index.html\" }]\n  }\n}\n",
            "{\n  \"hosting\": {\n    \"headers\": [{ \"source\": \"**\", \"headers\": [{ \"key\": \"Permissions-Policy\", \"value\": \"camera=(), microphone=(), geolocation=()\" }] }],\n    \"public\": \"dist\",\n    \"rewrites\": [{ \"source\": \"**\", \"destination\": \"/index.html\" }]\n  }\n}\n",
        ),
        (
            "staticwebapp.config.json",
            "{\n  \"globalHeaders\": {\n    \"X-Frame-Options\": \"DENY\"\n  }\n}\n",
            "{\n  \"globalHeaders\": {\n    \"Permissions-Policy\": \"camera=(), microphone=(), geolocation=()\",\n    \"X-Frame-Options\": \"DENY\"\n  }\n}\n",
        ),
        (
            "Caddyfile",
            "a.example {\n\tfile_server\n}\n",
            "a.example {\n\theader Permissions-Policy \"camera=(), microphone=(), geolocation=()\"\n\tfile_server\n}\n",
        ),
        (
            "Caddyfile",
            "a.example {\n\theader {\n\t\tX-Frame-Options \"DENY\"\n\t}\n\tfile_server\n}\n",
            "a.example {\n\theader {\n\t\tX-Frame-Options \"DENY\"\n\t\tPermissions-Policy \"camera=(), microphone=(), geolocation=()\"\n\t}\n\tfile_server\n}\n",
        ),
    ] {
        check_fix(&header_permissions_policy::RULE, path, before, after);
    }
    // A bare word of nginx needs quotes for what takes its place.
    check_fix(
        &header_hsts_max_age::RULE,
        "nginx.conf",
        "server { listen 443 ssl; root /x; add_header Strict-Transport-Security max-age=31536000; }\n",
        "server { listen 443 ssl; root /x; add_header Strict-Transport-Security \"max-age=31536000; includeSubDomains\"; }\n",
    );
}
