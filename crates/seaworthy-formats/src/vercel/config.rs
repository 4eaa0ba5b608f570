//! The typed view of `vercel.json`.

use std::sync::Arc;

use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::{NodeRef, Tree};

use super::js_regex::JsRegex;
use super::schema::shape_of;
use super::shape::{Problem, ProblemKind, Problems};
use super::source::{Source, SourceError};
use crate::http::{HeaderRule, Matcher, Provider, Text};

/// A truth value with its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The value.
    pub value: bool,
    /// The bytes of the key, with its quotes.
    pub key: Region,
    /// The bytes of the value.
    pub region: Region,
}

/// A `source` with what it compiles to.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The text as written.
    pub text: Text,
    /// The compiled source, or why Vercel refuses it.
    pub compiled: Result<Arc<Source>, SourceError>,
}

/// The value that a condition compares with.
#[derive(Clone, Debug, Default)]
pub enum ConditionValue {
    /// None: presence suffices, and the key names a parameter.
    #[default]
    Absent,
    /// The text of a regular expression.
    Text(Text),
    /// Operators; the text of `re`, if that is one of them.
    Operators(Option<Text>),
}

/// An item of `has` or `missing`.
#[derive(Clone, Debug)]
pub struct Condition {
    /// `host`, `header`, `cookie` or `query`, as written.
    pub kind: String,
    /// The header's, cookie's or parameter's name.
    pub key: Option<Text>,
    /// What it is compared with.
    pub value: ConditionValue,
    /// The bytes of the item.
    pub region: Region,
}

/// The conditions of a rule.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// `has`, if given.
    pub has: Option<Vec<Condition>>,
    /// `missing`, if given.
    pub missing: Option<Vec<Condition>>,
}

impl Conditions {
    /// Whether the rule hangs on more than the path.
    #[must_use]
    pub fn any(&self) -> bool {
        let some =
            |list: &Option<Vec<Condition>>| list.as_ref().is_some_and(|list| !list.is_empty());
        some(&self.has) || some(&self.missing)
    }
}

/// A key and a value.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The key or name.
    pub key: Text,
    /// The value; empty with the region of the wrong value if it is no string.
    pub value: Text,
}

/// An item of `headers`.
#[derive(Clone, Debug)]
pub struct HeadersRule {
    /// For which paths.
    pub source: Pattern,
    /// The headers in order.
    pub headers: Vec<Pair>,
    /// When else.
    pub conditions: Conditions,
    /// The bytes of the item.
    pub region: Region,
}

/// Where a redirect or rewrite leads.
#[derive(Clone, Debug)]
pub enum Destination {
    /// A path or an address.
    Text(Text),
    /// A service of the same project, with a path.
    Service {
        /// Its name.
        service: Text,
        /// The path at the service.
        path: Option<Text>,
    },
}

/// An item of `redirects`.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// For which paths.
    pub source: Pattern,
    /// Whereto.
    pub destination: Text,
    /// `permanent`.
    pub permanent: Option<Flag>,
    /// `statusCode`.
    pub status: Option<u16>,
    /// When else.
    pub conditions: Conditions,
    /// The environment variables that the destination may name.
    pub env: Vec<String>,
    /// The bytes of the item.
    pub region: Region,
}

/// An item of `rewrites`.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// For which paths.
    pub source: Pattern,
    /// What is served.
    pub destination: Destination,
    /// `statusCode`.
    pub status: Option<u16>,
    /// When else.
    pub conditions: Conditions,
    /// The environment variables that the destination may name.
    pub env: Vec<String>,
    /// The bytes of the item.
    pub region: Region,
}

/// An item of the legacy `routes`.
#[derive(Clone, Debug)]
pub struct LegacyRoute {
    /// `src`.
    pub src: Option<Text>,
    /// `source`, its other name.
    pub source: Option<Text>,
    /// `dest`, or `destination` as a text.
    pub dest: Option<Text>,
    /// Whether both `dest` and `destination` are there.
    pub two_destinations: bool,
    /// The headers, if given.
    pub headers: Option<Vec<Pair>>,
    /// `handle`.
    pub handle: Option<Text>,
    /// A key beside `handle`, which allows none.
    pub beside_handle: Option<Text>,
    /// `status` or `statusCode`.
    pub status: Option<u16>,
    /// Whether both `status` and `statusCode` are there.
    pub two_statuses: bool,
    /// `continue`.
    pub continues: Option<bool>,
    /// `check`.
    pub check: Option<bool>,
    /// Whether `methods` narrows it.
    pub methods: bool,
    /// When else.
    pub conditions: Conditions,
    /// The bytes of the item.
    pub region: Region,
}

