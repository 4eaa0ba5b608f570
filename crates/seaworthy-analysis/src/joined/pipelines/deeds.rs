//! What a command or an action does, as far as a pipeline is judged by it.

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// Looks for faults of style and habit.
    Lint,
    /// Checks types.
    Typecheck,
    /// Runs tests.
    Test,
    /// Collects how much of the code the tests run.
    Coverage,
    /// Builds what is shipped.
    Build,
    /// Looks for known vulnerabilities in dependencies, code or images.
    Scan,
    /// Looks for secrets.
    SecretScan,
    /// Applies migrations.
    Migrate,
    /// Holds migrations against the schema.
    MigrateCheck,
    /// Fills the database.
    Seed,
    /// Empties the database, or may lose what it holds.
    Reset,
    /// Brings something to where it runs.
    Deploy,
    /// Measures pages against a budget.
    Lighthouse,
}

/// What is known of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// It does these, and the words name it.
    Does(&'static [Work], String),
    /// It does nothing that counts here.
    Nothing,
    /// It starts scripts of a manifest.
    Scripts(ScriptCall),
    /// It starts a script of the shell.
    File(String),
    /// It makes a target of a Makefile or a justfile.
    Target(String),
    /// It starts another command.
    Starts(Vec<String>),
    /// Nobody knows.
    Unknown,
}

/// A call of scripts of manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ScriptCall {
    /// The names; a `*` at the end stands for anything.
    pub(super) names: Vec<String>,
    /// The directory of the manifest, relative to where the command runs.
    pub(super) directory: Option<String>,
    /// The package, by its name.
    pub(super) package: Option<String>,
    /// Whether every package is meant.
    pub(super) everywhere: bool,
    /// What is added to the script.
    pub(super) arguments: Vec<String>,
    /// The program that counts if there is no such script (`yarn jest`).
    pub(super) or_program: bool,
}

use Work::{
    Build, Coverage, Deploy, Lighthouse, Lint, Migrate, MigrateCheck, Reset, Scan, SecretScan,
    Seed, Test, Typecheck,
};

