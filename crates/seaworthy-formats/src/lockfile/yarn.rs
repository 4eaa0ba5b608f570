//! `yarn.lock`: yarn 1's own format, and the YAML of yarn 2 and later, which
//! differs by a colon.

use seaworthy_model::Region;

use super::lines::{self, Line, Scalar};
use super::source::{classify, decode, split_name};
use super::{LockedPackage, LockedRoot, Lockfile, LockfileKind, PackageSource};
use crate::package_json::DependencyGroup;

/// What the indented lines belong to.
enum Entry {
    None,
    Metadata,
    /// The last package. Yarn 2's reference (`npm:1.0.0`) decides its source.
    Package {
        list: Option<DependencyGroup>,
    },
}

pub(super) fn read(text: &str) -> Lockfile {
    let mut lock = Lockfile::new(LockfileKind::YarnClassic);
    if let Some(at) = memchr::memmem::find(text.as_bytes(), b"# yarn lockfile v") {
        let start = at + "# yarn lockfile v".len();
        let version: &str = text[start..].lines().next().unwrap_or("").trim_end();
        lock.version = Some(version.to_owned());
        lock.version_region = Some(Region::new(start, start + version.len()));
    }
    let mut entry = Entry::None;
    lines::each(text, &mut lock, |line, lock| {
        if line.indent == 0 {
            entry = header(line, lock);
            return;
        }
        match &mut entry {
            Entry::None => {}
            Entry::Metadata => {
                if let Some((key, value, start)) = field(line)
                    && key.text == "version"
                {
                    let value = lines::value(value, start);
                    lock.version = Some(value.text.into_owned());
                    lock.version_region = Some(value.region);
                }
            }
            Entry::Package { list } => package_line(line, list, lock),
        }
    });
    lock.readable = !lock.packages.is_empty()
        || lock.version.is_some()
        || lock.kind == LockfileKind::YarnBerry
        || lock.errors.is_empty();
    lock
}

/// A line that is not indented: the descriptors that an entry answers.
fn header(line: Line<'_>, lock: &mut Lockfile) -> Entry {
    // YAML writes very long keys as `? key`, and a colon on the next line.
    let (text, explicit) = match line.text.strip_prefix("? ") {
        Some(rest) => (rest, true),
        None => (line.text, false),
    };
    let start = line.start + line.text.len() - text.len();
    let region = Region::new(line.start, line.start + line.text.len());
    if text == ":" {
        return if lock.packages.is_empty() { Entry::None } else { Entry::Package { list: None } };
    }
    let text = match text.strip_suffix(':') {
        Some(text) => text,
        None if explicit => text,
        None => {
            lock.error(region, "entry does not end with a colon");
            return Entry::None;
        }
    };
    if text == "__metadata" {
        lock.kind = LockfileKind::YarnBerry;
        return Entry::Metadata;
    }
    let mut descriptors: Vec<Box<str>> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let at = start + text.len() - rest.len();
        let (part, after) =
            lines::scalar(rest, at, |t| lines::pair(t, b',', b' ').unwrap_or(t.len()));
        // Yarn 2 puts all descriptors into one pair of quotes.
        descriptors.extend(part.text.split(", ").filter(|d| !d.is_empty()).map(Into::into));
        let next = after.trim_start_matches([' ', ',']);
        if next.len() == rest.len() {
            break;
        }
        rest = next;
    }
    let Some(first) = descriptors.first() else {
        lock.error(region, "entry names no package");
        return Entry::None;
    };
    let (name, range) = split_name(first).unwrap_or((first, ""));
    let mut package = LockedPackage::new(name, Region::new(start, start + text.len()));
    // `alias@npm:name@range`; `npm:range` names nothing else.
    if let Some((real, _)) = range.strip_prefix("npm:").and_then(split_name) {
        package.alias = (real != name).then(|| name.into());
        package.name = real.into();
    }
    package.source = match range {
        _ if range.starts_with("npm:") => PackageSource::Registry,
        _ if range.starts_with("patch:") => PackageSource::Registry,
        _ => classify(range),
    };
    package.descriptors = descriptors;
    lock.packages.push(package);
    Entry::Package { list: None }
}

