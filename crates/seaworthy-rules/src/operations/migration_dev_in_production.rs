//! `migration-dev-in-production`

use std::collections::HashSet;

use seaworthy_analysis::joined::ShellKind;
use seaworthy_analysis::{Check, Context, Edit, NativeRule, Snapshot};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::production::{explain, run_by};
use super::tools::{Tool, depends_on_environment, tool};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "migration-dev-in-production",
        group: Group::Operations,
        summary: "production's schema is changed by a command made for development",
        help: include_str!("migration_dev_in_production.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[489],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// A command made for development.
struct Fault {
    /// How it is called.
    name: &'static str,
    /// What it does, and what to run instead.
    says: &'static str,
    severity: Severity,
    /// How many arguments belong to it.
    arguments: usize,
}

fn check(cx: &mut Context<'_>) {
    let scripts = cx.joined().scripts(cx.snapshot());
    let mut seen = HashSet::new();
    let mut mongo = None;
    for (text, command) in scripts.production() {
        // Building an image reaches no database; what it calls may be meant for one.
        if text.kind == ShellKind::Build {
            continue;
        }
        let Some(tool) = tool(command) else { continue };
        let Some(fault) = fault(&tool) else { continue };
        if depends_on_environment(&text.script, command) {
            continue;
        }
        // MongoDB has no migrations; pushing is the way there.
        if fault.name == "prisma db push" && *mongo.get_or_insert_with(|| uses_mongo(cx.snapshot()))
        {
            continue;
        }
        let written = tool.region(fault.arguments);
        let region = text.place(written);
        if !seen.insert((&text.path, region)) {
            continue;
        }
        let message = format!("{} `{}` in production. {}", run_by(text), fault.name, fault.says);
        let draft = cx.report_in(&text.path, region, message);
        draft.severity(fault.severity).evidence(fault.name);
        explain(draft, scripts, text);
        let plain = text.is_exact() && text.slice(written).ends_with("prisma migrate dev");
        if plain && tool.arguments.len() == 2 {
            draft.fix(Edit::risky("Apply the committed migrations only").replace(
                &text.path,
                text.place(tool.arguments[1].region),
                "deploy",
            ));
        }
    }
}

fn uses_mongo(snapshot: &Snapshot) -> bool {
    let schemas = snapshot.chosen(|it| it.path().as_str().ends_with(".prisma")).into_iter();
    schemas.take(20).filter_map(|it| snapshot.text(it)).any(|text| {
        text.lines()
            .any(|line| line.trim_start().starts_with("provider") && line.contains("\"mongodb\""))
    })
}

fn fault(tool: &Tool<'_>) -> Option<Fault> {
    let mut operands = tool.operands();
    let (first, second) = (operands.next().unwrap_or(""), operands.next().unwrap_or(""));
    let high =
        |name, says, arguments| Some(Fault { name, says, severity: Severity::High, arguments });
    const RESET: &str = "It empties the database.";
    match (tool.name, first, second) {
        ("prisma", "migrate", "dev") => high(
            "prisma migrate dev",
            "It makes new migrations, asks questions, and resets the database when the history \
             differs. Run `prisma migrate deploy`.",
            2,
        ),
        ("prisma", "migrate", "reset") => high("prisma migrate reset", RESET, 2),
        ("prisma", "db", "push") => high(
            "prisma db push",
            "It changes the schema past the migrations and, where that needs it, drops columns \
             and tables; nothing records what was done. Run `prisma migrate deploy`.",
            2,
        ),
        ("drizzle-kit", "push" | "push:pg" | "push:mysql", _) => high(
            "drizzle-kit push",
            "It changes the schema past the migrations and may drop columns. Generate migrations \
             and run `drizzle-kit migrate`.",
            1,
        ),
        ("typeorm" | "typeorm-ts-node-commonjs" | "typeorm-ts-node-esm", "schema:sync", _) => high(
            "typeorm schema:sync",
            "It drops what the entities no longer name. Run `typeorm migration:run`.",
            1,
        ),
        ("typeorm" | "typeorm-ts-node-commonjs" | "typeorm-ts-node-esm", "schema:drop", _) => {
            high("typeorm schema:drop", RESET, 1)
        }
        ("sequelize" | "sequelize-cli", "db:drop", _) => high("sequelize db:drop", RESET, 1),
        ("mikro-orm", "schema:fresh", _) => high("mikro-orm schema:fresh", RESET, 1),
        ("artisan", "migrate:fresh", _) => high("artisan migrate:fresh", RESET, 1),
        ("artisan", "migrate:refresh", _) => high("artisan migrate:refresh", RESET, 1),
        ("artisan", "db:wipe", _) => high("artisan db:wipe", RESET, 1),
        ("rails" | "rake", "db:reset" | "db:drop" | "db:migrate:reset", _) => {
            high("rails db:reset", RESET, 1)
        }
        ("manage.py", "flush", _) => high("manage.py flush", RESET, 1),
        ("manage.py", "makemigrations", _) => Some(Fault {
            name: "manage.py makemigrations",
            says: "Migrations made there are in no repository, and the next version makes others. \
                   Commit them, and run `migrate` alone.",
            severity: Severity::Medium,
            arguments: 1,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_what_production_starts_with() {
        check_files(
            &RULE,
            r#"
//- Dockerfile
FROM node:22-alpine
COPY . .
CMD ["npm", "run", "start:prod"]
//- package.json
{
  "scripts": {
    "start:prod": "npm run db && node dist/main.js",
    "db": "npx prisma db push --accept-data-loss",
               ^^^^^^^^^^^^^^ [high] The script `db` runs `prisma db push` in production
    "migrate": "prisma migrate dev"
  }
}
"#,
        );
        check(
            &RULE,
            "scripts/deploy.sh",
            "
set -e
docker compose -f docker-compose.prod.yml exec -T api npx prisma@6 migrate dev --name x
                                                          ^^^^^^^^^^^^^^^^^^^^ [high] deploy.sh runs
docker compose run --rm web python manage.py makemigrations
                                   ^^^^^^^^^^^^^^^^^^^^^^^^ [medium] in no repository
php artisan migrate:fresh --force
    ^^^^^^^^^^^^^^^^^^^^^ [high] empties
",
        );
    }

    #[test]
    fn passes_development_and_what_asks_for_the_environment() {
        check_files(
            &RULE,
            r#"
//- package.json
{
  "scripts": {
    "dev": "prisma db push && next dev",
    "db:reset": "prisma migrate reset",
    "start": "prisma migrate deploy && node dist/main.js",
    "deploy:staging": "prisma db push"
  }
}
//- docker/entrypoint.sh
if [ "$NODE_ENV" = development ]; then npx prisma migrate dev; else npx prisma migrate deploy; fi
//- Dockerfile
FROM node:22
RUN npx prisma db push
CMD ["docker/entrypoint.sh"]
//- docker-compose.yml
services:
  api:
    image: x
    command: npx prisma migrate dev
//- scripts/deploy.sh
echo prisma db push
# npx prisma db push
[ "$1" = prod ] || npx prisma migrate status
"#,
        );
    }

    #[test]
    fn pushing_is_the_way_of_mongodb() {
        check_files(
            &RULE,
            r#"
//- prisma/schema.prisma
datasource db {
  provider = "mongodb"
}
//- scripts/deploy.sh
npx prisma db push
"#,
        );
    }

    #[test]
    fn the_fix_applies_what_is_committed() {
        check_fix(
            &RULE,
            "deploy.sh",
            "\nnpx prisma migrate dev\n",
            "\nnpx prisma migrate deploy\n",
        );
    }
}
