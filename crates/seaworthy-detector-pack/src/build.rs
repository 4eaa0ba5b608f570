//! Making tables of detectors.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::anchors::STRUCTURAL;
use crate::detector::{Detector, Shape};
use crate::runs;
use crate::table::{
    BEFORE, Beside, CLASSES, Entry, Index, Literal, PARTING, TRIGRAMS, Table, Target, trigram,
};

/// How frequent each trigram is in source text: eight times the binary logarithm
/// of one more than its occurrences in a gibibyte.
///
/// Counted over some 250 MB: JavaScript and TypeScript 35 %, Python 20 %,
/// documents of configuration and markup 15 %, Rust, C and prose 10 % each. Files
/// with a NUL were left out, and of each file only the first 256 KiB counted. The
/// figures choose places for the literals; they decide about speed alone.
static RARITY: &[u8; TRIGRAMS] = include_bytes!("trigrams.bin");

/// What remains of the cost of a place that is looked at anyway: the comparison.
const SHARED: f32 = 0.3;

/// By how much each letter makes a word rarer than its trigrams tell.
const LETTER: f32 = 0.7;

/// A literal before it has a number: its text, whether case is ignored, and what
/// stands beside it.
type Key = (String, bool, Beside);

impl Table {
    /// Makes the tables of the detectors, together with the literals of the
    /// structural finders if they are wanted. `None` when there are too many
    /// literals to be numbered, some 65,000.
    ///
    /// The tables are leaked: they are made once and serve to the end of the run.
    #[must_use]
    pub fn build(detectors: &'static [Detector], structural: bool) -> Option<Table> {
        let rarity = Rarity::new();
        let mut everywhere: BTreeMap<Key, Vec<Target>> = BTreeMap::new();
        let mut near_runs: BTreeMap<Key, Vec<Target>> = BTreeMap::new();
        for (number, detector) in detectors.iter().enumerate() {
            let target = Target::Detector(u16::try_from(number).ok()?);
            let has_run = match detector.shape {
                Shape::Named { value, .. } => runs::has_run(value),
                Shape::Anchored { .. } => false,
            };
            let wanted = if has_run { &mut near_runs } else { &mut everywhere };
            for key in literals(detector, &rarity) {
                let targets = wanted.entry(key).or_default();
                if targets.last() != Some(&target) {
                    targets.push(target);
                }
            }
        }
        let structural = if structural { STRUCTURAL } else { &[] };
        for &(finder, texts) in structural {
            for text in texts {
                let key = (text.to_ascii_lowercase(), true, Beside::Anything);
                everywhere.entry(key).or_default().push(Target::Finder(finder));
            }
        }
        let [everywhere, near_runs] = [everywhere, near_runs].map(|wanted| index(wanted, &rarity));
        Some(Table { detectors, everywhere: everywhere?, near_runs: near_runs? })
    }
}

/// Files the literals. `None` when there are too many.
fn index(wanted: BTreeMap<Key, Vec<Target>>, rarity: &Rarity) -> Option<Index> {
    let mut literals = Vec::new();
    let mut targets: Vec<Target> = Vec::new();
    for ((text, ignore_case, beside), at) in wanted {
        let from = u16::try_from(targets.len()).ok()?;
        targets.extend(at);
        let to = u16::try_from(targets.len()).ok()?;
        let text = String::leak(text);
        literals.push(Literal { text, ignore_case, beside, targets: (from, to) });
    }
    let filed = file(&literals, rarity)?;
    let trigrams: &mut [u8; TRIGRAMS] = Box::leak(Box::new([0; TRIGRAMS]));
    let mut heads = vec![0_u16];
    for (number, followers) in trigrams.iter_mut().enumerate() {
        let mut head = heads.last().copied().unwrap_or(0);
        for (place, _) in filed_under(&filed, number) {
            *followers |= place.follower;
            head += 1;
        }
        heads.push(head);
    }
    let entries: Vec<Entry> = filed.into_iter().map(|(_, entry)| entry).collect();
    let farthest = entries.iter().map(|entry| entry.offset).max().unwrap_or(0);
    Some(Index {
        trigrams,
        heads: Vec::leak(heads),
        entries: Vec::leak(entries),
        farthest,
        literals: Vec::leak(literals),
        targets: Vec::leak(targets),
    })
}

