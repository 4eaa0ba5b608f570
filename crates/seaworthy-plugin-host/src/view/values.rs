//! The house's judgement of values from anywhere.

use std::ops::Range;

use seaworthy_analysis::values::parse_url;

use super::judge::judge;
use super::region;
use crate::bindings::seaworthy::plugin::documents::Judgement;
use crate::bindings::seaworthy::plugin::types::Region;
use crate::bindings::seaworthy::plugin::values as wit;
use crate::runtime::State;

impl wit::Host for State {
    fn judge(&mut self, name: String, value: String) -> wasmtime::Result<Judgement> {
        Ok(judge(&self.joined_snapshot()?, &name, &value))
    }

    fn parse_url(&mut self, text: String) -> wasmtime::Result<Option<wit::Url>> {
        Ok(url(&text))
    }
}

/// Takes a URL with `://` apart.
fn url(text: &str) -> Option<wit::Url> {
    let found = parse_url(text)?;
    let place = |range: Range<usize>| -> Region { region(range.into()) };
    Some(wit::Url {
        scheme: place(found.scheme),
        user: found.user.map(place),
        password: found.password.map(place),
        hosts: found.hosts.into_iter().map(place).collect(),
        port: found.port.map(place),
        path: place(found.path),
        query: found.query.map(place),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_fall_into_their_parts() {
        let text = "postgres://app:p%40ss@a.internal:5432,b.internal/db?sslmode=require";
        let of = |place: Region| &text[place.start as usize..place.end as usize];
        let found = url(text).expect("a URL");
        let hosts: Vec<_> = found.hosts.iter().copied().map(of).collect();
        assert_eq!(
            (of(found.scheme), found.user.map(of), found.password.map(of), found.port.map(of)),
            ("postgres", Some("app"), Some("p%40ss"), Some("5432"))
        );
        assert_eq!(hosts, ["a.internal", "b.internal"]);
        assert_eq!((of(found.path), found.query.map(of)), ("/db", Some("sslmode=require")));
        assert!(url("mailto:someone").is_none());
    }
}
