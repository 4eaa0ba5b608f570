//! The routes that Vercel makes of a configuration, in its order: clean URLs,
//! trailing slashes, `routes`, redirects, headers, the file system, rewrites.

use seaworthy_model::Region;

use super::config::{
    Condition, Conditions, Destination, LegacyRoute, Pair, Pattern, Redirect, Rewrite, VercelConfig,
};
use super::destination::{Parameters, Target, target};
use super::js_regex::JsRegex;
use super::source::{Source, normalize};

/// A route as deployed.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// The regex that the path must match.
    pub src: Option<String>,
    /// The path or address that is served.
    pub dest: Option<String>,
    /// The service that is served, and the path there.
    pub service: Option<(String, Option<String>)>,
    /// The headers that are set; a name stands once.
    pub headers: Option<Vec<(String, String)>>,
    /// The status.
    pub status: Option<u16>,
    /// Whether later routes are tried too.
    pub continues: Option<bool>,
    /// Whether the file system is asked again.
    pub check: Option<bool>,
    /// The phase that begins here.
    pub handle: Option<String>,
    /// The conditions, header names in lower case.
    pub conditions: Conditions,
}

/// Why a configuration is refused: the first reason found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteError {
    /// Vercel's code, for instance `invalid_header`.
    pub code: &'static str,
    /// Vercel's message.
    pub message: String,
    /// The place in the file.
    pub region: Region,
}

/// The routes of a configuration; `None` when it has no routing at all.
///
/// # Errors
/// The reason for which a deployment is refused.
pub fn transform(config: &VercelConfig) -> Result<Option<Vec<Route>>, RouteError> {
    let mut routes: Option<Vec<Route>> = None;
    let mut add = |more: Vec<Route>| routes.get_or_insert_default().extend(more);
    let slash = config.trailing_slash.map(|flag| flag.value);
    if let Some(flag) = config.clean_urls {
        add(if flag.value { clean_urls(slash == Some(true)) } else { Vec::new() });
    }
    if let Some(enable) = slash {
        add(trailing_slash(enable));
    }
    if let Some(list) = &config.routes {
        add(legacy(list)?);
    }
    if let Some(list) = &config.redirects {
        add(redirects(list)?);
    }
    if let Some(list) = &config.headers {
        let rules = list.iter().map(|rule| (&rule.source, None, &rule.conditions)).collect();
        let sources = checked("Header", "invalid_header", rules)?;
        let route = |(rule, source): (_, &Source)| headers_route(rule, source);
        add(list.iter().zip(sources).map(route).collect());
    }
    if let Some(list) = &config.rewrites {
        let rules =
            list.iter().map(|rule| (&rule.source, path_of(rule), &rule.conditions)).collect();
        let sources = checked("Rewrite", "invalid_rewrite", rules)?;
        add(vec![Route { handle: Some("filesystem".to_owned()), ..Route::default() }]);
        add(list.iter().zip(sources).map(|(rule, source)| rewrite_route(rule, source)).collect());
    }
    Ok(routes)
}

impl Redirect {
    /// The `Location` that is sent, parameters as `$1` or `$name`. `None` when
    /// the source is refused.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        let source = self.source.compiled.as_ref().ok()?;
        let parameters = Parameters::of(source, self.conditions.has.as_deref());
        Some(parameters.fill(&self.destination.value, true))
    }

    /// Where it leads.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        self.location().map(|location| target(&location, &self.env))
    }
}

impl Rewrite {
    /// Where it leads. `None` when the source is refused or a service answers.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        let Destination::Text(text) = &self.destination else { return None };
        let source = self.source.compiled.as_ref().ok()?;
        let parameters = Parameters::of(source, self.conditions.has.as_deref());
        Some(target(&parameters.fill(&text.value, false), &self.env))
    }
}

fn redirect(src: &str, location: &str) -> Route {
    Route {
        src: Some(src.to_owned()),
        headers: Some(vec![("Location".to_owned(), location.to_owned())]),
        status: Some(308),
        ..Route::default()
    }
}

