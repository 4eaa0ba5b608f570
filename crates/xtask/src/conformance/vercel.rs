//! The `vercel` and `headers` sets: sources, deployed routes and schema cases
//! as `@vercel/routing-utils` has them, header values as MDN's Observatory
//! judges them.

use std::path::Path;

use anyhow::Context as _;
use seaworthy_formats::http::{
    AllowOrigin, Csp, FrameAncestors, FrameOptions, ReferrerVerdict, ResourcePolicy, WeaknessKind,
    cors, frame_options, hsts, is_nosniff, referrer_policy, resource_policy,
};
use seaworthy_formats::vercel::{
    Condition, ConditionValue, Match, Route, Source, VercelConfig, transform,
};
use serde_json::{Map, Value, json};

use super::Outcome;

/// Judges the cases of one set.
type Judge = fn(&[Value]) -> Outcome;

/// Runs the sets in `dir` and its sibling `headers`; none where they do not
/// exist.
pub(super) fn run(dir: &Path) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    let headers = dir.with_file_name("headers");
    let sets: [(&Path, &str, Judge); 4] = [
        (dir, "source_match", source_match),
        (dir, "transformed_routes", transformed_routes),
        (dir, "schema_cases", schema_cases),
        (&headers, "observatory", observatory),
    ];
    for (dir, name, judge) in sets {
        let path = dir.join(format!("{name}.json"));
        if !path.exists() {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let cases: Vec<Value> =
            serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        outcomes.push(judge(&cases));
    }
    Ok(outcomes)
}

/// A case per pattern for what it compiles to, and one per path and column.
fn source_match(cases: &[Value]) -> Outcome {
    let mut outcome = Outcome::new("vercel/source_match", 98.0);
    for case in cases {
        let text = case["source"].as_str().unwrap_or_default();
        let refused = case.get("error").is_some() || !case["config_error"].is_null();
        let source = match Source::compile(text) {
            Ok(source) => source,
            Err(error) => {
                let said = case["config_error"]["message"].as_str().unwrap_or_default();
                let same_kind = said.contains("regular expression") == error.not_a_regex;
                // Where both name the error, the words must be the same.
                let original = case["error"].as_str().filter(|_| !error.not_a_regex);
                let same_words = original.is_none_or(|words| words == error.message);
                outcome.case(refused && same_kind && same_words, || {
                    format!("{text}: we refuse ({}), expected {said:?}", error.message)
                });
                continue;
            }
        };
        let names: Vec<&str> =
            source.segments().map(|name| name.unwrap_or("__UN_NAMED_SEGMENT__")).collect();
        let agrees = !refused
            && case["regex"] == source.regex()
            && case["segments"] == json!(names)
            && case["normalized_src"] == source.route();
        outcome.case(agrees, || {
            format!("{text}: {} {names:?}, expected {}", source.regex(), case["regex"])
        });
        for row in case["matches"].as_array().into_iter().flatten() {
            let path = row[0].as_str().unwrap_or_default();
            let ours = [
                source.matches_exactly(path),
                source.matches_ignoring_case(path),
                source.matches(path),
            ];
            for (column, ours) in ours.into_iter().enumerate() {
                let theirs = row[column + 1] == true;
                let agrees = ours == if theirs { Match::Yes } else { Match::No };
                outcome.case(agrees, || {
                    format!("{text} on {path}, column {column}: {ours:?}, expected {theirs}")
                });
            }
        }
    }
    outcome
}

fn read(config: &Value) -> VercelConfig {
    VercelConfig::read(&seaworthy_syntax::json::parse(&config.to_string()))
}

fn transformed_routes(cases: &[Value]) -> Outcome {
    let mut outcome = Outcome::new("vercel/transformed_routes", 98.0);
    for case in cases {
        let expected = &case["expected"];
        let (agrees, ours) = match transform(&read(&case["config"])) {
            Ok(routes) => {
                let ours = routes.map_or(Value::Null, |routes| routes.iter().map(route).collect());
                (expected["error"].is_null() && expected["routes"] == ours, ours)
            }
            Err(error) => {
                let theirs = &expected["error"];
                let same = theirs["code"] == error.code && theirs["message"] == error.message;
                (same, json!({"code": error.code, "message": error.message}))
            }
        };
        outcome.case(agrees, || format!("{}: {ours}, expected {expected}", case["id"]));
    }
    outcome
}

