//! What a commit object says.

use gix_hash::ObjectId;

/// A commit, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) tree: ObjectId,
    pub(crate) parents: Vec<ObjectId>,
    /// When it was written, by the author's clock.
    pub(crate) authored: Date,
    /// Seconds since 1970 at which it was made.
    pub(crate) committed: i64,
}

/// A moment with the offset of the clock that told it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Date {
    seconds: i64,
    offset: i64,
}

/// More parents than any commit has.
const MAX_PARENTS: usize = 1_000;

impl Commit {
    /// Reads a commit object; `None` when it is none. Dates that make no sense are
    /// 1970.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = bytes.split(|&byte| byte == b'\n');
        let id = |line: &[u8], key: &[u8]| {
            line.strip_prefix(key).and_then(|hex| ObjectId::from_hex(hex).ok())
        };
        let tree = id(lines.next()?, b"tree ")?;
        let mut parents = Vec::new();
        let mut authored = Date::default();
        for line in lines {
            if let Some(parent) = id(line, b"parent ") {
                if parents.len() < MAX_PARENTS {
                    parents.push(parent);
                }
            } else if line.starts_with(b"author ") {
                authored = Date::at_end_of(line).unwrap_or_default();
            } else {
                let committed = line.starts_with(b"committer ").then(|| Date::at_end_of(line));
                let committed = committed.flatten().unwrap_or_default().seconds;
                return Some(Self { tree, parents, authored, committed });
            }
        }
        Some(Self { tree, parents, authored, committed: 0 })
    }
}

impl Date {
    /// `… 1700000000 +0130`
    fn at_end_of(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line.get(line.len().saturating_sub(40)..)?).ok();
        // A name that is not ASCII may be cut in two.
        let text = text.or_else(|| std::str::from_utf8(&line[line.len() - 20..]).ok())?;
        let (before, zone) = text.rsplit_once(' ')?;
        let seconds: i64 = before.rsplit_once(' ').map_or(before, |(_, last)| last).parse().ok()?;
        let zone: i64 = zone.parse().ok()?;
        let offset = (zone / 100).clamp(-24, 24) * 3600 + (zone % 100) * 60;
        // The year 9999.
        Some(Self { seconds: seconds.clamp(0, 253_402_300_799 - 100_000), offset })
    }
}

impl std::fmt::Display for Date {
    /// The day, as `2024-03-01`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let days = (self.seconds + self.offset).div_euclid(86_400);
        // Days are counted from March of the year 0, in eras of 400 years.
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_author() {
        let cases = [
            ("A <a@b> 0 +0000", "1970-01-01"),
            ("A <a@b> 1709164800 +0000", "2024-02-29"),
            ("A <a@b> 1709251199 +0000", "2024-02-29"),
            ("A <a@b> 1709251199 +0100", "2024-03-01"),
            ("A <a@b> 1709251200 -0030", "2024-02-29"),
            ("A <a@b> 1735689599 +0000", "2024-12-31"),
            ("Ünï Cödé Ünï Cödé <a@b> 951782400 +0000", "2000-02-29"),
            ("A <a@b> 99999999999999 +0000", "9999-12-30"),
            ("A <a@b> 1700000000 +9999900", "2023-11-15"),
        ];
        for (line, want) in cases {
            let date = Date::at_end_of(format!("author {line}").as_bytes()).expect("a date");
            assert_eq!(date.to_string(), want, "{line}");
        }
    }

    #[test]
    fn commits_are_read_and_other_things_are_not() {
        let (a, b, c) = ("1".repeat(40), "2".repeat(40), "3".repeat(40));
        let text = format!(
            "tree {a}\nparent {b}\nparent {c}\nauthor A <a> 86400 +0000\ncommitter B <b> 5 +0000\n\
             gpgsig parent {b}\n\nparent {b}\n"
        );
        let commit = Commit::parse(text.as_bytes()).expect("a commit");
        assert_eq!(commit.parents.len(), 2);
        assert_eq!((commit.committed, commit.authored.to_string().as_str()), (5, "1970-01-02"));
        for bad in ["", "tree 12\n", "blob", "parent x"] {
            assert_eq!(Commit::parse(bad.as_bytes()), None, "{bad}");
        }
        let bare = Commit::parse(format!("tree {a}\n\n").as_bytes()).expect("a commit");
        assert_eq!((bare.parents.len(), bare.committed), (0, 0));
    }
}
