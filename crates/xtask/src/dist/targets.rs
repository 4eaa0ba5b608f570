//! What a release is built for. The archives, the packages for npm, the launcher's list and
//! the formula go by this table; `cargo xtask tidy` holds the release workflow to it.

/// A system, processor and C library.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// As Rust calls it.
    pub(crate) triple: &'static str,
    /// As Node calls the system.
    pub(crate) os: &'static str,
    /// As Node calls the processor.
    pub(crate) cpu: &'static str,
    /// As npm calls the C library, where there are several.
    pub(crate) libc: Option<&'static str>,
}

pub(crate) static TARGETS: &[Target] = &[
    linux("aarch64-unknown-linux-gnu", "arm64", "glibc"),
    linux("aarch64-unknown-linux-musl", "arm64", "musl"),
    linux("x86_64-unknown-linux-gnu", "x64", "glibc"),
    linux("x86_64-unknown-linux-musl", "x64", "musl"),
    Target { triple: "aarch64-apple-darwin", os: "darwin", cpu: "arm64", libc: None },
    Target { triple: "x86_64-apple-darwin", os: "darwin", cpu: "x64", libc: None },
    Target { triple: "x86_64-pc-windows-msvc", os: "win32", cpu: "x64", libc: None },
];

const fn linux(triple: &'static str, cpu: &'static str, libc: &'static str) -> Target {
    Target { triple, os: "linux", cpu, libc: Some(libc) }
}

/// The target of a name.
pub(crate) fn of(triple: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.triple == triple)
}

impl Target {
    pub(crate) fn windows(&self) -> bool {
        self.os == "win32"
    }

    /// The file name of the program.
    pub(crate) fn program(&self) -> &'static str {
        if self.windows() { "seaworthy.exe" } else { "seaworthy" }
    }

    /// The package on npm that holds the program.
    pub(crate) fn package(&self) -> String {
        let libc = match self.libc {
            None => "",
            Some("musl") => "-musl",
            Some(_) => "-gnu",
        };
        format!("@seaworthy/{}-{}{libc}", self.os, self.cpu)
    }
}

#[cfg(test)]
mod tests {
    use super::{TARGETS, of};

    #[test]
    fn packages_are_called_by_system_processor_and_library() {
        for (triple, package, program) in [
            ("x86_64-unknown-linux-gnu", "@seaworthy/linux-x64-gnu", "seaworthy"),
            ("aarch64-unknown-linux-musl", "@seaworthy/linux-arm64-musl", "seaworthy"),
            ("aarch64-apple-darwin", "@seaworthy/darwin-arm64", "seaworthy"),
            ("x86_64-pc-windows-msvc", "@seaworthy/win32-x64", "seaworthy.exe"),
        ] {
            let target = of(triple).unwrap();
            assert_eq!((target.package().as_str(), target.program()), (package, program));
        }
        assert!(of("riscv64gc-unknown-linux-gnu").is_none());
    }

    #[test]
    fn no_two_targets_share_a_package() {
        let names: std::collections::BTreeSet<String> =
            TARGETS.iter().map(super::Target::package).collect();
        assert_eq!(names.len(), TARGETS.len());
    }
}