fn clean_urls(slash: bool) -> Vec<Route> {
    let location = if slash { "/$1/" } else { "/$1" };
    vec![
        redirect(r"^/(?:(.+)/)?index(?:\.html)?/?$", location),
        redirect(r"^/(.*)\.html/?$", location),
    ]
}

fn trailing_slash(enable: bool) -> Vec<Route> {
    if !enable {
        return vec![redirect("^/(.*)/$", "/$1")];
    }
    let known = r"^/\.well-known(?:/.*)?$".to_owned();
    vec![
        Route { src: Some(known), ..Route::default() },
        redirect(r"^/((?:[^/]+/)*[^/\.]+)$", "/$1/"),
        redirect(r"^/((?:[^/]+/)*[^/]+\.\w+)/$", "/$1"),
    ]
}

/// Checks sources and destinations in Vercel's order: every regex, then every
/// pattern.
fn checked<'a>(
    word: &str,
    code: &'static str,
    rules: Vec<(&'a Pattern, Option<&'a str>, &'a Conditions)>,
) -> Result<Vec<&'a Source>, RouteError> {
    let error = |index: usize, pattern: &Pattern, rest: String| RouteError {
        code,
        message: format!("{word} at index {index} has {rest}"),
        region: pattern.text.region,
    };
    for (index, (pattern, ..)) in rules.iter().enumerate() {
        if pattern.compiled.as_ref().is_err_and(|error| error.not_a_regex) {
            let text = &pattern.text.value;
            let rest = format!("invalid `source` regular expression \"{text}\".");
            return Err(error(index, pattern, rest));
        }
    }
    let mut sources = Vec::with_capacity(rules.len());
    for (index, (pattern, destination, conditions)) in rules.iter().enumerate() {
        let Ok(source) = &pattern.compiled else {
            let rest = format!("invalid `source` pattern \"{}\".", pattern.text.value);
            return Err(error(index, pattern, rest));
        };
        let source: &Source = source;
        if let Some(destination) = destination {
            let parameters = Parameters::of(source, conditions.has.as_deref());
            if let Some(name) = parameters.unknown_in(destination) {
                let rest = format!(
                    "segment \":{name}\" in `destination` property but not in `source` or `has` property."
                );
                return Err(error(index, pattern, rest));
            }
        }
        sources.push(source);
    }
    Ok(sources)
}

fn redirects(list: &[Redirect]) -> Result<Vec<Route>, RouteError> {
    let code = "invalid_redirect";
    let rules = list
        .iter()
        .map(|rule| (&rule.source, Some(rule.destination.value.as_str()), &rule.conditions))
        .collect();
    let sources = checked("Redirect", code, rules)?;
    for (index, rule) in list.iter().enumerate() {
        if rule.permanent.is_some() && rule.status.is_some() {
            let message = format!(
                "Redirect at index {index} cannot define both `permanent` and `statusCode` properties."
            );
            return Err(RouteError { code, message, region: rule.region });
        }
    }
    let route = |(rule, source): (&Redirect, &Source)| {
        let parameters = Parameters::of(source, rule.conditions.has.as_deref());
        let location = parameters.fill(&rule.destination.value, true);
        let status = match rule.permanent {
            Some(flag) if flag.value => 308,
            Some(_) => 307,
            None => rule.status.unwrap_or(308),
        };
        Route {
            status: Some(status),
            conditions: lowered(&rule.conditions),
            ..redirect(source.route(), &location)
        }
    };
    Ok(list.iter().zip(sources).map(route).collect())
}

fn headers_route(rule: &super::config::HeadersRule, source: &Source) -> Route {
    let parameters = Parameters::of(source, rule.conditions.has.as_deref());
    let pairs = rule.headers.iter().map(|header| {
        let value = parameters.fill_header(&header.value.value);
        (parameters.fill_header(&header.key.value), value)
    });
    Route {
        src: Some(source.route().to_owned()),
        headers: Some(last_of_each(pairs)),
        continues: Some(true),
        conditions: lowered(&rule.conditions),
        ..Route::default()
    }
}

fn path_of(rule: &Rewrite) -> Option<&str> {
    match &rule.destination {
        Destination::Text(text) => Some(&text.value),
        Destination::Service { path, .. } => path.as_ref().map(|path| path.value.as_str()),
    }
}

