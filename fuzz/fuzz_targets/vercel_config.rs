#![no_main]
//! Vercel's configuration.

use libfuzzer_sys::fuzz_target;
use seaworthy_formats::http::{effective, sample_paths};
use seaworthy_formats::vercel::{VercelConfig, transform};
use seaworthy_fuzz::fits;
use seaworthy_model::ArtifactPath;
use seaworthy_syntax::json;

fuzz_target!(|text: &str| {
    let config = VercelConfig::read(&json::parse(text));
    for problem in &config.problems {
        fits(text, problem.region);
    }
    let _ = transform(&config);
    let rules = config.header_rules(&ArtifactPath::new("vercel.json"));
    let _ = sample_paths(&rules);
    let _ = effective(&rules, "/api/users");
});
