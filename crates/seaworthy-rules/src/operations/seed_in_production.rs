//! `seed-in-production`

use std::collections::HashSet;

use seaworthy_analysis::joined::{Purpose, ShellKind, purpose_of};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::production::{explain, run_by};
use super::tools::{Tool, depends_on_environment, tool};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "seed-in-production",
        group: Group::Operations,
        summary: "test data is loaded into production's database",
        help: include_str!("seed_in_production.md"),
        severity: Severity::High,
        precision: Precision::Medium,
        cwe: &[489, 1188],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let scripts = cx.joined().scripts(cx.snapshot());
    let mut seen = HashSet::new();
    for (text, command) in scripts.production() {
        // What a seed's own script does is said where it is called.
        if text.kind == ShellKind::Build || text.purpose == Purpose::Seed {
            continue;
        }
        let Some(tool) = tool(command) else { continue };
        let Some(seed) = seed(&tool) else { continue };
        if depends_on_environment(&text.script, command) {
            continue;
        }
        let region = text.place(command.region);
        if !seen.insert((&text.path, region)) {
            continue;
        }
        let severity = if is_meant(&seed) { Severity::Medium } else { Severity::High };
        let message = format!(
            "{} the seed `{seed}` in production. Seeds fill a database for development: they bring \
             accounts with known passwords, and many empty tables first; run at every start or \
             deployment, they do so again and again. Leave it to development, or load what \
             production needs by a migration.",
            run_by(text),
        );
        let draft = cx.report_in(&text.path, region, message);
        draft.severity(severity).evidence(seed);
        explain(draft, scripts, text);
    }
}

/// What a command loads, for people.
fn seed(tool: &Tool<'_>) -> Option<String> {
    let operands: Vec<&str> = tool.operands().take(3).collect();
    let first = operands.first().copied().unwrap_or("");
    let second = operands.get(1).copied().unwrap_or("");
    let whole = |words: &[&str]| Some(words.join(" "));
    match (tool.name, first, second) {
        ("prisma", "db", "seed") => whole(&["prisma db seed"]),
        ("sequelize" | "sequelize-cli", "db:seed:all" | "db:seed", _) => whole(&[tool.name, first]),
        ("knex", "seed:run", _) => whole(&["knex seed:run"]),
        ("artisan", "db:seed", _) => whole(&["artisan db:seed"]),
        ("artisan", "migrate" | "migrate:fresh", _) if tool.has(&["--seed"]) => {
            whole(&["artisan", first, "--seed"])
        }
        ("rails" | "rake", "db:seed" | "db:setup", _) => whole(&[tool.name, first]),
        ("manage.py", "loaddata", file) => whole(&["loaddata", file]),
        ("manage.py", name, _) if is_seed(name) => whole(&["manage.py", name]),
        ("npm" | "pnpm" | "yarn" | "bun", "run" | "run-script", name) if is_seed(name) => {
            whole(&[name])
        }
        ("pnpm" | "yarn" | "bun" | "make", name, _) if is_seed(name) => whole(&[name]),
        ("psql", ..) => {
            let at =
                tool.arguments.iter().position(|it| matches!(it.text.as_str(), "-f" | "--file"))?;
            let file = tool.arguments.get(at + 1)?.literal()?;
            let loads = file.ends_with(".sql") && file.rsplit('/').take(2).any(is_seed);
            loads.then(|| file.to_owned())
        }
        (
            "node" | "tsx" | "ts-node" | "bun" | "deno" | "python" | "python3" | "php" | "ruby",
            ..,
        ) => {
            let file = operands.iter().find(|word| word.contains('.') || word.contains('/'))?;
            let name = file.rsplit('/').next().unwrap_or(file);
            is_seed(name).then(|| (*file).to_owned())
        }
        _ => None,
    }
}

fn is_seed(name: &str) -> bool {
    purpose_of(name) == Purpose::Seed
}

/// Whether the name says that production is to have the data.
fn is_meant(name: &str) -> bool {
    const MEANT: &[&str] = &[
        "prod",
        "production",
        "reference",
        "roles",
        "permissions",
        "lookup",
        "lookups",
        "initial",
        "base",
        "static",
        "countries",
        "currencies",
        "settings",
        "config",
        "required",
        "essential",
        "rails",
        "rake",
        "loaddata",
        "default",
        "defaults",
        "plans",
        "categories",
        "templates",
    ];
    let lower = name.to_ascii_lowercase();
    lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| MEANT.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_seeds_that_production_runs() {
        check_files(
            &RULE,
            r#"
//- Dockerfile
FROM node:22-alpine
CMD npx prisma migrate deploy && npx prisma db seed && node dist/main.js
                                 ^^^^^^^^^^^^^^^^^^ [high] The container runs the seed
//- api/package.json
{ "scripts": {
    "start": "npm run seed && node .",
              ^^^^^^^^^^^^ [high] The script `start` runs the seed `seed`
    "seed": "ts-node prisma/seed.ts"
} }
//- scripts/deploy.sh
docker compose exec api node scripts/seed-users.js || true
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] seed-users.js
npm run seed:prod
^^^^^^^^^^^^^^^^^ [medium] seed:prod
//- docker-compose.prod.yml
services:
  api:
    image: x
    command: sh -c "php artisan migrate --force && php artisan db:seed"
                                                   ^^^^^^^^^^^^^^^^^^^ [high] Service api
"#,
        );
    }

    #[test]
    fn flags_files_of_seeds_that_psql_loads() {
        check_files(
            &RULE,
            r#"
//- scripts/deploy.sh
psql "$DATABASE_URL" -f db/seeds/demo.sql
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] the seed `db/seeds/demo.sql`
psql "$DATABASE_URL" -f db/views.sql
"#,
        );
    }

    #[test]
    fn passes_development_tests_and_what_asks_first() {
        check_files(
            &RULE,
            r#"
//- package.json
{ "scripts": { "dev": "npm run seed && next dev", "seed": "tsx seed.ts", "db:setup": "prisma db seed" } }
//- docker-compose.e2e.yml
services:
  api:
    image: x
    environment: { NODE_ENV: development }
    command: npm run seed
//- scripts/deploy.sh
if [ "$SEED_DB" = true ]; then npm run seed; fi
echo "run npm run seed yourself"
node server.js --seed 42
case "$1" in seed) npm run seed ;; esac
//- Dockerfile
FROM node:22
RUN npm run seed
CMD ["node", "server.js"]
"#,
        );
    }
}
