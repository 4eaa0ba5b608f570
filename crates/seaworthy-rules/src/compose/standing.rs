//! Which stacks are judged, in which order, and how near to production what
//! they say is.
//!
//! A file may be part of several stacks: a base by itself and under each of
//! its overlays. What is written once is reported once, at its severest, so
//! stacks are gone through from production down and [`Once`] remembers places.

use std::collections::HashSet;

use seaworthy_analysis::joined::Stack;
use seaworthy_analysis::roles::{Environment, Role};
use seaworthy_analysis::{Context, Draft, Snapshot};
use seaworthy_formats::compose::{FileName, Origin, Service, ServiceKind};
use seaworthy_model::{ArtifactPath, Region};

/// How near to production a stack is, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It says that it is for production or staging.
    Production,
    /// Nothing says what it is for, and nothing beside it is for production.
    Undeclared,
    /// It is for a developer's machine, or its neighbour is for production.
    Development,
    /// It is for automated tests.
    Test,
}

impl Standing {
    /// Whether production may run it.
    pub(super) fn may_be_production(self) -> bool {
        self <= Standing::Undeclared
    }
}

/// A stack with its standing.
#[derive(Clone, Copy)]
pub(super) struct Judged<'s> {
    pub(super) stack: &'s Stack,
    pub(super) standing: Standing,
    runs_program: bool,
    snapshot: &'s Snapshot,
}

/// The stacks that are run, those of production first. Templates, documentation
/// and other people's files are left out.
pub(super) fn judged<'s>(cx: &Context<'s>) -> Vec<Judged<'s>> {
    let mut stacks: Vec<Judged<'s>> = cx
        .joined()
        .stacks()
        .iter()
        .filter_map(|stack| {
            let standing = of_stack(stack)?;
            let runs_program = runs_program(stack);
            Some(Judged { stack, standing, runs_program, snapshot: cx.snapshot() })
        })
        .collect();
    stacks.sort_by_key(|judged| judged.standing);
    stacks
}

fn of_stack(stack: &Stack) -> Option<Standing> {
    let role = stack.role();
    match role.role {
        Role::Template | Role::Docs | Role::Vendored => None,
        Role::Test => Some(Standing::Test),
        Role::Development => Some(Standing::Development),
        // A file that is known by its shape alone has no role of its own.
        Role::Deployable | Role::Source => Some(match role.environment {
            Environment::Production | Environment::Staging => Standing::Production,
            Environment::Development | Environment::Local => Standing::Development,
            Environment::Test | Environment::Ci => Standing::Test,
            Environment::Unspecified if stack.has_production_sibling() => Standing::Development,
            Environment::Unspecified => Standing::Undeclared,
        }),
    }
}

fn runs_program(stack: &Stack) -> bool {
    stack.project().services.iter().any(|service| {
        matches!(service.kind(), ServiceKind::Application | ServiceKind::Proxy | ServiceKind::Other)
    })
}

/// Variables that tell a program where it runs.
const TELLING: &[&str] = &[
    "NODE_ENV",
    "APP_ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "FLASK_ENV",
    "DJANGO_ENV",
    "GO_ENV",
    "ENVIRONMENT",
    "ASPNETCORE_ENVIRONMENT",
];

/// Profiles that production does not switch on.
const ASIDE: &[&str] =
    &["dev", "development", "debug", "debugging", "local", "tools", "tool", "admin", "manual"];

const TESTING: &[&str] = &["test", "tests", "testing", "e2e", "ci", "integration"];

impl Judged<'_> {
    /// The standing of something a service says at `origin`: its profiles and
    /// the role of the file that says it may lead away from production.
    pub(super) fn at(&self, service: Option<&Service>, origin: &Origin) -> Standing {
        let profiles = service.map_or(self.standing, |service| self.by_profiles(service));
        profiles.max(self.by_file(&origin.artifact))
    }

    /// Whether the stack is clearly meant for production: it says so, or nothing
    /// says what it is for and one of its programs is told that it runs there.
    pub(super) fn is_for_production(&self) -> bool {
        match self.standing {
            Standing::Production => true,
            Standing::Undeclared => self.stack.project().services.iter().any(|service| {
                service.environment.iter().any(|variable| {
                    TELLING.contains(&variable.key.raw())
                        && variable
                            .value
                            .as_ref()
                            .and_then(|value| self.stack.expand(value))
                            .is_some_and(|value| value.trim().eq_ignore_ascii_case("production"))
                })
            }),
            Standing::Development | Standing::Test => false,
        }
    }

    /// Whether it runs a program, and not only the stores, admin pages and mail
    /// catchers that a developer starts beside one.
    pub(super) fn runs_program(&self) -> bool {
        self.runs_program
    }

    fn by_profiles(&self, service: &Service) -> Standing {
        let all = |words: &[&str]| {
            !service.profiles.is_empty()
                && service.profiles.iter().all(|profile| {
                    let mut parts = profile.raw().split(['-', '_', '.', ':']);
                    parts.any(|part| words.iter().any(|word| word.eq_ignore_ascii_case(part)))
                })
        };
        if all(TESTING) {
            self.standing.max(Standing::Test)
        } else if all(ASIDE) {
            self.standing.max(Standing::Development)
        } else {
            self.standing
        }
    }

    fn by_file(&self, path: &ArtifactPath) -> Standing {
        let Some(artifact) = self.snapshot.artifact(path.as_str()) else { return self.standing };
        let automatic =
            FileName::read(path.file_name()).is_some_and(|name| name.is_default_override());
        // A production stack that extends a development file runs what it says;
        // only an override that Compose adds by itself is no part of it.
        if self.standing == Standing::Production && !automatic {
            return self.standing;
        }
        match self.snapshot.role(artifact).role {
            Role::Development => self.standing.max(Standing::Development),
            Role::Test => self.standing.max(Standing::Test),
            _ => self.standing,
        }
    }

    /// The value that a variable has in the stack's `.env` file.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.stack.variable(name).map(|value| value.reveal().to_owned())
    }

    /// Says where else the fault comes from: the alias or merge key that brings
    /// it in, the overlay that makes it production's.
    pub(super) fn explain(&self, draft: &mut Draft, origin: &Origin) {
        if let Some(used_at) = origin.used_at {
            draft.related(&origin.artifact, used_at, "merged in here");
        }
        if self.standing == Standing::Production
            && let Some(last) = self.stack.files().last()
            && *last != origin.artifact
            && self.stack.files().contains(&origin.artifact)
        {
            draft.related(last, Region::empty(0), "the production stack is laid over it here");
        }
    }
}

/// Remembers what has been reported.
#[derive(Default)]
pub(super) struct Once(HashSet<(ArtifactPath, Region)>);

impl Once {
    /// Whether nothing has been said about the place so far.
    pub(super) fn first(&mut self, artifact: &ArtifactPath, region: Region) -> bool {
        self.0.insert((artifact.clone(), region))
    }
}

/// The published port that makes a service reachable from other machines.
pub(super) fn exposed_port<'p>(
    judged: &Judged<'_>,
    service: &'p Service,
) -> Option<&'p seaworthy_formats::compose::PortRef> {
    service.ports.iter().find(|port| {
        port.resolve(&|name| judged.variable(name))
            .is_ok_and(|resolved| resolved.is_exposed() == Some(true))
    })
}

/// Whether the service lives in the network of the host, where `ports` counts
/// for nothing.
pub(super) fn on_host_network(service: &Service) -> bool {
    service.network_mode.as_ref().is_some_and(|mode| mode.raw().trim() == "host")
}
