//! The words of a command line: in a script, in a string of a program, in a list
//! of strings, in a list of YAML.

use seaworthy_model::Region;

use crate::find::near::{self, Mark};

/// How much of a command is read.
const REACH: usize = 2048;
/// How many of its words.
const MOST: usize = 64;

/// A word of a command, as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// Its bytes, without quotes around the whole of it; empty when the word is
    /// an expression of a program.
    pub(super) region: Region,
}

impl Word {
    /// Its text.
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.region.start..self.region.end).unwrap_or_default()
    }
}

/// The words after the one at `program`.
pub(super) fn after(text: &str, program: Region) -> Vec<Word> {
    let bytes = text.as_bytes();
    let opening = near::mark_before(bytes, program.start);
    let closing = near::mark_at(bytes, program.end);
    let mut words = Vec::new();
    if let Some(mark) = opening
        && closing == opening
    {
        let after = program.end + mark.len();
        if dash_before(bytes, program.start - mark.len()) {
            yaml_items(text, after, &mut words);
        } else {
            list(bytes, after, &mut words);
        }
    } else if opening.is_none()
        && dash_before(bytes, program.start)
        && matches!(bytes.get(program.end), Some(b'\n' | b'\r'))
    {
        yaml_items(text, program.end, &mut words);
    } else {
        let enclosing = opening.or_else(|| near::enclosing(bytes, program.start));
        line(bytes, program.end, enclosing, &mut words);
    }
    words
}

/// The words of the command line from `at` on, which stands in a string with the
/// quotes `enclosing`.
pub(super) fn from(text: &str, at: usize, enclosing: Option<Mark>) -> Vec<Word> {
    let mut words = Vec::new();
    line(text.as_bytes(), at, enclosing, &mut words);
    words
}

/// Whether `at` is the first word of an item of a YAML list.
fn dash_before(bytes: &[u8], at: usize) -> bool {
    let floor = at.saturating_sub(80);
    let head = &bytes[floor..at];
    let Some(dash) = head.iter().rposition(|&byte| byte != b' ') else { return false };
    head[dash] == b'-'
        && dash + 1 < head.len()
        && head[..dash]
            .iter()
            .rposition(|&byte| byte != b' ')
            .map_or(floor + dash == 0 || floor == 0, |before| head[before] == b'\n')
}

/// `).args(["-u", "x"])`, `).arg("-u").arg("x")`: where the next strings begin,
/// behind the call that ends at `at`.
fn next_call(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    while matches!(bytes.get(at), Some(b']' | b')')) {
        at = near::skip_space(bytes, at + 1);
    }
    let name =
        [".args(", ".arg(", ".add("].into_iter().find(|name| near::stands(bytes, at, name))?;
    at = near::skip_space(bytes, at + name.len());
    if near::stands(bytes, at, "vec!") {
        at += 4;
    }
    while matches!(bytes.get(at), Some(b'[' | b'&')) {
        at = near::skip_space(bytes, at + 1);
    }
    Some(at)
}

/// `, "-u", "x", name]`: the strings after the first.
fn list(bytes: &[u8], mut at: usize, words: &mut Vec<Word>) {
    let end = bytes.len().min(at + REACH);
    while at < end && words.len() < MOST {
        at = near::skip_space(bytes, at);
        if let Some(next) = next_call(bytes, at) {
            let Some(string) = near::quoted(bytes, next, REACH) else { return };
            words.push(Word { region: string.content });
            at = string.after;
            continue;
        }
        if bytes.get(at) != Some(&b',') {
            return;
        }
        at = near::skip_space(bytes, at + 1);
        // `execFile("mysql", ["-u", …])`, `&[]string{"-u"}`.
        while matches!(bytes.get(at), Some(b'[' | b'&')) {
            at = near::skip_space(bytes, at + 1);
        }
        let string = near::quoted(bytes, at, REACH);
        if let Some(string) = string {
            let next = near::skip_space(bytes, string.after);
            if matches!(bytes.get(next), Some(b',' | b']' | b')' | b'}') | None) {
                words.push(Word { region: string.content });
                at = string.after;
                continue;
            }
        }
        // An expression: on to the next comma.
        let Some(next) = (at..end).find(|&at| matches!(bytes[at], b',' | b']' | b'\n')) else {
            return;
        };
        words.push(Word { region: Region::empty(at) });
        at = next;
    }
}

