//! Rules for projects that use Prisma: connections, what deploys do to the
//! database, and migrations that lose data.
//!
//! The decisions are plain functions over texts (`schema`, `connection`, `shell`,
//! `deploy`, `migration`); `rules` asks the host for the texts and reports.

mod connection;
mod deploy;
mod migration;
mod rules;
mod schema;
mod shell;

use seaworthy_plugin_api::plugin;

plugin! {
    name: "prisma",
    summary: "Connections, deploys and migrations of projects that use Prisma",
    attributes: [("license", "MIT OR Apache-2.0")],
    rules: [
        rules::literal_url::RULE,
        rules::tls::RULE,
        rules::development_command::RULE,
        rules::seed_on_deploy::RULE,
        rules::destructive_migration::RULE,
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
            let fits = |range: &std::ops::Range<usize>| text.get(range.clone()).is_some();
            assert!(migration::losses(text).iter().all(|loss| fits(&loss.range)));
            let found = [schema::datasource(text), schema::config_datasource(text)];
            let urls: Vec<_> = found.into_iter().flatten().flat_map(|found| found.urls).collect();
            assert!(urls.iter().all(|url| fits(&url.whole)));
            let commands = shell::commands(text);
            assert!(commands.iter().filter_map(shell::action).all(|(_, range)| fits(&range)));
            for instruction in deploy::instructions(text) {
                assert!(fits(&(instruction.start..instruction.end)));
            }
            let _ = (connection::fault(None, text), connection::secret(text));
        }
    }
}
