//! Values below a name that heads the column of a table: Markdown, org, RST,
//! AsciiDoc, wikis.

use super::bytes::{MAX_VALUE, byte, line_start};
use super::literal::Literal;
use super::place::Place;
use crate::candidate::Standing;
use crate::file::Language;

/// The longest line of a table.
const LONGEST: usize = 1024;
/// How many lines of rules may stand between the heading and the first row.
const RULES: usize = 2;

impl Place<'_> {
    /// The cell of the first row below the heading that the name is.
    pub(super) fn column(&self) -> Option<Literal> {
        if !matches!(self.language, Language::Prose | Language::Other) {
            return None;
        }
        let b = self.b;
        let from = line_start(b, self.start);
        let lead = b.get(from..self.start).filter(|lead| lead.len() < LONGEST)?;
        let first = *lead.trim_ascii_start().first()?;
        // `! a !! b` of MediaWiki; `||a||b||` of Confluence.
        let is_wiki = first == b'!';
        let is_double = is_wiki || lead.starts_with(b"||");
        if !is_wiki && first != b'|' {
            return None;
        }
        let number = bars(lead, first, is_double).count();
        let mut at = line_after(b, self.end)?;
        let mut ruled = is_double || from >= 5 && b[..from].ends_with(b"===\n");
        for _ in 0..RULES {
            let end = line_after(b, at).unwrap_or(b.len());
            let line = b.get(at..end)?;
            if !line.iter().all(|&found| b"|-+=: \t\r\n".contains(&found)) {
                break;
            }
            ruled |= line.contains(&b'-') || line.contains(&b'=');
            at = end;
        }
        let end = line_after(b, at).unwrap_or(b.len());
        let row = b.get(at..end)?;
        if !ruled || row.trim_ascii_start().first() != Some(&b'|') {
            return None;
        }
        let start = bars(row, b'|', is_wiki).nth(number.checked_sub(1)?)? + 1;
        let rest = row.get(start..)?;
        let stop = rest.iter().position(|&found| matches!(found, b'|' | b'\n'));
        let cell = &rest[..stop.unwrap_or(rest.len())];
        let is_frame = |found: &u8| found.is_ascii_whitespace() || matches!(found, b'`' | b'"');
        let open = cell.iter().take_while(|found| is_frame(found)).count();
        let close = cell.iter().rev().take_while(|found| is_frame(found)).count();
        let content = cell.get(open..cell.len().checked_sub(close)?)?;
        let is_value = !content.is_empty()
            && content.len() <= MAX_VALUE
            && !content.iter().any(u8::is_ascii_whitespace);
        let start = at + start + open;
        is_value.then(|| Literal::plain(start, start + content.len(), Standing::Bare))
    }
}

/// Where the cells of a line begin, less one; of bars in a row the last counts.
fn bars(line: &[u8], bar: u8, is_double: bool) -> impl Iterator<Item = usize> + '_ {
    (0..line.len()).filter(move |&at| line[at] == bar && !(is_double && byte(line, at + 1) == bar))
}

/// Where the line after the one of `at` begins.
fn line_after(b: &[u8], at: usize) -> Option<usize> {
    let window = b.get(at..b.len().min(at + LONGEST))?;
    window.iter().position(|&found| found == b'\n').map(|length| at + length + 1)
}
