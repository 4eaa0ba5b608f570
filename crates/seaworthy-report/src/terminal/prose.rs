//! The documentation of a rule, written for a terminal: wrapped, with examples in
//! frames, and with marks of Markdown turned into styles where there are colours.

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use unicode_width::UnicodeWidthStr as _;

use super::line::paint;
use super::{MIN_WIDTH, Options};
use crate::visible::visible;

const PLAIN: Style = Style::new();
const HEADING: Style = Style::new().effects(Effects::BOLD);
const STRONG: Style = Style::new().effects(Effects::BOLD);
const EMPHASIS: Style = Style::new().effects(Effects::ITALIC);
const CODE: Style = AnsiColor::Cyan.on_default();
const MARGIN: Style = AnsiColor::BrightBlue.on_default().effects(Effects::BOLD);
const WRONG: Style = AnsiColor::BrightRed.on_default().effects(Effects::BOLD);
const RIGHT: Style = AnsiColor::BrightGreen.on_default().effects(Effects::BOLD);

/// Wider text is hard to read.
const MAX_WIDTH: usize = 88;

/// A part of the text.
enum Block<'a> {
    Heading(&'a str),
    /// What stands before the first line, and the lines joined.
    Paragraph(String, String),
    /// The words behind the fence, and the lines.
    Code(&'a str, Vec<&'a str>),
}

/// Writes Markdown as its reader wants to see it. What is not understood stays as it
/// stands; what a terminal would obey is made visible.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(markdown: &str, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let width = options.width.clamp(MIN_WIDTH, MAX_WIDTH);
    let mut in_list = false;
    for (number, block) in blocks(markdown).iter().enumerate() {
        let item = matches!(block, Block::Paragraph(bullet, _) if !bullet.is_empty());
        if number > 0 && !(item && in_list) {
            writeln!(out)?;
        }
        in_list = item;
        match block {
            Block::Heading(text) => {
                writeln!(out, "{}", paint(options, HEADING, &visible(text)))?;
            }
            Block::Paragraph(bullet, text) => {
                let indent = " ".repeat(bullet.width());
                let lines = wrapped(text, width.saturating_sub(indent.len()), options);
                for (number, line) in lines.iter().enumerate() {
                    writeln!(out, "{}{line}", if number == 0 { bullet } else { &indent })?;
                }
            }
            Block::Code(info, lines) => code(info, lines, options, out)?,
        }
    }
    Ok(())
}

fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    // Whether the next line goes on with the paragraph above it.
    let mut open = false;
    while let Some(line) = lines.next() {
        let text = line.trim();
        if let Some(info) = text.strip_prefix("```") {
            let fence = |line: &&str| !line.trim_start().starts_with("```");
            blocks.push(Block::Code(info, lines.by_ref().take_while(fence).collect()));
            open = false;
        } else if text.is_empty() {
            open = false;
        } else if text.starts_with('#') && text.trim_start_matches('#').starts_with(' ') {
            blocks.push(Block::Heading(text.trim_start_matches('#').trim_start()));
            open = false;
        } else if let Some((bullet, rest)) = list_item(line) {
            blocks.push(Block::Paragraph(bullet, rest.to_owned()));
            open = true;
        } else {
            match blocks.last_mut() {
                Some(Block::Paragraph(_, paragraph)) if open => {
                    paragraph.push(' ');
                    paragraph.push_str(text);
                }
                _ => blocks.push(Block::Paragraph(String::new(), text.to_owned())),
            }
            open = true;
        }
    }
    blocks
}

/// The bullet or number of a list's item with its indent, and the text.
fn list_item(line: &str) -> Option<(String, &str)> {
    let text = line.trim_start();
    let indent = (line.len() - text.len()).min(12);
    let (mark, rest) = text.split_once(' ')?;
    let number = mark.strip_suffix('.').is_some_and(|digits| {
        !digits.is_empty() && digits.len() < 4 && digits.bytes().all(|b| b.is_ascii_digit())
    });
    let bullet = matches!(mark, "-" | "*" | "+");
    (number || bullet).then(|| (format!("{}{mark} ", " ".repeat(indent)), rest.trim()))
}

/// An example in the manner of the frames of findings.
fn code(info: &str, lines: &[&str], options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut words = info.split_whitespace().skip(1);
    let (verdict, style) = match words.next() {
        Some("fails") => ("flagged", WRONG),
        Some("passes") => ("passes", RIGHT),
        _ => ("", PLAIN),
    };
    if verdict.is_empty() {
        for line in lines {
            writeln!(
                out,
                "{}",
                format!("    {}", visible(&line.replace('\t', "    "))).trim_end()
            )?;
        }
        return Ok(());
    }
    let digits = lines.len().to_string().len();
    let margin = " ".repeat(digits);
    let bar = paint(options, MARGIN, "|");
    let arrow = paint(options, MARGIN, "-->");
    let name = words.next().map_or(String::new(), |name| format!(" {}", visible(name)));
    writeln!(out, "{margin}{arrow}{name} {}", paint(options, style, &format!("({verdict})")))?;
    writeln!(out, "{margin} {bar}")?;
    for (number, line) in lines.iter().enumerate() {
        let number = paint(options, MARGIN, &format!("{:>digits$}", number + 1));
        let line = line.replace('\t', "    ");
        writeln!(out, "{}", format!("{number} {bar} {}", visible(&line)).trim_end())?;
    }
    writeln!(out, "{margin} {bar}")
}

