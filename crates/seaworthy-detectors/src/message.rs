//! What a leak's finding says.

use seaworthy_detector_pack::Family;

use crate::leaks::Leak;

/// The message: what it is, where it stands with git, what it opens, what proves
/// it, how to mend it. The first sentence, to which `about` is added, stands alone.
pub(crate) fn message(leak: &Leak, place: &str, about: &str) -> String {
    let candidate = &leak.candidate;
    let kind = candidate.kind;
    let mut message = String::with_capacity(256);
    message.push_str(article(kind.name));
    message.push(' ');
    message.push_str(kind.name);
    if let Some(name) = candidate.name.as_ref().filter(|name| is_plain(&name.text)) {
        message.push_str(&format!(" (`{}`)", name.text));
    }
    if let Some(encoding) = candidate.encoding {
        message.push_str(&format!(", {encoding},"));
    }
    message.push_str(&format!(" {place}{about}. "));
    if let Some(proof) = candidate.proof {
        message.push_str(&format!("It is genuine: {proof}. "));
    }
    message.push_str(kind.description);
    message.push_str(match kind.family {
        Family::PasswordHash => " Change the password",
        _ => " Take it for known: revoke it",
    });
    if !kind.revoke.is_empty() {
        message.push_str(&format!(" ({})", kind.revoke.trim_end_matches('.')));
    }
    message.push_str(", then read the new one from the environment or a secret store.");
    message
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

fn article(name: &str) -> &'static str {
    match name.as_bytes().first() {
        Some(b'a' | b'e' | b'i' | b'o' | b'A' | b'E' | b'I' | b'O') => "An",
        _ => "A",
    }
}
