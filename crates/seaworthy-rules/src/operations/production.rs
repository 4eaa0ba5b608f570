//! How a finding says by which way production comes to a command.

use seaworthy_analysis::Draft;
use seaworthy_analysis::joined::{Scripts, ShellKind, ShellText};

/// What runs a text, for people.
pub(super) fn run_by(text: &ShellText) -> String {
    match &text.kind {
        ShellKind::File => format!("{} runs", text.path.file_name()),
        ShellKind::Manifest(name) => format!("The script `{name}` runs"),
        ShellKind::Target(name) => format!("The target `{name}` runs"),
        ShellKind::Build => "The build of the image runs".to_owned(),
        ShellKind::Start => "The container runs".to_owned(),
        ShellKind::Service(name) => format!("Service {name} runs"),
        ShellKind::Step(name) => format!("The job {name} runs"),
    }
}

/// Names the calls by which production comes to a text.
pub(super) fn explain(draft: &mut Draft, scripts: &Scripts, text: &ShellText) {
    for (caller, command) in scripts.callers(text) {
        draft.related(&caller.path, caller.place(command.region), "production comes here");
    }
}
