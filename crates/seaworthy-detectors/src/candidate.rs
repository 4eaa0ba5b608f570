//! What a finder hands over: a text that may be a secret, with what is known
//! about it.

use std::fmt;
use std::ops::{Deref, Range};

use seaworthy_detector_pack::Kind;
use seaworthy_model::Region;

/// A text that may be a secret.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What it would be.
    pub kind: &'static Kind,
    /// Its bytes in the text that was scanned: what is pointed at and masked.
    pub region: Region,
    /// Its effective text: unescaped, decoded, joined.
    pub secret: Secret,
    /// The part of the secret that is random, where the detector tells it apart.
    pub body: Option<Range<usize>>,
    /// What it is assigned to.
    pub name: Option<Name>,
    /// The user that goes with it: of a URL, a `-u user:password`, a
    /// neighbouring field.
    pub user: Option<String>,
    /// The host that it opens.
    pub host: Option<String>,
    /// How it stands in the text.
    pub standing: Standing,
    /// What was checked about it and holds, as a clause: "its checksum holds".
    pub proof: Option<&'static str>,
    /// Other regions that belong to it, with a word each: a certificate that
    /// matches, the second part of a concatenation.
    pub related: Vec<(Region, &'static str)>,
    /// How the text around it was encoded, when it was found in a decoded layer.
    pub encoding: Option<&'static str>,
}

impl Candidate {
    /// A candidate of which only the bytes are known.
    #[must_use]
    pub fn new(kind: &'static Kind, region: Region, secret: impl Into<String>) -> Self {
        Self {
            kind,
            region,
            secret: Secret(secret.into()),
            body: None,
            name: None,
            user: None,
            host: None,
            standing: Standing::Token,
            proof: None,
            related: Vec::new(),
            encoding: None,
        }
    }

    /// The random part of the secret, as its detector tells it apart.
    pub(crate) fn body(&self) -> Option<&str> {
        self.secret.get(self.body.clone()?)
    }
}

/// The name that a value is assigned to.
#[derive(Clone, Debug)]
pub struct Name {
    /// As written, without quotes: `db.password`, `JWT_SECRET`, `setApiKey`.
    pub text: String,
    /// Its bytes in the scanned text.
    pub region: Region,
}

/// How a candidate stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// By itself: its own form gave it away.
    Token,
    /// A quoted string.
    Quoted,
    /// Without quotes, in a format whose bare values are literals.
    Bare,
    /// The content of an element, or a block of lines.
    Block,
    /// An argument of a command line.
    Argument,
    /// Inside a larger text: a URL, a header, a connection string.
    Part,
}

/// The text of a secret. `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

impl Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}
