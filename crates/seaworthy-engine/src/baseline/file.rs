//! The file of a baseline: reading and writing.
//!
//! JSON with one entry a line, sorted, so that two branches that accept different
//! findings merge, and a reviewer sees in a diff what is accepted. It holds neither
//! line numbers, which move, nor anything that is made from a secret's bytes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::json;

use seaworthy_model::{ArtifactPath, Evidence, LineIndex, Matter, Position};

/// The version of the format that is written, and the newest that is read.
const VERSION: u64 = 1;

/// The most entries.
const MAX_ENTRIES: usize = 500_000;

/// The most characters of a reason that are kept.
const MAX_REASON: usize = 1_000;

/// Findings that a team knows of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Key, Value>,
}

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The file.
    pub path: ArtifactPath,
    /// The id of the rule, as it was when the entry was written.
    pub rule: String,
    /// What the rule named.
    pub evidence: Evidence,
}

impl Key {
    /// The entry for what a finding is about.
    #[must_use]
    pub fn of(matter: &Matter) -> Self {
        let Matter { artifact, rule, evidence } = matter;
        Self { path: artifact.clone(), rule: (*rule).to_owned(), evidence: *evidence }
    }
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// How many findings are equal in all that a baseline knows.
    pub count: u32,
    /// What came of looking at it.
    pub verdict: Option<Verdict>,
    /// Why it is accepted, possibly empty.
    pub reason: String,
}

/// What somebody decided about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A fault that is to be mended some day.
    Real,
    /// No fault.
    FalsePositive,
    /// A fault that stays.
    Accepted,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Verdict; 3] = [Verdict::Real, Verdict::FalsePositive, Verdict::Accepted];

    /// As the file writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Real => "real",
            Verdict::FalsePositive => "false-positive",
            Verdict::Accepted => "accepted",
        }
    }
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The place.
    pub position: Position,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.position.line, self.position.column, self.message)
    }
}

impl Baseline {
    /// Reads a file. With what in it can be left out: the places of entries that stand
    /// twice.
    ///
    /// # Errors
    /// When it is no baseline that can be relied on.
    pub fn read(text: &str) -> Result<(Self, Vec<Fault>), Fault> {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Some(fault) = conflict(body) {
            return Err(fault);
        }
        let read = Reading { body, ..Reading::default() };
        let mut deserializer = serde_json::Deserializer::from_str(body);
        let parsed = deserializer.deserialize_map(Whole(&read)).and_then(|()| deserializer.end());
        if let Err(error) = parsed {
            // A newer format may look different altogether: that it is one is all there
            // is to say.
            let newer = read.version.borrow().filter(|&version| version > VERSION);
            return Err(match newer {
                Some(version) => too_new(version),
                None => fault_of(&error),
            });
        }
        let Reading { version, entries, twice, .. } = read;
        match version.into_inner() {
            None => return Err(at_start("it has no `version`; this is no baseline of seaworthy")),
            Some(version) if version > VERSION => return Err(too_new(version)),
            Some(0) => return Err(at_start("there is no version 0 of baselines")),
            Some(_) => {}
        }
        let Some(entries) = entries.into_inner() else {
            return Err(at_start("it has no list of `entries`"));
        };
        let twice = twice.into_inner();
        let lines = if twice.is_empty() { None } else { Some(LineIndex::new(body)) };
        let faults = twice.into_iter().zip(lines.iter().cycle()).map(|(offset, lines)| Fault {
            position: lines.position(body, offset),
            message: "this entry stands here a second time; one of them can go".to_owned(),
        });
        Ok((Self { entries }, faults.collect()))
    }

    /// The text of the file.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = format!("{{\n  \"version\": {VERSION},\n  \"entries\": [");
        for (index, (key, value)) in self.entries.iter().enumerate() {
            text.push_str(if index == 0 { "\n    {" } else { ",\n    {" });
            let mut field = |name: &str, value: serde_json::Value, first: bool| {
                let comma = if first { "" } else { ", " };
                text.push_str(&format!("{comma}\"{name}\": {value}"));
            };
            field("path", json!(key.path.as_str()), true);
            field("rule", json!(key.rule), false);
            field("evidence", json!(key.evidence.to_string()), false);
            if value.count != 1 {
                field("count", json!(value.count), false);
            }
            if let Some(verdict) = value.verdict {
                field("verdict", json!(verdict.as_str()), false);
            }
            if !value.reason.is_empty() {
                field("reason", json!(value.reason), false);
            }
            text.push('}');
        }
        text.push_str(if self.entries.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
        text
    }