/// The literals at which a detector is tried.
fn literals(detector: &Detector, rarity: &Rarity) -> Vec<Key> {
    match &detector.shape {
        Shape::Anchored { anchors, ignore_case, .. } => {
            let fold = |anchor: &str| {
                if *ignore_case { anchor.to_ascii_lowercase() } else { anchor.to_owned() }
            };
            anchors.iter().map(|anchor| (fold(anchor), *ignore_case, Beside::Anything)).collect()
        }
        Shape::Named { names, .. } => names
            .iter()
            .filter_map(|name| place_of(name, rarity))
            .map(|(word, beside)| (word.to_owned(), true, beside))
            .collect(),
    }
}

/// The word by which a name is looked for, the rarest, and what stands beside it:
/// its longer neighbour, or the end of the word if the name has no other.
fn place_of(name: &'static str, rarity: &Rarity) -> Option<(&'static str, Beside)> {
    let words: Vec<&'static str> = name.split(' ').collect();
    let cost = |word: &str| {
        let least = places(word).map(|place| rarity.of(place)).min_by(f32::total_cmp);
        least.unwrap_or(f32::MAX) * LETTER.powi(i32::try_from(word.len()).unwrap_or(i32::MAX))
    };
    let long = words.iter().enumerate().filter(|(_, word)| word.len() >= 3);
    let (at, word) = long.min_by(|(_, one), (_, other)| cost(one).total_cmp(&cost(other)))?;
    let before = at.checked_sub(1).and_then(|at| words.get(at));
    let beside = match (before, words.get(at + 1)) {
        (None, None) => Beside::Ends,
        (Some(before), None) => Beside::Before(before),
        (None, Some(after)) => Beside::After(after),
        (Some(before), Some(after)) if before.len() > after.len() => Beside::Before(before),
        (Some(_), Some(after)) => Beside::After(after),
    };
    Some((word, beside))
}

/// A place in a text where it can be filed.
#[derive(Clone, Copy)]
struct Place {
    /// Where the trigram begins: one byte before the text at least.
    offset: i16,
    number: u16,
    /// The low three bits of the byte that follows, as a set; all when the text
    /// ends.
    follower: u8,
}

/// The places of a text, as far as an offset is a byte.
fn places(text: &str) -> impl Iterator<Item = Place> {
    let threes = text.as_bytes().windows(3).map(|three| trigram(three[0], three[1], three[2]));
    (0..=i16::from(u8::MAX)).zip(0..).zip(threes).map(|((offset, index), number)| {
        let next = text.as_bytes().get(index + 3);
        let follower = next.map_or(u8::MAX, |byte| 1 << (byte & 7));
        Place { offset, number, follower }
    })
}

/// The ways to file a text so that it is found by looking at every other place: two
/// places beside each other. Where there is only one, its neighbour is made of what
/// may stand before the text, or after it.
fn ways(text: &str) -> Vec<Vec<Place>> {
    let places: Vec<Place> = places(text).collect();
    let (&[a, b, c], &[only]) = (text.as_bytes(), &*places) else {
        return places.windows(2).map(<[Place]>::to_vec).collect();
    };
    let before = (0..32).map(|byte| Place {
        offset: -1,
        number: trigram(byte, a, b),
        follower: 1 << (c & 7),
    });
    let after =
        (0..32).map(|byte| Place { offset: 1, number: trigram(b, c, byte), follower: u8::MAX });
    vec![[only].into_iter().chain(before).collect(), [only].into_iter().chain(after).collect()]
}

/// How often places are met in source text.
struct Rarity {
    /// For each trigram its frequency.
    trigrams: Vec<f32>,
    /// For each two bytes, by the low five bits, and the low three bits of a third
    /// the part of the third among all.
    thirds: Vec<[f32; 8]>,
}

impl Rarity {
    fn new() -> Self {
        let trigrams: Vec<f32> = RARITY.iter().map(|&log| (f32::from(log) / 8.0).exp2()).collect();
        let thirds = (0..1 << 10)
            .map(|pair| {
                let mut parts = [0.0; 8];
                (0..32).for_each(|third| parts[third & 7] += trigrams[pair | third << 10]);
                let all: f32 = parts.iter().sum();
                parts.map(|part| part / all)
            })
            .collect();
        Self { trigrams, thirds }
    }

