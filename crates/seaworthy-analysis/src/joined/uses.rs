//! Who reads which variable, as far as files that declare it tell.
//!
//! What application source reads is another kind of [`Reader`]; until it is read, a
//! variable without a use here may well be used.

use std::collections::HashSet;

use seaworthy_formats::ci::Store;
use seaworthy_formats::dockerfile::Command;
use seaworthy_formats::nginx::{NginxFile, Templating};
use seaworthy_model::{ArtifactPath, Region};

use super::{Joined, ShellKind, Stack};
use crate::document::{Document, DocumentKind};
use crate::roles::{Role, file_role};
use crate::snapshot::Snapshot;

mod shell;

/// How many Dockerfiles and templates are read.
const MOST: usize = 500;

/// A place that reads a variable.
#[derive(Clone, Debug)]
pub struct VariableUse {
    /// The variable.
    pub name: String,
    /// The file.
    pub artifact: ArtifactPath,
    /// Where the variable is named, with what belongs to the reference.
    pub region: Region,
    /// Who reads it.
    pub reader: Reader,
    /// Whether something stands in for it when it is not set.
    pub has_default: bool,
    /// Whether the reader refuses to go on without it.
    pub guarded: bool,
}

/// Who reads a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// Compose, when it fills in the files of a stack.
    Compose {
        /// The number of the stack in [`super::Joined::stacks`].
        stack: usize,
        /// Whether it is a part of an image's name, which whoever deploys sets.
        in_image: bool,
    },
    /// Prisma, by its schema.
    Prisma,
    /// A Dockerfile, by an `ARG`: whoever builds the image gives it.
    BuildArgument,
    /// A text of the shell that does not set it itself.
    Shell {
        /// The number of the text in [`super::Scripts::all`].
        text: usize,
    },
    /// A pipeline: `secrets.X`, `vars.X`, `env.X`.
    Pipeline {
        /// Where the platform keeps it.
        store: Store,
    },
    /// A template of nginx, which its image fills in when it starts.
    NginxTemplate,
}

/// Every use, sorted by name, then by place, each place once.
pub(super) fn uses(snapshot: &Snapshot, joined: &Joined) -> Vec<VariableUse> {
    let mut found = Vec::new();
    compose(joined.stacks(), &mut found);
    prisma(snapshot, &mut found);
    dockerfiles(snapshot, &mut found);
    nginx(snapshot, &mut found);
    for (index, text) in joined.scripts(snapshot).all().iter().enumerate() {
        // Of a recipe make takes the dollars first.
        if matches!(text.kind, ShellKind::Target(_)) {
            continue;
        }
        found.extend(shell::free(text).into_iter().map(|free| VariableUse {
            name: free.name.to_owned(),
            artifact: text.path.clone(),
            region: text.place(free.region),
            reader: Reader::Shell { text: index },
            has_default: free.has_default,
            guarded: free.guarded,
        }));
    }
    for pipeline in joined.pipelines(snapshot).all() {
        found.extend(pipeline.workflow().needed.iter().map(|needed| VariableUse {
            name: needed.name.clone(),
            artifact: pipeline.path().clone(),
            region: needed.region,
            reader: Reader::Pipeline { store: needed.store },
            has_default: false,
            guarded: false,
        }));
    }
    found.sort_by(|a, b| {
        (&a.name, &a.artifact, a.region, a.reader).cmp(&(&b.name, &b.artifact, b.region, b.reader))
    });
    found.dedup_by(|b, a| {
        a.name == b.name
            && a.artifact == b.artifact
            && a.region == b.region
            && a.reader == b.reader
            && a.has_default == b.has_default
    });
    found
}

