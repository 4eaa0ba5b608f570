//! Questions to whoever sits at the terminal.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

/// Whether there is somebody to ask: both what is asked and what is answered go by a
/// terminal.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks, and reads one line of an answer. `None` when the input has ended.
///
/// # Errors
/// When the terminal cannot be read or written.
pub(crate) fn ask(question: &str) -> std::io::Result<Option<String>> {
    let mut stderr = anstream::stderr().lock();
    write!(stderr, "{question} ")?;
    stderr.flush()?;
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer)?;
    if read == 0 {
        writeln!(stderr)?;
        return Ok(None);
    }
    Ok(Some(answer.trim().to_lowercase()))
}

/// Asks a question of which only `y` or `yes` is a yes.
///
/// # Errors
/// When the terminal cannot be read or written.
pub(crate) fn yes(question: &str) -> std::io::Result<bool> {
    let answer = ask(&format!("{question} [y/N]"))?;
    Ok(answer.is_some_and(|answer| answer == "y" || answer == "yes"))
}
