//! `env-command-substitution`

use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::{EnvEntry, EnvFile, Loader, Quote};

use super::production::is_fixture;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "env-command-substitution",
        group: Group::Environment,
        summary: "shell command in the value of an env file",
        help: include_str!("env_command_substitution.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[78, 1188],
        ..Rule::DEFAULT
    },
    check: Check::Env(check),
};

fn check(env: &EnvFile, cx: &mut Context<'_>) {
    let facts = cx.joined().env_file(cx.path().as_str());
    let template = facts.is_some_and(|facts| facts.template);
    if facts.is_some_and(|facts| facts.encrypted) || is_fixture(cx) {
        return;
    }
    let backtick_quotes = facts.is_none_or(|facts| {
        !facts.readers.iter().any(|r| matches!(r, Loader::Compose | Loader::PythonDotenv))
    });
    for entry in env.entries().iter().filter(|entry| entry.has_value) {
        let Some(region) = substitution(entry, cx.text(), backtick_quotes) else { continue };
        let secret = secret_kind(&entry.key).is_some();
        let severity = match (template, secret) {
            (true, _) => Severity::Low,
            (false, true) => Severity::High,
            (false, false) => Severity::Medium,
        };
        let consequence = if secret {
            "Loaders of env files keep the command itself as the secret, which everybody who reads \
             the line knows, and a shell that sources the file makes a new one at every start. Run \
             the command once and write down what it prints."
        } else {
            "Loaders of env files keep it as text, while a shell that sources the file, or a loader \
             that expands commands, runs it. Write the value itself."
        };
        cx.report(region, format!("{} holds a shell command. {consequence}", entry.key))
            .severity(severity)
            .evidence(&*entry.key);
    }
}

/// The first command in a value that a shell would run.
fn substitution(entry: &EnvEntry, text: &str, backtick_quotes: bool) -> Option<Region> {
    if entry.quote == Quote::Single {
        return None;
    }
    let value = entry.value_region.of(text);
    if entry.quote == Quote::Backtick {
        // Some loaders take these for quotes; then only a command is one.
        let command = !backtick_quotes || starts_with_command(value);
        return (command && !value.trim().is_empty()).then_some(entry.raw_region);
    }
    let at = |start: usize, end: usize| {
        Region::new(entry.value_region.start + start, entry.value_region.start + end)
    };
    let escaped = |at: usize| value[..at].ends_with('\\');
    for (start, _) in value.match_indices("$(") {
        if !escaped(start)
            && let Some(end) = closing(&value[start + 2..])
        {
            return Some(at(start, start + 2 + end + 1));
        }
    }
    let start = value.find('`').filter(|&start| !escaped(start))?;
    let length = value[start + 1..].find('`')?;
    let inner = &value[start + 1..start + 1 + length];
    starts_with_command(inner).then(|| at(start, start + length + 2))
}

/// The parenthesis that closes an opened one.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1_usize;
    for (index, byte) in text.bytes().enumerate().take(4096) {
        match byte {
            b'(' => open += 1,
            b')' if open == 1 => return (index > 0).then_some(index),
            b')' => open -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a text begins with a program that people call here.
fn starts_with_command(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or("");
    let name = first.rsplit('/').next().unwrap_or("");
    matches!(
        name,
        "openssl"
            | "head"
            | "cat"
            | "date"
            | "git"
            | "hostname"
            | "whoami"
            | "pwd"
            | "id"
            | "uname"
            | "uuidgen"
            | "pwgen"
            | "echo"
            | "printf"
            | "curl"
            | "wget"
            | "aws"
            | "gcloud"
            | "az"
            | "vault"
            | "op"
            | "node"
            | "npx"
            | "npm"
            | "python"
            | "python3"
            | "ruby"
            | "php"
            | "perl"
            | "sh"
            | "bash"
            | "docker"
            | "kubectl"
            | "sed"
            | "awk"
            | "grep"
            | "tr"
            | "dd"
            | "base64"
            | "sha256sum"
            | "md5sum"
            | "env"
            | "printenv"
            | "ip"
            | "ifconfig"
            | "ls"
    )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_commands() {
        check(
            &RULE,
            ".env",
            "
JWT_SECRET=$(openssl rand -base64 32)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] JWT_SECRET holds a shell command
VERSION=\"v-$(git describe (x))-a\"
           ^^^^^^^^^^^^^^^^^^^ [medium] VERSION
HOST=`hostname -f`
     ^^^^^^^^^^^^^ [medium] HOST
URL=http://`hostname`/
           ^^^^^^^^^^ URL
",
        );
        check(
            &RULE,
            ".env.example",
            "\nJWT_SECRET=$(openssl rand -hex 32)\n           ^^^^^^^^^^^^^^^^^^^^^^^ [low] JWT_SECRET\n",
        );
        check_files(
            &RULE,
            "
//- compose.yml
services:
  a:
    image: a/b
//- .env
A=`my-script`
  ^^^^^^^^^^^ A holds
",
        );
    }

    #[test]
    fn passes_quoted_and_plain_text() {
        check(
            &RULE,
            ".env",
            "
# A=$(date)
A='$(date)'
B=`two words`
C=$(
D=pa$(x
E=\"\\$(date)\"
F=$()
G=${HOST}
H=a`b`c
",
        );
    }
}