/// Programs with the words that must follow, in order and among others, and what
/// they do. The first that fits counts.
const PROGRAMS: &[(&str, &[&str], &[Work])] = &[
    ("jest", &["--coverage"], &[Test, Coverage]),
    ("jest", &[], &[Test]),
    ("vitest", &["--coverage"], &[Test, Coverage]),
    ("vitest", &["typecheck"], &[Typecheck]),
    ("vitest", &[], &[Test]),
    ("mocha", &[], &[Test]),
    ("ts-mocha", &[], &[Test]),
    ("ava", &[], &[Test]),
    ("tap", &[], &[Test]),
    ("jasmine", &[], &[Test]),
    ("karma", &[], &[Test]),
    ("cypress", &["run"], &[Test]),
    ("playwright", &["test"], &[Test]),
    ("nightwatch", &[], &[Test]),
    ("wdio", &[], &[Test]),
    ("newman", &["run"], &[Test]),
    ("react-scripts", &["test"], &[Test]),
    ("react-scripts", &["build"], &[Build, Typecheck]),
    ("craco", &["test"], &[Test]),
    ("craco", &["build"], &[Build, Typecheck]),
    ("ng", &["test"], &[Test]),
    ("ng", &["lint"], &[Lint]),
    ("ng", &["build"], &[Build, Typecheck]),
    ("vue-cli-service", &["test:unit"], &[Test]),
    ("vue-cli-service", &["lint"], &[Lint]),
    ("vue-cli-service", &["build"], &[Build, Typecheck]),
    ("pytest", &["--cov"], &[Test, Coverage]),
    ("pytest", &[], &[Test]),
    ("tox", &[], &[Test]),
    ("nox", &[], &[Test]),
    ("go", &["test", "-cover"], &[Test, Coverage]),
    ("go", &["test"], &[Test]),
    ("go", &["vet"], &[Lint]),
    ("go", &["build"], &[Build]),
    ("cargo", &["test"], &[Test]),
    ("cargo", &["nextest"], &[Test]),
    ("cargo", &["tarpaulin"], &[Test, Coverage]),
    ("cargo", &["llvm-cov"], &[Test, Coverage]),
    ("cargo", &["clippy"], &[Lint]),
    ("cargo", &["fmt"], &[Lint]),
    ("cargo", &["build"], &[Build]),
    ("cargo", &["audit"], &[Scan]),
    ("cargo", &["deny"], &[Scan]),
    ("dotnet", &["test"], &[Test]),
    ("dotnet", &["build"], &[Build]),
    ("dotnet", &["publish"], &[Build]),
    ("dotnet", &["format"], &[Lint]),
    ("phpunit", &[], &[Test]),
    ("pest", &[], &[Test]),
    ("rspec", &[], &[Test]),
    ("rails", &["test"], &[Test]),
    ("mix", &["test"], &[Test]),
    ("flutter", &["test"], &[Test]),
    ("flutter", &["analyze"], &[Lint]),
    ("flutter", &["build"], &[Build]),
    ("deno", &["test"], &[Test]),
    ("deno", &["lint"], &[Lint]),
    ("deno", &["check"], &[Typecheck]),
    ("bats", &[], &[Test]),
    ("ctest", &[], &[Test]),
    ("c8", &["report"], &[Coverage]),
    ("nyc", &["report"], &[Coverage]),
    ("codecov", &[], &[Coverage]),
    ("eslint", &[], &[Lint]),
    ("biome", &[], &[Lint]),
    ("oxlint", &[], &[Lint]),
    ("xo", &[], &[Lint]),
    ("standard", &[], &[Lint]),
    ("ts-standard", &[], &[Lint]),
    ("tslint", &[], &[Lint]),
    ("stylelint", &[], &[Lint]),
    ("lint-staged", &[], &[Lint]),
    ("next", &["lint"], &[Lint]),
    ("ruff", &[], &[Lint]),
    ("flake8", &[], &[Lint]),
    ("pylint", &[], &[Lint]),
    ("black", &[], &[Lint]),
    ("mypy", &[], &[Lint, Typecheck]),
    ("pyright", &[], &[Lint, Typecheck]),
    ("pre-commit", &["run"], &[Lint]),
    ("golangci-lint", &[], &[Lint]),
    ("rubocop", &[], &[Lint]),
    ("phpcs", &[], &[Lint]),
    ("phpstan", &[], &[Lint, Typecheck]),
    ("psalm", &[], &[Lint, Typecheck]),
    ("pint", &[], &[Lint]),
    ("hadolint", &[], &[Lint]),
    ("standardrb", &[], &[Lint]),
    ("tsc", &["--noEmit"], &[Typecheck]),
    ("tsc", &[], &[Typecheck, Build]),
    ("tsgo", &[], &[Typecheck]),
    ("vue-tsc", &[], &[Typecheck]),
    ("svelte-check", &[], &[Typecheck]),
    ("astro", &["check"], &[Typecheck]),
    ("astro", &["build"], &[Build]),
    ("nuxi", &["typecheck"], &[Typecheck]),
    ("nuxt", &["typecheck"], &[Typecheck]),
    ("nuxi", &["build"], &[Build]),
    ("nuxi", &["generate"], &[Build]),
    ("nuxt", &["build"], &[Build]),
    ("nuxt", &["generate"], &[Build]),
    ("nest", &["build"], &[Build, Typecheck]),
    ("next", &["build"], &[Build, Typecheck]),
    ("vite", &["build"], &[Build]),
    ("rsbuild", &["build"], &[Build]),
    ("remix", &["build"], &[Build]),
    ("remix", &["vite:build"], &[Build]),
    ("react-router", &["build"], &[Build]),
    ("react-router", &["typegen"], &[]),
    ("webpack", &[], &[Build]),
    ("rollup", &[], &[Build]),
    ("esbuild", &[], &[Build]),
    ("parcel", &["build"], &[Build]),
    ("tsup", &["--dts"], &[Build, Typecheck]),
    ("tsup", &[], &[Build]),
    ("tsdown", &[], &[Build]),
    ("unbuild", &[], &[Build]),
    ("swc", &[], &[Build]),
    ("babel", &[], &[Build]),
    ("ncc", &["build"], &[Build]),
    ("gatsby", &["build"], &[Build]),
    ("strapi", &["build"], &[Build]),
    ("medusa", &["build"], &[Build]),
    ("docusaurus", &["build"], &[Build]),
    ("storybook", &["build"], &[]),
    ("vercel", &["build"], &[Build]),
    ("snyk", &["test"], &[Scan]),
    ("snyk", &["code"], &[Scan]),
    ("snyk", &["container"], &[Scan]),
    ("snyk", &["monitor"], &[Scan]),
    ("trivy", &[], &[Scan]),
    ("grype", &[], &[Scan]),
    ("osv-scanner", &[], &[Scan]),
    ("audit-ci", &[], &[Scan]),
    ("better-npm-audit", &[], &[Scan]),
    ("npm-audit-resolver", &[], &[Scan]),
    ("check-audit", &[], &[Scan]),
    ("auditjs", &[], &[Scan]),
    ("retire", &[], &[Scan]),
    ("dependency-check", &[], &[Scan]),
    ("dependency-check.sh", &[], &[Scan]),
    ("pip-audit", &[], &[Scan]),
    ("safety", &[], &[Scan]),
    ("bandit", &[], &[Scan]),
    ("govulncheck", &[], &[Scan]),
    ("semgrep", &[], &[Scan]),
    ("bundle-audit", &[], &[Scan]),
    ("bundler-audit", &[], &[Scan]),
    ("brakeman", &[], &[Scan]),
    ("composer", &["audit"], &[Scan]),
    ("sonar-scanner", &[], &[Scan]),
    ("seaworthy", &[], &[Scan, SecretScan]),
    ("gitleaks", &[], &[SecretScan]),
    ("trufflehog", &[], &[SecretScan]),
    ("detect-secrets", &[], &[SecretScan]),
    ("detect-secrets-hook", &[], &[SecretScan]),
    ("ggshield", &[], &[SecretScan]),
    ("secretlint", &[], &[SecretScan]),
    ("noseyparker", &[], &[SecretScan]),
    ("prisma", &["migrate", "reset"], &[Reset]),
    ("prisma", &["migrate", "dev"], &[Reset]),
    ("prisma", &["db", "push", "--accept-data-loss"], &[Reset]),
    ("prisma", &["db", "push", "--force-reset"], &[Reset]),
    ("prisma", &["migrate", "deploy"], &[Migrate]),
    ("prisma", &["migrate", "status"], &[MigrateCheck]),
    ("prisma", &["migrate", "diff"], &[MigrateCheck]),
    ("prisma", &["validate"], &[MigrateCheck]),
    ("prisma", &["db", "seed"], &[Seed]),
    ("prisma", &["db", "push"], &[]),
    ("prisma", &["generate"], &[]),
    ("prisma", &["format"], &[]),
    ("drizzle-kit", &["migrate"], &[Migrate]),
    ("drizzle-kit", &["check"], &[MigrateCheck]),
    ("drizzle-kit", &["push", "--force"], &[Reset]),
    ("drizzle-kit", &[], &[]),
    ("knex", &["migrate:latest"], &[Migrate]),
    ("knex", &["migrate:up"], &[Migrate]),
    ("knex", &["migrate:status"], &[MigrateCheck]),
    ("knex", &["migrate:rollback", "--all"], &[Reset]),
    ("knex", &["seed:run"], &[Seed]),
    ("sequelize", &["db:migrate"], &[Migrate]),
    ("sequelize", &["db:migrate:status"], &[MigrateCheck]),
    ("sequelize", &["db:seed:all"], &[Seed]),
    ("sequelize", &["db:drop"], &[Reset]),
    ("sequelize-cli", &["db:migrate"], &[Migrate]),
    ("sequelize-cli", &["db:seed:all"], &[Seed]),
    ("sequelize-cli", &["db:drop"], &[Reset]),
    ("typeorm", &["migration:run"], &[Migrate]),
    ("typeorm", &["migration:show"], &[MigrateCheck]),
    ("typeorm", &["schema:drop"], &[Reset]),
    ("typeorm-ts-node-commonjs", &["migration:run"], &[Migrate]),
    ("typeorm-ts-node-esm", &["migration:run"], &[Migrate]),
    ("mikro-orm", &["migration:up"], &[Migrate]),
    ("mikro-orm", &["migration:check"], &[MigrateCheck]),
    ("mikro-orm", &["schema:fresh"], &[Reset]),
    ("node-pg-migrate", &[], &[Migrate]),
    ("migrate-mongo", &["up"], &[Migrate]),
    ("dbmate", &["up"], &[Migrate]),
    ("dbmate", &["migrate"], &[Migrate]),
    ("goose", &["up"], &[Migrate]),
    ("flyway", &["migrate"], &[Migrate]),
    ("flyway", &["validate"], &[MigrateCheck]),
    ("flyway", &["clean"], &[Reset]),
    ("alembic", &["upgrade"], &[Migrate]),
    ("alembic", &["check"], &[MigrateCheck]),
    ("atlas", &["migrate", "apply"], &[Migrate]),
    ("atlas", &["migrate", "lint"], &[MigrateCheck]),
    ("supabase", &["db", "push"], &[Migrate]),
    ("supabase", &["db", "reset"], &[Reset]),
    ("supabase", &["functions", "deploy"], &[Deploy]),
    ("rails", &["db:migrate"], &[Migrate]),
    ("rails", &["db:seed"], &[Seed]),
    ("rails", &["db:reset"], &[Reset]),
    ("rails", &["db:drop"], &[Reset]),
    ("vercel", &["deploy"], &[Deploy]),
    ("vercel", &["--prod"], &[Deploy]),
    ("netlify", &["deploy"], &[Deploy]),
    ("fly", &["deploy"], &[Deploy]),
    ("flyctl", &["deploy"], &[Deploy]),
    ("railway", &["up"], &[Deploy]),
    ("railway", &["redeploy"], &[Deploy]),
    ("kamal", &["deploy"], &[Deploy]),
    ("kubectl", &["apply"], &[Deploy]),
    ("kubectl", &["set", "image"], &[Deploy]),
    ("kubectl", &["rollout", "restart"], &[Deploy]),
    ("helm", &["upgrade"], &[Deploy]),
    ("helm", &["install"], &[Deploy]),
    ("helmfile", &["apply"], &[Deploy]),
    ("helmfile", &["sync"], &[Deploy]),
    ("aws", &["ecs", "update-service"], &[Deploy]),
    ("aws", &["s3", "sync"], &[Deploy]),
    ("aws", &["lambda", "update-function-code"], &[Deploy]),
    ("aws", &["cloudformation", "deploy"], &[Deploy]),
    ("aws", &["deploy", "create-deployment"], &[Deploy]),
    ("aws", &["amplify", "start-job"], &[Deploy]),
    ("sam", &["deploy"], &[Deploy]),
    ("cdk", &["deploy"], &[Deploy]),
    ("serverless", &["deploy"], &[Deploy]),
    ("sls", &["deploy"], &[Deploy]),
    ("sst", &["deploy"], &[Deploy]),
    ("eb", &["deploy"], &[Deploy]),
    ("gcloud", &["run", "deploy"], &[Deploy]),
    ("gcloud", &["app", "deploy"], &[Deploy]),
    ("gcloud", &["functions", "deploy"], &[Deploy]),
    ("firebase", &["deploy"], &[Deploy]),
    ("wrangler", &["deploy"], &[Deploy]),
    ("wrangler", &["publish"], &[Deploy]),
    ("wrangler", &["pages", "deploy"], &[Deploy]),
    ("caprover", &["deploy"], &[Deploy]),
    ("terraform", &["apply"], &[Deploy]),
    ("pulumi", &["up"], &[Deploy]),
    ("ansible-playbook", &[], &[Deploy]),
    ("lhci", &[], &[Lighthouse]),
    ("lighthouse", &[], &[Lighthouse]),
];

