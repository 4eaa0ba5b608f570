//! Secret detection over the files of a snapshot, and over what lies in archives.

use seaworthy_analysis::{Artifact, Passage, PassageStart, Piece, RuleSource, Run, roles};
use seaworthy_detectors::{Detectors, GitStanding, Session};
use seaworthy_model::{ArtifactPath, Notification, NotificationKind, Rule};

use crate::archive::{self, Kind, MAX_ARCHIVE_BYTES, Told};
use crate::decode::readable;

/// The detectors as a rule source of the engine.
#[derive(Debug)]
pub(crate) struct Leaks {
    detectors: &'static Detectors,
    session: Session,
}

impl RuleSource for Leaks {
    fn rules(&self) -> Vec<&'static Rule> {
        self.session.rules()
    }

    fn reads(&self, path: &str) -> bool {
        self.session.reads(path)
    }

    fn check_artifact(&self, artifact: &Artifact, run: &mut Run<'_>) {
        self.session.check_artifact(artifact, run);
        if let Some(kind) = archive::kind_of(artifact.path().as_str()) {
            self.check_archive(kind, artifact, run);
        }
    }

    fn check_text(&self, artifact: &Artifact, piece: &Piece<'_>, run: &mut Run<'_>) {
        self.session.check_text(artifact, piece, run);
    }

    fn check_repository(&self, part: usize, run: &mut Run<'_>) {
        self.session.check_repository(part, run);
    }

    fn forget(&self, path: &ArtifactPath) {
        self.session.forget(path);
    }

    fn conclude(&self, run: &mut Run<'_>) {
        self.session.conclude(run);
    }
}

impl Leaks {
    /// One scan by these detectors.
    pub(crate) fn new(detectors: &'static Detectors) -> Self {
        Self { detectors, session: Session::new(detectors) }
    }

    /// Scans what an archive holds.
    fn check_archive(&self, kind: Kind, artifact: &Artifact, run: &mut Run<'_>) {
        let Some(bytes) = run.snapshot.bytes(artifact, MAX_ARCHIVE_BYTES) else { return };
        let path = artifact.path();
        let standing = GitStanding::of(run.snapshot, artifact.path().as_str());
        let wanted = |member: &str| {
            Detectors::reads(member) && !member.split('/').any(roles::is_vendored_directory)
        };
        let snapshot = run.snapshot;
        let told = archive::open(kind, path.as_str(), &bytes, &wanted, &mut |member, bytes| {
            let Some(text) = readable(bytes) else { return };
            if !self.detectors.has_leak(member, &text) {
                return;
            }
            let passage = Passage::new(ArtifactPath::new(member), &text, PassageStart::default());
            self.detectors.check_passage(&passage, &text, standing, ", inside an archive", run);
        });
        for (kind, message) in sentences(&told) {
            snapshot.notify(Notification::new(kind, message).in_artifact(path.clone()));
        }
    }
}

/// What the reader must know of an archive.
fn sentences(told: &Told) -> Vec<(NotificationKind, String)> {
    let mut sentences = Vec::new();
    let mut members = |count: usize, one: &str, several: &str| {
        let message = match count {
            0 => return,
            1 => format!("1 file of the archive {one} scanned"),
            count => format!("{count} files of the archive {several} scanned"),
        };
        sentences.push((NotificationKind::Unreadable, message));
    };
    members(told.encrypted, "needs a password and was not", "need a password and were not");
    members(
        told.unsupported,
        "is compressed in a way that is not read and was not",
        "are compressed in a way that is not read and were not",
    );
    if told.damaged {
        let message = "the archive is damaged; only a part of it was scanned".to_owned();
        sentences.push((NotificationKind::Malformed, message));
    }
    if told.bomb {
        let message = "the archive is made to burst; it was not unpacked further".to_owned();
        sentences.push((NotificationKind::LimitReached, message));
    } else if told.cut {
        let message = "the archive is too large, has too many files or nests too deep; only a \
                       part of it was scanned"
            .to_owned();
        sentences.push((NotificationKind::LimitReached, message));
    }
    sentences
}
