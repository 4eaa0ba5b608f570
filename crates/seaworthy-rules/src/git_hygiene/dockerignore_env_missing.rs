//! `dockerignore-env-missing`

use std::collections::BTreeSet;

use seaworthy_analysis::joined::ImageBuild;
use seaworthy_analysis::names::{public_prefix, secret_kind};
use seaworthy_analysis::roles::{Environment, Role, file_role};
use seaworthy_analysis::{Check, Context, Document, DocumentKind, Edit, NativeRule, Snapshot};
use seaworthy_formats::dockerignore::DockerIgnore;
use seaworthy_model::{ArtifactPath, Group, Precision, Region, Rule, Severity};
use seaworthy_syntax::env::EnvEntry;

use super::content::{has_env_secrets, list};
use super::dockerfile_copies::{Copies, copies};
use super::env_file_tracked::is_real_env_file;
use super::env_paths::expected;
use super::tracked::{file_name, is_docs_directory, is_test_directory, join, parent};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "dockerignore-env-missing",
        group: Group::GitHygiene,
        summary: "env files are copied into an image",
        help: include_str!("dockerignore_env_missing.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[538, 312],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, super::env_paths::sees),
};

/// How many exceptions of an ignore file are tried.
const MOST_EXCEPTIONS: usize = 32;

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let used = used_env_files(snapshot);
    // One ignore file is told of once.
    let mut told: BTreeSet<(&ArtifactPath, &str)> = BTreeSet::new();
    let images = cx.joined().images(snapshot);
    for image in images.iter().filter(|image| image.is_composed() || is_own(image)) {
        let mut wide: Vec<Copies> = copies(image.file(), image.target())
            .into_iter()
            .filter(Copies::whole_context)
            .collect();
        wide.sort_by_key(|copy| !copy.shipped);
        let Some(copy) = wide.into_iter().next() else { continue };
        let ignore_file = image.ignore_file(snapshot);
        let ignore_text = ignore_file.map_or("", |(_, text)| text);
        let own: String = copy.excluded.iter().map(|pattern| format!("\n{pattern}")).collect();
        let ignore = DockerIgnore::parse(&format!("{ignore_text}{own}"));
        let passes = |path: &&String| !ignore.verdict(path).ignored;
        let here: Vec<String> =
            used.iter().filter_map(|path| below(path, image.context())).collect();
        let usual = [".env", ".env.local", ".env.production"].map(str::to_owned);
        let shared = |path: &str| is_shared_by_intent(snapshot, &join(image.context(), path));
        let mut open: Vec<&String> = here.iter().filter(passes).collect();
        let known = !open.is_empty();
        open.extend(
            usual.iter().filter(|path| !here.contains(path) && !shared(path)).filter(passes),
        );
        if open.is_empty() {
            continue;
        }
        let place =
            ignore_file.map_or((image.dockerfile(), image.context()), |(path, _)| (path, ""));
        if !told.insert(place) {
            continue;
        }
        let severity = severity(image, &copy, known || open.iter().any(|path| *path == ".env"));
        let shown: Vec<&str> = open.iter().map(|path| path.as_str()).collect();
        let leak = if copy.shipped {
            "the image, where everyone who can pull it can read them"
        } else {
            "the builder's layers and cache"
        };
        let evidence = image.dockerfile().as_str();
        match ignore_file {
            None => {
                let wanted = join(image.context(), ".dockerignore");
                // A context below the root has no repository of its own.
                let (history, patterns) = if image.context().is_empty() {
                    (", and so does .git", "`**/.env*`, `.git` and `**/node_modules`")
                } else {
                    ("", "`**/.env*` and `**/node_modules`")
                };
                let message = format!(
                    "This copies the whole build context, and there is no {wanted}. Env files such \
                     as {} go into {leak}{history}; write a .dockerignore with {patterns}.",
                    list(&shown)
                );
                cx.report_in(image.dockerfile(), copy.region, message)
                    .severity(severity)
                    .evidence(evidence);
            }
            Some((path, text)) => {
                if let Some(line) = reopening(text, &own, &open) {
                    let message = format!(
                        "This takes {} back into what {} copies. They go into {leak}; remove the \
                         line, unless the build needs them and they hold nothing secret.",
                        list(&shown),
                        image.dockerfile()
                    );
                    let whole = Region::new(line.start, end_of(text, line.end));
                    cx.report_in(path, line, message)
                        .severity(severity)
                        .evidence(evidence)
                        .related(image.dockerfile(), copy.region, "copies the whole build context")
                        .fix(Edit::risky("Remove the line").remove(path, whole));
                    continue;
                }
                let message = format!(
                    "This lets {} through, and {} copies the whole build context. They go into \
                     {leak}; add `**/.env*`, since patterns start at the root of the context and \
                     match whole names.",
                    list(&shown),
                    image.dockerfile()
                );
                let edit = edit(image, path, text, &open);
                let draft = cx.report_in(path, telling_line(text), message);
                draft.severity(severity).evidence(evidence).related(
                    image.dockerfile(),
                    copy.region,
                    "copies the whole build context",
                );
                if let Some(edit) = edit {
                    draft.fix(edit);
                }
            }
        }
    }
}

