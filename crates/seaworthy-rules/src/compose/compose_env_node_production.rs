//! `compose-env-node-production`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::compose::{ImageName, Origin, Service, Text, VolumeKind, VolumeRef};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::commands::run_by;
use super::standing::{Judged, Once, Standing, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-env-node-production",
        group: Group::Compose,
        summary: "production service that runs as on a developer's machine",
        help: include_str!("compose_env_node_production.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[489],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        if judged.standing != Standing::Production {
            continue;
        }
        for service in &judged.stack.project().services {
            for fault in faults(&judged, service) {
                fault.report(cx, &mut once, &judged, service);
            }
        }
    }
}

struct Fault<'s> {
    origin: &'s Origin,
    region: Region,
    says: String,
    advice: &'static str,
    what: &'static str,
}

fn faults<'s>(judged: &Judged<'_>, service: &'s Service) -> Vec<Fault<'s>> {
    let mut faults = Vec::new();
    let words = run_by(service);
    if let Some(tool) = development_command(&words) {
        let command = service.command.as_ref().or(service.entrypoint.as_ref());
        let entry = [&service.command, &service.entrypoint]
            .into_iter()
            .flatten()
            .find(|command| development_command(&super::commands::words(command)).is_some());
        if let Some(command) = entry.or(command) {
            faults.push(Fault {
                origin: &command.origin,
                region: place(command.texts()).unwrap_or(command.origin.region),
                says: format!("is started with `{tool}`"),
                advice: "A development server shows errors and sources to its visitors, reloads \
                         code and is slow. Start what was built.",
                what: "command",
            });
        }
    }
    for reference in &service.volumes {
        if let Some(source) = mounted_source(judged, service, reference) {
            let field = reference.value.get("source").or_else(|| reference.value.get("src"));
            let origin = field.map_or(reference.origin(), |field| field.origin());
            faults.push(Fault {
                origin,
                region: origin.region,
                says: format!("mounts its source directory (`{source}`) over the image"),
                advice: "What runs is then the working tree of the server, not the image that was \
                         built and tested. Remove the mount, in an overlay with `!reset` or \
                         `!override`, since lists are appended.",
                what: "volumes",
            });
        }
    }
    if let Some(target) = service.build.as_ref().and_then(|build| build.target.as_ref())
        && let Some(name) = judged.stack.expand(target)
        && matches!(
            name.to_ascii_lowercase().as_str(),
            "dev" | "development" | "develop" | "local" | "debug" | "test" | "dev-server"
        )
    {
        faults.push(Fault {
            origin: target.origin(),
            region: target.region(),
            says: format!("is built up to the stage `{name}`"),
            advice: "That stage holds tools and sources for development. Build the production \
                     stage.",
            what: "target",
        });
    }
    faults
}

/// The whole of a command's words; of several lines the first word.
fn place(words: &[Text]) -> Option<Region> {
    let (first, last) = (words.first()?, words.last()?);
    let together = first.origin().artifact == last.origin().artifact
        && first.region().start <= last.region().end;
    together.then(|| Region::new(first.region().start, last.region().end))
}

