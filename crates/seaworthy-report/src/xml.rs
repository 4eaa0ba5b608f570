//! Text that may stand in XML and in HTML, in elements and in attributes alike.

use crate::visible;

/// The text with what is mark-up escaped. What XML 1.0 allows in no form, control
/// characters and two that are none, is shown as an escape of its own.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in visible(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_is_mark_up() {
        let cases = [
            ("plain ü 😀", "plain ü 😀"),
            ("<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"),
            ("]]>", "]]&gt;"),
            ("a\n\u{1}\u{fffe}\u{ffff}b", "a\\n\\u{1}\\u{fffe}\\u{ffff}b"),
        ];
        for (text, want) in cases {
            assert_eq!(escape(text), want, "{text:?}");
        }
    }
}
