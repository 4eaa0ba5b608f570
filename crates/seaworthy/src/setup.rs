//! `seaworthy completions` and `man`.

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::arguments::{Arguments, CompletionsArguments};

pub(crate) fn completions(arguments: &CompletionsArguments) -> anyhow::Result<u8> {
    let mut command = Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "seaworthy", &mut script);
    let mut out = anstream::stdout().lock();
    out.write_all(&script)?;
    out.flush()?;
    Ok(0)
}

pub(crate) fn man() -> anyhow::Result<u8> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
    let mut out = anstream::stdout().lock();
    out.write_all(&page)?;
    out.flush()?;
    Ok(0)
}
