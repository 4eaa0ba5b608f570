//! Texts in an encoding that hides their structure: percent encoding, escapes of
//! JSON and HTML, base64. They are decoded and scanned again.
//!
//! Only one level is resolved here: what is inside is encoded again more often
//! than not, and found when the decoded text is scanned. Parts that were decoded
//! never overlap, so that all the work over a text is linear in it.

mod base64;
mod call;
mod login;

use std::ops::Range;

use seaworthy_model::Region;

use super::near;

pub(crate) use self::base64::base64_runs;
pub(crate) use self::login::{is_pgpass, login};

/// The most bytes of a decoded text.
const LAYER: usize = 1024 * 1024;
/// How far before a hit an encoded part may begin.
const LEAD: usize = 1024;

/// A decoded part of a text.
#[derive(Debug)]
pub(crate) struct Layer {
    /// The decoded text.
    pub(crate) text: String,
    /// Where the encoded part stands.
    pub(crate) region: Region,
    /// For each byte of `text` where the bytes that it comes from begin, and one
    /// entry more for the end; empty when only the whole part can be named.
    pub(crate) origin: Vec<u32>,
    /// "percent-encoded", "base64": for the message.
    pub(crate) encoding: &'static str,
}

/// The part around the literal at `hit`, decoded, unless it begins before
/// `done`, the end of the part that was decoded last.
pub(crate) fn at(text: &str, hit: Region, done: usize) -> Option<Layer> {
    if hit.start < done || u32::try_from(text.len()).is_err() {
        return None;
    }
    let bytes = text.as_bytes();
    let done = done.min(hit.start);
    let (ends, step, encoding): (Ends, Step, _) = match bytes.get(hit.start)? {
        b'%' => (PERCENT, (b'%', percent), "percent-encoded"),
        b'\\' => (STRING, ESCAPE, "escaped"),
        b'&' => (MARKUP, ENTITY, "HTML-encoded"),
        b'"' => (LINE, (b'"', doubled), "in a field of CSV"),
        b';' => (LINE, (b';', serialized), "serialized by PHP"),
        b'<' => return character_data(text, hit),
        b'p' | b'P' | b's' | b'S' if bytes[hit.end - 1] != b';' && bytes[hit.end - 1] != b'e' => {
            if !follows_break(bytes, hit.start) {
                return None;
            }
            (STRING, ESCAPE, "escaped")
        }
        b'p' | b'P' | b's' | b'S' if bytes[hit.end - 1] == b';' => (MARKUP, ENTITY, "HTML-encoded"),
        b'p' | b'P' | b's' | b'S' => (STRING, ESCAPE, "escaped"),
        _ => return call::at(text, hit, done),
    };
    let floor = hit.start.saturating_sub(LEAD).max(done);
    let start = (floor..hit.start)
        .rev()
        .find(|&at| (ends.1)(bytes, at))
        .map_or_else(|| text.ceil_char_boundary(floor), |at| at + 1);
    let ceiling = text.floor_char_boundary(bytes.len().min(start + LAYER));
    let end = next_end(bytes, hit.end.min(ceiling)..ceiling, ends).unwrap_or(ceiling);
    decode(text, Region::new(start, end), step, encoding)
}

/// What stands where an encoded part ends, if it is one of three bytes, and whether
/// one ends before an offset.
type Ends = (Option<[u8; 3]>, fn(&[u8], usize) -> bool);

const STRING: Ends = (Some([b'\n', b'"', b'"']), ends_string);
const MARKUP: Ends = (Some([b'"', b'<', b'>']), ends_markup);
const LINE: Ends = (Some([b'\n'; 3]), ends_line);
const PERCENT: Ends = (None, ends_percent);

/// Where the part that goes on at the start of a range ends.
fn next_end(bytes: &[u8], range: Range<usize>, (first, ends): Ends) -> Option<usize> {
    let Some([a, b, c]) = first else {
        return range.into_iter().find(|&at| ends(bytes, at));
    };
    let places = memchr::memchr3_iter(a, b, c, &bytes[range.clone()]);
    places.map(|at| range.start + at).find(|&at| ends(bytes, at))
}

