//! Runs of base64 that encode text.
//!
//! Almost all runs of its alphabet are something else: identifiers, paths,
//! hashes, images. A window of the shortest length is looked at from its end, so
//! that in ordinary text the first few bytes tell that no run covers it, and the
//! next window begins behind them; and the first bytes that a run encodes decide
//! about most that are long enough.

use seaworthy_detector_pack::RUN;
use seaworthy_model::Region;
use zlib_rs::{Inflate, InflateFlush};

use super::{LAYER, Layer, readable};
use crate::find::near::{self, SEXTET};

/// The shortest run.
const SHORTEST: usize = 20;
/// How many characters are decoded to tell text from anything else.
const PROBE: usize = 32;
/// The most bytes that are decoded of one text.
const TOTAL: usize = 8 * 1024 * 1024;
/// The most bytes that are decoded in vain, line by line, before what turned out to
/// be no text is passed over as a whole.
const VAIN: usize = 2 * 1024 * 1024;
/// The shortest line that goes on in the next.
const WRAPPED: usize = 48;
/// The largest window of deflate, in the frame of gzip.
const GZIP: u8 = 16 + 15;

/// Those of the runs of a text that are base64 of text, decoded.
pub(crate) fn base64_runs(text: &str, runs: &[Region], out: &mut Vec<Layer>) {
    let bytes = text.as_bytes();
    if u32::try_from(bytes.len()).is_err() {
        return;
    }
    const { assert!(SHORTEST >= RUN) };
    let (mut at, mut total, mut vain) = (0, 0, 0);
    for run in runs {
        // Some encodings go on over several runs.
        at = at.max(run.start);
        if at + SHORTEST > run.end {
            continue;
        }
        let start = at;
        let mut end = run.end;
        match layer(bytes, start, end) {
            Run::Text(layer) => {
                end = layer.region.end;
                total += layer.text.len();
                if is_structured(&layer.text) {
                    out.push(layer);
                }
                if total > TOTAL {
                    return;
                }
            }
            // Text may still begin in the next line of it.
            Run::Vain(stop) => {
                vain += stop - start;
                if vain > VAIN {
                    end = end.max(stop);
                }
            }
            Run::Other => {}
        }
        at = end;
    }
}

/// Whether a text may hold a secret: fields, a statement about a password, a key, or
/// one word, which may be a token or the same encoding once more.
fn is_structured(text: &str) -> bool {
    let bytes = text.trim_end().trim_end_matches('=').as_bytes();
    bytes.iter().any(|byte| b":={<\"".contains(byte))
        || near::seek(bytes, Region::new(0, bytes.len()), "password").is_some()
        || bytes.starts_with(b"-----BEGIN ")
        || (!bytes.contains(&b' ') && bytes.iter().any(u8::is_ascii_digit))
}

/// Whether the byte is of either alphabet.
fn is_base64(byte: u8) -> bool {
    SEXTET[usize::from(byte)] < 64
}

/// Where the run that covers `at - 1` ends.
fn run_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|&&byte| is_base64(byte)).count()
}

/// What a run turns out to be.
enum Run {
    Text(Layer),
    /// What was decoded up to an offset is no text.
    Vain(usize),
    /// Its beginning tells that it is something else.
    Other,
}

/// What a run decodes to.
fn layer(bytes: &[u8], start: usize, end: usize) -> Run {
    if bytes[start..].starts_with(b"H4sI") {
        return gzipped(bytes, start, end);
    }
    if let Some(layer) = hexadecimal(bytes, start, end) {
        return Run::Text(layer);
    }
    match begins(bytes, start, end) {
        None => Run::Other,
        Some((start, wide)) => decode(bytes, start, end, wide),
    }
}

/// A text that is written as the hexadecimal digits of its bytes.
fn hexadecimal(bytes: &[u8], start: usize, end: usize) -> Option<Layer> {
    let byte = |at: usize| near::hex_byte(bytes, at);
    let probe = (start..start + SHORTEST).step_by(2);
    if !(end - start).is_multiple_of(2) || !probe.clone().all(|at| byte(at).is_some_and(is_text)) {
        return None;
    }
    let end = end.min(start + LAYER * 2);
    let decoded: Option<Vec<u8>> = (start..end).step_by(2).map(byte).collect();
    let decoded = decoded.filter(|decoded| decoded.len() >= 16)?;
    let graphic = decoded.iter().filter(|&&byte| is_text(byte)).count();
    let origin = (start..=end).step_by(2).filter_map(|at| u32::try_from(at).ok()).collect();
    (graphic * 10 >= decoded.len() * 9).then(|| Layer {
        text: readable(decoded),
        region: Region::new(start, end),
        origin,
        encoding: "hexadecimal",
    })
}

