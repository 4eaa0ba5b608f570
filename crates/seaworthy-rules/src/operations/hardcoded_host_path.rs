//! `hardcoded-host-path`

use std::collections::HashSet;

use seaworthy_analysis::joined::{ShellKind, ShellText};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::shell::Word;
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "hardcoded-host-path",
        group: Group::Operations,
        summary: "script names a directory of one person's machine",
        help: include_str!("hardcoded_host_path.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[547],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let scripts = cx.joined().scripts(cx.snapshot());
    for text in scripts.all() {
        let host =
            matches!(text.kind, ShellKind::File | ShellKind::Manifest(_) | ShellKind::Target(_));
        if !host {
            continue;
        }
        let mut seen = HashSet::new();
        for word in words(text) {
            let Some((user, path)) = personal(text.slice(word.region)) else { continue };
            // Once for each person is enough.
            if !seen.insert(user.to_owned()) {
                continue;
            }
            let start = word.region.start + path;
            let region = Region::new(start, word.region.end);
            cx.report_in(
                &text.path,
                text.place(region),
                format!(
                    "This path is in the home directory of {user}. On every other machine the \
                     script fails or, worse, works on something else. Begin at the script's own \
                     directory, at $HOME, or at a variable."
                ),
            )
            .evidence(user);
        }
    }
}

fn words(text: &ShellText) -> impl Iterator<Item = &Word> {
    text.script.commands.iter().flat_map(|command| {
        let said = matches!(command.program(), Some("echo" | "printf" | "log" | "cat"));
        let words = command.words.iter().filter(move |_| !said);
        words
            .chain(command.assignments.iter().map(|assignment| &assignment.value))
            .chain(command.redirects.iter().map(|redirect| &redirect.target))
    })
}

/// Whose home directory a word names, and where the path begins in it.
fn personal(word: &str) -> Option<(&str, usize)> {
    let (at, root) =
        ["/Users/", "/home/"].iter().find_map(|root| Some((word.find(root)?, root)))?;
    // A path of its own, not a part of another or of an address.
    let before = word[..at].chars().next_back();
    if before.is_some_and(|before| !matches!(before, '"' | '\'' | '=' | ':' | ',')) {
        return None;
    }
    let rest = &word[at + root.len()..];
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')));
    let end = end.filter(|end| rest[*end..].starts_with('/'))?;
    let user = &rest[..end];
    let real = user.len() > 1 && user.starts_with(|c: char| c.is_ascii_alphabetic());
    (real && !is_account(user)).then_some((user, at))
}

/// Accounts of machines and images, and names that stand for any.
fn is_account(user: &str) -> bool {
    const ACCOUNTS: &[&str] = &[
        "node",
        "app",
        "application",
        "ubuntu",
        "debian",
        "ec2-user",
        "centos",
        "fedora",
        "rocky",
        "runner",
        "vscode",
        "codespace",
        "circleci",
        "linuxbrew",
        "user",
        "username",
        "users",
        "youruser",
        "yourname",
        "your-user",
        "your-username",
        "your_username",
        "your-name",
        "name",
        "me",
        "deploy",
        "deployer",
        "deployment",
        "www",
        "www-data",
        "web",
        "admin",
        "azureuser",
        "opc",
        "pi",
        "gitpod",
        "jovyan",
        "airflow",
        "vagrant",
        "docker",
        "nonroot",
        "git",
        "builder",
        "coder",
        "postgres",
        "service",
        "nginx",
        "python",
        "django",
        "rails",
        "ruby",
        "pptruser",
        "pwuser",
        "cloudshell-user",
        "user-data",
        "shared",
        "public",
        "guest",
        "test",
        "tester",
        "example",
        "foo",
        "bar",
        "jenkins",
        "gitlab-runner",
        "gitlab",
        "github",
        "ci",
        "build",
        "container",
        "devcontainer",
        "dev",
        "developer",
        "server",
        "bitnami",
        "sftp",
        "ftp",
        "steam",
        "minecraft",
        "ansible",
        "terraform",
        "packer",
        "cloud",
        "core",
        "default",
        "backup",
        "appuser",
        "api",
        "nextjs",
        "bun",
        "deno",
        "go",
        "java",
        "rust",
        "site",
        "sites",
        "production",
        "staging",
        "prod",
        "somebody",
        "someone",
        "root",
        "john",
        "jane",
        "alice",
        "bob",
        "xxx",
        "kasm-user",
        "oracle",
        "rstudio",
        "actions",
        "prefect",
        "dagster",
        "celery",
    ];
    ACCOUNTS.contains(&user.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_homes_of_people() {
        check_files(
            &RULE,
            r#"
//- scripts/deploy.sh
cd /Users/mkoenig/projects/shop
   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] home directory of mkoenig
rsync -a --exclude-from=/Users/mkoenig/x . host:
KEY="/home/t.larsen/.ssh/id_ed25519"
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] t.larsen
//- package.json
{"scripts": {"sync": "cp -r dist /Users/pia.s/Sites/x"}}
                                 ^^^^^^^^^^^^^^^^^^^^ [low] pia.s
"#,
        );
    }

    #[test]
    fn passes_accounts_variables_and_remarks() {
        check_files(
            &RULE,
            r#"
//- scripts/deploy.sh
# cd /Users/mkoenig/x
cd /home/deploy/app
ssh host 'ls' ; cp a "/home/$USER/x" ; cp b /home/${NAME}/y
echo "usually /Users/mkoenig/projects"
curl https://example.com/home/larsen/x
cd /srv/home/larsen/x
ls /home/ubuntu/app /Users/Shared/x /home
//- Dockerfile
FROM node:22
RUN mkdir /home/larsen/x
"#,
        );
    }
}
