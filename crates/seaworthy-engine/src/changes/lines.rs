//! Which lines of a text another text has not.
//!
//! Lines that both have in the same order are found between lines that each has once, as
//! a patience diff does. It takes hardly more than linear time on whatever text, since
//! whoever wrote the repository wrote both.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    /// It stood there.
    Old,
    /// It stood elsewhere in the text, or otherwise indented.
    Moved,
    /// It was added or changed.
    New,
}

/// Halves are compared again so many times; what is left then is compared as bags.
const MAX_DEPTH: usize = 64;
/// The most cells of a table of two stretches that have no line of their own.
const MAX_CELLS: usize = 1 << 16;

/// What the lines of `new` are against `old`. White space at the ends of lines does not
/// count.
pub(super) fn compare(old: &str, new: &str) -> Vec<Line> {
    let keys = RandomState::new();
    let hashed = |text: &str| -> Vec<u64> {
        lines(text).map(|line| keys.hash_one(line.trim_end())).collect()
    };
    let (before, after) = (hashed(old), hashed(new));
    let (kept_before, kept_after) = common(&before, &after);
    let mut gone: HashMap<u64, usize> = HashMap::new();
    for (line, _) in lines(old).zip(&kept_before).filter(|(_, kept)| !**kept) {
        *gone.entry(keys.hash_one(line.trim())).or_default() += 1;
    }
    let state = |(line, kept): (&str, bool)| {
        if kept {
            return Line::Old;
        }
        match gone.get_mut(&keys.hash_one(line.trim())) {
            Some(left) if *left > 0 => {
                *left -= 1;
                Line::Moved
            }
            _ => Line::New,
        }
    };
    lines(new).zip(kept_after).map(state).collect()
}

/// The part of all lines of two texts that both have, of 100.
pub(super) fn likeness(a: &str, b: &str) -> usize {
    let mut bag: HashMap<&str, usize> = HashMap::new();
    let mut all = 0;
    for line in lines(a).filter(|line| !line.trim().is_empty()) {
        *bag.entry(line.trim()).or_default() += 1;
        all += 1;
    }
    let mut both = 0;
    let mut others = 0;
    for line in lines(b).filter(|line| !line.trim().is_empty()) {
        others += 1;
        if let Some(left) = bag.get_mut(line.trim()).filter(|left| **left > 0) {
            *left -= 1;
            both += 1;
        }
    }
    both * 100 / all.max(others).max(1)
}

/// The lines as positions count them: LF, CRLF and a lone CR end one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\n', b'\r', text.as_bytes()) else {
            rest = None;
            return Some(text);
        };
        let after = &text[end..];
        let after = after.strip_prefix("\r\n").unwrap_or(&after[1..]);
        rest = Some(after);
        Some(&text[..end])
    })
}

/// Which lines of each belong to what both have in the same order.
fn common(old: &[u64], new: &[u64]) -> (Vec<bool>, Vec<bool>) {
    let (mut kept_old, mut kept_new) = (vec![false; old.len()], vec![false; new.len()]);
    let mut open = vec![(0..old.len(), 0..new.len(), 0)];
    while let Some((mut a, mut b, depth)) = open.pop() {
        while !a.is_empty() && !b.is_empty() && old[a.start] == new[b.start] {
            (kept_old[a.start], kept_new[b.start]) = (true, true);
            (a.start, b.start) = (a.start + 1, b.start + 1);
        }
        while !a.is_empty() && !b.is_empty() && old[a.end - 1] == new[b.end - 1] {
            (a.end, b.end) = (a.end - 1, b.end - 1);
            (kept_old[a.end], kept_new[b.end]) = (true, true);
        }
        if a.is_empty() || b.is_empty() {
            continue;
        }
        let anchors =
            if depth < MAX_DEPTH { anchors(&old[a.clone()], &new[b.clone()]) } else { Vec::new() };
        if anchors.is_empty() {
            let pairs = match a.len().saturating_mul(b.len()) <= MAX_CELLS {
                true => longest(&old[a.clone()], &new[b.clone()]),
                false => in_order(&old[a.clone()], &new[b.clone()]),
            };
            for (i, j) in pairs {
                (kept_old[a.start + i], kept_new[b.start + j]) = (true, true);
            }
            continue;
        }
        let (mut from, end) = ((a.start, b.start), (a.end, b.end));
        for (i, j) in anchors {
            let (i, j) = (a.start + i, b.start + j);
            (kept_old[i], kept_new[j]) = (true, true);
            open.push((from.0..i, from.1..j, depth + 1));
            from = (i + 1, j + 1);
        }
        open.push((from.0..end.0, from.1..end.1, depth + 1));
    }
    (kept_old, kept_new)
}

