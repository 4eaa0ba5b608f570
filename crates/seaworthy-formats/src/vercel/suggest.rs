//! The right pattern for a source that Vercel refuses or that never matches.
//!
//! People write globs and regular expressions where path patterns are wanted.
//! A suggestion is made only for shapes whose meaning is plain.

use super::js_regex::Match;
use super::source::Source;

/// A pattern that compiles and means what `pattern` evidently meant. `None` when
/// the pattern is fine as it is or its meaning is not plain.
#[must_use]
pub fn suggest(pattern: &str) -> Option<String> {
    let fine = |text: &str| Source::compile(text).is_ok_and(|source| source.useless().is_none());
    if pattern.len() > 4096 || pattern.contains("://") || fine(pattern) {
        return None;
    }
    let body = pattern.trim();
    let body = body.strip_prefix('^').unwrap_or(body);
    let body = match body.strip_suffix('$') {
        Some(rest) if !rest.ends_with('\\') => rest,
        _ => body,
    };
    if body.is_empty() || body.contains('#') || body.contains("\\?") {
        return None;
    }
    let rewritten = rewrite(body)?;
    let suggestion = if rewritten.starts_with('/') { rewritten } else { format!("/{rewritten}") };
    (suggestion != pattern && fine(&suggestion) && keeps_the_literal_start(body, &suggestion))
        .then_some(suggestion)
}

/// Guards against a rewriting that moved the pattern elsewhere: the plain text
/// before the first special character must still begin what is matched.
fn keeps_the_literal_start(body: &str, suggestion: &str) -> bool {
    let Ok(source) = Source::compile(suggestion) else { return false };
    let plain: String = body
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_'))
        .collect();
    if plain == body {
        return source.matches_ignoring_case(&format!("/{}", body.trim_start_matches('/')))
            == Match::Yes;
    }
    suggestion
        .trim_start_matches('/')
        .starts_with(plain.trim_start_matches('/').trim_end_matches('/'))
}

fn rewrite(body: &str) -> Option<String> {
    let chars: Vec<char> = body.chars().collect();
    let mut out = String::new();
    let mut index = 0;
    while let Some(&c) = chars.get(index) {
        let next = chars.get(index + 1).copied();
        match c {
            '(' => {
                let end = closing(&chars, index)?;
                let inner: String = chars[index + 1..end].iter().collect();
                index = end + 1;
                let rest: String = chars[index..].iter().collect();
                if inner.starts_with("?!") || inner.starts_with("?=") {
                    // `(?!x).*` and `(?!x)(.*)` become one group.
                    let tail = [".*", "(.*)", ".+", "(.+)", "*", ""]
                        .into_iter()
                        .find(|tail| rest == **tail)?;
                    let tail = match tail {
                        ".+" | "(.+)" => ".+",
                        _ => ".*",
                    };
                    out.push_str(&format!("(({}){tail})", uncaptured(&inner)?));
                    index = chars.len();
                } else {
                    out.push_str(&group(&inner)?);
                    // `(a|b)*` means a repetition inside one segment: unclear.
                    if let Some(modifier) = chars.get(index).filter(|c| "?*+".contains(**c)) {
                        if *modifier != '?' {
                            return None;
                        }
                        out.push('?');
                        index += 1;
                    }
                }
            }
            '[' => {
                let length = chars[index..].iter().position(|c| *c == ']')?;
                let mut end = index + length + 1;
                if chars.get(end).is_some_and(|c| "*+".contains(*c)) {
                    end += 1;
                }
                let class: String = chars[index..end].iter().collect();
                out.push_str(&format!("({class})"));
                index = end;
            }
            '\\' => {
                let escaped = next?;
                let after = chars.get(index + 2).copied();
                match (escaped, after) {
                    ('d' | 'w', Some('+' | '*')) => {
                        out.push_str(&format!("(\\{escaped}{})", after?));
                        index += 3;
                    }
                    ('d' | 'w', _) => {
                        out.push_str(&format!("(\\{escaped})"));
                        index += 2;
                    }
                    ('/', _) => {
                        out.push('/');
                        index += 2;
                    }
                    _ => {
                        out.push('\\');
                        out.push(escaped);
                        index += 2;
                    }
                }
            }
            '.' if matches!(next, Some('*' | '+')) => {
                out.push_str(&format!("(.{})", next?));
                index += 2;
            }
            '*' => {
                index += 1;
                while chars.get(index) == Some(&'*') {
                    index += 1;
                }
                // `/**/x`: any folders, also none.
                if chars.get(index) == Some(&'/') && out.ends_with('/') && next == Some('*') {
                    out.pop();
                    out.push_str("(/.*)?");
                } else if next == Some('*')
                    || index >= chars.len()
                    || out.trim_end_matches('/').is_empty()
                {
                    out.push_str("(.*)");
                } else {
                    out.push_str("([^/]*)");
                }
            }
            '?' => {
                if index + 1 != chars.len() || out.is_empty() {
                    return None;
                }
                if out.ends_with('/') && out.len() > 1 {
                    out.pop();
                    out.push_str("{/}?");
                } else if out.ends_with(|c: char| c.is_ascii_alphanumeric()) {
                    // An empty query string; the path is all that can be matched.
                } else {
                    return None;
                }
                index += 1;
            }
            '+' => {
                out.push_str("\\+");
                index += 1;
            }
            ':' => {
                let name: String = chars[index + 1..]
                    .iter()
                    .take_while(|c| c.is_ascii_alphanumeric() || **c == '_')
                    .collect();
                if name.is_empty() {
                    return None;
                }
                index += 1 + name.len();
                out.push(':');
                out.push_str(&name);
                if chars.get(index) == Some(&'(') {
                    let end = closing(&chars, index)?;
                    let inner: String = chars[index + 1..end].iter().collect();
                    out.push_str(&format!(
                        "({})",
                        uncaptured(inner.strip_prefix("?:").unwrap_or(&inner))?
                    ));
                    index = end + 1;
                }
                if let Some(modifier) = chars.get(index).filter(|c| "?*+".contains(**c)) {
                    out.push(*modifier);
                    index += 1;
                }
            }
            '{' | '}' | ')' | ']' | '|' | '^' | '$' => return None,
            _ => {
                out.push(c);
                index += 1;
            }
        }
    }
    Some(out)
}

