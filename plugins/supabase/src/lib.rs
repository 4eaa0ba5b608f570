//! Rules for projects that use Supabase: keys that bypass row level security,
//! tables and policies that leave data open, and auth settings of hosted projects.
//!
//! The decisions are plain functions over texts (`keys`, `client`, `sql`,
//! `schema`, `auth`); `rules` asks the host for the texts and reports.

mod auth;
mod client;
mod keys;
mod rules;
mod schema;
mod sql;

use seaworthy_plugin_api::plugin;

plugin! {
    name: "supabase",
    summary: "Keys, row level security and auth settings of projects that use Supabase",
    attributes: [("license", "MIT OR Apache-2.0")],
    rules: [
        rules::key_in_browser::RULE,
        rules::public_variable::RULE,
        rules::row_level_security::RULE,
        rules::open_policy::RULE,
        rules::auth_settings::RULE,
    ],
}
