//! `ci-seed-non-fatal`

use seaworthy_analysis::joined::{Deed, Pipeline, Work};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::ci::{Job, Text, Variable, expressions};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::targets::{Target, file_of, jobs, target};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "ci-seed-non-fatal",
        group: Group::Ci,
        summary: "pipeline that seeds or resets the database of production",
        help: include_str!("ci_seed_non_fatal.md"),
        severity: Severity::Critical,
        precision: Precision::High,
        cwe: &[1188, 670],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for (pipeline, _, job, work) in jobs(cx) {
        let risky = work.deeds.iter().filter(|deed| matches!(deed.work, Work::Reset | Work::Seed));
        let risky: Vec<&Deed> = risky.collect();
        if risky.is_empty() {
            continue;
        }
        let target = target(pipeline, job, work);
        // A job with a database of its own works on that.
        if target == Target::Other || job.services.iter().any(|it| is_database(it.image.as_ref())) {
            continue;
        }
        let deploys = work.of(Work::Deploy).next().is_some();
        for deed in &risky {
            // Of what one line starts, the worst is said.
            let place = (deed.step, deed.region);
            let worse = |other: &&&Deed| {
                (other.step, other.region) == place
                    && other.through.is_some()
                    && other.work == Work::Reset
            };
            if deed.work == Work::Seed && risky.iter().any(|other| worse(&other)) {
                continue;
            }
            let Some((path, region, name)) = database(pipeline, job, deed) else { continue };
            let production = words(&name)
                .any(|word| matches!(word, "prod" | "production" | "live"))
                || target == Target::Production
                || deploys;
            if !production {
                continue;
            }
            let (what, severity) = match deed.work {
                Work::Reset => (
                    "may empty tables or drop what does not fit the schema, without asking",
                    Severity::Critical,
                ),
                _ => (
                    "fills the database with the data of development, its accounts and passwords \
                     included, at every run",
                    Severity::High,
                ),
            };
            let instead = match deed.work {
                Work::Reset => "apply reviewed migrations instead (`prisma migrate deploy`)",
                _ => "seed by hand, once, what production needs",
            };
            let draft = cx.report_in(
                file_of(pipeline, deed),
                deed.region,
                format!(
                    "`{}` runs against the database that `{name}` names. It {what}; {instead}.",
                    deed.label
                ),
            );
            draft
                .severity(severity)
                .evidence(format!("{}:{}", job.id.as_str(), deed.label))
                .related(path, region, "the job gets the database here");
            if let Some((path, region)) = &deed.through {
                draft.related(path, *region, "it is called here");
            }
        }
    }
}

fn is_database(image: Option<&Text>) -> bool {
    image.is_some_and(|image| {
        ["postgres", "mysql", "mariadb", "mongo", "postgis", "timescale", "mssql", "cockroach"]
            .iter()
            .any(|name| image.as_str().contains(name))
    })
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    const LOWER: &[(&str, &str)] = &[
        ("PROD", "prod"),
        ("PRODUCTION", "production"),
        ("LIVE", "live"),
        ("TEST", "test"),
        ("STAGING", "staging"),
        ("STAGE", "staging"),
        ("DEV", "dev"),
        ("CI", "ci"),
        ("PREVIEW", "preview"),
    ];
    name.split('_').map(|word| {
        let found = LOWER.iter().find(|(upper, _)| word.eq_ignore_ascii_case(upper));
        found.map_or(word, |(_, lower)| lower)
    })
}

/// The secret from which the step gets its database.
fn database<'p>(
    pipeline: &'p Pipeline,
    job: &'p Job,
    deed: &Deed,
) -> Option<(&'p ArtifactPath, Region, String)> {
    let step = job.steps.get(deed.step)?;
    let is_url = |variable: &&Variable| {
        let name = variable.name.as_str();
        let upper = name.to_ascii_uppercase();
        [
            "DATABASE_URL",
            "DB_URL",
            "DIRECT_URL",
            "POSTGRES_URL",
            "MONGODB_URI",
            "MONGO_URL",
            "PGHOST",
        ]
        .iter()
        .any(|known| upper.ends_with(known))
            || upper == "DB_HOST"
    };
    let env = step.env.iter().chain(&job.env).chain(&pipeline.workflow().env).find(is_url)?;
    let value = env.value.as_ref()?;
    let found = expressions(value.as_str());
    let secret = found.iter().flat_map(|it| &it.references).find_map(|it| it.name_in("secrets"))?;
    let aside = ["test", "staging", "dev", "ci", "preview"];
    if words(secret).any(|word| aside.contains(&word)) {
        return None;
    }
    Some((pipeline.file_of(value), value.region(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn a_script_that_empties_and_fills_is_one_fault() {
        check_files(
            &RULE,
            r#"
//- scripts/demo.sh
psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -c 'TRUNCATE "Loan" CASCADE'
psql "$DATABASE_URL" -c 'SELECT 1'
npx prisma db seed
//- .github/workflows/deploy.yml
on: push
jobs:
  fill:
    steps:
      - run: ./scripts/demo.sh
             ^^^^^^^^^^^^^^^^^ [critical] may empty tables
        env:
          DATABASE_URL: ${{ secrets.PRODUCTION_DATABASE_URL }}
                        ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ gets the database here
"#,
        );
    }

    #[test]
    fn flags_seeds_and_resets_of_production() {
        check_files(
            &RULE,
            r#"
//- package.json
{"scripts": {"seed": "prisma db seed"}}
                      ~~~~~~~~~~~~~~ it is called here
//- .github/workflows/deploy.yml
on: push
jobs:
  migrate:
    environment: production
    env:
      DATABASE_URL: ${{ secrets.DATABASE_URL }}
                    ~~~~~~~~~~~~~~~~~~~~~~~~~~~ gets the database here
    steps:
      - run: npx prisma db push --accept-data-loss
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] may empty tables
      - run: npm run seed
             ^^^^^^^^^^^^ [high] fills the database
  other:
    steps:
      - run: npx prisma migrate reset --force
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [critical] `PROD_DATABASE_URL`
        env:
          DATABASE_URL: ${{ secrets.PROD_DATABASE_URL }}
                        ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ gets the database here
"#,
        );
    }

    #[test]
    fn passes_databases_of_tests_and_migrations() {
        check(
            &RULE,
            ".github/workflows/ci.yml",
            r#"
on: push
jobs:
  test:
    services:
      db: { image: postgres:17 }
    env:
      DATABASE_URL: ${{ secrets.DATABASE_URL }}
    steps:
      - run: npx prisma db push --accept-data-loss && npx prisma db seed
  e2e:
    env: { DATABASE_URL: "postgres://postgres:postgres@localhost/x" }
    steps:
      - run: npx prisma migrate reset --force
  staging:
    environment: staging
    env: { DATABASE_URL: "${{ secrets.DATABASE_URL }}" }
    steps:
      - run: npx prisma db seed
  checks:
    env: { DATABASE_URL: "${{ secrets.DATABASE_URL }}" }
    steps:
      - run: npx prisma db seed
  deploy:
    environment: production
    env: { DATABASE_URL: "${{ secrets.DATABASE_URL }}" }
    steps:
      - run: npx prisma migrate deploy
  nightly:
    environment: production
    env: { DATABASE_URL: "${{ secrets.TEST_DATABASE_URL }}" }
    steps:
      - run: npx prisma db seed
"#,
        );
    }
}
