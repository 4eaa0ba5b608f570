//! `node-tls-reject-disabled`

use seaworthy_analysis::joined::{DefinitionSource, Standing};
use seaworthy_analysis::names::split_words;
use seaworthy_analysis::roles::{Environment, Role, file_role};
use seaworthy_analysis::{
    Artifact, Check, Context, Document, DocumentKind, NativeRule, PieceSizes,
};
use seaworthy_formats::dockerfile::{Command, Dockerfile};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::unchecked::{Unchecked, unchecked};

/// The variable that keeps every connection of Node.js from being checked.
pub(crate) const REJECT_UNAUTHORIZED: &str = "NODE_TLS_REJECT_UNAUTHORIZED";

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "node-tls-reject-disabled",
        group: Group::TlsAndDatabase,
        summary: "check of certificates switched off",
        help: include_str!("node_tls_reject_disabled.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[295],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    definitions(cx);
    let may_set = |artifact: &Artifact| {
        let path = artifact.path().as_str();
        let document = matches!(artifact.kind(), DocumentKind::Dockerfile | DocumentKind::PackageJson);
        (document || is_script(path)) && is_judged(path)
    };
    for artifact in cx.snapshot().chosen(may_set) {
        match artifact.kind() {
            DocumentKind::Dockerfile => dockerfile(artifact, cx),
            DocumentKind::PackageJson => package(artifact, cx),
            _ => script(artifact, cx),
        }
    }
}

fn is_judged(path: &str) -> bool {
    !matches!(
        file_role(path, None).role,
        Role::Test | Role::Docs | Role::Vendored | Role::Template | Role::Development
    )
}

/// Env files, stacks and `vercel.json`.
fn definitions(cx: &mut Context<'_>) {
    for definition in cx.joined().definitions_of(REJECT_UNAUTHORIZED) {
        if definition.value.reveal().trim() != "0" || definition.overridden {
            continue;
        }
        let severity = match definition.standing {
            Standing::Production => Severity::High,
            Standing::Deployable => Severity::Medium,
            Standing::Template
                if matches!(
                    definition.role.environment,
                    Environment::Production | Environment::Staging | Environment::Unspecified
                ) =>
            {
                Severity::Low
            }
            _ => continue,
        };
        let whose = match &definition.source {
            DefinitionSource::ComposeService { service }
            | DefinitionSource::ComposeBuild { service } => format!("Service {service}"),
            _ => definition.artifact.to_string(),
        };
        let message = format!(
            "{whose} sets {REJECT_UNAUTHORIZED}=0: Node.js no longer checks any certificate. \
             Anybody on the way can pose as the database, the payment provider or the mail \
             server. Remove it, and name the missing authority in NODE_EXTRA_CA_CERTS."
        );
        cx.report_in(&definition.artifact, definition.key_region, message)
            .severity(severity)
            .evidence(definition.evidence());
    }
}

