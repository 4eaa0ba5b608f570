//! `compose-literal-secret`

use std::collections::HashSet;

use seaworthy_analysis::joined::Standing as DefinitionStanding;
use seaworthy_analysis::names::{SecretKind, secret_kind};
use seaworthy_analysis::values::{
    ValueClass, ValueContext, Weakness, classify_url_password, password_is_weak,
};
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{ScalarKind, Service};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::lines;
use super::secret_sites::{Site, SitePlace, project_names, sites};
use super::standing::{Judged, Once, Standing, exposed_port, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-literal-secret",
        group: Group::Compose,
        summary: "secret written out in a Compose file",
        help: include_str!("compose_literal_secret.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[798, 312],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    let used = used_outside_tests(cx);
    for judged in judged(cx) {
        let names = project_names(cx, &judged);
        let exposed = judged
            .stack
            .project()
            .services
            .iter()
            .any(|service| exposed_port(&judged, service).is_some());
        for service in &judged.stack.project().services {
            for site in sites(&judged, service) {
                let Some(literal) = literal(&site, &names) else { continue };
                let fault = Fault { judged, service, site: &site, literal, exposed };
                fault.report(cx, &mut once, &used);
            }
        }
    }
}

/// The values of variables outside of tests and templates.
fn used_outside_tests<'s>(cx: &Context<'s>) -> HashSet<&'s str> {
    let definitions = cx.joined().definitions().iter();
    definitions
        .filter(|definition| definition.standing <= DefinitionStanding::Development)
        .map(|definition| definition.value.reveal())
        .collect()
}

/// A secret that stands in the file.
struct Literal {
    class: ValueClass,
    region: Region,
    value: String,
    /// The password alone.
    password: Option<String>,
    /// Whether it is the password of a connection string.
    in_url: bool,
    /// Whether the region holds the secret and nothing else.
    exact: bool,
}

fn literal(site: &Site, names: &[&str]) -> Option<Literal> {
    let text = &site.text;
    let raw = text.raw();
    let context = ValueContext { key: &site.name, user: None, project: names };
    if let Some(found) = classify_url_password(raw, &context) {
        let region = text.region_of(found.region.clone());
        return found.class.is_secret().then(|| Literal {
            class: found.class,
            exact: region.is_some(),
            region: region.unwrap_or(text.region()),
            value: raw.to_owned(),
            password: raw.get(found.region.clone()).map(str::to_owned),
            in_url: true,
        });
    }
    if !site.named || !text.template().is_literal() {
        return None;
    }
    let value = text.expand(&|_| None).ok()?;
    let class = site.classify(&value, names);
    let region = text.region_of(0..raw.len());
    class.is_secret().then(|| Literal {
        class,
        exact: region.is_some(),
        region: region.unwrap_or(text.region()),
        password: Some(value.clone()),
        value,
        in_url: false,
    })
}

struct Fault<'a> {
    judged: Judged<'a>,
    service: &'a Service,
    site: &'a Site,
    literal: Literal,
    /// Whether anything of the stack is reachable from outside.
    exposed: bool,
}

