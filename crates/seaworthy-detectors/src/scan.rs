//! The engine: one pass over a text finds every literal of every detector; what
//! stands around a literal is looked at only there.
//!
//! It finds exactly what all expressions over the whole text would find (see
//! [`crate::reference`], against which it is tested): every match of a detector
//! contains one of its literals, at a bounded distance from both ends, so the
//! window around a literal holds the match, and the expression sees the text
//! beyond the window as its surroundings.

mod layers;
mod mappings;
mod profile;

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::{Input, PatternID};
use seaworthy_detector_pack::{Detector, Finder, Shape, Table, Target, far_from_runs, runs_into};
use seaworthy_model::Region;

use crate::candidate::Candidate;
use crate::file::File;
use crate::find::pair::Pair;
use crate::find::{authorization, command, escape, hash, jwk, jwt, pair, private_key, sql, url};
use crate::{expression, files, names, paths, reference};

use layers::{language_of, outer};
pub use profile::{Cost, Part, Profile};

/// How deep encodings are undone.
const MAX_DEPTH: usize = 3;

/// How many decoded layers of one text are scanned.
const MAX_LAYERS: usize = 256;

/// How many decoded bytes of one text are scanned.
const MAX_DECODED: usize = 4 << 20;

/// How many candidates of one detector or finder a text may have, and how many
/// windows one expression is run over.
pub(crate) const MAX_CANDIDATES: usize = 1_000;

/// How literals and matches are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// By the table, and expressions in windows around literals.
    Table,
    /// Each literal by a plain search, and each expression over the whole text.
    Everywhere,
}

/// The detectors in use, with what is compiled of them so far.
#[derive(Debug)]
pub struct Scanner {
    sets: Vec<Set>,
}

#[derive(Debug)]
struct Set {
    table: &'static Table,
    expressions: Vec<OnceLock<Expression>>,
}

/// A compiled expression.
#[derive(Debug)]
struct Expression {
    regex: Regex,
    /// The group that holds the secret.
    group: usize,
    /// The group that holds its random part.
    body: Option<usize>,
}

/// Buffers of one thread, reused from file to file.
#[derive(Debug, Default)]
pub struct Scratch {
    runs: Vec<Region>,
    far: Vec<Region>,
    windows: Vec<Window>,
    /// Whether the text has one of the words that a detector requires, as far as
    /// that was asked.
    gates: Vec<(u16, bool)>,
    counts: Counts,
    /// What was found in the text that was scanned last.
    pub(crate) found: Vec<Candidate>,
    /// Tokens whose checksum does not hold: nothing there is a secret.
    pub(crate) refuted: Vec<Region>,
    /// Whether some of what would have been found was left out for its number.
    pub(crate) cut: bool,
}

impl Scratch {
    /// Forgets the last text.
    fn begin(&mut self) {
        self.found.clear();
        self.refuted.clear();
        self.cut = false;
        self.counts.0.clear();
    }

    /// Forgets the last layer of a text.
    fn begin_pass(&mut self) {
        self.windows.clear();
        self.gates.clear();
    }
}

/// How often each detector and finder has spoken in the text.
#[derive(Debug, Default)]
struct Counts(Vec<(Target, usize)>);

