//! Rules for projects that use Supabase: keys that bypass row level security,
//! tables and policies that leave data open, and auth settings of hosted projects.
//!
//! The decisions are plain functions over texts (`keys`, `client`, `sql`,
//! `schema`, `auth`); `rules` asks the host for the texts and reports.

mod auth;
mod client;
mod keys;
mod rules;
mod schema;
mod sql;

use seaworthy_plugin_api::plugin;

plugin! {
    name: "supabase",
    summary: "Keys, row level security and auth settings of projects that use Supabase",
    attributes: [("license", "MIT OR Apache-2.0")],
    rules: [
        rules::key_in_browser::RULE,
        rules::public_variable::RULE,
        rules::row_level_security::RULE,
        rules::open_policy::RULE,
        rules::auth_settings::RULE,
    ],
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every beginning of every fixture, and each with its bytes in another order:
    /// nothing stops, and every place is one of the text.
    #[test]
    fn cut_and_shuffled_files_are_survived() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).expect("the fixtures are there") {
            let path = entry.expect("an entry of the folder").path();
            let text = std::fs::read_to_string(path).expect("a fixture is text");
            let mut lines: Vec<&str> = text.split_inclusive(|c| "\n \"';$".contains(c)).collect();
            lines.reverse();
            let turned = lines.concat().replace("acme", "é\u{1F600}");
            for text in [&text, &turned] {
                for (cut, _) in text.char_indices().step_by(7) {
                    survive(&text[..cut]);
                    survive(&text[cut..]);
                    seen += 1;
                }
            }
        }
        assert!(seen > 1000, "{seen}");

        fn survive(text: &str) {
            let database = schema::Database::of(&[text]);
            let places = database.tables.values().map(|table| &table.created);
            let conditions = database.policies.iter().filter_map(|policy| policy.opening());
            let places = places.cloned().chain(conditions.map(|opening| opening.place));
            assert!(places.into_iter().all(|place| text.get(place.range()).is_some()));
            assert!(keys::keys(text).iter().all(|key| text.get(key.range.clone()).is_some()));
            assert!(client::reads(text).iter().all(|read| text.get(read.range.clone()).is_some()));
            let _ = client::why_client("app/a.ts", text, client::Builds::Mixed);
            let _ = keys::name_before(text, text.len());
        }
    }
}
