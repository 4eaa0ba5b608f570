//! `dev-tool-settings-tracked`

use seaworthy_analysis::{Check, Context, NativeRule, Snapshot};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::content::{names, point_at, text_secrets};
use super::tracked::{file_name, is_docs_directory, is_test_directory, untrack};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dev-tool-settings-tracked",
        group: Group::GitHygiene,
        summary: "personal settings of a developer's tool are tracked by git",
        help: include_str!("dev_tool_settings_tracked.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[538],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// Directories in which editors and assistants keep their settings.
const TOOL_DIRECTORIES: &[&str] = &[
    ".claude",
    ".cursor",
    ".vscode",
    ".idea",
    ".zed",
    ".fleet",
    ".windsurf",
    ".continue",
    ".gemini",
    ".codex",
    ".roo",
    ".kiro",
    ".amazonq",
    ".junie",
    ".vs",
];

/// Settings of tools that stand outside such a directory.
const TOOL_FILES: &[&str] = &[".mcp.json", ".aider.conf.yml", "mcp.json"];

/// What JetBrains itself asks not to share.
const IDEA_PERSONAL: &[&str] = &[
    "workspace.xml",
    "tasks.xml",
    "usage.statistics.xml",
    "dataSources.local.xml",
    "dataSources.ids",
    "aws.xml",
    "httpRequests",
    "shelf",
    "sonarlint",
    "dictionaries",
];

fn sees(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    text.filter(|_| setting(path).is_some()).map_or(0, |text| crate::hash(text).max(1))
}

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let Some(git) = snapshot.git() else { return };
    for path in git.tracked() {
        let Some(setting) = setting(path) else { continue };
        let text = snapshot.artifact(path).and_then(|artifact| snapshot.text(artifact));
        let secrets = text.map(text_secrets).unwrap_or_default();
        let beside = is_test_directory(setting.above) || is_docs_directory(setting.above);
        if secrets.is_empty() && (!setting.personal || beside) {
            continue;
        }
        let artifact = ArtifactPath::new(path);
        let command = untrack(path);
        let message = if secrets.is_empty() {
            format!(
                "Personal tool settings are tracked by git. They tell paths, commands and \
                 permissions of one person's machine and apply them to everyone's; ignore the file \
                 and run {command}."
            )
        } else {
            format!(
                "Tool settings with a secret are tracked by git: {}. Replace it, it stays in the \
                 history, and let the tool read it from the environment.",
                names(&secrets)
            )
        };
        let draft = cx.report_in(&artifact, Region::empty(0), message);
        if !secrets.is_empty() {
            draft.severity(Severity::High);
        }
        point_at(draft, &artifact, &secrets);
    }
}

struct Setting<'p> {
    /// The directory above the tool's.
    above: &'p str,
    /// Whether it is one person's by its name.
    personal: bool,
}

/// Reads a path as settings of a tool.
fn setting(path: &str) -> Option<Setting<'_>> {
    let mut start = 0;
    while let Some(length) = path[start..].find('/') {
        let (directory, rest) = (&path[start..start + length], &path[start + length + 1..]);
        if TOOL_DIRECTORIES.contains(&directory) {
            let name = file_name(path);
            let local =
                name.contains(".local.") || name.ends_with(".user") || name.ends_with(".suo");
            let first = rest.split('/').next().unwrap_or("");
            let personal = local || (directory == ".idea" && IDEA_PERSONAL.contains(&first));
            return Some(Setting { above: path[..start].trim_end_matches('/'), personal });
        }
        start += length + 1;
    }
    TOOL_FILES
        .contains(&file_name(path))
        .then(|| Setting { above: super::tracked::parent(path), personal: false })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_repo;

    #[test]
    fn flags_personal_settings_and_secrets() {
        check_repo(
            &RULE,
            r#"
//- .claude/settings.local.json
{"permissions": {"allow": ["Bash(ls:*)"]}}
^ [low] Personal tool settings are tracked
//- web/.idea/workspace.xml
<project/>
^ [low] run `git rm --cached web/.idea/workspace.xml`
//- .vscode/settings.json
{"editor.tabSize": 2, "api.secretKey": "k8Fz2LqX0vRt5YbN7wHc3mJs"}
^ [high] with a secret
                       ~~~~~~~~~~~~~ is set here
//- .mcp.json
{"env": {"SERVICE_API_TOKEN": "k8Fz2LqX0vRt5YbN7wHc3mJs"}}
^ [high] SERVICE_API_TOKEN
"#,
        );
    }

    #[test]
    fn passes_shared_settings() {
        check_repo(
            &RULE,
            r#"
//- .vscode/settings.json
{"editor.formatOnSave": true, "api.token": "${env:API_TOKEN}"}
//- .vscode/extensions.json
{"recommendations": []}
//- .claude/settings.json
{"permissions": {}}
//- .idea/codeStyles/Project.xml
<x/>
//- .mcp.json
{"env": {"SERVICE_API_TOKEN": "${SERVICE_API_TOKEN}"}}
//- .claude/settings.local.json untracked
{}
//- src/settings.local.json
{}
"#,
        );
    }
}
