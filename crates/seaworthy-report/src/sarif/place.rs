//! Places: artifact locations, regions and physical locations.

use seaworthy_model::{ArtifactPath, Context, Location, Position, Region};
use serde_sarif::sarif;

use super::select::Selection;

/// The name that all relative addresses are relative to: the audited root.
pub(super) const ROOT: &str = "SRCROOT";

pub(super) fn message(text: impl Into<String>) -> sarif::Message {
    sarif::Message { text: Some(text.into()), ..Default::default() }
}

pub(super) fn content(text: &str) -> sarif::ArtifactContent {
    sarif::ArtifactContent { text: Some(text.to_owned()), ..Default::default() }
}

pub(super) fn artifact_location(
    path: &ArtifactPath,
    index: Option<usize>,
) -> sarif::ArtifactLocation {
    let uri = path.to_uri();
    // A leading slash would make the address absolute, and GitHub refuses the
    // whole file.
    let uri = uri.trim_start_matches('/');
    sarif::ArtifactLocation {
        uri: Some(if uri.is_empty() { "." } else { uri }.to_owned()),
        uri_base_id: Some(ROOT.to_owned()),
        index: index.map(integer),
        ..Default::default()
    }
}

/// The place with its excerpt and the lines around it.
pub(super) fn physical(location: &Location, selection: &Selection<'_>) -> sarif::PhysicalLocation {
    let index = selection.artifact_index(&location.artifact);
    let mut physical = sarif::PhysicalLocation {
        artifact_location: Some(artifact_location(&location.artifact, index)),
        ..Default::default()
    };
    if location.context.is_none() && location.region.is_empty() {
        // The file as a whole. GitHub shows no result without a region, so it
        // stands at the first line.
        physical.region = Some(line(location.start));
        return physical;
    }
    let mut region = region(location.region, location.start, location.end);
    region.snippet = location.snippet().filter(|snippet| !snippet.is_empty()).map(content);
    physical.region = Some(region);
    physical.context_region =
        location.context.as_ref().filter(|context| surrounds(context, location)).map(|context| {
            let mut region = self::region(context.region, context.start, context.end);
            region.snippet = Some(content(&context.text));
            region
        });
    physical
}

/// A file as a whole, which may not exist.
pub(super) fn whole(path: &ArtifactPath) -> sarif::Location {
    let start = Position { line: 1, column: 1, byte_column: 1 };
    let physical = sarif::PhysicalLocation {
        artifact_location: Some(artifact_location(path, None)),
        region: Some(line(start)),
        ..Default::default()
    };
    sarif::Location { physical_location: Some(physical), ..Default::default() }
}

/// A location that consists of a file, and of a line if it is known.
pub(super) fn bare(
    path: &ArtifactPath,
    position: Option<Position>,
    selection: &Selection<'_>,
) -> sarif::Location {
    let region = position.map(|position| sarif::Region {
        start_column: Some(i64::from(position.column.max(1))),
        ..line(position)
    });
    let physical = sarif::PhysicalLocation {
        artifact_location: Some(artifact_location(path, selection.artifact_index(path))),
        region,
        ..Default::default()
    };
    sarif::Location { physical_location: Some(physical), ..Default::default() }
}

/// Bytes and positions of one range. Lines and columns count from 1 and do not
/// run backwards, whatever the caller hands in: a reader refuses the whole
/// file for one that does.
pub(super) fn region(bytes: Region, start: Position, end: Position) -> sarif::Region {
    let start_column = start.column.max(1);
    let end_line = end.line.max(start.line.max(1));
    let end_column = end.column.max(if end.line <= start.line { start_column } else { 1 });
    sarif::Region {
        start_column: Some(i64::from(start_column)),
        end_line: Some(i64::from(end_line)),
        end_column: Some(i64::from(end_column)),
        byte_offset: Some(integer(bytes.start)),
        byte_length: Some(integer(bytes.len())),
        ..line(start)
    }
}

fn line(position: Position) -> sarif::Region {
    sarif::Region { start_line: Some(i64::from(position.line.max(1))), ..Default::default() }
}

/// SARIF demands that a context region is more than the region itself, in
/// bytes and in lines and columns.
fn surrounds(context: &Context, location: &Location) -> bool {
    let outer = (context.start.line, context.start.column)..(context.end.line, context.end.column);
    let inner =
        (location.start.line, location.start.column)..(location.end.line, location.end.column);
    context.region.contains(location.region)
        && context.region != location.region
        && outer.start <= inner.start
        && inner.end <= outer.end
        && outer != inner
}

pub(super) fn integer(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
