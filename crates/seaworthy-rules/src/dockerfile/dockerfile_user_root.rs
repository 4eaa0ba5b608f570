//! `dockerfile-user-root`

use seaworthy_analysis::{Check, Context, Edit, NativeRule, Snapshot};
use seaworthy_formats::compose::ServiceKind;
use seaworthy_formats::dockerfile::{Command, CommandLine};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::shipped::{Known, Shipped, known, shipped};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-user-root",
        group: Group::Dockerfile,
        summary: "image runs as root",
        help: include_str!("dockerfile_user_root.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[250, 269],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees),
};

/// Programs that start as root and go on as somebody else.
const DROPPERS: &[&str] = &[
    "gosu",
    "su-exec",
    "setpriv",
    "runuser",
    "chroot",
    "s6-setuidgid",
    "setuidgid",
    "supervisord",
];

fn check(cx: &mut Context<'_>) {
    for shipped in shipped(cx) {
        let Some(standing) = Standing::of(&shipped, cx.snapshot()) else { continue };
        if shipped.development && (shipped.is_workplace() || another_drops(&shipped)) {
            continue;
        }
        let path = shipped.build.dockerfile();
        let stage = &shipped.build.file().stages()[shipped.stage];
        let (region, how) = match &shipped.image.user {
            Some(user) => (user.instruction.first_line, "This sets the user to root"),
            None => {
                (first_line(&shipped, stage.region), "No USER is set in the stage that is shipped")
            }
        };
        let severity = match standing {
            // What people build in starts nothing by itself.
            _ if shipped.development || !starts(&shipped) => Severity::Info,
            Standing::Drops => Severity::Low,
            Standing::Root => Severity::Medium,
        };
        let message = format!(
            "{how}, so that the container's processes run as root. Whoever takes over one of them \
             owns all of the container and is one fault of the kernel away from the host; create a \
             user, give it what it writes to, and end the stage with USER."
        );
        let fix = fix(&shipped, path);
        let draft = cx.report_in(path, region, message);
        draft.severity(severity).evidence(stage.name.as_ref().map_or("", |name| &name.raw));
        if let Some(fix) = fix {
            draft.fix(fix);
        }
    }
}

/// Whether the image is there to run a program.
fn starts(shipped: &Shipped<'_>) -> bool {
    shipped.build.is_composed()
        || shipped.image.cmd.is_some()
        || shipped.image.entrypoint.is_some()
        || !shipped.image.exposed.is_empty()
        // Its base starts one.
        || shipped.base().is_some_and(|base| known(&base) == Some(Known::Drops))
}

/// Whether the stage for production, in the same file, has a user.
fn another_drops(shipped: &Shipped<'_>) -> bool {
    let file = shipped.build.file();
    let own = &shipped.image.stages;
    file.instructions().iter().any(|instruction| {
        matches!(&instruction.command, Command::User(user) if !matches!(user.raw.as_str(), "root" | "0"))
            && instruction.stage.is_some_and(|stage| !own.contains(&stage))
    })
}

enum Standing {
    Root,
    /// Root starts it, and its workers are somebody else.
    Drops,
}

impl Standing {
    /// `None` where it runs as somebody else, or nobody can tell.
    fn of(shipped: &Shipped<'_>, snapshot: &Snapshot) -> Option<Self> {
        let services = shipped.production_services();
        let set = services.iter().filter(|(_, service)| service.user.is_some()).count();
        if set > 0 && set == services.len() {
            return None;
        }
        // A database built here drops root by itself, as the image it comes from.
        let stores = !services.is_empty()
            && services.iter().all(|(_, service)| match service.kind() {
                ServiceKind::Application | ServiceKind::Job | ServiceKind::Other => false,
                kind => kind.is_data_store(),
            });
        if stores || drops(shipped, snapshot) {
            return None;
        }
        match &shipped.image.user {
            Some(user) => {
                let value = user.value.as_deref()?;
                let name = value.split(':').next().unwrap_or(value).trim();
                matches!(name, "root" | "0").then_some(Self::Root)
            }
            None => match known(&shipped.base()?)? {
                Known::Root => Some(Self::Root),
                Known::Drops => Some(Self::Drops),
                Known::Other => None,
            },
        }
    }
}

/// Whether what it starts gives up root by itself.
fn drops(shipped: &Shipped<'_>, snapshot: &Snapshot) -> bool {
    let commands = [&shipped.image.entrypoint, &shipped.image.cmd];
    commands.into_iter().flatten().any(|setting| {
        let line: &CommandLine = setting.value;
        let text = line.text();
        let words = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|'));
        words.clone().any(is_dropper)
            || words.clone().any(|word| {
                script(shipped, snapshot, word).is_some_and(script_drops)
            })
    })
}

fn script_drops(script: &str) -> bool {
    script.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).any(is_dropper)
        || script.contains("exec su ")
        || script.contains("sudo -u")
}

fn sees(_: &Snapshot, _: &str, text: Option<&str>) -> u64 {
    text.is_some_and(script_drops).into()
}

fn is_dropper(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    DROPPERS.contains(&name)
}

