//! The language of paths that `select` takes: `services.*.ports[*]`.
//!
//! A path becomes a list of steps and is followed with a set of the steps that may
//! come next, so that `**` costs no more than walking the tree once, and no node
//! is found twice.

/// The most steps; a set of them is the bits of one number.
const MAX_STEPS: usize = 60;

/// The bytes of the longest path.
const LONGEST: usize = 4_096;

/// A path, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    AnyKey,
    /// Any number of keys and items, none included.
    Anything,
    Item(usize),
    AnyItem,
}

/// The steps that may come next: bit `n` stands for step `n`, the bit after the
/// last step for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Front(u64);

impl Front {
    /// Whether nothing below can be reached.
    pub(super) const fn is_dead(self) -> bool {
        self.0 == 0
    }
}

impl Path {
    /// Reads a path; `None` when it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut steps = Vec::new();
        let mut rest = text;
        // An item may stand at the start and behind a segment, a key only at the
        // start or behind a dot.
        let mut key_due = !rest.is_empty() && !rest.starts_with('[');
        while !rest.is_empty() || key_due {
            if steps.len() == MAX_STEPS {
                return None;
            }
            let (step, after) = if key_due { segment(rest)? } else { item(rest)? };
            steps.push(step);
            (key_due, rest) = match after.strip_prefix('.') {
                Some(after) => (true, after),
                None => (false, after),
            };
        }
        Some(Self { steps })
    }

    /// Where following it begins.
    pub(super) fn start(&self) -> Front {
        self.settle(Front(1))
    }

    /// Whether it ends here.
    pub(super) fn ends(&self, front: Front) -> bool {
        front.0 & (1 << self.steps.len()) != 0
    }

    /// The front behind an entry of a mapping; a key that is no scalar has no text.
    pub(super) fn enter(&self, front: Front, key: Option<&str>) -> Front {
        self.advance(front, |step| match step {
            Step::Key(wanted) => key == Some(wanted),
            Step::AnyKey => true,
            _ => false,
        })
    }

    /// The front behind an item of a list.
    pub(super) fn enter_item(&self, front: Front, index: usize) -> Front {
        self.advance(front, |step| match step {
            Step::Item(wanted) => index == *wanted,
            Step::AnyItem => true,
            _ => false,
        })
    }

    /// The only key that leads on from here, if it is but one: then the others need
    /// not be looked at.
    pub(super) fn only_key(&self, front: Front) -> Option<&str> {
        let next = front.0.trailing_zeros() as usize;
        if front.0.count_ones() != 1 {
            return None;
        }
        match self.steps.get(next) {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    fn advance(&self, front: Front, takes: impl Fn(&Step) -> bool) -> Front {
        let mut next = 0;
        let mut bits = front.0;
        while bits != 0 {
            let index = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            match self.steps.get(index) {
                Some(Step::Anything) => next |= 1 << index,
                Some(step) if takes(step) => next |= 1 << (index + 1),
                _ => {}
            }
        }
        self.settle(Front(next))
    }

    /// Adds what may come next because a `**` may stand for nothing.
    fn settle(&self, front: Front) -> Front {
        let mut bits = front.0;
        for (index, step) in self.steps.iter().enumerate() {
            if *step == Step::Anything && bits & (1 << index) != 0 {
                bits |= 1 << (index + 1);
            }
        }
        Front(bits)
    }
}

/// Whether a key must stand in quotes.
fn needs_quotes(key: &str) -> bool {
    key.is_empty()
        || key.bytes().any(|byte| {
            matches!(byte, b'.' | b'[' | b']' | b'*' | b'"' | b' ') || byte.is_ascii_control()
        })
}

fn segment(text: &str) -> Option<(Step, &str)> {
    if text.starts_with('"') {
        let end = closing_quote(text)?;
        let key = serde_json::from_str(&text[..end]).ok()?;
        return Some((Step::Key(key), ends_segment(&text[end..])?));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let step = match &text[..end] {
        "*" => Step::AnyKey,
        "**" => Step::Anything,
        key if needs_quotes(key) => return None,
        key => Step::Key(key.to_owned()),
    };
    Some((step, &text[end..]))
}

/// The rest of the path, if a segment may end before it.
fn ends_segment(rest: &str) -> Option<&str> {
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}

/// The offset behind the quote that closes the text.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut bytes = text.bytes().enumerate().skip(1);
    bytes.find_map(|(at, byte)| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes.then_some(at + 1)
    })
}

