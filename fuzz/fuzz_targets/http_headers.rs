#![no_main]
//! Values of response headers.

use libfuzzer_sys::fuzz_target;
use seaworthy_formats::http::{
    Csp, cors, deprecated, discloses, frame_options, hsts, is_nosniff, permissions_policy,
    referrer_policy, resource_policy,
};
use seaworthy_fuzz::{first_line, fits};

fuzz_target!(|text: &str| {
    let csp = Csp::parse(text);
    for weakness in csp.weaknesses() {
        fits(text, weakness.region);
    }
    let _ = (csp.frame_ancestors(), csp.restricts_scripts(), csp.local_sources().count());
    let (name, value) = first_line(text);
    let _ = cors(name, Some(value));
    let _ = (deprecated(name, value), discloses(name, value));
    let _ = (hsts(text), permissions_policy(text), referrer_policy(text));
    let _ = (frame_options(text), is_nosniff(text), resource_policy(text));
});