/// The byte that escapes begin with, and what decodes the one at an offset: the text
/// that it stands for and its length; `None` when no escape stands there.
type Step = (u8, fn(&[u8], usize) -> Option<(Unit, usize)>);

const ESCAPE: Step = (b'\\', escape);
const ENTITY: Step = (b'&', entity);

/// What an escape stands for.
enum Unit {
    /// A byte of UTF-8.
    Byte(u8),
    /// A character.
    Char(char),
}

fn decode(text: &str, region: Region, step: Step, encoding: &'static str) -> Option<Layer> {
    let bytes = text.as_bytes().get(..region.end)?;
    let end = u32::try_from(region.end).ok()?;
    let mut decoded: Vec<u8> = Vec::with_capacity(region.len());
    let mut origin: Vec<u32> = Vec::with_capacity(region.len() + 1);
    let mut at = region.start;
    let (first, step) = step;
    while at < region.end {
        let from = u32::try_from(at).ok()?;
        match step(bytes, at) {
            Some((Unit::Byte(byte), length)) => {
                decoded.push(byte);
                origin.push(from);
                at += length;
            }
            Some((Unit::Char(letter), length)) => {
                let mut buffer = [0; 4];
                let encoded = letter.encode_utf8(&mut buffer).as_bytes();
                decoded.extend_from_slice(encoded);
                origin.resize(origin.len() + encoded.len(), from);
                at += length;
            }
            // No escape, and all that follows until one may begin.
            None => {
                let plain = memchr::memchr(first, &bytes[at + 1..]);
                let next = plain.map_or(region.end, |plain| at + 1 + plain);
                decoded.extend_from_slice(&bytes[at..next]);
                origin.extend((from..end).take(next - at));
                at = next;
            }
        }
    }
    origin.push(end);
    Some(Layer { text: readable(decoded), region, origin, encoding })
}

