//! The mappings of source maps: megabytes in which every fourth byte begins what may
//! be a token, and no secret.
//!
//! They are runs of base64 VLQ (see ECMA-426): a few characters for each segment,
//! and a comma or semicolon between two. Where a run is long enough to be nothing
//! else, no literal is looked for in it.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x64};
use seaworthy_model::Region;

/// The shortest run that is passed over.
const SHORTEST: usize = 4096;
/// How many bytes at both ends of a run are looked at all the same, so that nothing
/// is lost of what borders on it. No literal is longer.
const MARGIN: usize = 512;
/// In so many bytes of mappings there is a comma or semicolon: a segment has at most
/// five numbers, which rarely take more than two characters each.
const CHUNK: usize = 64;

/// The parts of a text in which no literals are looked for, in order.
pub(super) fn mappings(path: &str, text: &str) -> Vec<Region> {
    if !path.ends_with(".map") {
        return Vec::new();
    }
    dispatch!(Level::new(), simd => runs(simd, text))
}

#[inline(always)]
fn runs<S: Simd>(simd: S, text: &str) -> Vec<Region> {
    let mut runs = Vec::new();
    let mut start = None;
    let mut at = 0;
    // A run ends where a chunk is anything else. A last chunk that is shorter is
    // within the margin.
    for chunk in text.as_bytes().as_chunks().0 {
        if is_mappings(simd, chunk) {
            start.get_or_insert(at);
        } else {
            runs.extend(start.take().and_then(|start| inner(start, at)));
        }
        at += CHUNK;
    }
    runs.extend(start.and_then(|start| inner(start, at)));
    runs
}

fn inner(start: usize, end: usize) -> Option<Region> {
    (end - start >= SHORTEST).then(|| Region::new(start + MARGIN, end - MARGIN))
}

/// Whether there is nothing but numbers and what parts segments, of which there is some.
#[inline(always)]
fn is_mappings<S: Simd>(simd: S, chunk: &[u8; CHUNK]) -> bool {
    let bytes = u8x64::from_slice(simd, chunk);
    let is = |byte: u8| bytes.simd_eq(u8x64::splat(simd, byte));
    let part = is(b',') | is(b';');
    let letter = ((bytes | 0x20) - b'a').simd_lt(u8x64::splat(simd, 26));
    let digit_or_slash = (bytes - b'/').simd_lt(u8x64::splat(simd, 11));
    (part | letter | digit_or_slash | is(b'+')).all_true() && part.any_true()
}

#[cfg(test)]
mod tests {
    use super::{MARGIN, mappings};

    #[test]
    fn only_long_mappings_of_source_maps_are_passed_over() {
        let segments = "AAAA,SAASA,gBAAgBC;".repeat(400);
        let map = format!("{{\"version\":3,\"mappings\":\"{segments}\",\"names\":[]}}");
        let [run] = mappings("dist/a.js.map", &map)[..] else { panic!("{map}") };
        let start = map.find("AAAA").unwrap_or(0);
        assert!(run.start >= start + MARGIN && run.start < start + MARGIN + 64, "{run:?}");
        assert!(run.end <= start + segments.len() - MARGIN, "{run:?}");
        assert!(run.len() > segments.len() - 2 * MARGIN - 128, "{run:?}");

        assert!(mappings("dist/a.js", &map).is_empty(), "another file");
        let base64 = "AAAASAASAgBAAgBCEAAE".repeat(400);
        assert!(mappings("a.map", &base64).is_empty(), "no segments");
        let prose = "one, two; three, four ".repeat(400);
        assert!(mappings("a.map", &prose).is_empty(), "spaces");
        assert!(mappings("a.map", &segments[..4000]).is_empty(), "too short");
        assert!(mappings("a.map", "").is_empty());
        let two = format!("{segments}\"{}\"{segments}", " ".repeat(64));
        assert_eq!(mappings("a.map", &two).len(), 2);
    }
}
