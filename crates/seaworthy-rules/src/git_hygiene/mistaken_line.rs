//! Lines of ignore files that mean something else to git than to their author.
//!
//! A line is read as its author may have meant it; that it fails, and that the
//! mended line would not, is then asked of git's rules.

use seaworthy_analysis::roles::is_env_file_name;
use seaworthy_analysis::{GitState, Snapshot};
use seaworthy_model::{ArtifactPath, Region};
use seaworthy_syntax::ignore::{IgnoreFile, IgnoreLine};

use super::ignore_edit::{TRIES, Wanted, comes_to, replaced};
use super::tracked::{file_name, join};

/// The longest line that is read for mistakes.
const LONGEST: usize = 300;

/// The most lines that one line with braces may have meant.
const MOST_LINES: usize = 16;

/// A line that was to protect a secret file and does not.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    /// The line as written.
    pub(super) region: Region,
    /// Why git reads it otherwise, as a sentence.
    pub(super) why: &'static str,
    /// The lines that do what was meant, joined in the file's line ending.
    pub(super) mended: String,
    /// A file that stays unprotected.
    pub(super) path: String,
    /// The text of the whole file once mended.
    pub(super) text: String,
}

/// Every line of an ignore file that fails to protect a secret file.
pub(super) fn mistakes(
    snapshot: &Snapshot,
    git: &GitState,
    artifact: &ArtifactPath,
    text: &str,
    ignore: &IgnoreFile,
) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut tries = 0;
    for line in ignore.patterns().filter(|line| line.region().len() <= LONGEST) {
        let raw = line.region().of(text);
        let Some((meant, why)) = meant(raw) else { continue };
        let paths: Vec<String> = meant
            .iter()
            .flat_map(|pattern| samples(pattern))
            .map(|path| join(artifact.parent(), &path))
            .collect();
        // A directory of that name is what the line speaks of.
        if raw.trim().ends_with('/') && paths.iter().any(|path| snapshot.contains_directory(path)) {
            continue;
        }
        let Some(path) = paths.iter().find(|path| !git.is_ignored(path)) else { continue };
        let mended = meant.join(ending(text, line));
        let Some(edited) = replaced(text, line.region(), &mended) else { continue };
        tries += 1;
        if tries > TRIES {
            break;
        }
        let wanted = Wanted { ignored: std::slice::from_ref(path), kept: &[] };
        if comes_to(git, artifact, &edited, wanted) {
            let path = path.clone();
            found.push(Mistake { region: line.region(), why, mended, path, text: edited });
        }
    }
    found
}

/// The line ending after a line; the last line may lack one.
fn ending(text: &str, line: &IgnoreLine) -> &'static str {
    let rest = text.get(line.region().end..).unwrap_or("");
    if rest.starts_with("\r\n") || (rest.is_empty() && text.contains("\r\n")) {
        "\r\n"
    } else {
        "\n"
    }
}

/// The patterns that a line was meant to be, and the first reason why it is
/// not; `None` when the line means what it says.
pub(super) fn meant(raw: &str) -> Option<(Vec<String>, &'static str)> {
    let mut why: Option<&'static str> = None;
    let mut because = |reason| why = why.or(Some(reason));
    let mut line = raw;
    if line.contains('\r') {
        because("git ends lines at LF only, so these lines are one pattern");
        let pieces = line.split('\r').filter(|piece| !piece.is_empty());
        return Some((pieces.map(str::to_owned).collect(), why?));
    }
    if line.starts_with('#') || line.starts_with('!') {
        return None;
    }
    let trimmed = line.trim_start();
    if trimmed.len() < line.len() {
        because("blanks at the start of a line belong to the pattern");
        line = trimmed;
    }
    if line.starts_with(['#', '!']) {
        return None;
    }
    if let Some(at) = line.find(" #").or_else(|| line.find("\t#")).or_else(|| line.find(" //")) {
        because("a comment needs a line of its own; after a pattern it belongs to the pattern");
        line = &line[..at];
    }
    let spaces = line.trim_end_matches(' ');
    let trimmed = spaces.trim_end();
    if trimmed.len() < spaces.len() {
        because("git cuts trailing spaces, but a trailing tab belongs to the pattern");
    }
    line = trimmed;
    if let Some(rest) = line.strip_prefix("- ") {
        because("`- ` belongs to the pattern; an ignore file is no list");
        line = rest.trim_start();
    }
    let cut = line.trim_end_matches([',', ';']);
    if cut.len() < line.len() {
        because("the sign at the end belongs to the pattern");
        line = cut;
    }
    for quote in ['"', '\'', '`'] {
        let inner = line.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            because("quotes belong to the pattern");
            line = inner;
        }
    }
    if let Some(rest) = line.strip_prefix("./") {
        because("paths never start with `./`, so the pattern matches nothing");
        line = rest;
    }
    if let Some(rest) = line.strip_prefix('^') {
        because("`^` belongs to the pattern; an ignore file holds no regular expressions");
        line = rest.strip_suffix('$').unwrap_or(rest);
    } else if let Some(rest) = line.strip_suffix('$') {
        because("`$` belongs to the pattern; an ignore file holds no regular expressions");
        line = rest;
    }
    let mut mended = line.to_owned();
    if line.contains('\\') && !line.contains("\\ ") {
        let slashes = line.replace('\\', "/");
        if !is_secret_name(&line.replace('\\', "")) || line.split('\\').count() > 2 {
            because("a backslash escapes the next sign; directories are parted by `/`");
            mended = slashes;
        }
    }
    if let Some(rest) = mended.strip_suffix('/') {
        // `env.bak/` is the copy of a virtual environment, as every list for
        // Python has it; env files are hidden or end in `.env`.
        let name = file_name(rest);
        if is_env_file_name(name).is_some() && !name.starts_with('.') && !name.ends_with(".env") {
            return None;
        }
        because("the slash at the end lets the pattern match directories only");
        mended = rest.to_owned();
    }
    let patterns = match braces(&mended) {
        Some(patterns) => {
            because("git knows no braces; each name needs a line of its own");
            patterns
        }
        None => vec![mended],
    };
    let patterns: Vec<String> = patterns
        .into_iter()
        .map(|pattern| {
            let lower = pattern.to_ascii_lowercase();
            if lower != pattern && !samples(&lower).is_empty() {
                because("git tells upper from lower case");
                lower
            } else {
                pattern
            }
        })
        .collect();
    let plain = |pattern: &String| !pattern.is_empty() && !pattern.starts_with(['#', '!']);
    if !patterns.iter().all(plain) || !patterns.iter().any(|pattern| !samples(pattern).is_empty()) {
        return None;
    }
    Some((patterns, why?))
}

