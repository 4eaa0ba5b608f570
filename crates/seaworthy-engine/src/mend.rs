//! Fixing until nothing is left to fix.
//!
//! One fix may make room for the next: two headers want to be inserted at the
//! same place, and of two overlapping edits only one is applied. So the fixed
//! texts are laid over the files and scanned again, until no fix applies. Nothing
//! is written here; what is shown as a diff and what is written is the same.

use std::collections::BTreeMap;

use seaworthy_model::{Applicability, ArtifactPath};

use crate::fixes::{FileEdit, plan};
use crate::scan::{Scan, ScanError, ScanOptions, scan};

/// A fix that makes room for another takes a round each; more rounds than this
/// means that two fixes undo each other.
const MOST_ROUNDS: usize = 20;

/// What fixing came to.
#[derive(Debug)]
pub struct Mended {
    /// The files that change, from what they are to what they become.
    pub edits: Vec<FileEdit>,
    /// What is found in the files as they become.
    pub scan: Scan,
}

/// Applies fixes up to an applicability to the texts of a scan, again and again
/// until none is left.
///
/// # Errors
/// Those of [`scan`].
pub fn mend(options: &ScanOptions, first: Scan, up_to: Applicability) -> Result<Mended, ScanError> {
    let mut edits: BTreeMap<ArtifactPath, FileEdit> = BTreeMap::new();
    let mut current = first;
    for _ in 0..MOST_ROUNDS {
        let round = plan(&current.report.findings, &current.snapshot, up_to);
        if round.is_empty() {
            break;
        }
        for edit in round {
            match edits.get_mut(&edit.artifact) {
                Some(known) => {
                    known.after = edit.after;
                    known.shown.1 = edit.shown.1;
                    known.fixes += edit.fixes;
                }
                None => {
                    edits.insert(edit.artifact.clone(), edit);
                }
            }
        }
        let mut options = options.clone();
        options
            .overlays
            .extend(edits.values().map(|edit| (edit.artifact.clone(), edit.after.clone())));
        current = scan(&options)?;
    }
    edits.retain(|_, edit| edit.before != edit.after);
    Ok(Mended { edits: edits.into_values().collect(), scan: current })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_at_one_place_are_applied_one_after_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let config = "{\n  \"framework\": \"nextjs\"\n}\n";
        std::fs::write(directory.path().join("vercel.json"), config).unwrap();
        let options = ScanOptions::new(directory.path().to_owned());
        let first = scan(&options).unwrap();
        let mended = mend(&options, first, Applicability::Unsafe).unwrap();
        let [edit] = mended.edits.as_slice() else { panic!("{:?}", mended.edits) };
        for header in ["X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"] {
            assert!(edit.after.contains(header), "{header}\n{}", edit.after);
        }
        let on_disk = std::fs::read_to_string(directory.path().join("vercel.json")).unwrap();
        assert_eq!(on_disk, config, "nothing is written");
        let left = plan(&mended.scan.report.findings, &mended.scan.snapshot, Applicability::Unsafe);
        assert!(left.is_empty(), "{left:?}");
    }
}
