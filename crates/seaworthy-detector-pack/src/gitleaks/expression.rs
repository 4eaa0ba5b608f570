//! Go's regular expressions in the words of ours.
//!
//! The languages are one but for a few signs that mean themselves in Go and
//! something else here: `[` within a class, doubled signs within a class (`&&`,
//! `--`, `~~`), a `{` that begins no repetition, and `\Q…\E`.

/// Rewrites an expression of Go. What is wrong in it stays wrong.
#[must_use]
pub fn translate(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 8);
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(r"\Q") {
            let (literal, after) = after.split_once(r"\E").unwrap_or((after, ""));
            literal.chars().for_each(|character| push_literal(&mut out, character));
            rest = after;
            continue;
        }
        match character {
            '\\' => rest = escape(&mut out, rest),
            '[' => rest = class(&mut out, rest),
            '{' if !is_repetition(rest) => {
                out.push_str(r"\{");
                rest = &rest[1..];
            }
            _ => {
                out.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    out
}

/// Copies an escape, which begins `rest`; what is left.
fn escape<'s>(out: &mut String, rest: &'s str) -> &'s str {
    let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
    match rest.as_bytes().get(1) {
        // The very end of the text, as Go writes it.
        Some(b'z') => out.push_str(r"\z"),
        // Go escapes any sign; ours knows only those that mean something.
        Some(byte) if byte.is_ascii_punctuation() => push_literal(out, char::from(*byte)),
        _ => out.push_str(&rest[..length]),
    }
    &rest[length..]
}

/// Copies a class, which begins `rest`; what is left.
fn class<'s>(out: &mut String, rest: &'s str) -> &'s str {
    out.push('[');
    let mut rest = &rest[1..];
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    // A bracket that closes nothing yet is one of the class.
    if let Some(after) = rest.strip_prefix(']') {
        out.push_str(r"\]");
        rest = after;
    }
    while let Some(character) = rest.chars().next() {
        let length = character.len_utf8();
        match character {
            ']' => {
                out.push(']');
                return &rest[1..];
            }
            '\\' => {
                rest = escape(out, rest);
                continue;
            }
            '[' if rest.starts_with("[:") => match rest.find(":]") {
                Some(end) => {
                    out.push_str(&rest[..end + 2]);
                    rest = &rest[end + 2..];
                    continue;
                }
                None => out.push_str(r"\["),
            },
            '[' => out.push_str(r"\["),
            '&' | '~' => push_literal(out, character),
            // At either end of a class a `-` is itself; a second one ends a range.
            '-' if rest.starts_with("-]") || out.ends_with(['[', '^']) => out.push_str(r"\-"),
            '-' if rest.starts_with("--") => {
                out.push_str(r"-\-");
                rest = &rest[2..];
                continue;
            }
            _ => out.push(character),
        }
        rest = &rest[length..];
    }
    rest
}

/// Whether `rest`, which begins with `{`, begins with a repetition.
fn is_repetition(rest: &str) -> bool {
    let Some((inside, _)) = rest[1..].split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

fn push_literal(out: &mut String, character: char) {
    if character.is_ascii_punctuation() && !matches!(character, '_' | '<' | '>') {
        out.push('\\');
    }
    out.push(character);
}
