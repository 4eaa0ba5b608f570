//! Blocks of private keys: PEM, OpenSSH, PGP, PuTTY, SSH2.
//!
//! A block counts when its body is there and can be used as it stands. The body
//! is decoded and parsed: an encrypted key is no leak, and neither is a pair of
//! markers with a stub between them.

mod certificate;

use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};

use crate::candidate::{Candidate, Standing};
use crate::file::File;
use crate::find::{base64, der, near};

/// The most bytes of a block. An RSA key of 16,384 bits takes 13,000.
const MAX_BLOCK: usize = 32 << 10;

/// Base64 characters below which a body that cannot be parsed is a stub.
const MIN_BODY: usize = 100;

/// A private key of any kind.
pub(crate) static KIND: Kind = Kind {
    id: "private-key",
    provider: "",
    name: "private key",
    description: "Whoever has it can sign, decrypt or log in as its owner.",
    revoke: "make a new pair of keys, replace the public half wherever it is trusted, and revoke \
             its certificates",
    severity: Severity::Critical,
    precision: Precision::High,
    family: Family::PrivateKey,
};

/// Looks at the literal at `hit`: `-----BEGIN`, SSH2's marker, or the
/// first line of PuTTY's files.
pub(crate) fn find(text: &str, hit: Region, _file: &File<'_>, out: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    if bytes[hit.start] != b'-' {
        putty(text, hit, out);
        return;
    }
    if bytes.get(hit.start + 4) != Some(&b'-') {
        ssh2(text, hit, out);
        return;
    }
    let Some(label) = label(text, hit.end) else { return };
    let name = &text[label.range()];
    let body = label.end + DASHES.len();
    if !name.contains("PRIVATE KEY") || name.contains("ENCRYPTED") {
        return;
    }
    let block = block(text, hit.start, body);
    let Some(proof) = judge(name, &block) else { return };
    let certificate = base64::decode(&block.body)
        .and_then(|bytes| certificate::of(text, block.region, der::public_part(&bytes)?));
    let mut candidate = Candidate::new(&KIND, block.region, block.body);
    candidate.standing = Standing::Block;
    candidate.proof = proof;
    candidate.related.extend(certificate.map(|region| (region, "the certificate of this key")));
    out.push(candidate);
}

const DASHES: &str = "-----";

/// The words between `-----BEGIN ` and `-----`.
fn label(text: &str, from: usize) -> Option<Region> {
    let rest = text.as_bytes().get(from..)?;
    let rest = rest.strip_prefix(b" ")?;
    let length = rest
        .iter()
        .take(48)
        .position(|byte| !(byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' '))?;
    rest[length..].starts_with(DASHES.as_bytes()).then(|| Region::new(from + 1, from + 1 + length))
}

/// A block between its markers.
struct Block {
    /// From the first marker to the last, or to where the body ends.
    region: Region,
    /// The base64 of the body, put together.
    body: String,
    /// Whether a header says that it is encrypted.
    encrypted: bool,
    /// Whether the body ends with its marker.
    closed: bool,
    /// Whether dots stand in place of a part of it.
    elided: bool,
}