fn severity(image: &ImageBuild, copy: &Copies, used: bool) -> Severity {
    let role = file_role(image.dockerfile().as_str(), None);
    let development = role.role == Role::Development
        || matches!(
            role.environment,
            Environment::Development | Environment::Local | Environment::Test | Environment::Ci
        );
    match (development, copy.shipped, used) {
        (true, ..) => Severity::Low,
        (false, true, true) => Severity::High,
        _ => Severity::Medium,
    }
}

/// Whether git carries the file for everyone and nothing in it is secret, as
/// Vite and Next.js ask of `.env.production`: the build needs it, and keeping it
/// out of the context would break the image.
fn is_shared_by_intent(snapshot: &Snapshot, path: &str) -> bool {
    let Some(git) = snapshot.git() else { return false };
    if !git.is_tracked(path) || git.is_ignored(path) {
        return false;
    }
    let Some(Document::Env(env)) =
        snapshot.artifact(path).and_then(|artifact| snapshot.document(artifact))
    else {
        return false;
    };
    let public = |entry: &EnvEntry| public_prefix(&entry.key).is_some();
    env.entries().iter().any(public)
        && env.entries().iter().all(|entry| public(entry) || secret_kind(&entry.key).is_none())
        && !has_env_secrets(env)
}

/// Env files with real values that are there or that the repository names.
fn used_env_files(snapshot: &Snapshot) -> Vec<String> {
    let there = snapshot
        .of_kind(DocumentKind::Env)
        .map(|artifact| artifact.path().as_str())
        .filter(|path| is_real_env_file(path) && !is_test_directory(parent(path)))
        .filter(|path| !is_shared_by_intent(snapshot, path));
    let mut used: Vec<String> = there.map(str::to_owned).collect();
    if let Some(git) = snapshot.git() {
        used.extend(expected(snapshot, git).into_iter().map(|env| env.path));
    }
    used.sort_unstable();
    used.dedup();
    used
}

/// Whether a Dockerfile that no Compose file names is one of the product.
fn is_own(image: &ImageBuild) -> bool {
    let directory = image.dockerfile().parent();
    !is_test_directory(directory) && !is_docs_directory(directory)
}

/// A path relative to a context that it lies in.
fn below(path: &str, context: &str) -> Option<String> {
    if context.is_empty() {
        return Some(path.to_owned());
    }
    path.strip_prefix(context)?.strip_prefix('/').map(str::to_owned)
}

/// The first line about env files, or the start.
fn telling_line(text: &str) -> Region {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        if body.contains(".env") && !body.starts_with(['#', '!']) {
            return Region::new(start, start + body.len());
        }
        start += line.len();
    }
    Region::empty(0)
}

/// The exception without which all of the open files would be kept out: somebody
/// wants them in, so adding a pattern behind it would break the build.
fn reopening(text: &str, own: &str, open: &[&String]) -> Option<Region> {
    let mut exceptions = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        if body.starts_with('!') {
            exceptions.push(Region::new(start, start + body.len()));
        }
        start += line.len();
    }
    exceptions.into_iter().rev().take(MOST_EXCEPTIONS).find(|line| {
        let without = format!("{}{}{own}", &text[..line.start], &text[line.end..]);
        let ignore = DockerIgnore::parse(&without);
        open.iter().all(|path| ignore.verdict(path).ignored)
    })
}

/// Where the line that ends at `end` is over, its line break included.
fn end_of(text: &str, end: usize) -> usize {
    text[end..].find('\n').map_or(text.len(), |index| end + index + 1)
}

