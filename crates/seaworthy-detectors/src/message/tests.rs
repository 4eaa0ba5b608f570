//! The sentences of every kind, at every place.

use std::collections::HashSet;

use seaworthy_model::Region;

use super::*;
use crate::candidate::Name;

const STANDINGS: [GitStanding; 6] = [
    GitStanding::Tracked,
    GitStanding::Staged,
    GitStanding::Untracked,
    GitStanding::Ignored,
    GitStanding::Unknown,
    GitStanding::Past,
];

fn all_kinds() -> impl Iterator<Item = &'static Kind> {
    crate::kinds().chain([&crate::session::VERIFIED])
}

fn candidate(kind: &'static Kind) -> Candidate {
    Candidate::new(kind, Region::new(0, 1), "x")
}

/// The first five words that stand twice in a text.
fn repeated(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.trim_matches(['.', ',', ';', ':', '(', ')', '`']).to_lowercase())
        .collect();
    let mut seen = HashSet::new();
    words.windows(5).find(|window| !seen.insert(*window)).map(|window| window.join(" "))
}

/// What is wrong with the form of a message.
fn fault(message: &str) -> Option<String> {
    let opens_capital = message.match_indices('(').any(|(at, _)| {
        // Names may stand there, a sentence may not.
        let inside = &message[at + 1..];
        let inside = inside.split_once(')').map_or(inside, |(inside, _)| inside);
        let mut words = inside.split_whitespace();
        words.next().is_some_and(|word| word.starts_with(|first: char| first.is_ascii_uppercase()))
            && words.next().is_some_and(|word| matches!(word, "the" | "a" | "it" | "its" | "this"))
    });
    if let Some(words) = repeated(message) {
        return Some(format!("says twice: {words}"));
    }
    [
        (opens_capital, "a sentence in parentheses"),
        (!message.ends_with('.'), "no full stop at its end"),
        (message.contains("…."), "an ellipsis before its full stop"),
        (message.ends_with(".."), "two full stops"),
        (message.contains(".. ") || message.contains("  ") || message.contains(". ."), "a gap"),
        (message.matches('(').count() != message.matches(')').count(), "an open parenthesis"),
    ]
    .into_iter()
    .find_map(|(wrong, what)| wrong.then(|| what.to_owned()))
}

#[test]
fn every_kind_is_told_in_whole_sentences_wherever_it_stands() {
    let mut wrong = Vec::new();
    for kind in all_kinds() {
        for standing in STANDINGS {
            let mut candidate = candidate(kind);
            candidate.name = Some(Name { text: "api.key".into(), region: Region::new(0, 1) });
            candidate.proof = Some("its checksum holds");
            let message = message(&candidate, standing, "");
            if let Some(fault) = fault(&message) {
                wrong.push(format!("{}: {fault}: {message}", kind.id));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_kind_says_how_it_is_revoked_in_a_clause() {
    // Verbs that begin a sentence of their own where a clause belongs.
    const VERBS: &[&str] =
        &["Change", "Delete", "Revoke", "Make", "Set", "End", "Ask", "Write", "It", "Expires"];
    for kind in all_kinds() {
        let first = kind.revoke.split(' ').next().unwrap_or("");
        let menus = kind.revoke.contains('→');
        assert!(menus || !VERBS.contains(&first), "{}: {}", kind.id, kind.revoke);
        assert!(!kind.revoke.ends_with(['.', '…', ' ']), "{}: {}", kind.id, kind.revoke);
    }
}

#[test]
fn faults_of_form_are_seen() {
    for (message, good) in [
        ("A key is here. Treat it as known: replace it.", true),
        ("A key of X (formerly Y) is here.", true),
        ("A key is here", false),
        ("A key is here. Revoke it (Change the password at the host).", false),
        ("Read it from the environment or read it from the environment or not.", false),
        ("A key is here..", false),
        ("Revoke it: vault token revoke ….", false),
    ] {
        assert_eq!(fault(message).is_none(), good, "{message}");
    }
}

#[test]
fn nothing_is_called_committed_or_compromised_that_no_commit_is_known_to_have() {
    let kind = crate::kinds().find(|kind| kind.family == Family::Token).expect("there are tokens");
    for (standing, place, compromised) in [
        (GitStanding::Tracked, "is in a file that git tracks", true),
        (GitStanding::Staged, "is staged for the next commit", false),
        (GitStanding::Untracked, "is in a file that the next `git add .` would take", false),
        (GitStanding::Ignored, "is in a file that git ignores", false),
        (GitStanding::Unknown, "is written out here", true),
        (GitStanding::Past, "is in the history of the repository", true),
    ] {
        let message = message(&candidate(kind), standing, "");
        assert!(message.contains(place), "{message}");
        assert!(!message.contains("is committed."), "{message}");
        assert_eq!(message.contains("as compromised"), compromised, "{message}");
    }
}

#[test]
fn the_parts_of_a_message_stand_in_order() {
    let mut jwt = candidate(&crate::session::VERIFIED);
    jwt.encoding = Some("base64-encoded");
    assert_eq!(
        message(&jwt, GitStanding::Tracked, ", and its signature verifies with a value of .env"),
        "A JSON Web Token that anybody can forge, base64-encoded, is in a file that git tracks, \
         and its signature verifies with a value of .env. Whoever reads the repository can sign \
         tokens for any user, with any rights. Treat the token as compromised: revoke it, and let \
         programs obtain one when they run. How to revoke it: change the secret that signs \
         tokens, wherever it is in use, to 32 random bytes."
    );
    let hash = crate::kinds().find(|kind| kind.id == "password-hash").expect("it is known");
    assert_eq!(
        remedy(hash, GitStanding::Staged),
        "Take it out before it is committed, and keep its hash out of the repository. If others \
         have seen it, change it."
    );
}

#[test]
fn names_have_the_article_that_they_are_spoken_with() {
    for (name, want) in [
        ("API key", "An"),
        ("password", "A"),
        ("token in a URL", "A"),
        ("URL token", "A"),
        ("Upstash token", "An"),
        ("Unkey root key", "An"),
        ("Ubidots token", "A"),
        ("user token", "A"),
        ("SSH key", "An"),
        ("NTLM response", "An"),
        ("NASA API key", "A"),
        ("one-time code", "A"),
        ("X (Twitter) API secret", "An"),
        ("1Password service account token", "A"),
        ("JFrog token", "A"),
        ("8x8 key", "An"),
        ("", "A"),
    ] {
        assert_eq!(article(name), want, "{name}");
    }
}
