//! Values given by calls and brackets: `name("…")`, `x.equals("…")`,
//! `[:name] = "…"`, `name[] = "…"`, and literals before the name.

use super::bytes::{
    before, blanks_back, byte, is_quote, line_start, mark, mark_back, skip_blanks, skip_breaks,
    space_back,
};
use super::callee;
use super::expression::{expression, fallback, skip_group};
use super::literal::{Literal, quoted};
use super::member;
use super::place::Place;

impl Place<'_> {
    /// `[:name] = "…"`, `{name} = "…"`.
    pub(super) fn closed(&self) -> Option<Literal> {
        let b = self.b;
        let prior = before(b, self.start);
        let is_symbol = prior == b':' && before(b, self.start - 1) == b'[';
        let is_key = prior == b'{' && !matches!(before(b, self.start - 1), b'$' | b'#' | b'{');
        if !(is_symbol || is_key) {
            return None;
        }
        if is_symbol && byte(b, self.end + 1) == b',' {
            // `secure_compare(params[:name], "…")`.
            let path = self.path_before(self.start - 2);
            return self.compared_argument(self.start - 2 - path.len(), self.end + 1);
        }
        let next = skip_blanks(b, self.end + 1);
        if byte(b, next) == b'=' && !matches!(byte(b, next + 1), b'=' | b'>' | b'~') {
            return self.literal(next + 1);
        }
        fallback(self.text, self.end + 1)
    }

    /// `name[] = "…"`, `name[32] = {…}`.
    pub(super) fn array(&self) -> Option<Literal> {
        let b = self.b;
        let close = skip_group(b, self.end)?;
        let next = skip_blanks(b, close);
        (byte(b, next) == b'=' && byte(b, next + 1) != b'=' && close - self.end < 48)
            .then(|| expression(self.text, next + 1, 0))
            .flatten()
    }

    /// `name("…")`, `x.equals("…")`.
    pub(super) fn call(&self) -> Option<Literal> {
        let b = self.b;
        let path = b.get(self.start..self.end)?;
        let first = skip_breaks(b, self.end + 1);
        let first = first + usize::from(byte(b, first) == b'@');
        let closes = byte(b, first) == b')';
        if mark(b, first).is_none() && !byte(b, first).is_ascii_alphabetic() && !closes {
            return None;
        }
        if closes && callee::is_conversion(path) {
            return self.compared_argument(self.start, first + 1);
        }
        if callee::is_comparison(path) {
            let receiver = path.contains(&b'.') || before(b, self.start) == b')';
            return (receiver && mark(b, first).is_some())
                .then(|| expression(self.text, first, 0))
                .flatten();
        }
        if !callee::takes_value(path) {
            return None;
        }
        let found = expression(self.text, first, 1)?;
        (byte(b, skip_breaks(b, found.after)) == b')').then_some(found)
    }

    /// `set :name, "…"`, `strcmp(name, "…")`, `{name, "…"}`, `-define(name, "…")`;
    /// `equals(name, …)` after all.
    pub(super) fn comma(&self) -> Option<Literal> {
        let b = self.b;
        let first = skip_breaks(b, self.end + 1);
        if mark(b, first).is_none() && byte(b, first) != b'<' {
            return member::value(self.text, self.start, self.end, self.is_line_based());
        }
        if self.is_closing(first) {
            return None;
        }
        let prior = before(b, self.start);
        let opening = space_back(b, self.start - usize::from(matches!(prior, b':' | b'$')));
        match before(b, opening) {
            b'(' => {
                let path = self.path_before(opening - 1);
                let sets = callee::is_comparison(path)
                    || matches!(
                        path,
                        b"define"
                            | b"Define"
                            | b"DEFINE"
                            | b"fetch"
                            | b"ENV.fetch"
                            | b"set"
                            | b"strcpy"
                            | b"strncpy"
                            | b"setenv"
                            | b"sprintf"
                            | b"strlcpy"
                            | b"coalesce"
                    );
                let found = sets.then(|| expression(self.text, first, 0)).flatten()?;
                let close = byte(b, skip_breaks(b, found.after));
                // `strncmp(name, "…", 12)`.
                (close == b')' || close == b',' && callee::is_comparison(path)).then_some(found)
            }
            b'{' => {
                let mut found = expression(self.text, first, 0)?;
                while byte(b, found.after) == b'>' {
                    found.after += 1;
                }
                let is_erlang =
                    self.file.has_extension(&["erl", "hrl", "ex", "exs", "config", "src"]);
                (is_erlang && byte(b, skip_breaks(b, found.after)) == b'}').then_some(found)
            }
            _ if prior == b':' => {
                let line = line_start(b, self.start);
                let lead = b.get(line..self.start - 1)?.trim_ascii();
                (lead == b"set").then(|| expression(self.text, first, 0)).flatten()
            }
            _ => None,
        }
    }

    /// `compare(x, "…")`: the second argument, when the first begins at `start`
    /// and ends at `end`.
    pub(super) fn compared_argument(&self, start: usize, end: usize) -> Option<Literal> {
        let b = self.b;
        let comma = skip_blanks(b, end);
        let open = space_back(b, start - usize::from(before(b, start) == b'$'));
        let compares = byte(b, comma) == b','
            && before(b, open) == b'('
            && callee::is_comparison(self.path_before(open - 1));
        if !compares {
            return None;
        }
        let found = expression(self.text, skip_breaks(b, comma + 1), 0)?;
        (byte(b, skip_breaks(b, found.after)) == b')').then_some(found)
    }

    /// `compare(bytes(name), bytes("…"))`: the name is all that is converted.
    pub(super) fn converted(&self) -> Option<Literal> {
        let b = self.b;
        let start = self.start - usize::from(before(b, self.start) == b'$');
        if before(b, start) != b'(' {
            return None;
        }
        let path = self.path_before(start - 1);
        let mut outer = start - 1 - path.len();
        if before(b, outer) == b']' && before(b, outer - 1) == b'[' {
            outer -= 2;
        } else if !callee::is_wrapper(path) {
            return None;
        }
        self.compared_argument(outer, self.end + 1)
    }

    /// A literal before the name: `"…" == name`, `"…".equals(name)`.
    pub(super) fn reversed(&self) -> Option<Literal> {
        let b = self.b;
        let prior = blanks_back(b, self.start - usize::from(before(b, self.start) == b'$'));
        let end = match before(b, prior) {
            b'=' if prior >= 2 && matches!(b[prior - 2], b'=' | b'!') => {
                let mut at = prior;
                while at > 0 && matches!(b[at - 1], b'=' | b'!') && prior - at < 3 {
                    at -= 1;
                }
                blanks_back(b, at)
            }
            b'(' => {
                let path = self.path_before(prior - 1);
                let start = blanks_back(b, prior - 1) - path.len();
                if !path.starts_with(b".") || !callee::is_comparison(path) {
                    return None;
                }
                start
            }
            b',' => {
                // `compare("…", name)`.
                let end = blanks_back(b, prior - 1);
                let (close, _) = mark_back(b, end)?;
                let open = opening(b, close)?;
                if before(b, open) != b'(' || !callee::is_comparison(self.path_before(open - 1)) {
                    return None;
                }
                end
            }
            _ => return None,
        };
        before_method(self.text, end)
    }
}

/// The string that ends at `end`.
pub(super) fn before_method(text: &str, end: usize) -> Option<Literal> {
    let (close, _) = mark_back(text.as_bytes(), end)?;
    quoted(text, opening(text.as_bytes(), close)?, false)
}

/// The mark that opens the string whose closing mark begins at `close`.
fn opening(b: &[u8], close: usize) -> Option<usize> {
    let quote = byte(b, close);
    let from = close.saturating_sub(256);
    let position =
        b.get(from..close)?.iter().rposition(|&found| found == quote || found == b'\n')?;
    (is_quote(quote) && b[from + position] == quote).then_some(from + position)
}
