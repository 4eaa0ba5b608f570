//! A repository that an editor works on: what is said after an edit is what a scan of
//! the same texts says.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use seaworthy_engine::{Interrupted, Scan, ScanOptions, Workspace, scan};
use seaworthy_model::ArtifactPath;

/// Everything of a report that does not differ from run to run.
fn told(scan: &Scan) -> Vec<String> {
    let findings = scan.report.findings.iter().map(|finding| {
        let fixes: Vec<_> =
            finding.fixes.iter().map(|fix| (&fix.title, &fix.replacements)).collect();
        format!(
            "{} {:?} {} {:?} {:?} {:?} {} {:?}",
            finding.rule.id,
            finding.severity,
            finding.message,
            finding.location,
            finding.related,
            fixes,
            finding.fingerprint,
            finding.suppression,
        )
    });
    let notifications = scan.report.notifications.iter().map(|told| format!("{told:?}"));
    findings.chain(notifications).chain([scan.report.exit_code.to_string()]).collect()
}

fn report(workspace: &mut Workspace) -> Vec<String> {
    told(&workspace.report(&AtomicBool::new(false)).expect("the repository can be scanned"))
}

fn files_below(root: &Path) -> Vec<PathBuf> {
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
    files.sort();
    files
}

/// What somebody may do to a text: nothing, all, a line gone, a line twice, a character
/// typed into a line.
fn edits(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let middle = lines.len() / 2;
    let without = |gone: usize| -> String {
        lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line).collect()
    };
    let mut twice = lines.clone();
    twice.extend(lines.get(middle));
    let typed = text.replacen('=', "=x", 1).replacen(": ", ": x", 2);
    vec![without(0), without(middle), twice.concat(), typed, String::new(), text.to_owned()]
}

/// Every file of a fixture is edited in a buffer, and the buffer closed again. The files
/// are copied, away from the repository that the fixtures are part of.
fn edits_say_what_scans_say(fixture: &str) {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(fixture).join("repo");
    let texts: Vec<(String, String)> = files_below(&root)
        .into_iter()
        .filter_map(|file| {
            let path = file.strip_prefix(&root).expect("below the root").to_string_lossy();
            Some((path.replace('\\', "/"), std::fs::read_to_string(&file).ok()?))
        })
        .collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (&**path, &**text)).collect();
    let place = Place::new(&files);
    let mut workspace = place.workspace();
    let untouched = report(&mut workspace);
    assert_eq!(untouched, place.anew());
    assert!(untouched.len() > 1, "there is something to say of {fixture}");
    for (number, (path, text)) in files.into_iter().enumerate() {
        let path = ArtifactPath::new(path);
        // Each kind of edit comes up in a sixth of the files.
        for edited in edits(text).into_iter().skip(number % 6).take(1) {
            workspace.set_overlay(path.clone(), Some(edited.clone()));
            let mut options = ScanOptions::new(place.0.path().to_owned());
            options.overlays = vec![(path.clone(), edited)];
            let anew = scan(&options).expect("a scan");
            assert_eq!(report(&mut workspace), told(&anew), "{path} of {fixture}");
        }
        workspace.set_overlay(path.clone(), None);
    }
    assert_eq!(report(&mut workspace), untouched, "{fixture}, all closed");
}

macro_rules! fixtures {
    ($($name:ident: $fixture:literal,)+) => {$(
        #[test]
        fn $name() {
            edits_say_what_scans_say($fixture);
        }
    )+};
}

fixtures! {
    express_and_compose: "express-compose",
    express_behind_nginx: "express-nginx-production",
    images: "images",
    next_on_vercel: "nextjs-vercel",
    nginx: "nginx-front",
    operations: "operations",
    pipelines: "pipeline",
    a_monorepo: "pnpm-monorepo",
    rust: "rust-service",
}

struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().expect("a temporary directory"));
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, text).expect("a file");
    }

    fn workspace(&self) -> Workspace {
        Workspace::new(ScanOptions::new(self.0.path().to_owned()))
    }

    fn anew(&self) -> Vec<String> {
        told(&scan(&ScanOptions::new(self.0.path().to_owned())).expect("a scan"))
    }
}

const COMPOSE: &str = "services:\n  api:\n    image: api:1.4\n    env_file: .env\n  db:\n    image: postgres:16.4\n    ports:\n      - \"5432:5432\"\n";

