//! Here-documents: their lines come after the line that asks for them.

use seaworthy_model::Region;

use super::read::{Later, Outcome, Reader};

impl Reader<'_> {
    /// Goes to the next line, past the here-documents that stand there.
    pub(super) fn line_break(&mut self) -> Outcome {
        self.at += 1;
        for waiting in std::mem::take(&mut self.waiting) {
            let start = self.at;
            let mut at = start;
            let body = loop {
                if at >= self.end {
                    return Err(self.error("a here-document has no end"));
                }
                let rest = &self.bytes[at..self.end];
                let length = memchr::memchr(b'\n', rest);
                let line = &self.text[at..at + length.unwrap_or(rest.len())];
                let line = line.strip_suffix('\r').unwrap_or(line);
                let line = if waiting.tabs { line.trim_start_matches('\t') } else { line };
                let next = at + length.unwrap_or(rest.len());
                if line == waiting.mark {
                    // The line break after the mark ends the next command, if any.
                    self.at = if length.is_some() { next + 1 } else { next };
                    break Region::new(start, at);
                }
                at = if length.is_some() { next + 1 } else { self.end };
            };
            let (parent, options) = self.nearest();
            let heredoc = &mut self.script.heredocs[waiting.heredoc];
            heredoc.body = body;
            if heredoc.expands {
                let depth = self.depth + self.stack.len();
                let heredoc = Some(waiting.heredoc);
                self.later.push(Later { region: body, block: parent, heredoc, options, depth });
            }
        }
        Ok(())
    }
}
