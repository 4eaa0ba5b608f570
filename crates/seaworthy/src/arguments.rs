//! The arguments, with their help.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use seaworthy_engine::FailOn;
use seaworthy_model::{Group, Severity};

const EXAMPLES: &str = "\
Examples:
  seaworthy                                  scan the repository you stand in
  seaworthy scan path/to/repo                scan another one
  seaworthy scan --staged                    scan what is about to be committed
  seaworthy scan --diff                      what this branch brings anew
  seaworthy scan --history                   look for secrets in all commits, too
  seaworthy scan --fix                       mend what can be mended safely
  seaworthy scan --output sarif=out.sarif    write a report and print findings
  seaworthy explain jwt-secret-too-short     what a rule means, and what to do

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 could not do the work.";

/// Is this repository fit to ship? Finds weak and leaked secrets, unsafe
/// deployment settings and missing HTTP headers, file by file and across files.
#[derive(Debug, Parser)]
#[command(name = "seaworthy", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// As `seaworthy lsp`
    #[arg(long, hide = true, exclusive = true)]
    pub(crate) lsp: bool,

    #[command(flatten)]
    pub(crate) scan: ScanArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan a repository (what `seaworthy` alone does in the current directory)
    #[command(after_help = EXAMPLES)]
    Scan(ScanArguments),
    /// List the rules and detectors, or check your own
    Rules(RulesArguments),
    /// Explain a rule or detector: why it matters, an example, how to mend it
    Explain(ExplainArguments),
    /// Know of findings, so that only new ones count
    Baseline(crate::baseline::BaselineArguments),
    /// Make, fetch, test and inspect plugins: rules of your own
    #[cfg(feature = "plugins")]
    Plugin(crate::plugin::PluginArguments),
    /// Write settings, a hook and a workflow, after showing them
    Init(InitArguments),
    /// Serve an editor: the language server, on standard input and output
    #[command(alias = "server")]
    Lsp(LspArguments),
    /// Print the JSON Schema of seaworthy.toml
    Schema,
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct ScanArguments {
    /// What to report on: one directory is scanned as a repository of its own;
    /// files, or several paths, filter what is reported about the repository
    /// they lie in; `-` reads standard input as a text by itself [default: .]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) changes: ChangesArguments,

    /// Scan this commit instead of the files on disk [default with --from-ref: HEAD]
    #[arg(long, value_name = "REF", conflicts_with_all = ["staged", "staged_full", "diff", "pre_push"])]
    pub(crate) to_ref: Option<String>,

    /// Scan the history of git, too, for secrets that were deleted since: all of it,
    /// or the commits of a range such as origin/main..HEAD
    #[arg(
        long,
        value_name = "RANGE",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with_all = ["what", "to_ref", "stdin_filename"]
    )]
    pub(crate) history: Option<String>,

    /// The format on standard output [default: full, which a terminal is shown the
    /// most urgent part of]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Also write a report to a file; may be given several times
    #[arg(long, value_name = "FORMAT=FILE")]
    pub(crate) output: Vec<Output>,

    /// Also add a report in Markdown to the end of a file, as the summary of a job on
    /// GitHub is written
    #[arg(long, value_name = "FILE")]
    pub(crate) summary_file: Option<PathBuf>,

    /// The least severity that makes the exit code 1: critical, high, medium,
    /// low, info, or never [default: medium, or what seaworthy.toml says]
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,

    /// Apply safe fixes, then report what is left
    #[arg(long)]
    pub(crate) fix: bool,

    /// Apply fixes that may change behaviour, too; a terminal is asked about each
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,

    /// Ask nothing: apply them all
    #[arg(long)]
    pub(crate) yes: bool,

    /// Show what fixes would change, with secrets masked, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Use this settings file instead of every seaworthy.toml in the repository
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The file with the findings that are known and do not count [default: what
    /// seaworthy.toml says, or seaworthy-baseline.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Scan as though there were no baseline
    #[arg(long, conflicts_with = "baseline")]
    pub(crate) no_baseline: bool,

    /// Run the plugins that the repository pins, though you have not trusted them
    #[arg(long)]
    pub(crate) allow_repo_plugins: bool,

    /// Look at every byte of a plugin before it runs; so it is where CI is set
    #[arg(long)]
    pub(crate) verify_plugins: bool,

    /// Read standard input as the text of this file of the repository, and
    /// report on that file
    #[arg(long, value_name = "PATH")]
    pub(crate) stdin_filename: Option<PathBuf>,

    /// Keep within what GitHub code scanning accepts and shows
    #[arg(long, value_enum, value_name = "PROFILE")]
    pub(crate) sarif_profile: Option<SarifProfile>,

    /// SARIF's automation category, to tell several scans of a commit apart
    #[arg(long, value_name = "NAME")]
    pub(crate) category: Option<String>,

    /// The largest file that is parsed, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = seaworthy_engine::DEFAULT_MAX_FILE_SIZE)]
    pub(crate) max_file_size: u64,

    /// Show informational findings and every notification in full
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// Show suppressed findings, and those of the baseline, too
    #[arg(long)]
    pub(crate) show_suppressed: bool,

    /// Never show progress
    #[arg(long)]
    pub(crate) no_progress: bool,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

/// What is looked at, and what it must be new against to count.
#[derive(Debug, Args)]
#[group(id = "what", multiple = false)]
pub(crate) struct ChangesArguments {
    /// Scan what is staged, and count what the next commit would bring anew
    #[arg(long)]
    pub(crate) staged: bool,

    /// Scan what is staged, and count whatever is there
    #[arg(long)]
    pub(crate) staged_full: bool,

    /// Count what is new since the branch left REF, uncommitted changes included
    /// [default: the default branch of origin, or else the last commit]
    #[arg(long, value_name = "REF", num_args = 0..=1, default_missing_value = "")]
    pub(crate) diff: Option<String>,

    /// Scan the commit of --to-ref, and count what is new against this one
    #[arg(long, value_name = "REF")]
    pub(crate) from_ref: Option<String>,

    /// Scan what is pushed, and count what the remote has not: in git's pre-push hook,
    /// whose first argument REMOTE is, or by pre-commit and prek
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, default_missing_value = "")]
    pub(crate) pre_push: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Code frames and a summary, for a terminal
    Full,
    /// One line a finding
    Concise,
    /// SARIF 2.1.0
    Sarif,
    /// JSON of a documented shape
    Json,
    /// The same, one line a finding
    Jsonl,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's Code Quality report
    Gitlab,
    /// JUnit's XML
    Junit,
    /// The Reviewdog Diagnostic Format
    Rdjson,
    /// Checkstyle's XML
    Checkstyle,
    /// Comma-separated values
    Csv,
    /// Markdown, within what the summary of a job may hold
    Markdown,
    /// One page that needs nothing besides itself
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SarifProfile {
    /// Everything, suppressed findings included
    Full,
    /// What GitHub code scanning accepts and shows
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that wants them
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// `FORMAT=FILE`.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) file: PathBuf,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text
            .split_once('=')
            .ok_or("expected FORMAT=FILE, for instance sarif=seaworthy.sarif")?;
        let format = Format::from_str(format, false).map_err(|_| {
            let known = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let names: Vec<String> = known.map(|format| format.get_name().to_owned()).collect();
            format!("unknown format `{format}`: expected one of {}", names.join(", "))
        })?;
        match file {
            "" => return Err("expected a file after `=`".to_owned()),
            "-" => return Err("standard output has --format".to_owned()),
            _ => {}
        }
        Ok(Self { format, file: PathBuf::from(file) })
    }
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RulesArguments {
    #[command(subcommand)]
    pub(crate) command: Option<RulesCommand>,

    /// List the detectors of secrets instead
    #[arg(long)]
    pub(crate) detectors: bool,

    /// Only the rules of this group; may be given several times
    #[arg(long, value_name = "GROUP", value_parser = group)]
    pub(crate) group: Vec<Group>,

    /// Only what is at least as severe: critical, high, medium, low or info
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(crate) severity: Option<Severity>,

    /// How to print them
    #[arg(long, value_enum, default_value_t = RulesFormat::Table, value_name = "FORMAT")]
    pub(crate) format: RulesFormat,
}

