//! Reading `.gitleaks.toml`: the rules and allowlists that a team wrote for
//! gitleaks, so that it need not write them again.
//!
//! What is understood is the form of gitleaks 8: rules with `regex`, `path`,
//! `secretGroup`, `entropy` and `keywords`, allowlists in their present and their
//! former form, `[extend]`. Expressions are those of Go and are rewritten where
//! ours read the same text otherwise; whoever runs them compiles them.

mod expression;
#[cfg(test)]
mod tests;

use seaworthy_model::Region;
use seaworthy_syntax::{NodeKind, NodeRef, toml};

use crate::pack::Problem;
use crate::spelling::{hint, short};

pub use expression::translate;

/// The most rules of a file.
const MOST_RULES: usize = 2_000;
/// The most entries of one list.
const MOST_ENTRIES: usize = 5_000;
/// The most problems that are told of a file.
const MOST_PROBLEMS: usize = 100;

const KEYS: [&str; 7] =
    ["title", "description", "extend", "rules", "allowlist", "allowlists", "minVersion"];
const EXTEND_KEYS: [&str; 4] = ["useDefault", "path", "url", "disabledRules"];
const RULE_KEYS: [&str; 13] = [
    "id",
    "description",
    "regex",
    "path",
    "secretGroup",
    "entropy",
    "keywords",
    "tags",
    "allowlist",
    "allowlists",
    "report",
    "skipReport",
    "required",
];
const ALLOWLIST_KEYS: [&str; 8] = [
    "description",
    "condition",
    "commits",
    "paths",
    "regexTarget",
    "regexes",
    "stopwords",
    "targetRules",
];

/// A text of the file with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The text.
    pub text: String,
    /// Where it stands, with its quotes.
    pub region: Region,
}

/// What a `.gitleaks.toml` says.
#[derive(Debug, Default)]
pub struct Gitleaks {
    /// Whether the rules that gitleaks brings along count, too.
    pub use_default: bool,
    /// Another file whose rules count, too.
    pub path: Option<Placed>,
    /// Rules, by id, that are not to run.
    pub disabled: Vec<Placed>,
    /// Its own rules.
    pub rules: Vec<GitleaksRule>,
    /// What is allowed whatever the rule.
    pub allowlists: Vec<Allowlist>,
}

/// A rule. Without `regex` and `path` it only adds to one of the same id.
#[derive(Debug)]
pub struct GitleaksRule {
    /// Its id.
    pub id: Placed,
    /// What it finds, as written.
    pub description: String,
    /// What a secret looks like, as written.
    pub regex: Option<Placed>,
    /// What the path of the file looks like, as written.
    pub path: Option<Placed>,
    /// The group that holds the secret; the first that is not empty when 0.
    pub secret_group: usize,
    /// The entropy that the secret must exceed, in bits per character; any if 0.
    pub entropy: f64,
    /// Words in lower case of which the file must have one; none if empty.
    pub keywords: Vec<String>,
    /// What is allowed.
    pub allowlists: Vec<Allowlist>,
}

/// Something that is allowed.
#[derive(Debug, Default)]
pub struct Allowlist {
    /// Whether all of its kinds of entries must apply, not one of them.
    pub all: bool,
    /// Expressions for the path, as written.
    pub paths: Vec<Placed>,
    /// Expressions for the target, as written.
    pub regexes: Vec<Placed>,
    /// What the expressions are held against.
    pub target: AllowTarget,
    /// Words in lower case that a secret may contain.
    pub stopwords: Vec<String>,
    /// Whether commits are named: what is not in a commit is not in these.
    pub commits: bool,
    /// The rules it is for, by id; all when empty.
    pub rules: Vec<String>,
}

/// What an allowlist's expressions are held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AllowTarget {
    /// The secret.
    #[default]
    Secret,
    /// All that the rule's expression matched.
    Match,
    /// The lines that the match stands on.
    Line,
}

