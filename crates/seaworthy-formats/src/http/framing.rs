//! `X-Frame-Options`, as browsers read it.

/// What the value comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameOptions {
    /// No framing at all.
    Deny,
    /// Framing by the same origin only.
    SameOrigin,
    /// `ALLOW-FROM`: no browser heeds it any more, so nothing is protected.
    AllowFrom,
    /// `DENY, SAMEORIGIN` and the like: browsers block framing, but the author
    /// or two layers contradict each other.
    Conflict,
    /// Ignored by browsers.
    Invalid,
}

impl FrameOptions {
    /// Whether framing by other origins is prevented.
    #[must_use]
    pub fn protects(self) -> bool {
        matches!(self, FrameOptions::Deny | FrameOptions::SameOrigin | FrameOptions::Conflict)
    }
}

/// Reads a value. A repeated equal value counts once, as in the HTML standard.
#[must_use]
pub fn frame_options(value: &str) -> FrameOptions {
    let mut found: Option<FrameOptions> = None;
    let mut conflict = false;
    for (piece, _) in super::pieces(value, ',') {
        let lower = piece.to_ascii_lowercase();
        let option = match lower.as_str() {
            "deny" => FrameOptions::Deny,
            "sameorigin" => FrameOptions::SameOrigin,
            _ if lower == "allow-from" || lower.starts_with("allow-from ") => {
                FrameOptions::AllowFrom
            }
            _ => FrameOptions::Invalid,
        };
        conflict |= found.is_some_and(|known| known != option);
        found = Some(match found {
            Some(known) if known.protects() => known,
            _ => option,
        });
    }
    match found {
        Some(known) if conflict && known.protects() => FrameOptions::Conflict,
        Some(known) => known,
        None => FrameOptions::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_browsers_do() {
        let cases = [
            ("DENY", FrameOptions::Deny),
            (" sameorigin ", FrameOptions::SameOrigin),
            ("SAMEORIGIN, sameorigin", FrameOptions::SameOrigin),
            ("DENY, SAMEORIGIN", FrameOptions::Conflict),
            ("ALLOW-FROM https://shop.example", FrameOptions::AllowFrom),
            ("same-origin", FrameOptions::Invalid),
            ("", FrameOptions::Invalid),
            ("ALLOWALL", FrameOptions::Invalid),
            ("\"DENY\"", FrameOptions::Invalid),
        ];
        for (value, expected) in cases {
            assert_eq!(frame_options(value), expected, "{value}");
        }
    }
}
