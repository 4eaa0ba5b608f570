//! Typed views of known files.
//!
//! Each view is read from a text or a [`Tree`](seaworthy_syntax::Tree), never
//! fails, and keeps the byte region of everything a rule may point at.

mod aligned;
pub mod ci;
pub mod compose;
pub mod dockerfile;
pub mod dockerignore;
pub mod gitignore;
pub mod hosting;
pub mod http;
pub mod lockfile;
pub mod nginx;
pub mod package_json;
pub mod prisma;
pub mod shell;
pub mod vercel;
