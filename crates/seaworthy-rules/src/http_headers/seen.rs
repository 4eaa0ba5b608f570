//! Declared headers, each judged once: servers of nginx may share an included
//! file.

use std::collections::HashSet;

use seaworthy_formats::http::{HeaderRule, Provider};
use seaworthy_model::{ArtifactPath, Region};

/// Remembers which declarations were judged.
#[derive(Default)]
pub(super) struct Seen(HashSet<(ArtifactPath, Region)>);

impl Seen {
    /// Whether the value is to be judged: nothing was said about it so far, and
    /// no variable of nginx or Caddy stands in it.
    pub(super) fn first(&mut self, rule: &HeaderRule) -> bool {
        let known = match rule.provider {
            Provider::Nginx => !rule.value.value.contains('$'),
            Provider::Caddy => !rule.value.value.contains('{'),
            _ => true,
        };
        known && !rule.removes && self.0.insert((rule.artifact.clone(), rule.name.region))
    }
}
