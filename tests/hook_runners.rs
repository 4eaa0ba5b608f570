//! The real pre-commit and prek, with the hooks of this repository and the binary as
//! installed. No network: the hooks come from a repository on disk.

#![cfg(unix)]

use std::fs;
use std::path::Path;

use crate::sandbox::{Run, Sandbox, installed};

const RUNNERS: [&str; 2] = ["pre-commit", "prek"];
const SECRET: &str = "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n";
const CLEAN: &str = "NEXT_PUBLIC_SITE_URL=https://pier.example.org\n";

/// A repository whose hooks a runner has installed.
struct Hooked {
    sandbox: Sandbox,
    runner: &'static str,
}

impl Hooked {
    fn new(runner: &'static str) -> Self {
        let sandbox = Sandbox::with(&[
            ("README.md", "# Pier\n"),
            (".gitignore", ".env\n.env.*\n!.env.staging\n"),
            ("web/.env.staging", CLEAN),
        ]);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let hooks = fs::read_to_string(root.join(".pre-commit-hooks.yaml")).unwrap();
        sandbox.write("../hooks/.pre-commit-hooks.yaml", &hooks);
        sandbox.git(&["init", "--quiet", "../hooks"]);
        sandbox.git(&["-C", "../hooks", "add", "--all"]);
        sandbox.git(&["-C", "../hooks", "commit", "--quiet", "--message=Hooks"]);
        let revision = sandbox.git(&["-C", "../hooks", "rev-parse", "HEAD"]);
        let hooks = sandbox.root().join("../hooks").canonicalize().unwrap();
        let config = format!(
            "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n      - id: seaworthy-system\n      \
             - id: seaworthy-system-files\n        stages: [manual]\n      \
             - id: seaworthy-system-push\n",
            hooks.display(),
            revision.trim()
        );
        sandbox.write(".pre-commit-config.yaml", &config);
        sandbox.git(&["add", "--all"]);
        sandbox.git(&["commit", "--quiet", "--message=Hooks"]);
        let hooked = Self { sandbox, runner };
        let run = hooked.runner(&["install", "--hook-type=pre-commit", "--hook-type=pre-push"]);
        run.exits(0);
        hooked
    }

    /// Runs the runner itself.
    fn runner(&self, arguments: &[&str]) -> Run {
        self.sandbox.run_program(self.runner, arguments)
    }

    fn write(&self, path: &str, text: &str) {
        self.sandbox.write(path, text);
    }

    fn add(&self) {
        self.sandbox.git(&["add", "--all", "--force"]);
    }

    /// Commits what is staged; whether the hook let it through, and all it said.
    fn commit(&self) -> (bool, String) {
        let run = self.sandbox.try_git(&["commit", "--message=Work"]);
        (run.code == 0, format!("{}{}", run.stdout, run.stderr))
    }

    #[track_caller]
    fn passes(&self) {
        let (through, said) = self.commit();
        assert!(through, "{}: {said}", self.runner);
    }

    #[track_caller]
    fn stops(&self, rule: &str) {
        let (through, said) = self.commit();
        assert!(!through && said.contains(rule), "{}: {said}", self.runner);
    }
}

#[test]
fn a_commit_passes_or_stops() {
    for hooked in installed(&RUNNERS).into_iter().map(Hooked::new) {
        hooked.write("README.md", "# The pier\n");
        hooked.add();
        hooked.passes();
        hooked.write("web/.env.staging", SECRET);
        hooked.add();
        hooked.stops("public-env-secret");
        hooked.write("web/.env.staging", &format!("{CLEAN}PORT=3000\n"));
        hooked.add();
        hooked.passes();
    }
}

#[test]
fn a_part_of_what_lies_there_may_be_staged() {
    for hooked in installed(&RUNNERS).into_iter().map(Hooked::new) {
        hooked.write("README.md", "# The pier\n");
        hooked.add();
        hooked.write("web/.env.staging", SECRET);
        hooked.passes();
        assert_eq!(hooked.sandbox.read("web/.env.staging"), SECRET, "{}", hooked.runner);
        hooked.add();
        hooked.write("web/.env.staging", CLEAN);
        hooked.stops("public-env-secret");
        assert_eq!(hooked.sandbox.read("web/.env.staging"), CLEAN, "{}", hooked.runner);
    }
}

#[test]
fn renamed_and_deleted_files_stop_nothing() {
    for hooked in installed(&RUNNERS).into_iter().map(Hooked::new) {
        hooked.write("web/.env.staging", SECRET);
        hooked.add();
        hooked.sandbox.git(&["commit", "--quiet", "--no-verify", "--message=Careless"]);
        hooked.sandbox.git(&["mv", "web/.env.staging", "web/.env.test.staging"]);
        hooked.passes();
        hooked.sandbox.git(&["rm", "--quiet", "web/.env.test.staging"]);
        hooked.passes();
    }
}

#[test]
fn given_files_are_what_is_reported_on() {
    for hooked in installed(&RUNNERS).into_iter().map(Hooked::new) {
        hooked.write("web/.env.staging", SECRET);
        hooked.write("other/.env.staging", SECRET);
        hooked.add();
        let run = |files: &[&str]| {
            let arguments = ["run", "seaworthy-system-files", "--hook-stage=manual", "--files"];
            hooked.runner(&[&arguments, files].concat())
        };
        run(&["README.md"]).exits(0);
        let said = run(&["web/.env.staging", "README.md"]).exits(1).stdout;
        assert!(said.contains("web/.env.staging:1"), "{}: {said}", hooked.runner);
        assert!(!said.contains("other/.env.staging:1"), "{}: {said}", hooked.runner);
    }
}

#[test]
fn a_push_passes_or_stops() {
    for hooked in installed(&RUNNERS).into_iter().map(Hooked::new) {
        let sandbox = &hooked.sandbox;
        sandbox.git(&["init", "--quiet", "--bare", "../remote"]);
        sandbox.git(&["remote", "add", "origin", "../remote"]);
        sandbox.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
        hooked.write("web/.env.staging", SECRET);
        hooked.add();
        sandbox.git(&["commit", "--quiet", "--no-verify", "--message=Careless"]);
        let push = |branch: &str| {
            let run = sandbox.try_git(&["push", "origin", branch]);
            (run.code == 0, format!("{}{}", run.stdout, run.stderr))
        };
        for branch in ["main", "main:new"] {
            let (through, said) = push(branch);
            assert!(
                !through && said.contains("public-env-secret"),
                "{} {branch}: {said}",
                hooked.runner
            );
        }
        sandbox.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
        hooked.write("README.md", "# The pier\n");
        hooked.add();
        sandbox.git(&["commit", "--quiet", "--no-verify", "--message=Say which"]);
        let (through, said) = push("main");
        assert!(through, "{}: {said}", hooked.runner);
    }
}
