//! The role of any file, from its path and its own words.

use seaworthy_model::split_last;

use super::env_file::{TEMPLATE_WORDS, is_env_file_name};

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Configuration that a deployment uses, or may use.
    Deployable,
    /// A file to copy and fill in.
    Template,
    /// Tests, fixtures, mocks, stories, CI service data.
    Test,
    /// Text for people.
    Docs,
    /// Third-party code, build output, lock and minified files.
    Vendored,
    /// Configuration of a developer's machine.
    Development,
    /// Application source and everything else.
    Source,
}

/// The environment that a file speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// Production.
    Production,
    /// Staging, preview, QA.
    Staging,
    /// Development.
    Development,
    /// Automated tests.
    Test,
    /// Continuous integration.
    Ci,
    /// One machine.
    Local,
    /// The file does not say.
    Unspecified,
}

/// The role of a file and the environment it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRole {
    /// What it is for.
    pub role: Role,
    /// Where it is used.
    pub environment: Environment,
}

/// The environment that a whole lower-case word names.
pub(super) fn environment_word(word: &str) -> Option<Environment> {
    Some(match word {
        "production" | "prod" | "prd" | "live" | "release" => Environment::Production,
        "staging" | "stage" | "stg" | "preview" | "uat" | "qa" | "preprod" | "sandbox" | "beta" => {
            Environment::Staging
        }
        "development" | "dev" | "devel" | "devcontainer" => Environment::Development,
        "test" | "tests" | "testing" | "e2e" | "integration" | "spec" => Environment::Test,
        "ci" => Environment::Ci,
        "local" | "localhost" => Environment::Local,
        _ => return None,
    })
}

const VENDORED_DIRECTORIES: &[&str] = &[
    "node_modules",
    "bower_components",
    "jspm_packages",
    ".pnpm",
    ".pnpm-store",
    ".yarn",
    ".next",
    ".nuxt",
    ".output",
    ".svelte-kit",
    ".turbo",
    ".parcel-cache",
    ".cache",
    ".aws-sam",
    ".serverless",
    ".terraform",
    ".venv",
    "venv",
    "virtualenv",
    "site-packages",
    "__pycache__",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".gradle",
    ".angular",
    ".docusaurus",
    ".expo",
    ".vercel",
    ".netlify",
    ".wrangler",
    "coverage",
    ".nyc_output",
    "htmlcov",
    "third_party",
    "third-party",
    "vendored",
    ".bundle",
    "pods",
    "deriveddata",
    "storybook-static",
    "_esm2017",
    ".dart_tool",
    ".git",
];

/// Directories that hold foreign or built code unless they look like sources.
const OUTPUT_DIRECTORIES: &[&str] = &["dist", "vendor", "target", "build", "out"];

const TEST_DIRECTORIES: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "__test__",
    "__mocks__",
    "__fixtures__",
    "__snapshots__",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "playwright",
    "fixtures",
    "fixture",
    "testdata",
    "test-data",
    "test_data",
    "mocks",
    "mock",
    "testing",
    "unittest",
    "unittests",
    "integration-tests",
    "e2e-tests",
    "stubs",
    "loadtest",
    "load-test",
    "load-tests",
    "loadtests",
    "k6",
    "cassettes",
    "testutils",
    "test-utils",
    "testfixtures",
    "androidtest",
    "storybook",
    ".storybook",
];

/// Directories of what a developer runs on the own machine, beside those that
/// name an environment (`dev`, `local`).
const DEVELOPMENT_DIRECTORIES: &[&str] = &[
    ".devcontainer",
    "devcontainer",
    "devtools",
    "dev-tools",
    "dev_tools",
    "devenv",
    ".devenv",
    "dev-env",
    "dev_env",
    "dev-environment",
    "dev-stack",
    "dev-setup",
    "local-dev",
    "local_dev",
    "localdev",
    "local-env",
    "docker-dev",
    "docker-local",
    ".ddev",
    ".lando",
    "hack",
];

/// The environment that a directory's name speaks of.
fn environment_directory(name: &str) -> Option<Environment> {
    if DEVELOPMENT_DIRECTORIES.contains(&name) {
        return Some(Environment::Development);
    }
    environment_word(name)
}

