//! Vercel configuration.

mod request;
mod sources;

rules![
    vercel_env_literal,
    vercel_open_proxy,
    vercel_open_redirect,
    vercel_public_source,
    vercel_source_invalid,
    vercel_source_useless,
];

use seaworthy_analysis::Context;

/// Whether the file under judgement is deployed, and no template, test or
/// example.
fn is_deployed(cx: &Context<'_>) -> bool {
    cx.snapshot()
        .artifact(cx.path().as_str())
        .is_some_and(|artifact| seaworthy_analysis::joined::is_deployed(cx.snapshot(), artifact))
}