impl Fault<'_> {
    fn severity(&self, used: &HashSet<&str>) -> Option<Severity> {
        let standing = self.judged.at(Some(self.service), self.site.text.origin());
        let real = self.literal.class == ValueClass::Real || self.is_decent_password();
        match (standing, real) {
            (Standing::Production, _) | (Standing::Undeclared, true) => Some(Severity::High),
            (Standing::Undeclared, false) if self.strength_speaks() => None,
            (Standing::Undeclared, false) if self.exposed => Some(Severity::Medium),
            (Standing::Undeclared, false) => Some(Severity::Low),
            (Standing::Development, true) => Some(Severity::Medium),
            (Standing::Test, true) if used.contains(&*self.literal.value) => Some(Severity::Medium),
            (Standing::Test, true) => Some(Severity::Info),
            (Standing::Development | Standing::Test, false) => None,
        }
    }

    /// Whether it is short of what a generated token has, but nothing that the
    /// rule about weak passwords would speak of.
    fn is_decent_password(&self) -> bool {
        let password = self.literal.in_url
            || secret_kind(&self.site.name) == Some(SecretKind::DatabasePassword);
        let Some(text) = &self.literal.password else { return false };
        password
            && self.literal.class == ValueClass::Weak(Weakness::Short)
            && !password_is_weak(text, &[])
    }

    /// Whether a rule about guessable passwords says all there is to say.
    fn strength_speaks(&self) -> bool {
        let ValueClass::Weak(weakness) = self.literal.class else { return false };
        let kind = secret_kind(&self.site.name);
        !self.site.place.is_command()
            && (self.literal.in_url
                || kind == Some(SecretKind::DatabasePassword)
                || kind.is_some_and(SecretKind::is_key_material)
                || matches!(weakness, Weakness::Dictionary | Weakness::EqualsUser))
    }

    fn report(&self, cx: &mut Context<'_>, once: &mut Once, used: &HashSet<&str>) {
        let Some(severity) = self.severity(used) else { return };
        let path = &self.site.text.origin().artifact;
        let region = self.literal.region;
        if is_kept_from_git(cx, path) || !once.first(path, region) {
            return;
        }
        let name = self.service.name.raw();
        let site = self.site;
        let subject = match (site.place.is_command(), self.literal.in_url) {
            (true, true) => "the password of a URL in its command".to_owned(),
            (false, true) => format!("the password in {}", site.place.subject(&site.name)),
            (_, false) => site.place.subject(&site.name),
        };
        let image = match site.place {
            SitePlace::BuildArgument => " A build argument also stays in the image's history.",
            _ => "",
        };
        let fix = self.fix(cx);
        let advice = match self.variable() {
            Some(variable) => format!(
                "Replace the value, since it is known, and take it from the environment: \
                 `${{{variable}:?{variable} is required}}`."
            ),
            None => "Replace the value, since it is known, and take it from a variable.".to_owned(),
        };
        let draft = cx.report_in(
            path,
            region,
            format!(
                "Service {name} has {subject} written out in this file. Whoever can read the \
                 repository, its history or a copy of it has the secret.{image} {advice}"
            ),
        );
        draft.severity(severity).sensitive(region).evidence(format!("{name}:{}", site.name));
        if let Some(fix) = fix {
            draft.fix(fix);
        }
        self.judged.explain(draft, site.text.origin());
    }

    /// The variable that may take the secret's place.
    fn variable(&self) -> Option<String> {
        let variable = self.site.variable.as_ref()?;
        let valid = variable.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
            && !variable.starts_with(|first: char| first.is_ascii_digit());
        if !valid || variable.is_empty() {
            return None;
        }
        if !self.literal.in_url {
            return Some(variable.clone());
        }
        let stem = ["_URL", "_URI", "_DSN", "_CONNECTION_STRING"]
            .iter()
            .find_map(|ending| variable.strip_suffix(ending))
            .unwrap_or(variable);
        Some(format!("{stem}_PASSWORD"))
    }

    fn fix(&self, cx: &Context<'_>) -> Option<Edit> {
        let variable = self.variable()?;
        let path = &self.site.text.origin().artifact;
        let plain = self.site.text.kind() != ScalarKind::Quoted;
        // A plain scalar between brackets would end at the brace.
        if !self.literal.exact || (plain && lines::is_in_flow(cx, path, self.literal.region)) {
            return None;
        }
        let text = format!("${{{variable}:?{variable} is required}}");
        let title = format!("Take it from the variable {variable}");
        Some(Edit::risky(title).replace(path, self.literal.region, text))
    }
}

/// Whether git neither has the file nor would take it.
fn is_kept_from_git(cx: &Context<'_>, path: &ArtifactPath) -> bool {
    cx.snapshot()
        .git()
        .is_some_and(|git| !git.is_tracked(path.as_str()) && git.is_ignored(path.as_str()))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix, check_repo};

    #[test]
    fn flags_secrets_written_out_in_production() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  api:
    build:
      context: .
      args:
        NPM_TOKEN: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] the build argument NPM_TOKEN written out
    environment:
      JWT_SECRET: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] Service api has JWT_SECRET written out
      DATABASE_URL: postgres://app:Vr7-kq2Lm-9xZt4b@db:5432/app
                                   ^^^^^^^^^^^^^^^^ [high] the password in DATABASE_URL
      PARTLY: postgres://${USER}:Vr7-kq2Lm-9xZt4b@db:5432/${DB}
                                 ^^^^^^^^^^^^^^^^ [high] the password in PARTLY
  db:
    image: postgres
    environment:
      - POSTGRES_USER=app
      - POSTGRES_PASSWORD=app
                          ^^^ [high] POSTGRES_PASSWORD
  cache:
    image: redis
    command: redis-server --requirepass hunter-2026-moon
                                        ^^^^^^^^^^^^^^^^ [high] after --requirepass in its command
    healthcheck:
      test: ["CMD", "redis-cli", "-a", "hunter-2026-moon", "ping"]
                                        ^^^^^^^^^^^^^^^^ [high] after -a in its health check
  sql:
    image: mysql
    healthcheck:
      test: mysqladmin ping -h localhost -uroot -pVr7kq2Lm9xZt4b
                                                  ^^^^^^^^^^^^^^ [high] after -p
