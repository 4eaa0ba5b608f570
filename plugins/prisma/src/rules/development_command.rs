//! Commands for development that a deploy runs against the database.

use seaworthy_plugin_api::{Context, Fix, Precision, Region, Rule, Selector, Severity};

use crate::shell::Action;

use super::gather::{Deployed, deployed};
use super::{MAX_FINDINGS, datasources};

pub(crate) static RULE: Rule = Rule {
    id: "development-command-in-deploy",
    summary: "deploy that changes the database by a command for development",
    help: include_str!("development_command.md"),
    severity: Severity::High,
    precision: Precision::High,
    cwe: &[1269],
    tags: &["reliability", "prisma", "deploy"],
    ..Rule::repository(WHEN, check)
};

/// A command of Prisma stands in a file that may belong to a deploy, or a package
/// needs it.
pub(super) const WHEN: &[Selector] = &[Selector {
    globs: &[
        "package.json",
        "*.{sh,yml,yaml}",
        "{Dockerfile,Containerfile,Dockerfile.*,*.Dockerfile,*.dockerfile}",
        "{Procfile,Procfile.*}",
        "{vercel,railway,app}.json",
        "{netlify,railway,fly,nixpacks}.toml",
    ],
    needles: &["prisma"],
    ..Selector::ANY
}];

fn check(cx: &mut Context<'_>) {
    // MongoDB has no migrations: there `db push` is the way.
    let providers: Vec<String> =
        datasources().into_iter().filter_map(|(_, datasource, _)| datasource.provider).collect();
    let mongodb = !providers.is_empty() && providers.iter().all(|provider| provider == "mongodb");
    for deployed in deployed().into_iter().take(MAX_FINDINGS) {
        if let Some((severity, what)) = judge(&deployed.step.action, mongodb) {
            report(cx, &deployed, severity, what);
        }
    }
}

fn judge(action: &Action, mongodb: bool) -> Option<(Severity, &'static str)> {
    Some(match action {
        Action::Reset => {
            (Severity::Critical, "`prisma migrate reset` drops the database and everything in it")
        }
        Action::Push { resets: true, .. } => (
            Severity::Critical,
            "`prisma db push --force-reset` drops the database and everything in it",
        ),
        Action::Push { accepts_loss: true, .. } => (
            Severity::High,
            "`prisma db push --accept-data-loss` drops whatever columns and tables the schema no \
             longer has",
        ),
        Action::Push { .. } if mongodb => return None,
        Action::Push { .. } => (
            Severity::Medium,
            "`prisma db push` changes the database past its migrations: nobody reviewed how, and \
             nothing can be rolled back",
        ),
        Action::MigrateDev => (
            Severity::Medium,
            "`prisma migrate dev` is for development: it writes new migrations, asks to reset the \
             database when it has drifted, may run the seed script, and fails without a terminal",
        ),
        _ => return None,
    })
}

fn report(cx: &mut Context<'_>, deployed: &Deployed, severity: Severity, what: &str) {
    let step = &deployed.step;
    let message = format!(
        "{what}, and {} runs it{}. Commit migrations and run `prisma migrate deploy`.",
        deployed.by,
        through(&step.through)
    );
    let region = Region::from(step.range.clone());
    let finding = cx.report_in(&step.path, region, message);
    finding.severity(severity).evidence(evidence(deployed));
    let plain = matches!(
        step.action,
        Action::MigrateDev | Action::Push { accepts_loss: false, resets: false }
    );
    if step.exact && plain {
        let fix = Fix::risky("Apply the committed migrations instead");
        finding.fix(fix.replace_in(&step.path, region, "prisma migrate deploy"));
    }
}

/// By which scripts a step is reached, to follow the one that a deploy runs.
pub(super) fn through(scripts: &[String]) -> String {
    match scripts {
        [] => String::new(),
        scripts => format!(" through `{}`", scripts.join("`, `")),
    }
}

/// What makes a step itself: who runs it, without places.
pub(super) fn evidence(deployed: &Deployed) -> String {
    let action = match &deployed.step.action {
        Action::Push { .. } => "db push",
        Action::MigrateDev => "migrate dev",
        Action::Reset => "migrate reset",
        _ => "seed",
    };
    format!("{action} in {}{}", deployed.by, through(&deployed.step.through))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mongodb_may_be_pushed_to_but_not_reset() {
        let push = Action::Push { accepts_loss: false, resets: false };
        assert_eq!(judge(&push, true), None);
        assert!(judge(&push, false).is_some());
        assert!(judge(&Action::Push { accepts_loss: true, resets: false }, true).is_some());
        assert!(judge(&Action::Reset, true).is_some());
        assert_eq!(judge(&Action::Seed, false), None);
    }
}
