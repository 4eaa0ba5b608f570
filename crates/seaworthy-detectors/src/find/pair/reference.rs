//! Values that are nothing but a reference to another, and the literal that a
//! reference falls back to.

use super::bytes::{byte, is_word};
use super::literal::Literal;

/// The literal, unless it is a reference as a whole: `${X}`, `{{ x }}`, `%X%`.
/// Of `${X:-literal}` it is the default.
pub(super) fn literal_of(text: &str, found: Literal) -> Option<Literal> {
    let content = text.get(found.start..found.end)?;
    // `\\${x}`: the dollar of an outer template is escaped.
    if content.starts_with('\\')
        && content.trim_start_matches('\\').starts_with("${")
        && content.ends_with('}')
    {
        return None;
    }
    let b = content.as_bytes();
    let whole = |open: &str, close: &str| {
        b.starts_with(open.as_bytes())
            && content.get(open.len()..).and_then(|rest| rest.find(close))
                == Some((content.len()).saturating_sub(open.len() + close.len()))
    };
    match *b.first()? {
        b'$' => {
            if b.get(1) == Some(&b'{') {
                if b.get(2) == Some(&b'{') {
                    return (!whole("${{", "}}")).then_some(found);
                }
                return default_of(content, found);
            }
            let is_reference = whole("$(", ")")
                || whole("$[", "]")
                || b.len() > 1
                    && b[1..].iter().all(|&found| is_word(found) || matches!(found, b':' | b'$'))
                    && (b[1].is_ascii_alphabetic() || b[1] == b'_')
                    && is_variable(&b[1..]);
            (!is_reference).then_some(found)
        }
        b'{' => {
            let is_reference = whole("{{", "}}")
                || whole("{%", "%}")
                || whole("{", "}")
                    && b[1..b.len() - 1]
                        .iter()
                        .all(|&found| is_word(found) || matches!(found, b'.' | b':' | b'[' | b']'));
            (!is_reference).then_some(found)
        }
        b'<' => (!(whole("<%", "%>") || whole("<?", "?>"))).then_some(found),
        b'#' => (!(whole("#{", "}"))).then_some(found),
        b'@' => (!(whole("@{", "}") || b.len() > 2 && whole("@", "@"))).then_some(found),
        b'%' => {
            let is_reference = whole("%{", "}")
                || whole("%(", ")s")
                || b.len() > 2
                    && b[1..b.len() - 1].iter().all(|&found| is_word(found))
                    && b.ends_with(b"%");
            (!is_reference).then_some(found)
        }
        b'(' => (!whole("((", "))")).then_some(found),
        b'`' => (!(b.len() > 1 && b.ends_with(b"`"))).then_some(found),
        _ => Some(found),
    }
}

/// Whether what follows a `$` reads as the name of a variable, and not as the
/// rest of a password.
fn is_variable(name: &[u8]) -> bool {
    let has_lower = name.iter().any(u8::is_ascii_lowercase);
    let has_upper = name.iter().any(u8::is_ascii_uppercase);
    let has_digit = name.iter().any(u8::is_ascii_digit);
    !(has_lower && has_upper && has_digit)
}

/// Of `${X:-literal}`, `${X:literal}` the literal.
fn default_of(content: &str, found: Literal) -> Option<Literal> {
    let b = content.as_bytes();
    let mut depth = 0_u32;
    let close = b.iter().position(|&byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        byte == b'}' && depth == 0
    });
    if close != Some(b.len() - 1) {
        // References side by side are references too.
        let only = content.split('}').all(|part| {
            part.is_empty()
                || part.starts_with("${")
                    && part.bytes().skip(2).all(|byte| is_word(byte) || byte == b'.')
        });
        return (!only).then_some(found);
    }
    let name = b[2..].iter().position(|&byte| !(is_word(byte) || matches!(byte, b'.' | b'-')))? + 2;
    // `-` belongs to names of properties and begins a default of a shell.
    let name = match (byte(b, name), b[2..name].iter().position(|&byte| byte == b'-')) {
        (b'}', Some(dash)) if !b[2..2 + dash].contains(&b'.') => 2 + dash,
        _ => name,
    };
    let start = match (byte(b, name), byte(b, name + 1)) {
        (b':', b'-' | b'=') => name + 2,
        (b':', b'?' | b'+') => return None,
        (b':' | b'-' | b'=', _) => name + 1,
        _ => return None,
    };
    let inner = content.get(start..b.len() - 1)?;
    let trimmed = inner.trim_matches(['"', '\'']);
    let offset = start + inner.find(trimmed)?;
    if trimmed.is_empty() || trimmed.starts_with("${") || found.text.is_some() {
        return None;
    }
    Some(Literal {
        start: found.start + offset,
        end: found.start + offset + trimmed.len(),
        ..found
    })
}
