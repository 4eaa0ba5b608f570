//! One instance of a plugin, and the calls into it.

use std::sync::Arc;
use std::time::Duration;

use seaworthy_analysis::Snapshot;
use wasmtime::component::Resource;
use wasmtime::{Store, Trap, UpdateDeadline};

use super::engine::Machine;
use super::state::Deadline;
use super::{Failure, Linked, LogLevel, State};
use crate::Limits;
use crate::bindings::exports::seaworthy::plugin::{file_rules, plugin, repo_rules};
use crate::bindings::seaworthy::plugin::types;
use crate::view::DocumentHandle;

/// What a call gives: findings, or why the plugin says that it could not do it.
pub(crate) type Answer = Result<Vec<types::Finding>, String>;

/// A running plugin. After a [`Failure`] it must not be used again.
pub(crate) struct Instance {
    store: Store<State>,
    plugin: plugin::Guest,
    files: Option<file_rules::Guest>,
    repository: Option<repo_rules::Guest>,
}

impl Instance {
    /// Starts a plugin. It has to start within its time, too.
    ///
    /// # Errors
    /// How it failed.
    pub(crate) fn start(
        machine: &Arc<Machine>,
        linked: &Linked,
        limits: &Limits,
        snapshot: Option<Snapshot>,
    ) -> Result<Self, Failure> {
        let mut store = Store::new(linked.code.engine(), State::new(limits, snapshot));
        store.limiter(|state| &mut state.memory);
        store.set_max_component_handles(limits.handles);
        // No clock ticks before the plugin is asked for the first time whether it is
        // over: while there is one thread alone, memory is mapped in half the time.
        let machine = Arc::clone(machine);
        store.epoch_deadline_callback(move |mut store| {
            let state = store.data_mut();
            if state.clock.is_none() {
                state.clock = Some(machine.clock().map_err(wasmtime::Error::new)?);
            }
            match state.deadline.is_over() {
                true => Err(Trap::Interrupt.into()),
                false => Ok(UpdateDeadline::Continue(1)),
            }
        });
        allow(&mut store, |limits| limits.start_time);
        // Refused where it is not counted. Time is what bounds a plugin, not this.
        let _ = store.set_fuel(u64::MAX);
        let started = (|| {
            let instance = linked.code.instantiate(&mut store)?;
            let files = linked.files.as_ref().map(|files| files.load(&mut store, &instance));
            let repository = linked.repository.as_ref().map(|it| it.load(&mut store, &instance));
            let plugin = linked.plugin.load(&mut store, &instance)?;
            wasmtime::Result::Ok((plugin, files.transpose()?, repository.transpose()?))
        })();
        match started {
            Ok((plugin, files, repository)) => Ok(Self { store, plugin, files, repository }),
            Err(error) => {
                let Failure { reason } = Failure::of(&error, store.data());
                Err(Failure::new(format!("did not start: it {reason}")))
            }
        }
    }

    /// Asks what the plugin is.
    ///
    /// # Errors
    /// How it failed.
    pub(crate) fn describe(&mut self) -> Result<types::PluginInfo, Failure> {
        allow(&mut self.store, |limits| limits.start_time);
        let answer = self.plugin.call_describe(&mut self.store);
        answer.map_err(|error| Failure::of(&error, self.store.data()))
    }

    /// Gives the plugin its configuration.
    ///
    /// # Errors
    /// How it failed, or why it refuses the configuration.
    pub(crate) fn configure(&mut self, config: &str) -> Result<(), Failure> {
        allow(&mut self.store, |limits| limits.start_time);
        match self.plugin.call_configure(&mut self.store, config) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => {
                let why = crate::check::phrase(&why);
                Err(Failure::new(format!("refuses its configuration: {why}")))
            }
            Err(error) => Err(Failure::of(&error, self.store.data())),
        }
    }

    /// Lets the plugin judge a file.
    ///
    /// # Errors
    /// How it failed.
    pub(crate) fn check_file(
        &mut self,
        document: DocumentHandle,
        rules: &[String],
    ) -> Result<Answer, Failure> {
        let Some(files) = &self.files else { return Ok(Ok(Vec::new())) };
        allow(&mut self.store, |limits| limits.file_time);
        let failed =
            |error: wasmtime::Error, store: &Store<State>| Err(Failure::of(&error, store.data()));
        let lent = match self.store.data_mut().push_document(document) {
            Ok(lent) => lent,
            Err(error) => return failed(error, &self.store),
        };
        let borrowed = Resource::new_borrow(lent.rep());
        let answer = match files.call_check_file(&mut self.store, borrowed, rules) {
            Ok(answer) => answer,
            Err(error) => return failed(error, &self.store),
        };
        let _ = self.store.data_mut().table.delete(lent);
        Ok(answer)
    }

    /// Lets the plugin judge the repository.
    ///
    /// # Errors
    /// How it failed.
    pub(crate) fn check_repository(&mut self, rules: &[String]) -> Result<Answer, Failure> {
        let Some(repository) = &self.repository else { return Ok(Ok(Vec::new())) };
        allow(&mut self.store, |limits| limits.repository_time);
        let answer = repository.call_check_repo(&mut self.store, rules);
        answer.map_err(|error| Failure::of(&error, self.store.data()))
    }

    /// Takes what the plugin said since this was last asked.
    pub(crate) fn take_log(&mut self) -> Vec<(LogLevel, String)> {
        self.store.data_mut().log.take()
    }

    /// What it executed since its start, in wasmtime's units of fuel; none where that
    /// is not counted.
    pub(crate) fn fuel(&self) -> Option<u64> {
        self.store.get_fuel().ok().map(|left| u64::MAX - left)
    }

    /// The bytes of its memory.
    pub(crate) fn memory(&self) -> usize {
        self.store.data().memory.used()
    }
}

/// Opens the account of a call.
fn allow(store: &mut Store<State>, time: fn(&Limits) -> Duration) {
    let limits = &store.data().limits;
    let (fuel, time) = (limits.hostcall_fuel, time(limits));
    store.set_hostcall_fuel(fuel);
    // Where no clock ticks yet, the deadline is now.
    store.set_epoch_deadline(u64::from(store.data().clock.is_some()));
    store.data_mut().deadline = Deadline::after(time);
}
