//! The text of a file: places in it, comments, what its parser refuses.

use memchr::memmem;
use seaworthy_analysis::{Artifact, Document, Snapshot};
use seaworthy_model::Region;
use seaworthy_syntax::SyntaxError;
use seaworthy_syntax::env::EnvErrorKind;

use super::answer::{Answer, MAX_BYTES, tell};
use super::{region, tree};
use crate::bindings::seaworthy::plugin::documents as wit;
use crate::bindings::seaworthy::plugin::types;

/// The text, or as much of it as fits into an answer.
pub(super) fn whole(snapshot: &Snapshot, artifact: &Artifact) -> String {
    let text = snapshot.text(artifact).unwrap_or("");
    let shown = &text[..text.floor_char_boundary(2 * MAX_BYTES)];
    if shown.len() < text.len() {
        tell(snapshot, Some(artifact.path()), "bytes");
    }
    shown.to_owned()
}

/// The text of a region; `None` where it does not fit.
pub(super) fn slice(snapshot: &Snapshot, artifact: &Artifact, at: types::Region) -> Option<String> {
    let found = snapshot.text(artifact)?.get(at.start as usize..at.end as usize)?;
    (found.len() <= 2 * MAX_BYTES).then(|| found.to_owned())
}

/// The place of a byte.
pub(super) fn position(snapshot: &Snapshot, artifact: &Artifact, offset: u32) -> types::Position {
    let text = snapshot.text(artifact).unwrap_or("");
    match snapshot.lines(artifact) {
        Some(lines) => {
            let found = lines.position(text, offset as usize);
            types::Position {
                line: found.line,
                column: found.column,
                byte_column: found.byte_column,
            }
        }
        None => types::Position { line: 1, column: 1, byte_column: 1 },
    }
}

/// A line, counted from 1, without its end.
pub(super) fn line(snapshot: &Snapshot, artifact: &Artifact, number: u32) -> Option<Region> {
    let (text, lines) = (snapshot.text(artifact)?, snapshot.lines(artifact)?);
    let index = (number as usize).checked_sub(1).filter(|&index| index < lines.len())?;
    Some(lines.line_region(text, index))
}

/// Every place of a literal text.
pub(super) fn find(
    snapshot: &Snapshot,
    artifact: &Artifact,
    literal: &str,
) -> Answer<types::Region> {
    if literal.is_empty() {
        return Answer::new();
    }
    let text = snapshot.text(artifact).unwrap_or("");
    let places = memmem::find_iter(text.as_bytes(), literal);
    Answer::filled(places.map(|at| region(Region::new(at, at + literal.len()))), |_| 0)
}

/// The comments, where they are known.
pub(super) fn comments(snapshot: &Snapshot, artifact: &Artifact) -> Option<Answer<types::Region>> {
    let found = match snapshot.document(artifact)?.comments() {
        Some(found) => found,
        None => tree::parsed(snapshot, artifact)?.tree().comments().to_vec(),
    };
    Some(Answer::filled(found.into_iter().map(region), |_| 0))
}

/// What the parser or the schema refuses.
pub(super) fn problems(snapshot: &Snapshot, artifact: &Artifact) -> Answer<wit::Problem> {
    let problem = |at: Region, message: &str| wit::Problem {
        region: region(at),
        message: message.to_owned(),
    };
    let syntax = |errors: &[SyntaxError]| -> Vec<wit::Problem> {
        errors.iter().map(|error| problem(error.region, &error.message)).collect()
    };
    let of_tree = || {
        tree::parsed(snapshot, artifact)
            .map_or_else(Vec::new, |parsed| syntax(parsed.tree().errors()))
    };
    let mut found = match snapshot.document(artifact) {
        Some(Document::Env(env)) => {
            env.errors().iter().map(|error| problem(error.region, error.message())).collect()
        }
        Some(Document::Lockfile(lock)) => syntax(&lock.errors),
        Some(Document::Vercel(config)) => {
            let schema = config.problems.iter();
            let mut found = of_tree();
            found.extend(schema.map(|refused| problem(refused.region, &refused.message)));
            found
        }
        Some(_) => of_tree(),
        None => Vec::new(),
    };
    found.sort_by_key(|problem| (problem.region.start, problem.region.end));
    Answer::filled(found.into_iter(), |problem| problem.message.len())
}

