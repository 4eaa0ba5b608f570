//! `Content-Security-Policy`: parsed as a browser parses it, and what it leaves
//! open.
//!
//! Of a directive given twice the first counts; names and keywords ignore case;
//! a comma starts another policy, and a response must pass all of them. A
//! report-only policy has the same grammar and protects nothing: callers keep
//! the two headers apart.

use std::collections::BTreeSet;

use seaworthy_model::Region;

use super::pieces;

/// One word of a directive's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceToken {
    /// The word in lower case (nonces and hashes too: only their kind matters).
    pub text: String,
    /// Its bytes in the header's value.
    pub region: Region,
}

/// One directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The name in lower case.
    pub name: String,
    /// The bytes of the name.
    pub name_region: Region,
    /// The bytes of the whole directive.
    pub region: Region,
    /// The words after the name.
    pub sources: Vec<SourceToken>,
}

impl Directive {
    fn has(&self, word: &str) -> bool {
        self.find(word).is_some()
    }

    fn find(&self, word: &str) -> Option<&SourceToken> {
        self.sources.iter().find(|source| source.text == word)
    }

    /// Whether a nonce or hash is named, which makes browsers ignore
    /// `'unsafe-inline'`.
    fn has_nonce_or_hash(&self) -> bool {
        self.sources.iter().any(|source| {
            ["'nonce-", "'sha256-", "'sha384-", "'sha512-"]
                .iter()
                .any(|kind| source.text.starts_with(kind) && source.text.ends_with('\''))
        })
    }

    /// Whether inline code is allowed.
    fn allows_inline(&self) -> Option<&SourceToken> {
        if self.has_nonce_or_hash() || self.has("'strict-dynamic'") {
            return None;
        }
        self.find("'unsafe-inline'")
    }
}

/// What a policy leaves open, or what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WeaknessKind {
    /// Neither `script-src` nor `default-src`: any script runs.
    ScriptUnrestricted,
    /// Inline scripts or event handlers run.
    UnsafeInline,
    /// `eval` works.
    UnsafeEval,
    /// Scripts from any host: `*`, `https:`, `http:`.
    AnyHost,
    /// Scripts from `data:` addresses, which injected markup can hold.
    Data,
    /// Scripts from `blob:` or `filesystem:` addresses, which pages can fill.
    Blob,
    /// Scripts, connections or frames over plain HTTP.
    InsecureActive,
    /// Images or media over plain HTTP.
    InsecurePassive,
    /// Plugins from anywhere: no `object-src` or `default-src`, or a wide one.
    ObjectUnrestricted,
    /// No `base-uri`: injected markup can move all relative addresses.
    BaseUriMissing,
    /// No `form-action`: injected forms can send anywhere.
    FormActionMissing,
    /// Inline styles apply.
    StyleInline,
    /// Styles from any host or from `data:` addresses, or no rule for styles.
    StyleAnyHost,
    /// `'strict-dynamic'` without nonce or hash: no script runs at all.
    StrictDynamicAlone,
    /// A directive given twice; the later one is ignored.
    DuplicateDirective,
    /// A directive that no browser knows.
    UnknownDirective,
    /// A keyword without its quotes, which makes it a host name.
    UnquotedKeyword,
    /// `'none'` beside other sources, where it is ignored.
    NoneBesideOthers,
    /// No directive at all.
    Empty,
}

/// A weakness and its place in the header's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CspWeakness {
    /// What it is.
    pub kind: WeaknessKind,
    /// The word, the directive, or the whole value for what is missing.
    pub region: Region,
}

/// Who may frame the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameAncestors {
    /// The policy does not say.
    Absent,
    /// Listed origins at most.
    Restricted,
    /// Anyone: `*` or a bare scheme. The directive also disables
    /// `X-Frame-Options`. The place is the word's.
    Open(Region),
}

/// A header's value: one policy or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csp {
    policies: Vec<Vec<Directive>>,
    duplicates: Vec<Region>,
    whole: Region,
}

/// The most directives that are kept; a real policy has two dozen.
const MOST_DIRECTIVES: usize = 256;

