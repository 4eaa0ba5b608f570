//! The report as Markdown: for the summary of a job on GitHub, for a comment, for a page.
//!
//! What stands first is what to do first; then a table of the rules that found
//! something, then for each rule a part that unfolds, with its places and what is wrong
//! there. GitHub drops a summary of more than 1 MiB altogether, so the report keeps
//! within a limit and says what it left out.
//!
//! Everything that comes from the audited repository is written by character references,
//! so that it is neither mark-up nor a mention of somebody.

use std::fmt::Write as _;
use std::io::Write;

use seaworthy_model::{Finding, Level, Location, Report, Rule, Severity};

use crate::first;
use crate::message::{capital, mending, title};
use crate::order::{is_whole_file, worst_first};
use crate::tally::Tally;
use crate::web::Source;
use crate::{REPOSITORY, TOOL, rule_url, visible};

/// What fits the summary of a step with room to spare.
pub const LIMIT: usize = 900_000;
/// A rule that speaks more often leaves no room for the others.
const OF_A_RULE: usize = 250;
/// What the end of the report takes.
const END: usize = 1_000;
/// How much of a message is shown.
const MESSAGE: usize = 1_500;

/// How to write Markdown.
#[derive(Clone, Debug)]
pub struct Options {
    /// What places are linked to.
    pub source: Option<Source>,
    /// The greatest length in bytes.
    pub limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { source: None, limit: LIMIT }
    }
}

/// Writes the open findings.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    let findings = worst_first(report);
    let tally = Tally::of(report);
    let mut page = Page { text: String::new(), room: options.limit.saturating_sub(END) };
    page.push(&head(report, &tally));
    page.push(&hindrances(report));
    if tally.framed() > 0 {
        page.push(&errands(report, options));
    }
    let rules = by_rule(&findings);
    if !rules.is_empty() {
        page.push("\n| Severity | Rule | Findings | What |\n|---|---|--:|---|\n");
        for (rule, findings) in &rules {
            page.push(&row(rule, findings));
        }
    }
    let mut shown = 0;
    for (rule, findings) in &rules {
        shown += page.part(rule, findings, options);
    }
    if shown < findings.len() {
        let _ = writeln!(
            page.text,
            "\n> {} of {} findings are listed; the others did not fit in here. The SARIF and \
             JSON reports have all of them.",
            shown,
            findings.len(),
        );
    }
    let _ = writeln!(
        page.text,
        "\n<sub>[{TOOL}]({REPOSITORY}) {}, {} files</sub>",
        report.version, report.statistics.artifacts,
    );
    out.write_all(page.text.as_bytes())?;
    out.flush()
}

/// What has been written, and how much more there may be.
struct Page {
    text: String,
    room: usize,
}

impl Page {
    /// Adds a piece if it fits.
    fn push(&mut self, piece: &str) -> bool {
        let fits = self.text.len() + piece.len() <= self.room;
        if fits {
            self.text.push_str(piece);
        }
        fits
    }

    /// Adds the part of a rule with as many findings as fit, and returns their number.
    fn part(&mut self, rule: &Rule, findings: &[&Finding], options: &Options) -> usize {
        const CLOSE: &str = "\n</details>\n";
        let severity = worst(findings);
        let open = format!(
            "\n<details{}><summary>{severity}: <code>{}</code> ({})</summary>\n\n{}\n\n\
             | Place | What is wrong, and what to do |\n|---|---|\n",
            if severity >= Severity::High { " open" } else { "" },
            escape(rule.id),
            findings.len(),
            rule_link(rule, rule.summary),
        );
        let first = findings.first().map_or_else(String::new, |finding| entry(finding, options));
        if self.text.len() + open.len() + first.len() + CLOSE.len() > self.room {
            return 0;
        }
        self.text.push_str(&open);
        let mut shown = 0;
        for finding in findings.iter().take(OF_A_RULE) {
            let entry = entry(finding, options);
            if self.text.len() + entry.len() + CLOSE.len() > self.room {
                break;
            }
            self.text.push_str(&entry);
            shown += 1;
        }
        self.text.push_str(CLOSE);
        shown
    }
}

