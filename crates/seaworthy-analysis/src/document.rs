//! Recognising a file by its name and parsing it once.

use std::sync::Arc;

use seaworthy_formats::ci::{Action, GitlabFile, Workflow};
use seaworthy_formats::compose::{ComposeFile, FileName, looks_like_compose};
use seaworthy_formats::dockerfile::Dockerfile;
use seaworthy_formats::lockfile::{Lockfile, LockfileKind};
use seaworthy_formats::nginx::{NginxFile, Templating, is_nginx_candidate};
use seaworthy_formats::package_json::{
    NpmrcRegistry, PackageJson, PnpmWorkspace, npmrc_registries,
};
use seaworthy_formats::prisma::PrismaSchema;
use seaworthy_formats::vercel::VercelConfig;
use seaworthy_model::{
    ArtifactPath, LineIndex, Notification, NotificationKind, Region, split_last,
};
use seaworthy_syntax::env::EnvFile;
use seaworthy_syntax::ignore::{IgnoreFile, IgnoreLineKind};
use seaworthy_syntax::{SyntaxError, Tree, json, yaml};

use crate::roles::{self, Role};

/// What a file's name says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// An env file or a template of one.
    Env,
    /// A `.gitignore`.
    Ignore,
    /// Perhaps a Compose file; its shape decides.
    Compose,
    /// A `vercel.json`.
    Vercel,
    /// A `package.json`.
    PackageJson,
    /// A `pnpm-workspace.yaml`.
    PnpmWorkspace,
    /// An `.npmrc`.
    Npmrc,
    /// A lockfile that can be read.
    Lockfile(LockfileKind),
    /// A Dockerfile.
    Dockerfile,
    /// Perhaps a configuration of nginx; its shape decides.
    Nginx,
    /// A workflow of GitHub.
    Workflow,
    /// Perhaps an action of GitHub; its shape decides.
    Action,
    /// GitLab's `.gitlab-ci.yml`.
    GitlabCi,
    /// A schema of Prisma.
    Prisma,
    /// Anything else; its text can be asked for.
    Other,
}

/// Directories in which a YAML file with the name of an environment may be a
/// Compose file.
const COMPOSE_DIRECTORIES: [&str; 6] =
    ["compose", "docker", "deploy", "deployment", "infra", "stacks"];

/// Names of Compose files that do not say so.
const COMPOSE_STEMS: [&str; 11] = [
    "base",
    "dev",
    "development",
    "local",
    "prod",
    "production",
    "services",
    "stack",
    "stage",
    "staging",
    "test",
];

/// Whether a path is a workflow that GitHub runs: it looks in this directory of the
/// root alone.
fn is_workflow(path: &str) -> bool {
    let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    yaml && path.strip_prefix(".github/workflows/").is_some_and(|name| !name.contains('/'))
}

/// Whether a path may be a Compose file by its name; the shape decides.
fn is_compose_candidate(path: &str) -> bool {
    let (directory, name) = split_last(path, b'/').unwrap_or(("", path));
    if FileName::read(name).is_some() {
        return true;
    }
    let Some(stem) = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")) else {
        return false;
    };
    let inside = directory.split('/').any(|part| COMPOSE_DIRECTORIES.contains(&part));
    let at_root = directory.is_empty();
    COMPOSE_STEMS.contains(&stem) && (inside || at_root)
}

impl DocumentKind {
    /// Recognises a path. Files of vendored trees are `Other`.
    #[must_use]
    pub fn recognise(path: &str) -> Self {
        let name = split_last(path, b'/').map_or(path, |(_, name)| name);
        let kind = match name {
            ".gitignore" => Self::Ignore,
            "vercel.json" | "now.json" => Self::Vercel,
            "package.json" => Self::PackageJson,
            "pnpm-workspace.yaml" => Self::PnpmWorkspace,
            ".npmrc" => Self::Npmrc,
            "action.yml" | "action.yaml" => Self::Action,
            // Elsewhere GitLab does not look for it.
            ".gitlab-ci.yml" if path == name => Self::GitlabCi,
            _ if is_workflow(path) => Self::Workflow,
            _ if name.ends_with(".prisma") => Self::Prisma,
            _ => {
                if let Some(kind) = LockfileKind::recognise(name) {
                    Self::Lockfile(kind)
                } else if is_compose_candidate(path) {
                    Self::Compose
                } else if roles::is_env_file_name(name).is_some() {
                    Self::Env
                } else if is_nginx_candidate(path) {
                    Self::Nginx
                } else if is_dockerfile_name(name) {
                    Self::Dockerfile
                } else {
                    return Self::Other;
                }
            }
        };
        // Tools write lockfiles, which makes them nobody's sources; a lockfile is
        // as much the project's own as the manifest beside it.
        let vendored = match kind {
            Self::Lockfile(_) => {
                let parent = path.strip_suffix(name).unwrap_or("");
                roles::is_vendored(&format!("{parent}package.json"))
            }
            _ => roles::is_vendored(path),
        };
        if vendored { Self::Other } else { kind }
    }

