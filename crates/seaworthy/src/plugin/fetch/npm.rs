//! Components out of packages of npm registries.
//!
//! The registry says which archive a version is and what its SHA-512 must be; the
//! package's `package.json` says which of its files is the plugin:
//! `"seaworthy": {"plugin": "dist/rules.wasm"}`.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seaworthy_plugin_host::MAX_COMPONENT_BYTES;
use serde_json::Value;
use sha2::{Digest as _, Sha512};

use super::Fetched;
use super::web::{Client, is_local};
use crate::plugin::source::{NpmPackage, Source};

/// The most bytes of what a registry says about a version.
const MAX_DOCUMENT: u64 = 4 << 20;

/// Fetches a package and takes the plugin out of it.
pub(super) async fn fetch(package: &NpmPackage) -> anyhow::Result<Fetched> {
    let registry = registry()?;
    let client = Client::new(is_local(&registry))?;
    let version = package.version.as_deref().unwrap_or("latest");
    let address = format!("{registry}/{}/{version}", package.name.replace('/', "%2f"));
    let document = client.get(&address, Some("application/json"), MAX_DOCUMENT).await?;
    let document: Value = serde_json::from_slice(&document)
        .with_context(|| format!("{address}: the registry answers with no JSON"))?;
    let Dist { version, tarball, integrity } = Dist::read(&document, package)
        .with_context(|| format!("{address}: not what a registry of npm answers"))?;
    anyhow::ensure!(
        tarball.starts_with("https://") || (is_local(&registry) && is_local(&tarball)),
        "{tarball}: plugins are not fetched over plain http"
    );
    let archive = client.get(&tarball, None, MAX_COMPONENT_BYTES).await?;
    check(&archive, &integrity).with_context(|| tarball.clone())?;
    let bytes = plugin_of(&archive).with_context(|| tarball.clone())?;
    let exact = NpmPackage { name: package.name.clone(), version: Some(version) };
    Ok(Fetched { bytes, resolved: Source::Npm(exact).to_string() })
}

/// The registry, as npm itself is told.
fn registry() -> anyhow::Result<String> {
    let told = ["npm_config_registry", "NPM_CONFIG_REGISTRY"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let registry = told.unwrap_or_else(seaworthy_engine::public_npm_registry);
    let registry = registry.trim_end_matches('/').to_owned();
    anyhow::ensure!(
        registry.starts_with("https://") || is_local(&registry),
        "{registry}: plugins are not fetched over plain http"
    );
    Ok(registry)
}

/// What a registry says of a version.
#[derive(Debug, PartialEq, Eq)]
struct Dist {
    version: String,
    tarball: String,
    integrity: String,
}

impl Dist {
    fn read(document: &Value, package: &NpmPackage) -> anyhow::Result<Self> {
        let string = |value: &Value, what: &str| {
            value.as_str().map(str::to_owned).with_context(|| format!("{what} is missing"))
        };
        anyhow::ensure!(document["name"] == package.name.as_str(), "it is another package");
        let version = string(&document["version"], "`version`")?;
        let parsed = format!("npm:{}@{version}", package.name).parse::<Source>();
        anyhow::ensure!(parsed.is_ok(), "`version` is none");
        Ok(Self {
            version,
            tarball: string(&document["dist"]["tarball"], "`dist.tarball`")?,
            integrity: string(&document["dist"]["integrity"], "`dist.integrity`")?,
        })
    }
}

/// Holds an archive against the hashes that the registry gave. One of SHA-512 has to
/// be among them.
fn check(archive: &[u8], integrity: &str) -> anyhow::Result<()> {
    let found = STANDARD.encode(Sha512::digest(archive));
    let mut wanted = integrity.split_ascii_whitespace().filter_map(|hash| {
        let hash = hash.split('?').next().unwrap_or(hash);
        hash.strip_prefix("sha512-")
    });
    let Some(first) = wanted.next() else {
        anyhow::bail!("the registry gives no SHA-512 to check the package by")
    };
    anyhow::ensure!(
        first == found || wanted.any(|hash| hash == found),
        "the package is not the one that the registry describes: its SHA-512 differs"
    );
    Ok(())
}

/// The component that a package names as its plugin.
fn plugin_of(archive: &[u8]) -> anyhow::Result<Vec<u8>> {
    let file =
        |path: &str| seaworthy_engine::file_of_package(archive, path).map_err(anyhow::Error::msg);
    let manifest: Value = serde_json::from_slice(&file("package.json")?)
        .context("the package.json of the package is no JSON")?;
    let path = manifest["seaworthy"]["plugin"].as_str().context(
        "the package is no plugin: its package.json has no \"seaworthy\": {\"plugin\": \"….wasm\"}",
    )?;
    file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_held_against_its_hash() {
        let hash = format!("sha512-{}", STANDARD.encode(Sha512::digest(b"archive")));
        assert!(check(b"archive", &hash).is_ok());
        assert!(check(b"archive", &format!("sha1-x sha512-{} {hash}?opt", "A".repeat(86))).is_ok());
        for (archive, hash) in
            [(&b"other"[..], hash.as_str()), (b"archive", ""), (b"archive", "sha1-abc")]
        {
            assert!(check(archive, hash).is_err(), "{hash}");
        }
    }

    #[test]
    fn what_a_registry_says_has_its_form() {
        let package = NpmPackage { name: "@team/rules".to_owned(), version: None };
        let good = serde_json::json!({
            "name": "@team/rules", "version": "1.2.0",
            "dist": {"tarball": "https://example.com/rules.tgz", "integrity": "sha512-x"},
        });
        let dist = Dist::read(&good, &package).expect("all is there");
        assert_eq!(dist.version, "1.2.0");
        for (key, value) in [
            ("name", serde_json::json!("other")),
            ("version", serde_json::json!("../1")),
            ("version", serde_json::json!(null)),
            ("dist", serde_json::json!([])),
            ("dist", serde_json::json!({"tarball": "https://example.com/rules.tgz"})),
        ] {
            let mut wrong = good.clone();
            wrong[key] = value;
            assert!(Dist::read(&wrong, &package).is_err(), "{wrong}");
        }
    }
}
