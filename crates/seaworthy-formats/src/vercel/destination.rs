//! Destinations with their parameters filled in, and where they lead.

use super::address::Address;
use super::config::{Condition, ConditionValue};
use super::pattern;
use super::source::Source;

/// Rules with more parameters are not filled: no real one has them.
const MOST_PARAMETERS: usize = 256;

const UNNAMED: &str = "__UN_NAMED_SEGMENT__";

/// Where a redirect or rewrite leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A path of the same deployment.
    Path,
    /// Another host, known from the file.
    External {
        /// The scheme, without its colon.
        scheme: String,
        /// The host; its first labels may be parameters.
        host: String,
    },
    /// A host, or the whole address, that the request names.
    FromRequest,
}

/// Tells where a filled destination leads. `env` names the variables that are
/// replaced from the environment and not from the request.
pub(super) fn target(filled: &str, env: &[String]) -> Target {
    let filled = filled.trim();
    let from_request = |text: &str| {
        text.split('$').skip(1).any(|rest| {
            let name: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            !name.is_empty() && !env.contains(&name)
        })
    };
    if filled.starts_with('$') && from_request(filled.split('/').next().unwrap_or("")) {
        return Target::FromRequest;
    }
    let (scheme, rest) = if let Some(rest) = filled.strip_prefix("//") {
        ("https", rest)
    } else if let Some((scheme, rest)) = filled.split_once("://") {
        if scheme.contains('/') {
            return Target::Path;
        }
        (scheme, rest)
    } else {
        return Target::Path;
    };
    // Vercel's own writing leaves a third slash before a host in the path.
    let rest = rest.trim_start_matches('/');
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // `$sub.shop.example` stays within the domain; `shop.example.$1` does not.
    let fixed_end = host.rsplit('.').next().is_some_and(|label| {
        let label = label.split(':').next().unwrap_or("");
        !from_request(label) && !label.is_empty()
    }) && host.split('.').count() >= 3;
    if from_request(scheme) || from_request(host) && !fixed_end {
        return Target::FromRequest;
    }
    Target::External { scheme: scheme.to_ascii_lowercase(), host: host.to_ascii_lowercase() }
}

/// The parameters of a rule: their names, and the reference each becomes.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    values: Vec<(String, String)>,
    /// The names in `source`, unnamed ones left out.
    named: usize,
    from_has: Vec<String>,
    source_names: Vec<String>,
}

impl Parameters {
    pub(super) fn of(source: &Source, has: Option<&[Condition]>) -> Self {
        let mut parameters = Self { from_has: has_names(has), ..Self::default() };
        for (index, name) in source.segments().enumerate().take(MOST_PARAMETERS) {
            parameters.named += usize::from(name.is_some());
            let name = name.unwrap_or(UNNAMED);
            parameters.source_names.push(name.to_owned());
            set(&mut parameters.values, name, format!("${}", index + 1));
        }
        for name in parameters.from_has.iter().take(MOST_PARAMETERS) {
            set(&mut parameters.values, name, format!("${name}"));
        }
        parameters
    }

    fn knows(&self, name: &str) -> bool {
        self.source_names.iter().chain(&self.from_has).any(|known| known == name)
    }

    /// The first parameter of a destination that nothing supplies.
    pub(super) fn unknown_in(&self, destination: &str) -> Option<String> {
        let address = Address::parse(destination);
        let mut texts = vec![address.hostname.as_str(), address.pathname.as_str()];
        let mut keys: Vec<&str> = Vec::new();
        for (key, value) in &address.query {
            if !keys.contains(&key.as_str()) && keys.len() < MOST_PARAMETERS {
                keys.push(key);
                texts.push(value);
            }
        }
        for text in texts {
            // A text that does not compile ends the search, as it does there.
            let source = Source::compile_template(text)?;
            let missing = source
                .into_iter()
                .map(|name| name.unwrap_or_else(|| UNNAMED.to_owned()))
                .find(|name| !self.knows(name));
            if missing.is_some() {
                return missing;
            }
        }
        None
    }

    /// The name or value of a header with its parameters replaced.
    pub(super) fn fill_header(&self, text: &str) -> String {
        if self.named == 0 && self.from_has.is_empty() || !text.contains(':') {
            return text.to_owned();
        }
        self.escape_and_fill(text).unwrap_or_else(|| text.to_owned())
    }

    /// A destination with its parameters replaced.
    pub(super) fn fill(&self, destination: &str, redirect: bool) -> String {
        let needed =
            destination.contains(':') && self.named > 0 || !self.from_has.is_empty() || !redirect;
        if !needed {
            return destination.to_owned();
        }
        let mut text = destination.to_owned();
        for name in self.source_names.iter().chain(&self.from_has) {
            text = text.replace(&format!(":{name}"), &format!("__ESC_COLON_{name}"));
        }
        let mut address = Address::parse(&text);
        let restore = |text: &str| replace_ignoring_case(text, "__ESC_COLON_", ":");
        address.pathname = restore(&address.pathname);
        address.hash = restore(&address.hash);
        address.hostname = restore(&address.hostname);
        let mut used: Vec<String> = Vec::new();
        for part in [&address.pathname, &address.hash, &address.hostname] {
            let Ok(tokens) = pattern::parse(part, pattern::Delimiter::Default) else { break };
            used.extend(tokens.into_iter().filter_map(|token| match token {
                pattern::Token::Param(pattern::Param {
                    name: pattern::Name::Named(name), ..
                }) => Some(name),
                _ => None,
            }));
        }
        for part in [&mut address.pathname, &mut address.hash, &mut address.hostname] {
            *part = self.fill_part(part);
        }
        for (_, value) in &mut address.query {
            *value = self.fill_part(&restore(value));
        }
        let names = || self.values.iter().map(|(name, _)| name);
        if !redirect && !names().any(|name| used.contains(name)) {
            for (name, value) in &self.values {
                if name != UNNAMED && !address.query.iter().any(|(key, _)| key == name) {
                    address.query.push((name.clone(), value.clone()));
                }
            }
        }
        address.format().replace("%24", "$")
    }

