//! Header rules of all providers, and what they come to for a path.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use seaworthy_model::{ArtifactPath, Region};

use super::PathPattern;
use crate::vercel::{JsRegex, Match, Source};

/// A text with its bytes in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// The decoded text.
    pub value: String,
    /// The bytes it was read from, without quotes.
    pub region: Region,
}

impl fmt::Debug for Text {
    /// Shows the place only: environment values pass through this type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes at {:?})", self.value.len(), self.region)
    }
}

impl Text {
    /// A text and its place.
    pub fn new(value: impl Into<String>, region: Region) -> Self {
        Self { value: value.into(), region }
    }

    /// The bytes in the file of a part of the value. Where the text was written
    /// with escapes the parts cannot be told, so the whole stands for them.
    #[must_use]
    pub fn part(&self, part: Region) -> Region {
        if self.region.len() == self.value.len() && part.end <= self.value.len() {
            part.offset(self.region.start)
        } else {
            self.region
        }
    }
}

/// What serves the response that a rule changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// `vercel.json`.
    Vercel,
    /// Netlify, by `netlify.toml` and `_headers`.
    Netlify,
    /// Cloudflare Pages or the static files of a Worker, by `_headers`.
    Cloudflare,
    /// A `_headers` file of which nothing tells who reads it.
    HeadersFile,
    /// `firebase.json`.
    Firebase,
    /// `staticwebapp.config.json` of Azure.
    StaticWebApps,
    /// A Caddyfile.
    Caddy,
    /// Middlewares of Traefik.
    Traefik,
    /// An nginx configuration.
    Nginx,
    /// `next.config.*`.
    Next,
    /// The application's own code.
    Application,
}

/// For which paths a rule holds.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// Every path.
    All,
    /// This path alone.
    Exact(String),
    /// Every path that starts so.
    Prefix(String),
    /// Paths that Vercel's source matches.
    Source(Arc<Source>),
    /// Paths in which the expression is found, letter case ignored.
    Regex(Arc<JsRegex>),
    /// Paths that a hosting provider's pattern matches.
    Pattern(Arc<PathPattern>),
    /// Paths that a pattern of an ordered list matches and none before it: only
    /// the first that holds counts.
    First {
        /// The patterns of the list; `None` for one that cannot be decided.
        list: Arc<[Option<PathPattern>]>,
        /// The place of this one.
        place: usize,
    },
    /// It cannot be told.
    Unknown,
}

impl Matcher {
    /// Whether the rule holds for `path`.
    #[must_use]
    pub fn matches(&self, path: &str) -> Match {
        let certain = |holds: bool| if holds { Match::Yes } else { Match::No };
        match self {
            Matcher::All => Match::Yes,
            Matcher::Exact(exact) => certain(path == exact),
            Matcher::Prefix(prefix) => certain(path.starts_with(prefix.as_str())),
            Matcher::Source(source) => source.matches(path),
            Matcher::Regex(regex) => regex.find_ignoring_case(path),
            Matcher::Pattern(pattern) => pattern.matches(path),
            Matcher::First { list, place } => first(list, *place, path),
            Matcher::Unknown => Match::Unknown,
        }
    }

    /// Whether both are the very same shared pattern.
    fn is(&self, other: &Matcher) -> bool {
        match (self, other) {
            (Matcher::Source(a), Matcher::Source(b)) => Arc::ptr_eq(a, b),
            (Matcher::Regex(a), Matcher::Regex(b)) => Arc::ptr_eq(a, b),
            (Matcher::Pattern(a), Matcher::Pattern(b)) => Arc::ptr_eq(a, b),
            (Matcher::First { list: a, place: x }, Matcher::First { list: b, place: y }) => {
                Arc::ptr_eq(a, b) && x == y
            }
            _ => false,
        }
    }
}

