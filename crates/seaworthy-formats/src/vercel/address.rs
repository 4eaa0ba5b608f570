//! Addresses as Node's legacy `url.parse` and `url.format` handle them: Vercel
//! takes destinations apart and puts them together again with these.

use std::fmt::Write as _;

/// An address in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    /// With its colon, in lower case.
    pub(super) protocol: String,
    pub(super) slashes: bool,
    pub(super) auth: String,
    pub(super) hostname: String,
    pub(super) port: String,
    pub(super) pathname: String,
    /// Decoded, in order; a key given twice stands twice.
    pub(super) query: Vec<(String, String)>,
    /// With its `#`.
    pub(super) hash: String,
}

const SLASHED: [&str; 7] = ["http:", "https:", "ftp:", "gopher:", "file:", "ws:", "wss:"];

impl Address {
    pub(super) fn parse(text: &str) -> Self {
        let mut address = Self::default();
        let text = slashed(text.trim());
        let mut rest = text.as_str();
        let scheme = rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-'))
            .count();
        if scheme > 0 && rest.as_bytes().get(scheme) == Some(&b':') {
            address.protocol = rest[..=scheme].to_ascii_lowercase();
            rest = &rest[scheme + 1..];
        }
        let hostless = address.protocol == "javascript:";
        let mut moved = String::new();
        let simple = is_simple(rest) && address.protocol.is_empty();
        if !address.protocol.is_empty() && !hostless && rest.starts_with("//") {
            address.slashes = true;
            rest = &rest[2..];
        }
        let opaque = !SLASHED.contains(&address.protocol.as_str());
        if !address.protocol.is_empty() && !hostless && (address.slashes || opaque) {
            let end =
                rest.find(|c: char| "/?#\t\n\r \"'<>\\^`{|}".contains(c)).unwrap_or(rest.len());
            let (mut host, after) = rest.split_at(end);
            rest = after;
            if let Some((auth, behind)) = host.rsplit_once('@') {
                address.auth = auth.to_owned();
                host = behind;
            }
            if let Some((name, port)) = host.rsplit_once(':')
                && port.bytes().all(|byte| byte.is_ascii_digit())
            {
                address.port = port.to_owned();
                host = name;
            }
            // A colon ends the host; what follows it becomes part of the path.
            if let Some(colon) = host.find(':').filter(|_| !host.starts_with('[')) {
                moved = format!("/{}", &host[colon..]);
                host = &host[..colon];
            }
            address.hostname = host.to_lowercase();
        }
        let rest = if simple { rest.to_owned() } else { format!("{moved}{}", escaped(rest)) };
        let (before, hash) = match rest.find('#') {
            Some(at) => rest.split_at(at),
            None => (rest.as_str(), ""),
        };
        address.hash = hash.to_owned();
        let (path, query) = match before.split_once('?') {
            Some((path, query)) => (path, query),
            None => (before, ""),
        };
        address.pathname = path.to_owned();
        if path.is_empty()
            && SLASHED.contains(&address.protocol.as_str())
            && !address.hostname.is_empty()
        {
            address.pathname.push('/');
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            address.query.push((decoded(key), decoded(value)));
        }
        address
    }

    pub(super) fn format(&self) -> String {
        let mut host = String::new();
        if !self.hostname.is_empty() {
            if !self.auth.is_empty() {
                let _ = write!(host, "{}@", self.auth);
            }
            host.push_str(&self.hostname);
            if !self.port.is_empty() {
                let _ = write!(host, ":{}", self.port);
            }
        }
        let mut path = self.pathname.replace('#', "%23").replace('?', "%3F");
        let slashed = self.slashes || SLASHED.contains(&self.protocol.as_str());
        if slashed && (self.slashes || !host.is_empty()) {
            if !path.is_empty() && !path.starts_with('/') {
                path.insert(0, '/');
            }
            host.insert_str(0, "//");
        }
        let mut out = format!("{}{host}{path}", self.protocol);
        for (index, (key, value)) in self.query.iter().enumerate() {
            out.push(if index == 0 { '?' } else { '&' });
            let _ = write!(out, "{}={}", encoded(key), encoded(value));
        }
        if !self.hash.is_empty() && !self.hash.starts_with('#') {
            out.push('#');
        }
        out.push_str(&self.hash);
        out
    }
}

/// A plain path, which Node takes by a shorter way that escapes nothing.
fn is_simple(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || matches!(c, '#' | '@');
    text.starts_with('/') && !text.starts_with("///") && !text.contains(odd)
}

/// Backslashes before the query count as slashes.
fn slashed(text: &str) -> String {
    let end = text.find('?').unwrap_or(text.len());
    let (path, query) = text.split_at(end);
    format!("{}{query}", path.replace('\\', "/"))
}

/// What `url.parse` escapes by itself.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\t\n\r \"'<>\\^`{|}".contains(c) {
            let _ = write!(out, "%{:02X}", c as u32);
        } else {
            out.push(c);
        }
    }
    out
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let source = text.as_bytes();
    let digit = |at: usize| source.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut index = 0;
    while let Some(&byte) = source.get(index) {
        match (byte, digit(index + 1), digit(index + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                index += 2;
            }
            (b'+', ..) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
        index += 1;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_as_node_writes_them() {
        let cases = [
            ("/a/b?x=1&y=a b#top", "/a/b?x=1&y=a%20b#top"),
            ("https://Shop.Example", "https://shop.example/"),
            ("https://u:p@shop.example:8080/x?q", "https://u:p@shop.example:8080/x?q="),
            ("https://:host/:path*", "https:///:host/:path*"),
            ("/a{b}'c", "/a{b}'c"),
            ("/a{b}|c#d", "/a%7Bb%7D%7Cc#d"),
            ("\\a\\b", "/a/b"),
            ("mailto:a@b.example", "mailto:a@b.example"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(Address::parse(text).format(), expected, "{text}");
        }
    }
}