/// Reads a file: what can be used of it, and what is wrong or cannot be followed.
#[must_use]
pub fn parse(text: &str) -> (Gitleaks, Vec<Problem>) {
    let tree = toml::parse(text);
    let mut reader = Reader { problems: Vec::new() };
    for error in tree.errors() {
        reader.wrong(error.region, error.message.clone());
    }
    let gitleaks = reader.file(tree.root());
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| problem.region);
    (gitleaks, problems)
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn wrong(&mut self, region: Region, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem { message: message.into(), region });
        }
    }

    fn unknown(&mut self, key: NodeRef<'_>, known: &[&'static str]) {
        let name = key.scalar().unwrap_or("");
        let hint = hint(name, known.iter().copied());
        self.wrong(key.region(), format!("unknown key `{}`{hint}", short(name)));
    }

    fn file(&mut self, root: NodeRef<'_>) -> Gitleaks {
        let mut gitleaks = Gitleaks::default();
        for entry in root.entries() {
            match entry.key.scalar().unwrap_or("") {
                "title" | "description" | "minVersion" => {}
                "extend" => self.extend(entry.value, &mut gitleaks),
                "allowlist" | "allowlists" => {
                    let lists = self.allowlists(entry.value);
                    gitleaks.allowlists.extend(lists);
                }
                "rules" => {
                    for (number, item) in self.tables(entry.value).into_iter().enumerate() {
                        if number == MOST_RULES {
                            let message = format!("only the first {MOST_RULES} rules count");
                            self.wrong(item.region(), message);
                            break;
                        }
                        let rule = self.rule(item);
                        gitleaks.rules.extend(rule);
                    }
                }
                _ => self.unknown(entry.key, &KEYS),
            }
        }
        gitleaks
    }

    fn extend(&mut self, table: NodeRef<'_>, gitleaks: &mut Gitleaks) {
        for entry in self.entries(table) {
            match entry.key.scalar().unwrap_or("") {
                "useDefault" => gitleaks.use_default = entry.value.as_bool().unwrap_or(false),
                "path" => gitleaks.path = self.text(entry.value),
                "disabledRules" => gitleaks.disabled = self.texts(entry.value),
                "url" => {
                    let message = "rules of an address are not fetched: nothing here is";
                    self.wrong(entry.value.region(), message);
                }
                _ => self.unknown(entry.key, &EXTEND_KEYS),
            }
        }
    }

    fn rule(&mut self, table: NodeRef<'_>) -> Option<GitleaksRule> {
        let Some(id) = table.get("id") else {
            self.wrong(Region::empty(table.region().start), "a rule has no `id`");
            return None;
        };
        let id = self.text(id)?;
        let mut rule = GitleaksRule {
            id,
            description: String::new(),
            regex: None,
            path: None,
            secret_group: 0,
            entropy: 0.0,
            keywords: Vec::new(),
            allowlists: Vec::new(),
        };
        for entry in table.entries() {
            let value = entry.value;
            match entry.key.scalar().unwrap_or("") {
                "id" | "tags" | "report" => {}
                "description" => {
                    rule.description = self.text(value).map_or_else(String::new, |text| text.text);
                }
                "regex" => rule.regex = self.text(value).filter(|text| !text.text.is_empty()),
                "path" => rule.path = self.text(value).filter(|text| !text.text.is_empty()),
                "secretGroup" => rule.secret_group = self.number(value).map_or(0, |n| n as usize),
                "entropy" => rule.entropy = self.number(value).unwrap_or(0.0),
                "keywords" => {
                    rule.keywords =
                        self.texts(value).iter().map(|word| word.text.to_lowercase()).collect();
                }
                "allowlist" | "allowlists" => {
                    let lists = self.allowlists(value);
                    rule.allowlists.extend(lists);
                }
                "skipReport" if value.as_bool() == Some(false) => {}
                "required" | "skipReport" => {
                    let message = "rules that are composed of others are left out";
                    self.wrong(entry.key.region(), message);
                    return None;
                }
                _ => self.unknown(entry.key, &RULE_KEYS),
            }
        }
        Some(rule)
    }

    /// One table, or a list of them.
    fn allowlists(&mut self, node: NodeRef<'_>) -> Vec<Allowlist> {
        if node.is_mapping() {
            return vec![self.allowlist(node)];
        }
        self.tables(node).into_iter().map(|table| self.allowlist(table)).collect()
    }

    fn allowlist(&mut self, table: NodeRef<'_>) -> Allowlist {
        let mut list = Allowlist::default();
        for entry in self.entries(table) {
            let value = entry.value;
            match entry.key.scalar().unwrap_or("") {
                "description" => {}
                "condition" => match value.as_str().map(str::to_ascii_lowercase).as_deref() {
                    Some("and" | "&&") => list.all = true,
                    Some("or" | "||" | "") => {}
                    _ => self.wrong(value.region(), "expected \"OR\" or \"AND\""),
                },
                "regexTarget" => match value.as_str() {
                    Some("match") => list.target = AllowTarget::Match,
                    Some("line") => list.target = AllowTarget::Line,
                    Some("secret" | "") => {}
                    _ => self.wrong(value.region(), "expected \"secret\", \"match\" or \"line\""),
                },
                "commits" => list.commits = value.items().next().is_some(),
                "paths" => list.paths = self.texts(value),
                "regexes" => list.regexes = self.texts(value),
                "stopwords" => {
                    list.stopwords =
                        self.texts(value).iter().map(|word| word.text.to_lowercase()).collect();
                }
                "targetRules" => {
                    list.rules = self.texts(value).into_iter().map(|id| id.text).collect();
                }
                _ => self.unknown(entry.key, &ALLOWLIST_KEYS),
            }
        }
        list
    }

    fn entries<'a>(&mut self, table: NodeRef<'a>) -> Vec<seaworthy_syntax::Entry<'a>> {
        if !table.is_mapping() {
            self.wrong(table.region(), "expected a table");
        }
        table.entries()
    }

    fn tables<'a>(&mut self, list: NodeRef<'a>) -> Vec<NodeRef<'a>> {
        if !list.is_sequence() {
            self.wrong(list.region(), "expected a list of tables");
        }
        list.items().collect()
    }

    fn text(&mut self, value: NodeRef<'_>) -> Option<Placed> {
        let Some(text) = value.as_str() else {
            self.wrong(value.region(), "expected a string");
            return None;
        };
        Some(Placed { text: text.to_owned(), region: value.region() })
    }

    fn texts(&mut self, list: NodeRef<'_>) -> Vec<Placed> {
        if !list.is_sequence() {
            self.wrong(list.region(), "expected a list of strings");
        }
        list.items().take(MOST_ENTRIES).filter_map(|item| self.text(item)).collect()
    }

    fn number(&mut self, value: NodeRef<'_>) -> Option<f64> {
        let number = match value.kind() {
            NodeKind::Number(text) => text.parse::<f64>().ok(),
            _ => None,
        };
        let number = number.filter(|number| (0.0..=1_000.0).contains(number));
        if number.is_none() {
            self.wrong(value.region(), "expected a number that is not negative");
        }
        number
    }
}
