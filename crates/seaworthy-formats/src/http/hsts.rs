//! `Strict-Transport-Security`, by the grammar of RFC 6797.

use seaworthy_model::Region;

use super::pieces;

/// A valid policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hsts {
    /// Seconds; 0 takes an earlier policy back. Saturates.
    pub max_age: u64,
    /// The digits of `max-age` in the value.
    pub max_age_region: Region,
    /// Whether subdomains are covered.
    pub include_subdomains: bool,
    /// Whether the preload list is asked for.
    pub preload: bool,
}

impl Hsts {
    /// One year, what the preload list and good practice ask for.
    pub const YEAR: u64 = 31_536_000;

    /// Whether the preload list would take it.
    #[must_use]
    pub fn preloadable(&self) -> bool {
        self.preload && self.include_subdomains && self.max_age >= Self::YEAR
    }
}

/// Why browsers ignore the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HstsError {
    /// There is no `max-age`.
    MaxAgeMissing,
    /// `max-age` is not a number of seconds.
    MaxAgeInvalid(Region),
    /// A directive occurs twice.
    Duplicate(Region),
    /// A directive is not `name` or `name=value`.
    Malformed(Region),
}

/// Reads a value.
///
/// # Errors
/// When a browser that follows the RFC ignores the header. Unknown directives
/// are no error.
pub fn hsts(value: &str) -> Result<Hsts, HstsError> {
    let mut seen: Vec<String> = Vec::new();
    let mut max_age = None;
    for (piece, region) in pieces(value, ';') {
        if piece.is_empty() {
            continue;
        }
        let (name, argument) = match piece.split_once('=') {
            Some((name, argument)) => (name, Some(argument)),
            None => (piece, None),
        };
        let plain = name.trim_matches([' ', '\t']);
        if !is_token(plain) {
            return Err(HstsError::Malformed(region));
        }
        let lower = plain.to_ascii_lowercase();
        if seen.contains(&lower) || seen.len() > 64 {
            return Err(HstsError::Duplicate(region));
        }
        if lower == "max-age" {
            let invalid = HstsError::MaxAgeInvalid(region);
            let digits = unquoted(argument.ok_or(invalid)?.trim_matches([' ', '\t']));
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(invalid);
            }
            let lead = digits.as_ptr() as usize - piece.as_ptr() as usize;
            let at = region.start + lead;
            max_age =
                Some((digits.parse().unwrap_or(u64::MAX), Region::new(at, at + digits.len())));
        }
        seen.push(lower);
    }
    let (max_age, max_age_region) = max_age.ok_or(HstsError::MaxAgeMissing)?;
    let has = |name: &str| seen.iter().any(|known| known == name);
    Ok(Hsts {
        max_age,
        max_age_region,
        include_subdomains: has("includesubdomains"),
        preload: has("preload"),
    })
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_policies_are_read() {
        let cases = [
            ("max-age=63072000; includeSubDomains; preload", 63_072_000, true, true),
            ("Max-Age=\"10\"", 10, false, false),
            ("max-age = 10 ;INCLUDESUBDOMAINS;", 10, true, false),
            ("max-age=0", 0, false, false),
            (" ; max-age=5; other=\"x\"", 5, false, false),
            ("max-age=99999999999999999999999", u64::MAX, false, false),
        ];
        for (value, max_age, subdomains, preload) in cases {
            let policy = hsts(value).expect(value);
            assert_eq!(
                (policy.max_age, policy.include_subdomains, policy.preload),
                (max_age, subdomains, preload),
                "{value}"
            );
        }
        let value = "preload; max-age=\"77\"";
        assert_eq!(hsts(value).expect("valid").max_age_region.of(value), "77");
    }

    #[test]
    fn what_browsers_ignore_is_an_error() {
        let whole = |value: &str| Region::new(0, value.len());
        let cases = [
            ("", HstsError::MaxAgeMissing),
            ("includeSubDomains", HstsError::MaxAgeMissing),
            ("max-age=abc", HstsError::MaxAgeInvalid(whole("max-age=abc"))),
            ("max-age=", HstsError::MaxAgeInvalid(whole("max-age="))),
            ("max-age", HstsError::MaxAgeInvalid(whole("max-age"))),
            ("max-age=1e9", HstsError::MaxAgeInvalid(whole("max-age=1e9"))),
            ("max-age=-1", HstsError::MaxAgeInvalid(whole("max-age=-1"))),
            ("max-age=1, max-age=1", HstsError::MaxAgeInvalid(whole("max-age=1, max-age=1"))),
            ("max-age=1;max-age=2", HstsError::Duplicate(Region::new(10, 19))),
            ("max-age=1; a b", HstsError::Malformed(Region::new(11, 14))),
        ];
        for (value, expected) in cases {
            assert_eq!(hsts(value), Err(expected), "{value}");
        }
    }
}
