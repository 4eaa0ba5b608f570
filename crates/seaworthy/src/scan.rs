//! `seaworthy scan`.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use seaworthy_engine::baseline::Choice;
use seaworthy_engine::fixes;
use seaworthy_engine::{Answer, PluginOptions, Proposal, ScanOptions, Since, View};
use seaworthy_model::{Applicability, ArtifactPath, Report};

mod pushed;

use crate::arguments::{Color, Format, ScanArguments};
use crate::{ask, mend, missing, reports};

/// The path that stands for standard input.
pub(crate) const STDIN: &str = "-";

/// So many seconds are long.
const LONG: u32 = 3;

/// A scan shorter than this shows no progress.
const PATIENCE: Duration = Duration::from_millis(300);

pub(crate) fn scan(arguments: &ScanArguments) -> anyhow::Result<u8> {
    let started = Instant::now();
    let mut options = options(arguments)?;
    let root = options.root.clone();
    let pushed = arguments.changes.pre_push.as_deref().map(pushed::pushed).transpose()?;
    let mut scan = match &pushed {
        None => with_progress(arguments, &root, || seaworthy_engine::scan(&options))?,
        Some(pushed) => {
            let Some(scan) =
                with_progress(arguments, &root, || pushed::scan(&mut options, pushed))?
            else {
                writeln!(anstream::stderr(), "nothing is pushed that could be scanned")?;
                return Ok(0);
            };
            scan
        }
    };
    // Not the time that somebody takes to answer.
    let elapsed = started.elapsed();
    let mut stdout = anstream::AutoStream::new(std::io::stdout().lock(), color(arguments.color));

    if arguments.fix || arguments.unsafe_fixes || arguments.dry_run {
        let up_to =
            if arguments.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
        anyhow::ensure!(
            arguments.dry_run
                || (options.view == View::WorkingTree
                    && arguments.stdin_filename.is_none()
                    && !options.alone),
            "--fix edits files on disk; it goes neither with what is staged or committed nor \
             with standard input; --dry-run shows what it would do"
        );
        // What runs in a script has said what it wants by the flag.
        let asks = !arguments.dry_run && !arguments.yes && ask::can_ask();
        let mut decide = |proposal: &Proposal<'_>| match asks {
            true => mend::decide(proposal),
            false => Answer::All,
        };
        let mended = seaworthy_engine::mend_asking(&options, scan, up_to, &mut decide)?;
        if arguments.dry_run {
            for edit in &mended.edits {
                write!(stdout, "{}", mend::colored(&fixes::diff(edit)))?;
            }
            stdout.flush()?;
            // What a fix would mend is there as long as nobody applies it.
            return Ok(mended.scan.report.exit_code.max(u8::from(!mended.edits.is_empty())));
        }
        mend::write(&options.root, &mended.edits, mended.left)?;
        scan = mended.scan;
    }

    reports::write(arguments, &scan, elapsed, stdout)?;
    if arguments.format.unwrap_or(Format::Full) == Format::Full && !is_part(arguments) {
        remark(&options, &scan.report)?;
    }
    let code = scan.report.exit_code;
    // The process ends: to free what was read, piece by piece, would only take time.
    std::mem::forget(scan);
    Ok(code)
}

/// What a reader may not expect: that there was nothing to look at, or no git.
fn remark(options: &ScanOptions, report: &Report) -> std::io::Result<()> {
    let mut stderr = anstream::stderr().lock();
    let here = std::env::current_dir().is_ok_and(|current| current == options.root);
    let root = match here || options.root == Path::new(".") {
        true => "this directory".into(),
        false => options.root.to_string_lossy(),
    };
    let root = seaworthy_report::visible(&root);
    if report.statistics.artifacts == 0 {
        writeln!(stderr, "note: there is nothing to look at in {root}")?;
    } else if report.git.is_none() && !options.alone && std::io::stderr().is_terminal() {
        writeln!(stderr, "note: {root} is in no git repository, so what git tracks is not judged")?;
    }
    Ok(())
}

pub(crate) fn color(choice: Color) -> anstream::ColorChoice {
    match choice {
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
        // Honours NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM=dumb.
        Color::Auto => anstream::AutoStream::choice(&std::io::stdout()),
    }
}

