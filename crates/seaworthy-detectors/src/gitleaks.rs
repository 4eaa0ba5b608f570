//! The rules of a `.gitleaks.toml`, run as gitleaks runs them.
//!
//! A rule looks at a text that has one of its keywords, in any case, and whose path
//! it names; its expression runs over the whole text, and the secret is a group of
//! the match. What it finds is reported as it is, for somebody decided so: the
//! judgement is asked about placeholders alone. Rules that name only a path report
//! the file. The allowlists of the file are for what our own detectors find, too.

mod allow;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Input, PatternID, PatternSet};
use seaworthy_analysis::values::{ValueClass, ValueContext, classify, entropy_per_char};
use seaworthy_detector_pack::gitleaks::{self as written, Placed, translate};
use seaworthy_detector_pack::pack::Problem;
use seaworthy_detector_pack::{Family, Kind};
use seaworthy_model::{Precision, Region, Severity};

use crate::candidate::Candidate;
use crate::judge::Verdict;
use crate::leaks::Leak;
use crate::scan::MAX_CANDIDATES;
use allow::{Allow, Found};

/// The most bytes that a compiled expression may take: those of teams are larger
/// than ours.
const SIZE_LIMIT: usize = 10 << 20;

/// The rules and allowlists of a team, ready to run.
#[derive(Debug, Default)]
pub struct Gitleaks {
    rules: Vec<Rule>,
    /// What is allowed whatever the rule.
    everywhere: Vec<Allow>,
    /// What else is allowed of a rule or of a detector of ours, by its id.
    added: HashMap<String, Vec<Allow>>,
    keywords: Keywords,
}

/// All keywords of all rules.
#[derive(Debug, Default)]
struct Keywords {
    words: Vec<String>,
    /// The number of each keyword.
    numbers: HashMap<String, usize>,
    /// Of each keyword, the rules that have it.
    rules: Vec<Vec<usize>>,
    /// Finds them in any case.
    regex: Option<Regex>,
}

#[derive(Debug)]
struct Rule {
    kind: &'static Kind,
    /// Without one the path is all that counts.
    regex: Option<Regex>,
    group: usize,
    entropy: f64,
    path: Option<Regex>,
    /// Whether the text must have one of its keywords.
    gated: bool,
    allow: Vec<Allow>,
}

impl Rule {
    /// A rule made ready, unless something is wrong with it.
    fn new(rule: written::GitleaksRule, problems: &mut Vec<Problem>) -> Option<Self> {
        let before = problems.len();
        let regex = rule.regex.and_then(|regex| compile(&regex, problems));
        let path = rule.path.and_then(|path| compile(&path, problems));
        let allow = allow::compile(rule.allowlists, problems);
        if problems.len() > before {
            return None;
        }
        let groups =
            regex.as_ref().map_or(1, |regex| regex.group_info().group_len(PatternID::ZERO));
        if rule.secret_group >= groups {
            let message = format!("the expression has no group {}", rule.secret_group);
            problems.push(Problem { message, region: rule.id.region });
            return None;
        }
        Some(Self {
            kind: kind(&rule.id.text, &rule.description, regex.is_some()),
            regex,
            group: rule.secret_group,
            entropy: rule.entropy,
            path,
            gated: rule.keywords.iter().any(|word| !word.is_empty()),
            allow,
        })
    }
}

impl Keywords {
    fn add(&mut self, words: Vec<String>, rule: usize) {
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            let number = *self.numbers.entry(word.clone()).or_insert_with(|| {
                self.words.push(word);
                self.rules.push(Vec::new());
                self.words.len() - 1
            });
            self.rules[number].push(rule);
        }
    }

    /// `None` when there are too many to be searched for.
    fn ready(mut self) -> Option<Self> {
        if !self.words.is_empty() {
            let literals: Vec<String> = self.words.iter().map(|word| literal(word)).collect();
            self.regex = Some(build_many(&literals)?);
        }
        Some(self)
    }

    /// Marks the rules of which the text has a keyword.
    fn mark(&self, text: &str, wanted: &mut [bool]) {
        let Some(regex) = &self.regex else { return };
        let mut seen = PatternSet::new(self.words.len());
        regex.which_overlapping_matches(&Input::new(text), &mut seen);
        for keyword in seen.iter() {
            for &rule in &self.rules[keyword.as_usize()] {
                wanted[rule] = true;
            }
        }
    }
}

