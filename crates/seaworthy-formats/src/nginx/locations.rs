//! Which location answers a path: `ngx_http_core_find_location`.

use super::configuration::{Configuration, NodeId};
use crate::vercel::{JsRegex, Match};

/// Longer patterns and paths are not matched.
const LONGEST: usize = 2_000;
/// nginx nests locations in locations; nobody does so deeply.
const DEEPEST: usize = 32;

/// How a location is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocationMatch {
    /// `= /path`
    Exact(String),
    /// `/path`, and whether patterns are left aside (`^~`).
    Prefix(String, bool),
    /// `~ pattern`, and whether letter case is ignored (`~*`).
    Pattern(String, bool),
    /// `@name`
    Named(String),
}

/// What answers a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// This location; the server itself where none matches.
    Level(NodeId),
    /// A location that redirects to the same path with a slash: nginx adds it for
    /// locations that pass requests on.
    Slash(NodeId),
    /// A pattern cannot be decided.
    Unknown,
}

impl Configuration {
    /// How a location is chosen; `None` where nginx would refuse it.
    #[must_use]
    pub fn location_match(&self, location: NodeId) -> Option<LocationMatch> {
        let directive = self.get(location);
        let (modifier, path) = match directive.args.as_slice() {
            [modifier, path] => (modifier.value.as_str(), path.value.as_str()),
            [both] => {
                // The modifier may stand right before the path.
                let both = both.value.as_str();
                let length = ["~*", "^~", "=", "~"].iter().find(|m| both.starts_with(**m));
                both.split_at(length.map_or(0, |modifier| modifier.len()))
            }
            _ => return None,
        };
        let path = path.to_owned();
        Some(match modifier {
            "=" => LocationMatch::Exact(path),
            "^~" => LocationMatch::Prefix(path, true),
            "~" => LocationMatch::Pattern(path, false),
            "~*" => LocationMatch::Pattern(path, true),
            "" if path.starts_with('@') => LocationMatch::Named(path),
            "" => LocationMatch::Prefix(path, false),
            _ => return None,
        })
    }

    /// The location of a server that answers a path.
    #[must_use]
    pub fn route(&self, server: NodeId, path: &str) -> Route {
        if path.len() > LONGEST {
            return Route::Unknown;
        }
        let mut found = Route::Level(server);
        if self.search(server, path, &mut found, 0).is_none() {
            return Route::Unknown;
        }
        found
    }

    /// The location of this name (`@name`) in a server.
    #[must_use]
    pub fn named_location(&self, server: NodeId, name: &str) -> Option<NodeId> {
        self.locations(server)
            .find(|&id| self.location_match(id) == Some(LocationMatch::Named(name.to_owned())))
    }

    /// Searches the locations of a block. `Some(true)` ends the search, `None`
    /// says that it cannot be decided.
    fn search(&self, block: NodeId, path: &str, found: &mut Route, depth: usize) -> Option<bool> {
        if depth > DEEPEST {
            return None;
        }
        let matches: Vec<(NodeId, LocationMatch)> =
            self.locations(block).filter_map(|id| Some((id, self.location_match(id)?))).collect();
        let mut no_patterns = false;
        let mut prefix: Option<(NodeId, usize, bool)> = None;
        for (id, how) in &matches {
            match how {
                LocationMatch::Exact(exact) if exact == path => {
                    *found = Route::Level(*id);
                    return Some(true);
                }
                LocationMatch::Prefix(text, alone)
                    if path.starts_with(text.as_str())
                        && prefix.is_none_or(|(_, longest, _)| text.len() > longest) =>
                {
                    prefix = Some((*id, text.len(), *alone));
                }
                _ => {}
            }
        }
        let slash = matches.iter().find(|(id, how)| {
            let text = match how {
                LocationMatch::Exact(text) | LocationMatch::Prefix(text, _) => text,
                _ => return false,
            };
            text.strip_suffix('/') == Some(path) && path.len() > 1 && self.passes_on(*id)
        });
        if let Some((id, _)) = slash {
            // A prefix as long as the path is nearer than the redirect.
            if prefix.is_none_or(|(_, longest, _)| longest < path.len()) {
                *found = Route::Slash(*id);
                return Some(true);
            }
        }
        if let Some((id, _, alone)) = prefix {
            *found = Route::Level(id);
            no_patterns = alone;
            if self.search(id, path, found, depth + 1)? {
                return Some(true);
            }
        }
        if no_patterns {
            return Some(false);
        }
        for (id, how) in &matches {
            let LocationMatch::Pattern(pattern, ignore_case) = how else { continue };
            if is_match(pattern, *ignore_case, path)? {
                *found = Route::Level(*id);
                self.search(*id, path, found, depth + 1)?;
                return Some(true);
            }
        }
        Some(false)
    }

    /// Whether a location hands its requests to another server.
    #[must_use]
    pub fn passes_on(&self, location: NodeId) -> bool {
        self.children(location).iter().any(|&child| {
            matches!(
                self.get(child).name.value.as_str(),
                "proxy_pass"
                    | "fastcgi_pass"
                    | "uwsgi_pass"
                    | "scgi_pass"
                    | "grpc_pass"
                    | "memcached_pass"
            )
        })
    }
}

/// Whether a pattern is found in a path; `None` when it cannot be told. What
/// PCRE and JavaScript read alike, which is nearly all that is written, is
/// decided as JavaScript does.
#[must_use]
pub fn is_match(pattern: &str, ignore_case: bool, path: &str) -> Option<bool> {
    if pattern.len() > LONGEST || has_escapes_of_pcre(pattern) {
        return None;
    }
    let regex = JsRegex::new(pattern).ok()?;
    let found = if ignore_case { regex.find_ignoring_case(path) } else { regex.find(path) };
    match found {
        Match::Yes => Some(true),
        Match::No => Some(false),
        Match::Unknown => None,
    }
}

/// Whether a letter is escaped that JavaScript takes for the letter itself.
fn has_escapes_of_pcre(pattern: &str) -> bool {
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\'
            && let Some(escaped) = letters.next()
            && escaped.is_ascii_alphabetic()
            && !"bBdDfnrsStvwW".contains(escaped)
        {
            return true;
        }
    }
    false
}
