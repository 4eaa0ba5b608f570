//! Which response headers a level adds: `ngx_http_headers_module`.
//!
//! A level (http, server, location, `if`) with an `add_header` of its own takes
//! none from the level around it; one without takes them all. Since 1.29.3
//! `add_header_inherit` changes that. `more_set_headers` of headers-more adds up
//! over all levels.

use super::Word;
use super::configuration::{Configuration, NodeId};

/// The statuses with which a header that is not `always` is sent.
const SAFE: [u16; 10] = [200, 201, 204, 206, 301, 302, 303, 304, 307, 308];

/// Whether `add_header` without `always` holds for a status.
#[must_use]
pub fn adds_headers(status: u16) -> bool {
    SAFE.contains(&status)
}

/// A header that a level adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedHeader {
    /// The directive that adds it.
    pub node: NodeId,
    /// Its name.
    pub name: Word,
    /// Its value; variables stay.
    pub value: Word,
    /// Whether it is sent whatever the status.
    pub always: bool,
}

impl AddedHeader {
    /// Whether a response of this status carries it. nginx drops a header whose
    /// value is empty.
    #[must_use]
    pub fn is_sent_with(&self, status: u16) -> bool {
        !self.value.value.is_empty() && (self.always || adds_headers(status))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inherit {
    On,
    Off,
    Merge,
}

/// Directives that leave headers to a program: Lua's and njs's.
const MADE: [&str; 4] = [
    "header_filter_by_lua",
    "header_filter_by_lua_block",
    "header_filter_by_lua_file",
    "js_header_filter",
];

impl Configuration {
    /// The `add_header` directives of a level itself.
    #[must_use]
    pub fn own_headers(&self, level: NodeId) -> Vec<AddedHeader> {
        self.children(level).iter().filter_map(|&child| self.added_by(child)).collect()
    }

    fn added_by(&self, node: NodeId) -> Option<AddedHeader> {
        let directive = self.get(node);
        if !directive.is("add_header") || !(2..=3).contains(&directive.args.len()) {
            return None;
        }
        Some(AddedHeader {
            node,
            name: directive.args[0].clone(),
            value: directive.args[1].clone(),
            always: directive.arg(2) == Some("always"),
        })
    }

    /// The levels around a level that have headers of their own kind: blocks,
    /// then what stands in no block.
    fn above(&self, level: Option<NodeId>) -> Option<Option<NodeId>> {
        level.map(|level| self.parent(level))
    }

    fn own_of(&self, level: Option<NodeId>) -> Vec<AddedHeader> {
        match level {
            Some(level) => self.own_headers(level),
            None => self.settings().iter().filter_map(|&root| self.added_by(root)).collect(),
        }
    }

    fn inherits(&self, level: Option<NodeId>) -> Inherit {
        let said = match level {
            Some(level) => self.setting(level, "add_header_inherit"),
            None => self
                .settings()
                .iter()
                .copied()
                .find(|&root| self.get(root).is("add_header_inherit")),
        };
        match said.and_then(|node| self.get(node).arg(0)) {
            Some("off") => Inherit::Off,
            Some("merge") => Inherit::Merge,
            _ => Inherit::On,
        }
    }

    /// Whether a program or a module of its own sets headers for a level, which
    /// ones stands in no directive.
    fn headers_are_made(&self, level: NodeId) -> bool {
        MADE.iter().any(|name| self.setting(level, name).is_some())
            || self
                .setting(level, "security_headers")
                .is_some_and(|node| self.get(node).arg(0) == Some("on"))
    }

    /// The headers that a level adds, inherited ones included, and whether they
    /// are all: `false` where a level that counts includes what cannot be read, or
    /// a program sets others.
    #[must_use]
    pub fn added_headers(&self, level: NodeId) -> (Vec<AddedHeader>, bool) {
        let mut found = Vec::new();
        let mut whole = !self.headers_are_made(level);
        let mut place = Some(level);
        loop {
            let own = self.own_of(place);
            whole &= !self.is_open_here(place);
            let inherit = self.inherits(place);
            let stops = inherit == Inherit::Off || (inherit == Inherit::On && !own.is_empty());
            found.extend(own);
            match self.above(place) {
                Some(above) if !stops => place = above,
                _ => return (found, whole),
            }
        }
    }

    /// The headers of the levels around that a level with headers of its own
    /// does not take over: those of the nearest one that has any.
    #[must_use]
    pub fn dropped_headers(&self, level: NodeId) -> Vec<AddedHeader> {
        if self.inherits(Some(level)) == Inherit::Merge || self.own_headers(level).is_empty() {
            return Vec::new();
        }
        match self.parent(level) {
            Some(parent) => self.added_headers(parent).0,
            None => self.own_of(None),
        }
    }

    /// The names, in lower case, that `more_set_headers` sets for a level; the
    /// module hands them down whatever a level sets itself.
    #[must_use]
    pub fn more_set(&self, level: NodeId) -> Vec<(String, NodeId)> {
        let mut found = Vec::new();
        let levels: Vec<NodeId> = self.chain(level).collect();
        let roots = self.settings().iter().copied();
        let all = levels.iter().flat_map(|&level| self.children(level).iter().copied());
        for node in all.chain(roots) {
            let directive = self.get(node);
            if !directive.is("more_set_headers") {
                continue;
            }
            // `-s 404` and `-t text/html` limit it to some responses.
            if directive.args.iter().any(|word| matches!(word.value.as_str(), "-s" | "-t")) {
                continue;
            }
            for word in &directive.args {
                if let Some((name, _)) = word.value.split_once(':') {
                    found.push((name.trim().to_ascii_lowercase(), node));
                }
            }
        }
        found
    }
}
