//! Where a baseline lies, and reading and writing it.
//!
//! The audited repository may be hostile: its settings name a file below the root or
//! none, links are not followed, and what is read is measured.

use std::path::{Path, PathBuf};

use seaworthy_model::{ArtifactPath, Notification, NotificationKind, Position};

use super::file::{Baseline, Fault};
use crate::fixes::{self, FileEdit, FixError};
use crate::gather::Files;
use crate::scan::{ScanError, ScanOptions};
use crate::settings::Settings;
use crate::source::read_file;

/// Where a baseline is looked for in a root whose settings name none.
pub const FILE_NAME: &str = "seaworthy-baseline.json";

/// The most bytes of a baseline.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Which baseline a scan is held against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The one that the settings name, or one of the usual name in the root.
    #[default]
    Found,
    /// This file.
    File(PathBuf),
    /// None.
    Off,
}

/// A baseline as settings name it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// Below the root.
    pub(crate) path: ArtifactPath,
    /// The settings and the place in them.
    pub(crate) said: (ArtifactPath, Position),
}

/// A baseline that was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) baseline: Baseline,
    /// How a report names the file.
    pub(crate) artifact: ArtifactPath,
    pub(crate) text: String,
}

/// Reads the baseline of a scan. What is wrong with it is told, and then nothing is
/// held against it.
pub(crate) fn load(
    options: &ScanOptions,
    root: &Path,
    settings: &Settings,
    files: &Files,
    notifications: &mut Vec<Notification>,
) -> Result<Option<Loaded>, ScanError> {
    let (artifact, text) = match &options.baseline {
        _ if options.alone => return Ok(None),
        Choice::Off => return Ok(None),
        Choice::File(path) => {
            let failed = |reason: String| ScanError::Config { path: path.clone(), reason };
            // A path given on the command line may be a link.
            let real = path.canonicalize().map_err(|error| failed(error.kind().to_string()))?;
            let read =
                read_file(&real, MAX_BYTES as u64).map_err(|problem| failed(problem.message))?;
            let shown = real.strip_prefix(root).unwrap_or(path).to_string_lossy();
            let artifact = ArtifactPath::new(shown.replace(std::path::MAIN_SEPARATOR, "/"));
            (artifact, read.text.to_string())
        }
        Choice::Found => {
            let usual = ArtifactPath::new(FILE_NAME);
            let path = settings.baseline.as_ref().map_or(&usual, |named| &named.path);
            if files.paths.binary_search(path).is_err() && !files.paths.contains(path) {
                // It decides about every finding as soon as it is there: who watches what
                // is read must know of it.
                drop(files.source.read(path));
                if let Some(Named { said: (file, position), path }) = &settings.baseline {
                    let message = format!(
                        "there is no baseline {path}: `seaworthy baseline create` writes one"
                    );
                    let kind = NotificationKind::SettingsInvalid;
                    notifications.push(
                        Notification::new(kind, message).in_artifact(file.clone()).at(*position),
                    );
                }
                return Ok(None);
            }
            match files.source.read(path) {
                Ok(read) if read.text.len() <= MAX_BYTES => (path.clone(), read.text.to_string()),
                problem => {
                    let reason = problem.map_or_else(
                        |problem| problem.message,
                        |_| format!("larger than {MAX_BYTES} bytes"),
                    );
                    let message = format!("this baseline does not count: {reason}");
                    let kind = NotificationKind::SettingsInvalid;
                    notifications.push(Notification::new(kind, message).in_artifact(path.clone()));
                    return Ok(None);
                }
            }
        }
    };
    let told = |kind, fault: Fault, prefix: &str| {
        Notification::new(kind, format!("{prefix}{}", fault.message))
            .in_artifact(artifact.clone())
            .at(fault.position)
    };
    match Baseline::read(&text) {
        Ok((baseline, faults)) => {
            let unused = NotificationKind::SettingsUnused;
            notifications.extend(faults.into_iter().map(|fault| told(unused, fault, "")));
            Ok(Some(Loaded { baseline, artifact, text }))
        }
        Err(fault) => {
            let prefix = "this baseline does not count: ";
            notifications.push(told(NotificationKind::SettingsInvalid, fault, prefix));
            Ok(None)
        }
    }
}

