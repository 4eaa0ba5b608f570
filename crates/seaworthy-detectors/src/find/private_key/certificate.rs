//! The certificate that belongs to a private key, where it stands near it in the
//! same text. Other files are not searched: that would take every certificate of
//! the repository for each key.

use seaworthy_model::Region;

use crate::find::base64;

/// How far from the key a certificate is looked for.
const REACH: usize = 16 << 10;

/// How many certificates are looked at; a chain has three.
const MOST: usize = 6;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificate around the key that holds its public part.
pub(super) fn of(text: &str, key: Region, public: &[u8]) -> Option<Region> {
    let from = text.ceil_char_boundary(key.start.saturating_sub(REACH));
    let to = text.floor_char_boundary((key.end + REACH).min(text.len()));
    let window = text.get(from..to)?;
    window.match_indices(BEGIN).take(MOST).find_map(|(at, _)| {
        let body = window.get(at + BEGIN.len()..)?;
        let body = body.get(..body.find(END)?)?;
        // In a string, line ends are written as `\n`.
        let base: String = body
            .replace("\\n", "")
            .replace("\\r", "")
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '='))
            .collect();
        let certificate = base64::decode(&base)?;
        memchr::memmem::find(&certificate, public)?;
        let start = from + at;
        Some(Region::new(start, start + BEGIN.len() + body.len() + END.len()))
    })
}