/// A text that was compressed first; only the whole of it can be pointed at.
fn gzipped(bytes: &[u8], start: usize, end: usize) -> Run {
    let (decoder, stop) = lines(bytes, start, end);
    let compressed = decoder.decoded;
    let mut decoded = vec![0; LAYER.min(compressed.len() * 40 + 1024)];
    let mut inflate = Inflate::new(true, GZIP);
    // What does not fit is left out.
    let done = inflate.decompress(&compressed, &mut decoded, InflateFlush::SyncFlush);
    decoded.truncate(usize::try_from(inflate.total_out()).unwrap_or(0));
    let graphic = decoded.iter().filter(|&&byte| is_text(byte)).count();
    if done.is_err() || decoded.is_empty() || graphic * 10 < decoded.len() * 9 {
        return Run::Vain(stop);
    }
    let padding = bytes[stop..].iter().take(2).take_while(|&&byte| byte == b'=').count();
    Run::Text(Layer {
        text: readable(decoded),
        region: Region::new(start, stop + padding),
        origin: Vec::new(),
        encoding: "compressed",
    })
}

/// Where the text of a run begins, if it seems to be one, and whether it has two
/// bytes a character.
fn begins(bytes: &[u8], start: usize, end: usize) -> Option<(usize, bool)> {
    // The letter of an escape: `\nZXhh…`.
    let escaped =
        start > 0 && bytes[start - 1] == b'\\' && matches!(bytes[start], b'n' | b'r' | b't');
    let start = start + usize::from(escaped);
    let wide = probe(bytes.get(start..end.min(start + PROBE))?)?;
    let before = start.checked_sub(1).map(|at| bytes[at]);
    // The parts of a JWT, which is found as such.
    if before == Some(b'.') || (bytes.get(end) == Some(&b'.') && bytes[start..].starts_with(b"eyJ"))
    {
        return None;
    }
    (!is_asset(bytes, start)).then_some((start, wide))
}

/// Decodes a run, over all its lines; where it ends.
fn lines(bytes: &[u8], start: usize, end: usize) -> (Decoder, usize) {
    let mut decoder = Decoder::default();
    let mut line = start;
    let mut stop = end;
    loop {
        decoder.feed(bytes, line, stop);
        if stop - line < WRAPPED || decoder.decoded.len() >= LAYER {
            break;
        }
        let Some(next) = next_line(bytes, stop) else { break };
        let next_stop = run_end(bytes, next);
        if next_stop == next {
            break;
        }
        (line, stop) = (next, next_stop);
    }
    (decoder, stop)
}

fn decode(bytes: &[u8], start: usize, end: usize, wide: bool) -> Run {
    let (decoder, stop) = lines(bytes, start, end);
    let padding = bytes[stop..].iter().take(2).take_while(|&&byte| byte == b'=').count();
    let region = Region::new(start, stop + padding);
    let Some((decoded, origin)) = decoder.finish(region.end, wide) else { return Run::Other };
    let foreign = std::str::from_utf8(&decoded).is_ok();
    let graphic =
        decoded.iter().filter(|&&byte| is_text(byte) || (foreign && byte >= 0x80)).count();
    if graphic * 10 < decoded.len() * 9 || decoded.starts_with(b"-----BEGIN CERTIFICATE") {
        return Run::Vain(stop);
    }
    Run::Text(Layer { text: readable(decoded), region, origin, encoding: "base64" })
}

/// How many of the first bytes tell of most runs that they are no text.
const FIRST: usize = 12;

/// Decodes groups of four characters.
fn decode_whole(run: &[u8], decoded: &mut [u8]) {
    for (group, bytes) in run.chunks_exact(4).zip(decoded.chunks_exact_mut(3)) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, &byte| bits << 6 | u32::from(SEXTET[usize::from(byte)] & 63));
        bytes.copy_from_slice(&bits.to_be_bytes()[1..]);
    }
}

/// For each byte what it is to a text: 16 if it is of another script, 1 if it is of none.
static STRANGE: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 1;
    while byte < table.len() {
        table[byte] = match byte {
            0x80.. => 16,
            byte if is_text(byte as u8) => 0,
            _ => 1,
        };
        byte += 1;
    }
    table
};

/// Whether no text begins so, of whatever script and width: of the bytes that are
/// probed a tenth may be anything, and all others are text, zeros of wide
/// characters, or bytes of another script.
fn is_no_text(decoded: &[u8; FIRST]) -> bool {
    const { assert!(FIRST < 16) };
    let strange: u8 = decoded.iter().map(|&byte| STRANGE[usize::from(byte)]).sum();
    let (others, foreign) = (usize::from(strange & 15), usize::from(strange >> 4));
    let is_script = others == 0
        && std::str::from_utf8(decoded).map_or_else(|error| error.error_len().is_none(), |_| true);
    (others + foreign) * 10 > PROBE / 4 * 3 && !is_script
}

