//! Which services of a stack run on and on, and how rules speak of several.

use std::collections::{HashMap, HashSet};

use seaworthy_analysis::joined::ImageBuild;
use seaworthy_analysis::{Context, Draft, Edit};
use seaworthy_formats::compose::{Condition, Service, ServiceKind, Text, Value};

use super::commands::run_by;
use super::lines;
use super::standing::{Judged, Once};

/// How many services of a stack are named in the places of one finding.
const NAMED: usize = 30;

/// How many services of a stack are judged by their variables; each may have
/// long env files.
pub(super) const MOST_SERVICES: usize = 200;

/// The services that production starts and keeps running: no jobs, nothing that
/// another service waits to see finished, nothing of a profile that is for
/// developers or tests.
pub(super) fn running<'s>(judged: &Judged<'s>) -> Vec<&'s Service> {
    let services = &judged.stack.project().services;
    let finished: HashSet<&str> = services
        .iter()
        .flat_map(|service| &service.depends_on)
        .filter(|dependency| dependency.condition == Condition::Completed)
        .map(|dependency| dependency.service.raw())
        .collect();
    services
        .iter()
        .filter(|service| {
            (service.image.is_some() || service.build.is_some())
                && service.kind() != ServiceKind::Job
                && !finished.contains(service.name.raw())
                && judged.at(Some(service), service.origin()).may_be_production()
                && !says_once(judged, service)
        })
        .collect()
}

/// Whether the service itself says that it ends: it is never restarted, it is
/// not started, or it runs a program that ends.
fn says_once(judged: &Judged<'_>, service: &Service) -> bool {
    let says = |value: Option<&Text>, words: &[&str]| {
        value
            .and_then(|text| judged.stack.expand(text))
            .is_some_and(|value| words.iter().any(|word| value.trim().eq_ignore_ascii_case(word)))
    };
    let deployed = |path: &[&str]| {
        service.deploy.as_ref().and_then(|deploy| deploy.at(path)).and_then(Value::text)
    };
    says(service.restart.as_ref(), &["no", "false"])
        || says(deployed(&["restart_policy", "condition"]), &["none"])
        || says(deployed(&["replicas"]), &["0"])
        || says(deployed(&["mode"]), &["replicated-job", "global-job"])
        || says(service.extra("scale").and_then(Value::text), &["0"])
        || ends(service)
}

/// Words of commands that do something once.
const ONCE: &[&str] = &[
    "migrate",
    "migrate:deploy",
    "db:migrate",
    "migration:run",
    "db:push",
    "db:seed",
    "seed",
    "certonly",
    "collectstatic",
    "createsuperuser",
    "build",
    "true",
    "/bin/true",
    "echo",
];

/// Whether the last program that the service starts ends by itself.
fn ends(service: &Service) -> bool {
    let words = run_by(service);
    let last = words
        .iter()
        .rposition(|word| matches!(word.raw(), "&&" | ";" | "||"))
        .map_or(&words[..], |at| &words[at + 1..]);
    last.iter().take(6).any(|word| ONCE.contains(&word.raw()))
}

/// The image that each service is built to, by the service.
pub(super) struct Builds<'s>(HashMap<*const Service, &'s ImageBuild>);

impl<'s> Builds<'s> {
    pub(super) fn new(cx: &Context<'s>) -> Self {
        let stacks = cx.joined().stacks();
        let images = cx.joined().images(cx.snapshot()).iter();
        let by_service = images.flat_map(|build| {
            build.services(stacks).map(move |(_, service)| (std::ptr::from_ref(service), build))
        });
        Self(by_service.collect())
    }

    /// The build of a service of a stack.
    pub(super) fn of(&self, service: &Service) -> Option<&'s ImageBuild> {
        self.0.get(&std::ptr::from_ref(service)).copied()
    }
}

/// The names of services for a sentence: `api, db and 3 others`.
pub(super) fn names(services: &[&Service]) -> String {
    const MOST: usize = 6;
    let shown: Vec<&str> = services.iter().take(MOST).map(|service| service.name.raw()).collect();
    match (shown.as_slice(), services.len().saturating_sub(MOST)) {
        ([], _) => String::new(),
        ([only], _) => (*only).to_owned(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (all, 1) => format!("{} and 1 other", all.join(", ")),
        (all, more) => format!("{} and {more} others", all.join(", ")),
    }
}

/// Reports what several services of a stack lack, once, at the first of them;
/// `None` when all of it has been said of the same places before.
pub(super) fn lacking<'c>(
    cx: &'c mut Context<'_>,
    once: &mut Once,
    judged: &Judged<'_>,
    services: &[&Service],
    message: String,
    label: &str,
) -> Option<&'c mut Draft> {
    let mut fresh = services.iter().filter(|service| {
        let origin = service.origin();
        once.first(&origin.artifact, origin.region)
    });
    let first = fresh.next()?;
    // The others are marked as said, too.
    fresh.for_each(drop);
    let draft = cx.report_in(&first.origin().artifact, first.origin().region, message);
    for other in services.iter().filter(|other| !std::ptr::eq(**other, *first)).take(NAMED) {
        draft.related(&other.origin().artifact, other.origin().region, label);
    }
    judged.explain(draft, first.origin());
    Some(draft)
}

/// An edit that puts a line first into each service's body; `None` when one of
/// them is not written in block style.
pub(super) fn add_line(
    cx: &Context<'_>,
    edit: Edit,
    services: &[&Service],
    line: &str,
) -> Option<Edit> {
    services.iter().take(NAMED).try_fold(edit, |edit, service| {
        let origin = service.origin();
        let (at, indent) = lines::body(cx, origin)?;
        let end = lines::line_break(cx, &origin.artifact);
        Some(edit.insert(&origin.artifact, at, format!("{indent}{line}{end}")))
    })
}

/// Whether the stack is written for Swarm, whose defaults differ: something
/// says what only Swarm reads.
pub(super) fn is_for_swarm(judged: &Judged<'_>) -> bool {
    let project = judged.stack.project();
    let deployed =
        project.services.iter().filter_map(|service| service.deploy.as_ref()).any(|deploy| {
            ["update_config", "rollback_config", "placement", "mode", "endpoint_mode"]
                .iter()
                .any(|key| deploy.get(key).is_some())
        });
    let named = judged.stack.primary_file().file_name().contains("stack")
        || judged.stack.primary_file().file_name().contains("swarm");
    let overlay = project.networks.iter().any(|network| {
        network.value.get("driver").and_then(Value::text).is_some_and(|it| it.raw() == "overlay")
    });
    deployed || named || overlay
}