fn rewrite_route(rule: &Rewrite, source: &Source) -> Route {
    let parameters = Parameters::of(source, rule.conditions.has.as_deref());
    let mut route = Route {
        src: Some(source.route().to_owned()),
        status: rule.status,
        conditions: lowered(&rule.conditions),
        ..Route::default()
    };
    match &rule.destination {
        Destination::Text(text) => {
            route.dest = Some(parameters.fill(&text.value, false));
            route.check = Some(true);
        }
        Destination::Service { service, path } => {
            let path = path.as_ref().map(|path| parameters.fill(&path.value, false));
            route.service = Some((service.value.clone(), path));
        }
    }
    route
}

/// Of pairs with the very same name the last value, at the first's place.
fn last_of_each(pairs: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut places = std::collections::HashMap::new();
    let mut list: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs {
        match places.get(&name) {
            Some(&place) => {
                let entry: &mut (String, String) = &mut list[place];
                entry.1 = value;
            }
            None => {
                places.insert(name.clone(), list.len());
                list.push((name, value));
            }
        }
    }
    list
}

fn lowered(conditions: &Conditions) -> Conditions {
    let lower = |list: &Option<Vec<Condition>>| {
        let mut list = list.clone();
        for condition in list.iter_mut().flatten() {
            if let (Some(key), "header") = (&mut condition.key, condition.kind.as_str()) {
                key.value = key.value.to_lowercase();
            }
        }
        list
    };
    Conditions { has: lower(&conditions.has), missing: lower(&conditions.missing) }
}

/// The regex of a legacy route: anchored at both ends.
pub(super) fn anchored(src: &str) -> String {
    let start = if src.starts_with('^') { "" } else { "^" };
    let end = if src.ends_with('$') { "" } else { "$" };
    normalize(&format!("{start}{src}{end}"))
}

const HANDLES: [&str; 6] = ["filesystem", "hit", "miss", "rewrite", "error", "resource"];

fn legacy(list: &[LegacyRoute]) -> Result<Vec<Route>, RouteError> {
    let mut routes = Vec::with_capacity(list.len());
    let mut handles: Vec<&str> = Vec::new();
    for (index, rule) in list.iter().enumerate() {
        let checked = match &rule.handle {
            Some(handle) => phase(rule, &handle.value, &mut handles),
            None => legacy_route(rule, handles.last().copied()),
        };
        routes.push(checked.map_err(|rest| RouteError {
            code: "invalid_route",
            message: format!("Route at index {index} {rest}"),
            region: rule.region,
        })?);
    }
    Ok(routes)
}

fn phase<'a>(
    rule: &LegacyRoute,
    handle: &'a str,
    handles: &mut Vec<&'a str>,
) -> Result<Route, String> {
    if let Some(key) = &rule.beside_handle {
        return Err(format!("has unknown property `{}`.", key.value));
    }
    if !HANDLES.contains(&handle) {
        return Err(format!("has unknown handle value `handle: {handle}`."));
    }
    if handles.contains(&handle) {
        return Err(format!("is a duplicate. Please use one `handle: {handle}` at most."));
    }
    handles.push(handle);
    Ok(Route { handle: Some(handle.to_owned()), ..Route::default() })
}

