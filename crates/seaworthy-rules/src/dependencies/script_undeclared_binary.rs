//! `script-undeclared-binary`

use std::collections::{HashMap, HashSet};

use seaworthy_analysis::joined::{Package, Scripts, ShellKind};
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Check, Context, Document, NativeRule, Snapshot};
use seaworthy_formats::package_json::PackageJson;
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::entries::{LOCKFILES, is_installed};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "script-undeclared-binary",
        group: Group::Dependencies,
        summary: "script whose program no dependency brings",
        help: include_str!("script_undeclared_binary.md"),
        severity: Severity::Low,
        precision: Precision::Medium,
        cwe: &[1104],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

/// Programs that come with a package, and the packages that bring them.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("artillery", &["artillery"]),
    ("autocannon", &["autocannon"]),
    ("concurrently", &["concurrently"]),
    ("cross-env", &["cross-env"]),
    ("cypress", &["cypress"]),
    ("dotenv", &["dotenv-cli"]),
    ("drizzle-kit", &["drizzle-kit"]),
    ("eslint", &["eslint"]),
    ("jest", &["jest", "jest-cli"]),
    ("knex", &["knex"]),
    ("lint-staged", &["lint-staged"]),
    ("mocha", &["mocha"]),
    ("nest", &["@nestjs/cli"]),
    ("next", &["next"]),
    ("nodemon", &["nodemon"]),
    ("npm-run-all", &["npm-run-all", "npm-run-all2"]),
    ("nuxt", &["nuxt"]),
    ("nyc", &["nyc"]),
    ("playwright", &["@playwright/test", "playwright"]),
    ("prettier", &["prettier"]),
    ("prisma", &["prisma"]),
    ("react-scripts", &["react-scripts"]),
    ("rimraf", &["rimraf"]),
    ("rollup", &["rollup"]),
    ("run-p", &["npm-run-all", "npm-run-all2"]),
    ("run-s", &["npm-run-all", "npm-run-all2"]),
    ("sequelize", &["sequelize-cli"]),
    ("sequelize-cli", &["sequelize-cli"]),
    ("stylelint", &["stylelint"]),
    ("tailwindcss", &["tailwindcss", "@tailwindcss/cli"]),
    ("ts-node", &["ts-node"]),
    ("ts-node-dev", &["ts-node-dev"]),
    ("tsc", &["typescript"]),
    ("tsc-alias", &["tsc-alias"]),
    ("tsup", &["tsup"]),
    ("tsx", &["tsx"]),
    ("typedoc", &["typedoc"]),
    ("vercel", &["vercel"]),
    ("vite", &["vite"]),
    ("vitest", &["vitest"]),
    ("webpack", &["webpack", "webpack-cli"]),
];

/// Everything that the manifests of one tree of workspaces and its lockfile name.
type Names<'s> = HashSet<&'s str>;

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let scripts = cx.joined().scripts(snapshot);
    let packages = cx.joined().packages();
    let mut members: HashMap<&str, Vec<&Package>> = HashMap::new();
    for package in packages.all() {
        members.entry(root(package)).or_default().push(package);
    }
    let mut trees: HashMap<&str, Option<Names<'_>>> = HashMap::new();
    let mut global: Option<Names<'_>> = None;
    for text in scripts.all() {
        let ShellKind::Manifest(script) = &text.kind else { continue };
        let directory = text.path.parent();
        let Some(package) = packages.in_directory(directory) else { continue };
        if !matches!(package.role, Role::Source | Role::Deployable) || !is_installed(&text.path) {
            continue;
        }
        let mut said: HashSet<&str> = HashSet::new();
        for command in &text.script.commands {
            let Some(invoked) = command.invoked() else { continue };
            let Some((program, brought_by)) =
                PROGRAMS.iter().find(|(program, _)| *program == invoked.program)
            else {
                continue;
            };
            if invoked.word.literal() != Some(*program) || !said.insert(*program) {
                continue;
            }
            let root = root(package);
            let names = trees.entry(root).or_insert_with(|| {
                names(snapshot, members.get(root).map_or(&[], Vec::as_slice), root)
            });
            let Some(names) = names else { continue };
            if brought_by.iter().any(|name| names.contains(name))
                || is_anywhere_above(snapshot, directory, brought_by)
                || global
                    .get_or_insert_with(|| named_to_managers(scripts))
                    .iter()
                    .any(|name| brought_by.contains(name))
            {
                continue;
            }
            let message = format!(
                "The script `{script}` runs `{program}`, and no dependency brings it. On a fresh \
                 machine and in CI it is not found, or another version than yours runs, whichever \
                 happens to be installed there. Add {} to devDependencies.",
                brought_by[0],
            );
            cx.report_in(&text.path, text.place(invoked.word.region), message)
                .evidence(format!("{script} {program}"));
        }
    }
}

