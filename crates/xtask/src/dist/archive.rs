//! Archives whose bytes depend on nothing but what is in them and one time: sorted names,
//! no owner, modes of two kinds.

use std::io::Write as _;

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
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
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
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    let date = dos_date(time)?;
    for entry in &entries {
        let path = format!("{folder}/{}", entry.path);
        let mut crc = flate2::Crc::new();
        crc.update(&entry.bytes);
        let mut deflate =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        deflate.write_all(&entry.bytes)?;
        let packed = deflate.finish()?;
        // What the header of the file and its entry in the directory have in common:
        // version 2.0, names in UTF-8, deflated, midnight of the day.
        let mut common = Vec::new();
        for half in [20, 0x0800, 8, 0, date] {
            common.extend(u16::to_le_bytes(half));
        }
        common.extend(crc.sum().to_le_bytes());
        common.extend(u32::try_from(packed.len())?.to_le_bytes());
        common.extend(u32::try_from(entry.bytes.len())?.to_le_bytes());
        common.extend(u16::try_from(path.len())?.to_le_bytes());
        common.extend(0_u16.to_le_bytes());

        let start = u32::try_from(zip.len())?;
        zip.extend(0x0403_4b50_u32.to_le_bytes());
        zip.extend(&common);
        zip.extend(path.as_bytes());
        zip.extend(packed);

        directory.extend(0x0201_4b50_u32.to_le_bytes());
        // Made on Unix, so the mode counts.
        directory.extend((3_u16 << 8 | 20).to_le_bytes());
        directory.extend(&common);
        // No comment, the first disk, no mark of text.
        directory.extend([0; 6]);
        directory.extend(((0o100_000 | entry.mode()) << 16).to_le_bytes());
        directory.extend(start.to_le_bytes());
        directory.extend(path.as_bytes());
    }
    let start = u32::try_from(zip.len())?;
    zip.extend(&directory);
    zip.extend(0x0605_4b50_u32.to_le_bytes());
    zip.extend([0; 4]);
    let count = u16::try_from(entries.len())?.to_le_bytes();
    zip.extend(count);
    zip.extend(count);
    zip.extend(u32::try_from(directory.len())?.to_le_bytes());
    zip.extend(start.to_le_bytes());
    zip.extend([0; 2]);
    Ok(zip)
}

/// The day of a time as zip counts it, which knows no year before 1980.
fn dos_date(time: u64) -> anyhow::Result<u16> {
    let (mut year, mut day) = (1970_u16, time / 86_400);
    let leap = |year: u16| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let length = |year: u16| if leap(year) { 366 } else { 365 };
    while day >= length(year) {
        day -= length(year);
        year += 1;
        anyhow::ensure!(year < 2108, "a time that zip does not know");
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    if year < 1980 {
        return Ok(1 << 5 | 1);
    }
    Ok((year - 1980) << 9 | month << 5 | u16::try_from(day + 1)?)
}

#[cfg(test)]
mod tests {
    use super::{Entry, dos_date, tar_gz, zip};

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
    fn others_unpack_the_zip_archive() {
        let folder = tempfile::tempdir().unwrap();
        let packed = folder.path().join("a.zip");
        std::fs::write(&packed, zip("a", entries(), 1_772_323_200).unwrap()).unwrap();
        let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert not z.testzip()\n\
                      for i in z.infolist():\n    \
                      print(i.filename, oct(i.external_attr >> 16), i.date_time, z.read(i))";
        let mut python = std::process::Command::new("python3");
        let output = python.args(["-c", script]).arg(&packed).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            said,
            "a/README.md 0o100644 (2026, 3, 1, 0, 0, 0) b'text'\n\
             a/seaworthy 0o100755 (2026, 3, 1, 0, 0, 0) b'program'\n",
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (time, (year, month, day)) in [
            (0, (1980, 1, 1)),
            (951_782_400, (2000, 2, 29)),
            (1_772_323_200, (2026, 3, 1)),
            (1_798_675_200, (2026, 12, 31)),
        ] {
            let found = dos_date(time).unwrap();
            let found = (1980 + (found >> 9), found >> 5 & 15, found & 31);
            assert_eq!(found, (year, month, day), "{time}");
        }
    }
}
