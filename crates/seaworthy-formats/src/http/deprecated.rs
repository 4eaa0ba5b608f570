//! Headers that do nothing any more, or harm, and those that tell what runs.

/// A header out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deprecated {
    /// The usual spelling of its name.
    pub name: &'static str,
    /// Why it should go, or what took its place.
    pub advice: &'static str,
}

const DEPRECATED: [Deprecated; 11] = [
    Deprecated {
        name: "X-XSS-Protection",
        advice: "browsers have dropped the filter, and in old ones it opens holes; send 0 or nothing and use a Content-Security-Policy",
    },
    Deprecated { name: "Expect-CT", advice: "certificate transparency is enforced without it" },
    Deprecated {
        name: "Public-Key-Pins",
        advice: "browsers have dropped key pinning, which could lock visitors out",
    },
    Deprecated { name: "Public-Key-Pins-Report-Only", advice: "browsers have dropped key pinning" },
    Deprecated {
        name: "Feature-Policy",
        advice: "use Permissions-Policy, which has another syntax",
    },
    Deprecated { name: "X-Content-Security-Policy", advice: "use Content-Security-Policy" },
    Deprecated { name: "X-WebKit-CSP", advice: "use Content-Security-Policy" },
    Deprecated { name: "P3P", advice: "no browser reads it" },
    Deprecated { name: "X-UA-Compatible", advice: "only Internet Explorer read it" },
    Deprecated { name: "X-Download-Options", advice: "only Internet Explorer read it" },
    Deprecated { name: "Pragma", advice: "use Cache-Control; in responses it has no meaning" },
];

/// What to know about a header out of use; `None` for one in use. The value
/// matters for `X-XSS-Protection` alone, where `0` is right.
#[must_use]
pub fn deprecated(name: &str, value: &str) -> Option<Deprecated> {
    let found = DEPRECATED.iter().find(|known| known.name.eq_ignore_ascii_case(name))?;
    let switched_off = found.name == "X-XSS-Protection"
        && value.split(';').next().is_some_and(|first| first.trim_matches(super::BLANKS) == "0");
    (!switched_off).then_some(*found)
}

/// What a header tells about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// The product.
    Product,
    /// The product and its version.
    Version,
}

const DISCLOSING: [&str; 7] = [
    "server",
    "x-powered-by",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-generator",
    "x-runtime",
    "x-version",
];

/// Whether a header tells what software answers. An empty value tells nothing.
#[must_use]
pub fn discloses(name: &str, value: &str) -> Option<Disclosure> {
    let name = name.to_ascii_lowercase();
    if !DISCLOSING.contains(&name.as_str()) || value.trim_matches(super::BLANKS).is_empty() {
        return None;
    }
    let version = value.bytes().any(|byte| byte.is_ascii_digit());
    Some(if version { Disclosure::Version } else { Disclosure::Product })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_switched_off_is_fine() {
        assert!(deprecated("x-xss-protection", "1; mode=block").is_some());
        assert!(deprecated("X-XSS-Protection", " 0 ").is_none());
        assert!(deprecated("X-XSS-Protection", "0; mode=block").is_none());
        assert!(deprecated("Expect-CT", "max-age=0").is_some());
        assert!(deprecated("Content-Security-Policy", "default-src 'self'").is_none());
    }

    #[test]
    fn software_and_versions_are_disclosures() {
        assert_eq!(discloses("X-Powered-By", "Express"), Some(Disclosure::Product));
        assert_eq!(discloses("Server", "web/1.2"), Some(Disclosure::Version));
        assert_eq!(discloses("Server", ""), None);
        assert_eq!(discloses("Vary", "Origin"), None);
    }
}