/// Lines at the end that keep every env file out and templates in. Unsafe where
/// the Dockerfile itself copies an env file by name.
fn edit(image: &ImageBuild, path: &ArtifactPath, text: &str, open: &[&String]) -> Option<Edit> {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut added = String::new();
    if !text.is_empty() && !text.ends_with('\n') {
        added.push_str(ending);
    }
    for line in ["**/.env*", "!**/.env*.example"] {
        added.push_str(line);
        added.push_str(ending);
    }
    let mut named: Vec<String> = Vec::new();
    for path in open.iter().filter(|path| !file_name(path).starts_with(".env")) {
        named.push(format!("{path}{ending}"));
    }
    added.push_str(&named.concat());
    let edited = DockerIgnore::parse(&format!("{text}{added}"));
    if open.iter().any(|path| !edited.verdict(path).ignored) {
        return None;
    }
    let by_name = copies(image.file(), None).iter().any(|copy| {
        copy.sources.iter().any(|source| is_real_env_file(source.trim_start_matches("./")))
    });
    let title = "Keep env files out of the build context";
    let edit = if by_name { Edit::risky(title) } else { Edit::safe(title) };
    Some(edit.insert(path, text.len(), added))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check_files, check_fix_repo, check_repo};

    #[test]
    fn a_context_without_an_ignore_file_leaks() {
        check_files(
            &RULE,
            "
//- Dockerfile
FROM node
COPY package.json ./
COPY . .
^^^^^^^^ [high] there is no .dockerignore
",
        );
    }

    #[test]
    fn git_s_directory_goes_along_from_the_root_alone() {
        check_files(
            &RULE,
            "
//- Dockerfile
FROM node
COPY . .
^^^^^^^^ go into the image, where everyone who can pull it can read them, and so does .git; write a .dockerignore with `**/.env*`, `.git` and
//- docker-compose.yml
services:
  api:
    build: ./api
//- api/Dockerfile
FROM node
COPY . .
^^^^^^^^ go into the image, where everyone who can pull it can read them; write a .dockerignore with `**/.env*` and `**/node_modules`
",
        );
    }

    #[test]
    fn the_file_of_the_context_counts_not_that_of_the_root() {
        check_files(
            &RULE,
            "
//- .dockerignore
**/.env*
//- docker-compose.yml
services:
  api:
    build: ./api
//- api/Dockerfile
FROM node
COPY . .
^^^^^^^^ [high] there is no api/.dockerignore
",
        );
        check_files(
            &RULE,
            "
//- .dockerignore
**/.env*
//- docker-compose.yml
services:
  api:
    build:
      context: .
      dockerfile: api/Dockerfile
//- api/Dockerfile
FROM node
COPY . .
",
        );
    }

    #[test]
    fn a_plain_name_does_not_cover_its_variants() {
        check_files(
            &RULE,
            "
//- .dockerignore
node_modules
.env
^^^^ [medium] lets .env.local and .env.production through
//- Dockerfile
FROM node
COPY . .
~~~~~~~~ copies the whole
",
        );
        check_repo(
            &RULE,
            "
//- .dockerignore
.env
^^^^ [high] .env.production
//- .env.production.example
A=1
//- Dockerfile
FROM node
COPY . .
",
        );
    }

    #[test]
    fn an_exception_is_told_where_it_stands() {
        check_files(
            &RULE,
            "
//- web/.dockerignore
.env*
!.env.production
^^^^^^^^^^^^^^^^ [medium] takes .env.production back
!.env.example
//- web/.env.production
VITE_API_URL=https://api.shop.io
//- web/Dockerfile
FROM node AS build
COPY . .
FROM nginx
COPY --from=build /app/dist /srv
",
        );
    }

    #[test]
    fn patterns_start_at_the_root_of_the_context() {
        check_files(
            &RULE,
            "
//- .dockerignore
.env*
^^^^^ [high] lets apps/api/.env through
//- apps/api/.env
A=1
//- Dockerfile
FROM node
COPY . .
",
        );
    }

    #[test]
    fn builders_and_development_images_weigh_less() {
        check_files(
            &RULE,
            "
//- Dockerfile
FROM node AS build
COPY . .
^^^^^^^^ [medium] builder's layers
FROM nginx
COPY --from=build /app/dist /srv
//- dev/Dockerfile.dev
FROM node
ADD . /app
^^^^^^^^^^ [low] no dev/.dockerignore
//- dev/package.json
{}
",
        );
    }

    #[test]
    fn passes_what_is_excluded_or_not_copied() {
        check_files(
            &RULE,
            "
//- .dockerignore
*
!src
!package.json
//- Dockerfile
FROM node
COPY . .
//- api/.dockerignore
.env*
!.env.example
//- api/Dockerfile
FROM node
COPY . .
//- web/Dockerfile
FROM node
COPY package.json src ./
//- job/Dockerfile
FROM node
COPY . .
//- job/Dockerfile.dockerignore
**/.env*
//- x/Dockerfile
FROM node
COPY --exclude=**/.env* . .
//- x/package.json
{}
//- tests/Dockerfile
FROM node
COPY . .
//- docs/Dockerfile.md
COPY . .
",
        );
    }

    #[test]
    fn what_git_carries_for_the_build_may_be_copied() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env
.env.local
//- .dockerignore
.env
.env.local
//- .env.production
VITE_API_URL=https://api.seashop.eu
VITE_TITLE=Shop
//- Dockerfile
FROM node AS build
COPY . .
RUN npm run build
",
        );
        check_repo(
            &RULE,
            "
//- .gitignore
.env
//- .dockerignore
.env
^^^^ .env.production
.env.local
//- .env.production
VITE_API_URL=https://api.seashop.eu
SMTP_PASSWORD=
//- Dockerfile
FROM node
COPY . .
~~~~~~~~ copies
",
        );
    }

    #[test]
    fn adds_lines_in_the_file_s_own_ending() {
        check_fix_repo(
            &RULE,
            "//- .dockerignore\nnode_modules\r\n.env//- Dockerfile\n"
                .replace(".env//-", ".env\r\n//-")
                .replace("//- Dockerfile\n", "//- Dockerfile\nFROM node\nCOPY . .\n")
                .as_str(),
            "//- .dockerignore\nnode_modules\r\n.env\r\n**/.env*\r\n!**/.env*.example\r\n//- Dockerfile\nFROM node\nCOPY . .\n",
        );
    }
}
