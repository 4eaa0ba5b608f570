//! The scripts of the GitHub action, run as a runner runs them: with its variables and
//! files, and with the real program.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::sandbox::Sandbox;

const SECRET: &str = "NEXT_PUBLIC_JWT_SECRET=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f\n";

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/action").join(name)
}

/// A repository with what a runner gives to a step.
struct Runner {
    sandbox: Sandbox,
}

impl Runner {
    fn of(sandbox: Sandbox) -> Self {
        let runner = Self { sandbox };
        fs::create_dir_all(runner.file("temp/program")).unwrap();
        let program = runner.file("temp/program/seaworthy");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_seaworthy"), program).unwrap();
        runner
    }

    fn file(&self, name: &str) -> PathBuf {
        self.sandbox.root().join("..").join(name)
    }

    fn run(&self, name: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new("bash");
        command
            .arg(script(name))
            .current_dir(self.sandbox.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.file("home"))
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_REPOSITORY", "team/pier")
            .env("GITHUB_OUTPUT", self.file("output"))
            .env("GITHUB_STEP_SUMMARY", self.file("summary.md"))
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("RUNNER_TEMP", self.file("temp"))
            .env("DIRECTORY", self.file("temp/program"))
            .envs(variables.iter().copied());
        command.output().unwrap()
    }