fn route(route: &Route) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(key.to_owned(), value);
        }
    };
    put("src", route.src.as_ref().map(|text| json!(text)));
    put("dest", route.dest.as_ref().map(|text| json!(text)));
    put("handle", route.handle.as_ref().map(|text| json!(text)));
    put("status", route.status.map(|status| json!(status)));
    put("continue", route.continues.map(|value| json!(value)));
    put("check", route.check.map(|value| json!(value)));
    let headers = route.headers.as_ref().map(|headers| {
        Value::Object(headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
    });
    put("headers", headers);
    put("has", conditions(route.conditions.has.as_deref()));
    put("missing", conditions(route.conditions.missing.as_deref()));
    let service = route.service.as_ref().map(|(service, path)| match path {
        Some(path) => json!({"type": "service", "service": service, "path": path}),
        None => json!({"type": "service", "service": service}),
    });
    put("destination", service);
    Value::Object(object)
}

fn conditions(list: Option<&[Condition]>) -> Option<Value> {
    let one = |condition: &Condition| {
        let mut object = Map::new();
        object.insert("type".to_owned(), json!(condition.kind));
        if let Some(key) = &condition.key {
            object.insert("key".to_owned(), json!(key.value));
        }
        let text = match &condition.value {
            ConditionValue::Absent => None,
            ConditionValue::Text(text) => Some(json!(text.value)),
            ConditionValue::Operators(text) => {
                Some(json!({"re": text.as_ref().map(|text| text.value.as_str())}))
            }
        };
        if let Some(text) = text {
            object.insert("value".to_owned(), text);
        }
        Value::Object(object)
    };
    list.map(|list| list.iter().map(one).collect())
}

fn schema_cases(cases: &[Value]) -> Outcome {
    let mut outcome = Outcome::new("vercel/schema_cases", 98.0);
    for case in cases {
        let key = case["key"].as_str().unwrap_or_default();
        let config = read(&json!({ key: case["value"] }));
        let valid = config.problems.is_empty();
        // Each of our problems must be at a place that the schema names too.
        let named = |path: &str| {
            let inner = path.strip_prefix(&format!("/{key}")).unwrap_or(path);
            case["errors"].as_array().into_iter().flatten().any(|error| {
                let place = error.as_str().unwrap_or_default().split(' ').next().unwrap_or("");
                place.trim_end_matches('/') == inner
            })
        };
        let agrees = case["valid"] == valid && config.problems.iter().all(|p| named(&p.path));
        outcome.case(agrees, || {
            format!("{key} {}: {:?}, expected {}", case["value"], config.problems, case["errors"])
        });
    }
    outcome
}

/// Where we are stricter than the Observatory, or read as browsers do, our own
/// answer stands and the case counts as agreed by design.
fn observatory(cases: &[Value]) -> Outcome {
    let mut outcome = Outcome::new("headers/observatory", 90.0);
    for case in cases {
        let get = |name: &str| case["headers"][name].as_str();
        let theirs = case["result"].as_str().unwrap_or_default();
        let policy = get("Content-Security-Policy").map(Csp::parse);
        let (ours, by_design) = match case["test"].as_str().unwrap_or_default() {
            "csp" => (csp_result(policy.as_ref()), false),
            "hsts" => hsts_result(get("Strict-Transport-Security"), theirs),
            "referrer" => (referrer_result(get("Referrer-Policy")), false),
            "xcto" => nosniff_result(get("X-Content-Type-Options")),
            "xfo" => framing_result(get("X-Frame-Options"), policy.as_ref()),
            "corp" => (corp_result(get("Cross-Origin-Resource-Policy")), false),
            "cors" => cors_result(
                get("Access-Control-Allow-Origin"),
                get("Access-Control-Allow-Credentials"),
                theirs,
            ),
            _ => continue,
        };
        outcome.case(ours == theirs || by_design, || {
            format!("{}: {ours}, expected {theirs}", case["headers"])
        });
    }
    outcome
}

fn csp_result(policy: Option<&Csp>) -> &'static str {
    use WeaknessKind as Kind;
    let Some(policy) = policy else { return "csp-not-implemented" };
    let weaknesses = policy.weaknesses();
    let any = |kinds: &[Kind]| weaknesses.iter().any(|weakness| kinds.contains(&weakness.kind));
    let none = policy.directives().any(|directive| {
        directive.name == "default-src"
            && directive.sources.iter().all(|source| source.text == "'none'")
    });
    if any(&[Kind::Empty, Kind::DuplicateDirective, Kind::StrictDynamicAlone]) {
        "csp-header-invalid"
    } else if any(&[
        Kind::ObjectUnrestricted,
        Kind::ScriptUnrestricted,
        Kind::UnsafeInline,
        Kind::AnyHost,
        Kind::Data,
    ]) {
        "csp-implemented-with-unsafe-inline"
    } else if any(&[Kind::InsecureActive]) {
        "csp-implemented-with-insecure-scheme"
    } else if any(&[Kind::UnsafeEval]) {
        "csp-implemented-with-unsafe-eval"
    } else if any(&[Kind::InsecurePassive]) {
        "csp-implemented-with-insecure-scheme-in-passive-content-only"
    } else if any(&[Kind::StyleInline, Kind::StyleAnyHost]) {
        "csp-implemented-with-unsafe-inline-in-style-src-only"
    } else if none {
        "csp-implemented-with-no-unsafe-default-src-none"
    } else {
        "csp-implemented-with-no-unsafe"
    }
}

