//! Repositories to measure in, with plugins and without.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::bench::{Process, commit_everything, quiet};

/// The files of the large tree, and those of them in which a rule finds a fault: half
/// by `prisma`, half by `supabase`, or all by each.
const FILES: usize = 25_000;
pub(super) const MATCHES: usize = 2_000;

/// A schema of Prisma with a password in it.
pub(super) const SCHEMA: &str = "\
generator client {
  provider = \"prisma-client-js\"
}

datasource db {
  provider = \"postgresql\"
  url      = \"postgresql://shop:tR4kqWz81mPx@db.harbour-shop.com:5432/shop\"
}

model Order {
  id    String @id @default(cuid())
  total Int
  lines Line[]
}
";

/// Code that reads the key of the service from a public variable.
pub(super) const CLIENT: &str = "\
import { createClient } from '@supabase/supabase-js';

export const client = createClient(
  process.env.NEXT_PUBLIC_SUPABASE_URL,
  process.env.NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY,
);
";

/// Code that no rule is about.
const MODULE: &str = "\
import { useMemo } from 'react';
import { format } from '../format';

export function Total({ lines }) {
  const total = useMemo(() => lines.reduce((sum, line) => sum + line.total, 0), [lines]);
  return <p className=\"total\">{format(total, 'EUR')}</p>;
}
";

/// Where repositories are made, and by whom they are scanned.
pub(super) struct Scenes {
    directory: PathBuf,
    binary: PathBuf,
}

impl Scenes {
    /// Scenes below a directory, with a cache and a list of trusted plugins of their
    /// own.
    pub(super) fn new(directory: &Path, binary: &Path) -> anyhow::Result<Self> {
        let scenes = Self { directory: directory.to_owned(), binary: binary.to_owned() };
        for name in ["cache", "config"] {
            let path = directory.join(name);
            if path.exists() {
                std::fs::remove_dir_all(&path)?;
            }
        }
        Ok(scenes)
    }

    /// Seaworthy with these arguments in a repository.
    fn seaworthy(&self, arguments: &[&str], repository: &Path) -> Process {
        Process::new(&self.binary, arguments, repository)
            .with_environment("SEAWORTHY_CACHE_DIR", self.directory.join("cache"))
            .with_environment("SEAWORTHY_CONFIG_DIR", self.directory.join("config"))
    }

    /// A scan.
    pub(super) fn scan(&self, repository: &Path) -> Process {
        self.seaworthy(&["scan", "--fail-on", "never", "--format", "json"], repository)
    }

    /// A new repository with these files.
    pub(super) fn repository(&self, name: &str, files: &[(&str, &str)]) -> anyhow::Result<PathBuf> {
        let root = self.empty(name)?;
        for (path, text) in files {
            write(&root.join(path), text)?;
        }
        commit_everything(&root)?;
        Ok(root)
    }

    /// A copy of a fixture of the tests.
    pub(super) fn fixture(&self, root: &Path, name: &str) -> anyhow::Result<PathBuf> {
        let copy = self.empty(name)?;
        let from = root.join("fixtures/express-compose/repo/.");
        quiet("cp", &["-r", &from.to_string_lossy(), "."], &copy)?;
        commit_everything(&copy)?;
        Ok(copy)
    }

    /// The large tree.
    pub(super) fn tree(&self) -> anyhow::Result<PathBuf> {
        let root = self.empty("tree")?;
        let every = FILES / MATCHES;
        for at in 0..FILES {
            match at % every {
                0 if at / every < MATCHES => write(
                    &root.join(format!("packages/p{at:05}/prisma/schema.prisma")),
                    &SCHEMA.replace("tR4kqWz81mPx", &format!("tR4kqWz{at}mPx")),
                )?,
                1 if at / every < MATCHES => {
                    write(&root.join(format!("packages/p{at:05}/src/client.ts")), CLIENT)?;
                }
                _ => write(
                    &root.join(format!("packages/p{:05}/src/m{at:05}.tsx", at - at % every)),
                    &MODULE.repeat(1 + at % 9),
                )?,
            }
        }
        commit_everything(&root)?;
        Ok(root)
    }