/// The baseline of a root with these settings, which need not exist.
#[must_use]
pub fn path_by(settings: &str) -> ArtifactPath {
    let file = (ArtifactPath::new(crate::settings::FILE_NAME), settings.to_owned());
    let (settings, _) = Settings::read(vec![file], &[]);
    settings.baseline.map_or_else(|| ArtifactPath::new(FILE_NAME), |named| named.path)
}

/// A baseline on disk, to be changed.
#[derive(Clone, Debug)]
pub struct OnDisk {
    /// The directory that it must not leave.
    root: PathBuf,
    /// Relative to that directory.
    path: ArtifactPath,
    /// Its text, when it exists.
    pub text: Option<String>,
}

/// Why a baseline cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Its place cannot be found, for want of a root or of settings.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// It cannot be read.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is no baseline that can be relied on.
    #[error("{path}:{fault}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        fault: Fault,
    },
    /// It exists.
    #[error(
        "{path} exists already: `seaworthy baseline update` brings it up to date and keeps the \
         reasons in it; --force writes it anew"
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It does not exist.
    #[error("{path}: there is no such file: `seaworthy baseline create` writes one")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] FixError),
}

impl OnDisk {
    /// The baseline that a scan by these options is held against, whether or not it
    /// exists.
    ///
    /// # Errors
    /// When the root, the settings or the file cannot be read.
    pub fn find(options: &ScanOptions) -> Result<Self, BaselineError> {
        let canonical = |path: &Path| {
            path.canonicalize().map_err(|error| BaselineError::Unreadable {
                path: path.to_owned(),
                reason: error.kind().to_string(),
            })
        };
        let (root, path) = match &options.baseline {
            Choice::File(path) => {
                let real = path.canonicalize().unwrap_or_else(|_| path.clone());
                let parent = real.parent().filter(|parent| !parent.as_os_str().is_empty());
                let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (canonical(parent.unwrap_or(Path::new(".")))?, ArtifactPath::new(name))
            }
            Choice::Found | Choice::Off => {
                let root = canonical(&options.root)?;
                let files = Files::in_root(&root, options.max_file_size);
                let (written, _) = crate::gather::settings_files(options, &root, &files)?;
                let (settings, _) = Settings::read_files(written, &[]);
                let named = settings.baseline.map(|named| named.path);
                (root, named.unwrap_or_else(|| ArtifactPath::new(FILE_NAME)))
            }
        };
        let mut found = Self { root, path, text: None };
        let shown = found.path();
        match std::fs::symlink_metadata(&shown) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            _ => {
                let read = read_file(&shown, MAX_BYTES as u64);
                let read = read.map_err(|problem| BaselineError::Unreadable {
                    path: shown,
                    reason: problem.message,
                })?;
                found.text = Some(read.text.to_string());
            }
        }
        Ok(found)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.root.join(self.path.as_str())
    }

    /// Relative to the root of the scan, unless it lies elsewhere.
    #[must_use]
    pub fn artifact(&self) -> &ArtifactPath {
        &self.path
    }

    /// What it holds; nothing when it does not exist.
    ///
    /// # Errors
    /// When it is no baseline that can be relied on.
    pub fn baseline(&self) -> Result<Baseline, BaselineError> {
        let Some(text) = &self.text else { return Ok(Baseline::default()) };
        let broken = |fault| BaselineError::Broken { path: self.path(), fault };
        Baseline::read(text).map(|(baseline, _)| baseline).map_err(broken)
    }

    /// Writes it, unless the file has changed since it was read or written. Gives
    /// whether there was anything to write.
    ///
    /// # Errors
    /// When it changed, is no plain file below its root, or cannot be written.
    pub fn write(&mut self, baseline: &Baseline) -> Result<bool, BaselineError> {
        let after = baseline.write();
        match self.text.clone() {
            None => fixes::write_new(&self.root, self.path.as_str(), &after)?,
            Some(before) if before == after => return Ok(false),
            Some(before) => {
                let (artifact, shown) = (self.path.clone(), (before.clone(), after.clone()));
                let after = after.clone();
                fixes::write(&self.root, &FileEdit { artifact, before, after, shown, fixes: 0 })?;
            }
        }
        self.text = Some(after);
        Ok(true)
    }
}
