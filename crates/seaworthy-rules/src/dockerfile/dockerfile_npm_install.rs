//! `dockerfile-npm-install`

use std::collections::BTreeSet;

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::runs::{Started, started};
use super::shell::Joint;
use super::shipped::{Shipped, shipped};
use super::sources::{copied, is_everything, join, manifest};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-npm-install",
        group: Group::Dockerfile,
        summary: "image installs other packages than the lockfile names",
        help: include_str!("dockerfile_npm_install.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[1357, 829],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// The lockfiles of every manager: a second one beside them would mend nothing.
const LOCKFILES: [&str; 6] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
];

fn check(cx: &mut Context<'_>) {
    let mut seen = BTreeSet::new();
    for shipped in shipped(cx) {
        if shipped.development {
            continue;
        }
        for stage in shipped.needed() {
            for instruction in shipped.build.file().stage_instructions(stage) {
                let started = started(shipped.build, cx.snapshot(), instruction);
                for place in 0..started.len() {
                    let path = shipped.build.dockerfile();
                    if let Some(fault) = fault(&started, place)
                        && seen.insert((path, started[place].region))
                    {
                        report(cx, &shipped, stage, fault, started[place].region);
                    }
                }
            }
        }
    }
}

struct Fault {
    manager: &'static str,
    /// Whether it only runs when the strict command has failed.
    instead: bool,
}

fn fault(started: &[Started], place: usize) -> Option<Fault> {
    let command = &started[place].command;
    let found = command.install(false)?;
    if found.frozen || found.adds || command.words.iter().any(|word| word.starts_with('$')) {
        return None;
    }
    // One branch for each package manager, as many templates have it.
    if command.conditional {
        return None;
    }
    // Yarn's newer releases and the others refuse to change a lockfile in CI.
    let in_ci =
        |command: &super::shell::Simple| command.assigned.iter().any(|(name, _)| name == "CI");
    if found.manager != "npm" && in_ci(command) {
        return None;
    }
    let strict_before = place > 0
        && command.joint == Joint::Or
        && started[place - 1].command.install(false).is_some_and(|before| before.frozen);
    Some(Fault { manager: found.manager, instead: strict_before })
}