    fn outputs(&self) -> HashMap<String, String> {
        let text = fs::read_to_string(self.file("output")).unwrap();
        let pairs = text.lines().map(|line| line.split_once('=').unwrap());
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a runner obeys: commands outside what is put in brackets by `stop-commands`.
fn obeyed(log: &str) -> Vec<&str> {
    let mut stopped: Option<String> = None;
    let mut commands = Vec::new();
    for line in log.lines() {
        match &stopped {
            Some(word) if line == format!("::{word}::") => stopped = None,
            Some(_) => {}
            None => match line.strip_prefix("::stop-commands::") {
                Some(word) => stopped = Some(word.to_owned()),
                None if line.starts_with("::") => commands.push(line),
                None => {}
            },
        }
    }
    assert_eq!(stopped, None);
    commands
}

#[test]
fn a_push_is_uploaded_and_judged_at_the_end() {
    let runner = Runner::of(Sandbox::with(&[(".env.production", SECRET)]));
    let ran = runner.run("scan.sh", &[("EVENT", "push")]);
    assert!(ran.status.success(), "{}{}", text(&ran.stdout), text(&ran.stderr));
    let outputs = runner.outputs();
    assert_eq!((outputs["exit-code"].as_str(), outputs["upload"].as_str()), ("1", "true"));
    assert_ne!(outputs["findings"], "0");
    assert_eq!(outputs["findings"], outputs["new-findings"]);
    assert_eq!(obeyed(&text(&ran.stdout)), [""; 0], "code scanning annotates by itself");
    let sarif = fs::read_to_string(&outputs["sarif-file"]).unwrap();
    assert!(sarif.contains("\"ruleId\":\"public-env-secret\""), "{sarif}");
    let summary = fs::read_to_string(runner.file("summary.md")).unwrap();
    assert!(summary.starts_with("## "), "{summary}");
    for (code, exits) in [("0", 0), ("1", 1), ("2", 2), ("", 2)] {
        assert_eq!(runner.run("judge.sh", &[("EXIT_CODE", code)]).status.code(), Some(exits));
    }
}

#[test]
fn a_fork_is_annotated_instead_and_told_why() {
    let runner = Runner::of(Sandbox::with(&[
        ("::add-mask::x/.env.production", SECRET),
        ("a.txt", "::error::from a file\n"),
    ]));
    let fork = [("EVENT", "pull_request"), ("HEAD_REPOSITORY", "me/pier")];
    let ran = runner.run("scan.sh", &fork);
    assert_eq!(runner.outputs()["upload"], "false");
    let log = text(&ran.stdout);
    let commands = obeyed(&log);
    assert!(commands[0].contains("cannot write to code scanning"), "{commands:?}");
    assert!(commands.iter().any(|command| command.starts_with("::error file=")), "{log}");
    let known = |command: &&str| {
        ["::notice ", "::warning ", "::error "].iter().any(|start| command.starts_with(start))
    };
    assert!(commands.iter().all(known), "{commands:?}");
}

#[test]
fn a_pull_request_counts_what_it_brings_anew() {
    let sandbox = Sandbox::with(&[("old/.env.production", SECRET), (".gitignore", "target/\n")]);
    let base = sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned();
    sandbox.write("new.txt", "nothing\n");
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message=More"]);
    let runner = Runner::of(sandbox);
    let own =
        [("EVENT", "pull_request"), ("HEAD_REPOSITORY", "team/pier"), ("BASE_SHA", base.as_str())];
    let ran = runner.run("scan.sh", &own);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let outputs = runner.outputs();
    assert_eq!(
        (outputs["exit-code"].as_str(), outputs["new-findings"].as_str()),
        ("0", "0"),
        "{}",
        text(&ran.stdout)
    );
    let missing = "0123456789012345678901234567890123456789";
    let lost = [("EVENT", "pull_request"), ("HEAD_REPOSITORY", "team/pier"), ("BASE_SHA", missing)];
    let ran = runner.run("scan.sh", &lost);
    assert!(text(&ran.stdout).contains("cannot be fetched: everything counts"));
    assert_eq!(runner.outputs()["exit-code"], "1");
}

#[test]
fn inputs_are_arguments_and_nothing_else() {
    let runner = Runner::of(Sandbox::with(&[("a b/.env.production", SECRET)]));
    let inputs = [
        ("EVENT", "push"),
        ("INPUT_PATH", "a b"),
        ("INPUT_FAIL_ON", "never"),
        ("INPUT_CATEGORY", "$(touch ../owned)`touch ../owned`; touch ../owned"),
        ("INPUT_ARGS", "--verbose\n"),
        ("INPUT_SUMMARY", "false"),
    ];
    let ran = runner.run("scan.sh", &inputs);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert_eq!(runner.outputs()["exit-code"], "0");
    assert!(!runner.file("owned").exists() && !runner.file("summary.md").exists());
}

#[test]
fn only_a_program_with_a_known_checksum_is_installed() {
    let runner = Runner::of(Sandbox::with(&[]));
    let name = "seaworthy-9.8.7-x86_64-unknown-linux-musl";
    let release = runner.file("releases/v9.8.7");
    fs::create_dir_all(release.join(name)).unwrap();
    fs::write(release.join(name).join("seaworthy"), "#!/bin/sh\necho seaworthy 9.8.7\n").unwrap();
    let archive = release.join(format!("{name}.tar.gz"));
    let mut pack = Command::new("tar");
    pack.arg("-C").arg(&release).arg("-czf").arg(&archive).arg(name);
    assert!(pack.status().unwrap().success());
    let sum = text(&Command::new("sha256sum").arg(&archive).output().unwrap().stdout);
    let sums = runner.file("sums.txt");
    fs::write(&sums, format!("{}  {name}.tar.gz\n", &sum[..64])).unwrap();
    let sums = sums.to_string_lossy().into_owned();
    let releases = format!("file://{}", runner.file("releases").canonicalize().unwrap().display());

    let plan =
        runner.run("plan.sh", &[("INPUT_VERSION", "v9.8.7"), ("SEAWORTHY_CHECKSUMS", &sums)]);
    assert!(plan.status.success(), "{}{}", text(&plan.stdout), text(&plan.stderr));
    let outputs = runner.outputs();
    assert_eq!(outputs["how"], "release");
    let install = |sum: &str| {
        let variables = [
            ("SEAWORTHY_RELEASES", releases.as_str()),
            ("DIRECTORY", &outputs["directory"]),
            ("HOW", "release"),
            ("VERSION", "9.8.7"),
            ("ARCHIVE", &outputs["archive"]),
            ("SHA256", sum),
        ];
        runner.run("install.sh", &variables)
    };
    let refused = install(&"0".repeat(64));
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stdout).contains("its checksum differs"));
    let installed = install(&outputs["sha256"]);
    assert_eq!(text(&installed.stdout), "seaworthy 9.8.7\n", "{}", text(&installed.stderr));

    let unknown = runner.run("plan.sh", &[("INPUT_VERSION", "9.9.9")]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stdout).contains("Use seaworthy-rs/seaworthy@v9.9.9"));
    let wrong = runner.run("plan.sh", &[("INPUT_VERSION", "1.0.0;x")]);
    assert_eq!(wrong.status.code(), Some(2));
}