const DOCS_DIRECTORIES: &[&str] =
    &["docs", "doc", "documentation", "wiki", "guides", "blog", "examples", "example", "samples"];

const DOCS_EXTENSIONS: &[&str] =
    &["md", "mdx", "markdown", "txt", "rst", "adoc", "asciidoc", "html", "htm", "ipynb", "tex"];

const LOCK_FILES: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "cargo.lock",
    "poetry.lock",
    "pdm.lock",
    "uv.lock",
    "pipfile.lock",
    "gemfile.lock",
    "composer.lock",
    "go.sum",
    "mix.lock",
    "pubspec.lock",
    "podfile.lock",
    "flake.lock",
    "deno.lock",
    "packages.lock.json",
    "gradle.lockfile",
];

/// Whether a directory of this name holds third-party code or build output and
/// nothing of the project's own, so that it need not be entered.
#[must_use]
pub fn is_vendored_directory(name: &str) -> bool {
    VENDORED_DIRECTORIES.iter().any(|vendored| vendored.eq_ignore_ascii_case(name))
}

/// Whether a path lies in third-party code or build output, or is itself a lock
/// or minified file: never scanned for secrets or code rules.
///
/// `dist`, `build`, `out`, `vendor` and `target` count as a directory above
/// files of code only; a `build/docker-compose.yml` is somebody's own.
#[must_use]
pub fn is_vendored(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let (parents, name) = split_last(&lower, b'/').unwrap_or(("", &lower));
    let code = matches!(
        extension(name),
        "js" | "mjs"
            | "cjs"
            | "css"
            | "map"
            | "html"
            | "ts"
            | "php"
            | "go"
            | "rb"
            | "class"
            | "py"
            | "json"
            | "d"
            | "rs"
            | "c"
            | "h"
            | "wasm"
            | "txt"
            | "svg"
            | "rsc"
    );
    parents.split('/').any(|part| {
        VENDORED_DIRECTORIES.contains(&part) || (code && OUTPUT_DIRECTORIES.contains(&part))
    }) || is_generated_name(name)
}

/// Whether a file of this name (in any case) is written by a tool: lock files,
/// minified and bundled files, source maps, snapshots.
#[must_use]
pub fn is_generated_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    LOCK_FILES.contains(&lower.as_str())
        || [
            ".min.js",
            ".min.css",
            ".min.mjs",
            ".bundle.js",
            ".js.map",
            ".css.map",
            ".mjs.map",
            ".snap",
            "-min.js",
        ]
        .iter()
        .any(|end| lower.ends_with(end))
}

fn extension(name: &str) -> &str {
    split_last(name, b'.').map_or("", |(_, extension)| extension)
}

/// Decides the role of a file from its path and, as a hint, its first lines.
///
/// A name that says what it is wins over its directory, the directory over the
/// file's own words. Examples in a directory of examples are documentation.
#[must_use]
pub fn file_role(path: &str, head: Option<&str>) -> FileRole {
    let lower = path.get(..path.len().min(4096)).unwrap_or(path).to_ascii_lowercase();
    let (parents, name) = split_last(&lower, b'/').unwrap_or(("", &lower));
    let parents: Vec<&str> = parents.split('/').filter(|part| !part.is_empty()).collect();
    let words: Vec<&str> =
        name.split(['.', '-', '_', ' ']).filter(|word| !word.is_empty()).collect();
    let in_any = |names: &[&str]| parents.iter().any(|part| names.contains(part));
    let mut environment = words
        .iter()
        .find_map(|word| environment_word(word))
        .or_else(|| parents.iter().rev().find_map(|part| environment_directory(part)))
        .unwrap_or(Environment::Unspecified);
    let role = |role| FileRole { role, environment };

    if is_vendored(path) {
        return role(Role::Vendored);
    }
    let env_file = is_env_file_name(name);
    if let Some(env) = &env_file {
        if env.environment != Environment::Unspecified {
            environment = env.environment;
        }
        let role = if env.template {
            Role::Template
        } else if in_any(TEST_DIRECTORIES)
            || matches!(environment, Environment::Test | Environment::Ci)
        {
            Role::Test
        } else if matches!(environment, Environment::Development | Environment::Local) {
            Role::Development
        } else {
            Role::Deployable
        };
        return FileRole { role, environment };
    }
    if is_template_name(&words, name, &parents) {
        return role(Role::Template);
    }
    let docs_name = DOCS_EXTENSIONS.contains(&extension(name))
        || (words.len() <= 2
            && words.first().is_some_and(|word| {
                matches!(*word, "readme" | "license" | "changelog" | "contributing" | "security")
            }));
    let requirements = matches!(name, "robots.txt" | "cmakelists.txt" | "index.html")
        || name.starts_with("requirements");
    if in_any(TEST_DIRECTORIES) || is_test_name(name, &words) {
        return role(Role::Test);
    }
    if (docs_name && !requirements) || in_any(DOCS_DIRECTORIES) {
        return role(Role::Docs);
    }
    if !is_deployment_config(name, &words, &parents) {
        return role(Role::Source);
    }
    if environment == Environment::Unspecified {
        environment = head.map_or(Environment::Unspecified, self_description);
    }
    let role = match environment {
        Environment::Test | Environment::Ci => Role::Test,
        Environment::Development | Environment::Local => Role::Development,
        _ if words.contains(&"override") => Role::Development,
        _ => Role::Deployable,
    };
    FileRole { role, environment }
}

