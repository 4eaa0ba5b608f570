//! Policies of row level security.

use crate::sql::{Kind, Reader, Token};

use super::{Name, Place};

/// What a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    All,
    Select,
    Insert,
    Update,
    Delete,
}

/// A condition as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// Whether it holds for every row.
    pub(crate) always: bool,
    /// Its bytes, parentheses included.
    pub(crate) place: Place,
}

/// A policy as the migrations leave it.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) table: Name,
    pub(crate) permissive: bool,
    pub(crate) command: Command,
    /// The roles it is for; `public` is everybody.
    pub(crate) roles: Vec<String>,
    /// Which rows may be seen, changed and deleted.
    pub(crate) using: Option<Condition>,
    /// Which rows may come out of an insert or update.
    pub(crate) check: Option<Condition>,
}

/// What a policy lets anybody do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    /// Whether rows of others can be changed or deleted, not only new ones made.
    pub(crate) existing_rows: bool,
    /// What can be done, to follow "can".
    pub(crate) deed: &'static str,
    /// The condition that always holds.
    pub(crate) place: Place,
}

impl Policy {
    /// The widest of its roles that anybody with the public key can have.
    pub(crate) fn open_role(&self) -> Option<&'static str> {
        ["anon", "public", "authenticated"]
            .into_iter()
            .find(|role| self.roles.iter().any(|given| given == role))
    }

    /// What it lets its roles write without any condition.
    pub(crate) fn opening(&self) -> Option<Opening> {
        if !self.permissive {
            return None;
        }
        let always = |condition: &Option<Condition>| {
            condition.as_ref().filter(|condition| condition.always).map(|c| c.place.clone())
        };
        let (using, check) = (always(&self.using), always(&self.check));
        // Without a condition of its own an update is checked by the other one.
        let checked = self.check.as_ref().is_some_and(|check| !check.always);
        let open = |existing_rows, deed, place| Some(Opening { existing_rows, deed, place });
        match (self.command, using, check) {
            (Command::All, Some(using), _) if !checked => {
                open(true, "add, change and delete any row", using)
            }
            (Command::All, Some(using), _) => open(true, "delete any row", using),
            (Command::All | Command::Insert, _, Some(check)) => {
                open(false, "add any row, in the name of anyone", check)
            }
            (Command::Update, Some(using), _) if !checked => open(true, "change any row", using),
            (Command::Delete, Some(using), _) => open(true, "delete any row", using),
            _ => None,
        }
    }
}

/// Whether a condition holds for every row: `true`, in parentheses, as a select
/// or a cast, or two equal numbers.
pub(crate) fn always(mut tokens: &[Token<'_>]) -> bool {
    for _ in 0..16 {
        let mut reader = Reader::new(tokens);
        match reader.group() {
            Some((inside, _)) if reader.rest().is_empty() => tokens = inside,
            _ => break,
        }
    }
    match tokens {
        [select, rest @ ..] if select.is("select") => always_plain(rest),
        _ => always_plain(tokens),
    }
}

fn always_plain(tokens: &[Token<'_>]) -> bool {
    match tokens {
        [value] => value.is("true"),
        [value, first, second, kind] if first.is_sign(":") && second.is_sign(":") => {
            let text = value.kind == Kind::Text && matches!(value.text, "t" | "true");
            (value.is("true") || text) && (kind.is("boolean") || kind.is("bool"))
        }
        [left, equals, right] if equals.is_sign("=") => {
            (left.kind == Kind::Number && right.kind == Kind::Number && left.text == right.text)
                || (left.is("true") && right.is("true"))
        }
        [not, value] => not.is("not") && value.is("false"),
        _ => false,
    }
}
