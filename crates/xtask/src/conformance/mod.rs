//! `cargo xtask conformance DIR`: holds our readers against what real engines
//! said about the same inputs.
//!
//! Every set found in DIR is run; each prints `set: agreed/total` and its
//! disagreements. The exit code is 1 when a set is below its bar.

mod compose;
mod dotenv;
mod gitignore;
mod lockfiles;
mod nginx;
#[cfg(test)]
mod nginx_live;
mod vercel;

use std::path::Path;

/// What one set of cases came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The set's name, for instance `dotenv/next_env`.
    pub(crate) set: String,
    /// The share that must agree, in percent.
    pub(crate) bar: f64,
    /// How many cases agreed.
    pub(crate) agreed: usize,
    /// One line for each case that did not.
    pub(crate) disagreements: Vec<String>,
}

impl Outcome {
    pub(crate) fn new(set: impl Into<String>, bar: f64) -> Self {
        Self { set: set.into(), bar, agreed: 0, disagreements: Vec::new() }
    }

    /// Counts one case; `detail` is asked for only when it disagrees.
    pub(crate) fn case(&mut self, agrees: bool, detail: impl FnOnce() -> String) {
        if agrees {
            self.agreed += 1;
        } else {
            self.disagreements.push(detail());
        }
    }

    fn total(&self) -> usize {
        self.agreed + self.disagreements.len()
    }

    fn percent(&self) -> f64 {
        if self.total() == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let share = self.agreed as f64 * 100.0 / self.total() as f64;
        share
    }
}

/// Runs every set in `dir`. Returns whether all reached their bars.
pub(crate) fn run(dir: &Path) -> anyhow::Result<bool> {
    let mut outcomes = Vec::new();
    outcomes.extend(dotenv::run(&dir.join("dotenv"))?);
    outcomes.extend(gitignore::run(&dir.join("gitignore"))?);
    outcomes.extend(vercel::run(&dir.join("vercel"))?);
    outcomes.extend(compose::run(&dir.join("compose"))?);
    outcomes.extend(lockfiles::run(&dir.join("lockfiles"))?);
    outcomes.extend(nginx::run(&dir.join("nginx"))?);
    let mut good = true;
    for outcome in &outcomes {
        let reached = outcome.percent() >= outcome.bar;
        good &= reached;
        crate::say(&format!(
            "{}: {}/{} ({:.1} %, bar {} %){}",
            outcome.set,
            outcome.agreed,
            outcome.total(),
            outcome.percent(),
            outcome.bar,
            if reached { "" } else { " BELOW" },
        ));
        for line in &outcome.disagreements {
            crate::say(&format!("    {line}"));
        }
    }
    anyhow::ensure!(!outcomes.is_empty(), "no conformance set found in {}", dir.display());
    Ok(good)
}
