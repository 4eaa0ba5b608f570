//! What strangers can write into an event, and which events carry it.

use seaworthy_formats::ci::{Reference, Workflow};
use seaworthy_model::Severity;

use super::walk::Place;

/// A field that somebody without rights in the repository fills in.
pub(super) struct Field {
    path: &'static [&'static str],
    /// The events that carry it.
    pub(super) events: &'static [&'static str],
    /// Who fills it in, for people.
    pub(super) who: &'static str,
    /// Whether it may hold line breaks.
    pub(super) lines: bool,
}

const ISSUES: &[&str] = &["issues", "issue_comment"];
const COMMENTS: &[&str] =
    &["issue_comment", "pull_request_review_comment", "commit_comment", "discussion_comment"];
const PULLS: &[&str] =
    &["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"];
const REVIEWS: &[&str] = &["pull_request_review"];
const DISCUSSIONS: &[&str] = &["discussion", "discussion_comment"];
const RUNS: &[&str] = &["workflow_run"];
const PUSH: &[&str] = &["push"];
const ISSUER: &str = "Whoever opens an issue";
const COMMENTER: &str = "Whoever writes a comment";
const PULLER: &str = "Whoever opens a pull request";
const AUTHOR: &str = "The author of a commit";

macro_rules! fields {
    ($($($segment:tt).+ => $events:ident, $who:ident, $lines:literal;)*) => {
        &[$(Field {
            path: &[$(segment!($segment)),+],
            events: $events,
            who: $who,
            lines: $lines,
        }),*]
    };
}

macro_rules! segment {
    (any) => {
        "*"
    };
    ($name:ident) => {
        stringify!($name)
    };
}

const FIELDS: &[Field] = fields![
    github.head_ref => PULLS, PULLER, false;
    github.event.issue.title => ISSUES, ISSUER, false;
    github.event.issue.body => ISSUES, ISSUER, true;
    github.event.pull_request.title => PULLS, PULLER, false;
    github.event.pull_request.body => PULLS, PULLER, true;
    github.event.pull_request.head.ref => PULLS, PULLER, false;
    github.event.pull_request.head.label => PULLS, PULLER, false;
    github.event.pull_request.head.repo.default_branch => PULLS, PULLER, false;
    github.event.pull_request.head.repo.description => PULLS, PULLER, false;
    github.event.comment.body => COMMENTS, COMMENTER, true;
    github.event.review.body => REVIEWS, COMMENTER, true;
    github.event.discussion.title => DISCUSSIONS, COMMENTER, false;
    github.event.discussion.body => DISCUSSIONS, COMMENTER, true;
    github.event.commits.any.message => PUSH, AUTHOR, true;
    github.event.commits.any.author.name => PUSH, AUTHOR, false;
    github.event.commits.any.author.email => PUSH, AUTHOR, false;
    github.event.head_commit.message => PUSH, AUTHOR, true;
    github.event.head_commit.author.name => PUSH, AUTHOR, false;
    github.event.head_commit.author.email => PUSH, AUTHOR, false;
    github.event.head_commit.committer.name => PUSH, AUTHOR, false;
    github.event.head_commit.committer.email => PUSH, AUTHOR, false;
    github.event.workflow_run.head_branch => RUNS, PULLER, false;
    github.event.workflow_run.display_title => RUNS, PULLER, false;
    github.event.workflow_run.head_commit.message => RUNS, PULLER, true;
    github.event.workflow_run.head_commit.author.name => RUNS, PULLER, false;
    github.event.workflow_run.head_commit.author.email => RUNS, PULLER, false;
    github.event.workflow_run.head_repository.description => RUNS, PULLER, false;
    github.event.workflow_run.pull_requests.any.head.ref => RUNS, PULLER, false;
];

/// The field that a reference brings into a value.
pub(super) fn field(reference: &Reference) -> Option<&'static Field> {
    if !reference.flows {
        return None;
    }
    FIELDS.iter().find(|field| {
        let below = reference.whole
            && reference.path.len() < field.path.len()
            && field.path.iter().zip(&reference.path).all(|(want, have)| want == have);
        below || reference.is(field.path)
    })
}

/// How bad it is that a field reaches a script in a workflow; `None` when no event
/// of the workflow carries it there.
pub(super) fn severity(field: &Field, workflow: &Workflow, place: &Place<'_>) -> Option<Severity> {
    let only = only_events(place);
    let carried = |event: &&&str| {
        workflow.trigger(event).is_some()
            && only.as_ref().is_none_or(|only| only.iter().any(|name| name == **event))
    };
    let worst = field
        .events
        .iter()
        .filter(carried)
        .map(|event| match *event {
            // A stranger's pull request gets neither secrets nor a token that writes,
            // and what is pushed has been let in by somebody.
            "pull_request" | "pull_request_review" | "pull_request_review_comment" | "push" => {
                Severity::Medium
            }
            _ => Severity::High,
        })
        .max()?;
    Some(if is_guarded(place) { worst.min(Severity::Low) } else { worst })
}

/// The events that conditions leave, if they name any.
fn only_events(place: &Place<'_>) -> Option<Vec<String>> {
    let mut named: Option<Vec<String>> = None;
    for condition in place.conditions() {
        if condition.contains("event_name !=") {
            continue;
        }
        let events: Vec<String> = condition
            .split("event_name ==")
            .skip(1)
            .filter_map(|rest| Some(rest.split('\'').nth(1)?.to_owned()))
            .collect();
        if !events.is_empty() {
            named = Some(events);
        }
    }
    named
}

/// Whether a condition asks who it is that started the run, or from where.
pub(super) fn is_guarded(place: &Place<'_>) -> bool {
    place.conditions().any(asks_for_person)
}

/// Whether a condition looks at the person or the repository that an event comes from.
pub(super) fn asks_for_person(condition: &str) -> bool {
    const WORDS: &[&str] = &[
        "author_association",
        "head.repo.full_name",
        "head.repo.fork",
        "head_repository.full_name",
        "head_repository.fork",
        "github.actor",
        "github.triggering_actor",
        "user.login",
        "sender.login",
    ];
    WORDS.iter().any(|word| condition.contains(word))
}
