//! The contract's view of a scan: `documents`, `repo` and `values` over a
//! snapshot.
//!
//! The data of a wasmtime store is `'static`, so every store's [`State`] has a clone
//! of the snapshot, which is cheap and one and the same snapshot. A handle holds no
//! reference, only the place of its thing in lists of the snapshot, which never
//! change:
//!
//! ```ignore
//! impl documents::HostDocument for State {
//!     fn path(&mut self, this: Resource<DocumentHandle>) -> wasmtime::Result<String> {
//!         let snapshot = self.snapshot()?; // a clone: `self` stays free
//!         let handle = *self.table.get(&this)?;
//!         Ok(handle.artifact(&snapshot).path().as_str().to_owned())
//!     }
//! }
//! ```
//!
//! A new handle is given out by [`State::push_document`] and
//! [`State::push_stack`], which count against the limit of handles. An `Err` of a
//! host function stops the plugin, so it is for limits and for calls at the wrong
//! time alone; what a plugin may ask in vain is answered by `none` or an empty list.
//! Kinds, roles and environments are spelled by [`kinds`], patterns of paths
//! read by [`crate::glob`], which selectors use, too.

use seaworthy_analysis::{Artifact, Snapshot};
use wasmtime::component::{HasSelf, Linker};

use crate::bindings::seaworthy::plugin as contract;
use crate::runtime::State;

/// A file: its place among [`Snapshot::artifacts`].
#[derive(Clone, Copy, Debug)]
pub struct DocumentHandle(pub(crate) usize);

impl DocumentHandle {
    /// The file.
    pub(crate) fn artifact(self, snapshot: &Snapshot) -> &Artifact {
        &snapshot.artifacts()[self.0]
    }
}

/// A Compose project: its place among the stacks of the joined view.
#[derive(Clone, Copy, Debug)]
pub struct StackHandle(pub(crate) usize);

/// Gives a plugin the host's side of the contract.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    contract::log::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    Ok(())
}
