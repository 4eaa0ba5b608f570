//! Running a plugin inside its bounds.

mod log;
mod state;

pub(crate) use state::State;
