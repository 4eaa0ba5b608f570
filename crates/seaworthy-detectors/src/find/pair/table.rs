//! Values below a name that heads the column of a table: Markdown, org, RST,
//! AsciiDoc, wikis, CSV, what a console printed, HTML.
//!
//! Of every form the lines below the heading are cut into cells; the cell in the
//! column of the name is a value. At most [`ROWS`] rows within [`WINDOW`] bytes are
//! looked at.

use seaworthy_model::Region;

use super::bytes::{MAX_VALUE, stands, stands_folded};
use super::place::Place;
use crate::file::{File, Language};

/// How far below a heading its rows are looked for.
const WINDOW: usize = 8 << 10;
/// The most rows that are looked at.
const ROWS: usize = 64;
/// The most columns of a table.
const COLUMNS: usize = 32;
/// The longest line of a table.
const LONGEST: usize = 1024;

/// A cell in the column of a name.
pub(super) struct Cell {
    /// Its bytes.
    pub(super) value: Region,
    /// What stands in the column of users of the same row.
    pub(super) user: Option<Region>,
}

/// Whether a file may hold tables of text.
pub(super) fn may_hold(file: &File<'_>) -> bool {
    match file.language {
        Language::Prose | Language::Other => true,
        Language::Markup => file.has_extension(&["html", "htm", "xhtml"]),
        _ => false,
    }
}

/// A heading and what stands below it.
pub(super) struct Column {
    pub(super) heading: Region,
    pub(super) cells: Vec<Cell>,
}

/// The column that the name heads; `None` when it heads none.
pub(super) fn column(place: &Place<'_>) -> Option<Column> {
    let b = place.b;
    let heading = line_at(b, place.start)?;
    let line = &b[heading.range()];
    let name = place.start;
    let rows = if place.language == Language::Markup || line.trim_ascii_start().starts_with(b"<") {
        Rows::of_page(b, name)
    } else if place.file.has_extension(&["csv", "tsv"]) {
        Rows::of_records(b, heading)
    } else {
        let lead = line.trim_ascii_start();
        match lead.first() {
            Some(b'!') => Rows::of_wiki(b, heading),
            Some(b':') if lead.starts_with(b":header:") => Rows::of_directive(b, heading),
            Some(b'-' | b'*') if place.file.has_extension(&["rst", "txt"]) => {
                Rows::of_list(b, heading)
            }
            _ if line.contains(&b'|') => Rows::of_bars(b, heading),
            _ => Rows::of_columns(b, heading),
        }
    };
    rows?.below(b, name)
}

/// The heading of a table, cut into cells, and its rows.
struct Rows {
    heading: Vec<Region>,
    rows: Vec<Vec<Region>>,
}

impl Rows {
    /// The cells below the one that holds the name at `name`.
    fn below(&self, b: &[u8], name: usize) -> Option<Column> {
        let holds = |cell: &Region| cell.start <= name && name < cell.end;
        let number = self.heading.iter().position(holds)?;
        // A heading is a name, not a sentence.
        let heading = self.heading[number];
        if heading.end - heading.start > 40 || self.heading.len() < 2 {
            return None;
        }
        let user = self.heading.iter().position(|cell| is_user(&b[cell.range()]));
        let cell = |row: &Vec<Region>| {
            let value = framed(b, *row.get(number)?);
            let content = &b[value.range()];
            let is_value = !content.is_empty()
                && content.len() <= MAX_VALUE
                && !content.iter().any(|found| found.is_ascii_whitespace() || *found == b'<');
            let user = user.filter(|&user| user != number).and_then(|user| row.get(user));
            is_value.then(|| Cell {
                value,
                user: user.map(|&cell| framed(b, cell)).filter(|cell| cell.start < cell.end),
            })
        };
        let cells = self.rows.iter().filter_map(cell).collect();
        Some(Column { heading: framed(b, heading), cells })
    }

