//! The connection strings of production, and what they say of TLS.

use std::collections::HashMap;

use seaworthy_analysis::names::split_words;
use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::values::{ConnectionUrl, HostKind, host_kind, parse_url};
use seaworthy_analysis::{PieceSizes, Snapshot};
use seaworthy_formats::compose::FileName;
use seaworthy_model::{ArtifactPath, Region};

use crate::environment::production::{Setting, Settings};

/// What a connection string leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    Postgres,
    MySql,
    SqlServer,
    Mongo,
    Redis,
}

impl Store {
    fn of_scheme(scheme: &str) -> Option<Self> {
        let scheme = scheme.to_ascii_lowercase();
        let scheme = scheme.strip_prefix("jdbc:").unwrap_or(&scheme);
        // `postgresql+asyncpg` names the driver behind the plus.
        let base = scheme.split(['+', ':']).next().unwrap_or(scheme);
        match base {
            "postgres" | "postgresql" | "pgsql" | "psql" | "postgis" | "cockroachdb" => {
                Some(Self::Postgres)
            }
            "mysql" | "mysql2" | "mariadb" => Some(Self::MySql),
            "sqlserver" | "mssql" => Some(Self::SqlServer),
            "mongodb" => Some(Self::Mongo),
            "redis" | "rediss" | "valkey" | "valkeys" => Some(Self::Redis),
            _ => None,
        }
    }

    /// How a message calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::SqlServer => "SQL Server",
            Self::Mongo => "MongoDB",
            Self::Redis => "Redis",
        }
    }
}

/// A connection string among the settings of production.
pub(super) struct Connection<'s> {
    pub(super) setting: &'s Setting,
    /// The string, blanks around it left out.
    pub(super) text: &'s str,
    pub(super) url: ConnectionUrl,
    pub(super) store: Store,
}

/// The connection strings among the settings; those for tests and for Prisma's
/// shadow database left out.
pub(super) fn connections(settings: &Settings) -> impl Iterator<Item = Connection<'_>> {
    settings.iter().filter_map(|setting| {
        let aside = split_words(&setting.name).iter().any(|word| {
            matches!(
                word.as_str(),
                "test" | "testing" | "shadow" | "dev" | "development" | "local" | "e2e"
            )
        });
        let text = setting.value.trim();
        let url = parse_url(text).filter(|_| !aside)?;
        let store = Store::of_scheme(text.get(url.scheme.clone())?)?;
        Some(Connection { setting, text, url, store })
    })
}

impl Connection<'_> {
    /// The scheme in lower case.
    pub(super) fn scheme(&self) -> String {
        self.text[self.url.scheme.clone()].to_ascii_lowercase()
    }

    /// Where the farthest of its hosts is, with that host; `None` when one of
    /// them is not known, or it is a socket.
    pub(super) fn farthest(&self) -> Option<(HostKind, &str)> {
        let is_socket =
            |host: &str| host.starts_with('/') || host.to_ascii_lowercase().starts_with("%2f");
        if self.parameter("host").is_some_and(is_socket) {
            return None;
        }
        let mut farthest: Option<(HostKind, &str)> = None;
        for range in &self.url.hosts {
            let host = &self.text[range.clone()];
            let kind = host_kind(host);
            if kind == HostKind::Placeholder || is_socket(host) {
                return None;
            }
            if farthest.is_none_or(|(known, _)| kind > known) {
                farthest = Some((kind, host));
            }
        }
        farthest
    }

    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.url.parameter(self.text, name).map(|range| &self.text[range])
    }

    /// The first of these parameters that is given, with its value in lower case.
    pub(super) fn any_parameter(&self, names: &[&'static str]) -> Option<(&'static str, String)> {
        names.iter().find_map(|name| {
            let value = self.parameter(name)?;
            Some((*name, value.trim_matches(['"', '\'']).to_ascii_lowercase()))
        })
    }

    /// Whether parameters may be hidden in what only the deployment knows.
    pub(super) fn has_unknown_tail(&self) -> bool {
        self.text[self.url.path.start..].contains(['$', '<', '{'])
    }

    /// Where bytes of the string stand in the file; `None` when it is not written
    /// there as it is read.
    pub(super) fn place(
        &self,
        snapshot: &Snapshot,
        range: std::ops::Range<usize>,
    ) -> Option<Region> {
        let artifact = snapshot.artifact(self.setting.artifact.as_str())?;
        let written = snapshot.text(artifact)?.get(self.setting.value_region.range())?;
        let at = written.find(self.text).filter(|_| !self.text.is_empty())?;
        let start = self.setting.value_region.start + at;
        Some(Region::new(start + range.start, start + range.end))
    }

    /// Where a parameter's value stands in the file.
    pub(super) fn parameter_place(&self, snapshot: &Snapshot, name: &str) -> Option<Region> {
        self.place(snapshot, self.url.parameter(self.text, name)?)
    }

    /// Where a parameter would be added, and what joins it to what is there.
    pub(super) fn end(&self, snapshot: &Snapshot) -> Option<(usize, char)> {
        let end = self.url.query.clone().map_or(self.url.path.end, |query| query.end);
        if end != self.text.len() || self.scheme().starts_with("jdbc:sqlserver") {
            return None;
        }
        let place = self.place(snapshot, end..end)?;
        Some((place.start, if self.url.query.is_some() { '&' } else { '?' }))
    }
}

