//! How far a match reaches around an anchor, and the proof that it has one.
//!
//! The expression becomes an automaton, and beside it runs one that knows the
//! anchors. A match that comes to its end before the second has seen an anchor
//! has none: then the prefilter would miss it, and the expression is refused.
//! Where the second automaton sees its first anchor the expression is cut, and
//! the longest paths before and after the cut are the window that the engine
//! has to look at. Assertions (`\b`, `^`) count as if they held, so that every
//! bound errs to the safe side.
//!
//! The bounds hold for the anchor of a match that *ends* first. Other anchors in
//! the same match may find themselves outside of the window or before bytes that
//! are not in the tail; nothing is lost, since the first one finds the match.

use regex_automata::nfa::thompson::{Compiler, Config, NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::Hir;

/// The most states of both automata together.
const MAX_STATES: usize = 1 << 21;
/// The most memory that the expression's automaton may take.
const MAX_NFA: usize = 4 << 20;
/// The most bytes after an anchor that are told.
const MAX_TAIL: usize = 32;

/// The surroundings of an anchor; see [`crate::Shape::Anchored`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Windows {
    pub(crate) lead: usize,
    pub(crate) reach: usize,
    pub(crate) tail: [u64; 4],
    pub(crate) tail_length: usize,
}

/// The windows of an expression of bounded length.
pub(crate) fn windows(hir: &Hir, anchors: &[&str], ignore_case: bool) -> Result<Windows, String> {
    let config =
        Config::new().which_captures(WhichCaptures::None).utf8(false).nfa_size_limit(Some(MAX_NFA));
    let nfa = Compiler::new()
        .configure(config)
        .build_from_hir(hir)
        .map_err(|_| "the expression is too large".to_owned())?;
    let seeker = Seeker::new(anchors, ignore_case);
    if nfa.states().len() * seeker.nodes() > MAX_STATES {
        return Err("the expression is too large for so many anchors".to_owned());
    }
    let order = order(&nfa)?;
    let rest = rests(&nfa, &order);

    // How many bytes at most lead to a pair of states in which no anchor was
    // seen; `None` where nothing leads.
    let width = seeker.nodes();
    let mut depths: Vec<Option<usize>> = vec![None; nfa.states().len() * width];
    depths[nfa.start_anchored().as_usize() * width] = Some(0);
    let mut cut = Cut { lead: 0, reach: 0, shortest: usize::MAX, states: Vec::new() };
    for &state in &order {
        for node in 0..width {
            let Some(depth) = depths[state.as_usize() * width + node] else { continue };
            let mut reached = |next: StateID, node: usize, depth: usize| {
                let place = &mut depths[next.as_usize() * width + node];
                *place = (*place).max(Some(depth));
            };
            if matches!(nfa.state(state), State::Match { .. }) {
                return Err("a match need not contain any of the anchors".to_owned());
            }
            silent(nfa.state(state), |next| reached(next, node, depth));
            bytes(nfa.state(state), |start, end, next| {
                // What cannot come to a match is no part of one.
                let Some((least, most)) = rest[next.as_usize()] else { return };
                seeker.classes_of(start, end, |class| {
                    let into = seeker.step(node, class);
                    match seeker.found(into) {
                        Some(found) => cut.at(depth + 1, found, least, most, next),
                        None => reached(next, into, depth + 1),
                    }
                });
            });
        }
    }
    let (tail, tail_length) = tail(&nfa, &order, cut.states, cut.shortest.min(MAX_TAIL));
    Ok(Windows { lead: cut.lead, reach: cut.reach, tail, tail_length })
}

/// What is known of the places where the first anchor of a match ends.
struct Cut {
    lead: usize,
    reach: usize,
    /// The fewest bytes of a match after an anchor.
    shortest: usize,
    /// The states after the anchor.
    states: Vec<StateID>,
}

impl Cut {
    /// An anchor of a length in `found` ends after `depth` bytes, and a match
    /// goes on for `least` to `most`.
    fn at(
        &mut self,
        depth: usize,
        found: (usize, usize),
        least: usize,
        most: usize,
        next: StateID,
    ) {
        self.lead = self.lead.max(depth - found.0);
        self.reach = self.reach.max(found.1 + most);
        self.shortest = self.shortest.min(least);
        self.states.push(next);
    }
}