/// An item of `crons`.
#[derive(Clone, Debug)]
pub struct Cron {
    /// The path that is requested, a public route.
    pub path: Text,
    /// When.
    pub schedule: Text,
}

/// An entry of `functions`.
#[derive(Clone, Debug)]
pub struct Function {
    /// The glob of files.
    pub glob: Text,
    /// The runtime package, if named.
    pub runtime: Option<Text>,
    /// The bytes of the settings.
    pub region: Region,
}

/// `images`.
#[derive(Clone, Debug)]
pub struct Images {
    /// `dangerouslyAllowSVG`.
    pub allow_svg: Option<Flag>,
    /// `contentSecurityPolicy`.
    pub csp: Option<Text>,
    /// The host names of `remotePatterns` and `domains`.
    pub hosts: Vec<Text>,
    /// The bytes of the settings.
    pub region: Region,
}

/// `vercel.json`, as far as it can be read: what does not fit the schema is in
/// [`VercelConfig::problems`] and left out or empty in the view.
#[derive(Clone, Debug, Default)]
pub struct VercelConfig {
    /// The top-level keys in order.
    pub keys: Vec<Text>,
    /// `headers`, if it is a list.
    pub headers: Option<Vec<HeadersRule>>,
    /// `redirects`, if it is a list.
    pub redirects: Option<Vec<Redirect>>,
    /// `rewrites`, if it is a list.
    pub rewrites: Option<Vec<Rewrite>>,
    /// `routes`, if it is a list.
    pub routes: Option<Vec<LegacyRoute>>,
    /// `crons`.
    pub crons: Vec<Cron>,
    /// `env`: values that run-time code sees.
    pub env: Vec<Pair>,
    /// `build.env`: values that the build sees.
    pub build_env: Vec<Pair>,
    /// `functions`.
    pub functions: Vec<Function>,
    /// `images`.
    pub images: Option<Images>,
    /// `cleanUrls`.
    pub clean_urls: Option<Flag>,
    /// `trailingSlash`.
    pub trailing_slash: Option<Flag>,
    /// `public`: whether source and logs are shown to everyone.
    pub public: Option<Flag>,
    /// `git.deploymentEnabled`, when it is a truth value.
    pub git_deployments: Option<Flag>,
    /// `installCommand`, `buildCommand`, `ignoreCommand`, `devCommand`: key and
    /// command.
    pub commands: Vec<Pair>,
    /// What Vercel's schema refuses.
    pub problems: Vec<Problem>,
    /// Whether the file is broken and parts may be missing.
    pub uncertain: bool,
}

impl VercelConfig {
    /// Reads the configuration.
    #[must_use]
    pub fn read(tree: &Tree) -> Self {
        let root = tree.root();
        let mut config =
            Self { uncertain: tree.is_uncertain() || !tree.errors().is_empty(), ..Self::default() };
        let mut problems = Problems::default();
        if !root.is_mapping() {
            if !tree.is_empty() {
                let message = "must be an object".to_owned();
                problems.add(ProblemKind::WrongType, root.region(), "", message);
            }
            config.problems = problems.list;
            return config;
        }
        for entry in root.entries() {
            let key = text(entry.key);
            if let Some(shape) = shape_of(&key.value) {
                problems.check(entry.value, shape, &format!("/{}", key.value));
            }
            config.take(&key.value, entry.key, entry.value);
            config.keys.push(key);
        }
        config.conflicts(&mut problems);
        problems.list.sort_by_key(|problem| problem.region);
        config.problems = problems.list;
        config
    }