/// Reads a body as it may stand in any file: in lines, in a string with escaped
/// line ends, in pieces that are put together, behind comment signs.
fn block(text: &str, start: usize, from: usize) -> Block {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(from + MAX_BLOCK);
    let mut body = String::new();
    let mut encrypted = false;
    let mut closed = false;
    let mut elided = false;
    let mut at = from;
    let mut end = from;
    while at < limit {
        let rest = &bytes[at..limit];
        if rest.starts_with(b"-----") {
            closed = rest.starts_with(b"-----END");
            end = bytes[at + DASHES.len()..limit]
                .windows(DASHES.len())
                .position(|window| window == DASHES.as_bytes())
                .filter(|&length| closed && length < 64)
                .map_or(at, |length| at + DASHES.len() + length + DASHES.len());
            break;
        }
        match bytes[at] {
            b'\\' => {
                // `\n`, `\r`, `\\n`, a line continued.
                at += 1;
                while bytes.get(at) == Some(&b'\\') {
                    at += 1;
                }
                at += match bytes.get(at) {
                    Some(b'n' | b'r' | b't') => 1,
                    Some(b'u') if bytes.get(at + 1..at + 3) == Some(b"00") => 5,
                    _ => 0,
                };
                continue;
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=') => {
                let run = rest
                    .iter()
                    .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')))
                    .unwrap_or(rest.len());
                let after = &rest[run..];
                if after.starts_with(b":") || after.starts_with(b"-") {
                    // A header: `Proc-Type: 4,ENCRYPTED`, `Version: GnuPG v2`.
                    let length = header_end(rest);
                    encrypted |= contains(&rest[..length], b"ENCRYPTED")
                        || contains(&rest[..length], b"DEK-Info");
                    at += length;
                    continue;
                }
                // A `+` between two strings joins them; slashes begin a comment.
                let joins = run == 1 && byte == b'+';
                let slashes = (2..=3).contains(&run)
                    && rest[..run].iter().all(|&byte| byte == b'/')
                    && after.first().is_some_and(|&next| next == b' ' || next == b'\t');
                if joins || slashes {
                    at += run;
                    continue;
                }
                body.push_str(&text[at..at + run]);
                at += run;
                end = at;
                continue;
            }
            b'.' if rest.starts_with(b"...") => {
                elided = true;
                at += 3;
            }
            0xe2 if rest.starts_with("…".as_bytes()) => {
                elided = true;
                at += 3;
            }
            b'%' if near::hex_byte(bytes, at + 1).is_some() => {
                // Percent-encoded: `%0A`, `%2B`, `%2F`, `%3D`.
                if let Some(byte @ (b'+' | b'/' | b'=')) = near::hex_byte(bytes, at + 1) {
                    body.push(char::from(byte));
                }
                at += 3;
                end = at;
            }
            b'&' if rest.starts_with(b"&#") => {
                // A line end of XML: `&#10;`, `&#xA;`.
                at += rest.iter().take(8).position(|&byte| byte == b';').map_or(1, |at| at + 1);
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'`' | b',' | b'|' | b'>' | b'#'
            | b'*' | b'&' | b'.' | b';' | b'(' | b')' | b'%' => at += 1,
            _ => break,
        }
    }
    Block { region: Region::new(start, end.max(from)), body, encrypted, closed, elided }
}

/// Where a header line ends, also one in a string.
fn header_end(rest: &[u8]) -> usize {
    let line = rest.iter().take(200).position(|byte| matches!(byte, b'\n' | b'"' | b'\\'));
    line.unwrap_or(rest.len().min(200))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

/// What is known of a block that is a leak; `None` when it is none.
fn judge(label: &str, block: &Block) -> Option<Option<&'static str>> {
    if block.encrypted {
        return None;
    }
    if label.contains("PGP") {
        // The body says nothing about a passphrase before its packets are read.
        let (body, _) = block.body.rsplit_once('=').unwrap_or((&block.body, ""));
        let packets = base64::decode(body)?;
        return (packets.len() >= 64 && pgp_is_open(&packets)).then_some(None);
    }
    let bytes = base64::decode(&block.body);
    let bytes = bytes.as_deref().unwrap_or_default();
    if let Some(open) = open_ssh(bytes) {
        return open.then_some(Some("it parses as an OpenSSH key without a passphrase"));
    }
    match der::private_key(bytes) {
        der::Key::Open(what) => Some(Some(what)),
        der::Key::Encrypted => None,
        // Cut off or garbled: the rest of it is elsewhere, and known to somebody.
        der::Key::Unknown => {
            let random = seaworthy_analysis::values::entropy_per_char(&block.body) > 4.5;
            let whole = block.closed || block.body.len() >= 400;
            // A block that ends long before its key does shows how one begins.
            let stub = block.closed && der::declared(bytes) > bytes.len() + bytes.len() / 4;
            (block.body.len() >= MIN_BODY && random && whole && !block.elided && !stub)
                .then_some(None)
        }
    }
}

/// Whether OpenSSH's own format has no passphrase; `None` when it is another.
fn open_ssh(bytes: &[u8]) -> Option<bool> {
    let rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
    Some(rest.get(4..4 + length.min(64)).is_some_and(|cipher| cipher == b"none"))
}

/// Whether the first packet is a secret key whose material is not encrypted
/// (RFC 9580, section 5.5.3: a usage octet of zero after the public part).
fn pgp_is_open(packets: &[u8]) -> bool {
    let Some(body) = pgp_body(packets) else { return false };
    // Version 4: four bytes of time, the algorithm, then its numbers.
    let (Some(4), Some(&algorithm)) = (body.first(), body.get(5)) else { return true };
    let mut at = 6;
    let skip_number = |at: &mut usize| -> Option<()> {
        let bits = u16::from_be_bytes(body.get(*at..*at + 2)?.try_into().ok()?);
        *at += 2 + usize::from(bits).div_ceil(8);
        Some(())
    };
    let numbers = match algorithm {
        1..=3 => 2,
        16 => 3,
        17 => 4,
        // Curves: the length and name of one, then a point.
        18 | 19 | 22 => {
            at += 1 + usize::from(body.get(at).copied().unwrap_or(0));
            1
        }
        25..=28 => {
            at += if algorithm == 25 || algorithm == 27 { 32 } else { 57 };
            0
        }
        _ => return true,
    };
    for _ in 0..numbers {
        if skip_number(&mut at).is_none() {
            return true;
        }
    }
    if algorithm == 18 {
        at += 1 + usize::from(body.get(at).copied().unwrap_or(0));
    }
    body.get(at).is_none_or(|&usage| usage == 0)
}

/// The body of the first packet if it is a secret key (tag 5).
fn pgp_body(packets: &[u8]) -> Option<&[u8]> {
    let &first = packets.first()?;
    let (tag, header) = if first & 0x40 != 0 {
        let length = match packets.get(1)? {
            0..=191 => 1,
            192..=223 => 2,
            255 => 5,
            _ => 1,
        };
        (first & 0x3f, 1 + length)
    } else {
        (first >> 2 & 0x0f, 1 + [1, 2, 4, 0][usize::from(first & 3)])
    };
    (tag == 5).then(|| packets.get(header..)).flatten()
}

/// A PuTTY key: `Encryption: none` and its private lines.
fn putty(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let end = (hit.start + MAX_BLOCK).min(text.len());
    let Some(block) = text.as_bytes().get(hit.start..end) else { return };
    // Up to where the next key begins.
    let next = memchr::memmem::find(&block[1..], b"PuTTY-User-Key-File");
    let block = next.map_or(block, |at| &block[..=at]);
    if !block.starts_with(b"PuTTY-User-Key-File-") {
        return;
    }
    let open = contains(&block[..block.len().min(400)], b"Encryption: none");
    let Some(lines) = memchr::memmem::find(block, b"Private-Lines:") else { return };
    let Some(body) = memchr::memchr(b'\n', &block[lines..]).map(|at| lines + at + 1) else {
        return;
    };
    let length = memchr::memmem::find(&block[body..], b"Private-MAC").unwrap_or(block.len() - body);
    let region = Region::new(hit.start + body, hit.start + body + length);
    let Some(lines) = text.get(region.range()) else { return };
    let body: String = lines.split_ascii_whitespace().collect();
    if open && base64::decode(&body).is_some_and(|bytes| bytes.len() >= 24) {
        let mut candidate = Candidate::new(&KIND, region, body);
        candidate.standing = Standing::Block;
        candidate.proof = Some("it parses as a PuTTY key without a passphrase");
        out.push(candidate);
    }
}

/// A key in the format of ssh.com: it is called encrypted also when it is not.
fn ssh2(text: &str, hit: Region, out: &mut Vec<Candidate>) {
    let Some(rest) = text.get(hit.end..) else { return };
    let Some(body) = rest.strip_prefix(" PRIVATE KEY ----") else { return };
    let start = text.len() - body.len();
    let limit = text.floor_char_boundary((start + MAX_BLOCK).min(text.len()));
    let window = text.get(start..limit).unwrap_or("");
    let Some(length) = window.find("----") else { return };
    let mut base = String::new();
    let mut continued = false;
    for line in window[..length].lines() {
        // Headers may go on in the next line.
        let is_header = continued || line.contains(':');
        continued = is_header && line.ends_with('\\');
        if !is_header {
            base.push_str(line.trim());
        }
    }
    let open = base64::decode(&base).is_some_and(|bytes| {
        let Some(rest) = bytes.strip_prefix(&[0x3f, 0x6f, 0xf9, 0xeb]) else { return false };
        // The length of all, then the kind of key and the cipher, each with its
        // length before it.
        let string = |at: usize| -> Option<(&[u8], usize)> {
            let length = u32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?);
            let end = (at + 4).checked_add(usize::try_from(length).ok()?)?;
            Some((rest.get(at + 4..end)?, end))
        };
        string(4).and_then(|(_, end)| string(end)).is_some_and(|(cipher, _)| cipher == b"none")
    });
    if open {
        let region = Region::new(hit.start, start + length);
        let mut candidate = Candidate::new(&KIND, region, base);
        candidate.standing = Standing::Block;
        candidate.proof = Some("it parses as an SSH2 key without a passphrase");
        out.push(candidate);
    }
}

#[cfg(test)]
mod tests;