/// The directory whose installation a package belongs to.
fn root(package: &Package) -> &str {
    package.workspace_root.as_deref().unwrap_or(&package.directory)
}

/// What is installed for a tree of workspaces. `None` where no lockfile tells: then a
/// root that lies elsewhere may bring more, as for a published package.
fn names<'s>(snapshot: &'s Snapshot, members: &[&'s Package], root: &str) -> Option<Names<'s>> {
    let mut names = Names::new();
    for package in members {
        names.extend(package.name.as_deref());
        let artifact = snapshot.artifact(package.manifest.as_str())?;
        let Some(Document::PackageJson(manifest)) = snapshot.document(artifact) else {
            return None;
        };
        names.extend(declared(manifest));
    }
    let mut locked = false;
    for file in LOCKFILES {
        let path = if root.is_empty() { (*file).to_owned() } else { format!("{root}/{file}") };
        let Some(artifact) = snapshot.artifact(&path) else { continue };
        let Some(Document::Lockfile(lock)) = snapshot.document(artifact) else { return None };
        if !lock.readable {
            return None;
        }
        locked = true;
        names.extend(lock.packages.iter().map(|package| &*package.name));
    }
    locked.then_some(names)
}

fn declared(manifest: &PackageJson) -> impl Iterator<Item = &str> {
    manifest.dependencies.iter().map(|dependency| &*dependency.name)
}

/// Whether a manifest further up declares it: scripts find programs there as well.
fn is_anywhere_above(snapshot: &Snapshot, directory: &str, brought_by: &[&str]) -> bool {
    let mut at = directory;
    while let Some((above, _)) = at.rsplit_once('/').or((!at.is_empty()).then_some(("", at))) {
        let path = if above.is_empty() {
            "package.json".to_owned()
        } else {
            format!("{above}/package.json")
        };
        let manifest = snapshot.artifact(&path).and_then(|artifact| snapshot.document(artifact));
        if let Some(Document::PackageJson(manifest)) = manifest
            && declared(manifest).any(|name| brought_by.contains(&name))
        {
            return true;
        }
        at = above;
    }
    false
}

/// What any script or step names to a package manager, as when it installs it for the
/// whole machine.
fn named_to_managers(scripts: &Scripts) -> Names<'_> {
    let commands = scripts.all().iter().flat_map(|text| &text.script.commands);
    commands
        .filter(|command| {
            matches!(command.program(), Some("npm" | "pnpm" | "yarn" | "bun" | "volta" | "sudo"))
        })
        .flat_map(|command| command.words.iter().skip(1))
        .map(|word| {
            let text = word.text.as_str();
            // The scope's own `@` names no version.
            match text.char_indices().skip(1).find(|(_, c)| *c == '@') {
                Some((at, _)) => &text[..at],
                None => text,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check_files;

    #[test]
    fn flags_programs_that_nothing_brings() {
        check_files(
            &RULE,
            r#"
//- package.json
{
  "scripts": {
    "build": "tsc -p . && node dist/main.js",
              ^^^ [low] Add typescript to devDependencies
    "load": "artillery run load/basic.yml",
             ^^^^^^^^^ [low] The script `load` runs `artillery`
    "seed": "NODE_ENV=development tsx prisma/seed.ts"
                                  ^^^ [low] Add tsx
  },
  "dependencies": { "express": "^4.21.0" }
}
//- package-lock.json
{ "lockfileVersion": 3, "packages": { "": {}, "node_modules/express": { "version": "4.21.0" } } }
"#,
        );
    }

    #[test]
    fn passes_what_is_declared_fetched_or_brought() {
        check_files(
            &RULE,
            r#"
//- package.json
{ "workspaces": ["api"], "devDependencies": { "typescript": "^5.6.0" }, "scripts": {
  "a": "npx artillery run x.yml", "b": "pnpm dlx vercel", "c": "node --test", "d": "echo tsx && ls",
  "e": "./bin/next dev", "f": "bun run x.ts", "g": "npm run tsx", "h": "docker compose up" } }
//- api/package.json
{ "scripts": { "build": "tsc", "lint": "eslint ." } }
//- package-lock.json
{ "lockfileVersion": 3, "packages": { "": {}, "node_modules/eslint": { "version": "9.0.0" } } }
//- tools/package.json
{ "scripts": { "lint": "eslint .", "build": "tsc" }, "devDependencies": { "react-scripts": "5.0.1" } }
//- deploy/package.json
{ "scripts": { "deploy": "vercel --prod" } }
//- deploy/Dockerfile
FROM node:22
RUN npm install -g vercel@39
//- examples/a/package.json
{ "scripts": { "dev": "next dev" } }
//- published/package.json
{ "name": "@team/one", "scripts": { "build": "tsc" }, "dependencies": { "ms": "^2.1.3" } }
"#,
        );
    }
}