/// Divides `key value` (yarn 1) or `key: value` (later).
fn field<'a>(line: Line<'a>) -> Option<(Scalar<'a>, &'a str, usize)> {
    let (key, rest) =
        lines::scalar(line.text, line.start, |text| text.find(' ').unwrap_or(text.len()));
    let colon = key.text.ends_with(':') && key.region == key.content;
    let (key, rest) = if colon {
        let length = key.region.len() - 1;
        let region = Region::new(key.region.start, key.region.start + length);
        let text = std::borrow::Cow::Borrowed(line.text.get(..length).unwrap_or(""));
        (Scalar { text, region, content: region }, rest)
    } else {
        (key, rest.strip_prefix(':').unwrap_or(rest))
    };
    let value = rest.trim_start();
    Some((key, value, line.start + line.text.len() - value.len()))
}

fn package_line(line: Line<'_>, list: &mut Option<DependencyGroup>, lock: &mut Lockfile) {
    let Some((key, value, start)) = field(line) else { return };
    let berry = lock.kind == LockfileKind::YarnBerry;
    let Some(package) = lock.packages.last_mut() else { return };
    if line.indent > 2 {
        // What a member of the workspace depends on is what its manifest says.
        if let Some(group) = *list
            && berry
            && package.source == PackageSource::Workspace
            && let Some((path, _)) = &package.resolved
        {
            let range = lines::value(value, start).text;
            let plain = range.strip_prefix("npm:").filter(|rest| split_name(rest).is_none());
            let importer = if &**path == "." { "" } else { path };
            lock.roots.push(LockedRoot {
                importer: importer.into(),
                name: key.text.as_ref().into(),
                range: plain.unwrap_or(&range).into(),
                group,
                region: key.region,
            });
        }
        return;
    }
    if value.is_empty() {
        *list = DependencyGroup::of_key(&key.text);
        return;
    }
    *list = None;
    let value = lines::value(value, start);
    let text = &*value.text;
    match &*key.text {
        "version" => package.version = text.into(),
        "resolved" => {
            // Else the descriptor has said more: a registry's address does not
            // tell a tarball that was asked for by its address.
            if matches!(package.source, PackageSource::Registry | PackageSource::Git { .. }) {
                package.source = classify(text);
            }
            // Before version 1.10 the only hash was the one in the address.
            if let Some((_, hash)) = text.rsplit_once('#')
                && hash.len() == 40
                && hash.bytes().all(|b| b.is_ascii_hexdigit())
                && matches!(package.source, PackageSource::Registry | PackageSource::Url)
                && package.integrity.is_none()
            {
                let end = value.content.end;
                let place = Region::new(end.saturating_sub(40).max(value.content.start), end);
                package.integrity = Some((hash.into(), place));
            }
            package.resolved = Some((text.into(), value.content));
        }
        "integrity" | "checksum" => package.integrity = Some((text.into(), value.content)),
        "resolution" if berry => resolution(package, text, value.content),
        _ => {}
    }
}

/// Yarn 2's `name@reference`, which says what the entry is in truth.
fn resolution(package: &mut LockedPackage, text: &str, content: Region) {
    let Some((name, reference)) = split_name(text) else { return };
    let installed = package.descriptors.first().and_then(|d| split_name(d)).map(|(name, _)| name);
    package.alias = installed.filter(|&installed| installed != name).map(Into::into);
    package.name = name.into();
    let offset = content.start + text.len() - reference.len();
    let place = Region::new(offset.min(content.end), content.end);
    // A patched package is what was patched, `patch:name@npm%3A1.0.0#…`.
    let inner = reference.strip_prefix("patch:").map(decode);
    let reference = match inner.as_deref().and_then(split_name) {
        Some((_, inner)) => inner,
        None => reference,
    };
    if let Some(version) = reference.strip_prefix("npm:") {
        package.source = PackageSource::Registry;
        // Set when the registry serves archives from elsewhere.
        if let Some((_, address)) = version.split_once("::__archiveUrl=") {
            package.resolved = Some((decode(address).into(), place));
        }
        return;
    }
    package.source = classify(reference);
    let address = reference.strip_prefix("workspace:").unwrap_or(reference);
    package.resolved = Some((address.into(), place));
}
