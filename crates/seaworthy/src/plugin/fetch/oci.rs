//! Components out of OCI registries.

use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use anyhow::Context as _;
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::OciManifest;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use seaworthy_plugin_host::MAX_COMPONENT_BYTES;
use tokio::io::AsyncWrite;

use super::Fetched;
use super::web::{self, AGENT, CONNECT, SILENCE, use_cryptography};
use crate::plugin::source::{Source, is_loopback};

/// The media types of components, the common one first.
const COMPONENT_TYPES: [&str; 3] = [
    "application/wasm",
    "application/vnd.wasm.content.layer.v1+wasm",
    "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm",
];

/// Fetches an artifact: its manifest, and the only layer in it that is a component.
/// Both are held against their digests.
pub(super) async fn fetch(reference: &str) -> anyhow::Result<Fetched> {
    use_cryptography();
    let image: Reference = reference
        .parse()
        .with_context(|| format!("oci:{reference}: expected oci:REGISTRY/NAME:TAG"))?;
    let client = Client::try_from(configuration(image.resolve_registry()))
        .context("no connection can be made")?;
    let auth = RegistryAuth::Anonymous;
    let (manifest, digest) = client
        .pull_manifest(&image, &auth)
        .await
        .map_err(|error| told(reference, "the registry gives no manifest", error))?;
    let OciManifest::Image(manifest) = manifest else {
        anyhow::bail!("oci:{reference}: a list of images, not a plugin")
    };
    let is_component = |media: &str| COMPONENT_TYPES.contains(&media);
    let mut layers = manifest.layers.iter().filter(|layer| is_component(&layer.media_type));
    let (Some(layer), None) = (layers.next(), layers.next()) else {
        anyhow::bail!(
            "oci:{reference}: not a plugin: it has to have one layer of the type {}",
            COMPONENT_TYPES[0]
        )
    };
    let mut bytes = Capped(Vec::new());
    anyhow::ensure!(
        u64::try_from(layer.size).is_ok_and(|size| size <= MAX_COMPONENT_BYTES),
        "oci:{reference}: larger than {} MiB",
        MAX_COMPONENT_BYTES >> 20
    );
    client
        .pull_blob(&image, layer, &mut bytes)
        .await
        .map_err(|error| told(reference, "the component cannot be had", error))?;
    let tag = image.tag().map_or(String::new(), |tag| format!(":{tag}"));
    let exact = format!("{}/{}{tag}@{digest}", image.registry(), image.repository());
    Ok(Fetched { bytes: bytes.0, resolved: Source::Oci(exact).to_string() })
}

/// What went wrong. The errors of the client repeat their causes.
fn told(reference: &str, what: &str, error: OciDistributionError) -> anyhow::Error {
    let cause = match error {
        OciDistributionError::RequestError(error) => web::told(error).to_string(),
        error => error.to_string(),
    };
    anyhow::anyhow!("oci:{reference}: {what}: {cause}")
}

/// How to speak to a registry: by https, unless it is on this machine.
fn configuration(registry: &str) -> ClientConfig {
    let set = |names: [&str; 2]| {
        names.into_iter().find_map(|name| std::env::var(name).ok().filter(|set| !set.is_empty()))
    };
    let mut config = ClientConfig {
        connect_timeout: Some(CONNECT),
        read_timeout: Some(SILENCE),
        user_agent: AGENT,
        platform_resolver: None,
        ..ClientConfig::default()
    };
    // The client follows redirects, and may be sent to plain http. That would go by a
    // proxy for http, so it is given one that answers nobody.
    config.http_proxy = Some("http://127.0.0.1:1".to_owned());
    if is_loopback(registry) {
        // On this machine plain http is allowed, and needs no proxy.
        config.protocol = ClientProtocol::Http;
        config.no_proxy = Some("localhost,127.0.0.0/8,::1".to_owned());
        return config;
    }
    config.https_proxy = set(["HTTPS_PROXY", "https_proxy"]);
    config
}

/// Bytes up to the most that a component may have.
struct Capped(Vec<u8>);

impl AsyncWrite for Capped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if (self.0.len() + bytes.len()) as u64 > MAX_COMPONENT_BYTES {
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        }
        self.0.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for local in ["127.0.0.1:5000", "localhost:5000"] {
            let config = configuration(local);
            assert!(matches!(config.protocol, ClientProtocol::Http), "{local}");
            assert!(config.http_proxy.is_some() && config.no_proxy.is_some(), "{local}");
        }
        for elsewhere in ["registry.example.com", "localhost.example.com:5000", "10.0.0.1:5000"] {
            let config = configuration(elsewhere);
            assert!(matches!(config.protocol, ClientProtocol::Https), "{elsewhere}");
            assert!(config.http_proxy.is_some() && config.no_proxy.is_none(), "{elsewhere}");
        }
    }
}
