//! Regular expressions as JavaScript reads them (without the `u` flag).
//!
//! Vercel hands the text of `source`, `src` and of conditions to `new RegExp`.
//! What that accepts, refuses and matches differs from Rust's engines in many
//! small ways, so the text is checked by JavaScript's grammar (with Annex B) and
//! translated. A pattern that is valid but cannot be decided here, for instance
//! with a back reference, answers [`Match::Unknown`].

use std::fmt;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// Whether something matches, as far as that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It cannot be told here: the pattern is too large, too slow or uses what
    /// only JavaScript's engine has.
    Unknown,
}

impl Match {
    /// Whether it certainly matches.
    #[must_use]
    pub fn is_yes(self) -> bool {
        self == Match::Yes
    }

    /// `Yes` if either is, else `Unknown` if either is.
    #[must_use]
    pub fn or(self, other: impl FnOnce() -> Match) -> Match {
        match self {
            Match::Yes => Match::Yes,
            Match::No => other(),
            Match::Unknown => match other() {
                Match::Yes => Match::Yes,
                Match::No | Match::Unknown => Match::Unknown,
            },
        }
    }
}

/// Nested groups beyond this are not translated.
const MAX_DEPTH: usize = 48;
/// Atoms, counted repetitions expanded, beyond this are not translated.
const MAX_WEIGHT: usize = 10_000;
/// Longer patterns are not translated; Vercel's own limit is 4096.
const MAX_LENGTH: usize = 32 * 1024;
/// Longer subjects are not matched.
const MAX_SUBJECT: usize = 16 * 1024;
/// Steps back before a match is given up.
const BACKTRACK_LIMIT: usize = 50_000;
/// Bytes one compiled part may take.
const SIZE_LIMIT: usize = 1 << 20;

const WORD: &str = "A-Za-z0-9_";
const SPACE: &str = r"\x{9}-\x{d}\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";

/// A regular expression with JavaScript's syntax and meaning, compiled when it
/// is first used.
pub struct JsRegex {
    source: Box<str>,
    /// Whether our engine can be given the pattern.
    translatable: bool,
    sensitive: OnceLock<Option<fancy_regex::Regex>>,
    insensitive: OnceLock<Option<fancy_regex::Regex>>,
}

impl fmt::Debug for JsRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsRegex").field(&self.source).finish()
    }
}

impl Clone for JsRegex {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            translatable: self.translatable,
            sensitive: OnceLock::new(),
            insensitive: OnceLock::new(),
        }
    }
}

impl PartialEq for JsRegex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl JsRegex {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What `new RegExp` would refuse, in a few words.
    pub fn new(source: &str) -> Result<Self, &'static str> {
        let mut reader = Reader::new(source, false);
        reader.read()?;
        Ok(Self {
            source: source.into(),
            translatable: reader.translatable,
            sensitive: OnceLock::new(),
            insensitive: OnceLock::new(),
        })
    }

    /// The pattern as given.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the pattern occurs in `subject`, letter case counting.
    #[must_use]
    pub fn find(&self, subject: &str) -> Match {
        self.run(&self.sensitive, false, subject)
    }

    /// Whether the pattern occurs in `subject`, as with the flag `i`.
    #[must_use]
    pub fn find_ignoring_case(&self, subject: &str) -> Match {
        self.run(&self.insensitive, true, subject)
    }

    fn run(&self, cell: &OnceLock<Option<fancy_regex::Regex>>, fold: bool, subject: &str) -> Match {
        let regex = cell.get_or_init(|| {
            if !self.translatable {
                return None;
            }
            let mut reader = Reader::new(&self.source, fold);
            reader.read().ok()?;
            fancy_regex::RegexBuilder::new(&reader.out)
                .backtrack_limit(BACKTRACK_LIMIT)
                .delegate_size_limit(SIZE_LIMIT)
                .delegate_dfa_size_limit(SIZE_LIMIT)
                .build()
                .ok()
        });
        match regex {
            Some(regex) if subject.len() <= MAX_SUBJECT => match regex.is_match(subject) {
                Ok(true) => Match::Yes,
                Ok(false) => Match::No,
                Err(_) => Match::Unknown,
            },
            _ => Match::Unknown,
        }
    }
}

