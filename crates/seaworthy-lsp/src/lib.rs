//! The language server: what an editor is told while its user types.
//!
//! A thread for the client (the main loop, which never works long) and one for each
//! root, which owns a [`Workspace`](seaworthy_engine::Workspace) with the editor's
//! buffers laid over the files. An edit goes into the buffer at once and makes the
//! running report stale, which is then given up; the next report is begun when the
//! typing rests, or when the client asks.
//!
//! Only this crate knows the protocol. It sends no text that it has not got from the
//! client but findings, which hold no secret, and the edits that mend them.

mod actions;
mod buffers;
mod client;
mod dispatch;
mod documents;
mod edits;
mod hover;
mod mend;
mod parent;
mod picture;
mod position;
mod publish;
mod pull;
mod roots;
mod server;
mod settings;
#[cfg(test)]
mod tests;
mod transport;
mod uri;
mod worker;

use seaworthy_engine::PluginOptions;

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How plugins are treated in workspaces that the user trusts.
    pub plugins: PluginOptions,
}

/// Serves one client over standard input and output until it says goodbye or is gone.
/// Returns the exit code of the process: 0 when the client shut the server down as the
/// protocol wants it, otherwise 1.
#[must_use]
pub fn serve(options: Options) -> u8 {
    let (connection, writer) = transport::stdio();
    let code = server::serve(&connection, options);
    drop(connection);
    writer.finish();
    code
}