    /// Cells between bars: Markdown, org, RST's grids, Confluence, Textile and
    /// consoles, with a rule below the heading or marks in it; AsciiDoc.
    fn of_bars(b: &[u8], heading: Region) -> Option<Self> {
        let line = &b[heading.range()];
        let lead = line.trim_ascii_start();
        if before_line(b, heading).is_some_and(|line| is_opening(&b[line.range()])) {
            let first = between_bars(b, heading, false);
            return Some(Self { rows: flowing(b, heading.end + 1, first.len()), heading: first });
        }
        let is_double = lead.starts_with(b"||");
        let mut heading_cells = between_bars(b, heading, is_double);
        let is_marked = is_double || lead.starts_with(b"|_.");
        if lead.starts_with(b"|_.") {
            for cell in &mut heading_cells {
                if stands(b, cell.start, b"_.") {
                    cell.start += 2;
                }
            }
        }
        let mut lines = lines_from(b, heading.end + 1).peekable();
        let rule = lines.next_if(|line| is_rule(&b[line.range()]));
        // Only what stands first in its table heads it.
        let is_first = before_line(b, heading).is_none_or(|line| {
            !b[line.range()].contains(&b'|') || {
                let above = &b[line.range()];
                is_rule(above)
                    && before_line(b, line).is_none_or(|line| !b[line.range()].contains(&b'|'))
            }
        });
        if !is_first || !(is_marked || rule.is_some()) {
            return None;
        }
        let mut rows = Vec::new();
        for line in lines.take(2 * ROWS) {
            let content = &b[line.range()];
            if is_rule(content) {
                continue;
            }
            if !content.contains(&b'|') || rows.len() == ROWS {
                break;
            }
            rows.push(between_bars(b, line, false));
        }
        Some(Self { heading: heading_cells, rows })
    }

    /// `! a !! b` of MediaWiki, in one line or in several.
    fn of_wiki(b: &[u8], heading: Region) -> Option<Self> {
        let mut first = heading;
        for _ in 0..COLUMNS {
            match before_line(b, first).filter(|line| starts(b, *line, b"!")) {
                Some(line) => first = line,
                None => break,
            }
        }
        let mut cells = Vec::new();
        let mut end = first.end;
        for line in lines_from(b, first.start).take(COLUMNS) {
            if !starts(b, line, b"!") {
                break;
            }
            cells.extend(marked_cells(b, line, b'!'));
            end = line.end;
        }
        Some(Self { rows: flowing(b, end + 1, cells.len()), heading: cells })
    }

    /// `:header: "a", "b"` of RST's `csv-table`, whose rows follow a blank line.
    fn of_directive(b: &[u8], heading: Region) -> Option<Self> {
        let start =
            heading.start + b[heading.range()].windows(8).position(|at| at == b":header:")?;
        let mut lines = lines_from(b, heading.end + 1);
        lines.by_ref().take(8).find(|line| b[line.range()].trim_ascii().is_empty())?;
        let rows = lines
            .take_while(|line| b[line.start] == b' ' || b[line.start] == b'\t')
            .take(ROWS)
            .map(|line| records(b, line, b','))
            .collect();
        Some(Self { heading: records(b, Region::new(start + 8, heading.end), b','), rows })
    }

    /// `* - a` and `- b` of RST's `list-table`.
    fn of_list(b: &[u8], heading: Region) -> Option<Self> {
        let mut first = heading;
        for _ in 0..COLUMNS {
            if starts(b, first, b"*") {
                break;
            }
            first = before_line(b, first).filter(|line| item(b, *line).is_some())?;
        }
        let mut rows: Vec<Vec<Region>> = Vec::new();
        for line in lines_from(b, first.start).take(ROWS * 4) {
            let Some(cell) = item(b, line) else { break };
            match rows.last_mut() {
                Some(row) if !starts(b, line, b"*") => row.push(cell),
                None if !starts(b, line, b"*") => return None,
                _ => rows.push(vec![cell]),
            }
        }
        let heading = if rows.is_empty() { return None } else { rows.remove(0) };
        Some(Self { heading, rows })
    }