    fn fill_part(&self, part: &str) -> String {
        if part.is_empty() {
            return String::new();
        }
        pattern::fill(part, &self.values)
            .or_else(|| self.escape_and_fill(part))
            .unwrap_or_else(|| part.to_owned())
    }

    /// Escapes whatever is not a known parameter, then fills.
    fn escape_and_fill(&self, text: &str) -> Option<String> {
        if text.is_empty() {
            return Some(String::new());
        }
        // The characters of the pattern grammar that belong to a parameter.
        let chars: Vec<char> = text.chars().collect();
        let mut kept = vec![false; chars.len()];
        for (name, _) in &self.values {
            let name: Vec<char> = name.chars().collect();
            for start in 0..chars.len() {
                let end = start + 1 + name.len();
                if chars[start] != ':' || chars.get(start + 1..end) != Some(name.as_slice()) {
                    continue;
                }
                let next = chars.get(end);
                if next.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    continue;
                }
                kept[start] = true;
                if next.is_some_and(|c| "*?+".contains(*c)) {
                    kept[end] = true;
                }
            }
        }
        let mut escaped = String::from("/");
        for (c, kept) in chars.iter().zip(kept) {
            if !kept && ":*?+(){}".contains(*c) {
                escaped.push('\\');
            }
            escaped.push(*c);
        }
        let filled = pattern::fill(&escaped, &self.values)?;
        let mut rest = filled.chars();
        rest.next();
        Some(rest.as_str().to_owned())
    }
}

fn set(values: &mut Vec<(String, String)>, name: &str, value: String) {
    match values.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => values.push((name.to_owned(), value)),
    }
}

/// The parameters that conditions supply: named groups, keys without a value,
/// the host.
fn has_names(has: Option<&[Condition]>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !names.iter().any(|known| known == name) && names.len() < MOST_PARAMETERS {
            names.push(name.to_owned());
        }
    };
    for condition in has.unwrap_or_default() {
        let text = match &condition.value {
            ConditionValue::Absent => "",
            ConditionValue::Text(text) | ConditionValue::Operators(Some(text)) => &text.value,
            ConditionValue::Operators(None) => continue,
        };
        if text.is_empty() {
            if let (Some(key), ConditionValue::Absent | ConditionValue::Text(_)) =
                (&condition.key, &condition.value)
            {
                add(&key.value);
            }
            continue;
        }
        for rest in text.split("(?<").skip(1) {
            let name: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
            if starts && rest[name.len()..].starts_with('>') {
                add(&name);
            }
        }
        if condition.kind == "host" {
            add("host");
        }
    }
    names
}

fn replace_ignoring_case(text: &str, wanted: &str, with: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let wanted = wanted.to_ascii_lowercase();
    let mut out = String::new();
    let mut from = 0;
    for (at, _) in lower.match_indices(&wanted) {
        out.push_str(&text[from..at]);
        out.push_str(with);
        from = at + wanted.len();
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(source: &str, destination: &str, redirect: bool) -> String {
        let source = Source::compile(source).expect(source);
        Parameters::of(&source, None).fill(destination, redirect)
    }

    #[test]
    fn destinations_are_filled_as_vercel_fills_them() {
        let cases = [
            ("/old/:p*", "/new/:p*", true, "/new/$1"),
            ("/a/:x/:y", "https://api.example/:y?x=:x", true, "https://api.example/$2?x=$1"),
            ("/a/:id", "/handler", false, "/handler?id=$1"),
            ("/a/:id", "/handler?id=1", false, "/handler?id=1"),
            ("/(.*)", "/index.html", false, "/index.html"),
            ("/a", "/b:c", true, "/b:c"),
        ];
        for (source, destination, redirect, expected) in cases {
            assert_eq!(filled(source, destination, redirect), expected, "{source} {destination}");
        }
    }

    #[test]
    fn targets_taken_from_the_request_are_known() {
        let external = |scheme: &str, host: &str| Target::External {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
        };
        let cases = [
            ("/new/$1", Target::Path),
            ("$u", Target::FromRequest),
            ("https://$1/", Target::FromRequest),
            ("https:///$1/$2", Target::FromRequest),
            ("https://shop.example.$1/", Target::FromRequest),
            ("https://$sub.shop.example/", external("https", "$sub.shop.example")),
            ("https://shop.example/$1", external("https", "shop.example")),
            ("HTTP://Backend:8080/x", external("http", "backend:8080")),
            ("//cdn.example/$1", external("https", "cdn.example")),
            ("https://$HOST/x", Target::Path),
            ("/login?to=https://$1", Target::Path),
        ];
        for (text, expected) in cases {
            let env = ["HOST".to_owned()];
            let expected =
                if text.contains("$HOST") { external("https", "$host") } else { expected };
            assert_eq!(target(text, &env), expected, "{text}");
        }
    }
}
