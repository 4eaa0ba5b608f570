//! Zip files: the directory at the end, and each member where that says.

use super::Opener;
use super::inflate::Deflated;

const END: u32 = 0x0605_4b50;
const END_BYTES: usize = 22;
/// A comment may follow the end.
const MAX_COMMENT: usize = u16::MAX as usize;
const ENTRY: u32 = 0x0201_4b50;
const ENTRY_BYTES: usize = 46;
const LOCAL: u32 = 0x0403_4b50;
const LOCAL_BYTES: usize = 30;

/// The extra field that holds sizes and offsets which 32 bits do not.
const ZIP64: u16 = 1;

/// Shows the members of a zip file.
pub(super) fn members(bytes: &[u8], path: &str, depth: usize, opener: &mut Opener<'_>) {
    let Some(end) = end(bytes) else {
        // Else it only bears the name.
        opener.told.damaged |= bytes.starts_with(b"PK");
        return;
    };
    let (size, offset) = (u32_at(bytes, end + 12), u32_at(bytes, end + 16));
    let (Some(size), Some(offset)) = (size, offset) else { return };
    // What was put before the archive, such as a program that unpacks it, is not
    // counted in its offsets. With 64-bit sizes the directory ends earlier.
    let (mut at, before) = match end.checked_sub(size as usize) {
        Some(start) if u32_at(bytes, start) == Some(ENTRY) => {
            (start, start.saturating_sub(offset as usize))
        }
        _ => (offset as usize, 0),
    };
    if at != end && u32_at(bytes, at) != Some(ENTRY) {
        opener.told.damaged = true;
    }
    while u32_at(bytes, at) == Some(ENTRY) && !opener.is_over() {
        let Some(entry) = Entry::read(bytes, at) else {
            opener.told.damaged = true;
            return;
        };
        at = entry.next;
        if entry.name.ends_with(b"/") {
            continue;
        }
        if opener.members == 0 {
            opener.told.cut = true;
            return;
        }
        let Some(path) = opener.enter(path, entry.name) else { continue };
        let data = before
            .checked_add(entry.offset)
            .and_then(|local| data_of(bytes, local))
            .and_then(|start| bytes.get(start..));
        match data {
            _ if entry.encrypted => opener.told.encrypted += 1,
            None => opener.told.damaged = true,
            Some(data) => {
                opener.told.damaged |= data.len() < entry.compressed;
                let data = &data[..data.len().min(entry.compressed)];
                match entry.method {
                    0 => opener.stream(&path, data, depth),
                    8 => opener.stream(&path, Deflated::new(data), depth),
                    _ => opener.told.unsupported += 1,
                }
            }
        }
    }
}

/// An entry of the directory.
struct Entry<'b> {
    name: &'b [u8],
    encrypted: bool,
    method: u16,
    compressed: usize,
    /// Of the member's own header.
    offset: usize,
    /// Where the next entry begins.
    next: usize,
}

impl<'b> Entry<'b> {
    fn read(bytes: &'b [u8], at: usize) -> Option<Self> {
        let length = |from: usize| u16_at(bytes, at + from).map(usize::from);
        let name_start = at + ENTRY_BYTES;
        let extra_start = name_start + length(28)?;
        let comment_start = extra_start + length(30)?;
        let size = u32_at(bytes, at + 24)?;
        let mut entry = Self {
            name: bytes.get(name_start..extra_start)?,
            encrypted: u16_at(bytes, at + 8)? & 1 != 0,
            method: u16_at(bytes, at + 10)?,
            compressed: u32_at(bytes, at + 20)? as usize,
            offset: u32_at(bytes, at + 42)? as usize,
            next: comment_start + length(32)?,
        };
        let extra = bytes.get(extra_start..comment_start)?;
        entry.widen(size, extra);
        Some(entry)
    }

    /// Takes what does not fit 32 bits from the extra field: in this order, the size,
    /// the compressed size and the offset, as far as they do not fit.
    fn widen(&mut self, size: u32, mut extra: &[u8]) {
        const FULL: usize = u32::MAX as usize;
        while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let length = usize::from(length);
            let Some(field) = extra.get(4..4 + length) else { return };
            extra = &extra[4 + length..];
            if id != ZIP64 {
                continue;
            }
            let mut at = if size == u32::MAX { 8 } else { 0 };
            for value in [&mut self.compressed, &mut self.offset] {
                if *value == FULL
                    && let Some(wide) = field.get(at..at + 8)
                {
                    let wide = u64::from_le_bytes(wide.try_into().unwrap_or([0xff; 8]));
                    *value = usize::try_from(wide).unwrap_or(usize::MAX);
                    at += 8;
                }
            }
            return;
        }
    }
}

/// Where the data of a member begins, behind its own header.
fn data_of(bytes: &[u8], local: usize) -> Option<usize> {
    if u32_at(bytes, local)? != LOCAL {
        return None;
    }
    let name = usize::from(u16_at(bytes, local + 26)?);
    let extra = usize::from(u16_at(bytes, local + 28)?);
    Some(local + LOCAL_BYTES + name + extra)
}

/// The record at the end that tells of the directory.
fn end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(MAX_COMMENT);
    (first..=last).rev().find(|&at| u32_at(bytes, at) == Some(END))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}
