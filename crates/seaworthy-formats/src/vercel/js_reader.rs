//! The reader of JavaScript's regular expressions: checks the grammar of Annex B
//! and translates in one pass, without recursion.

use std::fmt::Write as _;

/// Nested groups beyond this are not translated.
const MAX_DEPTH: usize = 48;
/// Atoms, counted repetitions expanded, beyond this are not translated.
const MAX_WEIGHT: usize = 10_000;
/// Longer patterns are not translated; Vercel's own limit is 4096.
const MAX_LENGTH: usize = 32 * 1024;
const WORD: &str = "A-Za-z0-9_";
const SPACE: &str = r"\x{9}-\x{d}\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";

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

/// Reads a pattern by JavaScript's grammar and writes it anew for our engine.
pub(super) struct Reader {
    chars: Vec<char>,
    at: usize,
    /// The pattern for our engine.
    pub(super) out: String,
    /// Whether `out` means the same as the pattern.
    pub(super) translatable: bool,
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
    pub(super) fn new(source: &str, fold: bool) -> Self {
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

    /// Reads the whole pattern; an error when `new RegExp` would throw.
    pub(super) fn read(&mut self) -> Result<(), &'static str> {
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