/// What the last thing read was, to know whether it may be repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Atom,
    /// `^`, `$`, `\b`, a lookbehind: may not be repeated.
    Assertion,
}

struct Group {
    quantifiable: bool,
    /// The weight of what came before the group in its parent.
    weight_before: usize,
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    out: String,
    translatable: bool,
    groups: Vec<Group>,
    captures: usize,
    names: Vec<String>,
    /// The weight of the open group so far, and of the last atom.
    weight: usize,
    last_weight: usize,
    last: Last,
    /// Whether letter case is ignored. Done here, for our engine's own folding
    /// needs Unicode tables and differs from JavaScript's.
    fold: bool,
}

/// A member of a class.
enum Member {
    Char(u32),
    Set,
}

impl Reader {
    fn new(source: &str, fold: bool) -> Self {
        let mut reader = Self {
            chars: source.chars().collect(),
            at: 0,
            out: String::new(),
            translatable: source.len() <= MAX_LENGTH,
            groups: Vec::new(),
            captures: 0,
            names: Vec::new(),
            weight: 0,
            last_weight: 0,
            last: Last::Nothing,
            fold,
        };
        reader.count_captures();
        reader
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = wanted.chars().enumerate().all(|(index, c)| self.peek(index) == Some(c));
        if found {
            self.at += wanted.chars().count();
        }
        found
    }

    /// Counts the capturing groups beforehand: whether `\3` is a reference and
    /// `\k` a name depends on groups that may come later.
    fn count_captures(&mut self) {
        let mut in_class = false;
        let mut index = 0;
        while let Some(&c) = self.chars.get(index) {
            match c {
                '\\' => index += 1,
                '[' => in_class = true,
                ']' => in_class = false,
                '(' if !in_class => {
                    let next = |by: usize| self.chars.get(index + by).copied();
                    let named = next(2) == Some('<') && !matches!(next(3), Some('=' | '!'));
                    if next(1) != Some('?') {
                        self.captures += 1;
                    } else if named {
                        self.captures += 1;
                        let name: String =
                            self.chars[index + 3..].iter().take_while(|c| **c != '>').collect();
                        self.names.push(name);
                    }
                }
                _ => {}
            }
            index += 1;
        }
    }

