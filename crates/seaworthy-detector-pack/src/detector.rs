//! What a detector is.

use seaworthy_model::{Precision, Severity};

use crate::proof::Proof;

/// What a secret is to its reader: common to the detectors of packs and to the
/// structural finders of the engine.
#[derive(Debug)]
pub struct Kind {
    /// Kebab-case and unique; settings and ignores may name it.
    pub id: &'static str,
    /// Who issues it; empty when nobody in particular does.
    pub provider: &'static str,
    /// Reads well after "a" or "an".
    pub name: &'static str,
    /// One sentence: what somebody who finds it can do.
    pub description: &'static str,
    /// Where or how it is revoked.
    pub revoke: &'static str,
    /// How bad a leak of it is.
    pub severity: Severity,
    /// How often a match is one.
    pub precision: Precision,
    /// What family of leaks it belongs to, which decides the rule.
    pub family: Family,
}

/// Families of leaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// A credential that its own form gives away.
    Token,
    /// A literal under a telling name, in a command line, in SQL.
    Assignment,
    /// The password of a URL or connection string.
    Connection,
    /// A private key or a store of keys.
    PrivateKey,
    /// A signed JWT.
    Jwt,
    /// The hash of a password.
    PasswordHash,
}

/// Several texts behind each other, a NUL after each. Tables of thousands of
/// detectors are part of the binary, and every address in them costs something at
/// each start; so all texts of a list have one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texts(pub &'static str);

impl Texts {
    /// Keeps texts without a NUL to the end of the run.
    pub(crate) fn leak<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let mut all = String::new();
        for text in texts {
            all.push_str(text.as_ref());
            all.push('\0');
        }
        Self(String::leak(all))
    }

    /// Each of the texts.
    pub fn iter(self) -> std::str::SplitTerminator<'static, char> {
        self.0.split_terminator('\0')
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Texts {
    type Item = &'static str;
    type IntoIter = std::str::SplitTerminator<'static, char>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A detector of a pack.
#[derive(Debug)]
pub struct Detector {
    /// What it finds.
    pub kind: Kind,
    /// How it finds it.
    pub shape: Shape,
    /// Words in lower case of which the file must have one, in any case; none
    /// when empty.
    pub requires: Texts,
    /// The least Shannon entropy of the secret, in bits per character.
    pub entropy: f32,
    /// A checksum or structure that must hold.
    pub proof: Option<Proof>,
    /// Globs of which the path must match one; any path when empty.
    pub paths: Texts,
    /// Examples with one secret each, their seams removed.
    pub matches: Texts,
    /// Examples without a secret, their seams removed.
    pub rejects: Texts,
}

/// How a detector finds its secrets.
#[derive(Debug)]
pub enum Shape {
    /// By an expression around a literal.
    Anchored {
        /// Literals of which every match contains one.
        anchors: Texts,
        /// Whether the anchors are found in any case.
        ignore_case: bool,
        /// An expression over bytes, without Unicode.
        expression: &'static str,
        /// The most bytes of a match before an anchor in it.
        lead: usize,
        /// The most bytes of a match from the beginning of an anchor in it.
        reach: usize,
        /// A set of bytes, as a bit map, of which the `tail_length` bytes that
        /// follow an anchor must be.
        tail: [u64; 4],
        /// How many bytes after an anchor are in `tail`.
        tail_length: usize,
    },
    /// By the name that a value is assigned to.
    Named {
        /// Sequences of words in lower case, with a space between two.
        names: Texts,
        /// The expression that the whole value must match.
        value: &'static str,
    },
}
