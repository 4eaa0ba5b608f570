//! The forms of password hashes: crypt(3) and its heirs, the PHC string format,
//! LDAP, Django, Werkzeug, PostgreSQL, ASP.NET Identity.

use seaworthy_model::Region;

use super::MAX_HASH;
use crate::find::base64;
use crate::find::near::is_word;

/// A hash that is whole.
pub(super) struct Hash {
    /// Its bytes in the text.
    pub(super) region: Region,
    /// The salt and the digest, as written.
    pub(super) digest: String,
    /// Whether it can be guessed at full speed.
    pub(super) fast: bool,
    /// What proves it, as a clause.
    pub(super) proof: Option<&'static str>,
}

impl Hash {
    /// The entropy per character that a digest of this length has at least.
    pub(super) fn least_entropy(&self) -> f64 {
        let hexadecimal = self.digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        match self.digest.len() {
            _ if hexadecimal => 3.0,
            0..=31 => 3.6,
            _ => 4.2,
        }
    }
}

/// What a form says about the rest of the text behind its mark.
struct Shape {
    /// How many bytes it takes, from the beginning of the mark.
    length: usize,
    /// Where the random part begins.
    digest: usize,
    fast: bool,
    proof: Option<&'static str>,
}

/// Reads the hash whose mark stands at `hit`.
pub(super) fn read(text: &str, hit: Region) -> Option<Hash> {
    let bytes = text.as_bytes();
    let mut start = hit.start;
    // `$$` is how a `$` is written in Compose files; but Django's names end in
    // one before a hash of crypt(3).
    let next = bytes[start + 1..].iter().take(64).position(|&byte| byte == b'$');
    let mut doubled = next.is_some_and(|offset| bytes.get(start + offset + 2) == Some(&b'$'));
    if bytes[start] == b'$' {
        doubled &= start > 0 && bytes[start - 1] == b'$';
        start -= usize::from(doubled);
    }
    if begins_within_word(bytes, start) {
        return None;
    }
    let end = text.floor_char_boundary((start + 2 * MAX_HASH).min(text.len()));
    let raw = text.get(start..end)?;
    let mut hash = String::with_capacity(MAX_HASH.min(raw.len()));
    let mut previous = 0;
    for byte in raw.bytes().take_while(|&byte| is_part(byte)) {
        // Of two dollar signs the second is left out.
        if doubled && byte == b'$' && previous == b'$' {
            previous = 0;
            continue;
        }
        hash.push(char::from(byte));
        previous = byte;
        if hash.len() == MAX_HASH {
            break;
        }
    }
    let shape = shape(&hash)?;
    let dollars = if doubled { hash[..shape.length].matches('$').count() } else { 0 };
    Some(Hash {
        region: Region::new(start, start + shape.length + dollars),
        digest: hash[shape.digest..shape.length].to_owned(),
        fast: shape.fast,
        proof: shape.proof,
    })
}

/// Marks of letters must not begin within a word; a dollar sign may follow one.
fn begins_within_word(bytes: &[u8], start: usize) -> bool {
    is_word(bytes[start])
        && start.checked_sub(1).is_some_and(|before| is_word(bytes[before]))
        && !(start >= 2 && bytes[start - 2] == b'\\')
}

const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'$' | b'.' | b'/' | b'+' | b'=' | b'-' | b'_' | b',' | b':' | b'{' | b'}'
        )
}

fn shape(hash: &str) -> Option<Shape> {
    if let Some(rest) = hash.strip_prefix('$') {
        let (mark, rest) = rest.split_once('$')?;
        let from = hash.len() - rest.len();
        return crypt(mark, rest, from);
    }
    if hash.starts_with('{') {
        return ldap(hash);
    }
    let lower = hash.get(..14.min(hash.len()))?.to_ascii_lowercase();
    if lower.starts_with("scram-sha-256") {
        return scram(hash);
    }
    if lower.starts_with("aqaaaa") {
        return identity(hash);
    }
    framework(hash)
}

fn done(from: usize, length: usize) -> Option<Shape> {
    Some(Shape { length, digest: from, fast: false, proof: None })
}

