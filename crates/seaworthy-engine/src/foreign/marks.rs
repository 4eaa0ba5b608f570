//! Reading the marks of one text.
//!
//! Each tool has its own idea of where its mark may stand and what it speaks for; what
//! is here was tried with the tools where they run offline, and follows their
//! documentation elsewhere. Time is linear in the text: every line is read once,
//! however many marks it holds.

use std::collections::BTreeSet;

use memchr::memmem;
use seaworthy_model::LineIndex;

/// The tools whose marks are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Tool {
    Bandit,
    Checkov,
    DetectSecrets,
    Ggshield,
    Gitleaks,
    Hadolint,
    Kics,
    Kingfisher,
    Ruff,
    Semgrep,
    Trivy,
    Trufflehog,
    Zizmor,
}

impl Tool {
    /// All tools, in the order of their names.
    pub(crate) const ALL: [Tool; 13] = [
        Tool::Bandit,
        Tool::Checkov,
        Tool::DetectSecrets,
        Tool::Ggshield,
        Tool::Gitleaks,
        Tool::Hadolint,
        Tool::Kics,
        Tool::Kingfisher,
        Tool::Ruff,
        Tool::Semgrep,
        Tool::Trivy,
        Tool::Trufflehog,
        Tool::Zizmor,
    ];

    /// As settings name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Tool::Bandit => "bandit",
            Tool::Checkov => "checkov",
            Tool::DetectSecrets => "detect-secrets",
            Tool::Ggshield => "ggshield",
            Tool::Gitleaks => "gitleaks",
            Tool::Hadolint => "hadolint",
            Tool::Kics => "kics",
            Tool::Kingfisher => "kingfisher",
            Tool::Ruff => "ruff",
            Tool::Semgrep => "semgrep",
            Tool::Trivy => "trivy",
            Tool::Trufflehog => "trufflehog",
            Tool::Zizmor => "zizmor",
        }
    }

    /// What of its mark is the same everywhere.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Tool::Bandit => "nosec",
            Tool::Checkov => "checkov:skip",
            Tool::DetectSecrets => "pragma: allowlist secret",
            Tool::Ggshield => "ggignore",
            Tool::Gitleaks => "gitleaks:allow",
            Tool::Hadolint => "hadolint ignore",
            Tool::Kics => "kics-scan ignore",
            Tool::Kingfisher => "kingfisher:ignore",
            Tool::Ruff => "noqa",
            Tool::Semgrep => "nosemgrep",
            Tool::Trivy => "trivy:ignore",
            Tool::Trufflehog => "trufflehog:ignore",
            Tool::Zizmor => "zizmor: ignore",
        }
    }

    /// What a line with its mark holds.
    const fn needle(self) -> &'static str {
        match self {
            Tool::DetectSecrets => "pragma:",
            Tool::Hadolint => "hadolint",
            Tool::Kics => "kics-scan",
            Tool::Semgrep => "nosem",
            Tool::Zizmor => "zizmor:",
            tool => tool.mark(),
        }
    }
}

/// What kind of file a mark stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Dockerfile,
    Python,
    Go,
    Other,
}

/// What a mark speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    /// Secrets that stand in the text.
    Secrets,
    /// Secrets, containers and pipelines.
    Deployment,
    /// All that can be seen in one file of code or configuration.
    File,
    /// A topic that an id names.
    Topics(Vec<Topic>),
    /// These rules of ours.
    Rules(Vec<&'static str>),
}

/// What ids of rules of others are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Secrets,
    Dockerfile,
    Compose,
    Headers,
    Ci,
}

/// A mark and the lines, counted from 1, that it speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) tool: Tool,
    pub(crate) means: Means,
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// The most lines with marks that are read of one text.
const MAX_LINES: usize = 10_000;
/// The most ids of one mark.
const MAX_IDS: usize = 20;

