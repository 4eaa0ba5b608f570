//! What a rule is to the outside: its identity, its documentation and its
//! weight. How it decides is the business of the crates above.

use std::fmt;
use std::str::FromStr;

/// How bad a finding is. The names and bands are those of CVSS and GitHub's
/// `security-severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// An observation; never fails a scan unless asked to.
    Info,
    /// Worth doing.
    Low,
    /// Should be mended before shipping.
    Medium,
    /// Must be mended before shipping.
    High,
    /// Is exploitable as it stands.
    Critical,
}

impl Severity {
    /// All severities, mildest first.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The name in lower case, as settings and reports write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// SARIF's level.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Severity::Critical | Severity::High => Level::Error,
            Severity::Medium => Level::Warning,
            Severity::Low | Severity::Info => Level::Note,
        }
    }

    /// GitHub's `security-severity`: over 9.0 critical, 7.0 to 8.9 high, 4.0
    /// to 6.9 medium, 0.1 to 3.9 low. A string, because GitHub refuses numbers.
    #[must_use]
    pub const fn security_severity(self) -> &'static str {
        match self {
            Severity::Critical => "9.5",
            Severity::High => "8.0",
            Severity::Medium => "5.5",
            Severity::Low => "2.5",
            Severity::Info => "0.5",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = ();

    /// Reads a severity, or one of SARIF's levels as the least severity that
    /// has it: `error` is high, `warning` medium, `note` info.
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "error" => Ok(Severity::High),
            "warning" => Ok(Severity::Medium),
            "note" => Ok(Severity::Info),
            _ => Severity::ALL.into_iter().find(|s| s.as_str() == text).ok_or(()),
        }
    }
}

/// SARIF's `level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Low and info.
    Note,
    /// Medium.
    Warning,
    /// High and critical.
    Error,
}

impl Level {
    /// SARIF's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// How often a rule is right when it speaks: GitHub's `precision`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Often wrong; off unless asked for.
    Low,
    /// Right most of the time.
    Medium,
    /// Rarely wrong.
    High,
    /// Decided by the format itself.
    VeryHigh,
}

impl Precision {
    /// GitHub's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Precision::Low => "low",
            Precision::Medium => "medium",
            Precision::High => "high",
            Precision::VeryHigh => "very-high",
        }
    }
}

/// The part of a review that a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Leaked, weak or misplaced secrets.
    Secrets,
    /// JWT, sessions and authentication settings.
    Auth,
    /// Environment files and variables.
    Environment,
    /// What git tracks and ignores.
    GitHygiene,
    /// Docker Compose.
    Compose,
    /// Dockerfiles.
    Dockerfile,
    /// Vercel configuration.
    Vercel,
    /// HTTP response headers.
    HttpHeaders,
    /// Transport security and databases.
    TlsAndDatabase,
    /// Continuous integration and delivery.
    Ci,
    /// Manifests and lockfiles.
    Dependencies,
    /// Scripts that deploy, back up, restore and migrate.
    Operations,
    /// What plugins check.
    Plugins,
}

impl Group {
    /// The groups of the rules that are built in, in the order of the documentation.
    pub const ALL: [Group; 12] = [
        Group::Secrets,
        Group::Auth,
        Group::Environment,
        Group::GitHygiene,
        Group::Compose,
        Group::Dockerfile,
        Group::Vercel,
        Group::HttpHeaders,
        Group::TlsAndDatabase,
        Group::Ci,
        Group::Dependencies,
        Group::Operations,
    ];

    /// The name in kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Group::Secrets => "secrets",
            Group::Auth => "jwt-and-auth",
            Group::Environment => "environment",
            Group::GitHygiene => "git-hygiene",
            Group::Compose => "compose",
            Group::Dockerfile => "dockerfile",
            Group::Vercel => "vercel",
            Group::HttpHeaders => "http-headers",
            Group::TlsAndDatabase => "tls-and-database",
            Group::Ci => "ci",
            Group::Dependencies => "dependencies",
            Group::Operations => "operations",
            Group::Plugins => "plugins",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// SARIF's `reportingDescriptor`: one check, as documentation, settings and
/// reports know it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Flat kebab-case id that reads well after "allow …"; that of a plugin's rule is
    /// `<plugin>/<rule>`. Never changes.
    pub id: &'static str,
    /// Ids that this rule had before; settings and suppressions accept them.
    pub former_ids: &'static [&'static str],
    /// The part of a review that it belongs to.
    pub group: Group,
    /// What is wrong when the rule fires, as one phrase: no capital, no period.
    pub summary: &'static str,
    /// The documentation in Markdown; its first line begins with "Flags".
    pub help: &'static str,
    /// The usual severity. A finding may deviate from it.
    pub severity: Severity,
    /// How often the rule is right.
    pub precision: Precision,
    /// CWE numbers, most specific first.
    pub cwe: &'static [u16],
    /// Whether the rule runs without being asked for.
    pub enabled: bool,
    /// A title of a few words; none: made of the id.
    pub title: Option<&'static str>,
    /// GitHub's `security-severity` in tenths, 1 to 100; none: as the severity says.
    pub security_severity: Option<u8>,
    /// Words to filter by, besides those that follow from the other fields.
    pub tags: &'static [&'static str],
    /// A page about the rule; none: that of our documentation.
    pub uri: Option<&'static str>,
}

impl Rule {
    /// Values for `..Rule::DEFAULT` in a rule's definition.
    pub const DEFAULT: Rule = Rule {
        id: "",
        former_ids: &[],
        group: Group::Secrets,
        summary: "",
        help: "",
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[],
        enabled: true,
        title: None,
        security_severity: None,
        tags: &[],
        uri: None,
    };

    /// Whether settings or a suppression that say `id` mean this rule.
    #[must_use]
    pub fn answers_to(&self, id: &str) -> bool {
        self.id == id || self.former_ids.contains(&id)
    }

    /// The name of the plugin that brings the rule, if one does.
    #[must_use]
    pub fn plugin(&self) -> Option<&'static str> {
        self.id.split_once('/').map(|(plugin, _)| plugin)
    }

    /// The address of the rule's documentation.
    #[must_use]
    pub fn url(&self) -> String {
        const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
        match (self.uri, self.plugin()) {
            (Some(uri), _) => uri.to_owned(),
            (None, Some(_)) => format!("{REPOSITORY}/blob/main/docs/plugins/README.md"),
            (None, None) => format!("{REPOSITORY}/blob/main/docs/rules/{}.md", self.id),
        }
    }

    /// The id in PascalCase: SARIF's `name`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = String::with_capacity(self.id.len());
        for word in self.id.split(['-', '/', '_']) {
            let mut characters = word.chars();
            if let Some(first) = characters.next() {
                name.extend(first.to_uppercase());
                name.push_str(characters.as_str());
            }
        }
        name
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_read_levels_too() {
        assert_eq!("high".parse(), Ok(Severity::High));
        assert_eq!("warning".parse(), Ok(Severity::Medium));
        assert_eq!("HIGH".parse::<Severity>(), Err(()));
    }

    #[test]
    fn names_are_pascal_case() {
        let rule = Rule { id: "header-x-frame-options", ..Rule::DEFAULT };
        assert_eq!(rule.name(), "HeaderXFrameOptions");
        assert_eq!(Rule { id: "team/no-root", ..rule }.name(), "TeamNoRoot");
    }

    #[test]
    fn the_id_names_the_plugin() {
        assert_eq!(Rule { id: "team/no-root", ..Rule::DEFAULT }.plugin(), Some("team"));
        assert_eq!(Rule { id: "secret-weak", ..Rule::DEFAULT }.plugin(), None);
    }
}
