//! Which images are judged, how near to production they are, and which of their
//! stages count.

use std::collections::BTreeSet;

use seaworthy_analysis::Context;
use seaworthy_analysis::joined::{ImageBuild, Stack};
use seaworthy_analysis::roles::{Environment, FileRole, Role, file_role};
use seaworthy_formats::compose::{ImageName, Service};
use seaworthy_formats::dockerfile::{Base, Command, Image, Stage};

/// An image that is judged.
pub(super) struct Shipped<'s> {
    pub(super) build: &'s ImageBuild,
    pub(super) image: Image<'s>,
    /// The number of the stage that is shipped.
    pub(super) stage: usize,
    /// Whether it is for a developer's machine.
    pub(super) development: bool,
    bases: Vec<Base>,
    stacks: &'s [Stack],
}

/// The images of the product. Templates, documentation, tests and other people's
/// files are left out, and so is what a program fills in first.
pub(super) fn shipped<'s>(cx: &Context<'s>) -> Vec<Shipped<'s>> {
    let snapshot = cx.snapshot();
    let stacks = cx.joined().stacks();
    cx.joined()
        .images(snapshot)
        .iter()
        .filter_map(|build| {
            let path = build.dockerfile();
            let role = file_role(path.as_str(), None);
            if !is_judged(role) || is_template(build) {
                return None;
            }
            let services: Vec<&Stack> = build.services(stacks).map(|(stack, _)| stack).collect();
            let tested = !services.is_empty()
                && services.iter().all(|stack| stack.role().role == Role::Test);
            if tested {
                return None;
            }
            let stage = build.stage()?;
            let development = is_development(role)
                || path.as_str().split('/').any(|part| WORKPLACES.contains(&part))
                || build.target().is_some_and(is_aside)
                || build.file().stages().get(stage).is_some_and(names_development);
            let image = build.image()?;
            let bases = build.file().bases(&|name| build.argument(name));
            Some(Shipped { build, image, stage, development, bases, stacks })
        })
        .collect()
}

/// Directories of images that people and CI work in.
const WORKPLACES: &[&str] = &[
    ".devcontainer",
    "devcontainer",
    "ci",
    ".ci",
    ".github",
    ".gitlab",
    ".circleci",
    ".buildkite",
];

fn is_judged(role: FileRole) -> bool {
    !matches!(role.role, Role::Template | Role::Docs | Role::Vendored | Role::Test)
        && !matches!(role.environment, Environment::Test | Environment::Ci)
}

fn is_development(role: FileRole) -> bool {
    role.role == Role::Development
        || matches!(role.environment, Environment::Development | Environment::Local)
}

fn names_development(stage: &Stage) -> bool {
    stage.name.as_ref().is_some_and(|name| is_aside(&name.raw))
}

/// Names of stages that production does not run.
fn is_aside(name: &str) -> bool {
    name.split(['-', '_', '.']).any(|word| {
        [
            "dev",
            "develop",
            "development",
            "local",
            "debug",
            "test",
            "tests",
            "testing",
            "devcontainer",
        ]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
    })
}

/// Whether a program makes a Dockerfile of the file.
pub(super) fn is_template(build: &ImageBuild) -> bool {
    let mut directories = build.dockerfile().parent().split('/');
    if directories.any(|part| TEMPLATES.contains(&part)) {
        return true;
    }
    let name = build.dockerfile().file_name();
    let extension = name.rsplit('.').next().unwrap_or("");
    let named = ["j2", "jinja", "jinja2", "tmpl", "tpl", "template", "erb", "in", "m4", "mustache"];
    named.iter().any(|known| extension.eq_ignore_ascii_case(known))
        || build.file().instructions().iter().any(|instruction| {
            let keyword = &instruction.keyword.raw;
            matches!(instruction.command, Command::Unknown)
                && keyword.starts_with(['{', '<', '@', '%', '[', '_'])
        })
        || build.file().stages().iter().any(|stage| {
            let image = &stage.image.raw;
            image.contains("{{")
                || image.contains("__")
                || image.contains(['<', '@', '%']) && !image.contains("@sha")
        })
}

/// Directories of what is filled in.
const TEMPLATES: &[&str] =
    &["template", "templates", "skeleton", "skeletons", "scaffold", "scaffolds", "blueprints"];

impl<'s> Shipped<'s> {
    /// Whether the image is one that people or CI work in.
    pub(super) fn is_workplace(&self) -> bool {
        self.build.dockerfile().as_str().split('/').any(|part| WORKPLACES.contains(&part))
    }