/// The marks of a text.
pub(crate) fn collect(text: &str, lines: &LineIndex, kind: Kind) -> Vec<Mark> {
    let mut marked: BTreeSet<(usize, Tool)> = BTreeSet::new();
    for tool in Tool::ALL {
        for offset in memmem::find_iter(text.as_bytes(), tool.needle()) {
            marked.insert((lines.line_of(offset), tool));
            if marked.len() >= MAX_LINES {
                break;
            }
        }
    }
    let mut marks = Vec::new();
    for (line, tool) in marked {
        let page = Page { text, lines, kind, line };
        let body = page.body(line);
        let Some(at) = body.find(tool.needle()) else { continue };
        let written = Written { before: &body[..at], after: &body[at + tool.needle().len()..] };
        marks.extend(read(tool, &page, &written).map(|(means, (first, last))| Mark {
            tool,
            means,
            first,
            last,
        }));
    }
    marks
}

/// A line of a text.
struct Page<'t> {
    text: &'t str,
    lines: &'t LineIndex,
    kind: Kind,
    /// Counted from 0.
    line: usize,
}

/// What stands around a mark.
struct Written<'t> {
    before: &'t str,
    after: &'t str,
}

/// Lines from 1, both counted in.
type Lines = (u32, u32);

impl Page<'_> {
    fn body(&self, line: usize) -> &str {
        self.lines.line_region(self.text, line).of(self.text)
    }

    /// The lines from so many before this one to so many after it.
    fn around(&self, before: usize, after: usize) -> Lines {
        let number = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
        (number(self.line.saturating_sub(before)), number(self.line + after))
    }

    fn here(&self) -> Lines {
        self.around(0, 0)
    }

    fn next(&self) -> Lines {
        let (_, next) = self.around(0, 1);
        (next, next)
    }

    /// The block that begins on the next line: what is indented deeper, or in a
    /// Dockerfile a stage or an instruction with its further lines.
    fn block(&self) -> Lines {
        let first = self.line + 1;
        let indent = |line: &str| line.len() - line.trim_start().len();
        let start = self.body(first);
        let is_from = |line: &str| {
            line.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("from "))
        };
        let within = |line: usize| match self.kind {
            Kind::Dockerfile if is_from(start) => !is_from(self.body(line)),
            Kind::Dockerfile => self.body(line - 1).trim_end().ends_with('\\'),
            _ => {
                let body = self.body(line);
                body.trim().is_empty() || indent(body) > indent(start)
            }
        };
        let after = (first + 1..self.lines.len()).find(|&line| !within(line));
        let last = after.unwrap_or(self.lines.len().max(first + 1)) - 1;
        (self.next().0, self.around(0, last - self.line).1)
    }

    const WHOLE: Lines = (1, u32::MAX);
}

impl Written<'_> {
    /// Whether a comment was opened before.
    fn in_comment(&self) -> bool {
        ["#", "//", "/*", "<!--", "--", ";"].iter().any(|opener| self.before.contains(opener))
    }

    /// Whether nothing but a comment stands on the line.
    fn alone(&self) -> bool {
        !self.before.contains(|c: char| c.is_alphanumeric())
    }

    /// Whether the mark ends here, and is not the beginning of another word.
    fn ends(&self, after: &str) -> bool {
        !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'))
    }
}

/// The ids at the beginning of a text, with blanks or commas between them.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', '\t', ']', '[', ':'])
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .take(MAX_IDS)
}

