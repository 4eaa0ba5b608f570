//! Looking at bytes around a place: names, blanks, quotation marks.

/// The longest name.
pub(super) const MAX_NAME: usize = 128;

/// How far ahead an operator, a type or a neighbour is looked for.
pub(super) const REACH: usize = 200;

/// The longest value.
pub(super) const MAX_VALUE: usize = 4096;

pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The byte at `at`; a line end beyond the text.
pub(super) fn byte(b: &[u8], at: usize) -> u8 {
    b.get(at).copied().unwrap_or(b'\n')
}

/// The byte before `at`; a line end before the text.
pub(super) fn before(b: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(b'\n', |at| byte(b, at))
}

/// Whether `what` stands at `at`.
pub(super) fn stands(b: &[u8], at: usize, what: &[u8]) -> bool {
    b.get(at..).is_some_and(|rest| rest.starts_with(what))
}

/// Whether `what` (in lower case) stands at `at` in any case.
pub(super) fn stands_folded(b: &[u8], at: usize, what: &[u8]) -> bool {
    b.get(at..at + what.len()).is_some_and(|found| found.eq_ignore_ascii_case(what))
}

/// The end of the name that goes on at `at`: letters, digits and `_`, and `-` and
/// `.` between them. `None` when it is longer than a name may be.
pub(super) fn name_end(b: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(&byte) = b.get(at) {
        let goes_on = is_word(byte)
            || (matches!(byte, b'-' | b'.') && b.get(at + 1).is_some_and(|&next| is_word(next)));
        if !goes_on {
            break;
        }
        at += 1;
        if at - from > MAX_NAME {
            return None;
        }
    }
    Some(at)
}

/// The start of the name that ends at `from`.
pub(super) fn name_start(b: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while at > 0 {
        let byte = b[at - 1];
        let goes_on =
            is_word(byte) || (matches!(byte, b'-' | b'.') && at >= 2 && is_word(b[at - 2]));
        if !goes_on {
            break;
        }
        at -= 1;
        if from - at > MAX_NAME {
            return None;
        }
    }
    // The letter of an escape is no part of a name: `"\nPASSWORD=…"`.
    if at < from && at > 0 && b[at - 1] == b'\\' && matches!(b[at], b'n' | b't' | b'r') {
        at += 1;
    }
    Some(at)
}

/// Skips spaces and tabs forward.
pub(super) fn skip_blanks(b: &[u8], mut at: usize) -> usize {
    let limit = at + REACH;
    while at < limit && b.get(at).is_some_and(|&byte| is_blank(byte)) {
        at += 1;
    }
    at
}

/// Skips white space forward, line ends too.
pub(super) fn skip_space(b: &[u8], mut at: usize) -> usize {
    let limit = at + REACH;
    while at < limit && b.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// As [`skip_space`], over escaped line ends and a line-continuing backslash too.
pub(super) fn skip_breaks(b: &[u8], mut at: usize) -> usize {
    let limit = at + REACH;
    loop {
        at = skip_space(b, at);
        let backslash = byte(b, at) == b'\\';
        if at < limit && backslash && matches!(byte(b, at + 1), b'\n' | b'\r') {
            at += 1;
        } else if at < limit && backslash && matches!(byte(b, at + 1), b'n' | b't' | b'r') {
            at += 2;
        } else {
            return at;
        }
    }
}

/// Skips spaces and tabs backward: the offset after the last byte that is none.
pub(super) fn blanks_back(b: &[u8], mut at: usize) -> usize {
    let limit = at.saturating_sub(REACH);
    while at > limit && is_blank(b[at - 1]) {
        at -= 1;
    }
    at
}

/// As [`blanks_back`], over line ends too.
pub(super) fn space_back(b: &[u8], mut at: usize) -> usize {
    let limit = at.saturating_sub(REACH);
    while at > limit && b[at - 1].is_ascii_whitespace() {
        at -= 1;
    }
    at
}

/// The start of the line that `at` is in, at most [`REACH`] bytes back.
pub(super) fn line_start(b: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(REACH);
    b.get(from..at)
        .and_then(|part| part.iter().rposition(|&byte| byte == b'\n'))
        .map_or(from, |position| from + position + 1)
}

/// The end of the line that `at` is in, within the length of a value.
pub(super) fn line_end(b: &[u8], at: usize) -> Option<usize> {
    let limit = b.len().min(at + MAX_VALUE + 1);
    match b.get(at..limit)?.iter().position(|&byte| byte == b'\n') {
        Some(length) => Some(at + length),
        None if limit == b.len() => Some(limit),
        None => None,
    }
}

/// The start of the identifier that ends at `end`: letters, digits and `_`.
pub(super) fn word_start(b: &[u8], end: usize) -> usize {
    let limit = end.saturating_sub(64);
    let mut at = end;
    while at > limit && is_word(b[at - 1]) {
        at -= 1;
    }
    at
}

/// The end of the identifier that starts at `start`.
pub(super) fn word_end(b: &[u8], start: usize) -> usize {
    let limit = b.len().min(start + 64);
    let mut at = start;
    while at < limit && is_word(b[at]) {
        at += 1;
    }
    at
}

/// A quotation mark at `at` with the backslashes before it: how many, the mark,
/// and the offset after it.
pub(super) fn mark(b: &[u8], at: usize) -> Option<(usize, u8, usize)> {
    let first = *b.get(at)?;
    if is_quote(first) {
        return Some((0, first, at + 1));
    }
    if first != b'\\' {
        return None;
    }
    let mut end = at;
    while end - at < 16 && byte(b, end) == b'\\' {
        end += 1;
    }
    let quote = *b.get(end)?;
    // Only marks that an escaping can bring forth: 1, 3, 7, 15 backslashes.
    ((quote == b'"' || quote == b'\'') && (end - at + 1).is_power_of_two()).then_some((
        end - at,
        quote,
        end + 1,
    ))
}

/// The start of the quotation mark that ends at `end`, with its backslashes, and
/// the mark.
pub(super) fn mark_back(b: &[u8], end: usize) -> Option<(usize, u8)> {
    let quote = before(b, end);
    if end == 0 || !is_quote(quote) {
        return None;
    }
    let mut start = end - 1;
    while start > 0 && end - start <= 16 && b[start - 1] == b'\\' {
        start -= 1;
    }
    Some((start, quote))
}

/// The mark of the string of its line that `at` is inside, by the nearest
/// quotation mark before it: an opening one follows a delimiter and stands before
/// a word.
pub(super) fn inside_string(b: &[u8], at: usize) -> Option<u8> {
    let from = at.saturating_sub(512);
    let part = b.get(from..at)?;
    let position = part.iter().rposition(|&found| is_quote(found) || found == b'\n')?;
    let place = from + position;
    let quote = b[place];
    let opens = matches!(
        before(b, place),
        b' ' | b'\t'
            | b'\n'
            | b'='
            | b'('
            | b'['
            | b'{'
            | b','
            | b':'
            | b'@'
            | b'$'
            | b'+'
            | b'>'
            | b'\\'
            | b'"'
            | b'\''
    ) || matches!(before(b, place), b'b' | b'r' | b'f' | b'u')
        && !is_word(before(b, place - 1))
        && !is_quote(before(b, place - 1));
    let next = byte(b, place + 1);
    let begins = place + 1 == at || is_word(next) || b"-/.?{$&<@;#:%".contains(&next);
    (quote != b'\n' && opens && begins).then_some(quote)
}

/// Whether the word that ends at `end` is `word`.
pub(super) fn ends_word(b: &[u8], end: usize, word: &[u8]) -> bool {
    b.get(word_start(b, end)..end) == Some(word)
}
