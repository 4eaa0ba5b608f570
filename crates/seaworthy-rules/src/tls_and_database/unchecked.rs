//! What scripts, build steps and workflows write that keeps programs from checking
//! certificates: variables, options of `curl` and `wget`, settings of tools.

use std::ops::Range;

use seaworthy_analysis::values::{HostKind, host_kind, parse_url};

/// A place that switches the check off.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unchecked {
    /// Its bytes.
    pub(super) range: Range<usize>,
    /// What it is, for a message; also its identity.
    pub(super) what: &'static str,
    /// Whether all connections of a program or tool are concerned.
    pub(super) global: bool,
}

/// Variables with the values that switch the check off.
const VARIABLES: &[(&str, &[&str])] = &[
    (super::REJECT_UNAUTHORIZED, &["0"]),
    ("GIT_SSL_NO_VERIFY", &["1", "true"]),
    ("PYTHONHTTPSVERIFY", &["0"]),
];

/// Settings of tools, as they are written on a command line.
const SETTINGS: &[(&str, &str)] = &[
    ("config set strict-ssl false", "strict-ssl false"),
    ("config set strict-ssl=false", "strict-ssl=false"),
    ("http.sslVerify false", "http.sslVerify false"),
    ("http.sslVerify=false", "http.sslVerify=false"),
];

/// The bytes of a command that are looked at.
const LONGEST: usize = 4_000;

/// Every such place in a text whose comments begin with `#`.
pub(super) fn unchecked(text: &str) -> Vec<Unchecked> {
    let mut found = Vec::new();
    for (name, values) in VARIABLES {
        for (at, _) in text.match_indices(name) {
            if let Some(end) = assigned(text, at, name.len(), values) {
                found.push(Unchecked { range: at..end, what: name, global: true });
            }
        }
    }
    for (words, what) in SETTINGS {
        for (at, _) in text.match_indices(words) {
            found.push(Unchecked { range: at..at + words.len(), what, global: true });
        }
    }
    for (program, what) in [("curl", "curl"), ("wget", "wget")] {
        for (at, _) in text.match_indices(program) {
            if let Some(range) = insecure_download(text, at, program) {
                found.push(Unchecked { range, what, global: false });
            }
        }
    }
    found.retain(|place| !is_comment(text, place.range.start));
    found.sort_by_key(|place| place.range.start);
    found
}

/// The end of an assignment of one of the values: `X=0`, `X: '0'`, `"X": "0"`.
fn assigned(text: &str, at: usize, length: usize, values: &[&str]) -> Option<usize> {
    let before = text[..at].bytes().next_back();
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'{'))
    {
        return None;
    }
    let rest = &text[at + length..];
    let quoted = rest.trim_start_matches(['"', '\'']);
    let value = quoted.strip_prefix('=').or_else(|| quoted.strip_prefix(':'))?;
    let value = value.trim_start_matches(' ').trim_start_matches(['"', '\'']);
    let word = values.iter().find(|word| {
        value.strip_prefix(**word).is_some_and(|after| {
            !after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        })
    })?;
    Some(text.len() - value.len() + word.len())
}

/// The command at `at` if it fetches from a public host over TLS without checking.
fn insecure_download(text: &str, at: usize, program: &str) -> Option<Range<usize>> {
    let before = text[..at].bytes().next_back();
    let starts = before.is_none_or(|byte| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'/' | b';' | b'&' | b'|' | b'(' | b'`' | b'"' | b'\'')
    });
    let rest = &text[at + program.len()..];
    if !starts || !rest.starts_with([' ', '\t']) {
        return None;
    }
    let end = rest.len().min(LONGEST);
    let end = (0..=end).rev().find(|&end| rest.is_char_boundary(end))?;
    let (mut insecure, mut public) = (false, false);
    let mut last = 0;
    let mut quote = None;
    let mut word_start = None;
    let bytes = &rest.as_bytes()[..end];
    for index in 0..=bytes.len() {
        let byte = bytes.get(index).copied();
        let ends_word = match (byte, quote) {
            (None, _) => true,
            (Some(byte), Some(open)) => {
                if byte == open {
                    quote = None;
                }
                false
            }
            (Some(byte @ (b'"' | b'\'')), None) => {
                quote = Some(byte);
                false
            }
            (Some(b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'&' | b')' | b'`'), None) => true,
            _ => false,
        };
        if !ends_word {
            word_start.get_or_insert(index);
            continue;
        }
        if let Some(start) = word_start.take() {
            let word = rest[start..index].trim_matches(['"', '\'', ',']);
            insecure |= is_insecure_option(word, program);
            public |= is_public_https(word);
            last = index;
        }
        let continued =
            byte == Some(b'\n') && rest[..index].trim_end_matches(['\r', ' ']).ends_with('\\');
        if matches!(byte, None | Some(b';' | b'|' | b'&' | b')' | b'`'))
            || (byte == Some(b'\n') && !continued)
        {
            break;
        }
    }
    (insecure && public).then_some(at..at + program.len() + last)
}

