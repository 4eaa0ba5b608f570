//! Where a Compose service may hold a secret: its variables, its build
//! arguments, and the words of its commands.

use std::collections::HashMap;

use seaworthy_analysis::Context;
use seaworthy_analysis::names::{is_public_by_design, secret_kind, user_name_for};
use seaworthy_analysis::values::{ValueClass, ValueContext, classify};
use seaworthy_formats::compose::{EnvVar, Service, Text};

use super::commands::words;
use super::standing::Judged;

/// A text that may be or hold a secret.
pub(super) struct Site {
    /// What messages call it: the variable or the option.
    pub(super) name: String,
    /// The variable that a fix may refer to instead.
    pub(super) variable: Option<String>,
    pub(super) text: Text,
    pub(super) place: SitePlace,
    /// Whether its name or position says that it is a secret.
    pub(super) named: bool,
    /// The user name that belongs to it.
    user: Option<String>,
}

/// The kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SitePlace {
    Environment,
    BuildArgument,
    Command,
    Healthcheck,
}

impl SitePlace {
    /// How messages call a secret there.
    pub(super) fn subject(self, name: &str) -> String {
        match self {
            SitePlace::Environment => name.to_owned(),
            SitePlace::BuildArgument => format!("the build argument {name}"),
            SitePlace::Command => format!("the password after {name} in its command"),
            SitePlace::Healthcheck => format!("the password after {name} in its health check"),
        }
    }

    pub(super) fn is_command(self) -> bool {
        matches!(self, SitePlace::Command | SitePlace::Healthcheck)
    }
}

impl Site {
    /// Judges a value that stands here.
    pub(super) fn classify(&self, value: &str, names: &[&str]) -> ValueClass {
        let key = if self.place.is_command() { "" } else { &*self.name };
        classify(value, &ValueContext { key, user: self.user.as_deref(), project: names })
    }
}

/// How many services lend their names.
const MOST_NAMES: usize = 200;

/// Names that a weak secret may be made of.
pub(super) fn project_names<'s>(cx: &Context<'s>, judged: &Judged<'s>) -> Vec<&'s str> {
    let mut names: Vec<&str> = cx.snapshot().project_names().iter().map(String::as_str).collect();
    names.extend(judged.stack.project().name.as_ref().map(Text::raw));
    let services = judged.stack.project().services.iter();
    names.extend(services.take(MOST_NAMES).map(|service| service.name.raw()));
    names
}

/// Every place of a service that may hold a secret.
pub(super) fn sites(judged: &Judged<'_>, service: &Service) -> Vec<Site> {
    let mut found = Vec::new();
    variables(judged, &service.environment, SitePlace::Environment, &mut found);
    if let Some(build) = &service.build {
        variables(judged, &build.args, SitePlace::BuildArgument, &mut found);
    }
    for command in [&service.entrypoint, &service.command].into_iter().flatten() {
        arguments(&words(command), SitePlace::Command, &mut found);
    }
    if let Some(test) = service.healthcheck.as_ref().and_then(|check| check.test.as_ref()) {
        arguments(&words(test), SitePlace::Healthcheck, &mut found);
    }
    found
}

fn is_secret_name(name: &str) -> bool {
    secret_kind(name).is_some() && !is_public_by_design(name)
}

fn variables(judged: &Judged<'_>, list: &[EnvVar], place: SitePlace, found: &mut Vec<Site>) {
    let values: HashMap<&str, &Text> = list
        .iter()
        .filter_map(|variable| Some((variable.key.raw(), variable.value.as_ref()?)))
        .collect();
    for variable in list {
        let Some(text) = &variable.value else { continue };
        let key = variable.key.raw();
        let user = user_name_for(key)
            .iter()
            .find_map(|name| judged.stack.expand(values.get(name.as_str())?));
        found.push(Site {
            name: key.to_owned(),
            variable: Some(key.to_owned()),
            text: text.clone(),
            place,
            named: is_secret_name(key),
            user,
        });
    }
}

/// Options of stores whose value is a password, with the variable that usually
/// holds it.
const OPTIONS: &[(&str, &str)] = &[
    ("--requirepass", "REDIS_PASSWORD"),
    ("--masterauth", "REDIS_PASSWORD"),
    ("--pass", "REDIS_PASSWORD"),
];

