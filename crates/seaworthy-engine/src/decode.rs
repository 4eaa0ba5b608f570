//! From bytes to text.

use std::borrow::Cow;
use std::sync::Arc;

use seaworthy_analysis::{ReadProblem, SourceText};
use seaworthy_model::NotificationKind;

/// How many leading bytes are searched for NUL, as git and grep do.
const SNIFF: usize = 8_000;

/// How a file begins of which git has but the address in a large file storage.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
/// A pointer is never larger, by its specification.
const LFS_POINTER_MAX: usize = 1024;

/// Decodes a file: UTF-8 as it is, UTF-16 by its byte order mark or its NULs,
/// anything else without NUL as Latin-1.
///
/// # Errors
/// When the bytes are no text, or stand for a text that is elsewhere.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<SourceText, ReadProblem> {
    let problem = |kind, message: String| Err(ReadProblem { kind, message });
    match bytes.as_slice() {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => {
            return problem(NotificationKind::Binary, "UTF-32 is not read".to_owned());
        }
        [0xFF, 0xFE, rest @ ..] => return Ok(utf16(rest, u16::from_le_bytes, "UTF-16LE")),
        [0xFE, 0xFF, rest @ ..] => return Ok(utf16(rest, u16::from_be_bytes, "UTF-16BE")),
        _ => {}
    }
    let start = &bytes[..bytes.len().min(SNIFF)];
    if let Some(offset) = memchr::memchr(0, start) {
        return match utf16_without_mark(start) {
            Some(Endian::Little) => Ok(utf16(&bytes, u16::from_le_bytes, "UTF-16LE")),
            Some(Endian::Big) => Ok(utf16(&bytes, u16::from_be_bytes, "UTF-16BE")),
            None => problem(
                NotificationKind::Binary,
                format!("binary data (a NUL at byte {offset}) where text was expected"),
            ),
        };
    }
    if bytes.len() <= LFS_POINTER_MAX && bytes.starts_with(LFS_POINTER) {
        return problem(
            NotificationKind::Unreadable,
            "a pointer of Git LFS; the file itself is not here".to_owned(),
        );
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceText { text: Arc::from(text), decoded: None }),
        Err(error) => {
            let text: String = error.as_bytes().iter().map(|&byte| char::from(byte)).collect();
            Ok(SourceText { text: Arc::from(text), decoded: Some("Latin-1") })
        }
    }
}

/// The text of bytes that are no file of a repository: as they are, where they can be,
/// else decoded, and `None` where they are no text.
#[must_use]
pub fn readable(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let marked = matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
    let has_nul = memchr::memchr(0, &bytes[..bytes.len().min(SNIFF)]).is_some();
    if !marked
        && !has_nul
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Some(Cow::Borrowed(text));
    }
    decode(bytes.to_vec()).ok().map(|source| Cow::Owned(source.text.to_string()))
}

enum Endian {
    Little,
    Big,
}

/// Whether the bytes look like mostly Latin text in UTF-16: NULs on one side of
/// the pairs only, and there in most of them.
fn utf16_without_mark(bytes: &[u8]) -> Option<Endian> {
    let pairs = bytes.len() / 2;
    let nuls = |side: usize| bytes.iter().skip(side).step_by(2).filter(|b| **b == 0).count();
    let (first, second) = (nuls(0), nuls(1));
    match (first, second) {
        _ if pairs < 2 => None,
        (0, n) if n * 4 >= pairs * 3 => Some(Endian::Little),
        (n, 0) if n * 4 >= pairs * 3 => Some(Endian::Big),
        _ => None,
    }
}

/// Half a unit at the end and lone surrogates become U+FFFD.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, name: &'static str) -> SourceText {
    let units = bytes.chunks(2).map(|pair| match pair {
        [a, b] => unit([*a, *b]),
        // A lone surrogate, which is then replaced.
        _ => 0xD800,
    });
    let text: String =
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    SourceText { text: Arc::from(text), decoded: Some(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        let late_nul = [vec![b'a'; SNIFF], vec![0, b'b']].concat();
        let late_text = String::from_utf8(late_nul.clone()).expect("NUL is UTF-8");
        let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";
        type Decoded<'a> = Result<(&'a str, Option<&'a str>), NotificationKind>;
        let cases: [(&[u8], Decoded<'_>); 17] = [
            (b"", Ok(("", None))),
            (b"A=1\n", Ok(("A=1\n", None))),
            ("\u{feff}A=ü".as_bytes(), Ok(("\u{feff}A=ü", None))),
            (b"\xFF\xFEA\0=\0", Ok(("A=", Some("UTF-16LE")))),
            (b"\xFE\xFF\0A\0=", Ok(("A=", Some("UTF-16BE")))),
            (b"\xFF\xFEA\0=", Ok(("A\u{fffd}", Some("UTF-16LE")))),
            (b"\xFF\xFEA\0\x00\xD8B\0", Ok(("A\u{fffd}B", Some("UTF-16LE")))),
            (b"A\0=\x001\0\n\0", Ok(("A=1\n", Some("UTF-16LE")))),
            (b"\0A\0=\x001\0\n", Ok(("A=1\n", Some("UTF-16BE")))),
            (b"\xFF\xFE\0\0A\0\0\0", Err(NotificationKind::Binary)),
            (b"A=\xE9", Ok(("A=é", Some("Latin-1")))),
            (b"A=\xC3", Ok(("A=Ã", Some("Latin-1")))),
            (b"\x7fELF\0\0", Err(NotificationKind::Binary)),
            (b"PORT=1\n\0\0\0", Err(NotificationKind::Binary)),
            (b"\0", Err(NotificationKind::Binary)),
            (&late_nul, Ok((&late_text, None))),
            (lfs, Err(NotificationKind::Unreadable)),
        ];
        for (bytes, want) in cases {
            let got = decode(bytes.to_vec());
            let got = got.as_ref().map(|s| (&*s.text, s.decoded)).map_err(|problem| problem.kind);
            assert_eq!(got, want, "{:?}", &bytes[..bytes.len().min(20)]);
        }
    }
}
