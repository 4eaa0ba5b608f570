//! Which files concern which rules, decided before anything of WebAssembly is
//! touched: by path for all plugins at once, then by role, and by one pass over the
//! text for the needles of all.

mod needles;

use std::collections::{BTreeSet, HashMap};

use seaworthy_analysis::{Artifact, DocumentKind, Snapshot, notation};
use seaworthy_model::ArtifactPath;
use seaworthy_syntax::Notation;

use crate::glob::Globs;
use crate::metadata::SelectorMetadata;
use crate::view::kinds::{is_of_kind, role, role_name};
use needles::Needles;

/// A rule of a plugin: the plugin's place and the rule's place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RulePlace {
    pub(crate) plugin: usize,
    pub(crate) rule: usize,
}

/// The selectors of all plugins.
#[derive(Default)]
pub(crate) struct Plan {
    selectors: Vec<Planned>,
    /// Those that neither kinds nor patterns narrow down.
    anywhere: Vec<usize>,
    by_kind: HashMap<String, Vec<usize>>,
    globs: Globs,
    /// Whose each pattern is.
    glob_owners: Vec<usize>,
    /// All needles of those that nothing else narrows down: most files have none of
    /// them, and are passed over at once.
    needles_anywhere: Needles,
}

struct Planned {
    owner: RulePlace,
    selector: SelectorMetadata,
    needles: Needles,
}

/// The selectors that a path leaves, and what was seen of their needles so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates {
    /// Those that a pattern or nothing chose, or that a kind chose by name.
    left: BTreeSet<usize>,
    /// Those of them with needles of which none was seen.
    unseen: BTreeSet<usize>,
}

impl Candidates {
    /// Whether none is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }
}

impl Plan {
    /// A plan of selectors. Patterns that cannot be read match nothing: they were
    /// checked when the plugin was installed.
    pub(crate) fn new<'m>(
        selectors: impl IntoIterator<Item = (RulePlace, &'m SelectorMetadata)>,
    ) -> Self {
        let mut plan = Self::default();
        let (mut globs, mut anywhere) = (Vec::new(), Vec::new());
        for (at, (owner, selector)) in selectors.into_iter().enumerate() {
            if selector.kinds.is_empty() && selector.globs.is_empty() {
                plan.anywhere.push(at);
                anywhere.extend(selector.needles.iter().cloned());
            }
            for kind in &selector.kinds {
                plan.by_kind.entry(kind.clone()).or_default().push(at);
            }
            for glob in &selector.globs {
                globs.push(glob.as_str());
                plan.glob_owners.push(at);
            }
            let needles = Needles::new(selector.needles.clone());
            plan.selectors.push(Planned { owner, selector: selector.clone(), needles });
        }
        plan.globs = Globs::known(globs);
        plan.needles_anywhere = Needles::new(anywhere);
        plan
    }

    /// Whether a file may concern a rule, by its path alone.
    pub(crate) fn may_concern(&self, path: &str) -> bool {
        !self.anywhere.is_empty()
            || (!self.by_kind.is_empty() && self.kinds_chosen(path).next().is_some())
            || self.globs.matches(path)
    }

    /// The selectors that a file may fit, by its path alone.
    pub(crate) fn candidates(&self, path: &str) -> Candidates {
        let mut left: BTreeSet<usize> = self.anywhere.iter().copied().collect();
        if !self.by_kind.is_empty() {
            left.extend(self.kinds_chosen(path));
        }
        left.extend(self.globs.places(path).map(|place| self.glob_owners[place]));
        let has_needles = |at: &&usize| !self.selectors[**at].needles.is_empty();
        let unseen = left.iter().filter(has_needles).copied().collect();
        Candidates { left, unseen }
    }

    fn kinds_chosen(&self, path: &str) -> impl Iterator<Item = usize> {
        let kind = DocumentKind::recognise(path);
        let written = notation(&ArtifactPath::new(path)).map(word);
        let own = match kind {
            DocumentKind::Env => Some("env"),
            DocumentKind::Ignore => Some("gitignore"),
            DocumentKind::Compose => Some("compose"),
            DocumentKind::Vercel => Some("vercel"),
            DocumentKind::PackageJson => Some("package-json"),
            DocumentKind::PnpmWorkspace => Some("pnpm-workspace"),
            DocumentKind::Npmrc => Some("npmrc"),
            DocumentKind::Lockfile(_) => Some("lockfile"),
            DocumentKind::Dockerfile
            | DocumentKind::Nginx
            | DocumentKind::Workflow
            | DocumentKind::Action
            | DocumentKind::GitlabCi
            | DocumentKind::Prisma
            | DocumentKind::Other => written.is_none().then_some("text"),
        };
        let of = |kind: Option<&str>| kind.and_then(|kind| self.by_kind.get(kind));
        of(own).into_iter().chain(of(written)).flatten().copied()
    }

    /// Drops the candidates of some rules.
    pub(crate) fn forget(&self, candidates: &mut Candidates, drop: impl Fn(RulePlace) -> bool) {
        candidates.left.retain(|at| !drop(self.selectors[*at].owner));
        candidates.unseen.retain(|at| candidates.left.contains(at));
    }

    /// Looks for needles in a text of the file, or a piece of it.
    pub(crate) fn search(&self, text: &str, candidates: &mut Candidates) {
        let mut unseen: Vec<usize> = candidates.unseen.iter().copied().collect();
        let is_anywhere = |at: &usize| self.anywhere.binary_search(at).is_ok();
        if unseen.iter().filter(|at| is_anywhere(at)).count() > 1
            && !self.needles_anywhere.any_in(text)
        {
            unseen.retain(|at| !is_anywhere(at));
        }
        for at in unseen {
            if self.selectors[at].needles.any_in(text) {
                candidates.unseen.remove(&at);
            }
        }
    }

    /// The rules that the file concerns, sorted. Its text was searched.
    pub(crate) fn decide(
        &self,
        candidates: &Candidates,
        snapshot: &Snapshot,
        artifact: &Artifact,
    ) -> Vec<RulePlace> {
        let path = artifact.path().as_str();
        let mut by_glob: Option<BTreeSet<usize>> = None;
        let mut own_role = None;
        let mut rules = Vec::new();
        for &at in candidates.left.difference(&candidates.unseen) {
            let Planned { owner, selector, .. } = &self.selectors[at];
            if rules.contains(owner) {
                continue;
            }
            let mut has_glob = || {
                let places = || self.globs.places(path).map(|p| self.glob_owners[p]).collect();
                by_glob.get_or_insert_with(places).contains(&at)
            };
            let chosen = (selector.kinds.is_empty() && selector.globs.is_empty())
                || selector.kinds.iter().any(|kind| is_of_kind(snapshot, artifact, kind))
                || has_glob();
            let mut has_role = || {
                let role =
                    *own_role.get_or_insert_with(|| role_name(role(snapshot, artifact).role));
                selector.roles.iter().any(|wanted| wanted == role)
            };
            if chosen && (selector.roles.is_empty() || has_role()) {
                rules.push(*owner);
            }
        }
        rules.sort_unstable();
        rules
    }
}

const fn word(notation: Notation) -> &'static str {
    match notation {
        Notation::Json => "json",
        Notation::Yaml => "yaml",
        Notation::Toml => "toml",
    }
}