    fn take(&mut self, key: &str, key_node: NodeRef<'_>, value: NodeRef<'_>) {
        match key {
            "headers" => self.headers = list(value, headers_rule),
            "redirects" => self.redirects = list(value, redirect),
            "rewrites" => self.rewrites = list(value, rewrite),
            "routes" => self.routes = list(value, legacy_route),
            "crons" => {
                self.crons = value
                    .items()
                    .map(|item| Cron {
                        path: text_of(item, "path"),
                        schedule: text_of(item, "schedule"),
                    })
                    .collect();
            }
            "env" => self.env = pairs(value),
            "build" => self.build_env = value.get("env").map(pairs).unwrap_or_default(),
            "functions" => {
                self.functions = value
                    .entries()
                    .iter()
                    .map(|entry| Function {
                        glob: text(entry.key),
                        runtime: string(entry.value, "runtime"),
                        region: entry.value.region(),
                    })
                    .collect();
            }
            "images" if value.is_mapping() => self.images = Some(images(value)),
            "cleanUrls" => self.clean_urls = flag(key_node, value),
            "trailingSlash" => self.trailing_slash = flag(key_node, value),
            "public" => self.public = flag(key_node, value),
            "git" => self.git_deployments = flag_of(value, "deploymentEnabled"),
            "installCommand" | "buildCommand" | "ignoreCommand" | "devCommand" => {
                if value.as_str().is_some() {
                    self.commands.push(Pair { key: text(key_node), value: text(value) });
                }
            }
            _ => {}
        }
    }

    /// What the schema lets through and a deployment refuses all the same.
    fn conflicts(&self, problems: &mut Problems) {
        let others = ["rewrites", "redirects", "headers", "cleanUrls", "trailingSlash"];
        let key = |name: &str| self.keys.iter().find(|key| key.value == name);
        if let Some(routes) = key("routes") {
            let found: Vec<&str> = others.into_iter().filter(|name| key(name).is_some()).collect();
            if !found.is_empty() {
                let message = format!("`routes` cannot be used together with {}", found.join(", "));
                problems.add(ProblemKind::Conflict, routes.region, "/routes", message);
            }
        }
        for (index, redirect) in self.redirects.iter().flatten().enumerate() {
            if let (Some(permanent), Some(_)) = (redirect.permanent, redirect.status) {
                let message = "`permanent` and `statusCode` exclude each other".to_owned();
                let path = format!("/redirects/{index}");
                problems.add(ProblemKind::Conflict, permanent.key, &path, message);
            }
        }
    }

    /// Whether a top-level key is written.
    #[must_use]
    pub fn has_key(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known.value == key)
    }

    /// The response headers that the file sets, in the order in which Vercel
    /// applies them. Rules whose source is refused are left out, for then
    /// nothing is deployed.
    #[must_use]
    pub fn header_rules(&self, artifact: &ArtifactPath) -> Vec<HeaderRule> {
        let mut rules = Vec::new();
        for route in self.routes.iter().flatten() {
            let Some(src) = route.src.as_ref().or(route.source.as_ref()) else { continue };
            let matcher = match JsRegex::new(&super::transform::anchored(&src.value)) {
                Ok(regex) => Matcher::Regex(Arc::new(regex)),
                Err(_) => continue,
            };
            let conditional = route.conditions.any() || route.methods;
            for header in route.headers.iter().flatten() {
                rules.push(header_rule(artifact, &matcher, conditional, src.region, header));
            }
        }
        for rule in self.headers.iter().flatten() {
            let Ok(source) = &rule.source.compiled else { continue };
            let matcher = Matcher::Source(Arc::clone(source));
            let place = rule.source.text.region;
            for header in &rule.headers {
                rules.push(header_rule(artifact, &matcher, rule.conditions.any(), place, header));
            }
        }
        rules
    }
}

fn header_rule(
    artifact: &ArtifactPath,
    matcher: &Matcher,
    conditional: bool,
    source: Region,
    header: &Pair,
) -> HeaderRule {
    HeaderRule {
        provider: Provider::Vercel,
        artifact: artifact.clone(),
        matcher: matcher.clone(),
        conditional,
        source,
        name: header.key.clone(),
        value: header.value.clone(),
    }
}

fn text(node: NodeRef<'_>) -> Text {
    match node.as_str() {
        Some(value) => Text::new(value, node.content_region()),
        None => Text::new(node.scalar().unwrap_or(""), node.region()),
    }
}

/// The text under `key`; an empty one at the object itself if it is missing.
fn text_of(node: NodeRef<'_>, key: &str) -> Text {
    node.get(key).map_or_else(|| Text::new("", Region::empty(node.region().start)), text)
}

fn string(node: NodeRef<'_>, key: &str) -> Option<Text> {
    node.get(key).filter(|value| value.as_str().is_some()).map(text)
}

fn flag(key: NodeRef<'_>, value: NodeRef<'_>) -> Option<Flag> {
    let region = value.region();
    value.as_bool().map(|value| Flag { value, key: key.region(), region })
}

fn flag_of(node: NodeRef<'_>, key: &str) -> Option<Flag> {
    node.entry(key).and_then(|entry| flag(entry.key, entry.value))
}

