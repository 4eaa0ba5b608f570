//! Diagnostics that are sent unasked, for clients that do not ask; and the hint to ask
//! again, for those that do.

use std::collections::BTreeMap;
use std::sync::Arc;

use lsp_types::{Diagnostic, PublishDiagnosticsParams, Uri};
use serde_json::Value;

use crate::picture::CLEAN;
use crate::roots::RootId;
use crate::server::{Asked, Server};

/// What a client was last sent about a document.
pub(crate) struct Published {
    root: RootId,
    uri: Uri,
    result_id: String,
    version: Option<i32>,
}

/// What is to be said of a document.
struct Told<'a> {
    uri: Uri,
    version: Option<i32>,
    diagnostics: &'a [Diagnostic],
    result_id: &'a str,
}

impl Server {
    /// Tells the client about the new report of a root.
    pub(crate) fn tell(&mut self, id: RootId) {
        if self.client.pulls {
            self.refresh(id);
        } else {
            self.publish(id);
        }
    }

    fn publish(&mut self, id: RootId) {
        let Some(root) = self.roots.get(&id) else { return };
        let Some(picture) = root.picture.as_ref().map(Arc::clone) else { return };
        let view = crate::server::view(&self.client, &self.settings, root);
        let mut told: BTreeMap<String, Told<'_>> = BTreeMap::new();
        let mut open = Vec::new();
        for (key, buffer) in &self.buffers {
            let Some((_, artifact)) = buffer.place.as_ref().filter(|(root, _)| *root == id) else {
                continue;
            };
            open.push(artifact);
            // Of a buffer that was changed meanwhile the next report speaks.
            if picture.versions.get(artifact) == Some(&buffer.version) {
                let said = Told {
                    uri: buffer.uri.clone(),
                    version: Some(buffer.version),
                    diagnostics: picture.diagnostics(artifact),
                    result_id: picture.result_id(artifact),
                };
                told.insert(key.clone(), said);
            }
        }
        if self.settings.whole_workspace {
            for (artifact, file) in &picture.files {
                if open.contains(&artifact) || !root.owns(artifact) {
                    continue;
                }
                let Some(uri) = view.uri(artifact) else { continue };
                let (diagnostics, result_id) = (&file.diagnostics, &file.result_id);
                let key = uri.as_str().to_owned();
                told.insert(key, Told { uri, version: None, diagnostics, result_id });
            }
        }
        // What is said no longer.
        let gone: Vec<String> = self
            .published
            .iter()
            .filter(|(key, published)| {
                published.root == id && !told.contains_key(*key) && !self.buffers.contains_key(*key)
            })
            .map(|(key, _)| key.clone())
            .collect();
        let mut messages = Vec::new();
        for key in gone {
            if let Some(published) = self.published.remove(&key)
                && published.result_id != CLEAN
            {
                messages.push(PublishDiagnosticsParams::new(published.uri, Vec::new(), None));
            }
        }
        for (key, said) in told {
            let same = self.published.get(&key).is_some_and(|published| {
                published.result_id == said.result_id && published.version == said.version
            });
            if same {
                continue;
            }
            messages.push(PublishDiagnosticsParams::new(
                said.uri.clone(),
                said.diagnostics.to_vec(),
                said.version,
            ));
            let published = Published {
                root: id,
                uri: said.uri,
                result_id: said.result_id.to_owned(),
                version: said.version,
            };
            self.published.insert(key, published);
        }
        for message in messages {
            self.notify("textDocument/publishDiagnostics", message);
        }
    }

    /// Takes back all that was said of the documents of a root.
    pub(crate) fn unpublish(&mut self, id: RootId) {
        let of_root: Vec<String> = self
            .published
            .iter()
            .filter(|(_, published)| published.root == id)
            .map(|(key, _)| key.clone())
            .collect();
        for key in of_root {
            self.unpublish_one(&key);
        }
    }

    /// Takes back what was said of one document.
    pub(crate) fn unpublish_one(&mut self, key: &str) {
        if let Some(published) = self.published.remove(key) {
            let nothing = PublishDiagnosticsParams::new(published.uri, Vec::new(), None);
            self.notify("textDocument/publishDiagnostics", nothing);
        }
    }

    /// Has the client ask again, if an open document is seen otherwise than it was
    /// answered. For one that was just edited it asks by itself.
    fn refresh(&mut self, id: RootId) {
        let Some(picture) = self.roots.get(&id).and_then(|root| root.picture.clone()) else {
            return;
        };
        let outdated = self.buffers.iter().any(|(key, buffer)| {
            let here = buffer.place.as_ref().filter(|(root, _)| *root == id);
            here.is_some_and(|(_, artifact)| {
                self.answered.get(key).is_some_and(|known| known != picture.result_id(artifact))
            })
        });
        if outdated && !self.refreshing {
            self.refreshing = true;
            self.ask("workspace/diagnostic/refresh", Value::Null, Asked::Refresh);
        }
    }
}
