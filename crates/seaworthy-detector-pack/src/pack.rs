//! Reading a pack: strictly, and with a place for everything that is wrong.
//!
//! A detector that is wrong in any way is left out, so that nobody believes
//! himself protected by half of one.

mod fields;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use seaworthy_model::{Precision, Region, Severity};
use seaworthy_syntax::{NodeRef, toml};

use crate::detector::{Detector, Family, Kind, Shape, Texts};
use crate::expression::{self, Wrong};
use crate::proof::Proof;
use crate::spelling::{hint, short};
use crate::windows::windows;
use fields::{Fields, Text};

/// The keys of a pack.
const KEYS: [&str; 2] = ["provider", "detector"];
/// The keys of a detector.
const DETECTOR_KEYS: [&str; 17] = [
    "id",
    "name",
    "description",
    "revoke",
    "severity",
    "precision",
    "anchors",
    "ignore-case",
    "expression",
    "names",
    "value",
    "requires",
    "entropy",
    "proof",
    "paths",
    "matches",
    "rejects",
];
/// The character that parts an example's token, so that the file holds none.
const SEAM: char = '¦';
/// The fewest bytes of an anchor: the tables are made of trigrams.
const LEAST_ANCHOR: usize = 3;
/// The most bytes of an anchor.
const MOST_ANCHOR: usize = 64;
/// The most detectors of a file.
const MOST_DETECTORS: usize = 5_000;
/// The most problems that are told of a file.
const MOST_PROBLEMS: usize = 200;

/// Something wrong in a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What, as a phrase without a capital or a period.
    pub message: String,
    /// Where in the file.
    pub region: Region,
}

/// Reads a pack: the detectors that are right, and all that is wrong.
///
/// The strings of the detectors are leaked: those of the embedded packs are
/// static, and a run reads a team's packs once and needs them to its end.
#[must_use]
pub fn parse(text: &str) -> (Vec<Detector>, Vec<Problem>) {
    let tree = toml::parse(text);
    let mut reader = Reader { text, problems: Vec::new(), ids: HashSet::new(), provider: "" };
    for error in tree.errors() {
        reader.wrong(error.region, error.message.clone());
    }
    let detectors = reader.file(tree.root());
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| problem.region);
    (detectors, problems)
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
    ids: HashSet<String>,
    provider: &'static str,
}

