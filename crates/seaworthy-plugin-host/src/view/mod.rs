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

mod answer;
mod compose;
mod definitions;
mod document;
mod env;
mod formats;
mod judge;
pub(crate) mod kinds;
mod path;
mod repo;
#[cfg(test)]
mod sample;
mod stack;
mod text;
mod tree;
mod values;

use seaworthy_analysis::{Artifact, Snapshot};
use seaworthy_model::{ArtifactPath, Region};
use wasmtime::component::{HasSelf, Linker, Resource};

use crate::bindings::seaworthy::plugin as contract;
use crate::runtime::State;

/// The most Compose projects of one answer; each is a handle.
const MAX_STACKS: usize = 500;

/// A file: its place among [`Snapshot::artifacts`].
#[derive(Clone, Copy, Debug)]
#[expect(unreachable_pub, reason = "the generated bindings name it in public")]
pub struct DocumentHandle(pub(crate) usize);

impl DocumentHandle {
    /// The file.
    pub(crate) fn artifact(self, snapshot: &Snapshot) -> &Artifact {
        &snapshot.artifacts()[self.0]
    }
}

/// A Compose project: its place among the stacks of the joined view.
#[derive(Clone, Copy, Debug)]
#[expect(unreachable_pub, reason = "the generated bindings name it in public")]
pub struct StackHandle(pub(crate) usize);

/// Gives a plugin the host's side of the contract, as far as it asks for it.
pub(crate) fn add_to_linker(
    linker: &mut Linker<State>,
    asks_for: &dyn Fn(&str) -> bool,
) -> wasmtime::Result<()> {
    if asks_for("types") {
        contract::types::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    }
    if asks_for("documents") {
        contract::documents::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    }
    if asks_for("repo") {
        contract::repo::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    }
    if asks_for("values") {
        contract::values::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    }
    if asks_for("log") {
        contract::log::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    }
    Ok(())
}

impl contract::types::Host for State {}

/// Handles to the Compose projects, or to those with the given base.
fn stacks_of(
    state: &mut State,
    base: Option<&ArtifactPath>,
) -> wasmtime::Result<Vec<Resource<StackHandle>>> {
    let snapshot = state.joined_snapshot()?;
    let mut handles = answer::Answer::of_at_most(MAX_STACKS);
    for (index, stack) in snapshot.joined().stacks().iter().enumerate() {
        if base.is_some_and(|base| stack.primary_file() != base) {
            continue;
        }
        if !handles.push(StackHandle(index), 0) {
            break;
        }
    }
    let handles = handles.told(&snapshot, base, "Compose projects");
    handles.into_iter().map(|handle| state.push_stack(handle)).collect()
}

/// A region in the words of the contract.
fn region(region: Region) -> contract::types::Region {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    contract::types::Region { start: offset(region.start), end: offset(region.end) }
}
