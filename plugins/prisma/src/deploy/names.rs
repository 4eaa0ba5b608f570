//! What names say about when something runs.

use crate::shell::Command;

fn words(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

fn any(words: &[String], wanted: &[&str]) -> bool {
    words.iter().any(|word| wanted.contains(&word.as_str()))
}

/// Words for what users do not have.
const ASIDE: &[&str] = &[
    "dev",
    "develop",
    "development",
    "test",
    "tests",
    "testing",
    "e2e",
    "local",
    "preview",
    "staging",
    "stage",
    "stg",
    "ci",
    "watch",
    "debug",
    "storybook",
    "docs",
    "sandbox",
    "mock",
    "lint",
    "unit",
    "integration",
    "playwright",
    "cypress",
    "demo",
    "pr",
    "check",
    "checks",
    "example",
    "playground",
    "spec",
    "qa",
    "uat",
];

/// Words for bringing something to users.
const DEPLOY: &[&str] = &[
    "deploy",
    "deploys",
    "deployment",
    "release",
    "production",
    "prod",
    "live",
    "vercel",
    "heroku",
    "render",
    "railway",
    "netlify",
    "ship",
];

/// Whether a deploy runs the script of a package by itself, or a person to
/// deploy: `build`, `start`, `postinstall`, `deploy:prod`.
pub(crate) fn runs_on_deploy(script: &str) -> bool {
    let words = words(script);
    const FIRST: &[&str] = &[
        "build",
        "prebuild",
        "postbuild",
        "start",
        "prestart",
        "poststart",
        "install",
        "preinstall",
        "postinstall",
        "predeploy",
        "postdeploy",
        "prerelease",
        "postrelease",
        "now",
    ];
    !any(&words, ASIDE)
        && (words.first().is_some_and(|word| FIRST.contains(&word.as_str())) || any(&words, DEPLOY))
}

/// Whether a workflow, a job or a file is there to deploy, by its name; `None`
/// where the name says neither.
pub(crate) fn deploys_by_name(name: &str) -> Option<bool> {
    let words = words(name);
    const ALSO: &[&str] = &["cd", "publish", "deliver", "delivery"];
    if any(&words, ASIDE) {
        return Some(false);
    }
    (any(&words, DEPLOY) || any(&words, ALSO)).then_some(true)
}

/// Whether a file of shell is run by a deploy, by its name.
pub(crate) fn is_deploy_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let words = words(name);
    name.ends_with(".sh")
        && !any(&words, ASIDE)
        && any(&words, &["entrypoint", "deploy", "release", "production", "prod", "startup"])
}

/// Whether commands watch for changes, so that they serve a developer whatever
/// the script is called.
pub(crate) fn serves_development(commands: &[Command]) -> bool {
    commands.iter().any(|command| {
        let has = |word: &str| command.words.iter().any(|known| known.text == word);
        ["nodemon", "ts-node-dev", "tsnd", "--watch", "watch"].into_iter().any(has)
            || (has("dev") && ["next", "nuxt", "vite", "remix", "astro"].into_iter().any(has))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::commands;

    #[test]
    fn scripts_run_on_deploy_by_their_names() {
        let deployed = [
            "build",
            "start",
            "postinstall",
            "prebuild",
            "vercel-build",
            "now-build",
            "heroku-postbuild",
            "start:prod",
            "deploy",
            "release",
            "db:push:prod",
            "build:web",
            "railway:start",
            "postbuild",
        ];
        for name in deployed {
            assert!(runs_on_deploy(name), "{name}");
        }
        let others = [
            "dev",
            "test",
            "db:push",
            "migrate",
            "start:dev",
            "build:test",
            "prepare",
            "seed",
            "deploy:staging",
            "pretest",
            "rebuild",
            "docker:dev",
            "build-storybook",
        ];
        for name in others {
            assert!(!runs_on_deploy(name), "{name}");
        }
    }

    #[test]
    fn names_of_jobs_and_files_tell() {
        assert_eq!(deploys_by_name("Deploy to production"), Some(true));
        assert_eq!(deploys_by_name("deploy-preview"), Some(false));
        assert_eq!(deploys_by_name("CI"), Some(false));
        assert_eq!(deploys_by_name("main"), None);
        assert!(is_deploy_file("docker/docker-entrypoint.sh"));
        assert!(!is_deploy_file("scripts/entrypoint.dev.sh"));
        assert!(!is_deploy_file("scripts/setup.sh"));
    }

    #[test]
    fn who_watches_develops() {
        assert!(serves_development(&commands("prisma db push && nodemon src/index.ts")));
        assert!(serves_development(&commands("next dev")));
        assert!(!serves_development(&commands("prisma db push && node dist/index.js")));
    }
}
