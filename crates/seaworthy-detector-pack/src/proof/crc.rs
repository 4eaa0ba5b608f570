//! Checksums.

use super::decode::base32;

/// Whether the last six characters are the CRC-32 of the `random` characters
/// before them, in base 62.
pub(super) fn base62(token: &str, random: usize) -> bool {
    let Some(start) = token.len().checked_sub(random + 6) else { return false };
    let (random, sum) = token.as_bytes()[start..].split_at(random);
    sum == in_base62(crc32(random))
}

/// Whether the six characters after the last `_` are the CRC-32 of what stands
/// before it, in base 62.
pub(super) fn synapse(token: &str) -> bool {
    let split = token.rsplit_once('_');
    split.is_some_and(|(text, sum)| sum.as_bytes() == in_base62(crc32(text.as_bytes())))
}

/// The same with the lowest digit first, and zeros before it all the same.
pub(super) fn mas(token: &str) -> bool {
    let Some((text, sum)) = token.rsplit_once('_') else { return false };
    let mut digits = in_base62(crc32(text.as_bytes()));
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits[zeros..].reverse();
    sum.as_bytes() == digits
}

/// A number in base 62: the digits first, the capitals second, six places.
fn in_base62(number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = number as usize;
    let mut text = [b'0'; 6];
    for place in text.iter_mut().rev() {
        *place = DIGITS[rest % 62];
        rest /= 62;
    }
    text
}

/// Whether the last seven characters are the CRC-32 of all before them, in base
/// 36 of small letters.
pub(super) fn base36(token: &str) -> bool {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let Some(start) = token.len().checked_sub(7) else { return false };
    let (text, sum) = token.as_bytes().split_at(start);
    let mut rest = crc32(text) as usize;
    let right = sum.iter().rev().all(|&digit| {
        let wanted = DIGITS[rest % 36];
        rest /= 36;
        digit == wanted
    });
    right && rest == 0
}

/// Whether the eight digits after the last `_` are the CRC-32 of what stands
/// before it, written low byte first.
pub(super) fn hexadecimal(token: &str) -> bool {
    let Some((text, sum)) = token.rsplit_once('_') else { return false };
    let right = sum.len() == 8 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
    right && u32::from_str_radix(sum, 16) == Ok(crc32(text.as_bytes()).swap_bytes())
}

/// The first bytes of seeds as `nkeys` makes them, each with the five bits that
/// follow in the second: operator, server, cluster, account, user, curve.
const NKEY_KINDS: [u8; 6] = [14 << 3, 13 << 3, 2 << 3, 0, 20 << 3, 23 << 3];
/// The first five bits of a seed.
const NKEY_SEED: u8 = 18 << 3;

/// Whether the token is a seed of `nkeys` whose checksum holds: two bytes that
/// tell its kind, 32 of the seed, two of CRC-16/XMODEM, the low byte first.
pub(super) fn nkey(token: &str) -> bool {
    let Some(bytes) = base32(token.as_bytes()) else { return false };
    let Some((text, sum)) = bytes.split_last_chunk::<2>() else { return false };
    let [first, second, seed @ ..] = text else { return false };
    let kind = (first & 7) << 5 | second >> 3;
    seed.len() == 32
        && first & 0xf8 == NKEY_SEED
        && NKEY_KINDS.contains(&kind)
        && crc16(text) == u16::from_le_bytes(*sum)
}

const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Whether the checksum of BIP 173 holds. Capitals and small letters are the
/// same but not to be mixed.
pub(super) fn bech32(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    if lower != token && token.to_ascii_uppercase() != token {
        return false;
    }
    let Some((prefix, data)) = lower.rsplit_once('1') else { return false };
    if prefix.is_empty() || data.len() < 6 {
        return false;
    }
    let mut sum = 1_u32;
    let mut add = |value: u32| {
        let top = sum >> 25;
        sum = (sum & 0x01ff_ffff) << 5 ^ value;
        let generator = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
        for (bit, word) in generator.into_iter().enumerate() {
            if top >> bit & 1 == 1 {
                sum ^= word;
            }
        }
    };
    prefix.bytes().for_each(|byte| add(u32::from(byte >> 5)));
    add(0);
    prefix.bytes().for_each(|byte| add(u32::from(byte & 31)));
    for byte in data.bytes() {
        let Some(value) = (0_u32..).zip(BECH32).find(|(_, letter)| **letter == byte) else {
            return false;
        };
        add(value.0);
    }
    sum == 1
}

const CRC32: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
};

/// The CRC-32 of zip and Ethernet.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(u32::MAX, |sum, byte| sum >> 8 ^ CRC32[usize::from(sum.to_le_bytes()[0] ^ byte)])
}

/// The CRC-16 of XMODEM.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte) << 8, |sum: u16, _| {
            if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 }
        })
    })
}