    /// Whether rules judge such a file by itself.
    #[must_use]
    pub const fn is_judged_alone(self) -> bool {
        match self {
            Self::Env
            | Self::Ignore
            | Self::Compose
            | Self::Vercel
            | Self::PackageJson
            | Self::Lockfile(_) => true,
            Self::PnpmWorkspace
            | Self::Npmrc
            | Self::Dockerfile
            | Self::Nginx
            | Self::Workflow
            | Self::Action
            | Self::GitlabCi
            | Self::Prisma
            | Self::Other => false,
        }
    }

    /// Whether a file is a text like any other to all who do not ask what it is:
    /// it is read in pieces, and to plugins it is a text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Dockerfile
                | Self::Nginx
                | Self::Workflow
                | Self::Action
                | Self::GitlabCi
                | Self::Prisma
                | Self::Other
        )
    }
}

/// `Dockerfile`, `Dockerfile.prod`, `api.Dockerfile`, `Containerfile`; not what
/// belongs to one or tells of one.
fn is_dockerfile_name(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        "dockerignore",
        "md",
        "txt",
        "html",
        "json",
        "yml",
        "yaml",
        "example",
        "sample",
        "template",
        "tmpl",
        "tpl",
        "j2",
        "jinja",
        "jinja2",
        "erb",
        "in",
        "m4",
        "mustache",
        "hbs",
        "ejs",
        "bak",
        "orig",
        "swp",
        "log",
    ];
    // Of tens of thousands of names hardly any has one of these words.
    let bytes = name.as_bytes();
    let Some(at) = bytes.windows(4).position(|part| part.eq_ignore_ascii_case(b"file")) else {
        return false;
    };
    let (before, after) = (&bytes[..at], &bytes[at + 4..]);
    let ends = |word: &[u8]| {
        before.len() >= word.len() && before[before.len() - word.len()..].eq_ignore_ascii_case(word)
    };
    let word = if ends(b"docker") {
        "docker"
    } else if ends(b"container") {
        "container"
    } else {
        return false;
    };
    let stem = &before[..before.len() - word.len()];
    match (stem, after) {
        ([], []) | ([.., b'.'], []) => true,
        ([], [b'.', variant @ ..]) => {
            !variant.is_empty()
                && !OTHERS.iter().any(|other| {
                    variant.rsplit(|&byte| byte == b'.').next() == Some(other.as_bytes())
                })
        }
        _ => false,
    }
}

/// A parsed file.
#[derive(Debug)]
pub enum Document {
    /// An env file or a template of one.
    Env(EnvFile),
    /// A `.gitignore`.
    Ignore(IgnoreFile),
    /// A Compose file.
    Compose(Arc<ComposeFile>),
    /// A `vercel.json`.
    Vercel(Box<VercelConfig>),
    /// A `package.json`.
    PackageJson(Box<PackageJson>),
    /// A `pnpm-workspace.yaml`.
    PnpmWorkspace(PnpmWorkspace),
    /// The registries of an `.npmrc`.
    Npmrc(Vec<NpmrcRegistry>),
    /// A lockfile.
    Lockfile(Lockfile),
    /// A Dockerfile.
    Dockerfile(Arc<Dockerfile>),
    /// A configuration of nginx, or a part of one.
    Nginx(Arc<NginxFile>),
    /// A workflow of GitHub.
    Workflow(Arc<Workflow>),
    /// An action of GitHub.
    Action(Box<Action>),
    /// GitLab's `.gitlab-ci.yml`.
    GitlabCi(Box<GitlabFile>),
    /// A schema of Prisma, or a file of one.
    Prisma(Box<PrismaSchema>),
    /// A text that nothing more is known of.
    Text,
}