    fn read(&mut self) -> Result<(), &'static str> {
        self.check_names()?;
        while let Some(c) = self.peek(0) {
            match c {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.at += 1;
                    self.out.push('|');
                    self.last = Last::Nothing;
                }
                '^' | '$' => {
                    self.at += 1;
                    self.out.push_str(if c == '^' { r"\A" } else { r"\z" });
                    self.last = Last::Assertion;
                }
                '.' => {
                    self.at += 1;
                    self.atom(r"[^\x{a}\x{d}\x{2028}\x{2029}]");
                }
                '[' => self.class()?,
                '\\' => self.escape()?,
                '*' | '+' | '?' => {
                    self.at += 1;
                    let most = if c == '?' { 1 } else { 2 };
                    self.quantify(&c.to_string(), most)?;
                }
                '{' => self.brace()?,
                _ => {
                    self.at += 1;
                    self.literal(c as u32);
                }
            }
        }
        if self.groups.is_empty() { Ok(()) } else { Err("unterminated group") }
    }

    fn check_names(&self) -> Result<(), &'static str> {
        let mut seen = std::collections::HashSet::new();
        for name in &self.names {
            let mut chars = name.chars();
            let starts = chars.next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '$'));
            if !starts || !chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) {
                return Err("invalid capture group name");
            }
            if !seen.insert(name.as_str()) {
                return Err("duplicate capture group name");
            }
        }
        Ok(())
    }

    fn atom(&mut self, text: &str) {
        self.out.push_str(text);
        self.last = Last::Atom;
        self.last_weight = 1;
        self.add_weight(1);
    }

    fn add_weight(&mut self, weight: usize) {
        self.weight = self.weight.saturating_add(weight);
        if self.weight > MAX_WEIGHT {
            self.translatable = false;
        }
    }

    fn literal(&mut self, code: u32) {
        let mut text = self.escaped(code);
        if let Some(other) = self.other_case(code) {
            text = format!("[{text}{}]", self.escaped(other));
        }
        self.atom(&text);
    }

    /// The same letter in the other case, when case is ignored.
    fn other_case(&self, code: u32) -> Option<u32> {
        let c = char::from_u32(code).filter(|_| self.fold)?;
        let single = |mut chars: Box<dyn Iterator<Item = char>>| match (chars.next(), chars.next())
        {
            (Some(only), None) if only != c => Some(only as u32),
            _ => None,
        };
        single(Box::new(c.to_uppercase())).or_else(|| single(Box::new(c.to_lowercase())))
    }

    /// Adds a class member with its other case.
    fn add_member(&mut self, code: u32, members: &mut String) {
        let text = self.escaped(code);
        members.push_str(&text);
        if let Some(other) = self.other_case(code) {
            let text = self.escaped(other);
            members.push_str(&text);
        }
    }

    /// Adds a class range; of ranges the ASCII letters are folded.
    fn add_range(&mut self, low: u32, high: u32, members: &mut String) {
        let (first, last) = (self.escaped(low), self.escaped(high));
        let _ = write!(members, "{first}-{last}");
        if !self.fold {
            return;
        }
        for (start, end, shift) in [('A', 'Z', 32_i64), ('a', 'z', -32)] {
            let (start, end) = (low.max(start as u32), high.min(end as u32));
            if start <= end {
                let moved = |code: u32| u32::try_from(i64::from(code) + shift).unwrap_or(code);
                let (first, last) = (self.escaped(moved(start)), self.escaped(moved(end)));
                let _ = write!(members, "{first}-{last}");
            }
        }
    }

    /// A character in our engine's notation; a half of a surrogate pair has none.
    fn escaped(&mut self, code: u32) -> String {
        match char::from_u32(code) {
            Some(c) if c.is_ascii_alphanumeric() => c.to_string(),
            Some(_) => format!("\\x{{{code:x}}}"),
            None => {
                self.translatable = false;
                "x".to_owned()
            }
        }
    }

    fn open(&mut self) -> Result<(), &'static str> {
        let (text, quantifiable) = if self.eat("(?:") {
            ("(?:", true)
        } else if self.eat("(?=") {
            ("(?=", true)
        } else if self.eat("(?!") {
            ("(?!", true)
        } else if self.eat("(?<=") {
            ("(?<=", false)
        } else if self.eat("(?<!") {
            ("(?<!", false)
        } else if self.eat("(?<") {
            while self.peek(0).is_some_and(|c| c != '>') {
                self.at += 1;
            }
            if self.peek(0).is_none() {
                return Err("invalid capture group name");
            }
            self.at += 1;
            ("(?:", true)
        } else if self.eat("(?") {
            return Err("invalid group");
        } else {
            self.at += 1;
            ("(?:", true)
        };
        self.out.push_str(text);
        self.groups.push(Group { quantifiable, weight_before: self.weight });
        if self.groups.len() > MAX_DEPTH {
            self.translatable = false;
        }
        self.weight = 0;
        self.last = Last::Nothing;
        Ok(())
    }

    fn close(&mut self) -> Result<(), &'static str> {
        self.at += 1;
        let group = self.groups.pop().ok_or("unmatched ')'")?;
        self.out.push(')');
        self.last_weight = self.weight.saturating_add(1);
        self.weight = group.weight_before;
        self.add_weight(self.last_weight);
        self.last = if group.quantifiable { Last::Atom } else { Last::Assertion };
        Ok(())
    }

    fn quantify(&mut self, text: &str, most: usize) -> Result<(), &'static str> {
        if self.last != Last::Atom {
            return Err("nothing to repeat");
        }
        self.out.push_str(text);
        self.add_weight(self.last_weight.saturating_mul(most.saturating_sub(1)));
        if self.peek(0) == Some('?') {
            self.at += 1;
            self.out.push('?');
        }
        self.last = Last::Nothing;
        Ok(())
    }

    /// `{2}`, `{2,}`, `{2,5}`; any other brace stands for itself.
    fn brace(&mut self) -> Result<(), &'static str> {
        let digits = |from: usize| {
            self.chars[from..].iter().take_while(|c| c.is_ascii_digit()).collect::<String>()
        };
        let least = digits(self.at + 1);
        let mut end = self.at + 1 + least.len();
        let mut most = None;
        if !least.is_empty() && self.chars.get(end) == Some(&',') {
            let text = digits(end + 1);
            end += 1 + text.len();
            most = Some(text);
        }
        if least.is_empty() || self.chars.get(end) != Some(&'}') {
            self.at += 1;
            self.literal('{' as u32);
            return Ok(());
        }
        self.at = end + 1;
        let number = |text: &str| text.parse::<usize>().unwrap_or(usize::MAX);
        let low = number(&least);
        let (text, high) = match most.as_deref() {
            None => (format!("{{{low}}}"), low),
            Some("") => (format!("{{{low},}}"), low.saturating_add(1)),
            Some(most) => {
                let high = number(most);
                if high < low {
                    return Err("numbers out of order in quantifier");
                }
                (format!("{{{low},{high}}}"), high)
            }
        };
        self.quantify(&text, high.max(1))
    }

    fn escape(&mut self) -> Result<(), &'static str> {
        self.at += 1;
        let Some(c) = self.peek(0) else { return Err("\\ at end of pattern") };
        match c {
            'b' | 'B' => {
                self.at += 1;
                let inside = format!("(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}])");
                let edge = format!("(?<![{WORD}])(?=[{WORD}])|(?<=[{WORD}])(?![{WORD}])");
                let _ = write!(self.out, "(?:{})", if c == 'b' { edge } else { inside });
                self.last = Last::Assertion;
            }
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => {
                self.at += 1;
                self.atom(&set(c));
            }
            'k' if !self.names.is_empty() => {
                self.at += 1;
                if !self.eat("<") {
                    return Err("invalid named reference");
                }
                let name: String =
                    self.chars[self.at..].iter().take_while(|c| **c != '>').collect();
                self.at += name.chars().count() + 1;
                if !self.names.contains(&name) {
                    return Err("invalid named reference");
                }
                self.translatable = false;
                self.atom("x");
            }
            '1'..='9' if self.is_back_reference() => {
                while self.peek(0).is_some_and(|c| c.is_ascii_digit()) {
                    self.at += 1;
                }
                self.translatable = false;
                self.atom("x");
            }
            _ => {
                let code = self.character_escape(false);
                self.literal(code);
            }
        }
        Ok(())
    }

    fn is_back_reference(&self) -> bool {
        let digits: String =
            self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit()).take(9).collect();
        digits.parse::<usize>().is_ok_and(|number| number <= self.captures)
    }

    /// The character that the escape after a backslash stands for.
    fn character_escape(&mut self, in_class: bool) -> u32 {
        let Some(c) = self.peek(0) else { return '\\' as u32 };
        self.at += 1;
        match c {
            't' => 9,
            'n' => 10,
            'v' => 11,
            'f' => 12,
            'r' => 13,
            'c' => match self.peek(0) {
                Some(letter)
                    if letter.is_ascii_alphabetic()
                        || (in_class && (letter.is_ascii_digit() || letter == '_')) =>
                {
                    self.at += 1;
                    letter as u32 % 32
                }
                _ => {
                    // The backslash stands for itself and `c` is read anew.
                    self.at -= 1;
                    '\\' as u32
                }
            },
            'x' => self.hex(2).unwrap_or('x' as u32),
            'u' => self.hex(4).unwrap_or('u' as u32),
            '0'..='7' => {
                let mut value = c as u32 - '0' as u32;
                for _ in 0..2 {
                    match self.peek(0).and_then(|c| c.to_digit(8)) {
                        Some(digit) if value * 8 + digit <= 0o377 => {
                            value = value * 8 + digit;
                            self.at += 1;
                        }
                        _ => break,
                    }
                }
                value
            }
            _ => c as u32,
        }
    }

    fn hex(&mut self, length: usize) -> Option<u32> {
        let mut value = 0;
        for ahead in 0..length {
            value = value * 16 + self.peek(ahead)?.to_digit(16)?;
        }
        self.at += length;
        Some(value)
    }

    fn class(&mut self) -> Result<(), &'static str> {
        self.at += 1;
        let negated = self.eat("^");
        let mut members = String::new();
        loop {
            match self.peek(0) {
                None => return Err("unterminated character class"),
                Some(']') => {
                    self.at += 1;
                    break;
                }
                Some(_) => {}
            }
            let low = self.class_member(&mut members)?;
            let ranges = self.peek(0) == Some('-') && !matches!(self.peek(1), None | Some(']'));
            if !ranges {
                if let Member::Char(code) = low {
                    self.add_member(code, &mut members);
                }
                continue;
            }
            self.at += 1;
            let high = self.class_member(&mut members)?;
            match (low, high) {
                (Member::Char(low), Member::Char(high)) => {
                    if low > high {
                        return Err("range out of order in character class");
                    }
                    self.add_range(low, high, &mut members);
                }
                // Annex B: with a set at an end the hyphen is itself.
                (low, high) => {
                    members.push_str("\\x{2d}");
                    for member in [low, high] {
                        if let Member::Char(code) = member {
                            self.add_member(code, &mut members);
                        }
                    }
                }
            }
        }
        match (negated, members.is_empty()) {
            (true, true) => self.atom(r"(?s:.)"),
            (false, true) => self.atom("(?!)"),
            (true, false) => self.atom(&format!("[^{members}]")),
            (false, false) => self.atom(&format!("[{members}]")),
        }
        Ok(())
    }

    /// Reads one member; a set is written to `members` at once.
    fn class_member(&mut self, members: &mut String) -> Result<Member, &'static str> {
        let Some(c) = self.peek(0) else { return Err("unterminated character class") };
        self.at += 1;
        if c != '\\' {
            return Ok(Member::Char(c as u32));
        }
        match self.peek(0) {
            None => Err("\\ at end of pattern"),
            Some('b') => {
                self.at += 1;
                Ok(Member::Char(8))
            }
            Some(kind @ ('d' | 'D' | 'w' | 'W' | 's' | 'S')) => {
                self.at += 1;
                members.push_str(&set(kind));
                Ok(Member::Set)
            }
            Some('k') if !self.names.is_empty() => Err("invalid escape"),
            Some(_) => Ok(Member::Char(self.character_escape(true))),
        }
    }
}

