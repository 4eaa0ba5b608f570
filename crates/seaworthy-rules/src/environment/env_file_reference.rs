//! `env-file-reference`

use std::collections::BTreeSet;
use std::sync::Arc;

use seaworthy_analysis::joined::Stack;
use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::roles::{Role, is_env_file_name, template_target};
use seaworthy_analysis::values::{ValueContext, classify};
use seaworthy_analysis::{Check, Context, NativeRule, Snapshot, Artifact, is_searched_only};
use seaworthy_formats::compose::{EnvFileRef, Service};
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity};
use seaworthy_syntax::env::EnvFile;

use super::deployment::Mentions;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-file-reference",
        group: Group::Environment,
        summary: "`env_file` is missing, tracked or not ignored",
        help: include_str!("env_file_reference.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[540, 1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let mut sources = None;
    let mut seen = BTreeSet::new();
    for stack in snapshot.joined().stacks() {
        if !matches!(stack.role().role, Role::Deployable | Role::Development) {
            continue;
        }
        for service in &stack.project().services {
            for entry in &service.env_file {
                let Some(path) = stack.env_file(entry) else { continue };
                if !seen.insert((entry.path.origin().artifact.clone(), path.clone())) {
                    continue;
                }
                let fault = if snapshot.contains(path.as_str()) {
                    exposed(snapshot, &path)
                } else {
                    let sources = sources.get_or_insert_with(|| Sources::read(snapshot));
                    missing(snapshot, stack, entry, &path, sources)
                };
                if let Some(fault) = fault {
                    report(service, entry, &path, fault, cx);
                }
            }
        }
    }
}

/// What is wrong with a file that a service is started with.
enum Fault {
    Missing { severity: Severity, ignored: bool },
    Tracked,
    NotIgnored,
}

fn report(
    service: &Service,
    entry: &EnvFileRef,
    path: &ArtifactPath,
    fault: Fault,
    cx: &mut Context<'_>,
) {
    let name = service.name.raw();
    let (severity, message) = match fault {
        Fault::Missing { severity, ignored } => (
            severity,
            format!(
                "The env_file {path} of service {name} does not exist{}, and there is no template \
                 of it. Compose refuses to start; add a template to copy, or mark the entry \
                 `required: false`.",
                if ignored { " here, since git ignores it" } else { "" },
            ),
        ),
        Fault::Tracked => (
            Severity::High,
            format!(
                "The env_file {path} of service {name} is tracked by git and holds secrets. \
                 Everybody with the repository has them; take the file out of the index, ignore it \
                 and replace the secrets."
            ),
        ),
        Fault::NotIgnored => (
            Severity::High,
            format!(
                "The env_file {path} of service {name} is not ignored by git. The next `git add` \
                 commits its secrets; add it to .gitignore."
            ),
        ),
    };
    let region = entry.path.region();
    cx.report_in(&entry.path.origin().artifact, region, message)
        .severity(severity)
        .evidence(format!("{name}:{path}"));
}

/// A file that exists: is it in git, or about to be? Files that are env files
/// by their usual names are judged by the rules of git hygiene.
fn exposed(snapshot: &Snapshot, path: &ArtifactPath) -> Option<Fault> {
    let git = snapshot.git()?;
    if is_env_file_name(path.file_name()).is_some() || !holds_secret(snapshot, path) {
        return None;
    }
    if git.is_tracked(path.as_str()) {
        Some(Fault::Tracked)
    } else {
        (!git.is_ignored(path.as_str())).then_some(Fault::NotIgnored)
    }
}

fn holds_secret(snapshot: &Snapshot, path: &ArtifactPath) -> bool {
    let Some(text) = snapshot.artifact(path.as_str()).and_then(|a| snapshot.text(a)) else {
        return false;
    };
    EnvFile::parse(text).entries().iter().any(|entry| {
        let context = ValueContext { key: &entry.key, user: None, project: &[] };
        secret_kind(&entry.key).is_some() && classify(&entry.value, &context).is_secret()
    })
}

