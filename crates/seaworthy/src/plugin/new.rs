//! `seaworthy plugin new`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use seaworthy_plugin_api::WIT;
use seaworthy_plugin_build::COMPONENTIZE_PY;
use seaworthy_plugin_host::lock::is_kebab;

use super::arguments::{Lang, NewArguments};
use super::{say, templates};

/// The folder of the SDK in the repository of seaworthy.
const SDK: &str = "crates/seaworthy-plugin-api";

/// The longest name of a plugin, as the contract has it.
const MAX_NAME: usize = 32;

pub(crate) fn run(arguments: &NewArguments) -> anyhow::Result<u8> {
    let path = std::path::absolute(&arguments.path)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    anyhow::ensure!(
        is_kebab(name) && name.len() <= MAX_NAME,
        "`{name}` cannot be the name of a plugin: a-z, 0-9 and `-`, a letter in front, at most \
         {MAX_NAME} of them"
    );
    anyhow::ensure!(!path.exists(), "{} exists already", arguments.path.display());
    let sdk = sdk(arguments.sdk.as_deref(), &path)?;
    for (file, text) in templates::of(arguments.lang) {
        let text = text
            .replace("{{name}}", name)
            .replace("{{crate}}", &name.replace('-', "_"))
            .replace("{{sdk}}", &sdk);
        write(&path.join(file), &text)?;
    }
    // Scripts are built against a copy of the contract.
    if arguments.lang != Lang::Rust {
        for (file, text) in WIT {
            write(&path.join("wit").join(file), text)?;
        }
    }
    let shown = arguments.path.display();
    say(format!("{shown} is a plugin. Next:"))?;
    match arguments.lang {
        Lang::Rust => {}
        Lang::Js => say(format!("  (cd {shown} && npm install)"))?,
        Lang::Python => {
            let install = format!(".venv/bin/pip install {COMPONENTIZE_PY}");
            say(format!("  (cd {shown} && python3 -m venv .venv && {install})"))?;
        }
    }
    say(format!("  seaworthy plugin test {shown}     build it and hold it against its fixtures"))?;
    say(format!("  seaworthy plugin build {shown}    write its component"))?;
    say(format!("  seaworthy plugin add {shown}      run it on this repository"))?;
    Ok(0)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// How a crate depends on the SDK: by its path where the SDK is at hand, by the
/// address of its repository elsewhere.
fn sdk(given: Option<&Path>, plugin: &Path) -> anyhow::Result<String> {
    let folder = match given {
        Some(folder) => {
            let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
            anyhow::ensure!(
                folder.join("Cargo.toml").is_file(),
                "{} is no crate",
                folder.display()
            );
            Some(folder)
        }
        None => around(plugin),
    };
    Ok(match folder {
        Some(folder) => {
            let real = plugin.ancestors().find_map(|above| {
                let real = above.canonicalize().ok()?;
                Some(real.join(plugin.strip_prefix(above).ok()?))
            });
            let path = relative(&real.unwrap_or_else(|| plugin.to_owned()), &folder);
            let path = path.to_string_lossy().replace('\\', "/");
            format!("{{ path = \"{path}\" }}")
        }
        None => format!("{{ git = \"{}\" }}", env!("CARGO_PKG_REPOSITORY")),
    })
}

/// The SDK of the repository of seaworthy that a new plugin lies in.
fn around(plugin: &Path) -> Option<PathBuf> {
    let sdk = plugin.ancestors().map(|above| above.join(SDK));
    sdk.filter(|sdk| sdk.join("Cargo.toml").is_file()).find_map(|sdk| sdk.canonicalize().ok())
}

/// The way from one folder to another, both absolute.
pub(super) fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return to.to_owned();
    }
    let up = from.components().skip(shared).map(|_| "..");
    up.map(PathBuf::from)
        .chain([to.components().skip(shared).collect()])
        .reduce(|way, part| way.join(part))
        .unwrap_or_else(|| to.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_sdk_leads_up_and_down() {
        let cases = [
            ("/a/plugins/x", "/a/crates/sdk", "../../crates/sdk"),
            ("/a/x", "/a/x/sdk", "sdk"),
            ("/a/x/y", "/a", "../.."),
        ];
        for (from, to, want) in cases {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(want));
        }
    }

    #[test]
    fn a_plugin_in_our_repository_uses_the_sdk_there() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let plugin = here.join("../../plugins/new").components().collect::<PathBuf>();
        let root = here.join("../..").canonicalize().expect("it is there");
        assert!(
            sdk(None, &root.join("plugins/new"))
                .is_ok_and(|sdk| { sdk == "{ path = \"../../crates/seaworthy-plugin-api\" }" })
        );
        let elsewhere = tempfile::tempdir().expect("a temporary directory");
        let far = sdk(None, &elsewhere.path().join("new")).expect("an address");
        assert!(far.starts_with("{ git = \"https://"), "{far}");
        let given = sdk(Some(&root.join(SDK)), &elsewhere.path().join("new")).expect("a path");
        assert!(given.starts_with("{ path = \"../"), "{given}");
        assert!(sdk(Some(elsewhere.path()), &plugin).is_err());
    }
}
