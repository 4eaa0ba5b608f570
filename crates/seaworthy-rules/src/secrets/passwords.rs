//! Passwords wherever a variable holds one: as its value, or in a connection
//! string. Each has one fault, so that the rules never speak about it twice.

use seaworthy_analysis::Context;
use seaworthy_analysis::joined::{Definition, DefinitionSource, Standing, Written};
use seaworthy_analysis::names::{SecretKind, public_prefix};
use seaworthy_analysis::values::{
    HostKind, ValueClass, ValueContext, Weakness, classify_url_password, parse_url,
    password_is_weak, strength,
};
use seaworthy_model::{Region, Severity};

/// A password that a variable holds.
pub(super) struct Password<'s> {
    pub(super) definition: &'s Definition,
    /// The password, in a connection string still percent-encoded.
    pub(super) text: &'s str,
    /// Its bytes in the file.
    pub(super) region: Region,
    pub(super) class: ValueClass,
    /// The user name that belongs to it.
    user: Option<&'s str>,
    /// The connection string's host; none when the password stands by itself.
    pub(super) host: Option<HostKind>,
    /// Whether it opens a database, cache or broker.
    database: bool,
}

/// What is wrong with a password, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is in a file that others can read, and opens something.
    Leaked(Severity),
    /// It is a product's well-known default.
    Default,
    /// It opens a database and is weak; why.
    Weak(&'static str),
    /// As [`Fault::Weak`]: it has too few characters.
    Short(usize),
}

/// Schemes of connection strings that open no database.
const OTHER_SCHEMES: &[&str] =
    &["http", "https", "smtp", "smtps", "ftp", "ftps", "sftp", "ssh", "git", "ldap", "ldaps"];

/// Every password that takes effect. One under a public prefix or written into
/// `vercel.json` has a worse fault than its strength, and another rule.
pub(super) fn passwords<'s>(cx: &Context<'s>) -> Vec<Password<'s>> {
    let definitions = cx.joined().definitions().iter();
    definitions
        .filter(|d| !d.overridden && d.source != DefinitionSource::Vercel)
        .filter(|d| public_prefix(&d.name).is_none())
        .filter_map(password)
        .collect()
}

fn password(definition: &Definition) -> Option<Password<'_>> {
    if matches!(definition.written, Written::Reference { .. }) {
        return None;
    }
    let value = definition.value.reveal();
    let context = ValueContext { key: &definition.name, user: None, project: &[] };
    if let Some(found) = classify_url_password(value, &context) {
        let url = parse_url(value)?;
        // Where the file's bytes are not the value's (escapes, a default within
        // the text), the whole value is meant.
        let exact = definition.value_region.range().len() == value.len()
            && definition.written != Written::Mixed;
        let region = if exact {
            Region::new(found.region.start, found.region.end).offset(definition.value_region.start)
        } else {
            definition.value_region
        };
        let scheme = value.get(url.scheme)?.to_ascii_lowercase();
        return Some(Password {
            definition,
            text: value.get(found.region)?,
            region,
            class: found.class,
            user: url.user.and_then(|user| value.get(user)),
            host: Some(found.host),
            database: !OTHER_SCHEMES.contains(&scheme.as_str()),
        });
    }
    // MinIO's access is a pair of keys, with the defaults of a user.
    let kind = definition.kind.filter(|kind| kind.is_password() || value == "minioadmin")?;
    Some(Password {
        definition,
        text: value.trim(),
        region: definition.value_region,
        class: definition.class,
        user: definition.user.as_ref().map(|user| user.reveal()),
        host: None,
        database: kind == SecretKind::DatabasePassword,
    })
}