/// What in a command belongs to development, as a reader would say it.
fn development_command(words: &[Text]) -> Option<String> {
    let mut flat: Vec<String> = Vec::new();
    for word in words.iter().flat_map(|word| word.raw().split_whitespace()) {
        let word = word.trim_matches(['"', '\'', '(', ')']);
        let plain = word.trim_end_matches(';');
        flat.extend((!plain.is_empty()).then(|| plain.to_owned()));
        flat.extend((plain != word).then(|| ";".to_owned()));
    }
    for (index, word) in flat.iter().enumerate() {
        let name = word.rsplit('/').next().unwrap_or(word);
        let next = |offset: usize| flat.get(index + offset).map_or("", String::as_str);
        let rest =
            || flat[index + 1..].iter().take_while(|word| !matches!(&***word, "|" | "&&" | ";"));
        let found = match name {
            "npm" | "pnpm" | "yarn" | "bun" | "deno" => package_script(name, &flat[index + 1..]),
            "nodemon" | "ts-node-dev" | "node-dev" | "supervisor-dev" => Some(name.to_owned()),
            "next" | "nuxt" | "nuxi" | "astro" | "remix" | "wrangler" | "convex" | "turbo"
                if next(1) == "dev" =>
            {
                Some(format!("{name} dev"))
            }
            "vite" if matches!(next(1), "" | "dev" | "serve") || next(1).starts_with("--") => {
                Some("vite".to_owned())
            }
            "ng" if next(1) == "serve" => Some("ng serve".to_owned()),
            "react-scripts" | "vue-cli-service" if matches!(next(1), "start" | "serve") => {
                Some(format!("{name} {}", next(1)))
            }
            "gatsby" if next(1) == "develop" => Some("gatsby develop".to_owned()),
            "nest" if next(1) == "start" && rest().any(|word| is_watch(word)) => {
                Some("nest start --watch".to_owned())
            }
            "node" | "tsx" if rest().take(6).any(|word| is_watch(word) || word == "watch") => {
                Some(format!("{name} --watch"))
            }
            "uvicorn" | "fastapi" | "gunicorn" | "flask" | "hypercorn"
                if rest().any(|word| word == "--reload" || word == "--debug") =>
            {
                Some(format!("{name} --reload"))
            }
            "fastapi" if next(1) == "dev" => Some("fastapi dev".to_owned()),
            "manage.py" if next(1) == "runserver" => Some("manage.py runserver".to_owned()),
            "artisan" if next(1) == "serve" => Some("artisan serve".to_owned()),
            "cargo" if next(1) == "watch" => Some("cargo watch".to_owned()),
            "air" | "CompileDaemon" | "watchexec" | "reflex" if index == 0 => Some(name.to_owned()),
            "webpack-dev-server" => Some(name.to_owned()),
            "webpack" if next(1) == "serve" => Some("webpack serve".to_owned()),
            _ => None,
        };
        // `exec`, `npx` and the like may stand in front; an argument may not.
        if found.is_some() && starts_command(&flat, index) {
            return found;
        }
    }
    None
}

fn is_watch(word: &str) -> bool {
    word == "--watch" || word == "-w" || word.starts_with("--watch=") || word == "--watch-path"
}

/// Whether what stands before a word lets it be a command of its own.
fn starts_command(words: &[String], index: usize) -> bool {
    let Some(before) = index.checked_sub(1).map(|before| &*words[before]) else { return true };
    matches!(
        before,
        "exec"
            | "npx"
            | "bunx"
            | "pnpx"
            | "dlx"
            | "run"
            | "python"
            | "python3"
            | "php"
            | "-c"
            | "-lc"
            | "-m"
            | "&&"
            | "||"
            | "|"
            | "--"
            | ";"
            | "do"
            | "then"
            | "tini"
            | "dumb-init"
            | "yarn"
            | "pnpm"
            | "bun"
            | "poetry"
            | "uv"
            | "cross-env"
    ) || before.contains('=')
}

/// The script of a package manager that serves a developer.
fn package_script(manager: &str, rest: &[String]) -> Option<String> {
    let mut words = rest.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
    let mut script = words.next()?;
    // `--prefix web run dev`, `-w api run dev`: the word after may be a path.
    if !matches!(script, "run" | "run-script" | "workspace" | "task") && !is_script(script) {
        script = words.next().unwrap_or("");
    }
    if script == "workspace" {
        words.next();
        script = words.next().unwrap_or("");
    }
    if matches!(script, "run" | "run-script" | "task") {
        script = words.next().unwrap_or("");
    }
    is_script(script).then(|| format!("{manager} run {script}"))
}

fn is_script(name: &str) -> bool {
    let first = name.split(':').next().unwrap_or("");
    matches!(first, "dev" | "develop" | "development" | "watch")
        || matches!(name, "start:dev" | "start:debug" | "serve:dev" | "start:development")
        || name.ends_with(":dev")
}

/// Images that bring a language and no program.
const RUNTIMES: &[&str] = &["node", "python", "php", "ruby", "bun", "deno", "golang", "openjdk"];

/// Directories of sources below a build context.
const SOURCES: &[&str] = &["src", "app", "lib", "pages", "components", "server", "api"];

