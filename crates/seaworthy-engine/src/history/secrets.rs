//! One finding for each secret of the history, however many blobs hold it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use seaworthy_model::{Finding, Location};

/// How many other places of a secret are named.
const MAX_RELATED: usize = 20;

/// Where in the history a finding was made.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The number of the commit in the order of commits.
    pub(super) order: u32,
    /// The beginning of the commit's id.
    pub(super) commit: String,
}

/// The findings so far. What comes of them does not depend on the order in which
/// they come in.
#[derive(Debug, Default)]
pub(super) struct Secrets(Mutex<HashMap<u64, Secret>>);

#[derive(Debug)]
struct Secret {
    order: u32,
    finding: Finding,
    /// The places in other blobs, the oldest first.
    others: Vec<(u32, Location)>,
}

impl Secrets {
    /// Adds a finding; of all that are about one secret the oldest is kept, with the
    /// places of the others.
    pub(super) fn add(&self, mut finding: Finding, place: &Place) {
        let Some(leak) = finding.leak else { return };
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        finding.location.label.get_or_insert_with(|| format!("in commit {}", place.commit));
        let Some(known) = secrets.get_mut(&leak.identity) else {
            let secret = Secret { order: place.order, finding, others: Vec::new() };
            secrets.insert(leak.identity, secret);
            return;
        };
        let mut order = place.order;
        let key = |order: u32, finding: &Finding| {
            (order, finding.location.artifact.clone(), finding.location.region, finding.rule.id)
        };
        if key(order, &finding) < key(known.order, &known.finding) {
            std::mem::swap(&mut order, &mut known.order);
            std::mem::swap(&mut finding, &mut known.finding);
        }
        let key = |(order, place): &(u32, Location)| (*order, place.artifact.clone(), place.region);
        let other = (order, finding.location);
        let at = known.others.partition_point(|known| key(known) < key(&other));
        known.others.insert(at, other);
        known.others.truncate(MAX_RELATED);
    }

    /// One finding a secret, in no order.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let secrets = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let findings = secrets.into_values().map(|Secret { mut finding, others, .. }| {
            finding.location.label = None;
            let others = others.into_iter().map(|(_, mut place)| {
                place.label = place.label.map(|label| format!("the same secret, {label}"));
                place
            });
            finding.related.extend(others);
            finding.related.truncate(MAX_RELATED);
            finding
        });
        findings.collect()
    }
}