impl Counts {
    /// Counts one more; `false` when there were enough.
    fn more(&mut self, target: Target) -> bool {
        match self.0.iter_mut().find(|(counted, _)| *counted == target) {
            Some((_, count)) => {
                *count += 1;
                *count <= MAX_CANDIDATES
            }
            None => {
                self.0.push((target, 1));
                true
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Window {
    detector: u16,
    start: usize,
    end: usize,
}

impl Scanner {
    /// An engine for the detectors of these tables.
    #[must_use]
    pub fn new(tables: &[&'static Table]) -> Self {
        let sets = tables
            .iter()
            .map(|table| Set {
                table,
                expressions: table.detectors.iter().map(|_| OnceLock::new()).collect(),
            })
            .collect();
        Self { sets }
    }

    /// Every detector in use.
    pub fn detectors(&self) -> impl Iterator<Item = &'static Detector> {
        self.sets.iter().flat_map(|set| set.table.detectors)
    }

    /// Every candidate of a text, in its order, before any judgement.
    pub fn candidates<'s>(
        &self,
        text: &str,
        file: &File<'_>,
        scratch: &'s mut Scratch,
    ) -> &'s [Candidate] {
        self.scan(text, file, scratch);
        &scratch.found
    }

    /// Finds every candidate of a text; they are in `scratch.found`, sorted.
    pub(crate) fn scan(&self, text: &str, file: &File<'_>, scratch: &mut Scratch) {
        self.scan_by(Search::Table, text, file, scratch);
    }

    /// As [`Scanner::scan`], by the search that is given.
    pub(crate) fn scan_by(
        &self,
        search: Search,
        text: &str,
        file: &File<'_>,
        scratch: &mut Scratch,
    ) {
        scratch.begin();
        let mut decoded = Decoded { layers: 0, bytes: 0 };
        files::scan(file.path, text, &mut scratch.found);
        self.layer(search, text, file, 0, &mut decoded, scratch);
        scratch.found.sort_by(|a, b| order(a).cmp(&order(b)));
        scratch.found.dedup_by(|b, a| order(a) == order(b));
    }

    /// Scans one layer of a text and those below it.
    fn layer(
        &self,
        search: Search,
        text: &str,
        file: &File<'_>,
        depth: usize,
        decoded: &mut Decoded,
        scratch: &mut Scratch,
    ) {
        let mut layers = Vec::new();
        let mut runs = std::mem::take(&mut scratch.runs);
        runs_into(text.as_bytes(), &mut runs);
        for set in &self.sets {
            set.pass(search, text, &runs, file, scratch, &mut layers);
        }
        if depth < MAX_DEPTH {
            escape::base64_runs(text, &runs, &mut layers);
        } else {
            layers.clear();
        }
        scratch.runs = runs;
        for layer in layers {
            decoded.layers += 1;
            decoded.bytes += layer.text.len();
            if decoded.layers > MAX_LAYERS || decoded.bytes > MAX_DECODED {
                scratch.cut = true;
                break;
            }
            let found = scratch.found.len();
            let refuted = scratch.refuted.len();
            let inner = File { language: language_of(&layer, file.language), ..*file };
            self.layer(search, &layer.text, &inner, depth + 1, decoded, scratch);
            if escape::is_pgpass(&layer.text) {
                files::scan(".pgpass", &layer.text, &mut scratch.found);
            }
            for candidate in &mut scratch.found[found..] {
                candidate.region = outer(&layer, candidate.region);
                for (region, _) in &mut candidate.related {
                    *region = outer(&layer, *region);
                }
                if let Some(name) = &mut candidate.name {
                    name.region = outer(&layer, name.region);
                }
                candidate.encoding = Some(layer.encoding);
            }
            for region in &mut scratch.refuted[refuted..] {
                *region = outer(&layer, *region);
            }
            scratch.found.extend(escape::login(text, &layer));
        }
    }
}

/// What decoded layers have cost so far.
struct Decoded {
    layers: usize,
    bytes: usize,
}

/// Candidates in the order of the text; equal ones are the same.
fn order(candidate: &Candidate) -> (Region, &'static str) {
    (candidate.region, candidate.kind.id)
}

impl Set {
    /// Finds everything that stands in the text as it is.
    fn pass(
        &self,
        search: Search,
        text: &str,
        runs: &[Region],
        file: &File<'_>,
        scratch: &mut Scratch,
        layers: &mut Vec<escape::Layer>,
    ) {
        scratch.begin_pass();
        let table = self.table;
        let mut pass = Pass::default();
        let bytes = text.as_bytes();
        let mappings = mappings::mappings(file.path, text);
        let mut far = std::mem::take(&mut scratch.far);
        far_from_runs(bytes, runs, &mut far);
        for (index, left_out) in [(&table.everywhere, &mappings), (&table.near_runs, &far)] {
            let mut at_literal = |number: u16, position: usize| {
                let literal = &index.literals[usize::from(number)];
                let hit = Region::new(position, position + literal.text.len());
                if overlaps(left_out, hit) {
                    return;
                }
                for &target in index.targets_of(number) {
                    match target {
                        Target::Detector(number)
                            if search == Search::Everywhere && self.is_anchored(number) => {}
                        _ => self.ask(target, text, hit, file, scratch, &mut pass),
                    }
                }
            };
            match search {
                Search::Table => index.hits_outside(bytes, left_out, &mut at_literal),
                Search::Everywhere => {
                    for (number, position) in reference::hits(index, bytes) {
                        at_literal(number, position);
                    }
                }
            }
        }
        if search == Search::Everywhere {
            for (number, detector) in (0u16..).zip(table.detectors) {
                if self.is_anchored(number) && passes(detector, number, text, file, scratch) {
                    let mut start = 0;
                    for part in &mappings {
                        let end = part.start;
                        scratch.windows.push(Window { detector: number, start, end });
                        start = part.end;
                    }
                    scratch.windows.push(Window { detector: number, start, end: text.len() });
                }
            }
        }
        scratch.far = far;
        self.windows(text, scratch);
        layers.append(&mut pass.layers);
    }

    /// Asks what is to be asked at a literal.
    fn ask(
        &self,
        target: Target,
        text: &str,
        hit: Region,
        file: &File<'_>,
        scratch: &mut Scratch,
        pass: &mut Pass,
    ) {
        match target {
            Target::Detector(number) => {
                self.detector(number, text, hit, file, scratch, &mut pass.pairs);
            }
            Target::Finder(Finder::Escape) => {
                if let Some(layer) = escape::at(text, hit, pass.decoded_to) {
                    pass.decoded_to = layer.region.end;
                    pass.layers.push(layer);
                }
            }
            Target::Finder(finder) => {
                let before = scratch.found.len();
                structural(finder, text, hit, file, scratch, &mut pass.pairs);
                if scratch.found.len() > before && !scratch.counts.more(target) {
                    scratch.found.truncate(before);
                    scratch.cut = true;
                }
            }
        }
    }

    fn is_anchored(&self, number: u16) -> bool {
        matches!(self.table.detectors[usize::from(number)].shape, Shape::Anchored { .. })
    }

    /// One of a detector's literals was met.
    fn detector(
        &self,
        number: u16,
        text: &str,
        hit: Region,
        file: &File<'_>,
        scratch: &mut Scratch,
        pairs: &mut Pairs,
    ) {
        let detector = &self.table.detectors[usize::from(number)];
        match detector.shape {
            Shape::Anchored { lead, reach, tail, tail_length, .. } => {
                let after = text.as_bytes().get(hit.end..hit.end + tail_length);
                if !after.is_some_and(|bytes| bytes.iter().all(|&byte| has(&tail, byte)))
                    || !passes(detector, number, text, file, scratch)
                {
                    return;
                }
                let start = hit.start.saturating_sub(lead);
                let end = hit.start.saturating_add(reach).min(text.len());
                // Neighbouring windows of one detector are one.
                match scratch.windows.last_mut() {
                    Some(last) if last.detector == number && last.end >= start => {
                        last.end = last.end.max(end);
                    }
                    _ => scratch.windows.push(Window { detector: number, start, end }),
                }
            }
            Shape::Named { names, .. } => {
                let Some(pair) = pairs.at(text, hit, file) else { return };
                if !names::has_any(&pair.name.text, names)
                    || !passes(detector, number, text, file, scratch)
                {
                    return;
                }
                let expression = self.expression(number);
                let mut captures = expression.regex.create_captures();
                expression.regex.captures(pair.value.as_bytes(), &mut captures);
                let Some(matched) = captures.get_match() else { return };
                if matched.range() != (0..pair.value.len()) {
                    return;
                }
                if !scratch.counts.more(Target::Detector(number)) {
                    scratch.cut = true;
                    return;
                }
                let mut candidate =
                    Candidate::new(&detector.kind, pair.region, pair.value.0.clone());
                candidate.body = expression.body(&captures, 0);
                candidate.name = Some(pair.name.clone());
                candidate.standing = pair.standing;
                confirm(detector, candidate, scratch);
            }
        }
    }

    /// Runs the expressions over the windows that were kept.
    fn windows(&self, text: &str, scratch: &mut Scratch) {
        let mut windows = std::mem::take(&mut scratch.windows);
        windows.sort_unstable();
        let mut index = 0;
        while index < windows.len() {
            let Window { detector, start, mut end } = windows[index];
            index += 1;
            while let Some(next) = windows.get(index) {
                if next.detector != detector || next.start > end {
                    break;
                }
                end = end.max(next.end);
                index += 1;
            }
            self.matches(detector, text, Region::new(start, end), scratch);
        }
        scratch.windows = windows;
    }

    /// Every match of one detector's expression within a window.
    pub(crate) fn matches(&self, number: u16, text: &str, window: Region, scratch: &mut Scratch) {
        let detector = &self.table.detectors[usize::from(number)];
        let expression = self.expression(number);
        let mut captures: Captures = expression.regex.create_captures();
        let mut at = window.start;
        while at <= window.end {
            let input = Input::new(text.as_bytes()).span(at..window.end);
            expression.regex.search_captures(&input, &mut captures);
            let Some(whole) = captures.get_match() else { break };
            at = whole.end().max(at + 1);
            let Some(span) = captures.get_group(expression.group) else { continue };
            let Some(secret) = text.get(span.range()) else { continue };
            if !scratch.counts.more(Target::Detector(number)) {
                scratch.cut = true;
                break;
            }
            let region = Region::new(span.start, span.end);
            let mut candidate = Candidate::new(&detector.kind, region, secret);
            candidate.body = expression.body(&captures, span.start);
            confirm(detector, candidate, scratch);
        }
    }

    fn expression(&self, number: u16) -> &Expression {
        self.expressions[usize::from(number)].get_or_init(|| {
            let source = source_of(&self.table.detectors[usize::from(number)]);
            let regex = expression::compile(&source).expect("packs are checked when they are read");
            let named = |name: &str| regex.group_info().to_index(PatternID::ZERO, name);
            let (group, body) = (named("secret").unwrap_or_default(), named("body"));
            Expression { regex, group, body }
        })
    }
}

/// The expression by which a detector confirms what it finds.
fn source_of(detector: &Detector) -> String {
    match detector.shape {
        Shape::Anchored { expression, .. } => expression.to_owned(),
        Shape::Named { value, .. } => format!("^(?:{value})$"),
    }
}

/// Whether a detector's expression can be compiled: it may be too large. To be asked
/// of detectors that were not built in.
#[must_use]
pub fn compiles(detector: &Detector) -> bool {
    expression::compile(&source_of(detector)).is_ok()
}

impl Expression {
    /// Where in a secret that begins at `start` its random part is.
    fn body(&self, captures: &Captures, start: usize) -> Option<Range<usize>> {
        let span = captures.get_group(self.body?)?;
        Some(span.start.checked_sub(start)?..span.end.checked_sub(start)?)
    }
}

/// Whether a literal overlaps one of the parts, which are in order.
fn overlaps(parts: &[Region], hit: Region) -> bool {
    let next = parts.partition_point(|part| part.end <= hit.start);
    parts.get(next).is_some_and(|part| part.start < hit.end)
}

/// Asks a structural finder.
fn structural(
    finder: Finder,
    text: &str,
    hit: Region,
    file: &File<'_>,
    scratch: &mut Scratch,
    pairs: &mut Pairs,
) {
    let out = &mut scratch.found;
    match finder {
        Finder::Pair => {
            if hit.start >= pairs.heading {
                pairs.heading = pair::column(text, hit, file, out).unwrap_or(pairs.heading);
            }
            let Some(pair) = pairs.at(text, hit, file) else { return };
            out.extend(pair::generic(pair, text, file));
        }
        Finder::Url => url::find(text, hit, file, out),
        Finder::Authorization => authorization::find(text, hit, file, out),
        Finder::Command => command::find(text, hit, file, out),
        Finder::Sql => sql::find(text, hit, file, out),
        Finder::PrivateKey => private_key::find(text, hit, file, out),
        Finder::Jwt => jwt::find(text, hit, file, out),
        Finder::Hash => hash::find(text, hit, file, out),
        Finder::Jwk => jwk::find(text, hit, file, out),
        Finder::Escape => {}
    }
}

/// What is kept from literal to literal of one text.
#[derive(Default)]
struct Pass {
    pairs: Pairs,
    /// Where the last decoded layer ends.
    decoded_to: usize,
    layers: Vec<escape::Layer>,
}

/// The pair that was extracted last: a name usually has several telling words.
#[derive(Default)]
struct Pairs {
    last: Option<Pair>,
    /// Where the last heading of a table ends.
    heading: usize,
}

impl Pairs {
    fn at(&mut self, text: &str, hit: Region, file: &File<'_>) -> Option<&Pair> {
        let known = self.last.as_ref().is_some_and(|pair| {
            let name = pair.name.region;
            name.start <= hit.start && hit.end <= name.end
        });
        if !known {
            self.last = pair::extract(text, hit, file);
        }
        self.last.as_ref()
    }
}

/// What a detector asks of the file as a whole.
fn passes(
    detector: &Detector,
    number: u16,
    text: &str,
    file: &File<'_>,
    scratch: &mut Scratch,
) -> bool {
    if detector.requires.is_empty() && detector.paths.is_empty() {
        return true;
    }
    if let Some((_, passes)) = scratch.gates.iter().find(|(of, _)| *of == number) {
        return *passes;
    }
    let passes = (detector.paths.is_empty() || paths::match_any(detector.paths, file.path))
        && (detector.requires.is_empty()
            || detector.requires.iter().any(|word| names::occurs(text, word)));
    scratch.gates.push((number, passes));
    passes
}

/// Keeps a candidate whose entropy and proof are as the detector wants them.
fn confirm(detector: &Detector, mut candidate: Candidate, scratch: &mut Scratch) {
    if detector.entropy > 0.0
        && seaworthy_analysis::values::entropy_per_char(&candidate.secret)
            < f64::from(detector.entropy)
    {
        return;
    }
    if let Some(proof) = detector.proof {
        if !proof.holds(candidate.body().unwrap_or(&candidate.secret)) {
            scratch.refuted.push(candidate.region);
            return;
        }
        candidate.proof = Some(proof.claim());
    }
    scratch.found.push(candidate);
}

/// Whether a set of bytes has this one.
fn has(set: &[u64; 4], byte: u8) -> bool {
    set[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
}