/// By design: a `max-age` that is no number is invalid, as in RFC 6797, where
/// the Observatory reads `NaN` or the leading digits; blanks around `=` are
/// allowed there, and a value given twice is not.
fn hsts_result(value: Option<&str>, theirs: &str) -> (&'static str, bool) {
    let Some(value) = value else { return ("hsts-not-implemented", false) };
    let half_a_year = 15_552_000;
    match hsts(value) {
        Ok(policy) if policy.max_age >= half_a_year => {
            let spaced = value.replace(' ', "") != value && theirs == "hsts-header-invalid";
            ("hsts-implemented-max-age-at-least-six-months", spaced)
        }
        Ok(_) => ("hsts-implemented-max-age-less-than-six-months", false),
        Err(seaworthy_formats::http::HstsError::MaxAgeInvalid(_)) => ("hsts-header-invalid", true),
        Err(_) => ("hsts-header-invalid", false),
    }
}

fn referrer_result(value: Option<&str>) -> &'static str {
    match value.map(|value| referrer_policy(value).verdict) {
        None => "referrer-policy-not-implemented",
        Some(ReferrerVerdict::Private) => "referrer-policy-private",
        Some(ReferrerVerdict::Lax | ReferrerVerdict::Unsafe) => "referrer-policy-unsafe",
        Some(ReferrerVerdict::Invalid) => "referrer-policy-header-invalid",
    }
}

/// By design: browsers take the first item of a list.
fn nosniff_result(value: Option<&str>) -> (&'static str, bool) {
    match value {
        None | Some("") => ("x-content-type-options-not-implemented", false),
        Some(value) if is_nosniff(value) => ("x-content-type-options-nosniff", value.contains(',')),
        Some(_) => ("x-content-type-options-header-invalid", false),
    }
}

/// By design: `frame-ancestors *` protects nothing, and equal items of a list
/// count once.
fn framing_result(value: Option<&str>, policy: Option<&Csp>) -> (&'static str, bool) {
    match policy.map(Csp::frame_ancestors) {
        Some(FrameAncestors::Restricted) => return ("x-frame-options-implemented-via-csp", false),
        Some(FrameAncestors::Open(_)) => return ("x-frame-options-not-implemented", true),
        _ => {}
    }
    match value {
        None | Some("") => ("x-frame-options-not-implemented", false),
        Some(value) => match frame_options(value) {
            FrameOptions::Deny | FrameOptions::SameOrigin => {
                ("x-frame-options-sameorigin-or-deny", value.contains(','))
            }
            FrameOptions::AllowFrom => ("x-frame-options-allow-from-origin", false),
            FrameOptions::Conflict | FrameOptions::Invalid => {
                ("x-frame-options-header-invalid", false)
            }
        },
    }
}

fn corp_result(value: Option<&str>) -> &'static str {
    match value {
        None | Some("") => "corp-not-implemented",
        Some(value) => match resource_policy(value) {
            ResourcePolicy::SameOrigin => "corp-implemented-with-same-origin",
            ResourcePolicy::SameSite => "corp-implemented-with-same-site",
            ResourcePolicy::CrossOrigin => "corp-implemented-with-cross-origin",
            ResourcePolicy::Invalid => "corp-header-invalid",
        },
    }
}

/// By design: a file's fixed origin is one origin; that the Observatory's own
/// probe origin came back is a reflection, which only a running server shows.
fn cors_result(
    origin: Option<&str>,
    credentials: Option<&str>,
    theirs: &str,
) -> (&'static str, bool) {
    let Some(origin) = origin else {
        return ("cross-origin-resource-sharing-not-implemented", false);
    };
    let verdict = cors(origin, credentials);
    match verdict.origin {
        AllowOrigin::Any => ("cross-origin-resource-sharing-implemented-with-public-access", false),
        _ => (
            "cross-origin-resource-sharing-implemented-with-restricted-access",
            verdict.origin == AllowOrigin::One && theirs.ends_with("with-universal-access"),
        ),
    }
}