fn item(text: &str) -> Option<(Step, &str)> {
    let (index, rest) = text.strip_prefix('[')?.split_once(']')?;
    let step = match index {
        "*" => Step::AnyItem,
        digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Step::Item(digits.parse().ok()?)
        }
        _ => return None,
    };
    Some((step, ends_segment(rest)?))
}

/// The path of an entry below `parent`; of a key that is no scalar as of an empty one.
pub(super) fn below(parent: &str, key: Option<&str>) -> String {
    let key = key.unwrap_or("");
    let dot = if parent.is_empty() { "" } else { "." };
    if needs_quotes(key) {
        let quoted = serde_json::Value::from(key).to_string();
        return format!("{parent}{dot}{quoted}");
    }
    format!("{parent}{dot}{key}")
}

/// The path of an item below `parent`.
pub(super) fn below_item(parent: &str, index: usize) -> String {
    format!("{parent}[{index}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows a path through names; `#3` is an item.
    fn reaches(path: &str, way: &[&str]) -> bool {
        let path = Path::parse(path).unwrap_or_else(|| panic!("{path} is one"));
        let front = way.iter().fold(path.start(), |front, step| match step.strip_prefix('#') {
            Some(index) => path.enter_item(front, index.parse().expect("a number")),
            None => path.enter(front, Some(step)),
        });
        path.ends(front)
    }

    #[test]
    fn paths_lead_to_places() {
        let cases: &[(&str, &[&str], bool)] = &[
            ("", &[], true),
            ("", &["a"], false),
            ("a", &["a"], true),
            ("a", &[], false),
            ("a.b", &["a", "b"], true),
            ("a.*", &["a", "x"], true),
            ("a.*", &["a", "#0"], false),
            ("a[*]", &["a", "#7"], true),
            ("a[7]", &["a", "#7"], true),
            ("a[7]", &["a", "#8"], false),
            ("a[7]", &["a", "7"], false),
            ("[0].a", &["#0", "a"], true),
            ("[0][1]", &["#0", "#1"], true),
            ("**", &[], true),
            ("**", &["a", "#1", "b"], true),
            ("**.p", &["p"], true),
            ("**.p", &["a", "#1", "b", "p"], true),
            ("**.p", &["a", "q"], false),
            ("a.**.p", &["p"], false),
            ("a.**.p.**.q", &["a", "p", "x", "p", "q"], true),
            ("**[0]", &["a", "#0"], true),
            ("**[0]", &["#0"], true),
            ("scripts.\"db.push\"", &["scripts", "db.push"], true),
            ("\"\".\"a\\\"b\\u00e9\"", &["", "a\"bé"], true),
            ("\"*\"", &["*"], true),
            ("\"*\"", &["x"], false),
            ("a:b/c-d@é", &["a:b/c-d@é"], true),
        ];
        for (path, way, want) in cases {
            assert_eq!(reaches(path, way), *want, "{path} {way:?}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let long = "a.".repeat(MAX_STEPS) + "a";
        let longer = "a".repeat(LONGEST + 1);
        for path in [
            ".",
            "a.",
            ".a",
            "a..b",
            "a[",
            "a[]",
            "a[-1]",
            "a[1]b",
            "a b",
            "a*",
            "***",
            "a]",
            "\"a",
            "\"a\"b",
            "a\"b\"",
            "a.[0]",
            "a[99999999999999999999999]",
            "\"\\x\"",
            &long,
            &longer,
        ] {
            assert_eq!(Path::parse(path), None, "{:.40}", path);
        }
    }

    #[test]
    fn a_written_path_leads_back() {
        for key in ["a", "a.b", "", "a b", "*", "[0]", "q\"", "tab\t", "ü", "back\\slash"] {
            let path = below(&below_item(&below("", Some("x")), 2), Some(key));
            assert!(reaches(&path, &["x", "#2", key]), "{path}");
        }
    }

    #[test]
    fn a_lone_key_is_known_beforehand() {
        let cases = [("a.b", Some("a")), ("*", None), ("**.a", None), ("[0]", None), ("", None)];
        for (text, want) in cases {
            let path = Path::parse(text).expect("a path");
            assert_eq!(path.only_key(path.start()), want, "{text}");
        }
    }
}
