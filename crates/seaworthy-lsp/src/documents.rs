//! What happens to documents, files and folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, MessageType,
};
use seaworthy_analysis::roles::is_vendored_directory;
use seaworthy_model::ArtifactPath;

use crate::buffers::Buffer;
use crate::roots::{Root, RootId};
use crate::server::Server;
use crate::uri;

/// The most documents outside every root that are looked at.
const MOST_ALONE: usize = 64;

impl Server {
    pub(crate) fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let key = document.uri.as_str().to_owned();
        // One that is opened twice is what it was opened as last.
        let place = match self.buffers.get(&key) {
            Some(buffer) => buffer.place.clone(),
            None => self.place_of(&key).or_else(|| self.start_alone(&key)),
        };
        let (version, text) = (document.version, document.text);
        self.buffers.insert(key.clone(), Buffer { uri: document.uri, version, text, place });
        self.touch(&key, Duration::ZERO);
    }

    pub(crate) fn edited(&mut self, params: DidChangeTextDocumentParams) {
        let key = params.text_document.uri.as_str().to_owned();
        let Some(buffer) = self.buffers.get_mut(&key) else {
            self.log(MessageType::WARNING, "a document was changed that is not open");
            return;
        };
        for change in params.content_changes {
            self.client.encoding.apply(&mut buffer.text, change);
        }
        buffer.version = params.text_document.version;
        self.outdate(&key);
        self.touch(&key, self.settings.debounce);
    }

    pub(crate) fn saved(&mut self, params: &DidSaveTextDocumentParams) {
        if let Some((id, artifact)) = self.place_of(params.text_document.uri.as_str())
            && let Some(root) = self.roots.get_mut(&id)
        {
            root.disk.insert(artifact);
            root.changed(Duration::ZERO);
        }
    }

    pub(crate) fn closed(&mut self, params: &DidCloseTextDocumentParams) {
        let key = params.text_document.uri.as_str();
        self.answered.remove(key);
        self.touch(key, Duration::ZERO);
        let Some(buffer) = self.buffers.remove(key) else { return };
        let Some((id, artifact)) = buffer.place else { return };
        if self.roots.get(&id).is_some_and(|root| root.alone) {
            self.stop(id);
        } else if let Some(root) = self.roots.get_mut(&id) {
            // What is on disk counts again, whatever was saved.
            root.disk.insert(artifact);
            if !self.settings.whole_workspace {
                self.unpublish_one(key);
            }
        }
    }

    /// The buffer of a document is not what its root knows.
    fn touch(&mut self, key: &str, wait: Duration) {
        if let Some((id, artifact)) = self.buffers.get(key).and_then(|b| b.place.clone())
            && let Some(root) = self.roots.get_mut(&id)
        {
            root.stale.insert(artifact);
            root.changed(wait);
        }
    }

    pub(crate) fn changed_on_disk(&mut self, params: DidChangeWatchedFilesParams) {
        for change in params.changes {
            let Some(path) = uri::to_path(change.uri.as_str()) else { continue };
            let debounce = self.settings.debounce;
            let Some(root) = nearest(&mut self.roots, &path) else { continue };
            let Some(artifact) = root.relative(&path) else { continue };
            if matters(&artifact) {
                root.disk.insert(artifact);
                root.changed(debounce);
            }
        }
    }

    pub(crate) fn folders_changed(&mut self, params: DidChangeWorkspaceFoldersParams) {
        for folder in params.event.removed {
            let wanted = folder.uri.as_str().trim_end_matches('/');
            let of_folder = |root: &&Root| !root.alone && root.uri == wanted;
            let ids: Vec<RootId> = self.roots.values().filter(of_folder).map(|r| r.id).collect();
            for id in ids {
                self.stop(id);
            }
        }
        for folder in params.event.added {
            self.start_folder(folder.uri.as_str());
        }
        self.settle();
    }

    /// Starts a root for a folder of the workspace.
    pub(crate) fn start_folder(&mut self, uri: &str) {
        let Some(path) = uri::to_path(uri) else {
            self.log(MessageType::WARNING, "a folder that is not on this machine is left out");
            return;
        };
        if !self.roots.values().any(|root| !root.alone && root.path == path) {
            self.start(uri, path, false);
        }
    }

    /// Starts a root for a document that lies in none, if it is one of a file.
    fn start_alone(&mut self, uri: &str) -> Option<(RootId, ArtifactPath)> {
        let (directory, name) = match uri::to_path(uri) {
            Some(path) => {
                // In a folder it is left out on purpose.
                if nearest(&mut self.roots, &path).is_some() {
                    return None;
                }
                let name = path.file_name()?.to_string_lossy().into_owned();
                let parent = path.parent().filter(|parent| parent.is_dir());
                (parent.unwrap_or(Path::new(".")).to_owned(), name)
            }
            None => (PathBuf::from("."), uri::untitled_name(uri)?),
        };
        if self.roots.values().filter(|root| root.alone).count() >= MOST_ALONE {
            let message = format!(
                "more than {MOST_ALONE} files outside the folders of the workspace are open; \
                 the others are not looked at"
            );
            self.log(MessageType::WARNING, message);
            return None;
        }
        let id = self.start(uri, directory, true)?;
        Some((id, ArtifactPath::new(name)))
    }

    fn start(&mut self, uri: &str, path: PathBuf, alone: bool) -> Option<RootId> {
        self.next_root += 1;
        let id = RootId(self.next_root);
        let plugins = self.settings.trusted.then_some(&self.options.plugins);
        match Root::start(id, uri, path, alone, plugins, self.events.clone()) {
            Ok(root) => {
                self.roots.insert(id, root);
                Some(id)
            }
            Err(error) => {
                self.log(MessageType::ERROR, format!("no thread could be started: {error}"));
                None
            }
        }
    }

    fn stop(&mut self, id: RootId) {
        self.unpublish(id);
        self.roots.remove(&id);
        for id in self.drop_mending(|mending| mending.root == id) {
            self.refuse_stale(id);
        }
        self.answer_waiting();
    }

    /// Starts every root anew: what it may run has changed.
    pub(crate) fn restart(&mut self) {
        let folders: Vec<String> =
            self.roots.values().filter(|root| !root.alone).map(|root| root.uri.clone()).collect();
        let ids: Vec<RootId> = self.roots.keys().copied().collect();
        for id in ids {
            self.roots.remove(&id);
        }
        for uri in folders {
            self.start_folder(&uri);
        }
        self.settle();
    }

    /// Finds out which root speaks for which file, after roots came or went.
    pub(crate) fn settle(&mut self) {
        let paths: Vec<PathBuf> =
            self.roots.values().filter(|root| !root.alone).map(|root| root.path.clone()).collect();
        for root in self.roots.values_mut().filter(|root| !root.alone) {
            let below = |path: &&PathBuf| path.starts_with(&root.path) && **path != root.path;
            root.inner = paths.iter().filter(below).cloned().collect();
        }
        let keys: Vec<String> = self.buffers.keys().cloned().collect();
        for key in keys {
            let before = self.buffers.get(&key).and_then(|buffer| buffer.place.clone());
            let now = self.place_by_path(&key);
            if now.is_some() && now == before {
                continue;
            }
            if let Some((id, artifact)) = before
                && let Some(root) = self.roots.get_mut(&id)
            {
                if root.alone && now.is_none() {
                    continue;
                }
                root.stale.insert(artifact);
                root.changed(Duration::ZERO);
                if root.alone {
                    self.stop(id);
                }
            }
            let place = now.or_else(|| self.start_alone(&key));
            if let Some(buffer) = self.buffers.get_mut(&key) {
                buffer.place = place;
            }
            self.touch(&key, Duration::ZERO);
        }
    }

    /// The root that speaks for a document, and the path of the document there.
    pub(crate) fn place_of(&self, uri: &str) -> Option<(RootId, ArtifactPath)> {
        match self.buffers.get(uri) {
            Some(buffer) => buffer.place.clone(),
            None => self.place_by_path(uri),
        }
    }

    fn place_by_path(&self, uri: &str) -> Option<(RootId, ArtifactPath)> {
        let path = uri::to_path(uri)?;
        let roots = self.roots.values().filter(|root| !root.alone);
        let found = roots.filter_map(|root| Some((root.id, root.relative(&path)?))).next()?;
        is_judged(&found.1).then_some(found)
    }
}

