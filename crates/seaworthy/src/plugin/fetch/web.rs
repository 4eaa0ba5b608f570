//! One client for the web, with everything bounded.

use std::error::Error as _;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::redirect::Policy;

use crate::plugin::source::is_loopback;

/// How long a connection may take to be made, and how long a server may be silent.
pub(super) const CONNECT: Duration = Duration::from_secs(20);
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// How often a server may send elsewhere.
const MAX_REDIRECTS: usize = 5;

/// What we call ourselves.
pub(super) const AGENT: &str = concat!("seaworthy/", env!("CARGO_PKG_VERSION"));

/// A client for https, and for http on this machine alone.
pub(super) struct Client(reqwest::Client);

/// Whether an address is one of plain http on this machine.
pub(super) fn is_local(address: &str) -> bool {
    address.starts_with("http://") && is_loopback(address)
}

/// Names the cryptography that all of this process uses.
pub(super) fn use_cryptography() {
    // A second time changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Client {
    /// A client. Only a `local` one ever speaks plain http, and only on this machine.
    pub(super) fn new(local: bool) -> anyhow::Result<Self> {
        use_cryptography();
        let policy = Policy::custom(move |attempt| {
            let address = attempt.url().as_str();
            let allowed = address.starts_with("https://") || (local && is_local(address));
            match () {
                () if attempt.previous().len() > MAX_REDIRECTS => {
                    attempt.error("too many redirects")
                }
                () if !allowed => attempt.error("it redirects to plain http, which is refused"),
                () => attempt.follow(),
            }
        });
        let mut builder = reqwest::Client::builder()
            .user_agent(AGENT)
            .redirect(policy)
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .referer(false);
        if local {
            // Nobody stands between this machine and itself.
            builder = builder.no_proxy();
        } else {
            builder = builder.https_only(true);
        }
        Ok(Self(builder.build().context("no connection can be made")?))
    }

    /// Gets at most `most` bytes.
    pub(super) async fn get(
        &self,
        address: &str,
        accept: Option<&str>,
        most: u64,
    ) -> anyhow::Result<Vec<u8>> {
        let mut request = self.0.get(address);
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let mut response = request.send().await.map_err(told)?;
        let status = response.status();
        anyhow::ensure!(status.is_success(), "{address}: the server answers {status}");
        let too_large =
            || anyhow::anyhow!("{address}: the answer is larger than {} MiB", most >> 20);
        if response.content_length().is_some_and(|length| length > most) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            if (bytes.len() + chunk.len()) as u64 > most {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// What went wrong, from the root: reqwest says little at the top.
pub(super) fn told(error: reqwest::Error) -> anyhow::Error {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    anyhow::anyhow!("{words}")
}
