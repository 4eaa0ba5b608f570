//! What Vercel's schema asks of the values it checks, as data, and the check.
//!
//! A deployment is refused when the configuration does not fit. Only the parts
//! that shape routing and exposure are held; keys beside them pass.

use seaworthy_model::Region;
use seaworthy_syntax::{NodeKind, NodeRef};

/// What kind of problem a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Another type is wanted.
    WrongType,
    /// A required key is missing.
    MissingKey,
    /// The key does not exist here.
    UnknownKey,
    /// Too long, too short, too many, out of range or not among the words.
    OutOfBounds,
    /// Two keys that exclude each other.
    Conflict,
}

/// Something that the schema refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// The place in the file.
    pub region: Region,
    /// The place in the document, as a JSON pointer.
    pub path: String,
    /// What is wanted.
    pub message: String,
}

/// The most problems that are collected from one file.
const MOST_PROBLEMS: usize = 200;

/// What a value must look like.
#[derive(Debug)]
pub(super) enum Shape {
    Text { least: usize, most: usize },
    Word(&'static [&'static str]),
    Integer { least: i64, most: i64 },
    Number,
    Bool,
    List { least: usize, most: usize, item: &'static Shape },
    Record(&'static Record),
    Map { least: usize, most: usize, key: usize, value: &'static Shape },
    Any(&'static [Shape]),
    Anything,
}

/// An object with known keys.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) fields: &'static [(&'static str, Shape)],
    pub(super) required: &'static [&'static str],
    pub(super) least: usize,
    /// Whether further keys are let through.
    pub(super) open: bool,
}

impl Shape {
    fn noun(&self) -> &'static str {
        match self {
            Shape::Text { .. } | Shape::Word(_) => "a string",
            Shape::Integer { .. } => "an integer",
            Shape::Number => "a number",
            Shape::Bool => "true or false",
            Shape::List { .. } => "a list",
            Shape::Record(_) | Shape::Map { .. } => "an object",
            Shape::Any(_) | Shape::Anything => "something else",
        }
    }
}

/// Collects the problems of a file.
#[derive(Debug, Default)]
pub(super) struct Problems {
    pub(super) list: Vec<Problem>,
}

impl Problems {
    pub(super) fn add(&mut self, kind: ProblemKind, region: Region, path: &str, message: String) {
        if self.list.len() < MOST_PROBLEMS {
            self.list.push(Problem { kind, region, path: path.to_owned(), message });
        }
    }

    /// Holds `node` against `shape`. The depth is that of the shape.
    pub(super) fn check(&mut self, node: NodeRef<'_>, shape: &Shape, path: &str) {
        if self.list.len() >= MOST_PROBLEMS {
            return;
        }
        let region = node.region();
        let fits = match (shape, node.kind()) {
            (Shape::Anything, _)
            | (Shape::Bool, NodeKind::Bool(_))
            | (Shape::Number, NodeKind::Number(_)) => true,
            (Shape::Text { least, most }, NodeKind::String(text)) => {
                self.bounds(text.chars().count(), *least, *most, "characters", region, path);
                true
            }
            (Shape::Word(words), NodeKind::String(text)) => {
                if !words.contains(&&**text) {
                    let message = format!("must be one of {}", words.join(", "));
                    self.add(ProblemKind::OutOfBounds, region, path, message);
                }
                true
            }
            (Shape::Integer { least, most }, NodeKind::Number(text)) => {
                self.integer(text, *least, *most, region, path)
            }
            (Shape::List { least, most, item }, NodeKind::Sequence(items)) => {
                self.bounds(items.len(), *least, *most, "items", region, path);
                for (index, entry) in node.items().enumerate().take(*most) {
                    self.check(entry, item, &format!("{path}/{index}"));
                }
                true
            }
            (Shape::Record(record), NodeKind::Mapping(_)) => {
                self.record(node, record, path);
                true
            }
            (Shape::Map { least, most, key, value }, NodeKind::Mapping(_)) => {
                let entries = node.entries();
                self.bounds(entries.len(), *least, *most, "keys", region, path);
                for entry in entries.iter().take(*most) {
                    let name = entry.key.scalar().unwrap_or("");
                    self.bounds(
                        name.chars().count(),
                        1,
                        *key,
                        "characters",
                        entry.key.region(),
                        path,
                    );
                    self.check(entry.value, value, &format!("{path}/{name}"));
                }
                true
            }
            (Shape::Any(shapes), _) => {
                self.any(node, shapes, path);
                true
            }
            _ => false,
        };
        if !fits {
            let message = format!("must be {}", shape.noun());
            self.add(ProblemKind::WrongType, region, path, message);
        }
    }

    fn bounds(
        &mut self,
        count: usize,
        least: usize,
        most: usize,
        unit: &str,
        region: Region,
        path: &str,
    ) {
        if count < least {
            let message = format!("must have at least {least} {unit}");
            self.add(ProblemKind::OutOfBounds, region, path, message);
        } else if count > most {
            let message = format!("must have at most {most} {unit}, has {count}");
            self.add(ProblemKind::OutOfBounds, region, path, message);
        }
    }

    /// Returns whether the number is whole.
    fn integer(&mut self, text: &str, least: i64, most: i64, region: Region, path: &str) -> bool {
        let Some(number) = text.parse::<f64>().ok().filter(|number| number.fract() == 0.0) else {
            return false;
        };
        #[expect(clippy::cast_precision_loss, reason = "the bounds are small")]
        let outside = number < least as f64 || number > most as f64;
        if outside {
            let message = format!("must lie between {least} and {most}");
            self.add(ProblemKind::OutOfBounds, region, path, message);
        }
        true
    }

    fn record(&mut self, node: NodeRef<'_>, record: &Record, path: &str) {
        let entries = node.entries();
        let region = node.region();
        if entries.len() < record.least {
            let message = format!("must have at least {} keys", record.least);
            self.add(ProblemKind::OutOfBounds, region, path, message);
        }
        for required in record.required {
            if !entries.iter().any(|entry| entry.key.scalar() == Some(required)) {
                let message = format!("`{required}` is missing");
                self.add(ProblemKind::MissingKey, region, path, message);
            }
        }
        for entry in &entries {
            let name = entry.key.scalar().unwrap_or("");
            match record.fields.iter().find(|(field, _)| *field == name) {
                Some((_, shape)) => self.check(entry.value, shape, &format!("{path}/{name}")),
                None if record.open => {}
                None => {
                    let message = format!("there is no key `{}` here", printable(name));
                    self.add(ProblemKind::UnknownKey, entry.key.region(), path, message);
                }
            }
        }
    }

    /// Keeps the problems of the alternative that comes nearest.
    fn any(&mut self, node: NodeRef<'_>, shapes: &[Shape], path: &str) {
        let mut nearest: Option<Vec<Problem>> = None;
        for shape in shapes {
            let mut attempt = Problems::default();
            attempt.check(node, shape, path);
            if attempt.list.is_empty() {
                return;
            }
            if nearest.as_ref().is_none_or(|best| distance(&attempt.list) < distance(best)) {
                nearest = Some(attempt.list);
            }
        }
        for problem in nearest.unwrap_or_default() {
            self.add(problem.kind, problem.region, &problem.path, problem.message);
        }
    }
}

/// How far a value is from a shape: another type is farther than a wrong key.
fn distance(problems: &[Problem]) -> (bool, usize) {
    (problems.iter().any(|problem| problem.kind == ProblemKind::WrongType), problems.len())
}

/// A key for a message: short, without control characters.
fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}