    /// Columns that begin where the signs of a rule do, or words in capitals with
    /// gaps between.
    fn of_columns(b: &[u8], heading: Region) -> Option<Self> {
        let mut lines = lines_from(b, heading.end + 1).peekable();
        let rule = lines.next_if(|line| is_ruler(&b[line.range()]));
        if let Some(rule) = rule {
            let starts: Vec<usize> = (rule.start..rule.end)
                .filter(|&at| b[at] != b' ' && (at == rule.start || b[at - 1] == b' '))
                .map(|at| at - rule.start)
                .take(COLUMNS)
                .collect();
            let cut = |line: Region| cut_at(b, line, &starts);
            let rows = lines
                .take_while(|line| {
                    let content = &b[line.range()];
                    !content.trim_ascii().is_empty() && !is_ruler(content)
                })
                .take(ROWS)
                .map(cut)
                .collect();
            return Some(Self { heading: cut(heading), rows });
        }
        let cells = fields(b, heading);
        let is_heading = cells.len() >= 2
            && cells
                .iter()
                .all(|cell| b[cell.range()].iter().all(|found| !found.is_ascii_lowercase()))
            && b[heading.range()].windows(2).any(|gap| gap == b"  " || gap.contains(&b'\t'));
        if !is_heading {
            return None;
        }
        let rows = lines
            .map(|line| fields(b, line))
            .take_while(|row| row.len() == cells.len())
            .take(ROWS)
            .collect();
        Some(Self { heading: cells, rows })
    }

    /// Records with the heading in the first line of the file.
    fn of_records(b: &[u8], heading: Region) -> Option<Self> {
        if heading.start > 3 {
            return None;
        }
        let line = &b[heading.range()];
        let count = |sign: u8| line.iter().filter(|&&found| found == sign).count();
        let sign = [b',', b';', b'\t', b'|'].into_iter().max_by_key(|&sign| count(sign))?;
        let rows = lines_from(b, heading.end + 1).take(ROWS).map(|line| records(b, line, sign));
        Some(Self { rows: rows.collect(), heading: records(b, heading, sign) })
    }

    /// `<th>a</th><th>b</th>` of HTML, and the rows after.
    fn of_page(b: &[u8], name: usize) -> Option<Self> {
        let from = name.saturating_sub(LONGEST);
        let open = from + last(&b[from..name], b"<tr")?;
        let mut rows = Vec::new();
        let limit = b.len().min(open + WINDOW);
        let mut at = open;
        while rows.len() <= ROWS {
            let Some(found) = memchr::memmem::find(&b[at..limit], b"<tr") else { break };
            let start = at + found + 3;
            let Some(length) = memchr::memmem::find(&b[start..limit], b"</tr") else { break };
            let row = page_cells(b, Region::new(start, start + length));
            if memchr::memmem::find(&b[at..start], b"</table").is_some() {
                break;
            }
            rows.push(row);
            at = start + length;
            if rows.len() == 1 && memchr::memmem::find(&b[start..at], b"<th").is_none() {
                return None;
            }
        }
        let heading = if rows.is_empty() { return None } else { rows.remove(0) };
        Some(Self { heading, rows })
    }
}

/// Whether a heading is of users.
fn is_user(heading: &[u8]) -> bool {
    [&b"user"[..], b"login", b"account", b"benutzer", b"email"]
        .iter()
        .any(|word| (0..heading.len().min(40)).any(|at| stands_folded(heading, at, word)))
}

/// The content of a cell without blanks and marks of code and emphasis.
fn framed(b: &[u8], cell: Region) -> Region {
    let (mut start, mut end) = (cell.start, cell.end);
    let is_frame = |found: u8| found.is_ascii_whitespace() || matches!(found, b'`' | b'"');
    loop {
        let before = (start, end);
        while start < end && is_frame(b[start]) {
            start += 1;
        }
        while start < end && is_frame(b[end - 1]) {
            end -= 1;
        }
        if end - start > 4 && stands(b, start, b"**") && b[start..end].ends_with(b"**") {
            (start, end) = (start + 2, end - 2);
        }
        if before == (start, end) {
            return Region::new(start, end);
        }
    }
}

