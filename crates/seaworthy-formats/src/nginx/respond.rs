//! What a server answers to a path: the phases of a request, as far as the
//! configuration decides them.
//!
//! A response carries the headers of the level that makes it, which is often not
//! the one that the path leads to: `try_files`, `error_page` and `index` send a
//! request on to another location inside the server. What only the running
//! server knows (files, upstreams) is asked of the caller; a condition (`if`) is
//! taken not to hold, and said.

use super::configuration::{Configuration, NodeId};
use super::headers::AddedHeader;
use super::locations::Route;

/// nginx gives up after ten redirects inside the server.
const MOST_REDIRECTS: usize = 10;

/// What the caller knows of the running server.
pub trait Surroundings {
    /// What stands at a path, `root` and all before it included.
    fn entry(&self, path: &str) -> Entry;
    /// The status with which the server behind a location that passes requests
    /// on answers.
    fn upstream(&self, location: NodeId) -> u16;
    /// Whether the visitor has given the name and the password that are asked for.
    fn is_admitted(&self) -> bool {
        false
    }
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// Nothing.
    Nothing,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// The level whose settings hold for it.
    pub level: NodeId,
    /// Whether every step was decided: no condition stood in the way, no
    /// pattern was too much, every include was read.
    pub certain: bool,
}

/// How a step of a request ends.
enum Step {
    /// The level answers with this status.
    Answer(NodeId, u16),
    /// The level fails with this status, so that its `error_page` counts.
    Fail(NodeId, u16),
    /// The request goes on with another path.
    Path(String),
    /// The request goes on in a named location.
    Named(NodeId, String),
}

struct Request<'c, 's> {
    configuration: &'c Configuration,
    server: NodeId,
    surroundings: &'s dyn Surroundings,
    certain: bool,
    /// Whether an error page is being made: there is one for each request.
    in_error_page: bool,
    /// Whether the request was sent on inside the server.
    redirected: bool,
    /// The status that an error page keeps.
    kept: Option<u16>,
}

impl Configuration {
    /// The response of a server to `GET path`.
    #[must_use]
    pub fn respond(&self, server: NodeId, path: &str, surroundings: &dyn Surroundings) -> Response {
        let mut request = Request {
            configuration: self,
            server,
            surroundings,
            certain: true,
            in_error_page: false,
            redirected: false,
            kept: None,
        };
        let mut step = Step::Path(path.to_owned());
        for _ in 0..=MOST_REDIRECTS {
            step = match step {
                Step::Path(path) => request.path(&path),
                Step::Named(location, path) => request.location(location, &path, None),
                Step::Fail(level, status) => match request.error_page(level, status) {
                    Some(next) => next,
                    None => return request.failed(level, status),
                },
                Step::Answer(level, status) => {
                    // A redirect is a failure to nginx, with a status of its own.
                    if matches!(status, 301..=303 | 307 | 308) {
                        request.kept = None;
                    }
                    return request.done(level, status);
                }
            };
            request.redirected = true;
        }
        request.certain = false;
        request.failed(server, 500)
    }

    /// The headers that a response carries by `add_header`.
    #[must_use]
    pub fn sent_headers(&self, response: &Response) -> Vec<AddedHeader> {
        let (mut headers, _) = self.added_headers(response.level);
        headers.retain(|header| header.is_sent_with(response.status));
        headers
    }
}

impl Request<'_, '_> {
    fn done(&self, level: NodeId, status: u16) -> Response {
        let whole = self.configuration.added_headers(level).1;
        Response { status: self.kept.unwrap_or(status), level, certain: self.certain && whole }
    }

    /// A failure that no error page covers: one inside an error page has its own
    /// status.
    fn failed(&mut self, level: NodeId, status: u16) -> Response {
        self.kept = None;
        self.done(level, status)
    }

    /// From the server's own directives to the location's answer.
    fn path(&mut self, path: &str) -> Step {
        if let Some(step) = self.rewrites(self.server, path) {
            return step;
        }
        match self.configuration.route(self.server, path) {
            Route::Level(level) => self.location(level, path, None),
            Route::Slash(level) => Step::Answer(level, 301),
            Route::Unknown => {
                self.certain = false;
                Step::Answer(self.server, 200)
            }
        }
    }

    /// The directives of the rewrite module, in their order.
    fn rewrites(&mut self, level: NodeId, path: &str) -> Option<Step> {
        for &child in self.configuration.children(level) {
            let directive = self.configuration.get(child);
            match directive.name.value.as_str() {
                "return" => {
                    let code = directive.arg(0).unwrap_or("");
                    let Ok(status) = code.parse::<u16>() else {
                        // An address alone is a redirect.
                        return Some(Step::Answer(level, 302));
                    };
                    let plain = directive.args.len() == 1 && status >= 400;
                    return Some(match plain {
                        true => Step::Fail(level, status),
                        false => Step::Answer(level, status),
                    });
                }
                "rewrite" => match self.rewrite(level, directive, path) {
                    Some(step) => return Some(step),
                    None => continue,
                },
                "if" => self.certain = false,
                "break" => return None,
                _ => {}
            }
        }
        None
    }

