#![no_main]
//! The loaders of env files.

use libfuzzer_sys::fuzz_target;
use seaworthy_fuzz::fits;
use seaworthy_syntax::env::{Loader, load};

fuzz_target!(|text: &str| {
    for loader in [Loader::Dotenv, Loader::Next, Loader::Compose, Loader::PythonDotenv] {
        let environment = |name: &str| (name.len() % 2 == 0).then(|| format!("${name} ${{A}}"));
        let loaded = load(text, loader, &environment);
        for value in &loaded.values {
            fits(text, value.key_region);
            // Expansion must not grow without end.
            let length = value.value.as_ref().map_or(0, String::len);
            assert!(length <= 64 * 1024 * 1024, "{loader:?} made {length} bytes");
        }
        if let Some(error) = &loaded.error {
            fits(text, error.region);
            assert!(loaded.values.is_empty());
        }
    }
});