/// Programs that do nothing of what a pipeline is judged by.
const PLAIN: &[&str] = &[
    ":",
    "[",
    "[[",
    "test",
    "true",
    "false",
    "echo",
    "printf",
    "cd",
    "pushd",
    "popd",
    "pwd",
    "ls",
    "cat",
    "cp",
    "mv",
    "rm",
    "mkdir",
    "touch",
    "ln",
    "chmod",
    "chown",
    "tar",
    "gzip",
    "gunzip",
    "zip",
    "unzip",
    "curl",
    "wget",
    "jq",
    "yq",
    "sed",
    "awk",
    "grep",
    "egrep",
    "head",
    "tail",
    "cut",
    "tr",
    "sort",
    "uniq",
    "wc",
    "tee",
    "xargs",
    "find",
    "date",
    "sleep",
    "exit",
    "return",
    "set",
    "export",
    "unset",
    "local",
    "read",
    "shift",
    "eval",
    "source",
    ".",
    "wait",
    "trap",
    "kill",
    "git",
    "gh",
    "ssh",
    "scp",
    "sftp",
    "rsync",
    "ssh-keyscan",
    "ssh-keygen",
    "ssh-agent",
    "ssh-add",
    "openssl",
    "base64",
    "sha256sum",
    "md5sum",
    "hostname",
    "whoami",
    "id",
    "uname",
    "env",
    "printenv",
    "which",
    "type",
    "df",
    "du",
    "free",
    "ps",
    "apt-get",
    "apt",
    "apk",
    "brew",
    "pip",
    "pip3",
    "pipx",
    "poetry",
    "uv",
    "gem",
    "bundle",
    "corepack",
    "nvm",
    "n",
    "fnm",
    "volta",
    "node",
    "aws",
    "gcloud",
    "az",
    "doctl",
    "heroku",
    "kubectl",
    "helm",
    "kustomize",
    "terraform",
    "fly",
    "flyctl",
    "vercel",
    "netlify",
    "railway",
    "wrangler",
    "firebase",
    "pm2",
    "systemctl",
    "service",
    "nginx",
    "psql",
    "mysql",
    "mongosh",
    "redis-cli",
    "pg_isready",
    "pg_dump",
    "createdb",
    "wait-on",
    "wait-for-it",
    "nc",
    "ping",
    "dig",
    "diff",
    "cmp",
    "seq",
    "basename",
    "dirname",
    "realpath",
    "stat",
    "file",
    "mktemp",
    "envsubst",
    "gpg",
    "rustup",
    "rustc",
    "expr",
    "let",
    "getconf",
    "sync",
    "mount",
    "rimraf",
    "dotenv",
    "cosign",
    "syft",
    "act",
    "break",
    "continue",
    "npm-check-updates",
    "umask",
    "install",
    "ulimit",
    "nproc",
    "logger",
    "shasum",
    "sha1sum",
    "xz",
    "zstd",
    "rev",
    "nl",
    "comm",
    "paste",
    "fold",
    "column",
    "ncu",
    "depcheck",
    "knip",
    "madge",
    "size-limit",
    "bundlesize",
    "changeset",
    "semantic-release",
    "sentry-cli",
    "husky",
    "is-ci",
    "playwright",
    "cypress",
    "snyk",
    "prettier",
];

