//! What a rule does not see of a change to programs, it finds no differently.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seaworthy_analysis::{
    Difference, Differing, NativeRules, Options, RuleSource, Run, Snapshot, is_searched_only,
};
use seaworthy_model::{ArtifactPath, NotificationKind};
use seaworthy_testkit::{File, Fixture, snapshot};

/// Words that rules look for in programs and documents.
const WORDS: &str = "
process.env.NOBODY_KNOWS_IT; env.PORT; import '@sentry/node'; new Pool({ ssl: true });
response.headers.set('content-security-policy', policy);
Backups are restored by restic, a rollback is one click, health and smoke are looked at.
`cp .env.example .env.production`, certbot renew, nginx -s reload, _headers, nginx.conf
";

fn files_of(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => directories.push(path),
                false => files.push(path),
            }
        }
    }
    files
}

fn fixture(name: &str) -> Fixture {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).join("repo");
    let files = files_of(&root).into_iter().filter_map(|file| {
        let path = file.strip_prefix(&root).expect("below the root").to_string_lossy();
        let text = std::fs::read_to_string(&file).ok()?;
        let mut made = File::new(&path.replace('\\', "/"), true, "");
        made.text = text;
        Some(made)
    });
    Fixture { files: files.collect() }
}

/// What is found by each part, and in each document.
fn found(source: &NativeRules, snapshot: &Snapshot, part: Option<usize>) -> Vec<String> {
    let mut run = Run { snapshot, wanted: &|_, _| true, findings: Vec::new() };
    match part {
        Some(part) => source.check_repository(part, &mut run),
        None => snapshot.artifacts().iter().for_each(|it| source.check_artifact(it, &mut run)),
    }
    let told = snapshot.notifications();
    let failed = told.iter().find(|it| it.kind == NotificationKind::RuleFailed);
    assert_eq!(failed, None, "a rule reads what it does not see");
    run.findings
        .iter()
        .map(|it| format!("{} {:?} {}", it.rule.id, it.severity, it.message))
        .collect()
}

/// Changes every program of a fixture, takes it away, and adds others.
fn unseen_changes_change_nothing(name: &str) {
    let before = fixture(name);
    let source = NativeRules::new(seaworthy_rules::all());
    let old = snapshot(&before, true, Options::default());
    let there = before.files.iter().map(|file| file.path.clone());
    let others = ["src/new.ts", "docs/new.md", "middleware.ts", "app/page.backup.tsx", "a/b.py"];
    let paths: Vec<String> = there.chain(others.map(str::to_owned)).collect();
    let was = (0..source.repository_parts()).map(|part| found(&source, &old, Some(part)));
    let was: Vec<_> = was.collect();
    let documents = found(&source, &old, None);
    let mut unseen = 0;
    for path in paths.iter().filter(|path| is_searched_only(path)) {
        let file = before.files.iter().find(|file| file.path == **path);
        let text = file.map(|file| file.text.clone());
        let more = format!("{}{WORDS}", text.as_deref().unwrap_or(""));
        for now in [Some(String::new()), Some(more), Some("const a = 1;\n".to_owned()), None] {
            let mut after: Vec<File> = Vec::new();
            for file in before.files.iter().filter(|file| file.path != **path) {
                let mut same = File::new(&file.path, true, "");
                same.text.clone_from(&file.text);
                after.push(same);
            }
            if let Some(now) = &now {
                let mut file = File::new(path, true, "");
                file.text.clone_from(now);
                after.push(file);
            }
            let new = snapshot(&Fixture { files: after }, true, Options::default());
            let texts = [now, text.clone()].map(|text| text.map(Arc::from)).to_vec();
            let differing = Differing { path: ArtifactPath::new(path), texts };
            let difference = Difference::of_searched(vec![differing], &new);
            if !difference.concerns_documents() {
                assert_eq!(found(&source, &new, None), documents, "{name}: {path}");
            }
            for (part, was) in was.iter().enumerate() {
                if !source.is_concerned(part, &difference, &new) {
                    unseen += 1;
                    assert_eq!(&found(&source, &new, Some(part)), was, "{name}: {path}");
                }
            }
        }
    }
    assert!(unseen > 100, "{name}: {unseen}");
}

#[test]
fn in_a_stack_for_compose() {
    unseen_changes_change_nothing("express-compose");
}

#[test]
fn in_an_app_for_vercel() {
    unseen_changes_change_nothing("nextjs-vercel");
}

#[test]
fn behind_nginx() {
    unseen_changes_change_nothing("express-nginx-production");
}

#[test]
fn in_a_monorepo() {
    unseen_changes_change_nothing("pnpm-monorepo");
}

#[test]
fn where_it_is_operated() {
    unseen_changes_change_nothing("operations");
}