/// Whether part of the file was guessed.
pub(super) fn is_uncertain(snapshot: &Snapshot, artifact: &Artifact) -> bool {
    match snapshot.document(artifact) {
        Some(Document::Env(env)) => env.errors().iter().any(|error| match error.kind {
            EnvErrorKind::NotAnAssignment
            | EnvErrorKind::UnterminatedQuote
            | EnvErrorKind::TextAfterQuote
            | EnvErrorKind::UnquotedMultiline => true,
            EnvErrorKind::InvalidKey | EnvErrorKind::ColonSeparator => false,
        }),
        Some(Document::Lockfile(lock)) => !lock.readable || !lock.errors.is_empty(),
        Some(Document::Vercel(config)) => config.uncertain,
        Some(_) => {
            tree::parsed(snapshot, artifact).is_some_and(|parsed| parsed.tree().is_uncertain())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::{file, snapshot};

    #[test]
    fn places_are_found_and_counted() {
        let text = "é=1\r\nA=ünd\nA=";
        let snapshot = snapshot(&[("a.txt", text)]);
        let artifact = file(&snapshot, "a.txt");
        let at = |start, end| types::Region { start, end };
        assert_eq!(slice(&snapshot, artifact, at(0, 2)).as_deref(), Some("é"));
        for (start, end) in [(0, 1), (3, 2), (0, 99), (u32::MAX, u32::MAX)] {
            assert_eq!(slice(&snapshot, artifact, at(start, end)), None, "{start}..{end}");
        }
        let place = position(&snapshot, artifact, 10);
        assert_eq!((place.line, place.column, place.byte_column), (2, 4, 5));
        assert_eq!(position(&snapshot, artifact, 9_999).line, 3);
        let lines: Vec<_> = (0..=4)
            .map(|number| line(&snapshot, artifact, number).map(|line| line.of(text)))
            .collect();
        assert_eq!(lines, [None, Some("é=1"), Some("A=ünd"), Some("A="), None]);
        let places = |literal| {
            let found = find(&snapshot, artifact, literal).told(&snapshot, None, "places");
            found.into_iter().map(|region| region.start).collect::<Vec<_>>()
        };
        assert_eq!(places("A="), [6, 13]);
        assert_eq!(places("a="), [0_u32; 0]);
        assert_eq!(places(""), [0_u32; 0]);
        assert_eq!(whole(&snapshot, artifact), text);
    }

    #[test]
    fn comments_are_those_of_the_notation() {
        let cases = [
            (".env", "# a\nA=1 # b\n", Some(vec!["# a", "# b"])),
            (".gitignore", "# a\nx\n", Some(vec!["# a"])),
            ("a.yml", "x: 1 # a\n", Some(vec!["# a"])),
            ("compose.yml", "services: {a: {image: x}} # a\n", Some(vec!["# a"])),
            ("a.json", "{} // a", Some(vec!["// a"])),
            ("a.toml", "a = 1 # a", Some(vec!["# a"])),
            ("a.sql", "-- a", None),
        ];
        for (path, text, want) in cases {
            let snapshot = snapshot(&[(path, text)]);
            let found = comments(&snapshot, file(&snapshot, path)).map(|found| {
                let found = found.told(&snapshot, None, "comments").into_iter();
                found.map(|at| &text[at.start as usize..at.end as usize]).collect::<Vec<_>>()
            });
            assert_eq!(found, want, "{path}");
        }
    }

    #[test]
    fn broken_files_say_so() {
        let cases = [
            (".env", "A=1\n", 0, false),
            (".env", "A=\"1\n", 1, true),
            (".env", "A: 1\n", 1, false),
            ("a.json", "{\"a\": }", 1, false),
            ("vercel.json", "{\"headers\": 1}", 1, false),
            ("compose.yml", "services:\n  a:\n    image: x\n{% if y %}\n", 1, true),
            ("a.txt", "{", 0, false),
            ("package-lock.json", "[", 1, true),
        ];
        for (path, text, least, uncertain) in cases {
            let snapshot = snapshot(&[(path, text)]);
            let artifact = file(&snapshot, path);
            let found = problems(&snapshot, artifact).len();
            assert!(found >= least && (least > 0 || found == 0), "{path} {text}: {found}");
            assert_eq!(is_uncertain(&snapshot, artifact), uncertain, "{path} {text}");
        }
    }
}
