//! The parts of a run that are neither rules nor results.

use std::collections::BTreeMap;

use seaworthy_model::{GitProvenance, Notification, NotificationKind, Report};
use serde_json::json;
use serde_sarif::sarif;

use super::select::Selection;
use super::{place, tool};
use crate::TOOL;
use crate::plain::end_sentence;

/// How the run went. No times, no command line and no environment: they would
/// make equal runs differ and tell about the machine.
pub(super) fn invocation(report: &Report, selection: &Selection<'_>) -> sarif::Invocation {
    let (configuration, execution): (Vec<_>, Vec<_>) =
        selection.notifications.iter().partition(|notification| {
            matches!(
                notification.kind,
                NotificationKind::SettingsInvalid | NotificationKind::SettingsUnused
            )
        });
    let build = |list: Vec<&Notification>| {
        Some(list.into_iter().map(|known| notification(known, selection)).collect())
    };
    // 0 is clean and 1 is findings; everything else did not do the work.
    let mut invocation =
        sarif::Invocation::builder().execution_successful(report.exit_code <= 1).build();
    invocation.exit_code = Some(i64::from(report.exit_code));
    invocation.tool_execution_notifications = build(execution);
    invocation.tool_configuration_notifications = build(configuration);
    invocation
}

fn notification(known: &Notification, selection: &Selection<'_>) -> sarif::Notification {
    let mut text = known.message.clone();
    end_sentence(&mut text);
    if let Some(line) = &known.excerpt {
        text.push_str("\n\n");
        text.push_str(line);
    }
    let descriptor = sarif::ReportingDescriptorReference {
        id: Some(known.kind.id().to_owned()),
        index: tool::notification_index(known.kind).map(place::integer),
        ..Default::default()
    };
    let mut built = sarif::Notification::builder().message(place::message(text)).build();
    built.descriptor = Some(descriptor);
    built.level = Some(json!(known.kind.level().as_str()));
    built.locations =
        known.artifact.as_ref().map(|path| vec![place::bare(path, known.position, selection)]);
    built
}

/// The trailing slash makes GitHub take what stands before it for a category.
pub(super) fn automation(category: Option<&str>) -> sarif::RunAutomationDetails {
    let category = category.map(|category| category.trim_matches('/')).unwrap_or_default();
    let id = if category.is_empty() { format!("{TOOL}/") } else { format!("{TOOL}/{category}/") };
    sarif::RunAutomationDetails { id: Some(id), ..Default::default() }
}

/// Only a description: the root's address would tell about the machine.
pub(super) fn uri_bases() -> BTreeMap<String, sarif::ArtifactLocation> {
    let description = Some(place::message("The root of the audited files."));
    let root = sarif::ArtifactLocation { description, ..Default::default() };
    BTreeMap::from([(place::ROOT.to_owned(), root)])
}

/// The repository, if its address is or can be made a URI.
pub(super) fn provenance(git: &GitProvenance) -> Option<sarif::VersionControlDetails> {
    let uri = absolute_uri(git.repository_uri.as_deref()?)?;
    let root =
        sarif::ArtifactLocation { uri_base_id: Some(place::ROOT.to_owned()), ..Default::default() };
    let mut details = sarif::VersionControlDetails::builder().repository_uri(uri).build();
    details.revision_id.clone_from(&git.revision);
    details.branch.clone_from(&git.branch);
    details.mapped_to = Some(root);
    Some(details)
}

/// A git remote as an absolute URI: `git@host:path` becomes `ssh://`. `None`
/// for a local path and for what no URI may contain.
fn absolute_uri(remote: &str) -> Option<String> {
    if !remote.bytes().all(|byte| byte.is_ascii_graphic())
        || remote.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
    {
        return None;
    }
    let Some((scheme, rest)) = remote.split_once("://") else {
        let (host, path) = remote.split_once(':')?;
        // A single letter before the colon is a drive.
        if host.len() < 2 || host.contains('/') {
            return None;
        }
        return Some(format!("ssh://{host}/{}", path.trim_start_matches('/')));
    };
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || scheme == "file" {
        return None;
    }
    // The engine drops credentials; should one slip through, it ends here.
    let end = rest.find('/').unwrap_or(rest.len());
    let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
    // A name alone is a token for a web server, but a plain name for ssh.
    let keep = scheme.ends_with("ssh") && !rest[..host].contains(':');
    let rest = if keep { rest } else { &rest[host..] };
    Some(format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_become_absolute_uris_without_passwords() {
        let cases = [
            ("https://git.example.com/a/b.git", Some("https://git.example.com/a/b.git")),
            ("git@git.example.com:a/b.git", Some("ssh://git@git.example.com/a/b.git")),
            ("ssh://git@git.example.com:2222/a", Some("ssh://git@git.example.com:2222/a")),
            ("https://token@git.example.com/a", Some("https://git.example.com/a")),
            ("https://me:pw@git.example.com/a@b", Some("https://git.example.com/a@b")),
            ("/srv/git/a.git", None),
            ("file:///srv/git/a.git", None),
            ("C:\\git\\a", None),
            ("C:/git/a", None),
            ("https://git.example.com/a b", None),
            ("", None),
        ];
        for (remote, want) in cases {
            assert_eq!(absolute_uri(remote).as_deref(), want, "{remote}");
        }
    }

    #[test]
    fn the_category_stands_between_slashes() {
        for (category, want) in [
            (None, "seaworthy/"),
            (Some(""), "seaworthy/"),
            (Some("api"), "seaworthy/api/"),
            (Some("/api/web/"), "seaworthy/api/web/"),
        ] {
            assert_eq!(automation(category).id.as_deref(), Some(want));
        }
    }
}