    /// The services that run it.
    pub(super) fn services(&self) -> impl Iterator<Item = (&'s Stack, &'s Service)> {
        self.build.services(self.stacks)
    }

    /// The services of stacks that production may run; all when there are none.
    pub(super) fn production_services(&self) -> Vec<(&'s Stack, &'s Service)> {
        let all: Vec<_> = self.services().collect();
        let near: Vec<_> =
            all.iter().copied().filter(|(stack, _)| stack.may_be_production()).collect();
        if near.is_empty() { all } else { near }
    }

    /// The stages that go into the image: its own, those it is built on, and those
    /// it copies from.
    pub(super) fn needed(&self) -> BTreeSet<usize> {
        let file = self.build.file();
        let mut needed = BTreeSet::new();
        let mut pending = vec![self.stage];
        while let Some(stage) = pending.pop() {
            if !needed.insert(stage) {
                continue;
            }
            if let Some(Base::Stage(earlier)) = self.bases.get(stage) {
                pending.push(*earlier);
            }
            for instruction in file.stage_instructions(stage) {
                let mounts = instruction.flags.iter().filter(|flag| flag.name == "mount");
                let mounts = mounts.filter_map(|flag| flag.value.as_deref());
                let from = mounts
                    .flat_map(|mount| mount.split(','))
                    .filter_map(|part| part.trim().strip_prefix("from="));
                let from = from.chain(instruction.flag("from"));
                pending.extend(from.filter_map(|name| file.copied_from(name, stage)));
            }
        }
        needed
    }

    /// The image from elsewhere that a stage begins with.
    pub(super) fn external(&self, stage: usize) -> Option<ImageName> {
        match self.bases.get(stage)? {
            Base::Image(name) => Some(ImageName::parse(name)),
            _ => None,
        }
    }

    /// The image from elsewhere that the shipped stage comes from.
    pub(super) fn base(&self) -> Option<ImageName> {
        match &self.image.base {
            Base::Image(name) => Some(ImageName::parse(name)),
            _ => None,
        }
    }
}

/// What is known of images that others make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It starts as root and stays so.
    Root,
    /// It starts as root, and its workers give that up.
    Drops,
    /// It starts as somebody else.
    Other,
}

const ROOT: &str = "alpine debian ubuntu busybox centos fedora rockylinux almalinux amazonlinux \
    oraclelinux archlinux node python pypy golang rust ruby php perl openjdk eclipse-temurin \
    amazoncorretto sapmachine ibm-semeru-runtimes maven gradle tomcat swift elixir erlang haskell \
    clojure julia r-base gcc composer buildpack-deps bash crystal dart mono groovy bun deno jetty \
    static base base-debian12 static-debian12 cc cc-debian12 java java17-debian12 java21-debian12 \
    nodejs nodejs20-debian12 nodejs22-debian12 python3 python3-debian12 aspnet runtime sdk \
    runtime-deps uv";

const DROPS: &str = "nginx httpd caddy traefik haproxy postgres mysql mariadb mongo redis valkey \
    memcached rabbitmq";

/// What is known of the image; `None` for one that nobody here knows.
pub(super) fn known(image: &ImageName) -> Option<Known> {
    let path = image.repository.to_ascii_lowercase();
    let tag = image.tag.as_deref().unwrap_or("");
    let (owner, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let among = |list: &str| list.split_whitespace().any(|known| known == name);
    match image.registry.as_deref() {
        None | Some("docker.io" | "index.docker.io" | "public.ecr.aws" | "mirror.gcr.io") => {
            let official = matches!(owner, "" | "library" | "docker/library");
            match (owner, name) {
                _ if official && among(DROPS) => Some(Known::Drops),
                _ if official && among(ROOT) => Some(Known::Root),
                ("oven", "bun") | ("denoland", "deno") => Some(Known::Root),
                ("nginxinc" | "nginx", "nginx-unprivileged") => Some(Known::Other),
                _ => None,
            }
        }
        Some("gcr.io") if owner == "distroless" => {
            Some(if tag.contains("nonroot") { Known::Other } else { Known::Root })
        }
        Some("mcr.microsoft.com") if path.starts_with("dotnet/") => {
            let plain = !tag.contains("chiseled") && !tag.contains("distroless");
            Some(if plain { Known::Root } else { Known::Other })
        }
        Some("ghcr.io") if path == "astral-sh/uv" => Some(Known::Root),
        _ => None,
    }
}
