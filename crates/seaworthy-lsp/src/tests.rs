//! The server over a connection in memory, with repositories on disk.

mod actions;
mod diagnostics;
mod editor;
mod hostile;
mod workspace;
