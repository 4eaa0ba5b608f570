//! Lines that break at spaces.

use unicode_width::UnicodeWidthStr as _;

use super::MIN_WIDTH;

/// Wider text is hard to read.
const MAX_TEXT_WIDTH: usize = 100;

/// Breaks the text at spaces into lines of at most `width` columns, but no fewer than
/// a word or two take; a longer word keeps a line for itself.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let width = width.clamp(MIN_WIDTH / 2, MAX_TEXT_WIDTH);
    wrap_after(text, width, width)
}

/// The same with a first line of another width, which may be too narrow for any word.
pub(super) fn wrap_after(text: &str, first: usize, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut column, mut width_here) = (0, first);
    for word in text.split(' ') {
        let length = word.width();
        if column > 0 {
            if column + 1 + length > width_here {
                out.push('\n');
                (column, width_here) = (0, width);
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(word);
        column += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_wrapped_at_spaces() {
        let text = "word ".repeat(20);
        let wrapped = wrap(text.trim(), 40);
        assert!(wrapped.lines().all(|line| line.len() <= 40), "{wrapped}");
        assert_eq!(wrapped.replace('\n', " "), text.trim());
        assert_eq!(wrap(&"x".repeat(90), 10), "x".repeat(90));
        assert_eq!(wrap("日本語 日本語 日本語 日本語", 20), "日本語 日本語 日本語\n日本語");
        assert_eq!(wrap_after("one two three", 4, 20), "one\ntwo three");
    }
}