fn status(node: NodeRef<'_>, key: &str) -> Option<u16> {
    node.get(key).and_then(NodeRef::scalar)?.parse().ok()
}

fn list<T>(node: NodeRef<'_>, read: fn(NodeRef<'_>) -> T) -> Option<Vec<T>> {
    node.is_sequence().then(|| node.items().map(read).collect())
}

fn pairs(node: NodeRef<'_>) -> Vec<Pair> {
    node.entries()
        .iter()
        .map(|entry| Pair { key: text(entry.key), value: text(entry.value) })
        .collect()
}

fn pattern(node: NodeRef<'_>) -> Pattern {
    let text = text_of(node, "source");
    let compiled = Source::compile(&text.value).map(Arc::new);
    Pattern { text, compiled }
}

fn conditions(node: NodeRef<'_>) -> Conditions {
    let read = |key: &str| node.get(key).and_then(|items| list(items, condition));
    Conditions { has: read("has"), missing: read("missing") }
}

fn condition(node: NodeRef<'_>) -> Condition {
    let value = match node.get("value") {
        None => ConditionValue::Absent,
        Some(value) if value.is_mapping() => ConditionValue::Operators(string(value, "re")),
        Some(value) => ConditionValue::Text(text(value)),
    };
    Condition {
        kind: text_of(node, "type").value,
        key: string(node, "key"),
        value,
        region: node.region(),
    }
}

fn names(node: NodeRef<'_>) -> Vec<String> {
    let items = node.get("env").into_iter().flat_map(NodeRef::items);
    items.filter_map(NodeRef::as_str).map(str::to_owned).collect()
}

fn headers_rule(node: NodeRef<'_>) -> HeadersRule {
    let items = node.get("headers").into_iter().flat_map(NodeRef::items);
    HeadersRule {
        source: pattern(node),
        headers: items
            .map(|item| Pair { key: text_of(item, "key"), value: text_of(item, "value") })
            .collect(),
        conditions: conditions(node),
        region: node.region(),
    }
}

fn redirect(node: NodeRef<'_>) -> Redirect {
    Redirect {
        source: pattern(node),
        destination: text_of(node, "destination"),
        permanent: flag_of(node, "permanent"),
        status: status(node, "statusCode"),
        conditions: conditions(node),
        env: names(node),
        region: node.region(),
    }
}

fn rewrite(node: NodeRef<'_>) -> Rewrite {
    let destination = match node.get("destination") {
        Some(object) if object.is_mapping() => Destination::Service {
            service: text_of(object, "service"),
            path: string(object, "path"),
        },
        _ => Destination::Text(text_of(node, "destination")),
    };
    Rewrite {
        source: pattern(node),
        destination,
        status: status(node, "statusCode"),
        conditions: conditions(node),
        env: names(node),
        region: node.region(),
    }
}

fn legacy_route(node: NodeRef<'_>) -> LegacyRoute {
    let boolean = |key: &str| node.get(key).and_then(NodeRef::as_bool);
    let handle = string(node, "handle");
    let beside = || {
        let entries = node.entries();
        entries
            .iter()
            .find(|entry| entry.key.scalar() != Some("handle"))
            .map(|entry| text(entry.key))
    };
    LegacyRoute {
        src: string(node, "src"),
        source: string(node, "source"),
        dest: string(node, "dest").or_else(|| string(node, "destination")),
        two_destinations: node.get("dest").is_some() && node.get("destination").is_some(),
        headers: node.get("headers").filter(|headers| headers.is_mapping()).map(pairs),
        beside_handle: handle.as_ref().and_then(|_| beside()),
        handle,
        status: status(node, "status").or_else(|| status(node, "statusCode")),
        two_statuses: node.get("status").is_some() && node.get("statusCode").is_some(),
        continues: boolean("continue"),
        check: boolean("check"),
        methods: node.get("methods").is_some_and(|methods| methods.items().next().is_some()),
        conditions: conditions(node),
        region: node.region(),
    }
}

fn images(node: NodeRef<'_>) -> Images {
    let items = |key: &str| node.get(key).into_iter().flat_map(NodeRef::items);
    let patterns = items("remotePatterns").filter_map(|item| string(item, "hostname"));
    let domains = items("domains").filter(|item| item.as_str().is_some()).map(text);
    Images {
        allow_svg: flag_of(node, "dangerouslyAllowSVG"),
        csp: string(node, "contentSecurityPolicy"),
        hosts: patterns.chain(domains).collect(),
        region: node.region(),
    }
}