/// The bytes as text of the same length: what is no UTF-8 becomes `?`.
fn readable(mut bytes: Vec<u8>) -> String {
    let mut from = 0;
    while let Err(error) = std::str::from_utf8(&bytes[from..]) {
        let bad = from + error.valid_up_to();
        let length = error.error_len().unwrap_or(bytes.len() - bad);
        bytes[bad..bad + length].fill(b'?');
        from = bad + length;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Whether the name that goes on at `at` begins a line of a text in a string:
/// `"user=x\\npassword=…"`.
fn follows_break(bytes: &[u8], at: usize) -> bool {
    let head = &bytes[at.saturating_sub(64)..at];
    let name = |byte: u8| near::is_word(byte) || matches!(byte, b'.' | b'-');
    let Some(blank) = head.iter().rposition(|&byte| !name(byte)) else { return false };
    match head[blank] {
        // The name is the first letters behind the escape.
        b'\\' => matches!(head.get(blank + 1), Some(b'n' | b'r')),
        b' ' => {
            let trimmed = head[..blank].trim_ascii_end();
            trimmed.ends_with(b"\\n")
        }
        _ => false,
    }
}

/// Settings of lines in an element: `<![CDATA[` and lines of `name=value`, as the
/// text of what comes next in XML is no language of its own.
fn character_data(text: &str, hit: Region) -> Option<Layer> {
    let end = text.floor_char_boundary(text.len().min(hit.end + 16 * 1024));
    let content = text.get(hit.end..end)?;
    let content = &content[..content.find("]]>")?];
    let mut lines = content.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_setting = |line: &str| {
        line.starts_with(['#', '[', '!'])
            || line.split_once(['=', ':']).is_some_and(|(name, _)| {
                name.trim_end().bytes().all(|byte| near::is_word(byte) || b".-".contains(&byte))
            })
    };
    if !lines.clone().any(|line| line.contains('=')) || !lines.all(is_setting) {
        return None;
    }
    let start = u32::try_from(hit.end).ok()?;
    let stop = u32::try_from(hit.end + content.len()).ok()?;
    Some(Layer {
        text: content.to_owned(),
        region: Region::new(hit.end, hit.end + content.len()),
        origin: (start..=stop).collect(),
        encoding: "character data",
    })
}

/// What cannot stand in a URL or the body of a form.
fn ends_percent(bytes: &[u8], at: usize) -> bool {
    bytes[at] <= b' ' || b"\"'<>`\\^".contains(&bytes[at])
}

fn percent(bytes: &[u8], at: usize) -> Option<(Unit, usize)> {
    (bytes[at] == b'%')
        .then(|| near::hex_byte(bytes, at + 1).map(|byte| (Unit::Byte(byte), 3)))
        .flatten()
}

/// The end of a string, and of a line: no string of an escaped text has a line
/// break in it.
fn ends_string(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'\n'
        || (bytes[at] == b'"' && near::backslashes_before(bytes, at).is_multiple_of(2))
}

fn escape(bytes: &[u8], at: usize) -> Option<(Unit, usize)> {
    if bytes[at] != b'\\' {
        return None;
    }
    match *bytes.get(at + 1)? {
        byte @ (b'"' | b'\'' | b'/' | b'\\' | b'`') => Some((Unit::Byte(byte), 2)),
        b'n' => Some((Unit::Byte(b'\n'), 2)),
        b'r' => Some((Unit::Byte(b'\r'), 2)),
        b't' => Some((Unit::Byte(b'\t'), 2)),
        b'x' => near::hex_byte(bytes, at + 2).map(|byte| (Unit::Char(char::from(byte)), 4)),
        b'u' => {
            let high = u32::from(near::hex_byte(bytes, at + 2)?);
            let low = u32::from(near::hex_byte(bytes, at + 4)?);
            let letter = char::from_u32(high << 8 | low).unwrap_or('?');
            Some((Unit::Char(letter), 6))
        }
        _ => None,
    }
}

/// The end of a line.
fn ends_line(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'\n'
}

/// A doubled quotation mark.
fn doubled(bytes: &[u8], at: usize) -> Option<(Unit, usize)> {
    bytes.get(at..at + 2).filter(|two| *two == b"\"\"").map(|_| (Unit::Byte(b'"'), 2))
}

/// `;s:12:` between two strings, of which the first is as often as not the name of
/// the second.
fn serialized(bytes: &[u8], at: usize) -> Option<(Unit, usize)> {
    let rest = bytes.get(at..bytes.len().min(at + 12))?.strip_prefix(b";s:")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0 && rest.get(digits) == Some(&b':')).then_some((Unit::Byte(b':'), digits + 4))
}

/// The end of an attribute, or of the text of an element.
fn ends_markup(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[at], b'"' | b'<' | b'>')
}