/// A file that is not there: the usual way is a template to be copied.
fn missing(
    snapshot: &Snapshot,
    stack: &Stack,
    entry: &EnvFileRef,
    path: &ArtifactPath,
    sources: &Sources,
) -> Option<Fault> {
    if !entry.required || stack.project().is_partial() {
        return None;
    }
    if sources.give(snapshot, path) {
        return None;
    }
    let ignored = snapshot.git().is_some_and(|git| git.is_ignored(path.as_str()));
    let severity = match (ignored, stack.may_be_production()) {
        (true, _) => Severity::Low,
        (false, true) => Severity::High,
        (false, false) => Severity::Medium,
    };
    Some(Fault::Missing { severity, ignored })
}

/// Where files that are not there may come from.
struct Sources {
    /// What templates are copied to.
    targets: Arc<BTreeSet<String>>,
    /// The directories of templates.
    directories: Arc<BTreeSet<String>>,
    mentions: Mentions,
}

impl Sources {
    fn read(snapshot: &Snapshot) -> Self {
        let (targets, directories) = snapshot.answer("targets of templates", || {
            let (mut targets, mut directories) = (BTreeSet::new(), BTreeSet::new());
            let is = |it: &Artifact| {
                let path = it.path().as_str();
                template_target(path).is_some() && !is_searched_only(path)
            };
            for artifact in snapshot.chosen(is) {
                targets.extend(template_target(artifact.path().as_str()));
                directories.insert(artifact.path().parent().to_owned());
            }
            (Arc::new(targets), Arc::new(directories))
        });
        Self { targets, directories, mentions: Mentions::read(snapshot) }
    }

    /// Whether a template is copied to the path, one stands beside it
    /// (`.env.production.example` is often copied to a plain `.env`), or a
    /// script names the file and so may write it.
    fn give(&self, snapshot: &Snapshot, path: &ArtifactPath) -> bool {
        // `conf/app.vars.example` for `conf/app.vars`.
        let endings = [".example", ".sample", ".template", ".dist", ".tpl", ".tmpl"];
        self.targets.contains(path.as_str())
            || self.directories.contains(path.parent())
            || self.mentions.file(path.file_name())
            || endings.iter().any(|ending| snapshot.contains(&format!("{path}{ending}")))
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_repo;

    #[test]
    fn flags_a_missing_file() {
        check_repo(
            &RULE,
            "
//- docker-compose.prod.yml
services:
  api:
    image: shop/api:1.2.3
    env_file:
      - ./conf/api.env
        ^^^^^^^^^^^^^^ [high] The env_file conf/api.env of service api does not exist
      - .env.secret
        ^^^^^^^^^^^ [low] since git ignores it
  worker:
    image: shop/api:1.2.3
    env_file: ./conf/api.env
//- .gitignore
.env.secret
",
        );
    }

    #[test]
    fn passes_what_is_optional_or_has_a_template() {
        check_repo(
            &RULE,
            "
//- compose.yml
services:
  a:
    image: a/b:1
    env_file: .env
  b:
    image: a/b:1
    env_file:
      - path: maybe.env
        required: false
      - conf/app.vars
      - deploy.env
      - ${ENV_FILE}
      - /etc/app.env
//- .env.production.example
A=1
//- conf/app.vars.example
A=1
//- scripts/deploy.sh
printenv > deploy.env
//- tests/compose.yml
services:
  a:
    image: a/b:1
    env_file: gone.env
",
        );
    }

    #[test]
    fn flags_files_with_secrets_that_git_has_or_will_have() {
        check_repo(
            &RULE,
            "
//- compose.yml
services:
  a:
    image: a/b:1
    env_file:
      - conf/secrets.list
        ^^^^^^^^^^^^^^^^^ [high] is tracked by git and holds secrets
      - conf/api.list
        ^^^^^^^^^^^^^ [high] is not ignored by git
      - api.env
      - plain.list
      - ignored.env
      - .env
//- conf/secrets.list
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- conf/api.list untracked
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- api.env untracked
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- plain.list
PORT=3000
//- ignored.env untracked
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- .env
JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
//- .gitignore
ignored.env
",
        );
    }
}
