//! Just enough of DER to tell a private key from other things: RFC 5208 and 5958
//! (PKCS #8), 8017 (RSA), 5915 (EC), and OpenSSL's form of DSA.

/// What the bytes of a block are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A private key that needs no passphrase, with a clause about it.
    Open(&'static str),
    /// A key under a passphrase.
    Encrypted,
    /// Anything else.
    Unknown,
}

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const BIT_STRING: u8 = 0x03;
const OID: u8 = 0x06;
/// The element of an EC key that holds its point.
const POINT: u8 = 0xa1;
const SEQUENCE: u8 = 0x30;

/// Reads the outermost structure of a private key.
pub(crate) fn private_key(bytes: &[u8]) -> Key {
    read(bytes).unwrap_or(Key::Unknown)
}

fn read(bytes: &[u8]) -> Option<Key> {
    let (SEQUENCE, whole, _) = element(bytes)? else { return None };
    let (tag, first, rest) = element(whole)?;
    if tag == SEQUENCE {
        // EncryptedPrivateKeyInfo: an algorithm, then the encrypted bytes.
        let (OID, _, _) = element(first)? else { return None };
        let (OCTET_STRING, data, _) = element(rest)? else { return None };
        return (data.len() >= 16).then_some(Key::Encrypted);
    }
    if tag != INTEGER {
        return None;
    }
    let (second_tag, second, rest) = element(rest)?;
    match second_tag {
        SEQUENCE => {
            let (OID, _, _) = element(second)? else { return None };
            let (OCTET_STRING, key, _) = element(rest)? else { return None };
            (key.len() >= 16)
                .then_some(Key::Open("it parses as a PKCS #8 key without a passphrase"))
        }
        OCTET_STRING => {
            (second.len() >= 16).then_some(Key::Open("it parses as an EC key without a passphrase"))
        }
        INTEGER => {
            // RSA has nine numbers, DSA six; the second one is large in both.
            let mut numbers = 2;
            let mut rest = rest;
            while let Some((INTEGER, _, after)) = element(rest) {
                numbers += 1;
                rest = after;
            }
            match numbers {
                _ if second.len() < 48 => None,
                9 => Some(Key::Open("it parses as an RSA key without a passphrase")),
                6 => Some(Key::Open("it parses as a DSA key without a passphrase")),
                _ => None,
            }
        }
        _ => None,
    }
}

/// How many bytes the outermost sequence says that there are; none when it is no
/// sequence.
pub(crate) fn declared(bytes: &[u8]) -> usize {
    match *bytes {
        [SEQUENCE, 0x81, length, ..] => usize::from(length),
        [SEQUENCE, 0x82, high, low, ..] => usize::from(high) << 8 | usize::from(low),
        [SEQUENCE, length, ..] if length < 0x80 => usize::from(length),
        _ => 0,
    }
}

/// What the key and its certificate have in common: the modulus of RSA, the point
/// of a curve. Keys that hold no public half have none.
pub(crate) fn public_part(key: &[u8]) -> Option<&[u8]> {
    let (SEQUENCE, whole, _) = element(key)? else { return None };
    let (INTEGER, _, rest) = element(whole)? else { return None };
    let (tag, second, rest) = element(rest)?;
    match tag {
        // PKCS #8: the key itself is inside.
        SEQUENCE => {
            let (OCTET_STRING, inner, _) = element(rest)? else { return None };
            let (SEQUENCE, whole, _) = element(inner)? else { return None };
            let (INTEGER, _, rest) = element(whole)? else { return None };
            let (tag, second, rest) = element(rest)?;
            own_part(tag, second, rest)
        }
        _ => own_part(tag, second, rest),
    }
}

/// The same, of the forms of RSA and of curves.
fn own_part<'k>(tag: u8, second: &'k [u8], mut rest: &'k [u8]) -> Option<&'k [u8]> {
    match tag {
        INTEGER if second.len() >= 48 => Some(second),
        OCTET_STRING => loop {
            let (tag, content, after) = element(rest)?;
            if tag == POINT {
                let (BIT_STRING, point, _) = element(content)? else { return None };
                return point.get(1..).filter(|point| point.len() >= 32);
            }
            rest = after;
        },
        _ => None,
    }
}

/// The first element: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0usize, |sum, &digit| sum << 8 | usize::from(digit)), rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}
