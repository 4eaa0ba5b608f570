//! Commands with a grammar of their own: passwords as words among words, pairs
//! of a key and a value, and what is piped into a program.

use seaworthy_model::Region;

use super::words::{self, Word};
use super::{Found, is_literal};
use crate::find::near;

/// Programs that read a password from their input.
const PIPED: &[&str] = &[
    "sudo -s",
    "password-stdin",
    "chpasswd",
    "passwd --stdin",
    "passwd-on-stdin",
    "passphrase-fd",
    "| passwd",
    "| sudo passwd",
    "smbpasswd",
    "vncpasswd",
    "kinit ",
    "cryptsetup ",
    "gcloud secrets",
    "secret put",
    "realm join",
    "-keystore add",
];

/// What makes base64 of a string.
const ENCODERS: &[&str] = &[
    "btoa(",
    "b64encode(",
    "base64_encode(",
    "tobase64string(",
    "encodetostring(",
    "encode64(",
    ".tostring(\"base64\")",
    ".tostring('base64')",
];

/// `btoa("user:password")`, as headers are made of it.
fn encoded(text: &str, hit: Region) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let string = if bytes[hit.start] == b'.' {
        // `Buffer.from("user:password").toString("base64")`.
        let floor = hit.start.saturating_sub(160);
        let from = bytes[floor..hit.start].windows(5).rposition(|part| part == b"from(")?;
        near::quoted(bytes, near::skip_blanks(bytes, floor + from + 5), 160)?
    } else {
        let end = bytes.len().min(hit.end + 64);
        let quote = (hit.end..end)
            .take_while(|&at| !matches!(bytes[at], b';' | b'\n'))
            .find(|&at| matches!(bytes[at], b'"' | b'\'' | b'`'))?;
        // Before the string stand calls and prefixes, and nothing else.
        let between = bytes.get(hit.end..quote)?;
        if between.iter().any(|&byte| !near::is_word(byte) && !b".([]:&\\".contains(&byte)) {
            return None;
        }
        near::quoted(bytes, quote, 160)?
    };
    // The first part of a concatenation is no password.
    let next = near::skip_blanks(bytes, string.after);
    matches!(bytes.get(next), Some(b')' | b'.' | b','))
        .then(|| login(text, string.content))
        .flatten()
}

/// `user:password`.
fn login(text: &str, region: Region) -> Option<Found<'_>> {
    let value = text.get(region.start..region.end)?;
    let (user, password) = value.split_once(':')?;
    let named = |byte: u8| near::is_word(byte) || b".@+-\\".contains(&byte);
    let plain = password.bytes().all(|byte| byte.is_ascii_graphic()) && password.len() >= 6;
    (user.len() >= 2 && user.bytes().all(named) && plain && !password.contains(['"', '{', '$']))
        .then(|| Found::of(Region::new(region.end - password.len(), region.end), user))
}