fn legacy_route(rule: &LegacyRoute, phase: Option<&str>) -> Result<Route, String> {
    let both =
        |a: &str, b: &str| format!("cannot define both `{a}` and `{b}`. Please use only one.");
    if rule.src.is_some() && rule.source.is_some() {
        return Err(both("src", "source"));
    }
    if rule.two_destinations {
        return Err(both("dest", "destination"));
    }
    if rule.two_statuses {
        return Err(both("status", "statusCode"));
    }
    let src = rule.src.as_ref().or(rule.source.as_ref()).filter(|src| !src.value.is_empty());
    let Some(src) = src else {
        return Err("must define either `src` or `source` property.".to_owned());
    };
    let src = anchored(&src.value);
    if JsRegex::new(&src).is_err() {
        return Err(format!("has invalid `src`/`source` regular expression \"{src}\"."));
    }
    let (dest, goes_on) = (rule.dest.is_some(), rule.continues == Some(true));
    match phase {
        Some("hit") if dest => {
            return Err("cannot define `dest`/`destination` after `handle: hit`.".to_owned());
        }
        Some("hit") if rule.status.is_some() => {
            return Err("cannot define `status`/`statusCode` after `handle: hit`.".to_owned());
        }
        Some("hit") if !goes_on => {
            return Err("must define `continue: true` after `handle: hit`.".to_owned());
        }
        Some("miss") if dest && rule.check != Some(true) => {
            return Err("must define `check: true` after `handle: miss`.".to_owned());
        }
        Some("miss") if !dest && !goes_on => {
            return Err("must define `continue: true` after `handle: miss`.".to_owned());
        }
        _ => {}
    }
    let pair = |pair: &Pair| (pair.key.value.clone(), pair.value.value.clone());
    Ok(Route {
        src: Some(src),
        dest: rule.dest.as_ref().map(|dest| dest.value.clone()),
        headers: rule.headers.as_ref().map(|headers| last_of_each(headers.iter().map(pair))),
        status: rule.status,
        continues: rule.continues,
        check: rule.check,
        conditions: rule.conditions.clone(),
        ..Route::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> VercelConfig {
        VercelConfig::read(&seaworthy_syntax::json::parse(text))
    }

    #[test]
    fn routes_stand_in_the_order_in_which_they_apply() {
        let config = read(
            r#"{"rewrites": [{"source": "/w", "destination": "/x"}],
                "headers": [{"source": "/h", "headers": [{"key": "A", "value": "1"}]}],
                "redirects": [{"source": "/r", "destination": "/s", "permanent": false}],
                "trailingSlash": false, "cleanUrls": true}"#,
        );
        let routes = transform(&config).expect("valid").expect("some");
        let seen: Vec<_> = routes
            .iter()
            .map(|route| route.src.as_deref().or(route.handle.as_deref()).unwrap_or(""))
            .collect();
        assert_eq!(seen[3..], ["^/r$", "^/h$", "filesystem", "^/w$"]);
        assert_eq!(routes[3].status, Some(307));
        assert!(transform(&read("{}")).expect("valid").is_none());
    }

    #[test]
    fn refusals_carry_the_place_of_the_source() {
        let cases = [
            (r#"{"headers": [{"source": "/x/*", "headers": []}]}"#, "invalid_header", "/x/*"),
            (
                r#"{"redirects": [{"source": "/a/:x", "destination": "/:y"}]}"#,
                "invalid_redirect",
                "/a/:x",
            ),
            (r#"{"rewrites": [{"source": "/(", "destination": "/"}]}"#, "invalid_rewrite", "/("),
            (r#"{"routes": [{"src": "/["}]}"#, "invalid_route", r#"{"src": "/["}"#),
        ];
        for (text, code, place) in cases {
            let error = transform(&read(text)).expect_err(text);
            assert_eq!((error.code, error.region.of(text)), (code, place), "{text}");
        }
    }

    #[test]
    fn targets_follow_from_source_conditions_and_environment() {
        let text = r#"{
            "redirects": [
                {"source": "/out/:to*", "destination": "https://:to*"},
                {"source": "/go", "has": [{"type": "query", "key": "u", "value": "(?<u>.*)"}], "destination": ":u"},
                {"source": "/a/:b*", "destination": "https://shop.example/:b*"}
            ],
            "rewrites": [{"source": "/p/:host/:path*", "destination": "http://:host/:path*"}]
        }"#;
        let config = read(text);
        let redirects = config.redirects.as_ref().expect("redirects");
        let targets: Vec<_> = redirects.iter().filter_map(Redirect::target).collect();
        let shop = Target::External { scheme: "https".into(), host: "shop.example".into() };
        assert_eq!(targets, [Target::FromRequest, Target::FromRequest, shop]);
        let rewrite = &config.rewrites.as_ref().expect("rewrites")[0];
        assert_eq!(rewrite.target(), Some(Target::FromRequest));
    }
}
