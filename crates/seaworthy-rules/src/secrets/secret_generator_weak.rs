//! `secret-generator-weak`

use seaworthy_analysis::joined::ShellText;
use seaworthy_analysis::names::secret_kind;
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::shell::{Command, Expansion, ExpansionKind};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "secret-generator-weak",
        group: Group::Secrets,
        summary: "secret is generated so that it can be guessed",
        help: include_str!("secret_generator_weak.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[338, 330],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// The fewest random bytes of a secret.
const FEWEST: u32 = 16;

fn check(cx: &mut Context<'_>) {
    for text in cx.joined().scripts(cx.snapshot()).all() {
        let mut said = std::collections::HashSet::new();
        for (name, region, expansion) in made(text) {
            let Some(fault) = fault(text, expansion) else { continue };
            if !said.insert(region) {
                continue;
            }
            cx.report_in(
                &text.path,
                text.place(region),
                format!("{name} {fault} Generate it with `openssl rand -hex 32`."),
            )
            .evidence(name);
        }
    }
}

/// The secrets that a script makes: a name, and what its value is made of.
fn made(text: &ShellText) -> Vec<(&str, Region, &Expansion)> {
    let mut found: Vec<(&str, Region, &Expansion)> = Vec::new();
    for command in &text.script.commands {
        for assignment in &command.assignments {
            let name = assignment.name.as_str();
            let expansions = assignment.value.expansions.iter();
            found.extend(expansions.map(|it| (name, assignment.value.region, it)));
        }
        // `echo "NAME=$(…)" >> .env`
        for word in &command.words {
            for expansion in &word.expansions {
                let start = word.region.start;
                let before = text.slice(Region::new(start, expansion.region.start));
                found.extend(name_before(before).map(|name| (name, expansion.region, expansion)));
            }
        }
    }
    for heredoc in &text.script.heredocs {
        for expansion in &heredoc.expansions {
            let before = text.slice(Region::new(heredoc.body.start, expansion.region.start));
            let line = before.rsplit('\n').next().unwrap_or("");
            found.extend(name_before(line).map(|name| (name, expansion.region, expansion)));
        }
    }
    found.retain(|(name, ..)| secret_kind(name).is_some());
    found
}

/// The name that is assigned to by what ends here.
fn name_before(before: &str) -> Option<&str> {
    let before = before.trim_end_matches(['"', '\'']).strip_suffix('=')?;
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let start = before.len() - before.bytes().rev().take_while(is_word).count();
    Some(&before[start..]).filter(|name| !name.is_empty())
}

/// What is wrong with a value, as the end of a sentence.
fn fault(text: &ShellText, expansion: &Expansion) -> Option<String> {
    const CLOCK: &str = "is made from the clock, which whoever knows the day can try out.";
    const RANDOM: &str = "is made from $RANDOM, of which there are 32,768 values in a sequence that can be foretold.";
    if is_random(expansion) {
        return Some(RANDOM.to_owned());
    }
    let ExpansionKind::Command(Some(block)) = &expansion.kind else { return None };
    let commands: Vec<&Command> = text.script.inside(*block).collect();
    if let Some(bytes) = commands.iter().find_map(|command| random_bytes(command)) {
        return (bytes < FEWEST)
            .then(|| format!("has only {bytes} random bytes, {FEWEST} are the least."));
    }
    let strong = commands.iter().any(|command| {
        command.words.iter().chain(command.redirects.iter().map(|it| &it.target)).any(|word| {
            word.text.contains("random") && word.text.starts_with("/dev/")
                || matches!(word.text.as_str(), "openssl" | "uuidgen" | "pwgen" | "gpg")
        })
    });
    if strong {
        return None;
    }
    let words = || commands.iter().flat_map(|command| &command.words);
    if words().flat_map(|word| &word.expansions).any(is_random) {
        return Some(RANDOM.to_owned());
    }
    // Of a clock alone, or of a digest of one: a name with a date in it is no secret.
    let programs: Vec<&str> = commands.iter().filter_map(|command| command.program()).collect();
    let digests =
        ["md5sum", "sha1sum", "sha256sum", "sha512sum", "shasum", "base64", "md5", "cksum"];
    let clock = programs.contains(&"date");
    (clock && programs.iter().any(|program| digests.contains(program))).then(|| CLOCK.to_owned())
}

fn is_random(expansion: &Expansion) -> bool {
    matches!(&expansion.kind, ExpansionKind::Parameter { name, .. } if name == "RANDOM")
}

/// How many bytes `openssl rand` is asked for.
fn random_bytes(command: &Command) -> Option<u32> {
    let invoked = command.invoked()?;
    if invoked.program != "openssl" || invoked.arguments.first()?.text != "rand" {
        return None;
    }
    invoked.arguments.last()?.literal()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_what_can_be_guessed() {
        check(
            &RULE,
            "scripts/generate-secrets.sh",
            r#"
JWT_SECRET=$(date +%s | sha256sum | base64 | head -c 32)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [medium] made from the clock
DB_PASSWORD="app-$RANDOM$RANDOM"
            ^^^^^^^^^^^^^^^^^^^^ [medium] DB_PASSWORD is made from $RANDOM
SESSION_SECRET=$(openssl rand -hex 8)
               ^^^^^^^^^^^^^^^^^^^^^^ [medium] only 8 random bytes
echo "REDIS_PASSWORD=$(date +%s | md5sum)" >> .env
                     ^^^^^^^^^^^^^^^^^^^^ [medium] made from the clock
cat > .env <<EOF
API_SECRET=$(echo $RANDOM | md5sum)
           ^^^^^^^^^^^^^^^^^^^^^^^^ [medium] $RANDOM
EOF
"#,
        );
    }

    #[test]
    fn passes_what_cannot_and_what_is_no_secret() {
        check(
            &RULE,
            "scripts/generate-secrets.sh",
            r#"
JWT_SECRET=$(openssl rand -base64 48 | tr -d '=+/')
DB_PASSWORD=$(LC_ALL=C tr -dc A-Za-z0-9 < /dev/urandom | head -c 32)
BACKUP_NAME="db-$(date +%F)-$RANDOM"
API_KEY="${API_KEY:-$(uuidgen)}"
SECRET_NAME="app-$(date +%F)"
PORT=$((RANDOM % 1000 + 3000))
DB_PASSWORD=$(cat /run/secrets/db)
"#,
        );
    }
}
