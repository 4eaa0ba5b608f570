#![no_main]
//! Compose's interpolation.

use libfuzzer_sys::fuzz_target;
use seaworthy_formats::compose::Template;

fuzz_target!(|text: &str| {
    let template = Template::parse(text);
    for variable in template.variables() {
        if let Some((_, range)) = variable.default() {
            assert!(text.get(range).is_some());
        }
    }
    if let Some(range) = template.invalid() {
        assert!(text.get(range).is_some());
    }
    let environment = |name: &str| (name.len() % 2 == 0).then(|| name.to_owned());
    let _ = template.expand(&environment);
    let _ = template.expand_partly(&environment);
});
