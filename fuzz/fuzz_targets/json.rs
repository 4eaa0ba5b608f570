#![no_main]
//! The JSON parser, its dialects and its tokens.

use libfuzzer_sys::fuzz_target;
use seaworthy_fuzz::{errors_fit, fits, tree_fits};
use seaworthy_syntax::json::{Event, Events, parse, strict_errors};

fuzz_target!(|text: &str| {
    tree_fits(text, &parse(text));
    errors_fit(text, &strict_errors(text));
    let mut depth = 0_usize;
    for token in Events::new(text) {
        fits(text, token.region);
        match token.event {
            Event::BeginArray | Event::BeginObject => depth += 1,
            Event::EndArray | Event::EndObject => {
                depth = depth.checked_sub(1).expect("every end has a beginning");
            }
            _ => {}
        }
    }
    assert_eq!(depth, 0, "every beginning has an end");
});