impl Reader<'_> {
    fn wrong(&mut self, region: Region, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem { message: message.into(), region });
        }
    }

    fn file(&mut self, root: NodeRef<'_>) -> Vec<Detector> {
        for entry in root.entries() {
            let key = entry.key.scalar().unwrap_or("");
            if !KEYS.contains(&key) {
                let hint = hint(key, KEYS.into_iter());
                self.wrong(entry.key.region(), format!("unknown key `{}`{hint}", short(key)));
            }
        }
        match root.get("provider") {
            Some(provider) => match provider.as_str() {
                Some(name) if !name.trim().is_empty() => self.provider = leak(name),
                _ => self.wrong(provider.region(), "`provider` must be a name"),
            },
            None => self.wrong(Region::empty(0), "`provider` is missing"),
        }
        let Some(list) = root.get("detector") else {
            self.wrong(Region::empty(0), "there is no `[[detector]]`");
            return Vec::new();
        };
        if !list.is_sequence() {
            self.wrong(list.region(), "expected `[[detector]]` tables");
            return Vec::new();
        }
        let mut detectors = Vec::new();
        for (number, item) in list.items().enumerate() {
            if number == MOST_DETECTORS {
                let message = format!("only the first {MOST_DETECTORS} detectors count");
                self.wrong(item.region(), message);
                break;
            }
            let before = self.problems.len();
            let detector = self.detector(item);
            if self.problems.len() == before && before < MOST_PROBLEMS {
                detectors.extend(detector);
            }
        }
        detectors
    }

    /// A detector; it counts only when nothing was found wrong meanwhile.
    fn detector(&mut self, table: NodeRef<'_>) -> Option<Detector> {
        let mut fields = Fields::of(table, self)?;
        let id = fields.text(self, "id");
        let name = fields.text(self, "name");
        let description = fields.text(self, "description");
        let revoke = fields.text(self, "revoke");
        let severity = fields.word(self, "severity", &SEVERITIES);
        let precision = fields.optional_word(self, "precision", &PRECISIONS);
        let proof = fields.optional_word(self, "proof", Proof::ALL);
        let requires = fields.optional_list(self, "requires");
        let entropy = fields.number(self, "entropy", 0.0, 8.0);
        let paths = fields.optional_list(self, "paths");
        let matches = fields.list(self, "matches");
        let rejects = fields.list(self, "rejects");

        if let Some(id) = &id {
            self.id(id);
        }
        self.requires(&requires);
        self.paths(&paths);
        let matches = self.examples("matches", matches);
        let rejects = self.examples("rejects", rejects);
        if precision == Some(Precision::VeryHigh) && !fields.has("proof") {
            self.wrong(fields.place("precision"), "`very-high` needs a `proof`");
        }
        let shape = if fields.has("names") {
            self.named(&mut fields)
        } else {
            self.anchored(&mut fields, &matches)
        };
        let shape = shape?;
        let usual = match shape {
            Shape::Anchored { .. } => Precision::High,
            Shape::Named { .. } => Precision::Medium,
        };
        Some(Detector {
            kind: Kind {
                id: leak(&id?.text),
                provider: self.provider,
                name: leak(&name?.text),
                description: leak(&description?.text),
                revoke: leak(&revoke?.text),
                severity: severity?,
                precision: precision.unwrap_or(usual),
                family: Family::Token,
            },
            shape,
            requires: Texts::leak(requires.into_iter().map(|word| word.text)),
            entropy,
            proof,
            paths: Texts::leak(paths.into_iter().map(|path| path.text)),
            matches: Texts::leak(matches.into_iter().map(|example| example.text)),
            rejects: Texts::leak(rejects.into_iter().map(|example| example.text)),
        })
    }

    fn id(&mut self, id: &Text) {
        let letters = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if !id.text.split('-').all(letters) {
            self.wrong(id.region, "an id is in kebab-case: `example-api-key`");
        }
        if !self.ids.insert(id.text.clone()) {
            self.wrong(id.region, format!("the id `{}` is taken", short(&id.text)));
        }
    }

    fn requires(&mut self, words: &[Text]) {
        for word in words {
            let is_wrong = |byte: u8| byte.is_ascii_uppercase() || byte == 0;
            if word.text.len() < 2 || word.text.bytes().any(is_wrong) {
                self.wrong(word.region, "a required word is in lower case and has two letters");
            }
        }
    }

    fn paths(&mut self, paths: &[Text]) {
        for path in paths {
            if let Some(message) = glob_error(&path.text) {
                self.wrong(path.region, message);
            }
        }
    }

    /// Examples without their seams.
    fn examples(&mut self, key: &str, list: Option<(Vec<Text>, Region)>) -> Vec<Text> {
        let Some((mut list, region)) = list else { return Vec::new() };
        if list.len() < 2 {
            self.wrong(region, format!("`{key}` needs at least two examples"));
        }
        for example in &mut list {
            example.text.retain(|c| c != SEAM);
            if example.text.trim().is_empty() {
                self.wrong(example.region, "an example is empty");
            }
            if example.text.contains('\0') {
                self.wrong(example.region, "an example has no NUL");
            }
        }
        list
    }

    fn anchored(&mut self, fields: &mut Fields<'_>, matches: &[Text]) -> Option<Shape> {
        if !fields.has("anchors") && !fields.has("expression") {
            self.wrong(fields.region(), "`anchors` and `expression` are missing, or `names`");
            return None;
        }
        if fields.has("value") {
            self.wrong(fields.place("value"), "`value` goes with `names`");
        }
        let anchors = fields.list(self, "anchors");
        let ignore_case = fields.truth(self, "ignore-case");
        let expression = fields.text(self, "expression");
        let (anchors, place) = anchors?;
        if anchors.is_empty() {
            self.wrong(place, "`anchors` is empty");
            return None;
        }
        let before = self.problems.len();
        for anchor in &anchors {
            let text = &anchor.text;
            if !(LEAST_ANCHOR..=MOST_ANCHOR).contains(&text.len())
                || !text.is_ascii()
                || text.contains('\0')
            {
                let message =
                    format!("an anchor has {LEAST_ANCHOR} to {MOST_ANCHOR} bytes of ASCII");
                self.wrong(anchor.region, message);
            }
        }
        let expression = expression?;
        let hir = expression::bounded(&expression.text).and_then(|hir| {
            expression::groups(&hir)?;
            Ok(hir)
        });
        let hir = match hir {
            Ok(hir) => hir,
            Err(wrong) => {
                self.wrong_expression(&expression, wrong);
                return None;
            }
        };
        if self.problems.len() > before {
            return None;
        }
        let literals: Vec<&str> = anchors.iter().map(|anchor| anchor.text.as_str()).collect();
        for example in matches {
            if !literals.iter().any(|literal| contains(&example.text, literal, ignore_case)) {
                self.wrong(example.region, "the example contains none of the anchors");
            }
        }
        match windows(&hir, &literals, ignore_case) {
            Ok(windows) => Some(Shape::Anchored {
                anchors: Texts::leak(anchors.into_iter().map(|anchor| {
                    if ignore_case { anchor.text.to_ascii_lowercase() } else { anchor.text }
                })),
                ignore_case,
                expression: leak(&expression.text),
                lead: windows.lead,
                reach: windows.reach,
                tail: windows.tail,
                tail_length: windows.tail_length,
            }),
            Err(message) => {
                self.wrong(expression.region, message);
                None
            }
        }
    }

    fn named(&mut self, fields: &mut Fields<'_>) -> Option<Shape> {
        for key in ["anchors", "expression", "ignore-case"] {
            if fields.has(key) {
                self.wrong(fields.place(key), format!("`{key}` does not go with `names`"));
            }
        }
        let names = fields.list(self, "names");
        let value = fields.text(self, "value");
        let (names, place) = names?;
        if names.is_empty() {
            self.wrong(place, "`names` is empty");
        }
        for name in &names {
            let words: Vec<&str> = name.text.split(' ').collect();
            let right = |word: &&str| {
                !word.is_empty()
                    && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            };
            if !words.iter().all(right) {
                let message = "a name is words of lower-case letters and digits, one space between";
                self.wrong(name.region, message);
            } else if !words.iter().any(|word| (LEAST_ANCHOR..=MOST_ANCHOR).contains(&word.len())) {
                self.wrong(name.region, "a name needs a word of three letters");
            }
        }
        let value = value?;
        if let Err(wrong) =
            expression::bounded(&value.text).and_then(|hir| expression::groups(&hir))
        {
            self.wrong_expression(&value, wrong);
            return None;
        }
        let names = Texts::leak(names.into_iter().map(|name| name.text));
        Some(Shape::Named { names, value: leak(&value.text) })
    }

    /// Tells what is wrong with an expression, at the very place if the text
    /// stands in the file as it is.
    fn wrong_expression(&mut self, expression: &Text, wrong: Wrong) {
        let mut region = expression.region;
        if let Some((start, end)) = wrong.place
            && expression.content.of(self.text) == expression.text
        {
            let from = expression.content.start;
            region = Region::new(from + start, from + end.max(start));
        }
        self.wrong(region, wrong.message);
    }
}

const SEVERITIES: [(&str, Severity); 5] = [
    ("info", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

const PRECISIONS: [(&str, Precision); 4] = [
    ("low", Precision::Low),
    ("medium", Precision::Medium),
    ("high", Precision::High),
    ("very-high", Precision::VeryHigh),
];

/// What is wrong with a glob.
fn glob_error(glob: &str) -> Option<&'static str> {
    if glob.trim().is_empty() || glob.contains(['\n', '\r', '\0']) {
        return Some("a path is one line that is not empty");
    }
    if glob.starts_with(['!', '#']) {
        return Some("a path begins with neither `!` nor `#`");
    }
    let mut bytes = glob.bytes();
    let mut open = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if bytes.next().is_none() => return Some("a path ends with `\\`"),
            b'[' => open = true,
            b']' => open = false,
            _ => {}
        }
    }
    open.then_some("a `[` of the path is not closed")
}

fn contains(text: &str, literal: &str, ignore_case: bool) -> bool {
    if !ignore_case {
        return text.contains(literal);
    }
    text.as_bytes()
        .windows(literal.len())
        .any(|window| window.eq_ignore_ascii_case(literal.as_bytes()))
}

fn leak(text: &str) -> &'static str {
    String::leak(text.to_owned())
}
