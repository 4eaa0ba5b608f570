//! Tests of the `seaworthy` binary, run as a user runs it: in a directory of its
//! own, with an environment of its own, judged by what it prints, what it
//! writes and its exit code.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(unix)]
mod action;
mod baseline;
mod baseline_import;
#[cfg(unix)]
mod book;
mod command_line;
mod detectors;
mod expected;
mod fixes;
mod fixtures;
mod foreign;
mod formats;
mod git_hook;
mod hook_runners;
mod init;
mod new_code;
mod npm_runners;
#[cfg(feature = "plugins")]
mod plugins;
mod sandbox;
mod sarif;
mod secrecy;
mod settings;
mod staged;
