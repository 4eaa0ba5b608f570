//! The life of a plugin, as a user leads it.

mod bomb;
mod fetching;
#[expect(dead_code, reason = "the host's tests use more of it")]
#[path = "../../crates/seaworthy-plugin-host/tests/guest.rs"]
mod guest;
mod life;
mod pack;
mod server;
mod trust;

use crate::sandbox::{Run, Sandbox};
use guest::{Finding, Guest};

/// An env file without any fault of the built-in rules.
const ENV: &str = "PORT=3000\nTEAM=blue\n";

/// A plugin that finds a fault in the first byte of every env file.
fn guest(name: &str) -> Guest {
    Guest::new(name).finding(vec![Finding::new("first", "It begins wrong.")])
}

/// A repository with an env file and a component `rules.wasm`.
fn repository(component: &[u8]) -> Sandbox {
    let sandbox = Sandbox::with(&[(".env.example", ENV), (".gitignore", ".env\n")]);
    put(&sandbox, component);
    sandbox
}

fn put(sandbox: &Sandbox, component: &[u8]) {
    std::fs::write(sandbox.root().join("rules.wasm"), component).unwrap();
}

/// What a scan found by plugins: `rule path:line`.
fn of_plugins(run: &Run) -> Vec<String> {
    run.findings().into_iter().filter(|line| line.contains('/')).collect()
}

/// What a scan says of plugins: kind and message.
fn about_plugins(run: &Run) -> Vec<String> {
    let told = run.json();
    let told = told["notifications"].as_array().unwrap();
    told.iter()
        .filter(|told| told["id"].as_str().unwrap().starts_with("plugin-"))
        .map(|told| {
            format!("{} {}", told["id"].as_str().unwrap(), told["message"].as_str().unwrap())
        })
        .collect()
}
