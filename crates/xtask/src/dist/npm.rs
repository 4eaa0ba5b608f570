//! The packages for npm: one for each platform that holds its program and nothing else,
//! and the launcher, which asks for all of them as optional. npm takes the one that fits
//! the system, the processor and the C library, so no script has to run on installing.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{LICENCES, Target, VERSION};

/// The launcher's folder.
const LAUNCHER: &str = "packages/npm";

/// Writes the package of a platform.
pub(super) fn platform(
    root: &Path,
    target: &Target,
    program: &Path,
    licences: &str,
    out: &Path,
) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let ours = manifest(root)?;
    let mut manifest = json!({
        "name": target.package(),
        "version": VERSION,
        "description": format!("The program of seaworthy for {}", target.triple),
        "license": ours["license"],
        "repository": ours["repository"],
        // Yarn's Plug'n'Play must unpack what is to be run.
        "preferUnplugged": true,
        "os": [target.os],
        "cpu": [target.cpu],
    });
    if let Some(libc) = target.libc {
        manifest["libc"] = json!([libc]);
    }
    let name = target.package();
    let readme = format!(
        "# {name}\n\nThe program of [seaworthy](https://github.com/seaworthy-rs/seaworthy) for \
         {}. Install `seaworthy`, which picks the right one.\n",
        target.triple
    );
    std::fs::write(folder.path().join("README.md"), readme)?;
    let program_there = folder.path().join(target.program());
    std::fs::copy(program, &program_there)
        .with_context(|| format!("cannot copy {}", program.display()))?;
    executable(&program_there)?;
    finish(root, folder.path(), &manifest, licences, out)
}

/// Writes the launcher, which knows the packages of `targets`.
pub(super) fn launcher(root: &Path, targets: &[&Target], out: &Path) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut manifest = manifest(root)?;
    let optional = targets.iter().map(|target| (target.package(), json!(VERSION))).collect();
    manifest["optionalDependencies"] = Value::Object(optional);
    std::fs::create_dir(folder.path().join("bin"))?;
    for file in ["README.md", "bin/seaworthy.js"] {
        std::fs::copy(root.join(LAUNCHER).join(file), folder.path().join(file))?;
    }
    let licences = "The launcher holds the work of nobody else.\n\
                    THIRD-PARTY of the package @seaworthy/<platform> tells of the program.\n";
    finish(root, folder.path(), &manifest, licences, out)
}

fn manifest(root: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(root.join(LAUNCHER).join("package.json"))?;
    let mut manifest: Value = serde_json::from_str(&text)?;
    if let Some(object) = manifest.as_object_mut() {
        // For those who have the sources.
        object.remove("scripts");
    }
    Ok(manifest)
}

/// Adds what every package has, and packs it as npm does.
fn finish(
    root: &Path,
    folder: &Path,
    manifest: &Value,
    licences: &str,
    out: &Path,
) -> anyhow::Result<()> {
    std::fs::write(folder.join("package.json"), serde_json::to_string_pretty(manifest)? + "\n")?;
    for name in LICENCES {
        std::fs::copy(root.join(name), folder.join(name))?;
    }
    std::fs::write(folder.join("THIRD-PARTY"), licences)?;
    let status = Command::new("npm")
        .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
        .arg(std::path::absolute(out)?)
        .current_dir(folder)
        .stdout(std::process::Stdio::null())
        .status()
        .context("cannot run npm")?;
    anyhow::ensure!(status.success(), "`npm pack` failed for {}", manifest["name"]);
    Ok(())
}

/// Gives a program the mode of one: what carried it here may have lost it.
#[cfg(unix)]
fn executable(program: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::Permissions::from_mode(0o755);
    Ok(std::fs::set_permissions(program, mode)?)
}

#[cfg(not(unix))]
fn executable(_: &Path) -> anyhow::Result<()> {
    anyhow::bail!("packages are made where files have modes")
}