/// The transitions that take no byte.
fn silent(state: &State, mut to: impl FnMut(StateID)) {
    match state {
        State::Look { next, .. } | State::Capture { next, .. } => to(*next),
        State::Union { alternates } => alternates.iter().for_each(|&next| to(next)),
        State::BinaryUnion { alt1, alt2 } => {
            to(*alt1);
            to(*alt2);
        }
        State::ByteRange { .. }
        | State::Sparse(_)
        | State::Dense(_)
        | State::Fail
        | State::Match { .. } => {}
    }
}

/// The transitions that take a byte of a range.
fn bytes(state: &State, mut to: impl FnMut(u8, u8, StateID)) {
    match state {
        State::ByteRange { trans } => to(trans.start, trans.end, trans.next),
        State::Sparse(sparse) => {
            sparse.transitions.iter().for_each(|trans| to(trans.start, trans.end, trans.next));
        }
        State::Dense(dense) => {
            for (byte, &next) in (0..=u8::MAX).zip(&dense.transitions) {
                if next != StateID::ZERO {
                    to(byte, byte, next);
                }
            }
        }
        _ => {}
    }
}

/// The states that can be reached, each after all that lead to it. There are no
/// circles in an expression of bounded length, but for parts without a byte.
fn order(nfa: &NFA) -> Result<Vec<StateID>, String> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; nfa.states().len()];
    let mut order = Vec::new();
    let mut stack = vec![nfa.start_anchored()];
    while let Some(&state) = stack.last() {
        match marks[state.as_usize()] {
            Mark::Done => {
                stack.pop();
            }
            Mark::Open => {
                marks[state.as_usize()] = Mark::Done;
                order.push(state);
                stack.pop();
            }
            Mark::New => {
                marks[state.as_usize()] = Mark::Open;
                let mut circle = false;
                let mut visit = |next: StateID| match marks[next.as_usize()] {
                    Mark::New => stack.push(next),
                    Mark::Open => circle = true,
                    Mark::Done => {}
                };
                silent(nfa.state(state), &mut visit);
                bytes(nfa.state(state), |_, _, next| visit(next));
                if circle {
                    return Err("an empty part is repeated without an end".to_owned());
                }
            }
        }
    }
    order.reverse();
    Ok(order)
}

/// For each state the fewest and the most bytes from it to a match; `None` where
/// there is none.
fn rests(nfa: &NFA, order: &[StateID]) -> Vec<Option<(usize, usize)>> {
    let mut rests: Vec<Option<(usize, usize)>> = vec![None; nfa.states().len()];
    for &state in order.iter().rev() {
        let mut rest = matches!(nfa.state(state), State::Match { .. }).then_some((0, 0));
        let mut join = |next: StateID, more: usize| {
            let Some((least, most)) = rests[next.as_usize()] else { return };
            let (least, most) = (least + more, most + more);
            rest = Some(rest.map_or((least, most), |(a, b)| (least.min(a), most.max(b))));
        };
        silent(nfa.state(state), |next| join(next, 0));
        bytes(nfa.state(state), |_, _, next| join(next, 1));
        rests[state.as_usize()] = rest;
    }
    rests
}

/// The bytes that can stand in the first places after an anchor, and in how many
/// places: as many as tell most, for the set grows with each.
fn tail(nfa: &NFA, order: &[StateID], cut: Vec<StateID>, most: usize) -> ([u64; 4], usize) {
    let mut now = vec![false; nfa.states().len()];
    cut.into_iter().for_each(|state| now[state.as_usize()] = true);
    let mut set = [0_u64; 4];
    let mut best = ([0; 4], 0);
    let mut most_told = 0;
    for length in 1..=most {
        let mut then = vec![false; nfa.states().len()];
        // In order, so that what a silent step reaches is looked at afterwards.
        for &state in order {
            if now[state.as_usize()] {
                silent(nfa.state(state), |next| now[next.as_usize()] = true);
                bytes(nfa.state(state), |start, end, next| {
                    (start..=end).for_each(|b| set[usize::from(b >> 6)] |= 1 << (b & 63));
                    then[next.as_usize()] = true;
                });
            }
        }
        now = then;
        let size: u32 = set.iter().map(|word| word.count_ones()).sum();
        // Sixteenths of a bit that the places tell if all bytes are alike.
        let told = length * (8 * 16 - (f64::from(size.max(1)).log2() * 16.0) as usize);
        if told > most_told {
            most_told = told;
            best = (set, length);
        }
    }
    best
}