/// Secrets of the command whose literal is `hit`; the literals are those of
/// [`super::find`].
pub(super) fn find<'t>(text: &'t str, hit: Region, found: &mut Vec<Found<'t>>) -> bool {
    let bytes = text.as_bytes();
    let is = |word: &str| near::stands(bytes, hit.start, word);
    let words = || words::after(text, hit);
    if is("htpasswd") {
        found.extend(htpasswd(text, &words()));
    } else if is("machine ") {
        found.extend(machine(text, hit));
    } else if is("ftp -") {
        found.extend(dialogue(text, hit));
    } else if is("nmcli") {
        let words = words();
        let at = words.iter().position(|word| {
            matches!(word.text(text), "password" | "wifi-sec.psk" | "802-11-wireless-security.psk")
        });
        found.extend(at.and_then(|at| words.get(at + 1)).map(|word| Found::whole(word.region)));
    } else if is("user-secrets set") {
        let words = words();
        let plain: Vec<&Word> =
            words.iter().take_while(|word| !word.text(text).starts_with('-')).collect();
        let telling = plain.first().is_some_and(|key| {
            let key = key.text(text).to_ascii_lowercase();
            ["password", "secret", "key", "token", "pwd"].iter().any(|word| key.contains(word))
        });
        if telling {
            found.extend(plain.get(1).map(|word| Found::whole(word.region)));
        }
    } else if is("net use") {
        found.extend(net(text, hit));
    } else if is("vault kv put") || is("vault write") || is("secrets set") {
        settings(text, &words(), found);
    } else if is("--from-literal") {
        found.extend(from_literal(text, hit));
    } else if is("configure set") || is("config set") {
        found.extend(configure(text, &words()));
    } else if is("http-basic.") || is("github-oauth.") || is("gitlab-token.") {
        let args: Vec<Word> = words::from(text, hit.end, near::enclosing(bytes, hit.start));
        let at = if is("http-basic.") { 2 } else { 1 };
        found.extend(args.get(at).map(|word| Found::whole(word.region)));
    } else if PIPED.iter().any(|program| is(program)) {
        found.extend(piped(text, hit));
    } else if is("| base64") || is("|base64") {
        // `echo -n 'user:password' | base64`, of a header.
        found.extend(piped(text, hit).and_then(|found| login(text, found.region)));
    } else if ENCODERS.iter().any(|encoder| is(encoder)) {
        found.extend(encoded(text, hit));
    } else if is("\nconnect ") || is("\nconn ") {
        let word = words::from(text, hit.end, None).first().copied();
        found.extend(word.and_then(|word| {
            let (login, _) = word.text(text).rsplit_once('@')?;
            let (user, password) = login.split_once('/')?;
            let start = word.region.start + user.len() + 1;
            (!user.is_empty() && !user.contains(':'))
                .then(|| Found::of(Region::new(start, start + password.len()), user))
        }));
    } else if is(".pgpass") {
        found.extend(pgpass(text, hit));
    } else if is("ssm put-parameter") {
        let words = words();
        let secure = words.iter().any(|word| word.text(text).contains("SecureString"));
        let at = words.iter().position(|word| word.text(text) == "--value").filter(|_| secure);
        found.extend(at.and_then(|at| words.get(at + 1)).map(|word| Found::whole(word.region)));
    } else if is("set-env ") {
        found.extend(environment(text, &words()));
    } else if is("db2 connect") {
        let words = words();
        let at = words.iter().position(|word| word.text(text).eq_ignore_ascii_case("using"));
        found.extend(at.and_then(|at| words.get(at + 1)).map(|word| Found::whole(word.region)));
    } else if is("-basic-auth") || is("-basic_auth") {
        let start = hit.end + usize::from(bytes.get(hit.end) == Some(&b'='));
        let word = words::from(text, start, near::enclosing(bytes, hit.start)).first().copied();
        found.extend(word.and_then(|word| {
            let (user, password) = word.text(text).split_once(':')?;
            let region = Region::new(word.region.end - password.len(), word.region.end);
            Some(Found::of(words::without_quotes(bytes, region), user))
        }));
    } else if is("convertto-securestring") {
        found.extend(secure_string(text, hit));
    } else if is("sonar.login=") {
        found.extend(
            words::from(text, hit.end, near::enclosing(bytes, hit.start))
                .first()
                .map(|word| Found::whole(word.region)),
        );
    } else if is("send \"") || is("send -- \"") || is("sendline(") {
        found.extend(answer(text, hit));
    } else {
        return false;
    }
    true
}

/// `cf set-env app NAME value`.
fn environment<'t>(text: &'t str, words: &[Word]) -> Option<Found<'t>> {
    let at = words.iter().position(|word| {
        let name = word.text(text).to_ascii_lowercase();
        ["password", "passwd", "secret", "token", "api_key", "apikey"]
            .iter()
            .any(|end| name.ends_with(end))
    })?;
    words.get(at + 1).map(|word| Found::whole(word.region))
}

