//! Ignore files (`.gitignore`, `.git/info/exclude`) as git reads them.
//!
//! Only LF ends a line; a CR before it belongs to the ending, any other CR to
//! the pattern. A byte order mark at the start of the file is skipped, trailing
//! spaces are cut unless escaped, trailing tabs are not, and a NUL ends a
//! pattern. Nothing is an error: a line git cannot use is a pattern that never
//! matches.
//!
//! A file of a million lines stays at 24 bytes a line, read in one pass.

use memchr::{memchr, memchr_iter};
use seaworthy_model::Region;

/// The lines of an ignore file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreFile {
    lines: Vec<IgnoreLine>,
}

/// What a line is to git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoreLineKind {
    /// Nothing, or only the line's ending.
    Blank,
    /// A line that starts with `#`.
    Comment,
    /// Anything else, even if it can match no path.
    Pattern,
}

/// One line of an ignore file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IgnoreLine {
    number: u32,
    start: u32,
    end: u32,
    pattern_end: u32,
    kind: IgnoreLineKind,
    flags: u8,
}

const NEGATED: u8 = 1;
const DIRECTORY_ONLY: u8 = 2;
const ANCHORED: u8 = 4;

impl IgnoreFile {
    /// Reads a text. Only its first 4 GiB are looked at.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let bytes = text.as_bytes();
        let bytes = bytes.get(..u32::MAX as usize).unwrap_or(bytes);
        let mut start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let mut lines = Vec::new();
        let ends = memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len()));
        for end in ends {
            if end < start || (end == bytes.len() && start == end) {
                continue;
            }
            lines.push(IgnoreLine::read(bytes, lines.len(), start, end));
            start = end + 1;
        }
        Self { lines }
    }

    /// Every line in order, comments and blank lines too.
    #[must_use]
    pub fn lines(&self) -> &[IgnoreLine] {
        &self.lines
    }

    /// The lines that are patterns.
    pub fn patterns(&self) -> impl DoubleEndedIterator<Item = &IgnoreLine> {
        self.lines.iter().filter(|line| line.kind == IgnoreLineKind::Pattern)
    }
}

impl IgnoreLine {
    fn read(bytes: &[u8], index: usize, start: usize, end: usize) -> Self {
        let mut body = &bytes[start..end];
        if let [before @ .., b'\r'] = body {
            body = before;
        }
        let (kind, length) = match body {
            [] => (IgnoreLineKind::Blank, 0),
            [b'#', ..] => (IgnoreLineKind::Comment, body.len()),
            _ => (IgnoreLineKind::Pattern, pattern_length(body)),
        };
        let flags = if kind == IgnoreLineKind::Pattern { flags(&body[..length]) } else { 0 };
        // The caller has cut the text to what 32 bits can address.
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            number: offset(index + 1),
            start: offset(start),
            end: offset(start + body.len()),
            pattern_end: offset(start + length),
            kind,
            flags,
        }
    }

    /// The line's number as git counts: from 1, by LF alone.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What the line is.
    #[must_use]
    pub fn kind(&self) -> IgnoreLineKind {
        self.kind
    }

    /// The line as written, without its ending.
    #[must_use]
    pub fn region(&self) -> Region {
        Region::new(self.start as usize, self.end as usize)
    }

    /// The pattern as git reads it and as `git check-ignore -v` shows it: with
    /// `!` and a trailing `/`, without trailing spaces. Empty for a blank line.
    #[must_use]
    pub fn pattern(&self) -> Region {
        Region::new(self.start as usize, self.pattern_end as usize)
    }

    /// What is matched against paths: the pattern without `!` and without the
    /// one trailing `/` that means "directories only".
    #[must_use]
    pub fn glob(&self) -> Region {
        let pattern = self.pattern();
        let start = pattern.start + usize::from(self.negated());
        Region::new(start, pattern.end - usize::from(self.directory_only()))
    }

    /// Whether the pattern starts with `!` and so brings paths back.
    #[must_use]
    pub fn negated(&self) -> bool {
        self.flags & NEGATED != 0
    }

    /// Whether the pattern ends with `/` and so matches directories only.
    #[must_use]
    pub fn directory_only(&self) -> bool {
        self.flags & DIRECTORY_ONLY != 0
    }

    /// Whether the pattern has a `/` other than the trailing one, so that it is
    /// held against the path from the ignore file's directory on, not against
    /// the last name.
    #[must_use]
    pub fn anchored(&self) -> bool {
        self.flags & ANCHORED != 0
    }
}

