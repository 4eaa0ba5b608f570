//! Transport security, and how databases are reached.

mod files;

rules![nginx_http_redirect, nginx_limit_req_unused, nginx_tls_protocols, nginx_weak_ciphers];
