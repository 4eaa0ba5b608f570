//! Vercel's configuration, `vercel.json`: what it says, whether a deployment
//! takes it, which paths its rules reach and where they lead.

mod address;
mod config;
mod destination;
mod js_reader;
mod js_regex;
mod pattern;
mod read;
mod schema;
mod shape;
mod source;
mod suggest;
mod transform;

pub use config::{
    Condition, ConditionValue, Conditions, Cron, Destination, Flag, Function, HeadersRule, Images,
    LegacyRoute, Pair, Pattern, Redirect, Rewrite, VercelConfig,
};
pub use destination::Target;
pub use js_regex::{JsRegex, Match};
pub use shape::{Problem, ProblemKind};
pub use source::{Source, SourceError, Useless};
pub use suggest::suggest;
pub use transform::{Route, RouteError, transform};

#[cfg(test)]
mod tests {
    use seaworthy_model::ArtifactPath;

    use super::*;

    /// Texts put together from the grammar's own characters, the same each time.
    fn mutants(pieces: &[&str], count: usize) -> Vec<String> {
        let mut state = 7_u64;
        let mut next = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap_or(0) % below
        };
        (0..count).map(|_| (0..=next(8)).map(|_| pieces[next(pieces.len())]).collect()).collect()
    }

    #[test]
    fn no_source_or_destination_panics_and_regions_stay_inside() {
        let pieces = [
            "/", ":a", "(", ")", "*", "?", "+", "{", "}", "\\", "[", "]", "^", "$", "é", "😀",
            "(.*)", "?!", "?<n>", "https://", "//", ":", "@", "#", "&", "=", "%2", "$1", ".", "-",
            "|", "{2,",
        ];
        for text in mutants(&pieces, 4_000) {
            if let Err(error) = Source::compile(&text) {
                assert!(text.get(error.region.range()).is_some(), "{text}: {error:?}");
            }
            if let Some(better) = suggest(&text) {
                let source = Source::compile(&better).expect("a suggestion compiles");
                assert_eq!(source.useless(), None, "{text} -> {better}");
            }
            let quoted = text.replace('\\', "\\\\");
            let config = format!(
                r#"{{"redirects": [{{"source": "/:a/(.*)", "destination": "{quoted}"}}],
                    "rewrites": [{{"source": "{quoted}", "destination": "{quoted}"}}],
                    "routes": [{{"src": "{quoted}", "headers": {{"A": "{quoted}"}}}}]}}"#
            );
            let config = VercelConfig::read(&seaworthy_syntax::json::parse(&config));
            let _ = transform(&config);
            let _ = config.header_rules(&ArtifactPath::new("vercel.json"));
            for redirect in config.redirects.iter().flatten() {
                let _ = redirect.target();
            }
        }
    }
}
