#![no_main]
//! Git's verdict: the first line is the path, the rest the patterns.

use libfuzzer_sys::fuzz_target;
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_fuzz::{first_line, fits};
use seaworthy_model::ArtifactPath;

fuzz_target!(|text: &str| {
    let (path, patterns) = first_line(text);
    let artifact = ArtifactPath::new(".gitignore");
    for ignore_case in [false, true] {
        let mut rules = IgnoreRules::new(ignore_case);
        rules.add(IgnoreSource::File { artifact: artifact.clone() }, patterns);
        for is_directory in [false, true] {
            let verdict = rules.verdict(path, is_directory);
            if let Some(decision) = &verdict.decided_by {
                fits(patterns, decision.region);
            }
            assert_eq!(verdict, rules.verdict(path, is_directory), "the verdict is remembered");
        }
    }
});