    /// A copy of a repository to which plugins were added; they are compiled, and the
    /// next scan finds all in the cache.
    pub(super) fn with_plugins(
        &self,
        name: &str,
        plain: &Path,
        components: &[PathBuf],
    ) -> anyhow::Result<PathBuf> {
        let copy = self.empty(name)?;
        quiet("cp", &["-r", &plain.join(".").to_string_lossy(), "."], &copy)?;
        for component in components {
            let added = self.seaworthy(&["plugin", "add", &component.to_string_lossy()], &copy);
            let output = added.output()?;
            anyhow::ensure!(
                output.status.success(),
                "{} cannot be added: {}",
                component.display(),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(copy)
    }

    /// A copy of a repository with plugins in which nothing names them: its settings and
    /// its lock are as long, and every line of them is a comment. So there is as much to
    /// walk, to read and to search.
    pub(super) fn without_plugins(&self, name: &str, with: &Path) -> anyhow::Result<PathBuf> {
        let copy = self.empty(name)?;
        quiet("cp", &["-r", &with.join(".").to_string_lossy(), "."], &copy)?;
        for file in ["seaworthy.toml", "seaworthy.lock"] {
            let path = copy.join(file);
            let commented = |line: &str| format!("#{}\n", line.get(1..).unwrap_or_default());
            let text: String = std::fs::read_to_string(&path)?.lines().map(commented).collect();
            std::fs::write(path, text)?;
        }
        Ok(copy)
    }

    /// Gives a plugin of this repository the configuration that it needs to find
    /// anything.
    pub(super) fn configure(&self, repository: &Path, name: &str) -> anyhow::Result<()> {
        let config = match name {
            "env-policy" => "style = \"lower-snake\"\nsecret-suffixes = [\"_KEY\"]\n",
            _ => "owned = [\"**\"]\nfiles = [{ path = \"README.md\", contains = [\"Owners\"] }]\n",
        };
        let path = repository.join("seaworthy.toml");
        let settings = std::fs::read_to_string(&path)?;
        std::fs::write(path, format!("{settings}\n[plugins.{name}.config]\n{config}"))?;
        Ok(())
    }

    /// Ten plugins with ten names: copies of a component in which its name is another
    /// one of the same length. (One of eight letters would be a number in the code.)
    pub(super) fn ten(&self, original: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let name = original.file_stem().and_then(|name| name.to_str()).context("a name")?;
        let mut ten = Vec::new();
        for at in 0..10 {
            let other = format!("{}{at}", &name[..name.len() - 1]);
            let mut bytes = std::fs::read(original)?;
            let places: Vec<usize> = bytes
                .windows(name.len())
                .enumerate()
                .filter(|(_, window)| *window == name.as_bytes())
                .map(|(place, _)| place)
                .collect();
            for place in places {
                bytes[place..place + name.len()].copy_from_slice(other.as_bytes());
            }
            let path = self.directory.join(format!("{other}.wasm"));
            std::fs::write(&path, bytes)?;
            ten.push(path);
        }
        Ok(ten)
    }

    /// Fails unless a scan has at least so many findings by a plugin, and nothing to
    /// complain about plugins.
    pub(super) fn must_find(
        &self,
        repository: &Path,
        plugin: &str,
        least: usize,
    ) -> anyhow::Result<()> {
        let rules = format!("{plugin}/");
        let output = self.scan(repository).output()?;
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).context("a scan printed no JSON")?;
        let list = |key: &str| report[key].as_array().cloned().unwrap_or_default();
        let found = list("findings");
        let found =
            found.iter().filter(|f| f["rule"].as_str().is_some_and(|r| r.starts_with(&rules)));
        let count = found.count();
        let told = list("notifications");
        let failed =
            told.iter().find(|n| n["id"].as_str().is_some_and(|id| id.starts_with("plugin")));
        anyhow::ensure!(failed.is_none(), "{}: {failed:?}", repository.display());
        anyhow::ensure!(count >= least, "{}: {count} findings of {plugin}", repository.display());
        Ok(())
    }

    /// How many milliseconds a scan of the second repository takes more than one of
    /// the first: the median of the differences of neighbouring runs.
    pub(super) fn added(&self, plain: &Path, with: &Path, runs: usize) -> anyhow::Result<f64> {
        let (plain, with) = (self.scan(plain), self.scan(with));
        plain.time()?;
        with.time()?;
        let mut differences = Vec::with_capacity(runs);
        for at in 0..runs {
            // Whoever comes second finds the machine warmer.
            let (one, other) = match at % 2 {
                0 => (plain.time()?, with.time()?),
                _ => {
                    let with = with.time()?;
                    (plain.time()?, with)
                }
            };
            differences.push(other.as_secs_f64() - one.as_secs_f64());
        }
        differences.sort_unstable_by(f64::total_cmp);
        Ok(differences[runs / 2] * 1000.0)
    }

    fn empty(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.directory.join(name);
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(path.parent().context("a file lies in a directory")?)?;
    std::fs::write(path, text)?;
    Ok(())
}
