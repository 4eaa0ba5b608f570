//! What a rule is to its author: a description and a function.

use crate::bindings::seaworthy::plugin::types;
use crate::{Context, Document, Precision, Severity};

/// A rule: its identity and documentation, and how it decides. `C` is the type of
/// the plugin's configuration.
///
/// Made by [`Rule::file`] or [`Rule::repository`], which give what is not written.
#[derive(Clone, Copy, Debug)]
pub struct Rule<C: 'static = ()> {
    /// Kebab-case, unique in the plugin, never changed. Users see
    /// `<plugin>/<id>`; it reads well after "allow …".
    pub id: &'static str,
    /// Ids that the rule had before; settings and suppressions accept them.
    pub former_ids: &'static [&'static str],
    /// A title of a few words; none: made of the id.
    pub name: Option<&'static str>,
    /// What is wrong when the rule fires, as one phrase: no capital, no period.
    pub summary: &'static str,
    /// The documentation in Markdown; its first line begins with "Flags".
    pub help: &'static str,
    /// The usual severity. A finding may deviate from it.
    pub severity: Severity,
    /// GitHub's `security-severity` in tenths, within the severity's band; none:
    /// the middle of the band.
    pub security_severity: Option<u8>,
    /// How often the rule is right.
    pub precision: Precision,
    /// CWE numbers, the most specific first.
    pub cwe: &'static [u16],
    /// Words to filter by, in kebab-case.
    pub tags: &'static [&'static str],
    /// Whether the rule runs without being asked for.
    pub enabled: bool,
    /// What has no field of its own.
    pub attributes: &'static [(&'static str, &'static str)],
    /// What it looks at, and how it decides.
    pub check: Check<C>,
}

/// A function that judges one file.
pub type FileCheck<C> = fn(&Document, &mut Context<'_, C>);

/// A function that judges the repository, by the questions in
/// [`repo`](crate::repo).
pub type RepositoryCheck<C> = fn(&mut Context<'_, C>);

/// What a rule looks at, and how it decides.
#[derive(Clone, Copy, Debug)]
pub enum Check<C: 'static> {
    /// Each file that fits one of the selectors.
    File(&'static [Selector], FileCheck<C>),
    /// The repository, once: always if there are no selectors, otherwise if a
    /// file fits one of them.
    Repository(&'static [Selector], RepositoryCheck<C>),
}

impl<C> Rule<C> {
    /// A rule about each file that fits one of the selectors; the rest of the
    /// definition is written as `Rule { …, ..Rule::file(FILES, check) }`.
    #[must_use]
    pub const fn file(files: &'static [Selector], check: FileCheck<C>) -> Self {
        Self::with(Check::File(files, check))
    }

    /// A rule about the repository, which runs if a file fits one of the
    /// selectors, or always if there are none.
    #[must_use]
    pub const fn repository(when: &'static [Selector], check: RepositoryCheck<C>) -> Self {
        Self::with(Check::Repository(when, check))
    }

    const fn with(check: Check<C>) -> Self {
        Self {
            id: "",
            former_ids: &[],
            name: None,
            summary: "",
            help: "",
            severity: Severity::Medium,
            security_severity: None,
            precision: Precision::High,
            cwe: &[],
            tags: &[],
            enabled: true,
            attributes: &[],
            check,
        }
    }

    pub(crate) fn info(&self) -> types::RuleInfo {
        let (files, repository) = match self.check {
            Check::File(files, _) => (infos(files), None),
            Check::Repository(when, _) => (Vec::new(), Some(infos(when))),
        };
        types::RuleInfo {
            id: self.id.to_owned(),
            former_ids: owned(self.former_ids),
            name: self.name.map(str::to_owned),
            summary: self.summary.to_owned(),
            help: self.help.to_owned(),
            severity: self.severity,
            security_severity: self.security_severity,
            precision: self.precision,
            cwe: self.cwe.to_vec(),
            tags: owned(self.tags),
            enabled: self.enabled,
            files,
            repository,
            attributes: pairs(self.attributes),
        }
    }
}

/// Which files a rule looks at: by kind or path, and by role, and by a literal in
/// the text. Each list that is empty lets everything through; kinds and globs are
/// one list in this.
#[derive(Clone, Copy, Debug)]
pub struct Selector {
    /// Kinds as [`Document::kind`] gives them; `json`, `yaml` and `toml` mean
    /// every file of that notation.
    pub kinds: &'static [&'static str],
    /// Patterns of paths: `*.prisma`, `supabase/**/*.sql`. Without a `/` they are
    /// held against the file's name.
    pub globs: &'static [&'static str],
    /// Roles as [`Document::role`] gives them.
    pub roles: &'static [&'static str],
    /// Literal texts of at least 3 bytes, one of which the file contains. They
    /// make a rule cost nothing where there is none.
    pub needles: &'static [&'static str],
}

impl Selector {
    /// Every file; for `..Selector::ANY`.
    pub const ANY: Selector = Selector { kinds: &[], globs: &[], roles: &[], needles: &[] };
}

fn infos(selectors: &[Selector]) -> Vec<types::Selector> {
    selectors
        .iter()
        .map(|selector| types::Selector {
            kinds: owned(selector.kinds),
            globs: owned(selector.globs),
            roles: owned(selector.roles),
            needles: owned(selector.needles),
            attributes: Vec::new(),
        })
        .collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

pub(crate) fn pairs(attributes: &[(&str, &str)]) -> Vec<(String, String)> {
    attributes.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}