fn dockerfile(artifact: &Artifact, cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(Document::Dockerfile(file)) = snapshot.document(artifact) else { return };
    let text = snapshot.text(artifact).unwrap_or("");
    for instruction in file.instructions() {
        if instruction.stage.is_some_and(|stage| is_for_development(file, stage)) {
            continue;
        }
        match &instruction.command {
            Command::Env(assignments) => {
                for assignment in assignments.iter().filter(|a| a.key.raw == REJECT_UNAUTHORIZED) {
                    let off = assignment
                        .value
                        .as_ref()
                        .is_some_and(|value| value.raw.trim_matches(['"', '\'']) == "0");
                    if off {
                        let place = Unchecked {
                            range: assignment.key.region.range(),
                            what: REJECT_UNAUTHORIZED,
                            global: true,
                        };
                        report(cx, artifact.path(), &place, "The image", Severity::High);
                    }
                }
            }
            Command::Run(_) => {
                let parts = std::iter::once(instruction.region)
                    .chain(instruction.heredocs.iter().map(|heredoc| heredoc.body));
                for part in parts {
                    for place in placed(unchecked(part.of(text)), part.start) {
                        report(cx, artifact.path(), &place, "The build", Severity::Medium);
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_for_development(file: &Dockerfile, stage: usize) -> bool {
    file.stages().get(stage).and_then(|stage| stage.name.as_ref()).is_some_and(|name| {
        split_words(&name.raw).iter().any(|word| {
            matches!(word.as_str(), "dev" | "development" | "test" | "tests" | "e2e" | "local")
        })
    })
}

fn package(artifact: &Artifact, cx: &mut Context<'_>) {
    let Some(Document::PackageJson(manifest)) = cx.snapshot().document(artifact) else { return };
    for script in &manifest.scripts {
        let aside = split_words(&script.name).iter().any(|word| {
            matches!(
                word.as_str(),
                "dev"
                    | "develop"
                    | "development"
                    | "test"
                    | "tests"
                    | "e2e"
                    | "local"
                    | "watch"
                    | "debug"
                    | "storybook"
                    | "proxy"
            )
        });
        let found = unchecked(&script.text);
        if let Some(place) = found.first().filter(|_| !aside) {
            let whole = Unchecked { range: script.region.range(), ..*place };
            let who = format!("Script {}", script.name);
            report(cx, artifact.path(), &whole, &who, Severity::Medium);
        }
    }
}

/// Shell scripts and what CI services run.
fn is_script(path: &str) -> bool {
    path.ends_with(".sh")
        || path.ends_with(".bash")
        || path.starts_with(".github/workflows/")
        || path.ends_with(".gitlab-ci.yml")
        || path.ends_with("/Procfile")
        || path == "Procfile"
}

fn script(artifact: &Artifact, cx: &mut Context<'_>) {
    let mut found = Vec::new();
    let mut buffer = Vec::new();
    cx.snapshot().with_pieces(artifact, PieceSizes::DEFAULT, &mut buffer, |piece| {
        // Scripts are short; of what is not, the beginning is enough.
        if piece.first {
            found = unchecked(piece.text);
        }
    });
    let who = if artifact.path().as_str().ends_with("sh") { "The script" } else { "The workflow" };
    for place in found {
        report(cx, artifact.path(), &place, who, Severity::Medium);
    }
}

fn placed(found: Vec<Unchecked>, start: usize) -> impl Iterator<Item = Unchecked> {
    found.into_iter().map(move |place| Unchecked {
        range: place.range.start + start..place.range.end + start,
        ..place
    })
}

fn report(
    cx: &mut Context<'_>,
    path: &ArtifactPath,
    place: &Unchecked,
    who: &str,
    severity: Severity,
) {
    let message = if place.what == REJECT_UNAUTHORIZED {
        format!(
            "{who} sets {REJECT_UNAUTHORIZED}=0: Node.js no longer checks any certificate. Anybody \
             on the way can pose as the other side. Remove it, and name the missing authority in \
             NODE_EXTRA_CA_CERTS."
        )
    } else if place.global {
        format!(
            "{who} switches the check of certificates off ({}). Anybody on the way can send what \
             is installed or fetched here. Remove it, and add the missing authority to the \
             machine's.",
            place.what
        )
    } else {
        format!(
            "{who} fetches over TLS and lets {} accept any certificate. Anybody on the way can \
             send something else. Drop the option, and add the missing authority to the machine's.",
            place.what
        )
    };
    cx.report_in(path, Region::from(place.range.clone()), message)
        .severity(severity)
        .evidence(format!("{who}:{}", place.what));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_the_variable_where_production_may_get_it() {
        check_files(
            &RULE,
            "
//- .env.production
NODE_TLS_REJECT_UNAUTHORIZED=0
^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] no longer checks any certificate
//- .env.example
NODE_TLS_REJECT_UNAUTHORIZED='0'
^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] .env.example sets
//- docker-compose.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      - NODE_TLS_REJECT_UNAUTHORIZED=${INSECURE:-0}
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] Service api sets
",
        );
    }

    #[test]
    fn flags_images_scripts_and_workflows() {
        check_files(
            &RULE,
            "
//- Dockerfile
FROM node:22-alpine
ENV NODE_ENV=production NODE_TLS_REJECT_UNAUTHORIZED=0
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] The image sets
RUN curl -fsSLk https://get.shop.io/tool -o /usr/bin/tool
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] lets curl accept any certificate
HEALTHCHECK CMD curl -kf https://localhost:8443/health
CMD [\"node\", \"server.js\"]
//- package.json
{ \"scripts\": {
  \"start\": \"NODE_TLS_REJECT_UNAUTHORIZED=0 node server.js\",
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] Script start sets
  \"dev\": \"NODE_TLS_REJECT_UNAUTHORIZED=0 next dev\"
} }
//- .github/workflows/deploy.yml
jobs:
  deploy:
    env:
      NODE_TLS_REJECT_UNAUTHORIZED: 0
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] The workflow sets
    steps:
      - run: npm config set strict-ssl false
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] strict-ssl false
//- scripts/install.sh
wget --no-check-certificate https://get.shop.io/tool
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] lets wget
# curl -k https://get.shop.io/tool
",
        );
    }

    #[test]
    fn passes_checked_connections_development_and_tests() {
        check_files(
            &RULE,
            "
//- .env.production
NODE_TLS_REJECT_UNAUTHORIZED=1
# NODE_TLS_REJECT_UNAUTHORIZED=0
//- .env.development
NODE_TLS_REJECT_UNAUTHORIZED=0
//- .env.development.example
NODE_TLS_REJECT_UNAUTHORIZED=0
//- docker-compose.dev.yml
services:
  api:
    image: shop/api:1.2.3
    environment:
      NODE_TLS_REJECT_UNAUTHORIZED: 0
//- Dockerfile
FROM node:22 AS dev
ENV NODE_TLS_REJECT_UNAUTHORIZED=0
FROM node:22
CMD [\"node\", \"server.js\"]
//- tests/run.sh
export NODE_TLS_REJECT_UNAUTHORIZED=0
",
        );
        check(&RULE, "README.md", "NODE_TLS_REJECT_UNAUTHORIZED=0\n");
    }
}