/// The text of a script of the repository that has the name of the word.
fn script<'s>(shipped: &Shipped<'_>, snapshot: &'s Snapshot, word: &str) -> Option<&'s str> {
    let name = word.rsplit('/').next().filter(|name| name.contains(['.', '-']))?;
    let (context, own) = (shipped.build.context(), shipped.build.dockerfile().parent());
    let places = ["", "docker", "scripts", "bin", "deploy", "build"];
    let found = [context, own].iter().find_map(|base| {
        places.iter().find_map(|place| {
            let directory = ArtifactPath::resolve(base, place)?;
            let path = ArtifactPath::resolve(directory.as_str(), name)?;
            snapshot.artifact(path.as_str())
        })
    })?;
    snapshot.text(found)
}

fn first_line(shipped: &Shipped<'_>, region: Region) -> Region {
    let from = shipped.build.file().stage_instructions(shipped.stage).first();
    from.map_or(region, |from| from.first_line)
}

/// Node's image has a user for this.
fn fix(shipped: &Shipped<'_>, path: &ArtifactPath) -> Option<Edit> {
    const TITLE: &str = "Run as the image's own user";
    let base = shipped.base()?;
    if base.repository != "node" || base.registry.is_some() {
        return None;
    }
    if let Some(user) = &shipped.image.user {
        return Some(Edit::risky(TITLE).replace(path, user.instruction.region, "USER node"));
    }
    let start = shipped.image.entrypoint.as_ref().map(|setting| setting.instruction);
    let start = start.or(shipped.image.cmd.as_ref().map(|setting| setting.instruction))?;
    if start.stage != Some(shipped.stage) {
        return None;
    }
    Some(Edit::risky(TITLE).insert(path, start.region.start, "USER node\n"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_a_last_stage_without_user() {
        check(
            &RULE,
            "Dockerfile",
            "
FROM node:22-alpine
^^^^^^^^^^^^^^^^^^^ [medium] No USER is set
WORKDIR /app
CMD [\"node\", \"server.js\"]
",
        );
        check(
            &RULE,
            "Dockerfile",
            "
FROM python:3.12-slim AS build
USER 1000
FROM python:3.12-slim
^^^^^^^^^^^^^^^^^^^^^ [medium] No USER
COPY --from=build /a /b
EXPOSE 8000
",
        );
        check(&RULE, "Dockerfile", "FROM node:22\n^^^^^^^^^^^^ [info] No USER\nRUN x\n");
    }

    #[test]
    fn flags_root_by_name_and_number() {
        for user in ["root", "0", "0:0", "root:node", "\"root\""] {
            let text = format!("FROM node:22\nUSER node\nUSER {user}\n^^^^^ x\nCMD x\n");
            let marks = format!("{} [medium] sets the user", "^".repeat(5 + user.len()));
            check(&RULE, "Dockerfile", &text.replace("^^^^^ x", &marks));
        }
        check(
            &RULE,
            "Dockerfile",
            "
ARG WHO=root
FROM acme.io/base:1
ARG WHO
USER $WHO
^^^^^^^^^ [medium] sets the user
CMD x
",
        );
    }

    #[test]
    fn web_servers_drop_root_and_development_is_an_observation() {
        check(&RULE, "Dockerfile", "FROM nginx:1.27\n^^^^^^^^^^^^^^^ [low] No USER\n");
        check(&RULE, "Dockerfile.dev", "FROM node:22\n^^^^^^^^^^^^ [info] No USER\n");
        check(&RULE, "src/ci/linux/Dockerfile", "FROM node:22\n");
        check_files(
            &RULE,
            "
//- compose.dev.yaml
services:
  api:
    build: { context: ., target: development }
//- Dockerfile
FROM node:22 AS development
FROM node:22 AS production
USER node
",
        );
    }

    #[test]
    fn passes_somebody_else() {
        for text in [
            "FROM node:22 AS base\nUSER node\nFROM base\nCMD [\"x\"]\n",
            "FROM node:22\nUSER 1000:1000\n",
            "FROM node:22\nARG U\nUSER $U\n",
            "FROM gcr.io/distroless/nodejs22-debian12:nonroot\n",
            "FROM nginxinc/nginx-unprivileged:1.27\n",
            "FROM acme.io/runtime:3\n",
            "FROM $BASE\n",
            "FROM node:22\nENTRYPOINT [\"su-exec\", \"node\", \"node\", \"x.js\"]\n",
            "FROM scratch\nCOPY a /a\n",
        ] {
            check(&RULE, "Dockerfile", text);
        }
        check(&RULE, "tests/Dockerfile", "FROM node:22\n");
        check(&RULE, "Dockerfile.j2", "FROM node:22\n");
    }

    #[test]
    fn a_start_script_or_compose_may_set_it() {
        check_files(
            &RULE,
            "
//- Dockerfile
FROM node:22
COPY docker-entrypoint.sh /
ENTRYPOINT [\"/docker-entrypoint.sh\"]
//- docker-entrypoint.sh
#!/bin/sh
exec gosu node \"$@\"
",
        );
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  api:
    build: .
    user: '1000'
//- Dockerfile
FROM node:22
",
        );
        check_files(
            &RULE,
            "
//- compose.yaml
services:
  api:
    build:
      context: .
      target: run
//- Dockerfile
FROM node:22 AS run
^^^^^^^^^^^^^^^^^^^ [medium] No USER
FROM node:22 AS other
USER node
",
        );
    }

    #[test]
    fn runs_as_the_user_of_node() {
        check_fix(
            &RULE,
            "Dockerfile",
            "FROM node:22\nWORKDIR /app\nCMD [\"node\", \"x\"]\n",
            "FROM node:22\nWORKDIR /app\nUSER node\nCMD [\"node\", \"x\"]\n",
        );
    }
}
