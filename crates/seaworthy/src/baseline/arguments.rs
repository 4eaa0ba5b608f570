//! The arguments of `seaworthy baseline`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  seaworthy baseline create                     from now on only new findings count
  seaworthy baseline audit                      walk through what is in it
  seaworthy baseline update                     take in what is new, drop what is gone
  seaworthy baseline prune                      only drop what is gone
  seaworthy baseline create --from detect-secrets .secrets.baseline
                                                know what another tool was told

The file is seaworthy-baseline.json, or what `baseline` in seaworthy.toml names. Commit
it. It holds no line numbers and nothing that is made from a secret.

Exit codes: 0 done, 2 could not do the work.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BaselineArguments {
    #[command(subcommand)]
    pub(crate) command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Write down what is found now, so that only new findings count
    Create(CreateArguments),
    /// Add what is new to the baseline, and drop what is not found any more
    Update(UpdateArguments),
    /// Drop what is not found any more
    Prune(PruneArguments),
    /// Walk through the baseline: list it, or on a terminal decide about each entry
    Audit(AuditArguments),
}

/// What is scanned, and where the baseline lies.
#[derive(Clone, Debug, Args)]
pub(crate) struct WhereArguments {
    /// The directory that is scanned as a repository
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) directory: PathBuf,

    /// The baseline [default: what seaworthy.toml says, or seaworthy-baseline.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Use this settings file instead of every seaworthy.toml in the repository
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Scan the history of git, too: all of it, or a range
    #[arg(long, value_name = "RANGE", num_args = 0..=1, default_missing_value = "", require_equals = true)]
    pub(crate) history: Option<String>,

    /// Run the plugins that the repository pins, though you have not trusted them
    #[arg(long)]
    pub(crate) allow_repo_plugins: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    #[command(flatten)]
    pub(crate) at: WhereArguments,

    /// Why these findings are accepted; stands at every entry
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) reason: String,

    /// Take only the findings that a file of another tool has: gitleaks (its JSON
    /// report), detect-secrets (its .secrets.baseline) or sarif (of any tool). May be
    /// given several times
    #[arg(long, value_names = ["TOOL", "FILE"], num_args = 2)]
    pub(crate) from: Vec<String>,

    /// Write it anew though it exists
    #[arg(long)]
    pub(crate) force: bool,

    /// Say what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    #[command(flatten)]
    pub(crate) at: WhereArguments,

    /// Why the new findings are accepted
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) reason: String,

    /// Say what would change, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PruneArguments {
    #[command(flatten)]
    pub(crate) at: WhereArguments,

    /// Say what would go, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    #[command(flatten)]
    pub(crate) at: WhereArguments,

    /// Only list, and ask nothing
    #[arg(long)]
    pub(crate) list: bool,

    /// Ask about entries again that were decided about
    #[arg(long)]
    pub(crate) all: bool,
}