/// `echo "host:port:database:user:password" > ~/.pgpass`.
fn pgpass(text: &str, hit: Region) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let floor = text.ceil_char_boundary(hit.start.saturating_sub(256));
    let head = text.get(floor..hit.start)?;
    let line = head.rfind('\n').map_or(floor, |at| floor + at + 1);
    let redirect = line + text.get(line..hit.start)?.rfind('>')?;
    let echo = line + text.get(line..redirect)?.rfind("echo ")? + "echo ".len();
    let word = *words::from(text, echo, near::enclosing(bytes, echo))
        .iter()
        .find(|word| !word.text(text).starts_with('-'))?;
    let mut fields = word.text(text).splitn(5, ':');
    let (_, port, _) = (fields.next()?, fields.next()?, fields.next()?);
    let (user, password) = (fields.next()?, fields.next()?);
    let is_port = port == "*" || port.starts_with('$') || port.parse::<u16>().is_ok();
    is_port.then(|| Found::of(Region::new(word.region.end - password.len(), word.region.end), user))
}

/// `htpasswd -bc file user password`, `htpasswd -nb user password`.
fn htpasswd<'t>(text: &'t str, words: &[Word]) -> Option<Found<'t>> {
    let (mut batch, mut printed) = (false, false);
    let mut rest = Vec::new();
    let mut skip = false;
    for word in words {
        let word_text = word.text(text);
        if skip {
            skip = false;
        } else if let Some(letters) = word_text.strip_prefix('-') {
            batch |= letters.contains('b');
            printed |= letters.contains('n');
            // The cost of bcrypt is a number of its own.
            skip = letters.ends_with('C');
        } else {
            rest.push(*word);
        }
    }
    let at = if printed { 1 } else { 2 };
    let user = rest.get(at - 1)?.text(text);
    batch.then(|| rest.get(at).map(|word| Found::of(word.region, user))).flatten()
}

/// `machine host login user password value`, the entries of `.netrc` wherever
/// they are written from.
fn machine(text: &str, hit: Region) -> Option<Found<'_>> {
    let end = text.floor_char_boundary(text.len().min(hit.end + 400));
    let rest = text.get(hit.end..end)?;
    let mut at = hit.end;
    let mut next = || {
        let start = near::skip_space(text.as_bytes(), at);
        let length = rest.get(start - hit.end..)?.find(|c: char| c.is_ascii_whitespace());
        at = length.map_or(end, |length| start + length);
        (at > start).then_some(Region::new(start, at))
    };
    let mut word = || next().map(|word| (word, text.get(word.start..word.end).unwrap_or("")));
    word()?;
    word().filter(|(_, login)| *login == "login")?;
    let (_, user) = word()?;
    word().filter(|(_, label)| *label == "password")?;
    let (region, password) = word()?;
    // In a string of a shell or a program the line ends with an escape.
    let length = password.find(['\\', '"', '\'', '<']).unwrap_or(password.len());
    (length > 0).then(|| Found::of(Region::new(region.start, region.start + length), user))
}

/// `ftp -n host <<END`, then `user name value` or `quote pass value` on a line.
fn dialogue(text: &str, hit: Region) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    if !near::begins_word(bytes, hit.start) {
        return None;
    }
    let end = text.floor_char_boundary(text.len().min(hit.end + 400));
    let mut start = hit.end;
    for line in text.get(hit.end..end)?.split('\n') {
        let words: Vec<&str> = line.split_whitespace().collect();
        let password = match words.as_slice() {
            ["user", _, password] => Some(*password),
            ["quote", verb, password] if verb.eq_ignore_ascii_case("pass") => Some(*password),
            _ => None,
        };
        if let Some(password) = password {
            let at = start + line.rfind(password)?;
            return Some(Found::whole(Region::new(at, at + password.len())));
        }
        start += line.len() + 1;
    }
    None
}

