//! Secrets among the arguments of commands, in scripts, documentation, workflows,
//! strings and lists of programs; and of calls that take a password by position.

mod call;
mod programs;
mod special;
mod words;

use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};

use self::programs::{Form, How, PROGRAMS, Program};
use self::words::Word;
use super::near;
use crate::candidate::{Candidate, Standing};
use crate::file::File;

pub(super) static ARGUMENT: Kind = Kind {
    id: "command-password",
    provider: "",
    name: "password on a command line",
    description: "Whoever reads it can log in as the command does.",
    revoke: "change the password, and give it to the command by a file or a variable",
    severity: Severity::High,
    precision: Precision::Medium,
    family: Family::Assignment,
};

pub(super) static CALL: Kind = Kind {
    id: "call-password",
    provider: "",
    name: "password in a call",
    description: "Whoever reads it can log in as the program does.",
    revoke: "change the password where the program logs in",
    severity: Severity::High,
    precision: Precision::Medium,
    family: Family::Assignment,
};

/// A secret that was found, and its user.
struct Found<'t> {
    region: Region,
    user: Option<&'t str>,
}

impl<'t> Found<'t> {
    const fn whole(region: Region) -> Self {
        Self { region, user: None }
    }

    const fn of(region: Region, user: &'t str) -> Self {
        Self { region, user: Some(user) }
    }
}

/// Looks at the literal at `hit`.
pub(crate) fn find(text: &str, hit: Region, _file: &File<'_>, out: &mut Vec<Candidate>) {
    let (found, is_call) = call::find(text, hit);
    if is_call {
        out.extend(found.and_then(|found| candidate(&CALL, text, &found)));
        return;
    }
    let mut found = Vec::new();
    if !special::find(text, hit, &mut found) {
        program(text, hit, &mut found);
    }
    out.extend(found.iter().filter_map(|found| candidate(&ARGUMENT, text, found)));
}

/// The hit with the dashes before it: `--requirepass`.
fn with_dashes(bytes: &[u8], hit: Region) -> Region {
    let dashes = bytes[..hit.start].iter().rev().take(2).take_while(|&&b| b == b'-').count();
    Region::new(hit.start - dashes, hit.end)
}

fn candidate(kind: &'static Kind, text: &str, found: &Found<'_>) -> Option<Candidate> {
    let value = text.get(found.region.start..found.region.end)?;
    let user = found.user.filter(|user| !user.is_empty() && !near::is_reference(user));
    is_literal(value).then(|| Candidate {
        user: user.map(str::to_owned),
        standing: Standing::Argument,
        ..Candidate::new(kind, found.region, near::unescape(value))
    })
}

/// Whether an argument can be a secret: no variable, flag, address or number of
/// a port.
fn is_literal(value: &str) -> bool {
    let port = value.contains(':') && value.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let default_port = matches!(value, "3306" | "3307" | "33060" | "27017");
    let odd = value.len() > 512 || value.starts_with('-') || value.contains(['\n', '\r']);
    !port && !default_port && !odd && !near::is_reference(value)
}

/// The secrets of the program whose name begins at `hit`.
fn program<'t>(text: &'t str, hit: Region, found: &mut Vec<Found<'t>>) {
    let bytes = text.as_bytes();
    let hit = with_dashes(bytes, hit);
    let ceiling = bytes.len().min(hit.end + 20);
    // Some literals have the byte after the name.
    let mut end = hit.end - usize::from(matches!(bytes[hit.end - 1], b' ' | b'"' | b'\''));
    while end < ceiling && (near::is_word(bytes[end]) || bytes[end] == b'-') {
        end += 1;
    }
    let Some(name) = text.get(hit.start..end) else { return };
    if near::stands(bytes, hit.start, "curlopt_") {
        found.extend(curl_option(text, hit, end));
        return;
    }
    // What continues a path, a file name or a domain is another name.
    let before = hit.start.checked_sub(1).map(|at| bytes[at]);
    // `@mysql …` in the recipe of a makefile is not echoed.
    let quiet = before == Some(b'@')
        && matches!(hit.start.checked_sub(2).map(|at| bytes[at]), Some(b'\t' | b'-'));
    if before.is_some_and(|byte| b".@-#+".contains(&byte)) && !quiet
        || !near::begins_word(bytes, hit.start)
    {
        return;
    }
    let windows = if near::stands(bytes, end, ".exe") { 4 } else { 0 };
    let end = end + windows;
    if !bytes.get(end).is_some_and(|&byte| byte <= b' ' || b"\"'`\\,".contains(&byte)) {
        return;
    }
    let known = |name: &str| {
        PROGRAMS
            .iter()
            .find(|program| program.names.iter().any(|known| name.eq_ignore_ascii_case(known)))
    };
    let mut words = words::after(text, Region::new(hit.start, end));
    // `"docker", "login"`: the command is the next word.
    let program = known(name).or_else(|| {
        let command = words.first()?.text(text);
        let program = known(&format!("{name} {command}"))?;
        words.remove(0);
        Some(program)
    });
    let Some(program) = program else { return };
    let user = program.user.iter().find_map(|flag| {
        let region = (0..words.len()).find_map(|at| value(text, &words, at, flag, How::Either))?;
        text.get(region.start..region.end)
    });
    let start = found.len();
    flags(text, program, &words, found);
    positions(text, program, &words, found);
    if name.eq_ignore_ascii_case("mysqladmin")
        && let Some(at) = words.iter().position(|word| word.text(text) == "password")
        && let Some(word) = words.get(at + 1)
    {
        found.push(Found::whole(word.region));
    }
    for found in &mut found[start..] {
        found.user = found.user.or(user);
    }
}

