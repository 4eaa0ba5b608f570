//! Rules for projects that use Prisma: connections, what deploys do to the
//! database, and migrations that lose data.
//!
//! The decisions are plain functions over texts (`schema`, `connection`, `shell`,
//! `deploy`, `migration`); `rules` asks the host for the texts and reports.

mod connection;
mod deploy;
mod migration;
mod rules;
mod schema;
mod shell;

use seaworthy_plugin_api::plugin;

plugin! {
    name: "prisma",
    summary: "Connections, deploys and migrations of projects that use Prisma",
    attributes: [("license", "MIT OR Apache-2.0")],
    rules: [
        rules::literal_url::RULE,
        rules::tls::RULE,
        rules::development_command::RULE,
        rules::seed_on_deploy::RULE,
        rules::destructive_migration::RULE,
    ],
}
