//! `secret-file-permissions`

use std::collections::{BTreeMap, HashSet};

use seaworthy_analysis::joined::{ShellKind, ShellText, Sink, is_whole, writes};
use seaworthy_analysis::names::{public_prefix, secret_kind};
use seaworthy_analysis::roles::{Environment, file_role};
use seaworthy_analysis::{Check, Context, Edit, NativeRule, Snapshot};
use seaworthy_formats::shell::{Expansion, ExpansionKind, Word};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::generated::Generated;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "secret-file-permissions",
        group: Group::Secrets,
        summary: "file of secrets that every account can read",
        help: include_str!("secret_file_permissions.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[732, 276],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// How many names a message holds.
const NAMED: usize = 3;

/// What a script writes into one file.
struct Target<'t> {
    file: &'t Word,
    names: Vec<&'t str>,
    command: usize,
    region: Region,
}

fn check(cx: &mut Context<'_>) {
    let scripts = cx.joined().scripts(cx.snapshot());
    // What restricts a file may stand in another step of the same job.
    let mut careful: HashSet<(&ArtifactPath, &str)> = HashSet::new();
    for text in scripts.all() {
        if let ShellKind::Step(job) = &text.kind
            && restricts(text)
        {
            careful.insert((&text.path, job));
        }
    }
    let written_out = WrittenOut::read(cx.snapshot());
    for text in scripts.all() {
        let targets = match &text.kind {
            ShellKind::File | ShellKind::Target(_) | ShellKind::Manifest(_) => {
                if is_for_trials(file_role(text.path.as_str(), None).environment) {
                    continue;
                }
                let Some(generated) = Generated::read(text) else { continue };
                // In a container there is one account.
                let callers = scripts.callers(text);
                let contained = callers.iter().any(|(caller, _)| {
                    matches!(
                        caller.kind,
                        ShellKind::Start | ShellKind::Build | ShellKind::Service(_)
                    )
                });
                if contained || restricts(text) {
                    continue;
                }
                let private = made_by_mktemp(text);
                let mut targets = targets(text, &private, &|expansion| generated.makes(expansion));
                for (command, file) in generated.direct() {
                    if sounds_secret(&file.text) && !is_aside(file, &private) {
                        let region = text.script.commands[command].region;
                        let target = Target { file, names: Vec::new(), command, region };
                        targets.entry(&file.text).or_insert(target);
                    }
                }
                targets
            }
            ShellKind::Step(job) if !careful.contains(&(&text.path, job.as_str())) => {
                targets(text, &made_by_mktemp(text), &|it| {
                    is_secret_of_ci(text, it) && !written_out.holds(text, it)
                })
            }
            _ => continue,
        };
        for target in targets.into_values() {
            report(text, &target, cx);
        }
    }
}

/// The files that a script writes secrets into, by their names.
fn targets<'t>(
    text: &'t ShellText,
    private: &HashSet<&str>,
    wanted: &dyn Fn(&Expansion) -> bool,
) -> BTreeMap<&'t str, Target<'t>> {
    let mut found: BTreeMap<&str, Target<'_>> = BTreeMap::new();
    for write in writes(text, wanted) {
        let Sink::File(file) = write.sink else { continue };
        let is_secret = secret_kind(write.name).is_some() && public_prefix(write.name).is_none();
        if !is_secret || is_aside(file, private) {
            continue;
        }
        let target = found.entry(&file.text).or_insert_with(|| Target {
            file,
            names: Vec::new(),
            command: write.command,
            region: write.region,
        });
        if !target.names.contains(&write.name) {
            target.names.push(write.name);
        }
    }
    found
}

