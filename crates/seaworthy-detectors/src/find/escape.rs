//! Texts in an encoding that hides their structure: percent encoding, escapes of
//! JSON and HTML, base64. They are decoded and scanned again.

use seaworthy_model::Region;

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
pub(crate) fn at(_text: &str, _hit: Region, _done: usize) -> Option<Layer> {
    None
}

/// The runs of base64 in the text that decode to text.
pub(crate) fn base64_runs(_text: &str, _out: &mut Vec<Layer>) {}