fn set(kind: char) -> String {
    let (negated, members) = match kind {
        'd' => ("", "0-9"),
        'D' => ("^", "0-9"),
        'w' => ("", WORD),
        'W' => ("^", WORD),
        's' => ("", SPACE),
        _ => ("^", SPACE),
    };
    format!("[{negated}{members}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_is_judged_as_new_regexp_does() {
        let cases = [
            ("", true),
            ("a|", true),
            ("/(.*)", true),
            ("/(", false),
            ("/)", false),
            ("*", false),
            ("a**", false),
            ("a+?", true),
            ("a+??", false),
            ("^*", false),
            ("(?=a)*", true),
            ("(?<=a)*", false),
            ("a{2,1}", false),
            ("a{1,2}", true),
            ("{2}", false),
            ("{a}", true),
            ("a{,2}", true),
            ("]}", true),
            ("[", false),
            ("[]", true),
            ("[z-a]", false),
            ("[\\w-a]", true),
            ("a\\", false),
            ("(?x)", false),
            ("(?<n>a)\\k<n>", true),
            ("(?<n>a)\\k<m>", false),
            ("\\k<m>", true),
            ("(?<n>a)(?<n>b)", false),
            ("(?<1>a)", false),
            ("(?<n", false),
        ];
        for (pattern, valid) in cases {
            assert_eq!(JsRegex::new(pattern).is_ok(), valid, "{pattern}");
        }
    }

    #[test]
    fn meaning_is_that_of_javascript() {
        let cases = [
            ("^a.c$", "abc", Match::Yes),
            ("^a.c$", "a\nc", Match::No),
            ("^a$", "a\n", Match::No),
            ("^[^/]+?$", "é/", Match::No),
            ("^\\d$", "٣", Match::No),
            ("^\\w+$", "naïve", Match::No),
            ("\\bfoo\\b", "a foo b", Match::Yes),
            ("\\bfoo\\b", "afoo", Match::No),
            ("^[&&a]$", "&", Match::Yes),
            ("^[[a]$", "[", Match::Yes),
            ("^[a-\\d]$", "-", Match::Yes),
            ("^[\\b]$", "\u{8}", Match::Yes),
            ("^[^]$", "\n", Match::Yes),
            ("[]", "a", Match::No),
            ("^{,2}$", "{,2}", Match::Yes),
            ("^\\x41\\u0042\\103$", "ABC", Match::Yes),
            ("^\\q\\-$", "q-", Match::Yes),
            ("^(?!api/).*$", "api/x", Match::No),
            ("^(?<!x)y$", "y", Match::Yes),
            ("^(a)\\1$", "aa", Match::Unknown),
            ("^(a)\\2$", "a\u{2}", Match::Yes),
        ];
        for (pattern, subject, expected) in cases {
            let regex = JsRegex::new(pattern).expect(pattern);
            assert_eq!(regex.find(subject), expected, "{pattern} on {subject:?}");
        }
    }

    #[test]
    fn letter_case_counts_only_when_asked() {
        let cases = [
            ("^/About$", "/aBOUT", Match::Yes),
            ("^[a-f]+$", "ABC", Match::Yes),
            ("^É$", "é", Match::Yes),
            ("^[X-b]$", "B", Match::Yes),
            ("^[0-9]$", "a", Match::No),
        ];
        for (pattern, subject, expected) in cases {
            let regex = JsRegex::new(pattern).expect(pattern);
            assert_eq!(regex.find_ignoring_case(subject), expected, "{pattern} on {subject}");
            assert_eq!(regex.find(subject), Match::No, "{pattern} on {subject}, case counting");
        }
    }

    #[test]
    fn hostile_patterns_neither_panic_nor_hang() {
        let subject = "a".repeat(5000);
        let patterns = [
            "(".repeat(10_000),
            format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000)),
            format!("{}a{}", "(?=".repeat(5_000), ")".repeat(5_000)),
            "((a{1000}){1000}){1000}".to_owned(),
            "(?:(?=a){900}){900}".to_owned(),
            "(?=.)(a+)+$b".to_owned(),
            "^(?=(a|aa)+)(a|a)*b".to_owned(),
            "[".repeat(10_000),
            "a{99999999999999999999}".to_owned(),
            "\\b".repeat(3_000),
            "(?:a?)".repeat(3_000) + &"a".repeat(3_000),
        ];
        let start = std::time::Instant::now();
        for pattern in &patterns {
            if let Ok(regex) = JsRegex::new(pattern) {
                let _ = regex.find(&subject);
                let _ = regex.find_ignoring_case("");
            }
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
