//! `cargo xtask bench --groups`: what each group of rules costs over a large tree, and
//! whether a monorepo of many packages takes time in proportion to their number.
//!
//! A group's cost is the time of the processor that a scan takes less when its rules are
//! switched off. What several groups need, such as the joined view, is taken off by none
//! of them alone, so the sum is less than all of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use seaworthy_model::Group;

use super::{Process, commit_everything, milliseconds};

/// How many pairs of runs a group is measured by.
const PAIRS: usize = 7;

/// How many packages the smaller monorepo has; the larger has four times as many.
const PACKAGES: usize = 500;

/// How much longer four times the packages may take, the start included.
const MOST: f64 = 5.0;

/// Prints the costs; whether a monorepo is linear.
pub(super) fn run(binary: &Path, tree: &Path, directory: &Path) -> anyhow::Result<bool> {
    let scratch = directory.join("groups");
    std::fs::create_dir_all(&scratch)?;
    let rules = seaworthy_engine::rules();
    let all = settings(&scratch, "all", &[])?;
    let all = scan(binary, tree, Some(&all));
    all.time()?;
    for group in Group::ALL {
        let ids: Vec<&str> =
            rules.iter().filter(|rule| rule.group == group).map(|rule| rule.id).collect();
        if ids.is_empty() {
            continue;
        }
        let without = settings(&scratch, group.as_str(), &ids)?;
        let without = scan(binary, tree, Some(&without));
        let (mut saved, mut whole) = (Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            let (with, without) = (spent(&all)?, spent(&without)?);
            saved.push((with.as_secs_f64() - without.as_secs_f64()) * 1000.0);
            whole.push(with.as_secs_f64() * 1000.0);
        }
        let (saved, whole) = (median(saved), median(whole));
        crate::say(&format!(
            "{}, {} rules: {saved:.1} of {whole:.0} ms of processor time",
            group.as_str(),
            ids.len()
        ));
    }
    monorepo(binary, directory)
}

/// Scans two monorepos, of which one has four times the packages of the other.
fn monorepo(binary: &Path, directory: &Path) -> anyhow::Result<bool> {
    let time = |packages: usize| -> anyhow::Result<f64> {
        let root = directory.join(format!("monorepo-{packages}"));
        if !root.join(".git").exists() {
            make(&root, packages)?;
        }
        let scan = scan(binary, &root, None);
        scan.time()?;
        let runs = (0..3).map(|_| Ok(spent(&scan)?.as_secs_f64()));
        Ok(median(runs.collect::<anyhow::Result<_>>()?))
    };
    let (small, large) = (time(PACKAGES)?, time(4 * PACKAGES)?);
    crate::say(&format!(
        "monorepo of {PACKAGES} packages: {}; of {}: {}, {:.1} times that",
        milliseconds(Duration::from_secs_f64(small)),
        4 * PACKAGES,
        milliseconds(Duration::from_secs_f64(large)),
        large / small
    ));
    Ok(large / small <= MOST)
}

fn scan(binary: &Path, root: &Path, settings: Option<&Path>) -> Process {
    let mut arguments = vec!["scan", "--fail-on", "never", "--format", "json"];
    let settings = settings.map(|path| path.display().to_string());
    if let Some(settings) = &settings {
        arguments.extend(["--config", settings]);
    }
    Process::new(binary, &arguments, root)
}

/// Settings by which these rules are off.
fn settings(directory: &Path, name: &str, off: &[&str]) -> anyhow::Result<PathBuf> {
    let mut text = "[rules]\n".to_owned();
    for id in off {
        writeln!(text, "{id} = \"off\"")?;
    }
    let path = directory.join(format!("{name}.toml"));
    std::fs::write(&path, text)?;
    Ok(path)
}

/// The time of the processor that a run takes.
fn spent(process: &Process) -> anyhow::Result<Duration> {
    let all = || -> anyhow::Result<i64> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        Ok((usage.user_time() + usage.system_time()).num_microseconds())
    };
    let before = all()?;
    process.time()?;
    Ok(Duration::from_micros(u64::try_from(all()? - before)?))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Packages with env files, images, a stack, a script and a proxy each, as they stand
/// side by side in one repository.
fn make(root: &Path, packages: usize) -> anyhow::Result<()> {
    let write = |path: String, text: &str| -> anyhow::Result<()> {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().context("it lies below the root")?)?;
        std::fs::write(path, text)?;
        Ok(())
    };
    write("package.json".into(), "{ \"private\": true, \"workspaces\": [\"packages/*\"] }\n")?;
    write(".gitignore".into(), ".env\nnode_modules\n")?;
    for number in 0..packages {
        let at = |name: &str| format!("packages/p{number:04}/{name}");
        write(
            at("package.json"),
            &format!(
                "{{ \"name\": \"@m/p{number}\", \"scripts\": {{ \"start\": \"node dist/a.js\" }} }}\n"
            ),
        )?;
        write(at(".env.example"), &format!("PORT=3000\nDATABASE_URL=\nP{number}_KEY=\n"))?;
        write(
            at(".env.production"),
            &format!(
                "PORT=3000\nDATABASE_URL=postgresql://db.internal/p{number}\nP{number}_KEY=x\n"
            ),
        )?;
        if number % 2 == 0 {
            write(at(".env.test"), "NODE_ENV=test\n")?;
        }
        write(
            at("Dockerfile"),
            "FROM node:24.1.0-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\nUSER node\nEXPOSE 3000\n\
             CMD [\"node\", \"dist/a.js\"]\n",
        )?;
        if number % 5 == 0 {
            write(
                at("docker-compose.yml"),
                "services:\n  api:\n    build: .\n    env_file: .env.production\n  db:\n    image: \
                 postgres:16.4\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD:?}\n",
            )?;
            write(at("scripts/deploy.sh"), "set -eu\ndocker compose up -d --wait\n")?;
            write(
                at("nginx.conf"),
                "events {}\nhttp { server { listen 80; location / { proxy_pass http://api:3000; } } }\n",
            )?;
        }
    }
    commit_everything(root)
}