/// Whether the first bytes are text; and if so, whether of two bytes a character.
fn probe(run: &[u8]) -> Option<bool> {
    let mut decoded = [0_u8; PROBE / 4 * 3];
    let decoded = &mut decoded[..run.len() / 4 * 3];
    let (first, rest) = run.split_at(FIRST / 3 * 4);
    decode_whole(first, decoded);
    if is_no_text(decoded.first_chunk()?) {
        return None;
    }
    decode_whole(rest, &mut decoded[FIRST..]);
    let text = decoded.iter().filter(|&&byte| is_text(byte)).count();
    if text * 10 >= decoded.len() * 9 {
        return Some(false);
    }
    let narrow = decoded.chunks_exact(2).filter(|pair| is_text(pair[0]) && pair[1] == 0).count();
    if narrow * 20 >= decoded.len() * 9 {
        return Some(true);
    }
    // Another script in UTF-8: binary data are never that by chance.
    let valid = match std::str::from_utf8(decoded) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    (valid && decoded.iter().all(|&byte| byte >= 0x80 || is_text(byte))).then_some(false)
}

/// Whether the byte stands in texts; UTF-8 is counted by all its bytes.
const fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

/// Whether the run is a picture, a font or a source map in a data URI.
fn is_asset(bytes: &[u8], start: usize) -> bool {
    let head = &bytes[start.saturating_sub(96)..start];
    if !head.ends_with(b"base64,") {
        return false;
    }
    let data = head.windows(5).rposition(|part| part == b"data:").unwrap_or(0);
    let media = &head[data..];
    let starts = ["data:image", "data:font", "data:audio", "data:video", "data:application/font"];
    starts.iter().any(|start| media.starts_with(start.as_bytes()))
        || head.windows(15).any(|part| part == b"ourceMappingURL")
}

/// Where a wrapped run goes on after the line that ends at `at`.
fn next_line(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let escaped = [&b"\\r\\n"[..], b"\\n"].into_iter().find(|end| rest.starts_with(end));
    if let Some(end) = escaped {
        return Some(at + end.len());
    }
    let end = [&b"\r\n"[..], b"\n"].into_iter().find(|end| rest.starts_with(end))?.len();
    let blanks = rest[end..].iter().take(64).take_while(|&&b| b == b' ' || b == b'\t').count();
    Some(at + end + blanks)
}

/// Decodes a run that may be wrapped.
#[derive(Default)]
struct Decoder {
    decoded: Vec<u8>,
    origin: Vec<u32>,
    bits: u32,
    count: u32,
}

