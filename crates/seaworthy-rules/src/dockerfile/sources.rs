//! What a stage copies from its build context, and the files that are there.

use seaworthy_analysis::{Document, Snapshot};
use seaworthy_formats::dockerfile::{Command, Instruction, Transfer, Word};
use seaworthy_formats::package_json::PackageJson;
use seaworthy_model::ArtifactPath;

use super::shipped::Shipped;

/// A path in a directory, where `""` is the root.
pub(super) fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// The `COPY` or `ADD` of an instruction.
pub(super) fn transfer(instruction: &Instruction) -> Option<&Transfer> {
    match &instruction.command {
        Command::Copy(transfer) | Command::Add(transfer) => Some(transfer),
        _ => None,
    }
}

/// What is copied from the context by a stage and those it is built on, each with
/// the path that it comes to.
pub(super) fn copied<'s>(
    shipped: &Shipped<'s>,
    stage: usize,
) -> Vec<(&'s Instruction, &'s Word, String)> {
    let mut found = Vec::new();
    shipped.build.walk(stage, &mut |instruction, scope| {
        let Some(transfer) = transfer(instruction) else { return };
        if instruction.flag("from").is_some() {
            return;
        }
        for source in &transfer.sources {
            let Ok(path) = scope.expand(&source.raw) else { continue };
            if path.contains("://") || path.starts_with("git@") {
                continue;
            }
            let path = path.trim_start_matches('/').trim_start_matches("./");
            found.push((instruction, source, path.trim_end_matches('/').to_owned()));
        }
    });
    found
}

/// Whether a source stands for all of the context.
pub(super) fn is_everything(path: &str) -> bool {
    matches!(path, "" | "." | "*" | "./*")
}

/// The manifest of the package that a stage installs: the one that it copies by
/// name, else that of the context.
pub(super) fn manifest<'s>(
    shipped: &Shipped<'s>,
    stage: usize,
    snapshot: &'s Snapshot,
) -> Option<(&'s ArtifactPath, &'s PackageJson)> {
    let context = shipped.build.context();
    let named: Vec<String> = copied(shipped, stage)
        .into_iter()
        .filter_map(|(_, _, path)| {
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
            matches!(name, "package.json" | "package*.json" | "package.json*")
                .then(|| directory.to_owned())
        })
        .collect();
    // Of several, none is known to be the one.
    let directory = match named.as_slice() {
        [] => "",
        [first, rest @ ..] if rest.iter().all(|other| other == first) => first,
        _ => return None,
    };
    let path = ArtifactPath::resolve(context, &join(directory, "package.json"))?;
    let artifact = snapshot.artifact(path.as_str())?;
    match snapshot.document(artifact)? {
        Document::PackageJson(manifest) => Some((artifact.path(), manifest)),
        _ => None,
    }
}