impl Document {
    /// Parses a text as its kind. Broken syntax is told to `notify`, except
    /// where a rule of its own speaks about it.
    pub(crate) fn parse(
        kind: DocumentKind,
        path: &ArtifactPath,
        text: &str,
        notify: &mut dyn FnMut(Notification),
    ) -> Self {
        match kind {
            DocumentKind::Env => Self::Env(EnvFile::parse(text)),
            DocumentKind::Ignore => Self::Ignore(IgnoreFile::parse(text)),
            DocumentKind::Compose => {
                let file = ComposeFile::parse(text);
                // An overlay of that name may hold nothing but `environment`.
                let named = FileName::read(path.file_name()).is_some()
                    && file.tree().root().get("services").is_some_and(|node| node.is_mapping());
                let is_compose = named || looks_like_compose(file.tree());
                // A rule reports what Compose would refuse. A key that stands twice does
                // not hinder the reading, and is said by that rule alone.
                let twice_alone = is_compose
                    && is_plain_compose(path, text)
                    && file.tree().errors().iter().all(|error| error.message == "duplicate key");
                if (is_compose || FileName::read(path.file_name()).is_some()) && !twice_alone {
                    malformed(path, text, file.tree().errors(), notify);
                }
                if !is_compose {
                    return Self::Text;
                }
                Self::Compose(Arc::new(file))
            }
            DocumentKind::Vercel => {
                let tree = json_tree(path, text, notify);
                Self::Vercel(Box::new(VercelConfig::read(&tree)))
            }
            DocumentKind::PackageJson => {
                let tree = json_tree(path, text, notify);
                Self::PackageJson(Box::new(PackageJson::read(&tree)))
            }
            DocumentKind::PnpmWorkspace => {
                let tree = yaml::parse(text);
                malformed(path, text, tree.errors(), notify);
                Self::PnpmWorkspace(PnpmWorkspace::read(&tree))
            }
            DocumentKind::Npmrc => Self::Npmrc(npmrc_registries(text)),
            DocumentKind::Lockfile(kind) => Self::Lockfile(Lockfile::read(kind, text)),
            DocumentKind::Dockerfile => {
                let file = Dockerfile::parse(text);
                // Without any stage it is a piece that something puts together.
                if !file.stages().is_empty() {
                    malformed(path, text, file.errors(), notify);
                }
                Self::Dockerfile(Arc::new(file))
            }
            DocumentKind::Nginx => nginx(path, text, notify),
            DocumentKind::Workflow => {
                let workflow = Workflow::parse(text);
                malformed(path, text, &workflow.errors, notify);
                Self::Workflow(Arc::new(workflow))
            }
            DocumentKind::Action => {
                let action = Action::parse(text);
                if action.recognised { Self::Action(Box::new(action)) } else { Self::Text }
            }
            DocumentKind::GitlabCi => {
                let file = GitlabFile::parse(text);
                malformed(path, text, file.errors(), notify);
                Self::GitlabCi(Box::new(file))
            }
            DocumentKind::Prisma => Self::Prisma(Box::new(PrismaSchema::parse(text))),
            DocumentKind::Other => Self::Text,
        }
    }
}

impl Document {
    /// Every comment of the document with its marker, sorted; `None` where no
    /// parser of ours knows the comments.
    #[must_use]
    pub fn comments(&self) -> Option<Vec<Region>> {
        match self {
            Self::Env(env) => Some(env.comments().to_vec()),
            Self::Ignore(ignore) => Some(
                ignore
                    .lines()
                    .iter()
                    .filter(|line| line.kind() == IgnoreLineKind::Comment)
                    .map(|line| line.region())
                    .collect(),
            ),
            Self::Compose(file) => Some(file.tree().comments().to_vec()),
            Self::Nginx(file) => Some(file.comments().to_vec()),
            Self::Dockerfile(file) => Some(file.comments().to_vec()),
            _ => None,
        }
    }
}