fn rules(scan: &Scan) -> Vec<&str> {
    scan.report.findings.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn files_come_and_go_on_disk() {
    let place = Place::new(&[(".env", "PORT=1\n"), ("src/a.js", "const a = 1;\n")]);
    let mut workspace = place.workspace();
    assert_eq!(report(&mut workspace), place.anew());
    let steps: [(&str, Option<&str>); 6] = [
        ("docker-compose.yml", Some(COMPOSE)),
        (".env", Some("JWT_SECRET=secret\n")),
        ("src/b.js", Some("const password = \"hunter-Zx81-9\";\n")),
        ("docker-compose.yml", None),
        ("src/b.js", None),
        (".env", None),
    ];
    for (path, text) in steps {
        match text {
            Some(text) => place.write(path, text),
            None => std::fs::remove_file(place.0.path().join(path)).expect("a file"),
        }
        workspace.changed_on_disk(&[ArtifactPath::new(path)]);
        assert_eq!(report(&mut workspace), place.anew(), "{path}");
    }
}

#[test]
fn settings_in_a_buffer_count_at_once() {
    let place = Place::new(&[("docker-compose.yml", COMPOSE)]);
    let mut workspace = place.workspace();
    let cancel = AtomicBool::new(false);
    let has_port = |scan: &Scan| rules(scan).contains(&"compose-db-port-published");
    assert!(has_port(&workspace.report(&cancel).expect("a report")));
    let off = "[rules]\ncompose-db-port-published = \"off\"\n".to_owned();
    let settings = ArtifactPath::new("seaworthy.toml");
    workspace.set_overlay(settings.clone(), Some(off));
    assert!(!has_port(&workspace.report(&cancel).expect("a report")));
    workspace.set_overlay(settings.clone(), Some("[rules\n".to_owned()));
    let broken = workspace.report(&cancel).expect("a report");
    assert!(has_port(&broken) && broken.report.exit_code == 2);
    workspace.set_overlay(settings, None);
    assert_eq!(report(&mut workspace), place.anew());
}

#[test]
fn a_report_that_was_cancelled_is_finished_by_the_next() {
    let place = Place::new(&[(".env", "JWT_SECRET=secret\n"), ("docker-compose.yml", COMPOSE)]);
    let mut workspace = place.workspace();
    let cancelled = workspace.report(&AtomicBool::new(true));
    assert!(matches!(cancelled, Err(Interrupted::Cancelled)), "{cancelled:?}");
    assert_eq!(report(&mut workspace), place.anew());
    let env = ArtifactPath::new(".env");
    workspace.set_overlay(env.clone(), Some("JWT_SECRET=changeme\n".to_owned()));
    assert!(workspace.report(&AtomicBool::new(true)).is_err());
    workspace.set_overlay(env, None);
    assert_eq!(report(&mut workspace), place.anew());
}

#[test]
fn a_token_is_judged_by_the_secret_that_is_typed_elsewhere() {
    let token = [
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "eyJzdWIiOiJ1LTcxIiwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDM2MDB9",
        "iyM-xnrgewJdtNi_jW2t1jE5kAqcAkdZfZLrxHVXlF8",
    ]
    .join(".");
    let place = Place::new(&[
        ("web/client.ts", &format!("export const session = \"{token}\";\n")),
        ("api/server.ts", "const jwtSecret = \"another-9-keeper\";\n"),
    ]);
    let mut workspace = place.workspace();
    let is_forged = |told: Vec<String>| told.iter().any(|line| line.contains("verifies with"));
    assert!(!is_forged(report(&mut workspace)));
    let server = ArtifactPath::new("api/server.ts");
    let text = "const jwtSecret = \"tidepool-9-keeper\";\n".to_owned();
    workspace.set_overlay(server.clone(), Some(text));
    assert!(is_forged(report(&mut workspace)));
    workspace.set_overlay(server, None);
    assert!(!is_forged(report(&mut workspace)));
}

#[test]
fn vendored_trees_are_passed_over() {
    let place = Place::new(&[(".env", "JWT_SECRET=secret\n")]);
    let mut workspace = place.workspace();
    let before = report(&mut workspace);
    let vendored = ArtifactPath::new("node_modules/a/.env");
    workspace.set_overlay(vendored.clone(), Some("JWT_SECRET=secret\n".to_owned()));
    place.write("node_modules/b/.env", "JWT_SECRET=secret\n");
    workspace.changed_on_disk(&[ArtifactPath::new("node_modules/b/.env")]);
    assert_eq!(report(&mut workspace), before);
}
