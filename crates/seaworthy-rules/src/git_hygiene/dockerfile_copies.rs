//! The `COPY` and `ADD` instructions of a Dockerfile, and whether what they copy
//! ends up in the image.

use seaworthy_formats::dockerfile::{Command, Dockerfile, Instruction, Transfer};
use seaworthy_model::Region;

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

/// The instructions that copy from the context. `target` is the stage that is
/// built; without one it is the last.
pub(super) fn copies(file: &Dockerfile, target: Option<&str>) -> Vec<Copies> {
    let stage = file.target(target).or_else(|| file.target(None));
    let shipped = stage.map_or_else(Vec::new, |stage| file.chain(stage, &|_| None).0);
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
            shipped: instruction.stage.is_none_or(|stage| shipped.contains(&stage)),
        });
    }
    found
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
    fn exclusions_of_the_instruction_are_kept() {
        let found = copies("COPY --exclude=.env* --exclude=*.md . .", None);
        assert_eq!(found[0].excluded, [".env*", "*.md"]);
    }
}