const KNOWN: [&str; 31] = [
    "base-uri",
    "block-all-mixed-content",
    "child-src",
    "connect-src",
    "default-src",
    "fenced-frame-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "manifest-src",
    "media-src",
    "navigate-to",
    "object-src",
    "plugin-types",
    "prefetch-src",
    "referrer",
    "reflected-xss",
    "report-to",
    "report-uri",
    "require-sri-for",
    "require-trusted-types-for",
    "sandbox",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "style-src-attr",
    "style-src-elem",
    "trusted-types",
];

const PASSIVE: [&str; 2] = ["img-src", "media-src"];

impl Csp {
    /// Parses a header's value.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        let mut csp = Self {
            policies: Vec::new(),
            duplicates: Vec::new(),
            whole: Region::new(0, value.len()),
        };
        let mut kept = 0;
        for (policy, at) in pieces(value, ',') {
            let mut directives: Vec<Directive> = Vec::new();
            for (text, within) in pieces(policy, ';') {
                let Some(directive) = directive(text, at.start + within.start) else { continue };
                if directives.iter().any(|known| known.name == directive.name) {
                    // A second address for reports is common and does no harm.
                    if !directive.name.starts_with("report-") {
                        csp.duplicates.push(directive.region);
                    }
                } else if kept < MOST_DIRECTIVES {
                    kept += 1;
                    directives.push(directive);
                }
            }
            if !directives.is_empty() {
                csp.policies.push(directives);
            }
        }
        csp
    }

    /// The directives that count, of all policies.
    pub fn directives(&self) -> impl Iterator<Item = &Directive> {
        self.policies.iter().flatten()
    }

    /// Whether a policy has the directive.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.directives().any(|directive| directive.name == name)
    }

    /// Whether scripts are restricted at all.
    #[must_use]
    pub fn restricts_scripts(&self) -> bool {
        self.policies.iter().any(|policy| first(policy, &["script-src", "default-src"]).is_some())
    }

    /// Who may frame the page, after all policies.
    #[must_use]
    pub fn frame_ancestors(&self) -> FrameAncestors {
        let mut answer = FrameAncestors::Absent;
        for directive in self.directives().filter(|directive| directive.name == "frame-ancestors") {
            let open = directive.sources.iter().find(|source| {
                matches!(source.text.as_str(), "*" | "https:" | "http:" | "https://*" | "http://*")
            });
            match open {
                None => return FrameAncestors::Restricted,
                Some(word) => answer = FrameAncestors::Open(word.region),
            }
        }
        answer
    }

    /// The words that name this machine: development leftovers in production.
    pub fn local_sources(&self) -> impl Iterator<Item = &SourceToken> {
        self.directives().flat_map(|directive| &directive.sources).filter(|source| {
            let rest = source.text.split_once("://").map_or(source.text.as_str(), |(_, rest)| rest);
            let host = match rest.strip_prefix('[') {
                Some(rest) => rest.split(']').next().unwrap_or(""),
                None => rest.split([':', '/']).next().unwrap_or(""),
            };
            matches!(host, "localhost" | "0.0.0.0" | "::1")
                || host.ends_with(".localhost")
                || host.strip_prefix("127.").is_some_and(|rest| {
                    rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
                })
        })
    }

    /// What is left open after all policies, and what is wrong with the text;
    /// in order of place.
    #[must_use]
    pub fn weaknesses(&self) -> Vec<CspWeakness> {
        let each: Vec<Vec<CspWeakness>> =
            self.policies.iter().map(|policy| holes(policy, self.whole)).collect();
        let kinds: Vec<BTreeSet<WeaknessKind>> =
            each.iter().map(|holes| holes.iter().map(|hole| hole.kind).collect()).collect();
        let mut found: Vec<CspWeakness> = Vec::new();
        for (index, holes) in each.iter().enumerate() {
            // What another policy forbids is not open.
            found.extend(holes.iter().filter(|hole| {
                kinds.iter().all(|kinds| {
                    kinds.contains(&hole.kind) || kinds.iter().any(|kind| implies(*kind, hole.kind))
                })
            }));
            found.extend(mistakes(&self.policies[index]));
        }
        if self.policies.is_empty() {
            found.push(CspWeakness { kind: WeaknessKind::Empty, region: self.whole });
        }
        let duplicate = |&region| CspWeakness { kind: WeaknessKind::DuplicateDirective, region };
        found.extend(self.duplicates.iter().map(duplicate));
        found.sort_by_key(|weakness| (weakness.region, weakness.kind));
        found.dedup();
        found
    }
}

