//! `seaworthy plugin`: the life of a plugin, from its template to a scan.
//!
//! The host (`seaworthy-plugin-host`) knows components, caches and locks, and the
//! engine runs plugins. Here is what people and the network have to do with it.

mod arguments;
mod build;
mod child;
mod compile;
mod fetch;
mod manage;
mod new;
mod repository;
mod show;
mod source;
mod templates;
mod test;

pub(crate) use arguments::PluginArguments;
pub(crate) use compile::compile;

use std::io::Write as _;

use arguments::PluginCommand;

/// Does what is asked.
pub(crate) fn run(arguments: &PluginArguments) -> anyhow::Result<u8> {
    match &arguments.command {
        PluginCommand::New(arguments) => new::run(arguments),
        PluginCommand::Build(arguments) => build::run(arguments),
        PluginCommand::Test(arguments) => test::run(arguments),
        PluginCommand::Add(arguments) => manage::add(arguments),
        PluginCommand::Fetch(arguments) => manage::fetch_all(arguments),
        PluginCommand::Trust(arguments) => manage::trust(arguments),
        PluginCommand::List(arguments) => show::list(arguments),
        PluginCommand::Info(arguments) => show::info(arguments),
        PluginCommand::Update(arguments) => manage::update(arguments),
        PluginCommand::Remove(arguments) => manage::remove(arguments),
        PluginCommand::Verify(arguments) => show::verify(arguments),
        PluginCommand::Compile(arguments) => compile::run(arguments),
        PluginCommand::Download(arguments) => fetch::run(arguments),
    }
}

/// Prints a line.
fn say(line: impl AsRef<str>) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}", seaworthy_report::visible(line.as_ref()))?;
    Ok(())
}

/// `1 rule`, `3 rules`.
fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}