/// A marker word in the name, or a directory of templates. `templates/` alone
/// is not enough: nginx and Helm keep live files there.
fn is_template_name(words: &[&str], name: &str, parents: &[&str]) -> bool {
    const SOURCE: &[&str] = &[
        "ts", "tsx", "js", "jsx", "vue", "svelte", "rs", "go", "java", "kt", "cs", "php", "rb",
        "css", "scss",
    ];
    // `nginx.conf.template` and `default.conf` are live: the image fills them in.
    let live = words.contains(&"conf")
        && (words.last() == Some(&"template") || words.first() == Some(&"default"));
    let marked = words
        .iter()
        .any(|word| TEMPLATE_WORDS.contains(word) && !matches!(*word, "stub" | "blank"));
    let in_templates = parents.iter().any(|part| {
        matches!(*part, "env-templates" | "env-template" | "env-examples" | ".env.d-example")
            || part.ends_with("-template")
            || part.ends_with("-templates")
    });
    // Mail and page templates, and components called `Default…`, are code.
    (marked
        && !live
        && !SOURCE.contains(&extension(name))
        && !matches!(extension(name), "html" | "md"))
        || in_templates
}

fn is_test_name(name: &str, words: &[&str]) -> bool {
    let parts: Vec<&str> = name.split('.').collect();
    let inner = parts.len() > 2
        && parts[1..parts.len() - 1].iter().any(|part| {
            matches!(
                *part,
                "test"
                    | "tests"
                    | "spec"
                    | "e2e"
                    | "cy"
                    | "mock"
                    | "mocks"
                    | "fixture"
                    | "stories"
                    | "bench"
            )
        });
    let stem = parts.first().copied().unwrap_or("");
    let source = matches!(
        extension(name),
        "py" | "go" | "rb" | "rs" | "php" | "java" | "kt" | "js" | "ts" | "sh" | "exs"
    );
    inner
        || matches!(stem, "jest" | "vitest" | "playwright" | "cypress" | "karma" | "conftest")
        || (source
            && (stem.starts_with("test_")
                || stem.starts_with("test-")
                || stem.ends_with("_test")
                || stem.ends_with("-test")
                || stem.ends_with("_spec")
                || words.first() == Some(&"mock")
                || words.last() == Some(&"mock")))
}

