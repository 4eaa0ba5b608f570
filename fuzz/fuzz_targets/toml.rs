#![no_main]
//! The TOML parser.

use libfuzzer_sys::fuzz_target;
use seaworthy_fuzz::tree_fits;

fuzz_target!(|text: &str| tree_fits(text, &seaworthy_syntax::toml::parse(text)));