/// What a command does.
pub(super) fn classify(program: &str, arguments: &[String]) -> Class {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Some(class) = super::managers::classify(program, &words) {
        return class;
    }
    let program = program.trim_end_matches(".cmd").trim_end_matches(".phar");
    if words.iter().any(|word| matches!(*word, "--version" | "--help" | "-v" | "-V")) {
        return Class::Nothing;
    }
    let found = PROGRAMS.iter().find(|(name, needed, _)| {
        *name == program && {
            let mut rest = words.iter();
            needed.iter().all(|want| rest.any(|word| fits(word, want)))
        }
    });
    if let Some((name, needed, work)) = found {
        let label = std::iter::once(name).chain(*needed).copied().collect::<Vec<_>>().join(" ");
        return if work.is_empty() { Class::Nothing } else { Class::Does(work, label) };
    }
    match program {
        "vercel" if words.iter().all(|word| word.starts_with('-')) => {
            Class::Does(&[Deploy], "vercel".to_owned())
        }
        "prettier" if words.iter().any(|word| matches!(*word, "--check" | "-c" | "-l")) => {
            Class::Does(&[Lint], "prettier --check".to_owned())
        }
        "git" if words.first() == Some(&"push") && words.iter().any(|w| is_platform(w)) => {
            Class::Does(&[Deploy], "git push".to_owned())
        }
        "rsync" | "scp" if words.iter().any(|word| is_host(word)) => {
            Class::Does(&[Deploy], program.to_owned())
        }
        "ssh" if words.iter().any(|word| deploys_over_ssh(word)) => {
            Class::Does(&[Deploy], "ssh".to_owned())
        }
        "docker" | "podman" | "docker-compose" => docker(program, &words),
        "php" if words.first() == Some(&"artisan") => artisan(&words[1..]),
        "python" | "python3" => python(&words),
        "node" | "tsx" | "ts-node" | "bun" | "esr" => javascript(program, &words),
        "mvn" | "mvnw" | "gradle" | "gradlew" | "sbt" => jvm(program, &words),
        "make" | "just" | "task" | "gmake" => {
            let targets = words.iter().filter(|word| !word.starts_with('-') && !word.contains('='));
            match targets.copied().collect::<Vec<_>>()[..] {
                [target] if program != "task" => Class::Target(target.to_owned()),
                _ => Class::Unknown,
            }
        }
        "bash" | "sh" | "zsh" | "dash" => match words.iter().find(|word| !word.starts_with('-')) {
            Some(file) if !words.contains(&"-c") => Class::File((*file).to_owned()),
            _ => Class::Unknown,
        },
        "c8" | "nyc" => {
            let rest = words.iter().skip_while(|word| word.starts_with('-'));
            Class::Starts(rest.map(|word| (*word).to_owned()).collect())
        }
        _ if program.ends_with(".sh") => Class::Unknown,
        _ if PLAIN.contains(&program) => Class::Nothing,
        _ => Class::Unknown,
    }
}

