//! Env files: what is written, and what loaders make of it.

use std::collections::HashMap;

use seaworthy_analysis::joined::Definition;
use seaworthy_analysis::{Artifact, Document, Snapshot};
use seaworthy_model::Region;
use seaworthy_syntax::env::{EnvEntry, Loader, Quote, load};

use super::answer::Answer;
use super::definitions::in_file;
use super::judge::{judge, judged};
use super::region;
use crate::bindings::seaworthy::plugin::documents as wit;

/// The variables as written, commented ones among them, in the order of the text.
pub(super) fn entries(snapshot: &Snapshot, artifact: &Artifact) -> Option<Answer<wit::EnvEntry>> {
    let Document::Env(env) = snapshot.document(artifact)? else { return None };
    let lines = snapshot.lines(artifact)?;
    let known: HashMap<Region, &Definition> =
        in_file(snapshot, artifact).map(|definition| (definition.key_region, definition)).collect();
    let written = env.entries().iter().map(|entry| (entry, false));
    let mut all: Vec<(&EnvEntry, bool)> =
        written.chain(env.commented().iter().map(|entry| (entry, true))).collect();
    all.sort_by_key(|(entry, _)| entry.region);
    let entries = all.into_iter().map(|(entry, commented)| {
        let judgement = match known.get(&entry.key_region).filter(|_| !commented) {
            Some(definition) => judged(definition.class, definition.kind, &entry.value),
            None => judge(snapshot, &entry.key, &entry.value),
        };
        wit::EnvEntry {
            key: entry.key.to_string(),
            value: entry.value.to_string(),
            key_region: region(entry.key_region),
            value_region: region(entry.value_region),
            raw_region: region(entry.raw_region),
            region: region(entry.region),
            line: u32::try_from(lines.line_of(entry.key_region.start) + 1).unwrap_or(u32::MAX),
            quote: quote_name(entry.quote).to_owned(),
            exported: entry.exported,
            assigned: entry.has_value,
            commented,
            judgement,
        }
    });
    Some(Answer::filled(entries, |entry| entry.key.len() + entry.value.len() + 64))
}

/// The loaders that evidently read an env file.
pub(super) fn loaders(snapshot: &Snapshot, artifact: &Artifact) -> Option<Vec<String>> {
    let facts = snapshot.joined().env_file(artifact.path().as_str())?;
    Some(facts.readers.iter().map(|&loader| loader_name(loader).to_owned()).collect())
}

/// What a loader makes of an env file in an empty environment.
pub(super) fn loaded(
    snapshot: &Snapshot,
    artifact: &Artifact,
    loader: &str,
) -> Option<(Answer<wit::EnvValue>, Option<wit::Problem>)> {
    let Document::Env(_) = snapshot.document(artifact)? else { return None };
    let loader = LOADERS.into_iter().find(|&known| loader_name(known) == loader)?;
    let loaded = load(snapshot.text(artifact)?, loader, &|_| None);
    let values = loaded.values.into_iter().map(|value| wit::EnvValue {
        key: value.key,
        value: value.value,
        key_region: region(value.key_region),
    });
    let values = Answer::filled(values, |value| {
        value.key.len() + value.value.as_ref().map_or(0, String::len)
    });
    let refusal = loaded
        .error
        .map(|error| wit::Problem { region: region(error.region), message: error.message });
    Some((values, refusal))
}

const LOADERS: [Loader; 4] = [Loader::Dotenv, Loader::Next, Loader::Compose, Loader::PythonDotenv];

const fn loader_name(loader: Loader) -> &'static str {
    match loader {
        Loader::Dotenv => "dotenv",
        Loader::Next => "next",
        Loader::Compose => "compose",
        Loader::PythonDotenv => "python-dotenv",
    }
}