/// The source directory that a mount lays over the program, as written.
fn mounted_source(judged: &Judged<'_>, service: &Service, reference: &VolumeRef) -> Option<String> {
    let volume = reference.resolve(&|name| judged.variable(name)).ok()?;
    let source = volume.source.filter(|_| volume.kind == VolumeKind::Bind)?;
    let project = judged.stack.project();
    let mounted = project.resolve(reference.origin(), &source)?;
    let contexts = match &service.build {
        Some(build) => {
            let context = match &build.context {
                Some(context) => judged.stack.expand(context)?,
                None => ".".to_owned(),
            };
            vec![project.resolve(&build.origin, &context)?]
        }
        None => {
            let image = service.image.as_ref().and_then(ImageName::of)?;
            if !RUNTIMES.contains(&image.name()) {
                return None;
            }
            let home = project.resolve(reference.origin(), ".")?;
            if mounted == home {
                vec![home]
            } else {
                return working(service, &volume.target, source);
            }
        }
    };
    let is_source = contexts.iter().any(|context| {
        mounted == *context || below(context, &mounted).is_some_and(|rest| SOURCES.contains(&rest))
    });
    is_source.then_some(source)
}

/// A directory mounted where a runtime's image starts the program.
fn working(service: &Service, target: &str, source: String) -> Option<String> {
    let directory = service.extra("working_dir")?.text()?.literal()?;
    (directory.trim_end_matches('/') == target.trim_end_matches('/')).then_some(source)
}

/// What is left of a path below a directory.
fn below<'p>(directory: &ArtifactPath, path: &'p ArtifactPath) -> Option<&'p str> {
    let directory = directory.as_str();
    if directory.is_empty() {
        return Some(path.as_str());
    }
    path.as_str().strip_prefix(directory)?.strip_prefix('/')
}

impl Fault<'_> {
    fn report(
        &self,
        cx: &mut Context<'_>,
        once: &mut Once,
        judged: &Judged<'_>,
        service: &Service,
    ) {
        let standing = judged.at(Some(service), self.origin);
        if standing != Standing::Production || !once.first(&self.origin.artifact, self.region) {
            return;
        }
        let name = service.name.raw();
        let draft = cx.report_in(
            &self.origin.artifact,
            self.region,
            format!("Service {name} of a production stack {}. {}", self.says, self.advice),
        );
        draft.evidence(format!("{name}:{}", self.what));
        judged.explain(draft, self.origin);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_what_belongs_to_development() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  web:
    build:
      context: ./web
      target: development
              ^^^^^^^^^^^ [medium] built up to the stage `development`
    command: npm run dev
             ^^^^^^^^^^^ [medium] Service web of a production stack is started with `npm run dev`
    volumes:
      - ./web:/app
        ^^^^^^^^^^ [medium] mounts its source directory (`./web`)
      - ./web/src:/app/src
        ^^^^^^^^^^^^^^^^^^ [medium] mounts its source directory
  api:
    build: .
    command: ["npx", "nodemon", "server.js"]
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] `nodemon`
  app:
    image: node:22
    working_dir: /app
    command: sh -c "npm ci && yarn dev"
             ^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] `yarn run dev`
    volumes: [".:/app"]
               ^^^^^^ [medium] source directory (`.`)
  py:
    build: ./py
    command: uvicorn app:app --host 0.0.0.0 --reload
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] --reload
  next:
    image: acme/next
    command: ./node_modules/.bin/next dev -p 3000
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] `next dev`
"#,
        );
    }

    #[test]
    fn passes_what_belongs_to_production() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
services:
  web:
    build: { context: ./web, target: production }
    command: npm run start:prod
    volumes:
      - ./web/config.json:/app/config.json:ro
      - ./uploads:/app/uploads
      - uploads:/app/public
  a:
    build: .
    command: node dist/main.js --name dev
  b:
    build: .
    command: npm start
  nginx:
    image: nginx
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./:/usr/share/nginx/html"]
  c:
    build: .
    command: gunicorn app:app
  d:
    image: acme/backup
    command: backup --source /var/lib/air --log dev
    volumes: [".:/repo:ro"]
volumes:
  uploads:
"#,
        );
    }

    #[test]
    fn a_development_stack_may_do_so_but_a_base_under_production_may_not() {
        check_files(
            &RULE,
            "
//- a/docker-compose.yml
services:
  web:
    build: .
    command: npm run dev
    volumes: ['.:/app']
//- b/docker-compose.yml
services:
  web:
    build: .
    command: npm run dev
    volumes: ['.:/app']
               ^^^^^^ [medium] source directory
//- b/docker-compose.prod.yml
services:
  web:
    command: npm start
//- c/docker-compose.dev.yml
services:
  web:
    build: { context: ., target: dev }
    command: vite --host
",
        );
    }
}
