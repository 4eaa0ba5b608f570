//! The directives that reading needs to know.

use super::{Body, NginxFile};

/// Blocks whose lines are entries of a table.
const TABLES: [&str; 6] = ["types", "map", "geo", "split_clients", "charset_map", "geoip2"];

/// Directives that no argument at the start of a line is likely to equal.
const STARTERS: [&str; 20] = [
    "access_log",
    "add_header",
    "error_log",
    "error_page",
    "listen",
    "location",
    "proxy_http_version",
    "proxy_pass",
    "proxy_set_header",
    "return",
    "rewrite",
    "root",
    "server",
    "server_name",
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_ciphers",
    "ssl_protocols",
    "try_files",
    "upstream",
];

/// Whether a block's lines are entries of a table.
pub(super) fn is_table(name: &str) -> bool {
    TABLES.contains(&name)
}

/// Whether a block holds a program in Lua.
pub(super) fn is_program(name: &str) -> bool {
    name.ends_with("_by_lua_block")
}

/// Whether a word at the start of a line starts a directive of its own although
/// the one named `open` was not ended. Formats of logs are free text.
pub(super) fn starts_a_line(open: &str, word: &[u8]) -> bool {
    open != "log_format" && STARTERS.iter().any(|name| name.as_bytes() == word)
}

/// Directives that only nginx has, with their words on one line.
const TELLING: [&str; 24] = [
    "add_header",
    "access_log",
    "alias",
    "client_max_body_size",
    "error_page",
    "fastcgi_pass",
    "fastcgi_param",
    "gzip_types",
    "limit_req",
    "limit_req_zone",
    "listen",
    "log_format",
    "proxy_pass",
    "proxy_set_header",
    "resolver",
    "server_name",
    "server_tokens",
    "ssl_certificate",
    "ssl_ciphers",
    "ssl_protocols",
    "ssl_session_cache",
    "try_files",
    "worker_processes",
    "worker_connections",
];

/// Directives that other programs may have too, unless they stand in a block of
/// nginx.
const INSIDE: [&str; 13] = [
    "allow", "deny", "etag", "expires", "if", "include", "index", "return", "rewrite", "root",
    "server", "set", "internal",
];

/// Blocks of nginx whose directives tell.
const BLOCKS: [&str; 4] = ["server", "location", "upstream", "http"];

/// Whether a text is one of nginx: it has a directive that only nginx has, or
/// one in a block of nginx, and hardly an error. What other programs read has
/// no semicolons, and so one error after another.
pub(super) fn looks_like_nginx(file: &NginxFile) -> bool {
    if file.errors().len() > 2 + file.directives.len() / 4 {
        return false;
    }
    file.all().any(|(_, directive)| {
        let name = directive.name.value.as_str();
        let parent = directive.parent.map(|parent| file.get(parent));
        match directive.body {
            Body::Raw(_) => true,
            Body::Block { .. } => name == "location" && directive.args.len() <= 2,
            Body::None if TELLING.contains(&name) => !directive.args.is_empty(),
            Body::None => {
                INSIDE.contains(&name)
                    && parent.is_some_and(|parent| BLOCKS.contains(&parent.name.value.as_str()))
            }
        }
    }) && file.errors().iter().filter(|error| error.message.contains("missing")).count() <= 1
}