/// `--dts` fits `--dts` and `--dts=true`; `--cov` fits `--coverage`, too.
fn fits(word: &str, want: &str) -> bool {
    word == want
        || want.starts_with('-')
            && (word.split_once('=').is_some_and(|(flag, value)| flag == want && value != "false")
                || matches!(want, "--cov" | "-cover" | "--coverage")
                    && word.trim_start_matches('-').starts_with(want.trim_start_matches('-'))
                    && !word.ends_with("=false"))
}

fn is_platform(word: &str) -> bool {
    ["heroku", "dokku"].iter().any(|name| word.contains(name))
}

/// `user@host:path`
fn is_host(word: &str) -> bool {
    !word.starts_with('-') && word.contains('@') && word.contains(':')
}

/// Whether what is run on a server restarts or renews something.
fn deploys_over_ssh(word: &str) -> bool {
    const SIGNS: &[&str] = &[
        "docker compose up",
        "docker-compose up",
        "docker stack deploy",
        "docker service update",
        "pm2 re",
        "systemctl restart",
        "git pull",
        "kubectl ",
        "deploy",
    ];
    SIGNS.iter().any(|sign| word.contains(sign)) || word.contains("compose") && word.contains(" up")
}

fn docker(program: &str, words: &[&str]) -> Class {
    let is = |name: &str| words.contains(&name);
    let compose = program == "docker-compose" || is("compose");
    if !compose && is("stack") && is("deploy") {
        return Class::Does(&[Deploy], "docker stack deploy".to_owned());
    }
    if is("build") || is("bake") {
        // A stage of its own may be the one that runs the tests.
        return match words.iter().any(|word| word.starts_with("--target")) {
            true => Class::Unknown,
            false => Class::Does(&[Build], "docker build".to_owned()),
        };
    }
    if words.first() == Some(&"scout") {
        return Class::Does(&[Scan], "docker scout".to_owned());
    }
    if words.iter().any(|word| word.contains("trivy") || word.contains("grype")) {
        return Class::Does(&[Scan], "docker run".to_owned());
    }
    if words.iter().any(|word| word.contains("gitleaks") || word.contains("trufflehog")) {
        return Class::Does(&[SecretScan], "docker run".to_owned());
    }
    // What runs in a container may be anything.
    if is("run") || is("exec") || (compose && is("up") && !is("-d") && !is("--detach")) {
        return Class::Unknown;
    }
    Class::Nothing
}

