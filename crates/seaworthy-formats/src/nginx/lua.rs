//! Where a block of Lua ends.

/// The place of the brace that closes the block which starts at `start`, by
/// the lexical rules of Lua: braces in strings and comments do not count.
pub(super) fn closing_brace(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 1_usize;
    let mut pos = start;
    while let Some(&byte) = bytes.get(pos) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(pos);
                }
            }
            b'"' | b'\'' => {
                pos = after_string(bytes, pos);
                continue;
            }
            b'[' => {
                if let Some(end) = after_long_bracket(bytes, pos) {
                    pos = end;
                    continue;
                }
            }
            b'-' if bytes.get(pos + 1) == Some(&b'-') => {
                let body = pos + 2;
                pos = after_long_bracket(bytes, body).unwrap_or_else(|| {
                    memchr::memchr(b'\n', &bytes[body..]).map_or(bytes.len(), |end| body + end)
                });
                continue;
            }
            _ => {}
        }
        pos += 1;
    }
    None
}

/// After the string whose quote stands at `start`; a line's end ends it too.
fn after_string(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let mut pos = start + 1;
    while let Some(&byte) = bytes.get(pos) {
        pos += 1;
        match byte {
            b'\\' => pos += 1,
            b'\n' => break,
            _ if byte == quote => break,
            _ => {}
        }
    }
    pos.min(bytes.len())
}

/// After a long bracket (`[[…]]`, `[==[…]==]`), if one opens at `start`.
fn after_long_bracket(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?.strip_prefix(b"[")?;
    let level = rest.iter().take_while(|&&byte| byte == b'=').count();
    if rest.get(level) != Some(&b'[') {
        return None;
    }
    let body = start + level + 2;
    let mut from = body;
    while let Some(found) = memchr::memchr(b']', &bytes[from..]) {
        let at = from + found + 1;
        let ends = bytes[at..].iter().take_while(|&&byte| byte == b'=').count() == level
            && bytes.get(at + level) == Some(&b']');
        if ends {
            return Some(at + level + 1);
        }
        from = at;
    }
    Some(bytes.len())
}
