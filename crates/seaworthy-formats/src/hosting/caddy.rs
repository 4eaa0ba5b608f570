//! Caddyfiles, as far as their sites send headers and pass requests on.
//!
//! Words are read as Caddy's lexer does; what they mean is known for the few
//! directives that matter here.

mod lex;

use std::collections::BTreeMap;

use seaworthy_model::Region;

use crate::http::Text;
use lex::{Token, tokens};

/// Bounds that only a hostile file reaches.
const MOST_DIRECTIVES: usize = 20_000;
const DEEPEST: usize = 32;
const DEEPEST_IMPORT: usize = 8;

/// A line and the block it opens.
#[derive(Clone, Debug, Default)]
pub struct Directive {
    /// The words; the first is the name.
    pub words: Vec<Text>,
    /// The bytes between the braces.
    pub block: Option<Region>,
    /// What stands in the block.
    pub children: Vec<Directive>,
}

impl Directive {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.words.first().map_or("", |word| &word.value)
    }

    /// The words after the name.
    #[must_use]
    pub fn args(&self) -> &[Text] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The bytes of all words.
    #[must_use]
    pub fn words_region(&self) -> Region {
        match (self.words.first(), self.words.last()) {
            (Some(first), Some(last)) => first.region.cover(last.region),
            _ => Region::empty(0),
        }
    }
}

/// A site: its addresses and what answers there.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The addresses; none for a file without any.
    pub addresses: Vec<Text>,
    /// The bytes between the braces; `None` where the whole file is one site.
    pub block: Option<Region>,
    /// The directives.
    pub directives: Vec<Directive>,
}

/// Snippets by their names.
pub type Snippets = BTreeMap<String, Vec<Directive>>;

/// A parsed file.
#[derive(Clone, Debug, Default)]
pub struct Caddyfile {
    /// The sites.
    pub sites: Vec<Site>,
    /// What `import` may name.
    pub snippets: Snippets,
    /// The options of the whole server.
    pub options: Vec<Directive>,
    /// Whether the file was too large, too deep or too broken to be read whole.
    pub uncertain: bool,
}

/// What a line of `header` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderChange {
    /// Sets or adds it.
    Set,
    /// Takes it away.
    Remove,
    /// Changes a part of its value.
    Edit,
}

/// One header that a site changes.
#[derive(Clone, Debug)]
pub struct HeaderOperation {
    /// What is done.
    pub change: HeaderChange,
    /// The header's name.
    pub name: Text,
    /// The value; empty where it is taken away.
    pub value: Text,
    /// The path matcher; `None` for every request.
    pub path: Option<String>,
    /// Whether it hangs on more than a path: a named matcher, a group of
    /// directives, an answer of the server behind.
    pub conditional: bool,
    /// The bytes of the directive's words.
    pub source: Region,
}

