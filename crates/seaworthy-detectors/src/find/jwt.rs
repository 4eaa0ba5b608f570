//! JSON Web Tokens.

use seaworthy_model::Region;

use crate::candidate::Candidate;
use crate::file::File;

/// Looks at the literal at `hit`.
pub(crate) fn find(_text: &str, _hit: Region, _file: &File<'_>, _out: &mut Vec<Candidate>) {}