"#,
        );
    }

    #[test]
    fn a_password_that_is_not_weak_is_told_in_a_base_file_too() {
        check(
            &RULE,
            "docker-compose.yml",
            r#"
services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: Hk3pQ9vLx2Rt7mWd
                         ^^^^^^^^^^^^^^^^ [high] POSTGRES_PASSWORD written out
  api:
    image: acme/api
    environment:
      DATABASE_URL: postgres://app:Hk3pQ9vLx2Rt7mWd@db/app
                                   ^^^^^^^^^^^^^^^^ [high] the password in DATABASE_URL
"#,
        );
    }

    #[test]
    fn passes_what_is_no_literal_secret() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  api:
    image: acme/api
    environment:
      JWT_SECRET: ${JWT_SECRET}
      A_SECRET: ${A_SECRET:?required}
      B_SECRET: ${B_SECRET:-q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f}
      DATABASE_URL: postgres://app:${DB_PASSWORD}@db/app
      DB_PASSWORD_FILE: /run/secrets/db
      JWT_EXPIRES_IN: 15m
      API_KEY:
      STRIPE_SECRET_KEY: your-secret-key
      MYSQL_RANDOM_ROOT_PASSWORD: "yes"
      NEXT_PUBLIC_SUPABASE_ANON_KEY: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
      BUILD_ID: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
    env_file: .env
    secrets: [db]
    command: sh -c 'mysql -p"$$MYSQL_ROOT_PASSWORD" app && redis-cli -a $$PASS'
    healthcheck:
      test: ["CMD-SHELL", "mysqladmin ping -p$${MYSQL_ROOT_PASSWORD} && curl -u $$USER:$$PASS x"]
secrets:
  db: { file: ./db.txt }
"#,
        );
    }

    #[test]
    fn weak_words_count_where_no_other_rule_speaks() {
        check(
            &RULE,
            "docker-compose.yml",
            r#"
services:
  db:
    image: postgres
    ports: ["5432:5432"]
    environment:
      POSTGRES_PASSWORD: postgres
      JWT_SECRET: mysecret
  cache:
    image: redis
    command: redis-server --requirepass redispass
                                        ^^^^^^^^^ [medium] after --requirepass
"#,
        );
        check(
            &RULE,
            "docker-compose.dev.yml",
            "
services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: devpass
      API_TOKEN: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] API_TOKEN
",
        );
    }

    #[test]
    fn an_anchored_block_counts_once_and_a_base_once() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
x-env: &env
  JWT_SECRET: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] JWT_SECRET
services:
  a:
    image: a
    environment: *env
  b:
    image: b
    environment:
      <<: *env
      X: y
//- docker-compose.prod.yml
services:
  a:
    restart: always
",
        );
    }

    #[test]
    fn tests_are_info_unless_the_secret_is_used_elsewhere() {
        check_files(
            &RULE,
            "
//- docker-compose.test.yml
services:
  a:
    image: a
    environment:
      A_SECRET: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [info] A_SECRET
      B_SECRET: w3Zt4nV0xW7rLk2mPb5sYd9eHc3uGa77
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] B_SECRET
//- .env.production
B_SECRET=w3Zt4nV0xW7rLk2mPb5sYd9eHc3uGa77
",
        );
    }

    #[test]
    fn a_file_that_git_ignores_is_no_leak() {
        check_repo(
            &RULE,
            "
//- .gitignore
compose.override.yml
//- compose.yml
services:
  a:
    image: a
//- compose.override.yml untracked
services:
  a:
    environment:
      A_SECRET: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
",
        );
    }

    #[test]
    fn takes_it_from_a_variable() {
        check_fix(
            &RULE,
            "compose.prod.yml",
            r#"
services:
  a:
    image: a
    environment:
      JWT_SECRET: q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
      DATABASE_URL: "postgres://app:Vr7-kq2Lm-9xZt4b@db:5432/app"
  b:
    image: redis
    environment:
      - API_TOKEN=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
    command: redis-server --requirepass q8Zt4nV0xW7rLk2mPb5s
"#,
            r#"
services:
  a:
    image: a
    environment:
      JWT_SECRET: ${JWT_SECRET:?JWT_SECRET is required}
      DATABASE_URL: "postgres://app:${DATABASE_PASSWORD:?DATABASE_PASSWORD is required}@db:5432/app"
  b:
    image: redis
    environment:
      - API_TOKEN=${API_TOKEN:?API_TOKEN is required}
    command: redis-server --requirepass ${REDIS_PASSWORD:?REDIS_PASSWORD is required}
"#,
        );
    }
}