fn implies(wide: WeaknessKind, narrow: WeaknessKind) -> bool {
    use WeaknessKind::{
        AnyHost, Blob, Data, InsecureActive, ScriptUnrestricted, UnsafeEval, UnsafeInline,
    };
    match wide {
        ScriptUnrestricted => {
            matches!(narrow, UnsafeInline | UnsafeEval | AnyHost | Data | Blob | InsecureActive)
        }
        _ => false,
    }
}

fn directive(text: &str, start: usize) -> Option<Directive> {
    let mut words = Vec::new();
    let mut from = 0;
    for word in text.split(|c: char| c.is_ascii_whitespace()) {
        if !word.is_empty() {
            let region = Region::new(start + from, start + from + word.len());
            words.push(SourceToken { text: word.to_ascii_lowercase(), region });
        }
        from += word.len() + 1;
    }
    let mut words = words.into_iter();
    let name = words.next()?;
    let sources: Vec<SourceToken> = words.collect();
    let end = sources.last().map_or(name.region.end, |last| last.region.end);
    Some(Directive {
        region: Region::new(name.region.start, end),
        name: name.text,
        name_region: name.region,
        sources,
    })
}

/// The first of the named directives that the policy has: the fallback chain.
fn first<'a>(policy: &'a [Directive], names: &[&str]) -> Option<&'a Directive> {
    names.iter().find_map(|name| policy.iter().find(|directive| directive.name == *name))
}

/// What one policy leaves open.
fn holes(policy: &[Directive], whole: Region) -> Vec<CspWeakness> {
    let mut found = Vec::new();
    let mut add = |kind, region| found.push(CspWeakness { kind, region });
    let script = first(policy, &["script-src", "default-src"]);
    let elements = first(policy, &["script-src-elem", "script-src", "default-src"]);
    let attributes = first(policy, &["script-src-attr", "script-src", "default-src"]);
    if script.is_none() && (elements.is_none() || attributes.is_none()) {
        add(WeaknessKind::ScriptUnrestricted, whole);
    }
    for directive in [elements, attributes].into_iter().flatten() {
        if let Some(word) = directive.allows_inline() {
            add(WeaknessKind::UnsafeInline, word.region);
        }
    }
    if let Some(word) = script.and_then(|directive| directive.find("'unsafe-eval'")) {
        add(WeaknessKind::UnsafeEval, word.region);
    }
    if let Some(directive) = elements {
        let bare_strict = directive.has("'strict-dynamic'");
        if bare_strict && !directive.has_nonce_or_hash() {
            add(WeaknessKind::StrictDynamicAlone, directive.region);
        }
        // With 'strict-dynamic' browsers ignore hosts and schemes.
        for source in directive.sources.iter().filter(|_| !bare_strict) {
            match wide(&source.text) {
                Some(Wide::Host) => add(WeaknessKind::AnyHost, source.region),
                Some(Wide::Data) => add(WeaknessKind::Data, source.region),
                Some(Wide::Blob) => add(WeaknessKind::Blob, source.region),
                None => {}
            }
        }
    }
    match first(policy, &["object-src", "default-src"]) {
        None => add(WeaknessKind::ObjectUnrestricted, whole),
        Some(directive) => {
            for source in &directive.sources {
                if matches!(wide(&source.text), Some(Wide::Host)) {
                    add(WeaknessKind::ObjectUnrestricted, source.region);
                }
            }
        }
    }
    if first(policy, &["base-uri"]).is_none() {
        add(WeaknessKind::BaseUriMissing, whole);
    }
    if first(policy, &["form-action"]).is_none() {
        add(WeaknessKind::FormActionMissing, whole);
    }
    for names in [
        ["style-src-elem", "style-src", "default-src"],
        ["style-src-attr", "style-src", "default-src"],
    ] {
        if let Some(word) = first(policy, &names).and_then(Directive::allows_inline) {
            add(WeaknessKind::StyleInline, word.region);
        }
    }
    let styles = first(policy, &["style-src-elem", "style-src", "default-src"]);
    if styles.is_none() {
        add(WeaknessKind::StyleAnyHost, whole);
    }
    for source in styles.iter().flat_map(|directive| &directive.sources) {
        if matches!(wide(&source.text), Some(Wide::Host | Wide::Data)) {
            add(WeaknessKind::StyleAnyHost, source.region);
        }
    }
    insecure(policy, &mut add);
    found
}

