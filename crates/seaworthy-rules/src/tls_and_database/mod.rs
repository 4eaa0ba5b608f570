//! Transport security, and how databases are reached.

mod connections;
mod files;
mod unchecked;

rules![
    database_local_in_production,
    database_ssl_no_verify,
    database_url_pooling,
    database_url_ssl,
    db_index_missing,
    mongodb_hardening,
    nginx_http_redirect,
    nginx_limit_req_unused,
    nginx_tls_hardening,
    nginx_tls_protocols,
    nginx_weak_ciphers,
    node_tls_reject_disabled,
    redis_tls,
    ssl_renewal_missing,
];

pub(crate) use database_ssl_no_verify::is_database_check;
pub(crate) use node_tls_reject_disabled::REJECT_UNAUTHORIZED;