/// Whether the pattern at `place` is the first of the list that holds.
fn first(list: &[Option<PathPattern>], place: usize, path: &str) -> Match {
    let holds = |pattern: &Option<PathPattern>| {
        pattern.as_ref().map_or(Match::Unknown, |pattern| pattern.matches(path))
    };
    let own = list.get(place).map_or(Match::No, holds);
    if own == Match::No {
        return Match::No;
    }
    let mut answer = own;
    for before in list.iter().take(place) {
        match holds(before) {
            Match::Yes => return Match::No,
            Match::Unknown => answer = Match::Unknown,
            Match::No => {}
        }
    }
    answer
}

/// One header that a file sets for some paths.
#[derive(Clone, Debug)]
pub struct HeaderRule {
    /// What reads the file.
    pub provider: Provider,
    /// The file.
    pub artifact: ArtifactPath,
    /// The paths it holds for.
    pub matcher: Matcher,
    /// Whether it also hangs on the request (`has`, `missing`, methods).
    pub conditional: bool,
    /// Whether it takes the header away instead.
    pub removes: bool,
    /// The bytes that say for which paths it holds.
    pub source: Region,
    /// The header's name as written.
    pub name: Text,
    /// The header's value.
    pub value: Text,
}

impl Provider {
    /// Whether a header that two rules set is sent with both values, or may be:
    /// elsewhere the later rule replaces it.
    fn sends_both(self) -> bool {
        matches!(
            self,
            Provider::Cloudflare | Provider::HeadersFile | Provider::Firebase | Provider::Caddy
        )
    }
}

/// A header as a path gets it.
#[derive(Clone, Debug)]
pub struct Effective<'a> {
    /// The name in lower case.
    pub name: String,
    /// The rule that certainly sets it and is not overridden for certain.
    pub winner: Option<&'a HeaderRule>,
    /// Later rules that may set it: conditional or undecided.
    pub maybe: Vec<&'a HeaderRule>,
    /// Earlier rules that hold but are overridden.
    pub overridden: Vec<&'a HeaderRule>,
}

impl<'a> Effective<'a> {
    fn take_away(&mut self, certain: bool) {
        let winner = self.winner.take();
        if certain {
            self.overridden.extend(winner);
            self.overridden.append(&mut self.maybe);
        } else {
            self.maybe.extend(winner);
        }
    }

    /// The rules whose value a client may see: the winner first.
    pub fn candidates(&self) -> impl Iterator<Item = &'a HeaderRule> {
        self.winner.into_iter().chain(self.maybe.iter().copied())
    }
}

/// After so many undecided patterns the rest is taken as undecided too: only a
/// hostile file has that many, and each costs the most time there is.
const MOST_UNDECIDED: usize = 32;

/// The headers of `path` after all `rules` in their order: of rules that set
/// the same header, letter case ignored, the last one that holds wins, but for
/// providers that send both values, where all of them are candidates. Sorted by
/// name.
#[must_use]
pub fn effective<'a>(rules: &'a [HeaderRule], path: &str) -> Vec<Effective<'a>> {
    let mut headers: BTreeMap<String, Effective<'a>> = BTreeMap::new();
    // The headers of one rule share their pattern, which is run once.
    let mut last: Option<(&Matcher, Match)> = None;
    let mut undecided = 0;
    for rule in rules {
        let matched = match last {
            Some((matcher, matched)) if matcher.is(&rule.matcher) => matched,
            _ if undecided > MOST_UNDECIDED => Match::Unknown,
            _ => rule.matcher.matches(path),
        };
        undecided += usize::from(matched == Match::Unknown);
        last = Some((&rule.matcher, matched));
        if matched == Match::No {
            continue;
        }
        let name = rule.name.value.to_ascii_lowercase();
        let certain = matched == Match::Yes && !rule.conditional;
        if rule.removes {
            if let Some(header) = headers.get_mut(&name) {
                header.take_away(certain);
            }
            continue;
        }
        let header = headers.entry(name.clone()).or_insert_with(|| Effective {
            name,
            winner: None,
            maybe: Vec::new(),
            overridden: Vec::new(),
        });
        if !certain || rule.provider.sends_both() && header.winner.is_some() {
            header.maybe.push(rule);
        } else if rule.provider.sends_both() {
            header.winner = Some(rule);
        } else {
            header.overridden.extend(header.winner.replace(rule));
            header.overridden.append(&mut header.maybe);
        }
    }
    headers.into_values().filter(|header| header.candidates().next().is_some()).collect()
}

