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
    header_conflict,
    header_csp_missing,
    header_csp_unsafe,
    header_deprecated,
    header_hsts_max_age,
    header_hsts_missing,
    header_not_all_routes,
    header_permissions_policy,
    header_referrer_policy,
    header_x_content_type_options,
    header_x_frame_options,
    nginx_add_header_inheritance,
];