/// The folder of the workspace that a file lies in.
fn nearest<'a>(roots: &'a mut BTreeMap<RootId, Root>, path: &Path) -> Option<&'a mut Root> {
    roots.values_mut().find(|root| !root.alone && root.relative(path).is_some())
}

/// Whether files of a scan can lie here: not in what git or a package manager keeps.
fn is_judged(artifact: &ArtifactPath) -> bool {
    let parts: Vec<&str> = artifact.as_str().split('/').collect();
    let (_, directories) = parts.split_last().unwrap_or((&"", &[]));
    !directories.iter().any(|name| *name == ".git" || is_vendored_directory(name))
}

/// Whether a change of a file can change a report: one that is judged, or what git
/// knows of them.
fn matters(artifact: &ArtifactPath) -> bool {
    let of_git = [".git/index", ".git/HEAD", ".git/config", ".git/info/exclude"];
    is_judged(artifact) && artifact.as_str() != ".git" || of_git.contains(&artifact.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_and_package_managers_keep_is_left_out() {
        let cases = [
            (".env", true, true),
            ("a/b.yml", true, true),
            (".gitignore", true, true),
            (".git/COMMIT_EDITMSG", false, false),
            (".git/index", false, true),
            (".git/index.lock", false, false),
            ("sub/.git/index", false, false),
            ("web/node_modules/x/package.json", false, false),
        ];
        for (path, judged, watched) in cases {
            let artifact = ArtifactPath::new(path);
            assert_eq!((is_judged(&artifact), matters(&artifact)), (judged, watched), "{path}");
        }
    }
}
