//! Short names for what is told apart, and not guarded.

use std::fmt;

/// FNV-1a from four beginnings: the same in every version of the standard library.
///
/// Only for what nobody gains by confusing. A hash that nobody can forge first asks the
/// processor what it can do, which takes longer than all else that is done before a
/// small scan.
pub(crate) struct Word([u64; 4]);

impl Default for Word {
    fn default() -> Self {
        Self([0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 1])
    }
}

impl Word {
    /// Adds a part, whose end counts, too.
    pub(crate) fn add(&mut self, part: &[u8]) {
        let length = (part.len() as u64).to_le_bytes();
        for lane in &mut self.0 {
            for byte in part.iter().chain(&length) {
                *lane = (*lane ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|lane| write!(f, "{lane:016x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_count_with_their_ends() {
        let of = |parts: &[&str]| {
            let mut word = Word::default();
            parts.iter().for_each(|part| word.add(part.as_bytes()));
            word.to_string()
        };
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&[]), of(&[""]));
        assert_eq!(of(&["a"]).len(), 64);
    }
}
