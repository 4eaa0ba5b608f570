//! Why a plugin cannot be used.

use crate::Digest;

/// The largest component that is taken: 32 MiB.
pub const MAX_COMPONENT_BYTES: u64 = 32 << 20;

/// The major version of the contract that this host speaks.
pub const API_MAJOR: u64 = 1;

/// Why a plugin cannot be used. The messages are phrases that follow the plugin's
/// name; nothing in them was written by the plugin without being cleaned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// The user has not trusted it.
    #[error("not trusted by this user, so it was not run")]
    Untrusted,
    /// Its bytes are nowhere to be had without a connection.
    #[error("not installed on this machine: no component with the digest {digest}")]
    NotInstalled {
        /// The digest asked for.
        digest: Digest,
    },
    /// Its file cannot be read.
    #[error("its component cannot be read: {reason}")]
    Unreadable {
        /// What the system says.
        reason: String,
    },
    /// Its bytes are not those that were pinned.
    #[error("its component is not the pinned one: expected the digest {expected}, found {found}")]
    OtherBytes {
        /// What was pinned.
        expected: Digest,
        /// What is there.
        found: Digest,
    },
    /// It is larger than [`MAX_COMPONENT_BYTES`].
    #[error("its component is larger than {} MiB", MAX_COMPONENT_BYTES >> 20)]
    TooLarge,
    /// It is no WebAssembly at all.
    #[error("its file is no WebAssembly component")]
    NoComponent,
    /// It is a core module.
    #[error(
        "its file is a WebAssembly module, not a component; `seaworthy plugin build` makes one of it"
    )]
    CoreModule,
    /// It is broken, or does not compile.
    #[error("its component does not compile: {reason}")]
    Invalid {
        /// What the compiler says.
        reason: String,
    },
    /// It was built for another major version of the contract.
    #[error("plugin needs plugin API {needed}, this host speaks {API_MAJOR}")]
    OtherApi {
        /// The major version that it needs.
        needed: u64,
    },
    /// It does not export what every plugin does.
    #[error("its component does not export `{interface}`")]
    NoExport {
        /// The interface.
        interface: &'static str,
    },
    /// It imports what this host does not offer.
    #[error("its component does not fit this host: {reason}")]
    Import {
        /// What does not fit.
        reason: String,
    },
    /// It failed while it described itself.
    #[error("it failed to describe itself: {reason}")]
    Describe {
        /// How it failed.
        reason: String,
    },
    /// What it says of itself is against the contract.
    #[error("what it says of itself is wrong: {reason}")]
    Metadata {
        /// What is wrong.
        reason: String,
    },
    /// It is called otherwise than expected.
    #[error("it calls itself `{found}`")]
    OtherName {
        /// Its name for itself.
        found: String,
    },
    /// Its configuration does not fit its schema.
    #[error("its configuration is wrong: {reason}")]
    Configuration {
        /// What is wrong.
        reason: String,
    },
    /// Two plugins have one name.
    #[error("another plugin has the same name")]
    Twice,
    /// WebAssembly cannot be run on this machine.
    #[error("WebAssembly cannot be run here: {reason}")]
    Engine {
        /// Why.
        reason: String,
    },
}