/// Whether only a part of what lies on disk counts, or none of it.
pub(crate) fn is_part(arguments: &ScanArguments) -> bool {
    let changes = &arguments.changes;
    changes.staged
        || changes.staged_full
        || changes.diff.is_some()
        || changes.from_ref.is_some()
        || changes.pre_push.is_some()
        || arguments.to_ref.is_some()
}

fn options(arguments: &ScanArguments) -> anyhow::Result<ScanOptions> {
    let mut paths = arguments.paths.clone();
    let mut history = arguments.history.clone();
    // As with git, what names a file and no commit is a path.
    if let Some(range) = history.as_mut().filter(|range| Path::new(range).exists()) {
        paths.insert(0, PathBuf::from(std::mem::take(range)));
    }
    let changes = &arguments.changes;
    // A variable of a pipeline that is not set compares with nothing.
    for (flag, name) in [("--from-ref", &changes.from_ref), ("--to-ref", &arguments.to_ref)] {
        anyhow::ensure!(name.as_deref() != Some(""), "{flag} is empty: it is to name a commit");
    }
    let mut diff = changes.diff.clone();
    if let Some(name) = diff.as_mut().filter(|name| Path::new(name).exists()) {
        paths.insert(0, PathBuf::from(std::mem::take(name)));
    }
    let to = || View::Commit(arguments.to_ref.clone().unwrap_or_else(|| "HEAD".to_owned()));
    let (view, since) = match (diff, &changes.from_ref) {
        (Some(name), _) => {
            (View::WorkingTree, Some(Since::Branch(Some(name).filter(|name| !name.is_empty()))))
        }
        (None, Some(from)) => (to(), Some(Since::Commit(from.clone()))),
        (None, None) if changes.staged => (View::Index, Some(Since::Head)),
        (None, None) if changes.staged_full => (View::Index, None),
        (None, None) if arguments.to_ref.is_some() => (to(), None),
        (None, None) => (View::WorkingTree, None),
    };
    let from_stdin = paths.iter().any(|path| path == Path::new(STDIN));
    let alone = from_stdin && arguments.stdin_filename.is_none();
    if from_stdin {
        anyhow::ensure!(
            paths.len() == 1 && !is_part(arguments) && history.is_none(),
            "`-` is standard input; it goes with no other PATH, and neither with --history nor \
             with what is staged, committed or new"
        );
        paths.clear();
    }
    let (root, only) = match alone {
        true => (PathBuf::from("."), Vec::new()),
        false => {
            // What git has need not lie on disk.
            let on_disk = view == View::WorkingTree && changes.pre_push.is_none();
            root_and_filter(&paths, arguments.stdin_filename.as_deref(), on_disk)?
        }
    };
    let mut options = ScanOptions::new(root);
    options.history = history;
    options.only = only;
    (options.view, options.since) = (view, since);
    options.config.clone_from(&arguments.config);
    options.fail_on = arguments.fail_on;
    options.max_file_size = arguments.max_file_size;
    options.alone = alone;
    options.baseline = match &arguments.baseline {
        Some(file) => Choice::File(file.clone()),
        None if arguments.no_baseline => Choice::Off,
        None => Choice::Found,
    };
    options.plugins = plugin_options();
    options.plugins.allow_untrusted = arguments.allow_repo_plugins;
    options.plugins.verify |= arguments.verify_plugins;
    if arguments.stdin_filename.is_some() || alone {
        let mut bytes = Vec::new();
        // One byte more than allowed tells a text that is too large.
        std::io::stdin()
            .lock()
            .take(arguments.max_file_size.saturating_add(1))
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
        let text = seaworthy_engine::readable(&bytes)
            .context("standard input is binary data, not a text")?
            .into_owned();
        let path = options.only.first().map_or("stdin", String::as_str);
        options.overlays.push((ArtifactPath::new(path), text));
    }
    Ok(options)
}

/// How plugins are treated here. Where CI is set nobody sees what a report says of a
/// plugin that failed, so it fails the scan.
pub(crate) fn plugin_options() -> PluginOptions {
    let in_ci = std::env::var_os("CI")
        .is_some_and(|value| !["", "0", "false"].iter().any(|off| value.eq_ignore_ascii_case(off)));
    let mut options = PluginOptions::default();
    (options.fail, options.verify) = (in_ci, in_ci);
    #[cfg(feature = "plugins")]
    {
        options.compiler = Some(std::sync::Arc::new(crate::plugin::compile));
    }
    options
}

