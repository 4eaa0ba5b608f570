//! Clients of the stores of a stack: the URLs that lead from one service to
//! another.

use seaworthy_analysis::Context;
use seaworthy_analysis::joined::Supplied;
use seaworthy_analysis::values::{ConnectionUrl, parse_url};
use seaworthy_formats::compose::{Service, UNKNOWN, Value};
use seaworthy_model::Region;

use super::running::MOST_SERVICES;
use super::standing::Judged;

/// The longest value that is taken for a URL.
const LONGEST: usize = 4096;

/// A URL that a service is given.
pub(super) struct Client<'s> {
    pub(super) service: &'s Service,
    /// The variable.
    pub(super) variable: Supplied,
    /// The URL, [`UNKNOWN`] where a variable has no known value.
    pub(super) text: String,
    pub(super) url: ConnectionUrl,
}

impl Client<'_> {
    /// The scheme without what names a driver.
    pub(super) fn scheme(&self) -> &str {
        let scheme = &self.text[self.url.scheme.clone()];
        scheme.split('+').next().unwrap_or(scheme)
    }

    /// Whether it leads to a service.
    pub(super) fn leads_to(&self, store: &Service) -> bool {
        self.url.hosts.iter().any(|host| is_called(store, &self.text[host.clone()]))
    }

    /// The password, if one is given, known or not.
    pub(super) fn password(&self) -> Option<&str> {
        self.url.password.clone().map(|range| &self.text[range]).filter(|text| !text.is_empty())
    }

    /// The password as the Compose file or its defaults give it.
    pub(super) fn written_password(&self) -> Option<String> {
        let text = self.variable.text.as_ref()?.with_defaults()?;
        let range = parse_url(&text)?.password?;
        text.get(range).filter(|password| !password.is_empty()).map(str::to_owned)
    }

    /// The user, if one is given, known or not.
    pub(super) fn user(&self) -> Option<&str> {
        self.url.user.clone().map(|range| &self.text[range]).filter(|text| !text.is_empty())
    }

    /// Where the value is written, without what may be secret in it.
    pub(super) fn place(&self) -> Region {
        self.variable.key_region
    }
}

/// Whether a service answers to a name.
pub(super) fn is_called(service: &Service, name: &str) -> bool {
    let text = |value: Option<&seaworthy_formats::compose::Text>| {
        value.is_some_and(|text| text.raw() == name)
    };
    service.name.raw() == name
        || text(service.container_name.as_ref())
        || text(service.extra("hostname").and_then(Value::text))
        || service.networks.iter().any(|network| {
            network
                .value
                .get("aliases")
                .map_or(&[][..], Value::items)
                .iter()
                .any(|alias| text(alias.text()))
        })
}

/// The URLs that the services of a stack are given.
pub(super) fn clients<'s>(cx: &Context<'_>, judged: &Judged<'s>) -> Vec<Client<'s>> {
    let mut found = Vec::new();
    for service in judged.stack.project().services.iter().take(MOST_SERVICES) {
        for variable in judged.stack.supplied(cx.snapshot(), service) {
            let Some(text) = value(judged, &variable) else { continue };
            if text.len() > LONGEST || !text.contains("://") {
                continue;
            }
            let Some(url) = parse_url(&text) else { continue };
            found.push(Client { service, variable, text, url });
        }
    }
    found
}

/// What a variable comes to, as far as it is known.
fn value(judged: &Judged<'_>, variable: &Supplied) -> Option<String> {
    match (&variable.text, &variable.value) {
        (_, Some(value)) => Some(value.reveal().to_owned()),
        (Some(text), None) => text.expand_partly(&|name| judged.variable(name)).ok(),
        (None, None) => None,
    }
}

/// Whether a text is known whole.
pub(super) fn is_known(text: &str) -> bool {
    !text.contains(UNKNOWN) && !text.contains('%')
}
