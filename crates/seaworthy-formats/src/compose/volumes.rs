//! Mounts: the short syntax (`./data:/data:ro`) as Compose reads it, after
//! interpolation.

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VolumeKind {
    /// A path of the host.
    Bind,
    /// A volume, named or anonymous.
    Volume,
    /// Memory.
    Tmpfs,
    /// A Windows named pipe.
    NamedPipe,
    /// A variable decides whether it is a path or a volume.
    Unknown,
    /// Another kind, by its name (`image`, `cluster`).
    Other(Box<str>),
}

impl VolumeKind {
    /// The kind that `type:` names.
    #[must_use]
    pub fn named(name: &str) -> VolumeKind {
        match name {
            "bind" => VolumeKind::Bind,
            "volume" => VolumeKind::Volume,
            "tmpfs" => VolumeKind::Tmpfs,
            "npipe" => VolumeKind::NamedPipe,
            other => VolumeKind::Other(other.into()),
        }
    }

    /// Its name in `type:`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            VolumeKind::Bind => "bind",
            VolumeKind::Volume => "volume",
            VolumeKind::Tmpfs => "tmpfs",
            VolumeKind::NamedPipe => "npipe",
            VolumeKind::Unknown => "unknown",
            VolumeKind::Other(name) => name,
        }
    }
}

/// A mount of a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Volume {
    /// What is mounted.
    pub kind: VolumeKind,
    /// The path of the host or the volume's name; `None` is an anonymous volume.
    pub source: Option<String>,
    /// The path in the container.
    pub target: String,
    /// Whether the container cannot write to it.
    pub read_only: bool,
    /// The mount propagation (`shared`, `rslave`, …), if one is asked for.
    pub propagation: Option<String>,
    /// The SELinux relabelling, `z` or `Z`.
    pub selinux: Option<String>,
    /// Whether an empty volume is left empty.
    pub nocopy: bool,
}

/// Why a mount cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeError {
    /// There is nothing.
    Empty,
    /// Nothing stands between two colons.
    EmptySection,
    /// There are more than three sections.
    TooManyColons,
    /// The long syntax names no target.
    NoTarget,
    /// The text cannot be interpolated or depends on a variable without value.
    Interpolation,
}

impl std::fmt::Display for VolumeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            VolumeError::Empty => "empty volume",
            VolumeError::EmptySection => "empty section between colons",
            VolumeError::TooManyColons => "too many colons",
            VolumeError::NoTarget => "the mount has no target",
            VolumeError::Interpolation => "the mount depends on a variable without a value",
        })
    }
}

impl std::error::Error for VolumeError {}

/// Whether `text` names a mount propagation.
pub(super) fn is_propagation(text: &str) -> bool {
    matches!(text, "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave")
}

/// Reads the short syntax, `[source:]target[:options]`.
///
/// # Errors
/// When Compose refuses it.
pub fn parse_volume(text: &str) -> Result<Volume, VolumeError> {
    let mut volume = Volume {
        kind: VolumeKind::Volume,
        source: None,
        target: String::new(),
        read_only: false,
        propagation: None,
        selinux: None,
        nocopy: false,
    };
    if text.is_empty() {
        return Err(VolumeError::Empty);
    }
    if text.len() <= 2 {
        text.clone_into(&mut volume.target);
        return Ok(volume);
    }
    let sections = sections(text);
    let last = sections.len() - 1;
    for (index, section) in sections.into_iter().enumerate() {
        if section.is_empty() {
            return Err(VolumeError::EmptySection);
        }
        if volume.source.is_none() && index < last {
            volume.source = Some(section.to_owned());
        } else if volume.target.is_empty() {
            section.clone_into(&mut volume.target);
        } else if index < last {
            return Err(VolumeError::TooManyColons);
        } else {
            options(section, &mut volume);
        }
    }
    if volume.source.as_deref().is_some_and(is_host_path) {
        volume.kind = VolumeKind::Bind;
    }
    Ok(volume)
}

/// Splits at colons that belong neither to a Windows drive nor to `${…}`.
fn sections(text: &str) -> Vec<&str> {
    let mut sections = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        let buffer = &text[start..at];
        match character {
            '$' if text[at + 1..].starts_with('{') => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ':' if is_one_letter(buffer) => {}
            ':' if depth == 0 => {
                sections.push(buffer);
                start = at + 1;
            }
            _ => {}
        }
    }
    sections.push(&text[start..]);
    sections
}

fn is_one_letter(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
}

fn options(text: &str, volume: &mut Volume) {
    for option in text.split(',') {
        match option {
            "ro" => volume.read_only = true,
            "rw" => volume.read_only = false,
            "nocopy" => volume.nocopy = true,
            "z" | "Z" => volume.selinux = Some(option.to_owned()),
            _ if is_propagation(option) => volume.propagation = Some(option.to_owned()),
            // Compose ignores what it does not know.
            _ => {}
        }
    }
}

/// Whether the short syntax takes `source` for a path of the host rather than
/// the name of a volume.
#[must_use]
pub fn is_host_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~'])
        || source.starts_with("\\\\")
        || source.find(':').is_some_and(|colon| is_one_letter(&source[..colon]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse_volume(text) {
            Err(error) => format!("error: {error}"),
            Ok(volume) => {
                let mut out = format!(
                    "{} {} -> {}",
                    volume.kind.name(),
                    volume.source.as_deref().unwrap_or("*"),
                    volume.target
                );
                for (set, name) in [(volume.read_only, "ro"), (volume.nocopy, "nocopy")] {
                    if set {
                        out.push_str(&format!(" {name}"));
                    }
                }
                for option in [volume.propagation, volume.selinux].into_iter().flatten() {
                    out.push_str(&format!(" {option}"));
                }
                out
            }
        }
    }

    #[test]
    fn the_short_syntax_is_read_as_compose_reads_it() {
        let cases = [
            ("/x", "volume * -> /x"),
            ("x", "volume * -> x"),
            ("/var/lib/app", "volume * -> /var/lib/app"),
            ("db:/var/lib", "volume db -> /var/lib"),
            ("db:/var/lib:ro,nocopy", "volume db -> /var/lib ro nocopy"),
            ("./a:/a", "bind ./a -> /a"),
            ("..:/up", "bind .. -> /up"),
            ("~/.ssh:/s:ro", "bind ~/.ssh -> /s ro"),
            ("/:/host:rshared", "bind / -> /host rshared"),
            ("/a:/b:Z,ro,rw", "bind /a -> /b Z"),
            ("/a:/b:whatever", "bind /a -> /b"),
            ("D:\\x:/x:ro", "bind D:\\x -> /x ro"),
            ("d:/x:e:/y", "bind d:/x -> e:/y"),
            ("\\\\.\\pipe\\p:/p", "bind \\\\.\\pipe\\p -> /p"),
            ("${SRC:-./x}:/x", "volume ${SRC:-./x} -> /x"),
            (":/a", "error: empty section between colons"),
            ("abc:", "error: empty section between colons"),
            ("abc:/d:ro:z", "error: too many colons"),
            ("", "error: empty volume"),
        ];
        for (text, want) in cases {
            assert_eq!(shown(text), want, "{text}");
        }
    }
}
