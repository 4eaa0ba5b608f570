//! `env-file-tracked`

use std::borrow::Cow;

use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::roles::{Environment, Role, file_role, is_env_file_name, is_vendored};
use seaworthy_analysis::{Check, Context, Document, NativeRule, Snapshot};
use seaworthy_formats::gitignore::IgnoreSource;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::EnvFile;

use super::content::{Found, env_secrets, is_encrypted, names, point_at};
use super::tracked::{file_name, is_docs_directory, is_test_directory, parent, untrack};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-file-tracked",
        group: Group::GitHygiene,
        summary: "an env file with real values is tracked by git",
        help: include_str!("env_file_tracked.md"),
        severity: Severity::Critical,
        precision: Precision::VeryHigh,
        cwe: &[538, 312, 540],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Whether a tracked path is an env file of real values by its name.
pub(super) fn is_real_env_file(path: &str) -> bool {
    is_env_file_name(file_name(path)).is_some_and(|name| !name.template && !name.encrypted)
        && !is_vendored(path)
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    for path in git.tracked_as(is_real_env_file) {
        let env = env_of(snapshot, path);
        if env.as_ref().is_some_and(|env| is_encrypted(env)) {
            continue;
        }
        let secrets = env.as_ref().map(|env| env_secrets(env)).unwrap_or_default();
        let severity = severity(path, &secrets);
        let aside = is_test_directory(parent(path)) || is_docs_directory(parent(path));
        if severity < Severity::High && aside {
            // Data of tests, and what an example is started with.
            continue;
        }
        let artifact = ArtifactPath::new(path);
        let verdict = git.verdict(path, false);
        let remedy = if verdict.ignored {
            format!("It is ignored, but that does not untrack it: run {}", untrack(path))
        } else {
            format!("Ignore it and run {}", untrack(path))
        };
        let message = if secrets.is_empty() {
            format!(
                "{path} is tracked by git. No secret is in it now, but the next one that somebody \
                 fills in will be committed. {remedy}, and commit a template instead."
            )
        } else {
            format!(
                "{path} is tracked by git with secrets in it: {}. Everyone who can read the \
                 repository or its history has them. {remedy}, then replace the secrets.",
                names(&secrets)
            )
        };
        let draft = cx.report_in(&artifact, Region::empty(0), message);
        draft.severity(severity);
        point_at(draft, &artifact, &secrets);
        if let Some(decision) = verdict.decided_by.filter(|decision| decision.negated)
            && let IgnoreSource::File { artifact } = decision.source
        {
            draft.related(
                &artifact,
                decision.region,
                "this line keeps the file from being ignored",
            );
        }
    }
}

/// The variables of a tracked env file, whatever kind the snapshot takes it for.
fn env_of<'s>(snapshot: &'s Snapshot, path: &str) -> Option<Cow<'s, EnvFile>> {
    let artifact = snapshot.artifact(path)?;
    match snapshot.document(artifact)? {
        Document::Env(env) => Some(Cow::Borrowed(env)),
        _ => Some(Cow::Owned(EnvFile::parse(snapshot.text(artifact)?))),
    }
}

