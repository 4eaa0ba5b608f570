//! Cross-origin resource sharing: `Access-Control-Allow-Origin` with
//! `Access-Control-Allow-Credentials`.

/// Which origins a fixed value admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowOrigin {
    /// `*`.
    Any,
    /// `null`, the origin of sandboxed frames and local files: anyone can have
    /// it.
    Null,
    /// One origin.
    One,
    /// Taken from the request or the environment.
    Dynamic,
    /// A list or something else that browsers never match.
    Invalid,
}

/// What the two headers come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorsVerdict {
    /// The origins.
    pub origin: AllowOrigin,
    /// Whether cookies are let through.
    pub credentials: bool,
}

impl CorsVerdict {
    /// `*` with credentials: browsers refuse every such response, and whoever
    /// asked for it wants something dangerous.
    #[must_use]
    pub fn any_with_credentials(self) -> bool {
        self.origin == AllowOrigin::Any && self.credentials
    }

    /// `null`, which any page can send, above all with credentials.
    #[must_use]
    pub fn null_origin(self) -> bool {
        self.origin == AllowOrigin::Null
    }
}

/// Reads the headers; only the exact word `true` lets credentials through.
#[must_use]
pub fn cors(allow_origin: &str, allow_credentials: Option<&str>) -> CorsVerdict {
    let value = allow_origin.trim_matches(super::BLANKS);
    let origin = match value {
        "*" => AllowOrigin::Any,
        "null" => AllowOrigin::Null,
        _ if value.contains('$') || value.contains("{{") => AllowOrigin::Dynamic,
        _ if is_origin(value) => AllowOrigin::One,
        _ => AllowOrigin::Invalid,
    };
    let credentials =
        allow_credentials.is_some_and(|value| value.trim_matches(super::BLANKS) == "true");
    CorsVerdict { origin, credentials }
}

/// `scheme://host` with an optional port and nothing after it.
fn is_origin(value: &str) -> bool {
    value.split_once("://").is_some_and(|(scheme, host)| {
        let scheme_plain = scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        !scheme.is_empty()
            && scheme_plain
            && !host.is_empty()
            && !host.contains(|c: char| c.is_whitespace() || "/,*?#@\\".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_told_apart() {
        let cases = [
            ("*", AllowOrigin::Any),
            ("null", AllowOrigin::Null),
            ("https://shop.example", AllowOrigin::One),
            ("http://localhost:3000", AllowOrigin::One),
            ("$http_origin", AllowOrigin::Dynamic),
            ("https://a.example, https://b.example", AllowOrigin::Invalid),
            ("https://*.example", AllowOrigin::Invalid),
            ("https://a.example/", AllowOrigin::Invalid),
            ("shop.example", AllowOrigin::Invalid),
        ];
        for (value, expected) in cases {
            assert_eq!(cors(value, None).origin, expected, "{value}");
        }
    }

    #[test]
    fn credentials_need_the_exact_word() {
        assert!(cors("*", Some("true")).any_with_credentials());
        assert!(!cors("*", Some("True")).any_with_credentials());
        assert!(!cors("https://a.example", Some("true")).any_with_credentials());
        assert!(cors("null", Some("true")).null_origin());
    }
}
