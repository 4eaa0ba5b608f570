//! Drift between what is given and what is read in other places than env files.

use super::RULE;
use seaworthy_testkit::{check_files, check_fix_repo};

#[test]
fn a_script_reads_what_it_has_loaded_under_its_name() {
    check_files(
        &RULE,
        r#"
//- scripts/deploy.sh
#!/usr/bin/env bash
set -a
source ../.env
scp -r dist "$DEPLOY_HOSTNAME:/srv"
             ^^^^^^^^^^^^^^^^ [medium] The script reads DEPLOY_HOSTNAME here, but .env.example lists DEPLOY_HOST
echo "$SMTP_USERNAME"
for SMTP_USERNAME in a b; do :; done
//- .env.example
DEPLOY_HOST=
~~~~~~~~~~~ it is called DEPLOY_HOSTNAME here
SMTP_USER=
"#
        .replace("is called DEPLOY_HOSTNAME", "is called DEPLOY_HOST")
        .as_str(),
    );
}

#[test]
fn a_build_is_given_what_its_dockerfile_declares() {
    check_files(
        &RULE,
        r#"
//- docker-compose.yml
services:
  web:
    build:
      context: ./web
      args:
        API_URL: https://api.shop.example
        ^^^^^^^ [medium] The build is given API_URL, which web/Dockerfile does not declare; it declares NEXT_PUBLIC_API_URL
        VERSION: "1"
        NODE_ENVIRONMENT: production
  api:
    build:
      context: ./api
      args:
        - DB_PASS=x
          ^^^^^^^ [medium] which api/Dockerfile does not declare
//- web/Dockerfile
FROM node:22
ARG NEXT_PUBLIC_API_URL
    ~~~~~~~~~~~~~~~~~~~ it is called NEXT_PUBLIC_API_URL here
ARG NODE_ENV=production
RUN npm run build
//- api/Dockerfile
FROM node:22
ARG DB_PASSWORD
    ~~~~~~~~~~~ it is called DB_PASSWORD here
"#,
    );
    check_files(
        &RULE,
        "
//- .github/workflows/image.yml
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: .
          build-args: |
            GIT_SHA=abc
            PUBLIC_SITE_URI=https://shop.example
            ^^^^^^^^^^^^^^^ [medium] The build is given PUBLIC_SITE_URI, which Dockerfile does not declare
//- Dockerfile
FROM node:22
ARG PUBLIC_SITE_URL
    ~~~~~~~~~~~~~~~ it is called PUBLIC_SITE_URL here
",
    );
}

#[test]
fn an_argument_is_passed_by_the_name_that_is_declared() {
    let dockerfile = "//- Dockerfile\nFROM node:22\nARG API_URL\n";
    let compose = |name: &str| {
        format!(
            "//- compose.yml\nservices:\n  web:\n    build:\n      context: .\n      args:\n        \
             {name}: x\n"
        )
    };
    check_fix_repo(
        &RULE,
        &format!("{}{dockerfile}", compose("VITE_API_URL")),
        &format!("{}{dockerfile}", compose("API_URL")),
    );
}

#[test]
fn passes_builds_that_get_what_they_need() {
    for (arguments, declared) in [
        // Both are declared.
        ("API_URL: x", "ARG NEXT_PUBLIC_API_URL\nARG API_URL"),
        // Both are passed, one for a base image.
        ("API_URL: x\n        NEXT_PUBLIC_API_URL: y", "ARG NEXT_PUBLIC_API_URL"),
        // It has a default.
        ("API_URL: x", "ARG NEXT_PUBLIC_API_URL=y"),
        ("API_URL: x", "ARG APP_URL"),
        ("API_URL: x", "ONBUILD ARG API_URL\nARG NEXT_PUBLIC_API_URL"),
    ] {
        check_files(
            &RULE,
            &format!(
                "//- compose.yml\nservices:\n  web:\n    build:\n      context: .\n      args:\n        \
                 {arguments}\n//- Dockerfile\nFROM node:22\n{declared}\n"
            ),
        );
    }
}