impl Password<'_> {
    /// How much its strength matters, `at_best` where it counts most. A local
    /// database on a developer's machine is nobody's business, nor is one that
    /// lives for a test.
    pub(super) fn weight(&self, in_production: Severity, at_best: Severity) -> Option<Severity> {
        match (self.definition.standing, self.host) {
            (Standing::Production, _) => Some(in_production),
            (Standing::Deployable, Some(HostKind::Local)) => Some(Severity::Low),
            (Standing::Deployable, _) => Some(at_best),
            (Standing::Development, Some(HostKind::Local)) => None,
            (Standing::Development, _) => Some(Severity::Low),
            (Standing::Test | Standing::Template | Standing::Aside, _) => None,
        }
    }

    /// Whether it calls itself one for development and lies in a `.env` that git
    /// leaves on the machine of whoever wrote it.
    pub(super) fn is_own_machine_s(&self, cx: &Context<'_>) -> bool {
        let path = self.definition.artifact.as_str();
        let lower = self.text.to_ascii_lowercase();
        self.class == ValueClass::Weak(Weakness::EnvironmentWord)
            && (lower.contains("dev") || lower.contains("local"))
            && self.definition.source == DefinitionSource::EnvFile
            && self.definition.standing == Standing::Deployable
            && cx.snapshot().git().is_some_and(|git| !git.is_tracked(path) && git.is_ignored(path))
    }

    /// How to name it in a sentence.
    pub(super) fn subject(&self) -> String {
        match self.host {
            Some(_) => format!("The password in {}", self.definition.name),
            None => self.definition.name.clone(),
        }
    }

    /// The worst fault, if there is one.
    pub(super) fn fault(&self, cx: &Context<'_>) -> Option<Fault> {
        if !self.class.is_secret() {
            return None;
        }
        if let Some(severity) = self.leak(cx) {
            return Some(Fault::Leaked(severity));
        }
        let weak = matches!(self.class, ValueClass::Weak(_));
        if weak && is_default(self.user, self.text) {
            return Some(Fault::Default);
        }
        if !self.database {
            return None;
        }
        let length = self.text.chars().count();
        match self.class {
            ValueClass::Weak(Weakness::Short) => {}
            ValueClass::Weak(weakness) => return Some(Fault::Weak(weakness.reason())),
            _ => {}
        }
        if length < cx.options().password_min_length {
            return Some(Fault::Short(length));
        }
        let known: Vec<&str> = self.user.into_iter().collect();
        // Random text needs no symbols.
        let hard = || strength(self.text, &known).guesses_log10 >= 16.0;
        (password_is_weak(self.text, &known) && !(self.class == ValueClass::Real && hard()))
            .then_some(Fault::Weak("uses few kinds of characters"))
    }

    /// How bad it is that the password is readable here: only connection strings
    /// say what a password opens, and only for what git has or would get.
    fn leak(&self, cx: &Context<'_>) -> Option<Severity> {
        let host = self.host?;
        let standing = self.definition.standing;
        let written_out = matches!(
            self.definition.source,
            DefinitionSource::EnvFile | DefinitionSource::EnvTemplate
        );
        if !written_out || standing == Standing::Aside {
            return None;
        }
        let remote = matches!(host, HostKind::Public | HostKind::Private);
        let severity = match (self.class, host) {
            (ValueClass::Real | ValueClass::Weak(_), HostKind::Public) => Severity::Critical,
            (ValueClass::Real | ValueClass::Weak(_), HostKind::Private) => Severity::High,
            (ValueClass::Real, HostKind::Local | HostKind::ServiceName) => Severity::Medium,
            _ => return None,
        };
        // A local password in a template or test is no secret of anyone's, and a
        // word there is an example.
        let example = matches!(standing, Standing::Template | Standing::Test);
        if example && !(remote && self.class == ValueClass::Real) {
            return None;
        }
        let path = self.definition.artifact.as_str();
        match cx.snapshot().git() {
            None => Some(severity.min(Severity::Medium)),
            Some(git) if git.is_tracked(path) || !git.is_ignored(path) => Some(severity),
            Some(_) => None,
        }
    }
}

/// Passwords that products come with, or that everybody tries first.
const DEFAULTS: &[&str] = &[
    "1234",
    "12345",
    "123456",
    "12345678",
    "123456789",
    "admin",
    "admin1",
    "admin123",
    "admin1234",
    "admin@123",
    "administrator",
    "cassandra",
    "changeit",
    "default",
    "elastic",
    "guest",
    "hunter2",
    "letmein",
    "master",
    "minio123",
    "minioadmin",
    "minio-secret",
    "mypassword",
    "neo4j",
    "p@ssw0rd",
    "pass",
    "pass123",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "postgres",
    "postgres123",
    "prom-operator",
    "qwerty",
    "root",
    "root123",
    "rootpassword",
    "sa",
    "secret",
    "test",
    "test123",
    "toor",
    "user",
    "welcome",
    "welcome1",
    "zabbix",
];

/// Whether the password is a well-known default, alone or as the user's own
/// name.
fn is_default(user: Option<&str>, password: &str) -> bool {
    let is = |word: &str| password.eq_ignore_ascii_case(word);
    DEFAULTS.iter().any(|word| is(word))
        || user
            .is_some_and(|user| is(user) && DEFAULTS.iter().any(|w| user.eq_ignore_ascii_case(w)))
}