/// How many characters of the alphabet of crypt(3) the text begins with.
fn run(text: &str) -> usize {
    text.bytes()
        .take_while(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'))
        .count()
}

/// The same for base64 with its padding.
fn run64(text: &str) -> usize {
    let body = text
        .bytes()
        .take_while(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'.'))
        .count();
    body + text[body..].bytes().take(2).take_while(|&byte| byte == b'=').count()
}

fn runx(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_hexdigit).count()
}

/// `$mark$…`: `rest` is what follows the second dollar sign, at `from`.
fn crypt(mark: &str, rest: &str, from: usize) -> Option<Shape> {
    match mark {
        "2a" | "2b" | "2x" | "2y" => bcrypt(rest, from),
        "1" | "apr1" => salted(rest, from, 8, 22).map(|shape| Shape { fast: true, ..shape }),
        "5" => salted(rest, from, 16, 43),
        "6" => salted(rest, from, 16, 86),
        "y" | "gy" => {
            let (parameters, rest) = rest.split_once('$')?;
            let fit = (1..=16).contains(&parameters.len()) && run(parameters) == parameters.len();
            fit.then(|| salted(rest, from + parameters.len() + 1, 86, 43)).flatten()
        }
        // Fourteen characters of parameters and a salt.
        "7" => salted(rest, from, 100, 43).filter(|shape| shape.length - from > 43 + 14),
        "P" | "H" => (run(rest) == 31).then_some(Shape {
            length: from + 31,
            digest: from + 1,
            fast: true,
            proof: None,
        }),
        "S" => (run(rest) == 52).then(|| done(from + 1, from + 52)).flatten(),
        "argon2i" | "argon2d" | "argon2id" => argon2(rest, from),
        "scrypt" => phc(rest, from, 1).filter(|_| rest.starts_with("ln=")),
        "pbkdf2" | "pbkdf2-sha256" | "pbkdf2-sha512" | "pbkdf2-sha1" => {
            let (rounds, rest) = rest.split_once('$')?;
            let rounds_fit = !rounds.is_empty() && runx(rounds) == rounds.len();
            rounds_fit.then(|| phc(rest, from + rounds.len() + 1, 0)).flatten()
        }
        _ => None,
    }
}

/// `[rounds=N$]salt$digest`, the digest of an exact length.
fn salted(rest: &str, from: usize, longest_salt: usize, digest: usize) -> Option<Shape> {
    let mut at = 0;
    if let Some(rounds) = rest.strip_prefix("rounds=") {
        let number = rounds.bytes().take_while(u8::is_ascii_digit).count();
        at = "rounds=".len() + number + 1;
        (number > 0 && rounds.as_bytes().get(number) == Some(&b'$')).then_some(())?;
    }
    let salt = run(rest.get(at..)?);
    let begin = at + salt + 1;
    let whole = salt >= 1
        && salt <= longest_salt
        && rest.as_bytes().get(at + salt) == Some(&b'$')
        && run(rest.get(begin..)?) == digest;
    whole.then(|| done(from + begin, from + begin + digest)).flatten()
}

/// `cost$` and 53 characters: 128 bits of salt and 184 bits of digest, so that the
/// last characters of both cannot be any.
fn bcrypt(rest: &str, from: usize) -> Option<Shape> {
    let bytes = rest.as_bytes();
    let cost: u8 = rest.get(..2)?.parse().ok()?;
    let body = rest.get(3..)?;
    if !(4..=31).contains(&cost) || bytes[2] != b'$' || run(body) != 53 {
        return None;
    }
    let body = body.as_bytes();
    let exact = b".Oeu".contains(&body[21]) && b".CGKOSWaeimquy26".contains(&body[52]);
    Some(Shape {
        length: from + 3 + 53,
        digest: from + 3,
        fast: false,
        proof: exact.then_some("its salt and its digest end as bcrypt writes them"),
    })
}

/// `v=19$m=…,t=…,p=…$salt$digest`.
fn argon2(rest: &str, from: usize) -> Option<Shape> {
    let versions = usize::from(rest.starts_with("v="));
    let parameters = rest.split('$').nth(versions)?;
    let fit = parameters.contains("m=") && parameters.contains("t=") && parameters.contains("p=");
    fit.then(|| phc(rest, from, versions + 1)).flatten()
}

