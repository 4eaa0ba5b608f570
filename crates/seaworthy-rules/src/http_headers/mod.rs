//! HTTP response headers, joined over every layer that sets them.
//!
//! Rules judge what representative routes of an app get after all its layers,
//! not single entries, so they run once over the repository.

mod insertion;
mod insertion_hosts;
pub(crate) mod json_edit;
mod missing;
mod rewrite;
mod seen;

#[cfg(test)]
mod host_tests;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod nginx_tests;

rules![
    body_limit_missing,
    cors_wildcard,
    header_config_not_loaded,
    header_conflict,
    header_csp_dev_origin,
    header_csp_missing,
    header_csp_unsafe,
    header_csp_upgrade_insecure,
    header_deprecated,
    header_dns_prefetch,
    header_hsts_max_age,
    header_hsts_missing,
    header_not_all_routes,
    header_permissions_policy,
    header_referrer_policy,
    header_x_content_type_options,
    header_x_frame_options,
    header_xss_protection,
    nginx_add_header_inheritance,
    nginx_host_spoofing,
    powered_by_exposed,
];
