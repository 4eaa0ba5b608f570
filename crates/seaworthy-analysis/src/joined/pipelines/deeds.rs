//! What a command does, as far as a pipeline is judged by it.

use super::programs::{PLAIN, PROGRAMS};
use crate::joined::managers::{self, Asked, ScriptCall};

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

use Work::{
    Build, Coverage, Deploy, Lint, Migrate, MigrateCheck, Reset, Scan, SecretScan, Seed, Test,
    Typecheck,
};

/// What a command does.
pub(super) fn classify(program: &str, arguments: &[String]) -> Class {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Some(asked) = managers::asked(program, &words) {
        return match asked {
            Asked::Audit(label) => Class::Does(&[Scan], label.to_owned()),
            Asked::Bundle => Class::Does(&[Build], "bun build".to_owned()),
            Asked::Nothing => Class::Nothing,
            Asked::Program(words) => Class::Starts(words),
            Asked::Scripts(call) => Class::Scripts(call),
            Asked::Unknown => Class::Unknown,
        };
    }
    let program = program.trim_end_matches(".cmd").trim_end_matches(".phar");
    // `-v` sets a variable of theirs.
    if matches!(program, "psql" | "mysql" | "mariadb")
        && let Some(verb) = words.iter().find_map(|word| empties(word))
    {
        return Class::Does(&[Reset], format!("{program}: {verb}"));
    }
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

/// The verb of a statement that takes tables away, or all that they hold.
fn empties(statement: &str) -> Option<&'static str> {
    let upper = statement.to_ascii_uppercase();
    let mut words = upper.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    match words.next()? {
        "TRUNCATE" => Some("TRUNCATE"),
        "DROP" if matches!(words.next()?, "TABLE" | "DATABASE" | "SCHEMA" | "OWNED") => {
            Some("DROP")
        }
        _ => None,
    }
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
