//! From bytes to text.

use std::sync::Arc;

use seaworthy_analysis::{ReadProblem, SourceText};
use seaworthy_model::NotificationKind;

/// How many leading bytes are searched for NUL, as git and grep do.
const SNIFF: usize = 8_000;

/// Decodes a file: UTF-8 as it is, UTF-16 by its byte order mark, anything else
/// without NUL as Latin-1.
///
/// # Errors
/// When the bytes are binary.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<SourceText, ReadProblem> {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => return Ok(utf16(rest, u16::from_le_bytes, "UTF-16LE")),
        [0xFE, 0xFF, rest @ ..] => return Ok(utf16(rest, u16::from_be_bytes, "UTF-16BE")),
        _ => {}
    }
    if let Some(offset) = memchr_nul(&bytes[..bytes.len().min(SNIFF)]) {
        return Err(ReadProblem {
            kind: NotificationKind::Binary,
            message: format!("binary data (a NUL at byte {offset}) where text was expected"),
        });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceText { text: Arc::from(text), decoded: None }),
        Err(error) => {
            let text: String = error.as_bytes().iter().map(|&byte| char::from(byte)).collect();
            Ok(SourceText { text: Arc::from(text), decoded: Some("Latin-1") })
        }
    }
}

fn memchr_nul(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| byte == 0)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, name: &'static str) -> SourceText {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String =
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    SourceText { text: Arc::from(text), decoded: Some(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        let cases: [(&[u8], Result<(&str, Option<&str>), NotificationKind>); 6] = [
            (b"A=1\n", Ok(("A=1\n", None))),
            ("\u{feff}A=ü".as_bytes(), Ok(("\u{feff}A=ü", None))),
            (b"\xFF\xFEA\0=\0", Ok(("A=", Some("UTF-16LE")))),
            (b"\xFE\xFF\0A\0=", Ok(("A=", Some("UTF-16BE")))),
            (b"A=\xE9", Ok(("A=é", Some("Latin-1")))),
            (b"\x7fELF\0\0", Err(NotificationKind::Binary)),
        ];
        for (bytes, want) in cases {
            let got = decode(bytes.to_vec());
            let got = got.as_ref().map(|s| (&*s.text, s.decoded)).map_err(|problem| problem.kind);
            assert_eq!(got, want, "{bytes:?}");
        }
    }
}
