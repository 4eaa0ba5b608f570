//! `env-duplicate-key`

use std::collections::{HashMap, HashSet};

use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::{EnvEntry, EnvErrorKind, EnvFile};

use super::production::is_fixture;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-duplicate-key",
        group: Group::Environment,
        summary: "variable set more than once in one env file",
        help: include_str!("env_duplicate_key.md"),
        severity: Severity::Low,
        precision: Precision::VeryHigh,
        cwe: &[1109],
        ..Rule::DEFAULT
    },
    check: Check::Env(check),
};

fn check(env: &EnvFile, cx: &mut Context<'_>) {
    let template = cx.role().role == Role::Template;
    if is_fixture(cx) {
        return;
    }
    // The variables that some value refers to.
    let read: HashSet<&str> =
        env.entries().iter().flat_map(|entry| references(&entry.value)).collect();
    let mut last: HashMap<&str, &EnvEntry> = HashMap::new();
    for entry in env.entries().iter().filter(|entry| entry.has_value) {
        let Some(earlier) = last.insert(&entry.key, entry) else { continue };
        if refers_to(&entry.value, &entry.key) || are_alternatives(env, earlier, entry, cx.text()) {
            continue;
        }
        // The earlier value may have been read between the two lines.
        let is_read = read.contains(&*entry.key);
        report(earlier, entry, template, is_read, cx);
    }
}

fn report(
    earlier: &EnvEntry,
    entry: &EnvEntry,
    template: bool,
    is_read: bool,
    cx: &mut Context<'_>,
) {
    let key = &entry.key;
    let same = earlier.value == entry.value;
    let (severity, what) = if same {
        (Severity::Low, "the same value once more. Whoever changes one line may miss the other")
    } else if entry.value.is_empty() {
        (Severity::Medium, "an empty value, which erases the one above. The last line wins")
    } else {
        (Severity::Medium, "another value. The last line wins, so the one above has no effect")
    };
    let severity = if template { Severity::Low } else { severity };
    let removed = line_of(earlier, cx.text());
    let title = format!("Remove the earlier {key}, which has no effect");
    let edit = if same && !is_read { Edit::safe(title) } else { Edit::risky(title) };
    let path = cx.path().clone();
    cx.report(
        entry.key_region,
        format!("{key} is set again: this line gives it {what}. Keep one of them."),
    )
    .severity(severity)
    .related(&path, earlier.key_region, "set here before, without effect")
    .evidence(&**key)
    .fix(edit.remove(&path, removed));
}

/// Whether a value refers to a variable.
fn refers_to(value: &str, key: &str) -> bool {
    references(value).any(|name| name == key)
}

/// The names that a value refers to: `$KEY`, `${KEY}`, `${KEY:-…}`.
fn references(value: &str) -> impl Iterator<Item = &str> {
    value.match_indices('$').map(|(at, _)| {
        let rest = &value[at + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// Whether a template tag or a conflict marker stands between the two, so that
/// only one of them will be left.
fn are_alternatives(env: &EnvFile, earlier: &EnvEntry, entry: &EnvEntry, text: &str) -> bool {
    let first = env.errors().partition_point(|error| error.region.start < earlier.region.end);
    env.errors()[first..]
        .iter()
        .take_while(|error| error.region.start < entry.region.start)
        .take(64)
        .filter(|error| error.kind == EnvErrorKind::NotAnAssignment)
        .any(|error| {
            let line = error.region.of(text);
            ["{{", "{%", "<%", "<<<<<<<", "=======", ">>>>>>>"]
                .iter()
                .any(|mark| line.starts_with(mark))
        })
}

/// The lines of an entry with their line end.
fn line_of(entry: &EnvEntry, text: &str) -> Region {
    let start = text[..entry.region.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let rest = &text[entry.region.end..];
    let mut end = entry.region.end + rest.find(['\n', '\r']).unwrap_or(rest.len());
    if text[end..].starts_with("\r\n") {
        end += 2;
    } else if end < text.len() {
        end += 1;
    }
    Region::new(start, end)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_a_key_that_is_set_again() {
        check(
            &RULE,
            ".env",
            "
PORT=3000
~~~~ set here before
HOST=a
export PORT=3000
       ^^^^ [low] the same value once more
HOST='b'
^^^^ [medium] another value
HOST=
^^^^ [medium] erases the one above
",
        );
    }

    #[test]
    fn lines_of_a_quoted_value_and_comments_are_no_keys() {
        check(
            &RULE,
            ".env",
            "
# PORT=1
PORT=2
#PORT=3
NOTE=\"first
PORT=4
last\"
port=5
PORT
",
        );
    }

    #[test]
    fn a_value_that_extends_the_earlier_one_passes() {
        check(&RULE, ".env", "PATH=/a\nPATH=$PATH:/b\nN=${X}\nN=\"${N:-x} y\"\n");
    }

    #[test]
    fn branches_of_a_template_pass() {
        check(&RULE, "env.tpl", "{{#if X}}\nA=1\n{{else}}\nA=2\n{{/if}}\n");
    }

    #[test]
    fn the_fix_removes_the_line_without_effect() {
        check_fix(
            &RULE,
            ".env",
            "A=1\r\nB=x # old\r\nC='1\r\n2'\r\nB=x\r\nC=3",
            "A=1\r\nB=x\r\nC=3",
        );
    }

    #[test]
    fn the_fix_is_safe_only_where_nothing_changes() {
        use seaworthy_model::Applicability::{Safe, Unsafe};
        use seaworthy_testkit::{Fixture, run};
        for (text, want) in
            [("A=1\nA=1\n", Safe), ("A=1\nA=2\n", Unsafe), ("A=1\nB=$A\nA=1\n", Unsafe)]
        {
            let findings = run(&RULE, &Fixture::single(".env", text), false);
            assert_eq!(findings[0].fixes[0].applicability, want, "{text}");
        }
    }
}
