//! Of a Dockerfile what an image's environment depends on: the stage that is
//! built, the image it comes from, and the variables that are set on the way.

use std::collections::HashMap;

/// How many stages a chain may have.
const MAX_STAGES: usize = 64;

/// The stage that is built.
pub(super) struct Image {
    /// The image that it begins with, after all stages in between.
    pub(super) base: String,
    /// The variables that `ENV` sets, references as written.
    pub(super) env: HashMap<String, String>,
    /// The lines of `CMD` and `ENTRYPOINT` that count.
    pub(super) command: String,
}

struct Stage {
    name: Option<String>,
    base: String,
    env: Vec<(String, String)>,
    command: String,
}

/// Reads the stage called `target`, or the last one.
pub(super) fn image(text: &str, target: Option<&str>) -> Option<Image> {
    let stages = stages(text);
    let mut index = match target {
        Some(target) => stages.iter().rposition(|stage| {
            stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(target))
        })?,
        None => stages.len().checked_sub(1)?,
    };
    let mut image = Image { base: String::new(), env: HashMap::new(), command: String::new() };
    for _ in 0..MAX_STAGES {
        let stage = &stages[index];
        for (key, value) in stage.env.iter().rev() {
            image.env.entry(key.clone()).or_insert_with(|| value.clone());
        }
        if image.command.is_empty() {
            image.command.clone_from(&stage.command);
        }
        image.base.clone_from(&stage.base);
        let earlier = stages[..index].iter().rposition(|other| {
            other.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&stage.base))
        });
        match earlier {
            Some(earlier) => index = earlier,
            None => return Some(image),
        }
    }
    None
}

fn stages(text: &str) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for line in instructions(text) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        let rest = rest.trim();
        if word.eq_ignore_ascii_case("FROM") {
            let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
            let base = words.next().unwrap_or("").to_owned();
            let name = words
                .next()
                .filter(|word| word.eq_ignore_ascii_case("AS"))
                .and_then(|_| words.next())
                .map(str::to_owned);
            stages.push(Stage { name, base, env: Vec::new(), command: String::new() });
            continue;
        }
        let Some(stage) = stages.last_mut() else { continue };
        if word.eq_ignore_ascii_case("ENV") {
            stage.env.extend(assignments(rest));
        } else if word.eq_ignore_ascii_case("CMD") || word.eq_ignore_ascii_case("ENTRYPOINT") {
            stage.command.push_str(rest);
            stage.command.push('\n');
        }
    }
    stages
}

/// The instructions, continued lines joined, comments left out.
fn instructions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('#') || (line.is_empty() && !open.is_empty()) {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(part) => {
                open.push_str(part);
                open.push(' ');
            }
            None => {
                open.push_str(line);
                found.push(std::mem::take(&mut open));
            }
        }
    }
    found.push(open);
    found
}

/// `A=1 B="2 3"`, or the old `A 1`.
fn assignments(text: &str) -> Vec<(String, String)> {
    let first = text.split_whitespace().next().unwrap_or("");
    if !first.contains('=') {
        let value = text[first.len()..].trim();
        return vec![(first.to_owned(), value.to_owned())];
    }
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for character in text.chars().chain([' ']) {
        match (quote, character) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, c) if c.is_whitespace() => {
                if let Some((key, value)) = word.split_once('=') {
                    found.push((key.to_owned(), value.to_owned()));
                }
                word.clear();
            }
            (_, c) => word.push(c),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::image;

    const TEXT: &str = "\
# syntax=docker/dockerfile:1
FROM --platform=linux/amd64 node:22-alpine AS base
ENV NODE_ENV=production \\
    # a comment in between
    PORT=\"30 00\"
FROM base AS build
ENV NODE_ENV development
RUN npm run build
FROM base AS run
CMD [\"node\", \"server.js\"]
FROM nginx:1.27
";

    #[test]
    fn stages_pass_on_what_they_set() {
        let run = image(TEXT, Some("run")).expect("there is such a stage");
        assert_eq!(run.base, "node:22-alpine");
        assert_eq!(run.env["NODE_ENV"], "production");
        assert_eq!(run.env["PORT"], "30 00");
        assert!(run.command.contains("server.js"));
        let build = image(TEXT, Some("build")).expect("there is such a stage");
        assert_eq!(build.env["NODE_ENV"], "development");
        assert_eq!(image(TEXT, None).expect("there is a last stage").base, "nginx:1.27");
        assert!(image(TEXT, Some("other")).is_none());
        assert!(image("", None).is_none());
        assert_eq!(image("FROM a AS a\n", None).map(|image| image.base), Some("a".to_owned()));
    }
}
