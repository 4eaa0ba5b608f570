//! What hindered the tool without being a fault of the repository's design.

use crate::{ArtifactPath, Level, Position};

/// SARIF's `toolExecutionNotification`: something the reader must know about
/// how complete the report is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notification {
    /// The file concerned.
    pub artifact: Option<ArtifactPath>,
    /// The place in the file.
    pub position: Option<Position>,
    /// What happened.
    pub kind: NotificationKind,
    /// A sentence for the reader; control characters are the renderer's care.
    pub message: String,
    /// The line at fault, where it can hold no secret: a line of the settings.
    pub excerpt: Option<String>,
}

impl Notification {
    /// A notification about the run as a whole.
    #[must_use]
    pub fn new(kind: NotificationKind, message: impl Into<String>) -> Self {
        Self { artifact: None, position: None, kind, message: message.into(), excerpt: None }
    }

    /// Names the file concerned.
    #[must_use]
    pub fn in_artifact(mut self, artifact: ArtifactPath) -> Self {
        self.artifact = Some(artifact);
        self
    }

    /// Names the place in the file.
    #[must_use]
    pub fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }

    /// Quotes the line at fault, trimmed and cut to a readable length. Only for
    /// files that hold no secrets.
    #[must_use]
    pub fn quoting(mut self, line: &str) -> Self {
        const LONGEST: usize = 120;
        let line = line.trim();
        let mut excerpt: String = line.chars().take(LONGEST).collect();
        if excerpt.len() < line.len() {
            excerpt.push('…');
        }
        self.excerpt = Some(excerpt).filter(|excerpt| !excerpt.is_empty());
        self
    }
}

/// The kinds of notification; each is a SARIF notification descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationKind {
    /// A file or folder could not be read.
    Unreadable,
    /// A file's syntax is broken; what could be known of it was judged.
    Malformed,
    /// A file exceeds the size limit and was not looked at.
    TooLarge,
    /// A known configuration file holds binary data.
    Binary,
    /// A file is not UTF-8; it was decoded as said in the message.
    Encoding,
    /// A path is not UTF-8 or leaves the root.
    Path,
    /// Something about git could not be known.
    GitUnknown,
    /// A rule failed; the others went on.
    RuleFailed,
    /// A limit was reached and part of a file was not judged.
    LimitReached,
    /// Results were cut to fit a consumer's limits.
    Truncated,
    /// The settings are wrong.
    SettingsInvalid,
    /// A setting or an inline ignore has no effect.
    SettingsUnused,
    /// An entry of the baseline matches nothing any more.
    BaselineStale,
    /// Marks of other tools stand at findings.
    ForeignIgnores,
    /// A plugin stopped with an error, or its answer had to be refused.
    PluginFailed,
    /// A plugin that the settings name was not run.
    PluginNotRun,
    /// What a plugin has to say besides findings.
    PluginLog,
}

impl NotificationKind {
    /// All kinds, in the order of their ids.
    pub const ALL: [NotificationKind; 17] = [
        NotificationKind::Unreadable,
        NotificationKind::Malformed,
        NotificationKind::TooLarge,
        NotificationKind::Binary,
        NotificationKind::Encoding,
        NotificationKind::Path,
        NotificationKind::GitUnknown,
        NotificationKind::RuleFailed,
        NotificationKind::LimitReached,
        NotificationKind::Truncated,
        NotificationKind::SettingsInvalid,
        NotificationKind::SettingsUnused,
        NotificationKind::BaselineStale,
        NotificationKind::ForeignIgnores,
        NotificationKind::PluginFailed,
        NotificationKind::PluginNotRun,
        NotificationKind::PluginLog,
    ];

    /// The descriptor id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            NotificationKind::Unreadable => "file-unreadable",
            NotificationKind::Malformed => "file-malformed",
            NotificationKind::TooLarge => "file-too-large",
            NotificationKind::Binary => "file-binary",
            NotificationKind::Encoding => "file-encoding",
            NotificationKind::Path => "path-unusable",
            NotificationKind::GitUnknown => "git-unknown",
            NotificationKind::RuleFailed => "rule-failed",
            NotificationKind::LimitReached => "limit-reached",
            NotificationKind::Truncated => "results-truncated",
            NotificationKind::SettingsInvalid => "settings-invalid",
            NotificationKind::SettingsUnused => "settings-unused",
            NotificationKind::BaselineStale => "baseline-stale",
            NotificationKind::ForeignIgnores => "foreign-ignores",
            NotificationKind::PluginFailed => "plugin-failed",
            NotificationKind::PluginNotRun => "plugin-not-run",
            NotificationKind::PluginLog => "plugin-log",
        }
    }

    /// One sentence on what the notification means for the reader.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            NotificationKind::Unreadable => "A file or folder could not be read and was left out.",
            NotificationKind::Malformed => {
                "A file's syntax is broken; only the parts that could be read were judged."
            }
            NotificationKind::TooLarge => "A file is larger than the limit and was left out.",
            NotificationKind::Binary => {
                "A file that is named like a configuration holds binary data and was left out."
            }
            NotificationKind::Encoding => "A file is not valid UTF-8 and was decoded with care.",
            NotificationKind::Path => "A path cannot be used and was left out.",
            NotificationKind::GitUnknown => {
                "A question to git could not be answered, so rules that depend on it were silent."
            }
            NotificationKind::RuleFailed => "A rule stopped with an error; the others went on.",
            NotificationKind::LimitReached => {
                "A safety limit was reached and part of a file was not judged."
            }
            NotificationKind::Truncated => "Results were cut to fit the limits of the consumer.",
            NotificationKind::SettingsInvalid => "A setting is wrong and was not applied.",
            NotificationKind::SettingsUnused => "A setting or an inline ignore has no effect.",
            NotificationKind::BaselineStale => {
                "An entry of the baseline matches nothing any more; `seaworthy baseline prune` \
                 drops it."
            }
            NotificationKind::ForeignIgnores => {
                "Marks by which other tools are told to be silent stand at findings."
            }
            NotificationKind::PluginFailed => {
                "A plugin stopped with an error; what it would have found is missing."
            }
            NotificationKind::PluginNotRun => {
                "A plugin that the settings name was not run; what it would have found is missing."
            }
            NotificationKind::PluginLog => "A plugin says something about its run.",
        }
    }

    /// The level at which it is shown.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            NotificationKind::RuleFailed
            | NotificationKind::SettingsInvalid
            | NotificationKind::PluginFailed => Level::Error,
            NotificationKind::Encoding
            | NotificationKind::Truncated
            | NotificationKind::BaselineStale
            | NotificationKind::ForeignIgnores
            | NotificationKind::PluginLog => Level::Note,
            _ => Level::Warning,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_lines_are_trimmed_and_cut() {
        let quoting = |line: &str| {
            Notification::new(NotificationKind::SettingsInvalid, "").quoting(line).excerpt
        };
        assert_eq!(quoting("  fail-on = 3\r\n").as_deref(), Some("fail-on = 3"));
        assert_eq!(quoting(" \t"), None);
        assert_eq!(quoting(&"ü".repeat(500)), Some(format!("{}…", "ü".repeat(120))));
    }
}