impl Decoder {
    fn feed(&mut self, bytes: &[u8], start: usize, end: usize) {
        let room = (LAYER.saturating_sub(self.decoded.len())) / 3 * 4;
        let end = end.min(start + room);
        self.decoded.reserve((end - start) / 4 * 3 + 3);
        self.origin.reserve((end - start) / 4 * 3 + 4);
        for (at, &byte) in (start..end).zip(&bytes[start..end]) {
            let sextet = u32::from(SEXTET[usize::from(byte)] & 63);
            // A byte comes from where its first bits are.
            if !self.count.is_multiple_of(4) {
                self.bits = self.bits << 6 | sextet;
                let spare = 6 - 2 * (self.count % 4);
                let [.., decoded] = (self.bits >> spare).to_be_bytes();
                self.decoded.push(decoded);
                if self.count % 4 != 3 {
                    self.origin.push(u32::try_from(at).unwrap_or(u32::MAX));
                }
            } else {
                self.bits = sextet;
                self.origin.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
            self.count += 1;
        }
    }

    /// The decoded bytes and where they come from; of two bytes a character, the
    /// first of each.
    fn finish(mut self, end: usize, wide: bool) -> Option<(Vec<u8>, Vec<u32>)> {
        self.origin.truncate(self.decoded.len());
        if wide {
            let narrow = |at: &usize| at.is_multiple_of(2);
            let decoded = (0..self.decoded.len())
                .filter(narrow)
                .map(
                    |at| if self.decoded.get(at + 1) == Some(&0) { self.decoded[at] } else { b'?' },
                )
                .collect();
            let origin = (0..self.origin.len()).filter(narrow).map(|at| self.origin[at]).collect();
            (self.decoded, self.origin) = (decoded, origin);
        }
        self.origin.push(u32::try_from(end).ok()?);
        Some((self.decoded, self.origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(bytes: &[u8]) -> String {
        let alphabet: Vec<char> =
            ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
        let mut text = String::new();
        for group in bytes.chunks(3) {
            let bits = group.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte))
                << (8 * (3 - group.len()));
            for index in 0..4 {
                let sextet = (bits >> (18 - 6 * index)) as usize & 63;
                text.push(if index <= group.len() { alphabet[sextet] } else { '=' });
            }
        }
        text
    }

    fn runs(text: &str) -> Vec<Layer> {
        let mut out = Vec::new();
        base64_runs(text, &seaworthy_detector_pack::runs(text.as_bytes()), &mut out);
        for layer in &out {
            assert!(layer.origin.is_empty() || layer.origin.len() == layer.text.len() + 1);
        }
        out
    }

    #[test]
    fn text_in_base64_is_decoded_wherever_it_stands() {
        let plain = "{\"user\":\"ann\",\"password\":\"kR7tq2Vx\"}";
        let encoded = encode(plain.as_bytes());
        let wide: Vec<u8> = plain.bytes().flat_map(|byte| [byte, 0]).collect();
        let cases = [
            format!("data: {encoded}\n"),
            format!("x=\"{encoded}\""),
            format!("\"\\n{encoded}\\n\""),
            format!("{}{encoded}", "-. ".repeat(9)),
            encoded.replace('+', "-").replace('/', "_"),
            format!("powershell -enc {}", encode(&wide)),
        ];
        for text in cases {
            let found = runs(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].text, plain, "{text}");
        }
    }

    #[test]
    fn wrapped_runs_are_one() {
        let plain =
            format!("{{\"note\":\"{}\",\"password\":\"kR7tq2Vx\"}}", "lorem ipsum ".repeat(12));
        let encoded = encode(plain.as_bytes());
        let lines: Vec<&str> = (0..encoded.len())
            .step_by(76)
            .map(|at| &encoded[at..encoded.len().min(at + 76)])
            .collect();
        for separator in ["\n", "\r\n", "\n    ", "\\n"] {
            let found = runs(&lines.join(separator));
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].text, plain);
        }
    }

    #[test]
    fn decoded_bytes_are_mapped_back() {
        let plain = "{\"user\":\"ann\",\"password\":\"kR7tq2Vx\"}";
        let text = format!("k: {}", encode(plain.as_bytes()));
        let layer = &runs(&text)[0];
        assert_eq!(layer.origin[0], 3);
        let at = plain.find("kR7").expect("it is there");
        let (start, end) = (layer.origin[at] as usize, layer.origin[at + 8] as usize);
        let back = near::base64(&text.as_bytes()[3..]).expect("it is base64");
        assert_eq!(back, plain.as_bytes());
        assert_eq!(start, 3 + at / 3 * 4 + at % 3);
        assert_eq!(end, 3 + (at + 8) / 3 * 4 + (at + 8) % 3);
    }

    #[test]
    fn digits_and_compressed_texts_are_decoded() {
        let found = runs("x = '70617373776f72643d6b523774713256780a';");
        assert_eq!(found[0].text, "password=kR7tq2Vx\n");
        assert_eq!((found[0].origin[0], found[0].origin[9]), (5, 23));
        let found =
            runs("content: H4sIAAAAAAACAytILC4uzy9Ksc0OMi8pNAqr4CotTi2yLS5L5gIAHJaJYxsAAAA=\n");
        assert_eq!(found[0].text, "password=kR7tq2Vx\nuser=svc\n");
        assert!(runs("content: H4sIAAAAAAAAAwAAAAAAAAAAAAAA").is_empty());
    }

    #[test]
    fn other_runs_are_no_text() {
        let binary: Vec<u8> = (0..90_u32).map(|at| (at * 89 + 41) as u8).collect();
        let json = encode(b"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"1\"}");
        let cases = [
            encode(&binary),
            format!(
                "data:image/svg+xml;base64,{}",
                encode(b"<svg xmlns=\"x\"><path d=\"M0 0\"/></svg>")
            ),
            format!(
                "//# sourceMappingURL=data:application/json;base64,{}",
                encode(b"{\"version\":3,\"sources\":[\"a.js\"]}")
            ),
            format!("{}.{}.c2ln", json.trim_end_matches('='), json.trim_end_matches('=')),
            "0123456789abcdef0123456789abcdef01234567".to_owned(),
            "src/components/navigation/header/NavigationHeaderButton".to_owned(),
            "getTheVeryLongIdentifierOfSomeFunctionInAProgram".to_owned(),
            "-".repeat(200),
            encode(b"-----BEGIN CERTIFICATE-----\nMIIB"),
            encode(b"just some words of a sentence without any structure"),
        ];
        for text in cases {
            assert!(runs(&text).is_empty(), "{text}");
        }
    }
}