/// What a pattern with braces would be in a shell.
fn braces(pattern: &str) -> Option<Vec<String>> {
    let (before, rest) = pattern.split_once('{')?;
    let (inside, after) = rest.split_once('}')?;
    if !inside.contains(',') || inside.contains('{') || after.contains('{') {
        return None;
    }
    let expanded: Vec<String> =
        inside.split(',').map(|word| format!("{before}{}{after}", word.trim())).collect();
    (expanded.len() <= MOST_LINES).then_some(expanded)
}

/// Paths of secret files that a pattern matches if it means what it says; none
/// when it is not about secret files.
fn samples(pattern: &str) -> Vec<String> {
    let pattern = pattern.trim_start_matches("**/").trim_start_matches('/');
    let (directory, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    if name.contains(['?', '[', '\\']) || directory.contains(['*', '?', '[', '\\']) {
        return Vec::new();
    }
    let mut samples: Vec<String> = Vec::new();
    for filling in ["", "production", ".local", "server"] {
        let sample = name.replace('*', filling);
        if is_secret_name(&sample) && !samples.contains(&join(directory, &sample)) {
            samples.push(join(directory, &sample));
        }
    }
    samples
}

/// Whether a file of this name is to be kept from git.
fn is_secret_name(name: &str) -> bool {
    let name = file_name(name);
    if let Some(env) = is_env_file_name(name) {
        return !env.template && !env.encrypted;
    }
    let ends = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".tfstate", ".tfvars"];
    let stem = |end: &str| name.strip_suffix(end).is_some_and(|stem| !stem.is_empty());
    ends.iter().any(|end| stem(end))
        || matches!(
            name,
            "id_rsa"
                | "id_ed25519"
                | "credentials.json"
                | "secrets.json"
                | "secrets.yml"
                | "secrets.yaml"
                | "service-account.json"
                | ".netrc"
                | ".pgpass"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_read_as_they_were_meant() {
        let cases: &[(&str, &[&str])] = &[
            ("./.env", &[".env"]),
            (".env/", &[".env"]),
            ("  .env", &[".env"]),
            ("\t.env.local", &[".env.local"]),
            (".env\t", &[".env"]),
            (".env # secrets", &[".env"]),
            (".env\t# secrets", &[".env"]),
            (".env // secrets", &[".env"]),
            ("\".env\"", &[".env"]),
            ("'.env*'", &[".env*"]),
            (".env,", &[".env"]),
            (".env;", &[".env"]),
            (".ENV", &[".env"]),
            ("- .env", &[".env"]),
            ("^.env$", &[".env"]),
            ("config\\api\\.env", &["config/api/.env"]),
            (".env.{local,production}", &[".env.local", ".env.production"]),
            ("./config/.env.{a, b}", &["config/.env.a", "config/.env.b"]),
            ("\"*.pem\",", &["*.pem"]),
            (".env\r.env.local\r", &[".env", ".env.local"]),
            // Right as they are, or about something else.
            (".env", &[]),
            ("/.env", &[]),
            ("\\.env", &[]),
            ("api\\.env", &[]),
            ("**/.env", &[]),
            (".env  ", &[]),
            ("*.env", &[]),
            ("node_modules/", &[]),
            ("./dist", &[]),
            ("Build/", &[]),
            ("# .env", &[]),
            ("  # .env", &[]),
            ("!.env.example ", &[]),
            (".env.example/", &[]),
            // Copies of virtual environments are directories.
            ("env.bak/", &[]),
            ("/env.old/", &[]),
            ("production.env/", &["production.env"]),
            ("env.production", &[]),
            ("dist/ # output", &[]),
            (".env.{}", &[]),
        ];
        for (raw, want) in cases {
            let got = meant(raw).map(|(patterns, _)| patterns).unwrap_or_default();
            assert_eq!(got, *want, "{raw:?}");
        }
    }

    #[test]
    fn samples_are_secret_files_that_the_pattern_matches() {
        let cases: &[(&str, &[&str])] = &[
            (".env", &[".env"]),
            ("/.env.local", &[".env.local"]),
            ("**/.env", &[".env"]),
            (".env*", &[".env", ".env.local"]),
            (".env.*.local", &[".env.production.local", ".env.server.local"]),
            ("a/b/*.pem", &["a/b/production.pem", "a/b/.local.pem", "a/b/server.pem"]),
            (".env.example", &[]),
            ("*.js", &[]),
            ("*", &[]),
        ];
        for (pattern, want) in cases {
            let got = samples(pattern);
            for sample in *want {
                assert!(got.iter().any(|s| s == sample), "{pattern}: {got:?} lacks {sample}");
            }
            assert_eq!(got.is_empty(), want.is_empty(), "{pattern}: {got:?}");
        }
    }
}
