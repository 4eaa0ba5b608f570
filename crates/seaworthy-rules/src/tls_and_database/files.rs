//! The files of nginx that are deployed, parts that are included included.

use std::sync::Arc;

use seaworthy_analysis::joined::is_deployed;
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::{Artifact, Context, Document, DocumentKind};
use seaworthy_formats::nginx::{NginxFile, Templating};

/// Each deployed file of nginx that can be read as what it will be.
pub(super) fn nginx_files<'s>(
    cx: &Context<'s>,
) -> impl Iterator<Item = (&'s Artifact, &'s Arc<NginxFile>)> + use<'s> {
    let snapshot = cx.snapshot();
    snapshot
        .of_kind(DocumentKind::Nginx)
        .filter(move |artifact| {
            matches!(snapshot.role(artifact).role, Role::Deployable | Role::Source)
                && is_deployed(snapshot, artifact)
        })
        .filter_map(move |artifact| match snapshot.document(artifact)? {
            Document::Nginx(file) if file.templating() == Templating::None => {
                Some((artifact, file))
            }
            _ => None,
        })
}