/// How bad it is: what can be guessed harms only where it is used for real.
fn severity(path: &str, secrets: &[Found]) -> Severity {
    let role = file_role(path, None);
    let aside =
        role.role == Role::Test || matches!(role.environment, Environment::Test | Environment::Ci);
    let own_machine = role.role == Role::Development;
    let real = secrets.iter().any(|secret| secret.real);
    let only_keys = secrets
        .iter()
        .filter(|secret| secret.real)
        .all(|secret| secret_kind(&secret.name).is_some_and(|kind| kind.is_key_material()));
    match (secrets.is_empty(), real) {
        (true, _) => Severity::Low,
        // Frameworks have a key written into the file of their tests, which
        // signs and encrypts what the tests make, and opens nothing.
        (false, true) if aside && only_keys => Severity::Medium,
        (false, true) if aside => Severity::High,
        (false, true) => Severity::Critical,
        (false, false) if aside => Severity::Low,
        (false, false) if own_machine => Severity::Medium,
        // What everybody knows opens nothing on another machine.
        (false, false)
            if role.environment != Environment::Production
                && secrets.iter().all(|secret| secret.local) =>
        {
            Severity::Medium
        }
        (false, false) => Severity::Critical,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_repo;

    #[test]
    fn the_values_decide_how_bad_it_is() {
        check_repo(
            &RULE,
            "
//- .env
PORT=3000
^ [critical] with secrets in it: JWT_SECRET
JWT_SECRET=k8Fz2LqX0vRt5YbN7wHc3mJs
~~~~~~~~~~ JWT_SECRET is set here
//- web/.env.production
REACT_APP_API_URL=https://api.acme.io
^ [low] No secret is in it now
//- .env.staging
DB_PASSWORD=postgres
^ [critical] DB_PASSWORD
//- .env.development
DB_PASSWORD=postgres
^ [medium] DB_PASSWORD
//- .env.test
DB_PASSWORD=postgres
^ [low] DB_PASSWORD
//- .env.testing
APP_KEY=base64:Zk3+vQ9/pLx7wRt2mBn5cYd8sFgHj4KqXeUo1TiAz6M=
^ [medium] APP_KEY
//- .env.ci
DB_PASSWORD=k8Fz2LqX0vRt5YbN7wHc3mJs
^ [high] DB_PASSWORD
",
        );
    }

    #[test]
    fn what_everybody_knows_of_this_machine_s_database_weighs_less() {
        check_repo(
            &RULE,
            "
//- .env
DATABASE_URL=postgres://postgres:postgres@localhost:5432/shop
^ [medium] with secrets in it: DATABASE_URL
//- api/.env
DATABASE_URL=postgres://postgres:postgres@db.acme.io:5432/shop
^ [critical] DATABASE_URL
//- web/.env
DATABASE_URL=postgres://shop:k8Fz2LqX0vRt5YbN7wHc3mJs@localhost:5432/shop
^ [critical] DATABASE_URL
//- job/.env
DATABASE_URL=postgres://postgres:postgres@127.0.0.1:5432/shop
^ [critical] DATABASE_URL and ADMIN_PASSWORD
ADMIN_PASSWORD=admin123
//- .env.production
DATABASE_URL=postgres://postgres:postgres@localhost:5432/shop
^ [critical] DATABASE_URL
",
        );
    }

    #[test]
    fn unusual_names_are_env_files_too() {
        check_repo(
            &RULE,
            "
//- .env.huntaze
JWT_SECRET=
^ [low] run `git rm --cached .env.huntaze`
//- deploy/aws.env
JWT_SECRET=change-me
^ [low] tracked by git
//- .env.production.new
A=1
^ tracked
//- .env.migration
A=1
^ tracked
//- .env.backup
A=1
^ tracked
",
        );
    }

    #[test]
    fn tells_how_the_ignore_rules_stand() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env*
!.env.production
~~~~~~~~~~~~~~~~ keeps the file from being ignored
//- .env
A=1
^ ignored, but that does not untrack it
//- .env.production
A=1
^ Ignore it and run
",
        );
    }

    #[test]
    fn passes_templates_encrypted_files_fixtures_and_code() {
        check_repo(
            &RULE,
            "
//- .env.example
JWT_SECRET=k8Fz2LqX0vRt5YbN7wHc3mJs
//- .env.production.template
A=1
//- env.sample
A=1
//- .env.vault
DOTENV_VAULT=x
//- .env.production
DOTENV_PUBLIC_KEY_PRODUCTION=\"02b3\"
JWT_SECRET=\"encrypted:BGf0ab1k2l3m4n5\"
//- tests/fixtures/.env
DB_PASSWORD=postgres
//- examples/chat/.env
API_URL=http://localhost:4000
//- src/env.ts
export {}
//- .envrc
use nix
//- .env.local untracked
JWT_SECRET=k8Fz2LqX0vRt5YbN7wHc3mJs
//- node_modules/a/.env
A=1
",
        );
    }
}
