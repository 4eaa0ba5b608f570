//! `X-Content-Type-Options` and `Cross-Origin-Resource-Policy`.

/// Whether the value of `X-Content-Type-Options` stops content sniffing:
/// browsers take the first item of the list.
#[must_use]
pub fn is_nosniff(value: &str) -> bool {
    super::pieces(value, ',').next().is_some_and(|(first, _)| first.eq_ignore_ascii_case("nosniff"))
}

/// Who may load the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourcePolicy {
    /// The same origin.
    SameOrigin,
    /// The same site.
    SameSite,
    /// Everyone.
    CrossOrigin,
    /// Ignored by browsers.
    Invalid,
}

/// Reads `Cross-Origin-Resource-Policy`.
#[must_use]
pub fn resource_policy(value: &str) -> ResourcePolicy {
    match value.trim_matches(super::BLANKS).to_ascii_lowercase().as_str() {
        "same-origin" => ResourcePolicy::SameOrigin,
        "same-site" => ResourcePolicy::SameSite,
        "cross-origin" => ResourcePolicy::CrossOrigin,
        _ => ResourcePolicy::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_leading_nosniff_counts() {
        let cases = [
            ("nosniff", true),
            (" NoSniff ", true),
            ("nosniff, nosniff", true),
            ("no-sniff", false),
            ("nosniff;", false),
            ("\"nosniff\"", false),
            ("x, nosniff", false),
            ("", false),
        ];
        for (value, expected) in cases {
            assert_eq!(is_nosniff(value), expected, "{value}");
        }
    }

    #[test]
    fn resource_policies_are_single_words() {
        assert_eq!(resource_policy("Same-Site"), ResourcePolicy::SameSite);
        assert_eq!(resource_policy("cross-origin"), ResourcePolicy::CrossOrigin);
        assert_eq!(resource_policy("*"), ResourcePolicy::Invalid);
    }
}