impl Gitleaks {
    /// Makes the rules of files ready; of two rules with one id the first counts.
    /// `known` says whether a detector of ours has an id: a rule without an
    /// expression adds its allowlists to that one. Gives what is wrong with each
    /// file, too, at places in it.
    #[must_use]
    pub fn new(
        files: Vec<written::Gitleaks>,
        known: &dyn Fn(&str) -> bool,
    ) -> (Self, Vec<Vec<Problem>>) {
        let mut gitleaks = Self::default();
        let mut keywords = Keywords::default();
        let mut problems: Vec<Vec<Problem>> = files.iter().map(|_| Vec::new()).collect();
        let mut bare: Vec<(usize, Placed)> = Vec::new();
        for (number, file) in files.into_iter().enumerate() {
            let problems = &mut problems[number];
            gitleaks.everywhere.extend(allow::compile(file.allowlists, problems));
            let earlier = gitleaks.rules.len();
            for rule in file.rules {
                if rule.regex.is_none() && rule.path.is_none() {
                    let allow = allow::compile(rule.allowlists, problems);
                    gitleaks.added.entry(rule.id.text.clone()).or_default().extend(allow);
                    bare.push((number, rule.id));
                    continue;
                }
                let id = &rule.id;
                match gitleaks.rules.iter().position(|other| other.kind.id == id.text) {
                    Some(other) if other < earlier => continue,
                    Some(_) => {
                        let message = format!("the id `{}` is taken", id.text);
                        problems.push(Problem { message, region: id.region });
                        continue;
                    }
                    None => {}
                }
                let words = rule.keywords.clone();
                if let Some(rule) = Rule::new(rule, problems) {
                    keywords.add(words, gitleaks.rules.len());
                    gitleaks.rules.push(rule);
                }
            }
        }
        for (number, id) in bare {
            if !known(&id.text) && !gitleaks.rules.iter().any(|rule| rule.kind.id == id.text) {
                let message = "no detector has this id, and the rule has no `regex` of its own";
                problems[number].push(Problem { message: message.to_owned(), region: id.region });
            }
        }
        if let Some(wanted) = keywords.ready() {
            gitleaks.keywords = wanted;
        } else if let Some(first) = problems.first_mut() {
            // Without its gate every rule runs over every text.
            gitleaks.rules.iter_mut().for_each(|rule| rule.gated = false);
            let message = "the keywords are too many to be searched for".to_owned();
            first.push(Problem { message, region: Region::empty(0) });
        }
        (gitleaks, problems)
    }

    /// What the rules find.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        self.rules.iter().map(|rule| rule.kind)
    }

    /// Adds what the rules find in a text to what was found already, unless it is the
    /// same; takes away what is allowed. Whether some was left out for its number.
    pub(crate) fn apply(&self, text: &str, path: &str, leaks: &mut Vec<Leak>) -> bool {
        let mut cut = false;
        leaks.retain(|leak| {
            let found = Found::new(text, path, leak.candidate.region, &leak.candidate.secret);
            !self.allows(leak.candidate.kind.id, &[], &found)
        });
        let mut taken: Vec<Region> = leaks.iter().map(|leak| leak.candidate.region).collect();
        for rule in self.at_keywords(text) {
            cut |= self.run(rule, text, path, &mut taken, leaks);
        }
        leaks.sort_by_key(|leak| leak.candidate.region);
        cut
    }

    /// Whether something is allowed that a rule or detector of this id found.
    fn allows(&self, id: &str, own: &[Allow], found: &Found<'_>) -> bool {
        let added = self.added.get(id).map_or(&[][..], Vec::as_slice);
        allow::any(self.everywhere.iter().chain(own).chain(added), id, found)
    }

    /// The rules with an expression whose keywords the text has.
    fn at_keywords(&self, text: &str) -> impl Iterator<Item = &Rule> {
        let mut wanted = vec![false; self.rules.len()];
        self.keywords.mark(text, &mut wanted);
        self.rules
            .iter()
            .zip(wanted)
            .filter(|(rule, wanted)| *wanted || !rule.gated)
            .map(|(rule, _)| rule)
    }

    fn run(
        &self,
        rule: &Rule,
        text: &str,
        path: &str,
        taken: &mut Vec<Region>,
        leaks: &mut Vec<Leak>,
    ) -> bool {
        let Some(regex) = &rule.regex else { return false };
        if rule.path.as_ref().is_some_and(|wanted| !wanted.is_match(path)) {
            return false;
        }
        let id = rule.kind.id;
        let mut captures = regex.create_captures();
        let mut at = 0;
        for _ in 0..MAX_CANDIDATES {
            if at > text.len() {
                return false;
            }
            let input = Input::new(text.as_bytes()).span(at..text.len());
            regex.search_captures(&input, &mut captures);
            let Some(whole) = captures.get_match() else { return false };
            at = whole.end().max(at + 1);
            let mut groups =
                (1..captures.group_len()).filter_map(|group| captures.get_group(group));
            let span = match rule.group {
                0 => groups.find(|group| !group.is_empty()).unwrap_or_else(|| whole.span()),
                group => match captures.get_group(group) {
                    Some(span) => span,
                    None => continue,
                },
            };
            let region = trimmed(text.as_bytes(), Region::new(span.start, span.end));
            let Some(secret) = text.get(region.start..region.end).filter(|text| !text.is_empty())
            else {
                continue;
            };
            if rule.entropy > 0.0 && entropy_per_char(secret) <= rule.entropy || is_none(secret) {
                continue;
            }
            let matched = Region::new(whole.start(), whole.end());
            let found = Found::new(text, path, matched, secret);
            if self.allows(id, &rule.allow, &found)
                || taken.iter().any(|other| other.start < region.end && region.start < other.end)
            {
                continue;
            }
            taken.push(region);
            let verdict = Verdict { severity: rule.kind.severity, precision: rule.kind.precision };
            match leaks.iter_mut().find(|leak| *leak.candidate.secret == *secret) {
                Some(leak) => leak.also.push(region),
                None => leaks.push(Leak {
                    candidate: Candidate::new(rule.kind, region, secret),
                    verdict,
                    also: Vec::new(),
                }),
            }
        }
        true
    }

    /// The rules that name nothing but paths, of which this is one.
    pub(crate) fn of_path(&self, path: &str) -> Option<Leak> {
        let found = Found::new("", path, Region::empty(0), "");
        let rule = self.rules.iter().find(|rule| {
            rule.regex.is_none()
                && rule.path.as_ref().is_some_and(|wanted| wanted.is_match(path))
                && !self.allows(rule.kind.id, &rule.allow, &found)
        })?;
        let verdict = Verdict { severity: rule.kind.severity, precision: rule.kind.precision };
        // A file is its own secret: no other is the same.
        let candidate = Candidate::new(rule.kind, Region::empty(0), path);
        Some(Leak { candidate, verdict, also: Vec::new() })
    }

    /// Whether there are rules that name nothing but paths.
    pub(crate) fn names_paths(&self) -> bool {
        self.rules.iter().any(|rule| rule.regex.is_none())
    }
}

