//! Vercel's configuration, `vercel.json`: what it says, whether a deployment
//! takes it, which paths its rules reach and where they lead.

mod address;
mod config;
mod destination;
mod js_reader;
mod js_regex;
mod pattern;
mod read;
mod schema;
mod shape;
mod source;
mod suggest;
mod transform;

pub use config::{
    Condition, ConditionValue, Conditions, Cron, Destination, Flag, Function, HeadersRule, Images,
    LegacyRoute, Pair, Pattern, Redirect, Rewrite, VercelConfig,
};
pub use destination::Target;
pub use js_regex::{JsRegex, Match};
pub use shape::{Problem, ProblemKind};
pub use source::{Source, SourceError, Useless};
pub use suggest::suggest;
pub use transform::{Route, RouteError, transform};
