//! From bytes to places that a person can read, with every secret masked.

use seaworthy_model::{
    ArtifactPath, Context as Window, LineIndex, Location, Position, Region, mask,
};

use crate::context::Place;
use crate::sensitive::sensitive_regions;
use crate::snapshot::Snapshot;

/// How many bytes of a line are shown before and after the region, so that a
/// minified file does not end up in a report.
const MARGIN: usize = 160;

/// How many bytes of a region are shown.
const LONGEST: usize = 2_000;

/// A text that is no file of the snapshot: a piece of one that is too large to be
/// read whole, a blob of git's history, a member of an archive, standard input.
#[derive(Debug)]
pub struct Passage<'t> {
    path: ArtifactPath,
    text: &'t str,
    lines: LineIndex,
    sensitive: Vec<Region>,
    start: PassageStart,
}

/// Where a passage begins in what it is a piece of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassageStart {
    /// The bytes before it.
    pub offset: usize,
    /// The place of its first byte.
    pub position: Position,
}

impl Default for PassageStart {
    fn default() -> Self {
        Self { offset: 0, position: Position { line: 1, column: 1, byte_column: 1 } }
    }
}

impl PassageStart {
    /// Where the piece begins that follows the first `length` bytes of `text`, which
    /// itself begins here.
    #[must_use]
    pub fn after(self, text: &str, length: usize) -> Self {
        let position = self.shifted(Position::of(text, length));
        Self { offset: self.offset + length, position }
    }

    fn shifted(self, position: Position) -> Position {
        let first = position.line == 1;
        let before = |own: u32, of_start: u32| if first { own + of_start - 1 } else { own };
        Position {
            line: position.line + self.position.line - 1,
            column: before(position.column, self.position.column),
            byte_column: before(position.byte_column, self.position.byte_column),
        }
    }
}

impl<'t> Passage<'t> {
    /// A passage that is reported at `path`.
    #[must_use]
    pub fn new(path: ArtifactPath, text: &'t str, start: PassageStart) -> Self {
        let lines = LineIndex::new(text);
        let sensitive = sensitive_regions(None, text);
        Self { path, text, lines, sensitive, start }
    }

    /// Where it is reported.
    #[must_use]
    pub fn path(&self) -> &ArtifactPath {
        &self.path
    }
}

/// A text with what is known of its places.
struct Seen<'s> {
    text: &'s str,
    lines: &'s LineIndex,
    sensitive: &'s [Region],
    start: PassageStart,
}

fn seen<'s>(
    snapshot: &'s Snapshot,
    passage: Option<&'s Passage<'_>>,
    path: &ArtifactPath,
) -> Option<Seen<'s>> {
    if let Some(passage) = passage.filter(|passage| passage.path == *path) {
        let Passage { text, lines, sensitive, start, .. } = passage;
        return Some(Seen { text, lines, sensitive, start: *start });
    }
    let artifact = snapshot.artifact(path.as_str())?;
    Some(Seen {
        text: snapshot.text(artifact)?,
        lines: snapshot.lines(artifact)?,
        sensitive: snapshot.sensitive(artifact),
        start: PassageStart::default(),
    })
}

/// The place with its masked line.
pub(crate) fn location(
    snapshot: &Snapshot,
    passage: Option<&Passage<'_>>,
    place: &Place,
    sensitive: &[(ArtifactPath, Region)],
    primary: bool,
) -> Location {
    let origin = Position { line: 1, column: 1, byte_column: 1 };
    let mut location = Location {
        artifact: place.artifact.clone(),
        region: place.region,
        start: origin,
        end: origin,
        context: None,
        label: place.label.clone(),
        line_hash: None,
    };
    let Some(Seen { text, lines, sensitive: known, start: base }) =
        seen(snapshot, passage, &place.artifact)
    else {
        location.region = Region::empty(0);
        return location;
    };
    let start = floor(text, place.region.start);
    let end = ceil(text, place.region.end.min(start + LONGEST)).max(start);
    let region = Region::new(start, end);
    location.region = region.offset(base.offset);
    location.start = base.shifted(lines.position(text, start));
    location.end = base.shifted(lines.position(text, end));
    let first_line = lines.line_of(start);
    if primary
        && passage.is_none()
        && let Some(artifact) = snapshot.artifact(place.artifact.as_str())
        && snapshot.is_editable(artifact)
    {
        location.line_hash =
            snapshot.line_hashes(artifact).and_then(|hashes| hashes.of_line(first_line));
    }
    let last_line = lines.line_of(end.saturating_sub(usize::from(end > start)));
    let from = lines.line_region(text, first_line).start;
    let to = lines.line_region(text, last_line).end.max(end);
    let window = Region::new(
        floor(text, from.max(start.saturating_sub(MARGIN))),
        ceil(text, to.min(end.saturating_add(MARGIN))),
    );
    let own =
        sensitive.iter().filter(|(path, _)| *path == place.artifact).map(|&(_, region)| region);
    let from = known.partition_point(|region| region.end <= window.start);
    let known = known[from..].iter().copied().take_while(|region| region.start < window.end);
    location.context = Some(Window {
        region: window.offset(base.offset),
        start: base.shifted(lines.position(text, window.start)),
        end: base.shifted(lines.position(text, window.end)),
        text: masked(text, window, own.chain(known)),
    });
    location
}

/// The text of `window` with every region of `secrets` masked. A secret that
/// begins before the window shows nothing of itself.
pub(crate) fn masked(text: &str, window: Region, secrets: impl Iterator<Item = Region>) -> String {
    let mut shown = text[window.range()].to_owned().into_bytes();
    for secret in secrets {
        let secret = Region { start: floor(text, secret.start), end: ceil(text, secret.end) };
        if secret.is_empty() || !secret.overlaps(window) {
            continue;
        }
        let mask = mask(&text[secret.range()]).into_bytes();
        for offset in secret.start.max(window.start)..secret.end.min(window.end) {
            shown[offset - window.start] = mask[offset - secret.start];
        }
    }
    String::from_utf8(shown).unwrap_or_else(|error| {
        // A window that cuts a masked secret apart may leave half a character
        // of its visible prefix; nothing of it is worth showing.
        "*".repeat(error.as_bytes().len())
    })
}

/// The texts behind sensitive regions, the longest first. Texts that cannot be
/// told from ordinary words (`postgres`, `secret`) are left out: a message says
/// such words anyway.
pub(crate) fn secret_texts<'s>(
    snapshot: &'s Snapshot,
    passage: Option<&'s Passage<'_>>,
    sensitive: &[(ArtifactPath, Region)],
) -> Vec<&'s str> {
    let mut texts: Vec<&str> = sensitive
        .iter()
        .filter_map(|(path, region)| seen(snapshot, passage, path)?.text.get(region.range()))
        .filter(|text| text.len() >= 8 && !text.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .collect();
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts
}

/// Whether the text gives a secret away.
pub(crate) fn tells(text: &str, secrets: &[&str]) -> bool {
    secrets.iter().any(|secret| text.contains(secret))
}

/// A last guard: masks any secret that a rule put into its words.
pub(crate) fn redact(mut text: String, secrets: &[&str]) -> String {
    for secret in secrets {
        if text.contains(secret) {
            text = text.replace(secret, &mask(secret));
        }
    }
    text
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn ceil(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset += 1;
    }
    offset
}