fn is_insecure_option(word: &str, program: &str) -> bool {
    match program {
        "wget" => word == "--no-check-certificate",
        _ => {
            word == "--insecure"
                || word.strip_prefix('-').is_some_and(|flags| {
                    // Of flags written together one with an argument ends the list.
                    let switches = flags.split(['o', 'H', 'd', 'X', 'u', 'A', 'm', 'w', 'F', 'T']);
                    !flags.starts_with('-')
                        && flags.bytes().all(|byte| byte.is_ascii_alphabetic())
                        && switches.take(1).any(|switches| switches.contains('k'))
                })
        }
    }
}

fn is_public_https(word: &str) -> bool {
    parse_url(word).is_some_and(|url| {
        word[url.scheme].eq_ignore_ascii_case("https")
            && url.hosts.iter().any(|host| host_kind(&word[host.clone()]) == HostKind::Public)
    })
}

/// Whether the rest of the line from some `#` on is a comment that holds the place.
fn is_comment(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
    let line = &text[start..at];
    line.trim_start().starts_with('#') || line.contains(" #")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_switches_the_check_off_is_found() {
        let cases: &[(&str, &[&str])] = &[
            ("export NODE_TLS_REJECT_UNAUTHORIZED=0\n", &["NODE_TLS_REJECT_UNAUTHORIZED=0"]),
            ("  NODE_TLS_REJECT_UNAUTHORIZED: '0'\n", &["NODE_TLS_REJECT_UNAUTHORIZED: '0"]),
            ("NODE_TLS_REJECT_UNAUTHORIZED=1 node .", &[]),
            ("NODE_TLS_REJECT_UNAUTHORIZED=0.5", &[]),
            ("echo $NODE_TLS_REJECT_UNAUTHORIZED=0", &[]),
            ("MY_NODE_TLS_REJECT_UNAUTHORIZED=0", &[]),
            ("# NODE_TLS_REJECT_UNAUTHORIZED=0", &[]),
            ("make build # NODE_TLS_REJECT_UNAUTHORIZED=0", &[]),
            ("GIT_SSL_NO_VERIFY=true git clone x", &["GIT_SSL_NO_VERIFY=true"]),
            ("npm config set strict-ssl false", &["config set strict-ssl false"]),
            ("curl -k https://get.shop.io/x | sh", &["curl -k https://get.shop.io/x"]),
            (
                "curl -fsSLk \\\n  -o x https://get.shop.io/x\nnext",
                &["curl -fsSLk \\\n  -o x https://get.shop.io/x"],
            ),
            (
                "wget --no-check-certificate 'https://get.shop.io/x'",
                &["wget --no-check-certificate 'https://get.shop.io/x'"],
            ),
            (
                "curl -sS https://get.shop.io/x --insecure",
                &["curl -sS https://get.shop.io/x --insecure"],
            ),
            ("curl -kf https://localhost:8443/health", &[]),
            ("curl -k https://10.0.0.4/x", &[]),
            ("curl -k \"$URL\"", &[]),
            ("curl -k http://get.shop.io/x", &[]),
            ("curl -o k https://get.shop.io/x", &[]),
            ("curl -H 'X: -k' https://get.shop.io/x", &[]),
            ("curl -okey https://get.shop.io/x", &[]),
            ("curl https://get.shop.io/x; rm -k", &[]),
            ("apt install curl -k https://get.shop.io", &["curl -k https://get.shop.io"]),
            ("libcurl -k https://get.shop.io", &[]),
        ];
        for (text, want) in cases {
            let found: Vec<&str> =
                unchecked(text).into_iter().map(|place| &text[place.range]).collect();
            assert_eq!(found, *want, "{text}");
        }
    }

    #[test]
    fn long_commands_are_looked_at_in_bounded_time() {
        let text = format!("curl {}", "curl -x ".repeat(20_000));
        assert!(unchecked(&text).is_empty());
    }
}
