//! Headers that no layer sets: when to speak, how badly, and where.

use seaworthy_analysis::joined::{HeaderApp, Surface};
use seaworthy_analysis::{Context, Edit};
use seaworthy_formats::http::Provider;
use seaworthy_model::{Applicability, Severity};

use super::insertion;

/// A header that an app lacks.
pub(super) struct Missing<'a> {
    /// Its name as it is usually spelt.
    pub(super) name: &'a str,
    /// A value to begin with.
    pub(super) value: &'a str,
    /// How far adding that value may go unseen.
    pub(super) applicability: Applicability,
    /// How bad its absence is for pages.
    pub(super) pages: Severity,
    /// How bad it is for an API alone; `None` if pages alone need it.
    pub(super) api: Option<Severity>,
}

/// Whether a header of this name in lower case is certainly sent by nobody.
pub(super) fn nobody_sets(app: &HeaderApp, name: &str) -> bool {
    app.knows_all_layers() && app.setters(name).next().is_none() && !app.platform.contains(&name)
}

/// How bad the absence of a header is in this app; `None` where it does no harm
/// or nothing tells what the app serves.
pub(super) fn severity(app: &HeaderApp, missing: &Missing<'_>) -> Option<Severity> {
    match app.surface {
        Surface::Pages => Some(missing.pages),
        Surface::Api => missing.api,
        // Who sets headers serves something, if not surely pages.
        Surface::Unknown if !app.rules.is_empty() => missing.api,
        Surface::Unknown => None,
    }
}

/// Reports an absent header at the place where it would be declared.
pub(super) fn report(cx: &mut Context<'_>, app: &HeaderApp, missing: &Missing<'_>, message: &str) {
    let Some(severity) = severity(app, missing) else { return };
    let edit = fix(cx, app, missing);
    let message = format!("{message} {}{}", place(app), looked_at(app));
    let draft = cx
        .report_in(&app.artifact, app.anchor, message)
        .severity(severity)
        .evidence(missing.name.to_ascii_lowercase());
    if let Some(edit) = edit {
        draft.fix(edit);
    }
}

/// Where the header belongs.
fn place(app: &HeaderApp) -> String {
    let file = app.artifact.file_name();
    match app.provider {
        Provider::Vercel => "Add it under `headers` for `/(.*)`.".to_owned(),
        Provider::Netlify if file == "netlify.toml" => {
            "Add it to `[[headers]]` for `/*`.".to_owned()
        }
        Provider::Netlify | Provider::Cloudflare | Provider::HeadersFile if file == "_headers" => {
            "Add it to the block of `/*`.".to_owned()
        }
        Provider::Cloudflare | Provider::HeadersFile | Provider::Netlify => {
            "Add it to a `_headers` file among the files that are served, for `/*`.".to_owned()
        }
        Provider::Firebase => "Add it under `hosting.headers` for `**`.".to_owned(),
        Provider::StaticWebApps => "Add it to `globalHeaders`.".to_owned(),
        Provider::Nginx => "Add it to this server with `always`; a location that has an \
                            `add_header` of its own needs it again."
            .to_owned(),
        Provider::Caddy => "Add it to this site with `header`.".to_owned(),
        Provider::Traefik => "Add it to a `headers` middleware of the router.".to_owned(),
        Provider::Next | Provider::Application => "Set it in the application.".to_owned(),
    }
}

/// Which other files were read; the one with the finding needs no word.
fn looked_at(app: &HeaderApp) -> String {
    let others: Vec<String> = app
        .layers
        .iter()
        .filter(|path| **path != app.artifact)
        .take(3)
        .map(|path| format!("`{path}`"))
        .collect();
    match others.split_last() {
        None => String::new(),
        Some((only, [])) => format!(" {only} sets none either."),
        Some((last, before)) => format!(" {} and {last} set none either.", before.join(", ")),
    }
}

/// The edit that adds the header for all paths.
pub(super) fn fix(cx: &Context<'_>, app: &HeaderApp, missing: &Missing<'_>) -> Option<Edit> {
    let artifact = cx.snapshot().artifact(app.artifact.as_str())?;
    let text = cx.snapshot().text(artifact)?;
    let title = format!("Send `{}: {}` on every path", missing.name, missing.value);
    let edit = match missing.applicability {
        Applicability::Safe => Edit::safe(title),
        Applicability::Unsafe => Edit::risky(title),
        Applicability::DisplayOnly => Edit::shown(title),
    };
    insertion::add(edit, app, text, (missing.name, missing.value))
}
