//! The patterns of `${X#…}`, `${X%…}` and `${X/…/…}`: `*` and `?`, nothing else.

/// A side of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// `#`
    Start,
    /// `%`
    End,
}

/// How many signs of value times pattern are looked at. More is not answered.
const MOST: usize = 1 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Sign(char),
    Any,
    Star,
}

fn parts(pattern: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        parts.push(match character {
            '*' => Part::Star,
            '?' => Part::Any,
            '\\' => match characters.next()? {
                sign @ ('}' | '/' | '*' | '?' | '\\') => Part::Sign(sign),
                _ => return None,
            },
            sign => Part::Sign(sign),
        });
    }
    Some(parts)
}

/// How many signs, from the start, the pattern can match: the fewest or the most.
fn matched(value: &[char], pattern: &[Part], greedy: bool) -> Option<usize> {
    // Which lengths of the value the parts so far can cover.
    let mut reached = vec![false; value.len() + 1];
    reached[0] = true;
    for part in pattern {
        match part {
            Part::Star => {
                let mut open = false;
                for here in &mut reached {
                    open |= *here;
                    *here = open;
                }
            }
            Part::Any | Part::Sign(_) => {
                for at in (0..value.len()).rev() {
                    let fits = match part {
                        Part::Sign(sign) => value[at] == *sign,
                        _ => value[at] != '\n',
                    };
                    reached[at + 1] = reached[at] && fits;
                }
                reached[0] = false;
            }
        }
    }
    if greedy { reached.iter().rposition(|&it| it) } else { reached.iter().position(|&it| it) }
}

fn affordable(value: &[char], pattern: &[Part]) -> bool {
    value.len().saturating_mul(pattern.len() + 1) <= MOST
}

/// The value without what the pattern matches at a side. `None` when the pattern
/// is none or costs too much.
pub(super) fn without(value: &str, pattern: &str, side: Side, greedy: bool) -> Option<String> {
    let mut value: Vec<char> = value.chars().collect();
    let mut pattern = parts(pattern)?;
    if !affordable(&value, &pattern) {
        return None;
    }
    if side == Side::End {
        value.reverse();
        pattern.reverse();
    }
    let length = matched(&value, &pattern, greedy).unwrap_or(0);
    let mut rest = value.split_off(length);
    if side == Side::End {
        rest.reverse();
    }
    Some(rest.into_iter().collect())
}

/// The value with the first match of the pattern, or all, replaced.
pub(super) fn replaced(value: &str, pattern: &str, with: &str, all: bool) -> Option<String> {
    let value: Vec<char> = value.chars().collect();
    let pattern = parts(pattern)?;
    // Every start is tried.
    if value.len().saturating_mul(value.len()).saturating_mul(pattern.len() + 1) > MOST {
        return None;
    }
    let mut result = String::new();
    let mut at = 0;
    while at <= value.len() {
        match matched(&value[at..], &pattern, true) {
            Some(length) => {
                result.push_str(with);
                if !all {
                    result.extend(&value[at + length..]);
                    return Some(result);
                }
                if length == 0 {
                    result.extend(value.get(at));
                }
                at += length.max(1);
                // A pattern that takes all matches nothing behind it again.
                if at >= value.len() {
                    break;
                }
            }
            None => {
                result.extend(value.get(at));
                at += 1;
            }
        }
    }
    Some(result)
}