/// The lines of a paragraph.
fn wrapped(text: &str, width: usize, options: &Options) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut column = 0;
    for Word { width: length, text } in words(text, options) {
        if column > 0 && column + 1 + length > width {
            lines.push(String::new());
            column = 0;
        }
        if let Some(line) = lines.last_mut() {
            if column > 0 {
                line.push(' ');
                column += 1;
            }
            line.push_str(&text);
        }
        column += length;
    }
    lines
}

/// What is not broken, as it is printed.
#[derive(Default)]
struct Word {
    width: usize,
    text: String,
}

fn words(text: &str, options: &Options) -> Vec<Word> {
    let mut words = vec![Word::default()];
    for (style, span) in spans(text, options) {
        for (number, piece) in span.split(' ').enumerate() {
            if number > 0 {
                words.push(Word::default());
            }
            if let Some(word) = words.last_mut().filter(|_| !piece.is_empty()) {
                let piece = visible(piece);
                word.width += piece.width();
                word.text.push_str(&match style == PLAIN {
                    true => piece.into_owned(),
                    false => paint(options, style, &piece),
                });
            }
        }
    }
    words.retain(|word| word.width > 0);
    words
}

/// The text in pieces of one style each. Without colours the marks stay, as they then
/// say what is code.
fn spans(text: &str, options: &Options) -> Vec<(Style, String)> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[']) {
        let (before, marked) = rest.split_at(at);
        spans.push((PLAIN, before.to_owned()));
        let link = marked.starts_with('[').then(|| link(marked)).flatten();
        let between = |mark: &str| {
            let inner = marked.strip_prefix(mark)?;
            let end = inner.find(mark).filter(|&end| end > 0)?;
            (!inner.starts_with(' ')).then(|| (&inner[..end], mark.len() * 2 + end))
        };
        let (span, length) = if let Some((name, address, length)) = link {
            ((PLAIN, format!("{name} ({address})")), length)
        } else if let Some((code, length)) = between("`") {
            let code = if options.color { code.to_owned() } else { format!("`{code}`") };
            ((CODE, code), length)
        } else if let Some((strong, length)) = between("**") {
            ((STRONG, strong.to_owned()), length)
        } else if let Some((word, length)) = between("*").filter(|_| !marked.starts_with("**")) {
            ((EMPHASIS, word.to_owned()), length)
        } else {
            ((PLAIN, marked[..1].to_owned()), 1)
        };
        spans.push(span);
        rest = &marked[length..];
    }
    spans.push((PLAIN, rest.to_owned()));
    spans
}

/// A link's text and address, and how long it is.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let close = text.find("](")?;
    let end = close + text[close..].find(')')?;
    let (name, address) = (&text[1..close], &text[close + 2..end]);
    (!name.contains('[') && !address.contains(' ')).then_some((name, address, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(markdown: &str, options: &Options) -> String {
        let mut out = Vec::new();
        write(markdown, options, &mut out).expect("memory can be written");
        String::from_utf8(out).expect("the output is UTF-8")
    }

    #[test]
    fn documentation_is_laid_out_for_the_terminal() {
        let markdown = "Flags `a` whose\nport is **open**.\n\n## Why\n\n1. Ignore the\n   file that *is* there and go on until it wraps.\n2. Go.\n- See [the page](https://a.b/c).\n\n```yaml fails compose.yml git\na: 1\n\tb\n```\n\n```sh\nrun\n```\n";
        let options = Options { width: 44, ..Options::default() };
        assert_eq!(
            written(markdown, &options),
            "Flags `a` whose port is open.\n\nWhy\n\n1. Ignore the file that is there and go on\n   \
             until it wraps.\n2. Go.\n- See the page (https://a.b/c).\n\n --> compose.yml \
             (flagged)\n  |\n1 | a: 1\n2 |     b\n  |\n\n    run\n"
        );
        let colored = written(markdown, &Options { color: true, ..options });
        assert!(
            colored.contains("\u{1b}[36ma\u{1b}[0m whose") && !colored.contains('`'),
            "{colored}"
        );
        let plain = anstream::adapter::strip_str(&colored).to_string();
        assert!(plain.lines().all(|line| line.width() <= 44), "{plain}");
    }

    #[test]
    fn what_is_no_mark_stays_and_nothing_is_obeyed() {
        let cases = [
            ("a * b and **", "a * b and **\n"),
            ("`open", "`open\n"),
            ("[x] (y)", "[x] (y)\n"),
            ("ignore `*.tfstate*` here", "ignore `*.tfstate*` here\n"),
            ("#no heading", "#no heading\n"),
            ("\u{1b}[2Jx \u{202e}y", "\\u{1b}[2Jx \\u{202e}y\n"),
            ("", ""),
            ("```", ""),
        ];
        for (markdown, want) in cases {
            assert_eq!(written(markdown, &Options::default()), want, "{markdown:?}");
        }
    }
}
