#![no_main]
//! Every native rule on a small repository: files after lines that begin with //-.

use std::collections::HashMap;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use seaworthy_analysis::{
    GitState, NativeRules, Options, ReadProblem, RuleSource as _, Run, Snapshot, SourceText,
    TextSource,
};
use seaworthy_formats::gitignore::{IgnoreRules, IgnoreSource};
use seaworthy_fuzz::fits;
use seaworthy_model::{ArtifactPath, NotificationKind};

/// What files of a repository are called.
const NAMES: [&str; 24] = [
    ".env",
    ".env.production",
    ".env.example",
    ".gitignore",
    "docker-compose.yml",
    "docker-compose.prod.yml",
    "vercel.json",
    "package.json",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "Cargo.lock",
    "web/package.json",
    ".npmrc",
    ".yarnrc.yml",
    ".github/workflows/ci.yml",
    "deploy.sh",
    "deploy.ps1",
    "src/app.ts",
    "src/app.py",
    "next.config.js",
    "webpack.config.js",
    "docs/guide.md",
    "vars.json",
];

struct Texts(HashMap<ArtifactPath, Arc<str>>);

impl TextSource for Texts {
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem> {
        let text = Arc::clone(&self.0[path]);
        Ok(SourceText { text, decoded: None })
    }
}

fuzz_target!(|input: &str| {
    let mut texts: HashMap<ArtifactPath, Arc<str>> = HashMap::new();
    for part in input.split("//-").take(8) {
        let Some(first) = part.chars().next() else { continue };
        let name = NAMES[(first as usize).wrapping_sub('A' as usize) % NAMES.len()];
        texts.insert(ArtifactPath::new(name), Arc::from(&part[first.len_utf8()..]));
    }
    let mut ignore = IgnoreRules::new(false);
    if let Some(text) = texts.get(&ArtifactPath::new(".gitignore")) {
        let artifact = ArtifactPath::new(".gitignore");
        ignore.add(IgnoreSource::File { artifact }, Arc::clone(text));
    }
    let paths: Vec<ArtifactPath> = texts.keys().cloned().collect();
    let tracked = paths.iter().map(|path| path.as_str().to_owned()).collect();
    let by_path = texts.clone();
    let git = GitState::new(tracked, ignore);
    let snapshot = Snapshot::new(paths, Box::new(Texts(texts)), Some(git), Options::default());
    let rules = NativeRules(seaworthy_rules::all());
    let mut run = Run { snapshot: &snapshot, wanted: &|_, _| true, findings: Vec::new() };
    for artifact in snapshot.artifacts() {
        run.check_file(&rules, artifact);
    }
    rules.check_repository(&mut run);
    for finding in &run.findings {
        for location in std::iter::once(&finding.location).chain(&finding.related) {
            if let Some(text) = by_path.get(&location.artifact) {
                fits(text, location.region);
            }
        }
        for replacement in finding.fixes.iter().flat_map(|fix| &fix.replacements) {
            fits(&by_path[&replacement.artifact], replacement.region);
        }
    }
    let failed = snapshot.take_notifications();
    assert!(failed.iter().all(|n| n.kind != NotificationKind::RuleFailed), "{failed:?}");
});