fn report(cx: &mut Context<'_>, shipped: &Shipped<'_>, stage: usize, fault: Fault, region: Region) {
    let snapshot = cx.snapshot();
    let path = shipped.build.dockerfile();
    let text = snapshot.artifact(path.as_str()).and_then(|artifact| snapshot.text(artifact));
    let command = region.of(text.unwrap_or("")).to_owned();
    let manifest = manifest(shipped, stage, snapshot).map(|(path, _)| path.parent().to_owned());
    let known = manifest.is_some();
    let directory = manifest.unwrap_or_else(|| shipped.build.context().to_owned());
    let (strict, lockfile) = match fault.manager {
        "npm" => ("npm ci", "package-lock.json"),
        "yarn" => ("yarn install --frozen-lockfile", "yarn.lock"),
        "pnpm" => ("pnpm install --frozen-lockfile", "pnpm-lock.yaml"),
        _ => ("bun install --frozen-lockfile", "bun.lock"),
    };
    let above = std::iter::successors(Some(&*directory), |path| {
        (!path.is_empty()).then(|| path.rfind('/').map_or("", |end| &path[..end]))
    });
    let locks = |path: &str| LOCKFILES.iter().any(|name| snapshot.contains(&join(path, name)));
    // What a build leaves in `dist` has a manifest that is in no repository.
    let own = copied(shipped, stage)
        .iter()
        .any(|(_, _, source)| is_everything(source) || source.contains("package"));
    let remedy = if known && own && !above.into_iter().any(locks) {
        format!("commit {lockfile}, copy it in and use {strict}")
    } else {
        format!("use {strict}")
    };
    let message = if fault.instead {
        format!(
            "When {strict} fails, this installs whatever the ranges allow. A lockfile that does \
             not fit goes unnoticed, and the image holds other packages than were tested; let the \
             build fail."
        )
    } else {
        format!(
            "{} installs what the ranges allow on the day of the build. The image may hold other \
             packages than were tested, also those that an attacker published an hour ago; \
             {remedy}.",
            fault.manager
        )
    };
    let there = snapshot.contains(&join(&directory, lockfile));
    let carried = copied(shipped, stage).iter().any(|(_, _, source)| {
        is_everything(source) || source.contains(lockfile) || source.contains("package*")
    });
    let draft = cx.report_in(path, region, message);
    draft.evidence(format!("{} {stage}", fault.manager));
    if fault.manager == "npm" && there && carried && !fault.instead {
        let fixed = ["npm install", "npm i"].iter().find_map(|start| {
            let rest = command.strip_prefix(start)?;
            (rest.is_empty() || rest.starts_with(' ')).then(|| format!("npm ci{rest}"))
        });
        if let Some(fixed) = fixed {
            draft.fix(Edit::risky("Install what the lockfile says").replace(path, region, fixed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix_repo};

    #[test]
    fn flags_installs_that_follow_ranges() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22 AS build
RUN npm install
    ^^^^^^^^^^^ [low] use npm ci
FROM node:22 AS unused
RUN npm install
FROM node:22
RUN apk add curl && \\
    npm i --omit=dev
    ^^^^^^^^^^^^^^^^ npm installs
RUN npm ci || npm install
              ^^^^^^^^^^^ When npm ci fails
RUN yarn && yarn build
    ^^^^ yarn install --frozen-lockfile
RUN <<EOT
set -e
pnpm install
^^^^^^^^^^^^ pnpm install --frozen-lockfile
EOT
COPY --from=build /a /b
",
        );
    }

    #[test]
    fn passes_strict_installs_and_single_packages() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22
RUN npm ci
RUN npm install -g pnpm@9
RUN npm install --no-save serve
RUN yarn install --frozen-lockfile
RUN pnpm i --frozen-lockfile
RUN if [ -f yarn.lock ]; then yarn; elif [ -f package-lock.json ]; then npm ci; else npm install; fi
RUN echo npm install
# RUN npm install
",
        );
        check(&RULE, "Dockerfile.dev", "FROM node:22\nRUN npm install\n");
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  web:
    build:
      context: .
      target: run
//- Dockerfile
FROM node:22 AS dev
RUN npm install
FROM node:22 AS run
RUN npm ci
",
        );
    }

    #[test]
    fn without_a_lockfile_it_has_to_be_committed_first() {
        check_files(
            &RULE,
            "
//- package.json
{\"dependencies\": {\"express\": \"^5.0.0\"}}
//- Dockerfile
FROM node:22
COPY package.json ./
RUN npm install
    ^^^^^^^^^^^ [low] commit package-lock.json, copy it in and use npm ci
",
        );
        // Of another manager's packages, or a manifest that the build makes.
        for files in [
            "//- pnpm-lock.yaml\nlockfileVersion: '9.0'\n//- Dockerfile\nFROM node:22\nCOPY package.json ./\n",
            "//- Dockerfile\nFROM node:22\nCOPY dist .\n",
        ] {
            let install = "RUN npm install\n    ^^^^^^^^^^^ an hour ago; use npm ci\n";
            let package = "//- package.json\n{\"dependencies\": {\"express\": \"^5.0.0\"}}\n";
            check_files(&RULE, &format!("{package}{files}{install}"));
        }
        // That of a workspace lies above.
        check_files(
            &RULE,
            "
//- pnpm-lock.yaml
lockfileVersion: '9.0'
//- web/package.json
{\"dependencies\": {\"express\": \"^5.0.0\"}}
//- web/Dockerfile
FROM node:22
COPY package.json ./
RUN pnpm install
    ^^^^^^^^^^^^ an hour ago; use pnpm install --frozen-lockfile
",
        );
    }

    #[test]
    fn installs_what_the_lockfile_says() {
        check_fix_repo(
            &RULE,
            "//- package-lock.json\n{}\n//- package.json\n{}\n//- Dockerfile\nFROM node:22\nCOPY package*.json ./\nRUN npm install --omit=dev && x\n",
            "//- package-lock.json\n{}\n//- package.json\n{}\n//- Dockerfile\nFROM node:22\nCOPY package*.json ./\nRUN npm ci --omit=dev && x\n",
        );
    }
}
