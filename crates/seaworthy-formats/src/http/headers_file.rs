//! `_headers`, the plain file of Netlify and Cloudflare.
//!
//! A line that begins with a slash opens a block, the lines under it are headers.
//! The two providers differ in the rest: Cloudflare knows whole addresses, takes
//! headers away (`! Name`), reads 100 blocks of lines up to 2,000 characters, and
//! of two blocks for one path keeps the last.

use seaworthy_model::Region;

use super::Text;

/// One line of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLine {
    /// The header's name as written.
    pub name: Text,
    /// Its value; `None` where the header is taken away.
    pub value: Option<Text>,
}

/// A path and its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderBlock {
    /// The path or address as written.
    pub path: Text,
    /// The lines, in order.
    pub lines: Vec<HeaderLine>,
}

/// A parsed file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadersFile {
    /// The blocks, in order.
    pub blocks: Vec<HeaderBlock>,
    /// Lines that are neither a path nor a header, or stand before any path.
    pub stray: Vec<Region>,
    /// Whether a line is one that only Cloudflare understands.
    pub cloudflare_only: bool,
    /// Whether the file was too large to be read whole.
    pub truncated: bool,
}

/// The blocks that Cloudflare reads.
pub const CLOUDFLARE_BLOCKS: usize = 100;
/// The longest line that Cloudflare reads, in characters.
pub const CLOUDFLARE_LINE: usize = 2_000;

/// Only a hostile file has more.
const MOST_BLOCKS: usize = 2_000;
const MOST_LINES: usize = 20_000;

impl HeadersFile {
    /// Reads a file. Never fails: what is no header is in [`HeadersFile::stray`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut start = 0;
        let mut kept = 0;
        for raw in text.split('\n') {
            let line = raw.trim();
            let at = start + (raw.len() - raw.trim_start().len()).min(raw.len());
            start += raw.len() + 1;
            if line.is_empty() || line.starts_with('#') || line == "\u{feff}" {
                continue;
            }
            kept += 1;
            if kept > MOST_LINES || file.blocks.len() >= MOST_BLOCKS {
                file.truncated = true;
                break;
            }
            file.line(line, at);
        }
        file
    }

    fn line(&mut self, line: &str, at: usize) {
        let region = Region::new(at, at + line.len());
        let address =
            line.split_once("://").is_some_and(|(scheme, _)| !scheme.contains(char::is_whitespace));
        if line.starts_with('/') || address && !line.contains(": ") {
            self.cloudflare_only |= address;
            self.blocks.push(HeaderBlock { path: Text::new(line, region), lines: Vec::new() });
            return;
        }
        let Some(block) = self.blocks.last_mut() else {
            self.stray.push(region);
            return;
        };
        if let Some(name) = line.strip_prefix("! ") {
            let trimmed = name.trim_start();
            let from = at + line.len() - trimmed.len();
            let name = Text::new(trimmed, Region::new(from, from + trimmed.len()));
            self.cloudflare_only = true;
            block.lines.push(HeaderLine { name, value: None });
            return;
        }
        match line.split_once(':') {
            Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
                let name = name.trim_end();
                let value = value.trim();
                let end = region.end;
                block.lines.push(HeaderLine {
                    name: Text::new(name, Region::new(at, at + name.len())),
                    value: Some(Text::new(value, Region::new(end - value.len(), end))),
                });
            }
            _ => self.stray.push(region),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each block as `path|name=value,…`, `-name` for one taken away.
    fn read(text: &str) -> Vec<String> {
        let file = HeadersFile::parse(text);
        file.blocks
            .iter()
            .map(|block| {
                assert_eq!(block.path.region.of(text), block.path.value);
                let lines = block.lines.iter().map(|line| {
                    assert_eq!(line.name.region.of(text), line.name.value);
                    match &line.value {
                        Some(value) => {
                            assert_eq!(value.region.of(text), value.value);
                            format!("{}={}", line.name.value, value.value)
                        }
                        None => format!("-{}", line.name.value),
                    }
                });
                format!("{}|{}", block.path.value, lines.collect::<Vec<_>>().join(","))
            })
            .collect()
    }

    #[test]
    fn blocks_and_their_lines_are_read() {
        for (text, expected) in [
            ("/*\n  X-Frame-Options: DENY\n", vec!["/*|X-Frame-Options=DENY"]),
            ("/*\r\n  A : b:c \r\n", vec!["/*|A=b:c"]),
            ("# no\n/a\nX: 1\n\n/b\n\tY: 2\n  # Z: 3\n", vec!["/a|X=1", "/b|Y=2"]),
            ("/*\n  ! X-Frame-Options\n", vec!["/*|-X-Frame-Options"]),
            (
                "https://:p.pages.dev/*\n  X-Robots-Tag: noindex\n",
                vec!["https://:p.pages.dev/*|X-Robots-Tag=noindex"],
            ),
            (
                "/*\n  Link: <https://a.example>; rel=x\n",
                vec!["/*|Link=<https://a.example>; rel=x"],
            ),
            ("X: 1\n/a\nnothing\nB:\n", vec!["/a|"]),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        assert_eq!(HeadersFile::parse("X: 1\n/a\nnothing\nB:\n").stray.len(), 3);
    }

    #[test]
    fn what_only_one_provider_knows_is_told() {
        for (text, expected) in [
            ("/*\n  A: 1", false),
            ("/*\n  ! A", true),
            ("https://a.example/*\n  A: 1", true),
            ("/*\n  Link: <https://a.example>", false),
        ] {
            assert_eq!(HeadersFile::parse(text).cloudflare_only, expected, "{text}");
        }
    }

    #[test]
    fn crowded_files_end() {
        let file = HeadersFile::parse(&"/a\n  B: 1\n".repeat(5_000));
        assert!(file.truncated && file.blocks.len() == MOST_BLOCKS);
    }
}