/// Whether the file configures how the software is built, started or served.
fn is_deployment_config(name: &str, words: &[&str], parents: &[&str]) -> bool {
    let yaml = matches!(extension(name), "yml" | "yaml");
    let first = words.first().copied().unwrap_or("");
    (yaml && (words.contains(&"compose") || matches!(first, "stack" | "swarm")))
        || words.contains(&"dockerfile")
        || words.contains(&"containerfile")
        || extension(name) == "conf"
        || name.ends_with(".conf.template")
        || matches!(
            name,
            "vercel.json"
                | "netlify.toml"
                | "_headers"
                | "_redirects"
                | "fly.toml"
                | "render.yaml"
                | "railway.json"
                | "railway.toml"
                | "app.yaml"
                | "app.json"
                | "procfile"
                | "serverless.yml"
                | "serverless.yaml"
                | "wrangler.toml"
                | "wrangler.jsonc"
                | "wrangler.json"
                | "amplify.yml"
                | "firebase.json"
                | "caddyfile"
                | "buildspec.yml"
                | "ecosystem.config.js"
                | "ecosystem.config.cjs"
                | ".deploymentconfig"
                | "cloudbuild.yaml"
                | ".gitlab-ci.yml"
                | "bitbucket-pipelines.yml"
                | "azure-pipelines.yml"
                | "jenkinsfile"
                | "template.yaml"
                | "samconfig.toml"
        )
        || first == "next" && words.get(1) == Some(&"config")
        || matches!(extension(name), "tf" | "tfvars" | "bicep")
        || (yaml && parents.ends_with(&[".github", "workflows"]))
        || (yaml
            && parents.iter().any(|part| {
                matches!(
                    *part,
                    "k8s"
                        | "kubernetes"
                        | "manifests"
                        | "helm"
                        | "charts"
                        | "deploy"
                        | "deployment"
                        | "deployments"
                        | "ansible"
                        | "terraform"
                        | "infra"
                )
            }))
}

/// What the leading comments of a file call it. Only a heading speaks: one of
/// the first comment lines, short, that names one environment and no other.
fn self_description(head: &str) -> Environment {
    let comments = head
        .lines()
        .take(12)
        .map(str::trim)
        .filter_map(|line| line.strip_prefix('#').or_else(|| line.strip_prefix("//")))
        .map(|line| line.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|line| !line.is_empty() && line.len() <= 80)
        .take(4);
    for line in comments {
        let lower = line.to_ascii_lowercase();
        let words: Vec<&str> = before_command(&lower)
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let heading = words.iter().any(|word| {
            matches!(
                *word,
                "compose"
                    | "stack"
                    | "dependencies"
                    | "infrastructure"
                    | "environment"
                    | "configuration"
                    | "config"
                    | "setup"
                    | "deployment"
                    | "services"
                    | "dockerfile"
                    | "nginx"
            )
        });
        // "use X for production", "not for production" describe another file.
        let about = words.iter().any(|word| {
            matches!(
                *word,
                "not"
                    | "never"
                    | "don"
                    | "use"
                    | "see"
                    | "instead"
                    | "before"
                    | "override"
                    | "overrides"
                    | "copy"
                    | "run"
                    | "both"
                    | "and"
                    | "or"
            )
        });
        if !heading || about {
            continue;
        }
        let mut found = words.iter().filter_map(|word| match *word {
            "live" | "release" | "integration" | "spec" | "beta" | "test" => None,
            "locally" => Some(Environment::Local),
            word => environment_word(word),
        });
        if let Some(first) = found.next() {
            // "Local services for development" names one place twice.
            let own = |word| matches!(word, Environment::Development | Environment::Local);
            if found.all(|next| next == first || (own(next) && own(first))) {
                return first;
            }
            return Environment::Unspecified;
        }
    }
    Environment::Unspecified
}

