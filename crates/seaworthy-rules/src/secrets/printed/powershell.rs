//! PowerShell: what `Write-Host` and its like print of variables.

use std::ops::Range;

use seaworthy_model::Region;

use super::{MOST, Part, Printed, is_secret};

/// Commands that print their arguments.
const COMMANDS: &[&str] = &[
    "write-host",
    "write-output",
    "write-information",
    "write-verbose",
    "write-warning",
    "write-error",
    "write-debug",
    "echo",
];

/// The secrets that the script in this range of a text prints.
pub(in super::super) fn scan(text: &str, range: Range<usize>) -> Vec<Printed> {
    let mut found = Vec::new();
    let Some(script) = text.get(range.clone()) else { return found };
    let mut start = range.start;
    let mut comment = false;
    for line in script.split_inclusive('\n') {
        let body = line.trim_start();
        comment |= body.starts_with("<#");
        if !comment && !body.starts_with('#') && found.len() < MOST {
            commands(text, start..start + line.len(), &mut found);
        }
        comment &= !line.contains("#>");
        start += line.len();
    }
    found
}

/// The printing commands of a line: where a command may stand.
fn commands(text: &str, line: Range<usize>, found: &mut Vec<Printed>) {
    let bytes = &text.as_bytes()[..line.end];
    let mut at = line.start;
    let mut begins = true;
    while at < line.end {
        let byte = bytes[at];
        if byte.is_ascii_alphabetic() && begins {
            let length =
                bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
            let word = &text[at..at + length];
            at += length;
            begins = false;
            if COMMANDS.iter().any(|command| command.eq_ignore_ascii_case(word)) {
                at = arguments(
                    text,
                    at..line.end,
                    !word.eq_ignore_ascii_case("write-output"),
                    found,
                );
            }
            continue;
        }
        match byte {
            b'"' | b'\'' => at = quoted(bytes, at),
            b';' | b'{' | b'}' | b'|' => {
                begins = true;
                at += 1;
            }
            _ => {
                begins &= byte.is_ascii_whitespace();
                at += 1;
            }
        }
    }
}

/// Reads the arguments of a command; returns where they end.
fn arguments(text: &str, range: Range<usize>, always: bool, found: &mut Vec<Printed>) -> usize {
    let bytes = &text.as_bytes()[..range.end];
    let mut printed = Vec::new();
    let mut at = range.start;
    let mut words = false;
    while at < range.end {
        match bytes[at] {
            b'"' => {
                let end = quoted(bytes, at).min(range.end);
                variables(text, at + 1..end.saturating_sub(1).max(at + 1), true, &mut printed);
                words = true;
                at = end;
            }
            b'\'' => at = quoted(bytes, at),
            b'$' => {
                let end = bytes[at..]
                    .iter()
                    .position(|b| b" \t\r\n;|)}".contains(b))
                    .map_or(range.end, |length| at + length);
                variables(text, at..end, false, &mut printed);
                at = end.max(at + 1);
            }
            b';' | b'}' => break,
            b'|' | b'>' => {
                // Another command or a file takes it.
                printed.clear();
                at = bytes[at..].iter().position(|b| *b == b';').map_or(range.end, |n| at + n);
                break;
            }
            byte => {
                words |= byte.is_ascii_alphabetic();
                at += 1;
            }
        }
    }
    // So functions give back what they found.
    if always || words {
        found.append(&mut printed);
    }
    at
}

/// Where the string that begins here is over.
fn quoted(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let mut at = at + 1;
    while at < bytes.len() && bytes[at] != quote {
        at += 1 + usize::from(bytes[at] == b'`');
    }
    (at + 1).min(bytes.len())
}

/// The secret variables of a string or of an argument.
fn variables(text: &str, range: Range<usize>, in_string: bool, found: &mut Vec<Printed>) {
    let bytes = &text.as_bytes()[..range.end];
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut at = range.start;
    while at < range.end {
        if bytes[at] == b'`' {
            at += 2;
            continue;
        }
        if bytes[at] != b'$' {
            at += 1;
            continue;
        }
        at += 1;
        let mut close = None;
        if let Some(open @ (b'(' | b'{')) = bytes.get(at).copied() {
            close = Some(if open == b'(' { b')' } else { b'}' });
            at += 1 + usize::from(open == b'(' && bytes.get(at + 1) == Some(&b'$'));
        }
        let rest = &bytes[at.min(range.end)..];
        if rest.len() > 4 && rest[..4].eq_ignore_ascii_case(b"env:") {
            at += 4;
        }
        let mut start = at.min(range.end);
        let mut end = start + bytes[start..].iter().take_while(|b| is_name(b)).count();
        // `$x.Password` is a member only outside of strings, or in `$(…)`.
        while (!in_string || close == Some(b')')) && bytes.get(end) == Some(&b'.') {
            start = end + 1;
            end = start + bytes[start..].iter().take_while(|b| is_name(b)).count();
        }
        let closed = close.is_none_or(|close| bytes.get(end) == Some(&close));
        let called = !in_string && matches!(bytes.get(end), Some(b'(' | b'['));
        let name = &text[start..end];
        if closed && !called && is_secret(name) {
            let region = Region::new(start, end);
            found.push(Printed { name: name.to_owned(), region, part: Part::Whole });
        }
        at = end.max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        scan(source, 0..source.len()).into_iter().map(|printed| printed.name).collect()
    }

    #[test]
    fn printed_variables_are_found() {
        let cases: &[(&str, &[&str])] = &[
            ("Write-Host \"pw: $DbPassword\"", &["DbPassword"]),
            ("Write-Host $env:DATABASE_URL -ForegroundColor Green", &["DATABASE_URL"]),
            ("if ($x) { Write-Output \"key ${apiKey}\" }", &["apiKey"]),
            ("echo \"$($cfg.JwtSecret)\"; ls", &["JwtSecret"]),
            ("write-verbose $cred.Password", &["Password"]),
        ];
        for (source, want) in cases {
            assert_eq!(names(source), *want, "{source}");
        }
    }

    #[test]
    fn what_is_not_printed_is_left_alone() {
        for source in [
            "Write-Host '$password'",
            "Write-Host \"`$password\"",
            "# Write-Host $password",
            "<#\nWrite-Host $password\n#>",
            "Write-Output $password",
            "Write-Output \"$password\" | docker login --password-stdin",
            "echo \"A=$password\" >> $env:GITHUB_ENV",
            "Write-Host \"$($password.Length) chars\"",
            "Write-Host $password.Substring(0,4)",
            "Write-Host \"Setting password for $user\"",
            "Set-Secret Write-Host",
            "$x = \"Write-Host $password\"",
        ] {
            assert_eq!(names(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn hostile_text_ends() {
        for piece in ["Write-Host \"$(", "Write-Host $", "`", "\"$", "$é.", "<#"] {
            let source = piece.repeat(20_000);
            scan(&source, 0..source.len());
        }
    }
}