    /// The entries, sorted by path, rule and evidence.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&Key, &Value)> {
        self.entries.iter()
    }

    /// How many findings it stands for.
    #[must_use]
    pub fn findings(&self) -> usize {
        self.entries.values().map(|value| value.count as usize).sum()
    }

    /// Adds one finding.
    pub fn add(&mut self, matter: &Matter, reason: &str) {
        let reason = one_line(reason);
        self.join(Key::of(matter), Value { count: 1, verdict: None, reason });
    }

    /// Adds an entry; to one that is there already by its count.
    pub fn join(&mut self, key: Key, value: Value) {
        let Some(known) = self.entries.get_mut(&key) else {
            self.entries.insert(key, value);
            return;
        };
        known.count = known.count.saturating_add(value.count);
        known.verdict = known.verdict.or(value.verdict);
        if known.reason.is_empty() {
            known.reason = value.reason;
        }
    }

    /// Whether there is an entry for it.
    #[must_use]
    pub fn has(&self, matter: &Matter) -> bool {
        self.entries.contains_key(&Key::of(matter))
    }

    /// Takes in what another one has. Of entries that both have the larger count stays:
    /// both may know of the same findings.
    pub fn unite(&mut self, other: Baseline) {
        for (key, value) in other.entries {
            match self.entries.get_mut(&key) {
                Some(known) => {
                    known.count = known.count.max(value.count);
                    known.verdict = known.verdict.or(value.verdict);
                }
                None => drop(self.entries.insert(key, value)),
            }
        }
    }

    /// Decides about an entry.
    pub fn decide(&mut self, key: &Key, verdict: Verdict, reason: Option<&str>) {
        if let Some(value) = self.entries.get_mut(key) {
            value.verdict = Some(verdict);
            if let Some(reason) = reason {
                value.reason = one_line(reason);
            }
        }
    }

    /// Lets an entry stand for this many findings fewer; for none it goes.
    pub fn lessen(&mut self, key: &Key, by: u32) {
        if let Some(value) = self.entries.get_mut(key) {
            value.count = value.count.saturating_sub(by);
            if value.count == 0 {
                self.entries.remove(key);
            }
        }
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &Key) {
        self.entries.remove(key);
    }
}

/// The place of an entry in a file: that of its evidence.
pub(super) fn place_of(key: &Key, text: &str) -> Option<Position> {
    let evidence = key.evidence.to_string();
    let path = json!(key.path.as_str()).to_string();
    let rule = json!(key.rule).to_string();
    let mut places = text.match_indices(&evidence).map(|(offset, _)| {
        let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
        (start, &text[start..end])
    });
    let (start, _) = places.find(|(_, line)| line.contains(&path) && line.contains(&rule))?;
    Some(Position::of(text, start))
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_REASON).collect()
}

fn at_start(message: impl Into<String>) -> Fault {
    Fault { position: Position { line: 1, column: 1, byte_column: 1 }, message: message.into() }
}

fn too_new(version: u64) -> Fault {
    at_start(format!(
        "written by a newer seaworthy (version {version} of the format, this one reads up to \
         {VERSION}); bring seaworthy up to date"
    ))
}

/// What the parser says, without what it quotes: the text may hold anything.
pub(super) fn fault_of(error: &serde_json::Error) -> Fault {
    let number = |n: usize| u32::try_from(n.max(1)).unwrap_or(u32::MAX);
    let (line, column) = (number(error.line()), number(error.column()));
    let message = match error.classify() {
        serde_json::error::Category::Eof => "the file ends too early: it was cut off".to_owned(),
        serde_json::error::Category::Data => {
            let said = error.to_string();
            let end = said.rfind(" at line ").unwrap_or(said.len());
            said[..end].chars().take(200).collect()
        }
        _ => "this is no JSON".to_owned(),
    };
    Fault { position: Position { line, column, byte_column: column }, message }
}

/// The first line of a merge that was not finished.
fn conflict(text: &str) -> Option<Fault> {
    let at = if text.starts_with("<<<<<<< ") { 0 } else { text.find("\n<<<<<<< ")? + 1 };
    Some(Fault {
        position: Position::of(text, at),
        message: "an unfinished merge: keep the entries of both sides, take the lines with \
                  `<<<<<<<`, `=======` and `>>>>>>>` out, then run `seaworthy baseline prune`"
            .to_owned(),
    })
}

/// What is known while the file is read.
#[derive(Default)]
struct Reading<'t> {
    body: &'t str,
    version: RefCell<Option<u64>>,
    entries: RefCell<Option<BTreeMap<Key, Value>>>,
    /// Where entries stand that were there before.
    twice: RefCell<Vec<usize>>,
}

/// The whole file.
struct Whole<'r, 't>(&'r Reading<'t>);