impl Caddyfile {
    /// Reads a file. Never fails.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut roots = parse(&tokens(text), &mut file.uncertain);
        if let Some(first) = roots.first()
            && first.words.is_empty()
            && first.block.is_some()
        {
            file.options = roots.remove(0).children;
        }
        let is_snippet = |name: &str| name.starts_with('(') && name.ends_with(')');
        let blocks = roots.iter().any(|root| root.block.is_some() && !is_snippet(root.name()));
        let site_like = |name: &str| {
            name.starts_with(':') || name.contains(['.', '/', ':', '$', '*']) || name == "localhost"
        };
        // Without braces the file is one site, its first line the addresses.
        let one =
            match roots.iter().find(|root| !is_snippet(root.name()) && root.name() != "import") {
                Some(first) => first.block.is_none() || (!site_like(first.name()) && !blocks),
                None => false,
            };
        let mut addresses: Vec<Text> = Vec::new();
        let mut whole: Option<Site> = None;
        for root in roots {
            if is_snippet(root.name()) && root.block.is_some() {
                let name = root.name().trim_matches(['(', ')']).to_owned();
                file.snippets.insert(name, root.children);
            } else if let Some(site) = &mut whole {
                site.directives.push(root);
            } else if root.name() == "import" && root.block.is_none() && !one {
                // Other files with sites, which are read by themselves.
                file.uncertain |=
                    !root.args().iter().any(|word| word.value.contains(['/', '*', '.']));
            } else if one && !blocks_follow(&addresses, &root) {
                let mut site =
                    Site { addresses: std::mem::take(&mut addresses), ..Site::default() };
                if root.block.is_none() && root.words.iter().all(|word| site_like(&word.value)) {
                    site.addresses = trimmed(root.words);
                } else {
                    site.directives.push(root);
                }
                whole = Some(site);
            } else {
                addresses.extend(trimmed(root.words));
                if root.block.is_some() {
                    file.sites.push(Site {
                        addresses: std::mem::take(&mut addresses),
                        block: root.block,
                        directives: root.children,
                    });
                }
            }
        }
        file.sites.extend(whole);
        file
    }

    /// The headers that a site changes, snippets put in place, in the order of
    /// the text; and whether something is imported that is not known.
    #[must_use]
    pub fn headers(&self, site: &Site) -> (Vec<HeaderOperation>, bool) {
        let mut found = Vec::new();
        let mut unknown = false;
        let mut budget = MOST_DIRECTIVES;
        self.collect(&site.directives, false, 0, &mut budget, &mut found, &mut unknown);
        (found, unknown)
    }

    /// Whether a directive of this name stands in a site, snippets put in place.
    #[must_use]
    pub fn has(&self, site: &Site, name: &str) -> bool {
        let mut budget = MOST_DIRECTIVES;
        self.any(&site.directives, name, 0, &mut budget)
    }

    fn any(&self, list: &[Directive], name: &str, depth: usize, budget: &mut usize) -> bool {
        list.iter().any(|directive| {
            let Some(left) = budget.checked_sub(1) else { return false };
            *budget = left;
            directive.name() == name
                || depth < DEEPEST + DEEPEST_IMPORT
                    && (self.any(&directive.children, name, depth + 1, budget)
                        || self
                            .imported(directive)
                            .is_some_and(|list| self.any(list, name, depth + 1, budget)))
        })
    }

    fn imported(&self, directive: &Directive) -> Option<&[Directive]> {
        let name = directive.args().first().filter(|_| directive.name() == "import")?;
        self.snippets.get(&name.value).map(Vec::as_slice)
    }

    fn collect(
        &self,
        list: &[Directive],
        inside: bool,
        depth: usize,
        budget: &mut usize,
        found: &mut Vec<HeaderOperation>,
        unknown: &mut bool,
    ) {
        for directive in list {
            let Some(left) = budget.checked_sub(1) else {
                *unknown = true;
                return;
            };
            *budget = left;
            match directive.name() {
                "header" => operations(directive, inside, found),
                "import" => match self.imported(directive) {
                    Some(snippet) if depth < DEEPEST_IMPORT => {
                        self.collect(snippet, inside, depth + 1, budget, found, unknown);
                    }
                    _ => *unknown = true,
                },
                "handle" | "handle_path" | "route" | "handle_errors" | "reverse_proxy"
                | "php_fastcgi" | "forward_auth" | "intercept" | "handle_response" => {
                    for child in &directive.children {
                        if child.name() == "header_down" {
                            operation(child.args(), None, true, child.words_region(), found);
                        }
                    }
                    if depth < DEEPEST {
                        let children = &directive.children;
                        self.collect(children, true, depth + 1, budget, found, unknown);
                    }
                }
                // A module that is none of Caddy's own may set headers.
                name => *unknown |= OTHER_SETTERS.contains(&name),
            }
        }
    }
}

/// Modules that set security headers themselves.
const OTHER_SETTERS: [&str; 3] = ["headers_file", "security", "crowdsec"];

fn blocks_follow(addresses: &[Text], root: &Directive) -> bool {
    !addresses.is_empty() && root.block.is_some()
}

/// Addresses without the commas between them.
fn trimmed(words: Vec<Text>) -> Vec<Text> {
    let trim = |word: Text| {
        let value = word.value.trim_end_matches(',').to_owned();
        let cut = word.value.len() - value.len();
        Text::new(value, Region::new(word.region.start, word.region.end.saturating_sub(cut)))
    };
    words.into_iter().map(trim).filter(|word| !word.value.is_empty()).collect()
}