/// Whether a file is for a secret, by its path: random bytes are test data as well.
fn sounds_secret(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["secret", "key", "token", "passw", "jwt", "credential", "salt", "pepper"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Files that are the platform's own, and those that are made so that nobody else can
/// read them.
fn is_aside(file: &Word, private: &HashSet<&str>) -> bool {
    const OWN: &[&str] =
        &["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"];
    if OWN.iter().any(|name| file.text.contains(name)) {
        return true;
    }
    // What a developer makes for their own machine is nobody else's.
    let near = file_role(&file.text, None).environment;
    if is_for_trials(near) {
        return true;
    }
    file.expansions.iter().any(|expansion| match &expansion.kind {
        ExpansionKind::Parameter { name, .. } => private.contains(name.as_str()),
        _ => false,
    })
}

/// Whether what is made here lives no longer than a run of the tests, or on one desk.
fn is_for_trials(environment: Environment) -> bool {
    matches!(
        environment,
        Environment::Development | Environment::Test | Environment::Ci | Environment::Local
    )
}

/// The variables that hold the names of files which `mktemp` made: nobody else can read
/// those.
fn made_by_mktemp(text: &ShellText) -> HashSet<&str> {
    let mut found = HashSet::new();
    for command in &text.script.commands {
        let assigned = command.assignments.iter();
        let assigned = assigned.map(|it| (it.name.as_str(), it.value.text.as_str()));
        let declared = command.words.iter().skip(1).filter_map(|word| word.text.split_once('='));
        let made = assigned.chain(declared).filter(|(_, value)| value.contains("mktemp"));
        found.extend(made.map(|(name, _)| name));
    }
    found
}

/// Whether a script looks after the permissions of anything, or may well do in a file
/// that it includes.
fn restricts(text: &ShellText) -> bool {
    let says = |text: &str| ["umask", "chmod", "setfacl"].iter().any(|word| text.contains(word));
    let commands = &text.script.commands;
    commands.iter().any(|command| match command.invoked() {
        None => command.words.iter().any(|word| says(&word.text)),
        Some(invoked) => {
            let mut arguments = invoked.arguments.iter().map(|word| word.text.as_str());
            match invoked.program {
                "umask" | "chmod" | "setfacl" => true,
                "install" | "mkdir" => arguments.any(sets_mode),
                "." | "source" => arguments.next().is_some_and(|file| !file.contains("env")),
                "echo" | "printf" => false,
                _ => arguments.any(says),
            }
        }
    }) || text.script.heredocs.iter().any(|heredoc| says(text.slice(heredoc.body)))
}

/// Whether an option of `install` or `mkdir` says who may read: `-m`, `-Dm600`, `--mode`.
fn sets_mode(option: &str) -> bool {
    match option.strip_prefix("--") {
        Some(long) => long.starts_with("mode"),
        None => option.strip_prefix('-').is_some_and(|letters| letters.contains('m')),
    }
}

/// The variables of pipelines whose values stand there for everybody to read.
struct WrittenOut<'s> {
    names: HashSet<(&'s ArtifactPath, &'s str)>,
}

impl<'s> WrittenOut<'s> {
    fn read(snapshot: &'s Snapshot) -> Self {
        let mut names = HashSet::new();
        let mut others = HashSet::new();
        for pipeline in snapshot.joined().pipelines(snapshot).all() {
            let workflow = pipeline.workflow();
            let jobs = workflow.jobs.iter();
            let of_jobs =
                jobs.flat_map(|job| job.env.iter().chain(job.steps.iter().flat_map(|it| &it.env)));
            for variable in workflow.env.iter().chain(of_jobs) {
                let place = (pipeline.file_of(&variable.name), variable.name.as_str());
                match &variable.value {
                    Some(value) if !value.as_str().contains('$') => names.insert(place),
                    _ => others.insert(place),
                };
            }
        }
        names.retain(|place| !others.contains(place));
        Self { names }
    }

    fn holds(&self, text: &ShellText, expansion: &Expansion) -> bool {
        match &expansion.kind {
            ExpansionKind::Parameter { name, .. } => {
                self.names.contains(&(&text.path, name.as_str()))
            }
            _ => false,
        }
    }
}

/// Whether a step of a pipeline puts a secret here.
fn is_secret_of_ci(text: &ShellText, expansion: &Expansion) -> bool {
    match &expansion.kind {
        ExpansionKind::Template => text.slice(expansion.region).contains("secrets."),
        ExpansionKind::Parameter { name, .. } => {
            is_whole(text, expansion) && secret_kind(name).is_some()
        }
        _ => false,
    }
}

fn report(text: &ShellText, target: &Target<'_>, cx: &mut Context<'_>) {
    let file = &target.file.text;
    let in_ci = matches!(text.kind, ShellKind::Step(_));
    let (what, verb) = match target.names.as_slice() {
        [] => ("A generated secret".to_owned(), "is"),
        [name] => ((*name).to_owned(), "is"),
        names if names.len() > NAMED => {
            let more = names.len() - NAMED;
            let s = if more == 1 { "" } else { "s" };
            (format!("{} and {more} more secret{s}", names[..NAMED].join(", ")), "are")
        }
        names => (names.join(", "), "are"),
    };
    let who = if in_ci {
        "every process of the runner can, and whoever gets the file packed into an image or an \
         archive"
    } else {
        "every account and program of the host can"
    };
    let message = format!(
        "{what} {verb} written to {file}, and nothing restricts who may read that file: with the \
         usual umask {who}. Put `umask 077` before it."
    );
    let edit = edit(text, target);
    let draft = cx.report_in(&text.path, text.place(target.region), message);
    draft.severity(if in_ci { Severity::Info } else { Severity::Low }).evidence(file);
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// Sets the mask on a line of its own before the statement that writes.
fn edit(text: &ShellText, target: &Target<'_>) -> Option<Edit> {
    if !text.is_exact() || text.kind != ShellKind::File {
        return None;
    }
    let command = &text.script.commands[target.command];
    let outermost = text.script.blocks_above(command).last();
    let start = outermost.map_or(command.region.start, |block| block.region.start);
    let before = text.text.get(..start)?;
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let above = before[..line].trim_end();
    let continued = ["\\", "|", "&&", "||"].iter().any(|sign| above.ends_with(sign));
    (before[line..].is_empty() && !continued).then(|| {
        Edit::risky("Let nobody else read the files that the script writes").insert(
            &text.path,
            text.place(Region::new(line, start)).start,
            "umask 077\n",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_secrets_in_files_that_anyone_can_read() {
        check(
            &RULE,
            "scripts/setup.sh",
            r#"
JWT_SECRET=$(openssl rand -hex 32)
gen() { head -c 32 /dev/urandom | base64; }
DB_PASSWORD="$(gen)"
cat > .env <<EOF
NODE_ENV=production
JWT_SECRET=${JWT_SECRET}
^^^^^^^^^^ [low] JWT_SECRET, DB_PASSWORD are written to .env
DB_PASSWORD=$DB_PASSWORD
EOF
{
  echo "SESSION_SECRET=$(gen)"
        ^^^^^^^^^^^^^^ [low] is written to secrets.env
} > secrets.env
printf 'A=%s\nREDIS_PASSWORD=%s\n' "$A" "$(uuidgen)" | sudo tee -a /etc/app.env >/dev/null
              ^^^^^^^^^^^^^^ [low] is written to /etc/app.env
openssl rand -base64 756 > mongo-keyfile
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] A generated secret is written to mongo-keyfile
sed -i "s|^CSRF_SECRET=.*|CSRF_SECRET=$(gen)|" "$FILE"
                          ^^^^^^^^^^^ [low] is written to $FILE
put() { echo "$1=$2" >> out.env; }
put API_SECRET "$(gen)"
    ^^^^^^^^^^ [low] API_SECRET is written to out.env
"#,
        );
        check(
            &RULE,
            "Makefile",
            "
secrets:
\t@p=`openssl rand -hex 32`; echo \"JWT_SECRET=$p\" > .env
\t                                 ^^^^^^^^^^ [low] is written to .env
",
        );
    }

    #[test]
    fn a_pipeline_that_writes_its_secrets_is_told_so() {
        check(
            &RULE,
            ".github/workflows/deploy.yml",
            r#"
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          cat > .env.production <<EOF
          DATABASE_PASSWORD=${{ secrets.DATABASE_PASSWORD }}
          ^^^^^^^^^^^^^^^^^ [info] is written to .env.production
          NODE_ENV=production
          EOF
      - run: echo "API_TOKEN=$API_TOKEN" >> "$GITHUB_ENV"
  given:
    runs-on: ubuntu-latest
    env:
      DB_PASSWORD: postgres
    steps:
      - run: |
          echo "DB_PASSWORD=$DB_PASSWORD" >> .env
          echo "VITE_API_SECRET=${{ secrets.A }}" >> .env
          echo "JWT_SECRET=$JWT_SECRET" >> .env.ci
          echo "API_SECRET=$API_SECRET" >> .env
                ^^^^^^^^^^ [info] API_SECRET is written to .env
        env:
          API_SECRET: ${{ secrets.API_SECRET }}
          JWT_SECRET: ${{ secrets.JWT_SECRET }}
  careful:
    runs-on: ubuntu-latest
    steps:
      - run: echo "DATABASE_PASSWORD=${{ secrets.DATABASE_PASSWORD }}" > .env
      - run: chmod 600 .env
"#,
        );
    }

    #[test]
    fn passes_what_is_restricted_shown_or_no_secret() {
        for script in [
            "umask 077\necho \"JWT_SECRET=$(openssl rand -hex 32)\" > .env\n",
            "echo \"JWT_SECRET=$(openssl rand -hex 32)\" > .env\nchmod 600 .env\n",
            "echo \"JWT_SECRET=$(openssl rand -hex 32)\" > .env && sudo chmod go= .env\n",
            "echo \"JWT_SECRET=$(openssl rand -hex 32)\" > a\ninstall -Dm600 a /etc/app/env\n",
            "mkdir -p -m 0700 /etc/app\necho \"JWT_SECRET=$(openssl rand -hex 32)\" > /etc/app/env\n",
            "ssh host 'umask 077'\necho \"JWT_SECRET=$(openssl rand -hex 32)\" > .env\n",
            "f=$(mktemp)\necho \"JWT_SECRET=$(openssl rand -hex 32)\" > \"$f\"\n",
            "echo \"JWT_SECRET=$(openssl rand -hex 32)\" | install -m 600 /dev/stdin .env\n",
            ". ./lib.sh\necho \"JWT_SECRET=$(openssl rand -hex 32)\" > .env\n",
            "echo \"JWT_SECRET=$(openssl rand -hex 32)\" > .env.development\n",
            "echo \"JWT_SECRET=$(openssl rand -hex 32)\" > .env.test\n",
            // Somebody copies it from the terminal.
            "echo \"JWT_SECRET=$(openssl rand -hex 32)\"\n",
            "echo \"JWT_SECRET=$(openssl rand -hex 32)\" >&2\n",
            "BUILD_ID=$(uuidgen)\necho \"BUILD_ID=$BUILD_ID\" > build.env\n",
            "P=$(openssl rand -hex 32)\necho \"PASSWORD_LENGTH=${#P}\" > x.env\n",
            "JWT_SECRET=$(openssl rand -hex 32)\necho \"JWT_SECRET_SET=${JWT_SECRET:+yes}\" > x\n",
            "JWT_SECRET=$(openssl rand -hex 32)\nexport JWT_SECRET\nnpm start\n",
            "head -c 1M /dev/urandom > upload.bin\n",
            "echo \"JWT_SECRET=$(cat /run/secrets/jwt)\" > .env\n",
        ] {
            check(&RULE, "scripts/setup.sh", script);
        }
        for path in ["scripts/dev-setup.sh", "scripts/dev/setup.sh", "scripts/ci-env.sh"] {
            check(&RULE, path, "echo \"JWT_SECRET=$(openssl rand -hex 32)\" > .env\n");
        }
        // A container has one account.
        check_files(
            &RULE,
            r#"
//- Dockerfile
FROM node:22
COPY entrypoint.sh /
ENTRYPOINT ["/entrypoint.sh"]
//- entrypoint.sh
#!/bin/sh
echo "JWT_SECRET=$(openssl rand -hex 32)" > .env
"#,
        );
    }

    #[test]
    fn the_mask_is_set_before_the_statement() {
        check_fix(
            &RULE,
            "setup.sh",
            "set -e\n{\n  echo \"JWT_SECRET=$(openssl rand -hex 32)\"\n} > .env\n",
            "set -e\numask 077\n{\n  echo \"JWT_SECRET=$(openssl rand -hex 32)\"\n} > .env\n",
        );
    }
}
