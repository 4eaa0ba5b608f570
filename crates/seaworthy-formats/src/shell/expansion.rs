//! What stands between `${` and `}`.

use seaworthy_model::Region;

use super::{Expansion, ExpansionKind};

/// Operators, the longer first.
const OPERATORS: &[&str] = &[
    ":-", ":=", ":?", ":+", "##", "%%", "//", "/#", "/%", "^^", ",,", "-", "=", "?", "+", "#", "%",
    "/", "^", ",", "@", ":",
];

/// Takes `${…}` apart.
pub(super) fn parameter(text: &str, region: Region, quoted: bool) -> Expansion {
    let start = region.start + 2;
    let inner = text.get(start..region.end.saturating_sub(1)).unwrap_or("");
    // `${!x}` reads another variable, `${#x}` a length.
    let sign = usize::from(inner.len() > 1 && inner.starts_with(['!', '#']));
    let named = &inner[sign..];
    let mut length =
        named.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if length == 0 {
        length = named.chars().next().filter(char::is_ascii_punctuation).map_or(0, char::len_utf8);
    }
    let name = named[..length].to_owned();
    let mut rest = &named[length..];
    if rest.starts_with('[')
        && let Some(end) = rest.find(']')
    {
        rest = &rest[end + 1..];
    }
    let operator = OPERATORS.iter().find(|operator| rest.starts_with(**operator));
    let operator = operator.map(|operator| {
        let end = region.end.saturating_sub(1);
        ((*operator).to_owned(), Region::new(end - rest.len() + operator.len(), end))
    });
    Expansion { kind: ExpansionKind::Parameter { name, operator }, region, quoted }
}