/// Lines that each has once, as many as are in the same order.
fn anchors(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let once = |lines: &[u64]| {
        let mut places: HashMap<u64, Option<usize>> = HashMap::new();
        for (index, line) in lines.iter().enumerate() {
            places.entry(*line).and_modify(|place| *place = None).or_insert(Some(index));
        }
        places
    };
    let of_new = once(new);
    let mut pairs: Vec<(usize, usize)> =
        once(old).into_iter().filter_map(|(line, i)| Some((i?, (*of_new.get(&line)?)?))).collect();
    pairs.sort_unstable();
    // The longest rising run of places in the new text.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, &(_, j)) in pairs.iter().enumerate() {
        let at = ends.partition_point(|&end| pairs[end].1 < j);
        before.push(at.checked_sub(1).map(|previous| ends[previous]));
        match ends.get_mut(at) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut last = ends.last().copied();
    while let Some(index) = last {
        run.push(pairs[index]);
        last = before[index];
    }
    run.reverse();
    run
}

/// The most pairs of equal lines in order, by a table.
fn longest(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut table = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i * width + j] = match old[i] == new[j] {
                true => table[(i + 1) * width + j + 1] + 1,
                false => table[(i + 1) * width + j].max(table[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if table[(i + 1) * width + j] >= table[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Pairs of equal lines in order, each the next there is.
fn in_order(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, line) in old.iter().enumerate() {
        places.entry(*line).or_default().push(index);
    }
    let mut from = 0;
    let mut pairs = Vec::new();
    for (j, line) in new.iter().enumerate() {
        let Some(at) = places.get(line) else { continue };
        if let Some(&i) = at.get(at.partition_point(|&place| place < from)) {
            pairs.push((i, j));
            from = i + 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `=` old, `~` moved, `+` new.
    fn signs(old: &str, new: &str) -> String {
        let sign = |line: Line| match line {
            Line::Old => '=',
            Line::Moved => '~',
            Line::New => '+',
        };
        compare(old, new).into_iter().map(sign).collect()
    }

    #[test]
    fn lines_are_told_apart() {
        for (old, new, want) in [
            ("a\nb\nc", "a\nb\nc", "==="),
            ("a\nb\nc", "x\na\nb\nc", "+==="),
            ("a\nb\nc", "a\nB\nc", "=+="),
            ("a\nb\nc", "c\na\nb", "~=="),
            ("a\nb", "  a\nb", "~="),
            ("a\r\nb\r\n", "a\nb\n", "==="),
            ("", "a\nb", "++"),
            ("a", "", "+"),
            ("x\nx\nx", "x\nx\nx\nx", "===+"),
            ("s1\n p\ns2\n q", "s1\n p\ns2\n p\n q", "===+="),
            ("s1\n p\ns2\n q", "s1\n q\ns2\n p", "==~~"),
            ("}\n}\na\n}", "}\nb\n}\na\n}", "=+==="),
        ] {
            assert_eq!(signs(old, new), want, "{old:?} {new:?}");
        }
    }

    #[test]
    fn what_was_moved_counts_once() {
        assert_eq!(signs("a\nb\nc\nd", "b\nc\nd\na\na"), "===~+");
    }

    #[test]
    fn long_texts_of_few_lines_are_bounded() {
        let old: String = (0..60_000).map(|n| ["x\n", "y\n"][n % 2]).collect();
        let new: String = (0..60_000).map(|n| ["y\n", "x\n", "z\n"][n % 3]).collect();
        let states = compare(&old, &new);
        assert_eq!(states.len(), 60_001);
        assert_eq!(states.iter().filter(|state| **state == Line::New).count(), 20_000);
    }

    #[test]
    fn likeness_is_a_share() {
        for (a, b, want) in [("a\nb\n", "a\nb\n", 100), ("a\nb", "a\nc", 50), ("", "", 0)] {
            assert_eq!(likeness(a, b), want);
        }
    }
}
