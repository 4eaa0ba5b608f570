//! SARIF 2.1.0, fit for GitHub code scanning.
//!
//! The types are `serde-sarif`'s; the functions here are the only place that
//! knows them. A result is built, written and dropped before the next one is
//! built, since 25,000 of them in memory would take 100 MB.
//!
//! Two profiles: [`Profile::Full`] holds all that the report knows.
//! [`Profile::Github`] leaves out what GitHub would show although it must not
//! (suppressed and baselined results become open alerts there) and keeps
//! within its limits.

mod place;
mod result;
mod run;
mod select;
mod tool;

use std::io::{BufWriter, Write};

use seaworthy_model::{ArtifactPath, Report};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_sarif::sarif;

use select::Selection;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const VERSION: &str = "2.1.0";

/// For whom the file is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Everything the report knows.
    #[default]
    Full,
    /// What GitHub code scanning shows, within its limits.
    Github,
}

/// How to write SARIF.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// For whom the file is meant.
    pub profile: Profile,
    /// Tells several runs over one repository apart: GitHub's category. It
    /// becomes the `automationDetails.id` `seaworthy/<category>/`.
    pub category: Option<String>,
}

/// Writes the report as one line of JSON.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    let selection = Selection::new(report, options.profile);
    serde_json::to_writer(&mut out, &Log(&Scene { report, options, selection: &selection }))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// All that the parts of a file are made from.
struct Scene<'a> {
    report: &'a Report,
    options: &'a Options,
    selection: &'a Selection<'a>,
}

/// SARIF's `sarifLog`.
struct Log<'a>(&'a Scene<'a>);

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut log = serializer.serialize_struct("sarifLog", 3)?;
        log.serialize_field("$schema", SCHEMA)?;
        log.serialize_field("version", VERSION)?;
        log.serialize_field("runs", &[Run(self.0)])?;
        log.end()
    }
}

/// SARIF's `run`, written key by key so that the results can stream.
struct Run<'a>(&'a Scene<'a>);

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Scene { report, options, selection } = *self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tool", &tool::tool(report.version, selection))?;
        map.serialize_entry("invocations", &[run::invocation(report, selection)])?;
        map.serialize_entry("automationDetails", &run::automation(options.category.as_deref()))?;
        if let Some(provenance) = report.git.as_ref().and_then(run::provenance) {
            map.serialize_entry("versionControlProvenance", &[provenance])?;
        }
        map.serialize_entry("originalUriBaseIds", &run::uri_bases())?;
        map.serialize_entry("columnKind", "utf16CodeUnits")?;
        map.serialize_entry("defaultEncoding", "utf-8")?;
        map.serialize_entry("redactionTokens", &["*"])?;
        map.serialize_entry("artifacts", &Artifacts(&selection.artifacts))?;
        map.serialize_entry("results", &Results(self.0))?;
        map.end()
    }
}

struct Artifacts<'a>(&'a [&'a ArtifactPath]);

impl Serialize for Artifacts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().enumerate().map(|(index, path)| sarif::Artifact {
            location: Some(place::artifact_location(path, Some(index))),
            // Without a role the list would only repeat the addresses.
            roles: Some(vec!["analysisTarget".into()]),
            ..Default::default()
        }))
    }
}

struct Results<'a>(&'a Scene<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Scene { options, selection, .. } = *self.0;
        let found = selection.findings.iter().map(|&finding| match options.profile {
            Profile::Full => result::full(finding, selection),
            Profile::Github => result::github(finding, selection),
        });
        let absent = selection.absent.iter().map(|absent| result::absent(absent, selection));
        serializer.collect_seq(found.chain(absent))
    }
}

#[cfg(test)]
mod tests;
