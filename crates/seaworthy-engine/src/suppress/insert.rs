//! Writing an ignore comment, as an editor offers it.
//!
//! A comment is only proposed if it is proved to be one: the text is read again with
//! it, and it must speak for the very line that it was meant for.

use std::collections::HashMap;
use std::sync::Arc;

use seaworthy_analysis::{Artifact, DocumentKind, Options, Snapshot};
use seaworthy_model::{ArtifactPath, Finding, Position, Region, Replacement};

use super::{Reach, comments};
use crate::source::{Nowhere, Overlay};

/// How a comment begins and ends.
type Form = (&'static str, &'static str);

const HASH: Form = ("# ", "");
const SLASHES: Form = ("// ", "");
const DASHES: Form = ("-- ", "");
const MARKUP: Form = ("<!-- ", " -->");
const STARS: Form = ("/* ", " */");

/// The comment that makes a file accept a finding: on a line of its own above the
/// place, or behind it where that is no comment. `None` where the format has no
/// comments, or the place is in the middle of something that takes none.
#[must_use]
pub fn ignore_comment(snapshot: &Snapshot, finding: &Finding, reason: &str) -> Option<Replacement> {
    let artifact = snapshot.artifact(finding.location.artifact.as_str())?;
    let (text, lines) = snapshot.text(artifact).zip(snapshot.lines(artifact))?;
    let (open, close) = form(artifact)?;
    let reason: String = reason.chars().filter(|c| !c.is_control()).collect();
    let comment = format!("{open}seaworthy: ignore[{}] {reason}{close}", finding.rule.id);
    let line = lines.line_of(finding.location.region.start.min(text.len()));
    let region = lines.line_region(text, line);
    let body = region.of(text);
    let indent = &body[..body.len() - body.trim_start_matches([' ', '\t']).len()];
    let ending = match &text.as_bytes()[region.end..] {
        [b'\r', b'\n', ..] => "\r\n",
        [b'\r', ..] => "\r",
        _ => "\n",
    };
    let above = (region.start, format!("{indent}{comment}{ending}"), line + 1);
    let behind = (region.end, format!(" {comment}"), line);
    [above, behind].into_iter().find_map(|(at, inserted, speaks_for)| {
        let edited = format!("{}{inserted}{}", &text[..at], &text[at..]);
        let marks = at..at + inserted.len();
        speaks(artifact.path(), &edited, marks, finding.rule.id, speaks_for).then(|| {
            let position = Position::of(text, at);
            Replacement {
                artifact: artifact.path().clone(),
                region: Region::empty(at),
                start: position,
                end: position,
                text: inserted,
            }
        })
    })
}

/// Whether a text has an ignore of a rule within these bytes that speaks for a line,
/// counted from 0.
fn speaks(
    path: &ArtifactPath,
    text: &str,
    within: std::ops::Range<usize>,
    rule: &str,
    line: usize,
) -> bool {
    let texts = HashMap::from([(path.clone(), Arc::from(text))]);
    let source = Overlay { texts, below: Arc::new(Nowhere), limit: u64::MAX };
    let snapshot = Snapshot::new(vec![path.clone()], Arc::new(source), None, Options::default());
    let Some(artifact) = snapshot.artifact(path.as_str()) else { return false };
    let (ignores, _) = comments::collect(&snapshot, artifact);
    let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
    ignores.iter().any(|ignore| {
        within.contains(&ignore.marker.start)
            && ignore.reach == Reach::Line(line)
            && matches!(ignore.rules.as_slice(), [(id, _)] if id == rule)
    })
}

/// How comments look in a file; `None` where there are none, or it is not known.
fn form(artifact: &Artifact) -> Option<Form> {
    match artifact.kind() {
        DocumentKind::Env
        | DocumentKind::Ignore
        | DocumentKind::Compose
        | DocumentKind::PnpmWorkspace
        | DocumentKind::Npmrc
        | DocumentKind::Dockerfile
        | DocumentKind::Nginx
        | DocumentKind::Workflow
        | DocumentKind::Action
        | DocumentKind::GitlabCi => Some(HASH),
        DocumentKind::Prisma => Some(SLASHES),
        DocumentKind::Vercel | DocumentKind::PackageJson | DocumentKind::Lockfile(_) => None,
        DocumentKind::Other => by_name(artifact.path().file_name()),
    }
}