/// Tools with a one-letter option for the password, and whether the password
/// follows as a word of its own or at once.
const SHORT: &[(&[&str], &str, bool)] = &[
    (&["redis-cli", "valkey-cli", "keydb-cli"], "-a", true),
    (&["mongo", "mongosh", "mongodump", "mongorestore", "cqlsh"], "-p", true),
    (&["sqlcmd"], "-P", true),
    (
        &["mysql", "mysqladmin", "mysqldump", "mariadb", "mariadb-admin", "mariadb-dump"],
        "-p",
        false,
    ),
];

fn arguments(words: &[Text], place: SitePlace, found: &mut Vec<Site>) {
    let mut tool = "";
    for (index, word) in words.iter().enumerate() {
        let raw = word.raw();
        let base = raw.rsplit('/').next().unwrap_or(raw).trim_start_matches(['\'', '"', '(']);
        if SHORT.iter().any(|(tools, ..)| tools.contains(&base)) || base == "curl" {
            tool = base;
        }
        let next = || words.get(index + 1).filter(|next| !next.raw().starts_with('-'));
        let (name, variable, value) = match argument(tool, raw) {
            Some(Argument { name, variable, inline: Some(start) }) => {
                (name, variable, Some(word.slice(start..raw.len())))
            }
            Some(Argument { name, variable, inline: None }) => (name, variable, next().cloned()),
            None => {
                // Any word may be a URL or use a variable.
                if raw.contains("://") || raw.contains("${") {
                    found.push(Site {
                        name: "a URL".to_owned(),
                        variable: None,
                        text: word.clone(),
                        place,
                        named: false,
                        user: None,
                    });
                }
                continue;
            }
        };
        let Some(value) = value else { continue };
        // `curl -u user:password`
        let value = match (tool, value.split_once(':')) {
            ("curl", Some((_, password))) if name != "--password" => password,
            ("curl", None) => continue,
            _ => value,
        };
        // Quotes that belong to the script around the word.
        let end = value.raw().trim_end_matches(['"', '\'', ')', ';']).len();
        let start = value.raw().len() - value.raw().trim_start_matches(['"', '\'']).len();
        let text = value.slice(start.min(end)..end);
        found.push(Site { name, variable, text, place, named: true, user: None });
    }
}

/// A word that announces a password.
struct Argument {
    name: String,
    variable: Option<String>,
    /// Where the password begins in the word itself.
    inline: Option<usize>,
}

fn argument(tool: &str, word: &str) -> Option<Argument> {
    if let Some((tools, option, apart)) =
        SHORT.iter().find(|(tools, option, _)| tools.contains(&tool) && word.starts_with(option))
    {
        let _ = tools;
        let whole = word.len() == option.len();
        let inline = (!apart && !whole).then_some(option.len());
        return (inline.is_some() || (*apart && whole)).then(|| Argument {
            name: (*option).to_owned(),
            variable: None,
            inline,
        });
    }
    if tool == "curl" && matches!(word, "-u" | "--user") {
        return Some(Argument { name: word.to_owned(), variable: None, inline: None });
    }
    let (name, inline) = match word.split_once('=') {
        Some((name, _)) => (name, Some(name.len() + 1)),
        None => (word, None),
    };
    if let Some((option, variable)) = OPTIONS.iter().find(|(option, _)| *option == name) {
        return Some(Argument {
            name: (*option).to_owned(),
            variable: Some((*variable).to_owned()),
            inline,
        });
    }
    if let Some(option) = name.strip_prefix("--") {
        let secret = is_secret_name(&option.to_ascii_uppercase().replace(['-', '.'], "_"));
        return secret.then(|| Argument { name: name.to_owned(), variable: None, inline });
    }
    // `PGPASSWORD=… psql`
    let name = name.trim_start_matches(['"', '\'']);
    let variable = inline.is_some()
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
        && (is_secret_name(name) || matches!(name, "PGPASSWORD" | "MYSQL_PWD" | "REDISCLI_AUTH"));
    variable.then(|| Argument { name: name.to_owned(), variable: Some(name.to_owned()), inline })
}
