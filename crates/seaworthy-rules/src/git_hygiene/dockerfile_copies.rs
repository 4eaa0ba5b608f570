//! The `COPY` and `ADD` instructions of a Dockerfile, and whether what they copy
//! ends up in the image.

use std::collections::{BTreeMap, BTreeSet};

use seaworthy_formats::dockerfile::{
    Command, CommandLine, Dockerfile, Instruction, Transfer, Word,
};
use seaworthy_model::Region;

/// How many of the paths that are taken from one stage are looked at.
const MOST_TAKEN: usize = 64;

/// A `COPY` or `ADD` from the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copies {
    /// The instruction's first line.
    pub(super) region: Region,
    /// What is copied, as written, without the destination.
    pub(super) sources: Vec<String>,
    /// Patterns that the instruction itself leaves out.
    pub(super) excluded: Vec<String>,
    /// Whether the stage is the one that is shipped or one that it is built on, or
    /// the directory copied to is carried over into it whole.
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

/// The instructions that copy from the context. `target` is the stage that is
/// built; without one it is the last.
pub(super) fn copies(file: &Dockerfile, target: Option<&str>) -> Vec<Copies> {
    let stage = file.target(target).or_else(|| file.target(None));
    let shipped = stage.map_or_else(Vec::new, |stage| file.chain(stage, &|_| None).0);
    let carried = carried_over(file, &shipped);
    let mut found = Vec::new();
    for instruction in file.instructions() {
        let Some((inner, transfer)) = transfer(instruction) else { continue };
        if inner.flag("from").is_some() || transfer.sources.is_empty() {
            continue;
        }
        let sources = transfer.sources.iter();
        found.push(Copies {
            region: instruction.first_line,
            sources: sources.map(|word| word.raw.trim_matches(['"', '\'']).to_owned()).collect(),
            excluded: (inner.flags.iter())
                .filter(|flag| flag.name == "exclude")
                .filter_map(|flag| flag.value.clone())
                .collect(),
            shipped: instruction.stage.is_none_or(|stage| shipped.contains(&stage))
                || carried.contains(&instruction.region.start),
        });
    }
    found
}

/// Where the instructions begin whose destination one of the shipped stages
/// takes over whole from another stage, with no env file known to be removed.
fn carried_over(file: &Dockerfile, shipped: &[usize]) -> BTreeSet<usize> {
    let mut taken: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for &stage in shipped {
        for instruction in file.stage_instructions(stage) {
            let Command::Copy(transfer) = &instruction.command else { continue };
            let from = instruction.flag("from");
            let Some(source) = from.and_then(|name| file.copied_from(name, stage)) else {
                continue;
            };
            if instruction.flag("exclude").is_some() {
                continue;
            }
            let paths = transfer
                .sources
                .iter()
                .map(|word| word.raw.trim_matches(['"', '\'']))
                .filter(|source| !source.contains(['*', '?', '[', '$']))
                // Sources in another stage are seen from its root.
                .filter_map(|source| directory("/", source));
            taken.entry(source).or_default().extend(paths);
        }
    }
    let mut carried = BTreeSet::new();
    for (stage, mut paths) in taken {
        paths.sort_unstable();
        paths.dedup();
        paths.truncate(MOST_TAKEN);
        copied_into(file, stage, &paths, &mut carried);
    }
    carried
}

/// Adds the instructions of a stage that copy into one of some directories.
fn copied_into(
    file: &Dockerfile,
    stage: usize,
    directories: &[String],
    carried: &mut BTreeSet<usize>,
) {
    let mut workdir: Option<String> = None;
    let mut found = Vec::new();
    file.walk(stage, &|_| None, &mut |instruction, scope| match &instruction.command {
        Command::Workdir(path) => {
            let base = workdir.as_deref().unwrap_or("");
            workdir = scope.expand(&path.raw).ok().and_then(|path| directory(base, &path));
        }
        Command::Copy(copy) | Command::Add(copy) if instruction.flag("from").is_none() => {
            let to = scope.expand(&copy.destination.raw).ok();
            let to = to.and_then(|to| directory(workdir.as_deref().unwrap_or(""), &to));
            let whole = |to: &String| {
                directories.iter().any(|source| {
                    let rest = to.strip_prefix(source.as_str());
                    rest.is_some_and(|rest| {
                        rest.is_empty() || rest.starts_with('/') || source == "/"
                    })
                })
            };
            if to.as_ref().is_some_and(whole) {
                found.push(instruction.region.start);
            }
        }
        // It may be about these files.
        Command::Run(command) if names_env_files(command, instruction) => found.clear(),
        _ => {}
    });
    carried.extend(found);
}