/// What a mark speaks of, and for which lines.
fn read(tool: Tool, page: &Page<'_>, written: &Written<'_>) -> Option<(Means, Lines)> {
    let after = written.after;
    match tool {
        Tool::Gitleaks | Tool::Trufflehog | Tool::Ggshield => {
            written.ends(after).then(|| (Means::Secrets, page.here()))
        }
        Tool::Kingfisher => written.ends(after).then(|| (Means::Secrets, page.around(1, 1))),
        Tool::DetectSecrets => detect_secrets(page, written),
        Tool::Semgrep => {
            let after = after.strip_prefix("grep").unwrap_or(after);
            if !written.in_comment() || !written.ends(after) {
                return None;
            }
            let means = match after.strip_prefix(':') {
                None => Means::File,
                Some(list) => {
                    Means::Topics(list.split([',', ' ']).take(MAX_IDS).filter_map(topic).collect())
                }
            };
            let lines = if written.alone() { page.around(0, 1) } else { page.here() };
            Some((means, lines))
        }
        Tool::Bandit => {
            let known = match page.kind {
                Kind::Python => ["B105", "B106", "B107"].as_slice(),
                Kind::Go => &["G101"],
                Kind::Dockerfile | Kind::Other => return None,
            };
            let code = |id: &&str| {
                id.len() == 4
                    && id.starts_with(['B', 'G'])
                    && id[1..].bytes().all(|b| b.is_ascii_digit())
            };
            let named: Vec<&str> = ids(after).take_while(code).collect();
            let meant = named.is_empty() || named.iter().any(|id| known.contains(id));
            let stands = written.before.trim_end().ends_with(['#', '/']) && written.ends(after);
            (meant && stands).then(|| (Means::Secrets, page.here()))
        }
        Tool::Ruff => {
            let list = after.trim_start().strip_prefix(':')?;
            let meant = ids(list).any(|id| ["S105", "S106", "S107"].contains(&id));
            let stands = page.kind == Kind::Python && written.before.trim_end().ends_with('#');
            (meant && stands).then(|| (Means::Secrets, page.here()))
        }
        Tool::Checkov => {
            let id = ids(after.strip_prefix('=')?).next()?;
            if id.starts_with("CKV_SECRET_") {
                return Some((Means::Secrets, page.around(1, 1)));
            }
            let rule = of_checkov(id).filter(|_| page.kind == Kind::Dockerfile)?;
            Some((Means::Rules(vec![rule]), Page::WHOLE))
        }
        Tool::Trivy => {
            let all = format!("{}{}", tool.mark(), after);
            let rules: Vec<&'static str> = all
                .split(tool.mark())
                .skip(1)
                .take(MAX_IDS)
                .filter_map(|rest| of_trivy(ids(rest).next()?))
                .collect();
            let stands = page.kind == Kind::Dockerfile && written.in_comment();
            (stands && !rules.is_empty()).then_some((Means::Rules(rules), Page::WHOLE))
        }
        Tool::Hadolint => {
            let rest = after.trim_start();
            let (lines, rest) = match rest.strip_prefix("global") {
                Some(rest) => (Page::WHOLE, rest.trim_start()),
                None => (page.next(), rest),
            };
            let list = rest.strip_prefix("ignore")?.trim_start().strip_prefix('=')?;
            let rules: Vec<&'static str> = ids(list).filter_map(of_hadolint).collect();
            let stands = page.kind == Kind::Dockerfile && written.before.trim() == "#";
            (stands && !rules.is_empty()).then_some((Means::Rules(rules), lines))
        }
        Tool::Kics => {
            let after = after.trim_start().strip_prefix("ignore")?;
            let stands = written.in_comment() && written.alone();
            let lines = match after {
                _ if !stands => return None,
                line if line.starts_with("-line") => page.next(),
                block if block.starts_with("-block") => page.block(),
                file if written.ends(file) && page.line == 0 => Page::WHOLE,
                _ => return None,
            };
            Some((Means::Deployment, lines))
        }
        Tool::Zizmor => {
            let list = after.trim_start().strip_prefix("ignore[")?.split(']').next()?;
            let rules: Vec<&'static str> = ids(list).filter_map(of_zizmor).collect();
            let stands = written.in_comment();
            (stands && !rules.is_empty()).then(|| (Means::Rules(rules), page.here()))
        }
    }
}

