//! `cargo xtask new-rule GROUP ID`: the files of a new rule, ready to be filled.

use std::path::Path;

use anyhow::Context as _;
use seaworthy_model::Group;

/// Writes the rule's source and documentation and adds its word to the group.
pub(crate) fn run(root: &Path, group: &str, id: &str) -> anyhow::Result<()> {
    let group = Group::ALL.into_iter().find(|candidate| candidate.as_str() == group).with_context(
        || {
            let names: Vec<&str> = Group::ALL.iter().map(|group| group.as_str()).collect();
            format!("no group `{group}`; the groups are {}", names.join(", "))
        },
    )?;
    anyhow::ensure!(
        !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
        "an id is kebab-case"
    );
    anyhow::ensure!(
        !seaworthy_engine::rules().iter().any(|rule| rule.answers_to(id)),
        "there is a rule `{id}` already"
    );
    let module = id.replace('-', "_");
    let directory = root.join("crates/seaworthy-rules/src").join(directory_of(group));
    let source = directory.join(format!("{module}.rs"));
    let page = directory.join(format!("{module}.md"));
    for (path, text) in [(&source, source_text(group, id, &module)), (&page, page_text())] {
        anyhow::ensure!(!path.exists(), "{} exists already", path.display());
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        crate::say(&format!("wrote {}", path.display()));
    }
    register(&directory.join("mod.rs"), &module)?;
    crate::say(
        "now: write the rule and its tests, run `cargo test -p seaworthy-rules`, then `cargo xtask codegen`",
    );
    Ok(())
}

/// The module of a group in the rules crate.
fn directory_of(group: Group) -> String {
    match group {
        Group::Auth => "auth".to_owned(),
        other => other.as_str().replace('-', "_"),
    }
}

fn register(path: &Path, module: &str) -> anyhow::Result<()> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (before, rest) = text.split_once("rules![").context("mod.rs has no `rules![…]`")?;
    let (list, after) = rest.split_once(']').context("`rules![` is not closed")?;
    let mut words: Vec<&str> =
        list.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    words.push(module);
    words.sort_unstable();
    let list: String = words.iter().map(|word| format!("    {word},\n")).collect();
    std::fs::write(path, format!("{before}rules![\n{list}]{after}"))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn source_text(group: Group, id: &str, module: &str) -> String {
    format!(
        r#"//! `{id}`

use seaworthy_analysis::{{Check, Context, NativeRule}};
use seaworthy_model::{{Group, Rule, Severity}};
use seaworthy_syntax::env::EnvFile;

pub(crate) static RULE: NativeRule = NativeRule {{
    rule: Rule {{
        id: "{id}",
        group: Group::{group:?},
        summary: "say what is wrong when the rule fires",
        help: include_str!("{module}.md"),
        severity: Severity::Medium,
        ..Rule::DEFAULT
    }},
    check: Check::Env(check),
}};

fn check(env: &EnvFile, cx: &mut Context<'_>) {{
    for entry in env.entries().iter().filter(|entry| &*entry.key == "REPLACE_ME") {{
        cx.report(entry.key_region, "say what is wrong and why it matters")
            .evidence(&*entry.key)
            .sensitive(entry.value_region);
    }}
}}

#[cfg(test)]
mod tests {{
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_what_it_should() {{
        check(&RULE, ".env", "
REPLACE_ME=1
^^^^^^^^^^ say what is wrong
");
    }}

    #[test]
    fn passes_what_it_should() {{
        check(&RULE, ".env", "OTHER=1\n");
    }}
}}
"#
    )
}

fn page_text() -> String {
    "\
Flags a variable that …

## Why

What happens to somebody who ships it.

## Example

```env fails .env
REPLACE_ME=1
```

```env passes .env
OTHER=1
```

## Fix

What to do.

## Limits

What it cannot see, and what it leaves alone on purpose.
"
    .to_owned()
}
