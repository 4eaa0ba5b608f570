//! A repository of one's own to scan, and the binary to scan it with.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The fixtures, one a directory.
pub(crate) const CASES: [&str; 9] = [
    "express-compose",
    "express-nginx-production",
    "images",
    "nextjs-vercel",
    "nginx-front",
    "operations",
    "pipeline",
    "pnpm-monorepo",
    "rust-service",
];

/// A temporary directory with a home and a git repository in it.
pub(crate) struct Sandbox {
    directory: tempfile::TempDir,
    name: String,
}

/// What a run came to.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        let shown: String = self.stdout.chars().take(2000).collect();
        assert_eq!(
            self.code, code,
            "stdout:
{shown}
stderr:
{}",
            self.stderr
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("{error}\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr)
        })
    }

    /// The findings of a JSON report that count, as `rule path:line`, sorted.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<String> {
        let mut list: Vec<String> = self.json()["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["suppression"].is_null())
            .filter(|finding| finding["baseline"] != "unchanged")
            .map(|finding| {
                format!(
                    "{} {}:{}",
                    finding["rule"].as_str().unwrap(),
                    finding["location"]["path"].as_str().unwrap(),
                    finding["location"]["start"]["line"],
                )
            })
            .collect();
        list.sort();
        list
    }

    /// The messages of a JSON report's notifications as `path:line message`.
    #[track_caller]
    pub(crate) fn notifications(&self) -> Vec<String> {
        self.json()["notifications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|notification| {
                format!(
                    "{}:{} {}",
                    notification["path"].as_str().unwrap_or(""),
                    notification["position"]["line"],
                    notification["message"].as_str().unwrap(),
                )
            })
            .collect()
    }
}

impl Sandbox {
    /// An empty directory `repo`, not yet a git repository.
    pub(crate) fn bare(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("home")).unwrap();
        fs::create_dir(directory.path().join(name)).unwrap();
        Self { directory, name: name.to_owned() }
    }

    /// A git repository with these files committed.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::bare("repo");
        for (path, text) in files {
            sandbox.write(path, text);
        }
        sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
        sandbox.git(&["add", "--all", "--force"]);
        sandbox.git(&["commit", "--quiet", "--allow-empty", "--message=Start"]);
        sandbox
    }

    /// A fixture as a git repository of its own.
    pub(crate) fn fixture(case: &str) -> Self {
        let sandbox = Self::bare(case);
        copy(&fixture_directory(case).join("repo"), &sandbox.root());
        sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
        sandbox.git(&["add", "--all", "--force"]);
        let untracked =
            fs::read_to_string(fixture_directory(case).join("untracked.txt")).unwrap_or_default();
        for path in untracked.lines() {
            sandbox.git(&["rm", "--quiet", "--cached", path]);
        }
        sandbox.git(&["commit", "--quiet", "--message=Start"]);
        sandbox
    }

    /// The repository.
    pub(crate) fn root(&self) -> PathBuf {
        self.directory.path().join(&self.name)
    }

    /// Writes a file of the repository.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file of the repository.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// Runs git in the repository.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let run = self.try_git(arguments);
        assert_eq!(run.code, 0, "git {arguments:?}: {}", run.stderr);
        run.stdout
    }

    /// Runs git in the repository, whatever comes of it.
    pub(crate) fn try_git(&self, arguments: &[&str]) -> Run {
        let mut command = self.command("git");
        command
            .args(["-c", "user.name=A. Mariner", "-c", "user.email=mariner@example.org"])
            .args(["-c", "core.autocrlf=false"])
            .args(arguments);
        finish(command, "")
    }

    /// The binary, to be run in the repository.
    pub(crate) fn binary(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_seaworthy"))
    }

    /// Runs the binary in the repository.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    /// Runs the binary in the repository for a user with another home.
    #[cfg(feature = "plugins")]
    pub(crate) fn run_as(&self, home: &Path, arguments: &[&str]) -> Run {
        let mut command = self.binary();
        command.env("HOME", home).args(arguments);
        finish(command, "")
    }

    /// Runs a script of the shell in the repository, for which `seaworthy` is the binary.
    pub(crate) fn shell(&self, script: &str) -> Run {
        let mut command = self.command("sh");
        command.args(["-c", script]);
        finish(command, "")
    }

    /// Runs a program that runs the binary, and may write below the home.
    #[cfg(unix)]
    pub(crate) fn run_program(&self, program: &str, arguments: &[&str]) -> Run {
        let mut command = self.command(program);
        command.args(arguments);
        finish(command, "")
    }

    /// Runs the binary with a text on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.binary();
        command.args(arguments);
        finish(command, input)
    }

    /// A scan as JSON, whatever its exit code.
    pub(crate) fn scan(&self, arguments: &[&str]) -> Run {
        let run = self.run(&[&["scan", "--format", "json"], arguments].concat());
        assert_ne!(run.code, 101, "{}", run.stderr);
        run
    }

    /// All files of the repository but git's own, with their bytes.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        list(&self.root(), &self.root(), &mut files);
        files.sort();
        files
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.root())
            .env_clear()
            .env("PATH", path())
            .env("HOME", self.directory.path().join("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", "2025-03-01T12:00:00Z")
            .env("GIT_COMMITTER_DATE", "2025-03-01T12:00:00Z")
            .env("NO_COLOR", "1");
        command
    }
}

/// The directory of a fixture.
pub(crate) fn fixture_directory(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(case)
}

/// Where programs are looked for: beside the binary first.
fn path() -> std::ffi::OsString {
    let binary = Path::new(env!("CARGO_BIN_EXE_seaworthy"));
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let beside = binary.parent().map(Path::to_owned).into_iter();
    std::env::join_paths(beside.chain(std::env::split_paths(&usual))).unwrap_or(usual)
}

fn finish(mut command: Command, input: &str) -> Run {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever does not read standard input may close it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let name = if name == "dot.gitignore" { ".gitignore".to_owned() } else { name };
        let target = to.join(name);
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn list(root: &Path, directory: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != ".git") {
                list(root, &path, files);
            }
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            files.push((name, fs::read(&path).unwrap()));
        }
    }
}

/// Those of the programs that are installed; who demands all of them has them missed.
#[expect(clippy::print_stderr, reason = "who runs the tests is to know what was left out")]
pub(crate) fn installed(programs: &[&'static str]) -> Vec<&'static str> {
    let there = |program: &&&str| {
        // What it says is no matter: some know no `--version`.
        let there = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
        let there = there.is_ok_and(|output| output.status.success());
        if !there {
            let asked = std::env::var_os("SEAWORTHY_REQUIRE_PEERS").is_some();
            assert!(!asked, "{program} is not installed");
            eprintln!("left out: {program} is not installed");
        }
        there
    };
    programs.iter().filter(there).copied().collect()
}