/// What one `header` does.
fn operations(directive: &Directive, inside: bool, found: &mut Vec<HeaderOperation>) {
    let mut args = directive.args();
    let mut path = None;
    let mut conditional = inside;
    if let Some(first) = args.first() {
        if first.value.starts_with('/') {
            path = Some(first.value.clone());
            args = &args[1..];
        } else if first.value == "*" {
            args = &args[1..];
        } else if first.value.starts_with('@') {
            conditional = true;
            args = &args[1..];
        }
    }
    conditional |= directive.children.iter().any(|child| child.name() == "match");
    let source = directive.words_region();
    operation(args, path.as_deref(), conditional, source, found);
    for child in &directive.children {
        if !matches!(child.name(), "defer" | "match") {
            operation(&child.words, path.as_deref(), conditional, source, found);
        }
    }
}

fn operation(
    words: &[Text],
    path: Option<&str>,
    conditional: bool,
    source: Region,
    found: &mut Vec<HeaderOperation>,
) {
    let Some(field) = words.first() else { return };
    let sign = field.value.chars().next().filter(|c| matches!(c, '+' | '-' | '?' | '>'));
    let cut = usize::from(sign.is_some());
    let name = Text::new(
        field.value[cut..].trim_end_matches(':'),
        // Quotes make the text shorter than its bytes.
        Region::new((field.region.start + cut).min(field.region.end), field.region.end),
    );
    let change = match (sign, words.len()) {
        (Some('-'), _) => HeaderChange::Remove,
        (_, 3..) => HeaderChange::Edit,
        _ => HeaderChange::Set,
    };
    let value = match words.get(1) {
        Some(value) => value.clone(),
        None => Text::new("", Region::empty(field.region.end)),
    };
    found.push(HeaderOperation {
        change,
        name,
        value,
        path: path.map(ToOwned::to_owned),
        conditional,
        source,
    });
}