/// What a rule finds, in our words. It serves to the end of the run.
fn kind(id: &str, description: &str, has_regex: bool) -> &'static Kind {
    let name = match has_regex {
        true => format!("secret of the gitleaks rule `{id}`"),
        false => format!("file that the gitleaks rule `{id}` forbids"),
    };
    let description = description.trim();
    let description = match description.ends_with(['.', '!', '?']) || description.is_empty() {
        true => description.to_owned(),
        false => format!("{description}."),
    };
    Box::leak(Box::new(Kind {
        id: String::leak(id.to_owned()),
        provider: "",
        name: String::leak(name),
        description: String::leak(description),
        revoke: "",
        severity: Severity::High,
        precision: Precision::Medium,
        family: Family::Token,
    }))
}

/// Compiles an expression of Go; what is wrong with it is told.
fn compile(source: &Placed, problems: &mut Vec<Problem>) -> Option<Regex> {
    let compiled = build(&translate(&source.text));
    if compiled.is_none() {
        let message = "this expression is not understood, or too large".to_owned();
        problems.push(Problem { message, region: source.region });
    }
    compiled
}

fn build(source: &str) -> Option<Regex> {
    let config = Regex::config().nfa_size_limit(Some(SIZE_LIMIT)).utf8_empty(false);
    Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false).nest_limit(100))
        .configure(config)
        .build(source)
        .ok()
}

fn build_many(sources: &[String]) -> Option<Regex> {
    let config = Regex::config()
        .nfa_size_limit(Some(SIZE_LIMIT))
        .utf8_empty(false)
        .match_kind(regex_automata::MatchKind::All);
    Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false).case_insensitive(true))
        .configure(config)
        .build_many(sources)
        .ok()
}

/// An expression that matches the word and nothing else.
fn literal(word: &str) -> String {
    let mut source = String::with_capacity(word.len());
    for character in word.chars() {
        if character.is_ascii_punctuation() && !matches!(character, '<' | '>' | '_') {
            source.push('\\');
        }
        source.push(character);
    }
    source
}

/// A region without the ends of lines around it.
fn trimmed(text: &[u8], mut region: Region) -> Region {
    while region.start < region.end && text[region.start] == b'\n' {
        region.start += 1;
    }
    while region.start < region.end && text[region.end - 1] == b'\n' {
        region.end -= 1;
    }
    region
}

/// Whether the text stands in for a secret.
fn is_none(secret: &str) -> bool {
    matches!(
        classify(secret, &ValueContext::default()),
        ValueClass::Empty | ValueClass::Placeholder | ValueClass::Reference
    )
}