/// `pragma: allowlist secret` behind something, `pragma: allowlist nextline secret` on a
/// line of its own.
fn detect_secrets(page: &Page<'_>, written: &Written<'_>) -> Option<(Means, Lines)> {
    let after = written.after.strip_prefix(' ').unwrap_or(written.after);
    let opened = written.before.trim_end_matches([' ', '\t']);
    let openers = ["#", "//", "/*", "'", "--", "<!--", ";"];
    let opener = openers.iter().find(|opener| opened.ends_with(**opener))?;
    let list = ["allowlist", "whitelist"].iter().find_map(|word| after.strip_prefix(word))?;
    let rest = list.strip_prefix([' ', '-'])?;
    if let Some(next) = rest.strip_prefix("nextline") {
        let secret = next.strip_prefix([' ', '-'])?.starts_with("secret");
        let alone = opened.strip_suffix(opener)?.trim().is_empty();
        return (secret && alone && after.starts_with("allow"))
            .then(|| (Means::Secrets, page.next()));
    }
    rest.starts_with("secret").then(|| (Means::Secrets, page.here()))
}

/// What an id of semgrep is about, as far as that is ours.
fn topic(id: &str) -> Option<Topic> {
    let id = id.trim().to_ascii_lowercase();
    let names = |words: &[&str]| words.iter().any(|word| id.contains(word));
    if names(&[
        "secret",
        "hardcoded",
        "hard-coded",
        "credential",
        "password",
        "api-key",
        "detected-",
        "token",
    ]) {
        Some(Topic::Secrets)
    } else if names(&["docker-compose"]) {
        Some(Topic::Compose)
    } else if names(&["dockerfile"]) {
        Some(Topic::Dockerfile)
    } else if names(&["github-actions", "gitlab-ci"]) {
        Some(Topic::Ci)
    } else if names(&["nginx", "header", "cors"]) {
        Some(Topic::Headers)
    } else {
        None
    }
}

/// What a rule of another tool means, by the names that a report gives both; `None` when
/// it is nothing of ours.
pub(crate) fn of_rule(tool: &str, rule: &str) -> Option<Means> {
    let tool = tool.to_ascii_lowercase();
    let secrets =
        ["leaks", "kingfisher", "trufflehog", "detect-secrets", "ggshield", "gitguardian"];
    if secrets.iter().any(|name| tool.contains(name)) {
        return Some(Means::Secrets);
    }
    let rule_of = match tool.as_str() {
        "checkov" if rule.starts_with("CKV_SECRET_") => return Some(Means::Secrets),
        "checkov" => of_checkov(rule),
        "trivy" => match of_trivy(rule) {
            Some(rule) => Some(rule),
            None => return topic(rule).map(|topic| Means::Topics(vec![topic])),
        },
        "hadolint" => of_hadolint(rule),
        "zizmor" => of_zizmor(rule.strip_prefix("zizmor/").unwrap_or(rule)),
        "bandit" if ["B105", "B106", "B107"].contains(&rule) => return Some(Means::Secrets),
        "bandit" => None,
        _ => return topic(rule).map(|topic| Means::Topics(vec![topic])),
    };
    rule_of.map(|rule| Means::Rules(vec![rule]))
}

const USER: &str = "dockerfile-user-root";
const UNPINNED: &str = "dockerfile-base-unpinned";
const HEALTH: &str = "dockerfile-healthcheck-missing";
const LAYER: &str = "dockerfile-secret-in-layer";

fn of_checkov(id: &str) -> Option<&'static str> {
    match id {
        "CKV_DOCKER_2" => Some(HEALTH),
        "CKV_DOCKER_3" | "CKV_DOCKER_8" => Some(USER),
        "CKV_DOCKER_7" => Some(UNPINNED),
        _ => None,
    }
}

/// `AVD-DS-0002`, `DS-0002` and `DS002`.
fn of_trivy(id: &str) -> Option<&'static str> {
    let number = id.strip_prefix("AVD-").unwrap_or(id).strip_prefix("DS")?;
    match number.trim_start_matches('-').trim_start_matches('0') {
        "1" => Some(UNPINNED),
        "2" => Some(USER),
        "26" => Some(HEALTH),
        "31" => Some(LAYER),
        _ => None,
    }
}