/// An automaton that finds the anchors (Aho and Corasick's), over classes of
/// bytes: one for each byte of an anchor, and class 0 for all others.
struct Seeker {
    classes: Vec<u8>,
    /// How many classes there are.
    width: usize,
    /// For each node and class the next node.
    steps: Vec<u32>,
    /// For each node the shortest and the longest anchor that ends there.
    found: Vec<Option<(usize, usize)>>,
}

impl Seeker {
    fn new(anchors: &[&str], ignore_case: bool) -> Self {
        let fold = |byte: u8| if ignore_case { byte.to_ascii_lowercase() } else { byte };
        let mut classes = vec![0_u8; 256];
        let mut width = 1;
        for byte in anchors.iter().flat_map(|anchor| anchor.bytes()) {
            let class = &mut classes[usize::from(fold(byte))];
            // Anchors are ASCII: there are at most 128 classes.
            if *class == 0 {
                *class = width;
                width += 1;
            }
        }
        if ignore_case {
            for upper in b'A'..=b'Z' {
                classes[usize::from(upper)] = classes[usize::from(upper.to_ascii_lowercase())];
            }
        }
        let width = usize::from(width);
        let mut seeker = Seeker { classes, width, steps: vec![0; width], found: vec![None] };
        for anchor in anchors {
            let mut node = 0;
            for byte in anchor.bytes() {
                let slot = node * width + usize::from(seeker.classes[usize::from(byte)]);
                node = seeker.steps[slot] as usize;
                if node == 0 {
                    node = seeker.found.len();
                    seeker.steps[slot] = node as u32;
                    seeker.steps.resize((node + 1) * width, 0);
                    seeker.found.push(None);
                }
            }
            seeker.end(node, Some((anchor.len(), anchor.len())));
        }
        seeker.link();
        seeker
    }

    /// Fills in the steps that leave the tree, breadth first.
    fn link(&mut self) {
        let mut queue: Vec<(usize, usize)> = Vec::new();
        for class in 0..self.width {
            match self.steps[class] as usize {
                0 => {}
                child => queue.push((child, 0)),
            }
        }
        let mut at = 0;
        while let Some(&(node, fallback)) = queue.get(at) {
            at += 1;
            self.end(node, self.found[fallback]);
            for class in 0..self.width {
                let other = self.steps[fallback * self.width + class];
                match self.steps[node * self.width + class] as usize {
                    0 => self.steps[node * self.width + class] = other,
                    child => queue.push((child, other as usize)),
                }
            }
        }
    }

    /// Notes that anchors end at a node.
    fn end(&mut self, node: usize, lengths: Option<(usize, usize)>) {
        let Some((short, long)) = lengths else { return };
        let found = &mut self.found[node];
        *found = Some(found.map_or((short, long), |(a, b)| (a.min(short), b.max(long))));
    }

    fn nodes(&self) -> usize {
        self.found.len()
    }

    fn step(&self, node: usize, class: usize) -> usize {
        self.steps[node * self.width + class] as usize
    }

    fn found(&self, node: usize) -> Option<(usize, usize)> {
        self.found[node]
    }

