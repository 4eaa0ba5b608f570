//! HTTP response headers: who sets them, for which paths, and what they mean.
//!
//! Providers (Vercel, Netlify, nginx, a framework's configuration) reduce their
//! files to [`HeaderRule`]s; [`effective`] says which headers a path gets. The
//! other modules judge one header's value each, as pure functions of its text.

mod cors;
mod csp;
mod deprecated;
mod framing;
mod headers_file;
mod hsts;
mod pattern;
mod permissions;
mod referrer;
mod rule;
mod sniffing;

pub use cors::{AllowOrigin, CorsVerdict, cors};
pub use csp::{Csp, CspWeakness, Directive, FrameAncestors, SourceToken, WeaknessKind};
pub use deprecated::{Deprecated, Disclosure, deprecated, discloses};
pub use framing::{FrameOptions, frame_options};
pub use headers_file::{CLOUDFLARE_BLOCKS, CLOUDFLARE_LINE, HeaderBlock, HeaderLine, HeadersFile};
pub use hsts::{Hsts, HstsError, hsts};
pub use pattern::PathPattern;
pub use permissions::{PermissionsError, PermissionsPolicy, permissions_policy};
pub use referrer::{ReferrerPolicy, ReferrerVerdict, referrer_policy};
pub use rule::{
    Effective, HeaderRule, Matcher, Provider, RouteKind, SAMPLE_PATHS, SamplePath, Text, effective,
    sample_paths,
};
pub use sniffing::{ResourcePolicy, is_nosniff, resource_policy};

use seaworthy_model::Region;

/// The characters HTTP trims around values and list items.
const BLANKS: [char; 2] = [' ', '\t'];

/// The pieces of `text` between `separator`s, trimmed, with their bytes in
/// `text`. Empty pieces are kept.
fn pieces(text: &str, separator: char) -> impl Iterator<Item = (&str, Region)> {
    let mut start = 0;
    text.split(separator).map(move |piece| {
        let trimmed = piece.trim_matches(BLANKS);
        let lead = piece.len() - piece.trim_start_matches(BLANKS).len();
        let at = start + lead.min(piece.len());
        start += piece.len() + separator.len_utf8();
        (trimmed, Region::new(at, at + trimmed.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_know_their_bytes() {
        let text = " a ;; bc\t; ";
        let found: Vec<_> = pieces(text, ';').map(|(piece, at)| (piece, at.of(text))).collect();
        assert_eq!(found, [("a", "a"), ("", ""), ("bc", "bc"), ("", "")]);
    }

    #[test]
    fn no_value_panics_and_regions_stay_inside() {
        let pieces = [
            ";",
            ",",
            " ",
            "\t",
            "=",
            "\"",
            "'",
            "(",
            ")",
            "*",
            "max-age",
            "1",
            "é",
            "default-src",
            "'self'",
            "http://",
            "[",
            "]",
            ":",
            "localhost",
            "camera",
            "\\",
            "unsafe-url",
            "DENY",
        ];
        let mut state = 11_usize;
        for _ in 0..20_000 {
            let mut value = String::new();
            for _ in 0..7 {
                state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
                value.push_str(pieces[(state >> 8) % pieces.len()]);
            }
            let mut regions = vec![referrer_policy(&value).region];
            match hsts(&value) {
                Ok(policy) => regions.push(policy.max_age_region),
                Err(
                    HstsError::MaxAgeInvalid(at)
                    | HstsError::Duplicate(at)
                    | HstsError::Malformed(at),
                ) => regions.push(at),
                Err(HstsError::MaxAgeMissing) => {}
            }
            match permissions_policy(&value) {
                Ok(policy) => regions.extend(policy.features.iter().map(|feature| feature.2)),
                Err(
                    PermissionsError::FeaturePolicySyntax(at) | PermissionsError::Malformed(at),
                ) => regions.push(at),
                Err(PermissionsError::Empty) => {}
            }
            let csp = Csp::parse(&value);
            regions.extend(csp.weaknesses().iter().map(|weakness| weakness.region));
            regions.extend(csp.local_sources().map(|source| source.region));
            let _ = (frame_options(&value), cors(&value, Some(&value)), is_nosniff(&value));
            for region in regions {
                assert!(value.get(region.range()).is_some(), "{value:?}: {region:?}");
            }
        }
    }
}
