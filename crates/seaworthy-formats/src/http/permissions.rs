//! `Permissions-Policy`: a structured dictionary, read lightly.

use seaworthy_model::Region;

/// One feature and who may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionsPolicy {
    /// The features: name, whether it is open to all origins, and its place in
    /// the value.
    pub features: Vec<(String, bool, Region)>,
}

/// Why browsers ignore the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionsError {
    /// There is nothing in it.
    Empty,
    /// The syntax of the former `Feature-Policy` (`camera 'none'`): the whole
    /// header is dropped.
    FeaturePolicySyntax(Region),
    /// An item is not `feature=(…)`, `feature=*` or `feature=self`.
    Malformed(Region),
}

/// Reads a value.
///
/// # Errors
/// When the value is not a dictionary; browsers then drop all of it.
pub fn permissions_policy(value: &str) -> Result<PermissionsPolicy, PermissionsError> {
    let mut features: Vec<(String, bool, Region)> = Vec::new();
    for (item, region) in items(value) {
        if item.is_empty() {
            continue;
        }
        let Some((name, allowed)) = item.split_once('=') else {
            // A bare key is a structured boolean, which no feature is.
            let former = item.contains('\'') || item.contains(';') || item.contains(' ');
            return Err(if former {
                PermissionsError::FeaturePolicySyntax(region)
            } else {
                PermissionsError::Malformed(region)
            });
        };
        let allowed = allowed.split(';').next().unwrap_or("");
        let named = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let closed = allowed.strip_prefix('(').map(|rest| rest.strip_suffix(')'));
        let list = match closed {
            Some(Some(list)) => list,
            Some(None) => return Err(PermissionsError::Malformed(region)),
            None => allowed,
        };
        if list.contains('\'') {
            return Err(PermissionsError::FeaturePolicySyntax(region));
        }
        if !named || name.is_empty() || (closed.is_none() && allowed.is_empty()) {
            return Err(PermissionsError::Malformed(region));
        }
        let open = list.split_ascii_whitespace().any(|origin| origin == "*");
        features.push((name.to_owned(), open, region));
    }
    if features.is_empty() {
        return Err(PermissionsError::Empty);
    }
    Ok(PermissionsPolicy { features })
}

/// The items between commas that stand outside parentheses and quotes.
fn items(value: &str) -> Vec<(&str, Region)> {
    let mut items = Vec::new();
    let (mut start, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    let mut push = |start: usize, end: usize| {
        let piece = &value[start..end];
        let trimmed = piece.trim_matches(super::BLANKS);
        let at = start + (piece.len() - piece.trim_start_matches(super::BLANKS).len());
        items.push((trimmed, Region::new(at, at + trimmed.len())));
    };
    for (index, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                push(start, index);
                start = index + 1;
            }
            _ => {}
        }
    }
    push(start, value.len());
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_with_who_may_use_them() {
        let policy = permissions_policy(
            "camera=(), fullscreen=*, usb=(self \"https://a.example,b\"), gps=self",
        )
        .expect("valid");
        let read: Vec<(&str, bool)> =
            policy.features.iter().map(|(name, open, _)| (name.as_str(), *open)).collect();
        assert_eq!(read, [("camera", false), ("fullscreen", true), ("usb", false), ("gps", false)]);
    }

    #[test]
    fn the_former_syntax_and_damage_are_told_apart() {
        let former = |value: &str| {
            matches!(permissions_policy(value), Err(PermissionsError::FeaturePolicySyntax(_)))
        };
        let malformed =
            |value: &str| matches!(permissions_policy(value), Err(PermissionsError::Malformed(_)));
        assert!(former("camera 'none'; microphone 'none'"));
        assert!(former("geolocation 'self'"));
        assert!(former("camera=('none')"));
        assert!(malformed("camera"));
        assert!(malformed("camera=(self"));
        assert!(malformed("camera="));
        assert_eq!(permissions_policy(" , "), Err(PermissionsError::Empty));
    }
}
