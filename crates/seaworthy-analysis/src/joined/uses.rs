//! Who reads which variable, as far as files that declare it tell.
//!
//! What application source reads is another kind of [`Reader`]; until it is read, a
//! variable without a use here may well be used.

use std::collections::HashSet;

use seaworthy_model::{ArtifactPath, Region};

use super::Stack;
use crate::document::{Document, DocumentKind};
use crate::roles::{Role, file_role};
use crate::snapshot::Snapshot;

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
}

/// Every use, sorted by name, then by place, each place once.
pub(super) fn uses(snapshot: &Snapshot, stacks: &[Stack]) -> Vec<VariableUse> {
    let mut found = Vec::new();
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
    found.sort_by(|a, b| {
        (&a.name, &a.artifact, a.region, a.reader).cmp(&(&b.name, &b.artifact, b.region, b.reader))
    });
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
}
