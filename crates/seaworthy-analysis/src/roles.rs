//! What a file is for: deployed, a template, a test, documentation, somebody
//! else's code.
//!
//! Most false findings are mistakes of role, so the question is answered here
//! once, from whole path segments and whole words of the file name. The first
//! lines of a file are only a hint and never overrule a name that speaks.

mod env_file;
mod path;

pub use env_file::{EnvFileName, is_env_file_name, template_target};
pub use path::{
    Environment, FileRole, Role, file_role, is_generated_name, is_vendored, is_vendored_directory,
};
