//! What lies in archives: the members of zip and tar files and of all that is one of
//! these by another name, shown one by one.
//!
//! Nothing is ever unpacked to a place: a member is bytes in memory and a name that is
//! shown to people. How many there are, how large they get and how deep they nest is
//! bounded for the archive as a whole, so that it does not matter what its headers
//! promise.

mod inflate;
mod tar;
#[cfg(test)]
mod tests;
mod zip;

use std::io::Read as _;

use seaworthy_model::split_last;

use inflate::Gunzip;

/// The largest archive that is opened.
pub(crate) const MAX_ARCHIVE_BYTES: usize = 64 * 1024 * 1024;
/// The most bytes that are unpacked of one archive and all that nests in it.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// The most bytes of one member.
const MAX_MEMBER_BYTES: usize = 32 * 1024 * 1024;
/// The most members of one archive and all that nests in it.
const MAX_MEMBERS: usize = 10_000;
/// How deep archives nest.
const MAX_DEPTH: usize = 2;
/// Text shrinks to a twentieth at best; what shrinks to less than this part of itself,
/// and is large, was made to burst.
const MAX_RATIO: usize = 250;
/// From how many unpacked bytes on the ratio counts.
const RATIO_FROM: usize = 16 * 1024 * 1024;
/// The longest name of a member, in bytes.
const MAX_NAME: usize = 512;

/// The kinds of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Zip,
    Tar,
    TarGz,
    /// One file, compressed.
    Gz,
}

/// The kind of archive that a file is by its name.
pub(crate) fn kind_of(path: &str) -> Option<Kind> {
    const EXTENSIONS: &[(&str, Kind)] = &[
        ("zip", Kind::Zip),
        ("jar", Kind::Zip),
        ("war", Kind::Zip),
        ("ear", Kind::Zip),
        ("aar", Kind::Zip),
        ("apk", Kind::Zip),
        ("ipa", Kind::Zip),
        ("whl", Kind::Zip),
        ("egg", Kind::Zip),
        ("nupkg", Kind::Zip),
        ("vsix", Kind::Zip),
        ("xpi", Kind::Zip),
        ("docx", Kind::Zip),
        ("xlsx", Kind::Zip),
        ("pptx", Kind::Zip),
        ("odt", Kind::Zip),
        ("ods", Kind::Zip),
        ("odp", Kind::Zip),
        ("tar", Kind::Tar),
        ("gem", Kind::Tar),
        ("tgz", Kind::TarGz),
        ("crate", Kind::TarGz),
        ("gz", Kind::Gz),
    ];
    let (stem, extension) = split_last(path, b'.')?;
    let (_, kind) = EXTENSIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension))?;
    let tar = stem.len() > 4 && stem.as_bytes()[stem.len() - 4..].eq_ignore_ascii_case(b".tar");
    Some(if *kind == Kind::Gz && tar { Kind::TarGz } else { *kind })
}

/// The file that a path in an archive, `archive.zip!/member`, belongs to; the path
/// itself when it is no such path.
pub(crate) fn container(path: &str) -> &str {
    match path.split_once("!/") {
        Some((archive, _)) if kind_of(archive).is_some() => archive,
        _ => path,
    }
}

/// What there is to say of an archive after all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Members that need a password.
    pub(crate) encrypted: usize,
    /// Members that are compressed in a way that is not read.
    pub(crate) unsupported: usize,
    /// Whether the archive, or one in it, is damaged.
    pub(crate) damaged: bool,
    /// Whether a bound was met, and something left out.
    pub(crate) cut: bool,
    /// Whether it was made to burst.
    pub(crate) bomb: bool,
}

/// Shows the members of an archive.
pub(crate) struct Opener<'v> {
    /// Whether a member of this path is wanted; one that is not is not unpacked.
    wanted: &'v dyn Fn(&str) -> bool,
    /// Is shown each member: its path behind the archive's and its bytes, or as many
    /// as are read of it.
    visit: &'v mut dyn FnMut(&str, &[u8]),
    /// What may still be unpacked, in bytes and members.
    bytes: usize,
    members: usize,
    /// What was unpacked, and from how much.
    unpacked: usize,
    packed: usize,
    told: Told,
}

