//! Deploys that seed the database.

use seaworthy_plugin_api::{Context, Precision, Region, Rule, Severity};

use crate::shell::Action;

use super::MAX_FINDINGS;
use super::development_command::{WHEN, evidence, through};
use super::gather::deployed;

pub(crate) static RULE: Rule = Rule {
    id: "seed-on-deploy",
    summary: "deploy that runs the seed script",
    help: include_str!("seed_on_deploy.md"),
    severity: Severity::Medium,
    precision: Precision::Medium,
    cwe: &[1392],
    tags: &["reliability", "prisma", "deploy"],
    ..Rule::repository(WHEN, check)
};

fn check(cx: &mut Context<'_>) {
    let seeds = deployed().into_iter().filter(|deployed| deployed.step.action == Action::Seed);
    for deployed in seeds.take(MAX_FINDINGS) {
        let step = &deployed.step;
        let message = format!(
            "The seed script runs in production, for {} runs it{}: each deploy adds its rows again \
             or overwrites what users changed, and its test users with their known passwords can \
             log in. Seed by hand, once, or put what production needs into a migration.",
            deployed.by,
            through(&step.through)
        );
        cx.report_in(&step.path, Region::from(step.range.clone()), message)
            .evidence(evidence(&deployed));
    }
}