/// Puts lines and blocks together.
fn parse(tokens: &[Token], uncertain: &mut bool) -> Vec<Directive> {
    let mut open: Vec<Directive> = vec![Directive::default()];
    let mut current = Directive::default();
    let mut line = None;
    let mut count = 0;
    let close_line = |current: &mut Directive, open: &mut Vec<Directive>| {
        if !current.words.is_empty()
            && let Some(parent) = open.last_mut()
        {
            parent.children.push(std::mem::take(current));
        }
    };
    for (index, token) in tokens.iter().enumerate() {
        count += 1;
        if count > MOST_DIRECTIVES {
            *uncertain = true;
            break;
        }
        let continues =
            current.words.last().is_some_and(|word| word.value.ends_with(',')) && open.len() == 1;
        if line != Some(token.line) && !continues {
            close_line(&mut current, &mut open);
        }
        line = Some(token.end_line);
        let last_of_line = tokens.get(index + 1).is_none_or(|next| next.line != token.end_line);
        if token.is("{") && (last_of_line || current.words.is_empty()) {
            if open.len() > DEEPEST {
                *uncertain = true;
                break;
            }
            current.block = Some(Region::new(token.text.region.end, token.text.region.end));
            open.push(std::mem::take(&mut current));
            line = None;
        } else if token.is("}") {
            close_line(&mut current, &mut open);
            if open.len() == 1 {
                *uncertain = true;
                continue;
            }
            let mut closed = open.pop().unwrap_or_default();
            if let Some(block) = &mut closed.block {
                block.end = token.text.region.start;
            }
            if let Some(parent) = open.last_mut() {
                parent.children.push(closed);
            }
            line = None;
        } else {
            current.words.push(token.text.clone());
        }
    }
    close_line(&mut current, &mut open);
    while open.len() > 1 {
        *uncertain = true;
        let closed = open.pop().unwrap_or_default();
        if let Some(parent) = open.last_mut() {
            parent.children.push(closed);
        }
    }
    open.pop().map(|root| root.children).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let file = Caddyfile::parse(text);
        let site = |site: &Site| {
            let (headers, unknown) = file.headers(site);
            let addresses: Vec<&str> =
                site.addresses.iter().map(|address| address.value.as_str()).collect();
            let headers: Vec<String> = headers
                .iter()
                .map(|header| {
                    assert!(header.name.region.of(text).contains(&header.name.value));
                    let sign = match header.change {
                        HeaderChange::Set => "",
                        HeaderChange::Remove => "-",
                        HeaderChange::Edit => "~",
                    };
                    let path = header.path.as_deref().unwrap_or("");
                    let when = if header.conditional { "?" } else { "" };
                    format!("{sign}{}={}{path}{when}", header.name.value, header.value.value)
                })
                .collect();
            let more = if unknown { "…" } else { "" };
            format!("{}|{}{more}", addresses.join(" "), headers.join(";"))
        };
        file.sites.iter().map(site).collect()
    }

    #[test]
    fn sites_and_their_headers_are_read() {
        for (text, expected) in [
            ("a.example {\n\theader X-A 1\n}\n", vec!["a.example|X-A=1"]),
            (
                "a.example, b.example {\n\theader /x* X-A \"1 2\"\n}\n",
                vec!["a.example b.example|X-A=1 2/x*"],
            ),
            (
                "a.example,\nb.example {\n\theader -Server\n}\n",
                vec!["a.example b.example|-Server="],
            ),
            (
                "{\n\temail a@b.example\n}\n:80 {\n\theader {\n\t\tX-A 1 # c\n\t\t?X-B `2`\n\t\t-Server\n\t\tdefer\n\t}\n}\n",
                vec![":80|X-A=1;X-B=2;-Server="],
            ),
            ("a.example\nheader X-A 1\nfile_server\n", vec!["a.example|X-A=1"]),
            ("(s) {\n\theader X-A 1\n}\na.example {\n\timport s\n}\n", vec!["a.example|X-A=1"]),
            ("a.example {\n\timport gone\n}\n", vec!["a.example|…"]),
            ("a.example {\n\t@m path /x\n\theader @m X-A 1\n}\n", vec!["a.example|X-A=1?"]),
            ("a.example {\n\thandle /x {\n\t\theader X-A 1\n\t}\n}\n", vec!["a.example|X-A=1?"]),
            (
                "a.example {\n\theader Location http:// https://\n}\n",
                vec!["a.example|~Location=http://"],
            ),
            ("{$DOMAIN} {\n\theader X-A 1\n}\n", vec!["{$DOMAIN}|X-A=1"]),
            (
                "a.example {\n}\nb.example {\n\theader X-A 1\n}\n",
                vec!["a.example|", "b.example|X-A=1"],
            ),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn directives_are_found_wherever_they_stand() {
        let file = Caddyfile::parse(
            "(p) {\n\treverse_proxy app:3000\n}\na.example {\n\thandle /api/* {\n\t\timport p\n\t}\n\tfile_server\n}\n",
        );
        assert!(file.has(&file.sites[0], "reverse_proxy"));
        assert!(file.has(&file.sites[0], "file_server"));
        assert!(!file.has(&file.sites[0], "php_fastcgi"));
    }

    #[test]
    fn hostile_files_end() {
        for text in [
            "a {\n".repeat(500),
            "}\n".repeat(500),
            "(a) {\nimport a\nimport a\n}\nx.example {\nimport a\n}\n".to_owned(),
            "a.example {\nheader \"".to_owned(),
            "a <<E\nx\n".to_owned(),
            "a.example {\nheader X <<E\nx\nE\n}\n".to_owned(),
            "\\\n{ } { } `".to_owned(),
            "x é{ \"é\\".to_owned(),
        ] {
            let file = Caddyfile::parse(&text);
            for site in &file.sites {
                for header in file.headers(site).0 {
                    assert!(text.get(header.name.region.range()).is_some(), "{text:?}");
                    assert!(text.get(header.value.region.range()).is_some(), "{text:?}");
                }
            }
        }
    }
}
