//! The command line of seaworthy.

mod arguments;
mod ask;
mod baseline;
#[cfg(test)]
mod documentation;
mod documents;
mod explain;
mod init;
mod mend;
mod missing;
mod near;
#[cfg(feature = "plugins")]
mod plugin;
mod reports;
mod scan;
mod setup;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let mut stderr = anstream::stderr().lock();
        let _ = writeln!(stderr, "{}", internal_error(panic.location()));
    }));
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        None if arguments.lsp => Ok(serve()),
        Some(Command::Lsp(_)) => Ok(serve()),
        None => scan::scan(&arguments.scan),
        Some(Command::Scan(options)) => scan::scan(&options),
        Some(Command::Rules(options)) => documents::rules(&options),
        Some(Command::Explain(options)) => explain::explain(&options),
        Some(Command::Baseline(options)) => baseline::run(&options),
        #[cfg(feature = "plugins")]
        Some(Command::Plugin(options)) => plugin::run(&options),
        Some(Command::Init(options)) => init::init(&options),
        Some(Command::Schema) => documents::schema(),
        Some(Command::Completions(options)) => setup::completions(&options),
        Some(Command::Man) => setup::man(),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        // Whoever closed the pipe has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let mut stderr = anstream::stderr().lock();
            let _ = writeln!(stderr, "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Serves an editor.
fn serve() -> u8 {
    seaworthy_lsp::serve(seaworthy_lsp::Options { plugins: scan::plugin_options() })
}

/// What is said of a fault of ours: its place, and never its message, which may
/// quote the text that was looked at.
fn internal_error(place: Option<&std::panic::Location<'_>>) -> String {
    let place =
        place.map_or(String::new(), |place| format!(" at {}:{}", place.file(), place.line()));
    format!("internal error{place}; what was being judged there is missing from the report")
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::internal_error;

    #[test]
    fn a_fault_is_told_by_its_place_alone() {
        let told = internal_error(Some(std::panic::Location::caller()));
        assert!(told.starts_with("internal error at ") && told.contains("main.rs:"), "{told}");
    }
}