/// A group as a path pattern may have it: not opened by `?`, nothing captured
/// inside.
fn group(inner: &str) -> Option<String> {
    if let Some(rest) = inner.strip_prefix("?:") {
        return Some(format!("({})", uncaptured(rest)?));
    }
    if let Some((name, rest)) = inner.strip_prefix("?<").and_then(|rest| rest.split_once('>')) {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return (plain && !name.is_empty())
            .then(|| uncaptured(rest))?
            .map(|rest| format!(":{name}({rest})"));
    }
    if inner.is_empty() || inner.starts_with('?') {
        return None;
    }
    Some(format!("({})", uncaptured(inner)?))
}

/// The regex with its capturing groups made non-capturing.
fn uncaptured(regex: &str) -> Option<String> {
    if regex.is_empty() {
        return None;
    }
    let mut out = String::new();
    let mut chars = regex.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        out.push(c);
        match c {
            '\\' => out.push(chars.next()?),
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class && chars.peek() != Some(&'?') => out.push_str("?:"),
            _ => {}
        }
    }
    Some(out)
}

/// The index of the `)` that closes the group opened at `open`.
fn closing(chars: &[char], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut index = open;
    let mut in_class = false;
    while let Some(c) = chars.get(index) {
        match c {
            '\\' => index += 1,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
        index += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_and_regexes_become_path_patterns() {
        let cases = [
            ("/*", Some("/(.*)")),
            ("*", Some("/(.*)")),
            ("/**", Some("/(.*)")),
            ("**", Some("/(.*)")),
            (".*", Some("/(.*)")),
            ("/.*", Some("/(.*)")),
            ("^/(.*)$", Some("/(.*)")),
            ("/assets/*", Some("/assets/(.*)")),
            ("/assets/**", Some("/assets/(.*)")),
            ("/assets/.*", Some("/assets/(.*)")),
            ("/assets/**/*.js", Some("/assets(/.*)?/([^/]*).js")),
            ("/shop*", Some("/shop(.*)")),
            ("/*.js", Some("/(.*).js")),
            ("/shop/?", Some("/shop{/}?")),
            ("/shop?", Some("/shop")),
            ("/[a-z]+", Some("/([a-z]+)")),
            ("/user/\\d+", Some("/user/(\\d+)")),
            ("/a+b", Some("/a\\+b")),
            ("/(?:en|fr)/(.*)", Some("/(en|fr)/(.*)")),
            ("/(?<lang>en|fr)", Some("/:lang(en|fr)")),
            ("/(?!private)(.*)", Some("/((?!private).*)")),
            ("/(?!private).*", Some("/((?!private).*)")),
            ("/(a(b|c))", Some("/(a(?:b|c))")),
            ("about", Some("/about")),
            ("about/(.*)", Some("/about/(.*)")),
            ("/(.*)", None),
            ("/about", None),
            ("/shop?page=1", None),
            ("https://shop.example/(.*)", None),
            ("/:", None),
            ("/(", None),
            ("/(a|b)*", None),
            ("", None),
        ];
        for (pattern, expected) in cases {
            assert_eq!(suggest(pattern).as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn every_suggestion_compiles_for_hostile_patterns_too() {
        for pattern in ["(".repeat(4000), "*/".repeat(2000), "[a]+".repeat(1000), "?".repeat(4000)]
        {
            if let Some(suggestion) = suggest(&pattern) {
                assert!(Source::compile(&suggestion).is_ok());
            }
        }
    }
}
