//! Base64 as it stands in files.

use super::near;

/// Decodes base64 of either alphabet, with or without padding; `None` when a
/// character is neither or the length is impossible.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    near::base64(text.as_bytes())
}

/// Decodes base64 that holds text.
pub(crate) fn decode_text(text: &str) -> Option<String> {
    String::from_utf8(decode(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_text};

    #[test]
    fn both_alphabets_are_read_with_or_without_padding() {
        let cases: [(&str, Option<&[u8]>); 8] = [
            ("", Some(b"")),
            ("Zg==", Some(b"f")),
            ("Zg", Some(b"f")),
            ("Zm9vYmFy", Some(b"foobar")),
            ("-_8=", Some(&[0xfb, 0xff])),
            ("+/8=", Some(&[0xfb, 0xff])),
            ("Zm9vY", None),
            ("Zm9v!mFy", None),
        ];
        for (text, want) in cases {
            assert_eq!(decode(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(decode_text("Zm9vYmFy").as_deref(), Some("foobar"));
        assert_eq!(decode_text("-_8="), None);
    }
}
