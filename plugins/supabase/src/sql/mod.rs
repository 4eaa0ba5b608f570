//! SQL as PostgreSQL reads it, as far as migrations need it: tokens, and the
//! statements that they form.

mod lexer;
mod reader;
mod statement;

pub(crate) use lexer::{Kind, Token};
pub(crate) use reader::{Named, Reader};
pub(crate) use statement::{Statement, body_statements, statements};
