//! Commands of a Dockerfile.

use crate::shell::{Command, Word, command_of, commands, quoted_word};

/// An instruction that runs something.
#[derive(Clone, Debug)]
pub(crate) struct Instruction {
    /// `RUN`, `CMD`, `ENTRYPOINT`.
    pub(crate) name: &'static str,
    /// Where what it runs starts; the commands are counted from here.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) commands: Vec<Command>,
}

/// What the image runs and what was run to build it, stages for development and
/// tests apart.
pub(crate) fn instructions(dockerfile: &str) -> Vec<Instruction> {
    let mut found = Vec::new();
    let mut aside = false;
    let mut at = 0;
    while at < dockerfile.len() {
        let start = at;
        let end = instruction_end(dockerfile, start);
        at = end;
        let line = &dockerfile[start..end];
        let trimmed = line.trim_start();
        let word_end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (word, body) = trimmed.split_at(word_end);
        if word.eq_ignore_ascii_case("FROM") {
            aside = stage(body).is_some_and(|stage| super::deploys_by_name(&stage) == Some(false));
        }
        let name = ["RUN", "CMD", "ENTRYPOINT"].into_iter().find(|n| word.eq_ignore_ascii_case(n));
        if let Some(name) = name
            && !aside
        {
            let body_start = start + line.len() - trimmed.len() + word.len();
            let commands = exec_form(body).map_or_else(|| commands(body), command_of);
            found.push(Instruction { name, start: body_start, end, commands });
        }
    }
    found
}

/// The name of a stage: `FROM image AS name`.
fn stage(body: &str) -> Option<String> {
    let words: Vec<&str> = body.split_whitespace().collect();
    let at = words.iter().position(|word| word.eq_ignore_ascii_case("as"))?;
    words.get(at + 1).map(|name| (*name).to_owned())
}

/// The end of the instruction that starts here: of the line that no backslash
/// continues, comments in between apart.
fn instruction_end(text: &str, start: usize) -> usize {
    let mut at = start;
    let mut continued = false;
    for line in text[start..].split_inclusive('\n') {
        at += line.len();
        let trimmed = line.trim();
        let comment = trimmed.starts_with('#');
        if !(comment && continued) {
            continued = trimmed.ends_with('\\') && !comment;
        }
        if !continued {
            break;
        }
    }
    at
}

/// The words of `["a", "b"]`, if it is that.
fn exec_form(body: &str) -> Option<Vec<Word>> {
    let open = body.find('[')?;
    if !body[..open].trim().is_empty() || !body.trim_end().ends_with(']') {
        return None;
    }
    let mut words = Vec::new();
    let mut at = open + 1;
    while let Some(quote) = body[at..].find('"') {
        let start = at + quote;
        let mut end = start + 1;
        let bytes = body.as_bytes();
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let inside = body.get(start + 1..end)?;
        words.push(quoted_word(inside, start..end + 1));
        at = end + 1;
        if at >= body.len() {
            break;
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::action;

    fn found(dockerfile: &str) -> Vec<String> {
        instructions(dockerfile)
            .iter()
            .flat_map(|instruction| {
                instruction.commands.iter().filter_map(|command| {
                    let (_, range) = action(command)?;
                    let range = instruction.start + range.start..instruction.start + range.end;
                    Some(format!("{} {}", instruction.name, &dockerfile[range]))
                })
            })
            .collect()
    }

    #[test]
    fn both_forms_are_read() {
        let cases = [
            ("FROM node\nCMD npx prisma db push && node x", "CMD prisma db push"),
            (
                "FROM node\nCMD [\"npx\", \"prisma\", \"db\", \"push\"]\n",
                "CMD \"prisma\", \"db\", \"push\"",
            ),
            ("FROM node\nCMD [\"sh\", \"-c\", \"prisma db push && node x\"]", "CMD prisma db push"),
            ("FROM node\nRUN a \\\n # note\n && prisma migrate dev", "RUN prisma migrate dev"),
            ("from node\nentrypoint npx prisma db seed", "ENTRYPOINT prisma db seed"),
        ];
        for (dockerfile, expected) in cases {
            assert_eq!(found(dockerfile), [expected], "{dockerfile}");
        }
    }

    #[test]
    fn stages_for_development_and_comments_are_no_deploy() {
        let cases = [
            "FROM node AS dev\nCMD npx prisma db push",
            "FROM node AS test\nRUN npx prisma migrate reset --force\nFROM node\nCMD node x",
            "FROM node\n# CMD npx prisma db push\nCMD node x",
            "FROM node\nRUN npx prisma generate\nCMD [\"node\", \"x\"]",
            "FROM node\nLABEL note=\"prisma db push\"",
        ];
        for dockerfile in cases {
            assert_eq!(found(dockerfile), [] as [&str; 0], "{dockerfile}");
        }
    }

    #[test]
    fn broken_text_is_survived() {
        for text in ["CMD [", "CMD [\"", "CMD [\"a\\", "FROM", "RUN", "\\", "CMD [\"é\\\"]"] {
            let _ = found(text);
        }
    }
}