fn compose(stacks: &[Stack], found: &mut Vec<VariableUse>) {
    // A file belongs to several stacks: the one nearest to production has it.
    let mut order: Vec<usize> = (0..stacks.len()).collect();
    order
        .sort_by_key(|&index| (!stacks[index].is_production(), !stacks[index].may_be_production()));
    let mut seen: HashSet<(ArtifactPath, Region)> = HashSet::new();
    for index in order {
        stacks[index].project().raw().walk(&mut |path, text| {
            if !text.raw().contains('$') {
                return;
            }
            let in_image = path.last().is_some_and(|key| key.raw() == "image");
            for used in text.variables() {
                let artifact = &text.origin().artifact;
                let region = used.region.unwrap_or(text.region());
                if used.region.is_some() && !seen.insert((artifact.clone(), region)) {
                    continue;
                }
                found.push(VariableUse {
                    has_default: used.operator.is_some_and(|operator| !operator.is_required()),
                    guarded: used.operator.is_some_and(|operator| operator.is_required()),
                    name: used.name,
                    artifact: artifact.clone(),
                    region,
                    reader: Reader::Compose { stack: index, in_image },
                });
            }
        });
    }
}

fn prisma(snapshot: &Snapshot, found: &mut Vec<VariableUse>) {
    for artifact in snapshot.of_kind(DocumentKind::Prisma) {
        let role = file_role(artifact.path().as_str(), None).role;
        if !matches!(role, Role::Source | Role::Deployable) {
            continue;
        }
        let Some(Document::Prisma(schema)) = snapshot.document(artifact) else { continue };
        found.extend(schema.variables.iter().map(|variable| VariableUse {
            name: variable.name.clone(),
            artifact: artifact.path().clone(),
            region: variable.region,
            reader: Reader::Prisma,
            has_default: false,
            guarded: true,
        }));
    }
}

fn dockerfiles(snapshot: &Snapshot, found: &mut Vec<VariableUse>) {
    for artifact in snapshot.of_kind(DocumentKind::Dockerfile).take(MOST) {
        let path = artifact.path();
        if matches!(file_role(path.as_str(), None).role, Role::Vendored | Role::Docs) {
            continue;
        }
        let Some(Document::Dockerfile(file)) = snapshot.document(artifact) else { continue };
        for instruction in file.instructions() {
            let Command::Arg(arguments) = &instruction.command else { continue };
            found.extend(arguments.iter().map(|argument| VariableUse {
                name: argument.key.raw.clone(),
                artifact: path.clone(),
                region: argument.key.region,
                reader: Reader::BuildArgument,
                has_default: argument.value.is_some(),
                guarded: false,
            }));
        }
    }
}

fn nginx(snapshot: &Snapshot, found: &mut Vec<VariableUse>) {
    for artifact in snapshot.of_kind(DocumentKind::Nginx).take(MOST) {
        let path = artifact.path();
        // The image takes the files of this ending, and leaves it out.
        let Some(target) = path.as_str().strip_suffix(".template") else { continue };
        if !matches!(file_role(target, None).role, Role::Source | Role::Deployable) {
            continue;
        }
        let Some(Document::Nginx(file)) = snapshot.document(artifact) else { continue };
        if file.templating() == Templating::None {
            let text = snapshot.text(artifact).unwrap_or("");
            found.extend(substituted(file, text).into_iter().map(|(name, region)| VariableUse {
                name: name.to_owned(),
                artifact: path.clone(),
                region,
                reader: Reader::NginxTemplate,
                has_default: false,
                guarded: false,
            }));
        }
    }
}

