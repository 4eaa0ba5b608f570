//! What the finders see around a hit: windows that never cut a character,
//! quotes in all their escapes, and values that are plainly no literals.

use seaworthy_model::Region;

/// Whether the byte may stand in a name.
pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a name may begin at `at`: no letter, digit or `_` before it. The
/// letter of an escape (`\n`) is no part of a name.
pub(super) fn begins_word(bytes: &[u8], at: usize) -> bool {
    match at.checked_sub(1).and_then(|before| bytes.get(before)) {
        Some(b'n' | b't' | b'r') => at >= 2 && bytes[at - 2] == b'\\',
        Some(&byte) => !is_word(byte),
        None => true,
    }
}

/// Whether `word` (in lower case) stands at `at`, in any case.
pub(super) fn stands(bytes: &[u8], at: usize, word: &str) -> bool {
    bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}

/// Where `word` first stands in the window, in any case.
pub(super) fn seek(bytes: &[u8], window: Region, word: &str) -> Option<usize> {
    let found = bytes.get(window.start..window.end.min(bytes.len()))?;
    let length = word.len();
    found
        .windows(length)
        .position(|part| part.eq_ignore_ascii_case(word.as_bytes()))
        .map(|at| window.start + at)
}

/// The offset after the spaces and tabs at `at`.
pub(super) fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

/// The offset after the white space at `at`, at most 256 bytes of it.
pub(super) fn skip_space(bytes: &[u8], at: usize) -> usize {
    let end = bytes.len().min(at + 256);
    (at..end).find(|&at| !bytes[at].is_ascii_whitespace()).unwrap_or(end)
}

/// A quotation mark with the backslashes that escape it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// `"`, `'` or a backtick.
    pub(super) quote: u8,
    /// How many backslashes stand before it.
    pub(super) escapes: usize,
}

impl Mark {
    /// Its length in bytes.
    pub(super) const fn len(self) -> usize {
        self.escapes + 1
    }
}

/// The quotation mark that begins at `at`.
pub(super) fn mark_at(bytes: &[u8], at: usize) -> Option<Mark> {
    let rest = bytes.get(at..)?;
    let escapes = rest.iter().take(8).take_while(|&&byte| byte == b'\\').count();
    match rest.get(escapes) {
        Some(&quote @ (b'"' | b'\'' | b'`')) => Some(Mark { quote, escapes }),
        _ => None,
    }
}

/// The quotation mark that ends at `at`.
pub(super) fn mark_before(bytes: &[u8], at: usize) -> Option<Mark> {
    let quote = *bytes.get(at.checked_sub(1)?)?;
    if !matches!(quote, b'"' | b'\'' | b'`') {
        return None;
    }
    let escapes = backslashes_before(bytes, at - 1);
    Some(Mark { quote, escapes })
}

/// How many backslashes, up to 8, stand directly before `at`.
pub(super) fn backslashes_before(bytes: &[u8], at: usize) -> usize {
    bytes
        .get(..at)
        .map_or(0, |head| head.iter().rev().take(8).take_while(|&&byte| byte == b'\\').count())
}

/// The content of the string that `mark` opens before `start`: where it ends.
/// `None` when it is not closed within `limit` bytes.
pub(super) fn close(bytes: &[u8], start: usize, mark: Mark, limit: usize) -> Option<usize> {
    let end = bytes.len().min(start + limit);
    let mut at = start;
    while at < end {
        let byte = bytes[at];
        if byte == mark.quote {
            // A mark with fewer backslashes closes a string further out.
            let escapes = backslashes_before(bytes, at).min(at - start);
            if escapes <= mark.escapes {
                return Some(at - escapes);
            }
            if mark.escapes == 0 && escapes.is_multiple_of(2) {
                return Some(at);
            }
        } else if byte == b'\n' && mark.quote != b'`' {
            return None;
        }
        at += 1;
    }
    None
}

/// The quotes of the string around `at`, which begins on the same line.
pub(super) fn enclosing(bytes: &[u8], at: usize) -> Option<Mark> {
    let floor = at.saturating_sub(400);
    let start =
        bytes[floor..at].iter().rposition(|&byte| byte == b'\n').map_or(floor, |at| floor + at + 1);
    let mut open: Option<Mark> = None;
    let mut index = start;
    while index < at {
        let Some(mark) = mark_at(bytes, index).filter(|mark| index + mark.len() <= at) else {
            index += 1;
            continue;
        };
        match open {
            Some(current) if current == mark => open = None,
            Some(_) => {}
            // An apostrophe is no quote.
            None if mark.quote == b'\'' && index > start && is_word(bytes[index - 1]) => {}
            None => open = Some(mark),
        }
        index += mark.len();
    }
    open
}