const fn quote_name(quote: Quote) -> &'static str {
    match quote {
        Quote::None => "none",
        Quote::Single => "single",
        Quote::Double => "double",
        Quote::Backtick => "backtick",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::{file, snapshot};

    fn entries_of(text: &str) -> Vec<wit::EnvEntry> {
        let snapshot = snapshot(&[(".env", text)]);
        let answer = entries(&snapshot, file(&snapshot, ".env")).expect("an env file");
        answer.told(&snapshot, None, "variables")
    }

    #[test]
    fn entries_keep_places_quotes_and_order() {
        let text = "# old\n#A=1\nexport B=\"x y\" # why\nC=\nD\n`\nB='z'\n";
        let of = |region: wit::Region| &text[region.start as usize..region.end as usize];
        let found: Vec<_> = entries_of(text)
            .into_iter()
            .map(|entry| {
                let flags = [entry.exported, entry.assigned, entry.commented];
                (
                    of(entry.key_region),
                    of(entry.raw_region),
                    entry.value,
                    entry.line,
                    entry.quote,
                    flags,
                )
            })
            .collect();
        let want = [
            ("A", "1", "1", 2, "none", [false, true, true]),
            ("B", "\"x y\"", "x y", 3, "double", [true, true, false]),
            ("C", "", "", 4, "none", [false, true, false]),
            ("D", "", "", 5, "none", [false, false, false]),
            ("B", "'z'", "z", 7, "single", [false, true, false]),
        ];
        let want: Vec<_> = want
            .into_iter()
            .map(|(key, raw, value, line, quote, flags)| {
                (key, raw, value.to_owned(), line, quote.to_owned(), flags)
            })
            .collect();
        assert_eq!(found, want);
    }

    #[test]
    fn a_password_is_judged_with_the_user_beside_it() {
        let found = entries_of("POSTGRES_USER=marlow\nPOSTGRES_PASSWORD=marlow\n");
        assert_eq!(found[1].judgement.weakness.as_deref(), Some("equals-user"));
        assert_eq!(found[1].judgement.secret_kind.as_deref(), Some("database-password"));
    }

    #[test]
    fn loaders_differ() {
        let snapshot = snapshot(&[(".env", "A=x\nB=${A}y\nC=$\n"), ("a.txt", "A=1")]);
        let values = |loader: &str| -> Option<Vec<(String, Option<String>)>> {
            let (answer, _) = loaded(&snapshot, file(&snapshot, ".env"), loader)?;
            let values = answer.told(&snapshot, None, "variables");
            Some(values.into_iter().map(|value| (value.key, value.value)).collect())
        };
        let b = |loader| values(loader).expect("a loader")[1].1.clone().expect("a value");
        assert_eq!(b("dotenv"), "${A}y");
        assert_eq!(b("next"), "xy");
        assert_eq!(b("python-dotenv"), "xy");
        assert_eq!(values("bash"), None);
        assert!(loaded(&snapshot, file(&snapshot, "a.txt"), "dotenv").is_none());
    }

    #[test]
    fn a_refusal_is_told_with_its_place() {
        let snapshot = snapshot(&[(".env", "A=\"x\n")]);
        let (_, refusal) =
            loaded(&snapshot, file(&snapshot, ".env"), "compose").expect("an env file");
        assert!(refusal.is_some());
    }

    #[test]
    fn the_programs_beside_it_tell_who_reads_a_file() {
        let files = [(".env", "A=1"), ("package.json", r#"{"dependencies": {"next": "16.0.0"}}"#)];
        let snapshot = snapshot(&files);
        assert_eq!(loaders(&snapshot, file(&snapshot, ".env")), Some(vec!["next".to_owned()]));
        assert_eq!(loaders(&snapshot, file(&snapshot, "package.json")), None);
    }

    #[test]
    fn huge_files_are_cut_and_told() {
        let text = "A=1\n".repeat(150_000);
        let snapshot = snapshot(&[(".env", &text)]);
        let artifact = file(&snapshot, ".env");
        let answer = entries(&snapshot, artifact).expect("an env file");
        assert!(answer.is_cut());
    }
}