    /// How often the trigram of a place is met before a byte of its set.
    fn of(&self, place: Place) -> f32 {
        let number = usize::from(place.number) & (TRIGRAMS - 1);
        let thirds = self.thirds[number >> 5].iter().enumerate();
        let part: f32 = thirds
            .filter(|(third, _)| place.follower >> third & 1 == 1)
            .map(|(_, part)| part)
            .sum();
        self.trigrams[number] * part
    }
}

/// Files each text in the way that costs least, sorted by trigram. The shortest texts
/// come first: they have the least choice, and the others then share their places.
fn file(literals: &[Literal], rarity: &Rarity) -> Option<Vec<(Place, Entry)>> {
    // Literals of one text are neighbours, since they are sorted by it.
    let mut texts: Vec<(u16, &[Literal])> = Vec::new();
    let mut first = 0;
    for same in literals.chunk_by(same_text) {
        texts.push((first, same));
        first = first.checked_add(u16::try_from(same.len()).ok()?)?;
    }
    texts.sort_by_key(|(_, same)| same[0].text.len());
    let mut used = vec![0_u8; TRIGRAMS];
    let mut filed: Vec<(Place, Entry)> = Vec::with_capacity(2 * texts.len());
    for (literal, same) in texts {
        let cost = |way: &Vec<Place>| -> f32 {
            let of_place = |place: &Place| {
                let is_shared = place.follower & !used[usize::from(place.number)] == 0;
                rarity.of(*place) * if is_shared { SHARED } else { 1.0 }
            };
            way.iter().map(of_place).sum()
        };
        let cheapest =
            ways(same[0].text).into_iter().min_by(|one, other| cost(one).total_cmp(&cost(other)));
        let count = u16::try_from(same.len()).ok()?;
        let length = u16::try_from(same[0].text.len()).ok()?;
        let (before, after) = neighbours(same);
        for place in cheapest.unwrap_or_default() {
            used[usize::from(place.number)] |= place.follower;
            let (mask, want) = surroundings(&same[0], place.offset);
            let offset = place.offset;
            let entry = Entry { literal, count, offset, length, before, after, mask, want };
            filed.push((place, entry));
        }
    }
    filed.sort_by_key(|&(place, entry)| (place.number, entry.literal));
    u16::try_from(filed.len()).ok()?;
    Some(filed)
}

fn same_text(one: &Literal, other: &Literal) -> bool {
    (one.text, one.ignore_case) == (other.text, other.ignore_case)
}

/// The bytes of which one has to stand right before the literals of one text, or one
/// right after them.
fn neighbours(same: &[Literal]) -> (u32, u32) {
    let set =
        |byte: Option<u8>| byte.map_or(PARTING, |byte| PARTING | 1 << CLASSES[usize::from(byte)]);
    same.iter().fold((0, 0), |(before, after), literal| match literal.beside {
        Beside::Anything | Beside::Ends => (before, u32::MAX),
        Beside::Before(word) => (before | set(word.bytes().last()), after),
        Beside::After(word) => (before, after | set(word.bytes().next())),
    })
}

/// The mask and the bytes that stand around the trigram at `offset` of a literal.
fn surroundings(literal: &Literal, offset: i16) -> (u64, u64) {
    let mut mask = [0_u8; 8];
    let mut want = [0_u8; 8];
    for place in 0..mask.len() {
        let at = (place + 1).checked_add_signed(isize::from(offset));
        let at = at.and_then(|at| at.checked_sub(BEFORE + 1));
        let Some(&byte) = at.and_then(|at| literal.text.as_bytes().get(at)) else { continue };
        let any_case = literal.ignore_case && byte.is_ascii_alphabetic();
        mask[place] = if any_case { !0x20 } else { u8::MAX };
        want[place] = byte & mask[place];
    }
    (u64::from_le_bytes(mask), u64::from_le_bytes(want))
}

/// What is filed under one trigram.
fn filed_under(filed: &[(Place, Entry)], trigram: usize) -> impl Iterator<Item = &(Place, Entry)> {
    let from = filed.partition_point(|(place, _)| usize::from(place.number) < trigram);
    filed[from..].iter().take_while(move |(place, _)| usize::from(place.number) == trigram)
}
