//! Archives whose bytes depend on nothing but what is in them and one time: sorted names,
//! no owner, modes of two kinds.

use std::io::{Cursor, Write as _};

use anyhow::Context as _;

/// A file of an archive.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Below the folder that the archive unpacks to, `/`-separated.
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    pub(super) executable: bool,
}

impl Entry {
    pub(super) fn text(path: &str, bytes: Vec<u8>) -> Entry {
        Entry { path: path.to_owned(), bytes, executable: false }
    }

    fn mode(&self) -> u32 {
        if self.executable { 0o755 } else { 0o644 }
    }
}

/// A gzipped tar archive that unpacks to `folder`.
pub(super) fn tar_gz(folder: &str, mut entries: Vec<Entry>, time: u64) -> anyhow::Result<Vec<u8>> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    // The time stays out of gzip's own header.
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut tar = tar::Builder::new(gzip);
    for entry in &entries {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(entry.mode());
        header.set_mtime(time);
        header.set_size(u64::try_from(entry.bytes.len())?);
        let path = format!("{folder}/{}", entry.path);
        tar.append_data(&mut header, &path, entry.bytes.as_slice())
            .with_context(|| format!("cannot pack {path}"))?;
    }
    Ok(tar.into_inner()?.finish()?)
}

/// A zip archive that unpacks to `folder`.
pub(super) fn zip(folder: &str, mut entries: Vec<Entry>, time: u64) -> anyhow::Result<Vec<u8>> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let when = dos_time(time)?;
    for entry in &entries {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .unix_permissions(entry.mode())
            .last_modified_time(when);
        zip.start_file(format!("{folder}/{}", entry.path), options)?;
        zip.write_all(&entry.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The day of a time: zip knows no zone, and no year before 1980.
fn dos_time(time: u64) -> anyhow::Result<zip::DateTime> {
    let (mut year, mut day) = (1970_u16, time / 86_400);
    let leap = |year: u16| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let length = |year: u16| if leap(year) { 366 } else { 365 };
    while day >= length(year) {
        day -= length(year);
        year = year.checked_add(1).context("a time beyond all years")?;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1_u8;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    if year < 1980 {
        return Ok(zip::DateTime::default());
    }
    let day = u8::try_from(day + 1)?;
    zip::DateTime::from_date_and_time(year, month, day, 0, 0, 0).context("no day that zip knows")
}

#[cfg(test)]
mod tests {
    use super::{Entry, dos_time, tar_gz, zip};

    fn entries() -> Vec<Entry> {
        vec![
            Entry { path: "seaworthy".to_owned(), bytes: b"program".to_vec(), executable: true },
            Entry::text("README.md", b"text".to_vec()),
        ]
    }

    #[test]
    fn the_order_of_the_entries_changes_nothing() {
        let mut turned = entries();
        turned.reverse();
        assert_eq!(tar_gz("a", entries(), 7).unwrap(), tar_gz("a", turned.clone(), 7).unwrap());
        assert_eq!(zip("a", entries(), 7).unwrap(), zip("a", turned, 7).unwrap());
    }

    #[test]
    fn programs_can_be_run_and_texts_cannot() {
        let packed = tar_gz("a", entries(), 7).unwrap();
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
        let found: Vec<(String, u32, u64)> = tar
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                let path = entry.path().unwrap().display().to_string();
                (path, header.mode().unwrap(), header.mtime().unwrap())
            })
            .collect();
        let text = ("a/README.md".to_owned(), 0o644, 7);
        assert_eq!(found, [text, ("a/seaworthy".to_owned(), 0o755, 7)]);
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (time, (year, month, day)) in [
            (0, (1980, 1, 1)),
            (951_782_400, (2000, 2, 29)),
            (1_772_323_200, (2026, 3, 1)),
            (1_798_675_200, (2026, 12, 31)),
        ] {
            let found = dos_time(time).unwrap();
            assert_eq!((found.year(), found.month(), found.day()), (year, month, day), "{time}");
        }
    }
}
