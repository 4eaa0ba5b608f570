//! Vercel's configuration: `vercel.json`.

mod js_regex;
mod pattern;
mod source;
mod suggest;

pub use js_regex::{JsRegex, Match};
pub use source::{Source, SourceError, Useless};
pub use suggest::suggest;