    /// Every class of the bytes of a range, some of them more than once.
    fn classes_of(&self, start: u8, end: u8, mut each: impl FnMut(usize)) {
        let mut other = false;
        for byte in start..=end {
            match self.classes[usize::from(byte)] {
                0 => other = true,
                class => each(usize::from(class)),
            }
        }
        if other {
            each(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(expression: &str, anchors: &[&str], ignore_case: bool) -> Result<Windows, String> {
        let hir = crate::expression::parse(expression).expect("the expression is right");
        windows(&hir, anchors, ignore_case)
    }

    fn set(bytes: &str) -> [u64; 4] {
        let mut set = [0; 4];
        bytes.bytes().for_each(|byte| set[usize::from(byte >> 6)] |= 1 << (byte & 63));
        set
    }

    #[test]
    fn lead_and_reach_are_the_longest_ways_around_the_first_anchor() {
        let cases: &[(&str, &[&str], usize, usize)] = &[
            (r"\babc_[0-9]{8}\b", &["abc_"], 0, 12),
            (r"(?:^|[^a-z])abc_[0-9]{8,10}(?:x|yz)?", &["abc_"], 1, 16),
            // A common prefix that the parser takes out.
            (r"(?:access|auth)-[0-9]{3}", &["access", "auth"], 0, 10),
            (r"[0-9]{5,9}:AAE[a-z]{4}", &[":AA"], 9, 8),
            // The anchor lies in a class beside others.
            (r"x[abc]{3}y", &["xaa", "xab", "xac", "xba", "xbb", "xbc", "xca", "xcb", "xcc"], 0, 5),
            // The first anchor of a match counts, wherever it stands.
            (r"(?:ab1|[0-9]{4})-?ab1[0-9]", &["ab1"], 5, 8),
            // One anchor is the end of another: both windows are covered.
            (r"my_live_[0-9]{2}", &["my_live_", "live_"], 3, 10),
        ];
        for &(expression, anchors, lead, reach) in cases {
            let got = of(expression, anchors, false).expect(expression);
            assert_eq!((got.lead, got.reach), (lead, reach), "{expression}");
        }
    }

    #[test]
    fn an_expression_that_matches_without_an_anchor_is_refused() {
        let cases: &[(&str, &[&str], bool, bool)] = &[
            ("abc[0-9]{4}", &["abc"], false, true),
            ("ab[cd][0-9]{4}", &["abc"], false, false),
            ("ab[cd][0-9]{4}", &["abc", "abd"], false, true),
            ("(?:abc)?[0-9]{4}", &["abc"], false, false),
            ("(?i)abc[0-9]{4}", &["abc"], false, false),
            ("(?i)abc[0-9]{4}", &["ABC"], true, true),
            ("(?:abc|xyz)[0-9]{4}", &["abc"], false, false),
            ("[a-z]{3}[0-9]{4}", &["abc"], false, false),
            (r"\babc", &["abc"], false, true),
            // Assertions count as if they held.
            (r"(?:abc|\bxyz\b)[0-9]", &["abc"], false, false),
            // A branch that never matches needs no anchor.
            (r"(?:abc|x[a&&b]y)[0-9]", &["abc"], false, true),
        ];
        for &(expression, anchors, ignore_case, want) in cases {
            let got = of(expression, anchors, ignore_case);
            assert_eq!(got.is_ok(), want, "{expression} {anchors:?} {got:?}");
        }
    }

    #[test]
    fn the_tail_holds_every_byte_that_may_follow_an_anchor() {
        let cases = [
            ("abc_[0-9]{8}", "0123456789", 8),
            ("abc_[0-9]{40}", "0123456789", 32),
            // Nothing need follow.
            ("abc_[0-9]{0,8}", "", 0),
            ("abc_(?:1|23)", "12", 1),
            // Beyond eight digits the set would grow to all bytes and tell less.
            (r"abc_[0-9]{8}[\x00-\xff]{9}", "0123456789", 8),
        ];
        for (expression, bytes, length) in cases {
            let got = of(expression, &["abc_"], false).expect(expression);
            assert_eq!((got.tail, got.tail_length), (set(bytes), length), "{expression}");
        }
    }

    #[test]
    fn large_expressions_are_refused_or_quickly_done() {
        assert!(of("abc[a-z]{4000}", &["abc"], false).is_ok());
        assert!(of("abc(?:(?:a?){60}){60}", &["abc"], false).is_ok());
        let many: Vec<String> = (0..3000).map(|n| format!("abc{n:04}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(of("abc[0-9]{4}[a-z]{3000}", &many, false).is_err());
    }
}
