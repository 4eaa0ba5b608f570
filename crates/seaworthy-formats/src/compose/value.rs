//! The values of Compose files, free of their trees so that several files can
//! be merged, each with the place it was written at.

use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::NodeRef;

use super::text::{Origin, Text};

/// How deep values may nest; what lies deeper is taken as null.
const MAX_DEPTH: usize = 64;

/// How many bytes of a scalar count as much as one value.
const BYTES_PER_UNIT: usize = 32;

/// What reading a mapping with merge keys costs beyond its entries.
const MERGE_COST: usize = 128;

/// A value of a Compose file, or of several merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null(Origin),
    /// A string, number or truth value.
    Scalar(Text),
    /// A list.
    Sequence(Vec<Value>, Origin),
    /// A mapping.
    Mapping(Vec<Member>, Origin),
}

/// An entry of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key.
    pub key: Text,
    /// The value.
    pub value: Value,
    /// `!reset`, `!override` or `!merge`, until the merge has obeyed it.
    pub(super) tag: Option<Tag>,
}

/// Compose's own tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `!reset`: what was there is dropped.
    Reset,
    /// `!override`: what was there is replaced, not merged.
    Override,
    /// `!merge`: lists merge item by item.
    Merge,
}

impl Tag {
    /// The tag of a node, or of what its alias stands for.
    pub(super) fn of(node: NodeRef<'_>) -> Option<Tag> {
        match node.tag().or_else(|| node.resolve().tag()) {
            Some("!reset") => Some(Tag::Reset),
            Some("!override") => Some(Tag::Override),
            Some("!merge") => Some(Tag::Merge),
            _ => None,
        }
    }
}

impl Value {
    /// Where it is written.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        match self {
            Value::Scalar(text) => text.origin(),
            Value::Null(origin) | Value::Sequence(_, origin) | Value::Mapping(_, origin) => origin,
        }
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null(_))
    }

    /// The scalar, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&Text> {
        match self {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; nothing for anything else.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        match self {
            Value::Sequence(items, _) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; nothing for anything else.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match self {
            Value::Mapping(members, _) => members,
            _ => &[],
        }
    }

    /// The entry of a mapping under `key`.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.key.raw() == key)
    }

    /// The value of a mapping under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.member(key).map(|member| &member.value)
    }

    /// The value at a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Shows every scalar below to `visit`, each with the keys that lead to it;
    /// items of lists have no key of their own.
    pub fn walk<'v>(&'v self, visit: &mut dyn FnMut(&[&'v Text], &'v Text)) {
        self.walk_below(&mut Vec::new(), visit);
    }

    fn walk_below<'v>(
        &'v self,
        path: &mut Vec<&'v Text>,
        visit: &mut dyn FnMut(&[&'v Text], &'v Text),
    ) {
        match self {
            Value::Null(_) => {}
            Value::Scalar(text) => visit(path, text),
            Value::Sequence(items, _) => {
                items.iter().for_each(|item| item.walk_below(path, visit));
            }
            Value::Mapping(members, _) => {
                for member in members {
                    path.push(&member.key);
                    member.value.walk_below(path, visit);
                    path.pop();
                }
            }
        }
    }

    /// Removes and returns the entry under `key`.
    pub(super) fn take(&mut self, key: &str) -> Option<Member> {
        let Value::Mapping(members, _) = self else { return None };
        let index = members.iter().position(|member| member.key.raw() == key)?;
        Some(members.remove(index))
    }

    /// Whether two values say the same, wherever they are written.
    pub(super) fn says_the_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null(_), Value::Null(_)) => true,
            (Value::Scalar(a), Value::Scalar(b)) => a.raw() == b.raw(),
            (Value::Sequence(a, _), Value::Sequence(b, _)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b))
            }
            (Value::Mapping(a, _), Value::Mapping(b, _)) => {
                a.len() == b.len()
                    && a.iter().all(|member| {
                        other
                            .get(member.key.raw())
                            .is_some_and(|value| value.says_the_same(&member.value))
                    })
            }
            _ => false,
        }
    }
}

/// Turns nodes into values, with a budget against alias bombs that holds for a
/// whole project.
#[derive(Debug)]
pub(super) struct Reader {
    budget: usize,
    exhausted: bool,
}

impl Reader {
    pub(super) fn new(budget: usize) -> Self {
        Self { budget, exhausted: false }
    }

    /// Whether something was left out because it was too much.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Takes `cost` from the budget; false when there is not enough.
    pub(super) fn spend(&mut self, cost: usize) -> bool {
        let enough = cost <= self.budget;
        self.budget = self.budget.saturating_sub(cost);
        self.exhausted |= !enough;
        enough
    }

    /// Reads a whole node; `used_at` is the merge key that brought it in.
    pub(super) fn read(
        &mut self,
        node: NodeRef<'_>,
        source: &str,
        artifact: &ArtifactPath,
        used_at: Option<Region>,
    ) -> Value {
        let place = Place { source, artifact };
        self.value(node, &place, used_at, 0)
    }

    fn value(
        &mut self,
        node: NodeRef<'_>,
        place: &Place<'_>,
        site: Option<Region>,
        depth: usize,
    ) -> Value {
        let site = if node.is_alias() { site.or(Some(node.region())) } else { site };
        let region = node.resolve().region();
        let origin = Origin { artifact: place.artifact.clone(), region, used_at: site };
        let length = node.scalar().map_or(0, str::len);
        if depth > MAX_DEPTH || !self.spend(1 + length / BYTES_PER_UNIT) {
            self.exhausted = true;
            return Value::Null(origin);
        }
        if let Some(text) = Text::read(node, place.source, place.artifact, site) {
            return Value::Scalar(text);
        }
        if node.is_sequence() {
            let mut items = Vec::new();
            for item in node.items() {
                if self.budget == 0 {
                    break;
                }
                items.push(self.value(item, place, site, depth + 1));
            }
            return Value::Sequence(items, origin);
        }
        if node.is_mapping() {
            return Value::Mapping(self.members(node, place, site, depth), origin);
        }
        Value::Null(origin)
    }

    fn members(
        &mut self,
        node: NodeRef<'_>,
        place: &Place<'_>,
        site: Option<Region>,
        depth: usize,
    ) -> Vec<Member> {
        let mut members = Vec::new();
        let merges = node.written_entries().any(|entry| entry.key.scalar() == Some("<<"));
        if merges && !self.spend(MERGE_COST) {
            return members;
        }
        for entry in node.entries() {
            let length = entry.key.scalar().map_or(0, str::len);
            if !self.spend(1 + length / BYTES_PER_UNIT) {
                break;
            }
            let site = site.or(entry.merged_at);
            let Some(key) = Text::read(entry.key, place.source, place.artifact, site) else {
                continue;
            };
            let tag = Tag::of(entry.value);
            let value = self.value(entry.value, place, site, depth + 1);
            members.push(Member { key, value, tag });
        }
        members
    }
}

/// The file a node is read from.
struct Place<'a> {
    source: &'a str,
    artifact: &'a ArtifactPath,
}
