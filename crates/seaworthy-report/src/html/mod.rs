//! The report as one page of HTML, to be sent, kept or printed.
//!
//! It needs nothing besides itself and no script, and its policy forbids both, so that
//! what comes from the audited repository could do nothing even if it were mark-up. It
//! cannot be: text is written by [`escape`] alone.

use std::io::{BufWriter, Write};

use seaworthy_model::{Applicability, Finding, Level, Location, Report, Severity};

use crate::first;
use crate::message::{capital, mending, title};
use crate::order::{is_whole_file, worst_first};
use crate::tally::Tally;
use crate::web::Source;
use crate::xml::escape;
use crate::{REPOSITORY, TOOL, rule_url};

const STYLE: &str = include_str!("style.css");

/// How to write HTML.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What places are linked to.
    pub source: Option<Source>,
}

/// Writes the open findings, the most severe first.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    let tally = Tally::of(report);
    let name = name(report);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{} · {TOOL}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        escape(&name),
    )?;
    header(report, &tally, &name, &mut out)?;
    out.write_all(b"<main>\n")?;
    hindrances(report, &mut out)?;
    if tally.framed() > first::FIRST {
        errands(report, options, &mut out)?;
    }
    if tally.open() > 0 {
        filter(&tally, &mut out)?;
    }
    for finding in worst_first(report) {
        article(finding, options, &mut out)?;
    }
    write!(
        out,
        "</main>\n<footer class=\"dim\"><p><a href=\"{REPOSITORY}\">{TOOL}</a> {}</p></footer>\n</body>\n</html>\n",
        escape(report.version),
    )?;
    out.flush()
}

/// What was audited, as far as git knows.
fn name(report: &Report) -> String {
    let git = report.git.as_ref();
    let uri = git.and_then(|git| git.repository_uri.as_deref()).unwrap_or_default();
    let name = uri.trim_end_matches(['/']).rsplit(['/', ':']).next().unwrap_or_default();
    match name.strip_suffix(".git").unwrap_or(name) {
        "" => "Report".to_owned(),
        name => name.to_owned(),
    }
}

fn header(report: &Report, tally: &Tally, name: &str, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "<header>\n<h1>{}</h1>", escape(name))?;
    let open = tally.open();
    let (scope, new) = (&report.scope, report.scope.new_word());
    let what = match open {
        0 => format!("Nothing {new}found"),
        1 => format!("1 {new}finding"),
        _ => format!("{open} {new}findings"),
    };
    let place = scope.place(report.statistics.artifacts);
    write!(out, "<p><strong>{what}</strong> {}", escape(&place))?;
    let rest = [
        (tally.fixable, "mended by --fix"),
        (tally.suppressed, "accepted"),
        (tally.baselined, scope.known_word()),
    ];
    for (count, what) in rest.into_iter().filter(|&(count, _)| count > 0) {
        write!(out, ", {count} {what}")?;
    }
    out.write_all(b".</p>\n")?;
    if let Some(git) = &report.git {
        let parts = [git.branch.as_deref(), git.revision.as_deref()];
        let parts: Vec<String> = parts.into_iter().flatten().map(escape).collect();
        if !parts.is_empty() {
            writeln!(out, "<p class=\"dim\"><code>{}</code></p>", parts.join(" "))?;
        }
    }
    out.write_all(b"</header>\n")
}

/// What hindered the run.
fn hindrances(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let of: Vec<_> = report.notifications.iter().filter(|n| n.kind.level() > Level::Note).collect();
    if of.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>What was not looked at</h2>\n<ul>")?;
    for notification in of {
        let path = notification.artifact.as_ref().map(|path| path.as_str());
        let path = path.map(|path| format!("<code>{}</code>: ", escape(path)));
        let path = path.unwrap_or_default();
        writeln!(out, "<li class=\"place\">{path}{}</li>", escape(&notification.message))?;
    }
    writeln!(out, "</ul>\n</section>")
}

fn errands(report: &Report, options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "<section>\n<h2>Do this first</h2>\n<ol>")?;
    for errand in first::errands(report) {
        let finding = errand.finding;
        write!(
            out,
            "<li>{}: {}",
            place(&finding.location, options),
            prose(title(&finding.message))
        )?;
        if let Some(mending) = mending(finding) {
            write!(out, "<br>→ {}", prose(&capital(&mending)))?;
        }
        if errand.more > 0 {
            write!(out, " <span class=\"dim\">({} more like it)</span>", errand.more)?;
        }
        out.write_all(b"</li>\n")?;
    }
    writeln!(out, "</ol>\n</section>")
}

/// Boxes by which severities are hidden; the style sheet does the work.
fn filter(tally: &Tally, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "<h2>Findings</h2>\n<fieldset>\n<legend>Show</legend>")?;
    for severity in Severity::ALL.into_iter().rev() {
        let count = tally.count(severity);
        if count > 0 {
            writeln!(
                out,
                "<label><input type=\"checkbox\" id=\"{severity}\" checked> {severity} ({count})</label>"
            )?;
        }
    }
    writeln!(out, "</fieldset>")
}

