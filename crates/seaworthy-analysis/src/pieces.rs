//! A file's text in pieces, for what looks at texts that are not kept.

use crate::locate::PassageStart;

/// How many leading bytes are searched for NUL, as git and grep do.
const SNIFF: usize = 8_000;

/// In what pieces a large file is shown, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct PieceSizes {
    /// The most bytes of one piece.
    pub piece: usize,
    /// How far neighbouring pieces overlap.
    pub overlap: usize,
    /// The most bytes of a file that are shown.
    pub most: usize,
}

impl PieceSizes {
    /// How files are shown to rules. A piece overlaps the next by more than twice
    /// what the longest secret takes, so that each is whole in one of them.
    pub const DEFAULT: Self = Self { piece: 2 << 20, overlap: 128 << 10, most: 256 << 20 };
}

/// A file's text or a piece of it.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'t> {
    /// The text. Bytes that are no UTF-8 are shown as question marks.
    pub text: &'t str,
    /// Where it begins in the file.
    pub start: PassageStart,
    /// Whether nothing comes before it.
    pub first: bool,
    /// Whether nothing comes after it.
    pub last: bool,
    /// Whether it is the file's text as [`Snapshot::text`](crate::Snapshot::text) gives it.
    pub exact: bool,
}

impl<'t> Piece<'t> {
    pub(crate) fn whole(text: &'t str) -> Self {
        Self { text, start: PassageStart::default(), first: true, last: true, exact: true }
    }
}

pub(crate) enum TextKind {
    /// UTF-8 or another encoding that keeps ASCII as it is.
    Bytes,
    /// UTF-16.
    Wide,
    Binary,
}

/// Tells text from other things by its beginning: text has no NUL, but for UTF-16,
/// which has one in most pairs or a mark at its beginning.
pub(crate) fn text_kind(bytes: &[u8]) -> TextKind {
    let start = &bytes[..bytes.len().min(SNIFF)];
    if matches!(start, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
        return TextKind::Wide;
    }
    if memchr::memchr(0, start).is_none() {
        return TextKind::Bytes;
    }
    let pairs = start.len().min(64) / 2;
    let nuls = start[..pairs * 2].iter().filter(|&&byte| byte == 0).count();
    if pairs >= 2 && (pairs / 2..=pairs).contains(&nuls) {
        TextKind::Wide
    } else {
        TextKind::Binary
    }
}

/// Puts `?` in the place of what is no UTF-8; whether nothing but a cut character at the
/// end was in the way, which is left to the next piece.
pub(crate) fn make_readable(bytes: &mut Vec<u8>, last: bool) -> bool {
    let mut exact = true;
    let mut from = 0;
    while let Err(error) = std::str::from_utf8(&bytes[from..]) {
        let at = from + error.valid_up_to();
        match error.error_len() {
            None if !last => {
                bytes.truncate(at);
                break;
            }
            length => {
                exact = false;
                let end = length.map_or(bytes.len(), |length| at + length);
                bytes[at..end].fill(b'?');
                from = end;
            }
        }
    }
    exact
}