fn of_hadolint(id: &str) -> Option<&'static str> {
    match id {
        "DL3002" => Some(USER),
        "DL3006" | "DL3007" => Some(UNPINNED),
        _ => None,
    }
}

fn of_zizmor(id: &str) -> Option<&'static str> {
    match id {
        "dangerous-triggers" => Some("ci-pull-request-target"),
        "excessive-permissions" => Some("ci-permissions-broad"),
        "hardcoded-container-credentials" => Some("ci-literal-secret"),
        "template-injection" => Some("ci-script-injection"),
        "unpinned-uses" => Some("ci-action-unpinned"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str, kind: Kind) -> Vec<(&'static str, u32, u32)> {
        let marks = collect(text, &LineIndex::new(text), kind);
        marks.iter().map(|mark| (mark.tool.name(), mark.first, mark.last)).collect()
    }

    #[test]
    fn a_mark_of_secrets_speaks_for_the_lines_that_its_tool_lets_it() {
        let other = [
            ("k = 1 # gitleaks:allow", vec![("gitleaks", 1, 1)]),
            ("k = 1 # gitleaks:allowed", vec![]),
            ("\n# kingfisher:ignore\nk", vec![("kingfisher", 1, 3)]),
            ("k // trufflehog:ignore", vec![("trufflehog", 1, 1)]),
            ("k # ggignore", vec![("ggshield", 1, 1)]),
            ("k # ggignored", vec![]),
            ("k  # pragma: allowlist secret", vec![("detect-secrets", 1, 1)]),
            ("k  //pragma: whitelist secret", vec![("detect-secrets", 1, 1)]),
            ("k  <!-- pragma: allowlist-secret -->", vec![("detect-secrets", 1, 1)]),
            ("k = \"pragma: allowlist secret\"", vec![]),
            ("# pragma: allowlist nextline secret\nk", vec![("detect-secrets", 2, 2)]),
            ("k # pragma: allowlist nextline secret\nk", vec![]),
            ("k # nosec", vec![]),
            ("k # noqa: S105", vec![]),
        ];
        for (text, want) in other {
            assert_eq!(marks(text, Kind::Other), want, "{text}");
        }
        let python = [
            ("k = 1  # nosec", vec![("bandit", 1, 1)]),
            ("k = 1  # nosec B105, B107", vec![("bandit", 1, 1)]),
            ("k = 1  # nosec: B608", vec![]),
            ("k = 1  # nosec because it is a sample", vec![("bandit", 1, 1)]),
            ("k = 1  # nosecret", vec![]),
            ("k = 1  # noqa: E501,S105", vec![("ruff", 1, 1)]),
            ("k = 1  # noqa: E501", vec![]),
            ("k = 1  # noqa", vec![]),
        ];
        for (text, want) in python {
            assert_eq!(marks(text, Kind::Python), want, "{text}");
        }
        assert_eq!(marks("k := 1 // #nosec G101 -- why", Kind::Go), [("bandit", 1, 1)]);
        assert_eq!(marks("k := 1 // #nosec G401", Kind::Go), []);
    }

    #[test]
    fn a_mark_of_semgrep_speaks_for_its_line_or_the_one_below() {
        let means = |text: &str| {
            let marks = collect(text, &LineIndex::new(text), Kind::Other);
            marks.into_iter().map(|mark| (mark.means, mark.first, mark.last)).collect::<Vec<_>>()
        };
        assert_eq!(means("k # nosemgrep"), [(Means::File, 1, 1)]);
        assert_eq!(means("  // nosemgrep\nk"), [(Means::File, 1, 2)]);
        assert_eq!(means("k # nosem"), [(Means::File, 1, 1)]);
        let topics = |topics: &[Topic]| Means::Topics(topics.to_vec());
        let secret = "k # nosemgrep: generic.secrets.gitleaks.generic-api-key";
        assert_eq!(means(secret), [(topics(&[Topic::Secrets]), 1, 1)]);
        assert_eq!(means("k # nosemgrep: python.lang.eval"), [(topics(&[]), 1, 1)]);
        assert_eq!(means("k = nosemgrep"), []);
        assert_eq!(means("k # nosemgreps"), []);
    }

    #[test]
    fn a_mark_of_a_dockerfile_names_its_check() {
        let rules = |text: &str| {
            let marks = collect(text, &LineIndex::new(text), Kind::Dockerfile);
            marks
                .into_iter()
                .map(|mark| match mark.means {
                    Means::Rules(rules) => (rules, mark.first, mark.last),
                    means => panic!("{means:?}"),
                })
                .collect::<Vec<_>>()
        };
        let whole = u32::MAX;
        let cases = [
            ("# checkov:skip=CKV_DOCKER_2:no\nFROM a", vec![(vec![HEALTH], 1, whole)]),
            ("# checkov:skip=CKV_DOCKER_9\nFROM a", vec![]),
            (
                "#trivy:ignore:AVD-DS-0002 trivy:ignore:DS026\nFROM a",
                vec![(vec![USER, HEALTH], 1, whole)],
            ),
            ("# trivy:ignore:AVD-AWS-0002\nFROM a", vec![]),
            ("# hadolint ignore=DL3007,DL4006\nFROM a", vec![(vec![UNPINNED], 2, 2)]),
            ("# hadolint global ignore=DL3002\nFROM a", vec![(vec![USER], 1, whole)]),
            ("RUN a # hadolint ignore=DL3007", vec![]),
        ];
        for (text, want) in cases {
            assert_eq!(rules(text), want, "{text}");
        }
        assert_eq!(marks("# checkov:skip=CKV_DOCKER_2\n", Kind::Other), []);
        assert_eq!(marks("# checkov:skip=CKV_SECRET_6\nk", Kind::Other), [("checkov", 1, 2)]);
        assert_eq!(
            marks("uses: a # zizmor: ignore[unpinned-uses]", Kind::Other),
            [("zizmor", 1, 1)]
        );
        assert_eq!(marks("uses: a # zizmor: ignore[artipacked]", Kind::Other), []);
    }

    #[test]
    fn a_mark_of_kics_speaks_for_a_line_a_block_or_the_file() {
        let yaml = "a:\n  # kics-scan ignore-block\n  b:\n    c: 1\n\n    d: 2\n  e: 3\n";
        let stage = "# kics-scan ignore-block\nFROM a\nRUN b\nFROM c\n";
        let run = "FROM a\n# kics-scan ignore-block\nRUN b \\\n  c\nRUN d\n";
        let cases = [
            ("# kics-scan ignore-line\na: 1\nb: 2", Kind::Other, vec![("kics", 2, 2)]),
            ("# kics-scan ignore\na: 1", Kind::Other, vec![("kics", 1, u32::MAX)]),
            ("a: 1\n# kics-scan ignore\n", Kind::Other, vec![]),
            ("a: 1 # kics-scan ignore-line\nb", Kind::Other, vec![]),
            ("# kics-scan disable=0\na: 1", Kind::Other, vec![]),
            (yaml, Kind::Other, vec![("kics", 3, 6)]),
            (stage, Kind::Dockerfile, vec![("kics", 2, 3)]),
            (run, Kind::Dockerfile, vec![("kics", 3, 4)]),
            ("# kics-scan ignore-block", Kind::Other, vec![("kics", 2, 2)]),
        ];
        for (text, kind, want) in cases {
            assert_eq!(marks(text, kind), want, "{text}");
        }
    }

    #[test]
    fn the_tools_stand_in_the_order_of_their_names() {
        let names = Tool::ALL.map(Tool::name);
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn no_text_is_costly() {
        let line = "# nosemgrep: gitleaks:allow kics-scan ignore-block pragma: allowlist secret ";
        for text in [line.repeat(20_000), format!("{line}\n").repeat(20_000)] {
            assert!(!collect(&text, &LineIndex::new(&text), Kind::Dockerfile).is_empty());
        }
    }
}
