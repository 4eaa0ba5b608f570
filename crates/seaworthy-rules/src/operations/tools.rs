//! Which tool a command runs in the end: past `npx`, `docker compose exec` and
//! their like.

use seaworthy_formats::shell::{Command, ExpansionKind, Script, Stage, Word};
use seaworthy_model::Region;

/// A tool and its arguments.
#[derive(Clone, Copy)]
pub(super) struct Tool<'c> {
    /// Its name, without directory and version.
    pub(super) name: &'c str,
    pub(super) arguments: &'c [Word],
    /// The word that names it.
    word: &'c Word,
    /// Whether it runs in a container.
    pub(super) contained: bool,
}

impl<'c> Tool<'c> {
    /// The arguments that are no options.
    pub(super) fn operands(&self) -> impl Iterator<Item = &'c str> {
        let words = self.arguments.iter().map(|word| word.text.as_str());
        words.filter(|word| !word.starts_with('-'))
    }

    /// Whether it has one of these options, by itself or with `=`.
    pub(super) fn has(&self, options: &[&str]) -> bool {
        self.arguments.iter().any(|word| {
            let name = word.text.split_once('=').map_or(word.text.as_str(), |(name, _)| name);
            options.contains(&name)
        })
    }

    /// From the tool to the last of its first `count` arguments.
    pub(super) fn region(&self, count: usize) -> Region {
        let last = self.arguments.iter().take(count).next_back();
        last.map_or(self.word.region, |word| self.word.region.cover(word.region))
    }
}

/// How many wrappers may wrap each other.
const MOST: usize = 4;

/// The tool that a command runs.
pub(super) fn tool(command: &Command) -> Option<Tool<'_>> {
    let invoked = command.invoked()?;
    let mut name = invoked.program;
    let mut word = invoked.word;
    let mut arguments = invoked.arguments;
    let mut contained = false;
    for _ in 0..MOST {
        let first = arguments.first().map_or("", |word| word.text.as_str());
        let rest = match (name, first) {
            ("npx" | "bunx" | "pnpx", _) => after_options(arguments, &["-p", "--package", "-c"]),
            ("npm", "exec" | "x") | ("pnpm" | "yarn", "exec" | "dlx") | ("bun", "x") => {
                after_options(&arguments[1..], &["-p", "--package"])
            }
            ("pnpm" | "yarn" | "bun", known) if TOOLS.contains(&known) => arguments,
            ("bundle", "exec") | ("poetry" | "uv" | "pipenv" | "rye" | "pdm", "run") => {
                after_options(&arguments[1..], &["--directory", "--group", "--with"])
            }
            ("php", file) if file.ends_with("artisan") => arguments,
            ("python" | "python3", file) if file.ends_with("manage.py") => arguments,
            ("docker" | "podman", "exec" | "compose" | "container")
            | ("docker-compose" | "podman-compose", _) => {
                contained = true;
                match in_container(arguments) {
                    Some(rest) => rest,
                    None => break,
                }
            }
            _ => break,
        };
        let Some((next, after)) = rest.split_first() else { break };
        let text = next.literal()?;
        let text = text.rsplit('/').next().unwrap_or(text);
        // `prisma@5` names a version.
        name = text.split('@').find(|part| !part.is_empty()).unwrap_or(text);
        word = next;
        arguments = after;
    }
    Some(Tool { name, arguments, word, contained })
}

/// Tools that package managers run by their names.
const TOOLS: &[&str] = &[
    "prisma",
    "sequelize",
    "sequelize-cli",
    "typeorm",
    "drizzle-kit",
    "knex",
    "mikro-orm",
    "ts-node",
    "tsx",
    "migrate-mongo",
    "typeorm-ts-node-commonjs",
    "typeorm-ts-node-esm",
];

