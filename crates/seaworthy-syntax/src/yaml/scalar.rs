//! What a plain YAML scalar means: the core schema of YAML 1.2.
//!
//! Compose, GitHub and Kubernetes readers agree with it where it matters here:
//! `yes`, `no`, `on` and `off` are strings, and so is `22:22`.

use crate::NodeKind;

/// The kind of a plain scalar without a tag.
pub(super) fn plain(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" => NodeKind::Bool(true),
        "false" | "False" | "FALSE" => NodeKind::Bool(false),
        _ if is_number(text) => NodeKind::Number(text.into()),
        _ => NodeKind::String(text.into()),
    }
}

/// The kind of a scalar that carries a tag: a core tag decides, `!` makes a
/// string, any other leaves the text to speak for itself.
pub(super) fn tagged(tag: &str, text: &str, is_plain: bool) -> NodeKind {
    match tag {
        "!" | "!!str" | "!!binary" | "!<tag:yaml.org,2002:str>" => NodeKind::String(text.into()),
        "!!null" | "!!bool" | "!!int" | "!!float" => plain(text),
        _ if is_plain => plain(text),
        _ => NodeKind::String(text.into()),
    }
}

fn is_number(text: &str) -> bool {
    let first = text.as_bytes().first().copied().unwrap_or(b' ');
    if !first.is_ascii_digit() && !matches!(first, b'-' | b'+' | b'.') {
        return false;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || is_decimal(unsigned)
}

/// `12`, `1.`, `1.5`, `.5`, each with an optional exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return false;
    }
    exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), NodeKind::Null, "{text}");
        }
        for text in ["true", "True", "TRUE"] {
            assert_eq!(plain(text), NodeKind::Bool(true), "{text}");
        }
        for text in ["false", "False", "FALSE"] {
            assert_eq!(plain(text), NodeKind::Bool(false), "{text}");
        }
        let numbers =
            "0 7 -12 +3 0123 0x1F 0o17 1.5 1. .5 -.5 1e3 1E-3 1.5e+10 .inf -.INF +.Inf .nan";
        for text in numbers.split(' ') {
            assert_eq!(plain(text), NodeKind::Number(text.into()), "{text}");
        }
        let strings = "yes no on off y nUll tRUE 22:22 1.2.3 0x 0o8 0xg - + . e3 1e 1e+ -.nan 1_000 \
                       127.0.0.1 3g .e1 --1";
        for text in strings.split(' ') {
            assert_eq!(plain(text), NodeKind::String(text.into()), "{text}");
        }
    }

    #[test]
    fn core_tags_decide_and_own_tags_do_not() {
        assert_eq!(tagged("!!str", "80", true), NodeKind::String("80".into()));
        assert_eq!(tagged("!", "80", true), NodeKind::String("80".into()));
        assert_eq!(tagged("!!int", "80", false), NodeKind::Number("80".into()));
        assert_eq!(tagged("!reset", "null", true), NodeKind::Null);
        assert_eq!(tagged("!reset", "null", false), NodeKind::String("null".into()));
    }
}
