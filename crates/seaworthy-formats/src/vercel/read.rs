//! Reads `vercel.json` into its typed view.

use std::sync::Arc;

use seaworthy_model::Region;
use seaworthy_syntax::{NodeRef, Tree};

use super::config::{
    Condition, ConditionValue, Conditions, Cron, Destination, Flag, Function, HeadersRule, Images,
    LegacyRoute, Pair, Pattern, Redirect, Rewrite, VercelConfig,
};
use super::schema::shape_of;
use super::shape::{ProblemKind, Problems};
use super::source::Source;
use crate::http::Text;

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
            "installCommand" | "buildCommand" | "ignoreCommand" | "devCommand"
                if value.as_str().is_some() =>
            {
                self.commands.push(Pair { key: text(key_node), value: text(value) });
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

/// The most rules that are read of a list; with more the schema refuses the
/// file, and one rule more is enough to know that.
const MOST_RULES: usize = 2049;

fn list<T>(node: NodeRef<'_>, read: fn(NodeRef<'_>) -> T) -> Option<Vec<T>> {
    node.is_sequence().then(|| node.items().take(MOST_RULES).map(read).collect())
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