/// The line that `at` is in, without its end; `None` when it is too long.
fn line_at(b: &[u8], at: usize) -> Option<Region> {
    let from = at.saturating_sub(LONGEST);
    let start = match memchr::memrchr(b'\n', &b[from..at]) {
        Some(found) => from + found + 1,
        None if from == 0 => 0,
        None => return None,
    };
    line_from(b, start)
}

/// The line that begins at `start`.
fn line_from(b: &[u8], start: usize) -> Option<Region> {
    let limit = b.len().min(start + 2 * LONGEST);
    match memchr::memchr(b'\n', b.get(start..limit)?) {
        Some(length) => Some(Region::new(start, start + length)),
        None if limit == b.len() && start < limit => Some(Region::new(start, limit)),
        None => None,
    }
}

fn before_line(b: &[u8], line: Region) -> Option<Region> {
    line_at(b, line.start.checked_sub(1)?)
}

/// The lines from `start` on, within the window.
fn lines_from(b: &[u8], start: usize) -> impl Iterator<Item = Region> + '_ {
    let mut at = start;
    std::iter::from_fn(move || {
        let line = line_from(b, at).filter(|_| at < start + WINDOW)?;
        at = line.end + 1;
        Some(line)
    })
}

fn starts(b: &[u8], line: Region, with: &[u8]) -> bool {
    b[line.range()].trim_ascii_start().starts_with(with)
}

/// A line of nothing but a table's rule: `|---|:--|`, `+====+`, `-|-`.
fn is_rule(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.iter().all(|&found| b"|-+=: \t".contains(&found))
        && line.iter().filter(|&&found| matches!(found, b'-' | b'=')).count() >= 3
        && line.iter().any(|found| matches!(found, b'|' | b'+'))
}

/// A rule of several parts with gaps between: `====  =====`.
fn is_ruler(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.len() >= 5
        && line.windows(2).any(|pair| pair[0] == b' ' && pair[1] != b' ')
        && line.iter().all(|&found| matches!(found, b'-' | b'=' | b' '))
}

/// `|===` of AsciiDoc.
fn is_opening(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.len() >= 4 && line[0] == b'|' && line[1..].iter().all(|&found| found == b'=')
}

/// The cells of a line, between single or double bars.
fn between_bars(b: &[u8], line: Region, is_double: bool) -> Vec<Region> {
    let width = if is_double { 2 } else { 1 };
    let mut out = Vec::new();
    let mut start = line.start;
    let mut at = line.start;
    while at < line.end && out.len() < COLUMNS {
        if b[at] == b'|' && (!is_double || at + 1 < line.end && b[at + 1] == b'|') {
            out.push(Region::new(start, at));
            at += width;
            start = at;
        } else {
            at += 1;
        }
    }
    out.push(Region::new(start, line.end));
    // What stands before the first bar and after the last is no cell.
    if b[out[0].range()].trim_ascii().is_empty() {
        out.remove(0);
    }
    if out.last().is_some_and(|last| b[last.range()].trim_ascii().is_empty()) {
        out.pop();
    }
    out
}

/// The cells of a line of a wiki, each behind a mark, two marks between.
fn marked_cells(b: &[u8], line: Region, sign: u8) -> Vec<Region> {
    let lead = line.end - b[line.range()].trim_ascii_start().len();
    let mut out = Vec::new();
    let mut start = lead + 1;
    let mut at = start;
    while at < line.end && out.len() < COLUMNS {
        if b[at] == sign && at + 1 < line.end && b[at + 1] == sign {
            out.push(Region::new(start, at));
            at += 2;
            start = at;
        } else {
            at += 1;
        }
    }
    if start <= line.end {
        out.push(Region::new(start, line.end));
    }
    out
}

