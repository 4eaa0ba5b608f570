//! Fixing all of a document, until nothing is left to fix.
//!
//! One fix may make room for the next, so the fixed text is looked at again, by the
//! thread of the root.

use lsp_server::{ErrorCode, RequestId};
use lsp_types::CodeAction;
use seaworthy_model::ArtifactPath;

use crate::edits::{Edited, between};
use crate::roots::RootId;
use crate::server::Server;

/// A request that waits for a document to be fixed.
pub(crate) struct Mending {
    pub(crate) id: RequestId,
    pub(crate) action: CodeAction,
    pub(crate) uri: String,
    pub(crate) root: RootId,
    pub(crate) artifact: ArtifactPath,
    /// The state of the root that was asked about.
    pub(crate) revision: u64,
}

/// A document before and after all that could be fixed. Holds secrets, and so it has
/// no `Debug`.
pub(crate) struct Mended {
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Server {
    /// Has a document fixed for an action that was chosen. The report is up to date.
    pub(crate) fn mend(&mut self, id: RequestId, action: CodeAction, uri: &str, risky: bool) {
        let place = self.place_of(uri);
        let text = self.buffers.get(uri).map(|buffer| buffer.text.clone());
        let Some((root, artifact)) = place else {
            self.respond(id, action);
            return;
        };
        let Some(known) = self.roots.get_mut(&root) else { return };
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        known.mend(ticket, artifact.clone(), text, risky);
        let revision = known.revision;
        let uri = uri.to_owned();
        self.mending.insert(ticket, Mending { id, action, uri, root, artifact, revision });
    }

    /// Answers a request for which a document was fixed.
    pub(crate) fn mended(&mut self, ticket: u64, mended: Option<Mended>) {
        let Some(mending) = self.mending.remove(&ticket) else { return };
        let current = self.roots.get(&mending.root).map(|root| root.revision);
        let edit = mended.filter(|_| current == Some(mending.revision)).and_then(|mended| {
            let edits = between(self.client.encoding, &mended.before, &mended.after);
            let edited = Edited { artifact: mending.artifact, edits, new: false };
            self.workspace_edit(mending.root, vec![edited])
        });
        match edit {
            Some(edit) => {
                let action = CodeAction { edit: Some(edit), ..mending.action };
                self.respond(mending.id, action);
            }
            None => self.refuse_stale(mending.id),
        }
    }

    /// Gives up what is being fixed for requests that are of no use any more, and tells
    /// which they were.
    pub(crate) fn drop_mending(&mut self, of: impl Fn(&Mending) -> bool) -> Vec<RequestId> {
        let tickets: Vec<u64> =
            self.mending.iter().filter(|(_, mending)| of(mending)).map(|(t, _)| *t).collect();
        tickets.iter().filter_map(|ticket| self.mending.remove(ticket)).map(|m| m.id).collect()
    }

    pub(crate) fn refuse_stale(&self, id: RequestId) {
        self.refuse(id, ErrorCode::ContentModified as i32, "the document changed", None);
    }
}
