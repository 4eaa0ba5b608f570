//! Rule documentation as plain text, for SARIF's fields that must not be
//! Markdown. The input is our own and a plugin's documentation; what is not
//! understood is left as it stands.

/// The whole text without marks: headings, emphasis, code marks and fences
/// vanish, a link becomes `text (address)`.
pub(crate) fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut in_code = false;
    for line in markdown.trim().lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            out.push_str("    ");
            out.push_str(line);
        } else if trimmed.starts_with('#') {
            push_inline(&mut out, trimmed.trim_start_matches('#').trim_start());
        } else {
            push_inline(&mut out, line);
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// The first paragraph that is not a heading, as plain text on one line.
pub(crate) fn first_paragraph(markdown: &str) -> String {
    let mut lines = markdown.lines().map(str::trim);
    let first = lines.by_ref().find(|line| !line.is_empty() && !line.starts_with('#'));
    let mut paragraph = first.unwrap_or("").to_owned();
    for line in lines.take_while(|line| !line.is_empty()) {
        paragraph.push(' ');
        paragraph.push_str(line);
    }
    let mut out = String::with_capacity(paragraph.len());
    push_inline(&mut out, &paragraph);
    out
}

/// A phrase as a sentence: a capital at its start and a period at its end.
pub(crate) fn sentence(phrase: &str) -> String {
    let phrase = phrase.trim();
    let mut characters = phrase.chars();
    let mut out = String::with_capacity(phrase.len() + 1);
    if let Some(first) = characters.next() {
        out.extend(first.to_uppercase());
        out.push_str(characters.as_str());
    }
    end_sentence(&mut out);
    out
}

/// Ends the text with a period unless it has an end of its own.
pub(crate) fn end_sentence(text: &mut String) {
    text.truncate(text.trim_end().len());
    if !text.is_empty() && !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
}

/// At most `limit` characters, with an ellipsis for what was cut.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => {
            let mut out: String = text.chars().take(limit.saturating_sub(1)).collect();
            out.push('…');
            out
        }
    }
}

fn push_inline(out: &mut String, line: &str) {
    let mut rest = line;
    while let Some(at) = rest.find(['`', '*', '[']) {
        out.push_str(&rest[..at]);
        let mark = &rest[at..];
        rest = match mark.as_bytes()[0] {
            b'`' => match mark[1..].split_once('`') {
                Some((code, after)) => {
                    out.push_str(code);
                    after
                }
                None => push_mark(out, mark),
            },
            b'*' if mark.starts_with("**") => &mark[2..],
            b'[' => match link(mark) {
                Some((text, address, after)) => {
                    push_inline_code(out, text);
                    out.push_str(" (");
                    out.push_str(address);
                    out.push(')');
                    after
                }
                None => push_mark(out, mark),
            },
            _ => push_mark(out, mark),
        };
    }
    out.push_str(rest);
}

/// Keeps the one-byte mark at the start of `mark` and goes on after it.
fn push_mark<'a>(out: &mut String, mark: &'a str) -> &'a str {
    out.push_str(&mark[..1]);
    &mark[1..]
}

fn push_inline_code(out: &mut String, text: &str) {
    out.extend(text.chars().filter(|&character| character != '`'));
}

/// Takes `[text](address)` apart; `mark` starts with `[`.
fn link(mark: &str) -> Option<(&str, &str, &str)> {
    let (text, after) = mark[1..].split_once("](")?;
    let (address, after) = after.split_once(')')?;
    (!text.contains(['[', ']'])).then_some((text, address, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_vanish_and_code_stays() {
        let cases = [
            ("Flags `a*b` in **bold**.", "Flags a*b in bold."),
            ("See [the docs](https://a.example/x).", "See the docs (https://a.example/x)."),
            ("[`code`](x)", "code (x)"),
            ("an [open bracket and a lone ` mark", "an [open bracket and a lone ` mark"),
            ("# Why\n\ntext", "Why\n\ntext"),
            ("a\n```env fails\nKEY=*x*\n```\nb", "a\n    KEY=*x*\nb"),
            ("* point", "* point"),
            ("", ""),
        ];
        for (markdown, want) in cases {
            assert_eq!(plain(markdown), want, "{markdown}");
        }
    }

    #[test]
    fn the_first_paragraph_is_one_line_of_plain_text() {
        let cases = [
            ("Flags `x`\nthat leak.\n\n## Why\nmore", "Flags x that leak."),
            ("# title\n\nFlags y.", "Flags y."),
            ("", ""),
        ];
        for (markdown, want) in cases {
            assert_eq!(first_paragraph(markdown), want, "{markdown}");
        }
    }

    #[test]
    fn phrases_become_sentences() {
        let cases =
            [("a weak secret", "A weak secret."), ("why?", "Why?"), ("", ""), ("über", "Über.")];
        for (phrase, want) in cases {
            assert_eq!(sentence(phrase), want);
        }
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("äöü", 3), "äöü");
        assert_eq!(clip("äöüß", 3), "äö…");
    }
}