fn head(report: &Report, tally: &Tally) -> String {
    let (open, new) = (tally.open(), report.scope.new_word());
    let mut text = match open {
        0 => format!("## ✅ Nothing {new}found\n"),
        1 => format!("## 1 {new}finding\n"),
        _ => format!("## {open} {new}findings\n"),
    };
    let mut parts: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .filter(|&severity| tally.count(severity) > 0)
        .map(|severity| format!("**{}** {severity}", tally.count(severity)))
        .collect();
    let rest = [
        (tally.fixable, "mended by `--fix`"),
        (tally.suppressed, "accepted"),
        (tally.baselined, report.scope.known_word()),
    ];
    parts.extend(rest.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
    if !parts.is_empty() {
        let _ = write!(text, "\n{}", parts.join(" · "));
    }
    let verdict = match (report.exit_code, report.fails_at) {
        (0, Some(least)) if open > 0 => {
            format!("Nothing of it is {least} or above, so this passes.")
        }
        (1, Some(least)) => format!("This fails: something is {least} or above."),
        (2, _) => "The scan could not do all of its work.".to_owned(),
        _ => String::new(),
    };
    if !verdict.is_empty() {
        let _ = write!(text, "\n\n{verdict}");
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// What hindered the run, the first of it.
fn hindrances(report: &Report) -> String {
    const SHOWN: usize = 10;
    let of: Vec<_> = report.notifications.iter().filter(|n| n.kind.level() > Level::Note).collect();
    let mut text = String::new();
    for notification in of.iter().take(SHOWN) {
        let at = notification.artifact.as_ref().map(|path| format!("{}: ", code(path.as_str())));
        let message = clip(&notification.message, MESSAGE);
        let _ = write!(text, "\n> ⚠️ {}{}\n", at.unwrap_or_default(), inline(&message));
    }
    if of.len() > SHOWN {
        let _ = write!(text, "\n> ⚠️ {} more things hindered the scan.\n", of.len() - SHOWN);
    }
    text
}

fn errands(report: &Report, options: &Options) -> String {
    let errands = first::errands(report);
    let mut text = "\n### Do this first\n\n".to_owned();
    for (number, errand) in errands.iter().enumerate() {
        let finding = errand.finding;
        let _ = write!(
            text,
            "{}. {} {}",
            number + 1,
            place(&finding.location, options),
            inline(&clip(title(&finding.message), MESSAGE)),
        );
        if let Some(mending) = mending(finding) {
            let _ = write!(text, "<br>→ {}", inline(&clip(&capital(&mending), MESSAGE)));
        }
        if errand.more > 0 {
            let _ = write!(text, " (and {} more like it)", errand.more);
        }
        text.push('\n');
    }
    text
}

/// The findings of each rule; the rule with the worst finding first.
fn by_rule<'a>(findings: &[&'a Finding]) -> Vec<(&'static Rule, Vec<&'a Finding>)> {
    let mut places = std::collections::HashMap::new();
    let mut rules: Vec<(&'static Rule, Vec<&Finding>)> = Vec::new();
    for &finding in findings {
        let at = *places.entry(finding.rule.id).or_insert(rules.len());
        if at == rules.len() {
            rules.push((finding.rule, Vec::new()));
        }
        rules[at].1.push(finding);
    }
    rules
}

fn worst(findings: &[&Finding]) -> Severity {
    findings.first().map_or(Severity::Info, |finding| finding.severity)
}

fn row(rule: &Rule, findings: &[&Finding]) -> String {
    format!(
        "| {} | {} | {} | {} |\n",
        worst(findings),
        rule_link(rule, rule.id),
        findings.len(),
        escape(&clip(rule.summary, MESSAGE)),
    )
}

fn rule_link(rule: &Rule, text: &str) -> String {
    format!("<a href=\"{}\">{}</a>", crate::xml::escape(&rule_url(rule)), escape(text))
}

fn entry(finding: &Finding, options: &Options) -> String {
    let mut text = format!(
        "| {} | {}",
        place(&finding.location, options),
        inline(&clip(&finding.message, MESSAGE))
    );
    for related in finding.related.iter().take(5) {
        let label = related.label.as_deref().unwrap_or_default();
        let _ = write!(text, "<br>↳ {} {}", place(related, options), inline(&clip(label, MESSAGE)));
    }
    text.push_str(" |\n");
    text
}

fn place(place: &Location, options: &Options) -> String {
    let mut name = clip(place.artifact.as_str(), MESSAGE);
    if !is_whole_file(place) {
        let _ = write!(name, ":{}", place.start.line.max(1));
    }
    match &options.source {
        Some(source) => {
            format!("<a href=\"{}\">{}</a>", crate::xml::escape(&source.link(place)), code(&name))
        }
        None => code(&name),
    }
}

/// A message of ours: what stands between backticks is code, the rest plain text.
fn inline(message: &str) -> String {
    let mut out = String::with_capacity(message.len() + 16);
    let mut rest = message;
    while let Some((before, (inside, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        out.push_str(&escape(before));
        match inside {
            "" => out.push_str("&#96;&#96;"),
            _ => out.push_str(&code(inside)),
        }
        rest = after;
    }
    out.push_str(&escape(rest));
    out
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// The text as nothing but text: marks as character references, and what would name a
/// person or an issue taken apart.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in visible(text).chars() {
        match character {
            '@' | '#' => {
                let _ = write!(out, "&#{};<!-- -->", u32::from(character));
            }
            '&' | '<' | '>' | '`' | '*' | '_' | '~' | '[' | ']' | '(' | ')' | '|' | '\\' | ':'
            | '$' | '{' | '}' => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            // Without its period it is no address.
            '.' if out.ends_with("www") => out.push_str("&#46;"),
            _ => out.push(character),
        }
    }
    out
}

fn clip(text: &str, limit: usize) -> String {
    crate::plain::clip(text, limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, SECRET};

    fn render(report: &Report, options: &Options) -> String {
        let mut out = Vec::new();
        write(report, options, &mut out).expect("memory can be written");
        String::from_utf8(out).expect("the output is UTF-8")
    }

    fn linked() -> Options {
        let sha = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";
        let source = Source::github("https://github.com", "team/shop", sha);
        Options { source, ..Options::default() }
    }

    #[test]
    fn a_report_says_what_to_do_and_where() {
        let text = render(&sample::rich(), &linked());
        assert!(
            text.starts_with("## 5 findings\n\n**1** critical · **2** medium · **1** low"),
            "{text}"
        );
        assert!(text.contains("\n\nThis fails: something is medium or above.\n"), "{text}");
        let link = "<a href=\"https://github.com/team/shop/blob/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c/docker-compose.yml#L5\"><code>docker-compose.yml&#58;5</code></a>";
        assert!(text.contains(link), "{text}");
        assert!(text.contains("\n1. <a href"), "{text}");
        assert!(text.contains("<details open><summary>critical: <code>jwt-secret-weak</code> (1)"));
        assert!(
            text.contains("> ⚠️ <code>broken&#92;u&#123;1b&#125;&#91;2J.json</code>: a"),
            "{text}"
        );
        assert!(!text.contains(SECRET));
        assert!(!text.contains("'DEBUG'"), "what is accepted is counted only");
    }

    #[test]
    fn a_clean_report_says_so() {
        let mut clean = sample::report(Vec::new());
        clean.exit_code = 0;
        let text = render(&clean, &Options::default());
        assert!(text.starts_with("## ✅ Nothing found\n\n<sub>"), "{text}");
    }

    #[test]
    fn thirty_thousand_findings_fit_the_summary_of_a_step() {
        let text = render(&sample::large(30_000), &linked());
        assert!(text.len() <= LIMIT, "{}", text.len());
        assert!(
            text.contains("\n> 1000 of 30000 findings are listed; the others"),
            "{}",
            text.len()
        );
        assert_eq!(text.matches("<details").count(), text.matches("</details>").count());
        let short = render(&sample::large(30_000), &Options { limit: 20_000, ..linked() });
        assert!(short.len() <= 20_000 && short.len() > 15_000, "{}", short.len());
        assert!(short.contains(" of 30000 findings are listed"), "{short}");
        assert_eq!(short.matches("<details").count(), short.matches("</details>").count());
        let none = render(&sample::large(10), &Options { limit: 0, ..linked() });
        assert!(none.len() < END && none.starts_with("\n> 0 of 10 findings"), "{none}");
    }

    #[test]
    fn nothing_of_a_repository_is_mark_up() {
        let cases = [
            ("a|b", "a&#124;b"),
            ("<img src=x>", "&#60;img src=x&#62;"),
            ("[x](javascript:y)", "&#91;x&#93;&#40;javascript&#58;y&#41;"),
            ("*b* _i_ ~s~ $m$", "&#42;b&#42; &#95;i&#95; &#126;s&#126; &#36;m&#36;"),
            ("@team #12", "&#64;<!-- -->team &#35;<!-- -->12"),
            ("see www.example.com", "see www&#46;example.com"),
            ("a\nb", "a&#92;nb"),
            ("run `a|b` now", "run <code>a&#124;b</code> now"),
            ("an open ` mark", "an open &#96; mark"),
            ("`` `x`", "&#96;&#96; <code>x</code>"),
            ("`<b>`", "<code>&#60;b&#62;</code>"),
        ];
        for (text, want) in cases {
            assert_eq!(inline(text), want, "{text:?}");
        }
    }
}
