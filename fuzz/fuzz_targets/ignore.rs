#![no_main]
//! The parser of ignore files.

use libfuzzer_sys::fuzz_target;
use seaworthy_fuzz::fits;
use seaworthy_syntax::ignore::IgnoreFile;

fuzz_target!(|text: &str| {
    for line in IgnoreFile::parse(text).lines() {
        for region in [line.region(), line.pattern(), line.glob()] {
            fits(text, region);
        }
        assert!(line.region().contains(line.pattern()));
        assert!(line.pattern().contains(line.glob()));
    }
});