/// Whether a command may be about env files.
fn names_env_files(command: &CommandLine, instruction: &Instruction) -> bool {
    let word = |word: &Word| word.raw.contains(".env");
    // What a here-document does is not read.
    !instruction.heredocs.is_empty()
        || match command {
            CommandLine::Shell(text) => word(text),
            CommandLine::Exec(words) => words.iter().any(word),
        }
}

/// An absolute path without `.` and a slash at the end; `None` for a relative one
/// when it is not known to what.
fn directory(base: &str, path: &str) -> Option<String> {
    if (base.is_empty() && !path.starts_with('/')) || path.split('/').any(|part| part == "..") {
        return None;
    }
    let path = if path.starts_with('/') { path.to_owned() } else { format!("{base}/{path}") };
    let parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    Some(format!("/{}", parts.join("/")))
}

/// What an instruction copies, also when an image that is built on this one does.
fn transfer(instruction: &Instruction) -> Option<(&Instruction, &Transfer)> {
    match &instruction.command {
        Command::Copy(transfer) | Command::Add(transfer) => Some((instruction, transfer)),
        // One cannot stand in another.
        Command::Onbuild(inner) => transfer(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(text: &str, target: Option<&str>) -> Vec<Copies> {
        super::copies(&Dockerfile::parse(text), target)
    }

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
    fn a_directory_that_is_carried_over_whole_is_shipped() {
        let cases = [
            ("FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM c\nCOPY --from=b /app /srv", true),
            ("FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM c\nCOPY --from=0 --link /app/ .", true),
            (
                "FROM a AS b\nARG D=/usr/src\nWORKDIR $D\nWORKDIR app\nCOPY ./ ./\nFROM c\nCOPY --from=b /usr/src/ /x",
                true,
            ),
            (
                "FROM a AS b\nCOPY . /app/\nFROM b AS d\nRUN make\nFROM c\nCOPY --from=d [\"/app\", \"/app\"]",
                true,
            ),
            (
                "FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM c AS base\nCOPY --from=b app /app\nFROM base",
                true,
            ),
            // Parts of it, other directories, what was cleaned, what nobody ships.
            ("FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM c\nCOPY --from=b /app/dist /srv", false),
            ("FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM c\nCOPY --from=b /app/* /srv", false),
            ("FROM a AS b\nWORKDIR /application\nCOPY . .\nFROM c\nCOPY --from=b /app /srv", false),
            ("FROM a AS b\nCOPY . .\nFROM c\nCOPY --from=b /app /srv", false),
            (
                "FROM a AS b\nWORKDIR /app\nCOPY . .\nRUN rm -f .env*\nFROM c\nCOPY --from=b /app /srv",
                false,
            ),
            (
                "FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM c\nCOPY --from=b --exclude=.env /app /srv",
                false,
            ),
            (
                "FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM c AS t\nCOPY --from=b /app /srv\nFROM d",
                false,
            ),
            ("FROM a\nWORKDIR /app\nCOPY . .\nFROM c\nCOPY --from=img/b /app /srv", false),
        ];
        for (text, want) in cases {
            assert_eq!(copies(text, None).iter().any(|copy| copy.shipped), want, "{text}");
        }
    }

    #[test]
    fn exclusions_of_the_instruction_are_kept() {
        let found = copies("COPY --exclude=.env* --exclude=*.md . .", None);
        assert_eq!(found[0].excluded, [".env*", "*.md"]);
    }
}