fn nginx(path: &ArtifactPath, text: &str, notify: &mut dyn FnMut(Notification)) -> Document {
    let file = NginxFile::parse(text);
    if !file.looks_like_nginx() {
        return Document::Text;
    }
    if file.templating() == Templating::None {
        malformed(path, text, file.errors(), notify);
    } else {
        // What stands in the braces is not known, nor what is left out.
        let message = "a template from which another program makes the configuration of nginx; \
                       it was not judged";
        notify(
            Notification::new(NotificationKind::LimitReached, message).in_artifact(path.clone()),
        );
    }
    Document::Nginx(Arc::new(file))
}

fn json_tree(path: &ArtifactPath, text: &str, notify: &mut dyn FnMut(Notification)) -> Tree {
    let tree = json::parse(text);
    malformed(path, text, tree.errors(), notify);
    tree
}

/// Whether errors in a Compose file are its author's, and so findings: the file
/// is given to Compose as it stands. Of templates and what others wrote they only
/// hinder the reading.
#[must_use]
pub fn is_plain_compose(path: &ArtifactPath, text: &str) -> bool {
    let role = roles::file_role(path.as_str(), None).role;
    !matches!(role, Role::Template | Role::Docs | Role::Vendored)
        && !["{{", "{%", "<%"].iter().any(|mark| text.contains(mark))
        && !holds_blank(text, "__")
        && !holds_blank(text, "@")
}

/// Whether a text has a blank that a generator fills in: `__PORT__`, `@PORT@`.
fn holds_blank(text: &str, mark: &str) -> bool {
    let is_name = |name: &str| {
        name.len() > 1
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.ends_with(|c: char| c != '_')
    };
    text.lines().any(|line| line.split(mark).skip(1).any(is_name) && line.matches(mark).count() > 1)
}

/// One notification for all syntax errors of a file: the first with its place,
/// the others counted.
fn malformed(
    path: &ArtifactPath,
    text: &str,
    errors: &[SyntaxError],
    notify: &mut dyn FnMut(Notification),
) {
    let Some(first) = errors.first() else { return };
    let more = match errors.len() - 1 {
        0 => String::new(),
        1 => " (and 1 more error)".to_owned(),
        n => format!(" (and {n} more errors)"),
    };
    let position = LineIndex::new(text).position(text, first.region.start);
    notify(
        Notification::new(NotificationKind::Malformed, format!("{}{more}", first.message))
            .in_artifact(path.clone())
            .at(position),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_of_generators_make_a_compose_file_a_template() {
        let plain = |text: &str| is_plain_compose(&ArtifactPath::new("docker-compose.yml"), text);
        assert!(plain("services:\n  app:\n    ports: ['3000:3000']\n"));
        assert!(plain("services:\n  app:\n    image: me@example.com/a@sha256:00\n"));
        assert!(plain("x-a: __proto__\nservices: {}\n"));
        for template in ["__PORT__:__PORT__", "@WEB_PORT@:80", "{{ port }}:80", "<%= port %>:80"] {
            let text = format!("services:\n  app:\n    ports:\n      - \"{template}\"\n");
            assert!(!plain(&text), "{template}");
        }
    }

    #[test]
    fn lockfiles_are_recognised_outside_vendored_trees() {
        let lock = |path| matches!(DocumentKind::recognise(path), DocumentKind::Lockfile(_));
        assert!(lock("package-lock.json"));
        assert!(lock("apps/web/yarn.lock"));
        assert!(lock("Cargo.lock"));
        assert!(!lock("node_modules/left-pad/package-lock.json"));
        assert!(!lock("dist/package-lock.json"));
        assert!(!lock("poetry.lock"));
    }

    #[test]
    fn dockerfiles_are_recognised_by_their_names() {
        let cases = [
            ("Dockerfile", true),
            ("api/Dockerfile.prod", true),
            ("dockerfile", true),
            ("api.Dockerfile", true),
            ("deploy/api.dockerfile", true),
            ("Containerfile", true),
            ("Containerfile.dev", true),
            ("Dockerfile.dockerignore", false),
            ("Dockerfile.md", false),
            ("Dockerfile.prod.example", false),
            ("Dockerfile.j2", false),
            ("Dockerfile.", false),
            ("MyDockerfile", false),
            ("dockerfiles", false),
            ("dockerfile_copies.rs", false),
            ("node_modules/a/Dockerfile", false),
        ];
        for (path, want) in cases {
            assert_eq!(DocumentKind::recognise(path) == DocumentKind::Dockerfile, want, "{path}");
        }
    }
}