/// One directory is a root of its own. Otherwise the root is the repository
/// around the paths (or the directory that holds them all), and the paths say
/// what is reported on.
fn root_and_filter(
    paths: &[PathBuf],
    stdin: Option<&Path>,
    on_disk: bool,
) -> anyhow::Result<(PathBuf, Vec<String>)> {
    let current = std::env::current_dir().context("the current directory cannot be found")?;
    if let Some(name) = stdin {
        anyhow::ensure!(
            paths.is_empty(),
            "--stdin-filename already names the file; give no other PATH"
        );
        let absolute = current.join(name);
        let parent = absolute.parent().unwrap_or(&current);
        // The file may not exist yet, its directory neither.
        let existing = parent.ancestors().find(|directory| directory.is_dir()).unwrap_or(&current);
        let root = repository_around(&existing.canonicalize()?).unwrap_or(current.canonicalize()?);
        let absolute =
            existing.canonicalize()?.join(absolute.strip_prefix(existing).unwrap_or(&absolute));
        let only = relative(&root, &absolute)?;
        return Ok((root, vec![only]));
    }
    match paths {
        [] => Ok((current, Vec::new())),
        [directory] if directory.is_dir() => Ok((directory.clone(), Vec::new())),
        paths => {
            let mut absolute = Vec::new();
            for path in paths {
                let real = match path.canonicalize() {
                    Err(_) if !on_disk => canonical_in(&current, path)?,
                    real => real.map_err(|error| missing::cannot_read(path, &error))?,
                };
                absolute.push(real);
            }
            let first = absolute[0].clone();
            let start =
                if first.is_dir() { first.as_path() } else { first.parent().unwrap_or(&first) };
            let root = match repository_around(start) {
                Some(root) if absolute.iter().all(|path| path.starts_with(&root)) => root,
                _ => start
                    .ancestors()
                    .find(|ancestor| absolute.iter().all(|path| path.starts_with(ancestor)))
                    .unwrap_or(start)
                    .to_owned(),
            };
            let only =
                absolute.iter().map(|path| relative(&root, path)).collect::<Result<_, _>>()?;
            Ok((root, only))
        }
    }
}

/// The real path of what need not exist.
fn canonical_in(current: &Path, path: &Path) -> anyhow::Result<PathBuf> {
    let absolute = current.join(path);
    let existing = absolute.ancestors().find(|ancestor| ancestor.is_dir()).unwrap_or(current);
    let rest = absolute.strip_prefix(existing).unwrap_or(path);
    Ok(existing.canonicalize()?.join(rest))
}

fn repository_around(directory: &Path) -> Option<PathBuf> {
    directory.ancestors().find(|ancestor| ancestor.join(".git").exists()).map(Path::to_owned)
}

fn relative(root: &Path, path: &Path) -> anyhow::Result<String> {
    let relative = path
        .strip_prefix(root)
        .with_context(|| format!("{} is not below {}", path.display(), root.display()))?;
    let relative = relative.to_string_lossy();
    Ok(relative.replace(std::path::MAIN_SEPARATOR, "/"))
}

/// Runs the work and, on a terminal, says after a while that it goes on.
fn with_progress<T>(arguments: &ScanArguments, root: &Path, work: impl FnOnce() -> T) -> T {
    let show = !arguments.no_progress
        && std::io::stderr().is_terminal()
        && std::env::var_os("CI").is_none()
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    if !show {
        return work();
    }
    let in_repository = root.canonicalize().is_ok_and(|root| repository_around(&root).is_some());
    let (done, waiting) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut shown = false;
            let mut seconds = 0_u32;
            while matches!(
                waiting.recv_timeout(if shown { Duration::from_secs(1) } else { PATIENCE }),
                Err(mpsc::RecvTimeoutError::Timeout)
            ) {
                let mut stderr = anstream::stderr().lock();
                if seconds == LONG && !in_repository {
                    // Whoever stands in a home directory did not mean all of it.
                    let _ = writeln!(
                        stderr,
                        "\rThis is no git repository, and it is large. Ctrl-C stops; \
                         `seaworthy PATH` scans one project."
                    );
                }
                let _ = write!(stderr, "\rscanning… {seconds} s");
                let _ = stderr.flush();
                shown = true;
                seconds += 1;
            }
            if shown {
                let mut stderr = anstream::stderr().lock();
                let _ = write!(stderr, "\r\x1b[K");
                let _ = stderr.flush();
            }
        });
        let result = work();
        drop(done);
        result
    })
}