fn article(finding: &Finding, options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
    let severity = finding.severity;
    write!(
        out,
        "<article class=\"{severity}\">\n<h3><b class=\"{severity}\">{severity}</b> \
         <a href=\"{}\"><code>{}</code></a></h3>\n<p class=\"place\">{}</p>\n<p>{}</p>\n",
        escape(&rule_url(finding.rule)),
        escape(finding.rule.id),
        place(&finding.location, options),
        prose(&finding.message),
    )?;
    frame(&finding.location, out)?;
    for related in &finding.related {
        let label = related.label.as_deref().unwrap_or_default();
        writeln!(out, "<p class=\"place\">{}: {}</p>", place(related, options), prose(label))?;
        frame(related, out)?;
    }
    for fix in &finding.fixes {
        let how = match fix.applicability {
            Applicability::Safe => "--fix",
            Applicability::Unsafe => "--unsafe-fixes",
            Applicability::DisplayOnly => "by hand",
        };
        writeln!(out, "<p>→ {} <span class=\"dim\">({how})</span></p>", prose(&fix.title))?;
    }
    out.write_all(b"</article>\n")
}

/// The masked lines around a place, with the place marked.
fn frame(place: &Location, out: &mut dyn Write) -> std::io::Result<()> {
    let Some(context) = &place.context else { return Ok(()) };
    let within = |offset: usize| {
        let offset = offset.saturating_sub(context.region.start).min(context.text.len());
        context.text.floor_char_boundary(offset)
    };
    let (start, end) = (within(place.region.start), within(place.region.end));
    out.write_all(b"<pre><code>")?;
    let mut at = 0;
    let mut number = context.start.line.max(1);
    for line in context.text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let (from, to) = (start.clamp(at, at + body.len()), end.clamp(at, at + body.len()));
        let part = |from: usize, to: usize| escape(context.text.get(from..to).unwrap_or_default());
        write!(out, "<span class=\"number\">{number:>5} </span>{}", part(at, from))?;
        if from < to {
            write!(out, "<mark>{}</mark>", part(from, to))?;
        }
        writeln!(out, "{}", part(to.max(from), at + body.len()))?;
        at += line.len();
        number = number.saturating_add(1);
    }
    out.write_all(b"</code></pre>\n")
}

fn place(place: &Location, options: &Options) -> String {
    let mut name = escape(place.artifact.as_str());
    if !is_whole_file(place) {
        name.push_str(&format!(":{}", place.start.line.max(1)));
    }
    match &options.source {
        Some(source) => {
            format!("<a href=\"{}\"><code>{name}</code></a>", escape(&source.link(place)))
        }
        None => format!("<code>{name}</code>"),
    }
}

/// A message of ours: what stands between backticks is code.
fn prose(message: &str) -> String {
    let mut out = String::with_capacity(message.len() + 16);
    let mut rest = message;
    while let Some((before, (inside, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        out.push_str(&escape(before));
        out.push_str("<code>");
        out.push_str(&escape(inside));
        out.push_str("</code>");
        rest = after;
    }
    out.push_str(&escape(rest));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, SECRET};

    fn render(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &Options::default(), &mut out).expect("memory can be written");
        String::from_utf8(out).expect("the output is UTF-8")
    }

    #[test]
    fn a_page_holds_each_open_finding_with_its_marked_lines() {
        let text = render(&sample::rich());
        assert_eq!(text.matches("<article").count(), 5);
        assert!(text.contains("<title>shop · seaworthy</title>"), "{text}");
        assert!(
            text.contains(
                "<span class=\"number\">    5 </span>      - <mark>&quot;5432:5432&quot;</mark>\n"
            ),
            "{text}"
        );
        assert!(text.contains("<input type=\"checkbox\" id=\"critical\" checked> critical (1)"));
        assert!(text.contains("→ Bind the port to the loopback interface"), "{text}");
        assert!(!text.contains(SECRET));
    }

    #[test]
    fn a_place_over_two_lines_is_marked_on_both() {
        let text = render(&sample::rich());
        assert!(text.contains("MODE: <mark>&quot;a</mark>\n"), "{text}");
        assert!(text.contains("   9 </span><mark>        b&quot;</mark>\n"), "{text}");
    }

    #[test]
    fn nothing_of_a_repository_is_mark_up() {
        let place = sample::locate("<script>x</script>\"/a", "<img src=x onerror=y>\n", "src", &[]);
        let mut finding = sample::finding(&sample::PORT, "<b>`<i>`</b>.", place);
        finding.related = vec![sample::label(sample::whole_file("</pre>"), "<u>")];
        let text = render(&sample::report(vec![finding]));
        for tag in ["<script", "<img", "<i>", "<u>", "<b>", "\"/a"] {
            assert!(!text.contains(tag), "{tag} in {text}");
        }
        assert!(text.contains("&lt;img <mark>src</mark>=x onerror=y&gt;"), "{text}");
    }

    #[test]
    fn the_page_fetches_nothing() {
        let text = render(&sample::rich());
        assert!(text.contains("default-src 'none'"), "{text}");
        for word in ["<script", "<link", "<img", "@import", "url("] {
            assert!(!text.contains(word), "{word}");
        }
    }
}