/// The variables that `envsubst` fills in: those in capitals, for nginx's own are in
/// lower case.
fn substituted<'t>(file: &NginxFile, text: &'t str) -> Vec<(&'t str, Region)> {
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let mut found = Vec::new();
    for (_, directive) in file.all() {
        for word in std::iter::once(&directive.name).chain(&directive.args) {
            let written = word.region.of(text);
            for (at, _) in written.match_indices('$') {
                let rest = &written[at + 1..];
                let braced = rest.strip_prefix('{');
                let named = braced.unwrap_or(rest);
                let length = named.find(|c| !is_name(c)).unwrap_or(named.len());
                let (name, after) = named.split_at(length);
                let ends = match braced {
                    Some(_) => after.starts_with('}'),
                    None => !after.starts_with(|c: char| c.is_ascii_lowercase()),
                };
                if ends && name.starts_with(|c: char| c.is_ascii_uppercase()) {
                    let start = word.region.start + at;
                    let around = if braced.is_some() { 3 } else { 1 };
                    found.push((name, Region::new(start, start + length + around)));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::snapshot;

    #[test]
    fn compose_and_prisma_read_variables() {
        let snapshot = snapshot(&[
            (
                "docker-compose.yml",
                "services:\n  api:\n    image: shop/api:${TAG}\n    environment:\n      \
                 A: ${A:?}\n      B: ${B:-${C}}\n      D: $$D\n",
            ),
            ("docker-compose.override.yml", "services:\n  api:\n    environment:\n      E: $E\n"),
            ("prisma/schema.prisma", "datasource db {\n  url = env(\"DB_URL\")\n}\n"),
            ("tests/schema.prisma", "datasource db {\n  url = env(\"TEST_URL\")\n}\n"),
        ]);
        let uses: Vec<String> = snapshot
            .joined()
            .uses(&snapshot)
            .iter()
            .map(|used| {
                let reader = match used.reader {
                    Reader::Compose { in_image: true, .. } => "image",
                    Reader::Compose { .. } => "compose",
                    Reader::Prisma => "prisma",
                    Reader::BuildArgument => "argument",
                    Reader::Shell { .. } => "shell",
                    Reader::Pipeline { .. } => "pipeline",
                    Reader::NginxTemplate => "nginx",
                };
                let mut line = format!("{} {reader}", used.name);
                if used.has_default {
                    line += " default";
                }
                if used.guarded {
                    line += " guarded";
                }
                line
            })
            .collect();
        assert_eq!(
            uses,
            [
                "A compose guarded",
                "B compose default",
                "C compose",
                "DB_URL prisma guarded",
                "E compose",
                "TAG image",
            ]
        );
    }
    #[test]
    fn dockerfiles_scripts_pipelines_and_templates_of_nginx_read_variables() {
        let snapshot = snapshot(&[
            ("Dockerfile", "FROM x\nARG A\nARG B=1\nRUN make $A $Z\n"),
            ("nginx/templates/app.conf.template", "server { server_name ${C} $host; listen $D; }"),
            ("tests/nginx/x.conf.template", "server { server_name ${NO}; }"),
            (
                ".github/workflows/d.yml",
                "on: push\njobs:\n  j:\n    steps:\n      - env:\n          F: ${{ secrets.E }}\n        run: x $G\n",
            ),
            (
                "deploy.sh",
                "OWN=1\nfor i in $H; do echo $i $OWN $1; done\nread -r ANSWER\necho $ANSWER\n\
                 a ${I:-1} ${J:?} ${#K}\nif [ -n \"$L\" ]; then b $L; fi\n\
                 : ${M:=1}; declare -A N; c $M ${N[x]} ${O:-} $O\n",
            ),
        ]);
        let uses: Vec<String> = snapshot
            .joined()
            .uses(&snapshot)
            .iter()
            .map(|used| {
                let default = if used.has_default { " default" } else { "" };
                let guarded = if used.guarded { " guarded" } else { "" };
                let reader = match used.reader {
                    Reader::BuildArgument => "argument",
                    Reader::Shell { .. } => "shell",
                    Reader::Pipeline { .. } => "pipeline",
                    Reader::NginxTemplate => "nginx",
                    Reader::Compose { .. } | Reader::Prisma => "other",
                };
                format!("{} {reader}{default}{guarded}", used.name)
            })
            .collect();
        assert_eq!(
            uses,
            [
                "A argument",
                "A shell",
                "B argument default",
                "C nginx",
                "D nginx",
                "E pipeline",
                "G shell",
                "H shell",
                "I shell default",
                "J shell guarded",
                "K shell",
                "L shell default",
                "L shell default",
                "O shell default",
                "O shell default",
                "Z shell",
            ]
        );
    }
}
