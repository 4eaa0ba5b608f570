//! HTTP response headers: who sets them, for which paths, and what they mean.
//!
//! Providers (Vercel, Netlify, nginx, a framework's configuration) reduce their
//! files to [`HeaderRule`]s; [`effective`] says which headers a path gets. The
//! other modules judge one header's value each, as pure functions of its text.

mod cors;
mod csp;
mod deprecated;
mod framing;
mod hsts;
mod permissions;
mod referrer;
mod rule;
mod sniffing;

pub use cors::{AllowOrigin, CorsVerdict, cors};
pub use csp::{Csp, CspWeakness, Directive, FrameAncestors, SourceToken, WeaknessKind};
pub use deprecated::{Deprecated, Disclosure, deprecated, discloses};
pub use framing::{FrameOptions, frame_options};
pub use hsts::{Hsts, HstsError, hsts};
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
}