impl<'de> Visitor<'de> for Whole<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `version` and `entries`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => *self.0.version.borrow_mut() = Some(map.next_value()?),
                "entries" => map.next_value_seed(Entries(self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Entries<'r, 't>(&'r Reading<'t>);

impl<'de> DeserializeSeed<'de> for Entries<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut entries: BTreeMap<Key, Value> = BTreeMap::new();
        while let Some((key, value, at)) = list.next_element_seed(Entry(self.0.body))? {
            if entries.len() == MAX_ENTRIES {
                return Err(de::Error::custom(format!("more than {MAX_ENTRIES} entries")));
            }
            // A merge that keeps both sides makes two of one. Their sum would accept more
            // than anybody did.
            if let Some(known) = entries.get_mut(&key) {
                self.0.twice.borrow_mut().push(at);
                known.count = known.count.max(value.count);
                continue;
            }
            entries.insert(key, value);
        }
        *self.0.entries.borrow_mut() = Some(entries);
        Ok(())
    }
}

/// One entry of a text, with the place of its evidence.
struct Entry<'t>(&'t str);

impl<'de> DeserializeSeed<'de> for Entry<'de> {
    type Value = (Key, Value, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'de> {
    type Value = (Key, Value, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry: an object with `path`, `rule` and `evidence`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut path, mut rule, mut evidence) = (None, None, None);
        let mut value = Value { count: 1, verdict: None, reason: String::new() };
        while let Some(field) = map.next_key::<String>()? {
            match field.as_str() {
                "path" => path = Some(path_of(&map.next_value::<String>()?)?),
                "rule" => rule = Some(rule_of(map.next_value()?)?),
                "evidence" => {
                    // Without escapes it is a piece of the text, and so tells its place.
                    let written: &str = map.next_value()?;
                    let read = written.parse().map_err(|()| {
                        de::Error::custom("`evidence` is not as seaworthy writes it")
                    })?;
                    evidence = Some((read, written.as_ptr() as usize - self.0.as_ptr() as usize));
                }
                "count" => value.count = map.next_value()?,
                "verdict" => value.verdict = Some(verdict_of(&map.next_value::<String>()?)?),
                "reason" => value.reason = one_line(&map.next_value::<String>()?),
                // What a later version adds and can be done without.
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let path = path.ok_or_else(|| de::Error::missing_field("path"))?;
        let rule = rule.ok_or_else(|| de::Error::missing_field("rule"))?;
        let (evidence, at) = evidence.ok_or_else(|| de::Error::missing_field("evidence"))?;
        Ok((Key { path, rule, evidence }, value, at))
    }
}

fn path_of<E: de::Error>(path: &str) -> Result<ArtifactPath, E> {
    let inside = ArtifactPath::resolve("", path).filter(|inside| inside.as_str() == path);
    inside.ok_or_else(|| de::Error::custom("`path` is no path below the root of the repository"))
}

fn rule_of<E: de::Error>(rule: String) -> Result<String, E> {
    let is_id =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-/".contains(&byte);
    let plausible = (1..=200).contains(&rule.len()) && rule.bytes().all(is_id);
    if plausible { Ok(rule) } else { Err(de::Error::custom("`rule` is not the id of a rule")) }
}

fn verdict_of<E: de::Error>(word: &str) -> Result<Verdict, E> {
    let found = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word);
    found.ok_or_else(|| {
        de::Error::custom("`verdict` must be \"real\", \"false-positive\" or \"accepted\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matter(path: &str, rule: &'static str, evidence: u128) -> Matter {
        Matter { artifact: ArtifactPath::new(path), rule, evidence: Evidence(evidence) }
    }

    #[test]
    fn a_file_has_one_entry_a_line_sorted() {
        let mut baseline = Baseline::default();
        baseline.add(&matter("b/.env", "rule-b", 7), "known \"for\"\nlong");
        baseline.add(&matter("b/.env", "rule-a", 7), "");
        baseline.add(&matter("b/.env", "rule-a", 7), "");
        baseline.add(&matter("a.yml", "rule-b", u128::MAX), "");
        let key = Key {
            path: ArtifactPath::new("a.yml"),
            rule: "rule-b".into(),
            evidence: Evidence(u128::MAX),
        };
        baseline.decide(&key, Verdict::FalsePositive, None);
        let text = baseline.write();
        assert_eq!(
            text,
            r#"{
  "version": 1,
  "entries": [
    {"path": "a.yml", "rule": "rule-b", "evidence": "ffffffff-ffff-ffff-ffff-ffffffffffff", "verdict": "false-positive"},
    {"path": "b/.env", "rule": "rule-a", "evidence": "00000000-0000-0000-0000-000000000007", "count": 2},
    {"path": "b/.env", "rule": "rule-b", "evidence": "00000000-0000-0000-0000-000000000007", "reason": "known \"for\" long"}
  ]
}
"#
        );
        assert_eq!(Baseline::read(&text), Ok((baseline.clone(), Vec::new())));
        assert_eq!(Baseline::read(&format!("\u{feff}{text}")), Ok((baseline.clone(), Vec::new())));
        assert_eq!(baseline.findings(), 4);
        let line = |key| place_of(key, &text).map(|place| place.line);
        assert_eq!(
            baseline.entries().map(|(key, _)| line(key)).collect::<Vec<_>>(),
            [Some(4), Some(5), Some(6)]
        );
        assert_eq!(Baseline::default().write(), "{\n  \"version\": 1,\n  \"entries\": []\n}\n");
        assert_eq!(Baseline::read(&Baseline::default().write()), Ok(Default::default()));
    }

    const EVIDENCE: &str = "\"evidence\": \"00000000-0000-0000-0000-000000000007\"";

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let entry = |fields: &str| format!("{{\n\"version\": 1, \"entries\": [\n{{{fields}}}\n]}}");
        let good = format!("\"path\": \"a\", \"rule\": \"r\", {EVIDENCE}");
        assert!(Baseline::read(&entry(&good)).is_ok());
        let conflict = format!(
            "{{\n\"version\": 1, \"entries\": [\n<<<<<<< HEAD\n{{{good}}}\n=======\n>>>>>>> b\n]}}"
        );
        let cases = [
            (String::new(), 1, "cut off"),
            ("[]".into(), 1, "expected an object"),
            ("not json".into(), 1, "no JSON"),
            ("{}".into(), 1, "no `version`"),
            ("{\"version\": 1}".into(), 1, "no list of `entries`"),
            ("{\"version\": 0, \"entries\": []}".into(), 1, "no version 0"),
            ("{\"version\": \"x\", \"entries\": []}".into(), 1, "expected u64"),
            (
                "{\"version\": 2, \"entries\": {\"of\": \"another form\"}}".into(),
                1,
                "newer seaworthy (version 2",
            ),
            (entry(&good)[..60].to_owned(), 3, "cut off"),
            (entry(&good.replace("\"r\"", "3")), 3, "expected a string"),
            (entry(&good.replace("\"r\"", "\"R r\"")), 3, "`rule` is not"),
            (entry(&good.replace("\"a\"", "\"../a\"")), 3, "`path` is no path"),
            (entry(&good.replace("\"a\"", "\"/etc/passwd\"")), 3, "`path` is no path"),
            (entry(&good.replace("\"a\"", "\"a//b\"")), 3, "`path` is no path"),
            (entry(&good.replace("00000000-", "00000000")), 3, "`evidence` is not"),
            (entry(&good.replace("00000000-", "")), 3, "`evidence` is not"),
            (entry(EVIDENCE), 3, "missing field `path`"),
            (entry(&format!("{good}, \"verdict\": \"maybe\"")), 3, "`verdict` must be"),
            (entry(&format!("{good}, \"count\": -1")), 3, "expected u32"),
            (conflict, 3, "unfinished merge"),
            (format!("{} x", entry(&good)), 4, "no JSON"),
        ];
        for (text, line, want) in cases {
            let fault = Baseline::read(&text).expect_err(&text);
            assert!(fault.message.contains(want), "{text}: {fault}");
            assert_eq!(fault.position.line, line, "{text}: {fault}");
        }
    }

    #[test]
    fn entries_that_stand_twice_count_once() {
        let line = format!("{{\"path\": \"a\", \"rule\": \"r\", {EVIDENCE}");
        let text =
            format!("{{\"version\": 1, \"entries\": [\n{line}}},\n{line}, \"count\": 3}}\n]}}");
        let (baseline, faults) = Baseline::read(&text).unwrap();
        assert_eq!((baseline.entries().len(), baseline.findings()), (1, 3));
        assert_eq!(faults.iter().map(|fault| fault.position.line).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        let text = format!(
            "{{\"tool\": {{\"a\": []}}, \"version\": 1, \"entries\": [{{\"more\": [1], \"path\": \"a\", \"rule\": \"r\", {EVIDENCE}}}]}}"
        );
        assert_eq!(Baseline::read(&text).unwrap().0.findings(), 1);
    }

    #[test]
    fn texts_of_every_length_are_read_without_a_panic() {
        let mut baseline = Baseline::default();
        baseline.add(&matter("ü/.env", "rule", 7), "why ü");
        let text = baseline.write();
        for (end, _) in text.char_indices() {
            assert!(Baseline::read(&text[..end]).is_err() || end + 1 == text.len(), "{end}");
        }
        assert!(Baseline::read(&"[".repeat(100_000)).is_err());
        let deep = format!("{{\"x\": {}", "[".repeat(100_000));
        assert!(Baseline::read(&deep).is_err());
    }
}
