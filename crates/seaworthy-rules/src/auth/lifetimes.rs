//! How long the tokens live that a setting speaks of.

use seaworthy_analysis::Context;
use seaworthy_analysis::joined::{Definition, Written};
use seaworthy_analysis::names::{TokenUse, expiry_of};
use seaworthy_analysis::values::{Duration, parse_duration};

const DAY: u64 = 86_400;

/// A lifetime of tokens as set somewhere that may be production.
pub(super) struct Lifetime<'s> {
    pub(super) definition: &'s Definition,
    /// The lifetime in seconds.
    pub(super) seconds: u64,
    /// Whether the value is written with its unit (`7d`), so that another can
    /// be put in its place.
    pub(super) has_unit: bool,
}

/// The lifetimes of tokens of this use.
pub(super) fn lifetimes<'s>(
    cx: &Context<'s>,
    of: TokenUse,
) -> impl Iterator<Item = Lifetime<'s>> + use<'s> {
    cx.joined().definitions().iter().filter_map(move |definition| {
        let (token_use, unit) = expiry_of(&definition.name)?;
        if token_use != of
            || definition.overridden
            || !definition.may_be_production()
            || !matches!(definition.written, Written::Literal | Written::Default { .. })
        {
            return None;
        }
        let duration = parse_duration(definition.value.reveal())?;
        let seconds = match duration {
            Duration::Bare { number } => duration.seconds(unit).unwrap_or_else(|| guessed(number)),
            Duration::Exact { seconds } => seconds,
        };
        let has_unit = matches!(duration, Duration::Exact { .. });
        Some(Lifetime { definition, seconds, has_unit })
    })
}

/// The seconds that a bare number most likely stands for. Most programs count
/// seconds; a number too large for that, or one that is whole minutes only in
/// milliseconds, counts those.
fn guessed(number: u64) -> u64 {
    let whole_days = number.is_multiple_of(DAY);
    let milliseconds =
        number > 400 * DAY || (number > 5 * DAY && !whole_days && number.is_multiple_of(60_000));
    if milliseconds { number / 1000 } else { number }
}

/// A lifetime for people: `7 days`, `90 minutes`.
pub(super) fn spoken(seconds: u64) -> String {
    let (number, unit) = [(DAY, "day"), (3_600, "hour"), (60, "minute")]
        .into_iter()
        .find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length))
        .map_or((seconds, "second"), |(length, unit)| (seconds / length, unit));
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_numbers_are_read_as_most_programs_do() {
        let cases = [
            (900, 900),
            (86_400, 86_400),
            (604_800, 604_800),
            (2_592_000, 2_592_000),
            (900_000, 900),
            (3_600_000, 3_600),
            (604_800_000, 604_800),
        ];
        for (number, want) in cases {
            assert_eq!(guessed(number), want, "{number}");
        }
    }

    #[test]
    fn lifetimes_are_spoken_in_their_largest_whole_unit() {
        let cases =
            [(604_800, "7 days"), (3_600, "1 hour"), (5_400, "90 minutes"), (61, "61 seconds")];
        for (seconds, want) in cases {
            assert_eq!(spoken(seconds), want);
        }
    }
}
