#![no_main]
//! The env parser.

use libfuzzer_sys::fuzz_target;
use seaworthy_fuzz::fits;
use seaworthy_syntax::env::EnvFile;

fuzz_target!(|text: &str| {
    let file = EnvFile::parse(text);
    for entry in file.entries().iter().chain(file.commented()) {
        for region in [entry.key_region, entry.value_region, entry.raw_region, entry.region] {
            fits(text, region);
        }
        assert_eq!(entry.key_region.of(text), &*entry.key);
        assert!(entry.region.contains(entry.raw_region));
        assert!(entry.raw_region.contains(entry.value_region));
        if let Some(comment) = entry.inline_comment {
            fits(text, comment);
        }
    }
    for error in file.errors() {
        fits(text, error.region);
    }
    for &comment in file.comments() {
        fits(text, comment);
    }
    assert!(file.comments().is_sorted());
});
