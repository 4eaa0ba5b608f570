//! The command line of seaworthy.

mod arguments;
mod documents;
mod scan;
mod setup;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        None => scan::scan(&arguments.scan),
        Some(Command::Scan(options)) => scan::scan(&options),
        Some(Command::Rules(options)) => documents::rules(&options),
        Some(Command::Explain(options)) => documents::explain(&options),
        Some(Command::Init(options)) => setup::init(&options),
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

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