/// Rows whose cells go on over lines: AsciiDoc, MediaWiki.
fn flowing(b: &[u8], start: usize, columns: usize) -> Vec<Vec<Region>> {
    let mut rows: Vec<Vec<Region>> = vec![Vec::new()];
    for line in lines_from(b, start) {
        let content = b[line.range()].trim_ascii();
        if content.is_empty() {
            continue;
        }
        if content.first() != Some(&b'|') || content.starts_with(b"|}") || is_opening(content) {
            break;
        }
        if content.starts_with(b"|-") {
            rows.push(Vec::new());
            continue;
        }
        let is_wiki = memchr::memmem::find(content, b"||").is_some();
        let cells =
            if is_wiki { marked_cells(b, line, b'|') } else { between_bars(b, line, false) };
        for cell in cells {
            match rows.last_mut() {
                Some(row) if row.len() < columns => row.push(cell),
                _ => rows.push(vec![cell]),
            }
        }
        if rows.len() > ROWS {
            break;
        }
    }
    rows
}

/// The parts of a line of separated values.
fn records(b: &[u8], line: Region, sign: u8) -> Vec<Region> {
    let mut out = Vec::new();
    let (mut start, mut is_quoted) = (line.start, false);
    for (at, &found) in (line.start..).zip(&b[line.range()]) {
        match found {
            b'"' => is_quoted = !is_quoted,
            found if found == sign && !is_quoted && out.len() < COLUMNS => {
                out.push(Region::new(start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(Region::new(start, line.end));
    out
}

/// The parts of a line between white space.
fn fields(b: &[u8], line: Region) -> Vec<Region> {
    let mut out = Vec::new();
    let mut start = None;
    for (at, found) in (line.start..).zip(b[line.range()].iter().chain(b" ")) {
        let is_blank = found.is_ascii_whitespace();
        match (start, is_blank) {
            (None, false) => start = Some(at),
            (Some(from), true) => {
                out.push(Region::new(from, at));
                start = None;
            }
            _ => {}
        }
        if out.len() > COLUMNS {
            break;
        }
    }
    out
}

/// The parts of a line that begin at the offsets.
fn cut_at(b: &[u8], line: Region, starts: &[usize]) -> Vec<Region> {
    let place = |offset: Option<&usize>| {
        offset.map_or(line.end, |offset| line.end.min(line.start + offset))
    };
    let cell = |(number, start): (usize, &usize)| {
        let region = Region::new(place(Some(start)), place(starts.get(number + 1)));
        // A cut within a letter of several bytes.
        let is_cut = |at: usize| b.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
        if is_cut(region.start) || is_cut(region.end) {
            Region::new(line.end, line.end)
        } else {
            region
        }
    };
    starts.iter().enumerate().map(cell).collect()
}

/// The content of an item of a list: `* - a`, `- b`.
fn item(b: &[u8], line: Region) -> Option<Region> {
    let content = b[line.range()].trim_ascii_start();
    let content = content.strip_prefix(b"*").unwrap_or(content).trim_ascii_start();
    let content = content.strip_prefix(b"- ")?;
    Some(Region::new(line.end - content.len(), line.end))
}

/// The texts of the cells of a row of HTML.
fn page_cells(b: &[u8], row: Region) -> Vec<Region> {
    let mut out = Vec::new();
    let mut at = row.start;
    while out.len() < COLUMNS {
        let Some(found) = memchr::memmem::find(&b[at..row.end], b"<t") else { break };
        at += found + 2;
        if !matches!(b.get(at), Some(b'd' | b'h'))
            || b.get(at + 1).is_none_or(u8::is_ascii_alphabetic)
        {
            continue;
        }
        let Some(length) = memchr::memchr(b'>', &b[at..row.end]) else { break };
        at += length + 1;
        out.push(inner(b, at, row.end));
    }
    out
}

/// The first text at `at`, behind opening tags.
pub(super) fn inner(b: &[u8], at: usize, limit: usize) -> Region {
    let mut start = at;
    for _ in 0..4 {
        start += b[start..limit].iter().take_while(|found| found.is_ascii_whitespace()).count();
        let is_tag = start + 1 < limit && b[start] == b'<' && b[start + 1].is_ascii_alphabetic();
        let close = is_tag.then(|| memchr::memchr(b'>', &b[start..limit])).flatten();
        match close {
            Some(length) => start += length + 1,
            None => break,
        }
    }
    let length = memchr::memchr(b'<', &b[start..limit]).unwrap_or(limit - start);
    Region::new(start, start + length)
}

fn last(part: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::rfind(part, what)
}