    fn rewrite(&mut self, level: NodeId, directive: &super::Directive, path: &str) -> Option<Step> {
        let (pattern, target) = (directive.arg(0)?, directive.arg(1)?);
        match super::locations::is_match(pattern, false, path) {
            Some(false) => return None,
            Some(true) => {}
            None => {
                self.certain = false;
                return None;
            }
        }
        let absolute = ["http://", "https://", "$scheme"].iter().any(|s| target.starts_with(s));
        match directive.arg(2) {
            Some("permanent") => Some(Step::Answer(level, 301)),
            Some("redirect") => Some(Step::Answer(level, 302)),
            _ if absolute => Some(Step::Answer(level, 302)),
            _ if target.contains('$') => {
                self.certain = false;
                None
            }
            // `break` stays in the location with another path.
            Some("break") => {
                self.certain = false;
                None
            }
            _ => {
                let path = target.split('?').next().unwrap_or(target);
                self.redirected = true;
                match level == self.server {
                    true => match self.configuration.route(self.server, path) {
                        Route::Level(found) => Some(self.location(found, path, None)),
                        Route::Slash(found) => Some(Step::Answer(found, 301)),
                        Route::Unknown => {
                            self.certain = false;
                            None
                        }
                    },
                    false => Some(Step::Path(path.to_owned())),
                }
            }
        }
    }

    fn location(&mut self, level: NodeId, path: &str, tried: Option<&str>) -> Step {
        let configuration = self.configuration;
        if tried.is_none()
            && level != self.server
            && let Some(step) = self.rewrites(level, path)
        {
            return step;
        }
        if let Some(step) = self.access(level) {
            return step;
        }
        if tried.is_none()
            && let Some(files) = self.try_files(level)
        {
            return self.first_file(level, path, files);
        }
        if configuration.passes_on(level) {
            let status = self.surroundings.upstream(level);
            // What nginx itself says about an upstream that fails has error pages.
            return match matches!(status, 502..=504) {
                true => Step::Fail(level, status),
                false => Step::Answer(level, status),
            };
        }
        if configuration.named(level, "stub_status").next().is_some()
            || configuration.named(level, "empty_gif").next().is_some()
        {
            return Step::Answer(level, 200);
        }
        let others = [
            "perl",
            "js_content",
            "content_by_lua_block",
            "content_by_lua_file",
            "dav_methods",
            "mp4",
        ];
        if others.iter().any(|name| configuration.named(level, name).next().is_some()) {
            self.certain = false;
        }
        self.stored(level, path)
    }

    /// `internal`, `allow` and `deny`, `auth_basic`.
    fn access(&mut self, level: NodeId) -> Option<Step> {
        let configuration = self.configuration;
        if !self.redirected && configuration.named(level, "internal").next().is_some() {
            return Some(Step::Fail(level, 404));
        }
        let lists = |name: &'static str| move |&child: &NodeId| configuration.get(child).is(name);
        let holder = configuration.chain(level).find(|&block| {
            let children = configuration.children(block);
            children.iter().any(lists("allow")) || children.iter().any(lists("deny"))
        });
        if let Some(holder) = holder {
            let first = configuration
                .children(holder)
                .iter()
                .map(|&child| configuration.get(child))
                .find(|directive| directive.is("allow") || directive.is("deny"));
            if let Some(directive) = first {
                match (directive.name.value.as_str(), directive.arg(0)) {
                    ("deny", Some("all")) => return Some(Step::Fail(level, 403)),
                    ("allow", Some("all")) => {}
                    _ => self.certain = false,
                }
            }
        }
        if let Some(auth) = configuration.setting(level, "auth_basic")
            && configuration.get(auth).arg(0) != Some("off")
            && !self.surroundings.is_admitted()
        {
            return Some(Step::Fail(level, 401));
        }
        if configuration.setting(level, "auth_request").is_some() {
            self.certain = false;
        }
        None
    }

    /// The level's own `try_files`: nested levels do not take it over.
    fn try_files(&self, level: NodeId) -> Option<Vec<String>> {
        let found = self.configuration.named(level, "try_files").next()?;
        let directive = self.configuration.get(found);
        Some(directive.args.iter().map(|word| word.value.clone()).collect())
    }

    fn first_file(&mut self, level: NodeId, path: &str, mut files: Vec<String>) -> Step {
        let Some(last) = files.pop() else { return self.stored(level, path) };
        for file in files {
            let (file, wants_directory) = match file.strip_suffix('/') {
                Some(directory) => (directory, true),
                None => (file.as_str(), false),
            };
            let Some(name) = self.filled(file, path) else { continue };
            let Some(full) = self.full_path(level, &name) else { continue };
            let wanted = if wants_directory { Entry::Directory } else { Entry::File };
            let slash = full.ends_with('/');
            if self.surroundings.entry(full.trim_end_matches('/')) == wanted
                && (wants_directory || !slash)
            {
                return self.location(level, &name, Some(path));
            }
        }
        if let Some(code) = last.strip_prefix('=') {
            return match code.parse() {
                Ok(status) if status >= 300 => Step::Fail(level, status),
                Ok(status) => Step::Answer(level, status),
                Err(_) => Step::Fail(level, 500),
            };
        }
        if last.starts_with('@') {
            return match self.configuration.named_location(self.server, &last) {
                Some(named) => Step::Named(named, path.to_owned()),
                None => Step::Fail(level, 500),
            };
        }
        let last = last.split('?').next().unwrap_or("").to_owned();
        match self.filled(&last, path) {
            Some(next) => Step::Path(next),
            None => Step::Answer(level, 200),
        }
    }

