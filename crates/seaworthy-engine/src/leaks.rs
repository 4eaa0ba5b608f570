//! Secret detection over the files of a snapshot.

use seaworthy_analysis::{Artifact, Piece, RuleSource, Run};
use seaworthy_detectors::Detectors;
use seaworthy_model::Rule;

/// The detectors as a rule source of the engine.
#[derive(Debug)]
pub(crate) struct Leaks(pub(crate) &'static Detectors);

impl RuleSource for Leaks {
    fn rules(&self) -> Vec<&'static Rule> {
        self.0.rules()
    }

    fn reads(&self, path: &str) -> bool {
        RuleSource::reads(self.0, path)
    }

    fn check_artifact(&self, artifact: &Artifact, run: &mut Run<'_>) {
        self.0.check_artifact(artifact, run);
    }

    fn check_text(&self, artifact: &Artifact, piece: &Piece<'_>, run: &mut Run<'_>) {
        self.0.check_text(artifact, piece, run);
    }

    fn check_repository(&self, run: &mut Run<'_>) {
        self.0.check_repository(run);
    }

    fn conclude(&self, run: &mut Run<'_>) {
        self.0.conclude(run);
    }
}
