//! The repository as seen at one moment.
//!
//! A [`Snapshot`] knows every path and reads and parses a file when a rule
//! first asks for it, once. Where the bytes come from (working tree, git index,
//! an editor's buffers) is the business of its [`TextSource`].

mod paths;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use seaworthy_model::{ArtifactPath, LineIndex, Notification, NotificationKind, Region};

use crate::document::{Document, DocumentKind};
use crate::git_state::GitState;
use crate::joined::Joined;
use crate::line_hash::LineHashes;
use crate::locate::PassageStart;
use crate::options::Options;
use crate::pieces::{Piece, PieceSizes, TextKind, make_readable, text_kind};
use crate::reads::{self, Remembered};
use crate::roles::{FileRole, file_role};
use crate::sensitive::sensitive_regions;

/// Where a snapshot's texts come from.
pub trait TextSource: Send + Sync {
    /// Reads a file of the snapshot.
    ///
    /// # Errors
    /// The reason why it cannot be read, for the report; the scan goes on.
    fn read(&self, path: &ArtifactPath) -> Result<SourceText, ReadProblem>;

    /// Reads at most `most` bytes of a file, from the byte at `from` on, into a buffer
    /// that is used again and again, replacing what it holds. `None` when the source keeps no bytes: its
    /// texts come by [`TextSource::read`] alone.
    ///
    /// # Errors
    /// As [`TextSource::read`].
    fn read_bytes(
        &self,
        _path: &ArtifactPath,
        _from: u64,
        _most: usize,
        _buffer: &mut Vec<u8>,
    ) -> Option<Result<(), ReadProblem>> {
        None
    }

    /// Reads a whole file as it is, whatever it holds. `None` when the source keeps no
    /// bytes.
    ///
    /// # Errors
    /// As [`TextSource::read`]; a file of more than `most` bytes is too large.
    fn read_whole(
        &self,
        _path: &ArtifactPath,
        _most: usize,
    ) -> Option<Result<Vec<u8>, ReadProblem>> {
        None
    }
}

/// A text as read from its source.
#[derive(Clone, Debug)]
pub struct SourceText {
    /// The text, decoded.
    pub text: Arc<str>,
    /// Set when the bytes were not UTF-8: how they were decoded. Regions then
    /// mean the decoded text, and fixes are not offered.
    pub decoded: Option<&'static str>,
}

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadProblem {
    /// The kind of notification.
    pub kind: NotificationKind,
    /// A sentence for the reader.
    pub message: String,
}

/// A repository at one moment: its paths, texts, documents and git state.
///
/// Invariant: what fills one of its cells (reading, parsing, joining) never
/// hands work to a thread pool and never asks for the cell that it fills.
/// Rules run in parallel and wait for each other's cells; a thread that filled
/// one while helping the pool could take up a task that waits for that very
/// cell, and would wait for ever. A panic leaves a cell empty, not poisoned: the
/// next who asks tries again.
///
/// Cheap to clone: clones are one and the same snapshot, so that what cannot
/// borrow it, the sandbox of a plugin, can hold it.
#[derive(Clone)]
pub struct Snapshot {
    shared: Arc<Shared>,
}

/// What all clones of a snapshot are.
struct Shared {
    artifacts: Vec<Artifact>,
    source: Arc<dyn TextSource>,
    around: Arc<Around>,
    worked_out: Arc<WorkedOut>,
    remembered: Arc<Remembered>,
    notifications: Mutex<Vec<Notification>>,
}

/// What is known of the repository besides its files.
struct Around {
    /// The files whose names say what they are, sorted by kind and number.
    by_kind: Vec<(DocumentKind, u32)>,
    git: Option<GitState>,
    options: Options,
    names: Vec<String>,
}

