//! The real lefthook, husky and lint-staged, set up by `init`, each in a repository that
//! has no commit yet.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::{Sandbox, installed};

const RUNNERS: [&str; 3] = ["lefthook", "husky", "lint-staged"];
const SECRET: &str = "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n";
const CLEAN: &str = "NEXT_PUBLIC_SITE_URL=https://pier-harbour.dev\n";
const RULE: &str = "public-env-secret";
const ENV: &str = "web/.env.staging";

/// A repository whose hook `init` has written and the runner has installed.
struct Hooked {
    sandbox: Sandbox,
    runner: &'static str,
}

impl Hooked {
    fn new(runner: &'static str) -> Self {
        let sandbox = Sandbox::bare("repo");
        sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
        sandbox.write("README.md", "# Pier\n");
        sandbox.write(".gitignore", ".env\n.env.local\n");
        sandbox.write("package.json", "{\n  \"name\": \"pier\",\n  \"private\": true\n}\n");
        if runner == "husky" {
            sandbox.run_program("husky", &[]).exits(0);
        }
        sandbox.run(&["init", "--hook", runner, "--yes"]).exits(0);
        match runner {
            "lefthook" => {
                sandbox.run_program("lefthook", &["validate"]).exits(0);
                sandbox.run_program("lefthook", &["install"]).exits(0);
            }
            "lint-staged" => {
                sandbox.write(".git/hooks/pre-commit", "#!/bin/sh\nexec lint-staged\n");
                let hook = sandbox.root().join(".git/hooks/pre-commit");
                fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
            }
            _ => {}
        }
        Self { sandbox, runner }
    }

    fn stage(&self, path: &str, text: &str) {
        self.sandbox.write(path, text);
        self.sandbox.git(&["add", "--all"]);
    }

    /// Commits what is staged; whether the hook let it through, and all it said.
    fn commit(&self, arguments: &[&str]) -> (bool, String) {
        let run = self.sandbox.try_git(&[&["commit", "--message=Work"], arguments].concat());
        (run.code == 0, format!("{}{}", run.stdout, run.stderr))
    }

    #[track_caller]
    fn passes(&self, arguments: &[&str]) {
        let (through, said) = self.commit(arguments);
        assert!(through, "{}: {said}", self.runner);
    }

    #[track_caller]
    fn stops(&self, arguments: &[&str]) {
        let (through, said) = self.commit(arguments);
        assert!(!through && said.contains(RULE), "{}: {said}", self.runner);
    }
}

#[test]
fn what_init_writes_stops_a_commit_or_lets_it_pass() {
    for hooked in installed(&RUNNERS).into_iter().map(Hooked::new) {
        hooked.stage(ENV, SECRET);
        hooked.stops(&[]);
        hooked.stage(ENV, CLEAN);
        hooked.passes(&[]);
        for path in ["ünï – the pier/.env.staging", "-a'b\"c/.env.staging"] {
            hooked.stage(path, SECRET);
            hooked.stops(&[]);
            hooked.stage(path, CLEAN);
            hooked.passes(&[]);
        }
        hooked.sandbox.write(ENV, SECRET);
        hooked.stops(&["--all"]);
    }
}

#[test]
fn what_is_not_staged_stops_nothing_and_stays() {
    for hooked in installed(&RUNNERS).into_iter().map(Hooked::new) {
        hooked.stage(ENV, CLEAN);
        hooked.passes(&[]);
        let all = format!("{CLEAN}PORT=3000\n{SECRET}");
        hooked.stage(ENV, &format!("{CLEAN}PORT=3000\n"));
        hooked.sandbox.write(ENV, &all);
        hooked.passes(&[]);
        assert_eq!(hooked.sandbox.read(ENV), all, "{}", hooked.runner);
        hooked.sandbox.git(&["add", "--all"]);
        hooked.sandbox.write(ENV, CLEAN);
        hooked.stops(&[]);
        assert_eq!(hooked.sandbox.read(ENV), CLEAN, "{}", hooked.runner);
    }
}

/// What was known stops no commit that moves it, deletes it or merges.
#[test]
fn what_was_known_stops_nothing() {
    for hooked in installed(&RUNNERS).into_iter().map(Hooked::new) {
        let sandbox = &hooked.sandbox;
        hooked.stage(ENV, SECRET);
        sandbox.git(&["commit", "--quiet", "--no-verify", "--message=Careless"]);
        sandbox.git(&["mv", "web", "site"]);
        hooked.passes(&[]);
        sandbox.git(&["checkout", "--quiet", "-b", "topic"]);
        hooked.stage("README.md", "# Theirs\n");
        hooked.stage("theirs/.env.staging", SECRET);
        sandbox.git(&["commit", "--quiet", "--no-verify", "--message=Careless"]);
        sandbox.git(&["checkout", "--quiet", "main"]);
        hooked.stage("README.md", "# Ours\n");
        hooked.passes(&[]);
        assert_ne!(sandbox.try_git(&["merge", "topic"]).code, 0, "there is a conflict");
        hooked.stage("README.md", "# Of both\n");
        hooked.passes(&[]);
        sandbox.git(&["rm", "--quiet", "theirs/.env.staging"]);
        hooked.passes(&[]);
    }
}