/// `- -u\n- x`: the items after the first.
fn yaml_items(text: &str, mut at: usize, words: &mut Vec<Word>) {
    let bytes = text.as_bytes();
    let end = bytes.len().min(at + REACH);
    while words.len() < MOST {
        let Some(newline) = (at..end).find(|&at| bytes[at] == b'\n') else { return };
        let item = near::skip_blanks(bytes, newline + 1);
        if bytes.get(item..item + 2) != Some(b"- ") {
            return;
        }
        let start = near::skip_blanks(bytes, item + 2);
        if let Some(string) = near::quoted(bytes, start, REACH) {
            words.push(Word { region: string.content });
            at = string.after;
            continue;
        }
        let stop = (start..end).find(|&at| matches!(bytes[at], b'\n' | b'\r')).unwrap_or(end);
        let stop = text.floor_char_boundary(stop);
        if stop <= start {
            return;
        }
        words.push(Word { region: Region::new(start, stop) });
        at = stop;
    }
}

/// The words of a shell's line.
fn line(bytes: &[u8], mut at: usize, enclosing: Option<Mark>, words: &mut Vec<Word>) {
    let end = bytes.len().min(at + REACH);
    while at < end && words.len() < MOST {
        at = near::skip_blanks(bytes, at);
        // A line that goes on.
        if let Some(next) = continuation(bytes, at, enclosing) {
            at = next;
            continue;
        }
        let start = at;
        let Some(stop) = word_end(bytes, start, end, enclosing) else { return };
        if stop == start {
            return;
        }
        words.push(Word { region: without_quotes(bytes, Region::new(start, stop)) });
        at = stop;
    }
}

/// After the line break that a backslash, a backtick or a caret hides.
fn continuation(bytes: &[u8], at: usize, enclosing: Option<Mark>) -> Option<usize> {
    let sign = *bytes.get(at)?;
    if !matches!(sign, b'\\' | b'`' | b'^') {
        return None;
    }
    let mut next = at + 1;
    if sign == b'\\' {
        // In a string of a program: `\\\n`.
        while enclosing.is_some() && bytes.get(next) == Some(&b'\\') {
            next += 1;
        }
        if next > at + 1 && bytes.get(next) == Some(&b'n') {
            return Some(next + 1);
        }
    }
    if bytes.get(next) == Some(&b'\r') {
        next += 1;
    }
    (bytes.get(next) == Some(&b'\n')).then_some(next + 1)
}

/// Where the word at `start` ends; `None` when it never does.
fn word_end(bytes: &[u8], start: usize, end: usize, enclosing: Option<Mark>) -> Option<usize> {
    let mut at = start;
    while at < end {
        if let Some(mark) = near::mark_at(bytes, at) {
            let closes = enclosing.is_some_and(|enclosing| {
                mark == enclosing || (mark.quote == enclosing.quote && mark.len() < enclosing.len())
            });
            // `'` in the middle of a bare word of prose, or the end of all.
            if closes {
                return Some(at);
            }
            let content = at + mark.len();
            match near::close(bytes, content, mark, end.saturating_sub(content)) {
                Some(stop) => {
                    at = stop + near::mark_at(bytes, stop).map_or(1, Mark::len);
                    continue;
                }
                None => return Some(at),
            }
        }
        match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'&' | b')' => return Some(at),
            b'$' if matches!(bytes.get(at + 1), Some(b'(' | b'{')) => {
                at = balanced(bytes, at + 1, end)?;
            }
            b'{' if bytes.get(at + 1) == Some(&b'{') => at = balanced(bytes, at, end)?,
            b'<' => match (at + 1..end.min(at + 48))
                .find(|&at| !(near::is_word(bytes[at]) || matches!(bytes[at], b' ' | b'-' | b'.')))
            {
                Some(close) if bytes[close] == b'>' && close > at + 1 => at = close + 1,
                _ => return Some(at),
            },
            b'>' => return Some(at),
            b'\\'
                if enclosing.is_some() && matches!(bytes.get(at + 1), Some(b'n' | b'r' | b't')) =>
            {
                return Some(at);
            }
            b'\\' if matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) => return Some(at),
            b'\\' => at += if bytes.get(at + 1).is_some_and(u8::is_ascii) { 2 } else { 1 },
            _ => at += 1,
        }
    }
    Some(at.min(end)).filter(|&at| at == bytes.len())
}

/// After the bracket that closes the one at `at`.
fn balanced(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in bytes.get(at..end.min(at + 512))?.iter().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + index + 1);
                }
            }
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// The region without the quotes around the whole of it.
pub(super) fn without_quotes(bytes: &[u8], region: Region) -> Region {
    match near::quoted(bytes, region.start, region.len()) {
        Some(string) if string.after == region.end => string.content,
        _ => region,
    }
}
