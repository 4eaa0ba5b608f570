//! Tar files: one header and the bytes after another.

use std::io::Read;

use super::Opener;

const BLOCK: usize = 512;
/// The longest name that a header of its own may spell.
const MAX_LONG_NAME: u64 = 64 * 1024;

/// Shows the members of a tar file.
pub(super) fn members(mut stream: impl Read, path: &str, depth: usize, opener: &mut Opener<'_>) {
    let mut long_name: Option<Vec<u8>> = None;
    let mut first = true;
    while !opener.is_over() {
        let mut header = [0_u8; BLOCK];
        match fill(&mut stream, &mut header) {
            Ok(BLOCK) => {}
            Ok(0) => return,
            // Else it only bears the name.
            Ok(_) | Err(_) => {
                opener.told.damaged |= !first;
                return;
            }
        }
        opener.spend(BLOCK);
        if header.iter().all(|&byte| byte == 0) {
            return;
        }
        let size = number(&header[124..136]).filter(|_| holds(&header));
        let Some(size) = size else {
            opener.told.damaged |= !first;
            return;
        };
        first = false;
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        let kind = header[156];
        let mut content = (&mut stream).take(size);
        match kind {
            // Names that are too long for a header, by GNU and by POSIX.
            b'L' | b'x' if size <= MAX_LONG_NAME => {
                let mut bytes = Vec::new();
                if content.read_to_end(&mut bytes).is_err() {
                    opener.told.damaged = true;
                    return;
                }
                opener.spend(bytes.len());
                let name = if kind == b'L' {
                    Some(bytes.split(|&byte| byte == 0).next().unwrap_or_default().to_vec())
                } else {
                    path_of(&bytes)
                };
                long_name = name.or(long_name);
            }
            0 | b'0' | b'7' => {
                if opener.members == 0 {
                    opener.told.cut = true;
                    return;
                }
                let name = long_name.take().unwrap_or_else(|| name_of(&header));
                if let Some(path) = opener.enter(path, &name) {
                    opener.stream(&path, &mut content, depth);
                }
            }
            _ => long_name = None,
        }
        if !skip(content, opener) || !skip((&mut stream).take(padding), opener) {
            opener.told.damaged |= !opener.is_over();
            return;
        }
    }
}

/// Reads what is left of a member, as far as there is anything to spend.
fn skip(mut rest: impl Read + Limited, opener: &mut Opener<'_>) -> bool {
    let mut sink = [0_u8; 16 * 1024];
    loop {
        match rest.read(&mut sink) {
            Ok(0) => return rest.left() == 0,
            Ok(read) => opener.spend(read),
            Err(_) => return false,
        }
        if opener.is_over() {
            return false;
        }
    }
}

/// A stream that knows how much it owes.
trait Limited {
    fn left(&self) -> u64;
}

impl<R> Limited for std::io::Take<R> {
    fn left(&self) -> u64 {
        self.limit()
    }
}

/// Fills the block as far as the stream goes.
fn fill(stream: &mut impl Read, block: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match stream.read(&mut block[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// A number in octal digits, or in binary when the first bit says so.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        return rest.iter().try_fold(u64::from(first & 0x7f), |value, &byte| {
            value.checked_mul(256).map(|value| value | u64::from(byte))
        });
    }
    let digits = field.trim_ascii().split(|&byte| byte == 0 || byte == b' ').next()?;
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8).map(|value| value | u64::from(digit - b'0')),
        _ => None,
    })
}

/// Whether the header's checksum holds: it is the sum of its bytes, with blanks in
/// place of the sum itself.
fn holds(header: &[u8; BLOCK]) -> bool {
    let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
    let own: u64 = header[148..156].iter().map(|&byte| u64::from(byte)).sum();
    number(&header[148..156]) == Some(sum - own + 8 * u64::from(b' '))
}

fn name_of(header: &[u8; BLOCK]) -> Vec<u8> {
    let text = |field: &[u8]| field.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
    let mut name = text(&header[..100]);
    if header[257..].starts_with(b"ustar\0") && header[345] != 0 {
        let mut long = text(&header[345..500]);
        long.push(b'/');
        long.append(&mut name);
        name = long;
    }
    name
}

/// The `path` of POSIX's extended header: `27 path=a/long/name\n`.
fn path_of(mut records: &[u8]) -> Option<Vec<u8>> {
    loop {
        let blank = records.iter().position(|&byte| byte == b' ')?;
        let length: usize = std::str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
        let record = records.get(blank + 1..length.checked_sub(1)?)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            return Some(path.to_vec());
        }
        records = records.get(length..)?;
    }
}
