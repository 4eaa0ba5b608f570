//! Destinations whose host the request names.

use seaworthy_formats::vercel::{Condition, ConditionValue, Conditions};
use seaworthy_model::Region;

/// The bytes of a destination's text that name the host: the authority, or all
/// of a text that begins with a parameter.
pub(super) fn host_region(destination: &str) -> Region {
    let start = match destination.find("//") {
        Some(at) => at + 2,
        None => 0,
    };
    let rest = &destination[start..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    Region::new(start, start + end)
}

/// Whether every parameter of the host is bound: to the host that was asked for,
/// which must be one of the project's own domains, or to words that the source
/// lists.
pub(super) fn is_bound(destination: &str, source: &str, conditions: &Conditions) -> bool {
    let host = host_region(destination).of(destination);
    let mut names = parameters(host).peekable();
    let hosts: Vec<&Condition> =
        conditions.has.iter().flatten().filter(|condition| condition.kind == "host").collect();
    names.peek().is_some()
        && names.all(|name| {
            source_group(source, name).is_some_and(is_word_list)
                || source_group(source, name).is_none()
                    && !source.contains(&format!(":{name}"))
                    && hosts.iter().any(|condition| supplies(condition, name))
        })
}

/// The names after a `:` that are no port.
fn parameters(host: &str) -> impl Iterator<Item = &str> {
    host.match_indices(':').filter_map(move |(at, _)| {
        let rest = &host[at + 1..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = &rest[..end];
        (!name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
    })
}

fn supplies(condition: &Condition, name: &str) -> bool {
    let text = match &condition.value {
        ConditionValue::Text(text) | ConditionValue::Operators(Some(text)) => text.value.as_str(),
        ConditionValue::Absent | ConditionValue::Operators(None) => "",
    };
    name == "host" || text.contains(&format!("(?<{name}>"))
}

/// The expression behind a named parameter of a source: `en|de` of
/// `/:lang(en|de)`.
fn source_group<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let start = source.find(&format!(":{name}("))? + name.len() + 2;
    let rest = &source[start..];
    Some(&rest[..rest.find(')')?])
}

/// Whether an expression is a list of plain words.
fn is_word_list(expression: &str) -> bool {
    expression.split('|').all(|word| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    })
}

/// The bytes of the host in the text of a legacy route, whose parameters are
/// `$1` or `$name`, if the request names it.
pub(super) fn legacy_host(text: &str) -> Option<Region> {
    let parameter = |part: &str| {
        part.match_indices('$').any(|(at, _)| {
            part[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let region = host_region(text);
    let host = region.of(text);
    if region.start == 0 {
        // Without a scheme only a text that begins with a parameter leads away.
        return (text.starts_with('$') && parameter(host)).then_some(region);
    }
    let labels: Vec<&str> = host.split('.').collect();
    let last = labels.last().copied().unwrap_or("").split(':').next().unwrap_or("");
    let stays = labels.len() >= 3 && !parameter(last) && !last.is_empty();
    let scheme = &text[..region.start];
    let absolute = !scheme.trim_end_matches('/').contains('/');
    (absolute && (parameter(scheme) || parameter(host) && !stays)).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_destination_is_found() {
        for (text, host) in [
            ("https://:host/:path*", ":host"),
            ("//:host", ":host"),
            (":url", ":url"),
            ("https://a.example:8080?x", "a.example:8080"),
        ] {
            assert_eq!(host_region(text).of(text), host);
        }
    }

    #[test]
    fn legacy_destinations_are_told_apart() {
        for (text, host) in [
            ("https://$1/x", Some("$1")),
            ("$1", Some("$1")),
            ("https://a.example.$1", Some("a.example.$1")),
            ("https://$1.shop.example/", None),
            ("/x/$1", None),
            ("/go?to=https://$1", None),
            ("https://a.example/$1", None),
        ] {
            assert_eq!(legacy_host(text).map(|region| region.of(text)), host, "{text}");
        }
    }
}
