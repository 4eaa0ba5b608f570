//! `Referrer-Policy`: a list of which the last known token counts.

use seaworthy_model::Region;

/// How much a policy gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferrerVerdict {
    /// At most the origin, and that not over plain HTTP.
    Private,
    /// The origin to everyone, or the path within encrypted connections.
    Lax,
    /// The full address to everyone: `unsafe-url`.
    Unsafe,
    /// No known token: the browser's default holds.
    Invalid,
}

/// What the header comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferrerPolicy {
    /// How it is judged.
    pub verdict: ReferrerVerdict,
    /// The token that counts, in the value; the whole value when none does.
    pub region: Region,
}

/// Reads a value.
#[must_use]
pub fn referrer_policy(value: &str) -> ReferrerPolicy {
    let mut policy =
        ReferrerPolicy { verdict: ReferrerVerdict::Invalid, region: Region::new(0, value.len()) };
    for (piece, region) in super::pieces(value, ',') {
        let verdict = match piece.to_ascii_lowercase().as_str() {
            "no-referrer" | "same-origin" | "strict-origin" | "strict-origin-when-cross-origin" => {
                ReferrerVerdict::Private
            }
            "origin" | "origin-when-cross-origin" | "no-referrer-when-downgrade" => {
                ReferrerVerdict::Lax
            }
            "unsafe-url" => ReferrerVerdict::Unsafe,
            _ => continue,
        };
        policy = ReferrerPolicy { verdict, region };
    }
    policy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_known_token_counts() {
        let cases = [
            ("no-referrer", ReferrerVerdict::Private, "no-referrer"),
            ("Origin", ReferrerVerdict::Lax, "Origin"),
            ("unsafe-url, strict-origin", ReferrerVerdict::Private, "strict-origin"),
            ("same-origin, unsafe-url, later-word", ReferrerVerdict::Unsafe, "unsafe-url"),
            ("no-referrer-when-downgrade", ReferrerVerdict::Lax, "no-referrer-when-downgrade"),
            ("never", ReferrerVerdict::Invalid, "never"),
            ("", ReferrerVerdict::Invalid, ""),
        ];
        for (value, verdict, token) in cases {
            let policy = referrer_policy(value);
            assert_eq!((policy.verdict, policy.region.of(value)), (verdict, token), "{value}");
        }
    }
}
