//! Configurations of hosts and proxies, as far as they set response headers.

mod caddy;
mod firebase;
mod netlify;
mod static_web_apps;
mod traefik;
mod wrangler;

use seaworthy_syntax::NodeRef;

use crate::http::Text;

pub use caddy::{Caddyfile, Directive, HeaderChange, HeaderOperation, Site, Snippets};
pub use firebase::{FirebaseConfig, FirebaseHeaders, FirebaseSite};
pub use netlify::{NetlifyConfig, NetlifyHeaders};
pub use static_web_apps::{SiteRoute, StaticWebApps};
pub use traefik::{Field, TraefikFile, field_header};
pub use wrangler::WranglerConfig;

/// A header's name and value.
pub type Pair = (Text, Text);

/// The most entries that are read of any list; only a hostile file has more.
const MOST: usize = 2_000;

/// A scalar with its place.
fn text(node: NodeRef<'_>) -> Option<Text> {
    Some(Text::new(node.as_str()?, node.content_region()))
}

/// The entries of a mapping whose values are texts.
fn pairs(node: NodeRef<'_>) -> Vec<Pair> {
    node.written_entries()
        .take(MOST)
        .filter_map(|entry| Some((text(entry.key)?, text(entry.value)?)))
        .collect()
}