fn entity(bytes: &[u8], at: usize) -> Option<(Unit, usize)> {
    if bytes[at] != b'&' {
        return None;
    }
    let window = bytes.get(at + 1..bytes.len().min(at + 10))?;
    let length = window.iter().position(|&byte| byte == b';')?;
    let name = std::str::from_utf8(&window[..length]).ok()?;
    let letter = match name {
        "quot" => '"',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" => '\'',
        "nbsp" => ' ',
        "colon" => ':',
        "equals" => '=',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((Unit::Char(letter), length + 2))
}

#[cfg(test)]
mod tests {
    use seaworthy_detector_pack::Finder;

    use super::*;
    use crate::find::near::tests::literals;

    fn layers(text: &str) -> Vec<Layer> {
        let lower = text.to_ascii_lowercase();
        let mut hits: Vec<(usize, usize)> = literals(Finder::Escape)
            .iter()
            .flat_map(|literal| lower.match_indices(literal).map(|(at, _)| (at, literal.len())))
            .collect();
        hits.sort_unstable();
        let mut done = 0;
        let mut found = Vec::new();
        for (at, length) in hits {
            if let Some(layer) = super::at(text, Region::new(at, at + length), done) {
                assert!(layer.region.start >= done, "{text}");
                done = layer.region.end;
                found.push(layer);
            }
        }
        found
    }

    #[test]
    fn encoded_parts_are_decoded_once() {
        let cases = [
            ("GET /x?q=token%3Dab%20c HTTP", "/x?q=token=ab c"),
            ("q=%7B%22k%22%3A%22v%22%7D", "q={\"k\":\"v\"}"),
            ("a=%253D%3D", "a=%3D="),
            ("a=%253Db", "a=%3Db"),
            ("7,\"{\"\"k\"\":\"\"v\"\"}\"", "7,\"{\"k\":\"v\"}\""),
            ("a:1:{s:1:\"k\";s:3:\"v;w\";}", "a:1:{s:1:\"k\":\"v;w\";}"),
            ("\"{\\\"k\\\":\\\"v\\/w\\\"}\"", "{\"k\":\"v/w\"}"),
            ("\"{\\\\\\\"k\\\\\\\":1}\"", "{\\\"k\\\":1}"),
            ("x \\u0022k\\u0022\\u003d\\x27v\\x27", "x \"k\"='v'"),
            ("<i data-x=\"{&quot;k&quot;:&#34;v&#x22;}\">", "{\"k\":\"v\"}"),
            ("<p>k=&quot;v&amp;quot;&quot;</p>", "k=\"v&quot;\""),
            ("<a><![CDATA[\nk.a=v\n#c\nk.b=w\n]]></a>", "\nk.a=v\n#c\nk.b=w\n"),
            ("\"user=a\\npassword=b\\n\"", "user=a\npassword=b\n"),
            ("p = decode(atob(\"aHVudGVyMg==\"));", "p =\"hunter2\""),
            ("P=$(echo aHVudGVyMg== | base64 -d)", "P=\"hunter2\""),
            ("f(Buffer.from('aHVudGVyMg==', 'base64'))", "hunter2"),
        ];
        for (text, want) in cases {
            let found = layers(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].text, want, "{text}");
        }
    }

    #[test]
    fn every_decoded_byte_knows_where_it_comes_from() {
        let text = "q=%7B%22k%22%3A%22v%C3%A9w%22%7D";
        let layer = &layers(text)[0];
        assert_eq!(layer.origin.len(), layer.text.len() + 1);
        let at = layer.text.find("vé").expect("it is decoded");
        let (start, end) = (layer.origin[at] as usize, layer.origin[at + 3] as usize);
        assert_eq!(&text[start..end], "v%C3%A9");
        let text = "\"\\u00e9\\\":\\\"v\\\"\"";
        let layer = &layers(text)[0];
        let at = layer.text.find('v').expect("it is decoded");
        let (start, end) = (layer.origin[at] as usize, layer.origin[at + 1] as usize);
        assert_eq!(&text[start..end], "v");
    }

    #[test]
    fn broken_escapes_stay_as_they_are() {
        for (text, want) in [
            ("a%3D%zz%ff%2", "a=%zz?%2"),
            ("\"a\\\":\\u12\\q\\ud800\"", "a\":\\u12\\q?"),
            ("&quot;&nope;&#xffffffff;&", "\"&nope;&#xffffffff;&"),
        ] {
            let found = layers(text);
            assert_eq!(found[0].text, want, "{text}");
        }
    }

    #[test]
    fn disturbed_text_is_survived() {
        let text = "é\"\\\":\\u0022€\\x22 %22%3d%€%3a &quot;é&#34;";
        for cut in (0..=text.len()).filter(|&cut| text.is_char_boundary(cut)) {
            for part in [&text[..cut], &text[cut..]] {
                for layer in layers(part) {
                    assert_eq!(layer.origin.len(), layer.text.len() + 1);
                    assert!(part.get(layer.region.start..layer.region.end).is_some());
                }
            }
        }
    }
}