/// What a path serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteKind {
    /// HTML.
    Page,
    /// An API endpoint.
    Api,
    /// A static file.
    Asset,
}

/// A path to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamplePath {
    /// The path.
    pub path: String,
    /// What it serves.
    pub kind: RouteKind,
}

/// Paths that stand for the usual kinds of routes.
pub const SAMPLE_PATHS: [(&str, RouteKind); 7] = [
    ("/", RouteKind::Page),
    ("/a", RouteKind::Page),
    ("/a/b", RouteKind::Page),
    ("/api/x", RouteKind::Api),
    ("/api/x/y", RouteKind::Api),
    ("/_next/static/x.js", RouteKind::Asset),
    ("/assets/x.css", RouteKind::Asset),
];

/// The most paths that are derived from the rules themselves.
const MOST_DERIVED: usize = 24;

/// [`SAMPLE_PATHS`] and a path under each literal prefix that a rule names.
#[must_use]
pub fn sample_paths(rules: &[HeaderRule]) -> Vec<SamplePath> {
    let mut paths: Vec<SamplePath> = SAMPLE_PATHS
        .iter()
        .map(|&(path, kind)| SamplePath { path: path.to_owned(), kind })
        .collect();
    let most = paths.len() + MOST_DERIVED;
    for rule in rules {
        let prefix = match &rule.matcher {
            Matcher::Exact(path) | Matcher::Prefix(path) => path.clone(),
            Matcher::Source(source) => source.literal_prefix().to_owned(),
            Matcher::Pattern(pattern) => pattern.literal_prefix(),
            Matcher::First { list, place } => match list.get(*place) {
                Some(Some(pattern)) => pattern.literal_prefix(),
                _ => String::new(),
            },
            Matcher::All | Matcher::Regex(_) | Matcher::Unknown => String::new(),
        };
        let prefix = prefix.trim_end_matches('/');
        if !prefix.starts_with('/') {
            continue;
        }
        for path in [prefix.to_owned(), format!("{prefix}/x")] {
            if paths.len() < most && paths.iter().all(|known| known.path != path) {
                let kind = route_kind(&path);
                paths.push(SamplePath { path, kind });
            }
        }
    }
    paths
}

