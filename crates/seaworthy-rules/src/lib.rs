//! The native rules of seaworthy, one file each.
//!
//! A rule is a `static RULE` and a function in `<group>/<rule>.rs`, with its
//! documentation in `<group>/<rule>.md` and one word in `<group>/mod.rs`.
//! `cargo xtask new-rule` writes all three.

/// Declares the rules of a group: each word is a module that holds a `RULE`.
macro_rules! rules {
    ($($rule:ident),* $(,)?) => {
        $(mod $rule;)*

        /// The rules of this group, in order.
        pub(crate) static RULES: &[&seaworthy_analysis::NativeRule] = &[$(&$rule::RULE),*];
    };
}

mod auth;
mod ci;
mod compose;
mod dependencies;
mod dockerfile;
mod environment;
mod git_hygiene;
mod http_headers;
mod image_tags;
mod installs;
mod operations;
mod secrets;
mod tls_and_database;
mod vercel;

#[cfg(test)]
mod documentation;

use std::hash::{DefaultHasher, Hash, Hasher as _};

use seaworthy_analysis::NativeRule;

/// A text or words as a number, to tell whether two are the same.
fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Every native rule, sorted by id.
#[must_use]
pub fn all() -> Vec<&'static NativeRule> {
    let mut rules: Vec<&NativeRule> = [
        auth::RULES,
        ci::RULES,
        compose::RULES,
        dependencies::RULES,
        dockerfile::RULES,
        environment::RULES,
        git_hygiene::RULES,
        http_headers::RULES,
        operations::RULES,
        secrets::RULES,
        tls_and_database::RULES,
        vercel::RULES,
    ]
    .concat();
    rules.sort_unstable_by_key(|native| native.rule.id);
    rules
}
