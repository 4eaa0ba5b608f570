//! Compiling expressions, in one way everywhere.

use regex_automata::meta::{BuildError, Regex};
use regex_automata::util::syntax;

/// The most bytes that a compiled expression may take.
const SIZE_LIMIT: usize = 4 << 20;

/// Compiles an expression over bytes. Unicode is off: with it, compiling takes a
/// hundred times as long, and no credential has other letters than ASCII's.
pub(crate) fn compile(source: &str) -> Result<Regex, Box<BuildError>> {
    Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .configure(Regex::config().nfa_size_limit(Some(SIZE_LIMIT)).utf8_empty(false))
        .build(source)
        .map_err(Box::new)
}
