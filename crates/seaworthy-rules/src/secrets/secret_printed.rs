//! `secret-printed`

use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, NativeRule, TextRule};
use seaworthy_model::{Group, Precision, Rule, Severity, split_last};

use super::printed::{Part, Printed, scan_powershell, scan_program, scan_shell, scan_workflow};
use super::program_text::Grammar;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "secret-printed",
        group: Group::Secrets,
        summary: "secret written to a log or a terminal",
        help: include_str!("secret_printed.md"),
        severity: Severity::High,
        precision: Precision::Medium,
        cwe: &[532, 200],
        ..Rule::DEFAULT
    },
    check: Check::Text(TextRule { paths, check }),
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Shell,
    PowerShell,
    Program(Grammar),
    Workflow,
}

fn text_of(path: &str) -> Option<Text> {
    let extension = split_last(path, b'.')?.1;
    Some(match extension {
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" => {
            Text::Program(Grammar::Script)
        }
        "py" => Text::Program(Grammar::Python),
        "sh" | "bash" | "zsh" | "ksh" => Text::Shell,
        "ps1" | "psm1" => Text::PowerShell,
        "yml" | "yaml" if is_ci(path) => Text::Workflow,
        _ => return None,
    })
}

/// Whether a YAML file configures a CI service.
fn is_ci(path: &str) -> bool {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    directory.ends_with(".github/workflows")
        || directory.ends_with(".circleci")
        || directory.contains(".github/actions")
        || matches!(
            name,
            ".gitlab-ci.yml"
                | ".travis.yml"
                | "azure-pipelines.yml"
                | "bitbucket-pipelines.yml"
                | "buildspec.yml"
                | "amplify.yml"
                | "cloudbuild.yaml"
                | ".drone.yml"
        )
}

fn paths(path: &str) -> bool {
    text_of(path).is_some()
}

fn check(text: &str, cx: &mut Context<'_>) {
    let path = cx.path().as_str();
    let Some(kind) = text_of(path) else { return };
    let found = match kind {
        Text::Shell => scan_shell(text, 0..text.len()),
        Text::PowerShell => scan_powershell(text, 0..text.len()),
        Text::Program(grammar) => scan_program(text, grammar),
        Text::Workflow => scan_workflow(text),
    };
    // The role costs more than most files take to be read.
    if found.is_empty()
        || (kind != Text::Workflow
            && matches!(cx.role().role, Role::Test | Role::Docs | Role::Vendored | Role::Template))
    {
        return;
    }
    let local = matches!(kind, Text::Shell | Text::PowerShell) || is_script(path);
    for printed in found {
        report(&printed, kind, local, generates(text), cx);
    }
}

fn report(printed: &Printed, kind: Text, local: bool, generates: bool, cx: &mut Context<'_>) {
    let name = &printed.name;
    let severity = match (printed.part, kind) {
        (Part::Beginning, _) => Severity::Low,
        (Part::Whole, Text::Workflow) => Severity::High,
        // Whoever makes a secret by hand has to see it once.
        (Part::Whole, _) if local && generates => Severity::Low,
        (Part::Whole, _) if local => Severity::Medium,
        (Part::Whole, _) => Severity::High,
    };
    let what = match printed.part {
        Part::Whole => "is printed",
        Part::Beginning => "is printed in part",
    };
    let why = match kind {
        Text::Workflow => {
            "Logs of CI are kept and read by everyone with access to the repository; what masks \
             secrets there knows neither derived values nor those that are no secrets of its own"
        }
        _ if local => {
            "It stays in the scrollback, in recorded sessions, and in the log of any job that \
             runs the script"
        }
        _ => "Logs are collected, kept and read by more people and programs than may know it",
    };
    cx.report(
        printed.region,
        format!("{name} {what}. {why}. Print whether it is set, or nothing at all."),
    )
    .severity(severity)
    .evidence(name.as_str());
}

