//! Fixing all of a document, until nothing is left to fix.
//!
//! One fix may make room for the next, so the fixed text is looked at again, by the
//! thread of the root.

use lsp_server::{ErrorCode, RequestId};
use lsp_types::CodeAction;
use seaworthy_model::ArtifactPath;

use crate::actions::fixes_all;
use crate::edits::{Edited, between};
use crate::roots::RootId;
use crate::server::Server;

/// A request that waits for a document to be fixed.
pub(crate) struct Mending {
    pub(crate) id: RequestId,
    /// What is answered, once every edit is there.
    actions: Vec<CodeAction>,
    /// Whether there is one action, and the client asked for its edit alone.
    single: bool,
    pub(crate) uri: String,
    pub(crate) root: RootId,
    artifact: ArtifactPath,
    /// The state of the root that was asked about.
    revision: u64,
}

impl Mending {
    /// The action that has no edit yet, and whether it fixes what may change behaviour.
    fn next(&self) -> Option<(usize, bool)> {
        let risky = |action: &CodeAction| match &action.edit {
            Some(_) => None,
            None => fixes_all(action),
        };
        let mut actions = self.actions.iter().enumerate();
        actions.find_map(|(at, action)| Some((at, risky(action)?)))
    }
}

/// A document before and after all that could be fixed. Holds secrets, and so it has
/// no `Debug`.
pub(crate) struct Mended {
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Server {
    /// Answers with actions when the document has been fixed for those that fix all of
    /// it. The report is up to date.
    pub(crate) fn mend(
        &mut self,
        id: RequestId,
        actions: Vec<CodeAction>,
        single: bool,
        uri: &str,
    ) {
        let place = self.place_of(uri);
        let known = place.and_then(|(id, path)| Some((id, path, self.roots.get(&id)?.revision)));
        let Some((root, artifact, revision)) = known else {
            self.refuse_stale(id);
            return;
        };
        let uri = uri.to_owned();
        self.go_on(Mending { id, actions, single, uri, root, artifact, revision });
    }

    /// Has the document fixed for the next action, or answers.
    fn go_on(&mut self, mut mending: Mending) {
        let Some((_, risky)) = mending.next() else {
            match mending.single {
                true => self.respond(mending.id, mending.actions.pop()),
                false => self.respond(mending.id, mending.actions),
            }
            return;
        };
        let text = self.buffers.get(&mending.uri).map(|buffer| buffer.text.clone());
        let Some(root) = self.roots.get_mut(&mending.root) else {
            self.refuse_stale(mending.id);
            return;
        };
        self.next_ticket += 1;
        root.mend(self.next_ticket, mending.artifact.clone(), text, risky);
        self.mending.insert(self.next_ticket, mending);
    }

    /// Takes note of a document that was fixed.
    pub(crate) fn mended(&mut self, ticket: u64, mended: Option<Mended>) {
        let Some(mut mending) = self.mending.remove(&ticket) else { return };
        let current = self.roots.get(&mending.root).map(|root| root.revision);
        let edit = mended.filter(|_| current == Some(mending.revision)).and_then(|mended| {
            let edits = between(self.client.encoding, &mended.before, &mended.after);
            let artifact = mending.artifact.clone();
            self.workspace_edit(mending.root, vec![Edited { artifact, edits, new: false }])
        });
        match (edit, mending.next()) {
            (Some(edit), Some((at, _))) => {
                mending.actions[at].edit = Some(edit);
                self.go_on(mending);
            }
            _ => self.refuse_stale(mending.id),
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
