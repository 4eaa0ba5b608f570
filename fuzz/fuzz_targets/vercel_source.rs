#![no_main]
//! Vercel's path patterns: the first line is the pattern, the rest a path.

use libfuzzer_sys::fuzz_target;
use seaworthy_formats::vercel::{JsRegex, Source, suggest};
use seaworthy_fuzz::first_line;

fuzz_target!(|text: &str| {
    let (pattern, path) = first_line(text);
    if let Ok(source) = Source::compile(pattern) {
        let _ = source.matches(path);
        let _ = source.matches_exactly(path);
        let _ = source.matches_ignoring_case(path);
        let _ = (source.literal_prefix(), source.useless(), source.segments().count());
    }
    if let Ok(regex) = JsRegex::new(pattern) {
        let _ = regex.find(path);
    }
    if let Some(better) = suggest(pattern) {
        assert!(Source::compile(&better).is_ok(), "what is suggested compiles");
    }
});