/// The value that the flag takes if it is the word at `at`.
fn value(text: &str, words: &[Word], at: usize, flag: &str, how: How) -> Option<Region> {
    let word = words.get(at)?;
    let spelling = word.text(text);
    if spelling == flag && how != How::Glued {
        return words.get(at + 1).map(|word| word.region);
    }
    let rest = spelling.strip_prefix(flag)?;
    let rest = if flag.len() > 2 || flag.starts_with('/') {
        rest.strip_prefix(['=', ':'])?
    } else {
        // Options that are whole words: `-passin`, `-port`.
        let word = ["ass", "ort", "arams"].iter().any(|word| rest.starts_with(word));
        (how != How::Next && !rest.is_empty() && !word).then_some(rest)?
    };
    let region = Region::new(word.region.end - rest.len(), word.region.end);
    Some(words::without_quotes(text.as_bytes(), region))
}

/// The secrets that flags take.
fn flags<'t>(text: &'t str, program: &Program, words: &[Word], found: &mut Vec<Found<'t>>) {
    for at in 0..words.len() {
        for &(flag, how, form) in program.secrets {
            let region = value(text, words, at, flag, how).or_else(|| {
                // `curl -sSu user:password`.
                let letters = words[at].text(text).strip_prefix('-')?;
                (program.names == ["curl"]
                    && flag == "-u"
                    && letters.len() > 1
                    && letters.ends_with('u')
                    && letters.bytes().all(|byte| byte.is_ascii_alphabetic()))
                .then(|| words.get(at + 1).map(|word| word.region))
                .flatten()
            });
            if let Some(region) = region
                && let Some(secret) = formed(text, region, form)
            {
                found.push(secret);
                break;
            }
        }
    }
}

/// The secrets that are words without a flag.
fn positions<'t>(text: &'t str, program: &Program, words: &[Word], found: &mut Vec<Found<'t>>) {
    let mut plain = words.iter().filter(|word| !word.text(text).starts_with('-'));
    for &(position, form) in program.positions {
        if let Some(word) = plain.nth(position - 1)
            && let Some(secret) = formed(text, word.region, form)
        {
            found.push(secret);
        }
    }
}

/// The part of a value that is the secret.
fn formed(text: &str, region: Region, form: Form) -> Option<Found<'_>> {
    let value = text.get(region.start..region.end)?;
    match form {
        Form::Whole => Some(Found::whole(region)),
        Form::Pass => {
            let secret = value.strip_prefix("pass:")?;
            Some(Found::whole(Region::new(region.end - secret.len(), region.end)))
        }
        Form::After(separator) => {
            let (user, secret) = value.split_once(char::from(separator))?;
            // `C:\path`, `key:/path`.
            if separator == b':' && secret.starts_with(['\\', '/']) {
                return None;
            }
            let start = region.end - secret.len();
            if separator == b'/' {
                // `user/password@database`; not `/nolog`, not a path.
                let user = user.rsplit('=').next().unwrap_or(user);
                let secret = secret.rsplit_once('@').map_or(secret, |(secret, _)| secret);
                let odd = |text: &str| text.contains(['/', '\\']) || text.ends_with(".sql");
                return (!user.is_empty() && !user.starts_with('@') && !odd(secret))
                    .then(|| Found::of(Region::new(start, start + secret.len()), user));
            }
            // `curl -u KEY:`.
            if secret.is_empty()
                && separator == b':'
                && user.len() >= 16
                && user.bytes().any(|byte| byte.is_ascii_digit())
            {
                return Some(Found::whole(Region::new(region.start, region.start + user.len())));
            }
            Some(Found::of(Region::new(start, region.end), user))
        }
    }
}

/// `curl_setopt($c, CURLOPT_USERPWD, "user:password")`, `CURLOPT_USERPWD => '…'`.
fn curl_option(text: &str, hit: Region, end: usize) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let name = text.get(hit.start..end)?;
    if !name.ends_with("USERPWD") {
        return None;
    }
    let at = near::skip_blanks(bytes, end);
    let at = match bytes.get(at)? {
        b',' => at + 1,
        b'=' if bytes.get(at + 1) == Some(&b'>') => at + 2,
        _ => return None,
    };
    let string = near::quoted(bytes, near::skip_space(bytes, at), 256)?;
    let next = near::skip_space(bytes, string.after);
    if !matches!(bytes.get(next), Some(b')' | b',' | b']' | b';')) {
        return None;
    }
    formed(text, string.content, Form::After(b':'))
}

#[cfg(test)]
mod tests;
