//! From what the engine would change to edits of the client's documents.

use std::str::FromStr as _;
use std::time::Duration;

use lsp_types::{
    CreateFile, CreateFileOptions, DocumentChangeOperation, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Position, Range, ResourceOp, TextDocumentEdit,
    TextEdit, Uri, WorkspaceEdit,
};
use seaworthy_model::{ArtifactPath, LineIndex, Replacement};
use similar::{ChangeTag, TextDiff};

use crate::position::Encoding;
use crate::roots::{Root, RootId};
use crate::server::Server;

/// How long the smallest difference is looked for.
const PATIENCE: Duration = Duration::from_millis(200);

/// Edits of one document.
pub(crate) struct Edited {
    pub(crate) artifact: ArtifactPath,
    pub(crate) edits: Vec<TextEdit>,
    /// Whether there is no such file yet.
    pub(crate) new: bool,
}

/// An edit as the protocol has it.
pub(crate) fn text_edit(encoding: Encoding, replacement: &Replacement) -> TextEdit {
    let range =
        Range::new(encoding.position(replacement.start), encoding.position(replacement.end));
    TextEdit { range, new_text: replacement.text.clone() }
}

/// Edits of documents by replacements in any order.
pub(crate) fn of_replacements(encoding: Encoding, replacements: &[Replacement]) -> Vec<Edited> {
    let mut all: Vec<Edited> = Vec::new();
    for replacement in replacements {
        let edit = text_edit(encoding, replacement);
        match all.iter_mut().find(|edited| edited.artifact == replacement.artifact) {
            Some(edited) => edited.edits.push(edit),
            None => all.push(Edited {
                artifact: replacement.artifact.clone(),
                edits: vec![edit],
                new: false,
            }),
        }
    }
    all
}

/// The edits, by whole lines, that make one text of another.
pub(crate) fn between(encoding: Encoding, before: &str, after: &str) -> Vec<TextEdit> {
    let lines = LineIndex::new(before);
    let position = |offset| encoding.position(lines.position(before, offset));
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    let mut edits: Vec<TextEdit> = Vec::new();
    // The bytes of the change that is being gathered, and what comes in their place.
    let mut open: Option<(usize, usize, String)> = None;
    let mut at = 0;
    let mut close = |open: &mut Option<(usize, usize, String)>| {
        if let Some((start, end, new_text)) = open.take() {
            let range: Range = Range::new(position(start), position(end));
            edits.push(TextEdit { range, new_text });
        }
    };
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {
                close(&mut open);
                at += change.value().len();
            }
            ChangeTag::Delete => {
                let (_, end, _) = open.get_or_insert((at, at, String::new()));
                at += change.value().len();
                *end = at;
            }
            ChangeTag::Insert => {
                let (_, _, text) = open.get_or_insert((at, at, String::new()));
                text.push_str(change.value());
            }
        }
    }
    close(&mut open);
    edits
}

impl Server {
    /// Edits of documents of one root, in the form that the client understands. `None`
    /// when it does not understand what is needed.
    #[expect(clippy::mutable_key_type, reason = "the protocol's types have URIs as keys")]
    pub(crate) fn workspace_edit(&self, id: RootId, all: Vec<Edited>) -> Option<WorkspaceEdit> {
        let root = self.roots.get(&id)?;
        let creates = all.iter().any(|edited| edited.new);
        if creates && !self.client.creates {
            return None;
        }
        if !self.client.document_changes {
            let mut changes = std::collections::HashMap::new();
            for edited in all {
                changes.insert(self.uri_of(root, &edited.artifact)?.0, edited.edits);
            }
            return Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() });
        }
        let mut operations = Vec::new();
        for edited in all {
            let (uri, version) = self.uri_of(root, &edited.artifact)?;
            if edited.new {
                let options = CreateFileOptions { overwrite: None, ignore_if_exists: Some(true) };
                let create =
                    CreateFile { uri: uri.clone(), options: Some(options), annotation_id: None };
                operations.push(DocumentChangeOperation::Op(ResourceOp::Create(create)));
            }
            operations.push(DocumentChangeOperation::Edit(TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
                edits: edited.edits.into_iter().map(OneOf::Left).collect(),
            }));
        }
        let plain = |operation: DocumentChangeOperation| match operation {
            DocumentChangeOperation::Edit(edit) => Some(edit),
            DocumentChangeOperation::Op(_) => None,
        };
        // Who creates no files need not understand operations.
        let changes = match creates {
            true => DocumentChanges::Operations(operations),
            false => DocumentChanges::Edits(operations.into_iter().filter_map(plain).collect()),
        };
        Some(WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() })
    }

    /// The URI of a document as the client spells it, and its version if it is open.
    fn uri_of(&self, root: &Root, artifact: &ArtifactPath) -> Option<(Uri, Option<i32>)> {
        let open = self.buffers.values().find(|buffer| {
            buffer.place.as_ref().is_some_and(|(id, path)| *id == root.id && path == artifact)
        });
        if let Some(buffer) = open {
            return Some((buffer.uri.clone(), Some(buffer.version)));
        }
        let uri = match root.alone {
            true => Uri::from_str(&root.uri).ok()?,
            false => Uri::from_str(&format!("{}/{}", root.uri, artifact.to_uri())).ok()?,
        };
        Some((uri, None))
    }
}

/// An edit that makes up the whole text of a new file.
pub(crate) fn whole(text: &str) -> Vec<TextEdit> {
    let start = Position::default();
    vec![TextEdit { range: Range::new(start, start), new_text: text.to_owned() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text after edits, which may not overlap.
    fn edited(text: &str, edits: &[TextEdit]) -> String {
        let encoding = Encoding::Utf16;
        let mut text = text.to_owned();
        for edit in edits.iter().rev() {
            let start = encoding.offset(&text, edit.range.start);
            let end = encoding.offset(&text, edit.range.end);
            text.replace_range(start..end, &edit.new_text);
        }
        text
    }

    #[test]
    fn edits_between_texts_make_one_of_the_other() {
        let texts =
            ["", "a\n", "a\nb\n", "a\r\nb😀\r\nc", "x\na\nb\n\nc", "b\n", "a\n\n\n", "ü", "a\nb"];
        for before in texts {
            for after in texts {
                let edits = between(Encoding::Utf16, before, after);
                assert_eq!(edited(before, &edits), after, "{before:?} to {after:?}");
            }
        }
    }

    #[test]
    fn lines_that_stay_are_not_touched() {
        let edits = between(Encoding::Utf8, "a\nb\nc\nd\n", "A\nb\nc\nD\n");
        assert_eq!(edits.len(), 2, "{edits:?}");
    }
}
