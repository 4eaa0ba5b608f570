//! The `COPY` and `ADD` instructions of a Dockerfile, and whether what they copy
//! ends up in the image.

use seaworthy_model::Region;

/// How much of a Dockerfile is read.
const LONGEST: usize = 256 << 10;

/// A `COPY` or `ADD` from the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copies {
    /// The instruction's first line.
    pub(super) region: Region,
    /// What is copied, as written, without the destination.
    pub(super) sources: Vec<String>,
    /// Patterns that the instruction itself leaves out.
    pub(super) excluded: Vec<String>,
    /// Whether the stage is the one that is shipped, or one that it is built on.
    pub(super) shipped: bool,
}

impl Copies {
    /// Whether the whole context is copied.
    pub(super) fn whole_context(&self) -> bool {
        self.sources.iter().any(|source| {
            matches!(source.trim_end_matches('/'), "" | "." | "./*" | "*" | "./." | "/.")
        })
    }
}

/// Reads the instructions that copy from the context. `target` is the stage
/// that is built; without one it is the last.
pub(super) fn copies(text: &str, target: Option<&str>) -> Vec<Copies> {
    // Name and base of every stage.
    let mut stages: Vec<(String, String)> = Vec::new();
    let mut found: Vec<(usize, Copies)> = Vec::new();
    for (region, instruction) in instructions(text) {
        let mut words = instruction.split_whitespace();
        let Some(mut keyword) = words.next() else { continue };
        if keyword.eq_ignore_ascii_case("onbuild") {
            keyword = words.next().unwrap_or("");
        }
        if keyword.eq_ignore_ascii_case("from") {
            let words: Vec<&str> = words.filter(|word| !word.starts_with("--")).collect();
            let name = match words.as_slice() {
                [_, r#as, name, ..] if r#as.eq_ignore_ascii_case("as") => *name,
                _ => "",
            };
            let base = words.first().copied().unwrap_or("");
            stages.push((name.to_ascii_lowercase(), base.to_ascii_lowercase()));
        } else if (keyword.eq_ignore_ascii_case("copy") || keyword.eq_ignore_ascii_case("add"))
            && let Some((sources, excluded)) = sources(&instruction, keyword)
        {
            let stage = stages.len().saturating_sub(1);
            found.push((stage, Copies { region, sources, excluded, shipped: false }));
        }
    }
    let shipped = shipped(&stages, target);
    found
        .into_iter()
        .map(|(stage, copies)| Copies { shipped: shipped.contains(&stage), ..copies })
        .collect()
}

/// The stage that is built and those that it is based on.
fn shipped(stages: &[(String, String)], target: Option<&str>) -> Vec<usize> {
    let named = |name: &str, before: usize| {
        stages[..before].iter().rposition(|(own, _)| !own.is_empty() && own == name)
    };
    let target = target.map(str::to_ascii_lowercase);
    let mut at = target
        .and_then(|target| named(&target, stages.len()))
        .or_else(|| stages.len().checked_sub(1));
    let mut shipped = vec![];
    while let Some(stage) = at {
        shipped.push(stage);
        // Only earlier stages can be a base, so this ends.
        at = named(&stages[stage].1, stage);
    }
    if shipped.is_empty() { vec![0] } else { shipped }
}

/// The sources and exclusions of a `COPY` or `ADD`; `None` when it copies from
/// another stage or image, or from itself.
fn sources(instruction: &str, keyword: &str) -> Option<(Vec<String>, Vec<String>)> {
    let at = instruction.find(keyword)? + keyword.len();
    let mut rest = instruction[at..].trim_start();
    let mut excluded = Vec::new();
    while let Some(flag) = rest.strip_prefix("--") {
        let end = flag.find(char::is_whitespace)?;
        if flag[..end].starts_with("from=") {
            return None;
        }
        excluded.extend(flag[..end].strip_prefix("exclude=").map(str::to_owned));
        rest = flag[end..].trim_start();
    }
    if rest.starts_with("<<") {
        return None;
    }
    let mut words: Vec<String> = match rest.strip_prefix('[') {
        Some(list) => list
            .trim_end()
            .trim_end_matches(']')
            .split(',')
            .map(|word| word.trim().trim_matches(['"', '\'']).to_owned())
            .collect(),
        None => {
            rest.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect()
        }
    };
    words.pop()?;
    (!words.is_empty()).then_some((words, excluded))
}

/// The instructions with the place of their first line; lines that go on are
/// joined, comments and here-documents left out.
fn instructions(text: &str) -> Vec<(Region, String)> {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let escape = text[..end]
        .lines()
        .take_while(|line| line.starts_with('#'))
        .any(|line| line.replace(' ', "").eq_ignore_ascii_case("#escape=`"));
    let escape = if escape { '`' } else { '\\' };
    let mut found: Vec<(Region, String)> = Vec::new();
    let mut open: Option<(Region, String)> = None;
    let mut heredoc: Option<String> = None;
    let mut start = 0;
    for line in text[..end].split_inclusive('\n') {
        let body = line.trim_end();
        let indent = line.len() - line.trim_start().len();
        let region = Region::new(start + indent.min(body.len()), start + body.len());
        start += line.len();
        if let Some(word) = &heredoc {
            if body.trim_start() == word {
                heredoc = None;
            }
            continue;
        }
        let body = body.trim_start();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        let (part, goes_on) = match body.strip_suffix(escape) {
            Some(part) => (part, true),
            None => (body, false),
        };
        let (region, mut joined) = open.take().unwrap_or((region, String::new()));
        joined.push_str(part);
        joined.push(' ');
        if goes_on {
            open = Some((region, joined));
            continue;
        }
        heredoc = heredoc_word(&joined);
        found.push((region, joined));
    }
    found.extend(open);
    found
}

/// The word that ends a here-document which an instruction begins.
fn heredoc_word(instruction: &str) -> Option<String> {
    let keyword = instruction.split_whitespace().next()?;
    if !["run", "copy", "add"].iter().any(|known| keyword.eq_ignore_ascii_case(known)) {
        return None;
    }
    let (_, after) = instruction.split_once("<<")?;
    let word = after.trim_start_matches('-').trim_start_matches(['"', '\'']);
    let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(word.len());
    (end > 0).then(|| word[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_in_every_form() {
        let cases: &[(&str, &[&str], bool)] = &[
            ("COPY . .", &["."], true),
            ("copy ./ /app", &["./"], true),
            ("ADD . /app", &["."], true),
            ("COPY --chown=node:node --link . .", &["."], true),
            ("COPY [\".\", \"/app\"]", &["."], true),
            ("COPY \\\n  # why\n  . \\\n  /app", &["."], true),
            ("ONBUILD COPY . .", &["."], true),
            ("COPY / /app", &["/"], true),
            ("COPY * ./", &["*"], true),
            ("COPY package.json yarn.lock ./", &["package.json", "yarn.lock"], false),
            ("COPY src ./src", &["src"], false),
            ("COPY --from=build /app .", &[], false),
            ("COPY <<EOF /x\nCOPY . .\nEOF", &[], false),
            ("# COPY . .", &[], false),
            ("RUN echo COPY . .", &[], false),
            ("COPY .", &[], false),
        ];
        for (text, want, whole) in cases {
            let got = copies(text, None);
            let sources: Vec<&str> =
                got.iter().flat_map(|c| c.sources.iter().map(String::as_str)).collect();
            assert_eq!(sources, *want, "{text}");
            assert_eq!(got.iter().any(Copies::whole_context), *whole, "{text}");
        }
    }

    #[test]
    fn a_builder_is_not_shipped_unless_the_image_is_based_on_it() {
        let shipped = |text: &str, target| copies(text, target).iter().any(|copy| copy.shipped);
        let builder = "FROM node AS build\nCOPY . .\nFROM nginx\nCOPY --from=build /a /b\n";
        assert!(!shipped(builder, None));
        assert!(shipped(builder, Some("Build")));
        assert!(shipped("FROM node AS base\nCOPY . .\nFROM base\nRUN x\n", None));
        assert!(shipped("FROM node\nCOPY . .\n", None));
        assert!(shipped("COPY . .\n", None));
    }

    #[test]
    fn exclusions_of_the_instruction_are_kept() {
        let found = copies("COPY --exclude=.env* --exclude=*.md . .", None);
        assert_eq!(found[0].excluded, [".env*", "*.md"]);
    }
}
