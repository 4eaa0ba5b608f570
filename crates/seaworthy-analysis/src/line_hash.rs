//! GitHub's `primaryLocationLineHash`.
//!
//! GitHub's upload action computes it when a result lacks it and warns when a
//! given one differs, so ours follows its algorithm exactly: over UTF-16 code
//! units without blanks and tabs, every line ending one LF, a rolling hash over
//! the 100 units that begin a line, and a count among lines with equal hashes.

use std::collections::HashMap;

const WINDOW: usize = 100;
const MULTIPLIER: u64 = 37;
const END_OF_FILE: u16 = 0xFFFF;

/// The hashes of all lines of a text.
#[derive(Debug)]
pub(crate) struct LineHashes {
    hashes: Vec<(u64, u32)>,
}

impl LineHashes {
    pub(crate) fn new(text: &str) -> Self {
        let mut rolling = Rolling {
            window: [0; WINDOW],
            next: 0,
            hash: 0,
            first_factor: (0..WINDOW).fold(1, |power: u64, _| power.wrapping_mul(MULTIPLIER)),
            line_starts: [None; WINDOW],
            line: 0,
            at_line_start: true,
            hashes: Vec::new(),
        };
        let mut units = text.encode_utf16().peekable();
        while let Some(unit) = units.next() {
            match unit {
                0x20 | 0x09 => {}
                0x0D => {
                    if units.peek() == Some(&0x0A) {
                        units.next();
                    }
                    rolling.push(0x0A);
                }
                unit => rolling.push(unit),
            }
        }
        rolling.push(END_OF_FILE);
        for _ in 0..WINDOW {
            rolling.flush();
        }
        let mut counts: HashMap<u64, u32> = HashMap::new();
        let hashes = rolling
            .hashes
            .iter()
            .map(|&hash| {
                let count = counts.entry(hash).or_default();
                *count += 1;
                (hash, *count)
            })
            .collect();
        Self { hashes }
    }

    /// The hash of a line counted from 0, as `hash:count`.
    pub(crate) fn of_line(&self, line: usize) -> Option<String> {
        self.hashes.get(line).map(|(hash, count)| format!("{hash:x}:{count}"))
    }
}

struct Rolling {
    window: [u16; WINDOW],
    next: usize,
    hash: u64,
    first_factor: u64,
    /// For each place of the window, the line whose first unit stands there.
    line_starts: [Option<usize>; WINDOW],
    line: usize,
    at_line_start: bool,
    hashes: Vec<u64>,
}

impl Rolling {
    fn push(&mut self, unit: u16) {
        self.report();
        let line = self.at_line_start.then(|| {
            self.line += 1;
            self.line - 1
        });
        self.at_line_start = unit == 0x0A;
        self.advance(unit, line);
    }

    fn flush(&mut self) {
        self.report();
        self.advance(0, None);
    }

    fn advance(&mut self, unit: u16, line: Option<usize>) {
        let outgoing = self.window[self.next];
        self.window[self.next] = unit;
        self.line_starts[self.next] = line;
        self.hash = MULTIPLIER
            .wrapping_mul(self.hash)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.first_factor.wrapping_mul(u64::from(outgoing)));
        self.next = (self.next + 1) % WINDOW;
    }

    /// A line is known once its first unit is about to leave the window.
    fn report(&mut self) {
        if let Some(line) = self.line_starts[self.next].take() {
            debug_assert_eq!(line, self.hashes.len(), "lines leave the window in order");
            self.hashes.push(self.hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_github() {
        let text = "a\r\nb\n\tünï 😀 x\n\n\n  dup\n  dup\nlast no newline";
        let hashes = LineHashes::new(text);
        let want = [
            (0, "8d0fb92bc3cbda93:1"),
            (1, "517c93357a72d27c:1"),
            (2, "8bec6addda2ad828:1"),
            (3, "ef03f40991582b5c:1"),
        ];
        for (line, hash) in want {
            assert_eq!(hashes.of_line(line).as_deref(), Some(hash), "line {line}");
        }
    }

    #[test]
    fn equal_lines_are_counted() {
        let text = "x\n".repeat(300);
        let hashes = LineHashes::new(&text);
        let first = hashes.of_line(0).unwrap();
        let second = hashes.of_line(1).unwrap();
        assert_eq!(first.trim_end_matches(":1"), second.trim_end_matches(":2"));
        assert!(hashes.of_line(299).is_some());
    }
}
