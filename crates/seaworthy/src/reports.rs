//! The reports of a scan: on standard output, in files, and at the end of the summary of
//! a job.

use std::borrow::Cow;
use std::io::{BufWriter, IsTerminal as _, StdoutLock, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use seaworthy_engine::Scan;
use seaworthy_report::{
    checkstyle, concise, csv, github, gitlab, html, json, jsonl, junit, markdown, rdjson, sarif,
    terminal, web,
};

use crate::arguments::{Format, SarifProfile, ScanArguments};
use crate::scan::{STDIN, color, is_part};

/// The width of what no terminal shows.
const WIDTH_OF_FILES: usize = 100;

/// Writes every report that was asked for, that of standard output last.
pub(crate) fn write(
    arguments: &ScanArguments,
    scan: &Scan,
    elapsed: Duration,
    stdout: anstream::AutoStream<StdoutLock<'static>>,
) -> anyhow::Result<()> {
    for output in &arguments.output {
        let file = std::fs::File::create(&output.file)
            .with_context(|| format!("cannot write {}", output.file.display()))?;
        let mut writer = BufWriter::new(file);
        render(output.format, arguments, scan, None, &mut writer)
            .and_then(|()| writer.flush())
            .with_context(|| format!("cannot write {}", output.file.display()))?;
    }
    if let Some(file) = &arguments.summary_file {
        append_summary(file, scan).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let format = arguments.format.unwrap_or(Format::Full);
    let mut writer: Box<dyn Write> = match format {
        Format::Full => Box::new(BufWriter::new(stdout)),
        // What machines read has no colours to be taken out.
        _ => Box::new(BufWriter::new(stdout.into_inner())),
    };
    render(format, arguments, scan, Some(elapsed), &mut writer)?;
    writer.flush()?;
    Ok(())
}

/// Adds the report as Markdown to what the steps of a job have written. The whole of it
/// is dropped where it is too long, so what stands there counts.
fn append_summary(file: &Path, scan: &Scan) -> std::io::Result<()> {
    let mut file = std::fs::File::options().create(true).append(true).open(file)?;
    let there = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let limit = markdown::LIMIT.saturating_sub(there);
    let mut text = Vec::new();
    markdown::write(&scan.report, &markdown::Options { source: source(scan), limit }, &mut text)?;
    if there > 0 {
        text.insert(0, b'\n');
    }
    file.write_all(&text)
}

/// Where the files can be looked at: where the CI server says, or where git came from.
fn source(scan: &Scan) -> Option<web::Source> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let on_github = || {
        web::Source::github(
            &set("GITHUB_SERVER_URL")?,
            &set("GITHUB_REPOSITORY")?,
            &set("GITHUB_SHA")?,
        )
    };
    let git = scan.report.git.as_ref()?;
    let source = on_github().or_else(|| web::Source::of(git))?;
    Some(source.below(&git.prefix))
}

/// For whom SARIF is written: GitHub where it asks for it.
fn profile(arguments: &ScanArguments) -> sarif::Profile {
    let on_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    match arguments.sarif_profile {
        Some(SarifProfile::Github) => sarif::Profile::Github,
        None if on_github => sarif::Profile::Github,
        Some(SarifProfile::Full) | None => sarif::Profile::Full,
    }
}

fn render(
    format: Format,
    arguments: &ScanArguments,
    scan: &Scan,
    elapsed: Option<Duration>,
    mut out: &mut dyn Write,
) -> std::io::Result<()> {
    let report = match format {
        // Who reads these looks for the files where the repository begins.
        Format::Github | Format::Gitlab | Format::Rdjson | Format::Checkstyle => {
            scan.report.seen_from_repository()
        }
        Format::Sarif if profile(arguments) == sarif::Profile::Github => {
            scan.report.seen_from_repository()
        }
        _ => Cow::Borrowed(&scan.report),
    };
    let report = report.as_ref();
    match format {
        Format::Sarif => {
            let options = sarif::Options {
                profile: profile(arguments),
                category: arguments.category.clone(),
            };
            sarif::write(report, &options, &mut out)
        }
        Format::Checkstyle => checkstyle::write(report, &mut out),
        Format::Concise => concise::write(report, &mut out),
        Format::Csv => csv::write(report, &mut out),
        Format::Github => github::write(report, &mut out),
        Format::Gitlab => gitlab::write(report, &mut out),
        Format::Html => html::write(report, &html::Options { source: source(scan) }, &mut out),
        Format::Json => json::write(report, &mut out),
        Format::Jsonl => jsonl::write(report, &mut out),
        Format::Junit => junit::write(report, &mut out),
        Format::Markdown => {
            let options = markdown::Options { source: source(scan), ..Default::default() };
            markdown::write(report, &options, &mut out)
        }
        Format::Rdjson => rdjson::write(report, &mut out),
        Format::Full => {
            // A file gets the plain text; only the terminal has a time to show.
            let stdout = elapsed.is_some();
            let terminal = stdout && std::io::stdout().is_terminal();
            let width = || terminal_size::terminal_size().map(|(width, _)| width.0.into());
            let options = terminal::Options {
                color: stdout && color(arguments.color) != anstream::ColorChoice::Never,
                hyperlinks: terminal && supports_hyperlinks(),
                width: width().filter(|_| terminal).unwrap_or(WIDTH_OF_FILES),
                verbose: arguments.verbose,
                show_suppressed: arguments.show_suppressed,
                elapsed: elapsed.filter(|_| terminal),
                interactive: terminal,
                cut: terminal && arguments.format.is_none(),
                next: terminal.then(|| next(arguments)).flatten(),
            };
            terminal::write(report, &options, &mut out)
        }
    }
}

/// What a reader can do next: nothing to tell where only a part was looked at.
fn next(arguments: &ScanArguments) -> Option<terminal::Next> {
    let part =
        is_part(arguments) || arguments.history.is_some() || arguments.stdin_filename.is_some();
    if part || arguments.paths.iter().any(|path| path == Path::new(STDIN)) {
        return None;
    }
    let mut target = String::new();
    for path in &arguments.paths {
        let path = path.to_string_lossy();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:,=".contains(c);
        target.push(' ');
        match path.chars().all(plain) && !path.starts_with('-') {
            true => target.push_str(&path),
            // One that no shell takes for more than a path.
            false => {
                let quoted = format!("'{}'", path.replace('\'', r"'\''"));
                target.push_str(&seaworthy_report::visible(&quoted));
            }
        }
    }
    let settings = Path::new(seaworthy_engine::settings::FILE_NAME);
    let root = match arguments.paths.as_slice() {
        [directory] if directory.is_dir() => directory.clone(),
        _ => PathBuf::new(),
    };
    let fresh = arguments.config.is_none() && !root.join(settings).exists();
    Some(terminal::Next { target, fresh })
}

/// Terminals that are known to show OSC 8 links; others print rubbish at worst,
/// so a known name is asked for.
fn supports_hyperlinks() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    set("WT_SESSION")
        || set("KITTY_WINDOW_ID")
        || set("VTE_VERSION")
        || set("WEZTERM_PANE")
        || std::env::var("TERM_PROGRAM")
            .is_ok_and(|name| matches!(name.as_str(), "iTerm.app" | "vscode" | "ghostty"))
}
