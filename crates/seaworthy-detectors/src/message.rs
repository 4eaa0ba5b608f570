//! What a leak's finding says.

use seaworthy_analysis::GitStanding;
use seaworthy_detector_pack::{Family, Kind};

use crate::candidate::Candidate;
use crate::leaks::Leak;

/// The message: what it is, where it stands with git, what proves it, what it opens,
/// how to mend it. The first sentence, to which `about` is added, stands alone.
pub(crate) fn message(candidate: &Candidate, standing: GitStanding, about: &str) -> String {
    let kind = candidate.kind;
    let mut message = String::with_capacity(384);
    message.push_str(article(kind.name));
    message.push(' ');
    message.push_str(kind.name);
    if let Some(name) = candidate.name.as_ref().filter(|name| is_plain(&name.text)) {
        message.push_str(&format!(" (`{}`)", name.text));
    }
    if let Some(encoding) = candidate.encoding {
        message.push_str(&format!(", {encoding},"));
    }
    message.push_str(&format!(" {}{about}. ", standing.place()));
    if let Some(proof) = candidate.proof {
        message.push_str(&format!("It is genuine: {proof}. "));
    }
    message.push_str(kind.description.trim_end_matches('.'));
    message.push_str(". ");
    message.push_str(&remedy(kind, standing));
    message
}

const INSTEAD: &str = "read the new one from the environment or a secret store";

/// How to mend it, in whole sentences.
fn remedy(kind: &Kind, standing: GitStanding) -> String {
    let (what, act, instead, how) = match kind.family {
        Family::Token | Family::Assignment | Family::Connection => {
            ("secret", "replace it", INSTEAD, "How to revoke the old one")
        }
        Family::PrivateKey => {
            ("key", "replace it", "keep the new one in a secret store", "How to replace it")
        }
        Family::Jwt => {
            ("token", "revoke it", "let programs obtain one when they run", "How to revoke it")
        }
        Family::PasswordHash => {
            ("password", "change it", "keep its hash out of the repository", "How to change it")
        }
    };
    let mut remedy = match standing {
        GitStanding::Staged | GitStanding::Untracked => format!(
            "Take it out before it is committed, and {}. If others have seen it, {act}.",
            instead.replace("the new one", "it"),
        ),
        GitStanding::Ignored => format!(
            "Whatever copies the directory takes it along: a backup, an image, an archive. If \
             others have seen it, {act}."
        ),
        GitStanding::Tracked | GitStanding::Unknown | GitStanding::Past => {
            format!("Treat the {what} as compromised: {act}, and {instead}.")
        }
    };
    let revoke = kind.revoke.trim_end_matches('.');
    if !revoke.is_empty() {
        remedy.push_str(&format!(" {how}: {revoke}."));
    }
    remedy
}

/// What makes the finding itself: the kind, and the name that the secret goes by.
pub(crate) fn evidence(leak: &Leak) -> String {
    let name = leak.candidate.name.as_ref().map_or("", |name| name.text.as_str());
    format!("{}:{}", leak.candidate.kind.id, if is_plain(name) { name } else { "" })
}

/// Whether a name may be shown: it is one, and no text that a secret hides in.
fn is_plain(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'/' | b'[' | b']')
        })
}

/// The indefinite article before a name, by how the name is spoken.
fn article(name: &str) -> &'static str {
    /// Letters whose own names begin with a vowel.
    const SPELLED: &[u8] = b"AEFHILMNORSX";
    /// Capitals that are spoken as a word.
    const WORDS: &[&str] = &["HERE", "LINE", "NASA", "NATS", "RAWG", "NOWPayments"];
    /// What begins like "you" and "one".
    const CONSONANTS: &[&str] = &["one", "url", "use", "uni", "ubi", "uti", "uui", "eu"];
    let word = name.split([' ', '-']).next().unwrap_or("");
    let lower = word.to_ascii_lowercase();
    let spelled = match word.as_bytes() {
        [first, second, ..] => first.is_ascii_uppercase() && !second.is_ascii_lowercase(),
        [only] => only.is_ascii_uppercase(),
        [] => false,
    };
    let vowel = match word.as_bytes().first() {
        _ if spelled && !WORDS.contains(&word) => SPELLED.contains(&word.as_bytes()[0]),
        Some(b'8') => true,
        _ if CONSONANTS.iter().any(|start| lower.starts_with(start)) => false,
        _ => lower.starts_with(['a', 'e', 'i', 'o', 'u']),
    };
    if vowel { "An" } else { "A" }
}

#[cfg(test)]
mod tests;
