//! Why something could not be read or written, in words that help.

use std::io::{Error, ErrorKind};

/// The reason, without the system's number and without the standard library's terms.
pub(crate) fn reason(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::InvalidData => "it is no UTF-8 text".to_owned(),
        ErrorKind::IsADirectory => "it is a directory".to_owned(),
        kind => kind.to_string(),
    }
}
