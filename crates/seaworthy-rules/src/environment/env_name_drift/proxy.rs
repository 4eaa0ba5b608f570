//! Templates of nginx that are filled in under another name than their service is given.

use std::collections::{BTreeSet, HashMap, HashSet};

use seaworthy_analysis::joined::{Definition, DefinitionSource, Reader};
use seaworthy_analysis::{Context, Snapshot};

use super::super::deployment::Mentions;
use super::super::drift::{bucket, synonyms};
use super::super::templates::is_below;

/// How many definitions with the same words are looked at.
const MOST: usize = 16;

pub(super) fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let joined = snapshot.joined();
    let uses: Vec<_> = joined
        .uses(snapshot)
        .iter()
        .filter(|used| used.reader == Reader::NginxTemplate)
        .filter(|used| {
            joined.definitions_of(&used.name).is_empty()
                && joined.given_of(snapshot, &used.name).is_empty()
        })
        .collect();
    if uses.is_empty() {
        return;
    }
    let read: HashSet<&str> = joined
        .uses(snapshot)
        .iter()
        .filter(|used| used.reader == Reader::NginxTemplate)
        .map(|used| used.name.as_str())
        .collect();
    let mut alike: HashMap<String, Vec<&Definition>> = HashMap::new();
    for definition in joined.definitions() {
        let of_service = matches!(definition.source, DefinitionSource::ComposeService { .. });
        if of_service && definition.may_be_production() && !read.contains(definition.name.as_str())
        {
            alike.entry(bucket(&definition.name)).or_default().push(definition);
        }
    }
    let mut mentions = None;
    let mut done = BTreeSet::new();
    for used in uses {
        let given = alike.get(&bucket(&used.name)).into_iter().flatten().take(MOST).find(|given| {
            synonyms(&used.name, &given.name)
                && is_of_nginx(snapshot, given, used.artifact.as_str())
        });
        let Some(given) = given else { continue };
        if mentions.get_or_insert_with(|| Mentions::read(snapshot)).anywhere(&used.name)
            || !done.insert((&used.artifact, &used.name))
        {
            continue;
        }
        let message = format!(
            "nginx is configured with {} here, but its service is given {}. The image leaves a \
             variable that is not set as it stands, and nginx does not start; use one name.",
            used.name, given.name,
        );
        cx.report_in(&used.artifact, used.region, message)
            .evidence(format!("{}:{}", used.name, given.name))
            .related(
                &given.artifact,
                given.key_region,
                format!("it is called {} here", given.name),
            );
    }
}

/// Whether a variable is given to the service that runs a template of nginx.
fn is_of_nginx(snapshot: &Snapshot, given: &Definition, template: &str) -> bool {
    let DefinitionSource::ComposeService { service: wanted } = &given.source else { return false };
    snapshot.joined().stacks().iter().any(|stack| {
        let services = stack.project().services.iter();
        let mut services = services.filter(|service| {
            service.name.raw() == wanted && stack.files().contains(&given.artifact)
        });
        services.any(|service| {
            let image = service.image.as_ref().is_some_and(|image| image.raw().contains("nginx"));
            let context = service.build.as_ref().and_then(|build| build.context.as_ref());
            let context = context.map(|context| context.raw().trim_start_matches("./"));
            image
                || context.is_some_and(|context| {
                    !matches!(context, "" | ".")
                        && is_below(template, context.trim_end_matches('/'))
                })
        })
    })
}
