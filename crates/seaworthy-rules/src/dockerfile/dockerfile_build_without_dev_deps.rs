//! `dockerfile-build-without-dev-deps`

use std::collections::BTreeSet;

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::dockerfile::Instruction;
use seaworthy_formats::package_json::{DependencyGroup, PackageJson};
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};

use super::runs::{started};
use super::shell::{Simple, split};
use super::shipped::{Shipped, shipped};
use super::sources::{manifest, transfer};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerfile-build-without-dev-deps",
        group: Group::Dockerfile,
        summary: "build tools are missing in the build, or shipped with the image",
        help: include_str!("dockerfile_build_without_dev_deps.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[684, 1104],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Programs of packages that have another name.
const TOOLS: &[(&str, &[&str])] = &[
    ("tsc", &["typescript"]),
    ("nest", &["@nestjs/cli"]),
    ("ng", &["@angular/cli"]),
    ("vue-cli-service", &["@vue/cli-service"]),
    ("babel", &["@babel/cli"]),
    ("swc", &["@swc/cli"]),
    ("webpack", &["webpack-cli", "webpack"]),
    ("svelte-kit", &["@sveltejs/kit"]),
    ("remix", &["@remix-run/dev"]),
    ("react-router", &["@react-router/dev"]),
    ("tailwindcss", &["@tailwindcss/cli", "tailwindcss"]),
    ("ncc", &["@vercel/ncc"]),
];

/// Programs that need no package of their own name in the manifest.
const BUILTIN: &[&str] = &[
    "npm", "npx", "yarn", "pnpm", "bun", "node", "cd", "cp", "rm", "mkdir", "echo", "mv", "sh",
    "bash", "chmod", "true", "test", "[",
];

/// What is known of the packages in a stage while its commands run.
#[derive(Clone, Copy)]
enum Installed {
    /// Nothing was installed.
    Nothing,
    /// Without development dependencies, by the command at this place.
    Production(Region),
    /// With them.
    All(Region),
}

fn check(cx: &mut Context<'_>) {
    let mut seen = BTreeSet::new();
    for shipped in shipped(cx) {
        if shipped.development {
            continue;
        }
        for stage in shipped.needed() {
            let Some((place, manifest)) = manifest(&shipped, stage, cx.snapshot()) else {
                continue;
            };
            let mut run =
                Stage { installed: Installed::Nothing, builds: Vec::new(), unsure: false };
            run.read(&shipped, stage, cx);
            if run.unsure {
                continue;
            }
            for build in std::mem::take(&mut run.builds) {
                let Some(tool) = missing_tool(manifest, &build.script) else { continue };
                if !seen.insert((shipped.build.dockerfile(), build.region)) {
                    continue;
                }
                report_missing(cx, &shipped, place, &tool, &build);
            }
            if stage == shipped.stage
                && let Installed::All(region) = run.installed
                && bloats(manifest, &shipped)
                && seen.insert((shipped.build.dockerfile(), region))
            {
                cx.report_in(
                    shipped.build.dockerfile(),
                    region,
                    "The image that is shipped keeps the development dependencies. They make it \
                     larger, and every fault of a test or build tool is on board; install with \
                     --omit=dev in the last stage and build in another.",
                )
                .severity(Severity::Low)
                .evidence("development dependencies");
            }
        }
    }
}

struct Stage {
    installed: Installed,
    builds: Vec<Build>,
    /// Whether packages come from where nobody sees.
    unsure: bool,
}

struct Build {
    script: String,
    region: Region,
    install: Region,
}

impl Stage {
    fn read(&mut self, shipped: &Shipped<'_>, stage: usize, cx: &Context<'_>) {
        let snapshot = cx.snapshot();
        let mut instructions: Vec<(&Instruction, bool)> = Vec::new();
        shipped.build.walk(stage, &mut |instruction, scope| {
            let mode = scope.env().get("NODE_ENV").cloned().flatten();
            instructions.push((instruction, mode.as_deref() == Some("production")));
        });
        for (instruction, production) in instructions {
            // What another stage installed is not known here.
            let carries = transfer(instruction).is_some_and(|transfer| {
                instruction.flag("from").is_some()
                    && transfer.sources.iter().any(|source| {
                        let path = source.raw.trim_end_matches('/');
                        path.ends_with("node_modules") || matches!(path, "/app" | "." | "/")
                    })
            });
            if carries {
                self.unsure = true;
            }
            for started in started(shipped.build, snapshot, instruction) {
                self.take(&started.command, started.region, production);
            }
        }
    }

    fn take(&mut self, command: &Simple, region: Region, production: bool) {
        if let Some(found) = command.install(production) {
            if command.conditional {
                self.unsure = true;
            }
            match (found.adds, found.production) {
                (true, _) => {}
                (false, true) => self.installed = Installed::Production(region),
                (false, false) => self.installed = Installed::All(region),
            }
            // A tool that is added by name may be the one.
            if found.adds && matches!(self.installed, Installed::Production(_)) {
                self.unsure = true;
            }
            return;
        }
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["npm" | "pnpm", "prune", ..] | ["rm", "-rf", "node_modules", ..] => {
                self.installed = Installed::Nothing;
            }
            ["npm", "i" | "install", ..] if words.contains(&"-g") => {
                self.unsure |= words.iter().any(|word| word.starts_with("typescript"));
            }
            _ => {}
        }
        if let Installed::Production(install) = self.installed
            && let Some(script) = script(&words)
        {
            self.builds.push(Build { script, region, install });
        }
    }
}

/// The script that a command runs, if it is one that builds.
fn script(words: &[&str]) -> Option<String> {
    let name = match words {
        ["npm" | "pnpm" | "yarn" | "bun", "run", name, ..] => name,
        ["yarn" | "pnpm", name, ..] => name,
        _ => return None,
    };
    (*name == "build" || name.starts_with("build:")).then(|| (*name).to_owned())
}