/// Switches of transport beside connection strings: `DB_SSL`, `PGSSLMODE`,
/// `REDIS_TLS`, by the file they stand in.
pub(super) struct Switches<'s>(HashMap<&'s ArtifactPath, Vec<(Family, &'s Setting)>>);

/// Which clients a switch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Database,
    Redis,
}

impl<'s> Switches<'s> {
    pub(super) fn of(settings: &'s Settings) -> Self {
        let mut found: HashMap<&ArtifactPath, Vec<(Family, &Setting)>> = HashMap::new();
        for setting in settings.iter() {
            if let Some(family) = family(&setting.name) {
                found.entry(&setting.artifact).or_default().push((family, setting));
            }
        }
        Self(found)
    }

    /// The switches in a file.
    pub(super) fn beside(
        &self,
        setting: &Setting,
        family: Family,
    ) -> impl Iterator<Item = &'s Setting> {
        let found = self.0.get(&setting.artifact).map_or(&[][..], Vec::as_slice);
        let place = setting.place.clone();
        found
            .iter()
            .filter(move |(own, other)| *own == family && other.place == place)
            .map(|(_, setting)| *setting)
    }
}

fn family(name: &str) -> Option<Family> {
    let words = split_words(name);
    let lower = name.to_ascii_lowercase();
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    let transport = has(&["ssl", "tls", "sslmode", "cert", "ca"]) || lower.contains("sslmode");
    if !transport {
        return None;
    }
    if has(&["redis", "valkey", "cache"]) {
        return Some(Family::Redis);
    }
    let database = has(&[
        "db",
        "database",
        "postgres",
        "postgresql",
        "pg",
        "mysql",
        "mariadb",
        "sql",
        "mongo",
        "mongodb",
    ]) || lower.starts_with("pgssl")
        || lower.contains("sslmode");
    database.then_some(Family::Database)
}

/// Whether a mode lets a client go on without TLS.
pub(super) fn is_weak_mode(value: &str) -> bool {
    matches!(value, "disable" | "disabled" | "allow" | "prefer" | "preferred")
}

/// The texts that are looked at in all, in bytes.
const MOST: usize = 16 << 20;

/// Extensions of programs that connect to databases.
const SOURCES: &[&str] = &[
    "js",
    "mjs",
    "cjs",
    "ts",
    "mts",
    "cts",
    "tsx",
    "py",
    "rb",
    "go",
    "rs",
    "php",
    "java",
    "kt",
    "cs",
    "ex",
    "exs",
    "scala",
    "yml",
    "yaml",
    "properties",
    "toml",
];

/// Whether a program of the repository sets up TLS by itself, as far as words tell:
/// an option called `ssl` or `tls`. In doubt it does.
pub(super) fn programs_set_up_tls(snapshot: &Snapshot) -> bool {
    let mut left = MOST;
    let mut buffer = Vec::new();
    let mut found = false;
    for artifact in snapshot.artifacts() {
        if !may_set_up_tls(artifact.path().as_str()) {
            continue;
        }
        snapshot.with_pieces(artifact, PieceSizes::DEFAULT, &mut buffer, |piece| {
            left = left.saturating_sub(piece.text.len());
            found = found || names_tls_option(piece.text);
        });
        if found || left == 0 {
            return true;
        }
    }
    false
}

fn may_set_up_tls(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !SOURCES.contains(&extension) {
        return false;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(file_role(path, None).role, Role::Source | Role::Deployable)
        && !path.starts_with(".github/")
        && FileName::read(name).is_none()
}

/// What is [seen](seaworthy_analysis::Sees) of a program that may set up TLS.
pub(super) fn sees_tls(_: &Snapshot, path: &str, text: Option<&str>) -> u64 {
    text.is_some_and(|text| may_set_up_tls(path) && names_tls_option(text)).into()
}

/// Whether `ssl` or `tls` stands in a text as the name of an option, or certificates
/// are spoken of.
fn names_tls_option(text: &str) -> bool {
    let is_option = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let before = text[..at].bytes().next_back();
            let rest = &text[at + word.len()..];
            let starts = !before.is_some_and(|byte| byte.is_ascii_alphanumeric());
            let longer = ["mode", "Mode", "_mode", "rootcert", "_ca", "Ca", "_context", "cert"];
            starts
                && (rest
                    .trim_start_matches(['"', '\'', '?', ' ', ')'])
                    .starts_with([':', '=', ','])
                    || longer.iter().any(|end| rest.starts_with(end)))
        })
    };
    text.contains("rejectUnauthorized") || is_option("ssl") || is_option("tls")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_tls_are_found_as_words() {
        let cases = [
            ("new Pool({ ssl: { ca } })", true),
            ("connect_args={\"sslmode\": \"require\"}", true),
            ("'ssl' => true", true),
            ("ssl=ctx", true),
            ("tls: {}", true),
            ("import ssl", false),
            ("// the classless: one", false),
            ("const assl = 1", false),
            ("openssl rand", false),
        ];
        for (text, want) in cases {
            assert_eq!(names_tls_option(text), want, "{text}");
        }
    }

    #[test]
    fn stores_are_known_by_their_schemes() {
        let cases = [
            ("postgres", Some(Store::Postgres)),
            ("postgresql+asyncpg", Some(Store::Postgres)),
            ("jdbc:mysql", Some(Store::MySql)),
            ("mongodb+srv", Some(Store::Mongo)),
            ("rediss", Some(Store::Redis)),
            ("prisma+postgres", None),
            ("https", None),
        ];
        for (scheme, want) in cases {
            assert_eq!(Store::of_scheme(scheme), want, "{scheme}");
        }
    }
}
