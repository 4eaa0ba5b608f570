//! `dockerfile-unknown-instruction`

use std::collections::BTreeSet;

use seaworthy_analysis::joined::ImageBuild;
use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::dockerfile::{Command, Instruction};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::shipped::is_template;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-unknown-instruction",
        group: Group::Dockerfile,
        summary: "image does not build because of an unknown instruction",
        help: include_str!("dockerfile_unknown_instruction.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[684],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

const KEYWORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The most findings of one file.
const MOST: usize = 10;

fn check(cx: &mut Context<'_>) {
    let mut seen: BTreeSet<&ArtifactPath> = BTreeSet::new();
    for build in cx.joined().images(cx.snapshot()) {
        let path = build.dockerfile();
        let role = file_role(path.as_str(), None).role;
        if seen.insert(path)
            && !matches!(role, Role::Template | Role::Docs | Role::Vendored | Role::Test)
            && !is_template(build)
            && is_dockerfile(build)
        {
            check_file(cx, build);
        }
    }
}

/// Whether the file is meant for the usual parser and is mostly understood.
fn is_dockerfile(build: &ImageBuild) -> bool {
    let file = build.file();
    let usual = file.directives().iter().all(|directive| {
        let frontend = directive.value.trim_start_matches("docker.io/");
        directive.name != "syntax"
            || frontend.starts_with("docker/dockerfile")
            || frontend.starts_with("docker.io/docker/dockerfile")
    });
    let instructions = file.instructions();
    let unknown = instructions.iter().filter(|it| it.command == Command::Unknown).count();
    // The body of a text that is not closed is no instruction.
    let open = file.errors().iter().any(|error| error.message.contains("here-document"));
    usual && !open && !file.stages().is_empty() && unknown * 2 <= instructions.len()
}

fn check_file(cx: &mut Context<'_>, build: &ImageBuild) {
    let path = build.dockerfile();
    let mut reported = 0;
    let mut before = false;
    let text = cx.snapshot().artifact(path.as_str()).and_then(|it| cx.snapshot().text(it));
    let text = text.unwrap_or("");
    for instruction in build.file().instructions() {
        let inner = match &instruction.command {
            Command::Onbuild(inner) => inner,
            _ => instruction,
        };
        let unknown = inner.command == Command::Unknown;
        let guess = if unknown { guess(inner, text) } else { None };
        // Lines that follow one another have one cause, unless each is misspelt.
        let first = unknown && (!before || guess.is_some());
        before = unknown;
        if !first || reported == MOST {
            continue;
        }
        reported += 1;
        let keyword = &inner.keyword.raw;
        let advice = match &guess {
            Some(guess) => format!("{} is meant, as it seems", guess.keyword),
            None if is_command(keyword) => {
                "the line before may lack the \\ that continues it, or RUN is missing".to_owned()
            }
            None => "every instruction begins with one of the known words".to_owned(),
        };
        let shown: String = keyword.chars().filter(|c| !c.is_control()).take(30).collect();
        let draft = cx.report_in(
            path,
            guess.as_ref().map_or(inner.keyword.region, |guess| guess.region),
            format!(
                "There is no instruction {shown}, and the image does not build. {}.",
                upper(&advice)
            ),
        );
        draft.evidence(shown);
        if let Some(guess) = guess {
            let title = format!("Write {}", guess.keyword);
            let edit = if guess.sure { Edit::safe(title) } else { Edit::risky(title) };
            draft.fix(edit.replace(path, guess.region, guess.keyword));
        }
    }
}

struct Guess {
    keyword: &'static str,
    region: Region,
    sure: bool,
}

/// The instruction that is meant.
fn guess(instruction: &Instruction, text: &str) -> Option<Guess> {
    let word = instruction.keyword.raw.to_ascii_uppercase();
    let region = instruction.keyword.region;
    // Two words that are one: HEALTH CHECK.
    let line = instruction.first_line.of(text);
    let rest = line.get(instruction.keyword.raw.len()..)?;
    let second = rest.split_whitespace().next().unwrap_or("");
    let joined = format!("{word}{}", second.to_ascii_uppercase());
    if let Some(keyword) = KEYWORDS.iter().find(|known| **known == joined)
        && let Some(at) = rest.find(second)
    {
        let end = instruction.first_line.start + instruction.keyword.raw.len() + at + second.len();
        return Some(Guess { keyword, region: Region::new(region.start, end), sure: true });
    }
    let plain = word.trim_end_matches([':', '=']);
    if let Some(keyword) = KEYWORDS.iter().find(|known| **known == plain) {
        return Some(Guess { keyword, region, sure: true });
    }
    let (distance, keyword) =
        KEYWORDS.iter().map(|known| (distance(plain, known), *known)).min()?;
    let close = distance <= if keyword.len() > 5 { 2 } else { 1 };
    (close && plain.len() > 2 && !is_command(&instruction.keyword.raw)).then_some(Guess {
        keyword,
        region,
        sure: false,
    })
}

/// Whether a word is rather a command of the shell or the rest of a line.
fn is_command(word: &str) -> bool {
    word.starts_with(|c: char| !c.is_ascii_alphabetic())
        || word.chars().any(|c| c.is_ascii_lowercase()) && !is_like_keyword(word)
}

fn is_like_keyword(word: &str) -> bool {
    let word = word.to_ascii_uppercase();
    KEYWORDS.iter().any(|known| known.len() > 3 && distance(&word, known) <= 1)
}

/// How many letters must be added, dropped, changed or swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(20).collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least =
                (rows[i][j] + usize::from(x != y)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && *x == b[j - 1] {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

fn upper(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_what_is_no_instruction() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22
HEALTH CHECK CMD wget localhost
^^^^^^^^^^^^ [high] HEALTHCHECK is meant
WORKDIR /app
COPPY . .
^^^^^ COPY is meant
RUN apt-get update
    && apt-get install -y curl
    ^^ lack the \\
npm ci
EXPOSE 80
npm run build
^^^ RUN is missing
ONBUILD RUM x
        ^^^ RUN is meant
",
        );
    }

    #[test]
    fn passes_what_buildkit_reads() {
        check(
            &RULE,
            "Dockerfile",
            "
# syntax=docker/dockerfile:1
FROM node:22
run a \\
    # npm is only told of here
    && b

RUN <<EOF
npm ci
HEALTH CHECK
EOF
COPY <<conf /etc/x
listen 80
conf
",
        );
        check(&RULE, "Dockerfile", "# escape=`\nFROM a\nRUN x `\n  y\n");
    }

    #[test]
    fn other_languages_are_left_alone() {
        check(&RULE, "Dockerfile", "# syntax=acme/plus\nFROM a\nINCLUDE b\n");
        check(&RULE, "Dockerfile.template", "FROM a\nINSTALL b\n");
        check(&RULE, "Dockerfile", "FROM a\n{% if x %}\nRUN y\n{% endif %}\n");
        check(&RULE, "Dockerfile.notes", "These are notes\non how\nto build\nFROM a\n");
        check(&RULE, "tests/Dockerfile", "FROM a\nINSTALL b\n");
    }

    #[test]
    fn a_file_that_compose_names_is_read() {
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  api:
    build:
      context: .
      dockerfile: build/api.image
//- build/api.image
FROM a
CPOY a b
^^^^ COPY is meant
",
        );
    }

    #[test]
    fn writes_what_is_meant() {
        check_fix(
            &RULE,
            "Dockerfile",
            "FROM a\nRUN x\nHEALTH  CHECK NONE\nWORKDIR: /x\n",
            "FROM a\nRUN x\nHEALTHCHECK NONE\nWORKDIR /x\n",
        );
    }
}