const STACK: &str = "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      DB_URL: ${DB_URL:?}
      SESSION_SECRET: ${SESSION_SECRET:?}
      MAIL: ${SMTP_PASSWORD}
            ^^^^^^^^^^^^^^^^ [medium] Compose reads SMTP_PASSWORD here, but .github/workflows/deploy.yml writes SMTP_PASS
//- .env.example
DB_URL=
SESSION_SECRET=
SMTP_PASSWORD=
//- .github/workflows/deploy.yml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          cat > .env <<EOF
          DB_URL=${{ secrets.DB_URL }}
          SESSION_SECRET=${{ secrets.SESSION_SECRET }}
          SMTP_PASS=${{ secrets.SMTP_PASS }}
          ~~~~~~~~~ it is called SMTP_PASS here
          EOF
";

#[test]
fn a_pipeline_writes_what_the_stack_reads() {
    check_files(&RULE, STACK);
}

#[test]
fn passes_what_is_written_or_given_as_well() {
    let marks = |line: &&str| !line.trim_start().starts_with(['^', '~']);
    let plain: String = STACK.lines().filter(marks).map(|line| format!("{line}\n")).collect();
    let passes = [
        plain.replace("          SMTP_PASS=", "          SMTP_PASSWORD=x\n          SMTP_PASS="),
        // A program reads it by itself.
        format!("{plain}//- src/mail.ts\nprocess.env.SMTP_PASS\n"),
        // Another script gives it.
        format!("{plain}//- up.sh\nSMTP_PASSWORD=$1 docker compose up\n"),
        // It writes for something else.
        plain.replace("${DB_URL:?}", "x").replace("${SESSION_SECRET:?}", "x"),
        plain.replace("${SMTP_PASSWORD}", "${SMTP_PASSWORD:-}"),
        plain.replace("cat > .env <<EOF", "cat <<EOF"),
    ];
    for fixture in passes {
        check_files(&RULE, &fixture);
    }
}

#[test]
fn a_host_sets_what_programs_read() {
    check_files(
        &RULE,
        r#"
//- vercel.json
{"env": {"MAIL_PASS": "@mail", "SHOP_URI": "x", "LONE_URL": "y", "DB_USERNAME": "z"}}
          ^^^^^^^^^ [medium] MAIL_PASS is set here, and nothing in the repository reads it; programs name MAIL_PASSWORD
//- .env.example
MAIL_PASSWORD=
~~~~~~~~~~~~~ it is called MAIL_PASSWORD here
SHOP_URL=
DB_USER=
//- src/a.ts
send(process.env.MAIL_PASSWORD, process.env.SHOP_URL, process.env.SHOP_URI);
"#,
    );
}

#[test]
fn nginx_is_filled_in_by_the_names_its_service_is_given() {
    let stack = "
//- docker-compose.yml
services:
  proxy:
    image: nginx:1.28
    environment:
      UPSTREAM_HOSTNAME: api
      ~~~~~~~~~~~~~~~~~ it is called UPSTREAM_HOSTNAME here
      SITE_DOMAIN: shop.example
//- nginx/templates/app.conf.template
server {
  server_name ${SITE_DOMAIN} $host;
  location / { proxy_pass http://${UPSTREAM_HOST}; }
                                 ^^^^^^^^^^^^^^^^ [medium] nginx is configured with UPSTREAM_HOST here, but its service is given UPSTREAM_HOSTNAME
}
";
    check_files(&RULE, stack);
    let marks = |line: &&str| !line.trim_start().starts_with(['^', '~']);
    let plain: String = stack.lines().filter(marks).map(|line| format!("{line}\n")).collect();
    for fixture in [
        format!("{plain}//- Dockerfile\nFROM nginx\nENV UPSTREAM_HOST=api\n"),
        format!("{plain}//- run.sh\ndocker run -e UPSTREAM_HOST=api nginx\n"),
        plain.replace("image: nginx:1.28", "image: shop/api:1"),
    ] {
        check_files(&RULE, &fixture);
    }
}