/// Sources over plain HTTP.
fn insecure(policy: &[Directive], add: &mut impl FnMut(WeaknessKind, Region)) {
    for directive in policy {
        // Browsers ignore hosts beside 'strict-dynamic'.
        if directive.name.starts_with("script-src") && directive.has("'strict-dynamic'") {
            continue;
        }
        for source in &directive.sources {
            let plain =
                ["http:", "ws:", "ftp:"].iter().any(|scheme| source.text.starts_with(scheme));
            if plain {
                let passive = PASSIVE.contains(&directive.name.as_str());
                let kind = if passive {
                    WeaknessKind::InsecurePassive
                } else {
                    WeaknessKind::InsecureActive
                };
                add(kind, source.region);
            }
        }
    }
}

enum Wide {
    Host,
    Data,
    Blob,
}

/// Whether a source admits more than named hosts.
fn wide(source: &str) -> Option<Wide> {
    match source {
        "*" | "*:*" | "ftp:" | "https:" | "https://*" | "https://*:*" | "https://*.*" | "http:"
        | "http://*" | "http://*:*" | "http://*.*" => Some(Wide::Host),
        "data:" => Some(Wide::Data),
        "blob:" | "filesystem:" => Some(Wide::Blob),
        _ => None,
    }
}

/// What the author surely did not mean.
fn mistakes(policy: &[Directive]) -> Vec<CspWeakness> {
    let mut found = Vec::new();
    for directive in policy {
        if !KNOWN.contains(&directive.name.as_str())
            && directive.name != "upgrade-insecure-requests"
        {
            found.push(CspWeakness {
                kind: WeaknessKind::UnknownDirective,
                region: directive.name_region,
            });
        }
        let takes_sources = directive.name.ends_with("-src")
            || directive.name.contains("-src-")
            || matches!(directive.name.as_str(), "base-uri" | "form-action" | "frame-ancestors");
        if !takes_sources {
            continue;
        }
        for source in &directive.sources {
            let bare = matches!(
                source.text.as_str(),
                "self"
                    | "none"
                    | "unsafe-inline"
                    | "unsafe-eval"
                    | "strict-dynamic"
                    | "unsafe-hashes"
                    | "wasm-unsafe-eval"
                    | "report-sample"
            ) || source.text.starts_with("nonce-")
                || source.text.starts_with("sha256-");
            if bare {
                found.push(CspWeakness {
                    kind: WeaknessKind::UnquotedKeyword,
                    region: source.region,
                });
            }
            if source.text == "'none'" && directive.sources.len() > 1 {
                found.push(CspWeakness {
                    kind: WeaknessKind::NoneBesideOthers,
                    region: source.region,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weaknesses with their text, without those every short policy has.
    fn weak(value: &str) -> Vec<(WeaknessKind, &str)> {
        Csp::parse(value)
            .weaknesses()
            .into_iter()
            .filter(|weakness| {
                !matches!(
                    weakness.kind,
                    WeaknessKind::BaseUriMissing | WeaknessKind::FormActionMissing
                )
            })
            .map(|weakness| (weakness.kind, weakness.region.of(value)))
            .collect()
    }

    #[test]
    fn strict_policies_are_clean() {
        for value in [
            "default-src 'none'; script-src 'self'",
            "DEFAULT-SRC 'SELF'",
            "default-src",
            "default-src 'self'; script-src 'nonce-r4nd0m' 'strict-dynamic' 'unsafe-inline' https:",
            "default-src 'self'; script-src 'unsafe-inline' 'sha384-abc='",
            "default-src 'self'; script-src *.cdn.example https://js.example",
            "default-src 'self'; img-src * data: blob:",
            "default-src 'unsafe-inline', default-src 'self'",
        ] {
            assert_eq!(weak(value), [], "{value}");
        }
    }

    #[test]
    fn holes_are_found_at_their_words() {
        use WeaknessKind::*;
        let cases: [(&str, &[(WeaknessKind, &str)]); 14] = [
            (
                "style-src a.example; script-src 'unsafe-inline'; object-src 'none'",
                &[(UnsafeInline, "'unsafe-inline'")],
            ),
            (
                "default-src 'self'; script-src-elem 'unsafe-inline'",
                &[(UnsafeInline, "'unsafe-inline'")],
            ),
            (
                "default-src 'self'; script-src-attr 'unsafe-inline'",
                &[(UnsafeInline, "'unsafe-inline'")],
            ),
            ("default-src 'self'; script-src 'UNSAFE-EVAL'", &[(UnsafeEval, "'UNSAFE-EVAL'")]),
            (
                "default-src 'self'; script-src 'nonce-a' 'unsafe-eval'",
                &[(UnsafeEval, "'unsafe-eval'")],
            ),
            ("default-src 'self'; script-src https:", &[(AnyHost, "https:")]),
            ("default-src 'self'; script-src data: blob:", &[(Data, "data:"), (Blob, "blob:")]),
            ("default-src 'self'; object-src *", &[(ObjectUnrestricted, "*")]),
            ("default-src 'self'; style-src https:", &[(StyleAnyHost, "https:")]),
            ("default-src 'self'; style-src 'unsafe-inline'", &[(StyleInline, "'unsafe-inline'")]),
            (
                "default-src 'self'; connect-src ws://a.example",
                &[(InsecureActive, "ws://a.example")],
            ),
            (
                "default-src 'self'; img-src http://a.example",
                &[(InsecurePassive, "http://a.example")],
            ),
            (
                "default-src 'none'; script-src 'strict-dynamic'",
                &[(StrictDynamicAlone, "script-src 'strict-dynamic'")],
            ),
            (
                "style-src 'self', object-src 'none'; script-src 'unsafe-eval'",
                &[(UnsafeEval, "'unsafe-eval'")],
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(weak(value), expected, "{value}");
        }
        let kinds: Vec<_> = weak("frame-ancestors 'self'").iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [ScriptUnrestricted, ObjectUnrestricted, StyleAnyHost]);
    }

    #[test]
    fn mistakes_are_found() {
        use WeaknessKind::*;
        let cases: [(&str, (WeaknessKind, &str)); 5] = [
            ("default-src 'none'; default-src *", (DuplicateDirective, "default-src *")),
            ("default-src 'self'; scripts-src 'self'", (UnknownDirective, "scripts-src")),
            ("default-src self", (UnquotedKeyword, "self")),
            ("default-src 'none' a.example", (NoneBesideOthers, "'none'")),
            (" ; ", (Empty, " ; ")),
        ];
        for (value, expected) in cases {
            assert_eq!(weak(value), [expected], "{value}");
        }
    }

    #[test]
    fn framing_by_anyone_is_no_protection() {
        let cases = [
            ("default-src 'self'", FrameAncestors::Absent),
            ("frame-ancestors 'none'", FrameAncestors::Restricted),
            ("frame-ancestors", FrameAncestors::Restricted),
            ("frame-ancestors 'self' https://a.example", FrameAncestors::Restricted),
            ("frame-ancestors *", FrameAncestors::Open(Region::new(16, 17))),
            ("frame-ancestors 'self' https:", FrameAncestors::Open(Region::new(23, 29))),
            ("frame-ancestors *, frame-ancestors 'self'", FrameAncestors::Restricted),
        ];
        for (value, expected) in cases {
            assert_eq!(Csp::parse(value).frame_ancestors(), expected, "{value}");
        }
    }

    #[test]
    fn sources_on_this_machine_are_known() {
        let value = "connect-src http://localhost:3000 ws://127.0.0.1 http://[::1]:8080 https://localhost.example";
        let csp = Csp::parse(value);
        let local: Vec<&str> = csp.local_sources().map(|source| source.region.of(value)).collect();
        assert_eq!(local, ["http://localhost:3000", "ws://127.0.0.1", "http://[::1]:8080"]);
    }

    #[test]
    fn hostile_values_end() {
        for value in ["a ".repeat(50_000), ";a".repeat(50_000), ",a b".repeat(20_000)] {
            let _ = Csp::parse(&value).weaknesses();
        }
    }
}
