//! Reads messages: what is wrong, why, and what to do about it.
//!
//! A message begins with a sentence that stands alone, and says further down, in
//! the imperative, how the fault is mended.

use seaworthy_model::{Applicability, Finding};

use crate::order::is_whole_file;
use crate::tally::easiest_fix;
use crate::visible::visible;

/// Splits a message after its first sentence: a period before a capital, but
/// not the period of an abbreviation such as "e.g.".
pub(crate) fn first_sentence(message: &str) -> (&str, &str) {
    let message = message.trim();
    for (at, _) in message.match_indices(". ") {
        let word = message[..at].rsplit(' ').next().unwrap_or("");
        let next = message[at + 2..].trim_start();
        let begins = next.starts_with(|c: char| c.is_uppercase() || c == '`');
        if begins && !word.contains('.') && word.chars().count() > 1 {
            return (&message[..=at], next);
        }
    }
    (message, "")
}

/// What is wrong, without the period at its end.
pub(crate) fn title(message: &str) -> &str {
    let (title, _) = first_sentence(message);
    title.strip_suffix('.').unwrap_or(title)
}

/// The message, and on a line each the other places that belong to it: for readers that
/// know of one place alone.
pub(crate) fn with_related(finding: &Finding) -> String {
    let mut text = visible(&finding.message).into_owned();
    for place in &finding.related {
        text.push_str("\n- ");
        text.push_str(&visible(place.artifact.as_str()));
        if !is_whole_file(place) {
            text.push_str(&format!(":{}", place.start.line.max(1)));
        }
        if let Some(label) = &place.label {
            text.push_str(": ");
            text.push_str(&visible(label));
        }
    }
    text
}

/// With what the messages about leaked secrets introduce where to revoke them.
const REVOCATION: [&str; 3] =
    ["How to revoke the old one: ", "How to revoke it: ", "How to replace it: "];

/// What to do about a finding, in one sentence: how to revoke what has leaked, the
/// fix that would be applied, or the advice of the message.
pub(crate) fn mending(finding: &Finding) -> Option<String> {
    let (_, rest) = first_sentence(&finding.message);
    for introduction in REVOCATION {
        if let Some(at) = rest.find(introduction) {
            let how = rest[at + introduction.len()..].trim_end_matches('.');
            let verb = if introduction.contains("replace") { "replace" } else { "revoke" };
            return Some(format!("{verb} it: {how}"));
        }
    }
    let fix = finding.fixes.first().filter(|_| finding.leak.is_none());
    match (easiest_fix(finding), fix) {
        (Some(Applicability::Safe), Some(fix)) => Some(format!("{} (--fix)", fix.title)),
        (Some(Applicability::Unsafe), Some(fix)) => Some(format!("{} (--unsafe-fixes)", fix.title)),
        _ => advice(&finding.message),
    }
}

/// The text with a capital at its start.
pub(crate) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}

/// The part of a message that tells what to do: the first one in the imperative that
/// quotes what to write or to run, else the first one in the imperative.
fn advice(message: &str) -> Option<String> {
    let mut parts = Vec::new();
    let mut left = message;
    while !left.is_empty() {
        let (sentence, rest) = first_sentence(left);
        left = rest;
        let sentence = sentence.strip_suffix('.').unwrap_or(sentence);
        parts.extend(sentence.split("; ").filter(|part| is_imperative(part)));
    }
    let quoting = parts.iter().find(|part| part.contains('`'));
    quoting.or(parts.first()).map(|&part| part.to_owned())
}

fn is_imperative(part: &str) -> bool {
    let word = part.split([' ', ',', ':']).next().unwrap_or("");
    VERBS.iter().any(|verb| verb.eq_ignore_ascii_case(word))
}

/// Verbs by which advice begins.
const VERBS: [&str; 68] = [
    "add",
    "allow",
    "apply",
    "ask",
    "back",
    "bind",
    "build",
    "change",
    "check",
    "choose",
    "commit",
    "copy",
    "correct",
    "create",
    "declare",
    "delete",
    "demand",
    "drop",
    "end",
    "exclude",
    "fill",
    "generate",
    "give",
    "grant",
    "ignore",
    "install",
    "keep",
    "lead",
    "leave",
    "let",
    "limit",
    "list",
    "load",
    "lock",
    "make",
    "mend",
    "mount",
    "move",
    "name",
    "pass",
    "pin",
    "point",
    "put",
    "quote",
    "read",
    "refuse",
    "regenerate",
    "remove",
    "rename",
    "replace",
    "require",
    "run",
    "send",
    "serve",
    "set",
    "split",
    "spell",
    "start",
    "store",
    "switch",
    "take",
    "treat",
    "trust",
    "turn",
    "upgrade",
    "use",
    "wait",
    "write",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_first_sentence_ends_before_a_capital() {
        let cases = [
            ("One. Two. Three.", ("One.", "Two. Three.")),
            ("One.", ("One.", "")),
            ("Uses e.g. Redis here. Then", ("Uses e.g. Redis here.", "Then")),
            ("version 1. 2 is", ("version 1. 2 is", "")),
            ("It is so. `a` sets none.", ("It is so.", "`a` sets none.")),
            ("no period", ("no period", "")),
            ("", ("", "")),
        ];
        for (message, want) in cases {
            assert_eq!(first_sentence(message), want, "{message}");
        }
    }

    #[test]
    fn the_advice_of_a_message_is_found() {
        let cases = [
            (
                "It is open. Everyone reads it. Ignore it and run `git rm x`, then go.",
                Some("Ignore it and run `git rm x`, then go"),
            ),
            (
                "It is known. Scanners try it; generate one with `openssl`.",
                Some("generate one with `openssl`"),
            ),
            (
                "It is known. Replace it, it stays. It is there; move it and run `git rm x`.",
                Some("move it and run `git rm x`"),
            ),
            (
                "It is out. Change the password, and tell people; let a script read it.",
                Some("Change the password, and tell people"),
            ),
            (
                "No header. Add it to this server; another needs it. `a.conf` sets none.",
                Some("Add it to this server"),
            ),
            ("It is there. Nobody knows why.", None),
        ];
        for (message, want) in cases {
            assert_eq!(advice(message).as_deref(), want, "{message}");
        }
    }

    #[test]
    fn a_leak_is_revoked_before_anything_else_is_done() {
        let mut finding = sample::finding(
            &sample::WEAK,
            "A key is in a file. Treat it as lost. How to revoke the old one: https://a.b/keys → Roll.",
            sample::whole_file(".env"),
        );
        assert_eq!(mending(&finding).as_deref(), Some("revoke it: https://a.b/keys → Roll"));
        finding.message = "It is weak.".to_owned();
        assert_eq!(mending(&finding), None);
        finding.fixes = vec![seaworthy_model::Fix {
            title: "Take it out".to_owned(),
            applicability: Applicability::Unsafe,
            replacements: Vec::new(),
        }];
        assert_eq!(mending(&finding).as_deref(), Some("Take it out (--unsafe-fixes)"));
    }
}