/// A value in quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted {
    /// Its bytes, without the quotes.
    pub(super) content: Region,
    /// After the closing quote.
    pub(super) after: usize,
}

/// The string whose opening quote begins at `at`.
pub(super) fn quoted(bytes: &[u8], at: usize, limit: usize) -> Option<Quoted> {
    let mark = mark_at(bytes, at)?;
    let start = at + mark.len();
    let end = close(bytes, start, mark, limit)?;
    let after = end + mark_at(bytes, end).map_or(1, Mark::len);
    Some(Quoted { content: Region::new(start, end), after })
}

/// Whether the value is plainly no literal: empty, filler, a variable, a
/// template. What is less plain is judged later.
pub(super) fn is_reference(value: &str) -> bool {
    let bytes = value.as_bytes();
    let Some((&first, &last)) = bytes.first().zip(bytes.last()) else { return true };
    if bytes.len() > 1 && bytes.iter().all(|&byte| byte == first) {
        return true;
    }
    let inner = bytes.get(1..bytes.len() - 1).unwrap_or_default();
    let is_name = |name: &[u8]| {
        !name.is_empty()
            && !name[0].is_ascii_digit()
            && name.iter().all(|&byte| is_word(byte) || matches!(byte, b'.' | b'-' | b' '))
    };
    match (first, last) {
        (b'<', b'>') | (b'{', b'}') | (b'[', b']') => return true,
        (b'%', b'%') | (b'@', b'@') if is_name(inner) => return true,
        (b'%', _) if value.len() == 2 || value.starts_with("%(") => return true,
        (b'$', _) => {
            let name = &bytes[1..];
            let name = name.strip_prefix(b"env:").unwrap_or(name);
            if is_name(name) || name.starts_with(b"{") || name.starts_with(b"(") {
                return true;
            }
            if name.len() == 1 {
                return true;
            }
        }
        _ => {}
    }
    [("${", "}"), ("$(", ")"), ("{{", "}}"), ("#{", "}"), ("<%", "%>"), ("%{", "}")].iter().any(
        |(open, shut)| value.find(open).is_some_and(|at| value[at + open.len()..].contains(shut)),
    )
}

/// The text with `\"`, `\/`, `\\` and their like resolved.
pub(super) fn unescape(value: &str) -> String {
    if !value.contains('\\') {
        return value.to_owned();
    }
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(&next)) if next.is_ascii_punctuation() => {
                text.push(next);
                letters.next();
            }
            _ => text.push(letter),
        }
    }
    text
}