/// A comment up to where it shows how something is started, with which files:
/// "Production: -f base.yml -f prod.yml" speaks of the two together.
fn before_command(comment: &str) -> &str {
    let option = |word: &str| {
        word.strip_prefix('-').is_some_and(|rest| {
            rest.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphabetic())
        })
    };
    let starts = |rest: &str| {
        let mut words = rest.split_whitespace();
        let first = words.next().unwrap_or("").trim_start_matches('`');
        let second = words.next().unwrap_or("");
        let verb = if first == "docker" { words.next().unwrap_or("") } else { second };
        option(first)
            || (first == "docker-compose" || first == "docker" && second == "compose")
                && matches!(verb.trim_matches('`'), "up" | "run" | "build" | "pull" | "exec" | "-f")
    };
    let words = std::iter::once(0).chain(comment.match_indices(' ').map(|(at, _)| at + 1));
    let end = words.into_iter().find(|&at| starts(&comment[at..]));
    &comment[..end.unwrap_or(comment.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use Environment as E;

    #[test]
    fn roles_come_from_whole_words_of_the_path() {
        let cases = [
            (".env", Role::Deployable, E::Unspecified),
            (".env.production", Role::Deployable, E::Production),
            ("apps/api/.env.staging", Role::Deployable, E::Staging),
            (".env.local", Role::Development, E::Local),
            (".env.development", Role::Development, E::Development),
            (".env.test", Role::Test, E::Test),
            (".env.production.example", Role::Template, E::Production),
            ("docker-compose.yml", Role::Deployable, E::Unspecified),
            ("docker-compose.prod.yml", Role::Deployable, E::Production),
            ("docker-compose.dev.yml", Role::Development, E::Development),
            ("docker-compose.override.yml", Role::Development, E::Unspecified),
            ("compose.e2e.yaml", Role::Test, E::Test),
            ("docker-compose.example.yml", Role::Template, E::Unspecified),
            ("devtools/docker/postgres.compose.yml", Role::Development, E::Development),
            (".devcontainer/docker-compose.yml", Role::Development, E::Development),
            (".devcontainer/.env", Role::Development, E::Development),
            ("hack/compose.yaml", Role::Development, E::Development),
            ("local/compose.yml", Role::Development, E::Local),
            ("scripts/dev/docker-compose.yml", Role::Development, E::Development),
            ("hack/compose.prod.yaml", Role::Deployable, E::Production),
            ("dev-portal/compose.yaml", Role::Deployable, E::Unspecified),
            ("hack/main.go", Role::Source, E::Development),
            ("Dockerfile", Role::Deployable, E::Unspecified),
            ("Dockerfile.dev", Role::Development, E::Development),
            ("nginx/nginx.prod.conf", Role::Deployable, E::Production),
            ("nginx/default.conf.template", Role::Deployable, E::Unspecified),
            ("vercel.json", Role::Deployable, E::Unspecified),
            (".github/workflows/deploy.yml", Role::Deployable, E::Unspecified),
            ("src/auth.test.ts", Role::Test, E::Test),
            ("tests/data/.env", Role::Test, E::Test),
            ("src/__tests__/a.ts", Role::Test, E::Unspecified),
            ("test_login.py", Role::Test, E::Test),
            ("src/contest/latest.ts", Role::Source, E::Unspecified),
            ("src/attestation.ts", Role::Source, E::Unspecified),
            ("docs/deploy.md", Role::Docs, E::Unspecified),
            ("README.md", Role::Docs, E::Unspecified),
            ("node_modules/a/b.js", Role::Vendored, E::Unspecified),
            ("web/.next/server/x.js", Role::Vendored, E::Unspecified),
            ("public/app.min.js", Role::Vendored, E::Unspecified),
            ("yarn.lock", Role::Vendored, E::Unspecified),
            ("build/docker-compose.yml", Role::Deployable, E::Unspecified),
            ("src/lib/db.ts", Role::Source, E::Unspecified),
            ("src/emails/welcome-template.tsx", Role::Source, E::Unspecified),
            ("src/distance.ts", Role::Source, E::Unspecified),
        ];
        for (path, role, environment) in cases {
            assert_eq!(file_role(path, None), FileRole { role, environment }, "{path}");
        }
    }

    #[test]
    fn a_heading_is_a_hint_where_the_name_is_silent() {
        let cases = [
            ("docker-compose.yml", "# Production Docker Compose\nservices:", E::Production),
            (
                "docker-compose.yml",
                "# For both.\n# Production: -f docker-compose.yml -f docker-compose.prod.yml\n",
                E::Unspecified,
            ),
            ("docker-compose.yml", "# Production stack. `docker compose up -d` it.", E::Production),
            ("docker-compose.yml", "# ===\n# Development Stack\n# ===", E::Development),
            ("docker-compose.yml", "# do not use this stack in production", E::Unspecified),
            ("docker-compose.yml", "# Compose for development and production", E::Unspecified),
            ("docker-compose.yml", "# Local services for development", E::Local),
            ("docker-compose.yml", "# Local stack, close to production", E::Unspecified),
            ("compose.deps.yml", "# Dependencies to start the API locally", E::Local),
            ("docker-compose.yml", "services:\n  production:", E::Unspecified),
            ("docker-compose.dev.yml", "# Production Docker Compose", E::Development),
        ];
        for (path, head, want) in cases {
            assert_eq!(file_role(path, Some(head)).environment, want, "{head}");
        }
    }
}