fn artisan(words: &[&str]) -> Class {
    let name = words.first().copied().unwrap_or("");
    let work: &'static [Work] = match name {
        "test" => &[Test],
        "migrate" => &[Migrate],
        "migrate:status" => &[MigrateCheck],
        "migrate:fresh" | "migrate:refresh" | "migrate:reset" | "db:wipe" => &[Reset],
        "db:seed" => &[Seed],
        _ => return Class::Nothing,
    };
    Class::Does(work, format!("artisan {name}"))
}

fn python(words: &[&str]) -> Class {
    let work: &'static [Work] = match words {
        ["-m", "pytest" | "unittest", ..] | ["manage.py", "test", ..] => &[Test],
        ["-m", "flake8" | "ruff" | "pylint", ..] => &[Lint],
        ["-m", "pip" | "venv" | "build" | "http.server" | "json.tool", ..] => {
            return Class::Nothing;
        }
        ["manage.py", "migrate", ..] => &[Migrate],
        ["manage.py", "makemigrations", ..] if words.contains(&"--check") => &[MigrateCheck],
        ["manage.py", "flush", ..] => &[Reset],
        ["manage.py", "loaddata", ..] => &[Seed],
        ["manage.py", ..] => return Class::Nothing,
        _ => return Class::Unknown,
    };
    Class::Does(work, words.iter().take(2).copied().collect::<Vec<_>>().join(" "))
}

