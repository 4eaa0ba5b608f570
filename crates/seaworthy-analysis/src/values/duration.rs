//! Lifetimes as Node's `ms` package and `jsonwebtoken` read them.

/// A lifetime as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duration {
    /// The unit is written: `15m`, `2 days`.
    Exact {
        /// The lifetime in seconds, rounded down.
        seconds: u64,
    },
    /// A bare number. What it means depends on who reads it: `jsonwebtoken`
    /// takes a number for seconds but a numeric *string* (all that an
    /// environment variable can give) for milliseconds; other libraries take
    /// minutes or whatever the variable's name says.
    Bare {
        /// The number.
        number: u64,
    },
}

impl Duration {
    /// The seconds if `unit` (seconds per number, 0 for milliseconds) is what a
    /// bare number counts; `None` for a bare number of unknown unit.
    #[must_use]
    pub const fn seconds(self, unit: Option<u64>) -> Option<u64> {
        match (self, unit) {
            (Duration::Exact { seconds }, _) => Some(seconds),
            (Duration::Bare { number }, Some(0)) => Some(number / 1000),
            (Duration::Bare { number }, Some(unit)) => Some(number.saturating_mul(unit)),
            (Duration::Bare { .. }, None) => None,
        }
    }

    /// The lifetime under the longest usual reading: a bare number counted as
    /// seconds.
    #[must_use]
    pub const fn seconds_at_most(self) -> u64 {
        match self {
            Duration::Exact { seconds } => seconds,
            Duration::Bare { number } => number,
        }
    }
}

/// `PT15M`, `P1DT12H`: days and smaller units of whole numbers, as Java reads
/// them.
fn iso_8601(text: &str) -> Option<u64> {
    let (days, times) = text.strip_prefix('P')?.split_once('T').unwrap_or((&text[1..], ""));
    let mut seconds = 0u64;
    let mut number = String::new();
    for (part, units) in [(days, "WD"), (times, "HMS")] {
        for letter in part.chars() {
            if letter.is_ascii_digit() {
                number.push(letter);
                continue;
            }
            let scale = match letter {
                _ if !units.contains(letter) => return None,
                'W' => 604_800,
                'D' => 86_400,
                'H' => 3_600,
                'M' => 60,
                _ => 1,
            };
            let count: u64 = std::mem::take(&mut number).parse().ok()?;
            seconds = seconds.checked_add(count.checked_mul(scale)?)?;
        }
        if !number.is_empty() {
            return None;
        }
    }
    (text.len() > 2).then_some(seconds)
}

/// Reads a lifetime: a decimal number with an optional unit (`ms`, `s`, `m`,
/// `h`, `d`, `w`, `y` and their long names, in any case), as `ms` does; a
/// product of numbers (`60 * 15`) is a bare number, `PT15M` is ISO 8601. Negative lifetimes are
/// none.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text.len() > 100 {
        return None;
    }
    if text.contains('*') {
        let mut product = 1u64;
        for factor in text.split('*') {
            product = product.checked_mul(factor.trim().parse().ok()?)?;
        }
        return Some(Duration::Bare { number: product });
    }
    if let Some(seconds) = iso_8601(text) {
        return Some(Duration::Exact { seconds });
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().ok().filter(|number: &f64| number.is_finite())?;
    let unit = unit.trim().to_ascii_lowercase();
    let scale = match unit.as_str() {
        "" => return Some(Duration::Bare { number: number as u64 }),
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        "w" | "week" | "weeks" => 604_800.0,
        "mo" | "month" | "months" => 2_629_800.0,
        "y" | "yr" | "yrs" | "year" | "years" => 31_557_600.0,
        _ => return None,
    };
    Some(Duration::Exact { seconds: (number * scale) as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read_as_node_reads_them() {
        let exact = |seconds| Some(Duration::Exact { seconds });
        let bare = |number| Some(Duration::Bare { number });
        let cases = [
            ("15m", exact(900)),
            ("1h", exact(3_600)),
            ("7d", exact(604_800)),
            ("2 days", exact(172_800)),
            ("1.5h", exact(5_400)),
            ("1Y", exact(31_557_600)),
            ("5000ms", exact(5)),
            ("900", bare(900)),
            ("60 * 15", bare(900)),
            ("PT15M", exact(900)),
            ("P1DT12H", exact(129_600)),
            ("PT", None),
            ("P1X", None),
            ("PT1D", None),
            ("never", None),
            ("-1h", None),
            ("", None),
            ("15 parsecs", None),
            ("99999999999999999999 * 9999", None),
        ];
        for (text, want) in cases {
            assert_eq!(parse_duration(text), want, "{text}");
        }
        assert_eq!(Duration::Bare { number: 30 }.seconds(Some(60)), Some(1_800));
        assert_eq!(Duration::Bare { number: 30 }.seconds(None), None);
    }
}
