#![no_main]
//! The settings file.

use libfuzzer_sys::fuzz_target;
use seaworthy_engine::settings::Settings;
use seaworthy_model::ArtifactPath;

fuzz_target!(|text: &str| {
    let rules = seaworthy_engine::rules();
    let files = vec![(ArtifactPath::new("seaworthy.toml"), text.to_owned())];
    let (settings, _) = Settings::read(files, &rules);
    let _ = settings.excludes("a/b/.env");
    for rule in &rules {
        let _ = settings.wants(rule, Some("a/b/.env"));
        let _ = settings.severity(rule, "a/b/.env");
    }
});
