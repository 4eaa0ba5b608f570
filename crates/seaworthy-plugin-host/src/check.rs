//! What a plugin returns is checked before anything of it is believed.

/// Text of a plugin made fit for a terminal and a report: control characters go,
/// line breaks stay, and what exceeds `most` bytes is cut.
pub(crate) fn plain(text: &str, most: usize) -> String {
    let mut plain = String::with_capacity(text.len().min(most));
    for character in text.chars() {
        let shown = match character {
            '\n' | '\t' => character,
            // Overrides of direction make a text read as what it is not.
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' => continue,
            character if character.is_control() => continue,
            character => character,
        };
        if plain.len() + shown.len_utf8() > most {
            break;
        }
        plain.push(shown);
    }
    plain
}