/// `skipped$…$salt$digest` in base64 (the PHC string format).
fn phc(rest: &str, from: usize, skipped: usize) -> Option<Shape> {
    let mut at = 0;
    for _ in 0..skipped {
        at += rest.get(at..)?.find('$')? + 1;
    }
    let salt = run64(rest.get(at..)?);
    let begin = at + salt + 1;
    let digest = run64(rest.get(begin..)?);
    let whole = salt >= 8 && digest >= 22 && rest.as_bytes().get(at + salt) == Some(&b'$');
    whole.then(|| done(from + begin, from + begin + digest)).flatten()
}

/// `{SSHA}` and its kin (RFC 2307): base64 of a digest and a salt.
fn ldap(hash: &str) -> Option<Shape> {
    let (scheme, rest) = hash[1..].split_once('}')?;
    let from = hash.len() - rest.len();
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    let sizes = if is("SHA") {
        20..=20
    } else if is("SSHA") {
        24..=52
    } else if is("SSHA256") || is("SSHA-256") {
        36..=64
    } else if is("SSHA512") || is("SSHA-512") {
        68..=96
    } else if is("SMD5") {
        20..=32
    } else {
        return None;
    };
    let length = run64(rest);
    let bytes = base64::decode(&rest[..length])?;
    let fit = sizes.contains(&bytes.len());
    fit.then_some(Shape { length: from + length, digest: from, fast: true, proof: None })
}

/// `SCRAM-SHA-256$rounds:salt$stored:server` of PostgreSQL.
fn scram(hash: &str) -> Option<Shape> {
    let (_, rest) = hash.split_once('$')?;
    let (rounds, rest) = rest.split_once(':')?;
    let (salt, rest) = rest.split_once('$')?;
    let (stored, rest) = rest.split_once(':')?;
    let from = hash.len() - rest.len();
    let length = run64(rest);
    let is_digest = |text: &str| base64::decode(text).is_some_and(|bytes| bytes.len() == 32);
    let whole = rounds.parse::<u32>().is_ok()
        && base64::decode(salt).is_some_and(|bytes| bytes.len() >= 8)
        && is_digest(stored)
        && is_digest(&rest[..length]);
    whole.then(|| done(from, from + length)).flatten()
}

/// ASP.NET Core Identity, version 3: a byte of 1, then the pseudorandom function,
/// the rounds, the length of the salt, the salt and 32 bytes.
fn identity(hash: &str) -> Option<Shape> {
    let length = run64(hash);
    let bytes = base64::decode(&hash[..length])?;
    let salt = u32::from_be_bytes(bytes.get(9..13)?.try_into().ok()?);
    let whole = bytes[0] == 1 && salt == 16 && matches!(bytes.len(), 61 | 93);
    whole.then(|| done(20, length)).flatten()
}

/// Django's `algorithm$…$salt$digest` and Werkzeug's `method:…$salt$digest`.
fn framework(hash: &str) -> Option<Shape> {
    let (method, rest) = hash.split_once('$')?;
    if let Some((name, parameters)) = method.split_once(':') {
        let (salt, digest) = rest.split_once('$')?;
        let length = runx(digest);
        let want = match name {
            "scrypt" => 128,
            "pbkdf2" if parameters.starts_with("sha256") => 64,
            "pbkdf2" if parameters.starts_with("sha512") => 128,
            "pbkdf2" if parameters.starts_with("sha1") => 40,
            _ => return None,
        };
        let whole = (4..=64).contains(&salt.len()) && length == want;
        let from = hash.len() - digest.len();
        return whole.then(|| done(from, from + length)).flatten();
    }
    let (rounds, rest) = rest.split_once('$')?;
    let (salt, digest) = rest.split_once('$')?;
    let length = run64(digest);
    let want = match method {
        "pbkdf2_sha256" => 32,
        "pbkdf2_sha1" => 20,
        _ => return None,
    };
    let whole = rounds.parse::<u32>().is_ok()
        && !salt.is_empty()
        && base64::decode(&digest[..length]).is_some_and(|bytes| bytes.len() == want);
    let from = hash.len() - digest.len();
    whole.then(|| done(from, from + length)).flatten()
}
