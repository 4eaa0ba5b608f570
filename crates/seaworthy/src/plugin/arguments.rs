//! The arguments of `seaworthy plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  seaworthy plugin new --lang rust my-rules       make a plugin from a template
  seaworthy plugin build my-rules                 build its component
  seaworthy plugin test my-rules                  hold it against its fixtures
  seaworthy plugin add my-rules                   run it on this repository
  seaworthy plugin add npm:@team/rules@1.2.0      take one from a registry
  seaworthy plugin fetch                          get what seaworthy.lock pins

Exit codes: 0 all is right, 1 something is wrong with a plugin, 2 could not do the work.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PluginArguments {
    #[command(subcommand)]
    pub(crate) command: PluginCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Make a new plugin that builds and passes its test
    New(NewArguments),
    /// Build the component of a plugin from its sources
    Build(BuildArguments),
    /// Hold a plugin against its fixtures
    Test(TestArguments),
    /// Add a plugin to this repository: pin it, trust it, run it in scans
    Add(AddArguments),
    /// Get the plugins that seaworthy.lock pins and that are not on this machine
    Fetch(FetchArguments),
    /// Let a plugin run that this repository pins
    Trust(TrustArguments),
    /// List the plugins of this repository
    List(ListArguments),
    /// Show what a plugin is: its rules, its configuration, where it comes from
    Info(InfoArguments),
    /// Look for newer versions of plugins, and pin them
    Update(UpdateArguments),
    /// Remove a plugin from this repository
    Remove(RemoveArguments),
    /// Check that everything is as seaworthy.lock pins it
    Verify(VerifyArguments),
    /// Compile a component from standard input to standard output
    #[command(hide = true)]
    Compile(CompileArguments),
    /// Write what a source leads to on standard output
    #[command(hide = true)]
    Download(DownloadArguments),
}

/// Which repository is meant.
#[derive(Clone, Debug, Args)]
pub(crate) struct RepositoryArguments {
    /// The repository [default: the one you stand in]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) repository: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// A crate with the SDK
    Rust,
    /// A module, built by componentize-js
    #[value(alias = "javascript")]
    Js,
    /// A module, built by componentize-py
    #[value(alias = "py")]
    Python,
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The language to write it in
    #[arg(long, value_enum)]
    pub(crate) lang: Lang,
    /// Where it goes; the last part is its name: a-z, 0-9 and `-`
    pub(crate) path: PathBuf,
    /// The folder of the Rust SDK, seaworthy-plugin-api [default: that of the
    /// repository of seaworthy around the new plugin, or else its address]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) sdk: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// The plugin's folder
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Where the component goes [default: <folder>/<name of the folder>.wasm]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// The plugin's folder
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// Test this component instead of building one
    #[arg(long, value_name = "FILE")]
    pub(crate) component: Option<PathBuf>,
    /// Run only the fixtures whose names contain this
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// A component or the folder of a plugin that was built, or an address:
    /// https://…, oci:REGISTRY/NAME:TAG, npm:PACKAGE[@VERSION]
    pub(crate) source: String,
    /// Pin it, and do not trust it
    #[arg(long)]
    pub(crate) no_trust: bool,
    #[command(flatten)]
    pub(crate) repository: RepositoryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct FetchArguments {
    /// Trust all of them, too
    #[arg(long)]
    pub(crate) trust: bool,
    #[command(flatten)]
    pub(crate) repository: RepositoryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct TrustArguments {
    /// The plugins, by name
    #[arg(required = true)]
    pub(crate) names: Vec<String>,
    /// Take the trust back: from everything of this name, or with this digest
    #[arg(long)]
    pub(crate) revoke: bool,
    #[command(flatten)]
    pub(crate) repository: RepositoryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) repository: RepositoryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArguments {
    /// A plugin of this repository by name, or a component
    pub(crate) plugin: String,
    #[command(flatten)]
    pub(crate) repository: RepositoryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// The plugins, by name [default: all]
    pub(crate) names: Vec<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) repository: RepositoryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// The plugin, by name
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) repository: RepositoryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// Fetch every plugin again and hold it against the lock, too
    #[arg(long)]
    pub(crate) fetch: bool,
    #[command(flatten)]
    pub(crate) repository: RepositoryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CompileArguments {
    /// The most bytes of the component
    #[arg(long)]
    pub(crate) size: u64,
}

#[derive(Debug, Args)]
pub(crate) struct DownloadArguments {
    /// The source
    pub(crate) source: String,
}
