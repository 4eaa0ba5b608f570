//! The documents that are open in the editor.

use lsp_types::Uri;
use seaworthy_model::ArtifactPath;

use crate::roots::RootId;

/// An open document.
pub(crate) struct Buffer {
    /// As the client spells it.
    pub(crate) uri: Uri,
    pub(crate) version: i32,
    pub(crate) text: String,
    /// The root that speaks for it, and its path there; none when nobody does.
    pub(crate) place: Option<(RootId, ArtifactPath)>,
}