fn javascript(program: &str, words: &[&str]) -> Class {
    if words.contains(&"--test") || (program == "bun" && words.first() == Some(&"test")) {
        return Class::Does(&[Test], format!("{program} --test"));
    }
    let Some(file) = words.iter().find(|word| !word.starts_with('-')) else {
        return Class::Nothing;
    };
    if words.iter().any(|word| matches!(*word, "-e" | "-p" | "--eval" | "--print")) {
        return Class::Nothing;
    }
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name.split('.').next().unwrap_or(name);
    if matches!(stem, "seed" | "seeds" | "seeder" | "seed-db" | "seed-data" | "seedDatabase") {
        return Class::Does(&[Seed], format!("{program} {name}"));
    }
    Class::Unknown
}

fn jvm(program: &str, words: &[&str]) -> Class {
    let is = |names: &[&str]| words.iter().any(|word| names.contains(word));
    if is(&["-DskipTests", "-Dmaven.test.skip=true"])
        || words.windows(2).any(|w| w == ["-x", "test"])
    {
        return Class::Does(&[Build], program.to_owned());
    }
    if is(&["test", "verify", "install", "check", "build", "package"]) {
        return Class::Does(&[Test, Build], program.to_owned());
    }
    Class::Unknown
}

/// What a script or target does by its name, where its text is not known.
pub(super) fn by_name(name: &str) -> Class {
    let first = name.split([':', '-', '_', '.']).next().unwrap_or(name);
    let work: &'static [Work] = match first {
        "test" | "tests" | "e2e" | "unit" | "integration" => &[Test],
        "lint" | "eslint" | "prettier" => &[Lint],
        "typecheck" | "tsc" | "types" => &[Typecheck],
        "build" | "compile" => &[Build],
        "audit" => &[Scan],
        "coverage" => &[Test, Coverage],
        "seed" => &[Seed],
        "deploy" => &[Deploy],
        _ => match name {
            "type-check" | "check-types" | "check:types" | "ts:check" => &[Typecheck],
            "db:seed" => &[Seed],
            "db:migrate" | "migrate" | "migrate:deploy" => &[Migrate],
            _ => return Class::Unknown,
        },
    };
    Class::Does(work, name.to_owned())
}