/// The text with `%41` resolved; as written when that does not give UTF-8.
pub(super) fn percent_decode(value: &str) -> String {
    let bytes = value.as_bytes();
    if !bytes.contains(&b'%') {
        return value.to_owned();
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%'
            && let Some(byte) = hex_byte(bytes, at + 1)
        {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| value.to_owned())
}

/// The byte that the two hexadecimal digits at `at` give.
pub(super) fn hex_byte(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    u8::try_from(digit(at)? * 16 + digit(at + 1)?).ok()
}

/// The value of a character of base64, of either alphabet; 64 for any other.
pub(super) const SEXTET: [u8; 256] = {
    let mut table = [64; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut at = 0;
    while at < alphabet.len() {
        table[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    table[b'+' as usize] = 62;
    table[b'-' as usize] = 62;
    table[b'/' as usize] = 63;
    table[b'_' as usize] = 63;
    table
};

/// The bytes that base64 of either alphabet encodes, with or without padding.
pub(super) fn base64(value: &[u8]) -> Option<Vec<u8>> {
    let padding = value.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = &value[..value.len() - padding];
    if padding > 2 || body.len() % 4 == 1 {
        return None;
    }
    let mut decoded = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for group in body.chunks(4) {
        let mut bits = 0_u32;
        for (index, &byte) in group.iter().enumerate() {
            let sextet = SEXTET[usize::from(byte)];
            if sextet == 64 {
                return None;
            }
            bits |= u32::from(sextet) << (18 - 6 * index);
        }
        decoded.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(decoded)
}

#[cfg(test)]
pub(super) mod tests {
    use seaworthy_analysis::roles::file_role;

    use seaworthy_detector_pack::{Finder, STRUCTURAL};

    use super::*;
    use crate::candidate::Candidate;
    use crate::file::{File, Language};

    /// The literals at which the engine calls a finder.
    pub(crate) fn literals(finder: Finder) -> &'static [&'static str] {
        let of = |(other, literals): &(_, &'static [&str])| (*other == finder).then_some(*literals);
        STRUCTURAL.iter().find_map(of).expect("every finder has literals")
    }

    pub(crate) type Find = fn(&str, Region, &File<'_>, &mut Vec<Candidate>);

    /// Runs a finder at all its literals, as the engine does.
    pub(crate) fn run(
        find: Find,
        finder: Finder,
        language: Language,
        text: &str,
    ) -> Vec<Candidate> {
        let path = "src/app.txt";
        let file = File { language, ..File::new(path, file_role(path, None)) };
        let lower = text.to_ascii_lowercase();
        let mut out = Vec::new();
        let mut hits: Vec<Region> = literals(finder)
            .iter()
            .flat_map(|literal| {
                lower.match_indices(literal).map(|(at, _)| Region::new(at, at + literal.len()))
            })
            .collect();
        hits.sort_by_key(|hit| hit.start);
        for hit in hits {
            find(text, hit, &file, &mut out);
        }
        out
    }

    /// The texts at the regions that a finder names.
    pub(crate) fn regions(
        find: Find,
        finder: Finder,
        language: Language,
        text: &str,
    ) -> Vec<String> {
        run(find, finder, language, text)
            .iter()
            .map(|found| text[found.region.start..found.region.end].to_owned())
            .collect()
    }

    /// Runs a finder at every offset of disturbed texts: it must not panic, and
    /// its regions must lie in the text.
    pub(crate) fn survives(find: Find, finder: Finder, texts: &[&str]) {
        let path = "a.sh";
        for language in [Language::Shell, Language::Code, Language::Json, Language::Other] {
            let file = File { language, ..File::new(path, file_role(path, None)) };
            for text in texts {
                for cut in 0..=text.len() {
                    let bytes = text.as_bytes();
                    let head = String::from_utf8_lossy(&bytes[..cut]).into_owned();
                    let odd = format!("é{}ü\\\"{}€", head, String::from_utf8_lossy(&bytes[cut..]));
                    for text in [head.as_str(), odd.as_str()] {
                        let lower = text.to_ascii_lowercase();
                        for literal in literals(finder) {
                            for (at, _) in lower.match_indices(literal) {
                                let mut out = Vec::new();
                                find(text, Region::new(at, at + literal.len()), &file, &mut out);
                                for found in out {
                                    let region = found.region;
                                    assert!(text.get(region.start..region.end).is_some(), "{text}");
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn strings_end_at_their_own_quotes() {
        let cases = [
            (r#""a b" c"#, "a b"),
            (r#"'it"s'"#, "it\"s"),
            (r#""a\"b" c"#, "a\\\"b"),
            (r#"\"a b\", c"#, "a b"),
            (r#"\\\"a b\\\", c"#, "a b"),
            (r#"\"a b" c"#, "a b"),
        ];
        for (text, want) in cases {
            let found = quoted(text.as_bytes(), 0, 64).expect(text);
            assert_eq!(&text[found.content.start..found.content.end], want, "{text}");
        }
        assert!(quoted(b"\"no end\nx\"", 0, 64).is_none());
    }

    #[test]
    fn plain_references_are_told_from_literals() {
        for text in
            ["", "****", "$PW", "${PW}", "$(cat x)", "<pw>", "{{ pw }}", "%PW%", "%s", "a${B}c"]
        {
            assert!(is_reference(text), "{text}");
        }
        for text in ["hunter2", "pa$$word", "$ecr!t", "a{b", "50%off"] {
            assert!(!is_reference(text), "{text}");
        }
    }

    #[test]
    fn base64_of_both_alphabets_is_decoded() {
        assert_eq!(base64(b"YTpi").as_deref(), Some(&b"a:b"[..]));
        assert_eq!(base64(b"YTo_Pw==").as_deref(), Some(&b"a:??"[..]));
        assert_eq!(base64(b"YTo/Pw").as_deref(), Some(&b"a:??"[..]));
        assert_eq!(base64(b"YT!i"), None);
        assert_eq!(base64(b"Y"), None);
    }
}