/// Opens an archive and all that nests in it. `path` begins the paths of members.
pub(crate) fn open(
    kind: Kind,
    path: &str,
    bytes: &[u8],
    wanted: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(&str, &[u8]),
) -> Told {
    let mut opener = Opener {
        wanted,
        visit,
        bytes: MAX_BYTES,
        members: MAX_MEMBERS,
        unpacked: 0,
        packed: bytes.len(),
        told: Told::default(),
    };
    opener.open(kind, path, bytes, 1);
    opener.told
}

impl Opener<'_> {
    fn open(&mut self, kind: Kind, path: &str, bytes: &[u8], depth: usize) {
        match kind {
            Kind::Zip => zip::members(bytes, path, depth, self),
            Kind::Tar => tar::members(bytes, path, depth, self),
            Kind::TarGz if inflate::is_gzip(bytes) => {
                tar::members(Gunzip::new(bytes), path, depth, self);
            }
            Kind::Gz if inflate::is_gzip(bytes) => {
                let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
                let name = name.get(..name.len().saturating_sub(".gz".len())).unwrap_or(name);
                if let Some(member) = self.enter(path, name.as_bytes()) {
                    self.stream(&member, Gunzip::new(bytes), depth);
                }
            }
            // What only bears the name is no archive.
            Kind::TarGz | Kind::Gz => {}
        }
    }

    /// Whether nothing more is to be unpacked.
    fn is_over(&self) -> bool {
        self.told.bomb || self.bytes == 0
    }

    /// Counts a member. Returns its path, if it is wanted.
    fn enter(&mut self, archive: &str, name: &[u8]) -> Option<String> {
        if self.members == 0 || self.is_over() {
            self.told.cut = true;
            return None;
        }
        self.members -= 1;
        let path = format!("{archive}!/{}", shown(name));
        (kind_of(&path).is_some() || (self.wanted)(&path)).then_some(path)
    }

    /// How many bytes of a member may be unpacked now.
    fn allowance(&self) -> usize {
        MAX_MEMBER_BYTES.min(self.bytes)
    }

    /// Accounts for bytes that were unpacked, whether they are shown or not.
    fn spend(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.unpacked = self.unpacked.saturating_add(bytes);
        let bursts = self.unpacked / MAX_RATIO > self.packed;
        if self.unpacked > RATIO_FROM && bursts {
            self.told.bomb = true;
        }
        self.told.cut |= self.bytes == 0;
    }

    /// Unpacks a member from a stream and shows it.
    fn stream(&mut self, path: &str, stream: impl std::io::Read, depth: usize) {
        let allowance = self.allowance();
        let mut bytes = Vec::new();
        let read = stream.take(allowance as u64 + 1).read_to_end(&mut bytes);
        self.told.damaged |= read.is_err();
        self.spend(bytes.len());
        self.told.cut |= bytes.len() > allowance;
        bytes.truncate(allowance);
        self.show(path, &bytes, depth);
    }

    /// Shows a member, or what nests in it.
    fn show(&mut self, path: &str, bytes: &[u8], depth: usize) {
        match kind_of(path) {
            Some(kind) if depth < MAX_DEPTH => self.open(kind, path, bytes, depth + 1),
            Some(_) => self.told.cut = true,
            None => (self.visit)(path, bytes),
        }
    }
}

/// A member's name as it is shown: `/` between its parts and none that leads
/// elsewhere, nothing that a terminal would act on, and not too long.
fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let mut shown = String::new();
    for part in name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")) {
        if !shown.is_empty() {
            shown.push('/');
        }
        shown.extend(part.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }));
        if shown.len() > MAX_NAME {
            let mut end = MAX_NAME;
            while !shown.is_char_boundary(end) {
                end -= 1;
            }
            shown.truncate(end);
            break;
        }
    }
    if shown.is_empty() { "unnamed".to_owned() } else { shown }
}