/// Whether a program is one that people run by hand.
fn is_script(path: &str) -> bool {
    let mut parts = path.split('/').rev();
    let name = parts.next().unwrap_or("");
    parts.any(|part| {
        matches!(part, "scripts" | "script" | "bin" | "tools" | "hack" | "seeds" | "seed")
    }) || name.starts_with("seed")
}

/// Whether a script makes secrets.
fn generates(text: &str) -> bool {
    [
        "openssl rand",
        "/dev/urandom",
        "pwgen",
        "randomBytes",
        "secrets.token_",
        "uuidgen",
        "Get-Random",
        "RandomNumberGenerator",
        "getRandomValues",
        "openssl genrsa",
        "nanoid(",
    ]
    .iter()
    .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_secrets_in_the_logs_of_ci() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            "
on: push
jobs:
  deploy:
    steps:
      - run: echo \"Deploying with $DATABASE_URL\"
                                   ^^^^^^^^^^^^ [high] DATABASE_URL is printed. Logs of CI
      - run: |
          echo \"${{ secrets.DEPLOY_TOKEN }}\" | base64
                            ^^^^^^^^^^^^ [high] DEPLOY_TOKEN is printed
          echo \"$DEPLOY_TOKEN\" | docker login --password-stdin
          echo \"${DATABASE_URL%%@*}@***\"
                  ^^^^^^^^^^^^ [high] DATABASE_URL is printed
          echo \"${DEPLOY_TOKEN:0:20}\"
                  ^^^^^^^^^^^^ [low] DEPLOY_TOKEN is printed in part
",
        );
    }

    #[test]
    fn flags_secrets_in_scripts_and_programs() {
        check(
            &RULE,
            "ops/backup.sh",
            "
echo \"using $DB_PASSWORD\"
             ^^^^^^^^^^^ [medium] stays in the scrollback
",
        );
        check(
            &RULE,
            "ops/setup.ps1",
            "
Write-Host \"Secret: $JwtSecret\"
                     ^^^^^^^^^ [medium] JwtSecret is printed
",
        );
        check(
            &RULE,
            "scripts/keys.sh",
            "
JWT_SECRET=$(openssl rand -hex 32)
echo \"JWT_SECRET=$JWT_SECRET\"
                  ^^^^^^^^^^ [low] JWT_SECRET is printed
",
        );
        check(
            &RULE,
            "api/src/auth.ts",
            "
logger.info(`login of ${user.email} with ${dto.password}`);
                                               ^^^^^^^^ [high] password is printed
console.log('db', process.env.DATABASE_URL);
                              ^^^^^^^^^^^^ [high] DATABASE_URL is printed
",
        );
        check(
            &RULE,
            "scripts/check.mjs",
            "
console.log(process.env.STRIPE_SECRET_KEY);
                        ^^^^^^^^^^^^^^^^^ [medium] STRIPE_SECRET_KEY is printed
",
        );
        check(
            &RULE,
            "app/views.py",
            "
logger.debug(f\"key={settings.API_KEY}\")
                             ^^^^^^^ [high] API_KEY is printed
",
        );
    }

    #[test]
    fn passes_what_says_only_that_there_is_one() {
        check(
            &RULE,
            "api/src/auth.ts",
            "
console.log('Hashing password...');
console.log({ hasPassword: !!password, length: password.length });
console.log(process.env.JWT_SECRET ? 'JWT_SECRET is set' : 'JWT_SECRET is missing');
logger.warn(`invalid token for ${user.id}`);
",
        );
        check(
            &RULE,
            "ops/backup.sh",
            "
echo \"password: ${DB_PASSWORD:+set}\"
echo \"host: ${DATABASE_URL##*@}\"
[ -n \"$DB_PASSWORD\" ] || echo 'set DB_PASSWORD'
",
        );
        check(&RULE, "src/auth.test.ts", "console.log(password)\n");
        check(&RULE, "docs/example.py", "print(password)\n");
        check(&RULE, "config/app.yml", "run: echo $DB_PASSWORD\n");
    }
}