    /// A text with the path put in; another variable is not known.
    fn filled(&mut self, text: &str, path: &str) -> Option<String> {
        let filled =
            text.replace("${uri}", path).replace("$uri", path).replace("$request_uri", path);
        if filled.contains('$') {
            self.certain = false;
            return None;
        }
        Some(filled)
    }

    /// Where a path is looked for: `root` with the path, or `alias` with what
    /// follows the location's prefix.
    fn full_path(&mut self, level: NodeId, path: &str) -> Option<String> {
        let configuration = self.configuration;
        let holder = configuration.chain(level).find(|&block| {
            ["alias", "root"].iter().any(|name| configuration.named(block, name).next().is_some())
        });
        let base = |name: &'static str| {
            let node = configuration.named(holder?, name).next()?;
            configuration.get(node).arg(0).map(str::to_owned)
        };
        if let Some(alias) = base("alias") {
            use super::locations::LocationMatch::{Exact, Prefix};
            return match configuration.location_match(holder?) {
                Some(Prefix(prefix, _) | Exact(prefix)) => {
                    Some(format!("{alias}{}", path.strip_prefix(prefix.as_str())?))
                }
                _ => {
                    self.certain = false;
                    None
                }
            };
        }
        let root = base("root").unwrap_or_else(|| "html".to_owned());
        if root.contains('$') {
            self.certain = false;
            return None;
        }
        Some(format!("{}{path}", root.trim_end_matches('/')))
    }

    /// The modules for indexes and files.
    fn stored(&mut self, level: NodeId, path: &str) -> Step {
        let Some(full) = self.full_path(level, path) else {
            return Step::Answer(level, 200);
        };
        if let Some(directory) = full.strip_suffix('/') {
            let configuration = self.configuration;
            let named = configuration.setting(level, "index");
            let indexes: Vec<String> = match named {
                Some(node) => {
                    configuration.get(node).args.iter().map(|word| word.value.clone()).collect()
                }
                None => vec!["index.html".to_owned()],
            };
            for index in indexes {
                if index.starts_with('/') {
                    return Step::Path(index);
                }
                if self.surroundings.entry(&format!("{full}{index}")) == Entry::File {
                    return Step::Path(format!("{path}{index}"));
                }
            }
            let lists = configuration
                .setting(level, "autoindex")
                .is_some_and(|node| configuration.get(node).arg(0) == Some("on"));
            return match self.surroundings.entry(directory) {
                Entry::Directory if lists => Step::Answer(level, 200),
                Entry::Directory => Step::Fail(level, 403),
                _ => Step::Fail(level, 404),
            };
        }
        match self.surroundings.entry(&full) {
            Entry::File => Step::Answer(level, 200),
            Entry::Directory => Step::Answer(level, 301),
            Entry::Nothing => Step::Fail(level, 404),
        }
    }

    /// Where the `error_page` of a level sends a request that failed.
    fn error_page(&mut self, level: NodeId, status: u16) -> Option<Step> {
        if self.in_error_page {
            return None;
        }
        let configuration = self.configuration;
        // As with headers, one of its own hides those of the levels around.
        let holder = configuration
            .chain(level)
            .find(|&block| configuration.named(block, "error_page").next().is_some());
        let candidates: Vec<NodeId> = match holder {
            Some(holder) => configuration.named(holder, "error_page").collect(),
            None => configuration
                .settings()
                .iter()
                .copied()
                .filter(|&root| configuration.get(root).is("error_page"))
                .collect(),
        };
        let code = status.to_string();
        let directive = candidates
            .into_iter()
            .map(|node| configuration.get(node))
            .find(|directive| directive.args.iter().any(|word| word.value == code))?;
        let target = directive.args.last()?.value.clone();
        let kept = directive.args.iter().find_map(|word| word.value.strip_prefix('='));
        self.in_error_page = true;
        self.kept = match kept {
            None => Some(status),
            Some("") => None,
            Some(code) => Some(code.parse().ok()?),
        };
        if target.starts_with('@') {
            let named = configuration.named_location(self.server, &target)?;
            return Some(Step::Named(named, target));
        }
        if target.starts_with('/') {
            let path = target.split('?').next().unwrap_or("");
            return Some(match self.filled(path, "/") {
                Some(path) => Step::Path(path),
                None => Step::Answer(level, status),
            });
        }
        let redirects = self.kept.filter(|status| matches!(status, 301..=303 | 307 | 308));
        self.kept = None;
        Some(Step::Answer(level, redirects.unwrap_or(302)))
    }
}