fn by_name(name: &str) -> Option<Form> {
    let name = name.to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or(name.as_str(), |(_, extension)| extension);
    match extension {
        "yml" | "yaml" | "toml" | "py" | "pyi" | "rb" | "sh" | "bash" | "zsh" | "fish" | "pl"
        | "r" | "ex" | "exs" | "tf" | "tfvars" | "hcl" | "conf" | "cfg" | "cnf" | "ini"
        | "properties" | "mk" | "ps1" | "nix" | "makefile" | "justfile" | "procfile"
        | "rakefile" | "gemfile" | "vagrantfile" | "jenkinsfile" | "caddyfile"
        | "gitattributes" | "service" | "dockerignore" | "pgpass" | "netrc" => {
            Some(if extension == "jenkinsfile" { SLASHES } else { HASH })
        }
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" | "java" | "kt" | "kts"
        | "go" | "rs" | "c" | "h" | "cc" | "cpp" | "hpp" | "cs" | "swift" | "scala" | "dart"
        | "php" | "groovy" | "gradle" | "jsonc" | "json5" | "proto" | "scss" | "less" | "sol"
        | "zig" => Some(SLASHES),
        "html" | "htm" | "xml" | "vue" | "svelte" | "md" | "svg" | "csproj" | "config" => {
            Some(MARKUP)
        }
        "sql" | "lua" | "hs" | "elm" => Some(DASHES),
        "css" => Some(STARS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::case;
    use super::*;

    /// The text with a comment for its first finding.
    fn accepted(path: &str, text: &str) -> Option<String> {
        let (snapshot, findings) = case(path, text);
        let edit = ignore_comment(&snapshot, &findings[0], "used in\ntests only")?;
        seaworthy_model::apply(text, &[&edit])
    }

    #[test]
    fn a_comment_stands_above_the_line_in_the_syntax_of_the_file() {
        let said = "seaworthy: ignore[secret-weak] used intests only";
        let cases = [
            (".env", "A=1\nB=BAD\n", format!("A=1\n# {said}\nB=BAD\n")),
            (".env", "B=BAD", format!("# {said}\nB=BAD")),
            (".env", "A=1\r\nB=BAD\r\n", format!("A=1\r\n# {said}\r\nB=BAD\r\n")),
            (
                "compose.yml",
                "services:\n  a:\n    image: BAD\n",
                format!("services:\n  a:\n    # {said}\n    image: BAD\n"),
            ),
            ("src/a.ts", "\tconst a = 'BAD';\n", format!("\t// {said}\n\tconst a = 'BAD';\n")),
            ("index.html", "<a>BAD</a>\n", format!("<!-- {said} -->\n<a>BAD</a>\n")),
            ("a.css", "a { b: BAD }\n", format!("/* {said} */\na {{ b: BAD }}\n")),
            ("Dockerfile", "FROM a\nENV A=BAD\n", format!("FROM a\n# {said}\nENV A=BAD\n")),
        ];
        for (path, before, after) in cases {
            assert_eq!(accepted(path, before), Some(after), "{path}");
        }
    }

    #[test]
    fn where_no_comment_can_stand_none_is_offered() {
        let cases = [
            ("package.json", "{ \"a\": \"BAD\" }\n"),
            ("vercel.json", "{\n  \"a\": \"BAD\"\n}\n"),
            ("notes.txt", "BAD\n"),
            (".env", "KEY=\"one\nBAD\nthree\"\n"),
            (
                "compose.yml",
                "services:\n  a:\n    image: a\n    command: |\n      one\n      BAD\n",
            ),
        ];
        for (path, text) in cases {
            assert_eq!(accepted(path, text), None, "{path}");
        }
    }
}