/// What an action does: `None` when nobody knows.
pub(super) fn of_action(action: &str) -> Option<&'static [Work]> {
    const ACTIONS: &[(&str, &[Work])] = &[
        ("github/codeql-action", &[Scan]),
        ("aquasecurity/trivy-action", &[Scan]),
        ("snyk/actions", &[Scan]),
        ("actions/dependency-review-action", &[Scan]),
        ("anchore/scan-action", &[Scan]),
        ("google/osv-scanner-action", &[Scan]),
        ("dependency-check/dependency-check_action", &[Scan]),
        ("returntocorp/semgrep-action", &[Scan]),
        ("semgrep/semgrep-action", &[Scan]),
        ("sonarsource/sonarcloud-github-action", &[Scan]),
        ("sonarsource/sonarqube-scan-action", &[Scan]),
        ("oke-py/npm-audit-action", &[Scan]),
        ("docker/scout-action", &[Scan]),
        ("ossf/scorecard-action", &[Scan]),
        ("step-security/harden-runner", &[]),
        ("gitleaks/gitleaks-action", &[SecretScan]),
        ("zricethezav/gitleaks-action", &[SecretScan]),
        ("trufflesecurity/trufflehog", &[SecretScan]),
        ("gitguardian/ggshield-action", &[SecretScan]),
        ("cypress-io/github-action", &[Test]),
        ("reviewdog/action-eslint", &[Lint]),
        ("wearerequired/lint-action", &[Lint]),
        ("github/super-linter", &[Lint]),
        ("super-linter/super-linter", &[Lint]),
        ("oxsecurity/megalinter", &[Lint]),
        ("golangci/golangci-lint-action", &[Lint]),
        ("hadolint/hadolint-action", &[Lint]),
        ("pre-commit/action", &[Lint]),
        ("biomejs/setup-biome", &[]),
        ("codecov/codecov-action", &[Coverage]),
        ("coverallsapp/github-action", &[Coverage]),
        ("treosh/lighthouse-ci-action", &[Lighthouse]),
        ("docker/build-push-action", &[Build]),
        ("docker/bake-action", &[Build]),
        ("docker", &[]),
        ("amondnet/vercel-action", &[Deploy]),
        ("nwtgck/actions-netlify", &[Deploy]),
        ("netlify/actions", &[Deploy]),
        ("easingthemes/ssh-deploy", &[Deploy]),
        ("burnett01/rsync-deployments", &[Deploy]),
        ("appleboy/ssh-action", &[Deploy]),
        ("appleboy/scp-action", &[]),
        ("webfactory/ssh-agent", &[]),
        ("shimataro/ssh-key-action", &[]),
        ("aws-actions/amazon-ecs-deploy-task-definition", &[Deploy]),
        ("aws-actions", &[]),
        ("azure/webapps-deploy", &[Deploy]),
        ("azure/static-web-apps-deploy", &[Deploy]),
        ("azure/k8s-deploy", &[Deploy]),
        ("azure/container-apps-deploy-action", &[Deploy]),
        ("azure", &[]),
        ("google-github-actions/deploy-cloudrun", &[Deploy]),
        ("google-github-actions/deploy-appengine", &[Deploy]),
        ("google-github-actions", &[]),
        ("firebaseextended/action-hosting-deploy", &[Deploy]),
        ("cloudflare/pages-action", &[Deploy]),
        ("akhileshns/heroku-deploy", &[Deploy]),
        ("digitalocean/app_action", &[Deploy]),
        ("digitalocean/action-doctl", &[]),
        ("samkirkland/ftp-deploy-action", &[Deploy]),
        ("johnbeynon/render-deploy-action", &[Deploy]),
        ("superfly/flyctl-actions/setup-flyctl", &[]),
        ("hashicorp", &[]),
        ("pnpm/action-setup", &[]),
        ("oven-sh/setup-bun", &[]),
        ("denoland/setup-deno", &[]),
        ("volta-cli/action", &[]),
        ("dorny/paths-filter", &[]),
        ("tj-actions/changed-files", &[]),
        ("peter-evans", &[]),
        ("softprops/action-gh-release", &[]),
        ("slackapi/slack-github-action", &[]),
        ("8398a7/action-slack", &[]),
        ("rtcamp/action-slack-notify", &[]),
        ("peaceiris/actions-gh-pages", &[]),
        ("jamesives/github-pages-deploy-action", &[]),
        ("sigstore/cosign-installer", &[]),
        ("anchore/sbom-action", &[]),
        ("dependabot/fetch-metadata", &[]),
        ("ncipollo/release-action", &[]),
        ("amannn/action-semantic-pull-request", &[]),
        ("actions", &[]),
    ];
    let name = action.to_ascii_lowercase();
    ACTIONS
        .iter()
        .find(|(known, _)| {
            name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .map(|(_, work)| *work)
}