/// `net use X: \\host\share password /user:name`, in either order, and
/// `net user name password /add`.
fn net(text: &str, hit: Region) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let enclosing = near::enclosing(bytes, hit.start);
    let accounts = matches!(bytes.get(hit.end), Some(b'r' | b'R'));
    let start = hit.end + usize::from(accounts);
    if !matches!(bytes.get(start), Some(b' ' | b'\t')) {
        return None;
    }
    let words = words::from(text, start, enclosing);
    let user = words.iter().find_map(|word| {
        let word = word.text(text);
        let colon = word.find(':')?;
        word.get(..colon)?.eq_ignore_ascii_case("/user").then(|| &word[colon + 1..])
    });
    let plain: Vec<&Word> = words.iter().filter(|word| !word.text(text).starts_with('/')).collect();
    if accounts {
        let adds = words.iter().any(|word| word.text(text).eq_ignore_ascii_case("/add"));
        let user = plain.first()?.text(text);
        let word = plain.get(1).filter(|_| adds || plain.len() == 2)?;
        return Some(Found::of(word.region, user));
    }
    let share = plain.iter().position(|word| word.text(text).contains('\\'))?;
    let word = plain.get(share + 1)?;
    user.map(|user| Found::of(word.region, user))
}

/// Every `key=value` among the words: of a store of secrets each is one.
fn settings<'t>(text: &'t str, words: &[Word], found: &mut Vec<Found<'t>>) {
    for word in words {
        let Some((key, value)) = word.text(text).split_once('=') else { continue };
        let named = !key.is_empty() && key.bytes().all(|b| near::is_word(b) || b == b'-');
        if !named || key.starts_with('-') || value.len() < 8 || value.starts_with('@') {
            continue;
        }
        let region = Region::new(word.region.end - value.len(), word.region.end);
        found.push(Found::whole(words::without_quotes(text.as_bytes(), region)));
    }
}

/// `--from-literal=name=value`, `--from-literal name=value`.
fn from_literal(text: &str, hit: Region) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let mut start = hit.end;
    if bytes.get(start) == Some(&b'=') {
        start += 1;
    }
    let word = *words::from(text, start, near::enclosing(bytes, hit.start)).first()?;
    let (_, value) = word.text(text).split_once('=')?;
    let region = Region::new(word.region.end - value.len(), word.region.end);
    Some(Found::whole(words::without_quotes(bytes, region)))
}

/// `aws configure set aws_secret_access_key value`, `npm config set
/// //host/:_authToken value`, `pulumi config set --secret key value`.
fn configure<'t>(text: &'t str, words: &[Word]) -> Option<Found<'t>> {
    let secret = words.iter().any(|word| word.text(text) == "--secret");
    let mut plain = words.iter().filter(|word| !word.text(text).starts_with('-'));
    let key = plain.next()?;
    let spelling = key.text(text);
    let (name, glued) = match spelling.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (spelling, None),
    };
    let name = name.to_ascii_lowercase();
    let telling = ["secret", "password", "passwd", "_auth", "authtoken", "api_key", "apikey"]
        .iter()
        .any(|part| name.contains(part))
        || name.ends_with("token");
    if !telling && !secret {
        return None;
    }
    let region = match glued {
        Some(value) => Region::new(key.region.end - value.len(), key.region.end),
        None => plain.next()?.region,
    };
    Some(Found::whole(words::without_quotes(text.as_bytes(), region)))
}

