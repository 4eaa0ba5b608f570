//! `compose-undefined-reference`

use std::collections::{BTreeMap, HashSet};

use seaworthy_analysis::{Check, Context, Document, DocumentKind, Edit, NativeRule};
use seaworthy_formats::compose::{ComposeFile, FileName, ProblemKind, Project};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::references::{Kind, Reference, declared_names, nearest, references};
use super::standing::{Judged, Once, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-undefined-reference",
        group: Group::Compose,
        summary: "service that refers to something the project does not declare",
        help: include_str!("compose_undefined_reference.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[1108],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// How many undeclared names are reported in all; each is compared with many.
const MOST: usize = 300;

fn check(cx: &mut Context<'_>) {
    let mut found: BTreeMap<(ArtifactPath, Region), Missing> = BTreeMap::new();
    let mut resolved: HashSet<(ArtifactPath, Region)> = HashSet::new();
    let mut once = Once::default();
    for judged in judged(cx) {
        let project = judged.stack.project();
        if project.is_uncertain() {
            continue;
        }
        extended(cx, &mut once, project);
        if project.is_partial() || !says_what_to_run(project) {
            continue;
        }
        let mut declared: BTreeMap<Kind, HashSet<&str>> = BTreeMap::new();
        for kind in [Kind::Service, Kind::Network, Kind::Volume, Kind::Secret, Kind::Config] {
            declared.insert(kind, declared_names(project, kind).into_iter().collect());
        }
        for service in &project.services {
            for reference in references(&judged, service) {
                let place = (reference.artifact.clone(), reference.region);
                let known = declared
                    .get(&reference.kind)
                    .is_some_and(|names| names.contains(&*reference.name));
                if known {
                    resolved.insert(place);
                } else if found.len() < MOST {
                    found
                        .entry(place)
                        .or_insert_with(|| judge(cx, &judged, service.name.raw(), reference));
                }
            }
        }
    }
    for (place, missing) in found {
        // A base that leaves something to its overlays is not run by itself.
        if !resolved.contains(&place) && missing.elsewhere != Elsewhere::Overlay {
            missing.report(cx);
        }
    }
}

/// Whether every service has something to run; without, a base is missing.
fn says_what_to_run(project: &Project) -> bool {
    project.services.iter().all(|service| {
        service.image.is_some() || service.build.is_some() || service.extra("provider").is_some()
    })
}

/// Services that extend one that is not there.
fn extended(cx: &mut Context<'_>, once: &mut Once, project: &Project) {
    for problem in &project.problems {
        let origin = &problem.origin;
        if problem.kind == ProblemKind::ServiceMissing
            && once.first(&origin.artifact, origin.region)
        {
            cx.report_in(
                &origin.artifact,
                origin.region,
                "The service that is extended here does not exist. Compose refuses to start the \
                 project; correct the name or the file.",
            )
            .evidence("extends");
        }
    }
}

/// A reference without declaration.
struct Missing {
    service: String,
    reference: Reference,
    hint: Hint,
    elsewhere: Elsewhere,
    severity: Severity,
}

/// What was probably meant.
enum Hint {
    None,
    /// A declared name that is spelt nearly so.
    Name(String),
    /// A name given by `name:`; the key counts.
    Key(String),
    /// A path of the host without its `./`.
    Path,
}

/// Whether a neighbouring file declares the name.
#[derive(PartialEq, Eq)]
enum Elsewhere {
    No,
    /// It does, and the file is meant to be laid over it.
    Overlay,
    /// It does, but the file looks complete by itself.
    File(ArtifactPath),
}

fn judge(cx: &Context<'_>, judged: &Judged<'_>, service: &str, reference: Reference) -> Missing {
    let project = judged.stack.project();
    let names = declared_names(project, reference.kind);
    let hint = if let Some(key) = key_of(project, &reference) {
        Hint::Key(key)
    } else if let Some(name) = nearest(&reference.name, &names)
        .filter(|name| reference.kind != Kind::Service || *name != service)
    {
        Hint::Name(name.to_owned())
    } else if reference.kind == Kind::Volume && reference.name.contains(['/', '\\']) {
        Hint::Path
    } else {
        Hint::None
    };
    let elsewhere = elsewhere(cx, judged, &reference);
    let severity = match elsewhere {
        Elsewhere::No => Severity::High,
        _ => Severity::Medium,
    };
    Missing { service: service.to_owned(), reference, hint, elsewhere, severity }
}

/// The key of what is called so by its `name:`.
fn key_of(project: &Project, reference: &Reference) -> Option<String> {
    let declared = match reference.kind {
        Kind::Service => return None,
        Kind::Network => &project.networks,
        Kind::Volume => &project.volumes,
        Kind::Secret => &project.secrets,
        Kind::Config => &project.configs,
    };
    let called = |value: &seaworthy_formats::compose::Value| {
        [&["name"][..], &["external", "name"]].iter().any(|path| {
            value.at(path).and_then(|v| v.text()).is_some_and(|t| t.raw() == reference.name)
        })
    };
    let found = declared.iter().find(|declared| called(&declared.value))?;
    Some(found.name.raw().to_owned())
}

/// Looks for the name in the other Compose files, for a stack of one file: what
/// looks complete may still be meant to be laid over another.
fn elsewhere(cx: &Context<'_>, judged: &Judged<'_>, reference: &Reference) -> Elsewhere {
    let [path] = judged.stack.files() else { return Elsewhere::No };
    let is_default = FileName::read(path.file_name()).is_some_and(|name| name.is_default());
    if is_default {
        return Elsewhere::No;
    }
    let snapshot = cx.snapshot();
    let own: HashSet<&str> =
        declared_names(judged.stack.project(), Kind::Service).into_iter().collect();
    for artifact in snapshot.of_kind(DocumentKind::Compose) {
        let Some(Document::Compose(file)) = snapshot.document(artifact) else { continue };
        let other = artifact.path();
        if other == path || !declares(file, reference) {
            continue;
        }
        let shares = file.service_names().iter().any(|name| own.contains(name));
        let listed = judged.stack.variable("COMPOSE_FILE");
        let combined = listed.is_some_and(|files| files.reveal().contains(path.file_name()))
            || says_combined(cx, path, other);
        if !shares || combined {
            return Elsewhere::Overlay;
        }
        // Elsewhere lies another version of the same stack.
        if other.parent() != path.parent() {
            continue;
        }
        return Elsewhere::File(other.clone());
    }
    Elsewhere::No
}

fn declares(file: &ComposeFile, reference: &Reference) -> bool {
    file.tree()
        .root()
        .get(reference.kind.section())
        .is_some_and(|section| section.get(&reference.name).is_some())
}

/// How many lines of a file may say how it is used.
const HEAD: usize = 40;

/// Whether the file's first comments tell to give it after the other one.
fn says_combined(cx: &Context<'_>, path: &ArtifactPath, other: &ArtifactPath) -> bool {
    let text = super::lines::text(cx, path).unwrap_or("");
    text.lines()
        .take(HEAD)
        .filter(|line| line.trim_start().starts_with('#'))
        .any(|line| line.contains("-f ") && line.contains(other.file_name()))
}

impl Missing {
    fn report(&self, cx: &mut Context<'_>) {
        let Reference { kind, name, by, artifact, region, exact } = &self.reference;
        let (word, section) = (kind.word(), kind.section());
        let advice = match &self.hint {
            Hint::Name(nearest) => format!("Did you mean `{nearest}`?"),
            Hint::Key(key) => {
                format!("`{name}` is the name of {word} `{key}`, and services use the key.")
            }
            Hint::Path => {
                format!("For a directory beside the file write `./{name}`.")
            }
            Hint::None => {
                format!("Declare it under the top-level `{section}` or correct the name.")
            }
        };
        let beside = match &self.elsewhere {
            Elsewhere::File(path) => format!(
                " {} declares it, which helps only where both files are given.",
                path.file_name()
            ),
            _ => String::new(),
        };
        let draft = cx.report_in(
            artifact,
            *region,
            format!(
                "Service {} refers to {word} `{name}` in `{by}`, which the project does not \
                 declare. Compose refuses to start it.{beside} {advice}",
                self.service,
            ),
        );
        draft.severity(self.severity).evidence(format!("{}:{by}:{name}", self.service));
        let replacement = match &self.hint {
            Hint::Name(nearest) | Hint::Key(nearest) => nearest.clone(),
            Hint::Path => format!("./{name}"),
            Hint::None => return,
        };
        if *exact {
            let edit = Edit::risky(format!("Refer to `{replacement}`"));
            draft.fix(edit.replace(artifact, *region, replacement));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_what_is_not_declared() {
        check(
            &RULE,
            "docker-compose.yml",
            r#"
services:
  api:
    build:
      context: .
      secrets: [npm_token]
                ^^^^^^^^^ [high] secret `npm_token` in `build.secrets`
    depends_on:
      - postgress
        ^^^^^^^^^ [high] Did you mean `postgres`?
    networks: [backend, default]
               ^^^^^^^ [high] network `backend`
    volumes:
      - uploads:/app/uploads
        ^^^^^^^ [high] volume `uploads`
      - data/files:/files
        ^^^^^^^^^^ [high] write `./data/files`
      - type: volume
        source: cache
                ^^^^^ [high] volume `cache`
        target: /cache
    secrets: [db_password]
              ^^^^^^^^^^^ [high] secret `db_password`
    configs:
      - source: nginx_conf
                ^^^^^^^^^^ [high] config `nginx_conf`
  side:
    image: a
    network_mode: service:app
                          ^^^ [high] Did you mean `api`?
    links: ["mongo:db"]
             ^^^^^ [high] service `mongo` in `links`
    depends_on:
      worker:
      ^^^^^^ [high] service `worker`
        condition: service_started
  postgres:
    image: postgres
    networks: [db_net]
               ^^^^^^ [high] name of network `database`
networks:
  database:
    name: db_net
"#,
        );
    }

    #[test]
    fn passes_what_is_declared_external_anonymous_or_a_path() {
        check(
            &RULE,
            "compose.yaml",
            r#"
name: shop
services:
  api:
    build: .
    depends_on:
      db: { condition: service_started }
      metrics: { condition: service_started, required: false }
    networks: [default, back]
    secrets: [token]
    configs: [conf]
    network_mode: service:db
    volumes:
      - data:/data
      - /var/cache
      - ./src:/src
      - ${DATA:-./data}:/d
      - ${HOST_PATH}:/e
      - $PWD:/app
      - ~/x:/x
      - "${VOLUME:-data}:/f"
  db:
    image: postgres
    volumes_from: ["container:old"]
networks:
  back: { external: true }
volumes:
  data:
secrets:
  token: { environment: TOKEN }
configs:
  conf: { file: ./c }
"#,
        );
    }

    #[test]
    fn what_an_overlay_or_a_base_adds_is_declared() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  api:
    build: .
    depends_on: [db]
//- docker-compose.prod.yml
services:
  api:
    networks: [edge]
  db:
    image: postgres
networks:
  edge:
//- docker-compose.monitoring.yml
services:
  prometheus:
    image: prom/prometheus
    depends_on: [api]
//- deploy/docker-compose.prod.yml
services:
  api:
    volumes: ['x:/x']
//- broken/compose.yml
services:
  api:
    image: a
    depends_on: [db
//- included/compose.yml
include: [../missing.yml]
services:
  api:
    image: a
    depends_on: [db]
",
        );
    }

    #[test]
    fn a_complete_file_beside_another_is_medium_unless_it_says_how_it_is_run() {
        check_files(
            &RULE,
            "
//- docker-compose.yml
services:
  api:
    build: .
volumes:
  data:
//- docker-compose.prod.yml
services:
  api:
    image: acme/api
    volumes: ['data:/data']
               ^^^^ [medium] docker-compose.yml declares it
//- docker-compose.stage.yml
# docker compose -f docker-compose.yml -f docker-compose.stage.yml up
services:
  api:
    image: acme/api
    volumes: ['data:/data']
",
        );
    }

    #[test]
    fn corrects_a_name() {
        check_fix(
            &RULE,
            "compose.yaml",
            "
services:
  api:
    image: a
    depends_on: [dbb]
    volumes: ['app_data:/x', 'logs/a:/y']
  db:
    image: postgres
volumes:
  app-data:
",
            "
services:
  api:
    image: a
    depends_on: [db]
    volumes: ['app-data:/x', './logs/a:/y']
  db:
    image: postgres
volumes:
  app-data:
",
        );
    }

    #[test]
    fn flags_an_extended_service_that_does_not_exist() {
        check_files(
            &RULE,
            "
//- compose.yml
services:
  api:
    extends:
      file: common.yml
      service: bas
               ^^^ [high] extended here does not exist
//- common.yml
services:
  base:
    image: a
",
        );
    }
}