/// A program of a script that only a development dependency brings.
fn missing_tool(manifest: &PackageJson, script: &str) -> Option<String> {
    let mut pending = vec![script.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(name) = pending.pop() {
        if seen.len() > 20 || !seen.insert(name.clone()) {
            continue;
        }
        let Some(script) = manifest.script(&name) else { continue };
        for command in split(&script.text) {
            let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
            if let ["npm" | "pnpm" | "yarn" | "bun", "run", name, ..] = words.as_slice() {
                pending.push((*name).to_owned());
                continue;
            }
            // npx fetches what is not there, and so has what it needs.
            let Some(program) = words.first().copied() else { continue };
            if BUILTIN.contains(&program) || program.contains(['/', '$']) {
                continue;
            }
            let packages = TOOLS
                .iter()
                .find(|(tool, _)| *tool == program)
                .map_or_else(|| vec![program], |(_, packages)| packages.to_vec());
            let in_group = |group: DependencyGroup| {
                manifest.in_group(group).any(|it| packages.contains(&&*it.name))
            };
            let shipped = in_group(DependencyGroup::Production)
                || in_group(DependencyGroup::Optional)
                || in_group(DependencyGroup::Peer);
            if !shipped && in_group(DependencyGroup::Development) {
                return Some(program.to_owned());
            }
        }
    }
    None
}

fn report_missing(
    cx: &mut Context<'_>,
    shipped: &Shipped<'_>,
    manifest: &ArtifactPath,
    tool: &str,
    build: &Build,
) {
    let path = shipped.build.dockerfile();
    cx.report_in(
        path,
        build.region,
        format!(
            "The script {} needs {tool}, which is not installed here. It is a development \
             dependency of {manifest}, and these were left out, so that the image does not build; \
             install all of them in the stage that builds and leave them out in the last one.",
            build.script
        ),
    )
    .evidence(build.script.clone())
    .related(path, build.install, "development dependencies are left out here");
}

/// Whether development dependencies in the last stage are more than it needs.
fn bloats(manifest: &PackageJson, shipped: &Shipped<'_>) -> bool {
    let some = manifest.in_group(DependencyGroup::Development).next().is_some();
    let starts = [&shipped.image.cmd, &shipped.image.entrypoint];
    let starts: Vec<String> = starts.into_iter().flatten().map(|it| it.value.text()).collect();
    let text = starts.join(" ");
    // What it starts may need them: a development server, a runner of TypeScript.
    let words: Vec<&str> = text.split_whitespace().collect();
    let node = ["node", "npm", "yarn", "pnpm", "next", "npx"].iter().any(|it| words.contains(it));
    let developing = ["dev", "ts-node", "tsx", "nodemon", "start:dev", "preview", "vite", "test"]
        .iter()
        .any(|it| words.contains(it));
    let wrapped = words.iter().find_map(|word| manifest.script(word)).is_some_and(|script| {
        let program = script.text.split_whitespace().next().unwrap_or("");
        !matches!(program, "node" | "next")
    });
    some && node && !developing && !wrapped
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    const MANIFEST: &str = "//- package.json
{\"scripts\": {\"build\": \"tsc -p .\", \"start\": \"node dist/x.js\"},
 \"dependencies\": {\"express\": \"5\"}, \"devDependencies\": {\"typescript\": \"5\"}}
";

    fn judged(dockerfile: &str) {
        check_files(&RULE, &format!("{MANIFEST}//- Dockerfile\n{dockerfile}"));
    }

    #[test]
    fn flags_a_build_without_its_tools() {
        judged(
            "
FROM node:22 AS build
COPY package*.json ./
RUN npm ci --omit=dev
    ~~~~~~~~~~~~~~~~~ left out here
COPY . .
RUN npm run build
    ^^^^^^^^^^^^^ [high] needs tsc
FROM node:22
COPY --from=build /app/dist ./dist
",
        );
        judged(
            "
FROM node:22
ENV NODE_ENV=production
RUN npm ci && npm run build
              ^^^^^^^^^^^^^ [high] needs tsc
",
        );
    }

    #[test]
    fn flags_a_last_stage_that_keeps_the_tools() {
        judged(
            "
FROM node:22
COPY . .
RUN npm ci && npm run build
    ^^^^^^ [low] keeps the development dependencies
CMD [\"node\", \"dist/x.js\"]
",
        );
    }

    #[test]
    fn passes_builds_that_have_what_they_need() {
        judged(
            "
FROM node:22 AS build
RUN npm ci
RUN npm run build && npm prune --omit=dev
FROM node:22
RUN npm ci --omit=dev
COPY --from=build /app/dist ./dist
CMD [\"node\", \"dist/x.js\"]
",
        );
        judged(
            "
FROM node:22
RUN npm ci
RUN npm run build
RUN npm prune --production
CMD [\"node\", \"dist/x.js\"]
",
        );
        judged(
            "
FROM node:22
ENV NODE_ENV=production
RUN npm ci --include=dev && npm run build && npm prune
CMD [\"node\", \"dist/x.js\"]
",
        );
        judged("FROM node:22\nRUN npm ci\nCMD [\"npm\", \"run\", \"dev\"]\n");
    }

    #[test]
    fn tools_that_are_dependencies_are_there() {
        check_files(
            &RULE,
            "
//- package.json
{\"scripts\": {\"build\": \"next build\"}, \"dependencies\": {\"next\": \"15\"}, \"devDependencies\": {\"jest\": \"29\"}}
//- Dockerfile
FROM node:22
RUN npm ci --omit=dev
RUN npm run build
CMD [\"npm\", \"start\"]
",
        );
    }
}
