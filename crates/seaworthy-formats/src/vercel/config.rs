//! The typed view of `vercel.json`.

use std::sync::Arc;

use seaworthy_model::{ArtifactPath, Region};

use super::js_regex::JsRegex;
use super::shape::Problem;
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
        removes: false,
        source,
        name: header.key.clone(),
        value: header.value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::ProblemKind;
    use super::*;

    fn read(text: &str) -> VercelConfig {
        VercelConfig::read(&seaworthy_syntax::json::parse(text))
    }

    #[test]
    fn every_part_knows_its_bytes() {
        let text = r#"{
            "public": true,
            "headers": [{"source": "/api/(.*)", "headers": [{"key": "X-A", "value": "a\u0062"}]}],
            "crons": [{"path": "/api/clean", "schedule": "0 3 * * *"}],
            "env": {"API_URL": "@api-url"},
            "build": {"env": {"TOKEN": "t-1"}},
            "functions": {"api/*.ts": {"runtime": "x@1.0.0"}},
            "images": {"sizes": [64], "dangerouslyAllowSVG": true, "domains": ["**"]},
            "git": {"deploymentEnabled": false},
            "buildCommand": "make"
        }"#;
        let config = read(text);
        assert_eq!(config.problems, []);
        let public = config.public.expect("public");
        assert_eq!((public.key.of(text), public.region.of(text)), ("\"public\"", "true"));
        let rule = &config.headers.as_ref().expect("headers")[0];
        assert_eq!(rule.source.text.region.of(text), "/api/(.*)");
        assert_eq!(rule.headers[0].value.value, "ab");
        assert_eq!(rule.headers[0].value.region.of(text), "a\\u0062");
        assert_eq!(config.crons[0].path.value, "/api/clean");
        assert_eq!(config.env[0].key.region.of(text), "API_URL");
        assert_eq!(config.build_env[0].value.region.of(text), "t-1");
        assert_eq!(config.functions[0].glob.value, "api/*.ts");
        let images = config.images.as_ref().expect("images");
        assert!(images.allow_svg.is_some_and(|flag| flag.value));
        assert_eq!(images.hosts[0].value, "**");
        assert_eq!(config.git_deployments.map(|flag| flag.value), Some(false));
        assert_eq!(config.commands[0].value.value, "make");
    }

    #[test]
    fn what_the_schema_refuses_is_a_problem_at_its_place() {
        use ProblemKind::{Conflict, MissingKey, OutOfBounds, UnknownKey, WrongType};
        let cases = [
            (r#"{"headers": {}}"#, WrongType, "/headers", "{}"),
            (r#"{"headers": [{"headers": []}]}"#, MissingKey, "/headers/0", r#"{"headers": []}"#),
            (
                r#"{"headers": [{"source": "/", "headers": [], "locale": false}]}"#,
                UnknownKey,
                "/headers/0",
                "\"locale\"",
            ),
            (
                r#"{"headers": [{"source": "/", "headers": [{"key": "a", "value": 1}]}]}"#,
                WrongType,
                "/headers/0/headers/0/value",
                "1",
            ),
            (
                r#"{"redirects": [{"source": "/a", "destination": "/b", "statusCode": 99}]}"#,
                OutOfBounds,
                "/redirects/0/statusCode",
                "99",
            ),
            (
                r#"{"redirects": [{"source": "/a", "destination": "/b", "permanent": true, "statusCode": 301}]}"#,
                Conflict,
                "/redirects/0",
                "\"permanent\"",
            ),
            (r#"{"routes": [{"src": "/a"}], "cleanUrls": true}"#, Conflict, "/routes", "routes"),
            (r#"{"routes": [{"handle": "later"}]}"#, OutOfBounds, "/routes/0/handle", "\"later\""),
            (
                r#"{"rewrites": [{"source": "/a", "destination": {"path": "/b"}}]}"#,
                MissingKey,
                "/rewrites/0/destination",
                r#"{"path": "/b"}"#,
            ),
            (
                r#"{"functions": {"a.ts": {"memory": 64}}}"#,
                OutOfBounds,
                "/functions/a.ts/memory",
                "64",
            ),
            (r#"{"trailingSlash": "no"}"#, WrongType, "/trailingSlash", "\"no\""),
            ("[]", WrongType, "", "[]"),
        ];
        for (text, kind, path, place) in cases {
            let problems = read(text).problems;
            let found: Vec<_> =
                problems.iter().map(|p| (p.kind, p.path.as_str(), p.region.of(text))).collect();
            assert_eq!(found, [(kind, path, place)], "{text}");
        }
    }

    #[test]
    fn conditions_make_header_rules_conditional() {
        let text = r#"{"headers": [
            {"source": "/(.*)", "headers": [{"key": "A", "value": "1"}]},
            {"source": "/(.*)", "has": [{"type": "host", "value": "x"}], "headers": [{"key": "A", "value": "2"}]},
            {"source": "/*", "headers": [{"key": "B", "value": "3"}]}
        ]}"#;
        let config = read(text);
        let rules = config.header_rules(&ArtifactPath::new("vercel.json"));
        let seen: Vec<_> =
            rules.iter().map(|rule| (rule.value.value.as_str(), rule.conditional)).collect();
        assert_eq!(seen, [("1", false), ("2", true)], "a refused source sets nothing");
        let headers = crate::http::effective(&rules, "/x");
        assert_eq!(headers[0].candidates().count(), 2);
    }

    #[test]
    fn legacy_routes_set_headers_too() {
        let text = r#"{"routes": [{"src": "/a(.*)", "headers": {"X-A": "1"}, "continue": true}]}"#;
        let rules = read(text).header_rules(&ArtifactPath::new("vercel.json"));
        assert!(rules[0].matcher.matches("/A/b").is_yes());
        assert!(!rules[0].matcher.matches("/b/a").is_yes());
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let config = read(r#"{"env": {"K": "sesame-open-42"}}"#);
        assert!(!format!("{config:?}").contains("sesame"));
    }

    #[test]
    fn broken_and_hostile_files_are_read_as_far_as_they_go() {
        let many = format!("{{\"headers\": [{}]}}", "{\"source\": 1},".repeat(5_000));
        for text in ["", "{", "null", "{\"headers\": [{\"source\"", &many, &"[".repeat(10_000)] {
            let config = read(text);
            assert!(config.problems.len() <= 200);
        }
    }
}