fn group(name: &str) -> Result<Group, String> {
    let all = || Group::ALL.into_iter().chain([Group::Plugins]);
    all().find(|group| group.as_str() == name).ok_or_else(|| {
        let names: Vec<&str> = all().map(Group::as_str).collect();
        format!("the groups are {}", names.join(", "))
    })
}

fn severity(name: &str) -> Result<Severity, String> {
    name.parse().map_err(|()| "expected critical, high, medium, low or info".to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Check files of detectors: their form, and every example in them
    Check(RulesCheckArguments),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all is right, 1 something is wrong, 2 a file cannot be read."
)]
pub(crate) struct RulesCheckArguments {
    /// Files, directories with *.toml files, or paths with `*` [default: the
    /// detectors of seaworthy itself]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// One line for each
    Table,
    /// JSON
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The id of a rule or a detector, for instance jwt-secret-too-short or
    /// github-personal-access-token
    #[arg(value_name = "ID")]
    pub(crate) rule: String,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

const INIT_EXAMPLES: &str = "\
Examples:
  seaworthy init                       shows what fits this repository, and asks
  seaworthy init --hook pre-commit     a hook, and nothing else
  seaworthy init --workflow github     a workflow, and nothing else
  seaworthy init --settings --yes      a settings file, without asking

Files that exist keep what stands in them; what is there already is left as it is.";

#[derive(Debug, Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(crate) struct InitArguments {
    /// The root of the repository
    #[arg(default_value = ".")]
    pub(crate) directory: PathBuf,

    /// Write a commented settings file
    #[arg(long)]
    pub(crate) settings: bool,

    /// Look at what is staged before each commit, by what runs your hooks; `auto` is
    /// what the repository uses, or git itself
    #[arg(long, value_enum, value_name = "TOOL")]
    pub(crate) hook: Option<Hook>,

    /// Look at what is pushed
    #[arg(long, value_enum, value_name = "SERVICE")]
    pub(crate) workflow: Option<Workflow>,

    /// Take over what another tool was told; adds to a settings file that exists
    #[arg(long, value_enum, value_name = "TOOL")]
    pub(crate) from: Option<Tool>,

    /// Write without asking; without another option, all that fits the repository
    #[arg(long)]
    pub(crate) yes: bool,

    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Hook {
    /// What lies in the repository
    Auto,
    /// .pre-commit-config.yaml, which prek reads, too, or prek.toml
    #[value(alias = "prek")]
    PreCommit,
    /// lefthook.yml
    Lefthook,
    /// .husky/pre-commit
    Husky,
    /// package.json or .lintstagedrc
    LintStaged,
    /// A file in the directory of git's hooks, for yourself alone
    Git,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workflow {
    /// .github/workflows/seaworthy.yml
    Github,
    /// A job in .gitlab-ci.yml
    Gitlab,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    /// .gitleaks.toml, with .gitleaksignore and `gitleaks:allow` comments
    Gitleaks,
}

#[derive(Debug, Args)]
pub(crate) struct LspArguments {
    /// Speak over standard input and output, which is the only way
    #[arg(long)]
    pub(crate) stdio: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
