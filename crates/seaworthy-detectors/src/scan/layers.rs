//! Decoded layers of a text: what they are written in, and where they come from.

use seaworthy_model::Region;

use crate::file::Language;
use crate::find::escape;

/// The language of a layer: files of settings and scripts are told by their first
/// line, and anything else is in the language of what it stands in.
pub(super) fn language_of(layer: &escape::Layer, around: Language) -> Language {
    let text = layer.text.as_str();
    if layer.encoding == "character data" {
        return Language::Config;
    }
    // What an escaped string has of lines is a file of its own as well.
    let whole = matches!(layer.encoding, "base64" | "hexadecimal" | "compressed")
        || (layer.encoding == "escaped" && text.contains('\n'));
    let text = match text.strip_prefix("data:") {
        Some(data) => data.split_once(',').map_or(data, |(_, data)| data),
        None if whole => text,
        None => return around,
    };
    if text.starts_with("#!/") {
        return Language::Shell;
    }
    let tells = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["password", "-key", "-token", "secret"].iter().any(|end| name.ends_with(end))
    };
    let mut lines = text.lines().map(str::trim_end).filter(|line| {
        let section = line.starts_with('[') && line.ends_with(']');
        !(line.is_empty() || line.starts_with('#') || section)
    });
    let line = lines.next().unwrap_or("");
    let line = line.strip_prefix("export ").unwrap_or(line);
    let is_name = |name: &str, blanks: bool| {
        (2..64).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || b"_.-".contains(&byte) || (blanks && byte == b' ')
            })
    };
    let settings = line.split_once('=').is_some_and(|(name, value)| {
        let connection = value.contains(';') && value.contains('=');
        is_name(name.trim_end(), connection) && !value.starts_with(['=', '>'])
    });
    let mapping = line.split_once(':').is_some_and(|(name, value)| {
        is_name(name, false)
            && (value.is_empty() || value.starts_with(' '))
            && (tells(name) || lines.next().is_some())
    });
    if settings || mapping { Language::Config } else { around }
}

/// Where a region of a decoded layer comes from.
pub(super) fn outer(layer: &escape::Layer, region: Region) -> Region {
    match (layer.origin.get(region.start), layer.origin.get(region.end)) {
        (Some(&start), Some(&end)) => {
            Region::new(start as usize, (end as usize).max(start as usize))
        }
        _ => layer.region,
    }
}
