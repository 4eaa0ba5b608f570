//! The table of fingerprints: how it is written and searched.
//!
//! Little-endian throughout:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `SWPUBL` and the format's version, 1, as two bytes |
//! | 256 × 4 | for each value of a fingerprint's first byte, how many entries come before |
//! | 65 536 | for each value of its first two bytes, how many entries there are |
//! | n × 4 | the other four bytes of each fingerprint, in order |

use super::siphash::siphash24;

const MAGIC: [u8; 8] = *b"SWPUBL\x01\x00";
const STARTS: usize = MAGIC.len();
const COUNTS: usize = STARTS + 256 * 4;
const ENTRIES: usize = COUNTS + 65_536;

/// The 48-bit keyed fingerprint of a value.
#[must_use]
pub fn fingerprint(value: &[u8]) -> u64 {
    // Any fixed key serves; this one is the digits of pi, in hexadecimal.
    siphash24(0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, value) >> 16
}

/// Writes the table of these fingerprints. `None` when more than 255 share their
/// first two bytes, which cannot be written (and does not happen below a million
/// entries).
#[must_use]
pub fn encode(fingerprints: &[u64]) -> Option<Vec<u8>> {
    let mut sorted = fingerprints.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut table = Vec::with_capacity(ENTRIES + sorted.len() * 4);
    table.extend(MAGIC);
    for first in 0..256u64 {
        let before = sorted.partition_point(|print| print >> 40 < first);
        table.extend(u32::try_from(before).ok()?.to_le_bytes());
    }
    let mut counts = vec![0u8; 65_536];
    for print in &sorted {
        let count = &mut counts[(print >> 32) as usize & 0xffff];
        *count = count.checked_add(1)?;
    }
    table.extend(counts);
    for print in &sorted {
        table.extend(((print & 0xffff_ffff) as u32).to_le_bytes());
    }
    Some(table)
}

/// Whether the table holds the fingerprint; false for a table that is not whole.
pub(super) fn contains(table: &[u8], print: u64) -> bool {
    let bucket = (print >> 32) as usize & 0xffff;
    let first = bucket >> 8;
    let (Some(start), Some(counts)) =
        (word(table, STARTS + first * 4), table.get(COUNTS + (first << 8)..COUNTS + bucket + 1))
    else {
        return false;
    };
    let Some((&count, before)) = counts.split_last() else { return false };
    let start = start as usize + before.iter().map(|&count| usize::from(count)).sum::<usize>();
    let wanted = (print & 0xffff_ffff) as u32;
    (start..start + usize::from(count))
        .any(|entry| word(table, ENTRIES + entry * 4) == Some(wanted))
}

fn word(table: &[u8], at: usize) -> Option<u32> {
    let bytes = table.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// Whether the table has its mark and as many entries as it counts.
#[cfg(test)]
pub(super) fn is_sound(table: &[u8]) -> bool {
    let counts = table.get(COUNTS..ENTRIES).unwrap_or(&[]);
    let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
    table.starts_with(&MAGIC) && table.len() == ENTRIES + total * 4 && total > 100_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_found_and_nothing_else() {
        let prints: Vec<u64> = (0..5_000u32).map(|n| fingerprint(&n.to_le_bytes())).collect();
        let table = encode(&prints).expect("few entries");
        assert!(prints.iter().all(|&print| contains(&table, print)));
        assert!((5_000..50_000u32).all(|n| !contains(&table, fingerprint(&n.to_le_bytes()))));
        for length in [0, 7, 500, ENTRIES - 1, ENTRIES + 3] {
            let _ = contains(&table[..length], prints[0]);
        }
    }

    #[test]
    fn a_crowded_bucket_is_refused() {
        let crowded: Vec<u64> = (0..300).collect();
        assert_eq!(encode(&crowded), None);
    }
}
