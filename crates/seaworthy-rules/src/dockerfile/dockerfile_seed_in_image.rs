//! `dockerfile-seed-in-image`

use std::collections::{BTreeMap, BTreeSet};

use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_formats::dockerfile::Instruction;
use seaworthy_formats::dockerignore::DockerIgnore;
use seaworthy_model::{ArtifactPath, Group, Precision, Rule, Severity, split_last};

use super::shipped::{Shipped, shipped};
use super::sources::{copied, is_everything, join, transfer};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-seed-in-image",
        group: Group::Dockerfile,
        summary: "test data and the script that loads it are in the image",
        help: include_str!("dockerfile_seed_in_image.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[489],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// How many seeds are looked for.
const MOST: usize = 50;

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    u64::from(text.is_some() && is_seed(path))
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let seeds: Vec<&ArtifactPath> = snapshot
        .chosen(|artifact| is_seed(artifact.path().as_str()))
        .into_iter()
        .map(|artifact| artifact.path())
        .take(MOST)
        .collect();
    if seeds.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    for shipped in shipped(cx) {
        if shipped.development {
            continue;
        }
        let Some((instruction, seed)) = carried(&shipped, snapshot, &seeds) else { continue };
        let path = shipped.build.dockerfile();
        if !seen.insert((path, instruction.region)) {
            continue;
        }
        cx.report_in(
            path,
            instruction.first_line,
            format!(
                "This ships {seed} with the image. Whoever starts it by mistake fills or empties \
                 the database of production, often with accounts whose passwords stand in the \
                 file; copy the migrations alone, or keep it out with .dockerignore."
            ),
        )
        .evidence(seed.as_str())
        .related(seed, seaworthy_model::Region::empty(0), "the seed");
    }
}

/// The instruction that brings a seed into the shipped image, and the seed.
fn carried<'s>(
    shipped: &Shipped<'s>,
    snapshot: &Snapshot,
    seeds: &[&'s ArtifactPath],
) -> Option<(&'s Instruction, &'s ArtifactPath)> {
    let ignored = shipped.build.ignored(snapshot);
    let context = shipped.build.context();
    for (instruction, _, source) in copied(shipped, shipped.stage) {
        if instruction.flags.iter().any(|flag| flag.name == "exclude") {
            continue;
        }
        let found = seeds.iter().find(|seed| takes(&source, seed, context, &ignored));
        if let Some(seed) = found {
            return Some((instruction, seed));
        }
    }
    // From a stage that has it, by the name of its directory.
    let mut known: BTreeMap<usize, Vec<&'s ArtifactPath>> = BTreeMap::new();
    for &stage in &shipped.image.stages {
        for instruction in shipped.build.file().stage_instructions(stage) {
            let (Some(transfer), Some(from)) = (transfer(instruction), instruction.flag("from"))
            else {
                continue;
            };
            let Some(from) = shipped.build.file().copied_from(from, stage) else { continue };
            let has = known.entry(from).or_insert_with(|| {
                let copied = copied(shipped, from);
                let taken = |seed: &&&'s ArtifactPath| {
                    copied.iter().any(|(_, _, source)| takes(source, seed, context, &ignored))
                };
                seeds.iter().filter(taken).copied().collect()
            });
            for source in &transfer.sources {
                let name = source.raw.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                if let Some(seed) = has.iter().find(|seed| is_named(seed, name)) {
                    return Some((instruction, seed));
                }
            }
        }
    }
    None
}

/// Whether a file, or a directory of a database that it is in, has the name.
fn is_named(seed: &ArtifactPath, name: &str) -> bool {
    let named = ["prisma", "seeds", "seeders", "seed", "database", "db"].contains(&name);
    seed.file_name() == name || (named && seed.as_str().split('/').any(|part| part == name))
}

/// Whether a source of the context takes a file along.
fn takes(source: &str, file: &ArtifactPath, context: &str, ignored: &DockerIgnore) -> bool {
    let prefix = join(context, "");
    let Some(path) = file.as_str().strip_prefix(prefix.as_str()) else { return false };
    let inside = is_everything(source)
        || path == source
        || path.strip_prefix(source).is_some_and(|rest| rest.starts_with('/'));
    inside && !ignored.verdict(path).ignored
}

/// Whether a path is one of data that is loaded into an empty database.
fn is_seed(path: &str) -> bool {
    let (directory, name) = split_last(path, b'/').unwrap_or(("", path));
    let Some((stem, extension)) = split_last(name, b'.') else { return false };
    if !matches!(extension, "ts" | "js" | "mjs" | "cjs" | "sql" | "py" | "php") {
        return false;
    }
    let parts: Vec<&str> = directory.split('/').collect();
    let aside = ["test", "tests", "__tests__", "e2e", "cypress", "node_modules", "docs", "vendor"];
    if parts.iter().any(|part| aside.contains(part)) {
        return false;
    }
    let in_database = parts.iter().any(|part| {
        matches!(*part, "prisma" | "db" | "database" | "scripts" | "sql" | "drizzle" | "knex")
    });
    let in_seeds = parts.iter().any(|part| matches!(*part, "seeds" | "seeders"));
    in_seeds && in_database_tree(&parts)
        || in_database && (stem == "seed" || stem.starts_with("seed-") || stem.starts_with("seed_"))
}

/// Whether a directory of seeds is one for a database.
fn in_database_tree(parts: &[&str]) -> bool {
    parts.len() == 1
        || parts.iter().any(|part| {
            matches!(
                *part,
                "prisma"
                    | "db"
                    | "database"
                    | "drizzle"
                    | "knex"
                    | "src"
                    | "data"
                    | "backend"
                    | "server"
                    | "api"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    const SEED: &str = "//- prisma/seed.ts\nx\n//- prisma/schema.prisma\ny\n//- prisma/migrations/1/migration.sql\nz\n";

    fn judged(files: &str) {
        check_files(&RULE, &format!("{SEED}{files}"));
    }

    #[test]
    fn flags_seeds_that_are_shipped() {
        judged("//- Dockerfile\nFROM node:22\nCOPY . .\n^^^^^^^^ [low] ships prisma/seed.ts\n");
        judged(
            "//- Dockerfile\nFROM node:22\nCOPY prisma ./prisma\n^^^^^^^^^^^^^^^^^^^^ ships prisma/seed.ts\n",
        );
        judged(
            "
//- Dockerfile
FROM node:22 AS build
COPY . .
FROM node:22
COPY --from=build /app/prisma ./prisma
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ships prisma/seed.ts
",
        );
    }

    #[test]
    fn passes_migrations_builders_and_what_is_kept_out() {
        judged(
            "//- Dockerfile\nFROM node:22\nCOPY prisma/schema.prisma prisma/\nCOPY prisma/migrations prisma/migrations\n",
        );
        judged(
            "//- Dockerfile\nFROM node:22 AS build\nCOPY . .\nFROM node:22\nCOPY --from=build /app/dist ./dist\n",
        );
        judged("//- .dockerignore\nprisma/seed.*\n//- Dockerfile\nFROM node:22\nCOPY . .\n");
        judged("//- Dockerfile.dev\nFROM node:22\nCOPY . .\n");
        check_files(
            &RULE,
            "//- src/seed.ts\nx\n//- db/seeds.rb\nx\n//- Dockerfile\nFROM node:22\nCOPY . .\n",
        );
    }
}
