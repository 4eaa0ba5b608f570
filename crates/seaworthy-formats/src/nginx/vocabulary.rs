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

/// Blocks of nginx.
const BLOCKS: [&str; 7] = ["http", "server", "location", "upstream", "events", "stream", "map"];

/// Whether a text is one of nginx: a block or an ended directive that it has,
/// and no more errors than directives.
pub(super) fn looks_like_nginx(file: &NginxFile) -> bool {
    let known = file
        .all()
        .filter(|(_, directive)| {
            let name = directive.name.value.as_str();
            match directive.body {
                Body::Block { .. } => BLOCKS.contains(&name),
                Body::None => TELLING.contains(&name) && !directive.args.is_empty(),
                Body::Raw(_) => true,
            }
        })
        .take(1)
        .count();
    known > 0 && file.errors().len() <= file.directives.len()
}
