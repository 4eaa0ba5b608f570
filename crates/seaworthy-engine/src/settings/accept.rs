//! Adding an `[[ignore]]` entry to a settings file, for findings in formats that have
//! no comments.

use seaworthy_model::{ArtifactPath, NotificationKind, Rule};
use seaworthy_syntax::toml;

use super::edit::quoted;
use super::{FILE_NAME, Settings};

/// The settings with an entry that accepts what a rule finds in a file.
///
/// # Errors
/// When the file has a form that cannot be added to; the message says what to write.
pub fn with_ignore(
    text: &str,
    rule: &'static Rule,
    path: &ArtifactPath,
    reason: &str,
) -> Result<String, String> {
    let reason: String = reason.chars().filter(|c| !c.is_control()).collect();
    let entry = format!(
        "[[ignore]]\nrules = [{}]\npaths = [{}]\nreason = {}\n",
        quoted(rule.id),
        quoted(&glob(path.as_str())),
        quoted(&reason)
    );
    let seam = match text {
        "" => "",
        text if text.ends_with("\n\n") => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let edited = format!("{text}{seam}{entry}");
    let (accepting, wrong) = entries(text, rule, path);
    let is_whole = |text: &str| toml::parse(text).errors().is_empty();
    let holds = is_whole(text)
        && is_whole(&edited)
        && entries(&edited, rule, path) == (accepting + 1, wrong);
    if holds { Ok(edited) } else { Err(format!("write this yourself:\n\n{entry}")) }
}

/// How many entries of a file accept what the rule finds there, and how much of the
/// file is wrong.
fn entries(text: &str, rule: &'static Rule, path: &ArtifactPath) -> (usize, usize) {
    let file = (ArtifactPath::new(FILE_NAME), text.to_owned());
    let (settings, told) = Settings::read(vec![file], &[rule]);
    let ignores = settings.scopes.iter().flat_map(|scope| &scope.says.ignores);
    let accepting = ignores.filter(|ignore| {
        ignore.rules.contains(&rule)
            && ignore.paths.as_ref().is_some_and(|paths| paths.matches(path.as_str()))
    });
    let wrong = told.iter().filter(|n| n.kind == NotificationKind::SettingsInvalid).count();
    (accepting.count(), wrong)
}

/// The pattern that means this path alone, in the notation of `.gitignore`.
fn glob(path: &str) -> String {
    let mut glob = String::from("/");
    for (index, character) in path.char_indices() {
        let last = index + character.len_utf8() == path.len();
        if matches!(character, '\\' | '*' | '?' | '[' | ']') || character == ' ' && last {
            glob.push('\\');
        }
        glob.push(character);
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    static RULE: Rule = Rule { id: "secret-weak", ..Rule::DEFAULT };

    #[test]
    fn an_entry_is_added_behind_what_is_there() {
        let entry = "[[ignore]]\nrules = [\"secret-weak\"]\npaths = [\"/web/vercel.json\"]\n\
                     reason = \"it is \\\"public\\\"\"\n";
        let cases = [
            ("", entry.to_owned()),
            ("fail-on = \"high\"", format!("fail-on = \"high\"\n\n{entry}")),
            ("[rules]\n", format!("[rules]\n\n{entry}")),
            (entry, format!("{entry}\n{entry}")),
        ];
        for (before, after) in cases {
            let path = ArtifactPath::new("web/vercel.json");
            let added = with_ignore(before, &RULE, &path, "it is \"public\"");
            assert_eq!(added, Ok(after));
        }
    }

    #[test]
    fn a_path_means_itself_whatever_it_holds() {
        for path in ["a/[id]/x.json", "a*b", "#a", "!a", "what?", "back\\slash", "ends in space "] {
            let path = ArtifactPath::new(path);
            assert!(with_ignore("", &RULE, &path, "").is_ok(), "{path}");
        }
    }

    #[test]
    fn a_form_that_takes_no_entry_is_left_alone() {
        let path = ArtifactPath::new("a.json");
        for text in ["ignore = []\n", "a = [\n", "ignore = 3\n"] {
            let told = with_ignore(text, &RULE, &path, "x").expect_err(text);
            assert!(told.contains("write this yourself"), "{told}");
        }
    }
}