fn after_options<'c>(words: &'c [Word], with_value: &[&str]) -> &'c [Word] {
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        rest = match word.text.as_str() {
            "--" => return after,
            text if with_value.contains(&text) => after.get(1..).unwrap_or_default(),
            text if text.starts_with('-') => after,
            _ => return rest,
        };
    }
    rest
}

/// What `docker exec CONTAINER …` and `docker compose -f x exec SERVICE …` run.
fn in_container(words: &[Word]) -> Option<&[Word]> {
    let at = words.iter().position(|word| matches!(word.text.as_str(), "exec" | "run"))?;
    let own = &[
        "-u",
        "--user",
        "-e",
        "--env",
        "-w",
        "--workdir",
        "--index",
        "--env-file",
        "--entrypoint",
        "-v",
        "--volume",
        "--name",
        "-p",
        "--publish",
        "--network",
    ];
    after_options(&words[at + 1..], own).get(1..)
}

/// Names of variables that tell environments apart.
const ENVIRONMENT: &[&str] = &[
    "NODE_ENV",
    "APP_ENV",
    "ENV",
    "ENVIRONMENT",
    "RAILS_ENV",
    "DJANGO_ENV",
    "STAGE",
    "DEPLOY_ENV",
    "FLASK_ENV",
    "VERCEL_ENV",
    "DEBUG",
    "APP_ENVIRONMENT",
    "TARGET_ENV",
    "ENV_NAME",
    "CI",
];

fn tells_environment(word: &Word) -> bool {
    word.expansions.iter().any(|expansion| {
        matches!(&expansion.kind, ExpansionKind::Parameter { name, .. }
            if ENVIRONMENT.contains(&name.as_str())
                || name.contains("SEED") || name.contains("RESET") || name.contains("MIGRAT"))
    }) || matches!(word.text.as_str(), "development" | "dev" | "local" | "staging" | "test")
}

/// Whether a command is run in some environments only: what it is guarded by, or what
/// ends the script before it, asks for one.
pub(super) fn depends_on_environment(script: &Script, command: &Command) -> bool {
    use seaworthy_formats::shell::BlockKind;
    let asks = |command: &Command| command.words.iter().any(tells_environment);
    let guarded = script.guards(command).iter().any(|guard| asks(&script.commands[guard.command]));
    let in_arm = script.blocks_above(command).any(|block| matches!(block.kind, BlockKind::Arm(_)));
    // `[ "$NODE_ENV" = production ] && exit 1` before it.
    let leaves = script.commands.iter().any(|other| {
        other.region.end <= command.region.start
            && matches!(other.program(), Some("exit" | "return"))
            && script.guards(other).iter().any(|guard| asks(&script.commands[guard.command]))
    });
    guarded || in_arm || leaves
}

/// The programs after a command in its pipeline; a compound is `""`.
pub(super) fn piped_to<'s>(script: &'s Script, command: &Command) -> Vec<Option<Tool<'s>>> {
    let stages = &script.pipeline(command).stages;
    let own = stages.iter().position(
        |stage| matches!(stage, Stage::Command(at) if std::ptr::eq(&script.commands[*at], command)),
    );
    let Some(own) = own else { return Vec::new() };
    stages[own + 1..]
        .iter()
        .map(|stage| match stage {
            Stage::Command(at) => tool(&script.commands[*at]),
            Stage::Block(_) => None,
        })
        .collect()
}

/// Programs that write a database to a file or to their output.
pub(super) const DUMPS: &[&str] =
    &["pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump", "mongodump", "pg_basebackup"];

/// The first of a script's commands that writes a database.
pub(super) fn dump(script: &Script) -> Option<&Command> {
    script.commands.iter().find(|command| is_dump(command))
}

/// Whether a command writes a database.
pub(super) fn is_dump(command: &Command) -> bool {
    tool(command).is_some_and(|tool| {
        DUMPS.contains(&tool.name)
            && !tool.has(&["--version", "--help", "-V", "--schema-only", "-s"])
    })
}