/// `echo value | program`, `printf '%s' value | program`, `program <<< value`.
fn piped(text: &str, hit: Region) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let accounts = near::stands(bytes, hit.start, "chpasswd");
    // `sudo -s` opens a shell.
    if near::stands(bytes, hit.start, "sudo -s") && bytes.get(hit.end - 1) != Some(&b'S') {
        return None;
    }
    // The hit may begin with the pipe itself.
    let hit = Region::new(hit.start + usize::from(bytes[hit.start] == b'|'), hit.end);
    let line_end = (hit.end..bytes.len().min(hit.end + 256)).find(|&at| bytes[at] == b'\n');
    let line_end = line_end.unwrap_or(bytes.len().min(hit.end + 256));
    let enclosing = near::enclosing(bytes, hit.start);
    let word = if let Some(at) = near::seek(bytes, Region::new(hit.end, line_end), "<<<") {
        *words::from(text, at + 3, enclosing).first()?
    } else {
        let floor = hit.start.saturating_sub(256);
        let pipe = (floor..hit.start).rev().find(|&at| matches!(bytes[at], b'|' | b'\n'))?;
        if bytes[pipe] != b'|' {
            return None;
        }
        let start = (floor..pipe).rev().find(|&at| bytes[at] == b'\n').map_or(floor, |at| at + 1);
        let window = &bytes[start..pipe];
        let echo = ["echo ", "printf ", "write-output "].iter().find_map(|verb| {
            let at = window
                .windows(verb.len())
                .rposition(|part| part.eq_ignore_ascii_case(verb.as_bytes()))?;
            Some(start + at + verb.len())
        })?;
        let words = words::from(text, echo, near::enclosing(bytes, echo));
        *words.iter().find(|word| {
            let word = word.text(text);
            !word.starts_with('-') && !word.contains("%s")
        })?
    };
    // A password that is asked for twice is given twice.
    let value = word.text(text);
    let value = value.split("\\n").next().unwrap_or(value);
    let region = Region::new(word.region.start, word.region.start + value.len());
    if !accounts {
        return Some(Found::whole(region));
    }
    let (user, password) = value.split_once(':')?;
    Some(Found::of(Region::new(region.end - password.len(), region.end), user))
}

/// `ConvertTo-SecureString 'value' -AsPlainText -Force`, `'value' |
/// ConvertTo-SecureString -AsPlainText`.
fn secure_string(text: &str, hit: Region) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let words = words::from(text, hit.end, near::enclosing(bytes, hit.start));
    let is = |word: &Word, flag: &str| {
        let word = word.text(text);
        word.len() >= 4 && flag.get(..word.len()).is_some_and(|f| f.eq_ignore_ascii_case(word))
    };
    if !words.iter().any(|word| is(word, "-asplaintext")) {
        return None;
    }
    if let Some(word) = words.iter().find(|word| !word.text(text).starts_with('-')) {
        return Some(Found::whole(word.region));
    }
    let floor = hit.start.saturating_sub(256);
    let pipe = (floor..hit.start).rev().find(|&at| bytes[at] > b' ')?;
    if bytes[pipe] != b'|' {
        return None;
    }
    let end = (floor..pipe).rev().find(|&at| bytes[at] > b' ')?;
    let quote = bytes[end];
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let start = (floor..end).rev().find(|&at| bytes[at] == quote || bytes[at] == b'\n')? + 1;
    (bytes[start - 1] == quote).then(|| Found::whole(Region::new(start, end)))
}

/// What a script sends after it has seen a prompt for a password: `expect` of
/// Tcl, and the libraries made after it.
fn answer(text: &str, hit: Region) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let library = bytes.get(hit.end - 1) == Some(&b'(');
    let start = if library { near::skip_blanks(bytes, hit.end) } else { hit.end - 1 };
    let string = near::quoted(bytes, start, 256)?;
    let floor = hit.start.saturating_sub(160);
    let prompt = near::seek(bytes, Region::new(floor, hit.start), "assword")
        .or_else(|| near::seek(bytes, Region::new(floor, hit.start), "assphrase"))?;
    // Another answer in between was the one to the prompt.
    if near::seek(bytes, Region::new(prompt, hit.start), "send").is_some() {
        return None;
    }
    let mut value = text.get(string.content.start..string.content.end)?;
    while let Some(rest) = value.strip_suffix("\\r").or_else(|| value.strip_suffix("\\n")) {
        value = rest;
    }
    let start = string.content.start;
    (is_literal(value) && value.len() > 1 && !value.contains(' '))
        .then(|| Found::whole(Region::new(start, start + value.len())))
}