/// What is worked out from many files, once for all who ask.
#[derive(Default)]
struct WorkedOut {
    joined: OnceLock<Joined>,
    kept: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    /// What was to be told on the way.
    notifications: Mutex<Vec<Notification>>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("artifacts", &self.shared.artifacts.len())
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    /// A snapshot of the files at `paths`.
    #[must_use]
    pub fn new(
        mut paths: Vec<ArtifactPath>,
        source: Arc<dyn TextSource>,
        git: Option<GitState>,
        options: Options,
    ) -> Self {
        paths.sort_unstable();
        paths.dedup();
        if let Some(git) = &git {
            git.share(&mut paths);
        }
        let artifacts: Vec<Artifact> = (0..)
            .zip(paths)
            .map(|(number, path)| Artifact {
                kind: DocumentKind::recognise(path.as_str()),
                number,
                path,
                loaded: OnceLock::new(),
            })
            .collect();
        let documents = artifacts.iter().filter(|artifact| artifact.kind != DocumentKind::Other);
        let mut by_kind: Vec<(DocumentKind, u32)> =
            documents.map(|artifact| (artifact.kind, artifact.number)).collect();
        by_kind.sort_unstable();
        let shared = Shared {
            artifacts,
            source,
            around: Arc::new(Around { by_kind, git, options, names: Vec::new() }),
            worked_out: Arc::default(),
            remembered: Arc::default(),
            notifications: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The same repository with other texts of these files, which are given by their
    /// numbers. What was read and parsed of all others is shared with this snapshot;
    /// what was worked out from many files is shared if `joined_too`. No rule is run on
    /// this snapshot any more.
    #[must_use]
    pub fn changed(&self, source: Arc<dyn TextSource>, files: &[u32], joined_too: bool) -> Self {
        let artifacts = self.shared.artifacts.iter().map(|artifact| Artifact {
            kind: artifact.kind,
            number: artifact.number,
            path: artifact.path.clone(),
            loaded: match files.contains(&artifact.number) {
                true => OnceLock::new(),
                false => artifact.loaded.clone(),
            },
        });
        self.shared.remembered.forget(files);
        let worked_out = match joined_too {
            true => Arc::clone(&self.shared.worked_out),
            false => Arc::default(),
        };
        let shared = Shared {
            artifacts: artifacts.collect(),
            source,
            around: Arc::clone(&self.shared.around),
            worked_out,
            remembered: Arc::clone(&self.shared.remembered),
            notifications: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Adds names by which the project is known (its directory, its remote):
    /// a password made of them is weak.
    ///
    /// # Panics
    /// When the snapshot was cloned already: it is named when it is made.
    #[must_use]
    pub fn with_project_names(mut self, names: Vec<String>) -> Self {
        let around = Arc::get_mut(&mut self.shared)
            .and_then(|shared| Arc::get_mut(&mut shared.around))
            .expect("a snapshot is named when it is made");
        around.names = names;
        self
    }

    /// What git knows; `None` outside a repository or where it cannot be known.
    /// A rule that needs it stays silent then.
    #[must_use]
    pub fn git(&self) -> Option<&GitState> {
        self.shared.around.git.as_ref()
    }

    /// The thresholds in force.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.shared.around.options
    }

    /// Names by which the project is known.
    #[must_use]
    pub fn project_names(&self) -> &[String] {
        &self.shared.around.names
    }

    /// The joined view of the whole repository, made when first asked for, by
    /// one thread alone (see the invariant of [`Snapshot`]).
    #[must_use]
    pub fn joined(&self) -> &Joined {
        reads::note_shared();
        self.shared.worked_out.joined.get_or_init(|| Joined::new(self))
    }

    /// The text of a file, read when first asked for. `None` when it cannot be
    /// read; the reason is then among the notifications.
    #[must_use]
    pub fn text<'s>(&'s self, artifact: &'s Artifact) -> Option<&'s str> {
        self.load(artifact).map(|loaded| &*loaded.text)
    }

    /// Shows a file's text that need not be kept: whole, or in overlapping pieces if
    /// it is large. Nothing is shown of what is no text or cannot be read.
    pub fn with_pieces(
        &self,
        artifact: &Artifact,
        sizes: PieceSizes,
        buffer: &mut Vec<u8>,
        mut look: impl FnMut(&Piece<'_>),
    ) {
        reads::note(artifact);
        let path = &artifact.path;
        let streamed = artifact.loaded.get().is_none() && artifact.kind.is_text();
        let read = |from: usize, buffer: &mut Vec<u8>| {
            self.shared.source.read_bytes(path, from as u64, sizes.piece + 1, buffer)
        };
        match if streamed { read(0, buffer) } else { None } {
            None => {
                if let Some(text) = self.text(artifact) {
                    look(&Piece::whole(text));
                }
                return;
            }
            Some(Err(problem)) => {
                if problem.kind == NotificationKind::Unreadable {
                    let problem = Notification::new(problem.kind, problem.message);
                    self.notify(problem.in_artifact(path.clone()));
                }
                return;
            }
            Some(Ok(())) => {}
        }
        match text_kind(buffer) {
            TextKind::Bytes => {}
            TextKind::Binary => return,
            TextKind::Wide => {
                if let Some(text) = self.text(artifact) {
                    look(&Piece::whole(text));
                }
                return;
            }
        }
        let mut start = PassageStart::default();
        loop {
            let last = buffer.len() <= sizes.piece;
            buffer.truncate(sizes.piece);
            let (text, exact) = match simdutf8::basic::from_utf8(buffer) {
                Ok(text) => (text, true),
                Err(_) => {
                    let exact = make_readable(buffer, last);
                    (simdutf8::basic::from_utf8(buffer).unwrap_or(""), exact)
                }
            };
            let first = start.offset == 0;
            look(&Piece { text, start, first, last, exact: exact && first && last });
            if last {
                return;
            }
            if start.offset + text.len() >= sizes.most {
                let message = format!("only the first {} bytes were scanned", sizes.most);
                let message = Notification::new(NotificationKind::TooLarge, message);
                self.notify(message.in_artifact(path.clone()));
                return;
            }
            let mut next = text.len().saturating_sub(sizes.overlap);
            while !text.is_char_boundary(next) {
                next -= 1;
            }
            start = start.after(text, next.max(1));
            if !matches!(read(start.offset, buffer), Some(Ok(()))) {
                // It vanished meanwhile; what was read of it was judged.
                return;
            }
        }
    }

    /// The bytes of a file of at most `most` bytes, which are not kept. `None` when
    /// they are not there or cannot be read; the reason is then among the
    /// notifications.
    #[must_use]
    pub fn bytes(&self, artifact: &Artifact, most: usize) -> Option<Vec<u8>> {
        reads::note(artifact);
        match self.shared.source.read_whole(&artifact.path, most)? {
            Ok(bytes) => Some(bytes),
            Err(problem) => {
                let problem = Notification::new(problem.kind, problem.message);
                self.notify(problem.in_artifact(artifact.path.clone()));
                None
            }
        }
    }

    /// The parsed file, if its kind is known and its text readable.
    #[must_use]
    pub fn document<'s>(&'s self, artifact: &'s Artifact) -> Option<&'s Document> {
        self.load(artifact).map(|loaded| {
            loaded.document.get_or_init(|| {
                Document::parse(artifact.kind, &artifact.path, &loaded.text, &mut |notification| {
                    push(&loaded.notifications, notification);
                })
            })
        })
    }

    /// The role of a file, its own opening words taken as a hint if it is a
    /// configuration.
    #[must_use]
    pub fn role(&self, artifact: &Artifact) -> FileRole {
        let hint = match artifact.kind {
            DocumentKind::Compose | DocumentKind::Nginx => self.text(artifact),
            _ => None,
        };
        file_role(artifact.path.as_str(), hint)
    }

    /// The line index of a file's text.
    #[must_use]
    pub fn lines<'s>(&'s self, artifact: &'s Artifact) -> Option<&'s LineIndex> {
        self.load(artifact).map(|loaded| loaded.lines.get_or_init(|| LineIndex::new(&loaded.text)))
    }

    pub(crate) fn line_hashes<'s>(&'s self, artifact: &'s Artifact) -> Option<&'s LineHashes> {
        self.load(artifact)
            .map(|loaded| loaded.line_hashes.get_or_init(|| LineHashes::new(&loaded.text)))
    }

    /// Every region of the file that may hold a secret, sorted; excerpts are
    /// masked there whatever they are about.
    pub(crate) fn sensitive<'s>(&'s self, artifact: &'s Artifact) -> &'s [Region] {
        let Some(loaded) = self.load(artifact) else { return &[] };
        loaded.sensitive.get_or_init(|| sensitive_regions(self.document(artifact), &loaded.text))
    }

    /// The text of a file with every region that may hold a secret masked; of
    /// the same length as the text.
    #[must_use]
    pub fn masked_text(&self, artifact: &Artifact) -> Option<String> {
        let text = self.text(artifact)?;
        let whole = Region::new(0, text.len());
        Some(crate::locate::masked(text, whole, self.sensitive(artifact).iter().copied()))
    }

    /// Whether regions of the file are bytes of the file, so that it can be
    /// edited: it is UTF-8.
    #[must_use]
    pub fn is_editable(&self, artifact: &Artifact) -> bool {
        self.load(artifact).is_some_and(|loaded| !loaded.decoded)
    }

    /// What a layer above keeps with the snapshot: one value of each type, the same
    /// for all who ask.
    #[must_use]
    pub fn kept<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        reads::note_shared();
        let kept = &self.shared.worked_out.kept;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let value = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::clone(value).downcast().expect("a value is kept under its own type")
    }

    /// The answer to a question about texts of the snapshot: what `work` finds out, or
    /// found out when an editor last had the question asked, if none of the texts that it
    /// was shown has changed. The answer must hang on the question and on these texts
    /// alone.
    pub fn answer<Q, A>(&self, question: Q, work: impl FnOnce() -> A) -> A
    where
        Q: Any + PartialEq + Send,
        A: Any + Clone + Send,
    {
        self.shared.remembered.ask(question, work)
    }

    /// How many files were read so far.
    #[must_use]
    pub fn documents_read(&self) -> usize {
        let was_read = |a: &&Artifact| a.loaded.get().is_some_and(|loaded| loaded.is_readable);
        self.shared.artifacts.iter().filter(was_read).count()
    }

    /// Notes something for the reader of the report.
    pub fn notify(&self, notification: Notification) {
        if let Some(notification) = reads::keep(notification) {
            push(&self.shared.notifications, notification);
        }
    }

    /// Notes something that was seen while the joined view was made, and holds as long
    /// as that does.
    pub(crate) fn notify_of_joined(&self, notification: Notification) {
        push(&self.shared.worked_out.notifications, notification);
    }

    /// What was noted so far, in no order.
    #[must_use]
    pub fn notifications(&self) -> Vec<Notification> {
        let loaded = self.shared.artifacts.iter().filter_map(|artifact| artifact.loaded.get());
        let of_files = loaded.map(|loaded| &loaded.notifications);
        let of_all = [&self.shared.notifications, &self.shared.worked_out.notifications];
        of_files
            .chain(of_all)
            .flat_map(|list| list.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect()
    }

    fn load<'s>(&'s self, artifact: &'s Artifact) -> Option<&'s Loaded> {
        reads::note(artifact);
        let loaded = artifact.loaded.get_or_init(|| {
            let tell =
                |kind, message| Notification::new(kind, message).in_artifact(artifact.path.clone());
            let (source, told) = match self.shared.source.read(&artifact.path) {
                Ok(source) => {
                    let told = source.decoded.map(|encoding| {
                        let message = format!("the file is not UTF-8; it was read as {encoding}");
                        tell(NotificationKind::Encoding, message)
                    });
                    (Some(source), told)
                }
                // That a database or an archive is binary is no news.
                Err(problem)
                    if artifact.kind.is_text() && problem.kind != NotificationKind::Unreadable =>
                {
                    (None, None)
                }
                Err(problem) => (None, Some(tell(problem.kind, problem.message))),
            };
            Arc::new(Loaded::new(source, told))
        });
        loaded.is_readable.then_some(&**loaded)
    }
}

fn push(list: &Mutex<Vec<Notification>>, notification: Notification) {
    list.lock().unwrap_or_else(PoisonError::into_inner).push(notification);
}

/// A file of a [`Snapshot`].
pub struct Artifact {
    path: ArtifactPath,
    kind: DocumentKind,
    number: u32,
    loaded: OnceLock<Arc<Loaded>>,
}

impl std::fmt::Debug for Artifact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Artifact({}, {:?})", self.path, self.kind)
    }
}

impl Artifact {
    /// Its path.
    #[must_use]
    pub fn path(&self) -> &ArtifactPath {
        &self.path
    }

    /// What its name says that it is.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// Where it stands among the files of its snapshot, from 0.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }
}

/// What is known of a file that somebody asked for.
struct Loaded {
    /// Empty where the file cannot be read.
    text: Arc<str>,
    is_readable: bool,
    decoded: bool,
    document: OnceLock<Document>,
    lines: OnceLock<LineIndex>,
    line_hashes: OnceLock<LineHashes>,
    sensitive: OnceLock<Vec<Region>>,
    /// What reading and parsing it had to tell.
    notifications: Mutex<Vec<Notification>>,
}

impl Loaded {
    fn new(source: Option<SourceText>, told: Option<Notification>) -> Self {
        let is_readable = source.is_some();
        let source = source.unwrap_or_else(|| SourceText { text: Arc::from(""), decoded: None });
        Self {
            text: source.text,
            is_readable,
            decoded: source.decoded.is_some(),
            document: OnceLock::new(),
            lines: OnceLock::new(),
            line_hashes: OnceLock::new(),
            sensitive: OnceLock::new(),
            notifications: Mutex::new(told.into_iter().collect()),
        }
    }
}