fn route_kind(path: &str) -> RouteKind {
    let lower = path.to_ascii_lowercase();
    let first = lower.split('/').nth(1).unwrap_or("");
    let name = lower.rsplit('/').next().unwrap_or("");
    let page =
        name.rsplit_once('.').is_none_or(|(_, extension)| matches!(extension, "html" | "htm"));
    let folders = ["_next", "static", "assets", "images", "img", "fonts", "media", "public"];
    if first == "api" {
        RouteKind::Api
    } else if !page || folders.contains(&first) {
        RouteKind::Asset
    } else {
        RouteKind::Page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(source: &str, name: &str, value: &str, conditional: bool) -> HeaderRule {
        HeaderRule {
            provider: Provider::Vercel,
            artifact: ArtifactPath::new("vercel.json"),
            matcher: Matcher::Source(Arc::new(Source::compile(source).expect(source))),
            conditional,
            removes: false,
            source: Region::empty(0),
            name: Text::new(name, Region::empty(0)),
            value: Text::new(value, Region::empty(0)),
        }
    }

    #[test]
    fn the_last_rule_that_holds_wins_whatever_the_case_of_its_name() {
        let rules = [
            rule("/(.*)", "X-Frame-Options", "DENY", false),
            rule("/embed/(.*)", "x-frame-options", "SAMEORIGIN", false),
            rule("/(.*)", "X-FRAME-OPTIONS", "none", true),
        ];
        let value = |rule: &HeaderRule| rule.value.value.clone();
        let page = effective(&rules, "/about");
        assert_eq!(page.len(), 1);
        assert_eq!(page[0].winner.map(value).as_deref(), Some("DENY"));
        assert_eq!(page[0].maybe.len(), 1);
        let embed = effective(&rules, "/embed/1");
        assert_eq!(embed[0].winner.map(value).as_deref(), Some("SAMEORIGIN"));
        assert_eq!(embed[0].overridden.len(), 1);
    }

    #[test]
    fn a_certain_rule_overrides_a_conditional_one_before_it() {
        let rules = [rule("/(.*)", "A", "1", true), rule("/(.*)", "a", "2", false)];
        let headers = effective(&rules, "/");
        assert!(headers[0].maybe.is_empty());
        assert_eq!(headers[0].overridden.len(), 1);
        assert_eq!(headers[0].candidates().count(), 1);
    }

    #[test]
    fn cloudflare_sends_both_values_and_takes_headers_away() {
        let cloudflare = |path: &str, value: &str, removes: bool| HeaderRule {
            provider: Provider::Cloudflare,
            matcher: Matcher::Pattern(Arc::new(PathPattern::cloudflare(path).expect(path))),
            removes,
            ..rule("/(.*)", "X-Frame-Options", value, false)
        };
        let rules = [
            cloudflare("/*", "DENY", false),
            cloudflare("/embed/*", "SAMEORIGIN", false),
            cloudflare("/open/*", "", true),
        ];
        let values = |path: &str| {
            let found = effective(&rules, path);
            let candidates = found.iter().flat_map(Effective::candidates);
            candidates.map(|rule| rule.value.value.clone()).collect::<Vec<_>>()
        };
        assert_eq!(values("/"), ["DENY"]);
        assert_eq!(values("/embed/a"), ["DENY", "SAMEORIGIN"]);
        assert!(values("/open/a").is_empty());
    }

    #[test]
    fn of_an_ordered_list_the_first_that_holds_counts() {
        let list: Arc<[Option<PathPattern>]> =
            ["/a/*", "/*"].map(PathPattern::azure).into_iter().collect();
        let at = |place| Matcher::First { list: Arc::clone(&list), place };
        assert_eq!(at(0).matches("/a/b"), Match::Yes);
        assert_eq!(at(1).matches("/a/b"), Match::No);
        assert_eq!(at(1).matches("/b"), Match::Yes);
        let unknown = Matcher::First { list: Arc::new([None, PathPattern::azure("/*")]), place: 1 };
        assert_eq!(unknown.matches("/b"), Match::Unknown);
    }

    #[test]
    fn samples_grow_by_the_prefixes_that_rules_name() {
        let rules = [rule("/shop/:id", "A", "1", false), rule("/api/v2/(.*)", "A", "1", false)];
        let paths = sample_paths(&rules);
        let kind = |path: &str| paths.iter().find(|p| p.path == path).map(|p| p.kind);
        assert_eq!(kind("/shop/x"), Some(RouteKind::Page));
        assert_eq!(kind("/api/v2/x"), Some(RouteKind::Api));
        assert_eq!(kind("/"), Some(RouteKind::Page));
    }

    #[test]
    fn a_part_of_an_escaped_text_is_the_whole() {
        let plain = Text::new("abc", Region::new(10, 13));
        assert_eq!(plain.part(Region::new(1, 2)), Region::new(11, 12));
        let escaped = Text::new("a\nc", Region::new(10, 14));
        assert_eq!(escaped.part(Region::new(1, 2)), Region::new(10, 14));
    }
}