/// The length of a pattern without unescaped trailing spaces and up to a NUL.
fn pattern_length(body: &[u8]) -> usize {
    let body = &body[..memchr(0, body).unwrap_or(body.len())];
    let kept = body.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
    // An odd run of backslashes escapes the first of the spaces after it.
    let backslashes = body[..kept].iter().rev().take_while(|&&byte| byte == b'\\').count();
    if kept < body.len() && backslashes % 2 == 1 { kept + 1 } else { kept }
}

fn flags(pattern: &[u8]) -> u8 {
    let mut flags = 0;
    let mut glob = pattern;
    if let [b'!', rest @ ..] = glob {
        flags |= NEGATED;
        glob = rest;
    }
    if let [rest @ .., b'/'] = glob {
        flags |= DIRECTORY_ONLY;
        glob = rest;
    }
    if memchr(b'/', glob).is_some() {
        flags |= ANCHORED;
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pattern` of every line, with `!`, `d` and `a` for its flags.
    fn read(text: &str) -> Vec<(&str, String)> {
        let file = IgnoreFile::parse(text);
        file.lines()
            .iter()
            .map(|line| {
                let mut flags = String::new();
                for (set, flag) in
                    [(line.negated(), '!'), (line.directory_only(), 'd'), (line.anchored(), 'a')]
                {
                    flags.extend(set.then_some(flag));
                }
                (line.pattern().of(text), flags)
            })
            .collect()
    }

    #[test]
    fn a_pattern_is_what_git_makes_of_the_line() {
        let cases = [
            (".env", ".env", ""),
            ("!.env", "!.env", "!"),
            ("\\!x", "\\!x", ""),
            ("\\#x", "\\#x", ""),
            ("  .env", "  .env", ""),
            (".env  ", ".env", ""),
            (".env\t", ".env\t", ""),
            (".env\t ", ".env\t", ""),
            ("a\\ ", "a\\ ", ""),
            ("a\\   ", "a\\ ", ""),
            ("a\\\\  ", "a\\\\", ""),
            ("a\\\\\\  ", "a\\\\\\ ", ""),
            ("   ", "", ""),
            ("\\", "\\", ""),
            ("x\rz", "x\rz", ""),
            ("x\r\r\n", "x\r", ""),
            ("x\0y", "x", ""),
            ("dir/", "dir/", "d"),
            ("/dir", "/dir", "a"),
            ("/dir/", "/dir/", "da"),
            ("a/b", "a/b", "a"),
            ("/", "/", "d"),
            ("//", "//", "da"),
            ("!", "!", "!"),
            ("!/", "!/", "!d"),
            ("!a/**/b/", "!a/**/b/", "!da"),
        ];
        for (text, pattern, flags) in cases {
            assert_eq!(read(text), [(pattern, flags.to_owned())], "{text:?}");
        }
    }

    #[test]
    fn lines_are_numbered_by_line_feeds_and_keep_their_regions() {
        let text = "\u{FEFF}a \r\n# c\n\n!b/\rx\nlast";
        let file = IgnoreFile::parse(text);
        let seen: Vec<_> = file
            .lines()
            .iter()
            .map(|line| (line.number(), line.kind(), line.region().of(text)))
            .collect();
        use IgnoreLineKind::{Blank, Comment, Pattern};
        assert_eq!(
            seen,
            [
                (1, Pattern, "a "),
                (2, Comment, "# c"),
                (3, Blank, ""),
                (4, Pattern, "!b/\rx"),
                (5, Pattern, "last"),
            ]
        );
        assert_eq!(file.patterns().count(), 3);
    }

    #[test]
    fn the_glob_lacks_negation_and_the_trailing_slash() {
        let text = "!/a/b/ ";
        let file = IgnoreFile::parse(text);
        assert_eq!(file.lines()[0].glob().of(text), "/a/b");
    }

    #[test]
    fn no_text_is_no_line() {
        assert!(IgnoreFile::parse("").lines().is_empty());
        assert!(IgnoreFile::parse("\u{FEFF}").lines().is_empty());
        assert_eq!(IgnoreFile::parse("\n").lines().len(), 1);
    }

    #[test]
    fn a_million_lines_are_read_at_once_and_stay_small() {
        let text = "node_modules/  \n".repeat(1_000_000);
        let file = IgnoreFile::parse(&text);
        assert_eq!(file.lines().len(), 1_000_000);
        assert_eq!(file.lines()[999_999].number(), 1_000_000);
        assert!(size_of::<IgnoreLine>() <= 24);
    }
}
